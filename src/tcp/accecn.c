/* SPDX-License-Identifier: MIT */
#include "tcp/accecn.h"

enum {
	ACE_BITS = 3,
	ACE_MASK = 7,
	FIELDS = WIRE_TCP_MAX_ACC,
	FIELD = 3, /* bytes */
	FIELD_MASK = 0xffffff,
	A_CHANGE = 2, /* options: at a change, and the one after (3.2.3.3) */
};

void tcp_accecn_init(struct tcp_accecn *a)
{
	*a = (struct tcp_accecn) {
		.on = true,
		.r_cep = TCP_ACCECN_CEP,
		.s_cep = TCP_ACCECN_CEP,
		.told_cep = TCP_ACCECN_CEP,
	};
	a->r_bytes[TCP_ACCECN_ECT0] = a->r_bytes[TCP_ACCECN_ECT1] =
		TCP_ACCECN_BYTES;
	a->s_bytes[TCP_ACCECN_ECT0] = a->s_bytes[TCP_ACCECN_ECT1] =
		TCP_ACCECN_BYTES;
}

static uint16_t spell(unsigned ace)
{
	return (uint16_t)((ace & 4 ? WIRE_TCP_AE : 0) |
			  (ace & 2 ? WIRE_TCP_CWR : 0) |
			  (ace & 1 ? WIRE_TCP_ECE : 0));
}

static unsigned read_ace(uint16_t flags)
{
	return (flags & WIRE_TCP_AE ? 4u : 0) |
	       (flags & WIRE_TCP_CWR ? 2u : 0) |
	       (flags & WIRE_TCP_ECE ? 1u : 0);
}

/* 010, 011, 100, 110 */
static const uint8_t shakes[4] = { 2, 3, 4, 6 };

uint16_t tcp_accecn_shake(uint8_t cp)
{
	return spell(shakes[cp & 3]);
}

int tcp_accecn_shaken(uint16_t flags)
{
	unsigned ace = read_ace(flags);

	for (int cp = 0; cp < 4; cp++)
		if (shakes[cp] == ace)
			return cp;
	return -1;
}

uint16_t tcp_accecn_ace(const struct tcp_accecn *a)
{
	return spell(a->r_cep & ACE_MASK);
}

/* --- data receiver ------------------------------------------------------- */

static void count_bytes(struct tcp_accecn *a, uint8_t cp, uint32_t len)
{
	a->r_bytes[cp] += len;
	a->fresh |= (uint8_t)(1u << cp);
	a->ever |= (uint8_t)(1u << cp);
	a->untold += len;
	if (cp != a->counter)
		a->owed = A_CHANGE;
	a->counter = cp;
}

bool tcp_accecn_on_packet(struct tcp_accecn *a, uint8_t cp, uint32_t segs,
			  uint32_t len, bool unacked)
{
	bool ce = cp == TCP_ACCECN_CE;
	bool change = ce && len && a->last != TCP_ACCECN_CE;
	uint32_t marks;

	a->last = cp;
	if (len && cp)
		count_bytes(a, cp, len);
	if (!ce)
		return false;
	a->r_cep += segs;
	marks = a->r_cep - a->told_cep;
	return change || marks >= (unacked ? (uint32_t)TCP_ACCECN_MARKS
					   : (uint32_t)TCP_ACCECN_MARKS_IDLE);
}

void tcp_accecn_on_again(struct tcp_accecn *a, struct seq seq)
{
	if (!a->agains || !seq_eq(seq, a->again))
		a->agains = 0;
	a->again = seq;
	a->agains++;
	if (a->agains < TCP_ACCECN_AGAIN)
		return;
	a->agains = 0;
	a->mute = true;
}

/* --- the option ---------------------------------------------------------- */

static const uint8_t *order_of(bool one)
{
	/* ECEB is second in both. */
	static const uint8_t order[2][FIELDS] = {
		{ TCP_ACCECN_ECT0, TCP_ACCECN_CE, TCP_ACCECN_ECT1 },
		{ TCP_ACCECN_ECT1, TCP_ACCECN_CE, TCP_ACCECN_ECT0 },
	};

	return order[one];
}

