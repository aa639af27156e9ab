/* SPDX-License-Identifier: MIT */
/*
 * Packets that end on their way, recorded: a - r1 - r2 ... rN - b. One has no
 * hops left at the third router, one goes where the first knows no way, and a
 * request is answered. With a NAME somebody else is there, too. Usage: see-far
 * FILE N [NAME]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <ostia/net.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 7, ROUTERS_MAX = 60 };

static unsigned routers;

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "see-far: %s\n", what);
	exit(1);
}

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

static void add_bystander(struct ostia_world *w, const char *name)
{
	struct ostia_world_proc *p;
	struct ostia_node *n;

	need(!ostia_host_new(w, name, NULL, 0, &n) &&
		     !ostia_world_proc_new(n, "bystander", 0, &p) &&
		     !ostia_world_exec(p, bystander, 0, NULL),
	     "bystander");
}

/* Wire @i joins 10.0.i.1 and 10.0.i.2. */
static struct ostia_wire *join(struct ostia_world *w, unsigned i,
			       struct ostia_node *from, struct ostia_node *to)
{
	const struct ostia_wire_config cfg = { .faults = "delay 1ms" };
	struct ostia_wire *wire = NULL;
	char text[32];

	need(!ostia_wire_new(w, &cfg, from, to, &wire), "wire");
	for (unsigned end = 0; end < 2; end++) {
		snprintf(text, sizeof(text), "10.0.%u.%u/24", i, end + 1);
		need(!ostia_wire_addr(wire, end, text), "address");
	}
	return wire;
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
	struct ostia_wire *wire[ROUTERS_MAX + 2];
	struct ostia_world_proc *pa, *pb;
	char name[16];

	need(!ostia_host_new(w, "a", NULL, 0, &a) &&
		     !ostia_host_new(w, "b", NULL, 0, &b),
	     "hosts");
	left = a;
	for (unsigned i = 1; i <= routers; i++, left = right) {
		snprintf(name, sizeof(name), "r%u", i);
		need(!ostia_router_new(w, name, &right), "router");
		wire[i] = join(w, i, left, right);
	}
	wire[routers + 1] = join(w, routers + 1, left, b);
	build_ways(wire);
	need(!ostia_world_proc_new(a, "client", 0, &pa) &&
		     !ostia_world_proc_new(b, "server", 0, &pb) &&
		     !ostia_world_exec(pb, server, 0, NULL) &&
		     !ostia_world_exec(pa, client, 0, NULL),
	     "programs");
}

int main(int argc, char **argv)
{
	struct ostia_world_config cfg = { .seed = 1,
					  .trace = ostia_recorder_world };
	struct ostia_recorder_config rec = { .seed = 1, .config = "far" };
	struct ostia_recorder *r;
	struct ostia_world *w;

	routers = argc >= 3 ? (unsigned)atoi(argv[2]) : 0;
	need(routers >= 3 && routers <= ROUTERS_MAX,
	     "usage: see-far FILE ROUTERS [NAME], 3 to 60");
	need(!ostia_recorder_new(&rec, &r), "recorder");
	cfg.trace_ctx = r;
	need(!ostia_world_new(&cfg, &w), "world");
	build(w);
	if (argc > 3)
		add_bystander(w, argv[3]);
	ostia_recorder_look(r, w);
	need(!ostia_world_run(w, 60 * OSTIA_S), "they do not end");
	ostia_recorder_now(r);
	ostia_recorder_look(r, w);
	need(!ostia_recorder_save(r, argv[1]), "file");
	ostia_world_free(w);
	return ostia_recorder_free(r) != 0;
}
