/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "guest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/stack.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "run/stream.h"

enum { PATIENCE_MS = 40000 }; /* below guest.h's alarm */

static struct sockaddr_in addr(const char *ip, uint16_t port)
{
	return (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = inet_addr(ip) };
}

static int serve_at(uint16_t port, int backlog)
{
	struct sockaddr_in a = addr("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int) { 1 }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, backlog))
		return -1;
	return fd;
}

static int reach(int fd, const char *ip, uint16_t port)
{
	struct sockaddr_in a = addr(ip, port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static uint64_t conns(const struct guest_net *n)
{
	struct ostia_usage u[2];

	for (int i = 0; i < 2; i++)
		ostia_stack_usage(n->host[i]->stack, &u[i]);
	return u[0].conns + u[1].conns;
}

static int many_connections(void *arg)
{
	int l = serve_at(80, 16);
	char c;

	for (int i = 0; i < *(int *)arg; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), s;

		if (reach(fd, "127.0.0.1", 80))
			return 1;
		s = accept(l, NULL, NULL);
		if (write(fd, "x", 1) != 1 || read(s, &c, 1) != 1)
			return 2;
		close(i & 1 ? fd : s);
		if (read(i & 1 ? s : fd, &c, 1) != 0)
			return 3;
		close(i & 1 ? s : fd);
	}
	return 0;
}

TEST(connections_leave_nothing_behind)
{
	struct guest_net n;
	int times = 10, before;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, many_connections, &times)), 0);
	guest_settle(&n);
	before = (int)guest_fds();
	times = 1000;
	EQ(guest_wait(&n, guest_start(&n, 0, many_connections, &times)), 0);
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0);
	EQ(n.host[0]->ndead, 0);
	EQ(conns(&n), 0);
	EQ(n.sup.stats.parked, 0);
	OK(guest_fds() <= (unsigned)before + 2); /* pidfds of the cache */
	guest_net_end(&n);
}

/* The kernel closes a pair in steps, and wakes between them: what is said
 * first says that it failed, the rest follows at once.
 */
static bool polls_as_refused(int fd)
{
	const int all = POLLOUT | POLLERR | POLLHUP;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (int i = 0; i < 1000000; i++) {
		if (poll(&p, 1, PATIENCE_MS) != 1 ||
		    !(p.revents & (POLLERR | POLLHUP)))
			return false;
		if ((p.revents & all) == all)
			return true;
	}
	return false;
}

static int refused_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (reach(fd, "127.0.0.1", 9) == 0 || errno != EINPROGRESS)
			return 1;
		if (!polls_as_refused(fd))
			return 2;
		close(fd);
	}
	return 0;
}

TEST(dead_doors_are_swept_by_the_next_ones)
{
	struct guest_net n;
	pid_t pid;
	uint32_t most = 0;
	int status;

	guest_net(&n);
	pid = guest_start(&n, 0, refused_often, NULL);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		EQ(run_loop_round(&n.sup.loop, run_loop_clock() + 2000000), 0);
		if (n.host[0]->ndead > most)
			most = n.host[0]->ndead;
	}
	EQ(status, 0);
	OK(most >= 1);
	OK(most <= 4);
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0); /* the guest has ended */
	guest_net_end(&n);
}

/* A worker is killed while it waits in accept(): another one serves. */
static int one_of_two_dies(void *arg)
{
	int l = serve_at(80, 16), fd, status;
	pid_t first, second;
	char c = 0;

	(void)arg;
	first = fork();
	if (!first)
		_exit(accept(l, NULL, NULL) >= 0 ? 7 : 8);
	usleep(50000);
	second = fork();
	if (!second) {
		fd = accept(l, NULL, NULL);
		_exit(fd >= 0 && write(fd, "2", 1) == 1 ? 0 : 1);
	}
	usleep(50000);
	kill(first, SIGKILL);
	waitpid(first, &status, 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (reach(fd, "127.0.0.1", 80) || read(fd, &c, 1) != 1 || c != '2')
		return 1;
	waitpid(second, &status, 0);
	return status ? 2 : 0;
}

TEST(a_worker_that_dies_takes_no_connection_along)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, one_of_two_dies, NULL)), 0);
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0);
	OK(n.sup.stats.gone >= 1);
	guest_net_end(&n);
}

