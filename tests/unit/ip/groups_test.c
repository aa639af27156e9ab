/* SPDX-License-Identifier: MIT */
#include "net.h"

TEST(groups_are_counted_for_each_link)
{
	struct ostia_addr g = A("239.1.1.1"), no = A("10.0.0.1");
	struct net n;

	net_init(&n);
	EQ(groups_join(n.ip, n.eth, &no), -EINVAL);
	EQ(groups_leave(n.ip, n.eth, &g), -EADDRNOTAVAIL);
	OK(!groups_heard(n.ip, n.eth, &g, NULL));
	EQ(groups_join(n.ip, n.eth, &g), 0);
	EQ(groups_join(n.ip, n.eth, &g), 0);
	OK(groups_heard(n.ip, n.eth, &g, NULL));
	OK(!groups_heard(n.ip, n.tun, &g, NULL));
	EQ(groups_leave(n.ip, n.eth, &g), 0);
	OK(groups_heard(n.ip, n.eth, &g, NULL));
	EQ(groups_leave(n.ip, n.eth, &g), 0);
	OK(!groups_heard(n.ip, n.eth, &g, NULL));
	net_fini(&n);
}

TEST(some_groups_are_always_heard)
{
	static const struct {
		const char *group;
		bool heard;
	} row[] = {
		{ "224.0.0.1", true },	     { "224.0.0.2", false },
		{ "ff02::1", true },	     { "ff01::1", true },
		{ "ff05::1", false },	     { "ff02::2", false },
		{ "ff02::1:ff00:1", true }, /* the link-local address's */
		{ "ff02::1:ff00:2", false },
	};
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr g = A(row[i].group);

		if (groups_heard(n.ip, n.eth, &g, NULL) != row[i].heard)
			fail_msg("%s", row[i].group);
	}
	net_fini(&n);
}

TEST(a_link_hears_a_bounded_number_of_groups)
{
	struct ostia_addr g = A("239.0.0.0");
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < GROUPS_CAP; i++) {
		g.b[14] = (uint8_t)(i >> 8);
		g.b[15] = (uint8_t)i;
		EQ(groups_join(n.ip, n.eth, &g), 0);
	}
	g.b[13] = 1;
	EQ(groups_join(n.ip, n.eth, &g), -ENOBUFS);
	n.lend.left = 0;
	EQ(groups_join(n.ip, n.tun, &g), -ENOMEM);
	n.lend.left = -1;
	net_fini(&n);
}

TESTS(CASE(groups_are_counted_for_each_link),
      CASE(some_groups_are_always_heard),
      CASE(a_link_hears_a_bounded_number_of_groups))
