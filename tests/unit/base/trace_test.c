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
	struct trace_rec_call *c = trace_log_rec(
		t, TRACE_REC_CALL, TRACE_ARGS_LEN, sizeof(*c), conn);

	t->log->open = c;
	return c;
}

TEST(a_call_that_nothing_follows_takes_its_bytes)
{
	struct ostia_trace_log l = new_log();
	struct tracer t = new_tracer(&l);
	const struct trace_rec_call *c = begin_call(&t, 2);

	EQ(c->r.kind, TRACE_REC_CALL);
	EQ(c->r.stack, 7);
	EQ(c->r.size, sizeof(*c));
	trace_bytes(&t, 2, 5, 9, true);
	EQ(c->from, 5);
	EQ(c->moved, 4);
	EQ(c->r.marks, TRACE_CALL_MOVED | TRACE_CALL_OUT);
	EQ(l.events, 2);
	OK(l.open == c);
	trace_bytes(&t, 2, 9, 12, true); /* a second time is another event */
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
	EQ(c->r.kind, TRACE_REC_CALL);
	EQ(next->kind, TRACE_REC_EVENT);
	OK((const void *)trace_rec_next(next) == l.at);
	begin_call(&t, 3);
	trace_bytes(&t, 2, 5, 9, true); /* of another connection */
	OK(!l.open);
	trace_log_close(&l); /* there is none: nothing happens */
	EQ(l.events, 4);
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
      CASE(a_call_that_nothing_follows_takes_its_bytes),
      CASE(what_happens_in_a_call_follows_its_record),
      CASE(what_an_event_points_to_is_copied),
      CASE(a_full_log_is_told_before_the_next_record))
