/* SPDX-License-Identifier: MIT */
/*
 * tcp/chrono.h - what a sender waits for, and how long (RFC 4898's idea)
 *
 * From the first byte that is queued to the last that is acknowledged it is
 * busy. Within, its program or the peer may be what holds it up: the window
 * takes no more, or the send buffer does not hold enough to fill the window.
 * The worse of two counts, as in Linux: tcpi_busy_time, tcpi_rwnd_limited,
 * tcpi_sndbuf_limited. At most one clock runs.
 */
#ifndef OSTIA_TCP_CHRONO_H
#define OSTIA_TCP_CHRONO_H

#include "base/time.h"

#include <stdint.h>

enum tcp_chrono_what {
	TCP_CHRONO_IDLE,
	TCP_CHRONO_BUSY,
	TCP_CHRONO_RWND,
	TCP_CHRONO_SNDBUF,
	TCP_CHRONOS
};

/**
 * struct tcp_chrono - Zeroed: idle, and never anything else
 * @ns:		of what lasted until @since; that of IDLE is no matter
 * @since:	when @what began
 */
struct tcp_chrono {
	uint64_t ns[TCP_CHRONOS];
	ostia_time since;
	uint8_t what;
};

/** tcp_chrono_set() - From now on it is @what. */
static inline void tcp_chrono_set(struct tcp_chrono *x,
				  enum tcp_chrono_what what, ostia_time now)
{
	x->ns[x->what] += now - x->since;
	x->what = (uint8_t)what;
	x->since = now;
}

/** tcp_chrono_start() - @what holds it up, and nothing worse does. */
static inline void tcp_chrono_start(struct tcp_chrono *x,
				    enum tcp_chrono_what what, ostia_time now)
{
	if (what > x->what)
		tcp_chrono_set(x, what, now);
}

/** tcp_chrono_stop() - @what does not hold it up any more. */
static inline void tcp_chrono_stop(struct tcp_chrono *x,
				   enum tcp_chrono_what what, ostia_time now)
{
	if (what == x->what)
		tcp_chrono_set(x, TCP_CHRONO_BUSY, now);
}

/** tcp_chrono_us() - All the time that it was @what. */
static inline uint64_t tcp_chrono_us(const struct tcp_chrono *x,
				     enum tcp_chrono_what what, ostia_time now)
{
	return (x->ns[what] + (x->what == what ? now - x->since : 0)) /
	       NS_PER_US;
}

#endif
