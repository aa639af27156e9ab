/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../test.h"
#include "link/link.h"

TEST(a_driver_may_describe_nonsense)
{
	static const struct {
		struct ostia_link_config cfg;
		int want;
	} row[] = {
		{ { .name = "eth0", .type = OSTIA_LINK_IP, .mtu = 1500 }, 0 },
		{ { .name = "eth0", .type = OSTIA_LINK_IP, .mtu = 68 }, 0 },
		{ { .name = "eth0", .type = OSTIA_LINK_IP, .mtu = 65535 }, 0 },
		{ { .name = "lo", .type = OSTIA_LINK_LOOPBACK, .mtu = 65536 },
		  0 },
		{ { .name = "eth0", .type = OSTIA_LINK_IP, .mtu = 67 },
		  -EINVAL },
		{ { .name = "eth0", .type = OSTIA_LINK_IP, .mtu = 65536 },
		  -EINVAL },
		{ { .name = NULL, .type = OSTIA_LINK_IP, .mtu = 1500 },
		  -EINVAL },
		{ { .name = "", .type = OSTIA_LINK_IP, .mtu = 1500 }, -EINVAL },
		{ { .name = "a b", .type = OSTIA_LINK_IP, .mtu = 1500 },
		  -EINVAL },
		{ { .name = "fifteen.letters",
		    .type = OSTIA_LINK_IP,
		    .mtu = 1500 },
		  0 },
		{ { .name = "sixteen..letters",
		    .type = OSTIA_LINK_IP,
		    .mtu = 1500 },
		  -EINVAL },
		{ { .name = "eth0",
		    .type = (enum ostia_link_type)9,
		    .mtu = 1500 },
		  -EINVAL },
		{ { .name = "eth0",
		    .type = OSTIA_LINK_ETHERNET,
		    .mtu = 1500,
		    .mac = { 1 } },
		  -EINVAL }, /* a group's address */
	};
	struct lend lend = { .left = -1 };
	struct ostia_env env = lend_env(&lend);

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_link *l;
		int err = link_new(&env, &row[i].cfg, &l);

		if (err != row[i].want)
			fail_msg("row %u: %d", i, err);
		if (err == 0) {
			STR(l->name, row[i].cfg.name);
			link_free(&env, l);
		}
	}
	EQ(lend.blocks, 0);
	lend.left = 0;
	{
		struct ostia_link *l;

		EQ(link_new(&env, &row[0].cfg, &l), -ENOMEM);
	}
}

TEST(sources_stand_on_the_ready_list_once)
{
	const struct ostia_link_config cfg = { .name = "tun0",
					       .type = OSTIA_LINK_IP,
					       .mtu = 1500 };
	struct lend lend = { .left = -1 };
	struct ostia_env env = lend_env(&lend);
	struct txnode a = { .kind = TX_TCP }, b = { .kind = TX_UDP };
	struct ostia_link *l;

	EQ(link_new(&env, &cfg, &l), 0);
	list_init(&a.node);
	list_init(&b.node);
	link_ready(l, &a);
	link_ready(l, &b);
	link_ready(l, &a);
	OK(list_first(&l->ready) == &a.node);
	link_unready(&a);
	link_unready(&a);
	OK(list_first(&l->ready) == &b.node);
	link_free(&env, l);
	OK(list_empty(&b.node));
	EQ(lend.blocks, 0);
}

TESTS(CASE(a_driver_may_describe_nonsense),
      CASE(sources_stand_on_the_ready_list_once))
