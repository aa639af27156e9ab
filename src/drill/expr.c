/* SPDX-License-Identifier: MIT */
#include "drill/expr.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drill/info.h"
#include "drill/symbols.h"

enum { DEPTH_MAX = 32, NAME_MAX_LEN = 64 };

/** struct value - An integer, a fraction or a string (borrowed) */
struct value {
	enum { INTEGER, REAL, STRING } type;
	int64_t i;
	double d;
	const char *s;
	size_t len;
};

/**
 * struct eval - Reading and computing at once
 * @depth:   of parentheses that are open: new lines do not count inside
 * @skip:    read on without computing: the value will not be used, or we
 *	     only check
 * @differ:  the two sides of the comparison that failed last, for the message
 */
struct eval {
	const char *cur;
	const char *end;
	struct drill_pos pos;
	unsigned depth;
	unsigned nesting;
	unsigned skip;
	const struct drill_facts *facts;
	FILE *out;
	struct drill_error *err;
	bool has_differ;
	struct value differ[2];
};

static struct value parse_or(struct eval *e);

/* --------------------------------------------------------------- reading */

static bool stopped(const struct eval *e)
{
	return e->cur == e->end || e->err->text[0];
}

static char at(const struct eval *e, size_t ahead)
{
	return !e->err->text[0] && (size_t)(e->end - e->cur) > ahead
		       ? e->cur[ahead]
		       : '\0';
}

static void step(struct eval *e, size_t n)
{
	for (; n > 0 && e->cur < e->end; n--, e->cur++) {
		e->pos.col++;
		if (*e->cur == '\n') {
			e->pos.line++;
			e->pos.col = 1;
		}
	}
}

static void fail(struct eval *e, const char *what)
{
	drill_error_set(e->err, e->pos, "%s", what);
}

static void skip_comment(struct eval *e)
{
	while (at(e, 0) && at(e, 0) != '\n')
		step(e, 1);
}

/* Blanks; inside parentheses, new lines too. */
static void blank(struct eval *e)
{
	for (;;) {
		char c = at(e, 0);

		if (c == '#')
			skip_comment(e);
		else if (c == ' ' || c == '\t' || c == '\r' ||
			 (c == '\n' && e->depth > 0))
			step(e, 1);
		else if (c == '\\' && at(e, 1) == '\n')
			step(e, 2);
		else
			return;
	}
}

