/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX with several threads: pairs that they share, files that fly between
 * them, listeners, ends that come while somebody waits. The ThreadSanitizer
 * build (./do test tsan) is what looks at this hardest.
 */
#include "../random.h"
#include "../test.h"

#define OSTIA_POSIX_IMPLEMENTATION /* the plain names stay the kernel's */
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/un.h>

enum {
	WRITERS = 3,
	READERS = 2,
	RECORDS = 300, /* of each writer */
	RECORD = 64,
	STOP = 0xff,
	FLIGHTS = 150,
	CONNECTS = 60,
	ROUNDS = 30,
	CALLERS = 4,
	CALLS = 3000,
	FDS = 16,
};

static struct ostia_runtime *rt;
static struct ostia_proc *p;

static void begin(void)
{
	struct ostia_runtime_config cfg = { .net = NULL };
	char why[256];

	EQ(ostia_runtime_new(&cfg, &rt, why, sizeof(why)), 0);
	p = ostia_runtime_proc(rt);
}

static struct ostia_usage usage(void)
{
	struct ostia_usage u;

	ostia_runtime_lock(rt);
	ostia_stack_usage(ostia_runtime_stack(rt), &u);
	ostia_runtime_unlock(rt);
	return u;
}

/* All is closed: nothing may be left. */
static void end(void)
{
	struct ostia_usage u = usage();

	EQ(u.local_socks, 0);
	EQ(u.local_gone, 0);
	ostia_runtime_free(rt);
}

static void pair(int type, int fd[2])
{
	EQ(ostia_socketpair(p, AF_UNIX, type, 0, fd), 0);
}

static void start(pthread_t *t, void *(*f)(void *), void *arg)
{
	EQ(pthread_create(t, NULL, f, arg), 0);
}

static long joined(pthread_t t)
{
	void *said;

	pthread_join(t, &said);
	return (long)(intptr_t)said;
}

/* --- one pair ----------------------------------------------------------- */

static int shared[2], kind;
static atomic_uint got[WRITERS];

static void *write_records(void *arg)
{
	uint8_t record[RECORD];

	memset(record, (int)(intptr_t)arg, sizeof(record));
	for (int i = 0; i < RECORDS; i++)
		if (ostia_send(p, shared[0], record, RECORD, 0) != RECORD)
			return (void *)1;
	return NULL;
}

/* Of messages each is one writer's, and whole. */
static bool is_whole(const uint8_t *buf, ssize_t n)
{
	if (kind == SOCK_STREAM)
		return true;
	for (ssize_t i = 1; i < n; i++)
		if (buf[i] != buf[0])
			return false;
	return n == RECORD;
}

static void *read_records(void *arg)
{
	uint8_t buf[1000];
	ssize_t n;

	(void)arg;
	while ((n = ostia_recv(p, shared[1], buf, sizeof(buf), 0)) > 0) {
		if (buf[0] == STOP)
			return NULL;
		if (!is_whole(buf, n))
			return (void *)2;
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] < WRITERS)
				got[buf[i]]++;
	}
	return (void *)(intptr_t)n;
}

/* Datagrams have no end that is heard: each reader is told. */
static void stop_readers(void)
{
	const uint8_t stop = STOP;

	if (kind != SOCK_DGRAM)
		EQ(ostia_shutdown(p, shared[0], SHUT_WR), 0);
	for (int i = 0; i < READERS && kind == SOCK_DGRAM; i++)
		EQ(ostia_send(p, shared[0], &stop, 1, 0), 1);
}

