/* SPDX-License-Identifier: MIT */
#include "tcp/isn.h"

struct seq tcp_isn(const struct siphash_key *key, const struct flow *f,
		   ostia_time now)
{
	uint64_t clock = now / (4 * NS_PER_US);
	uint64_t w[FLOW_WORDS];

	flow_words(f, w);
	return seq((uint32_t)(clock + siphash_words_24(key, w, FLOW_WORDS)));
}
