/* SPDX-License-Identifier: MIT */
/*
 * Tasks on both back ends: the same program gives the same log. In a log each
 * line is "time in us: text".
 */
#include <ostia/world.h>

#include "../test.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static struct ostia_world *w;
static struct ostia_node *host;
static struct ostia_world_proc *proc;
static char text[8192];

static void say(const char *fmt, const char *what)
{
	size_t n = strlen(text);

	snprintf(text + n, sizeof(text) - n,
		 "%llu: ", (unsigned long long)(ostia_world_now(w) / OSTIA_US));
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, "%s%s\n", fmt, what);
}

static void begin(unsigned tasks)
{
	const struct ostia_world_config cfg = { .seed = 1, .tasks = tasks };

	text[0] = 0;
	EQ(ostia_world_new(&cfg, &w), 0);
	EQ(ostia_host_new(w, "host", NULL, 0, &host), 0);
	EQ(ostia_world_proc_new(host, "proc", 0, &proc), 0);
}

/* Everything that was lent came back. */
static void end(void)
{
	struct ostia_world_stats s;
	struct ostia_usage u;

	ostia_world_proc_free(proc);
	ostia_stack_usage(ostia_host_stack(host), &u);
	EQ(u.files, 0);
	EQ(u.udp_socks, 0);
	EQ(u.conns, 0);
	ostia_world_stats(w, &s);
	EQ(s.tasks, 0);
	EQ(s.procs, 0);
	ostia_world_free(w);
}

/* Run @story on each back end; the logs are one. */
static void tell_twice(void (*story)(void), const char *want)
{
	for (unsigned k = 0; k < 2; k++) {
		begin(k);
		story();
		STR(text, want);
		end();
	}
}

/* ---- schedule ---- */

static int sleeper(void *arg)
{
	const char *name = arg;

	for (int i = 0; i < 2; i++) {
		say("wakes ", name);
		ostia_task_sleep(w,
				 ostia_world_now(w) +
					 (name[0] == 'a' ? 10 : 15) * OSTIA_US);
	}
	say("ends ", name);
	return name[0];
}

static void two_sleepers(void)
{
	static char a[] = "a", b[] = "b";
	struct ostia_task *ta, *tb;
	int r = 0;

	EQ(ostia_task_spawn(proc, sleeper, a, &ta), 0);
	EQ(ostia_task_spawn(proc, sleeper, b, &tb), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
	EQ(ostia_task_join(ta, &r), 0);
	EQ(r, 'a');
	EQ(ostia_task_join(tb, &r), 0);
	EQ(r, 'b');
}

TEST(tasks_run_in_the_order_of_their_times)
{
	tell_twice(two_sleepers, "0: wakes a\n0: wakes b\n10: wakes a\n"
				 "15: wakes b\n20: ends a\n30: ends b\n");
}

static int parent(void *arg)
{
	static char b[] = "b";
	struct ostia_task *t;
	int r = 0;

	(void)arg;
	OK(ostia_task_proc(ostia_task_self(w)) == proc);
	EQ(ostia_task_spawn(proc, sleeper, b, &t), 0);
	say("waits", "");
	EQ(ostia_task_join(ostia_task_self(w), NULL), -EDEADLK);
	EQ(ostia_task_join(t, &r), 0);
	say("joined", "");
	return r;
}

static void one_joins_another(void)
{
	struct ostia_task *t;
	int r;

	EQ(ostia_task_spawn(proc, parent, NULL, &t), 0);
	EQ(ostia_task_join(t, &r), 0); /* outside: runs the world */
	EQ(r, 'b');
	EQ(ostia_world_now(w), 30 * OSTIA_US);
}

TEST(join_waits_inside_and_runs_the_world_outside)
{
	tell_twice(one_joins_another,
		   "0: waits\n0: wakes b\n15: wakes b\n30: ends b\n"
		   "30: joined\n");
}

/* ---- calls cost time ---- */

static int caller(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc);
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);

	(void)arg;
	EQ(fd, 3);
	say("socket", "");
	EQ(ostia_close(p, fd), 0);
	say("closed", "");
	errno = 77;
	EQ(ostia_close(p, fd), -1);
	EQ(errno, EBADF);
	return 0;
}

