/* SPDX-License-Identifier: MIT */
/*
 * A conversation through two boxes, recorded: a - gate - core - b. The gate is
 * a host that forwards, the core a router; the wire between them loses, and is
 * narrower than the ends know. Usage: see-routed FILE
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/socket.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scene.h"

enum { PORT = 7, BYTES = 3000 };

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

static void build(struct ostia_world *w)
{
	struct ostia_node *a = NULL, *b = NULL, *core = NULL, *near = gate(w);
	const struct ostia_wire_config wide = { .faults = "delay 10ms" },
				       narrow = {
					       .mtu = 1300,
					       .faults = "delay 5ms loss 12%"
				       };
	struct ostia_wire *one, *two, *three;

	need(!ostia_host_new(w, "a", NULL, 0, &a) &&
		     !ostia_router_new(w, "core", &core) &&
		     !ostia_host_new(w, "b", NULL, 0, &b),
	     "nodes");
	one = join(w, 1, &wide, a, near);
	two = join(w, 2, &narrow, near, core);
	three = join(w, 3, &wide, core, b);
	need(!ostia_wire_route(one, 0, "0.0.0.0/0", "10.0.1.2") &&
		     !ostia_wire_route(two, 0, "10.0.3.0/24", "10.0.2.2") &&
		     !ostia_wire_route(two, 1, "10.0.1.0/24", "10.0.2.1") &&
		     !ostia_wire_route(three, 1, "0.0.0.0/0", "10.0.3.1"),
	     "routes");
	start_both(a, client, b, server);
}

int main(int argc, char **argv)
{
	need(argc == 2, "usage: see-routed FILE");
	return record(argv[1], 8, "a - gate - core - b", build, OSTIA_S);
}
