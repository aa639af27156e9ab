/* SPDX-License-Identifier: MIT */
#include "tcp/bind.h"

#include "base/bpf.h"
#include "ip/addrs.h"
#include "ip/state.h"
#include "tcp/demux.h"
#include "tcp/rare.h"
#include "tcp/rx.h"
#include "tcp/timewait.h"

#include <errno.h>

static struct bpf **pending(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r = c->rare ? tcp_rare_get(t, c) : NULL;

	return r && r->steer ? &r->steer : NULL;
}

/* The program that waits for a place begins a team. */
static int steer_pending(struct tcp *t, struct tcp_conn *c, struct binding *b)
{
	struct bpf **prog = pending(t, c);
	int err;

	if (!prog || !(b->flags & BIND_REUSEPORT))
		return 0;
	err = ports_steer(t->ports, b, bpf_get(*prog));
	if (err)
		bpf_put(t->lent.env, *prog);
	return err;
}

static void forget_pending(struct tcp *t, struct tcp_conn *c)
{
	struct bpf **prog = pending(t, c);

	if (!prog)
		return;
	bpf_put(t->lent.env, *prog);
	*prog = NULL;
}

static int steer_later(struct tcp *t, struct tcp_conn *c, struct bpf *prog)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r)
		return -ENOMEM;
	bpf_put(t->lent.env, r->steer);
	r->steer = prog;
	return 0;
}

int tcp_steer(struct tcp *t, struct tcp_conn *c, struct bpf *prog,
	      bool reuseport)
{
	if (c->bind && !(c->bind & TCP_BIND_CLAIM)) {
		struct binding *b = &tcp_bind_at(t, c->bind)->b;

		if (prog && c->state != TCP_CLOSE && c->state != TCP_LISTEN)
			return -EINVAL;
		return prog ? ports_steer(t->ports, b, prog)
			    : ports_unsteer(t->ports, b);
	}
	if (!prog && !pending(t, c))
		return reuseport ? -ENOENT : -EINVAL;
	if (prog && (!reuseport || c->state != TCP_CLOSE))
		return -EINVAL;
	return steer_later(t, c, prog);
}

int tcp_bind_take(struct tcp *t, struct tcp_conn *c,
		  const struct ostia_addr *local, uint16_t port,
		  const struct bind_opts *o)
{
	uint32_t handle;
	struct tcp_bind *b = slab_alloc(&t->binds, &handle);
	int err;

	if (!b)
		return -ENOMEM;
	*b = (struct tcp_bind) { .b = {
					 .local = *local,
					 .port = port,
					 .uid = o->uid,
					 .zone = o->zone,
					 .flags = BIND_TCP | bind_flags(o),
					 .v6 = c->flags & TCP_F_V6,
				 } };
	ports_range_for(t->ports, t->lent.ip->set.port_range, o->port_range);
	err = steer_pending(t, c, &b->b);
	if (!err)
		err = ports_bind(t->ports, &b->b, t->lent.tracer->now);
	if (err) {
		ports_unbind(t->ports, &b->b);
		slab_free(&t->binds, handle);
		return err;
	}
	forget_pending(t, c);
	c->bind = handle;
	return 0;
}

/* What ports_pick() asks about: whose moment it is, beside the table. */
struct asker {
	const struct tcp *t;
	ostia_time now;
};

static bool busy(void *ctx, const struct flow *f)
{
	const struct asker *a = ctx;
	struct tcp_hit hit;
	struct seq iss;

	if (!tcp_demux_find(a->t, f, tcp_demux_tag(a->t, f), &hit))
		return false;
	return hit.kind != TCP_KIND_WAIT ||
	       !tcp_timewait_reusable(a->t, hit.wait, f, &iss, a->now);
}

int tcp_bind_pick(struct tcp *t, struct tcp_conn *c, const struct bind_opts *o,
		  ostia_time now)
{
	struct asker a = { t, now };
	int claim;

	ports_range_for(t->ports, t->lent.ip->set.port_range, o->port_range);
	claim = ports_pick(t->ports, &c->flow, o->uid, BIND_TCP | bind_flags(o),
			   busy, &a, now);
	if (claim < 0)
		return claim;
	c->bind = (uint32_t)claim | TCP_BIND_CLAIM;
	return 0;
}

