/* SPDX-License-Identifier: MIT */
#include "udp/udp.h"

#include "base/csum.h"
#include "base/siphash.h"
#include "base/stats.h"
#include "base/trace.h"
#include "ip/addrs.h"
#include "ip/state.h"
#include "wire/csum.h"
#include "wire/udp.h"

#include <errno.h>
#include <netinet/in.h>

enum {
	UDP_MAX4 = 65535 - 20 - 8,
	UDP_MAX6 = 65535 - 8,
	UDP_HEADERS = 40 + 8, /* at most */
	UDP_PLAIN = PKT_HEAD - PKT_HEADROOM - WIRE_UDP_HLEN,
};

/**
 * struct udp - All UDP sockets of a stack
 * @key: of the hash that spreads flows over REUSEPORT groups
 */
struct udp {
	struct dgram_room room;
	struct ports *ports;
	struct siphash_key key;
	uint32_t count;
	uint32_t gro; /* sockets with UDP_GRO */
};

int udp_new(const struct udp_lent_by_stack *lent, const uint8_t key[16],
	    struct udp **out)
{
	struct udp *u = env_zalloc(lent->env, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->room = (struct dgram_room) { .env = lent->env,
					.pool = lent->pool,
					.tracer = lent->tracer,
					.stats = lent->stats,
					.ip = lent->ip };
	u->key = siphash_key(key);
	err = ports_new(lent->env, key, &u->ports);
	if (err) {
		env_free(lent->env, u, sizeof(*u));
		return err;
	}
	*out = u;
	return 0;
}

void udp_free(struct udp *u)
{
	const struct ostia_env *env = u->room.env;

	ports_free(u->ports);
	env_free(env, u, sizeof(*u));
}

void udp_usage(const struct udp *u, struct ostia_usage *usage)
{
	usage->udp_socks += u->count;
	usage->bytes += sizeof(*u) + ports_bytes(u->ports);
}

/*
 * --- the way in ----------------------------------------------------------
 */

static bool is_group(const struct ostia_pkt *p)
{
	return (p->flags & PKT_BROADCAST) || addr_is_multicast(&p->dst) ||
	       addr_is_broadcast(&p->dst);
}

/* RFC 768: zero means none. */
static bool sum_ok(struct ostia_pkt *p, const struct wire_udp *h)
{
	uint32_t sum;

	if (!h->csum)
		return true; /* IPv6: the socket says, see allowed() */
	if (p->csum != OSTIA_CSUM_NONE)
		return true;
	sum = addr_is_v4(&p->src)
		      ? csum_pseudo4(&p->src.w[3], &p->dst.w[3], IPPROTO_UDP,
				     h->len)
		      : csum_pseudo6(&p->src, &p->dst, IPPROTO_UDP, h->len);
	return csum_ok(pkt_csum(p, p->l4, h->len, sum));
}

static enum verdict parse(struct udp *u, struct ostia_pkt *p,
			  struct wire_udp *h)
{
	struct stats *st = u->room.stats;
	const uint8_t *at = pkt_peek(p, p->l4, WIRE_UDP_HLEN);

