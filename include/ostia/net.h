/* SPDX-License-Identifier: MIT */
/*
 * ostia/net.h - what a host found out about its network
 *
 * Addresses that it gave itself and how they fare, the name servers that
 * routers and DHCP told it, and the order in which to try the addresses of a
 * name. A link configures itself when its settings say so:
 *
 *	ostia_stack_set(stack, "net.ipv6.conf.eth0.dad_transmits", "1");
 *	ostia_stack_set(stack, "net.ipv6.conf.eth0.accept_ra", "1");
 */
#ifndef OSTIA_NET_H
#define OSTIA_NET_H

#include <ostia/types.h>

/* struct ostia_addr_row.flags */
#define OSTIA_ADDR_TENTATIVE 0x01 /* not usable yet: is it a duplicate? */
#define OSTIA_ADDR_DUPLICATE 0x02 /* not usable: somebody else has it */
#define OSTIA_ADDR_DEPRECATED 0x04 /* not for new conversations */
#define OSTIA_ADDR_AUTO 0x08 /* the link gave it to itself */
#define OSTIA_ADDR_TEMPORARY 0x10 /* RFC 8981 */

/**
 * struct ostia_addr_row - An address of a link
 * @valid_until:     it goes then; OSTIA_NEVER
 * @preferred_until: it is deprecated then; OSTIA_NEVER
 * @plen:	     as its family counts: 0..32 or 0..128
 */
struct ostia_addr_row {
	struct ostia_addr addr;
	ostia_time valid_until, preferred_until;
	uint32_t flags;
	uint8_t plen;
};

/**
 * ostia_addr_list() - The addresses of a link, oldest first
 * Return: how many there are; at most @max are written.
 */
OSTIA_API int ostia_addr_list(const struct ostia_link *,
			      struct ostia_addr_row *rows, int max);

/** struct ostia_dns_server - @zone: link index of a link-local one, else 0 */
struct ostia_dns_server {
	struct ostia_addr addr;
	ostia_time until;
	uint32_t zone;
};

/**
 * ostia_dns_servers() - Name servers that are good now (RFC 8106)
 * Return: how many were written, at most @max.
 */
OSTIA_API int ostia_dns_servers(const struct ostia_stack *,
				struct ostia_dns_server *, int max);

/**
 * ostia_dns_search() - The @i-th search domain that is good now
 * @buf: text without final dot, at most @size bytes with the zero byte
 *
 * Return: its length; -ENOENT past the last; -ENOSPC.
 */
OSTIA_API int ostia_dns_search(const struct ostia_stack *, unsigned i,
			       char *buf, size_t size);

/**
 * ostia_dns_add() - A name server from elsewhere (DHCP, a file)
 * @until: OSTIA_NEVER, or when its lease ends; 0 takes it away
 *
 * Return: 0, -EINVAL (no host's address), -ENOSPC (others last longer).
 */
OSTIA_API int ostia_dns_add(struct ostia_stack *, const struct ostia_addr *,
			    uint32_t zone, ostia_time until);

/** ostia_dns_search_add() - The same for a search domain. */
OSTIA_API int ostia_dns_search_add(struct ostia_stack *, const char *name,
				   ostia_time until);

/**
 * struct ostia_dest - An address that a name has
 * @zone: link index for link-local ones, else 0
 * @src:  out: what we should speak from; :: if there is no way
 * @tag:  the caller's
 */
struct ostia_dest {
	struct ostia_addr addr, src;
	uint32_t zone;
	uint32_t tag;
};

/**
 * ostia_addr_order() - Best first (RFC 6724 6); equals stay in order
 *
 * Both families, IPv4 as mapped addresses. At most the first 64 are moved.
 */
OSTIA_API void ostia_addr_order(struct ostia_stack *, struct ostia_dest *,
				unsigned n);

/**
 * struct ostia_addr_policy - A row of RFC 6724's table
 * @plen: of 128; IPv4 is ::ffff:0:0/96
 */
struct ostia_addr_policy {
	struct ostia_addr prefix;
	uint8_t plen, precedence, label;
};

/**
 * ostia_addr_policy() - Replace the table; @n 0: the default one again
 * Return: 0; -E2BIG (more than 32 rows); -EINVAL (bits behind the prefix, a
 * prefix twice).
 */
OSTIA_API int ostia_addr_policy(struct ostia_stack *,
				const struct ostia_addr_policy *, unsigned n);

#endif
