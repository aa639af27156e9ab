/* SPDX-License-Identifier: MIT */
/*
 * os/auto.c - links that configure themselves (addr=auto, addr=dhcp)
 */
#include "os/auto.h"

#include "ip/dhcp.h"
#include "ip/zeroconf.h"

#include <errno.h>
#include <ostia/dhcp.h>
#include <ostia/net.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ADDRS = 32, LOOK_MS = 10, VALUE = 32 };

#define DEFAULT "net.ipv6.conf.default."

/* What Linux gives every link, and a stack of ours only this one. */
static const char *const on[] = { DEFAULT "dad_transmits", DEFAULT "accept_ra",
				  DEFAULT "mld_solicited" };

enum { ON = sizeof(on) / sizeof(on[0]) };

int auto_link(struct ostia_runtime *rt, const struct ostia_link_config *cfg,
	      struct ostia_link **out)
{
	char before[ON][VALUE];
	int err = 0;

	for (int i = 0; i < ON && err >= 0; i++)
		err = ostia_stack_get(rt->stack, on[i], before[i], VALUE);
	for (int i = 0; i < ON && err >= 0; i++)
		if (!strcmp(before[i], "0"))
			err = ostia_stack_set(rt->stack, on[i], "1");
	if (err < 0)
		return err;
	err = ostia_link_new(rt->stack, cfg, out);
	if (!err && cfg->type == OSTIA_LINK_ETHERNET)
		err = ostia_linklocal_start(*out);
	for (int i = 0; i < ON; i++)
		(void)ostia_stack_set(rt->stack, on[i], before[i]);
	return err;
}

static bool accepts_ra(struct ostia_runtime *rt, const struct ostia_link *l)
{
	char name[64], value[VALUE];

	snprintf(name, sizeof(name), "net.ipv6.conf.%s.accept_ra",
		 ostia_link_name(l));
	return ostia_stack_get(rt->stack, name, value, VALUE) > 0 &&
	       strcmp(value, "0") != 0;
}

static bool reaches_far(const struct ostia_addr_row *r)
{
	bool local = r->addr.b[0] == 0xfe && (r->addr.b[1] & 0xc0) == 0x80;

	return !local &&
	       !(r->flags & (OSTIA_ADDR_TENTATIVE | OSTIA_ADDR_DUPLICATE));
}

static bool settled(struct ostia_runtime *rt, const struct ostia_link *l)
{
	struct ostia_addr_row row[ADDRS];
	int n = ostia_addr_list(l, row, ADDRS);
	bool found = l->zeroconf && l->zeroconf->installed;

	if (l->dhcp && !l->dhcp->installed)
		return false;
	for (int i = 0; i < n && i < ADDRS; i++) {
		if (row[i].flags & OSTIA_ADDR_TENTATIVE)
			return false;
		found |= (row[i].flags & OSTIA_ADDR_AUTO) &&
			 reaches_far(&row[i]);
	}
	return found || !accepts_ra(rt, l);
}

static bool all_settled(struct ostia_runtime *rt)
{
	bool all = true;

	ostia_runtime_lock(rt);
	for (uint32_t i = 0; i < rt->ndrivers; i++)
		all &= settled(rt, rt->drivers[i]->link);
	ostia_runtime_unlock(rt);
	return all;
}

int ostia_runtime_settle(struct ostia_runtime *rt, ostia_time timeout)
{
	const struct timespec look = { .tv_nsec = LOOK_MS * OSTIA_MS };
	ostia_time end = ostia_clock() + timeout;

	while (!all_settled(rt)) {
		if (ostia_clock() >= end)
			return -ETIMEDOUT;
		nanosleep(&look, NULL); /* the helper drives meanwhile */
	}
	return 0;
}
