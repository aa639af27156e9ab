/* SPDX-License-Identifier: MIT */
#include "run/netlink_put.h"

#include "base/addr.h"
#include "run/netlink.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif

enum {
	OWN_METRIC = 256, /* IP6_RT_PRIO_ADDRCONF */
	USER_METRIC = 1024, /* IP6_RT_PRIO_USER */
	TICK = OSTIA_S / 100, /* of clock_t, as user space counts */
	OPER_UNKNOWN = 0, /* IF_OPER_*, RFC 2863 */
	OPER_UP = 6,
	IN6_READY = 0x80000000, /* IF_READY */
	RTCF_LOCAL_ = 0x80000000, /* RTCF_*, of <linux/in_route.h> */
	RTCF_MULTICAST_ = 0x20000000,
	RTCF_BROADCAST_ = 0x10000000,
	RULE_PREF_MAIN = 0x7ffe,
	RULE_PREF_DEFAULT = 0x7fff,
};

/* ---- bytes ---- */

void run_put_bytes(struct run_put *p, const void *from, size_t n)
{
	size_t all = NLMSG_ALIGN(n);

	if (p->full || p->size - p->len < all) {
		p->full = true;
		return;
	}
	memset(p->buf + p->len, 0, all);
	if (n)
		memcpy(p->buf + p->len, from, n);
	p->len += all;
}

size_t run_put_begin(struct run_put *p, uint16_t type, uint16_t flags,
		     uint32_t seq, uint32_t portid, const void *body, size_t n)
{
	const struct nlmsghdr h = { .nlmsg_type = type,
				    .nlmsg_flags = flags,
				    .nlmsg_seq = seq,
				    .nlmsg_pid = portid };
	size_t at = p->len;

	run_put_bytes(p, &h, sizeof(h));
	run_put_bytes(p, body, n);
	return at;
}

void run_put_end(struct run_put *p, size_t at)
{
	uint32_t len = (uint32_t)(p->len - at);

	if (!p->full)
		memcpy(p->buf + at, &len, sizeof(len));
}

void run_put_attr(struct run_put *p, uint16_t type, const void *val, size_t n)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + n),
				  .nla_type = type };

	run_put_bytes(p, &a, sizeof(a));
	run_put_bytes(p, val, n);
}

void run_put_text(struct run_put *p, uint16_t type, const char *text)
{
	run_put_attr(p, type, text, strlen(text) + 1);
}

static void put8(struct run_put *p, uint16_t type, uint8_t v)
{
	run_put_attr(p, type, &v, sizeof(v));
}

static void put32(struct run_put *p, uint16_t type, uint32_t v)
{
	run_put_attr(p, type, &v, sizeof(v));
}

/* An attribute that holds attributes, which run_put_end() cannot end: its
 * length is 16 bits.
 */
static size_t nest(struct run_put *p, uint16_t type)
{
	size_t at = p->len;

	run_put_attr(p, type, NULL, 0);
	return at;
}

static void nest_end(struct run_put *p, size_t at)
{
	uint16_t len = (uint16_t)(p->len - at);

	if (!p->full)
		memcpy(p->buf + at, &len, sizeof(len));
}

/* ---- addresses ---- */

/* All zeros: no gateway. (base/addr.h's any may be a mapped 0.0.0.0, too.) */
static bool unset(const struct ostia_addr *a)
{
	return !a->q[0] && !a->q[1];
}

static uint8_t family_of(const struct ostia_addr *a)
{
	return addr_is_v4(a) ? AF_INET : AF_INET6;
}

static void put_ip(struct run_put *p, uint16_t type, const struct ostia_addr *a)
{
	if (addr_is_v4(a))
		run_put_attr(p, type, a->b + 12, 4);
	else
		run_put_attr(p, type, a->b, 16);
}

/* The network of @a, or with @ones its last address. */
static struct ostia_addr edge(const struct ostia_addr *a, unsigned plen,
			      bool ones)
{
	struct ostia_addr out = *a;

	for (unsigned i = plen + (addr_is_v4(a) ? 96 : 0); i < 128; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		out.b[i / 8] = (uint8_t)(ones ? out.b[i / 8] | bit
					      : out.b[i / 8] & ~bit);
	}
	return out;
}

