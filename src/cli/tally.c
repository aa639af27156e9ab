/* SPDX-License-Identifier: MIT */
#include "cli/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 << 20 };

int tally_format(const char *name, enum tally_format *out)
{
	static const char *const names[] = { "text", "tap", "junit", "json" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*out = (enum tally_format)i;
			return 0;
		}
	return -EINVAL;
}

/* ---- texts inside of other texts ---- */

/* In XML control characters but tab and newline do not exist. */
static void xml(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '&')
			fputs("&amp;", stdout);
		else if (c == '<')
			fputs("&lt;", stdout);
		else if (c == '>')
			fputs("&gt;", stdout);
		else if (c == '"')
			fputs("&quot;", stdout);
		else if (c < ' ' && c != '\t' && c != '\n')
			putchar('?');
		else
			putchar(c);
	}
}

static void json(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c < ' ')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void comment(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");

		printf("# %.*s\n", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

/* ---- the four forms ---- */

static void seconds(uint64_t us)
{
	printf("%llu.%06llu", (unsigned long long)(us / 1000000),
	       (unsigned long long)(us % 1000000));
}

void tally_begin(const struct tally *t)
{
	if (t->format == TALLY_TAP)
		printf("TAP version 13\n1..%u\n", t->all);
	else if (t->format == TALLY_JUNIT)
		printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<testsuites>\n<testsuite name=\"ostia drill\" "
		       "tests=\"%u\">\n",
		       t->all);
	else if (t->format == TALLY_JSON)
		printf("{\"scripts\": [");
}

static void add_text(const struct tally *t, const char *name,
		     const struct tally_result *r)
{
	if (t->verbose)
		printf("%s\n", name);
	fputs(r->out, stdout);
	fflush(stdout);
	fputs(r->said, stderr);
	if (t->verbose)
		printf("%s: %s\n", name, r->passed ? "passed" : "failed");
	fflush(stdout);
}

static void add_tap(const struct tally *t, const char *name,
		    const struct tally_result *r)
{
	printf("%sok %u - %s\n", r->passed ? "" : "not ", t->told, name);
	comment(r->out);
	comment(r->said);
	fflush(stdout);
}

static void add_junit(const char *name, const struct tally_result *r)
{
	fputs("<testcase name=\"", stdout);
	xml(name);
	fputs("\" file=\"", stdout);
	xml(name);
	if (r->line)
		printf("\" line=\"%u", r->line);
	fputs("\" time=\"", stdout);
	seconds(r->took_us);
	fputs("\">", stdout);
	if (!r->passed) {
		fputs("<failure message=\"", stdout);
		xml(r->why);
		fputs("\">", stdout);
		xml(r->said);
		fputs("</failure>", stdout);
	}
	if (r->out[0]) {
		fputs("<system-out>", stdout);
		xml(r->out);
		fputs("</system-out>", stdout);
	}
	fputs("</testcase>\n", stdout);
}

static void add_json(const struct tally *t, const char *name,
		     const struct tally_result *r)
{
	printf("%s\n  {\"file\": ", t->told > 1 ? "," : "");
	json(name);
	printf(", \"result\": \"%s\", \"time\": ",
	       r->passed ? "passed" : "failed");
	seconds(r->took_us);
	if (r->line)
		printf(", \"line\": %u, \"column\": %u", r->line, r->col);
	if (!r->passed) {
		fputs(", \"message\": ", stdout);
		json(r->why);
		fputs(", \"report\": ", stdout);
		json(r->said);
	}
	if (r->out[0]) {
		fputs(", \"output\": ", stdout);
		json(r->out);
	}
	putchar('}');
}

void tally_add(struct tally *t, const char *name, const struct tally_result *r)
{
	t->told++;
	t->failed += !r->passed;
	t->took_us += r->took_us;
	if (t->format == TALLY_TAP)
		add_tap(t, name, r);
	else if (t->format == TALLY_JUNIT)
		add_junit(name, r);
	else if (t->format == TALLY_JSON)
		add_json(t, name, r);
	else
		add_text(t, name, r);
}

void tally_end(const struct tally *t)
{
	unsigned passed = t->told - t->failed;

	if (t->format == TALLY_JUNIT) {
		fputs("</testsuite>\n</testsuites>\n", stdout);
	} else if (t->format == TALLY_JSON) {
		printf("\n], \"passed\": %u, \"failed\": %u, \"time\": ",
		       passed, t->failed);
		seconds(t->took_us);
		fputs("}\n", stdout);
	} else if (t->format == TALLY_TEXT && t->all > 1 &&
		   (t->failed || t->verbose)) {
		fprintf(stderr, "ostia drill: %u passed, %u failed\n", passed,
			t->failed);
	}
}

/* ---- from one process to another ---- */

struct head {
	uint32_t index, passed, line, col;
	uint64_t took_us;
	uint32_t len[3];
};

int tally_write(FILE *to, unsigned index, const struct tally_result *r)
{
	const char *text[3] = { r->why, r->said, r->out };
	struct head h = {
		index, r->passed, r->line, r->col, r->took_us, { 0 }
	};

	for (unsigned i = 0; i < 3; i++)
		h.len[i] = (uint32_t)strlen(text[i]);
	fwrite(&h, sizeof(h), 1, to);
	for (unsigned i = 0; i < 3; i++)
		fwrite(text[i], 1, h.len[i], to);
	return fflush(to) || ferror(to) ? -EIO : 0;
}

int64_t tally_read(const char *p, size_t n, unsigned *index,
		   struct tally_result *r)
{
	char *text[3];
	struct head h;
	uint64_t all = sizeof(h);

	if (n < sizeof(h))
		return 0;
	memcpy(&h, p, sizeof(h));
	for (unsigned i = 0; i < 3; i++) {
		if (h.len[i] > TEXT_MAX)
			return -EBADMSG;
		all += h.len[i];
	}
	if (n < all)
		return 0;
	p += sizeof(h);
	for (unsigned i = 0; i < 3; p += h.len[i], i++)
		text[i] = strndup(p, h.len[i]);
	*index = h.index;
	*r = (struct tally_result) { h.passed, h.line,	h.col,	h.took_us,
				     text[0],  text[1], text[2] };
	if (text[0] && text[1] && text[2])
		return (int64_t)all;
	tally_free(r);
	return -ENOMEM;
}

void tally_free(struct tally_result *r)
{
	free(r->why);
	free(r->said);
	free(r->out);
	r->why = r->said = r->out = NULL;
}
