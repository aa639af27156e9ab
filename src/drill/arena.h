/* SPDX-License-Identifier: MIT */
/*
 * drill/arena.h - the memory of one script
 *
 * Everything that a script is parsed into, and everything that its run keeps
 * for the trace, lives exactly as long as the script: so it is allocated in
 * big pieces and freed in one go. This is a command's memory, not the core's:
 * when there is none left, the command says so and ends with status 125.
 */
#ifndef OSTIA_DRILL_ARENA_H
#define OSTIA_DRILL_ARENA_H

#include <stddef.h>

struct drill_chunk;

/** struct drill_arena - Chunks, newest first; all zero is an empty arena */
struct drill_arena {
	struct drill_chunk *newest;
};

/** drill_arena_fini() - Free all that was ever allocated from @a. */
void drill_arena_fini(struct drill_arena *a);

/** drill_arena_alloc() - @n zeroed bytes, aligned for any type; never NULL */
void *drill_arena_alloc(struct drill_arena *a, size_t n);

/** drill_arena_copy() - A copy of @n bytes at @from, with a NUL behind it */
char *drill_arena_copy(struct drill_arena *a, const void *from, size_t n);

#endif
