/* SPDX-License-Identifier: MIT */
/*
 * Networks that really run: each test has a runtime directory of its own
 */
#include "run/join.h"

#include "../test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char runtime[64], place[96];
static char why[512];

static void begin(void)
{
	strcpy(runtime, "/tmp/ostia-join-test-XXXXXX");
	OK(mkdtemp(runtime));
	EQ(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
	snprintf(place, sizeof(place), "%s/ostia", runtime);
	*why = '\0';
}

static unsigned files(void)
{
	DIR *d = opendir(place);
	struct dirent *de;
	unsigned n = 0;

	while (d && (de = readdir(d)))
		n += de->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void nap(void)
{
	nanosleep(&(struct timespec) { 0, 5000000 }, NULL);
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* All networks are gone, and so is what they had in the directory. */
static void end(void)
{
	for (unsigned i = 0; i < 1000 && files(); i++)
		nap();
	EQ(files(), 0);
	(void)rmdir(place);
	EQ(rmdir(runtime), 0);
}

static void wait_for_end(pid_t pid)
{
	for (unsigned i = 0; i < 1000 && is_alive(pid); i++)
		nap();
	OK(!is_alive(pid));
}

static int open_as(struct run_join *j, const char *net, const char *name)
{
	const struct run_join_want want = { .net = net,
					    .name = name,
					    .program = "/bin/test" };

	return run_join_open(j, &want, why, sizeof(why));
}

TEST(a_network_begins_with_its_first_host_and_ends_with_its_last)
{
	struct run_join a, b;

	begin();
	EQ(open_as(&a, "lab", "a"), 0);
	OK(a.started);
	STR(a.net, "lab");
	STR(a.host, "a");
	STR(a.v4, "10.0.0.1");
	STR(a.v6, "fd00:6f73::1");
	EQ(open_as(&b, "lab", NULL), 0);
	OK(!b.started);
	STR(b.host, "test");
	STR(b.v4, "10.0.0.2");
	EQ(a.seed, b.seed);
	EQ(a.supervisor, b.supervisor);
	OK(a.supervisor != getpid());
	run_join_close(&a);
	nap();
	OK(is_alive(b.supervisor));
	run_join_close(&b);
	wait_for_end(b.supervisor);
	end();
}

TEST(without_a_name_it_is_a_new_one)
{
	struct run_join a, b;

	begin();
	EQ(open_as(&a, NULL, NULL), 0);
	EQ(open_as(&b, NULL, NULL), 0);
	OK(!strncmp(a.net, "run-", 4));
	OK(strcmp(a.net, b.net));
	OK(a.supervisor != b.supervisor);
	run_join_close(&a);
	run_join_close(&b);
	end();
}

TEST(the_supervisor_is_on_its_own)
{
	struct run_join a;
	char path[64], link[64];
	int pipes[2];
	char c;

	begin();
	EQ(unsetenv("OSTIA_SUPERVISOR_LOG"), 0);
	EQ(pipe(pipes), 0); /* inherited, and not to be kept */
	EQ(open_as(&a, "lab", "a"), 0);
	EQ(getsid(a.supervisor) == getsid(0), 0);
	EQ(waitpid(-1, NULL, WNOHANG), -1); /* it is no child of ours */
	for (int fd = 0; fd < 3; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", a.supervisor,
			 fd);
		memset(link, 0, sizeof(link));
		OK(readlink(path, link, sizeof(link) - 1) > 0);
		STR(link, "/dev/null");
	}
	close(pipes[1]);
	EQ(read(pipes[0], &c, 1), 0);
	close(pipes[0]);
	run_join_close(&a);
	end();
}

/* ---- seeds and words ---- */

TEST(a_seed_is_kept_and_another_is_refused)
{
	struct run_join_want want = { .net = "lab",
				      .seeded = true,
				      .seed = 4711 };
	struct run_join a, b;

	begin();
	EQ(run_join_open(&a, &want, why, sizeof(why)), 0);
	EQ(a.seed, 4711);
	EQ(run_join_open(&b, &want, why, sizeof(why)), 0);
	want.seed = 4712;
	run_join_close(&b);
	EQ(run_join_open(&b, &want, why, sizeof(why)), -EEXIST);
	OK(strstr(why, "--seed 4711"));
	run_join_close(&a);
	want.seed = 0;
	EQ(run_join_open(&b, &want, why, sizeof(why)), -EINVAL);
	end();
}

TEST(what_the_network_refuses_is_said)
{
	const char *addr = "10.0.0.1";
	const struct run_join_want taken = { .net = "lab",
					     .addr = &addr,
					     .naddrs = 1 };
	const struct run_join_want bad = { .net = "lab", .link = "loss 5" };
	struct run_join a, b;

	begin();
	EQ(open_as(&b, "Lab", "a"), -EINVAL);
	OK(strstr(why, "no name of a network"));
	EQ(open_as(&b, "../lab", "a"), -EINVAL);
	EQ(open_as(&a, "lab", "a"), 0);
	EQ(open_as(&b, "lab", "a"), -EEXIST);
	STR(why, "there is a host a in lab already");
	EQ(b.fd, -1);
	EQ(run_join_open(&b, &taken, why, sizeof(why)), -EEXIST);
	EQ(run_join_open(&b, &bad, why, sizeof(why)), -EINVAL);
	STR(why, "loss: 5 has no unit: write 5%");
	EQ(run_join_enter(&b, "lab", "x", &bad, why, sizeof(why)), -ENOENT);
	STR(why, "there is no host x in lab");
	EQ(run_join_enter(&b, "nix", "x", &bad, why, sizeof(why)), -ENOENT);
	EQ(run_join_enter(&b, "lab", "a", &bad, why, sizeof(why)), 0);
	STR(b.v4, a.v4);
	run_join_close(&b);
	run_join_close(&a);
	end();
}

TEST(a_name_is_free_again_when_its_host_has_left)
{
	struct run_join a, keep;

	begin();
	EQ(open_as(&keep, "lab", "keep"), 0);
	for (unsigned i = 0; i < 20; i++) {
		EQ(open_as(&a, "lab", "a"), 0);
		STR(a.v4, "10.0.0.2");
		run_join_close(&a);
	}
	run_join_close(&keep);
	end();
}

TEST(hosts_and_wires_can_be_asked_about)
{
	static const char *const show[] = { "show" };
	static const char *const set[] = { "set", "a", "loss 3%" };
	static const char *const bad[] = { "set", "b", "loss 3%" };
	static const char *const other[] = { "dance" };
	static const char *const begin_it[] = { "begin", "pid=1" };
	struct run_join a;
	char *text;
	int fd;

	begin();
	EQ(open_as(&a, "lab", "a"), 0);
	fd = run_join_find("lab", why, sizeof(why));
	OK(fd >= 0);
	EQ(run_join_ask(fd, set, 3, -1, NULL, why, sizeof(why)), 0);
	EQ(run_join_ask(fd, bad, 3, -1, NULL, why, sizeof(why)), -ENOENT);
	STR(why, "there is no host b in lab");
	EQ(run_join_ask(fd, other, 1, -1, NULL, why, sizeof(why)), -ENOSYS);
	EQ(run_join_ask(fd, begin_it, 2, fd, NULL, why, sizeof(why)), -EINVAL);
	EQ(run_join_ask(fd, show, 1, -1, &text, why, sizeof(why)), 0);
	OK(strstr(text, "\"faults\":\"loss 3%\""));
	free(text);
	EQ(run_join_report(&a, &text, why, sizeof(why)), 0);
	OK(!strncmp(text, "connections 0\n", 14));
	free(text);
	close(fd);
	run_join_close(&a);
	end();
}

TEST(down_ends_a_network_at_once)
{
	static const char *const down[] = { "down" };
	struct run_join a;
	int fd;

	begin();
	EQ(open_as(&a, "lab", "a"), 0);
	fd = run_join_find("lab", why, sizeof(why));
	EQ(run_join_ask(fd, down, 1, -1, NULL, why, sizeof(why)), 0);
	wait_for_end(a.supervisor);
	EQ(files(), 0);
	close(fd);
	run_join_close(&a);
	end();
}

/* ---- many at once, and bad company ---- */

TEST(many_may_start_it_at_once_and_one_does)
{
	enum { MANY = 12 };
	pid_t pid[MANY];
	int told[2];
	struct {
		pid_t supervisor;
		bool started;
	} one;
	unsigned starters = 0;
	pid_t first = 0;

	begin();
	EQ(pipe(told), 0);
	for (unsigned i = 0; i < MANY; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		struct run_join j;
		int bad = open_as(&j, "lab", NULL);

		one.supervisor = j.supervisor;
		one.started = j.started;
		bad |= write(told[1], &one, sizeof(one)) != sizeof(one);
		pause();
		_exit(bad);
	}
	for (unsigned i = 0; i < MANY; i++) {
		EQ(read(told[0], &one, sizeof(one)), sizeof(one));
		starters += one.started;
		OK(!first || first == one.supervisor);
		first = one.supervisor;
	}
	EQ(starters, 1);
	for (unsigned i = 0; i < MANY; i++) {
		EQ(kill(pid[i], SIGKILL), 0);
		EQ(waitpid(pid[i], NULL, 0), pid[i]);
	}
	close(told[0]);
	close(told[1]);
	wait_for_end(first);
	end();
}

TEST(starting_and_ending_race_without_a_loss)
{
	begin();
	for (unsigned i = 0; i < 50; i++) {
		struct run_join j;

		EQ(open_as(&j, "lab", "a"), 0);
		run_join_close(&j);
		for (volatile unsigned k = 0; k < i * 20000; k++)
			;
	}
	end();
}

TEST(clients_that_say_nothing_or_nonsense_harm_nobody)
{
	static char junk[RUN_JOIN_REQUEST + 100];
	static const char *const show[] = { "show" };
	struct run_join a;
	int mute, full, bad, left;

	begin();
	EQ(open_as(&a, "lab", "a"), 0);
	mute = run_join_find("lab", why, sizeof(why));
	bad = run_join_find("lab", why, sizeof(why));
	EQ(send(bad, "no zero at the end", 18, 0), 18);
	EQ(recv(bad, junk, 1, 0) <= 0, 1); /* sent away */
	close(bad);
	bad = run_join_find("lab", why, sizeof(why));
	(void)send(bad, junk, sizeof(junk), MSG_NOSIGNAL);
	EQ(recv(bad, junk, 1, 0) <= 0, 1);
	full = run_join_find("lab", why, sizeof(why));
	for (unsigned i = 0; i < 3; i++) /* asks, and never listens */
		(void)send(full, "show", 5, MSG_NOSIGNAL);
	left = run_join_find("lab", why, sizeof(why));
	EQ(send(left, "join\0name=left", 15, 0), 15);
	close(left);
	EQ(run_join_ask(mute, show, 1, -1, NULL, why, sizeof(why)), 0);
	EQ(open_as(&(struct run_join) { 0 }, "lab", "a"), -EEXIST);
	run_join_close(&a);
	wait_for_end(a.supervisor); /* though some are connected still */
	close(mute);
	close(full);
	close(bad);
	end();
}

TEST(a_killed_supervisor_is_noticed_and_its_files_go)
{
	struct run_join a, b;
	char *names;

	begin();
	EQ(open_as(&a, "lab", "a"), 0);
	EQ(kill(a.supervisor, SIGKILL), 0);
	wait_for_end(a.supervisor);
	EQ(run_join_report(&a, &names, why, sizeof(why)), -ECONNRESET);
	EQ(files(), 2);
	run_join_close(&a); /* who notices cleans up */
	EQ(files(), 0);

	EQ(open_as(&a, "lab", "a"), 0);
	EQ(kill(a.supervisor, SIGKILL), 0);
	wait_for_end(a.supervisor);
	EQ(open_as(&b, "lab", "a"), 0); /* starts it anew */
	OK(b.started);
	OK(a.supervisor != b.supervisor);
	run_join_close(&a);
	EQ(files(), 2); /* they are another's now */
	EQ(run_join_list(&names, why, sizeof(why)), 1);
	STR(names, "lab");
	free(names);
	EQ(kill(b.supervisor, SIGKILL), 0);
	wait_for_end(b.supervisor);
	EQ(run_join_list(&names, why, sizeof(why)), 0);
	free(names);
	EQ(files(), 0);
	run_join_close(&b);
	end();
}

TEST(stale_files_of_any_kind_are_no_obstacle)
{
	struct run_join a;
	char path[160];
	int fd;

	begin();
	EQ(mkdir(place, 0700), 0);
	snprintf(path, sizeof(path), "%s/lab.sock", place);
	fd = open(path, O_CREAT | O_WRONLY, 0600); /* no socket at all */
	close(fd);
	snprintf(path, sizeof(path), "%s/lab.lock", place);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	EQ(run_join_find("lab", why, sizeof(why)), -ENOENT);
	EQ(open_as(&a, "lab", "a"), 0);
	run_join_close(&a);
	end();
}

/* ---- the directory ---- */

static int try_dir(void)
{
	struct run_join a;
	int e = open_as(&a, "lab", "a");

	if (!e)
		run_join_close(&a);
	return e;
}

TEST(a_directory_that_others_may_enter_or_made_is_refused)
{
	begin();
	EQ(mkdir(place, 0755), 0);
	EQ(chmod(place, 0755), 0);
	EQ(try_dir(), -EPERM);
	OK(strstr(why, "others may enter it; chmod 700"));
	EQ(rmdir(place), 0);
	EQ(symlink("/tmp", place), 0);
	EQ(try_dir(), -ENOTDIR);
	OK(strstr(why, "is no directory"));
	EQ(unlink(place), 0);
	if (geteuid() == 0) {
		EQ(mkdir(place, 0700), 0);
		EQ(chown(place, 65534, 65534), 0);
		EQ(try_dir(), -EPERM);
		OK(strstr(why, "belongs to another user"));
	}
	end();
}

TEST(paths_of_any_length_will_do)
{
	char deep[400];
	size_t n;

	begin();
	n = (size_t)snprintf(deep, sizeof(deep), "%s/", runtime);
	memset(deep + n, 'x', 200);
	deep[n + 200] = '\0';
	EQ(mkdir(deep, 0700), 0);
	EQ(setenv("XDG_RUNTIME_DIR", deep, 1), 0);
	EQ(try_dir(), 0);
	EQ(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
	strcat(deep, "/ostia");
	for (unsigned i = 0; i < 1000 && rmdir(deep); i++)
		nap();
	*strrchr(deep, '/') = '\0';
	EQ(rmdir(deep), 0);
	end();
}

TESTS(CASE(a_network_begins_with_its_first_host_and_ends_with_its_last),
      CASE(without_a_name_it_is_a_new_one), CASE(the_supervisor_is_on_its_own),
      CASE(a_seed_is_kept_and_another_is_refused),
      CASE(what_the_network_refuses_is_said),
      CASE(a_name_is_free_again_when_its_host_has_left),
      CASE(hosts_and_wires_can_be_asked_about),
      CASE(down_ends_a_network_at_once),
      CASE(many_may_start_it_at_once_and_one_does),
      CASE(starting_and_ending_race_without_a_loss),
      CASE(clients_that_say_nothing_or_nonsense_harm_nobody),
      CASE(a_killed_supervisor_is_noticed_and_its_files_go),
      CASE(stale_files_of_any_kind_are_no_obstacle),
      CASE(a_directory_that_others_may_enter_or_made_is_refused),
      CASE(paths_of_any_length_will_do))
