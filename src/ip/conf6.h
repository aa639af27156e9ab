/* SPDX-License-Identifier: MIT */
/*
 * ip/conf6.h - net.ipv6.conf.*: what a link may do by itself
 *
 * ip->conf6 is "default" and what links start with; each link has a copy of
 * its own. "all" writes both. The names are Linux's, and so are the defaults
 * but for two: a stack that is made by a program or a world is quiet until it
 * is told otherwise, so accept_ra and dad_transmits begin with 0. And one is
 * ours alone, for the same reason: mld_solicited makes a link report the
 * solicited-node groups of its addresses from the start; without it, it begins
 * when a group is joined there or a router asks for groups.
 */
#ifndef OSTIA_IP_CONF6_H
#define OSTIA_IP_CONF6_H

#include "base/settings.h"

#include <stdbool.h>

/** enum in6_gen - addr_gen_mode: where interface identifiers come from */
enum in6_gen {
	IN6_GEN_EUI64, /* the MAC address (RFC 4291 appendix A) */
	IN6_GEN_NONE, /* no link-local address, no autoconfiguration */
	IN6_GEN_STABLE, /* RFC 7217, from stable_secret */
	IN6_GEN_RANDOM, /* RFC 7217, from a secret of the stack's own */
};

struct in6_conf {
	uint32_t hop_limit; /* raised or lowered by routers */
	uint32_t mtu; /* 0: the link's; routers may tell */
	uint32_t forwarding;
	uint32_t accept_ra; /* 1: unless we forward; 2: always */
	uint32_t accept_ra_defrtr;
	uint32_t accept_ra_pinfo;
	uint32_t accept_ra_rtr_pref;
	uint32_t accept_ra_mtu;
	uint32_t accept_ra_min_hop_limit;
	uint32_t accept_ra_min_lft_s;
	uint32_t rt_info_min_plen; /* accept_ra_rt_info_min_plen */
	uint32_t rt_info_max_plen;
	uint32_t accept_redirects;
	uint32_t autoconf;
	uint32_t accept_dad; /* 2: a duplicate link-local address ends IPv6 */
	uint32_t dad_transmits;
	uint32_t enhanced_dad;
	uint32_t addr_gen_mode; /* enum in6_gen */
	uint32_t use_tempaddr; /* 1: made; 2: and preferred */
	uint32_t temp_valid_s; /* temp_valid_lft */
	uint32_t temp_preferred_s; /* temp_prefered_lft */
	uint32_t regen_max_retry;
	uint32_t regen_min_advance_s;
	uint32_t max_desync_s; /* max_desync_factor */
	uint32_t max_addresses; /* autoconfigured ones; 0: no limit but ours */
	uint32_t router_solicitations; /* UINT32_MAX: for ever */
	uint32_t rs_delay_s; /* router_solicitation_delay */
	uint32_t rs_interval_s;
	uint32_t rs_max_interval_s;
	uint32_t router_probe_interval_s;
	uint32_t drop_unsolicited_na;
	uint32_t ndisc_notify;
	uint32_t suppress_frag_ndisc;
	uint32_t mld_solicited;
};

/** in6_accepts_ra() - Routers do not believe routers, unless told to. */
static inline bool in6_accepts_ra(const struct in6_conf *c)
{
	return c->accept_ra == 2 || (c->accept_ra && !c->forwarding);
}

#define IN6_CONF_PREFIX "net.ipv6.conf.all."

/** conf6_rows() - Named "net.ipv6.conf.all.*". */
const struct setting_row *conf6_rows(unsigned *count);

#endif
