/* SPDX-License-Identifier: MIT */
#include "cli/drill.h"

#include <errno.h>
#include <fcntl.h>
#include <ostia/record.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/jobs.h"
#include "cli/opt.h"
#include "drill/parse.h"
#include "drill/report.h"
#include "drill/run.h"

enum { SCRIPT_MAX_BYTES = 16 * 1024 * 1024, SNAP_BYTES = 65535 };

static const char help[] =
	"Examples:\n"
	"  ostia drill handshake.pkt             run a script; silence is success\n"
	"  ostia drill -v tests/conv/*.pkt       and tell each conversation\n"
	"  ostia drill --ip_version=ipv6 x.pkt   over IPv6\n"
	"  ostia drill --dry_run *.pkt           read them only\n"
	"  ostia drill -j4 --format=junit *.pkt  for a CI server\n"
	"  ostia drill -o a.ostia x.pkt; ostia show a.ostia\n"
	"\n"
	"Usage: ostia drill [OPTION...] FILE.pkt...\n"
	"\n"
	"Runs conversation tests in the packetdrill language: timed system calls,\n"
	"segments that arrive and segments that must leave. Each file meets a\n"
	"fresh host; time is virtual. Options win over those in the file.\n"
	"\n"
	"  -j, --jobs=N           run N scripts at once\n"
	"  --format=FORMAT        text (failures on stderr), tap, junit or json\n"
	"  -o FILE                the recording of a script's run, for ostia show\n"
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
	"  --tcp_ts_tick_usecs=1000  the unit of timestamps; no other is taken\n"
	"  --tolerance_percent=P  or of the time since the statement before (0)\n"
	"  -h, --help             this\n"
	"\n"
	"Exit status: 0 all passed, 1 some failed, 125 wrong usage.\n";

/**
 * struct command - What the command line asks for
 * @options: for the scripts, NULL-terminated
 * @output, @fd: where the recording of a run goes; NULL: none is made
 * @pool, @run: one storage for all runs of a process: it is large
 */
struct command {
	struct tally tally;
	unsigned jobs;
	const char **options;
	unsigned noptions;
	char **files;
	unsigned nfiles;
	const char *output;
	int fd;
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

/** struct teller - Where a script's words go until it has ended */
struct teller {
	FILE *said, *out;
	size_t said_len, out_len;
};

/* Runs it, and records that if it is wished for. Return: drill_run()'s. */
static int play(struct command *cmd, const char *name,
		const struct drill_script *script, struct drill_config *cfg,
		const struct teller *to, struct drill_failure *failure,
		struct drill_arena *a)
{
	const struct ostia_recorder_config how = {
		.config = name, .snap = SNAP_BYTES, .to_fd = 1, .fd = cmd->fd
	};
	int err = 0, ret;

	if (cmd->output)
		err = ostia_recorder_new(&how, &cfg->recorder);
	ret = drill_run(cmd->run, script, cfg, a, cmd->pool, to->out, failure);
	if (cfg->recorder)
		err = ostia_recorder_free(cfg->recorder);
	if (err)
		fprintf(to->said, "ostia drill: %s: %s\n", cmd->output,
			strerror(-err));
	return ret;
}

/* Reads and runs it. Return: did it pass? */
static bool run_text(struct command *cmd, const char *name, const char *text,
		     size_t len, const struct teller *to,
		     struct drill_failure *failure, struct drill_arena *a)
{
	struct drill_config cfg;
	struct drill_script script;

