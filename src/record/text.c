/* SPDX-License-Identifier: MIT */
#include "record/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum {
	LEFT,
	RIGHT,
	COL_BODY = 14,
	COL_ARRIVES = 9,
};

enum color { PLAIN, DIM, BOLD, BLUE, GREEN, RED, YELLOW };

static const char *const codes[] = { "",	 "\033[2m",  "\033[1m",
				     "\033[36m", "\033[32m", "\033[31m",
				     "\033[33m" };

int text_body(int width)
{
	return width - COL_BODY - COL_ARRIVES;
}

static void put(const struct text *t, enum color c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(const struct text *t, enum color c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (t->color)
		fputs(codes[c], t->out);
	vfprintf(t->out, fmt, ap);
	if (t->color && c != PLAIN)
		fputs("\033[0m", t->out);
	va_end(ap);
}

static enum color color_of(int side)
{
	return side == LEFT ? BLUE : GREEN;
}

/* The step's number, if it is told for the first time, and the time. */
static void margin(const struct text *t, const struct diagram_item *x)
{
	char when[32];

	diagram_ms(when, x->time);
	if (x->step) {
		put(t, BOLD, "%2u", x->step);
		put(t, PLAIN, "%10s  ", when);
	} else {
		put(t, YELLOW, "%-3s", x->mark);
		put(t, PLAIN, "%9s  ", when);
	}
}

/* A text in the column of a side; one that is too long begins earlier. */
static void column(const struct text *t, int side, enum color c,
		   const char *text)
{
	int room = t->width - COL_BODY - (int)strlen(text);
	int at = side == RIGHT ? text_body(t->width) / 2 : 0;

	if (at > room)
		at = room > 0 ? room : 0;
	put(t, PLAIN, "%*s", at, "");
	put(t, c, "%.*s\n", t->width - COL_BODY, text);
}

static void shaft(const struct text *t, int n)
{
	while (n-- > 0)
		put(t, PLAIN, "%s", t->fine ? "\u2500" : "-");
}

static void head(const struct text *t, enum color c, int side, bool lost)
{
	if (lost)
		put(t, c, "%s", t->fine ? "\u2717" : "x");
	else if (side == RIGHT)
		put(t, c, "%s", t->fine ? "\u25c0" : "<");
	else
		put(t, c, "%s", t->fine ? "\u25b6" : ">");
}

static void arrow(const struct text *t, const struct diagram_item *x,
		  const char *text)
{
	int dashes = text_body(t->width) - (int)strlen(text) - 2;
	enum color c = x->fate ? RED : PLAIN;

	if (dashes < 1)
		dashes = 1;
	if (x->side == RIGHT) {
		head(t, c, RIGHT, x->fate != NULL);
		shaft(t, dashes);
		put(t, color_of(RIGHT), " %s", text);
	} else {
		put(t, color_of(LEFT), "%s ", text);
		shaft(t, dashes);
		head(t, c, LEFT, x->fate != NULL);
	}
}

/* What the wire did to it, behind what it says. */
static void remarks(char *buf, size_t size, const struct diagram_item *x)
{
	char ms[32] = "";

	if (x->waited)
		diagram_ms(ms, x->waited);
	snprintf(buf, size, "%s%s%s%s%s%s", x->text,
		 x->waited ? " queued " : "", ms,
		 x->overtakes ? " overtakes" : "", x->altered ? " altered" : "",
		 x->marked ? " CE" : "");
}

static void segment(const struct text *t, const struct diagram_item *x)
{
	char text[DIAGRAM_TEXT + 64], when[32];

	remarks(text, sizeof(text), x);
	if ((int)strlen(text) > text_body(t->width) - 4)
		text[text_body(t->width) - 4] = '\0';
	margin(t, x);
	arrow(t, x, text);
	diagram_ms(when, x->arrive);
	put(t, x->fate ? RED : DIM, "%9s\n", x->fate ? x->fate : when);
}

static void options(const struct text *t, const struct diagram_item *x)
{
	int body = text_body(t->width);
	int indent = x->side == RIGHT ? body - (int)strlen(x->text) : 0;

	put(t, PLAIN, "%*s", COL_BODY, "");
	put(t, DIM, "%*s%s\n", indent > 0 ? indent : 0, "", x->text);
}

int text_put(void *ctx, const struct diagram_item *x)
{
	static const enum color inside[] = {
		[DIAGRAM_STATE] = DIM,	 [DIAGRAM_INSIDE] = DIM,
		[DIAGRAM_DROP] = RED,	 [DIAGRAM_JOIN] = DIM,
		[DIAGRAM_NOTE] = YELLOW,
	};
	const struct text *t = ctx;

	if (x->kind == DIAGRAM_OPTIONS) {
		options(t, x);
	} else if (x->kind == DIAGRAM_SEGMENT) {
		segment(t, x);
	} else {
		margin(t, x);
		column(t, x->side,
		       x->kind == DIAGRAM_CALL || x->kind == DIAGRAM_RETURN
			       ? color_of(x->side)
			       : inside[x->kind],
		       x->text);
	}
	return ferror(t->out) ? -EIO : 0;
}

void text_begin(const struct text *t, const char *title,
		const struct diagram_sides *s)
{
	int half = text_body(t->width) / 2;

	if (title)
		put(t, BOLD, "%s\n", title);
	put(t, DIM, "          ms  %-*.*s%-*.*s arrives\n", half, half - 1,
	    s->title[LEFT], t->width - COL_BODY - half - 8,
	    t->width - COL_BODY - half - 9, s->title[RIGHT]);
}
