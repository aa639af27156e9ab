/* SPDX-License-Identifier: MIT */
#include "raw/packet.h"

#include "base/bpf.h"
#include "base/slab.h"
#include "base/stats.h"
#include "ip/frag.h"
#include "ip/groups.h"
#include "ip/state.h"
#include "link/eth.h"
#include "raw/vnet.h"
#include "wire/be.h"
#include "wire/eth.h"
#include "wire/ip4.h"

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
	struct fanouts fanouts;
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

/* The place of its struct virtio_net_hdr. */
static_assert(sizeof(struct virtio_net_hdr) <= sizeof(struct ostia_addr),
	      "too");

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
	fanout_init(&k->fanouts, lent->env);
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

static struct bpf_facts facts_of(const struct packet *k, const struct frame *f,
				 uint32_t from, uint32_t net)
{
	return (struct bpf_facts) { .from = from,
				    .net = net,
				    .no_link = net == 0,
				    .protocol = f->note.proto,
				    .pkttype = f->note.pkttype,
				    .ifindex = f->note.index,
				    .hatype = f->note.hatype,
				    .rng = &k->room.ip->rng };
}

/* How many bytes of @p the socket wants, from @from on; 0: not the frame. */
static uint32_t wanted(const struct packet *k, const struct packet_sock *s,
		       const struct frame *f, const struct ostia_pkt *p,
		       uint32_t from, uint32_t net)
{
	const struct bpf_facts facts = facts_of(k, f, from, net);
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

static void note_vnet(struct ostia_pkt *q, const struct frame *f)
{
	const struct virtio_net_hdr h =
		vnet_of(q, q->l3, f->note.status & TP_STATUS_CSUMNOTREADY,
			f->note.status & TP_STATUS_CSUM_VALID);

	memcpy(&q->dst, &h, sizeof(h));
}

/* @q is the socket's own; its bytes begin at @from. */
static void queue(struct packet *k, struct packet_sock *s, struct ostia_pkt *q,
		  const struct frame *f, uint32_t from, uint32_t snap)
{
	struct note note = f->note;

	note.len = q->len - from;
	if (s->raw)
		note_vnet(q, f);
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

/*
 * --- groups --------------------------------------------------------------
 */

/* The sender may be gone by now: nothing but its address is looked at. */
static bool sent_by_member(const struct fanout *g, const void *owner)
{
	for (uint32_t i = 0; owner && i < g->count; i++)
		if (g->member[i] == owner)
			return true;
	return false;
}

static bool suits_group(const struct fanout *g, const struct frame *f, bool out)
{
	if (!g->count || (g->index && g->index != f->note.index))
		return false;
	if (g->proto != ETH_P_ALL)
		return !out && g->proto == f->note.proto;
	return !out ||
	       (!fanout_ignores_outgoing(g) && !sent_by_member(g, f->p->owner));
}

/* PACKET_FANOUT_FLAG_DEFRAG: is it a fragment of IPv4? */
static bool is_fragment(struct frame *f, struct wire_ip4 *h)
{
	uint32_t have = f->p->len - f->header;
	const uint8_t *at;

	if (f->note.proto != ETH_P_IP)
		return false;
	at = pkt_peek(f->p, f->header,
		      have < WIRE_IP4_MAX_HLEN ? have
					       : (uint32_t)WIRE_IP4_MAX_HLEN);
	return at &&
	       wire_ip4_parse(h, at,
			      have < WIRE_IP4_MAX_HLEN ? have
						       : WIRE_IP4_MAX_HLEN,
			      have) >= 0 &&
	       (h->mf || h->frag_off);
}

/* The datagram whole, under this frame's header. NULL: not yet, or never. */
static struct ostia_pkt *reassemble(struct packet *k, const struct fanout *g,
				    const struct frame *f,
				    const struct wire_ip4 *h, ostia_time now)
{
	struct ostia_pkt *q = ostia_pkt_clone(f->p);
	const struct frag_in in = { .id = h->id,
				    .off = h->frag_off,
				    .tap = g->id + 1u,
				    .data = (uint16_t)(f->header + h->hlen),
				    .unfrag = h->hlen,
				    .proto = h->proto,
				    .more = h->mf,
				    .v4 = true };
	enum verdict v = VERDICT_DROP;
	uint8_t *header;

	if (!q)
		return NULL;
	q->link = f->p->link;
	q->l3 = f->header;
	q->src = addr_v4(h->src);
	q->dst = addr_v4(h->dst);
	q->tos = h->tos;
	pkt_trim(q, (uint32_t)f->header + h->len);
	v = frag_rx(k->room.ip, &q, &in, now);
	if (v == VERDICT_HELD)
		return NULL;
	header = v == VERDICT_DELIVER ? pkt_push(q, f->header) : NULL;
	if (!header) {
		pkt_free(q);
		return NULL;
	}
	pkt_copy_out(f->p, 0, header, f->header);
	return q;
}

static void show_one_of(struct packet *k, struct fanout *g, struct frame *f,
			bool out)
{
	const struct fanout_frame of = {
		.p = f->p,
		.l3 = f->header,
		.proto = f->note.proto,
		/* Linux's byte 0: of what comes in, IP's header */
		.facts = facts_of(k, f, out ? 0 : f->header, f->header),
	};

	show(k, fanout_pick(g, k->room.ip, &of), f);
}

static void show_group(struct packet *k, struct fanout *g, struct frame *f,
		       bool out)
{
	struct wire_ip4 h;
	struct frame whole = *f;

	if (!fanout_defrags(g) || !is_fragment(f, &h)) {
		show_one_of(k, g, f, out);
		return;
	}
	whole.p = reassemble(k, g, f, &h, k->room.tracer->now);
	if (!whole.p)
		return;
	show_one_of(k, g, &whole, out);
	pkt_free(whole.p);
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
	list_each (n, &k->fanouts.all) {
		struct fanout *g = list_entry(n, struct fanout, node);

		if (suits_group(g, f, out))
			show_group(k, g, f, out);
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
	if (!s->shown)
		return;
	s->shown = false;
	k->room.ip->taps--;
	if (s->fanout)
		fanout_hide(s);
	else
		list_remove(&s->hook);
}

static void hook(struct packet *k, struct packet_sock *s)
{
	if (s->shown || !s->proto || s->gone)
		return;
	s->shown = true;
	k->room.ip->taps++;
	if (s->fanout)
		fanout_show(s);
	else
		list_push(&k->hooks, &s->hook);
}

void packet_open(struct packet *k, struct packet_sock *s, bool raw,
		 uint16_t proto)
{
	*s = (struct packet_sock) { .raw = raw, .proto = proto };
	dgram_init(&s->d, TX_PACKET);
	list_init(&s->members);
	list_push(&k->all, &s->all);
	k->count++;
	hook(k, s);
}

void packet_close(struct packet *k, struct packet_sock *s)
{
	unhook(k, s);
	fanout_leave(&k->fanouts, s);
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
	if (s->fanout)
		return -EINVAL;
	unhook(k, s);
	s->index = index;
	s->gone = false;
	if (proto)
		s->proto = proto;
	hook(k, s);
	return 0;
}

int packet_fanout(struct packet *k, struct packet_sock *s,
		  const struct fanout_wish *w)
{
	int err;

	if (!s->fanout)
		unhook(k, s);
	err = fanout_join(&k->fanouts, s, w);
	hook(k, s);
	return err;
}

int packet_fanout_program(struct packet *k, struct packet_sock *s,
			  struct bpf *prog)
{
	return s->fanout ? fanout_program(&k->fanouts, s->fanout, prog)
			 : -EINVAL;
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

/* PACKET_VNET_HDR: the program's words about the frame, off its front. */
static int take_vnet(const struct packet_sock *s, struct ostia_pkt *p,
		     struct virtio_net_hdr *h)
{
	if (p->len <= s->vnet)
		return -EINVAL;
	pkt_copy_out(p, 0, h, sizeof(*h));
	pkt_trim_front(p, s->vnet);
	return 0;
}

static int frame(const struct packet_sock *s, struct ostia_link *l,
		 struct ostia_pkt *p, const struct packet_to *to)
{
	struct virtio_net_hdr h = { 0 };
	int err = s->vnet ? take_vnet(s, p, &h) : 0;

	if (!err && h.gso_type == VIRTIO_NET_HDR_GSO_NONE &&
	    p->len > l->mtu + (s->raw ? header_of(l) : 0))
		err = -EMSGSIZE;
	if (!err && s->raw && (p->len < header_of(l) || p->len == 0))
		err = -EINVAL;
	if (!err && !s->raw)
		err = frame_it(l, p, to);
	p->l3 = p->l4 = p->data = (uint16_t)header_of(l);
	return err ? err : s->vnet ? vnet_apply(p, &h) : 0;
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
	p->gso_segs = 1;
	if (n)
		err = dgram_gather(p, iov, niov, n);
	if (!err)
		err = frame(s, l, p, to);
	if (err) {
		pkt_free(p);
		return err;
	}
	p->flags = PKT_NEIGH_OK | PKT_NOFRAG;
	p->link = l;
	*out = p;
	return 0;
}

/* Before any memory is taken: no frame is longer. */
static uint32_t most(const struct packet_sock *s, const struct ostia_link *l)
{
	uint32_t header = s->raw ? header_of(l) : 0;

	return s->vnet ? s->vnet + header + UINT16_MAX : header + l->mtu;
}

int64_t packet_send(struct packet *k, struct packet_sock *s,
		    const struct packet_to *to, const struct iovec *iov,
		    int niov, size_t n)
{
	struct packet_to way = *to;
	struct ostia_link *l;
	struct ostia_pkt *p;
	int err;

	if (to->bound) {
		way.index = s->index;
		way.proto = s->proto;
	}
	l = ip_link_at(k->room.ip, way.index);
	if (!l)
		return -ENXIO;
	if (n > most(s, l))
		return -EMSGSIZE;
	err = -dgram_take_error(&s->d);
	if (!err)
		err = dgram_room_for(&k->room, &s->d);
	if (!err)
		err = make(k, s, l, &way, iov, niov, (uint32_t)n, &p);
	if (err)
		return err;
	p->owner = s;
	dgram_stamp(&k->room, &s->d, p, &way.stamp);
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

/* @n bytes at @h, then the frame. */
static int64_t scatter(const struct ostia_pkt *p, const uint8_t *h, uint32_t n,
		       const struct iovec *iov, int niov)
{
	uint32_t done = 0;

	for (int i = 0; i < niov; i++) {
		uint8_t *to = iov[i].iov_base;
		size_t room = iov[i].iov_len;
		size_t part = done >= n ? 0 : room < n - done ? room : n - done;

		if (part)
			memcpy(to, h + done, part);
		done += (uint32_t)part;
		room = room - part < UINT32_MAX ? room - part : UINT32_MAX;
		if (room)
			done += pkt_copy_out(p, p->data + done - n, to + part,
					     (uint32_t)room);
	}
	return done;
}

static uint64_t room_of(const struct iovec *iov, int niov)
{
	uint64_t room = 0;

	for (int i = 0; i < niov; i++)
		room += iov[i].iov_len;
	return room;
}

/* PACKET_VNET_HDR; num_buffers, if it has one, is 0. */
static int64_t recv_vnet(struct packet_sock *s, const struct iovec *iov,
			 int niov)
{
	const struct ostia_pkt *p = pktring_first(&s->d.rx);
	uint8_t h[VNET_LEN_MRG] = { 0 };

	if (room_of(iov, niov) < s->vnet)
		return -EINVAL;
	memcpy(h, &p->dst, sizeof(struct virtio_net_hdr));
	return scatter(p, h, s->vnet, iov, niov);
}

int64_t packet_recv(struct packet *k, struct packet_sock *s,
		    const struct iovec *iov, int niov, bool peek,
		    struct packet_from *from)
{
	struct dgram_from unused = { .keep = false };
	int64_t n = 0;
	int err;

	if (s->gone)
		return -ENODEV;
	err = dgram_take_error(&s->d);
	if (err)
		return -err;
	if (!s->d.rx.last)
		return -EAGAIN;
	describe(from, pktring_first(&s->d.rx));
	from->vnet = s->vnet;
	if (!s->vnet)
		return dgram_recv(&k->room, &s->d, iov, niov, false, peek,
				  &unused);
	n = recv_vnet(s, iov, niov);
	dgram_recv(&k->room, &s->d, NULL, 0, false, peek, &unused);
	return n;
}

uint32_t packet_readable(const struct packet_sock *s)
{
	return dgram_readable(&s->d, false);
}
