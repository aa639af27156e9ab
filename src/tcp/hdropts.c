/* SPDX-License-Identifier: MIT */
#include "tcp/hdropts.h"

#include "tcp/sender.h"

#include <errno.h>

int tcp_hdropts_path(struct tcp *t, const struct flow *f,
		     const struct ostia_addr *src, const struct hdropts *o,
		     ostia_time now, struct path **out)
{
	struct ostia_addr room;
	int err = path_get(t->lent.ip, hdropts_first(o, &f->remote, &room), src,
			   f->zone, now, out);

	if (err || !hdropts_is_strict(o, &f->remote) || !path_by_gateway(*out))
		return err;
	path_put(t->lent.ip, *out);
	return -ENETUNREACH;
}

/* Another first hop may be on another link. */
static int move(struct tcp *t, struct tcp_conn *c, const struct hdropts *o)
{
	struct path *way;
	int err = tcp_hdropts_path(t, &c->flow, &c->flow.local, o,
				   t->lent.tracer->now, &way);

	if (err)
		return err;
	link_unready(&c->tx);
	path_put(t->lent.ip, c->path);
	c->path = way;
	tcp_want_tx(c);
	return 0;
}

int tcp_set_hdropts(struct tcp *t, struct tcp_conn *c, struct hdropts *o)
{
	struct tcp_rare *r = tcp_rare_get(t, c);
	bool under_way = c->state != TCP_LISTEN && c->path;
	int err = 0;

	if (!r)
		return -ENOMEM;
	if (hdropts_len(o, false) > HDROPTS_EXT_MAX)
		return -EMSGSIZE;
	if (under_way)
		err = move(t, c, o);
	if (err)
		return err;
	hdropts_free(t->lent.ip, r->opts);
	r->opts = o;
	if (under_way)
		tcp_sender_sync_mss(t, c);
	return 0;
}

const struct hdropts *tcp_get_hdropts(const struct tcp *t,
				      const struct tcp_conn *c)
{
	return tcp_hdropts(t, c);
}

int tcp_hdropts_inherit(struct tcp *t, struct tcp_conn *c,
			const struct tcp_conn *l, const struct hdropts *echo)
{
	const struct hdropts *o = tcp_is_v4(c) ? echo : tcp_hdropts(t, l);
	struct tcp_rare *r;

	if (!o)
		return 0;
	r = tcp_rare_get(t, c);
	if (!r)
		return -ENOMEM;
	r->opts = hdropts_dup(t->lent.ip, o);
	if (r->opts && !tcp_is_v4(c))
		r->opts->v4.len = 0;
	return r->opts ? 0 : -ENOMEM;
}
