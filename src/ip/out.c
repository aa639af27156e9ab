/* SPDX-License-Identifier: MIT */
/*
 * ip/out.c - headers of outgoing packets, answers, the reply queue
 *
 * Fragment identification: a datagram that may not be cut is atomic and says
 * 0 (RFC 6864 4.1); another takes the next number of its path, which nobody
 * but the two ends of the path can watch.
 */
#include "ip/out.h"

#include "base/csum.h"
#include "ip/hdropts.h"
#include "ip/link6.h"
#include "ip/neigh.h"
#include "ip/path.h"
#include "ip/state.h"
#include "wire/csum.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>

enum { IP_LEN_MAX = 65535 };

/* For each packet: what a caller knows is not to go through memory. */
#define INTO inline __attribute__((always_inline))

static int push4_opts(struct ostia_pkt *p, const struct out_head *h,
		      struct wire_ip4 f)
{
	unsigned hlen = WIRE_IP4_HLEN + (unsigned)h->opts_len;
	uint8_t *at;

	if (p->len + hlen > IP_LEN_MAX)
		return -EMSGSIZE;
	at = pkt_push(p, hlen);
	if (!at)
		return -ENOBUFS;
	f.len = (uint16_t)p->len;
	return wire_ip4_emit(at, hlen, &f, h->opts, h->opts_len) < 0 ? -EINVAL
								     : 0;
}

static INTO int push4(struct ostia_pkt *p, const struct out_head *h)
{
	const struct wire_ip4 f = {
		.src = h->src->b + 12,
		.dst = h->dst->b + 12,
		.len = (uint16_t)(p->len + WIRE_IP4_HLEN),
		.id = h->dontfrag ? 0 : h->ident,
		.tos = h->tos,
		.ttl = h->ttl,
		.proto = h->proto,
		.df = h->dontfrag,
	};
	uint8_t *at;

	if (__builtin_expect(h->opts_len, 0))
		return push4_opts(p, h, f);
	if (p->len + WIRE_IP4_HLEN > IP_LEN_MAX)
		return -EMSGSIZE;
	at = pkt_push(p, WIRE_IP4_HLEN);
	if (!at)
		return -ENOBUFS;
	wire_ip4_put(at, &f);
	return 0;
}

static INTO int push6(struct ostia_pkt *p, const struct out_head *h)
{
	const struct wire_ip6 f = {
		.src = h->src->b,
		.dst = h->dst->b,
		.flow = h->flowlabel & 0xfffff,
		.plen = (uint16_t)p->len,
		.tclass = h->tos,
		.next = h->proto,
		.hops = h->ttl,
	};
	uint8_t *at;

	if (p->len > IP_LEN_MAX)
		return -EMSGSIZE;
	at = pkt_push(p, WIRE_IP6_HLEN);
	if (!at)
		return -ENOBUFS;
	return wire_ip6_emit(at, WIRE_IP6_HLEN, &f) < 0 ? -EINVAL : 0;
}

static inline void count_request(struct ip *ip, const struct ostia_addr *dst)
{
	ip->stats->IpOutRequests++;
	if (addr_is_multicast(dst))
		ip->stats->IpOutMcastPkts++;
	else if (addr_is_broadcast(dst))
		ip->stats->IpOutBcastPkts++;
}

static INTO int push(struct ip *ip, struct ostia_pkt *p,
		     const struct out_head *h)
{
	int err = addr_is_v4(h->dst) ? push4(p, h) : push6(p, h);

	if (err)
		return err;
	p->l3 = 0;
	p->link = h->link;
	p->src = *h->src;
	p->dst = *h->dst;
	if (h->nexthop)
		p->nexthop = *h->nexthop;
	p->zone = h->zone;
	p->proto = h->proto;
	p->ttl = h->ttl;
	p->tos = h->tos;
	if (h->dontfrag)
		p->flags |= PKT_NOFRAG;
	count_request(ip, h->dst);
	return 0;
}

int out_push(struct ip *ip, struct ostia_pkt *p, const struct out_head *h)
{
	return push(ip, p, h);
}

