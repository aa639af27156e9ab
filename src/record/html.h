/* SPDX-License-Identifier: MIT */
/*
 * record/html.h - a recording as a page that needs nothing but itself
 *
 * The page carries data, as JSON, and the scripts that draw it; it loads
 * nothing and may not (its policy forbids it). Whatever comes from a recording
 * is in that JSON, where no byte of it can end the element it stands in, and
 * the script puts it into the page as text.
 *
 * The JSON: "items" are the diagram's, in its order; "events" what graphs are
 * made of:
 *
 *	["p", sent, arrives, conversation, side, fate, marks, flags, from, to,
 *	 ack, window's edge, [SACK blocks]]
 *	["c", time, conversation, side, cwnd, ssthresh, in flight, srtt, rto]
 *	["q", enters, leaves, wire, direction, bytes, fate]
 *	["s", time, conversation, side, from, to, node, connection]
 *
 * Times are ns since the recording began, srtt and rto us; bytes of a stream
 * count as segments do, behind the SYN from 1.
 */
#ifndef OSTIA_RECORD_HTML_H
#define OSTIA_RECORD_HTML_H

#include "record/diagram.h"

#include <stdio.h>

enum { HTML_ITEMS_MAX = 100000, HTML_EVENTS_MAX = 400000 };

/**
 * struct html_parts - What all pages have: text, put there as it is
 * @events_max: of a page; 0: HTML_EVENTS_MAX
 */
struct html_parts {
	const char *license, *style, *script;
	uint64_t events_max;
};

/**
 * html_write() - The page
 * @title: what it is about
 *
 * Of more items than the cap the first are there, and the page says how many
 * are not. Of more events than the cap those of the chosen conversation alone
 * are there; if they are still too many, packets in a row to which nothing
 * happened become one point ("thin": how many), which graphs of bytes cannot
 * tell from them; what is over the cap then is left out at the end. Return: 0;
 * -ENOMEM; what read() said.
 */
int html_write(const struct view *v, struct ostia_record *rec,
	       const struct diagram_sides *sides,
	       const struct diagram_config *cfg, const char *title,
	       const struct html_parts *parts, FILE *out);

/** html_string() - @s as a string of JSON that may stand within <script>. */
void html_string(FILE *out, const char *s);

#endif
