/* SPDX-License-Identifier: MIT */
/*
 * A real network of one machine: a namespace with 10.99.0.1 on its loopback
 */
#include "outside.h"

#include "run/uplink.h"

#include "run/sup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct run_sup sup;
static struct run_lab lab;
static struct run_gate *gate;
static struct run_uplink *up;
static struct run_lab_host *me;
static struct ostia_world_proc *client;
static char why[256];

static void turn(void)
{
	EQ(run_loop_round(&sup.loop, run_loop_clock() + OSTIA_MS), 0);
}

static void begin(void)
{
	const struct run_sup_config cfg = { .seed = 7 };
	const struct run_join_want want = { .name = "me" };

	EQ(run_sup_init(&sup, &cfg), 0);
	EQ(run_lab_init(&lab, sup.world, "lab", "/dev/null"), 0);
	EQ(run_lab_join(&lab, &want, &me, why, sizeof(why)), 0);
	EQ(ostia_world_proc_new(me->node, "client", 0, &client), 0);
	EQ(run_gate_new(&lab, &sup.loop, &gate), 0);
	EQ(run_uplink_new(gate, &up), 0);
}

static void end(void)
{
	run_uplink_free(up);
	run_gate_free(gate);
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

/* Out there: a socket of the kernel's, and its port. */
static int out_there(int type, uint16_t *port)
{
	struct sockaddr_in a = at(OUTSIDE, 0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		EQ(listen(fd, 64), 0);
	EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* In here: what a guest does in a task of its own. */
struct visit {
	const char *ip;
	uint16_t port;
	int type;
	int err; /* of connect() or recv() */
	char got[64];
	ssize_t n;
	bool done;
};

static int visit(void *arg)
{
	struct visit *v = arg;
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	struct sockaddr_in a = at(v->ip, v->port);
	int fd = ostia_socket(p, AF_INET, v->type, 0);

	v->n = -1;
	if (ostia_connect(p, fd, (struct sockaddr *)&a, sizeof(a)) ||
	    ostia_send(p, fd, "hello", 5, MSG_NOSIGNAL) != 5)
		v->err = errno;
	else if ((v->n = ostia_recv(p, fd, v->got, sizeof(v->got), 0)) < 0)
		v->err = errno;
	v->done = true;
	return ostia_close(p, fd);
}

static void go(struct visit *v, const char *ip, uint16_t port, int type)
{
	*v = (struct visit) { .ip = ip, .port = port, .type = type };
	EQ(ostia_task_spawn(client, visit, v, NULL), 0);
}

static void until(const bool *done)
{
	for (unsigned i = 0; i < 3000 && !*done; i++)
		turn();
	OK(*done);
}

static int accept_soon(int door)
{
	for (unsigned i = 0; i < 1000; i++) {
		int fd = accept(door, NULL, NULL);

		if (fd >= 0)
			return fd;
		turn();
	}
	return -1;
}

static ssize_t hear(int fd, void *buf, size_t n)
{
	for (unsigned i = 0; i < 1000; i++) {
		ssize_t got = recv(fd, buf, n, MSG_DONTWAIT);

		if (got >= 0 || errno != EAGAIN)
			return got < 0 ? -errno : got;
		turn();
	}
	return -ETIMEDOUT;
}

TEST(a_guest_reaches_a_server_out_there)
{
	struct visit v;
	uint16_t port;
	char buf[16];
	int door, fd;

	begin();
	door = out_there(SOCK_STREAM, &port);
	go(&v, OUTSIDE, port, SOCK_STREAM);
	fd = accept_soon(door);
	EQ(hear(fd, buf, sizeof(buf)), 5);
	MEM(buf, "hello", 5);
	EQ(send(fd, "welcome", 7, 0), 7);
	until(&v.done);
	EQ(v.n, 7);
	MEM(v.got, "welcome", 7);
	EQ(hear(fd, buf, sizeof(buf)), 0); /* the guest closed */
	close(fd);
	close(door);
	for (unsigned i = 0; i < 100 && gate->njoints; i++)
		turn();
	EQ(gate->njoints, 0);
	end();
}

TEST(many_guests_sockets_to_one_server_are_told_apart)
{
	enum { MANY = 20 };
	static struct visit v[MANY];
	uint16_t port;
	char buf[16];
	int door;

	begin();
	door = out_there(SOCK_STREAM, &port);
	for (unsigned i = 0; i < MANY; i++)
		go(&v[i], OUTSIDE, port, SOCK_STREAM);
	for (unsigned i = 0; i < MANY; i++) {
		int fd = accept_soon(door);

		EQ(hear(fd, buf, sizeof(buf)), 5);
		EQ(send(fd, "ok", 2, 0), 2);
		close(fd);
	}
	for (unsigned i = 0; i < MANY; i++) {
		until(&v[i].done);
		EQ(v[i].n, 2);
	}
	close(door);
	end();
}

TEST(refused_there_is_refused_here_and_open_later_is_open)
{
	struct sockaddr_in a;
	struct visit v;
	uint16_t port;
	char buf[16];
	int door, fd;

	begin();
	door = out_there(SOCK_STREAM, &port);
	close(door);
	go(&v, OUTSIDE, port, SOCK_STREAM);
	until(&v.done);
	EQ(v.err, ECONNREFUSED);
	door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	a = at(OUTSIDE, port);
	EQ(bind(door, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(listen(door, 4), 0);
	go(&v, OUTSIDE, port, SOCK_STREAM);
	fd = accept_soon(door);
	EQ(hear(fd, buf, sizeof(buf)), 5);
	EQ(send(fd, "now", 3, 0), 3);
	until(&v.done);
	EQ(v.n, 3);
	close(fd);
	close(door);
	end();
}

TEST(where_the_machine_has_no_way_the_guest_is_refused)
{
	struct visit v;

	begin();
	go(&v, "203.0.113.1", 80, SOCK_STREAM);
	until(&v.done);
	EQ(v.err, ECONNREFUSED);
	end();
}

TEST(a_reset_from_out_there_is_one_in_here)
{
	const struct linger now = { .l_onoff = 1 };
	struct visit v;
	uint16_t port;
	char buf[16];
	int door, fd;

	begin();
	door = out_there(SOCK_STREAM, &port);
	go(&v, OUTSIDE, port, SOCK_STREAM);
	fd = accept_soon(door);
	EQ(hear(fd, buf, sizeof(buf)), 5);
	EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
	until(&v.done);
	EQ(v.err, ECONNRESET);
	close(door);
	end();
}

TEST(datagrams_go_out_and_come_back_to_who_sent_them)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct visit v[2];
	uint16_t port;
	char buf[16];
	int fd;

	begin();
	fd = out_there(SOCK_DGRAM, &port);
	for (unsigned i = 0; i < 2; i++)
		go(&v[i], OUTSIDE, port, SOCK_DGRAM);
	for (unsigned i = 0; i < 2; i++) {
		ssize_t n = -1;

		for (unsigned k = 0; k < 1000 && n < 0; k++) {
			turn();
			n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&from, &len);
		}
		EQ(n, 5);
		EQ(sendto(fd, "there", 5, 0, (struct sockaddr *)&from, len), 5);
	}
	for (unsigned i = 0; i < 2; i++) {
		until(&v[i].done);
		EQ(v[i].n, 5);
		MEM(v[i].got, "there", 5);
	}
	close(fd);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_guest_reaches_a_server_out_there),
		CASE(many_guests_sockets_to_one_server_are_told_apart),
		CASE(refused_there_is_refused_here_and_open_later_is_open),
		CASE(where_the_machine_has_no_way_the_guest_is_refused),
		CASE(a_reset_from_out_there_is_one_in_here),
		CASE(datagrams_go_out_and_come_back_to_who_sent_them),
	};

	if (outside_new()) {
		printf("1..0 # SKIP no network namespace of our own: %s\n",
		       strerror(errno));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
