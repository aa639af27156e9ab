/* SPDX-License-Identifier: MIT */
#include "segments.h"
#include "stack/gro.h"
#include "stack/gso.h"

static struct heap heap;
static struct ostia_pool *pool;

static void begin(void)
{
	const struct ostia_env env = heap_env(&heap);

	heap = (struct heap) { 0 };
	OK(ostia_pool_new(&env, 0, &pool) == 0);
}

static void end(void)
{
	ostia_pool_free(pool);
	EQ(heap.count, 0);
}

/* A finished segment, as ip_rx() would hand it on. */
static struct ostia_pkt *arrived(struct segment s)
{
	struct ostia_pkt *p;

	s.part = 2000;
	p = segment_make(pool, &s);
	gso_complete(p);
	p->data = p->l4;
	return p;
}

/* How many packets come out, and how long the first of them is. */
static unsigned through(const struct segment *s, unsigned n, uint32_t *first)
{
	struct ostia_pkt *out[16];
	struct gro g = { 0 };
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		struct ostia_pkt *self;
		struct ostia_pkt *before =
			gro_add(&g, arrived(s[i]), false, &self);

		if (before)
			out[count++] = before;
		if (self)
			out[count++] = self;
	}
	out[count] = gro_flush(&g);
	if (out[count])
		count++;
	*first = out[0]->len - out[0]->data;
	for (unsigned i = 0; i < count; i++) {
		EQ(out[i]->gso_size != 0, out[i]->gso_segs > 1);
		pkt_free(out[i]);
	}
	return count;
}

enum {
	A = WIRE_TCP_ACK,
	P = WIRE_TCP_ACK | WIRE_TCP_PSH,
	ACE = WIRE_TCP_AE | WIRE_TCP_ECE,
};

TEST(only_what_continues_is_merged)
{
	static const struct {
		const char *what;
		struct segment s[3];
		unsigned n, out;
		uint32_t first;
	} row[] = {
		{ "in order",
		  { { .seq = 1, .flags = A, .len = 1000 },
		    { .seq = 1001, .flags = A, .len = 1000 },
		    { .seq = 2001, .flags = P, .len = 500 } },
		  3,
		  1,
		  2500 },
		{ "a gap",
		  { { .seq = 1, .flags = A, .len = 1000 },
		    { .seq = 1002, .flags = A, .len = 1000 } },
		  2,
		  2,
		  1000 },
		{ "longer than the first",
		  { { .seq = 1, .flags = A, .len = 900 },
		    { .seq = 901, .flags = A, .len = 1000 } },
		  2,
		  2,
		  900 },
		{ "after a short one",
		  { { .seq = 1, .flags = A, .len = 1000 },
		    { .seq = 1001, .flags = A, .len = 9 },
		    { .seq = 1010, .flags = A, .len = 1000 } },
		  3,
		  2,
		  1009 },
		{ "FIN",
		  { { .seq = 1, .flags = A, .len = 1000 },
		    { .seq = 1001, .flags = A | WIRE_TCP_FIN, .len = 1000 } },
		  2,
		  2,
		  1000 },
		{ "bare ACK",
		  { { .seq = 1, .flags = A, .len = 1000 },
		    { .seq = 1001, .flags = A, .len = 0 } },
		  2,
		  2,
		  1000 },
		{ "other timestamp",
		  { { .seq = 1, .flags = A, .len = 1000, .tsval = 5 },
		    { .seq = 1001, .flags = A, .len = 1000, .tsval = 6 } },
		  2,
		  2,
		  1000 },
		{ "one ACE field (RFC 9768 3.3.4)",
		  { { .seq = 1, .flags = A | ACE, .len = 1000 },
		    { .seq = 1001, .flags = P | ACE, .len = 1000 } },
		  2,
		  1,
		  2000 },
		{ "ACE fields that differ",
		  { { .seq = 1, .flags = A | ACE, .len = 1000 },
		    { .seq = 1001, .flags = A | WIRE_TCP_CWR, .len = 1000 } },
		  2,
		  2,
		  1000 },
		{ "other family",
		  { { .seq = 1, .flags = A, .len = 1000 },
		    { .seq = 1001, .flags = A, .len = 1000, .v6 = 1 } },
		  2,
		  2,
		  1000 },
		{ "UDP",
		  { { .seq = 1, .len = 1000, .udp = 1 },
		    { .seq = 1001, .len = 1000, .udp = 1 } },
		  2,
		  2,
		  1008 },
	};

	begin();
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint32_t first;

		print_message("# %s\n", row[i].what);
		EQ(through(row[i].s, row[i].n, &first), row[i].out);
		EQ(first, row[i].first);
	}
	end();
}

TEST(a_segment_with_a_wrong_checksum_is_not_hidden_in_a_good_one)
{
	const struct segment s[2] = {
		{ .seq = 1, .flags = A, .len = 1000 },
		{ .seq = 1001, .flags = A, .len = 1000 },
	};
	struct ostia_pkt *good, *bad, *self;
	struct gro g = { 0 };

	begin();
	good = arrived(s[0]);
	bad = arrived(s[1]);
	bad->slice[0].block->mem[7] ^= 1;
	OK(!gro_add(&g, good, false, &self));
	OK(!self);
	OK(gro_add(&g, bad, false, &self) == good);
	OK(self == bad);
	EQ(bad->csum, OSTIA_CSUM_NONE);
	OK(!gro_flush(&g));
	pkt_free(good);
	pkt_free(bad);
	end();
}

TESTS(CASE(only_what_continues_is_merged),
      CASE(a_segment_with_a_wrong_checksum_is_not_hidden_in_a_good_one))
