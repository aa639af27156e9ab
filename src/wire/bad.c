/* SPDX-License-Identifier: MIT */
#include "wire/bad.h"

#include <assert.h>

static const char *const names[] = {
	[0] = "good",
	[WIRE_BAD_SHORT] = "short",
	[WIRE_BAD_VERSION] = "version",
	[WIRE_BAD_HLEN] = "header-length",
	[WIRE_BAD_LEN] = "length",
	[WIRE_BAD_OPT] = "option",
	[WIRE_BAD_OPT_LEN] = "option-length",
	[WIRE_BAD_CODE] = "code",
	[WIRE_BAD_ADDR] = "address",
	[WIRE_BAD_CHAIN] = "header-chain",
	[WIRE_BAD_NEXT] = "next-header",
	[WIRE_BAD_LIMIT] = "limit",
	[WIRE_BAD_ROUTING] = "routing",
	[WIRE_BAD_FRAG] = "fragment",
	[WIRE_BAD_TYPE] = "type",
};

static_assert(sizeof(names) / sizeof(names[0]) == WIRE_BAD_COUNT,
	      "one word for each reason");

const char *wire_bad_name(enum wire_bad bad)
{
	return bad < WIRE_BAD_COUNT ? names[bad] : "unknown";
}
