/* SPDX-License-Identifier: MIT */
#include "world/watch.h"

#include "base/seq.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	AT_ONCE_MS = 1, /* calls and hops take us */
	ACK_WAIT_MS = 500, /* RFC 9293 MUST-59: less than that */
	SLACK_MS = 5, /* of timers */
	PATIENCE_MS = 3000, /* until a first timeout, beside the round trip */
	RTO_MAX_MS = 120000,
	RTTS = 8, /* an RTO is less than so many of the longest round trips */
	MSS_DEFAULT4 = 536, /* RFC 9293 3.7.1 */
	MSS_DEFAULT6 = 1220,
	TEXT_FIRST = 4096,
	FULL_LEAST = 88, /* smaller ones may be a writer's words (Linux) */
	FIRST_WINDOW = 10, /* RFC 6928 */
	BESIDE = 2, /* a SYN, or a probe of the tail */
};

const char *world_watch_rule_text(enum world_rule rule)
{
	static const char *const text[] = {
#define TEXT(name, words) words,
		WORLD_RULES(TEXT)
#undef TEXT
	};

	return text[rule];
}

void world_watch_init(struct world_watch *w)
{
	memset(w, 0, sizeof(*w));
	w->due = OSTIA_NEVER;
}

void world_watch_fini(struct world_watch *w)
{
	free(w->text);
	free(w->sent);
	world_watch_init(w);
}

__attribute__((format(printf, 3, 4))) static void
breach(struct world_verdict *v, enum world_rule rule, const char *fmt, ...)
{
	va_list ap;

	if (v->rule >= 0)
		return;
	v->rule = (int)rule;
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
}

/* The position near @about that has this sequence number. */
static uint64_t place(uint64_t about, uint32_t first, uint32_t number)
{
	return about +
	       (uint64_t)(int64_t)(int32_t)(number - first - (uint32_t)about);
}

static ostia_time later(ostia_time a, ostia_time b)
{
	return a > b ? a : b;
}

static unsigned long long ull(uint64_t v)
{
	return v;
}

static bool is(const struct world_seg *s, uint16_t flags)
{
	return s->h.flags & flags;
}

static uint32_t numbers(const struct world_seg *s)
{
	return s->len + !!is(s, WIRE_TCP_SYN) + !!is(s, WIRE_TCP_FIN);
}

/* ---- the SYNs ---- */

static struct world_syn offer(const struct world_seg *s)
{
	const struct wire_tcp *h = &s->h;
	bool mss = h->opts & WIRE_TCP_OPT_MSS;

	return (struct world_syn) {
		.seen = true,
		.seq = h->seq,
		.wnd = h->wnd,
		.opts = h->opts,
		.mss = mss     ? h->mss
		       : s->v6 ? MSS_DEFAULT6
			       : MSS_DEFAULT4,
		.wscale = h->opts & WIRE_TCP_OPT_WSCALE ? h->wscale : 0,
	};
}

static bool agreed(const struct world_watch *w, uint16_t opt)
{
	return w->syn.opts & w->peer.opts & opt;
}

static unsigned scale(const struct world_watch *w, const struct world_syn *syn)
{
	return agreed(w, WIRE_TCP_OPT_WSCALE) ? syn->wscale : 0;
}

static bool over(const struct world_watch *w)
{
	return w->rst_out || w->rst_in || w->gone ||
	       (w->fin && w->peer_fin && w->una > w->fin);
}

/* ---- what it sends: bytes ---- */

static uint64_t at_least(uint64_t n)
{
	uint64_t size = TEXT_FIRST;

	while (size < n)
		size *= 2;
	return size;
}

/* Room for what lies in [una, to). */
static int text_room(struct world_watch *w, uint64_t to)
{
	uint64_t size = at_least(to - w->una);
	uint8_t *text;

	if (size <= w->text_size)
		return 0;
	text = malloc(size);
	if (!text)
		return -ENOMEM;
	for (uint64_t i = w->una; i < w->nxt && w->text_size; i++)
		text[i & (size - 1)] = w->text[i & (w->text_size - 1)];
	free(w->text);
	w->text = text;
	w->text_size = size;
	return 0;
}

/* Up to the ring's end at a time. */
static size_t text_run(const struct world_watch *w, uint64_t at, uint64_t left)
{
	uint64_t run = w->text_size - (at & (w->text_size - 1));

	return run < left ? run : left;
}

static void text_put(struct world_watch *w, uint64_t at, const uint8_t *p,
		     uint64_t n)
{
	for (size_t run; n; n -= run, p += run, at += run) {
		run = text_run(w, at, n);
		memcpy(w->text + (at & (w->text_size - 1)), p, run);
	}
}

static bool text_same(const struct world_watch *w, uint64_t at,
		      const uint8_t *p, uint64_t n)
{
	for (size_t run; n; n -= run, p += run, at += run) {
		run = text_run(w, at, n);
		if (memcmp(w->text + (at & (w->text_size - 1)), p, run))
			return false;
	}
	return true;
}

/* Compare what was sent before, keep what is new. */
static int text_on_sent(struct world_watch *w, uint64_t from,
			const uint8_t *data, uint32_t len,
			struct world_verdict *v)
{
	uint64_t to = from + len, skip;

	if (from < w->una) {
		skip = w->una - from < len ? w->una - from : len;
		from += skip;
		data += skip;
	}
	if (from >= to)
		return 0;
	if (text_room(w, to))
		return -ENOMEM;
	skip = w->nxt > from ? w->nxt - from : 0;
	skip = skip < to - from ? skip : to - from;
	if (!text_same(w, from, data, skip))
		breach(v, WORLD_RULE_CONTENT,
		       "[%llu, %llu) differs from what was sent before",
		       ull(from), ull(from + skip));
	text_put(w, from + skip, data + skip, to - from - skip);
	return 0;
}

