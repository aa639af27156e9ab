/* SPDX-License-Identifier: MIT */
/*
 * cli/lab.c - ostia net: see networks, change their wires, end them
 *
 * Each word is a question to the network's supervisor (run/join.h).
 */
#include "cli/lab.h"

#include "cli/opt.h"
#include "run/join.h"
#include "run/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY = 512, DOWN_WAIT_MS = 10000, COLUMN = 24 };

static const char help[] =
	"Examples:\n"
	"  ostia net ls\n"
	"  ostia net show lab\n"
	"  ostia net set lab web 'delay 40ms 10ms loss 2%'\n"
	"  ostia net set lab me--web 'loss 20%'\n"
	"  ostia net cut lab me--web ; ostia net heal lab\n"
	"  ostia net down lab\n"
	"\n"
	"Usage: ostia net ls [--json]\n"
	"       ostia net show NETWORK [--json]\n"
	"       ostia net set NETWORK WIRE FAULTS\n"
	"       ostia net cut NETWORK WIRE\n"
	"       ostia net heal NETWORK [WIRE]\n"
	"       ostia net down NETWORK\n"
	"\n"
	"Networks that `ostia run` has started and that have not ended. WIRE is a\n"
	"host (its wire, both ways), HOST:out (what it sends), HOST:in (what it\n"
	"receives), or HOST--HOST: with set, what either sends; with cut and heal,\n"
	"just what passes between the two. FAULTS are netem's words, '' is none; they\n"
	"replace those before. heal without a wire heals all.\n"
	"\n"
	"      --json             for programs\n"
	"  -h, --help             this\n"
	"\n"
	"Exit status: 0 done, 1 it cannot be done, 125 wrong usage.\n";

/** struct lab - What is asked for */
struct lab {
	bool json;
	const char **word; /* operands, after the verb */
	int n;
};

static int sorry(const char *why)
{
	fprintf(stderr, "ostia net: %s\n", why);
	return 1;
}

static int usage(const char *why)
{
	fprintf(stderr, "ostia net: %s; see ostia net --help\n", why);
	return EXIT_OURS;
}

/* One question to one network. @text: NULL: no answer is expected. */
static int ask(const char *net, const char *const *words, unsigned n,
	       char **text)
{
	char why[WHY] = "";
	int conn = run_join_find(net, why, sizeof(why)), e = conn;

	if (conn >= 0) {
		e = run_join_ask(conn, words, n, -1, text, why, sizeof(why));
		close(conn);
	}
	return e < 0 ? sorry(why) : 0;
}

/* ---- ls ---- */

static void list_one(const char *net, bool json, struct run_text *out)
{
	const char *words[] = { "show", json ? "json" : "brief" };
	unsigned long long hosts, programs, seed;
	char why[WHY], *text;
	int conn = run_join_find(net, why, sizeof(why));

	if (conn < 0)
		return; /* it has just ended */
	if (run_join_ask(conn, words, 2, -1, &text, why, sizeof(why)) == 0) {
		if (json)
			run_text_add(out, "%s%.*s", out->len > 1 ? "," : "",
				     (int)strcspn(text, "\n"), text);
		else if (sscanf(text, "%llu %llu %llu", &hosts, &programs,
				&seed) == 3)
			run_text_add(out, "%-*s %6llu %9llu  %llu\n", COLUMN,
				     net, hosts, programs, seed);
		free(text);
	}
	close(conn);
}

static int list(const struct lab *lab)
{
	struct run_text out = { 0 };
	char why[WHY], *names, *text;
	int n = run_join_list(&names, why, sizeof(why));

	if (n < 0)
		return sorry(why);
	if (lab->json)
		run_text_add(&out, "[");
	else if (n)
		run_text_add(&out, "%-*s %6s %9s  %s\n", COLUMN, "NETWORK",
			     "HOSTS", "PROGRAMS", "SEED");
	for (const char *net = names; *net; net += strlen(net) + 1)
		list_one(net, lab->json, &out);
	if (lab->json)
		run_text_add(&out, "]\n");
	free(names);
	text = run_text_take(&out);
	if (!text)
		return sorry(strerror(ENOMEM));
	fputs(text, stdout);
	free(text);
	return 0;
}

