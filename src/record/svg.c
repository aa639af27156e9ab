/* SPDX-License-Identifier: MIT */
#include "record/svg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	EDGE = 330, /* from a line of life outwards */
	X0 = EDGE + 6, /* the left line of life */
	LANE = 300, /* to the right one */
	LANE_BOX = 280, /* or to a box, and to the next */
	SILENCE_MIN = 1000000, /* ns */
	SILENCE_TIMES = 5, /* the longest flight */
	POINTS = 2 + DIAGRAM_BOXES, /* of an item: begins, arrives, boxes */
	TOP = 64,
	ROW = 22,
	TIME_X = 68,
	GLYPH = 72, /* width of a character, in tenths */
};

/** struct silence - Nothing happens for @ns, told in a row of its own */
struct silence {
	uint32_t row;
	ostia_time ns;
};

/**
 * struct plan - Where things stand
 * @row: POINTS of each item; @x1: the right line of life
 * @long_ns: a silence of more is told
 */
struct plan {
	const struct diagram_sides *sides;
	uint32_t *row;
	int x1, width;
	ostia_time long_ns;
	struct silence *silence;
	uint32_t nsilences, silence_cap;
};

static void make_plan(struct plan *p, const struct diagram_sides *s)
{
	int legs = (int)s->nboxes + 1;

	p->sides = s;
	p->x1 = X0 + (legs > 1 ? legs * LANE_BOX : LANE);
	p->width = p->x1 + EDGE;
}

static int box_x(unsigned box)
{
	return X0 + LANE_BOX * ((int)box + 1);
}

int svg_put(void *ctx, const struct diagram_item *x)
{
	struct svg *s = ctx;
	struct diagram_item *p;

	if (s->n == SVG_ITEMS_MAX) {
		s->left_out++;
		return 0;
	}
	p = index_grow(s->item, sizeof(*p), s->n, &s->cap);
	if (!p)
		return -ENOMEM;
	s->item = p;
	p[s->n++] = *x;
	return 0;
}

void svg_fini(struct svg *s)
{
	free(s->item);
	*s = (struct svg) { .n = 0 };
}

/* ---- rows ---- */

/*
 * Every item has a row of its own, and so has every arrival at another time
 * than its departure; rows are in the order of time, then of the items.
 */
struct row {
	ostia_time time;
	uint32_t item;
	unsigned point;
};

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (!x->point != !y->point)
		return x->point ? -1 : 1; /* it is what the rest follows */
	return x->item < y->item ? -1 : x->item > y->item;
}

static bool has_row(const struct diagram_item *x)
{
	return x->kind != DIAGRAM_OPTIONS;
}

static bool flies(const struct diagram_item *x)
{
	return x->kind == DIAGRAM_SEGMENT && !x->fate && x->arrive > x->time &&
	       !diagram_told_at_box(x);
}

/*
 * Rows are alike, however long nothing happens between them: where that is far
 * longer than anything flies, a row says so.
 */
static ostia_time long_silence(const struct svg *s)
{
	ostia_time longest = SILENCE_MIN;

	for (uint32_t i = 0; i < s->n; i++)
		if (flies(&s->item[i]) &&
		    s->item[i].arrive - s->item[i].time > longest)
			longest = s->item[i].arrive - s->item[i].time;
	return SILENCE_TIMES * longest;
}

/* Without memory for it nothing is said. */
static void note_silence(struct plan *p, uint32_t row, ostia_time from,
			 ostia_time to, uint32_t *silent)
{
	struct silence *x = index_grow(p->silence, sizeof(*x), p->nsilences,
				       &p->silence_cap);

	if (!x)
		return;
	p->silence = x;
	x[p->nsilences++] = (struct silence) { row, to - from };
	++*silent;
}

