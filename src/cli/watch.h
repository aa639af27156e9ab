/* SPDX-License-Identifier: MIT */
/*
 * cli/watch.h - a table that is drawn anew every second
 *
 * On a terminal a frame replaces the one before, is cut to what fits, and what
 * is new or other than before is lit. Elsewhere frames follow one another, with
 * an empty line between them.
 */
#ifndef OSTIA_CLI_WATCH_H
#define OSTIA_CLI_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** struct watch_line - @key: what it is about; 0: nothing, a title */
struct watch_line {
	uint64_t key;
	char *text;
};

struct watch_frame {
	struct watch_line *line;
	uint32_t n, cap;
};

/**
 * struct watch - Frames, one after another
 * @every_ns, @count: how often; after so many it is over, 0: never
 */
struct watch {
	uint64_t every_ns, count;
	uint64_t due, drawn;
	FILE *out;
	bool tty, color;
	struct watch_frame now, before;
};

/** watch_init() - Into @out; signals end it from now on (cli/stop.h). */
void watch_init(struct watch *w, FILE *out, uint64_t every_ns, uint64_t count);
void watch_fini(struct watch *w);

/** watch_put() - A line of the next frame. Return: 0, -ENOMEM. */
int watch_put(struct watch *w, uint64_t key, const char *text);

/** watch_draw() - All lines are there. Return: 0; -EIO: nobody takes them. */
int watch_draw(struct watch *w);

/** watch_next() - Wait until the next frame is due; false: it is over. */
bool watch_next(struct watch *w);

#endif
