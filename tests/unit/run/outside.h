/* SPDX-License-Identifier: MIT */
/*
 * A real network of one machine: a network namespace with an address of
 * its own on its loopback
 */
#ifndef OSTIA_TESTS_UNIT_RUN_OUTSIDE_H
#define OSTIA_TESTS_UNIT_RUN_OUTSIDE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* unshare() */
#endif

#include "../test.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUTSIDE "10.99.0.1"

static inline int outside_alias(int fd, const char *name, const char *ip)
{
	struct ifreq r = { 0 };
	struct sockaddr_in a = { .sin_family = AF_INET };

	strcpy(r.ifr_name, name);
	inet_pton(AF_INET, ip, &a.sin_addr);
	memcpy(&r.ifr_addr, &a, sizeof(a));
	if (ioctl(fd, SIOCSIFADDR, &r))
		return -1;
	inet_pton(AF_INET, "255.255.255.255", &a.sin_addr);
	memcpy(&r.ifr_netmask, &a, sizeof(a));
	return ioctl(fd, SIOCSIFNETMASK, &r);
}

/* Return: 0, or -1: this machine does not let us. */
static inline int outside_new(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd;

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &r) || outside_alias(fd, "lo:1", OUTSIDE))
		return -1;
	return close(fd);
}

#endif