/* POINTS of each item get their rows. Return: rows. */
static int64_t place(const struct svg *s, struct plan *p)
{
	struct row *row = calloc(POINTS * (size_t)s->n + 1, sizeof(*row));
	uint32_t n = 0, silent = 0;

	if (!row)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct diagram_item *x = &s->item[i];

		if (has_row(x))
			row[n++] = (struct row) { x->time, i, 0 };
		if (flies(x))
			row[n++] = (struct row) { x->arrive, i, 1 };
		for (unsigned k = 0; k < x->nhops; k++)
			row[n++] = (struct row) { x->hop[k].time, i, 2 + k };
	}
	qsort(row, n, sizeof(*row), by_time);
	for (uint32_t i = 0; i < n; i++) {
		if (i && row[i].time - row[i - 1].time > p->long_ns)
			note_silence(p, i + silent, row[i - 1].time,
				     row[i].time, &silent);
		p->row[POINTS * (size_t)row[i].item + row[i].point] =
			i + silent;
	}
	free(row);
	return n + silent;
}

/* ---- elements ---- */

static void escape(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '>')
			fputs("&gt;", out);
		else if (*s == '&')
			fputs("&amp;", out);
		else if (*s == '"')
			fputs("&quot;", out);
		else
			fputc(*s, out);
	}
}

static void text(FILE *out, int x, int y, const char *class, const char *s)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	escape(out, s);
	fputs("</text>\n", out);
}

static void style(FILE *out)
{
	fputs("<style>\n"
	      "svg{--ink:#1c2430;--dim:#6b7684;--a:#0b6aa8;--b:#17713a;"
	      "--bad:#b3261e;--warn:#8a5a00;--paper:#fff}\n"
	      "@media(prefers-color-scheme:dark){svg{--ink:#e6e9ee;"
	      "--dim:#96a1b0;--a:#6cb6f0;--b:#74cf94;--bad:#ff8a80;"
	      "--warn:#f0c060;--paper:#14181e}}\n"
	      "text{font:12px ui-monospace,Menlo,Consolas,monospace;"
	      "fill:var(--ink)}\n"
	      ".h{font-weight:bold}.r,.la,.ll{text-anchor:end}"
	      ".m{text-anchor:middle}\n"
	      ".la,.ra{fill:var(--a)}.lb,.rb{fill:var(--b)}"
	      ".d,.ll,.rl{fill:var(--dim)}.w{fill:var(--warn)}"
	      ".x{fill:var(--bad)}.la{fill:var(--a)}.rb{fill:var(--b)}\n"
	      ".o{paint-order:stroke;stroke:var(--paper);stroke-width:4px}\n"
	      "line{stroke:var(--ink);stroke-width:1.2}"
	      ".life{stroke:var(--dim);stroke-width:1}"
	      ".bad{stroke:var(--bad)}"
	      ".gap{stroke:var(--warn);stroke-dasharray:2 4}\n"
	      "</style>\n",
	      out);
}

/* An arrow's head is drawn: markers do not take colours everywhere. */
static void head(FILE *out, int x, int y, int dir)
{
	fprintf(out,
		"<path d=\"M%d %dl%d -4v8z\" style=\"fill:var(--ink)\"/>\n", x,
		y, -8 * dir);
}

static void cross(FILE *out, int x, int y)
{
	fprintf(out,
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
		"class=\"bad\"/><line x1=\"%d\" y1=\"%d\" x2=\"%d\" "
		"y2=\"%d\" class=\"bad\"/>\n",
		x - 4, y - 4, x + 4, y + 4, x - 4, y + 4, x + 4, y - 4);
}

static void time_text(FILE *out, int x, int y, const char *class, ostia_time t)
{
	char ms[32];

	diagram_ms(ms, t);
	text(out, x, y, class, ms);
}

static void leg(FILE *out, int x0, int y0, int x1, int y1, bool bad)
{
	fprintf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"%s/>\n", x0,
		y0, x1, y1, bad ? " class=\"bad\"" : "");
}

/* A long text is drawn narrower, not over the times or the edge. */
static void narrow(FILE *out, const char *s, int room)
{
	if (strlen(s) * GLYPH > (size_t)room * 10)
		fprintf(out,
			" textLength=\"%d\" "
			"lengthAdjust=\"spacingAndGlyphs\"",
			room);
}

