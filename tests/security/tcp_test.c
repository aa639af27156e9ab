/* SPDX-License-Identifier: MIT */
/*
 * TCP's rows of SECURITY.md, each as an attacker would try it on a host. The
 * number in a name is the row's.
 */
#include "peer.h"

/* Is it as it was: does data in order still get an ACK of all? */
static void alive(struct peer *p, struct line *l)
{
	struct seen s;
	char c;

	peer_drain(p, NULL);
	peer_pass(p, OSTIA_S);
	line_say(p, l, PSH | ACK, "!", 1);
	while (ostia_recv(p->proc, l->fd, &c, 1, 0) == 1)
		;
	peer_pass(p, OSTIA_S);
	line_says(p, l, ACK, l->seq - 1, l->ack, NULL, 0); /* an old one */
	OK(peer_next(p, &s));
	EQ(s.ack, l->seq);
}

/* Pointers that are 0, beyond, backwards, on a SYN, in what came early. */
TEST(row06_urgent_pointers_of_all_kinds_cannot_confuse_a_reader)
{
	static const uint16_t urg[] = {
		0, 1, 2, 4, 5, 100, 1460, 32768, 65535
	};
	const unsigned kinds = sizeof(urg) / sizeof(urg[0]);

	for (int inlined = 0; inlined < 2; inlined++)
		for (unsigned i = 0; i < kinds * kinds; i++) {
			struct peer p;
			struct line l;
			char buf[64];
			ssize_t n, got = 0;
			int fd;

			peer_init(&p);
			fd = peer_listener(&p, 4);
			peer_tcp(&p,
				 &(struct tcp_says) { .sport = 999,
						      .dport = PEER_PORT,
						      .flags = SYN | URG,
						      .urg = urg[i % kinds] });
			l = peer_open(&p, fd, 3, 1000);
			ostia_setsockopt(p.proc, l.fd, SOL_SOCKET, SO_OOBINLINE,
					 &inlined, sizeof(inlined));
			for (unsigned k = 0; k < 4; k++) {
				/* 8..11 first, then what is before, twice */
				static const uint8_t at[] = { 8, 4, 0, 0 };

				peer_tcp(&p,
					 &(struct tcp_says) {
						 .src = ip4(3),
						 .sport = 1000,
						 .dport = PEER_PORT,
						 .seq = l.seq + at[k],
						 .ack = l.ack,
						 .flags = URG | ACK,
						 .wnd = 1000,
						 .urg = urg[k & 1 ? i % kinds
								  : i / kinds],
						 .data = "0123",
						 .n = 4 });
				ostia_recv(p.proc, l.fd, buf, 1, MSG_OOB);
			}
			for (int calls = 0; calls < 20; calls++) {
				n = ostia_recv(p.proc, l.fd, buf, sizeof(buf),
					       0);
				OK(n <= 12);
				got += n > 0 ? n : 0;
			}
			OK(got >= 12 - 3 && got <= 12); /* bytes out of band */
			if (inlined)
				EQ(got, 12);
			l.seq += 12;
			peer_fini(&p);
		}
}

/* Each data offset with each length, and options that lie about theirs. */
TEST(row07_lengths_that_lie_are_dropped)
{
	struct peer p;
	struct line l;
	uint8_t opts[40];

	peer_init(&p);
	l = peer_open(&p, peer_listener(&p, 4), 2, 1000);
	for (unsigned doff = 0; doff < 16; doff++)
		for (size_t n = 0; n <= 64; n++) {
			uint8_t b[20 + 64] = { 0 };

			be16(b + 20, l.port);
			be16(b + 22, l.to);
			be32(b + 24, l.seq + 100000); /* out of the window */
			be32(b + 28, l.ack);
			b[32] = (uint8_t)(doff << 4);
			b[33] = ACK;
			put_ip4(b, ip4(2), ip4(1), IPPROTO_TCP, n);
			if (n >= 18)
				be16(b + 36,
				     fold(sum(b + 20, n,
					      sum(b + 12, 8,
						  IPPROTO_TCP + (uint32_t)n))));
			peer_raw(&p, b, n + 20);
		}
	OK(peer_counter(&p, "TcpInErrs") > 400);
	for (unsigned kind = 0; kind < 256; kind++)
		for (unsigned len = 0; len < 64; len++) {
			memset(opts, 1, sizeof(opts));
			opts[0] = (uint8_t)kind;
			opts[1] = (uint8_t)len;
			peer_tcp(&p, &(struct tcp_says) {
					     .sport = (uint16_t)(2000 + kind),
					     .dport = PEER_PORT,
					     .flags = SYN,
					     .opts = opts,
					     .nopts = 4 + len % 10 * 4 });
			peer_tcp(&p, &(struct tcp_says) { .sport = l.port,
							  .dport = l.to,
							  .seq = l.seq,
							  .ack = l.ack,
							  .flags = ACK,
							  .wnd = 65535,
							  .opts = opts,
							  .nopts = 40 });
			peer_drain(&p, NULL);
		}
	alive(&p, &l);
	peer_fini(&p);
}