TEST(threads_share_a_pair)
{
	static const int kinds[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	pthread_t w[WRITERS], r[READERS];

	begin();
	for (int k = 0; k < 3; k++) {
		kind = kinds[k];
		memset(got, 0, sizeof(got));
		pair(kind, shared);
		for (int i = 0; i < READERS; i++)
			start(&r[i], read_records, NULL);
		for (intptr_t i = 0; i < WRITERS; i++)
			start(&w[i], write_records, (void *)i);
		for (int i = 0; i < WRITERS; i++)
			EQ(joined(w[i]), 0);
		stop_readers();
		for (int i = 0; i < READERS; i++)
			EQ(joined(r[i]), 0);
		for (int i = 0; i < WRITERS; i++)
			EQ(got[i], RECORDS * RECORD);
		ostia_close(p, shared[0]);
		ostia_close(p, shared[1]);
	}
	end();
}

/* --- files in flight ---------------------------------------------------- */

union control {
	char buf[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr h;
};

static ssize_t give(int to, const int fds[2], int flags)
{
	union control u = { .h = { .cmsg_len = CMSG_LEN(2 * sizeof(int)),
				   .cmsg_level = SOL_SOCKET,
				   .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (char[]) { "f" }, 1 };
	const struct msghdr m = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &u,
				  .msg_controllen = sizeof(u) };

	memcpy(CMSG_DATA(&u.h), fds, 2 * sizeof(int));
	return ostia_sendmsg(p, to, &m, flags | MSG_NOSIGNAL);
}

/* Return: descriptors that came, 0: the end. */
static int get(int from, int fds[2], int flags)
{
	union control u;
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &u,
			    .msg_controllen = sizeof(u) };
	struct cmsghdr *h;
	size_t n;

	if (ostia_recvmsg(p, from, &m, flags) <= 0)
		return 0;
	h = CMSG_FIRSTHDR(&m);
	if (!h || h->cmsg_type != SCM_RIGHTS)
		return 0;
	n = h->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(h), n < 2 * sizeof(int) ? n : 2 * sizeof(int));
	return (int)(n / sizeof(int));
}

/* Pairs go, one of three in a circle: each end in the other's queue. */
static void *send_pairs(void *arg)
{
	intptr_t bad = 0;

	for (int i = 0; i < FLIGHTS; i++) {
		int sv[2];

		if (ostia_socketpair(p, AF_UNIX, SOCK_STREAM, 0, sv))
			return (void *)1;
		if (i % 3 == (int)(intptr_t)arg)
			bad |= give(sv[0], sv, 0) != 1 ||
			       give(sv[1], sv, 0) != 1;
		else
			bad |= give(shared[0], sv, 0) != 1;
		bad |= ostia_close(p, sv[0]) || ostia_close(p, sv[1]);
	}
	return (void *)bad;
}

static atomic_int taken;

/* What came is two ends of one pair, and works. */
static void *take_pairs(void *arg)
{
	int sv[2], n;
	char c;

	(void)arg;
	while ((n = get(shared[1], sv, 0)) == 2) {
		if (ostia_send(p, sv[0], "x", 1, 0) != 1 ||
		    ostia_recv(p, sv[1], &c, 1, 0) != 1 || c != 'x')
			return (void *)1;
		ostia_close(p, sv[0]);
		ostia_close(p, sv[1]);
		taken++;
	}
	return (void *)(intptr_t)n;
}

TEST(files_fly_between_threads)
{
	pthread_t w[2], r[READERS];

	begin();
	taken = 0;
	pair(SOCK_SEQPACKET, shared);
	for (int i = 0; i < READERS; i++)
		start(&r[i], take_pairs, NULL);
	for (intptr_t i = 0; i < 2; i++)
		start(&w[i], send_pairs, (void *)i);
	for (int i = 0; i < 2; i++)
		EQ(joined(w[i]), 0);
	ostia_shutdown(p, shared[0], SHUT_WR);
	for (int i = 0; i < READERS; i++)
		EQ(joined(r[i]), 0);
	EQ(taken, 2 * FLIGHTS * 2 / 3);
	ostia_close(p, shared[0]);
	ostia_close(p, shared[1]);
	end(); /* the circles, too, have been found */
}

/* --- listeners ---------------------------------------------------------- */

static const struct sockaddr_un door = { .sun_family = AF_UNIX,
					 .sun_path = "door" };