/* ---- what it sends: when ---- */

static int sent_append(struct world_watch *w, struct world_span at,
		       ostia_time now)
{
	if (w->sent_first + w->sent_n == w->sent_cap && w->sent_first) {
		memmove(w->sent, w->sent + w->sent_first,
			w->sent_n * sizeof(*w->sent));
		w->sent_first = 0;
	}
	if (w->sent_first + w->sent_n == w->sent_cap) {
		uint32_t cap = w->sent_cap ? 2 * w->sent_cap : 64;
		struct world_sent *p = realloc(w->sent, cap * sizeof(*p));

		if (!p)
			return -ENOMEM;
		w->sent = p;
		w->sent_cap = cap;
	}
	w->sent[w->sent_first + w->sent_n++] =
		(struct world_sent) { at, now, now, w->heard, 1, w->tsval };
	return 0;
}

static int sent_new(struct world_watch *w, struct world_span at, uint32_t unit,
		    ostia_time now)
{
	while (at.from < at.to) {
		uint64_t n = at.to - at.from;

		if (unit && n > unit + 1) /* with the FIN it may be one more */
			n = unit;
		if (sent_append(w, (struct world_span) { at.from, at.from + n },
				now))
			return -ENOMEM;
		at.from += n;
	}
	return 0;
}

