/* SPDX-License-Identifier: MIT */
/*
 * tests/api/options_kernel.c - tests/api/options.c on the host's own sockets
 *
 * In a network namespace of its own, so that the host's settings do not
 * matter; in a user namespace too for who is not root. Exits with 77 where
 * neither can be had.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIP = 77 };

void table_die(void)
{
	abort();
}

void table_guard(void)
{
}

void table_unguard(void)
{
}

void table_settle(void)
{
}

/*
 * The kernel's last close of a packet socket waits for a grace period, 15 ms
 * or so, and there are ten thousand of them: children do that.
 */
void table_close(int fd)
{
	if (!fork())
		_exit(0);
	close(fd);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, text, strlen(text)) < 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int become_root(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();

	if (!unshare(CLONE_NEWNET))
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (write_to("/proc/self/uid_map", map) ||
	    write_to("/proc/self/setgroups", "deny"))
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_to("/proc/self/gid_map", map) ? -1 : 0;
}

static int loopback_up(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int err = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &req);

	if (fd >= 0)
		close(fd);
	return err;
}

int main(void)
{
	if (become_root() || loopback_up() ||
	    write_to("/proc/sys/net/ipv4/ping_group_range", "0 0")) {
		fputs("no network namespace to be had\n", stderr);
		return SKIP;
	}
	return table_main();
}
