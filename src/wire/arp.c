/* SPDX-License-Identifier: MIT */
#include "wire/arp.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	HW_ETHERNET = 1,
	PROTO_IP4 = 0x0800,
};

int wire_arp_parse(struct wire_arp *f, const uint8_t *p, size_t n)
{
	f->bad = WIRE_BAD_SHORT;
	if (n < WIRE_ARP_LEN)
		return -EINVAL;
	f->bad = WIRE_BAD_VERSION;
	if (wire_be_get16(p) != HW_ETHERNET ||
	    wire_be_get16(p + 2) != PROTO_IP4)
		return -EINVAL;
	f->bad = WIRE_BAD_HLEN;
	if (p[4] != 6 || p[5] != 4)
		return -EINVAL;
	f->bad = 0;
	f->op = wire_be_get16(p + 6);
	f->sha = p + 8;
	f->spa = p + 14;
	f->tha = p + 18;
	f->tpa = p + 24;
	return WIRE_ARP_LEN;
}

int wire_arp_emit(uint8_t *p, size_t n, const struct wire_arp *f)
{
	if (n < WIRE_ARP_LEN)
		return -ENOBUFS;
	wire_be_put16(p, HW_ETHERNET);
	wire_be_put16(p + 2, PROTO_IP4);
	p[4] = 6;
	p[5] = 4;
	wire_be_put16(p + 6, f->op);
	memcpy(p + 8, f->sha, 6);
	memcpy(p + 14, f->spa, 4);
	memcpy(p + 18, f->tha, 6);
	memcpy(p + 24, f->tpa, 4);
	return WIRE_ARP_LEN;
}
