/* SPDX-License-Identifier: MIT */
/*
 * Queues that keep themselves short: p50 and p99 of the queue's delay, and the
 * rate, under four flows; without ECN, with RFC 3168's, with AccECN, and DCTCP
 * over AccECN. A full FIFO beside them.
 */
#include "common.h"

enum { FLOWS = 4, SAMPLES = 1 << 18 };

static struct {
	uint32_t us[SAMPLES];
	uint32_t n, marked;
	ostia_time from;
} seen;

static void watch(const struct ostia_world_trace *ev)
{
	if (ev->fate != OSTIA_FATE_SENT || ev->dir || ev->time < seen.from ||
	    seen.n >= SAMPLES)
		return;
	seen.us[seen.n++] = (uint32_t)((ev->depart - ev->entered) / OSTIA_US);
	seen.marked += !!(ev->flags & OSTIA_FATE_F_MARKED);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

struct row {
	const char *queue, *ecn, *cc;
	double p50_ms, p99_ms, mbit; /* at most, at most, at least */
};

static const struct row rows[] = {
	{ "limit 400", "0", "cubic", 300, 300, 18.5 },
	{ "codel", "0", "cubic", 12, 40, 17 },
	{ "codel ecn", "1", "cubic", 12, 40, 17 },
	{ "codel ecn", "3", "cubic", 12, 40, 17 },
	{ "fq_codel", "0", "cubic", 12, 60, 17 },
	{ "fq_codel", "1", "cubic", 12, 60, 17 },
	{ "fq_codel", "3", "cubic", 12, 60, 17 },
	{ "fq_codel", "3", "dctcp", 12, 60, 17 },
	{ "dualpi2", "0", "cubic", 30, 80, 17 },
	{ "dualpi2", "1", "cubic", 30, 80, 17 },
	{ "dualpi2", "3", "cubic", 30, 80, 17 },
};

/* How much of the traffic waited for how long at most */
static void plot_delays(struct exp_plot *plot, const struct row *r)
{
	char name[40];

	snprintf(name, sizeof(name), "%s%s%s",
		 r->queue[0] == 'l' ? "FIFO" : r->queue,
		 r->ecn[0] == '3'   ? ", AccECN"
		 : r->ecn[0] == '1' ? ", 3168"
				    : "",
		 r->cc[0] == 'd' ? " dctcp" : "");
	for (uint32_t i = 1; i < 200; i++) {
		uint32_t us = seen.us[(uint64_t)seen.n * i / 200];

		exp_point(plot, name, us > 100 ? us / 1e3 : 0.1, i / 2.0);
	}
}

static struct exp_plot plot = {
	.title = "Delay of queues, 20 Mbit/s, 40 ms, four flows",
	.x_label = "ms in the queue at most",
	.y_label = "% of packets",
	.log_x = true,
};

static void run(const struct row *r)
{
	const struct ostia_setting set = { "net.ipv4.tcp_ecn", r->ecn };
	struct exp_path path = { .rate = 20 * EXP_MBIT,
				 .rtt = 40 * OSTIA_MS,
				 .buffer = 1 << 22,
				 .words = r->queue };
	struct exp_flow f[FLOWS] = { { 0 } };
	uint64_t before = 0, after = 0;
	struct ostia_wire_stats s;
	double p50, p99, mbit;
	uint32_t mid, high;
	struct exp e;

	seen.n = seen.marked = 0;
	seen.from = 10 * OSTIA_S;
	exp_new(&e, &path, &set, 1);
	for (int i = 0; i < FLOWS; i++) {
		f[i].cc = r->cc;
		f[i].start = (uint64_t)i * 100 * OSTIA_MS;
		exp_flow(&e, &f[i]);
	}
	exp_until(&e, seen.from);
	for (int i = 0; i < FLOWS; i++)
		before += f[i].got;
	exp_until(&e, seen.from + 30 * OSTIA_S);
	for (int i = 0; i < FLOWS; i++)
		after += f[i].got;
	ostia_wire_stats(e.wire, 0, &s);
	exp_free(&e);
	qsort(seen.us, seen.n, sizeof(seen.us[0]), by_size);
	plot_delays(&plot, r);
	mid = seen.us[seen.n / 2];
	high = seen.us[seen.n / 100 * 99];
	p50 = mid / 1e3;
	p99 = high / 1e3;
	mbit = exp_mbit(after - before, 30 * OSTIA_S);
	printf("# %-10s ecn=%s %-6s %7.1f %7.1f %8.2f %7u %6u\n", r->queue,
	       r->ecn, r->cc, p50, p99, mbit, (unsigned)(s.aqm + s.limit),
	       seen.marked);
	fflush(stdout);
	EXP_CHECK(p50 <= r->p50_ms && p99 <= r->p99_ms && mbit >= r->mbit,
		  "%s: bounds are %.0f %.0f %.0f", r->queue, r->p50_ms,
		  r->p99_ms, r->mbit);
	EXP_CHECK(r->ecn[0] == '0' || (seen.marked && !s.aqm),
		  "%s: %u marked, %u dropped", r->queue, seen.marked,
		  (unsigned)s.aqm);
}

int main(int argc, char **argv)
{
	exp_begin(argc, argv);
	exp_watch(watch);
	printf("# 20 Mbit/s, 40 ms, four flows; ecn as net.ipv4.tcp_ecn\n");
	printf("# queue                 p50 ms  p99 ms   Mbit/s dropped "
	       "marked\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run(&rows[i]);
	exp_draw(&plot);
	printf("ok 1 - short queues\n1..1\n");
	return 0;
}
