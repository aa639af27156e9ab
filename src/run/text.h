/* SPDX-License-Identifier: MIT */
/*
 * run/text.h - text that grows, and JSON in it
 *
 * A failure for want of memory is kept: the writer goes on, and who takes the
 * text sees it. Commas are the text's own business: a value that follows
 * another one in the same object or array gets one.
 */
#ifndef OSTIA_RUN_TEXT_H
#define OSTIA_RUN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct run_text - Zeros are an empty one; @err: -ENOMEM or 0 */
struct run_text {
	char *at;
	size_t len, size;
	int err;
};

void run_text_add(struct run_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** run_text_take() - The text, "" if empty; free() it. NULL: -ENOMEM. */
char *run_text_take(struct run_text *t);
void run_text_fini(struct run_text *t);

/** run_text_open() - '{' or '['. @key: NULL inside of an array. */
void run_text_open(struct run_text *t, const char *key, char bracket);
void run_text_close(struct run_text *t, char bracket);
void run_text_string(struct run_text *t, const char *key, const char *value);
void run_text_number(struct run_text *t, const char *key, uint64_t value);
void run_text_bool(struct run_text *t, const char *key, bool value);

#endif
