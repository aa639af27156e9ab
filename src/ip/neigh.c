/* SPDX-License-Identifier: MIT */
/*
 * ip/neigh.c - the neighbour cache (RFC 4861 7.2, 7.3; RFC 6583)
 *
 * An entry stands on probation until its neighbour has answered a question
 * of ours or an upper layer confirmed it; then it is kept. When room is
 * needed, probation pays first: addresses that never answered and strangers
 * who only spoke to us. A kept entry goes only when nobody uses it and it is
 * not REACHABLE.
 */
#include "ip/neigh.h"

#include "ip/addrs.h"
#include "ip/arp.h"
#include "ip/icmp.h"
#include "ip/link6.h"
#include "ip/nd.h"
#include "ip/path.h"
#include "ip/rtr.h"
#include "ip/state.h"
#include "link/eth.h"
#include "wire/be.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"

#include <errno.h>

enum {
	QUEUED_CAP = 4096, /* packets that wait, all neighbours together */
	LOOK = 8, /* entries looked at for room, at most */
};

#define USED_GRAIN NS_PER_S /* age is kept no finer */
#define LOCK_NS NS_PER_S /* Linux's locktime: no change sooner, unasked */

static uint32_t tag_of(const struct ip *ip, const struct ostia_link *l,
		       const struct ostia_addr *addr)
{
	return ip_tag(ip, addr, l->index);
}

uint32_t neigh_count(const struct ip *ip)
{
	return table_count(&ip->neigh_table);
}

struct neigh *neigh_find(struct ip *ip, const struct ostia_link *l,
			 const struct ostia_addr *addr)
{
	table_each_match(&ip->neigh_table, tag_of(ip, l, addr), it)
	{
		struct neigh *n = slab_at(&ip->neighs, it.handle);

		if (n->link == l && addr_eq(&n->addr, addr))
			return n;
	}
	return NULL;
}

static void drop_queue(struct ip *ip, struct neigh *n)
{
	struct ostia_pkt *p;

	while ((p = pktq_pop(&n->queue))) {
		ip->neigh_queued--;
		ip->stats->NeighQueueDrops++;
		ip_dropped(ip, p, "NeighQueueDrops");
	}
}

static void free_neigh(struct ip *ip, struct neigh *n)
{
	if (ip->neigh_last == n)
		ip->neigh_last = NULL;
	drop_queue(ip, n);
	wheel_disarm(&ip->wheel, &n->timer);
	list_remove(&n->age);
	list_remove(&n->by_link);
	table_remove(&ip->neigh_table, tag_of(ip, n->link, &n->addr),
		     n->handle);
	slab_free(&ip->neighs, n->handle);
}

void neigh_put(struct ip *ip, struct neigh *n)
{
	assert(n->refs > 0);
	if (--n->refs == 0 && n->state == NEIGH_FAILED)
		free_neigh(ip, n);
}

static void set_age(struct ip *ip, struct neigh *n)
{
	list_remove(&n->age);
	list_push(n->kept ? &ip->neigh_kept : &ip->neigh_probation, &n->age);
}

static void touch(struct ip *ip, struct neigh *n, ostia_time now)
{
	if (time_since(n->used, now) < USED_GRAIN)
		return;
	n->used = now;
	set_age(ip, n);
}

static void keep(struct ip *ip, struct neigh *n)
{
	n->kept = true;
	set_age(ip, n);
}

static bool fresh(const struct neigh *n, ostia_time now)
{
	return n->state == NEIGH_REACHABLE &&
	       time_since(n->confirmed, now) < n->reachable_ns;
}

static bool free_one_of(struct ip *ip, struct list *from, uint64_t unused_ns,
			ostia_time now)
{
	for (unsigned i = 0; i < LOOK && !list_empty(from); i++) {
		struct neigh *n =
			list_entry(list_first(from), struct neigh, age);
		bool idle = time_since(n->used, now) >= unused_ns;

		if (n->kept && from == &ip->neigh_probation) {
			set_age(ip, n); /* confirmed meanwhile */
			continue;
		}
		if (n->refs == 0 && idle && !(n->kept && fresh(n, now))) {
			ip->stats->NeighEvicted++;
			free_neigh(ip, n);
			return true;
		}
		if (!idle && n->refs == 0 && !n->kept)
			return false; /* the others are younger */
		list_remove(&n->age);
		list_push(from, &n->age);
	}
	return false;
}

