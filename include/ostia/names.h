/* SPDX-License-Identifier: MIT */
/*
 * ostia/names.h - names to addresses, on a network of ours
 *
 * getaddrinfo() and its kin (ostia/posix.h) never ask the host that we run
 * on: not its resolver, not its /etc/hosts. A process's driver finds names:
 * a world in the table of its hosts and by DNS, a runtime by DNS. The
 * questions travel over our own sockets.
 */
#ifndef OSTIA_NAMES_H
#define OSTIA_NAMES_H

#include <ostia/types.h>

enum {
	OSTIA_NAMES_MAX = 64, /* addresses of a name that count */
	OSTIA_NAME_TEXT = 1025, /* NI_MAXHOST */
	OSTIA_DNS_SERVERS = 4,
	OSTIA_DNS_SEARCH = 6,
};

/**
 * struct ostia_names - What a name stands for
 * @addr, @count: addresses as they were found, IPv4 mapped
 * @canonical: the name at the end of the aliases; ""; as it was asked for
 */
struct ostia_names {
	struct ostia_addr addr[OSTIA_NAMES_MAX];
	unsigned count;
	char canonical[OSTIA_NAME_TEXT];
};

/**
 * struct ostia_dns - Whom to ask, and how
 * @server, @zone, @servers: their addresses; the link's index for link-local
 *	ones
 * @search, @searches: domains for names that are short
 * @ndots:	names with fewer dots are short (1)
 * @attempts:	rounds through the servers (2)
 * @timeout:	ns that a server has for an answer (5 s)
 * @mix_case:	letters of random case, to be repeated by the server (1;
 *		draft-vixie-dnsext-dns0x20)
 * @hosts:	in a world: its hosts' names come first (1)
 */
struct ostia_dns {
	struct ostia_addr server[OSTIA_DNS_SERVERS];
	uint32_t zone[OSTIA_DNS_SERVERS];
	unsigned servers;
	char search[OSTIA_DNS_SEARCH][256];
	unsigned searches;
	unsigned ndots, attempts;
	ostia_time timeout;
	int mix_case;
	int hosts;
};

/** ostia_dns_init() - Nobody to ask; the rest as above. */
OSTIA_API void ostia_dns_init(struct ostia_dns *);

/**
 * ostia_dns_word() - One word of a network's description
 *
 *	dns=ADDRESS		a server; at most 4
 *	search=DOMAIN		for short names; at most 6
 *	ndots=N			how many dots make a name long, 0..15
 *	dns-timeout=SECONDS	1..60
 *	dns-attempts=N		1..10
 *	dns-case=mix | keep	0x20
 *
 * @stack: knows links by name, for dns=fe80::1%eth0
 * Return: 0; -ENOENT: no word of ours; -EINVAL, -E2BIG with a sentence in
 * @why (may be NULL).
 */
OSTIA_API int ostia_dns_word(struct ostia_dns *, struct ostia_stack *stack,
			     const char *word, const char *value, char *why,
			     size_t why_size);

/**
 * struct ostia_resolver - Who asks
 * @lookup:	addresses of @name, of @family (AF_INET, AF_INET6, AF_UNSPEC:
 *		both), in any order. Return: 0 with at least one; EAI_NONAME,
 *		EAI_NODATA (the name is, but has no address of the family),
 *		EAI_AGAIN (nobody answers, or not now), EAI_FAIL, EAI_MEMORY
 * @reverse:	the name of an address; 0 or EAI_*
 *
 * Called by a thread (or task) of @p, whose calls block.
 */
struct ostia_resolver {
	int (*lookup)(struct ostia_proc *p, const struct ostia_dns *,
		      const char *name, int family, struct ostia_names *out);
	int (*reverse)(struct ostia_proc *p, const struct ostia_dns *,
		       const struct ostia_addr *addr, char *name, size_t size);
};

/* What all servers refused (SERVFAIL, REFUSED ...), inside of a search. */
#define OSTIA_EAI_REFUSED (-4711)

/**
 * ostia_dns_find() - A name by the search list, as res_search(3) goes about it
 * @ask: about one name, with a dot at its end. Return: as lookup above, or
 *	OSTIA_EAI_REFUSED: the search goes on
 *
 * For who writes a resolver. Return: as lookup.
 */
OSTIA_API int ostia_dns_find(const struct ostia_dns *, const char *name,
			     int (*ask)(void *ctx, const char *name,
					struct ostia_names *out),
			     void *ctx, struct ostia_names *out);

/** ostia_stub - The resolver that is always there: a small stub (RFC 1035,
 * RFC 5452) over UDP, over TCP what is cut.
 */
OSTIA_API extern const struct ostia_resolver ostia_stub;

#endif
