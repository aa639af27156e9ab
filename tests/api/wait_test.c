/* SPDX-License-Identifier: MIT */
/* M1: poll, select, epoll and watches */
#define _GNU_SOURCE
#include "net.h"

static int udp_at(struct ostia_proc *p, const char *addr, uint16_t port)
{
	int fd = net_socket(p, addr, SOCK_DGRAM);

	OK(fd >= 0);
	EQ(net_bind(p, fd, addr, port), 0);
	return fd;
}

static void tell(struct ostia_proc *p, int fd, const char *addr, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr(&ss, addr, port);

	EQ(ostia_sendto(p, fd, "x", 1, 0, (struct sockaddr *)&ss, len), 1);
}

static int out_fd;

static void tell_later(struct net *n)
{
	tell(n->b, out_fd, "10.99.0.1", 2);
}

TEST(M1_poll_waits_for_the_first)
{
	struct net n;
	struct pollfd f[4];
	ostia_time begin;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	for (int i = 0; i < 4; i++)
		f[i] = (struct pollfd) {
			.fd = udp_at(n.wa, "10.99.0.1", (uint16_t)(i + 1)),
			.events = POLLIN,
			.revents = 77,
		};
	begin = n.now;
	EQ(ostia_poll(n.wa, f, 4, 0), 0);
	EQ(ostia_poll(n.wa, f, 4, 250), 0);
	EQ(n.now - begin, 250 * OSTIA_MS);
	EQ(f[0].revents, 0);
	net_later(&n, OSTIA_S, tell_later);
	EQ(ostia_poll(n.wa, f, 4, 5000), 1);
	EQ(n.now - begin, 1250 * OSTIA_MS);
	EQ(f[0].revents | f[2].revents | f[3].revents, 0);
	EQ(f[1].revents, POLLIN);
	f[1].fd = -1 - f[1].fd; /* is not looked at */
	EQ(ostia_poll(n.wa, f, 4, 100), 0);
	EQ(f[1].revents, 0);
	f[0].events = POLLIN | POLLOUT;
	f[2].fd = 999;
	EQ(ostia_poll(n.wa, f, 4, -1), 2);
	EQ(f[0].revents, POLLOUT);
	EQ(f[2].revents, POLLNVAL);
	FAILS(ostia_poll(n.wa, f, 100000, 0), EINVAL);
	EQ(ostia_poll(n.wa, NULL, 0, 10), 0);
	net_fini(&n);
}

TEST(M1_ppoll_and_its_times)
{
	const struct timespec bad = { 0, 1000000000 };
	const struct timespec ts = { 1, 5 };
	struct pollfd f = { .events = POLLIN };
	struct net n;
	ostia_time begin;

	net_init(&n);
	f.fd = udp_at(n.wa, "10.99.0.1", 2);
	begin = n.now;
	EQ(ostia_ppoll(n.wa, &f, 1, &ts), 0);
	EQ(n.now - begin, OSTIA_S + 5);
	FAILS(ostia_ppoll(n.wa, &f, 1, &bad), EINVAL);
	FAILS(ostia_ppoll(n.wa, &f, 1, NULL), EINTR); /* nothing will happen */
	net_fini(&n);
}

TEST(M1_select)
{
	struct timeval tv = { 0, 1000 };
	fd_set r, w, e;
	struct net n;
	int a, b;

	net_init(&n);
	a = udp_at(n.wa, "10.99.0.1", 2);
	b = udp_at(n.wa, "10.99.0.1", 3);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(a, &r);
	FD_SET(b, &r);
	FD_SET(a, &e);
	EQ(ostia_select(n.wa, b + 1, &r, &w, &e, &tv), 0);
	OK(!FD_ISSET(a, &r) && !FD_ISSET(b, &r));
	FD_SET(a, &r);
	FD_SET(b, &r);
	net_later(&n, OSTIA_S, tell_later);
	EQ(ostia_select(n.wa, b + 1, &r, NULL, NULL, NULL), 1);
	OK(FD_ISSET(a, &r) && !FD_ISSET(b, &r));
	FD_SET(b, &w);
	FD_SET(a, &w);
	EQ(ostia_select(n.wa, b + 1, &r, &w, NULL, NULL), 3);
	FD_SET(500, &r);
	FAILS(ostia_select(n.wa, 600, &r, NULL, NULL, &tv), EBADF);
	FAILS(ostia_select(n.wa, -1, NULL, NULL, NULL, &tv), EINVAL);
	tv.tv_sec = -1;
	FAILS(ostia_select(n.wa, 0, NULL, NULL, NULL, &tv), EINVAL);
	net_fini(&n);
}

