/* SPDX-License-Identifier: MIT */
/*
 * ip/dns.h - the name servers and search domains that the network told us
 *
 * RFC 8106 5.3, 6; DHCP tells them, too. Short lists, the newest word counts;
 * when one is full, what ends first makes room, if it ends before the new one.
 */
#ifndef OSTIA_IP_DNS_H
#define OSTIA_IP_DNS_H

#include "base/addr.h"

struct ip;

enum {
	DNS_SERVERS = 8, /* RFC 8106 5.3.1 asks for 3 at least */
	DNS_DOMAINS = 8,
	DNS_NAME_MAX = 255, /* as text, with the zero byte: RFC 1035 3.1 */
};

struct dns_server {
	struct ostia_addr addr;
	ostia_time until; /* 0: empty */
	uint32_t zone;
};

struct dns_domain {
	ostia_time until;
	char name[DNS_NAME_MAX];
};

struct dns {
	struct dns_server server[DNS_SERVERS];
	struct dns_domain domain[DNS_DOMAINS];
};

/**
 * dns_server() - A server's address, and until when it is good
 * @zone:  link index if @addr is link-local, else 0
 * @until: <= @now: it is one no more
 */
void dns_server(struct ip *ip, const struct ostia_addr *addr, uint32_t zone,
		ostia_time until, ostia_time now);

/** dns_domain() - The same for a search domain, as text without final dot. */
void dns_domain(struct ip *ip, const char *name, ostia_time until,
		ostia_time now);

/**
 * dns_domains() - The same for names in the form of DNS, one after another
 *
 * What is malformed ends it; an empty name (padding) is passed over.
 */
void dns_domains(struct ip *ip, const uint8_t *p, size_t n, ostia_time until,
		 ostia_time now);

/** dns_link_gone() - Servers of its zone are none any more. */
void dns_link_gone(struct ip *ip, uint32_t zone);

#endif