	if (!at || wire_udp_parse(h, at, WIRE_UDP_HLEN, p->len - p->l4) < 0) {
		u->room.ip->why = "UdpInErrors";
		st->UdpInErrors++;
		return VERDICT_DROP;
	}
	if (!sum_ok(p, h)) {
		u->room.ip->why = "UdpInCsumErrors";
		st->UdpInErrors++;
		st->UdpInCsumErrors++;
		return VERDICT_DROP;
	}
	if (p->len != p->l4 + (uint32_t)h->len)
		pkt_trim(p, p->l4 + (uint32_t)h->len);
	p->data = (uint16_t)(p->l4 + WIRE_UDP_HLEN);
	return VERDICT_DELIVER;
}

static struct udp_sock *sock_of(struct binding *b)
{
	return list_entry(b, struct udp_sock, bind);
}

static enum verdict unroomy(struct udp *u)
{
	u->room.ip->why = "UdpRcvbufErrors";
	u->room.stats->UdpRcvbufErrors++;
	u->room.stats->UdpInErrors++;
	return VERDICT_DROP;
}

static enum verdict give_one(struct udp *u, struct udp_sock *s,
			     struct ostia_pkt *p)
{
	if (!dgram_wants(&u->room, &s->d, p, p->l4, WIRE_UDP_HLEN)) {
		u->room.ip->why = "filtered";
		u->room.stats->UdpInErrors++;
		return VERDICT_DROP;
	}
	if (!dgram_rx(&u->room, &s->d, p))
		return unroomy(u);
	u->room.stats->UdpInDatagrams += p->gso_segs;
	return VERDICT_HELD;
}

/* IPv6 without a checksum is for who asked for it (RFC 8200 8.1, RFC 6935). */
static bool allowed(const struct udp_sock *s, struct ostia_pkt *p)
{
	const uint8_t *h;

	if (addr_is_v4(&p->src) || s->no_check6_rx)
		return true;
	h = pkt_peek(p, p->l4, WIRE_UDP_HLEN);
	return h && wire_be_get16(h + WIRE_CSUM_AT_UDP);
}

static enum verdict unchecked(struct udp *u)
{
	u->room.ip->why = "UdpInCsumErrors";
	u->room.stats->UdpInErrors++;
	u->room.stats->UdpInCsumErrors++;
	return VERDICT_DROP;
}

/* One datagram of the super-datagram @p: bytes [@off, @off + @n) of it. */
static struct ostia_pkt *part_of(struct ostia_pkt *p, uint32_t off, uint32_t n)
{
	const uint8_t *from = pkt_peek(p, p->l4, WIRE_UDP_HLEN);
	struct ostia_pkt *q = from ? pkt_new(p->pool) : NULL;
	uint8_t *h = q ? pkt_put(q, WIRE_UDP_HLEN) : NULL;
	struct ostia_pkt *bytes;

	if (!h)
		return NULL;
	memcpy(h, from, WIRE_UDP_HLEN);
	wire_be_put16(h + 4, (uint16_t)(WIRE_UDP_HLEN + n));
	bytes = pkt_clone_range(p, off, n);
	if (!bytes || pkt_append_pkt(q, bytes, 0)) {
		if (bytes)
			pkt_free(bytes);
		pkt_free(q);
		return NULL;
	}
	pkt_free(bytes);
	q->data = WIRE_UDP_HLEN;
	q->when = p->when;
	q->flags = p->flags;
	pkt_mark_rx(q, p);
	return q;
}

/* A socket that knows no super-datagrams gets the datagrams. */
static enum verdict give_parts(struct udp *u, struct udp_sock *s,
			       struct ostia_pkt *p)
{
	uint32_t n = p->gso_size;

