/* SPDX-License-Identifier: MIT */
/*
 * base/env.h - what the surroundings lend us, made safe to call
 */
#ifndef OSTIA_BASE_ENV_H
#define OSTIA_BASE_ENV_H

#include "base/csum.h"

#include <ostia/types.h>
#include <string.h>

/** env_alloc() - @n bytes, or NULL. */
static inline void *env_alloc(const struct ostia_env *env, size_t n)
{
	return env->alloc(env->ctx, n);
}

/** env_zalloc() - @n bytes of zeros, or NULL. */
static inline void *env_zalloc(const struct ostia_env *env, size_t n)
{
	void *p = env->alloc(env->ctx, n);

	if (p)
		memset(p, 0, n);
	return p;
}

/** env_free() - Give back @n bytes; NULL is nothing. */
static inline void env_free(const struct ostia_env *env, void *p, size_t n)
{
	if (p)
		env->free(env->ctx, p, n);
}

/** env_poison() - Mark memory as forbidden, for debug builds. */
static inline void env_poison(const struct ostia_env *env, const void *p,
			      size_t n)
{
	if (env->poison)
		env->poison(env->ctx, p, n, 1);
}

/** env_unpoison() - Allow it again. */
static inline void env_unpoison(const struct ostia_env *env, const void *p,
				size_t n)
{
	if (env->poison)
		env->poison(env->ctx, p, n, 0);
}

/** env_csum() - The checksum routine that was lent, or the portable one. */
static inline csum_fn env_csum(const struct ostia_env *env)
{
	return env->csum ? env->csum : csum;
}

#endif
