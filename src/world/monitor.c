/* SPDX-License-Identifier: MIT */
#include "world/monitor.h"

#include "base/csum.h"
#include "base/pkt.h"
#include "base/time.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	BUCKETS = 1024,
	RING = 48, /* segments that a breach shows */
	FRAME_MAX = 66000,
	ETHERNET = 14,
	RTO_MIN_MS = 200,
	SYN_TRIES = 6,
	DATA_TRIES = 15,
	MORE = 256, /* bytes of the story beside a line a segment */
	LINE = 160,
};

/* Both ends, the host's first. */
struct tuple {
	uint32_t host;
	uint8_t local[16], remote[16];
	uint16_t lport, rport;
};

struct watched {
	struct watched *next; /* of the bucket */
	struct watched *all; /* of all */
	struct tuple who;
	uint64_t conn;
	struct world_watch w;
};

/* Calls on a connection of which no segment was seen yet: after a SYN cookie it
 * has a name that its SYN ACK had not.
 */
struct nameless {
	struct nameless *next;
	uint32_t host;
	uint64_t conn, written;
	bool shrunk;
};

/* What is told of a segment. */
struct told {
	ostia_time time;
	uint32_t host;
	bool out, v6;
	uint16_t lport, rport, flags, wnd, opts;
	uint32_t seq, ack, len, unit, tsval, tsecr;
	uint8_t n_sack;
	struct wire_tcp_sack sack[WIRE_TCP_MAX_SACK];
};

struct world_monitor {
	struct world_monitor_config cfg;
	struct world_limits limits;
	struct watched *bucket[BUCKETS], *all;
	struct nameless *nameless;
	struct told ring[RING];
	uint64_t told;
	bool broken;
	uint8_t frame[FRAME_MAX];
	char story[RING * LINE + MORE];
};

int world_monitor_new(const struct world_monitor_config *cfg,
		      struct world_monitor **out)
{
	struct world_monitor *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->cfg = *cfg;
	m->limits = (struct world_limits) {
		.rto_min_ns = cfg->rto_min_ns ? cfg->rto_min_ns
					      : RTO_MIN_MS * NS_PER_MS,
		.syn_tries = cfg->syn_tries ? cfg->syn_tries : SYN_TRIES,
		.data_tries = cfg->data_tries ? cfg->data_tries : DATA_TRIES,
		.inexact = cfg->inexact,
		.cookies = cfg->cookies,
	};
	*out = m;
	return 0;
}

void world_monitor_free(struct world_monitor *m)
{
	struct watched *x, *next;
	struct nameless *n;

	while ((n = m->nameless)) {
		m->nameless = n->next;
		free(n);
	}
	for (x = m->all; x; x = next) {
		next = x->all;
		world_watch_fini(&x->w);
		free(x);
	}
	free(m);
}

uint64_t world_monitor_segments(const struct world_monitor *m)
{
	return m->told;
}

/* ---- the story ---- */

static void flag_letters(char *to, uint16_t flags)
{
	static const char letters[] = "FSRP.UEWA";

	for (unsigned i = 0; letters[i]; i++)
		if (flags & 1u << i)
			*to++ = letters[i];
	*to = 0;
}

static int tell_one(char *to, size_t size, const struct told *x)
{
	char flags[16];
	int n;

	flag_letters(flags, x->flags);
	n = snprintf(to, size,
		     "%llu.%06llu host %u %c %u>%u [%s] %u:%u(%u) ack %u "
		     "win %u",
		     (unsigned long long)(x->time / NS_PER_S),
		     (unsigned long long)(x->time / 1000 % 1000000), x->host,
		     x->out ? '>' : '<',
		     (unsigned)(x->out ? x->lport : x->rport),
		     (unsigned)(x->out ? x->rport : x->lport), flags, x->seq,
		     x->seq + x->len, x->len, x->ack, x->wnd);
	if (x->opts & WIRE_TCP_OPT_TS && n < (int)size)
		n += snprintf(to + n, size - (size_t)n, " ts %u %u", x->tsval,
			      x->tsecr);
	for (unsigned i = 0; i < x->n_sack && n < (int)size; i++)
		n += snprintf(to + n, size - (size_t)n, " sack %u:%u",
			      x->sack[i].left, x->sack[i].right);
	return n < (int)size ? n : (int)size - 1;
}