	for (uint32_t off = p->data; off < p->len; off += n) {
		struct ostia_pkt *q;

		n = n < p->len - off ? n : p->len - off;
		q = part_of(p, off, n);
		if (!q)
			return unroomy(u);
		if (give_one(u, s, q) != VERDICT_HELD)
			pkt_free(q);
	}
	pkt_free(p);
	return VERDICT_HELD;
}

static enum verdict give(struct udp *u, struct udp_sock *s, struct ostia_pkt *p)
{
	if (!allowed(s, p))
		return unchecked(u);
	if (p->gso_size && p->gso_segs > 1 && !s->gro)
		return give_parts(u, s, p);
	if (p->gso_segs <= 1)
		p->gso_size = 0;
	return give_one(u, s, p);
}

/* Would this binding have the datagram? For groups, all that would get it. */
static bool wants(const struct binding *b, const struct flow *f,
		  uint32_t link_index)
{
	if (b->v6 == addr_is_v4(&f->local) &&
	    (!b->v6 || (b->flags & BIND_V6ONLY)))
		return false;
	if (!b->v6 && !addr_is_v4(&f->local))
		return false;
	if (!addr_is_any(&b->local) && !addr_eq(&b->local, &f->local))
		return false;
	if (b->zone && b->zone != link_index)
		return false;
	return !b->peer || (addr_eq(&b->peer->remote, &f->remote) &&
			    b->peer->rport == f->rport);
}

static enum verdict to_group(struct udp *u, struct ostia_pkt *p,
			     const struct flow *f)
{
	struct binding *b = NULL;
	bool any = false;

	while ((b = ports_next(u->ports, f->lport, b))) {
		struct ostia_pkt *q;

		if (!wants(b, f, p->link->index) ||
		    !dgram_hears(&sock_of(b)->d, p))
			continue;
		q = pkt_clone_rx(p);
		if (!q)
			break;
		any = true;
		if (give(u, sock_of(b), q) != VERDICT_HELD)
			pkt_free(q);
	}
	if (!any)
		u->room.stats->UdpNoPorts++;
	u->room.ip->why = "UdpNoPorts";
	if (!any)
		return VERDICT_DROP;
	pkt_free(p);
	return VERDICT_HELD;
}

/* Which socket of a REUSEPORT group: the same one for a flow, and not for a
 * peer to choose.
 */
static uint32_t spread(const struct udp *u, const struct flow *f)
{
	uint64_t h = (f->remote.q[1] ^ f->remote.q[0] ^ u->key.k0) +
		     ((uint64_t)f->rport << 16 | f->lport);

	return (uint32_t)((h * (u->key.k1 | 1)) >> 32);
}

enum verdict udp_rx(struct udp *u, struct ostia_pkt *p, ostia_time now)
{
	struct wire_udp h;
	enum verdict v = parse(u, p, &h);
	struct binding *b;
	struct flow f;

	(void)now;
	if (v != VERDICT_DELIVER)
		return v;
	f = (struct flow) { .local = p->dst,
			    .remote = p->src,
			    .lport = h.dport,
			    .rport = h.sport,
			    .zone = p->zone };
	if (is_group(p))
		return to_group(u, p, &f);
	b = ports_lookup(u->ports, &f, p->link->index, 0, spread(u, &f));
	if (b)
		b = ports_steered(u->ports, u->room.ip, b, p, p->data);
	if (b)
		return give(u, sock_of(b), p);
	u->room.stats->UdpNoPorts++;
	return VERDICT_NO_PORT;
}

struct ostia_pkt *udp_tx(struct udp *u, struct txnode *n, bool *more,
			 ostia_time now)
{
	struct dgram *d = list_entry(n, struct dgram, tx);

	(void)now;
	return dgram_tx(&u->room, d, more);
}

int udp_steer(struct udp *u, struct udp_sock *s, struct bpf *prog)
{
	return prog ? ports_steer(u->ports, &s->bind, prog)
		    : ports_unsteer(u->ports, &s->bind);
}

void udp_set_gro(struct udp *u, struct udp_sock *s, bool on)
{
	u->gro += on;
	u->gro -= s->gro;
	s->gro = on;
}

bool udp_wants_gro(const struct udp *u)
{
	return u->gro;
}

struct udp_sock *udp_news(struct udp *u, uint32_t *news)
{
	struct dgram *d = dgram_news(&u->room, news);

