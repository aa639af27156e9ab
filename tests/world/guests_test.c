/* SPDX-License-Identifier: MIT */
/*
 * The textbook server and client, unchanged, as guests of a world: over both
 * families, good wires and bad ones; and one program that asks for everything
 * that posix.h gives.
 */
#include "net.h"

int server_main(int argc, char **argv);
int client_main(int argc, char **argv);
int asker_main(int argc, char **argv);

static char said[65536];

static void hear(void *ctx, int fd, const void *p, size_t n)
{
	size_t at = strlen(said);

	(void)ctx;
	(void)fd;
	CHECK(at + n < sizeof(said), "it says too much");
	memcpy(said + at, p, n);
	said[at + n] = 0;
}

static struct ostia_world_proc *start(struct ostia_node *n, const char *name,
				      int (*main)(int, char **), int argc,
				      const char *const *argv)
{
	struct ostia_world_proc *p = net_proc(n, name, 0);

	ostia_world_proc_console(p, hear, NULL);
	CHECK(!ostia_world_exec(p, main, argc, argv), "exec");
	return p;
}

static void ends_well(struct ostia_world_proc *p, int want)
{
	int status = -1;

	CHECK(ostia_world_proc_status(p, &status) == 1, "%s still runs",
	      ostia_world_proc_name(p));
	CHECK(status == want, "%s ended with %d: %s", ostia_world_proc_name(p),
	      status, said);
	ostia_world_proc_free(p);
}

static void echo(uint32_t tasks, const char *ip, const char *faults)
{
	const struct ostia_world_config cfg = { .seed = 5, .tasks = tasks };
	const struct ostia_wire_config wire = { .faults = faults };
	const char *const server_argv[] = { "server", ip, "7", "2" };
	const char *const client_argv[] = { "client", ip, "7", "Hello, " };
	const char *const second_argv[] = { "client", ip, "7", "world.\n" };
	struct net t = net_new(&cfg, &wire);
	struct ostia_world_proc *s, *c[2];

	said[0] = 0;
	snprintf(net_case, sizeof(net_case), "echo over %s, %s", ip, faults);
	s = start(t.b, "server", server_main, 4, server_argv);
	CHECK(!ostia_world_run_until(t.w, OSTIA_MS), "run");
	c[0] = start(t.a, "client", client_main, 4, client_argv);
	CHECK(!ostia_world_run_until(t.w, 60 * OSTIA_S), "run");
	c[1] = start(t.a, "second", client_main, 4, second_argv);
	CHECK(!ostia_world_run(t.w, 600 * OSTIA_S), "they do not end: %s",
	      said);
	CHECK(!strcmp(said, "Hello, world.\n"), "they said '%s'", said);
	ends_well(c[0], 0);
	ends_well(c[1], 0);
	ends_well(s, 0);
	CHECK(!ostia_world_run_until(t.w, 2000 * OSTIA_S), "rest");
	net_at_rest(t.w, t.a);
	net_at_rest(t.w, t.b);
	onlooker_free(t.w);
}

static void refused(void)
{
	const struct ostia_world_config cfg = { .seed = 5 };
	const struct ostia_wire_config wire = { .faults = "delay 1ms" };
	const char *const argv[] = { "client", "10.0.0.2", "9", "x" };
	struct net t = net_new(&cfg, &wire);
	struct ostia_world_proc *c;

	said[0] = 0;
	snprintf(net_case, sizeof(net_case), "nobody listens");
	c = start(t.a, "client", client_main, 4, argv);
	CHECK(!ostia_world_run(t.w, 60 * OSTIA_S), "it does not end");
	CHECK(ostia_world_now(t.w) < 100 * OSTIA_MS, "it took its time");
	ends_well(c, 1); /* perror() went to the real stderr */
	onlooker_free(t.w);
}

static void asks(uint32_t tasks)
{
	const struct ostia_world_config cfg = { .seed = 5, .tasks = tasks };
	const struct ostia_wire_config wire = { .faults = "delay 1ms" };
	const char *const argv[] = { "asker" };
	struct net t = net_new(&cfg, &wire);
	struct ostia_world_proc *p;

	said[0] = 0;
	snprintf(net_case, sizeof(net_case), "the asker");
	p = start(t.a, "asker", asker_main, 1, argv);
	CHECK(!ostia_world_run(t.w, 600 * OSTIA_S), "it does not end: %s",
	      said);
	CHECK(strstr(said, "fork() cannot work"), "fork was silent: %s", said);
	CHECK(strstr(said, "pthread_create() cannot"), "silent: %s", said);
	CHECK(strstr(said, "end of story\n"), "it said: %s", said);
	ends_well(p, 128 + 13); /* of SIGPIPE */
	onlooker_free(t.w);
}

int main(int argc, char **argv)
{
	(void)argc;
	witness_begin(argv, net_case);
	for (uint32_t tasks = 0; tasks < 2; tasks++) {
		echo(tasks, "10.0.0.2", "delay 20ms");
		echo(tasks, "fd00::2", "delay 20ms");
		echo(tasks, "10.0.0.2", "delay 40ms 5ms loss 10% duplicate 5%");
		echo(tasks, "fd00::2", "delay 40ms 5ms loss 10% corrupt 2%");
		asks(tasks);
	}
	refused();
	return 0;
}