static bool in_net(const struct ostia_addr *a, const struct ostia_addr *net,
		   unsigned plen)
{
	struct ostia_addr of = edge(a, plen, false);

	return addr_is_v4(a) == addr_is_v4(net) && addr_eq(&of, net);
}

/* ---- links ---- */

static uint32_t link_flags(const struct ostia_link_row *l)
{
	uint32_t up = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;

	if (l->type == OSTIA_LINK_LOOPBACK)
		return up | IFF_LOOPBACK;
	if (l->type == OSTIA_LINK_ETHERNET)
		return up | IFF_BROADCAST | IFF_MULTICAST;
	return up | IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
}

static uint16_t link_type(const struct ostia_link_row *l)
{
	return l->type == OSTIA_LINK_LOOPBACK	? ARPHRD_LOOPBACK
	       : l->type == OSTIA_LINK_ETHERNET ? ARPHRD_ETHER
						: ARPHRD_NONE;
}

static void put_hardware(struct run_put *p, const struct ostia_link_row *l)
{
	uint8_t all[6] = { 0 };

	if (l->type == OSTIA_LINK_IP)
		return;
	if (l->type == OSTIA_LINK_ETHERNET)
		memset(all, 0xff, sizeof(all));
	run_put_attr(p, IFLA_ADDRESS, l->mac, sizeof(l->mac));
	run_put_attr(p, IFLA_BROADCAST, all, sizeof(all));
}

static void put_stats(struct run_put *p, const struct ostia_link_row *l)
{
	const struct rtnl_link_stats64 big = {
		.rx_packets = l->rx_packets,
		.tx_packets = l->tx_packets,
		.rx_bytes = l->rx_bytes,
		.tx_bytes = l->tx_bytes,
		.rx_dropped = l->drops,
	};
	const struct rtnl_link_stats small = {
		.rx_packets = (uint32_t)l->rx_packets,
		.tx_packets = (uint32_t)l->tx_packets,
		.rx_bytes = (uint32_t)l->rx_bytes,
		.tx_bytes = (uint32_t)l->tx_bytes,
		.rx_dropped = (uint32_t)l->drops,
	};

	run_put_attr(p, IFLA_STATS64, &big, sizeof(big));
	run_put_attr(p, IFLA_STATS, &small, sizeof(small));
}

/* How it makes IPv6 addresses, by its setting. */
static uint8_t gen_mode(const struct ostia_stack *s,
			const struct ostia_link_row *l)
{
	char name[64] = "net.ipv6.conf.", value[8];

	strcat(name, l->name);
	strcat(name, ".addr_gen_mode");
	return ostia_stack_get(s, name, value, sizeof(value)) > 0
		       ? (uint8_t)(value[0] - '0')
		       : 0;
}

static void put_in6(struct run_put *p, const struct ostia_stack *s,
		    const struct ostia_link_row *l)
{
	put32(p, IFLA_INET6_FLAGS, IN6_READY);
	put8(p, IFLA_INET6_ADDR_GEN_MODE, gen_mode(s, l));
}

static void put_family(struct run_put *p, const struct ostia_stack *s,
		       const struct ostia_link_row *l, int family)
{
	size_t at, in6;

	if (family == AF_INET6) {
		at = nest(p, IFLA_PROTINFO | NLA_F_NESTED);
		put_in6(p, s, l);
		nest_end(p, at);
		return;
	}
	at = nest(p, IFLA_AF_SPEC);
	in6 = nest(p, AF_INET6);
	put_in6(p, s, l);
	nest_end(p, in6);
	nest_end(p, at);
}

static void put_queues(struct run_put *p, const struct ostia_link_row *l)
{
	put32(p, IFLA_GROUP, 0);
	put32(p, IFLA_PROMISCUITY, 0);
	put32(p, IFLA_NUM_TX_QUEUES, 1);
	put32(p, IFLA_NUM_RX_QUEUES, 1);
	put8(p, IFLA_CARRIER, 1);
	run_put_text(p, IFLA_QDISC, "noqueue");
	put32(p, IFLA_CARRIER_CHANGES, 0);
	put8(p, IFLA_PROTO_DOWN, 0);
	if (l->type == OSTIA_LINK_LOOPBACK)
		return;
	put32(p, IFLA_MIN_MTU, 68); /* include/ostia/link.h */
	put32(p, IFLA_MAX_MTU, 65535);
}

