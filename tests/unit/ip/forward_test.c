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

/* RFC 1812 5.2.7.1, RFC 4443 3.1 */
TEST(a_neighbour_that_does_not_answer_is_told_to_the_sender)
{
	static const struct {
		const char *src, *dst;
		unsigned icmp_at;
		uint8_t type, code;
	} row[] = { { "10.1.0.9", "10.3.0.9", 20, 3, 1 },
		    { "fd99:1::9", "fd99:3::9", 40, 1, 3 } };
	struct ip_error e;
	struct bed b;

	begin(&b);
	net_addr(&b.n, b.n.eth, "10.3.0.1/24");
	net_addr(&b.n, b.n.eth, "fd99:3::1/64");
	for (unsigned i = 0; i < 2; i++) {
		EQ(pass(&b, row[i].src, row[i].dst, 20, 9, false),
		   VERDICT_HELD);
		for (unsigned k = 0; k < 3; k++) {
			OK(goes(&b, b.n.eth) > 0); /* asks */
			EQ(goes(&b, b.in), 0);
			net_sleep(&b.n, OSTIA_S);
		}
		OK(goes(&b, b.in) > 0);
		EQ(b.got[row[i].icmp_at], row[i].type);
		EQ(b.got[row[i].icmp_at + 1], row[i].code);
		EQ(goes(&b, b.n.eth), 0);
		OK(!ip_next_error(b.n.ip, &e)); /* no news for ourselves */
	}
	MEM(b.got + 8, A("fd99:1::1").b, 16);
	MEM(b.got + 24, A("fd99:1::9").b, 16);
	MEM(b.got + 48 + 24, A("fd99:3::9").b, 16); /* quoted */
	end(&b);
}

/* Neighbours of eth0: a host, .9, and a router that is nearer, .7 */
static void begin_redirects(struct bed *b)
{
	static const char *const on_link[] = { "10.3.0.9", "10.3.0.7",
					       "fd99:3::9", "fe80::7" };

	begin(b);
	b->n.eth->in6->conf.forwarding = 1;
	net_addr(&b->n, b->n.eth, "10.3.0.1/24");
	net_addr(&b->n, b->n.eth, "fd99:3::1/64");
	EQ(net_route(&b->n, b->n.eth, "10.9.0.0/24", "10.3.0.7"), 0);
	EQ(net_route(&b->n, b->n.eth, "fd99:9::/64", "fe80::7"), 0);
	EQ(net_route(&b->n, b->n.eth, "fd99:8::/64", "fd99:3::7"), 0);
	for (unsigned i = 0; i < 4; i++) {
		struct ostia_addr a = A(on_link[i]);

		neigh_learn(b->n.ip, b->n.eth, &a, (const uint8_t *)NET_PEER,
			    NEIGH_NEWS_HEARD, true, b->n.now);
	}
}

static void ask_by_eth(struct bed *b, const char *src, const char *dst)
{
	const struct say s = { .src = src,
			       .dst = dst,
			       .proto = 17,
			       .data = "12345678",
			       .len = 8 };
	uint8_t ip[64];
	size_t n = net_ip(ip, &s);

	n = net_frame(b->p, NET_US, NET_PEER,
		      n == 28 ? WIRE_ETH_IP4 : WIRE_ETH_IP6, ip, n);
	EQ(net_rx(&b->n, b->n.eth, b->p, n), VERDICT_HELD);
}

