/* SPDX-License-Identifier: MIT */
/*
 * A conversation through two boxes, recorded: a - gate - core - b. The gate is
 * a host that forwards, the core a router; the wire between them loses, and is
 * narrower than the ends know. Usage: see-routed FILE
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/net.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 7, BYTES = 3000 };

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "see-routed: %s\n", what);
	exit(1);
}

static struct sockaddr_in server_addr(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	inet_pton(AF_INET, "10.0.3.2", &a.sin_addr);
	return a;
}

static int client(int argc, char **argv)
{
	struct sockaddr_in a = server_addr();
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char buf[BYTES] = { 0 };

	(void)argc;
	(void)argv;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    send(fd, buf, sizeof(buf), 0) != BYTES || recv(fd, buf, 1, 0) != 1)
		return 1;
	return close(fd);
}

static int server(int argc, char **argv)
{
	struct sockaddr_in a = server_addr();
	int l = socket(AF_INET, SOCK_STREAM, 0), fd;
	char buf[BYTES];

	(void)argc;
	(void)argv;
	if (bind(l, (struct sockaddr *)&a, sizeof(a)) || listen(l, 1))
		return 1;
	fd = accept(l, NULL, NULL);
	for (ssize_t n, all = 0; all < BYTES; all += n)
		if ((n = recv(fd, buf, sizeof(buf), 0)) <= 0)
			return 1;
	if (send(fd, "!", 1, 0) != 1 || recv(fd, buf, 1, 0) != 0)
		return 1;
	return close(fd) | close(l);
}

static struct ostia_node *gate(struct ostia_world *w)
{
	static const struct ostia_setting forwards = { "net.ipv4.ip_forward",
						       "1" };
	struct ostia_node *n;

	need(!ostia_host_new(w, "gate", &forwards, 1, &n), "gate");
	return n;
}

/* Wire @i joins 10.0.i.1 and 10.0.i.2. */
static void join(struct ostia_world *w, int i, struct ostia_node *from,
		 struct ostia_node *to, struct ostia_wire **out)
{
	const struct ostia_wire_config cfg = {
		.mtu = i == 2 ? 1300 : 0,
		.faults = i == 2 ? "delay 5ms loss 12%" : "delay 10ms",
	};
	char text[32];

	need(!ostia_wire_new(w, &cfg, from, to, out), "wire");
	for (unsigned end = 0; end < 2; end++) {
		snprintf(text, sizeof(text), "10.0.%d.%u/24", i, end + 1);
		need(!ostia_wire_addr(*out, end, text), "address");
	}
}

static void build(struct ostia_world *w)
{
	struct ostia_node *a = NULL, *b = NULL, *core = NULL, *near = gate(w);
	struct ostia_world_proc *pa, *pb;
	struct ostia_wire *one, *two, *three;

	need(!ostia_host_new(w, "a", NULL, 0, &a) &&
		     !ostia_router_new(w, "core", &core) &&
		     !ostia_host_new(w, "b", NULL, 0, &b),
	     "nodes");
	join(w, 1, a, near, &one);
	join(w, 2, near, core, &two);
	join(w, 3, core, b, &three);
	need(!ostia_wire_route(one, 0, "0.0.0.0/0", "10.0.1.2") &&
		     !ostia_wire_route(two, 0, "10.0.3.0/24", "10.0.2.2") &&
		     !ostia_wire_route(two, 1, "10.0.1.0/24", "10.0.2.1") &&
		     !ostia_wire_route(three, 1, "0.0.0.0/0", "10.0.3.1"),
	     "routes");
	need(!ostia_world_proc_new(a, "client", 0, &pa) &&
		     !ostia_world_proc_new(b, "server", 0, &pb) &&
		     !ostia_world_exec(pb, server, 0, NULL) &&
		     !ostia_world_exec(pa, client, 0, NULL),
	     "programs");
}

int main(int argc, char **argv)
{
	struct ostia_world_config cfg = { .seed = 8,
					  .trace = ostia_recorder_world };
	struct ostia_recorder_config rec = { .seed = 8,
					     .config = "a - gate - core - b" };
	struct ostia_recorder *r;
	struct ostia_world *w;

	need(argc == 2, "usage: see-routed FILE");
	need(!ostia_recorder_new(&rec, &r), "recorder");
	cfg.trace_ctx = r;
	need(!ostia_world_new(&cfg, &w), "world");
	build(w);
	ostia_recorder_look(r, w);
	need(!ostia_world_run(w, 60 * OSTIA_S), "they do not end");
	need(ostia_world_run_until(w, ostia_world_now(w) + OSTIA_S) >= 0,
	     "the last segments");
	ostia_recorder_now(r);
	ostia_recorder_look(r, w);
	need(!ostia_recorder_save(r, argv[1]), "file");
	ostia_world_free(w);
	return ostia_recorder_free(r) != 0;
}
