/* SPDX-License-Identifier: MIT */
#include "run/lab.h"

#include "base/addr.h"
#include "base/addrtext.h"
#include "run/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <ostia/net.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GATEWAY_V4 = 2, /* from the end: the last is for broadcasts */
	LINE_MAX_BYTES = 512,
	NEW_NET_PLEN = 24,
	ADDR_TEXT = 56,
};

/** struct sentence - Where to say what is wrong */
struct sentence {
	char *why;
	size_t size;
};

static int fail(const struct sentence *s, int e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct sentence *s, int e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (s->why && s->size)
		vsnprintf(s->why, s->size, fmt, ap);
	va_end(ap);
	return e;
}

/* ---- addresses ---- */

static bool is_v6(const struct ostia_addr *a)
{
	return !addr_is_v4(a);
}

static void text_of(const struct ostia_addr *a, char *buf, size_t size)
{
	if (addr_is_v4(a))
		inet_ntop(AF_INET, &a->w[3], buf, (socklen_t)size);
	else
		inet_ntop(AF_INET6, a->b, buf, (socklen_t)size);
}

static void with_plen(const struct ostia_addr *a, unsigned plen, char *buf)
{
	char text[46];

	text_of(a, text, sizeof(text));
	snprintf(buf, ADDR_TEXT, "%s/%u", text, plen);
}

/* Bits of the host's part; a network has at most 2^16 hosts here. */
static uint32_t host_mask(const struct run_lab_pool *p)
{
	unsigned bits = (addr_is_v4(&p->net) ? 32u : 128u) - p->plen;

	return bits >= 16 ? 0xffff : (1u << bits) - 1;
}

static struct ostia_addr numbered(const struct run_lab_pool *p, uint32_t n)
{
	struct ostia_addr a = p->net;
	unsigned bits = (addr_is_v4(&a) ? 32u : 128u) - p->plen;

	a.w[3] = htonl(ntohl(a.w[3]) | n);
	if (n == host_mask(p) - 1 && addr_is_v4(&a) && bits > 16)
		a.w[3] = htonl(ntohl(p->net.w[3]) | ((1u << bits) - 2));
	return a;
}

static struct ostia_addr gateway_addr(const struct run_lab_pool *p)
{
	return numbered(p, host_mask(p) + 1 - GATEWAY_V4);
}

