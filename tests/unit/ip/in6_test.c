/* SPDX-License-Identifier: MIT */
#include "net.h"

#include "ip/link6.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "fd00::1/64");
	net_addr(n, n->eth, "fd01::1/64");
}

static size_t udp(uint8_t *to, const char *src, const char *dst)
{
	static const uint8_t data[16] = { 1, 2, 3, 4 };

	return net_ip(to, &(struct say) { .src = src,
					  .dst = dst,
					  .proto = WIRE_PROTO_UDP,
					  .data = data,
					  .len = sizeof(data) });
}

TEST(a_good_packet_is_described_and_cut_to_its_length)
{
	struct ostia_addr src = A("fd00::2");
	uint8_t buf[128] = { 0 };
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "fd00::2", "fd00::1");
	EQ(net_rx(&n, n.tun, buf, len + 20), VERDICT_DELIVER);
	EQ(n.got->len, 56);
	EQ(n.got->l4, 40);
	EQ(n.got->proto, WIRE_PROTO_UDP);
	EQ(n.got->zone, 0);
	MEM(&n.got->src, &src, 16);
	net_fini(&n);
}

TEST(addresses_that_cannot_be_are_dropped)
{
	static const struct {
		const char *src, *dst;
		bool ok;
	} row[] = {
		{ "fd00::2", "fd00::1", true },
		{ "fd00::2", "fd01::1", true }, /* weak: another link's */
		{ "fd00::2", "ff02::1", true },
		{ "fd00::2", "ff02::1:ff00:1", true }, /* solicited-node */
		{ "fd00::2", "ff02::1:ff00:2", false },
		{ "fd00::2", "ff01::1", false }, /* stays inside a host */
		{ "fd00::2", "ff00::1", false }, /* scope 0 */
		{ "fd00::2", "fd00::9", false },
		{ "::", "fd00::1", false }, /* UDP from nobody */
		{ "fd00::2", "::", false },
		{ "::1", "fd00::1", false },
		{ "fd00::2", "::1", false },
		{ "ff02::1", "fd00::1", false },
		{ "fd00::1", "fd00::1", false }, /* LAND */
		{ "fd01::1", "fd00::1", false }, /* ours, from outside */
	};
	uint8_t buf[128];
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = udp(buf, row[i].src, row[i].dst);
		enum verdict v = net_rx(&n, n.tun, buf, len);

		if ((v == VERDICT_DELIVER) != row[i].ok)
			fail_msg("%s > %s", row[i].src, row[i].dst);
	}
	net_fini(&n);
}

/* What all that follows would take for IPv4. */
TEST(mapped_ipv4_addresses_never_come_from_a_wire)
{
	struct ostia_addr four = A("10.0.0.2");
	uint8_t buf[128];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "fd00::2", "fd00::1");
	memcpy(buf + 8, four.b, 16);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_addr(&n, n.tun, "10.0.0.1/24");
	four = A("10.0.0.1");
	len = udp(buf, "fd00::2", "fd00::1");
	memcpy(buf + 24, four.b, 16);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_fini(&n);
}

TEST(link_local_packets_carry_their_zone)
{
	uint8_t ip[128], buf[128];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(ip, "fe80::2", "fe80::ff:fe00:1");
	len = net_frame(buf, NET_US, NET_PEER, WIRE_ETH_IP6, ip, len);
	EQ(net_rx(&n, n.eth, buf, len), VERDICT_DELIVER);
	EQ(n.got->zone, n.eth->index);
	/* the same address is not ours elsewhere */
	len = udp(ip, "fe80::2", "fe80::ff:fe00:1");
	EQ(net_rx(&n, n.tun, ip, len), VERDICT_DROP);
	net_fini(&n);
}

/* Extension headers in front of 16 bytes of UDP. */
static size_t chain(uint8_t *to, uint8_t first, const uint8_t *ext, unsigned n)
{
	uint8_t data[512] = { 0 };

	if (n)
		memcpy(data, ext, n);
	return net_ip(to, &(struct say) { .src = "fd00::2",
					  .dst = "fd00::1",
					  .proto = first,
					  .data = data,
					  .len = n + 16 });
}

