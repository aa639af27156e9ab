/* SPDX-License-Identifier: MIT */
#include "net.h"

#include "ip/link6.h"

struct bed {
	struct net n;
	struct ostia_link *in, *out; /* of 1500 and 1280 bytes */
	uint8_t p[1600], got[1600];
};

static void begin(struct bed *b)
{
	net_init(&b->n);
	b->in = b->n.tun;
	b->out = net_link(&b->n, "tun1", OSTIA_LINK_IP, 1280);
	net_addr(&b->n, b->in, "10.1.0.1/24");
	net_addr(&b->n, b->out, "10.2.0.1/24");
	net_addr(&b->n, b->in, "fd99:1::1/64");
	net_addr(&b->n, b->out, "fd99:2::1/64");
	b->n.ip->set.forward = 1;
	b->in->in6->conf.forwarding = 1;
}

static void end(struct bed *b)
{
	net_fini(&b->n);
}

static enum verdict pass(struct bed *b, const char *src, const char *dst,
			 uint32_t len, uint8_t ttl, bool df)
{
	static uint8_t data[1500];
	const struct say s = { .src = src,
			       .dst = dst,
			       .proto = 17,
			       .data = data,
			       .len = len,
			       .ttl = ttl,
			       .df = df };

	return net_rx(&b->n, b->in, b->p, net_ip(b->p, &s));
}

static size_t goes(struct bed *b, struct ostia_link *l)
{
	return net_tx(&b->n, l, b->got, sizeof(b->got));
}

TEST(what_is_for_others_is_dropped_unless_we_forward)
{
	struct bed b;

	begin(&b);
	b.n.ip->set.forward = 0;
	b.in->in6->conf.forwarding = 0;
	EQ(pass(&b, "10.1.0.9", "10.2.0.9", 20, 9, false), VERDICT_DROP);
	EQ(pass(&b, "fd99:1::9", "fd99:2::9", 20, 9, false), VERDICT_DROP);
	EQ(goes(&b, b.in) + goes(&b, b.out), 0);
	EQ(b.n.stats.IpInAddrErrors, 2);
	end(&b);
}

TEST(a_packet_goes_on_with_one_hop_less)
{
	struct bed b;

	begin(&b);
	EQ(pass(&b, "10.1.0.9", "10.2.0.9", 20, 9, false), VERDICT_HELD);
	EQ(goes(&b, b.out), 40);
	EQ(b.got[8], 8);
	EQ(wire_ip4_csum(b.got, 20), 0);
	MEM(b.got + 12, "\x0a\1\0\x09\x0a\2\0\x09", 8);
	EQ(pass(&b, "fd99:1::9", "fd99:2::9", 20, 9, false), VERDICT_HELD);
	EQ(goes(&b, b.out), 60);
	EQ(b.got[7], 8);
	EQ(b.n.stats.IpForwDatagrams, 2);
	end(&b);
}

TEST(the_last_hop_is_told_to_the_sender)
{
	struct bed b;

	begin(&b);
	EQ(pass(&b, "10.1.0.9", "10.2.0.9", 20, 1, false), VERDICT_HELD);
	EQ(goes(&b, b.out), 0);
	OK(goes(&b, b.in) > 0);
	MEM(b.got + 12, "\x0a\1\0\1\x0a\1\0\x09", 8); /* from us */
	EQ(b.got[20], 11);
	EQ(b.got[21], 0);
	EQ(pass(&b, "fd99:1::9", "fd99:2::9", 20, 1, false), VERDICT_HELD);
	OK(goes(&b, b.in) > 0);
	EQ(b.got[40], 3);
	EQ(b.got[41], 0);
	end(&b);
}

