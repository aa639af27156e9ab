/* SPDX-License-Identifier: MIT */
/*
 * tests/api/names.c - getaddrinfo() and getnameinfo() for numbers: one program
 * for glibc and for a stack [A3]
 *
 * As tests/api/table.c: tests/api/table.py compares. Every node with every
 * service and every kind of hints, every address with every room and flags:
 *
 *	gai/127.0.0.1/80/stream: 1 2.1.6 127.0.0.1 80 |
 *	gni/fd99::1%0/80/host10: EAI_OVERFLOW
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *error_name(int err)
{
	switch (err) {
	case EAI_BADFLAGS:
		return "EAI_BADFLAGS";
	case EAI_NONAME:
		return "EAI_NONAME";
	case EAI_FAMILY:
		return "EAI_FAMILY";
	case EAI_SOCKTYPE:
		return "EAI_SOCKTYPE";
	case EAI_SERVICE:
		return "EAI_SERVICE";
	case EAI_OVERFLOW:
		return "EAI_OVERFLOW";
	case EAI_ADDRFAMILY:
		return "EAI_ADDRFAMILY";
	case EAI_NODATA:
		return "EAI_NODATA";
	case EAI_AGAIN:
		return "EAI_AGAIN";
	case EAI_FAIL:
		return "EAI_FAIL";
	case EAI_MEMORY:
		return "EAI_MEMORY";
	case EAI_SYSTEM:
		return "EAI_SYSTEM";
	default:
		return "EAI_?";
	}
}

/* ---- getaddrinfo ---- */

static const char *const nodes[] = {
	NULL,	      "*",	    "127.0.0.1",  "10.99.0.1",
	"127.1",      "0x7f.1",	    "2130706433", "255.255.255.255",
	"::1",	      "fd99::1",    "::",	  "::ffff:1.2.3.4",
	"fe80::1",    "fe80::1%lo", "fe80::1%1",  "fd99::1%7",
	"ff02::1%lo",
};

static const char *const bad_nodes[] = {
	"256.1",
	"1.2.3.4.5",
	"1.2.3.4 ",
	"fe80::1%nope",
	"fe80::1%",
	"fd99::1%lo",
	"fe80::1%99999999999",
	"1:2",
	"[::1]",
	"",
	"name.example",
};

static const char *const services[] = {
	NULL, "", "80", "0", " 80", "+80", "65535", "65616", "http", "domain",
};

static const char *const bad_services[] = {
	"*", "-1", "80x", "0x50", "ntp", "nosuch", "HTTP",
};

static const struct hints {
	const char *name;
	int family, type, protocol, flags;
} hints[] = {
	{ "any", 0, 0, 0, AI_NUMERICHOST },
	{ "stream", 0, SOCK_STREAM, 0, AI_NUMERICHOST },
	{ "dgram", 0, SOCK_DGRAM, 0, AI_NUMERICHOST },
	{ "raw", 0, SOCK_RAW, 0, AI_NUMERICHOST },
	{ "rawicmp", 0, SOCK_RAW, IPPROTO_ICMP, AI_NUMERICHOST },
	{ "seqpacket", 0, SOCK_SEQPACKET, 0, AI_NUMERICHOST },
	{ "dccp", 0, 6, 0, AI_NUMERICHOST },
	{ "badtype", 0, 77, 0, AI_NUMERICHOST },
	{ "tcp", 0, 0, IPPROTO_TCP, AI_NUMERICHOST },
	{ "udplite", 0, 0, IPPROTO_UDPLITE, AI_NUMERICHOST },
	{ "sctp", 0, 0, IPPROTO_SCTP, AI_NUMERICHOST },
	{ "icmp", 0, 0, IPPROTO_ICMP, AI_NUMERICHOST },
	{ "streamudp", 0, SOCK_STREAM, IPPROTO_UDP, AI_NUMERICHOST },
	{ "streamsctp", 0, SOCK_STREAM, IPPROTO_SCTP, AI_NUMERICHOST },
	{ "v4", AF_INET, SOCK_STREAM, 0, AI_NUMERICHOST },
	{ "v6", AF_INET6, SOCK_STREAM, 0, AI_NUMERICHOST },
	{ "unix", AF_UNIX, SOCK_STREAM, 0, AI_NUMERICHOST },
	{ "v6mapped", AF_INET6, SOCK_STREAM, 0, AI_NUMERICHOST | AI_V4MAPPED },
	{ "v6all", AF_INET6, SOCK_STREAM, 0,
	  AI_NUMERICHOST | AI_V4MAPPED | AI_ALL },
	{ "v4mapped", AF_INET, SOCK_STREAM, 0, AI_NUMERICHOST | AI_V4MAPPED },
	{ "passive", 0, SOCK_STREAM, 0, AI_NUMERICHOST | AI_PASSIVE },
	{ "passive4", AF_INET, SOCK_STREAM, 0, AI_NUMERICHOST | AI_PASSIVE },
	{ "passive6", AF_INET6, 0, 0, AI_NUMERICHOST | AI_PASSIVE },
	{ "canon", 0, SOCK_STREAM, 0, AI_NUMERICHOST | AI_CANONNAME },
	{ "numserv", 0, SOCK_STREAM, 0, AI_NUMERICHOST | AI_NUMERICSERV },
	{ "badflags", 0, SOCK_STREAM, 0, AI_NUMERICHOST | 0x4000 },
	{ "idn", 0, SOCK_STREAM, 0, AI_NUMERICHOST | AI_IDN },
};