/* It has seen the token, and dies before it accepts. */
static int dies_with_the_token(void *arg)
{
	int l = serve_at(80, 16), fd = socket(AF_INET, SOCK_STREAM, 0), s;
	struct pollfd p = { .fd = l, .events = POLLIN };
	int status;
	pid_t pid = fork();
	char c = 0;

	(void)arg;
	if (!pid) {
		poll(&p, 1, -1);
		raise(SIGKILL);
	}
	if (reach(fd, "127.0.0.1", 80))
		return 1;
	waitpid(pid, &status, 0);
	poll(&p, 1, 0);
	if (p.revents != POLLIN)
		return 2;
	s = accept(l, NULL, NULL);
	poll(&p, 1, 0);
	if (s < 0 || p.revents)
		return 3;
	return write(s, "y", 1) == 1 && read(fd, &c, 1) == 1 ? 0 : 4;
}

TEST(a_token_outlives_who_saw_it)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, dies_with_the_token, NULL)), 0);
	guest_net_end(&n);
}

/* ---- what came before accept() ---- */

enum { FIRST = 10000 }; /* more than what is told ahead */

static uint8_t byte_at(uint32_t i)
{
	return (uint8_t)(i * 2654435761u >> 24);
}

static int all_there(int s)
{
	static uint8_t buf[FIRST];
	ssize_t n = recv(s, buf, 1, MSG_DONTWAIT), r;

	if (n != 1)
		return 5;
	while (n < FIRST && (r = recv(s, buf + n, (size_t)(FIRST - n), 0)) > 0)
		n += r;
	if (n != FIRST)
		return 6;
	for (int i = 0; i < FIRST; i++)
		if (buf[i] != byte_at((uint32_t)i))
			return 7;
	return 0;
}

static int speaks_first(void *arg)
{
	int l = serve_at(80, 16);
	uint8_t buf[FIRST];

	(void)arg;
	for (int i = 0; i < FIRST; i++)
		buf[i] = byte_at((uint32_t)i);
	for (int i = 0; i < 30; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), s, err;

		if (reach(fd, "127.0.0.1", 80) ||
		    write(fd, buf, FIRST) != FIRST)
			return 1;
		s = accept(l, NULL, NULL);
		err = s < 0 ? 2 : all_there(s);
		if (err)
			return err;
		close(fd);
		close(s);
	}
	return 0;
}

TEST(what_came_before_accept_is_there_at_once_and_once)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, speaks_first, NULL)), 0);
	EQ(n.sup.stats.bytes_out, 30 * FIRST);
	guest_net_end(&n);
}

/* ---- bytes, both ways at once, with ends that read in fits ---- */

enum { BULK = 8 << 20 };

static int push(int fd)
{
	static uint8_t buf[70000];
	uint32_t at = 0;

	while (at < BULK) {
		size_t n = 1 + at % sizeof(buf);
		ssize_t done;

		if (n > BULK - at)
			n = BULK - at;
		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(at + (uint32_t)i);
		done = write(fd, buf, n);
		if (done <= 0)
			return 10;
		at += (uint32_t)done;
	}
	return shutdown(fd, SHUT_WR) ? 11 : 0;
}

static int pull(int fd)
{
	static uint8_t buf[50000];
	uint32_t at = 0;
	ssize_t n;

	while ((n = read(fd, buf, 1 + at % sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != byte_at(at + (uint32_t)i))
				return 20;
		if ((at >> 20) != ((at + (uint32_t)n) >> 20))
			usleep(2000);
		at += (uint32_t)n;
	}
	return n < 0 ? 21 : at == BULK ? 0 : 22;
}

static int both_ways(int fd)
{
	int status, got;
	pid_t pid = fork();

	if (!pid)
		_exit(push(fd));
	got = pull(fd);
	waitpid(pid, &status, 0);
	return got ? got : WEXITSTATUS(status);
}

static int bulk_server(void *arg)
{
	int l = serve_at(80, 4);

	(void)arg;
	return both_ways(accept(l, NULL, NULL));
}

static int bulk_client(void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)arg;
	for (int i = 0; i < 100 && reach(fd, "10.77.0.1", 80); i++)
		usleep(10000);
	return both_ways(fd);
}