/* Linux's thresholds: below the first nothing is forgotten; above it what is
 * long unused goes; above the second, probation; at the third, anything.
 */
static bool make_room(struct ip *ip, ostia_time now)
{
	uint64_t stale_ns = ip->set.neigh_stale_s * NS_PER_S;
	uint32_t count = neigh_count(ip);

	if (count < ip->set.neigh_thresh1)
		return true;
	if (free_one_of(ip, &ip->neigh_probation, stale_ns, now) ||
	    free_one_of(ip, &ip->neigh_kept, stale_ns, now))
		return true;
	if (count < ip->set.neigh_thresh2)
		return true;
	if (free_one_of(ip, &ip->neigh_probation, 0, now))
		return true;
	if (count < ip->set.neigh_thresh3)
		return true;
	return free_one_of(ip, &ip->neigh_kept, 0, now);
}

/* RFC 4861 6.3.2: uniform between half and three halves of the base. */
static uint64_t draw_reachable(struct ip *ip, const struct ostia_link *l,
			       const struct ostia_addr *addr)
{
	uint32_t base = ip->set.neigh_reachable_ms;

	if (!addr_is_v4(addr) && l->in6->reachable_ms)
		base = l->in6->reachable_ms;

	return (base / 2 + rng_below(&ip->rng, base + 1)) * NS_PER_MS;
}

static struct neigh *new_neigh(struct ip *ip, struct ostia_link *l,
			       const struct ostia_addr *addr, ostia_time now)
{
	uint32_t handle;
	struct neigh *n;

	if (!make_room(ip, now))
		return NULL;
	n = slab_alloc(&ip->neighs, &handle);
	if (!n)
		return NULL;
	*n = (struct neigh) { .addr = *addr,
			      .link = l,
			      .used = now,
			      .handle = handle,
			      .reachable_ns = draw_reachable(ip, l, addr),
			      .state = NEIGH_INCOMPLETE };
	n->timer.kind = IP_TIMER_NEIGH;
	list_init(&n->age);
	list_init(&n->by_link);
	pktq_init(&n->queue, ip->set.neigh_queue);
	if (table_insert(&ip->neigh_table, tag_of(ip, l, addr), handle)) {
		slab_free(&ip->neighs, handle);
		return NULL;
	}
	list_push(&l->neighs, &n->by_link);
	list_push(&ip->neigh_probation, &n->age);
	return n;
}

struct neigh *neigh_get(struct ip *ip, struct ostia_link *l,
			const struct ostia_addr *addr, ostia_time now)
{
	struct neigh *n = neigh_find(ip, l, addr);

	return n ? n : new_neigh(ip, l, addr, now);
}

static int push_eth(const struct neigh *n, struct ostia_pkt *p)
{
	uint16_t type = addr_is_v4(&n->addr) ? WIRE_ETH_IP4 : WIRE_ETH_IP6;

	return link_eth_push(n->link, p, n->mac, type);
}

/* The address is known: what waited becomes frames in the reply queue. */
static void flush(struct ip *ip, struct neigh *n)
{
	struct ostia_pkt *p;

	while ((p = pktq_pop(&n->queue))) {
		ip->neigh_queued--;
		if (push_eth(n, p) == 0) {
			p->flags |= PKT_NEIGH_OK;
			if (pktq_push(&n->link->replies, p))
				continue;
		}
		ip->stats->NeighQueueDrops++;
		ip_dropped(ip, p, "NeighQueueDrops");
	}
}

/* --- questions ---------------------------------------------------------- */

/* A router's word counts for its link (RFC 4861 6.3.4), not for ARP. */
static uint64_t retrans_ns(const struct ip *ip, const struct neigh *n)
{
	if (addr_is_v4(&n->addr))
		return ip->set.neigh_retrans_ms * NS_PER_MS;
	return link6_retrans_ns(ip, n->link);
}

