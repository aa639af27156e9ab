/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_world.c - how fast a world turns (P10)
 *
 * Two hosts on an Ethernet wire with delay, MTU 1500, no super-segments; a
 * task on each makes blocking calls. One event is one packet delivered to a
 * stack.
 */
#include "cli/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <ostia/world.h>
#include <string.h>

enum { CHUNK = 65536, PORT = 80 };

static struct ostia_world *w;
static struct ostia_world_proc *client, *server;
static uint64_t left; /* bytes to be sent */

static void must(int err, const char *what)
{
	if (err < 0)
		bench_die(what, err);
}

static void must_call(long result, const char *what)
{
	if (result < 0)
		bench_die(what, -errno);
}

static struct sockaddr_in there(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	a.sin_addr.s_addr = htonl(0x0a000002);
	return a;
}

static int serve(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(server);
	struct sockaddr_in a = there();
	static char buf[CHUNK];
	int fd = ostia_socket(p, AF_INET, SOCK_STREAM, 0);
	ssize_t n;

	(void)arg;
	must_call(ostia_bind(p, fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	must_call(ostia_listen(p, fd, 1), "listen");
	fd = ostia_accept(p, fd, NULL, NULL);
	must_call(fd, "accept");
	while ((n = ostia_recv(p, fd, buf, sizeof(buf), 0)) > 0)
		;
	must_call(n, "recv");
	return 0;
}

static int send_all(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	struct sockaddr_in a = there();
	static char buf[CHUNK];
	int fd = ostia_socket(p, AF_INET, SOCK_STREAM, 0);

	(void)arg;
	must_call(ostia_connect(p, fd, (struct sockaddr *)&a, sizeof(a)),
		  "connect");
	for (; left; left -= left < CHUNK ? left : CHUNK)
		must_call(ostia_send(p, fd, buf, left < CHUNK ? left : CHUNK,
				     0),
			  "send");
	must_call(ostia_close(p, fd), "close");
	return 0;
}

static void build(const char *faults)
{
	const struct ostia_world_config cfg = { .seed = 1 };
	const struct ostia_wire_config wire = { .faults = faults };
	struct ostia_node *a, *b;
	struct ostia_wire *x;

	must(ostia_world_new(&cfg, &w), "a world");
	must(ostia_host_new(w, "a", NULL, 0, &a), "a host");
	must(ostia_host_new(w, "b", NULL, 0, &b), "a host");
	must(ostia_wire_new(w, &wire, a, b, &x), "a wire");
	must(ostia_wire_addr(x, 0, "10.0.0.1/24"), "an address");
	must(ostia_wire_addr(x, 1, "10.0.0.2/24"), "an address");
	must(ostia_world_proc_new(a, "client", 0, &client), "a process");
	must(ostia_world_proc_new(b, "server", 0, &server), "a process");
	must(ostia_task_spawn(server, serve, NULL, NULL), "a task");
	must(ostia_task_spawn(client, send_all, NULL, NULL), "a task");
}

/* Send @bytes; seconds that it took, and what happened meanwhile. */
static double turn(const char *faults, uint64_t bytes, uint64_t *events,
		   double *virtual_s)
{
	double began;

	left = bytes;
	build(faults);
	began = bench_now();
	must(ostia_world_run(w, 3600 * OSTIA_S), "the world");
	began = bench_now() - began;
	*events = ostia_world_events(w);
	*virtual_s = (double)ostia_world_now(w) * 1e-9;
	ostia_world_free(w);
	return began;
}

double bench_world_events(void)
{
	uint64_t events;
	double virtual_s, s;

	s = turn("delay 1ms", UINT64_C(1000) << 20, &events, &virtual_s);
	return (double)events / s;
}

double bench_world_rate(void)
{
	uint64_t events;
	double virtual_s, s;

	s = turn("delay 20ms rate 10mbit limit 100", 300 << 20, &events,
		 &virtual_s);
	return virtual_s / s;
}

double bench_world_million(void)
{
	return 1e6;
}

double bench_world_thousand(void)
{
	return 1e3;
}
