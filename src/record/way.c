/* SPDX-License-Identifier: MIT */
#include "record/way.h"

#include "base/stats.h"

#include <errno.h>

static struct view_hop *last(struct view *v, const struct view_pkt *p)
{
	struct view_hop *h = p->hop ? &v->hop[p->hop - 1] : NULL;

	while (h && h->next)
		h = &v->hop[h->next - 1];
	return h;
}

int way_come(struct view *v, struct view_pkt *p, uint32_t node, ostia_time now)
{
	struct view_hop *h =
		index_grow(v->hop, sizeof(*h), v->nhops, &v->hop_cap);
	struct view_hop *before;

	if (!h)
		return -ENOMEM;
	v->hop = h;
	before = last(v, p);
	h[v->nhops++] =
		(struct view_hop) { .node = node, .why = -1, .come = now };
	if (before)
		before->next = v->nhops;
	else
		p->hop = v->nhops;
	return 0;
}

void way_go(struct view *v, const struct view_pkt *p, uint32_t node,
	    ostia_time now)
{
	struct view_hop *h = last(v, p);

	if (h && h->node == node)
		h->go = now;
}

void way_drop(struct view *v, const struct view_pkt *p, uint32_t node,
	      const char *why)
{
	struct view_hop *h = last(v, p);

	if (h && h->node == node)
		h->why = why ? stats_find(why) : -1;
}

const struct view_hop *way_first(const struct view *v, const struct view_pkt *p)
{
	return p->hop ? &v->hop[p->hop - 1] : NULL;
}

const struct view_hop *way_next(const struct view *v, const struct view_hop *h)
{
	return h->next ? &v->hop[h->next - 1] : NULL;
}

/* A side that says nothing is not known: then it is who never forwards. */
static bool is_box(const struct view *v, const struct view_pkt *p,
		   uint32_t node)
{
	uint32_t end = v->conv[p->conv].node[!p->side];
	const struct view_host *h = view_host(v, node);

	if (end)
		return node != end;
	return h && (h->type != OSTIA_NODE_HOST || h->forwards);
}

const struct view_hop *way_ends(const struct view *v, const struct view_pkt *p)
{
	const struct view_hop *h = way_first(v, p);

	while (h && (h->go || !is_box(v, p, h->node)))
		h = way_next(v, h);
	return h;
}

const char *way_why(const struct view_hop *h)
{
	return h->why >= 0 && !h->go ? stats_row((unsigned)h->why)->name : NULL;
}
