/* SPDX-License-Identifier: MIT */
/*
 * Real sockets on this machine's loopback, and a guest's server as a task
 */
#include "run/gate.h"

#include "../test.h"
#include "run/sup.h"
#include "run/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct run_sup sup;
static struct run_lab lab;
static struct run_gate *gate;
static struct run_lab_host *web;
static struct ostia_world_proc *server;
static char why[256];
static uint16_t port; /* of this machine */
static uint64_t heard; /* bytes, by the guest */
static int last_error; /* of the guest's recv() */
static bool deaf;

static struct sockaddr_in at(const char *ip, uint16_t to)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(to) };

	EQ(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	return a;
}

static struct ostia_proc *own(void)
{
	return ostia_world_proc_bsd(server);
}

/* Says back what it hears; at the end says "bye". */
static int echo_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	static char buf[1 << 16];
	ssize_t n = 0;

	while (!deaf && (n = ostia_recv(own(), fd, buf, sizeof(buf), 0)) > 0) {
		heard += (uint64_t)n;
		if (ostia_send(own(), fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	}
	while (deaf)
		ostia_task_sleep(sup.world,
				 ostia_world_now(sup.world) + OSTIA_MS);
	last_error = n < 0 ? errno : 0;
	(void)ostia_send(own(), fd, "bye", 3, MSG_NOSIGNAL);
	return ostia_close(own(), fd);
}

static int serve(void *arg)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(80) };
	int door = ostia_socket(own(), AF_INET, SOCK_STREAM, 0), fd;

	(void)arg;
	EQ(ostia_bind(own(), door, (struct sockaddr *)&any, sizeof(any)), 0);
	EQ(ostia_listen(own(), door, 16), 0);
	while ((fd = ostia_accept(own(), door, NULL, NULL)) >= 0)
		EQ(ostia_task_spawn(server, echo_one, (void *)(intptr_t)fd,
				    NULL),
		   0);
	return 0;
}

static int serve_udp(void *arg)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(5300) };
	int fd = ostia_socket(own(), AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char buf[2000];
	ssize_t n;

	(void)arg;
	EQ(ostia_bind(own(), fd, (struct sockaddr *)&any, sizeof(any)), 0);
	while ((n = ostia_recvfrom(own(), fd, buf, sizeof(buf), 0,
				   (struct sockaddr *)&from, &len)) >= 0)
		(void)ostia_sendto(own(), fd, buf, (size_t)n, 0,
				   (struct sockaddr *)&from, len);
	return 0;
}

static void turn(void)
{
	EQ(run_loop_round(&sup.loop, run_loop_clock() + OSTIA_MS), 0);
}

static void begin(const char *publish)
{
	const struct run_sup_config cfg = { .seed = 7 };
	const struct run_join_want want = { .name = "web" };
	struct run_text t = { 0 };

	heard = 0;
	last_error = 0;
	deaf = false;
	EQ(run_sup_init(&sup, &cfg), 0);
	EQ(run_lab_init(&lab, sup.world, "lab", "/dev/null"), 0);
	EQ(run_lab_join(&lab, &want, &web, why, sizeof(why)), 0);
	EQ(ostia_world_proc_new(web->node, "server", 0, &server), 0);
	EQ(ostia_task_spawn(server, serve, NULL, NULL), 0);
	EQ(ostia_task_spawn(server, serve_udp, NULL, NULL), 0);
	EQ(run_gate_new(&lab, &sup.loop, &gate), 0);
	EQ(run_gate_publish(gate, web, publish, why, sizeof(why)), 0);
	run_gate_show(gate, web, &t);
	EQ(sscanf(t.at, "\"published\":[\"127.0.0.1:%hu:", &port), 1);
	run_text_fini(&t);
	turn();
}

static void end(void)
{
	deaf = false;
	run_gate_free(gate);
	run_lab_fini(&lab);
	run_sup_fini(&sup);
}

