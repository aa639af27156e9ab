/* SPDX-License-Identifier: MIT */
/*
 * tests/fuzz/stack_fuzz.c - frames, calls and time for a stack in the middle
 * of its life
 *
 * A host with an Ethernet link and a bare IP link, a peer on each. Before the
 * input begins there are on each link and of each family an established
 * connection with data on its way in both directions, and besides a listener,
 * connections that wait for an answer, bound and connected UDP sockets, raw
 * and ping sockets. The input is a list of operations: frames that are
 * nonsense, segments that are nearly right (ports, numbers and checksum are
 * filled in, then altered), echoes of what the stack sent, ICMP errors about
 * it, neighbour discovery, fragments, calls, time that passes, memory that is
 * refused.
 *
 * After each the stack's use of memory and its output are within bounds; at
 * the end, all closed and an hour later, nothing is left.
 */
#define _GNU_SOURCE
#include "../unit/lend.h"
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/ostia.h>

enum {
	LINKS = 2, /* 0: Ethernet, 1: IP */
	CONNS = 4, /* link + 2 * (is IPv6) */
	SYNS = 2,
	FDS = 32,
	FRAME_MAX = 4096,
	OPS_MAX = 200,
	OUT_MAX = 20000, /* frames after one operation */
	STEPS_MAX = 200000, /* timers in one wait */
	STACK_MAX = 8 << 20, /* bytes */
	POOL_MAX = 64 << 20,
	ETH = 14,
	SERVER = 80,
	PEER = 5000, /* the peer's ports: PEER + connection */
	TS_NONE = 12,
};

/**
 * struct talk - What the peer knows of a connection
 * @port:	ours (the stack's); @peer: his
 * @nxt:	the stack's next number as far as seen, @una: acknowledged
 * @rcv:	what the stack acknowledged, the number it expects
 * @tsval:	its last timestamp
 */
struct talk {
	uint16_t port, peer;
	uint32_t nxt, una, rcv, tsval;
	bool seen;
};

struct input {
	const uint8_t *p;
	size_t n;
};

static struct lend lend;
static long fail_in;
static struct ostia_pool *pool;
static struct ostia_stack *stack;
static struct ostia_link *link_of[LINKS];
static struct ostia_proc *proc;
static struct talk talks[CONNS + SYNS];
static uint8_t last[FRAME_MAX]; /* the stack's last packet, from IP on */
static size_t last_len;
static unsigned last_link;
static uint32_t peer_ts;
static int fds[FDS];
static unsigned nfds;

static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 0, 2 };

/*
 * --- the input -----------------------------------------------------------
 */
