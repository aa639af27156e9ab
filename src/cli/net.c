/* SPDX-License-Identifier: MIT */
#include "cli/net.h"

#include <errno.h>
#include <ostia/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_S = 10 };

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
			"%s: addr=auto: no router told us an address in %d s; "
			"going on without\n",
			name, SETTLE_S);
	ostia_runtime_posix(*out);
	return 0;
}
