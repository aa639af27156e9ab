/* SPDX-License-Identifier: MIT */
/*
 * drill/reader.h - a parser's hands: the token at hand and the next one
 *
 * Shared by the rooms that parse. After the first error every token is
 * DRILL_END, so the rules run out of input and need not look.
 */
#ifndef OSTIA_DRILL_READER_H
#define OSTIA_DRILL_READER_H

#include "drill/arena.h"
#include "drill/ast.h"
#include "drill/config.h"

/** struct drill_reader - @tok is the first token not yet used */
struct drill_reader {
	struct drill_lex lex;
	struct drill_token tok;
	const char *used_end; /* of the script, up to the last token used */
	struct drill_arena *arena;
	struct drill_config *cfg;
	struct drill_error *err;
};

/** drill_reader_fail() - This token is wrong: say what was expected. */
void drill_reader_fail(struct drill_reader *r, const char *expected);

/** drill_reader_next() - Use the token at hand; returns it. */
struct drill_token drill_reader_next(struct drill_reader *r);

bool drill_reader_at(const struct drill_reader *r, char punct);
bool drill_reader_at_word(const struct drill_reader *r, const char *word);

/** drill_reader_take() - Use it if it is @punct, or the word @word. */
bool drill_reader_take(struct drill_reader *r, char punct);
bool drill_reader_take_word(struct drill_reader *r, const char *word);

/** drill_reader_want() - Use @punct, or fail. */
void drill_reader_want(struct drill_reader *r, char punct);

/** drill_reader_u32() - Use a number in [0, @max], or fail. */
uint32_t drill_reader_u32(struct drill_reader *r, uint32_t max,
			  const char *what);

/** drill_parse_call() - name(args) = result; the rest of a statement */
void drill_parse_call(struct drill_reader *r, struct drill_call *c);

/** drill_parse_packet() - What follows a time and is `<` or `>` */
void drill_parse_packet(struct drill_reader *r, struct drill_packet *p);

#endif
