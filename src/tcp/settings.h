/* SPDX-License-Identifier: MIT */
/*
 * tcp/settings.h - what Linux's sysctls net.ipv4.tcp_* set, per stack
 */
#ifndef OSTIA_TCP_SETTINGS_H
#define OSTIA_TCP_SETTINGS_H

#include <stdint.h>

/**
 * struct tcp_settings - Values; names, ranges and defaults are in settings.c
 *
 * Times are in the unit that the sysctl has (seconds unless named otherwise).
 */
struct tcp_settings {
	int32_t sack;
	int32_t dsack;
	int32_t timestamps; /* 1: with a random offset; 2: without */
	int32_t window_scaling;
	int32_t ecn; /* 0 no, 1 ask and accept, 2 accept */
	int32_t syncookies; /* 0 never, 1 on overflow, 2 always */
	int32_t max_syn_backlog;
	int32_t somaxconn; /* net.core.somaxconn */
	int32_t abort_on_overflow;
	int32_t syn_retries;
	int32_t synack_retries;
	int32_t retries1;
	int32_t retries2;
	int32_t orphan_retries;
	int32_t max_orphans;
	int32_t max_tw_buckets;
	int32_t fin_timeout;
	int32_t tw_reuse; /* 0 no, 1 yes, 2 loopback */
	int32_t rfc1337;
	int32_t keepalive_time;
	int32_t keepalive_intvl;
	int32_t keepalive_probes;
	int32_t rmem[3];
	int32_t wmem[3];
	int32_t moderate_rcvbuf;
	int32_t adv_win_scale; /* the ratio is measured; where to begin */
	int32_t slow_start_after_idle;
	int32_t recovery; /* bits as Linux: 1 RACK, 2 static, 4 no dupthresh */
	int32_t early_retrans; /* 3: tail loss probe */
	int32_t reordering;
	int32_t max_reordering;
	int32_t frto;
	int32_t limit_output_bytes;
	int32_t notsent_lowat;
	int32_t min_tso_segs;
	int32_t pacing_ss_ratio; /* percent */
	int32_t pacing_ca_ratio;
	int32_t base_mss;
	int32_t min_snd_mss;
	int32_t mtu_probing;
	int32_t invalid_ratelimit; /* ms */
	int32_t challenge_ack_limit; /* per connection and second */
	int32_t thin_linear_timeouts;
	int32_t retrans_collapse;
	int32_t stdurg;
	int32_t fastopen;
	int32_t autocorking;
	int32_t workaround_signed_windows;
	char congestion_control[16];
};

struct setting_row;

/** tcp_settings_defaults() - Linux's. */
void tcp_settings_defaults(struct tcp_settings *s);

#endif
