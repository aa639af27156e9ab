/* SPDX-License-Identifier: MIT */
/*
 * tests/security/peer.h - a host, and somebody who writes its packets by hand
 *
 * The host (10.99.0.1, fd99::1) has one link of bare IP packets; everything
 * that it hears is written here, from any address, and what it says is read
 * back one packet at a time. Time is virtual.
 *
 *	struct peer p;
 *
 *	peer_init(&p);
 *	struct line a = peer_open(&p, fd_listener, 2, 1000);
 *	line_say(&p, &a, PSH | ACK, "abc", 3);
 *	peer_fini(&p);			nothing may be left
 */
#ifndef OSTIA_TESTS_SECURITY_PEER_H
#define OSTIA_TESTS_SECURITY_PEER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../unit/lend.h"
#include "../unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/ostia.h>
#include <stdbool.h>
#include <time.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };
enum { PEER_PORT = 80, PEER_SEEN = 2048 };

struct peer {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_link *link;
	struct ostia_proc *proc;
	uint64_t sent; /* packets of the host, all in all */
};

/** struct seen - A packet of the host */
struct seen {
	uint8_t b[PEER_SEEN];
	size_t len;
	bool v6;
	uint8_t proto;
	const uint8_t *l4;
	uint16_t sport, dport, wnd;
	uint32_t seq, ack;
	uint8_t flags;
	size_t n; /* payload of TCP */
};

/** struct line - Our end of a connection: what we know of it */
struct line {
	int fd; /* its end at the host */
	uint8_t host; /* we are 10.99.0.@host */
	uint16_t port, to;
	uint32_t seq, ack; /* what we say next, what we heard last */
	uint16_t wnd;
};

static inline void be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void be32(uint8_t *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v);
}

static inline uint16_t rd16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t rd32(const uint8_t *p)
{
	return (uint32_t)rd16(p) << 16 | rd16(p + 2);
}

static inline uint32_t sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (; n > 1; n -= 2, p += 2)
		s += rd16(p);
	return n ? s + (uint32_t)(*p << 8) : s;
}

static inline uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static inline uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static inline void peer_init_seed(struct peer *p, uint8_t seed)
{
	const struct ostia_link_config link = { .name = "w0",
						.type = OSTIA_LINK_IP,
						.mtu = 1500 };
	struct ostia_stack_config cfg = { .id = 1, .now = 1000 * OSTIA_S };

	*p = (struct peer) { .lend = { .left = -1 } };
	p->env = lend_env(&p->lend);
	p->env.seed[0] = seed;
	EQ(ostia_pool_new(&p->env, 0, &p->pool), 0);
	cfg.env = &p->env;
	cfg.pool = p->pool;
	EQ(ostia_stack_new(&cfg, &p->s), 0);
	EQ(ostia_link_new(p->s, &link, &p->link), 0);
	EQ(ostia_addr_add(p->link, "10.99.0.1/16"), 0);
	EQ(ostia_addr_add(p->link, "fd99::1/64"), 0);
	EQ(ostia_route_add(p->link, "0.0.0.0/0", NULL), 0);
	EQ(ostia_proc_new(p->s, 4096, NULL, NULL, &p->proc), 0);
}

static inline void peer_init(struct peer *p)
{
	peer_init_seed(p, 1);
}

/* The host's next packet. Return: false if there is none. */
static inline bool peer_next(struct peer *p, struct seen *out)
{
	struct ostia_pkt *pkt = ostia_link_output(p->link, 1);
	size_t h;

	if (!pkt)
		return false;
	p->sent++;
	out->len = ostia_pkt_len(pkt);
	OK(out->len <= PEER_SEEN);
	EQ(ostia_pkt_copy_out(pkt, 0, out->b, out->len), out->len);
	ostia_pkt_free(pkt);
	out->v6 = out->b[0] >> 4 == 6;
	h = out->v6 ? 40 : (size_t)(out->b[0] & 15) * 4;
	out->proto = out->b[out->v6 ? 6 : 9];
	out->l4 = out->b + h;
	if (out->proto != IPPROTO_TCP)
		return true;
	out->sport = rd16(out->l4);
	out->dport = rd16(out->l4 + 2);
	out->seq = rd32(out->l4 + 4);
	out->ack = rd32(out->l4 + 8);
	out->flags = out->l4[13];
	out->wnd = rd16(out->l4 + 14);
	out->n = out->len - h - (size_t)(out->l4[12] >> 4) * 4;
	return true;
}

/* Let it say all it has. Return: how many packets; @last: the last of them. */
static inline unsigned peer_drain(struct peer *p, struct seen *last)
{
	static struct seen any;
	unsigned n = 0;

	while (peer_next(p, last ? last : &any))
		n++;
	return n;
}

/* Time passes; what the host says meanwhile goes nowhere. */
static inline unsigned peer_pass(struct peer *p, ostia_time t)
{
	ostia_time end = ostia_now(p->s) + t;
	unsigned n = peer_drain(p, NULL);

	while (ostia_next_deadline(p->s) <= end) {
		ostia_time now = ostia_now(p->s);
		ostia_time next = ostia_next_deadline(p->s);

		ostia_advance(p->s, next > now ? next : now + 1);
		n += peer_drain(p, NULL);
	}
	ostia_advance(p->s, end);
	return n + peer_drain(p, NULL);
}

