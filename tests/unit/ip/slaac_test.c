/* SPDX-License-Identifier: MIT */
#include "ip/select.h"
#include "ra.h"

#define EVER UINT32_MAX
#define US "fd00::ff:fe00:1"

static void tell(struct net *n, const char *prefix, uint8_t plen,
		 uint32_t valid_s, uint32_t preferred_s, unsigned flags)
{
	struct ra m;

	ra_begin(&m, "fe80::a", 1800);
	ra_prefix(&m, prefix, plen, valid_s, preferred_s, flags);
	ra_send(n, &m);
}

TEST(prefixes_that_make_an_address_and_those_that_do_not)
{
	static const struct {
		const char *what, *prefix;
		uint8_t plen;
		uint32_t valid_s, preferred_s;
		unsigned flags;
		bool made;
	} row[] = {
		{ "plain", "fd00::", 64, 7200, 3600, RA_L | RA_A, true },
		{ "for ever", "fd00::", 64, EVER, EVER, RA_A, true },
		{ "deprecated at once", "fd00::", 64, 60, 0, RA_A, true },
		{ "not autonomous", "fd00::", 64, 7200, 3600, RA_L, false },
		{ "not ours to fill", "fd00::", 80, 7200, 3600, RA_A, false },
		{ "shorter", "fd00::", 56, 7200, 3600, RA_A, false },
		{ "preferred longer than valid", "fd00::", 64, 60, 61, RA_A,
		  false },
		{ "no life", "fd00::", 64, 0, 0, RA_A, false },
		{ "link-local", "fe80::", 64, 7200, 3600, RA_A, false },
		{ "a group", "ff02::", 64, 7200, 3600, RA_A, false },
		{ "nothing", "::", 64, 7200, 3600, RA_A, false },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct net n;

		ra_setup(&n, 0, 1);
		tell(&n, row[i].prefix, row[i].plen, row[i].valid_s,
		     row[i].preferred_s, row[i].flags);
		if ((ra_addr(&n, row[i].prefix, IFADDR_SLAAC) != NULL) !=
		    row[i].made)
			fail_msg("%s", row[i].what);
		net_fini(&n);
	}
}

TEST(autoconf_and_accept_ra_pinfo_forbid_it)
{
	struct net n;

	ra_setup(&n, 0, 1);
	n.eth->in6->conf.autoconf = 0;
	tell(&n, "fd00::", 64, 60, 60, RA_A | RA_L);
	OK(!ra_addr(&n, "fd00::", IFADDR_SLAAC));
	OK(route_lookup(n.ip, &(struct ostia_addr) { .b = { 0xfd } }, 0));
	n.eth->in6->conf.autoconf = 1;
	n.eth->in6->conf.accept_ra_pinfo = 0;
	tell(&n, "fd01::", 64, 60, 60, RA_A);
	OK(!ra_addr(&n, "fd01::", IFADDR_SLAAC));
	net_fini(&n);
}

TEST(an_address_is_preferred_then_deprecated_then_gone)
{
	struct ostia_addr dst = A("fd00::9"), keep = A("fd00::77");
	const struct ostia_addr *src;
	struct net n;

	ra_setup(&n, 0, 1);
	tell(&n, "fd00::", 64, 300, 100, RA_L | RA_A);
	OK(ra_ours(&n, US));
	net_addr(&n, n.eth, "fd00::77/64");
	src = select_source(n.ip, n.eth, &dst, &dst, 0);
	MEM(src, A(US).b, 16);
	ra_sleep(&n, 100 * OSTIA_S);
	EQ(ra_addr(&n, "fd00::", IFADDR_SLAAC)->state, IFADDR_DEPRECATED);
	src = select_source(n.ip, n.eth, &dst, &dst, 0);
	MEM(src, &keep, 16); /* rule 3 */
	OK(ra_ours(&n, US)); /* it still receives */
	ra_sleep(&n, 199 * OSTIA_S);
	OK(ra_ours(&n, US));
	ra_sleep(&n, OSTIA_S);
	OK(!ra_ours(&n, US));
	net_fini(&n);
}

TEST(nobody_shortens_a_life_below_two_hours)
{
	static const struct {
		uint32_t had, told, want;
	} row[] = { /* RFC 4862 5.5.3 e */
		    { 10000, 20000, 20000 }, { 10000, 8000, 8000 },
		    { 10000, 100, 7200 },    { 10000, 0, 7200 },
		    { 5000, 100, 5000 },     { 5000, 6000, 6000 },
		    { 5000, 5000, 5000 },    { EVER, 60, 7200 },
		    { EVER, 9000, 9000 }
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ifaddr *a;
		struct net n;

		ra_setup(&n, 0, 1);
		tell(&n, "fd00::", 64, row[i].had, 50, RA_A);
		tell(&n, "fd00::", 64, row[i].told, 0, RA_A);
		a = ra_addr(&n, "fd00::", IFADDR_SLAAC);
		EQ(a->valid_until, n.now + row[i].want * OSTIA_S);
		/* preferred lifetime has no such rule */
		EQ(a->state, IFADDR_DEPRECATED);
		net_fini(&n);
	}
}

