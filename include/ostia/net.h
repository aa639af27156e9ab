/* SPDX-License-Identifier: MIT */
/*
 * ostia/net.h - what a host found out about its network
 *
 * Its links, addresses, routes and neighbours and how they fare, the name
 * servers that routers and DHCP told it, and the order in which to try the
 * addresses of a name. A link configures itself when its settings say so:
 *
 *	ostia_stack_set(stack, "net.ipv6.conf.eth0.dad_transmits", "1");
 *	ostia_stack_set(stack, "net.ipv6.conf.eth0.accept_ra", "1");
 */
#ifndef OSTIA_NET_H
#define OSTIA_NET_H

#include <ostia/link.h>
#include <ostia/types.h>

/**
 * struct ostia_link_row - A link, and what passed by it
 * @type:    enum ostia_link_type
 * @mac:     Ethernet only, else zeros
 * @queue:   replies that may wait in it
 * @rx_packets, @tx_packets: a super-segment counts as its segments
 * @drops:   of either direction
 */
struct ostia_link_row {
	char name[16];
	uint32_t index, type, mtu, queue;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, drops;
	uint8_t mac[6];
};
OSTIA_API void ostia_link_row(const struct ostia_link *,
			      struct ostia_link_row *);

/** ostia_link_after() - The link with the lowest index > @index, or NULL. */
OSTIA_API struct ostia_link *ostia_link_after(const struct ostia_stack *,
					      unsigned index);

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

/**
 * ostia_link_addrs() - The same from the @first-th (0: the oldest) on
 * Return: rows written, 0 past the last.
 */
OSTIA_API int ostia_link_addrs(const struct ostia_link *, unsigned first,
			       struct ostia_addr_row *rows, int max);

enum ostia_route_origin {
	OSTIA_ROUTE_MANUAL,
	OSTIA_ROUTE_OWN, /* of an address of ours */
	OSTIA_ROUTE_TOLD, /* by a router (RFC 4861, RFC 4191) */
	OSTIA_ROUTE_REDIRECT, /* for one destination */
};

/**
 * struct ostia_route_row - A route
 * @gateway:	any (::): on the link itself
 * @until:	it ends then; OSTIA_NEVER
 * @link:	index
 * @plen:	as its family counts: 0..32 or 0..128
 * @origin:	enum ostia_route_origin
 * @pref:	RFC 4191: 1 high, 0 medium, -1 low
 */
struct ostia_route_row {
	struct ostia_addr prefix, gateway;
	ostia_time until;
	uint32_t link;
	uint8_t plen;
	uint8_t origin;
	int8_t pref;
};

/**
 * ostia_link_routes() - The routes by a link from the @first-th on, in the
 * order in which they were made. Return: rows written, 0 past the last.
 */
OSTIA_API int ostia_link_routes(const struct ostia_link *, unsigned first,
				struct ostia_route_row *rows, int max);

enum ostia_route_kind {
	OSTIA_ROUTE_UNICAST,
	OSTIA_ROUTE_LOCAL, /* an address of ours */
	OSTIA_ROUTE_BROADCAST,
	OSTIA_ROUTE_MULTICAST,
};

/**
 * struct ostia_way - How a packet would go
 * @route:	by which route; to ourselves and to many there may be none: a
 *		prefix of full length, made for the answer
 * @src:	what it would come from
 * @mtu:	of the path, as known now
 * @kind:	enum ostia_route_kind
 */
struct ostia_way {
	struct ostia_route_row route;
	struct ostia_addr src;
	uint32_t mtu;
	uint8_t kind;
};

/**
 * ostia_route_find() - Which way to @dst?
 * @src:  wished source, or NULL
 * @zone: link index that it shall go by, or 0
 *
 * Return: 0; -ENETUNREACH, -EHOSTUNREACH, -EINVAL (a link-local @dst without
 * @zone; @src is none of ours), -ENODEV, -EADDRNOTAVAIL, -ENOMEM, -ENOBUFS.
 */
OSTIA_API int ostia_route_find(struct ostia_stack *,
			       const struct ostia_addr *dst,
			       const struct ostia_addr *src, uint32_t zone,
			       struct ostia_way *out);

/** enum ostia_neigh_state - RFC 4861 7.3.2, and what became of it */
enum ostia_neigh_state {
	OSTIA_NEIGH_INCOMPLETE,
	OSTIA_NEIGH_REACHABLE,
	OSTIA_NEIGH_STALE,
	OSTIA_NEIGH_DELAY,
	OSTIA_NEIGH_PROBE,
	OSTIA_NEIGH_FAILED,
};

/**
 * struct ostia_neigh_row - A neighbour
 * @confirmed, @used, @updated: when that was last, 0: never
 * @refs:  paths that lead by it
 * @probes: sent since it last answered
 * @mac:   not in INCOMPLETE
 * @state: enum ostia_neigh_state
 */
struct ostia_neigh_row {
	struct ostia_addr addr;
	ostia_time confirmed, used, updated;
	uint32_t refs;
	uint8_t mac[6];
	uint8_t state;
	uint8_t router;
	uint8_t probes;
};

/** ostia_link_neighs() - As ostia_link_routes(), of ARP's and ND's cache. */
OSTIA_API int ostia_link_neighs(const struct ostia_link *, unsigned first,
				struct ostia_neigh_row *rows, int max);

/**
 * ostia_link_forget_neigh() - As `ip neigh del`: it is known to have gone
 * Who sends to it asks whether it is there, and hears EHOSTUNREACH when nobody
 * answers. Return: 0, -ENOENT: nothing is known of it.
 */
OSTIA_API int ostia_link_forget_neigh(struct ostia_link *,
				      const struct ostia_addr *);

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
