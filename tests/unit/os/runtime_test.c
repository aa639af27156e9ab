/* SPDX-License-Identifier: MIT */
/*
 * Two runtimes of one process, joined by an AF_UNIX socket. Nothing sleeps:
 * threads wait for one another in the calls that are tested.
 */
#define _GNU_SOURCE
#include "../test.h"

#define OSTIA_POSIX_IMPLEMENTATION /* the plain names stay the kernel's */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 7, BULK = 4 << 20, THREADS = 8 };

static struct ostia_runtime *rt[2];
static struct ostia_proc *proc[2];

static void join_by(int type)
{
	int sv[2];

	EQ(socketpair(AF_UNIX, type, 0, sv), 0);
	for (int i = 0; i < 2; i++) {
		char net[96], why[256];
		struct ostia_runtime_config cfg = { .net = net };

		snprintf(net, sizeof(net),
			 "unix=fd:%d addr=10.99.0.%d/24 addr=fd99::%d/64",
			 sv[i], i + 1, i + 1);
		EQ(ostia_runtime_new(&cfg, &rt[i], why, sizeof(why)), 0);
		proc[i] = ostia_runtime_proc(rt[i]);
	}
}

static void begin(void)
{
	join_by(SOCK_SEQPACKET);
}

static void end(void)
{
	ostia_posix_enter(NULL);
	ostia_runtime_free(rt[0]);
	ostia_runtime_free(rt[1]);
}

static struct sockaddr_in host(int i)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	a.sin_addr.s_addr = htonl(0x0a630001u + (uint32_t)i);
	return a;
}

