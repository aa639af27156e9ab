/* SPDX-License-Identifier: MIT */
/*
 * drill/lex.h - from the characters of a script to its words
 *
 * Comments are skipped (the three kinds: // # and slash-star), a name given
 * by -D is replaced by its value, and each token knows where it stood. The
 * first error sticks: from then on the lexer answers only DRILL_END, so that
 * a parser needs no error path of its own and still ends.
 */
#ifndef OSTIA_DRILL_LEX_H
#define OSTIA_DRILL_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct drill_pos - A place in a script, both counted from 1 */
struct drill_pos {
	unsigned line;
	unsigned col;
};

/** struct drill_error - What is wrong, and where; @text[0] == 0: nothing */
struct drill_error {
	struct drill_pos pos;
	char text[240];
};

/** drill_error_set() - Keep the first error; later ones are its echoes. */
void drill_error_set(struct drill_error *e, struct drill_pos pos,
		     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** struct drill_define - -D NAME=VALUE, a list */
struct drill_define {
	struct drill_define *next;
	const char *name;
	const char *value;
};

enum drill_tok {
	DRILL_END, /* end of the script, or an error */
	DRILL_WORD, /* a name */
	DRILL_INT, /* 12, 0x1f; value */
	DRILL_REAL, /* 1.5, .1; ns */
	DRILL_STRING, /* "...", without its quotes, escapes as written */
	DRILL_COMMAND, /* `...`, without its quotes */
	DRILL_CODE, /* %{ ... }%, without them */
	DRILL_ELLIPSIS, /* ... */
	DRILL_PUNCT, /* one character, in value */
};

/**
 * struct drill_token - One word of the script
 * @at:		its first byte, @len bytes, quotes not counted
 * @src, @src_end: what the script itself says (a defined name, not its value)
 * @value:	of an integer; the character of a punctuation
 * @ns:		of a number read as seconds
 * @glued:	no space stood before it
 */
struct drill_token {
	enum drill_tok kind;
	struct drill_pos pos;
	const char *at;
	size_t len;
	const char *src;
	const char *src_end;
	int64_t value;
	int64_t ns;
	bool glued;
};

enum { DRILL_DEFINE_DEPTH = 8 };

/** struct drill_source - Text being read, at @cur; a defined value or all */
struct drill_source {
	const char *cur;
	const char *end;
	struct drill_pos pos;
};

/** struct drill_lex - The script, and the definitions being read in it */
struct drill_lex {
	struct drill_source in[DRILL_DEFINE_DEPTH];
	unsigned depth;
	const char *src;
	const char *src_end;
	const struct drill_define *defines;
	struct drill_error *err;
};

/**
 * drill_lex_init() - Read @text from @pos on
 * @defines:	borrowed until the last token; may be NULL
 * @err:	where the first error goes, borrowed
 */
void drill_lex_init(struct drill_lex *lx, const char *text, size_t len,
		    struct drill_pos pos, const struct drill_define *defines,
		    struct drill_error *err);

/** drill_lex_next() - The next token */
struct drill_token drill_lex_next(struct drill_lex *lx);

/**
 * drill_lex_hex() - Read @t again, as hexadecimal digits of any number
 *
 * A cookie may begin with a digit and go on with letters. Sets an error when
 * @t is no hexadecimal word. @t must be the token that was read last.
 */
struct drill_token drill_lex_hex(struct drill_lex *lx, struct drill_token t);

/** drill_lex_note() - Skip a note in parentheses whose ( was read last. */
void drill_lex_note(struct drill_lex *lx, struct drill_token open);

#endif
