/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "fd00::1/64");
}

static size_t message(uint8_t *to, const char *dst, uint8_t type, uint8_t code,
		      const void *rest, uint32_t len)
{
	uint8_t data[2048] = { type, code };
	size_t n;

	memcpy(data + 4, rest, len);
	n = net_ip(to, &(struct say) { .src = "fd00::2",
				       .dst = dst,
				       .proto = WIRE_PROTO_ICMP6,
				       .data = data,
				       .len = 4 + len });
	net_icmp_sum(to, n);
	return n;
}

static bool sum_right(const uint8_t *ip, size_t len)
{
	uint32_t n = (uint32_t)(len - 40);

	return csum_ok(csum(ip + 40, n, csum_pseudo6(ip + 8, ip + 24, 58, n)));
}

TEST(an_echo_request_is_answered_with_its_bytes)
{
	static const char rest[] = "\x12\x34\0\x07some bytes, an odd number";
	uint8_t buf[256], out[2048];
	struct net n;
	size_t len;

	setup(&n);
	len = message(buf, "fd00::1", 128, 0, rest, sizeof(rest) - 1);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), len);
	EQ(out[40], 129);
	MEM(out + 44, rest, sizeof(rest) - 1);
	OK(sum_right(out, len));
	/* to a group: from an address of ours */
	len = message(buf, "ff02::1", 128, 0, rest, sizeof(rest) - 1);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), len);
	MEM(out + 8, A("fd00::1").b, 16);
	OK(sum_right(out, len));
	n.ip->set.echo6_ignore_mcast = 1;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	for (uint32_t l = 0; l < 4; l++) {
		len = message(buf, "fd00::1", 128, 0, rest, l);
		EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	}
	net_fini(&n);
}

TEST(a_wrong_checksum_is_noticed)
{
	uint8_t buf[256];
	struct net n;
	size_t len;

	setup(&n);
	len = message(buf, "fd00::1", 128, 0, "12345", 5);
	buf[len - 1] ^= 1;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(n.stats.IcmpInCsumErrors, 1);
	net_fini(&n);
}

TEST(errors_become_what_linux_says_of_them)
{
	static const uint8_t l4[20] = { 0x12, 0x34, 0, 80, 1, 2, 3, 4 };
	static const struct {
		uint8_t type, code;
		uint32_t info;
		int err;
		bool hard;
	} row[] = {
		{ 1, 0, 0, ENETUNREACH, false },
		{ 1, 1, 0, EACCES, true },
		{ 1, 2, 0, EHOSTUNREACH, false },
		{ 1, 3, 0, EHOSTUNREACH, false },
		{ 1, 4, 0, ECONNREFUSED, true },
		{ 1, 5, 0, EACCES, true },
		{ 1, 6, 0, EACCES, true },
		{ 1, 7, 0, EPROTO, true }, /* not yet known */
		{ 2, 0, 1400, EMSGSIZE, false },
		{ 2, 0, 1280, EMSGSIZE, false },
		{ 2, 0, 1279, 0, false }, /* RFC 8201 4 */
		{ 2, 0, 1500, 0, false }, /* it did fit */
		{ 3, 0, 0, EHOSTUNREACH, false },
		{ 4, 1, 0, EPROTO, true },
		{ 100, 0, 0, 0, false },
	};
	struct ostia_addr dst = A("fd09::9");
	uint8_t buf[256], rest[128] = { 0 };
	struct ip_error e;
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len, q;

		wire_be_put32(rest, row[i].info);
		q = net_ip(rest + 4, &(struct say) { .src = "fd00::1",
						     .dst = "fd09::9",
						     .proto = 6,
						     .data = l4,
						     .len = 20 });
		wire_be_put16(rest + 8, 1460); /* of 1500 bytes */
		len = message(buf, "fd00::1", row[i].type, row[i].code, rest,
			      (uint32_t)(4 + q));
		net_rx(&n, n.tun, buf, len);
		if (ip_next_error(n.ip, &e) != (row[i].err != 0))
			fail_msg("row %u", i);
		if (!row[i].err)
			continue;
		EQ(e.err, row[i].err);
		EQ(e.hard, row[i].hard);
		EQ(e.mtu, row[i].type == 2 ? row[i].info : 0);
		EQ(e.flow.lport, 0x1234);
		EQ(e.flow.rport, 80);
		EQ(e.seq, 0x01020304);
		MEM(&e.flow.remote, &dst, 16);
		ip_error_done(&e);
	}
	net_fini(&n);
}

/* Of type @type about a UDP datagram of 1500 bytes. */
static size_t about(uint8_t *to, const char *told, uint8_t type, uint32_t info,
		    const char *src, const char *dst, uint32_t quoted)
{
	static const uint8_t l4[20] = { 0x12, 0x34, 0, 80, 1, 2, 3, 4 };
	uint8_t rest[128] = { 0 };

	wire_be_put32(rest, info);
	net_ip(rest + 4, &(struct say) { .src = src,
					 .dst = dst,
					 .proto = 17,
					 .data = l4,
					 .len = 20 });
	wire_be_put16(rest + 8, 1460);
	return message(to, told, type, 0, rest, 4 + quoted);
}

/* RFC 8201 4, RFC 5927 4: it must quote a packet of ours, and be told to its
 * source.
 */
TEST(errors_about_others_packets_are_ignored)
{
	static const struct {
		const char *told, *src;
		uint32_t quoted;
		bool ok;
	} row[] = {
		{ "fd00::1", "fd00::1", 60, true },
		{ "fd00::1", "fd00::99", 60, false },
		{ "fd00::1", "fd00::7", 60, false }, /* ours, told elsewhere */
		{ "fd00::7", "fd00::1", 60, false },
		{ "fd00::1", "fd00::1", 40, true }, /* for raw sockets */
		{ "fd00::1", "fd00::1", 39, false },
		{ "fd00::1", "fd00::1", 0, false },
	};
	uint8_t buf[256];
	struct ip_error e;
	struct net n;

	setup(&n);
	net_addr(&n, n.tun, "fd00::7/64");
	for (uint8_t type = 1; type <= 4; type++)
		for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
			size_t len =
				about(buf, row[i].told, type, 1400, row[i].src,
				      "fd09::9", row[i].quoted);
			bool told;

			net_rx(&n, n.tun, buf, len);
			told = ip_next_error(n.ip, &e);
			if (told)
				EQ(e.has_ports, row[i].quoted > 40);
			if (told)
				ip_error_done(&e);
			if (told != row[i].ok)
				fail_msg("type %u, row %u", type, i);
		}
	net_fini(&n);
}

TESTS(CASE(an_echo_request_is_answered_with_its_bytes),
      CASE(a_wrong_checksum_is_noticed),
      CASE(errors_become_what_linux_says_of_them),
      CASE(errors_about_others_packets_are_ignored))