static uint64_t cost_of(struct peer *p, struct line *l, unsigned count,
			uint32_t (*at)(unsigned i))
{
	uint64_t begin = cpu_ns();

	for (unsigned i = 0; i < count; i++) {
		line_says(p, l, ACK, l->seq + at(i), l->ack, "x", 1);
		if (i % 64 == 0)
			peer_drain(p, NULL);
	}
	peer_drain(p, NULL);
	return cpu_ns() - begin;
}

enum { CRUMBS = 20000 };

static uint32_t one_place(unsigned i)
{
	(void)i;
	return 2;
}

static uint32_t backwards(unsigned i)
{
	return 2 * (CRUMBS - i);
}

static uint32_t odd_even(unsigned i)
{
	return i < CRUMBS / 2 ? 4 * i + 2 : 4 * (i - CRUMBS / 2) + 4;
}

static uint32_t scattered(unsigned i)
{
	return 2 + i * 7919u % (2 * CRUMBS) / 2 * 2;
}

/* Every other octet, in the worst orders: work and memory stay bounded. */
TEST(row12_crumbs_out_of_order_cost_what_segments_cost)
{
	static uint32_t (*const orders[])(unsigned) = { backwards, odd_even,
							scattered };
	uint64_t plain = 0;

	for (unsigned i = 0; i < 4; i++) {
		struct ostia_pool_stats ps;
		struct peer p;
		struct line l;
		uint64_t ns;

		peer_init(&p);
		l = peer_open(&p, peer_listener(&p, 4), 2, 1000);
		ns = cost_of(&p, &l, CRUMBS, i ? orders[i - 1] : one_place);
		if (!i)
			plain = ns;
		OK(ns < 40 * plain);
		ostia_pool_stats(p.pool, &ps);
		OK(ps.held_bytes < 4 << 20);
		peer_fini(&p);
	}
}

static void sack_crumbs(struct peer *p, struct line *l, uint32_t first,
			uint32_t step, uint32_t end)
{
	for (uint32_t at = first; at < end; at += step) {
		uint8_t o[12] = { 1, 1, 5, 10 };

		be32(o + 4, l->ack + at);
		be32(o + 8, l->ack + at + step / 2);
		peer_tcp(p, &(struct tcp_says) { .sport = l->port,
						 .dport = l->to,
						 .seq = l->seq,
						 .ack = l->ack,
						 .flags = ACK,
						 .wnd = 65535,
						 .opts = o,
						 .nopts = 12 });
	}
}

/* CVE-2019-11477 to 11479: a peer of MSS 8 that takes every other crumb. */
TEST(row13_a_tiny_mss_and_sacks_of_crumbs_are_bounded)
{
	static const uint8_t opts[8] = { 2, 4, 0, 8, 4, 2, 1, 1 };
	static char data[65536];
	struct ostia_usage u;
	struct peer p;
	struct line l;
	struct seen s;
	uint32_t end = 0;
	uint64_t begin;
	unsigned small = 0;

	peer_init(&p);
	l = peer_open_opts(&p, peer_listener(&p, 4), 2, 1000, opts, 8, NULL);
	OK(ostia_send(p.proc, l.fd, data, sizeof(data), 0) > 0);
	for (int round = 0; round < 2000 && end < 30000; round++) {
		while (peer_next(&p, &s)) {
			small += s.n && s.n < 36; /* 48 without options */
			end = s.seq + (uint32_t)s.n - l.ack;
		}
		/* grow the window: all of it is acknowledged at first */
		if (end < 15000) {
			l.ack += end;
			end = 0;
			line_says(&p, &l, ACK, l.seq, l.ack, NULL, 0);
			if (peer_counter(&p, "TcpOutSegs") > 600)
				break;
		}
	}
	OK(small <= 2);
	peer_drain(&p, &s);
	end = s.seq + (uint32_t)s.n - l.ack;
	begin = cpu_ns();
	for (int i = 0; i < 20; i++) {
		sack_crumbs(&p, &l, 8, 16, end);
		peer_drain(&p, NULL);
	}
	OK(cpu_ns() - begin < 5000000000u);
	ostia_stack_usage(p.s, &u);
	OK(u.rtx_records <= 65536 / 36 + 10); /* not one for each crumb */
	peer_pass(&p, 10 * OSTIA_S);
	peer_fini(&p);
}