void run_put_link(struct run_put *p, const struct ostia_stack *s,
		  const struct ostia_link *l, int family, uint32_t mask,
		  const struct run_put_to *to)
{
	struct ostia_link_row row;
	struct ifinfomsg m;
	size_t at;

	ostia_link_row(l, &row);
	m = (struct ifinfomsg) { .ifi_family = (uint8_t)family,
				 .ifi_type = link_type(&row),
				 .ifi_index = (int)row.index,
				 .ifi_flags = link_flags(&row) };
	at = run_put_begin(p, RTM_NEWLINK, to->flags, to->seq, to->portid, &m,
			   sizeof(m));
	run_put_text(p, IFLA_IFNAME, row.name);
	put32(p, IFLA_TXQLEN, row.queue);
	put8(p, IFLA_OPERSTATE,
	     row.type == OSTIA_LINK_LOOPBACK ? OPER_UNKNOWN : OPER_UP);
	put8(p, IFLA_LINKMODE, 0);
	put32(p, IFLA_MTU, row.mtu);
	if (family != AF_INET6)
		put_queues(p, &row);
	put_hardware(p, &row);
	if (family != AF_INET6 && !(mask & RTEXT_FILTER_SKIP_STATS))
		put_stats(p, &row);
	put_family(p, s, &row, family);
	run_put_end(p, at);
}

/* ---- addresses of links ---- */

/* Linux calls an address of a network that another one has, too, secondary. */
static bool second4(const struct ostia_link *l, unsigned k,
		    const struct ostia_addr_row *a)
{
	struct ostia_addr net = edge(&a->addr, a->plen, false);
	struct ostia_addr_row row;

	for (unsigned i = 0; i < k && ostia_link_addrs(l, i, &row, 1); i++)
		if (addr_is_v4(&row.addr) && row.plen == a->plen &&
		    in_net(&row.addr, &net, a->plen))
			return true;
	return false;
}

static uint32_t addr_flags(const struct ostia_link *l, unsigned k,
			   const struct ostia_addr_row *a)
{
	uint32_t f = a->valid_until == OSTIA_NEVER ? IFA_F_PERMANENT : 0;

	if (a->flags & OSTIA_ADDR_TENTATIVE)
		f |= IFA_F_TENTATIVE;
	if (a->flags & OSTIA_ADDR_DUPLICATE)
		f |= IFA_F_TENTATIVE | IFA_F_DADFAILED;
	if (a->flags & OSTIA_ADDR_DEPRECATED)
		f |= IFA_F_DEPRECATED;
	if (a->flags & OSTIA_ADDR_TEMPORARY)
		f |= IFA_F_TEMPORARY;
	if (addr_is_v4(&a->addr) && second4(l, k, a))
		f |= IFA_F_SECONDARY;
	return f;
}

static uint8_t scope_of(const struct ostia_addr *a)
{
	static const struct ostia_addr one = { .b = { [15] = 1 } };

	if (addr_is_v4(a))
		return a->b[12] == 127 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	if (addr_eq(a, &one))
		return RT_SCOPE_HOST;
	if (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80)
		return RT_SCOPE_LINK;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0 ? RT_SCOPE_SITE
							   : RT_SCOPE_UNIVERSE;
}

/* Seconds that are left; all ones: for ever. */
static uint32_t left(const struct ostia_stack *s, ostia_time until)
{
	ostia_time now = ostia_now(s);

	if (until == OSTIA_NEVER)
		return UINT32_MAX;
	return until > now ? (uint32_t)((until - now) / OSTIA_S) : 0;
}

static void put_life(struct run_put *p, const struct ostia_stack *s,
		     const struct ostia_addr_row *a)
{
	const struct ifa_cacheinfo c = {
		.ifa_prefered = left(s, a->preferred_until),
		.ifa_valid = left(s, a->valid_until),
	};

	run_put_attr(p, IFA_CACHEINFO, &c, sizeof(c));
}

static void put_addr4(struct run_put *p, const struct ostia_addr_row *a,
		      const struct ostia_link_row *l)
{
	struct ostia_addr last = edge(&a->addr, a->plen, true);

	put_ip(p, IFA_ADDRESS, &a->addr);
	put_ip(p, IFA_LOCAL, &a->addr);
	if (l->type == OSTIA_LINK_ETHERNET && a->plen < 31)
		put_ip(p, IFA_BROADCAST, &last);
	run_put_text(p, IFA_LABEL, l->name);
}