TEST(a_new_address_is_tried_first_where_that_is_asked_for)
{
	struct net n;

	ra_setup(&n, 1, 1);
	ra_sleep(&n, 10 * OSTIA_S);
	tell(&n, "fd00::", 64, 7200, 3600, RA_A);
	EQ(ra_addr(&n, "fd00::", IFADDR_SLAAC)->state, IFADDR_TENTATIVE);
	/* told again meanwhile: still on trial */
	tell(&n, "fd00::", 64, 7200, 3600, RA_A);
	EQ(ra_addr(&n, "fd00::", IFADDR_SLAAC)->state, IFADDR_TENTATIVE);
	ra_sleep(&n, 2 * OSTIA_S);
	EQ(ra_addr(&n, "fd00::", IFADDR_SLAAC)->state, IFADDR_PREFERRED);
	net_fini(&n);
}

TEST(stable_identifiers_depend_on_prefix_and_secret)
{
	struct ostia_addr got[4];

	for (unsigned i = 0; i < 4; i++) {
		struct net n;

		net_init(&n);
		n.ip->conf6.addr_gen_mode = IN6_GEN_STABLE;
		n.ip->stable_secret.k0 = i == 3 ? 2 : 1;
		ra_link(&n, 0, 1);
		tell(&n, i == 2 ? "fd01::" : "fd00::", 64, 60, 60, RA_A);
		got[i] = ra_addr(&n, i == 2 ? "fd01::" : "fd00::", IFADDR_SLAAC)
				 ->addr;
		net_fini(&n);
	}
	OK(addr_eq(&got[0], &got[1]));
	OK(got[0].q[1] != got[2].q[1]); /* another network, another one */
	OK(got[0].q[1] != got[3].q[1]);
}

TEST(without_a_way_to_make_identifiers_there_are_no_addresses)
{
	struct net n;

	net_init(&n);
	n.ip->conf6.addr_gen_mode = IN6_GEN_NONE;
	ra_link(&n, 0, 1);
	OK(list_empty(&n.eth->addrs));
	tell(&n, "fd00::", 64, 60, 60, RA_A);
	OK(list_empty(&n.eth->addrs));
	net_fini(&n);
}

static unsigned count(struct net *n, enum ifaddr_origin origin)
{
	unsigned c = 0;

	list_each (node, &n->eth->addrs)
		c += list_entry(node, struct ifaddr, node)->origin == origin;
	return c;
}

static void setup_temp(struct net *n, uint32_t use, uint32_t dad)
{
	net_init(n);
	n->ip->conf6.use_tempaddr = use;
	ra_link(n, dad, 1);
	ra_sleep(n, 10 * OSTIA_S);
}

TEST(a_temporary_address_stands_beside_and_may_be_preferred)
{
	struct ostia_addr dst = A("fd77::1");

	for (uint32_t use = 1; use <= 2; use++) {
		struct ifaddr *temp, *fixed;
		struct net n;

		setup_temp(&n, use, 0);
		tell(&n, "fd00::", 64, EVER, EVER, RA_A | RA_L);
		temp = ra_addr(&n, "fd00::", IFADDR_TEMPORARY);
		fixed = ra_addr(&n, "fd00::", IFADDR_SLAAC);
		OK(temp && fixed);
		OK(temp->addr.q[1] != fixed->addr.q[1]);
		OK(select_source(n.ip, n.eth, &dst, &dst, 0) ==
		   (use == 2 ? &temp->addr : &fixed->addr)); /* rule 7 */
		/* a socket may ask for the other (RFC 5014) */
		OK(select_source(n.ip, n.eth, &dst, &dst, SELECT_TMP) ==
		   &temp->addr);
		OK(select_source(n.ip, n.eth, &dst, &dst, SELECT_PUBLIC) ==
		   &fixed->addr);
		/* RFC 8981 3.4: not longer than its own limits */
		EQ(temp->valid_until - n.now, 7 * 86400 * OSTIA_S);
		OK(temp->preferred_until - n.now <= 86400 * OSTIA_S);
		OK(temp->preferred_until - n.now >= (86400 - 600) * OSTIA_S);
		net_fini(&n);
	}
}

