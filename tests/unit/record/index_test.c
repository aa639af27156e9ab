/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/index.h"

TEST(keys_lead_to_their_last_value)
{
	struct index_map m = { .n = 0 };

	EQ(index_map_get(&m, 5), INDEX_NONE);
	for (uint32_t i = 0; i < 5000; i++)
		EQ(index_map_put(&m, index_key(i % 7, i), i), 0);
	EQ(index_map_put(&m, index_key(3, 3), 9999), 0);
	EQ(m.n, 5000);
	for (uint32_t i = 0; i < 5000; i++)
		EQ(index_map_get(&m, index_key(i % 7, i)), i == 3 ? 9999 : i);
	EQ(index_map_get(&m, index_key(1, 5001)), INDEX_NONE);
	index_map_fini(&m);
}

TEST(arrays_grow_and_keep_what_they_hold)
{
	uint32_t cap = 0, *p = NULL;

	for (uint32_t i = 0; i < 1000; i++) {
		p = index_grow(p, sizeof(*p), i, &cap);
		OK(p != NULL && cap > i);
		p[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		EQ(p[i], i);
	free(p);
}

TESTS(CASE(keys_lead_to_their_last_value),
      CASE(arrays_grow_and_keep_what_they_hold))
