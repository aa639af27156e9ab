/* SPDX-License-Identifier: MIT */
#include "drill/reader.h"

#include <string.h>

void drill_reader_fail(struct drill_reader *r, const char *expected)
{
	const struct drill_token *t = &r->tok;

	if (t->kind == DRILL_END)
		drill_error_set(r->err, t->pos, "%s expected, the script ends",
				expected);
	else
		drill_error_set(r->err, t->pos, "%s expected, not '%.*s'",
				expected, t->len < 60 ? (int)t->len : 60,
				t->at);
	r->tok.kind = DRILL_END;
}

struct drill_token drill_reader_next(struct drill_reader *r)
{
	struct drill_token t = r->tok;

	if (t.kind == DRILL_END)
		return t;
	r->used_end = t.src_end;
	r->tok = drill_lex_next(&r->lex);
	return t;
}

bool drill_reader_at(const struct drill_reader *r, char punct)
{
	return r->tok.kind == DRILL_PUNCT && r->tok.value == punct;
}

bool drill_reader_at_word(const struct drill_reader *r, const char *word)
{
	return r->tok.kind == DRILL_WORD && strlen(word) == r->tok.len &&
	       memcmp(word, r->tok.at, r->tok.len) == 0;
}

bool drill_reader_take(struct drill_reader *r, char punct)
{
	if (!drill_reader_at(r, punct))
		return false;
	drill_reader_next(r);
	return true;
}

bool drill_reader_take_word(struct drill_reader *r, const char *word)
{
	if (!drill_reader_at_word(r, word))
		return false;
	drill_reader_next(r);
	return true;
}

void drill_reader_want(struct drill_reader *r, char punct)
{
	const char what[] = { '\'', punct, '\'', '\0' };

	if (!drill_reader_take(r, punct))
		drill_reader_fail(r, what);
}

uint32_t drill_reader_u32(struct drill_reader *r, uint32_t max,
			  const char *what)
{
	if (r->tok.kind != DRILL_INT || r->tok.value < 0 ||
	    r->tok.value > max) {
		drill_reader_fail(r, what);
		return 0;
	}
	return (uint32_t)drill_reader_next(r).value;
}
