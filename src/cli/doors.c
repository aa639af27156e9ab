/* SPDX-License-Identifier: MIT */
#include "cli/doors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/posix.h>
#include <string.h>

/*
 * A program ends with 0 if all went as the scene says, so that ostia demo
 * notices when a rule is no longer kept.
 */

static struct sockaddr_in at(char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_port = htons((uint16_t)atoi(argv[2]));
	inet_pton(AF_INET, argv[1], &a.sin_addr);
	return a;
}

static int bound(char **argv, int type)
{
	struct sockaddr_in a = at(argv);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -1;
	return fd;
}

static int listening(char **argv, int backlog)
{
	int fd = bound(argv, SOCK_STREAM);

	return fd < 0 || listen(fd, backlog) < 0 ? -1 : fd;
}

/* The first client's door; the listener is closed behind it. */
static int visited(char **argv)
{
	int fd = listening(argv, 8);
	int conn = fd < 0 ? -1 : accept(fd, NULL, NULL);

	if (fd >= 0)
		close(fd);
	return conn;
}

static int knock(int fd, char **argv)
{
	struct sockaddr_in a = at(argv);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int connected(char **argv, int type)
{
	int fd = socket(AF_INET, type, 0);

	return fd < 0 || knock(fd, argv) < 0 ? -1 : fd;
}

static void rest_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int failed_with(ssize_t r, int err)
{
	return r == -1 && errno == err;
}

/* Reads to the end. Return: how many bytes came, -1 on errors. */
static ssize_t drain(int fd, char *buf, size_t size)
{
	ssize_t sum = 0, n;

	while ((n = recv(fd, buf, size, 0)) > 0)
		sum += n;
	return n < 0 ? -1 : sum;
}

/* --- connect ------------------------------------------------------------ */

static int refused_client(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)argc;
	if (!failed_with(knock(fd, argv), ECONNREFUSED))
		return 1;
	return close(fd);
}

static int silence_client(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)argc;
	if (!failed_with(knock(fd, argv), ETIMEDOUT))
		return 1;
	return close(fd);
}

static int once_server(int argc, char **argv)
{
	int fd = visited(argv);
	char buf[64];

	(void)argc;
	if (fd < 0 || drain(fd, buf, sizeof(buf)) < 0)
		return 1;
	return close(fd);
}

static int nonblock_client(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = -1;

	(void)argc;
	if (!failed_with(knock(fd, argv), EINPROGRESS) ||
	    !failed_with(knock(fd, argv), EALREADY) || poll(&p, 1, -1) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 || err)
		return 1;
	return close(fd);
}

/* Both knock at once: neither listens, and one connection stands. */
static int crossing(char **argv, const char *own, const char *other)
{
	char *mine[] = { argv[0], (char *)(uintptr_t)own, argv[2] };
	char *theirs[] = { argv[0], (char *)(uintptr_t)other, argv[2] };
	int fd = bound(mine, SOCK_STREAM);
	char c = 'x';

	if (fd < 0)
		return 1;
	rest_ms(10);
	if (knock(fd, theirs) < 0 || send(fd, &c, 1, 0) != 1 ||
	    recv(fd, &c, 1, 0) != 1)
		return 1;
	return close(fd);
}

static int simultaneous_server(int argc, char **argv)
{
	(void)argc;
	return crossing(argv, "10.0.0.2", "10.0.0.1");
}

static int simultaneous_client(int argc, char **argv)
{
	(void)argc;
	return crossing(argv, "10.0.0.1", "10.0.0.2");
}

/* --- listen, accept ----------------------------------------------------- */

/* A queue for one, and nobody who takes it off: the second waits outside. */
static int backlog_server(int argc, char **argv)
{
	int fd = listening(argv, 0);
	int first, second;

	(void)argc;
	rest_ms(1500);
	first = accept(fd, NULL, NULL);
	second = accept(fd, NULL, NULL);
	if (first < 0 || second < 0)
		return 1;
	rest_ms(100);
	return close(first) | close(second) | close(fd);
}

