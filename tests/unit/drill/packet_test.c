/* SPDX-License-Identifier: MIT */
#include "drill/packet.h"

#include <errno.h>

#include "../test.h"
#include "wire/tcp.h"

enum { LPORT = 8080, RPORT = 40001 };

/* A packet is built as it arrives from the peer; with the two addresses
 * exchanged it is one that left.
 */
static struct drill_path path_of(bool v6, bool leaving)
{
	struct drill_path p = { .v6 = v6,
				.local = { 10, 99, 0, 1 },
				.remote = { 10, 99, 0, 2 } };

	if (leaving) {
		p.local[3] = 2;
		p.remote[3] = 1;
	}
	return p;
}

static const uint8_t payload[2000] = "payload of a segment";
static uint8_t bytes[2200];
static struct drill_live live;
static char why[160];

static int build(const struct drill_packet *p, bool v6)
{
	struct drill_path path = path_of(v6, true);

	return drill_packet_build(p, &path, RPORT, LPORT, payload, bytes,
				  sizeof(bytes));
}

/* The checksum of an IPv4 header that was changed. */
static void refresh(int n)
{
	uint32_t s = 0;

	assert_true(n >= 20);
	for (int i = 0; i < (bytes[0] & 15) * 4; i += 2)
		s += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	s = ~((s & 0xffff) + (s >> 16));
	bytes[10] = (uint8_t)(s >> 8);
	bytes[11] = (uint8_t)s;
}

static int decode(int n, bool v6)
{
	struct drill_path path = path_of(v6, false);

	return drill_packet_decode(bytes, (size_t)n, &path, &live, why,
				   sizeof(why));
}

static struct drill_opt opts[] = { { .kind = DRILL_OPT_MSS, .a = 1460 },
				   { .kind = DRILL_OPT_TS, .a = 9, .b = 4 },
				   { .kind = DRILL_OPT_NOP },
				   { .kind = DRILL_OPT_NOP } };

static struct drill_packet segment(void)
{
	return (struct drill_packet) {
		.out = true,
		.proto = DRILL_TCP,
		.ecn = DRILL_ECN_ECT0,
		.tcp = { .flags = WIRE_TCP_ACK | WIRE_TCP_PSH,
			 .seq = 1,
			 .ack = 2,
			 .has_ack = true,
			 .win = 100,
			 .has_win = true,
			 .len = 21,
			 .opts = opts,
			 .nopts = 4 },
	};
}

TEST(a_segment_survives_the_wire_in_both_families)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct drill_packet p = segment();
		int n = build(&p, v6);

		EQ(n, (v6 ? 40 : 20) + 20 + 16 + 21);
		EQ(decode(n, v6), 0);
		EQ(live.p.sport, LPORT);
		EQ(live.p.dport, RPORT);
		EQ(live.len, 21);
		MEM(live.payload, payload, 21);
		EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), 0);
	}
}