TEST(extension_headers_are_followed_or_refused)
{
	static const struct {
		uint8_t first;
		uint8_t ext[24];
		unsigned n;
		int type, code; /* of the answer; -1: none */
		int pointer;
		bool ok;
	} row[] = {
		/* hop-by-hop with padding, destination options */
		{ 0,
		  { 60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4 },
		  16,
		  -1,
		  0,
		  0,
		  true },
		/* options that we do not know, by their action bits */
		{ 60, { 17, 0, 0x1e, 4 }, 8, -1, 0, 0, true },
		{ 60, { 17, 0, 0x5e, 4 }, 8, -1, 0, 0, false },
		{ 60, { 17, 0, 0x9e, 4 }, 8, 4, 2, 42, false },
		{ 60, { 17, 0, 0xde, 4 }, 8, 4, 2, 42, false },
		/* an option that runs past its header: SECURITY 9 */
		{ 60, { 17, 0, 0x1e, 200 }, 8, 4, 0, -1, false },
		/* RH0 and an unknown routing type with segments left */
		{ 43, { 17, 2, 0, 1 }, 24, 4, 0, 42, false },
		{ 43, { 17, 2, 9, 1 }, 24, 4, 0, 42, false },
		{ 43, { 17, 2, 9, 0 }, 24, -1, 0, 0, true },
		/* hop-by-hop anywhere but first */
		{ 60,
		  { 0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4 },
		  16,
		  4,
		  1,
		  40,
		  false },
	};
	uint8_t buf[600], out[1500];
	struct net n;

	setup(&n);
	n.ip->set.icmp6_ratelimit_ms = 0;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = chain(buf, row[i].first, row[i].ext, row[i].n);
		enum verdict v = net_rx(&n, n.tun, buf, len);
		size_t got = net_tx(&n, n.tun, out, sizeof(out));

		if ((v == VERDICT_DELIVER) != row[i].ok ||
		    (got != 0) != (row[i].type >= 0))
			fail_msg("row %u: verdict %d, answer of %zu", i, v,
				 got);
		if (row[i].ok)
			EQ(n.got->proto, WIRE_PROTO_UDP);
		if (!got)
			continue;
		EQ(out[40], row[i].type);
		EQ(out[41], row[i].code);
		if (row[i].pointer >= 0)
			EQ(wire_be_get32(out + 44), row[i].pointer);
	}
	net_fini(&n);
}

TEST(a_hundred_headers_are_too_many)
{
	uint8_t ext[400], buf[600];
	struct net n;
	size_t len;

	setup(&n);
	for (unsigned i = 0; i < 50; i++) {
		const uint8_t one[8] = { i == 49 ? 17 : 60, 0, 1, 4 };

		memcpy(ext + i * 8, one, 8);
	}
	len = chain(buf, 60, ext, sizeof(ext));
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_fini(&n);
}

/* SECURITY 2: the chain must be in the first fragment (RFC 7112). */
TEST(a_first_fragment_without_its_whole_chain_is_told)
{
	uint8_t ext[24] = { 60, 0, 0, 1, 0, 0, 0, 9, 17, 9 };
	uint8_t buf[600], out[1500];
	struct net n;
	size_t len;

	setup(&n);
	len = net_ip(buf, &(struct say) { .src = "fd00::2",
					  .dst = "fd00::1",
					  .proto = 44,
					  .data = ext,
					  .len = sizeof(ext) });
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), 40 + 8 + len);
	EQ(out[40], WIRE_ICMP6_PARAM);
	EQ(out[41], WIRE_IP6_CODE_FIRST);
	EQ(n.ip->frags.bytes, 0);
	net_fini(&n);
}

TEST(fragments_inside_fragments_are_refused)
{
	uint8_t data[8 + 8 + 16] = { 44, 0, 0, 1, 0, 0, 0, 1, 17, 0, 0, 1 };
	uint8_t buf[600];
	struct net n;
	size_t len;

	setup(&n);
	len = net_ip(buf, &(struct say) { .src = "fd00::2",
					  .dst = "fd00::1",
					  .proto = 44,
					  .data = data,
					  .len = sizeof(data) });
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_fini(&n);
}

