/* SPDX-License-Identifier: MIT */
#include "run/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

static bool make_room(struct run_text *t, size_t n)
{
	size_t size = t->size ? t->size : FIRST_BYTES;
	char *p;

	if (t->err)
		return false;
	while (size - t->len <= n)
		size *= 2;
	if (size == t->size)
		return true;
	p = realloc(t->at, size);
	if (!p) {
		t->err = -ENOMEM;
		return false;
	}
	t->at = p;
	t->size = size;
	return true;
}

void run_text_add(struct run_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !make_room(t, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(t->at + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

char *run_text_take(struct run_text *t)
{
	char *p = NULL;

	if (make_room(t, 0)) {
		t->at[t->len] = '\0';
		p = t->at;
		t->at = NULL;
	}
	run_text_fini(t);
	return p;
}

void run_text_fini(struct run_text *t)
{
	free(t->at);
	*t = (struct run_text) { 0 };
}

/* ---- JSON ---- */

static void add_quoted(struct run_text *t, const char *s)
{
	run_text_add(t, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			run_text_add(t, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			run_text_add(t, "\\u%04x", c);
		else
			run_text_add(t, "%c", c);
	}
	run_text_add(t, "\"");
}

/* A comma if something stands before, then the key. */
static void begin(struct run_text *t, const char *key)
{
	if (t->len && !t->err && !strchr("{[:", t->at[t->len - 1]))
		run_text_add(t, ",");
	if (!key)
		return;
	add_quoted(t, key);
	run_text_add(t, ":");
}

void run_text_open(struct run_text *t, const char *key, char bracket)
{
	begin(t, key);
	run_text_add(t, "%c", bracket);
}

void run_text_close(struct run_text *t, char bracket)
{
	run_text_add(t, "%c", bracket);
}

void run_text_string(struct run_text *t, const char *key, const char *value)
{
	begin(t, key);
	add_quoted(t, value);
}

void run_text_number(struct run_text *t, const char *key, uint64_t value)
{
	begin(t, key);
	run_text_add(t, "%llu", (unsigned long long)value);
}

void run_text_bool(struct run_text *t, const char *key, bool value)
{
	begin(t, key);
	run_text_add(t, value ? "true" : "false");
}
