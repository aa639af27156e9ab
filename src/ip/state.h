/* SPDX-License-Identifier: MIT */
/*
 * ip/state.h - the network layer as a value, and what stack/ does with it
 *
 *	link_eth_rx -> arp_rx (ip/arp.h) or ip_rx -> DELIVER -> transports,
 *	icmp_rx (ip/icmp.h) for ICMP; then drain ip_next_error().
 *	out: neigh_output (ip/neigh.h) on what is pulled.
 *
 * It keeps a timing wheel of its own: time passes by ip_expire().
 */
#ifndef OSTIA_IP_STATE_H
#define OSTIA_IP_STATE_H

#include "base/rng.h"
#include "base/slab.h"
#include "base/stats.h"
#include "base/table.h"
#include "base/wheel.h"
#include "ip/conf6.h"
#include "ip/dns.h"
#include "ip/frag.h"
#include "ip/icmp.h"
#include "ip/ip.h"
#include "ip/policy.h"
#include "ip/settings.h"
#include "link/link.h"

enum {
	IP_ERRORS = 64, /* news that may wait for the transports */
	IP_LINKS_CAP = 4096,
	IP_ADDRS_CAP = 1 << 17,
	IP_ROUTES_CAP = 1 << 20,
	IP_PLENS = 129,
	IP_SEEN = 16,
};

/** struct ip_seen - A pair of addresses that input has found to be in order */
struct ip_seen {
	struct ostia_addr src, dst;
	const struct ostia_link *link; /* NULL: none */
	uint32_t gen;
	uint32_t zone;
};

/** enum ip_timer - wheel_node.kind in the network layer's wheel */
enum ip_timer {
	IP_TIMER_NEIGH,
	IP_TIMER_FRAG,
	IP_TIMER_ADDR, /* ip/dad, ip/slaac */
	IP_TIMER_ROUTE,
	IP_TIMER_SOLICIT, /* ip/rtr */
	IP_TIMER_ROUTER_LIFE,
	IP_TIMER_ROUTER_PROBE,
	IP_TIMER_GROUP,
	IP_TIMER_MCAST_GENERAL,
	IP_TIMER_MCAST_CHANGE,
	IP_TIMER_DHCP,
	IP_TIMER_DHCP_ACD,
	IP_TIMER_ZEROCONF,
	IP_TIMER_ZEROCONF_ACD,
};

/**
 * struct ip - See above
 * @gen:	of routes and addresses: paths of another generation are stale
 * @why:	the counter that last made ip_rx(), icmp_rx() ... say DROP
 */
struct ip {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *trace;
	struct stats *stats;
	struct wheel wheel;
	struct rng rng;
	struct siphash_key key; /* of all hash tables here */
	struct ip_settings set;
	struct in6_conf conf6; /* of links that are still to come */
	struct siphash_key stable_secret; /* RFC 7217, when has_secret */
	struct siphash_key iid_key; /* the same for IN6_GEN_RANDOM */
	struct ostia_addr secret; /* as it was written */
	bool has_secret;
	struct siphash_key flow_key; /* RFC 6437 */
	const char *why;
	uint32_t gen;

	struct ip_seen seen[IP_SEEN];

	uint32_t dgram_rares; /* of endpoints' (ip/dgram.h) */
	uint32_t taps; /* packet sockets that frames are shown to */
	struct list links; /* of struct ostia_link, in order of index */
	uint32_t nlinks, last_index;
	struct ostia_link *loopback;

	struct slab addrs; /* of struct ifaddr */
	struct table addr_table; /* by address */
	struct slab routes; /* of struct route */
	struct table route_table; /* by prefix and length */
	uint32_t plens[IP_PLENS]; /* routes of each length */
	struct list redirects; /* of struct route, oldest first */
	uint32_t nredirects;
	struct policy policy; /* RFC 6724 */
	struct dns dns;

	struct slab paths; /* of struct path */
	struct table path_table;
	struct list path_unused; /* longest unused first */
	uint32_t npath_unused;

