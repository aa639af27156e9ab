/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include <string.h>

enum { LENGTH_AT = DIGEST_BLOCK - 8 };

void digest_add(struct digest *d, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n) {
		size_t have = d->n % DIGEST_BLOCK;
		size_t k = n < DIGEST_BLOCK - have ? n : DIGEST_BLOCK - have;

		memcpy(d->block + have, at, k);
		d->n += k;
		at += k;
		n -= k;
		if (d->n % DIGEST_BLOCK == 0)
			d->compress(d->state, d->block);
	}
}

void digest_finish(struct digest *d, const uint8_t bits[8])
{
	static const uint8_t pad[DIGEST_BLOCK] = { 0x80 };
	size_t have = d->n % DIGEST_BLOCK;

	digest_add(d, pad,
		   (have < LENGTH_AT ? LENGTH_AT : LENGTH_AT + DIGEST_BLOCK) -
			   have);
	digest_add(d, bits, 8);
}
