/* SPDX-License-Identifier: MIT */
#include "outside.h"

#include "run/forward.h"

#include "run/sup.h"

#include <poll.h>

static struct run_sup sup;
static struct run_lab lab;
static struct run_forward *forward;
static struct run_lab_host *me;
static struct ostia_world_proc *client;
static char why[256];

static void turn(void)
{
	EQ(run_loop_round(&sup.loop, run_loop_clock() + OSTIA_MS), 0);
}

static void begin(const char *resolv_conf)
{
	const struct run_sup_config cfg = { .seed = 7 };
	const struct run_join_want want = { .name = "me" };
	char path[] = "/tmp/ostia-forward-test-XXXXXX";
	int fd = mkstemp(path);

	EQ(write(fd, resolv_conf, strlen(resolv_conf)), strlen(resolv_conf));
	close(fd);
	EQ(run_sup_init(&sup, &cfg), 0);
	EQ(run_lab_init(&lab, sup.world, "lab", path), 0);
	unlink(path);
	EQ(run_forward_new(&lab, &sup.loop, &forward), 0);
	EQ(run_lab_join(&lab, &want, &me, why, sizeof(why)), 0);
	EQ(ostia_world_proc_new(me->node, "client", 0, &client), 0);
}

static void end(void)
{
	run_forward_free(forward);
	run_lab_fini(&lab);
	run_sup_fini(&sup);
}

