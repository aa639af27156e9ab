/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/cold.h"
#include "tcp/conn.h"

static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

/* Sends @total bytes from a to b, checks each; returns how many arrived. */
static uint64_t transfer(struct pair *p, struct tcp_conn *a, struct tcp_conn *b,
			 uint64_t total, uint64_t max_ms)
{
	static uint8_t buf[65536];
	ostia_time end = p->now + max_ms * PAIR_MS;
	uint64_t out = 0, in = 0;

	while (in < total && p->now < end) {
		int64_t n;

		while (out < total) {
			size_t want = total - out < sizeof(buf) ? total - out
								: sizeof(buf);

			for (size_t i = 0; i < want; i++)
				buf[i] = byte_at(out + i);
			n = pair_send(p, 0, a, buf, want);
			if (n < 0) {
				EQ(n, -EAGAIN);
				break;
			}
			out += (uint64_t)n;
		}
		while ((n = pair_recv(p, 1, b, buf, sizeof(buf))) > 0) {
			for (int64_t i = 0; i < n; i++)
				EQ(buf[i], byte_at(in + (uint64_t)i));
			in += (uint64_t)n;
		}
		EQ(n, -EAGAIN);
		if (in < total && !pair_step(p))
			break;
	}
	return in;
}

static void close_both(struct pair *p, struct tcp_conn *l, struct tcp_conn *a,
		       struct tcp_conn *b)
{
	struct ostia_usage u[2] = { { 0 } };

	tcp_close(p->h[0].tcp, a, false);
	pair_run(p, 1000);
	tcp_close(p->h[1].tcp, b, false);
	tcp_close(p->h[1].tcp, l, false);
	pair_run(p, 130000);
	for (int i = 0; i < 2; i++) {
		tcp_usage(p->h[i].tcp, &u[i]);
		EQ(u[i].conns, 0);
		EQ(u[i].half_open, 0);
		EQ(u[i].time_wait, 0);
		EQ(u[i].rtx_records, 0);
	}
}

static void megabyte(bool v6, uint32_t mtu, uint32_t caps,
		     bool (*lose)(struct pair *, int, struct ostia_pkt *))
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	pair_init(&p, v6, mtu, caps);
	pair_open(&p, &l, &a, &b);
	p.lose = lose;
	EQ(transfer(&p, a, b, 1 << 20, 600000), 1 << 20);
	p.lose = NULL;
	close_both(&p, l, a, b);
	pair_fini(&p);
}

TEST(a_megabyte_arrives_in_order)
{
	megabyte(false, 1500, 0, NULL);
	megabyte(true, 1500, 0, NULL);
	megabyte(false, 1500, OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM, NULL);
	megabyte(false, 65535, OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM, NULL);
}

static bool lose_some(struct pair *p, int from, struct ostia_pkt *pkt)
{
	(void)from;
	(void)pkt;
	p->state = p->state * 6364136223846793005u + 1442695040888963407u;
	return (p->state >> 33) % 100 < 5;
}

TEST(a_megabyte_arrives_over_a_wire_that_loses_one_in_twenty)
{
	megabyte(false, 1500, 0, lose_some);
	megabyte(true, 1500, 0, lose_some);
	megabyte(false, 1500, OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM, lose_some);
}

/* --- header prediction --------------------------------------------------- */

static uint64_t wire_hash, hash_rate;

static bool hash_and_lose(struct pair *p, int from, struct ostia_pkt *pkt)
{
	uint8_t b[2048];
	uint32_t n = pkt_copy_out(pkt, 0, b, sizeof(b));

	wire_hash ^= p->now * 31 + (uint64_t)from;
	for (uint32_t i = 0; i < n; i++)
		wire_hash = (wire_hash ^ b[i]) * 1099511628211u;
	p->state = p->state * 6364136223846793005u + 1442695040888963407u;
	return (p->state >> 33) % 1000 < hash_rate;
}

/* Both sides talk, pause, and read when they like; all from one seed. */
static uint64_t chatter(uint64_t seed, bool slow, uint64_t *predicted)
{
	static uint8_t buf[20000];
	struct pair p;
	struct tcp_conn *l, *c[2];
	uint64_t x = seed;

	pair_init(&p, seed & 1, 1500, 0);
	pair_open(&p, &l, &c[0], &c[1]);
	if (slow)
		for (int i = 0; i < 2; i++)
			c[i]->flags |= TCP_F_SLOW;
	p.state = seed;
	hash_rate = seed % 3 * 15;
	wire_hash = 14695981039346656037u;
	p.lose = hash_and_lose;
	for (int k = 0; k < 300; k++) {
		int who = (int)(x >> 20 & 1);

		x = x * 6364136223846793005u + 1442695040888963407u;
		switch (x >> 40 & 7) {
		case 0:
		case 1:
			pair_send(&p, who, c[who], buf, 1 + (x >> 44) % 20000);
			break;
		case 2:
			pair_send(&p, who, c[who], buf, 1 + (x >> 44) % 100);
			break;
		case 3:
		case 4:
			while (pair_recv(&p, who, c[who], buf, sizeof(buf)) > 0)
				;
			break;
		default:
			pair_run(&p, (x >> 44) % 60);
		}
	}
	pair_run(&p, 2000);
	for (int i = 0; i < 2; i++) { /* nor anything that they remember */
		const struct tcp_conn *k = c[i];
		const uint32_t v[] = { k->cwin.cwnd,   k->cwin.ssthresh,
				       k->rtt.srtt_us, k->rtt.rttvar_us,
				       k->rtt.rto_us,  k->snd_wnd,
				       k->sndbuf,      k->rcvbuf,
				       k->ato_ms,      k->quick,
				       k->segs_in,     k->segs_out };

		for (unsigned j = 0; j < sizeof(v) / sizeof(v[0]); j++)
			wire_hash = (wire_hash ^ v[j]) * 1099511628211u;
	}
	*predicted = pair_count(&p, 0, TcpExtHPHits) +
		     pair_count(&p, 1, TcpExtHPAcks);
	for (int i = 0; i < 2; i++)
		tcp_close(p.h[i].tcp, c[i], true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
	return wire_hash;
}

TEST(prediction_changes_no_byte_on_the_wire)
{
	uint64_t fast = 0;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t n, none, a = chatter(seed, false, &n);
		uint64_t b = chatter(seed, true, &none);

		if (a != b)
			print_message("# seed %lu\n", (unsigned long)seed);
		EQ(a, b);
		fast += n;
		OK(none < n || n == 0);
	}
	OK(fast > 1000);
}

