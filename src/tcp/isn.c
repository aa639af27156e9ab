/* SPDX-License-Identifier: MIT */
#include "tcp/isn.h"

struct seq tcp_isn(const struct siphash_key *key, const struct flow *f,
		   ostia_time now)
{
	const uint64_t w[5] = {
		f->local.q[0],
		f->local.q[1],
		f->remote.q[0],
		f->remote.q[1],
		(uint64_t)f->lport << 48 | (uint64_t)f->rport << 32 | f->zone,
	};
	uint64_t clock = now / (4 * NS_PER_US);

	return seq((uint32_t)(clock + siphash_words_24(key, w, 5)));
}
