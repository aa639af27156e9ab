/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/slab.h"

#include "../lend.h"
#include "../random.h"

TEST(takes_no_memory_before_the_first_object)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct slab s;

	slab_init(&s, &env, 64, 10);
	EQ(l.calls, 0);
	EQ(slab_bytes(&s), 0);
	OK(!slab_valid(&s, 0));
	slab_fini(&s);
}

TEST(handles_name_objects_and_fit_30_bits)
{
	static const uint32_t size[] = { 8,   16,   24,	   40,	 320,
					 512, 5000, 40000, 65536 };

	for (size_t k = 0; k < sizeof(size) / sizeof(size[0]); k++) {
		struct lend l = { .left = -1 };
		struct ostia_env env = lend_env(&l);
		uint32_t h[300];
		struct slab s;

		slab_init(&s, &env, size[k], 300);
		for (uint32_t i = 0; i < 300; i++) {
			uint8_t *p = slab_alloc(&s, &h[i]);

			OK(p);
			OK(h[i] != 0 && h[i] < 1u << SLAB_HANDLE_BITS);
			OK((uintptr_t)p % 8 == 0);
			memset(p, (int)(i & 0xff), size[k]);
		}
		for (uint32_t i = 0; i < 300; i++) {
			const uint8_t *p = slab_at(&s, h[i]);

			EQ(p[0], i & 0xff);
			EQ(p[size[k] - 1], i & 0xff);
			slab_prefetch(&s, h[i], 128);
		}
		EQ(s.live, 300);
		EQ(slab_bytes(&s), l.bytes);
		slab_fini(&s);
		EQ(l.blocks, 0);
	}
}

TEST(a_walk_meets_all_that_are_taken_and_no_others)
{
	enum { N = 3000 };
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	static uint32_t h[N], *at[N];
	struct slab_walk w = { 0 };
	uint32_t left = 0, met = 0, *p;
	struct slab s;

	slab_init(&s, &env, 128, N); /* several chunks */
	OK(!slab_next(&s, &w));
	for (uint32_t i = 0; i < N; i++) {
		at[i] = slab_alloc(&s, &h[i]);
		OK(at[i]);
		at[i][2] = 0;
	}
	for (uint32_t i = 0; i < N; i++) {
		if (i % 3 && (i < 512 || i >= 1100))
			left++;
		else
			slab_free(&s, h[i]);
	}
	w = (struct slab_walk) { 0 };
	while ((p = slab_next(&s, &w))) {
		EQ(p[2]++, 0); /* once */
		met++;
	}
	EQ(met, left);
	for (uint32_t i = 0; i < N; i++)
		if (i % 3 && (i < 512 || i >= 1100))
			EQ(at[i][2], 1);
	slab_fini(&s);
	EQ(l.blocks, 0);
}

TEST(the_last_given_back_is_the_first_taken)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	uint32_t a, b, c;
	void *pa, *pb;
	struct slab s;

	slab_init(&s, &env, 64, 10);
	pa = slab_alloc(&s, &a);
	pb = slab_alloc(&s, &b);
	slab_free(&s, a);
	slab_free(&s, b);
	OK(slab_alloc(&s, &c) == pb);
	OK(slab_alloc(&s, &c) == pa);
	slab_fini(&s);
}

TEST(the_limit_refuses_and_counts)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	uint32_t h[3], more;
	struct slab s;

	slab_init(&s, &env, 64, 3);
	for (int i = 0; i < 3; i++)
		OK(slab_alloc(&s, &h[i]));
	OK(!slab_alloc(&s, &more));
	EQ(s.full, 1);
	EQ(s.starved, 0);
	slab_free(&s, h[1]);
	OK(slab_alloc(&s, &more));
	slab_fini(&s);
}

/* Every allocation on the way to the 20th chunk fails once. */
TEST(survives_every_failing_allocation)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	uint32_t h, n = 0, failed = 0;
	struct slab s;

	slab_init(&s, &env, 32768, 40);
	for (uint32_t tries = 0; n < 40; tries++) {
		l.left = tries % 5; /* 0..4 succeed, then one fails */
		if (slab_alloc(&s, &h))
			n++;
		else
			failed++;
		EQ(s.live, n);
		EQ(s.starved, failed);
		EQ(slab_bytes(&s), l.bytes);
	}
	OK(failed > 0);
	slab_fini(&s);
	EQ(l.blocks, 0);
}