TEST(a_temporary_address_has_its_successor_in_time)
{
	struct ostia_addr first, dst = A("fd77::1");
	const struct ostia_addr *src;
	struct ifaddr *a;
	ostia_time end;
	struct net n;

	setup_temp(&n, 2, 1);
	tell(&n, "fd00::", 64, EVER, EVER, RA_A);
	ra_sleep(&n, 10 * OSTIA_S);
	a = ra_addr(&n, "fd00::", IFADDR_TEMPORARY);
	first = a->addr;
	end = a->preferred_until;
	ra_sleep(&n, end - n.now - OSTIA_S);
	EQ(count(&n, IFADDR_TEMPORARY), 2);
	ra_sleep(&n, 2 * OSTIA_S);
	src = select_source(n.ip, n.eth, &dst, &dst, 0);
	OK(!addr_eq(src, &first)); /* deprecated, and a new one ready */
	EQ(ra_addr(&n, "fd00::", IFADDR_SLAAC)->state, IFADDR_PREFERRED);
	OK(src != &ra_addr(&n, "fd00::", IFADDR_SLAAC)->addr);
	/* a week later the first is gone; there is one for each day left */
	ra_sleep(&n, 7 * 86400 * OSTIA_S);
	OK(!addrs_entry(n.ip, n.eth, &first));
	OK(count(&n, IFADDR_TEMPORARY) <= 8);
	OK(count(&n, IFADDR_TEMPORARY) >= 6);
	net_fini(&n);
}

TEST(advertisements_do_not_make_a_temporary_address_live_longer)
{
	struct ifaddr *a;
	ostia_time end;
	struct net n;

	setup_temp(&n, 2, 0);
	tell(&n, "fd00::", 64, EVER, EVER, RA_A);
	a = ra_addr(&n, "fd00::", IFADDR_TEMPORARY);
	end = a->preferred_until;
	ra_sleep(&n, 3600 * OSTIA_S);
	tell(&n, "fd00::", 64, EVER, EVER, RA_A);
	EQ(a->preferred_until, end);
	EQ(count(&n, IFADDR_TEMPORARY), 1);
	net_fini(&n);
}

TEST(temporary_addresses_that_are_taken_are_given_up_in_the_end)
{
	struct net n;

	setup_temp(&n, 2, 1);
	tell(&n, "fd00::", 64, EVER, EVER, RA_A);
	for (int i = 0; i <= 3; i++) { /* regen_max_retry */
		struct ifaddr *a = ra_addr(&n, "fd00::", IFADDR_TEMPORARY);

		OK(a != NULL);
		dad_fail(n.ip, a, n.now);
	}
	OK(!ra_addr(&n, "fd00::", IFADDR_TEMPORARY));
	tell(&n, "fd00::", 64, EVER, EVER, RA_A);
	OK(!ra_addr(&n, "fd00::", IFADDR_TEMPORARY));
	net_fini(&n);
}

TEST(a_flood_of_prefixes_makes_max_addresses)
{
	char text[32];
	struct net n;

	setup_temp(&n, 2, 0);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "fd00:%x::", i);
		tell(&n, text, 64, EVER, EVER, RA_A | RA_L);
	}
	EQ(count(&n, IFADDR_SLAAC) + count(&n, IFADDR_TEMPORARY), 16);
	OK(n.stats.NdAddrOverflows >= 900);
	EQ(n.eth->in6->nroutes, LINK6_ROUTES);
	OK(n.stats.NdRouteOverflows >= 900);
	net_fini(&n);
}

TEST(running_out_of_memory_makes_fewer_addresses)
{
	for (long left = 0; left < 30; left++) {
		struct net n;

		setup_temp(&n, 2, 1);
		n.lend.left = left;
		tell(&n, "fd00::", 64, 60, 60, RA_A | RA_L);
		n.lend.left = -1;
		ra_sleep(&n, 100 * OSTIA_S);
		net_fini(&n);
	}
}

TESTS(CASE(prefixes_that_make_an_address_and_those_that_do_not),
      CASE(autoconf_and_accept_ra_pinfo_forbid_it),
      CASE(an_address_is_preferred_then_deprecated_then_gone),
      CASE(nobody_shortens_a_life_below_two_hours),
      CASE(a_new_address_is_tried_first_where_that_is_asked_for),
      CASE(stable_identifiers_depend_on_prefix_and_secret),
      CASE(without_a_way_to_make_identifiers_there_are_no_addresses),
      CASE(a_temporary_address_stands_beside_and_may_be_preferred),
      CASE(a_temporary_address_has_its_successor_in_time),
      CASE(advertisements_do_not_make_a_temporary_address_live_longer),
      CASE(temporary_addresses_that_are_taken_are_given_up_in_the_end),
      CASE(a_flood_of_prefixes_makes_max_addresses),
      CASE(running_out_of_memory_makes_fewer_addresses))
