/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "wire/ip4opts.h"

static const uint8_t us[4] = { 10, 99, 0, 1 };
static const uint8_t final[4] = { 10, 99, 0, 9 };

/* What is compiled is what undo gives back, to four bytes. */
static void round_trip(const void *p, size_t n)
{
	uint8_t want[40] = { 0 }, got[40];
	struct wire_ip4opts o;

	memcpy(want, p, n);
	EQ(wire_ip4opts_compile(&o, p, n), 0);
	EQ(o.len, (n + 3) / 4 * 4);
	wire_ip4opts_undo(&o, got);
	MEM(got, want, o.len);
}

TEST(what_a_program_gave_it_gets_back)
{
	round_trip("", 0);
	round_trip("\1\1\0", 3);
	round_trip("\224\4\0\0", 4);
	round_trip("\7\7\4\0\0\0\0", 7);
	round_trip("\104\14\5\1\0\0\0\0\0\0\0\0", 12);
	round_trip("\203\13\4\12\143\0\2\12\143\0\3", 11);
	round_trip("\211\7\4\12\143\0\2", 7);
	round_trip("\202\6\1\2\3\4", 6);
}

TEST(refuses_what_are_no_options)
{
	static const struct {
		size_t n;
		const char *p;
	} row[] = {
		{ 3, "\7\7\4" }, /* runs past the end */
		{ 4, "\7\1\4\0" },
		{ 4, "\7\3\3\0" }, /* a pointer into the header */
		{ 7, "\7\7\5\0\0\0\0" }, /* a slot that is cut */
		{ 14, "\7\7\4\0\0\0\0\7\7\4\0\0\0\0" }, /* twice */
		{ 4, "\104\3\5\0" },
		{ 8, "\104\10\4\0\0\0\0\0" },
		{ 8, "\104\10\5\1\0\0\0\0" }, /* no room for both */
		{ 4, "\104\4\5\360" }, /* nobody can be counted any more */
		{ 3, "\203\3\4" }, /* a route to nowhere */
		{ 7, "\203\7\10\12\0\0\1" }, /* begun already */
		{ 8, "\203\10\4\12\0\0\1\1" },
		{ 14, "\203\7\4\12\0\0\1\211\7\4\12\0\0\1" },
		{ 4, "\224\3\0\0" },
	};
	struct wire_ip4opts o;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		EQ(wire_ip4opts_compile(&o, (const uint8_t *)row[i].p,
					row[i].n),
		   -EINVAL);
	EQ(wire_ip4opts_compile(&o, us, 41), -EINVAL);
}

TEST(a_route_leaves_with_its_first_hop_taken_out)
{
	static const uint8_t p[] = { 131, 11, 4, 10, 99, 0, 2, 10, 99, 0, 3 };
	static const uint8_t want[] = { 131, 11, 4,  10, 99, 0,
					3,   10, 99, 0,	 9,  0 };
	struct wire_ip4opts o;
	uint8_t out[40];

	EQ(wire_ip4opts_compile(&o, p, sizeof(p)), 0);
	MEM(o.first, p + 3, 4);
	OK(!o.strict);
	wire_ip4opts_put(&o, out, us, final, 0);
	MEM(out, want, sizeof(want));
}

TEST(our_address_and_time_are_filled_in)
{
	static const uint8_t p[] = { 7,	 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1,
				     68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t want[] = { 7,  11, 8, 10, 99, 0,  1,  0,
					0,  0,	0, 1,  68, 12, 13, 1,
					10, 99, 0, 1,  0,  1,  2,  3 };
	struct wire_ip4opts o;
	uint8_t out[40];

	EQ(wire_ip4opts_compile(&o, p, sizeof(p)), 0);
	wire_ip4opts_put(&o, out, us, final, 0x010203);
	MEM(out, want, sizeof(want));
}

TEST(a_stamp_for_a_given_address_waits_for_who_has_it)
{
	static const uint8_t p[] = { 68, 12, 5, 3, 10, 99, 0, 1, 0, 0, 0, 0 };
	struct wire_ip4opts o;
	uint8_t out[40];

	EQ(wire_ip4opts_compile(&o, p, sizeof(p)), 0);
	EQ(o.asks, 5);
	wire_ip4opts_put(&o, out, us, final, 77);
	MEM(out, p, sizeof(p));
	wire_ip4opts_claim(&o);
	wire_ip4opts_put(&o, out, us, final, 77);
	EQ(out[2], 13);
	EQ(out[11], 77);
	wire_ip4opts_undo(&o, out);
	MEM(out, p, sizeof(p));
}

static size_t header(uint8_t *h, const void *opts, size_t n)
{
	const struct wire_ip4 f = { .src = final, .dst = us, .len = 60 };

	return (size_t)wire_ip4_emit(h, 60, &f, opts, n);
}

TEST(an_answer_goes_on_where_the_question_was)
{
	static const uint8_t asked[] = { 148, 4, 0, 0, 7, 15, 4, 0, 0, 0,
					 0,   0, 0, 0, 0, 0,  0, 0, 0 };
	static const uint8_t seen[] = { 148, 4, 0, 0, 7, 15, 8, 10, 99, 0,
					1,   0, 0, 0, 0, 0,  0, 0,  0,	0 };
	static const uint8_t sent[] = { 7,  15, 12, 10, 99, 0, 1, 10,
					99, 0,	1,  0,	0,  0, 0, 0 };
	uint8_t h[60], out[40];
	size_t hlen = header(h, asked, sizeof(asked));
	struct wire_ip4opts o;

	EQ(wire_ip4opts_seen(out, h, hlen, us, 0), 20);
	MEM(out, seen, sizeof(seen));
	EQ(wire_ip4opts_echo(&o, h, hlen, us, 0), 0);
	EQ(o.len, sizeof(sent)); /* the alert is not answered */
	wire_ip4opts_put(&o, out, us, final, 0);
	MEM(out, sent, sizeof(sent));
}

TEST(a_full_list_is_answered_as_it_is)
{
	static const uint8_t asked[] = { 7, 7, 8,    1, 2, 3, 4, 68,
					 8, 9, 0x10, 5, 6, 7, 8 };
	uint8_t h[60], out[40];
	size_t hlen = header(h, asked, sizeof(asked));
	struct wire_ip4opts o;

	EQ(wire_ip4opts_echo(&o, h, hlen, us, 5), 0);
	wire_ip4opts_put(&o, out, us, final, 5);
	MEM(out, asked, 7);
	EQ(out[10], 0x20); /* one more found no room */
	EQ(o.len, 16);
}

TESTS(CASE(what_a_program_gave_it_gets_back), CASE(refuses_what_are_no_options),
      CASE(a_route_leaves_with_its_first_hop_taken_out),
      CASE(our_address_and_time_are_filled_in),
      CASE(a_stamp_for_a_given_address_waits_for_who_has_it),
      CASE(an_answer_goes_on_where_the_question_was),
      CASE(a_full_list_is_answered_as_it_is))
