/* SPDX-License-Identifier: MIT */
/*
 * ip/settings.h - the network layer's sysctls
 *
 * One neighbour cache and one reassembly room serve both families, so the
 * names of IPv4 stand for both (net.ipv4.neigh.default.*, ipfrag_high_thresh).
 */
#ifndef OSTIA_IP_SETTINGS_H
#define OSTIA_IP_SETTINGS_H

#include "base/settings.h"

struct ip_settings {
	uint32_t ttl; /* net.ipv4.ip_default_ttl */
	uint32_t auto_flowlabels; /* net.ipv6.auto_flowlabels: 0 or 1 */
	uint32_t accept_redirects; /* net.ipv4.conf.all.accept_redirects */
	uint32_t send_redirects; /* net.ipv4.conf.all.send_redirects */
	uint32_t secure_redirects; /* net.ipv4.conf.all.secure_redirects */
	uint32_t redirect_s; /* net.ipv4.route.gc_timeout: a redirect lasts */
	uint32_t idgen_retries; /* net.ipv6.idgen_retries */
	uint32_t idgen_delay_s; /* net.ipv6.idgen_delay */
	uint32_t mtu6_expires_s; /* net.ipv6.route.mtu_expires */
	uint32_t forward; /* net.ipv4.ip_forward */
	uint32_t
		source_route; /* net.ipv4.conf.all.accept_source_route: never */
	uint32_t nonlocal_bind; /* net.ipv4.ip_nonlocal_bind */
	uint32_t port_range[2]; /* net.ipv4.ip_local_port_range */
	uint32_t min_pmtu; /* net.ipv4.route.min_pmtu */
	uint32_t mtu_expires_s; /* net.ipv4.route.mtu_expires */
	uint32_t path_max; /* net.ipv4.route.max_size: unused paths kept */
	uint32_t frag_time_s; /* net.ipv4.ipfrag_time */
	uint32_t frag6_time_s; /* net.ipv6.ip6frag_time */
	uint32_t frag_high_bytes; /* net.ipv4.ipfrag_high_thresh */
	uint32_t icmp_ratelimit_ms; /* net.ipv4.icmp_ratelimit */
	uint32_t icmp_ratemask; /* net.ipv4.icmp_ratemask */
	uint32_t icmp6_ratelimit_ms; /* net.ipv6.icmp.ratelimit */
	uint32_t icmp_msgs_per_sec; /* net.ipv4.icmp_msgs_per_sec */
	uint32_t icmp_msgs_burst; /* net.ipv4.icmp_msgs_burst */
	uint32_t echo_ignore_all; /* net.ipv4.icmp_echo_ignore_all */
	uint32_t echo_ignore_bcast; /* net.ipv4.icmp_echo_ignore_broadcasts */
	uint32_t echo6_ignore_all; /* net.ipv6.icmp.echo_ignore_all */
	uint32_t echo6_ignore_mcast; /* net.ipv6.icmp.echo_ignore_multicast */
	uint32_t igmp_max_memberships; /* net.ipv4.igmp_max_memberships */
	uint32_t igmp_max_msf; /* net.ipv4.igmp_max_msf */
	uint32_t mld_max_msf; /* net.ipv6.mld_max_msf */
	uint32_t igmp_qrv; /* net.ipv4.igmp_qrv */
	uint32_t mld_qrv; /* net.ipv6.mld_qrv */
	uint32_t igmp_link_local; /* net.ipv4.igmp_link_local_mcast_reports */
	uint32_t force_igmp; /* net.ipv4.conf.all.force_igmp_version */
	uint32_t force_mld; /* net.ipv6.conf.all.force_mld_version */
	uint32_t neigh_thresh1; /* net.ipv4.neigh.default.gc_thresh1 */
	uint32_t neigh_thresh2; /* ... gc_thresh2 */
	uint32_t neigh_thresh3; /* ... gc_thresh3 */
	uint32_t neigh_stale_s; /* ... gc_stale_time */
	uint32_t neigh_reachable_ms; /* ... base_reachable_time_ms */
	uint32_t neigh_retrans_ms; /* ... retrans_time_ms */
	uint32_t neigh_delay_s; /* ... delay_first_probe_time */
	uint32_t neigh_mcast; /* ... mcast_solicit */
	uint32_t neigh_ucast; /* ... ucast_solicit */
	uint32_t neigh_queue; /* ... unres_qlen: packets */
};

/** ip_settings_rows() - The table, and how many rows it has. */
const struct setting_row *ip_settings_rows(unsigned *count);

#endif
