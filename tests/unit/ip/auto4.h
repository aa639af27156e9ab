/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/ip/auto4.h - what a link says while it finds an IPv4 address, as
 * text: "probe 10.99.0.7", "announce ...", "DISCOVER", "REQUEST 10.99.0.7"
 */
#ifndef OSTIA_TESTS_UNIT_IP_AUTO4_H
#define OSTIA_TESTS_UNIT_IP_AUTO4_H

#include "ip/dhcp.h"
#include "ip/zeroconf.h"
#include "net.h"
#include "wire/udp.h"

#include <arpa/inet.h>
#include <stdio.h>

#ifndef COUNT
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#endif

static struct wire_dhcp heard; /* the last DHCP message */
static struct say_to {
	char dst[INET_ADDRSTRLEN], src[INET_ADDRSTRLEN];
} heard_to;

static inline const char *dotted(const uint8_t *a)
{
	static char text[4][INET_ADDRSTRLEN];
	static unsigned next;

	return inet_ntop(AF_INET, a, text[next++ % 4], INET_ADDRSTRLEN);
}

static inline const char *hear_dhcp(const uint8_t *p, size_t n)
{
	static const char *const name[] = { "?",       "DISCOVER", "OFFER",
					    "REQUEST", "DECLINE",  "ACK",
					    "NAK",     "RELEASE" };
	static char text[64];
	const uint8_t *addr = heard.requested;

	EQ(wire_be_get16(p + 22), 67);
	strcpy(heard_to.src, dotted(p + 12));
	strcpy(heard_to.dst, dotted(p + 16));
	OK(wire_dhcp_parse(&heard, p + 28, n - 28) > 0);
	EQ(heard.client_id_len, 15);
	if (wire_be_get32(heard.ciaddr))
		addr = heard.ciaddr;
	snprintf(text, sizeof(text), "%s%s%s", name[heard.type & 7],
		 wire_be_get32(addr) ? " " : "",
		 wire_be_get32(addr) ? dotted(addr) : "");
	return text;
}

/* The peer is whoever we look for. */
static inline void answer_arp(struct net *n, const uint8_t *q)
{
	const struct wire_arp a = { .op = WIRE_ARP_REPLY,
				    .sha = (const uint8_t *)NET_PEER,
				    .spa = q + 24,
				    .tha = (const uint8_t *)NET_US,
				    .tpa = q + 14 };
	uint8_t m[28], f[64];
	size_t len;

	if (wire_be_get16(q + 6) != WIRE_ARP_REQUEST)
		return;
	wire_arp_emit(m, sizeof(m), &a);
	len = net_frame(f, NET_US, NET_PEER, WIRE_ETH_ARP, m, sizeof(m));
	net_rx(n, n->eth, f, len);
}

/* The next thing that the link says, or "". */
static inline const char *hear(struct net *n)
{
	static char text[64];
	uint8_t f[1600];
	size_t len;

	while ((len = net_tx(n, n->eth, f, sizeof(f)))) {
		uint16_t type = wire_be_get16(f + 12);

		if (type == WIRE_ETH_ARP) {
			bool probe = !wire_be_get32(f + 14 + 14);

			if (!probe && memcmp(f + 28, f + 38, 4) != 0) {
				answer_arp(n, f + 14);
				continue;
			}
			EQ(wire_be_get16(f + 20), WIRE_ARP_REQUEST);
			snprintf(text, sizeof(text), "%s %s",
				 probe ? "probe" : "announce",
				 dotted(f + 14 + 24));
			return text;
		}
		if (type == WIRE_ETH_IP4 && f[23] == WIRE_PROTO_UDP)
			return hear_dhcp(f + 14, len - 14);
	}
	return "";
}

/* Time passes until the link says something; "" after @s seconds. */
static inline const char *await(struct net *n, unsigned s, unsigned *took_ms)
{
	for (unsigned ms = 0; ms <= s * 1000; ms += 10) {
		const char *t = hear(n);

		if (took_ms)
			*took_ms = ms;
		if (*t)
			return t;
		net_sleep(n, 10 * OSTIA_MS);
	}
	return "";
}

#define SAYS(n, s, text) STR(await(n, s, NULL), text)

/* Somebody else's ARP request: from @spa, for @tpa. */
static inline void arp_says(struct net *n, const char *spa, const char *tpa)
{
	struct ostia_addr s = A(spa), t = A(tpa);
	const struct wire_arp a = { .op = WIRE_ARP_REQUEST,
				    .sha = (const uint8_t *)NET_PEER,
				    .spa = s.b + 12,
				    .tha = (const uint8_t *)"\0\0\0\0\0\0",
				    .tpa = t.b + 12 };
	uint8_t m[28], f[64];
	size_t len;

	wire_arp_emit(m, sizeof(m), &a);
	len = net_frame(f, NET_ALL, NET_PEER, WIRE_ETH_ARP, m, sizeof(m));
	net_rx(n, n->eth, f, len);
}

static inline bool has_addr(struct net *n, const char *text)
{
	struct ostia_addr a = A(text);

	return addrs_is_ours(n->ip, &a, 0);
}

#endif
