/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/mermaid.h"

static char out[2000];

TEST(statements_are_mermaids)
{
	const struct diagram_sides sides = { .title = { "a", "b" } };
	struct diagram_item x = { .kind = DIAGRAM_SEGMENT,
				  .time = OSTIA_MS,
				  .mark = "rtx",
				  .text = "ACK; seq 1" };
	FILE *f = fmemopen(out, sizeof(out), "w");

	OK(f != NULL);
	mermaid_begin(f, &sides);
	EQ(mermaid_put(f, &x), 0);
	x.waited = 2500000;
	x.marked = true;
	EQ(mermaid_put(f, &x), 0);
	x.waited = 0;
	x.marked = false;
	x.fate = "lost";
	x.side = 1;
	EQ(mermaid_put(f, &x), 0);
	x.kind = DIAGRAM_CALL;
	strcpy(x.text, "x -> #1");
	EQ(mermaid_put(f, &x), 0);
	fclose(f);
	STR(out, "sequenceDiagram\n"
		 "    participant A as a\n"
		 "    participant B as b\n"
		 "    A->>B: 1.000 rtx ACK#59; seq 1\n"
		 "    A->>B: 1.000 rtx ACK#59; seq 1 queued 2.500 ms CE\n"
		 "    B-xA: 1.000 rtx ACK#59; seq 1 (lost)\n"
		 "    Note over B: 1.000 x -#62; #35;1\n");
}

TESTS(CASE(statements_are_mermaids))
