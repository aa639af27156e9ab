/* SPDX-License-Identifier: MIT */
/*
 * Each rule of the onlooker, broken once: a conversation that is right up to
 * its last segment, which breaks this rule and no other.
 */
#include "world/watch.h"

#include "base/time.h"

#include "../test.h"

enum { S = WIRE_TCP_SYN, A = WIRE_TCP_ACK, F = WIRE_TCP_FIN, R = WIRE_TCP_RST };
enum { OURS = 1000, PEERS = 5000, MSS = 1000, WIN = 10000 };

struct talk {
	struct world_watch w;
	struct world_limits l;
	ostia_time now;
	int broken; /* the rule, -1: none */
	uint16_t opts;
};

static const uint8_t text[65536];

static struct world_seg seg(const struct talk *t, unsigned flags, uint32_t n,
			    uint32_t ack, uint32_t len)
{
	return (struct world_seg) {
		.h = { .flags = (uint16_t)flags,
		       .seq = n,
		       .ack = ack,
		       .wnd = WIN,
		       .hlen = 20,
		       .opts = flags & S ? t->opts | WIRE_TCP_OPT_MSS
					 : t->opts & WIRE_TCP_OPT_TS,
		       .mss = MSS,
		       .tsval = (uint32_t)(t->now / NS_PER_MS),
		       .tsecr = t->w.ts_heard },
		.data = text,
		.len = len,
		.unit = len < MSS ? len : MSS,
	};
}

static int out(struct talk *t, const struct world_seg *s)
{
	struct world_verdict v;

	EQ(world_watch_out(&t->w, &t->l, s, &v, t->now), 0);
	t->broken = v.rule;
	return v.rule;
}

/* Positions as in the scripts: both sides' SYN is 0. */
static int say(struct talk *t, unsigned flags, uint32_t at, uint32_t ack,
	       uint32_t len)
{
	struct world_seg s =
		seg(t, flags, OURS + at, flags & A ? PEERS + ack : 0, len);

	return out(t, &s);
}

static void hear_win(struct talk *t, unsigned flags, uint32_t at, uint32_t ack,
		     uint32_t len, uint16_t win)
{
	struct world_seg s =
		seg(t, flags, PEERS + at, flags & A ? OURS + ack : 0, len);

	s.h.wnd = win;
	s.h.tsecr = t->w.tsval;
	world_watch_in(&t->w, &s, t->now);
}

static void hear(struct talk *t, unsigned flags, uint32_t at, uint32_t ack,
		 uint32_t len)
{
	hear_win(t, flags, at, ack, len, WIN);
}

static void later(struct talk *t, unsigned ms)
{
	t->now += ms * NS_PER_MS;
}

static void begin(struct talk *t, uint16_t opts)
{
	memset(t, 0, sizeof(*t));
	world_watch_init(&t->w);
	t->l = (struct world_limits) { 200 * NS_PER_MS, 6, 15, false };
	t->now = NS_PER_S;
	t->opts = opts;
}

/* The host connected; @written bytes wait to be sent. */
static void opened(struct talk *t, uint16_t opts, uint64_t written)
{
	struct world_verdict v;

	begin(t, opts);
	EQ(say(t, S, 0, 0, 0), -1);
	later(t, 10);
	hear(t, S | A, 0, 1, 0);
	EQ(say(t, A, 1, 1, 0), -1);
	world_watch_bytes(&t->w, 0, written, true, &v);
}

static int tick(struct talk *t)
{
	struct world_verdict v = { .rule = -1 };

	world_watch_tick(&t->w, &t->l, &v, t->now);
	return v.rule;
}

static void end(struct talk *t)
{
	world_watch_fini(&t->w);
}

TEST(a_conversation_that_is_right_breaks_nothing)
{
	struct talk t;

	opened(&t, WIRE_TCP_OPT_SACKOK | WIRE_TCP_OPT_TS, 3000);
	t.opts &= WIRE_TCP_OPT_TS;
	EQ(say(&t, A, 1, 1, 980), -1);
	EQ(say(&t, A, 981, 1, 980), -1);
	later(&t, 10);
	hear(&t, A, 1, 1961, 500);
	later(&t, 40);
	EQ(say(&t, A, 1961, 501, 0), -1);
	EQ(say(&t, F | A, 1961, 501, 0), -1);
	later(&t, 10);
	hear(&t, A, 501, 1962, 0);
	hear(&t, F | A, 501, 1962, 0);
	EQ(say(&t, A, 1962, 502, 0), -1);
	EQ(tick(&t), -1);
	end(&t);
}

