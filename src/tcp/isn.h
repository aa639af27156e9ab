/* SPDX-License-Identifier: MIT */
/*
 * tcp/isn.h - initial sequence numbers (RFC 6528, RFC 9293 3.4.1)
 *
 * ISN = M + F(ends, secret): M is a clock of 4 us, F SipHash-2-4. Each pair of
 * ends has a sequence space of its own that only moves forward, and nobody
 * who does not know the key can foretell one from the others.
 */
#ifndef OSTIA_TCP_ISN_H
#define OSTIA_TCP_ISN_H

#include "base/addr.h"
#include "base/seq.h"
#include "base/siphash.h"
#include "base/time.h"

/** tcp_isn() - The number to begin with between these two ends, now. */
struct seq tcp_isn(const struct siphash_key *key, const struct flow *f,
		   ostia_time now);

#endif