static void ask(struct ip *ip, struct neigh *n, const uint8_t *mac,
		ostia_time now)
{
	const struct ostia_addr *from =
		n->queue.head ? &n->queue.head->src : NULL;

	n->probes++;
	if (addr_is_v4(&n->addr))
		arp_ask(ip, n->link, &n->addr, mac, from);
	else
		nd_ask(ip, n->link, &n->addr, mac, from);
	wheel_arm(&ip->wheel, &n->timer, time_after(now, retrans_ns(ip, n)));
}

static void begin_resolving(struct ip *ip, struct neigh *n, ostia_time now)
{
	n->state = NEIGH_INCOMPLETE;
	n->probes = 0;
	ask(ip, n, NULL, now);
}

static uint32_t seq_of(const uint8_t *l4, uint8_t proto, bool *has)
{
	*has = proto == WIRE_PROTO_TCP;
	return *has ? wire_be_get32(l4 + 4) : 0;
}

/* As if a router had said so: host unreachable, address unreachable. */
static void report(struct ip *ip, struct ostia_pkt *p)
{
	bool v4 = addr_is_v4(&p->dst);
	const uint8_t *l4 = pkt_peek(p, p->l4, 8);
	struct ip_error e = {
		.err = EHOSTUNREACH,
		.own = true,
		.flow = { .local = p->src, .remote = p->dst, .zone = p->zone },
		.proto = p->proto,
		.type = v4 ? WIRE_ICMP4_UNREACH : WIRE_ICMP6_UNREACH,
		.code = v4 ? WIRE_ICMP4_UNREACH_HOST : WIRE_ICMP6_UNREACH_ADDR,
		.offender = p->src,
		.quote = p,
		.quote_off = p->l4,
	};

	if (l4 && (p->proto == WIRE_PROTO_TCP || p->proto == WIRE_PROTO_UDP ||
		   p->proto == WIRE_PROTO_UDPLITE)) {
		e.has_ports = true;
		e.flow.lport = wire_be_get16(l4);
		e.flow.rport = wire_be_get16(l4 + 2);
		e.seq = seq_of(l4, p->proto, &e.has_seq);
	} else if (l4 && (p->proto == WIRE_PROTO_ICMP4 ||
			  p->proto == WIRE_PROTO_ICMP6)) {
		e.has_ports = true;
		e.flow.lport = wire_be_get16(l4 + 4);
	}
	ip_error_push(ip, &e);
}

/* What we only passed on: its sender is told (RFC 1812 5.2.7.1, RFC 4861
 * 7.2.2).
 */
static void report_passing(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	icmp_error(ip, p, ICMP_NO_HOST, 0, 0, now);
	ip_dropped(ip, p, "NeighUnreachable");
}

static void fail(struct ip *ip, struct neigh *n, ostia_time now)
{
	struct ostia_pkt *p;

	n->refs++; /* telling may forget the last path that holds it */

	ip->stats->NeighUnreachable++;
	wheel_disarm(&ip->wheel, &n->timer);
	n->state = NEIGH_FAILED;
	if (n->router || ip->nredirects)
		rtr_reached(ip, n->link, &n->addr, false, now);
	if (n->kept) {
		n->kept = false;
		set_age(ip, n);
	}
	while ((p = pktq_pop(&n->queue))) {
		ip->neigh_queued--;
		if (p->flags & PKT_FORWARD)
			report_passing(ip, p, now);
		else
			report(ip, p);
	}
	neigh_put(ip, n);
}

void neigh_expire(struct ip *ip, struct neigh *n, ostia_time now)
{
	switch (n->state) {
	case NEIGH_INCOMPLETE:
		if (n->probes < ip->set.neigh_mcast)
			ask(ip, n, NULL, now);
		else
			fail(ip, n, now);
		break;
	case NEIGH_DELAY:
		n->state = NEIGH_PROBE;
		n->probes = 0;
		ask(ip, n, n->mac, now);
		break;
	case NEIGH_PROBE:
		if (n->probes < ip->set.neigh_ucast)
			ask(ip, n, n->mac, now);
		else
			fail(ip, n, now);
		break;
	default: /* confirmed meanwhile */
		break;
	}
}