static void tell_breach(struct world_monitor *m, const struct watched *x,
			const struct world_verdict *v)
{
	size_t size = sizeof(m->story), n;

	if (m->broken)
		return;
	m->broken = true;
	n = (size_t)snprintf(m->story, size, "%s: %s (host %u, port %u to %u)",
			     world_watch_rule_text((enum world_rule)v->rule),
			     v->why, x->who.host, x->who.lport, x->who.rport);
	for (uint64_t i = m->told > RING ? m->told - RING : 0;
	     i < m->told && n + LINE + 4 < size; i++) {
		n += (size_t)snprintf(m->story + n, size - n, "\n    ");
		n += (size_t)tell_one(m->story + n, LINE, &m->ring[i % RING]);
	}
	if (m->cfg.breach)
		m->cfg.breach(m->cfg.ctx, (enum world_rule)v->rule, m->story);
}

static void keep(struct world_monitor *m, const struct tuple *who,
		 const struct world_seg *s, bool out, ostia_time now)
{
	struct told *x = &m->ring[m->told++ % RING];

	*x = (struct told) {
		.time = now,
		.host = who->host,
		.out = out,
		.v6 = s->v6,
		.lport = who->lport,
		.rport = who->rport,
		.flags = s->h.flags,
		.wnd = s->h.wnd,
		.opts = s->h.opts,
		.seq = s->h.seq,
		.ack = s->h.ack,
		.len = s->len,
		.unit = s->unit,
		.tsval = s->h.tsval,
		.tsecr = s->h.tsecr,
		.n_sack = s->h.n_sack,
	};
	for (unsigned i = 0; i < s->h.n_sack; i++)
		x->sack[i] = s->h.sack[i];
}

/* ---- who ---- */

static unsigned bucket_of(const struct tuple *who)
{
	uint32_t h = who->host * 2654435761u ^
		     ((uint32_t)who->lport << 16 | who->rport) * 2246822519u;

	return (h ^ h >> 15) % BUCKETS;
}

static struct watched *find(struct world_monitor *m, const struct tuple *who)
{
	unsigned b = bucket_of(who);
	struct watched *x;

	for (x = m->bucket[b]; x; x = x->next)
		if (!memcmp(&x->who, who, sizeof(*who)))
			return x;
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->who = *who;
	world_watch_init(&x->w);
	x->next = m->bucket[b];
	m->bucket[b] = x;
	x->all = m->all;
	m->all = x;
	return x;
}

static struct watched *find_conn(struct world_monitor *m, uint32_t host,
				 uint64_t conn)
{
	struct watched *x = m->all;

	while (x && (x->conn != conn || x->who.host != host))
		x = x->all;
	return x;
}

static struct nameless **find_nameless(struct world_monitor *m, uint32_t host,
				       uint64_t conn)
{
	struct nameless **n = &m->nameless;

	while (*n && ((*n)->host != host || (*n)->conn != conn))
		n = &(*n)->next;
	return n;
}

static struct nameless *get_nameless(struct world_monitor *m, uint32_t host,
				     uint64_t conn)
{
	struct nameless **at = find_nameless(m, host, conn), *n = *at;

	if (n)
		return n;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->host = host;
	n->conn = conn;
	*at = n;
	return n;
}

static void name_it(struct world_monitor *m, struct watched *x, uint64_t conn)
{
	struct nameless **at = find_nameless(m, x->who.host, conn), *n = *at;

	x->conn = conn;
	if (!n)
		return;
	x->w.written = n->written;
	x->w.shrunk = n->shrunk;
	*at = n->next;
	free(n);
}

/* ---- what a frame holds ---- */

struct frame {
	struct tuple who;
	struct world_seg s;
	bool icmp;
};

static void ends(struct tuple *who, const uint8_t *src, const uint8_t *dst,
		 unsigned len, const struct wire_tcp *h, bool out)
{
	memcpy(who->local, out ? src : dst, len);
	memcpy(who->remote, out ? dst : src, len);
	who->lport = out ? h->sport : h->dport;
	who->rport = out ? h->dport : h->sport;
}