static void *knock(void *arg)
{
	char c = (char)(intptr_t)arg;

	for (int i = 0; i < CONNECTS; i++) {
		int fd = ostia_socket(p, AF_UNIX, kind, 0);

		if (ostia_connect(p, fd, (const struct sockaddr *)&door,
				  sizeof(door)) ||
		    ostia_send(p, fd, &c, 1, 0) != 1 ||
		    ostia_recv(p, fd, &c, 1, 0) != 1 ||
		    c != (char)(intptr_t)arg)
			return (void *)1;
		ostia_close(p, fd);
	}
	return NULL;
}

/* Until the listener is shut down under it. */
static void *answer(void *arg)
{
	int l = (int)(intptr_t)arg, fd;
	char c;

	while ((fd = ostia_accept(p, l, NULL, NULL)) >= 0) {
		if (ostia_recv(p, fd, &c, 1, 0) != 1 ||
		    ostia_send(p, fd, &c, 1, 0) != 1)
			return (void *)1;
		ostia_close(p, fd);
	}
	return errno == EINVAL ? NULL : (void *)(intptr_t)errno;
}

TEST(threads_share_a_listener_with_little_room)
{
	static const int kinds[] = { SOCK_STREAM, SOCK_SEQPACKET };
	pthread_t w[WRITERS], r[READERS];

	begin();
	for (int k = 0; k < 2; k++) {
		int l = ostia_socket(p, AF_UNIX, kinds[k], 0);

		kind = kinds[k];
		EQ(ostia_bind(p, l, (const struct sockaddr *)&door,
			      sizeof(door)),
		   0);
		EQ(ostia_listen(p, l, 0), 0);
		for (int i = 0; i < READERS; i++)
			start(&r[i], answer, (void *)(intptr_t)l);
		for (intptr_t i = 0; i < WRITERS; i++)
			start(&w[i], knock, (void *)('a' + i));
		for (int i = 0; i < WRITERS; i++)
			EQ(joined(w[i]), 0);
		EQ(ostia_shutdown(p, l, SHUT_RD), 0);
		for (int i = 0; i < READERS; i++)
			EQ(joined(r[i]), 0);
		ostia_close(p, l);
		EQ(ostia_unlink(p, door.sun_path), 0);
	}
	end();
}

/* --- ends --------------------------------------------------------------- */

static pthread_barrier_t together;

static void *read_to_the_end(void *arg)
{
	char buf[16];
	ssize_t n;

	pthread_barrier_wait(&together);
	do
		n = ostia_recv(p, (int)(intptr_t)arg, buf, sizeof(buf), 0);
	while (n > 0);
	return (void *)(intptr_t)(n ? errno : 0);
}

static void *write_to_the_end(void *arg)
{
	char buf[5000] = "";
	ssize_t n;

	pthread_barrier_wait(&together);
	do
		n = ostia_send(p, (int)(intptr_t)arg, buf, sizeof(buf),
			       MSG_NOSIGNAL);
	while (n > 0);
	return (void *)(intptr_t)errno;
}

static void do_end(int how, int fd)
{
	pthread_barrier_wait(&together);
	if (how == 0)
		ostia_shutdown(p, fd, SHUT_RDWR);
	else
		ostia_close(p, fd);
}

/* A peer shuts down, or closes, while one of ours reads and one writes. */
TEST(who_waits_hears_of_the_end)
{
	static const int kinds[] = { SOCK_STREAM, SOCK_SEQPACKET };

	begin();
	EQ(pthread_barrier_init(&together, NULL, 3), 0);
	for (int i = 0; i < 4 * ROUNDS; i++) {
		pthread_t r, w;
		long err;
		int sv[2];

		pair(kinds[i & 1], sv);
		start(&r, read_to_the_end, (void *)(intptr_t)sv[0]);
		start(&w, write_to_the_end, (void *)(intptr_t)sv[0]);
		do_end(i >> 1 & 1, sv[1]);
		err = joined(w);
		OK(err == EPIPE || err == ECONNRESET);
		err = joined(r); /* who wrote may have taken the error */
		OK(err == 0 || err == ECONNRESET);
		if (!(i >> 1 & 1))
			ostia_close(p, sv[1]);
		ostia_close(p, sv[0]);
	}
	pthread_barrier_destroy(&together);
	end();
}

