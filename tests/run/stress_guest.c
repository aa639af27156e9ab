/* SPDX-License-Identifier: MIT */
/*
 * Guests of the stress tests: stress_guest MODE ARGUMENT...
 *
 *	serve PORT		echo on TCP and UDP; says "up"
 *	talk ADDR PORT COUNT	COUNT exchanges over TCP and UDP (0: for ever),
 *				each checked
 *	fetch ADDR PORT		one line; says "got", and waits for the end of
 *				its input
 *	ticks FLAGS COUNT [udp]	a server and a client under a 300 us timer with
 *				sigaction FLAGS: says what either saw
 *	pokes FLAGS COUNT [udp]	the same, and each call is interrupted at most
 *				three times: it comes to its end anywhere
 *	many			listens to itself; for each number on its input
 *				that many connections are made and closed
 *	late COUNT		so many connections wait before the first is
 *				accepted
 *	nofile			runs out of descriptors in every way
 *	hold PORT		accepts and never reads; says how many
 *	flood ADDR PORT COUNT	COUNT connections, each written until it is
 *				full; says the bytes of all
 *	sink PORT		reads one connection to its end
 *	pour ADDR PORT		one connection, written for ever; says each MB
 *	workers HOW COUNT	pre-fork servers, one of them killed now and
 *				then: accept, poll, or a group (SO_REUSEPORT)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_US = 300,
	PATIENCE_MS = 50000,
	WORKERS = 4,
	POKES = 3,
	RESEND_MS = 1000,
};

__attribute__((noreturn, format(printf, 1, 2))) static void
fail(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	_exit(1);
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	fflush(stdout);
}

static struct sockaddr_in at(const char *addr, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, addr, &a.sin_addr) != 1)
		fail("%s", addr);
	return a;
}

/* Every call may be interrupted, and then it has done nothing. */
#define AGAIN(call)                                                    \
	__extension__({                                                \
		long value_;                                           \
		do                                                     \
			value_ = (call);                               \
		while (value_ < 0 && errno == EINTR && ++interrupted); \
		++*calls;                                              \
		value_;                                                \
	})

static unsigned long interrupted, uncounted;
static volatile unsigned long *calls = &uncounted;

static int new_socket(int type)
{
	int fd = (int)AGAIN(socket(AF_INET, type, 0));

	if (fd < 0)
		fail("socket");
	return fd;
}

static int bound(int type, int port, bool shared)
{
	struct sockaddr_in a = at("0.0.0.0", port);
	int fd = new_socket(type), one = 1;

	AGAIN(setsockopt(fd, SOL_SOCKET, shared ? SO_REUSEPORT : SO_REUSEADDR,
			 &one, sizeof(one)));
	if (AGAIN(bind(fd, (struct sockaddr *)&a, sizeof(a))))
		fail("bind %d", port);
	if (type == SOCK_STREAM && AGAIN(listen(fd, 4096)))
		fail("listen");
	return fd;
}

static void await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	long n = AGAIN(poll(&p, 1, PATIENCE_MS));

	if (n <= 0)
		fail("nothing came within %d s", PATIENCE_MS / 1000);
}

/*
 * An interrupted connect() goes on, says POSIX, and may be asked again. As a
 * guest it may not even have begun: the signal came before the supervisor
 * heard of it.
 */
static void connect_to(int fd, const struct sockaddr_in *a)
{
	if (AGAIN(connect(fd, (const struct sockaddr *)a, sizeof(*a))) &&
	    errno != EISCONN)
		fail("connect");
}

static int connected(const struct sockaddr_in *a)
{
	int fd = new_socket(SOCK_STREAM);

	connect_to(fd, a);
	return fd;
}

static void send_all(int fd, const void *p, size_t n)
{
	while (n) {
		long did = AGAIN(send(fd, p, n, MSG_NOSIGNAL));

		if (did <= 0)
			fail("send");
		p = (const char *)p + did;
		n -= (size_t)did;
	}
}

