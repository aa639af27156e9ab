/* SPDX-License-Identifier: MIT */
/*
 * tcp/ts.h - timestamps (RFC 7323 3 to 5)
 *
 * Our clock ticks in ms and is moved by an offset that is a keyed hash of the
 * connection's two ends, so a peer learns neither uptime nor that two addresses
 * are one host (5.4), and a new incarnation of the same two ends goes on where
 * the old one was (RFC 6191).
 */
#ifndef OSTIA_TCP_TS_H
#define OSTIA_TCP_TS_H

#include "tcp/conn.h"
#include "wire/tcp.h"

/** tcp_ts_offset() - The keyed offset of these two ends. */
uint32_t tcp_ts_offset(const struct tcp *t, const struct flow *f);

/** tcp_ts_clock() - Our clock without an offset: ms. */
static inline uint32_t tcp_ts_clock(ostia_time now)
{
	return (uint32_t)(now / NS_PER_MS);
}

/** tcp_ts_val() - TSval for a segment that leaves now. */
static inline uint32_t tcp_ts_val(const struct tcp_conn *c, ostia_time now)
{
	return tcp_ts_clock(now) + c->ts_offset;
}

/** tcp_ts_age() - The present in the unit of conn->ts_recent_age. */
static inline uint8_t tcp_ts_age(ostia_time now)
{
	return (uint8_t)(now >> 48);
}

/**
 * tcp_ts_paws_rejects() - Is the segment an old duplicate? (RFC 7323 5.3 R1)
 * @recent, @age:	TS.Recent and when it was set; older than 24 days is
 * void
 */
bool tcp_ts_paws_rejects(uint32_t tsval, uint32_t recent, uint8_t age,
			 ostia_time now);

/** tcp_ts_store() - Step R3 and 4.3 (2): TS.Recent follows */
static inline void tcp_ts_store(struct tcp_conn *c, uint32_t tsval,
				ostia_time now)
{
	c->ts_recent = tsval;
	c->ts_recent_age = tcp_ts_age(now);
}

/**
 * tcp_ts_rtt_us() - The round trip that an echoed timestamp proves
 * Return: us, 0 if @tsecr is 0 or cannot be ours. Coarse: ms.
 */
uint32_t tcp_ts_rtt_us(const struct tcp_conn *c, uint32_t tsecr,
		       ostia_time now);

#endif