static int listener(int backlog)
{
	struct sockaddr_in a = host(1);
	int fd = ostia_socket(proc[1], AF_INET, SOCK_STREAM, 0);

	EQ(ostia_bind(proc[1], fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_listen(proc[1], fd, backlog), 0);
	return fd;
}

static int dial(void)
{
	struct sockaddr_in a = host(1);
	int fd = ostia_socket(proc[0], AF_INET, SOCK_STREAM, 0);

	EQ(ostia_connect(proc[0], fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A connection: fd[0] on host 0, fd[1] on host 1. */
static void pair(int fd[2])
{
	int l = listener(1);

	fd[0] = dial();
	fd[1] = ostia_accept(proc[1], l, NULL, NULL);
	OK(fd[1] >= 0);
	EQ(ostia_close(proc[1], l), 0);
}

/** struct job - What a thread does: a blocking call, and its result */
struct job {
	int side, fd;
	atomic_bool done;
	ssize_t result;
	int err;
};

static void *receive(void *arg)
{
	struct job *j = arg;
	char byte;

	j->result = ostia_recv(proc[j->side], j->fd, &byte, 1, 0);
	j->err = errno;
	j->done = 1;
	return NULL;
}

/* --- blocking ----------------------------------------------------------- */

static void *echo(void *arg)
{
	static _Thread_local char buf[65536];
	int l = *(int *)arg;
	int fd = ostia_accept(proc[1], l, NULL, NULL);
	ssize_t n;

	while ((n = ostia_recv(proc[1], fd, buf, sizeof(buf), 0)) > 0)
		for (ssize_t at = 0, sent; at < n; at += sent) {
			sent = ostia_send(proc[1], fd, buf + at,
					  (size_t)(n - at), 0);
			OK(sent > 0);
		}
	EQ(n, 0);
	EQ(ostia_close(proc[1], fd), 0);
	return NULL;
}

static void *send_bulk(void *arg)
{
	static uint8_t buf[BULK];
	int fd = *(int *)arg;

	for (size_t i = 0; i < BULK; i++)
		buf[i] = (uint8_t)(i * 31 + i / 4093);
	EQ(ostia_send(proc[0], fd, buf, BULK, 0), BULK);
	EQ(ostia_shutdown(proc[0], fd, SHUT_WR), 0);
	return NULL;
}

static void bulk_both_ways(int type)
{
	static uint8_t got[BULK];
	pthread_t t[2];
	size_t n = 0;
	int l, fd;

	join_by(type);
	l = listener(1);
	EQ(pthread_create(&t[0], NULL, echo, &l), 0);
	fd = dial();
	EQ(pthread_create(&t[1], NULL, send_bulk, &fd), 0);
	while (n < BULK) {
		ssize_t r = ostia_recv(proc[0], fd, got + n, BULK - n, 0);

		OK(r > 0);
		n += (size_t)r;
	}
	EQ(ostia_recv(proc[0], fd, got, 1, 0), 0);
	for (size_t i = 0; i < BULK; i++)
		EQ(got[i], (uint8_t)(i * 31 + i / 4093));
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	EQ(ostia_close(proc[0], fd), 0);
	EQ(ostia_runtime_finish(rt[0], 5 * OSTIA_S), 0);
	end();
}

TEST(four_megabytes_go_there_and_back_over_each_kind_of_link)
{
	bulk_both_ways(SOCK_SEQPACKET);
	bulk_both_ways(SOCK_DGRAM);
	bulk_both_ways(SOCK_STREAM);
}

TEST(any_number_of_threads_wait_on_one_stack)
{
	pthread_t t[THREADS];
	int fd[THREADS], l;
	char c = 'x';

	begin();
	l = listener(THREADS);
	for (int i = 0; i < THREADS; i++)
		EQ(pthread_create(&t[i], NULL, echo, &l), 0);
	for (int i = 0; i < THREADS; i++)
		fd[i] = dial();
	for (int i = THREADS - 1; i >= 0; i--) {
		EQ(ostia_send(proc[0], fd[i], &c, 1, 0), 1);
		EQ(ostia_recv(proc[0], fd[i], &c, 1, 0), 1);
		EQ(ostia_close(proc[0], fd[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	end();
}

TEST(a_receive_timeout_ends_the_wait)
{
	struct timeval tv = { .tv_usec = 20000 };
	ostia_time before;
	int fd[2];
	char c;

	begin();
	pair(fd);
	EQ(ostia_setsockopt(proc[0], fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv,
			    sizeof(tv)),
	   0);
	before = ostia_clock();
	EQ(ostia_recv(proc[0], fd[0], &c, 1, 0), -1);
	EQ(errno, EAGAIN);
	OK(ostia_clock() - before >= 20 * OSTIA_MS);
	end();
}

TEST(closing_a_descriptor_wakes_who_waits_on_it)
{
	struct job j = { .side = 0 };
	pthread_t t;
	int fd[2];

	begin();
	pair(fd);
	j.fd = fd[0];
	EQ(pthread_create(&t, NULL, receive, &j), 0);
	EQ(ostia_close(proc[0], fd[0]), 0);
	pthread_join(t, NULL);
	EQ(j.result, -1);
	EQ(j.err, EBADF);
	end();
}

/* --- signals ------------------------------------------------------------ */

static void nothing(int sig)
{
	(void)sig;
}

static void on_signal(int flags)
{
	struct sigaction sa = { .sa_handler = nothing };

	sa.sa_flags = flags;
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
}

TEST(a_signal_ends_a_blocking_call)
{
	struct job j = { .side = 0 };
	pthread_t t;
	int fd[2];

	begin();
	on_signal(0);
	pair(fd);
	j.fd = fd[0];
	EQ(pthread_create(&t, NULL, receive, &j), 0);
	while (!j.done) /* one of them meets it in the call */
		EQ(pthread_kill(t, SIGUSR1), 0);
	pthread_join(t, NULL);
	EQ(j.result, -1);
	EQ(j.err, EINTR);
	signal(SIGUSR1, SIG_DFL);
	end();
}

TEST(a_signal_with_restart_does_not)
{
	struct job j = { .side = 0 };
	pthread_t t;
	int fd[2];

	begin();
	on_signal(SA_RESTART);
	pair(fd);
	j.fd = fd[0];
	EQ(pthread_create(&t, NULL, receive, &j), 0);
	for (int i = 0; i < 1000; i++)
		EQ(pthread_kill(t, SIGUSR1), 0);
	EQ(ostia_send(proc[1], fd[1], "x", 1, 0), 1);
	pthread_join(t, NULL);
	EQ(j.result, 1);
	signal(SIGUSR1, SIG_DFL);
	end();
}

/* Sanitizers take the unwinding of a cancelled thread for a fault; and what
 * cmocka skips, it reports as "not ok".
 */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(a_cancelled_thread_leaves_the_others_going)
{
	struct job j[2] = { { .side = 0 }, { .side = 0 } };
	pthread_t t[2];
	int fd[2];

	begin();
	pair(fd);
	j[0].fd = j[1].fd = fd[0];
	EQ(pthread_create(&t[0], NULL, receive, &j[0]), 0);
	EQ(pthread_create(&t[1], NULL, receive, &j[1]), 0);
	EQ(pthread_cancel(t[0]), 0);
	pthread_join(t[0], NULL);
	EQ(ostia_send(proc[1], fd[1], "x", 1, 0), 1);
	pthread_join(t[1], NULL);
	EQ(j[1].result, 1);
	end();
}
#endif

/* --- fork --------------------------------------------------------------- */

static int child_finds(int fd)
{
	if (ostia_send(proc[0], fd, "x", 1, 0) != -1 || errno != EBADF)
		return 1;
	if (ostia_socket(proc[0], AF_INET, SOCK_STREAM, 0) != -1 ||
	    errno != EBADF)
		return 2;
	return fcntl(fd, F_GETFD) < 0 ? 0 : 3; /* the placeholder went, too */
}

TEST(after_fork_the_child_has_nothing_and_the_parent_all)
{
	int fd[2], status;
	pid_t child;
	char c;

	begin();
	pair(fd);
	child = fork();
	OK(child >= 0);
	if (child == 0)
		_exit(child_finds(fd[0]));
	EQ(waitpid(child, &status, 0), child);
	EQ(status, 0);
	EQ(ostia_send(proc[0], fd[0], "x", 1, 0), 1);
	EQ(ostia_recv(proc[1], fd[1], &c, 1, 0), 1);
	end();
}

/* --- both kinds of descriptors ------------------------------------------ */

TEST(numbers_are_shared_with_the_kernel)
{
	int fd[2], file, next;

	begin();
	pair(fd);
	file = open("/dev/null", O_RDONLY);
	OK(file != fd[0] && file != fd[1]);
	OK(fcntl(fd[0], F_GETFD) >= 0);
	EQ(ostia_close(proc[0], fd[0]), 0);
	EQ(fcntl(fd[0], F_GETFD), -1);
	/* the lowest free number, whoever had it */
	next = ostia_socket(proc[0], AF_INET, SOCK_DGRAM, 0);
	EQ(next, fd[0] < fd[1] ? fd[0] : next);
	/* a socket in a file's place, and a file in a socket's */
	EQ(ostia_dup2(proc[0], next, file), file);
	EQ(ostia_getsockopt(proc[0], file, SOL_SOCKET, SO_TYPE, &fd[0],
			    &(socklen_t) { sizeof(int) }),
	   0);
	EQ(fd[0], SOCK_DGRAM);
	ostia_runtime_posix(rt[0]);
	EQ(ostia_posix_dup2(1, next), next);
	EQ(ostia_getsockopt(proc[0], next, SOL_SOCKET, SO_TYPE, &fd[0],
			    &(socklen_t) { sizeof(int) }),
	   -1);
	EQ(errno, EBADF);
	EQ(close(next), 0);
	end();
}

static void *write_later(void *arg)
{
	uint64_t one = 1;

	EQ(write(*(int *)arg, &one, 8), 8);
	return NULL;
}

static void *send_later(void *arg)
{
	EQ(ostia_send(proc[1], *(int *)arg, "x", 1, 0), 1);
	return NULL;
}

TEST(poll_waits_for_both_kinds)
{
	struct pollfd p[2] = { 0 };
	int fd[2], ev = eventfd(0, 0);
	pthread_t t;
	char c;

	begin();
	pair(fd);
	ostia_runtime_posix(rt[0]);
	p[0] = (struct pollfd) { fd[0], POLLIN, 0 };
	p[1] = (struct pollfd) { ev, POLLIN, 0 };
	EQ(ostia_posix_poll(p, 2, 5), 0);
	EQ(pthread_create(&t, NULL, write_later, &ev), 0);
	EQ(ostia_posix_poll(p, 2, -1), 1);
	EQ(p[0].revents, 0);
	EQ(p[1].revents, POLLIN);
	pthread_join(t, NULL);
	EQ(read(ev, &(uint64_t) { 0 }, 8), 8);
	EQ(pthread_create(&t, NULL, send_later, &fd[1]), 0);
	EQ(ostia_posix_poll(p, 2, -1), 1);
	EQ(p[0].revents, POLLIN);
	EQ(p[1].revents, 0);
	pthread_join(t, NULL);
	EQ(ostia_posix_recv(fd[0], &c, 1, 0), 1);
	close(ev);
	end();
}

/* While another thread drives, the kernel's descriptors are polled alone. */
TEST(poll_waits_for_both_kinds_while_another_thread_drives)
{
	struct job j = { .side = 0 };
	struct pollfd p[2] = { 0 };
	int fd[2], ev = eventfd(0, 0), udp;
	pthread_t t[2];

	begin();
	pair(fd);
	udp = ostia_socket(proc[0], AF_INET, SOCK_DGRAM, 0);
	j.fd = fd[0];
	EQ(pthread_create(&t[0], NULL, receive, &j), 0);
	ostia_runtime_posix(rt[0]);
	p[0] = (struct pollfd) { udp, POLLIN, 0 };
	p[1] = (struct pollfd) { ev, POLLIN, 0 };
	EQ(ostia_posix_poll(p, 2, 20), 0); /* the other one drives by now */
	EQ(pthread_create(&t[1], NULL, write_later, &ev), 0);
	EQ(ostia_posix_poll(p, 2, -1), 1);
	EQ(p[1].revents, POLLIN);
	EQ(ostia_send(proc[1], fd[1], "x", 1, 0), 1);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	EQ(j.result, 1);
	close(ev);
	end();
}

TEST(epoll_waits_for_both_kinds)
{
	struct epoll_event e = { .events = EPOLLIN }, got[4];
	int fd[2], ev = eventfd(0, 0), ep;
	pthread_t t;

	begin();
	pair(fd);
	ostia_runtime_posix(rt[0]);
	ep = ostia_posix_epoll_create1(0);
	e.data.fd = fd[0];
	EQ(ostia_posix_epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &e), 0);
	e.data.fd = ev;
	EQ(ostia_posix_epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e), 0);
	EQ(ostia_posix_epoll_wait(ep, got, 4, 5), 0);
	EQ(pthread_create(&t, NULL, write_later, &ev), 0);
	EQ(ostia_posix_epoll_wait(ep, got, 4, -1), 1);
	EQ(got[0].data.fd, ev);
	pthread_join(t, NULL);
	EQ(pthread_create(&t, NULL, send_later, &fd[1]), 0);
	pthread_join(t, NULL);
	while (ostia_posix_epoll_wait(ep, got, 4, -1) != 2)
		; /* the segment is on its way */
	EQ(got[0].data.fd, fd[0]);
	EQ(got[1].data.fd, ev);
	close(ev);
	end();
}

/* [M2] */
TEST(sendfile_is_from_the_kernels_files_to_either_kind)
{
	static char bytes[3000], got[3000];
	int fd[2], file = memfd_create("bytes", 0), null;
	off_t off = 100;

	begin();
	pair(fd);
	ostia_runtime_posix(rt[0]);
	null = ostia_posix_open("/dev/null", O_WRONLY);
	memset(bytes, 7, sizeof(bytes));
	EQ(ostia_posix_write(file, bytes, sizeof(bytes)), sizeof(bytes));
	EQ(ostia_posix_sendfile(fd[0], file, &off, 5000), 2900);
	EQ(off, 3000);
	EQ(ostia_recv(proc[1], fd[1], got, 2900, MSG_WAITALL), 2900);
	MEM(got, bytes, 2900);
	off = 0;
	EQ(ostia_posix_sendfile(null, file, &off, 5000), 3000);
	EQ(ostia_posix_sendfile(null, fd[0], NULL, 10), -1);
	EQ(errno, EINVAL);
	EQ(ostia_posix_sendfile(fd[0], fd[0], &off, 10), -1);
	EQ(errno, ESPIPE);
	close(file);
	ostia_posix_close(null);
	end();
}

TEST(events_make_a_descriptor_readable_for_foreign_loops)
{
	struct pollfd p = { .events = POLLIN };
	struct ostia_event e;
	int fd[2];

	begin();
	pair(fd);
	p.fd = ostia_runtime_fd(rt[0]);
	EQ(poll(&p, 1, 0), 0);
	EQ(ostia_watch(proc[0], fd[0], POLLIN, 77), 0);
	EQ(ostia_send(proc[1], fd[1], "x", 1, 0), 1);
	EQ(poll(&p, 1, 10000), 1); /* nobody drives but the runtime */
	EQ(ostia_runtime_event(rt[0], &e), 1);
	EQ(e.cookie, 77);
	EQ(ostia_runtime_event(rt[0], &e), 0);
	EQ(poll(&p, 1, 0), 0);
	end();
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CANCEL CASE(a_cancelled_thread_leaves_the_others_going),
#else
#define CANCEL
#endif

TESTS(CANCEL CASE(four_megabytes_go_there_and_back_over_each_kind_of_link),
      CASE(any_number_of_threads_wait_on_one_stack),
      CASE(a_receive_timeout_ends_the_wait),
      CASE(closing_a_descriptor_wakes_who_waits_on_it),
      CASE(a_signal_ends_a_blocking_call), CASE(a_signal_with_restart_does_not),
      CASE(after_fork_the_child_has_nothing_and_the_parent_all),
      CASE(numbers_are_shared_with_the_kernel), CASE(poll_waits_for_both_kinds),
      CASE(poll_waits_for_both_kinds_while_another_thread_drives),
      CASE(epoll_waits_for_both_kinds),
      CASE(sendfile_is_from_the_kernels_files_to_either_kind),
      CASE(events_make_a_descriptor_readable_for_foreign_loops))
