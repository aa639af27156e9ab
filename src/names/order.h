/* SPDX-License-Identifier: MIT */
/*
 * names/order.h - which address of a name to try first (RFC 6724 6)
 *
 * Rules 1 (avoid what cannot be reached), 2 (scope), 5 (label), 6
 * (precedence), 8 (smaller scope), 9 (longest prefix, within a family's
 * source) and 10 (as it was), with the policy table of section 2.1. 3, 4 and
 * 7 ask for what our addresses do not tell: deprecation, mobility, tunnels.
 */
#ifndef OSTIA_NAMES_ORDER_H
#define OSTIA_NAMES_ORDER_H

#include <ostia/types.h>
#include <stdbool.h>

/**
 * struct names_dst - An address of a name
 * @src, @reachable: what we would speak to it from, if there is a way
 * @zone: link index, or 0; @family: how it will be told
 */
struct names_dst {
	struct ostia_addr addr, src;
	uint32_t zone;
	uint16_t family;
	bool reachable;
};

/** names_order_before() - Shall @a be tried before @b? Neither: as it was. */
bool names_order_before(const struct names_dst *a, const struct names_dst *b);

/** names_order_sort() - Best first; equals keep their order. @src and
 * @reachable are set already.
 */
void names_order_sort(struct names_dst *v, unsigned n);

#endif
