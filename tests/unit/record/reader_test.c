/* SPDX-License-Identifier: MIT */
#include "play.h"

/* A recording in memory, of several chunks. */
static uint8_t *file;
static size_t len;
static uint64_t events;

static void make(unsigned conversations)
{
	struct play p;
	struct ostia_recorder_stats s;
	int fd = play_file();
	const struct ostia_recorder_config cfg = {
		.to_fd = 1, .fd = fd, .seed = 7, .config = "a test"
	};

	play_begin(&p, &cfg, "delay 1ms");
	while (conversations--)
		play_hello(&p);
	ostia_world_free(p.w);
	EQ(ostia_recorder_flush(p.r), 0);
	ostia_recorder_stats(p.r, &s);
	EQ(ostia_recorder_free(p.r), 0);
	events = s.events;
	len = (size_t)lseek(fd, 0, SEEK_END);
	file = malloc(len);
	OK(file != NULL);
	EQ(pread(fd, file, len, 0), len);
	close(fd);
}

/* Read what there is. Return: events; < 0: it was not opened. */
static int64_t read_it(const uint8_t *p, size_t n,
		       struct ostia_record_info *info, unsigned *gaps)
{
	uint8_t *exact = malloc(n ? n : 1);
	struct ostia_record_event ev;
	struct ostia_record *rec;
	char err[200] = "";
	int64_t count = 0;
	int r;

	OK(exact != NULL);
	if (n)
		memcpy(exact, p, n);
	*gaps = 0;
	r = ostia_record_open_bytes(exact, n, &rec, err, sizeof(err));
	if (r) {
		OK(*err);
		free(exact);
		return r;
	}
	while ((r = ostia_record_next(rec, &ev)) > 0) {
		*gaps += ev.kind == OSTIA_RECORD_GAP;
		count += ev.kind != OSTIA_RECORD_GAP;
	}
	EQ(r, 0);
	ostia_record_info(rec, info);
	ostia_record_close(rec);
	free(exact);
	return count;
}

TEST(what_is_no_recording_is_refused_with_a_reason)
{
	struct ostia_record *rec;
	char err[200] = "";

	EQ(ostia_record_open_bytes("hello", 5, &rec, err, sizeof(err)),
	   -EBADMSG);
	STR(err, "not a recording");
	EQ(ostia_record_open("/nonexistent", &rec, err, sizeof(err)), -ENOENT);
	make(1);
	file[20] ^= 1;
	EQ(ostia_record_open_bytes(file, len, &rec, err, sizeof(err)),
	   -EBADMSG);
	STR(err, "a recording, but its head is damaged");
	free(file);
}

TEST(a_file_that_was_cut_is_read_as_far_as_it_goes)
{
	struct ostia_record_info info;
	int64_t before = 0;
	unsigned gaps;

	make(80);
	EQ(read_it(file, len, &info, &gaps), events);
	EQ(gaps, 0);
	for (size_t n = 0; n < len; n += n < 100 ? 1 : 997) {
		int64_t got = read_it(file, n, &info, &gaps);

		OK(got < (int64_t)events);
		if (got < 0)
			continue;
		OK(got >= before);
		before = got;
		if (info.lost)
			OK(gaps == 1 && strstr(info.trouble, "cut short"));
	}
	OK(before > 0);
	free(file);
}

TEST(damage_costs_no_more_than_its_chunk)
{
	struct ostia_record_info info;
	unsigned gaps;

	make(80);
	EQ(read_it(file, len, &info, &gaps), events);
	OK(info.chunks >= 3);
	for (size_t at = 38; at < len; at += 1009) {
		int64_t got;

		file[at] ^= 0x10;
		got = read_it(file, len, &info, &gaps);
		OK(got >= 0 && got < (int64_t)events);
		EQ(gaps, 1);
		EQ(info.damaged, 1);
		OK(strstr(info.trouble, "damaged") != NULL);
		OK(info.lost <= 70000);
		file[at] ^= 0x10;
	}
	free(file);
}

TEST(bytes_between_chunks_are_passed_over)
{
	struct ostia_record_info info;
	uint8_t *more;
	unsigned gaps;

	make(1);
	more = malloc(len + 10);
	OK(more != NULL);
	memcpy(more, file, 38);
	memcpy(more + 38, "OCHKxxxxxx", 10);
	memcpy(more + 48, file + 38, len - 38);
	EQ(read_it(more, len + 10, &info, &gaps), events);
	EQ(info.lost, 10);
	free(more);
	free(file);
}

TESTS(CASE(what_is_no_recording_is_refused_with_a_reason),
      CASE(a_file_that_was_cut_is_read_as_far_as_it_goes),
      CASE(damage_costs_no_more_than_its_chunk),
      CASE(bytes_between_chunks_are_passed_over))