static struct sockaddr_in at(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	EQ(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	return a;
}

static int real_server(int type, const char *ip)
{
	struct sockaddr_in a = at(ip, 53);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		EQ(listen(fd, 4), 0);
	return fd;
}

/* A question for the A of @name, RFC 1035 4.1. */
static size_t question(uint8_t *p, uint8_t id, const char *name)
{
	size_t n = 12;

	memset(p, 0, 64);
	p[1] = id;
	p[2] = 1; /* recursion is wanted */
	p[5] = 1;
	p[n] = (uint8_t)strlen(name);
	memcpy(p + n + 1, name, strlen(name));
	n += 1 + strlen(name) + 1;
	p[n + 1] = 1;
	p[n + 3] = 1;
	return n + 4;
}

struct asked {
	const char *server, *name;
	int type;
	uint8_t id;
	uint8_t got[512];
	ssize_t n;
	bool done;
};

/* What a resolver does, by hand. */
static int ask(void *arg)
{
	struct asked *q = arg;
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	struct sockaddr_in a = at(q->server, 53);
	const struct timeval t = { 1, 0 };
	int fd = ostia_socket(p, AF_INET, q->type, 0);
	uint8_t out[66];
	size_t n = question(out + 2, q->id, q->name);
	bool tcp = q->type == SOCK_STREAM;

	out[0] = 0;
	out[1] = (uint8_t)n;
	EQ(ostia_setsockopt(p, fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	EQ(ostia_connect(p, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_send(p, fd, tcp ? out : out + 2, tcp ? n + 2 : n, 0),
	   tcp ? n + 2 : n);
	q->n = ostia_recv(p, fd, q->got, tcp ? 2 : sizeof(q->got), MSG_WAITALL);
	if (tcp && q->n == 2)
		q->n = ostia_recv(p, fd, q->got, q->got[0] << 8 | q->got[1],
				  MSG_WAITALL);
	q->done = true;
	return ostia_close(p, fd);
}

static void go(struct asked *q, const char *server, const char *name, int type)
{
	static uint8_t ids;

	*q = (struct asked) {
		.server = server, .name = name, .type = type, .id = ++ids
	};
	EQ(ostia_task_spawn(client, ask, q, NULL), 0);
}

static void until(const bool *done)
{
	for (unsigned i = 0; i < 3000 && !*done; i++)
		turn();
	OK(*done);
}

/* Out there: hears one question, and says @size bytes about it. */
static void answer_one(int fd, size_t size)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	static uint8_t p[512];
	ssize_t n = -1;

	for (unsigned i = 0; i < 1000 && n < 0; i++) {
		turn();
		n = recvfrom(fd, p, sizeof(p), 0, (struct sockaddr *)&from,
			     &len);
	}
	OK(n > 12);
	p[2] |= 0x80;
	EQ(sendto(fd, p, size, 0, (struct sockaddr *)&from, len), size);
}

TEST(what_is_nowhere_is_asked_outside)
{
	struct asked q[2];
	int fd;

	begin("nameserver " OUTSIDE "\n");
	fd = real_server(SOCK_DGRAM, OUTSIDE);
	go(&q[0], OUTSIDE, "example", SOCK_DGRAM);
	go(&q[1], OUTSIDE, "another", SOCK_DGRAM);
	answer_one(fd, 100);
	answer_one(fd, 101);
	for (unsigned i = 0; i < 2; i++) {
		until(&q[i].done);
		EQ(q[i].got[1], q[i].id);
		EQ(q[i].got[2], 0x81);
	}
	EQ(q[0].n + q[1].n, 201);
	close(fd);
	end();
}

TEST(what_is_in_the_network_is_not)
{
	struct asked q;
	uint8_t c;
	int fd;

	begin("nameserver " OUTSIDE "\n");
	fd = real_server(SOCK_DGRAM, OUTSIDE);
	go(&q, OUTSIDE, "me", SOCK_DGRAM);
	until(&q.done);
	EQ(q.got[3] & 0x0f, 0);
	EQ(q.got[7], 1); /* an answer */
	EQ(recv(fd, &c, 1, 0), -1);
	close(fd);
	end();
}

TEST(a_hosts_own_server_asks_outside_too)
{
	struct asked q;
	int fd;

	begin("nameserver 127.0.0.1\nnameserver " OUTSIDE "\n");
	fd = real_server(SOCK_DGRAM, OUTSIDE);
	go(&q, "127.0.0.1", "example", SOCK_DGRAM);
	until(&q.done); /* nobody at our own: its turn is over */
	EQ(q.n, -1);
	go(&q, "127.0.0.1", "example", SOCK_DGRAM);
	answer_one(fd, 60);
	until(&q.done);
	EQ(q.n, 60);
	close(fd);
	end();
}

TEST(who_asks_by_tcp_is_answered_from_tcp)
{
	struct asked q;
	static uint8_t p[512];
	int door, fd = -1;
	ssize_t n = -1;

	begin("nameserver " OUTSIDE "\n");
	door = real_server(SOCK_STREAM, OUTSIDE);
	go(&q, OUTSIDE, "example", SOCK_STREAM);
	for (unsigned i = 0; i < 1000 && fd < 0; i++) {
		turn();
		fd = accept(door, NULL, NULL);
	}
	for (unsigned i = 0; i < 1000 && n < 0; i++) {
		turn();
		n = recv(fd, p, sizeof(p), MSG_DONTWAIT);
	}
	EQ(n, 2 + 12 + 9 + 4);
	p[0] = 1; /* 300 bytes, in two pieces */
	p[1] = 300 - 256;
	p[4] |= 0x80;
	EQ(send(fd, p, 100, 0), 100);
	turn();
	EQ(send(fd, p + 100, 202, 0), 202);
	until(&q.done);
	EQ(q.n, 300);
	EQ(q.got[1], q.id);
	close(fd);
	close(door);
	end();
}

TEST(who_is_gone_gets_nothing_and_nobody_is_hurt)
{
	const struct run_join_want want = { .name = "other" };
	struct run_lab_host *other;
	struct asked q;
	int fd;

	begin("nameserver 127.0.0.1\nnameserver " OUTSIDE "\n");
	EQ(run_lab_join(&lab, &want, &other, why, sizeof(why)), 0);
	fd = real_server(SOCK_DGRAM, OUTSIDE);
	go(&q, "127.0.0.1", "example", SOCK_DGRAM);
	until(&q.done);
	go(&q, "127.0.0.1", "example", SOCK_DGRAM);
	for (unsigned i = 0; i < 5; i++)
		turn();
	OK(run_lab_yield(me)); /* a guest wanted port 53 */
	answer_one(fd, 60);
	until(&q.done);
	EQ(q.n, -1);
	close(fd);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_nowhere_is_asked_outside),
		CASE(what_is_in_the_network_is_not),
		CASE(a_hosts_own_server_asks_outside_too),
		CASE(who_asks_by_tcp_is_answered_from_tcp),
		CASE(who_is_gone_gets_nothing_and_nobody_is_hurt),
	};

	if (outside_new()) {
		printf("1..0 # SKIP no network namespace of our own: %s\n",
		       strerror(errno));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