#define BREAKS(rule, last)                        \
	do {                                      \
		EQ(last, (int)WORLD_RULE_##rule); \
		end(&t);                          \
	} while (0)

TEST(what_is_sent_has_its_place)
{
	struct talk t;

	opened(&t, 0, 9000);
	BREAKS(GAP, say(&t, A, 2, 1, 100));
	opened(&t, 0, 20000);
	hear_win(&t, A, 1, 1, 0, WIN); /* to 10001 */
	for (uint32_t i = 0; i < 10; i++)
		EQ(say(&t, A, 1 + i * 1000, 1, 1000), -1);
	BREAKS(WINDOW, say(&t, A, 10001, 1, 1));
	opened(&t, 0, 100);
	BREAKS(WRITTEN, say(&t, A, 1, 1, 101));
	opened(&t, 0, 2000);
	BREAKS(MSS, ({
		       struct world_seg s =
			       seg(&t, A, OURS + 1, PEERS + 1, 1001);

		       s.unit = 1001;
		       out(&t, &s);
	       }));
	opened(&t, 0, 100);
	EQ(say(&t, A, 1, 1, 100), -1);
	BREAKS(SEQ, say(&t, A, 50, 1, 0));
	opened(&t, 0, 100);
	EQ(say(&t, F | A, 1, 1, 0), -1);
	BREAKS(FIN, say(&t, A, 2, 1, 50));
}

TEST(bytes_sent_again_are_the_same)
{
	struct world_seg s;
	struct talk t;
	uint8_t other[100] = { 1 };

	opened(&t, 0, 100);
	EQ(say(&t, A, 1, 1, 100), -1);
	later(&t, 300);
	s = seg(&t, A, OURS + 1, PEERS + 1, 100);
	s.data = other;
	BREAKS(CONTENT, out(&t, &s));
}

TEST(programs_read_what_arrived)
{
	struct world_verdict v;
	struct talk t;

	opened(&t, 0, 0);
	hear(&t, A, 1, 1, 100);
	world_watch_bytes(&t.w, 0, 100, false, &v);
	EQ(v.rule, -1);
	world_watch_bytes(&t.w, 100, 101, false, &v);
	EQ(v.rule, (int)WORLD_RULE_READ);
	end(&t);
}

TEST(acknowledgments_are_of_what_arrived)
{
	struct talk t;

	opened(&t, 0, 0);
	hear(&t, A, 1, 1, 100);
	BREAKS(ACK, say(&t, A, 1, 102, 0));
	opened(&t, 0, 0);
	hear(&t, A, 1, 1, 100);
	EQ(say(&t, A, 1, 101, 0), -1);
	BREAKS(ACK_BACK, say(&t, A, 1, 1, 0));
	opened(&t, 0, 0);
	BREAKS(EDGE, ({
		       struct world_seg s = seg(&t, A, OURS + 1, PEERS + 1, 0);

		       s.h.wnd = WIN - 1;
		       out(&t, &s);
	       }));
	opened(&t, 0, 100);
	BREAKS(ACK_FLAG, say(&t, 0, 1, 0, 100));
}

TEST(acknowledgments_come_in_time)
{
	struct talk t;

	opened(&t, 0, 0);
	hear(&t, A, 1, 1, 1000);
	EQ(tick(&t), -1);
	hear(&t, A, 1001, 1, 1000);
	later(&t, 2);
	BREAKS(ACK_SECOND, tick(&t));
	opened(&t, 0, 0);
	hear(&t, A, 1001, 1, 1000);
	later(&t, 2);
	BREAKS(ACK_ORDER, tick(&t));
	opened(&t, 0, 0);
	hear(&t, A, 1, 1, 100);
	later(&t, 499);
	EQ(tick(&t), -1);
	later(&t, 2);
	BREAKS(ACK_DELAY, tick(&t));
}

/* A reader that stops: the window closes, and room for the early ends first. */
TEST(what_came_early_into_a_closing_window_may_be_gone)
{
	struct world_seg s;
	struct talk t;
	uint32_t at = 1;

	opened(&t, 0, 0);
	for (; at < WIN / 2; at += 2000) {
		hear(&t, A, at, 1, 1000);
		hear(&t, A, at + 1000, 1, 1000);
		s = seg(&t, A, OURS + 1, PEERS + at + 2000, 0);
		s.h.wnd = (uint16_t)(WIN + 1 - (at + 2000));
		EQ(out(&t, &s), -1);
	}
	hear(&t, A, at + 2000, 1, 100);
	s = seg(&t, A, OURS + 1, PEERS + at, 0);
	s.h.wnd = (uint16_t)(WIN + 1 - at);
	EQ(out(&t, &s), -1);
	hear(&t, A, at, 1, 1000);
	later(&t, 2);
	EQ(tick(&t), -1);
	world_watch_fini(&t.w);
}

/* Sends from @at to @to, and hears that it arrived. */
static void get_through(struct talk *t, uint32_t at, uint32_t to)
{
	for (; at < to; at += MSS)
		EQ(say(t, A, at, 1, MSS), -1);
	later(t, 10);
	hear(t, A, 1, to, 0);
}

/* RFC 5961 5.2: what acknowledges less than a window before SND.UNA is dropped,
 * and the challenges that answer it are limited.
 */
TEST(what_has_an_ancient_acknowledgment_need_not_be_answered)
{
	struct talk t;

	opened(&t, 0, 30000);
	get_through(&t, 1, 8001);
	get_through(&t, 8001, 12001);
	hear(&t, A, 1001, 2000, 100);
	later(&t, 2);
	EQ(tick(&t), -1);
	hear(&t, A, 1001, 2001, 100);
	later(&t, 2);
	BREAKS(ACK_ORDER, tick(&t));
}

TEST(an_early_piece_with_an_ancient_acknowledgment_may_be_gone)
{
	struct talk t;

	opened(&t, 0, 30000);
	get_through(&t, 1, 8001);
	get_through(&t, 8001, 12001);
	hear(&t, A, 1001, 2000, 100);
	hear(&t, A, 1, 12001, 100); /* is there a gap, or is there none? */
	later(&t, 2);
	EQ(tick(&t), -1);
	world_watch_fini(&t.w);
}

static int say_sack(struct talk *t, uint32_t left, uint32_t right)
{
	struct world_seg s = seg(t, A, OURS + 1, PEERS + 1, 0);

	s.h.opts |= WIRE_TCP_OPT_SACK;
	s.h.n_sack = 1;
	s.h.sack[0] = (struct wire_tcp_sack) { PEERS + left, PEERS + right };
	return out(t, &s);
}

TEST(blocks_are_of_what_arrived)
{
	struct talk t;

	opened(&t, WIRE_TCP_OPT_SACKOK, 0);
	hear(&t, A, 1001, 1, 100);
	BREAKS(SACK, say_sack(&t, 1001, 1102));
	opened(&t, WIRE_TCP_OPT_SACKOK, 0);
	hear(&t, A, 1001, 1, 100);
	hear(&t, A, 2001, 1, 100);
	BREAKS(SACK_FIRST, say_sack(&t, 1001, 1101));
}

/* RFC 7323 5.3 R1: what was overtaken by what is in order, and of which the
 * host has not yet told, is thrown away.
 */
TEST(what_a_later_timestamp_overtook_may_be_gone)
{
	struct world_seg s;
	struct talk t;

	opened(&t, WIRE_TCP_OPT_SACKOK | WIRE_TCP_OPT_TS, 0);
	t.opts &= WIRE_TCP_OPT_TS;
	s = seg(&t, A, PEERS + 1001, OURS + 1, 500);
	later(&t, 10);
	hear(&t, A, 1, 1, 500);
	world_watch_in(&t.w, &s, t.now);
	EQ(say(&t, A, 1, 501, 0), -1);
	end(&t);
}

TEST(timestamps_go_on)
{
	struct world_seg s;
	struct talk t;

	opened(&t, WIRE_TCP_OPT_TS, 100);
	s = seg(&t, A, OURS + 1, PEERS + 1, 0);
	s.h.tsval--;
	BREAKS(STAMP, out(&t, &s) /* backwards */);
	opened(&t, WIRE_TCP_OPT_TS, 100);
	s = seg(&t, A, OURS + 1, PEERS + 1, 0);
	s.h.opts = 0;
	BREAKS(STAMP, out(&t, &s) /* without */);
	opened(&t, WIRE_TCP_OPT_TS, 100);
	s = seg(&t, A, OURS + 1, PEERS + 1, 0);
	s.h.tsecr++;
	BREAKS(ECHO, out(&t, &s));
}

TEST(a_handshake_is_one)
{
	struct world_seg s;
	struct talk t;

	opened(&t, 0, 0);
	s = seg(&t, A, OURS + 1, PEERS + 1, 0);
	s.h.opts = WIRE_TCP_OPT_MSS;
	BREAKS(OPTION, out(&t, &s));
	opened(&t, 0, 0);
	later(&t, 1000);
	BREAKS(SYN, say(&t, S, 7, 0, 0));
	begin(&t, 0);
	EQ(say(&t, S, 0, 0, 0), -1);
	BREAKS(SYN_DATA, ({
		       struct world_verdict v;

		       world_watch_bytes(&t.w, 0, 10, true, &v);
		       say(&t, S, 0, 0, 10);
	       }));
}

TEST(resets_have_their_place_and_end_all)
{
	struct talk t;

	opened(&t, 0, 0);
	BREAKS(RESET, say(&t, R, 77, 0, 0));
	opened(&t, 0, 100);
	EQ(say(&t, R | A, 1, 1, 0), -1);
	BREAKS(AFTER_RESET, say(&t, A, 1, 1, 0));
	opened(&t, 0, 100);
	hear(&t, R, 1, 0, 0);
	BREAKS(AFTER_RESET, say(&t, A, 1, 1, 0));
	opened(&t, 0, 0); /* but TIME-WAIT goes on (RFC 1337) */
	EQ(say(&t, F | A, 1, 1, 0), -1);
	hear(&t, F | A, 1, 2, 0);
	EQ(say(&t, A, 2, 2, 0), -1);
	hear(&t, R, 2, 0, 0);
	EQ(say(&t, A, 2, 2, 0), -1);
	end(&t);
}

/* Sends segments from @at on until one breaks a rule. Return: how many did not.
 */
static unsigned burst(struct talk *t, uint32_t at, int *rule)
{
	unsigned n = 0;

	while ((*rule = say(t, A, at + n * 100, 1, 100)) < 0)
		n++;
	return n;
}

TEST(a_window_grows_by_what_was_acknowledged)
{
	struct talk t;
	int rule;

	opened(&t, 0, 10000);
	EQ(burst(&t, 1, &rule), 13); /* and the SYN was acknowledged */
	EQ(rule, WORLD_RULE_FLIGHT);
	end(&t);
	opened(&t, 0, 10000);
	for (unsigned i = 0; i < 10; i++)
		EQ(say(&t, A, 1 + i * 100, 1, 100), -1);
	later(&t, 10);
	hear(&t, A, 1, 401, 0); /* four of them: six are left */
	EQ(burst(&t, 1001, &rule), 11);
	EQ(rule, WORLD_RULE_FLIGHT);
	end(&t);
}

/* Two segments that come in one instant are both heard before the answer. */
TEST(a_reset_may_answer_what_came_with_the_last_segment)
{
	for (unsigned ms = 0; ms < 2; ms++) {
		struct talk t;

		opened(&t, 0, 100);
		EQ(say(&t, R | A, 1, 1, 0), -1);
		hear(&t, A, 1, 31, 0);
		later(&t, ms);
		hear(&t, A, 1, 61, 0);
		if (!ms)
			EQ(say(&t, R, 31, 0, 0), -1);
		EQ(say(&t, R, 61, 0, 0), -1);
		BREAKS(RESET, say(&t, R, ms ? 31 : 45, 0, 0));
	}
}

TEST(timers_wait)
{
	struct talk t;

	opened(&t, 0, 2000);
	EQ(say(&t, A, 1, 1, 1000), -1);
	EQ(say(&t, A, 1001, 1, 1000), -1);
	later(&t, 190);
	BREAKS(EARLY, say(&t, A, 1, 1, 1000));
	opened(&t, 0, 1000);
	EQ(say(&t, A, 1, 1, 1000), -1);
	for (unsigned ms = 200; ms <= 800; ms *= 2) {
		later(&t, ms);
		EQ(say(&t, A, 1, 1, 1000), -1);
	}
	later(&t, 1500);
	BREAKS(BACKOFF, say(&t, A, 1, 1, 1000));
}

TEST(timers_end)
{
	struct talk t;
	unsigned n = 0;

	opened(&t, 0, 1000);
	EQ(say(&t, A, 1, 1, 1000), -1);
	do
		later(&t, n < 9 ? 200u << n : 120000);
	while (say(&t, A, 1, 1, 1000) < 0 && n++ < 100);
	BREAKS(TRIES, t.broken);
	OK(n >= 15 && n <= 17);
}

TEST(timers_run)
{
	struct talk t;

	opened(&t, 0, 1000);
	EQ(say(&t, A, 1, 1, 1000), -1);
	later(&t, 2900);
	EQ(tick(&t), -1);
	later(&t, 1000);
	BREAKS(SILENCE, tick(&t));
	opened(&t, 0, 1000);
	later(&t, 4000);
	BREAKS(STALL, tick(&t));
}

/* Twice sent, acknowledged @ms later with this echo; then 4 s of silence. */
static int stall_after_echo(struct talk *t, bool of_first, unsigned ms)
{
	struct world_seg s;
	uint32_t first;

	opened(t, WIRE_TCP_OPT_TS, 2000);
	first = t->w.tsval;
	EQ(say(t, A, 1, 1, 980), -1);
	later(t, 1000);
	EQ(say(t, A, 1, 1, 980), -1);
	later(t, ms);
	s = seg(t, A, PEERS + 1, OURS + 981, 0);
	s.h.tsecr = of_first ? first : t->w.tsval;
	world_watch_in(&t->w, &s, t->now);
	later(t, 4000);
	return tick(t);
}

/* RFC 7323 4.1: an echo of what left first is a round trip of 1 s and more; one
 * of what left then says how long that took, which may be the ACK's own delay.
 */
TEST(an_old_echo_makes_for_patience)
{
	struct talk t;

	EQ(stall_after_echo(&t, true, 10), -1);
	end(&t);
	EQ(stall_after_echo(&t, false, 4000), -1);
	end(&t);
	BREAKS(STALL, stall_after_echo(&t, false, 10));
}

/* RFC 6298 3 and 5: an ACK of what was sent twice measures nothing, so the
 * timeout stays doubled.
 */
TEST(a_timeout_stays_long_until_a_round_trip_is_measured)
{
	struct talk t;
	uint32_t ms;

	opened(&t, 0, 4000);
	EQ(say(&t, A, 1, 1, 1000), -1);
	for (ms = 200; ms < 2000; ms *= 2) {
		later(&t, ms);
		EQ(say(&t, A, 1, 1, 1000), -1);
	}
	hear(&t, A, 1, 1001, 0);
	later(&t, 6000);
	EQ(tick(&t), -1);
	get_through(&t, 1001, 2001);
	later(&t, 4000);
	BREAKS(STALL, tick(&t));
}

TEST(every_rule_is_a_sentence)
{
	for (int i = 0; i < WORLD_RULE_COUNT; i++)
		OK(strlen(world_watch_rule_text((enum world_rule)i)) > 10);
}

TESTS(CASE(a_conversation_that_is_right_breaks_nothing),
      CASE(what_is_sent_has_its_place), CASE(bytes_sent_again_are_the_same),
      CASE(programs_read_what_arrived),
      CASE(acknowledgments_are_of_what_arrived),
      CASE(acknowledgments_come_in_time),
      CASE(what_came_early_into_a_closing_window_may_be_gone),
      CASE(what_has_an_ancient_acknowledgment_need_not_be_answered),
      CASE(an_early_piece_with_an_ancient_acknowledgment_may_be_gone),
      CASE(what_a_later_timestamp_overtook_may_be_gone),
      CASE(blocks_are_of_what_arrived), CASE(timestamps_go_on),
      CASE(a_handshake_is_one), CASE(resets_have_their_place_and_end_all),
      CASE(a_reset_may_answer_what_came_with_the_last_segment),
      CASE(a_window_grows_by_what_was_acknowledged), CASE(timers_wait),
      CASE(timers_end), CASE(timers_run), CASE(an_old_echo_makes_for_patience),
      CASE(a_timeout_stays_long_until_a_round_trip_is_measured),
      CASE(every_rule_is_a_sentence))
