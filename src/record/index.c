/* SPDX-License-Identifier: MIT */
#include "record/index.h"

#include <errno.h>
#include <stdlib.h>

void index_map_fini(struct index_map *m)
{
	free(m->slot);
	*m = (struct index_map) { .slot = NULL };
}

/* Keys are often ids in a row: spread them. */
static uint32_t slot_of(const struct index_map *m, uint64_t key)
{
	uint64_t h = (key ^ key >> 32) * 0xd6e8feb86659fd93u;
	uint32_t i = (uint32_t)(h >> 32) & (m->cap - 1);

	while (m->slot[i].value && m->slot[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

static int grow(struct index_map *m)
{
	struct index_map next = { .cap = m->cap ? 2 * m->cap : 1024,
				  .n = m->n };

	if (!next.cap)
		return -ENOMEM;
	next.slot = calloc(next.cap, sizeof(*next.slot));
	if (!next.slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < m->cap; i++)
		if (m->slot[i].value)
			next.slot[slot_of(&next, m->slot[i].key)] = m->slot[i];
	free(m->slot);
	*m = next;
	return 0;
}

int index_map_put(struct index_map *m, uint64_t key, uint32_t value)
{
	uint32_t i;

	if (m->n >= m->cap / 3 * 2 && grow(m))
		return -ENOMEM;
	i = slot_of(m, key);
	m->n += !m->slot[i].value;
	m->slot[i].key = key;
	m->slot[i].value = value + 1;
	return 0;
}

int64_t index_map_get(const struct index_map *m, uint64_t key)
{
	return m->cap ? (int64_t)m->slot[slot_of(m, key)].value - 1
		      : INDEX_NONE;
}

void *index_grow(void *p, size_t size, uint32_t n, uint32_t *cap)
{
	uint32_t more = *cap ? *cap + *cap / 2 : 16;
	void *q;

	if (n < *cap)
		return p;
	q = more > *cap ? reallocarray(p, more, size) : NULL;
	if (q)
		*cap = more;
	return q;
}