void neigh_ask(struct ip *ip, struct ostia_link *l,
	       const struct ostia_addr *addr, ostia_time now)
{
	struct neigh *n = neigh_get(ip, l, addr, now);

	if (n && (n->state == NEIGH_FAILED ||
		  (n->state == NEIGH_INCOMPLETE && !wheel_armed(&n->timer))))
		begin_resolving(ip, n, now);
}

static bool asking(const struct neigh *n)
{
	return n->state == NEIGH_INCOMPLETE || n->state == NEIGH_PROBE;
}

void neigh_forget(struct ip *ip, struct neigh *n, ostia_time now)
{
	if (!asking(n))
		fail(ip, n, now);
}

/* --- answers ------------------------------------------------------------ */

void neigh_confirm(struct neigh *n, ostia_time now)
{
	if (n->state == NEIGH_INCOMPLETE || n->state == NEIGH_FAILED)
		return;
	n->state = NEIGH_REACHABLE;
	n->confirmed = now;
	n->kept = true;
}

static void set_mac(struct ip *ip, struct neigh *n, const uint8_t mac[6],
		    ostia_time now)
{
	if (memcmp(n->mac, mac, 6) != 0) {
		memcpy(n->mac, mac, 6);
		n->updated = now;
	}
	wheel_disarm(&ip->wheel, &n->timer);
}

static void become_stale(struct ip *ip, struct neigh *n, const uint8_t mac[6],
			 ostia_time now)
{
	set_mac(ip, n, mac, now);
	n->state = NEIGH_STALE;
	flush(ip, n);
}

static void become_reachable(struct ip *ip, struct neigh *n,
			     const uint8_t mac[6], ostia_time now)
{
	set_mac(ip, n, mac, now);
	n->state = NEIGH_REACHABLE;
	n->confirmed = now;
	n->reachable_ns = draw_reachable(ip, n->link, &n->addr);
	keep(ip, n);
	if (n->router)
		rtr_reached(ip, n->link, &n->addr, true, now);
	flush(ip, n);
}

/* Somebody claims another address for an entry that has one. */
static void contradicted(struct ip *ip, struct neigh *n, const uint8_t mac[6],
			 enum neigh_news news, bool override, ostia_time now)
{
	if (!override || time_since(n->updated, now) < LOCK_NS) {
		/* RFC 4861 7.2.5 I: believe neither; ask when it is used */
		if (n->state == NEIGH_REACHABLE)
			n->state = NEIGH_STALE;
		return;
	}
	if (news == NEIGH_NEWS_ANSWER && asking(n))
		become_reachable(ip, n, mac, now);
	else
		become_stale(ip, n, mac, now);
}

void neigh_learn(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr, const uint8_t mac[6],
		 enum neigh_news news, bool override, ostia_time now)
{
	struct neigh *n = neigh_find(ip, l, addr);
	bool known;

	if (wire_eth_is_group(mac))
		return;
	if (!n && news == NEIGH_NEWS_HEARD) {
		n = new_neigh(ip, l, addr, now);
		if (n)
			become_stale(ip, n, mac, now);
		return;
	}
	if (!n)
		return;
	known = n->state != NEIGH_INCOMPLETE && n->state != NEIGH_FAILED;
	if (known && memcmp(n->mac, mac, 6) != 0)
		contradicted(ip, n, mac, news, override, now);
	else if (news == NEIGH_NEWS_ANSWER && asking(n))
		become_reachable(ip, n, mac, now);
	else if (!known)
		become_stale(ip, n, mac, now);
}

/* --- output ------------------------------------------------------------- */

static enum verdict hold(struct ip *ip, struct neigh *n, struct ostia_pkt *p)
{
	struct ostia_pkt *oldest;

