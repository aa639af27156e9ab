/* SPDX-License-Identifier: MIT */
/*
 * A plain stack with two links is a router: a - r - b, the wire to b narrower.
 * TCP and UDP through it, and what it tells: time exceeded, too big, host
 * unreachable (RFC 1812 5.3.1, 5.2.7.1; RFC 4443 3).
 */
#include "net.h"

#include <linux/errqueue.h>
#include <sys/uio.h>

enum { BYTES = 300000, PORT = 80 };

/** struct family - Addresses in one family; @nobody is next to b, and silent */
static const struct family {
	const char *a, *b, *nobody, *near, *far, *any;
	int level, recverr, ttl;
	uint8_t origin, exceeded, unreach, host;
} families[] = {
	{ "10.0.1.2", "10.0.2.2", "10.0.2.9", "10.0.1.1", "10.0.2.1",
	  "0.0.0.0/0", IPPROTO_IP, IP_RECVERR, IP_TTL, SO_EE_ORIGIN_ICMP, 11, 3,
	  1 },
	{ "fd00:1::2", "fd00:2::2", "fd00:2::9", "fd00:1::1", "fd00:2::1",
	  "::/0", IPPROTO_IPV6, IPV6_RECVERR, IPV6_UNICAST_HOPS,
	  SO_EE_ORIGIN_ICMP6, 3, 1, 3 },
};

static struct {
	struct ostia_world *w;
	struct ostia_node *a, *r, *b;
	struct ostia_wire *wide, *narrow;
	struct ostia_world_proc *client, *server;
	const struct family *f;
} t;

static struct ostia_node *router(bool forwards)
{
	static const struct ostia_setting on[] = {
		{ "net.ipv4.ip_forward", "1" },
		{ "net.ipv6.conf.all.forwarding", "1" },
	};
	struct ostia_node *n;

	CHECK(!ostia_host_new(t.w, "r", on, forwards ? 2 : 0, &n), "router");
	return n;
}

static void addr(struct ostia_wire *w, unsigned end, const char *ip)
{
	char text[64];

	snprintf(text, sizeof(text), "%s/%d", ip, strchr(ip, ':') ? 64 : 24);
	CHECK(!ostia_wire_addr(w, end, text), "address %s", text);
}

/* What searches for the path's MTU by itself (RFC 4821). */
static struct ostia_node *prober(const char *name)
{
	static const struct ostia_setting on = { "net.ipv4.tcp_mtu_probing",
						 "1" };
	struct ostia_node *n;

	CHECK(!ostia_host_new(t.w, name, &on, 1, &n), "%s", name);
	return n;
}

/* @hole: what the narrow wire does not take vanishes without a word. */
static void begin_on(const char *title, const struct family *f, bool forwards,
		     bool hole)
{
	const struct ostia_world_config cfg = { .seed = 7 };
	const struct ostia_wire_config narrow = {
		.mtu = hole ? 0 : 1300,
		.faults = hole ? "delay 2ms mtu 1300" : "delay 2ms",
	};
	const struct ostia_wire_config wide = { .faults = "delay 3ms" };

	snprintf(net_case, sizeof(net_case), "%s to %s", title, f->b);
	t.f = f;
	CHECK(!onlooker_world(&cfg, &t.w), "world");
	t.a = hole ? prober("a") : net_host(t.w, "a");
	t.b = hole ? prober("b") : net_host(t.w, "b");
	t.r = router(forwards);
	CHECK(!ostia_wire_new(t.w, &wide, t.a, t.r, &t.wide) &&
		      !ostia_wire_new(t.w, &narrow, t.r, t.b, &t.narrow),
	      "wires");
	addr(t.wide, 0, f->a);
	addr(t.wide, 1, f->near);
	addr(t.narrow, 0, f->far);
	addr(t.narrow, 1, f->b);
	CHECK(!ostia_wire_route(t.wide, 0, f->any, f->near) &&
		      !ostia_wire_route(t.narrow, 1, f->any, f->far),
	      "routes");
	t.client = net_proc(t.a, "client", 0);
	t.server = net_proc(t.b, "server", 0);
}

static void begin(const char *title, const struct family *f, bool forwards)
{
	begin_on(title, f, forwards, false);
}

static uint64_t counter(const struct ostia_node *n, const char *name)
{
	const char *at;
	uint64_t v = 0;

	for (unsigned i = 0; (at = ostia_counter(ostia_host_stack(n), i, &v));
	     i++)
		if (!strcmp(at, name))
			return v;
	CHECK(0, "no counter %s", name);
	return 0;
}