static void bulk(const char *faults)
{
	struct guest_net n;
	pid_t server, client;

	guest_net(&n);
	EQ(ostia_wire_faults(n.wire, OSTIA_WIRE_BOTH, faults, NULL, 0), 0);
	server = guest_start(&n, 0, bulk_server, NULL);
	client = guest_start(&n, 1, bulk_client, NULL);
	EQ(guest_wait(&n, client), 0);
	EQ(guest_wait(&n, server), 0);
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0);
	EQ(n.host[1]->ndoors, 0);
	EQ(n.sup.stats.bytes_in, 2 * BULK);
	guest_net_end(&n);
}

TEST(every_byte_arrives_both_ways)
{
	bulk("");
}

TEST(every_byte_arrives_over_a_wire_that_loses)
{
	bulk("delay 1ms loss 1%");
}

/* Of pair, stack, peer and pair together; Linux holds six or less. */
enum { HELD_MAX = 8 << 20 };

/* The reader stops soon: what is not read is bounded, and the writer waits. */
static int stalls(void *arg)
{
	int l = serve_at(80, 4), fd = socket(AF_INET, SOCK_STREAM, 0), s;
	static char buf[65536];
	uint64_t sent = 0, got = 0;
	ssize_t n;

	(void)arg;
	if (reach(fd, "127.0.0.1", 80))
		return 1;
	s = accept(l, NULL, NULL);
	if (write(fd, buf, sizeof(buf)) != sizeof(buf))
		return 4;
	for (size_t left = sizeof(buf); left; left -= (size_t)n)
		if ((n = read(s, buf, left)) <= 0)
			return 5;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 50;) {
		n = write(fd, buf, sizeof(buf));
		if (n > 0)
			sent += (uint64_t)n;
		idle = n > 0 ? 0 : idle + 1;
		if (n < 0)
			usleep(2000);
	}
	if (sent > HELD_MAX)
		return 2;
	close(fd);
	while ((n = read(s, buf, sizeof(buf))) > 0)
		got += (uint64_t)n;
	return n == 0 && got == sent ? 0 : 3;
}

TEST(a_reader_that_stops_stops_the_writer)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, stalls, NULL)), 0);
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0);
	guest_net_end(&n);
}

/* ---- a listener of a is passed on to b, which waits there and ends ---- */

struct letter {
	struct msghdr m;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c;
};

static struct msghdr *letter(struct letter *l, int fd)
{
	*l = (struct letter) { .c.h = { .cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS,
					.cmsg_len = CMSG_LEN(sizeof(int)) } };
	l->iov = (struct iovec) { &l->byte, 1 };
	l->m = (struct msghdr) { .msg_iov = &l->iov,
				 .msg_iovlen = 1,
				 .msg_control = &l->c,
				 .msg_controllen = sizeof(l->c) };
	memcpy(CMSG_DATA(&l->c.h), &fd, sizeof(fd));
	return &l->m;
}

static int passes_on(void *arg)
{
	int *sv = arg, l = serve_at(80, 4), fd, s;
	struct letter out;
	char c;

	close(sv[1]);
	if (sendmsg(sv[0], letter(&out, l), 0) != 1)
		return 1;
	if (read(sv[0], &c, 1) != 0) /* b has ended */
		return 2;
	usleep(50000);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (reach(fd, "10.77.0.1", 80))
		return 3;
	s = accept(l, NULL, NULL);
	return s >= 0 && write(s, "k", 1) == 1 && read(fd, &c, 1) == 1 ? 0 : 4;
}

