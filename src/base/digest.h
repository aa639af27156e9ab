/* SPDX-License-Identifier: MIT */
/*
 * base/digest.h - what MD5 and SHA-1 have in common: blocks of 64 bytes, and
 *		   an end that tells the length (RFC 1321 3.1, RFC 3174 4)
 */
#ifndef OSTIA_BASE_DIGEST_H
#define OSTIA_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BLOCK = 64, DIGEST_WORDS = 5 };

/**
 * struct digest - Under way
 * @compress:	what a whole block does to the state
 * @state:	MD5 has four words, SHA-1 five
 * @n:		bytes so far
 */
struct digest {
	void (*compress)(uint32_t *state, const uint8_t *block);
	uint32_t state[DIGEST_WORDS];
	uint64_t n;
	uint8_t block[DIGEST_BLOCK];
};

/** digest_add() - @n more bytes. */
void digest_add(struct digest *d, const void *p, size_t n);

/**
 * digest_finish() - The last block is made whole: a bit, zeros and @bits, the
 * length as the algorithm spells it
 */
void digest_finish(struct digest *d, const uint8_t bits[8]);

#endif
