/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/seen.h"

/* 10.0.0.1:80 > 10.0.0.2:81, PSH ACK, seq 1005, ack 7, win 500, 3 bytes */
static const uint8_t tcp4[] = {
	0x45, 0,  0,	0,    0, 0,    0x40, 0, 64, 6, 0,   0,	 10,   0, 0,
	1,    10, 0,	0,    2, 0,    80,   0, 81, 0, 0,   3,	 0xed, 0, 0,
	0,    7,  0x50, 0x18, 1, 0xf4, 0,    0, 0,  0, 'a', 'b', 'c',
};

static void fix(uint8_t *p, size_t n)
{
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

TEST(a_segment_is_told_relative_to_its_bases)
{
	const uint32_t isn[2] = { 1004, 6 };
	const uint32_t *const base[2] = { &isn[0], &isn[1] };
	const uint32_t *const none[2] = { NULL, NULL };
	uint8_t p[sizeof(tcp4)];
	char text[100];
	struct seen s;

	memcpy(p, tcp4, sizeof(p));
	fix(p, sizeof(p));
	OK(seen_read(&s, p, sizeof(p), sizeof(p), false));
	EQ(s.port[0], 80);
	EQ(s.port[1], 81);
	EQ(s.payload, 3);
	seen_text(&s, base, 50, text, sizeof(text));
	STR(text, "PSH ACK seq 1:4 ack 1 win 500");
	seen_text(&s, none, 50, text, sizeof(text));
	STR(text, "PSH ACK seq 0:3 win 500");
	OK(!seen_options(&s, text, sizeof(text)));
}

TEST(a_head_that_was_cut_tells_the_whole_length)
{
	uint8_t p[sizeof(tcp4)];
	struct seen s;

	memcpy(p, tcp4, sizeof(p));
	fix(p, 1500);
	OK(seen_read(&s, p, 40, 1500, false));
	EQ(s.payload, 1460);
}

TEST(what_is_no_ip_is_not_read)
{
	uint8_t frame[60] = { [12] = 8, 6 };
	struct seen s;

	OK(!seen_read(&s, frame, sizeof(frame), sizeof(frame), true)); /* ARP */
	OK(!seen_read(&s, frame, 10, 60, true));
	OK(!seen_read(&s, frame, 0, 0, false));
	for (size_t n = 0; n < sizeof(tcp4); n++)
		(void)seen_read(&s, tcp4, n, sizeof(tcp4), false);
}

TESTS(CASE(a_segment_is_told_relative_to_its_bases),
      CASE(a_head_that_was_cut_tells_the_whole_length),
      CASE(what_is_no_ip_is_not_read))
