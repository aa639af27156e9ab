/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/text.h"

static char out[2000];

static void print(struct text *t, const struct diagram_item *x)
{
	t->out = fmemopen(out, sizeof(out), "w");
	OK(t->out != NULL);
	EQ(text_put(t, x), 0);
	fclose(t->out);
}

static struct diagram_item segment(void)
{
	return (struct diagram_item) { .kind = DIAGRAM_SEGMENT,
				       .time = 1500000,
				       .arrive = 21500000,
				       .mark = "",
				       .text = "SYN seq 0" };
}

TEST(a_line_is_as_wide_as_it_shall_be)
{
	struct text t = { .width = 80 };
	struct diagram_item x = segment();

	for (t.width = 80; t.width <= 250; t.width += 17)
		for (x.side = 0; x.side < 2; x.side++) {
			print(&t, &x);
			EQ(strlen(out), t.width + 1);
		}
}

TEST(an_arrow_shows_where_it_goes_and_whether_it_arrives)
{
	struct text t = { .width = 80 };
	struct diagram_item x = segment();

	print(&t, &x);
	OK(!strncmp(out, "       1.500  SYN seq 0 ---", 25));
	OK(strstr(out, "-->   21.500\n"));
	x.fate = "lost";
	print(&t, &x);
	OK(strstr(out, "--x     lost\n"));
	x.side = 1;
	x.fate = NULL;
	x.mark = "rtx";
	print(&t, &x);
	OK(!strncmp(out, "rtx    1.500  <---", 17));
	x.waited = 2500000;
	x.overtakes = true;
	print(&t, &x);
	OK(strstr(out, "SYN seq 0 queued 2.500 overtakes"));
}

TEST(colours_and_fine_arrows_are_asked_for)
{
	struct text t = { .width = 80, .fine = true };
	struct diagram_item x = segment();

	print(&t, &x);
	OK(strstr(out, "\u25b6") && !strchr(out, '\033'));
	t.color = true;
	print(&t, &x);
	OK(strchr(out, '\033'));
}

TEST(long_texts_are_cut)
{
	struct text t = { .width = 80 };
	struct diagram_item x = segment();

	memset(x.text, 'y', sizeof(x.text) - 1);
	print(&t, &x);
	EQ(strlen(out), 81);
	x.kind = DIAGRAM_CALL;
	x.side = 1;
	print(&t, &x);
	EQ(strlen(out), 81);
}

TESTS(CASE(a_line_is_as_wide_as_it_shall_be),
      CASE(an_arrow_shows_where_it_goes_and_whether_it_arrives),
      CASE(colours_and_fine_arrows_are_asked_for), CASE(long_texts_are_cut))
