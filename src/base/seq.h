/* SPDX-License-Identifier: MIT */
/*
 * base/seq.h - TCP sequence numbers, a space that wraps (RFC 9293 3.4)
 *
 * A sequence number is a struct so that the compiler refuses `<` and `-` on
 * it: order exists only modulo 2^32, between numbers less than 2^31 apart.
 * Two numbers exactly 2^31 apart are each before the other: callers keep
 * windows below 2^30 (RFC 7323 2.3) and never meet that case in good faith.
 */
#ifndef OSTIA_BASE_SEQ_H
#define OSTIA_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct seq - A sequence number
 * @v:	the 32 bits as they stand in a header, in host order; only wire/ and
 *	tables of ranges look at it
 */
struct seq {
	uint32_t v;
};

/** seq() - The sequence number with these bits. */
static inline struct seq seq(uint32_t v)
{
	return (struct seq) { v };
}

/** seq_add() - The number @n octets after @a. */
static inline struct seq seq_add(struct seq a, uint32_t n)
{
	return seq(a.v + n);
}

/** seq_back() - The number @n octets before @a. */
static inline struct seq seq_back(struct seq a, uint32_t n)
{
	return seq(a.v - n);
}

/** seq_sub() - Octets from @b to @a: negative when @a is before @b. */
static inline int32_t seq_sub(struct seq a, struct seq b)
{
	return (int32_t)(a.v - b.v);
}

/** seq_span() - Octets from @from forward to @to, modulo 2^32. */
static inline uint32_t seq_span(struct seq from, struct seq to)
{
	return to.v - from.v;
}

static inline bool seq_eq(struct seq a, struct seq b)
{
	return a.v == b.v;
}

static inline bool seq_before(struct seq a, struct seq b)
{
	return seq_sub(a, b) < 0;
}

static inline bool seq_before_eq(struct seq a, struct seq b)
{
	return seq_sub(b, a) >= 0;
}

static inline bool seq_after(struct seq a, struct seq b)
{
	return seq_before(b, a);
}

static inline bool seq_after_eq(struct seq a, struct seq b)
{
	return seq_before_eq(b, a);
}

static inline struct seq seq_max(struct seq a, struct seq b)
{
	return seq_before(a, b) ? b : a;
}

static inline struct seq seq_min(struct seq a, struct seq b)
{
	return seq_before(b, a) ? b : a;
}

/**
 * seq_in() - Is @s one of the @len numbers that begin at @start?
 *
 * The window test of RFC 9293 3.4: start =< s < start + len. An empty window
 * holds nothing.
 */
static inline bool seq_in(struct seq s, struct seq start, uint32_t len)
{
	return s.v - start.v < len;
}

/**
 * seq_between() - Is a =< s =< b?
 *
 * For acknowledgments, SND.UNA =< SEG.ACK =< SND.NXT, both ends included.
 */
static inline bool seq_between(struct seq s, struct seq a, struct seq b)
{
	return s.v - a.v <= b.v - a.v;
}

#endif
