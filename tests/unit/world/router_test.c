/* SPDX-License-Identifier: MIT */
/*
 * A router between a bare IP wire (port 0 of it: 10.0.1.0/24, fd01::/64) and
 * an Ethernet wire (port 1: 10.0.2.0/24, fd02::/64, MTU 600 or as said). The
 * probes speak for 10.0.1.9 and 10.0.2.9.
 */
#include "base/csum.h"
#include "probe.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/quote.h"
#include <arpa/inet.h>
#include <errno.h>

static const uint8_t mac_of_b[6] = { 0x02, 0xbb, 0, 0, 0, 9 };

struct bench {
	struct ostia_world *w;
	struct ostia_node *r;
	struct probe *a, *b;
	struct ostia_wire *left, *right;
};

/* Why the router dropped what it dropped last, and whose it was. */
static const char *dropped_why;
static uint32_t dropped_by;

static void hear_drop(void *ctx, const struct ostia_world_trace *ev)
{
	(void)ctx;
	if (!ev->stack || ev->stack->kind != OSTIA_TRACE_DROP)
		return;
	dropped_why = ev->stack->u.pkt.reason;
	dropped_by = ev->node;
}

static struct bench bench(uint32_t right_mtu)
{
	struct ostia_world_config cfg = { .seed = 1, .trace = hear_drop };
	struct bench t = { .w = NULL };
	const struct ostia_wire_config ip = { .type = OSTIA_LINK_IP,
					      .mtu = 2000 };
	const struct ostia_wire_config eth = { .mtu = right_mtu };

	EQ(ostia_world_new(&cfg, &t.w), 0);
	EQ(ostia_router_new(t.w, "r", &t.r), 0);
	t.a = probe_new(t.w, "a");
	t.b = probe_new(t.w, "b");
	t.left = join(&t.a->node, t.r, &ip);
	t.right = join(&t.b->node, t.r, &eth);
	EQ(ostia_wire_addr(t.left, 1, "10.0.1.1/24"), 0);
	EQ(ostia_wire_addr(t.right, 1, "10.0.2.1/24"), 0);
	EQ(ostia_wire_addr(t.left, 1, "fd01::1/64"), 0);
	EQ(ostia_wire_addr(t.right, 1, "fd02::1/64"), 0);
	return t;
}

static void run_ms(struct bench *t, unsigned ms)
{
	EQ(ostia_world_run_until(t->w, ostia_world_now(t->w) + ms * OSTIA_MS),
	   0);
}

static void done(struct bench *t)
{
	struct ostia_pool_stats s;

	run_ms(t, 10000);
	ostia_pool_stats(ostia_world_pool(t->w), &s);
	EQ(s.pkts, 0);
	ostia_world_free(t->w);
}

static uint64_t counter(const struct bench *t, const char *name)
{
	const char *s;
	uint64_t v;

	for (unsigned i = 0; (s = ostia_node_counter(t->r, i, &v)); i++)
		if (!strcmp(s, name))
			return v;
	fail_msg("no counter %s", name);
	return 0;
}

/* ---- packets ---- */

struct p4 {
	const char *src, *dst;
	size_t payload;
	uint8_t ttl, proto;
	bool df;
	const uint8_t *opts;
	size_t opts_len;
};

static size_t make4(uint8_t *out, size_t size, struct p4 x)
{
	uint8_t src[4], dst[4];
	struct wire_ip4 ip = { .src = src,
			       .dst = dst,
			       .id = 77,
			       .ttl = x.ttl ? x.ttl : 64,
			       .proto = x.proto ? x.proto : WIRE_PROTO_UDP,
			       .df = x.df };
	size_t hlen = 20 + x.opts_len;

	inet_pton(AF_INET, x.src, src);
	inet_pton(AF_INET, x.dst, dst);
	ip.len = (uint16_t)(hlen + x.payload);
	EQ(wire_ip4_emit(out, size, &ip, x.opts, x.opts_len), hlen);
	for (size_t i = 0; i < x.payload; i++)
		out[hlen + i] = (uint8_t)(i * 7);
	return hlen + x.payload;
}

