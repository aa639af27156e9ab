/* SPDX-License-Identifier: MIT */
/*
 * cli/run.c - ostia run, ostia exec: an unmodified program on a private network
 *
 * Finds or starts the network's supervisor (run/join), puts the program under
 * the filter (run/launch), waits for it and says what it did (run/tell). The
 * program's standard input and output are its own; what we have to say goes to
 * standard error, after it has ended.
 */
#include "cli/run.h"

#include "cli/doctor.h"
#include "cli/opt.h"
#include "run/filter.h"
#include "run/join.h"
#include "run/launch.h"
#include "run/probe.h"
#include "run/tell.h"
#include "run/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <ostia/runtime.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LIST_MAX = 32, /* of one repeatable option */
	SENTENCE = 512,
	LIMIT_MAX_S = 86400 * 365,
};

#define LIMITS_HELP                                                                \
	"      --timeout SECONDS  then end the program, and all it started: 124\n" \
	"      --strict         end the program at the first call that is not supported\n"
#define TELLING_HELP                                                                     \
	"  -q, --quiet          say nothing at the end\n"                                \
	"  -v, --verbose        say what happens; twice: every call\n"                   \
	"      --json           at the end, one JSON object on standard error instead\n" \
	"  -h, --help           this\n"

static const char run_help[] =
	"Examples:\n"
	"  ostia run -- python3 -m http.server 8000\n"
	"  ostia run --net lab --name web --addr 10.0.0.1 -- nginx -g 'daemon off;'\n"
	"  ostia run --net lab --name me --link 'delay 40ms loss 2%' -- curl http://web/\n"
	"  ostia run --net lab -p 8080:80 -- redis-server --port 80\n"
	"\n"
	"Usage: ostia run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
	"\n"
	"Runs a program as a host of a private network: its sockets are ours, everything\n"
	"else is the machine's as ever. Needs no privileges. Of the real network it sees\n"
	"nothing, unless -p or --uplink say so.\n"
	"\n"
	"      --net NAME       join this network, or start it; else one of its own\n"
	"      --name NAME      what the host is called; else as the program\n"
	"      --addr ADDRESS   its address; once a family (else one is given)\n"
	"      --link FAULTS    its wire, in netem's words: 'delay 40ms 10ms loss 2%\n"
	"                       rate 10mbit'\n"
	"  -p, --publish [ADDR:]PORT:PORT[/udp]\n"
	"                       a port of this machine (127.0.0.1 unless ADDR says) leads\n"
	"                       to a port of the host; may repeat\n"
	"      --uplink         let the network reach real ones\n"
	"      --seed N         of a new network: the same seed, the same faults\n" LIMITS_HELP
	"  -o, --output FILE    what happened (the last 8 MB of it), for ostia show\n" TELLING_HELP
	"\n"
	"Exit status: the program's; 128+N signal N, 124 time ran out, 125 ours (ostia\n"
	"doctor tells why), 126 it cannot be executed, 127 there is none.\n";

static const char exec_help[] =
	"Examples:\n"
	"  ostia exec lab web -- sh\n"
	"  ostia exec -q lab web -- ss -tln\n"
	"\n"
	"Usage: ostia exec [OPTION...] NET HOST [--] PROGRAM [ARGUMENT...]\n"
	"\n"
	"Runs one more program on a host of a network that is there (ostia net ls).\n"
	"\n" LIMITS_HELP TELLING_HELP "\n"
	"Exit status: as of ostia run.\n";

/**
 * struct job - What is asked for, and what is under way
 * @word: "ostia run", for messages
 * @host: of `exec`: the one to enter
 * @output, @out: a file for what happened, -1: none
 * @calls: where the supervisor writes a line a call, and we read; -1: no -v
 */
struct job {
	const char *word, *host;
	struct run_join_want want;
	const char *addr[LIST_MAX], *publish[LIST_MAX];
	bool quiet, json, lost;
	const char *output;
	int out;
	int calls[2];
	uint64_t limit_ns, began;
	char *const *argv;
	struct run_join join;
	struct run_launch launch;
};

