/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_mem.c - two stacks of one pool on a memory wire, one thread
 *
 * The program calls the BSD face of both, and moves what each link has to say
 * to the other: what a test, a simulator or an embedding program would do.
 * Time is virtual, a microsecond for each round of the wire.
 */
#include "cli/bench.h"

#include "base/csum.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/ostia.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK = 65536,
	BATCH = 64,
	RR_COUNT = 400000,
	CONN_COUNT = 50000,
	UDP_COUNT = 1000000,
	UDP_SIZE = 64,
	SIZES_COUNT = 10000,
	PORT = 80,
	PORT_FOR = 20000, /* connections: the client's ports are in TIME-WAIT */
};

static const uint64_t BULK_BYTES = UINT64_C(4) << 30;
static uint8_t buf[CHUNK];

/** struct net - Two hosts, 10.99.0.1 and 10.99.0.2, and their wire */
struct net {
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *stack[2];
	struct ostia_link *link[2];
	struct ostia_proc *proc[2];
	ostia_time now;
	uint64_t allocs, bytes;
	uint16_t port; /* of the server */
	struct ostia_recorder *recorder;
};

static void *lend(void *ctx, size_t n)
{
	struct net *net = ctx;

	net->allocs++;
	net->bytes += n;
	return malloc(n);
}

static void take_back(void *ctx, void *p, size_t n)
{
	struct net *net = ctx;

	net->bytes -= n;
	free(p);
}

static void must(const char *what, long r)
{
	if (r < 0)
		bench_die(what, r == -1 ? -errno : r);
}

static void net_host(struct net *net, int i, uint32_t mtu, uint32_t caps)
{
	const struct ostia_stack_config cfg = { .env = &net->env,
						.pool = net->pool,
						.id = (uint32_t)i + 1,
						.now = net->now };
	const struct ostia_link_config link = {
		.name = "mem0", .type = OSTIA_LINK_IP, .mtu = mtu, .caps = caps
	};

	net->env.seed[0] = (uint8_t)(i + 1);
	must("stack", ostia_stack_new(&cfg, &net->stack[i]));
	must("link", ostia_link_new(net->stack[i], &link, &net->link[i]));
	must("addr",
	     ostia_addr_add(net->link[i], i ? "10.99.0.2/24" : "10.99.0.1/24"));
	must("proc",
	     ostia_proc_new(net->stack[i], 1 << 20, NULL, NULL, &net->proc[i]));
}

static struct net *net_recorded(uint32_t mtu, uint32_t caps,
				struct ostia_recorder *recorder)
{
	struct net *net = calloc(1, sizeof(*net));

	if (!net)
		bench_die("calloc", -ENOMEM);
	net->now = OSTIA_S;
	net->port = PORT;
	net->env = (struct ostia_env) { .ctx = net,
					.alloc = lend,
					.free = take_back };
	net->recorder = recorder;
	if (recorder) {
		net->env.trace_log = ostia_recorder_log(recorder);
		if (!net->env.trace_log)
			bench_die("log", -ENOMEM);
	}
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		net->env.csum = csum_avx2;
#endif
	must("pool", ostia_pool_new(&net->env, 0, &net->pool));
	net_host(net, 0, mtu, caps);
	net_host(net, 1, mtu, caps);
	return net;
}

static struct net *net_new(uint32_t mtu, uint32_t caps)
{
	return net_recorded(mtu, caps, NULL);
}

static void net_free(struct net *net)
{
	for (int i = 0; i < 2; i++) {
		ostia_proc_free(net->proc[i]);
		ostia_stack_free(net->stack[i]);
	}
	ostia_pool_free(net->pool);
	free(net);
}

/* One way of the wire. */
static int carry(struct net *net, int from)
{
	struct ostia_pkt *batch = ostia_link_output(net->link[from], BATCH);

	if (!batch)
		return 0;
	ostia_link_input(net->link[!from], batch);
	return 1;
}

/* Time passes a little, and the wire carries what there is, once each way. */
static int turn(struct net *net)
{
	int moved;

	net->now += OSTIA_US;
	ostia_advance(net->stack[0], net->now);
	ostia_advance(net->stack[1], net->now);
	moved = carry(net, 0);
	return moved | carry(net, 1);
}

static void settle(struct net *net)
{
	while (turn(net))
		;
}

/* Nothing happens for so long: timers run at their deadlines. */
static void sleep_for(struct net *net, ostia_time ns)
{
	ostia_time until = net->now + ns;

	while (net->now < until) {
		ostia_time a = ostia_next_deadline(net->stack[0]);
		ostia_time b = ostia_next_deadline(net->stack[1]);
		ostia_time next = a < b ? a : b;

		if (next > net->now)
			net->now = next < until ? next : until;
		settle(net);
	}
}

