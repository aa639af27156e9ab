/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * os/env.c - the machine's memory, randomness, clock and checksum routine
 */
#include "base/csum.h"

#include <ostia/runtime.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static void *lend(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void take_back(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)n;
	free(p);
}

#if defined(__SANITIZE_ADDRESS__)
static void poison(void *ctx, const void *p, size_t n, int on)
{
	(void)ctx;
	if (on)
		ASAN_POISON_MEMORY_REGION(p, n);
	else
		ASAN_UNPOISON_MEMORY_REGION(p, n);
}
#endif

ostia_time ostia_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ostia_time)ts.tv_sec * OSTIA_S + (ostia_time)ts.tv_nsec;
}

/* getrandom() fails only on kernels before 3.17 or under a filter; the clock
 * and an address are then better than nothing, and no secret.
 */
static void seed(uint8_t out[16])
{
	uint64_t weak[2];

	if (getrandom(out, 16, 0) == 16)
		return;
	weak[0] = ostia_clock() * UINT64_C(0x9e3779b97f4a7c15);
	weak[1] = (uint64_t)(uintptr_t)out ^ (uint64_t)getpid() << 32;
	memcpy(out, weak, 16);
}

void ostia_system_env(struct ostia_env *out)
{
	*out = (struct ostia_env) { .alloc = lend, .free = take_back };
#if defined(__SANITIZE_ADDRESS__)
	out->poison = poison;
#endif
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		out->csum = csum_avx2;
#endif
	seed(out->seed);
}
