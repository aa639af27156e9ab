/* SPDX-License-Identifier: MIT */
/*
 * stack/links.c - links, addresses and routes, as the public interface has
 * them: text becomes facts here
 */
#include "base/addrtext.h"
#include "ip/addrs.h"
#include "ip/route.h"
#include "stack/stack.h"

#include <errno.h>

enum { V4_PREFIX = 96 }; /* bits before a mapped IPv4 address */

int ostia_link_new(struct ostia_stack *s, const struct ostia_link_config *cfg,
		   struct ostia_link **out)
{
	struct ostia_link *l;
	int err = link_new(&s->env, cfg, &l);

	if (err)
		return err;
	l->stack = s;
	err = ip_link_add(&s->ip, l, stack_now(s));
	if (err) {
		link_free(&s->env, l);
		return err;
	}
	*out = l;
	return 0;
}

void ostia_link_free(struct ostia_link *l)
{
	struct ostia_stack *s = l->stack;

	if (s->tcp)
		tcp_link_gone(s->tcp, l);
	if (s->socks)
		socks_link_gone(s->socks, l);
	if (s->packet)
		packet_link_gone(s->packet, l);
	ip_link_del(&s->ip, l);
	link_free(&s->env, l);
}

unsigned ostia_link_index(const struct ostia_link *l)
{
	return l->index;
}

const char *ostia_link_name(const struct ostia_link *l)
{
	return l->name;
}

uint32_t ostia_link_mtu(const struct ostia_link *l)
{
	return l->mtu;
}

int ostia_addr_add(struct ostia_link *l, const char *text)
{
	struct ostia_addr a;
	uint8_t plen;
	int err = addrtext_prefix(text, &a, &plen);

	return err ? err
		   : addrs_add(&l->stack->ip, l, &a, plen, stack_now(l->stack));
}

int ostia_addr_del(struct ostia_link *l, const char *text)
{
	struct ostia_addr a;
	uint8_t plen;
	int err = addrtext_prefix(text, &a, &plen);

	return err ? err : addrs_del(&l->stack->ip, l, &a, plen);
}

/* A route's two texts; *@via is NULL if there is no gateway. */
static int parse_route(const char *dst, const char *gateway,
		       struct ostia_addr *net, unsigned *plen,
		       struct ostia_addr *gw, const struct ostia_addr **via)
{
	uint8_t n;
	int err = addrtext_prefix(dst, net, &n);

	if (err)
		return err;
	*plen = addr_is_v4(net) ? V4_PREFIX + n : n;
	*via = gateway ? gw : NULL;
	return gateway ? addrtext_parse(gateway, gw) : 0;
}

int ostia_route_add(struct ostia_link *l, const char *dst, const char *gateway)
{
	const struct ostia_addr *via;
	struct ostia_addr net, gw;
	unsigned plen;
	int err = parse_route(dst, gateway, &net, &plen, &gw, &via);

	return err ? err : route_add(&l->stack->ip, l, &net, plen, via);
}

int ostia_route_del(struct ostia_link *l, const char *dst, const char *gateway)
{
	const struct ostia_addr *via;
	struct ostia_addr net, gw;
	unsigned plen;
	int err = parse_route(dst, gateway, &net, &plen, &gw, &via);

	return err ? err : route_del(&l->stack->ip, l, &net, plen, via);
}
