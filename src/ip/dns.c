/* SPDX-License-Identifier: MIT */
/*
 * ip/dns.c - name servers and search domains (RFC 8106)
 */
#include "ip/dns.h"

#include "ip/state.h"

/* The slot to write: the one that @same says, a free one, or that which ends
 * first and before @until. -1: none.
 */
static int place(const ostia_time *end, unsigned n, unsigned stride, int same,
		 ostia_time until, ostia_time now)
{
	int first = -1;
	ostia_time least = until;

	if (same >= 0)
		return same;
	for (unsigned i = 0; i < n; i++) {
		ostia_time t;

		memcpy(&t, (const char *)end + (size_t)i * stride, sizeof(t));
		if (t <= now)
			return (int)i;
		if (t < least) {
			least = t;
			first = (int)i;
		}
	}
	return first;
}

void dns_server(struct ip *ip, const struct ostia_addr *addr, uint32_t zone,
		ostia_time until, ostia_time now)
{
	struct dns_server *s = ip->dns.server;
	int same = -1, at;

	if (addr_is_any(addr) || addr_is_multicast(addr))
		return;
	for (int i = 0; i < DNS_SERVERS; i++)
		if (s[i].until > now && s[i].zone == zone &&
		    addr_eq(&s[i].addr, addr))
			same = i;
	if (until <= now && same < 0)
		return;
	at = place(&s->until, DNS_SERVERS, sizeof(*s), same, until, now);
	if (at < 0) {
		ip->stats->NdDnsOverflows++;
		return;
	}
	s[at] = (struct dns_server) { *addr, until, zone };
}

void dns_domain(struct ip *ip, const char *name, ostia_time until,
		ostia_time now)
{
	struct dns_domain *d = ip->dns.domain;
	size_t len = strlen(name);
	int same = -1, at;

	if (len == 0 || len >= DNS_NAME_MAX)
		return;
	for (int i = 0; i < DNS_DOMAINS; i++)
		if (d[i].until > now && strcmp(d[i].name, name) == 0)
			same = i;
	if (until <= now && same < 0)
		return;
	at = place(&d->until, DNS_DOMAINS, sizeof(*d), same, until, now);
	if (at < 0) {
		ip->stats->NdDnsOverflows++;
		return;
	}
	d[at].until = until;
	memcpy(d[at].name, name, len + 1);
}

/* Letters that a name in a list of text may have: no dots, no blanks. */
static bool plain(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '.';
}

/* One name at @p. Return: its length in bytes, 0: malformed. */
static size_t read_name(const uint8_t *p, size_t n, char *to)
{
	size_t at = 0, len = 0;

	while (at < n && p[at]) {
		size_t label = p[at++];

		if (label > 63 || label > n - at ||
		    len + label + 2 > DNS_NAME_MAX)
			return 0;
		if (len)
			to[len++] = '.';
		for (size_t i = 0; i < label; i++, at++) {
			if (!plain(p[at]))
				return 0;
			to[len++] = (char)p[at];
		}
	}
	to[len] = '\0';
	return at < n ? at + 1 : 0;
}

void dns_domains(struct ip *ip, const uint8_t *p, size_t n, ostia_time until,
		 ostia_time now)
{
	char name[DNS_NAME_MAX];

	for (size_t at = 0; at < n;) {
		size_t len = read_name(p + at, n - at, name);

		if (!len)
			return;
		if (name[0])
			dns_domain(ip, name, until, now);
		at += len;
	}
}

void dns_link_gone(struct ip *ip, uint32_t zone)
{
	for (int i = 0; i < DNS_SERVERS; i++)
		if (ip->dns.server[i].zone == zone)
			ip->dns.server[i].until = 0;
}
