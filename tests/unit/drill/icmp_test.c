/* SPDX-License-Identifier: MIT */
#include "drill/icmp.h"

#include "../test.h"

TEST(names_and_numbers_match_both_ways)
{
	static const struct {
		bool v6;
		const char *type, *code;
		uint8_t t, c;
	} rows[] = {
		{ false, "unreachable", "port_unreachable", 3, 3 },
		{ false, "unreachable", "frag_needed", 3, 4 },
		{ false, "time_exceeded", "exceeded_in_transit", 11, 0 },
		{ true, "unreachable", "port_unreachable", 1, 4 },
		{ true, "parameter_problem", "unknown_next_header", 4, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t t = 99, c = 99;

		OK(drill_icmp_type(rows[i].v6, rows[i].type,
				   strlen(rows[i].type), &t));
		OK(drill_icmp_code(rows[i].v6, t, rows[i].code,
				   strlen(rows[i].code), &c));
		EQ(t, rows[i].t);
		EQ(c, rows[i].c);
		STR(drill_icmp_type_name(rows[i].v6, t), rows[i].type);
		STR(drill_icmp_code_name(rows[i].v6, t, c), rows[i].code);
	}
}

TEST(a_name_of_the_other_family_is_unknown)
{
	uint8_t v;

	OK(!drill_icmp_type(false, "packet_too_big", 14, &v));
	OK(drill_icmp_type(true, "packet_too_big", 14, &v));
	OK(!drill_icmp_code(true, 1, "frag_needed", 11, &v));
	OK(!drill_icmp_type(false, "unreach", 7, &v));
	OK(!drill_icmp_type_name(false, 77));
}

TESTS(CASE(names_and_numbers_match_both_ways),
      CASE(a_name_of_the_other_family_is_unknown))