	if (ip->neigh_queued >= QUEUED_CAP)
		return IP_DROP(ip, NeighQueueDrops);
	if (n->queue.count >= n->queue.cap) {
		oldest = pktq_pop(&n->queue); /* RFC 4861 7.2.2: the oldest */
		ip->neigh_queued--;
		ip->stats->NeighQueueDrops++;
		ip_dropped(ip, oldest, "NeighQueueDrops");
	}
	pktq_push(&n->queue, p);
	ip->neigh_queued++;
	return VERDICT_HELD;
}

static enum verdict send_to(struct ip *ip, struct neigh *n, struct ostia_pkt *p,
			    ostia_time now)
{
	enum verdict v;

	touch(ip, n, now);
	if (n->state == NEIGH_REACHABLE && !fresh(n, now))
		n->state = NEIGH_STALE;
	switch (n->state) {
	case NEIGH_FAILED:
	case NEIGH_INCOMPLETE:
		v = hold(ip, n, p);
		if (n->state == NEIGH_FAILED || !wheel_armed(&n->timer))
			begin_resolving(ip, n, now);
		return v;
	case NEIGH_STALE:
		n->state = NEIGH_DELAY;
		wheel_arm(&ip->wheel, &n->timer,
			  time_after(now, ip->set.neigh_delay_s * NS_PER_S));
		break;
	default:
		break;
	}
	if (push_eth(n, p))
		return IP_DROP(ip, IpOutDiscards);
	return VERDICT_DELIVER;
}

static enum verdict send_group(struct ip *ip, struct ostia_pkt *p,
			       bool broadcast)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint16_t type = addr_is_v4(&p->dst) ? WIRE_ETH_IP4 : WIRE_ETH_IP6;
	uint8_t mac[6];

	link_eth_group(mac, &p->dst);
	if (link_eth_push(p->link, p, broadcast ? all : mac, type))
		return IP_DROP(ip, IpOutDiscards);
	return VERDICT_DELIVER;
}

/* A packet that was made without a path: by the route that leads by its link.
 */
static bool look_up(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	struct path *path;
	bool found;

	if (path_get(ip, &p->dst, &p->src, p->link->index, now, &path))
		return false;
	found = path->link == p->link;
	p->nexthop = path->nexthop;
	path_put(ip, path);
	return found;
}

enum verdict neigh_output(struct ip *ip, struct ostia_pkt *p, struct path *path,
			  ostia_time now)
{
	struct neigh *n;

	if (p->flags & PKT_NEIGH_OK || p->link->type != OSTIA_LINK_ETHERNET)
		return VERDICT_DELIVER;
	if (addr_is_multicast(&p->dst) || addr_is_broadcast(&p->dst))
		return send_group(ip, p, addr_is_broadcast(&p->dst));
	if (path && path->link == p->link)
		p->nexthop = path->nexthop;
	else if (addr_is_any(&p->nexthop) && !look_up(ip, p, now))
		return IP_DROP(ip, IpOutNoRoutes);
	if (addr_is_broadcast(&p->nexthop)) /* a directed one */
		return send_group(ip, p, true);
	n = ip->neigh_last; /* trains of packets go to one neighbour */
	if (!n || n->link != p->link || !addr_eq(&n->addr, &p->nexthop))
		n = neigh_get(ip, p->link, &p->nexthop, now);
	if (!n)
		return IP_DROP(ip, NeighQueueDrops);
	ip->neigh_last = n;
	return send_to(ip, n, p, now);
}

void neigh_of_path(struct ip *ip, struct path *path)
{
	if (path->link->type != OSTIA_LINK_ETHERNET ||
	    path->kind != PATH_UNICAST)
		return;
	path->neigh = neigh_find(ip, path->link, &path->nexthop);
	if (path->neigh)
		path->neigh->refs++;
}

void neigh_link_gone(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->neighs)))
		free_neigh(ip, list_entry(node, struct neigh, by_link));
}

void neigh_fini(struct ip *ip)
{
	table_fini(&ip->neigh_table);
	slab_fini(&ip->neighs);
}
