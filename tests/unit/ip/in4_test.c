/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "10.0.0.1/24");
	net_addr(n, n->eth, "10.1.0.1/24");
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

static void fix_sum(uint8_t *ip)
{
	uint16_t c;

	memset(ip + 10, 0, 2);
	c = wire_ip4_csum(ip, (ip[0] & 15) * 4u);
	wire_be_put16(ip + 10, c);
}

TEST(a_good_packet_is_described_and_cut_to_its_length)
{
	struct ostia_addr src = A("10.0.0.2"), dst = A("10.0.0.1");
	uint8_t buf[64] = { 0 };
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "10.0.0.1");
	EQ(net_rx(&n, n.tun, buf, len + 10), VERDICT_DELIVER);
	EQ(n.got->len, 36);
	EQ(n.got->l3, 0);
	EQ(n.got->l4, 20);
	EQ(n.got->data, 20);
	EQ(n.got->proto, WIRE_PROTO_UDP);
	EQ(n.got->ttl, 64);
	MEM(&n.got->src, &src, 16);
	MEM(&n.got->dst, &dst, 16);
	net_fini(&n);
}

/* SECURITY 1: the total length is applied once, over all buffers. */
TEST(total_length_cuts_across_buffers)
{
	uint8_t buf[64];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "10.0.0.1");
	for (size_t cut = 1; cut < len; cut++) {
		struct ostia_pkt *p = pkt_new(n.pool);
		struct block *b = block_new(n.pool, 1024);
		struct block *c = block_new(n.pool, 1024);

		memset(c->mem, 0xee, 1024);
		memcpy(b->mem, buf, cut);
		memcpy(c->mem, buf + cut, len - cut);
		EQ(pkt_add_slice(p, b, 0, (uint32_t)cut), 0);
		EQ(pkt_add_slice(p, c, 0, 1000), 0);
		block_put(b);
		block_put(c);
		EQ(net_rx_pkt(&n, n.tun, p), VERDICT_DELIVER);
		EQ(n.got->len, len);
		EQ(n.got->nslices ? n.got->slice[n.got->nslices - 1].len <= len
				  : 1,
		   1);
	}
	net_fini(&n);
}

TEST(broken_headers_are_dropped)
{
	static const struct {
		unsigned at;
		uint8_t value;
		bool fix; /* make the checksum right again */
	} row[] = {
		{ 0, 0x35, true }, /* version 3 */
		{ 0, 0x44, true }, /* header of 16 bytes */
		{ 0, 0x4f, false }, /* header of 60, packet of 36 */
		{ 2, 0x01, true }, /* total length 292 */
		{ 3, 19, true }, /* total length below the header */
		{ 10, 0xaa, false }, /* checksum */
		{ 8, 63, false }, /* the same: a byte changed on the way */
	};
	uint8_t buf[64];
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = udp(buf, "10.0.0.2", "10.0.0.1");

		buf[row[i].at] = row[i].value;
		if (row[i].fix)
			fix_sum(buf);
		EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	}
	for (size_t len = 0; len < 20; len++)
		EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(n.stats.IpInCsumErrors, 2);
	net_fini(&n);
}

TEST(addresses_that_cannot_be_are_dropped)
{
	static const struct {
		const char *src, *dst;
		bool ok;
	} row[] = {
		{ "10.0.0.2", "10.0.0.1", true },
		{ "10.0.0.2", "10.1.0.1", true }, /* weak: another link's */
		{ "10.0.0.2", "10.0.0.255", true }, /* directed broadcast */
		{ "10.0.0.2", "255.255.255.255", true },
		{ "10.0.0.2", "224.0.0.1", true },
		{ "0.0.0.0", "255.255.255.255", true }, /* RFC 2131 */
		{ "10.0.0.2", "10.0.0.9", false }, /* not ours */
		{ "10.0.0.2", "224.0.0.99", false }, /* not joined */
		{ "0.0.0.0", "10.0.0.1", false },
		{ "0.1.2.3", "255.255.255.255", false },
		{ "127.0.0.1", "10.0.0.1", false },
		{ "10.0.0.2", "127.0.0.1", false },
		{ "224.0.0.1", "10.0.0.1", false },
		{ "240.0.0.1", "10.0.0.1", false },
		{ "255.255.255.255", "10.0.0.1", false },
		{ "10.0.0.255", "10.0.0.1", false },
		{ "10.0.0.1", "10.0.0.1", false }, /* LAND */
		{ "10.1.0.1", "10.0.0.1", false }, /* ours, from outside */
	};
	uint8_t buf[64];
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

TEST(unicast_in_a_broadcast_frame_is_dropped)
{
	uint8_t ip[64], buf[80];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(ip, "10.1.0.2", "10.1.0.1");
	len = net_frame(buf, NET_ALL, NET_PEER, WIRE_ETH_IP4, ip, len);
	EQ(net_rx(&n, n.eth, buf, len), VERDICT_DROP);
	memcpy(buf, NET_US, 6);
	EQ(net_rx(&n, n.eth, buf, len), VERDICT_DELIVER);
	len = udp(ip, "10.1.0.2", "10.1.0.255");
	len = net_frame(buf, NET_ALL, NET_PEER, WIRE_ETH_IP4, ip, len);
	EQ(net_rx(&n, n.eth, buf, len), VERDICT_DELIVER);
	OK(n.got->flags & PKT_BROADCAST);
	net_fini(&n);
}

/* Input remembers pairs of addresses; not longer than they are right. */
TEST(an_address_taken_away_is_not_ours_any_more)
{
	struct ostia_addr a = A("10.0.0.1");
	uint8_t buf[64];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "10.0.0.1");
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	EQ(addrs_del(n.ip, n.tun, &a, 24), 0);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_addr(&n, n.tun, "10.0.0.1/24");
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	net_addr(&n, n.eth, "10.0.0.2/24"); /* the peer's becomes ours */
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	net_fini(&n);
}

