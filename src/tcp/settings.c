/* SPDX-License-Identifier: MIT */
#include "tcp/settings.h"

#include "tcp/conn.h"

#include <errno.h>
#include <stddef.h>

#define ROW(sysctl, member, low, high, value)                                \
	{                                                                    \
		.name = "net." sysctl,                                       \
		.offset = offsetof(struct tcp_settings, member), .count = 1, \
		.min = (low), .max = (high), .dflt = {                       \
			value                                                \
		}                                                            \
	}
#define ROW3(sysctl, member, a, b, c)                                        \
	{                                                                    \
		.name = "net." sysctl,                                       \
		.offset = offsetof(struct tcp_settings, member), .count = 3, \
		.min = 2048, .max = 1u << 30, .dflt = {                      \
			a,                                                   \
			b,                                                   \
			c                                                    \
		}                                                            \
	}

/*
 * Linux's defaults, but for: rfc1337, which Linux leaves off for no reason of
 * today (RFC 1337 3, fix F1); fin_timeout and others are the same.
 *
 * tcp_syn_linear_timeouts is 0, not 4: RFC 9293's MUST-22 has SYNs back off as
 * data does.
 *
 * tcp_abe (as FreeBSD's net.inet.tcp.cc.abe) is off: RFC 8511 is an experiment,
 * and who gives way less than Linux does takes Linux's share of a marking
 * queue.
 */
static const struct setting_row rows[] = {
	ROW("core.somaxconn", somaxconn, 0, 1u << 20, 4096),
	ROW("core.rmem_max", rmem_max, 2304, 1u << 29, 212992),
	ROW("core.wmem_max", wmem_max, 4608, 1u << 29, 212992),
	ROW("ipv4.tcp_sack", sack, 0, 1, 1),
	ROW("ipv4.tcp_dsack", dsack, 0, 1, 1),
	ROW("ipv4.tcp_timestamps", timestamps, 0, 2, 1),
	ROW("ipv4.tcp_window_scaling", window_scaling, 0, 1, 1),
	ROW("ipv4.tcp_ecn", ecn, 0, 5, 2),
	ROW("ipv4.tcp_ecn_option", ecn_option, 0, 3, 2),
	ROW("ipv4.tcp_ecn_option_beacon", ecn_option_beacon, 0, 3, 3),
	ROW("ipv4.tcp_ecn_fallback", ecn_fallback, 0, 1, 1),
	ROW("ipv4.tcp_abe", abe, 0, 1, 0),
	ROW("ipv4.tcp_syncookies", syncookies, 0, 2, 1),
	ROW("ipv4.tcp_max_syn_backlog", max_syn_backlog, 0, 1u << 20, 4096),
	ROW("ipv4.tcp_abort_on_overflow", abort_on_overflow, 0, 1, 0),
	ROW("ipv4.tcp_syn_retries", syn_retries, 1, 127, 6),
	ROW("ipv4.tcp_syn_linear_timeouts", syn_linear_timeouts, 0, 127, 0),
	ROW("ipv4.tcp_synack_retries", synack_retries, 0, 255, 5),
	ROW("ipv4.tcp_retries1", retries1, 0, 255, 3),
	ROW("ipv4.tcp_retries2", retries2, 0, 255, 15),
	ROW("ipv4.tcp_orphan_retries", orphan_retries, 0, 255, 0),
	ROW("ipv4.tcp_max_orphans", max_orphans, 0, 1u << 26, 65536),
	ROW("ipv4.tcp_max_tw_buckets", max_tw_buckets, 0, 1u << 26, 1u << 22),
	ROW("ipv4.tcp_fin_timeout", fin_timeout, 1, 86400, 60),
	ROW("ipv4.tcp_tw_reuse", tw_reuse, 0, 2, 2),
	ROW("ipv4.tcp_rfc1337", rfc1337, 0, 1, 1),
	ROW("ipv4.tcp_keepalive_time", keepalive_time, 1, 32767, 7200),
	ROW("ipv4.tcp_keepalive_intvl", keepalive_intvl, 1, 32767, 75),
	ROW("ipv4.tcp_keepalive_probes", keepalive_probes, 1, 127, 9),
	ROW3("ipv4.tcp_rmem", rmem, 4096, 131072, 6291456),
	ROW3("ipv4.tcp_wmem", wmem, 4096, 16384, 4194304),
	ROW("ipv4.tcp_moderate_rcvbuf", moderate_rcvbuf, 0, 1, 1),
	ROW("ipv4.tcp_slow_start_after_idle", slow_start_after_idle, 0, 1, 1),
	ROW("ipv4.tcp_recovery", recovery, 0, 1, 1),
	ROW("ipv4.tcp_early_retrans", early_retrans, 0, 4, 3),
	ROW("ipv4.tcp_frto", frto, 0, 2, 2),
	ROW("ipv4.tcp_rto_restart", rto_restart, 0, 1, 0),
	ROW("ipv4.tcp_notsent_lowat", notsent_lowat, 1, UINT32_MAX, UINT32_MAX),
	ROW("ipv4.tcp_hystart", hystart, 0, 1, 1),
	ROW("ipv4.tcp_fast_convergence", fast_convergence, 0, 1, 1),
	ROW("ipv4.tcp_min_tso_segs", min_tso_segs, 1, 64, 2),
	ROW("ipv4.tcp_min_snd_mss", min_snd_mss, 48, 1460, 48),
	ROW("ipv4.tcp_invalid_ratelimit", invalid_ratelimit, 0, 60000, 500),
	ROW("ipv4.tcp_challenge_ack_limit", challenge_ack_limit, 1, 10000, 100),
	ROW("ipv4.tcp_stdurg", stdurg, 0, 1, 0),
	ROW("ipv4.tcp_no_metrics_save", no_metrics_save, 0, 1, 0),
	ROW("ipv4.tcp_no_ssthresh_metrics_save", no_ssthresh_metrics_save, 0, 1,
	    1),
	ROW("ipv4.tcp_mtu_probing", mtu_probing, 0, 2, 0),
	ROW("ipv4.tcp_base_mss", base_mss, 48, 65495, 1024),
	ROW("ipv4.tcp_mtu_probe_floor", mtu_probe_floor, 48, 65495, 48),
	ROW("ipv4.tcp_probe_interval", probe_interval, 0, UINT32_MAX, 600),
	ROW("ipv4.tcp_probe_threshold", probe_threshold, 0, 65535, 8),
	ROW("ipv4.tcp_fastopen", fastopen, 0, INT32_MAX, 1),
	ROW("ipv4.tcp_fastopen_blackhole_timeout_sec",
	    fastopen_blackhole_timeout_sec, 0, INT32_MAX, 0),
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct setting_row *tcp_settings(unsigned *n)
{
	*n = ROWS;
	return rows;
}

void *tcp_settings_base(struct tcp *t)
{
	return &t->set;
}

uint32_t tcp_somaxconn(const struct tcp *t)
{
	return t->set.somaxconn;
}

void tcp_settings_defaults(struct tcp_settings *s)
{
	memset(s, 0, sizeof(*s));
	settings_defaults(s, rows, ROWS);
}
