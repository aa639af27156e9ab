/* SPDX-License-Identifier: MIT */
#include "tcp/sack.h"

#include "sender_kit.h"

#include "../random.h"

static struct tcp_sack_out apply(struct kit *k, const struct wire_tcp_sack *b,
				 unsigned n, struct tcp_ack_news *news)
{
	const struct tcp_sack_in in = {
		.una = k->q.head ? k->q.head->start : seq(KIT_ISS),
		.prior_una = seq(KIT_ISS),
		.nxt = k->q.tail ? k->q.tail->end : seq(KIT_ISS),
		.max_wnd = 64000,
		.block = b,
		.n = n,
	};
	struct tcp_sack_out out;

	*news = (struct tcp_ack_news) { .fack = in.una };
	tcp_ack_news_init(news);
	tcp_sack_apply(&k->q, &k->m, &in, news, &out);
	tcp_rtx_check(&k->q, &k->m);
	return out;
}

/* Octets @from to @to of the stream. */
static struct wire_tcp_sack blk(int32_t from, int32_t to)
{
	return (struct wire_tcp_sack) { KIT_ISS + (uint32_t)from,
					KIT_ISS + (uint32_t)to };
}

TEST(marks_whole_segments_inside_the_block_only)
{
	/* block in octets of 10 segments; segments SACKed; the first one */
	static const int32_t row[][4] = {
		{ 2000, 4000, 2, 2 }, /* exact */
		{ 2001, 4000, 1, 3 }, /* a part in front does not count */
		{ 2000, 3999, 1, 2 }, /* nor one behind */
		{ 2001, 2999, 0, 0 }, /* nor one inside */
		{ 0, 10000, 10, 0 }, /* all of it */
		{ 9000, 10000, 1, 9 }, /* the last */
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct wire_tcp_sack b = blk(row[i][0], row[i][1]);
		struct tcp_ack_news news;
		struct kit k;

		kit_init(&k);
		kit_send(&k, 7, 1);
		kit_send(&k, 3, 2);
		EQ(apply(&k, &b, 1, &news).sacked, row[i][2]);
		EQ(news.delivered, row[i][2]);
		for (int32_t s = 0; s < 10; s++)
			EQ(kit_is(&k, (uint32_t)s, TCP_RTX_SACKED),
			   s >= row[i][3] && s < row[i][3] + row[i][2]);
		kit_fini(&k);
	}
}

TEST(blocks_that_make_no_sense_are_refused)
{
	static const int32_t row[][2] = {
		{ 9000, 10001 }, /* beyond what was sent */
		{ 20000, 21000 }, /* far beyond */
		{ 4000, 4000 }, /* empty */
		{ 5000, 4000 }, /* backwards */
		{ -1000, 3000 }, /* begins below SND.UNA, ends above */
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct wire_tcp_sack b = blk(row[i][0], row[i][1]);
		struct tcp_ack_news news;
		struct tcp_sack_out out;
		struct kit k;

		kit_init(&k);
		kit_send(&k, 10, 1);
		out = apply(&k, &b, 1, &news);
		EQ(out.sacked, 0);
		OK(!out.dsack);
		EQ(out.discarded, 1);
		EQ(k.stats.TcpExtSACKDiscard, 1);
		EQ(k.q.recs, 1);
		kit_fini(&k);
	}
}

