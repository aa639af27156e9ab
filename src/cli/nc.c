/* SPDX-License-Identifier: MIT */
/*
 * cli/nc.c - ostia nc, a plain socket program on the runtime
 *
 * One loop of poll() over standard input, standard output and the socket. At
 * the end of the input it closes its half of the connection (as OpenBSD's
 * nc -N); it ends when both halves have, on a terminal when the peer's has.
 */
#include "cli/nc.h"

#include "cli/net.h"
#include "cli/stop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <string.h>

enum {
	BUF_BYTES = 256 * 1024,
	DATAGRAM_BYTES = 16384,
	TELL_MS = 250, /* between progress lines */
	DRAIN_S = 10, /* how long what we closed may take to arrive */
};

static const char help[] =
	"Examples:\n"
	"  ostia nc --tap tap0 --addr 10.99.0.2/24 10.99.0.1 80 < request\n"
	"  ostia nc --tap tap0 --addr 10.99.0.2/24 --dns 10.99.0.1 www http < request\n"
	"  ostia nc -v --tap tap0 --addr fd99::2/64 -l 5000 > upload\n"
	"  ostia nc -u -w 1 --tun tun0 --addr 10.99.0.2/24 10.99.0.1 53 < query\n"
	"\n"
	"Usage: ostia nc [OPTION...] ADDRESS | NAME PORT\n"
	"       ostia nc -l [OPTION...] [ADDRESS] PORT\n"
	"\n"
	"Connects or listens, sends standard input and writes what comes to standard\n"
	"output. At the end of the input it closes its half of the connection; it\n"
	"ends when both halves are closed (on a terminal: when the peer's is).\n"
	"\n"
	"  -l, --listen           wait for a connection\n"
	"  -k, --keep             with -l: then for the next one, one at a time\n"
	"  -u, --udp              datagrams instead of a connection\n"
	"  -4, -6                 this family only\n"
	"  -s, --source ADDRESS   our address\n"
	"  -p, --source-port PORT our port\n"
	"  -w, --wait SECONDS     give up connecting, or after so long without data\n"
	"      --keep-open        do not close our half at the end of the input\n"
	"  -v, --verbose          say what happens, and how far it is\n"
	"  -h, --help             this\n"
	"\n" NET_HELP "\n"
	"Exit status: 0 done, 1 the network failed, 124 time ran out (-w), 125 wrong\n"
	"usage, 128+N signal N.\n";

/** struct half - One direction: what was read and not yet written */
struct half {
	uint8_t *buf;
	size_t at, len;
	uint64_t bytes; /* written so far */
	bool ended; /* nothing more comes */
};

/** struct nc - What is asked for, and the connection at hand */
struct nc {
	struct net net;
	bool listen, keep, udp, v4, v6, keep_open, verbose;
	const char *source, *source_port;
	const char *host, *port;
	uint64_t wait_ns;
	struct half up, down; /* stdin to socket, socket to stdout */
	bool stdout_gone;
	ostia_time began, last, told;
};

/* --- saying ------------------------------------------------------------- */

static int sorry(const char *what, const char *where, const char *why)
{
	fprintf(stderr, "ostia nc: %s%s%s: %s\n", what, *where ? " " : "",
		where, why);
	return 1;
}

static const char *name_of(const struct sockaddr_storage *a, char *buf,
			   size_t size)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], ip, sizeof(ip));
	else if (a->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
	else
		inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
	snprintf(buf, size, "%s port %u", ip,
		 ntohs(a->ss_family == AF_INET6 ? v6->sin6_port
						: v4->sin_port));
	return buf;
}

static void tell_about(const struct nc *nc, const char *what, int fd, bool peer)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);
	char text[80];

	if (!nc->verbose)
		return;
	if (peer ? getpeername(fd, (struct sockaddr *)&a, &len)
		 : getsockname(fd, (struct sockaddr *)&a, &len))
		return;
	fprintf(stderr, "%s %s\n", what, name_of(&a, text, sizeof(text)));
}

static void progress(struct nc *nc, bool last)
{
	ostia_time now = ostia_clock();
	uint64_t ms = (now - nc->began) / OSTIA_MS;
	uint64_t sum = nc->up.bytes + nc->down.bytes;

	if (!nc->verbose ||
	    (!last && (now - nc->told < TELL_MS * OSTIA_MS || !isatty(2))))
		return;
	nc->told = now;
	fprintf(stderr,
		"%s%llu bytes sent, %llu received in %llu.%03llu s, %llu "
		"KB/s%s",
		isatty(2) ? "\r\033[K" : "", (unsigned long long)nc->up.bytes,
		(unsigned long long)nc->down.bytes,
		(unsigned long long)(ms / 1000),
		(unsigned long long)(ms % 1000),
		(unsigned long long)(ms ? sum / ms : 0), last ? "\n" : "");
}