static void send4(struct bench *t, struct p4 x)
{
	uint8_t buf[2048];

	probe_send(t->a, 0, buf, make4(buf, sizeof(buf), x));
	run_ms(t, 10);
}

static size_t make6(uint8_t *out, size_t size, const char *from, const char *to,
		    uint8_t next, uint8_t hops, size_t payload)
{
	uint8_t src[16], dst[16];
	struct wire_ip6 ip = { .src = src,
			       .dst = dst,
			       .plen = (uint16_t)payload,
			       .next = next,
			       .hops = hops };

	inet_pton(AF_INET6, from, src);
	inet_pton(AF_INET6, to, dst);
	EQ(wire_ip6_emit(out, size, &ip), 40);
	memset(out + 40, 0x5a, payload);
	return 40 + payload;
}

static void send6(struct bench *t, const char *from, const char *to,
		  uint8_t next, uint8_t hops, size_t payload)
{
	uint8_t buf[2048];

	probe_send(t->a, 0, buf,
		   make6(buf, sizeof(buf), from, to, next, hops, payload));
	run_ms(t, 10);
}

/* The i-th thing that a probe got, from its IP header on. */
static const uint8_t *ip_at(const struct probe *x, unsigned i, bool ethernet)
{
	OK(i < x->n);
	return x->got[i].bytes + (ethernet ? 14 : 0);
}

/* An Ethernet neighbour says who has 10.0.2.@last, unasked. */
static void announce4(struct bench *t, uint8_t last)
{
	const uint8_t spa[4] = { 10, 0, 2, last }, tpa[4] = { 10, 0, 2, 1 };
	uint8_t f[42];
	const struct wire_eth eth = { .dst = probe_port(t->b, 0)->mac,
				      .src = mac_of_b,
				      .type = WIRE_ETH_ARP };
	const struct wire_arp arp = { .op = WIRE_ARP_REQUEST,
				      .sha = mac_of_b,
				      .spa = spa,
				      .tha = mac_of_b,
				      .tpa = tpa };

	EQ(wire_eth_emit(f, sizeof(f), &eth), 14);
	memset(f, 0xff, 6);
	EQ(wire_arp_emit(f + 14, 28, &arp), 28);
	probe_send(t->b, 0, f, sizeof(f));
	run_ms(t, 10);
}

/* ICMPv4 error to the left: type, code, and it quotes our packet. */
static struct wire_icmp4 error_at_a(struct bench *t, unsigned i)
{
	const uint8_t *p = ip_at(t->a, i, false);
	size_t n = t->a->got[i].len;
	struct wire_icmp4 icmp;
	struct wire_quote q;

	EQ(p[9], WIRE_PROTO_ICMP4);
	EQ(wire_ip4_csum(p, 20), 0);
	OK(csum_ok(csum(p + 20, n - 20, 0)));
	EQ(wire_icmp4_parse(&icmp, p + 20, n - 20), 8);
	OK(wire_quote_ip4(&q, p + 28, n - 28) > 0);
	EQ(q.src[3], 9); /* of 10.0.1.9 */
	MEM(p + 16, "\x0a\x00\x01\x09", 4); /* and goes there */
	MEM(p + 12, "\x0a\x00\x01\x01", 4); /* from where it came in */
	return icmp;
}

/* ---- IPv4 ---- */

TEST(a_packet_goes_on_with_a_lower_ttl_and_a_right_checksum)
{
	struct bench t = bench(1500);
	const uint8_t *p;

	announce4(&t, 9);
	EQ(t.b->n, 1); /* the answer to its request */
	send4(&t, (struct p4) { "10.0.1.9", "10.0.2.9", 100 });
	EQ(t.b->n, 2);
	p = ip_at(t.b, 1, true);
	MEM(t.b->got[1].bytes, mac_of_b, 6);
	EQ(p[8], 63);
	EQ(wire_ip4_csum(p, 20), 0);
	EQ(p[20 + 99], (uint8_t)(99 * 7));
	EQ(counter(&t, "IpForwDatagrams"), 1);
	done(&t);
}

