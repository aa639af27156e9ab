/* SPDX-License-Identifier: MIT */
/*
 * cli/doctor.c - does `ostia run` work here, and what would make it?
 */
#include "cli/doctor.h"

#include "cli/opt.h"
#include "run/probe.h"
#include "run/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char help[] =
	"Examples:\n"
	"  ostia doctor\n"
	"  ostia doctor --json\n"
	"\n"
	"Usage: ostia doctor [--json]\n"
	"\n"
	"Tries everything that ostia run needs of this machine, by staging a small\n"
	"run, and says what to do about what is missing. + works, ~ works with less,\n"
	"- does not.\n"
	"\n"
	"      --json   an array of objects: name, mark, found, cure\n"
	"  -h, --help   this\n"
	"\n"
	"Exit status: 0 ostia run works, 1 it cannot, 125 wrong usage.\n";

static const char *const marks[] = {
	[RUN_PROBE_GOOD] = "good",
	[RUN_PROBE_LIMITED] = "limited",
	[RUN_PROBE_BAD] = "bad",
};

static void print_rows(const struct run_probe_row *rows)
{
	static const char signs[] = "+~-";

	for (int i = 0; i < RUN_PROBES; i++) {
		const struct run_probe_row *r = &rows[i];

		printf("%c %s: %s\n", signs[r->mark], r->name, r->found);
		if (r->cure)
			printf("    %s\n", r->cure);
	}
}

static int print_json(const struct run_probe_row *rows)
{
	struct run_text t = { 0 };
	char *text;

	run_text_open(&t, NULL, '[');
	for (int i = 0; i < RUN_PROBES; i++) {
		run_text_open(&t, NULL, '{');
		run_text_string(&t, "name", rows[i].name);
		run_text_string(&t, "mark", marks[rows[i].mark]);
		run_text_string(&t, "found", rows[i].found);
		if (rows[i].cure)
			run_text_string(&t, "cure", rows[i].cure);
		run_text_close(&t, '}');
	}
	run_text_close(&t, ']');
	text = run_text_take(&t);
	if (!text)
		return -ENOMEM;
	puts(text);
	free(text);
	return 0;
}

bool doctor_why(const char *word)
{
	static struct run_probe_row rows[RUN_PROBES];
	const struct run_probe_row *r;

	run_probe_all(rows);
	r = run_probe_worst(rows);
	if (r->mark != RUN_PROBE_BAD)
		return false;
	fprintf(stderr, "%s: %s: %s\n%s: %s\n", word, r->name, r->found, word,
		r->cure);
	return true;
}

int cli_doctor(int argc, char **argv)
{
	static struct run_probe_row rows[RUN_PROBES];
	bool json = false;
	const struct opt list[] = { { 0, "json", OPT_FLAG, &json } };
	const struct opt_set set = { "ostia doctor", help, list, 1, false };
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	int n = operands ? opt_parse(&set, argc, argv, operands) : -ENOMEM;

	free(operands);
	if (n == -ECANCELED)
		return 0;
	if (n > 0)
		fputs("ostia doctor: no argument is wanted; see ostia doctor "
		      "--help\n",
		      stderr);
	if (n)
		return EXIT_OURS;
	run_probe_all(rows);
	if (!json)
		print_rows(rows);
	else if (print_json(rows))
		return EXIT_OURS;
	if (fflush(stdout) || ferror(stdout))
		return EXIT_OURS;
	return run_probe_worst(rows)->mark == RUN_PROBE_BAD ? 1 : 0;
}
