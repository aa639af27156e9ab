/* SPDX-License-Identifier: MIT */
#include "net.h"

TEST(an_ethernet_link_gets_its_link_local_address)
{
	struct ostia_addr a = A("fe80::ff:fe00:1");
	struct net n;

	net_init(&n);
	OK(addrs_is_ours(n.ip, &a, n.eth->index));
	OK(addrs_is_ours(n.ip, &a, 0));
	OK(!addrs_is_ours(n.ip, &a, n.tun->index));
	net_fini(&n);
}

TEST(refuses_addresses_that_no_host_may_have)
{
	static const struct {
		const char *addr;
		uint8_t plen;
	} row[] = {
		{ "224.0.0.1", 24 }, { "240.0.0.1", 24 }, { "0.1.2.3", 24 },
		{ "0.0.0.0", 24 },   { "127.0.0.2", 8 },  { "10.0.0.1", 33 },
		{ "ff02::5", 64 },   { "::", 64 },	  { "::1", 128 },
	};
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr a = A(row[i].addr);

		EQ(addrs_add(n.ip, n.eth, &a, row[i].plen, n.now), -EINVAL);
	}
	net_addr(&n, n.eth, "10.0.0.1/24");
	{
		struct ostia_addr a = A("10.0.0.1");

		EQ(addrs_add(n.ip, n.eth, &a, 24, n.now), -EEXIST);
		EQ(addrs_del(n.ip, n.eth, &a, 25), -EADDRNOTAVAIL);
		EQ(addrs_del(n.ip, n.eth, &a, 24), 0);
		OK(!addrs_is_ours(n.ip, &a, 0));
		OK(route_lookup(n.ip, &a, 0) == NULL);
	}
	net_fini(&n);
}

TEST(networks_and_broadcasts_go_with_their_last_address)
{
	struct ostia_addr bc = A("10.0.0.255"), other = A("10.0.0.77");
	struct ostia_addr a = A("10.0.0.1"), b = A("10.0.0.2");
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "10.0.0.1/24");
	net_addr(&n, n.eth, "10.0.0.2/24");
	OK(addrs_is_directed(n.ip, &bc) == n.eth);
	EQ(addrs_del(n.ip, n.eth, &a, 24), 0);
	OK(addrs_is_directed(n.ip, &bc) == n.eth);
	OK(route_lookup(n.ip, &other, 0) != NULL);
	EQ(addrs_del(n.ip, n.eth, &b, 24), 0);
	OK(addrs_is_directed(n.ip, &bc) == NULL);
	OK(route_lookup(n.ip, &other, 0) == NULL);
	net_fini(&n);
}

TEST(all_of_127_is_this_host)
{
	struct ostia_addr a = A("127.1.2.3");
	struct net n;

	net_init(&n);
	OK(addrs_find(n.ip, &a, 0)->link == n.lo);
	net_fini(&n);
}

TEST(sources_are_chosen_as_rfc_6724_says)
{
	static const struct {
		const char *dst, *want;
	} row[] = {
		/* rule 2: a scope that reaches, and no more */
		{ "fe80::9", "fe80::ff:fe00:1" },
		{ "ff02::1", "fe80::ff:fe00:1" },
		{ "2001:db8:9::1", "2001:db8:1::1" },
		/* rule 1: itself */
		{ "2001:db8:2::1", "2001:db8:2::1" },
		/* rule 6: unique local speaks to unique local */
		{ "fd00:9::1", "fd00::1" },
		/* rule 8: the longest match */
		{ "2001:db8:2::9", "2001:db8:2::1" },
		{ "2001:db8:3::9", "2001:db8:2::1" },
	};
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "2001:db8:1::1/64");
	net_addr(&n, n.eth, "2001:db8:2::1/64");
	net_addr(&n, n.eth, "fd00::1/64");
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr dst = A(row[i].dst), want = A(row[i].want);
		const struct ostia_addr *got =
			select_source(n.ip, n.eth, &dst, &dst, 0);

		OK(got != NULL);
		MEM(got, &want, sizeof(want));
	}
	net_fini(&n);
}

TEST(ipv4_speaks_from_the_network_of_the_next_hop)
{
	struct ostia_addr dst = A("8.8.8.8"), via = A("10.2.0.254");
	struct ostia_addr want = A("10.2.0.1"), first = A("10.1.0.1");
	struct net n;

	net_init(&n);
	OK(select_source(n.ip, n.eth, &dst, &via, 0) == NULL);
	net_addr(&n, n.eth, "10.1.0.1/16");
	net_addr(&n, n.eth, "10.2.0.1/16");
	MEM(select_source(n.ip, n.eth, &dst, &via, 0), &want, 16);
	MEM(select_source(n.ip, n.eth, &dst, &dst, 0), &first, 16);
	/* a link without address borrows one */
	MEM(select_source(n.ip, n.tun, &dst, &dst, 0), &first, 16);
	net_fini(&n);
}

TEST(running_out_of_memory_leaves_all_as_it_was)
{
	struct ostia_addr a = A("10.0.0.1"), v6 = A("fd00::1");

	for (long left = 0;; left++) {
		struct net n;
		int err4, err6;

		net_init(&n);
		ip_link_del(n.ip, n.eth); /* its slabs' first chunks stay */
		link_free(&n.env, n.eth);
		n.lend.left = left;
		err4 = addrs_add(n.ip, n.tun, &a, 24, n.now);
		err6 = addrs_add(n.ip, n.tun, &v6, 64, n.now);
		n.lend.left = -1;
		OK(err4 == 0 || err4 == -ENOMEM);
		OK(addrs_is_ours(n.ip, &a, 0) == (err4 == 0));
		OK(addrs_is_ours(n.ip, &v6, 0) == (err6 == 0));
		OK((route_lookup(n.ip, &a, 0) != NULL) == (err4 == 0));
		net_fini(&n);
		if (err4 == 0 && err6 == 0)
			break;
	}
}

TESTS(CASE(an_ethernet_link_gets_its_link_local_address),
      CASE(refuses_addresses_that_no_host_may_have),
      CASE(networks_and_broadcasts_go_with_their_last_address),
      CASE(all_of_127_is_this_host), CASE(sources_are_chosen_as_rfc_6724_says),
      CASE(ipv4_speaks_from_the_network_of_the_next_hop),
      CASE(running_out_of_memory_leaves_all_as_it_was))
