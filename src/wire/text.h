/* SPDX-License-Identifier: MIT */
/*
 * wire/text.h - numbers and addresses as text, without stdio
 *
 * The core has no snprintf. A struct wire_text is a place in a buffer that the
 * caller lends; everything appends, nothing overflows: what does not fit is cut
 * and the text stays terminated. Traces, `ss` and drills print through it.
 */
#ifndef OSTIA_WIRE_TEXT_H
#define OSTIA_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct wire_text - A text that grows
 * @buf:  borrowed; always terminated
 * @size: of @buf, at least 1
 * @len:  bytes so far, terminator not counted; < @size
 * @cut:  something did not fit
 */
struct wire_text {
	char *buf;
	size_t size;
	size_t len;
	bool cut;
};

/** wire_text_init() - Begin an empty text in @buf; @size >= 1. */
void wire_text_init(struct wire_text *t, char *buf, size_t size);

void wire_text_char(struct wire_text *t, char c);
void wire_text_str(struct wire_text *t, const char *s);
void wire_text_mem(struct wire_text *t, const char *s, size_t n);

/** wire_text_u64() - Decimal. */
void wire_text_u64(struct wire_text *t, uint64_t v);

/** wire_text_i64() - Decimal, with a minus sign below zero. */
void wire_text_i64(struct wire_text *t, int64_t v);

/** wire_text_hex() - Lower case, at least @digits digits, no 0x. */
void wire_text_hex(struct wire_text *t, uint64_t v, unsigned digits);

/** wire_text_pad() - Blanks up to column @col, counted from the text's start.
 */
void wire_text_pad(struct wire_text *t, size_t col);

/** wire_text_mac() - 02:00:00:00:00:01 */
void wire_text_mac(struct wire_text *t, const uint8_t mac[6]);

/** wire_text_ip4() - 10.0.0.1 */
void wire_text_ip4(struct wire_text *t, const uint8_t addr[4]);

/** wire_text_ip6() - RFC 5952; v4-mapped as ::ffff:10.0.0.1 */
void wire_text_ip6(struct wire_text *t, const uint8_t addr[16]);

/** wire_text_addr() - A family-neutral address: v4-mapped prints as IPv4. */
void wire_text_addr(struct wire_text *t, const uint8_t addr[16]);

#endif
