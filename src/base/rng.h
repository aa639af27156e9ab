/* SPDX-License-Identifier: MIT */
/*
 * base/rng.h - random numbers that a seed repeats and a peer cannot foretell
 *
 * SipHash-2-4 of a counter under a secret key: as good as the PRF, so an
 * observer of any outputs learns nothing about the others, and the same seed
 * gives the same numbers on every machine.
 */
#ifndef OSTIA_BASE_RNG_H
#define OSTIA_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

/** struct rng - A key, and how many words it has given */
struct rng {
	struct siphash_key key;
	uint64_t given;
};

/** rng_init() - Begin at the start of the sequence that @seed names. */
void rng_init(struct rng *r, const uint8_t seed[16]);

/**
 * rng_fork() - A generator of its own for the part named @label
 *
 * Depends on the seed of @r and the label alone, not on what @r has given:
 * a part that draws more or less does not disturb the others.
 */
struct rng rng_fork(const struct rng *r, uint64_t label);

uint64_t rng_u64(struct rng *r);
uint32_t rng_u32(struct rng *r);

/** rng_below() - A number in [0, n), each as likely; @n is not 0. */
uint32_t rng_below(struct rng *r, uint32_t n);

/** rng_key() - A fresh key for a keyed hash. */
struct siphash_key rng_key(struct rng *r);

/** rng_bytes() - Fill @n bytes. */
void rng_bytes(struct rng *r, void *p, size_t n);

#endif