void run_put_addr(struct run_put *p, const struct ostia_stack *s,
		  const struct ostia_link *l, unsigned k,
		  const struct run_put_to *to)
{
	struct ostia_link_row link;
	struct ostia_addr_row row;
	struct ifaddrmsg m;
	uint32_t flags;
	size_t at;

	if (!ostia_link_addrs(l, k, &row, 1))
		return;
	ostia_link_row(l, &link);
	flags = addr_flags(l, k, &row);
	m = (struct ifaddrmsg) { .ifa_family = family_of(&row.addr),
				 .ifa_prefixlen = row.plen,
				 .ifa_flags = (uint8_t)flags,
				 .ifa_scope = scope_of(&row.addr),
				 .ifa_index = link.index };
	at = run_put_begin(p, RTM_NEWADDR, to->flags, to->seq, to->portid, &m,
			   sizeof(m));
	if (addr_is_v4(&row.addr)) {
		put_addr4(p, &row, &link);
		put32(p, IFA_FLAGS, flags);
		put_life(p, s, &row);
	} else {
		put_ip(p, IFA_ADDRESS, &row.addr);
		put_life(p, s, &row);
		put32(p, IFA_FLAGS, flags);
	}
	run_put_end(p, at);
}

/* ---- routes ---- */

/**
 * struct entry - A row of a routing table, as Linux has it
 * @prefsrc, @gateway: NULL: none
 */
struct entry {
	struct ostia_addr dst;
	const struct ostia_addr *prefsrc, *gateway;
	uint32_t table, metric, oif;
	ostia_time until;
	uint8_t plen, proto, scope, type;
	int8_t pref;
};

static bool wanted(const struct run_netlink_dump *d, const struct entry *e)
{
	return (!d->table || d->table == e->table) &&
	       (!d->proto || d->proto == e->proto) &&
	       (!d->kind || d->kind == e->type) &&
	       (!d->index || d->index == e->oif);
}

/* RFC 4191: as its 2 bits are. */
static uint8_t pref_of(int8_t pref)
{
	return pref > 0 ? 1 : pref < 0 ? 3 : 0;
}

static void put_tail6(struct run_put *p, const struct ostia_stack *s,
		      ostia_time until, int8_t pref)
{
	struct rta_cacheinfo c = { 0 };

	if (until != OSTIA_NEVER && until > ostia_now(s))
		c.rta_expires = (int32_t)((until - ostia_now(s)) / TICK);
	run_put_attr(p, RTA_CACHEINFO, &c, sizeof(c));
	put8(p, RTA_PREF, pref_of(pref));
}

static void put_entry(struct run_put *p, const struct ostia_stack *s,
		      const struct run_netlink_dump *d, const struct entry *e,
		      const struct run_put_to *to)
{
	const struct rtmsg m = { .rtm_family = family_of(&e->dst),
				 .rtm_dst_len = e->plen,
				 .rtm_table = (uint8_t)e->table,
				 .rtm_protocol = e->proto,
				 .rtm_scope = e->scope,
				 .rtm_type = e->type };
	size_t at;

	if (!wanted(d, e))
		return;
	at = run_put_begin(p, RTM_NEWROUTE, to->flags, to->seq, to->portid, &m,
			   sizeof(m));
	put32(p, RTA_TABLE, e->table);
	if (e->plen)
		put_ip(p, RTA_DST, &e->dst);
	if (m.rtm_family == AF_INET6)
		put32(p, RTA_PRIORITY, e->metric);
	if (e->prefsrc)
		put_ip(p, RTA_PREFSRC, e->prefsrc);
	if (e->gateway)
		put_ip(p, RTA_GATEWAY, e->gateway);
	put32(p, RTA_OIF, e->oif);
	if (m.rtm_family == AF_INET6)
		put_tail6(p, s, e->until, e->pref);
	run_put_end(p, at);
}

