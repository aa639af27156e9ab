/* SPDX-License-Identifier: MIT */
#include "raw/packet.h"

#include "base/bpf.h"
#include "base/slab.h"
#include "base/stats.h"
#include "ip/groups.h"
#include "ip/state.h"
#include "link/eth.h"
#include "wire/be.h"
#include "wire/eth.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#ifndef TP_STATUS_GSO_TCP /* headers before Linux 6.1 */
#define TP_STATUS_GSO_TCP (1 << 8)
#endif

enum { MEMBERS_CAP = 1 << 16 };

/** struct packet_member - One wish of a socket at a link, counted */
struct packet_member {
	struct list node;
	struct packet_group g;
	uint32_t count;
	uint32_t self;
};

/**
 * struct packet - All packet sockets of a stack
 * @hooks: those that frames are shown to; ip->taps counts them
 */
struct packet {
	struct dgram_room room;
	struct list all, hooks;
	struct slab members;
	uint32_t count;
};

/**
 * struct note - What a queued frame must remember; kept in its nexthop, which
 * only packets on their way out have
 */
struct note {
	uint32_t index;
	uint32_t len;
	uint16_t proto, hatype;
	uint16_t status;
	uint8_t pkttype, halen;
};

static_assert(sizeof(struct note) == sizeof(struct ostia_addr), "its place");

