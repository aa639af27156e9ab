/* SPDX-License-Identifier: MIT */
/*
 * cli/ss.c - ostia ss: the sockets of a recording as ss(8) lists them
 */
#include "cli/ss.h"

#include "cli/opt.h"
#include "cli/ss_table.h"
#include "cli/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CLOCK = 160, WATCH_MIN_MS = 100, WATCH_MAX_S = 3600 };

static const char help[] =
	"Examples:\n"
	"  ostia ss -tan --at 1.25s a.ostia\n"
	"  ostia ss -tlnp lab\n"
	"  ostia ss -tan --watch lab\n"
	"  ostia ss --json last\n"
	"\n"
	"Usage: ostia ss [OPTION...] RECORDING\n"
	"\n"
	"The sockets of each host, in the columns of ss(8), at any moment of a recording,\n"
	"or now, of a network that runs. RECORDING is a file, - for standard input, the\n"
	"name of a network that runs, or last: the run that failed last.\n"
	"\n"
	"      --at TIME    since the recording began: 250ms, 1.25s; else its end\n"
	"      --host NAME  of this host alone\n"
	"      --watch[=S]  of a network that runs: anew every S seconds (1), until the\n"
	"                   network ends or Ctrl-C; what changed is lit\n"
	"      --count N    with --watch: so many times\n"
	"  -t, --tcp  -u, --udp  -w, --raw  -x, --unix   these; else all\n"
	"  -4, --ipv4  -6, --ipv6                        of this family\n"
	"  -l, --listening  those that wait     -a, --all  all states\n"
	"  -n, --numeric    ports as numbers    -p, --processes  who has it open\n"
	"  -i, --info       of TCP inside       -o, --options    timers\n"
	"  -e, --extended   its id              -O, --oneline    all on one line\n"
	"  -H, --no-header  no titles               --json       as JSON\n"
	"  -h, --help       this\n";

static int once(const struct ss_wish *w, const char *path)
{
	struct see see;
	int r = see_open(&see, "ostia ss", path);

	if (r)
		return EXIT_OURS;
	r = ss_list(w, &see, NULL);
	see_close(&see);
	return r ? r : see_done("ostia ss", NULL, stdout);
}

/* ---- again and again ---- */

static void put_clock(const struct ss_wish *w, struct watch *watch,
		      const char *net)
{
	char text[CLOCK], clock[16];
	time_t now = time(NULL);
	struct tm tm;

	if (w->json || (w->no_header && !watch->tty))
		return;
	strftime(clock, sizeof(clock), "%T", localtime_r(&now, &tm));
	snprintf(text, sizeof(text), "%s, %s", net, clock);
	if (watch->drawn && !watch->tty)
		watch_put(watch, 0, "");
	watch_put(watch, 0, text);
}

/* Return: 1: drawn; 0: the network is over, or who reads; else EXIT_OURS. */
static int frame(const struct ss_wish *w, struct watch *watch, const char *net)
{
	struct see see;
	int r = watch->drawn ? see_again(&see, "ostia ss", net)
			     : see_open(&see, "ostia ss", net);

	if (r)
		return r == -ENOENT && watch->drawn ? 0 : EXIT_OURS;
	put_clock(w, watch, net);
	r = ss_list(w, &see, watch);
	see_close(&see);
	return r ? r : watch_draw(watch) == 0;
}

static int again(const struct ss_wish *w, const char *net)
{
	struct watch watch;
	int r;

	if (!see_is_net(net)) {
		fprintf(stderr,
			"ostia ss: --watch: %s is no network that "
			"runs\n",
			net);
		return EXIT_OURS;
	}
	watch_init(&watch, stdout, w->every_ns, w->count);
	watch.tty = watch.tty && !w->json;
	do
		r = frame(w, &watch, net);
	while (r == 1 && watch_next(&watch));
	watch_fini(&watch);
	if (r == EXIT_OURS)
		return r;
	r = see_done("ostia ss", NULL, stdout);
	return stop_signal() == SIGTERM ? 128 + SIGTERM : r;
}

/* ---- the command line ---- */

static int take_watch(void *to, const char *word, const char *value)
{
	struct ss_wish *w = to;

	w->every_ns = OSTIA_S;
	if (!value || (opt_seconds(value, 0, WATCH_MAX_S, &w->every_ns) &&
		       w->every_ns >= WATCH_MIN_MS * OSTIA_MS))
		return 0;
	fprintf(stderr, "ostia ss: --%s=%s: write seconds from 0.1 to %d\n",
		word, value, WATCH_MAX_S);
	return -EINVAL;
}

static int usage(const char *why)
{
	fprintf(stderr, "ostia ss: %s; see ostia ss --help\n", why);
	return EXIT_OURS;
}

int cli_ss(int argc, char **argv)
{
	struct ss_wish w = { .at = NULL };
	const struct opt list_of[] = {
		{ 't', "tcp", OPT_FLAG, &w.tcp },
		{ 'u', "udp", OPT_FLAG, &w.udp },
		{ 'w', "raw", OPT_FLAG, &w.raw },
		{ 'x', "unix", OPT_FLAG, &w.local },
		{ '4', "ipv4", OPT_FLAG, &w.v4 },
		{ '6', "ipv6", OPT_FLAG, &w.v6 },
		{ 'l', "listening", OPT_FLAG, &w.listening },
		{ 'a', "all", OPT_FLAG, &w.all },
		{ 'n', "numeric", OPT_FLAG, &w.numeric },
		{ 'p', "processes", OPT_FLAG, &w.processes },
		{ 'i', "info", OPT_FLAG, &w.info },
		{ 'o', "options", OPT_FLAG, &w.options },
		{ 'e', "extended", OPT_FLAG, &w.extended },
		{ 'O', "oneline", OPT_FLAG, &w.oneline },
		{ 'H', "no-header", OPT_FLAG, &w.no_header },
		{ 0, "json", OPT_FLAG, &w.json },
		{ 0, "at", OPT_TEXT, (void *)&w.at, "TIME" },
		{ 0, "host", OPT_TEXT, (void *)&w.host, "a name" },
		{ .word = "watch",
		  .kind = OPT_WORD,
		  .to = &w,
		  .value = "SECONDS",
		  .take = take_watch,
		  .may_lack = true },
		{ 0, "count", OPT_NUMBER, &w.count, "a number", 1, UINT32_MAX },
	};
	const struct opt_set set = { "ostia ss", help, list_of,
				     sizeof(list_of) / sizeof(list_of[0]) };
	const char *path;
	int code;

	path = see_asked(&set, argc, argv, &w.at, &w.time, &code);
	if (!path)
		return code;
	if (w.every_ns && w.at)
		return usage("--watch is of now, --at of a moment");
	if (w.count && !w.every_ns)
		return usage("--count needs --watch");
	return w.every_ns ? again(&w, path) : once(&w, path);
}