	return d ? list_entry(d, struct udp_sock, d) : NULL;
}

/* Only a connected socket hears: another one could not tell whom it is about
 * (RFC 1122 4.1.3.3 as Linux has it without IP_RECVERR).
 */
void udp_error(struct udp *u, const struct ip_error *e, ostia_time now)
{
	struct binding *b;
	struct udp_sock *s;

	if (!e->has_ports)
		return;
	b = ports_lookup(u->ports, &e->flow, e->flow.zone, 0, 0);
	if (!b)
		return;
	s = sock_of(b);
	if (e->mtu && s->d.path && s->d.pmtudisc < DGRAM_PMTU_INTERFACE &&
	    s->d.pmtudisc != DGRAM_PMTU_DONT &&
	    addr_eq(&s->d.path->dst, &e->flow.remote))
		path_mtu_lower(u->room.ip, s->d.path, e->mtu, now);
	if (s->d.recverr)
		dgram_queue_error(&u->room, &s->d, e,
				  e->quote_off + WIRE_UDP_HLEN);
	if (s->d.recverr || !s->connected ||
	    (e->mtu && s->d.pmtudisc == DGRAM_PMTU_DONT))
		return;
	if (e->hard || (e->mtu && s->d.pmtudisc == DGRAM_PMTU_DO))
		dgram_error(&u->room, &s->d, e->err);
}

/*
 * --- user calls ----------------------------------------------------------
 */

void udp_open(struct udp *u, struct udp_sock *s, bool v6)
{
	*s = (struct udp_sock) { .bind = { .v6 = v6, .local = addr_any(v6) } };
	dgram_init(&s->d, TX_UDP);
	u->count++;
}

void udp_close(struct udp *u, struct udp_sock *s)
{
	ports_unbind(u->ports, &s->bind);
	udp_set_gro(u, s, false);
	u->count--;
	dgram_fini(&u->room, &s->d);
}

static int claim(struct udp *u, struct udp_sock *s, const struct ostia_addr *a,
		 uint16_t port, const struct bind_opts *o, ostia_time now)
{
	struct binding *b = &s->bind;
	const struct binding was = *b;
	int err;

	*b = (struct binding) { .local = *a,
				.port = port,
				.zone = o->zone,
				.uid = o->uid,
				.mate = was.mate,
				.v6 = was.v6 };
	b->flags = bind_flags(o);
	ports_range_for(u->ports, u->room.ip->set.port_range, o->port_range);
	err = ports_bind(u->ports, b, now);
	if (err)
		*b = was;
	return err;
}

int udp_bind(struct udp *u, struct udp_sock *s, const struct ostia_addr *a,
	     uint16_t port, const struct bind_opts *o, ostia_time now)
{
	int err = 0;

	if (s->bind.bound)
		return -EINVAL;
	if (!dgram_may_bind(&u->room, a, o->zone, o->freebind))
		return -EADDRNOTAVAIL;
	if (port || !o->no_port)
		err = claim(u, s, a, port, o, now);
	else
		s->bind.local = *a; /* the port is chosen when the peer is */
	if (err)
		return err;
	s->port_named = port != 0;
	return 0;
}

/* Linux: an unbound socket that finds no port says EAGAIN. */
static int autobind(struct udp *u, struct udp_sock *s,
		    const struct bind_opts *o, ostia_time now)
{
	int err;

	if (s->bind.bound)
		return 0;
	err = claim(u, s, binding_wished(&s->bind), 0, o, now);
	return err == -EADDRINUSE ? -EAGAIN : err;
}

/* The wildcard as a peer means this host. */
static struct ostia_addr destination(const struct ostia_addr *a)
{
	static const uint8_t lo4[4] = { 127, 0, 0, 1 };
	static const uint8_t lo6[16] = { [15] = 1 };