int packet_new(const struct raw_lent_by_stack *lent, struct packet **out)
{
	struct packet *k = env_zalloc(lent->env, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->room = (struct dgram_room) { .env = lent->env,
					.pool = lent->pool,
					.tracer = lent->tracer,
					.stats = lent->stats,
					.ip = lent->ip };
	list_init(&k->all);
	list_init(&k->hooks);
	slab_init(&k->members, lent->env, sizeof(struct packet_member),
		  MEMBERS_CAP);
	*out = k;
	return 0;
}

void packet_free(struct packet *k)
{
	slab_fini(&k->members);
	env_free(k->room.env, k, sizeof(*k));
}

void packet_usage(const struct packet *k, struct ostia_usage *usage)
{
	usage->raw_socks += k->count;
	usage->bytes += sizeof(*k) + slab_bytes(&k->members);
	list_each (n, &k->all) {
		const struct packet_sock *s =
			list_entry(n, struct packet_sock, all);

		usage->queued_pkts +=
			pktring_count(&s->d.rx) + pktring_count(&s->d.txq);
	}
}

/*
 * --- what a frame is -----------------------------------------------------
 */

/**
 * struct frame - A frame that passes a tap
 * @header: bytes of the link's header
 * @bare:   it has none here, and is shown with one of zeros (loopback)
 */
struct frame {
	struct ostia_pkt *p;
	struct note note;
	uint16_t header;
	bool bare;
	const uint8_t *src, *dst; /* link addresses, or NULL */
};

/* 802.3 says a length where Ethernet says a type. */
static uint16_t ether_type(struct ostia_pkt *p, const uint8_t *h)
{
	uint16_t type = wire_be_get16(h + 12);
	const uint8_t *llc;

	if (type >= WIRE_ETH_MIN_TYPE)
		return type;
	llc = pkt_peek(p, WIRE_ETH_HLEN, 2);
	return llc && llc[0] == 0xff && llc[1] == 0xff ? ETH_P_802_3
						       : ETH_P_802_2;
}

static uint16_t ip_type(struct ostia_pkt *p)
{
	const uint8_t *h = pkt_peek(p, 0, 1);

	if (h && *h >> 4 == 4)
		return ETH_P_IP;
	return h && *h >> 4 == 6 ? ETH_P_IPV6 : 0;
}

static uint8_t addressed_to(const struct ostia_link *l, const uint8_t *dst)
{
	static const uint8_t all[ETH_ALEN] = { 0xff, 0xff, 0xff,
					       0xff, 0xff, 0xff };

	if (memcmp(dst, l->mac, ETH_ALEN) == 0)
		return PACKET_HOST;
	if (!wire_eth_is_group(dst))
		return PACKET_OTHERHOST;
	return memcmp(dst, all, ETH_ALEN) == 0 ? PACKET_BROADCAST
					       : PACKET_MULTICAST;
}

/* Return: false: too short to be one. */
static bool look(struct frame *f, struct ostia_pkt *p)
{
	const struct ostia_link *l = p->link;
	bool loop = l->type == OSTIA_LINK_LOOPBACK;
	const uint8_t *h;

	*f = (struct frame) { .p = p,
			      .bare = loop && !(p->flags & PKT_NEIGH_OK) };
	f->note.index = l->index;
	f->note.hatype = filter_hatype(l);
	f->note.pkttype = PACKET_HOST;
	if (l->type != OSTIA_LINK_ETHERNET && (f->bare || !loop)) {
		f->note.halen = f->bare ? ETH_ALEN : 0;
		f->note.proto = ip_type(p);
		return p->len > 0;
	}
	h = pkt_peek(p, 0, WIRE_ETH_HLEN);
	if (!h)
		return false;
	f->dst = h;
	f->src = h + ETH_ALEN;
	f->header = WIRE_ETH_HLEN;
	f->note.halen = ETH_ALEN;
	f->note.proto = ether_type(p, h);
	f->note.pkttype = addressed_to(l, h);
	return true;
}

/*
 * --- whose frames a link takes -------------------------------------------
 */

static bool ip_hears(const struct ostia_link *l, const uint8_t *dst)
{
	list_each (n, &l->groups) {
		const struct group *g = list_entry(n, struct group, node);
		uint8_t mac[ETH_ALEN];

		link_eth_group(mac, &g->addr);
		if (memcmp(mac, dst, ETH_ALEN) == 0)
			return true;
	}
	return false;
}

static bool member_hears(const struct packet_member *m, uint32_t index,
			 const uint8_t *dst)
{
	if (m->g.index != index)
		return false;
	switch (m->g.type) {
	case PACKET_MR_PROMISC:
		return true;
	case PACKET_MR_ALLMULTI:
		return wire_eth_is_group(dst);
	case PACKET_MR_MULTICAST:
	case PACKET_MR_UNICAST:
		return memcmp(m->g.addr, dst, ETH_ALEN) == 0;
	default:
		return false;
	}
}

static bool somebody_hears(const struct packet *k, uint32_t index,
			   const uint8_t *dst)
{
	list_each (n, &k->all) {
		const struct packet_sock *s =
			list_entry(n, struct packet_sock, all);

		list_each (mn, &s->members)
			if (member_hears(list_entry(mn, struct packet_member,
						    node),
					 index, dst))
				return true;
	}
	return false;
}

/* A network card's own filter. */
static bool card_takes(const struct packet *k, const struct frame *f)
{
	if (f->note.pkttype == PACKET_HOST ||
	    f->note.pkttype == PACKET_BROADCAST ||
	    f->p->link->type == OSTIA_LINK_LOOPBACK)
		return true;
	return (f->note.pkttype == PACKET_MULTICAST &&
		ip_hears(f->p->link, f->dst)) ||
	       somebody_hears(k, f->note.index, f->dst);
}

/*
 * --- the taps ------------------------------------------------------------
 */

/* The loopback's frame as Linux has it. NULL: no memory. */
static struct ostia_pkt *with_header(const struct frame *f)
{
	struct ostia_pkt *q = ostia_pkt_clone(f->p);
	uint8_t *h = q ? pkt_push(q, WIRE_ETH_HLEN) : NULL;

	if (h) {
		memset(h, 0, WIRE_ETH_HLEN);
		wire_be_put16(h + 12, f->note.proto);
		return q;
	}
	if (q)
		pkt_free(q);
	return NULL;
}

/* How many bytes of @p the socket wants, from @from on; 0: not the frame. */
static uint32_t wanted(const struct packet *k, const struct packet_sock *s,
		       const struct frame *f, const struct ostia_pkt *p,
		       uint32_t from, uint32_t net)
{
	const struct bpf_facts facts = {
		.from = from,
		.net = net,
		.no_link = net == 0,
		.protocol = f->note.proto,
		.pkttype = f->note.pkttype,
		.ifindex = f->note.index,
		.hatype = f->note.hatype,
		.rng = &k->room.ip->rng,
	};
	const struct bpf *filter = dgram_filter(&s->d);

	return filter ? bpf_run(filter, p, &facts) : p->len - from;
}

static void lost(struct packet *k, struct packet_sock *s, struct ostia_pkt *q)
{
	s->ndrops++;
	k->room.stats->RawRcvbufErrors++;
	if (q)
		pkt_free(q);
}

/* @q is the socket's own; its bytes begin at @from. */
static void queue(struct packet *k, struct packet_sock *s, struct ostia_pkt *q,
		  const struct frame *f, uint32_t from, uint32_t snap)
{
	struct note note = f->note;

	note.len = q->len - from;
	if (snap < note.len)
		pkt_trim(q, from + snap);
	q->link = NULL; /* it may go before the frame is read */
	q->data = (uint16_t)from;
	memcpy(&q->nexthop, &note, sizeof(note));
	if (!dgram_rx(&k->room, &s->d, q)) {
		lost(k, s, q);
		return;
	}
	s->npackets++;
	k->room.stats->RawInDatagrams++;
}

static void show(struct packet *k, struct packet_sock *s, struct frame *f)
{
	bool make = f->bare && s->raw;
	uint32_t net = make ? (uint32_t)WIRE_ETH_HLEN : f->header;
	uint32_t from = s->raw ? 0 : f->header, snap;
	struct ostia_pkt *q = make ? with_header(f) : NULL;

	if (make && !q) {
		lost(k, s, NULL);
		return;
	}
	snap = wanted(k, s, f, q ? q : f->p, from, net);
	if (!snap) {
		if (q)
			pkt_free(q);
		return;
	}
	if (!q)
		q = ostia_pkt_clone(f->p);
	if (!q) {
		lost(k, s, NULL);
		return;
	}
	q->l3 = (uint16_t)net;
	queue(k, s, q, f, from, snap);
}

static bool suits(const struct packet_sock *s, const struct frame *f, bool out)
{
	if (s->index && s->index != f->note.index)
		return false;
	if (s->proto == ETH_P_ALL)
		return !out || (f->p->owner != s && !s->ignore_outgoing);
	return !out && s->proto == f->note.proto;
}

static void show_all(struct packet *k, struct frame *f, bool out)
{
	if (f->p->gso_size && f->p->gso_type == OSTIA_GSO_TCP)
		f->note.status |= TP_STATUS_GSO_TCP;
	list_each (n, &k->hooks) {
		struct packet_sock *s = list_entry(n, struct packet_sock, hook);

		if (suits(s, f, out))
			show(k, s, f);
	}
}

void packet_rx(struct packet *k, struct ostia_pkt *p, bool open)
{
	struct frame f;

	if (!look(&f, p) || !card_takes(k, &f))
		return;
	if (open)
		f.note.status = TP_STATUS_CSUMNOTREADY;
	else if (p->csum == OSTIA_CSUM_VALID)
		f.note.status = TP_STATUS_CSUM_VALID;
	show_all(k, &f, false);
}

void packet_sent(struct packet *k, struct ostia_pkt *p)
{
	struct frame f;

	if (!look(&f, p))
		return;
	f.note.pkttype = PACKET_OUTGOING;
	if (p->csum == OSTIA_CSUM_PARTIAL)
		f.note.status = TP_STATUS_CSUMNOTREADY;
	show_all(k, &f, true);
}

struct ostia_pkt *packet_tx(struct packet *k, struct txnode *n, bool *more)
{
	return dgram_tx(&k->room, list_entry(n, struct dgram, tx), more);
}

struct packet_sock *packet_news(struct packet *k, uint32_t *news)
{
	struct dgram *d = dgram_news(&k->room, news);

	return d ? list_entry(d, struct packet_sock, d) : NULL;
}

/*
 * --- memberships ---------------------------------------------------------
 */

static bool same_group(const struct packet_group *a,
		       const struct packet_group *b)
{
	return a->index == b->index && a->type == b->type &&
	       a->alen == b->alen && memcmp(a->addr, b->addr, a->alen) == 0;
}

static struct packet_member *find_member(struct packet_sock *s,
					 const struct packet_group *g)
{
	list_each (n, &s->members) {
		struct packet_member *m =
			list_entry(n, struct packet_member, node);

		if (same_group(&m->g, g))
			return m;
	}
	return NULL;
}

static void drop_member(struct packet *k, struct packet_sock *s,
			struct packet_member *m)
{
	list_remove(&m->node);
	slab_free(&k->members, m->self);
	s->nmembers--;
}

static bool takes_address(const struct packet_group *g)
{
	return g->type == PACKET_MR_MULTICAST || g->type == PACKET_MR_UNICAST;
}

int packet_join(struct packet *k, struct packet_sock *s,
		const struct packet_group *g)
{
	const struct ostia_link *l = ip_link_at(k->room.ip, g->index);
	struct packet_member *m;
	uint32_t self, alen;

	if (!l)
		return -ENODEV;
	alen = l->type == OSTIA_LINK_IP ? 0 : ETH_ALEN;
	if (g->alen > alen || (takes_address(g) && g->alen != alen))
		return -EINVAL;
	m = find_member(s, g);
	if (m) {
		m->count++;
		return 0;
	}
	if (s->nmembers >= PACKET_MEMBERS_CAP)
		return -ENOBUFS;
	m = slab_alloc(&k->members, &self);
	if (!m)
		return -ENOMEM;
	*m = (struct packet_member) { .g = *g, .count = 1, .self = self };
	list_push(&s->members, &m->node);
	s->nmembers++;
	return 0;
}

int packet_leave(struct packet *k, struct packet_sock *s,
		 const struct packet_group *g)
{
	struct packet_member *m = find_member(s, g);

	if (m && --m->count == 0)
		drop_member(k, s, m);
	return 0;
}

/*
 * --- opening, binding, closing -------------------------------------------
 */

static void unhook(struct packet *k, struct packet_sock *s)
{
	if (list_empty(&s->hook))
		return;
	list_remove(&s->hook);
	k->room.ip->taps--;
}

static void hook(struct packet *k, struct packet_sock *s)
{
	if (!list_empty(&s->hook) || !s->proto || s->gone)
		return;
	list_push(&k->hooks, &s->hook);
	k->room.ip->taps++;
}

void packet_open(struct packet *k, struct packet_sock *s, bool raw,
		 uint16_t proto)
{
	*s = (struct packet_sock) { .raw = raw, .proto = proto };
	dgram_init(&s->d, TX_PACKET);
	list_init(&s->hook);
	list_init(&s->members);
	list_push(&k->all, &s->all);
	k->count++;
	hook(k, s);
}

void packet_close(struct packet *k, struct packet_sock *s)
{
	unhook(k, s);
	list_each_safe (n, &s->members)
		drop_member(k, s, list_entry(n, struct packet_member, node));
	list_remove(&s->all);
	k->count--;
	dgram_fini(&k->room, &s->d);
}

int packet_bind(struct packet *k, struct packet_sock *s, uint32_t index,
		uint16_t proto)
{
	if (index && !ip_link_at(k->room.ip, index))
		return -ENODEV;
	unhook(k, s);
	s->index = index;
	s->gone = false;
	if (proto)
		s->proto = proto;
	hook(k, s);
	return 0;
}

static void forget_members(struct packet *k, struct packet_sock *s,
			   uint32_t index)
{
	list_each_safe (n, &s->members) {
		struct packet_member *m =
			list_entry(n, struct packet_member, node);

		if (m->g.index == index)
			drop_member(k, s, m);
	}
}

void packet_link_gone(struct packet *k, const struct ostia_link *l)
{
	list_each (n, &k->all) {
		struct packet_sock *s = list_entry(n, struct packet_sock, all);

		forget_members(k, s, l->index);
		dgram_link_gone(&s->d, l);
		if (s->index != l->index)
			continue;
		unhook(k, s);
		s->gone = true;
		dgram_error(&k->room, &s->d, ENETDOWN);
	}
}

/*
 * --- sending -------------------------------------------------------------
 */

static uint32_t header_of(const struct ostia_link *l)
{
	return l->type == OSTIA_LINK_IP ? 0 : WIRE_ETH_HLEN;
}

/* SOCK_DGRAM: the header is ours to write. */
static int frame_it(const struct ostia_link *l, struct ostia_pkt *p,
		    const struct packet_to *to)
{
	if (l->type == OSTIA_LINK_IP)
		return 0;
	if (l->type == OSTIA_LINK_LOOPBACK && !to->addr)
		return link_eth_push(l, p, l->mac, to->proto);
	return to->addr ? link_eth_push(l, p, to->addr, to->proto) : -EINVAL;
}

static int make(struct packet *k, const struct packet_sock *s,
		struct ostia_link *l, const struct packet_to *to,
		const struct iovec *iov, int niov, uint32_t n,
		struct ostia_pkt **out)
{
	struct ostia_pkt *p = pkt_new(k->room.pool);
	int err = 0;

	if (!p)
		return -ENOMEM;
	if (n)
		err = dgram_gather(p, iov, niov, n);
	if (!err && !s->raw)
		err = frame_it(l, p, to);
	if (err) {
		pkt_free(p);
		return err;
	}
	p->l3 = p->l4 = p->data = (uint16_t)header_of(l);
	p->flags = PKT_NEIGH_OK | PKT_NOFRAG;
	p->link = l;
	p->gso_segs = 1;
	*out = p;
	return 0;
}

int64_t packet_send(struct packet *k, struct packet_sock *s,
		    const struct packet_to *to, const struct iovec *iov,
		    int niov, size_t n)
{
	const struct packet_to bound = { .index = s->index, .proto = s->proto };
	struct ostia_link *l;
	struct ostia_pkt *p;
	int err;

	if (!to)
		to = &bound;
	l = ip_link_at(k->room.ip, to->index);
	if (!l)
		return -ENXIO;
	if (n > l->mtu + (s->raw ? header_of(l) : 0))
		return -EMSGSIZE;
	if (s->raw && (n < header_of(l) || n == 0))
		return -EINVAL;
	err = -dgram_take_error(&s->d);
	if (!err)
		err = dgram_room_for(&k->room, &s->d);
	if (!err)
		err = make(k, s, l, to, iov, niov, (uint32_t)n, &p);
	if (err)
		return err;
	p->owner = s;
	k->room.stats->RawOutDatagrams++;
	dgram_enqueue(&k->room, &s->d, p);
	return (int64_t)n;
}

/*
 * --- receiving -----------------------------------------------------------
 */

static void describe(struct packet_from *from, const struct ostia_pkt *p)
{
	struct note note;

	memcpy(&note, &p->nexthop, sizeof(note));
	*from = (struct packet_from) { .when = p->when,
				       .index = note.index,
				       .len = note.len,
				       .snaplen = p->len - p->data,
				       .proto = note.proto,
				       .hatype = note.hatype,
				       .net = (uint16_t)(p->l3 - p->data),
				       .status = note.status,
				       .pkttype = note.pkttype,
				       .halen = note.halen };
	if (note.halen && p->l3)
		pkt_copy_out(p, ETH_ALEN, from->addr, ETH_ALEN);
}

int64_t packet_recv(struct packet *k, struct packet_sock *s,
		    const struct iovec *iov, int niov, bool peek,
		    struct packet_from *from)
{
	struct dgram_from unused;
	int err;

	if (s->gone)
		return -ENODEV;
	err = dgram_take_error(&s->d);
	if (err)
		return -err;
	if (!s->d.rx.last)
		return -EAGAIN;
	describe(from, pktring_first(&s->d.rx));
	return dgram_recv(&k->room, &s->d, iov, niov, false, peek, &unused);
}

uint32_t packet_readable(const struct packet_sock *s)
{
	return dgram_readable(&s->d, false);
}
