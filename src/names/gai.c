/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo(), freeaddrinfo(), gethostbyname() (RFC 3493 6.1, POSIX)
 *
 * Answers, and errors in their order, are glibc's: tests/api/names compares.
 * What differs: services are those of names/service.c, results are ordered by
 * RFC 6724 (ip/select; glibc has RFC 3484), and AI_IDN takes ASCII alone.
 *
 * Memory is taken when all calls that may block are over: a task of a world
 * can end in any of them, and leaves nothing behind.
 */
#define _GNU_SOURCE 1
#define OSTIA_POSIX_NO_NAMES
#include "names/gai.h"

#include "base/addr.h"
#include "ip/select.h"
#include "names/net.h"
#include "names/service.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <ostia/posix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OLD_IDN_FLAGS = 0x300, /* glibc's AI_IDN_ALLOW_UNASSIGNED ... */
	KNOWN_FLAGS = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST |
		      AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL | AI_NUMERICSERV |
		      AI_IDN | AI_CANONIDN | OLD_IDN_FLAGS,
	KINDS = 7,
	TYPE_DCCP = 6, /* SOCK_DCCP */
};

/** struct kind - A type of socket and its protocol, as glibc orders them */
static const struct kind {
	int type, protocol;
	bool any_protocol, no_service, usual;
	const char *name;
} kinds[KINDS] = {
	{ SOCK_STREAM, IPPROTO_TCP, false, false, true, "tcp" },
	{ SOCK_DGRAM, IPPROTO_UDP, false, false, true, "udp" },
	{ TYPE_DCCP, IPPROTO_DCCP, false, false, false, "dccp" },
	{ SOCK_DGRAM, IPPROTO_UDPLITE, false, false, false, "udplite" },
	{ SOCK_STREAM, IPPROTO_SCTP, false, false, false, "sctp" },
	{ SOCK_SEQPACKET, IPPROTO_SCTP, false, false, false, "sctp" },
	{ SOCK_RAW, 0, true, true, true, "raw" },
};

/** struct door - A kind that is asked for, and the service's port there */
struct door {
	int type, protocol;
	uint16_t port;
};

/**
 * struct gai - A call
 * @family:	hints' after AI_ADDRCONFIG
 * @dst, @families: addresses found, how they will be told; dst's index leads
 *		from one to the other
 * @canonical:	NULL: @node
 */
struct gai {
	struct ostia_posix *p;
	const char *node;
	int flags, family, type, protocol;
	struct door doors[KINDS];
	unsigned ndoors;
	struct select_dest dst[OSTIA_NAMES_MAX];
	int families[OSTIA_NAMES_MAX];
	unsigned ndst;
	const char *canonical;
	struct ostia_names found;
};

/* ---- services ---- */

static bool kind_fits(const struct gai *g, const struct kind *k)
{
	return (!g->type || g->type == k->type) &&
	       (!g->protocol || k->any_protocol || g->protocol == k->protocol);
}

/* The first kind that is asked for: 0, EAI_SOCKTYPE, EAI_SERVICE. NULL: any */
static int first_kind(const struct gai *g, const struct kind **out)
{
	*out = NULL;
	if (!g->type && !g->protocol)
		return 0;
	for (unsigned i = 0; i < KINDS; i++)
		if (kind_fits(g, &kinds[i])) {
			*out = &kinds[i];
			return 0;
		}
	return g->type ? EAI_SOCKTYPE : EAI_SERVICE;
}

static void add_door(struct gai *g, const struct kind *k, int port)
{
	g->doors[g->ndoors++] =
		(struct door) { k->type,
				k->any_protocol ? g->protocol : k->protocol,
				(uint16_t)port };
}

static int doors_by_number(struct gai *g, const struct kind *only, int port)
{
	if (only)
		add_door(g, only, port);
	for (unsigned i = 0; i < KINDS && !only; i++)
		if (kinds[i].usual)
			add_door(g, &kinds[i], port);
	return 0;
}

static int doors_by_name(struct gai *g, const struct kind *only,
			 const char *service)
{
	for (unsigned i = 0; i < KINDS; i++) {
		const struct kind *k = only ? only : &kinds[i];
		int port = k->no_service ? -1
					 : names_service_port(service, k->name);

		if (port >= 0)
			add_door(g, k, port);
		if (only)
			break;
	}
	return g->ndoors ? 0 : EAI_SERVICE;
}

/* As strtoul() reads it, cut to an int as glibc does: "65616" is port 80. */
static bool service_number(const char *service, int *port)
{
	char *end;

	*port = (int)strtoul(service, &end, 10);
	return !*end;
}