/* Half the map of what is in flight taken out, for every ACK anew. */
TEST(row14_sacks_that_jump_about_cost_what_others_cost)
{
	static const uint8_t opts[12] = {
		2, 4, 0, 100, 4, 2, 1, 3, 3, 7, 1, 1
	};
	static char data[200000];
	uint64_t cost[2];

	for (unsigned hostile = 0; hostile < 2; hostile++) {
		struct peer p;
		struct line l;
		struct seen s;
		uint32_t end = 0;
		uint64_t begin;

		peer_init(&p);
		l = peer_open_opts(&p, peer_listener(&p, 4), 2, 1000, opts, 12,
				   NULL);
		for (int round = 0; round < 12; round++) { /* slow start */
			OK(ostia_send(p.proc, l.fd, data, sizeof(data), 0) >
				   0 ||
			   errno == EAGAIN);
			end = 0;
			while (peer_next(&p, &s))
				end = s.seq + (uint32_t)s.n - l.ack;
			if (round == 11)
				break;
			l.ack += end;
			ostia_advance(p.s, ostia_now(p.s) + 50 * OSTIA_MS);
			line_says(&p, &l, ACK, l.seq, l.ack, NULL, 0);
		}
		OK(end > 40000);
		begin = cpu_ns();
		for (uint32_t i = 0; i < 2000; i++) {
			uint32_t at = hostile ? i * 7919 % (end / 200) * 200
					      : end / 2 / 100 * 100;

			sack_crumbs(&p, &l, at + 100, 200, at + 101);
			if (i % 16 == 0)
				peer_drain(&p, NULL);
		}
		cost[hostile] = cpu_ns() - begin;
		peer_fini(&p);
	}
	OK(cost[1] < 40 * cost[0]);
}

static uint32_t isn_of(struct peer *p, uint8_t host, uint16_t port)
{
	struct seen s = { 0 };

	peer_drain(p, NULL);
	peer_tcp(p, &(struct tcp_says) { .src = ip4(host),
					 .sport = port,
					 .dport = PEER_PORT,
					 .flags = SYN,
					 .wnd = 1000 });
	OK(peer_next(p, &s));
	EQ(s.flags, SYN | ACK);
	return s.seq;
}

/* Neither the neighbour's number nor a restart tells the next one. */
TEST(row15_initial_numbers_of_other_ends_tell_nothing)
{
	enum { N = 512 };
	unsigned bits[32] = { 0 };
	struct peer p;
	uint32_t before, other;

	peer_init(&p);
	peer_listener(&p, 100);
	before = isn_of(&p, 2, 1);
	for (unsigned i = 0; i < N; i++) {
		uint32_t isn = isn_of(&p, 2, (uint16_t)(2 + i));

		for (unsigned b = 0; b < 32; b++)
			bits[b] += (isn - before) >> b & 1;
		before = isn;
	}
	for (unsigned b = 0; b < 32; b++) /* 6 sigma */
		OK(bits[b] > N / 2 - 68 && bits[b] < N / 2 + 68);
	before = isn_of(&p, 3, 7);
	peer_fini(&p);
	peer_init_seed(&p, 2); /* another life */
	peer_listener(&p, 100);
	other = isn_of(&p, 3, 7);
	OK(other - before > 1000 && before - other > 1000);
	peer_fini(&p);
}

/* How many challenge ACKs a connection of the attacker's own draws. */
static unsigned observed(struct peer *p, struct line *own)
{
	unsigned n = 0;
	struct seen s;

	for (int i = 0; i < 300; i++) {
		line_says(p, own, RST, own->seq + 10, 0, NULL, 0);
		while (peer_next(p, &s))
			n += s.b[19] == own->host;
	}
	return n;
}

/* CVE-2016-5696: whether guesses about another hit is not to be seen. */
TEST(row16_challenges_of_one_connection_are_not_counted_at_anothers)
{
	unsigned min[2] = { 1000, 1000 }, max[2] = { 0, 0 };
	struct line own, victim;
	struct peer p;
	int fd;

	peer_init(&p);
	fd = peer_listener(&p, 4);
	own = peer_open(&p, fd, 2, 1000);
	victim = peer_open(&p, fd, 3, 1000);
	for (unsigned i = 0; i < 60; i++) {
		bool hit = i & 1;
		unsigned n;

		peer_pass(&p, 3 * OSTIA_S);
		for (int k = 0; k < 500; k++) /* forged, in the window or not */
			line_says(&p, &victim, RST,
				  victim.seq + (hit ? 100 : 0x40000000), 0,
				  NULL, 0);
		n = observed(&p, &own);
		min[hit] = n < min[hit] ? n : min[hit];
		max[hit] = n > max[hit] ? n : max[hit];
	}
	OK(min[1] > 0 && min[0] > 0);
	OK(min[1] <= max[0] && min[0] <= max[1]); /* the ranges meet ... */
	OK(max[0] - min[0] + 2 >= max[1] - min[1]); /* ... and are as wide */
	alive(&p, &victim);
	peer_fini(&p);
}