/* --- saying --------------------------------------------------------------- */

static int sorry(const struct job *j, const char *what)
{
	fprintf(stderr, "%s: %s\n", j->word, what);
	return EXIT_OURS;
}

static int usage(const struct job *j, const char *why)
{
	fprintf(stderr, "%s: %s; see %s --help\n", j->word, why, j->word);
	return EXIT_OURS;
}

/* Something of the machine's failed: the doctor knows more. */
static int cannot(const struct job *j, const char *what, int err)
{
	if (!doctor_why(j->word))
		fprintf(stderr, "%s: %s: %s\n", j->word, what, strerror(-err));
	return EXIT_OURS;
}

static void told(void *ctx, int fd, const char *what)
{
	const struct job *j = ctx;

	if (fd <= STDERR_FILENO)
		fprintf(stderr,
			"%s: descriptor %d is %s, and would lead the program "
			"out of its network: give it something else, such as a "
			"pipe\n",
			j->word, fd, what);
	else if (j->want.verbose)
		fprintf(stderr, "%s: descriptor %d is %s: kept back\n", j->word,
			fd, what);
}

static void supervisor_gone(void *ctx)
{
	struct job *j = ctx;

	j->lost = true;
	fprintf(stderr,
		"%s: the supervisor of %s has died: the program's sockets are "
		"closed\n",
		j->word, j->join.net);
}

static void say_begun(const struct job *j)
{
	const struct run_join *n = &j->join;

	if (!j->want.verbose)
		return;
	fprintf(stderr,
		"%s: %s on %s, %s, seed %" PRIu64 ": %s%s%s, process %d%s\n",
		j->word, n->host, n->net,
		n->started ? "a new network" : "joined", n->seed, n->v4,
		*n->v4 && *n->v6 ? ", " : "", n->v6, (int)j->launch.pid,
		j->launch.no_new_privs ? " (setuid programs gain nothing)"
				       : "");
}

