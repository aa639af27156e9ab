/* SPDX-License-Identifier: MIT */
/*
 * tcp/plpmtu.h - the path's MTU found by trying: PLPMTUD (RFC 4821, RFC 8899)
 *
 * Where ICMP is swallowed, what is too large vanishes: a black hole. With
 * net.ipv4.tcp_mtu_probing 1 a connection that sees repeated timeouts goes back
 * to segments for net.ipv4.tcp_base_mss, then to half of that and so on (RFC
 * 8899 4.3, 5.1.2), and probes upwards from there; with 2 it begins so. A probe
 * is a segment of real data, sent when enough follows it that its loss would be
 * seen by SACK or duplicate ACKs; that loss is no sign of congestion (RFC 4821
 * 7.3), the search goes on in the lower half. The search ends where a step
 * would gain little, and begins anew after net.ipv4.tcp_probe_interval.
 *
 * Kept in the connection's rare part, as most never search. Sizes are of IP
 * packets.
 */
#ifndef OSTIA_TCP_PLPMTU_H
#define OSTIA_TCP_PLPMTU_H

#include "base/seq.h"
#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct tcp_conn;

/**
 * struct tcp_plpmtu - One search
 * @on:		we search; else nothing of this counts
 * @low:	arrives
 * @high:	may arrive; above it nothing is tried
 * @probe:	size that is on its way; 0: none
 * @start, @end: its numbers
 * @since:	when this search began
 */
struct tcp_plpmtu {
	bool on;
	uint32_t low, high, probe;
	struct seq start, end;
	ostia_time since;
};

/** tcp_plpmtu_begin() - @c is established: search from the start? */
void tcp_plpmtu_begin(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_plpmtu_on_timeouts() - Nothing comes back, for long: a black hole? The
 * caller asks for the MSS again.
 */
void tcp_plpmtu_on_timeouts(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_plpmtu_mtu() - What packets may have now, @mtu by the path. */
uint32_t tcp_plpmtu_mtu(const struct tcp *t, const struct tcp_conn *c,
			uint32_t mtu);

/**
 * tcp_plpmtu_wants() - Shall the next new data be a probe?
 * @room: segments that the congestion window takes
 * Return: octets of its payload, more than a segment's; 0: no.
 */
uint32_t tcp_plpmtu_wants(struct tcp *t, struct tcp_conn *c, uint32_t room,
			  ostia_time now);

/** tcp_plpmtu_on_sent() - It left, from @start, with @len octets. */
void tcp_plpmtu_on_sent(struct tcp *t, struct tcp_conn *c, struct seq start,
			uint32_t len);

/** tcp_plpmtu_on_acked() - SND.UNA advanced: has the probe arrived? Then
 * segments are larger, and the window is as many octets as before.
 */
void tcp_plpmtu_on_acked(struct tcp *t, struct tcp_conn *c);

/** tcp_plpmtu_on_resent() - Old data left again: a probe under way will not
 * have told anything (RFC 4821 7.3, 7.4: inconclusive).
 */
void tcp_plpmtu_on_resent(struct tcp *t, struct tcp_conn *c);

/** tcp_plpmtu_is_lost() - What follows a probe arrived, and it did not: the
 * search goes on below. For each ACK that is a duplicate or SACKs something.
 */
bool tcp_plpmtu_is_lost(struct tcp *t, struct tcp_conn *c);

#endif