/* The address that a network of ours came with. */
static bool address_in(const struct ostia_link *l,
		       const struct ostia_route_row *r, struct ostia_addr *out)
{
	struct ostia_addr_row row;

	for (unsigned k = 0; ostia_link_addrs(l, k, &row, 1); k++)
		if (addr_is_v4(&row.addr) && row.plen == r->plen &&
		    in_net(&row.addr, &r->prefix, r->plen)) {
			*out = row.addr;
			return true;
		}
	return false;
}

static uint8_t proto_of(const struct ostia_route_row *r)
{
	switch ((enum ostia_route_origin)r->origin) {
	case OSTIA_ROUTE_OWN:
		return RTPROT_KERNEL;
	case OSTIA_ROUTE_TOLD:
		return unset(&r->gateway) ? RTPROT_KERNEL : RTPROT_RA;
	case OSTIA_ROUTE_REDIRECT:
		return RTPROT_REDIRECT;
	case OSTIA_ROUTE_MANUAL:
		break;
	}
	return RTPROT_BOOT; /* as `ip route add` says */
}

static uint32_t metric_of(const struct ostia_route_row *r)
{
	bool net = unset(&r->gateway) && r->origin != OSTIA_ROUTE_MANUAL;

	return addr_is_v4(&r->prefix) ? 0 : net ? OWN_METRIC : USER_METRIC;
}

static struct entry entry_of(const struct ostia_route_row *r)
{
	struct entry e = { .dst = r->prefix,
			   .table = RT_TABLE_MAIN,
			   .metric = metric_of(r),
			   .oif = r->link,
			   .until = r->until,
			   .plen = r->plen,
			   .proto = proto_of(r),
			   .type = RTN_UNICAST,
			   .pref = r->pref };

	if (!unset(&r->gateway))
		e.gateway = &r->gateway;
	else if (addr_is_v4(&r->prefix))
		e.scope = RT_SCOPE_LINK;
	return e;
}

static bool on_loopback(const struct ostia_link *l)
{
	struct ostia_link_row row;

	ostia_link_row(l, &row);
	return row.type == OSTIA_LINK_LOOPBACK;
}

/* The main table. The loopback's own networks stand in the local one. */
static bool main_item(struct run_put *p, const struct ostia_stack *s,
		      struct run_netlink_dump *d, const struct ostia_link *l,
		      uint8_t family, const struct run_put_to *to)
{
	struct ostia_route_row r;
	struct ostia_addr src;
	struct entry e;

	if (!ostia_link_routes(l, d->pos++, &r, 1))
		return false;
	if (family_of(&r.prefix) != family ||
	    (r.origin == OSTIA_ROUTE_OWN && on_loopback(l)))
		return true;
	e = entry_of(&r);
	if (r.origin == OSTIA_ROUTE_OWN && family == AF_INET &&
	    address_in(l, &r, &src))
		e.prefsrc = &src;
	put_entry(p, s, d, &e, to);
	return true;
}

/* What Linux files for an address of IPv4: itself, on the loopback its
 * network, and its broadcast address.
 */
static void put_local4(struct run_put *p, const struct ostia_stack *s,
		       const struct run_netlink_dump *d,
		       const struct ostia_link *l,
		       const struct ostia_addr_row *a, bool second,
		       const struct run_put_to *to)
{
	struct entry e = { .dst = a->addr,
			   .prefsrc = &a->addr,
			   .table = RT_TABLE_LOCAL,
			   .oif = ostia_link_index(l),
			   .plen = 32,
			   .proto = RTPROT_KERNEL,
			   .scope = RT_SCOPE_HOST,
			   .type = RTN_LOCAL };

	if (on_loopback(l) && a->plen < 32 && !second) {
		e.dst = edge(&a->addr, a->plen, false);
		e.plen = a->plen;
		put_entry(p, s, d, &e, to);
		e.dst = a->addr;
		e.plen = 32;
	}
	put_entry(p, s, d, &e, to);
	if (a->plen >= 31 || second)
		return;
	e.dst = edge(&a->addr, a->plen, true);
	e.scope = RT_SCOPE_LINK;
	e.type = RTN_BROADCAST;
	put_entry(p, s, d, &e, to);
}