/* Lines of the supervisor, until there are none. */
static void on_calls(void *ctx)
{
	struct job *j = ctx;
	char buf[4096];
	ssize_t n;

	while ((n = read(j->calls[0], buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, stderr);
	if (!n)
		j->launch.more = -1; /* it has no more to say */
}

/* --- the end -------------------------------------------------------------- */

/* Several launchers may say something at once: one write each. */
static void put(struct run_text *t)
{
	char *text = run_text_take(t);
	size_t len = text ? strlen(text) : 0;

	for (size_t at = 0; at < len;) {
		ssize_t n = write(STDERR_FILENO, text + at, len - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(text);
}

/* -o: all that the network remembers, into the file that was opened first. */
static int save(struct job *j)
{
	char err[SENTENCE] = "";
	int r;

	if (j->out < 0)
		return 0;
	r = run_join_record(j->join.fd, j->out, err, sizeof(err));
	if (close(j->out) && !r)
		r = -errno;
	j->out = -1;
	if (r)
		fprintf(stderr, "%s: %s: %s\n", j->word, j->output,
			*err ? err : strerror(-r));
	return r;
}

/* What failed, and spoke to somebody, is kept; or all of it, if so wished. */
static bool keep(struct job *j, int code, const struct run_tell *t)
{
	const char *wish = getenv("OSTIA_RECORD");
	bool always = wish && !strcmp(wish, "always");
	int fd, r;

	if (!run_join_records() || (!always && (!code || !t->segments)))
		return false;
	fd = run_join_last(true);
	if (fd < 0)
		return false;
	r = run_join_record(j->join.fd, fd, NULL, 0);
	close(fd);
	return !r && !run_join_keep();
}

static void report(struct job *j, const struct run_launch_end *end,
		   struct run_tell *tell)
{
	const struct run_tell_end e = { j->argv[0], end->code,
					ostia_clock() - j->began };
	char err[SENTENCE] = "", *text = NULL;
	struct run_text out = { 0 };

	*tell = (struct run_tell) { 0 };
	if (j->lost || (j->quiet && !j->want.strict))
		return;
	if (j->calls[0] >= 0)
		on_calls(j);
	if (run_join_report(&j->join, &text, err, sizeof(err)))
		fprintf(stderr, "%s: no report: %s\n", j->word, err);
	else
		run_tell_read(tell, text);
	if (text && j->out < 0)
		tell->kept = keep(j, end->code, tell);
	if (text && j->json)
		run_tell_json(tell, &j->join, &e, &out);
	else if (text && !j->quiet)
		run_tell_lines(tell, &j->join, &out);
	free(text);
	put(&out);
}

/* What the shell hears. */
static int conclude(struct job *j, struct run_launch_end *end)
{
	static struct run_tell tell;

	if (end->exec_error)
		fprintf(stderr, "%s: %s: %s\n", j->word, j->argv[0],
			strerror(end->exec_error));
	if (!end->exec_error)
		report(j, end, &tell);
	if (!end->exec_error && !j->lost && save(j))
		return EXIT_OURS;
	if (end->timed_out)
		fprintf(stderr, "%s: %s: time ran out (--timeout)\n", j->word,
			j->argv[0]);
	if (j->want.strict && tell.unsupported) {
		run_launch_sweep(&j->launch);
		fprintf(stderr, "%s: %s: ended for %s (--strict)\n", j->word,
			j->argv[0],
			tell.ncalls ? tell.call[0].what
				    : "an unsupported call");
		return EXIT_OURS;
	}
	return end->code;
}

/* --- a run ---------------------------------------------------------------- */

static int join(struct job *j)
{
	char err[SENTENCE] = "";
	int r = j->host ? run_join_enter(&j->join, j->want.net, j->host,
					 &j->want, err, sizeof(err))
			: run_join_open(&j->join, &j->want, err, sizeof(err));

	if (!r)
		return 0;
	/* A supervisor that cannot live here dies at birth. */
	if (r == -ECONNRESET && doctor_why(j->word))
		return EXIT_OURS;
	return sorry(j, *err ? err : strerror(-r));
}

/* The program under the filter, and the supervisor at its listener. */
static int hand_over(struct job *j, const struct run_filter *f)
{
	char err[SENTENCE] = "";
	int r;

	if (j->limit_ns || j->want.strict)
		run_launch_limit();
	r = run_launch_child(&j->launch, f, j->argv, j->join.supervisor);
	if (r)
		return cannot(j, "seccomp", r);
	r = run_join_begin(&j->join, j->launch.listener, j->launch.pid, err,
			   sizeof(err));
	run_launch_handed(&j->launch);
	if (r)
		return sorry(j, *err ? err : strerror(-r));
	return 0;
}

/* -v: each call is a line. */
static int hear_calls(struct job *j)
{
	char err[SENTENCE] = "";
	int r;

	if (!j->want.verbose)
		return 0;
	if (pipe2(j->calls, O_CLOEXEC | O_NONBLOCK))
		return cannot(j, "pipe", -errno);
	r = run_join_calls(&j->join, j->calls[1], err, sizeof(err));
	close(j->calls[1]);
	j->launch.more = j->calls[0];
	j->launch.on_more = on_calls;
	return r ? sorry(j, *err ? err : strerror(-r)) : 0;
}

static int on_network(struct job *j, const struct run_filter *f)
{
	struct run_launch_end end;
	int r = run_launch_begin(&j->launch);

	if (r)
		return cannot(j, "signals", r);
	r = hand_over(j, f);
	if (!r)
		r = hear_calls(j);
	if (!r) {
		say_begun(j);
		j->launch.peer = j->join.fd;
		j->launch.on_gone = supervisor_gone;
		j->launch.ctx = j;
		j->began = ostia_clock();
		run_launch_go(&j->launch);
		run_launch_wait(&j->launch, j->limit_ns, &end);
		r = conclude(j, &end);
	}
	run_launch_end(&j->launch);
	return r;
}

/*
 * A standard descriptor that is closed would be the next one that we open, and
 * what we say would go there. The program finds it closed, as it should.
 */
static int fill_standard(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return -errno;
	return 0;
}

static int open_output(struct job *j)
{
	if (!j->output)
		return 0;
	j->out = open(j->output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (j->out >= 0)
		return 0;
	fprintf(stderr, "%s: %s: %s\n", j->word, j->output, strerror(errno));
	return EXIT_OURS;
}

static int run(struct job *j)
{
	static struct run_filter f;
	int r = fill_standard();

	if (r)
		return EXIT_OURS;
	r = run_launch_seal(told, j);

	if (r == -EPERM)
		return EXIT_OURS;
	if (r < 0)
		return cannot(j, "/proc/self/fd", r);
	r = run_filter_make(run_filter_native(), &f);
	if (r)
		return cannot(j, "seccomp", r);
	/* Where Yama stands guard only a try tells (some ms). */
	if (run_probe_yama() && doctor_why(j->word))
		return EXIT_OURS;
	r = open_output(j);
	if (!r)
		r = join(j);
	if (r)
		return r;
	r = on_network(j, &f);
	run_join_close(&j->join);
	return r;
}

/* --- command line --------------------------------------------------------- */

static int add(const char **list, unsigned *n, const char *word,
	       const char *value)
{
	if (*n == LIST_MAX) {
		fprintf(stderr, "ostia run: --%s: at most %d of them\n", word,
			LIST_MAX);
		return -EINVAL;
	}
	list[(*n)++] = value;
	return 0;
}

static int take_addr(void *to, const char *word, const char *value)
{
	struct job *j = to;

	return add(j->addr, &j->want.naddrs, word, value);
}

static int take_publish(void *to, const char *word, const char *value)
{
	struct job *j = to;

	return add(j->publish, &j->want.npublish, word, value);
}

static int take_link(void *to, const char *word, const char *value)
{
	struct ostia_faults faults;
	char err[SENTENCE];
	struct job *j = to;

	if (ostia_faults_parse(value, &faults, err, sizeof(err))) {
		fprintf(stderr, "%s: --%s '%s': %s\n", j->word, word, value,
			err);
		return -EINVAL;
	}
	j->want.link = value;
	return 0;
}

static int take_seed(void *to, const char *word, const char *value)
{
	struct job *j = to;
	char *end;

	errno = 0;
	j->want.seed = strtoull(value, &end, 10);
	j->want.seeded = *value >= '0' && *value <= '9' && !*end && !errno;
	if (!j->want.seeded)
		fprintf(stderr,
			"%s: --%s %s: write a number from 0 to %llu; see %s "
			"--help\n",
			j->word, word, value, ~0ull, j->word);
	return j->want.seeded ? 0 : -EINVAL;
}

static int take_name(const struct job *j, const char *word, const char *value)
{
	if (!value || run_join_is_name(value))
		return 0;
	fprintf(stderr,
		"%s: %s '%s': write a name of small letters, digits and "
		"hyphens, 63 at most\n",
		j->word, word, value);
	return EXIT_OURS;
}

#define COMMON_OPTS(j)                                             \
	{                                                          \
		0,	   "timeout", OPT_SECONDS, &(j)->limit_ns, \
		"SECONDS", 0,	      LIMIT_MAX_S                  \
	},                                                         \
		{ 0, "strict", OPT_FLAG, &(j)->want.strict },      \
		{ 'q', "quiet", OPT_FLAG, &(j)->quiet },           \
		{ 'v', "verbose", OPT_COUNT, &(j)->want.verbose }, \
	{                                                          \
		0, "json", OPT_FLAG, &(j)->json                    \
	}

/*
 * The words of the command line, operands in order at *words. Return: how
 * many, at least @least; or -exit code - 1.
 */
static int words_of(const struct job *j, const struct opt_set *set, int argc,
		    char **argv, const char **words)
{
	int n = opt_parse(set, argc, argv, words);

	if (n < 0)
		return n == -ECANCELED ? -1 : -1 - EXIT_OURS;
	if (j->quiet && j->json)
		return -1 - usage(j, "-q and --json exclude each other");
	return n;
}

/* execvp(3) writes nothing, whatever its type says. */
static char *const *program(const char **words)
{
	union {
		const char **ro;
		char *const *rw;
	} u = { .ro = words };

	return u.rw;
}

static int run_words(struct job *j, const char **words, int n)
{
	int r;

	if (n < 0)
		return -1 - n;
	if (!n)
		return usage(j, "a program is missing");
	r = take_name(j, "--net", j->want.net);
	if (!r)
		r = take_name(j, "--name", j->want.name);
	if (r)
		return r;
	j->argv = program(words);
	j->want.program = words[0];
	return run(j);
}

int cli_run(int argc, char **argv)
{
	static struct job j = { .word = "ostia run",
				.out = -1,
				.calls = { -1, -1 } };
	const struct opt list[] = {
		{ 0, "net", OPT_TEXT, &j.want.net, "NAME" },
		{ 0, "name", OPT_TEXT, &j.want.name, "NAME" },
		{ .word = "addr",
		  .kind = OPT_WORD,
		  .to = &j,
		  .value = "ADDRESS",
		  .take = take_addr },
		{ .word = "link",
		  .kind = OPT_WORD,
		  .to = &j,
		  .value = "FAULTS",
		  .take = take_link },
		{ .letter = 'p',
		  .word = "publish",
		  .kind = OPT_WORD,
		  .to = &j,
		  .value = "[ADDR:]PORT:PORT",
		  .take = take_publish },
		{ 0, "uplink", OPT_FLAG, &j.want.uplink },
		{ 'o', "output", OPT_TEXT, (void *)&j.output, "FILE" },
		{ .word = "seed",
		  .kind = OPT_WORD,
		  .to = &j,
		  .value = "N",
		  .take = take_seed },
		COMMON_OPTS(&j),
	};
	const struct opt_set set = { "ostia run", run_help, list,
				     sizeof(list) / sizeof(list[0]), true };
	const char **words = calloc((size_t)argc + 1, sizeof(*words));
	int code;

	if (!words)
		return sorry(&j, strerror(ENOMEM));
	j.want.addr = j.addr;
	j.want.publish = j.publish;
	code = run_words(&j, words, words_of(&j, &set, argc, argv, words));
	free(words);
	return code;
}

static int exec_words(struct job *j, const char **words, int n)
{
	int at = 2, r;

	if (n < 0)
		return -1 - n;
	if (n > 2 && !strcmp(words[2], "--"))
		at = 3;
	if (n <= at)
		return usage(j, n < 2 ? "a network and a host are missing"
				      : "a program is missing");
	r = take_name(j, "network", words[0]);
	if (!r)
		r = take_name(j, "host", words[1]);
	if (r)
		return r;
	j->want.net = words[0];
	j->host = words[1];
	j->argv = program(words + at);
	j->want.program = words[at];
	return run(j);
}

int cli_exec(int argc, char **argv)
{
	static struct job j = { .word = "ostia exec",
				.out = -1,
				.calls = { -1, -1 } };
	const struct opt list[] = { COMMON_OPTS(&j) };
	const struct opt_set set = { "ostia exec", exec_help, list,
				     sizeof(list) / sizeof(list[0]), true };
	const char **words = calloc((size_t)argc + 1, sizeof(*words));
	int code;

	if (!words)
		return sorry(&j, strerror(ENOMEM));
	code = exec_words(&j, words, words_of(&j, &set, argc, argv, words));
	free(words);
	return code;
}
