/* SPDX-License-Identifier: MIT */
#include "world/wire.h"

#include "base/siphash.h"
#include "probe.h"
#include <errno.h>

/* Two probes and a bare IP wire with these faults. */
struct pair {
	struct ostia_world *w;
	struct probe *a, *b;
	struct ostia_wire *wire;
};

static struct pair pair(uint64_t seed, const char *faults)
{
	struct pair t = { .w = world_of_seed(seed) };
	const struct ostia_wire_config cfg = { .type = OSTIA_LINK_IP,
					       .faults = faults };

	t.a = probe_new(t.w, "a");
	t.b = probe_new(t.w, "b");
	t.wire = join(&t.a->node, &t.b->node, &cfg);
	return t;
}

static void done(struct pair *t)
{
	struct ostia_pool_stats s;

	EQ(ostia_world_run_until(t->w, ostia_world_now(t->w) + OSTIA_S * 60),
	   0);
	ostia_pool_stats(ostia_world_pool(t->w), &s);
	EQ(s.pkts, 0);
	EQ(s.blocks, 0);
	ostia_world_free(t->w);
}

/* @n packets of @len bytes, numbered in their first four. */
static void burst(struct probe *x, unsigned n, size_t len)
{
	uint8_t bytes[1500] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		memcpy(bytes, &i, sizeof(i));
		probe_send(x, 0, bytes, len);
	}
}

static unsigned number(const struct probe *x, unsigned i)
{
	unsigned v;

	memcpy(&v, x->got[i].bytes, sizeof(v));
	return v;
}

static struct ostia_wire_stats stats(const struct pair *t, unsigned dir)
{
	struct ostia_wire_stats s;

	ostia_wire_stats(t->wire, dir, &s);
	return s;
}

TEST(a_plain_wire_takes_one_hop)
{
	struct pair t = pair(1, NULL);

	burst(t.a, 3, 100);
	EQ(ostia_world_next(t.w), OSTIA_US);
	EQ(ostia_world_step(t.w), 1);
	EQ(t.b->n, 3);
	EQ(t.b->got[2].time, OSTIA_US);
	EQ(ostia_world_step(t.w), 0);
	EQ(stats(&t, 0).delivered_bytes, 300);
	EQ(stats(&t, 1).packets, 0);
	done(&t);
}

TEST(delay_is_added_each_way)
{
	struct pair t = pair(1, "delay 40ms");

	burst(t.a, 1, 100);
	EQ(ostia_world_run_until(t.w, 50 * OSTIA_MS), 0);
	EQ(t.b->got[0].time, 40 * OSTIA_MS);
	burst(t.b, 1, 100);
	EQ(ostia_world_run_until(t.w, 100 * OSTIA_MS), 0);
	EQ(t.a->got[0].time, 90 * OSTIA_MS);
	EQ(ostia_world_now(t.w), 100 * OSTIA_MS);
	done(&t);
}

/* 1000 bytes at 8 Mbit/s take a millisecond. */
TEST(rate_spaces_packets_and_the_queue_is_bounded)
{
	struct pair t = pair(1, "rate 8mbit limit 5 delay 10ms");

	burst(t.a, 8, 1000);
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 5);
	for (unsigned i = 0; i < 5; i++)
		EQ(t.b->got[i].time, (11 + i) * OSTIA_MS);
	EQ(stats(&t, 0).limit, 3);
	burst(t.a, 1, 1000); /* and has room again */
	EQ(ostia_world_run_until(t.w, 2 * OSTIA_S), 0);
	EQ(t.b->got[5].time, OSTIA_S + 11 * OSTIA_MS);
	done(&t);
}

TEST(a_limit_in_bytes_bounds_bytes)
{
	struct pair t = pair(1, "rate 8mbit limit 3kb");

	burst(t.a, 8, 1000);
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 3);
	EQ(stats(&t, 0).limit, 5);
	done(&t);
}

