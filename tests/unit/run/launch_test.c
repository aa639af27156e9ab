/* SPDX-License-Identifier: MIT */
/*
 * Programs of every machine under a filter whose listener we hold: what a
 * shell would see of them. Nothing here makes sockets.
 */
#define _GNU_SOURCE
#include "run/launch.h"

#include "../test.h"

#include <fcntl.h>
#include <ostia/runtime.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct run_filter filter;

static void begin(struct run_launch *l)
{
	if (!filter.n)
		EQ(run_filter_make(run_filter_native(), &filter), 0);
	EQ(run_launch_begin(l), 0);
}

/* All of a launch. */
static struct run_launch_end launch(const char *const *argv, uint64_t limit_ns)
{
	struct run_launch_end end;
	struct run_launch l;
	char *args[8] = { 0 };

	for (int i = 0; argv[i]; i++)
		args[i] = strdup(argv[i]);
	begin(&l);
	EQ(run_launch_child(&l, &filter, args, 0), 0);
	OK(l.listener >= 0);
	run_launch_go(&l);
	run_launch_wait(&l, limit_ns, &end);
	run_launch_handed(&l);
	run_launch_end(&l);
	for (int i = 0; args[i]; i++)
		free(args[i]);
	return end;
}

/* Busy until a signal comes; a minute at most, so that what a failed test left
 * behind ends by itself.
 */
#define SPIN "while [ $((i += 1)) -lt 60000000 ]; do :; done"

#define SH(text) ((const char *const[]) { "sh", "-c", (text), NULL })

TEST(the_exit_code_is_the_programs)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{ "exit 0", 0 },	  { "exit 7", 7 },
		{ "exit 255", 255 },	  { "kill -TERM $$", 143 },
		{ "kill -KILL $$", 137 }, { "kill -SEGV $$", 139 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_launch_end end = launch(SH(rows[i].text), 0);

		EQ(end.code, rows[i].code);
		EQ(end.exec_error, 0);
		OK(!end.timed_out);
	}
}

TEST(what_cannot_be_executed_says_why)
{
	static const char *const nowhere[] = { "./no/such/program", NULL };
	static const char *const folder[] = { "/", NULL };
	struct run_launch_end end = launch(nowhere, 0);

	EQ(end.code, 127);
	EQ(end.exec_error, ENOENT);
	end = launch(folder, 0);
	EQ(end.code, 126);
	EQ(end.exec_error, EACCES);
}

/* --- descriptors --------------------------------------------------------- */

TEST(the_program_gets_the_descriptors_it_would_have_had)
{
	int kept[2];
	char text[160];

	/* No listener, no signalfd, no page of ours: standard ones and this. */
	/* Nor what whoever started us has left open. */
	EQ(close_range(3, ~0u, CLOSE_RANGE_CLOEXEC), 0);
	EQ(pipe(kept), 0);
	snprintf(text, sizeof(text),
		 "for f in /proc/$$/fd/*; do f=${f##*/}; case $f in "
		 "0|1|2|%d|%d) ;; *) [ -e /proc/$$/fd/$f ] && exit 9;; "
		 "esac; done; :",
		 kept[0], kept[1]);
	EQ(launch(SH(text), 0).code, 0);
	close(kept[0]);
	close(kept[1]);
}

static int told_fd, told_count;

static void told(void *ctx, int fd, const char *what)
{
	(void)ctx;
	OK(*what);
	told_fd = fd;
	told_count++;
}

TEST(inherited_sockets_of_the_host_are_kept_from_the_program)
{
	int inet = socket(AF_INET, SOCK_DGRAM, 0);
	int pair[2], sealed = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	OK(inet > 2 && sealed > 2);
	EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	told_count = 0;
	EQ(run_launch_seal(told, NULL), 1);
	EQ(told_count, 1);
	EQ(told_fd, inet);
	EQ(fcntl(inet, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(pair[0], F_GETFD), 0); /* AF_UNIX stays the host's */
	EQ(run_launch_seal(told, NULL), 0);
	close(inet);
	close(sealed);
	close(pair[0]);
	close(pair[1]);
}

TEST(a_socket_of_the_host_as_standard_input_is_refused)
{
	int inet = socket(AF_INET6, SOCK_STREAM, 0);
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 3);

	OK(inet > 2);
	EQ(dup2(inet, 0), 0);
	close(inet);
	told_count = 0;
	EQ(run_launch_seal(told, NULL), -EPERM);
	EQ(told_fd, 0);
	if (saved >= 0)
		dup2(saved, 0);
	else
		close(0);
	close(saved);
}

