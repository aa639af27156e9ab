/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "run/loose.h"

static struct sockaddr_in addr(const char *ip, uint16_t port)
{
	return (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = inet_addr(ip) };
}

static int bound(uint16_t port)
{
	struct sockaddr_in a = addr("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (!bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	close(fd);
	return -1;
}

static int reach(int fd, const char *ip, uint16_t port)
{
	struct sockaddr_in a = addr(ip, port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int poll_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 0);
	return p.revents;
}

/* ---- the last close ---- */

static int opens_and_closes(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		close(socket(AF_INET, SOCK_STREAM, 0));
	return 0;
}

TEST(what_was_never_used_goes_with_the_next_ones)
{
	struct guest_net n;
	uint32_t most = 0;
	unsigned fds;
	int status;
	pid_t pid;

	guest_net(&n);
	fds = guest_fds();
	pid = guest_start(&n, 0, opens_and_closes, NULL);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		EQ(run_loop_round(&n.sup.loop, run_loop_clock() + 2000000), 0);
		if (n.host[0]->nloose > most)
			most = n.host[0]->nloose;
	}
	EQ(status, 0);
	OK(most >= 1);
	OK(most <= 4);
	guest_settle(&n);
	EQ(n.host[0]->nloose, 0);
	EQ(n.host[0]->ndoors, 0);
	OK(guest_fds() <= fds + 2); /* who asks for names, a pidfd */
	guest_net_end(&n);
}

static int closes_and_waits(void *arg)
{
	int *told = arg;
	char c;

	for (int i = 0; i < 20; i++)
		close(socket(AF_INET6, SOCK_STREAM, 0));
	return read(told[0], &c, 1) == 1 ? 0 : 1;
}

TEST(and_some_time_later_without_any)
{
	struct guest_net n;
	int told[2];
	pid_t pid;

	guest_net(&n);
	EQ(pipe(told), 0);
	pid = guest_start(&n, 0, closes_and_waits, told);
	while (n.sup.stats.doors < 20 || n.host[0]->ndoors)
		EQ(run_loop_round(&n.sup.loop, OSTIA_NEVER), 0);
	EQ(write(told[1], "", 1), 1);
	EQ(guest_wait(&n, pid), 0);
	close(told[0]);
	close(told[1]);
	guest_net_end(&n);
}

/* A port is free when it is asked for, and not before its last close. */
static int binds_often(void *arg)
{
	int fd, held, status, told[2];
	pid_t pid;

	(void)arg;
	for (int i = 0; i < 50; i++) {
		fd = bound(80);
		if (fd < 0)
			return 1;
		close(fd);
	}
	held = bound(80);
	if (pipe(told))
		return 2;
	pid = fork();
	if (!pid) {
		close(told[1]);
		_exit((int)read(told[0], &status, 1)); /* its end */
	}
	close(held);
	fd = bound(80);
	if (fd >= 0 || errno != EADDRINUSE)
		return 3;
	close(told[1]);
	waitpid(pid, &status, 0);
	fd = bound(80);
	return fd < 0 || listen(fd, 1) ? 4 : 0;
}

TEST(a_port_goes_with_its_last_holder)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, binds_often, NULL)), 0);
	guest_net_end(&n);
}

/* ---- the other end ---- */

/* told: "the first one stands", "go on" */
static int two_connections(void *arg)
{
	int *told = arg, l = bound(80), fd, s;
	char c;

	if (listen(l, 4))
		return 1;
	for (int i = 0; i < 2; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (poll_of(fd) != (POLLOUT | POLLHUP))
			return 2;
		if (reach(fd, "127.0.0.1", 80))
			return 3;
		if (poll_of(fd) != POLLOUT)
			return 4;
		s = accept(l, NULL, NULL);
		if (write(s, "x", 1) != 1 || read(fd, &c, 1) != 1 || c != 'x')
			return 5;
		if (i == 0 &&
		    (write(told[1], "", 1) != 1 || read(told[2], &c, 1) != 1))
			return 6;
		close(fd);
		close(s);
	}
	return 0;
}

/* Who has closed is in the queue still. Once it is full, connect() that blocks
 * would wait for ever.
 */