/* The first that ends after @at. */
static uint32_t sent_find(const struct world_watch *w, uint64_t at)
{
	uint32_t lo = w->sent_first, hi = lo + w->sent_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (w->sent[mid].at.to <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* A probe of the tail waits for two round trips, or takes the place of the
 * timeout of what stands first (RFC 8985 7.2).
 */
static ostia_time probe_wait(const struct world_watch *w,
			     const struct world_limits *l, ostia_time now)
{
	if (now - w->sent[w->sent_first].time >= l->rto_min_ns)
		return 0;
	return time_min(2 * w->rtt_min, l->rto_min_ns);
}

/* All of it left lately and nothing was heard since: too early? */
static void early(const struct world_watch *w, const struct world_limits *l,
		  struct world_span at, struct world_verdict *v, ostia_time now)
{
	uint32_t i = sent_find(w, at.from), n = w->sent_first + w->sent_n;
	ostia_time waited = 0;
	bool tail = at.to >= w->nxt && w->open && w->sent_n;

	for (; i < n && w->sent[i].at.from < at.to; i++) {
		const struct world_sent *x = &w->sent[i];

		if (x->heard != w->heard)
			return;
		if (now - x->time > waited)
			waited = now - x->time;
	}
	if (waited + NS_PER_MS >=
	    (tail ? probe_wait(w, l, now) : l->rto_min_ns))
		return;
	breach(v, WORLD_RULE_EARLY,
	       "[%llu, %llu) again after %llu us, nothing heard", ull(at.from),
	       ull(at.to), ull(waited / NS_PER_US));
}

/* What stands at SND.UNA goes out again and nobody answers. */
static void backoff(struct world_watch *w, const struct world_limits *l,
		    const struct world_sent *x, struct world_verdict *v,
		    ostia_time now)
{
	ostia_time gap = now - x->time;
	ostia_time most = RTO_MAX_MS * NS_PER_MS;
	unsigned tries = w->open ? l->data_tries : l->syn_tries;

	w->tries++;
	w->timeouts += gap >= l->rto_min_ns;
	if (x->heard != w->heard || w->again_heard != w->heard)
		w->again = 0;
	w->again_heard = w->heard;
	w->again++;
	if (w->again > tries + 2) /* a probe of the tail, and the closing one */
		breach(v, WORLD_RULE_TRIES, "the %uth time in vain", w->again);
	/* the first interval began with an ACK, the second with a probe */
	if (w->again > 3 &&
	    gap + SLACK_MS * NS_PER_MS < time_min(2 * w->again_gap, most))
		breach(v, WORLD_RULE_BACKOFF, "after %llu ms, then %llu ms",
		       ull(w->again_gap / NS_PER_MS), ull(gap / NS_PER_MS));
	w->again_gap = gap;
}

static void sent_again(struct world_watch *w, const struct world_limits *l,
		       struct world_span at, struct world_verdict *v,
		       ostia_time now)
{
	uint32_t i = sent_find(w, at.from), n = w->sent_first + w->sent_n;

	bool syn_ack = !w->open && w->peer.seen; /* one for each SYN, too */

	if (!l->inexact && !syn_ack)
		early(w, l, at, v, now);
	if (i < n && w->sent[i].at.from <= w->una && !l->inexact && !syn_ack)
		backoff(w, l, &w->sent[i], v, now);
	for (; i < n && w->sent[i].at.from < at.to; i++) {
		struct world_sent *x = &w->sent[i];

		if (x->at.from < at.from || x->at.to > at.to)
			continue;
		x->time = now;
		x->heard = w->heard;
		x->times++;
		x->tsval = w->tsval;
	}
}

/* How soon may an answer come? It counts even if it may be an earlier one's. */
static void soonest(struct world_watch *w, const struct world_sent *x,
		    ostia_time now)
{
	if (!w->rtt_min || now - x->time < w->rtt_min)
		w->rtt_min = now - x->time;
}

/* How long it took, as the host may count. Sent again: by the echo, of what
 * left last or before, if at all (RFC 7323 4.1).
 */
static ostia_time took(const struct world_sent *x, const struct world_seg *s,
		       ostia_time now)
{
	bool echo = s->h.opts & WIRE_TCP_OPT_TS;

	if (x->times > 1 && !echo)
		return 0;
	if (x->times > 1 && s->h.tsecr == x->tsval)
		return now - x->time;
	return now - x->first;
}

static void sent_acked(struct world_watch *w, const struct world_seg *s,
		       uint64_t ack, ostia_time now)
{
	bool timed = s->h.opts & WIRE_TCP_OPT_TS && !s->h.n_sack;
	bool once = true;

	while (w->sent_n && w->sent[w->sent_first].at.to <= ack) {
		const struct world_sent *x = &w->sent[w->sent_first++];

		w->sent_n--;
		w->acked_segs++;
		once &= x->times == 1;
		soonest(w, x, now);
		w->rtt_max = later(w->rtt_max, took(x, s, now));
	}
	if (timed || once) /* surely measured: RFC 6298 (5.7) */
		w->timeouts = 0;
}

static void sent_sacked(struct world_watch *w, const struct world_seg *s,
			ostia_time now)
{
	for (unsigned i = 0; i < s->h.n_sack; i++) {
		uint32_t at = sent_find(w, place(w->una, w->syn.seq,
						 s->h.sack[i].right - 1));

		if (at < w->sent_first + w->sent_n)
			soonest(w, &w->sent[at], now);
	}
}

/* ---- what it sends: the header ---- */

/* What was heard stays known. */
static void forget(struct world_watch *w)
{
	struct world_watch was = *w;

	world_watch_fini(w);
	w->heard = was.heard;
	w->heard_time = was.heard_time;
	memcpy(w->last, was.last, sizeof(w->last));
	w->lasts = was.lasts;
	w->ts_known = was.ts_known;
	w->ts_heard = was.ts_heard;
	w->shrunk = was.shrunk;
}

static void begin(struct world_watch *w, const struct world_seg *s,
		  struct world_verdict *v)
{
	struct world_syn peer = w->peer;

	if (w->syn.seen && w->shown && !over(w))
		breach(v, WORLD_RULE_SYN, "another SYN while it is open");
	forget(w);
	w->syn = offer(s);
	w->edge = 1;
	if (!is(s, WIRE_TCP_ACK)) {
		w->ts_known = false;
		return;
	}
	if (!peer.seen || s->h.ack != peer.seq + 1) {
		breach(v, WORLD_RULE_SYN, "a SYN ACK for no SYN");
		return;
	}
	w->peer = peer;
	w->edge = 1 + peer.wnd;
	w->rcv_nxt = 1;
	w->fast_open = peer.opts & (WIRE_TCP_OPT_FO | WIRE_TCP_OPT_FO_EXP);
}

static void check_syn(const struct world_watch *w, const struct world_seg *s,
		      struct world_verdict *v)
{
	enum {
		ANSWERS = WIRE_TCP_OPT_WSCALE | WIRE_TCP_OPT_SACKOK |
			  WIRE_TCP_OPT_TS
	};

	if (w->shown)
		breach(v, WORLD_RULE_SYN, "a SYN after the handshake");
	if (is(s, WIRE_TCP_ACK) && s->h.opts & ~w->peer.opts & ANSWERS)
		breach(v, WORLD_RULE_OPTION, "it was not offered: %#x",
		       (unsigned)(s->h.opts & ~w->peer.opts & ANSWERS));
}

static void check_options(const struct world_watch *w,
			  const struct world_seg *s, struct world_verdict *v)
{
	enum {
		OF_SYNS = WIRE_TCP_OPT_MSS | WIRE_TCP_OPT_WSCALE |
			  WIRE_TCP_OPT_SACKOK
	};

	if (s->h.opts & OF_SYNS)
		breach(v, WORLD_RULE_OPTION, "options of a SYN: %#x",
		       (unsigned)s->h.opts);
	if (s->h.opts & WIRE_TCP_OPT_SACK && !agreed(w, WIRE_TCP_OPT_SACKOK))
		breach(v, WORLD_RULE_OPTION, "SACK without agreement");
	if (!!(s->h.opts & WIRE_TCP_OPT_TS) != agreed(w, WIRE_TCP_OPT_TS))
		breach(v, WORLD_RULE_STAMP, "a segment with%s timestamps",
		       s->h.opts & WIRE_TCP_OPT_TS ? "" : "out");
}

/* RFC 7323 3.2, 4.3 */
static void check_stamps(struct world_watch *w, const struct world_seg *s,
			 struct world_verdict *v)
{
	if (!(s->h.opts & WIRE_TCP_OPT_TS))
		return;
	if (w->stamped && (int32_t)(s->h.tsval - w->tsval) < 0)
		breach(v, WORLD_RULE_STAMP, "%u after %u", s->h.tsval,
		       w->tsval);
	w->tsval = s->h.tsval;
	w->stamped = true;
	if (!is(s, WIRE_TCP_ACK) || !w->ts_known)
		return;
	if ((int32_t)(s->h.tsecr - w->ts_heard) > 0)
		breach(v, WORLD_RULE_ECHO, "%u was not heard, only %u",
		       s->h.tsecr, w->ts_heard);
	if (w->echoed && (int32_t)(s->h.tsecr - w->tsecr) < 0 &&
	    !is(s, WIRE_TCP_SYN)) /* cookies remember nothing */
		breach(v, WORLD_RULE_ECHO, "%u after %u", s->h.tsecr, w->tsecr);
	w->tsecr = s->h.tsecr;
	w->echoed = true;
}

static void check_mss(const struct world_watch *w, const struct world_seg *s,
		      struct world_verdict *v)
{
	uint32_t mss = w->peer.seen ? w->peer.mss
		       : s->v6	    ? MSS_DEFAULT6
				    : MSS_DEFAULT4;

	if (s->unit && s->unit + (s->h.hlen - WIRE_TCP_HLEN) > mss)
		breach(v, WORLD_RULE_MSS, "%u bytes and %u of options, MSS %u",
		       s->unit, (unsigned)s->h.hlen - WIRE_TCP_HLEN, mss);
}

/* ---- congestion: RFC 3168 6.1, RFC 9768 3.2 ---- */

enum {
	ECN = WIRE_TCP_AE | WIRE_TCP_CWR | WIRE_TCP_ECE,
	ASK = WIRE_TCP_CWR | WIRE_TCP_ECE,
	CE = 3,
	FIELD_MASK = 0xffffff,
};

static unsigned ace_of(const struct world_seg *s)
{
	return (s->h.flags & ECN) / WIRE_TCP_ECE;
}

/* What a SYN-ACK's flags tell of the SYN; table 2 */
static bool is_accurate(const struct world_seg *s)
{
	return ace_of(s) > 1 && ace_of(s) != 7;
}

/* Its own SYN; of a SYN-ACK: it is how it will be. */
static void ecn_syn_out(struct world_watch *w, const struct world_seg *s)
{
	struct world_ecn *e = &w->ecn;

	if (s->h.flags & ECN)
		e->asked = true;
	else
		e->plain = true;
	if (is(s, WIRE_TCP_ACK)) {
		e->accurate |= is_accurate(s);
		e->capable = e->asked && !e->plain;
	}
}

/* The peer's; the first SYN-ACK decides. */
static void ecn_syn_in(struct world_watch *w, const struct world_seg *s,
		       bool first)
{
	struct world_ecn *e = &w->ecn;

	if (!is(s, WIRE_TCP_ACK)) {
		if (!(s->h.flags & ECN) && !e->accurate)
			e->plain = e->asked;
		return;
	}
	e->marks += s->ecn == CE;
	if (first && e->asked) {
		e->accurate = is_accurate(s);
		e->capable = e->accurate || (ace_of(s) == 1 && !e->plain);
	}
	e->shake = 1 + s->ecn;
}

static void ecn_in(struct world_watch *w, const struct world_seg *s)
{
	uint32_t n = s->unit ? (s->len + s->unit - 1) / s->unit : 1;

	w->ecn.marks += s->ecn == CE ? n : 0;
	w->ecn.bytes[s->ecn] += s->len;
}

static void check_ect(const struct world_watch *w, const struct world_seg *s,
		      uint64_t from, struct world_verdict *v)
{
	if (!s->ecn)
		return;
	if (!s->len || is(s, WIRE_TCP_SYN) || from < w->nxt)
		breach(v, WORLD_RULE_ECT, "%u bytes at %llu of %llu", s->len,
		       ull(from), ull(w->nxt));
	if (!w->ecn.capable)
		breach(v, WORLD_RULE_ECT, "it was not agreed on");
}

/* 3.2.2.1: is it the ACK of a SYN-ACK, which tells of that one's mark? */
static bool is_shake(const struct world_watch *w, const struct world_seg *s)
{
	static const uint8_t shakes[4] = { 2, 3, 4, 6 };

	return w->ecn.shake && !s->len && !(s->h.opts & WIRE_TCP_OPT_SACK) &&
	       ace_of(s) == shakes[w->ecn.shake - 1];
}

static void check_counters(struct world_ecn *e, const struct world_seg *s,
			   struct world_verdict *v)
{
	bool one = s->h.opts & WIRE_TCP_OPT_ACC1;
	const unsigned cp[WIRE_TCP_MAX_ACC] = { one ? 1 : 2, CE, one ? 2 : 1 };

	for (unsigned i = 0; i < s->h.acc_n && i < WIRE_TCP_MAX_ACC; i++) {
		uint64_t *told = &e->told_bytes[cp[i]];
		uint32_t was = (uint32_t)*told + (cp[i] != CE);

		*told += (s->h.acc[i] - was) & FIELD_MASK;
		if (*told > e->bytes[cp[i]])
			breach(v, WORLD_RULE_ACE, "%llu bytes of %u, not %llu",
			       ull(e->bytes[cp[i]]), cp[i], ull(*told));
	}
}

static void check_ace(struct world_watch *w, const struct world_limits *l,
		      const struct world_seg *s, struct world_verdict *v)
{
	struct world_ecn *e = &w->ecn;
	bool sure = e->accurate && !(l->cookies && e->plain);

	if (s->h.opts & WIRE_TCP_OPT_ACC && !e->accurate)
		breach(v, WORLD_RULE_ACE, "an option without agreement");
	if (!sure || is(s, WIRE_TCP_SYN))
		return;
	if (s->h.opts & WIRE_TCP_OPT_ACC)
		check_counters(e, s, v);
	if (is_shake(w, s)) {
		e->shake = 0;
		return;
	}
	e->told += (ace_of(s) - 5 - e->told) & 7;
	if (e->told > e->marks)
		breach(v, WORLD_RULE_ACE, "%llu marks, not %llu", ull(e->marks),
		       ull(e->told));
}

/* ---- what it sends: acknowledgments ---- */

static bool arrived(const struct world_watch *w, uint64_t from, uint64_t to)
{
	if (to <= w->rcv_nxt || w->overflow)
		return true;
	for (uint32_t i = 0; i < w->ranges; i++)
		if (from >= w->range[i].from && to <= w->range[i].to)
			return true;
	return false;
}

/* RFC 2018 4, RFC 2883 4: the first block holds the latest, after a duplicate
 * the second.
 */
static void check_latest(const struct world_watch *w, const struct world_seg *s,
			 uint64_t ack, struct world_verdict *v)
{
	uint32_t first = w->peer.seq;

	for (unsigned i = 0; i < s->h.n_sack && i < 2; i++)
		if (w->late_from >= place(ack, first, s->h.sack[i].left) &&
		    w->late_from < place(ack, first, s->h.sack[i].right))
			return;
	breach(v, WORLD_RULE_SACK_FIRST, "%llu is not in it",
	       ull(w->late_from));
}

static void check_sack(const struct world_watch *w, const struct world_seg *s,
		       uint64_t ack, struct world_verdict *v)
{
	uint32_t first = w->peer.seq;

	for (unsigned i = 0; i < s->h.n_sack; i++) {
		uint64_t a = place(ack, first, s->h.sack[i].left);
		uint64_t b = place(ack, first, s->h.sack[i].right);

		if (a >= b || !arrived(w, a, b) || (i && b <= ack))
			breach(v, WORLD_RULE_SACK, "block %u: [%llu, %llu)", i,
			       ull(a), ull(b));
	}
	if (w->late_from > ack && !w->overflow)
		check_latest(w, s, ack, v);
}

static void check_ack(struct world_watch *w, const struct world_seg *s,
		      struct world_verdict *v)
{
	uint64_t ack = place(w->rcv_nxt, w->peer.seq, s->h.ack);
	unsigned shift = is(s, WIRE_TCP_SYN) ? 0 : scale(w, &w->syn);
	uint64_t adv = ack + ((uint64_t)s->h.wnd << shift);

	if (ack > w->rcv_nxt && !w->overflow)
		breach(v, WORLD_RULE_ACK, "%llu; only %llu arrived", ull(ack),
		       ull(w->rcv_nxt));
	if (ack < w->acked)
		breach(v, WORLD_RULE_ACK_BACK, "%llu after %llu", ull(ack),
		       ull(w->acked));
	if (adv + (1ull << shift) <= w->adv)
		breach(v, WORLD_RULE_EDGE, "%llu after %llu", ull(adv),
		       ull(w->adv));
	if (agreed(w, WIRE_TCP_OPT_SACKOK) && !is(s, WIRE_TCP_SYN))
		check_sack(w, s, ack, v);
	w->acked = ack > w->acked ? ack : w->acked;
	w->adv = adv > w->adv ? adv : w->adv;
	w->widest = adv - ack > w->widest ? adv - ack : w->widest;
	w->unacked = 0;
	w->told = 0;
	for (unsigned i = 0; i < s->h.n_sack; i++)
		w->told += seq_after(seq(s->h.sack[i].right), seq(s->h.ack));
	w->late_from = 0;
	w->due = OSTIA_NEVER;
}

/* ---- what it sends: numbers ---- */

static void check_place(const struct world_watch *w, const struct world_seg *s,
			uint64_t from, struct world_verdict *v)
{
	uint64_t to = from + numbers(s);
	uint64_t text_to = to - !!is(s, WIRE_TCP_FIN);

	if (from > w->nxt)
		breach(v, WORLD_RULE_GAP, "%llu; %llu was next", ull(from),
		       ull(w->nxt));
	if (s->len && text_to > w->edge && text_to > w->nxt &&
	    !is(s, WIRE_TCP_SYN))
		breach(v, WORLD_RULE_WINDOW, "to %llu; the edge is %llu",
		       ull(text_to), ull(w->edge));
	if (s->len && text_to > w->written + 1)
		breach(v, WORLD_RULE_WRITTEN, "to %llu; %llu were written",
		       ull(text_to), ull(w->written));
	if (w->fin && ((s->len && text_to > w->fin) ||
		       (is(s, WIRE_TCP_FIN) && text_to != w->fin)))
		breach(v, WORLD_RULE_FIN, "to %llu; the FIN is %llu",
		       ull(text_to), ull(w->fin));
	if (s->len && !w->open && !w->fast_open)
		breach(v, WORLD_RULE_SYN_DATA, "%u bytes", s->len);
	if (!numbers(s) && from != w->nxt && from + 1 != w->una &&
	    (from < w->una || w->edge >= w->nxt))
		breach(v, WORLD_RULE_SEQ, "%llu; %llu was next", ull(from),
		       ull(w->nxt));
}

/* RFC 5681 3.1, RFC 6928, RFC 3465 with L = 1: whatever the algorithm, nothing
 * lets a window grow faster, as long as all goes well.
 */
static void check_flight(const struct world_watch *w, struct world_verdict *v)
{
	uint64_t most = FIRST_WINDOW + BESIDE + w->acked_segs;

	if (w->open && !w->rough && w->sent_n > most)
		breach(v, WORLD_RULE_FLIGHT,
		       "%u segments, %llu were acknowledged", w->sent_n,
		       ull(w->acked_segs));
}

static int take_numbers(struct world_watch *w, const struct world_limits *l,
			const struct world_seg *s, uint64_t from,
			struct world_verdict *v, ostia_time now)
{
	uint64_t first = from + !!is(s, WIRE_TCP_SYN);
	uint64_t to = from + numbers(s), mid;

	if (to == from) {
		if (from + 1 == w->una)
			w->probes++;
		return 0;
	}
	if (text_on_sent(w, first, s->data, s->len, v))
		return -ENOMEM;
	mid = w->nxt < from ? from : w->nxt < to ? w->nxt : to;
	if (mid > from)
		sent_again(w, l, (struct world_span) { from, mid }, v, now);
	if (to > mid &&
	    sent_new(w, (struct world_span) { mid, to }, s->unit, now))
		return -ENOMEM;
	w->rough |= mid > from;
	check_flight(w, v);
	if (is(s, WIRE_TCP_FIN) && !w->fin)
		w->fin = to - 1;
	w->nxt = to > w->nxt ? to : w->nxt;
	return 0;
}

/* ---- resets ---- */

static bool answers(const struct world_seg *rst, const struct world_heard *x)
{
	if (x->flags & WIRE_TCP_RST)
		return false;
	if (x->flags & WIRE_TCP_ACK)
		return rst->h.seq == x->ack;
	return rst->h.seq == 0 && rst->h.ack == x->seq + x->numbers;
}

/* The last segment, or one that came in the same instant. */
static bool answers_any(const struct world_watch *w,
			const struct world_seg *rst)
{
	for (uint32_t i = 0; i < w->lasts && i < WORLD_WATCH_LAST; i++) {
		const struct world_heard *x =
			&w->last[(w->lasts - 1 - i) % WORLD_WATCH_LAST];

		if (i && x->time != w->heard_time)
			return false;
		if (answers(rst, x))
			return true;
	}
	return false;
}

static void keep_heard(struct world_watch *w, const struct world_seg *s,
		       ostia_time now)
{
	w->last[w->lasts++ % WORLD_WATCH_LAST] = (struct world_heard) {
		.time = now,
		.seq = s->h.seq,
		.ack = s->h.ack,
		.numbers = numbers(s),
		.flags = s->h.flags,
	};
}

/* RFC 9293 3.10.7.1: as an answer it stands where the other one points; as an
 * end, within what is not acknowledged.
 */
static void check_reset(struct world_watch *w, const struct world_seg *s,
			struct world_verdict *v)
{
	bool answer = answers_any(w, s);
	bool ends = w->syn.seen &&
		    seq_span(seq(w->syn.seq + (uint32_t)w->una),
			     seq(s->h.seq)) <= (uint32_t)(w->nxt - w->una);

	if (s->len && !answer)
		breach(v, WORLD_RULE_RESET, "with %u bytes", s->len);
	if (!answer && !(ends && !w->rst_in))
		breach(v, WORLD_RULE_RESET, "sequence number %u", s->h.seq);
	if (ends && w->shown && !over(w)) /* half open it refuses a segment */
		w->rst_out = true;
	w->due = OSTIA_NEVER;
	w->unacked = 0;
}

/* ---- a segment leaves ---- */

static void syn_out(struct world_watch *w, const struct world_seg *s,
		    struct world_verdict *v)
{
	if (!w->syn.seen || s->h.seq != w->syn.seq || over(w))
		begin(w, s, v);
	else if (w->peer.seen && is(s, WIRE_TCP_ACK) && !w->rcv_nxt)
		w->rcv_nxt = 1; /* simultaneous open */
	w->syn.opts |= s->h.opts;
	if (s->h.opts & WIRE_TCP_OPT_WSCALE)
		w->syn.wscale = s->h.wscale;
	if (is(s, WIRE_TCP_ACK)) /* it may answer less than it offered */
		w->syn.opts = s->h.opts;
	w->fast_open |= !!(s->h.opts & (WIRE_TCP_OPT_FO | WIRE_TCP_OPT_FO_EXP));
	ecn_syn_out(w, s);
	check_syn(w, s, v);
}

int world_watch_out(struct world_watch *w, const struct world_limits *l,
		    const struct world_seg *s, struct world_verdict *v,
		    ostia_time now)
{
	uint64_t from;

	v->rule = -1;
	if (l->cookies && w->rst_seen && !is(s, WIRE_TCP_SYN)) {
		forget(w); /* an old ACK may have made it anew */
		w->unknown = true;
	}
	if (w->unknown && !is(s, WIRE_TCP_SYN))
		return 0;
	world_watch_tick(w, l, v, now);
	if (is(s, WIRE_TCP_RST)) {
		check_reset(w, s, v);
		return 0;
	}
	if (is(s, WIRE_TCP_SYN))
		syn_out(w, s, v);
	if (!w->syn.seen)
		return 0; /* it began before we looked, or is a TIME-WAIT's */
	if (w->rst_out || w->rst_in)
		breach(v, WORLD_RULE_AFTER_RESET, "%s",
		       w->rst_out ? "it had sent one" : "it had heard one");
	if (!is(s, WIRE_TCP_ACK | WIRE_TCP_SYN))
		breach(v, WORLD_RULE_ACK_FLAG, "flags %#x",
		       (unsigned)s->h.flags);
	from = place(w->nxt, w->syn.seq, s->h.seq);
	if (is(s, WIRE_TCP_ACK))
		check_ack(w, s, v);
	if (!is(s, WIRE_TCP_SYN))
		check_options(w, s, v);
	check_stamps(w, s, v);
	check_mss(w, s, v);
	check_place(w, s, from, v);
	check_ect(w, s, from, v);
	check_ace(w, l, s, v);
	w->shown |= !is(s, WIRE_TCP_SYN);
	w->out_time = now;
	return take_numbers(w, l, s, from, v, now);
}

/* ---- a segment arrives ---- */

/* RFC 9293 3.4: does it begin or end in the window that was offered? */
static bool in_window(const struct world_watch *w, uint64_t from, uint64_t to)
{
	return from <= w->adv && to >= w->acked;
}

static void merge(struct world_watch *w, uint64_t from, uint64_t to)
{
	struct world_span x = { from, to };
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->ranges; i++) {
		struct world_span r = w->range[i];

		if (r.to < x.from || r.from > x.to) {
			w->range[n++] = r;
			continue;
		}
		x.from = r.from < x.from ? r.from : x.from;
		x.to = r.to > x.to ? r.to : x.to;
	}
	if (x.from <= w->rcv_nxt)
		w->rcv_nxt = x.to > w->rcv_nxt ? x.to : w->rcv_nxt;
	else if (n < WORLD_WATCH_RANGES)
		w->range[n++] = x;
	else
		w->overflow = true;
	w->ranges = n;
}

static void owe(struct world_watch *w, enum world_rule rule, unsigned ms,
		ostia_time now)
{
	ostia_time at = now + ms * NS_PER_MS;

	if (at >= w->due)
		return;
	w->due = at;
	w->due_rule = rule;
}

/* RFC 7323 5.3 R1: what is older than what it echoes it throws away. */
static bool outdated(const struct world_watch *w, const struct world_seg *s)
{
	return w->echoed && s->h.opts & WIRE_TCP_OPT_TS &&
	       (int32_t)(s->h.tsval - w->tsecr) < 0;
}

/* It may be, by an echo that is yet to come. */
static bool overtaken(const struct world_watch *w, const struct world_seg *s)
{
	return s->h.opts & WIRE_TCP_OPT_TS &&
	       (int32_t)(s->h.tsval - w->ts_heard) < 0;
}

/* RFC 5961 5.2: so is what acknowledges less than a window before SND.UNA; the
 * answer is a challenge, and those are limited (5.3, section 7).
 */
static bool ancient(const struct world_watch *w, const struct world_seg *s)
{
	uint64_t ack = place(w->una, w->syn.seq, s->h.ack);

	return ack + w->peer_widest < w->una;
}

static uint64_t beyond(const struct world_watch *w)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < w->ranges; i++)
		n += w->range[i].to - w->range[i].from;
	return n;
}

