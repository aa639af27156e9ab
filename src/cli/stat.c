/* SPDX-License-Identifier: MIT */
/*
 * cli/stat.c - ostia stat: what hosts counted, and where packets were lost
 */
#include "cli/stat.h"

#include "cli/see.h"
#include "record/stat.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Examples:\n"
	"  ostia stat a.ostia\n"
	"  ostia stat --at 1.5s --host web lab\n"
	"  ostia stat --drops last\n"
	"\n"
	"Usage: ostia stat [OPTION...] RECORDING\n"
	"\n"
	"The counters of each host that are not 0, by the names of RFC 4022, 4113 and\n"
	"4293 where these have one and by those of Linux else; why packets were dropped,\n"
	"by hosts and by wires; and each TCP connection by the names of RFC 4898.\n"
	"RECORDING is a file, - for standard input, the name of a network that runs, or\n"
	"last: the run that failed last.\n"
	"\n"
	"      --at TIME    since the recording began: 250ms, 1.25s; else its end\n"
	"      --host NAME  counters of this host alone\n"
	"      --drops      drops alone\n"
	"      --json       as JSON\n"
	"  -h, --help       this\n";

/* struct wish - What the command line asks for */
struct wish {
	const char *at, *host;
	ostia_time time;
	bool drops, json;
};

static const char *const kinds[] = {
	[STAT_COUNTER] = "counter", [STAT_DROP] = "drop", [STAT_WIRE] = "wire"
};

static const char *place(const struct view *v, const struct stat_row *r)
{
	const struct view_host *h;
	int64_t i;

	if (r->kind == STAT_WIRE) {
		i = index_map_get(&v->wires, r->node);
		return i >= 0 ? v->wire[i].name : "?";
	}
	h = view_host(v, r->node);
	return h ? h->name : "?";
}

static bool wants(const struct wish *w, const struct view *v,
		  const struct stat_row *r)
{
	if (!r->value || (w->drops && r->kind == STAT_COUNTER))
		return false;
	return !w->host ||
	       (r->kind != STAT_WIRE && !strcmp(w->host, place(v, r)));
}

/* ---- RFC 4898: one row a connection and side ---- */

static const char *const perf[] = { "tcpEStatsPerfSegsOut",
				    "tcpEStatsPerfDataOctetsOut",
				    "tcpEStatsPerfSegsRetrans" };

static void conn_name(const struct view_conv *c, int side, char *buf,
		      size_t size)
{
	char a[80], b[80];

	view_name(a, sizeof(a), c->addr[side], c->port[side]);
	view_name(b, sizeof(b), c->addr[!side], c->port[!side]);
	snprintf(buf, size, "%s-%s", a, b);
}

static void conn_values(const struct view_conv *c, int side, uint64_t v[3])
{
	v[0] = c->packets[side];
	v[1] = c->bytes[side];
	v[2] = c->resent[side];
}

static bool wants_conns(const struct wish *w)
{
	return !w->drops && !w->host && !w->at;
}

static void print_conns(const struct view *v)
{
	for (uint32_t i = 0; i < v->nconvs; i++)
		for (int side = 0; side < 2; side++) {
			char name[170];
			uint64_t value[3];

			if (v->conv[i].proto != IPPROTO_TCP)
				continue;
			conn_name(&v->conv[i], side, name, sizeof(name));
			conn_values(&v->conv[i], side, value);
			printf("\n%s\n", name);
			for (int k = 0; k < 3; k++)
				printf("  %-36s %12" PRIu64 "\n", perf[k],
				       value[k]);
		}
}

/* ---- text ---- */

static void print_kind(const struct wish *w, const struct view *v,
		       const struct stat_sum *s, enum stat_kind kind,
		       const char *title)
{
	const char *last = "";

	for (uint32_t i = 0; i < s->n; i++) {
		const struct stat_row *r = &s->row[i];
		char rfc[2 * STAT_NAME];

		if (r->kind != kind || !wants(w, v, r))
			continue;
		if (strcmp(last, place(v, r)) != 0)
			printf("%s%s:\n", place(v, r), title);
		last = place(v, r);
		stat_rfc(rfc, sizeof(rfc), r->name);
		printf("  %-36s %12" PRIu64 "\n", *rfc ? rfc : r->name,
		       r->value);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct stat_row *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* ---- JSON ---- */

static void print_json(const struct wish *w, const struct view *v,
		       const struct stat_sum *s)
{
	bool any = false;

	putchar('[');
	for (uint32_t i = 0; i < s->n; i++) {
		const struct stat_row *r = &s->row[i];
		char rfc[2 * STAT_NAME];

		if (!wants(w, v, r))
			continue;
		stat_rfc(rfc, sizeof(rfc), r->name);
		printf("%s{\"kind\":\"%s\",\"at\":\"%s\",\"name\":\"%s\","
		       "\"rfc\":\"%s\",\"value\":%" PRIu64 "}",
		       any ? ",\n" : "\n", kinds[r->kind], place(v, r), r->name,
		       rfc, r->value);
		any = true;
	}
	puts(any ? "\n]" : "]");
}

static int list(const struct wish *w, const struct see *see)
{
	const struct view *v = &see->view;
	struct stat_sum s;
	int err = stat_at(&s, v, see->rec, w->at ? w->time : OSTIA_NEVER);

	if (err) {
		fprintf(stderr, "ostia stat: %s\n", strerror(-err));
		return EXIT_OURS;
	}
	if (s.n)
		qsort(s.row, s.n, sizeof(*s.row), by_place);
	if (w->json) {
		print_json(w, v, &s);
	} else {
		print_kind(w, v, &s, STAT_COUNTER, "");
		print_kind(w, v, &s, STAT_DROP, ", dropped");
		print_kind(w, v, &s, STAT_WIRE, ", lost");
		if (wants_conns(w))
			print_conns(v);
	}
	stat_fini(&s);
	return see_done("ostia stat", NULL, stdout);
}

int cli_stat(int argc, char **argv)
{
	struct wish w = { .at = NULL };
	const struct opt list_of[] = {
		{ 0, "at", OPT_TEXT, (void *)&w.at, "TIME" },
		{ 0, "host", OPT_TEXT, (void *)&w.host, "a name" },
		{ 0, "drops", OPT_FLAG, &w.drops },
		{ 0, "json", OPT_FLAG, &w.json },
	};
	const struct opt_set set = { "ostia stat", help, list_of,
				     sizeof(list_of) / sizeof(list_of[0]) };
	const char *path;
	struct see see;
	int r;

	path = see_asked(&set, argc, argv, &w.at, &w.time, &r);
	if (!path)
		return r;
	if (see_open(&see, "ostia stat", path))
		return EXIT_OURS;
	r = list(&w, &see);
	see_close(&see);
	return r;
}
