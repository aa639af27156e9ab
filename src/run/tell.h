/* SPDX-License-Identifier: MIT */
/*
 * run/tell.h - what is said of a guest when it has ended
 *
 * Takes the report of a supervisor (run_join_report()) apart, and puts it in
 * at most three lines for people, or in one line of JSON for programs.
 */
#ifndef OSTIA_RUN_TELL_H
#define OSTIA_RUN_TELL_H

#include "run/join.h"

#include <stdbool.h>
#include <stdint.h>

struct run_text;

enum {
	RUN_TELL_UNSUPPORTED = 64, /* kinds that are told; more are counted */
	RUN_TELL_WHAT = 160,
	RUN_TELL_SHOWN = 3, /* of them, in the line for people */
};

/** struct run_tell_call - Something that was asked for and is not supported
 * @what: "PROGRAM CALL ANSWER", as the supervisor says it
 */
struct run_tell_call {
	char what[RUN_TELL_WHAT];
	uint64_t times;
};

/**
 * struct run_tell - A report
 * @unsupported, @calls: all of them, and those that fit
 * @kept: what happened was kept: "ostia show last"
 */
struct run_tell {
	uint64_t connections, segments, resent, lost;
	unsigned unsupported, ncalls;
	bool kept;
	struct run_tell_call call[RUN_TELL_UNSUPPORTED];
};

/** struct run_tell_end - How the program ended: what the launcher knows */
struct run_tell_end {
	const char *program;
	int code;
	uint64_t ns; /* from exec to exit */
};

/** run_tell_read() - A report, line by line. What is not known is skipped. */
void run_tell_read(struct run_tell *t, const char *report);

/**
 * run_tell_lines() - One to three lines, each with its newline
 *
 * What was moved, and where; what is not supported; where to look.
 */
void run_tell_lines(const struct run_tell *t, const struct run_join *j,
		    struct run_text *out);

/** run_tell_json() - All of it as an object, and a newline. */
void run_tell_json(const struct run_tell *t, const struct run_join *j,
		   const struct run_tell_end *end, struct run_text *out);

#endif
