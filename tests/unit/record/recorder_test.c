/* SPDX-License-Identifier: MIT */
#include "play.h"

static const struct ostia_trace tick = { .kind = OSTIA_TRACE_TIMER,
					 .stack = 1,
					 .u.timer = { "rto", 1 } };

static void ticks(struct ostia_recorder *r, uint64_t from, uint64_t to)
{
	struct ostia_trace t = tick;

	for (; from < to; from++) {
		t.time = from;
		ostia_recorder_stack(r, &t);
	}
}

enum { MANY = 200000 };

TEST(a_ring_keeps_the_last_and_says_what_it_forgot)
{
	const struct ostia_recorder_config cfg = { .ring_bytes = 256 << 10 };
	struct ostia_recorder_stats s;
	struct ostia_record_event ev;
	struct ostia_recorder *r;
	struct ostia_record *rec;
	int fd = play_file();
	uint64_t next;

	EQ(ostia_recorder_new(&cfg, &r), 0);
	ostia_recorder_name(r, 1, 9, "who");
	ticks(r, 1, MANY);
	ostia_recorder_stats(r, &s);
	EQ(s.events, MANY);
	OK(s.lost > 0 && s.bytes < (256 << 10) + (70 << 10));
	EQ(ostia_recorder_save_fd(r, fd), 0);
	rec = play_open(fd);
	EQ(ostia_record_next(rec, &ev), 1); /* names stay */
	EQ(ev.kind, OSTIA_RECORD_PROC);
	STR(ev.u.proc.name, "who");
	EQ(ostia_record_next(rec, &ev), 1);
	EQ(ev.kind, OSTIA_RECORD_GAP);
	EQ(ev.u.gap.events, s.lost);
	for (next = s.lost; next < s.events; next++) {
		EQ(ostia_record_next(rec, &ev), 1);
		EQ(ev.number, next);
		EQ(ev.time, next);
	}
	EQ(ostia_record_next(rec, &ev), 0);
	ostia_record_close(rec);
	EQ(ostia_recorder_free(r), 0);
	close(fd);
}

TEST(a_file_gets_all)
{
	int fd = play_file();
	const struct ostia_recorder_config cfg = {
		.to_fd = 1, .fd = fd, .seed = 42, .config = "ostia demo"
	};
	struct ostia_record_info info;
	struct ostia_record_event ev;
	struct ostia_recorder *r;
	struct ostia_record *rec;
	uint64_t n = 0;

	EQ(ostia_recorder_new(&cfg, &r), 0);
	EQ(ostia_recorder_save(r, "nowhere"), -EINVAL);
	ticks(r, 0, MANY);
	EQ(ostia_recorder_free(r), 0);
	rec = play_open(fd);
	while (ostia_record_next(rec, &ev) > 0)
		EQ(ev.number, n++);
	EQ(n, MANY);
	ostia_record_info(rec, &info);
	EQ(info.seed, 42);
	STR(info.config, "ostia demo");
	EQ(info.events, MANY);
	EQ(info.damaged, 0);
	STR(info.trouble, "");
	EQ(ostia_record_rewind(rec), 0);
	EQ(ostia_record_next(rec, &ev), 1);
	EQ(ev.number, 0);
	ostia_record_close(rec);
	close(fd);
}

TEST(a_full_disk_is_told_at_the_end)
{
	int fd = open("/dev/full", O_WRONLY);
	const struct ostia_recorder_config cfg = { .to_fd = 1, .fd = fd };
	struct ostia_recorder *r;

	EQ(ostia_recorder_new(&cfg, &r), -ENOSPC);
	close(fd);
}

TEST(what_is_out_of_range_is_refused)
{
	struct ostia_recorder *r;

	EQ(ostia_recorder_new(&(struct ostia_recorder_config) { .snap = 65601 },
			      &r),
	   -EINVAL);
	EQ(ostia_recorder_new(
		   &(struct ostia_recorder_config) { .rows = 1 << 20 }, &r),
	   -EINVAL);
}

/* Two runs of one seed are one file. */
TEST(a_recording_is_deterministic)
{
	static uint8_t bytes[2][1 << 20];
	ssize_t n[2];

	for (int i = 0; i < 2; i++) {
		struct play p;
		int fd = play_file();

		play_begin(&p, &(struct ostia_recorder_config) { .seed = 9 },
			   "delay 20ms loss 20%");
		play_hello(&p);
		EQ(ostia_recorder_save_fd(p.r, fd), 0);
		EQ(play_end(&p), 0);
		n[i] = pread(fd, bytes[i], sizeof(bytes[i]), 0);
		close(fd);
	}
	OK(n[0] > 1000);
	EQ(n[0], n[1]);
	MEM(bytes[0], bytes[1], (size_t)n[0]);
}

TESTS(CASE(a_ring_keeps_the_last_and_says_what_it_forgot),
      CASE(a_file_gets_all), CASE(a_full_disk_is_told_at_the_end),
      CASE(what_is_out_of_range_is_refused), CASE(a_recording_is_deterministic))