static void two_callers(void)
{
	static char a[] = "a";

	EQ(ostia_task_spawn(proc, caller, NULL, NULL), 0);
	EQ(ostia_task_spawn(proc, sleeper, a, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
}

TEST(each_call_takes_a_microsecond)
{
	tell_twice(two_callers, "0: wakes a\n1: socket\n2: closed\n"
				"10: wakes a\n20: ends a\n");
}

/* ---- programs ---- */

static int main_that_returns(int argc, char **argv)
{
	EQ(argc, 2);
	say("main ", argv[1]);
	OK(!argv[2]);
	ostia_task_sleep(w, ostia_world_now(w) + 5 * OSTIA_US);
	return 7;
}

static int waits_for_ever(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc);
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	char c;

	(void)arg;
	say("waits", "");
	(void)ostia_recv(p, fd, &c, 1, 0);
	say("is not", " told");
	return 0;
}

static int sleeps_for_ever(void *arg)
{
	(void)arg;
	ostia_task_sleep(w, OSTIA_NEVER);
	say("never wakes", "");
	return 0;
}

static void program_with_helpers(void)
{
	const char *const argv[] = { "prog", "arg" };
	int status = -1;

	EQ(ostia_world_exec(proc, main_that_returns, 2, argv), 0);
	EQ(ostia_world_exec(proc, main_that_returns, 2, argv), -EINVAL);
	EQ(ostia_task_spawn(proc, waits_for_ever, NULL, NULL), 0);
	EQ(ostia_task_spawn(proc, sleeps_for_ever, NULL, NULL), 0);
	EQ(ostia_world_proc_status(proc, &status), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
	EQ(ostia_world_proc_status(proc, &status), 1);
	EQ(status, 7);
	OK(!ostia_world_proc_bsd(proc));
	EQ(ostia_task_spawn(proc, sleeps_for_ever, NULL, NULL), -EINVAL);
}

TEST(when_main_returns_all_its_tasks_end)
{
	tell_twice(program_with_helpers, "0: main arg\n1: waits\n");
}

static int deep_exit(void *arg)
{
	say("exits", "");
	(void)arg;
	ostia_world_proc_exit(proc, 3);
	say("not here", "");
	return 0;
}

static void helper_exits(void)
{
	int status;

	EQ(ostia_task_spawn(proc, waits_for_ever, NULL, NULL), 0);
	EQ(ostia_task_spawn(proc, deep_exit, NULL, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
	EQ(ostia_world_proc_status(proc, &status), 1);
	EQ(status, 3);
}

TEST(exit_ends_the_process_from_any_task)
{
	tell_twice(helper_exits, "0: exits\n");
}

static void killed_outside(void)
{
	EQ(ostia_task_spawn(proc, waits_for_ever, NULL, NULL), 0);
	EQ(ostia_task_spawn(proc, sleeps_for_ever, NULL, NULL), 0);
	EQ(ostia_world_run_until(w, OSTIA_MS), 0);
	EQ(ostia_task_spawn(proc, sleeps_for_ever, NULL, NULL), 0);
	ostia_world_proc_exit(proc, 9); /* one of them never ran */
}

TEST(a_process_can_be_ended_where_it_stands)
{
	tell_twice(killed_outside, "1: waits\n");
}

static void nobody_comes(void)
{
	EQ(ostia_task_spawn(proc, waits_for_ever, NULL, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_NEVER), -EDEADLK);
	EQ(ostia_world_run(w, OSTIA_S), -EDEADLK);
}

TEST(a_world_in_which_nothing_can_happen_says_so)
{
	tell_twice(nobody_comes, "1: waits\n");
}

static int spinner(void *arg)
{
	(void)arg;
	for (;;)
		(void)ostia_close(ostia_world_proc_bsd(proc), 99);
	return 0;
}

static void spins(void)
{
	EQ(ostia_task_spawn(proc, spinner, NULL, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_MS), -ETIMEDOUT);
	EQ(ostia_world_now(w), OSTIA_MS);
	EQ(ostia_world_step(w), 1);
	EQ(ostia_world_now(w), OSTIA_MS + OSTIA_US);
}

TEST(one_that_never_stops_is_stopped_by_the_limit)
{
	tell_twice(spins, "");
}

static int stopper(void *arg)
{
	(void)arg;
	ostia_world_stop(w);
	ostia_task_sleep(w, ostia_world_now(w) + OSTIA_MS);
	return 0;
}

static void stops(void)
{
	EQ(ostia_task_spawn(proc, stopper, NULL, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_S), -ECANCELED);
	EQ(ostia_world_now(w), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
	EQ(ostia_world_now(w), OSTIA_MS);
}

TEST(a_task_can_stop_the_run)
{
	tell_twice(stops, "");
}

/* ---- blocking over the loopback ---- */

static struct sockaddr_in local(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int receiver(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc);
	struct sockaddr_in a = local(5000);
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	char buf[32] = "";

	(void)arg;
	EQ(ostia_bind(p, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_recv(p, fd, buf, sizeof(buf), 0), 5);
	say("got ", buf);
	EQ(ostia_close(p, fd), 0);
	return 0;
}

static int sender(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc);
	struct sockaddr_in a = local(5000);
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);

	(void)arg;
	ostia_task_sleep(w, OSTIA_MS);
	say("sends", "");
	EQ(ostia_sendto(p, fd, "hello", 5, 0, (struct sockaddr *)&a, sizeof(a)),
	   5);
	EQ(ostia_close(p, fd), 0);
	return 0;
}

static void datagram(void)
{
	EQ(ostia_task_spawn(proc, receiver, NULL, NULL), 0);
	EQ(ostia_task_spawn(proc, sender, NULL, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
}

TEST(a_blocked_call_goes_on_when_its_datagram_comes)
{
	tell_twice(datagram, "1000: sends\n1001: got hello\n");
}

/* Outside of any task a blocking call runs the world. */
static void outside(void)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc);
	struct sockaddr_in a = local(5000);
	struct pollfd none = { .fd = -1 };
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	char c[5];

	EQ(ostia_bind(p, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_task_spawn(proc, sender, NULL, NULL), 0);
	EQ(ostia_recv(p, fd, c, 5, 0), 5);
	say("main has it", "");
	EQ(ostia_poll(p, &none, 1, 10), 0);
	say("and has waited", "");
}

TEST(a_blocking_call_outside_runs_the_world)
{
	tell_twice(outside, "1000: sends\n1001: main has it\n"
			    "11002: and has waited\n");
}

/* ---- many ---- */

static int counter;

static int count(void *arg)
{
	ostia_task_sleep(w, ostia_world_now(w) + (uintptr_t)arg % 7 * OSTIA_US);
	counter++;
	return 0;
}

TEST(thousands_of_tasks_come_and_go)
{
	struct ostia_world_stats s;

	begin(OSTIA_TASK_FIBERS);
	counter = 0;
	for (uintptr_t i = 0; i < 3000; i++)
		EQ(ostia_task_spawn(proc, count, (void *)i, NULL), 0);
	EQ(ostia_world_run(w, OSTIA_S), 0);
	EQ(counter, 3000);
	ostia_world_stats(w, &s);
	EQ(s.switches, 2 * 3000);
	end();
}

TESTS(CASE(tasks_run_in_the_order_of_their_times),
      CASE(join_waits_inside_and_runs_the_world_outside),
      CASE(each_call_takes_a_microsecond),
      CASE(when_main_returns_all_its_tasks_end),
      CASE(exit_ends_the_process_from_any_task),
      CASE(a_process_can_be_ended_where_it_stands),
      CASE(a_world_in_which_nothing_can_happen_says_so),
      CASE(one_that_never_stops_is_stopped_by_the_limit),
      CASE(a_task_can_stop_the_run),
      CASE(a_blocked_call_goes_on_when_its_datagram_comes),
      CASE(a_blocking_call_outside_runs_the_world),
      CASE(thousands_of_tasks_come_and_go))