static struct sockaddr_in host(const struct net *net, int i)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(net->port) };

	a.sin_addr.s_addr = htonl(0x0a630001u + (uint32_t)i);
	return a;
}

static int nonblocking(struct net *net, int i, int type)
{
	int fd = ostia_socket(net->proc[i], AF_INET, type | SOCK_NONBLOCK, 0);

	must("socket", fd);
	return fd;
}

static int listener(struct net *net)
{
	struct sockaddr_in a = host(net, 1);
	int fd = nonblocking(net, 1, SOCK_STREAM);

	must("bind",
	     ostia_bind(net->proc[1], fd, (struct sockaddr *)&a, sizeof(a)));
	must("listen", ostia_listen(net->proc[1], fd, 4096));
	return fd;
}

/* A connection from host 0 to host 1. */
static void connect_pair(struct net *net, int l, int fd[2])
{
	struct sockaddr_in a = host(net, 1);
	int one = 1;

	fd[0] = nonblocking(net, 0, SOCK_STREAM);
	ostia_setsockopt(net->proc[0], fd[0], IPPROTO_TCP, TCP_NODELAY, &one,
			 sizeof(one));
	if (ostia_connect(net->proc[0], fd[0], (struct sockaddr *)&a,
			  sizeof(a)) < 0 &&
	    errno != EINPROGRESS)
		bench_die("connect", -errno);
	for (int i = 0; i < 3; i++)
		turn(net);
	fd[1] = ostia_accept(net->proc[1], l, NULL, NULL);
	must("accept", fd[1]);
}

static double bulk(uint32_t mtu, uint32_t caps, uint64_t bytes)
{
	struct net *net = net_new(mtu, caps);
	int l = listener(net), fd[2];
	uint64_t got = 0;
	double t;

	connect_pair(net, l, fd);
	t = bench_now();
	while (got < bytes) {
		ssize_t n = ostia_send(net->proc[0], fd[0], buf, CHUNK, 0);

		if (n < 0 && errno != EAGAIN)
			bench_die("send", -errno);
		turn(net);
		while ((n = ostia_recv(net->proc[1], fd[1], buf, CHUNK, 0)) > 0)
			got += (uint64_t)n;
		if (n < 0 && errno != EAGAIN)
			bench_die("recv", -errno);
	}
	t = bench_now() - t;
	net_free(net);
	return (double)got / t;
}

enum {
	MEMORY = OSTIA_LINK_TSO | OSTIA_LINK_USO | OSTIA_LINK_TXCSUM |
		 OSTIA_LINK_BIGACK | OSTIA_LINK_NOCSUM
};

double bench_mem_bulk(void)
{
	return bulk(65535, MEMORY, BULK_BYTES);
}

double bench_mem_mtu1500(void)
{
	return bulk(1500, 0, BULK_BYTES / 4);
}

double bench_mem_mtu1500_nocsum(void)
{
	return bulk(1500, OSTIA_LINK_NOCSUM | OSTIA_LINK_TXCSUM,
		    BULK_BYTES / 4);
}

/* The sender's buffer is lent, the receiver looks at the bytes in place. */
double bench_mem_zerocopy(void)
{
	struct net *net = net_new(65535, MEMORY);
	int l = listener(net), fd[2];
	struct ostia_loan loan;
	struct ostia_event ev;
	uint64_t got = 0;
	double t;

	connect_pair(net, l, fd);
	t = bench_now();
	while (got < BULK_BYTES * 4) {
		ssize_t n = ostia_send_lend(net->proc[0], fd[0], buf, CHUNK, 1);

		if (n < 0 && errno != EAGAIN)
			bench_die("send_lend", -errno);
		turn(net);
		while ((n = ostia_recv_loan(net->proc[1], fd[1], &loan,
					    CHUNK)) > 0) {
			got += (uint64_t)n;
			ostia_recv_return(net->proc[1], &loan);
		}
		while (ostia_next_event(net->stack[0], &ev))
			;
	}
	t = bench_now() - t;
	net_free(net);
	return (double)got / t;
}

static void rr(struct net *net, const int fd[2], int count)
{
	for (int i = 0; i < count; i++) {
		must("send", ostia_send(net->proc[0], fd[0], buf, 1, 0));
		net->now += OSTIA_US;
		ostia_advance(net->stack[0], net->now);
		carry(net, 0);
		must("recv", ostia_recv(net->proc[1], fd[1], buf, CHUNK, 0));
		must("send", ostia_send(net->proc[1], fd[1], buf, 1, 0));
		net->now += OSTIA_US;
		ostia_advance(net->stack[1], net->now);
		carry(net, 1);
		must("recv", ostia_recv(net->proc[0], fd[0], buf, CHUNK, 0));
	}
}

