/* SPDX-License-Identifier: MIT */
#include "../heap.h"
#include "../test.h"
#include "base/block.h"

TEST(a_freed_block_is_the_next_one_given)
{
	struct heap h = { 0 };
	const struct ostia_env env = heap_env(&h);
	struct ostia_pool *pool;
	struct block *a, *b;

	OK(ostia_pool_new(&env, 0, &pool) == 0);
	a = block_new(pool, 100);
	EQ(a->size, BLOCK_TINY);
	block_put(a);
	b = block_new(pool, BLOCK_TINY);
	OK(a == b);
	EQ(h.allocs, 2); /* the pool and one block */
	block_put(b);
	ostia_pool_free(pool);
	EQ(h.count, 0);
	EQ(h.bytes, 0);
}

TEST(a_block_lives_until_its_last_reference)
{
	struct heap h = { 0 };
	const struct ostia_env env = heap_env(&h);
	struct ostia_pool_stats st;
	struct ostia_pool *pool;
	struct block *a;

	OK(ostia_pool_new(&env, 0, &pool) == 0);
	a = block_get(block_new(pool, 2000));
	block_put(a);
	ostia_pool_stats(pool, &st);
	EQ(st.blocks, 1);
	block_put(a);
	ostia_pool_stats(pool, &st);
	EQ(st.blocks, 0);
	ostia_pool_free(pool);
}

TEST(the_limit_refuses_and_counts)
{
	struct heap h = { 0 };
	const struct ostia_env env = heap_env(&h);
	struct ostia_pool_stats st;
	struct ostia_pool *pool;
	struct block *a;

	OK(ostia_pool_new(&env, 1000, &pool) == 0);
	a = block_new(pool, 10);
	OK(a);
	OK(!block_new(pool, 1984));
	OK(!block_new(pool, BLOCK_LARGE + 1));
	ostia_pool_stats(pool, &st);
	EQ(st.failures, 1);
	block_put(a);
	ostia_pool_free(pool);
}

TEST(lent_memory_comes_back_as_a_cookie)
{
	static const char text[] = "mine";
	struct heap h = { 0 };
	const struct ostia_env env = heap_env(&h);
	struct lent lent = { 0 };
	struct ostia_pool *pool;
	uint64_t cookie;

	OK(ostia_pool_new(&env, 0, &pool) == 0);
	for (unsigned i = 0; i < 100; i++) {
		struct block *b = block_lend(pool, &lent, text, 4, i);

		OK(b && b->mem == (const uint8_t *)text);
		EQ(b->size - b->used, 0); /* nobody may append */
		block_put(b);
	}
	for (unsigned i = 0; i < 100; i++) {
		OK(lent_pop(&lent, &cookie));
		EQ(cookie, i);
	}
	OK(!lent_pop(&lent, &cookie));
	lent_fini(&lent, &env);
	ostia_pool_free(pool);
	EQ(h.count, 0);
}

TEST(trimming_returns_what_is_not_in_use_and_nothing_else)
{
	struct heap h = { 0 };
	const struct ostia_env env = heap_env(&h);
	struct ostia_pool_stats st;
	struct ostia_pool *pool;
	struct block *kept, *b;

	OK(ostia_pool_new(&env, 0, &pool) == 0);
	kept = block_new(pool, 100);
	b = block_new(pool, 100);
	memset(kept->mem, 7, 100);
	block_put(b);
	OK(ostia_pool_trim(pool) >= BLOCK_TINY);
	EQ(ostia_pool_trim(pool), 0);
	EQ(kept->mem[99], 7);
	ostia_pool_stats(pool, &st);
	EQ(st.blocks, 1);
	EQ(h.count, 2); /* the pool and the block that is kept */
	block_put(kept);
	ostia_pool_free(pool);
	EQ(h.count, 0);
}

TESTS(CASE(a_freed_block_is_the_next_one_given),
      CASE(a_block_lives_until_its_last_reference),
      CASE(the_limit_refuses_and_counts),
      CASE(lent_memory_comes_back_as_a_cookie),
      CASE(trimming_returns_what_is_not_in_use_and_nothing_else))
