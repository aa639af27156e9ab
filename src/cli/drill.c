/* SPDX-License-Identifier: MIT */
#include "cli/drill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/opt.h"
#include "drill/parse.h"
#include "drill/report.h"
#include "drill/run.h"

enum { SCRIPT_MAX_BYTES = 16 * 1024 * 1024 };

static const char help[] =
	"Examples:\n"
	"  ostia drill handshake.pkt             run a script; silence is success\n"
	"  ostia drill -v tests/conv/*.pkt       and tell each conversation\n"
	"  ostia drill --ip_version=ipv6 x.pkt   over IPv6\n"
	"  ostia drill --dry_run *.pkt           read them only\n"
	"\n"
	"Usage: ostia drill [OPTION...] FILE.pkt...\n"
	"\n"
	"Runs conversation tests in the packetdrill language: timed system calls,\n"
	"segments that arrive and segments that must leave. Each file meets a\n"
	"fresh host; time is virtual. Options win over those in the file.\n"
	"\n"
	"  -v, --verbose          tell statements and segments, with times\n"
	"  --dry_run              read the scripts, run nothing\n"
	"  -D NAME=VALUE          the word NAME means VALUE\n"
	"  --ip_version=VERSION   ipv4, ipv6 or ipv4-mapped-ipv6\n"
	"  --mtu=BYTES            of the link (1500)\n"
	"  --local_ip=ADDRESS     of the host that is tested\n"
	"  --remote_ip=ADDRESS    of its peer\n"
	"  --gateway_ip=ADDRESS   first hop on the way there\n"
	"  --netmask_ip=MASK      of the local network, IPv4\n"
	"  --bind_port=PORT       what ... means in bind() (8080)\n"
	"  --connect_port=PORT    what ... means in connect() (8080)\n"
	"  --tolerance_usecs=US   how far from its time a thing may happen (4000)\n"
	"  -h, --help             this\n"
	"\n"
	"Exit status: 0 all passed, 1 some failed, 125 wrong usage.\n";

/**
 * struct command - What the command line asks for
 * @options: for the scripts, NULL-terminated
 * @run:     one storage for all runs: it is large
 */
struct command {
	bool verbose;
	const char **options;
	unsigned noptions;
	char **files;
	unsigned nfiles;
	struct ostia_pool *pool;
	struct drill_run *run;
};

/* ------------------------------------------------------------- one script */

static char *read_all(FILE *f, size_t *len)
{
	size_t room = 64 * 1024;
	char *text = malloc(room);

	for (*len = 0; text;) {
		size_t n = fread(text + *len, 1, room - *len, f);
		char *more;

		*len += n;
		if (*len < room)
			return text;
		room *= 2;
		more = room > SCRIPT_MAX_BYTES ? NULL : realloc(text, room);
		if (!more)
			free(text);
		text = more;
	}
	errno = EFBIG;
	return NULL;
}

static char *read_file(const char *name, size_t *len)
{
	FILE *f = fopen(name, "rb");
	char *text;

	if (!f)
		return NULL;
	text = read_all(f, len);
	if (text && ferror(f)) {
		free(text);
		text = NULL;
		errno = EIO;
	}
	fclose(f);
	return text;
}

static bool run_text(struct command *cmd, const char *name, const char *text,
		     size_t len, struct drill_arena *a)
{
	struct drill_failure failure = { 0 };
	struct drill_config cfg;
	struct drill_script script;

	drill_config_init(&cfg);
	if (drill_parse(text, len, &cfg, cmd->options, a, &script,
			&failure.error) < 0) {
		drill_report_failure(stderr, name, &failure, NULL);
		return false;
	}
	if (cfg.dry_run)
		return true;
	if (drill_run(cmd->run, &script, &cfg, a, cmd->pool, stdout, &failure) <
	    0) {
		drill_report_failure(stderr, name, &failure, cmd->run);
		return false;
	}
	if (cmd->verbose)
		drill_report_trace(stdout, cmd->run);
	return true;
}

static bool run_file(struct command *cmd, const char *name)
{
	struct drill_arena a = { 0 };
	size_t len = 0;
	char *text = read_file(name, &len);
	bool passed;

	if (!text) {
		fprintf(stderr, "ostia drill: %s: %s\n", name, strerror(errno));
		return false;
	}
	if (cmd->verbose)
		printf("%s\n", name);
	passed = run_text(cmd, name, text, len, &a);
	if (cmd->verbose)
		printf("%s: %s\n", name, passed ? "passed" : "failed");
	drill_arena_fini(&a);
	free(text);
	return passed;
}

