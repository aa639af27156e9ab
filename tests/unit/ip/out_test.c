/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "10.0.0.1/24");
	net_addr(n, n->tun, "fd00::1/64");
}

static struct ostia_pkt *payload(struct net *n, uint32_t len)
{
	static const uint8_t zero[65536];
	struct ostia_pkt *p = pkt_new(n->pool);

	OK(p != NULL);
	EQ(pkt_append_copy(p, zero, len), 0);
	return p;
}

static struct path *path_to(struct net *n, const char *dst)
{
	struct ostia_addr d = A(dst);
	struct path *p;

	EQ(path_get(n->ip, &d, NULL, 0, n->now, &p), 0);
	return p;
}

TEST(headers_say_what_they_were_asked_to)
{
	struct wire_ip4 f4;
	struct wire_ip6 f6;
	struct ostia_pkt *p;
	struct path *path;
	struct net n;

	setup(&n);
	path = path_to(&n, "10.0.0.2");
	p = payload(&n, 100);
	EQ(ip_push_header(n.ip, p,
			  &(struct ip_out) { .path = path,
					     .proto = 17,
					     .ttl = 3,
					     .tos = 0x2e,
					     .dontfrag = true }),
	   0);
	EQ(wire_ip4_parse(&f4, pkt_peek(p, 0, 20), 20, p->len), 20);
	EQ(f4.len, 120);
	EQ(f4.ttl, 3);
	EQ(f4.tos, 0x2e);
	EQ(f4.proto, 17);
	OK(f4.df && !f4.mf);
	EQ(f4.id, 0);
	EQ(wire_ip4_csum(pkt_peek(p, 0, 20), 20), 0);
	EQ(p->l3, 0);
	EQ(p->l4, 20);
	OK(p->link == n.tun && p->flags & PKT_NOFRAG);
	MEM(&p->nexthop, A("10.0.0.2").b, 16);
	pkt_free(p);
	path_put(n.ip, path);
	path = path_to(&n, "fd00::2");
	p = payload(&n, 100);
	EQ(ip_push_header(n.ip, p,
			  &(struct ip_out) { .path = path,
					     .proto = 6,
					     .tos = 2,
					     .flowlabel = 0xabcde }),
	   0);
	EQ(wire_ip6_parse(&f6, pkt_peek(p, 0, 40), 40, p->len), 40);
	EQ(f6.plen, 100);
	EQ(f6.hops, 64);
	EQ(f6.tclass, 2);
	EQ(f6.flow, 0xabcde);
	EQ(f6.next, 6);
	pkt_free(p);
	path_put(n.ip, path);
	net_fini(&n);
}

TEST(more_than_the_length_field_can_say_is_refused)
{
	struct ostia_pkt *p;
	struct path *path;
	struct net n;

	setup(&n);
	path = path_to(&n, "10.0.0.2");
	p = payload(&n, 65516);
	EQ(ip_push_header(n.ip, p, &(struct ip_out) { .path = path }),
	   -EMSGSIZE);
	pkt_free(p);
	p = payload(&n, 65515);
	EQ(ip_push_header(n.ip, p, &(struct ip_out) { .path = path }), 0);
	pkt_free(p);
	path_put(n.ip, path);
	net_fini(&n);
}

static uint16_t next_id(struct net *n, struct path *path)
{
	struct ostia_pkt *p = payload(n, 8);
	uint16_t id;

	EQ(ip_push_header(n->ip, p, &(struct ip_out) { .path = path }), 0);
	id = wire_be_get16(pkt_peek(p, 4, 2));
	pkt_free(p);
	return id;
}

/* SECURITY 18: what one peer sees of our numbers says nothing of another's.
 */
TEST(identifications_count_for_each_peer_apart)
{
	struct path *a, *b;
	uint16_t first_a, first_b;
	struct net n;

	setup(&n);
	a = path_to(&n, "10.0.0.2");
	b = path_to(&n, "10.0.0.3");
	first_a = next_id(&n, a);
	first_b = next_id(&n, b);
	OK(first_a != first_b);
	for (unsigned i = 1; i < 100; i++)
		EQ(next_id(&n, a), (uint16_t)(first_a + i));
	EQ(next_id(&n, b), (uint16_t)(first_b + 1));
	path_put(n.ip, a);
	path_put(n.ip, b);
	net_fini(&n);
}

TEST(a_reply_goes_back_where_the_packet_came_from)
{
	uint8_t buf[128], out[128], data[8] = { 0 };
	struct net n;
	size_t len;

	setup(&n);
	len = net_ip(buf, &(struct say) { .src = "10.0.0.2",
					  .dst = "10.0.0.1",
					  .proto = 6,
					  .data = data,
					  .len = 8 });
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	EQ(ip_reply(n.ip, n.got, payload(&n, 20), 6, n.now), 0);
	EQ(net_tx(&n, n.tun, out, sizeof(out)), 40);
	MEM(out + 12, buf + 16, 4);
	MEM(out + 16, buf + 12, 4);
	EQ(wire_be_get16(out + 6), WIRE_IP4_DF);
	/* no route back */
	n.got->src = A("172.16.0.1");
	EQ(ip_reply(n.ip, n.got, payload(&n, 20), 6, n.now), -ENETUNREACH);
	EQ(n.stats.IpOutNoRoutes, 1);
	net_fini(&n);
}

