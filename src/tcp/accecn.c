/* SPDX-License-Identifier: MIT */
#include "tcp/accecn.h"

enum { ACE_BITS = 3, ACE_MASK = 7, FIELD_MASK = 0xffffff, OPTION_MAX = 12 };

/* ECEB is second in both orders. */
static const uint8_t order0[3] = { TCP_ACCECN_ECT0, TCP_ACCECN_CE,
				   TCP_ACCECN_ECT1 };
static const uint8_t order1[3] = { TCP_ACCECN_ECT1, TCP_ACCECN_CE,
				   TCP_ACCECN_ECT0 };

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

bool tcp_accecn_on_packet(struct tcp_accecn *a, uint8_t cp, uint32_t segs,
			  uint32_t len, bool unacked)
{
	bool ce = cp == TCP_ACCECN_CE;
	bool change = ce && len && a->last != TCP_ACCECN_CE;
	uint32_t marks;

	a->last = cp;
	if (len && cp) {
		a->r_bytes[cp] += len;
		a->fresh |= (uint8_t)(1u << cp);
	}
	if (!ce)
		return false;
	a->r_cep += segs;
	marks = a->r_cep - a->told_cep;
	return change || marks >= (unacked ? (uint32_t)TCP_ACCECN_MARKS
					   : (uint32_t)TCP_ACCECN_MARKS_IDLE);
}

/* 3.2.3.1. Return: bytes newly told as marked; @known: they were told of. */
static uint32_t take_option(struct tcp_accecn *a, const struct wire_tcp *f,
			    bool *known)
{
	const uint8_t *order = f->opts & WIRE_TCP_OPT_ACC1 ? order1 : order0;
	uint32_t marked = 0;

	*known = f->acc_n > 1;
	for (unsigned i = 0; i < f->acc_n && i < WIRE_TCP_MAX_ACC; i++) {
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
static uint32_t unwrap(uint32_t d, uint32_t acked, bool known, uint32_t bytes,
		       uint32_t mss)
{
	uint32_t safest = d;

	if (acked > d)
		safest = acked - ((acked - d) & ACE_MASK);
	if (!known)
		return safest;
	while (d < safest && (uint64_t)d * mss < bytes)
		d += 1u << ACE_BITS;
	return d;
}

uint32_t tcp_accecn_on_feedback(struct tcp_accecn *a, const struct wire_tcp *f,
				uint32_t acked, uint32_t mss)
{
	uint32_t d = (read_ace(f->flags) - a->s_cep) & ACE_MASK, bytes = 0;
	bool known = false;

	if (f->opts & WIRE_TCP_OPT_ACC) {
		a->heard = true;
		bytes = take_option(a, f, &known);
	}
	/* without wrapping room, or the first two marks told by an ACK each */
	if (acked > ACE_MASK || known)
		d = unwrap(d, acked, known, bytes, mss);
	a->s_cep += d;
	/* 3.2.3.2.5: bytes without packets are mangled */
	if (known && bytes && !d && acked <= ACE_MASK)
		a->no_ect = true;
	return a->deaf ? 0 : d;
}

/* RFC 3168 18: ECT or CE where there was none, or the other way. */
void tcp_accecn_on_shake(struct tcp_accecn *a, uint16_t flags, uint8_t sent)
{
	int cp = tcp_accecn_shaken(flags);

	a->await = false;
	if (!(flags & TCP_ACCECN_ALL)) {
		a->no_ect = a->deaf = true;
		return;
	}
	if (cp == TCP_ACCECN_CE)
		a->s_cep = TCP_ACCECN_CEP + 1;
	if (cp >= 0 && cp != sent && (cp != TCP_ACCECN_CE || !sent))
		a->no_ect = true;
}

void tcp_accecn_option(struct tcp_accecn *a, struct wire_tcp *f, size_t room,
		       bool always)
{
	const uint8_t *order = order0;
	bool marked = a->r_bytes[TCP_ACCECN_CE] != 0;
	bool odd = a->r_bytes[TCP_ACCECN_ECT1] != TCP_ACCECN_BYTES;
	bool even = a->r_bytes[TCP_ACCECN_ECT0] != TCP_ACCECN_BYTES;

	if (a->mute || (!always && !(a->fresh & 1u << TCP_ACCECN_CE)))
		return;
	f->acc_n = 1;
	if (odd && !even)
		order = order1;
	if (marked)
		f->acc_n = 2;
	if (odd && even)
		f->acc_n = 3;
	if (room < (f->acc_n * 3u + 2u + 3u) / 4 * 4)
		return;
	for (unsigned i = 0; i < f->acc_n; i++)
		f->acc[i] = a->r_bytes[order[i]] & FIELD_MASK;
	f->opts |= WIRE_TCP_OPT_ACC | (order == order1 ? WIRE_TCP_OPT_ACC1 : 0);
	a->fresh = 0;
}
