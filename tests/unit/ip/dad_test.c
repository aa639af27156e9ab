/* SPDX-License-Identifier: MIT */
#include "ra.h"

static void other_asks(struct net *n, const char *target, const uint8_t *nonce)
{
	struct ostia_addr t = A(target);
	const struct wire_nd f = { .type = WIRE_ICMP6_NS,
				   .target = t.b,
				   .nonce = nonce,
				   .nonce_len = nonce ? 6 : 0 };
	struct ra m;

	ra_message(&m, "::", "ff02::1:ff00:1", &f);
	ra_send(n, &m);
}

static void other_has(struct net *n, const char *target)
{
	struct ostia_addr t = A(target);
	const struct wire_nd f = { .type = WIRE_ICMP6_NA,
				   .target = t.b,
				   .tlla = (const uint8_t *)NET_PEER,
				   .override = true };
	struct ra m;

	ra_message(&m, target, "ff02::1", &f);
	ra_send(n, &m);
}

/* The link's own address is past its trial; then ours begins. */
static void setup(struct net *n, uint32_t transmits)
{
	ra_setup(n, transmits, 0);
	ra_sleep(n, 10 * OSTIA_S);
	net_addr(n, n->eth, "fd00::1/64");
}

static struct ifaddr *entry(struct net *n, const char *text)
{
	struct ostia_addr a = A(text);

	return addrs_entry(n->ip, n->eth, &a);
}

TEST(an_address_is_ours_when_nobody_answers)
{
	struct ostia_addr t = A("fd00::1"), group = A("ff02::1:ff00:1");
	struct heard h, again;
	struct net n;

	setup(&n, 2);
	OK(ra_hear(&n, &h));
	EQ(h.f.type, WIRE_ICMP6_NS);
	EQ(h.hops, 255);
	OK(addr_is_any(&h.src));
	MEM(&h.dst, &group, 16);
	MEM(&h.target, &t, 16);
	OK(h.f.slla == NULL); /* RFC 4861 4.3: not from nobody */
	EQ(h.f.nonce_len, 6);
	OK(!ra_ours(&n, "fd00::1"));
	EQ(entry(&n, "fd00::1")->state, IFADDR_TENTATIVE);
	net_sleep(&n, 999 * OSTIA_MS);
	OK(!ra_hear(&n, &again));
	net_sleep(&n, OSTIA_MS);
	OK(ra_hear(&n, &again));
	OK(memcmp(h.nonce, again.nonce, 6) != 0);
	net_sleep(&n, 999 * OSTIA_MS);
	OK(!ra_ours(&n, "fd00::1"));
	net_sleep(&n, OSTIA_MS);
	OK(ra_ours(&n, "fd00::1"));
	OK(!ra_hear(&n, &h));
	net_fini(&n);
}

TEST(who_wants_the_same_address_makes_it_a_duplicate)
{
	static const uint8_t theirs[6] = { 1, 2, 3, 4, 5, 6 };

	for (int how = 0; how < 3; how++) {
		struct net n;

		setup(&n, 1);
		if (how == 0)
			other_asks(&n, "fd00::1", NULL);
		else if (how == 1)
			other_asks(&n, "fd00::1", theirs);
		else
			other_has(&n, "fd00::1");
		EQ(entry(&n, "fd00::1")->state, IFADDR_DUPLICATE);
		EQ(n.stats.NdDadDuplicates, 1);
		ra_sleep(&n, 60 * OSTIA_S);
		OK(!ra_ours(&n, "fd00::1"));
		EQ(entry(&n, "fd00::1")->state, IFADDR_DUPLICATE);
		net_fini(&n);
	}
}

TEST(a_question_of_our_own_that_comes_back_is_no_rival)
{
	struct heard h;
	struct net n;

	setup(&n, 1);
	OK(ra_hear(&n, &h));
	other_asks(&n, "fd00::1", h.nonce);
	EQ(entry(&n, "fd00::1")->state, IFADDR_TENTATIVE);
	EQ(n.stats.NdDadLoops, 1);
	for (int i = 0; i < 3; i++) { /* RFC 7527 4.1: three more */
		net_sleep(&n, OSTIA_S);
		OK(!ra_ours(&n, "fd00::1"));
		OK(ra_hear(&n, &h));
	}
	net_sleep(&n, OSTIA_S);
	OK(ra_ours(&n, "fd00::1"));
	net_fini(&n);
}

TEST(without_enhanced_dad_there_is_no_nonce)
{
	struct heard h;
	struct net n;

	ra_setup(&n, 1, 0);
	n.eth->in6->conf.enhanced_dad = 0;
	ra_sleep(&n, 10 * OSTIA_S);
	net_addr(&n, n.eth, "fd00::1/64");
	OK(ra_hear(&n, &h));
	OK(h.f.nonce == NULL);
	net_fini(&n);
}

