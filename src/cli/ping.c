/* SPDX-License-Identifier: MIT */
/*
 * cli/ping.c - ostia ping: echo requests, in iputils' words
 *
 * A plain socket program: on the runtime it is the command, in a world it is
 * a part of the demo.
 */
#include "cli/ping.h"

#include "cli/net.h"
#include "cli/opt.h"
#include "cli/stop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <stdarg.h>
#include <string.h>

enum {
	ECHO_HLEN = 8,
	SIZE_MAX_BYTES = 65507,
	PACKET_MAX = 65536,
	WINDOW = 1024, /* requests that may still be answered */
};

static const char help[] =
	"Examples:\n"
	"  ostia ping --tap tap0 --addr 10.99.0.2/24 10.99.0.1\n"
	"  ostia ping -c 3 -i 0.2 --tap tap0 --addr fd99::2/64 fd99::1\n"
	"  ostia ping --tap tap0 --addr 10.99.0.2/24 --dns 10.99.0.1 www.example.org\n"
	"  ostia ping --raw -s 3000 --tun tun0 --addr 10.99.0.2/24 10.99.0.1\n"
	"\n"
	"Usage: ostia ping [OPTION...] ADDRESS | NAME\n"
	"\n"
	"Sends echo requests and tells how long the answers take.\n"
	"\n"
	"  -c, --count N          stop after N requests (until ^C)\n"
	"  -i, --interval SECONDS between requests (1)\n"
	"  -s, --size BYTES       of payload (56)\n"
	"  -W, --wait SECONDS     for the last answers (10)\n"
	"  -t, --ttl N            time to live\n"
	"  -q, --quiet            only the summary\n"
	"      --raw              a raw socket instead of a ping socket\n"
	"  -4, -6                 this family\n"
	"  -h, --help             this\n"
	"\n" NET_HELP "\n"
	"Exit status: 0 an answer came, 1 none did, 125 wrong usage, 128+N signal N.\n";

/**
 * struct ping - A run
 * @sent_at:	of the last WINDOW requests, by sequence number; 0: answered
 * @ident:	ours, in raw sockets' messages
 */
struct ping {
	const struct ping_job *job;
	int fd, family;
	struct sockaddr_storage to;
	socklen_t to_len;
	char name[INET6_ADDRSTRLEN];
	uint16_t ident;
	uint64_t sent, received, repeated, errors;
	uint64_t min, max, sum, sum2; /* us */
	uint64_t began, last;
	uint64_t sent_at[WINDOW];
	bool answered[WINDOW];
	uint8_t packet[PACKET_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * OSTIA_S + (uint64_t)ts.tv_nsec;
}

static void say(const struct ping *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct ping *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->job->out)
		return;
	va_start(ap, fmt);
	vfprintf(p->job->out, fmt, ap);
	va_end(ap);
	fflush(p->job->out);
}

/* --- the socket --------------------------------------------------------- */

static int sorry(const char *what, const char *why)
{
	fprintf(stderr, "ostia ping: %s: %s\n", what, why);
	return EXIT_OURS;
}

static int find(struct ping *p)
{
	struct addrinfo hints = { .ai_family = p->job->family,
				  .ai_socktype = SOCK_DGRAM };
	struct addrinfo *ai;
	int err = net_resolve("ostia ping", p->job->host, NULL, &hints, &ai);

	if (err)
		return EXIT_OURS;
	memcpy(&p->to, ai->ai_addr, ai->ai_addrlen);
	p->to_len = ai->ai_addrlen;
	p->family = ai->ai_family;
	freeaddrinfo(ai);
	inet_ntop(p->family,
		  p->family == AF_INET
			  ? (void *)&((struct sockaddr_in *)&p->to)->sin_addr
			  : (void *)&((struct sockaddr_in6 *)&p->to)->sin6_addr,
		  p->name, sizeof(p->name));
	return 0;
}

static int open_socket(struct ping *p)
{
	bool v4 = p->family == AF_INET;
	int one = 1, ttl = (int)p->job->ttl;

	p->fd = socket(p->family, p->job->raw ? SOCK_RAW : SOCK_DGRAM,
		       v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (p->fd < 0)
		return sorry("socket", strerror(errno));
	if (v4)
		setsockopt(p->fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one));
	else
		setsockopt(p->fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one,
			   sizeof(one));
	if (ttl &&
	    setsockopt(p->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       v4 ? IP_TTL : IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)))
		return sorry("ttl", strerror(errno));
	return 0;
}

/* --- requests ----------------------------------------------------------- */

