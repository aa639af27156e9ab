/* SPDX-License-Identifier: MIT */
/*
 * ip/link6.h - what IPv6 knows of a link beyond its addresses and routes
 */
#ifndef OSTIA_IP_LINK6_H
#define OSTIA_IP_LINK6_H

#include "base/wheel.h"
#include "ip/conf6.h"
#include "ip/state.h"

enum {
	LINK6_ROUTERS = 16, /* ifaddr.routers has a bit for each */
	LINK6_ADDRS = 64, /* autoconfigured ones, whatever max_addresses says */
	LINK6_ROUTES = 64, /* that routers told: prefixes and ways */
};

/**
 * struct rtr - A default router of a link (RFC 4861 5.1)
 * @probe:	armed while it does not answer (RFC 4191 3.2)
 * @until:	end of its lifetime
 * @pref:	1 high, 0 medium, -1 low
 */
struct rtr {
	struct wheel_node probe;
	struct wheel_node life;
	struct ostia_addr addr;
	struct ostia_link *link;
	int8_t pref;
	bool used;
	bool failed;
};

/**
 * struct link6 - See above
 * @solicit:	the next router solicitation (RFC 7559)
 * @wait_ns:	what we last waited for an answer
 * @solicited:	how often we asked
 * @reachable_ms, @retrans_ms, @hop_limit, @mtu: a router's word; 0: none
 * @nroutes:	routes by advertisements
 * @managed, @other: the last advertisement's flags M and O
 * @off:	a duplicate of our own MAC address is about (accept_dad = 2)
 * @mld:	groups are joined or asked for: addrs_tell_solicited()
 * @no_temp:	too many temporary addresses proved to be taken (RFC 8981 3.4)
 */
struct link6 {
	struct in6_conf conf;
	struct ostia_link *link;
	struct wheel_node solicit;
	uint64_t wait_ns;
	uint32_t solicited;
	uint32_t reachable_ms, retrans_ms;
	uint32_t mtu;
	uint32_t nroutes;
	struct rtr rtr[LINK6_ROUTERS];
	uint8_t hop_limit;
	bool managed, other;
	bool off, no_temp, mld;
};

/** link6_new() - For a link that has none yet. Return: 0, -ENOMEM. */
int link6_new(struct ip *ip, struct ostia_link *l);

/** link6_free() - Its routers are forgotten; harmless without one. */
void link6_free(struct ip *ip, struct ostia_link *l);

/**
 * link6_conf_changed() - Settings of @l are not what they were: begin to ask
 * for routers, or stop.
 */
void link6_conf_changed(struct ip *ip, struct ostia_link *l, ostia_time now);

/** link6_retrans_ns() - Between questions of neighbour discovery. */
static inline uint64_t link6_retrans_ns(const struct ip *ip,
					const struct ostia_link *l)
{
	uint32_t ms = l->in6 ? l->in6->retrans_ms : 0;

	return (ms ? ms : ip->set.neigh_retrans_ms) * NS_PER_MS;
}

/** link6_hop_limit() - Of packets that nobody gave one. */
static inline uint8_t link6_hop_limit(const struct ip *ip,
				      const struct ostia_link *l)
{
	if (!l || !l->in6)
		return (uint8_t)ip->conf6.hop_limit;
	return l->in6->hop_limit ? l->in6->hop_limit
				 : (uint8_t)l->in6->conf.hop_limit;
}

/** link6_mtu() - Of IPv6 packets: the link's, a router's, a setting's. */
static inline uint32_t link6_mtu(const struct ostia_link *l)
{
	uint32_t mtu = l->mtu;

	if (!l->in6)
		return mtu;
	if (l->in6->mtu && l->in6->mtu < mtu)
		mtu = l->in6->mtu;
	if (l->in6->conf.mtu && l->in6->conf.mtu < mtu)
		mtu = l->in6->conf.mtu;
	return mtu;
}

#endif
