/* SPDX-License-Identifier: MIT */
/*
 * Work per segment is bounded: what a peer's segment costs does not grow with
 * what is in flight, or waits out of order. Counted in basic blocks of the
 * rooms that walk lists (tests/security/meson.build), which are the same on
 * every machine; what one segment does for many counts for all of them.
 */
#include "peer.h"

void __sanitizer_cov_trace_pc(void);

enum {
	MSS = 1000,
	FEW = 100, /* segments in flight, or pieces */
	MANY = 1600,
	ROUNDS = 64,
};

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void)
{
	blocks++;
}

/* ---- what is in flight ---- */

static const uint8_t offer[12] = { 2, 4, MSS >> 8, MSS & 255, 4, 2,
				   1, 3, 3,	   10,	      1, 1 };

static void set(struct peer *p, int fd, int name, int v)
{
	EQ(ostia_setsockopt(p->proc, fd, SOL_SOCKET, name, &v, sizeof(v)), 0);
}

/* Return: bytes that it sent. */
static uint32_t hear_all(struct peer *p, const struct line *l)
{
	static struct seen s;
	uint32_t end = 0;

	while (peer_next(p, &s))
		if (s.seq + (uint32_t)s.n - l->ack > end)
			end = s.seq + (uint32_t)s.n - l->ack;
	return end;
}

/* Slow start, until @segs are in flight. */
static struct line fly(struct peer *p, unsigned segs)
{
	static char data[MANY * MSS * 2];
	struct line l = peer_open_opts(p, peer_listener(p, 4), 2, 1000, offer,
				       sizeof(offer), NULL);

	set(p, l.fd, SO_SNDBUFFORCE, (int)sizeof(data) * 4);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t end;

		(void)ostia_send(p->proc, l.fd, data, sizeof(data), 0);
		end = hear_all(p, &l);
		if (end >= segs * MSS)
			return l;
		ostia_advance(p->s, ostia_now(p->s) + 20 * OSTIA_MS);
		l.ack += end;
		line_says(p, &l, ACK, l.seq, l.ack, NULL, 0);
	}
	OK(!"so many in flight");
	return l;
}

static void say_sack(struct peer *p, const struct line *l, uint32_t from,
		     uint32_t to)
{
	uint8_t o[12] = { 1, 1, 5, 10 };

	be32(o + 4, l->ack + from);
	be32(o + 8, l->ack + to);
	peer_tcp(p, &(struct tcp_says) { .sport = l->port,
					 .dport = l->to,
					 .seq = l->seq,
					 .ack = l->ack,
					 .flags = ACK,
					 .wnd = l->wnd,
					 .opts = o,
					 .nopts = sizeof(o) });
}

typedef unsigned order(unsigned i, unsigned n);

static unsigned upwards(unsigned i, unsigned n)
{
	return 1 + i * 2 % (n - 1);
}

static unsigned downwards(unsigned i, unsigned n)
{
	return n - 1 - i * 2 % (n - 1);
}

static unsigned anyhow(unsigned i, unsigned n)
{
	return 1 + i * 7919u % (n / 2) * 2;
}

static order *const orders[] = { upwards, downwards, anyhow };
enum { ORDERS = sizeof(orders) / sizeof(orders[0]) };

/* Blocks that a segment costs while @n wait. */
typedef uint64_t cost_of(unsigned n, order *place);

/* In each order, a segment among many costs less than @times one among few. */
static void costs_no_more(cost_of *cost, unsigned times)
{
	for (unsigned i = 0; i < ORDERS; i++) {
		uint64_t few = cost(FEW, orders[i]);
		uint64_t many = cost(MANY, orders[i]);

		fprintf(stderr, "# %llu blocks a segment, %llu\n",
			(unsigned long long)few, (unsigned long long)many);
		OK(many < times * few);
	}
}

/* Every other segment arrived; blocks that an ACK costs, what it makes the
 * host send included.
 */
static uint64_t sack_cost(unsigned n, order *place)
{
	struct peer p;
	struct line l;
	uint64_t cost;

	peer_init(&p);
	l = fly(&p, n);
	blocks = 0;
	for (unsigned i = 0; i < n / 2; i++) {
		uint32_t at = place(i, n) * MSS;

		say_sack(&p, &l, at, at + MSS);
		(void)hear_all(&p, &l);
	}
	cost = blocks / (n / 2);
	peer_fini(&p);
	return cost;
}

TEST(a_sack_costs_no_more_where_more_is_in_flight)
{
	costs_no_more(sack_cost, 2); /* a search is a little deeper */
}

/* ---- what waits out of order ---- */

static uint64_t piece_cost(unsigned n, order *place)
{
	static const char data[MSS];
	struct peer p;
	struct line l;
	uint64_t cost;
	int fd;

	peer_init(&p);
	fd = peer_listener(&p, 4);
	set(&p, fd, SO_RCVBUFFORCE, MANY * MSS * 8);
	l = peer_open_opts(&p, fd, 2, 1000, offer, sizeof(offer), NULL);
	blocks = 0;
	for (unsigned i = 0; i < n / 2; i++) {
		line_says(&p, &l, ACK, l.seq + place(i, n) * MSS, l.ack, data,
			  MSS);
		(void)hear_all(&p, &l);
	}
	cost = blocks / (n / 2);
	peer_fini(&p);
	return cost;
}

TEST(a_piece_costs_no_more_where_more_wait)
{
	costs_no_more(piece_cost, 3); /* and the last gives way to another */
}

TESTS(CASE(a_sack_costs_no_more_where_more_is_in_flight),
      CASE(a_piece_costs_no_more_where_more_wait))
