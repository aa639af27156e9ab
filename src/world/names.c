/* SPDX-License-Identifier: MIT */
/*
 * The table of hosts, and how a guest's name is found: there, then by DNS
 */
#define _GNU_SOURCE 1 /* EAI_NODATA */
#include "ip/addrs.h"
#include "names/config.h"
#include "stack/stack.h"
#include "wire/dns.h"
#include "world/world.h"

#include "base/addrtext.h"

#include <errno.h>
#include <netdb.h>
#include <ostia/names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAMES_CAP = 65536, WORDS_MAX = 2048 };

/** struct entry - What ostia_world_name() said */
struct entry {
	struct list node;
	struct ostia_addr addr;
	char name[];
};

/* ---- the table ---- */

/* A dot at the end makes no difference. */
static bool same_name(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n > 1 && a[n - 1] == '.';
	m -= m > 1 && b[m - 1] == '.';
	return n == m && !strncasecmp(a, b, n);
}

int ostia_world_name(struct ostia_world *w, const char *name, const char *addr)
{
	struct wire_dns_name check;
	struct ostia_addr a;
	struct entry *e;

	if (wire_dns_name_read(&check, name) || addrtext_parse(addr, &a))
		return -EINVAL;
	if (w->nnames == NAMES_CAP)
		return -ENOSPC;
	e = world_zalloc(w, sizeof(*e) + strlen(name) + 1);
	if (!e)
		return -ENOMEM;
	e->addr = a;
	strcpy(e->name, name);
	list_push(&w->names, &e->node);
	w->nnames++;
	return 0;
}

void world_names_fini(struct ostia_world *w)
{
	list_each_safe (node, &w->names)
		free(list_entry(node, struct entry, node));
}

static bool is_of(const struct ostia_addr *a, int family)
{
	return family == AF_UNSPEC || addr_is_v4(a) == (family == AF_INET);
}

static void take(struct ostia_names *out, const struct ostia_addr *a,
		 int family)
{
	if (is_of(a, family) && out->count < OSTIA_NAMES_MAX)
		out->addr[out->count++] = *a;
}

/* An address that others can use: not the loopback's, not link-local. */
static bool is_public(const struct ifaddr *a)
{
	return a->kind == IFADDR_LOCAL && !addr_is_loopback(&a->addr) &&
	       !addr_is_linklocal(&a->addr);
}

static void take_of_host(struct ostia_names *out, const struct ostia_node *n,
			 int family)
{
	list_each (l, &ostia_host_stack(n)->ip.links)
		list_each (a, &list_entry(l, struct ostia_link, node)->addrs) {
			const struct ifaddr *x =
				list_entry(a, struct ifaddr, node);

			if (is_public(x))
				take(out, &x->addr, family);
		}
}

int world_names_hosts(struct ostia_world *w, const char *name, int family,
		      struct ostia_names *out)
{
	bool found = false;

	out->count = 0;
	out->canonical[0] = '\0';
	list_each (node, &w->nodes) {
		const struct ostia_node *n =
			list_entry(node, struct ostia_node, world_nodes);

		if (n->kind != WORLD_HOST || !same_name(n->name, name))
			continue;
		take_of_host(out, n, family);
		found = true;
	}
	list_each (node, &w->names) {
		const struct entry *e = list_entry(node, struct entry, node);

		if (!same_name(e->name, name))
			continue;
		take(out, &e->addr, family);
		found = true;
	}
	if (!found)
		return EAI_NONAME;
	return out->count ? 0 : EAI_NODATA;
}

static bool has_addr(const struct ostia_node *n, const struct ostia_addr *a)
{
	const struct ifaddr *x;

	if (n->kind != WORLD_HOST)
		return false;
	x = addrs_find(&ostia_host_stack(n)->ip, a, 0);
	return x && is_public(x);
}

static int say(const char *from, char *name, size_t size)
{
	return (size_t)snprintf(name, size, "%s", from) < size ? 0
							       : EAI_OVERFLOW;
}

int world_names_host_at(struct ostia_world *w, const struct ostia_addr *addr,
			char *name, size_t size)
{
	list_each (node, &w->nodes) {
		const struct ostia_node *n =
			list_entry(node, struct ostia_node, world_nodes);

		if (has_addr(n, addr))
			return say(n->name, name, size);
	}
	list_each (node, &w->names) {
		const struct entry *e = list_entry(node, struct entry, node);

		if (addr_eq(&e->addr, addr))
			return say(e->name, name, size);
	}
	return EAI_NONAME;
}

/* ---- a guest asks ---- */

static bool has_table(const struct ostia_node *host)
{
	return !host->dns || host->dns->hosts;
}

/* Whom to ask now. Without a server what is not in the table is nowhere. */
static bool servers_of(const struct ostia_node *host, struct ostia_dns *out)
{
	if (host->dns)
		*out = *host->dns;
	else
		ostia_dns_init(out);
	names_config_learn(out, ostia_host_stack(host));
	return out->servers;
}

int world_names_lookup(struct ostia_node *host, struct ostia_proc *p,
		       const char *name, int family, struct ostia_names *out)
{
	int err = EAI_NONAME;
	struct ostia_dns dns;

	if (has_table(host))
		err = world_names_hosts(host->world, name, family, out);
	if (err != EAI_NONAME || !servers_of(host, &dns))
		return err;
	return ostia_stub.lookup(p, &dns, name, family, out);
}

int world_names_reverse(struct ostia_node *host, struct ostia_proc *p,
			const struct ostia_addr *addr, char *name, size_t size)
{
	int err = EAI_NONAME;
	struct ostia_dns dns;

	if (has_table(host))
		err = world_names_host_at(host->world, addr, name, size);
	if (err != EAI_NONAME || !servers_of(host, &dns))
		return err;
	return ostia_stub.reverse(p, &dns, addr, name, size);
}

/* ---- whom to ask ---- */

static int take_word(struct ostia_node *host, struct ostia_dns *d, char *word,
		     char *err, size_t err_size)
{
	char *value = strchr(word, '=');
	int e;

	if (!value || !value[1]) {
		if (err && err_size)
			snprintf(err, err_size, "%s: write WORD=VALUE", word);
		return -EINVAL;
	}
	*value++ = '\0';
	if (!strcmp(word, "hosts") &&
	    (!strcmp(value, "on") || !strcmp(value, "off"))) {
		d->hosts = !strcmp(value, "on");
		return 0;
	}
	e = ostia_dns_word(d, ostia_host_stack(host), word, value, err,
			   err_size);
	if (e != -ENOENT)
		return e;
	if (err && err_size)
		snprintf(err, err_size,
			 "%s=%s: known are dns search ndots dns-timeout "
			 "dns-attempts dns-case, and hosts=on or off",
			 word, value);
	return -EINVAL;
}

int ostia_host_dns(struct ostia_node *host, const char *words, char *err,
		   size_t err_size)
{
	char text[WORDS_MAX], *save = NULL;
	struct ostia_dns d;
	int e = 0;

	if (host->kind != WORLD_HOST || strlen(words) >= sizeof(text))
		return -EINVAL;
	strcpy(text, words);
	ostia_dns_init(&d);
	for (char *w = strtok_r(text, " \t\n", &save); w && !e;
	     w = strtok_r(NULL, " \t\n", &save))
		e = take_word(host, &d, w, err, err_size);
	if (e)
		return e;
	if (!host->dns)
		host->dns = world_zalloc(host->world, sizeof(d));
	if (!host->dns)
		return -ENOMEM;
	*host->dns = d;
	return 0;
}
