/* SPDX-License-Identifier: MIT */
/*
 * 100,000 connections in one world: opened, used and closed by plain blocking
 * calls; then the memory is back where it began.
 *
 *	many_test [CONNECTIONS]
 */
#include "net.h"

enum {
	PORTS = 8, /* listeners: an address has 28232 ephemeral ports for each
		    */
	FIRST_PORT = 7000,
	BACKLOG = 4096,
	SLACK = 2 << 20, /* bytes: a few kept chunks and the least tables */
};

static struct net net;
static struct ostia_world_proc *client, *server;
static unsigned many = 100000;
static int *client_fds, *server_fds;
static int listeners[PORTS];

static int accept_main(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(server);
	struct sockaddr_storage a;
	char buf[64];

	(void)arg;
	for (unsigned i = 0; i < PORTS; i++) {
		socklen_t len =
			net_addr(&a, "10.0.0.2", (uint16_t)(FIRST_PORT + i));

		listeners[i] = ostia_socket(p, AF_INET, SOCK_STREAM, 0);
		CHECK(!ostia_bind(p, listeners[i], (struct sockaddr *)&a, len),
		      "bind: %s", strerror(errno));
		CHECK(!ostia_listen(p, listeners[i], BACKLOG), "listen");
	}
	for (unsigned i = 0; i < many; i++) {
		server_fds[i] =
			ostia_accept(p, listeners[i % PORTS], NULL, NULL);
		CHECK(server_fds[i] >= 0, "accept %u: %s", i, strerror(errno));
	}
	for (unsigned i = 0; i < many; i++) {
		ssize_t n = ostia_recv(p, server_fds[i], buf, sizeof(buf), 0);

		CHECK(n == 8, "recv %u: %zd %s", i, n, strerror(errno));
		CHECK(ostia_send(p, server_fds[i], buf, 8, 0) == 8,
		      "send %u: %s", i, strerror(errno));
	}
	for (unsigned i = 0; i < many; i++) {
		CHECK(ostia_recv(p, server_fds[i], buf, sizeof(buf), 0) == 0,
		      "end %u: %s", i, strerror(errno));
		CHECK(!ostia_close(p, server_fds[i]), "close %u", i);
	}
	for (unsigned i = 0; i < PORTS; i++)
		ostia_close(p, listeners[i]);
	return 0;
}

static void open_all(struct ostia_proc *p)
{
	struct sockaddr_storage a;

	for (unsigned i = 0; i < many; i++) {
		socklen_t len = net_addr(&a, "10.0.0.2",
					 (uint16_t)(FIRST_PORT + i % PORTS));

		client_fds[i] = ostia_socket(p, AF_INET, SOCK_STREAM, 0);
		CHECK(client_fds[i] >= 0, "socket %u: %s", i, strerror(errno));
		CHECK(!ostia_connect(p, client_fds[i], (struct sockaddr *)&a,
				     len),
		      "connect %u: %s", i, strerror(errno));
	}
}

static int client_main(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	struct ostia_usage *u = arg;

	open_all(p);
	ostia_stack_usage(ostia_host_stack(net.a), u);
	for (unsigned i = 0; i < many; i++) {
		uint64_t v = i * UINT64_C(0x9e3779b97f4a7c15);

		CHECK(ostia_send(p, client_fds[i], &v, 8, 0) == 8,
		      "send %u: %s", i, strerror(errno));
	}
	for (unsigned i = 0; i < many; i++) {
		uint64_t v = 0;

		CHECK(ostia_recv(p, client_fds[i], &v, 8, MSG_WAITALL) == 8,
		      "recv %u: %s", i, strerror(errno));
		CHECK(v == i * UINT64_C(0x9e3779b97f4a7c15), "echo %u", i);
	}
	for (unsigned i = 0; i < many; i++)
		CHECK(!ostia_close(p, client_fds[i]), "close %u", i);
	return 0;
}

int main(int argc, char **argv)
{
	const struct ostia_world_config cfg = { .seed = 1 };
	const struct ostia_wire_config wire = { .faults = "delay 100us" };
	struct ostia_world_stats before, after;
	struct ostia_usage open, end;
	struct ostia_world *w;
	double began = net_seconds();

	witness_begin(argv, net_case);
	if (argc > 1)
		many = (unsigned)strtoul(argv[1], NULL, 0);
	snprintf(net_case, sizeof(net_case), "many_test %u", many);
	client_fds = calloc(many, sizeof(int));
	server_fds = calloc(many, sizeof(int));
	CHECK(!witness_world(&cfg, &w), "world"); /* so many are not watched */
	net = net_in(w, &wire);
	ostia_world_stats(net.w, &before);
	client = net_proc(net.a, "client", many + 100);
	server = net_proc(net.b, "server", many + 100);
	CHECK(!ostia_task_spawn(server, accept_main, NULL, NULL), "spawn");
	CHECK(!ostia_task_spawn(client, client_main, &open, NULL), "spawn");
	CHECK(!ostia_world_run(net.w, 3600 * OSTIA_S), "they do not end");
	CHECK(open.conns == many, "%llu connections",
	      (unsigned long long)open.conns);
	ostia_world_proc_free(client);
	ostia_world_proc_free(server);
	ostia_stack_usage(ostia_host_stack(net.a), &end);
	CHECK(end.time_wait == many, "%llu in TIME-WAIT",
	      (unsigned long long)end.time_wait);
	CHECK(!ostia_world_run_until(net.w,
				     ostia_world_now(net.w) + 200 * OSTIA_S),
	      "rest");
	net_at_rest(net.w, net.a);
	net_at_rest(net.w, net.b);
	(void)ostia_pool_trim(ostia_world_pool(net.w));
	ostia_world_stats(net.w, &after);
	printf("%u connections: %llu bytes each when open, %llu -> %llu bytes "
	       "held, %.1f s\n",
	       many, (unsigned long long)(open.bytes / many),
	       (unsigned long long)before.bytes,
	       (unsigned long long)after.bytes, net_seconds() - began);
	CHECK(after.bytes <= before.bytes + SLACK, "memory was not given back");
	ostia_world_free(net.w);
	free(client_fds);
	free(server_fds);
	return 0;
}
