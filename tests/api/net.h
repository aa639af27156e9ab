/* SPDX-License-Identifier: MIT */
/*
 * tests/api/net.h - two hosts, a memory wire and virtual time
 *
 *	struct net n;
 *
 *	net_init(&n);
 *	fd = ostia_socket(n.a, AF_INET, SOCK_STREAM, 0);
 *	...
 *	net_run(&n);		nothing more to carry now
 *	net_pass(&n, OSTIA_S);	a second goes by, timers run
 *	net_fini(&n);		nothing may be left
 *
 * Host A is 10.99.0.1 and fd99::1, host B 10.99.0.2 and fd99::2; n.a and n.b
 * are bare processes on them. n.wa and n.wb are processes whose calls block:
 * waiting carries packets and lets time pass, until nothing can happen any
 * more, which is -EINTR.
 */
#ifndef OSTIA_TESTS_API_NET_H
#define OSTIA_TESTS_API_NET_H

#include "../unit/lend.h"
#include "../unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <ostia/ostia.h>
#include <stdbool.h>

enum { NET_WAITED = 64 };

struct net {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *sa, *sb;
	struct ostia_link *la, *lb;
	struct ostia_proc *a, *b, *wa, *wb;
	ostia_time now;
	bool cut; /* the wire loses everything */
	unsigned carried, sigpipes;
	/* told while someone waits: by whom, and when it is called */
	void (*meanwhile)(struct net *n);
	ostia_time meanwhile_at;
	struct {
		uint64_t cookie;
		uint32_t mask;
		int kind;
	} events[NET_WAITED];
	unsigned nevents;
	uint32_t mtu;
	enum ostia_link_type type; /* of la and lb */
};

static inline bool net_carry_one(struct net *n, struct ostia_link *from,
				 struct ostia_link *to)
{
	struct ostia_pkt *batch = ostia_link_output(from, 64);

	if (!batch)
		return false;
	n->carried++;
	if (n->cut)
		ostia_pkt_free_list(batch);
	else
		ostia_link_input(to, batch);
	return true;
}

static inline void net_events(struct net *n, struct ostia_stack *s)
{
	struct ostia_event ev;

	while (ostia_next_event(s, &ev)) {
		OK(n->nevents < NET_WAITED);
		n->events[n->nevents].cookie = ev.cookie;
		n->events[n->nevents].mask = ev.mask;
		n->events[n->nevents++].kind = (int)ev.kind;
	}
}

/* Carry packets until none is left, at this very time. */
static inline void net_run(struct net *n)
{
	for (unsigned i = 0; i < 100000; i++) {
		bool a = net_carry_one(n, n->la, n->lb);
		bool b = net_carry_one(n, n->lb, n->la);

		if (!a && !b)
			break;
	}
	net_events(n, n->sa);
	net_events(n, n->sb);
}

static inline void net_advance(struct net *n, ostia_time to)
{
	n->now = to;
	ostia_advance(n->sa, to);
	ostia_advance(n->sb, to);
	net_run(n);
}

static inline ostia_time net_next(const struct net *n)
{
	ostia_time a = ostia_next_deadline(n->sa);
	ostia_time b = ostia_next_deadline(n->sb);

	return a < b ? a : b;
}

/* @t goes by, timer after timer. */
static inline void net_pass(struct net *n, ostia_time t)
{
	ostia_time end = n->now + t;

	net_run(n);
	while (net_next(n) <= end) {
		ostia_time next = net_next(n);

		net_advance(n, next > n->now ? next : n->now + 1);
	}
	net_advance(n, end);
}

/* Take an event with this cookie, if there is one. */
static inline bool net_event(struct net *n, uint64_t cookie, uint32_t *mask)
{
	for (unsigned i = 0; i < n->nevents; i++) {
		if (n->events[i].cookie != cookie)
			continue;
		if (mask)
			*mask = n->events[i].mask;
		n->nevents--;
		memmove(&n->events[i], &n->events[i + 1],
			(n->nevents - i) * sizeof(n->events[0]));
		return true;
	}
	return false;
}

static inline void net_meanwhile(struct net *n)
{
	void (*fn)(struct net *) = n->meanwhile;

	n->meanwhile = NULL;
	fn(n);
	net_run(n);
}

static inline int net_wait(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct net *n = ctx;

	for (unsigned i = 0; i < 1000000; i++) {
		ostia_time next;

		net_run(n);
		if (net_event(n, cookie, NULL))
			return 0;
		next = net_next(n);
		if (n->meanwhile && n->meanwhile_at <= next) {
			if (n->meanwhile_at > n->now)
				net_advance(n, n->meanwhile_at);
			net_meanwhile(n);
			continue;
		}
		if (next == OSTIA_NEVER && deadline == OSTIA_NEVER)
			return -EINTR;
		if (next > deadline) {
			net_advance(n, deadline);
			return net_event(n, cookie, NULL) ? 0 : -ETIMEDOUT;
		}
		net_advance(n, next > n->now ? next : n->now + 1);
	}
	return -EINTR;
}

static inline void net_nothing(void *ctx)
{
	(void)ctx;
}

static inline void net_sigpipe(void *ctx)
{
	struct net *n = ctx;

	n->sigpipes++;
}

static const struct ostia_wait_ops net_wait_ops = {
	.enter = net_nothing,
	.leave = net_nothing,
	.wait = net_wait,
	.sigpipe = net_sigpipe,
};

/* Do @fn when @t has gone by while somebody waits. */
static inline void net_later(struct net *n, ostia_time t,
			     void (*fn)(struct net *n))
{
	n->meanwhile = fn;
	n->meanwhile_at = n->now + t;
}