TEST(the_reply_queue_is_bounded)
{
	uint8_t buf[128], data[8] = { 0 };
	struct net n;
	size_t len;

	setup(&n);
	len = net_ip(buf, &(struct say) { .src = "10.0.0.2",
					  .dst = "10.0.0.1",
					  .proto = 6,
					  .data = data,
					  .len = 8 });
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	for (unsigned i = 0; i < LINK_REPLIES_CAP; i++)
		EQ(ip_reply(n.ip, n.got, payload(&n, 20), 6, n.now), 0);
	EQ(ip_reply(n.ip, n.got, payload(&n, 20), 6, n.now), -ENOBUFS);
	EQ(n.stats.IpOutDiscards, 1);
	EQ(n.tun->drops, 1);
	net_fini(&n);
}

TEST(open_checksums_are_completed)
{
	uint8_t udp[9] = { 0, 1, 0, 2, 0, 9, 0, 0, 77 };
	struct ostia_addr s = A("10.0.0.1"), d = A("10.0.0.2");
	uint32_t pseudo = csum_pseudo4(s.b + 12, d.b + 12, 17, 9);
	struct ostia_pkt *p;
	struct net n;
	uint8_t got[9];

	setup(&n);
	p = pkt_new(n.pool);
	wire_csum_seed(udp + 6, pseudo);
	EQ(pkt_append_copy(p, udp, 9), 0);
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = 6;
	EQ(ip_complete_csum(p), 0);
	EQ(p->csum, OSTIA_CSUM_NONE);
	pkt_copy_out(p, 0, got, 9);
	OK(csum_ok(csum(got, 9, pseudo)));
	pkt_free(p);
	net_fini(&n);
}

static uint32_t label_of(struct net *n, struct path *path, uint8_t port,
			 uint8_t proto)
{
	struct ostia_pkt *p = payload(n, 0);
	struct wire_ip6 f;
	uint8_t *h = pkt_put(p, 8);

	OK(h != NULL);
	memset(h, 0, 8);
	h[1] = port;
	EQ(ip_push_header(n->ip, p,
			  &(struct ip_out) { .path = path, .proto = proto }),
	   0);
	EQ(wire_ip6_parse(&f, pkt_peek(p, 0, 40), 40, p->len), 40);
	pkt_free(p);
	return f.flow;
}

TEST(a_flow_has_one_label_and_another_has_another)
{
	uint32_t a, last = 0, same = 0;
	struct path *path, *other;
	struct net n;

	setup(&n);
	path = path_to(&n, "fd00::2");
	other = path_to(&n, "fd00::3");
	a = label_of(&n, path, 1, 17);
	OK(a != 0 && a < 1 << 20);
	EQ(label_of(&n, path, 1, 17), a);
	OK(label_of(&n, other, 1, 17) != a);
	OK(label_of(&n, path, 1, 6) != a);
	OK(label_of(&n, path, 1, 58) == label_of(&n, path, 2, 58));
	for (unsigned port = 0; port < 256; port++) {
		uint32_t l = label_of(&n, path, (uint8_t)port, 17);

		same += l == last; /* by chance, at most */
		last = l;
	}
	OK(same < 3);
	n.ip->flow_key.k0++; /* and nobody else can work it out */
	OK(label_of(&n, path, 1, 17) != a);
	n.ip->set.auto_flowlabels = 0;
	EQ(label_of(&n, path, 1, 17), 0);
	path_put(n.ip, path);
	path_put(n.ip, other);
	net_fini(&n);
}

/* RFC 8021, RFC 8200 5: whatever a router says of 1280 bytes or less, nothing
 * whole wears a fragment header, and what is cut is cut in two at least.
 */
TEST(no_packet_of_ours_is_an_atomic_fragment)
{
	struct ostia_addr us = A("fd00::1"), d = A("fd00::2");
	struct path *path;
	uint8_t buf[128], out[2048], data[8] = { 0 };
	struct net n;
	size_t len;

	setup(&n);
	EQ(path_get(n.ip, &d, &us, 0, n.now, &path), 0);
	path_mtu_lower(n.ip, path, 600, n.now);
	EQ(path->mtu, 1280);
	len = net_ip(buf, &(struct say) { .src = "fd00::2",
					  .dst = "fd00::1",
					  .proto = 17,
					  .data = data,
					  .len = 8 });
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DELIVER);
	for (uint32_t k = 1200; k < 1400; k++) {
		unsigned pieces = 0;

		EQ(ip_reply(n.ip, n.got, payload(&n, k - 40), 17, n.now), 0);
		while ((len = net_tx(&n, n.tun, out, sizeof(out)))) {
			pieces++;
			OK(len <= 1280);
			EQ(out[6] == WIRE_PROTO_FRAGMENT, k > 1280);
			if (out[6] == WIRE_PROTO_FRAGMENT)
				OK(wire_be_get16(out + 42) & 0xfff9);
		}
		EQ(pieces, k > 1280 ? 2 : 1);
	}
	path_put(n.ip, path);
	net_fini(&n);
}

TESTS(CASE(headers_say_what_they_were_asked_to),
      CASE(more_than_the_length_field_can_say_is_refused),
      CASE(identifications_count_for_each_peer_apart),
      CASE(a_reply_goes_back_where_the_packet_came_from),
      CASE(the_reply_queue_is_bounded),
      CASE(no_packet_of_ours_is_an_atomic_fragment),
      CASE(open_checksums_are_completed),
      CASE(a_flow_has_one_label_and_another_has_another))
