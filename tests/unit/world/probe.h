/* SPDX-License-Identifier: MIT */
/*
 * A node without a stack: sends what a test says, remembers what it gets
 */
#ifndef OSTIA_TESTS_UNIT_WORLD_PROBE_H
#define OSTIA_TESTS_UNIT_WORLD_PROBE_H

#include "../test.h"
#include "world/wire.h"

enum { PROBE_LOG = 4096, PROBE_BYTES = 2048 };

struct probe_got {
	ostia_time time;
	unsigned port;
	uint32_t len;
	uint8_t bytes[PROBE_BYTES];
};

struct probe {
	struct ostia_node node;
	struct probe_got *got;
	unsigned n;
};

static struct probe *probe_of(struct ostia_node *n)
{
	return (struct probe *)(void *)n;
}

static void probe_process(struct ostia_node *n)
{
	struct probe *x = probe_of(n);

	list_each (node, &n->ports) {
		struct world_port *port =
			list_entry(node, struct world_port, node_ports);
		struct ostia_pkt *p = port->in, *next;

		port->in = NULL;
		port->in_tail = &port->in;
		for (; p; p = next) {
			struct probe_got *g = &x->got[x->n++ % PROBE_LOG];

			next = p->next;
			g->time = n->world->now;
			g->port = port->index;
			g->len = p->len;
			pkt_copy_out(p, 0, g->bytes,
				     p->len < PROBE_BYTES ? p->len
							  : PROBE_BYTES);
			pkt_free(p);
		}
	}
}

static int probe_attach(struct ostia_node *n, struct world_port *port)
{
	(void)n;
	(void)port;
	return 0;
}

static void probe_detach(struct ostia_node *n, struct world_port *port)
{
	(void)n;
	(void)port;
}

static void probe_free(struct ostia_node *n)
{
	world_node_fini(n);
	free(probe_of(n)->got);
	free(n);
}

static const struct world_node_ops probe_ops = {
	.attach = probe_attach,
	.detach = probe_detach,
	.process = probe_process,
	.free = probe_free,
};

static struct probe *probe_new(struct ostia_world *w, const char *name)
{
	struct probe *x = calloc(1, sizeof(*x));

	OK(x);
	x->got = calloc(PROBE_LOG, sizeof(*x->got));
	OK(x->got);
	/* a host in all but the stack: any wire may end here */
	EQ(world_node_init(&x->node, w, WORLD_HOST, &probe_ops, name), 0);
	return x;
}

static struct world_port *probe_port(struct probe *x, unsigned index)
{
	list_each (node, &x->node.ports) {
		struct world_port *port =
			list_entry(node, struct world_port, node_ports);

		if (port->index == index)
			return port;
	}
	fail_msg("no port %u", index);
	return NULL;
}

static void probe_send(struct probe *x, unsigned port, const void *p, size_t n)
{
	struct ostia_pkt *pkt = ostia_pkt_from(x->node.world->pool, p, n);

	OK(pkt);
	world_wire_send(probe_port(x, port), pkt);
}

static inline struct ostia_world *world_of_seed(uint64_t seed)
{
	const struct ostia_world_config cfg = { .seed = seed };
	struct ostia_world *w;

	EQ(ostia_world_new(&cfg, &w), 0);
	return w;
}

static struct ostia_wire *join(struct ostia_node *a, struct ostia_node *b,
			       const struct ostia_wire_config *cfg)
{
	struct ostia_wire *wire;

	EQ(ostia_wire_new(a->world, cfg, a, b, &wire), 0);
	return wire;
}

#endif
