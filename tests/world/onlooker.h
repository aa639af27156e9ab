/* SPDX-License-Identifier: MIT */
/*
 * tests/world/onlooker.h - a world whose TCP somebody watches
 *
 * world/monitor.h holds every host of it to the rules of a correct TCP, from
 * its segments and calls alone, and tcp_check() looks at the stacks' invariants
 * on every so-manyth packet. A breach ends the program, as a failed check does,
 * and leaves a recording (witness.h).
 *
 * It goes by what it knows when the first thing happens: wires must stand then.
 */
#ifndef OSTIA_TESTS_WORLD_ONLOOKER_H
#define OSTIA_TESTS_WORLD_ONLOOKER_H

#include <ostia/world.h>

/** onlooker_world() - witness_world(), watched. */
int onlooker_world(const struct ostia_world_config *cfg,
		   struct ostia_world **out);

/** onlooker_except() - @host is held to nothing: it does not hear all that
 * arrives.
 */
void onlooker_except(const struct ostia_world *w,
		     const struct ostia_node *host);

/** onlooker_free() - ostia_world_free(), of a world that is watched. */
void onlooker_free(struct ostia_world *w);

/** onlooker_segments() - Judged so far, in all worlds of the program. */
uint64_t onlooker_segments(void);

#endif
