/* SPDX-License-Identifier: MIT */
/*
 * cli/bench.c - the table: ours and theirs, measured in turn
 */
#include "cli/bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	RUNS = 5,
	RUNS_MAX = 101,
	RUN_MS = 400, /* a client of P11's */
	PATH_MS = 3000, /* a path of X7's */
	RUN_MS_MAX = 60000,
	KINDS = 3, /* of ends of a path */
	EXIT_OURS = 125,
};

static const double START_UP_MS = 20;

double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void bench_die(const char *what, long result)
{
	fprintf(stderr, "ostia bench: %s: %s\n", what, strerror((int)-result));
	exit(EXIT_OURS);
}

/* bench-lwip stands beside us, if lwIP was there when we were built. */
static bool lwip_path(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 16);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash + 1, "bench-lwip");
	return access(path, X_OK) == 0;
}

static double lwip(const char *id)
{
	char path[4096], command[4128], text[64] = "";
	FILE *f;

	if (!lwip_path(path, sizeof(path)))
		return 0;
	snprintf(command, sizeof(command), "'%s' %s", path, id);
	f = popen(command, "r");
	if (!f)
		bench_die(path, -errno);
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (pclose(f) != 0)
		bench_die(path, -EIO);
	return strtod(text, NULL);
}

static double lwip_bulk(void)
{
	return lwip("P3");
}

static double lwip_rr(void)
{
	return lwip("P4");
}

static double lwip_udp(void)
{
	return lwip("P8");
}

/**
 * struct row - One line of the table
 * @id:		of PERFORMANCE's targets
 * @scale:	what the figures are divided by for printing
 * @target:	ratio of ours to theirs that we must reach
 */
static const struct row {
	const char *id, *work, *unit;
	double (*ours)(void);
	const char *peer;
	double (*theirs)(void);
	double scale;
	double target;
} rows[] = {
	{ "P1", "bulk, memory wire, 64 KB writes", "Gbit/s", bench_mem_bulk,
	  "kernel loopback", bench_kernel_bulk, 1e9 / 8, 1.0 },
	{ "P1", "the same beside two hot copies", "Gbit/s", bench_mem_bulk,
	  "2 x memcpy 64 KB", bench_memcpy, 1e9 / 8, 0.85 },
	{ "P2", "the same, zero-copy calls", "Gbit/s", bench_mem_zerocopy,
	  "kernel loopback", bench_kernel_bulk, 1e9 / 8, 4.0 },
	{ "P3", "bulk, MTU 1500, checksums", "Gbit/s", bench_mem_mtu1500,
	  "kernel loopback", bench_kernel_bulk, 1e9 / 8, 0.4 },
	{ "P3", "bulk, MTU 1500, no checksums", "Gbit/s",
	  bench_mem_mtu1500_nocsum, "kernel loopback", bench_kernel_bulk,
	  1e9 / 8, 0.68 },
	{ "P4", "request-response, 1 byte", "k/s", bench_mem_rr,
	  "kernel loopback", bench_kernel_rr, 1e3, 12 },
	{ "P4", "the same, recorded", "k/s", bench_mem_rr_recorded,
	  "not recorded", bench_mem_rr, 1e3, 0.85 },
	{ "P5", "connect, 1 byte, close with FIN", "k/s", bench_mem_conn,
	  "kernel loopback", bench_kernel_conn, 1e3, 10 },
	{ "P8", "UDP, 64 bytes", "k/s", bench_mem_udp, "kernel loopback",
	  bench_kernel_udp, 1e3, 19.5 },
	{ "UNIX", "AF_UNIX stream, 64 KB writes", "Gbit/s",
	  bench_mem_local_bulk, "kernel's AF_UNIX", bench_kernel_local_bulk,
	  1e9 / 8, 1.0 },
	{ "UNIX", "AF_UNIX request-response, 1 byte", "k/s", bench_mem_local_rr,
	  "kernel's AF_UNIX", bench_kernel_local_rr, 1e3, 5 },
	{ "P3", "bulk, MTU 1500, checksums", "Gbit/s", bench_mem_mtu1500,
	  "lwIP, Debian's", lwip_bulk, 1e9 / 8, 2.0 },
	{ "P4", "request-response, 1 byte", "k/s", bench_mem_rr,
	  "lwIP, Debian's", lwip_rr, 1e3, 1.0 },
	{ "P8", "UDP, 64 bytes", "k/s", bench_mem_udp, "lwIP, Debian's",
	  lwip_udp, 1e3, 1.5 },
	{ "P9", "TAP, MTU 1500, out, send()", "Gbit/s", bench_tap_out,
	  "bare driver", bench_tap_raw_out, 1e9 / 8, 0.4 },
	{ "P9", "TAP, MTU 1500, out, zero-copy", "Gbit/s", bench_tap_lend,
	  "bare driver", bench_tap_raw_out, 1e9 / 8, 0.7 },
	{ "P9", "TAP, MTU 1500, in", "Gbit/s", bench_tap_in, "bare driver",
	  bench_tap_raw_in, 1e9 / 8, 0.5 },
	{ "P9", "TAP, request-response, 1 byte", "k/s", bench_tap_rr,
	  "bare driver", bench_tap_raw_rr, 1e3, 0.8 },
	{ "P10", "simulation, packets delivered", "M/s", bench_world_events,
	  "a million", bench_world_million, 1e6, 1.0 },
	{ "P10", "a path of 10 Mbit/s", "s/s", bench_world_rate, "a thousand",
	  bench_world_thousand, 1, 1.0 },
	{ "P11", "run, two hosts: bulk", "Gbit/s", bench_run_bulk, "native",
	  bench_native_bulk, 1e9 / 8, 0.4 },
	{ "P11", "run: request-response, 1 byte", "k/s", bench_run_rr, "native",
	  bench_native_rr, 1e3, 0.5 },
	{ "P11", "run: connect, 1 byte, close", "k/s", bench_run_conn, "native",
	  bench_native_conn, 1e3, 0.5 },
	{ "P11", "run: connections, one processor", "k/s",
	  bench_run_conn_single, "native", bench_native_conn_single, 1e3, 0.5 },
	{ "P11", "run: redis, 50 clients, GET", "k/s", bench_run_redis,
	  "native", bench_native_redis, 1e3, 0.5 },
	{ "P11", "run: nginx, wrk, 32 connections", "k/s", bench_run_nginx,
	  "native", bench_native_nginx, 1e3, 0.5 },
};