static uint16_t checksum(const uint8_t *b, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)b[i] << 8 | b[i + 1];
	if (n & 1)
		sum += (uint32_t)b[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *b, uint16_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static uint16_t get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

/* The stack sums up ICMPv6, and all that ping sockets send. */
static size_t compose(struct ping *p, uint16_t seq)
{
	uint8_t *b = p->packet;
	size_t n = ECHO_HLEN + (size_t)p->job->size;

	memset(b, 0, ECHO_HLEN);
	b[0] = p->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	put16(b + 4, p->ident);
	put16(b + 6, seq);
	for (size_t i = ECHO_HLEN; i < n; i++)
		b[i] = (uint8_t)(i - ECHO_HLEN);
	if (p->family == AF_INET)
		put16(b + 2, checksum(b, n));
	return n;
}

static void request(struct ping *p)
{
	uint16_t seq = (uint16_t)++p->sent;
	size_t n = compose(p, seq);

	p->last = now_ns();
	p->sent_at[seq % WINDOW] = p->last;
	p->answered[seq % WINDOW] = false;
	if (sendto(p->fd, p->packet, n, 0, (struct sockaddr *)&p->to,
		   p->to_len) < 0) {
		p->errors++;
		say(p, "icmp_seq=%u: %s\n", seq, strerror(errno));
	}
}

/* --- answers ------------------------------------------------------------ */

static int ttl_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL;
		bool v6 = c->cmsg_level == IPPROTO_IPV6 &&
			  c->cmsg_type == IPV6_HOPLIMIT;
		int ttl;

		if (!v4 && !v6)
			continue;
		memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
		return ttl;
	}
	return -1;
}

static void count_time(struct ping *p, uint64_t us)
{
	if (!p->received || us < p->min)
		p->min = us;
	if (us > p->max)
		p->max = us;
	p->sum += us;
	p->sum2 += us * us;
	p->received++;
}

static const char *payload_fault(const struct ping *p, const uint8_t *b,
				 size_t n)
{
	if (n != ECHO_HLEN + p->job->size)
		return " (wrong size)";
	for (size_t i = ECHO_HLEN; i < n; i++)
		if (b[i] != (uint8_t)(i - ECHO_HLEN))
			return " (wrong data)";
	return "";
}

static void answer(struct ping *p, const uint8_t *b, size_t n, int ttl)
{
	uint16_t seq = get16(b + 6);
	unsigned at = seq % WINDOW;
	uint64_t us = (now_ns() - p->sent_at[at]) / 1000;
	bool again = p->answered[at];

	if (!p->sent_at[at] || (uint16_t)((uint16_t)p->sent - seq) >= WINDOW)
		return;
	p->answered[at] = true;
	if (again)
		p->repeated++;
	else
		count_time(p, us);
	if (p->job->quiet)
		return;
	say(p,
	    "%zu bytes from %s: icmp_seq=%u ttl=%d time=%llu.%03llu ms%s%s\n",
	    n, p->name, seq, ttl, (unsigned long long)(us / 1000),
	    (unsigned long long)(us % 1000), again ? " (DUP!)" : "",
	    payload_fault(p, b, n));
}

/* A raw socket hears all of ICMP; only answers to us count. */
static bool is_ours(const struct ping *p, const uint8_t *b, size_t n)
{
	if (n < ECHO_HLEN ||
	    b[0] != (p->family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		return false;
	return !p->job->raw || get16(b + 4) == p->ident;
}

static void hear(struct ping *p)
{
	union {
		struct cmsghdr align;
		uint8_t room[256];
	} control;
	struct iovec iov = { p->packet, sizeof(p->packet) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(p->fd, &m, MSG_DONTWAIT);
	const uint8_t *b = p->packet;
	int ttl;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			p->errors++;
			say(p, "%s: %s\n", p->name, strerror(errno));
		}
		return;
	}
	ttl = ttl_of(&m);
	if (p->job->raw && p->family == AF_INET && n >= 20) {
		size_t hlen = (size_t)(b[0] & 15) * 4;

		if (hlen > (size_t)n)
			return;
		ttl = b[8];
		b += hlen;
		n -= (ssize_t)hlen;
	}
	if (is_ours(p, b, (size_t)n))
		answer(p, b, (size_t)n, ttl);
}

/* --- the run ------------------------------------------------------------ */

static bool all_answered(const struct ping *p)
{
	return p->job->count && p->sent >= p->job->count &&
	       p->received + p->errors >= p->sent;
}

/* Ask at each interval, listen between; then wait for the last answers. */
static void converse(struct ping *p)
{
	bool asking = true;

	while (!stop_signal() && !all_answered(p)) {
		uint64_t now = now_ns();
		uint64_t due = p->last +
			       (asking ? p->job->interval_ns : p->job->wait_ns);
		struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
		int ms;

		if (p->sent == 0 || now >= due) {
			if (!asking)
				return;
			request(p);
			asking = !p->job->count || p->sent < p->job->count;
			continue;
		}
		ms = (int)((due - now + OSTIA_MS - 1) / OSTIA_MS);
		if (poll(&pfd, 1, ms) > 0)
			hear(p);
	}
}

static uint64_t root(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= v)
			r += bit;
	return r;
}

