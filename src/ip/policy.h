/* SPDX-License-Identifier: MIT */
/*
 * ip/policy.h - the policy table of RFC 6724 2.1
 *
 * A few prefixes, each with a precedence (which destination first) and a label
 * (which source goes with which destination). The longest prefix counts.
 */
#ifndef OSTIA_IP_POLICY_H
#define OSTIA_IP_POLICY_H

#include "base/addr.h"

enum { POLICY_ROWS = 32 };

struct policy_row {
	struct ostia_addr prefix;
	uint8_t plen; /* of 128 */
	uint8_t precedence;
	uint8_t label;
};

struct policy {
	struct policy_row row[POLICY_ROWS];
	unsigned n;
};

/** policy_init() - RFC 6724's default table. */
void policy_init(struct policy *t);

/**
 * policy_set() - These rows instead
 * Return: 0; -EINVAL (a prefix length, bits behind it, a prefix twice), -E2BIG.
 */
int policy_set(struct policy *t, const struct policy_row *row, unsigned n);

/** policy_of() - The row for @a; one of zeroes if there is none. */
struct policy_row policy_of(const struct policy *t, const struct ostia_addr *a);

#endif