static int epoll_with(struct ostia_proc *p, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u64 = 42 };
	int ep = ostia_epoll_create1(p, 0);

	OK(ep >= 0);
	EQ(ostia_epoll_ctl(p, ep, EPOLL_CTL_ADD, fd, &ev), 0);
	return ep;
}

static int take(struct ostia_proc *p, int ep, uint32_t *events)
{
	struct epoll_event ev = { 0 };
	int n = ostia_epoll_wait(p, ep, &ev, 1, 0);

	*events = ev.events;
	if (n == 1)
		EQ(ev.data.u64, 42);
	return n;
}

TEST(M1_epoll_level)
{
	struct net n;
	uint32_t ev;
	char c;
	int fd, ep;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	ep = epoll_with(n.a, fd, EPOLLIN);
	EQ(take(n.a, ep, &ev), 0);
	tell_later(&n);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &ev), 1);
	EQ(ev, EPOLLIN);
	EQ(take(n.a, ep, &ev), 1);
	EQ(ostia_recv(n.a, fd, &c, 1, 0), 1);
	EQ(take(n.a, ep, &ev), 1);
	EQ(ostia_recv(n.a, fd, &c, 1, 0), 1);
	EQ(take(n.a, ep, &ev), 0);
	EQ(take(n.a, ep, &ev), 0);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &ev), 1);
	EQ(net_poll(n.a, ep), POLLIN | POLLRDNORM);
	net_fini(&n);
}

TEST(M1_epoll_edge)
{
	struct epoll_event ev;
	struct net n;
	uint32_t bits;
	int fd, ep;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	ep = epoll_with(n.a, fd, EPOLLIN | EPOLLET);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &bits), 1);
	EQ(take(n.a, ep, &bits), 0); /* told, though it is still so */
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &bits), 1); /* news */
	EQ(take(n.a, ep, &bits), 0);
	ev = (struct epoll_event) { .events = EPOLLIN | EPOLLET,
				    .data.u64 = 42 };
	EQ(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_MOD, fd, &ev), 0);
	EQ(take(n.a, ep, &bits), 1); /* asked anew */
	net_fini(&n);
}

TEST(M1_epoll_one_shot)
{
	struct epoll_event ev;
	struct net n;
	uint32_t bits;
	int fd, ep;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	ep = epoll_with(n.a, fd, EPOLLIN | EPOLLONESHOT);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &bits), 1);
	EQ(take(n.a, ep, &bits), 0);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &bits), 0);
	ev = (struct epoll_event) { .events = EPOLLIN | EPOLLONESHOT,
				    .data.u64 = 42 };
	EQ(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_MOD, fd, &ev), 0);
	EQ(take(n.a, ep, &bits), 1);
	net_fini(&n);
}