/* Fields up to the last of those in @mask. */
static unsigned fields(bool one, unsigned mask)
{
	const uint8_t *order = order_of(one);
	unsigned n = FIELDS;

	while (n && !(mask & 1u << order[n - 1]))
		n--;
	return n;
}

/* Order 1, if that is shorter */
static bool is_odd(unsigned mask)
{
	return fields(true, mask) < fields(false, mask);
}

static unsigned size_of(unsigned n)
{
	return (2 + n * FIELD + 3) / 4 * 4;
}

static unsigned wanted(const struct tcp_accecn *a, uint32_t mode)
{
	unsigned mask = mode == TCP_ACCECN_SPARSE ? a->fresh : a->ever;

	return mask ? mask : 1u << TCP_ACCECN_ECT0;
}

unsigned tcp_accecn_need(const struct tcp_accecn *a)
{
	return a->fresh ? size_of(fields(is_odd(a->fresh), a->fresh)) : 0;
}

unsigned tcp_accecn_wish(const struct tcp_accecn *a, uint32_t mode)
{
	unsigned mask = wanted(a, mode);

	return size_of(fields(is_odd(mask), mask));
}

static bool is_beacon(const struct tcp_accecn *a,
		      const struct tcp_accecn_when *w, ostia_time now)
{
	return time_since(a->told_at, now) / NS_PER_US * w->beacon >=
	       w->srtt_us;
}

static uint8_t first_of(const struct tcp_accecn_when *w)
{
	return w->data ? TCP_ACCECN_FIRST_DATA : TCP_ACCECN_FIRST_ACK;
}

bool tcp_accecn_due(const struct tcp_accecn *a, const struct tcp_accecn_when *w,
		    ostia_time now)
{
	if (!w->mode || (a->mute && w->mode < TCP_ACCECN_PERSIST))
		return false;
	if (a->first & first_of(w))
		return true;
	if (w->mode >= TCP_ACCECN_FULL)
		return a->fresh || !w->data;
	return a->fresh && (a->owed || a->fresh & 1u << TCP_ACCECN_CE ||
			    a->untold >= TCP_ACCECN_UNTOLD ||
			    (w->beacon && is_beacon(a, w, now)));
}

/* Cut @want to what fits; none of @fresh may be cut off. -1: it cannot be. */
static int fit(unsigned *want, unsigned fresh, size_t room)
{
	unsigned n = fields(is_odd(*want), *want);

	if (size_of(n) <= room)
		return (int)n;
	*want = fresh;
	n = fields(is_odd(fresh), fresh);
	return n && size_of(n) <= room ? (int)n : -1;
}

void tcp_accecn_option(struct tcp_accecn *a, struct wire_tcp *f, size_t room,
		       const struct tcp_accecn_when *w, ostia_time now)
{
	unsigned want = wanted(a, w->mode);
	int n = fit(&want, a->fresh, room);
	bool one = is_odd(want);
	const uint8_t *order = order_of(one);

	if (n < 0)
		return;
	f->acc_n = (uint8_t)n;
	for (int i = 0; i < n; i++)
		f->acc[i] = a->r_bytes[order[i]] & FIELD_MASK;
	f->opts |= WIRE_TCP_OPT_ACC | (one ? WIRE_TCP_OPT_ACC1 : 0);
	a->fresh = 0;
	a->untold = 0;
	a->told_at = now;
	a->owed -= a->owed > 0;
	if (w->data && a->first & TCP_ACCECN_FIRST_DATA) {
		a->probe.v = f->seq;
		a->probing = true;
	}
	a->first &= (uint8_t)~first_of(w);
}

void tcp_accecn_on_resent(struct tcp_accecn *a, struct seq seq)
{
	if (!a->probing || !seq_eq(seq, a->probe))
		return;
	a->probing = false;
	a->mute = true;
}

/* --- data sender --------------------------------------------------------- */

/* 3.2.3.1. Return: bytes newly told as marked; @known: they were told of. */
static uint32_t take_option(struct tcp_accecn *a, const struct wire_tcp *f,
			    bool *known)
{
	const uint8_t *order = order_of(f->opts & WIRE_TCP_OPT_ACC1);
	uint32_t marked = 0;

	*known = f->acc_n > 1;
	for (unsigned i = 0; i < f->acc_n && i < FIELDS; i++) {
		uint32_t *at = &a->s_bytes[order[i]];
		uint32_t more = (f->acc[i] - *at) & FIELD_MASK;

		*at += more;
		if (order[i] == TCP_ACCECN_CE)
			marked = more;
	}
	return marked;
}