/* --- signals ------------------------------------------------------------- */

/*
 * A launcher in a process of its own, so that it can be sent signals. @text
 * writes a byte to descriptor 3 when it is ready for them.
 */
static pid_t launcher(const char *text, int *ready, uint64_t limit_ns)
{
	int p[2];
	pid_t pid;

	EQ(pipe(p), 0);
	pid = fork();
	if (!pid) {
		struct run_launch_end end;

		dup2(p[1], 3);
		if (limit_ns)
			run_launch_limit();
		end = launch(SH(text), limit_ns);
		_exit(end.code);
	}
	close(p[1]);
	*ready = p[0];
	return pid;
}

static void await_ready(int ready)
{
	char byte;

	EQ(read(ready, &byte, 1), 1);
}

static int exit_code(pid_t pid)
{
	int status;

	EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(a_signal_to_the_launcher_is_the_programs)
{
	static const struct {
		int sig;
		const char *name;
	} rows[] = {
		{ SIGTERM, "TERM" }, { SIGHUP, "HUP" },	    { SIGUSR1, "USR1" },
		{ SIGUSR2, "USR2" }, { SIGINT, "INT" },	    { SIGQUIT, "QUIT" },
		{ SIGALRM, "ALRM" }, { SIGWINCH, "WINCH" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* a shell cannot trap what was ignored (nohup) when it began */
		const struct sigaction by_default = { .sa_handler = SIG_DFL };
		struct sigaction old;
		char text[120];
		int ready;
		pid_t pid;

		sigaction(rows[i].sig, &by_default, &old);
		snprintf(text, sizeof(text),
			 "trap 'exit 42' %s; echo >&3; " SPIN, rows[i].name);
		pid = launcher(text, &ready, 0);
		await_ready(ready);
		kill(pid, rows[i].sig);
		EQ(exit_code(pid), 42);
		close(ready);
		sigaction(rows[i].sig, &old, NULL);
	}
}

TEST(an_ignored_signal_stays_ignored_and_the_mask_is_the_programs)
{
	struct sigaction ign = { .sa_handler = SIG_IGN }, old;
	sigset_t usr2, before;
	int code;

	sigaction(SIGHUP, &ign, &old);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, &before);
	/* SigBlk has USR2 (bit 11) alone, SigIgn has HUP (bit 0). */
	code = launch(SH("set -- $(grep -E 'SigBlk|SigIgn' /proc/self/status);"
			 "[ $2 = 0000000000000800 ] || exit 1;"
			 "[ $((0x$4 & 1)) = 1 ] || exit 2; exit 0"),
		      0)
		       .code;
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGHUP, &old, NULL);
	EQ(code, 0);
}

TEST(the_launcher_stops_and_goes_on_with_the_program)
{
	int ready, status;
	pid_t pid = launcher("echo >&3; kill -STOP $$; exit 5", &ready, 0);

	await_ready(ready);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(WIFSTOPPED(status));
	kill(pid, SIGCONT); /* to the launcher alone */
	EQ(exit_code(pid), 5);
	close(ready);
}

/* --- time ---------------------------------------------------------------- */

TEST(a_limit_ends_the_program_and_what_it_left_behind)
{
	int ready;
	/* A grandchild that hears nothing of SIGTERM holds descriptor 3. */
	pid_t pid =
		launcher("(trap '' TERM; sh -c 'echo >&3; " SPIN "' &);" SPIN,
			 &ready, 300 * OSTIA_MS);
	char byte;

	await_ready(ready);
	EQ(exit_code(pid), 124);
	EQ(read(ready, &byte, 1), 0); /* nobody holds it any more */
	close(ready);
}