TEST(empty_chunks_go_back_but_one)
{
	enum { MANY = 1280 };
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	uint32_t h[MANY];
	struct slab s;
	long calls;

	slab_init(&s, &env, 512, MANY); /* 128 in a chunk */
	for (int i = 0; i < MANY; i++)
		OK(slab_alloc(&s, &h[i]));
	EQ(s.chunks, 10);
	for (int i = 0; i < MANY; i++)
		slab_free(&s, h[i]);
	EQ(s.live, 0);
	EQ(s.chunks, 1);
	OK(l.bytes < 2 * SLAB_CHUNK_BYTES);
	/* on and off at the edge of a chunk costs no memory */
	calls = l.calls;
	for (int i = 0; i < 100; i++) {
		OK(slab_alloc(&s, &h[0]));
		slab_free(&s, h[0]);
	}
	EQ(l.calls, calls);
	/* numbers of chunks that went are used again */
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < MANY; i++)
			OK(slab_alloc(&s, &h[i]));
		for (int i = 0; i < MANY; i++)
			slab_free(&s, h[i]);
	}
	OK(s.top <= 12);
	slab_fini(&s);
	EQ(l.blocks, 0);
}

TEST(a_stale_handle_is_found_out)
{
#ifdef NDEBUG
	printf("# generations are checked with assertions only\n");
#else
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	uint32_t first, again;
	struct slab s;

	slab_init(&s, &env, 64, 10);
	OK(slab_alloc(&s, &first));
	OK(slab_valid(&s, first));
	slab_free(&s, first);
	OK(!slab_valid(&s, first)); /* given back */
	OK(slab_alloc(&s, &again));
	OK(again != first);
	OK(slab_valid(&s, again));
	OK(!slab_valid(&s, first)); /* its place has a new owner */
	OK(!slab_valid(&s, again + 1)); /* never taken */
	slab_fini(&s);
#endif
}

/* The model: each live object is full of its own number. */
enum { MOST = 4000 };

TEST(objects_keep_their_contents_whatever_comes_and_goes)
{
	struct dice d = dice("objects_keep_their_contents");
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	static uint32_t handle[MOST];

	for (int round = 0; round < 10; round++) {
		uint32_t size = 8 * (1 + (uint32_t)dice_log(&d, 7));
		uint32_t live = 0, stamp;
		uint64_t in_ten = 5;
		struct slab s;

		memset(handle, 0, sizeof(handle));
		slab_init(&s, &env, size, MOST);
		for (int step = 0; step < 50000; step++) {
			uint32_t i = (uint32_t)dice_below(&d, MOST);
			uint8_t *p;

			if (step % 5000 == 0)
				in_ten = dice_below(&d, 11);
			if (handle[i]) {
				p = slab_at(&s, handle[i]);
				memcpy(&stamp, p, 4);
				EQ(stamp, i);
				memcpy(&stamp, p + size - 4, 4);
				EQ(stamp, i);
			}
			if (handle[i] && dice_below(&d, 10) >= in_ten) {
				slab_free(&s, handle[i]);
				handle[i] = 0;
				live--;
			} else if (!handle[i] && dice_below(&d, 10) < in_ten) {
				p = slab_alloc(&s, &handle[i]);
				OK(p);
				OK(p == slab_at(&s, handle[i]));
				memcpy(p, &i, 4);
				memcpy(p + size - 4, &i, 4);
				live++;
			}
			EQ(s.live, live);
			EQ(slab_bytes(&s), l.bytes);
		}
		slab_fini(&s);
		EQ(l.blocks, 0);
	}
}

TESTS(CASE(takes_no_memory_before_the_first_object),
      CASE(handles_name_objects_and_fit_30_bits),
      CASE(a_walk_meets_all_that_are_taken_and_no_others),
      CASE(the_last_given_back_is_the_first_taken),
      CASE(the_limit_refuses_and_counts),
      CASE(survives_every_failing_allocation),
      CASE(a_stale_handle_is_found_out), CASE(empty_chunks_go_back_but_one),
      CASE(objects_keep_their_contents_whatever_comes_and_goes))
