/* SPDX-License-Identifier: MIT */
#include "base/bucket.h"

#include <assert.h>

static void bucket_check(const struct bucket *b)
{
	assert(b->level <= b->burst);
	assert(b->part < NS_PER_S);
	assert(b->level < b->burst || b->part == 0);
}

static void fill(struct bucket *b)
{
	b->level = b->burst;
	b->part = 0;
}

/* What flows in during less than a second: rate * ns / 10^9, whole tokens
 * and their fraction. The rate is split so that each product fits 64 bits.
 */
static uint64_t inflow(const struct bucket *b, uint64_t ns, uint32_t *part)
{
	uint64_t fine = (b->rate % NS_PER_S) * ns + b->part;

	*part = (uint32_t)(fine % NS_PER_S);
	return b->rate / NS_PER_S * ns + fine / NS_PER_S;
}

static void refill(struct bucket *b, ostia_time now)
{
	uint64_t passed = time_since(b->then, now);
	uint64_t secs = passed / NS_PER_S;
	uint64_t room = b->burst - b->level;
	uint64_t some;
	uint32_t part;

	if (passed == 0)
		return;
	b->then = now;
	if (b->rate != 0 && secs > room / b->rate) {
		fill(b);
		return;
	}
	some = inflow(b, passed % NS_PER_S, &part);
	room -= secs * b->rate;
	if (some >= room) {
		fill(b);
		return;
	}
	b->level += secs * b->rate + some;
	b->part = part;
	bucket_check(b);
}

void bucket_init(struct bucket *b, uint64_t rate, uint64_t burst,
		 ostia_time now)
{
	*b = (struct bucket) {
		.rate = rate, .burst = burst, .level = burst, .then = now
	};
	bucket_check(b);
}

void bucket_set(struct bucket *b, uint64_t rate, uint64_t burst, ostia_time now)
{
	refill(b, now);
	b->rate = rate;
	b->burst = burst;
	if (b->level >= burst)
		fill(b);
	bucket_check(b);
}

bool bucket_take(struct bucket *b, uint64_t n, ostia_time now)
{
	refill(b, now);
	if (n > b->level)
		return false;
	b->level -= n;
	bucket_check(b);
	return true;
}

uint64_t bucket_level(struct bucket *b, ostia_time now)
{
	refill(b, now);
	return b->level;
}

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* ns until @some tokens, at most a second's worth, have flowed in beside
 * the fraction we have: ceil((some * 10^9 - part) / rate). For a product
 * over 64 bits both sides lose low bits, in the direction of too late.
 */
static uint64_t wait_ns(const struct bucket *b, uint64_t some)
{
	uint64_t rate = b->rate;

	if (some <= UINT64_MAX / NS_PER_S)
		return divide_up(some * NS_PER_S - b->part, rate);
	while (some > UINT64_MAX / NS_PER_S) {
		some = some / 2 + 1;
		rate /= 2;
	}
	return divide_up(some * NS_PER_S, rate);
}

ostia_time bucket_ready_at(struct bucket *b, uint64_t n, ostia_time now)
{
	uint64_t missing, secs;

	refill(b, now);
	if (n <= b->level)
		return b->then;
	if (n > b->burst || b->rate == 0)
		return OSTIA_NEVER;
	missing = n - b->level;
	secs = (missing - 1) / b->rate; /* so that something is left over */
	if (secs > OSTIA_NEVER / NS_PER_S)
		return OSTIA_NEVER;
	return time_after(time_after(b->then, secs * NS_PER_S),
			  wait_ns(b, missing - secs * b->rate));
}
