/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/words.h"

#include <netinet/in.h>
#include <sys/socket.h>

static const struct {
	const char *name;
	int fd;
	const char *args, *want;
} rows[] = {
	{ "socket", -1, "2, 1, 0", "socket(AF_INET, SOCK_STREAM, 0)" },
	{ "socket", -1, "x", "socket(x)" },
	{ "connect", 3, "10.0.0.2:7, 16", "connect(3, 10.0.0.2:7)" },
	{ "send", 3, "12, 0x0", "send(3, 12)" },
	{ "send", 3, "12, 0x4040", "send(3, 12, MSG_DONTWAIT|MSG_NOSIGNAL)" },
	{ "recv", 3, "12, 0x80000000", "recv(3, 12, 0x80000000)" },
	{ "ppoll", -1, "2", "poll(2)" },
	{ "setsockopt", 3, "1, 2, 4", "setsockopt(3, SO_REUSEADDR)" },
	{ "setsockopt", 3, "1, 9999", "setsockopt(3, level 1, name 9999)" },
	{ "close", 3, NULL, "close(3)" },
};

TEST(calls_read_as_the_program_wrote_them)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ostia_trace t = {
			.u.call = { rows[i].name, 1, rows[i].fd, rows[i].args }
		};
		char got[200];

		words_call(got, sizeof(got), &t);
		STR(got, rows[i].want);
	}
}

TEST(results_name_their_errno)
{
	char got[50];

	words_result(got, sizeof(got), 12);
	STR(got, "12");
	words_result(got, sizeof(got), -EAGAIN);
	STR(got, "-1 EAGAIN");
	words_result(got, sizeof(got), INT64_MIN); /* no errno: a number */
	STR(got, "-9223372036854775808");
}

TESTS(CASE(calls_read_as_the_program_wrote_them),
      CASE(results_name_their_errno))