/* --- any calls ---------------------------------------------------------- */

struct caller {
	pthread_t t;
	struct dice dice;
};

static _Atomic int fds[FDS];

static int take(struct caller *c)
{
	return fds[dice_below(&c->dice, FDS)];
}

static void keep(struct caller *c, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&fds[dice_below(&c->dice, FDS)], fd);
	if (old >= 0)
		ostia_close(p, old);
}

static int any_type(struct caller *c)
{
	static const int kinds[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	return kinds[dice_below(&c->dice, 3)] | SOCK_NONBLOCK;
}

static struct sockaddr_un any_name(struct caller *c)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	un.sun_path[0] = dice_below(&c->dice, 2) ? '/' : '\0';
	un.sun_path[1] = (char)('a' + dice_below(&c->dice, 3));
	return un;
}

static void make(struct caller *c)
{
	int sv[2];

	if (dice_below(&c->dice, 2)) {
		keep(c, ostia_socket(p, AF_UNIX, any_type(c), 0));
		return;
	}
	if (ostia_socketpair(p, AF_UNIX, any_type(c), 0, sv))
		return;
	keep(c, sv[0]);
	keep(c, sv[1]);
}

static void name_it(struct caller *c)
{
	struct sockaddr_un un = any_name(c);
	int fd = take(c);

	if (un.sun_path[0] && dice_below(&c->dice, 2))
		ostia_unlink(p, un.sun_path);
	ostia_bind(p, fd, (struct sockaddr *)&un, sizeof(un.sun_family) + 3);
	ostia_listen(p, fd, 1);
}

static void call_something(struct caller *c)
{
	struct sockaddr_un un = any_name(c);
	int fd = take(c), two[2];
	char buf[300] = "";

	switch (dice_below(&c->dice, 10)) {
	case 0:
		make(c);
		break;
	case 1:
		name_it(c);
		break;
	case 2:
		ostia_connect(p, fd, (struct sockaddr *)&un,
			      sizeof(un.sun_family) + 3);
		break;
	case 3:
		keep(c, ostia_accept4(p, fd, NULL, NULL, SOCK_NONBLOCK));
		break;
	case 4:
		ostia_send(p, fd, buf, dice_below(&c->dice, sizeof(buf)),
			   MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 5:
		ostia_recv(p, fd, buf, sizeof(buf), MSG_DONTWAIT);
		break;
	case 6:
		two[0] = take(c);
		two[1] = take(c);
		give(fd, two, MSG_DONTWAIT);
		break;
	case 7:
		for (int n = get(fd, two, MSG_DONTWAIT); n > 0; n--)
			keep(c, two[n - 1]);
		break;
	case 8:
		ostia_poll(p, &(struct pollfd) { .fd = fd, .events = POLLIN },
			   1, 0);
		break;
	default:
		ostia_shutdown(p, fd, (int)dice_below(&c->dice, 3));
	}
}

static void *call_anything(void *arg)
{
	struct caller *c = arg;

	for (int i = 0; i < CALLS; i++)
		call_something(c);
	return NULL;
}

TEST(any_call_against_any_other)
{
	struct dice seed = dice("local_threads");
	struct caller c[CALLERS];

	begin();
	for (int i = 0; i < FDS; i++)
		fds[i] = -1;
	for (int i = 0; i < CALLERS; i++) {
		c[i] = (struct caller) { .dice = { dice_u64(&seed) } };
		start(&c[i].t, call_anything, &c[i]);
	}
	for (int i = 0; i < CALLERS; i++)
		joined(c[i].t);
	for (int i = 0; i < FDS; i++)
		if (fds[i] >= 0)
			EQ(ostia_close(p, fds[i]), 0);
	end();
}

TESTS(CASE(threads_share_a_pair), CASE(files_fly_between_threads),
      CASE(threads_share_a_listener_with_little_room),
      CASE(who_waits_hears_of_the_end), CASE(any_call_against_any_other))