static bool lose_bare_acks(struct pair *p, int from, struct ostia_pkt *pkt)
{
	const uint8_t *tcp = pkt->head + pkt->hoff + 20;

	(void)p;
	return from == 1 && pkt->len == 20u + (tcp[12] >> 4) * 4u;
}

/* Its probes are not answered any more, but it talks itself. */
TEST(data_of_a_peer_with_a_closed_window_says_that_it_lives)
{
	static uint8_t buf[300000];
	struct pair p;
	struct tcp_conn *l, *a, *b;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	OK(pair_send(&p, 0, a, buf, sizeof(buf)) > 0);
	pair_run(&p, 2000); /* the last that fits goes by the override timer */
	EQ(a->snd_wnd, 0);
	p.lose = lose_bare_acks;
	pair_run(&p, 30000);
	OK(a->cold->tx.persist.probes > 2);
	EQ(pair_send(&p, 1, b, "here", 4), 4);
	pair_run(&p, 20);
	EQ(a->cold->tx.persist.probes, 0);
	p.lose = NULL;
	while (pair_recv(&p, 1, b, buf, sizeof(buf)) > 0)
		pair_run(&p, 1000);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), 4);
	close_both(&p, l, a, b);
	pair_fini(&p);
}

/* --- what is not for us -------------------------------------------------- */

static bool spoil_checksum(struct pair *p, int from, struct ostia_pkt *pkt)
{
	(void)p;
	if (from == 0)
		pkt->head[pkt->hoff + 20 + 16] ^= 1;
	return false;
}

TEST(a_segment_with_a_wrong_checksum_is_dropped)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char got[8];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	p.lose = spoil_checksum;
	EQ(pair_send(&p, 0, a, "Ostia", 5), 5);
	pair_run(&p, 15);
	EQ(pair_count(&p, 1, TcpInCsumErrors), 1);
	EQ(pair_recv(&p, 1, b, got, sizeof(got)), -EAGAIN);
	p.lose = NULL; /* it is sent again as it should be */
	pair_run(&p, 2000);
	EQ(pair_recv(&p, 1, b, got, sizeof(got)), 5);
	close_both(&p, l, a, b);
	pair_fini(&p);
}

TEST(a_syn_to_or_from_many_is_dropped_silently)
{
	static const uint8_t all_hosts[4] = { 224, 0, 0, 1 };
	struct ostia_addr group = addr_v4(all_hosts);
	struct wire_tcp w = { .sport = 4000,
			      .dport = 80,
			      .seq = 1,
			      .flags = WIRE_TCP_SYN,
			      .wnd = 1000 };
	struct pair p;
	struct tcp_conn *l;
	struct ostia_addr self;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 8);
	self = p.h[1].addr;
	p.h[1].addr = group;
	pair_inject(&p, 1, &p.h[0].addr, &w, NULL);
	p.h[1].addr = self;
	pair_inject(&p, 1, &group, &w, NULL);
	EQ(pair_count(&p, 1, TcpInSegs), 2);
	EQ(pair_count(&p, 1, TcpPassiveOpens), 0);
	w.dport = 81; /* where nobody listens: no reset either */
	pair_inject(&p, 1, &group, &w, NULL);
	pair_run(&p, 2000);
	EQ(p.sent[1], 0);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

static bool note_tos_and_ttl(struct pair *p, int from, struct ostia_pkt *pkt)
{
	if (from == 0)
		p->state = (uint64_t)pkt->head[pkt->hoff + 1] << 8 |
			   pkt->head[pkt->hoff + 8];
	return false;
}

TEST(the_program_chooses_dscp_and_ttl)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char got[2];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	p.lose = note_tos_and_ttl;
	pair_send(&p, 0, a, "x", 1);
	pair_run(&p, 100);
	EQ(p.state, 0x00 << 8 | 64);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_TOS, 0x28), 0);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_TTL, 7), 0);
	pair_send(&p, 0, a, "x", 1);
	pair_run(&p, 100);
	EQ(p.state, 0x28 << 8 | 7);
	EQ(pair_recv(&p, 1, b, got, 2), 2);
	close_both(&p, l, a, b);
	pair_fini(&p);
}

TESTS(CASE(a_megabyte_arrives_in_order),
      CASE(a_segment_with_a_wrong_checksum_is_dropped),
      CASE(a_syn_to_or_from_many_is_dropped_silently),
      CASE(the_program_chooses_dscp_and_ttl),
      CASE(prediction_changes_no_byte_on_the_wire),
      CASE(data_of_a_peer_with_a_closed_window_says_that_it_lives),
      CASE(a_megabyte_arrives_over_a_wire_that_loses_one_in_twenty))
