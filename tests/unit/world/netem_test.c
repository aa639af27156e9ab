/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include <errno.h>
#include <ostia/world.h>

#define SHARE(percent) ((uint32_t)((percent)*42949672.95))

static const struct {
	const char *text;
	struct ostia_faults want;
} good[] = {
	{ "", { 0 } },
	{ "delay 40ms", { .delay = 40 * OSTIA_MS } },
	{ "delay 1.5s 250us",
	  { .delay = 1500 * OSTIA_MS, .jitter = 250 * OSTIA_US } },
	{ "delay 100ms 10ms 25%",
	  { .delay = 100 * OSTIA_MS,
	    .jitter = 10 * OSTIA_MS,
	    .delay_corr = SHARE(25) } },
	{ "delay 10ms 2ms distribution normal",
	  { .delay = 10 * OSTIA_MS,
	    .jitter = 2 * OSTIA_MS,
	    .jitter_dist = OSTIA_JITTER_NORMAL } },
	{ "loss 1%", { .loss = SHARE(1) } },
	{ "loss random 0.5% 50%",
	  { .loss = SHARE(0.5), .loss_corr = SHARE(50) } },
	{ "loss 100%", { .loss = UINT32_MAX } },
	{ "loss every 1000", { .loss_every = 1000 } },
	{ "loss gemodel 1% 10% 70% 0.1%",
	  { .ge_p = SHARE(1),
	    .ge_r = SHARE(10),
	    .ge_bad = SHARE(70),
	    .ge_good = SHARE(0.1) } },
	{ "loss gemodel 10%",
	  { .ge_p = SHARE(10),
	    .ge_r = UINT32_MAX - SHARE(10),
	    .ge_bad = UINT32_MAX } },
	{ "duplicate 2% corrupt 0.1%",
	  { .duplicate = SHARE(2), .corrupt = SHARE(0.1) } },
	{ "mark 3%", { .mark = SHARE(3) } },
	{ "delay 10ms reorder 25% 50% gap 5",
	  { .delay = 10 * OSTIA_MS,
	    .reorder = SHARE(25),
	    .reorder_corr = SHARE(50),
	    .gap = 5 } },
	{ "rate 10mbit limit 100", { .rate = 1250000, .limit = 100 } },
	{ "rate 1gbit 18", { .rate = 125000000, .overhead = 18 } },
	{ "rate 1mbps -14 limit 64kb",
	  { .rate = 1000000, .overhead = -14, .limit_bytes = 65536 } },
	{ "rate 2.5kibit", { .rate = 320 } },
	{ "mtu 1280", { .mtu = 1280 } },
	{ "rate 1gbit codel target 3ms interval 90ms limit 500 ecn",
	  { .rate = 125000000,
	    .queue = OSTIA_QUEUE_CODEL,
	    .target = 3 * OSTIA_MS,
	    .interval = 90 * OSTIA_MS,
	    .limit = 500,
	    .ecn = 1 } },
	{ "fq_codel flows 64 quantum 300 noecn rate 1gbit",
	  { .rate = 125000000,
	    .queue = OSTIA_QUEUE_FQ_CODEL,
	    .flows = 64,
	    .quantum = 300 } },
	{ "rate 1gbit fq_codel",
	  { .rate = 125000000, .queue = OSTIA_QUEUE_FQ_CODEL, .ecn = 1 } },
	{ "rate 1gbit dualpi2 target 10ms tupdate 8ms step 2ms",
	  { .rate = 125000000,
	    .queue = OSTIA_QUEUE_DUALPI2,
	    .target = 10 * OSTIA_MS,
	    .interval = 8 * OSTIA_MS,
	    .step = 2 * OSTIA_MS } },
	{ " delay 1ms,\tloss 3%\n", { .delay = OSTIA_MS, .loss = SHARE(3) } },
};

TEST(netem_words_mean_what_they_mean_there)
{
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct ostia_faults f;
		char err[200] = "";

		if (ostia_faults_parse(good[i].text, &f, err, sizeof(err)))
			fail_msg("%s: %s", good[i].text, err);
		if (memcmp(&f, &good[i].want, sizeof(f)))
			fail_msg("%s: read otherwise", good[i].text);
	}
}

/* The text, and what the sentence must say. */
static const char *const bad[][2] = {
	{ "delay 40", "write 40ms" },
	{ "delay 40ms 10", "write 10ms" },
	{ "loss 1", "write 1%" },
	{ "loss 1% 5", "write 5%" },
	{ "rate 10", "write 10kbit" },
	{ "rate fast", "not a rate" },
	{ "rate 10furlong", "not a unit" },
	{ "rate 4bit", "less than a byte" },
	{ "loss 101%", "more than all" },
	{ "loss", "not a share" },
	{ "loss state 1%", "gemodel" },
	{ "delay", "not a time" },
	{ "delay -3ms", "not a time" },
	{ "delay 2e9s", "not a unit" },
	{ "delay 99999s", "an hour" },
	{ "delay 10ms distribution normal", "needs a jitter" },
	{ "delay 10ms 1ms distribution pareto", "uniform or normal" },
	{ "reorder 25%", "needs a delay" },
	{ "codel", "needs a rate" },
	{ "rate 1mbit codel flows 3", "'flows' is no fault" },
	{ "delay 1ms reorder 5% gap x", "whole number" },
	{ "limit 0", "not in 1.." },
	{ "limit 3.5", "whole number" },
	{ "mtu 20", "68" },
	{ "mtu 70000", "not in 1..65535" },
	{ "lose 5%", "'lose' is no fault" },
	{ "delay 10ms 5", "write 5ms" },
	{ "rate 99999999999999999999999gbit", "too large" },
	{ "delay 99999999999999s", "too large" },
};

TEST(a_mistake_is_an_error_that_says_what_to_write)
{
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ostia_faults f;
		char err[200] = "";

		if (ostia_faults_parse(bad[i][0], &f, err, sizeof(err)) !=
		    -EINVAL)
			fail_msg("'%s' was taken", bad[i][0]);
		if (!strstr(err, bad[i][1]))
			fail_msg("'%s': says '%s', not '%s'", bad[i][0], err,
				 bad[i][1]);
	}
}

TEST(a_refused_text_leaves_the_result_alone_and_needs_no_buffer)
{
	struct ostia_faults f = { .mtu = 77 };

	EQ(ostia_faults_parse("delay 5ms loss 1", &f, NULL, 0), -EINVAL);
	EQ(f.mtu, 77);
	EQ(f.delay, 0);
}

TESTS(CASE(netem_words_mean_what_they_mean_there),
      CASE(a_mistake_is_an_error_that_says_what_to_write),
      CASE(a_refused_text_leaves_the_result_alone_and_needs_no_buffer))
