/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_tap.c - ours over a TAP, beside the bare driver
 *
 * The kernel is at the other end, MTU 1500, one thread both ends. The bare
 * driver speaks just enough TCP to keep the kernel's socket going: frames are
 * ready made, nothing is copied, queued or remembered. Both work for a fixed
 * time in a network namespace of a child's, which goes with it.
 */
#include "cli/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <ostia/runtime.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHUNK = 65536,
	MSS = 1460,
	SUPER = 44 * MSS, /* payload of a frame of the bare driver's */
	FRAME_MAX = 65600,
	HEADERS = 14 + 20 + 20,
	KERNEL_PORT = 80,
	RAW_PORT = 1000,
	BACKLOG = 4,
};

static const char device[] = "obench0";
static const double seconds = 0.4;
static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 2 };
static uint8_t buf[CHUNK];

static int must(const char *what, long r)
{
	if (r < 0)
		bench_die(what, -errno);
	return (int)r;
}

/* --- the kernel's end --------------------------------------------------- */

static struct sockaddr_in address(uint32_t last, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(0x0a630000u + last);
	return a;
}

static void set_address(int s, unsigned long what, uint32_t addr)
{
	struct ifreq r = { 0 };
	struct sockaddr_in a = address(0, 0);

	a.sin_addr.s_addr = htonl(addr);
	memcpy(r.ifr_name, device, sizeof(device));
	memcpy(&r.ifr_addr, &a, sizeof(a));
	must("address of the TAP", ioctl(s, what, &r));
}

/* 10.99.0.1/24 on the device, up; 10.99.0.2 has our_mac. */
static void configure(uint8_t kernel_mac[6])
{
	int s = must("socket", socket(AF_INET, SOCK_DGRAM, 0));
	struct sockaddr_in a = address(2, 0);
	struct ifreq r = { 0 };
	struct arpreq arp = { .arp_flags = ATF_PERM | ATF_COM };

	set_address(s, SIOCSIFADDR, 0x0a630001);
	set_address(s, SIOCSIFNETMASK, 0xffffff00);
	memcpy(r.ifr_name, device, sizeof(device));
	must("flags", ioctl(s, SIOCGIFFLAGS, &r));
	r.ifr_flags |= IFF_UP;
	must("up", ioctl(s, SIOCSIFFLAGS, &r));
	must("hardware address", ioctl(s, SIOCGIFHWADDR, &r));
	memcpy(kernel_mac, r.ifr_hwaddr.sa_data, 6);
	memcpy(&arp.arp_pa, &a, sizeof(a));
	arp.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(arp.arp_ha.sa_data, our_mac, 6);
	memcpy(arp.arp_dev, device, sizeof(device));
	must("neighbour", ioctl(s, SIOCSARP, &arp));
	close(s);
}