static int backlog_client(int argc, char **argv)
{
	int first = connected(argv, SOCK_STREAM);
	int second = connected(argv, SOCK_STREAM);
	char c;

	(void)argc;
	if (first < 0 || second < 0 || recv(second, &c, 1, 0) != 0)
		return 1;
	return close(first) | close(second);
}

/* --- send, recv --------------------------------------------------------- */

enum { PIECES = 24 * 1000 };

static int pieces_server(int argc, char **argv)
{
	static char buf[PIECES];
	int size = 4 * 1024;
	int fd = listening(argv, 8), conn;

	(void)argc;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		return 1;
	rest_ms(700);
	if (drain(conn, buf, sizeof(buf)) != PIECES)
		return 1;
	return close(conn) | close(fd);
}

static int pieces_client(int argc, char **argv)
{
	static char buf[PIECES];
	int size = 8 * 1024;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)argc;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (knock(fd, argv) < 0 || send(fd, buf, PIECES, 0) != PIECES)
		return 1;
	return close(fd);
}

/* The client says all it has to say, and only then hears the answer. */
static int halfclose_server(int argc, char **argv)
{
	int fd = visited(argv);
	char buf[64];

	(void)argc;
	if (fd < 0 || drain(fd, buf, sizeof(buf)) != 9 ||
	    send(fd, "answer", 6, 0) != 6)
		return 1;
	return close(fd);
}

static int halfclose_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_STREAM);
	char buf[64];

	(void)argc;
	if (fd < 0 || send(fd, "question?", 9, 0) != 9 ||
	    shutdown(fd, SHUT_WR) < 0 ||
	    !failed_with(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE) ||
	    drain(fd, buf, sizeof(buf)) != 6)
		return 1;
	return close(fd);
}

static int urgent_server(int argc, char **argv)
{
	int fd = visited(argv);
	char buf[16], mark = 0;

	(void)argc;
	rest_ms(100);
	if (fd < 0 || recv(fd, buf, sizeof(buf), 0) != 3 ||
	    recv(fd, &mark, 1, MSG_OOB) != 1 || mark != '!' ||
	    recv(fd, buf, sizeof(buf), 0) != 3)
		return 1;
	return close(fd);
}

static int urgent_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_STREAM);

	(void)argc;
	if (fd < 0 || send(fd, "abc", 3, 0) != 3 ||
	    send(fd, "!", 1, MSG_OOB) != 1 || send(fd, "def", 3, 0) != 3)
		return 1;
	return close(fd);
}

/* --- the end ------------------------------------------------------------ */

/* What the client sent is not read: the server's close cannot be orderly. */
static int unread_server(int argc, char **argv)
{
	int fd = visited(argv);

	(void)argc;
	rest_ms(100);
	return fd < 0 || close(fd) < 0;
}

static int unread_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_STREAM);
	char c;

	(void)argc;
	if (fd < 0 || send(fd, "never read", 10, 0) != 10 ||
	    !failed_with(recv(fd, &c, 1, 0), ECONNRESET) ||
	    !failed_with(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE))
		return 1;
	return close(fd);
}

/* The first write after the other's close goes well: nobody knows yet. */
static int gone_server(int argc, char **argv)
{
	int fd = visited(argv);

	(void)argc;
	return fd < 0 || close(fd) < 0;
}

static int gone_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_STREAM);

	(void)argc;
	rest_ms(200);
	if (fd < 0 || send(fd, "first", 5, MSG_NOSIGNAL) != 5)
		return 1;
	rest_ms(200);
	if (!failed_with(send(fd, "second", 6, MSG_NOSIGNAL), EPIPE))
		return 1;
	return close(fd);
}

static int linger_client(int argc, char **argv)
{
	const struct linger l = { .l_onoff = 1, .l_linger = 0 };
	int fd = connected(argv, SOCK_STREAM);

	(void)argc;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) < 0)
		return 1;
	return close(fd);
}

static int linger_server(int argc, char **argv)
{
	int fd = visited(argv);
	char c;

	(void)argc;
	if (fd < 0 || !failed_with(recv(fd, &c, 1, 0), ECONNRESET))
		return 1;
	return close(fd);
}