static void put_local6(struct run_put *p, const struct ostia_stack *s,
		       const struct run_netlink_dump *d,
		       const struct ostia_link *l,
		       const struct ostia_addr_row *a,
		       const struct run_put_to *to)
{
	const struct entry e = { .dst = a->addr,
				 .table = RT_TABLE_LOCAL,
				 .oif = ostia_link_index(l),
				 .until = OSTIA_NEVER,
				 .plen = 128,
				 .proto = RTPROT_KERNEL,
				 .type = RTN_LOCAL };

	/* Not ours yet, or not at all. */
	if (!(a->flags & (OSTIA_ADDR_TENTATIVE | OSTIA_ADDR_DUPLICATE)))
		put_entry(p, s, d, &e, to);
}

static void put_groups6(struct run_put *p, const struct ostia_stack *s,
			const struct run_netlink_dump *d,
			const struct ostia_link *l, const struct run_put_to *to)
{
	const struct entry e = { .dst = { .b = { 0xff } },
				 .table = RT_TABLE_LOCAL,
				 .metric = OWN_METRIC,
				 .oif = ostia_link_index(l),
				 .until = OSTIA_NEVER,
				 .plen = 8,
				 .proto = RTPROT_KERNEL,
				 .type = RTN_MULTICAST };

	if (!on_loopback(l))
		put_entry(p, s, d, &e, to);
}

/* The local table: item 0 is of the link, the others of its addresses. */
static bool local_item(struct run_put *p, const struct ostia_stack *s,
		       struct run_netlink_dump *d, const struct ostia_link *l,
		       uint8_t family, const struct run_put_to *to)
{
	struct ostia_addr_row a;
	unsigned k = d->pos++;

	if (!k && family == AF_INET6)
		put_groups6(p, s, d, l, to);
	if (!k--)
		return true;
	if (!ostia_link_addrs(l, k, &a, 1))
		return false;
	if (family_of(&a.addr) != family)
		return true;
	if (family == AF_INET)
		put_local4(p, s, d, l, &a, second4(l, k, &a), to);
	else
		put_local6(p, s, d, l, &a, to);
	return true;
}

/* ---- which way ---- */

static uint8_t way_type(const struct run_put_way *w)
{
	static const uint8_t types[] = {
		[OSTIA_ROUTE_UNICAST] = RTN_UNICAST,
		[OSTIA_ROUTE_LOCAL] = RTN_LOCAL,
		[OSTIA_ROUTE_BROADCAST] = RTN_BROADCAST,
		[OSTIA_ROUTE_MULTICAST] = RTN_MULTICAST,
	};

	return types[w->way.kind];
}

static uint32_t way_flags(const struct run_put_way *w)
{
	static const uint32_t flags[] = {
		[OSTIA_ROUTE_UNICAST] = 0,
		[OSTIA_ROUTE_LOCAL] = RTCF_LOCAL_,
		[OSTIA_ROUTE_BROADCAST] = RTCF_LOCAL_ | RTCF_BROADCAST_,
		[OSTIA_ROUTE_MULTICAST] = RTCF_LOCAL_ | RTCF_MULTICAST_,
	};

	return w->family == AF_INET ? flags[w->way.kind] | RTM_F_CLONED : 0;
}

/* IPv4 says "main" of all, even where it is asked for the table: without rules
 * of one's own Linux keeps both tables in one trie (fib_trie_unmerge()).
 */
static uint32_t way_table(const struct run_put_way *w)
{
	bool local =
		w->family == AF_INET6 && w->way.kind != OSTIA_ROUTE_UNICAST;

	return local ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
}

/* A path that is narrower than its link says so. */
static void put_metrics(struct run_put *p, const struct ostia_stack *s,
			const struct run_put_way *w)
{
	const struct ostia_link *l = ostia_link_after(s, w->way.route.link - 1);
	size_t at;

	if (!l || w->way.mtu >= ostia_link_mtu(l))
		return;
	at = nest(p, RTA_METRICS);
	put32(p, RTAX_MTU, w->way.mtu);
	nest_end(p, at);
}

static struct rtmsg way_header(const struct run_put_way *w)
{
	struct rtmsg m = { .rtm_family = w->family,
			   .rtm_dst_len = w->family == AF_INET ? 32 : 128,
			   .rtm_table = (uint8_t)way_table(w),
			   .rtm_type = way_type(w),
			   .rtm_flags = way_flags(w) };

