/* SPDX-License-Identifier: MIT */
/*
 * drill/parse_call.c - calls and their values
 *
 *	call   = NAME '(' [value {',' value}] ')' '=' value [ERRNO] [note]
 *	value  = '...' | STRING | '[' values ']' | '{' fields '}' | number
 *	fields = [NAME ['(' value ')'] '='] value {',' ...}
 *	number = term {'|' term},  term = ['-' | '~'] INT | CONSTANT |
 *		 htons(number) | htonl(number) | inet_addr("1.2.3.4") |
 *		 inet_pton(family, "address") | '(' number ')'
 */
#include "drill/reader.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "drill/signature.h"
#include "drill/structs.h"
#include "drill/symbols.h"

enum { VALUE_DEPTH_MAX = 16 };

static struct drill_expr *parse_value(struct drill_reader *r, unsigned depth);
static int64_t parse_number(struct drill_reader *r, unsigned depth);

static struct drill_expr *new_expr(struct drill_reader *r,
				   enum drill_expr_kind kind)
{
	struct drill_expr *e = drill_arena_alloc(r->arena, sizeof(*e));

	e->kind = kind;
	e->pos = r->tok.pos;
	return e;
}

/** digit() - The value of an escape's digit, or -1 */
static int digit(char c, int base)
{
	int v = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : 99;

	return v < base ? v : -1;
}

/** escaped() - The byte that a backslash at @p means; @p moves past it */
static char escaped(const char **p, const char *end)
{
	static const char plain[] = "nrt\\\"", means[] = "\n\r\t\\\"";
	const char *hit;
	int base, v = 0;

	if (*p == end)
		return '\\';
	hit = memchr(plain, **p, sizeof(plain) - 1);
	if (hit) {
		(*p)++;
		return means[hit - plain];
	}
	base = **p == 'x' ? 16 : 8;
	*p += base == 16;
	for (int i = 0; i < (base == 16 ? 2 : 3) && *p < end; i++, (*p)++) {
		if (digit(**p, base) < 0)
			break;
		v = v * base + digit(**p, base);
	}
	return (char)v;
}

static struct drill_expr *parse_string(struct drill_reader *r)
{
	struct drill_expr *e = new_expr(r, DRILL_TEXT);
	struct drill_token t = drill_reader_next(r);
	char *to = drill_arena_alloc(r->arena, t.len + 1);
	const char *p = t.at, *end = t.at + t.len;

	e->bytes = to;
	while (p < end) {
		char c = *p++;

		*to++ = c == '\\' ? escaped(&p, end) : c;
	}
	e->len = (size_t)(to - e->bytes);
	return e;
}

/* The text between a function's parentheses: "192.0.2.1" */
static const char *parse_address(struct drill_reader *r)
{
	struct drill_token t;

	if (r->tok.kind != DRILL_STRING) {
		drill_reader_fail(r, "address in quotes");
		return "";
	}
	t = drill_reader_next(r);
	return drill_arena_copy(r->arena, t.at, t.len);
}

static int64_t parse_inet_addr(struct drill_reader *r)
{
	struct drill_pos pos = r->tok.pos;
	struct in_addr addr = { 0 };

	if (inet_pton(AF_INET, parse_address(r), &addr) != 1)
		drill_error_set(r->err, pos, "not an IPv4 address");
	return addr.s_addr;
}

static int64_t parse_function(struct drill_reader *r, struct drill_token name,
			      unsigned depth)
{
	int64_t v = 0;

	drill_reader_want(r, '(');
	if (name.len == 5 && memcmp(name.at, "htons", 5) == 0)
		v = htons((uint16_t)parse_number(r, depth + 1));
	else if (name.len == 5 && memcmp(name.at, "htonl", 5) == 0)
		v = htonl((uint32_t)parse_number(r, depth + 1));
	else if (name.len == 9 && memcmp(name.at, "inet_addr", 9) == 0)
		v = parse_inet_addr(r);
	else
		drill_error_set(r->err, name.pos, "unknown function %.*s",
				(int)name.len, name.at);
	drill_reader_want(r, ')');
	return v;
}

