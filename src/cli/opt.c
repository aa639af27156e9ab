/* SPDX-License-Identifier: MIT */
#include "cli/opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 32, NEAR = 2 };

/* --- did you mean ------------------------------------------------------- */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Letters to add, drop, change or swap to get from @a to @b. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (unsigned i = 0; i <= n; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			d[i][j] =
				least(d[i - 1][j] + 1, d[i][j - 1] + 1,
				      d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[n][m];
}

const char *opt_closest(const char *word,
			const char *(*next)(const void *list, size_t i),
			const void *list)
{
	unsigned best = NEAR + 1;
	const char *found = NULL;

	for (size_t i = 0;; i++) {
		const char *w = next(list, i);
		unsigned d;

		if (!w)
			return found;
		d = distance(word, w);
		if (d < best && d < strlen(w)) {
			best = d;
			found = w;
		}
	}
}

static const char *next_word(const void *list, size_t i)
{
	const struct opt_set *set = list;
	size_t seen = 0;

	for (size_t k = 0; k < set->n; k++)
		if (set->list[k].word && seen++ == i)
			return set->list[k].word;
	return i == seen ? "help" : NULL;
}

/* --- values ------------------------------------------------------------- */

bool opt_seconds(const char *text, uint64_t min_s, uint64_t max_s, uint64_t *ns)
{
	uint64_t whole = 0, part = 0, unit = UINT64_C(1000000000);
	const char *p = text;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		whole = whole * 10 + (uint64_t)(*p - '0');
		if (whole > max_s)
			return false;
	}
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			part += unit * (uint64_t)(*p - '0');
		}
	if (*p || whole < min_s || (whole == max_s && part))
		return false;
	*ns = whole * UINT64_C(1000000000) + part;
	return true;
}

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return !*end && !errno && *out >= min && *out <= max;
}

static int wrong(const struct opt_set *set, const char *what, const char *value,
		 const struct opt *o)
{
	fprintf(stderr,
		"%s: %s %s: write %s from %llu to %llu; see %s --help\n",
		set->name, what, value, o->value ? o->value : "a number",
		(unsigned long long)o->min, (unsigned long long)o->max,
		set->name);
	return -EINVAL;
}

static int set_value(const struct opt_set *set, const struct opt *o,
		     const char *what, const char *value)
{
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->to = true;
		return 0;
	case OPT_COUNT:
		++*(unsigned *)o->to;
		return 0;
	case OPT_TEXT:
		*(const char **)o->to = value;
		return 0;
	case OPT_NUMBER:
		return number(value, o->min, o->max, o->to)
			       ? 0
			       : wrong(set, what, value, o);
	case OPT_SECONDS:
		return opt_seconds(value, o->min, o->max, o->to)
			       ? 0
			       : wrong(set, what, value, o);
	case OPT_WORD:
		return o->take(o->to, o->word, value);
	}
	return -EINVAL;
}

/* --- the command line --------------------------------------------------- */

/** struct args - Where we are in it */
struct args {
	const struct opt_set *set;
	int argc, at;
	char **argv;
};

static int missing(const struct args *a, const char *what, const struct opt *o)
{
	fprintf(stderr, "%s: %s needs %s; see %s --help\n", a->set->name, what,
		o->value ? o->value : "a value", a->set->name);
	return -EINVAL;
}

static int unknown_word(const struct args *a, const char *word)
{
	const char *near = opt_closest(word, next_word, a->set);

	fprintf(stderr, "%s: --%s: unknown option%s%s%s; see %s --help\n",
		a->set->name, word, near ? "; did you mean --" : "",
		near ? near : "", near ? "?" : "", a->set->name);
	return -EINVAL;
}

static bool takes_value(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_COUNT;
}

static const struct opt *by_word(const struct opt_set *set, const char *word)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].word && !strcmp(set->list[i].word, word))
			return &set->list[i];
	return NULL;
}

static const struct opt *by_letter(const struct opt_set *set, char letter)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].letter == letter)
			return &set->list[i];
	return NULL;
}

static int long_option(struct args *a, const char *text)
{
	char word[WORD_MAX + 1];
	const char *eq = strchr(text, '=');
	size_t n = eq ? (size_t)(eq - text) : strlen(text);
	const struct opt *o;

	if (n > WORD_MAX)
		return unknown_word(a, text);
	memcpy(word, text, n);
	word[n] = '\0';
	o = by_word(a->set, word);
	if (!o)
		return unknown_word(a, word);
	if (!takes_value(o) && eq) {
		fprintf(stderr, "%s: --%s takes no value\n", a->set->name,
			word);
		return -EINVAL;
	}
	if (o->may_lack || !takes_value(o) || eq)
		return set_value(a->set, o, a->argv[a->at], eq ? eq + 1 : NULL);
	if (a->at + 1 >= a->argc)
		return missing(a, text - 2, o);
	return set_value(a->set, o, text - 2, a->argv[++a->at]);
}

static int letters(struct args *a, const char *text)
{
	for (; *text; text++) {
		const struct opt *o = by_letter(a->set, *text);
		char what[3] = { '-', *text, '\0' };
		int err;

		if (!o) {
			fprintf(stderr,
				"%s: -%c: unknown option; see %s --help\n",
				a->set->name, *text, a->set->name);
			return -EINVAL;
		}
		if (takes_value(o) && text[1])
			return set_value(a->set, o, what, text + 1);
		if (takes_value(o) && a->at + 1 >= a->argc)
			return missing(a, what, o);
		if (takes_value(o))
			return set_value(a->set, o, what, a->argv[++a->at]);
		err = set_value(a->set, o, what, NULL);
		if (err)
			return err;
	}
	return 0;
}

int opt_parse(const struct opt_set *set, int argc, char **argv,
	      const char **operands)
{
	struct args a = { set, argc, 1, argv };
	bool over = false;
	int n = 0, err = 0;

	for (; a.at < argc && !err; a.at++) {
		const char *arg = argv[a.at];

		if (over || arg[0] != '-' || !arg[1]) {
			operands[n++] = arg;
			over = over || set->leading;
		} else if (!strcmp(arg, "--")) {
			over = true;
		} else if (!strcmp(arg, "--help") ||
			   (!strcmp(arg, "-h") && !by_letter(set, 'h'))) {
			fputs(set->help, stdout);
			return -ECANCELED;
		} else {
			err = arg[1] == '-' ? long_option(&a, arg + 2)
					    : letters(&a, arg + 1);
		}
	}
	operands[n] = NULL;
	return err ? err : n;
}
