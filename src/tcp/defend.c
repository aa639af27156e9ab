/* SPDX-License-Identifier: MIT */
#include "tcp/defend.h"

#include "tcp/cold.h"
#include "tcp/rx.h"

/* Half of the limit is certain, the other half is by chance. */
static uint32_t roll_limit(struct tcp *t)
{
	uint32_t half = (t->set.challenge_ack_limit + 1) / 2;

	return half + rng_below(&t->rng, half + 1);
}

static bool may_challenge(struct tcp *t, struct tcp_cold *k, ostia_time now)
{
	if (!k->challenge_since ||
	    time_since(k->challenge_since, now) >= NS_PER_S) {
		k->challenge_since = now ? now : 1;
		k->challenges = roll_limit(t);
	}
	if (!k->challenges)
		return false;
	k->challenges--;
	return true;
}

void tcp_defend_challenge(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = tcp_cold_get(t, c);

	if (!k || !may_challenge(t, k, now)) {
		tcp_stats(t)->TcpExtACKSkipped++;
		return;
	}
	tcp_stats(t)->TcpExtChallengeACK++;
	tcp_ack_now(c);
}

void tcp_defend_untaken(struct tcp *t, const struct tcp_seg *s, struct seq next)
{
	if ((s->h.flags & (WIRE_TCP_SYN | WIRE_TCP_RST)) == WIRE_TCP_SYN)
		TCP_UNTAKEN(t, TcpExtSYNChallenge);
	else if (seq_after(s->seq, next))
		TCP_UNTAKEN(t, TcpExtBeyondWindow);
	else
		TCP_UNTAKEN(t, TcpExtOldSequence);
}

bool tcp_defend_allow(const struct tcp *t, ostia_time *last, ostia_time now)
{
	uint64_t wait = t->set.invalid_ratelimit * NS_PER_MS;

	if (*last && time_since(*last, now) < wait)
		return false;
	*last = now ? now : 1;
	return true;
}

void tcp_defend_oow(struct tcp *t, struct tcp_conn *c, bool data,
		    ostia_time now)
{
	struct tcp_cold *k = tcp_cold_get(t, c);

	if (k && !data && !tcp_defend_allow(t, &k->oow_ack, now)) {
		tcp_stats(t)->TcpExtACKSkipped++;
		return;
	}
	tcp_ack_now(c);
}

bool tcp_defend_allow16(const struct tcp *t, uint16_t *last, ostia_time now)
{
	uint16_t stamp = (uint16_t)(now / (16 * NS_PER_MS)) | 1;
	uint32_t wait = t->set.invalid_ratelimit / 16;

	if (*last && (uint16_t)(stamp - *last) < wait)
		return false;
	*last = stamp;
	return true;
}
