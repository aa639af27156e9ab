/* SPDX-License-Identifier: MIT */
/*
 * record/way.h - the boxes that a packet passes: routers, and hosts that
 * forward
 *
 * A packet keeps its id on its way, so wires tell where it is. Switches are not
 * counted: who looks at a conversation does not see them either.
 */
#ifndef OSTIA_RECORD_WAY_H
#define OSTIA_RECORD_WAY_H

#include "record/view.h"

/** way_come() - @p came to @node, which is perhaps not its end. 0, -ENOMEM. */
int way_come(struct view *v, struct view_pkt *p, uint32_t node, ostia_time now);

/** way_go() - @node sent it on. */
void way_go(struct view *v, const struct view_pkt *p, uint32_t node,
	    ostia_time now);

/** way_drop() - @node dropped it; @why: the counter that bit. */
void way_drop(struct view *v, const struct view_pkt *p, uint32_t node,
	      const char *why);

/** way_ends() - Where it came and left no more; NULL: it passed all boxes. */
const struct view_hop *way_ends(const struct view *v, const struct view_pkt *p);

/** way_first() - The first box; NULL: it passed none. */
const struct view_hop *way_first(const struct view *v,
				 const struct view_pkt *p);
const struct view_hop *way_next(const struct view *v, const struct view_hop *h);

/** way_why() - Why it ended there; NULL: nobody said. */
const char *way_why(const struct view_hop *h);

#endif