static void say(FILE *out, const struct diagram_item *x, int cx, int cy,
		int room, const char *options)
{
	char label[16 + DIAGRAM_SAID + DIAGRAM_TEXT], end[DIAGRAM_TEXT] = "";
	char said[DIAGRAM_SAID];

	if (x->fate && !diagram_told_at_box(x))
		diagram_end(end, x);
	diagram_said(said, sizeof(said), x);
	snprintf(label, sizeof(label), "%s%s%s%s%s", x->mark,
		 x->mark[0] ? " " : "", said, end[0] ? ": " : "", end);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"m o %s\"", cx, cy,
		x->fate	  ? "x"
		: x->side ? "rb"
			  : "ra");
	narrow(out, label, room);
	fputs("><title>", out);
	escape(out, options ? options : x->text);
	fputs("</title>", out);
	escape(out, label);
	fputs("</text>\n", out);
}

/* When it left a box, or what became of it there. */
static void at_box(FILE *out, const struct diagram_item *x, unsigned k, int cx,
		   int cy)
{
	const struct diagram_hop *h = &x->hop[k];
	char ms[32], label[DIAGRAM_TEXT];
	bool bad = h->ends && x->fate;

	diagram_ms(ms, h->time);
	snprintf(label, sizeof(label), "%s%s%s", ms, bad ? " " : "",
		 !bad	  ? ""
		 : x->why ? x->why
			  : x->fate);
	text(out, cx, cy,
	     bad	? x->side ? "x o r" : "x o"
	     : !x->side ? "rl o"
			: "ll o",
	     label);
}

static int row_y(uint32_t row)
{
	return TOP + ROW * (int)row;
}

/* From line to line, by boxes; @row: of its points. */
static void segment(FILE *out, const struct plan *p,
		    const struct diagram_item *x, const uint32_t *row,
		    const char *options)
{
	int dir = x->side ? -1 : 1;
	int x0 = x->side ? p->x1 : X0, far = x->side ? X0 : p->x1;
	int y0 = row_y(row[0]), cx = 0, cy = 0;
	bool ends = false;

	for (unsigned k = 0; k < x->nhops; k++) {
		int x1 = box_x(x->hop[k].box), y1 = row_y(row[2 + k]);

		ends = x->hop[k].ends;
		leg(out, x0, y0, x1, y1, ends && x->fate);
		at_box(out, x, k, x1 + 6 * dir, y1 + 4);
		if (!k)
			cx = (x0 + x1) / 2, cy = (y0 + y1) / 2 - 5;
		x0 = x1;
		y0 = y1;
	}
	if (!ends) {
		int y1 = flies(x) ? row_y(row[1]) : y0;
		int x1 = !x->fate   ? far
			 : x->nhops ? x0 + LANE_BOX / 2 * dir
				    : (X0 + p->x1) / 2 + 60 * dir;

		leg(out, x0, y0, x1, y1, x->fate != NULL);
		if (!x->nhops)
			cx = (X0 + p->x1) / 2, cy = (y0 + y1) / 2 - 5;
		x0 = x1;
		y0 = y1;
	}
	if (x->fate)
		cross(out, x0, y0);
	else
		head(out, x0, y0, dir);
	say(out, x, cx, cy, (p->sides->nboxes ? LANE_BOX : LANE) - 8, options);
	if (flies(x))
		time_text(out, x0 + 6 * dir, y0 + 4, dir > 0 ? "rl" : "ll",
			  x->arrive);
}

static void beside(FILE *out, int x, int y, int room, const char *class,
		   const char *s)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\"", x, y, class);
	narrow(out, s, room);
	fputc('>', out);
	escape(out, s);
	fputs("</text>\n", out);
}

static void aside(FILE *out, const struct plan *p, const struct diagram_item *x,
		  int y)
{
	bool call = x->kind == DIAGRAM_CALL || x->kind == DIAGRAM_RETURN;
	bool bad = x->kind == DIAGRAM_DROP || diagram_failed(x);

	if (x->kind == DIAGRAM_NOTE)
		text(out, (X0 + p->x1) / 2, y + 4, "m o w", x->text);
	else if (x->side)
		beside(out, p->x1 + 14, y + 4, EDGE - 20,
		       bad    ? "x"
		       : call ? "rb"
			      : "rl",
		       x->text);
	else
		beside(out, X0 - 14, y + 4, X0 - TIME_X - 20,
		       bad    ? "x r"
		       : call ? "la"
			      : "ll",
		       x->text);
}

