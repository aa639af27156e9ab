/* SPDX-License-Identifier: MIT */
/*
 * cli/ss_table.h - sockets in the columns of ss(8), or as JSON
 */
#ifndef OSTIA_CLI_SS_TABLE_H
#define OSTIA_CLI_SS_TABLE_H

#include "cli/see.h"
#include "cli/watch.h"

/** struct ss_wish - What the command line asks for */
struct ss_wish {
	bool tcp, udp, raw, local, v4, v6, listening, all, numeric, processes,
		info, options, extended, oneline, no_header, json;
	const char *at, *host;
	ostia_time time;
	uint64_t every_ns, count; /* of --watch; 0: once, for ever */
};

/**
 * ss_list() - The sockets at @w's moment, each host's under its name
 * @watch: takes the lines (but not JSON); NULL: standard output does
 * Return: 0, or EXIT_OURS and it has spoken.
 */
int ss_list(const struct ss_wish *w, const struct see *see,
	    struct watch *watch);

#endif