TEST(it_answers_arp_for_its_own_address_only)
{
	struct bench t = bench(1500);
	struct wire_arp arp;

	announce4(&t, 9);
	EQ(t.b->n, 1);
	EQ(wire_arp_parse(&arp, t.b->got[0].bytes + 14, 28), 28);
	EQ(arp.op, WIRE_ARP_REPLY);
	MEM(arp.spa, "\x0a\x00\x02\x01", 4);
	MEM(arp.tha, mac_of_b, 6);
	done(&t);
}

TEST(an_unknown_neighbour_is_asked_for_and_packets_wait)
{
	struct bench t = bench(1500);
	struct wire_arp arp;

	send4(&t, (struct p4) { "10.0.1.9", "10.0.2.9", 10 });
	send4(&t, (struct p4) { "10.0.1.9", "10.0.2.9", 20 });
	EQ(t.b->n, 1);
	EQ(wire_arp_parse(&arp, t.b->got[0].bytes + 14, 28), 28);
	EQ(arp.op, WIRE_ARP_REQUEST);
	MEM(arp.tpa, "\x0a\x00\x02\x09", 4);
	announce4(&t, 9);
	EQ(t.b->n, 4); /* both packets, and the answer */
	EQ(t.b->got[1].len, 14 + 30);
	EQ(t.b->got[2].len, 14 + 40);
	done(&t);
}

TEST(a_silent_neighbour_makes_the_host_unreachable)
{
	struct bench t = bench(1500);
	struct wire_icmp4 icmp;

	send4(&t, (struct p4) { "10.0.1.9", "10.0.2.77", 10 });
	run_ms(&t, 4000);
	EQ(t.b->n, 3); /* asked three times */
	EQ(t.a->n, 1);
	icmp = error_at_a(&t, 0);
	EQ(icmp.type, WIRE_ICMP4_UNREACH);
	EQ(icmp.code, WIRE_ICMP4_UNREACH_HOST);
	done(&t);
}

TEST(a_used_up_ttl_is_told)
{
	struct bench t = bench(1500);
	struct wire_icmp4 icmp;

	send4(&t, (struct p4) { "10.0.1.9", "10.0.2.9", 10, .ttl = 1 });
	EQ(t.a->n, 1);
	icmp = error_at_a(&t, 0);
	EQ(icmp.type, WIRE_ICMP4_TIME_EXCEEDED);
	EQ(t.b->n, 0);
	done(&t);
}

TEST(no_route_is_told)
{
	struct bench t = bench(1500);
	struct wire_icmp4 icmp;

	send4(&t, (struct p4) { "10.0.1.9", "192.0.2.1", 10 });
	EQ(t.a->n, 1);
	icmp = error_at_a(&t, 0);
	EQ(icmp.type, WIRE_ICMP4_UNREACH);
	EQ(icmp.code, WIRE_ICMP4_UNREACH_NET);
	done(&t);
}

TEST(too_big_with_df_is_told_with_the_mtu)
{
	struct bench t = bench(600);
	struct wire_icmp4 icmp;

	send4(&t, (struct p4) { "10.0.1.9", "10.0.2.9", 1000, .df = true });
	EQ(t.a->n, 1);
	icmp = error_at_a(&t, 0);
	EQ(icmp.code, WIRE_ICMP4_UNREACH_FRAG);
	EQ(icmp.mtu, 600);
	done(&t);
}

/* Put together again, fragments are what was sent. */
TEST(too_big_without_df_is_fragmented)
{
	static const uint8_t opts[8] = { 0x94, 4, 0, 0, 7, 3, 4, 0 };
	struct bench t = bench(600);
	uint8_t whole[2000], seen[2000] = { 0 };
	size_t n, end = 0;

	announce4(&t, 9);
	n = make4(whole, sizeof(whole),
		  (struct p4) { "10.0.1.9", "10.0.2.9", 1500, .opts = opts,
				.opts_len = sizeof(opts) });
	probe_send(t.a, 0, whole, n);
	run_ms(&t, 10);
	EQ(t.b->n, 1 + 3);
	for (unsigned i = 1; i < t.b->n; i++) {
		const uint8_t *p = ip_at(t.b, i, true);
		struct wire_ip4 ip;
		int hlen = wire_ip4_parse(&ip, p, 60, t.b->got[i].len - 14);

		OK(hlen > 0);
		EQ(wire_ip4_csum(p, (size_t)hlen), 0);
		OK(ip.len <= 600);
		EQ(ip.id, 77);
		/* Router Alert is copied, Record Route is not */
		EQ(hlen, i == 1 ? 28 : 24);
		EQ(p[20], 0x94);
		memcpy(seen + ip.frag_off, p + hlen, ip.len - (size_t)hlen);
		if (!ip.mf)
			end = ip.frag_off + ip.len - (size_t)hlen;
	}
	EQ(end, 1500);
	MEM(seen, whole + 28, 1500);
	done(&t);
}