/* Has it surely room for what comes too early? Little else came (a part of
 * what it offers), and the window has not closed on what is yet to be read.
 */
static bool roomy(const struct world_watch *w, unsigned part)
{
	uint64_t room = w->adv - w->rcv_nxt;

	if (w->shrunk)
		return false;
	return beyond(w) < room / part && 4 * room > 3 * w->widest;
}

static bool keeps(const struct world_watch *w, const struct world_seg *s,
		  uint64_t from, uint64_t to)
{
	return from > w->rcv_nxt && to <= w->adv && roomy(w, 16) &&
	       !overtaken(w, s);
}

/* RFC 5681 4.2, RFC 9293 3.8.6.3. Where it acknowledged less than what came, it
 * had no room for the rest: what it makes of this segment we cannot know.
 */
static void owe_ack(struct world_watch *w, uint64_t from, uint64_t to,
		    const struct world_seg *s, ostia_time now)
{
	bool gaps = w->ranges && (w->told || (!agreed(w, WIRE_TCP_OPT_SACKOK) &&
					      !w->vague && roomy(w, 4)));

	w->late_from = from == w->rcv_nxt ? w->late_from : 0;
	if (!w->shown || over(w) || !in_window(w, from, to) || ancient(w, s))
		return;
	if (w->rcv_nxt > w->acked + w->unacked && to > w->acked) {
		owe(w, WORLD_RULE_ACK_DELAY, ACK_WAIT_MS, now);
		return;
	}
	if (from != w->rcv_nxt || gaps) {
		owe(w, WORLD_RULE_ACK_ORDER, AT_ONCE_MS, now);
		w->late_from = keeps(w, s, from, to) ? from : 0;
		return;
	}
	w->unacked += s->len;
	if (s->unit > w->full)
		w->full = s->unit;
	if (w->full >= FULL_LEAST && w->unacked >= 2 * (uint64_t)w->full)
		owe(w, WORLD_RULE_ACK_SECOND, AT_ONCE_MS, now);
	else
		owe(w, WORLD_RULE_ACK_DELAY, ACK_WAIT_MS, now);
}