static INTO uint8_t default_ttl(const struct ip *ip, const struct out_head *h)
{
	return addr_is_v4(h->dst) ? (uint8_t)ip->set.ttl
				  : link6_hop_limit(ip, h->link);
}

/* RFC 6437 3: the same for all packets of a flow, and nobody can foretell
 * another flow's. 0 would say "none".
 */
static INTO uint32_t flow_label(const struct ip *ip, const struct ostia_pkt *p,
				const struct out_head *h)
{
	uint64_t w[5] = { h->src->q[0], h->src->q[1], h->dst->q[0],
			  h->dst->q[1], h->proto };
	uint32_t ports = 0, label;

	if (p->hlen >= sizeof(ports) &&
	    (h->proto == WIRE_PROTO_TCP || h->proto == WIRE_PROTO_UDP))
		memcpy(&ports, p->head + p->hoff, sizeof(ports));
	w[4] |= (uint64_t)ports << 32;
	label = siphash_words_24(&ip->flow_key, w, 5) & 0xfffff;
	return label ? label : 1;
}

static bool wants_label(const struct ip *ip, const struct ip_out *out)
{
	if (out->autolabel == IP_LABEL_DEFAULT)
		return ip->set.auto_flowlabels;
	return out->autolabel == IP_LABEL_ON;
}

/* With options or extension headers, to whom they say. For the transport and
 * for who looks at the packet on its way out it is still the transport's.
 */
static int push_with(struct ip *ip, struct ostia_pkt *p, struct out_head *h,
		     const struct hdropts *o)
{
	const struct ostia_addr *final = h->dst;
	uint8_t opts[WIRE_IP4_MAX_OPTS], proto = h->proto;
	struct ostia_addr room;
	int err = 0;

	h->dst = hdropts_first(o, final, &room);
	if (addr_is_v4(final)) {
		h->opts_len = (uint8_t)hdropts_put4(ip, o, opts, h->src, final);
		h->opts = opts;
	} else {
		err = hdropts_push6(p, o, final, &h->proto);
	}
	if (!err)
		err = push(ip, p, h);
	p->proto = proto;
	h->opts = NULL; /* they were here */
	h->opts_len = 0;
	return err;
}

int ip_push_header(struct ip *ip, struct ostia_pkt *p, const struct ip_out *out)
{
	struct path *path = out->path;
	struct out_head h = {
		.link = path->link,
		.src = out->src ? out->src : &path->src,
		.dst = out->dst ? out->dst : &path->dst,
		.nexthop = &path->nexthop,
		.zone = path->zone,
		.flowlabel = out->flowlabel,
		.proto = out->proto,
		.ttl = out->ttl,
		.tos = out->tos,
		.dontfrag = out->dontfrag,
	};

	if (!path->link)
		return -(int)path->dead;
	if (!path->neigh && path->link->type == OSTIA_LINK_ETHERNET)
		neigh_of_path(ip, path);
	if (!h.ttl && !out->stay)
		h.ttl = default_ttl(ip, &h);
	if (!h.dontfrag)
		h.ident = (uint16_t)++path->ident;
	if (!h.flowlabel && !addr_is_v4(h.dst) && wants_label(ip, out))
		h.flowlabel = flow_label(ip, p, &h);
	if (__builtin_expect(out->opts != NULL, 0))
		return push_with(ip, p, &h, out->opts);
	return push(ip, p, &h);
}

/* --- the reply queue ---------------------------------------------------- */

static int enqueue(struct ip *ip, struct ostia_pkt *p)
{
	if (pktq_push(&p->link->replies, p))
		return 0;
	ip->stats->IpOutDiscards++;
	p->link->drops++;
	ip_dropped(ip, p, "IpOutDiscards");
	return -ENOBUFS;
}

static int enqueue_cut(struct ip *ip, struct ostia_pkt *p, uint32_t mtu)
{
	struct ostia_pkt *next;
	int err;

	if (p->gso_size || p->len - p->l3 <= mtu || p->flags & PKT_NEIGH_OK)
		return enqueue(ip, p);
	err = ip_fragment(ip, p, mtu, &p);
	if (err < 0)
		return err;
	for (err = 0; p; p = next) {
		int e;

		next = p->next;
		e = enqueue(ip, p);
		err = err ? err : e;
	}
	return err;
}