TEST(the_first_block_may_report_a_duplicate)
{
	static const struct {
		int32_t b[2][2];
		unsigned n;
		bool dsack;
	} row[] = {
		/* RFC 2883 4.1: below the acknowledgment */
		{ { { -500, 0 } }, 1, true },
		/* 4.2: inside the block that follows */
		{ { { 3000, 4000 }, { 2000, 6000 } }, 2, true },
		/* news, not inside the next one */
		{ { { 7000, 8000 }, { 2000, 6000 } }, 2, false },
		/* older than any window */
		{ { { -90000, -89000 } }, 1, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct wire_tcp_sack b[2];
		struct tcp_ack_news news;
		struct tcp_sack_out out;
		struct kit k;

		kit_init(&k);
		kit_send(&k, 10, 1);
		for (unsigned j = 0; j < 2; j++)
			b[j] = blk(row[i].b[j][0], row[i].b[j][1]);
		out = apply(&k, b, row[i].n, &news);
		EQ(out.dsack, row[i].dsack);
		if (out.dsack)
			EQ(out.dsack_from.v, b[0].left);
		kit_fini(&k);
	}
}

TEST(a_second_telling_is_no_news)
{
	struct wire_tcp_sack b = blk(2000, 5000);
	struct tcp_ack_news news;
	struct kit k;

	kit_init(&k);
	kit_send(&k, 10, 1);
	EQ(apply(&k, &b, 1, &news).sacked, 3);
	EQ(apply(&k, &b, 1, &news).sacked, 0);
	b = blk(1000, 6000);
	EQ(apply(&k, &b, 1, &news).sacked, 2);
	EQ(k.q.recs, 3); /* before, SACKed, behind */
	kit_fini(&k);
}

TEST(blocks_of_one_ack_are_no_reordering)
{
	struct wire_tcp_sack b[] = { blk(6000, 7000), blk(2000, 3000) };
	struct tcp_ack_news news;
	struct kit k;

	kit_init(&k);
	kit_send(&k, 10, 1);
	apply(&k, b, 2, &news);
	OK(!news.reordered);
	EQ(news.fack.v, KIT_ISS + 7000);
	kit_fini(&k);
}

/* CVE-2019-11477, -11478: 8 octets at a time, the tightest a peer can ask. */
TEST(sacking_every_other_crumb_splits_at_segments_and_counts_in_32_bits)
{
	struct tcp_ack_news news;
	struct kit k;
	uint32_t sacked = 0;

	kit_init(&k);
	for (uint32_t i = 0; i < 64; i++) { /* 64 KB of 8-octet segments */
		struct seq s = k.q.tail ? k.q.tail->end : seq(KIT_ISS);

		OK(tcp_rtx_append(&k.q, &k.m, s, 65536, 8, 8192, 0, i));
	}
	EQ(k.q.out, 64 * 8192);
	for (int32_t i = 0; i < 20000; i++) {
		struct wire_tcp_sack b = blk(i * 16 + 4, i * 16 + 16);

		const struct tcp_sack_in in = {
			.una = seq(KIT_ISS),
			.nxt = k.q.tail->end,
			.block = &b,
			.n = 1,
		};
		struct tcp_sack_out out;

		news = (struct tcp_ack_news) { 0 };
		tcp_ack_news_init(&news);
		tcp_sack_apply(&k.q, &k.m, &in, &news, &out);
		sacked += out.sacked;
	}
	OK(k.q.recs <= TCP_RTX_CAP);
	OK(k.stats.TcpExtSplitsCapped > 0);
	EQ(k.q.sacked, sacked);
	EQ(k.q.out, 64 * 8192);
	kit_fini(&k);
}

/* Against a bitmap: a receiver that tells the truth, in any order. */
TEST(random_blocks_agree_with_a_bitmap)
{
	struct dice d = dice("sack_bitmap");

	for (int run = 0; run < 50; run++) {
		uint8_t got[200] = { 0 };
		struct kit k;

		kit_init(&k);
		for (uint32_t n = 0; n < 200;) {
			uint32_t segs = 1 + (uint32_t)dice_below(&d, 20);

			segs = segs < 200 - n ? segs : 200 - n;
			kit_send(&k, segs, n);
			n += segs;
		}
		for (int step = 0; step < 100; step++) {
			struct wire_tcp_sack b[4];
			struct tcp_ack_news news;
			uint32_t fresh = 0;
			unsigned n = 1 + (unsigned)dice_below(&d, 4);

			for (unsigned j = 0; j < n; j++) {
				uint32_t at = (uint32_t)dice_below(&d, 199);
				uint32_t to =
					at + 1 + (uint32_t)dice_below(&d, 8);

				to = to < 200 ? to : 200;
				b[j] = blk((int32_t)at * KIT_MSS,
					   (int32_t)to * KIT_MSS);
				if (j == 0 && n > 1)
					continue; /* may be a D-SACK */
				for (; at < to; at++) {
					fresh += !got[at];
					got[at] = 1;
				}
			}
			if (n > 1)
				b[0] = b[1]; /* inside it: a D-SACK */
			EQ(apply(&k, b, n, &news).sacked, fresh);
		}
		for (uint32_t i = 0; i < 200; i++)
			EQ(kit_is(&k, i, TCP_RTX_SACKED), got[i]);
		kit_fini(&k);
	}
}

TESTS(CASE(marks_whole_segments_inside_the_block_only),
      CASE(blocks_that_make_no_sense_are_refused),
      CASE(the_first_block_may_report_a_duplicate),
      CASE(a_second_telling_is_no_news),
      CASE(blocks_of_one_ack_are_no_reordering),
      CASE(sacking_every_other_crumb_splits_at_segments_and_counts_in_32_bits),
      CASE(random_blocks_agree_with_a_bitmap))
