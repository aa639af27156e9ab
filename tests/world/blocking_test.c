/* SPDX-License-Identifier: MIT */
/*
 * Blocking calls between two hosts: ping, UDP, TCP, and when errors show
 */
#include "net.h"

#include <netinet/ip_icmp.h>
#include <signal.h>

static struct net net;
static struct ostia_world_proc *client, *server;
static const char *ip; /* the server's */

static void begin(const char *faults, const char *server_ip)
{
	const struct ostia_world_config cfg = { .seed = 3 };
	const struct ostia_wire_config wire = { .faults = faults };

	net = net_new(&cfg, &wire);
	client = net_proc(net.a, "client", 0);
	server = net_proc(net.b, "server", 0);
	ip = server_ip;
}

static void end(void)
{
	CHECK(!ostia_world_run(net.w, ostia_world_now(net.w) + 600 * OSTIA_S),
	      "they do not end");
	ostia_world_proc_free(client);
	ostia_world_proc_free(server);
	CHECK(!ostia_world_run_until(net.w,
				     ostia_world_now(net.w) + 2000 * OSTIA_S),
	      "rest");
	net_at_rest(net.w, net.a);
	net_at_rest(net.w, net.b);
	onlooker_free(net.w);
}

static void spawn(struct ostia_world_proc *p, int (*fn)(void *))
{
	CHECK(!ostia_task_spawn(p, fn, NULL, NULL), "spawn");
}

static uint64_t ms_now(void)
{
	return ostia_world_now(net.w) / OSTIA_MS;
}

static int connected(struct ostia_proc *p, uint16_t port)
{
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, ip, port);
	int fd = ostia_socket(p, a.ss_family, SOCK_STREAM, 0);

	CHECK(!ostia_connect(p, fd, (struct sockaddr *)&a, len), "connect: %s",
	      strerror(errno));
	return fd;
}

static int accepted(struct ostia_proc *p, uint16_t port)
{
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, ip, port);
	int fd = ostia_socket(p, a.ss_family, SOCK_STREAM, 0), s;

	CHECK(!ostia_bind(p, fd, (struct sockaddr *)&a, len) &&
		      !ostia_listen(p, fd, 1),
	      "listen: %s", strerror(errno));
	s = ostia_accept(p, fd, NULL, NULL);
	CHECK(s >= 0, "accept: %s", strerror(errno));
	ostia_close(p, fd);
	return s;
}

/* ---- ping ---- */

static int pinger(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	uint8_t echo[64] = { ICMP_ECHO }, reply[64];
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, ip, 0);
	uint64_t began;

	(void)arg;
	CHECK(fd >= 0, "ping socket: %s", strerror(errno));
	for (int i = 0; i < 3; i++) {
		echo[7] = (uint8_t)i;
		memset(echo + 8, i, 56);
		began = ms_now();
		CHECK(ostia_sendto(p, fd, echo, 64, 0, (struct sockaddr *)&a,
				   len) == 64,
		      "sendto: %s", strerror(errno));
		CHECK(ostia_recv(p, fd, reply, 64, 0) == 64, "recv: %s",
		      strerror(errno));
		CHECK(reply[0] == ICMP_ECHOREPLY && reply[7] == i &&
			      !memcmp(reply + 8, echo + 8, 56),
		      "reply %d", i);
		/* the first waits for ARP, too */
		CHECK(ms_now() - began == (i ? 40 : 80), "%llu ms",
		      (unsigned long long)(ms_now() - began));
	}
	ostia_close(p, fd);
	return 0;
}

static void ping(void)
{
	begin("delay 20ms", "10.0.0.2");
	spawn(client, pinger);
	end();
}

/* ---- UDP ---- */

static int udp_server(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(server);
	struct sockaddr_storage a, from;
	socklen_t len = net_addr(&a, ip, 53), from_len = sizeof(from);
	int fd = ostia_socket(p, a.ss_family, SOCK_DGRAM, 0);
	static char buf[20000];
	ssize_t n;

	(void)arg;
	CHECK(!ostia_bind(p, fd, (struct sockaddr *)&a, len), "bind");
	for (int i = 0; i < 2; i++) {
		n = ostia_recvfrom(p, fd, buf, sizeof(buf), 0,
				   (struct sockaddr *)&from, &from_len);
		CHECK(n > 0, "recvfrom: %s", strerror(errno));
		CHECK(ostia_sendto(p, fd, buf, (size_t)n, 0,
				   (struct sockaddr *)&from, from_len) == n,
		      "sendto: %s", strerror(errno));
	}
	ostia_close(p, fd);
	return 0;
}

static int udp_client(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	static char out[12000], in[12000];
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, ip, 53);
	int fd = ostia_socket(p, a.ss_family, SOCK_DGRAM, 0);

	(void)arg;
	memset(out, 'u', sizeof(out));
	CHECK(!ostia_connect(p, fd, (struct sockaddr *)&a, len), "connect");
	CHECK(ostia_send(p, fd, out, 100, 0) == 100, "send");
	CHECK(ostia_recv(p, fd, in, sizeof(in), 0) == 100, "recv");
	/* larger than the wire: fragments */
	CHECK(ostia_send(p, fd, out, sizeof(out), 0) == sizeof(out), "send: %s",
	      strerror(errno));
	CHECK(ostia_recv(p, fd, in, sizeof(in), 0) == sizeof(in), "recv");
	CHECK(!memcmp(in, out, sizeof(in)), "bytes");
	/* the server is gone: ICMP says so */
	ostia_task_sleep(net.w, ostia_world_now(net.w) + OSTIA_S);
	CHECK(ostia_send(p, fd, out, 1, 0) == 1, "send");
	CHECK(ostia_recv(p, fd, in, 1, 0) == -1 && errno == ECONNREFUSED,
	      "refused: %s", strerror(errno));
	ostia_close(p, fd);
	return 0;
}

