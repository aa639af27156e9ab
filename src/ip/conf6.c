/* SPDX-License-Identifier: MIT */
#include "ip/conf6.h"

#include <stddef.h>

#define ROW(text, field, lo, hi, def)                                   \
	{                                                               \
		.name = IN6_CONF_PREFIX text,                           \
		.offset = offsetof(struct in6_conf, field), .count = 1, \
		.min = (lo), .max = (hi), .dflt = {                     \
			(def)                                           \
		}                                                       \
	}

enum { DAY_S = 86400, LONG_S = 1 << 30 };

/* Defaults are Linux's (Documentation/networking/ip-sysctl.rst), but for
 * accept_ra and dad_transmits: see the header.
 */
static const struct setting_row rows[] = {
	ROW("hop_limit", hop_limit, 1, 255, 64),
	ROW("mtu", mtu, 0, 65535, 0),
	ROW("forwarding", forwarding, 0, 1, 0),
	ROW("accept_ra", accept_ra, 0, 2, 0),
	ROW("accept_ra_defrtr", accept_ra_defrtr, 0, 1, 1),
	ROW("accept_ra_pinfo", accept_ra_pinfo, 0, 1, 1),
	ROW("accept_ra_rtr_pref", accept_ra_rtr_pref, 0, 1, 1),
	ROW("accept_ra_mtu", accept_ra_mtu, 0, 1, 1),
	ROW("accept_ra_min_hop_limit", accept_ra_min_hop_limit, 0, 255, 1),
	ROW("accept_ra_min_lft", accept_ra_min_lft_s, 0, LONG_S, 0),
	ROW("accept_ra_rt_info_min_plen", rt_info_min_plen, 0, 128, 0),
	ROW("accept_ra_rt_info_max_plen", rt_info_max_plen, 0, 128, 0),
	ROW("accept_redirects", accept_redirects, 0, 1, 1),
	ROW("autoconf", autoconf, 0, 1, 1),
	ROW("accept_dad", accept_dad, 0, 2, 1),
	ROW("dad_transmits", dad_transmits, 0, 100, 0),
	ROW("enhanced_dad", enhanced_dad, 0, 1, 1),
	ROW("addr_gen_mode", addr_gen_mode, 0, 3, IN6_GEN_EUI64),
	ROW("use_tempaddr", use_tempaddr, 0, 2, 0),
	ROW("temp_valid_lft", temp_valid_s, 1, LONG_S, 7 * DAY_S),
	ROW("temp_prefered_lft", temp_preferred_s, 1, LONG_S, DAY_S),
	ROW("regen_max_retry", regen_max_retry, 0, 100, 3),
	ROW("regen_min_advance", regen_min_advance_s, 0, 3600, 2),
	ROW("max_desync_factor", max_desync_s, 0, DAY_S, 600),
	ROW("max_addresses", max_addresses, 0, 1024, 16),
	ROW("router_solicitations", router_solicitations, 0, UINT32_MAX,
	    SETTING_EVER),
	ROW("router_solicitation_delay", rs_delay_s, 0, 3600, 1),
	ROW("router_solicitation_interval", rs_interval_s, 1, 3600, 4),
	ROW("router_solicitation_max_interval", rs_max_interval_s, 1, LONG_S,
	    3600),
	ROW("router_probe_interval", router_probe_interval_s, 1, 3600, 60),
	ROW("drop_unsolicited_na", drop_unsolicited_na, 0, 1, 0),
	ROW("ndisc_notify", ndisc_notify, 0, 1, 0),
	ROW("suppress_frag_ndisc", suppress_frag_ndisc, 0, 1, 1),
	ROW("mld_solicited", mld_solicited, 0, 1, 0),
};

const struct setting_row *conf6_rows(unsigned *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