static int dial(int type)
{
	struct sockaddr_in a = at("127.0.0.1", port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* What comes within a second; 0 at the end, -errno. */
static ssize_t hear(int fd, void *buf, size_t n)
{
	for (unsigned i = 0; i < 1000; i++) {
		ssize_t got = recv(fd, buf, n, 0);

		if (got >= 0)
			return got;
		if (errno != EAGAIN)
			return -errno;
		turn();
	}
	return -ETIMEDOUT;
}

TEST(bytes_pass_both_ways_and_a_half_close_is_one)
{
	char buf[64];
	int fd;

	begin("0:80");
	fd = dial(SOCK_STREAM);
	EQ(send(fd, "hello", 5, 0), 5);
	EQ(hear(fd, buf, sizeof(buf)), 5);
	MEM(buf, "hello", 5);
	EQ(shutdown(fd, SHUT_WR), 0);
	EQ(hear(fd, buf, sizeof(buf)), 3);
	MEM(buf, "bye", 3);
	EQ(hear(fd, buf, sizeof(buf)), 0);
	EQ(last_error, 0);
	for (unsigned i = 0; i < 100 && gate->njoints; i++)
		turn();
	EQ(gate->njoints, 0);
	close(fd);
	end();
}

TEST(who_is_refused_sees_a_reset)
{
	char buf[8];
	int fd;

	begin("0:81");
	fd = dial(SOCK_STREAM);
	EQ(hear(fd, buf, sizeof(buf)), -ECONNRESET);
	EQ(gate->stats.refused, 1);
	EQ(gate->njoints, 0);
	close(fd);
	end();
}

TEST(a_reset_is_passed_on)
{
	const struct linger now = { .l_onoff = 1 };
	char buf[8];
	int fd;

	begin("0:80");
	fd = dial(SOCK_STREAM);
	EQ(send(fd, "x", 1, 0), 1);
	EQ(hear(fd, buf, sizeof(buf)), 1);
	EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
	for (unsigned i = 0; i < 1000 && !last_error; i++)
		turn();
	EQ(last_error, ECONNRESET);
	EQ(gate->njoints, 0);
	end();
}

TEST(who_does_not_read_is_not_read_from)
{
	static char junk[1 << 16];
	uint64_t sent = 0, before;
	unsigned quiet = 0;
	int fd;

	begin("0:80");
	deaf = true;
	fd = dial(SOCK_STREAM);
	while (quiet < 100 && sent < 64 << 20) {
		ssize_t n = send(fd, junk, sizeof(junk), MSG_NOSIGNAL);

		quiet = n > 0 ? 0 : quiet + 1;
		sent += n > 0 ? (uint64_t)n : 0;
		turn();
	}
	OK(sent < 64 << 20);
	before = sup.loop.rounds;
	for (unsigned i = 0; i < 50; i++)
		turn();
	/* And nothing turns for nothing. */
	OK(sup.loop.rounds - before <= 60);
	close(fd);
	end();
}

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

static size_t send_piece(int fd, size_t at, size_t end)
{
	static uint8_t piece[1 << 16];
	size_t n = end - at < sizeof(piece) ? end - at : sizeof(piece);
	ssize_t r;

	for (size_t i = 0; i < n; i++)
		piece[i] = byte_at(at + i);
	r = n ? send(fd, piece, n, MSG_NOSIGNAL) : 0;
	return r > 0 ? (size_t)r : 0;
}

static size_t read_all(int fd, size_t at)
{
	static uint8_t back[1 << 16];
	size_t got = 0;
	ssize_t r;

	while ((r = recv(fd, back, sizeof(back), 0)) > 0)
		for (size_t i = 0; i < (size_t)r; i++, got++)
			EQ(back[i], byte_at(at + got));
	return got;
}

/* Read only when nothing moves any more: then all room has been used up. */
TEST(megabytes_pass_unchanged)
{
	enum { BYTES = 16 << 20 };
	size_t sent = 0, got = 0;
	int fd;

	begin("0:80");
	fd = dial(SOCK_STREAM);
	for (unsigned quiet = 0; got < BYTES && quiet < 2000; quiet++) {
		size_t n = send_piece(fd, sent, BYTES);

		sent += n;
		turn();
		if (!n && quiet > 20)
			got += n = read_all(fd, got);
		if (n)
			quiet = 0;
	}
	EQ(got, BYTES);
	close(fd);
	end();
}

TEST(datagrams_find_the_guest_and_back)
{
	char buf[64];
	int a, b;

	begin("0:5300/udp");
	a = dial(SOCK_DGRAM);
	b = dial(SOCK_DGRAM);
	EQ(send(a, "one", 3, 0), 3);
	EQ(send(b, "three", 5, 0), 5);
	EQ(hear(a, buf, sizeof(buf)), 3);
	MEM(buf, "one", 3);
	EQ(hear(b, buf, sizeof(buf)), 5);
	EQ(send(a, "", 0, 0), 0);
	EQ(hear(a, buf, sizeof(buf)), 0);
	EQ(gate->nflows, 2);
	run_gate_withdraw(gate, web);
	EQ(gate->nflows, 0);
	close(a);
	close(b);
	end();
}

TEST(the_flow_that_was_silent_longest_gives_way)
{
	static int fd[RUN_GATE_FLOWS + 1];
	char buf[8];

	begin("0:5300/udp");
	for (unsigned i = 0; i < RUN_GATE_FLOWS + 1; i++) {
		fd[i] = dial(SOCK_DGRAM);
		if (i == RUN_GATE_FLOWS) /* the first is not silent */
			EQ(send(fd[0], "x", 1, 0), 1);
		turn();
		EQ(send(fd[i], "x", 1, 0), 1);
		EQ(hear(fd[i], buf, sizeof(buf)), 1);
	}
	EQ(gate->nflows, RUN_GATE_FLOWS);
	EQ(gate->stats.evicted, 1);
	for (unsigned i = 0; i < RUN_GATE_FLOWS + 1; i++)
		close(fd[i]);
	end();
}

TEST(a_host_that_leaves_takes_its_ports_with_it)
{
	struct sockaddr_in a;
	char buf[8];
	int fd, other;

	begin("0:80");
	fd = dial(SOCK_STREAM);
	EQ(send(fd, "x", 1, 0), 1);
	EQ(hear(fd, buf, sizeof(buf)), 1);
	run_gate_withdraw(gate, web);
	EQ(hear(fd, buf, sizeof(buf)), -ECONNRESET);
	a = at("127.0.0.1", port);
	other = socket(AF_INET, SOCK_STREAM, 0);
	EQ(connect(other, (struct sockaddr *)&a, sizeof(a)), -1);
	EQ(errno, ECONNREFUSED);
	close(other);
	close(fd);
	end();
}

TEST(words_say_where_and_nothing_else_is_taken)
{
	static const struct {
		const char *words;
		int err;
	} rows[] = {
		{ "", -EINVAL },
		{ "80", -EINVAL },
		{ "x:80", -EINVAL },
		{ "80:x", -EINVAL },
		{ "80:0", -EINVAL },
		{ "65536:80", -EINVAL },
		{ "0:80/sctp", -EINVAL },
		{ "1.2.3:0:80", -EINVAL },
		{ "::1:0:80", -EINVAL },
		{ "[::1:0:80", -EINVAL },
		{ "192.0.2.1:0:80", -EADDRNOTAVAIL },
		{ "127.0.0.1:0:80", 0 },
		{ "0:80/tcp", 0 },
		{ "127.0.0.3:0:53/udp", 0 },
	};
	char taken[32];

	begin("0:80");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EQ(run_gate_publish(gate, web, rows[i].words, why, sizeof(why)),
		   rows[i].err);
	snprintf(taken, sizeof(taken), "%u:80", port);
	EQ(run_gate_publish(gate, web, taken, why, sizeof(why)), -EADDRINUSE);
	OK(strstr(why, "that port of this machine is taken"));
	end();
}

TESTS(CASE(bytes_pass_both_ways_and_a_half_close_is_one),
      CASE(who_is_refused_sees_a_reset), CASE(a_reset_is_passed_on),
      CASE(who_does_not_read_is_not_read_from), CASE(megabytes_pass_unchanged),
      CASE(datagrams_find_the_guest_and_back),
      CASE(the_flow_that_was_silent_longest_gives_way),
      CASE(a_host_that_leaves_takes_its_ports_with_it),
      CASE(words_say_where_and_nothing_else_is_taken))