/* --- beginning ---------------------------------------------------------- */

static int family(const struct nc *nc)
{
	return nc->v4 ? AF_INET : nc->v6 ? AF_INET6 : AF_UNSPEC;
}

/* Addresses of host and port; @host NULL: any of ours. Return: 0, exit code.
 */
static int resolve(const struct nc *nc, const char *host, const char *port,
		   int fam, struct addrinfo **out)
{
	struct addrinfo hints = { .ai_family = fam,
				  .ai_flags = host ? 0 : AI_PASSIVE };

	hints.ai_socktype = nc->udp ? SOCK_DGRAM : SOCK_STREAM;
	return net_resolve("ostia nc", host, port, &hints, out);
}

static int bind_source(const struct nc *nc, int fd, int fam)
{
	struct addrinfo *ai;
	int code;

	if (!nc->source && !nc->source_port)
		return 0;
	code = resolve(nc, nc->source, nc->source_port ? nc->source_port : "0",
		       fam, &ai);
	if (code)
		return code;
	code = bind(fd, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	if (code)
		return sorry("bind", nc->source ? nc->source : nc->source_port,
			     strerror(errno));
	return 0;
}

static int make_socket(const struct nc *nc, int fam)
{
	int one = 1, zero = 0;
	int fd = socket(fam, nc->udp ? SOCK_DGRAM : SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fam == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, nc->v6 ? &one : &zero,
			   sizeof(one));
	return fd;
}

/* Poll one descriptor, not longer than -w says. Return: 0, or exit code. */
static int wait_for(const struct nc *nc, int fd, short events)
{
	struct pollfd p[2] = { { .fd = fd, .events = events },
			       { .fd = stop_fd(), .events = POLLIN } };
	int ms = nc->wait_ns ? (int)(nc->wait_ns / OSTIA_MS) : -1;
	int n = poll(p, 2, ms);

	if (stop_signal())
		return 128 + stop_signal();
	if (n < 0)
		return sorry("poll", "", strerror(errno));
	return n ? 0 : EXIT_TIME_LIMIT;
}

static int finish_connect(const struct nc *nc, int fd)
{
	int code = wait_for(nc, fd, POLLOUT);
	int err = 0;
	socklen_t len = sizeof(err);

	if (code == EXIT_TIME_LIMIT)
		fprintf(stderr,
			"ostia nc: connect to %s port %s: no answer in time "
			"(-w)\n",
			nc->host, nc->port);
	if (code)
		return code;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		err = errno;
	return err ? sorry("connect to", nc->host, strerror(err)) : 0;
}

static int dial_one(const struct nc *nc, const struct addrinfo *ai, int *out)
{
	int fd = make_socket(nc, ai->ai_family), code;

	if (fd < 0)
		return sorry("socket", "", strerror(errno));
	*out = fd;
	code = bind_source(nc, fd, ai->ai_family);
	if (code)
		return code;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return sorry("fcntl", "", strerror(errno));
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return sorry("connect to", nc->host, strerror(errno));
	return finish_connect(nc, fd);
}

/* A name's addresses, one after another, until one answers. */
static int dial(const struct nc *nc, int *out)
{
	struct addrinfo *list;
	int code = resolve(nc, nc->host, nc->port, family(nc), &list);

	if (code)
		return code;
	for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		code = dial_one(nc, ai, out);
		if (code != 1 || !ai->ai_next)
			break;
		if (*out >= 0)
			close(*out);
		*out = -1;
	}
	freeaddrinfo(list);
	return code;
}

