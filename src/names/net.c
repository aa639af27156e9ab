/* SPDX-License-Identifier: MIT */
#include "names/net.h"

#include "ip/addrs.h"
#include "ip/select.h"

static void enter(struct ostia_proc *p)
{
	if (p->ops)
		p->ops->enter(p->ctx);
}

static void leave(struct ostia_proc *p)
{
	if (p->ops)
		p->ops->leave(p->ctx);
}

ostia_time names_net_now(struct ostia_proc *p)
{
	ostia_time now;

	enter(p);
	now = stack_now(p->stack);
	leave(p);
	return now;
}

uint64_t names_net_random(struct ostia_proc *p)
{
	uint64_t v;

	enter(p);
	v = rng_u64(&p->stack->rng);
	leave(p);
	return v;
}

static struct ostia_link *link_of(struct list *node)
{
	return list_entry(node, struct ostia_link, node);
}

uint32_t names_net_index(struct ostia_proc *p, const char *name)
{
	uint32_t index = 0;

	enter(p);
	list_each (node, &p->stack->ip.links)
		if (!strcmp(ostia_link_name(link_of(node)), name))
			index = ostia_link_index(link_of(node));
	leave(p);
	return index;
}

bool names_net_link(struct ostia_proc *p, uint32_t index, char name[16])
{
	struct ostia_link *l;

	enter(p);
	l = ip_link_at(&p->stack->ip, index);
	if (l)
		strcpy(name, ostia_link_name(l));
	leave(p);
	return l;
}

static void families_of(const struct ostia_link *l, bool *v4, bool *v6)
{
	list_each (node, &l->addrs) {
		const struct ifaddr *a = list_entry(node, struct ifaddr, node);

		if (a->kind != IFADDR_LOCAL || addr_is_loopback(&a->addr))
			continue;
		if (addr_is_v4(&a->addr))
			*v4 = true;
		else
			*v6 = true;
	}
}

void names_net_families(struct ostia_proc *p, bool *v4, bool *v6)
{
	*v4 = *v6 = false;
	enter(p);
	list_each (node, &p->stack->ip.links)
		families_of(link_of(node), v4, v6);
	leave(p);
}

void names_net_order(struct ostia_proc *p, struct select_dest *d, unsigned n)
{
	enter(p);
	select_order(&p->stack->ip, d, n);
	leave(p);
}

void names_net_count(struct ostia_proc *p, size_t counter, uint64_t n)
{
	enter(p);
	*(uint64_t *)(void *)((char *)&p->stack->stats + counter) += n;
	leave(p);
}