	struct slab neighs; /* of struct neigh */
	struct table neigh_table;
	struct list neigh_probation; /* never proved, longest unused first */
	struct list neigh_kept; /* proved once, longest unused first */
	struct neigh *neigh_last; /* the one used last, or NULL */
	uint64_t neigh_queued; /* packets that wait for an answer */

	struct frags frags;
	struct icmp_limits limits;

	struct ip_error errors[IP_ERRORS];
	uint32_t errors_head, errors_count;
	uint64_t errors_lost;
};

/**
 * struct ip_config - What a network layer borrows from its stack
 * @seed:	randomness of its own is forked from it
 */
struct ip_config {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *trace;
	struct stats *stats;
	const struct rng *seed;
	ostia_time now;
};

/** ip_init() - Without links. Settings have their defaults in ip->set, and
 * may be changed at any time. Takes no memory.
 */
void ip_init(struct ip *ip, const struct ip_config *cfg);

/** ip_fini() - Frees all, links too; nobody holds a path any more. */
void ip_fini(struct ip *ip);

/**
 * ip_link_add() - Take the link in: index, and automatic addresses
 *
 * Ethernet of at least 1280 bytes gets its link-local address (ip/slaac), a
 * loopback link 127.0.0.1/8 and ::1/128. On errors the link
 * stays the caller's. Return: 0, -EEXIST (name), -ENOSPC, -ENOMEM.
 */
int ip_link_add(struct ip *ip, struct ostia_link *l, ostia_time now);

/** ip_link_del() - Drop its addresses, routes, neighbours and fragments. The
 * link is the caller's again (link_free()); paths by it are dead.
 */
void ip_link_del(struct ip *ip, struct ostia_link *l);

struct ostia_link *ip_link_at(struct ip *ip, uint32_t index);

/**
 * ip_rx() - An IP packet arrived
 * @p:	link, when, l3 and PKT_BROADCAST set; any bytes
 *
 * Checks it, puts fragments together, and says where it goes. On DELIVER src,
 * dst, zone, proto, ttl, tos, l4 and data are set, and the packet is cut to
 * its own length (l4 == data: transports move data on). HELD: a fragment.
 * DROP: ip->why names the counter. A reassembled packet is another one than
 * came in, hence @p is a pointer to it.
 */
enum verdict ip_rx(struct ip *ip, struct ostia_pkt **p, ostia_time now);

static inline ostia_time ip_next_deadline(const struct ip *ip)
{
	return wheel_next_deadline(&ip->wheel);
}

/** ip_expire() - Time passes: neighbours, fragments, addresses, routers. */
void ip_expire(struct ip *ip, ostia_time now);

/** ip_has_error() - Would ip_next_error() have any? */
static inline bool ip_has_error(const struct ip *ip)
{
	return ip->errors_count;
}

/** ip_next_error() - The oldest news for transports. Return: false: none. */
bool ip_next_error(struct ip *ip, struct ip_error *e);

/** ip_error_done() - Free what it quotes. */
void ip_error_done(struct ip_error *e);

/** ip_error_push() - For the rooms of ip/: takes e->quote; drops and counts
 * when IP_ERRORS wait.
 */
void ip_error_push(struct ip *ip, const struct ip_error *e);

/** ip_bytes() - Memory held, pool apart. */
size_t ip_bytes(const struct ip *ip);

/* IP_DROP(ip, IpInHdrErrors): count, and remember why */
#define IP_DROP(ip, counter) \
	((ip)->stats->counter++, (ip)->why = #counter, VERDICT_DROP)

/** ip_dropped() - Trace and free a packet that no verdict is told of. */
void ip_dropped(struct ip *ip, struct ostia_pkt *p, const char *why);

/** ip_tag() - A keyed hash of an address and a word, for tables. */
static inline uint32_t ip_tag(const struct ip *ip, const struct ostia_addr *a,
			      uint64_t with)
{
	const uint64_t w[3] = { a->q[0], a->q[1], with };

	return (uint32_t)(siphash_words_13(&ip->key, w, 3) >> 32);
}

#endif