static void end(void)
{
	CHECK(!ostia_world_run(t.w, 600 * OSTIA_S), "they do not end");
	ostia_world_proc_free(t.client);
	ostia_world_proc_free(t.server);
	CHECK(!ostia_world_run_until(t.w, ostia_world_now(t.w) + 200 * OSTIA_S),
	      "rest");
	net_at_rest(t.w, t.a);
	net_at_rest(t.w, t.r);
	net_at_rest(t.w, t.b);
}

static int made(struct ostia_proc *p, const char *ip, int type,
		struct sockaddr_storage *a, socklen_t *len)
{
	int fd;

	*len = net_addr(a, ip, PORT);
	fd = ostia_socket(p, a->ss_family, type, 0);
	CHECK(fd >= 0, "socket: %s", strerror(errno));
	return fd;
}

/* ---- a stream, and what does not fit ---- */

static char out[BYTES], in[BYTES];

static int sink(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(t.server);
	struct sockaddr_storage a;
	socklen_t len;
	int fd = made(p, t.f->b, SOCK_STREAM, &a, &len), s;

	(void)arg;
	CHECK(!ostia_bind(p, fd, (struct sockaddr *)&a, len) &&
		      !ostia_listen(p, fd, 1),
	      "listen: %s", strerror(errno));
	s = ostia_accept(p, fd, NULL, NULL);
	CHECK(ostia_recv(p, s, in, BYTES, MSG_WAITALL) == BYTES, "recv");
	CHECK(!memcmp(in, out, BYTES), "bytes");
	CHECK(ostia_send(p, s, in, BYTES, 0) == BYTES, "send");
	ostia_close(p, s);
	ostia_close(p, fd);
	return 0;
}

static int source(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(t.client);
	struct sockaddr_storage a;
	socklen_t len;
	int fd = made(p, t.f->b, SOCK_STREAM, &a, &len);

	(void)arg;
	CHECK(!ostia_connect(p, fd, (struct sockaddr *)&a, len), "connect: %s",
	      strerror(errno));
	CHECK(ostia_send(p, fd, out, BYTES, 0) == BYTES, "send");
	CHECK(ostia_recv(p, fd, in, BYTES, MSG_WAITALL) == BYTES, "recv");
	CHECK(!memcmp(in, out, BYTES), "bytes");
	ostia_close(p, fd);
	return 0;
}

/* b's MSS is of the narrow wire, so nothing is too big; both ways. */
static void stream(const struct family *f)
{
	begin("a stream", f, true);
	memset(out, 'o', BYTES);
	CHECK(!ostia_task_spawn(t.server, sink, NULL, NULL) &&
		      !ostia_task_spawn(t.client, source, NULL, NULL),
	      "spawn");
	end();
	CHECK(counter(t.r, "IpForwDatagrams") > 2 * BYTES / 1300, "forwarded");
	onlooker_free(t.w);
}

/* Both find out by themselves: bytes arrive, in time. */
static void black_hole(const struct family *f)
{
	begin_on("a black hole", f, true, true);
	memset(out, 'h', BYTES);
	CHECK(!ostia_task_spawn(t.server, sink, NULL, NULL) &&
		      !ostia_task_spawn(t.client, source, NULL, NULL),
	      "spawn");
	end();
	CHECK(counter(t.a, "TcpExtMTUBlackHoles") == 1 &&
		      counter(t.b, "TcpExtMTUBlackHoles") == 1,
	      "found out");
	CHECK(counter(t.a, "TcpExtMTUPSuccess") &&
		      counter(t.b, "TcpExtMTUPSuccess"),
	      "and searched upwards");
	onlooker_free(t.w);
}

/* ---- datagrams, and errors ---- */

static struct sock_extended_err told(struct ostia_proc *p, int fd, char *by)
{
	union {
		struct cmsghdr align;
		char room[512];
	} c;
	struct iovec iov = { in, BYTES };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = sizeof(c) };
	struct sock_extended_err ee;
	struct sockaddr_in6 a6;
	struct sockaddr_in a4;

	CHECK(ostia_recvmsg(p, fd, &m, MSG_ERRQUEUE) >= 0, "error queue: %s",
	      strerror(errno));
	CHECK(CMSG_FIRSTHDR(&m) != NULL, "says nothing");
	memcpy(&ee, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(ee));
	memcpy(&a4, CMSG_DATA(CMSG_FIRSTHDR(&m)) + sizeof(ee), sizeof(a4));
	memcpy(&a6, CMSG_DATA(CMSG_FIRSTHDR(&m)) + sizeof(ee), sizeof(a6));
	if (a4.sin_family == AF_INET)
		inet_ntop(AF_INET, &a4.sin_addr, by, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &a6.sin6_addr, by, INET6_ADDRSTRLEN);
	return ee;
}