static size_t recv_all(int fd, void *p, size_t n)
{
	size_t have = 0;

	while (have < n) {
		long did = AGAIN(recv(fd, (char *)p + have, n - have, 0));

		if (did < 0)
			fail("recv");
		if (!did)
			break;
		have += (size_t)did;
	}
	return have;
}

/* ---- serve, talk, fetch ---- */

static void echo_datagram(int udp)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char buf[2048];
	ssize_t n = recvfrom(udp, buf, sizeof(buf), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &len);

	if (n >= 0)
		sendto(udp, buf, (size_t)n, 0, (struct sockaddr *)&from, len);
}

static void echo_stream(int fd)
{
	char buf[16384];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
		close(fd);
}

static void add(int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		fail("epoll_ctl");
}

static void serve(int port)
{
	int tcp = bound(SOCK_STREAM, port, false);
	int udp = bound(SOCK_DGRAM, port, false);
	int ep = epoll_create1(0);
	struct epoll_event e;

	add(ep, tcp);
	add(ep, udp);
	say("up\n");
	while (epoll_wait(ep, &e, 1, -1) == 1) {
		int fd = e.data.fd;

		if (fd == udp)
			echo_datagram(udp);
		else if (fd != tcp)
			echo_stream(fd);
		else if ((fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK)) >= 0)
			add(ep, fd);
		else if (errno == ENOSYS)
			_exit(ENOSYS); /* nobody serves us any more */
	}
}

static void one_talk(const struct sockaddr_in *a, uint64_t i)
{
	struct timeval limit = { .tv_sec = PATIENCE_MS / 1000 };
	int tcp = connected(a), udp = new_socket(SOCK_DGRAM);
	uint64_t word[64], back[64];

	for (int k = 0; k < 64; k++)
		word[k] = i * 64 + (uint64_t)k;
	setsockopt(tcp, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	send_all(tcp, word, sizeof(word));
	if (recv_all(tcp, back, sizeof(back)) != sizeof(back) ||
	    memcmp(word, back, sizeof(word)))
		fail("exchange %lu is not what was sent", (unsigned long)i);
	if (sendto(udp, &i, sizeof(i), 0, (const struct sockaddr *)a,
		   sizeof(*a)) != sizeof(i))
		fail("sendto");
	if (recv(udp, back, sizeof(back), 0) != sizeof(i) || back[0] != i)
		fail("datagram %lu did not come back", (unsigned long)i);
	close(tcp);
	close(udp);
}

static void talk(const struct sockaddr_in *a, uint64_t count)
{
	for (uint64_t i = 0; !count || i < count; i++)
		one_talk(a, i);
	say("talked %lu\n", (unsigned long)count);
}

static void fetch(const struct sockaddr_in *a)
{
	char byte;

	one_talk(a, 1);
	say("got\n");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

/* ---- ticks and pokes: what interrupts everything ---- */

/* A child that does not outlive us. */
static pid_t child(void)
{
	pid_t us = getpid(), pid = fork();

	if (pid < 0)
		fail("fork");
	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != us))
		_exit(1);
	return pid;
}

static void on_tick(int sig)
{
	(void)sig;
}

static void listen_to_ticks(int flags)
{
	const struct sigaction sa = { .sa_handler = on_tick,
				      .sa_flags = flags };

	sigaction(SIGALRM, &sa, NULL);
}

static void tick(void)
{
	const struct itimerval every = { .it_interval.tv_usec = TICK_US,
					 .it_value.tv_usec = TICK_US };

	setitimer(ITIMER_REAL, &every, NULL);
}

/* Who is poked, and how many calls of his are done. */
struct poked {
	pid_t pid;
	volatile unsigned long calls;
};

static unsigned poke(const struct poked *who, unsigned long *before,
		     unsigned times)
{
	const unsigned long now = who->calls;

	if (now != *before)
		times = 0;
	*before = now;
	if (times < POKES && who->pid)
		kill(who->pid, SIGALRM);
	return times < POKES ? times + 1 : times;
}

