/* SPDX-License-Identifier: MIT */
/*
 * ip/ip.c - the network layer as a whole: birth, links, time, news
 */
#include "ip/addrs.h"
#include "ip/groups.h"
#include "ip/neigh.h"
#include "ip/path.h"
#include "ip/route.h"
#include "ip/state.h"
#include "wire/ip6.h"

#include <errno.h>

enum { LABEL_IP = 0x6970 }; /* of the random numbers forked for us */

static void init_tables(struct ip *ip)
{
	slab_init(&ip->addrs, ip->env, sizeof(struct ifaddr), IP_ADDRS_CAP);
	table_init(&ip->addr_table, ip->env, IP_ADDRS_CAP);
	slab_init(&ip->routes, ip->env, sizeof(struct route), IP_ROUTES_CAP);
	table_init(&ip->route_table, ip->env, IP_ROUTES_CAP);
	slab_init(&ip->paths, ip->env, sizeof(struct path), 1u << 24);
	table_init(&ip->path_table, ip->env, 1u << 24);
	slab_init(&ip->neighs, ip->env, sizeof(struct neigh), 1u << 20);
	table_init(&ip->neigh_table, ip->env, 1u << 20);
}

void ip_init(struct ip *ip, const struct ip_config *cfg)
{
	const struct setting_row *row;
	unsigned n;

	*ip = (struct ip) {
		.env = cfg->env,
		.pool = cfg->pool,
		.trace = cfg->trace,
		.stats = cfg->stats,
		.rng = rng_fork(cfg->seed, LABEL_IP),
		.why = "",
	};
	ip->key = rng_key(&ip->rng);
	row = ip_settings_rows(&n);
	settings_defaults(&ip->set, row, n);
	wheel_init(&ip->wheel, cfg->now);
	list_init(&ip->links);
	list_init(&ip->path_unused);
	list_init(&ip->neigh_probation);
	list_init(&ip->neigh_kept);
	init_tables(ip);
	frag_init(ip);
	icmp_init(ip, cfg->now);
}

void ip_fini(struct ip *ip)
{
	struct list *node;
	struct ip_error e;

	while (ip_next_error(ip, &e))
		ip_error_done(&e);
	while ((node = list_first(&ip->links))) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		ip_link_del(ip, l);
		link_free(ip->env, l);
	}
	frag_fini(ip);
	path_fini(ip);
	neigh_fini(ip);
	table_fini(&ip->route_table);
	slab_fini(&ip->routes);
	table_fini(&ip->addr_table);
	slab_fini(&ip->addrs);
}

static struct ostia_link *link_named(struct ip *ip, const char *name)
{
	list_each (node, &ip->links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (strcmp(l->name, name) == 0)
			return l;
	}
	return NULL;
}

struct ostia_link *ip_link_at(struct ip *ip, uint32_t index)
{
	list_each (node, &ip->links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (l->index == index)
			return l;
	}
	return NULL;
}

/* RFC 4291 appendix A: the MAC address with ff:fe in the middle, and the
 * universal/local bit turned over.
 */
static struct ostia_addr linklocal_of(const uint8_t mac[6])
{
	return (struct ostia_addr) { .b = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0,
					    mac[0] ^ 2, mac[1], mac[2], 0xff,
					    0xfe, mac[3], mac[4], mac[5] } };
}

static int add_loopback_addrs(struct ip *ip, struct ostia_link *l)
{
	static const uint8_t lo4[4] = { 127, 0, 0, 1 };
	static const struct ostia_addr lo6 = { .b = { [15] = 1 } };
	struct ostia_addr a = addr_v4(lo4);
	int err = addrs_add(ip, l, &a, 8);

	if (err == 0 && l->mtu >= WIRE_IP6_MIN_MTU)
		err = addrs_add(ip, l, &lo6, 128);
	return err;
}

