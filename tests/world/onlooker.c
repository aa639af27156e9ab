/* SPDX-License-Identifier: MIT */
#include "onlooker.h"

#include "witness.h"

#include "stack/stack.h"
#include "tcp/check.h"
#include "world/monitor.h"
#include "world/wire.h"
#include "world/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CHECK_EVERY = 16, /* packets */
	TICK_MS = 200,
	HOSTS = 256, /* ids from there on are not known */
};

struct onlooker {
	struct onlooker *next;
	struct ostia_world *w;
	void (*fn)(void *ctx, const struct ostia_world_trace *ev);
	void *ctx;
	struct world_monitor *m;
	uint8_t wires[HOSTS]; /* of each host */
	uint32_t packets; /* until the next check */
	ostia_time ticked;
};

static struct onlooker *all;
static uint64_t segments;

static void on_breach(void *ctx, enum world_rule rule, const char *what)
{
	(void)ctx;
	(void)rule;
	fprintf(stderr, "%s\n", what);
	witness_failed();
}

static void no_memory(void)
{
	fprintf(stderr, "onlooker: no memory\n");
	witness_failed();
}

/* Whom to watch: hosts with one wire. Others may send what is not theirs; of
 * what waits in a queue of some discipline wires tell when it leaves that.
 */
static void count_ends(struct onlooker *o, const struct ostia_wire *wire)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct ostia_node *n = wire->end[i].node;

		if (n->kind != WORLD_HOST || n->id >= HOSTS)
			continue;
		o->wires[n->id] |= wire->end[i].out->queue ? 2 : 0;
		o->wires[n->id] += o->wires[n->id] < 2;
	}
}

/* Neighbours must be found first on Ethernet; a host may send a cookie. */
static void begin(struct onlooker *o)
{
	struct world_monitor_config cfg = { .breach = on_breach,
					    .cookies = true,
					    .sums = true };

	list_each (node, &o->w->wires) {
		const struct ostia_wire *wire =
			list_entry(node, struct ostia_wire, wires);

		cfg.inexact |= wire->type == OSTIA_LINK_ETHERNET;
		cfg.sums &= !wire->offload;
		count_ends(o, wire);
	}
	if (world_monitor_new(&cfg, &o->m))
		no_memory();
}

/* Return: packets until the next time: the work stays in proportion. */
static uint32_t check_all(const struct onlooker *o)
{
	uint32_t records = 0;

	list_each (node, &o->w->nodes) {
		const struct ostia_node *n =
			list_entry(node, struct ostia_node, world_nodes);
		struct ostia_usage u;

		if (n->kind != WORLD_HOST)
			continue;
		tcp_check(ostia_host_stack(n)->tcp);
		ostia_stack_usage(ostia_host_stack(n), &u);
		records += (uint32_t)u.rtx_records;
	}
	return CHECK_EVERY + records;
}

static void judge(struct onlooker *o, const struct ostia_world_trace *ev)
{
	bool one = ev->node < HOSTS && o->wires[ev->node] == 1;
	const uint32_t ends[2] = { one ? ev->node : 0, one ? ev->node : 0 };

	if (ev->time >= o->ticked + TICK_MS * OSTIA_MS) {
		world_monitor_tick(o->m, ev->time);
		o->ticked = ev->time;
	}
	if (ev->stack && !one)
		return;
	if (world_monitor_trace(o->m, ev, ends, ev->ethernet))
		no_memory();
	if (!ev->stack && !o->packets--)
		o->packets = check_all(o);
}

static void look(void *ctx, const struct ostia_world_trace *ev)
{
	struct onlooker *o = ctx;

	if (o->w && !o->m)
		begin(o);
	if (o->m)
		judge(o, ev);
	if (o->fn)
		o->fn(o->ctx, ev);
}

int onlooker_world(const struct ostia_world_config *cfg,
		   struct ostia_world **out)
{
	struct onlooker *o = calloc(1, sizeof(*o));
	struct ostia_world_config mine = *cfg;
	int err;

	if (!o)
		return -ENOMEM;
	o->fn = cfg->trace;
	o->ctx = cfg->trace_ctx;
	mine.trace = look;
	mine.trace_ctx = o;
	err = witness_world(&mine, out);
	if (err) {
		free(o);
		return err;
	}
	o->w = *out;
	o->next = all;
	all = o;
	return 0;
}

static struct onlooker **find(const struct ostia_world *w)
{
	struct onlooker **at = &all;

	while (*at && (*at)->w != w)
		at = &(*at)->next;
	return at;
}

void onlooker_except(const struct ostia_world *w, const struct ostia_node *host)
{
	struct onlooker *o = *find(w);

	if (o && host->id < HOSTS)
		o->wires[host->id] = 2;
}

void onlooker_free(struct ostia_world *w)
{
	struct onlooker **at = find(w), *o = *at;

	ostia_world_free(w);
	if (!o)
		return;
	*at = o->next;
	if (o->m) {
		segments += world_monitor_segments(o->m);
		world_monitor_free(o->m);
	}
	free(o);
}

uint64_t onlooker_segments(void)
{
	return segments;
}