__attribute__((noreturn)) static void poke_both(const struct poked who[2])
{
	const struct timespec a_while = { 0, TICK_US * 1000 };
	unsigned long before[2] = { 0, 0 };
	unsigned times[2] = { 0, 0 };

	for (;;) {
		for (int i = 0; i < 2; i++)
			times[i] = poke(&who[i], &before[i], times[i]);
		nanosleep(&a_while, NULL);
	}
}

static void *shared(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Each connection brings a number, and gets it back. */
static void tick_server(int fd, uint32_t count, uint8_t *seen)
{
	for (uint32_t i = 0; i < count; i++) {
		long one = AGAIN(accept(fd, NULL, NULL));
		uint32_t id;

		if (one < 0)
			fail("accept");
		if (recv_all((int)one, &id, sizeof(id)) != sizeof(id) ||
		    id >= count)
			fail("connection %u brings nothing", i);
		seen[id]++;
		send_all((int)one, &id, sizeof(id));
		close((int)one);
	}
}

static void tick_client(const struct sockaddr_in *a, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		int fd = connected(a);
		uint32_t id = ~0U;

		send_all(fd, &i, sizeof(i));
		if (recv_all(fd, &id, sizeof(id)) != sizeof(id) || id != i)
			fail("connection %u answers %u", i, id);
		if (recv_all(fd, &id, 1))
			fail("connection %u goes on", i);
		close(fd);
	}
}

