/* SPDX-License-Identifier: MIT */
/*
 * Reports in, lines and JSON out.
 */
#include "run/tell.h"

#include "run/text.h"

#include "../test.h"

static const struct run_join lab = { .net = "lab",
				     .host = "web",
				     .v4 = "10.0.0.1",
				     .v6 = "fd00::1",
				     .seed = 42 };

static char *lines(const char *report, const struct run_join *j)
{
	struct run_text out = { 0 };
	struct run_tell t;

	run_tell_read(&t, report);
	run_tell_lines(&t, j, &out);
	return run_text_take(&out);
}

#define LINES(report, j, want)                  \
	do {                                    \
		char *got = lines((report), j); \
		STR(got, want);                 \
		free(got);                      \
	} while (0)

TEST(a_quiet_report_is_two_lines)
{
	LINES("connections 3\nsegments 120\nresent 1\nlost 2\n", &lab,
	      "ostia: web on lab (10.0.0.1, fd00::1): 3 connections, "
	      "120 segments, 2 lost, 1 resent\n"
	      "ostia: the network: ostia net show lab\n");
}

TEST(a_network_of_ones_own_tells_its_seed)
{
	struct run_join j = lab;

	j.started = true;
	*j.v6 = '\0';
	LINES("connections 1\nsegments 1", &j,
	      "ostia: web on lab (10.0.0.1): 1 connection, 1 segment, 0 lost, "
	      "0 resent\n"
	      "ostia: the same faults again: --seed 42\n");
}

TEST(what_is_not_supported_has_a_line)
{
	LINES("unsupported curl setsockopt TCP_ULP ENOENT 2\n"
	      "something new 5\n"
	      "unsupported node socket AF_VSOCK EAFNOSUPPORT 1\n",
	      &lab,
	      "ostia: web on lab (10.0.0.1, fd00::1): 0 connections, 0 "
	      "segments, 0 lost, 0 resent\n"
	      "ostia: not supported: curl setsockopt TCP_ULP ENOENT (2 times); "
	      "node socket AF_VSOCK EAFNOSUPPORT\n"
	      "ostia: the network: ostia net show lab; its calls: -v\n");
}

TEST(many_kinds_are_counted_and_the_lines_stay_three)
{
	char report[16384] = "", *got;
	int n = 0;

	for (int i = 0; i < 100; i++)
		n += snprintf(report + n, sizeof(report) - (size_t)n,
			      "unsupported p%d ioctl X EINVAL 1\n", i);
	got = lines(report, &lab);
	OK(strstr(got, "; and 97 more\n"));
	OK(!strstr(got, "p3 "));
	n = 0;
	for (char *p = got; *p; p++)
		n += *p == '\n';
	EQ(n, 3);
	free(got);
}

TEST(broken_reports_do_no_harm)
{
	static const char *const rows[] = { "",
					    "\n\n",
					    "unsupported",
					    "unsupported \n",
					    "unsupported x",
					    "connections",
					    "connections x",
					    " ",
					    "resent -" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = lines(rows[i], &lab);

		OK(got && *got);
		free(got);
	}
}

TEST(a_long_call_is_cut)
{
	char report[600];
	struct run_tell t;

	memset(report, 'x', sizeof(report));
	memcpy(report, "unsupported ", 12);
	snprintf(report + 500, 100, " 7\n");
	run_tell_read(&t, report);
	EQ(t.ncalls, 1);
	EQ(t.call[0].times, 7);
	EQ(strlen(t.call[0].what), RUN_TELL_WHAT - 1);
}

TEST(programs_get_one_object_in_one_line)
{
	const struct run_tell_end end = { "curl", 22, 1500000 };
	struct run_text out = { 0 };
	struct run_tell t;
	char *got;

	run_tell_read(&t, "connections 1\nsegments 9\nlost 0\nresent 0\n"
			  "unsupported curl say \"x\" EIO 3\n");
	run_tell_json(&t, &lab, &end, &out);
	got = run_text_take(&out);
	STR(got,
	    "{\"program\":\"curl\",\"code\":22,\"ns\":1500000,\"net\":\"lab\","
	    "\"host\":\"web\",\"v4\":\"10.0.0.1\",\"v6\":\"fd00::1\","
	    "\"started\":false,\"seed\":42,\"connections\":1,\"segments\":9,"
	    "\"lost\":0,\"resent\":0,\"unsupported\":[{\"call\":\"curl say "
	    "\\\"x\\\" EIO\",\"times\":3}]}\n");
	free(got);
}

TESTS(CASE(a_quiet_report_is_two_lines),
      CASE(a_network_of_ones_own_tells_its_seed),
      CASE(what_is_not_supported_has_a_line),
      CASE(many_kinds_are_counted_and_the_lines_stay_three),
      CASE(broken_reports_do_no_harm), CASE(a_long_call_is_cut),
      CASE(programs_get_one_object_in_one_line))