	drill_config_init(&cfg);
	if (drill_parse(text, len, &cfg, cmd->options, a, &script,
			&failure->error) < 0) {
		drill_report_failure(to->said, name, failure, NULL);
		return false;
	}
	if (cfg.dry_run)
		return true;
	if (play(cmd, name, &script, &cfg, to, failure, a) < 0) {
		drill_report_failure(to->said, name, failure, cmd->run);
		return false;
	}
	if (cmd->tally.verbose || cfg.verbose)
		drill_report_trace(to->out, cmd->run);
	return true;
}

static bool run_file(struct command *cmd, const char *name,
		     const struct teller *to, struct drill_failure *failure)
{
	struct drill_arena a = { 0 };
	size_t len = 0;
	char *text = read_file(name, &len);
	bool passed;

	if (!text) {
		snprintf(failure->error.text, sizeof(failure->error.text), "%s",
			 strerror(errno));
		fprintf(to->said, "ostia drill: %s: %s\n", name,
			strerror(errno));
		return false;
	}
	passed = run_text(cmd, name, text, len, to, failure, &a);
	drill_arena_fini(&a);
	free(text);
	return passed;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void no_memory(void)
{
	fprintf(stderr, "ostia drill: out of memory\n");
	exit(EXIT_OURS);
}

static void run_one(void *ctx, unsigned i, struct tally_result *r)
{
	struct drill_failure failure = { 0 };
	struct command *cmd = ctx;
	struct teller to = { 0 };
	uint64_t began = now_us();

	if (!cmd->pool && drill_host_pool(&cmd->pool) < 0)
		no_memory();
	to.said = open_memstream(&r->said, &to.said_len);
	to.out = open_memstream(&r->out, &to.out_len);
	if (!to.said || !to.out)
		no_memory();
	r->passed = run_file(cmd, cmd->files[i], &to, &failure);
	if (fclose(to.said) || fclose(to.out))
		no_memory();
	r->why = strdup(r->passed ? "" : failure.error.text);
	if (!r->why)
		no_memory();
	r->line = r->passed ? 0 : failure.error.pos.line;
	r->col = r->passed ? 0 : failure.error.pos.col;
	r->took_us = now_us() - began;
}

static void told(void *ctx, unsigned i, const struct tally_result *r)
{
	struct command *cmd = ctx;

	tally_add(&cmd->tally, cmd->files[i], r);
}

static int run_files(struct command *cmd)
{
	const struct jobs jobs = {
		cmd->nfiles, cmd->jobs, run_one, told, cmd,
	};
	int ret;

	cmd->tally.all = cmd->nfiles;
	tally_begin(&cmd->tally);
	ret = jobs_run(&jobs);
	if (cmd->pool)
		ostia_pool_free(cmd->pool);
	if (ret) {
		fprintf(stderr, "ostia drill: %s\n", strerror(-ret));
		return EXIT_OURS;
	}
	tally_end(&cmd->tally);
	return cmd->tally.failed > 0;
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

static int set_format(struct command *cmd, const char *value)
{
	if (tally_format(value, &cmd->tally.format) == 0)
		return 0;
	fprintf(stderr,
		"ostia drill: --format=%s: write text, tap, junit or json\n",
		value);
	return -EINVAL;
}

static int set_jobs(struct command *cmd, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value >= '0' && *value <= '9' && !*end && n >= 1 &&
	    n <= JOBS_MAX) {
		cmd->jobs = (unsigned)n;
		return 0;
	}
	fprintf(stderr, "ostia drill: -j %s: write a number from 1 to %d\n",
		value, JOBS_MAX);
	return -EINVAL;
}

/** value_of() - Of an option in its forms "-j4", "-j 4", "--jobs=4", "--jobs 4"
 * Return: NULL: it is not this one, or has no value. @used: arguments
 */
static const char *value_of(char **argv, int argc, int i, const char *letter,
			    const char *word, int *used)
{
	const char *arg = argv[i];
	size_t n = strlen(word);

	*used = 1;
	if (!strncmp(arg, word, n) && arg[n] == '=')
		return arg + n + 1;
	if (letter && !strncmp(arg, letter, 2) && arg[2])
		return arg + 2;
	if (strcmp(arg, word) && (!letter || strcmp(arg, letter)))
		return NULL;
	*used = 2;
	return i + 1 < argc ? argv[i + 1] : "";
}

/** take_arg() - The argument at @i; returns how many it uses up, or -EINVAL */
static int take_arg(struct command *cmd, char **argv, int argc, int i,
		    struct drill_arena *a)
{
	char *arg = argv[i];
	const char *value;
	char *joined;
	int used;

	if (arg[0] != '-') {
		cmd->files[cmd->nfiles++] = arg;
	} else if (strcmp(arg, "-o") == 0 && i + 1 < argc) {
		cmd->output = argv[i + 1];
		return 2;
	} else if (is(arg, "--verbose", "-v")) {
		cmd->tally.verbose = true;
	} else if (strcmp(arg, "-D") == 0 && i + 1 < argc) {
		joined = drill_arena_alloc(a, strlen(argv[i + 1]) + 3);
		joined[0] = '-';
		joined[1] = 'D';
		memcpy(joined + 2, argv[i + 1], strlen(argv[i + 1]));
		cmd->options[cmd->noptions++] = joined;
		return 2;
	} else if ((value = value_of(argv, argc, i, NULL, "--format", &used))) {
		return set_format(cmd, value) < 0 ? -EINVAL : used;
	} else if ((value = value_of(argv, argc, i, "-j", "--jobs", &used))) {
		return set_jobs(cmd, value) < 0 ? -EINVAL : used;
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
	for (int i = 1, used; i < argc; i += used) {
		used = take_arg(cmd, argv, argc, i, a);
		if (used < 0)
			return used;
	}
	if (check_options(cmd) < 0)
		return -EINVAL;
	if (cmd->output && cmd->nfiles > 1) {
		fprintf(stderr, "ostia drill: -o takes one script\n");
		return -EINVAL;
	}
	if (cmd->nfiles > 0)
		return 0;
	fprintf(stderr, "ostia drill: no script; write ostia drill FILE.pkt, "
			"or see ostia drill --help\n");
	return -EINVAL;
}

static int open_output(struct command *cmd)
{
	if (!cmd->output)
		return 0;
	cmd->fd = open(cmd->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		       0666);
	if (cmd->fd >= 0)
		return 0;
	fprintf(stderr, "ostia drill: -o %s: %s\n", cmd->output,
		strerror(errno));
	return -errno;
}

int cli_drill(int argc, char **argv)
{
	struct drill_arena a = { 0 };
	struct command cmd = { .jobs = 1, .fd = -1 };
	int status = EXIT_OURS;

	if (argc == 2 && is(argv[1], "--help", "-h")) {
		fputs(help, stdout);
		return 0;
	}
	cmd.run = drill_arena_alloc(&a, sizeof(*cmd.run));
	if (read_command_line(&cmd, argc, argv, &a) == 0 &&
	    open_output(&cmd) == 0)
		status = run_files(&cmd);
	if (cmd.fd >= 0)
		close(cmd.fd);
	drill_arena_fini(&a);
	return status;
}
