/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/svg.h"

static char out[20000];

static void write_it(const struct svg *s)
{
	const struct diagram_sides sides = { .title = { "a<b>", "c" } };
	FILE *f = fmemopen(out, sizeof(out), "w");

	OK(f != NULL);
	EQ(svg_write(s, "x & \"y\"", &sides, f), 0);
	fclose(f);
}

TEST(what_overtakes_crosses)
{
	struct svg s = { .n = 0 };
	struct diagram_item x = { .kind = DIAGRAM_SEGMENT,
				  .time = 1,
				  .arrive = 10,
				  .mark = "",
				  .text = "slow" };

	EQ(svg_put(&s, &x), 0);
	x.time = 2;
	x.arrive = 5;
	strcpy(x.text, "fast");
	x.overtakes = true;
	EQ(svg_put(&s, &x), 0);
	write_it(&s);
	/* rows: 1, 2, 5, 10, 22 px each from 64 */
	OK(strstr(out, "y1=\"64\" x2=\"636\" y2=\"130\""));
	OK(strstr(out, "y1=\"86\" x2=\"636\" y2=\"108\""));
	OK(strstr(out, ">fast overtakes</text>"));
	svg_fini(&s);
}

TEST(texts_are_escaped)
{
	struct svg s = { .n = 0 };
	struct diagram_item x = { .kind = DIAGRAM_CALL,
				  .mark = "",
				  .text = "</svg><script>" };

	EQ(svg_put(&s, &x), 0);
	write_it(&s);
	OK(!strstr(out, "<script>") && strstr(out, "&lt;script&gt;"));
	OK(strstr(out, "a&lt;b&gt;") && strstr(out, "x &amp; &quot;y&quot;"));
	svg_fini(&s);
}

TEST(a_long_call_stays_off_the_times)
{
	struct svg s = { .n = 0 };
	struct diagram_item x = { .kind = DIAGRAM_CALL,
				  .mark = "",
				  .text = "send(3, 2000, MSG_NOSIGNAL) = 2000 "
					  "[17:2017]" };

	EQ(svg_put(&s, &x), 0);
	strcpy(x.text, "send(3, 2) = 2");
	EQ(svg_put(&s, &x), 0);
	write_it(&s);
	OK(strstr(out, "class=\"la\" textLength=\"248\""));
	OK(strstr(out, "class=\"la\">send(3, 2) = 2<"));
	svg_fini(&s);
}

TEST(a_picture_has_an_end)
{
	struct svg s = { .n = 0 };
	struct diagram_item x = { .kind = DIAGRAM_CALL, .mark = "" };

	for (int i = 0; i < SVG_ITEMS_MAX + 3; i++)
		EQ(svg_put(&s, &x), 0);
	EQ(s.n, SVG_ITEMS_MAX);
	EQ(s.left_out, 3);
	svg_fini(&s);
}

TEST(a_long_silence_is_told_in_a_row_of_its_own)
{
	struct svg s = { .n = 0 };
	struct diagram_item x = { .kind = DIAGRAM_SEGMENT,
				  .arrive = 10 * OSTIA_MS,
				  .mark = "",
				  .text = "first" };

	EQ(svg_put(&s, &x), 0);
	x.time = 59 * OSTIA_MS; /* not five times what a flight takes */
	x.arrive = 69 * OSTIA_MS;
	EQ(svg_put(&s, &x), 0);
	x.time = 120 * OSTIA_MS;
	x.arrive = 130 * OSTIA_MS;
	EQ(svg_put(&s, &x), 0);
	write_it(&s);
	OK(strstr(out, "y1=\"108\" x2=\"636\" y2=\"130\""));
	OK(!strstr(out, "nothing for 49 ms"));
	OK(strstr(out, "nothing for 51 ms"));
	OK(strstr(out, "y1=\"174\" x2=\"636\" y2=\"196\""));
	svg_fini(&s);
}

TEST(a_box_on_the_way_bends_the_arrow_or_ends_it)
{
	const struct diagram_sides sides = { .nboxes = 1,
					     .box_title = { "gate" },
					     .title = { "a", "b" } };
	struct diagram_item x = { .kind = DIAGRAM_SEGMENT,
				  .arrive = 20,
				  .mark = "",
				  .nhops = 1,
				  .hop = { { 0, 10, false } },
				  .text = "through" };
	struct svg s = { .n = 0 };
	FILE *f = fmemopen(out, sizeof(out), "w");

	OK(f != NULL);
	EQ(svg_put(&s, &x), 0);
	x.hop[0].ends = true;
	x.fate = "dropped";
	x.why = "IpFragFails";
	EQ(svg_put(&s, &x), 0);
	EQ(svg_write(&s, "x", &sides, f), 0);
	fclose(f);
	OK(strstr(out, ">gate<"));
	OK(strstr(out, "x1=\"336\" y1=\"64\" x2=\"616\" y2=\"108\"/"));
	OK(strstr(out, "x1=\"616\" y1=\"108\" x2=\"896\" y2=\"152\"/"));
	OK(strstr(out, "x2=\"616\" y2=\"130\" class=\"bad\""));
	OK(strstr(out, "0.000 IpFragFails<"));
	svg_fini(&s);
}

TEST(a_long_segment_stays_off_the_arrivals)
{
	struct svg s = { .n = 0 };
	struct diagram_item x = { .kind = DIAGRAM_SEGMENT,
				  .arrive = 10,
				  .mark = "",
				  .text = "ACK seq 24577 ack 11337 win 496 "
					  "sack 12785:20025" };

	EQ(svg_put(&s, &x), 0);
	write_it(&s);
	OK(strstr(out, "class=\"m o ra\" textLength=\"292\""));
	svg_fini(&s);
}

TESTS(CASE(a_long_segment_stays_off_the_arrivals), CASE(what_overtakes_crosses),
      CASE(texts_are_escaped), CASE(a_long_call_stays_off_the_times),
      CASE(a_picture_has_an_end),
      CASE(a_long_silence_is_told_in_a_row_of_its_own),
      CASE(a_box_on_the_way_bends_the_arrow_or_ends_it))
