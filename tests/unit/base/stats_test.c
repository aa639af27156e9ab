/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/stats.h"

#include <errno.h>

TEST(rows_name_their_members)
{
	struct stats s = { 0 };

	s.TcpActiveOpens = 3;
	s.IpInHdrErrors = 5;
	OK(stats_find("TcpActiveOpens") >= 0);
	EQ(stats_value(&s, (unsigned)stats_find("TcpActiveOpens")), 3);
	EQ(stats_value(&s, (unsigned)stats_find("IpInHdrErrors")), 5);
	EQ(stats_value(&s, (unsigned)stats_find("IpInReceives")), 0);
	EQ(stats_find("TcpNoSuchThing"), -ENOENT);
}

TEST(every_row_has_a_name_of_its_own_and_a_text)
{
	for (unsigned i = 0; i < STATS_COUNT; i++) {
		OK(stats_row(i)->text[0]);
		EQ(stats_find(stats_row(i)->name), i);
	}
}

TESTS(CASE(rows_name_their_members),
      CASE(every_row_has_a_name_of_its_own_and_a_text))
