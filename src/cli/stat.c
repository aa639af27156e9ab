/* SPDX-License-Identifier: MIT */
/*
 * cli/stat.c - ostia stat: what hosts counted, and where packets were lost
 */
#include "cli/stat.h"

#include "base/stats.h"
#include "cli/see.h"
#include "record/mib.h"
#include "record/stat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CONN = 170, CONNS_SHOWN = 16 };

static const char help[] =
	"Examples:\n"
	"  ostia stat a.ostia\n"
	"  ostia stat --at 1.5s --host web lab\n"
	"  ostia stat --drops last\n"
	"  ostia stat --conn 10.0.0.1:48061-10.0.0.2:7 a.ostia\n"
	"\n"
	"Usage: ostia stat [OPTION...] RECORDING\n"
	"       ostia stat --names\n"
	"\n"
	"The counters of each host that are not 0, by the names of RFC 4022, 4113 and\n"
	"4293 where these have one and by those of Linux else; why packets were dropped,\n"
	"by hosts and by wires; and each end of a TCP connection by the names of RFC\n"
	"4898. RECORDING is a file, - for standard input, the name of a network that\n"
	"runs, or last: the run that failed last.\n"
	"\n"
	"      --at TIME       since the recording began: 250ms, 1.25s; else its end\n"
	"      --host NAME     of this host alone\n"
	"      --drops         drops alone\n"
	"  -c, --conn A:P-B:Q  this connection alone\n"
	"      --conns         all connections, be they ever so many\n"
	"      --names         what there is to count, and what it means\n"
	"      --json          as JSON\n"
	"  -h, --help          this\n";

/* struct wish - What the command line asks for */
struct wish {
	const char *at, *host, *conn;
	ostia_time time;
	bool drops, conns, json;
};

static const char *const units[] = {
	[ESTATS_COUNT] = "", [ESTATS_OCTETS] = "", [ESTATS_US] = " ms"
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
	if (!r->value || w->conn || (w->drops && r->kind == STAT_COUNTER))
		return false;
	return !w->host ||
	       (r->kind != STAT_WIRE && !strcmp(w->host, place(v, r)));
}

/* ---- RFC 4898: an end of a connection ---- */

static void conn_name(const struct stat_conn *c, int first, char buf[CONN])
{
	char a[CONN / 2], b[CONN / 2];

	view_name(a, sizeof(a), c->addr[first], c->port[first]);
	view_name(b, sizeof(b), c->addr[!first], c->port[!first]);
	snprintf(buf, CONN, "%s-%s", a, b);
}

static bool wants_conn(const struct wish *w, const struct view *v,
		       const struct stat_conn *c)
{
	const struct view_host *h = view_host(v, c->node);
	char ours[CONN], theirs[CONN];

	if (w->drops || !c->n || !c->port[1] ||
	    (w->host && (!h || strcmp(h->name, w->host) != 0)))
		return false;
	conn_name(c, 0, ours);
	conn_name(c, 1, theirs);
	return !w->conn || !strcmp(ours, w->conn) || !strcmp(theirs, w->conn);
}

static uint32_t count_conns(const struct wish *w, const struct view *v,
			    const struct stat_sum *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->nconns; i++)
		n += wants_conn(w, v, &s->conn[i]);
	return n;
}

/* Times are kept in us; the RFC's are ms. */
static void value_text(const struct estats_row *row, uint64_t v, char buf[32])
{
	if (row->unit == ESTATS_US)
		snprintf(buf, 32, "%" PRIu64 ".%03" PRIu64, v / 1000, v % 1000);
	else
		snprintf(buf, 32, "%" PRIu64, v);
}

static void print_conn(const struct view *v, const struct stat_conn *c)
{
	const struct view_host *h = view_host(v, c->node);
	char name[CONN], value[32];

	conn_name(c, 0, name);
	printf("%s, %s:\n", h ? h->name : "?", name);
	for (uint32_t i = 0; i < c->n; i++) {
		value_text(estats_row(i), c->value[i], value);
		if (c->value[i])
			printf("  %-36s %12s%s\n", estats_row(i)->name, value,
			       units[estats_row(i)->unit]);
	}
}