/* Else it may say what it likes: it is thrown away (RFC 9293 3.10.7.4). */
static bool acceptable(const struct world_watch *w, const struct world_seg *s)
{
	uint64_t from = place(w->rcv_nxt, w->peer.seq, s->h.seq);

	return is(s, WIRE_TCP_SYN) ||
	       (in_window(w, from, from + numbers(s)) && !outdated(w, s));
}

static void text_in(struct world_watch *w, const struct world_seg *s,
		    ostia_time now)
{
	uint64_t from = place(w->rcv_nxt, w->peer.seq, s->h.seq);
	uint64_t to = from + numbers(s);

	if (from == to || is(s, WIRE_TCP_SYN))
		return;
	owe_ack(w, from, to, s, now);
	if (is(s, WIRE_TCP_FIN) && in_window(w, from, to))
		w->peer_fin = to - 1;
	if (in_window(w, from, to))
		merge(w, from, to);
	/* what comes too early for a SYN cookie is not kept, nor what
	 * acknowledges too little
	 */
	w->vague = w->ranges && (w->vague || !w->shown || ancient(w, s));
}

static void ack_in(struct world_watch *w, const struct world_seg *s,
		   ostia_time now)
{
	uint64_t ack = place(w->una, w->syn.seq, s->h.ack);
	unsigned shift = is(s, WIRE_TCP_SYN) ? 0 : scale(w, &w->peer);
	uint64_t edge = ack + ((uint64_t)s->h.wnd << shift);

	if (ack > w->nxt)
		return;
	if (ack > w->una || edge > w->edge)
		w->probes = 0;
	sent_sacked(w, s, now);
	w->rough |= s->h.n_sack || (ack == w->una && !numbers(s));
	if (ack > w->una) {
		sent_acked(w, s, ack, now);
		w->tries = 0;
		w->una = ack;
		w->open = true;
	}
	w->edge = edge > w->edge ? edge : w->edge;
	if (edge - ack > w->peer_widest)
		w->peer_widest = edge - ack;
}

