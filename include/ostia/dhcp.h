/* SPDX-License-Identifier: MIT */
/*
 * ostia/dhcp.h - IPv4 addresses that a link gets by itself
 *
 * From a server (DHCP, RFC 2131), or without one (link-local, RFC 3927). Both
 * first ask by ARP whether the address is free, which takes some seconds of
 * the stack's time (RFC 5227). Name servers and the search domain of a lease
 * stand in ostia_dns_servers() and ostia_dns_search().
 */
#ifndef OSTIA_DHCP_H
#define OSTIA_DHCP_H

#include <ostia/types.h>

struct ostia_link;

enum ostia_dhcp_state {
	OSTIA_DHCP_INIT,
	OSTIA_DHCP_REBOOTING, /* may it have its former address? */
	OSTIA_DHCP_V6ONLY, /* the network would rather give none */
	OSTIA_DHCP_SELECTING, /* waiting for offers */
	OSTIA_DHCP_REQUESTING,
	OSTIA_DHCP_CHECKING, /* is the address free? */
	OSTIA_DHCP_BOUND, /* the address is the link's, and below */
	OSTIA_DHCP_RENEWING,
	OSTIA_DHCP_REBINDING,
};

/**
 * struct ostia_dhcp_info - How a link's client fares
 * @state:   enum ostia_dhcp_state
 * @plen:    of @addr, 0..32
 * @addr, @server: from OSTIA_DHCP_BOUND on
 * @renew, @rebind, @until: when, of the lease
 * @changes: how often the link's address or routes changed
 */
struct ostia_dhcp_info {
	uint32_t state;
	uint32_t plen;
	struct ostia_addr addr, server;
	ostia_time renew, rebind, until;
	uint32_t changes;
};

/**
 * ostia_dhcp_start() - Keep the link supplied with an address
 * Return: 0; -EOPNOTSUPP (not Ethernet), -EALREADY, -ENOMEM.
 */
OSTIA_API int ostia_dhcp_start(struct ostia_link *);

/**
 * struct ostia_dhcp_wish - What a client would like
 * @former: the address of a former lease (ostia_dhcp_info()): it is asked for
 *	    first (RFC 2131 3.2); any: none
 * @v6only: not 0: IPv6 alone will do. In a network that says so, too (RFC
 *	    8925), no address is asked for until its time is over
 */
struct ostia_dhcp_wish {
	struct ostia_addr former;
	int v6only;
};

/**
 * ostia_dhcp_start_with() - As ostia_dhcp_start(), with wishes
 * Return: also -EINVAL: @former is no host's address of IPv4.
 *
 * A lease is kept over a restart by a stack that is freed without
 * ostia_dhcp_stop(), which would give it back.
 */
OSTIA_API int ostia_dhcp_start_with(struct ostia_link *,
				    const struct ostia_dhcp_wish *);

/** ostia_dhcp_stop() - Give the address back. Return: 0, -ENOENT. */
OSTIA_API int ostia_dhcp_stop(struct ostia_link *);

/** ostia_dhcp_renew() - Ask for more time now. Return: 0, -ENOENT, -EAGAIN. */
OSTIA_API int ostia_dhcp_renew(struct ostia_link *);

/** ostia_dhcp_info() - Return: 0, -ENOENT (not started). */
OSTIA_API int ostia_dhcp_info(const struct ostia_link *,
			      struct ostia_dhcp_info *);

/**
 * ostia_linklocal_start() - Give the link an address of 169.254.0.0/16
 * Return: 0; -EOPNOTSUPP (not Ethernet), -EALREADY, -ENOMEM.
 */
OSTIA_API int ostia_linklocal_start(struct ostia_link *);

/** ostia_linklocal_stop() - Return: 0, -ENOENT. */
OSTIA_API int ostia_linklocal_stop(struct ostia_link *);

#endif
