/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/be.h"
#include "wire/dhcp.h"

#include <errno.h>

enum { ROOM = 700 };

/* A server's message with these options behind the cookie. */
static size_t say(uint8_t *p, const void *opts, size_t n)
{
	memset(p, 0, WIRE_DHCP_HLEN);
	p[0] = 2;
	p[1] = 1;
	p[2] = 6;
	wire_be_put32(p + 4, 0x01020304);
	memcpy(p + 16, "\x0a\x63\0\x07", 4);
	memcpy(p + 28, "\x02\0\0\0\0\x01", 6);
	memcpy(p + 236, "\x63\x82\x53\x63", 4);
	memcpy(p + WIRE_DHCP_HLEN, opts, n);
	return WIRE_DHCP_HLEN + n;
}

#define SAY(p, text) say(p, text, sizeof(text) - 1)

TEST(an_acknowledgment_is_read_whole)
{
	uint8_t p[ROOM];
	struct wire_dhcp f;
	size_t n = SAY(p, "\x35\1\5"
			  "\0\0"
			  "\x36\4\x0a\x63\0\1"
			  "\x33\4\0\0\x0e\x10"
			  "\x3a\4\0\0\7\x08"
			  "\x3b\4\0\0\x0c\x4e"
			  "\1\4\xff\xff\xff\0"
			  "\3\4\x0a\x63\0\1"
			  "\6\x08\x0a\x63\0\1\x0a\x63\0\2"
			  "\x0f\x0c"
			  "example.org\0"
			  "\x1a\2\5\xdc"
			  "\xff garbage");

	EQ(wire_dhcp_parse(&f, p, n), n);
	EQ(f.op, 2);
	EQ(f.type, WIRE_DHCP_ACK);
	EQ(f.xid, 0x01020304);
	EQ(f.lease_s, 3600);
	EQ(f.t1_s, 1800);
	EQ(f.t2_s, 3150);
	EQ(f.mtu, 1500);
	EQ(f.nrouters, 1);
	EQ(f.ndns, 2);
	MEM(f.dns[1], "\x0a\x63\0\2", 4);
	MEM(f.mask, "\xff\xff\xff\0", 4);
	STR(f.domain, "example.org");
	MEM(f.yiaddr, "\x0a\x63\0\x07", 4);
}

/* RFC 3396: pieces are one; RFC 2132 9.3: fields hold options, too */
TEST(options_in_pieces_and_other_fields_are_put_together)
{
	uint8_t p[ROOM];
	struct wire_dhcp f;
	size_t n = SAY(p, "\x34\1\3"
			  "\x0f\4"
			  "exam"
			  "\xff");

	memcpy(p + 108, "\x0f\3ple\xff", 6); /* file comes before sname */
	memcpy(p + 44, "\x0f\4.org\x35\1\2\xff", 10);
	EQ(wire_dhcp_parse(&f, p, n), n);
	STR(f.domain, "example.org");
	EQ(f.type, WIRE_DHCP_OFFER);
}

TEST(classless_routes_have_as_many_bytes_as_they_need)
{
	uint8_t p[ROOM];
	struct wire_dhcp f;
	size_t n = SAY(p, "\x79\x14"
			  "\x18\x0a\x62\1\x0a\x63\0\1"
			  "\0\x0a\x63\0\2"
			  "\x09\x0a\x80\x0a\x63\0\3");

	EQ(wire_dhcp_parse(&f, p, n), n);
	OK(f.has_routes);
	EQ(f.nroutes, 3);
	EQ(f.route[0].plen, 24);
	MEM(f.route[0].net, "\x0a\x62\1\0", 4);
	EQ(f.route[1].plen, 0);
	MEM(f.route[2].net, "\x0a\x80\0\0", 4);
	MEM(f.route[2].gw, "\x0a\x63\0\3", 4);
}

TEST(what_is_malformed_is_refused)
{
	static const struct {
		const char *opts;
		size_t n;
	} row[] = {
		{ "\x35", 1 }, /* no length */
		{ "\x35\2\5", 3 }, /* runs past the end */
		{ "\x35\2\5\5", 4 }, /* a type of two bytes */
		{ "\1\3\xff\xff\xff", 5 }, /* a mask of three */
		{ "\6\5\x0a\0\0\1\2", 7 }, /* an address and a quarter */
		{ "\6\0", 2 }, /* an empty list */
		{ "\x33\2\1\1", 4 }, /* a lease of two bytes */
		{ "\x79\5\x21\1\1\1\1", 7 }, /* a prefix of 33 bits */
		{ "\x79\3\x18\1\1", 5 }, /* a route that ends early */
		{ "\x34\2\1\1", 4 }, /* overload of two bytes */
	};
	uint8_t p[ROOM];
	struct wire_dhcp f;

	for (size_t i = 0; i < COUNT(row); i++) {
		size_t n = say(p, row[i].opts, row[i].n);
		uint8_t *q = exact(p, n);

		EQ(wire_dhcp_parse(&f, q, n), -EINVAL);
		EQ(f.bad, WIRE_BAD_OPT_LEN);
		free(q);
	}
	EQ(wire_dhcp_parse(&f, p, WIRE_DHCP_HLEN - 1), -EINVAL);
	EQ(f.bad, WIRE_BAD_SHORT);
	say(p, "", 0);
	p[236] = 0;
	EQ(wire_dhcp_parse(&f, p, WIRE_DHCP_HLEN), -EINVAL);
	EQ(f.bad, WIRE_BAD_VERSION);
}

TEST(a_request_is_padded_and_asks_for_what_we_understand)
{
	struct wire_dhcp f = { .op = 1,
			       .type = WIRE_DHCP_REQUEST,
			       .xid = 7,
			       .broadcast = true,
			       .client_id_len = 3 },
			 g;
	uint8_t p[ROOM];

	memcpy(f.requested, "\x0a\x63\0\x07", 4);
	memcpy(f.server, "\x0a\x63\0\x01", 4);
	EQ(wire_dhcp_emit(p, 367, &f), -ENOBUFS);
	EQ(wire_dhcp_emit(p, sizeof(p), &f), 300);
	EQ(wire_dhcp_parse(&g, p, 300), 300);
	EQ(g.type, WIRE_DHCP_REQUEST);
	OK(g.broadcast);
	MEM(g.requested, f.requested, 4);
	MEM(g.server, f.server, 4);
	OK(memmem(p + 240, 60, "\x37\x09\1\x79\3\6", 6) != NULL);
	f.v6only = true; /* RFC 8925: at the end of the same list */
	EQ(wire_dhcp_emit(p, sizeof(p), &f), 300);
	OK(memmem(p + 240, 60, "\x37\x0a\1\x79\3\6", 6) != NULL);
	OK(memmem(p + 240, 60, "\x36\x6c\xff", 3) != NULL);
	EQ(wire_dhcp_parse(&g, p, 300), 300);
	OK(!g.v6only);
}

TESTS(CASE(an_acknowledgment_is_read_whole),
      CASE(options_in_pieces_and_other_fields_are_put_together),
      CASE(classless_routes_have_as_many_bytes_as_they_need),
      CASE(what_is_malformed_is_refused),
      CASE(a_request_is_padded_and_asks_for_what_we_understand))
