/* SPDX-License-Identifier: MIT */
#include "ip/acd.h"

#include "ip/arp.h"
#include "ip/state.h"

/* RFC 5227 1.1 */
enum {
	PROBE_WAIT_MS = 1000,
	PROBE_NUM = 3,
	PROBE_MIN_MS = 1000,
	PROBE_MAX_MS = 2000,
	ANNOUNCE_WAIT_MS = 2000,
	ANNOUNCE_NUM = 2,
	ANNOUNCE_INTERVAL_MS = 2000,
	DEFEND_INTERVAL_S = 10,
};

static ostia_time in_ms(ostia_time now, uint32_t ms)
{
	return time_after(now, ms * NS_PER_MS);
}

void acd_start(struct ip *ip, struct acd *a, struct ostia_link *l,
	       const struct ostia_addr *addr, uint32_t kind, ostia_time now)
{
	wheel_disarm(&ip->wheel, &a->timer);
	*a = (struct acd) { .link = l,
			    .addr = *addr,
			    .state = ACD_PROBING,
			    .left = PROBE_NUM };
	a->timer.kind = kind;
	wheel_arm(&ip->wheel, &a->timer,
		  in_ms(now, rng_below(&ip->rng, PROBE_WAIT_MS + 1)));
}

void acd_stop(struct ip *ip, struct acd *a)
{
	wheel_disarm(&ip->wheel, &a->timer);
	a->state = ACD_IDLE;
}

/* RFC 5227 2.1.1: three probes, each some time after the last, then a wait. */
static void probe(struct ip *ip, struct acd *a, ostia_time now)
{
	uint32_t ms = ANNOUNCE_WAIT_MS;

	arp_probe(ip, a->link, &a->addr);
	if (--a->left)
		ms = PROBE_MIN_MS +
		     rng_below(&ip->rng, PROBE_MAX_MS - PROBE_MIN_MS + 1);
	wheel_arm(&ip->wheel, &a->timer, in_ms(now, ms));
}

static void announce(struct ip *ip, struct acd *a, ostia_time now)
{
	arp_announce(ip, a->link, &a->addr);
	if (--a->left)
		wheel_arm(&ip->wheel, &a->timer,
			  in_ms(now, ANNOUNCE_INTERVAL_MS));
	else
		a->state = ACD_OURS;
}

enum acd_news acd_expire(struct ip *ip, struct acd *a, ostia_time now)
{
	if (a->state == ACD_PROBING && a->left) {
		probe(ip, a, now);
		return ACD_NONE;
	}
	if (a->state == ACD_PROBING) {
		a->state = ACD_ANNOUNCING;
		a->left = ANNOUNCE_NUM;
		announce(ip, a, now);
		return ACD_FREE;
	}
	if (a->state == ACD_ANNOUNCING)
		announce(ip, a, now);
	return ACD_NONE;
}

/* RFC 5227 2.4 (b): once in a while we insist; he who insists more wins. */
static enum acd_news defend(struct ip *ip, struct acd *a, ostia_time now)
{
	ip->stats->ArpConflicts++;
	if (a->defended &&
	    time_since(a->defended, now) < DEFEND_INTERVAL_S * NS_PER_S)
		return ACD_LOST;
	a->defended = now ? now : 1;
	arp_announce(ip, a->link, &a->addr);
	return ACD_NONE;
}

enum acd_news acd_heard(struct ip *ip, struct acd *a, const struct wire_arp *f,
			ostia_time now)
{
	static const uint8_t nobody[4];
	bool sends = memcmp(f->spa, &a->addr.w[3], 4) == 0;
	bool probes = f->op == WIRE_ARP_REQUEST &&
		      memcmp(f->spa, nobody, 4) == 0 &&
		      memcmp(f->tpa, &a->addr.w[3], 4) == 0;

	switch ((enum acd_state)a->state) {
	case ACD_PROBING: /* 2.1.1: he has it, or wants it, too */
		if (!sends && !probes)
			return ACD_NONE;
		ip->stats->ArpConflicts++;
		acd_stop(ip, a);
		return ACD_TAKEN;
	case ACD_ANNOUNCING:
	case ACD_OURS:
		return sends ? defend(ip, a, now) : ACD_NONE;
	case ACD_IDLE:
		break;
	}
	return ACD_NONE;
}
