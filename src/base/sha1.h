/* SPDX-License-Identifier: MIT */
/*
 * base/sha1.h - SHA-1 (RFC 3174), and HMAC with it (RFC 2104, RFC 2202)
 *
 * For TCP-AO (RFC 5926 3.2.1). Collisions do not hurt HMAC.
 */
#ifndef OSTIA_BASE_SHA1_H
#define OSTIA_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_LEN = 20, SHA1_BLOCK = 64 };

/** struct sha1 - A digest under way */
struct sha1 {
	uint32_t state[5];
	uint64_t n; /* bytes so far */
	uint8_t block[SHA1_BLOCK];
};

void sha1_init(struct sha1 *s);
/** sha1_add() - @n more bytes. */
void sha1_add(struct sha1 *s, const void *p, size_t n);
/** sha1_end() - The digest; @s is used up. */
void sha1_end(struct sha1 *s, uint8_t out[SHA1_LEN]);

/** struct hmac_sha1 - A keyed digest under way */
struct hmac_sha1 {
	struct sha1 inner;
	uint8_t outer_pad[SHA1_BLOCK];
};

void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n);
void hmac_sha1_add(struct hmac_sha1 *h, const void *p, size_t n);
void hmac_sha1_end(struct hmac_sha1 *h, uint8_t out[SHA1_LEN]);

#endif