static double rr_with(struct ostia_recorder *recorder)
{
	struct net *net = net_recorded(65535, MEMORY, recorder);
	int l = listener(net), fd[2];
	double t;

	connect_pair(net, l, fd);
	t = bench_now();
	rr(net, fd, RR_COUNT);
	t = bench_now() - t;
	net_free(net);
	return RR_COUNT / t;
}

double bench_mem_rr(void)
{
	return rr_with(NULL);
}

/* Into a ring of 8 MB, as networks of ostia run are. */
double bench_mem_rr_recorded(void)
{
	const struct ostia_recorder_config cfg = { .snap = 64 };
	struct ostia_recorder *r;
	double rate;

	must("recorder", ostia_recorder_new(&cfg, &r));
	rate = rr_with(r);
	ostia_recorder_free(r);
	return rate;
}

static void one_connection(struct net *net, int l)
{
	int fd[2];

	connect_pair(net, l, fd);
	must("send", ostia_send(net->proc[0], fd[0], buf, 1, 0));
	turn(net);
	must("recv", ostia_recv(net->proc[1], fd[1], buf, CHUNK, 0));
	must("close", ostia_close(net->proc[0], fd[0]));
	turn(net);
	if (ostia_recv(net->proc[1], fd[1], buf, CHUNK, 0) != 0)
		bench_die("recv after close", -errno);
	must("close", ostia_close(net->proc[1], fd[1]));
	turn(net);
}

double bench_mem_conn(void)
{
	struct net *net = net_new(65535, MEMORY);
	int l = listener(net);
	double t = bench_now();

	for (int i = 0; i < CONN_COUNT; i++) {
		if (i % PORT_FOR == PORT_FOR - 1) {
			net->port++;
			l = listener(net);
		}
		one_connection(net, l);
	}
	t = bench_now() - t;
	net_free(net);
	return CONN_COUNT / t;
}

double bench_mem_udp(void)
{
	struct net *net = net_new(65535, MEMORY);
	struct sockaddr_in a = host(net, 1);
	int s = nonblocking(net, 1, SOCK_DGRAM);
	int c = nonblocking(net, 0, SOCK_DGRAM);
	double t;

	must("bind",
	     ostia_bind(net->proc[1], s, (struct sockaddr *)&a, sizeof(a)));
	must("connect",
	     ostia_connect(net->proc[0], c, (struct sockaddr *)&a, sizeof(a)));
	t = bench_now();
	for (int i = 0; i < UDP_COUNT; i += BATCH / 2) {
		for (int k = 0; k < BATCH / 2; k++)
			must("send",
			     ostia_send(net->proc[0], c, buf, UDP_SIZE, 0));
		carry(net, 0);
		for (int k = 0; k < BATCH / 2; k++)
			must("recv",
			     ostia_recv(net->proc[1], s, buf, CHUNK, 0));
	}
	t = bench_now() - t;
	net_free(net);
	return UDP_COUNT / t;
}

/* Allocations of the environment once request-response has warmed up. */
double bench_mem_allocs(void)
{
	struct net *net = net_new(1500, 0);
	int l = listener(net), fd[2];
	uint64_t before;

	connect_pair(net, l, fd);
	rr(net, fd, 1000);
	before = net->allocs;
	rr(net, fd, 100000);
	before = net->allocs - before;
	net_free(net);
	return (double)before;
}

/* One end's bytes for each of many connections that carried a byte, and are
 * quiet since.
 */
static double idle_size(void)
{
	struct net *net = net_new(65535, MEMORY);
	int l = listener(net);
	uint64_t before = net->bytes, each;
	int(*fd)[2] = calloc(SIZES_COUNT, sizeof(*fd));

	if (!fd)
		bench_die("calloc", -ENOMEM);
	for (int i = 0; i < SIZES_COUNT; i++) {
		connect_pair(net, l, fd[i]);
		rr(net, fd[i], 1);
	}
	sleep_for(net, 10 * OSTIA_S);
	each = (net->bytes - before) / (2 * SIZES_COUNT);
	free(fd);
	net_free(net);
	return (double)each;
}

static uint64_t stack_bytes(const struct ostia_stack *s)
{
	struct ostia_usage u;

	ostia_stack_usage(s, &u);
	return u.bytes;
}

static double time_wait_size(void)
{
	struct net *net = net_new(65535, MEMORY);
	int l = listener(net);
	uint64_t before, each;

	one_connection(net, l);
	settle(net);
	before = stack_bytes(net->stack[0]);
	for (int i = 0; i < SIZES_COUNT; i++)
		one_connection(net, l);
	settle(net);
	each = (stack_bytes(net->stack[0]) - before) / SIZES_COUNT;
	net_free(net);
	return (double)each;
}

