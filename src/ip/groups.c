/* SPDX-License-Identifier: MIT */
#include "ip/groups.h"

#include "ip/addrs.h"
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

int groups_join(struct ip *ip, struct ostia_link *l,
		const struct ostia_addr *group)
{
	struct group *g = find(l, group);

	if (!addr_is_multicast(group))
		return -EINVAL;
	if (g) {
		g->refs++;
		return 0;
	}
	if (l->ngroups >= GROUPS_CAP)
		return -ENOBUFS;
	g = env_alloc(ip->env, sizeof(*g));
	if (!g)
		return -ENOMEM;
	*g = (struct group) { .addr = *group, .refs = 1 };
	list_push(&l->groups, &g->node);
	l->ngroups++;
	return 0;
}

static void drop(struct ip *ip, struct ostia_link *l, struct group *g)
{
	list_remove(&g->node);
	env_free(ip->env, g, sizeof(*g));
	l->ngroups--;
}

int groups_leave(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *group)
{
	struct group *g = find(l, group);

	if (!g)
		return -EADDRNOTAVAIL;
	if (--g->refs == 0)
		drop(ip, l, g);
	return 0;
}

/* 224.0.0.1 (RFC 1112 4), ff01::1 and ff02::1 (RFC 4291 2.7.1) */
static bool is_all_nodes(const struct ostia_addr *g)
{
	static const uint8_t all4[4] = { 224, 0, 0, 1 };
	static const uint8_t all6[14] = { [13] = 1 };

	if (addr_is_v4(g))
		return memcmp(g->b + 12, all4, 4) == 0;
	return (g->b[1] == 1 || g->b[1] == 2) &&
	       memcmp(g->b + 2, all6, 14) == 0;
}

bool groups_heard(struct ip *ip, const struct ostia_link *l,
		  const struct ostia_addr *group)
{
	return is_all_nodes(group) || addrs_is_solicited(ip, l, group) ||
	       find(l, group) != NULL;
}

void groups_drop(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->groups)))
		drop(ip, l, list_entry(node, struct group, node));
}
