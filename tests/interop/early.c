/* SPDX-License-Identifier: MIT */
/*
 * tests/interop/early.c - streams whose segments are signed (TCP-MD5), or whose
 * SYN carries data (Fast Open)
 *
 *	early serve ADDRESS PORT KEY ROUNDS	"-": no key
 *	early ask ADDRESS PORT KEY ROUNDS BYTES	less than 1000: by Fast Open
 *
 * Plain sockets: built natively, and on Ostia (ostia/posix.h), so each side can
 * be either. The server says how many bytes came; the client prints that, and
 * if its SYN's data were acknowledged.
 */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUE = 16, FAST = 1000, MOST = 300000 };

static int fail(const char *what)
{
	perror(what);
	exit(1);
}

static socklen_t address(const char *ip, const char *port,
			 struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *a4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, ip, &a4->sin_addr) == 1) {
		ss->ss_family = AF_INET;
		a4->sin_port = htons((uint16_t)atoi(port));
		return sizeof(*a4);
	}
	ss->ss_family = AF_INET6;
	inet_pton(AF_INET6, ip, &a6->sin6_addr);
	a6->sin6_port = htons((uint16_t)atoi(port));
	return sizeof(*a6);
}

/* For everybody. */
static void sign(int fd, int family, const char *key)
{
	struct tcp_md5sig m = { .tcpm_flags = TCP_MD5SIG_FLAG_PREFIX };

	if (!strcmp(key, "-"))
		return;
	m.tcpm_addr.ss_family = (sa_family_t)family;
	m.tcpm_keylen = (uint16_t)strlen(key);
	memcpy(m.tcpm_key, key, m.tcpm_keylen);
	if (setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &m, sizeof(m)))
		fail("TCP_MD5SIG_EXT");
}

static void answer(int fd)
{
	static char buf[65536];
	size_t sum = 0;
	char text[32];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sum += (size_t)n;
	n = snprintf(text, sizeof(text), "%zu", sum);
	if (write(fd, text, (size_t)n) != n)
		fail("write");
	close(fd);
}

static int serve(char **arg)
{
	struct sockaddr_storage a;
	socklen_t len = address(arg[0], arg[1], &a);
	int fd = socket(a.ss_family, SOCK_STREAM, 0), n = QUEUE, s;

	sign(fd, a.ss_family, arg[2]);
	setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &n, sizeof(n));
	if (bind(fd, (struct sockaddr *)&a, len) || listen(fd, QUEUE))
		fail("listen");
	printf("ready\n");
	fflush(stdout);
	for (int i = atoi(arg[3]); i > 0; i--) {
		s = accept(fd, NULL, NULL);
		if (s < 0)
			fail("accept");
		answer(s);
	}
	return 0;
}

static void open_and_send(int fd, const struct sockaddr_storage *a,
			  socklen_t len, size_t n)
{
	static char buf[MOST];
	const struct sockaddr *to = (const struct sockaddr *)a;

	if (n < FAST) {
		if (sendto(fd, buf, n, MSG_FASTOPEN, to, len) != (ssize_t)n)
			fail("sendto");
		return;
	}
	if (connect(fd, to, len))
		fail("connect");
	if (send(fd, buf, n, 0) != (ssize_t)n)
		fail("send");
}

static void ask_once(char **arg)
{
	struct sockaddr_storage a;
	socklen_t len = address(arg[0], arg[1], &a), room;
	int fd = socket(a.ss_family, SOCK_STREAM, 0);
	size_t n = (size_t)atoi(arg[4]);
	struct tcp_info info;
	char text[32] = "";

	room = sizeof(info);
	sign(fd, a.ss_family, arg[2]);
	open_and_send(fd, &a, len, n < MOST ? n : MOST);
	if (shutdown(fd, SHUT_WR) || read(fd, text, sizeof(text) - 1) < 1)
		fail("answer");
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &room))
		fail("TCP_INFO");
	printf("%s %s\n", text,
	       info.tcpi_options & TCPI_OPT_SYN_DATA ? "fast" : "plain");
	fflush(stdout);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 6)
		return 2;
	if (!strcmp(argv[1], "serve"))
		return serve(argv + 2);
	for (int i = atoi(argv[5]); i > 0 && argc > 6; i--)
		ask_once((char *[]) { argv[2], argv[3], argv[4], argv[5],
				      argv[6] });
	return 0;
}
