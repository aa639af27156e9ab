/* SPDX-License-Identifier: MIT */
/*
 * tests/see/scene.h - a world of two programs that is recorded into a file
 */
#ifndef OSTIA_TESTS_SEE_SCENE_H
#define OSTIA_TESTS_SEE_SCENE_H

#include <errno.h>
#include <ostia/net.h>
#include <ostia/record.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>

static inline void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

/* Wire @i joins 10.0.i.1 and 10.0.i.2. */
static inline struct ostia_wire *join(struct ostia_world *w, unsigned i,
				      const struct ostia_wire_config *cfg,
				      struct ostia_node *from,
				      struct ostia_node *to)
{
	struct ostia_wire *wire = NULL;
	char text[32];

	need(!ostia_wire_new(w, cfg, from, to, &wire), "wire");
	for (unsigned end = 0; end < 2; end++) {
		snprintf(text, sizeof(text), "10.0.%u.%u/24", i, end + 1);
		need(!ostia_wire_addr(wire, end, text), "address");
	}
	return wire;
}

static inline void start_both(struct ostia_node *a, int (*client)(int, char **),
			      struct ostia_node *b, int (*server)(int, char **))
{
	struct ostia_world_proc *pa, *pb;

	need(!ostia_world_proc_new(a, "client", 0, &pa) &&
		     !ostia_world_proc_new(b, "server", 0, &pb) &&
		     !ostia_world_exec(pb, server, 0, NULL) &&
		     !ostia_world_exec(pa, client, 0, NULL),
	     "programs");
}

/* What build() makes, until its programs have ended and @rest is over.
 * Return: the program's exit status.
 */
static inline int record(const char *file, uint64_t seed, const char *config,
			 void (*build)(struct ostia_world *w), ostia_time rest)
{
	struct ostia_world_config cfg = { .seed = seed,
					  .trace = ostia_recorder_world };
	struct ostia_recorder_config rec = { .seed = seed, .config = config };
	struct ostia_recorder *r;
	struct ostia_world *w;

	need(!ostia_recorder_new(&rec, &r), "recorder");
	cfg.trace_ctx = r;
	need(!ostia_world_new(&cfg, &w), "world");
	build(w);
	ostia_recorder_look(r, w);
	need(!ostia_world_run(w, 60 * OSTIA_S), "they do not end");
	need(!rest || ostia_world_run_until(w, ostia_world_now(w) + rest) >= 0,
	     "the last segments");
	ostia_recorder_now(r);
	ostia_recorder_look(r, w);
	need(!ostia_recorder_save(r, file), "file");
	ostia_world_free(w);
	return ostia_recorder_free(r) != 0;
}

#endif