/* Two descriptors, one door: the last one that closes shuts it. */
static int dup_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_STREAM);
	int other = fd < 0 ? -1 : dup(fd);

	(void)argc;
	if (other < 0 || close(fd) < 0 || send(other, "still here", 10, 0) < 0)
		return 1;
	return close(other);
}

/* The side that closed first keeps the pair of ports for 60 s: both the old
 * socket and the new one must say that they can live with that.
 */
static int timewait_server(int argc, char **argv)
{
	struct sockaddr_in a = at(argv);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0), conn;

	(void)argc;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 8) < 0)
		return 1;
	conn = accept(fd, NULL, NULL);
	if (conn < 0 || close(fd) < 0 || close(conn) < 0)
		return 1;
	rest_ms(300);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (!failed_with(bind(fd, (struct sockaddr *)&a, sizeof(a)),
			 EADDRINUSE) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return 1;
	return close(fd);
}

static int timewait_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_STREAM);
	char c;

	(void)argc;
	return fd < 0 || recv(fd, &c, 1, 0) != 0 || close(fd) < 0;
}

/* --- datagrams ---------------------------------------------------------- */

static int nobody_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_DGRAM);
	char c;

	(void)argc;
	if (fd < 0 || send(fd, "anybody?", 8, 0) != 8 ||
	    !failed_with(recv(fd, &c, 1, 0), ECONNREFUSED))
		return 1;
	return close(fd);
}

static int whole_server(int argc, char **argv)
{
	int fd = bound(argv, SOCK_DGRAM);
	char buf[16];

	(void)argc;
	if (fd < 0 || recv(fd, buf, sizeof(buf), 0) != 3 ||
	    recv(fd, buf, 4, MSG_TRUNC) != 8 ||
	    recv(fd, buf, sizeof(buf), 0) != 0)
		return 1;
	return close(fd);
}

static int whole_client(int argc, char **argv)
{
	int fd = connected(argv, SOCK_DGRAM);
	static char big[70000];

	(void)argc;
	if (fd < 0 || send(fd, "one", 3, 0) != 3 ||
	    send(fd, "too long", 8, 0) != 8 || send(fd, "", 0, 0) != 0 ||
	    !failed_with(send(fd, big, sizeof(big), 0), EMSGSIZE))
		return 1;
	return close(fd);
}

static const struct door doors[] = {
	{ "refused", "connect: nobody listens", "delay 20ms", NULL,
	  refused_client },
	{ "silence", "connect: nobody answers", "delay 20ms loss 100%", NULL,
	  silence_client },
	{ "nonblock", "connect without blocking", "delay 20ms", once_server,
	  nonblock_client },
	{ "simultaneous", "connect from both sides at once", "delay 20ms",
	  simultaneous_server, simultaneous_client },
	{ "backlog", "listen: a queue that is full", "delay 20ms",
	  backlog_server, backlog_client },
	{ "pieces", "send: more than the buffers take", "delay 20ms",
	  pieces_server, pieces_client },
	{ "halfclose", "shutdown: one direction ends, the other goes on",
	  "delay 20ms", halfclose_server, halfclose_client },
	{ "urgent", "send and recv with MSG_OOB", "delay 20ms", urgent_server,
	  urgent_client },
	{ "unread", "close with unread data resets", "delay 20ms",
	  unread_server, unread_client },
	{ "gone", "send after the peer has closed", "delay 20ms", gone_server,
	  gone_client },
	{ "linger", "close with SO_LINGER and 0 seconds", "delay 20ms",
	  linger_server, linger_client },
	{ "dup", "close of one of two descriptors", "delay 20ms", once_server,
	  dup_client },
	{ "timewait", "bind while a connection is in TIME-WAIT", "delay 20ms",
	  timewait_server, timewait_client },
	{ "nobody", "a datagram to a closed port", "delay 20ms", NULL,
	  nobody_client },
	{ "whole", "datagrams go whole or not at all", "delay 20ms",
	  whole_server, whole_client },
};

const struct door *door_at(unsigned i)
{
	return i < sizeof(doors) / sizeof(doors[0]) ? &doors[i] : NULL;
}