/* RFC 9293 3.10.7.3, RFC 5961 3.2; in TIME-WAIT it may be ignored (RFC 1337).
 */
static void reset_in(struct world_watch *w, const struct world_seg *s)
{
	uint32_t next = w->peer.seq + (uint32_t)w->acked;

	w->rst_seen = true;
	if (!w->syn.seen || over(w))
		return;
	if (!w->peer.seen || !w->rcv_nxt)
		w->rst_in = is(s, WIRE_TCP_ACK) && s->h.ack == w->syn.seq + 1;
	else if (s->h.seq == next &&
		 s->h.seq == w->peer.seq + (uint32_t)w->rcv_nxt)
		w->rst_in = true;
	if (w->rst_in)
		w->due = OSTIA_NEVER;
}

static void syn_in(struct world_watch *w, const struct world_seg *s)
{
	bool answer = is(s, WIRE_TCP_ACK);

	if (w->syn.seen)
		ecn_syn_in(w, s, !w->peer.seen);
	if (!answer && (!w->syn.seen || over(w) || !w->open)) {
		w->ts_known &= w->peer.seen && w->peer.seq == s->h.seq;
		w->peer = offer(s);
	} else if (answer && w->syn.seen && !w->peer.seen &&
		   s->h.ack == w->syn.seq + 1) {
		w->peer = offer(s);
		w->rcv_nxt = 1;
	}
}

