/* SPDX-License-Identifier: MIT */
/*
 * Several threads on one socket, and any call against any other. The
 * ThreadSanitizer build (./do test tsan) is what looks at this hardest.
 */
#include "../random.h"
#include "../test.h"

#define OSTIA_POSIX_IMPLEMENTATION /* the plain names stay the kernel's */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <stdatomic.h>
#include <sys/epoll.h>

enum {
	WRITERS = 4,
	READERS = 3,
	RECORDS = 400, /* of each writer */
	RECORD = 64,
	CALLERS = 6,
	CALLS = 4000,
	FDS = 24,
};

static struct ostia_runtime *rt[2];
static struct ostia_proc *proc[2];

static void begin(void)
{
	int sv[2];

	EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	for (int i = 0; i < 2; i++) {
		char net[96], why[256];
		struct ostia_runtime_config cfg = { .net = net };

		snprintf(net, sizeof(net), "unix=fd:%d addr=10.99.0.%d/24",
			 sv[i], i + 1);
		EQ(ostia_runtime_new(&cfg, &rt[i], why, sizeof(why)), 0);
		proc[i] = ostia_runtime_proc(rt[i]);
	}
}

static void end(void)
{
	ostia_runtime_free(rt[0]);
	ostia_runtime_free(rt[1]);
}

static struct sockaddr_in server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(7) };

	a.sin_addr.s_addr = htonl(0x0a630002u);
	return a;
}

static int served(int type)
{
	struct sockaddr_in a = server();
	int fd = ostia_socket(proc[1], AF_INET, type, 0);

	EQ(ostia_bind(proc[1], fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type != SOCK_DGRAM)
		EQ(ostia_listen(proc[1], fd, 16), 0);
	return fd;
}

static int joined(int type)
{
	struct sockaddr_in a = server();
	int fd = ostia_socket(proc[0], AF_INET, type, 0);

	EQ(ostia_connect(proc[0], fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* --- one socket --------------------------------------------------------- */

static int stream[2];
static atomic_uint got[WRITERS];

/* A record is its writer's number, 64 times: one send() is one piece. */
static void *write_records(void *arg)
{
	uint8_t record[RECORD];

	memset(record, (int)(intptr_t)arg, sizeof(record));
	for (int i = 0; i < RECORDS; i++)
		if (ostia_send(proc[0], stream[0], record, RECORD, 0) != RECORD)
			return (void *)1;
	return NULL;
}

/* No byte is read twice, none is left out, whoever reads it. */
static void *read_bytes(void *arg)
{
	uint8_t buf[1000];
	ssize_t n;

	(void)arg;
	while ((n = ostia_recv(proc[1], stream[1], buf, sizeof(buf), 0)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] < WRITERS)
				got[buf[i]]++;
	return (void *)n;
}

TEST(threads_share_a_stream)
{
	pthread_t w[WRITERS], r[READERS];
	void *said;
	int l;

	begin();
	l = served(SOCK_STREAM);
	stream[0] = joined(SOCK_STREAM);
	stream[1] = ostia_accept(proc[1], l, NULL, NULL);
	memset(got, 0, sizeof(got));
	for (intptr_t i = 0; i < READERS; i++)
		EQ(pthread_create(&r[i], NULL, read_bytes, NULL), 0);
	for (intptr_t i = 0; i < WRITERS; i++)
		EQ(pthread_create(&w[i], NULL, write_records, (void *)i), 0);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(w[i], &said);
		EQ((intptr_t)said, 0);
	}
	EQ(ostia_shutdown(proc[0], stream[0], SHUT_WR), 0);
	for (int i = 0; i < READERS; i++) {
		pthread_join(r[i], &said);
		EQ((intptr_t)said, 0);
	}
	for (int i = 0; i < WRITERS; i++)
		EQ(got[i], RECORDS * RECORD);
	end();
}

/* --- any calls ---------------------------------------------------------- */

/** struct caller - A thread, the host it is on, its dice */
struct caller {
	pthread_t t;
	int side;
	struct dice dice;
};

/* Descriptors of ours alone, by number: those of the kernel are left be. */
static _Atomic int fds[2][FDS];

static int take(struct caller *c)
{
	return fds[c->side][dice_below(&c->dice, FDS)];
}

static void keep(struct caller *c, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&fds[c->side][dice_below(&c->dice, FDS)], fd);
	if (old >= 0)
		ostia_close(proc[c->side], old);
}

static void open_one(struct caller *c)
{
	struct sockaddr_in a = server();
	int type = dice_below(&c->dice, 3) ? SOCK_STREAM : SOCK_DGRAM;
	int fd = ostia_socket(proc[c->side], AF_INET, type | SOCK_NONBLOCK, 0);

	if (fd >= 0 && c->side == 0)
		ostia_connect(proc[0], fd, (struct sockaddr *)&a, sizeof(a));
	keep(c, fd);
}

static void wait_some(struct caller *c)
{
	struct pollfd p[3];
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT };
	int set;

	for (int i = 0; i < 3; i++)
		p[i] = (struct pollfd) { .fd = take(c), .events = POLLIN };
	ostia_poll(proc[c->side], p, 3, 1);
	set = ostia_epoll_create1(proc[c->side], 0);
	if (set < 0)
		return;
	ostia_epoll_ctl(proc[c->side], set, EPOLL_CTL_ADD, take(c), &ev);
	ostia_epoll_wait(proc[c->side], set, &ev, 1, 1);
	ostia_close(proc[c->side], set);
}

static void call_something(struct caller *c)
{
	struct ostia_proc *p = proc[c->side];
	char buf[2000] = "";
	int fd = take(c), v = 0;
	socklen_t len = sizeof(v);

	switch (dice_below(&c->dice, 10)) {
	case 0:
	case 1:
		open_one(c);
		break;
	case 2:
		keep(c, ostia_accept4(p, fd, NULL, NULL, SOCK_NONBLOCK));
		break;
	case 3:
	case 4:
		ostia_send(p, fd, buf, dice_below(&c->dice, sizeof(buf)),
			   MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 5:
		ostia_recv(p, fd, buf, sizeof(buf), MSG_DONTWAIT);
		break;
	case 6:
		keep(c, ostia_dup(p, fd));
		break;
	case 7:
		wait_some(c);
		break;
	case 8:
		ostia_getsockopt(p, fd, SOL_SOCKET, SO_ERROR, &v, &len);
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
	struct dice seed = dice("threads");
	struct caller c[CALLERS];

	begin();
	for (int i = 0; i < FDS; i++)
		fds[0][i] = fds[1][i] = -1;
	/* who accepted and waited would wait for callers that have ended */
	fds[1][0] = served(SOCK_STREAM | SOCK_NONBLOCK);
	fds[1][1] = served(SOCK_DGRAM);
	for (int i = 0; i < CALLERS; i++) {
		c[i] = (struct caller) { .side = i % 2,
					 .dice = { dice_u64(&seed) } };
		EQ(pthread_create(&c[i].t, NULL, call_anything, &c[i]), 0);
	}
	for (int i = 0; i < CALLERS; i++)
		pthread_join(c[i].t, NULL);
	for (int i = 0; i < 2 * FDS; i++)
		if (fds[i & 1][i / 2] >= 0)
			EQ(ostia_close(proc[i & 1], fds[i & 1][i / 2]), 0);
	end();
}

TESTS(CASE(threads_share_a_stream), CASE(any_call_against_any_other))
