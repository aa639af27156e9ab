/* SPDX-License-Identifier: MIT */
/*
 * ip/dhcp.h - a DHCPv4 client for a link (RFC 2131, 2132, 3442, 4361, 5227,
 * 6842, 8925)
 *
 * Discovers, requests, asks by ARP whether the address is free, renews and
 * rebinds, and lets go what is refused or has expired. The address, routes
 * and name servers of the lease are the link's as if set by hand. It speaks
 * UDP by itself: a host without an address has no sockets that could.
 *
 * Who had an address before asks for that first (INIT-REBOOT, RFC 2131 3.2),
 * twice; if nobody answers it asks for any. It does not use the old lease
 * unasked, as the RFC allows: it may be in another network. Where the user
 * says that IPv6 alone will do, a network that says so, too (option 108), is
 * left alone for as long as it asks.
 *
 * A departure: the first message goes out within a second, not after one to
 * ten (RFC 2131 4.4.1 asks to spread hosts that start together); users wait
 * less, and networks that lose power have long been faster.
 */
#ifndef OSTIA_IP_DHCP_H
#define OSTIA_IP_DHCP_H

#include "base/pkt.h"
#include "ip/acd.h"
#include "wire/dhcp.h"

#include <stdbool.h>

struct ip;

enum dhcp_state {
	DHCP_INIT,
	DHCP_REBOOTING, /* may it still have its former address? */
	DHCP_V6ONLY, /* the network would rather not give one (RFC 8925) */
	DHCP_SELECTING,
	DHCP_REQUESTING,
	DHCP_CHECKING, /* ARP: is the address free? */
	DHCP_BOUND,
	DHCP_RENEWING,
	DHCP_REBINDING,
};

/**
 * struct dhcp - A link's client
 * @timer:	what the state waits for
 * @acd:	of the address that was acknowledged
 * @began:	when the exchange began, for its seconds
 * @asked:	when the request was sent that a lease counts from
 * @t1, @t2, @until: of the lease
 * @addr, @server: offered, then leased
 * @lease:	what the last acknowledgment said
 * @server_mac:	who handed us its last word
 * @tries:	transmissions of this exchange
 * @installed:	address and routes are the link's
 * @former:	@addr was ours once: ask for it first
 * @v6only:	IPv6 alone will do
 * @changes:	how often address or routes changed
 */
struct dhcp {
	struct ostia_link *link;
	struct wheel_node timer;
	struct acd acd;
	ostia_time began, asked, t1, t2, until;
	struct ostia_addr addr, server;
	struct wire_dhcp lease;
	uint32_t xid;
	uint32_t changes;
	uint8_t server_mac[6];
	uint8_t plen;
	uint8_t state;
	uint8_t tries;
	bool installed, former, v6only;
};

/** struct dhcp_wish - @former: the address that it had once, or any
 * @v6only: IPv6 alone will do
 */
struct dhcp_wish {
	struct ostia_addr former;
	bool v6only;
};

/**
 * dhcp_start() - @w: NULL: no wish
 * Return: 0; -EOPNOTSUPP (no Ethernet), -EINVAL (no host's address of IPv4),
 * -EALREADY, -ENOMEM.
 */
int dhcp_start(struct ip *ip, struct ostia_link *l, const struct dhcp_wish *w,
	       ostia_time now);

/** dhcp_stop() - Give the lease back to its server, and end.
 * Return: 0, -ENOENT (not started).
 */
int dhcp_stop(struct ip *ip, struct ostia_link *l, ostia_time now);

/** dhcp_renew() - Ask for more time now. Return: 0, -ENOENT, -EAGAIN (there
 * is no lease).
 */
int dhcp_renew(struct ip *ip, struct ostia_link *l, ostia_time now);

/** dhcp_wants() - Is it a server's word to this link's client? */
bool dhcp_wants(struct ostia_pkt *p);

/** dhcp_rx() - Takes the packet that it wants. */
void dhcp_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now);

void dhcp_expire(struct ip *ip, struct dhcp *d, ostia_time now);
void dhcp_expire_acd(struct ip *ip, struct dhcp *d, ostia_time now);

/** dhcp_arp() - Somebody's ARP packet. Return: it was about our address. */
bool dhcp_arp(struct ip *ip, struct ostia_link *l, const struct wire_arp *f,
	      ostia_time now);

/** dhcp_link_gone() - Without a word to the server. */
void dhcp_link_gone(struct ip *ip, struct ostia_link *l);

#endif
