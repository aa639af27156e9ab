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

TEST(a_late_time_does_not_touch_the_arrow)
{
	struct text t = { .width = 80, .last = 10 * OSTIA_S };
	struct diagram_item x = segment();

	x.time = x.arrive = 61023 * OSTIA_MS;
	x.mark = "rtx";
	for (x.side = 0; x.side < 2; x.side++) {
		print(&t, &x);
		EQ(strlen(out), t.width + 1);
		OK(strstr(out,
			  x.side ? "SYN seq 0 61023.000\n" : "-> 61023.000\n"));
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
	OK(strstr(out, "SYN seq 0 queued 2.500 ms overtakes"));
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

TEST(a_silence_stands_in_the_middle)
{
	struct text t = { .width = 80 };
	struct diagram_item x = { .kind = DIAGRAM_SILENCE,
				  .text = "nothing for 40 ms" };

	print(&t, &x);
	STR(out, "                              ... nothing for 40 ms ...\n");
}

/* What has no room behind the text stands below it, whole. */
TEST(remarks_without_room_stand_below)
{
	struct text t = { .width = 80 };
	struct diagram_item x = segment();

	memset(x.text, 'y', 50);
	x.text[50] = '\0';
	x.waited = 2500000;
	x.marked = true;
	print(&t, &x);
	OK(strstr(out, "\n              (queued 2.500 ms CE)\n"));
	OK(!strstr(out, "y queued"));
}

/* In the box if there is room for it, else below. */
TEST(why_a_box_dropped_it_is_told)
{
	const struct diagram_sides s = { .nboxes = 1, .box_title = { "gate" } };
	struct text t = { .width = 80, .sides = &s };
	struct diagram_item x = segment();

	x.fate = "dropped";
	x.where = "gate";
	x.why = "IpFragFails";
	x.nhops = 1;
	x.hop[0] = (struct diagram_hop) { .ends = true };
	print(&t, &x);
	OK(strstr(out, "[gate x IpFragFails]") && !strstr(out, "dropped by"));
	memset(x.text, 'y', 44);
	print(&t, &x);
	OK(strstr(out, "[gate x]"));
	OK(strstr(out, "\n              (dropped by gate: IpFragFails)\n"));
	x.nhops = 0; /* it is not shown */
	print(&t, &x);
	OK(strstr(out, "(dropped by gate: IpFragFails)"));
	x.fate = "lost";
	x.where = x.why = NULL;
	print(&t, &x);
	OK(!strstr(out, "("));
}

/* It was for that box: no cross. */
TEST(what_is_for_a_box_ends_there)
{
	const struct diagram_sides s = { .nboxes = 1, .box_title = { "gate" } };
	struct text t = { .width = 80, .sides = &s };
	struct diagram_item x = segment();

	x.nhops = 1;
	x.hop[0] = (struct diagram_hop) { .ends = true, .time = 2000000 };
	print(&t, &x);
	OK(strstr(out, "[gate 2.000]") && !strchr(out, 'x'));
}

TESTS(CASE(remarks_without_room_stand_below),
      CASE(a_silence_stands_in_the_middle), CASE(why_a_box_dropped_it_is_told),
      CASE(what_is_for_a_box_ends_there),
      CASE(a_line_is_as_wide_as_it_shall_be),
      CASE(a_late_time_does_not_touch_the_arrow),
      CASE(an_arrow_shows_where_it_goes_and_whether_it_arrives),
      CASE(colours_and_fine_arrows_are_asked_for), CASE(long_texts_are_cut))
