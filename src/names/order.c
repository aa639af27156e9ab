/* SPDX-License-Identifier: MIT */
#include "names/order.h"

#include "base/addr.h"

enum { LINK_LOCAL = 2, GLOBAL = 14 };

/* RFC 6724 2.1, longest prefixes first. */
static const struct policy {
	uint8_t prefix[16];
	uint8_t plen, precedence, label;
} policies[] = {
	{ { [15] = 1 }, 128, 50, 0 },
	{ { [10] = 0xff, [11] = 0xff }, 96, 35, 4 },
	{ { 0 }, 96, 1, 3 },
	{ { 0x20, 0x01 }, 32, 5, 5 },
	{ { 0x20, 0x02 }, 16, 30, 2 },
	{ { 0x3f, 0xfe }, 16, 1, 12 },
	{ { 0xfe, 0xc0 }, 10, 1, 11 },
	{ { 0xfc }, 7, 3, 13 },
	{ { 0 }, 0, 40, 1 },
};

static unsigned common_bits(const uint8_t *a, const uint8_t *b)
{
	unsigned n = 0;

	while (n < 128 && !((a[n / 8] ^ b[n / 8]) >> (7 - n % 8) & 1))
		n++;
	return n;
}

static const struct policy *policy_of(const struct ostia_addr *a)
{
	const struct policy *p = policies;

	while (common_bits(a->b, p->prefix) < p->plen)
		p++; /* the last one fits all */
	return p;
}

/* RFC 6724 3.1, 3.2 */
static int scope_of(const struct ostia_addr *a)
{
	if (!addr_is_v4(a) && addr_is_multicast(a))
		return a->b[1] & 15;
	if (addr_is_linklocal(a) || addr_is_loopback(a))
		return LINK_LOCAL;
	if (!addr_is_v4(a) && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0)
		return 5; /* site-local */
	return GLOBAL;
}

static bool same_scope(const struct names_dst *d)
{
	return scope_of(&d->addr) == scope_of(&d->src);
}

static bool same_label(const struct names_dst *d)
{
	return policy_of(&d->addr)->label == policy_of(&d->src)->label;
}

/* Positive: @a first; negative: @b. */
static int compare(const struct names_dst *a, const struct names_dst *b)
{
	int d;

	if (a->reachable != b->reachable) /* rule 1 */
		return a->reachable ? 1 : -1;
	if (a->reachable) {
		d = same_scope(a) - same_scope(b); /* rule 2 */
		d = d ? d : same_label(a) - same_label(b); /* rule 5 */
		if (d)
			return d;
	}
	d = policy_of(&a->addr)->precedence -
	    policy_of(&b->addr)->precedence; /* rule 6 */
	d = d ? d : scope_of(&b->addr) - scope_of(&a->addr); /* rule 8 */
	if (d || !a->reachable || addr_is_v4(&a->addr) != addr_is_v4(&b->addr))
		return d;
	return (int)common_bits(a->addr.b, a->src.b) -
	       (int)common_bits(b->addr.b, b->src.b); /* rule 9 */
}

bool names_order_before(const struct names_dst *a, const struct names_dst *b)
{
	return compare(a, b) > 0;
}

void names_order_sort(struct names_dst *v, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		for (unsigned j = i; j && names_order_before(&v[j], &v[j - 1]);
		     j--) {
			struct names_dst t = v[j];

			v[j] = v[j - 1];
			v[j - 1] = t;
		}
}
