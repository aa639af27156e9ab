/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_paths.c - a long path that loses: ours and Linux's TCP (X7)
 *
 * Two network namespaces, a TAP in each, and between the TAPs a wire of a
 * world that follows the clock: it delays by half of 20 ms each way, and drops.
 * An end is the kernel behind its TAP, or a stack on the wire itself. The wire
 * takes super-segments, and where it loses it splits them first: each segment
 * has a fate of its own. Fates depend on seed, addresses, ports and a flow's
 * own count alone, which are those of all three kinds of a run: the n-th
 * packet of a flow is lost for all of them or for none.
 *
 * The wire has a rate, far above what is measured, so that packets arrive one
 * after the other, as they do on any wire. In one instant they would be one
 * batch, for which our receiver sends one ACK, as after a network card that
 * joins them (GRO); the kernel behind a TAP gets them one by one.
 *
 * Where there is loss several connections stand side by side. Nothing is
 * short but windows, so they do not disturb each other, and their sum is
 * steadier than one. Both ends have the same limits for their windows. The
 * connections stand before anything is lost, and then send for a fixed time,
 * after two seconds in which slow start ends and windows become what the loss
 * allows: before, one early loss decides.
 *
 * An end of ours lives in the world's time, which is exact; the kernel's in
 * real time, and waits whenever this process does. On a busy machine that adds
 * a quarter to the round trip from kernel to kernel, and less where an end is
 * ours. What a TCP chooses is its window: so rates are what the windows would
 * give in 20 ms, by the round trip that the sender measured meanwhile.
 */
#include "cli/bench.h"
#include "os/driver.h"
#include "world/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/socket.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHUNK = 65536,
	FLOWS = 8,
	PORT = 5000,
	QUEUE = 20000, /* packets that a TAP keeps: it shall drop none */
	BATCH = 64,
	WAIT_MAX_MS = 100,
	SETTLE_S = 2,
	RTT_US = 20000,
	PATIENCE_S = 20, /* until all are connected; until a byte comes */
};

static const char device[] = "opath0";
static const char delay[] = "delay 10ms rate 10gbit limit 20000";
static const char rmem[] = "4096 131072 6291456";
static const char wmem[] = "4096 16384 4194304";
static double seconds;
static uint8_t buf[CHUNK];

/**
 * struct end - One of two hosts
 * @tap:    the kernel's; NULL: ours
 * @host:   its node: the kernel's sees no packet, it only stands for the TAP
 * @proc:   ours: the process
 * @listener, @fd: sockets, of the kernel or of @proc
 */
struct end {
	struct path *path;
	unsigned side;
	struct driver *tap;
	struct ostia_node *host;
	struct ostia_proc *proc;
	int listener, fd[FLOWS];
	unsigned n;
};

/** struct path - Two ends, end[0] sends to end[1] */
struct path {
	struct ostia_world *world;
	struct ostia_wire *wire;
	struct end end[2];
	unsigned flows;
	double began;
	double rtt_s; /* sum of @rtts that the sender was asked for */
	unsigned rtts;
};

static int must(const char *what, long r)
{
	if (r < 0)
		bench_die(what, -errno);
	return (int)r;
}

static void must_not(const char *what, int err)
{
	if (err < 0)
		bench_die(what, err);
}

static struct sockaddr_in address(unsigned side, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(0x0a630701 + side);
	return a;
}

/* --- the kernel's end --------------------------------------------------- */

static void sysctl(const char *path, const char *value)
{
	int fd = must(path, open(path, O_WRONLY | O_CLOEXEC));

	must(path, write(fd, value, strlen(value)));
	close(fd);
}