/* RFC 5961: all but the exact number, from one who sees nothing. */
TEST(row17_blind_resets_syns_and_data_do_nothing)
{
	struct peer p;
	struct line l;
	char buf[8];

	peer_init(&p);
	l = peer_open(&p, peer_listener(&p, 4), 2, 1000);
	for (uint32_t i = 1; i < 2000; i++) {
		uint32_t guess = l.seq + i * 0x1003f7u;

		if (guess == l.seq)
			continue;
		line_says(&p, &l, RST, guess, 0, NULL, 0);
		line_says(&p, &l, RST | ACK, guess, l.ack, NULL, 0);
		line_says(&p, &l, SYN, guess, 0, NULL, 0);
		line_says(&p, &l, SYN, l.seq, 0, NULL, 0);
		/* right place, wrong ACK: beyond, or older than the window */
		line_says(&p, &l, ACK, l.seq, l.ack + 1 + i * 1000, "evil", 4);
		line_says(&p, &l, ACK, l.seq, l.ack - 200000 - i, "evil", 4);
		peer_drain(&p, NULL);
	}
	EQ(ostia_recv(p.proc, l.fd, buf, sizeof(buf), 0), -1);
	EQ(errno, EAGAIN);
	alive(&p, &l);
	line_says(&p, &l, RST, l.seq, 0, NULL, 0);
	EQ(ostia_recv(p.proc, l.fd, buf, sizeof(buf), 0), -1);
	EQ(errno, ECONNRESET);
	peer_fini(&p);
}

static uint32_t stamp_of(struct peer *p, uint8_t host, uint16_t port)
{
	static const uint8_t ts[12] = { 1, 1, 8, 10, 0, 0, 0, 1 };
	struct seen s = { 0 };

	peer_drain(p, NULL);
	peer_tcp(p, &(struct tcp_says) { .src = ip4(host),
					 .sport = port,
					 .dport = PEER_PORT,
					 .flags = SYN,
					 .wnd = 1000,
					 .opts = ts,
					 .nopts = 12 });
	OK(peer_next(p, &s));
	for (const uint8_t *o = s.l4 + 20; o < s.l4 + (s.l4[12] >> 4) * 4;
	     o += *o == 1 ? 1 : o[1])
		if (*o == 8)
			return rd32(o + 2);
	OK(!"timestamps");
	return 0;
}

/* RFC 7323 5.4: not the uptime, and not the same for two ends. */
TEST(row21_timestamps_tell_neither_uptime_nor_whose_they_are)
{
	unsigned near = 0;
	struct peer p;
	uint32_t a;

	peer_init(&p);
	peer_listener(&p, 100);
	a = stamp_of(&p, 2, 1);
	for (uint16_t i = 2; i < 100; i++) {
		uint32_t b = stamp_of(&p, (uint8_t)i, i);

		near += b - a < 1000000 || a - b < 1000000;
		near += b < 1100000; /* 1000 s since the start */
		a = b;
	}
	OK(near <= 2);
	peer_fini(&p);
}

/* Tuples whose words xor or add up to the same. */
TEST(row22_tuples_made_to_collide_do_not)
{
	enum { N = 20000 };
	uint64_t cost[2];

	for (unsigned hostile = 0; hostile < 2; hostile++) {
		struct peer p;
		uint64_t begin;

		peer_init(&p);
		peer_listener(&p, 4000);
		EQ(ostia_stack_set(p.s, "net.ipv4.tcp_max_syn_backlog", "4000"),
		   0);
		begin = cpu_ns();
		for (unsigned i = 0; i < N; i++) {
			uint16_t port = (uint16_t)(hostile ? i : i * 7919u);
			uint32_t src = hostile ? 0x0a640000u + (i ^ 0x5555u)
					       : 0x0a640000u + i * 40503u;

			peer_tcp(&p, &(struct tcp_says) { .src = src,
							  .sport = port,
							  .dport = PEER_PORT,
							  .flags = SYN,
							  .wnd = 1000 });
			if (i % 64 == 0)
				peer_drain(&p, NULL);
		}
		cost[hostile] = cpu_ns() - begin;
		peer_fini(&p);
	}
	OK(cost[1] < 5 * cost[0]);
}

