/* SPDX-License-Identifier: MIT */
/*
 * tcp/metrics.h - what connections between two addresses leave to the next
 *		   (RFC 9040 2, 3; RFC 7413 4.1.3)
 *
 * One record for a pair of addresses, ours and the peer's, as Linux keeps its
 * tcp_metrics: Fast Open's cookie and luck (tcp/fastopen.h), ECN's luck
 * (tcp/ecn.h), and what was learnt of the path (tcp/share.h). Records are
 * bounded; the one that was not used for longest makes room (counted). None is
 * a reason to fail: who gets no record does without.
 */
#ifndef OSTIA_TCP_METRICS_H
#define OSTIA_TCP_METRICS_H

#include "base/addr.h"
#include "base/list.h"
#include "base/slab.h"
#include "base/table.h"
#include "base/time.h"
#include "tcp/fastopen.h"

enum { TCP_METRICS_MAX = 4096 };

struct tcp;

/**
 * struct tcp_path_metrics - Of connections that ended well
 * @when:	they were kept; 0: nothing is known
 * @srtt_us, @rttvar_us: RFC 6298's, smoothed over connections
 * @ssthresh, @cwnd: segments; 0: not known
 */
struct tcp_path_metrics {
	ostia_time when;
	uint32_t srtt_us, rttvar_us;
	uint32_t ssthresh, cwnd;
};

/**
 * struct tcp_ecn_known - How SYNs fared that ask for ECN (RFC 9768 3.1.4.1)
 * @blocked: connections in a row whose SYNs were heard only when they asked
 *	     no more, the last at @when
 */
struct tcp_ecn_known {
	ostia_time when;
	uint8_t blocked;
};

/** struct tcp_metric - A record */
struct tcp_metric {
	struct list node; /* oldest use first */
	struct ostia_addr local, remote;
	uint32_t zone;
	uint32_t self; /* handle */
	uint32_t tag;
	struct tcp_fo_known fo;
	struct tcp_ecn_known ecn;
	struct tcp_path_metrics path;
};

/** struct tcp_metrics - All of a stack */
struct tcp_metrics {
	struct slab records;
	struct table by_pair;
	struct list used;
};

void tcp_metrics_init(struct tcp_metrics *m, const struct ostia_env *env);
void tcp_metrics_fini(struct tcp_metrics *m);
size_t tcp_metrics_bytes(const struct tcp_metrics *m);

/** tcp_metrics_find() - The record of these ends, or NULL. */
struct tcp_metric *tcp_metrics_find(struct tcp *t, const struct flow *f);

/** tcp_metrics_get() - The same; made if there is none. NULL: no memory. */
struct tcp_metric *tcp_metrics_get(struct tcp *t, const struct flow *f);

/**
 * tcp_metrics_spares() - Is what failed last at @when left alone still?
 * For @s seconds, doubled @times times, but @most at most.
 */
static inline bool tcp_metrics_spares(ostia_time when, uint64_t s,
				      unsigned times, unsigned most,
				      ostia_time now)
{
	return time_since(when, now) < (s * NS_PER_S)
					       << (times < most ? times : most);
}

#endif