static bool take(struct eval *e, const char *op)
{
	size_t n = strlen(op);

	blank(e);
	for (size_t i = 0; i < n; i++)
		if (at(e, i) != op[i])
			return false;
	step(e, n);
	return true;
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool take_word(struct eval *e, const char *word)
{
	size_t n = strlen(word);

	blank(e);
	return (size_t)(e->end - e->cur) >= n && memcmp(e->cur, word, n) == 0 &&
	       !name_char(at(e, n)) && take(e, word);
}

/* ---------------------------------------------------------------- values */

static struct value integer(int64_t i)
{
	return (struct value) { .type = INTEGER, .i = i };
}

static struct value real(double d)
{
	return (struct value) { .type = REAL, .d = d };
}

static double as_real(struct value v)
{
	return v.type == REAL ? v.d : (double)v.i;
}

static bool truth(struct value v)
{
	if (v.type == STRING)
		return v.len > 0;
	return v.type == REAL ? v.d != 0 : v.i != 0;
}

static int value_text(struct value v, char *to, size_t size)
{
	if (v.type == STRING)
		return snprintf(to, size, "%.*s", (int)v.len, v.s);
	if (v.type == REAL)
		return snprintf(to, size, "%.12g", v.d);
	return snprintf(to, size, "%lld", (long long)v.i);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

/* Python's rules: / gives a fraction, // and % round down. Only integers that
 * fit 64 bits: what leaves them is an error, not another number.
 */
static bool integer_op(char op, int64_t a, int64_t b, int64_t *r)
{
	switch (op) {
	case '+':
		return !__builtin_add_overflow(a, b, r);
	case '-':
		return !__builtin_sub_overflow(a, b, r);
	case '*':
		return !__builtin_mul_overflow(a, b, r);
	case 'd':
		*r = b == 0 || (a == INT64_MIN && b == -1) ? 0
							   : floor_div(a, b);
		return b != 0 && !(a == INT64_MIN && b == -1);
	case '%':
		*r = b == 0 || b == -1 ? 0 : a - b * floor_div(a, b);
		return b != 0;
	case '&':
		*r = a & b;
		return true;
	case '|':
		*r = a | b;
		return true;
	case '^':
		*r = a ^ b;
		return true;
	case '<':
		*r = b >= 0 && b < 63 ? (int64_t)((uint64_t)a << b) : 0;
		return b >= 0 && b < 63 && *r >> b == a;
	default: /* > */
		*r = b < 0 ? 0 : a >> (b < 63 ? b : 63);
		return b >= 0;
	}
}

/* Fractions of 2^53 and more are whole. */
static double round_down(double x)
{
	double whole;

	if (x >= 0x1p53 || x <= -0x1p53)
		return x;
	whole = (double)(int64_t)x;
	return whole > x ? whole - 1 : whole;
}

static bool real_op(char op, double a, double b, double *r)
{
	switch (op) {
	case '+':
		*r = a + b;
		return true;
	case '-':
		*r = a - b;
		return true;
	case '*':
		*r = a * b;
		return true;
	case '/':
		*r = b != 0 ? a / b : 0;
		return b != 0;
	case 'd':
		*r = b != 0 ? round_down(a / b) : 0;
		return b != 0;
	case '%':
		*r = b != 0 ? a - b * round_down(a / b) : 0;
		return b != 0;
	default:
		return false;
	}
}

static struct value binary(struct eval *e, char op, struct value a,
			   struct value b)
{
	struct value r = integer(0);
	bool ok;

	if (e->skip)
		return r;
	if (a.type == STRING || b.type == STRING) {
		fail(e, "strings cannot be computed with");
		return r;
	}
	if (a.type == INTEGER && b.type == INTEGER && op != '/') {
		ok = integer_op(op, a.i, b.i, &r.i);
	} else {
		r.type = REAL;
		ok = real_op(op, as_real(a), as_real(b), &r.d);
	}
	if (!ok)
		fail(e, "this computation has no result");
	return r;
}

/* --------------------------------------------------------------- grammar */

static struct value parse_number(struct eval *e)
{
	char text[NAME_MAX_LEN];
	size_t n = 0;
	bool point = false, hex = at(e, 0) == '0' && (at(e, 1) | 32) == 'x';
	char *end;
	struct value v;

	while (n + 1 < sizeof(text) &&
	       (name_char(at(e, n)) || at(e, n) == '.')) {
		text[n] = at(e, n);
		point |= text[n++] == '.';
	}
	text[n] = '\0';
	errno = 0;
	if (point)
		v = real(strtod(text, &end));
	else
		v = integer(strtoll(text, &end, hex ? 16 : 10));
	if (errno || *end)
		fail(e, "malformed number");
	step(e, n);
	return v;
}

static struct value parse_string(struct eval *e)
{
	char quote = at(e, 0);
	struct value v = { .type = STRING };

	v.s = e->cur + 1;
	while (at(e, v.len + 1) && at(e, v.len + 1) != quote &&
	       at(e, v.len + 1) != '\n')
		v.len++;
	if (at(e, v.len + 1) != quote)
		fail(e, "string without its end");
	step(e, v.len + 2);
	return v;
}

/* Our initial sequence numbers: 0, -ENOENT (not this name), -ENODATA */
static int isn_field(const struct eval *e, const char *name, size_t len,
		     int64_t *v)
{
	static const char *const names[] = { "drill_isn", "drill_isn_before" };

	for (unsigned i = 0; i < 2; i++) {
		if (strlen(names[i]) != len || memcmp(names[i], name, len) != 0)
			continue;
		*v = e->facts->isn[i];
		return e->skip || i < e->facts->isns ? 0 : -ENODATA;
	}
	return -ENOENT;
}

static struct value parse_name(struct eval *e)
{
	const char *name = e->cur;
	int64_t v = 0;
	size_t n = 0;
	int ret;

	while (name_char(at(e, n)))
		n++;
	ret = isn_field(e, name, n, &v);
	if (ret == -ENOENT)
		ret = drill_info_field(name, n, e->facts->info,
				       e->facts->info_len, &v);
	if (ret == -ENOENT && drill_symbols_find(name, n, &v))
		ret = 0;
	if (ret == -ENOENT)
		drill_error_set(e->err, e->pos, "unknown name %.*s",
				n < NAME_MAX_LEN ? (int)n : NAME_MAX_LEN, name);
	else if (ret == -ENODATA)
		drill_error_set(e->err, e->pos, "no %.*s: no SYN of it left",
				(int)n, name);
	else if (ret < 0)
		drill_error_set(e->err, e->pos, "no %.*s in this TCP_INFO",
				(int)n, name);
	step(e, n);
	return integer(v);
}

static struct value parse_parentheses(struct eval *e)
{
	struct value v;

	e->depth++;
	v = parse_or(e);
	blank(e);
	e->depth--;
	if (at(e, 0) == ')')
		step(e, 1);
	else
		fail(e, "')' expected");
	return v;
}

static struct value parse_atom(struct eval *e)
{
	blank(e);
	if (take(e, "("))
		return parse_parentheses(e);
	if (take_word(e, "True"))
		return integer(1);
	if (take_word(e, "False"))
		return integer(0);
	if (isdigit((unsigned char)at(e, 0)) ||
	    (at(e, 0) == '.' && isdigit((unsigned char)at(e, 1))))
		return parse_number(e);
	if (at(e, 0) == '\'' || at(e, 0) == '"')
		return parse_string(e);
	if (name_char(at(e, 0)))
		return parse_name(e);
	fail(e, "value expected");
	return integer(0);
}

static struct value invert(struct eval *e, struct value v)
{
	if (v.type != INTEGER)
		fail(e, "~ is for integers");
	return integer(~v.i);
}

static struct value parse_unary(struct eval *e)
{
	struct value v;

	if (++e->nesting > DEPTH_MAX)
		fail(e, "nested too deeply");
	if (take(e, "-"))
		v = binary(e, '-', integer(0), parse_unary(e));
	else if (take(e, "+"))
		v = binary(e, '+', integer(0), parse_unary(e));
	else if (take(e, "~"))
		v = invert(e, parse_unary(e));
	else
		v = parse_atom(e);
	e->nesting--;
	return v;
}

static struct value parse_product(struct eval *e)
{
	struct value v = parse_unary(e);

	for (;;) {
		if (take(e, "//"))
			v = binary(e, 'd', v, parse_unary(e));
		else if (take(e, "*"))
			v = binary(e, '*', v, parse_unary(e));
		else if (take(e, "/"))
			v = binary(e, '/', v, parse_unary(e));
		else if (take(e, "%"))
			v = binary(e, '%', v, parse_unary(e));
		else
			return v;
	}
}

static struct value parse_sum(struct eval *e)
{
	struct value v = parse_product(e);

	for (;;) {
		if (take(e, "+"))
			v = binary(e, '+', v, parse_product(e));
		else if (take(e, "-"))
			v = binary(e, '-', v, parse_product(e));
		else
			return v;
	}
}

static struct value parse_shift(struct eval *e)
{
	struct value v = parse_sum(e);

	for (;;) {
		if (take(e, "<<"))
			v = binary(e, '<', v, parse_sum(e));
		else if (take(e, ">>"))
			v = binary(e, '>', v, parse_sum(e));
		else
			return v;
	}
}

static struct value parse_bit_and(struct eval *e)
{
	struct value v = parse_shift(e);

	while (take(e, "&"))
		v = binary(e, '&', v, parse_shift(e));
	return v;
}

static struct value parse_bit_xor(struct eval *e)
{
	struct value v = parse_bit_and(e);

	while (take(e, "^"))
		v = binary(e, '^', v, parse_bit_and(e));
	return v;
}

static struct value parse_bit_or(struct eval *e)
{
	struct value v = parse_bit_xor(e);

	while (take(e, "|"))
		v = binary(e, '|', v, parse_bit_xor(e));
	return v;
}

/** order() - <0, 0, >0 as @a is below, equal to, above @b */
static int order(struct eval *e, struct value a, struct value b)
{
	double x = as_real(a), y = as_real(b);

	if (a.type == INTEGER && b.type == INTEGER)
		return (a.i > b.i) - (a.i < b.i);
	if (a.type == STRING && b.type == STRING) {
		size_t n = a.len < b.len ? a.len : b.len;
		int c = memcmp(a.s, b.s, n);

		return c ? c : (a.len > b.len) - (a.len < b.len);
	}
	if (!e->skip && (a.type == STRING || b.type == STRING))
		fail(e, "a string is not compared with a number");
	return (x > y) - (x < y);
}

enum comparison { NONE, LE, GE, EQUAL, NOT_EQUAL, LT, GT };

static enum comparison take_comparison(struct eval *e)
{
	static const char *const ops[] = {
		[LE] = "<=",	    [GE] = ">=", [EQUAL] = "==",
		[NOT_EQUAL] = "!=", [LT] = "<",	 [GT] = ">"
	};

	for (int i = LE; i <= GT; i++)
		if (take(e, ops[i]))
			return (enum comparison)i;
	return NONE;
}

static bool compare(struct eval *e, enum comparison op, struct value a,
		    struct value b)
{
	int c = order(e, a, b);
	bool ok = op == LE	    ? c <= 0
		  : op == GE	    ? c >= 0
		  : op == EQUAL	    ? c == 0
		  : op == NOT_EQUAL ? c != 0
		  : op == LT	    ? c < 0
				    : c > 0;

	if (!ok && !e->skip) {
		e->has_differ = true;
		e->differ[0] = a;
		e->differ[1] = b;
	}
	return ok;
}

/* a < b < c means a < b and b < c. */
static struct value parse_comparison(struct eval *e)
{
	struct value left = parse_bit_or(e), right;
	bool all = true, any = false;
	enum comparison op;

	while ((op = take_comparison(e)) != NONE) {
		right = parse_bit_or(e);
		all &= compare(e, op, left, right);
		left = right;
		any = true;
	}
	return any ? integer(all) : left;
}

static struct value parse_not(struct eval *e)
{
	struct value v;

	if (!take_word(e, "not"))
		return parse_comparison(e);
	if (++e->nesting > DEPTH_MAX)
		fail(e, "nested too deeply");
	v = parse_not(e);
	e->nesting--;
	return integer(!truth(v));
}

static struct value parse_and(struct eval *e)
{
	struct value v = parse_not(e);

	while (take_word(e, "and")) {
		bool enough = !truth(v);
		struct value w;

		e->skip += enough;
		w = parse_not(e);
		e->skip -= enough;
		v = enough ? v : w;
	}
	return v;
}

static struct value parse_or(struct eval *e)
{
	struct value v = parse_and(e);

	while (take_word(e, "or")) {
		bool enough = truth(v);
		struct value w;

		e->skip += enough;
		w = parse_and(e);
		e->skip -= enough;
		v = enough ? v : w;
	}
	return v;
}

/* ------------------------------------------------------------ statements */

/** values() - VALUE {, VALUE}, joined by blanks */
static void values(struct eval *e, char *to, size_t size)
{
	size_t n = 0;

	to[0] = '\0';
	do {
		struct value v = parse_or(e);

		if (n > 0 && n + 1 < size)
			to[n++] = ' ';
		n += (size_t)value_text(v, to + n, size - n);
		if (n >= size)
			n = size - 1;
	} while (take(e, ","));
}

static void assertion_failed(struct eval *e, const char *text, size_t len,
			     struct drill_pos pos, const char *message)
{
	char left[64], right[64];
	int n = len < 100 ? (int)len : 100;

	if (!e->has_differ) {
		drill_error_set(e->err, pos, "assertion failed: %.*s%s%s", n,
				text, *message ? ": " : "", message);
		return;
	}
	value_text(e->differ[0], left, sizeof(left));
	value_text(e->differ[1], right, sizeof(right));
	drill_error_set(e->err, pos,
			"assertion failed: %.*s: %s against %s%s%s", n, text,
			left, right, *message ? ": " : "", message);
}

static void assertion(struct eval *e)
{
	struct drill_pos pos;
	char message[80] = "";
	const char *text;
	struct value v;
	size_t len;

	blank(e);
	pos = e->pos;
	text = e->cur;
	e->has_differ = false;
	v = parse_or(e);
	len = (size_t)(e->cur - text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	if (take(e, ","))
		values(e, message, sizeof(message));
	if (!truth(v) && !e->skip)
		assertion_failed(e, text, len, pos, message);
}

/* print(a, b) is print with a list: Python 3's and 2's look the same but for
 * `print (a), b`, which nobody writes.
 */
static void print(struct eval *e)
{
	char line[400] = "";

	blank(e);
	if (at(e, 0) == '(') {
		step(e, 1);
		e->depth++;
		if (!take(e, ")")) {
			values(e, line, sizeof(line));
			if (!take(e, ")"))
				fail(e, "')' expected");
		}
		e->depth--;
	} else if (at(e, 0) && at(e, 0) != '\n' && at(e, 0) != ';') {
		values(e, line, sizeof(line));
	}
	if (!e->skip && !e->err->text[0])
		fprintf(e->out, "%s\n", line);
}

static void statement(struct eval *e)
{
	if (take_word(e, "assert"))
		assertion(e);
	else if (take_word(e, "print"))
		print(e);
	else
		fail(e, "assert or print expected");
	blank(e);
	if (at(e, 0) && at(e, 0) != '\n' && at(e, 0) != ';')
		fail(e, "end of the line, or ; expected");
}

static int run(struct eval *e)
{
	for (;;) {
		blank(e);
		while (at(e, 0) == '\n' || at(e, 0) == ';') {
			step(e, 1);
			blank(e);
		}
		if (stopped(e))
			return e->err->text[0] ? -EINVAL : 0;
		statement(e);
	}
}

int drill_expr_check(const struct drill_code *c, struct drill_error *err)
{
	struct eval e = { .cur = c->text,
			  .end = c->text + c->len,
			  .pos = c->pos,
			  .err = err,
			  .facts = &(struct drill_facts) { 0 },
			  .skip = 1 };

	return run(&e);
}

int drill_expr_run(const struct drill_code *c, const struct drill_facts *facts,
		   FILE *out, struct drill_error *err)
{
	struct eval e = { .cur = c->text,
			  .end = c->text + c->len,
			  .pos = c->pos,
			  .err = err,
			  .facts = facts,
			  .out = out };

	return run(&e);
}