static void print_conns(const struct wish *w, const struct view *v,
			const struct stat_sum *s)
{
	uint32_t n = count_conns(w, v, s);

	if (n > CONNS_SHOWN && !w->conns && !w->conn) {
		printf("%u ends of connections: --conns, or --conn "
		       "ADDRESS:PORT-ADDRESS:PORT\n",
		       n);
		return;
	}
	for (uint32_t i = 0; i < s->nconns; i++)
		if (wants_conn(w, v, &s->conn[i]))
			print_conn(v, &s->conn[i]);
}

/* ---- text ---- */

static void print_kind(const struct wish *w, const struct view *v,
		       const struct stat_sum *s, enum stat_kind kind,
		       const char *title)
{
	const char *last = "";

	for (uint32_t i = 0; i < s->n; i++) {
		const struct stat_row *r = &s->row[i];
		const char *rfc = mib_name(r->name);

		if (r->kind != kind || !wants(w, v, r))
			continue;
		if (strcmp(last, place(v, r)) != 0)
			printf("%s%s:\n", place(v, r), title);
		last = place(v, r);
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

static bool json_conn(const struct view *v, const struct stat_conn *c, bool any)
{
	const struct view_host *h = view_host(v, c->node);
	char name[CONN], value[32];

	conn_name(c, 0, name);
	for (uint32_t i = 0; i < c->n; i++) {
		const struct estats_row *row = estats_row(i);

		value_text(row, c->value[i], value);
		printf("%s{\"kind\":\"connection\",\"at\":\"%s\","
		       "\"conn\":\"%s\",\"name\":\"%s\",\"rfc\":\"%s\","
		       "\"value\":%s}",
		       any ? ",\n" : "\n", h ? h->name : "?", name, row->name,
		       row->name, value);
		any = true;
	}
	return any;
}

static void print_json(const struct wish *w, const struct view *v,
		       const struct stat_sum *s)
{
	bool any = false;

	putchar('[');
	for (uint32_t i = 0; i < s->n; i++) {
		const struct stat_row *r = &s->row[i];

		if (!wants(w, v, r))
			continue;
		printf("%s{\"kind\":\"%s\",\"at\":\"%s\",\"name\":\"%s\","
		       "\"rfc\":\"%s\",\"value\":%" PRIu64 "}",
		       any ? ",\n" : "\n", kinds[r->kind], place(v, r), r->name,
		       mib_name(r->name), r->value);
		any = true;
	}
	for (uint32_t i = 0; i < s->nconns; i++)
		if (wants_conn(w, v, &s->conn[i]))
			any = json_conn(v, &s->conn[i], any);
	puts(any ? "\n]" : "]");
}

static int print_names(void)
{
	for (unsigned i = 0; i < STATS_COUNT; i++) {
		const struct stats_row *r = stats_row(i);

		printf("%-28s %-30s %s\n", r->name, mib_name(r->name), r->text);
	}
	for (unsigned i = 0; i < ESTATS_N; i++)
		printf("%-59s %s\n", estats_row(i)->name, estats_row(i)->text);
	return see_done("ostia stat", NULL, stdout);
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
		print_conns(w, v, &s);
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
		{ 'c', "conn", OPT_TEXT, (void *)&w.conn, "A:P-B:Q" },
		{ 0, "conns", OPT_FLAG, &w.conns },
		{ 0, "json", OPT_FLAG, &w.json },
	};
	const struct opt_set set = { "ostia stat", help, list_of,
				     sizeof(list_of) / sizeof(list_of[0]) };
	const char *path;
	struct see see;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--names"))
		return print_names();
	path = see_asked(&set, argc, argv, &w.at, &w.time, &r);
	if (!path)
		return r;
	if (see_open(&see, "ostia stat", path))
		return EXIT_OURS;
	r = see_has_host(&see, w.host) ? list(&w, &see) : EXIT_OURS;
	see_close(&see);
	return r;
}