void world_watch_in(struct world_watch *w, const struct world_seg *s,
		    ostia_time now)
{
	w->heard++;
	w->heard_time = now;
	keep_heard(w, s, now);
	if (is(s, WIRE_TCP_RST)) {
		reset_in(w, s);
		return;
	}
	if (is(s, WIRE_TCP_SYN))
		syn_in(w, s);
	else
		ecn_in(w, s);
	if (s->h.opts & WIRE_TCP_OPT_TS &&
	    (!w->ts_known || (int32_t)(s->h.tsval - w->ts_heard) > 0)) {
		w->ts_heard = s->h.tsval;
		w->ts_known = true;
	}
	if (!w->syn.seen || !w->peer.seen)
		return;
	if (is(s, WIRE_TCP_ACK) && acceptable(w, s))
		ack_in(w, s, now);
	text_in(w, s, now);
}

void world_watch_icmp(struct world_watch *w, ostia_time now)
{
	w->heard++;
	w->heard_time = now;
}

/* ---- calls ---- */

void world_watch_bytes(struct world_watch *w, uint64_t from, uint64_t to,
		       bool out, struct world_verdict *v)
{
	v->rule = -1;
	if (out) {
		w->written = to > w->written ? to : w->written;
		return;
	}
	if (w->unknown)
		return;
	if (from != w->read || (to + 1 > w->rcv_nxt && !w->overflow))
		breach(v, WORLD_RULE_READ,
		       "[%llu, %llu) after %llu; %llu arrived", ull(from),
		       ull(to), ull(w->read), ull(w->rcv_nxt));
	w->read = to;
}

