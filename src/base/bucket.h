/* SPDX-License-Identifier: MIT */
/*
 * base/bucket.h - a token bucket: so much a second, so much at once
 *
 * Tokens are what the caller says: bytes of a wire, replies to strangers.
 * Integers only: the fraction of a token is carried along, so no rate drifts,
 * and no rate, burst or pause overflows.
 */
#ifndef OSTIA_BASE_BUCKET_H
#define OSTIA_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/**
 * struct bucket - The tokens at hand
 * @rate:	tokens per second; 0: never refilled
 * @burst:	tokens at most
 * @level:	tokens at the time @then
 * @part:	the fraction of a token beside @level, in 10^-9
 *
 * Invariants: level <= burst, part < 10^9, and a full bucket has part 0.
 */
struct bucket {
	uint64_t rate;
	uint64_t burst;
	uint64_t level;
	uint32_t part;
	ostia_time then;
};

/** bucket_init() - A full bucket. */
void bucket_init(struct bucket *b, uint64_t rate, uint64_t burst,
		 ostia_time now);

/** bucket_set() - Change rate and burst; the level stays, up to @burst. */
void bucket_set(struct bucket *b, uint64_t rate, uint64_t burst,
		ostia_time now);

/** bucket_take() - Take @n tokens, or none and false if there are fewer. */
bool bucket_take(struct bucket *b, uint64_t n, ostia_time now);

/** bucket_level() - Tokens at hand. */
uint64_t bucket_level(struct bucket *b, ostia_time now);

/**
 * bucket_ready_at() - The first moment at which @n tokens will be at hand
 *
 * @now if they are; OSTIA_NEVER if @n exceeds the burst or nothing refills.
 * Never too early; for rates over 1.8 * 10^10 perhaps a few ns late.
 */
ostia_time bucket_ready_at(struct bucket *b, uint64_t n, ostia_time now);

#endif
