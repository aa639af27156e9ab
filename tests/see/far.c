/* SPDX-License-Identifier: MIT */
/*
 * Packets that end on their way, recorded: a - r1 - r2 ... rN - b. One has no
 * hops left at the third router, one goes where the first knows no way, and a
 * request is answered. With a NAME somebody else is there, too. Usage: see-far
 * FILE N [NAME]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <ostia/socket.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scene.h"

enum { PORT = 7, ROUTERS_MAX = 60 };

static unsigned routers;
static const char *other;

static struct sockaddr_in addr_of(unsigned net, unsigned host)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	a.sin_addr.s_addr = htonl(10u << 24 | net << 8 | host);
	return a;
}

static int client(int argc, char **argv)
{
	struct sockaddr_in b = addr_of(routers + 1, 2), nowhere = b;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ttl = 3, all = 64;
	char buf[8];

	(void)argc;
	(void)argv;
	nowhere.sin_addr.s_addr = inet_addr("192.0.2.1");
	if (setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) ||
	    sendto(fd, "far", 3, 0, (struct sockaddr *)&b, sizeof(b)) != 3 ||
	    setsockopt(fd, IPPROTO_IP, IP_TTL, &all, sizeof(all)) ||
	    sendto(fd, "off", 3, 0, (struct sockaddr *)&nowhere,
		   sizeof(nowhere)) != 3 ||
	    sendto(fd, "near", 4, 0, (struct sockaddr *)&b, sizeof(b)) != 4 ||
	    recv(fd, buf, sizeof(buf), 0) != 4)
		return 1;
	return close(fd);
}

static int server(int argc, char **argv)
{
	struct sockaddr_in me = addr_of(routers + 1, 2), peer;
	socklen_t len = sizeof(peer);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char buf[8];

	(void)argc;
	(void)argv;
	if (bind(fd, (struct sockaddr *)&me, sizeof(me)) ||
	    recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&peer, &len) !=
		    4 ||
	    sendto(fd, buf, 4, 0, (struct sockaddr *)&peer, len) != 4)
		return 1;
	return close(fd);
}

static int bystander(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return close(socket(AF_INET, SOCK_DGRAM, 0));
}

static void add_bystander(struct ostia_world *w)
{
	struct ostia_world_proc *p;
	struct ostia_node *n;

	need(!ostia_host_new(w, other, NULL, 0, &n) &&
		     !ostia_world_proc_new(n, "bystander", 0, &p) &&
		     !ostia_world_exec(p, bystander, 0, NULL),
	     "bystander");
}

/* A router sends what is for a to the left, and for b to the right. */
static void build_ways(struct ostia_wire **wire)
{
	char left[32], right[32], last[32];

	snprintf(last, sizeof(last), "10.0.%u.0/24", routers + 1);
	for (unsigned i = 1; i <= routers + 1; i++) {
		snprintf(left, sizeof(left), "10.0.%u.1", i);
		snprintf(right, sizeof(right), "10.0.%u.2", i);
		need(i == 1 ||
			     !ostia_wire_route(wire[i], 1, "10.0.1.0/24", left),
		     "way back");
		need(i > routers || !ostia_wire_route(wire[i], 0, last, right),
		     "way");
	}
	need(!ostia_wire_route(wire[1], 0, "192.0.2.0/24", "10.0.1.2"),
	     "way to nowhere");
}

static void build(struct ostia_world *w)
{
	struct ostia_node *a = NULL, *b = NULL, *left, *right = NULL;
	const struct ostia_wire_config cfg = { .faults = "delay 1ms" };
	struct ostia_wire *wire[ROUTERS_MAX + 2];
	char name[16];

	need(!ostia_host_new(w, "a", NULL, 0, &a) &&
		     !ostia_host_new(w, "b", NULL, 0, &b),
	     "hosts");
	left = a;
	for (unsigned i = 1; i <= routers; i++, left = right) {
		snprintf(name, sizeof(name), "r%u", i);
		need(!ostia_router_new(w, name, &right), "router");
		wire[i] = join(w, i, &cfg, left, right);
	}
	wire[routers + 1] = join(w, routers + 1, &cfg, left, b);
	build_ways(wire);
	start_both(a, client, b, server);
	if (other)
		add_bystander(w);
}

int main(int argc, char **argv)
{
	routers = argc >= 3 ? (unsigned)atoi(argv[2]) : 0;
	other = argc > 3 ? argv[3] : NULL;
	need(routers >= 3 && routers <= ROUTERS_MAX,
	     "usage: see-far FILE ROUTERS [NAME], 3 to 60");
	return record(argv[1], 1, "far", build, 0);
}