TEST(M1_epoll_errors)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct net n;
	int fd, ep;

	net_init(&n);
	fd = udp_at(n.a, "10.99.0.1", 2);
	ep = ostia_epoll_create1(n.a, EPOLL_CLOEXEC);
	FAILS(ostia_epoll_create1(n.a, 1), EINVAL);
	EQ(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_ADD, fd, &ev), 0);
	FAILS(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_ADD, fd, &ev), EEXIST);
	EQ(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_DEL, fd, NULL), 0);
	FAILS(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_DEL, fd, NULL), ENOENT);
	FAILS(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_MOD, fd, &ev), ENOENT);
	FAILS(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_ADD, ep, &ev), EINVAL);
	FAILS(ostia_epoll_ctl(n.a, fd, EPOLL_CTL_ADD, fd, &ev), EINVAL);
	FAILS(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_ADD, 99, &ev), EBADF);
	FAILS(ostia_epoll_ctl(n.a, 99, EPOLL_CTL_ADD, fd, &ev), EBADF);
	FAILS(ostia_epoll_ctl(n.a, ep, 7, fd, &ev), EINVAL);
	FAILS(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_ADD, fd, NULL), EFAULT);
	FAILS(ostia_epoll_wait(n.a, ep, &ev, 0, 0), EINVAL);
	FAILS(ostia_epoll_wait(n.a, fd, &ev, 1, 0), EINVAL);
	FAILS(ostia_epoll_wait(n.a, 99, &ev, 1, 0), EBADF);
	FAILS(ostia_recv(n.a, ep, &ev, 1, 0), ENOTSOCK);
	FAILS(ostia_read(n.a, ep, &ev, 1), EINVAL);
	net_fini(&n);
}

TEST(M1_epolls_watch_epolls_five_deep_and_never_in_a_circle)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct net n;
	int ep[8], fd;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	for (int i = 0; i < 8; i++)
		ep[i] = ostia_epoll_create1(n.a, 0);
	EQ(ostia_epoll_ctl(n.a, ep[0], EPOLL_CTL_ADD, fd, &ev), 0);
	for (int i = 1; i < 5; i++)
		EQ(ostia_epoll_ctl(n.a, ep[i], EPOLL_CTL_ADD, ep[i - 1], &ev),
		   0);
	FAILS(ostia_epoll_ctl(n.a, ep[5], EPOLL_CTL_ADD, ep[4], &ev), ELOOP);
	FAILS(ostia_epoll_ctl(n.a, ep[0], EPOLL_CTL_ADD, ep[4], &ev), ELOOP);
	FAILS(ostia_epoll_ctl(n.a, ep[1], EPOLL_CTL_ADD, ep[2], &ev), ELOOP);
	EQ(ostia_epoll_ctl(n.a, ep[6], EPOLL_CTL_ADD, ep[7], &ev), 0);
	FAILS(ostia_epoll_ctl(n.a, ep[7], EPOLL_CTL_ADD, ep[6], &ev), ELOOP);
	EQ(ostia_epoll_wait(n.a, ep[4], &ev, 1, 0), 0);
	tell_later(&n);
	net_run(&n);
	EQ(ostia_epoll_wait(n.a, ep[4], &ev, 1, 0), 1);
	net_fini(&n);
}

TEST(M1_epoll_exclusive_wakes_one)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct net n;
	int fd, ep[3], woken = 0;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	for (int i = 0; i < 3; i++) {
		ep[i] = ostia_epoll_create1(n.a, 0);
		EQ(ostia_epoll_ctl(n.a, ep[i], EPOLL_CTL_ADD, fd, &ev), 0);
		EQ(ostia_watch(n.a, ep[i], POLLIN, 100 + (uint64_t)i), 0);
	}
	FAILS(ostia_epoll_ctl(n.a, ep[0], EPOLL_CTL_MOD, fd, &ev), EINVAL);
	tell_later(&n);
	net_run(&n);
	for (uint64_t i = 0; i < 3; i++)
		woken += net_event(&n, 100 + i, NULL);
	EQ(woken, 1);
	net_fini(&n);
}

TEST(M1_a_closed_file_leaves_the_epoll)
{
	struct net n;
	uint32_t bits;
	int fd, other, ep;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	ep = epoll_with(n.a, fd, EPOLLIN);
	other = ostia_dup(n.a, fd);
	EQ(ostia_close(n.a, fd), 0);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &bits), 1); /* the file lives on, as on Linux */
	EQ(ostia_close(n.a, other), 0);
	EQ(take(n.a, ep, &bits), 0);
	EQ(udp_at(n.a, "10.99.0.1", 2), fd);
	tell_later(&n);
	net_run(&n);
	EQ(take(n.a, ep, &bits), 0);
	net_fini(&n);
}

