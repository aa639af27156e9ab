/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include "../test.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 4096 };

static _Alignas(16) uint8_t mem[ROOM];
static int fulls;

static void full(struct ostia_trace_log *l)
{
	l->at = mem;
	l->open = NULL;
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
		uint64_t len;
		uint32_t flags;
		const char *text;
	} rows[] = {
		{ TRACE_ARGS_LEN, 0, 9, "0" },
		{ TRACE_ARGS_LEN, UINT64_MAX, 0, "18446744073709551615" },
		{ TRACE_ARGS_LEN_FLAGS, 100, 0, "100, 0x0" },
		{ TRACE_ARGS_LEN_FLAGS, 1, 0x4040, "1, 0x4040" },
		{ TRACE_ARGS_LEN_FLAGS, UINT64_MAX, UINT32_MAX,
		  "18446744073709551615, 0xffffffff" },
	};
	char text[TRACE_ARGS];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		trace_args(text, rows[i].how, rows[i].len, rows[i].flags);
		STR(text, rows[i].text);
	}
}

static struct trace_rec_call *begin_call(struct tracer *t, uint64_t conn)
{
	struct trace_rec_call *c = trace_log_open(t->log);

	c->r = (struct trace_rec) {
		.what = trace_rec_what(TRACE_REC_CALL, TRACE_CALL_RETURNED,
				       sizeof(*c), t->stack),
		.conn = conn,
	};
	return c;
}

TEST(a_head_tells_what_was_put_into_it)
{
	const struct trace_rec r = { .what = trace_rec_what(255, 0xfe, 0xffff,
							    UINT32_MAX - 1) };

	EQ(trace_rec_kind(&r), 255);
	EQ(trace_rec_marks(&r), 0xfe);
	EQ(trace_rec_size(&r), 0xffff);
	EQ(trace_rec_stack(&r), UINT32_MAX - 1);
}

TEST(a_call_that_nothing_follows_takes_its_bytes)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);
	const struct trace_rec_call *c = begin_call(&t, 2);

	EQ(c->moved, 0);
	trace_bytes(&t, 2, 5, 9, true);
	EQ(c->from, 5);
	EQ(c->moved, 4);
	OK(l.open == c);
	trace_log_return(&l, -7);
	EQ(c->result, -7);
	EQ(trace_rec_marks(&c->r), TRACE_CALL_RETURNED);
	OK(!l.open);
	OK((const void *)trace_rec_next(&c->r) == l.at);
	EQ(l.events, 3);
	begin_call(&t, 2);
	trace_log_return(&l, 0);
	EQ(l.events, 5);
}

TEST(bytes_of_a_second_time_are_another_event)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);
	const struct trace_rec_call *c = begin_call(&t, 2);

	trace_bytes(&t, 2, 5, 9, true);
	trace_bytes(&t, 2, 9, 12, true);
	EQ(c->moved, 4);
	EQ(l.events, 3);
	OK(!l.open);
}

TEST(what_happens_in_a_call_follows_its_record)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);
	const struct trace_rec_call *c = begin_call(&t, 2);
	const struct trace_rec *next = trace_rec_next(&c->r);

	TRACE(&t, OSTIA_TRACE_TIMER, 2, .u.timer = { "rto", 1 });
	OK(!l.open);
	EQ(trace_rec_kind(&c->r), TRACE_REC_CALL);
	EQ(trace_rec_marks(&c->r), 0); /* it did not return yet */
	EQ(trace_rec_stack(&c->r), 7);
	EQ(trace_rec_kind(next), TRACE_REC_EVENT);
	OK((const void *)trace_rec_next(next) == l.at);
	begin_call(&t, 3);
	trace_bytes(&t, 2, 5, 9, true); /* of another connection */
	OK(!l.open);
	trace_log_close(&l); /* there is none: nothing happens */
	EQ(l.events, 4);
}

TEST(a_link_has_one_number_while_there_are_any)
{
	struct ostia_trace_log l = new_log();
	char name[20];

	EQ(trace_link(&l, "eth0", 1), 1);
	EQ(trace_link(&l, "eth0", 0), 2); /* of another type */
	EQ(trace_link(&l, "eth1", 1), 3);
	EQ(trace_link(&l, "eth0", 1), 1);
	EQ(trace_link(&l, "eth0", 0), 2);
	EQ(trace_link(&l, "0123456789abcdef", 1), 0); /* no name of a link */
	for (unsigned i = 4; i < TRACE_LINKS; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		EQ(trace_link(&l, name, 1), i);
	}
	EQ(trace_link(&l, "late", 1), 0);
	EQ(trace_link(&l, "eth1", 1), 3);
	STR(l.link[3].name, "eth1");
	STR(l.link[TRACE_LINKS - 1].name, "l63");
	EQ(l.link[2].type, 0);
	EQ(l.nlinks, TRACE_LINKS);
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
	OK((const void *)trace_rec_next(&r->r) == l.at);
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
	OK(!l.open);
}

TESTS(CASE(numbers_become_the_text_of_arguments),
      CASE(a_head_tells_what_was_put_into_it),
      CASE(a_call_that_nothing_follows_takes_its_bytes),
      CASE(bytes_of_a_second_time_are_another_event),
      CASE(what_happens_in_a_call_follows_its_record),
      CASE(a_link_has_one_number_while_there_are_any),
      CASE(what_an_event_points_to_is_copied),
      CASE(a_full_log_is_told_before_the_next_record))
