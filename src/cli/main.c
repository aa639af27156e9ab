/* SPDX-License-Identifier: MIT */
/*
 * cli/main.c - ostia WORD ...
 */
#include "cli/bench.h"
#include "cli/demo.h"
#include "cli/doctor.h"
#include "cli/drill.h"
#include "cli/lab.h"
#include "cli/nc.h"
#include "cli/opt.h"
#include "cli/pcap.h"
#include "cli/ping.h"
#include "cli/run.h"
#include "cli/show.h"
#include "cli/ss.h"
#include "cli/stat.h"

#include <ostia/ostia.h>
#include <stdio.h>
#include <string.h>

static const struct word {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} words[] = {
	{ "demo", cli_demo,
	  "a conversation, call by call and segment by segment" },
	{ "show", cli_show, "a recording as a sequence diagram" },
	{ "ss", cli_ss, "the sockets at any moment of a recording" },
	{ "stat", cli_stat, "counters, and why packets were dropped" },
	{ "pcap", cli_pcap, "a recording as a capture, for Wireshark" },
	{ "run", cli_run, "an unmodified program on a private network" },
	{ "exec", cli_exec, "one more program on a host of a network" },
	{ "doctor", cli_doctor, "does run work on this machine?" },
	{ "net", cli_lab, "networks of programs: see, change and end them" },
	{ "nc", cli_nc, "connect or listen; pipe standard input and output" },
	{ "ping", cli_ping, "echo requests, and how long they take" },
	{ "drill", cli_drill,
	  "conversation tests in the packetdrill language" },
	{ "bench", cli_bench, "what things cost, beside the host kernel" },
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static void usage(FILE *out)
{
	fputs("Examples:\n"
	      "  ostia demo\n"
	      "  ostia run -- python3 -m http.server 8000\n"
	      "  ostia nc -v --tap tap0 --addr 10.99.0.2/24 10.99.0.1 80\n"
	      "  ostia ping -c 3 --tap tap0 --addr fd99::2/64 fd99::1\n"
	      "\n"
	      "Usage: ostia WORD [OPTION...] [ARGUMENT...]\n\n",
	      out);
	for (size_t i = 0; i < WORDS; i++)
		fprintf(out, "  %-8s %s\n", words[i].name, words[i].what);
	fputs("\n'ostia WORD --help' tells more; 'ostia --version' which it "
	      "is.\n",
	      out);
}

static const char *next_word(const void *list, size_t i)
{
	const struct word *w = list;

	return i < WORDS ? w[i].name : NULL;
}

static int unknown(const char *word)
{
	const char *near = opt_closest(word, next_word, words);

	fprintf(stderr, "ostia: %s: unknown word%s%s%s; see ostia --help\n",
		word, near ? "; did you mean " : "", near ? near : "",
		near ? "?" : "");
	return EXIT_OURS;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_OURS;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("ostia %s\n", ostia_version());
		return 0;
	}
	for (size_t i = 0; i < WORDS; i++)
		if (!strcmp(argv[1], words[i].name))
			return words[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