TEST(M1_epoll_wait_waits)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct net n;
	ostia_time begin;
	int fd, ep;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.wa, "10.99.0.1", 2);
	ep = epoll_with(n.wa, fd, EPOLLIN);
	begin = n.now;
	EQ(ostia_epoll_wait(n.wa, ep, &ev, 1, 300), 0);
	EQ(n.now - begin, 300 * OSTIA_MS);
	net_later(&n, OSTIA_S, tell_later);
	EQ(ostia_epoll_wait(n.wa, ep, &ev, 1, -1), 1);
	EQ(n.now - begin, 1300 * OSTIA_MS);
	net_fini(&n);
}

TEST(M1_many_ready_ones_are_told_in_turn)
{
	struct epoll_event ev[3];
	struct net n;
	int ep, seen[10] = { 0 };

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	ep = ostia_epoll_create1(n.a, 0);
	for (int i = 0; i < 10; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = 0 };

		e.data.u32 = (uint32_t)i;
		EQ(ostia_epoll_ctl(n.a, ep, EPOLL_CTL_ADD,
				   udp_at(n.a, "10.99.0.1", (uint16_t)(10 + i)),
				   &e),
		   0);
		tell(n.b, out_fd, "10.99.0.1", (uint16_t)(10 + i));
	}
	net_run(&n);
	for (int round = 0; round < 10; round++) {
		EQ(ostia_epoll_wait(n.a, ep, ev, 3, 0), 3);
		for (int i = 0; i < 3; i++)
			seen[ev[i].data.u32]++;
	}
	for (int i = 0; i < 10; i++)
		EQ(seen[i], 3);
	net_fini(&n);
}

TEST(a_watch_is_told_once_and_forgotten)
{
	struct net n;
	uint32_t mask;
	int fd;

	net_init(&n);
	out_fd = udp_at(n.b, "10.99.0.2", 9);
	fd = udp_at(n.a, "10.99.0.1", 2);
	EQ(ostia_watch(n.a, fd, POLLIN, 7), 0);
	EQ(ostia_watch(n.a, fd, POLLOUT, 8), 0); /* is so already */
	net_run(&n);
	OK(!net_event(&n, 7, NULL));
	OK(net_event(&n, 8, &mask));
	EQ(mask, POLLOUT);
	tell_later(&n);
	net_run(&n);
	OK(net_event(&n, 7, &mask));
	EQ(mask, POLLIN);
	tell_later(&n);
	net_run(&n);
	OK(!net_event(&n, 7, NULL));
	/* withdrawn, closed: no event */
	EQ(ostia_watch(n.a, fd, POLLPRI, 9), 0);
	EQ(ostia_watch(n.a, fd, 0, 9), 0);
	EQ(ostia_watch(n.a, fd, POLLPRI, 10), 0);
	EQ(ostia_watch(n.a, fd, POLLIN, 11), 0);
	EQ(ostia_close(n.a, fd), 0);
	net_run(&n);
	EQ(n.nevents, 0);
	FAILS(ostia_watch(n.a, fd, POLLIN, 1), EBADF);
	fd = udp_at(n.a, "10.99.0.1", 2);
	FAILS(ostia_watch(n.a, fd, POLLIN, UINT64_MAX), EINVAL);
	net_fini(&n);
}

TESTS(CASE(M1_poll_waits_for_the_first), CASE(M1_ppoll_and_its_times),
      CASE(M1_select), CASE(M1_epoll_level), CASE(M1_epoll_edge),
      CASE(M1_epoll_one_shot), CASE(M1_epoll_errors),
      CASE(M1_epolls_watch_epolls_five_deep_and_never_in_a_circle),
      CASE(M1_epoll_exclusive_wakes_one),
      CASE(M1_a_closed_file_leaves_the_epoll), CASE(M1_epoll_wait_waits),
      CASE(M1_many_ready_ones_are_told_in_turn),
      CASE(a_watch_is_told_once_and_forgotten))
