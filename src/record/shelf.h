/* SPDX-License-Identifier: MIT */
/*
 * record/shelf.h - memory for the chunks of a ring
 *
 * A ring is written from end to end again and again: with pages of 4 KB every
 * fifth round trip that is recorded meets one that the processor has forgotten,
 * and the kernel is asked for each of two thousand. So it is taken in pieces
 * that may be a huge page each.
 */
#ifndef OSTIA_RECORD_SHELF_H
#define OSTIA_RECORD_SHELF_H

#include <stddef.h>
#include <stdint.h>

enum { SHELF_PIECE = 2 << 20 };

/** struct shelf - Begins as zero; @last: piece, whose head tells the one before
 */
struct shelf {
	struct shelf_piece *last;
	size_t used; /* of it */
};

/** shelf_take() - @n bytes, at most half a piece, until shelf_free(); NULL: no
 * memory
 */
void *shelf_take(struct shelf *s, size_t n);

void shelf_free(struct shelf *s);

#endif