TEST(what_does_not_fit_is_cut_or_told)
{
	struct bed b;

	begin(&b);
	EQ(pass(&b, "10.1.0.9", "10.2.0.9", 1400, 9, true), VERDICT_HELD);
	EQ(goes(&b, b.out), 0);
	OK(goes(&b, b.in) > 0);
	EQ(b.got[20], 3);
	EQ(b.got[21], 4);
	EQ(wire_be_get16(b.got + 26), 1280);
	EQ(pass(&b, "10.1.0.9", "10.2.0.9", 1400, 9, false), VERDICT_HELD);
	OK(goes(&b, b.out) <= 1280);
	EQ(wire_be_get16(b.got + 6), 0x2000);
	OK(goes(&b, b.out) > 0);
	EQ(goes(&b, b.out), 0);
	EQ(pass(&b, "fd99:1::9", "fd99:2::9", 1400, 9, false), VERDICT_HELD);
	EQ(goes(&b, b.out), 0);
	OK(goes(&b, b.in) > 0);
	EQ(b.got[40], 2); /* packet too big */
	EQ(wire_be_get32(b.got + 44), 1280);
	end(&b);
}

TEST(a_way_that_is_not_there_is_told)
{
	struct bed b;

	begin(&b);
	EQ(pass(&b, "10.1.0.9", "192.0.2.1", 20, 9, false), VERDICT_HELD);
	OK(goes(&b, b.in) > 0);
	EQ(b.got[20], 3);
	EQ(b.got[21], 0);
	EQ(pass(&b, "fd99:1::9", "2001:db8::1", 20, 9, false), VERDICT_HELD);
	OK(goes(&b, b.in) > 0);
	EQ(b.got[40], 1);
	EQ(b.got[41], 0);
	EQ(b.n.stats.IpInNoRoutes, 2);
	end(&b);
}

TEST(what_means_nothing_elsewhere_is_not_passed_on)
{
	static const char *const row[][2] = {
		{ "10.1.0.9", "239.1.1.1" },   { "10.1.0.9", "169.254.1.1" },
		{ "169.254.1.9", "10.2.0.9" }, { "10.1.0.9", "127.0.0.1" },
		{ "fe80::9", "fd99:2::9" },    { "fd99:1::9", "ff0e::1" },
		{ "fd99:1::9", "fe80::9" },
	};
	struct bed b;

	begin(&b);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		EQ(pass(&b, row[i][0], row[i][1], 20, 9, false), VERDICT_DROP);
		EQ(goes(&b, b.in) + goes(&b, b.out), 0);
	}
	EQ(b.n.stats.IpForwDatagrams, 0);
	end(&b);
}

/* RFC 792: no midnight here, so the first bit is set. */
TEST(a_timestamp_request_is_answered)
{
	uint8_t m[20] = { 13, 0, 0, 0, 0, 7, 0, 1, 0, 0, 0, 5 };
	const struct say s = { .src = "10.1.0.9",
			       .dst = "10.1.0.1",
			       .proto = 1,
			       .data = m,
			       .len = sizeof(m) };
	struct bed b;

	begin(&b);
	net_ip(b.p, &s);
	net_icmp_sum(b.p, 40);
	EQ(net_rx(&b.n, b.in, b.p, 40), VERDICT_HELD);
	EQ(goes(&b, b.in), 40);
	EQ(b.got[20], 14);
	MEM(b.got + 24, "\0\7\0\1\0\0\0\5", 8);
	EQ(wire_be_get32(b.got + 32), 0x80000000u + 1000);
	EQ(net_rx(&b.n, b.in, b.p, 39), VERDICT_DROP);
	end(&b);
}

TESTS(CASE(what_is_for_others_is_dropped_unless_we_forward),
      CASE(a_packet_goes_on_with_one_hop_less),
      CASE(the_last_hop_is_told_to_the_sender),
      CASE(what_does_not_fit_is_cut_or_told),
      CASE(a_way_that_is_not_there_is_told),
      CASE(what_means_nothing_elsewhere_is_not_passed_on),
      CASE(a_timestamp_request_is_answered))
