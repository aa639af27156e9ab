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
	MARK = 64,
	BOX = 10, /* of a line, for a box */
};

enum color { PLAIN, DIM, BOLD, BLUE, GREEN, RED, YELLOW };

static const char *const codes[] = { "",	 "\033[2m",  "\033[1m",
				     "\033[36m", "\033[32m", "\033[31m",
				     "\033[33m" };

/* "61023.020" is a character more than there is room for. */
static int late(const struct text *t)
{
	return t->last >= 10 * OSTIA_S;
}

static int margin_of(const struct text *t)
{
	return COL_BODY + late(t);
}

static int arrives(const struct text *t)
{
	return COL_ARRIVES + late(t);
}

int text_body(const struct text *t)
{
	return t->width - margin_of(t) - arrives(t);
}

int text_room(const struct text *t, const struct diagram_sides *s)
{
	return text_body(t) - BOX * (int)s->nboxes;
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

static void end_line(const struct text *t)
{
	fputc('\n', t->out); /* behind the colour's end */
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
		put(t, PLAIN, "%*s  ", 10 + late(t), when);
	} else {
		put(t, YELLOW, "%-3s", x->mark);
		put(t, PLAIN, "%*s  ", 9 + late(t), when);
	}
}

/* A text in the column of a side; one that is too long begins earlier. */
static void column(const struct text *t, int side, enum color c,
		   const char *text)
{
	int room = t->width - margin_of(t) - (int)strlen(text);
	int at = side == RIGHT ? text_body(t) / 2 : 0;

	if (at > room)
		at = room > 0 ? room : 0;
	put(t, PLAIN, "%*s", at, "");
	put(t, c, "%.*s", t->width - margin_of(t), text);
	end_line(t);
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

/* A box on the way: "[gate 30.002]", and "[gate x IpFragFails]" at its end. If
 * there is little room it goes without times (@brief: 1), or reasons (2).
 */
static int box_text(const struct text *t, const struct diagram_item *x,
		    unsigned i, int brief, char buf[MARK])
{
	const struct diagram_hop *h = &x->hop[i];
	const char *title = t->sides->box_title[h->box];
	int name = (int)strcspn(title, " ");
	bool bad = h->ends && x->fate;
	bool why = bad && x->why && brief < 2;
	char ms[32] = "";

	if (!bad && !brief)
		diagram_ms(ms, h->time);

	return snprintf(buf, MARK, "[%.*s%s%s%s%s]", name > 10 ? 10 : name,
			title, bad || *ms ? " " : "", bad ? "x" : ms,
			why ? " " : "", why ? x->why : "");
}

/**
 * struct way - The shaft of an arrow
 * @legs: drawn, of @all up to the other side; @dash: characters of each; @rest:
 *	  of the last, too; @told: a box says why it went no further
 */
struct way {
	char box[DIAGRAM_BOXES][MARK];
	unsigned boxes, legs, all;
	int dash, rest;
	bool told;
};

static void plan(const struct text *t, const struct diagram_item *x, int room,
		 struct way *w)
{
	bool ends = x->nhops && x->hop[x->nhops - 1].ends;

	for (int brief = 0; brief < 3; brief++) {
		int left = room - !ends;

		w->boxes = x->nhops;
		w->legs = x->nhops + !ends;
		w->all = ends ? t->sides->nboxes + 1 : w->legs;
		for (unsigned i = 0; i < w->boxes; i++)
			left -= box_text(t, x, i, brief, w->box[i]);
		w->dash = left / (int)w->all;
		w->rest = left % (int)w->all;
		w->told = ends && (brief < 2 || !x->why);
		if (w->dash > 1)
			return;
	}
	*w = (struct way) { .legs = 1, .all = 1, .dash = room - 1 };
}

/* Return: why a box dropped it was told. */
static bool arrow(const struct text *t, const struct diagram_item *x,
		  const char *text)
{
	enum color c = x->fate ? RED : PLAIN;
	bool back = x->side == RIGHT;
	struct way w;
	int blank;

	plan(t, x, text_body(t) - (int)strlen(text) - 1, &w);
	if (w.dash < 1)
		w.dash = 1;
	blank = (int)(w.all - w.legs) * w.dash + (w.all > w.legs ? w.rest : 0);
	if (back)
		put(t, PLAIN, "%*s", blank, "");
	else
		put(t, color_of(LEFT), "%s ", text);
	if (back && w.legs > w.boxes)
		head(t, c, RIGHT, x->fate != NULL);
	for (unsigned k = 0; k < w.legs + w.boxes; k++) {
		unsigned i = back ? w.legs + w.boxes - 1 - k : k;

		if (i % 2)
			put(t, x->hop[i / 2].ends && x->fate ? RED : DIM, "%s",
			    w.box[i / 2]);
		else
			shaft(t, w.dash + (!blank && i + 1 == w.legs + w.boxes
						   ? w.rest
						   : 0));
	}
	if (back)
		put(t, color_of(RIGHT), " %s", text);
	else if (w.legs > w.boxes)
		head(t, c, LEFT, x->fate != NULL);
	if (!back)
		put(t, PLAIN, "%*s", blank, "");
	return w.told;
}

/* A line below a segment, of the side where it comes from. */
static void below(const struct text *t, const struct diagram_item *x,
		  enum color c, const char *text)
{
	int body = text_body(t);
	int indent = x->side == RIGHT ? body - (int)strlen(text) : 0;

	put(t, PLAIN, "%*s", margin_of(t), "");
	put(t, c, "%*s%.*s", indent > 0 ? indent : 0, "", body, text);
	end_line(t);
}

/* One that the segment had no room for. */
static void aside(const struct text *t, const struct diagram_item *x,
		  enum color c, const char *text)
{
	char more[DIAGRAM_TEXT + 3];

	snprintf(more, sizeof(more), "(%.*s)", DIAGRAM_TEXT, text);
	below(t, x, c, more);
}

static void segment(const struct text *t, const struct diagram_item *x)
{
	char text[DIAGRAM_SAID], when[32];
	int room = text_body(t) - 4;
	bool all = diagram_said(text, sizeof(text), x) <= room, told;

	if (!all)
		snprintf(text, sizeof(text), "%.*s", room, x->text);
	margin(t, x);
	told = arrow(t, x, text) || !x->where;
	diagram_ms(when, x->arrive);
	put(t, x->fate ? RED : DIM, "%*s", arrives(t),
	    x->fate ? x->fate : when);
	end_line(t);
	if (!all && diagram_remarks(text, sizeof(text), x))
		aside(t, x, PLAIN, text + 1);
	if (told)
		return;
	diagram_end(text, x);
	aside(t, x, RED, text);
}

/* In the middle: it is nobody's. */
static void silence(const struct text *t, const struct diagram_item *x)
{
	int room = text_body(t) - (int)strlen(x->text) - 8;

	put(t, PLAIN, "%*s", margin_of(t) + (room > 0 ? room / 2 : 0), "");
	put(t, YELLOW, "... %s ...", x->text);
	end_line(t);
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
		below(t, x, DIM, x->text);
	} else if (x->kind == DIAGRAM_SILENCE) {
		silence(t, x);
	} else if (x->kind == DIAGRAM_SEGMENT) {
		segment(t, x);
	} else {
		margin(t, x);
		column(t, x->side,
		       diagram_failed(x) ? RED
		       : x->kind == DIAGRAM_CALL || x->kind == DIAGRAM_RETURN
			       ? color_of(x->side)
			       : inside[x->kind],
		       x->text);
	}
	return ferror(t->out) ? -EIO : 0;
}

void text_begin(struct text *t, const char *title,
		const struct diagram_sides *s)
{
	int half = text_body(t) / 2;

	t->sides = s;
	if (title) {
		put(t, BOLD, "%s", title);
		end_line(t);
	}
	put(t, DIM, "%*s  %-*.*s%-*.*s arrives", margin_of(t) - 2, "ms", half,
	    half - 1, s->title[LEFT], t->width - margin_of(t) - half - 8,
	    t->width - margin_of(t) - half - 9, s->title[RIGHT]);
	end_line(t);
	for (unsigned i = 0; i < s->nboxes; i++) {
		put(t, DIM, "%*s%s %s", margin_of(t), "",
		    i ? "then" : "through", s->box_title[i]);
		end_line(t);
	}
	if (s->more) {
		put(t, YELLOW, "%*sand %u more (not shown)", margin_of(t), "",
		    s->more);
		end_line(t);
	}
}
