/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../test.h"

#include "base/rng.h"
#include "tcp/reasm.h"

#include <errno.h>

enum { SPACE = 4096 };

/* A queue, and a model of it: a byte a number, whichever came first. */
struct bench {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct tcp_reasm r;
	struct stream out;
	struct seq base, nxt;
	uint8_t model[SPACE];
	bool here[SPACE];
};

static void setup(struct bench *b, uint32_t base)
{
	*b = (struct bench) { .lend = { .left = -1 } };
	b->env = lend_env(&b->lend);
	EQ(ostia_pool_new(&b->env, 0, &b->pool), 0);
	stream_init(&b->out);
	b->base = b->nxt = seq(base);
}

static void teardown(struct bench *b)
{
	stream_clear(&b->out, b->pool);
	tcp_reasm_clear(&b->r, b->pool);
	tcp_reasm_fini(&b->r, &b->env);
	ostia_pool_free(b->pool);
	EQ(b->lend.blocks, 0);
}

/* Bytes [at, at + n) of the space arrive, each of value @v. */
static int arrive(struct bench *b, uint32_t at, uint32_t n, uint8_t v,
		  bool copy)
{
	uint8_t bytes[SPACE];
	struct ostia_pkt *p;
	int fresh;

	memset(bytes, v, n);
	p = ostia_pkt_from(b->pool, bytes, n);
	fresh = tcp_reasm_add(&b->r, b->pool, p, 0, seq_add(b->base, at), n,
			      copy);
	pkt_free(p);
	for (uint32_t i = at; fresh >= 0 && i < at + n; i++) {
		if (b->here[i])
			continue;
		b->here[i] = true;
		b->model[i] = v;
	}
	return fresh;
}

static uint32_t deliver(struct bench *b)
{
	int n = tcp_reasm_deliver(&b->r, b->pool, b->nxt, &b->out);

	b->nxt = seq_add(b->nxt, (uint32_t)n);
	return (uint32_t)n;
}

/* Segment @n bytes arrives just at RCV.NXT, as rx.c would take it. */
static void in_order(struct bench *b, uint32_t n, uint8_t v)
{
	uint32_t at = seq_span(b->base, b->nxt);
	uint8_t bytes[SPACE];
	const struct iovec iov = { bytes, n };

	memset(bytes, v, n);
	EQ(stream_append_iov(&b->out, b->pool, &iov, 1, 0, n, BLOCK_LARGE), n);
	for (uint32_t i = at; i < at + n; i++) {
		b->here[i] = true;
		b->model[i] = v;
	}
	b->nxt = seq_add(b->nxt, n);
	deliver(b);
}

static void same_as_model(struct bench *b)
{
	uint8_t got[SPACE];
	const struct iovec iov = { got, sizeof(got) };
	uint32_t n = seq_span(b->base, b->nxt);

	EQ(b->out.len, n);
	EQ(stream_copy_out(&b->out, 0, &iov, 1, 0, n), n);
	MEM(got, b->model, n);
}

TEST(a_gap_that_is_filled_delivers_all)
{
	struct bench b;

	setup(&b, 0xfffffff0);
	EQ(arrive(&b, 20, 10, 'c', true), 10);
	EQ(arrive(&b, 10, 10, 'b', true), 10);
	EQ(deliver(&b), 0);
	in_order(&b, 10, 'a');
	EQ(seq_span(b.base, b.nxt), 30);
	same_as_model(&b);
	teardown(&b);
}

TEST(of_bytes_that_come_twice_the_first_count)
{
	struct bench b;

	setup(&b, 1000);
	EQ(arrive(&b, 10, 10, 'x', true), 10);
	EQ(arrive(&b, 5, 20, 'y', true), 10);
	EQ(arrive(&b, 12, 3, 'z', true), 0);
	in_order(&b, 5, 'a');
	EQ(seq_span(b.base, b.nxt), 25);
	same_as_model(&b);
	EQ(b.model[9], 'y');
	EQ(b.model[10], 'x');
	EQ(b.model[19], 'x');
	EQ(b.model[20], 'y');
	teardown(&b);
}