static int kernel_listener(void)
{
	struct sockaddr_in a = address(1, KERNEL_PORT);
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	must("bind", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	must("listen", listen(fd, BACKLOG));
	return fd;
}

static int kernel_accept(int l)
{
	int fd = must("accept", accept4(l, NULL, NULL, SOCK_NONBLOCK));
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Take what is there; the bytes themselves nobody wants. */
static size_t kernel_drain(int fd)
{
	size_t sum = 0;
	ssize_t n;

	while ((n = recv(fd, NULL, 1 << 20, MSG_TRUNC)) > 0)
		sum += (size_t)n;
	return sum;
}

static void kernel_fill(int fd)
{
	while (send(fd, buf, CHUNK, 0) > 0)
		;
}

/* --- the bare driver ---------------------------------------------------- */

/** struct frame - What is written, and read */
struct frame {
	struct virtio_net_hdr v;
	uint8_t b[FRAME_MAX];
};

/** struct raw - One connection, of which the least possible is known */
struct raw {
	int fd, kernel;
	uint8_t mac[6];
	uint32_t nxt, una, wnd, rcv_nxt;
	unsigned scale;
	struct frame out, in;
};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void ip_sum(uint8_t *ip)
{
	uint32_t sum = 0;

	put16(ip + 10, 0);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

static void raw_headers(struct raw *r)
{
	uint8_t *b = r->out.b;

	memcpy(b, r->mac, 6);
	memcpy(b + 6, our_mac, 6);
	put16(b + 12, 0x0800);
	b[14] = 0x45;
	b[20] = 0x40; /* do not fragment */
	b[22] = 64;
	b[23] = IPPROTO_TCP;
	put32(b + 26, 0x0a630002);
	put32(b + 30, 0x0a630001);
	put16(b + 34, RAW_PORT);
	put16(b + 36, KERNEL_PORT);
	put16(b + 48, 65535);
}

/* The checksum is never read: it is promised to be completed. */
static void raw_write(struct raw *r, uint8_t flags, unsigned opts, unsigned len)
{
	uint8_t *b = r->out.b;
	size_t all = HEADERS + opts + len;
	const struct iovec iov[2] = { { &r->out.v, sizeof(r->out.v) },
				      { b, all } };

	r->out.v = (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.hdr_len = (uint16_t)(HEADERS + opts),
		.csum_start = 34,
		.csum_offset = 16,
	};
	if (len > MSS) {
		r->out.v.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		r->out.v.gso_size = MSS;
	}
	put16(b + 16, (unsigned)all - 14);
	ip_sum(b + 14);
	put32(b + 38, r->nxt);
	put32(b + 42, r->rcv_nxt);
	b[46] = (uint8_t)((20 + opts) / 4 << 4);
	b[47] = flags;
	must("write to the TAP", writev(r->fd, iov, 2));
	r->nxt += len;
}

/* The next frame of the connection, if there is one. Return: whether; and
 * bytes of payload.
 */
static bool raw_read(struct raw *r, unsigned *len)
{
	const uint8_t *b = r->in.b;
	ssize_t n;

	do {
		n = read(r->fd, &r->in, sizeof(r->in));
		if (n < 0)
			return false;
	} while (b[12] != 8 || b[13] != 0 || b[23] != IPPROTO_TCP);
	*len = ((unsigned)b[16] << 8 | b[17]) - 20u - (b[46] >> 4) * 4u;
	r->una = get32(b + 42);
	r->wnd = ((uint32_t)b[48] << 8 | b[49]) << r->scale;
	return true;
}

static unsigned scale_of(const uint8_t *opt, const uint8_t *end)
{
	while (opt < end && *opt) {
		if (*opt == TCPOPT_NOP) {
			opt++;
			continue;
		}
		if (opt + 2 >= end || !opt[1])
			break;
		if (*opt == TCPOPT_WINDOW)
			return opt[2];
		opt += opt[1];
	}
	return 0;
}

static void raw_connect(struct raw *r, int l)
{
	static const uint8_t opts[8] = {
		2, 4, MSS >> 8, MSS & 255, 1, 3, 3, 7
	};
	uint8_t *b = r->out.b;
	unsigned len;

	r->nxt = 1000;
	memcpy(b + HEADERS, opts, sizeof(opts));
	raw_write(r, TH_SYN, sizeof(opts), 0);
	r->nxt++;
	while (!raw_read(r, &len) || r->in.b[47] != (TH_SYN | TH_ACK))
		;
	b = r->in.b;
	r->rcv_nxt = get32(b + 38) + 1;
	r->scale = scale_of(b + HEADERS, b + 34 + (b[46] >> 4) * 4);
	raw_write(r, TH_ACK, 0, 0);
	r->kernel = kernel_accept(l);
}

static int open_tap(void)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd =
		must("/dev/net/tun", open("/dev/net/tun", O_RDWR | O_NONBLOCK));

	memcpy(r.ifr_name, device, sizeof(device));
	must("TAP", ioctl(fd, TUNSETIFF, &r));
	must("offload",
	     ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6));
	return fd;
}

static struct raw *raw_new(void)
{
	struct raw *r = calloc(1, sizeof(*r));

	if (!r)
		bench_die("calloc", -ENOMEM);
	r->fd = open_tap();
	configure(r->mac);
	raw_headers(r);
	raw_connect(r, kernel_listener());
	return r;
}

static double raw_out(void)
{
	struct raw *r = raw_new();
	double t = bench_now(), end = t + seconds;
	size_t got = 0;
	unsigned len;

	r->una = r->nxt;
	r->wnd = SUPER;
	while (bench_now() < end) {
		while (r->nxt + SUPER - r->una <= r->wnd)
			raw_write(r, TH_ACK | TH_PUSH, 0, SUPER);
		got += kernel_drain(r->kernel);
		while (raw_read(r, &len))
			;
	}
	return (double)got / (bench_now() - t);
}

static double raw_in(void)
{
	struct raw *r = raw_new();
	double t = bench_now(), end = t + seconds;
	size_t got = 0;
	unsigned len;

	while (bench_now() < end) {
		kernel_fill(r->kernel);
		while (raw_read(r, &len)) {
			r->rcv_nxt += len;
			got += len;
			if (len)
				raw_write(r, TH_ACK, 0, 0);
		}
	}
	return (double)got / (bench_now() - t);
}

static double raw_rr(void)
{
	struct raw *r = raw_new();
	double t = bench_now(), end = t + seconds;
	size_t count = 0;
	unsigned len;

	for (; bench_now() < end; count++) {
		must("send", send(r->kernel, buf, 1, 0));
		while (!raw_read(r, &len) || !len)
			;
		r->rcv_nxt += len;
		raw_write(r, TH_ACK | TH_PUSH, 0, 1);
		must("recv", recv(r->kernel, buf, CHUNK, 0));
	}
	return (double)count / (bench_now() - t);
}

/* --- ours --------------------------------------------------------------- */

/** struct ours - A runtime on the TAP, and a connection to the kernel */
struct ours {
	struct ostia_runtime *rt;
	struct ostia_proc *p;
	int fd, kernel;
};

static void ours_start(struct ours *o)
{
	const struct ostia_runtime_config cfg = {
		.net = "tap=obench0 addr=10.99.0.2/24 mac=02:00:00:00:00:02"
	};
	struct sockaddr_in a = address(1, KERNEL_PORT);
	uint8_t mac[6];
	char why[256];
	int l;
	int err = ostia_runtime_new(&cfg, &o->rt, why, sizeof(why));

	if (err)
		bench_die(why, err);
	configure(mac);
	l = kernel_listener();
	o->p = ostia_runtime_proc(o->rt);
	o->fd = must("socket", ostia_socket(o->p, AF_INET, SOCK_STREAM, 0));
	must("connect",
	     ostia_connect(o->p, o->fd, (struct sockaddr *)&a, sizeof(a)));
	o->kernel = kernel_accept(l);
}

/* Let the stack take what the device has, until the socket is ready. */
static void ours_wait(const struct ours *o, short events)
{
	struct pollfd p = { .fd = o->fd, .events = events };

	must("poll", ostia_poll(o->p, &p, 1, 100));
}

static ssize_t lend(const struct ours *o)
{
	struct ostia_event ev;

	while (ostia_runtime_event(o->rt, &ev))
		;
	return ostia_send_lend(o->p, o->fd, buf, CHUNK, 1);
}

static double ours_send(bool zero_copy)
{
	struct ours o;
	double t, end;
	size_t got = 0;

	ours_start(&o);
	ostia_fcntl(o.p, o.fd, F_SETFL, O_NONBLOCK);
	t = bench_now();
	for (end = t + seconds; bench_now() < end;) {
		ssize_t n = zero_copy ? lend(&o)
				      : ostia_send(o.p, o.fd, buf, CHUNK, 0);

		got += kernel_drain(o.kernel);
		if (n < 0 && errno != EAGAIN && errno != ENOBUFS)
			bench_die("send", -errno);
		if (n < 0)
			ours_wait(&o, POLLOUT);
	}
	return (double)got / (bench_now() - t);
}

static double ours_out(void)
{
	return ours_send(false);
}

static double ours_lend(void)
{
	return ours_send(true);
}

static double ours_in(void)
{
	struct ours o;
	double t, end;
	size_t got = 0;

	ours_start(&o);
	ostia_fcntl(o.p, o.fd, F_SETFL, O_NONBLOCK);
	t = bench_now();
	for (end = t + seconds; bench_now() < end;) {
		ssize_t n;

		kernel_fill(o.kernel);
		ours_wait(&o, POLLIN);
		while ((n = ostia_recv(o.p, o.fd, buf, CHUNK, 0)) > 0)
			got += (size_t)n;
	}
	return (double)got / (bench_now() - t);
}

static double ours_rr(void)
{
	struct ours o;
	double t, end;
	size_t count = 0;
	int one = 1;

	ours_start(&o);
	ostia_setsockopt(o.p, o.fd, IPPROTO_TCP, TCP_NODELAY, &one,
			 sizeof(one));
	t = bench_now();
	for (end = t + seconds; bench_now() < end; count++) {
		must("send", send(o.kernel, buf, 1, 0));
		must("recv", ostia_recv(o.p, o.fd, buf, CHUNK, 0));
		must("send", ostia_send(o.p, o.fd, buf, 1, 0));
		must("recv", recv(o.kernel, buf, CHUNK, 0));
	}
	return (double)count / (bench_now() - t);
}

/* --- in a namespace ----------------------------------------------------- */

static void child(double (*work)(void), int out)
{
	double result;

	must("a network namespace", unshare(CLONE_NEWNET));
	result = work();
	_exit(write(out, &result, sizeof(result)) != sizeof(result));
}

/* A child's network goes with it. Return: 0 when it failed, and said so. */
static double in_namespace(double (*work)(void))
{
	double result = 0;
	int sv[2], status;
	pid_t pid;

	must("pipe", pipe(sv));
	fflush(NULL);
	pid = must("fork", fork());
	if (pid == 0)
		child(work, sv[1]);
	close(sv[1]);
	if (read(sv[0], &result, sizeof(result)) != sizeof(result))
		result = 0;
	close(sv[0]);
	waitpid(pid, &status, 0);
	return result;
}

bool bench_tap_possible(void)
{
	return geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0;
}

double bench_tap_out(void)
{
	return in_namespace(ours_out);
}

double bench_tap_lend(void)
{
	return in_namespace(ours_lend);
}

double bench_tap_in(void)
{
	return in_namespace(ours_in);
}

double bench_tap_rr(void)
{
	return in_namespace(ours_rr);
}

double bench_tap_raw_out(void)
{
	return in_namespace(raw_out);
}

double bench_tap_raw_in(void)
{
	return in_namespace(raw_in);
}

double bench_tap_raw_rr(void)
{
	return in_namespace(raw_rr);
}