/* A claim that is like the binding @b, or 0. */
static uint32_t claim_like(struct tcp *t, const struct binding *b,
			   uint8_t flags)
{
	int claim = ports_claim(t->ports, &b->local, b->port, b->zone, b->uid,
				(b->flags & (BIND_REUSEADDR | BIND_REUSEPORT |
					     BIND_V6ONLY | BIND_TCP)) |
					flags);

	return claim > 0 ? (uint32_t)claim | TCP_BIND_CLAIM : 0;
}

int tcp_bind_inherit(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_conn *l)
{
	c->bind = claim_like(t, &tcp_bind_at(t, l->bind)->b, 0);
	return c->bind ? 0 : -ENOMEM;
}

uint32_t tcp_bind_claim(struct tcp *t, struct tcp_conn *c)
{
	uint32_t claim = c->bind;

	if (!claim)
		return 0;
	if (!(claim & TCP_BIND_CLAIM))
		return claim_like(t, &tcp_bind_at(t, claim)->b, BIND_TIMEWAIT);
	c->bind = 0;
	return claim;
}

void tcp_bind_put(struct tcp *t, uint32_t handle)
{
	if (!handle)
		return;
	if (handle & TCP_BIND_CLAIM) {
		ports_release(t->ports, handle & ~(uint32_t)TCP_BIND_CLAIM);
		return;
	}
	ports_unbind(t->ports, &tcp_bind_at(t, handle)->b);
	slab_free(&t->binds, handle);
}

static struct tcp_conn *listener_of(struct binding *b)
{
	return ((struct tcp_bind *)(void *)((char *)b -
					    offsetof(struct tcp_bind, b)))
		->listener;
}

struct tcp_conn *tcp_bind_find(struct tcp *t, const struct flow *f,
			       uint32_t link_index, uint32_t hash)
{
	struct binding *b =
		ports_lookup(t->ports, f, link_index, BIND_LISTENING, hash);

	return b ? listener_of(b) : NULL;
}

struct tcp_conn *tcp_bind_hear(struct tcp *t, const struct tcp_seg *s)
{
	struct binding *b = ports_lookup(t->ports, &s->flow, s->p->link->index,
					 BIND_LISTENING, s->tag);

	if (!b)
		return NULL;
	return listener_of(
		ports_steered(t->ports, t->lent.ip, b, s->p, s->data));
}

/* Linux: a family's own wildcard, one of our addresses, or FREEBIND. */
static int address_ok(struct tcp *t, const struct tcp_conn *c,
		      const struct ostia_addr *a, const struct bind_opts *o)
{
	if (addr_is_v4(a) && c->flags & TCP_F_V6 && o->v6only)
		return -EINVAL;
	if (addr_is_any(a) || o->freebind)
		return 0;
	if (addr_is_multicast(a) || addr_is_broadcast(a))
		return -EADDRNOTAVAIL;
	if (addrs_scoped(a) && !o->zone)
		return -EINVAL;
	return addrs_is_ours(t->lent.ip, a, o->zone) ? 0 : -EADDRNOTAVAIL;
}

int tcp_bind(struct tcp *t, struct tcp_conn *c, const struct ostia_addr *a,
	     uint16_t port, const struct bind_opts *o)
{
	int err;

	if (c->state != TCP_CLOSE || c->bind)
		return -EINVAL;
	err = address_ok(t, c, a, o);
	if (err)
		return err;
	if (port || !o->no_port) {
		err = tcp_bind_take(t, c, a, port, o);
		if (err)
			return err;
		c->flags |= TCP_F_BOUND;
		c->flow.lport = tcp_bind_at(t, c->bind)->b.port;
	}
	if (!addr_is_any(a))
		c->flags |= TCP_F_BOUND_ADDR;
	c->flow.local = *a;
	c->flow.zone = addrs_scoped(a) ? o->zone : 0;
	return 0;
}