/* Constants that depend on the version of IP, as packetdrill has them. */
static bool find_symbol(const struct drill_reader *r, struct drill_token t,
			int64_t *v)
{
	bool v6 = drill_config_is_v6(r->cfg);

	if (drill_symbols_find(t.at, t.len, v))
		return true;
	if (t.len == 13 && !memcmp(t.at, "CMSG_LEVEL_IP", 13))
		*v = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	else if (t.len == 17 && !memcmp(t.at, "CMSG_TYPE_RECVERR", 17))
		*v = v6 ? IPV6_RECVERR : IP_RECVERR;
	else
		return false;
	return true;
}

static int64_t parse_name(struct drill_reader *r, unsigned depth)
{
	struct drill_token t = drill_reader_next(r);
	int64_t v = 0;

	if (drill_reader_at(r, '('))
		return parse_function(r, t, depth);
	if (!find_symbol(r, t, &v))
		drill_error_set(r->err, t.pos, "unknown constant %.*s",
				(int)t.len, t.at);
	return v;
}

static int64_t parse_term(struct drill_reader *r, unsigned depth)
{
	int64_t v = 0;

	if (depth > VALUE_DEPTH_MAX) {
		drill_reader_fail(r, "less deeply nested value");
	} else if (drill_reader_take(r, '-')) {
		v = -parse_term(r, depth + 1);
	} else if (drill_reader_take(r, '~')) {
		v = ~parse_term(r, depth + 1);
	} else if (drill_reader_take(r, '(')) {
		v = parse_number(r, depth + 1);
		drill_reader_want(r, ')');
	} else if (r->tok.kind == DRILL_INT) {
		v = drill_reader_next(r).value;
	} else if (r->tok.kind == DRILL_WORD) {
		v = parse_name(r, depth);
	} else {
		drill_reader_fail(r, "value");
	}
	return v;
}

static int64_t parse_number(struct drill_reader *r, unsigned depth)
{
	int64_t v = parse_term(r, depth);

	while (drill_reader_take(r, '|'))
		v |= parse_term(r, depth);
	return v;
}

/* inet_pton(AF_INET6, "2001:db8::1"), as strace writes it; bytes of AF_INET
 * are a number, as inet_addr()'s.
 */
static struct drill_expr *parse_pton(struct drill_reader *r, unsigned depth)
{
	struct drill_expr *e = new_expr(r, DRILL_TEXT);
	struct drill_pos pos = r->tok.pos;
	char *addr = drill_arena_alloc(r->arena, sizeof(struct in6_addr));
	int64_t family;

	drill_reader_next(r);
	drill_reader_want(r, '(');
	family = parse_number(r, depth);
	drill_reader_want(r, ',');
	if ((family != AF_INET && family != AF_INET6) ||
	    inet_pton((int)family, parse_address(r), addr) != 1)
		drill_error_set(r->err, pos, "not an address of its family");
	drill_reader_want(r, ')');
	if (family == AF_INET) {
		uint32_t v;

		memcpy(&v, addr, sizeof(v));
		e->kind = DRILL_NUMBER;
		e->num = v;
		return e;
	}
	e->bytes = addr;
	e->len = sizeof(struct in6_addr);
	return e;
}

static bool is_field(struct drill_token t)
{
	return drill_signature_field(t.at, t.len) ||
	       drill_structs_field(t.at, t.len);
}

/* A name is a field's before = alone, and before ( if there is such a field:
 * functions may stand there too.
 */
static bool take_field(struct drill_reader *r)
{
	const struct drill_reader before = *r;
	struct drill_token name = r->tok;

	if (name.kind != DRILL_WORD)
		return false;
	drill_reader_next(r);
	if (drill_reader_at(r, '=') && !is_field(name))
		drill_error_set(r->err, name.pos, "unknown field %.*s",
				(int)name.len, name.at);
	if (drill_reader_at(r, '=') ||
	    (drill_reader_at(r, '(') && is_field(name)))
		return true;
	*r = before;
	return false;
}

/* [NAME ['(' value ')'] '='] value */
static struct drill_expr *parse_field(struct drill_reader *r, unsigned depth)
{
	const struct drill_token name = r->tok;
	struct drill_expr *size = NULL, *value;

