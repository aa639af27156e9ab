/* SPDX-License-Identifier: MIT */
/*
 * record/diagram.h - a recording as a sequence of things between two sides
 *
 * Goes through a recording a second time (view.h the first) and hands items,
 * in the order of time, to whoever draws: text.c, svg.c, mermaid.c. Calls and
 * states stand at one side; a segment goes from one to the other.
 */
#ifndef OSTIA_RECORD_DIAGRAM_H
#define OSTIA_RECORD_DIAGRAM_H

#include "record/view.h"

enum diagram_kind {
	DIAGRAM_CALL, /* a call, its result behind it if it came at once */
	DIAGRAM_RETURN, /* of a call that waited */
	DIAGRAM_STATE, /* a connection's state */
	DIAGRAM_INSIDE, /* timers, congestion windows */
	DIAGRAM_DROP, /* a packet that a host did not take */
	DIAGRAM_JOIN, /* when bytes of a send() were read and acknowledged */
	DIAGRAM_SEGMENT,
	DIAGRAM_OPTIONS, /* of the SYN above */
	DIAGRAM_NOTE, /* of nobody: what is missing, what somebody noted */
	DIAGRAM_SILENCE, /* nothing happened for long before the next */
};

enum {
	DIAGRAM_TEXT = 200,
	DIAGRAM_SAID = DIAGRAM_TEXT + 64, /* with remarks */
	DIAGRAM_BOXES = 8,
};

/**
 * struct diagram_hop - A packet in a box between the sides
 * @box:  which, from the left; @time: when it left it, or came to its end there
 * @ends: it went no further: it was dropped there, or was for that box
 */
struct diagram_hop {
	unsigned box;
	ostia_time time;
	bool ends;
};

/**
 * struct diagram_item - Something to draw
 * @side:   0 left, 1 right; of SEGMENT and OPTIONS: where it comes from
 * @time, @arrive: ns since the recording began; @arrive of SEGMENT
 * @step:   of the twelve, 0: none
 * @mark:   "rtx" "prb" "dup" or ""
 * @fate:   SEGMENT: why it did not arrive, "lost"; NULL: it did
 * @where:  the box that dropped it; NULL: none did. @why: the counter that bit;
 *	    NULL: nobody said
 * @waited: ns in the queue of a wire
 * @hop:    SEGMENT: the @nhops boxes it passed, in the order of its way; of
 *	    those that are shown the first DIAGRAM_BOXES
 * @overtakes, @altered, @marked: what else its wire did to it (CE)
 */
struct diagram_item {
	enum diagram_kind kind;
	int side;
	ostia_time time, arrive;
	unsigned step;
	const char *mark, *fate, *where, *why;
	ostia_time waited;
	bool overtakes, altered, marked;
	struct diagram_hop hop[DIAGRAM_BOXES];
	unsigned nhops;
	char text[DIAGRAM_TEXT];
};

/**
 * struct diagram_config - What of it
 * @conv:     of this conversation alone; INDEX_NONE: all
 * @from, @to: of this time alone, ns since the recording began
 * @steps:    number the twelve steps of a conversation
 * @no_calls: leave calls out
 * @silences: an item says where nothing happened for long: for more than five
 *	      times the longest flight so far
 * @body:     characters that a segment's text may take
 */
struct diagram_config {
	int64_t conv;
	ostia_time from, to;
	bool steps, no_calls, silences;
	int body;
};

/**
 * struct diagram_sides - Who is left and right; 0: nobody we know, who never
 *			   answered; @proc: of one host's two
 * @box: the @nboxes routers and forwarding hosts between them, from the left;
 *	 @more than DIAGRAM_BOXES are not shown
 */
struct diagram_sides {
	uint32_t box[DIAGRAM_BOXES];
	unsigned nboxes, more;
	char box_title[DIAGRAM_BOXES][2 * VIEW_NAME];
	uint32_t node[2], proc[2];
	bool one_host;
	char title[2][2 * VIEW_NAME];
};

/**
 * diagram_choose() - Who stands where: who began is left
 * Return: 0; -EINVAL: more than two hosts, and no conversation was chosen;
 * -ENOENT: there is nothing; -ENOMEM.
 */
int diagram_choose(const struct view *v, int64_t conv, struct diagram_sides *s);

/**
 * diagram_draw() - Hand all items to @put
 * Return: 0; -ENOMEM; what @put returned other than 0; what read() said.
 */
int diagram_draw(const struct view *v, struct ostia_record *rec,
		 const struct diagram_sides *s,
		 const struct diagram_config *cfg,
		 int (*put)(void *ctx, const struct diagram_item *), void *ctx);

/** diagram_failed() - A call with an errno that means more than "later" */
bool diagram_failed(const struct diagram_item *x);

/** diagram_told_at_box() - Does a box that is shown tell of its end? */
bool diagram_told_at_box(const struct diagram_item *x);

/** diagram_end() - "lost", "dropped by r4: IpInHdrErrors": why @fate. */
void diagram_end(char buf[DIAGRAM_TEXT], const struct diagram_item *x);

/**
 * diagram_remarks() - What its wire did to a segment: " queued 2.500 ms CE"
 * Return: characters; 0: nothing.
 */
int diagram_remarks(char *buf, size_t size, const struct diagram_item *x);

/**
 * diagram_said() - What a segment says, remarks behind it
 * Return: characters.
 */
int diagram_said(char *buf, size_t size, const struct diagram_item *x);

/** diagram_silence() - "nothing for 40 ms" */
void diagram_silence(char buf[64], ostia_time ns);

/** diagram_ms() - "  41.003": ms, in nine characters if it can be. */
void diagram_ms(char buf[32], ostia_time ns);

#endif