/* A.2: how often may three bits have wrapped? As often as segments were
 * acknowledged; by the bytes that were marked, if we know them.
 */
static uint32_t unwrap(uint32_t d, uint32_t segs, bool known, uint32_t bytes,
		       uint32_t mss)
{
	uint32_t safest = d;

	if (segs > d)
		safest = segs - ((segs - d) & ACE_MASK);
	if (!known)
		return safest;
	while (d < safest && (uint64_t)d * mss < bytes)
		d += 1u << ACE_BITS;
	return d;
}

/* 3.2.2.3: marks that tell nothing. What was capable is so no more, but for a
 * test now and then.
 */
static void end_ect(struct tcp_accecn *a, ostia_time now)
{
	if (!a->no_ect) {
		a->retest =
			now + ((TCP_ACCECN_RETEST_S * NS_PER_S) << a->retests);
		a->retests += a->retests < TCP_ACCECN_RETEST_SHIFT;
	}
	a->no_ect = a->deaf = a->unmarked = true;
}

static void test_ect(struct tcp_accecn *a, const struct tcp_accecn_ack *ack)
{
	a->retest = 0;
	a->rounds = 0;
	a->round_end = ack->nxt;
	a->no_ect = a->deaf = a->unmarked = false;
	a->testing = true;
}

/* 3.2.2.3: is all that is sent marked, for rounds? */
static void watch_rounds(struct tcp_accecn *a, uint32_t marked,
			 const struct tcp_accecn_ack *ack)
{
	if (a->unmarked)
		return;
	if (a->testing) { /* the ACK that ends it may be of both sorts */
		a->testing = seq_before_eq(ack->una, a->round_end);
		return;
	}
	if (marked < ack->segs) {
		a->unmarked = true;
		return;
	}
	if (a->rounds && seq_before(ack->una, a->round_end))
		return;
	a->round_end = ack->nxt;
	if (++a->rounds > TCP_ACCECN_ROUNDS)
		end_ect(a, ack->now);
}

uint32_t tcp_accecn_on_feedback(struct tcp_accecn *a, const struct wire_tcp *f,
				const struct tcp_accecn_ack *ack)
{
	uint32_t d = (read_ace(f->flags) - a->s_cep) & ACE_MASK, bytes = 0;
	bool known = false;

	if (f->opts & WIRE_TCP_OPT_ACC && !a->ignore) {
		a->heard = true;
		bytes = take_option(a, f, &known);
	}
	if (ack->segs > ACE_MASK)
		d = unwrap(d, ack->segs, known, bytes, ack->mss);
	a->s_cep += d;
	/* 3.2.3.2.5: bytes without packets are mangled */
	if (known && bytes && !d && ack->segs <= ACE_MASK) {
		a->no_ect = true;
		a->retest = 0;
	}
	if (a->probing && seq_before(a->probe, ack->una))
		a->probing = false;
	if (a->retest && ack->now >= a->retest)
		test_ect(a, ack);
	watch_rounds(a, d, ack);
	return a->deaf || a->testing ? 0 : d;
}

void tcp_accecn_on_first(struct tcp_accecn *a, const struct wire_tcp *f)
{
	bool known;

	if (!(f->opts & WIRE_TCP_OPT_ACC))
		return;
	a->heard = true;
	for (unsigned i = 0; i < f->acc_n && i < FIELDS; i += FIELDS - 1)
		a->ignore |= !f->acc[i];
	if (!a->ignore)
		(void)take_option(a, f, &known);
}

/* RFC 3168 18: ECT or CE where there was none, or the other way. */
void tcp_accecn_on_shake(struct tcp_accecn *a, uint16_t flags, uint8_t sent)
{
	int cp = tcp_accecn_shaken(flags);

	if (!(flags & TCP_ACCECN_ALL)) {
		a->no_ect = a->deaf = true;
		return;
	}
	if (cp == TCP_ACCECN_CE)
		a->s_cep = TCP_ACCECN_CEP + 1;
	if (cp >= 0 && cp != sent && (cp != TCP_ACCECN_CE || !sent))
		a->no_ect = true;
}
