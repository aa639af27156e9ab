/* SPDX-License-Identifier: MIT */
#include "tcp/ecn.h"

#include "tcp/acktx.h"
#include "tcp/cold.h"
#include "tcp/rcvbuf.h"

enum { QUICK = 2 }; /* ACKs at once, so that the sender hears it soon */

static bool in_window(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return seq_before(s->seq, seq_add(c->rcv_nxt, tcp_rcvbuf_left(c))) &&
	       seq_after(seq_add(s->seq, s->len), c->rcv_nxt);
}

bool tcp_ecn_asks(const struct tcp *t, const struct tcp_conn *c)
{
	return t->set.ecn == 1 || tcp_sender_cc(t, c)->wants_ecn;
}

bool tcp_ecn_agreed(const struct tcp *t, const struct tcp_conn *c,
		    uint16_t flags)
{
	if (flags & WIRE_TCP_ACK)
		return tcp_ecn_asks(t, c) &&
		       (flags & TCP_ECN_ASK) == WIRE_TCP_ECE;
	return (t->set.ecn || tcp_sender_cc(t, c)->wants_ecn) &&
	       (flags & TCP_ECN_ASK) == TCP_ECN_ASK;
}

/* RFC 8257 3.2: the echo follows the marks, and a change is told at once. */
static void echo_precisely(struct tcp_conn *c, struct tcp_cold *k, bool ce)
{
	if (k->ecn_echo == ce)
		return;
	k->ecn_echo = ce;
	tcp_acktx_quick(c, 1);
	tcp_ack_now(c);
}

void tcp_ecn_on_data(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	bool ce = (s->p->tos & TCP_ECN_CE) == TCP_ECN_CE;
	struct tcp_cold *k;

	if (!s->len || !in_window(c, s))
		return;
	k = tcp_cold_get(t, c);
	if (!k)
		return;
	tcp_stats(t)->TcpExtEcnSeen += ce;
	if (k->tx.ops->wants_ecn) {
		echo_precisely(c, k, ce);
		return;
	}
	if (s->h.flags & WIRE_TCP_CWR)
		k->ecn_echo = false;
	if (!ce)
		return;
	if (!k->ecn_echo)
		tcp_acktx_quick(c, QUICK);
	k->ecn_echo = true;
}
