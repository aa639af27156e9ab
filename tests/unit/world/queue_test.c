/* SPDX-License-Identifier: MIT */
#include "world/queue.h"

#include "../test.h"

#include <stdlib.h>

static struct world_queue *open_queue(const char *words)
{
	struct ostia_faults f;
	struct world_queue *q;
	char err[200] = "", text[200] = "rate 10mbit ";

	strcat(text, words);
	if (ostia_faults_parse(text, &f, err, sizeof(err)))
		fail_msg("%s: %s", text, err);
	EQ(world_queue_new(&f, 0, &q), 0);
	OK(q);
	return q;
}

static void add(struct world_queue *q, uint64_t flow, uint8_t ecn,
		ostia_time now)
{
	struct world_waiting *w = calloc(1, sizeof(*w));

	w->flow = flow;
	w->ecn = ecn;
	w->len = 1000;
	w->since = now;
	q->ops->add(q, w, now);
}

/* What leaves: its flow, 0: nothing; and was it marked? */
static uint64_t take(struct world_queue *q, bool *mark, ostia_time now)
{
	struct world_waiting *w = q->ops->take(q, now);
	uint64_t flow = w ? w->flow : 0;

	*mark = w && w->mark;
	free(w);
	return flow;
}

static uint32_t dropped(struct world_queue *q)
{
	struct world_waiting *w;
	uint32_t n = 0;

	for (; (w = world_waitq_take(&q->dropped)); n++)
		free(w);
	return n;
}

static void close_queue(struct world_queue *q, ostia_time now)
{
	bool mark;

	while (take(q, &mark, now))
		;
	dropped(q);
	EQ(q->n, 0);
	EQ(q->bytes, 0);
	free(q);
}

enum { STANDING = 20 };

/* A queue that always holds 20 ms of packets, one a ms. Return: times in ms of
 * the first @n drops or marks.
 */
static void strike_times(struct world_queue *q, uint8_t ecn, uint32_t *ms,
			 unsigned n)
{
	unsigned got = 0;

	for (int64_t i = -STANDING; got < n; i++) {
		ostia_time now = (ostia_time)(i + STANDING + 1) * OSTIA_MS;
		uint32_t lost;
		bool mark;

		add(q, 1, ecn, now);
		if (i < 0)
			continue;
		EQ(take(q, &mark, now), 1);
		lost = dropped(q);
		while (lost--) {
			add(q, 1, ecn, now);
			mark = true;
		}
		if (mark)
			ms[got++] = (uint32_t)i;
		assert_true(i < 10000);
	}
}

TEST(codel_waits_an_interval_then_strikes_by_the_root_of_the_count)
{
	static const struct {
		const char *words;
		uint8_t ecn;
	} row[] = { { "codel", 0 }, { "codel ecn", 2 }, { "codel ecn", 1 } };

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct world_queue *q = open_queue(row[i].words);
		uint32_t ms[5];

		strike_times(q, row[i].ecn, ms, 5);
		assert_true(ms[0] >= 100 && ms[0] <= 102);
		assert_true(ms[1] - ms[0] >= 99 && ms[1] - ms[0] <= 101);
		assert_true(ms[2] - ms[1] >= 70 && ms[2] - ms[1] <= 72);
		assert_true(ms[3] - ms[2] >= 57 && ms[3] - ms[2] <= 59);
		assert_true(ms[4] - ms[3] >= 49 && ms[4] - ms[3] <= 51);
		close_queue(q, 11 * OSTIA_S);
	}
}

TEST(codel_leaves_bursts_alone_and_bounds_what_waits)
{
	struct world_queue *q = open_queue("codel limit 50");
	bool mark;

	for (int i = 0; i < 60; i++)
		add(q, 1, 0, 0);
	EQ(dropped(q), 10);
	EQ(q->n, 50);
	for (ostia_time i = 0; i < 50; i++)
		EQ(take(q, &mark, (i + 1) * OSTIA_MS), 1);
	EQ(dropped(q), 0);
	close_queue(q, OSTIA_S);
}

