/* SPDX-License-Identifier: MIT */
/*
 * Every pair of binds to one port, of these addresses and options, on the
 * host's loopback and in our table: the answers must be the same.
 */
#include "net.h"

#include "ip/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const address[] = { "0.0.0.0",   "::",  "127.0.0.1",
				       "127.0.0.2", "::1", "::ffff:127.0.0.1" };

enum {
	ADDRESSES = sizeof(address) / sizeof(address[0]),
	OPTIONS = 8, /* REUSEADDR, REUSEPORT, V6ONLY */
	KINDS = ADDRESSES * OPTIONS,
};

/* struct door - One socket of a pair */
struct door {
	const char *addr;
	bool v6, reuseaddr, reuseport, v6only;
};

static struct door door_of(unsigned kind)
{
	unsigned o = kind % OPTIONS;

	return (struct door) { .addr = address[kind / OPTIONS],
			       .v6 = strchr(address[kind / OPTIONS], ':'),
			       .reuseaddr = o & 1,
			       .reuseport = o & 2,
			       .v6only = o & 4 };
}

/* A mapped address and V6ONLY contradict each other; IPv4 has no V6ONLY. */
static bool possible(const struct door *d)
{
	return !d->v6only || (d->v6 && !strstr(d->addr, "ffff"));
}

static void set(int fd, int level, int name, bool on)
{
	const int value = on;

	OK(setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}

static int kernel_open(const struct door *d, bool tcp)
{
	int fd = socket(d->v6 ? AF_INET6 : AF_INET,
			tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR, d->reuseaddr);
	set(fd, SOL_SOCKET, SO_REUSEPORT, d->reuseport);
	if (d->v6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, d->v6only);
	return fd;
}

/* Return: the port, or -errno. */
static int kernel_bind(int fd, const struct door *d, int port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port) };
	struct sockaddr *sa = d->v6 ? (void *)&six : (void *)&four;
	socklen_t len = d->v6 ? sizeof(six) : sizeof(four);

	OK(inet_pton(d->v6 ? AF_INET6 : AF_INET, d->addr,
		     d->v6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr) ==
	   1);
	if (bind(fd, sa, len))
		return -errno;
	OK(getsockname(fd, sa, &len) == 0);
	return ntohs(d->v6 ? six.sin6_port : four.sin_port);
}

static int kernel_pair(const struct door *a, const struct door *b, bool tcp,
		       bool listening)
{
	int one = kernel_open(a, tcp), two = kernel_open(b, tcp), port, got;

	OK(one >= 0 && two >= 0);
	port = kernel_bind(one, a, 0);
	OK(port > 0);
	if (listening)
		OK(listen(one, 1) == 0);
	got = kernel_bind(two, b, port);
	close(one);
	close(two);
	return got < 0 ? got : 0;
}

static struct binding ours(const struct door *d, bool tcp)
{
	struct binding b = { .port = 80, .local = A(d->addr), .v6 = d->v6 };

	list_init(&b.node);
	b.flags = (uint8_t)((tcp ? BIND_TCP : 0) |
			    (d->reuseaddr ? BIND_REUSEADDR : 0) |
			    (d->reuseport ? BIND_REUSEPORT : 0) |
			    (d->v6only ? BIND_V6ONLY : 0));
	return b;
}

static int our_pair(const struct ostia_env *env, const struct door *a,
		    const struct door *b, bool tcp, bool listening)
{
	static const uint8_t key[16];
	struct binding one = ours(a, tcp), two = ours(b, tcp);
	struct ports *p;
	int got;

	EQ(ports_new(env, key, &p), 0);
	EQ(ports_bind(p, &one, 0), 0);
	if (listening)
		EQ(ports_relisten(p, &one), 0);
	got = ports_bind(p, &two, 0);
	ports_unbind(p, &two);
	ports_unbind(p, &one);
	ports_free(p);
	return got;
}

static bool host_has_ipv6(void)
{
	const struct door d = { .addr = "::1", .v6 = true };
	int fd = kernel_open(&d, false);
	bool has = fd >= 0 && kernel_bind(fd, &d, 0) > 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void compare(const struct ostia_env *env, unsigned i, unsigned k,
		    bool tcp, bool listening)
{
	struct door a = door_of(i), b = door_of(k);
	int want = 0, got;

	if (!possible(&a) || !possible(&b))
		return;
	got = our_pair(env, &a, &b, tcp, listening);
	/* other programs of the host have ports too: try with another one */
	for (int tries = 0; tries < 8; tries++) {
		want = kernel_pair(&a, &b, tcp, listening);
		if (want == got)
			return;
	}
	fail_msg("%s%s: %s %u, then %s %u: the kernel %d, we %d",
		 tcp ? "TCP" : "UDP", listening ? " listening" : "", a.addr,
		 i % OPTIONS, b.addr, k % OPTIONS, want, got);
}

TEST(every_pair_of_binds_answers_as_the_host_does)
{
	struct lend lend = { .left = -1 };
	struct ostia_env env = lend_env(&lend);

	if (!host_has_ipv6()) {
		print_message("skipped: the host has no IPv6 loopback\n");
		skip();
	}
	for (unsigned i = 0; i < KINDS; i++) {
		for (unsigned k = 0; k < KINDS; k++) {
			compare(&env, i, k, false, false);
			compare(&env, i, k, true, false);
			compare(&env, i, k, true, true);
		}
	}
}

TESTS(CASE(every_pair_of_binds_answers_as_the_host_does))