/* The same that a stack of ours begins with. */
static void kernel_settings(void)
{
	sysctl("/proc/sys/net/ipv4/tcp_rmem", rmem);
	sysctl("/proc/sys/net/ipv4/tcp_wmem", wmem);
	sysctl("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
	if (access("/proc/sys/net/ipv6", F_OK) == 0)
		sysctl("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

static void set_address(int s, unsigned long what, struct sockaddr_in a)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, device, sizeof(device));
	memcpy(&r.ifr_addr, &a, sizeof(a));
	must("address of the TAP", ioctl(s, what, &r));
}

static void kernel_device(unsigned side)
{
	int s = must("socket", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct sockaddr_in mask = address(0, 0);
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, device, sizeof(device));
	r.ifr_qlen = QUEUE;
	must("queue of the TAP", ioctl(s, SIOCSIFTXQLEN, &r));
	mask.sin_addr.s_addr = htonl(0xffffff00);
	set_address(s, SIOCSIFADDR, address(side, 0));
	set_address(s, SIOCSIFNETMASK, mask);
	must("flags", ioctl(s, SIOCGIFFLAGS, &r));
	r.ifr_flags |= IFF_UP;
	must("up", ioctl(s, SIOCSIFFLAGS, &r));
	close(s);
}

/* What came over the wire is the kernel's; a full one drops as a card does. */
static int to_kernel(void *ctx, struct ostia_link *link, struct ostia_pkt *p)
{
	struct end *e = ctx;

	(void)link;
	(void)e->tap->ops->write(e->tap, p);
	pkt_free(p);
	return 1;
}

static void kernel_new(struct end *e)
{
	char why[256] = "";
	struct driver_open o = { .pool = ostia_world_pool(e->path->world),
				 .name = device,
				 .ethernet = true,
				 .offload = true,
				 .why = why,
				 .why_size = sizeof(why) };

	must("a network namespace", unshare(CLONE_NEWNET));
	must_not(why, tap_open(&o, &e->tap));
	kernel_settings();
	kernel_device(e->side);
	ostia_host_on_packet(e->host, to_kernel, e);
}

/* Where its headers end, which the kernel leaves to be found. */
static void find_headers(struct ostia_pkt *p)
{
	const uint8_t *doff;

	p->l3 = 14;
	if (p->csum != OSTIA_CSUM_PARTIAL)
		return;
	doff = pkt_peek(p, p->l4 + 12u, 1);
	if (doff)
		p->data = (uint16_t)(p->l4 + (*doff >> 4) * 4);
}

static void from_kernel(struct end *e)
{
	struct ostia_pkt *p, *next;
	int n;

	do {
		n = e->tap->ops->read(e->tap, &p, BATCH);
		must_not("read of the TAP", n);
		for (; p; p = next) {
			next = p->next;
			p->next = NULL;
			find_headers(p);
			world_wire_send(&e->path->wire->end[e->side], p);
		}
	} while (n == BATCH);
}

/* --- either end --------------------------------------------------------- */

static int end_socket(struct end *e, unsigned port)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port) };
	const struct sockaddr *sa = (const struct sockaddr *)&a;
	int type = SOCK_STREAM | SOCK_NONBLOCK, fd;

	if (e->tap) {
		fd = must("socket", socket(AF_INET, type, 0));
		must("cubic",
		     setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5));
		must("bind", bind(fd, sa, sizeof(a)));
		return fd;
	}
	fd = must("socket", ostia_socket(e->proc, AF_INET, type, 0));
	must("cubic", ostia_setsockopt(e->proc, fd, IPPROTO_TCP, TCP_CONGESTION,
				       "cubic", 5));
	must("bind", ostia_bind(e->proc, fd, sa, sizeof(a)));
	return fd;
}

static void end_listen(struct end *e)
{
	e->listener = end_socket(e, PORT);
	must("listen", e->tap ? listen(e->listener, FLOWS)
			      : ostia_listen(e->proc, e->listener, FLOWS));
}

static void end_connect(struct end *e)
{
	const struct sockaddr_in a = address(!e->side, PORT);
	const struct sockaddr *sa = (const struct sockaddr *)&a;

	for (; e->n < e->path->flows; e->n++) {
		int fd = end_socket(e, PORT + 1 + e->n), r;

		r = e->tap ? connect(fd, sa, sizeof(a))
			   : ostia_connect(e->proc, fd, sa, sizeof(a));
		if (r < 0 && errno != EINPROGRESS)
			bench_die("connect", -errno);
		e->fd[e->n] = fd;
	}
}

