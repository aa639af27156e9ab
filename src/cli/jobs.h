/* SPDX-License-Identifier: MIT */
/*
 * cli/jobs.h - scripts that run beside each other
 *
 * Each worker is a process that has its share of the scripts, so that one
 * which falls down takes nothing with it but the script at hand and those
 * after it, and all are told of.
 */
#ifndef OSTIA_CLI_JOBS_H
#define OSTIA_CLI_JOBS_H

#include "cli/tally.h"

enum { JOBS_MAX = 256 };

/**
 * struct jobs - What is to be done
 * @n:	  scripts; @at_once: workers, 1: in this process
 * @run:  does the @i-th; @r is zeroed and its texts are the caller's then
 * @done: told of results, in order; borrowed
 */
struct jobs {
	unsigned n, at_once;
	void (*run)(void *ctx, unsigned i, struct tally_result *r);
	void (*done)(void *ctx, unsigned i, const struct tally_result *r);
	void *ctx;
};

/** jobs_run() - Return: 0; -errno of fork() or pipe(), -ENOMEM. */
int jobs_run(const struct jobs *j);

#endif