/* Forged SYNs from everywhere: memory is flat, and who is real gets in. */
TEST(row23_a_flood_of_syns_shuts_nobody_out)
{
	struct ostia_usage before, after;
	unsigned served = 0;
	struct peer p;
	int fd;

	peer_init(&p);
	fd = peer_listener(&p, 128);
	for (uint32_t i = 0; i < 50000; i++) {
		peer_tcp(&p,
			 &(struct tcp_says) { .src = 0x0b000000u + i * 7919u,
					      .sport = (uint16_t)(i | 1),
					      .dport = PEER_PORT,
					      .seq = i,
					      .flags = SYN,
					      .wnd = 1000 });
		if (i % 16 == 0)
			peer_drain(&p, NULL);
		if (i == 5000)
			ostia_stack_usage(p.s, &before);
		if (i % 500 == 250) {
			struct line l = peer_open(&p, fd, 2,
						  (uint16_t)(1000 + i / 500));

			served++;
			EQ(ostia_close(p.proc, l.fd), 0);
		}
	}
	EQ(served, 100);
	ostia_stack_usage(p.s, &after);
	OK(after.half_open <= 4096);
	OK(after.bytes < before.bytes + (1 << 20));
	OK(peer_counter(&p, "TcpExtSyncookiesSent") > 1000);
	peer_fini(&p);
}

/* Segments for nobody: bounded answers, no memory. */
TEST(row24_floods_for_nobody_leave_nothing)
{
	struct ostia_usage before, after;
	uint8_t flags[] = { ACK, FIN | ACK, RST, RST | ACK, PSH | ACK, FIN, 0 };
	struct peer p;

	peer_init(&p);
	peer_listener(&p, 4);
	ostia_stack_usage(p.s, &before);
	for (uint32_t i = 0; i < 70000; i++) {
		peer_tcp(&p, &(struct tcp_says) {
				     .src = 0x0b000000u + i % 977,
				     .sport = (uint16_t)(1 + i),
				     .dport = (uint16_t)(i % 3 ? PEER_PORT : 9),
				     .seq = i * 99991u,
				     .ack = i,
				     .flags = flags[i % 7],
				     .wnd = 1000 });
		if (i % 16 == 0)
			peer_drain(&p, NULL);
	}
	ostia_stack_usage(p.s, &after);
	EQ(after.conns + after.half_open + after.time_wait, 0);
	OK(after.bytes < before.bytes + (1 << 20));
	peer_fini(&p);
}

/* RFC 6429: those who connect, ask for much and close the window. */
TEST(row25_stalled_peers_cost_their_buffer_and_go_when_silent)
{
	enum { STALLED = 300 };
	static char data[1 << 20];
	struct line l[STALLED], more;
	struct ostia_pool_stats ps;
	struct peer p;
	int fd;

	peer_init(&p);
	EQ(ostia_stack_set(p.s, "net.ipv4.tcp_wmem", "4096 16384 65536"), 0);
	fd = peer_listener(&p, 16);
	for (unsigned i = 0; i < STALLED; i++) {
		l[i] = peer_open(&p, fd, 2, (uint16_t)(1000 + i));
		l[i].wnd = 0;
		OK(ostia_send(p.proc, l[i].fd, data, sizeof(data), 0) > 0);
		line_says(&p, &l[i], ACK, l[i].seq, l[i].ack, NULL, 0);
		peer_drain(&p, NULL);
	}
	ostia_pool_stats(p.pool, &ps);
	OK(ps.held_bytes < STALLED * 3 * 65536);
	more = peer_open(&p, fd, 3, 1); /* and there is room for others */
	alive(&p, &more);
	for (unsigned i = 0; i < STALLED; i++)
		EQ(ostia_close(p.proc, l[i].fd), 0);
	peer_pass(&p, 1800 * OSTIA_S); /* orphans whose peers are silent */
	ostia_pool_stats(p.pool, &ps);
	EQ(ps.blocks, 0);
	peer_fini(&p);
}

static uint32_t cwnd_of(struct peer *p, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	EQ(ostia_getsockopt(p->proc, fd, IPPROTO_TCP, TCP_INFO, &info, &len),
	   0);
	return info.tcpi_snd_cwnd;
}

enum cheat { HONEST, DIVIDES, REPEATS, AHEAD, SACKS_AHEAD };

