/* SPDX-License-Identifier: MIT */
/*
 * The DNS server of worlds on a real link, for dig: dnsd NET
 * Records come from standard input: "NAME TYPE VALUE", a line each. It says
 * "ready" and serves until it is ended.
 */
#include "names/server.h"

#include <ostia/runtime.h>
#include <stdio.h>
#include <string.h>

static struct names_server server;

static int read_records(void)
{
	char line[600], name[256], type[8];
	int at;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%255s %7s %n", name, type, &at) != 2 ||
		    names_zone_add(&server.zone, name, type, 300, line + at)) {
			fprintf(stderr, "dnsd: %s\n", line);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ostia_runtime_config cfg = { .net = argv[1] };
	struct ostia_runtime *rt;
	char why[200];

	if (argc != 2 || ostia_runtime_new(&cfg, &rt, why, sizeof(why))) {
		fprintf(stderr, "dnsd: %s\n", argc == 2 ? why : "dnsd NET");
		return 1;
	}
	names_zone_init(&server.zone);
	if (read_records() ||
	    names_server_open(&server, ostia_runtime_proc(rt)))
		return 1;
	puts("ready");
	fflush(stdout);
	while (!names_server_turn(&server))
		;
	return 1;
}