/* What the peer would see: blocks as offsets. */
static unsigned sacks(struct bench *b, unsigned max, uint32_t out[8])
{
	struct wire_tcp_sack s[4];
	unsigned n = tcp_reasm_sack(&b->r, b->nxt, max, s);

	for (unsigned i = 0; i < n; i++) {
		out[2 * i] = s[i].left - b->base.v;
		out[2 * i + 1] = s[i].right - b->base.v;
	}
	return n;
}

TEST(the_newest_block_comes_first_and_the_others_follow)
{
	struct bench b;
	uint32_t s[8];

	setup(&b, 0xffffff00);
	arrive(&b, 10, 10, 'a', true);
	arrive(&b, 30, 10, 'a', true);
	arrive(&b, 50, 10, 'a', true);
	EQ(sacks(&b, 4, s), 3);
	EQ(s[0], 50);
	EQ(s[1], 60);
	EQ(s[2], 30);
	EQ(s[4], 10);
	arrive(&b, 20, 10, 'b', true); /* joins two */
	EQ(sacks(&b, 4, s), 2);
	EQ(s[0], 10);
	EQ(s[1], 40);
	EQ(s[2], 50);
	teardown(&b);
}

TEST(there_are_never_more_than_four_blocks)
{
	struct bench b;
	uint32_t s[8];

	setup(&b, 7);
	for (uint32_t i = 0; i < 10; i++)
		arrive(&b, 10 + 20 * i, 10, 'a', true);
	EQ(sacks(&b, 3, s), 3);
	EQ(s[0], 190);
	EQ(sacks(&b, 4, s), 4);
	teardown(&b);
}

TEST(a_duplicate_is_reported_once_and_first)
{
	struct bench b;
	uint32_t s[8];

	setup(&b, 7);
	arrive(&b, 10, 10, 'a', true);
	EQ(arrive(&b, 12, 4, 'b', true), 0);
	EQ(sacks(&b, 4, s), 2);
	EQ(s[0], 12);
	EQ(s[1], 16);
	EQ(s[2], 10);
	EQ(sacks(&b, 4, s), 1);
	EQ(s[0], 10);
	teardown(&b);
}

TEST(what_was_delivered_is_not_reported_any_more)
{
	struct bench b;
	uint32_t s[8];

	setup(&b, 7);
	arrive(&b, 10, 10, 'a', true);
	in_order(&b, 10, 'b');
	EQ(sacks(&b, 4, s), 0);
	teardown(&b);
}

TEST(work_for_a_segment_is_bounded_whatever_the_order)
{
	struct bench b;
	uint64_t most = 0;

	setup(&b, 1);
	/* every other byte, from the end: CVE-2018-5390 */
	for (uint32_t i = SPACE - 2; i > 2; i -= 2) {
		uint64_t before = b.r.work;

		arrive(&b, i, 1, 'x', true);
		if (b.r.work - before > most)
			most = b.r.work - before;
	}
	OK(b.r.n <= TCP_REASM_PIECES);
	OK(most <= 2 * TCP_REASM_MERGE + 8);
	/* one segment over all of them */
	uint64_t before = b.r.work;

	arrive(&b, 1, SPACE - 1, 'y', true);
	OK(b.r.work - before <= 4 * TCP_REASM_PIECES);
	teardown(&b);
}

TEST(the_last_pieces_go_when_there_are_too_many)
{
	struct bench b;

	setup(&b, 1);
	for (uint32_t i = SPACE - 2; i > 2; i -= 2)
		EQ(arrive(&b, i, 1, 'x', true), 1);
	EQ(b.r.n, TCP_REASM_PIECES);
	EQ(b.r.piece[0].start.v, 5);
	EQ(arrive(&b, SPACE - 2, 1, 'x', true), -ENOBUFS);
	teardown(&b);
}