/* The redirect first, then the packet itself, which goes on all the same. */
TEST(a_sender_who_takes_the_long_way_is_told)
{
	struct wire_nd f;
	struct bed b;
	size_t n;

	begin_redirects(&b);
	ask_by_eth(&b, "10.3.0.9", "10.9.0.5");
	EQ(goes(&b, b.n.eth), 14 + 20 + 8 + 28);
	MEM(b.got + 14 + 12, "\x0a\3\0\1\x0a\3\0\x09", 8);
	MEM(b.got + 34, "\5\1", 2); /* for the host */
	MEM(b.got + 38, "\x0a\3\0\7", 4);
	MEM(b.got + 42 + 12, "\x0a\3\0\x09\x0a\x09\0\5", 8);
	EQ(goes(&b, b.n.eth), 14 + 28);
	ask_by_eth(&b, "fd99:3::9", "fd99:9::5");
	n = goes(&b, b.n.eth);
	EQ(n, 14 + 40 + 40 + 8 + 8 + 48);
	EQ(b.got[14 + 7], 255);
	OK(b.got[14 + 8] == 0xfe && b.got[14 + 9] == 0x80);
	EQ(wire_nd_parse(&f, b.got + 54, n - 54), n - 54);
	EQ(f.type, 137);
	MEM(f.target, A("fe80::7").b, 16);
	MEM(f.dest, A("fd99:9::5").b, 16);
	MEM(f.tlla, NET_PEER, 6);
	EQ(f.redirected_len, 48);
	EQ(csum_ok(csum(b.got + 54, n - 54,
			csum_pseudo6(b.got + 22, b.got + 38, 58,
				     (uint32_t)(n - 54)))),
	   true);
	EQ(goes(&b, b.n.eth), 14 + 48);
	EQ(b.n.stats.IcmpOutRedirects, 2);
	end(&b);
}

TEST(no_redirect_where_it_would_not_be_believed_or_is_not_wanted)
{
	struct bed b;

	begin_redirects(&b);
	/* it comes by another link */
	EQ(pass(&b, "10.1.0.9", "10.9.0.5", 20, 9, false), VERDICT_HELD);
	EQ(pass(&b, "fd99:1::9", "fd99:9::5", 20, 9, false), VERDICT_HELD);
	/* the sender is no neighbour */
	EQ(net_route(&b.n, b.n.eth, "10.8.0.0/24", "10.3.0.7"), 0);
	ask_by_eth(&b, "10.8.0.9", "10.9.0.5");
	ask_by_eth(&b, "fd99:9::9", "fd99:9::5");
	/* the router has no link-local address that we know */
	ask_by_eth(&b, "fd99:3::9", "fd99:8::5");
	b.n.ip->set.send_redirects = 0;
	ask_by_eth(&b, "10.3.0.9", "10.9.0.5");
	EQ(b.n.stats.IcmpOutRedirects, 0);
	EQ(b.n.stats.IpForwDatagrams, 6);
	end(&b);
}

/* RFC 4861 8.2, RFC 1812 4.3.2.8: and no mask frees IPv4's. */
TEST(redirects_are_few)
{
	struct bed b;

	begin_redirects(&b);
	b.n.ip->set.icmp_ratemask = 0;
	for (unsigned i = 0; i < 50; i++) {
		ask_by_eth(&b, "10.3.0.9", "10.9.0.5");
		ask_by_eth(&b, "fd99:3::9", "fd99:9::5");
		while (goes(&b, b.n.eth))
			;
	}
	EQ(b.n.stats.IpForwDatagrams, 100);
	EQ(b.n.stats.IcmpOutRedirects, 2 * ICMP_HOST_BURST);
	end(&b);
}

TESTS(CASE(what_is_for_others_is_dropped_unless_we_forward),
      CASE(a_packet_goes_on_with_one_hop_less),
      CASE(the_last_hop_is_told_to_the_sender),
      CASE(what_does_not_fit_is_cut_or_told),
      CASE(a_way_that_is_not_there_is_told),
      CASE(what_means_nothing_elsewhere_is_not_passed_on),
      CASE(a_timestamp_request_is_answered),
      CASE(a_neighbour_that_does_not_answer_is_told_to_the_sender),
      CASE(a_sender_who_takes_the_long_way_is_told),
      CASE(no_redirect_where_it_would_not_be_believed_or_is_not_wanted),
      CASE(redirects_are_few))
