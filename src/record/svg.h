/* SPDX-License-Identifier: MIT */
/*
 * record/svg.h - the sequence diagram as a picture
 *
 * Two lines of life; instants at which something happens stand below each
 * other, evenly, so that a segment's slope shows what overtakes what and not
 * how long a wire is. Colours follow the reader's (light or dark). All items
 * are kept until the end: what arrives when is known only then.
 */
#ifndef OSTIA_RECORD_SVG_H
#define OSTIA_RECORD_SVG_H

#include "record/diagram.h"

#include <stdio.h>

enum { SVG_ITEMS_MAX = 100000 };

/** struct svg - A picture under way; @left_out: items beyond the cap */
struct svg {
	struct diagram_item *item;
	uint32_t n, cap;
	uint64_t left_out;
};

/** svg_put() - diagram_draw()'s @put; @ctx is a struct svg, zeroed first. */
int svg_put(void *ctx, const struct diagram_item *x);

/** svg_write() - All of it. Return: 0, -ENOMEM. */
int svg_write(const struct svg *s, const char *title,
	      const struct diagram_sides *sides, FILE *out);
void svg_fini(struct svg *s);

#endif
