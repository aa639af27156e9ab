/* SPDX-License-Identifier: MIT */
/*
 * A stack as a node: it is told the time before anything else, given what
 * arrived on each port as one batch, and pulled until it has nothing to say.
 */
#include "base/siphash.h"
#include "world/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PULL = 64 }; /* packets a pull */

struct host {
	struct ostia_node node;
	struct ostia_stack *stack;
	void (*on_event)(void *ctx, const struct ostia_event *ev);
	void *on_event_ctx;
	int (*on_packet)(void *ctx, struct ostia_link *link,
			 struct ostia_pkt *p);
	void *on_packet_ctx;
};

static struct host *host_of(struct ostia_node *n)
{
	return (struct host *)(void *)n;
}

static void forward_trace(void *ctx, const struct ostia_trace *ev)
{
	struct ostia_node *n = ctx;
	struct ostia_world *w = n->world;
	const struct ostia_world_trace out = { .time = ev->time,
					       .node = n->id,
					       .stack = ev };

	w->cfg.trace(w->cfg.trace_ctx, &out);
}

void world_host_advance(struct ostia_node *n)
{
	ostia_advance(host_of(n)->stack, n->world->now);
}

static void pull(struct world_port *port)
{
	struct ostia_pkt *p, *next;

	while ((p = ostia_link_output(port->link, PULL)))
		for (; p; p = next) {
			next = p->next;
			world_wire_send(port, p);
		}
}

static void hand_out_events(struct host *h)
{
	struct ostia_event ev;

	while (ostia_next_event(h->stack, &ev))
		if (!world_task_wake(&h->node, &ev) && h->on_event)
			h->on_event(h->on_event_ctx, &ev);
}

/* A deadline is a lower bound and may be past (the loopback has something to
 * say); it comes again after the time that a call takes, so time moves.
 */
static void set_timer(struct host *h)
{
	struct ostia_world *w = h->node.world;
	ostia_time t = ostia_next_deadline(h->stack);

	if (t == OSTIA_NEVER)
		return;
	if (t <= w->now)
		t = w->now + w->cfg.call_cost;
	if (!h->node.timer.pos || t < h->node.timer.time)
		world_eventq_arm(&w->q, &h->node.timer, t);
}

void world_host_flush(struct ostia_node *n)
{
	list_each (node, &n->ports)
		pull(list_entry(node, struct world_port, node_ports));
	hand_out_events(host_of(n));
	set_timer(host_of(n));
}

/* What nobody took, in order. */
static struct ostia_pkt *show(struct host *h, struct world_port *port,
			      struct ostia_pkt *batch)
{
	struct ostia_pkt *left = NULL, **tail = &left, *next;

	for (struct ostia_pkt *p = batch; p; p = next) {
		next = p->next;
		p->next = NULL;
		if (h->on_packet(h->on_packet_ctx, port->link, p))
			continue;
		*tail = p;
		tail = &p->next;
	}
	return left;
}

static void input(struct world_port *port)
{
	struct ostia_pkt *batch = port->in;

	if (!batch)
		return;
	port->in = NULL;
	port->in_tail = &port->in;
	if (host_of(port->node)->on_packet)
		batch = show(host_of(port->node), port, batch);
	for (struct ostia_pkt *p = batch; p; p = p->next)
		port->node->world->stats.events++;
	if (batch)
		ostia_link_input(port->link, batch);
}

static void process(struct ostia_node *n)
{
	world_host_advance(n);
	list_each (node, &n->ports)
		input(list_entry(node, struct world_port, node_ports));
	world_host_flush(n);
}

static int attach(struct ostia_node *n, struct world_port *port)
{
	const struct ostia_wire *wire = port->wire;
	char name[16];
	struct ostia_link_config cfg = { .name = name,
					 .type = wire->type,
					 .mtu = wire->mtu };
	int err;

	snprintf(name, sizeof(name), "eth%u", port->index);
	memcpy(cfg.mac, port->mac, sizeof(cfg.mac));
	if (wire->offload)
		cfg.caps = OSTIA_LINK_TSO | OSTIA_LINK_USO | OSTIA_LINK_TXCSUM;
	err = ostia_link_new(host_of(n)->stack, &cfg, &port->link);
	return err;
}

/* The link goes with the wire. */
static void detach(struct ostia_node *n, struct world_port *port)
{
	(void)n;
	(void)port;
}

static int addr(struct world_port *port, const char *text)
{
	int err = ostia_addr_add(port->link, text);

	ostia_host_kick(port->node);
	return err;
}

static int route(struct world_port *port, const char *dst, const char *gateway)
{
	int err = ostia_route_add(port->link, dst, gateway);

	ostia_host_kick(port->node);
	return err;
}

static void host_free(struct ostia_node *n)
{
	world_node_fini(n);
	ostia_stack_free(host_of(n)->stack);
	free(n);
}

static const struct world_node_ops host_ops = {
	.attach = attach,
	.detach = detach,
	.process = process,
	.addr = addr,
	.route = route,
	.free = host_free,
};

static int make_stack(struct host *h, const struct ostia_setting *settings,
		      size_t nsettings)
{
	struct ostia_world *w = h->node.world;
	const struct siphash_key key = { w->cfg.seed, 0x686f7374 };
	const uint64_t word[2] = { h->node.id, ~(uint64_t)h->node.id };
	const uint64_t seed[2] = { siphash_words_24(&key, &word[0], 1),
				   siphash_words_24(&key, &word[1], 1) };
	struct ostia_env env = w->env;
	const struct ostia_stack_config cfg = { .env = &env,
						.pool = w->pool,
						.id = h->node.id,
						.now = w->now,
						.settings = settings,
						.nsettings = nsettings };

	memcpy(env.seed, seed, sizeof(seed));
	if (w->cfg.trace) {
		env.trace = forward_trace;
		env.trace_ctx = &h->node;
	}
	return ostia_stack_new(&cfg, &h->stack);
}

int ostia_host_new(struct ostia_world *w, const char *name,
		   const struct ostia_setting *settings, size_t nsettings,
		   struct ostia_node **out)
{
	struct host *h = world_zalloc(w, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	err = world_node_init(&h->node, w, WORLD_HOST, &host_ops, name);
	if (err) {
		free(h);
		return err;
	}
	err = make_stack(h, settings, nsettings);
	if (err) {
		world_node_fini(&h->node);
		free(h);
		return err;
	}
	*out = &h->node;
	return 0;
}

struct ostia_stack *ostia_host_stack(const struct ostia_node *n)
{
	return n->kind == WORLD_HOST
		       ? ((const struct host *)(const void *)n)->stack
		       : NULL;
}

void ostia_host_kick(struct ostia_node *n)
{
	if (n->kind != WORLD_HOST)
		return;
	world_host_advance(n);
	world_host_flush(n);
}

void ostia_host_on_event(struct ostia_node *n,
			 void (*fn)(void *ctx, const struct ostia_event *),
			 void *ctx)
{
	if (n->kind != WORLD_HOST)
		return;
	host_of(n)->on_event = fn;
	host_of(n)->on_event_ctx = ctx;
}

void ostia_host_on_packet(struct ostia_node *n,
			  int (*fn)(void *ctx, struct ostia_link *link,
				    struct ostia_pkt *p),
			  void *ctx)
{
	if (n->kind != WORLD_HOST)
		return;
	host_of(n)->on_packet = fn;
	host_of(n)->on_packet_ctx = ctx;
}