/* @l4: @n bytes of TCP; @sum of the pseudo header, 0: it need not be right */
static int read_tcp(struct frame *f, const uint8_t *l4, uint32_t n,
		    uint32_t sum)
{
	int hlen = wire_tcp_parse(&f->s.h, l4, n);

	if (hlen < 0 || (sum && !csum_ok(csum(l4, n, sum))))
		return 0;
	if (!(f->s.h.opts & WIRE_TCP_OPT_SACK))
		f->s.h.n_sack = 0;
	f->s.data = l4 + hlen;
	f->s.len = n - (uint32_t)hlen;
	return 1;
}

static int read4(struct frame *f, const uint8_t *p, uint32_t n, bool out,
		 bool sums)
{
	struct wire_ip4 ip;
	int hlen = wire_ip4_parse(&ip, p, n, n);
	uint32_t len, sum = 0;

	if (hlen < 0 || (sums && !csum_ok(csum(p, (size_t)hlen, 0))))
		return 0;
	f->icmp = ip.proto == IPPROTO_ICMP;
	len = ip.len - (uint32_t)hlen;
	if (ip.proto != IPPROTO_TCP || ip.frag_off || ip.mf)
		return 0;
	if (sums)
		sum = csum_add(csum(p + 12, 8, 0),
			       htonl(IPPROTO_TCP << 16 | len));
	if (!read_tcp(f, p + hlen, len, sum))
		return 0;
	f->s.ecn = ip.tos & 3;
	ends(&f->who, p + 12, p + 16, 4, &f->s.h, out);
	return 1;
}

static int read6(struct frame *f, const uint8_t *p, uint32_t n, bool out,
		 bool sums)
{
	struct wire_ip6 ip;
	uint32_t sum = 0;

	if (wire_ip6_parse(&ip, p, n, n) < 0)
		return 0;
	f->icmp = ip.next == IPPROTO_ICMPV6;
	if (ip.next != IPPROTO_TCP)
		return 0;
	if (sums)
		sum = csum_add(csum(ip.src, 32, 0),
			       csum_add(htonl(ip.plen), htonl(IPPROTO_TCP)));
	if (!read_tcp(f, p + WIRE_IP6_HLEN, ip.plen, sum))
		return 0;
	f->s.v6 = true;
	f->s.ecn = ip.tclass & 3;
	ends(&f->who, ip.src, ip.dst, 16, &f->s.h, out);
	return 1;
}

/* Return: 1: a segment of TCP, 0: none. */
static int read_frame(struct frame *f, const uint8_t *p, uint32_t n,
		      bool ethernet, bool out, bool sums)
{
	unsigned type;

	if (ethernet) {
		if (n < ETHERNET)
			return 0;
		type = (unsigned)(p[12] << 8 | p[13]);
		if (type != 0x0800 && type != 0x86dd)
			return 0;
		p += ETHERNET;
		n -= ETHERNET;
	}
	if (!n)
		return 0;
	return p[0] >> 4 == 4 ? read4(f, p, n, out, sums)
			      : read6(f, p, n, out, sums);
}

static void set_unit(struct world_seg *s, const struct ostia_pkt *p)
{
	s->unit = p->gso_segs > 1 && p->gso_size ? p->gso_size : s->len;
}

/* ---- what happens ---- */

/* The packet's bytes, with the bit put right that a wire flipped. */
static uint32_t bytes_of(struct world_monitor *m, const struct ostia_pkt *p,
			 const uint32_t *bit)
{
	uint32_t n = (uint32_t)ostia_pkt_copy_out(p, 0, m->frame, FRAME_MAX);

	if (bit && *bit / 8 < n)
		m->frame[*bit / 8] ^= (uint8_t)(0x80 >> (*bit & 7));
	return n;
}

static int sent(struct world_monitor *m, uint32_t host,
		const struct ostia_pkt *p, const uint32_t *bit, bool ethernet,
		ostia_time now)
{
	struct frame f = { .who.host = host };
	uint32_t n = bytes_of(m, p, bit);
	struct world_verdict v;
	struct watched *x;

	if (!read_frame(&f, m->frame, n, ethernet, true, false))
		return 0;
	x = find(m, &f.who);
	if (!x)
		return -ENOMEM;
	set_unit(&f.s, p);
	if (p->conn && p->conn != x->conn)
		name_it(m, x, p->conn);
	keep(m, &f.who, &f.s, true, now);
	if (world_watch_out(&x->w, &m->limits, &f.s, &v, now))
		return -ENOMEM;
	if (v.rule >= 0)
		tell_breach(m, x, &v);
	return 0;
}

