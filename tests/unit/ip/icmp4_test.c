/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "10.0.0.1/24");
}

static size_t message(uint8_t *to, const char *dst, uint8_t type, uint8_t code,
		      const void *rest, uint32_t len)
{
	static uint8_t data[65536];
	size_t n;

	memset(data, 0, 4);
	data[0] = type;
	data[1] = code;
	if (len)
		memcpy(data + 4, rest, len);
	n = net_ip(to, &(struct say) { .src = "10.0.0.2",
				       .dst = dst,
				       .proto = WIRE_PROTO_ICMP4,
				       .data = data,
				       .len = 4 + len });
	net_icmp_sum(to, n);
	return n;
}

TEST(an_echo_request_is_answered_with_its_bytes)
{
	static const char rest[] = "\x12\x34\0\x07some bytes, an odd number";
	uint8_t buf[256], out[2048];
	struct net n;
	size_t len;

	setup(&n);
	len = message(buf, "10.0.0.1", 8, 0, rest, sizeof(rest) - 1);
	buf[1] = 0x28;
	memset(buf + 10, 0, 2);
	wire_be_put16(buf + 10, wire_ip4_csum(buf, 20));
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), len);
	EQ(out[20], 0);
	EQ(out[1], 0x28); /* the same service */
	MEM(out + 12, buf + 16, 4);
	MEM(out + 16, buf + 12, 4);
	MEM(out + 24, rest, sizeof(rest) - 1);
	OK(csum_ok(csum(out + 20, len - 20, 0)));
	EQ(n.stats.IcmpOutEchoReps, 1);
	net_fini(&n);
}

/* SECURITY 8: lengths from nothing to 64 KB. */
TEST(echo_of_every_length)
{
	static uint8_t rest[65536], buf[65536], out[65536];
	struct net n;
	size_t len;

	setup(&n);
	for (uint32_t l = 0; l < 4; l++) { /* no room for id and sequence */
		len = message(buf, "10.0.0.1", 8, 0, rest, l);
		EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	}
	for (uint32_t l = 4; l < 600; l++) {
		len = message(buf, "10.0.0.1", 8, 0, rest, l);
		EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
		EQ(net_tx(&n, n.tun, out, sizeof(out)), len);
	}
	len = message(buf, "10.0.0.1", 8, 0, rest, 65511);
	EQ(len, 65535);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
	for (uint32_t got = 0; got < 65515;) { /* in fragments */
		size_t f = net_tx(&n, n.tun, out, sizeof(out));

		OK(f > 20 && f <= 1500);
		EQ((wire_be_get16(out + 6) & 0x1fff) * 8, got);
		got += (uint32_t)f - 20;
	}
	EQ(net_tx(&n, n.tun, out, sizeof(out)), 0);
	net_fini(&n);
}

TEST(settings_and_groups_silence_echo)
{
	uint8_t buf[256], out[2048];
	struct net n;
	size_t len;

	setup(&n);
	len = message(buf, "10.0.0.255", 8, 0, "1234", 4);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	n.ip->set.echo_ignore_bcast = 0;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), len);
	MEM(out + 12, "\x0a\0\0\x01", 4); /* from an address, not a group */
	n.ip->set.echo_ignore_all = 1;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_fini(&n);
}

TEST(a_wrong_checksum_is_noticed)
{
	uint8_t buf[256];
	struct net n;
	size_t len;

	setup(&n);
	len = message(buf, "10.0.0.1", 8, 0, "12345", 5);
	buf[len - 1] ^= 1;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(n.stats.IcmpInCsumErrors, 1);
	net_fini(&n);
}

TEST(replies_are_for_ping_sockets)
{
	uint8_t buf[256];
	struct net n;
	size_t len;

	setup(&n);
	len = message(buf, "10.0.0.1", 0, 0, "12345", 5);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	EQ(n.got->data, n.got->l4 + 8);
	net_fini(&n);
}

/* An error about a packet of ours: IP header and 8 bytes (or 20). */
static size_t error(uint8_t *to, uint8_t type, uint8_t code, uint32_t info,
		    const struct say *quoted, uint16_t total)
{
	uint8_t rest[128] = { 0 };
	size_t q;

	wire_be_put32(rest, info);
	q = net_ip(rest + 4, quoted);
	wire_be_put16(rest + 6, total);
	return message(to, "10.0.0.1", type, code, rest, (uint32_t)(4 + q));
}

static const uint8_t l4[20] = { 0x12, 0x34, 0, 80, 1, 2, 3, 4 };
static const struct say ours = {
	.src = "10.0.0.1", .dst = "10.9.9.9", .proto = 6, .data = l4, .len = 20
};

