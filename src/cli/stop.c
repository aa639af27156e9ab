/* SPDX-License-Identifier: MIT */
#include "cli/stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static int told = -1;

static void on_signal(int sig)
{
	const uint64_t one = 1;
	int saved = errno;

	came = sig;
	if (told >= 0 && write(told, &one, sizeof(one)) < 0)
		came = sig; /* it is readable already */
	errno = saved;
}

void stop_install(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	told = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	sigemptyset(&sa.sa_mask);
	sa.sa_flags = (int)SA_RESETHAND; /* the second one ends us */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int stop_signal(void)
{
	return came;
}

int stop_fd(void)
{
	return told;
}
