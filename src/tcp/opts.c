/* SPDX-License-Identifier: MIT */
#include "tcp/opts.h"

#include "tcp/auth.h"
#include "tcp/cold.h"
#include "tcp/ecn.h"
#include "tcp/rcvbuf.h"
#include "tcp/ts.h"

enum { HEADERS4 = 20 + 20, HEADERS6 = 40 + 20 };

uint16_t tcp_opts_mss(const struct path *p, bool v4, uint16_t maxseg)
{
	uint32_t mss = p->mtu - (v4 ? HEADERS4 : HEADERS6);

	if (maxseg && mss > maxseg)
		mss = maxseg;
	return mss > UINT16_MAX ? UINT16_MAX : (uint16_t)mss;
}

struct tcp_agreed tcp_opts_agree(const struct tcp *t, const struct tcp_conn *c,
				 uint32_t rmem_max, const struct wire_tcp *syn,
				 bool v4)
{
	struct tcp_agreed a = {
		.mss_peer = v4 ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6,
	};

	if (syn->opts & WIRE_TCP_OPT_MSS)
		a.mss_peer = syn->mss;
	if (syn->opts & WIRE_TCP_OPT_TS && t->set.timestamps)
		a.flags |= TCP_F_TS;
	if (syn->opts & WIRE_TCP_OPT_SACKOK && t->set.sack)
		a.flags |= TCP_F_SACK;
	if (syn->opts & WIRE_TCP_OPT_WSCALE && t->set.window_scaling) {
		a.flags |= TCP_F_WSCALE;
		a.wscale = (uint8_t)(tcp_rcvbuf_wscale(rmem_max) << 4 |
				     syn->wscale);
	}
	a.ecn = (uint8_t)tcp_ecn_agreed(t, c, syn->flags);
	if (a.ecn)
		a.flags |= TCP_F_ECN;
	return a;
}

void tcp_opts_on_syn(struct tcp *t, struct tcp_conn *c,
		     const struct wire_tcp *syn, ostia_time now)
{
	uint32_t max = c->flags & TCP_F_RCVBUF ? c->rcvbuf : t->set.rmem[2];
	struct tcp_agreed a = tcp_opts_agree(t, c, max, syn, tcp_is_v4(c));

	c->flags &= ~(TCP_F_TS | TCP_F_SACK | TCP_F_WSCALE | TCP_F_ECN);
	c->flags |= a.flags;
	c->mss_peer = a.mss_peer;
	c->wscale = a.wscale;
	if (a.flags & TCP_F_TS)
		tcp_ts_store(c, syn->tsval, now);
}

static void put_ts(const struct tcp_conn *c, struct wire_tcp *f, ostia_time now)
{
	f->opts |= WIRE_TCP_OPT_TS;
	f->tsval = tcp_ts_val(c, now);
	f->tsecr = c->ts_recent;
}

/* Our SYN offers what the settings allow; a SYN-ACK (here: of a simultaneous
 * open) repeats only what the peer offered too (RFC 7323 2.2).
 */
void tcp_opts_syn(struct tcp *t, const struct tcp_conn *c, struct wire_tcp *f,
		  bool synack, ostia_time now)
{
	uint32_t max = c->flags & TCP_F_RCVBUF ? c->rcvbuf : t->set.rmem[2];

	f->opts |= WIRE_TCP_OPT_MSS;
	f->mss = tcp_opts_mss(c->path, tcp_is_v4(c),
			      tcp_rare_peek(t, c)->maxseg);
	if (synack ? c->flags & TCP_F_TS
		   : t->set.timestamps &&
			     !tcp_auth_has_md5(t, c, &c->flow.remote)) {
		put_ts(c, f, now);
		if (!synack)
			f->tsecr = 0;
	}
	if (synack ? c->flags & TCP_F_SACK : t->set.sack)
		f->opts |= WIRE_TCP_OPT_SACKOK;
	if (synack ? c->flags & TCP_F_WSCALE : t->set.window_scaling) {
		f->opts |= WIRE_TCP_OPT_WSCALE;
		f->wscale = tcp_rcvbuf_wscale(max);
	}
}

unsigned tcp_opts_sacks(const struct tcp_conn *c)
{
	const struct tcp_reasm *r;
	unsigned max = c->flags & TCP_F_TS ? 3 : 4;
	unsigned n;

	if (!(c->flags & TCP_F_SACK) || c->state == TCP_LISTEN || !c->cold)
		return 0;
	r = &c->cold->reasm;
	n = r->n_sack + r->has_dsack;
	return n < max ? n : max;
}

void tcp_opts_segment(struct tcp *t, struct tcp_conn *c, struct wire_tcp *f,
		      unsigned sack_max, ostia_time now)
{
	unsigned n = tcp_opts_sacks(c);

	(void)t;
	if (c->flags & TCP_F_TS)
		put_ts(c, f, now);
	n = n < sack_max ? n : sack_max;
	if (n)
		n = tcp_reasm_sack(&c->cold->reasm, c->rcv_nxt, n, f->sack);
	if (n) {
		f->opts |= WIRE_TCP_OPT_SACK;
		f->n_sack = (uint8_t)n;
	}
}
