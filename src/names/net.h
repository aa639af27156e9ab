/* SPDX-License-Identifier: MIT */
/*
 * names/net.h - what the resolver must know of its process's stack
 *
 * Each of these is a call as any other: it enters and leaves by the process's
 * wait operations, so that threads exclude each other and a world's time
 * moves.
 */
#ifndef OSTIA_NAMES_NET_H
#define OSTIA_NAMES_NET_H

#include "api/proc.h"

#include <stdbool.h>

struct select_dest; /* ip/select.h */

ostia_time names_net_now(struct ostia_proc *p);

/** names_net_random() - From the stack's seed; a peer cannot foretell it. */
uint64_t names_net_random(struct ostia_proc *p);

/** names_net_index() - A link's index by its name, 0: no such link. */
uint32_t names_net_index(struct ostia_proc *p, const char *name);

/** names_net_link() - A link's name by its index. false: no such link. */
bool names_net_link(struct ostia_proc *p, uint32_t index, char name[16]);

/** names_net_families() - Has a link an address of the family, the loopback's
 * apart (as glibc's AI_ADDRCONFIG: 127.0.0.1 and ::1 do not count)?
 */
void names_net_families(struct ostia_proc *p, bool *v4, bool *v6);

/** names_net_order() - Best address first (RFC 6724 6), by our own addresses
 * and routes.
 */
void names_net_order(struct ostia_proc *p, struct select_dest *d, unsigned n);

/** names_net_count() - Add @n to a counter, by its place in struct stats. */
void names_net_count(struct ostia_proc *p, size_t counter, uint64_t n);
#define NAMES_COUNT(p, row, n) \
	names_net_count((p), offsetof(struct stats, row), (n))

#endif
