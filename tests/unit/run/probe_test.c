/* SPDX-License-Identifier: MIT */
/*
 * Rows agree with themselves and with what this machine does.
 */
#define _GNU_SOURCE
#include "run/probe.h"

#include "../test.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct run_probe_row rows[RUN_PROBES];

TEST(each_row_has_a_name_a_finding_and_where_it_is_bad_a_cure)
{
	run_probe_all(rows);
	for (int i = 0; i < RUN_PROBES; i++) {
		OK(rows[i].name && *rows[i].name);
		OK(*rows[i].found);
		EQ(rows[i].cure == NULL, rows[i].mark == RUN_PROBE_GOOD);
	}
}

TEST(the_worst_row_is_the_first_of_the_worst)
{
	struct run_probe_row r[RUN_PROBES] = { { .name = "x" } };

	OK(run_probe_worst(r) == &r[0]);
	r[3].mark = r[5].mark = RUN_PROBE_LIMITED;
	OK(run_probe_worst(r) == &r[3]);
	r[7].mark = r[9].mark = RUN_PROBE_BAD;
	OK(run_probe_worst(r) == &r[7]);
}

/* In a child: it cannot be taken back. */
static int few_files(void)
{
	const struct rlimit l = { 64, 64 };

	if (setrlimit(RLIMIT_NOFILE, &l))
		return 1;
	run_probe_all(rows);
	if (rows[RUN_PROBE_FILES].mark != RUN_PROBE_LIMITED)
		return 2;
	return rows[RUN_PROBE_NOTIFY].mark == RUN_PROBE_GOOD ? 0 : 3;
}

TEST(few_files_are_a_limit_and_no_more)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(few_files());
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST(no_process_and_no_descriptor_is_left)
{
	int before = dup(0), after;

	run_probe_all(rows);
	after = dup(0);
	EQ(after, before + 1);
	EQ(waitpid(-1, NULL, WNOHANG), -1);
	EQ(errno, ECHILD);
	close(before);
	close(after);
}

TESTS(CASE(each_row_has_a_name_a_finding_and_where_it_is_bad_a_cure),
      CASE(the_worst_row_is_the_first_of_the_worst),
      CASE(few_files_are_a_limit_and_no_more),
      CASE(no_process_and_no_descriptor_is_left))