static const struct row size_row = { .id = "P6", .work = "sizes" };
static const struct row start_row = { .id = "P11", .work = "run: start-up" };

/* Of a path, by what it loses; "Linux to Linux" is what others stand beside.
 * Where losses rule the window, RFC 9438 gives a sender so much @more than the
 * rules of Linux 6.18 (tests/world/experiments/windows.c computes both).
 */
static const struct path_work {
	struct row row;
	const char *loss;
	double more;
} paths[] = {
	{ { .id = "X7", .work = "paths: 20 ms, nothing lost" }, "", 1 },
	{ { .id = "X7", .work = "paths: 20 ms, 0.1 % lost" }, "0.1%", 1.15 },
	{ { .id = "X7", .work = "paths: 20 ms, 1 % lost" }, "1%", 1.24 },
	{ { .id = "X7", .work = "paths: 20 ms, 3 % lost" }, "3%", 1.33 },
};

static const char *const path_kinds[KINDS] = { "Linux to Linux",
					       "Ostia to Linux",
					       "Linux to Ostia" };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

static void measure(const struct row *r, int runs)
{
	double ours[RUNS_MAX], theirs[RUNS_MAX], a, b;

	fprintf(stderr, "\r\033[K%s: %s ...", r->id, r->work);
	for (int i = 0; i < runs; i++) {
		theirs[i] = r->theirs();
		ours[i] = r->ours();
	}
	a = median(ours, runs);
	b = median(theirs, runs);
	fprintf(stderr, "\r\033[K");
	printf("%-4s %-34s %9.1f %-7s %-18s %9.1f  %6.2f  (>= %.2f)%s\n", r->id,
	       r->work, a / r->scale, r->unit, r->peer, b / r->scale, a / b,
	       r->target, a / b >= r->target ? "" : "  short");
	fflush(stdout);
}

static const char *run_lacks(const struct row *r)
{
	return strcmp(r->id, "P11") ? NULL : bench_run_lacks(r->work);
}

static bool may_measure(const struct row *r)
{
	bool tap = !strcmp(r->id, "P9") || !strcmp(r->id, "X7");
	bool peer = r->peer && !strncmp(r->peer, "lwIP", 4);
	const char *lacks = run_lacks(r);
	char path[4096];

	if (lacks)
		printf("%-4s %-34s skipped: needs %s\n", r->id, r->work, lacks);
	else if (tap && !bench_tap_possible())
		printf("%-4s %-34s skipped: needs root, for a TAP in a "
		       "namespace\n",
		       r->id, r->work);
	else if (peer && !lwip_path(path, sizeof(path)))
		printf("%-4s %-34s skipped: built without lwIP\n", r->id,
		       r->work);
	else
		return true;
	return false;
}