static int find_doors(struct gai *g, const char *service)
{
	const struct kind *only;
	int port = 0, err = first_kind(g, &only);

	if (err)
		return err;
	if (!service || !*service)
		return doors_by_number(g, only, 0);
	if (only && only->no_service)
		return EAI_SERVICE;
	if (service_number(service, &port) && port >= 0)
		return doors_by_number(g, only, port);
	return doors_by_name(g, only, service);
}

/* ---- addresses ---- */

static void add_addr(struct gai *g, int family, const struct ostia_addr *a,
		     uint32_t zone)
{
	if (g->ndst == OSTIA_NAMES_MAX)
		return;
	g->families[g->ndst] = family;
	g->dst[g->ndst] = (struct select_dest) { .addr = *a,
						 .zone = zone,
						 .index = g->ndst };
	g->ndst++;
}

/* Nobody's name: any address (IPv4 first, as glibc's rules have it), or
 * without AI_PASSIVE the loopback's.
 */
static int no_node(struct gai *g)
{
	static const uint8_t any[4], one[4] = { 127, 0, 0, 1 };
	bool passive = g->flags & AI_PASSIVE;
	struct ostia_addr v4 = addr_v4(passive ? any : one);
	struct ostia_addr v6 = { .b[15] = !passive };

	if (passive && g->family != AF_INET6)
		add_addr(g, AF_INET, &v4, 0);
	if (g->family != AF_INET)
		add_addr(g, AF_INET6, &v6, 0);
	if (!passive && g->family != AF_INET6)
		add_addr(g, AF_INET, &v4, 0);
	return 0;
}

/* inet_aton()'s forms ("127.1", "0x7f.1"), with nothing behind. */
static bool is_v4(const char *s, struct in_addr *a)
{
	return !strpbrk(s, " \t\n\v\f\r") && inet_aton(s, a);
}

static int numeric_v4(struct gai *g, const struct in_addr *in)
{
	struct ostia_addr a = addr_v4(in);

	if (g->family == AF_INET6 && !(g->flags & AI_V4MAPPED))
		return EAI_ADDRFAMILY;
	add_addr(g, g->family == AF_INET6 ? AF_INET6 : AF_INET, &a, 0);
	return 0;
}

bool names_gai_scoped(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MC_LINKLOCAL(a);
}

/* What stands behind '%': a link's name, or a number. */
static bool read_zone(struct gai *g, const struct in6_addr *a, const char *s,
		      uint32_t *zone)
{
	unsigned long long n;
	char *end;

	*zone = names_gai_scoped(a) ? names_net_index(g->p->proc, s) : 0;
	if (*zone)
		return true;
	if (!isdigit((unsigned char)*s))
		return false;
	n = strtoull(s, &end, 10);
	*zone = (uint32_t)n;
	return !*end && n <= UINT32_MAX;
}

static bool is_v6(const char *node, const char *percent, struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = percent ? (size_t)(percent - node) : strlen(node);

	if (n >= sizeof(text))
		return false;
	memcpy(text, node, n);
	text[n] = '\0';
	return inet_pton(AF_INET6, text, a) == 1;
}

static int numeric_v6(struct gai *g, const struct in6_addr *in,
		      const char *percent)
{
	struct ostia_addr a = addr_v6(in);
	uint32_t zone = 0;

	if (g->family == AF_INET && !IN6_IS_ADDR_V4MAPPED(in))
		return EAI_ADDRFAMILY;
	if (percent && !read_zone(g, in, percent + 1, &zone))
		return EAI_NONAME;
	add_addr(g, g->family == AF_INET ? AF_INET : AF_INET6, &a, zone);
	return 0;
}

/* Return: 0, EAI_*, or 1: it is no number. */
static int numeric(struct gai *g)
{
	const char *percent = strchr(g->node, '%');
	struct in6_addr v6;
	struct in_addr v4;

	if (is_v4(g->node, &v4))
		return numeric_v4(g, &v4);
	if (is_v6(g->node, percent, &v6))
		return numeric_v6(g, &v6, percent);
	return 1;
}

/* ---- names ---- */

/* Does @name equal @tail, or end with a dot and it? */
static bool is_below(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	if (n && name[n - 1] == '.')
		n--;
	if (n < t || strncasecmp(name + n - t, tail, t))
		return false;
	return n == t || name[n - t - 1] == '.';
}

static int find_loopback(int family, struct ostia_names *out)
{
	static const uint8_t one[4] = { 127, 0, 0, 1 };

	if (family != AF_INET)
		out->addr[out->count++] = (struct ostia_addr) { .b[15] = 1 };
	if (family != AF_INET6)
		out->addr[out->count++] = addr_v4(one);
	return 0;
}

