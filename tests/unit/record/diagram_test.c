/* SPDX-License-Identifier: MIT */
#include "play.h"

#include "record/diagram.h"
#include <stdio.h>

struct heard {
	char text[20000];
	unsigned segments, lost, joins;
	ostia_time last;
};

static int hear(void *ctx, const struct diagram_item *x)
{
	struct heard *h = ctx;
	size_t at = strlen(h->text);

	snprintf(h->text + at, sizeof(h->text) - at, "%d %s\n", x->side,
		 x->text);
	h->segments += x->kind == DIAGRAM_SEGMENT;
	h->lost += x->kind == DIAGRAM_SEGMENT && x->fate;
	h->joins += x->kind == DIAGRAM_JOIN;
	OK(x->kind != DIAGRAM_SEGMENT || x->arrive >= x->time);
	return 0;
}

static bool stray; /* a datagram comes first that nobody wants */

static void send_stray(struct play *p)
{
	struct sockaddr_in a = play_addr(1);
	int fd = ostia_socket(p->bsd[0], AF_INET, SOCK_DGRAM, 0);

	EQ(ostia_sendto(p->bsd[0], fd, "?", 1, 0, (struct sockaddr *)&a,
			sizeof(a)),
	   1);
	EQ(ostia_close(p->bsd[0], fd), 0);
}

static struct heard draw(struct diagram_config *cfg, const char *faults,
			 uint64_t seed)
{
	static struct heard h;
	struct diagram_sides s;
	struct ostia_record *rec;
	struct view v;
	struct play p;
	int fd = play_file();

	h = (struct heard) { .segments = 0 };
	play_begin(&p, &(struct ostia_recorder_config) { .seed = seed },
		   faults);
	if (stray)
		send_stray(&p);
	play_hello(&p);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	EQ(play_end(&p), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);
	EQ(diagram_choose(&v, cfg->conv, &s), 0);
	EQ(s.node[0], 1); /* who connects is left */
	EQ(diagram_draw(&v, rec, &s, cfg, hear, &h), 0);
	view_fini(&v);
	ostia_record_close(rec);
	close(fd);
	return h;
}

TEST(both_sides_and_what_is_between_them)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .to = OSTIA_NEVER,
				      .body = 57 };
	struct heard h = draw(&cfg, "delay 20ms", 1);

	OK(strstr(h.text, ", 5) = 5 [1:6]\n"));
	OK(strstr(h.text, "0 PSH ACK seq 1:6 ack 1"));
	OK(strstr(h.text, "1 recv(") || strstr(h.text, "1 ... recv("));
	OK(strstr(h.text, "1 [LISTEN -> SYN-RECEIVED]\n"));
	EQ(h.joins, 1);
	EQ(h.lost, 0);
}

TEST(calls_may_be_left_out)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .to = OSTIA_NEVER,
				      .no_calls = true,
				      .body = 57 };
	struct heard h = draw(&cfg, "delay 20ms", 1);

	OK(!strstr(h.text, "send(") && h.segments > 6);
}

TEST(nothing_of_another_time_is_drawn)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .from = 1000 * OSTIA_S,
				      .to = OSTIA_NEVER,
				      .body = 57 };

	STR(draw(&cfg, "delay 20ms", 1).text, "");
}

TEST(what_was_lost_does_not_arrive)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .to = OSTIA_NEVER,
				      .body = 57 };

	OK(draw(&cfg, "delay 20ms loss 30%", 3).lost > 0);
}

TEST(what_others_lose_is_not_drawn_in_a_chosen_conversation)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .to = OSTIA_NEVER,
				      .body = 57 };

	stray = true;
	OK(strstr(draw(&cfg, "delay 20ms", 1).text, "(dropped: UdpNoPorts)"));
	cfg.conv = 1; /* behind the datagram */
	OK(!strstr(draw(&cfg, "delay 20ms", 1).text, "dropped"));
	stray = false;
}

TEST(a_call_failed_if_it_will_not_do_later)
{
	static const struct {
		enum diagram_kind kind;
		const char *text;
		bool failed;
	} rows[] = {
		{ DIAGRAM_CALL, "send(3, 4) = -1 ECONNRESET", true },
		{ DIAGRAM_RETURN, "... connect(3) = -1 ETIMEDOUT", true },
		{ DIAGRAM_RETURN, "... recv(3) = -1 EAGAIN", false },
		{ DIAGRAM_CALL, "connect(3, 10.0.0.2:7) = -1 EINPROGRESS",
		  false },
		{ DIAGRAM_CALL, "send(3, 4) = 4 [1:5]", false },
		{ DIAGRAM_NOTE, "-- a = -1 ECONNRESET", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diagram_item x = { .kind = rows[i].kind };

		snprintf(x.text, sizeof(x.text), "%s", rows[i].text);
		EQ(diagram_failed(&x), rows[i].failed);
	}
}

TEST(silences_are_told_where_they_are_asked_for)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .to = OSTIA_NEVER,
				      .body = 57 };
	struct heard h = draw(&cfg, "delay 20ms loss 30%", 3);

	OK(!strstr(h.text, "nothing for"));
	cfg.silences = true;
	h = draw(&cfg, "delay 20ms loss 30%", 3);
	OK(strstr(h.text, "nothing for")); /* before it was sent again */
	OK(!strstr(draw(&cfg, "delay 20ms", 1).text, "nothing for 20 ms"));
}

TEST(a_silence_has_its_unit)
{
	static const struct {
		ostia_time ns;
		const char *text;
	} rows[] = {
		{ 5004000, "nothing for 5.004 ms" },
		{ 40 * OSTIA_MS, "nothing for 40 ms" },
		{ 64 * OSTIA_S, "nothing for 64.000 s" },
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		diagram_silence(buf, rows[i].ns);
		STR(buf, rows[i].text);
	}
}

TESTS(CASE(silences_are_told_where_they_are_asked_for),
      CASE(a_silence_has_its_unit), CASE(both_sides_and_what_is_between_them),
      CASE(what_others_lose_is_not_drawn_in_a_chosen_conversation),
      CASE(calls_may_be_left_out), CASE(nothing_of_another_time_is_drawn),
      CASE(what_was_lost_does_not_arrive),
      CASE(a_call_failed_if_it_will_not_do_later))
