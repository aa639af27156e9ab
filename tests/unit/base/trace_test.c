/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include "../test.h"

#include <string.h>

enum { ROOM = 4096 };

static _Alignas(16) uint8_t mem[ROOM];
static int fulls;

static void full(struct ostia_trace_log *l)
{
	l->at = mem;
	l->last = NULL;
	l->events = 0;
	fulls++;
}

static struct ostia_trace_log new_log(void)
{
	fulls = 0;
	return (struct ostia_trace_log) { .at = mem,
					  .end = mem + ROOM - TRACE_REC_MAX,
					  .snap = 8,
					  .full = full };
}

static struct tracer new_tracer(struct ostia_trace_log *l)
{
	const struct ostia_env env = { .trace_log = l };
	struct tracer t;

	trace_init(&t, &env, 7, 1000);
	return t;
}

TEST(numbers_become_the_text_of_arguments)
{
	static const struct {
		enum trace_args how;
		uint64_t num[2];
		const char *text;
	} rows[] = {
		{ TRACE_ARGS_LEN, { 0, 9 }, "0" },
		{ TRACE_ARGS_LEN, { UINT64_MAX, 0 }, "18446744073709551615" },
		{ TRACE_ARGS_LEN_FLAGS, { 100, 0 }, "100, 0x0" },
		{ TRACE_ARGS_LEN_FLAGS, { 1, 0x4040 }, "1, 0x4040" },
		{ TRACE_ARGS_LEN_FLAGS,
		  { UINT64_MAX, UINT64_MAX },
		  "18446744073709551615, 0xffffffffffffffff" },
	};
	char text[TRACE_ARGS];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		trace_args(text, rows[i].how, rows[i].num);
		STR(text, rows[i].text);
	}
}

TEST(a_call_that_nothing_follows_takes_its_bytes_and_its_end)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);
	struct trace_rec_call *c;

	t.call = 3;
	c = trace_log_rec(&t, TRACE_REC_CALL, sizeof(*c), 2);
	c->state = 0;
	EQ(trace_rec_size(&c->r), sizeof(*c));
	EQ(trace_rec_kind(&c->r), TRACE_REC_CALL);
	trace_bytes(&t, 2, 5, 9, true);
	EQ(c->from, 5);
	EQ(c->to, 9);
	EQ(c->state, TRACE_CALL_MOVED | TRACE_CALL_OUT);
	EQ(l.events, 2);
	OK(trace_log_call(&t, 3) == c);
	OK(!trace_log_call(&t, 4)); /* another call */
	t.now++;
	OK(!trace_log_call(&t, 3)); /* time has passed */
	t.now--;
	t.stack++;
	OK(!trace_log_call(&t, 3)); /* another stack's */
	t.stack--;
	trace_bytes(&t, 2, 9, 12, true); /* a second time is another event */
	EQ(c->to, 9);
	EQ(l.events, 3);
	OK(!trace_log_call(&t, 3)); /* which follows it */
}

TEST(what_an_event_points_to_is_copied)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);
	const struct trace_rec_event *r = (const void *)mem;
	uint8_t data[20] = "0123456789";
	char link[] = "eth0";

	TRACE(&t, OSTIA_TRACE_DROP, 2,
	      .u.pkt = { .id = 4,
			 .link = link,
			 .data = data,
			 .data_len = sizeof(data),
			 .reason = "IpInDiscards" });
	memset(data, 0, sizeof(data));
	memset(link, 'x', 4);
	STR(r->ev.u.pkt.link, "eth0");
	EQ(r->ev.u.pkt.data_len, 8); /* the log's snap */
	MEM(r->ev.u.pkt.data, "01234567", 8);
	STR(r->ev.u.pkt.reason, "IpInDiscards");
	EQ(r->ev.stack, 7);
	EQ(r->ev.time, 1000);
	EQ(trace_rec_size(&r->r) % 8, 0);
}

TEST(a_full_log_is_told_before_the_next_record)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);

	while (!fulls) {
		OK(l.at < l.end);
		TRACE(&t, OSTIA_TRACE_TIMER, 2, .u.timer = { "rto", 1 });
	}
	OK(l.at == mem);
	OK(!l.last);
}

TESTS(CASE(numbers_become_the_text_of_arguments),
      CASE(a_call_that_nothing_follows_takes_its_bytes_and_its_end),
      CASE(what_an_event_points_to_is_copied),
      CASE(a_full_log_is_told_before_the_next_record))