static size_t with_options(uint8_t *to, const uint8_t *opts, unsigned n)
{
	struct ostia_addr src = A("10.0.0.2"), dst = A("10.0.0.1");
	struct wire_ip4 f = { .src = src.b + 12,
			      .dst = dst.b + 12,
			      .ttl = 64,
			      .proto = WIRE_PROTO_UDP };
	unsigned hlen = 20 + (n + 3) / 4 * 4;

	f.len = (uint16_t)(hlen + 16);
	EQ(wire_ip4_emit(to, 60, &f, opts, n), hlen);
	memset(to + hlen, 0, 16);
	return f.len;
}

/* SECURITY 5: every type with every length, and what we say about it. */
TEST(options_of_every_type_and_length)
{
	uint8_t buf[128], out[1500];
	struct net n;

	setup(&n);
	n.ip->set.icmp_ratelimit_ms = 0;
	n.ip->set.icmp_msgs_per_sec = n.ip->set.icmp_msgs_burst = 1 << 30;
	for (unsigned type = 0; type < 256; type++) {
		for (unsigned olen = 0; olen <= 41; olen++) {
			uint8_t opts[40] = { (uint8_t)type, (uint8_t)olen, 4 };
			size_t len = with_options(buf, opts, 40);
			enum verdict v = net_rx(&n, n.tun, buf, len);
			size_t got = net_tx(&n, n.tun, out, sizeof(out));

			/* an answer is a parameter problem, whole and small */
			if (got) {
				EQ(v, VERDICT_DROP);
				EQ(out[20], WIRE_ICMP4_PARAM);
				EQ(got, 20 + 8 + len);
				OK(out[24] >= 20 && out[24] < 60);
			}
			if (type == WIRE_IP4_OPT_LSRR ||
			    type == WIRE_IP4_OPT_SSRR)
				EQ(v, VERDICT_DROP);
		}
	}
	net_fini(&n);
}

TEST(an_option_with_a_bad_length_is_told_with_its_place)
{
	static const uint8_t opts[4] = { 1, 1, 7, 1 }; /* NOP NOP RR len 1 */
	uint8_t buf[128], out[1500];
	struct net n;
	size_t len;

	setup(&n);
	len = with_options(buf, opts, 4);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), 20 + 8 + len);
	EQ(out[20], WIRE_ICMP4_PARAM);
	EQ(out[24], 23);
	MEM(out + 28, buf, len);
	net_fini(&n);
}

TEST(a_link_without_checksums_is_believed)
{
	uint8_t buf[64];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "10.0.0.1");
	buf[10] ^= 1;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	n.tun->caps |= OSTIA_LINK_NOCSUM;
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	net_fini(&n);
}

TEST(joined_groups_are_heard_on_their_link)
{
	struct ostia_addr g = A("239.1.2.3");
	uint8_t buf[64];
	struct net n;
	size_t len;

	setup(&n);
	len = udp(buf, "10.0.0.2", "239.1.2.3");
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(groups_join(n.ip, n.eth, &g), 0);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(groups_join(n.ip, n.tun, &g), 0);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	net_fini(&n);
}

TESTS(CASE(a_good_packet_is_described_and_cut_to_its_length),
      CASE(total_length_cuts_across_buffers), CASE(broken_headers_are_dropped),
      CASE(addresses_that_cannot_be_are_dropped),
      CASE(unicast_in_a_broadcast_frame_is_dropped),
      CASE(an_address_taken_away_is_not_ours_any_more),
      CASE(options_of_every_type_and_length),
      CASE(an_option_with_a_bad_length_is_told_with_its_place),
      CASE(a_link_without_checksums_is_believed),
      CASE(joined_groups_are_heard_on_their_link))
