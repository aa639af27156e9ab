/* SPDX-License-Identifier: MIT */
/*
 * ip/ip.c - the network layer as a whole: birth, links, time, news
 */
#include "ip/addrs.h"
#include "ip/dad.h"
#include "ip/dgram.h"
#include "ip/dhcp.h"
#include "ip/groups.h"
#include "ip/link6.h"
#include "ip/mcast.h"
#include "ip/neigh.h"
#include "ip/path.h"
#include "ip/route.h"
#include "ip/rtr.h"
#include "ip/slaac.h"
#include "ip/state.h"
#include "ip/zeroconf.h"
#include "wire/ip6.h"

#include <errno.h>

/* Parts with random numbers of their own. */
enum { LABEL_IP = 0x6970, LABEL_IID = 0x696964, LABEL_FLOW = 0x666c6f77 };

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
	struct rng iid = rng_fork(cfg->seed, LABEL_IID);
	struct rng flow = rng_fork(cfg->seed, LABEL_FLOW);
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
	ip->iid_key = rng_key(&iid);
	ip->flow_key = rng_key(&flow);
	row = ip_settings_rows(&n);
	settings_defaults(&ip->set, row, n);
	row = conf6_rows(&n);
	settings_defaults(&ip->conf6, row, n);
	policy_init(&ip->policy);
	wheel_init(&ip->wheel, cfg->now);
	list_init(&ip->links);
	list_init(&ip->path_unused);
	list_init(&ip->redirects);
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

static int add_loopback_addrs(struct ip *ip, struct ostia_link *l,
			      ostia_time now)
{
	static const uint8_t lo4[4] = { 127, 0, 0, 1 };
	static const struct ostia_addr lo6 = { .b = { [15] = 1 } };
	struct ostia_addr a = addr_v4(lo4);
	int err = addrs_add(ip, l, &a, 8, now);

	if (err == 0 && l->mtu >= WIRE_IP6_MIN_MTU)
		err = addrs_add(ip, l, &lo6, 128, now);
	return err;
}

static int add_own_addrs(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	if (l->type == OSTIA_LINK_LOOPBACK)
		return add_loopback_addrs(ip, l, now);
	if (l->type != OSTIA_LINK_ETHERNET || l->mtu < WIRE_IP6_MIN_MTU)
		return 0;
	return slaac_linklocal(ip, l, now);
}

int ip_link_add(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	int err;

	if (link_named(ip, l->name))
		return -EEXIST;
	if (ip->nlinks >= IP_LINKS_CAP)
		return -ENOSPC;
	err = link6_new(ip, l);
	if (err)
		return err;
	l->index = ++ip->last_index;
	mcast_link_init(l);
	list_push(&ip->links, &l->node);
	ip->nlinks++;
	if (l->type == OSTIA_LINK_LOOPBACK && !ip->loopback)
		ip->loopback = l;
	ip->gen++;
	err = add_own_addrs(ip, l, now);
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
	dhcp_link_gone(ip, l);
	zeroconf_link_gone(ip, l);
	groups_drop(ip, l);
	route_del_link(ip, l);
	frag_link_gone(ip, l);
	path_link_gone(ip, l);
	neigh_link_gone(ip, l);
	drop_errors_of(ip, l);
	dns_link_gone(ip, l->index);
	link6_free(ip, l);
	list_remove(&l->node);
	ip->nlinks--;
	ip->gen++;
	if (ip->loopback == l)
		ip->loopback = NULL;
}

static void addr_expire(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	if (addrs_usable(a))
		slaac_expire(ip, a, now);
	else
		dad_expire(ip, a, now);
}

static void expire(struct ip *ip, struct wheel_node *n, ostia_time now)
{
	switch (n->kind) {
	case IP_TIMER_NEIGH:
		neigh_expire(ip, list_entry(n, struct neigh, timer), now);
		break;
	case IP_TIMER_FRAG:
		frag_expire(ip, list_entry(n, struct fragq, timer), now);
		break;
	case IP_TIMER_ADDR:
		addr_expire(ip, list_entry(n, struct ifaddr, timer), now);
		break;
	case IP_TIMER_ROUTE:
		route_expire(ip, list_entry(n, struct route, life));
		break;
	case IP_TIMER_SOLICIT:
		rtr_solicit_expire(ip, list_entry(n, struct link6, solicit),
				   now);
		break;
	case IP_TIMER_ROUTER_LIFE:
		rtr_life_expire(ip, list_entry(n, struct rtr, life));
		break;
	case IP_TIMER_GROUP:
		mcast_expire_group(ip, list_entry(n, struct group, timer), now);
		break;
	case IP_TIMER_MCAST_GENERAL:
		mcast_expire_general(
			ip, list_entry(n, struct link_mcast, general), now);
		break;
	case IP_TIMER_MCAST_CHANGE:
		mcast_expire_change(
			ip, list_entry(n, struct link_mcast, change), now);
		break;
	case IP_TIMER_DHCP:
		dhcp_expire(ip, list_entry(n, struct dhcp, timer), now);
		break;
	case IP_TIMER_DHCP_ACD:
		dhcp_expire_acd(ip, list_entry(n, struct dhcp, acd.timer), now);
		break;
	case IP_TIMER_ZEROCONF:
		zeroconf_expire(ip, list_entry(n, struct zeroconf, timer), now);
		break;
	case IP_TIMER_ZEROCONF_ACD:
		zeroconf_expire_acd(
			ip, list_entry(n, struct zeroconf, acd.timer), now);
		break;
	default:
		rtr_probe_expire(ip, list_entry(n, struct rtr, probe), now);
		break;
	}
}

void ip_expire(struct ip *ip, ostia_time now)
{
	struct wheel_node *n;

	while ((n = wheel_expire(&ip->wheel, now)))
		expire(ip, n, now);
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
	bytes += ip->dgram_rares * sizeof(struct dgram_rare);
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
