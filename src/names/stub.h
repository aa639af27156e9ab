/* SPDX-License-Identifier: MIT */
/*
 * names/stub.h - a small stub resolver (RFC 1035 7, RFC 5452, RFC 7766)
 *
 * Each question has a socket of its own, on a port that was drawn, connected
 * to the server: the transport drops what comes from elsewhere, or to another
 * port. The id is drawn, too, and letters have a random case that
 * the answer must repeat. What is cut is asked again over TCP. There is no
 * cache. What it holds is on the caller's stack.
 */
#ifndef OSTIA_NAMES_STUB_H
#define OSTIA_NAMES_STUB_H

#include "wire/dns.h"

#include <ostia/names.h>

enum {
	NAMES_STUB_CHAIN = 16, /* aliases that are followed */
	NAMES_STUB_UDP = 1232, /* what we take: fits every path (RFC 8900) */
	NAMES_STUB_TCP = 16384, /* longer answers are refused */
};

/** enum names_stub_found - What an answer says */
enum names_stub_found {
	NAMES_STUB_OPEN, /* not yet */
	NAMES_STUB_YES,
	NAMES_STUB_NODATA,
	NAMES_STUB_NXDOMAIN,
	NAMES_STUB_LAME, /* this server cannot; others may */
	NAMES_STUB_BROKEN, /* aliases without end */
};

/**
 * struct names_stub_question - What was asked, to be recognised in the answer
 * @name: with its letters as they went out
 */
struct names_stub_question {
	struct wire_dns_question q;
	uint16_t id;
	bool exact_case;
	bool edns;
};

/** enum names_stub_match - Is this message the answer? */
enum names_stub_match {
	NAMES_STUB_MATCH,
	NAMES_STUB_MALFORMED, /* no message, or no response */
	NAMES_STUB_WRONG_ID,
	NAMES_STUB_WRONG_QUESTION,
};

/** names_stub_match() - Read @p and compare it with what was asked. */
enum names_stub_match names_stub_match(const struct names_stub_question *q,
				       struct wire_dns *f, const uint8_t *p,
				       size_t n);

/**
 * struct names_stub_answer - What came of a question
 * @out:	addresses are added to it, and the canonical name
 * @name:	PTR: the first name
 * @cut:	addresses that were too many
 */
struct names_stub_answer {
	struct ostia_names *out;
	struct wire_dns_name *name;
	unsigned cut;
};

/** names_stub_read() - What a message that matches says. */
enum names_stub_found names_stub_read(const struct names_stub_question *q,
				      const struct wire_dns *f,
				      const uint8_t *p, size_t n,
				      struct names_stub_answer *a);

#endif
