/* SPDX-License-Identifier: MIT */
/*
 * os/net_env.c - the network of an unchanged program, from its environment
 *
 *	OSTIA_NET='tap=tap0 addr=10.99.0.2/24 gw=10.99.0.1' ./webserver ...
 *
 * Linked into a program that was compiled with `-include ostia/posix.h`, it
 * makes a runtime on that network before main() and lets what the program
 * sent arrive before it ends. It is no part of libostia: a library that read
 * the environment by itself would surprise.
 */
#include <ostia/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { EXIT_OURS = 125, FINISH_S = 10, SETTLE_S = 20 };

static struct ostia_runtime *runtime;

/* Other threads may be in calls still: the runtime is not freed. */
static void finish(void)
{
	if (ostia_runtime_finish(runtime, FINISH_S * OSTIA_S))
		fprintf(stderr, "ostia: a peer did not acknowledge the last "
				"bytes\n");
}

__attribute__((constructor)) static void begin(void)
{
	const char *net = getenv("OSTIA_NET");
	struct ostia_runtime_config cfg = { .net = net };
	struct rlimit files;
	char why[512];

	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		cfg.max_fds = files.rlim_cur < 1 << 20
				      ? (uint32_t)files.rlim_cur
				      : 1 << 20;
	if (!net || !*net) {
		fprintf(stderr,
			"ostia: this program needs a network: set OSTIA_NET, "
			"like OSTIA_NET='tap=tap0 addr=10.99.0.2/24 "
			"gw=10.99.0.1'\n");
		exit(EXIT_OURS);
	}
	if (ostia_runtime_new(&cfg, &runtime, why, sizeof(why))) {
		fprintf(stderr, "ostia: OSTIA_NET: %s\n", why);
		exit(EXIT_OURS);
	}
	if (ostia_runtime_settle(runtime, SETTLE_S * OSTIA_S))
		fprintf(stderr, "ostia: OSTIA_NET: nobody told us an "
				"address; going on without\n");
	ostia_runtime_posix(runtime);
	atexit(finish);
}
