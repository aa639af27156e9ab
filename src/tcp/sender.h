/* SPDX-License-Identifier: MIT */
/*
 * tcp/sender.h - the sending half of a connection: what its rooms do together
 *
 * tcp_sender_on_ack() is the whole of the sender's side of an acceptable ACK,
 * in order: retransmission queue, RTT, SACK, RACK, recovery, congestion
 * control, timers. The rooms know only their own state; this file and tcp/tx.c
 * know the connection.
 */
#ifndef OSTIA_TCP_SENDER_H
#define OSTIA_TCP_SENDER_H

#include "base/stream.h"
#include "tcp/cc.h"
#include "tcp/cwv.h"
#include "tcp/keepalive.h"
#include "tcp/persist.h"
#include "tcp/rack.h"
#include "tcp/recovery.h"
#include "tcp/rtx.h"
#include "tcp/sack.h"
#include "wire/tcp.h"

#include <assert.h>

struct tcp;
struct tcp_conn;
struct tcp_cold;

/**
 * struct tcp_sender - Embedded in struct tcp_cold as `tx`
 * @ops:	congestion control; its state is @cc
 * @pos, @rtx_pos: places of SND.NXT and of the last retransmission in the
 *		send stream
 * @snd_sml:	end of the last segment that was not full (Minshall's Nagle)
 * @max_wnd:	largest window offered (SWS, D-SACK)
 * @cwv:	how much of the window is used
 * @gso_segs, @gso_mss: segments of a super-segment at most, computed for that
 *		mss; 0: not yet
 * @pace_next:	no data leaves before (pacing)
 * @syn_time:	when SYN or SYN-ACK first left; 0: not yet
 * @last_tx:	when data last left; 0: not since the cold part was taken
 * @syn_tries:	SYNs sent again
 * @fo:	TCP_FO_* of tcp/fastopen.h, 0: a plain handshake
 * @waiting:	TCP_DUE_RTX is for a closed window, a cork, or silly windows
 * @reo_wait:	TCP_DUE_PROBE is RACK's, not TLP's
 * @syn_due, @probe_due, @win_probe_due, @keep_due: what must leave at the pull
 * @cwr_due:	the next new data says CWR
 * @force:	the wait was long enough: send what the window takes
 * @odd:	any of these, from @waiting on
 */
struct tcp_sender {
	struct tcp_rtx rtx;
	struct tcp_rate rate;
	struct tcp_rack rack;
	struct tcp_recovery rec;
	const struct tcp_cc_ops *ops;
	union tcp_cc_state cc;
	struct stream_pos pos, rtx_pos;
	struct tcp_persist persist;
	struct tcp_keepalive keep;
	struct seq snd_sml;
	struct tcp_cwv cwv;
	uint32_t max_wnd;
	uint32_t gso_segs;
	uint16_t gso_mss;
	uint8_t syn_tries;
	uint8_t fo;
	ostia_time pace_next;
	ostia_time syn_time;
	ostia_time last_tx;
	union {
		struct {
			bool waiting, reo_wait;
			bool syn_due, probe_due, win_probe_due, keep_due;
			bool cwr_due, force;
		};
		uint64_t odd;
	};
};

static_assert(sizeof(struct tcp_sender) % 8 == 0 &&
		      8 * sizeof(bool) == sizeof(uint64_t),
	      "all of them are in @odd");

/**
 * struct tcp_ack_facts - An acceptable ACK, as tcp/ack.c found it
 * @ack:	SEG.ACK; SND.UNA <= it <= SND.NXT
 * @len:	SEG.LEN: payload and FIN (a duplicate ACK has none)
 * @wnd_changed: SND.WND was updated and differs
 * @ece:	ECN is agreed, and this ACK has its echo
 * @counts:	AccECN is, and this header's counters are newer than others
 * @rtt_us:	RTT by timestamps (RFC 7323 4.3), 0: none; tcp/ts.c's job
 * @ecr_valid, @ecr_us: the echoed timestamp on the connection's clock: the
 *		time in us at which what it answers was sent (Eifel)
 * @sack, @n_sack: blocks as in the option, when SACK was agreed
 */
struct tcp_ack_facts {
	struct seq ack;
	uint32_t len;
	bool wnd_changed;
	bool ece;
	bool ecr_valid;
	uint8_t n_sack;
	uint32_t rtt_us;
	uint64_t ecr_us;
	const struct wire_tcp *counts;
	const struct wire_tcp_sack *sack;
};

/**
 * tcp_sender_init() - The cold part was just taken (zeroed)
 * cwnd, ssthresh and RTT in @c are as they were; IW and initial values are
 * set by tcp_sender_open().
 */
