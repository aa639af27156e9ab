/* SPDX-License-Identifier: MIT */
#include "drill/parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "drill/command.h"
#include "drill/expr.h"
#include "drill/reader.h"

/* ------------------------------------------------------- option lines */

/** struct head - The lines before the first statement */
struct head {
	const char *cur;
	const char *end;
	struct drill_pos pos;
};

static void head_skip(struct head *h, size_t n)
{
	for (; n > 0; n--, h->cur++) {
		h->pos.col++;
		if (*h->cur == '\n') {
			h->pos.line++;
			h->pos.col = 1;
		}
	}
}

static bool head_starts(const struct head *h, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(h->end - h->cur) >= n && memcmp(h->cur, with, n) == 0;
}

static size_t head_line(const struct head *h)
{
	const char *nl = memchr(h->cur, '\n', (size_t)(h->end - h->cur));

	return (size_t)((nl ? nl : h->end) - h->cur);
}

/* An endless comment is left to the lexer, who says where it began. */
static size_t head_long_comment(const struct head *h)
{
	const char *end = memmem(h->cur, (size_t)(h->end - h->cur), "*/", 2);

	return end ? (size_t)(end + 2 - h->cur) : 0;
}

/** head_blank() - Bytes of space or comment here, 0: something else */
static size_t head_blank(const struct head *h)
{
	if (h->cur == h->end)
		return 0;
	if (isspace((unsigned char)*h->cur))
		return 1;
	if (*h->cur == '#' || head_starts(h, "//"))
		return head_line(h);
	return head_starts(h, "/*") ? head_long_comment(h) : 0;
}

/** option_length() - Of a line, without trailing comment and blanks */
static size_t option_length(const char *line, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (isspace((unsigned char)line[i - 1]) &&
		    (line[i] == '#' ||
		     (line[i] == '/' && i + 1 < n && line[i + 1] == '/')))
			n = i;
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	return n;
}

/* Several options may share a line; a value ends at a blank. */
static size_t one_option(const char *line, size_t n)
{
	size_t i = strncmp(line, "-D", 2) == 0 ? 2 : 0;

	while (i < n && i > 0 && isspace((unsigned char)line[i]))
		i++;
	while (i < n && !(isspace((unsigned char)line[i]) && i + 1 < n &&
			  line[i + 1] == '-'))
		i++;
	return option_length(line, i);
}

static int option_line(struct head *h, struct drill_config *cfg,
		       struct drill_arena *a, struct drill_error *err)
{
	size_t n = one_option(h->cur, option_length(h->cur, head_line(h)));
	const char *text = drill_arena_copy(a, h->cur, n);
	int ret = drill_config_option(cfg, a, text, h->pos, err);

	head_skip(h, n);
	return ret;
}

static int read_head(struct head *h, struct drill_config *cfg,
		     struct drill_arena *a, struct drill_error *err)
{
	for (;;) {
		size_t blank = head_blank(h);
		int ret = 0;

		if (blank)
			head_skip(h, blank);
		else if (h->cur < h->end && *h->cur == '-')
			ret = option_line(h, cfg, a, err);
		else
			return 0;
		if (ret < 0)
			return ret;
	}
}

