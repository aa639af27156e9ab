/* SPDX-License-Identifier: MIT */
#include "record/shelf.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LINE = 64 };

struct shelf_piece {
	_Alignas(LINE) struct shelf_piece *before;
};

void *shelf_take(struct shelf *s, size_t n)
{
	struct shelf_piece *p = s->last;
	uint8_t *at;

	n = (n + LINE - 1) & ~(size_t)(LINE - 1);
	assert(n <= SHELF_PIECE / 2);
	if (!p || s->used + n > SHELF_PIECE) {
		p = aligned_alloc(SHELF_PIECE, SHELF_PIECE);
		if (!p)
			return NULL;
		/* An advice: without huge pages it is as slow as before. */
		(void)madvise(p, SHELF_PIECE, MADV_HUGEPAGE);
		p->before = s->last;
		s->last = p;
		s->used = sizeof(*p);
	}
	at = (uint8_t *)p + s->used;
	s->used += n;
	return at;
}

void shelf_free(struct shelf *s)
{
	while (s->last) {
		struct shelf_piece *p = s->last;

		s->last = p->before;
		free(p);
	}
}
