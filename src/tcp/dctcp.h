/* SPDX-License-Identifier: MIT */
/*
 * tcp/dctcp.h - DCTCP: give way in proportion to what was marked (RFC 8257)
 *
 * For networks where every queue marks early. @alpha is the share of segments
 * that were marked, averaged over windows; on a mark the window shrinks by half
 * of that, once a round trip (tcp/recovery). All else, losses too, is Reno's.
 * The receiver's part (3.2) is in tcp/ecn.c.
 */
#ifndef OSTIA_TCP_DCTCP_H
#define OSTIA_TCP_DCTCP_H

#include "base/seq.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	TCP_DCTCP_ONE = 1 << 10, /* DCTCP.Alpha is in 1/1024 */
	TCP_DCTCP_G_SHIFT = 4, /* g = 1/16 (3.3) */
};

/**
 * struct tcp_dctcp - RFC 8257 3.3
 * @window_end:	DCTCP.WindowEnd, if @begun
 * @alpha:	DCTCP.Alpha
 * @acked, @marked: segments of this window: BytesAcked, BytesMarked
 * @count:	Reno's
 */
struct tcp_dctcp {
	struct seq window_end;
	uint32_t alpha;
	uint32_t acked, marked;
	uint32_t count;
	bool begun;
};

#endif
