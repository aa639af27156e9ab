/* SPDX-License-Identifier: MIT */
/*
 * record/text.h - the sequence diagram as text, 80 columns or wider
 *
 * step  time      client                        server              arrives
 *  5     1.002  connect(3, 10.0.0.2:7) ...
 *        1.002  SYN seq 0 win 64240 -------------------------->     21.003
 */
#ifndef OSTIA_RECORD_TEXT_H
#define OSTIA_RECORD_TEXT_H

#include "record/diagram.h"

#include <stdio.h>

enum { TEXT_WIDTH_MIN = 80, TEXT_WIDTH_MAX = 250 };

/**
 * struct text - Where and how to write
 * @width: columns; @last: no event is later
 * @color: with escapes; @fine: arrows of UTF-8
 * @steps: a column for the twelve steps
 * @sides: as text_begin() was told
 */
struct text {
	FILE *out;
	const struct diagram_sides *sides;
	int width;
	ostia_time last;
	bool color, fine, steps;
};

/** text_body() - Characters that a segment's text may take. */
int text_body(const struct text *t);

/** text_room() - The same where boxes stand on the way. */
int text_room(const struct text *t, const struct diagram_sides *s);

/** text_begin() - @title may be NULL; and who stands where. */
void text_begin(struct text *t, const char *title,
		const struct diagram_sides *s);

/** text_put() - diagram_draw()'s @put; @ctx is a struct text. */
int text_put(void *ctx, const struct diagram_item *x);

#endif
