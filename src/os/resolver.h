/* SPDX-License-Identifier: MIT */
/*
 * os/resolver.h - who answers for names, and whom he asks
 *
 * The stub resolver, until ostia_runtime_resolver() says another one. Both
 * functions are of struct ostia_posix_ops; @ctx is the runtime.
 */
#ifndef OSTIA_OS_RESOLVER_H
#define OSTIA_OS_RESOLVER_H

#include "os/runtime.h"

/** resolver_lookup() - Addresses of @name. Return: 0, or an EAI_ number. */
int resolver_lookup(void *ctx, const char *name, int family,
		    struct ostia_names *out);

/** resolver_reverse() - The name of @addr. Return: 0, or an EAI_ number. */
int resolver_reverse(void *ctx, const struct ostia_addr *addr, char *name,
		     size_t size);

#endif