static void random_run(uint64_t seed, bool copy)
{
	struct bench b;
	uint8_t key[16] = { 0 };
	struct rng rng;

	memcpy(key, &seed, sizeof(seed));
	rng_init(&rng, key);
	setup(&b, rng_u32(&rng));
	while (seq_span(b.base, b.nxt) < SPACE) {
		uint32_t at = seq_span(b.base, b.nxt);
		uint32_t left = SPACE - at;
		uint32_t off = rng_below(&rng, left < 600 ? left : 600);
		uint32_t n = 1 + rng_below(&rng, 200);
		uint8_t v = (uint8_t)rng_u32(&rng);

		if (n > left - off)
			n = left - off;
		if (off == 0)
			in_order(&b, n, v);
		else
			arrive(&b, at + off, n, v, copy);
		if (rng_below(&rng, 50) == 0)
			sacks(&b, 4, (uint32_t[8]) { 0 });
	}
	same_as_model(&b);
	EQ(b.r.n, 0);
	EQ(b.r.charge, 0);
	teardown(&b);
}

/* Few bytes of large blocks: before they are given up they are copied. */
TEST(what_pins_much_is_copied_tight)
{
	static const uint8_t zeros[SPACE];
	struct ostia_pkt *p;
	uint32_t was, saved;
	struct bench b;

	setup(&b, 1000);
	for (uint32_t i = 1; i < 20; i++) {
		p = ostia_pkt_from(b.pool, zeros, SPACE);
		EQ(tcp_reasm_add(&b.r, b.pool, p, 0, seq_add(b.base, i * 8), 8,
				 false),
		   8);
		pkt_free(p);
	}
	was = b.r.charge;
	saved = tcp_reasm_compact(&b.r, b.pool);
	EQ(b.r.len, 19 * 8);
	EQ(b.r.charge, was - saved);
	OK(saved > was / 2);
	EQ(tcp_reasm_compact(&b.r, b.pool), 0);
	teardown(&b);
}

TEST(any_order_of_any_pieces_gives_the_model)
{
	for (uint64_t seed = 1; seed <= 300; seed++) {
		print_message("# seed %lu\n", (unsigned long)seed);
		random_run(seed, seed & 1);
	}
}

TEST(without_memory_nothing_breaks)
{
	for (long left = 0; left < 12; left++) {
		struct bench b;

		setup(&b, 5);
		for (uint32_t i = 0; i < 40; i++) {
			struct ostia_pkt *p =
				ostia_pkt_from(b.pool, "0123456789", 10);

			b.lend.left = left;
			tcp_reasm_add(&b.r, b.pool, p, 0,
				      seq_add(b.base, 10 + 20 * i), 10, true);
			b.lend.left = -1;
			pkt_free(p);
		}
		teardown(&b);
	}
}

TEST(a_fin_occupies_a_number_in_sack)
{
	struct bench b;
	uint32_t s[8];

	setup(&b, 5);
	tcp_reasm_on_fin(&b.r, seq_add(b.base, 30));
	OK(!tcp_reasm_empty(&b.r));
	EQ(sacks(&b, 4, s), 1);
	EQ(s[0], 30);
	EQ(s[1], 31);
	EQ(arrive(&b, 20, 10, 'x', true), 10);
	EQ(sacks(&b, 4, s), 1);
	EQ(s[0], 20);
	EQ(s[1], 31);
	teardown(&b);
}

TESTS(CASE(what_pins_much_is_copied_tight),
      CASE(a_fin_occupies_a_number_in_sack),
      CASE(a_gap_that_is_filled_delivers_all),
      CASE(of_bytes_that_come_twice_the_first_count),
      CASE(the_newest_block_comes_first_and_the_others_follow),
      CASE(there_are_never_more_than_four_blocks),
      CASE(a_duplicate_is_reported_once_and_first),
      CASE(what_was_delivered_is_not_reported_any_more),
      CASE(work_for_a_segment_is_bounded_whatever_the_order),
      CASE(the_last_pieces_go_when_there_are_too_many),
      CASE(any_order_of_any_pieces_gives_the_model),
      CASE(without_memory_nothing_breaks))
