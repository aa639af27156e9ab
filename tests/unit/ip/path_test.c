/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->eth, "10.0.0.1/24");
	net_addr(n, n->tun, "10.1.0.1/24");
	net_addr(n, n->eth, "fd00::1/64");
	EQ(net_route(n, n->eth, "0.0.0.0/0", "10.0.0.254"), 0);
	EQ(net_route(n, n->eth, "::/0", "fd00::fe"), 0);
}

static int get(struct net *n, const char *dst, const char *src, uint32_t zone,
	       struct path **p)
{
	struct ostia_addr d = A(dst), s;

	if (src)
		s = A(src);
	return path_get(n->ip, &d, src ? &s : NULL, zone, n->now, p);
}

TEST(destinations_by_table)
{
	enum { LO = 1, ETH, TUN };
	static const struct {
		const char *dst, *src;
		uint32_t zone;
		int err;
		unsigned link;
		uint8_t kind;
		const char *from, *via;
	} row[] = {
		{ "10.0.0.9", NULL, 0, 0, ETH, PATH_UNICAST, "10.0.0.1",
		  "10.0.0.9" },
		{ "10.1.0.9", NULL, 0, 0, TUN, PATH_UNICAST, "10.1.0.1",
		  "10.1.0.9" },
		{ "8.8.8.8", NULL, 0, 0, ETH, PATH_UNICAST, "10.0.0.1",
		  "10.0.0.254" },
		{ "fd09::1", NULL, 0, 0, ETH, PATH_UNICAST, "fd00::1",
		  "fd00::fe" },
		/* ourselves */
		{ "127.0.0.5", NULL, 0, 0, LO, PATH_LOCAL, "127.0.0.1", NULL },
		{ "0.0.0.0", NULL, 0, 0, LO, PATH_LOCAL, "127.0.0.1", NULL },
		{ "::", NULL, 0, 0, LO, PATH_LOCAL, "::1", NULL },
		{ "10.1.0.1", NULL, 0, 0, LO, PATH_LOCAL, "10.1.0.1", NULL },
		{ "10.1.0.1", "10.0.0.1", 0, 0, LO, PATH_LOCAL, "10.0.0.1",
		  NULL },
		{ "fe80::ff:fe00:1", NULL, ETH, 0, LO, PATH_LOCAL,
		  "fe80::ff:fe00:1", NULL },
		/* many */
		{ "10.0.0.255", NULL, 0, 0, ETH, PATH_BROADCAST, "10.0.0.1",
		  "255.255.255.255" },
		{ "255.255.255.255", NULL, TUN, 0, TUN, PATH_BROADCAST,
		  "10.1.0.1", NULL },
		{ "255.255.255.255", "10.1.0.1", 0, 0, TUN, PATH_BROADCAST,
		  "10.1.0.1", NULL },
		{ "239.1.1.1", NULL, 0, 0, ETH, PATH_MULTICAST, "10.0.0.1",
		  NULL },
		{ "ff02::1", NULL, ETH, 0, ETH, PATH_MULTICAST,
		  "fe80::ff:fe00:1", NULL },
		/* link-local needs a link */
		{ "fe80::9", NULL, ETH, 0, ETH, PATH_UNICAST, "fe80::ff:fe00:1",
		  "fe80::9" },
		{ "fe80::9", NULL, 0, -EINVAL, 0, 0, NULL, NULL },
		{ "ff02::1", NULL, 0, -EINVAL, 0, 0, NULL, NULL },
		{ "fe80::9", NULL, 77, -ENODEV, 0, 0, NULL, NULL },
		/* no way */
		{ "8.8.8.8", NULL, TUN, -ENETUNREACH, 0, 0, NULL, NULL },
		{ "8.8.8.8", "fd00::1", 0, -EINVAL, 0, 0, NULL, NULL },
	};
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct path *p = NULL;
		int err = get(&n, row[i].dst, row[i].src, row[i].zone, &p);

		if (err != row[i].err)
			fail_msg("%s: %d", row[i].dst, err);
		if (err)
			continue;
		if (p->link->index != row[i].link || p->kind != row[i].kind)
			fail_msg("%s: link %u, kind %u", row[i].dst,
				 p->link->index, p->kind);
		MEM(&p->src, A(row[i].from).b, 16);
		if (row[i].via)
			MEM(&p->nexthop, A(row[i].via).b, 16);
		path_put(n.ip, p);
	}
	net_fini(&n);
}

