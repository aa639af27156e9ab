/* SPDX-License-Identifier: MIT */
#include "../heap.h"
#include "../test.h"
#include "base/stream.h"

static struct heap heap;
static struct ostia_pool *pool;

static void begin(void)
{
	const struct ostia_env env = heap_env(&heap);

	heap = (struct heap) { 0 };
	OK(ostia_pool_new(&env, 0, &pool) == 0);
}

static void end(void)
{
	struct ostia_pool_stats st;

	ostia_pool_stats(pool, &st);
	EQ(st.blocks, 0);
	EQ(st.pkts, 0);
	ostia_pool_free(pool);
	EQ(heap.count, 0);
}

/* The model: byte number n of all that was ever written has this value. */
static uint8_t pattern(uint32_t n)
{
	return (uint8_t)(n ^ n >> 8 ^ n >> 13);
}

static void append(struct stream *s, uint32_t at, uint32_t n)
{
	static uint8_t buf[70000];
	struct iovec iov[2] = { { buf, n / 3 }, { buf + n / 3, n - n / 3 } };

	for (uint32_t i = 0; i < n; i++)
		buf[i] = pattern(at + i);
	EQ(stream_append_iov(s, pool, iov, 2, 0, n, BLOCK_LARGE), n);
}

static void expect(const struct stream *s, uint32_t off, uint32_t n,
		   uint32_t at)
{
	static uint8_t buf[400000];
	const struct iovec iov = { buf, sizeof(buf) };

	EQ(stream_copy_out(s, off, &iov, 1, 0, n), n);
	for (uint32_t i = 0; i < n; i++)
		if (buf[i] != pattern(at + i))
			EQ(buf[i], pattern(at + i));
}

TEST(small_writes_share_a_block)
{
	struct stream s;

	begin();
	stream_init(&s);
	for (uint32_t i = 0; i < 100; i++)
		append(&s, i, 1);
	EQ(s.charge, BLOCK_TINY);
	expect(&s, 0, 100, 0);
	stream_clear(&s, pool);
	end();
}

TEST(an_empty_stream_pins_nothing)
{
	struct stream s;

	begin();
	stream_init(&s);
	append(&s, 0, 60000);
	stream_discard(&s, pool, 60000);
	EQ(s.charge, 0);
	OK(!s.head);
	end();
}

TEST(pieces_of_one_block_grow_together_and_are_charged_once)
{
	struct stream a, b;
	struct ostia_pkt *p;

	begin();
	stream_init(&a);
	stream_init(&b);
	append(&a, 0, 60000);
	for (uint32_t off = 0; off < 60000; off += 1500) {
		p = pkt_new(pool);
		EQ(stream_to_pkt(&a, NULL, off, 1500, p), 1500);
		EQ(stream_append_pkt(&b, pool, p, 0, 1500, false), 0);
		pkt_free(p);
	}
	EQ(b.charge, BLOCK_LARGE);
	EQ(b.last - b.first, 1);
	expect(&b, 0, 60000, 0);
	stream_clear(&a, pool);
	stream_clear(&b, pool);
	end();
}

TEST(compaction_frees_blocks_that_are_nearly_empty)
{
	struct stream s;
	uint32_t saved;

	begin();
	stream_init(&s);
	for (uint32_t i = 0; i < 20; i++) {
		struct block *b = block_new(pool, BLOCK_LARGE);

		b->mem[5] = pattern(i);
		b->used = BLOCK_LARGE;
		EQ(stream_append_slice(&s, pool, b, 5, 1), 0);
		block_put(b);
	}
	EQ(s.charge, 20 * BLOCK_LARGE);
	saved = stream_compact(&s, pool);
	EQ(saved + s.charge, 20 * BLOCK_LARGE);
	EQ(s.charge, BLOCK_TINY);
	expect(&s, 0, 20, 0);
	stream_clear(&s, pool);
	end();
}

TEST(taking_a_slice_hands_over_the_bytes_in_place)
{
	struct stream s;
	struct slice x;

	begin();
	stream_init(&s);
	append(&s, 0, 1000);
	OK(stream_take(&s, pool, 300, &x));
	EQ(x.len, 300);
	EQ(slice_ptr(&x)[299], pattern(299));
	expect(&s, 0, 700, 300);
	block_put(x.block);
	stream_clear(&s, pool);
	OK(!stream_take(&s, pool, 1, &x));
	end();
}

TEST(memory_comes_back_in_steps_of_the_block_that_was_asked_for)
{
	static uint8_t buf[100000];
	const struct iovec iov = { buf, sizeof(buf) };
	static const size_t most[][2] = {
		{ 0, BLOCK_SMALL },
		{ BLOCK_MEDIUM - 1, BLOCK_SMALL },
		{ BLOCK_MEDIUM, BLOCK_MEDIUM },
		{ BLOCK_LARGE - 1, BLOCK_MEDIUM },
		{ BLOCK_LARGE, BLOCK_LARGE },
	};

	begin();
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		struct stream s;
		uint32_t was;

		stream_init(&s);
		EQ(stream_append_iov(&s, pool, &iov, 1, 0, sizeof(buf),
				     most[i][0]),
		   sizeof(buf));
		was = s.charge;
		stream_discard(&s, pool, (uint32_t)most[i][1]);
		EQ(was - s.charge, most[i][1]);
		stream_clear(&s, pool);
	}
	end();
}