static int add_own_addrs(struct ip *ip, struct ostia_link *l)
{
	struct ostia_addr a;

	if (l->type == OSTIA_LINK_LOOPBACK)
		return add_loopback_addrs(ip, l);
	if (l->type != OSTIA_LINK_ETHERNET || l->mtu < WIRE_IP6_MIN_MTU)
		return 0;
	a = linklocal_of(l->mac);
	return addrs_add(ip, l, &a, 64);
}

int ip_link_add(struct ip *ip, struct ostia_link *l)
{
	int err;

	if (link_named(ip, l->name))
		return -EEXIST;
	if (ip->nlinks >= IP_LINKS_CAP)
		return -ENOSPC;
	l->index = ++ip->last_index;
	list_push(&ip->links, &l->node);
	ip->nlinks++;
	if (l->type == OSTIA_LINK_LOOPBACK && !ip->loopback)
		ip->loopback = l;
	ip->gen++;
	err = add_own_addrs(ip, l);
	if (err)
		ip_link_del(ip, l);
	return err;
}

static void drop_errors_of(struct ip *ip, const struct ostia_link *l)
{
	for (uint32_t i = 0; i < ip->errors_count; i++) {
		struct ip_error *e =
			&ip->errors[(ip->errors_head + i) % IP_ERRORS];

		if (e->quote && e->quote->link == l)
			ip_error_done(e);
	}
}

void ip_link_del(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->addrs))) {
		addrs_drop(ip, list_entry(node, struct ifaddr, node));
	}
	groups_drop(ip, l);
	route_del_link(ip, l);
	frag_link_gone(ip, l);
	path_link_gone(ip, l);
	neigh_link_gone(ip, l);
	drop_errors_of(ip, l);
	list_remove(&l->node);
	ip->nlinks--;
	ip->gen++;
	if (ip->loopback == l)
		ip->loopback = NULL;
}

void ip_expire(struct ip *ip, ostia_time now)
{
	struct wheel_node *n;

	while ((n = wheel_expire(&ip->wheel, now))) {
		if (n->kind == IP_TIMER_NEIGH)
			neigh_expire(ip, list_entry(n, struct neigh, timer),
				     now);
		else
			frag_expire(ip, list_entry(n, struct fragq, timer),
				    now);
	}
}

bool ip_next_error(struct ip *ip, struct ip_error *e)
{
	if (ip->errors_count == 0)
		return false;
	*e = ip->errors[ip->errors_head];
	ip->errors_head = (ip->errors_head + 1) % IP_ERRORS;
	ip->errors_count--;
	return true;
}

void ip_error_done(struct ip_error *e)
{
	if (e->quote)
		pkt_free(e->quote);
	e->quote = NULL;
}

void ip_error_push(struct ip *ip, const struct ip_error *e)
{
	struct ip_error gone = *e;

	if (ip->errors_count == IP_ERRORS) {
		ip->errors_lost++;
		ip_error_done(&gone);
		return;
	}
	ip->errors[(ip->errors_head + ip->errors_count) % IP_ERRORS] = *e;
	ip->errors_count++;
}

size_t ip_bytes(const struct ip *ip)
{
	size_t bytes = sizeof(*ip);

	bytes += slab_bytes(&ip->addrs) + table_bytes(&ip->addr_table);
	bytes += slab_bytes(&ip->routes) + table_bytes(&ip->route_table);
	bytes += slab_bytes(&ip->paths) + table_bytes(&ip->path_table);
	bytes += slab_bytes(&ip->neighs) + table_bytes(&ip->neigh_table);
	bytes += slab_bytes(&ip->frags.queues) + table_bytes(&ip->frags.table);
	return bytes;
}

void ip_dropped(struct ip *ip, struct ostia_pkt *p, const char *why)
{
	TRACE(ip->trace, OSTIA_TRACE_DROP, p->conn,
	      .u.pkt = { .id = p->id,
			 .link = p->link ? p->link->name : "",
			 .data = p->head + p->hoff,
			 .data_len = p->hlen,
			 .len = p->len,
			 .gso_size = p->gso_size,
			 .reason = why });
	pkt_free(p);
}
