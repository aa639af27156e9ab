/* SPDX-License-Identifier: MIT */
#include "ip/groups.h"

#include "ip/addrs.h"
#include "ip/mcast.h"
#include "ip/state.h"

#include <errno.h>

static struct group *find(const struct ostia_link *l,
			  const struct ostia_addr *group)
{
	list_each (node, &l->groups) {
		struct group *g = list_entry(node, struct group, node);

		if (addr_eq(&g->addr, group))
			return g;
	}
	return NULL;
}

static bool has_members(const struct group *g)
{
	return g->inc || g->exc;
}

struct group *groups_find(const struct ostia_link *l,
			  const struct ostia_addr *group)
{
	struct group *g = find(l, group);

	return g && has_members(g) ? g : NULL;
}

static struct gsrc *find_src(const struct group *g, const struct ostia_addr *a)
{
	list_each (node, &g->srcs) {
		struct gsrc *s = list_entry(node, struct gsrc, node);

		if (addr_eq(&s->addr, a))
			return s;
	}
	return NULL;
}

/* --- memory ------------------------------------------------------------- */

static int new_group(struct ip *ip, struct ostia_link *l,
		     const struct ostia_addr *addr, struct group **out)
{
	struct group *g;

	if (l->ngroups >= GROUPS_CAP) {
		ip->stats->McastGroupOverflows++;
		return -ENOBUFS;
	}
	g = env_alloc(ip->env, sizeof(*g));
	if (!g)
		return -ENOMEM;
	*g = (struct group) { .addr = *addr, .link = l };
	g->timer.kind = IP_TIMER_GROUP;
	list_init(&g->srcs);
	list_push(&l->groups, &g->node);
	l->ngroups++;
	*out = g;
	return 0;
}

static void free_src(struct ip *ip, struct group *g, struct gsrc *s)
{
	list_remove(&s->node);
	env_free(ip->env, s, sizeof(*s));
	g->nsrcs--;
}

static void free_group(struct ip *ip, struct group *g)
{
	list_each_safe (node, &g->srcs)
		free_src(ip, g, list_entry(node, struct gsrc, node));
	wheel_disarm(&ip->wheel, &g->timer);
	mcast_forget_asked(ip, g);
	list_remove(&g->node);
	g->link->ngroups--;
	env_free(ip->env, g, sizeof(*g));
}

static int add_src(struct ip *ip, struct group *g, const struct ostia_addr *a)
{
	struct gsrc *s;

	if (find_src(g, a))
		return 0;
	if (g->nsrcs >= GROUPS_SOURCES_CAP) {
		ip->stats->McastSourceOverflows++;
		return -ENOBUFS;
	}
	s = env_alloc(ip->env, sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = (struct gsrc) { .addr = *a };
	list_push(&g->srcs, &s->node);
	g->nsrcs++;
	return 0;
}

void groups_told(struct ip *ip, struct group *g)
{
	list_each_safe (node, &g->srcs) {
		struct gsrc *s = list_entry(node, struct gsrc, node);

		if (!s->inc && !s->exc && !s->left)
			free_src(ip, g, s);
	}
	if (!has_members(g) && !g->left && list_empty(&g->srcs))
		free_group(ip, g);
}

/* --- what many members come to ------------------------------------------ */

/* A filter may name a source twice; it counts once. */
static bool said_before(const struct gfilter *f, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (addr_eq(&f->src[k], &f->src[i]))
			return true;
	return false;
}

static void count(struct group *g, const struct gfilter *f, uint32_t by)
{
	if (f->exclude)
		g->exc += by;
	else
		g->inc += by;
	for (uint32_t i = 0; i < f->n; i++) {
		struct gsrc *s = find_src(g, &f->src[i]);

		if (!s || said_before(f, i))
			continue;
		if (f->exclude)
			s->exc += by;
		else
			s->inc += by;
	}
}

/* RFC 9776 3.2 */
static bool is_listed(const struct group *g, const struct gsrc *s)
{
	if (!g->exc)
		return s->inc;
	return s->exc == g->exc && !s->inc;
}

/* Compare with what the routers were told last; RFC 9776 5.1. */
static bool settle(struct ip *ip, struct group *g)
{
	bool exclude = g->exc != 0, changed = exclude != g->exclude;
	bool turned = changed;
	uint8_t times = mcast_robustness(ip, g->link, &g->addr);

	g->exclude = exclude;
	if (turned)
		g->left = times;
	list_each (node, &g->srcs) {
		struct gsrc *s = list_entry(node, struct gsrc, node);
		bool in = is_listed(g, s);

		if (turned)
			s->left = 0; /* the new mode comes with all of them */
		else if (in != s->in)
			s->left = times;
		changed = changed || in != s->in;
		s->in = in;
	}
	return changed;
}

static int make_room(struct ip *ip, struct group *g, const struct gfilter *f)
{
	int err = 0;

	for (uint32_t i = 0; f && i < f->n && !err; i++)
		err = add_src(ip, g, &f->src[i]);
	return err;
}

int groups_change(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *group, const struct gfilter *old,
		  const struct gfilter *new)
{
	struct group *g = find(l, group);
	int err = 0;

	if (!addr_is_multicast(group))
		return -EINVAL;
	if (old && (!g || !has_members(g)))
		return -EADDRNOTAVAIL;
	if (!g && new)
		err = new_group(ip, l, group, &g);
	if (err || !g)
		return err;
	err = make_room(ip, g, new);
	if (err) {
		groups_told(ip, g);
		return err;
	}
	if (old)
		count(g, old, (uint32_t)-1);
	if (new)
		count(g, new, 1);
	if (settle(ip, g))
		mcast_changed(ip, g);
	else
		groups_told(ip, g);
	if (new)
		mcast_joined(ip, l, group);
	return 0;
}

int groups_join(struct ip *ip, struct ostia_link *l,
		const struct ostia_addr *group)
{
	const struct gfilter all = { .exclude = true };

	return groups_change(ip, l, group, NULL, &all);
}

int groups_leave(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *group)
{
	const struct gfilter all = { .exclude = true };

	return groups_change(ip, l, group, &all, NULL);
}

/* --- questions ---------------------------------------------------------- */

/* 224.0.0.1 (RFC 1112 4), ff01::1 and ff02::1 (RFC 4291 2.7.1) */
bool groups_is_all_nodes(const struct ostia_addr *g)
{
	static const uint8_t all4[4] = { 224, 0, 0, 1 };
	static const uint8_t all6[14] = { [13] = 1 };

	if (addr_is_v4(g))
		return memcmp(g->b + 12, all4, 4) == 0;
	return (g->b[1] == 1 || g->b[1] == 2) &&
	       memcmp(g->b + 2, all6, 14) == 0;
}

/* Some member wants it from there; as Linux's ip_check_mc_rcu(). */
static bool wanted_from(const struct group *g, const struct ostia_addr *src)
{
	const struct gsrc *s = src ? find_src(g, src) : NULL;

	if (!src)
		return true;
	if (s)
		return s->inc || s->exc != g->exc;
	return g->exc != 0;
}

bool groups_heard(struct ip *ip, const struct ostia_link *l,
		  const struct ostia_addr *group, const struct ostia_addr *src)
{
	const struct group *g;

	if (groups_is_all_nodes(group) || addrs_is_solicited(ip, l, group))
		return true;
	g = groups_find(l, group);
	return g && wanted_from(g, src);
}

void groups_drop(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	mcast_link_gone(ip, l);
	while ((node = list_first(&l->groups)))
		free_group(ip, list_entry(node, struct group, node));
}