/* Savage 1999: 10 segments in flight, acknowledged as a cheat would. */
static uint32_t cheated(enum cheat how)
{
	static const uint8_t opts[8] = { 2, 4, 5, 0xb4, 4, 2, 1, 1 };
	static char data[30000];
	uint8_t o[12] = { 1, 1, 5, 10 };
	struct peer p;
	struct line l;
	struct seen s;
	uint32_t cwnd, end;

	peer_init(&p);
	l = peer_open_opts(&p, peer_listener(&p, 4), 2, 1000, opts, 8, NULL);
	OK(ostia_send(p.proc, l.fd, data, sizeof(data), 0) > 0);
	EQ(peer_drain(&p, &s), 10);
	end = s.seq + (uint32_t)s.n;
	ostia_advance(p.s, ostia_now(p.s) + 50 * OSTIA_MS);
	for (uint32_t i = 1; i <= 1460; i++) {
		if (how == DIVIDES) /* one segment, octet by octet */
			line_says(&p, &l, ACK, l.seq, l.ack + i, NULL, 0);
		if (how == REPEATS)
			line_says(&p, &l, ACK, l.seq, l.ack, NULL, 0);
		if (how == AHEAD)
			line_says(&p, &l, ACK, l.seq, end + i, NULL, 0);
		if (how == SACKS_AHEAD) {
			be32(o + 4, end + i);
			be32(o + 8, end + i + 5000);
			peer_tcp(&p, &(struct tcp_says) { .sport = l.port,
							  .dport = l.to,
							  .seq = l.seq,
							  .ack = l.ack,
							  .flags = ACK,
							  .wnd = 65535,
							  .opts = o,
							  .nopts = 12 });
		}
	}
	if (how == HONEST)
		line_says(&p, &l, ACK, l.seq, l.ack + 1460, NULL, 0);
	cwnd = cwnd_of(&p, l.fd);
	peer_fini(&p);
	return cwnd;
}

TEST(row26_receivers_that_cheat_gain_nothing)
{
	EQ(cheated(HONEST), 11);
	OK(cheated(DIVIDES) <= 11);
	OK(cheated(REPEATS) <= 10);
	EQ(cheated(AHEAD), 10);
	EQ(cheated(SACKS_AHEAD), 10);
}

/* Of an error about [seq, ...) of the connection; mtu for type 3, code 4. */
static void icmp(struct peer *p, const struct line *l, uint8_t type,
		 uint8_t code, uint16_t mtu, uint32_t seq)
{
	uint8_t b[20 + 8 + 28] = { 0 };
	uint8_t *q = b + 28;

	b[20] = type;
	b[21] = code;
	be16(b + 26, mtu);
	put_ip4(q, ip4(1), ip4(l->host), IPPROTO_TCP, 1480);
	be16(q + 20, l->to);
	be16(q + 22, l->port);
	be32(q + 24, seq);
	be16(b + 22, fold(sum(b + 20, 36, 0)));
	put_ip4(b, ip4(77), ip4(1), IPPROTO_ICMP, 36);
	peer_raw(p, b, sizeof(b));
}

static uint32_t mss_of(struct peer *p, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	EQ(ostia_getsockopt(p->proc, fd, IPPROTO_TCP, TCP_INFO, &info, &len),
	   0);
	return info.tcpi_snd_mss;
}

