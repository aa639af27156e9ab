/* SPDX-License-Identifier: MIT */
/*
 * tests/interop/early_net.c - as os/net_env.c, and Fast Open for servers, too
 */
#include <ostia/runtime.h>
#include <stdio.h>
#include <stdlib.h>

static struct ostia_runtime *runtime;

static void finish(void)
{
	ostia_runtime_finish(runtime, 10 * OSTIA_S);
}

__attribute__((constructor)) static void begin(void)
{
	static const struct ostia_setting set = { "net.ipv4.tcp_fastopen",
						  "3" };
	const struct ostia_runtime_config cfg = {
		.net = getenv("OSTIA_NET"),
		.settings = &set,
		.nsettings = 1,
	};
	char why[512];

	if (ostia_runtime_new(&cfg, &runtime, why, sizeof(why))) {
		fprintf(stderr, "OSTIA_NET: %s\n", why);
		exit(1);
	}
	ostia_runtime_posix(runtime);
	atexit(finish);
}
