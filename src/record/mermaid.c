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

void mermaid_begin(FILE *out, const struct diagram_sides *s)
{
	fputs("sequenceDiagram\n", out);
	for (int i = 0; i < 2; i++) {
		fprintf(out, "    participant %c as ", i ? 'B' : 'A');
		escape(out, s->title[i]);
		fputc('\n', out);
	}
}

static void segment(FILE *out, const struct diagram_item *x, const char *when)
{
	fprintf(out, "    %c%s%c: ", x->side ? 'B' : 'A',
		x->fate ? "-x" : "->>", x->side ? 'A' : 'B');
	escape(out, when);
	fprintf(out, " %s%s", x->mark, x->mark[0] ? " " : "");
	escape(out, x->text);
	if (x->fate)
		fprintf(out, " (%s)", x->fate);
	fputc('\n', out);
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