static const char *options_of(const struct svg *s, uint32_t i)
{
	return i + 1 < s->n && s->item[i + 1].kind == DIAGRAM_OPTIONS
		       ? s->item[i + 1].text
		       : NULL;
}

static void items(const struct svg *s, const struct plan *p, FILE *out)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct diagram_item *x = &s->item[i];
		const uint32_t *row = &p->row[POINTS * (size_t)i];

		if (!has_row(x))
			continue;
		time_text(out, TIME_X, row_y(row[0]) + 4, "d r", x->time);
		if (x->kind == DIAGRAM_SEGMENT)
			segment(out, p, x, row, options_of(s, i));
		else
			aside(out, p, x, row_y(row[0]));
	}
}

static void silences(const struct plan *p, FILE *out)
{
	for (uint32_t i = 0; i < p->nsilences; i++) {
		int y = row_y(p->silence[i].row);
		char label[64];

		diagram_silence(label, p->silence[i].ns);
		fprintf(out,
			"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
			"class=\"gap\"/>\n",
			X0 - 8, y, p->x1 + 8, y);
		text(out, (X0 + p->x1) / 2, y + 4, "m o w", label);
	}
}

/* The lines of life, from the left: two sides, and boxes between them. */
static int line_x(const struct plan *p, unsigned i)
{
	return i == 0 ? X0 : i <= p->sides->nboxes ? box_x(i - 1) : p->x1;
}

static const char *line_title(const struct plan *p, unsigned i)
{
	return i == 0		       ? p->sides->title[0]
	       : i <= p->sides->nboxes ? p->sides->box_title[i - 1]
				       : p->sides->title[1];
}

static void frame(const struct svg *s, const char *title, const struct plan *p,
		  int height, FILE *out)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n",
		p->width, height, p->width, height);
	style(out);
	fputs("<rect width=\"100%\" height=\"100%\" "
	      "style=\"fill:var(--paper)\"/>\n<title>",
	      out);
	escape(out, title);
	fputs("</title>\n", out);
	text(out, p->width / 2, 18, "h m", title);
	for (unsigned i = 0; i < p->sides->nboxes + 2; i++)
		text(out, line_x(p, i), 42, "h m", line_title(p, i));
	text(out, TIME_X, 42, "d r", "ms");
	if (p->sides->more)
		fprintf(out,
			"<text x=\"%d\" y=\"58\" class=\"m w o\">boxes "
			"not shown: %u</text>\n",
			p->width / 2, p->sides->more);
	for (unsigned i = 0; i < p->sides->nboxes + 2; i++)
		fprintf(out,
			"<line x1=\"%d\" y1=\"50\" x2=\"%d\" y2=\"%d\" "
			"class=\"life\"/>\n",
			line_x(p, i), line_x(p, i), height - 12);
	if (s->left_out)
		fprintf(out,
			"<text x=\"%d\" y=\"%d\" class=\"m w\">%llu more are "
			"left out</text>\n",
			p->width / 2, height - 2,
			(unsigned long long)s->left_out);
}

int svg_write(const struct svg *s, const char *title,
	      const struct diagram_sides *sides, FILE *out)
{
	struct plan p = {
		.row = calloc(POINTS * (size_t)s->n + 1, sizeof(*p.row)),
	};
	int64_t rows;

	make_plan(&p, sides);
	p.long_ns = long_silence(s);
	rows = p.row ? place(s, &p) : -ENOMEM;
	if (rows >= 0) {
		frame(s, title, &p, TOP + ROW * (int)rows + 20, out);
		items(s, &p, out);
		silences(&p, out);
		fputs("</svg>\n", out);
	}
	free(p.row);
	free(p.silence);
	return rows < 0 ? (int)rows : 0;
}
