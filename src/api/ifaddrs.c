/* SPDX-License-Identifier: MIT */
/*
 * api/ifaddrs.c - getifaddrs(): the links of the current process's stack, and
 * their addresses
 *
 * As glibc tells them: each link once as AF_PACKET, then the addresses of IPv4
 * and then those of IPv6. What we make is one block, so that free() frees a
 * list, whether it is ours or glibc's. A link's counters (ifa_data) are told
 * by ostia_counter() alone.
 */
#define OSTIA_POSIX_NO_NAMES
#include <ostia/posix.h>

#include "api/call.h"
#include "api/ifreq.h"
#include "ip/addrs.h"
#include "ip/state.h"

#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdlib.h>

enum { MAPPED_BITS = 96, ORDER = 3 /* AF_PACKET, AF_INET, AF_INET6 */ };

/* One entry, and all that it points to. */
struct entry {
	struct ifaddrs ifa;
	union any {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_ll ll;
	} addr, mask, far;
	char name[16];
};

static struct entry *named(struct entry *e, const struct ostia_link *l)
{
	memset(e, 0, sizeof(*e));
	memcpy(e->name, l->name, sizeof(e->name));
	e->ifa.ifa_name = e->name;
	e->ifa.ifa_flags = (unsigned)(unsigned short)api_ifreq_flags(l);
	e->ifa.ifa_addr = &e->addr.sa;
	return e;
}

static void put_link(struct entry *at, const struct ostia_link *l)
{
	struct entry *e = named(at, l);

	e->addr.ll = (struct sockaddr_ll) { .sll_family = AF_PACKET,
					    .sll_ifindex = (int)l->index,
					    .sll_hatype = api_ifreq_type(l),
					    .sll_halen = sizeof(l->mac) };
	e->far.ll = e->addr.ll;
	memcpy(e->addr.ll.sll_addr, l->mac, sizeof(l->mac));
	memset(e->far.ll.sll_addr, l->type == OSTIA_LINK_ETHERNET ? 0xff : 0,
	       sizeof(l->mac));
	e->ifa.ifa_broadaddr = &e->far.sa;
}

/* RFC 919: the broadcast address, where the network has one. */
static void put4(struct entry *at, const struct ostia_link *l,
		 const struct ifaddr *a)
{
	unsigned plen = a->plen - MAPPED_BITS;
	uint32_t mask = plen ? htonl(~0u << (32 - plen)) : 0;
	struct entry *e = named(at, l);

	e->addr.in.sin_family = AF_INET;
	memcpy(&e->addr.in.sin_addr, &a->addr.w[3], 4);
	e->mask.in.sin_family = AF_INET;
	e->mask.in.sin_addr.s_addr = mask;
	e->far.in = e->addr.in;
	if (l->type == OSTIA_LINK_ETHERNET && plen < 31)
		e->far.in.sin_addr.s_addr |= ~mask;
	e->ifa.ifa_netmask = &e->mask.sa;
	e->ifa.ifa_broadaddr = &e->far.sa;
}

static void put6(struct entry *at, const struct ostia_link *l,
		 const struct ifaddr *a)
{
	struct entry *e = named(at, l);

	e->addr.in6.sin6_family = AF_INET6;
	memcpy(&e->addr.in6.sin6_addr, &a->addr, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&e->addr.in6.sin6_addr))
		e->addr.in6.sin6_scope_id = l->index;
	e->mask.in6.sin6_family = AF_INET6;
	for (unsigned i = 0; i < a->plen; i++)
		e->mask.in6.sin6_addr.s6_addr[i / 8] |=
			(uint8_t)(0x80 >> i % 8);
	e->ifa.ifa_netmask = &e->mask.sa;
}

/* Entries of @l in part @part of the list, written at @to unless NULL. */
static size_t part_of(const struct ostia_link *l, unsigned part,
		      struct entry *to)
{
	size_t n = 0;

	if (part == 0) {
		if (to)
			put_link(to, l);
		return 1;
	}
	list_each (node, &l->addrs) {
		const struct ifaddr *a = list_entry(node, struct ifaddr, node);
		bool v4 = addr_is_v4(&a->addr);

		if (a->kind != IFADDR_LOCAL || v4 != (part == 1))
			continue;
		if (to && v4)
			put4(to + n, l, a);
		else if (to)
			put6(to + n, l, a);
		n++;
	}
	return n;
}

static size_t all_of(const struct ip *ip, struct entry *to)
{
	size_t n = 0;

	for (unsigned part = 0; part < ORDER; part++)
		list_each (node, &ip->links)
			n += part_of(list_entry(node, struct ostia_link, node),
				     part, to ? to + n : NULL);
	for (size_t i = 0; to && i + 1 < n; i++)
		to[i].ifa.ifa_next = &to[i + 1].ifa;
	return n;
}

static int do_getifaddrs(struct call *c, struct ifaddrs **out)
{
	const struct ip *ip = &c->p->stack->ip;
	size_t n = all_of(ip, NULL);
	struct entry *e = calloc(n ? n : 1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	all_of(ip, e);
	*out = n ? &e->ifa : NULL;
	if (!n)
		free(e);
	return 0;
}

int ostia_posix_getifaddrs(struct ifaddrs **out)
{
	struct ostia_posix *p = ostia_posix_current();
	struct call c;

	if (!p)
		return getifaddrs(out);
	if (call_enter(&c, p->proc, "getifaddrs", -1))
		call_tell(&c, "%s", "");
	return (int)call_leave(&c, do_getifaddrs(&c, out));
}

void ostia_posix_freeifaddrs(struct ifaddrs *list)
{
	free(list); /* as glibc's does */
}