/* Blanks, backslashes and what is not ASCII are in no host's name. */
static bool may_be_name(const char *s)
{
	for (const char *c = s; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '\\')
			return false;
	return *s;
}

int names_gai_find(struct ostia_posix *p, const char *name, int family,
		   struct ostia_names *out)
{
	out->count = 0;
	out->canonical[0] = '\0';
	if (!may_be_name(name) || is_below(name, "invalid"))
		return EAI_NONAME;
	if (is_below(name, "localhost"))
		return find_loopback(family, out);
	if (!p->ops->lookup)
		return EAI_AGAIN;
	return p->ops->lookup(p->ctx, name, family, out);
}

static bool has_v6(const struct ostia_names *n)
{
	for (unsigned i = 0; i < n->count; i++)
		if (!addr_is_v4(&n->addr[i]))
			return true;
	return false;
}

/* AI_V4MAPPED: IPv4 addresses stand in for IPv6 ones where there are none,
 * with AI_ALL beside them, too.
 */
static void take_found(struct gai *g)
{
	const struct ostia_names *n = &g->found;
	bool mapped = g->family == AF_INET6;
	bool no_v4 = mapped && has_v6(n) && !(g->flags & AI_ALL);

	for (unsigned i = 0; i < n->count; i++) {
		bool v4 = addr_is_v4(&n->addr[i]);

		if (!v4 || !no_v4)
			add_addr(g, v4 && !mapped ? AF_INET : AF_INET6,
				 &n->addr[i], 0);
	}
	if (n->canonical[0])
		g->canonical = n->canonical;
}

static int named(struct gai *g)
{
	bool map = g->family == AF_INET6 && g->flags & AI_V4MAPPED;
	int err;

	if (g->flags & AI_NUMERICHOST)
		return EAI_NONAME;
	err = names_gai_find(g->p, g->node, map ? AF_UNSPEC : g->family,
			     &g->found);
	if (err)
		return err;
	take_found(g);
	return 0;
}

static bool is_ascii(const char *s)
{
	while (*s > 0)
		s++;
	return !*s;
}

static int find_addrs(struct gai *g)
{
	int err;

	if (!g->node)
		return no_node(g);
	if (g->flags & AI_IDN && !is_ascii(g->node))
		return EAI_IDN_ENCODE;
	err = numeric(g);
	return err == 1 ? named(g) : err;
}

/* ---- their order ---- */

static void put_in_order(struct gai *g)
{
	if (g->ndst > 1 && !addr_is_any(&g->dst[0].addr))
		names_net_order(g->p->proc, g->dst, g->ndst);
}

/* ---- the answer ---- */

/* As glibc lays it out: one piece of memory with the address in it, and one
 * for the name; so whoever calls libc's freeaddrinfo() frees it, too.
 */
static struct addrinfo *new_info(const struct gai *g,
				 const struct select_dest *d,
				 const struct door *door)
{
	int family = g->families[d->index];
	bool v4 = family == AF_INET;
	struct addrinfo *ai =
		calloc(1, sizeof(*ai) + sizeof(struct sockaddr_in6));
	struct sockaddr_in6 *in6;
	struct sockaddr_in *in;

	if (!ai)
		return NULL;
	in6 = (struct sockaddr_in6 *)(void *)(ai + 1);
	in = (struct sockaddr_in *)(void *)(ai + 1);
	ai->ai_flags = g->flags;
	ai->ai_family = family;
	ai->ai_socktype = door->type;
	ai->ai_protocol = door->protocol;
	ai->ai_addrlen = v4 ? sizeof(*in) : sizeof(*in6);
	ai->ai_addr = (struct sockaddr *)(ai + 1);
	ai->ai_addr->sa_family = (sa_family_t)family;
	in->sin_port = htons(door->port); /* at one place in both */
	if (v4) {
		memcpy(&in->sin_addr, d->addr.b + 12, 4);
		return ai;
	}
	memcpy(&in6->sin6_addr, d->addr.b, 16);
	in6->sin6_scope_id = d->zone;
	return ai;
}

static void free_answer(struct addrinfo *ai)
{
	while (ai) {
		struct addrinfo *next = ai->ai_next;

		free(ai->ai_canonname);
		free(ai);
		ai = next;
	}
}

static int answer(const struct gai *g, struct addrinfo **res)
{
	struct addrinfo *first = NULL, **end = &first;

	for (unsigned i = 0; i < g->ndst; i++)
		for (unsigned j = 0; j < g->ndoors; j++) {
			*end = new_info(g, &g->dst[i], &g->doors[j]);
			if (!*end)
				goto no_memory;
			end = &(*end)->ai_next;
		}
	if (g->flags & AI_CANONNAME) {
		first->ai_canonname =
			strdup(g->canonical ? g->canonical : g->node);
		if (!first->ai_canonname)
			goto no_memory;
	}
	*res = first;
	return 0;
no_memory:
	free_answer(first);
	return EAI_MEMORY;
}