TEST(errors_become_what_linux_says_of_them)
{
	static const struct {
		uint8_t type, code;
		int err;
		bool hard;
	} row[] = {
		{ 3, 0, ENETUNREACH, false },
		{ 3, 1, EHOSTUNREACH, false },
		{ 3, 2, ENOPROTOOPT, true },
		{ 3, 3, ECONNREFUSED, true },
		{ 3, 5, EOPNOTSUPP, false },
		{ 3, 6, ENETUNREACH, true },
		{ 3, 7, EHOSTDOWN, true },
		{ 3, 8, ENONET, true },
		{ 3, 9, ENETUNREACH, true },
		{ 3, 10, EHOSTUNREACH, true },
		{ 3, 11, ENETUNREACH, false },
		{ 3, 12, EHOSTUNREACH, false },
		{ 3, 13, EHOSTUNREACH, true },
		{ 11, 0, EHOSTUNREACH, false },
		{ 11, 1, 0, false }, /* of fragments: Linux, too */
		{ 12, 0, EPROTO, true },
		{ 3, 16, 0, false },
		{ 4, 0, 0, false }, /* source quench: RFC 6633 */
		{ 5, 1, 0, false }, /* redirect */
	};
	struct ostia_addr router = A("10.0.0.2"), dst = A("10.9.9.9");
	uint8_t buf[256];
	struct ip_error e;
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = error(buf, row[i].type, row[i].code, 0, &ours, 40);

		EQ(net_rx(&n, n.tun, buf, len),
		   row[i].err ? VERDICT_HELD : VERDICT_DROP);
		EQ(ip_next_error(n.ip, &e), row[i].err != 0);
		if (!row[i].err)
			continue;
		EQ(e.err, row[i].err);
		EQ(e.hard, row[i].hard);
		OK(e.has_ports && e.has_seq && !e.own);
		EQ(e.flow.lport, 0x1234);
		EQ(e.flow.rport, 80);
		EQ(e.seq, 0x01020304);
		EQ(e.proto, 6);
		EQ(e.mtu, 0);
		MEM(&e.flow.remote, &dst, 16);
		MEM(&e.offender, &router, 16);
		MEM(pkt_peek(e.quote, e.quote_off, 8), l4, 8);
		ip_error_done(&e);
	}
	net_fini(&n);
}

TEST(the_next_hops_mtu_must_make_sense)
{
	static const struct {
		uint32_t mtu;
		uint16_t total;
		uint32_t want; /* 0: ignored */
	} row[] = {
		{ 1400, 1500, 1400 }, { 1500, 1500, 0 }, /* it did fit */
		{ 9000, 1500, 0 },    { 60, 1500, 0 }, /* smaller than IPv4
							  allows */
		{ 68, 1500, 68 }, /* floors are the path's affair */
		{ 0, 1500, 1492 }, /* RFC 1191 7: the plateaus */
		{ 0, 1492, 1006 },    { 0, 65535, 32000 }, { 0, 68, 0 },
	};
	uint8_t buf[256];
	struct ip_error e;
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = error(buf, 3, 4, row[i].mtu, &ours, row[i].total);

		net_rx(&n, n.tun, buf, len);
		if (ip_next_error(n.ip, &e) != (row[i].want != 0))
			fail_msg("row %u", i);
		if (!row[i].want)
			continue;
		EQ(e.err, EMSGSIZE);
		EQ(e.mtu, row[i].want);
		ip_error_done(&e);
	}
	net_fini(&n);
}

/* RFC 5927 4: an error must be about a packet of ours, and told to us. */
TEST(errors_about_others_packets_are_ignored)
{
	struct say other = ours;
	uint8_t buf[256];
	struct net n;
	size_t len;

	setup(&n);
	net_addr(&n, n.tun, "10.0.0.7/24");
	other.src = "10.0.0.99";
	len = error(buf, 3, 3, 0, &other, 40);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	other.src = "10.0.0.7"; /* ours, but it was told to another of ours */
	len = error(buf, 3, 3, 0, &other, 40);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	other = ours;
	other.frag_off = 8; /* no ports there */
	len = error(buf, 3, 3, 0, &other, 40);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	len = message(buf, "10.0.0.1", 3, 3, "\0\0\0\0\x45", 5); /* cut off */
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(n.ip->errors_count, 0);
	net_fini(&n);
}

TEST(news_are_bounded)
{
	uint8_t buf[256];
	struct net n;
	size_t len;

	setup(&n);
	len = error(buf, 3, 3, 0, &ours, 40);
	for (unsigned i = 0; i < 100; i++)
		EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
	EQ(n.ip->errors_count, IP_ERRORS);
	EQ(n.ip->errors_lost, 100 - IP_ERRORS);
	net_fini(&n); /* what waits is freed */
}

TESTS(CASE(an_echo_request_is_answered_with_its_bytes),
      CASE(echo_of_every_length), CASE(settings_and_groups_silence_echo),
      CASE(a_wrong_checksum_is_noticed), CASE(replies_are_for_ping_sockets),
      CASE(errors_become_what_linux_says_of_them),
      CASE(the_next_hops_mtu_must_make_sense),
      CASE(errors_about_others_packets_are_ignored), CASE(news_are_bounded))