int ip_queue(struct ip *ip, struct ostia_pkt *p)
{
	return enqueue_cut(ip, p, p->link->mtu);
}

void ip_loop_back(struct ip *ip, struct ostia_pkt *p)
{
	struct ostia_pkt *q;

	if (!ip->loopback)
		return;
	q = ostia_pkt_clone(p);
	if (!q) {
		ip->stats->IpOutDiscards++;
		return;
	}
	q->link = ip->loopback;
	q->l3 = p->l3;
	q->l4 = p->l4;
	q->call = p->call;
	q->zone = p->link->index; /* whence it will seem to come */
	q->src = p->src;
	q->dst = p->dst;
	q->flags |= PKT_LOOPED;
	(void)enqueue(ip, q);
}

/* Record Route and Timestamp come back (RFC 1122 3.2.2.6). */
static int push_answer(struct ip *ip, struct path *path, struct ostia_pkt *p,
		       const struct ostia_pkt *to, const struct out_answer *how)
{
	struct hdropts opts;
	bool ours = !(to->flags & PKT_FORWARD);
	const struct ip_out out = {
		.path = path,
		.proto = how->proto,
		.ttl = how->ttl,
		.tos = how->tos,
		.dontfrag = how->dontfrag,
		.opts = ours && hdropts_echo(to, &path->src, &opts) ? &opts
								    : NULL
	};

	return ip_push_header(ip, p, &out);
}

int out_answer(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *p,
	       const struct out_answer *how, ostia_time now)
{
	/* to many, or passing by: then the answer has an address of its own */
	bool group = to->flags & (PKT_BROADCAST | PKT_FORWARD) ||
		     addr_is_multicast(&to->dst);
	struct path *path;
	uint32_t mtu;
	int err;

	err = path_get(ip, &to->src, group ? NULL : &to->dst, to->zone, now,
		       &path);
	if (err) {
		ip->stats->IpOutNoRoutes++;
		ip_dropped(ip, p, "IpOutNoRoutes");
		return err;
	}
	p->call = to->call;
	err = push_answer(ip, path, p, to, how);
	mtu = path->mtu;
	path_put(ip, path);
	if (err) {
		ip->stats->IpOutDiscards++;
		ip_dropped(ip, p, "IpOutDiscards");
		return err;
	}
	return enqueue_cut(ip, p, mtu);
}

int ip_reply(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *p,
	     uint8_t proto, ostia_time now)
{
	/* Segments of TCP are cut by TCP (RFC 1191 3). */
	const struct out_answer how = { .proto = proto,
					.dontfrag = proto == WIRE_PROTO_TCP };

	return out_answer(ip, to, p, &how, now);
}

/* --- checksums ---------------------------------------------------------- */

int ip_complete_csum(struct ostia_pkt *p)
{
	uint32_t at = (uint32_t)p->l4 + p->csum_off;
	uint32_t sum;
	uint8_t *h;

	if (p->csum != OSTIA_CSUM_PARTIAL)
		return 0;
	h = pkt_edit(p, at + 2);
	if (!h)
		return -ENOMEM;
	sum = pkt_csum(p, p->l4, p->len - p->l4, 0);
	if (p->csum_off == WIRE_CSUM_AT_UDP)
		wire_csum_fill_udp(h + at, sum);
	else
		wire_csum_fill(h + at, sum);
	p->csum = OSTIA_CSUM_NONE;
	return 0;
}

void out_icmp6_csum(struct ostia_pkt *p, const struct ostia_addr *src,
		    const struct ostia_addr *dst)
{
	uint8_t *h = p->head + p->hoff;

	wire_csum_seed(h + WIRE_CSUM_AT_ICMP,
		       csum_pseudo6(src->b, dst->b, WIRE_PROTO_ICMP6, p->len));
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = WIRE_CSUM_AT_ICMP;
	p->l4 = 0;
}
