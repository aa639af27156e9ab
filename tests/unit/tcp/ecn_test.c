/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include "base/csum.h"
#include "tcp/settings.h"
#include "wire/ip4.h"

#include <linux/tcp.h>

enum { MSS = 1448, ASK = WIRE_TCP_ECE | WIRE_TCP_CWR };

static struct pair p;
static struct tcp_conn *l, *a, *b;

/* What passed, and what the wire does to it. */
static struct {
	bool mark; /* packets that may be marked are */
	uint16_t syn, synack;
	int ect, marked, echoes, cwr, ect_bare;
	int whole, whole_cwr; /* super-segments; those that say CWR */
} seen;

static bool wire(struct pair *pair, int from, struct ostia_pkt *pkt)
{
	uint8_t *ip = pkt->head + pkt->hoff, *tcp = ip + pkt->l4;
	uint16_t flags = wire_be_get16(tcp + 12) & WIRE_TCP_FLAGS;
	bool data = pkt->len > pkt->data;
	uint8_t ecn = ip[1] & 3;

	if (from == 0 && flags & WIRE_TCP_SYN)
		seen.syn = flags;
	if (from == 1 && flags & WIRE_TCP_SYN)
		seen.synack = flags;
	if (from == 1 && !(flags & WIRE_TCP_SYN))
		seen.echoes += !!(flags & WIRE_TCP_ECE);
	if (from == 0 && data) {
		seen.cwr += !!(flags & WIRE_TCP_CWR);
		seen.whole += pkt->gso_segs > 1;
		seen.whole_cwr += pkt->gso_segs > 1 && flags & WIRE_TCP_CWR;
		seen.ect += ecn == 2;
	} else {
		seen.ect_bare += ecn != 0;
	}
	if (seen.mark && ecn) {
		uint16_t was, is, check;

		memcpy(&was, ip, 2);
		ip[1] |= 3;
		memcpy(&is, ip, 2);
		memcpy(&check, ip + 10, 2);
		check = csum_update(check, was, is);
		memcpy(ip + 10, &check, 2);
		seen.marked++;
	}
	return watch_wire(pair, from, pkt);
}

static void start_on(uint32_t caps, uint32_t ecn0, uint32_t ecn1)
{
	struct tcp_settings *s;

	memset(&seen, 0, sizeof(seen));
	watch = (struct watch) { 0 };
	pair_init(&p, false, 1500, caps);
	s = tcp_settings_base(p.h[0].tcp);
	s->ecn = ecn0;
	s = tcp_settings_base(p.h[1].tcp);
	s->ecn = ecn1;
	p.lose = wire;
}

static void start(uint32_t ecn0, uint32_t ecn1)
{
	start_on(0, ecn0, ecn1);
}

static bool agreed(void)
{
	struct tcp_info i;

	tcp_info(p.h[0].tcp, a, &i);
	return i.tcpi_options & TCPI_OPT_ECN;
}

TEST(both_must_want_it)
{
	static const struct {
		uint32_t ask, answer;
		uint16_t syn, synack;
		bool agreed;
	} row[] = {
		{ 1, 1, ASK, WIRE_TCP_ECE, true },
		{ 1, 2, ASK, WIRE_TCP_ECE, true }, /* Linux's default: 2 */
		{ 1, 0, ASK, 0, false },
		{ 2, 2, 0, 0, false },
		{ 0, 1, 0, 0, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start(row[i].ask, row[i].answer);
		pair_open(&p, &l, &a, &b);
		EQ(seen.syn & ASK, row[i].syn);
		EQ(seen.synack & ASK, row[i].synack);
		EQ(agreed(), row[i].agreed);
		watch_send(&p, a, 5 * MSS);
		pair_run(&p, 50);
		EQ(seen.ect, row[i].agreed ? 5 : 0);
		EQ(seen.ect_bare, 0);
		pair_fini(&p);
	}
}

TEST(a_syn_that_is_repeated_asks_no_more)
{
	start(1, 1);
	watch.cut = true;
	l = pair_listen(&p, 1, 80, 8);
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 500);
	EQ(seen.syn & ASK, ASK);
	watch.cut = false;
	pair_run(&p, 1500);
	EQ(seen.syn & ASK, 0);
	EQ(tcp_state(a), 1);
	OK(!agreed());
	pair_fini(&p);
}

/* A connection whose SYNs are lost as long as they ask. Return: did it ask? */
static bool blocked_open(void)
{
	uint16_t first;

	watch.cut = true;
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 10);
	first = seen.syn;
	if (!(first & ASK))
		watch.cut = false;
	pair_run(&p, 900);
	watch.cut = false; /* the second one asks no more */
	pair_run(&p, 2500);
	EQ(tcp_state(a), 1);
	tcp_close(p.h[0].tcp, a, true);
	pair_run(&p, 10);
	return first & ASK;
}

