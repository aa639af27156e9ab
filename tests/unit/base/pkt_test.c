/* SPDX-License-Identifier: MIT */
#include "../heap.h"
#include "../test.h"
#include "base/csum.h"
#include "base/pkt.h"

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
	ostia_pool_free(pool);
	EQ(heap.count, 0);
}

static uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

/* @head bytes in the head area, then slices of @part bytes up to @n. */
static struct ostia_pkt *made_of(uint32_t head, uint32_t part, uint32_t n)
{
	struct ostia_pkt *p = pkt_new(pool);
	uint8_t *at = pkt_put(p, head);
	uint32_t i = 0;

	for (; i < head; i++)
		at[i] = pattern(i);
	while (i < n) {
		struct block *b = block_new(pool, part + 3);
		uint32_t from = i;

		for (; i < n && i - from < part; i++)
			b->mem[3 + i - from] = pattern(i);
		b->used = 3 + i - from;
		EQ(pkt_add_slice(p, b, 3, i - from), 0);
		block_put(b);
	}
	EQ(p->len, n);
	return p;
}

static void holds(struct ostia_pkt *p, uint32_t from)
{
	uint8_t buf[4096];
	uint32_t n = pkt_copy_out(p, 0, buf, sizeof(buf));

	EQ(n, p->len);
	for (uint32_t i = 0; i < n; i++)
		EQ(buf[i], pattern(from + i));
}

TEST(headers_are_pushed_in_front_and_offsets_follow)
{
	struct ostia_pkt *p;

	begin();
	p = made_of(8, 100, 200);
	p->l4 = 0;
	OK(pkt_push(p, 20));
	EQ(p->len, 220);
	EQ(p->l4, 20);
	OK(pkt_push(p, 14));
	EQ(p->l4, 34);
	OK(!pkt_push(p, PKT_HEADROOM));
	pkt_trim_front(p, 14);
	EQ(p->l4, 20);
	pkt_free(p);
	end();
}

TEST(any_range_can_be_seen_in_one_piece)
{
	begin();
	for (uint32_t head = 0; head <= 40; head += 8)
		for (uint32_t off = 0; off < 120; off += 5)
			for (uint32_t n = 1; n < 100; n += 9) {
				struct ostia_pkt *p = made_of(head, 30, 300);
				const uint8_t *at = pkt_peek(p, off, n);

				OK(at);
				for (uint32_t i = 0; i < n; i++)
					EQ(at[i], pattern(off + i));
				holds(p, 0);
				pkt_free(p);
			}
	end();
}

TEST(a_range_past_the_end_or_too_long_is_refused)
{
	struct ostia_pkt *p;

	begin();
	p = made_of(10, 30, 400);
	OK(!pkt_peek(p, 390, 11));
	OK(!pkt_peek(p, UINT32_MAX, 2));
	OK(!pkt_peek(p, 0, PKT_HEAD));
	pkt_free(p);
	end();
}

TEST(trimming_both_ends_keeps_what_is_between)
{
	begin();
	for (uint32_t front = 0; front <= 100; front += 10)
		for (uint32_t back = 0; back <= 100; back += 10) {
			struct ostia_pkt *p = made_of(25, 30, 200);

			pkt_trim_front(p, front);
			pkt_trim(p, p->len - back);
			EQ(p->len, 200 - front - back);
			holds(p, front);
			pkt_free(p);
		}
	end();
}

TEST(slices_that_continue_one_another_merge)
{
	struct ostia_pkt *p;
	struct block *b;

	begin();
	p = pkt_new(pool);
	b = block_new(pool, 100);
	for (uint32_t i = 0; i < 50; i++)
		EQ(pkt_add_slice(p, b, i, 1), 0);
	EQ(p->nslices, 1);
	for (uint32_t i = 0; i < OSTIA_PKT_SLICES - 1; i++)
		EQ(pkt_add_slice(p, b, 0, 1), 0);
	EQ(pkt_add_slice(p, b, 0, 1), -ENOBUFS);
	block_put(b);
	pkt_free(p);
	end();
}

TEST(editing_shared_bytes_copies_them_first)
{
	struct ostia_pkt *p, *q;
	uint8_t first;

	begin();
	p = made_of(0, 100, 100);
	q = ostia_pkt_clone(p);
	pkt_edit(q, 20)[0] ^= 0xff;
	pkt_copy_out(q, 0, &first, 1);
	EQ(first, pattern(0) ^ 0xff);
	holds(p, 0);
	pkt_free(p);
	pkt_free(q);
	end();
}

TEST(editing_leaves_room_for_headers)
{
	struct ostia_pkt *p;

	begin();
	p = made_of(0, 1000, 4000);
	OK(pkt_edit(p, 8));
	holds(p, 0);
	OK(pkt_push(p, PKT_HEADROOM)); /* as much as in front of a new one */
	pkt_free(p);
	p = made_of(16, 1000, 4000);
	OK(pkt_edit(p, 200));
	holds(p, 0);
	pkt_free(p);
	end();
}

TEST(a_copy_in_another_pool_has_the_same_bytes_and_marks)
{
	struct ostia_pkt *p, *q, *r;

	begin();
	p = made_of(40, 100, 600);
	p->gso_size = 100;
	p->l4 = 20;
	q = ostia_pkt_copy(pool, p);
	r = pkt_clone_range(p, 33, 400);
	pkt_free(p);
	holds(q, 0);
	EQ(q->gso_size, 100);
	EQ(q->l4, 20);
	EQ(r->len, 400);
	holds(r, 33);
	pkt_free(q);
	pkt_free(r);
	end();
}

TEST(the_sum_over_odd_pieces_is_the_sum_of_the_bytes)
{
	begin();
	for (uint32_t part = 1; part < 40; part += 3)
		for (uint32_t off = 0; off < 50; off += 7) {
			struct ostia_pkt *p = made_of(9, part + 20, 300);
			uint8_t flat[300];
			uint32_t n = 250 - off;

			pkt_copy_out(p, off, flat, n);
			EQ(csum_fold(pkt_csum(p, off, n, 0)),
			   csum_fold(csum(flat, n, 0)));
			pkt_free(p);
		}
	end();
}

TEST(a_full_queue_refuses)
{
	struct pktq q;

	begin();
	pktq_init(&q, 2);
	OK(pktq_push(&q, pkt_new(pool)));
	OK(pktq_push(&q, pkt_new(pool)));
	{
		struct ostia_pkt *p = pkt_new(pool);

		OK(!pktq_push(&q, p));
		pkt_free(p);
	}
	pktq_drain(&q);
	EQ(q.count, 0);
	end();
}

TESTS(CASE(headers_are_pushed_in_front_and_offsets_follow),
      CASE(any_range_can_be_seen_in_one_piece),
      CASE(a_range_past_the_end_or_too_long_is_refused),
      CASE(trimming_both_ends_keeps_what_is_between),
      CASE(slices_that_continue_one_another_merge),
      CASE(editing_shared_bytes_copies_them_first),
      CASE(editing_leaves_room_for_headers),
      CASE(a_copy_in_another_pool_has_the_same_bytes_and_marks),
      CASE(the_sum_over_odd_pieces_is_the_sum_of_the_bytes),
      CASE(a_full_queue_refuses))