int world_monitor_sent(struct world_monitor *m, uint32_t host,
		       const struct ostia_pkt *p, bool ethernet, ostia_time now)
{
	return sent(m, host, p, NULL, ethernet, now);
}

static void heard_icmp(struct world_monitor *m, uint32_t host, ostia_time now)
{
	for (struct watched *x = m->all; x; x = x->all)
		if (x->who.host == host)
			world_watch_icmp(&x->w, now);
}

int world_monitor_heard(struct world_monitor *m, uint32_t host,
			const struct ostia_pkt *p, bool ethernet,
			ostia_time now)
{
	struct frame f = { .who.host = host };
	uint32_t n = bytes_of(m, p, NULL);
	struct watched *x;

	if (!read_frame(&f, m->frame, n, ethernet, false, m->cfg.sums)) {
		if (f.icmp)
			heard_icmp(m, host, now);
		return 0;
	}
	x = find(m, &f.who);
	if (!x)
		return -ENOMEM;
	set_unit(&f.s, p);
	keep(m, &f.who, &f.s, false, now);
	world_watch_in(&x->w, &f.s, now);
	return 0;
}

static int bytes(struct world_monitor *m, uint32_t host,
		 const struct ostia_trace *ev)
{
	struct watched *x = find_conn(m, host, ev->conn);
	struct world_verdict v;
	struct nameless *n;

	if (!x && !ev->u.bytes.out)
		return 0;
	if (!x) {
		n = get_nameless(m, host, ev->conn);
		if (n)
			n->written = ev->u.bytes.to;
		return n ? 0 : -ENOMEM;
	}
	world_watch_bytes(&x->w, ev->u.bytes.from, ev->u.bytes.to,
			  ev->u.bytes.out, &v);
	if (v.rule >= 0)
		tell_breach(m, x, &v);
	return 0;
}

static bool is_shrinking(const struct ostia_trace *ev)
{
	char option[24];

	if (ev->kind != OSTIA_TRACE_CALL || !ev->u.call.args ||
	    strcmp(ev->u.call.name, "setsockopt"))
		return false;
	snprintf(option, sizeof(option), "%d, %d", SOL_SOCKET, SO_RCVBUF);
	return !strcmp(ev->u.call.args, option);
}

static int shrink(struct world_monitor *m, uint32_t host, uint64_t conn)
{
	struct watched *x = find_conn(m, host, conn);
	struct nameless *n;

	if (x) {
		x->w.shrunk = true;
		return 0;
	}
	n = get_nameless(m, host, conn);
	if (n)
		n->shrunk = true;
	return n ? 0 : -ENOMEM;
}

int world_monitor_event(struct world_monitor *m, uint32_t host,
			const struct ostia_trace *ev)
{
	struct watched *x;

	if (!ev->conn)
		return 0;
	if (ev->kind == OSTIA_TRACE_BYTES)
		return bytes(m, host, ev);
	if (is_shrinking(ev))
		return shrink(m, host, ev->conn);
	if (ev->kind != OSTIA_TRACE_STATE || strcmp(ev->u.state.to, "CLOSED"))
		return 0;
	x = find_conn(m, host, ev->conn);
	if (x)
		x->w.gone = true;
	return 0;
}

int world_monitor_trace(struct world_monitor *m,
			const struct ostia_world_trace *ev,
			const uint32_t hosts[2], bool ethernet)
{
	uint32_t from, to;

	if (ev->stack)
		return world_monitor_event(m, ev->node, ev->stack);
	from = hosts[ev->dir];
	to = hosts[!ev->dir];
	if (ev->fate == OSTIA_FATE_DELIVERED)
		return to ? world_monitor_heard(m, to, ev->pkt, ethernet,
						ev->time)
			  : 0;
	if (!from || ev->flags & OSTIA_FATE_F_COPY)
		return 0;
	return sent(m, from, ev->pkt,
		    ev->flags & OSTIA_FATE_F_CORRUPTED ? &ev->bit : NULL,
		    ethernet, ev->time);
}

void world_monitor_tick(struct world_monitor *m, ostia_time now)
{
	struct world_verdict v;

	for (struct watched *x = m->all; x && !m->broken; x = x->all) {
		v.rule = -1;
		world_watch_tick(&x->w, &m->limits, &v, now);
		if (v.rule >= 0)
			tell_breach(m, x, &v);
	}
}
