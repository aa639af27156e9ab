/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/seq.h"

#include "guest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* In guests: what is not as it should be is the exit status. */
#define MUST(cond)                       \
	do {                             \
		if (!(cond))             \
			return __LINE__; \
	} while (0)

static struct sockaddr_in at(const char *ip, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

static int ready(int fd, short what, int ms)
{
	struct pollfd p = { .fd = fd, .events = what };

	return poll(&p, 1, ms) == 1 ? p.revents : 0;
}

/* Afterwards no door is left, and no descriptor. */
static int status_of(int (*fn)(void *))
{
	unsigned fds = guest_fds();
	struct guest_net n;
	int status;

	guest_net(&n);
	status = guest_wait(&n, guest_start(&n, 0, fn, NULL));
	guest_settle(&n);
	EQ(n.host[0]->ndoors, 0);
	guest_net_end(&n);
	EQ(guest_fds(), fds);
	return status;
}

static int fills(void *arg)
{
	struct sockaddr_in a = at("127.0.0.1", 9);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), n = 0;

	(void)arg;
	while (sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)) == 1)
		MUST(n++ < 1000000);
	MUST(errno == EAGAIN);
	MUST(!ready(fd, POLLOUT, 0));
	MUST(ready(fd, POLLOUT, 20000) & POLLOUT);
	MUST(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)) == 1);
	return 0;
}

static bool never(struct run_seq *s)
{
	(void)s;
	return false;
}

/* The stack is said to be full, and when somebody has heard of it and waits
 * for some time, not any more.
 */
TEST(who_is_told_to_wait_is_told_when_it_is_over)
{
	const struct run_seq_ops *own = NULL;
	struct run_seq_ops full;
	struct guest_net n;
	ostia_time since = 0;
	int status;
	pid_t pid;

	guest_net(&n);
	pid = guest_start(&n, 0, fills, NULL);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct list *first;
		struct run_seq *s;

		EQ(run_loop_round(&n.sup.loop, run_loop_clock() + OSTIA_MS), 0);
		first = list_first(&n.host[0]->doors);
		s = first ? run_seq_of(list_entry(first, struct run_door, node))
			  : NULL;
		if (s && !own) {
			own = s->ops;
			full = *own;
			full.may_send = never;
			s->ops = &full;
		} else if (s && s->ops == &full && s->stuffed) {
			if (!since)
				since = run_loop_clock();
			if (run_loop_clock() - since < 500 * OSTIA_MS)
				continue;
			s->ops = own;
			run_seq_touch(s);
		}
	}
	EQ(status, 0);
	OK(since);
	guest_settle(&n);
	guest_net_end(&n);
}

static int comes_and_goes(void *arg)
{
	struct sockaddr_in a = at("127.0.0.1", 77);
	char buf[9];

	(void)arg;
	for (int i = 0; i < 300; i++) {
		int u = socket(AF_INET, SOCK_DGRAM, 0);
		int n = socket(AF_NETLINK, SOCK_RAW, 0);

		MUST(u >= 0 && n >= 0);
		MUST(!bind(u, (struct sockaddr *)&a, sizeof(a)));
		MUST(sendto(u, "hello", 5, 0, (struct sockaddr *)&a,
			    sizeof(a)) == 5);
		if (i % 2)
			MUST(read(u, buf, sizeof(buf)) == 5);
		close(u);
		close(n);
	}
	return 0;
}

TEST(what_is_closed_is_gone_read_or_not)
{
	EQ(status_of(comes_and_goes), 0);
}

static int looks_around(void *arg)
{
	char name[IF_NAMESIZE];

	(void)arg;
	MUST(if_indextoname(2, name) && !strcmp(name, "eth0"));
	MUST(if_nametoindex("eth0") == 2);
	MUST(socket(AF_NETLINK, SOCK_RAW, 15 /* uevents */) < 0);
	MUST(errno == EPROTONOSUPPORT);
	return 0;
}

TEST(a_guest_sees_the_links_of_its_host)
{
	EQ(status_of(looks_around), 0);
}

/* Each of the ways to wait for a datagram, until one comes. */
static int waits_in(void *arg)
{
	const int way = *(int *)arg, fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = at("127.0.0.1", 4000), from;
	socklen_t len = sizeof(from);
	char byte;
	struct iovec iov = { &byte, 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };

	MUST(!bind(fd, (struct sockaddr *)&a, sizeof(a)));
	if (way == 0)
		MUST(recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from,
			      &len) == 1);
	if (way == 1)
		MUST(recvmsg(fd, &m.msg_hdr, 0) == 1);
	if (way == 2)
		MUST(recvmmsg(fd, &m, 1, 0, NULL) == 1);
	return 0;
}

static int sends_one(void *arg)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = at("127.0.0.1", 4000);

	(void)arg;
	MUST(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)) == 1);
	return 0;
}

/* The loop sleeps meanwhile: nothing is left to be done at once. */
TEST(who_waits_for_a_datagram_keeps_nobody_busy)
{
	for (int way = 0; way < 3; way++) {
		struct guest_net n;
		pid_t pid;

		guest_net(&n);
		pid = guest_start(&n, 0, waits_in, &way);
		while (!n.sup.stats.parked)
			EQ(run_loop_round(&n.sup.loop, OSTIA_NEVER), 0);
		guest_settle(&n);
		OK(list_empty(&n.sup.loop.tasks));
		EQ(n.sup.stats.parked, 1);
		EQ(guest_wait(&n, guest_start(&n, 0, sends_one, NULL)), 0);
		EQ(guest_wait(&n, pid), 0);
		guest_net_end(&n);
	}
}

TESTS(CASE(who_waits_for_a_datagram_keeps_nobody_busy),
      CASE(who_is_told_to_wait_is_told_when_it_is_over),
      CASE(what_is_closed_is_gone_read_or_not),
      CASE(a_guest_sees_the_links_of_its_host))
