/* SPDX-License-Identifier: MIT */
/*
 * getnameinfo() (RFC 3493 6.2, POSIX), with glibc's answers and errors
 */
#define _GNU_SOURCE 1
#define OSTIA_POSIX_NO_NAMES
#include "names/gai.h"

#include "base/addr.h"
#include "names/net.h"
#include "names/service.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <ostia/posix.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum {
	LINK_NAME = 16,
	OLD_IDN_FLAGS = 0xc0, /* glibc's NI_IDN_ALLOW_UNASSIGNED ... */
	KNOWN_FLAGS = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN |
		      NI_NAMEREQD | NI_DGRAM | NI_IDN | OLD_IDN_FLAGS,
};

/** struct gni - Where an answer goes */
struct gni {
	struct ostia_posix *p;
	const struct sockaddr *sa;
	char *host, *serv;
	socklen_t len, hostlen, servlen;
	int flags;
};

static int copy(char *to, size_t room, const char *text)
{
	if (strlen(text) >= room)
		return EAI_OVERFLOW;
	strcpy(to, text);
	return 0;
}

static const struct sockaddr_in6 *in6_of(const struct gni *g)
{
	return (const struct sockaddr_in6 *)(const void *)g->sa;
}

static const struct sockaddr_in *in_of(const struct gni *g)
{
	return (const struct sockaddr_in *)(const void *)g->sa;
}

/* "%eth0", or "%2" where the link has no name. */
static int append_zone(const struct gni *g)
{
	const struct sockaddr_in6 *in6 = in6_of(g);
	size_t used = strlen(g->host);
	char text[LINK_NAME + 1] = "%";

	if (!in6->sin6_scope_id)
		return 0;
	if (!names_gai_scoped(&in6->sin6_addr) ||
	    !names_net_link(g->p->proc, in6->sin6_scope_id, text + 1))
		snprintf(text, sizeof(text), "%%%u", in6->sin6_scope_id);
	return copy(g->host + used, g->hostlen - used, text);
}

static int numeric_host(const struct gni *g)
{
	if (g->sa->sa_family == AF_INET)
		return inet_ntop(AF_INET, &in_of(g)->sin_addr, g->host,
				 g->hostlen)
			       ? 0
			       : EAI_OVERFLOW;
	if (!inet_ntop(AF_INET6, &in6_of(g)->sin6_addr, g->host, g->hostlen))
		return EAI_OVERFLOW;
	return append_zone(g);
}

/* NI_NOFQDN: a host's name ends at its first dot. */
static int named_host(const struct gni *g)
{
	struct ostia_addr a = g->sa->sa_family == AF_INET
				      ? addr_v4(&in_of(g)->sin_addr)
				      : addr_v6(&in6_of(g)->sin6_addr);
	char name[OSTIA_NAME_TEXT];
	int err = EAI_NONAME;

	if (addr_is_loopback(&a)) {
		strcpy(name, "localhost");
		err = 0;
	} else if (g->p->ops->reverse) {
		err = g->p->ops->reverse(g->p->ctx, &a, name, sizeof(name));
	}
	if (err)
		return err;
	if (g->flags & NI_NOFQDN)
		name[strcspn(name, ".")] = '\0';
	return copy(g->host, g->hostlen, name);
}

static int inet_host(const struct gni *g)
{
	if (!(g->flags & NI_NUMERICHOST)) {
		int err = named_host(g);

		if (err != EAI_NONAME && err != EAI_NODATA)
			return err;
	}
	return g->flags & NI_NAMEREQD ? EAI_NONAME : numeric_host(g);
}

static int host(const struct gni *g)
{
	if (!g->host || !g->hostlen)
		return 0;
	if (g->sa->sa_family != AF_LOCAL)
		return inet_host(g);
	return g->flags & NI_NAMEREQD && g->flags & NI_NUMERICHOST
		       ? EAI_NONAME
		       : copy(g->host, g->hostlen, "localhost");
}

/* A path need not be terminated (unix(7)). */
static int local_path(const struct gni *g)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1] = "";
	size_t n = g->len - offsetof(struct sockaddr_un, sun_path);

	memcpy(path, g->sa->sa_data, n < sizeof(path) ? n : sizeof(path) - 1);
	return copy(g->serv, g->servlen, path);
}

static int serv(const struct gni *g)
{
	const char *name = NULL;
	uint16_t port;
	char text[8];

	if (!g->serv || !g->servlen)
		return 0;
	if (g->sa->sa_family == AF_LOCAL)
		return local_path(g);
	port = ntohs(in_of(g)->sin_port); /* at one place in both */
	if (!(g->flags & NI_NUMERICSERV))
		name = names_service_name(port,
					  g->flags & NI_DGRAM ? "udp" : "tcp");
	snprintf(text, sizeof(text), "%u", port);
	return copy(g->serv, g->servlen, name ? name : text);
}

static int check(const struct gni *g)
{
	if (g->flags & ~KNOWN_FLAGS)
		return EAI_BADFLAGS;
	if (!g->sa || g->len < sizeof(sa_family_t))
		return EAI_FAMILY;
	if (g->flags & NI_NAMEREQD && !g->host && !g->serv)
		return EAI_NONAME;
	switch (g->sa->sa_family) {
	case AF_LOCAL:
		return 0;
	case AF_INET:
		return g->len < sizeof(struct sockaddr_in) ? EAI_FAMILY : 0;
	case AF_INET6:
		return g->len < sizeof(struct sockaddr_in6) ? EAI_FAMILY : 0;
	default:
		return EAI_FAMILY;
	}
}

int ostia_posix_getnameinfo(const struct sockaddr *sa, socklen_t len,
			    char *host_out, socklen_t hostlen, char *serv_out,
			    socklen_t servlen, int flags)
{
	const struct gni g = { ostia_posix_current(),
			       sa,
			       host_out,
			       serv_out,
			       len,
			       hostlen,
			       servlen,
			       flags };
	int err;

	if (!g.p)
		return getnameinfo(sa, len, host_out, hostlen, serv_out,
				   servlen, flags);
	err = check(&g);
	err = err ? err : host(&g);
	return err ? err : serv(&g);
}
