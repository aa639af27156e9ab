/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/faults.h"

static const char *const texts[] = {
	"",
	"delay 40ms",
	"delay 1500ms 250us",
	"delay 100ms 10ms 25%",
	"delay 10ms 2ms distribution normal",
	"delay 1s loss 0.5% 50%",
	"loss 100%",
	"loss every 1000",
	"loss gemodel 1% 10% 70% 0.1%",
	"duplicate 2% corrupt 0.125%",
	"delay 10ms reorder 25% 50% gap 5",
	"rate 10mbit limit 100",
	"rate 1gbit 18 limit 64000b",
	"rate 9600bit",
	"mtu 1280",
	"rate 10mbit limit 500 codel target 3ms interval 90ms ecn",
	"rate 10mbit fq_codel flows 64 quantum 300 noecn",
	"rate 10mbit dualpi2 target 10ms tupdate 8ms step 2ms",
};

TEST(words_come_back_as_they_were)
{
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ostia_faults f;
		char got[200], err[200];

		EQ(ostia_faults_parse(texts[i], &f, err, sizeof(err)), 0);
		faults_words(got, sizeof(got), &f);
		STR(got, texts[i]);
	}
}

TEST(what_does_not_fit_is_cut)
{
	struct ostia_faults f = { .delay = 40 * OSTIA_MS, .loss = 1u << 30 };
	char got[10];

	memset(got, 'x', sizeof(got));
	faults_words(got, 8, &f);
	STR(got, "delay 4");
	EQ(got[8], 'x');
}

TESTS(CASE(words_come_back_as_they_were), CASE(what_does_not_fit_is_cut))
