/* SPDX-License-Identifier: MIT */
#include "ip/settings.h"

#include <stddef.h>

#define ROW(text, field, lo, hi, ...)                                          \
	{                                                                      \
		.name = (text), .offset = offsetof(struct ip_settings, field), \
		.count = sizeof(((struct ip_settings *)0)->field) / 4,         \
		.min = (lo), .max = (hi), .dflt = {                            \
			__VA_ARGS__                                            \
		}                                                              \
	}

#define NEIGH "net.ipv4.neigh.default."

/* Defaults are Linux's (Documentation/networking/ip-sysctl.rst). */
static const struct setting_row rows[] = {
	ROW("net.ipv4.ip_default_ttl", ttl, 1, 255, 64),
	ROW("net.ipv6.auto_flowlabels", auto_flowlabels, 0, 1, 1),
	ROW("net.ipv4.conf.all.accept_redirects", accept_redirects, 0, 1, 1),
	ROW("net.ipv4.conf.all.send_redirects", send_redirects, 0, 1, 1),
	ROW("net.ipv4.conf.all.secure_redirects", secure_redirects, 0, 1, 1),
	ROW("net.ipv4.route.gc_timeout", redirect_s, 1, 1u << 20, 300),
	ROW("net.ipv6.idgen_retries", idgen_retries, 0, 100, 3),
	ROW("net.ipv6.idgen_delay", idgen_delay_s, 0, 3600, 1),
	ROW("net.ipv6.route.mtu_expires", mtu6_expires_s, 1, 1u << 20, 600),
	ROW("net.ipv4.ip_forward", forward, 0, 1, 0),
	ROW("net.ipv4.conf.all.accept_source_route", source_route, 0, 0, 0),
	ROW("net.ipv4.ip_nonlocal_bind", nonlocal_bind, 0, 1, 0),
	ROW("net.ipv4.ip_local_port_range", port_range, 1, 65535, 32768, 60999),
	ROW("net.ipv4.route.min_pmtu", min_pmtu, 68, 65535, 552),
	ROW("net.ipv4.route.mtu_expires", mtu_expires_s, 1, 1u << 20, 600),
	ROW("net.ipv4.route.max_size", path_max, 1, 1u << 24, 4096),
	ROW("net.ipv4.ipfrag_time", frag_time_s, 1, 3600, 30),
	ROW("net.ipv6.ip6frag_time", frag6_time_s, 1, 3600, 60),
	ROW("net.ipv4.ipfrag_high_thresh", frag_high_bytes, 0, UINT32_MAX,
	    4194304),
	ROW("net.ipv4.icmp_ratelimit", icmp_ratelimit_ms, 0, 3600000, 1000),
	ROW("net.ipv4.icmp_ratemask", icmp_ratemask, 0, UINT32_MAX, 6168),
	ROW("net.ipv6.icmp.ratelimit", icmp6_ratelimit_ms, 0, 3600000, 1000),
	ROW("net.ipv4.icmp_msgs_per_sec", icmp_msgs_per_sec, 0, 1u << 30, 1000),
	ROW("net.ipv4.icmp_msgs_burst", icmp_msgs_burst, 0, 1u << 30, 50),
	ROW("net.ipv4.icmp_echo_ignore_all", echo_ignore_all, 0, 1, 0),
	ROW("net.ipv4.icmp_echo_ignore_broadcasts", echo_ignore_bcast, 0, 1, 1),
	ROW("net.ipv6.icmp.echo_ignore_all", echo6_ignore_all, 0, 1, 0),
	ROW("net.ipv6.icmp.echo_ignore_multicast", echo6_ignore_mcast, 0, 1, 0),
	ROW("net.ipv4.igmp_max_memberships", igmp_max_memberships, 0, 1u << 20,
	    20),
	ROW("net.ipv4.igmp_max_msf", igmp_max_msf, 0, 4096, 10),
	ROW("net.ipv6.mld_max_msf", mld_max_msf, 0, 4096, 64),
	ROW("net.ipv4.igmp_qrv", igmp_qrv, 1, 7, 2),
	ROW("net.ipv6.mld_qrv", mld_qrv, 1, 7, 2),
	ROW("net.ipv4.igmp_link_local_mcast_reports", igmp_link_local, 0, 1, 1),
	ROW("net.ipv4.conf.all.force_igmp_version", force_igmp, 0, 3, 0),
	ROW("net.ipv6.conf.all.force_mld_version", force_mld, 0, 2, 0),
	ROW(NEIGH "gc_thresh1", neigh_thresh1, 0, 1u << 20, 128),
	ROW(NEIGH "gc_thresh2", neigh_thresh2, 1, 1u << 20, 512),
	ROW(NEIGH "gc_thresh3", neigh_thresh3, 1, 1u << 20, 1024),
	ROW(NEIGH "gc_stale_time", neigh_stale_s, 1, 1u << 20, 60),
	ROW(NEIGH "base_reachable_time_ms", neigh_reachable_ms, 1, 1u << 30,
	    30000),
	ROW(NEIGH "retrans_time_ms", neigh_retrans_ms, 1, 3600000, 1000),
	ROW(NEIGH "delay_first_probe_time", neigh_delay_s, 0, 3600, 5),
	ROW(NEIGH "mcast_solicit", neigh_mcast, 1, 100, 3),
	ROW(NEIGH "ucast_solicit", neigh_ucast, 1, 100, 3),
	ROW(NEIGH "unres_qlen", neigh_queue, 1, 1000, 101),
};

const struct setting_row *ip_settings_rows(unsigned *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