/* ---- time passes ---- */

/* When it should have been heard of, at the latest. */
static ostia_time patience(const struct world_watch *w)
{
	ostia_time first = PATIENCE_MS * NS_PER_MS + RTTS * w->rtt_max;
	unsigned n =
		w->probes + (w->tries > w->timeouts ? w->tries : w->timeouts);
	ostia_time most = (RTO_MAX_MS + PATIENCE_MS) * NS_PER_MS;

	return n > 10 || first << n > most ? later(first, most) : first << n;
}

static void silent(const struct world_watch *w, struct world_verdict *v,
		   ostia_time now)
{
	ostia_time since = later(w->out_time, w->heard_time);

	bool half_open = !w->open && w->peer.seen; /* it may be a cookie */

	if (!w->syn.seen || over(w) || half_open || now <= since + patience(w))
		return;
	if (w->una < w->nxt)
		breach(v, WORLD_RULE_SILENCE,
		       "[%llu, %llu) for %llu ms, after %u tries", ull(w->una),
		       ull(w->nxt), ull((now - since) / NS_PER_MS), w->tries);
	else if (w->open && !w->fin && w->written + 1 > w->nxt)
		breach(v, WORLD_RULE_STALL,
		       "%llu of %llu sent, the edge is %llu, for %llu ms",
		       ull(w->nxt - 1), ull(w->written), ull(w->edge),
		       ull((now - since) / NS_PER_MS));
}

void world_watch_tick(const struct world_watch *w, const struct world_limits *l,
		      struct world_verdict *v, ostia_time now)
{
	if (now > w->due && !over(w))
		breach(v, w->due_rule,
		       "due %llu us ago; %llu arrived, %u pieces beyond",
		       ull((now - w->due) / NS_PER_US), ull(w->rcv_nxt),
		       w->ranges);
	if (!l->inexact)
		silent(w, v, now);
}