static int waits_and_ends(void *arg)
{
	int *sv = arg, fd;
	struct letter in;
	pid_t pid;

	close(sv[0]);
	if (recvmsg(sv[1], letter(&in, -1), 0) != 1)
		return 1;
	memcpy(&fd, CMSG_DATA(&in.c.h), sizeof(fd));
	pid = fork();
	if (!pid)
		_exit(accept(fd, NULL, NULL) >= 0);
	usleep(50000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

TEST(a_guest_that_ends_waits_nowhere)
{
	struct guest_net n;
	pid_t a, b;
	int sv[2];

	guest_net(&n);
	EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	b = guest_start(&n, 1, waits_and_ends, sv);
	a = guest_start(&n, 0, passes_on, sv);
	close(sv[0]);
	close(sv[1]);
	EQ(guest_wait(&n, b), 0);
	EQ(guest_wait(&n, a), 0);
	guest_settle(&n);
	EQ(n.sup.stats.parked, 0);
	EQ(n.host[0]->ndoors, 0);
	guest_net_end(&n);
}

/* ---- a guest ends, its socket does not, and is reset: nobody's door ---- */

static int resets_when_told(void *arg)
{
	const struct linger at_once = { .l_onoff = 1 };
	int *sv = arg, l = serve_at(80, 4), s;
	char c;

	close(sv[1]);
	s = accept(l, NULL, NULL);
	if (s < 0 || write(s, "r", 1) != 1 || read(sv[0], &c, 1) != 1)
		return 1;
	setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return close(s);
}

static int leaves_it(void *arg)
{
	int *sv = arg, fd;
	struct letter out;
	char c;

	do {
		fd = socket(AF_INET, SOCK_STREAM, 0);
	} while (reach(fd, "10.77.0.1", 80) && !close(fd));
	return read(fd, &c, 1) == 1 && sendmsg(sv[0], letter(&out, fd), 0) == 1
		       ? 0
		       : 1;
}

TEST(what_a_guest_left_is_not_kept_when_it_dies)
{
	struct guest_net n;
	struct letter in;
	int sv[2], fd;
	pid_t a, b;

	guest_net(&n);
	EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	a = guest_start(&n, 0, resets_when_told, sv);
	b = guest_start(&n, 1, leaves_it, sv);
	EQ(guest_wait(&n, b), 0);
	EQ(recvmsg(sv[1], letter(&in, -1), 0), 1);
	while (n.host[1]->guests)
		EQ(run_loop_round(&n.sup.loop, OSTIA_NEVER), 0);
	EQ(n.host[1]->ndoors, 1);
	EQ(write(sv[1], "", 1), 1);
	EQ(guest_wait(&n, a), 0);
	while (n.host[1]->ndoors)
		EQ(run_loop_round(&n.sup.loop, OSTIA_NEVER), 0);
	memcpy(&fd, CMSG_DATA(&in.c.h), sizeof(fd));
	close(fd);
	close(sv[0]);
	close(sv[1]);
	guest_net_end(&n);
}

/* ---- a timer that interrupts nearly every call ---- */

static void tick(int sig)
{
	(void)sig;
}

static void ticking(void)
{
	const struct itimerval often = { { 0, 300 }, { 0, 300 } };
	const struct sigaction sa = { .sa_handler = tick };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

#define AGAIN(call)                               \
	({                                        \
		long r_;                          \
		do                                \
			r_ = (call);              \
		while (r_ < 0 && errno == EINTR); \
		r_;                               \
	})

/* connect() that was interrupted goes on by itself. */
static int reach_ticking(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (;;) {
		if (reach(fd, "127.0.0.1", 80) == 0 || errno == EISCONN)
			return 0;
		if (errno != EINTR && errno != EALREADY)
			return -1;
		AGAIN(poll(&p, 1, 100));
	}
}

static int client_ticking(void)
{
	char c;

	ticking();
	for (int i = 0; i < 200; i++) {
		int fd = (int)AGAIN(socket(AF_INET, SOCK_STREAM, 0));

		if (fd < 0 || reach_ticking(fd))
			return 1;
		if (AGAIN(write(fd, "q", 1)) != 1 ||
		    AGAIN(read(fd, &c, 1)) != 1 || c != 'a')
			return 2;
		close(fd);
	}
	return 0;
}

static int interrupted(void *arg)
{
	int l = serve_at(80, 16), status;
	pid_t pid;
	char c;

	(void)arg;
	pid = fork();
	if (!pid)
		_exit(client_ticking());
	ticking();
	for (int i = 0; i < 200; i++) {
		int fd = (int)AGAIN(accept(l, NULL, NULL));

		if (fd < 0 || AGAIN(read(fd, &c, 1)) != 1 ||
		    AGAIN(write(fd, "a", 1)) != 1)
			return 10;
		close(fd);
	}
	AGAIN(waitpid(pid, &status, 0));
	return WEXITSTATUS(status);
}

TEST(signals_at_any_place_lose_no_connection)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, interrupted, NULL)), 0);
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0);
	EQ(n.sup.stats.parked, 0);
	OK(n.sup.stats.gone > 0);
	guest_net_end(&n);
}

