/* SPDX-License-Identifier: MIT */
/*
 * record/estats.h - what a TCP connection counts, in the words of RFC 4898
 *
 * One row here makes an object of the MIB: its name without "tcpEStats", its
 * unit, what of struct tcp_info it is, and what it says. Rows are recorded in
 * this order: new ones go to the end. Times are kept in us and shown in the ms
 * of the RFC.
 */
#ifndef OSTIA_RECORD_ESTATS_H
#define OSTIA_RECORD_ESTATS_H

#include <stdint.h>

struct tcp_info;

enum { ESTATS_MOST = 256 }; /* that a reader believes */

enum estats_unit { ESTATS_COUNT, ESTATS_OCTETS, ESTATS_US };

/* clang-format off */
#define ESTATS(E) \
	E(PerfSegsOut, COUNT, t->tcpi_segs_out, \
	  "segments sent") \
	E(PerfDataSegsOut, COUNT, t->tcpi_data_segs_out, \
	  "of which with data") \
	E(PerfDataOctetsOut, OCTETS, t->tcpi_bytes_sent, \
	  "octets of data sent, repeated ones counted each time") \
	E(PerfSegsRetrans, COUNT, t->tcpi_total_retrans, \
	  "segments sent again") \
	E(PerfOctetsRetrans, OCTETS, t->tcpi_bytes_retrans, \
	  "octets sent again") \
	E(PerfSegsIn, COUNT, t->tcpi_segs_in, \
	  "segments received") \
	E(PerfDataSegsIn, COUNT, t->tcpi_data_segs_in, \
	  "of which with data") \
	E(PerfCurMSS, OCTETS, t->tcpi_snd_mss, \
	  "largest segment that is sent") \
	E(PerfPipeSize, OCTETS, pipe_size(t), \
	  "octets in the network, as the sender estimates") \
	E(PerfSmoothedRTT, US, t->tcpi_rtt, \
	  "smoothed round trip") \
	E(PerfCurRTO, US, t->tcpi_rto, \
	  "retransmission timeout") \
	E(PerfCurCwnd, OCTETS, (uint64_t)t->tcpi_snd_cwnd * t->tcpi_snd_mss, \
	  "congestion window") \
	E(PerfCurSsthresh, OCTETS, ssthresh(t), \
	  "slow start threshold, once there is one") \
	E(PerfCurRwinRcvd, OCTETS, t->tcpi_snd_wnd, \
	  "window that the peer told last") \
	E(PerfSndLimTimeRwin, US, t->tcpi_rwnd_limited, \
	  "time limited by the peer's window") \
	E(PerfSndLimTimeCwnd, US, cwnd_limited(t), \
	  "time with data out and limited by neither of the two others") \
	E(PerfSndLimTimeSnd, US, t->tcpi_sndbuf_limited, \
	  "time limited by the send buffer") \
	E(PathRetranThresh, COUNT, t->tcpi_reordering, \
	  "duplicate acknowledgments that mean a loss") \
	E(PathRTTVar, US, t->tcpi_rttvar, \
	  "variation of the round trip") \
	E(PathMinRTT, US, min_rtt(t), \
	  "shortest round trip measured") \
	E(PathRcvRTT, US, t->tcpi_rcv_rtt, \
	  "round trip as the receiver estimates it") \
	E(PathECNsignals, COUNT, t->tcpi_delivered_ce, \
	  "segments that the peer says were marked") \
	E(StackMSSSent, OCTETS, t->tcpi_advmss, \
	  "the MSS option sent") \
	E(StackWinScaleSent, COUNT, t->tcpi_rcv_wscale, \
	  "the window scale sent") \
	E(StackWinScaleRcvd, COUNT, t->tcpi_snd_wscale, \
	  "the window scale received") \
	E(StackTimeStamps, COUNT, agreed(t, TCPI_OPT_TIMESTAMPS), \
	  "timestamps: 1 agreed, 3 not") \
	E(StackECN, COUNT, agreed(t, TCPI_OPT_ECN), \
	  "ECN: 1 agreed, 3 not") \
	E(StackWillSendSACK, COUNT, agreed(t, TCPI_OPT_SACK), \
	  "SACK: 1 agreed, 3 not") \
	E(StackState, COUNT, estats_state(t->tcpi_state), \
	  "1 closed, 3 SYN sent, 4 received, 5 established, 6 and 7 FIN-WAIT, " \
	  "8 CLOSE-WAIT, 9 LAST-ACK, 10 closing, 11 TIME-WAIT") \
	E(StackInRecovery, COUNT, recovery(t), \
	  "1 in order, 2 out of order, 3 repairing") \
	E(StackCurTimeoutCount, COUNT, t->tcpi_retransmits, \
	  "timeouts in a row") \
	E(StackDSACKDups, COUNT, t->tcpi_dsack_dups, \
	  "duplicates that the peer reported") \
	E(StackCurRetxQueue, OCTETS, retx_queue(t), \
	  "octets sent and not acknowledged") \
	E(AppThruOctetsAcked, OCTETS, t->tcpi_bytes_acked, \
	  "octets acknowledged to us") \
	E(AppThruOctetsReceived, OCTETS, t->tcpi_bytes_received, \
	  "octets that we acknowledged") \
	E(AppCurAppWQueue, OCTETS, t->tcpi_notsent_bytes, \
	  "octets written and not yet sent")
/* clang-format on */

#define ESTATS_ID(name, unit, value, text) ESTATS_##name,
enum estats_id { ESTATS(ESTATS_ID) ESTATS_N };
#undef ESTATS_ID

/** struct estats_row - @name: whole, "tcpEStatsPerfSegsOut" */
struct estats_row {
	const char *name, *text;
	enum estats_unit unit;
};

const struct estats_row *estats_row(unsigned i);

/** estats_state() - StackState of what the kernel numbers */
uint64_t estats_state(uint8_t state);

/** estats_read() - The values of a connection */
void estats_read(uint64_t value[ESTATS_N], const struct tcp_info *t);

#endif
