/* SPDX-License-Identifier: MIT */
/*
 * tests/interop/ears.c - joins groups of both families, says what it hears,
 * and leaves when it is told to
 *
 * Plain sockets: built on Ostia (ostia/posix.h), its network is OSTIA_NET's.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 5353, LINK = 2 }; /* the first link after the loopback */

static void say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

static int join4(int fd)
{
	struct ip_mreqn any = { .imr_ifindex = LINK };
	struct ip_mreq_source one = { .imr_interface.s_addr = 0 };

	any.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
	one.imr_multiaddr.s_addr = inet_addr("239.1.2.4");
	one.imr_interface.s_addr = inet_addr("10.99.0.2");
	one.imr_sourceaddr.s_addr = inet_addr("10.99.0.1");
	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &any, sizeof(any)))
		return -1;
	return setsockopt(fd, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &one,
			  sizeof(one));
}

static int join6(int fd)
{
	struct ipv6_mreq m = { .ipv6mr_interface = LINK };

	inet_pton(AF_INET6, "ff15::1:3", &m.ipv6mr_multiaddr);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof(m));
}

int main(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int fd6 = socket(AF_INET6, SOCK_DGRAM, 0);
	struct ip_mreqn m = { .imr_ifindex = LINK };
	char buf[64];
	ssize_t n;

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || join4(fd) ||
	    join6(fd6)) {
		perror("ears");
		return 1;
	}
	say("joined");
	while ((n = recv(fd, buf, sizeof(buf) - 1, 0)) >= 0) {
		buf[n] = 0;
		say(buf);
		if (!strcmp(buf, "leave"))
			break;
	}
	m.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
	if (setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof(m)))
		return 1;
	say("left");
	sleep(4); /* until the router has asked whether anybody is left */
	return 0;
}