static int override(struct drill_config *cfg, const char *const *options,
		    struct drill_arena *a, struct drill_error *err)
{
	for (; options && *options; options++) {
		int ret = drill_config_option(cfg, a, *options,
					      (struct drill_pos) { 0, 0 }, err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* --------------------------------------------------------- statements */

static int64_t seconds(struct drill_reader *r)
{
	if (r->tok.kind != DRILL_INT && r->tok.kind != DRILL_REAL) {
		drill_reader_fail(r, "time in seconds");
		return 0;
	}
	return drill_reader_next(r).ns;
}

static void parse_range(struct drill_reader *r, struct drill_when *w,
			struct drill_pos pos)
{
	bool plus = drill_reader_take(r, '+');

	w->range = true;
	w->to_ns = seconds(r);
	if (plus != (w->kind == DRILL_RELATIVE))
		drill_error_set(r->err, pos,
				"both ends of a range are written with +, "
				"or neither");
	if (w->to_ns < w->from_ns)
		drill_error_set(r->err, pos,
				"time range that ends before it "
				"begins");
}

static void parse_until(struct drill_reader *r, struct drill_when *w,
			struct drill_pos pos)
{
	drill_reader_take(r, '+');
	w->blocking = true;
	w->until_ns = seconds(r);
	if (w->until_ns < w->from_ns)
		drill_error_set(r->err, pos,
				"call that returns before it begins");
}

/* 1.5 | +.1 | * | 1.0~1.2 | +.1~+.2 | 1.0...1.2 | +0...0.2 */
static struct drill_when parse_when(struct drill_reader *r)
{
	struct drill_when w = { .kind = DRILL_ABSOLUTE };
	struct drill_pos pos = r->tok.pos;

	if (drill_reader_take(r, '*')) {
		w.kind = DRILL_ANY_TIME;
		return w;
	}
	if (drill_reader_take(r, '+'))
		w.kind = DRILL_RELATIVE;
	w.from_ns = w.to_ns = seconds(r);
	if (drill_reader_take(r, '~'))
		parse_range(r, &w, pos);
	if (r->tok.kind == DRILL_ELLIPSIS) {
		drill_reader_next(r);
		parse_until(r, &w, pos);
	}
	return w;
}

static void parse_quoted(struct drill_reader *r, struct drill_stmt *s)
{
	struct drill_token t = drill_reader_next(r);

	s->kind = t.kind == DRILL_CODE ? DRILL_STMT_CODE : DRILL_STMT_COMMAND;
	s->code = (struct drill_code) { t.at, t.len, t.pos };
	if (s->kind == DRILL_STMT_CODE)
		drill_expr_check(&s->code, r->err);
	else
		drill_command_check(&s->code, r->err);
}

static void parse_body(struct drill_reader *r, struct drill_stmt *s)
{
	if (drill_reader_at(r, '<') || drill_reader_at(r, '>')) {
		s->kind = DRILL_STMT_PACKET;
		drill_parse_packet(r, &s->packet);
	} else if (r->tok.kind == DRILL_WORD) {
		s->kind = DRILL_STMT_CALL;
		drill_parse_call(r, &s->call);
	} else if (r->tok.kind == DRILL_COMMAND || r->tok.kind == DRILL_CODE) {
		parse_quoted(r, s);
	} else {
		drill_reader_fail(r, "call, <, >, `command` or %{ code }%");
	}
	if (s->when.blocking && s->kind != DRILL_STMT_CALL)
		drill_error_set(r->err, s->pos, "only calls can block");
}

/* A command without a time prepares the script, or cleans up after it. */
static struct drill_stmt *parse_stmt(struct drill_reader *r)
{
	struct drill_stmt *s = drill_arena_alloc(r->arena, sizeof(*s));

	s->pos = r->tok.pos;
	if (r->tok.kind == DRILL_COMMAND)
		s->when.kind = DRILL_RELATIVE;
	else
		s->when = parse_when(r);
	s->text = r->tok.src;
	parse_body(r, s);
	s->text_len =
		r->used_end > s->text ? (size_t)(r->used_end - s->text) : 0;
	return s;
}

/* Absolute times never go back: what came before has happened. */
static void check_order(struct drill_reader *r, const struct drill_stmt *s,
			int64_t *latest)
{
	if (s->when.kind != DRILL_ABSOLUTE)
		return;
	if (s->when.from_ns < *latest)
		drill_error_set(
			r->err, s->pos,
			"time goes back: an earlier statement is later");
	*latest = s->when.from_ns;
}

static void parse_stmts(struct drill_reader *r, struct drill_script *out)
{
	struct drill_stmt **tail = &out->first;
	int64_t latest = 0;

	while (r->tok.kind != DRILL_END) {
		struct drill_stmt *s = parse_stmt(r);

		check_order(r, s, &latest);
		*tail = s;
		tail = &s->next;
		out->count++;
	}
}

int drill_parse(const char *text, size_t len, struct drill_config *cfg,
		const char *const *overrides, struct drill_arena *a,
		struct drill_script *out, struct drill_error *err)
{
	struct drill_reader r = { .arena = a, .cfg = cfg, .err = err };
	struct head h = { text, text + len, { 1, 1 } };

	*out = (struct drill_script) { 0 };
	if (read_head(&h, cfg, a, err) < 0 ||
	    override(cfg, overrides, a, err) < 0 ||
	    drill_config_check(cfg, err) < 0)
		return -EINVAL;
	drill_lex_init(&r.lex, h.cur, (size_t)(h.end - h.cur), h.pos,
		       cfg->defines, err);
	r.tok = drill_lex_next(&r.lex);
	parse_stmts(&r, out);
	return err->text[0] ? -EINVAL : 0;
}
