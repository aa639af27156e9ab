/* SPDX-License-Identifier: MIT */
#include "play.h"
#include "record/html.h"

static char out[200000];
static const char evil[] = "</script><script>alert(1)</script>\xe2\x80\xa8";

static uint64_t events_max;
static int hellos = 1;

static void write_play(ostia_time from, ostia_time to)
{
	const struct diagram_config cfg = {
		.conv = INDEX_NONE, .from = from, .to = to, .body = 60
	};
	const struct html_parts parts = { "free", "b{}", "go()", events_max };
	struct ostia_recorder_config rcfg = { .seed = 3,
					      .config = evil,
					      .to_fd = 1 };
	struct diagram_sides sides;
	struct ostia_record *rec;
	struct play p;
	struct view v;
	FILE *f = fmemopen(out, sizeof(out), "w");

	OK(f != NULL);
	rcfg.fd = play_file();
	play_begin(&p, &rcfg, "delay 20ms rate 1mbit");
	ostia_recorder_note(p.r, 1, evil);
	play_hellos(&p, hellos);
	EQ(play_end(&p), 0);
	rec = play_open(rcfg.fd);
	EQ(view_read(&v, rec), 0);
	EQ(diagram_choose(&v, INDEX_NONE, &sides), 0);
	strcpy(sides.title[0], evil);
	EQ(html_write(&v, rec, &sides, &cfg, v.info.config, &parts, f), 0);
	fclose(f);
	view_fini(&v);
	ostia_record_close(rec);
	close(rcfg.fd);
}

static int count(const char *what)
{
	int n = 0;

	for (const char *p = out; (p = strstr(p, what)); p++)
		n++;
	return n;
}

TEST(a_page_has_all_that_it_needs)
{
	write_play(0, OSTIA_NEVER);
	OK(strstr(out, "default-src 'none'"));
	OK(strstr(out, "<style>b{}</style>") && strstr(out, "free-->"));
	OK(strstr(out, "<script>go()</script>\n</body>"));
	OK(count(" queued ") > 1); /* behind a rate */
	EQ(count("http"), 1); /* http-equiv: no address of anything */
}

TEST(no_name_ends_the_element_it_stands_in)
{
	write_play(0, OSTIA_NEVER);
	EQ(count("<script"), 2);
	EQ(count("</script"), 2);
	EQ(count("\\u003c/script\\u003e\\u003cscript\\u003ealert"), 3);
	EQ(count("\xe2"), 0);
}

TEST(a_segment_tells_its_bytes_and_when_it_was_there)
{
	write_play(0, OSTIA_NEVER);
	/* "Hello": bytes 1 to 6, PSH ACK, acknowledges the SYN, 20 ms and
	 * 57 bytes at 1 Mbit/s later */
	OK(strstr(out, ",0,0,0,24,1,6,1,"));
	OK(strstr(out, "[\"q\",")); /* it waits for the rate */
	OK(strstr(out, "\"SYN-SENT\",\"ESTABLISHED\",\"client\""));
	OK(strstr(out, "\"left\":[0,0]"));
}

TEST(only_the_time_that_is_wished_for)
{
	write_play(0, 1);
	EQ(count("[\"p\","), 0);
	OK(strstr(out, "\"events\":[]"));
}

/* Bytes of the graphs' points of one direction, in all. */
static unsigned long payload(void)
{
	unsigned long sum = 0, from, to, sent, arrives;
	unsigned conv, side, fate, marks, flags;

	for (const char *p = out; (p = strstr(p, "[\"p\",")); p++)
		if (sscanf(p, "[\"p\",%lu,%lu,%u,%u,%u,%u,%u,%lu,%lu", &sent,
			   &arrives, &conv, &side, &fate, &marks, &flags, &from,
			   &to) == 9)
			sum += to - from;
	return sum;
}

TEST(of_too_many_packets_some_in_a_row_are_one_point)
{
	unsigned long bytes;
	int points, states;

	hellos = 4; /* that follow one another are joined, too */
	write_play(0, OSTIA_NEVER);
	OK(strstr(out, "\"thin\":1,"));
	bytes = payload();
	points = count("[\"p\",");
	states = count("[\"s\",");
	events_max = (uint64_t)(points + states + count("[\"q\",") +
				count("[\"c\",") - 1);
	write_play(0, OSTIA_NEVER);
	events_max = 0;
	hellos = 1;
	OK(strstr(out, "\"thin\":2,"));
	OK(strstr(out, "\"left\":[0,0]"));
	OK(count("[\"p\",") < points);
	EQ(payload(), bytes);
	EQ(count("[\"s\","), states);
}

TESTS(CASE(a_page_has_all_that_it_needs),
      CASE(no_name_ends_the_element_it_stands_in),
      CASE(a_segment_tells_its_bytes_and_when_it_was_there),
      CASE(only_the_time_that_is_wished_for),
      CASE(of_too_many_packets_some_in_a_row_are_one_point))