/* The guest of a host that is gone hears ENOSYS, not the machine's network. */
static int outlives_the_host(void *arg)
{
	int l = serve_at(80, 4), fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char c;

	(void)arg;
	if (l < 0 || fd < 0 || reach(fd, "127.0.0.1", 80) ||
	    getpeername(fd, (struct sockaddr *)&a, &len))
		return 1;
	if (read(fd, &c, 1) != 0) /* until our end is closed */
		return 2;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == ENOSYS ? 0 : 3;
}

TEST(without_its_supervisor_a_guest_reaches_nothing)
{
	struct guest_net n;
	pid_t pid;
	int status;

	guest_net(&n);
	pid = guest_start(&n, 0, outlives_the_host, NULL);
	while (n.sup.stats.calls < 7) /* the last is getpeername() */
		EQ(run_loop_round(&n.sup.loop, OSTIA_NEVER), 0);
	guest_settle(&n);
	guest_net_end(&n);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* Memory of pool and stacks runs out at any place: errors, no end of it all. */
static int tries(void *arg)
{
	int l = serve_at(80, 4), fd = socket(AF_INET, SOCK_STREAM, 0), s;
	char c;

	(void)arg;
	if (l < 0 || fd < 0)
		return 0;
	fcntl(l, F_SETFL, O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval) { 0, 20000 },
		   sizeof(struct timeval));
	if (reach(fd, "127.0.0.1", 80))
		return 0;
	s = accept(l, NULL, NULL);
	if (s < 0)
		return 0;
	fcntl(s, F_SETFL, O_NONBLOCK);
	if (write(fd, "x", 1) == 1)
		usleep(500);
	if (read(s, &c, 1) == 1)
		shutdown(s, SHUT_WR);
	return 0;
}

TEST(memory_that_runs_out_is_an_error_of_the_call)
{
	struct guest_net n;

	guest_net(&n);
	for (uint64_t nth = 1; nth < 60; nth++) {
		ostia_world_fail_alloc(n.sup.world, nth, 0);
		EQ(guest_wait(&n, guest_start(&n, 0, tries, NULL)), 0);
		ostia_world_fail_alloc(n.sup.world, 0, 0);
		guest_settle(&n);
		while (n.host[0]->ndoors) /* one may have to wait for an ACK */
			EQ(run_loop_round(&n.sup.loop,
					  run_loop_clock() + OSTIA_MS),
			   0);
	}
	guest_net_end(&n);
}

/* ---- short messages are held until they are answered ---- */

static int a_pair(int fd[2])
{
	int l = serve_at(80, 4);

	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (l < 0 || reach(fd[0], "127.0.0.1", 80))
		return -1;
	fd[1] = accept(l, NULL, NULL);
	close(l);
	return fd[1];
}

/* told: what has been done; "go on" */
static bool stop_here(const int *told)
{
	char c;

	return write(told[1], "", 1) == 1 && read(told[2], &c, 1) == 1;
}