static inline void peer_fini(struct peer *p)
{
	struct ostia_pool_stats ps;
	struct ostia_usage u;

	ostia_proc_free(p->proc);
	peer_pass(p, 3600 * OSTIA_S);
	ostia_stack_usage(p->s, &u);
	EQ(u.conns + u.half_open + u.time_wait + u.listeners, 0);
	EQ(u.udp_socks + u.raw_socks + u.files + u.fragments, 0);
	EQ(u.rtx_records + u.queued_pkts, 0);
	ostia_pool_stats(p->pool, &ps);
	EQ(ps.blocks + ps.pkts, 0);
	ostia_stack_free(p->s);
	ostia_pool_free(p->pool);
	EQ(p->lend.blocks, 0);
}

static inline uint64_t peer_counter(struct peer *p, const char *name)
{
	const char *have;
	uint64_t v;

	for (unsigned i = 0; (have = ostia_counter(p->s, i, &v)); i++)
		if (!strcmp(have, name))
			return v;
	OK(!"such a counter");
	return 0;
}

/* Whole packets, as the wire has them. */
static inline void peer_raw(struct peer *p, const uint8_t *b, size_t n)
{
	struct ostia_pkt *pkt = ostia_pkt_from(p->pool, b, n);

	OK(pkt);
	ostia_link_input(p->link, pkt);
}

/* Header of IPv4 in front of @n bytes at @b + 20. Return: all of it. */
static inline size_t put_ip4(uint8_t *b, uint32_t src, uint32_t dst,
			     uint8_t proto, size_t n)
{
	memset(b, 0, 20);
	b[0] = 0x45;
	be16(b + 2, (uint32_t)n + 20);
	b[8] = 64;
	b[9] = proto;
	be32(b + 12, src);
	be32(b + 16, dst);
	be16(b + 10, fold(sum(b, 20, 0)));
	return n + 20;
}

static inline uint32_t ip4(unsigned host)
{
	return 0x0a630000u + host;
}

/** struct tcp_says - A segment, with all its fields at hand */
struct tcp_says {
	uint32_t src; /* 0: 10.99.0.2 */
	uint32_t dst; /* 0: the host */
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t wnd, urg;
	const void *opts;
	size_t nopts;
	const void *data;
	size_t n;
};

static inline void peer_tcp(struct peer *p, const struct tcp_says *t)
{
	uint8_t b[2048];
	uint8_t *h = b + 20;
	uint32_t src = t->src ? t->src : ip4(2), dst = t->dst ? t->dst : ip4(1);
	size_t n = 20 + t->nopts + t->n;

	OK(n + 20 <= sizeof(b));
	be16(h, t->sport);
	be16(h + 2, t->dport);
	be32(h + 4, t->seq);
	be32(h + 8, t->ack);
	h[12] = (uint8_t)((20 + t->nopts) / 4 << 4);
	h[13] = t->flags;
	be16(h + 14, t->wnd);
	be16(h + 16, 0);
	be16(h + 18, t->urg);
	if (t->nopts)
		memcpy(h + 20, t->opts, t->nopts);
	if (t->n)
		memcpy(h + 20 + t->nopts, t->data, t->n);
	n = put_ip4(b, src, dst, IPPROTO_TCP, n);
	be16(h + 16,
	     fold(sum(h, n - 20,
		      sum(b + 12, 8, IPPROTO_TCP + (uint32_t)(n - 20)))));
	peer_raw(p, b, n);
}

static inline int peer_listener(struct peer *p, int backlog)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PEER_PORT) };
	int fd = ostia_socket(p->proc, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	OK(fd >= 0);
	EQ(ostia_bind(p->proc, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_listen(p->proc, fd, backlog), 0);
	return fd;
}

static inline void line_says(struct peer *p, const struct line *l,
			     uint8_t flags, uint32_t seq, uint32_t ack,
			     const void *data, size_t n)
{
	peer_tcp(p, &(struct tcp_says) { .src = ip4(l->host),
					 .sport = l->port,
					 .dport = l->to,
					 .seq = seq,
					 .ack = ack,
					 .flags = flags,
					 .wnd = l->wnd,
					 .data = data,
					 .n = n });
}

/* The next in order. */
static inline void line_say(struct peer *p, struct line *l, uint8_t flags,
			    const void *data, size_t n)
{
	line_says(p, l, flags, l->seq, l->ack, data, n);
	l->seq += (uint32_t)n + !!(flags & (SYN | FIN));
}

/*
 * From 10.99.0.@host, port @port, with options @opts: a connection that @fd
 * accepted. @syn: the answer to our SYN, or NULL.
 */
static inline struct line peer_open_opts(struct peer *p, int fd, uint8_t host,
					 uint16_t port, const void *opts,
					 size_t nopts, struct seen *syn)
{
	struct line l = { .host = host,
			  .port = port,
			  .to = PEER_PORT,
			  .seq = 5000,
			  .wnd = 65535 };
	struct seen s;

	peer_drain(p, NULL);
	peer_tcp(p, &(struct tcp_says) { .src = ip4(host),
					 .sport = port,
					 .dport = PEER_PORT,
					 .seq = l.seq++,
					 .flags = SYN,
					 .wnd = l.wnd,
					 .opts = opts,
					 .nopts = nopts });
	OK(peer_next(p, &s));
	EQ(s.flags, SYN | ACK);
	l.ack = s.seq + 1;
	line_say(p, &l, ACK, NULL, 0);
	l.fd = ostia_accept4(p->proc, fd, NULL, NULL, SOCK_NONBLOCK);
	OK(l.fd >= 0);
	if (syn)
		*syn = s;
	return l;
}

static inline struct line peer_open(struct peer *p, int fd, uint8_t host,
				    uint16_t port)
{
	static const uint8_t mss[4] = { 2, 4, 5, 0xb4 };

	return peer_open_opts(p, fd, host, port, mss, 4, NULL);
}

#endif
