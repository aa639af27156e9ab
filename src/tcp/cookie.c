/* SPDX-License-Identifier: MIT */
#include "tcp/cookie.h"

enum {
	MINUTE_SHIFT = 24,
	LOW = (1 << MINUTE_SHIFT) - 1,
	VALUES = 8,
};

/* What peers on Ethernet, with tunnels, and on loopback announce most. */
static const uint16_t mss_values[VALUES] = { 216,  536,	 1220, 1300,
					     1360, 1440, 1460, 8960 };

static uint32_t minutes(ostia_time now)
{
	return (uint32_t)(now / (60 * NS_PER_S));
}

static uint32_t hash(const struct siphash_key *key, const struct flow *f,
		     struct seq irs, uint32_t count)
{
	uint64_t w[FLOW_WORDS + 1];

	flow_words(f, w);
	w[FLOW_WORDS] = (uint64_t)irs.v << 32 | count;
	return (uint32_t)siphash_words_24(key, w, FLOW_WORDS + 1);
}

static unsigned index_of(uint16_t mss)
{
	unsigned i = VALUES - 1;

	while (i && mss_values[i] > mss)
		i--;
	return i;
}

struct seq tcp_cookie_make(const struct siphash_key key[2],
			   const struct flow *f, struct seq irs, uint16_t *mss,
			   ostia_time now)
{
	uint32_t count = minutes(now);
	unsigned i = index_of(*mss);

	*mss = mss_values[i];
	return seq(hash(&key[0], f, seq(0), 0) + irs.v +
		   (count << MINUTE_SHIFT) +
		   ((hash(&key[1], f, irs, count) + i) & LOW));
}

uint16_t tcp_cookie_check(const struct siphash_key key[2], const struct flow *f,
			  struct seq irs, struct seq cookie, ostia_time now)
{
	uint32_t rest = cookie.v - hash(&key[0], f, seq(0), 0) - irs.v;
	uint32_t count = minutes(now);
	uint32_t age = (count - (rest >> MINUTE_SHIFT)) & 0xff;
	uint32_t i;

	if (age > TCP_COOKIE_AGE_MIN)
		return 0;
	i = (rest - hash(&key[1], f, irs, count - age)) & LOW;
	return i < VALUES ? mss_values[i] : 0;
}

uint32_t tcp_cookie_ts(uint32_t clock, uint32_t bits)
{
	uint32_t ts = (clock & ~(uint32_t)TCP_COOKIE_TS_MASK) | bits;

	/* The next one of this handshake must not be older than this one. */
	if ((int32_t)(ts - clock) > 0)
		ts -= 1 << TCP_COOKIE_TS_BITS;
	return ts;
}
