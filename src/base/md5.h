/* SPDX-License-Identifier: MIT */
/*
 * base/md5.h - MD5 (RFC 1321), for TCP's signature option alone (RFC 2385)
 *
 * Collisions of MD5 are cheap (RFC 6151); what speaks the option has nothing
 * else. New things use base/sha1.h's HMAC or base/aes.h's CMAC by RFC 5925.
 */
#ifndef OSTIA_BASE_MD5_H
#define OSTIA_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_LEN = 16, MD5_BLOCK = 64 };

/** struct md5 - A digest under way */
struct md5 {
	uint32_t state[4];
	uint64_t n; /* bytes so far */
	uint8_t block[MD5_BLOCK];
};

void md5_init(struct md5 *m);
/** md5_add() - @n more bytes. */
void md5_add(struct md5 *m, const void *p, size_t n);
/** md5_end() - The digest; @m is used up. */
void md5_end(struct md5 *m, uint8_t out[MD5_LEN]);

#endif