TEST(without_a_rate_the_limit_bounds_what_is_on_the_way)
{
	struct pair t = pair(1, "delay 10ms limit 4");

	burst(t.a, 6, 100);
	EQ(ostia_world_run_until(t.w, 20 * OSTIA_MS), 0);
	EQ(t.b->n, 4);
	EQ(stats(&t, 0).limit, 2);
	done(&t);
}

TEST(all_are_lost_or_delivered_and_counted)
{
	struct pair t = pair(9, "loss 20% duplicate 10% delay 5ms 2ms");
	struct ostia_wire_stats s;

	burst(t.a, 3000, 60);
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	s = stats(&t, 0);
	EQ(s.packets, 3000);
	OK(s.lost > 540 && s.lost < 780);
	OK(s.duplicated > 240 && s.duplicated < 360);
	EQ(s.delivered, s.packets + s.duplicated - s.lost);
	EQ(s.delivered, t.b->n);
	EQ(s.in_flight, 0);
	done(&t);
}

TEST(jitter_lets_packets_overtake_and_loses_none)
{
	struct pair t = pair(4, "delay 5ms 2ms");
	static bool seen[1000];
	unsigned early = 0;

	memset(seen, 0, sizeof(seen));
	burst(t.a, 1000, 60);
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		OK(!seen[number(t.b, i)]);
		seen[number(t.b, i)] = true;
		OK(t.b->got[i].time >= 3 * OSTIA_MS);
		OK(t.b->got[i].time <= 7 * OSTIA_MS);
		if (i) {
			OK(t.b->got[i].time >= t.b->got[i - 1].time);
			early += number(t.b, i) < number(t.b, i - 1);
		}
	}
	OK(early > 300);
	done(&t);
}

TEST(reordered_ones_go_at_once)
{
	struct pair t = pair(4, "delay 10ms reorder 25%");
	unsigned at_once = 0;

	burst(t.a, 1000, 60);
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 1000);
	for (unsigned i = 0; i < 1000; i++)
		at_once += t.b->got[i].time == OSTIA_US;
	OK(at_once > 200 && at_once < 300);
	EQ(stats(&t, 0).reordered, at_once);
	done(&t);
}

static unsigned bits_set(const uint8_t *p, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned)__builtin_popcount(p[i]);
	return sum;
}

/* The payload is shared with its sender, who must not see the flip. */
TEST(corruption_flips_one_bit_of_a_copy)
{
	struct pair t = pair(4, "corrupt 100%");
	struct block *b = block_new(t.w->pool, 1400);
	unsigned places = 0;

	memset(b->mem, 0, 1400);
	b->used = 1400;
	for (unsigned i = 0; i < 200; i++) {
		struct ostia_pkt *p = pkt_new(t.w->pool);

		memset(pkt_put(p, 40), 0, 40);
		EQ(pkt_add_slice(p, b, 0, 700), 0);
		EQ(pkt_add_slice(p, b, 701, 600), 0);
		p->csum = OSTIA_CSUM_VALID;
		world_wire_send(probe_port(t.a, 0), p);
	}
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 200);
	for (unsigned i = 0; i < 200; i++) {
		EQ(t.b->got[i].len, 1340);
		EQ(bits_set(t.b->got[i].bytes, 1340), 1);
		places += bits_set(t.b->got[i].bytes + 40, 1300);
	}
	OK(places > 170); /* mostly in the payload, by its size */
	EQ(bits_set(b->mem, 1400), 0);
	EQ(b->refs, 1);
	EQ(stats(&t, 0).corrupted, 200);
	block_put(b);
	done(&t);
}

TEST(a_path_that_lies_swallows_large_packets)
{
	struct pair t = pair(1, "mtu 500");

	burst(t.a, 1, 500);
	burst(t.a, 1, 501);
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 1);
	EQ(stats(&t, 0).mtu, 1);
	done(&t);
}