static uint8_t u8(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

static uint16_t u16(struct input *in)
{
	uint16_t hi = u8(in);

	return (uint16_t)(hi << 8 | u8(in));
}

static size_t take(struct input *in, uint8_t *to, size_t n)
{
	if (n > in->n)
		n = in->n;
	if (n)
		memcpy(to, in->p, n);
	in->p += n;
	in->n -= n;
	return n;
}

/*
 * --- bytes ---------------------------------------------------------------
 */
static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint32_t add(const uint8_t *p, size_t n, uint32_t sum)
{
	for (; n > 1; n -= 2, p += 2)
		sum += get16(p);
	return n ? sum + (uint32_t)(*p << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void address(uint8_t *to, unsigned link, bool v6, unsigned host)
{
	static const uint8_t net6[16] = { 0xfd, 0x99 };

	if (v6) {
		memcpy(to, net6, 16);
		to[3] = (uint8_t)link;
		to[15] = (uint8_t)host;
		return;
	}
	to[0] = 10;
	to[1] = 99;
	to[2] = (uint8_t)link;
	to[3] = (uint8_t)host;
}

static size_t ip_len(bool v6)
{
	return v6 ? 40 : 20;
}

/* An IP header in front of @n bytes at @p + ip_len(), from the peer to us. */
static size_t put_ip(uint8_t *p, unsigned link, bool v6, uint8_t proto,
		     size_t n)
{
	memset(p, 0, ip_len(v6));
	if (v6) {
		p[0] = 0x60;
		put16(p + 4, (uint32_t)n);
		p[6] = proto;
		p[7] = 255;
		address(p + 8, link, true, 2);
		address(p + 24, link, true, 1);
		return 40 + n;
	}
	p[0] = 0x45;
	put16(p + 2, (uint32_t)n + 20);
	p[8] = 255;
	p[9] = proto;
	address(p + 12, link, false, 2);
	address(p + 16, link, false, 1);
	put16(p + 10, fold(add(p, 20, 0)));
	return 20 + n;
}

/* Where its checksum is, by protocol; 0: none. */
static size_t csum_at(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	default:
		return 0;
	}
}

/* Make the sums of a packet right, if it looks like one. */
static void fix_sums(uint8_t *p, size_t n)
{
	bool v6 = n && p[0] >> 4 == 6;
	size_t h = v6 ? 40 : n ? (size_t)(p[0] & 15) * 4 : 0, at;
	uint32_t sum = 0;
	uint8_t proto;

	if (n < ip_len(v6) || h < 20 || n < h)
		return;
	if (!v6) {
		put16(p + 10, 0);
		put16(p + 10, fold(add(p, h, 0)));
	}
	proto = v6 ? p[6] : p[9];
	at = csum_at(proto);
	if (!at || n < h + at + 2)
		return;
	if (proto != IPPROTO_ICMP) {
		sum = proto + (uint32_t)(n - h);
		sum = v6 ? add(p + 8, 32, sum) : add(p + 12, 8, sum);
	}
	put16(p + h + at, 0);
	put16(p + h + at, fold(add(p + h, n - h, sum)));
}

/*
 * --- the wire ------------------------------------------------------------
 */
static void *give(void *ctx, size_t n)
{
	if (fail_in && !--fail_in)
		return NULL;
	return lend_alloc(ctx, n);
}

/* @p: what the link carries. */
static void deliver(unsigned link, const uint8_t *p, size_t n)
{
	struct ostia_pkt *pkt = ostia_pkt_from(pool, p, n);

	if (pkt)
		ostia_link_input(link_of[link], pkt);
}

static void deliver_ip(unsigned link, const uint8_t *p, size_t n)
{
	uint8_t frame[ETH + FRAME_MAX];

	if (link) {
		deliver(link, p, n);
		return;
	}
	memcpy(frame, our_mac, 6);
	memcpy(frame + 6, peer_mac, 6);
	put16(frame + 12, n && p[0] >> 4 == 6 ? 0x86dd : 0x0800);
	memcpy(frame + ETH, p, n);
	deliver(0, frame, n + ETH);
}

static void answer_arp(const uint8_t *f, size_t n)
{
	uint8_t r[42];

	if (n < 42 || get16(f + 20) != 1)
		return;
	memcpy(r, f, 42);
	memcpy(r, our_mac, 6);
	memcpy(r + 6, peer_mac, 6);
	put16(r + 20, 2);
	memcpy(r + 22, peer_mac, 6);
	memcpy(r + 28, f + 38, 4);
	memcpy(r + 32, our_mac, 6);
	memcpy(r + 38, f + 28, 4);
	deliver(0, r, 42);
}

static void answer_ns(const uint8_t *ns)
{
	static const uint8_t nobody[16];
	uint8_t p[40 + 32] = { 0 };

	if (!memcmp(ns + 8, nobody, 16))
		return; /* a probe for duplicates: there are none */
	p[40] = 136;
	p[44] = 0x60;
	memcpy(p + 48, ns + 48, 16);
	p[64] = 2;
	p[65] = 1;
	memcpy(p + 66, peer_mac, 6);
	put_ip(p, 0, true, IPPROTO_ICMPV6, 32);
	fix_sums(p, sizeof(p));
	deliver_ip(0, p, sizeof(p));
}

static void note_tcp(const uint8_t *t, size_t n)
{
	struct talk *k = NULL;
	uint32_t end;

	for (unsigned i = 0; n >= 20 && i < CONNS + SYNS; i++)
		if (talks[i].peer == get16(t + 2))
			k = &talks[i];
	if (!k)
		return;
	end = get32(t + 4) + (uint32_t)(n - (size_t)(t[12] >> 4) * 4) +
	      !!(t[13] & 3);
	if (!k->seen || (int32_t)(end - k->nxt) > 0)
		k->nxt = end;
	if (!k->seen)
		k->una = k->nxt;
	k->seen = true;
	k->port = get16(t);
	if (t[13] & 16)
		k->rcv = get32(t + 8);
	if (t[12] >> 4 == 8 && t[20] == 1 && t[22] == 8)
		k->tsval = get32(t + 24);
}

/* The peer looks at what the stack sent. */
static void hear(unsigned link, const uint8_t *f, size_t n)
{
	size_t h;
	bool v6;

	if (!link && get16(f + 12) == 0x0806) {
		answer_arp(f, n);
		return;
	}
	if (!link) {
		f += ETH;
		n -= ETH;
	}
	CHECK(n >= 20 && n <= FRAME_MAX);
	v6 = f[0] >> 4 == 6;
	h = v6 ? 40 : (size_t)(f[0] & 15) * 4;
	CHECK(n >= h && (v6 ? get16(f + 4) + 40u : get16(f + 2)) == n);
	if (!link && v6 && f[6] == IPPROTO_ICMPV6 && n >= 64 && f[40] == 135) {
		answer_ns(f);
		return;
	}
	memcpy(last, f, n);
	last_len = n;
	last_link = link;
	if ((v6 ? f[6] : f[9]) == IPPROTO_TCP)
		note_tcp(f + h, n - h);
}

static void pull(void)
{
	unsigned frames = 0;

	for (unsigned idle = 0, l = 0; idle < LINKS; l = (l + 1) % LINKS) {
		struct ostia_pkt *p = ostia_link_output(link_of[l], 1);
		uint8_t f[ETH + FRAME_MAX];
		size_t n;

		idle = p ? 0 : idle + 1;
		if (!p)
			continue;
		CHECK(++frames < OUT_MAX);
		n = ostia_pkt_len(p);
		CHECK(n <= sizeof(f));
		CHECK(ostia_pkt_copy_out(p, 0, f, n) == n);
		ostia_pkt_free(p);
		hear(l, f, n);
	}
}

static void pass(ostia_time t)
{
	ostia_time end = ostia_now(stack) + t;
	unsigned steps = 0;

	while (ostia_next_deadline(stack) <= end) {
		ostia_time next = ostia_next_deadline(stack);
		ostia_time now = ostia_now(stack);

		CHECK(++steps < STEPS_MAX);
		ostia_advance(stack, next > now ? next : now + 1);
		pull();
	}
	ostia_advance(stack, end);
	pull();
}

/*
 * --- segments ------------------------------------------------------------
 */
static bool conn_v6(unsigned i)
{
	return i / 2 & 1;
}

/* @opts: @nopts bytes, a multiple of 4. */
static void segment(unsigned i, uint8_t flags, uint32_t seq, uint32_t ack,
		    uint16_t wnd, uint16_t urg, const uint8_t *opts,
		    size_t nopts, size_t len)
{
	uint8_t p[FRAME_MAX];
	bool v6 = conn_v6(i % CONNS);
	uint8_t *t = p + ip_len(v6);
	size_t n = 20 + nopts + len;

	put16(t, talks[i].peer);
	put16(t + 2, talks[i].port);
	put32(t + 4, seq);
	put32(t + 8, ack);
	t[12] = (uint8_t)((20 + nopts) / 4 << 4);
	t[13] = flags;
	put16(t + 14, wnd);
	put16(t + 16, 0);
	put16(t + 18, urg);
	if (nopts)
		memcpy(t + 20, opts, nopts);
	memset(t + 20 + nopts, 'x', len);
	n = put_ip(p, i & 1, v6, IPPROTO_TCP, n);
	fix_sums(p, n);
	deliver_ip(i & 1, p, n);
}

static size_t put_ts(uint8_t *o, const struct talk *k)
{
	put32(o, 0x0101080a);
	put32(o + 4, ++peer_ts);
	put32(o + 8, k->tsval);
	return TS_NONE;
}

/* Flags, numbers relative to the right ones, options of the input's own. */
static void op_segment(struct input *in)
{
	unsigned i = u8(in) % (CONNS + SYNS);
	struct talk *k = &talks[i];
	uint8_t flags = u8(in), how = u8(in), opts[40];
	uint32_t seq = k->rcv + (how & 1 ? (uint32_t)(int16_t)u16(in) : 0);
	uint32_t ack = k->nxt - (how & 2 ? (uint32_t)(int16_t)u16(in) : 0);
	uint16_t wnd = how & 4 ? u16(in) : 0xffff;
	uint16_t urg = how & 8 ? u16(in) : 0;
	size_t len = how & 16 ? u16(in) % 1400 : 0, n = 0;

	memset(opts, 1, sizeof(opts));
	if (!(how & 32) && i < CONNS)
		n = put_ts(opts, k);
	if (how & 64) { /* SACK blocks near what is in flight */
		unsigned blocks = u8(in) % 3 + 1;

		put32(opts + n, 0x01010500 | (2 + 8 * blocks));
		n += 4;
		for (unsigned b = 0; b < blocks; b++, n += 8) {
			uint32_t at = k->nxt - u16(in);

			if (n + 8 > sizeof(opts))
				break;
			put32(opts + n, at);
			put32(opts + n + 4, at + u16(in) % 3000);
		}
	}
	if (how & 128 && n < sizeof(opts)) {
		size_t more = u8(in) % (sizeof(opts) - n + 1);

		n += take(in, opts + n, more);
	}
	n = (n + 3) & ~(size_t)3;
	segment(i, flags, seq, ack, wnd, urg, opts, n < 40 ? n : 40, len);
}

/* A knock at the listener, or the third segment of one. */
static void op_knock(struct input *in)
{
	uint8_t opts[40] = { 2, 4, 5, 0xb4, 4, 2, 1, 1, 1, 3, 3, 7 };
	uint8_t how = u8(in);
	unsigned i = how & 3;
	struct talk keep = talks[i];

	talks[i].peer = (uint16_t)(6000 + u8(in));
	talks[i].port = SERVER;
	segment(i, how & 4 ? 16 : 2, how & 8 ? u16(in) : 1,
		how & 16 ? get32(last + 24) + 1 : u16(in), 5000, 0, opts,
		how & 32 ? 12 : 0, how & 64 ? 20 : 0);
	talks[i] = keep;
}

/* What the stack said last, said back to it, altered. */
static void op_echo(struct input *in)
{
	uint8_t p[FRAME_MAX], a[16];
	bool v6 = last_len && last[0] >> 4 == 6;
	size_t n = last_len, at = v6 ? 8 : 12, w = v6 ? 16 : 4;
	unsigned changes = u8(in) % 8;

	if (n < ip_len(v6) + 4)
		return;
	memcpy(p, last, n);
	memcpy(a, p + at, w);
	memcpy(p + at, p + at + w, w);
	memcpy(p + at + w, a, w);
	if (csum_at(v6 ? p[6] : p[9]) > 2) { /* ports */
		memcpy(a, p + ip_len(v6), 2);
		memcpy(p + ip_len(v6), p + ip_len(v6) + 2, 2);
		memcpy(p + ip_len(v6) + 2, a, 2);
	}
	while (changes--) {
		size_t where = u16(in);

		p[where % (n < 80 ? n : 80)] = u8(in);
	}
	fix_sums(p, n);
	deliver_ip(last_link, p, n);
}

/* An error about what the stack said last. */
static void op_error(struct input *in)
{
	uint8_t p[FRAME_MAX] = { 0 }, how = u8(in);
	bool v6 = last_len && last[0] >> 4 == 6;
	uint8_t *t = p + ip_len(v6);
	size_t n = 8 + u8(in);

	if (n > last_len + 8)
		n = last_len + 8;
	t[0] = u8(in);
	t[1] = u8(in);
	put32(t + 4, how & 1 ? u16(in) : 0);
	memcpy(t + 8, last, n - 8);
	if (how & 2)
		t[8 + u8(in) % (n - 7)] = u8(in);
	n = put_ip(p, last_link, v6, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, n);
	fix_sums(p, n);
	deliver_ip(last_link, p, n);
}

static void op_datagram(struct input *in)
{
	uint8_t p[FRAME_MAX] = { 0 }, how = u8(in);
	unsigned link = how & 1;
	bool v6 = how & 2;
	uint8_t proto =
		how & 4 ? v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP : IPPROTO_UDP;
	uint8_t *t = p + ip_len(v6);
	size_t n = 8 + u16(in) % 1200;

	take(in, t, 8 + (how >> 4));
	if (proto == IPPROTO_UDP && how & 8) {
		put16(t, 9000);
		put16(t + 2, 53);
		put16(t + 4, (uint32_t)n);
	}
	n = put_ip(p, link, v6, proto, n);
	fix_sums(p, n);
	deliver_ip(link, p, n);
}

static size_t put_option(struct input *in, uint8_t *o)
{
	static const struct {
		uint8_t type, eights;
	} kind[] = {
		{ 1, 1 },  { 2, 1 },  { 3, 4 },	 { 5, 1 },
		{ 14, 1 }, { 24, 1 }, { 24, 3 }, { 25, 3 },
		{ 31, 3 }, { 38, 2 }, { 4, 8 },	 { 99, 1 },
	};
	uint8_t k = u8(in);
	unsigned i = k % (sizeof(kind) / sizeof(kind[0]));
	size_t n = kind[i].eights * 8u;

	take(in, o + 2, n - 2);
	o[0] = kind[i].type;
	o[1] = k & 128 ? u8(in) : kind[i].eights;
	return n;
}

/* Neighbour discovery, from a router, a neighbour or nobody. */
static void op_nd(struct input *in)
{
	static const uint8_t fixed[] = { 8, 16, 24, 24, 40 };
	static const uint8_t router[16] = { 0xfe, 0x80, [15] = 2 };
	uint8_t p[FRAME_MAX] = { 0 }, how = u8(in), type = u8(in) % 5;
	uint8_t *t = p + 40;
	size_t n = fixed[type];

	t[0] = (uint8_t)(133 + type);
	take(in, t + 4, n - 4);
	for (unsigned i = 0; i < (how & 7); i++)
		n += put_option(in, t + n);
	n = put_ip(p, 0, true, IPPROTO_ICMPV6, n);
	p[7] = how & 64 ? u8(in) : 255;
	if (how & 8)
		memset(p + 8, 0, 16);
	else if (!(how & 16))
		memcpy(p + 8, router, 16);
	if (how & 32)
		take(in, p + 24, 16);
	fix_sums(p, n);
	deliver_ip(0, p, n);
}

/* A piece of a UDP datagram, or of anything. */
static void op_fragment(struct input *in)
{
	uint8_t p[FRAME_MAX] = { 0 }, how = u8(in);
	bool v6 = how & 2;
	size_t n = u16(in) % 600;
	uint16_t off = u8(in);
	uint8_t *t = p + ip_len(v6);

	if (v6) {
		t[0] = how & 4 ? u8(in) : IPPROTO_UDP;
		put16(t + 2, (uint32_t)off << 3 | (how & 1));
		put32(t + 4, how >> 6);
		take(in, t + 8, 8);
		n = put_ip(p, how >> 3 & 1, true, 44, n + 8);
	} else {
		take(in, t, 8);
		n = put_ip(p, how >> 3 & 1, false,
			   how & 4 ? u8(in) : IPPROTO_UDP, n);
		put16(p + 4, how >> 6);
		put16(p + 6, off | (uint32_t)(how & 1) << 13);
		put16(p + 10, 0);
		put16(p + 10, fold(add(p, 20, 0)));
	}
	deliver_ip(how >> 3 & 1, p, n);
}

static void op_raw(struct input *in)
{
	uint8_t f[512], how = u8(in);
	size_t n = take(in, f, u16(in) % sizeof(f));

	if (how & 2)
		fix_sums(f + (how & 1 ? 0 : ETH), n > ETH ? n - ETH : 0);
	deliver(how & 1, f, n);
}

/*
 * --- calls ---------------------------------------------------------------
 */
static int keep(int fd)
{
	if (fd < 0)
		return fd;
	if (nfds == FDS)
		ostia_close(proc, fd);
	else
		fds[nfds++] = fd;
	return fd;
}

static socklen_t sockaddr(struct sockaddr_in6 *a, unsigned link, bool v6,
			  unsigned host, uint16_t port)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)(void *)a;

	memset(a, 0, sizeof(*a));
	if (v6) {
		a->sin6_family = AF_INET6;
		a->sin6_port = htons(port);
		address(a->sin6_addr.s6_addr, link, true, host);
		return sizeof(*a);
	}
	a4->sin_family = AF_INET;
	a4->sin_port = htons(port);
	address((uint8_t *)&a4->sin_addr, link, false, host);
	return sizeof(*a4);
}

