/* SPDX-License-Identifier: MIT */
#include "auto4.h"

#include <errno.h>

/* The address that is being probed for. */
static const char *candidate(struct net *n)
{
	return dotted(n->eth->zeroconf->acd.addr.b + 12);
}

static void claim(struct net *n)
{
	char addr[32], text[64];

	strcpy(addr, candidate(n));
	OK(memcmp(addr, "169.254.", 8) == 0);
	snprintf(text, sizeof(text), "probe %s", addr);
	for (int i = 0; i < 3; i++)
		SAYS(n, 3, text);
	OK(!has_addr(n, addr));
	snprintf(text, sizeof(text), "announce %s", addr);
	SAYS(n, 3, text);
	SAYS(n, 3, text);
	STR(await(n, 30, NULL), "");
	OK(has_addr(n, addr));
}

TEST(a_link_local_address_is_probed_for_announced_and_used)
{
	char first[32];
	struct net n;

	net_init(&n);
	EQ(zeroconf_stop(n.ip, n.eth), -ENOENT);
	EQ(zeroconf_start(n.ip, n.tun, n.now), -EOPNOTSUPP);
	EQ(zeroconf_start(n.ip, n.eth, n.now), 0);
	EQ(zeroconf_start(n.ip, n.eth, n.now), -EALREADY);
	claim(&n);
	strcpy(first, candidate(&n));
	EQ(zeroconf_stop(n.ip, n.eth), 0);
	OK(!has_addr(&n, first));
	EQ(zeroconf_start(n.ip, n.eth, n.now), 0);
	STR(candidate(&n), first); /* a host tends to get the same again */
	net_fini(&n);
}

TEST(a_taken_address_is_left_for_another)
{
	char first[32];
	struct net n;

	net_init(&n);
	EQ(zeroconf_start(n.ip, n.eth, n.now), 0);
	strcpy(first, candidate(&n));
	await(&n, 3, NULL);
	arp_says(&n, "0.0.0.0", first); /* he probes for it, too */
	OK(strcmp(candidate(&n), first) != 0);
	claim(&n);
	net_fini(&n);
}

TEST(an_address_is_defended_once_and_then_given_up)
{
	char addr[32], text[64];
	struct net n;

	net_init(&n);
	EQ(zeroconf_start(n.ip, n.eth, n.now), 0);
	claim(&n);
	strcpy(addr, candidate(&n));
	snprintf(text, sizeof(text), "announce %s", addr);
	arp_says(&n, addr, "169.254.9.9");
	SAYS(&n, 0, text);
	net_sleep(&n, 11 * OSTIA_S);
	arp_says(&n, addr, "169.254.9.9"); /* long after: defended again */
	SAYS(&n, 0, text);
	OK(has_addr(&n, addr));
	arp_says(&n, addr, "169.254.9.9");
	OK(!has_addr(&n, addr));
	claim(&n);
	net_fini(&n);
}

TEST(ten_conflicts_are_followed_by_patience)
{
	struct net n;
	unsigned ms;

	net_init(&n);
	EQ(zeroconf_start(n.ip, n.eth, n.now), 0);
	for (int i = 0; i < 10; i++) {
		OK(*await(&n, 3, NULL));
		arp_says(&n, "0.0.0.0", candidate(&n));
	}
	OK(*await(&n, 62, &ms));
	OK(ms >= 59000);
	net_fini(&n);
}

TESTS(CASE(a_link_local_address_is_probed_for_announced_and_used),
      CASE(a_taken_address_is_left_for_another),
      CASE(an_address_is_defended_once_and_then_given_up),
      CASE(ten_conflicts_are_followed_by_patience))