TEST(it_answers_echo_requests)
{
	struct bench t = bench(1500);
	uint8_t buf[200];
	size_t n = make4(buf, sizeof(buf),
			 (struct p4) { "10.0.1.9", "10.0.2.1", 64,
				       .proto = WIRE_PROTO_ICMP4 });
	uint16_t sum;

	memcpy(buf + 20, "\x08\x00\x00\x00\x12\x34\x00\x01", 8);
	sum = csum_fold(csum(buf + 20, 64, 0));
	memcpy(buf + 22, &sum, 2);
	probe_send(t.a, 0, buf, n);
	run_ms(&t, 10);
	EQ(t.a->n, 1);
	EQ(t.a->got[0].bytes[20], WIRE_ICMP4_ECHO_REPLY);
	OK(csum_ok(csum(t.a->got[0].bytes + 20, 64, 0)));
	MEM(t.a->got[0].bytes + 12, "\x0a\x00\x02\x01", 4);
	MEM(t.a->got[0].bytes + 24, buf + 24, 60);
	done(&t);
}

TEST(what_must_not_be_answered_is_not)
{
	struct bench t = bench(1500);
	uint8_t buf[200];
	size_t n;

	/* errors about errors, broadcasts, a bad checksum */
	n = make4(buf, sizeof(buf),
		  (struct p4) { "10.0.1.9", "10.0.2.9", 40, .ttl = 1,
				.proto = WIRE_PROTO_ICMP4 });
	buf[20] = WIRE_ICMP4_UNREACH;
	probe_send(t.a, 0, buf, n);
	send4(&t, (struct p4) { "10.0.1.9", "255.255.255.255", 8, .ttl = 1 });
	send4(&t, (struct p4) { "10.0.1.9", "224.0.0.1", 8, .ttl = 1 });
	send4(&t, (struct p4) { "127.0.0.1", "10.0.2.9", 8, .ttl = 1 });
	n = make4(buf, sizeof(buf), (struct p4) { "10.0.1.9", "10.0.2.9", 40 });
	buf[10] ^= 1;
	probe_send(t.a, 0, buf, n);
	run_ms(&t, 10);
	EQ(t.a->n, 0);
	EQ(counter(&t, "IpInHdrErrors"), 3); /* two expired */
	done(&t);
}

static void expect_drop(const struct bench *t, const char *why)
{
	STR(dropped_why ? dropped_why : "forwarded", why);
	EQ(dropped_by, ostia_node_id(t->r));
	OK(counter(t, why) > 0);
	dropped_why = NULL;
}

/* The words are those of hosts, and the counter with that name has moved. */
TEST(what_is_dropped_says_why)
{
	static const struct {
		struct p4 p;
		const char *why;
	} rows[] = {
		{ { "10.0.1.9", "10.0.2.9", 10, .ttl = 1 }, "IpInHdrErrors" },
		{ { "10.0.1.9", "192.0.2.1", 10 }, "IpInNoRoutes" },
		{ { "10.0.1.9", "10.0.2.9", 1000, .df = true }, "IpFragFails" },
		{ { "10.0.1.9", "224.0.0.1", 10 }, "IpInAddrErrors" },
		{ { "10.0.1.9", "10.0.1.1", 10, .proto = WIRE_PROTO_UDP },
		  "UdpNoPorts" },
		{ { "10.0.1.9", "10.0.1.1", 10, .proto = 6 },
		  "IpInUnknownProtos" },
	};
	struct bench t = bench(600);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		send4(&t, rows[i].p);
		expect_drop(&t, rows[i].why);
	}
	for (unsigned i = 0; i <= 16; i++) /* one more than may wait */
		send4(&t, (struct p4) { "10.0.1.9", "10.0.2.77", 10 });
	expect_drop(&t, "NeighQueueDrops");
	run_ms(&t, 4000);
	expect_drop(&t, "NeighUnreachable");
	done(&t);
}

