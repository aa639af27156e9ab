/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "tcp/state.h"

/* RFC 9293 3.3.2, figure 5, arrow by arrow, without those to CLOSED. */
static const struct {
	enum tcp_state from, to;
} arrows[] = {
	{ TCP_CLOSE, TCP_LISTEN }, /* passive OPEN */
	{ TCP_CLOSE, TCP_SYN_SENT }, /* active OPEN */
	{ TCP_CLOSE, TCP_SYN_RECV }, /* a listener's child */
	{ TCP_LISTEN, TCP_SYN_SENT }, /* SEND */
	{ TCP_SYN_SENT, TCP_SYN_RECV }, /* simultaneous */
	{ TCP_SYN_SENT, TCP_ESTABLISHED },  { TCP_SYN_RECV, TCP_ESTABLISHED },
	{ TCP_SYN_RECV, TCP_FIN_WAIT1 },    { TCP_SYN_RECV, TCP_CLOSE_WAIT },
	{ TCP_ESTABLISHED, TCP_FIN_WAIT1 }, { TCP_ESTABLISHED, TCP_CLOSE_WAIT },
	{ TCP_FIN_WAIT1, TCP_FIN_WAIT2 },   { TCP_FIN_WAIT1, TCP_CLOSING },
	{ TCP_FIN_WAIT1, TCP_TIME_WAIT },   { TCP_FIN_WAIT2, TCP_TIME_WAIT },
	{ TCP_CLOSING, TCP_TIME_WAIT },	    { TCP_CLOSE_WAIT, TCP_LAST_ACK },
};

static bool is_arrow(enum tcp_state from, enum tcp_state to)
{
	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++)
		if (arrows[i].from == from && arrows[i].to == to)
			return true;
	return to == TCP_CLOSE;
}

TEST(only_the_arrows_of_the_figure_are_legal)
{
	for (int from = TCP_ESTABLISHED; from < TCP_STATES; from++)
		for (int to = TCP_ESTABLISHED; to < TCP_STATES; to++)
			EQ(tcp_state_may_move(from, to), is_arrow(from, to));
}

TEST(states_have_the_names_of_the_rfc)
{
	STR(tcp_state_name(TCP_SYN_RECV), "SYN-RECEIVED");
	STR(tcp_state_name(TCP_CLOSE), "CLOSED");
	STR(tcp_state_name(TCP_STATES), "?");
	EQ(TCP_CLOSING, 11); /* as the kernel numbers them */
}

TESTS(CASE(only_the_arrows_of_the_figure_are_legal),
      CASE(states_have_the_names_of_the_rfc))
