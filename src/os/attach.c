/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * os/attach.c - a network in words: "tap=tap0 addr=10.99.0.2/24 gw=10.99.0.1"
 */
#include "base/addrtext.h"
#include "os/auto.h"
#include "os/runtime.h"

#include <ostia/dhcp.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { TEXT_MAX = 4096, ADDRS = 16, GATEWAYS = 4, NAMES = 16 };

/**
 * struct plan - One link, as the words describe it
 * @kind: "tap", "tun", "unix", "unix-listen"
 * @automatic: addr=auto: routers tell the rest (os/auto.h)
 * @dns:  words for ostia_dns_word() and their values
 */
struct plan {
	const char *kind, *name;
	const char *addr[ADDRS], *gw[GATEWAYS];
	const char *dns[NAMES][2];
	unsigned naddr, ngw, ndns;
	uint32_t mtu;
	uint8_t mac[6];
	bool has_mac, offload_off, automatic;
};

struct attach {
	struct ostia_runtime *rt;
	char *why;
	size_t why_size;
};

static int fail(struct attach *a, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct attach *a, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (a->why_size)
		vsnprintf(a->why, a->why_size, fmt, ap);
	va_end(ap);
	return err;
}

static int parse_mac(const char *s, uint8_t mac[6])
{
	unsigned b[6];
	char rest;

	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3],
		   &b[4], &b[5], &rest) != 6)
		return -EINVAL;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return mac[0] & 1 ? -EINVAL : 0;
}

static bool is_link(const char *word)
{
	return !strcmp(word, "tap") || !strcmp(word, "tun") ||
	       !strcmp(word, "unix") || !strcmp(word, "unix-listen");
}

static int set_mtu(struct attach *a, struct plan *p, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*end || end == value || n < 68 || n > 65535)
		return fail(a, -EINVAL, "mtu=%s: a number from 68 to 65535",
			    value);
	p->mtu = (uint32_t)n;
	return 0;
}

/* A word about names is for later: it may speak of the link. */
static bool is_dns(const char *word)
{
	return !strcmp(word, "dns") || !strncmp(word, "dns-", 4) ||
	       !strcmp(word, "search") || !strcmp(word, "ndots");
}

static int keep_dns(struct attach *a, struct plan *p, const char *word,
		    const char *value)
{
	if (p->ndns == NAMES)
		return fail(a, -E2BIG, "%s=%s: at most %d words about names",
			    word, value, NAMES);
	p->dns[p->ndns][0] = word;
	p->dns[p->ndns++][1] = value;
	return 0;
}

static int add_word(struct attach *a, struct plan *p, const char *word,
		    const char *value)
{
	if (!strcmp(word, "addr") && !strcmp(value, "auto")) {
		p->automatic = true;
	} else if (!strcmp(word, "addr")) {
		if (p->naddr == ADDRS)
			return fail(a, -E2BIG, "addr=%s: at most %d addresses",
				    value, ADDRS);
		p->addr[p->naddr++] = value;
	} else if (!strcmp(word, "gw")) {
		if (p->ngw == GATEWAYS)
			return fail(a, -E2BIG, "gw=%s: at most %d gateways",
				    value, GATEWAYS);
		p->gw[p->ngw++] = value;
	} else if (!strcmp(word, "mtu")) {
		return set_mtu(a, p, value);
	} else if (!strcmp(word, "mac")) {
		if (parse_mac(value, p->mac))
			return fail(a, -EINVAL,
				    "mac=%s: write it like 02:00:00:00:00:01 "
				    "(not a group's)",
				    value);
		p->has_mac = true;
	} else if (!strcmp(word, "offload")) {
		if (strcmp(value, "off") && strcmp(value, "on"))
			return fail(a, -EINVAL, "offload=%s: on or off", value);
		p->offload_off = !strcmp(value, "off");
	} else if (is_dns(word)) {
		return keep_dns(a, p, word, value);
	} else {
		return fail(a, -EINVAL,
			    "%s=%s: unknown word; known are tap tun unix "
			    "unix-listen addr gw mtu mac offload dns search "
			    "ndots dns-timeout dns-attempts dns-case",
			    word, value);
	}
	return 0;
}

static void local_mac(uint8_t mac[6])
{
	ostia_time t = ostia_clock();

	if (getrandom(mac, 6, 0) != 6)
		memcpy(mac, &t, 6);
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
}

static int open_driver(struct attach *a, const struct plan *p,
		       struct driver_open *o, struct driver **d)
{
	*o = (struct driver_open) { .pool = a->rt->pool,
				    .name = p->name,
				    .ethernet = strcmp(p->kind, "tun") != 0,
				    .offload = !p->offload_off,
				    .listen = !strcmp(p->kind, "unix-listen"),
				    .why = a->why,
				    .why_size = a->why_size };
	if (p->kind[0] == 't')
		return tap_open(o, d);
	return unix_open(o, d);
}

