/* SPDX-License-Identifier: MIT */
/*
 * cli/opt.h - the options of a word: -c 3, -c3, --count=3, --count 3, -vk
 *
 * Options may stand between operands; `--` ends them. (Words that run a
 * program take theirs in front of it alone.) What is wrong is said
 * on stderr in one line: what, where, why, and what to write instead.
 */
#ifndef OSTIA_CLI_OPT_H
#define OSTIA_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes of the command (DESIGN, section 4). */
enum { EXIT_TIME_LIMIT = 124, EXIT_OURS = 125 };

enum opt_kind {
	OPT_FLAG, /* to: bool */
	OPT_COUNT, /* to: unsigned; how often it was given */
	OPT_TEXT, /* to: const char * */
	OPT_NUMBER, /* to: uint64_t, from @min to @max */
	OPT_SECONDS, /* to: uint64_t in ns; "2", "0.25"; from @min to @max s */
	OPT_WORD, /* take(to, word, value): 0, or -errno and it has spoken */
};

/**
 * struct opt - An option
 * @letter: 0: none; @word: NULL: none
 * @value:  what a message calls its value: "SECONDS"
 * @may_lack: of a word: "--watch" or "--watch=2", nothing else; without one
 *	    take() is given NULL
 */
struct opt {
	char letter;
	const char *word;
	enum opt_kind kind;
	void *to;
	const char *value;
	uint64_t min, max;
	int (*take)(void *to, const char *word, const char *value);
	bool may_lack;
};

/**
 * struct opt_set - What a word of the command understands
 * @name: "ostia nc"; @help: all of --help, examples first
 * @leading: the first operand ends the options: the rest is another program's
 */
struct opt_set {
	const char *name, *help;
	const struct opt *list;
	size_t n;
	bool leading;
};

/**
 * opt_parse() - Read argv[1..]
 * @operands: receives them in order, NULL-terminated; room for argc + 1
 *
 * Return: how many operands; -EINVAL: something was wrong, and it was said;
 * -ECANCELED: help was printed.
 */
int opt_parse(const struct opt_set *set, int argc, char **argv,
	      const char **operands);

/**
 * opt_closest() - The word of @list that @word was meant to be
 * @next: the i-th word of the list, NULL past its end
 * Return: NULL if none is near.
 */
const char *opt_closest(const char *word,
			const char *(*next)(const void *list, size_t i),
			const void *list);

/** opt_seconds() - "0.25" in ns; false: no such number, or out of range. */
bool opt_seconds(const char *text, uint64_t min_s, uint64_t max_s,
		 uint64_t *ns);

#endif