TEST(a_flipped_bit_anywhere_is_noticed)
{
	struct drill_packet p = segment();
	int n = build(&p, false);

	for (int bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		EQ(decode(n, false), -EINVAL);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	EQ(decode(n, false), 0);
	for (int shorter = 0; shorter < n; shorter++)
		EQ(decode(shorter, false), -EINVAL);
}

TEST(each_difference_of_a_segment_is_named)
{
	static struct drill_opt other_mss[] = {
		{ .kind = DRILL_OPT_MSS, .a = 1461 },
		{ .kind = DRILL_OPT_TS, .a = 9, .b = 4 },
		{ .kind = DRILL_OPT_NOP },
		{ .kind = DRILL_OPT_NOP }
	};
	static struct drill_opt other_ecr[] = {
		{ .kind = DRILL_OPT_MSS, .a = 1460 },
		{ .kind = DRILL_OPT_TS, .a = 9, .b = 5 },
		{ .kind = DRILL_OPT_NOP },
		{ .kind = DRILL_OPT_NOP }
	};
	struct drill_packet got = segment(), p;

#define DIFFERS(change, text)                                           \
	do {                                                            \
		p = segment();                                          \
		change;                                                 \
		EQ(drill_packet_compare(&p, &got, 0, why, sizeof(why)), \
		   -EINVAL);                                            \
		STR(why, text);                                         \
	} while (0)

	DIFFERS(p.tcp.flags = WIRE_TCP_ACK, "flags: expected ., came P.");
	DIFFERS(p.tcp.flags |= WIRE_TCP_AE, "flags: expected PA., came P.");
	DIFFERS(p.tcp.seq = 2, "sequence number: expected 2, came 1");
	DIFFERS(p.tcp.len = 20, "payload length: expected 20, came 21");
	DIFFERS(p.tcp.ack = 3, "acknowledgment number: expected 3, came 2");
	DIFFERS(p.tcp.win = 99, "window: expected 99, came 100");
	DIFFERS(p.tcp.urg = 1, "urgent pointer: expected 1, came 0");
	DIFFERS(p.tcp.nopts = 3, "TCP option 4: expected nothing, came nop");
	DIFFERS(p.tcp.opts = other_mss,
		"TCP option 1: expected mss 1461, came mss 1460");
	DIFFERS(p.tcp.opts = other_ecr, "TCP option 2: expected TS val 9 ecr 5"
					", came TS val 9 ecr 4");
	DIFFERS(p.ecn = DRILL_ECN_NONE, "ECN: expected noecn, came ect0");
	DIFFERS(p.proto = DRILL_UDP, "protocol: expected UDP, came TCP");
	DIFFERS(p.sport = 5, "source port: expected 5, came 0");
#undef DIFFERS
}

TEST(what_a_script_leaves_out_is_not_compared)
{
	struct drill_packet got = segment(), p = segment();

	p.tcp.has_win = false;
	p.tcp.win = 7;
	p.ecn = DRILL_ECN_ANY;
	p.tcp.any_opts = true;
	p.tcp.nopts = 0;
	EQ(drill_packet_compare(&p, &got, 0, why, sizeof(why)), 0);
	p.ecn = DRILL_ECN_ECT01;
	EQ(drill_packet_compare(&p, &got, 0, why, sizeof(why)), 0);
}

TEST(a_timestamp_may_be_off_by_the_tolerance)
{
	static struct drill_opt later[] = {
		{ .kind = DRILL_OPT_MSS, .a = 1460 },
		{ .kind = DRILL_OPT_TS, .a = 13, .b = 4 },
		{ .kind = DRILL_OPT_NOP },
		{ .kind = DRILL_OPT_NOP }
	};
	struct drill_packet got = segment(), p = segment();

	p.tcp.opts = later;
	EQ(drill_packet_compare(&p, &got, 4, why, sizeof(why)), 0);
	EQ(drill_packet_compare(&p, &got, 3, why, sizeof(why)), -EINVAL);
}

TEST(a_datagram_survives_the_wire)
{
	struct drill_packet p = { .proto = DRILL_UDP, .udp_len = 100 };

	for (int v6 = 0; v6 < 2; v6++) {
		int n = build(&p, v6);

		EQ(decode(n, v6), 0);
		EQ(live.p.udp_len, 100);
		MEM(live.payload, payload, 100);
		EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), 0);
		p.udp_len++;
		EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)),
		   -EINVAL);
		p.udp_len--;
	}
}

TEST(an_icmp_error_quotes_what_it_is_about)
{
	struct drill_packet p = { .proto = DRILL_ICMP,
				  .icmp = { .type = 3,
					    .code = 4,
					    .mtu = 1400,
					    .has_quote = true,
					    .quote_tcp = true,
					    .seg = { .flags = WIRE_TCP_ACK,
						     .seq = 1,
						     .len = 1000 } } };
	char text[120];
	int n = build(&p, false);

	EQ(n, 20 + 8 + 20 + 8);
	EQ(decode(n, false), 0);
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), 0);
	EQ(live.p.sport, LPORT);
	EQ(live.p.dport, RPORT);
	drill_packet_text(&live.p, false, text, sizeof(text));
	STR(text, "icmp unreachable frag_needed mtu 1400 [1:1001(1000)]");
	p.icmp.mtu = 0;
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), -EINVAL);
	STR(why, "MTU: expected 0, came 1400");
}

TEST(a_segment_is_told_as_a_script_would_say_it)
{
	struct drill_packet p = segment();
	char text[120];

	drill_packet_text(&p, false, text, sizeof(text));
	STR(text, "[ect0] P. 1:22(21) ack 2 win 100 "
		  "<mss 1460,TS val 9 ecr 4,nop,nop>");
	EQ(drill_packet_text(&p, false, text, 10), 9); /* cut, not overrun */
}