void tcp_sender_init(struct tcp *t, struct tcp_conn *c, struct tcp_cold *k,
		     ostia_time now);
/** tcp_sender_fini() - The cold part goes: drop all records. */
void tcp_sender_fini(struct tcp *t, struct tcp_conn *c, struct tcp_cold *k);
/** tcp_sender_idle() - May the cold part go, as far as the sender knows? */
bool tcp_sender_idle(const struct tcp_conn *c, const struct tcp_cold *k);

/** tcp_sender_new() - A fresh connection: RTT and windows initial. */
void tcp_sender_new(struct tcp *t, struct tcp_conn *c);

/**
 * tcp_sender_open() - The handshake is complete: our SYN is acknowledged
 * @rtt_us:	its round trip by timestamps or by the half-open record; 0: by
 *		the sender's own SYN, if it was sent once
 *
 * Call after snd_una, snd_wnd, mss and TCP_F_* are set. Initial window (RFC
 * 6928; 1 if the SYN was lost), RTT sample, RTO disarmed. Cold part may be
 * absent.
 */
void tcp_sender_open(struct tcp *t, struct tcp_conn *c, uint32_t rtt_us,
		     ostia_time now);

/**
 * tcp_sender_on_ack() - An acceptable ACK in a synchronized state
 *
 * SND.WND, WL1 are updated already; SND.UNA not. Advances it, discards
 * acknowledged bytes from @c->snd, adds to bytes_acked, and does everything
 * the sender must: see above. Puts the connection on the ready list if it may
 * send. Tells TCP_NEWS_OUT if a writer waits and there is room. Whether our
 * FIN is acknowledged, the caller sees: TCP_F_FIN_SENT and SND.UNA = SND.NXT.
 */
void tcp_sender_on_ack(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_ack_facts *f, ostia_time now);

/**
 * tcp_sender_on_plain_ack() - The same by the short way
 *
 * For an ACK without SACK blocks or ECN-Echo, while there is a cold part.
 * Return: true: it took all that is in flight while nothing is odd, and is
 * done with; false: nothing has happened, call tcp_sender_on_ack().
 */
bool tcp_sender_on_plain_ack(struct tcp *t, struct tcp_conn *c, struct seq ack,
			     ostia_time now);

/** tcp_sender_on_reduced() - Marks, a loss or a timeout made cwnd smaller. */
void tcp_sender_on_reduced(struct tcp *t, struct tcp_conn *c);

/** tcp_sender_repair() - The rooms that repair loss, as tcp/recovery.h wants
 * them. For tcp/timers.c.
 */
struct tcp_repair tcp_sender_repair(struct tcp *t, struct tcp_conn *c);

/** tcp_sender_on_repair() - What recovery said is done: timers, traces. */
void tcp_sender_on_repair(struct tcp *t, struct tcp_conn *c,
			  const struct tcp_repair_done *done, ostia_time now);

/** tcp_sender_trace() - Tell of the window; @why as in the trace event. */
void tcp_sender_trace(struct tcp *t, const struct tcp_conn *c, const char *why);

/** tcp_sender_on_mtu() - The path's MTU changed: new @c->mss; what is too
 * large and lost goes out again in smaller pieces (RFC 8899 4.4 not needed).
 * @lost: ICMP quoted a segment of ours: what exceeds it is lost now.
 */
void tcp_sender_on_mtu(struct tcp *t, struct tcp_conn *c, bool lost,
		       ostia_time now);

/** tcp_sender_resend() - What is in flight did not arrive, which is no sign of
 * congestion: all of it goes out again.
 */
void tcp_sender_resend(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_sender_sync_mss() - @c->mss from path MTU, mss_peer, maxseg, options */
void tcp_sender_sync_mss(struct tcp *t, struct tcp_conn *c);

/** tcp_sender_cc() - What it uses, or will use, by option or setting. */
const struct tcp_cc_ops *tcp_sender_cc(const struct tcp *t,
				       const struct tcp_conn *c);

/** tcp_sender_set_cc() - From now on use @ops. */
void tcp_sender_set_cc(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_cc_ops *ops, ostia_time now);

/** tcp_sender_connect() - State is SYN-SENT or SYN-RECEIVED (simultaneous):
 * a SYN or SYN-ACK is due at the next pull. Takes the cold part.
 * Return: 0 or -ENOMEM.
 */
int tcp_sender_connect(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_sender_in_flight() - Segments, for tcp_info and traces. */
uint32_t tcp_sender_in_flight(const struct tcp_conn *c);

#endif
