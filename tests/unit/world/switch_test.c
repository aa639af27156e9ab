/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include <errno.h>

/* Three probes around a switch. */
struct star {
	struct ostia_world *w;
	struct ostia_node *sw;
	struct probe *x[3];
};

static struct star star(void)
{
	static const struct ostia_wire_config plain;
	struct star t = { .w = world_of_seed(1) };

	EQ(ostia_switch_new(t.w, "switch", &t.sw), 0);
	for (unsigned i = 0; i < 3; i++) {
		t.x[i] = probe_new(t.w, "probe");
		join(&t.x[i]->node, t.sw, &plain);
	}
	return t;
}

/* A frame from address @from to @to (0: everyone) by probe @i. */
static void frame(struct star *t, unsigned i, unsigned from, unsigned to)
{
	uint8_t f[60] = { 0x02, 0,   0, 0, (uint8_t)(to >> 8),	 (uint8_t)to,
			  0x02, 0,   0, 0, (uint8_t)(from >> 8), (uint8_t)from,
			  0x88, 0xb5 };

	if (!to)
		memset(f, 0xff, 6);
	probe_send(t->x[i], 0, f, sizeof(f));
	ostia_world_run_until(t->w, ostia_world_now(t->w) + OSTIA_MS);
}

static uint64_t counter(const struct star *t, const char *name)
{
	const char *s;
	uint64_t v;

	for (unsigned i = 0; (s = ostia_node_counter(t->sw, i, &v)); i++)
		if (!strcmp(s, name))
			return v;
	fail_msg("no counter %s", name);
	return 0;
}

TEST(an_unknown_address_is_flooded_and_a_known_one_is_not)
{
	struct star t = star();

	frame(&t, 0, 10, 11);
	EQ(t.x[0]->n, 0);
	EQ(t.x[1]->n, 1);
	EQ(t.x[2]->n, 1);
	frame(&t, 1, 11, 10); /* the answer */
	EQ(t.x[0]->n, 1);
	EQ(t.x[2]->n, 1);
	frame(&t, 0, 10, 11);
	EQ(t.x[1]->n, 2);
	EQ(t.x[2]->n, 1);
	EQ(counter(&t, "forwarded"), 2);
	EQ(counter(&t, "flooded"), 1);
	ostia_world_free(t.w);
}

TEST(a_broadcast_goes_to_all_others)
{
	struct star t = star();

	frame(&t, 2, 12, 0);
	EQ(t.x[0]->n, 1);
	EQ(t.x[1]->n, 1);
	EQ(t.x[2]->n, 0);
	ostia_world_free(t.w);
}

TEST(an_address_that_moved_is_found_at_its_new_port)
{
	struct star t = star();

	frame(&t, 0, 10, 0);
	frame(&t, 2, 10, 0);
	frame(&t, 1, 11, 10);
	EQ(t.x[0]->n, 1); /* its neighbour's broadcast alone */
	EQ(t.x[2]->n, 2);
	ostia_world_free(t.w);
}

TEST(what_is_learned_is_forgotten_after_300_s)
{
	struct star t = star();

	frame(&t, 0, 10, 0);
	ostia_world_run_until(t.w, 301 * OSTIA_S);
	frame(&t, 1, 11, 10);
	EQ(t.x[2]->n, 2);
	EQ(counter(&t, "flooded"), 2);
	ostia_world_free(t.w);
}

TEST(a_flood_of_addresses_takes_no_memory_and_stops_nobody)
{
	struct star t = star();
	struct ostia_world_stats before, after;

	ostia_world_stats(t.w, &before);
	for (unsigned i = 1; i < 30000; i++)
		frame(&t, 0, i, 0xfffe);
	ostia_world_stats(t.w, &after);
	EQ(after.own_allocs, before.own_allocs);
	OK(counter(&t, "evicted") > 10000);
	frame(&t, 1, 40000, 0);
	frame(&t, 2, 50000, 40000);
	EQ(t.x[1]->n, 29999 + 1);
	ostia_world_free(t.w);
}

TEST(runts_are_dropped_and_it_has_no_address)
{
	struct star t = star();
	const uint8_t runt[13] = { 0 };

	probe_send(t.x[0], 0, runt, sizeof(runt));
	ostia_world_run_until(t.w, OSTIA_MS);
	EQ(t.x[1]->n, 0);
	EQ(counter(&t, "short"), 1);
	EQ(ostia_wire_addr(probe_port(t.x[0], 0)->wire, 1, "10.0.0.1/24"),
	   -EOPNOTSUPP);
	OK(!ostia_host_stack(t.sw));
	ostia_world_free(t.w);
}

static int wait_long(void *arg)
{
	struct ostia_world *w = arg;

	return ostia_task_sleep(w, 3600 * OSTIA_S);
}

/* A host at the switch, with all that a host may have. */
static struct ostia_node *busy_host(struct star *t)
{
	static const struct ostia_wire_config plain;
	struct ostia_world_proc *p;
	struct ostia_world_dns *dns;
	struct ostia_wire *wire;
	struct ostia_node *n;

