/* SPDX-License-Identifier: MIT */
#include "wire/eth.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

static bool is_tag(uint16_t type)
{
	return type == WIRE_ETH_VLAN || type == WIRE_ETH_QINQ;
}

int wire_eth_parse(struct wire_eth *f, const uint8_t *p, size_t n)
{
	size_t off = WIRE_ETH_HLEN;

	f->bad = WIRE_BAD_SHORT;
	if (n < WIRE_ETH_HLEN)
		return -EINVAL;
	f->dst = p;
	f->src = p + WIRE_ETH_ALEN;
	f->type = wire_be_get16(p + 12);
	f->n_tags = 0;
	while (is_tag(f->type) && f->n_tags < WIRE_ETH_MAX_TAGS) {
		if (n - off < WIRE_ETH_TAG_LEN)
			return -EINVAL;
		f->tpid[f->n_tags] = f->type;
		f->tci[f->n_tags++] = wire_be_get16(p + off);
		f->type = wire_be_get16(p + off + 2);
		off += WIRE_ETH_TAG_LEN;
	}
	f->bad = 0;
	return (int)off;
}

int wire_eth_emit(uint8_t *p, size_t n, const struct wire_eth *f)
{
	size_t off = 12;

	if (f->n_tags > WIRE_ETH_MAX_TAGS)
		return -EINVAL;
	for (unsigned i = 0; i < f->n_tags; i++)
		if (!is_tag(f->tpid[i]))
			return -EINVAL;
	if (n < WIRE_ETH_HLEN + (size_t)f->n_tags * WIRE_ETH_TAG_LEN)
		return -ENOBUFS;
	memcpy(p, f->dst, WIRE_ETH_ALEN);
	memcpy(p + WIRE_ETH_ALEN, f->src, WIRE_ETH_ALEN);
	for (unsigned i = 0; i < f->n_tags; i++) {
		wire_be_put16(p + off, f->tpid[i]);
		wire_be_put16(p + off + 2, f->tci[i]);
		off += WIRE_ETH_TAG_LEN;
	}
	wire_be_put16(p + off, f->type);
	return (int)off + 2;
}
