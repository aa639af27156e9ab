/* SPDX-License-Identifier: MIT */
/*
 * A DNS server of the world: names/server.c as a task on one of its hosts
 */
#define _GNU_SOURCE 1 /* EAI_NODATA */
#include "base/addrtext.h"
#include "names/server.h"
#include "world/world.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

struct ostia_world_dns {
	struct list servers;
	struct ostia_node *host;
	struct ostia_world_proc *wp;
	struct names_server server;
	int (*forward)(void *ctx, struct ostia_world_dns *d,
		       const struct ostia_dns_asker *who, int tcp,
		       const uint8_t *question, size_t n);
	void *forward_ctx;
};

static_assert(sizeof(struct names_asker) <= sizeof(struct ostia_dns_asker),
	      "it is one, outside");

static int serve(void *arg) __attribute__((noreturn));

/* Without memory a wait fails at once: then a while later. */
static int serve(void *arg)
{
	struct ostia_world_dns *d = arg;
	struct ostia_world *w = d->host->world;

	for (;;)
		if (names_server_turn(&d->server))
			(void)ostia_task_sleep(w, w->now + OSTIA_S);
}

/* A host without an address is one, too. */
static int hosts(void *ctx, const char *name, struct ostia_names *out)
{
	int err = world_names_hosts(ctx, name, AF_UNSPEC, out);

	return err == EAI_NODATA ? 0 : err;
}

static int reverse(void *ctx, const struct ostia_addr *addr, char *name,
		   size_t size)
{
	return world_names_host_at(ctx, addr, name, size);
}

static void dns_free(struct ostia_world_dns *d)
{
	if (d->wp)
		ostia_world_proc_free(d->wp);
	list_remove(&d->servers);
	names_zone_fini(&d->server.zone);
	free(d);
}

static int start(struct ostia_world_dns *d, const struct ostia_addr *at)
{
	struct ostia_world *w = d->host->world;
	ostia_time cost = w->cfg.call_cost;
	int err = ostia_world_proc_new(d->host, "dns", 0, &d->wp);

	if (err)
		return err;
	world_task_service(d->wp);
	w->cfg.call_cost = 0; /* it was always there */
	err = names_server_open_at(&d->server, ostia_world_proc_bsd(d->wp), at);
	w->cfg.call_cost = cost;
	return err ? err : ostia_task_spawn(d->wp, serve, d, NULL);
}

static int dns_new(struct ostia_node *host, const struct ostia_addr *at,
		   struct ostia_world_dns **out)
{
	struct ostia_world *w = host->world;
	struct ostia_world_dns *d;
	int err;

	if (host->kind != WORLD_HOST)
		return -EINVAL;
	d = world_zalloc(w, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->host = host;
	names_zone_init(&d->server.zone);
	d->server.zone.hosts = hosts;
	d->server.zone.reverse = reverse;
	d->server.zone.ctx = w;
	list_push(&w->servers, &d->servers);
	err = start(d, at);
	if (err) {
		dns_free(d);
		return err;
	}
	*out = d;
	return 0;
}

int ostia_world_dns(struct ostia_node *host, struct ostia_world_dns **out)
{
	static const struct ostia_addr any;

	return dns_new(host, &any, out);
}

int ostia_world_dns_at(struct ostia_node *host, const char *addr,
		       struct ostia_world_dns **out)
{
	struct ostia_addr at;

	return addrtext_parse(addr, &at) ? -EINVAL : dns_new(host, &at, out);
}

static int forward(void *ctx, const struct names_asker *who, const uint8_t *p,
		   size_t n)
{
	struct ostia_world_dns *d = ctx;
	struct ostia_dns_asker asker = { { 0 } };

	memcpy(&asker, who, sizeof(*who));
	return d->forward(d->forward_ctx, d, &asker, who->fd >= 0, p, n);
}

void ostia_world_dns_forward(struct ostia_world_dns *d,
			     int (*fn)(void *ctx, struct ostia_world_dns *,
				       const struct ostia_dns_asker *, int tcp,
				       const uint8_t *question, size_t n),
			     void *ctx)
{
	d->forward = fn;
	d->forward_ctx = ctx;
	d->server.forward = fn ? forward : NULL;
	d->server.forward_ctx = d;
}

void ostia_world_dns_reply(struct ostia_world_dns *d,
			   const struct ostia_dns_asker *asker,
			   const uint8_t *answer, size_t n)
{
	struct names_asker who;

	memcpy(&who, asker, sizeof(who));
	names_server_reply(&d->server, &who, answer, n);
}

void ostia_world_dns_free(struct ostia_world_dns *d)
{
	dns_free(d);
}

int ostia_world_dns_add(struct ostia_world_dns *d, const char *name,
			const char *type, uint32_t ttl_s, const char *value)
{
	return names_zone_add(&d->server.zone, name, type, ttl_s, value);
}

void world_dns_free_host(struct ostia_node *host)
{
	list_each_safe (node, &host->world->servers) {
		struct ostia_world_dns *d =
			list_entry(node, struct ostia_world_dns, servers);

		if (d->host == host)
			dns_free(d);
	}
}

/* Their processes are gone already. */
void world_dns_free_all(struct ostia_world *w)
{
	list_each_safe (node, &w->servers) {
		struct ostia_world_dns *d =
			list_entry(node, struct ostia_world_dns, servers);

		d->wp = NULL;
		dns_free(d);
	}
}