/* ---- the others ---- */

static int show(const struct lab *lab)
{
	const char *words[] = { "show", lab->json ? "json" : "table" };
	char *text;
	int code = ask(lab->word[0], words, 2, &text);

	if (code)
		return code;
	fputs(text, stdout);
	free(text);
	return 0;
}

static int set(const struct lab *lab)
{
	const char *words[] = { "set", lab->word[1], lab->word[2] };

	return ask(lab->word[0], words, 3, NULL);
}

static int cut(const struct lab *lab)
{
	const char *words[] = { "cut", lab->word[1] };

	return ask(lab->word[0], words, 2, NULL);
}

static int heal(const struct lab *lab)
{
	const char *words[] = { "heal", lab->word[1] };

	return ask(lab->word[0], words, lab->n > 1 ? 2 : 1, NULL);
}

/* It is down when its supervisor hangs up. */
static int down(const struct lab *lab)
{
	const char *words[] = { "down" };
	char why[WHY] = "";
	int conn = run_join_find(lab->word[0], why, sizeof(why));
	struct pollfd p = { .fd = conn };
	int e;

	if (conn < 0)
		return sorry(why);
	e = run_join_ask(conn, words, 1, -1, NULL, why, sizeof(why));
	if (!e && poll(&p, 1, DOWN_WAIT_MS) != 1) {
		snprintf(why, sizeof(why), "%s: it does not end", lab->word[0]);
		e = -ETIMEDOUT;
	}
	close(conn);
	return e ? sorry(why) : 0;
}

/* ---- command line ---- */

static const struct verb {
	const char *name;
	int (*run)(const struct lab *lab);
	int min, max; /* operands behind it */
	const char *usage;
} verbs[] = {
	{ "ls", list, 0, 0, "ls takes nothing but --json" },
	{ "show", show, 1, 1, "show needs a network" },
	{ "set", set, 3, 3, "set needs a network, a wire and its faults" },
	{ "cut", cut, 2, 2, "cut needs a network and a wire" },
	{ "heal", heal, 1, 2, "heal needs a network, and perhaps a wire" },
	{ "down", down, 1, 1, "down needs a network" },
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static const char *next_verb(const void *list_of, size_t i)
{
	const struct verb *v = list_of;

	return i < VERBS ? v[i].name : NULL;
}

static int unknown(const char *word)
{
	const char *near = opt_closest(word, next_verb, verbs);
	char why[WHY];

	snprintf(why, sizeof(why), "%s: unknown word%s%s%s", word,
		 near ? "; did you mean " : "", near ? near : "",
		 near ? "?" : "");
	return usage(why);
}

static int run(struct lab *lab, const char *word)
{
	for (size_t i = 0; i < VERBS; i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(v->name, word))
			continue;
		if (lab->n < v->min || lab->n > v->max)
			return usage(v->usage);
		if (lab->json && v->run != list && v->run != show)
			return usage("--json is for ls and show");
		return v->run(lab);
	}
	return unknown(word);
}

int cli_lab(int argc, char **argv)
{
	struct lab lab = { 0 };
	const struct opt list_of[] = {
		{ 0, "json", OPT_FLAG, &lab.json },
	};
	const struct opt_set options = { "ostia net", help, list_of, 1 };
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	int n, code;

	if (!operands)
		return usage("no memory");
	n = opt_parse(&options, argc, argv, operands);
	lab.word = operands + 1;
	lab.n = n - 1;
	if (n < 0)
		code = n == -ECANCELED ? 0 : EXIT_OURS;
	else if (n == 0)
		code = usage("write ls, show, set, cut, heal or down");
	else
		code = run(&lab, operands[0]);
	free(operands);
	return code;
}
