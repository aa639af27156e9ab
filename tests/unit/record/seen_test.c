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

/* An ICMP message of 10.0.1.2's to 10.0.0.1, which quotes tcp4's head. */
static size_t make_icmp(uint8_t p[60], uint8_t type, uint8_t code, uint16_t mtu)
{
	static const uint8_t head[] = { 0x45, 0, 0,  0, 0, 0, 0,  0, 64, 1,
					0,    0, 10, 0, 1, 2, 10, 0, 0,	 1 };

	memset(p, 0, 60);
	memcpy(p, head, sizeof(head));
	fix(p, 56);
	p[20] = type;
	p[21] = code;
	p[26] = (uint8_t)(mtu >> 8);
	p[27] = (uint8_t)mtu;
	memcpy(p + 28, tcp4, 28);
	fix(p + 28, sizeof(tcp4));
	return 56;
}

TEST(an_error_says_what_and_of_whom)
{
	static const struct {
		uint8_t type, code;
		bool error;
		const char *text;
	} rows[] = {
		{ 3, 0, true, "ICMP net unreachable" },
		{ 3, 1, true, "ICMP host unreachable" },
		{ 3, 3, true, "ICMP port unreachable" },
		{ 3, 4, true, "ICMP fragmentation needed, MTU 1300" },
		{ 3, 13, true, "ICMP destination unreachable" },
		{ 11, 0, true, "ICMP time exceeded" },
		{ 8, 0, false, "echo request, seq 1300, 36 bytes" },
		{ 17, 0, false, "ICMP type 17, 36 bytes" },
	};
	char text[100];
	struct seen s, q;
	uint8_t p[60];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = make_icmp(p, rows[i].type, rows[i].code, 1300);

		OK(seen_read(&s, p, n, n, false));
		EQ(seen_is_error(&s), rows[i].error);
		seen_text(&s, (const uint32_t *const[2]) { NULL, NULL }, 60,
			  text, sizeof(text));
		STR(text, rows[i].text);
	}
	make_icmp(p, 11, 0, 0);
	OK(seen_read(&s, p, 56, 56, false) && seen_quote(&s, &q));
	EQ(q.port[0], 80);
	EQ(q.port[1], 81);
	EQ(q.addr[1][15], 2);
	OK(seen_read(&s, p, 29, 56, false) && !seen_quote(&s, &q));
	OK(seen_read(&s, p, 28, 56, false) && !seen_quote(&s, &q));
}

TEST(who_has_an_address_and_where_it_is)
{
	uint8_t frame[42] = {
		[12] = 8, 6, 0, 1,	  8,  0, 6, 4, 0,	  1, 2, 0,
		0,	  0, 0, [27] = 7, 10, 0, 0, 1, [38] = 10, 0, 0, 2,
	};
	char text[80];

	seen_frame_text(frame, sizeof(frame), sizeof(frame), text,
			sizeof(text));
	STR(text, "ARP who has 10.0.0.2");
	OK(!seen_arp_answer(frame, sizeof(frame), text, sizeof(text)));
	frame[21] = 2;
	OK(seen_arp_answer(frame, sizeof(frame), text, sizeof(text)));
	STR(text, "(ARP 10.0.0.1 is at 02:00:00:00:00:07)");
	seen_frame_text(frame, 20, 42, text, sizeof(text));
	STR(text, "42 bytes");
}

TESTS(CASE(an_error_says_what_and_of_whom),
      CASE(who_has_an_address_and_where_it_is),
      CASE(a_segment_is_told_relative_to_its_bases),
      CASE(a_head_that_was_cut_tells_the_whole_length),
      CASE(what_is_no_ip_is_not_read))
