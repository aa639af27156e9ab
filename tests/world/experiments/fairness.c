/* SPDX-License-Identifier: MIT */
/*
 * How flows share a bottleneck: CUBIC flows of one round trip (Jain's index at
 * least 0.95 for 2 to 64), CUBIC beside Reno where RFC 9438 4.3 makes it
 * friendly (0.8 to 1.25), and BBR beside CUBIC over buffers, as a table.
 *
 * The RFC's friendliness is that of flows which meet the same loss rate, as in
 * a queue that drops by time (CoDel). A full FIFO drops the second of two
 * packets that leave together because a window has grown: Reno grows by one
 * each round trip, CUBIC by half of one, so Reno loses more often and CUBIC
 * gets up to a third more. That is printed beside, and bounded by 1.5.
 */
#include "common.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 8, SEEDS = 1 }; /* of the rows one of so many */
#else
enum { STEP = 1, SEEDS = 3 };
#endif

enum { MOST = 64 };

/* Shares of @n flows, of which the first half use @cc[0]; Mbit/s between
 * @from and @to.
 */
static void share(const struct exp_path *path, const char *const cc[2],
		  unsigned n, uint64_t from, uint64_t to, double *mbit)
{
	struct exp_flow f[MOST] = { { 0 } };
	uint64_t had[MOST];
	struct exp e;

	exp_new(&e, path, NULL, 0);
	for (unsigned i = 0; i < n; i++) {
		f[i].cc = cc[i >= n / 2];
		f[i].start = i * (36 + exp_opts.seed) * OSTIA_MS;
		exp_flow(&e, &f[i]);
	}
	exp_until(&e, from);
	for (unsigned i = 0; i < n; i++)
		had[i] = f[i].got;
	exp_until(&e, to);
	for (unsigned i = 0; i < n; i++)
		mbit[i] = exp_mbit(f[i].got - had[i], to - from);
	exp_free(&e);
}

static double sum(const double *x, unsigned n)
{
	double s = 0;

	for (unsigned i = 0; i < n; i++)
		s += x[i];
	return s;
}

static void alike(void)
{
	static const char *const cc[2] = { "cubic", "cubic" };
	const struct exp_path path = { .rate = 40 * EXP_MBIT,
				       .rtt = 20 * OSTIA_MS };
	unsigned step = STEP > 1 ? 32 : 2;
	double mbit[MOST];

	printf("# CUBIC flows   Mbit/s   Jain\n");
	for (unsigned n = 2; n <= MOST; n *= step) {
		double jain;

		share(&path, cc, n, 20 * OSTIA_S, 50 * OSTIA_S, mbit);
		jain = exp_jain(mbit, n);
		printf("# %4u %15.1f %7.3f\n", n, sum(mbit, n), jain);
		EXP_CHECK(jain >= 0.95, "%u flows: %.3f", n, jain);
	}
}

/* CUBIC's share by Reno's, two flows each, over some seeds */
static double beside_reno(uint64_t mbit, unsigned rtt_ms, const char *queue)
{
	static const char *const cc[2] = { "cubic", "reno" };
	struct exp_path path = { .rate = mbit * EXP_MBIT,
				 .rtt = rtt_ms * OSTIA_MS,
				 .words = queue };
	uint64_t first = exp_opts.seed;
	double cubic = 0, reno = 0;

	if (queue)
		path.buffer = 1 << 20;
	for (; exp_opts.seed < first + SEEDS; exp_opts.seed++) {
		double x[4];

		share(&path, cc, 4, 20 * OSTIA_S, 80 * OSTIA_S, x);
		cubic += sum(x, 2);
		reno += sum(x + 2, 2);
	}
	exp_opts.seed = first;
	return cubic / reno;
}

static void friendly(void)
{
	static const struct {
		uint64_t mbit;
		unsigned rtt_ms;
	} row[] = { { 5, 10 },	{ 5, 20 },  { 5, 40 },	{ 10, 10 }, { 10, 20 },
		    { 10, 40 }, { 20, 10 }, { 20, 20 }, { 20, 40 } };

	printf("# CUBIC by Reno    CoDel   FIFO\n");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i += STEP) {
		double codel = beside_reno(row[i].mbit, row[i].rtt_ms, "codel");
		double fifo = beside_reno(row[i].mbit, row[i].rtt_ms, NULL);

		printf("# %2u Mbit %2u ms %8.2f %6.2f\n", (unsigned)row[i].mbit,
		       row[i].rtt_ms, codel, fifo);
		EXP_CHECK(codel >= 0.8 && codel <= 1.25, "%.2f", codel);
		EXP_CHECK(fifo >= 0.8 && fifo <= 1.5, "%.2f", fifo);
	}
}

static struct exp_plot plot = {
	.title = "BBR beside CUBIC, 20 Mbit/s, 40 ms",
	.x_label = "buffer, in what the path holds",
	.y_label = "Mbit/s",
	.log_x = true,
};

static void beside_bbr(void)
{
	static const char *const cc[2] = { "bbr", "cubic" };
	static const double buffers[] = { 0.5, 1, 2, 4, 8, 16, 32 };

	printf("# BBR beside CUBIC, 20 Mbit/s, 40 ms\n");
	printf("# buffer  BBR   CUBIC  Mbit/s\n");
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]);
	     i += STEP) {
		struct exp_path path = { .rate = 20 * EXP_MBIT,
					 .rtt = 40 * OSTIA_MS };
		double mbit[2];

		path.buffer = (uint64_t)(buffers[i] * (double)exp_bdp(&path));
		share(&path, cc, 2, 20 * OSTIA_S, 60 * OSTIA_S, mbit);
		printf("# %4.1f %7.2f %6.2f\n", buffers[i], mbit[0], mbit[1]);
		exp_point(&plot, "BBR", buffers[i], mbit[0]);
		exp_point(&plot, "CUBIC", buffers[i], mbit[1]);
		EXP_CHECK(mbit[0] + mbit[1] > 15, "%.2f + %.2f", mbit[0],
			  mbit[1]);
		EXP_CHECK(mbit[0] > 0.5 && mbit[1] > 0.5, "%.2f + %.2f starves",
			  mbit[0], mbit[1]);
	}
}

int main(int argc, char **argv)
{
	exp_begin(argc, argv);
	alike();
	printf("ok 1 - CUBIC flows share alike\n");
	friendly();
	printf("ok 2 - CUBIC is friendly to Reno\n");
	beside_bbr();
	exp_draw(&plot);
	printf("ok 3 - BBR and CUBIC both live\n1..3\n");
	return 0;
}
