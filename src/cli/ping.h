/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_PING_H
#define OSTIA_CLI_PING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct ping_job - What to ask, whom, how often
 * @family:	AF_INET, AF_INET6, 0: as the address has it
 * @raw:	SOCK_RAW; else a ping socket (SOCK_DGRAM, IPPROTO_ICMP)
 * @size:	bytes of payload
 * @ttl:	0: the stack's own
 * @out:	where the lines go; NULL: nowhere
 */
struct ping_job {
	const char *host;
	int family;
	bool raw, quiet;
	uint64_t count, interval_ns, wait_ns;
	uint64_t size, ttl;
	FILE *out;
};

/**
 * ping_run() - Do it, with the plain names of the current process
 * Return: 0: some answered; 1: none; 125: it could not begin.
 */
int ping_run(const struct ping_job *job);

/** cli_ping() - ostia ping. 128 + N after signal N, else as ping_run(). */
int cli_ping(int argc, char **argv);

#endif
