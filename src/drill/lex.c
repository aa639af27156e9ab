/* SPDX-License-Identifier: MIT */
#include "drill/lex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NS_DIGITS = 9 };

void drill_error_set(struct drill_error *e, struct drill_pos pos,
		     const char *fmt, ...)
{
	va_list ap;

	if (e->text[0])
		return;
	e->pos = pos;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

void drill_lex_init(struct drill_lex *lx, const char *text, size_t len,
		    struct drill_pos pos, const struct drill_define *defines,
		    struct drill_error *err)
{
	*lx = (struct drill_lex) {
		.in[0] = { .cur = text, .end = text + len, .pos = pos },
		.defines = defines,
		.err = err,
	};
}

static struct drill_source *source(struct drill_lex *lx)
{
	return &lx->in[lx->depth];
}

static size_t left(const struct drill_source *s)
{
	return (size_t)(s->end - s->cur);
}

static char peek(const struct drill_source *s, size_t ahead)
{
	return left(s) > ahead ? s->cur[ahead] : '\0';
}

/* A defined value stands where its name stood: its characters do not count. */
static void skip(struct drill_lex *lx, size_t n)
{
	struct drill_source *s = source(lx);

	for (; n > 0; n--, s->cur++) {
		if (lx->depth > 0)
			continue;
		if (*s->cur == '\n') {
			s->pos.line++;
			s->pos.col = 1;
		} else {
			s->pos.col++;
		}
	}
}

static void skip_line(struct drill_lex *lx)
{
	while (left(source(lx)) > 0 && *source(lx)->cur != '\n')
		skip(lx, 1);
}

static bool starts(const struct drill_source *s, const char *with)
{
	size_t n = strlen(with);

	return left(s) >= n && memcmp(s->cur, with, n) == 0;
}

/** find() - Bytes from the cursor to @what, or -1 */
static ptrdiff_t find(const struct drill_source *s, const char *what)
{
	const char *hit = memmem(s->cur, left(s), what, strlen(what));

	return hit ? hit - s->cur : -1;
}

static void skip_long_comment(struct drill_lex *lx)
{
	struct drill_pos pos = source(lx)->pos;
	ptrdiff_t n = find(source(lx), "*/");

	if (n < 0) {
		drill_error_set(lx->err, pos, "comment without an end");
		skip(lx, left(source(lx)));
		return;
	}
	skip(lx, (size_t)n + 2);
}

/** skip_blank() - Skip spaces and comments; true: there were some */
static bool skip_blank(struct drill_lex *lx)
{
	bool some = false;

	for (;; some = true) {
		struct drill_source *s = source(lx);

		if (left(s) == 0 && lx->depth > 0)
			lx->depth--;
		else if (left(s) > 0 && isspace((unsigned char)*s->cur))
			skip(lx, 1);
		else if (starts(s, "//") || starts(s, "#"))
			skip_line(lx);
		else if (starts(s, "/*"))
			skip_long_comment(lx);
		else
			return some;
	}
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static struct drill_token take(struct drill_lex *lx, enum drill_tok kind,
			       size_t n)
{
	struct drill_source *s = source(lx);
	struct drill_token t = {
		.kind = kind, .pos = s->pos, .at = s->cur, .len = n
	};

	if (lx->depth == 0) {
		lx->src = s->cur;
		lx->src_end = s->cur + n;
	}
	t.src = lx->src;
	t.src_end = lx->src_end;
	skip(lx, n);
	return t;
}

static struct drill_token fail(struct drill_lex *lx, const char *why)
{
	drill_error_set(lx->err, source(lx)->pos, "%s", why);
	return take(lx, DRILL_END, 0);
}

/* Text between two marks; the token is what stands between them. */
static struct drill_token quoted(struct drill_lex *lx, enum drill_tok kind,
				 const char *open, const char *close,
				 const char *without_end)
{
	struct drill_pos pos = source(lx)->pos;
	const char *src = source(lx)->cur;
	struct drill_token t;
	ptrdiff_t n;

	skip(lx, strlen(open));
	n = find(source(lx), close);
	if (n < 0) {
		drill_error_set(lx->err, pos, "%s", without_end);
		return take(lx, DRILL_END, 0);
	}
	t = take(lx, kind, (size_t)n);
	skip(lx, strlen(close));
	if (lx->depth == 0) {
		lx->src = t.src = src;
		lx->src_end = t.src_end = source(lx)->cur;
	}
	if (kind != DRILL_CODE)
		t.pos = pos;
	return t;
}

static struct drill_token hex_number(struct drill_lex *lx)
{
	struct drill_source *s = source(lx);
	uint64_t v = 0;
	size_t n = 2;
	struct drill_token t;

	for (; isxdigit((unsigned char)peek(s, n)); n++) {
		char c = (char)tolower((unsigned char)s->cur[n]);

		if (v >> 60)
			return fail(lx, "number too large");
		v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (n == 2 || is_name_char(peek(s, n)))
		return fail(lx, "malformed hexadecimal number");
	t = take(lx, DRILL_INT, n);
	t.value = (int64_t)v;
	return t;
}

/* Digits behind the point, as nanoseconds; finer ones are cut off. */
static int64_t fraction_ns(const char *digits, size_t n)
{
	int64_t ns = 0;

	for (size_t i = 0; i < NS_DIGITS; i++)
		ns = ns * 10 + (i < n ? digits[i] - '0' : 0);
	return ns;
}

static size_t count_digits(const struct drill_source *s, size_t from)
{
	size_t n = 0;

	while (isdigit((unsigned char)peek(s, from + n)))
		n++;
	return n;
}

/* `1...2` is an integer and an ellipsis: a point counts before a digit, or
 * alone, as in `1. `.
 */
static bool point_at(const struct drill_source *s, size_t i)
{
	return peek(s, i) == '.' && peek(s, i + 1) != '.';
}

/* Digits and letters mixed, or too many digits: no number, but it may be a
 * cookie (drill_lex_hex()), so that only the parser can say that it is wrong.
 */
static bool odd_number(const struct drill_source *s, size_t digits)
{
	return digits > 12 || isalpha((unsigned char)peek(s, digits)) ||
	       peek(s, digits) == '_';
}

static struct drill_token number(struct drill_lex *lx)
{
	const struct drill_source *s = source(lx);
	size_t whole = count_digits(s, 0), frac = 0, n = whole;
	bool real = point_at(s, whole);
	struct drill_token t;
	int64_t v = 0, ns = 0;

	if (odd_number(s, whole)) {
		while (is_name_char(peek(s, n)))
			n++;
		return take(lx, DRILL_WORD, n);
	}
	for (size_t i = 0; i < whole; i++)
		v = v * 10 + (s->cur[i] - '0');
	if (real) {
		frac = count_digits(s, whole + 1);
		ns = fraction_ns(s->cur + whole + 1, frac);
		n += 1 + frac;
	}
	t = take(lx, real ? DRILL_REAL : DRILL_INT, n);
	t.value = v;
	if (v < INT64_MAX / 2000000000)
		t.ns = v * 1000000000 + ns;
	else
		t.ns = INT64_MAX / 2;
	return t;
}

static const struct drill_define *defined(const struct drill_lex *lx,
					  const struct drill_token *t)
{
	const struct drill_define *d = lx->defines;

	for (; d; d = d->next)
		if (strlen(d->name) == t->len &&
		    memcmp(d->name, t->at, t->len) == 0)
			return d;
	return NULL;
}

static struct drill_token word(struct drill_lex *lx)
{
	const struct drill_define *d;
	struct drill_token t;
	size_t n = 1;

	while (is_name_char(peek(source(lx), n)))
		n++;
	t = take(lx, DRILL_WORD, n);
	d = defined(lx, &t);
	if (!d)
		return t;
	if (lx->depth + 1 == DRILL_DEFINE_DEPTH)
		return fail(lx, "a definition refers to itself");
	lx->in[++lx->depth] = (struct drill_source) {
		.cur = d->value,
		.end = d->value + strlen(d->value),
		.pos = t.pos,
	};
	return drill_lex_next(lx);
}

static struct drill_token punct(struct drill_lex *lx)
{
	struct drill_token t;
	char c = *source(lx)->cur;

	if (!ispunct((unsigned char)c))
		return fail(lx, "character that has no meaning here");
	t = take(lx, DRILL_PUNCT, 1);
	t.value = c;
	return t;
}

static struct drill_token any_token(struct drill_lex *lx)
{
	const struct drill_source *s = source(lx);
	char c = peek(s, 0);

	if (c == '"')
		return quoted(lx, DRILL_STRING, "\"", "\"",
			      "string without an end");
	if (c == '`')
		return quoted(lx, DRILL_COMMAND, "`", "`",
			      "command without its closing `");
	if (starts(s, "%{"))
		return quoted(lx, DRILL_CODE, "%{", "}%", "%{ without its }%");
	if (starts(s, "..."))
		return take(lx, DRILL_ELLIPSIS, 3);
	if (c == '0' && (peek(s, 1) == 'x' || peek(s, 1) == 'X'))
		return hex_number(lx);
	if (isdigit((unsigned char)c) ||
	    (c == '.' && isdigit((unsigned char)peek(s, 1))))
		return number(lx);
	if (is_name_char(c))
		return word(lx);
	return punct(lx);
}

struct drill_token drill_lex_next(struct drill_lex *lx)
{
	bool blank = skip_blank(lx);
	struct drill_token t;

	if (lx->err->text[0] || left(source(lx)) == 0)
		return take(lx, DRILL_END, 0);
	t = any_token(lx);
	t.glued = !blank;
	return t;
}

struct drill_token drill_lex_hex(struct drill_lex *lx, struct drill_token t)
{
	struct drill_source *s = source(lx);
	size_t n = 0;

	if (t.kind != DRILL_WORD && t.kind != DRILL_INT) {
		drill_error_set(lx->err, t.pos, "hexadecimal digits expected");
		return t;
	}
	s->cur = t.at;
	if (lx->depth == 0)
		s->pos = t.pos;
	while (isxdigit((unsigned char)peek(s, n)))
		n++;
	if (n == 0 || is_name_char(peek(s, n)))
		return fail(lx, "hexadecimal digits expected");
	t = take(lx, DRILL_WORD, n);
	return t;
}

void drill_lex_note(struct drill_lex *lx, struct drill_token open)
{
	while (left(source(lx)) > 0 && *source(lx)->cur != ')' &&
	       *source(lx)->cur != '\n')
		skip(lx, 1);
	if (peek(source(lx), 0) != ')') {
		drill_error_set(lx->err, open.pos, "note without its )");
		return;
	}
	skip(lx, 1);
	if (lx->depth == 0)
		lx->src_end = source(lx)->cur;
}