/* recvfrom and sendto, recvmsg and sendmsg, by turns. */
static long take(int fd, uint32_t *id, struct sockaddr_in *from, bool msg,
		 int flags)
{
	struct iovec iov = { .iov_base = id, .iov_len = sizeof(*id) };
	struct msghdr m = { .msg_name = from,
			    .msg_namelen = sizeof(*from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };
	socklen_t len = sizeof(*from);

	if (msg)
		return AGAIN(recvmsg(fd, &m, flags));
	return AGAIN(recvfrom(fd, id, sizeof(*id), flags,
			      (struct sockaddr *)from, &len));
}

static long give(int fd, uint32_t *id, struct sockaddr_in *to, bool msg)
{
	struct iovec iov = { .iov_base = id, .iov_len = sizeof(*id) };
	struct msghdr m = { .msg_name = to,
			    .msg_namelen = sizeof(*to),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };

	if (msg)
		return AGAIN(sendmsg(fd, &m, 0));
	return AGAIN(sendto(fd, id, sizeof(*id), 0, (struct sockaddr *)to,
			    sizeof(*to)));
}

/* Until it is killed. */
__attribute__((noreturn)) static void tick_udp_server(int fd, uint32_t count,
						      uint8_t *seen)
{
	struct sockaddr_in from;
	uint32_t id;

	for (uint32_t i = 0;; i++) {
		if (take(fd, &id, &from, i & 1, 0) != sizeof(id) || id >= count)
			fail("datagram %u", i);
		seen[id]++;
		if (give(fd, &id, &from, i & 2) != sizeof(id))
			fail("answer %u", i);
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* False: it did not come, or is not of use. */
static bool came(int fd, uint32_t i, int64_t wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct sockaddr_in from;
	uint32_t id = ~0U;

	if (poll(&p, 1, (int)wait_ms) != 1)
		return false;
	if (take(fd, &id, &from, i & 2, MSG_DONTWAIT) != sizeof(id) &&
	    errno != EAGAIN)
		fail("answer %u", i);
	if (id > i && id != ~0U)
		fail("answer %u is %u", i, id);
	return id == i;
}

static bool answered(int fd, uint32_t i)
{
	const int64_t end = now_ms() + RESEND_MS;
	int64_t left;

	while ((left = end - now_ms()) > 0)
		if (came(fd, i, left))
			return true;
	return false;
}

/* As UDP is used: what is not answered is sent again. */
static void tick_udp_client(struct sockaddr_in *a, uint32_t count)
{
	int fd = new_socket(SOCK_DGRAM);

	for (uint32_t i = 0; i < count; i++) {
		int times = 0;

		do {
			if (give(fd, &i, a, i & 1) != sizeof(i))
				fail("datagram %u", i);
			if (times++ == PATIENCE_MS / RESEND_MS)
				fail("no answer to %u", i);
		} while (!answered(fd, i));
	}
}

/* From now on @who is counted, and interrupted by ticks if nobody pokes. */
static void begin(struct poked *who, bool poked)
{
	calls = &who->calls;
	if (!poked)
		tick();
	__atomic_store_n(&who->pid, getpid(), __ATOMIC_RELEASE);
}

static void ticks(int flags, uint32_t count, bool udp, bool poked)
{
	struct sockaddr_in a = at("127.0.0.1", 7000);
	int fd = bound(udp ? SOCK_DGRAM : SOCK_STREAM, 7000, false), status;
	uint8_t *seen = shared(count);
	struct poked *who = shared(2 * sizeof(*who));
	uint32_t once = 0;
	pid_t pid, poker;

	listen_to_ticks(flags);
	poker = poked ? child() : -1;
	if (!poker)
		poke_both(who);
	pid = child();
	begin(&who[!pid], poked);
	if (!pid) {
		if (udp)
			tick_udp_server(fd, count, seen);
		tick_server(fd, count, seen);
		who[1].pid = 0;
		_exit(0);
	}
	if (udp)
		tick_udp_client(&a, count);
	else
		tick_client(&a, count);
	if (poked)
		kill(poker, SIGKILL);
	if (udp)
		kill(pid, SIGKILL);
	if (AGAIN(waitpid(pid, &status, 0)) != pid || (status && !udp))
		fail("the server: %x", status);
	for (uint32_t i = 0; i < count; i++)
		once += seen[i] == 1;
	for (uint32_t i = 0; i < count; i++)
		if (!seen[i])
			fail("%u never came", i);
	say("%u of %u once\n", once, count);
	fprintf(stderr, "interrupted %lu\n", interrupted);
}

/* ---- many ---- */

static void accept_for_ever(int fd)
{
	for (;;) {
		int one = accept(fd, NULL, NULL);

		if (one < 0)
			fail("accept");
		close(one);
	}
}

static void many(void)
{
	struct sockaddr_in a = at("127.0.0.1", 7000);
	int fd = bound(SOCK_STREAM, 7000, false);
	pid_t pid = child();
	unsigned n;

	if (!pid)
		accept_for_ever(fd);
	close(fd);
	say("up\n");
	while (scanf("%u", &n) == 1) {
		for (unsigned i = 0; i < n; i++)
			close(connected(&a));
		say("made %u\n", n);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- late ---- */

static void late(int count)
{
	struct sockaddr_in a = at("127.0.0.1", 7000);
	int lis = bound(SOCK_STREAM, 7000, false);

	for (int i = 0; i < count; i++)
		connected(&a);
	for (int i = 0; i < count; i++) {
		await(lis, POLLIN);
		if (accept(lis, NULL, NULL) < 0)
			fail("accept %d", i);
	}
	say("accepted %d\n", count);
}

/* ---- nofile ---- */

static int use_up(int *fd, int max)
{
	int n = 0;

	while (n < max &&
	       (fd[n] = socket(AF_INET, n & 1 ? SOCK_DGRAM : SOCK_STREAM, 0)) >=
		       0)
		n++;
	say("%d sockets, then %s\n", n, strerror(errno));
	return n;
}

static void nofile(void)
{
	struct sockaddr_in a = at("127.0.0.1", 7000);
	int lis = bound(SOCK_STREAM, 7000, false);
	int one = connected(&a), fd[256], n, got;

	n = use_up(fd, 256);
	await(lis, POLLIN);
	fcntl(lis, F_SETFL, O_NONBLOCK);
	got = accept(lis, NULL, NULL);
	say("accept: %s\n", got < 0 ? strerror(errno) : "a descriptor");
	if (got < 0)
		got = accept4(lis, NULL, NULL, SOCK_CLOEXEC);
	say("accept4: %s\n", got < 0 ? strerror(errno) : "a descriptor");
	if (got < 0)
		close(dup(lis));
	say("dup: %s\n", strerror(errno));
	close(fd[--n]);
	if (got < 0)
		got = accept(lis, NULL, NULL); /* it has waited */
	say("with room: %s\n", got < 0 ? strerror(errno) : "a descriptor");
	send_all(one, "x", 1);
	if (got >= 0)
		say("a byte: %zu\n", recv_all(got, fd + n, 1));
	while (n > 0)
		close(fd[--n]);
	n = use_up(fd, 256);
	while (n > 0)
		close(fd[--n]);
}

/* ---- hold, flood, pour ---- */

static void hold(int port)
{
	int lis = bound(SOCK_STREAM, port, false);
	unsigned n = 0;

	say("up\n");
	while (accept(lis, NULL, NULL) >= 0)
		say("%u\n", ++n);
	fail("accept");
}

static void sink(int port)
{
	static char junk[65536];
	int lis = bound(SOCK_STREAM, port, false), fd;

	say("up\n");
	fd = accept(lis, NULL, NULL);
	while (read(fd, junk, sizeof(junk)) > 0)
		;
}

static uint64_t fill(int fd)
{
	static char junk[65536];
	uint64_t sum = 0;
	ssize_t n;

	while ((n = send(fd, junk, sizeof(junk), MSG_DONTWAIT)) > 0)
		sum += (uint64_t)n;
	if (errno != EAGAIN)
		fail("send");
	return sum;
}

/* Until all of them take no more, for a while. */
static void flood(const struct sockaddr_in *a, unsigned count)
{
	const struct timespec a_while = { 0, 20000000 };
	int *fd = calloc(count, sizeof(int));
	uint64_t sum = 0, before;
	int silent = 0;

	for (unsigned i = 0; i < count; i++)
		fd[i] = connected(a);
	while (silent < 20) {
		before = sum;
		for (unsigned i = 0; i < count; i++)
			sum += fill(fd[i]);
		silent = sum == before ? silent + 1 : 0;
		nanosleep(&a_while, NULL);
	}
	say("%lu\n", (unsigned long)sum);
	pause();
}

static void pour(const struct sockaddr_in *a)
{
	static char junk[1 << 20];
	int fd = connected(a);

	for (;;) {
		send_all(fd, junk, sizeof(junk));
		say("MB\n");
	}
}

/* ---- workers ---- */

struct shared {
	uint32_t served[WORKERS];
};

static void answer_one(int fd)
{
	pid_t me = getpid();

	send_all(fd, &me, sizeof(me));
	close(fd);
}

static void worker(const char *how, int lis, uint32_t *served)
{
	struct pollfd p = { .fd = lis, .events = POLLIN };

	if (!strcmp(how, "group"))
		p.fd = lis = bound(SOCK_STREAM, 7000, true);
	if (!strcmp(how, "poll"))
		fcntl(lis, F_SETFL, O_NONBLOCK);
	for (;;) {
		int fd;

		if (!strcmp(how, "poll"))
			poll(&p, 1, -1);
		fd = accept(lis, NULL, NULL);
		if (fd < 0 && errno == EAGAIN)
			continue;
		if (fd < 0)
			fail("accept");
		(*served)++;
		answer_one(fd);
	}
}

static pid_t start_worker(const char *how, int lis, uint32_t *served)
{
	pid_t pid = child();

	if (!pid)
		worker(how, lis, served);
	return pid;
}

/*
 * A connection whose worker was killed may end without an answer, or (of a
 * group) be refused; it must end.
 */
static bool ask(const struct sockaddr_in *a, bool may_fail)
{
	const struct timeval limit = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = new_socket(SOCK_STREAM);
	ssize_t n = -1;
	pid_t who;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (!connect(fd, (const struct sockaddr *)a, sizeof(*a))) {
		n = recv(fd, &who, sizeof(who), 0);
		if (n < 0 && errno == EAGAIN)
			fail("no answer within %ld s", (long)limit.tv_sec);
	}
	close(fd);
	if (n != sizeof(who) && !may_fail)
		fail("no answer, and nobody was killed");
	return n == sizeof(who);
}

static void workers(const char *how, uint32_t count)
{
	struct sockaddr_in a = at("127.0.0.1", 7000);
	struct shared *sh = shared(sizeof(*sh));
	bool group = !strcmp(how, "group");
	int lis = group ? -1 : bound(SOCK_STREAM, 7000, false);
	uint32_t ok = 0, kills = 0, busy = 0, since = ~0U;
	pid_t pid[WORKERS];

	srandom((unsigned)count);
	for (int i = 0; i < WORKERS; i++)
		pid[i] = start_worker(how, lis, &sh->served[i]);
	for (int i = 0; group && i < 200; i++) /* until one listens */
		if (ask(&a, true))
			break;
		else
			usleep(10000);
	for (uint32_t i = 0; i < count; i++) {
		if (random() % 16 == 0) {
			int k = (int)(random() % WORKERS);

			kill(pid[k], SIGKILL);
			kills++;
			since = i;
			if (random() % 2) /* dead, or just dying? */
				waitpid(pid[k], NULL, 0);
			else
				ok += ask(&a, true), i++,
					waitpid(pid[k], NULL, 0);
			pid[k] = start_worker(how, lis, &sh->served[k]);
		}
		ok += ask(&a, since != ~0U && i - since < WORKERS);
	}
	for (int i = 0; i < WORKERS; i++) {
		busy += sh->served[i] > 0;
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	say("%s\n", ok + 2 * kills >= count ? "answered" : "lost");
	say("%s\n", group ? busy > 1 ? "shared" : "alone" : "any");
	fprintf(stderr, "%u of %u answered, %u killed, %u busy\n", ok, count,
		kills, busy);
}

static int number(const char *text)
{
	return (int)strtol(text, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	struct sockaddr_in a = { .sin_family = AF_INET };

	if (argc > 3 && strchr(argv[2], '.'))
		a = at(argv[2], number(argv[3]));
	if (!strcmp(mode, "serve") && argc == 3)
		serve(number(argv[2]));
	else if (!strcmp(mode, "talk") && argc == 5)
		talk(&a, (uint64_t)number(argv[4]));
	else if (!strcmp(mode, "fetch") && argc == 4)
		fetch(&a);
	else if (!strcmp(mode, "ticks") && argc >= 4)
		ticks(number(argv[2]), (uint32_t)number(argv[3]), argc > 4,
		      false);
	else if (!strcmp(mode, "pokes") && argc >= 4)
		ticks(number(argv[2]), (uint32_t)number(argv[3]), argc > 4,
		      true);
	else if (!strcmp(mode, "many"))
		many();
	else if (!strcmp(mode, "late") && argc == 3)
		late(number(argv[2]));
	else if (!strcmp(mode, "nofile"))
		nofile();
	else if (!strcmp(mode, "hold") && argc == 3)
		hold(number(argv[2]));
	else if (!strcmp(mode, "sink") && argc == 3)
		sink(number(argv[2]));
	else if (!strcmp(mode, "flood") && argc == 5)
		flood(&a, (unsigned)number(argv[4]));
	else if (!strcmp(mode, "pour") && argc == 4)
		pour(&a);
	else if (!strcmp(mode, "workers") && argc == 4)
		workers(argv[2], (uint32_t)number(argv[3]));
	else
		return 2;
	return 0;
}
