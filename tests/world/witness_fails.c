/* SPDX-License-Identifier: MIT */
/*
 * A test that fails on purpose: what does it leave?
 *
 *	witness_fails pass|check|abort|segv|early [SEED]
 *
 * In seed 3, when the server has the client's word; early: before there is a
 * world.
 */
#include "net.h"

#include <signal.h>

enum { PORT = 7, LAST = 5 };

static const char *how;
static unsigned long seed;
static struct net net;
static struct ostia_world_proc *proc[2];

static void fail(void)
{
	CHECK(strcmp(how, "check"), "on purpose");
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "segv"))
		raise(SIGSEGV);
}

static int server(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc[1]);
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, "0.0.0.0", PORT);
	char word[8];
	int s;

	(void)arg;
	s = ostia_socket(p, AF_INET, SOCK_STREAM, 0);
	CHECK(!ostia_bind(p, s, (struct sockaddr *)&a, len) &&
		      !ostia_listen(p, s, 1),
	      "listen");
	s = ostia_accept(p, s, NULL, NULL);
	CHECK(ostia_recv(p, s, word, sizeof(word), 0) == 5, "recv");
	if (seed == 3)
		fail();
	return 0;
}

static int client(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(proc[0]);
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, "10.0.0.2", PORT);
	int s = ostia_socket(p, AF_INET, SOCK_STREAM, 0);

	(void)arg;
	CHECK(!ostia_connect(p, s, (struct sockaddr *)&a, len), "connect");
	CHECK(ostia_send(p, s, "hello", 5, 0) == 5, "send");
	return 0;
}

static void run(void)
{
	const struct ostia_world_config cfg = { .seed = seed };
	const struct ostia_wire_config wire = { .faults = "delay 10ms" };

	witness_again("%s %lu", how, seed);
	snprintf(net_case, sizeof(net_case), "seed %lu", seed);
	net = net_new(&cfg, &wire);
	proc[0] = net_proc(net.a, "client", 0);
	proc[1] = net_proc(net.b, "server", 0);
	CHECK(!ostia_task_spawn(proc[1], server, NULL, NULL) &&
		      !ostia_task_spawn(proc[0], client, NULL, NULL),
	      "spawn");
	CHECK(!ostia_world_run(net.w, 60 * OSTIA_S), "it does not end");
	ostia_world_free(net.w);
}

int main(int argc, char **argv)
{
	unsigned long last = LAST;

	how = argc > 1 ? argv[1] : "pass";
	witness_begin(argv, net_case);
	CHECK(strcmp(how, "early"), "before there is a world");
	seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	if (argc > 2)
		last = seed;
	for (; seed <= last; seed++)
		run();
	return 0;
}