TEST(errors_are_rate_limited)
{
	struct bench t = bench(1500);
	uint8_t buf[200];
	size_t n = make4(buf, sizeof(buf),
			 (struct p4) { "10.0.1.9", "10.0.2.9", 40, .ttl = 1 });

	for (unsigned i = 0; i < 500; i++)
		probe_send(t.a, 0, buf, n);
	run_ms(&t, 100);
	EQ(t.a->n, 50);
	EQ(counter(&t, "IcmpOutRateLimitGlobal"), 450);
	done(&t);
}

TEST(the_longest_prefix_wins_and_gateways_are_asked)
{
	struct bench t = bench(1500);
	struct wire_arp arp;

	EQ(ostia_wire_route(t.left, 1, "0.0.0.0/0", NULL), 0);
	EQ(ostia_wire_route(t.right, 1, "10.9.0.0/16", "10.0.2.50"), 0);
	EQ(ostia_wire_route(t.right, 1, "10.9.0.0/16", "10.0.2.51"), -EEXIST);
	EQ(ostia_wire_route(t.right, 1, "10.9/16", NULL), -EINVAL);
	EQ(ostia_wire_addr(t.right, 1, "10.0.1.1/24"), -EEXIST);
	send4(&t, (struct p4) { "10.0.1.9", "10.9.3.3", 10 });
	EQ(t.b->n, 1);
	EQ(wire_arp_parse(&arp, t.b->got[0].bytes + 14, 28), 28);
	MEM(arp.tpa, "\x0a\x00\x02\x32", 4);
	send4(&t, (struct p4) { "10.0.1.9", "203.0.113.5", 10 });
	EQ(t.a->n, 1); /* the default goes back where it came from */
	done(&t);
}

/* ---- IPv6 ---- */

static void announce6(struct bench *t, const char *who)
{
	uint8_t f[14 + 40 + 32], target[16];
	const struct wire_eth eth = { .dst = probe_port(t->b, 0)->mac,
				      .src = mac_of_b,
				      .type = WIRE_ETH_IP6 };
	const struct wire_nd nd = { .type = WIRE_ICMP6_NS,
				    .target = target,
				    .slla = mac_of_b };
	uint16_t sum;

	inet_pton(AF_INET6, "fd02::1", target);
	EQ(wire_eth_emit(f, sizeof(f), &eth), 14);
	memcpy(f, "\x33\x33\xff\x00\x00\x01", 6);
	make6(f + 14, sizeof(f) - 14, who, "ff02::1:ff00:1", WIRE_PROTO_ICMP6,
	      255, 32);
	EQ(wire_nd_emit(f + 54, 32, &nd), 32);
	sum = csum_fold(
		csum(f + 54, 32,
		     csum_pseudo6(f + 22, f + 38, WIRE_PROTO_ICMP6, 32)));
	memcpy(f + 56, &sum, 2);
	probe_send(t->b, 0, f, sizeof(f));
	run_ms(t, 10);
}

TEST(ipv6_is_forwarded_after_neighbour_discovery)
{
	struct bench t = bench(1500);
	struct wire_nd nd;

	send6(&t, "fd01::9", "fd02::9", WIRE_PROTO_UDP, 64, 100);
	EQ(t.b->n, 1);
	MEM(t.b->got[0].bytes, "\x33\x33\xff\x00\x00\x09", 6);
	EQ(wire_nd_parse(&nd, t.b->got[0].bytes + 54, 32), 32);
	EQ(nd.type, WIRE_ICMP6_NS);
	announce6(&t, "fd02::9"); /* its own question tells who it is */
	EQ(t.b->n, 3);
	EQ(ip_at(t.b, 1, true)[7], 63);
	EQ(t.b->got[1].len, 14 + 140);
	EQ(wire_nd_parse(&nd, t.b->got[2].bytes + 54, 32), 32);
	EQ(nd.type, WIRE_ICMP6_NA);
	OK(nd.router && nd.solicited);
	done(&t);
}