/* RFC 9768 3.1.4.1 */
TEST(a_peer_that_hears_only_syns_without_is_not_asked_for_a_while)
{
	start(1, 1);
	l = pair_listen(&p, 1, 80, 8);
	for (int i = 0; i < 3; i++)
		OK(blocked_open()); /* it may be mere loss */
	OK(!blocked_open());
	pair_run(&p, 3500 * 1000);
	OK(!blocked_open());
	pair_run(&p, 100 * 1000);
	OK(blocked_open()); /* an hour later */
	pair_run(&p, 7100 * 1000);
	OK(!blocked_open());
	pair_run(&p, 100 * 1000);
	a = pair_connect(&p, 0, 80); /* after two more, and all is well */
	pair_run(&p, 100);
	EQ(seen.syn & ASK, ASK);
	OK(agreed());
	tcp_close(p.h[0].tcp, a, true);
	OK(blocked_open());
	pair_fini(&p);
}

TEST(a_mark_is_echoed_until_cwr_and_reduces_the_window_once_a_round)
{
	struct tcp_info i;

	start(1, 1);
	pair_open(&p, &l, &a, &b);
	watch_send(&p, a, 10 * MSS);
	pair_run(&p, 50);
	watch_recv(&p, b);
	seen.mark = true;
	watch_send(&p, a, 10 * MSS);
	seen.mark = false;
	EQ(seen.marked, 10);
	pair_run(&p, 25);
	OK(seen.echoes > 1);
	tcp_info(p.h[0].tcp, a, &i);
	EQ(i.tcpi_snd_ssthresh, 14); /* 7/10 of 20, once */
	pair_run(&p, 200);
	EQ(p.h[0].stats.TcpRetransSegs, 0);
	EQ(seen.cwr, 0); /* no new data to say it with */
	seen.echoes = 0;
	watch_send(&p, a, 4 * MSS);
	pair_run(&p, 100);
	EQ(seen.cwr, 1);
	EQ(seen.echoes, 0);
	tcp_info(p.h[0].tcp, a, &i);
	EQ(i.tcpi_snd_ssthresh, 14);
	EQ(watch_recv(&p, b), 14 * MSS);
	pair_fini(&p);
}

TEST(what_is_sent_again_is_not_capable)
{
	start(1, 1);
	pair_open(&p, &l, &a, &b);
	watch.drop = 1 + 2 * MSS;
	watch.drops = 1;
	watch_send(&p, a, 8 * MSS);
	pair_run(&p, 100);
	EQ(p.h[0].stats.TcpRetransSegs, 1);
	EQ(seen.ect, 8);
	pair_fini(&p);
}

/* RFC 9768 3.3.4: links that cut take it from all pieces but the first. */
TEST(super_segments_do_not_say_cwr)
{
	static const uint8_t byte[1];

	for (uint32_t accurate = 0; accurate < 2; accurate++) {
		start_on(OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM, 1 + 2 * accurate,
			 1 + 2 * accurate);
		pair_open(&p, &l, &a, &b);
		watch_send(&p, a, 10 * MSS);
		pair_run(&p, 50);
		watch_recv(&p, b);
		seen.mark = true;
		watch_send(&p, a, 4 * MSS); /* CWR is due */
		EQ(pair_send(&p, 1, b, byte, 1), 1); /* or ACE is 110 */
		pair_pull_all(&p);
		seen.mark = false;
		pair_run(&p, 100);
		watch_recv(&p, b);
		seen.cwr = seen.whole = 0;
		watch_send(&p, a, 6 * MSS);
		OK(seen.cwr > 0);
		EQ(seen.whole_cwr, 0);
		EQ(seen.whole > 0, !accurate); /* CWR is said once */
		pair_run(&p, 100);
		pair_fini(&p);
	}
}

/* RFC 8257 3.2 */
TEST(dctcp_asks_in_any_case_and_echoes_marks_as_they_come)
{
	start(0, 0);
	tcp_set_default_cc(p.h[0].tcp, "dctcp");
	tcp_set_default_cc(p.h[1].tcp, "dctcp");
	pair_open(&p, &l, &a, &b);
	EQ(seen.syn & ASK, ASK);
	OK(agreed());
	watch_send(&p, a, 10 * MSS);
	pair_run(&p, 50);
	EQ(seen.echoes, 0);
	watch_recv(&p, b);
	seen.mark = true;
	watch_send(&p, a, 10 * MSS);
	seen.mark = false;
	pair_run(&p, 50);
	OK(seen.echoes > 1);
	watch_recv(&p, b);
	seen.echoes = seen.cwr = 0;
	watch_send(&p, a, 10 * MSS);
	pair_run(&p, 50);
	EQ(seen.echoes, 0); /* not that CWR said so */
	pair_fini(&p);
}

TESTS(CASE(dctcp_asks_in_any_case_and_echoes_marks_as_they_come),
      CASE(both_must_want_it), CASE(a_syn_that_is_repeated_asks_no_more),
      CASE(a_peer_that_hears_only_syns_without_is_not_asked_for_a_while),
      CASE(a_mark_is_echoed_until_cwr_and_reduces_the_window_once_a_round),
      CASE(what_is_sent_again_is_not_capable),
      CASE(super_segments_do_not_say_cwr))
