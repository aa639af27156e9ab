/* SPDX-License-Identifier: MIT */
#include "tcp/filter.h"

#include "ip/filter.h"
#include "tcp/rare.h"

#include <errno.h>

bool tcp_filter_run(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	struct ostia_pkt *p = s->p;

	if (!filter_wants(t->lent.ip, tcp_rare_peek(t, c)->filter, p, p->l4,
			  s->h.hlen))
		return false;
	if (s->len > p->len - s->data)
		s->len = p->len - s->data;
	return true;
}

int tcp_set_filter(struct tcp *t, struct tcp_conn *c, struct bpf *b)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r)
		return -ENOMEM;
	tcp_rare_filter(t, r, b);
	return 0;
}

struct bpf *tcp_get_filter(const struct tcp *t, const struct tcp_conn *c)
{
	return tcp_rare_peek(t, c)->filter;
}
