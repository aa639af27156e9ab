/* SPDX-License-Identifier: MIT */
/*
 * A learning Ethernet switch (IEEE 802.1D 7.8, without spanning tree: a loop
 * of switches is the builder's own fault). What it has learned lies in a table
 * of fixed size: an address may stand in one of WAYS slots; when all are taken
 * the one that was silent longest gives way, so a flood of addresses costs
 * flooding, never memory.
 */
#include "wire/eth.h"
#include "world/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 8192, WAYS = 8, PAIRS_MAX = 4096 };

#define AGE (300 * OSTIA_S) /* IEEE 802.1D: 300 s */

struct learned {
	uint64_t mac; /* 0: free */
	struct world_port *port;
	ostia_time seen;
};

/* Two ports that hear nothing of each other. */
struct pair {
	const struct world_port *a, *b;
};

struct box {
	struct ostia_node node;
	struct learned *table;
	struct pair *pairs;
	unsigned npairs, pairs_cap;
	uint64_t forwarded, flooded, filtered, short_frames, evicted, parted;
};

static struct box *box_of(struct ostia_node *n)
{
	return (struct box *)(void *)n;
}

static uint64_t mac_of(const uint8_t *p)
{
	uint64_t v = 0;

	memcpy(&v, p, WIRE_ETH_ALEN);
	return v;
}

static struct learned *set_of(struct box *b, uint64_t mac)
{
	uint64_t h = mac * UINT64_C(0x9e3779b97f4a7c15);

	return &b->table[(h >> 40) % (SLOTS / WAYS) * WAYS];
}

static bool is_fresh(const struct learned *x, ostia_time now)
{
	return x->mac && now - x->seen < AGE;
}

static struct learned *find(struct box *b, uint64_t mac, ostia_time now)
{
	struct learned *set = set_of(b, mac);

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].mac == mac && is_fresh(&set[i], now))
			return &set[i];
	return NULL;
}

static struct learned *oldest(struct box *b, uint64_t mac, ostia_time now)
{
	struct learned *set = set_of(b, mac), *best = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (!is_fresh(&set[i], now))
			return &set[i];
		if (set[i].seen < best->seen)
			best = &set[i];
	}
	b->evicted++;
	return best;
}

static void learn(struct box *b, uint64_t mac, struct world_port *port,
		  ostia_time now)
{
	struct learned *x = find(b, mac, now);

	if (!x)
		x = oldest(b, mac, now);
	*x = (struct learned) { mac, port, now };
}

/* ---- partitions ---- */

static struct pair *find_pair(const struct box *b, const struct world_port *x,
			      const struct world_port *y)
{
	for (unsigned i = 0; i < b->npairs; i++) {
		struct pair *p = &b->pairs[i];

		if ((p->a == x && p->b == y) || (p->a == y && p->b == x))
			return p;
	}
	return NULL;
}

static int add_pair(struct box *b, const struct world_port *x,
		    const struct world_port *y)
{
	unsigned cap = b->pairs_cap ? 2 * b->pairs_cap : 4;
	struct pair *pairs = b->pairs;

	if (b->npairs == PAIRS_MAX)
		return -ENOSPC;
	if (b->npairs == b->pairs_cap) {
		pairs = realloc(b->pairs, cap * sizeof(*pairs));
		if (!pairs)
			return -ENOMEM;
		b->pairs = pairs;
		b->pairs_cap = cap;
	}
	pairs[b->npairs++] = (struct pair) { x, y };
	return 0;
}

static const struct world_port *port_at(const struct ostia_wire *wire,
					const struct ostia_node *n)
{
	for (unsigned i = 0; i < 2; i++)
		if (wire->end[i].node == n)
			return &wire->end[i];
	return NULL;
}

int ostia_switch_part(struct ostia_node *n, const struct ostia_wire *a,
		      const struct ostia_wire *b, int on)
{
	const struct world_port *x = port_at(a, n), *y = port_at(b, n);
	struct box *box = box_of(n);
	struct pair *p;

	if (n->kind != WORLD_SWITCH || !x || !y || x == y)
		return -EINVAL;
	p = find_pair(box, x, y);
	if (on)
		return p ? 0 : add_pair(box, x, y);
	if (p)
		*p = box->pairs[--box->npairs];
	return 0;
}

