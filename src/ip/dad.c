/* SPDX-License-Identifier: MIT */
/*
 * ip/dad.c - duplicate address detection (RFC 4862 5.4, RFC 7527)
 */
#include "ip/dad.h"

#include "ip/link6.h"
#include "ip/mcast.h"
#include "ip/nd.h"
#include "ip/rtr.h"
#include "ip/slaac.h"
#include "ip/state.h"

enum { MAX_MULTICAST_SOLICIT = 3 }; /* RFC 4861 10 */

static const struct in6_conf *conf_of(const struct ifaddr *a)
{
	return &a->link->in6->conf;
}

/* Only Ethernet has others who could have it. */
static bool wanted(const struct ifaddr *a)
{
	return !addr_is_v4(&a->addr) && a->link->type == OSTIA_LINK_ETHERNET &&
	       conf_of(a)->accept_dad && conf_of(a)->dad_transmits;
}

/* It is ours. */
static void settle(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	a->state = IFADDR_PREFERRED;
	ip->gen++;
	slaac_arm(ip, a, now);
	if (addr_is_v4(&a->addr))
		return;
	if (conf_of(a)->ndisc_notify)
		nd_announce(ip, a->link, &a->addr);
	if (!addr_is_linklocal(&a->addr))
		return;
	mcast_has_source(ip, a->link, now);
	rtr_begin(ip, a->link, now);
}

static void probe(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	const uint8_t *nonce = NULL;

	if (conf_of(a)->enhanced_dad) {
		rng_bytes(&ip->rng, a->nonce, sizeof(a->nonce));
		nonce = a->nonce;
	}
	a->probes--;
	/* What cannot be sent for lack of memory counts as lost on the way. */
	(void)nd_probe(ip, a->link, &a->addr, nonce, sizeof(a->nonce));
	wheel_arm(&ip->wheel, &a->timer,
		  time_after(now, link6_retrans_ns(ip, a->link)));
}

void dad_start(struct ip *ip, struct ifaddr *a, bool soon, ostia_time now)
{
	uint32_t most_ms;

	if (!wanted(a)) {
		settle(ip, a, now);
		return;
	}
	a->state = IFADDR_TENTATIVE;
	a->probes = (uint8_t)conf_of(a)->dad_transmits;
	a->looped = false;
	most_ms = soon ? conf_of(a)->rs_delay_s * 1000 : 0;
	if (most_ms)
		wheel_arm(&ip->wheel, &a->timer,
			  time_after(now,
				     rng_below(&ip->rng, most_ms) * NS_PER_MS));
	else
		probe(ip, a, now);
}

void dad_expire(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	if (a->state == IFADDR_DUPLICATE) {
		slaac_again(ip, a, now);
		return;
	}
	if (a->probes == 0 && a->looped) { /* RFC 7527 4.1 */
		a->looped = false;
		a->probes = MAX_MULTICAST_SOLICIT;
	}
	if (a->probes)
		probe(ip, a, now);
	else
		settle(ip, a, now);
}

void dad_hear_question(struct ip *ip, struct ifaddr *a, const uint8_t *nonce,
		       size_t len, ostia_time now)
{
	if (nonce && conf_of(a)->enhanced_dad && len == sizeof(a->nonce) &&
	    memcmp(nonce, a->nonce, len) == 0) {
		ip->stats->NdDadLoops++;
		a->looped = true;
		return;
	}
	dad_fail(ip, a, now);
}

/* RFC 4862 5.4.5: another machine has our MAC address; IPv6 ends here. */
static void give_up_link(struct ip *ip, struct ostia_link *l)
{
	struct list *node = l->addrs.next;

	l->in6->off = true;
	wheel_disarm(&ip->wheel, &l->in6->solicit);
	while (node != &l->addrs) {
		struct ifaddr *i = list_entry(node, struct ifaddr, node);

		node = node->next;
		if (!addr_is_v4(&i->addr))
			addrs_drop(ip, i);
	}
}

void dad_fail(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	ip->stats->NdDadDuplicates++;
	wheel_disarm(&ip->wheel, &a->timer);
	a->state = IFADDR_DUPLICATE;
	ip->gen++;
	if (a->origin == IFADDR_LINKLOCAL && conf_of(a)->accept_dad == 2 &&
	    conf_of(a)->addr_gen_mode == IN6_GEN_EUI64) {
		give_up_link(ip, a->link);
		return;
	}
	slaac_taken(ip, a, now);
}
