/* SPDX-License-Identifier: MIT */
/*
 * tcp/settings.h - what Linux's sysctls net.ipv4.tcp_* set, per stack
 */
#ifndef OSTIA_TCP_SETTINGS_H
#define OSTIA_TCP_SETTINGS_H

#include "base/settings.h"

/**
 * struct tcp_settings - Values; names, ranges and defaults are in settings.c
 *
 * Times are in the unit that the sysctl has (seconds unless named otherwise).
 */
struct tcp_settings {
	uint32_t sack;
	uint32_t dsack;
	uint32_t timestamps; /* 1: with a random offset; 2: without */
	uint32_t window_scaling;
	uint32_t ecn; /* tcp/ecn.h */
	uint32_t ecn_option; /* these two: struct tcp_accecn_when */
	uint32_t ecn_option_beacon;
	uint32_t ecn_fallback; /* SYNs that are repeated ask for less */
	uint32_t abe; /* RFC 8511; Linux has none */
	uint32_t syncookies; /* 0 never, 1 on overflow, 2 always */
	uint32_t max_syn_backlog;
	uint32_t somaxconn; /* net.core.somaxconn */
	uint32_t abort_on_overflow;
	uint32_t syn_retries;
	uint32_t syn_linear_timeouts; /* of a SYN, that do not double */
	uint32_t synack_retries;
	uint32_t retries1;
	uint32_t retries2;
	uint32_t orphan_retries;
	uint32_t max_orphans;
	uint32_t max_tw_buckets;
	uint32_t fin_timeout;
	uint32_t tw_reuse; /* 0 no, 1 yes, 2 loopback */
	uint32_t rfc1337;
	uint32_t keepalive_time;
	uint32_t keepalive_intvl;
	uint32_t keepalive_probes;
	uint32_t rmem[3];
	uint32_t wmem[3];
	uint32_t rmem_max; /* net.core.rmem_max: of SO_RCVBUF */
	uint32_t wmem_max;
	uint32_t moderate_rcvbuf;
	uint32_t slow_start_after_idle;
	uint32_t recovery; /* bits as Linux: 1 RACK, 2 static, 4 no dupthresh */
	uint32_t early_retrans; /* 3: tail loss probe */
	uint32_t frto;
	uint32_t rto_restart; /* RFC 7765; Linux has none */
	uint32_t notsent_lowat;
	uint32_t min_tso_segs;
	uint32_t hystart; /* Linux: a parameter of the module tcp_cubic */
	uint32_t fast_convergence; /* RFC 9438 4.7; Linux: likewise */
	uint32_t min_snd_mss;
	uint32_t invalid_ratelimit; /* ms */
	uint32_t challenge_ack_limit; /* per connection and second */
	uint32_t stdurg;
	uint32_t no_metrics_save; /* tcp/share.h */
	uint32_t no_ssthresh_metrics_save;
	uint32_t mtu_probing; /* tcp/plpmtu.h: 0 no, 1 at black holes, 2 yes */
	uint32_t base_mss;
	uint32_t mtu_probe_floor;
	uint32_t probe_interval;
	uint32_t probe_threshold;
	uint32_t fastopen; /* TCP_FO_SET_* */
	uint32_t fastopen_blackhole_timeout_sec;
	uint32_t congestion_control; /* tcp_cc_at() */
	uint32_t cc_refused; /* bits: those that TCP_CONGESTION may not name */
};

/** tcp_settings_defaults() - Linux's. */
void tcp_settings_defaults(struct tcp_settings *s);

#endif
