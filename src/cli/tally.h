/* SPDX-License-Identifier: MIT */
/*
 * cli/tally.h - the results of many scripts, in the form that was asked for
 *
 *	text	failures on stderr, all else only when asked; at the end counts
 *	tap	"ok 1 - NAME", what failed below it as comments (TAP 13)
 *	junit	one <testsuite>, as CI servers read it
 *	json	one object
 *
 * Results are told in the order of the command line.
 */
#ifndef OSTIA_CLI_TALLY_H
#define OSTIA_CLI_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum tally_format { TALLY_TEXT, TALLY_TAP, TALLY_JUNIT, TALLY_JSON };

/**
 * struct tally_result - A script's
 * @line, @col: where it failed, 0: nowhere in it
 * @why:  what is wrong, one line; "" when it passed
 * @said: what a reader of stderr is told: @why, expected, came, trace
 * @out:  what it printed
 */
struct tally_result {
	bool passed;
	uint32_t line, col;
	uint64_t took_us;
	char *why, *said, *out;
};

/** struct tally - Of a run of @all scripts */
struct tally {
	enum tally_format format;
	bool verbose;
	unsigned all, told, failed;
	uint64_t took_us;
};

/** tally_format() - By its name. Return: 0, -EINVAL. */
int tally_format(const char *name, enum tally_format *out);

/** tally_begin() - Before the first. */
void tally_begin(const struct tally *t);

/** tally_add() - The next one's; borrowed. */
void tally_add(struct tally *t, const char *name, const struct tally_result *r);

/** tally_end() - After the last. */
void tally_end(const struct tally *t);

/** tally_write() - For tally_read() in another process. Return: 0, -EIO. */
int tally_write(FILE *to, unsigned index, const struct tally_result *r);

/**
 * tally_read() - @p has @n bytes of what tally_write() wrote
 * Return: bytes of a whole result, whose texts the caller frees; 0: not all
 * of it is there yet; -EBADMSG; -ENOMEM.
 */
int64_t tally_read(const char *p, size_t n, unsigned *index,
		   struct tally_result *r);

/** tally_free() - Its texts. */
void tally_free(struct tally_result *r);

#endif
