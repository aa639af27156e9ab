/* SPDX-License-Identifier: MIT */
#include "drill/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_CHUNK_BYTES = 16 * 1024 };

struct drill_chunk {
	struct drill_chunk *older;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

void drill_arena_fini(struct drill_arena *a)
{
	while (a->newest) {
		struct drill_chunk *older = a->newest->older;

		free(a->newest);
		a->newest = older;
	}
}

static void add_chunk(struct drill_arena *a, size_t at_least)
{
	size_t size =
		at_least > ARENA_CHUNK_BYTES ? at_least : ARENA_CHUNK_BYTES;
	struct drill_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c) {
		fprintf(stderr, "ostia drill: out of memory\n");
		exit(125);
	}
	c->older = a->newest;
	c->size = size;
	a->newest = c;
}

void *drill_arena_alloc(struct drill_arena *a, size_t n)
{
	size_t rounded =
		(n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *p;

	if (!a->newest || a->newest->size - a->newest->used < rounded)
		add_chunk(a, rounded);
	p = a->newest->bytes + a->newest->used;
	a->newest->used += rounded;
	return p;
}

char *drill_arena_copy(struct drill_arena *a, const void *from, size_t n)
{
	char *p = drill_arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(p, from, n);
	return p;
}
