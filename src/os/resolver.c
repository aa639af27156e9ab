/* SPDX-License-Identifier: MIT */
#include "os/resolver.h"

#include "names/config.h"

/* Set before main() by a library that resolves, read by all threads. */
static const struct ostia_resolver *resolver = &ostia_stub;

const struct ostia_resolver *
ostia_runtime_resolver(const struct ostia_resolver *r)
{
	return __atomic_exchange_n(&resolver, r ? r : &ostia_stub,
				   __ATOMIC_SEQ_CST);
}

void ostia_runtime_dns(struct ostia_runtime *rt, struct ostia_dns *out)
{
	ostia_runtime_lock(rt);
	*out = rt->dns;
	names_config_learn(out, rt->stack);
	ostia_runtime_unlock(rt);
}

void ostia_runtime_set_dns(struct ostia_runtime *rt, const struct ostia_dns *d)
{
	ostia_runtime_lock(rt);
	rt->dns = *d;
	ostia_runtime_unlock(rt);
}

static const struct ostia_resolver *present(void)
{
	return __atomic_load_n(&resolver, __ATOMIC_SEQ_CST);
}

int resolver_lookup(void *ctx, const char *name, int family,
		    struct ostia_names *out)
{
	struct ostia_runtime *rt = ctx;
	struct ostia_dns dns;

	ostia_runtime_dns(rt, &dns);
	return present()->lookup(rt->proc, &dns, name, family, out);
}

int resolver_reverse(void *ctx, const struct ostia_addr *addr, char *name,
		     size_t size)
{
	struct ostia_runtime *rt = ctx;
	struct ostia_dns dns;

	ostia_runtime_dns(rt, &dns);
	if (!dns.servers)
		return EAI_NONAME;
	return present()->reverse(rt->proc, &dns, addr, name, size);
}
