/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "10.0.0.1/8");
	net_addr(n, n->tun, "fd00::1/64");
}

static size_t udp(uint8_t *to, const char *src, const char *dst, uint32_t len)
{
	static uint8_t data[1452] = { 0x12, 0x34, 0x56, 0x78, 0, 16 };

	return net_ip(to, &(struct say) { .src = src,
					  .dst = dst,
					  .proto = WIRE_PROTO_UDP,
					  .data = data,
					  .len = len });
}

/* As stack/rx.c does for a port that nobody has. */
static size_t complain(struct net *n, const uint8_t *pkt, size_t len,
		       enum icmp_why why, uint8_t out[2048])
{
	EQ(net_rx(n, n->tun, pkt, len), VERDICT_DELIVER);
	icmp_error(n->ip, n->got, why, 0, 0, n->now);
	return net_tx(n, n->tun, out, 2048);
}

TEST(errors_quote_as_much_as_the_family_allows)
{
	uint8_t buf[1600], out[2048];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "10.0.0.1", 1400);
	EQ(complain(&n, buf, len, ICMP_NO_PORT, out), 576);
	EQ(out[20], WIRE_ICMP4_UNREACH);
	EQ(out[21], WIRE_ICMP4_UNREACH_PORT);
	EQ(out[1], 0xc0);
	OK(csum_ok(csum(out + 20, 556, 0)));
	EQ(wire_ip4_csum(out, 20), 0);
	MEM(out + 28, buf, 548);
	len = udp(buf, "fd00::2", "fd00::1", 1400);
	EQ(complain(&n, buf, len, ICMP_NO_PORT, out), 1280);
	EQ(out[40], WIRE_ICMP6_UNREACH);
	EQ(out[41], WIRE_ICMP6_UNREACH_PORT);
	OK(csum_ok(csum(out + 40, 1240,
			csum_pseudo6(out + 8, out + 24, 58, 1240))));
	MEM(out + 48, buf, 1232);
	EQ(n.stats.IcmpOutDestUnreachs, 2);
	net_fini(&n);
}

TEST(a_protocol_that_nobody_speaks_is_told_of)
{
	uint8_t buf[1600], out[2048];
	uint8_t ext[16] = { 99, 0, 1, 4 };
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "10.0.0.1", 20);
	EQ(complain(&n, buf, len, ICMP_NO_PROTO, out), 20 + 8 + 40);
	EQ(out[21], WIRE_ICMP4_UNREACH_PROTO);
	len = net_ip(buf, &(struct say) { .src = "fd00::2",
					  .dst = "fd00::1",
					  .proto = 60,
					  .data = ext,
					  .len = 16 });
	EQ(complain(&n, buf, len, ICMP_NO_PROTO, out), 40 + 8 + 56);
	EQ(out[40], WIRE_ICMP6_PARAM);
	EQ(out[41], WIRE_IP6_CODE_NEXT);
	EQ(wire_be_get32(out + 44), 40); /* where 99 stands */
	net_fini(&n);
}

/* RFC 1122 3.2.2, RFC 4443 2.4 (e); SECURITY 30. */
TEST(some_packets_are_never_answered_with_errors)
{
	static const struct {
		const char *src, *dst;
		uint8_t proto, type;
	} row[] = {
		{ "10.0.0.2", "10.255.255.255", 17, 0 }, /* broadcast */
		{ "10.0.0.2", "255.255.255.255", 17, 0 },
		{ "10.0.0.2", "224.0.0.1", 17, 0 }, /* multicast */
		{ "0.0.0.0", "255.255.255.255", 17, 0 },
		{ "10.0.0.2", "10.0.0.1", 1, 3 }, /* about errors */
		{ "10.0.0.2", "10.0.0.1", 1, 11 },
		{ "10.0.0.2", "10.0.0.1", 1, 5 },
		{ "10.0.0.2", "10.0.0.1", 1, 77 }, /* who knows */
		{ "fd00::2", "ff02::1", 17, 0 },
		{ "fd00::2", "fd00::1", 58, 1 },
		{ "fd00::2", "fd00::1", 58, 127 },
		{ "fd00::2", "fd00::1", 58, 137 },
	};
	uint8_t buf[256], out[2048];
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint8_t data[64] = { row[i].type };
		size_t len = net_ip(buf, &(struct say) { .src = row[i].src,
							 .dst = row[i].dst,
							 .proto = row[i].proto,
							 .data = data,
							 .len = 64 });
		struct ostia_pkt *p = ostia_pkt_from(n.pool, buf, len);

		p->link = n.tun;
		EQ(ip_rx(n.ip, &p, n.now), VERDICT_DELIVER);
		icmp_error(n.ip, p, ICMP_NO_PORT, 0, 0, n.now);
		if (net_tx(&n, n.tun, out, sizeof(out)))
			fail_msg("row %u", i);
		pkt_free(p);
	}
	/* but about a question: yes */
	{
		uint8_t data[64] = { 8 };
		size_t len = net_ip(buf, &(struct say) { .src = "10.0.0.2",
							 .dst = "10.0.0.1",
							 .proto = 1,
							 .data = data,
							 .len = 64 });
		struct ostia_pkt *p = ostia_pkt_from(n.pool, buf, len);

		p->link = n.tun;
		EQ(ip_rx(n.ip, &p, n.now), VERDICT_DELIVER);
		icmp_error(n.ip, p, ICMP_ADMIN, 0, 0, n.now);
		OK(net_tx(&n, n.tun, out, sizeof(out)));
		pkt_free(p);
	}
	net_fini(&n);
}

