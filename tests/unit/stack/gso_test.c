/* SPDX-License-Identifier: MIT */
#include "segments.h"
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

static struct ostia_pkt *super(const struct segment *s, uint16_t mss)
{
	struct ostia_pkt *p = segment_make(pool, s);

	p->gso_size = mss;
	p->gso_segs = (uint16_t)((s->len + mss - 1) / mss);
	p->gso_type = s->udp ? OSTIA_GSO_UDP : OSTIA_GSO_TCP;
	return p;
}

static void cut_and_check(const struct segment *s, uint16_t mss)
{
	struct ostia_pkt *list = gso_split(super(s, mss), true);
	uint32_t done = 0, index = 0;

	for (struct ostia_pkt *p = list; p; p = p->next, index++) {
		uint32_t n = p->len - p->data;
		const uint8_t *ip = pkt_peek(p, 0, p->data);
		const uint8_t *h = ip + p->l4;
		int last = !p->next;

		EQ(n, last ? s->len - done : mss);
		segment_valid(p);
		if (!s->v6)
			EQ(wire_be_get16(ip + 4), 1000 + index);
		if (s->udp) {
			EQ(wire_be_get16(h + 4), 8 + n);
		} else {
			EQ(wire_be_get32(h + 4), s->seq + done);
			EQ(h[13], s->flags & ~(last ? 0u : 9u));
		}
		for (uint32_t i = 0; i < n; i++) {
			uint8_t b;

			pkt_copy_out(p, p->data + i, &b, 1);
			if (b != segment_byte(s->seq + done + i))
				EQ(b, segment_byte(s->seq + done + i));
		}
		done += n;
	}
	EQ(done, s->len);
	pkt_free_list(list);
}

TEST(pieces_are_what_a_sender_of_segments_would_have_sent)
{
	static const uint16_t mss[] = { 8, 100, 536, 1448, 1460 };
	static const uint32_t len[] = { 1, 1448, 1449, 2896, 9001 };

	begin();
	for (unsigned v6 = 0; v6 < 2; v6++)
		for (unsigned udp = 0; udp < 2; udp++)
			for (unsigned m = 0; m < 5; m++)
				for (unsigned l = 0; l < 5; l++) {
					const struct segment s = {
						.v6 = (int)v6,
						.udp = (int)udp,
						.seq = 0xfffff000u,
						.flags = WIRE_TCP_ACK |
							 WIRE_TCP_PSH |
							 WIRE_TCP_FIN |
							 WIRE_TCP_CWR,
						.tsval = 99,
						.len = len[l],
						.part = 3001,
					};

					cut_and_check(&s, mss[m]);
				}
	end();
}

TEST(a_partial_checksum_is_completed_in_place)
{
	begin();
	for (uint32_t len = 0; len < 200; len += 7) {
		const struct segment s = { .v6 = len & 1,
					   .seq = 5,
					   .flags = WIRE_TCP_ACK,
					   .len = len,
					   .part = 33 };
		struct ostia_pkt *p = segment_make(pool, &s);

		gso_complete(p);
		EQ(p->csum, OSTIA_CSUM_NONE);
		segment_valid(p);
		pkt_free(p);
	}
	end();
}

TEST(without_memory_pieces_are_lost_but_nothing_else)
{
	const struct segment s = {
		.seq = 1, .flags = WIRE_TCP_ACK, .len = 9000, .part = 9000
	};

	begin();
	for (unsigned fail = 1; fail < 12; fail++) {
		struct ostia_pkt *p = super(&s, 1000);

		heap.fail_at = heap.allocs + fail;
		p = gso_split(p, true);
		heap.fail_at = 0;
		for (struct ostia_pkt *q = p; q; q = q->next)
			segment_valid(q);
		pkt_free_list(p);
		ostia_pool_free(pool);
		EQ(heap.count, 0);
		begin();
	}
	end();
}

TESTS(CASE(pieces_are_what_a_sender_of_segments_would_have_sent),
      CASE(a_partial_checksum_is_completed_in_place),
      CASE(without_memory_pieces_are_lost_but_nothing_else))
