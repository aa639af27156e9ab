/* SPDX-License-Identifier: MIT */
/* SO_TIMESTAMPING of streams, and errors that are told at once */
#include "pair.h"

#include "ip/errq.h"
#include "tcp/conn.h"

#include <linux/errqueue.h>

struct conv {
	struct pair p;
	struct tcp_conn *l, *a, *b;
};

static void begin(struct conv *v, bool v6)
{
	pair_init(&v->p, v6, 1500, 0);
	pair_open(&v->p, &v->l, &v->a, &v->b);
}

static void end(struct conv *v)
{
	tcp_close(v->p.h[0].tcp, v->a, true);
	tcp_close(v->p.h[1].tcp, v->b, true);
	tcp_close(v->p.h[1].tcp, v->l, true);
	pair_run(&v->p, 1000);
	pair_fini(&v->p);
}

static const struct tcp_stamp all = {
	.ids = true, .on_send = true, .on_leave = true, .on_ack = true
};

static void say(struct conv *v, const char *text, const struct tcp_stamp *want)
{
	uint32_t n = (uint32_t)strlen(text);

	EQ(pair_send(&v->p, 0, v->a, text, n), n);
	tcp_stamp_sent(v->p.h[0].tcp, v->a, n, false, want);
}

static bool next(struct conv *v, struct errq_entry *e, char *buf, size_t room,
		 int64_t *n)
{
	const struct iovec iov = { buf, room };

	*n = tcp_stamp_pop(v->p.h[0].tcp, v->a, &iov, 1, e);
	return *n >= 0;
}

/* The next record is this, at that time. */
static void told(struct conv *v, uint32_t what, uint32_t id, ostia_time when)
{
	struct errq_entry e;
	char buf[2000];
	int64_t n;

	OK(next(v, &e, buf, sizeof(buf), &n));
	EQ(e.origin, SO_EE_ORIGIN_TIMESTAMPING);
	EQ(e.err, ENOMSG);
	EQ(e.info, what);
	EQ(e.data, id);
	EQ(e.when, when);
	EQ(n, 0);
}

static void silence(struct conv *v)
{
	struct errq_entry e;
	int64_t n;

	OK(!next(v, &e, NULL, 0, &n));
	EQ(n, -EAGAIN);
	EQ(tcp_poll(v->p.h[0].tcp, v->a) & POLLERR, 0);
}

TEST(the_last_byte_of_a_call_is_stamped)
{
	struct tcp_stamp want = all;
	ostia_time left, far;
	struct conv v;

	begin(&v, false);
	want.key = tcp_stamp_base(v.a, false);
	EQ(want.key, 0);
	say(&v, "hello", &want);
	silence(&v);
	left = v.p.now;
	pair_run(&v.p, 100);
	EQ(tcp_poll(v.p.h[0].tcp, v.a) & POLLERR, POLLERR);
	told(&v, SCM_TSTAMP_SCHED, 4, left);
	told(&v, SCM_TSTAMP_SND, 4, left);
	far = left + 2 * v.p.delay;
	told(&v, SCM_TSTAMP_ACK, 4, far);
	silence(&v);
	EQ(tcp_stamp_base(v.a, true), 5);
	end(&v);
}

TEST(bytes_come_beside_if_they_are_wanted)
{
	const struct tcp_stamp want = { .on_leave = true,
					.on_ack = true,
					.bytes = true };
	struct errq_entry e;
	struct conv v;
	char buf[200];
	int64_t n;

	begin(&v, false);
	say(&v, "hello", &want);
	pair_run(&v.p, 100);
	OK(next(&v, &e, buf, sizeof(buf), &n));
	EQ(e.data, 0); /* nobody asked for numbers */
	EQ(n, 20 + 32 + 5);
	EQ(buf[0], 0x45);
	EQ(memcmp(buf + n - 5, "hello", 5), 0);
	OK(next(&v, &e, buf, sizeof(buf), &n));
	EQ(n, 5);
	EQ(memcmp(buf, "hello", 5), 0);
	end(&v);
}

static bool lose_first_data(struct pair *p, int from, struct ostia_pkt *pkt)
{
	if (from || pkt->len < 60 || p->state)
		return false;
	p->state = 1;
	return true;
}

TEST(what_is_sent_again_is_told_again)
{
	const struct tcp_stamp want = { .on_leave = true, .on_ack = true };
	struct errq_entry e;
	ostia_time first;
	struct conv v;
	int64_t n;

	begin(&v, false);
	v.p.lose = lose_first_data;
	say(&v, "a text that is long enough to be told", &want);
	pair_run(&v.p, 2000);
	OK(next(&v, &e, NULL, 0, &n) && e.info == SCM_TSTAMP_SND);
	first = e.when;
	OK(next(&v, &e, NULL, 0, &n) && e.info == SCM_TSTAMP_SND);
	OK(e.when > first);
	OK(next(&v, &e, NULL, 0, &n) && e.info == SCM_TSTAMP_ACK);
	silence(&v);
	end(&v);
}

/* 32 calls have marks; those after that move the last. */
TEST(marks_are_bounded)
{
	const struct tcp_stamp want = { .ids = true, .on_ack = true };
	unsigned n = 0, last = 0;
	struct errq_entry e;
	struct conv v;
	int64_t r;

	begin(&v, false);
	for (int i = 0; i < 100; i++)
		say(&v, "xy", &want);
	pair_run(&v.p, 1000);
	while (next(&v, &e, NULL, 0, &r)) {
		EQ(e.data & 1, 1);
		OK(!n || e.data > last);
		last = e.data;
		n++;
	}
	EQ(n, 32);
	EQ(last, 199);
	end(&v);
}