static inline struct ostia_link *net_link(struct net *n, struct ostia_stack *s,
					  uint8_t last, uint32_t mtu)
{
	const struct ostia_link_config cfg = {
		.name = "w0",
		.type = n->type,
		.mac = { 2, 0, 0, 0, 0, last },
		.mtu = mtu,
	};
	struct ostia_link *l;
	char text[32];

	EQ(ostia_link_new(s, &cfg, &l), 0);
	snprintf(text, sizeof(text), "10.99.0.%u/24", last);
	EQ(ostia_addr_add(l, text), 0);
	snprintf(text, sizeof(text), "fd99::%u/64", last);
	EQ(ostia_addr_add(l, text), 0);
	return l;
}

static inline void net_init_env(struct net *n, uint32_t mtu)
{
	struct ostia_stack_config cfg = { .id = 1, .now = OSTIA_S };

	n->now = OSTIA_S;
	EQ(ostia_pool_new(&n->env, 0, &n->pool), 0);
	cfg.env = &n->env;
	cfg.pool = n->pool;
	EQ(ostia_stack_new(&cfg, &n->sa), 0);
	cfg.id = 2;
	n->env.seed[0] ^= 0xff;
	EQ(ostia_stack_new(&cfg, &n->sb), 0);
	n->la = net_link(n, n->sa, 1, mtu);
	n->lb = net_link(n, n->sb, 2, mtu);
	EQ(ostia_proc_new(n->sa, 0, NULL, NULL, &n->a), 0);
	EQ(ostia_proc_new(n->sb, 0, NULL, NULL, &n->b), 0);
	EQ(ostia_proc_new(n->sa, 0, &net_wait_ops, n, &n->wa), 0);
	EQ(ostia_proc_new(n->sb, 0, &net_wait_ops, n, &n->wb), 0);
}

static inline void net_init_type(struct net *n, enum ostia_link_type type)
{
	*n = (struct net) { .lend = { .left = -1 }, .type = type };
	n->env = lend_env(&n->lend);
	net_init_env(n, 1500);
}

static inline void net_init(struct net *n)
{
	net_init_type(n, OSTIA_LINK_IP);
}

/* Close all, let the connections end, and find nothing left. */
static inline void net_fini(struct net *n)
{
	struct ostia_usage ua, ub;
	struct ostia_pool_stats ps;

	ostia_proc_free(n->a);
	ostia_proc_free(n->b);
	ostia_proc_free(n->wa);
	ostia_proc_free(n->wb);
	n->cut = false;
	net_pass(n, 1000 * OSTIA_S);
	ostia_stack_usage(n->sa, &ua);
	ostia_stack_usage(n->sb, &ub);
	EQ(ua.files + ub.files, 0);
	EQ(ua.conns + ub.conns, 0);
	EQ(ua.half_open + ub.half_open, 0);
	EQ(ua.udp_socks + ub.udp_socks, 0);
	EQ(ua.raw_socks + ub.raw_socks, 0);
	ostia_stack_free(n->sa);
	ostia_stack_free(n->sb);
	ostia_pool_stats(n->pool, &ps);
	EQ(ps.blocks, 0);
	EQ(ps.pkts, 0);
	ostia_pool_free(n->pool);
	EQ(n->lend.blocks, 0);
}

/* "10.99.0.2", "fd99::2", "0.0.0.0", "::" ... and a port. */
static inline socklen_t net_addr(struct sockaddr_storage *ss, const char *text,
				 uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (strchr(text, ':')) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		EQ(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	EQ(inet_pton(AF_INET, text, &in->sin_addr), 1);
	return sizeof(*in);
}

static inline int net_bind(struct ostia_proc *p, int fd, const char *text,
			   uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr(&ss, text, port);

	return ostia_bind(p, fd, (struct sockaddr *)&ss, len);
}

static inline int net_connect(struct ostia_proc *p, int fd, const char *text,
			      uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr(&ss, text, port);

	return ostia_connect(p, fd, (struct sockaddr *)&ss, len);
}

static inline int net_socket(struct ostia_proc *p, const char *text, int type)
{
	return ostia_socket(p, strchr(text, ':') ? AF_INET6 : AF_INET, type, 0);
}

/* A listener of @p on @text:port. */
static inline int net_listener(struct ostia_proc *p, const char *text,
			       uint16_t port)
{
	int fd = net_socket(p, text, SOCK_STREAM);

	OK(fd >= 0);
	EQ(net_bind(p, fd, text, port), 0);
	EQ(ostia_listen(p, fd, 16), 0);
	return fd;
}

/* fds[0] of A and fds[1] of B: an established connection, port 80 at B. */
static inline void net_pair(struct net *n, struct ostia_proc *a,
			    struct ostia_proc *b, const char *text, int fds[2])
{
	int l = net_listener(b, text, 80);

	fds[0] = net_socket(a, text, SOCK_STREAM | SOCK_NONBLOCK);
	OK(fds[0] >= 0);
	EQ(net_connect(a, fds[0], text, 80), -1);
	EQ(errno, EINPROGRESS);
	net_run(n);
	EQ(net_connect(a, fds[0], text, 80), 0);
	fds[1] = ostia_accept(b, l, NULL, NULL);
	OK(fds[1] >= 0);
	EQ(ostia_close(b, l), 0);
	ostia_fcntl(a, fds[0], 4 /* F_SETFL */, 0);
}

static inline uint32_t net_poll(struct ostia_proc *p, int fd)
{
	struct pollfd f = { .fd = fd, .events = (short)0x7fff };

	ostia_poll(p, &f, 1, 0);
	return (uint16_t)f.revents;
}

/* A call fails with this errno. */
#define FAILS(call, err)          \
	do {                      \
		errno = 0;        \
		EQ((call), -1);   \
		EQ(errno, (err)); \
	} while (0)

#endif
