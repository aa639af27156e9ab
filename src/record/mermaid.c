/* SPDX-License-Identifier: MIT */
#include "record/mermaid.h"

#include <errno.h>

/* What ends a statement, or begins an entity, is spelled as an entity. */
static void escape(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == ';' || *s == '#' || *s == '<' || *s == '>' ||
		    *s == '&')
			fprintf(out, "#%d;", *s);
		else
			fputc(*s, out);
	}
}

static void participant(FILE *out, const char *id, const char *title)
{
	fprintf(out, "    participant %s as ", id);
	escape(out, title);
	fputc('\n', out);
}

static const char *const boxes[DIAGRAM_BOXES] = { "R1", "R2", "R3", "R4",
						  "R5", "R6", "R7", "R8" };

void mermaid_begin(FILE *out, const struct diagram_sides *s)
{
	fputs("sequenceDiagram\n", out);
	participant(out, "A", s->title[0]);
	for (unsigned i = 0; i < s->nboxes && i < DIAGRAM_BOXES; i++)
		participant(out, boxes[i], s->box_title[i]);
	participant(out, "B", s->title[1]);
	if (s->more)
		fprintf(out, "    Note over A,B: boxes not shown: %u\n",
			s->more);
}

/* What it says stands at its first leg, times at all. */
static void segment(FILE *out, const struct diagram_item *x, const char *when)
{
	const char *from = x->side ? "B" : "A", *to;
	bool last = false;
	char ms[32] = "", end[DIAGRAM_TEXT] = "", said[DIAGRAM_SAID];

	if (x->fate)
		diagram_end(end, x);
	diagram_said(said, sizeof(said), x);
	for (unsigned i = 0; !last; i++) {
		last = i == x->nhops || x->hop[i].ends;
		to = i < x->nhops ? boxes[x->hop[i].box] : x->side ? "A" : "B";
		fprintf(out, "    %s%s%s: ", from,
			last && x->fate ? "-x" : "->>", to);
		if (i)
			diagram_ms(ms, x->hop[i - 1].time);
		escape(out, i ? ms : when);
		if (!i) {
			fprintf(out, " %s%s", x->mark, x->mark[0] ? " " : "");
			escape(out, said);
		}
		if (last && x->fate) {
			fputs(" (", out);
			escape(out, end);
			fputc(')', out);
		}
		fputc('\n', out);
		from = to;
	}
}

int mermaid_put(void *ctx, const struct diagram_item *x)
{
	FILE *out = ctx;
	char when[32];

	if (x->kind == DIAGRAM_OPTIONS)
		return 0;
	diagram_ms(when, x->time);
	if (x->kind == DIAGRAM_SEGMENT) {
		segment(out, x, when);
	} else if (x->kind == DIAGRAM_SILENCE) {
		fprintf(out, "    Note over A,B: %s\n", x->text);
	} else {
		fprintf(out, "    Note over %s: %s ",
			x->kind == DIAGRAM_NOTE ? "A,B"
			: x->side		? "B"
						: "A",
			when);
		escape(out, x->text);
		fputc('\n', out);
	}
	return ferror(out) ? -EIO : 0;
}
