/* SPDX-License-Identifier: MIT */
/*
 * stack/net.c - what a host found out, as the public interface has it
 */
#include <ostia/net.h>

#include "ip/select.h"
#include "stack/stack.h"

#include <errno.h>

int ostia_dns_servers(const struct ostia_stack *s, struct ostia_dns_server *to,
		      int max)
{
	int n = 0;

	for (unsigned i = 0; i < DNS_SERVERS && n < max; i++) {
		const struct dns_server *d = &s->ip.dns.server[i];

		if (d->until > stack_now(s))
			to[n++] = (struct ostia_dns_server) { d->addr, d->until,
							      d->zone };
	}
	return n;
}

int ostia_dns_search(const struct ostia_stack *s, unsigned i, char *buf,
		     size_t size)
{
	for (unsigned k = 0; k < DNS_DOMAINS; k++) {
		const struct dns_domain *d = &s->ip.dns.domain[k];
		size_t len = strlen(d->name);

		if (d->until <= stack_now(s) || i-- > 0)
			continue;
		if (len >= size)
			return -ENOSPC;
		memcpy(buf, d->name, len + 1);
		return (int)len;
	}
	return -ENOENT;
}

int ostia_dns_add(struct ostia_stack *s, const struct ostia_addr *a,
		  uint32_t zone, ostia_time until)
{
	uint64_t before = s->stats.NdDnsOverflows;

	if (addr_is_any(a) || addr_is_multicast(a) || addr_is_broadcast(a))
		return -EINVAL;
	dns_server(&s->ip, a, zone, until, stack_now(s));
	return s->stats.NdDnsOverflows == before ? 0 : -ENOSPC;
}

int ostia_dns_search_add(struct ostia_stack *s, const char *name,
			 ostia_time until)
{
	uint64_t before = s->stats.NdDnsOverflows;

	if (!*name || strlen(name) >= DNS_NAME_MAX)
		return -EINVAL;
	dns_domain(&s->ip, name, until, stack_now(s));
	return s->stats.NdDnsOverflows == before ? 0 : -ENOSPC;
}

void ostia_addr_order(struct ostia_stack *s, struct ostia_dest *d, unsigned n)
{
	struct select_dest in[SELECT_DESTS];
	struct ostia_dest old[SELECT_DESTS];

	if (n > SELECT_DESTS)
		n = SELECT_DESTS;
	for (unsigned i = 0; i < n; i++) {
		old[i] = d[i];
		in[i] = (struct select_dest) { .addr = d[i].addr,
					       .zone = d[i].zone,
					       .index = i };
	}
	select_order(&s->ip, in, n);
	for (unsigned i = 0; i < n; i++) {
		d[i] = old[in[i].index];
		d[i].src = in[i].src;
	}
}

int ostia_addr_policy(struct ostia_stack *s, const struct ostia_addr_policy *p,
		      unsigned n)
{
	struct policy_row row[POLICY_ROWS];
	int err;

	if (n > POLICY_ROWS)
		return -E2BIG;
	for (unsigned i = 0; i < n; i++)
		row[i] = (struct policy_row) { p[i].prefix, p[i].plen,
					       p[i].precedence, p[i].label };
	err = 0;
	if (n)
		err = policy_set(&s->ip.policy, row, n);
	else
		policy_init(&s->ip.policy);
	if (!err)
		s->ip.gen++;
	return err;
}