TEST(a_tentative_address_is_silent)
{
	struct ostia_addr t = A("fd00::1"), dst = A("fd00::2");
	const struct wire_nd f = { .type = WIRE_ICMP6_NS,
				   .target = t.b,
				   .slla = (const uint8_t *)NET_PEER };
	const struct ostia_addr *src;
	struct heard h;
	struct ra m;
	struct net n;

	setup(&n, 1);
	OK(ra_hear(&n, &h));
	ra_message(&m, "fd00::2", "ff02::1:ff00:1", &f);
	ra_send(&n, &m);
	OK(!ra_hear(&n, &h));
	EQ(entry(&n, "fd00::1")->state, IFADDR_TENTATIVE);
	src = select_source(n.ip, n.eth, &dst, &dst, 0);
	OK(!src || !addr_eq(src, &t));
	/* and a packet to it is for nobody */
	ra_message(&m, "fd00::2", "fd00::1", &f);
	EQ(ra_send(&n, &m), VERDICT_DROP);
	net_fini(&n);
}

TEST(a_machine_with_our_mac_address_ends_ipv6)
{
	struct ostia_addr a = A("fd00::5");
	struct net n;

	net_init(&n);
	n.ip->conf6.accept_dad = 2;
	ra_link(&n, 1, 0);
	other_has(&n, RA_US);
	OK(list_empty(&n.eth->addrs));
	EQ(addrs_add(n.ip, n.eth, &a, 64, n.now), -EINVAL);
	net_addr(&n, n.eth, "10.0.0.1/24"); /* IPv4 goes on */
	net_fini(&n);
}

TEST(a_stable_identifier_that_is_taken_has_successors)
{
	char text[64];
	struct ostia_addr last = { .q = { 0, 0 } };
	struct net n;

	net_init(&n);
	n.ip->conf6.addr_gen_mode = IN6_GEN_RANDOM;
	ra_link(&n, 1, 0);
	for (int i = 0; i <= 3; i++) {
		struct ifaddr *a = ra_addr(&n, "fe80::", IFADDR_LINKLOCAL);

		OK(a != NULL);
		EQ(a->state, IFADDR_TENTATIVE);
		OK(!addr_eq(&a->addr, &last));
		last = a->addr;
		snprintf(text, sizeof(text),
			 "fe80::%02x%02x:%02x%02x:%02x%02x:%02x%02x", last.b[8],
			 last.b[9], last.b[10], last.b[11], last.b[12],
			 last.b[13], last.b[14], last.b[15]);
		other_has(&n, text);
		EQ(entry(&n, text)->state, IFADDR_DUPLICATE);
		net_sleep(&n, OSTIA_S); /* idgen_delay */
	}
	/* idgen_retries: that was the last */
	EQ(ra_addr(&n, "fe80::", IFADDR_LINKLOCAL)->state, IFADDR_DUPLICATE);
	EQ(n.stats.NdDadDuplicates, 4);
	net_fini(&n);
}

TEST(a_link_that_notifies_tells_all_nodes)
{
	struct ostia_addr all = A("ff02::1"), t = A("fd00::1");
	struct heard h;
	struct net n;

	ra_setup(&n, 1, 0);
	ra_sleep(&n, 10 * OSTIA_S);
	n.eth->in6->conf.ndisc_notify = 1;
	net_addr(&n, n.eth, "fd00::1/64");
	OK(ra_hear(&n, &h));
	net_sleep(&n, OSTIA_S);
	OK(ra_hear(&n, &h));
	EQ(h.f.type, WIRE_ICMP6_NA);
	OK(!h.f.solicited && h.f.override);
	MEM(&h.dst, &all, 16);
	MEM(&h.target, &t, 16);
	net_fini(&n);
}

TEST(running_out_of_memory_delays_nothing)
{
	struct net n;

	ra_setup(&n, 1, 0);
	ra_sleep(&n, 10 * OSTIA_S);
	ostia_pool_trim(n.pool);
	n.lend.left = 0;
	net_addr(&n, n.eth, "fd00::1/64");
	net_sleep(&n, OSTIA_S);
	OK(ra_ours(&n, "fd00::1")); /* the probe counts as lost */
	n.lend.left = -1;
	net_fini(&n);
}

TESTS(CASE(an_address_is_ours_when_nobody_answers),
      CASE(who_wants_the_same_address_makes_it_a_duplicate),
      CASE(a_question_of_our_own_that_comes_back_is_no_rival),
      CASE(without_enhanced_dad_there_is_no_nonce),
      CASE(a_tentative_address_is_silent),
      CASE(a_machine_with_our_mac_address_ends_ipv6),
      CASE(a_stable_identifier_that_is_taken_has_successors),
      CASE(a_link_that_notifies_tells_all_nodes),
      CASE(running_out_of_memory_delays_nothing))