static bool is_in(const struct run_lab_pool *p, const struct ostia_addr *a)
{
	unsigned bits = addr_is_v4(&p->net) ? 96u + p->plen : p->plen;

	for (unsigned i = 0; i < bits; i++)
		if ((a->b[i / 8] ^ p->net.b[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static struct run_lab_pool pool_around(const struct ostia_addr *a, uint8_t plen)
{
	struct run_lab_pool p = { *a, plen };
	unsigned bits = addr_is_v4(a) ? 96u + plen : plen;

	for (unsigned i = bits; i < 128; i++)
		p.net.b[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return p;
}

static const struct run_lab_host *owner_of(const struct run_lab *lab,
					   const struct ostia_addr *a)
{
	list_each (node, &lab->hosts) {
		const struct run_lab_host *h =
			list_entry(node, struct run_lab_host, hosts);

		if (addr_eq(&h->addr[is_v6(a)], a))
			return h;
	}
	return NULL;
}

static bool is_server(const struct run_lab *lab, const struct ostia_addr *a)
{
	for (unsigned i = 0; i < lab->servers; i++)
		if (addr_eq(&lab->server[i], a))
			return true;
	return false;
}

/* Some programs take .0 and .255 for something else in any network. */
static bool looks_odd(uint32_t n)
{
	return (n & 0xff) == 0 || (n & 0xff) == 0xff;
}

static int take_from_pool(const struct run_lab *lab, bool v6,
			  struct ostia_addr *out, const struct sentence *s)
{
	const struct run_lab_pool *p = &lab->pool[v6];
	const struct ostia_addr gateway = gateway_addr(p);

	for (uint32_t n = 1; n + 1 < host_mask(p); n++) {
		*out = numbered(p, n);
		if (!looks_odd(n) && !addr_eq(out, &gateway) &&
		    !is_server(lab, out) && !owner_of(lab, out))
			return 0;
	}
	return fail(s, -ENOSPC, "no IPv%c address is left in this network",
		    v6 ? '6' : '4');
}

bool run_lab_has(const struct run_lab *lab, const struct ostia_addr *a)
{
	return is_in(&lab->pool[is_v6(a)], a) || is_server(lab, a);
}

static int check_in_pool(const struct run_lab *lab, const char *text,
			 const struct ostia_addr *a, const struct sentence *s)
{
	const struct run_lab_pool *p = &lab->pool[is_v6(a)];
	const struct ostia_addr gateway = gateway_addr(p);
	const struct run_lab_host *h = owner_of(lab, a);
	char net[ADDR_TEXT];

	with_plen(&p->net, p->plen, net);
	if (!is_in(p, a))
		return fail(s, -EADDRNOTAVAIL, "%s is not in this network: %s",
			    text, net);
	if (addr_eq(a, &p->net) ||
	    (addr_is_v4(a) && (ntohl(a->w[3]) & host_mask(p)) == host_mask(p)))
		return fail(s, -EINVAL, "%s names the network %s, not a host",
			    text, net);
	if (h)
		return fail(s, -EEXIST, "%s is taken by host %s", text,
			    h->name);
	if (addr_eq(a, &gateway) || is_server(lab, a))
		return fail(s, -EEXIST, "%s is taken by the network itself",
			    text);
	return 0;
}

/* The first host may say what network it is. */
static void maybe_move(struct run_lab *lab, const struct ostia_addr *a,
		       uint8_t plen)
{
	struct run_lab_pool *p = &lab->pool[is_v6(a)];
	uint8_t whole = addr_is_v4(a) ? 32 : 128;

	if (lab->count || lab->gateway || (plen == whole && is_in(p, a)))
		return;
	if (plen == whole)
		plen = addr_is_v4(a) ? NEW_NET_PLEN : 64;
	*p = pool_around(a, plen);
}

static bool may_be_a_host(const struct ostia_addr *a, uint8_t plen)
{
	return !addr_is_any(a) && !addr_is_multicast(a) &&
	       !addr_is_loopback(a) && !addr_is_linklocal(a) && plen >= 8 &&
	       (plen <= 30 || is_v6(a) || plen == 32) &&
	       (plen <= 112 || plen == 128);
}

static int give_addr(struct run_lab *lab, struct run_lab_host *h,
		     const char *text, const struct sentence *s)
{
	struct ostia_addr a, *to;
	uint8_t plen;
	int e;

	if (addrtext_prefix(text, &a, &plen) || !may_be_a_host(&a, plen))
		return fail(s, -EINVAL,
			    "%s is no address for a host: write 10.0.0.1 or "
			    "fd00::1",
			    text);
	to = &h->addr[is_v6(&a)];
	if (!addr_is_any(to))
		return fail(s, -EINVAL,
			    "%s: a host has one address of a "
			    "family",
			    text);
	maybe_move(lab, &a, plen);
	e = check_in_pool(lab, text, &a, s);
	if (!e)
		*to = a;
	return e;
}

static int give_addrs(struct run_lab *lab, struct run_lab_host *h,
		      const struct run_join_want *want,
		      const struct sentence *s)
{
	int e = 0;

	h->addr[0] = addr_any(false);
	h->addr[1] = addr_any(true);
	for (unsigned i = 0; i < want->naddrs && !e; i++)
		e = give_addr(lab, h, want->addr[i], s);
	for (unsigned v6 = 0; v6 < 2 && !e; v6++)
		if (addr_is_any(&h->addr[v6]))
			e = take_from_pool(lab, v6, &h->addr[v6], s);
	text_of(&h->addr[0], h->v4, sizeof(h->v4));
	text_of(&h->addr[1], h->v6, sizeof(h->v6));
	return e;
}

/* ---- names ---- */

struct run_lab_host *run_lab_find(const struct run_lab *lab, const char *name)
{
	list_each (node, &lab->hosts) {
		struct run_lab_host *h =
			list_entry(node, struct run_lab_host, hosts);

		if (!strcmp(h->name, name))
			return h;
	}
	return NULL;
}

static bool is_free(const struct run_lab *lab, const char *name)
{
	return !run_lab_find(lab, name) && strcmp(name, "gateway") &&
	       strcmp(name, "localhost");
}

/* "/usr/bin/My_Prog.py" is my-prog-py; 48 letters leave room for a number. */
static void name_from_program(const char *program, char *name)
{
	const char *slash = program ? strrchr(program, '/') : NULL;
	const char *p = slash ? slash + 1 : program;
	size_t n = 0;

	for (; p && *p && n < 48; p++) {
		char c = (char)tolower((unsigned char)*p);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			name[n++] = c;
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		n--;
	name[n] = '\0';
}

static void invent_name(const struct run_lab *lab, const char *program,
			char *name)
{
	char stem[RUN_NAME_MAX];
	unsigned n = 1;

	name_from_program(program, stem);
	snprintf(name, RUN_NAME_MAX, "%s", *stem ? stem : "h1");
	while (!is_free(lab, name))
		snprintf(name, RUN_NAME_MAX, "%.48s%s%u", *stem ? stem : "h",
			 *stem ? "-" : "", ++n);
}

static int give_name(const struct run_lab *lab, struct run_lab_host *h,
		     const struct run_join_want *want, const struct sentence *s)
{
	if (!want->name) {
		invent_name(lab, want->program, h->name);
		return 0;
	}
	if (!run_join_is_name(want->name))
		return fail(s, -EINVAL,
			    "%s is no name of a host: write small letters, "
			    "digits and hyphens, 63 at most",
			    want->name);
	if (!is_free(lab, want->name))
		return fail(s, -EEXIST, "there is a host %s in %s already",
			    want->name, lab->name);
	strcpy(h->name, want->name);
	return 0;
}

/* ---- the machine's nameservers ---- */

static void take_server(struct run_lab *lab, char *text)
{
	struct ostia_addr a;
	char *zone = strchr(text, '%');

	if (zone)
		*zone = '\0';
	if (lab->servers < RUN_LAB_SERVERS && !addrtext_parse(text, &a) &&
	    !is_server(lab, &a))
		lab->server[lab->servers++] = a;
}

static void read_resolv_conf(struct run_lab *lab, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[LINE_MAX_BYTES], word[LINE_MAX_BYTES];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "nameserver %511s", word) == 1)
			take_server(lab, word);
	if (f)
		fclose(f);
	if (!lab->servers)
		take_server(lab, (char[]) { "127.0.0.1" });
}

static void forward_host(const struct run_lab *lab,
			 const struct run_lab_host *h)
{
	for (unsigned i = 0; i < h->ndns; i++)
		ostia_world_dns_forward(h->dns[i], lab->forward,
					lab->forward_ctx);
}

void run_lab_forward(struct run_lab *lab, run_lab_ask *fn, void *ctx)
{
	lab->forward = fn;
	lab->forward_ctx = ctx;
	list_each (node, &lab->hosts)
		forward_host(lab, list_entry(node, struct run_lab_host, hosts));
	if (lab->gateway)
		forward_host(lab, lab->gateway);
}

static bool serves(const struct run_lab_host *h,
		   const struct ostia_world_dns *dns)
{
	for (unsigned i = 0; i < h->ndns; i++)
		if (h->dns[i] == dns)
			return true;
	return false;
}

bool run_lab_serves(const struct run_lab *lab,
		    const struct ostia_world_dns *dns)
{
	list_each (node, &lab->hosts)
		if (serves(list_entry(node, struct run_lab_host, hosts), dns))
			return true;
	return lab->gateway && serves(lab->gateway, dns);
}

/* The host answers itself at those. */
static int serve_loopback(const struct run_lab *lab, struct run_lab_host *h)
{
	for (unsigned i = 0; i < lab->servers; i++) {
		char text[46];
		int e;

		if (!addr_is_loopback(&lab->server[i]))
			continue;
		text_of(&lab->server[i], text, sizeof(text));
		e = ostia_world_dns_at(h->node, text, &h->dns[h->ndns]);
		if (e)
			return e;
		h->ndns++;
	}
	return 0;
}

bool run_lab_yield(struct run_lab_host *h)
{
	bool any = h->ndns;

	while (h->ndns)
		ostia_world_dns_free(h->dns[--h->ndns]);
	return any;
}

static int own_servers(struct run_lab *lab, struct run_lab_host *gateway)
{
	for (unsigned i = 0; i < lab->servers; i++) {
		const struct ostia_addr *a = &lab->server[i];
		char text[ADDR_TEXT];
		int e;

		if (addr_is_loopback(a))
			continue;
		with_plen(a, is_v6(a) ? 128 : 32, text);
		e = ostia_wire_addr(gateway->wire, 0, text);
		if (e && e != -EEXIST)
			return e;
	}
	return ostia_world_dns(gateway->node, &gateway->dns[gateway->ndns++]);
}

/* To a nameserver that is not in the network the way is by the gateway. */
static int route_to_servers(const struct run_lab *lab,
			    const struct run_lab_host *h)
{
	for (unsigned i = 0; i < lab->servers; i++) {
		const struct ostia_addr *a = &lab->server[i];
		char dst[ADDR_TEXT], via[46];
		int e;

		if (addr_is_loopback(a) || addr_is_linklocal(a) ||
		    is_in(&lab->pool[is_v6(a)], a))
			continue;
		with_plen(a, is_v6(a) ? 128 : 32, dst);
		text_of(&lab->gateway->addr[is_v6(a)], via, sizeof(via));
		e = ostia_wire_route(h->wire, 0, dst, via);
		if (e && e != -EEXIST)
			return e;
	}
	return 0;
}

static bool needs_gateway(const struct run_lab *lab)
{
	for (unsigned i = 0; i < lab->servers; i++)
		if (!addr_is_loopback(&lab->server[i]))
			return true;
	return lab->uplink;
}

/* ---- a host ---- */

static int route_out(const struct run_lab *lab, const struct run_lab_host *h)
{
	char via[46];
	int e;

	if (!lab->uplink)
		return 0;
	text_of(&lab->gateway->addr[0], via, sizeof(via));
	e = ostia_wire_route(h->wire, 0, "0.0.0.0/0", via);
	if (e)
		return e;
	text_of(&lab->gateway->addr[1], via, sizeof(via));
	return ostia_wire_route(h->wire, 0, "::/0", via);
}

static int plug_in(struct run_lab *lab, struct run_lab_host *h,
		   const char *faults)
{
	struct ostia_wire_config cfg = { .name = h->name,
					 .hop = 1,
					 .offload = 1,
					 .faults = faults,
					 .mac = { 0x02, 0x6f } };
	int e = ostia_host_new(lab->world, h->name, NULL, 0, &h->node);

	if (e)
		return e;
	/* Who has the address next is no stranger to its neighbours. */
	memcpy(&cfg.mac[2], &h->addr[0].w[3], 4);
	e = ostia_wire_new(lab->world, &cfg, h->node, lab->hub, &h->wire);
	for (unsigned v6 = 0; v6 < 2 && !e; v6++) {
		char text[ADDR_TEXT];

		with_plen(&h->addr[v6], lab->pool[v6].plen, text);
		e = ostia_wire_addr(h->wire, 0, text);
	}
	return e;
}

static int connect_names(struct run_lab *lab, struct run_lab_host *h)
{
	int e = needs_gateway(lab) ? run_lab_need_gateway(lab) : 0;

	if (!e)
		e = serve_loopback(lab, h);
	forward_host(lab, h);
	if (!e)
		e = route_to_servers(lab, h);
	return e ? e : route_out(lab, h);
}

static void host_free(struct run_lab_host *h)
{
	if (h->node)
		(void)ostia_node_free(h->node);
	free(h);
}

static int check_link(const char *link, const struct sentence *s)
{
	struct ostia_faults f;

	if (strlen(link) >= RUN_LAB_LINK)
		return fail(s, -EINVAL, "faults of %d bytes are too long",
			    RUN_LAB_LINK);
	return ostia_faults_parse(link, &f, s->why, s->size);
}

static void remember_link(struct run_lab_host *h, unsigned dirs,
			  const char *text)
{
	for (unsigned i = 0; i < 2; i++)
		if (dirs & 1u << i)
			snprintf(h->link[i], RUN_LAB_LINK, "%s", text);
}

static int make_host(struct run_lab *lab, const struct run_join_want *want,
		     struct run_lab_host *h, const struct sentence *s)
{
	const char *link = want->link ? want->link : "";
	int e = check_link(link, s);

	if (!e)
		e = give_name(lab, h, want, s);
	if (!e)
		e = give_addrs(lab, h, want, s);
	if (e)
		return e;
	e = plug_in(lab, h, link);
	if (!e)
		e = connect_names(lab, h);
	if (e)
		return fail(s, e, "host %s: %s", h->name, strerror(-e));
	remember_link(h, OSTIA_WIRE_BOTH, link);
	return 0;
}

int run_lab_join(struct run_lab *lab, const struct run_join_want *want,
		 struct run_lab_host **out, char *err, size_t err_size)
{
	const struct sentence s = { err, err_size };
	const struct run_lab_pool pool[2] = { lab->pool[0], lab->pool[1] };
	struct run_lab_host *h;
	int e;

	if (lab->count == RUN_LAB_HOSTS)
		return fail(&s, -ENOSPC, "a network has %d hosts at most",
			    RUN_LAB_HOSTS);
	h = calloc(1, sizeof(*h));
	if (!h)
		return fail(&s, -ENOMEM, "no memory for a host");
	e = make_host(lab, want, h, &s);
	if (e) {
		if (!lab->gateway)
			memcpy(lab->pool, pool, sizeof(pool));
		host_free(h);
		return e;
	}
	list_push(&lab->hosts, &h->hosts);
	lab->count++;
	*out = h;
	return 0;
}

static void forget_pairs(struct run_lab *lab, const struct run_lab_host *h)
{
	list_each_safe (node, &lab->pairs) {
		struct run_lab_pair *p =
			list_entry(node, struct run_lab_pair, pairs);

		if (h && p->a != h && p->b != h)
			continue;
		(void)ostia_switch_part(lab->hub, p->a->wire, p->b->wire, 0);
		list_remove(&p->pairs);
		free(p);
	}
}

/* It answers no more. Who knew its address would believe in it for half a
 * minute; now he asks for it, and hears that there is no such host.
 */
static void forget_address(const struct run_lab_host *of,
			   const struct run_lab_host *h)
{
	struct ostia_link *l = ostia_wire_link(of->wire, 0);

	for (unsigned v6 = 0; l && v6 < 2; v6++)
		(void)ostia_link_forget_neigh(l, &h->addr[v6]);
}

void run_lab_leave(struct run_lab *lab, struct run_lab_host *h)
{
	forget_pairs(lab, h);
	list_remove(&h->hosts);
	lab->count--;
	list_each (n, &lab->hosts)
		forget_address(list_entry(n, struct run_lab_host, hosts), h);
	if (lab->gateway)
		forget_address(lab->gateway, h);
	host_free(h);
}

/* ---- the gateway ---- */

static int make_gateway(struct run_lab *lab, struct run_lab_host *h)
{
	int e;

	strcpy(h->name, "gateway");
	for (unsigned v6 = 0; v6 < 2; v6++)
		h->addr[v6] = gateway_addr(&lab->pool[v6]);
	text_of(&h->addr[0], h->v4, sizeof(h->v4));
	text_of(&h->addr[1], h->v6, sizeof(h->v6));
	e = plug_in(lab, h, NULL);
	return e ? e : own_servers(lab, h);
}

int run_lab_need_gateway(struct run_lab *lab)
{
	struct run_lab_host *h;
	int e;

	if (lab->gateway)
		return 0;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	e = make_gateway(lab, h);
	if (e) {
		host_free(h);
		return e;
	}
	forward_host(lab, h);
	lab->gateway = h;
	return 0;
}

int run_lab_open_uplink(struct run_lab *lab)
{
	int e = lab->uplink ? 0 : run_lab_need_gateway(lab);

	if (e || lab->uplink)
		return e;
	lab->uplink = true;
	list_each (node, &lab->hosts) {
		e = route_out(lab,
			      list_entry(node, struct run_lab_host, hosts));
		if (e && e != -EEXIST)
			return e;
	}
	return 0;
}

/* ---- wires by name ---- */

/** struct span - What a word names: one or two hosts, and directions */
struct span {
	struct run_lab_host *host[2];
	unsigned n;
	unsigned dirs;
};

static int find_host(const struct run_lab *lab, const char *name,
		     struct run_lab_host **out, const struct sentence *s)
{
	*out = run_lab_find(lab, name);
	if (!*out)
		return fail(s, -ENOENT, "there is no host %s in %s", name,
			    lab->name);
	return 0;
}

static int find_pair(const struct run_lab *lab, char *a, char *b,
		     struct span *out, const struct sentence *s)
{
	int e = find_host(lab, a, &out->host[0], s);

	if (!e)
		e = find_host(lab, b, &out->host[1], s);
	if (!e && out->host[0] == out->host[1])
		return fail(s, -EINVAL, "%s--%s: name two hosts", a, b);
	out->n = 2;
	out->dirs = OSTIA_WIRE_AB;
	return e;
}

static int find_one(const struct run_lab *lab, char *name, struct span *out,
		    const struct sentence *s)
{
	char *dir = strchr(name, ':');

	out->n = 1;
	out->dirs = OSTIA_WIRE_BOTH;
	if (dir) {
		*dir++ = '\0';
		if (strcmp(dir, "in") && strcmp(dir, "out"))
			return fail(s, -EINVAL, "%s:%s: write %s:in or %s:out",
				    name, dir, name, name);
		out->dirs = *dir == 'o' ? OSTIA_WIRE_AB : OSTIA_WIRE_BA;
	}
	return find_host(lab, name, &out->host[0], s);
}

static int find_span(const struct run_lab *lab, const char *wire,
		     struct span *out, const struct sentence *s)
{
	char text[2 * RUN_NAME_MAX + 8], *mid;

	if (snprintf(text, sizeof(text), "%s", wire) >= (int)sizeof(text))
		return fail(s, -ENOENT, "no wire has so long a name");
	mid = strstr(text, "--");
	/* A name may have two hyphens of its own. */
	if (mid && !run_lab_find(lab, text)) {
		*mid = '\0';
		return find_pair(lab, text, mid + 2, out, s);
	}
	return find_one(lab, text, out, s);
}

int run_lab_set(struct run_lab *lab, const char *wire, const char *faults,
		char *err, size_t err_size)
{
	const struct sentence s = { err, err_size };
	struct span x = { .n = 0 };
	int e = find_span(lab, wire, &x, &s);

	if (!e)
		e = check_link(faults, &s);
	for (unsigned i = 0; i < (e ? 0 : x.n); i++) {
		e = ostia_wire_faults(x.host[i]->wire, x.dirs, faults, err,
				      err_size);
		if (e)
			return e;
		remember_link(x.host[i], x.dirs, faults);
	}
	return e;
}

static struct run_lab_pair *parted(const struct run_lab *lab,
				   const struct run_lab_host *a,
				   const struct run_lab_host *b)
{
	list_each (node, &lab->pairs) {
		struct run_lab_pair *p =
			list_entry(node, struct run_lab_pair, pairs);

		if ((p->a == a && p->b == b) || (p->a == b && p->b == a))
			return p;
	}
	return NULL;
}

static int part(struct run_lab *lab, struct run_lab_host *a,
		struct run_lab_host *b)
{
	struct run_lab_pair *p;
	int e;

	if (parted(lab, a, b))
		return 0;
	p = malloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	e = ostia_switch_part(lab->hub, a->wire, b->wire, 1);
	if (e) {
		free(p);
		return e;
	}
	p->a = a;
	p->b = b;
	list_push(&lab->pairs, &p->pairs);
	return 0;
}

static void join_again(struct run_lab *lab, struct run_lab_host *a,
		       struct run_lab_host *b)
{
	struct run_lab_pair *p = parted(lab, a, b);

	if (!p)
		return;
	(void)ostia_switch_part(lab->hub, a->wire, b->wire, 0);
	list_remove(&p->pairs);
	free(p);
}

static void cut_wire(struct run_lab_host *h, unsigned dirs, bool cut)
{
	if (cut) {
		ostia_wire_cut(h->wire, dirs);
		h->cut |= dirs;
	} else {
		ostia_wire_heal(h->wire, dirs);
		h->cut &= ~dirs;
	}
}

static void heal_all(struct run_lab *lab)
{
	forget_pairs(lab, NULL);
	list_each (node, &lab->hosts)
		cut_wire(list_entry(node, struct run_lab_host, hosts),
			 OSTIA_WIRE_BOTH, false);
}

int run_lab_cut(struct run_lab *lab, const char *wire, bool cut, char *err,
		size_t err_size)
{
	const struct sentence s = { err, err_size };
	struct span x = { .n = 0 };
	int e;

	if (!wire && !cut) {
		heal_all(lab);
		return 0;
	}
	e = wire ? find_span(lab, wire, &x, &s)
		 : fail(&s, -EINVAL, "which wire?");
	if (e)
		return e;
	if (x.n == 1)
		cut_wire(x.host[0], x.dirs, cut);
	else if (!cut)
		join_again(lab, x.host[0], x.host[1]);
	else
		e = part(lab, x.host[0], x.host[1]);
	return e ? fail(&s, e, "%s: %s", wire, strerror(-e)) : 0;
}

/* ---- showing ---- */

uint64_t run_lab_dropped(const struct ostia_wire_stats *s)
{
	return s->lost + s->burst + s->limit + s->mtu + s->cut + s->nomem;
}

uint64_t run_lab_lost(const struct run_lab_host *h)
{
	uint64_t n = 0;

	for (unsigned dir = 0; dir < 2; dir++) {
		struct ostia_wire_stats s;

		ostia_wire_stats(h->wire, dir, &s);
		n += run_lab_dropped(&s);
	}
	return n;
}

static void show_direction(const struct run_lab_host *h, unsigned dir,
			   struct run_text *t)
{
	struct ostia_wire_stats s;

	ostia_wire_stats(h->wire, dir, &s);
	run_text_open(t, dir ? "in" : "out", '{');
	run_text_string(t, "faults", h->link[dir]);
	run_text_bool(t, "cut", h->cut & 1u << dir);
	run_text_number(t, "packets", s.packets);
	run_text_number(t, "bytes", s.bytes);
	run_text_number(t, "delivered", s.delivered);
	run_text_number(t, "dropped", run_lab_dropped(&s));
	run_text_open(t, "dropped_by", '{');
	run_text_number(t, "loss", s.lost);
	run_text_number(t, "burst", s.burst);
	run_text_number(t, "limit", s.limit);
	run_text_number(t, "mtu", s.mtu);
	run_text_number(t, "cut", s.cut);
	run_text_number(t, "memory", s.nomem);
	run_text_close(t, '}');
	run_text_number(t, "duplicated", s.duplicated);
	run_text_number(t, "reordered", s.reordered);
	run_text_number(t, "corrupted", s.corrupted);
	run_text_number(t, "queued", s.queued);
	run_text_close(t, '}');
}

static void show_host(const struct run_lab_host *h, struct run_text *t,
		      void (*more)(const struct run_lab_host *,
				   struct run_text *))
{
	run_text_open(t, NULL, '{');
	run_text_string(t, "name", h->name);
	run_text_string(t, "ipv4", h->v4);
	run_text_string(t, "ipv6", h->v6);
	if (more)
		more(h, t);
	for (unsigned dir = 0; dir < 2; dir++)
		show_direction(h, dir, t);
	run_text_close(t, '}');
}

static void show_pool(const struct run_lab_pool *p, const char *key,
		      struct run_text *t)
{
	char text[ADDR_TEXT];

	with_plen(&p->net, p->plen, text);
	run_text_string(t, key, text);
}

void run_lab_show(const struct run_lab *lab, struct run_text *t,
		  void (*more)(const struct run_lab_host *, struct run_text *))
{
	run_text_string(t, "network", lab->name);
	run_text_number(t, "seed", ostia_world_seed(lab->world));
	run_text_bool(t, "uplink", lab->uplink);
	show_pool(&lab->pool[0], "ipv4", t);
	show_pool(&lab->pool[1], "ipv6", t);
	run_text_open(t, "hosts", '[');
	list_each (node, &lab->hosts)
		show_host(list_entry(node, struct run_lab_host, hosts), t,
			  more);
	run_text_close(t, ']');
	run_text_open(t, "parted", '[');
	list_each (node, &lab->pairs) {
		const struct run_lab_pair *p =
			list_entry(node, struct run_lab_pair, pairs);

		run_text_open(t, NULL, '[');
		run_text_string(t, NULL, p->a->name);
		run_text_string(t, NULL, p->b->name);
		run_text_close(t, ']');
	}
	run_text_close(t, ']');
}

/* ---- beginning and end ---- */

int run_lab_init(struct run_lab *lab, struct ostia_world *world,
		 const char *name, const char *resolv_conf)
{
	*lab = (struct run_lab) { .world = world };
	list_init(&lab->hosts);
	list_init(&lab->pairs);
	snprintf(lab->name, sizeof(lab->name), "%s", name);
	(void)addrtext_prefix("10.0.0.0/16", &lab->pool[0].net,
			      &lab->pool[0].plen);
	(void)addrtext_prefix("fd00:6f73::/64", &lab->pool[1].net,
			      &lab->pool[1].plen);
	read_resolv_conf(lab, resolv_conf);
	return ostia_switch_new(world, "hub", &lab->hub);
}

void run_lab_fini(struct run_lab *lab)
{
	while (!list_empty(&lab->hosts))
		run_lab_leave(lab, list_entry(lab->hosts.next,
					      struct run_lab_host, hosts));
	if (lab->gateway)
		host_free(lab->gateway);
	lab->gateway = NULL;
}
