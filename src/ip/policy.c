/* SPDX-License-Identifier: MIT */
/*
 * ip/policy.c - the policy table (RFC 6724 2.1)
 */
#include "ip/policy.h"

#include "ip/addrs.h"

#include <errno.h>

void policy_init(struct policy *t)
{
	static const struct policy_row row[] = {
		{ { .b = { [15] = 1 } }, 128, 50, 0 },
		{ { .b = { 0 } }, 0, 40, 1 },
		{ { .b = { [10] = 0xff, [11] = 0xff } }, 96, 35, 4 },
		{ { .b = { 0x20, 0x02 } }, 16, 30, 2 }, /* 6to4 */
		{ { .b = { 0x20, 0x01 } }, 32, 5, 5 }, /* Teredo */
		{ { .b = { 0xfc } }, 7, 3, 13 }, /* unique local */
		{ { .b = { 0 } }, 96, 1, 3 }, /* IPv4-compatible */
		{ { .b = { 0xfe, 0xc0 } }, 10, 1, 11 }, /* site-local */
		{ { .b = { 0x3f, 0xfe } }, 16, 1, 12 }, /* 6bone */
	};

	*t = (struct policy) { .n = sizeof(row) / sizeof(row[0]) };
	memcpy(t->row, row, sizeof(row));
}

static bool row_ok(const struct policy_row *row, unsigned i)
{
	struct ostia_addr masked;

	if (row[i].plen > 128)
		return false;
	masked = addrs_mask(&row[i].prefix, row[i].plen);
	if (!addr_eq(&masked, &row[i].prefix))
		return false;
	for (unsigned k = 0; k < i; k++)
		if (row[k].plen == row[i].plen &&
		    addr_eq(&row[k].prefix, &row[i].prefix))
			return false;
	return true;
}

int policy_set(struct policy *t, const struct policy_row *row, unsigned n)
{
	if (n > POLICY_ROWS)
		return -E2BIG;
	for (unsigned i = 0; i < n; i++)
		if (!row_ok(row, i))
			return -EINVAL;
	if (n)
		memcpy(t->row, row, n * sizeof(*row));
	t->n = n;
	return 0;
}

struct policy_row policy_of(const struct policy *t, const struct ostia_addr *a)
{
	const struct policy_row *best = NULL;

	for (unsigned i = 0; i < t->n; i++) {
		const struct policy_row *r = &t->row[i];

		if (addrs_prefix_eq(a, &r->prefix, r->plen) &&
		    (!best || r->plen > best->plen))
			best = r;
	}
	return best ? *best : (struct policy_row) { 0 };
}