static struct wire_icmp6 error6_at_a(struct bench *t, unsigned i)
{
	const uint8_t *p = ip_at(t->a, i, false);
	uint32_t n = t->a->got[i].len - 40;
	struct wire_icmp6 icmp;

	OK(csum_ok(csum(p + 40, n,
			csum_pseudo6(p + 8, p + 24, WIRE_PROTO_ICMP6, n))));
	EQ(wire_icmp6_parse(&icmp, p + 40, n), 8);
	return icmp;
}

TEST(ipv6_errors_are_told)
{
	struct bench t = bench(1300);
	struct wire_icmp6 icmp;

	send6(&t, "fd01::9", "fd02::9", WIRE_PROTO_UDP, 1, 100);
	icmp = error6_at_a(&t, 0);
	EQ(icmp.type, WIRE_ICMP6_TIME_EXCEEDED);
	send6(&t, "fd01::9", "fd09::9", WIRE_PROTO_UDP, 9, 100);
	icmp = error6_at_a(&t, 1);
	EQ(icmp.type, WIRE_ICMP6_UNREACH);
	EQ(icmp.code, WIRE_ICMP6_UNREACH_ROUTE);
	send6(&t, "fd01::9", "fd02::9", WIRE_PROTO_UDP, 9, 1400);
	icmp = error6_at_a(&t, 2);
	EQ(icmp.type, WIRE_ICMP6_TOO_BIG);
	EQ(icmp.mtu, 1300);
	EQ(t.a->got[2].len, 1280);
	send6(&t, "fe80::9", "fd02::9", WIRE_PROTO_UDP, 9, 100);
	EQ(t.a->n, 3); /* link-local stays on its link */
	EQ(counter(&t, "IpInAddrErrors"), 1);
	done(&t);
}

TEST(random_bytes_do_no_harm)
{
	struct bench t = bench(1500);
	uint32_t x = 12345;
	uint8_t buf[120];

	for (unsigned i = 0; i < 20000; i++) {
		size_t n;

		for (size_t k = 0; k < sizeof(buf); k++) {
			x = x * 1664525 + 1013904223;
			buf[k] = (uint8_t)(x >> 24);
		}
		n = 1 + buf[1] % 119;
		buf[0] = i & 1 ? 0x45 : 0x60;
		if (i & 2) {
			memcpy(buf, probe_port(t.b, 0)->out->to->mac, 6);
			buf[12] = 0x08;
			buf[13] = i & 4 ? 0x06 : 0x00;
			if (i & 8)
				memcpy(buf + 12, "\x86\xdd\x60", 3);
		}
		probe_send(i & 2 ? t.b : t.a, 0, buf, n);
		if (i % 100 == 0)
			run_ms(&t, 1);
	}
	done(&t);
}

TESTS(CASE(a_packet_goes_on_with_a_lower_ttl_and_a_right_checksum),
      CASE(it_answers_arp_for_its_own_address_only),
      CASE(an_unknown_neighbour_is_asked_for_and_packets_wait),
      CASE(a_silent_neighbour_makes_the_host_unreachable),
      CASE(what_is_dropped_says_why), CASE(a_used_up_ttl_is_told),
      CASE(no_route_is_told), CASE(too_big_with_df_is_told_with_the_mtu),
      CASE(too_big_without_df_is_fragmented), CASE(it_answers_echo_requests),
      CASE(what_must_not_be_answered_is_not), CASE(errors_are_rate_limited),
      CASE(the_longest_prefix_wins_and_gateways_are_asked),
      CASE(ipv6_is_forwarded_after_neighbour_discovery),
      CASE(ipv6_errors_are_told), CASE(random_bytes_do_no_harm))
