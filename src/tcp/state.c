/* SPDX-License-Identifier: MIT */
#include "tcp/state.h"

#include <stddef.h>

/*
 * RFC 9293 3.3.2, figure 5, and 3.10: an abort or a reset leads to CLOSED from
 * anywhere. LISTEN has no arrow to SYN-RECEIVED: that is a record of its own
 * (tcp/half.h), which becomes a connection ESTABLISHED or further on.
 */
static const uint32_t moves[TCP_STATES] = {
	[TCP_CLOSE] = TCP_IN(TCP_LISTEN) | TCP_IN(TCP_SYN_SENT) |
		      TCP_IN(TCP_SYN_RECV),
	[TCP_LISTEN] = TCP_IN(TCP_SYN_SENT),
	[TCP_SYN_SENT] = TCP_IN(TCP_SYN_RECV) | TCP_IN(TCP_ESTABLISHED),
	[TCP_SYN_RECV] = TCP_IN(TCP_ESTABLISHED) | TCP_IN(TCP_FIN_WAIT1) |
			 TCP_IN(TCP_CLOSE_WAIT),
	[TCP_ESTABLISHED] = TCP_IN(TCP_FIN_WAIT1) | TCP_IN(TCP_CLOSE_WAIT),
	[TCP_FIN_WAIT1] = TCP_IN(TCP_FIN_WAIT2) | TCP_IN(TCP_CLOSING) |
			  TCP_IN(TCP_TIME_WAIT),
	[TCP_FIN_WAIT2] = TCP_IN(TCP_TIME_WAIT),
	[TCP_CLOSING] = TCP_IN(TCP_TIME_WAIT),
	[TCP_CLOSE_WAIT] = TCP_IN(TCP_LAST_ACK),
};

static const char *const names[TCP_STATES] = {
	[TCP_ESTABLISHED] = "ESTABLISHED",
	[TCP_SYN_SENT] = "SYN-SENT",
	[TCP_SYN_RECV] = "SYN-RECEIVED",
	[TCP_FIN_WAIT1] = "FIN-WAIT-1",
	[TCP_FIN_WAIT2] = "FIN-WAIT-2",
	[TCP_TIME_WAIT] = "TIME-WAIT",
	[TCP_CLOSE] = "CLOSED",
	[TCP_CLOSE_WAIT] = "CLOSE-WAIT",
	[TCP_LAST_ACK] = "LAST-ACK",
	[TCP_LISTEN] = "LISTEN",
	[TCP_CLOSING] = "CLOSING",
};

bool tcp_state_may_move(enum tcp_state from, enum tcp_state to)
{
	return to == TCP_CLOSE || tcp_state_in(to, moves[from]);
}

const char *tcp_state_name(enum tcp_state s)
{
	return s < TCP_STATES && names[s] ? names[s] : "?";
}