static void print_addr(const struct addrinfo *ai)
{
	const struct sockaddr_in6 *in6 = (const void *)ai->ai_addr;
	const struct sockaddr_in *in = (const void *)ai->ai_addr;
	char text[INET6_ADDRSTRLEN];

	if (ai->ai_family == AF_INET && ai->ai_addrlen == sizeof(*in) &&
	    in->sin_family == AF_INET)
		printf(" %s %u",
		       inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)),
		       ntohs(in->sin_port));
	else if (ai->ai_family == AF_INET6 && ai->ai_addrlen == sizeof(*in6) &&
		 in6->sin6_family == AF_INET6 && !in6->sin6_flowinfo)
		printf(" %s%%%u %u",
		       inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)),
		       in6->sin6_scope_id, ntohs(in6->sin6_port));
	else
		printf(" an address that is none");
}

static void print_list(const struct addrinfo *list)
{
	int n = 0;

	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
		n++;
	printf("%d", n);
	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		printf(" %d.%d.%d.%x", ai->ai_family, ai->ai_socktype,
		       ai->ai_protocol, (unsigned)ai->ai_flags);
		print_addr(ai);
		if (ai->ai_canonname)
			printf(" (%s)", ai->ai_canonname);
		printf(" |");
	}
	putchar('\n');
}

static const char *shown(const char *s)
{
	return s ? s : "NULL";
}

static void forward(const char *kind, const char *node, const char *service,
		    const struct hints *h)
{
	const struct addrinfo want = { .ai_family = h->family,
				       .ai_socktype = h->type,
				       .ai_protocol = h->protocol,
				       .ai_flags = h->flags };
	struct addrinfo *list = NULL;
	int err = getaddrinfo(node, service, &want, &list);

	printf("%s/%s/%s/%s: ", kind, shown(node), shown(service), h->name);
	if (err) {
		puts(error_name(err));
		return;
	}
	print_list(list);
	freeaddrinfo(list);
}

static void all(const char *kind, const char *const *node, size_t n,
		const char *const *service, size_t m)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			for (size_t k = 0; k < COUNT(hints); k++)
				forward(kind, node[i], service[j], &hints[k]);
}

/* ---- getnameinfo ---- */

static const struct address {
	const char *text;
	int family, port;
	uint32_t zone;
} addresses[] = {
	{ "10.99.0.1", AF_INET, 80, 0 },
	{ "0.0.0.0", AF_INET, 0, 0 },
	{ "255.255.255.255", AF_INET, 65535, 0 },
	{ "fd99::1", AF_INET6, 53, 0 },
	{ "fd99::1", AF_INET6, 123, 7 },
	{ "fe80::1", AF_INET6, 80, 1 },
	{ "ff02::1", AF_INET6, 80, 1 },
	{ "fe80::1", AF_INET6, 80, 4711 },
	{ "::ffff:1.2.3.4", AF_INET6, 1, 0 },
	{ "a.path", AF_UNIX, 0, 0 },
	{ "short", -1, 0, 0 }, /* a length too short */
	{ "none", AF_APPLETALK, 0, 0 },
};

static const struct room {
	const char *name;
	socklen_t host, serv;
} rooms[] = {
	{ "both", 100, 100 }, { "host", 100, 0 },  { "serv", 0, 100 },
	{ "none", 0, 0 },     { "host7", 7, 100 }, { "host10", 10, 0 },
	{ "serv2", 100, 2 },  { "serv3", 0, 3 },   { "host1", 1, 1 },
};

static const struct flags {
	const char *name;
	int flags;
} flags[] = {
	{ "numeric", NI_NUMERICHOST | NI_NUMERICSERV },
	{ "service", NI_NUMERICHOST },
	{ "dgram", NI_NUMERICHOST | NI_DGRAM },
	{ "namereqd", NI_NUMERICHOST | NI_NAMEREQD },
	{ "nofqdn", NI_NUMERICHOST | NI_NOFQDN },
	{ "badflags", NI_NUMERICHOST | 0x4000 },
};

static socklen_t make_address(const struct address *a, void *out)
{
	struct sockaddr_in6 *in6 = out;
	struct sockaddr_in *in = out;
	struct sockaddr_un *un = out;

	memset(out, 0, sizeof(struct sockaddr_un));
	in->sin_port = htons((uint16_t)a->port);
	in->sin_family = (sa_family_t)(a->family < 0 ? AF_INET6 : a->family);
	if (a->family == AF_INET) {
		inet_pton(AF_INET, a->text, &in->sin_addr);
		return sizeof(*in);
	}
	if (a->family == AF_UNIX) {
		strcpy(un->sun_path, a->text);
		return sizeof(*un);
	}
	inet_pton(AF_INET6, a->text, &in6->sin6_addr);
	in6->sin6_scope_id = a->zone;
	return a->family < 0 ? sizeof(*in) : sizeof(*in6);
}

static void backward(const struct address *a, const struct room *r,
		     const struct flags *f)
{
	struct sockaddr_un sa;
	socklen_t len = make_address(a, &sa);
	char host[100] = "-", serv[100] = "-";
	int err =
		getnameinfo((struct sockaddr *)&sa, len, r->host ? host : NULL,
			    r->host, r->serv ? serv : NULL, r->serv, f->flags);

	printf("gni/%s.%u/%s/%s: ", a->text, a->zone, r->name, f->name);
	if (err)
		puts(error_name(err));
	else
		printf("0 %s %s\n", host, serv);
}

int table_main(void)
{
	all("gai", nodes, COUNT(nodes), services, COUNT(services));
	all("bad", bad_nodes, COUNT(bad_nodes), services, 3);
	all("odd", nodes, 4, bad_services, COUNT(bad_services));
	for (size_t i = 0; i < COUNT(addresses); i++)
		for (size_t j = 0; j < COUNT(rooms); j++)
			for (size_t k = 0; k < COUNT(flags); k++)
				backward(&addresses[i], &rooms[j], &flags[k]);
	return 0;
}