/* SYNs whose SYN-ACKs are lost: host 1 keeps half-open records. */
static double half_open_size(void)
{
	enum { COUNT = 4000 };
	struct net *net = net_new(65535, MEMORY);
	struct sockaddr_in a = host(net, 1);
	uint64_t before, each;

	must("set", ostia_stack_set(net->stack[1],
				    "net.ipv4.tcp_max_syn_backlog", "65536"));
	must("set",
	     ostia_stack_set(net->stack[1], "net.core.somaxconn", "65535"));
	listener(net);
	before = stack_bytes(net->stack[1]);
	for (int i = 0; i < COUNT; i++) {
		int fd = nonblocking(net, 0, SOCK_STREAM);

		ostia_connect(net->proc[0], fd, (struct sockaddr *)&a,
			      sizeof(a));
		net->now += OSTIA_US;
		ostia_advance(net->stack[0], net->now);
		ostia_advance(net->stack[1], net->now);
		carry(net, 0);
		ostia_pkt_free_list(ostia_link_output(net->link[1], BATCH));
	}
	each = (stack_bytes(net->stack[1]) - before) / COUNT;
	net_free(net);
	return (double)each;
}

/*
 * --- AF_UNIX: one stack, a pair ------------------------------------------
 */

static void local_pair(struct net *net, int fd[2])
{
	must("socketpair",
	     ostia_socketpair(net->proc[0], AF_UNIX,
			      SOCK_STREAM | SOCK_NONBLOCK, 0, fd));
}

double bench_mem_local_bulk(void)
{
	struct net *net = net_new(65535, MEMORY);
	uint64_t got = 0;
	int fd[2];
	double t;

	local_pair(net, fd);
	t = bench_now();
	while (got < BULK_BYTES) {
		ssize_t n = ostia_send(net->proc[0], fd[0], buf, CHUNK, 0);

		if (n < 0)
			bench_die("send", -errno);
		while ((n = ostia_recv(net->proc[0], fd[1], buf, CHUNK, 0)) > 0)
			got += (uint64_t)n;
	}
	t = bench_now() - t;
	net_free(net);
	return (double)got / t;
}

double bench_mem_local_rr(void)
{
	struct net *net = net_new(65535, MEMORY);
	int fd[2];
	double t;

	local_pair(net, fd);
	t = bench_now();
	for (int i = 0; i < RR_COUNT; i++)
		for (int side = 0; side < 2; side++) {
			must("send",
			     ostia_send(net->proc[0], fd[side], buf, 1, 0));
			must("recv", ostia_recv(net->proc[0], fd[!side], buf,
						CHUNK, 0));
		}
	t = bench_now() - t;
	net_free(net);
	return RR_COUNT / t;
}

/* Both ends and their descriptors. */
double bench_mem_local_pair(void)
{
	struct net *net = net_new(65535, MEMORY);
	uint64_t before = 0, each;
	int fd[2];

	for (int i = 0; i < SIZES_COUNT; i++) {
		if (i == SIZES_COUNT / 2)
			before = stack_bytes(net->stack[0]);
		local_pair(net, fd);
	}
	each = (stack_bytes(net->stack[0]) - before) / (SIZES_COUNT / 2);
	net_free(net);
	return (double)each;
}

/* What an open socket of a kind costs, bound to a port of its own if @bound;
 * its descriptor is counted.
 */
static double socket_size(int domain, int type, int protocol, bool bound)
{
	struct net *net = net_new(65535, MEMORY);
	struct sockaddr_storage a = { .ss_family = (sa_family_t)domain };
	uint64_t before = 0, each;

	for (int i = 0; i < 2 * SIZES_COUNT; i++) {
		int fd = ostia_socket(net->proc[0], domain, type, protocol);

		if (i == SIZES_COUNT)
			before = net->bytes;
		must("socket", fd);
		if (bound) /* each its own: any address, any port */
			must("bind",
			     ostia_bind(net->proc[0], fd, (struct sockaddr *)&a,
					sizeof(a)));
	}
	each = (net->bytes - before) / SIZES_COUNT;
	net_free(net);
	return (double)each;
}

void bench_mem_kinds(struct bench_kind *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kinds[i].bytes = socket_size(kinds[i].domain, kinds[i].type,
					     kinds[i].protocol, kinds[i].bound);
}

void bench_mem_sizes(struct bench_sizes *z)
{
	z->idle = idle_size();
	z->time_wait = time_wait_size();
	z->half_open = half_open_size();
}