static void udp(const char *server_ip)
{
	begin("delay 5ms", server_ip);
	spawn(server, udp_server);
	spawn(client, udp_client);
	end();
}

/* ---- errors of a stream ---- */

static int resetter(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(server);
	int s = accepted(p, 80);
	const struct linger now = { 1, 0 };

	(void)arg;
	ostia_task_sleep(net.w, ostia_world_now(net.w) + OSTIA_S);
	CHECK(ostia_send(p, s, "some", 4, 0) == 4, "send");
	ostia_task_sleep(net.w, ostia_world_now(net.w) + OSTIA_S);
	CHECK(!ostia_setsockopt(p, s, SOL_SOCKET, SO_LINGER, &now, sizeof(now)),
	      "linger");
	CHECK(!ostia_close(p, s), "close");
	return 0;
}

/* What was copied counts; the error is left for the next call (W2, W3). */
static int partial_sender(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	int fd = connected(p, 80);
	static char big[32 << 20];
	ssize_t n;

	(void)arg;
	n = ostia_send(p, fd, big, sizeof(big), MSG_NOSIGNAL);
	CHECK(n > 0 && n < (ssize_t)sizeof(big), "send: %zd", n);
	CHECK(ostia_send(p, fd, big, 1, MSG_NOSIGNAL) == -1 &&
		      errno == ECONNRESET,
	      "the next send: %s", strerror(errno));
	CHECK(ostia_send(p, fd, big, 1, MSG_NOSIGNAL) == -1 && errno == EPIPE,
	      "and the one after: %s", strerror(errno));
	ostia_close(p, fd);
	return 0;
}

static int partial_receiver(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	int fd = connected(p, 80);
	char buf[100];

	(void)arg;
	CHECK(ostia_recv(p, fd, buf, sizeof(buf), MSG_WAITALL) == 4, "recv");
	CHECK(ostia_recv(p, fd, buf, 1, 0) == -1 && errno == ECONNRESET,
	      "the next recv: %s", strerror(errno));
	CHECK(ostia_recv(p, fd, buf, 1, 0) == 0, "then the end: %s",
	      strerror(errno));
	ostia_close(p, fd);
	return 0;
}

static void errors(int (*who)(void *))
{
	begin("delay 5ms", "fd00::2");
	spawn(server, resetter);
	spawn(client, who);
	end();
}

/* ---- SIGPIPE ---- */

static int pipe_breaker(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	int fd = connected(p, 80);

	(void)arg;
	ostia_shutdown(p, fd, SHUT_WR);
	ostia_send(p, fd, "x", 1, 0);
	CHECK(0, "SIGPIPE did not end it");
	return 0;
}

static void sigpipe(void)
{
	int status = 0;

	begin("delay 5ms", "10.0.0.2");
	spawn(server, resetter);
	spawn(client, pipe_breaker);
	CHECK(!ostia_world_run(net.w, 60 * OSTIA_S), "run");
	CHECK(ostia_world_proc_status(client, &status) &&
		      status == 128 + SIGPIPE,
	      "status %d", status);
	end();
}

/* ---- a partition ---- */

static int patient(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(client);
	int fd = connected(p, 80);
	char c;

	(void)arg;
	CHECK(!ostia_wire_cut_at(net.wire, OSTIA_WIRE_BOTH,
				 ostia_world_now(net.w) + OSTIA_MS),
	      "cut");
	ostia_task_sleep(net.w, ostia_world_now(net.w) + 2 * OSTIA_MS);
	CHECK(ostia_send(p, fd, "x", 1, 0) == 1, "send");
	/* as on Linux: the neighbour failed meanwhile, and that is the reason
	 * given in place of ETIMEDOUT
	 */
	CHECK(ostia_recv(p, fd, &c, 1, 0) == -1 && errno == EHOSTUNREACH,
	      "recv: %s", strerror(errno));
	/* tcp_retries2 = 15: 924.6 s or a little more */
	CHECK(ms_now() > 920000 && ms_now() < 1100000, "after %llu ms",
	      (unsigned long long)ms_now());
	ostia_close(p, fd);
	return 0;
}

static int lonely(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(server);
	int s = accepted(p, 80);
	char c;

	(void)arg;
	(void)ostia_recv(p, s, &c, 1, 0); /* never hears of it */
	return 0;
}

static void partition(void)
{
	begin("delay 5ms", "10.0.0.2");
	spawn(server, lonely);
	spawn(client, patient);
	CHECK(ostia_world_run(net.w, 3600 * OSTIA_S) < 0, "it heard");
	ostia_world_proc_exit(server, 0);
	ostia_wire_heal(net.wire, OSTIA_WIRE_BOTH);
	end();
}

int main(int argc, char **argv)
{
	(void)argc;
	witness_begin(argv, net_case);
	ping();
	udp("10.0.0.2");
	udp("fd00::2");
	errors(partial_sender);
	errors(partial_receiver);
	sigpipe();
	partition();
	return 0;
}
