/* SPDX-License-Identifier: MIT */
/*
 * record/recorder.h - a recorder from the inside
 *
 * recorder.c keeps chunks: in a ring, or on their way to a file. look.c tells
 * what the world consists of, hear.c what happens in it. Stacks may write what
 * happens to a log instead: it is a chunk that joins the ring as it is, and is
 * encoded when it is saved; for a file, and before an event that came another
 * way, it is encoded at once. Names are told when
 * they change; those of a ring are also kept in chunks of their own, which do
 * not go, so that what is left of the ring can be understood.
 */
#ifndef OSTIA_RECORD_RECORDER_H
#define OSTIA_RECORD_RECORDER_H

#include "base/trace.h"
#include "record/chunk.h"
#include "record/told.h"

#include <ostia/record.h>

enum { RECORDER_NAMES = 64 }; /* chunks of names at most */

/**
 * struct recorder_pen - Where events are written
 * @c:	  the chunk under way; @texts: of it
 */
struct recorder_pen {
	struct chunk c;
	struct chunk_texts texts;
};

/**
 * struct ostia_recorder - See above
 * @now:    the chunk under way
 * @log:    what stacks write to, in @raw; without memory there is none
 * @shelf:  of a ring that is large enough: where its chunks stand
 * @ring:   full chunks, @ring_n of @ring_cap, the oldest at @ring_first
 * @names:  of a ring: told names, beside @nnames full chunks of them
 * @told:   what was told last of a thing: look.c
 * @events: heard so far
 * @heard:  of them, those that were not found by looking
 * @forced: looks that were asked for
 * @err:    of the file: 0, or -errno, and nothing more is written to it
 */
struct ostia_recorder {
	struct ostia_recorder_config cfg;
	struct crc_table crc;
	struct recorder_pen now;
	struct ostia_trace_log log;
	struct chunk raw;
	struct shelf shelf;
	struct chunk *ring;
	uint32_t ring_cap, ring_first, ring_n;
	struct recorder_pen names;
	struct chunk name_chunk[RECORDER_NAMES];
	uint32_t nnames;
	struct told told;
	char *config;
	uint64_t events, heard, forced, lost, written;
	ostia_time time;
	int err;
	struct ostia_conn_row *rows;
};

/**
 * recorder_begin() - The first fields of an event, with room for the rest
 * Return: where to write it; NULL: it cannot be kept, and was counted.
 */
struct recorder_pen *recorder_begin(struct ostia_recorder *r, uint32_t kind,
				    ostia_time time, uint32_t node);

/** recorder_begin_name() - The same in the names of a ring; NULL: there is
 * no ring, or they are full.
 */
struct recorder_pen *recorder_begin_name(struct ostia_recorder *r,
					 uint32_t kind, uint32_t node);

/** hear_estats() - What connection @conn counted (record/estats.h) */
void hear_estats(struct ostia_recorder *r, ostia_time time, uint32_t node,
		 uint64_t conn, const struct tcp_info *info);
/** hear_put() - All of @ev, which happened at @node. */
void hear_put(const struct ostia_recorder *r, struct recorder_pen *p,
	      uint32_t node, const struct ostia_trace *ev);

/** hear_trace() - The same of what a recorder hears. */
void hear_trace(struct ostia_recorder *r, uint32_t node,
		const struct ostia_trace *ev);

static inline void recorder_text(struct recorder_pen *p, const char *s)
{
	chunk_text(&p->c, &p->texts, s, true);
}

#endif