static int run_files(struct command *cmd)
{
	unsigned failed = 0;

	if (drill_host_pool(&cmd->pool) < 0) {
		fprintf(stderr, "ostia drill: out of memory\n");
		return EXIT_OURS;
	}
	for (unsigned i = 0; i < cmd->nfiles; i++)
		failed += !run_file(cmd, cmd->files[i]);
	ostia_pool_free(cmd->pool);
	if (cmd->nfiles > 1 && (failed || cmd->verbose))
		fprintf(stderr, "ostia drill: %u passed, %u failed\n",
			cmd->nfiles - failed, failed);
	return failed > 0;
}

/* ----------------------------------------------------------- command line */

static bool is(const char *arg, const char *word, const char *letter)
{
	return strcmp(arg, word) == 0 || strcmp(arg, letter) == 0;
}

static const char *next_option(const void *list, size_t i)
{
	(void)list;
	return drill_config_name(i);
}

static void bad_option(const char *option, const char *why)
{
	size_t n = strcspn(option, "=");
	char word[32] = "";
	const char *near;

	if (n > 2 && n < sizeof(word))
		memcpy(word, option + 2, n - 2);
	near = opt_closest(word, next_option, NULL);
	if (near && strcmp(near, word) != 0)
		fprintf(stderr, "ostia drill: %s; did you mean --%s=...?\n",
			why, near);
	else
		fprintf(stderr, "ostia drill: %s; see ostia drill --help\n",
			why);
}

/* Each option is tried before the first script runs, so that a wrong one is
 * one message, not one per script.
 */
static int check_options(const struct command *cmd)
{
	struct drill_arena a = { 0 };
	struct drill_error err = { 0 };
	struct drill_config cfg;
	int ret = 0;
	unsigned i;

	drill_config_init(&cfg);
	for (i = 0; i < cmd->noptions && ret == 0; i++)
		ret = drill_config_option(&cfg, &a, cmd->options[i],
					  (struct drill_pos) { 0 }, &err);
	if (ret < 0)
		bad_option(cmd->options[i - 1], err.text);
	drill_arena_fini(&a);
	return ret;
}

/** take_arg() - The argument at @i; returns how many it uses up */
static int take_arg(struct command *cmd, char **argv, int argc, int i,
		    struct drill_arena *a)
{
	char *arg = argv[i];
	char *joined;

	if (arg[0] != '-') {
		cmd->files[cmd->nfiles++] = arg;
	} else if (is(arg, "--verbose", "-v")) {
		cmd->verbose = true;
	} else if (strcmp(arg, "-D") == 0 && i + 1 < argc) {
		joined = drill_arena_alloc(a, strlen(argv[i + 1]) + 3);
		joined[0] = '-';
		joined[1] = 'D';
		memcpy(joined + 2, argv[i + 1], strlen(argv[i + 1]));
		cmd->options[cmd->noptions++] = joined;
		return 2;
	} else {
		cmd->options[cmd->noptions++] = arg;
	}
	return 1;
}

static int read_command_line(struct command *cmd, int argc, char **argv,
			     struct drill_arena *a)
{
	size_t n = (size_t)argc + 1;

	cmd->options = drill_arena_alloc(a, n * sizeof(*cmd->options));
	cmd->files = drill_arena_alloc(a, n * sizeof(*cmd->files));
	for (int i = 1; i < argc;)
		i += take_arg(cmd, argv, argc, i, a);
	if (check_options(cmd) < 0)
		return -EINVAL;
	if (cmd->nfiles > 0)
		return 0;
	fprintf(stderr, "ostia drill: no script; write ostia drill FILE.pkt, "
			"or see ostia drill --help\n");
	return -EINVAL;
}

int cli_drill(int argc, char **argv)
{
	struct drill_arena a = { 0 };
	struct command cmd = { 0 };
	int status = EXIT_OURS;

	if (argc == 2 && is(argv[1], "--help", "-h")) {
		fputs(help, stdout);
		return 0;
	}
	cmd.run = drill_arena_alloc(&a, sizeof(*cmd.run));
	if (read_command_line(&cmd, argc, argv, &a) == 0)
		status = run_files(&cmd);
	drill_arena_fini(&a);
	return status;
}