/* @how: what stands behind "dhcp": nothing, ":v6only", or a former address */
static int start_dhcp(struct ostia_link *l, const char *how)
{
	struct ostia_dhcp_wish w = { .v6only = !strcmp(how, ":v6only") };

	if (!*how)
		return ostia_dhcp_start(l);
	if (!w.v6only && addrtext_parse(how + 1, &w.former))
		return -EINVAL;
	return ostia_dhcp_start_with(l, &w);
}

static int add_address(struct ostia_link *l, const char *text)
{
	if (!strcmp(text, "dhcp") || !strncmp(text, "dhcp:", 5))
		return start_dhcp(l, text + 4);
	return ostia_addr_add(l, text);
}

static int add_addresses(struct attach *a, const struct plan *p,
			 struct ostia_link *l)
{
	for (unsigned i = 0; i < p->naddr; i++) {
		int err = add_address(l, p->addr[i]);

		if (err)
			return fail(a, err,
				    "addr=%s: %s (write ADDRESS/LENGTH, like "
				    "10.99.0.2/24, dhcp or auto)",
				    p->addr[i], strerror(-err));
	}
	for (unsigned i = 0; i < p->ngw; i++) {
		bool v6 = strchr(p->gw[i], ':');
		int err =
			ostia_route_add(l, v6 ? "::/0" : "0.0.0.0/0", p->gw[i]);

		if (err)
			return fail(a, err,
				    "gw=%s: %s (it must be on the network of "
				    "an addr= before it)",
				    p->gw[i], strerror(-err));
	}
	return 0;
}

static int add_names(struct attach *a, const struct plan *p)
{
	struct ostia_runtime *rt = a->rt;

	for (unsigned i = 0; i < p->ndns; i++) {
		int err = ostia_dns_word(&rt->dns, rt->stack, p->dns[i][0],
					 p->dns[i][1], a->why, a->why_size);

		if (err == -ENOENT)
			return fail(a, -EINVAL,
				    "%s=%s: unknown word; known are dns "
				    "search ndots dns-timeout dns-attempts "
				    "dns-case",
				    p->dns[i][0], p->dns[i][1]);
		if (err)
			return err;
	}
	return 0;
}

static int attach_link(struct attach *a, struct plan *p)
{
	struct ostia_runtime *rt = a->rt;
	struct ostia_link_config cfg = { 0 };
	struct driver_open o;
	struct driver *d;
	char name[16];
	int err;

	if (rt->ndrivers == RUNTIME_DRIVERS)
		return fail(a, -ENOSPC, "%s=%s: at most %d links", p->kind,
			    p->name, RUNTIME_DRIVERS);
	err = open_driver(a, p, &o, &d);
	if (err)
		return err;
	if (!p->has_mac)
		local_mac(p->mac);
	snprintf(name, sizeof(name), "eth%u", rt->ndrivers);
	cfg.name = name;
	cfg.type = o.ethernet ? OSTIA_LINK_ETHERNET : OSTIA_LINK_IP;
	memcpy(cfg.mac, p->mac, 6);
	cfg.mtu = p->mtu ? p->mtu : o.mtu;
	cfg.caps = o.caps;
	err = p->automatic ? auto_link(rt, &cfg, &d->link)
			   : ostia_link_new(rt->stack, &cfg, &d->link);
	if (err) {
		d->ops->free(d);
		return fail(a, err, "%s=%s: link: %s", p->kind, p->name,
			    strerror(-err));
	}
	rt->drivers[rt->ndrivers++] = d;
	err = add_addresses(a, p, d->link);
	return err ? err : add_names(a, p);
}

static int attach_words(struct attach *a, char *text)
{
	struct plan p = { 0 };
	char *save = NULL;
	int err = 0;

	for (char *w = strtok_r(text, " \t\n", &save); w && !err;
	     w = strtok_r(NULL, " \t\n", &save)) {
		char *value = strchr(w, '=');

		if (!value || !value[1])
			return fail(a, -EINVAL, "%s: write WORD=VALUE", w);
		*value++ = '\0';
		if (is_link(w)) {
			err = p.kind ? attach_link(a, &p) : 0;
			p = (struct plan) { .kind = w, .name = value };
		} else if (!p.kind) {
			return fail(a, -EINVAL,
				    "%s=%s: a link comes first, like "
				    "tap=NAME",
				    w, value);
		} else {
			err = add_word(a, &p, w, value);
		}
	}
	if (err)
		return err;
	return p.kind ? attach_link(a, &p)
		      : fail(a, -EINVAL,
			     "no link: write tap=NAME "
			     "addr=ADDRESS/LENGTH");
}

int ostia_runtime_attach(struct ostia_runtime *rt, const char *net, char *why,
			 size_t why_size)
{
	struct attach a = { rt, why, why_size };
	char text[TEXT_MAX];
	int err;

	if (strlen(net) >= sizeof(text))
		return fail(&a, -E2BIG,
			    "the network's text has more than %d "
			    "characters",
			    TEXT_MAX - 1);
	strcpy(text, net);
	ostia_runtime_lock(rt);
	err = attach_words(&a, text);
	ostia_runtime_unlock(rt);
	return err;
}