	if (!take_field(r))
		return parse_value(r, depth);
	if (drill_reader_take(r, '(')) {
		size = parse_value(r, depth);
		drill_reader_want(r, ')');
	}
	drill_reader_want(r, '=');
	value = parse_value(r, depth);
	value->name = drill_arena_copy(r->arena, name.at, name.len);
	value->size = size;
	value->pos = name.pos;
	return value;
}

static unsigned parse_items(struct drill_reader *r, char close,
			    struct drill_expr **tail, unsigned depth)
{
	unsigned n = 0;

	if (drill_reader_take(r, close))
		return 0;
	do {
		*tail = close == '}' ? parse_field(r, depth)
				     : parse_value(r, depth);
		tail = &(*tail)->next;
		n++;
	} while (drill_reader_take(r, ','));
	drill_reader_want(r, close);
	return n;
}

static struct drill_expr *parse_group(struct drill_reader *r, char close,
				      unsigned depth)
{
	struct drill_expr *e =
		new_expr(r, close == '}' ? DRILL_STRUCT : DRILL_LIST);

	drill_reader_next(r);
	e->count = parse_items(r, close, &e->items, depth + 1);
	return e;
}

static struct drill_expr *parse_value(struct drill_reader *r, unsigned depth)
{
	struct drill_expr *e;

	if (depth > VALUE_DEPTH_MAX)
		drill_reader_fail(r, "less deeply nested value");
	if (r->tok.kind == DRILL_STRING)
		return parse_string(r);
	if (drill_reader_at_word(r, "inet_pton"))
		return parse_pton(r, depth);
	if (drill_reader_at(r, '['))
		return parse_group(r, ']', depth);
	if (drill_reader_at(r, '{'))
		return parse_group(r, '}', depth);
	if (r->tok.kind == DRILL_ELLIPSIS) {
		e = new_expr(r, DRILL_DOTS);
		drill_reader_next(r);
		return e;
	}
	e = new_expr(r, DRILL_NUMBER);
	e->num = parse_number(r, depth);
	return e;
}

static void parse_errno(struct drill_reader *r, struct drill_call *c)
{
	struct drill_token t = drill_reader_next(r);
	int64_t v = 0;

	if (!drill_symbols_find(t.at, t.len, &v) || t.at[0] != 'E' ||
	    !drill_symbols_errno((int)v))
		drill_error_set(r->err, t.pos, "unknown errno %.*s", (int)t.len,
				t.at);
	else if (c->result->kind != DRILL_NUMBER || c->result->num != -1)
		drill_error_set(r->err, t.pos, "errno after a success");
	c->err = (int)v;
}

/* The ( of a note is the token at hand; the note may hold anything. */
static void skip_note(struct drill_reader *r)
{
	drill_lex_note(&r->lex, r->tok);
	r->used_end = r->lex.src_end;
	r->tok = drill_lex_next(&r->lex);
}

static void check_args(struct drill_reader *r, struct drill_call *c)
{
	unsigned min, max;

	const char *why = drill_signature_refused(c->name);

	c->id = drill_signature_find(c->name, &min, &max);
	if (why)
		drill_error_set(r->err, c->pos, "%s() is not for drills: %s",
				c->name, why);
	else if (c->id < 0)
		drill_error_set(r->err, c->pos, "unknown call %s()", c->name);
	else if (c->nargs < min || c->nargs > max)
		drill_error_set(r->err, c->pos,
				"%s() takes %u arguments, not %u", c->name,
				c->nargs < min ? min : max, c->nargs);
}

void drill_parse_call(struct drill_reader *r, struct drill_call *c)
{
	struct drill_token name = drill_reader_next(r);

	c->name = drill_arena_copy(r->arena, name.at, name.len);
	c->pos = name.pos;
	drill_reader_want(r, '(');
	c->nargs = parse_items(r, ')', &c->args, 0);
	check_args(r, c);
	if (!r->err->text[0])
		drill_structs_check_call(c, r->err);
	drill_reader_want(r, '=');
	c->result = parse_value(r, 0);
	if (c->result->kind != DRILL_NUMBER)
		drill_error_set(r->err, c->result->pos, "a result is a number");
	if (r->tok.kind == DRILL_WORD)
		parse_errno(r, c);
	if (drill_reader_at(r, '('))
		skip_note(r);
}
