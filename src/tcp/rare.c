/* SPDX-License-Identifier: MIT */
#include "tcp/rare.h"

#include "base/bpf.h"
#include "ip/hdropts.h"
#include "tcp/auth.h"
#include "tcp/stamp.h"
#include "tcp/syn.h"

#include <errno.h>

static const struct tcp_rare defaults = {
	.max_pacing_rate = UINT64_MAX,
	.rcvlowat = 1,
	.mtu_discover = TCP_PMTU_WANT,
};

struct tcp_rare *tcp_rare_get(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r;

	if (c->rare)
		return slab_at(&t->rares, c->rare);
	r = slab_alloc(&t->rares, &c->rare);
	if (!r) {
		c->rare = 0;
		tcp_stats(t)->NoMemory++;
		return NULL;
	}
	*r = defaults;
	return r;
}

const struct tcp_rare *tcp_rare_peek(const struct tcp *t,
				     const struct tcp_conn *c)
{
	return c->rare ? slab_at(&t->rares, c->rare) : &defaults;
}

int tcp_rare_copy(struct tcp *t, struct tcp_conn *to,
		  const struct tcp_conn *from)
{
	struct tcp_rare *r;

	if (!from->rare)
		return 0;
	r = tcp_rare_get(t, to);
	if (!r)
		return -ENOMEM;
	*r = *tcp_rare_peek(t, from);
	r->filter = r->steer = NULL;
	r->stamps = NULL;
	r->syn = 0;
	r->opts = NULL; /* tcp_hdropts_inherit() */
	r->auth = 0; /* tcp_auth_inherit() */
	r->plpmtu = (struct tcp_plpmtu) { 0 };
	r->fo_listener = 0;
	r->fo_connect = r->fo_acked = false;
	r->fo_fail = 0;
	tcp_rare_filter(t, r, bpf_get(tcp_rare_peek(t, from)->filter));
	r->total_retrans = r->dsack_dups = r->reord_seen = 0;
	r->rcv_ooopack = r->rcv_lent = 0;
	r->bytes_retrans = r->rwnd_us = r->sndbuf_us = 0;
	r->reordering = 0;
	r->syn_retrans = 0;
	r->acc.on = false;
	return 0;
}

void tcp_rare_filter(struct tcp *t, struct tcp_rare *r, struct bpf *b)
{
	t->nfilters += b != NULL;
	t->nfilters -= r->filter != NULL;
	bpf_put(t->lent.env, r->filter);
	r->filter = b;
}

void tcp_rare_put(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r;

	if (!c->rare)
		return;
	r = slab_at(&t->rares, c->rare);
	tcp_rare_filter(t, r, NULL);
	bpf_put(t->lent.env, r->steer);
	tcp_stamp_put(t, r);
	hdropts_free(t->lent.ip, r->opts);
	tcp_auth_put(t, r->auth);
	tcp_syn_forget(t, r->syn);
	slab_free(&t->rares, c->rare);
	c->rare = 0;
}