static unsigned flood_from(struct net *n, const char *src, unsigned count)
{
	uint8_t buf[256], out[2048];
	const char *dst = strchr(src, ':') ? "fd00::1" : "10.0.0.1";
	size_t len = udp(buf, src, dst, 20);
	unsigned got = 0;

	for (unsigned i = 0; i < count; i++)
		got += complain(n, buf, len, ICMP_NO_PORT, out) != 0;
	return got;
}

TEST(one_host_gets_six_errors_at_once_and_then_one_a_second)
{
	struct net n;

	setup(&n);
	EQ(flood_from(&n, "10.0.0.2", 100), 6);
	EQ(n.stats.IcmpOutRateLimitHost, 94);
	net_sleep(&n, OSTIA_S - OSTIA_MS);
	EQ(flood_from(&n, "10.0.0.2", 100), 0);
	net_sleep(&n, OSTIA_MS);
	EQ(flood_from(&n, "10.0.0.2", 100), 1);
	net_sleep(&n, 3600 * OSTIA_S);
	EQ(flood_from(&n, "10.0.0.2", 100), 6);
	/* a /64 is one host, whatever its addresses */
	EQ(flood_from(&n, "fd00::2", 100), 6);
	EQ(flood_from(&n, "fd00::3", 100), 0);
	n.ip->set.icmp_ratelimit_ms = 0;
	net_sleep(&n, 60 * OSTIA_S);
	OK(flood_from(&n, "10.0.0.2", 20) > 6);
	net_fini(&n);
}

static unsigned flood_from_many(struct net *n, unsigned hosts)
{
	unsigned got = 0;
	char text[32];

	for (unsigned i = 0; i < hosts; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 256, i % 256);
		got += flood_from(n, text, 1);
	}
	return got;
}

TEST(all_hosts_together_get_no_more_than_the_common_limit)
{
	struct net n;
	unsigned got;

	setup(&n);
	got = flood_from_many(&n, 1000);
	OK(got >= 25 && got <= 90); /* 50 tokens at 0, 1 or 2 */
	OK(n.stats.IcmpOutRateLimitGlobal > 500);
	net_sleep(&n, OSTIA_S);
	got = flood_from_many(&n, 1000);
	OK(got >= 25 && got <= 90); /* no burst saved up */
	net_fini(&n);
}

/* SECURITY 19 (SAD DNS): an attacker probes 50 ports with forged sources and
 * then one of his own, to see whether the common limit is used up: it must
 * not tell a closed port from an open one. Over many trials what he sees must
 * be spread alike in both cases.
 */
static unsigned scan(struct net *n, unsigned closed, unsigned trials)
{
	unsigned seen = 0;
	char text[32];

	for (unsigned t = 0; t < trials; t++) {
		net_sleep(n, 10 * OSTIA_S); /* the bucket is full again */
		for (unsigned i = 0; i < closed; i++) {
			snprintf(text, sizeof(text), "10.%u.%u.%u", 2 + t % 200,
				 t / 200, i);
			flood_from(n, text, 1);
		}
		snprintf(text, sizeof(text), "10.222.%u.%u", t / 256, t % 256);
		seen += flood_from(n, text, 1);
	}
	return seen;
}

TEST(the_common_limit_does_not_tell_open_ports_from_closed_ones)
{
	struct net n;
	unsigned open, closed;

	setup(&n);
	closed = scan(&n, 50, 600);
	open = scan(&n, 49, 600);
	/* without noise: 0 of 600 against 600 of 600 */
	OK(closed > 200 && closed < 500);
	OK(open > closed ? open - closed < 80 : closed - open < 80);
	net_fini(&n);
}

TEST(types_outside_the_mask_are_not_limited)
{
	struct net n;

	setup(&n);
	n.ip->set.icmp_ratemask &= ~(1u << WIRE_ICMP4_UNREACH);
	EQ(flood_from(&n, "10.0.0.2", 200), 200);
	net_fini(&n);
}

TEST(a_stack_can_tell_itself)
{
	struct ostia_addr lo = A("127.0.0.1");
	struct ostia_pkt *p;
	struct ip_error e;
	struct path *path;
	struct net n;

	setup(&n);
	p = pkt_new(n.pool);
	EQ(pkt_append_copy(p, "\x12\x34\x56\x78\0\x08\0\0", 8), 0);
	EQ(path_get(n.ip, &lo, NULL, 0, n.now, &path), 0);
	EQ(path->kind, PATH_LOCAL);
	EQ(ip_push_header(n.ip, p,
			  &(struct ip_out) { .path = path, .proto = 17 }),
	   0);
	path_put(n.ip, path);
	EQ(ip_queue(n.ip, p), 0);
	EQ(net_loop(&n), VERDICT_DELIVER);
	icmp_error(n.ip, n.got, ICMP_NO_PORT, 0, 0, n.now);
	EQ(net_loop(&n), VERDICT_HELD);
	OK(ip_next_error(n.ip, &e));
	EQ(e.err, ECONNREFUSED);
	EQ(e.flow.lport, 0x1234);
	EQ(e.flow.rport, 0x5678);
	ip_error_done(&e);
	net_fini(&n);
}

TESTS(CASE(errors_quote_as_much_as_the_family_allows),
      CASE(a_protocol_that_nobody_speaks_is_told_of),
      CASE(some_packets_are_never_answered_with_errors),
      CASE(one_host_gets_six_errors_at_once_and_then_one_a_second),
      CASE(all_hosts_together_get_no_more_than_the_common_limit),
      CASE(the_common_limit_does_not_tell_open_ports_from_closed_ones),
      CASE(types_outside_the_mask_are_not_limited),
      CASE(a_stack_can_tell_itself))