static void forget_pairs(struct box *b, const struct world_port *port)
{
	for (unsigned i = b->npairs; i-- > 0;)
		if (b->pairs[i].a == port || b->pairs[i].b == port)
			b->pairs[i] = b->pairs[--b->npairs];
}

static bool is_parted(struct box *b, const struct world_port *from,
		      const struct world_port *to)
{
	if (!b->npairs || !find_pair(b, from, to))
		return false;
	b->parted++;
	return true;
}

/* ---- forwarding ---- */

/* To all but where it came from. */
static void flood(struct box *b, struct world_port *from, struct ostia_pkt *p)
{
	b->flooded++;
	list_each (node, &b->node.ports) {
		struct world_port *to =
			list_entry(node, struct world_port, node_ports);
		struct ostia_pkt *copy;

		if (to == from || is_parted(b, from, to))
			continue;
		copy = ostia_pkt_clone(p);
		if (copy)
			world_wire_send(to, copy);
	}
	pkt_free(p);
}

static void forward(struct box *b, struct world_port *from, struct ostia_pkt *p)
{
	ostia_time now = b->node.world->now;
	uint8_t head[WIRE_ETH_HLEN];
	struct learned *x;

	if (pkt_copy_out(p, 0, head, sizeof(head)) < sizeof(head)) {
		b->short_frames++;
		pkt_free(p);
		return;
	}
	if (!wire_eth_is_group(head + WIRE_ETH_ALEN))
		learn(b, mac_of(head + WIRE_ETH_ALEN), from, now);
	x = wire_eth_is_group(head) ? NULL : find(b, mac_of(head), now);
	if (!x) {
		flood(b, from, p);
	} else if (x->port == from) {
		b->filtered++;
		pkt_free(p);
	} else if (is_parted(b, from, x->port)) {
		pkt_free(p);
	} else {
		b->forwarded++;
		world_wire_send(x->port, p);
	}
}

static void process(struct ostia_node *n)
{
	list_each (node, &n->ports) {
		struct world_port *port =
			list_entry(node, struct world_port, node_ports);
		struct ostia_pkt *p = port->in, *next;

		port->in = NULL;
		port->in_tail = &port->in;
		for (; p; p = next) {
			next = p->next;
			forward(box_of(n), port, p);
		}
	}
}

static int attach(struct ostia_node *n, struct world_port *port)
{
	(void)n;
	(void)port;
	return 0;
}

/* What was learned by it is forgotten. */
static void detach(struct ostia_node *n, struct world_port *port)
{
	struct learned *table = box_of(n)->table;

	for (unsigned i = 0; i < SLOTS; i++)
		if (table[i].port == port)
			table[i] = (struct learned) { 0 };
	forget_pairs(box_of(n), port);
}

static int addr(struct world_port *port, const char *text)
{
	(void)port;
	(void)text;
	return -EOPNOTSUPP;
}

static int route(struct world_port *port, const char *dst, const char *gateway)
{
	(void)port;
	(void)dst;
	(void)gateway;
	return -EOPNOTSUPP;
}

static const char *counter(const struct ostia_node *n, unsigned i,
			   uint64_t *value)
{
	const struct box *b = (const struct box *)(const void *)n;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "forwarded", b->forwarded }, { "flooded", b->flooded },
		{ "filtered", b->filtered },   { "short", b->short_frames },
		{ "evicted", b->evicted },     { "parted", b->parted },
	};

	if (i >= sizeof(rows) / sizeof(rows[0]))
		return NULL;
	*value = rows[i].value;
	return rows[i].name;
}

static void switch_free(struct ostia_node *n)
{
	world_node_fini(n);
	free(box_of(n)->table);
	free(box_of(n)->pairs);
	free(n);
}

static const struct world_node_ops switch_ops = {
	.attach = attach,
	.detach = detach,
	.process = process,
	.addr = addr,
	.route = route,
	.counter = counter,
	.free = switch_free,
};

int ostia_switch_new(struct ostia_world *w, const char *name,
		     struct ostia_node **out)
{
	struct box *b = world_zalloc(w, sizeof(*b));
	struct learned *table = world_zalloc(w, SLOTS * sizeof(*table));
	int err = -ENOMEM;

	if (b && table)
		err = world_node_init(&b->node, w, WORLD_SWITCH, &switch_ops,
				      name);
	if (err) {
		free(table);
		free(b);
		return err;
	}
	b->table = table;
	*out = &b->node;
	return 0;
}
