/* SPDX-License-Identifier: MIT */
#include "net.h"

TEST(links_have_names_and_numbers_of_their_own)
{
	struct ostia_link_config cfg = { .name = "eth0",
					 .type = OSTIA_LINK_IP,
					 .mtu = 1500 };
	struct ostia_link *l;
	struct net n;

	net_init(&n);
	EQ(n.lo->index, 1);
	EQ(n.eth->index, 2);
	EQ(n.tun->index, 3);
	EQ(link_new(&n.env, &cfg, &l), 0);
	EQ(ip_link_add(n.ip, l, n.now), -EEXIST);
	ip_link_del(n.ip, n.eth);
	link_free(&n.env, n.eth);
	EQ(ip_link_add(n.ip, l, n.now), 0);
	EQ(l->index, 4); /* never used again */
	OK(ip_link_at(n.ip, 4) == l);
	OK(ip_link_at(n.ip, 2) == NULL);
	net_fini(&n);
}

TEST(loopback_and_ethernet_get_their_addresses)
{
	struct ostia_addr lo4 = A("127.0.0.1"), lo6 = A("::1");
	struct net n;

	net_init(&n);
	OK(addrs_find(n.ip, &lo4, 0)->link == n.lo);
	OK(addrs_find(n.ip, &lo6, 0)->link == n.lo);
	EQ(n.eth->naddrs, 1);
	EQ(n.tun->naddrs, 0);
	net_fini(&n);
}

TEST(a_link_too_narrow_for_ipv6_has_none)
{
	struct ostia_addr a = A("fd00::1");
	struct ostia_link *l;
	struct net n;

	net_init(&n);
	l = net_link(&n, "eth1", OSTIA_LINK_ETHERNET, 1279);
	EQ(l->naddrs, 0);
	EQ(addrs_add(n.ip, l, &a, 64, n.now), -EINVAL);
	net_fini(&n);
}

TEST(time_is_asked_for_only_when_something_waits)
{
	struct ostia_addr a = A("10.0.0.2");
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "10.0.0.1/24");
	EQ(ip_next_deadline(n.ip), OSTIA_NEVER);
	OK(neigh_get(n.ip, n.eth, &a, n.now) != NULL);
	EQ(ip_next_deadline(n.ip), OSTIA_NEVER);
	net_fini(&n);
}

TEST(adding_a_link_can_fail_at_every_allocation)
{
	for (long left = 0;; left++) {
		struct ostia_link_config cfg = { .name = "eth7",
						 .type = OSTIA_LINK_ETHERNET,
						 .mtu = 1500 };
		struct ostia_link *l = NULL;
		struct net n;
		int err;

		net_init(&n);
		n.lend.left = left;
		err = link_new(&n.env, &cfg, &l);
		if (err == 0) {
			err = ip_link_add(n.ip, l, n.now);
			if (err)
				link_free(&n.env, l);
		}
		n.lend.left = -1;
		OK(err == 0 || err == -ENOMEM);
		net_fini(&n);
		if (err == 0)
			break;
	}
}

TESTS(CASE(links_have_names_and_numbers_of_their_own),
      CASE(loopback_and_ethernet_get_their_addresses),
      CASE(a_link_too_narrow_for_ipv6_has_none),
      CASE(time_is_asked_for_only_when_something_waits),
      CASE(adding_a_link_can_fail_at_every_allocation))