static void end_accept(struct end *e)
{
	while (e->n < e->path->flows) {
		int fd =
			e->tap ? accept4(e->listener, NULL, NULL, SOCK_NONBLOCK)
			       : ostia_accept4(e->proc, e->listener, NULL, NULL,
					       SOCK_NONBLOCK);

		if (fd < 0 && errno == EAGAIN)
			return;
		e->fd[e->n++] = must("accept", fd);
	}
}

static ssize_t end_send(struct end *e, int fd)
{
	return e->tap ? send(fd, buf, CHUNK, 0)
		      : ostia_send(e->proc, fd, buf, CHUNK, 0);
}

static ssize_t end_recv(struct end *e, int fd)
{
	return e->tap ? recv(fd, NULL, 1 << 20, MSG_TRUNC)
		      : ostia_recv(e->proc, fd, NULL, 1 << 20, MSG_TRUNC);
}

/* The sender's smoothed round trips */
static void ask_rtt(struct path *p)
{
	struct end *e = &p->end[0];

	for (unsigned i = 0; i < e->n; i++) {
		struct tcp_info t = { 0 };
		socklen_t len = sizeof(t);

		must("TCP_INFO",
		     e->tap ? getsockopt(e->fd[i], IPPROTO_TCP, TCP_INFO, &t,
					 &len)
			    : ostia_getsockopt(e->proc, e->fd[i], IPPROTO_TCP,
					       TCP_INFO, &t, &len));
		p->rtt_s += t.tcpi_rtt / 1e6;
		p->rtts++;
	}
}

/* Do it with each until it would block. Return: bytes. */
static uint64_t end_each(struct end *e, ssize_t (*what)(struct end *, int))
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < e->n; i++) {
		ssize_t n;

		while ((n = what(e, e->fd[i])) > 0)
			sum += (uint64_t)n;
		if (n < 0 && errno != EAGAIN && errno != ENOBUFS)
			bench_die("a connection on the path", -errno);
	}
	return sum;
}

static void end_advance(struct end *e)
{
	if (!e->tap)
		ostia_advance(ostia_host_stack(e->host),
			      ostia_world_now(e->path->world));
}

/* --- the path ----------------------------------------------------------- */

static ostia_time path_clock(const struct path *p)
{
	return (ostia_time)((bench_now() - p->began) * 1e9);
}

/* Until something comes from a TAP, a socket of the kernel's is ready, or the
 * world has something to do.
 */
static void path_wait(struct path *p)
{
	struct pollfd fds[2 * (FLOWS + 1)];
	ostia_time next = ostia_world_next(p->world), now = path_clock(p);
	ostia_time most = now + WAIT_MAX_MS * OSTIA_MS;
	struct timespec ts = { 0 };
	nfds_t n = 0;

	if (next > most)
		next = most;
	if (next > now)
		ts.tv_nsec = (long)(next - now);
	for (unsigned side = 0; side < 2; side++) {
		const struct end *e = &p->end[side];

		if (!e->tap)
			continue;
		fds[n++] =
			(struct pollfd) { .fd = e->tap->fd, .events = POLLIN };
		for (unsigned i = 0; i < e->n; i++)
			fds[n++] = (struct pollfd) {
				.fd = e->fd[i],
				.events = side ? POLLIN : POLLOUT,
			};
	}
	must_not("poll",
		 ppoll(fds, n, &ts, NULL) < 0 && errno != EINTR ? -errno : 0);
}

/* One turn of everything. Return: bytes that the receiver took. */
static uint64_t path_turn(struct path *p, bool sending)
{
	uint64_t got;

	must_not("the world", ostia_world_advance(p->world, path_clock(p)));
	for (unsigned side = 0; side < 2; side++) {
		end_advance(&p->end[side]);
		if (p->end[side].tap)
			from_kernel(&p->end[side]);
	}
	end_accept(&p->end[1]);
	got = end_each(&p->end[1], end_recv);
	if (sending)
		end_each(&p->end[0], end_send);
	for (unsigned side = 0; side < 2; side++)
		if (!p->end[side].tap)
			ostia_host_kick(p->end[side].host);
	path_wait(p);
	return got;
}

