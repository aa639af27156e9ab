/* SPDX-License-Identifier: MIT */
/*
 * ip/zeroconf.h - an IPv4 address that a link gives itself (RFC 3927)
 *
 * One of 169.254.1.0 to 169.254.254.255, drawn from the MAC address, so that
 * a host tends to get the same one again; probed for, announced, defended
 * once, and given up for another when somebody insists.
 */
#ifndef OSTIA_IP_ZEROCONF_H
#define OSTIA_IP_ZEROCONF_H

#include "ip/acd.h"

#include <stdbool.h>

/**
 * struct zeroconf - A link's
 * @timer:	the next attempt, when there were too many
 * @conflicts:	addresses that proved to be taken
 * @installed:	acd.addr is the link's
 */
struct zeroconf {
	struct ostia_link *link;
	struct wheel_node timer;
	struct acd acd;
	uint32_t conflicts;
	bool installed;
};

/** zeroconf_start() - Return: 0; -EOPNOTSUPP (no Ethernet), -EALREADY,
 * -ENOMEM.
 */
int zeroconf_start(struct ip *ip, struct ostia_link *l, ostia_time now);
/** zeroconf_stop() - Return: 0, -ENOENT. */
int zeroconf_stop(struct ip *ip, struct ostia_link *l);

void zeroconf_expire(struct ip *ip, struct zeroconf *z, ostia_time now);
void zeroconf_expire_acd(struct ip *ip, struct zeroconf *z, ostia_time now);

/** zeroconf_arp() - Somebody's ARP packet. Return: it was about our address. */
bool zeroconf_arp(struct ip *ip, struct ostia_link *l, const struct wire_arp *f,
		  ostia_time now);
void zeroconf_link_gone(struct ip *ip, struct ostia_link *l);

#endif
