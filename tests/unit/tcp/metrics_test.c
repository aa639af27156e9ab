/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"
#include "tcp/metrics.h"

static struct flow to(uint32_t n)
{
	const uint8_t four[4] = { 10, 98, (uint8_t)(n >> 8), (uint8_t)n };

	return (struct flow) { .local = addr_v4("\x0a\x63\x00\x01"),
			       .remote = addr_v4(four),
			       .lport = (uint16_t)n };
}

TEST(ports_do_not_matter_and_addresses_do)
{
	struct pair p;
	struct tcp *t;
	struct flow f = to(1);
	struct tcp_metric *m;

	pair_init(&p, false, 1500, 0);
	t = p.h[0].tcp;
	OK(!tcp_metrics_find(t, &f));
	m = tcp_metrics_get(t, &f);
	OK(m);
	f.lport = 99;
	OK(tcp_metrics_find(t, &f) == m);
	OK(tcp_metrics_get(t, &f) == m);
	f.local = addr_v4("\x0a\x63\x00\x02");
	OK(!tcp_metrics_find(t, &f));
	pair_fini(&p);
}

TEST(who_was_not_asked_for_longest_makes_room)
{
	struct pair p;
	struct tcp *t;
	struct flow f;

	pair_init(&p, false, 1500, 0);
	t = p.h[0].tcp;
	for (uint32_t i = 0; i < TCP_METRICS_MAX; i++) {
		f = to(i);
		OK(tcp_metrics_get(t, &f));
	}
	f = to(0);
	OK(tcp_metrics_find(t, &f)); /* it is asked for */
	f = to(TCP_METRICS_MAX);
	OK(tcp_metrics_get(t, &f));
	EQ(p.h[0].stats.TcpMetricsEvicted, 1);
	EQ(t->metrics.records.live, TCP_METRICS_MAX);
	f = to(1);
	OK(!tcp_metrics_find(t, &f));
	f = to(0);
	OK(tcp_metrics_find(t, &f));
	pair_fini(&p);
}

TESTS(CASE(ports_do_not_matter_and_addresses_do),
      CASE(who_was_not_asked_for_longest_makes_room))
