/* SPDX-License-Identifier: MIT */
/*
 * tests/run/dgram_signals.c - datagrams are not lost, nor do they come twice,
 * when a timer interrupts those who wait for them, every 300 us
 *
 * One thread sends numbers, at most WINDOW ahead of another that reads them by
 * calls that are trapped and calls that are not. One in some 100,000 may be
 * lost: the kernel takes an answer for a call that a signal has just ended
 * (seccomp_do_user_notification() looks at the signal first). LOSSES is what
 * is let pass, lost or twice. Usage: dgram_signals [COUNT]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 32, KINDS = 5, LOSSES = 5 };

static atomic_uint heard, interrupted;
static unsigned count;
static int a, b;
static struct sockaddr_in name;

static void on_alarm(int sig)
{
	(void)sig;
}

static ssize_t send_one(unsigned i)
{
	struct iovec iov = { &i, sizeof(i) };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct mmsghdr m = { .msg_hdr = h };

	switch (i % KINDS) {
	case 0:
		return send(b, &i, sizeof(i), 0);
	case 1:
		return sendmsg(b, &h, 0);
	case 2:
		return sendmmsg(b, &m, 1, 0) < 0 ? -1 : (ssize_t)sizeof(i);
	default:
		return sendto(b, &i, sizeof(i), 0, (struct sockaddr *)&name,
			      sizeof(name));
	}
}

static void *send_all(void *arg)
{
	const struct timespec t = { .tv_nsec = 20000 };

	(void)arg;
	for (unsigned i = 0; i < count; i++) {
		while (i - heard >= WINDOW)
			nanosleep(&t, NULL);
		while (send_one(i) < 0)
			if (errno != EINTR)
				_exit(2);
	}
	return NULL;
}

static ssize_t hear_one(unsigned turn, unsigned *i)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct iovec iov = { i, sizeof(*i) };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct mmsghdr m = { .msg_hdr = h };

	switch (turn % KINDS) {
	case 0:
		return read(a, i, sizeof(*i));
	case 1:
		return recvmsg(a, &h, 0);
	case 2:
		return recvmmsg(a, &m, 1, 0, NULL) < 0 ? -1
						       : (ssize_t)sizeof(*i);
	default:
		return recvfrom(a, i, sizeof(*i), 0, (struct sockaddr *)&from,
				&len);
	}
}

static void timer(void)
{
	const struct itimerval often = { { 0, 300 }, { 0, 300 } };
	struct sigaction sa = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
	socklen_t len = sizeof(name);
	unsigned lost = 0;
	sigset_t alarm;
	pthread_t p;

	count = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
	a = socket(AF_INET, SOCK_DGRAM, 0);
	b = socket(AF_INET, SOCK_DGRAM, 0);
	name = (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (bind(a, (struct sockaddr *)&name, sizeof(name)) ||
	    getsockname(a, (struct sockaddr *)&name, &len) ||
	    connect(b, (struct sockaddr *)&name, sizeof(name)))
		return 2;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	pthread_create(&p, NULL, send_all, NULL);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	timer();
	for (unsigned want = 0, turn = 0; want < count; turn++) {
		unsigned i = 0;

		if (hear_one(turn, &i) < 0) {
			if (errno != EINTR)
				return 2;
			interrupted++;
			continue;
		}
		lost += i < want ? want - i : i - want;
		if (lost > LOSSES) {
			printf("wanted %u, got %u after %u interruptions\n",
			       want, i, interrupted);
			return 1;
		}
		if (i < want)
			continue;
		want = i;
		heard = ++want;
	}
	pthread_join(p, NULL);
	printf("%u in order, %u lost, %u interruptions\n", count, lost,
	       interrupted);
	return 0;
}