/* RFC 5927: errors are believed about what is in flight, and softly. */
TEST(row27_forged_icmp_neither_ends_a_connection_nor_narrows_its_path)
{
	static char data[5000];
	struct peer p;
	struct line l;
	int err;
	socklen_t len = sizeof(err);

	peer_init(&p);
	l = peer_open(&p, peer_listener(&p, 4), 2, 1000);
	EQ(ostia_send(p.proc, l.fd, data, sizeof(data), 0), 5000);
	peer_drain(&p, NULL);
	for (uint8_t code = 0; code < 16; code++) { /* blind */
		icmp(&p, &l, 3, code, 600, l.ack - 1);
		icmp(&p, &l, 3, code, 600, l.ack + 5000);
		icmp(&p, &l, 3, code, 600, l.ack + 0x40000000);
	}
	EQ(mss_of(&p, l.fd), 1460);
	for (uint8_t code = 0; code < 16; code++) /* and one who sees it */
		if (code != 4)
			icmp(&p, &l, 3, code, 0, l.ack);
	icmp(&p, &l, 11, 0, 0, l.ack);
	icmp(&p, &l, 12, 0, 0, l.ack);
	icmp(&p, &l, 4, 0, 0, l.ack); /* source quench, RFC 6633 */
	EQ(ostia_getsockopt(p.proc, l.fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	EQ(err, 0);
	EQ(cwnd_of(&p, l.fd), 10);
	icmp(&p, &l, 3, 4, 68, l.ack); /* not below 552 */
	OK(mss_of(&p, l.fd) >= 552 - 40);
	l.ack += 5000;
	alive(&p, &l);
	peer_fini(&p);
}

/* RFC 1337: RST, old data and old SYNs for a connection in TIME-WAIT. */
TEST(row28_time_wait_is_not_assassinated)
{
	struct ostia_usage u;
	struct peer p;
	struct line l;
	struct seen s;

	peer_init(&p);
	l = peer_open(&p, peer_listener(&p, 4), 2, 1000);
	EQ(ostia_close(p.proc, l.fd), 0);
	EQ(peer_drain(&p, &s), 1);
	EQ(s.flags & FIN, FIN);
	l.ack++;
	line_say(&p, &l, FIN | ACK, NULL, 0);
	for (uint32_t i = 0; i < 100; i++) {
		line_says(&p, &l, RST, l.seq, 0, NULL, 0);
		line_says(&p, &l, RST, l.seq + i, 0, NULL, 0);
		line_says(&p, &l, SYN, l.seq - i, 0, NULL, 0);
		line_says(&p, &l, ACK, l.seq - i, l.ack, "old", 3);
		line_says(&p, &l, ACK, l.seq, l.ack + i, "new", 3);
	}
	ostia_stack_usage(p.s, &u);
	EQ(u.time_wait, 1);
	peer_pass(&p, 59 * OSTIA_S);
	ostia_stack_usage(p.s, &u);
	EQ(u.time_wait, 1);
	peer_fini(&p);
}

/* A SYN from the host to itself: as LAND forged it, and as it may be. */
TEST(row29_land_is_dropped_and_a_socket_may_call_itself)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(7) };
	struct peer p;
	char buf[4];
	int fd;

	peer_init(&p);
	peer_listener(&p, 4);
	for (unsigned i = 0; i < 100; i++)
		peer_tcp(&p,
			 &(struct tcp_says) { .src = ip4(1),
					      .sport = PEER_PORT,
					      .dport = PEER_PORT,
					      .seq = i,
					      .flags = i & 1 ? SYN : SYN | ACK,
					      .wnd = 1000 });
	EQ(peer_drain(&p, NULL), 0);
	a.sin_addr.s_addr = htonl(ip4(1));
	fd = ostia_socket(p.proc, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	EQ(ostia_bind(p.proc, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	OK(!ostia_connect(p.proc, fd, (struct sockaddr *)&a, sizeof(a)) ||
	   errno == EINPROGRESS);
	peer_pass(&p, OSTIA_S);
	EQ(ostia_send(p.proc, fd, "me", 2, 0), 2);
	peer_pass(&p, OSTIA_S);
	EQ(ostia_recv(p.proc, fd, buf, 4, 0), 2);
	MEM(buf, "me", 2);
	peer_fini(&p);
}

/* Ptacek and Newsham: of bytes that differ, which count? The first to come.
 * Any three pieces of six octets, each with bytes of its own.
 */
TEST(row33_of_conflicting_bytes_the_first_count)
{
	enum { SPAN = 6, PIECES = SPAN * (SPAN + 1) / 2 };
	uint8_t from[PIECES], to[PIECES];
	unsigned n = 0;
	struct peer p;
	struct line l;

	for (uint8_t a = 1; a <= SPAN; a++)
		for (uint8_t b = a + 1; b <= SPAN + 1; b++) {
			from[n] = a;
			to[n++] = b;
		}
	peer_init(&p);
	l = peer_open(&p, peer_listener(&p, 4), 2, 1000);
	for (unsigned i = 0; i < PIECES * PIECES * PIECES; i++) {
		const unsigned k[3] = { i % PIECES, i / PIECES % PIECES,
					i / PIECES / PIECES };
		char want[SPAN + 2] = { 0 }, got[SPAN + 2];

		for (unsigned piece = 0; piece < 3; piece++) {
			char data[SPAN];

			memset(data, 'a' + (int)piece, sizeof(data));
			line_says(&p, &l, ACK, l.seq + from[k[piece]], l.ack,
				  data, to[k[piece]] - from[k[piece]]);
			for (uint8_t at = from[k[piece]]; at < to[k[piece]];
			     at++)
				if (!want[at])
					want[at] = 'a' + (char)piece;
		}
		line_says(&p, &l, ACK, l.seq, l.ack, "zzzzzzz", SPAN + 1);
		want[0] = 'z';
		for (unsigned at = 1; at <= SPAN; at++)
			if (!want[at])
				want[at] = 'z';
		EQ(ostia_recv(p.proc, l.fd, got, SPAN + 1, 0), SPAN + 1);
		MEM(got, want, SPAN + 1);
		l.seq += SPAN + 1;
		peer_drain(&p, NULL);
	}
	peer_fini(&p);
}

/* Peers that close one side and go, in every state that waits for them. */
TEST(row34_half_closed_connections_of_silent_peers_end)
{
	static char data[3000];
	struct ostia_usage u;
	struct peer p;
	int fd;

	peer_init(&p);
	fd = peer_listener(&p, 16);
	for (unsigned i = 0; i < 400; i++) {
		struct line l = peer_open(&p, fd, 2, (uint16_t)(1000 + i));

		if (i & 1)
			ostia_send(p.proc, l.fd, data, sizeof(data), 0);
		if (i & 2) {
			peer_drain(&p, NULL);
			line_say(&p, &l, FIN | ACK, NULL, 0);
		}
		if (i & 4)
			EQ(ostia_shutdown(p.proc, l.fd, SHUT_WR), 0);
		peer_drain(&p, NULL);
		if (i & 8) { /* FIN-WAIT-2: it acknowledged ours, and is gone */
			l.ack += (i & 1 ? 3000u : 0) + !!(i & 4);
			line_says(&p, &l, ACK, l.seq, l.ack, NULL, 0);
		}
		EQ(ostia_close(p.proc, l.fd), 0);
		peer_drain(&p, NULL);
	}
	peer_pass(&p, 1800 * OSTIA_S);
	ostia_stack_usage(p.s, &u);
	EQ(u.conns, 0);
	EQ(u.rtx_records, 0);
	peer_fini(&p);
}

/* Sockets that were something else before: a child is no binder of its port,
 * and a connection whose link has gone still comes to an end.
 */
TEST(row35_sockets_with_a_past_meet_no_assertion)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct ostia_usage u;
	struct peer p;
	struct line l, gone, orphan;
	int fd;

	peer_init(&p);
	fd = peer_listener(&p, 4);
	l = peer_open(&p, fd, 2, 1000);
	line_says(&p, &l, RST, l.seq, 0, NULL, 0);
	EQ(ostia_connect(p.proc, l.fd, &none, sizeof(none)), 0);
	EQ(ostia_listen(p.proc, l.fd, 4), 0);
	EQ(ostia_close(p.proc, l.fd), 0);
	l = peer_open(&p, fd, 2, 1001);
	peer_pass(&p, 120 * OSTIA_S); /* no timer of it runs any more */
	gone = peer_open(&p, fd, 2, 1002);
	orphan = peer_open(&p, fd, 2, 1003);
	OK(ostia_send(p.proc, gone.fd, "some", 4, 0) == 4);
	OK(ostia_send(p.proc, orphan.fd, "some", 4, 0) == 4);
	EQ(ostia_close(p.proc, orphan.fd), 0);
	ostia_link_free(p.link);
	EQ(ostia_close(p.proc, l.fd), 0);
	EQ(ostia_close(p.proc, gone.fd), 0);
	for (unsigned i = 0; i < 4000; i++)
		ostia_advance(p.s, ostia_now(p.s) + OSTIA_S);
	ostia_stack_usage(p.s, &u);
	EQ(u.conns, 0);
	ostia_proc_free(p.proc);
	ostia_stack_free(p.s);
	ostia_pool_free(p.pool);
	EQ(p.lend.blocks, 0);
}

TESTS(CASE(row06_urgent_pointers_of_all_kinds_cannot_confuse_a_reader),
      CASE(row07_lengths_that_lie_are_dropped),
      CASE(row12_crumbs_out_of_order_cost_what_segments_cost),
      CASE(row13_a_tiny_mss_and_sacks_of_crumbs_are_bounded),
      CASE(row14_sacks_that_jump_about_cost_what_others_cost),
      CASE(row15_initial_numbers_of_other_ends_tell_nothing),
      CASE(row16_challenges_of_one_connection_are_not_counted_at_anothers),
      CASE(row17_blind_resets_syns_and_data_do_nothing),
      CASE(row21_timestamps_tell_neither_uptime_nor_whose_they_are),
      CASE(row22_tuples_made_to_collide_do_not),
      CASE(row23_a_flood_of_syns_shuts_nobody_out),
      CASE(row24_floods_for_nobody_leave_nothing),
      CASE(row25_stalled_peers_cost_their_buffer_and_go_when_silent),
      CASE(row26_receivers_that_cheat_gain_nothing),
      CASE(row27_forged_icmp_neither_ends_a_connection_nor_narrows_its_path),
      CASE(row28_time_wait_is_not_assassinated),
      CASE(row29_land_is_dropped_and_a_socket_may_call_itself),
      CASE(row33_of_conflicting_bytes_the_first_count),
      CASE(row34_half_closed_connections_of_silent_peers_end),
      CASE(row35_sockets_with_a_past_meet_no_assertion))