/* Send @n bytes to @ip; the router must say so. */
static void fails(const char *ip, int ttl, size_t n, int err, uint8_t type,
		  uint8_t code, uint32_t info)
{
	struct ostia_proc *p = ostia_world_proc_bsd(t.client);
	char by[INET6_ADDRSTRLEN] = "";
	struct sock_extended_err ee;
	struct sockaddr_storage a;
	const int on = 1;
	socklen_t len;
	int fd = made(p, ip, SOCK_DGRAM, &a, &len);

	CHECK(!ostia_setsockopt(p, fd, t.f->level, t.f->recverr, &on,
				sizeof(on)) &&
		      !ostia_setsockopt(p, fd, t.f->level, t.f->ttl, &ttl,
					sizeof(ttl)) &&
		      !ostia_connect(p, fd, (struct sockaddr *)&a, len),
	      "%s", strerror(errno));
	CHECK(ostia_send(p, fd, out, n, 0) == (ssize_t)n, "send");
	CHECK(ostia_recv(p, fd, in, 1, 0) == -1 && errno == err, "recv: %s",
	      strerror(errno));
	ee = told(p, fd, by);
	CHECK(ee.ee_origin == t.f->origin && ee.ee_type == type &&
		      ee.ee_code == code && ee.ee_info == info,
	      "origin %u type %u code %u info %u", ee.ee_origin, ee.ee_type,
	      ee.ee_code, ee.ee_info);
	CHECK(!strcmp(by, t.f->near), "from %s", by);
	ostia_close(p, fd);
}

static int complainer(void *arg)
{
	bool v4 = t.f->level == IPPROTO_IP;

	(void)arg;
	fails(t.f->b, 1, 10, EHOSTUNREACH, t.f->exceeded, 0, 0);
	fails(t.f->nobody, 64, 10, EHOSTUNREACH, t.f->unreach, t.f->host, 0);
	fails(t.f->b, 64, 1400, EMSGSIZE, v4 ? 3 : 2, v4 ? 4 : 0, 1300);
	return 0;
}

static void errors(const struct family *f)
{
	begin("errors", f, true);
	CHECK(!ostia_task_spawn(t.client, complainer, NULL, NULL), "spawn");
	end();
	CHECK(counter(t.r, "NeighUnreachable") == 1, "neighbour");
	CHECK(counter(t.r, "IcmpOutRedirects") == 0, "redirects");
	onlooker_free(t.w);
}

/* ---- who is no router ---- */

static int stranger(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(t.client);
	const struct timeval wait = { .tv_sec = 5 };
	struct sockaddr_storage a;
	socklen_t len;
	int fd = made(p, t.f->b, SOCK_DGRAM, &a, &len);

	(void)arg;
	CHECK(!ostia_setsockopt(p, fd, SOL_SOCKET, SO_RCVTIMEO, &wait,
				sizeof(wait)) &&
		      !ostia_connect(p, fd, (struct sockaddr *)&a, len) &&
		      ostia_send(p, fd, out, 10, 0) == 10,
	      "%s", strerror(errno));
	CHECK(ostia_recv(p, fd, in, 1, 0) == -1 && errno == EAGAIN, "recv: %s",
	      strerror(errno));
	ostia_close(p, fd);
	return 0;
}

static void no_router(const struct family *f)
{
	begin("no router", f, false);
	CHECK(!ostia_task_spawn(t.client, stranger, NULL, NULL), "spawn");
	end();
	CHECK(!counter(t.r, "IpForwDatagrams"), "forwarded");
	CHECK(counter(t.r, "IpInAddrErrors") == 1, "dropped");
	onlooker_free(t.w);
}

int main(int argc, char **argv)
{
	(void)argc;
	witness_begin(argv, net_case);
	for (unsigned i = 0; i < 2; i++) {
		stream(&families[i]);
		black_hole(&families[i]);
		errors(&families[i]);
		no_router(&families[i]);
	}
	return 0;
}
