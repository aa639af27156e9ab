/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "ip/settings.h"

#include <stdbool.h>

TEST(every_field_has_one_row_and_a_legal_default)
{
	unsigned n, words = 0;
	const struct setting_row *row = ip_settings_rows(&n);
	bool seen[sizeof(struct ip_settings) / 4] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		OK(row[i].count >= 1 && row[i].count <= SETTING_VALUES);
		for (unsigned k = 0; k < row[i].count; k++) {
			unsigned at = row[i].offset / 4u + k;

			OK(at < sizeof(seen) / sizeof(seen[0]) && !seen[at]);
			seen[at] = true;
			words++;
			OK(row[i].dflt[k] >= row[i].min);
			OK(row[i].dflt[k] <= row[i].max);
		}
		for (unsigned k = 0; k < i; k++)
			OK(strcmp(row[i].name, row[k].name) != 0);
	}
	EQ(words, sizeof(struct ip_settings) / 4);
}

TEST(defaults_are_linuxs)
{
	struct ip_settings s;
	unsigned n;
	const struct setting_row *row = ip_settings_rows(&n);

	settings_defaults(&s, row, n);
	EQ(s.ttl, 64);
	EQ(s.port_range[0], 32768);
	EQ(s.port_range[1], 60999);
	EQ(s.frag_time_s, 30);
	EQ(s.neigh_thresh3, 1024);
}

TESTS(CASE(every_field_has_one_row_and_a_legal_default),
      CASE(defaults_are_linuxs))
