/* SPDX-License-Identifier: MIT */
/*
 * ip/acd.h - may we have this IPv4 address? (RFC 5227)
 *
 * Probes, announces, and defends an address on behalf of whoever wants it:
 * a DHCP lease (ip/dhcp) or a link-local address (ip/zeroconf).
 */
#ifndef OSTIA_IP_ACD_H
#define OSTIA_IP_ACD_H

#include "base/addr.h"
#include "base/wheel.h"
#include "link/link.h"
#include "wire/arp.h"

struct ip;

enum acd_state {
	ACD_IDLE,
	ACD_PROBING,
	ACD_ANNOUNCING,
	ACD_OURS,
};

/** enum acd_news - What the owner must know */
enum acd_news {
	ACD_NONE,
	ACD_FREE, /* nobody answered: use it; announcing goes on by itself */
	ACD_TAKEN, /* somebody has it: do not use it */
	ACD_LOST, /* somebody insists: stop using it */
};

/**
 * struct acd - One address
 * @timer:	armed in PROBING and ANNOUNCING
 * @left:	probes, or announcements, that are still to be sent
 * @defended:	when we last did, 0: never
 */
struct acd {
	struct wheel_node timer;
	struct ostia_link *link;
	struct ostia_addr addr;
	ostia_time defended;
	uint8_t state;
	uint8_t left;
};

/**
 * acd_start() - Begin to probe for @addr, after a random delay
 * @kind: enum ip_timer, whose expiry calls acd_expire()
 */
void acd_start(struct ip *ip, struct acd *a, struct ostia_link *l,
	       const struct ostia_addr *addr, uint32_t kind, ostia_time now);
void acd_stop(struct ip *ip, struct acd *a);

/** acd_expire() - Its timer: ACD_NONE or ACD_FREE. */
enum acd_news acd_expire(struct ip *ip, struct acd *a, ostia_time now);

/** acd_heard() - An ARP packet of somebody else came by the link. */
enum acd_news acd_heard(struct ip *ip, struct acd *a, const struct wire_arp *f,
			ostia_time now);

#endif
