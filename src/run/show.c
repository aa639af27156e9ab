/* SPDX-License-Identifier: MIT */
#include "run/show.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 8, CELL = 2 * RUN_LAB_LINK + 32 };

/* The last column is of any width and needs no cell. */
struct row {
	char cell[COLUMNS][RUN_NAME_MAX];
	char rest[CELL];
};

static const char *direction(const struct run_lab_host *h, unsigned dir)
{
	if (h->cut & 1u << dir)
		return "cut";
	return h->link[dir][0] ? h->link[dir] : "none";
}

/* Said once if both directions are the same, not at all if there is nothing. */
static void say_faults(const struct run_lab_host *h, char *buf, size_t size)
{
	const char *out = direction(h, 0), *in = direction(h, 1);

	if (strcmp(out, in))
		snprintf(buf, size, "out: %s; in: %s", out, in);
	else
		snprintf(buf, size, "%s", out);
}

static void number(char *cell, uint64_t n)
{
	snprintf(cell, RUN_NAME_MAX, "%llu", (unsigned long long)n);
}

static void fill(struct row *r, const struct run_lab_host *h, unsigned programs)
{
	struct ostia_wire_stats s[2];

	for (unsigned dir = 0; dir < 2; dir++)
		ostia_wire_stats(h->wire, dir, &s[dir]);
	snprintf(r->cell[0], RUN_NAME_MAX, "%s", h->name);
	snprintf(r->cell[1], RUN_NAME_MAX, "%s", h->v4);
	snprintf(r->cell[2], RUN_NAME_MAX, "%s", h->v6);
	number(r->cell[3], programs);
	number(r->cell[4], s[0].packets);
	number(r->cell[5], run_lab_dropped(&s[0]));
	number(r->cell[6], s[1].delivered);
	number(r->cell[7], run_lab_dropped(&s[1]));
	say_faults(h, r->rest, sizeof(r->rest));
}

static const struct row titles = { { "HOST", "IPV4", "IPV6", "PROGRAMS", "SENT",
				     "LOST", "RECEIVED", "LOST" },
				   "FAULTS" };

static void widen(unsigned *width, const struct row *r)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		if (strlen(r->cell[i]) > width[i])
			width[i] = (unsigned)strlen(r->cell[i]);
}

static void print(struct run_text *out, const unsigned *width,
		  const struct row *r)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		run_text_add(out, "%-*s  ", (int)width[i], r->cell[i]);
	run_text_add(out, "%s\n", r->rest);
}

static void show_hosts(const struct run_lab *lab, struct run_text *out,
		       unsigned (*programs)(const struct run_lab_host *))
{
	unsigned width[COLUMNS] = { 0 };

	widen(width, &titles);
	for (unsigned pass = 0; pass < 2; pass++) {
		if (pass)
			print(out, width, &titles);
		list_each (node, &lab->hosts) {
			const struct run_lab_host *h =
				list_entry(node, struct run_lab_host, hosts);
			struct row r = { .rest = "" };

			fill(&r, h, programs(h));
			if (pass)
				print(out, width, &r);
			else
				widen(width, &r);
		}
	}
}

void run_show_table(const struct run_lab *lab, struct run_text *out,
		    unsigned (*programs)(const struct run_lab_host *))
{
	run_text_add(out, "Network %s, seed %llu%s\n\n", lab->name,
		     (unsigned long long)ostia_world_seed(lab->world),
		     lab->uplink ? ", with an uplink" : "");
	show_hosts(lab, out, programs);
	if (!list_empty(&lab->pairs))
		run_text_add(out, "\nNothing passes between");
	list_each (node, &lab->pairs) {
		const struct run_lab_pair *p =
			list_entry(node, struct run_lab_pair, pairs);

		run_text_add(out, " %s--%s", p->a->name, p->b->name);
	}
	if (!list_empty(&lab->pairs))
		run_text_add(out, "\n");
}