	if (w->src || w->family == AF_INET6)
		m.rtm_src_len = m.rtm_dst_len;
	if (w->family == AF_INET6)
		m.rtm_protocol = proto_of(&w->way.route);
	return m;
}

void run_put_way(struct run_put *p, const struct ostia_stack *s,
		 const struct run_put_way *w, const struct run_put_to *to)
{
	static const struct ostia_addr none = { 0 };
	const struct ostia_route_row *r = &w->way.route;
	const struct rtmsg m = way_header(w);
	size_t at = run_put_begin(p, RTM_NEWROUTE, to->flags, to->seq,
				  to->portid, &m, sizeof(m));

	put32(p, RTA_TABLE, way_table(w));
	put_ip(p, RTA_DST, &w->dst);
	if (w->src || w->family == AF_INET6)
		put_ip(p, RTA_SRC, w->src ? w->src : &none);
	if (w->family == AF_INET)
		put32(p, RTA_OIF, r->link);
	if (!w->src || !addr_eq(w->src, &w->way.src))
		put_ip(p, RTA_PREFSRC, &w->way.src);
	if (w->family == AF_INET6)
		put32(p, RTA_PRIORITY,
		      w->way.kind == OSTIA_ROUTE_LOCAL ? 0 : metric_of(r));
	if (!unset(&r->gateway))
		put_ip(p, RTA_GATEWAY, &r->gateway);
	if (w->family == AF_INET6)
		put32(p, RTA_OIF, r->link);
	put_metrics(p, s, w);
	if (w->family == AF_INET6)
		put_tail6(p, s, r->until, r->pref);
	run_put_end(p, at);
}

/* ---- neighbours ---- */

static uint32_t ticks_since(const struct ostia_stack *s, ostia_time t)
{
	return (uint32_t)((ostia_now(s) - t) / TICK);
}

void run_put_neigh(struct run_put *p, const struct ostia_stack *s,
		   const struct ostia_link *l,
		   const struct ostia_neigh_row *row,
		   const struct run_put_to *to)
{
	static const uint16_t states[] = {
		[OSTIA_NEIGH_INCOMPLETE] = NUD_INCOMPLETE,
		[OSTIA_NEIGH_REACHABLE] = NUD_REACHABLE,
		[OSTIA_NEIGH_STALE] = NUD_STALE,
		[OSTIA_NEIGH_DELAY] = NUD_DELAY,
		[OSTIA_NEIGH_PROBE] = NUD_PROBE,
		[OSTIA_NEIGH_FAILED] = NUD_FAILED,
	};
	const struct ndmsg m = { .ndm_family = family_of(&row->addr),
				 .ndm_ifindex = (int)ostia_link_index(l),
				 .ndm_state = states[row->state],
				 .ndm_flags = row->router ? NTF_ROUTER : 0,
				 .ndm_type = RTN_UNICAST };
	const struct nda_cacheinfo c = {
		.ndm_confirmed = ticks_since(s, row->confirmed),
		.ndm_used = ticks_since(s, row->used),
		.ndm_updated = ticks_since(s, row->updated),
		.ndm_refcnt = row->refs,
	};
	size_t at = run_put_begin(p, RTM_NEWNEIGH, to->flags, to->seq,
				  to->portid, &m, sizeof(m));

	put_ip(p, NDA_DST, &row->addr);
	if (row->state != OSTIA_NEIGH_INCOMPLETE &&
	    row->state != OSTIA_NEIGH_FAILED)
		run_put_attr(p, NDA_LLADDR, row->mac, sizeof(row->mac));
	put32(p, NDA_PROBES, row->probes);
	run_put_attr(p, NDA_CACHEINFO, &c, sizeof(c));
	run_put_end(p, at);
}

/* ---- rules ---- */

/* The local table first, then main, then what IPv4 calls default. */
static void put_rule(struct run_put *p, uint8_t family, uint32_t table,
		     uint32_t priority, const struct run_put_to *to)
{
	const struct fib_rule_hdr m = { .family = family,
					.table = (uint8_t)table,
					.action = FR_ACT_TO_TBL };
	size_t at = run_put_begin(p, RTM_NEWRULE, to->flags, to->seq,
				  to->portid, &m, sizeof(m));

	put32(p, FRA_TABLE, table);
	put32(p, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX);
	put8(p, FRA_PROTOCOL, RTPROT_KERNEL);
	if (priority)
		put32(p, FRA_PRIORITY, priority);
	run_put_end(p, at);
}