static int open_door(const struct nc *nc, int *out)
{
	struct addrinfo *ai;
	int fam = family(nc);
	int fd, code;

	if (!fam && !nc->host)
		fam = AF_INET6; /* both families */
	code = resolve(nc, nc->host, nc->port, fam, &ai);
	if (code)
		return code;
	fd = make_socket(nc, ai->ai_family);
	code = fd < 0 ? -1 : bind(fd, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	if (fd < 0)
		return sorry("socket", "", strerror(errno));
	*out = fd;
	if (code)
		return sorry("bind to port", nc->port, strerror(errno));
	if (!nc->udp && listen(fd, 16))
		return sorry("listen on port", nc->port, strerror(errno));
	tell_about(nc, "Listening on", fd, false);
	return 0;
}

/* --- moving bytes ------------------------------------------------------- */

static bool idle_error(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static int fill(struct nc *nc, struct half *h, int fd, bool from_net)
{
	size_t room = from_net || !nc->udp ? BUF_BYTES : DATAGRAM_BYTES;
	ssize_t n =
		from_net ? recv(fd, h->buf, room, 0) : read(fd, h->buf, room);

	if (n < 0)
		return idle_error()
			       ? 0
			       : sorry(from_net ? "receive" : "standard input",
				       "", strerror(errno));
	h->at = 0;
	h->len = (size_t)n;
	/* An empty datagram is no end. */
	if (n == 0 && !(nc->udp && from_net))
		h->ended = true;
	nc->last = ostia_clock();
	return 0;
}

static int drain(struct nc *nc, struct half *h, int fd, bool to_net)
{
	ssize_t n = to_net ? send(fd, h->buf + h->at, h->len, MSG_NOSIGNAL)
			   : write(fd, h->buf + h->at, h->len);

	if (n < 0)
		return idle_error() ? 0
				    : sorry(to_net ? "send" : "standard output",
					    "", strerror(errno));
	h->at += (size_t)n;
	h->len -= (size_t)n;
	h->bytes += (uint64_t)n;
	nc->last = ostia_clock();
	return 0;
}

/* The input has ended and all of it is sent: our half of the connection. */
static void close_half(const struct nc *nc, int fd, bool *closed)
{
	if (*closed || !nc->up.ended || nc->up.len || nc->udp || nc->keep_open)
		return;
	(void)shutdown(fd, SHUT_WR); /* ENOTCONN: the other side was faster */
	*closed = true;
}

static bool over(const struct nc *nc)
{
	if (nc->udp || !nc->down.ended || nc->down.len)
		return false;
	return nc->keep_open || isatty(0) || (nc->up.ended && !nc->up.len);
}

static void watch(const struct nc *nc, int fd, struct pollfd p[4])
{
	bool read_in = !nc->up.ended && !nc->up.len;
	bool read_net = !nc->down.ended && !nc->down.len;

	p[0] = (struct pollfd) { read_in ? 0 : -1, POLLIN, 0 };
	p[1] = (struct pollfd) { nc->down.len ? 1 : -1, POLLOUT, 0 };
	p[2] = (struct pollfd) { read_net || nc->up.len ? fd : -1, 0, 0 };
	if (read_net)
		p[2].events |= POLLIN;
	if (nc->up.len)
		p[2].events |= POLLOUT;
	p[3] = (struct pollfd) { stop_fd(), POLLIN, 0 };
}

static int move(struct nc *nc, int fd, const struct pollfd p[3])
{
	int code = 0;

	if (p[2].revents & (POLLIN | POLLHUP | POLLERR) && !nc->down.ended &&
	    !nc->down.len)
		code = fill(nc, &nc->down, fd, true);
	/* What was read is written at once where that cannot take long. */
	if (!code && nc->down.len && (p[1].revents || p[2].revents))
		code = drain(nc, &nc->down, 1, false);
	if (!code && p[0].revents)
		code = fill(nc, &nc->up, 0, false);
	if (!code && nc->up.len)
		code = drain(nc, &nc->up, fd, true);
	return code;
}

/* How long poll() may sleep: until -w, or the next progress line. */
static int patience(const struct nc *nc)
{
	ostia_time idle = ostia_clock() - nc->last;
	int ms = nc->verbose && isatty(2) ? TELL_MS : -1;
	int left;

	if (!nc->wait_ns)
		return ms;
	left = idle < nc->wait_ns ? (int)((nc->wait_ns - idle) / OSTIA_MS) + 1
				  : 0;
	return ms < 0 || left < ms ? left : ms;
}

static int pump(struct nc *nc, int fd)
{
	bool closed = false;

	while (!over(nc)) {
		struct pollfd p[4];
		int code, n;

		close_half(nc, fd, &closed);
		watch(nc, fd, p);
		n = poll(p, 4, patience(nc));
		if (stop_signal())
			return 128 + stop_signal();
		if (n < 0 && errno != EINTR)
			return sorry("poll", "", strerror(errno));
		if (n <= 0 && nc->wait_ns &&
		    ostia_clock() - nc->last >= nc->wait_ns)
			return nc->udp && nc->up.ended ? 0 : EXIT_TIME_LIMIT;
		code = n > 0 ? move(nc, fd, p) : 0;
		if (code)
			return code;
		progress(nc, false);
	}
	close_half(nc, fd, &closed);
	return 0;
}

/* --- a conversation ----------------------------------------------------- */

static int converse(struct nc *nc, int fd)
{
	int code;

	nc->down = (struct half) { .buf = nc->down.buf };
	nc->up.bytes = 0;
	nc->began = nc->last = ostia_clock();
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return sorry("fcntl", "", strerror(errno));
	code = pump(nc, fd);
	progress(nc, true);
	return code;
}

static int call(struct nc *nc)
{
	int fd = -1;
	int code = dial(nc, &fd);

	if (code == 0) {
		tell_about(nc, "Connected to", fd, true);
		code = converse(nc, fd);
	}
	if (fd >= 0)
		close(fd);
	return code;
}

/* The first datagram says who our peer is; it stays queued. */
static int meet(const struct nc *nc, int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int code = wait_for(nc, fd, POLLIN);
	char byte;

	if (code)
		return code;
	if (recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&a, &len) < 0 ||
	    connect(fd, (struct sockaddr *)&a, len))
		return sorry("receive", "", strerror(errno));
	tell_about(nc, "Datagram received from", fd, true);
	return 0;
}

static int answer_one(struct nc *nc, int door)
{
	int code = nc->udp ? meet(nc, door) : wait_for(nc, door, POLLIN);
	int fd;

	if (code || nc->udp)
		return code ? code : converse(nc, door);
	fd = accept(door, NULL, NULL);
	if (fd < 0)
		return sorry("accept", "", strerror(errno));
	tell_about(nc, "Connection received from", fd, true);
	code = converse(nc, fd);
	close(fd);
	return code;
}

static int answer(struct nc *nc)
{
	int door = -1;
	int code = open_door(nc, &door);

	/* With -k a failed conversation does not end the service. */
	while (!code)
		if ((code = answer_one(nc, door)) == 1 && nc->keep && !nc->udp)
			code = 0;
		else if (!nc->keep || nc->udp)
			break;
	if (door >= 0)
		close(door);
	return code;
}

static int run(struct nc *nc)
{
	struct ostia_runtime *rt;
	int code;

	if (net_start(&nc->net, "ostia nc", &rt))
		return EXIT_OURS;
	stop_install();
	nc->up.buf = malloc(BUF_BYTES);
	nc->down.buf = malloc(BUF_BYTES);
	if (nc->up.buf && nc->down.buf)
		code = nc->listen ? answer(nc) : call(nc);
	else
		code = sorry("memory", "", strerror(ENOMEM));
	if (code == 0 && ostia_runtime_finish(rt, DRAIN_S * OSTIA_S))
		code = sorry("close", "",
			     "the peer does not acknowledge the "
			     "last bytes");
	ostia_posix_enter(NULL);
	ostia_runtime_free(rt);
	free(nc->up.buf);
	free(nc->down.buf);
	return code;
}

/* --- command line ------------------------------------------------------- */

static int usage(const char *why)
{
	fprintf(stderr, "ostia nc: %s; see ostia nc --help\n", why);
	return EXIT_OURS;
}

static int check(struct nc *nc, const char **operands, int n)
{
	if (n < (nc->listen ? 1 : 2))
		return usage(nc->listen ? "a port is missing"
					: "an address and a port are missing");
	if (n > 2)
		return usage("too many arguments");
	if (nc->v4 && nc->v6)
		return usage("-4 and -6 exclude each other");
	if (nc->keep && !nc->listen)
		return usage("-k needs -l");
	if (nc->keep && nc->udp)
		return usage("-k is for connections, not with -u");
	if (nc->listen && (nc->source || nc->source_port))
		return usage("-s and -p are for connecting; with -l write "
			     "[ADDRESS] PORT");
	nc->host = n == 2 ? operands[0] : NULL;
	nc->port = operands[n - 1];
	return 0;
}

int cli_nc(int argc, char **argv)
{
	static struct nc nc;
	const struct opt list[] = {
		{ 'l', "listen", OPT_FLAG, &nc.listen },
		{ 'k', "keep", OPT_FLAG, &nc.keep },
		{ 'u', "udp", OPT_FLAG, &nc.udp },
		{ '4', NULL, OPT_FLAG, &nc.v4 },
		{ '6', NULL, OPT_FLAG, &nc.v6 },
		{ 's', "source", OPT_TEXT, &nc.source, "ADDRESS" },
		{ 'p', "source-port", OPT_TEXT, &nc.source_port, "PORT" },
		{ 'w', "wait", OPT_SECONDS, &nc.wait_ns, "SECONDS", 0, 86400 },
		{ 0, "keep-open", OPT_FLAG, &nc.keep_open },
		{ 'v', "verbose", OPT_FLAG, &nc.verbose },
		NET_OPTS(&nc.net),
	};
	const struct opt_set set = { "ostia nc", help, list,
				     sizeof(list) / sizeof(list[0]) };
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	int n, code;

	if (!operands)
		return usage("no memory");
	n = opt_parse(&set, argc, argv, operands);
	if (n < 0)
		code = n == -ECANCELED ? 0 : EXIT_OURS;
	else
		code = check(&nc, operands, n);
	if (n >= 0 && !code)
		code = run(&nc);
	free(operands);
	return code;
}
