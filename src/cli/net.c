/* SPDX-License-Identifier: MIT */
#include "cli/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_S = 20 };

static struct ostia_runtime *runtime; /* of the command; NULL: in a world */

int net_take(void *to, const char *word, const char *value)
{
	struct net *net = to;
	size_t room = sizeof(net->text) - net->len;
	int n;

	if (!*value || strpbrk(value, " \t\n")) {
		fprintf(stderr, "ostia: --%s '%s': one word, without blanks\n",
			word, value);
		return -EINVAL;
	}
	n = snprintf(net->text + net->len, room, "%s%s=%s", net->len ? " " : "",
		     word, value);
	if (n < 0 || (size_t)n >= room) {
		fprintf(stderr,
			"ostia: --%s %s: the network's description is too "
			"long\n",
			word, value);
		return -E2BIG;
	}
	net->len += (size_t)n;
	return 0;
}

int net_start(const struct net *net, const char *name,
	      struct ostia_runtime **out)
{
	struct ostia_runtime_config cfg = { .net = net->text };
	char why[512];
	int err;

	if (!net->len)
		cfg.net = getenv("OSTIA_NET");
	if (!cfg.net || !*cfg.net) {
		fprintf(stderr,
			"%s: no network: write --tap NAME --addr 10.99.0.2/24 "
			"(or set OSTIA_NET); see %s --help\n",
			name, name);
		return -EINVAL;
	}
	err = ostia_runtime_new(&cfg, out, why, sizeof(why));
	if (err) {
		fprintf(stderr, "%s: %s\n", name, *why ? why : strerror(-err));
		return err;
	}
	if (ostia_runtime_settle(*out, SETTLE_S * OSTIA_S))
		fprintf(stderr,
			"%s: nobody told us an address in %d s; "
			"going on without\n",
			name, SETTLE_S);
	ostia_runtime_posix(*out);
	runtime = *out;
	return 0;
}

/* --- names --------------------------------------------------------------- */

static int nobody_to_ask(const char *name, const char *host)
{
	fprintf(stderr,
		"%s: %s: no DNS server to ask for the name: add --dns ADDRESS "
		"(dns= in OSTIA_NET), or write a numeric address\n",
		name, host);
	return EXIT_OURS;
}

static const char *server_text(const struct ostia_dns *dns, unsigned i,
			       char *buf, size_t size)
{
	const uint8_t *b = dns->server[i].b;
	bool v4 = !memcmp(b, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);

	return inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? b + 12 : b, buf,
			 (socklen_t)size);
}

static int no_such_name(const char *name, const char *host, int err)
{
	char server[INET6_ADDRSTRLEN];
	struct ostia_dns dns = { 0 };

	if (runtime)
		ostia_runtime_dns(runtime, &dns);
	if (!dns.servers)
		return nobody_to_ask(name, host);
	server_text(&dns, 0, server, sizeof(server));
	if (err == EAI_AGAIN)
		fprintf(stderr,
			"%s: %s: no answer from DNS server %s%s: is it there, "
			"is there a way to it (--gw), does it serve us?\n",
			name, host, server,
			dns.servers > 1 ? " and the others" : "");
	else
		fprintf(stderr, "%s: %s: %s, says DNS server %s\n", name, host,
			err == EAI_NODATA   ? "no address of this family"
			: err == EAI_NONAME ? "no such name"
					    : gai_strerror(err),
			server);
	return 1;
}

/* Could somebody have meant a name? */
static bool is_name(const char *host)
{
	return host && !strchr(host, ':') &&
	       strspn(host, "0123456789.") != strlen(host);
}

int net_resolve(const char *name, const char *host, const char *port,
		const struct addrinfo *hints, struct addrinfo **out)
{
	int err = getaddrinfo(host, port, hints, out);

	if (!err)
		return 0;
	if (is_name(host) && (err == EAI_NONAME || err == EAI_NODATA ||
			      err == EAI_AGAIN || err == EAI_FAIL))
		return no_such_name(name, host, err);
	fprintf(stderr, "%s: %s%s%s: %s (write an address%s or a name%s)\n",
		name, host ? host : "any address", port ? " port " : "",
		port ? port : "", gai_strerror(err),
		hints->ai_family == AF_INET    ? " of IPv4"
		: hints->ai_family == AF_INET6 ? " of IPv6"
					       : "",
		port ? ", and a port's number or service" : "");
	return EXIT_OURS;
}
