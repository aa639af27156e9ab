/* SPDX-License-Identifier: MIT */
#include "ip/zeroconf.h"

#include "ip/addrs.h"
#include "ip/state.h"

#include <errno.h>

enum {
	MAX_CONFLICTS = 10, /* RFC 3927 9 */
	RATE_LIMIT_S = 60,
	CHOICES = 254 * 256,
	PLEN = 16,
};

/* RFC 3927 2.1: uniformly, from something that is each host's own. */
static struct ostia_addr choose(const struct zeroconf *z)
{
	const struct siphash_key fixed = { 0 };
	uint64_t w[2] = { 0, z->conflicts };
	struct ostia_addr a = {
		.b = { [10] = 0xff, [11] = 0xff, [12] = 169, [13] = 254 }
	};
	uint32_t n;

	memcpy(w, z->link->mac, 6);
	n = (uint32_t)(siphash_words_13(&fixed, w, 2) % CHOICES);
	a.b[14] = (uint8_t)(1 + n / 256);
	a.b[15] = (uint8_t)n;
	return a;
}

static void try(struct ip *ip, struct zeroconf *z, ostia_time now)
{
	const struct ostia_addr a = choose(z);

	acd_start(ip, &z->acd, z->link, &a, IP_TIMER_ZEROCONF_ACD, now);
}

static void uninstall(struct ip *ip, struct zeroconf *z)
{
	if (z->installed)
		(void)addrs_del(ip, z->link, &z->acd.addr, PLEN);
	z->installed = false;
}

/* RFC 3927 2.2.1: after ten conflicts one attempt a minute. */
static void another(struct ip *ip, struct zeroconf *z, ostia_time now)
{
	uninstall(ip, z);
	acd_stop(ip, &z->acd);
	z->conflicts++;
	if (z->conflicts < MAX_CONFLICTS)
		try(ip, z, now);
	else
		wheel_arm(&ip->wheel, &z->timer,
			  time_after(now, RATE_LIMIT_S * NS_PER_S));
}

void zeroconf_expire(struct ip *ip, struct zeroconf *z, ostia_time now)
{
	try(ip, z, now);
}

void zeroconf_expire_acd(struct ip *ip, struct zeroconf *z, ostia_time now)
{
	if (acd_expire(ip, &z->acd, now) != ACD_FREE)
		return;
	if (addrs_add(ip, z->link, &z->acd.addr, PLEN, now))
		another(ip, z, now);
	else
		z->installed = true;
}

bool zeroconf_arp(struct ip *ip, struct ostia_link *l, const struct wire_arp *f,
		  ostia_time now)
{
	struct zeroconf *z = l->zeroconf;
	enum acd_news news;
	bool ours;

	if (!z || z->acd.state == ACD_IDLE)
		return false;
	ours = memcmp(f->spa, z->acd.addr.b + 12, 4) == 0;
	news = acd_heard(ip, &z->acd, f, now);
	if (news == ACD_TAKEN || news == ACD_LOST)
		another(ip, z, now);
	return ours;
}

int zeroconf_start(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	struct zeroconf *z;

	if (l->type != OSTIA_LINK_ETHERNET)
		return -EOPNOTSUPP;
	if (l->zeroconf)
		return -EALREADY;
	z = env_zalloc(ip->env, sizeof(*z));
	if (!z)
		return -ENOMEM;
	z->link = l;
	z->timer.kind = IP_TIMER_ZEROCONF;
	l->zeroconf = z;
	try(ip, z, now);
	return 0;
}

void zeroconf_link_gone(struct ip *ip, struct ostia_link *l)
{
	struct zeroconf *z = l->zeroconf;

	if (!z)
		return;
	wheel_disarm(&ip->wheel, &z->timer);
	acd_stop(ip, &z->acd);
	l->zeroconf = NULL;
	env_free(ip->env, z, sizeof(*z));
}

int zeroconf_stop(struct ip *ip, struct ostia_link *l)
{
	if (!l->zeroconf)
		return -ENOENT;
	uninstall(ip, l->zeroconf);
	zeroconf_link_gone(ip, l);
	return 0;
}
