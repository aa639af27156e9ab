/* SPDX-License-Identifier: MIT */
#include "tcp/metrics.h"

#include "tcp/conn.h"

void tcp_metrics_init(struct tcp_metrics *m, const struct ostia_env *env)
{
	slab_init(&m->records, env, sizeof(struct tcp_metric), TCP_METRICS_MAX);
	table_init(&m->by_pair, env, TCP_METRICS_MAX);
	list_init(&m->used);
}

void tcp_metrics_fini(struct tcp_metrics *m)
{
	table_fini(&m->by_pair);
	slab_fini(&m->records);
}

size_t tcp_metrics_bytes(const struct tcp_metrics *m)
{
	return slab_bytes(&m->records) + table_bytes(&m->by_pair);
}

static uint32_t tag_of(const struct tcp *t, const struct flow *f)
{
	const uint64_t w[] = { f->local.q[0], f->local.q[1], f->remote.q[0],
			       f->remote.q[1], f->zone };

	return (uint32_t)siphash_words_13(&t->demux_key, w,
					  sizeof(w) / sizeof(w[0]));
}

static bool is_of(const struct tcp_metric *m, const struct flow *f)
{
	return addr_eq(&m->local, &f->local) &&
	       addr_eq(&m->remote, &f->remote) && m->zone == f->zone;
}

struct tcp_metric *tcp_metrics_find(struct tcp *t, const struct flow *f)
{
	struct tcp_metrics *all = &t->metrics;

	table_each_match(&all->by_pair, tag_of(t, f), it)
	{
		struct tcp_metric *m = slab_at(&all->records, it.handle);

		if (!is_of(m, f))
			continue;
		list_remove(&m->node);
		list_push(&all->used, &m->node);
		return m;
	}
	return NULL;
}

static void forget(struct tcp_metrics *all, struct tcp_metric *m)
{
	list_remove(&m->node);
	table_remove(&all->by_pair, m->tag, m->self);
	slab_free(&all->records, m->self);
}

static void make_room(struct tcp *t)
{
	struct tcp_metrics *all = &t->metrics;

	if (all->records.live < TCP_METRICS_MAX)
		return;
	forget(all,
	       list_entry(list_first(&all->used), struct tcp_metric, node));
	tcp_stats(t)->TcpMetricsEvicted++;
}

struct tcp_metric *tcp_metrics_get(struct tcp *t, const struct flow *f)
{
	struct tcp_metrics *all = &t->metrics;
	struct tcp_metric *m = tcp_metrics_find(t, f);
	uint32_t handle;

	if (m)
		return m;
	make_room(t);
	m = slab_alloc(&all->records, &handle);
	if (!m || table_insert(&all->by_pair, tag_of(t, f), handle)) {
		if (m)
			slab_free(&all->records, handle);
		tcp_stats(t)->NoMemory++;
		return NULL;
	}
	*m = (struct tcp_metric) {
		.local = f->local,
		.remote = f->remote,
		.zone = f->zone,
		.self = handle,
		.tag = tag_of(t, f),
	};
	list_push(&all->used, &m->node);
	return m;
}