TEST(fq_codel_serves_a_new_flow_first_and_the_others_in_turns)
{
	struct world_queue *q = open_queue("fq_codel quantum 1000");
	uint32_t turns[3] = { 0 };
	bool mark;

	for (int i = 0; i < 100; i++)
		add(q, 1, 0, 0);
	EQ(take(q, &mark, OSTIA_MS), 1);
	for (int i = 0; i < 100; i++)
		add(q, 2, 0, OSTIA_MS);
	EQ(take(q, &mark, OSTIA_MS), 2);
	for (int i = 0; i < 20; i++)
		turns[take(q, &mark, OSTIA_MS)]++;
	EQ(turns[1], 10);
	EQ(turns[2], 10);
	add(q, 3, 0, OSTIA_MS);
	EQ(take(q, &mark, OSTIA_MS), 3);
	close_queue(q, OSTIA_MS);
}

TEST(fq_codel_takes_room_from_the_fattest)
{
	struct world_queue *q = open_queue("fq_codel limit 100");
	bool mark;

	add(q, 2, 0, 0);
	for (int i = 0; i < 100; i++)
		add(q, 1, 0, 0);
	EQ(dropped(q), 50);
	EQ(q->n, 51);
	EQ(take(q, &mark, 0), 2);
	close_queue(q, 0);
}

TEST(dualpi2_marks_what_waits_longer_than_a_step_in_the_first_queue)
{
	struct world_queue *q = open_queue("dualpi2");
	bool mark;

	add(q, 1, 0, 0);
	add(q, 2, 1, OSTIA_MS);
	add(q, 2, 3, OSTIA_MS);
	EQ(take(q, &mark, 2 * OSTIA_MS), 2); /* low latency goes first */
	OK(!mark);
	EQ(take(q, &mark, 3 * OSTIA_MS), 2);
	OK(mark);
	EQ(take(q, &mark, 3 * OSTIA_MS), 1);
	OK(!mark);
	close_queue(q, OSTIA_S);
}

TEST(dualpi2_lets_the_classic_queue_not_starve)
{
	struct world_queue *q = open_queue("dualpi2");
	bool mark;

	add(q, 1, 0, 0);
	for (int i = 0; i < 3; i++)
		add(q, 2, 1, 60 * OSTIA_MS);
	EQ(take(q, &mark, 60 * OSTIA_MS), 1);
	close_queue(q, OSTIA_S);
}

/* One packet a ms comes and leaves, @ms long, from @at on. */
static void flow_by(struct world_queue *q, ostia_time at, ostia_time ms)
{
	bool mark;

	for (ostia_time i = at; i < at + ms; i++) {
		add(q, 1, 2, i * OSTIA_MS);
		take(q, &mark, i * OSTIA_MS);
	}
}

/* 25 ms stand, so p' grows; then 15, the target, so it stays. The first queue
 * is marked 2 p', the second p' squared.
 */
TEST(dualpi2_couples_marks_and_the_square_of_marks)
{
	struct world_queue *q = open_queue("dualpi2");
	uint32_t l = 0, c = 0;
	bool mark;

	for (ostia_time i = 0; i < 25; i++)
		add(q, 1, 2, i * OSTIA_MS);
	flow_by(q, 25, 2000);
	for (int i = 0; i < 10; i++)
		take(q, &mark, 2024 * OSTIA_MS);
	flow_by(q, 2025, 40);
	for (ostia_time i = 2065; i < 4065; i++) {
		ostia_time now = i * OSTIA_MS;

		add(q, 1, 2, now);
		add(q, 2, 1, now);
		EQ(take(q, &mark, now), 2);
		l += mark;
		EQ(take(q, &mark, now), 1);
		c += mark;
	}
	assert_true(l > 200 && l < 1500); /* of 2000 */
	assert_true(abs((int)(l * l / 8000) - (int)c) <= (int)c / 10 + 3);
	close_queue(q, 5 * OSTIA_S);
}

TESTS(CASE(codel_waits_an_interval_then_strikes_by_the_root_of_the_count),
      CASE(codel_leaves_bursts_alone_and_bounds_what_waits),
      CASE(fq_codel_serves_a_new_flow_first_and_the_others_in_turns),
      CASE(fq_codel_takes_room_from_the_fattest),
      CASE(dualpi2_marks_what_waits_longer_than_a_step_in_the_first_queue),
      CASE(dualpi2_lets_the_classic_queue_not_starve),
      CASE(dualpi2_couples_marks_and_the_square_of_marks))