TEST(what_nobody_reads_is_bounded_and_counted)
{
	const struct tcp_stamp want = { .on_leave = true };
	struct errq_entry e;
	unsigned n = 0;
	struct conv v;
	int64_t r;

	begin(&v, false);
	for (int i = 0; i < 70; i++) {
		say(&v, "x", &want);
		pair_run(&v.p, 100);
	}
	pair_run(&v.p, 1000); /* the last may wait for an ACK */
	while (next(&v, &e, NULL, 0, &r))
		n++;
	EQ(n, ERRQ_CAP);
	EQ(v.p.h[0].stats.TcpErrQueueDrops, 70 - ERRQ_CAP);
	end(&v);
}

TEST(a_read_is_told_when_its_last_byte_came)
{
	struct tcp *t;
	ostia_time at[2];
	struct conv v;
	char buf[8];

	begin(&v, true);
	t = v.p.h[1].tcp;
	EQ(tcp_stamp_text(t, v.b, true), 0);
	for (int i = 0; i < 2; i++) {
		pair_send(&v.p, 0, v.a, "abcd", 4);
		at[i] = v.p.now + v.p.delay;
		pair_run(&v.p, 500);
	}
	EQ(tcp_stamp_came(t, v.b, 4), at[0]); /* peeked at */
	EQ(tcp_stamp_came(t, v.b, 5), at[1]);
	EQ(pair_recv(&v.p, 1, v.b, buf, 3), 3);
	EQ(tcp_stamp_came(t, v.b, 0), at[0]);
	EQ(pair_recv(&v.p, 1, v.b, buf, 3), 3);
	EQ(tcp_stamp_came(t, v.b, 0), at[1]);
	EQ(tcp_stamp_text(t, v.b, false), 0);
	pair_send(&v.p, 0, v.a, "abcd", 4);
	pair_run(&v.p, 500);
	EQ(pair_recv(&v.p, 1, v.b, buf, 8), 6);
	EQ(tcp_stamp_came(t, v.b, 0), 0);
	end(&v);
}

TEST(arrivals_are_bounded)
{
	struct conv v;
	struct tcp *t;
	char buf[200];

	begin(&v, false);
	t = v.p.h[1].tcp;
	EQ(tcp_stamp_text(t, v.b, true), 0);
	for (int i = 0; i < 100; i++) {
		pair_send(&v.p, 0, v.a, "x", 1);
		pair_run(&v.p, 100);
	}
	/* later than it was, and never later than now */
	OK(tcp_stamp_came(t, v.b, 40) > tcp_stamp_came(t, v.b, 31));
	OK(tcp_stamp_came(t, v.b, 100) <= v.p.now);
	EQ(pair_recv(&v.p, 1, v.b, buf, 200), 100);
	end(&v);
}

/* The connection goes on, either way. */
TEST(errors_are_told_at_once_to_who_asked)
{
	for (int asked = 0; asked < 2; asked++) {
		struct ip_error e = { .err = EHOSTUNREACH };
		struct conv v;
		struct tcp *t;

		begin(&v, asked);
		t = v.p.h[0].tcp;
		EQ(tcp_set_opt(t, v.a, TCP_OPT_RECVERR6, 1), 0); /* of IPv6 */
		e.flow = *tcp_flow(v.a);
		pair_send(&v.p, 0, v.a, "x", 1);
		pair_pull_all(&v.p);
		e.seq = v.a->snd_una.v;
		tcp_error(t, &e, v.p.now);
		EQ(tcp_poll(t, v.a) & POLLERR, asked ? POLLERR : 0);
		EQ(tcp_take_error(v.a), asked ? EHOSTUNREACH : 0);
		EQ(tcp_state(v.a), 1);
		pair_run(&v.p, 100);
		EQ(pair_send(&v.p, 0, v.a, "y", 1), 1);
		end(&v);
	}
}

TEST(what_refuses_a_connection_is_filed)
{
	struct ip_error e = { .err = EHOSTUNREACH, .type = 3, .code = 1 };
	struct errq_entry got;
	struct tcp_conn *c;
	struct conv v;
	int64_t n;

	begin(&v, false);
	c = pair_connect(&v.p, 0, 81);
	pair_pull_all(&v.p);
	e.flow = *tcp_flow(c);
	e.seq = c->snd_una.v;
	tcp_error(v.p.h[0].tcp, &e, v.p.now);
	EQ(tcp_take_error(c), EHOSTUNREACH);
	EQ(tcp_poll(v.p.h[0].tcp, c) & POLLERR, POLLERR);
	n = tcp_stamp_pop(v.p.h[0].tcp, c, NULL, 0, &got);
	EQ(n, 0);
	EQ(got.origin, SO_EE_ORIGIN_ICMP);
	EQ(got.err, EHOSTUNREACH);
	EQ(got.code, 1);
	EQ(tcp_poll(v.p.h[0].tcp, c) & POLLERR, 0);
	tcp_close(v.p.h[0].tcp, c, false);
	end(&v);
}

TESTS(CASE(what_refuses_a_connection_is_filed),
      CASE(the_last_byte_of_a_call_is_stamped),
      CASE(bytes_come_beside_if_they_are_wanted),
      CASE(what_is_sent_again_is_told_again), CASE(marks_are_bounded),
      CASE(what_nobody_reads_is_bounded_and_counted),
      CASE(a_read_is_told_when_its_last_byte_came), CASE(arrivals_are_bounded),
      CASE(errors_are_told_at_once_to_who_asked))
