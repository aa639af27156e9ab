/* SPDX-License-Identifier: MIT */
/*
 * cli/see.h - what words that show recordings have in common
 */
#ifndef OSTIA_CLI_SEE_H
#define OSTIA_CLI_SEE_H

#include "cli/opt.h"
#include "record/diagram.h"

#include <stdio.h>

/**
 * see_asked() - Read the command line of a word that reads one recording
 * @at, @time: where @set leaves the text of --at, and what it says; NULL: the
 *	       word has none
 * @code: receives what to exit with if there is nothing more to do
 * Return: the recording; NULL: help was printed, or what was wrong.
 */
const char *see_asked(const struct opt_set *set, int argc, char **argv,
		      const char *const *at, ostia_time *time, int *code);

/** struct see - A recording that was read, and may be read again */
struct see {
	const char *word; /* "ostia show", for messages */
	struct ostia_record *rec;
	int fd; /* of a recording that was fetched; -1 */
	struct view view;
};

/**
 * see_open() - Open @path and read it
 * @path: a file; "-": standard input; where there is no such file, a network
 *	  that runs, or "last": the run that failed last
 *
 * A recording from a pipe is kept in a file without a name meanwhile. What is
 * wrong is said; what was damaged is said as well, and the rest is there.
 * Return: 0, or -errno and it has spoken.
 */
int see_open(struct see *s, const char *word, const char *path);
void see_close(struct see *s);

/** see_is_net() - Is that the name of a network, as see_open() takes it? */
bool see_is_net(const char *path);

/**
 * see_again() - see_open() of a network that was there a moment ago
 * Return: as there; -ENOENT: it is over, and nothing was said.
 */
int see_again(struct see *s, const char *word, const char *net);

/** struct see_source - A recording that is read once */
struct see_source {
	struct ostia_record *rec;
	int fd; /* if it was fetched; -1 */
};

/** see_source() - see_open() without reading it. @quiet: say nothing. */
int see_source(struct see_source *s, const char *word, const char *path,
	       bool quiet);
void see_source_close(struct see_source *s);

/** see_trouble() - What of it was damaged, if anything was, to stderr. */
void see_trouble(const char *word, const char *path,
		 const struct ostia_record_info *info);

/** see_rec() - The same of a recording that is open already; takes it. */
int see_rec(struct see *s, const char *word, struct ostia_record *rec);

/** see_conv() - "10.0.0.1:80-10.0.0.2:5000", either way around
 * Return: its number; -ENOENT; -EINVAL: no such text.
 */
int64_t see_conv(const struct view *v, const char *text);

/** see_last() - The conversation that began last; -ENOENT. */
int64_t see_last(const struct view *v);

/** see_time() - "1.25s", "250ms", "1.25" (s), in ns; false: none. */
bool see_time(const char *text, ostia_time *t);

/** see_list() - All conversations, a line each. */
void see_list(const struct view *v, FILE *out);

/** see_has_host() - Is a host called @name (NULL: any)? If not, it is said. */
bool see_has_host(const struct see *s, const char *name);

/**
 * see_out() - Where to write: @path, or standard output for NULL.
 * @from: the recording that is read meanwhile, which is not written over; NULL
 * Return: NULL: it cannot be opened, and that was said.
 */
FILE *see_out(const char *word, const char *path, const char *from);

/** see_done() - All is written? Return: 0, or EXIT_OURS and it was said. */
int see_done(const char *word, const char *path, FILE *out);

/** see_is_fine() - Does the locale have UTF-8? */
bool see_is_fine(void);

/** see_width() - Columns of the terminal at @out, 80 at least. */
int see_width(FILE *out);

#endif
