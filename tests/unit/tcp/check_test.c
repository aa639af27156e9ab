/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/check.h"

static bool lose_some(struct pair *p, int from, struct ostia_pkt *pkt)
{
	(void)from;
	(void)pkt;
	p->state = p->state * 6364136223846793005u + 1442695040888963407u;
	return (p->state >> 33) % 100 < 10;
}

static void check_both(const struct pair *p)
{
	tcp_check(p->h[0].tcp);
	tcp_check(p->h[1].tcp);
}

/* From the handshake to the last TIME-WAIT, with every tenth packet lost. */
TEST(what_must_hold_holds_after_every_step)
{
	static uint8_t buf[20000];
	struct tcp_conn *l, *a, *b;
	unsigned steps = 0;
	struct pair p;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	p.lose = lose_some;
	EQ(pair_send(&p, 0, a, buf, sizeof(buf)), sizeof(buf));
	for (uint64_t got = 0; got < sizeof(buf); steps++) {
		int64_t n;

		OK(pair_step(&p));
		check_both(&p);
		n = pair_recv(&p, 1, b, buf, sizeof(buf));
		got += n > 0 ? (uint64_t)n : 0;
	}
	OK(steps > 5);
	p.lose = NULL;
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, b, false);
	check_both(&p);
	pair_run(&p, 1000);
	tcp_close(p.h[1].tcp, l, false);
	pair_run(&p, 130000);
	check_both(&p);
	pair_fini(&p);
}

TESTS(CASE(what_must_hold_holds_after_every_step))
