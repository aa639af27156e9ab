/* SPDX-License-Identifier: MIT */
#include "tcp/demux.h"

#include "tcp/half.h"
#include "tcp/timewait.h"

static uint32_t filed(enum tcp_kind kind, uint32_t handle)
{
	return (uint32_t)kind << SLAB_HANDLE_BITS | handle;
}

static bool is_it(const struct tcp *t, const struct flow *f,
		  struct tcp_hit *hit)
{
	bool v4 = addr_is_v4(&f->remote);

	switch (hit->kind) {
	case TCP_KIND_CONN:
		hit->conn = tcp_conn_at(t, hit->handle);
		return flow_eq(&hit->conn->flow, f);
	case TCP_KIND_HALF:
		hit->half = tcp_half_at(t, v4, hit->handle);
		return tcp_half_is(hit->half, v4, f);
	case TCP_KIND_WAIT:
		hit->wait = tcp_timewait_at(t, v4, hit->handle);
		return tcp_timewait_is(hit->wait, v4, f);
	}
	return false;
}

bool tcp_demux_find(const struct tcp *t, const struct flow *f, uint32_t tag,
		    struct tcp_hit *hit)
{
	table_each_match(&t->tuples, tag, it)
	{
		hit->kind = (enum tcp_kind)(it.handle >> SLAB_HANDLE_BITS);
		hit->handle = it.handle & ((1u << SLAB_HANDLE_BITS) - 1);
		if (is_it(t, f, hit))
			return true;
	}
	return false;
}

int tcp_demux_add(struct tcp *t, enum tcp_kind kind, uint32_t handle,
		  const struct flow *f)
{
	return table_insert(&t->tuples, tcp_demux_tag(t, f),
			    filed(kind, handle));
}

void tcp_demux_del(struct tcp *t, enum tcp_kind kind, uint32_t handle,
		   const struct flow *f)
{
	bool was = table_remove(&t->tuples, tcp_demux_tag(t, f),
				filed(kind, handle));

	assert(was);
	(void)was;
}

void tcp_demux_replace(struct tcp *t, const struct flow *f, enum tcp_kind from,
		       uint32_t from_handle, enum tcp_kind to,
		       uint32_t to_handle)
{
	bool was =
		table_replace(&t->tuples, tcp_demux_tag(t, f),
			      filed(from, from_handle), filed(to, to_handle));

	assert(was);
	(void)was;
}
