/* SPDX-License-Identifier: MIT */
/* tests/api/table_kernel.c - tests/api/table.c on the host's own sockets */
#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

enum { GUARD_US = 15000, SETTLE_US = 60 };

static void interrupt(int sig)
{
	(void)sig;
}

/* Again and again, should the first one come before the call blocks. */
static void timer(long us)
{
	const struct itimerval t = { { 0, us }, { 0, us } };

	setitimer(ITIMER_REAL, &t, NULL);
}

void table_die(void)
{
	abort();
}

void table_guard(void)
{
	timer(GUARD_US);
}

void table_unguard(void)
{
	timer(0);
}

/* The loopback delivers in the sender's call, as a rule. */
void table_settle(void)
{
	usleep(SETTLE_US);
}

int main(void)
{
	const struct sigaction on_alarm = { .sa_handler = interrupt };

	sigaction(SIGALRM, &on_alarm, NULL);
	signal(SIGPIPE, SIG_IGN);
	return table_main();
}