static void set_option(struct input *in, int fd)
{
	static const int options[][2] = {
		{ SOL_SOCKET, SO_KEEPALIVE },
		{ SOL_SOCKET, SO_SNDBUF },
		{ SOL_SOCKET, SO_RCVBUF },
		{ SOL_SOCKET, SO_OOBINLINE },
		{ IPPROTO_TCP, TCP_NODELAY },
		{ IPPROTO_TCP, TCP_CORK },
		{ IPPROTO_TCP, TCP_MAXSEG },
		{ IPPROTO_TCP, TCP_KEEPIDLE },
		{ IPPROTO_TCP, TCP_KEEPCNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT },
		{ IPPROTO_TCP, TCP_QUICKACK },
		{ IPPROTO_TCP, TCP_WINDOW_CLAMP },
		{ IPPROTO_TCP, TCP_LINGER2 },
		{ SOL_SOCKET, SO_MAX_PACING_RATE },
	};
	size_t i = u8(in) % (sizeof(options) / sizeof(options[0]));
	int value = u16(in);

	ostia_setsockopt(proc, fd, options[i][0], options[i][1], &value,
			 sizeof(value));
}

static void linger(int fd, int seconds)
{
	const struct linger l = { 1, seconds };

	ostia_setsockopt(proc, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static void op_call(struct input *in)
{
	static uint8_t buf[20000];
	unsigned i = nfds ? u8(in) % nfds : 0;
	struct sockaddr_in6 a;
	uint8_t what = u8(in);
	int fd = nfds ? fds[i] : -1;
	size_t n;

	switch (what % 16) {
	case 0:
	case 1:
		ostia_send(proc, fd, buf, u16(in) % sizeof(buf),
			   what & 16   ? MSG_OOB
			   : what & 32 ? MSG_MORE
				       : 0);
		break;
	case 2:
	case 3:
		n = u16(in);
		ostia_recv(proc, fd, buf, n < sizeof(buf) ? n : sizeof(buf),
			   what & 16   ? MSG_OOB
			   : what & 32 ? MSG_PEEK
				       : 0);
		break;
	case 4:
		if (what & 16)
			linger(fd, what >> 5);
		ostia_close(proc, fd);
		if (nfds)
			fds[i] = fds[--nfds];
		break;
	case 5:
		ostia_shutdown(proc, fd, (what >> 4) % 3);
		break;
	case 6:
		keep(ostia_accept4(proc, fd, NULL, NULL, SOCK_NONBLOCK));
		break;
	case 7:
		set_option(in, fd);
		break;
	case 8:
		keep(ostia_socket(proc, what & 16 ? AF_INET6 : AF_INET,
				  what & 32 ? SOCK_DGRAM : SOCK_STREAM, 0));
		break;
	case 9:
		n = sockaddr(&a, what >> 4 & 1, what & 32, what & 64 ? 1 : 2,
			     u16(in));
		ostia_connect(proc, fd, (struct sockaddr *)&a, (socklen_t)n);
		break;
	case 10:
		n = sockaddr(&a, what >> 4 & 1, what & 32, 2, u16(in));
		ostia_sendto(proc, fd, buf, u16(in) % 5000, 0,
			     (struct sockaddr *)&a, (socklen_t)n);
		break;
	case 11: {
		struct ostia_loan loan = { 0 };

		if (ostia_recv_loan(proc, fd, &loan, u16(in)) > 0)
			ostia_recv_return(proc, &loan);
		break;
	}
	case 12:
		ostia_send_lend(proc, fd, buf, u16(in) % sizeof(buf), 1);
		break;
	case 13: {
		struct pollfd p = { .fd = fd, .events = 0x7fff };

		ostia_poll(proc, &p, 1, 0);
		ostia_watch(proc, fd, what & 16 ? POLLIN : POLLOUT, 2);
		break;
	}
	case 14:
		n = sockaddr(&a, what >> 4 & 1, what & 32, 1, u16(in) % 100);
		ostia_bind(proc, fd, (struct sockaddr *)&a, (socklen_t)n);
		ostia_listen(proc, fd, what >> 6);
		break;
	default: {
		const struct sockaddr none = { .sa_family = AF_UNSPEC };

		ostia_connect(proc, fd, &none, sizeof(none));
		break;
	}
	}
}

/*
 * --- before and after ----------------------------------------------------
 */
static void open_connection(unsigned i, int listener)
{
	uint8_t opts[40] = { 2, 4, 5, 0xb4, 4, 2, 8, 10 };
	struct talk *k = &talks[i];
	uint8_t ts[TS_NONE];
	int fd;

	k->peer = (uint16_t)(PEER + i);
	k->port = SERVER;
	put32(opts + 8, ++peer_ts);
	memset(opts + 16, 1, 4);
	opts[17] = 3;
	opts[18] = 3;
	opts[19] = 7;
	segment(i, 2, 1000 * i, 0, 65535, 0, opts, 20, 0);
	pull();
	put_ts(ts, k);
	segment(i, 16, k->rcv, k->nxt, 500, 0, ts, TS_NONE, 0);
	pull();
	fd = ostia_accept4(proc, listener, NULL, NULL, SOCK_NONBLOCK);
	CHECK(fd >= 0);
	keep(fd);
	CHECK(ostia_send(proc, fd, "hello", 5, 0) == 5);
	pull();
	put_ts(ts, k);
	segment(i, 24, k->rcv, k->nxt, 500, 0, ts, TS_NONE, 700);
	pull();
	CHECK(ostia_send(proc, fd, last, 3000, 0) == 3000);
	pull();
}

static void open_others(void)
{
	struct sockaddr_in6 a;
	int fd;

	for (unsigned i = 0; i < SYNS; i++) {
		fd = keep(ostia_socket(proc, AF_INET,
				       SOCK_STREAM | SOCK_NONBLOCK, 0));
		talks[CONNS + i].peer = (uint16_t)(PEER + 100 + i);
		CHECK(ostia_connect(proc, fd, (struct sockaddr *)&a,
				    sockaddr(&a, i & 1, false, 2,
					     talks[CONNS + i].peer)) == -1);
		CHECK(errno == EINPROGRESS);
		pull();
	}
	fd = keep(ostia_socket(proc, AF_INET6, SOCK_DGRAM, 0));
	memset(&a, 0, sizeof(a));
	a.sin6_family = AF_INET6;
	a.sin6_port = htons(53);
	CHECK(!ostia_bind(proc, fd, (struct sockaddr *)&a, sizeof(a)));
	fd = keep(ostia_socket(proc, AF_INET, SOCK_DGRAM, 0));
	CHECK(!ostia_connect(proc, fd, (struct sockaddr *)&a,
			     sockaddr(&a, 0, false, 2, 9000)));
	CHECK(ostia_send(proc, fd, "x", 1, 0) == 1);
	keep(ostia_socket(proc, AF_INET, SOCK_RAW, IPPROTO_ICMP));
	keep(ostia_socket(proc, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	keep(ostia_socket(proc, AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	pull();
}

static void add_link(unsigned i)
{
	struct ostia_link_config cfg = {
		.name = i ? "t0" : "e0",
		.type = i ? OSTIA_LINK_IP : OSTIA_LINK_ETHERNET,
		.mtu = 1500,
	};
	char text[32];

	memcpy(cfg.mac, our_mac, 6);
	CHECK(!ostia_link_new(stack, &cfg, &link_of[i]));
	snprintf(text, sizeof(text), "10.99.%u.1/24", i);
	CHECK(!ostia_addr_add(link_of[i], text));
	snprintf(text, sizeof(text), "fd99:%x::1/64", i);
	CHECK(!ostia_addr_add(link_of[i], text));
}

static void begin(void)
{
	struct ostia_env env = lend_env(&lend);
	static const struct ostia_setting set[] = {
		{ "net.ipv6.conf.all.accept_ra", "1" },
		{ "net.ipv6.conf.all.accept_ra_rt_info_max_plen", "64" },
		{ "net.ipv6.conf.all.dad_transmits", "1" },
		{ "net.ipv6.conf.all.use_tempaddr", "2" },
	};
	struct ostia_stack_config cfg = {
		.id = 1,
		.now = OSTIA_S,
		.settings = set,
		.nsettings = sizeof(set) / sizeof(set[0]),
	};
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
				    .sin6_port = htons(SERVER) };
	int listener;

	lend = (struct lend) { .left = -1 };
	fail_in = 0;
	nfds = 0;
	last_len = 0;
	peer_ts = 1;
	memset(last, 0, sizeof(last));
	memset(talks, 0, sizeof(talks));
	env.alloc = give;
	CHECK(!ostia_pool_new(&env, 0, &pool));
	cfg.env = &env;
	cfg.pool = pool;
	CHECK(!ostia_stack_new(&cfg, &stack));
	for (unsigned i = 0; i < LINKS; i++)
		add_link(i);
	CHECK(!ostia_proc_new(stack, 0, NULL, NULL, &proc));
	listener = keep(ostia_socket(proc, AF_INET6, SOCK_STREAM, 0));
	CHECK(!ostia_bind(proc, listener, (struct sockaddr *)&any,
			  sizeof(any)));
	CHECK(!ostia_listen(proc, listener, 4));
	pass(2 * OSTIA_S); /* duplicate address detection, if any */
	for (unsigned i = 0; i < CONNS; i++)
		open_connection(i, listener);
	open_others();
}

static void within_bounds(void)
{
	struct ostia_pool_stats ps;
	struct ostia_event ev;
	struct ostia_usage u;

	while (ostia_next_event(stack, &ev))
		;
	ostia_stack_usage(stack, &u);
	CHECK(u.conns <= FDS + 300 && u.bytes <= STACK_MAX);
	ostia_pool_stats(pool, &ps);
	CHECK(ps.held_bytes <= POOL_MAX);
}

static void end(void)
{
	struct ostia_pool_stats ps;
	struct ostia_usage u;

	fail_in = 0;
	pull();
	ostia_proc_free(proc);
	pass(3600 * OSTIA_S);
	ostia_stack_usage(stack, &u);
	CHECK(!u.conns && !u.half_open && !u.time_wait && !u.listeners);
	CHECK(!u.udp_socks && !u.raw_socks && !u.files && !u.fragments);
	CHECK(!u.queued_pkts && !u.rtx_records);
	ostia_pool_stats(pool, &ps);
	CHECK(!ps.blocks && !ps.pkts);
	ostia_stack_free(stack);
	ostia_pool_free(pool);
	CHECK(!lend.blocks);
}

static void operate(struct input *in)
{
	uint8_t op = u8(in);

	switch (op % 16) {
	case 0:
		op_raw(in);
		break;
	case 1:
		op_datagram(in);
		break;
	case 2:
		op_echo(in);
		break;
	case 3:
		op_error(in);
		break;
	case 4:
		op_fragment(in);
		break;
	case 5:
		op_knock(in);
		break;
	case 6:
	case 7:
	case 8:
		op_call(in);
		break;
	case 9:
		pass(OSTIA_US << (u8(in) % 28));
		break;
	case 10:
		fail_in = 1 + u8(in) % 16;
		break;
	case 11:
		op_nd(in);
		break;
	default:
		op_segment(in);
		break;
	}
	if (!(op & 128)) /* else the link is pulled later */
		pull();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	begin();
	for (unsigned i = 0; in.n && i < OPS_MAX; i++) {
		operate(&in);
		within_bounds();
	}
	end();
	return 0;
}