	EQ(ostia_host_new(t->w, "busy", NULL, 0, &n), 0);
	EQ(ostia_wire_new(t->w, &plain, n, t->sw, &wire), 0);
	EQ(ostia_wire_addr(wire, 0, "10.0.0.9/24"), 0);
	EQ(ostia_wire_cut_at(wire, OSTIA_WIRE_BOTH, 1800 * OSTIA_S), 0);
	EQ(ostia_world_dns(n, &dns), 0);
	EQ(ostia_world_proc_new(n, "waits", 0, &p), 0);
	EQ(ostia_task_spawn(p, wait_long, t->w, NULL), 0);
	EQ(ostia_world_run_until(t->w, ostia_world_now(t->w) + OSTIA_MS), 0);
	return n;
}

TEST(a_host_goes_with_all_that_was_its)
{
	struct star t = star();
	struct ostia_world_stats s;

	for (unsigned i = 0; i < 3; i++) {
		struct ostia_node *n = busy_host(&t);

		frame(&t, 0, 10, 0x0a00 + i);
		EQ(ostia_node_free(n), 0);
	}
	ostia_world_stats(t.w, &s);
	EQ(s.tasks, 0);
	EQ(s.procs, 0);
	EQ(s.in_flight, 0);
	frame(&t, 0, 10, 11);
	EQ(t.x[1]->n, 4);
	EQ(ostia_world_run_until(t.w, 4000 * OSTIA_S), 0);
	ostia_world_free(t.w);
}

TEST(what_was_learned_of_a_wire_goes_with_it)
{
	struct star t = star();
	static const struct ostia_wire_config plain;
	struct probe *extra = probe_new(t.w, "extra");
	struct ostia_wire *wire = join(&extra->node, t.sw, &plain);
	const uint8_t hello[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
				    0,	  0,	0,    0,    77,	  0x88, 0xb5 };

	probe_send(extra, 0, hello, sizeof(hello));
	ostia_world_run_until(t.w, OSTIA_MS);
	EQ(ostia_node_free(&extra->node), 0);
	(void)wire;
	frame(&t, 1, 11, 77);
	EQ(counter(&t, "flooded"), 2);
	EQ(t.x[0]->n, 2);
	ostia_world_free(t.w);
}

TEST(two_wires_can_be_parted_and_all_else_goes_on)
{
	struct star t = star();
	const struct ostia_wire *wire[3];

	for (unsigned i = 0; i < 3; i++)
		wire[i] = probe_port(t.x[i], 0)->wire;
	EQ(ostia_switch_part(t.sw, wire[0], wire[0], 1), -EINVAL);
	EQ(ostia_switch_part(&t.x[0]->node, wire[0], wire[1], 1), -EINVAL);
	EQ(ostia_switch_part(t.sw, wire[0], wire[1], 1), 0);
	EQ(ostia_switch_part(t.sw, wire[1], wire[0], 1), 0); /* the same */
	frame(&t, 0, 10, 0);
	EQ(t.x[1]->n, 0);
	EQ(t.x[2]->n, 1);
	frame(&t, 1, 11, 10);
	EQ(t.x[0]->n, 0);
	frame(&t, 2, 12, 10);
	EQ(t.x[0]->n, 1);
	EQ(counter(&t, "parted"), 2);
	EQ(ostia_switch_part(t.sw, wire[0], wire[1], 0), 0);
	frame(&t, 1, 11, 10);
	EQ(t.x[0]->n, 2);
	EQ(ostia_switch_part(t.sw, wire[0], wire[1], 1), 0);
	EQ(ostia_switch_part(t.sw, wire[0], wire[2], 1), 0);
	EQ(ostia_node_free(&t.x[0]->node), 0);
	frame(&t, 1, 11, 0);
	EQ(t.x[2]->n, 2);
	ostia_world_free(t.w);
}

static struct ostia_node *victim;
static int said;

static void free_it(void *ctx)
{
	(void)ctx;
	said = ostia_node_free(victim);
}

TEST(no_node_goes_from_inside_the_world_or_from_a_router)
{
	struct star t = star();
	static const struct ostia_wire_config plain;
	struct ostia_node *router;
	struct ostia_wire *wire;

	victim = busy_host(&t);
	EQ(ostia_world_at(t.w, 0, free_it, NULL), 0);
	ostia_world_run_until(t.w, ostia_world_now(t.w) + OSTIA_MS);
	EQ(said, -EBUSY);
	EQ(ostia_router_new(t.w, "router", &router), 0);
	EQ(ostia_wire_new(t.w, &plain, victim, router, &wire), 0);
	EQ(ostia_node_free(victim), -EOPNOTSUPP);
	ostia_world_free(t.w);
}

TESTS(CASE(an_unknown_address_is_flooded_and_a_known_one_is_not),
      CASE(a_broadcast_goes_to_all_others),
      CASE(an_address_that_moved_is_found_at_its_new_port),
      CASE(what_is_learned_is_forgotten_after_300_s),
      CASE(a_flood_of_addresses_takes_no_memory_and_stops_nobody),
      CASE(runts_are_dropped_and_it_has_no_address),
      CASE(a_host_goes_with_all_that_was_its),
      CASE(what_was_learned_of_a_wire_goes_with_it),
      CASE(two_wires_can_be_parted_and_all_else_goes_on),
      CASE(no_node_goes_from_inside_the_world_or_from_a_router))
