/* SPDX-License-Identifier: MIT */
#include "wire/icmpext.h"

#include "wire/be.h"

#include <errno.h>

struct wire_icmpext wire_icmpext_parse(const uint8_t p[4])
{
	return (struct wire_icmpext) { .csum = wire_be_get16(p + 2),
				       .version = p[0] >> 4 };
}

int wire_icmpext_object(const uint8_t p[4])
{
	int len = wire_be_get16(p);

	return len < WIRE_ICMPEXT_OBJECT_HLEN ? -EINVAL : len;
}