TEST(a_host_without_address_can_only_broadcast)
{
	struct path *p;
	struct net n;

	net_init(&n);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", NULL), 0);
	EQ(get(&n, "10.0.0.1", NULL, 0, &p), -EADDRNOTAVAIL);
	EQ(get(&n, "255.255.255.255", NULL, n.eth->index, &p), 0);
	OK(addr_is_any(&p->src) && addr_is_v4(&p->src));
	path_put(n.ip, p);
	net_fini(&n);
}

TEST(a_path_is_shared_and_remembered)
{
	struct path *a, *b, *c;
	struct net n;

	setup(&n);
	EQ(get(&n, "10.0.0.9", NULL, 0, &a), 0);
	EQ(get(&n, "10.0.0.9", NULL, 0, &b), 0);
	EQ(get(&n, "10.0.0.9", "10.1.0.1", 0, &c), 0);
	OK(a == b && a != c);
	EQ(a->refs, 2);
	path_put(n.ip, a);
	path_put(n.ip, b);
	path_put(n.ip, c);
	EQ(get(&n, "10.0.0.9", NULL, 0, &b), 0);
	OK(a == b);
	path_put(n.ip, b);
	net_fini(&n);
}

TEST(unused_paths_are_bounded_and_used_ones_stay)
{
	struct path *held, *p;
	char text[32];
	struct net n;

	setup(&n);
	n.ip->set.path_max = 100;
	EQ(get(&n, "8.8.8.8", NULL, 0, &held), 0);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "9.9.%u.%u", i / 256, i % 256);
		EQ(get(&n, text, NULL, 0, &p), 0);
		path_put(n.ip, p);
	}
	EQ(table_count(&n.ip->path_table), 101);
	EQ(n.stats.PmtuEvicted, 900);
	EQ(get(&n, "8.8.8.8", NULL, 0, &p), 0);
	OK(p == held);
	path_put(n.ip, p);
	path_put(n.ip, held);
	net_fini(&n);
}

TEST(routes_that_change_are_noticed)
{
	struct ostia_addr dst = A("8.8.8.0"), host = A("8.8.8.8");
	struct path *p, *other;
	struct net n;

	setup(&n);
	EQ(get(&n, "8.8.8.8", NULL, 0, &p), 0);
	EQ(get(&n, "8.8.8.8", NULL, 0, &other), 0);
	EQ(route_add(n.ip, n.tun, &dst, 96 + 24, NULL), 0);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	OK(p->link == n.tun);
	/* the source of a connection does not change under it */
	MEM(&p->src, A("10.0.0.1").b, 16);
	EQ(path_fresh(n.ip, &other, n.now), 0);
	OK(other == p);
	/* nor does an unrelated change cost a new path */
	EQ(route_add(n.ip, n.tun, &host, 128, NULL), 0);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	OK(other == p);
	EQ(route_del(n.ip, n.tun, &host, 128, NULL), 0);
	path_put(n.ip, other);
	path_put(n.ip, p);
	net_fini(&n);
}

TEST(a_path_without_route_is_dead_until_there_is_one)
{
	struct ostia_addr zero = A("0.0.0.0");
	struct path *p;
	struct net n;

	setup(&n);
	EQ(get(&n, "8.8.8.8", NULL, 0, &p), 0);
	EQ(route_del(n.ip, n.eth, &zero, 96, NULL), 0);
	EQ(path_fresh(n.ip, &p, n.now), -ENETUNREACH);
	EQ(path_fresh(n.ip, &p, n.now), -ENETUNREACH);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.0.253"), 0);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	MEM(&p->nexthop, A("10.0.0.253").b, 16);
	path_put(n.ip, p);
	net_fini(&n);
}

