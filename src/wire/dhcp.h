/* SPDX-License-Identifier: MIT */
/*
 * wire/dhcp.h - DHCPv4 messages (RFC 2131, RFC 2132, RFC 3396, RFC 3442)
 *
 * What a client says and hears. Options that come in pieces are put together
 * (RFC 3396), also from the file and sname fields (option 52); of lists as
 * much is kept as there is room, and nothing in them is believed: addresses
 * are the caller's to judge.
 */
#ifndef OSTIA_WIRE_DHCP_H
#define OSTIA_WIRE_DHCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_DHCP_HLEN = 240, /* fixed part and magic cookie */
	WIRE_DHCP_MIN = 300, /* what old servers want to see (RFC 1542 2.1) */
	WIRE_DHCP_SERVER_PORT = 67,
	WIRE_DHCP_CLIENT_PORT = 68,

	WIRE_DHCP_ADDRS = 4, /* kept of a list of addresses */
	WIRE_DHCP_ROUTES = 16, /* kept of option 121 */
	WIRE_DHCP_TEXT = 255, /* kept of a name */
	WIRE_DHCP_ID = 64, /* kept of a client identifier */
};

enum wire_dhcp_type {
	WIRE_DHCP_DISCOVER = 1,
	WIRE_DHCP_OFFER,
	WIRE_DHCP_REQUEST,
	WIRE_DHCP_DECLINE,
	WIRE_DHCP_ACK,
	WIRE_DHCP_NAK,
	WIRE_DHCP_RELEASE,
	WIRE_DHCP_INFORM,
};

struct wire_dhcp_route {
	uint8_t net[4], gw[4];
	uint8_t plen;
};

/**
 * struct wire_dhcp - A message
 * @op:		1 from clients, 2 from servers
 * @type:	enum wire_dhcp_type; 0: none (BOOTP)
 * @server, @requested, @mask: option 54, 50, 1; 0.0.0.0: not there
 * @lease_s, @t1_s, @t2_s: options 51, 58, 59; 0: not there
 * @mtu:	option 26
 * @domain:	option 15, without trailing zero bytes, @domain_len bytes
 * @client_id:	option 61, @client_id_len bytes; @client_id_cut: it was longer
 * @has_routes:	option 121 was there, and read well
 * @v6only:	out: ask for option 108 (RFC 8925); in: it was there, and is
 *		@v6only_s
 * @bad:	enum wire_bad, after -EINVAL
 */
struct wire_dhcp {
	uint32_t xid;
	uint16_t secs;
	uint8_t op, type;
	bool broadcast;
	uint8_t ciaddr[4], yiaddr[4], siaddr[4], giaddr[4];
	uint8_t chaddr[6];
	uint8_t server[4], requested[4], mask[4];
	uint32_t lease_s, t1_s, t2_s;
	uint16_t mtu;
	uint8_t nrouters, ndns, nroutes;
	uint8_t router[WIRE_DHCP_ADDRS][4];
	uint8_t dns[WIRE_DHCP_ADDRS][4];
	struct wire_dhcp_route route[WIRE_DHCP_ROUTES];
	bool has_routes;
	bool v6only;
	uint32_t v6only_s;
	bool client_id_cut;
	uint8_t client_id_len, domain_len;
	uint8_t client_id[WIRE_DHCP_ID];
	char domain[WIRE_DHCP_TEXT + 1];
	uint8_t bad;
};

/**
 * wire_dhcp_parse() - Read the message @p of @n contiguous bytes
 *
 * Returns @n, or -EINVAL: SHORT, VERSION (hardware other than Ethernet, no
 * magic cookie), OPT_LEN (an option runs past its field, or has a length that
 * its kind does not have).
 */
int wire_dhcp_parse(struct wire_dhcp *f, const uint8_t *p, size_t n);

/**
 * wire_dhcp_emit() - Write a client's message, padded to 300 bytes
 *
 * Options are written when they are set; DISCOVER and REQUEST ask for what
 * the parser understands. Returns the length, or -ENOBUFS.
 */
int wire_dhcp_emit(uint8_t *p, size_t n, const struct wire_dhcp *f);

#endif