TEST(ip_options_survive_the_wire_and_are_compared)
{
	static const uint8_t alert[] = { 148, 4, 0, 0 },
			     nops[] = { 1, 1, 1, 1 };
	struct drill_packet p = segment();
	int plain = build(&p, false);

	p.ip = (struct drill_ip) { .has = DRILL_IP_OPTIONS,
				   .opts = alert,
				   .opts_len = 4 };
	EQ(build(&p, false), plain + 4);
	EQ(decode(plain + 4, false), 0);
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), 0);
	p.ip.opts = nops;
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), -EINVAL);
	STR(why, "IP options: expected 01010101, came 94040000");
	p.ip.opts_len = 0;
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), -EINVAL);
	STR(why, "IP options: expected none, came 94040000");
}

TEST(a_wrong_checksum_is_one_and_the_rest_is_right)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct drill_packet p = segment();

		p.ip.has = DRILL_IP_BAD_CSUM;
		EQ(decode(build(&p, v6), v6), -EINVAL);
		STR(why, "wrong checksum, IP protocol 6");
	}
}

TEST(a_stranger_s_packet_has_a_right_checksum)
{
	struct drill_packet p = segment();
	int n;

	p.ip = (struct drill_ip) { .has = DRILL_IP_FROM | DRILL_IP_TO,
				   .from = { 10, 0, 0, 9 },
				   .to = { 224, 0, 0, 1 } };
	n = build(&p, false);
	EQ(memcmp(bytes + 12, p.ip.from, 4), 0);
	EQ(memcmp(bytes + 16, p.ip.to, 4), 0);
	EQ(decode(n, false), -EINVAL);
	STR(why, "source address is 10.0.0.9");
	p.ip.has = DRILL_IP_TO;
	EQ(decode(build(&p, false), false), -EINVAL);
	STR(why, "destination address is 224.0.0.1");
}

/* The checksum is about where the route ends (RFC 791 3.1). */
TEST(a_source_route_is_followed_to_its_end)
{
	struct drill_packet p = segment();
	struct drill_path path = path_of(false, true);
	uint8_t route[] = { 131, 7, 4, 0, 0, 0, 0, 0 };
	int n;

	memcpy(route + 3, path.local, 4);
	p.ip = (struct drill_ip) { .has = DRILL_IP_OPTIONS,
				   .opts = route,
				   .opts_len = sizeof(route) };
	n = build(&p, false); /* to its end; now it is sent to the first hop */
	memcpy(bytes + 16, (uint8_t[]) { 10, 9, 9, 9 }, 4);
	bytes[10] = bytes[11] = 0;
	refresh(n);
	EQ(decode(n, false), 0);
	p.ip.has |= DRILL_IP_TO;
	memcpy(p.ip.to, (uint8_t[]) { 10, 9, 9, 9 }, 4);
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), 0);
	p.ip.to[3] = 8;
	EQ(drill_packet_compare(&p, &live.p, 0, why, sizeof(why)), -EINVAL);
	STR(why, "not to this address");
}

TEST(random_bytes_are_read_without_overrun)
{
	unsigned seed = 4711;

	print_message("# seed %u\n", seed);
	for (int i = 0; i < 20000; i++) {
		struct drill_packet p = segment();
		bool v6 = i & 1;
		int n = build(&p, v6);

		for (int k = 0; k < 4; k++) {
			seed = seed * 1103515245 + 12345;
			bytes[(seed >> 8) % (unsigned)n] =
				(uint8_t)(seed >> 20);
		}
		decode(n - i % 30, v6);
	}
}

TESTS(CASE(a_segment_survives_the_wire_in_both_families),
      CASE(a_flipped_bit_anywhere_is_noticed),
      CASE(each_difference_of_a_segment_is_named),
      CASE(what_a_script_leaves_out_is_not_compared),
      CASE(a_timestamp_may_be_off_by_the_tolerance),
      CASE(a_datagram_survives_the_wire),
      CASE(an_icmp_error_quotes_what_it_is_about),
      CASE(a_segment_is_told_as_a_script_would_say_it),
      CASE(ip_options_survive_the_wire_and_are_compared),
      CASE(a_wrong_checksum_is_one_and_the_rest_is_right),
      CASE(a_stranger_s_packet_has_a_right_checksum),
      CASE(a_source_route_is_followed_to_its_end),
      CASE(random_bytes_are_read_without_overrun))