TEST(a_link_that_goes_leaves_paths_dead)
{
	struct ostia_pkt *pkt;
	struct path *p;
	struct net n;

	setup(&n);
	EQ(get(&n, "10.1.0.9", NULL, n.tun->index, &p), 0);
	ip_link_del(n.ip, n.tun);
	link_free(&n.env, n.tun);
	pkt = pkt_new(n.pool);
	EQ(ip_push_header(n.ip, pkt, &(struct ip_out) { .path = p }),
	   -ENETUNREACH);
	pkt_free(pkt);
	EQ(path_fresh(n.ip, &p, n.now), -ENODEV);
	path_put(n.ip, p);
	net_fini(&n);
}

TEST(a_lowered_mtu_has_floors_and_is_forgotten)
{
	struct path *p, *q;
	struct net n;

	setup(&n);
	EQ(get(&n, "8.8.8.8", NULL, 0, &p), 0);
	EQ(p->mtu, 1500);
	path_mtu_lower(n.ip, p, 9000, n.now);
	EQ(p->mtu, 1500);
	path_mtu_lower(n.ip, p, 1400, n.now);
	EQ(p->mtu, 1400);
	path_mtu_lower(n.ip, p, 1450, n.now); /* it only goes down */
	EQ(p->mtu, 1400);
	path_mtu_lower(n.ip, p, 68, n.now); /* SECURITY 27 */
	EQ(p->mtu, 552);
	net_sleep(&n, 600 * OSTIA_S - 1);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 552);
	net_sleep(&n, 1);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1500);
	EQ(get(&n, "fd09::1", NULL, 0, &q), 0);
	path_mtu_lower(n.ip, q, 1000, n.now);
	EQ(q->mtu, 1280);
	path_put(n.ip, p);
	path_put(n.ip, q);
	net_fini(&n);
}

TEST(loopback_takes_64k_ipv4_no_more_than_its_header_can_say)
{
	struct path *p;
	struct net n;

	setup(&n);
	EQ(get(&n, "127.0.0.1", NULL, 0, &p), 0);
	EQ(p->mtu, 65535);
	path_put(n.ip, p);
	EQ(get(&n, "::1", NULL, 0, &p), 0);
	EQ(p->mtu, 65536);
	path_put(n.ip, p);
	net_fini(&n);
}

TEST(out_of_memory_is_an_answer)
{
	for (long left = 0;; left++) {
		struct path *p = NULL;
		struct net n;
		int err;

		setup(&n);
		n.lend.left = left;
		err = get(&n, "8.8.8.8", NULL, 0, &p);
		n.lend.left = -1;
		OK(err == 0 || err == -ENOMEM);
		if (err == 0)
			path_put(n.ip, p);
		net_fini(&n);
		if (err == 0)
			break;
	}
}

/* RFC 8201 4: not for ten minutes is a larger MTU tried, less than five never
 * is the default; and 5.3: then it is.
 */
TEST(what_a_router_told_of_ipv6_ages)
{
	struct path *p;
	struct net n;

	setup(&n);
	n.ip->set.mtu_expires_s = 7; /* IPv4's */
	EQ(get(&n, "fd09::1", NULL, 0, &p), 0);
	path_mtu_lower(n.ip, p, 1400, n.now);
	net_sleep(&n, 300 * OSTIA_S);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1400);
	path_mtu_lower(n.ip, p, 1300, n.now); /* counts anew */
	net_sleep(&n, 600 * OSTIA_S - 1);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1300);
	net_sleep(&n, 1);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1500);
	n.ip->set.mtu6_expires_s = 5;
	path_mtu_lower(n.ip, p, 1300, n.now);
	net_sleep(&n, 5 * OSTIA_S);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1500);
	path_put(n.ip, p);
	net_fini(&n);
}

TESTS(CASE(destinations_by_table),
      CASE(a_host_without_address_can_only_broadcast),
      CASE(a_path_is_shared_and_remembered),
      CASE(unused_paths_are_bounded_and_used_ones_stay),
      CASE(routes_that_change_are_noticed),
      CASE(a_path_without_route_is_dead_until_there_is_one),
      CASE(a_link_that_goes_leaves_paths_dead),
      CASE(a_lowered_mtu_has_floors_and_is_forgotten),
      CASE(what_a_router_told_of_ipv6_ages),
      CASE(loopback_takes_64k_ipv4_no_more_than_its_header_can_say),
      CASE(out_of_memory_is_an_answer))
