/* SPDX-License-Identifier: MIT */
#include "link/link.h"

#include "base/trace.h"

#include <errno.h>

static bool name_ok(const char *name)
{
	size_t n = name ? strnlen(name, 16) : 0;

	if (n == 0 || n > 15)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	return true;
}

static bool config_ok(const struct ostia_link_config *cfg)
{
	uint32_t mtu_max = cfg->type == OSTIA_LINK_LOOPBACK ? LINK_MTU_LOOPBACK
							    : LINK_MTU_MAX;

	if (!name_ok(cfg->name) || cfg->type > OSTIA_LINK_LOOPBACK)
		return false;
	if (cfg->mtu < LINK_MTU_MIN || cfg->mtu > mtu_max)
		return false;
	/* A group's address cannot be a host's (IEEE 802.3 3.2.3). */
	return cfg->type != OSTIA_LINK_ETHERNET || !(cfg->mac[0] & 1);
}

int link_new(const struct ostia_env *env, const struct ostia_link_config *cfg,
	     struct ostia_link **out)
{
	struct ostia_link *l;

	if (!config_ok(cfg))
		return -EINVAL;
	l = env_zalloc(env, sizeof(*l));
	if (!l)
		return -ENOMEM;
	memcpy(l->name, cfg->name, strlen(cfg->name));
	memcpy(l->mac, cfg->mac, sizeof(l->mac));
	l->type = cfg->type;
	if (env->trace_log)
		l->told = (uint8_t)trace_link(env->trace_log, cfg->name,
					      cfg->type);
	l->mtu = cfg->mtu;
	l->caps = cfg->caps;
	l->gso_max = cfg->gso_max && cfg->gso_max < LINK_MTU_MAX ? cfg->gso_max
								 : LINK_MTU_MAX;
	list_init(&l->node);
	list_init(&l->addrs);
	list_init(&l->groups);
	list_init(&l->routes);
	list_init(&l->paths);
	list_init(&l->neighs);
	list_init(&l->frags);
	list_init(&l->ready);
	pktq_init(&l->replies, LINK_REPLIES_CAP);
	pktq_init(&l->finished, UINT32_MAX);
	*out = l;
	return 0;
}

void link_free(const struct ostia_env *env, struct ostia_link *l)
{
	while (list_pop(&l->ready))
		;
	pktq_drain(&l->replies);
	pktq_drain(&l->finished);
	env_free(env, l, sizeof(*l));
}
