/* SPDX-License-Identifier: MIT */
/*
 * record/index.h - from 64 bits to a number, and arrays that grow
 */
#ifndef OSTIA_RECORD_INDEX_H
#define OSTIA_RECORD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INDEX_NONE = -1 };

/** struct index_map - Open addressing; keys are never taken out */
struct index_map {
	struct {
		uint64_t key;
		uint32_t value; /* + 1; 0: free */
	} * slot;
	uint32_t cap, n;
};

void index_map_fini(struct index_map *m);

/** index_map_put() - @key leads to @value from now on. 0, -ENOMEM. */
int index_map_put(struct index_map *m, uint64_t key, uint32_t value);

/** index_map_get() - The value, or INDEX_NONE. */
int64_t index_map_get(const struct index_map *m, uint64_t key);

/** index_key() - Of a node and an id in it. */
static inline uint64_t index_key(uint32_t node, uint64_t id)
{
	return (uint64_t)node * 0x9e3779b97f4a7c15u + id;
}

/**
 * index_grow() - Room for one more behind @n elements of @size
 * @cap: elements there is room for; changed
 * Return: the array, perhaps elsewhere; NULL: no memory, @p is as it was.
 */
void *index_grow(void *p, size_t size, uint32_t n, uint32_t *cap);

#endif
