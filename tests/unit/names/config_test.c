/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include <ostia/names.h>

static const struct {
	const char *word, *value;
	int err;
	const char *why;
} rows[] = {
	{ "dns", "10.99.0.1", 0, "" },
	{ "dns", "fd99::1", 0, "" },
	{ "dns", "www", -EINVAL, "numeric" },
	{ "dns", "0.0.0.0", -EINVAL, "numeric" },
	{ "dns", "224.0.0.1", -EINVAL, "numeric" },
	{ "dns", "fe80::1%eth0", -EINVAL, "no link" }, /* without a stack */
	{ "search", "example.org", 0, "" },
	{ "search", "a..b", -EINVAL, "domain" },
	{ "ndots", "3", 0, "" },
	{ "ndots", "-1", -EINVAL, "0 to 15" },
	{ "ndots", "16", -EINVAL, "0 to 15" },
	{ "dns-timeout", "3", 0, "" },
	{ "dns-timeout", "61", -EINVAL, "1 to 60" },
	{ "dns-attempts", "4", 0, "" },
	{ "dns-attempts", "11", -EINVAL, "1 to 10" },
	{ "dns-case", "keep", 0, "" },
	{ "dns-case", "x", -EINVAL, "mix or keep" },
	{ "tap", "tap0", -ENOENT, "" },
};

TEST(words_say_whom_to_ask)
{
	struct ostia_dns d;
	char why[200];

	ostia_dns_init(&d);
	EQ(d.servers, 0);
	EQ(d.timeout, 5 * OSTIA_S);
	EQ(d.attempts, 2);
	OK(d.mix_case && d.hosts);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why[0] = '\0';
		EQ(ostia_dns_word(&d, NULL, rows[i].word, rows[i].value, why,
				  sizeof(why)),
		   rows[i].err);
		OK(strstr(why, rows[i].why));
		EQ(ostia_dns_word(&d, NULL, "none", "", NULL, 0), -ENOENT);
	}
	EQ(d.servers, 2);
	EQ(d.searches, 1);
	STR(d.search[0], "example.org");
	EQ(d.ndots, 3);
	EQ(d.timeout, 3 * OSTIA_S);
	EQ(d.attempts, 4);
	OK(!d.mix_case);
}

TEST(lists_have_an_end)
{
	struct ostia_dns d;

	ostia_dns_init(&d);
	for (int i = 0; i < OSTIA_DNS_SERVERS; i++)
		EQ(ostia_dns_word(&d, NULL, "dns", "10.0.0.1", NULL, 0), 0);
	EQ(ostia_dns_word(&d, NULL, "dns", "10.0.0.1", NULL, 0), -E2BIG);
	for (int i = 0; i < OSTIA_DNS_SEARCH; i++)
		EQ(ostia_dns_word(&d, NULL, "search", "x", NULL, 0), 0);
	EQ(ostia_dns_word(&d, NULL, "search", "x", NULL, 0), -E2BIG);
}

TESTS(CASE(words_say_whom_to_ask), CASE(lists_have_an_end))
