/* SPDX-License-Identifier: MIT */
/*
 * tcp/state.h - the states of RFC 9293 3.3.2 and the moves that are legal
 *
 * Numbered as the Linux kernel numbers them, because users see the numbers in
 * struct tcp_info. The moves are a table; a move that is not in it is a bug of
 * ours, never a peer's doing.
 */
#ifndef OSTIA_TCP_STATE_H
#define OSTIA_TCP_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_STATES
};

/** TCP_IN() - A set of states, for tests of membership */
#define TCP_IN(s) (1u << (s))

enum {
	/* both sides know each other's sequence numbers */
	TCP_SYNCHRONIZED = TCP_IN(TCP_ESTABLISHED) | TCP_IN(TCP_FIN_WAIT1) |
			   TCP_IN(TCP_FIN_WAIT2) | TCP_IN(TCP_CLOSE_WAIT) |
			   TCP_IN(TCP_LAST_ACK) | TCP_IN(TCP_CLOSING) |
			   TCP_IN(TCP_TIME_WAIT),
	/* we may still send new data (RFC 9293 3.10.2) */
	TCP_MAY_SEND = TCP_IN(TCP_ESTABLISHED) | TCP_IN(TCP_CLOSE_WAIT),
	/* what is queued, and the FIN, may still go out */
	TCP_MAY_TRANSMIT = TCP_MAY_SEND | TCP_IN(TCP_FIN_WAIT1) |
			   TCP_IN(TCP_LAST_ACK) | TCP_IN(TCP_CLOSING),
	/* the peer may still send (RFC 9293 3.10.7.4, seventh) */
	TCP_MAY_RECEIVE = TCP_IN(TCP_ESTABLISHED) | TCP_IN(TCP_FIN_WAIT1) |
			  TCP_IN(TCP_FIN_WAIT2),
};

/** tcp_state_in() - Is @state one of @set? */
static inline bool tcp_state_in(uint8_t state, uint32_t set)
{
	return set >> state & 1;
}

/** tcp_state_may_move() - Is this move in RFC 9293's figure 5? */
bool tcp_state_may_move(enum tcp_state from, enum tcp_state to);

/** tcp_state_name() - As RFC 9293 writes it: "SYN-SENT". */
const char *tcp_state_name(enum tcp_state s);

#endif