static int asks_and_answers(void *arg)
{
	const int *told = arg;
	char c[8];
	int fd[2];

	close(told[0]);
	close(told[3]); /* it ends with the test */
	if (a_pair(fd) < 0)
		return 1;
	if (write(fd[0], "abc", 3) != 3 || read(fd[1], c, 8) != 3 ||
	    memcmp(c, "abc", 3) != 0 || !stop_here(told))
		return 2;
	if (write(fd[1], "x", 1) != 1 || read(fd[0], c, 8) != 1 || *c != 'x' ||
	    !stop_here(told))
		return 3;
	if (write(fd[1], "yz", 2) != 2 || read(fd[0], c, 8) != 2 ||
	    memcmp(c, "yz", 2) != 0 || !stop_here(told))
		return 4;
	shutdown(fd[1], SHUT_WR);
	return read(fd[0], c, 8) != 0 ? 5 : 0;
}

static uint32_t held(const struct guest_net *n)
{
	uint32_t sum = 0;

	list_each (at, &n->host[0]->doors)
		sum += run_stream_of(list_entry(at, struct run_door, node))
			       ->held;
	return sum;
}

TEST(a_short_message_goes_with_its_answer_or_the_next)
{
	static const uint32_t expected[] = { 3, 1, 2 };
	struct pollfd p = { .events = POLLIN };
	struct guest_net n;
	int told[4];
	pid_t pid;
	char c;

	guest_net(&n);
	EQ(pipe(told), 0);
	EQ(pipe(told + 2), 0);
	pid = guest_start(&n, 0, asks_and_answers, told);
	p.fd = told[0];
	for (int i = 0; i < 3; i++) {
		while (poll(&p, 1, 0) == 0)
			EQ(run_loop_round(&n.sup.loop,
					  run_loop_clock() + 2000000),
			   0);
		EQ(held(&n), n.sup.held_max < 3 ? 0 : expected[i]);
		EQ(read(told[0], &c, 1), 1);
		EQ(write(told[3], "", 1), 1);
	}
	EQ(guest_wait(&n, pid), 0);
	for (int i = 0; i < 4; i++)
		close(told[i]);
	guest_net_end(&n);
}

enum { SINGLE = 5000 };

static int says_much_in_bytes(void *arg)
{
	const int *sndbuf = arg;
	int fd[2], n, status;
	char c;

	if (a_pair(fd) < 0 || write(fd[0], "x", 1) != 1)
		return 1;
	if (*sndbuf &&
	    setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, sndbuf, sizeof(int)))
		return 2;
	if (fork() == 0) {
		for (n = 1; n < SINGLE && write(fd[0], "x", 1) == 1; n++)
			;
		_exit(n != SINGLE);
	}
	for (n = 0; n < SINGLE && read(fd[1], &c, 1) == 1; n++)
		;
	return wait(&status) < 0 || status || n != SINGLE ? 3 : 0;
}

TEST(who_gets_no_answer_may_go_on)
{
	struct guest_net n;

	for (int sndbuf = 0; sndbuf < 2; sndbuf++) {
		guest_net(&n);
		EQ(guest_wait(&n,
			      guest_start(&n, 0, says_much_in_bytes, &sndbuf)),
		   0);
		guest_net_end(&n);
	}
}

TESTS(CASE(connections_leave_nothing_behind),
      CASE(dead_doors_are_swept_by_the_next_ones),
      CASE(a_worker_that_dies_takes_no_connection_along),
      CASE(a_token_outlives_who_saw_it),
      CASE(what_came_before_accept_is_there_at_once_and_once),
      CASE(every_byte_arrives_both_ways),
      CASE(every_byte_arrives_over_a_wire_that_loses),
      CASE(a_reader_that_stops_stops_the_writer),
      CASE(a_guest_that_ends_waits_nowhere),
      CASE(what_a_guest_left_is_not_kept_when_it_dies),
      CASE(signals_at_any_place_lose_no_connection),
      CASE(without_its_supervisor_a_guest_reaches_nothing),
      CASE(a_short_message_goes_with_its_answer_or_the_next),
      CASE(who_gets_no_answer_may_go_on),
      CASE(memory_that_runs_out_is_an_error_of_the_call))
