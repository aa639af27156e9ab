/* SPDX-License-Identifier: MIT */
/*
 * base/sha1.h - SHA-1 (RFC 3174), and HMAC with it (RFC 2104, RFC 2202)
 *
 * For TCP-AO (RFC 5926 3.2.1). Collisions do not hurt HMAC.
 */
#ifndef OSTIA_BASE_SHA1_H
#define OSTIA_BASE_SHA1_H

#include "base/digest.h"

enum { SHA1_LEN = 20 };

void sha1_init(struct digest *d);
/** sha1_end() - The digest; @d is used up. */
void sha1_end(struct digest *d, uint8_t out[SHA1_LEN]);

/** struct hmac_sha1 - A keyed digest under way */
struct hmac_sha1 {
	struct digest inner;
	uint8_t outer_pad[DIGEST_BLOCK];
};

void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n);
void hmac_sha1_add(struct hmac_sha1 *h, const void *p, size_t n);
void hmac_sha1_end(struct hmac_sha1 *h, uint8_t out[SHA1_LEN]);

#endif