static void summary(const struct ping *p)
{
	uint64_t lost = p->sent - p->received;
	uint64_t n = p->received + p->repeated;
	uint64_t avg = p->received ? p->sum / p->received : 0;
	uint64_t dev = p->received ? p->sum2 / p->received : 0;
	uint64_t us[4] = { p->min, avg, p->max,
			   dev > avg * avg ? root(dev - avg * avg) : 0 };

	say(p, "\n--- %s ping statistics ---\n", p->name);
	say(p, "%llu packets transmitted, %llu received, ",
	    (unsigned long long)p->sent, (unsigned long long)p->received);
	if (p->repeated)
		say(p, "+%llu duplicates, ", (unsigned long long)p->repeated);
	if (p->errors)
		say(p, "+%llu errors, ", (unsigned long long)p->errors);
	say(p, "%llu%% packet loss, time %llums\n",
	    (unsigned long long)(p->sent ? lost * 100 / p->sent : 0),
	    (unsigned long long)((p->last - p->began) / OSTIA_MS));
	if (!n)
		return;
	say(p, "rtt min/avg/max/mdev =");
	for (int i = 0; i < 4; i++)
		say(p, "%c%llu.%03llu", i ? '/' : ' ',
		    (unsigned long long)(us[i] / 1000),
		    (unsigned long long)(us[i] % 1000));
	say(p, " ms\n");
}

int ping_run(const struct ping_job *job)
{
	struct ping *p = calloc(1, sizeof(*p));
	int code;

	if (!p)
		return sorry("memory", strerror(ENOMEM));
	p->job = job;
	p->fd = -1;
	p->ident = (uint16_t)getpid();
	code = find(p);
	if (!code)
		code = open_socket(p);
	if (!code) {
		say(p, "PING %s (%s) %llu(%llu) bytes of data.\n", job->host,
		    p->name, (unsigned long long)job->size,
		    (unsigned long long)job->size + ECHO_HLEN +
			    (p->family == AF_INET ? 20 : 40));
		p->began = now_ns();
		converse(p);
		summary(p);
		code = p->received ? 0 : 1;
	}
	if (p->fd >= 0)
		close(p->fd);
	free(p);
	return code;
}

static int run(struct ping_job *job, const struct net *net)
{
	struct ostia_runtime *rt;
	int code;

	if (net_start(net, "ostia ping", &rt))
		return EXIT_OURS;
	stop_install();
	code = ping_run(job);
	/* ^C is how it usually ends. */
	if (stop_signal() && code == 1)
		code = 128 + stop_signal();
	ostia_posix_enter(NULL);
	ostia_runtime_free(rt);
	return code;
}

int cli_ping(int argc, char **argv)
{
	static struct net net;
	struct ping_job job = { .interval_ns = OSTIA_S,
				.wait_ns = 10 * OSTIA_S,
				.size = 56,
				.out = stdout };
	bool v4 = false, v6 = false;
	const struct opt list[] = {
		{ 'c', "count", OPT_NUMBER, &job.count, "a number", 1,
		  UINT32_MAX },
		{ 'i', "interval", OPT_SECONDS, &job.interval_ns, "SECONDS", 0,
		  3600 },
		{ 's', "size", OPT_NUMBER, &job.size, "bytes", 0,
		  SIZE_MAX_BYTES },
		{ 'W', "wait", OPT_SECONDS, &job.wait_ns, "SECONDS", 0, 3600 },
		{ 't', "ttl", OPT_NUMBER, &job.ttl, "a number", 1, 255 },
		{ 'q', "quiet", OPT_FLAG, &job.quiet },
		{ 0, "raw", OPT_FLAG, &job.raw },
		{ '4', NULL, OPT_FLAG, &v4 },
		{ '6', NULL, OPT_FLAG, &v6 },
		NET_OPTS(&net),
	};
	const struct opt_set set = { "ostia ping", help, list,
				     sizeof(list) / sizeof(list[0]) };
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	int n, code = EXIT_OURS;

	if (!operands)
		return sorry("memory", strerror(ENOMEM));
	n = opt_parse(&set, argc, argv, operands);
	if (n == -ECANCELED)
		code = 0;
	else if (n >= 0 && n != 1)
		sorry("write one address", "see ostia ping --help");
	else if (n == 1 && v4 && v6)
		sorry("-4 and -6", "they exclude each other");
	job.host = n == 1 ? operands[0] : NULL;
	job.family = v4 ? AF_INET : v6 ? AF_INET6 : AF_UNSPEC;
	if (job.host && !(v4 && v6))
		code = run(&job, &net);
	free(operands);
	return code;
}
