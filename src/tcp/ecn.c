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

void tcp_ecn_on_data(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	struct tcp_cold *k;

	if (!s->len || !in_window(c, s))
		return;
	k = tcp_cold_get(t, c);
	if (!k)
		return;
	if (s->h.flags & WIRE_TCP_CWR)
		k->ecn_echo = false;
	if ((s->p->tos & TCP_ECN_CE) != TCP_ECN_CE)
		return;
	if (!k->ecn_echo)
		tcp_acktx_quick(c, QUICK);
	k->ecn_echo = true;
	tcp_stats(t)->TcpExtEcnSeen++;
}