	if (!addr_is_any(a))
		return *a;
	return addr_is_v4(a) ? addr_v4(lo4) : addr_v6(lo6);
}

int udp_connect(struct udp *u, struct udp_sock *s, const struct ostia_addr *a,
		uint16_t port, const struct bind_opts *o, ostia_time now)
{
	struct ostia_addr dst = destination(a);
	const struct dgram_to to = { .dst = &dst,
				     .src = dgram_source(
					     binding_wished(&s->bind)),
				     .zone = o->zone,
				     .ttl = -1,
				     .tos = -1,
				     .prefs = o->prefs,
				     .on_link = o->on_link,
				     .opts = o->opts };
	int err = dgram_path(&u->room, &s->d, &to, now);

	if (!err)
		err = autobind(u, s, o, now);
	if (!err)
		err = ports_connect(u->ports, &s->bind,
				    to.src ? to.src : &s->d.path->src, &dst,
				    port);
	if (err)
		return err;
	s->connected = true;
	return 0;
}

void udp_disconnect(struct udp *u, struct udp_sock *s)
{
	if (!s->connected)
		return;
	s->connected = false;
	ports_disconnect(u->ports, &s->bind);
	if (!s->port_named) {
		ports_unbind(u->ports, &s->bind);
		s->bind.port = 0;
	}
}

/* Header and pseudo header; the sum is completed below, or by the link. */
static void put_header(const struct udp_sock *s, struct ostia_pkt *p,
		       const struct ostia_addr *src,
		       const struct ostia_addr *dst, uint16_t dport)
{
	uint8_t *h = p->head + p->hoff;
	uint32_t pseudo;

	wire_be_put16(h, s->bind.port);
	wire_be_put16(h + 2, dport);
	wire_be_put16(h + 4, (uint16_t)p->len);
	memset(h + 6, 0, 2);
	if (addr_is_v4(dst) ? s->no_check : s->no_check6_tx)
		return;
	pseudo = addr_is_v4(dst) ? csum_pseudo4(&src->w[3], &dst->w[3],
						IPPROTO_UDP, p->len)
				 : csum_pseudo6(src, dst, IPPROTO_UDP, p->len);
	wire_csum_seed(h + WIRE_CSUM_AT_UDP, pseudo);
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = WIRE_CSUM_AT_UDP;
}

static int make_and_send(struct udp *u, struct udp_sock *s,
			 const struct dgram_to *to, uint16_t port,
			 const struct iovec *iov, int niov, uint32_t n)
{
	struct ostia_pkt *p = pkt_new(u->room.pool);
	const struct ostia_addr *src = to->src ? to->src : &s->d.path->src;
	int err;

	if (!p)
		return -ENOMEM;
	pkt_put(p, WIRE_UDP_HLEN);
	err = dgram_gather(p, iov, niov, n);
	if (err) {
		pkt_free(p);
		return err;
	}
	p->l4 = 0;
	p->data = WIRE_UDP_HLEN;
	if (to->gso_size && n > to->gso_size) {
		p->gso_size = to->gso_size;
		p->gso_type = OSTIA_GSO_UDP;
		p->gso_segs = (uint16_t)((n + to->gso_size - 1) / to->gso_size);
	}
	put_header(s, p, src, to->dst, port);
	return dgram_send(&u->room, &s->d, p, to, IPPROTO_UDP);
}

/* A super-datagram has so many parts at most, and each has a checksum. */
static int super_ok(const struct udp_sock *s, const struct dgram_to *to,
		    size_t n)
{
	if (!to->gso_size)
		return 0;
	if (n > (size_t)to->gso_size * UDP_SEGMENTS_MAX)
		return -EINVAL;
	return (addr_is_v4(to->dst) ? s->no_check : s->no_check6_tx) ? -EINVAL
								     : 0;
}

/* IP_RECVERR tells what is too big for the path, and of IPv4 nobody's port
 * but the peer's (Linux).
 */
static int too_big(struct udp *u, struct udp_sock *s, const struct dgram_to *to,
		   uint16_t port)
{
	if (addr_is_v4(to->dst) && !s->connected)
		port = 0;
	if (s->d.recverr)
		dgram_too_big(&u->room, &s->d, to, port);
	return -EMSGSIZE;
}

/* No packet takes so much: Linux says so before it tells a pending error. */
static int size_ok(struct udp *u, struct udp_sock *s, const struct dgram_to *to,
		   uint16_t port, size_t n, ostia_time now)
{
	bool v4 = addr_is_v4(to->dst);
	int err;

	if (n <= (v4 ? UDP_MAX4 : UDP_MAX6))
		return 0;
	if (v4 && n > UINT16_MAX)
		return -EMSGSIZE;
	err = dgram_path(&u->room, &s->d, to, now);
	return err ? err : too_big(u, s, to, port);
}

static int prepare(struct udp *u, struct udp_sock *s, const struct dgram_to *to,
		   uint16_t port, size_t n, const struct bind_opts *o,
		   ostia_time now)
{
	int err = size_ok(u, s, to, port, n, now);

	if (!err)
		err = -dgram_take_error(&s->d);
	if (err)
		return err;
	if (!port)
		return -EINVAL;
	err = super_ok(s, to, n);
	if (!err)
		err = dgram_room_for(&u->room, &s->d);
	if (!err)
		err = dgram_path(&u->room, &s->d, to, now);
	return err ? err : autobind(u, s, o, now);
}

int64_t udp_send(struct udp *u, struct udp_sock *s, const struct dgram_to *to,
		 uint16_t port, const struct iovec *iov, int niov, size_t n,
		 const struct bind_opts *o, ostia_time now)
{
	struct dgram_to peer = { .ttl = -1, .tos = -1 };
	struct ostia_addr dst;
	int err;

	if (to && to->dst) {
		peer = *to;
		dst = destination(to->dst);
		peer.dst = &dst;
	} else if (!s->connected) {
		return -EDESTADDRREQ;
	} else {
		if (to)
			peer = *to;
		peer.dst = &s->bind.peer->remote;
		port = s->bind.peer->rport;
		if (!peer.src)
			peer.src = &s->bind.local;
	}
	if (!peer.src)
		peer.src = dgram_source(binding_wished(&s->bind));
	if (!peer.zone)
		peer.zone = o->zone;
	err = prepare(u, s, &peer, port, n, o, now);
	if (err)
		return err;
	err = make_and_send(u, s, &peer, port, iov, niov, (uint32_t)n);
	if (err)
		return err == -EMSGSIZE ? too_big(u, s, &peer, port) : err;
	u->room.stats->UdpOutDatagrams++;
	return (int64_t)n;
}

/* Is the way to the peer the one that was taken last, and still open? */
static bool way_is_known(const struct udp *u, const struct udp_sock *s,
			 ostia_time now)
{
	const struct path *p = s->d.path;

	return s->connected && p && p->gen == u->room.ip->gen && !p->dead &&
	       (p->kind == PATH_UNICAST || p->kind == PATH_LOCAL) &&
	       now < p->mtu_until && addr_eq(&p->dst, &s->bind.peer->remote) &&
	       addr_eq(&p->src, &s->bind.local);
}

bool udp_send_plain(struct udp *u, struct udp_sock *s, const void *data,
		    size_t n, ostia_time now)
{
	struct dgram *d = &s->d;
	struct ip_out out = {
		.path = d->path,
		.src = &s->bind.local,
		.proto = IPPROTO_UDP,
		.ttl = d->ttl,
		.tos = d->tos,
		.dontfrag = d->pmtudisc != DGRAM_PMTU_DONT &&
			    d->pmtudisc < DGRAM_PMTU_INTERFACE,
	};
	struct ostia_pkt *p;

	if (n > UDP_PLAIN || d->err || d->txcharge >= d->sndbuf ||
	    !way_is_known(u, s, now) || n + UDP_HEADERS > d->path->mtu)
		return false;
	out.dst = &s->bind.peer->remote;
	p = pkt_new(u->room.pool);
	if (!p)
		return false;
	pkt_put(p, WIRE_UDP_HLEN + (unsigned)n);
	if (n)
		memcpy(p->head + p->hoff + WIRE_UDP_HLEN, data, n);
	p->l4 = 0;
	p->data = WIRE_UDP_HLEN;
	put_header(s, p, out.src, out.dst, s->bind.peer->rport);
	if (ip_push_header(u->room.ip, p, &out)) {
		pkt_free(p);
		return false;
	}
	dgram_push(&u->room, d, p);
	u->room.stats->UdpOutDatagrams++;
	return true;
}

int64_t udp_recv(struct udp *u, struct udp_sock *s, const struct iovec *iov,
		 int niov, bool peek, struct dgram_from *from)
{
	int err = dgram_take_error(&s->d);
	struct ostia_pkt *p = pktring_first(&s->d.rx);
	const uint8_t *head;

	if (err)
		return -err;
	if (!p)
		return -EAGAIN;
	head = pkt_peek(p, p->l4, WIRE_UDP_HLEN); /* as udp_rx() did */
	from->sport = wire_be_get16(head);
	return dgram_recv(&u->room, &s->d, iov, niov, false, peek, from);
}

int64_t udp_peek(struct udp_sock *s, const struct iovec *iov, int niov,
		 uint32_t off, struct dgram_from *from)
{
	int err = dgram_take_error(&s->d);
	struct ostia_pkt *p;
	int64_t n = err ? -err : dgram_peek(&s->d, iov, niov, off, from, &p);

	if (n >= 0)
		from->sport = wire_be_get16(pkt_peek(p, p->l4, WIRE_UDP_HLEN));
	return n;
}