static void kinds(void)
{
	struct bench_kind k[] = {
		{ "UDP, bound", AF_INET, SOCK_DGRAM, 0, true, 0, 256 },
		{ "UDP over IPv6, bound", AF_INET6, SOCK_DGRAM, 0, true, 0,
		  256 },
		{ "raw ICMP", AF_INET, SOCK_RAW, IPPROTO_ICMP, false, 0, 0 },
		{ "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, false, 0, 0 },
		{ "TCP, unconnected", AF_INET, SOCK_STREAM, 0, false, 0, 0 },
	};
	size_t n = sizeof(k) / sizeof(k[0]);

	bench_mem_kinds(k, n);
	for (size_t i = 0; i < n; i++) {
		printf("P6   idle socket, %s: %.0f bytes", k[i].what,
		       k[i].bytes);
		if (k[i].most > 0)
			printf(" (<= %.0f)%s", k[i].most,
			       k[i].bytes > k[i].most ? "  short" : "");
		putchar('\n');
	}
}

static void sizes(void)
{
	struct bench_sizes z;

	bench_mem_sizes(&z);
	printf("P6   idle connection, descriptor and slots counted: %.0f bytes "
	       "(<= 512)\n"
	       "P6   half-open %.0f, TIME-WAIT %.0f with slots and the claim "
	       "on the port (records: 64)\n",
	       z.idle, z.half_open, z.time_wait);
	kinds();
	printf("P6   idle AF_UNIX pair, both descriptors counted: %.0f bytes "
	       "(<= 512)\n",
	       bench_mem_local_pair());
	printf("P12  allocations in 100,000 request-responses: %.0f (0)\n",
	       bench_mem_allocs());
}

static void start_up(int runs)
{
	double ms[RUNS_MAX];

	for (int i = 0; i < runs; i++)
		ms[i] = bench_run_start_up();
	printf("P11  run: start-up, over the program's own: %.1f ms "
	       "(< %.0f)%s\n",
	       median(ms, runs), START_UP_MS,
	       median(ms, runs) < START_UP_MS ? "" : "  short");
}

static void path_row(const struct row *r, const char *kind, double ours,
		     double linux_s, double more)
{
	double ratio = ours / linux_s, alike = ratio / more;

	printf("%-4s %-26s %-14s %9.1f Mbit/s, Linux to Linux %9.1f  %6.2f  ",
	       r->id, r->work, kind, ours * 8e-6, linux_s * 8e-6, ratio);
	if (more > 1)
		printf("%.2f by RFC 9438's rules ", alike);
	printf("(0.90 to 1.10)%s\n", alike < 0.9   ? "  short"
				     : alike > 1.1 ? "  over"
						   : "");
}

/* The three kinds in turn; a run's losses are the same for each. */
static void path(const struct path_work *p, int runs)
{
	const struct row *r = &p->row;
	double v[KINDS][RUNS_MAX];

	fprintf(stderr, "\r\033[K%s: %s ...", r->id, r->work);
	for (int i = 0; i < runs; i++)
		for (int k = 0; k < KINDS; k++) {
			const struct bench_path b = { .loss = p->loss,
						      .from_ours = k == 1,
						      .to_ours = k == 2,
						      .seed = 1 + (uint64_t)i };

			v[k][i] = bench_path(&b);
		}
	fprintf(stderr, "\r\033[K");
	for (int k = 1; k < KINDS; k++)
		path_row(r, path_kinds[k], median(v[k], runs),
			 median(v[0], runs), k == 1 ? p->more : 1);
	fflush(stdout);
}

static int usage(FILE *out)
{
	fprintf(out,
		"Examples:\n"
		"  ostia bench\n"
		"  ostia bench run\n"
		"  ostia bench -n 9 P1 P4 TAP\n"
		"\n"
		"Usage: ostia bench [-n RUNS] [-m MS] [NAME ...]\n"
		"\n"
		"Measures ours beside the host kernel, in turn, RUNS times "
		"(%d), and prints medians\nand ratios. A NAME is a row's, or a "
		"part of its text (run: what programs do under\nostia run, MS "
		"each); without: all.\n",
		RUNS);
	return out == stdout ? 0 : EXIT_OURS;
}

static int wanted(const struct row *r, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(r->id, argv[i]) || strstr(r->work, argv[i]) ||
		    (r->peer && strstr(r->peer, argv[i])))
			return 1;
	return argc == 0;
}

/* The options, which stand in front. Return: where the names begin, 0: no. */
static int options(int argc, char **argv, int *runs)
{
	int at = 1, ms = RUN_MS, path_ms = PATH_MS;

	for (; at + 1 < argc && argv[at][0] == '-'; at += 2)
		if (!strcmp(argv[at], "-n"))
			*runs = atoi(argv[at + 1]);
		else if (!strcmp(argv[at], "-m"))
			ms = path_ms = atoi(argv[at + 1]);
		else
			return 0;
	if (*runs < 1 || *runs > RUNS_MAX || ms < 1 || ms > RUN_MS_MAX ||
	    (at < argc && argv[at][0] == '-'))
		return 0;
	bench_run_time((unsigned)ms);
	bench_paths_time((unsigned)path_ms);
	return at;
}

int cli_bench(int argc, char **argv)
{
	int runs = RUNS, at;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(stdout);
	if (argc > 1 && !strcmp(argv[1], "guest"))
		return bench_guest(argc - 1, argv + 1);
	at = options(argc, argv, &runs);
	if (!at)
		return usage(stderr);
	printf("%-4s %-34s %17s %-18s %9s  %6s\n", "", "work", "ours      ",
	       "beside", "", "ratio");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (wanted(&rows[i], argc - at, argv + at) &&
		    may_measure(&rows[i]))
			measure(&rows[i], runs);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (wanted(&paths[i].row, argc - at, argv + at) &&
		    may_measure(&paths[i].row))
			path(&paths[i], runs);
	if (wanted(&size_row, argc - at, argv + at))
		sizes();
	if (wanted(&start_row, argc - at, argv + at) && may_measure(&start_row))
		start_up(runs);
	return 0;
}
