/* SPDX-License-Identifier: MIT */
/*
 * tests/alloc/demo_test.c - the demo's conversations, with the n-th request
 * for memory failing, for every n; then with every one from the n-th on
 *
 * The programs are the demo's own: they may give up, or wait for ever for
 * somebody who did. Nothing may crash, no call may fail with an errno that a
 * shortage does not explain, and at the end all memory must be back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *findings;

/* The programs' perror() goes nowhere, what we find to the real stderr. */
static void hush(void)
{
	findings = fdopen(dup(STDERR_FILENO), "w");
	stderr = fopen("/dev/null", "w");
	if (!findings || !stderr)
		exit(1);
}

#undef stderr
#define stderr findings
#include "../world/net.h"
#include "cli/demo.h"
#include "errnos.h"

int server_main(int argc, char **argv);
int client_main(int argc, char **argv);

enum { ARGS = 4 };

struct program {
	int (*main)(int, char **);
	const char *args[ARGS];
};

static const struct scene {
	const char *name;
	struct program server, client;
} scenes[] = {
	{ "tcp4",
	  { server_main, { "server", "10.0.0.2", "7", "1" } },
	  { client_main, { "client", "10.0.0.2", "7", "Hello" } } },
	{ "tcp6",
	  { server_main, { "server", "fd00::2", "7", "1" } },
	  { client_main, { "client", "fd00::2", "7", "Hello" } } },
	{ "udp",
	  { guests_udp_server, { "server", "10.0.0.2", "7" } },
	  { guests_udp_client, { "client", "10.0.0.2", "7", "Hello" } } },
	{ "udp6",
	  { guests_udp_server, { "server", "fd00::2", "7" } },
	  { guests_udp_client, { "client", "fd00::2", "7", "Hello" } } },
	{ "ping",
	  { NULL, { NULL } },
	  { guests_ping, { "ping", "10.0.0.2", "2" } } },
	{ "ping6",
	  { NULL, { NULL } },
	  { guests_ping, { "ping", "fd00::2", "2" } } },
};

static void hear(void *ctx, int fd, const void *p, size_t n)
{
	(void)ctx;
	(void)fd;
	(void)p;
	(void)n;
}

/* Programs are being ended where they stand: their calls say EBADF. */
static bool ending;

static void look(void *ctx, const struct ostia_world_trace *ev)
{
	(void)ctx;
	if (ending || !ev->stack || ev->stack->kind != OSTIA_TRACE_RETURN ||
	    ev->stack->u.call.result >= 0)
		return;
	CHECK(errno_of_shortage((int)-ev->stack->u.call.result), "%s says %s",
	      ev->stack->u.call.name, strerror((int)-ev->stack->u.call.result));
}

static struct ostia_world_proc *start(struct ostia_node *host,
				      const struct program *p)
{
	struct ostia_world_proc *proc;
	int argc = 0;
	int err;

	if (!p->main)
		return NULL;
	while (argc < ARGS && p->args[argc])
		argc++;
	err = ostia_world_proc_new(host, p->args[0], 0, &proc);
	if (err) {
		CHECK(err == -ENOMEM, "proc_new: %d", err);
		return NULL;
	}
	ostia_world_proc_console(proc, hear, NULL);
	CHECK(!ostia_world_exec(proc, p->main, argc, p->args), "exec");
	return proc;
}

static int build(struct net *t)
{
	static const struct ostia_wire_config wire = { .faults = "delay 20ms" };
	static const char *const addr[2][2] = {
		{ "10.0.0.1/24", "10.0.0.2/24" },
		{ "fd00::1/64", "fd00::2/64" },
	};
	int err = ostia_host_new(t->w, "a", NULL, 0, &t->a);

	if (!err)
		err = ostia_host_new(t->w, "b", NULL, 0, &t->b);
	if (!err)
		err = ostia_wire_new(t->w, &wire, t->a, t->b, &t->wire);
	for (unsigned i = 0; i < 4 && !err; i++)
		err = ostia_wire_addr(t->wire, i % 2, addr[i / 2][i % 2]);
	CHECK(!err || err == -ENOMEM, "the network: %s", strerror(-err));
	return err;
}

/* Of one failure TCP recovers as of a loss: nobody waits for ever. */
static void has_ended(struct ostia_world_proc *client)
{
	int status;

	CHECK(ostia_world_proc_status(client, &status) == 1,
	      "the client waits for ever");
}

static void talk(struct net *t, const struct scene *s, bool sticky)
{
	struct ostia_world_proc *server = start(t->b, &s->server);
	struct ostia_world_proc *client;

	CHECK(!ostia_world_run_until(t->w, OSTIA_MS), "run");
	client = start(t->a, &s->client);
	(void)ostia_world_run(t->w, 1000 * OSTIA_S);
	if (client && !sticky && s->server.main == server_main)
		has_ended(client);
	ending = true;
	if (server)
		ostia_world_proc_free(server);
	if (client)
		ostia_world_proc_free(client);
	CHECK(!ostia_world_run_until(t->w, 4000 * OSTIA_S), "rest");
	net_at_rest(t->w, t->a);
	net_at_rest(t->w, t->b);
}

/* Return: how many requests succeeded. */
static uint64_t play(const struct scene *s, uint64_t nth, bool sticky)
{
	const struct ostia_world_config cfg = { .seed = 1, .trace = look };
	struct ostia_world_stats before, after;
	struct net t = { 0 };

	snprintf(net_case, sizeof(net_case), "%s, request %llu%s", s->name,
		 (unsigned long long)nth, sticky ? " and all after it" : "");
	ending = false;
	CHECK(!witness_world(&cfg, &t.w), "world");
	ostia_world_stats(t.w, &before);
	ostia_world_fail_alloc(t.w, nth, sticky);
	if (!build(&t))
		talk(&t, s, sticky);
	ostia_world_stats(t.w, &after);
	ostia_world_free(t.w);
	return after.allocs - before.allocs;
}

/* Up to its failure a run is as the one where all is well. */
static void every_n(const struct scene *s)
{
	uint64_t all = play(s, 0, false);

	for (uint64_t n = 1; n <= all; n++) {
		play(s, n, false);
		play(s, n, true);
	}
	printf("%s: %llu requests\n", s->name, (unsigned long long)all);
}

int main(int argc, char **argv)
{
	(void)argc;
	witness_begin(argv, net_case);
	hush();
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		every_n(&scenes[i]);
	return 0;
}