static bool rule_item(struct run_put *p, struct run_netlink_dump *d,
		      const struct run_put_to *to)
{
	static const struct {
		uint8_t family, table;
		uint32_t priority;
	} rules[] = {
		{ AF_INET, RT_TABLE_LOCAL, 0 },
		{ AF_INET, RT_TABLE_MAIN, RULE_PREF_MAIN },
		{ AF_INET, RT_TABLE_DEFAULT, RULE_PREF_DEFAULT },
		{ AF_INET6, RT_TABLE_LOCAL, 0 },
		{ AF_INET6, RT_TABLE_MAIN, RULE_PREF_MAIN },
	};
	unsigned i = d->pos++;

	if (i >= sizeof(rules) / sizeof(rules[0]))
		return false;
	if (!d->family || d->family == rules[i].family)
		put_rule(p, rules[i].family, rules[i].table, rules[i].priority,
			 to);
	return true;
}

/* ---- lists ---- */

static bool addr_item(struct run_put *p, const struct ostia_stack *s,
		      struct run_netlink_dump *d, const struct ostia_link *l,
		      uint8_t family, const struct run_put_to *to)
{
	struct ostia_addr_row a;
	unsigned k = d->pos++;

	if (!ostia_link_addrs(l, k, &a, 1))
		return false;
	if (family_of(&a.addr) == family)
		run_put_addr(p, s, l, k, to);
	return true;
}

static bool neigh_item(struct run_put *p, const struct ostia_stack *s,
		       struct run_netlink_dump *d, const struct ostia_link *l,
		       uint8_t family, const struct run_put_to *to)
{
	struct ostia_neigh_row row;

	if (!ostia_link_neighs(l, d->pos++, &row, 1))
		return false;
	if (family_of(&row.addr) == family)
		run_put_neigh(p, s, l, &row, to);
	return true;
}

/* An item of @l in the present step; false: the link has no more. */
static bool link_item(struct run_put *p, const struct ostia_stack *s,
		      struct run_netlink_dump *d, const struct ostia_link *l,
		      uint8_t family, const struct run_put_to *to)
{
	switch (d->type) {
	case RTM_GETLINK:
		if (d->pos++)
			return false;
		run_put_link(p, s, l,
			     d->family == AF_INET6 ? AF_INET6 : AF_UNSPEC,
			     d->mask, to);
		return true;
	case RTM_GETADDR:
		return addr_item(p, s, d, l, family, to);
	case RTM_GETNEIGH:
		return neigh_item(p, s, d, l, family, to);
	default:
		return d->step % 2 ? local_item(p, s, d, l, family, to)
				   : main_item(p, s, d, l, family, to);
	}
}

/* Steps: of links one; of routes two a family; else one a family. */
static uint8_t step_family(const struct run_netlink_dump *d)
{
	unsigned per = d->type == RTM_GETROUTE ? 2 : 1;

	return d->step / per ? AF_INET6 : AF_INET;
}

static unsigned steps(const struct run_netlink_dump *d)
{
	return d->type == RTM_GETLINK ? 1 : d->type == RTM_GETROUTE ? 4 : 2;
}

static bool step_wanted(const struct run_netlink_dump *d)
{
	bool one = d->family == AF_INET || d->family == AF_INET6;

	return d->type == RTM_GETLINK || !one || step_family(d) == d->family;
}

bool run_put_item(struct run_put *p, const struct ostia_stack *s,
		  struct run_netlink_dump *d, const struct run_put_to *to)
{
	const struct ostia_link *l;

	if (d->type == RTM_GETRULE)
		return rule_item(p, d, to);
	while (d->step < steps(d)) {
		l = step_wanted(d) ? ostia_link_after(s, d->link) : NULL;
		if (!l) {
			d->step++;
			d->link = d->pos = 0;
			continue;
		}
		/* Routes have filters of their own: wanted() */
		if ((d->type == RTM_GETROUTE || !d->index ||
		     d->index == ostia_link_index(l)) &&
		    link_item(p, s, d, l, step_family(d), to))
			return true;
		d->link = ostia_link_index(l);
		d->pos = 0;
	}
	return false;
}