TEST(a_cut_wire_loses_what_is_sent_and_delivers_what_was)
{
	struct pair t = pair(1, "delay 10ms");

	burst(t.a, 1, 100);
	ostia_wire_cut(t.wire, OSTIA_WIRE_AB);
	burst(t.a, 2, 100);
	burst(t.b, 1, 100); /* the other way is whole */
	EQ(ostia_wire_heal_at(t.wire, OSTIA_WIRE_AB, 20 * OSTIA_MS), 0);
	EQ(ostia_world_run_until(t.w, 19 * OSTIA_MS), 0);
	EQ(t.b->n, 1);
	EQ(t.a->n, 1);
	EQ(stats(&t, 0).cut, 2);
	EQ(ostia_world_run_until(t.w, 20 * OSTIA_MS), 0);
	burst(t.a, 1, 100);
	EQ(ostia_wire_cut_at(t.wire, OSTIA_WIRE_BOTH, 40 * OSTIA_MS), 0);
	EQ(ostia_world_run_until(t.w, 50 * OSTIA_MS), 0);
	EQ(t.b->n, 2);
	burst(t.b, 1, 100);
	EQ(stats(&t, 1).cut, 1);
	done(&t);
}

TEST(faults_can_change_in_mid_flight)
{
	struct pair t = pair(1, "rate 8mbit limit 100");
	char err[100] = "";

	burst(t.a, 10, 1000);
	EQ(ostia_wire_faults(t.wire, OSTIA_WIRE_AB, "rate 16mbit limit 12", err,
			     sizeof(err)),
	   0);
	burst(t.a, 3, 1000); /* two find room beside the ten */
	EQ(ostia_wire_faults(t.wire, OSTIA_WIRE_AB, "delay 5", err,
			     sizeof(err)),
	   -EINVAL);
	OK(strstr(err, "5ms"));
	EQ(ostia_world_run_until(t.w, OSTIA_S), 0);
	EQ(t.b->n, 12);
	EQ(t.b->got[9].time, 10 * OSTIA_MS + OSTIA_US);
	EQ(t.b->got[11].time, 11 * OSTIA_MS + OSTIA_US);
	done(&t);
}

static uint64_t digest(uint64_t h, const void *p, size_t n)
{
	const struct siphash_key key = { h, 1 };

	return siphash_13(&key, p, n);
}

static void sum_up(void *ctx, const struct ostia_world_trace *ev)
{
	uint64_t *h = ctx;
	const uint64_t facts[] = { ev->time,   ev->node,
				   ev->wire,   ev->dir,
				   ev->fate,   ev->flags,
				   ev->depart, ev->arrive,
				   ev->bit,    ostia_pkt_id(ev->pkt) };

	*h = digest(*h, facts, sizeof(facts));
}

static uint64_t trace_of(uint64_t seed)
{
	uint64_t h = 0;
	const struct ostia_world_config cfg = { .seed = seed,
						.trace = sum_up,
						.trace_ctx = &h };
	const struct ostia_wire_config wire = {
		.type = OSTIA_LINK_IP,
		.faults = "delay 5ms 1ms loss 5% duplicate 5% corrupt 5% "
			  "reorder 5% rate 100mbit limit 50",
	};
	struct pair t = { 0 };

	EQ(ostia_world_new(&cfg, &t.w), 0);
	t.a = probe_new(t.w, "a");
	t.b = probe_new(t.w, "b");
	t.wire = join(&t.a->node, &t.b->node, &wire);
	for (unsigned i = 0; i < 50; i++) {
		burst(t.a, 20, 1200);
		burst(t.b, 7, 60);
		EQ(ostia_world_run_until(t.w, (i + 1) * OSTIA_MS), 0);
	}
	done(&t);
	return h;
}

TEST(a_seed_gives_one_trace)
{
	EQ(trace_of(7), trace_of(7));
	OK(trace_of(7) != trace_of(8));
}

