/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem() */
#include "play.h"
#include "record/pcap.h"

static uint8_t out[1 << 20];

static uint32_t word(size_t at)
{
	uint32_t v;

	memcpy(&v, out + at, 4);
	return v;
}

/* Blocks by type, and whether each ends as it begins. */
struct blocks {
	unsigned of[16], heads;
	unsigned in, total;
};

static struct blocks count(size_t len)
{
	struct blocks b = { .heads = 0 };

	for (size_t at = 0; at < len;) {
		uint32_t n = word(at + 4);

		OK(n >= 12 && n % 4 == 0 && at + n <= len);
		EQ(word(at + n - 4), n);
		if (word(at) == 0x0a0d0d0a)
			b.heads++;
		else
			b.of[word(at) & 15]++;
		b.total++;
		at += n;
	}
	return b;
}

static size_t capture(const char *faults, uint64_t seed, const char *only)
{
	struct ostia_record_event ev;
	struct ostia_record *rec;
	struct pcap pcap;
	struct play p;
	int fd = play_file();
	FILE *f = fmemopen(out, sizeof(out), "w");
	long len;

	OK(f != NULL);
	play_begin(&p, &(struct ostia_recorder_config) { .seed = seed },
		   faults);
	play_hello(&p);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	EQ(play_end(&p), 0);
	rec = play_open(fd);
	EQ(pcap_begin(&pcap, f), 0);
	pcap.only = only;
	while (ostia_record_next(rec, &ev) > 0)
		EQ(pcap_event(&pcap, &ev), 0);
	EQ(pcap.forgotten, 0);
	pcap_fini(&pcap);
	fflush(f);
	len = ftell(f);
	fclose(f);
	ostia_record_close(rec);
	close(fd);
	return (size_t)len;
}

TEST(blocks_are_whole_and_each_host_has_an_interface)
{
	struct blocks b = count(capture("delay 20ms", 1, NULL));

	EQ(b.heads, 1);
	EQ(b.of[1], 2);
	OK(b.of[4] >= 2); /* names */
	OK(b.of[6] >= 16 && b.of[6] % 2 == 0); /* left, and arrived */
}

TEST(one_host_sees_its_own_packets)
{
	struct blocks all = count(capture("delay 20ms", 1, NULL));
	struct blocks one = count(capture("delay 20ms", 1, "client"));

	EQ(one.of[1], 1);
	OK(one.of[6] > 0 && one.of[6] < all.of[6]);
	EQ(count(capture("delay 20ms", 1, "nobody")).of[6], 0);
}

TEST(what_is_lost_does_not_arrive_and_says_why)
{
	size_t len = capture("delay 20ms loss 30%", 3, NULL);

	OK(memmem(out, len, "lost: at random", 15) != NULL);
	OK(memmem(out, len, "sent again", 10) != NULL);
}

TESTS(CASE(blocks_are_whole_and_each_host_has_an_interface),
      CASE(one_host_sees_its_own_packets),
      CASE(what_is_lost_does_not_arrive_and_says_why))
