/* SPDX-License-Identifier: MIT */
#include "ip/policy.h"
#include "net.h"

TEST(the_default_table_is_rfc_6724s)
{
	static const struct {
		const char *addr;
		uint8_t precedence, label;
	} row[] = {
		{ "::1", 50, 0 },	   { "2001:db8::1", 40, 1 },
		{ "fe80::1", 40, 1 },	   { "10.0.0.1", 35, 4 },
		{ "2002:a00:1::", 30, 2 }, { "2001::1", 5, 5 },
		{ "fd00::1", 3, 13 },	   { "::10.0.0.1", 1, 3 },
		{ "fec0::1", 1, 11 },	   { "3ffe::1", 1, 12 },
	};
	struct policy t;

	policy_init(&t);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr a = A(row[i].addr);

		EQ(policy_of(&t, &a).precedence, row[i].precedence);
		EQ(policy_of(&t, &a).label, row[i].label);
	}
}

TEST(a_table_is_taken_whole_or_not_at_all)
{
	struct policy_row row[POLICY_ROWS + 1] = { { A("fd00::"), 8, 45, 1 },
						   { A("::"), 0, 40, 2 } };
	struct ostia_addr a = A("fd00::1"), b = A("2001::1");
	struct policy t;

	policy_init(&t);
	EQ(policy_set(&t, row, POLICY_ROWS + 1), -E2BIG);
	EQ(policy_set(&t, row, 3), -EINVAL); /* the third is ::/0 again */
	row[0].plen = 129;
	EQ(policy_set(&t, row, 2), -EINVAL);
	row[0].plen = 4;
	EQ(policy_set(&t, row, 2), -EINVAL); /* bits behind it */
	EQ(policy_of(&t, &a).label, 13);
	row[0].plen = 8;
	EQ(policy_set(&t, row, 2), 0);
	EQ(policy_of(&t, &a).precedence, 45);
	EQ(policy_of(&t, &b).label, 2);
	EQ(policy_set(&t, row, 0), 0);
	EQ(policy_of(&t, &b).label, 0);
}

TESTS(CASE(the_default_table_is_rfc_6724s),
      CASE(a_table_is_taken_whole_or_not_at_all))
