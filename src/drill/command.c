/* SPDX-License-Identifier: MIT */
#include "drill/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 200 };

/** struct shell - A command line being read; @word is the word at hand */
struct shell {
	const char *cur;
	const char *end;
	struct drill_pos pos;
	struct drill_pos word_pos;
	char word[WORD_MAX];
	bool have;
	struct drill_error *err;
};

static char at(const struct shell *s)
{
	return s->cur < s->end ? *s->cur : '\0';
}

static void step(struct shell *s)
{
	s->pos.col++;
	if (*s->cur == '\n') {
		s->pos.line++;
		s->pos.col = 1;
	}
	s->cur++;
}

static bool is_end(char c)
{
	return c == ';' || c == '\n' || c == '&';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void put(struct shell *s, size_t *n, char c)
{
	if (*n + 1 == WORD_MAX) {
		drill_error_set(s->err, s->word_pos, "word too long");
		return;
	}
	s->word[(*n)++] = c;
}

static void read_quoted(struct shell *s, size_t *n)
{
	char quote = at(s);

	for (step(s); s->cur < s->end && at(s) != quote; step(s))
		put(s, n, at(s));
	if (s->cur == s->end)
		drill_error_set(s->err, s->word_pos, "quote without its end");
	else
		step(s);
}

/* The next word of this command; have = false: it has no more. */
static void next_word(struct shell *s)
{
	size_t n = 0;

	while (is_blank(at(s)))
		step(s);
	s->word_pos = s->pos;
	s->have = s->cur < s->end && !is_end(at(s));
	while (s->cur < s->end && !is_end(at(s)) && !is_blank(at(s))) {
		if (at(s) == '"' || at(s) == '\'') {
			read_quoted(s, &n);
			continue;
		}
		put(s, &n, at(s));
		step(s);
	}
	s->word[n] = '\0';
}

static void skip_ends(struct shell *s)
{
	while (s->cur < s->end && (is_end(at(s)) || is_blank(at(s))))
		step(s);
}

/* The kernel reads numbers as C does: 0x7, 0644. */
static const char *plain(const char *value, char *to, size_t size)
{
	char *end;
	unsigned long n;

	if (value[0] != '0' || !value[1])
		return value;
	n = strtoul(value, &end, 0);
	if (*end)
		return value;
	snprintf(to, size, "%lu", n);
	return to;
}

static void apply(struct shell *s, char *eq, drill_setting_fn *set, void *ctx)
{
	char number[24];
	int ret;

	*eq = '\0';
	ret = set ? set(ctx, s->word, plain(eq + 1, number, sizeof(number)))
		  : 0;
	if (ret == -ENOENT)
		drill_error_set(s->err, s->word_pos, "unknown setting: %s",
				s->word);
	else if (ret < 0)
		drill_error_set(s->err, s->word_pos, "%s does not accept '%s'",
				s->word, eq + 1);
}

static bool is_flag(const char *word)
{
	return word[0] == '-' && word[1] &&
	       strspn(word + 1, "qw") == strlen(word + 1);
}

static void run_sysctl(struct shell *s, drill_setting_fn *set, void *ctx)
{
	for (next_word(s); s->have && !s->err->text[0]; next_word(s)) {
		char *eq = strchr(s->word, '=');

		if (is_flag(s->word))
			continue;
		if (!eq || eq == s->word)
			drill_error_set(s->err, s->word_pos,
					"name=value expected, not '%s'",
					s->word);
		else
			apply(s, eq, set, ctx);
	}
}

int drill_command_run(const struct drill_code *c, drill_setting_fn *set,
		      void *ctx, struct drill_error *err)
{
	struct shell s = {
		.cur = c->text,
		.end = c->text + c->len,
		.pos = c->pos,
		.err = err,
	};

	s.pos.col++; /* the ` */
	for (skip_ends(&s); s.cur < s.end && !err->text[0]; skip_ends(&s)) {
		next_word(&s);
		if (strcmp(s.word, "sysctl") != 0)
			drill_error_set(err, s.word_pos, "unknown command: %s",
					s.word);
		else
			run_sysctl(&s, set, ctx);
	}
	return err->text[0] ? -EINVAL : 0;
}

int drill_command_check(const struct drill_code *c, struct drill_error *err)
{
	return drill_command_run(c, NULL, NULL, err);
}