TEST(what_cannot_be_is_refused)
{
	struct ostia_world *w = world_of_seed(1);
	struct probe *a = probe_new(w, "a"), *b = probe_new(w, "b");
	struct ostia_wire_config cfg = { .faults = "delay 5" };
	struct ostia_node *sw, *router;
	struct ostia_wire *x;

	EQ(ostia_switch_new(w, "", &sw), -EINVAL);
	EQ(ostia_switch_new(w, "sw", &sw), 0);
	EQ(ostia_wire_new(w, &cfg, &a->node, &b->node, &x), -EINVAL);
	cfg = (struct ostia_wire_config) { .mtu = 20 };
	EQ(ostia_wire_new(w, &cfg, &a->node, &b->node, &x), -EINVAL);
	cfg = (struct ostia_wire_config) { .type = OSTIA_LINK_LOOPBACK };
	EQ(ostia_wire_new(w, &cfg, &a->node, &b->node, &x), -EINVAL);
	cfg = (struct ostia_wire_config) { .type = OSTIA_LINK_IP };
	EQ(ostia_wire_new(w, &cfg, &a->node, sw, &x), -EINVAL);
	EQ(ostia_router_new(w, "r", &router), 0);
	cfg = (struct ostia_wire_config) { .offload = 1 };
	EQ(ostia_wire_new(w, &cfg, &a->node, router, &x), -EINVAL);
	cfg.faults = "delay 1ms rate 1gbit loss 1%";
	EQ(ostia_wire_new(w, &cfg, &a->node, &b->node, &x), 0);
	EQ(ostia_wire_addr(x, 2, "10.0.0.1/24"), -EINVAL);
	ostia_world_free(w);
}

static void record(void *ctx)
{
	unsigned *n = ctx;

	n[0] = n[0] * 10 + ++n[1];
}

TEST(calls_are_made_at_their_time_and_in_order)
{
	struct ostia_world *w = world_of_seed(1);
	unsigned n[2] = { 0 };

	EQ(ostia_world_at(w, 30, record, n), 0);
	EQ(ostia_world_at(w, 10, record, n), 0);
	EQ(ostia_world_run_until(w, 9), 0);
	EQ(n[0], 0);
	EQ(ostia_world_step(w), 1);
	EQ(n[0], 1);
	EQ(ostia_world_now(w), 10);
	EQ(ostia_world_at(w, 3, record, n), 0); /* past: at once */
	EQ(ostia_world_advance(w, 20), 0);
	EQ(n[0], 12);
	EQ(ostia_world_step(w), 1);
	EQ(n[0], 123);
	EQ(ostia_world_step(w), 0);
	EQ(ostia_world_at(w, 99, record, n), 0); /* never: freed with it */
	ostia_world_free(w);
}

TEST(steady_state_asks_for_no_memory)
{
	struct pair t = pair(3, "delay 5ms 1ms loss 1% duplicate 1%");
	struct ostia_world_stats before, after;

	for (unsigned i = 0; i < 200; i++) {
		if (i == 100)
			ostia_world_stats(t.w, &before);
		burst(t.a, i < 100 ? 40 : 20, 300); /* the peak comes first */
		EQ(ostia_world_run_until(t.w, (i + 1) * 10 * OSTIA_MS), 0);
	}
	ostia_world_stats(t.w, &after);
	EQ(after.allocs, before.allocs);
	EQ(after.own_allocs, before.own_allocs);
	done(&t);
}

TESTS(CASE(a_plain_wire_takes_one_hop), CASE(delay_is_added_each_way),
      CASE(rate_spaces_packets_and_the_queue_is_bounded),
      CASE(a_limit_in_bytes_bounds_bytes),
      CASE(without_a_rate_the_limit_bounds_what_is_on_the_way),
      CASE(all_are_lost_or_delivered_and_counted),
      CASE(jitter_lets_packets_overtake_and_loses_none),
      CASE(reordered_ones_go_at_once), CASE(corruption_flips_one_bit_of_a_copy),
      CASE(a_path_that_lies_swallows_large_packets),
      CASE(a_cut_wire_loses_what_is_sent_and_delivers_what_was),
      CASE(faults_can_change_in_mid_flight), CASE(a_seed_gives_one_trace),
      CASE(what_cannot_be_is_refused),
      CASE(calls_are_made_at_their_time_and_in_order),
      CASE(steady_state_asks_for_no_memory))
