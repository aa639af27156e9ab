/* SPDX-License-Identifier: MIT */
/*
 * base/md5.h - MD5 (RFC 1321), for TCP's signature option alone (RFC 2385)
 *
 * Collisions of MD5 are cheap (RFC 6151); what speaks the option has nothing
 * else. New things use base/sha1.h's HMAC or base/aes.h's CMAC by RFC 5925.
 */
#ifndef OSTIA_BASE_MD5_H
#define OSTIA_BASE_MD5_H

#include "base/digest.h"

enum { MD5_LEN = 16 };

void md5_init(struct digest *d);
/** md5_end() - The digest; @d is used up. */
void md5_end(struct digest *d, uint8_t out[MD5_LEN]);

#endif