TEST(a_program_in_time_is_not_disturbed_by_its_limit)
{
	struct run_launch_end end = launch(SH("exit 3"), 60 * OSTIA_S);

	EQ(end.code, 3);
	OK(!end.timed_out);
}

/* --- ways to fail -------------------------------------------------------- */

TEST(a_child_that_is_not_let_go_is_gone_with_the_launch)
{
	struct run_launch l;
	char name[] = "true", *argv[] = { name, NULL };
	pid_t pid;

	begin(&l);
	EQ(run_launch_child(&l, &filter, argv, 0), 0);
	pid = l.pid;
	run_launch_end(&l);
	EQ(kill(pid, 0), -1);
	EQ(errno, ESRCH);
	run_launch_end(&l); /* twice does no harm */
}

static volatile sig_atomic_t heard;

static void hear(int sig)
{
	(void)sig;
	heard++;
}

TEST(a_signal_after_the_program_is_nobodys)
{
	struct sigaction act = { .sa_handler = hear }, old;
	struct run_launch_end end;
	struct run_launch l;
	char name[] = "true", *argv[] = { name, NULL };

	sigaction(SIGUSR1, &act, &old);
	heard = 0;
	begin(&l);
	EQ(run_launch_child(&l, &filter, argv, 0), 0);
	run_launch_go(&l);
	run_launch_wait(&l, 0, &end);
	EQ(kill(getpid(), SIGUSR1), 0);
	run_launch_end(&l); /* does not send it round and round our group */
	EQ(heard, 0);
	sigaction(SIGUSR1, &old, NULL);
}

TEST(a_supervised_tree_takes_no_second_listener)
{
	struct run_launch l;
	char name[] = "true", *argv[] = { name, NULL };
	pid_t pid = fork();
	int status;

	if (!pid) {
		bool gave_up;

		if (!filter.n)
			run_filter_make(run_filter_native(), &filter);
		if (run_filter_install(&filter, &gave_up) < 0)
			_exit(1);
		if (run_launch_begin(&l))
			_exit(2);
		_exit(run_launch_child(&l, &filter, argv, 0) == -EBUSY ? 0 : 3);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* The program waits for this. */
static void on_gone(void *ctx)
{
	const int *in = ctx;

	EQ(write(in[1], "x", 1), 1);
	close(in[1]);
}

TEST(a_supervisor_that_dies_is_told_once)
{
	struct run_launch_end end;
	struct run_launch l;
	char sh[] = "sh", c[] = "-c", text[] = "[ $(wc -c) = 1 ] && exit 4";
	char *argv[] = { sh, c, text, NULL };
	int pair[2], in[2], saved = fcntl(0, F_DUPFD_CLOEXEC, 3);

	EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	EQ(pipe2(in, O_CLOEXEC), 0);
	dup2(in[0], 0);
	begin(&l);
	EQ(run_launch_child(&l, &filter, argv, 0), 0);
	l.peer = pair[0];
	l.on_gone = on_gone;
	l.ctx = in;
	close(pair[1]);
	run_launch_go(&l);
	run_launch_wait(&l, 0, &end);
	run_launch_end(&l);
	EQ(end.code, 4);
	close(pair[0]);
	close(in[0]);
	if (saved >= 0)
		dup2(saved, 0);
	close(saved);
}

TESTS(CASE(the_exit_code_is_the_programs),
      CASE(what_cannot_be_executed_says_why),
      CASE(the_program_gets_the_descriptors_it_would_have_had),
      CASE(inherited_sockets_of_the_host_are_kept_from_the_program),
      CASE(a_socket_of_the_host_as_standard_input_is_refused),
      CASE(a_signal_to_the_launcher_is_the_programs),
      CASE(an_ignored_signal_stays_ignored_and_the_mask_is_the_programs),
      CASE(the_launcher_stops_and_goes_on_with_the_program),
      CASE(a_limit_ends_the_program_and_what_it_left_behind),
      CASE(a_program_in_time_is_not_disturbed_by_its_limit),
      CASE(a_child_that_is_not_let_go_is_gone_with_the_launch),
      CASE(a_signal_after_the_program_is_nobodys),
      CASE(a_supervised_tree_takes_no_second_listener),
      CASE(a_supervisor_that_dies_is_told_once))