void ostia_posix_freeaddrinfo(struct addrinfo *ai)
{
	if (ostia_posix_current())
		free_answer(ai);
	else if (ai)
		freeaddrinfo(ai);
}

/* ---- the call ---- */

static int check(struct gai *g, const struct addrinfo *hints,
		 const char *service)
{
	if (!g->node && !service)
		return EAI_NONAME;
	g->flags = AI_V4MAPPED | AI_ADDRCONFIG;
	if (hints) {
		g->flags = hints->ai_flags;
		g->family = hints->ai_family;
		g->type = hints->ai_socktype;
		g->protocol = hints->ai_protocol;
	}
	if (g->flags & ~KNOWN_FLAGS)
		return EAI_BADFLAGS;
	if (g->flags & AI_CANONNAME && !g->node)
		return EAI_BADFLAGS;
	if (g->family && g->family != AF_INET && g->family != AF_INET6)
		return EAI_FAMILY;
	return 0;
}

/* AI_ADDRCONFIG: families of which we have no address are not asked for. */
static int narrow(struct gai *g)
{
	bool v4, v6;

	if (!(g->flags & AI_ADDRCONFIG))
		return 0;
	names_net_families(g->p->proc, &v4, &v6);
	if (!g->family && v4 != v6)
		g->family = v4 ? AF_INET : AF_INET6;
	if ((g->family == AF_INET && !v4) || (g->family == AF_INET6 && !v6))
		return EAI_NONAME;
	return 0;
}

static int get(struct gai *g, const char *service, const struct addrinfo *hints)
{
	int port, err = check(g, hints, service);

	err = err ? err : narrow(g);
	if (!err && service && *service && g->flags & AI_NUMERICSERV &&
	    !service_number(service, &port))
		err = EAI_NONAME;
	err = err ? err : find_doors(g, service);
	err = err ? err : find_addrs(g);
	if (!err)
		put_in_order(g);
	return err;
}

static const char *unless_star(const char *s)
{
	return s && !strcmp(s, "*") ? NULL : s;
}

int ostia_posix_getaddrinfo(const char *node, const char *service,
			    const struct addrinfo *hints, struct addrinfo **res)
{
	struct ostia_posix *p = ostia_posix_current();
	struct gai g = { .p = p, .node = unless_star(node) };
	int err;

	if (!p)
		return getaddrinfo(node, service, hints, res);
	err = get(&g, unless_star(service), hints);
	return err ? err : answer(&g, res);
}

/* ---- gethostbyname() ---- */

/** struct host - A thread's last answer */
struct host {
	struct hostent ent;
	char name[OSTIA_NAME_TEXT];
	char *aliases[1];
	char *list[OSTIA_NAMES_MAX + 1];
	uint8_t addr[OSTIA_NAMES_MAX][4];
};

static int h_error(int err)
{
	switch (err) {
	case EAI_NONAME:
		return HOST_NOT_FOUND;
	case EAI_NODATA:
		return NO_DATA;
	case EAI_AGAIN:
		return TRY_AGAIN;
	default:
		return NO_RECOVERY;
	}
}

static struct hostent *fill_host(struct host *h, const struct ostia_names *n,
				 const char *name)
{
	unsigned count = 0;

	(void)snprintf(h->name, sizeof(h->name), "%s",
		       n->canonical[0] ? n->canonical : name);
	for (unsigned i = 0; i < n->count; i++) {
		if (!addr_is_v4(&n->addr[i]))
			continue;
		memcpy(h->addr[count], n->addr[i].b + 12, 4);
		h->list[count] = (char *)h->addr[count];
		count++;
	}
	h->list[count] = NULL;
	h->aliases[0] = NULL;
	h->ent = (struct hostent) { .h_name = h->name,
				    .h_aliases = h->aliases,
				    .h_addrtype = AF_INET,
				    .h_length = 4,
				    .h_addr_list = h->list };
	return &h->ent;
}

struct hostent *ostia_posix_gethostbyname(const char *name)
{
	static _Thread_local struct host host;
	struct ostia_posix *p = ostia_posix_current();
	struct ostia_names n = { .count = 1 };
	struct in_addr a;
	int err = 0;

	if (!p)
		return gethostbyname(name);
	if (is_v4(name, &a))
		n.addr[0] = addr_v4(&a);
	else
		err = names_gai_find(p, name, AF_INET, &n);
	if (!err)
		return fill_host(&host, &n, name);
	h_errno = h_error(err);
	return NULL;
}