static void end_new(struct path *p, unsigned side, bool ours)
{
	const struct ostia_setting settings[] = {
		{ "net.ipv4.tcp_rmem", rmem },
		{ "net.ipv4.tcp_wmem", wmem },
		{ "net.ipv4.tcp_no_metrics_save", "1" },
	};
	struct end *e = &p->end[side];

	e->path = p;
	e->side = side;
	must_not("a host", ostia_host_new(p->world, side ? "b" : "a", settings,
					  ours ? 3 : 0, &e->host));
	if (ours)
		must_not("a process", ostia_proc_new(ostia_host_stack(e->host),
						     0, NULL, NULL, &e->proc));
	else
		kernel_new(e);
}

/* A kernel's sockets are of the namespace that was made last: the listener's
 * end comes first, the other's connections when its own stands.
 */
static void path_new(struct path *p, const struct bench_path *b)
{
	const struct ostia_world_config cfg = { .seed = b->seed };
	const struct ostia_wire_config wire = { .offload = 1, .faults = delay };

	*p = (struct path) { .flows = *b->loss ? FLOWS : 1,
			     .began = bench_now() };
	must_not("a world", ostia_world_new(&cfg, &p->world));
	end_new(p, 1, b->to_ours);
	end_listen(&p->end[1]);
	end_new(p, 0, b->from_ours);
	must_not("a wire", ostia_wire_new(p->world, &wire, p->end[0].host,
					  p->end[1].host, &p->wire));
	if (b->from_ours)
		must_not("an address",
			 ostia_wire_addr(p->wire, 0, "10.99.7.1/24"));
	if (b->to_ours)
		must_not("an address",
			 ostia_wire_addr(p->wire, 1, "10.99.7.2/24"));
}

static void path_connect(struct path *p)
{
	end_connect(&p->end[0]);
	while (p->end[1].n < p->flows) {
		path_turn(p, false);
		if (bench_now() > p->began + PATIENCE_S)
			bench_die("connections on the path", -ETIMEDOUT);
	}
}

/* Until then. Return: bytes that came. */
static uint64_t path_send(struct path *p, double until)
{
	uint64_t got = 0;

	while (bench_now() < until)
		got += path_turn(p, true);
	return got;
}

/* For the time of a measurement, and until a byte comes. Return: bytes a
 * second, if round trips took 20 ms.
 */
static double path_rate(struct path *p)
{
	double t = bench_now(), took;
	uint64_t got = 0;

	do {
		got += path_send(p, bench_now() + RTT_US / 1e6);
		ask_rtt(p);
		took = bench_now() - t;
	} while (took < seconds || (!got && took < PATIENCE_S));
	return (double)got / took * (p->rtt_s / p->rtts) / (RTT_US / 1e6);
}

static double path_measure(const struct bench_path *b)
{
	struct path p;
	char faults[64];

	path_new(&p, b);
	path_connect(&p);
	snprintf(faults, sizeof(faults), "%s%s%s", delay,
		 *b->loss ? " loss " : "", b->loss);
	must_not(faults,
		 ostia_wire_faults(p.wire, OSTIA_WIRE_BOTH, faults, NULL, 0));
	path_send(&p, bench_now() + SETTLE_S);
	return path_rate(&p);
}

void bench_paths_time(unsigned ms)
{
	seconds = ms / 1e3;
}

/* In a child, whose networks go with it. */
double bench_path(const struct bench_path *b)
{
	double result = 0;
	int sv[2], status;
	pid_t pid;

	must("pipe", pipe(sv));
	fflush(NULL);
	pid = must("fork", fork());
	if (pid == 0) {
		result = path_measure(b);
		_exit(write(sv[1], &result, sizeof(result)) != sizeof(result));
	}
	close(sv[1]);
	if (read(sv[0], &result, sizeof(result)) != sizeof(result))
		result = 0;
	close(sv[0]);
	must("waitpid", waitpid(pid, &status, 0));
	if (status)
		bench_die("a path", -EIO);
	return result;
}
