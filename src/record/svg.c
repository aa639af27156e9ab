/* SPDX-License-Identifier: MIT */
#include "record/svg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 960,
	X0 = 330, /* the left line of life */
	X1 = 630,
	TOP = 64,
	ROW = 22,
	TIME_X = 62,
	GLYPH = 72, /* width of a character, in tenths */
};

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
	bool arrival;
};

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->arrival != y->arrival)
		return x->arrival ? -1 : 1; /* it is what the rest follows */
	return x->item < y->item ? -1 : x->item > y->item;
}

static bool has_row(const struct diagram_item *x)
{
	return x->kind != DIAGRAM_OPTIONS;
}

static bool flies(const struct diagram_item *x)
{
	return x->kind == DIAGRAM_SEGMENT && !x->fate && x->arrive > x->time;
}

/* @y: two of each item: where it begins, where it arrives. Return: rows. */
static int64_t place(const struct svg *s, uint32_t *y)
{
	struct row *row = calloc(2 * (size_t)s->n + 1, sizeof(*row));
	uint32_t n = 0;

	if (!row)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct diagram_item *x = &s->item[i];

		if (has_row(x))
			row[n++] = (struct row) { x->time, i, false };
		if (flies(x))
			row[n++] = (struct row) { x->arrive, i, true };
	}
	qsort(row, n, sizeof(*row), by_time);
	for (uint32_t i = 0; i < n; i++)
		y[2 * (size_t)row[i].item + row[i].arrival] = i;
	free(row);
	return n;
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
	      ".bad{stroke:var(--bad)}\n"
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

static void segment(FILE *out, const struct diagram_item *x, int y0, int y1,
		    const char *options)
{
	int dir = x->side ? -1 : 1;
	int from = x->side ? X1 : X0;
	int to = x->fate ? (X0 + X1) / 2 + 60 * dir : x->side ? X0 : X1;
	char label[2 * DIAGRAM_TEXT];

	fprintf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"%s/>\n",
		from, y0, to, y1, x->fate ? " class=\"bad\"" : "");
	if (x->fate)
		cross(out, to, y1);
	else
		head(out, to, y1, dir);
	snprintf(label, sizeof(label), "%s%s%s%s%s", x->mark,
		 x->mark[0] ? " " : "", x->text, x->fate ? ": " : "",
		 x->fate ? x->fate : "");
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"m o %s\"><title>",
		(X0 + X1) / 2, (y0 + y1) / 2 - 5,
		x->fate	  ? "x"
		: x->side ? "rb"
			  : "ra");
	escape(out, options ? options : x->text);
	fputs("</title>", out);
	escape(out, label);
	fputs("</text>\n", out);
	if (!x->fate && y1 != y0)
		time_text(out, to + 6 * dir, y1 + 4, dir > 0 ? "rl" : "ll",
			  x->arrive);
}

/* A long call is drawn narrower, not over the times or the edge. */
static void beside(FILE *out, int x, int y, int room, const char *class,
		   const char *s)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\"", x, y, class);
	if (strlen(s) * GLYPH > (size_t)room * 10)
		fprintf(out,
			" textLength=\"%d\" "
			"lengthAdjust=\"spacingAndGlyphs\"",
			room);
	fputc('>', out);
	escape(out, s);
	fputs("</text>\n", out);
}

static void aside(FILE *out, const struct diagram_item *x, int y)
{
	bool call = x->kind == DIAGRAM_CALL || x->kind == DIAGRAM_RETURN;

	if (x->kind == DIAGRAM_NOTE)
		text(out, (X0 + X1) / 2, y + 4, "m o w", x->text);
	else if (x->side)
		beside(out, X1 + 14, y + 4, WIDTH - X1 - 20,
		       call			 ? "rb"
		       : x->kind == DIAGRAM_DROP ? "x"
						 : "rl",
		       x->text);
	else
		beside(out, X0 - 14, y + 4, X0 - TIME_X - 20,
		       call			 ? "la"
		       : x->kind == DIAGRAM_DROP ? "x r"
						 : "ll",
		       x->text);
}

static const char *options_of(const struct svg *s, uint32_t i)
{
	return i + 1 < s->n && s->item[i + 1].kind == DIAGRAM_OPTIONS
		       ? s->item[i + 1].text
		       : NULL;
}

static void items(const struct svg *s, const uint32_t *row, FILE *out)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct diagram_item *x = &s->item[i];
		int y0 = TOP + ROW * (int)row[2 * i];
		int y1 = flies(x) ? TOP + ROW * (int)row[2 * i + 1] : y0;

		if (!has_row(x))
			continue;
		time_text(out, TIME_X, y0 + 4, "d r", x->time);
		if (x->kind == DIAGRAM_SEGMENT)
			segment(out, x, y0, y1, options_of(s, i));
		else
			aside(out, x, y0);
	}
}

static void frame(const struct svg *s, const char *title,
		  const struct diagram_sides *sides, int height, FILE *out)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n",
		WIDTH, height, WIDTH, height);
	style(out);
	fputs("<rect width=\"100%\" height=\"100%\" "
	      "style=\"fill:var(--paper)\"/>\n<title>",
	      out);
	escape(out, title);
	fputs("</title>\n", out);
	text(out, WIDTH / 2, 18, "h m", title);
	text(out, X0, 42, "h m", sides->title[0]);
	text(out, X1, 42, "h m", sides->title[1]);
	text(out, TIME_X, 42, "d r", "ms");
	for (int i = 0; i < 2; i++)
		fprintf(out,
			"<line x1=\"%d\" y1=\"50\" x2=\"%d\" y2=\"%d\" "
			"class=\"life\"/>\n",
			i ? X1 : X0, i ? X1 : X0, height - 12);
	if (s->left_out)
		fprintf(out,
			"<text x=\"%d\" y=\"%d\" class=\"m w\">%llu more are "
			"left out</text>\n",
			WIDTH / 2, height - 2, (unsigned long long)s->left_out);
}

int svg_write(const struct svg *s, const char *title,
	      const struct diagram_sides *sides, FILE *out)
{
	uint32_t *row = calloc(2 * (size_t)s->n + 1, sizeof(*row));
	int64_t rows = row ? place(s, row) : -ENOMEM;

	if (rows >= 0) {
		frame(s, title, sides, TOP + ROW * (int)rows + 20, out);
		items(s, row, out);
		fputs("</svg>\n", out);
	}
	free(row);
	return rows < 0 ? (int)rows : 0;
}