TEST(packets_too_short_are_dropped)
{
	uint8_t buf[128];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "fd00::2", "fd00::1");
	for (size_t cut = 0; cut < len; cut++)
		EQ(net_rx(&n, n.tun, buf, cut), VERDICT_DROP);
	net_fini(&n);
}

/* An options header of @count options that may be skipped, and @pad bytes of
 * padding before them, in front of UDP.
 */
static size_t options(uint8_t *to, uint8_t kind, unsigned count, unsigned pad)
{
	uint8_t ext[128] = { 17 };
	unsigned n = 2 + pad;

	if (pad > 1) {
		ext[2] = 1;
		ext[3] = (uint8_t)(pad - 2);
	}
	for (; count; count--, n += 2)
		ext[n] = 0x1e;
	if (n % 8) {
		ext[n] = n % 8 == 7 ? 0 : 1;
		if (n % 8 < 7)
			ext[n + 1] = (uint8_t)(8 - n % 8 - 2);
		n += 8 - n % 8;
	}
	ext[1] = (uint8_t)(n / 8 - 1);
	return chain(to, kind, ext, n);
}

/* RFC 8504 5.3, RFC 9673 5.2: silently, for nobody honest sends more. */
TEST(options_beyond_the_limits_are_dropped)
{
	static const struct {
		uint8_t kind;
		unsigned count, pad;
		bool ok;
	} row[] = {
		{ 0, 8, 0, true },   { 0, 9, 0, false },  { 60, 8, 0, true },
		{ 60, 9, 0, false }, { 0, 1, 7, true },	  { 0, 1, 8, false },
		{ 60, 1, 7, true },  { 60, 1, 8, false }, { 0, 50, 0, false },
	};
	uint8_t buf[600];
	struct net n;

	setup(&n);
	n.ip->set.icmp6_ratelimit_ms = 0;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len =
			options(buf, row[i].kind, row[i].count, row[i].pad);
		enum verdict v = net_rx(&n, n.tun, buf, len);

		if ((v == VERDICT_DELIVER) != row[i].ok)
			fail_msg("row %u", i);
		EQ(net_tx(&n, n.tun, buf, sizeof(buf)), 0);
	}
	net_fini(&n);
}

/* RFC 5095 3: told, and not one step taken, whoever stands in its list. */
TEST(a_type_0_routing_header_leads_nowhere)
{
	static const char *const hop[] = { "fd00::2", "fd00::1", "fd01::1",
					   "fd00::9", "ff02::1" };
	uint8_t ext[24] = { 17, 2, 0, 1 }, buf[600], out[1500];
	struct net n;

	setup(&n);
	n.ip->set.icmp6_ratelimit_ms = 0;
	n.tun->in6->conf.forwarding = 1; /* not even a router */
	for (unsigned i = 0; i < 5; i++) {
		memcpy(ext + 8, A(hop[i]).b, 16);
		EQ(net_rx(&n, n.tun, buf, chain(buf, 43, ext, 24)),
		   VERDICT_DROP);
		OK(net_tx(&n, n.tun, out, sizeof(out)) > 0);
		MEM(out + 24, A("fd00::2").b, 16); /* to its sender */
		EQ(out[40], WIRE_ICMP6_PARAM);
		EQ(out[41], WIRE_IP6_CODE_FIELD);
		EQ(wire_be_get32(out + 44), 42);
		EQ(net_tx(&n, n.tun, out, sizeof(out)), 0);
	}
	EQ(n.stats.IpForwDatagrams, 0);
	net_fini(&n);
}

TESTS(CASE(a_good_packet_is_described_and_cut_to_its_length),
      CASE(addresses_that_cannot_be_are_dropped),
      CASE(mapped_ipv4_addresses_never_come_from_a_wire),
      CASE(link_local_packets_carry_their_zone),
      CASE(extension_headers_are_followed_or_refused),
      CASE(a_hundred_headers_are_too_many),
      CASE(a_first_fragment_without_its_whole_chain_is_told),
      CASE(fragments_inside_fragments_are_refused),
      CASE(packets_too_short_are_dropped),
      CASE(options_beyond_the_limits_are_dropped),
      CASE(a_type_0_routing_header_leads_nowhere))
