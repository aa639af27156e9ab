/* SPDX-License-Identifier: MIT */
#include "tcp/sack.h"

#include <assert.h>

/* A block is [left, right) inside [@from, @to]. */
static bool block_within(const struct wire_tcp_sack *b, struct seq from,
			 struct seq to)
{
	return seq_before(seq(b->left), seq(b->right)) &&
	       seq_before_eq(from, seq(b->left)) &&
	       seq_before_eq(seq(b->right), to);
}

/* RFC 2883 4: below the acknowledgment, or inside the block that follows. */
static bool first_is_dsack(const struct tcp_sack_in *in)
{
	const struct wire_tcp_sack *b = in->block;

	if (seq_before_eq(seq(b->right), in->una))
		return true;
	return in->n > 1 && block_within(b, seq(b[1].left), seq(b[1].right));
}

bool tcp_sack_dsack(const struct tcp_sack_in *in, struct tcp_sack_out *out)
{
	struct seq oldest = seq_back(in->una, in->max_wnd);

	out->dsack = false;
	if (!in->n || !first_is_dsack(in))
		return false;
	if (!block_within(in->block, oldest, in->nxt)) {
		out->discarded++;
		return false;
	}
	out->dsack = true;
	out->dsack_from = seq(in->block[0].left);
	out->dsack_to = seq(in->block[0].right);
	return true;
}

/* Segments of @r that lie before @s, whole ones only (down), or those that
 * it takes to reach @s (up).
 */
static uint32_t segs_before(const struct tcp_rtx_rec *r, struct seq s, bool up)
{
	uint32_t n = seq_span(r->start, s);

	return (n + (up ? r->mss - 1u : 0)) / r->mss;
}

/*
 * Cut @r so that one record lies inside [from, to); NULL: no whole segment
 * does, or there is no memory to cut.
 */
static struct tcp_rtx_rec *cut_out(struct tcp_rtx *q, struct tcp_rtx_mem *m,
				   struct tcp_rtx_rec *r, struct seq from,
				   struct seq to)
{
	uint32_t n;

	if (seq_before(r->start, from)) {
		n = segs_before(r, from, true);
		if (n >= r->segs || tcp_rtx_split(q, m, r, n))
			return NULL;
		r = r->next;
	}
	if (seq_before(to, r->end)) {
		n = seq_before(r->start, to) ? segs_before(r, to, false) : 0;
		if (!n || (n < r->segs && tcp_rtx_split(q, m, r, n)))
			return NULL;
		if (n >= r->segs && seq_before(to, r->end))
			return NULL; /* all but the FIN: not whole */
	}
	return r;
}

static void apply_block(struct tcp_rtx *q, struct tcp_rtx_mem *m,
			struct seq from, struct seq to,
			struct tcp_ack_news *news, struct tcp_sack_out *out)
{
	struct tcp_rtx_rec *r = tcp_rtx_find(q, m, from), *in;

	for (; r && seq_before(r->start, to); r = r->next) {
		if (r->flags & TCP_RTX_SACKED)
			continue;
		in = cut_out(q, m, r, from, to);
		if (!in)
			continue;
		tcp_rate_on_delivered(news, in, in->end, in->segs, true);
		out->sacked += in->segs;
		tcp_rtx_mark_sacked(q, in);
		r = tcp_rtx_merge_sacked(q, m, in);
	}
}

/* Ascending, so that one ACK's blocks do not look like reordering. */
static void sort_blocks(struct wire_tcp_sack *b, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		for (unsigned k = i; k > 0; k--) {
			struct wire_tcp_sack x = b[k];

			if (!seq_before(seq(x.left), seq(b[k - 1].left)))
				break;
			b[k] = b[k - 1];
			b[k - 1] = x;
		}
	}
}

void tcp_sack_apply(struct tcp_rtx *q, struct tcp_rtx_mem *m,
		    const struct tcp_sack_in *in, struct tcp_ack_news *news,
		    struct tcp_sack_out *out)
{
	struct wire_tcp_sack good[WIRE_TCP_MAX_SACK];
	unsigned n = 0, first;

	*out = (struct tcp_sack_out) { 0 };
	first = tcp_sack_dsack(in, out) || out->discarded;
	for (unsigned i = first; i < in->n && i < WIRE_TCP_MAX_SACK; i++) {
		if (block_within(&in->block[i], in->una, in->nxt))
			good[n++] = in->block[i];
		else if (seq_before(in->una, seq(in->block[i].right)))
			out->discarded++; /* else it is only old */
	}
	sort_blocks(good, n);
	for (unsigned i = 0; i < n; i++)
		apply_block(q, m, seq(good[i].left), seq(good[i].right), news,
			    out);
	m->stats->TcpExtSACKDiscard += out->discarded;
}