TEST(without_memory_what_was_there_stays)
{
	struct stream s;
	uint8_t buf[5000] = { 0 };
	const struct iovec iov = { buf, sizeof(buf) };

	begin();
	stream_init(&s);
	append(&s, 0, 400);
	heap.fail_at = heap.allocs + 1;
	/* 48 bytes of the tail block are left */
	EQ(stream_append_iov(&s, pool, &iov, 1, 0, 5000, BLOCK_LARGE), 48);
	EQ(stream_append_iov(&s, pool, &iov, 1, 48, 4952, BLOCK_LARGE),
	   -ENOMEM);
	expect(&s, 0, 400, 0);
	stream_clear(&s, pool);
	end();
}

TEST(a_failed_append_of_a_packet_leaves_no_part_of_it)
{
	struct stream s;
	struct ostia_pkt *p;

	begin();
	for (unsigned fail = 1; fail < 6; fail++) {
		stream_init(&s);
		append(&s, 0, 100);
		p = pkt_new(pool);
		for (unsigned i = 0; i < 16; i++) {
			struct block *b = block_new(pool, 2000);

			b->used = 1500;
			memset(b->mem, 0, 1500);
			EQ(pkt_add_slice(p, b, 0, 1500), 0);
			block_put(b);
		}
		heap.fail_at = heap.allocs + fail;
		if (stream_append_pkt(&s, pool, p, 0, p->len, true) == 0)
			EQ(s.len, 100 + 16 * 1500);
		else
			EQ(s.len, 100);
		heap.fail_at = 0;
		expect(&s, 0, 100, 0);
		stream_clear(&s, pool);
		pkt_free(p);
	}
	end();
}

/* Random operations on a send and a receive queue against the pattern. */
/* One piece of memory may go the short way, two pieces never do. */
TEST(the_short_way_in_leaves_what_the_long_one_leaves)
{
	static const uint32_t sizes[] = { 1,	100,  448,  449,  1984,
					  1985, 3000, 7000, 20000 };
	static uint8_t buf[20000];
	struct iovec one = { buf, sizeof(buf) };
	struct stream a, b;

	begin();
	stream_init(&a);
	stream_init(&b);
	for (uint32_t i = 0; i < sizeof(buf); i++)
		buf[i] = pattern(i);
	for (uint32_t i = 0; i < 9 * 9 * 3; i++) {
		uint32_t n = sizes[i % 9], max = i / 81 ? BLOCK_LARGE : 1000;
		struct iovec two[2] = { { buf, n / 2 },
					{ buf + n / 2, n - n / 2 } };

		EQ(stream_append_iov(&a, pool, &one, 1, 0, n, max), n);
		EQ(stream_append_iov(&b, pool, two, 2, 0, n, max), n);
		EQ(a.len, b.len);
		EQ(a.charge, b.charge);
		EQ(a.last - a.first, b.last - b.first);
		expect(&a, a.len - n, n, 0);
		expect(&b, b.len - n, n, 0);
		n = sizes[i / 9 % 9];
		n = n < a.len && i % 3 ? n : a.len;
		stream_discard(&a, pool, n);
		stream_discard(&b, pool, n);
	}
	stream_clear(&a, pool);
	stream_clear(&b, pool);
	EQ(a.base, b.base);
	end();
}

TEST(random_use_agrees_with_the_model)
{
	unsigned seed = 20261122;
	struct stream_pos pos = { 0 };
	uint32_t a_at = 0, b_at = 0; /* first byte in each */
	struct stream a, b;

	print_message("# seed %u\n", seed);
	srand(seed);
	begin();
	stream_init(&a);
	stream_init(&b);
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t n = (uint32_t)rand() % (rand() % 4 ? 3000 : 66000);

		switch (rand() % 5) {
		case 0: /* write */
			if (a.len < 200000)
				append(&a, a_at + a.len, n);
			break;
		case 1: { /* send what b lacks, as segments */
			uint32_t next = b_at + b.len - a_at;
			struct ostia_pkt *p;

			if (next >= a.len || b.len > 300000)
				break;
			n = n < a.len - next ? n : a.len - next;
			p = pkt_new(pool);
			n = stream_to_pkt(&a, &pos, next, n, p);
			EQ(stream_append_pkt(&b, pool, p, 0, n,
					     rand() % 4 == 0),
			   0);
			pkt_free(p);
			break;
		}
		case 2: { /* acknowledge */
			uint32_t acked = b_at + b.len - a_at;

			n = n < acked ? n : acked;
			stream_discard(&a, pool, n);
			a_at += n;
			break;
		}
		case 3: /* read */
			n = n < b.len ? n : b.len;
			expect(&b, 0, n, b_at);
			stream_discard(&b, pool, n);
			b_at += n;
			break;
		case 4:
			stream_compact(&b, pool);
			if (b.len)
				expect(&b, n % b.len, b.len - n % b.len,
				       b_at + n % b.len);
			break;
		}
		OK(!a.len == !a.charge && !b.len == !b.charge);
	}
	OK(b_at > 1000000);
	stream_clear(&a, pool);
	stream_clear(&b, pool);
	end();
}

TESTS(CASE(small_writes_share_a_block), CASE(an_empty_stream_pins_nothing),
      CASE(pieces_of_one_block_grow_together_and_are_charged_once),
      CASE(compaction_frees_blocks_that_are_nearly_empty),
      CASE(taking_a_slice_hands_over_the_bytes_in_place),
      CASE(memory_comes_back_in_steps_of_the_block_that_was_asked_for),
      CASE(without_memory_what_was_there_stays),
      CASE(a_failed_append_of_a_packet_leaves_no_part_of_it),
      CASE(the_short_way_in_leaves_what_the_long_one_leaves),
      CASE(random_use_agrees_with_the_model))
