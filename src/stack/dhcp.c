/* SPDX-License-Identifier: MIT */
/*
 * stack/dhcp.c - addresses by DHCP and by themselves, as the public interface
 * has them
 */
#include <ostia/dhcp.h>

#include "ip/dhcp.h"
#include "ip/zeroconf.h"
#include "stack/stack.h"

#include <assert.h>
#include <errno.h>

static_assert((int)OSTIA_DHCP_REBINDING == (int)DHCP_REBINDING, "one list");

int ostia_dhcp_start(struct ostia_link *l)
{
	return dhcp_start(&l->stack->ip, l, NULL, stack_now(l->stack));
}

int ostia_dhcp_start_with(struct ostia_link *l,
			  const struct ostia_dhcp_wish *wish)
{
	const struct dhcp_wish w = { .former = wish->former,
				     .v6only = wish->v6only != 0 };

	return dhcp_start(&l->stack->ip, l, &w, stack_now(l->stack));
}

int ostia_dhcp_stop(struct ostia_link *l)
{
	return dhcp_stop(&l->stack->ip, l, stack_now(l->stack));
}

int ostia_dhcp_renew(struct ostia_link *l)
{
	return dhcp_renew(&l->stack->ip, l, stack_now(l->stack));
}

int ostia_dhcp_info(const struct ostia_link *l, struct ostia_dhcp_info *info)
{
	const struct dhcp *d = l->dhcp;

	if (!d)
		return -ENOENT;
	*info = (struct ostia_dhcp_info) { .state = d->state,
					   .changes = d->changes };
	if (d->state < DHCP_BOUND)
		return 0;
	info->plen = d->plen;
	info->addr = d->addr;
	info->server = d->server;
	info->renew = d->t1;
	info->rebind = d->t2;
	info->until = d->until;
	return 0;
}

int ostia_linklocal_start(struct ostia_link *l)
{
	return zeroconf_start(&l->stack->ip, l, stack_now(l->stack));
}

int ostia_linklocal_stop(struct ostia_link *l)
{
	return zeroconf_stop(&l->stack->ip, l);
}
