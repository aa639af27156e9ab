/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"

/* An established connection; host 1's end hears scripted segments. */
struct scene {
	struct pair p;
	struct tcp_conn *l, *a, *b;
	uint32_t base; /* number of the first byte that host 1 hears */
};

static void setup(struct scene *s)
{
	pair_init(&s->p, false, 1500, 0);
	pair_set(&s->p, 0, "net.ipv4.tcp_timestamps", 0);
	pair_open(&s->p, &s->l, &s->a, &s->b);
	s->base = s->b->rcv_nxt.v;
}

static void teardown(struct scene *s)
{
	tcp_close(s->p.h[0].tcp, s->a, true);
	tcp_close(s->p.h[1].tcp, s->b, true);
	tcp_close(s->p.h[1].tcp, s->l, false);
	pair_fini(&s->p);
}

static void hear(struct scene *s, uint32_t at, uint16_t urg, bool is_urg,
		 const char *payload)
{
	struct wire_tcp w = {
		.sport = s->b->flow.rport,
		.dport = 80,
		.seq = s->base + at,
		.ack = s->b->snd_una.v,
		.flags = WIRE_TCP_ACK | (is_urg ? WIRE_TCP_URG : 0),
		.urg = urg,
		.wnd = 500,
	};

	pair_inject(&s->p, 1, &s->p.h[0].addr, &w, payload);
}

static int64_t get(struct scene *s, char *buf, size_t n, int flags)
{
	const struct iovec iov = { buf, n };

	memset(buf, 0, n);
	return tcp_recv(s->p.h[1].tcp, s->b, &iov, 1, 0, n, flags);
}

static bool pri(struct scene *s)
{
	return tcp_poll(s->p.h[1].tcp, s->b) & POLLPRI;
}

TEST(one_byte_is_taken_out_of_band_and_reads_stop_at_the_mark)
{
	struct scene s;
	char buf[16];

	setup(&s);
	EQ(get(&s, buf, 1, MSG_OOB), -EINVAL);
	hear(&s, 0, 4, true, "abcXdef");
	OK(pri(&s));
	EQ(get(&s, buf, 1, MSG_OOB | MSG_PEEK), 1);
	EQ(buf[0], 'X');
	EQ(get(&s, buf, sizeof(buf), 0), 3);
	STR(buf, "abc");
	OK(tcp_at_mark(s.b));
	EQ(get(&s, buf, 1, MSG_OOB), 1);
	EQ(buf[0], 'X');
	EQ(get(&s, buf, 1, MSG_OOB), -EINVAL);
	OK(!pri(&s));
	EQ(get(&s, buf, sizeof(buf), 0), 3);
	STR(buf, "def");
	OK(!tcp_at_mark(s.b));
	teardown(&s);
}

TEST(inline_it_stays_in_the_stream)
{
	struct scene s;
	char buf[16];

	setup(&s);
	tcp_set_opt(s.p.h[1].tcp, s.b, TCP_OPT_OOBINLINE, 1);
	hear(&s, 0, 4, true, "abcXdef");
	EQ(get(&s, buf, 1, MSG_OOB), -EINVAL);
	EQ(get(&s, buf, sizeof(buf), 0), 3);
	OK(tcp_at_mark(s.b));
	EQ(get(&s, buf, sizeof(buf), 0), 4);
	STR(buf, "Xdef");
	teardown(&s);
}

TEST(announced_before_it_comes)
{
	struct scene s;
	char buf[16];

	setup(&s);
	hear(&s, 0, 5, true, "ab"); /* the byte is the fifth */
	OK(!pri(&s));
	EQ(get(&s, buf, 1, MSG_OOB), -EAGAIN);
	hear(&s, 3, 0, false, "dX"); /* out of order */
	EQ(get(&s, buf, 1, MSG_OOB), -EAGAIN);
	hear(&s, 2, 0, false, "c");
	OK(pri(&s));
	EQ(get(&s, buf, 1, MSG_OOB), 1);
	EQ(buf[0], 'X');
	EQ(get(&s, buf, sizeof(buf), 0), 4);
	STR(buf, "abcd");
	EQ(get(&s, buf, sizeof(buf), 0), -EAGAIN);
	teardown(&s);
}

/* CVE-2019-12255 and its like. */
TEST(strange_pointers_do_no_harm)
{
	static const struct {
		uint32_t at;
		uint16_t urg;
		const char *data;
	} rows[] = {
		{ 0, 0, "ab" }, /* 0: before the segment */
		{ 2, 0xffff, "cd" }, /* far beyond it */
		{ 0, 1, "ab" }, /* moves back, a duplicate */
		{ 4, 3, "ef" },	     { 4, 0, NULL }, /* no data */
	};
	struct scene s;
	char buf[16];
	uint32_t n = 0;
	int64_t got;

	setup(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hear(&s, rows[i].at, rows[i].urg, true, rows[i].data);
		get(&s, buf, 1, MSG_OOB);
		tcp_at_mark(s.b);
	}
	while ((got = get(&s, buf, 2, 0)) > 0)
		n += (uint32_t)got;
	OK(n == 6 || n == 5); /* but for the byte that is out of band */
	EQ(tcp_state(s.b), TCP_ESTABLISHED);
	teardown(&s);
}

TEST(a_newer_byte_takes_the_place_of_one_not_read)
{
	struct scene s;
	char buf[16];

	setup(&s);
	hear(&s, 0, 2, true, "aX");
	hear(&s, 2, 2, true, "bY");
	EQ(get(&s, buf, 1, MSG_OOB), 1);
	EQ(buf[0], 'Y');
	EQ(get(&s, buf, sizeof(buf), 0), 3);
	STR(buf, "aXb");
	teardown(&s);
}

TEST(what_we_send_points_behind_the_byte_until_it_is_acknowledged)
{
	struct scene s;
	struct wire_tcp w;
	const struct iovec iov = { (char[]) { "abX" }, 3 };

	setup(&s);
	EQ(tcp_send(s.p.h[1].tcp, s.b, &iov, 1, 0, 3, MSG_OOB), 3);
	OK(pair_hear(&s.p, 1, &w, NULL));
	OK(w.flags & WIRE_TCP_URG);
	EQ(w.urg, 3);
	hear(&s, 0, 0, false, NULL); /* an ACK of nothing new */
	OK(s.b->flags & TCP_F_URG_SND);
	w = (struct wire_tcp) { .sport = s.b->flow.rport,
				.dport = 80,
				.seq = s.base,
				.ack = s.b->snd_nxt.v,
				.flags = WIRE_TCP_ACK,
				.wnd = 500 };
	pair_inject(&s.p, 1, &s.p.h[0].addr, &w, NULL);
	OK(!(s.b->flags & TCP_F_URG_SND));
	EQ(tcp_send(s.p.h[1].tcp, s.b, &iov, 1, 0, 3, 0), 3);
	OK(pair_hear(&s.p, 1, &w, NULL));
	OK(!(w.flags & WIRE_TCP_URG));
	teardown(&s);
}

TESTS(CASE(one_byte_is_taken_out_of_band_and_reads_stop_at_the_mark),
      CASE(inline_it_stays_in_the_stream), CASE(announced_before_it_comes),
      CASE(strange_pointers_do_no_harm),
      CASE(a_newer_byte_takes_the_place_of_one_not_read),
      CASE(what_we_send_points_behind_the_byte_until_it_is_acknowledged))