static int strangers(const struct guest_net *n)
{
	for (int i = 0;; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (connect(fd, (const struct sockaddr *)&n->sup.ties_at,
			    n->sup.ties_len))
			return errno == EAGAIN && i ? 0 : 1;
		if (write(fd, "y", 1) != 1)
			return 2;
		close(fd);
	}
}

TEST(others_who_knock_are_not_taken_for_ours)
{
	struct pollfd p = { .events = POLLIN };
	int told[4], status;
	struct guest_net n;
	pid_t pid, other;

	guest_net(&n);
	EQ(pipe(told), 0);
	EQ(pipe(told + 2), 0);
	pid = guest_start(&n, 0, two_connections, told);
	p.fd = told[0];
	while (poll(&p, 1, 0) == 0)
		EQ(run_loop_round(&n.sup.loop, run_loop_clock() + 2000000), 0);
	other = fork();
	if (!other)
		_exit(strangers(&n));
	EQ(waitpid(other, &status, 0), other);
	EQ(status, 0);
	EQ(write(told[3], "", 1), 1);
	EQ(guest_wait(&n, pid), 0);
	for (int i = 0; i < 4; i++)
		close(told[i]);
	guest_net_end(&n);
}

/* connect() goes on when a signal took its caller away. Who asks for SO_ERROR
 * can wait for it; who writes then, waits.
 */
static void tick(int sig)
{
	(void)sig;
}

static int interrupted(void *arg)
{
	const struct itimerval soon = { .it_value = { 0, 20000 } };
	const struct sigaction sa = { .sa_handler = tick };
	int fd = socket(AF_INET, SOCK_STREAM, 0), error;
	socklen_t len = sizeof(error);
	char c = 0;

	(void)arg;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	if (reach(fd, "10.77.0.2", 80) && errno != EINTR)
		return 1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) || error)
		return 2;
	if (write(fd, "q", 1) != 1)
		return 3;
	return read(fd, &c, 1) == 1 && c == 'a' ? 0 : 4;
}

static int answers(void *arg)
{
	int *told = arg, l = bound(80), s;
	char c = 0;

	if (listen(l, 4) || write(told[1], "", 1) != 1)
		return 1;
	s = accept(l, NULL, NULL);
	return read(s, &c, 1) == 1 && c == 'q' && write(s, "a", 1) == 1 ? 0 : 2;
}

TEST(connect_goes_on_without_its_caller)
{
	struct pollfd p = { .events = POLLIN };
	struct guest_net n;
	pid_t server, client;
	int told[2];

	guest_net(&n);
	EQ(pipe(told), 0);
	EQ(ostia_wire_faults(n.wire, OSTIA_WIRE_BOTH, "delay 200ms", NULL, 0),
	   0);
	server = guest_start(&n, 1, answers, told);
	p.fd = told[0];
	while (poll(&p, 1, 0) == 0)
		EQ(run_loop_round(&n.sup.loop, run_loop_clock() + 2000000), 0);
	client = guest_start(&n, 0, interrupted, NULL);
	EQ(guest_wait(&n, client), 0);
	EQ(guest_wait(&n, server), 0);
	guest_net_end(&n);
}

/* ---- refused, it is what it was ---- */

static int refused(void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), l = bound(80), s;
	char c;

	(void)arg;
	for (int i = 0; i < 3; i++) {
		if (reach(fd, "127.0.0.1", 9) == 0 || errno != ECONNREFUSED)
			return 1;
		if (poll_of(fd) != (POLLOUT | POLLHUP))
			return 2;
		if (read(fd, &c, 1) >= 0 || write(fd, "x", 1) >= 0)
			return 3;
	}
	if (listen(l, 1) || reach(fd, "127.0.0.1", 80))
		return 4;
	s = accept(l, NULL, NULL);
	return write(fd, "x", 1) == 1 && read(s, &c, 1) == 1 ? 0 : 5;
}

TEST(a_refused_one_is_as_loose_as_before)
{
	struct guest_net n;

	guest_net(&n);
	EQ(guest_wait(&n, guest_start(&n, 0, refused, NULL)), 0);
	guest_net_end(&n);
}

TESTS(CASE(what_was_never_used_goes_with_the_next_ones),
      CASE(and_some_time_later_without_any),
      CASE(a_port_goes_with_its_last_holder),
      CASE(others_who_knock_are_not_taken_for_ours),
      CASE(connect_goes_on_without_its_caller),
      CASE(a_refused_one_is_as_loose_as_before))
