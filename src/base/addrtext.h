/* SPDX-License-Identifier: MIT */
/*
 * base/addrtext.h - addresses from text: "10.0.0.1", "fd00::1", "10.0.0.0/8"
 *
 * As inet_pton(3) reads them (RFC 4291 2.2, RFC 5952 is for writing): four
 * decimal numbers without leading zeros; eight hexadecimal groups, one run of
 * zero groups as "::", the last two groups also as an IPv4 address.
 */
#ifndef OSTIA_BASE_ADDRTEXT_H
#define OSTIA_BASE_ADDRTEXT_H

#include "base/addr.h"

/** addrtext_parse() - All of @text. Return: 0, -EINVAL. */
int addrtext_parse(const char *text, struct ostia_addr *out);

/**
 * addrtext_prefix() - With a prefix length, counted as the family does
 * @plen: without "/n" the whole address: 32 or 128
 */
int addrtext_prefix(const char *text, struct ostia_addr *out, uint8_t *plen);

#endif
