/* SPDX-License-Identifier: MIT */
#include "raw/raw.h"

#include "base/csum.h"
#include "base/stats.h"
#include "base/trace.h"
#include "ip/addrs.h"
#include "ip/state.h"
#include "wire/be.h"
#include "wire/csum.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>
#include <netinet/in.h>

enum {
	RAW_CHAINS = 256, /* one for each protocol number */
	RAW_MAX = 65535,
	PING_HLEN = 8,
	PING_ID_AT = 4,
};

/** struct raw - All raw and ping sockets of a stack */
struct raw {
	struct dgram_room room;
	struct ports *ids; /* echo identifiers of ping sockets */
	struct list chain[RAW_CHAINS]; /* raw sockets by protocol */
	uint32_t count;
};

int raw_new(const struct raw_lent_by_stack *lent, const uint8_t key[16],
	    struct raw **out)
{
	struct raw *r = env_zalloc(lent->env, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->room = (struct dgram_room) { .env = lent->env,
					.pool = lent->pool,
					.tracer = lent->tracer,
					.stats = lent->stats,
					.ip = lent->ip };
	for (unsigned i = 0; i < RAW_CHAINS; i++)
		list_init(&r->chain[i]);
	err = ports_new(lent->env, key, &r->ids);
	if (err) {
		env_free(lent->env, r, sizeof(*r));
		return err;
	}
	ports_range(r->ids, 1, UINT16_MAX);
	*out = r;
	return 0;
}

void raw_free(struct raw *r)
{
	const struct ostia_env *env = r->room.env;

	ports_free(r->ids);
	env_free(env, r, sizeof(*r));
}

void raw_usage(const struct raw *r, struct ostia_usage *usage)
{
	usage->raw_socks += r->count;
	usage->bytes += sizeof(*r) + ports_bytes(r->ids);
}

/*
 * --- the way in ----------------------------------------------------------
 */

/* Linux: a bound socket of IPv6 hears groups, too; an IPv4 one that is not
 * bound hears those that its filters allow.
 */
static bool local_matches(const struct raw_sock *s, const struct ostia_pkt *p)
{
	bool mine =
		addr_is_any(&s->bind.local) || addr_eq(&s->bind.local, &p->dst);

	if (!s->v6)
		return mine && dgram_hears(&s->d, p);
	return mine || (addr_is_multicast(&p->dst) && dgram_hears(&s->d, p));
}

static bool addresses_match(const struct raw_sock *s, const struct ostia_pkt *p)
{
	if (s->v6 == addr_is_v4(&p->dst))
		return false;
	if (!local_matches(s, p))
		return false;
	if (s->bind.zone && s->bind.zone != p->link->index)
		return false;
	return !s->connected || addr_eq(&s->remote, &p->src);
}

/* ICMP_FILTER and ICMP6_FILTER look at the message's type; what is too short
 * to have one Linux shows to nobody.
 */
static bool filtered(const struct raw_sock *s, struct ostia_pkt *p)
{
	const uint8_t *type;

	if (p->proto != (s->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return false;
	type = pkt_peek(p, p->l4, s->v6 ? 4 : PING_HLEN);
	if (!type)
		return true;
	if (!s->v6)
		return *type < 32 && (s->filter >> *type & 1);
	return s->filter6[*type >> 5] >> (*type & 31) & 1;
}

/* RFC 3542 3.1: ICMPv6 is always verified, others where the user says. */
static bool sum_ok(const struct raw_sock *s, const struct ostia_pkt *p)
{
	uint32_t n = p->len - p->l4;

	if (!s->v6 || s->csum_at < 0 || p->csum != OSTIA_CSUM_NONE)
		return true;
	if ((uint32_t)s->csum_at + 2 > n)
		return false;
	return csum_ok(pkt_csum(p, p->l4, n,
				csum_pseudo6(&p->src, &p->dst, p->proto, n)));
}

static void give_copy(struct raw *r, struct raw_sock *s, struct ostia_pkt *p)
{
	struct ostia_pkt *q = pkt_clone_rx(p);

	if (!q) {
		r->room.stats->RawRcvbufErrors++;
		return;
	}
	q->data = q->l4;
	if (!dgram_wants(&r->room, &s->d, q, s->v6 ? q->l4 : q->l3, 1)) {
		pkt_free(q);
		return;
	}
	if (dgram_rx(&r->room, &s->d, q)) {
		r->room.stats->RawInDatagrams++;
		return;
	}
	r->room.stats->RawRcvbufErrors++;
	pkt_free(q);
}

bool raw_rx(struct raw *r, struct ostia_pkt *p, ostia_time now)
{
	bool took = false;

	(void)now;
	list_each (n, &r->chain[p->proto]) {
		struct raw_sock *s = list_entry(n, struct raw_sock, node);

		if (!addresses_match(s, p) || filtered(s, p))
			continue;
		took = true;
		if (sum_ok(s, p))
			give_copy(r, s, p);
	}
	return took;
}

enum verdict raw_ping_rx(struct raw *r, struct ostia_pkt *p, ostia_time now)
{
	const uint8_t *h = pkt_peek(p, p->l4, PING_HLEN);
	struct binding *b;
	struct dgram *d;
	struct flow f;

	(void)now;
	if (!h)
		return VERDICT_DROP;
	f = (struct flow) { .local = p->dst,
			    .remote = p->src,
			    .lport = wire_be_get16(h + PING_ID_AT),
			    .zone = p->zone };
	b = ports_lookup(r->ids, &f, p->link->index, 0, 0);
	if (!b || b->v6 == addr_is_v4(&p->dst)) {
		r->room.ip->why = "no such echo identifier";
		return VERDICT_DROP;
	}
	p->data = p->l4;
	d = &list_entry(b, struct raw_sock, bind)->d;
	if (!dgram_wants(&r->room, d, p, p->l4, 1)) {
		r->room.ip->why = "filtered";
		return VERDICT_DROP;
	}
	if (dgram_rx(&r->room, d, p))
		return VERDICT_HELD;
	r->room.ip->why = "RawRcvbufErrors";
	r->room.stats->RawRcvbufErrors++;
	return VERDICT_DROP;
}

struct ostia_pkt *raw_tx(struct raw *r, struct txnode *n, bool *more,
			 ostia_time now)
{
	struct dgram *d = list_entry(n, struct dgram, tx);

	(void)now;
	return dgram_tx(&r->room, d, more);
}

struct raw_sock *raw_news(struct raw *r, uint32_t *news)
{
	struct dgram *d = dgram_news(&r->room, news);

	return d ? list_entry(d, struct raw_sock, d) : NULL;
}

/* Is a packet that was too big an error? Over IPv6 to fewer (Linux). */
static bool minds_size(const struct raw_sock *s)
{
	return s->v6 ? s->d.pmtudisc == DGRAM_PMTU_DO
		     : s->d.pmtudisc != DGRAM_PMTU_DONT;
}

static void error_to(struct raw *r, struct raw_sock *s,
		     const struct ip_error *e, ostia_time now)
{
	if (e->mtu && s->d.path && s->d.pmtudisc != DGRAM_PMTU_DONT &&
	    addr_eq(&s->d.path->dst, &e->flow.remote))
		path_mtu_lower(r->room.ip, s->d.path, e->mtu, now);
	if (s->connected && !addr_eq(&s->remote, &e->flow.remote))
		return;
	if (s->d.recverr)
		dgram_queue_error(&r->room, &s->d, e, e->quote_off);
	if (s->d.recverr || !s->connected)
		return;
	if (e->hard || (e->mtu && minds_size(s)))
		dgram_error(&r->room, &s->d, e->err);
}

void raw_error(struct raw *r, const struct ip_error *e, ostia_time now)
{
	bool v4 = addr_is_v4(&e->flow.remote);
	struct binding *b;

	list_each (n, &r->chain[e->proto]) {
		struct raw_sock *s = list_entry(n, struct raw_sock, node);

		if (s->v6 != v4)
			error_to(r, s, e, now);
	}
	if (e->proto != IPPROTO_ICMP && e->proto != IPPROTO_ICMPV6)
		return;
	b = e->has_ports ? ports_lookup(r->ids, &e->flow, 0, 0, 0) : NULL;
	if (b)
		error_to(r, list_entry(b, struct raw_sock, bind), e, now);
}

/*
 * --- user calls ----------------------------------------------------------
 */

void raw_open(struct raw *r, struct raw_sock *s, bool v6, bool ping,
	      uint8_t proto)
{
	*s = (struct raw_sock) { .wished = addr_any(v6),
				 .csum_at = -1,
				 .proto = proto,
				 .v6 = v6,
				 .ping = ping };
	dgram_init(&s->d, TX_RAW);
	s->bind.local = s->wished;
	s->bind.v6 = v6;
	if (v6 && proto == IPPROTO_ICMPV6)
		s->csum_at = WIRE_CSUM_AT_ICMP;
	s->hdrincl = !v6 && !ping && proto == IPPROTO_RAW;
	list_init(&s->node);
	if (!ping)
		list_push(&r->chain[proto], &s->node);
	r->count++;
}

void raw_close(struct raw *r, struct raw_sock *s)
{
	if (s->bind.bound)
		ports_unbind(r->ids, &s->bind);
	list_remove(&s->node);
	r->count--;
	dgram_fini(&r->room, &s->d);
}

static int take_id(struct raw *r, struct raw_sock *s, uint16_t id,
		   ostia_time now)
{
	if (s->bind.bound)
		return 0;
	s->bind.port = id;
	return ports_bind(r->ids, &s->bind, now);
}

int raw_bind(struct raw *r, struct raw_sock *s, const struct ostia_addr *a,
	     uint16_t port, uint32_t zone, bool freebind, ostia_time now)
{
	int err = 0;

	if (!dgram_may_bind(&r->room, a, zone, freebind))
		return -EADDRNOTAVAIL;
	if (s->ping && s->bind.bound)
		return -EINVAL;
	s->bind.local = *a;
	s->bind.zone = zone;
	if (s->ping)
		err = take_id(r, s, port, now);
	if (err) {
		s->bind.local = s->wished;
		return err;
	}
	s->named = port != 0;
	s->wished = *a;
	return 0;
}

int raw_connect(struct raw *r, struct raw_sock *s, const struct ostia_addr *a,
		uint16_t port, uint32_t zone, ostia_time now)
{
	const struct dgram_to to = { .dst = a,
				     .src = dgram_source(&s->wished),
				     .zone = zone,
				     .ttl = -1,
				     .tos = -1 };
	int err = dgram_path(&r->room, &s->d, &to, now);

	if (!err && s->ping)
		err = take_id(r, s, 0, now);
	if (err)
		return err;
	s->remote = *a;
	s->rport = port;
	s->bind.local = to.src ? *to.src : s->d.path->src;
	s->connected = true;
	return 0;
}

void raw_disconnect(struct raw *r, struct raw_sock *s)
{
	s->connected = false;
	s->bind.local = s->wished;
	s->rport = 0;
	if (s->ping && s->bind.bound && !s->named) {
		ports_unbind(r->ids, &s->bind);
		s->bind.port = 0;
	}
	if (!s->ping) {
		list_remove(&s->node);
		s->deaf = true;
	}
}

/* A ping socket sends echo requests, under its own identifier. */
static int make_echo(const struct raw_sock *s, struct ostia_pkt *p)
{
	uint8_t want = s->v6 ? WIRE_ICMP6_ECHO : WIRE_ICMP4_ECHO;
	uint8_t *h = pkt_edit(p, PING_HLEN);

	if (!h || h[0] != want || h[1] != 0)
		return -EINVAL;
	wire_be_put16(h + PING_ID_AT, s->bind.port);
	memset(h + WIRE_CSUM_AT_ICMP, 0, 2);
	if (!s->v6)
		wire_csum_fill(h + WIRE_CSUM_AT_ICMP,
			       pkt_csum(p, 0, p->len, 0));
	return 0;
}

/* Where the user wants a checksum (IPV6_CHECKSUM, and ICMPv6 always). */
static int make_sum(const struct raw_sock *s, struct ostia_pkt *p,
		    const struct ostia_addr *src, const struct ostia_addr *dst)
{
	uint32_t at = (uint32_t)s->csum_at;
	uint8_t *h;

	if (!s->v6 || s->csum_at < 0)
		return 0;
	if (at + 2 > p->len)
		return -EINVAL;
	h = pkt_edit(p, at + 2);
	if (!h)
		return -EINVAL;
	memset(h + at, 0, 2);
	wire_csum_fill_udp(h + at,
			   pkt_csum(p, 0, p->len,
				    csum_pseudo6(src, dst, s->proto, p->len)));
	return 0;
}

/* raw(7): the sum and the length are ours to fill in, source and
 * identification if they are zero. The version is the user's affair.
 */
static int fill_header4(struct raw *r, const struct raw_sock *s,
			struct ostia_pkt *p)
{
	uint8_t *h = pkt_edit(p, WIRE_IP4_HLEN);
	unsigned hlen = h ? (h[0] & 15) * 4u : 0;

	if (!h || hlen < WIRE_IP4_HLEN)
		return -EINVAL;
	h = pkt_edit(p, hlen);
	if (!h)
		return -EINVAL;
	p->l4 = p->data = (uint16_t)hlen;
	p->proto = h[9];
	wire_be_put16(h + 2, (uint16_t)p->len);
	if (!wire_be_get16(h + 4))
		wire_be_put16(h + 4, (uint16_t)rng_u32(&r->room.ip->rng));
	if (!wire_be_get32(h + 12))
		memcpy(h + 12, &s->d.path->src.w[3], 4);
	memset(h + 10, 0, 2);
	wire_csum_fill(h + 10, csum(h, hlen, 0));
	return 0;
}

/* Of IPv6 nothing is filled in. */
static int check_header6(struct ostia_pkt *p)
{
	const uint8_t *h = pkt_peek(p, 0, WIRE_IP6_HLEN);

	if (!h)
		return -EINVAL;
	p->l4 = p->data = WIRE_IP6_HLEN;
	p->proto = h[6];
	return 0;
}

/* IP_HDRINCL, IPV6_HDRINCL: the header is the user's; the way is by the
 * address that the call named, whatever the header says.
 */
static int own_header(struct raw *r, struct raw_sock *s, struct ostia_pkt *p,
		      const struct dgram_to *to)
{
	const struct path *path = s->d.path;
	int err;

	if (p->len > path->mtu)
		return -EMSGSIZE;
	err = s->v6 ? check_header6(p) : fill_header4(r, s, p);
	if (err)
		return err;
	p->l3 = 0;
	p->src = path->src;
	p->dst = *to->dst;
	p->nexthop = path->nexthop;
	p->flags |= PKT_NOFRAG;
	return 0;
}

static int send_pkt(struct raw *r, struct raw_sock *s, struct ostia_pkt *p,
		    const struct dgram_to *to)
{
	const struct ostia_addr *src = to->src ? to->src : &s->d.path->src;
	int err = 0;

	if (s->hdrincl) {
		err = own_header(r, s, p, to);
		if (!err) {
			dgram_push(&r->room, &s->d, p);
			return 0;
		}
	} else {
		p->l4 = p->data = 0;
		if (s->ping)
			err = make_echo(s, p);
		if (!err)
			err = make_sum(s, p, src, to->dst);
		if (!err)
			return dgram_send(&r->room, &s->d, p, to, s->proto);
	}
	pkt_free(p);
	return err;
}

static int make_and_send(struct raw *r, struct raw_sock *s,
			 const struct dgram_to *to, const struct iovec *iov,
			 int niov, uint32_t n)
{
	struct ostia_pkt *p = pkt_new(r->room.pool);
	int err;

	if (!p)
		return -ENOMEM;
	err = n ? dgram_gather(p, iov, niov, n) : 0;
	if (err) {
		pkt_free(p);
		return err;
	}
	return send_pkt(r, s, p, to);
}

/* What Linux says of a message before it looks where it goes. */
static int check_message(const struct raw_sock *s, const struct iovec *iov,
			 int niov, size_t n)
{
	uint8_t icmp = s->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	uint8_t echo = s->v6 ? WIRE_ICMP6_ECHO : WIRE_ICMP4_ECHO;
	uint8_t h[2];

	if (s->ping) {
		if (n > UINT16_MAX)
			return -EMSGSIZE;
		if (n < PING_HLEN || dgram_first(h, iov, niov, 2) < 2 ||
		    h[0] != echo || h[1] != 0)
			return -EINVAL;
		return 0;
	}
	if (s->proto == icmp && !s->hdrincl && dgram_first(h, iov, niov, 2) < 2)
		return -EFAULT;
	return 0;
}

static size_t longest(const struct raw_sock *s)
{
	return s->v6 || s->hdrincl ? RAW_MAX : RAW_MAX - WIRE_IP4_HLEN;
}

static int prepare(struct raw *r, struct raw_sock *s, const struct dgram_to *to,
		   size_t n, ostia_time now)
{
	/* Linux tells others by what they receive, and by SO_ERROR */
	int err = s->ping || s->hdrincl ? dgram_take_error(&s->d) : 0;

	if (!err)
		err = -dgram_path(&r->room, &s->d, to, now);
	if (err)
		return -err;
	if (n > longest(s))
		return -EMSGSIZE;
	if (s->hdrincl && n > s->d.path->mtu)
		return -EMSGSIZE;
	if (s->hdrincl && to->opts && to->opts->v4.len)
		return -EINVAL; /* whose would they be? (Linux) */
	if (s->hdrincl && n < (s->v6 ? WIRE_IP6_HLEN : WIRE_IP4_HLEN))
		return -EINVAL;
	if (s->shut_wr && (s->ping || s->hdrincl))
		return -EPIPE;
	err = dgram_room_for(&r->room, &s->d);
	if (!err && s->ping)
		err = take_id(r, s, 0, now);
	return err;
}

int64_t raw_send(struct raw *r, struct raw_sock *s, const struct dgram_to *to,
		 const struct iovec *iov, int niov, size_t n, uint32_t zone,
		 ostia_time now)
{
	struct dgram_to peer = { .ttl = -1, .tos = -1 };
	int err;

	if (to)
		peer = *to;
	if (s->ping && (err = check_message(s, iov, niov, n)))
		return err;
	if (!peer.dst && !s->connected)
		return -EDESTADDRREQ;
	err = check_message(s, iov, niov, n);
	if (err)
		return err;
	if (!peer.dst)
		peer.dst = &s->remote;
	if (!peer.src)
		peer.src = dgram_source(&s->wished);
	if (!peer.zone)
		peer.zone = zone ? zone : s->bind.zone;
	err = prepare(r, s, &peer, n, now);
	if (!err)
		err = make_and_send(r, s, &peer, iov, niov, (uint32_t)n);
	if (err == -EMSGSIZE && s->d.recverr && s->d.path)
		dgram_too_big(&r->room, &s->d, &peer, 0);
	if (err)
		return err;
	r->room.stats->RawOutDatagrams++;
	return (int64_t)n;
}

int64_t raw_recv(struct raw *r, struct raw_sock *s, const struct iovec *iov,
		 int niov, bool peek, struct dgram_from *from)
{
	int err = dgram_take_error(&s->d);

	if (err)
		return -err;
	from->sport = 0;
	return dgram_recv(&r->room, &s->d, iov, niov, !s->v6 && !s->ping, peek,
			  from);
}

uint32_t raw_readable(const struct raw_sock *s)
{
	return dgram_readable(&s->d, !s->v6 && !s->ping);
}
