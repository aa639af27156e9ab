/* SPDX-License-Identifier: MIT */
/*
 * RFC 9438, tables 1 and 2: the average window when one packet of N is lost,
 * at round trips of 100 and 10 ms, for Reno and CUBIC; within 10 %.
 *
 * The path has no queue, so the window is what arrives in a round trip. Six
 * cycles settle, four or more are measured. Rates to 1e-5, with --whole to
 * 1e-6, and for Reno at 10 ms to 1e-7.
 */
#include "common.h"

#include <math.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOW = 1 };
#else
enum { SLOW = 0 };
#endif

enum { SETTLE = 6, MEASURE = 4, LEAST = 50000 /* packets */ };

struct row {
	const char *cc;
	unsigned rtt_ms;
	uint32_t every;
	double rfc;
	bool soak;
};

static const struct row rows[] = {
	{ "reno", 100, 100, 12, false },
	{ "reno", 100, 1000, 38, false },
	{ "reno", 100, 10000, 120, false },
	{ "reno", 100, 100000, 379, false },
	{ "reno", 100, 1000000, 1200, true },
	{ "cubic", 100, 100, 12, false },
	{ "cubic", 100, 1000, 38, false },
	{ "cubic", 100, 10000, 187, false },
	{ "cubic", 100, 100000, 1054, false },
	{ "cubic", 100, 1000000, 5926, true },
	{ "reno", 10, 100, 12, false },
	{ "reno", 10, 1000, 38, false },
	{ "reno", 10, 10000, 120, false },
	{ "reno", 10, 100000, 379, false },
	{ "reno", 10, 1000000, 1200, true },
	{ "cubic", 10, 100, 12, false },
	{ "cubic", 10, 1000, 38, false },
	{ "cubic", 10, 10000, 120, false },
	{ "cubic", 10, 100000, 379, false },
	{ "cubic", 10, 1000000, 1200, true },
	{ "cubic", 10, 10000000, 5926, true },
};

/* Segments that have arrived: cycles of the loss. */
static uint64_t arrived(const struct exp_flow *f, uint32_t mss)
{
	return f->got / mss;
}

static double average(const struct row *r)
{
	struct exp_path path = { .rtt = r->rtt_ms * OSTIA_MS };
	struct exp_flow f = { .cc = r->cc };
	uint64_t cycles = MEASURE + LEAST / r->every;
	uint64_t t = 0, from, at, step = 20 * path.rtt;
	struct tcp_info info;
	char words[64];
	struct exp e;

	/* a few losses end slow start while the window is small */
	path.words = "loss every 100";
	exp_new(&e, &path, NULL, 0);
	exp_flow(&e, &f);
	exp_until(&e, t = 100 * path.rtt);
	exp_info(&f, &info);
	snprintf(words, sizeof(words), "loss every %u", r->every);
	path.words = words;
	exp_settle(&e, &path);
	from = arrived(&f, info.tcpi_snd_mss);
	while (arrived(&f, info.tcpi_snd_mss) <
	       from + SETTLE * (uint64_t)r->every)
		exp_until(&e, t += step);
	at = t;
	from = arrived(&f, info.tcpi_snd_mss);
	while (arrived(&f, info.tcpi_snd_mss) < from + cycles * r->every)
		exp_until(&e, t += path.rtt);
	from = arrived(&f, info.tcpi_snd_mss) - from;
	exp_free(&e);
	return (double)from * (double)path.rtt / (double)(t - at);
}

int main(int argc, char **argv)
{
	static struct exp_plot plot = {
		.title = "average window by loss rate (RFC 9438, tables 1, 2)",
		.x_label = "loss rate",
		.y_label = "segments",
		.log_x = true,
		.log_y = true,
	};
	unsigned n = 0;

	exp_begin(argc, argv);
	printf("# cc     RTT    loss      RFC   average   off\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		char name[40];
		double w, off;

		if (!exp_opts.whole && (r->soak || (SLOW && r->every > 10000)))
			continue;
		w = average(r);
		off = w / r->rfc - 1;
		printf("# %-6s %3u ms 1/%-8u %5.0f %9.1f %+5.1f %%\n", r->cc,
		       r->rtt_ms, r->every, r->rfc, w, off * 100);
		fflush(stdout);
		snprintf(name, sizeof(name), "%s %u ms", r->cc, r->rtt_ms);
		exp_point(&plot, name, 1.0 / r->every, w);
		EXP_CHECK(fabs(off) <= 0.10 ||
				  fabs(w - r->rfc) < 1.5 /* of 12 */,
			  "%s at 1/%u: %.1f, not %.0f", r->cc, r->every, w,
			  r->rfc);
		n++;
	}
	exp_draw(&plot);
	printf("ok 1 - %u averages\n1..1\n", n);
	return 0;
}
