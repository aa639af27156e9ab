/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_lwip.c - lwIP on a memory wire: bench-lwip P3 | P4 | P8
 *
 * A program of its own, so that the command needs no lwIP: `ostia bench` runs
 * it where it finds it beside itself, and reads one number per second. Raw
 * API, both ends in one stack and one thread, two interfaces whose wire copies
 * packets (lwIP's own loopback does), checksums on, MTU 1500. Debian's library
 * has windows of 64 KB.
 */
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CHUNK = 65536, QUEUE = 4096, PORT = 7, UDP_SIZE = 64 };

static const double seconds = 0.4;

/** struct wire_end - An interface, and packets on their way to it */
static struct wire_end {
	struct netif netif;
	struct pbuf *q[QUEUE];
	unsigned head, tail;
} ends[2];

static struct tcp_pcb *server;
static uint64_t got, answers;
static uint8_t buf[CHUNK];
static bool echoes;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static err_t output(struct netif *n, struct pbuf *p, const ip4_addr_t *to)
{
	struct wire_end *peer = &ends[n == &ends[0].netif];
	struct pbuf *copy;

	(void)to;
	if (peer->tail - peer->head == QUEUE)
		return ERR_MEM;
	copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
	if (!copy)
		return ERR_MEM;
	peer->q[peer->tail++ % QUEUE] = copy;
	return ERR_OK;
}

static err_t init(struct netif *n)
{
	n->name[0] = 'm';
	n->name[1] = 'w';
	n->mtu = 1500;
	n->output = output;
	return ERR_OK;
}

static void pump(void)
{
	bool any = true;

	while (any) {
		any = false;
		for (int i = 0; i < 2; i++) {
			struct wire_end *e = &ends[i];

			while (e->head != e->tail) {
				any = true;
				ip_input(e->q[e->head++ % QUEUE], &e->netif);
			}
		}
	}
}

static err_t on_server(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t e)
{
	(void)arg;
	(void)e;
	if (!p)
		return ERR_OK;
	got += p->tot_len;
	pbuf_copy_partial(p, buf, p->tot_len, 0);
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	if (echoes) {
		tcp_write(pcb, buf, 1, TCP_WRITE_FLAG_COPY);
		tcp_output(pcb);
	}
	return ERR_OK;
}

static err_t on_client(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t e)
{
	(void)arg;
	(void)e;
	if (!p)
		return ERR_OK;
	pbuf_copy_partial(p, buf, p->tot_len, 0);
	answers++;
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t e)
{
	(void)arg;
	(void)e;
	server = pcb;
	tcp_nagle_disable(pcb);
	tcp_recv(pcb, on_server);
	return ERR_OK;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t e)
{
	(void)arg;
	(void)pcb;
	return e;
}

static struct tcp_pcb *connect_pair(void)
{
	struct tcp_pcb *l = tcp_new(), *c = tcp_new();

	if (!l || !c ||
	    tcp_bind(l, netif_ip_addr4(&ends[1].netif), PORT) != ERR_OK)
		return NULL;
	/* Each by its own interface, or the stack would short-circuit them. */
	tcp_bind_netif(l, &ends[1].netif);
	tcp_bind_netif(c, &ends[0].netif);
	l = tcp_listen(l);
	tcp_accept(l, on_accept);
	tcp_nagle_disable(c);
	tcp_recv(c, on_client);
	tcp_bind(c, netif_ip_addr4(&ends[0].netif), 0);
	tcp_connect(c, netif_ip_addr4(&ends[1].netif), PORT, on_connected);
	pump();
	return server ? c : NULL;
}

static double bulk(void)
{
	struct tcp_pcb *c = connect_pair();
	double t = now();

	if (!c)
		return 0;
	while (now() < t + seconds) {
		u16_t room = tcp_sndbuf(c) < UINT16_MAX ? (u16_t)tcp_sndbuf(c)
							: UINT16_MAX;

		if (room)
			tcp_write(c, buf, room, TCP_WRITE_FLAG_COPY);
		tcp_output(c);
		pump();
		if (!room)
			sys_check_timeouts();
	}
	return (double)got / (now() - t);
}

static double request_response(void)
{
	struct tcp_pcb *c = connect_pair();
	double t = now();

	if (!c)
		return 0;
	echoes = true;
	while (now() < t + seconds) {
		tcp_write(c, buf, 1, TCP_WRITE_FLAG_COPY);
		tcp_output(c);
		pump();
	}
	return (double)answers / (now() - t);
}

static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p,
			const ip_addr_t *from, u16_t port)
{
	(void)arg;
	(void)pcb;
	(void)from;
	(void)port;
	pbuf_copy_partial(p, buf, p->tot_len, 0);
	got++;
	pbuf_free(p);
}

static double datagrams(void)
{
	struct udp_pcb *s = udp_new(), *c = udp_new();
	double t = now();

	if (!s || !c)
		return 0;
	udp_bind_netif(s, &ends[1].netif);
	udp_bind_netif(c, &ends[0].netif);
	udp_bind(s, netif_ip_addr4(&ends[1].netif), PORT);
	udp_recv(s, on_datagram, NULL);
	udp_bind(c, netif_ip_addr4(&ends[0].netif), 0);
	udp_connect(c, netif_ip_addr4(&ends[1].netif), PORT);
	while (now() < t + seconds) {
		struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, UDP_SIZE, PBUF_RAM);

		if (!p)
			return 0;
		pbuf_take(p, buf, UDP_SIZE);
		udp_send(c, p);
		pbuf_free(p);
		pump();
	}
	return (double)got / (now() - t);
}

static void ready(void *arg)
{
	sem_post(arg);
}

static void start(void)
{
	ip4_addr_t addr, mask, none = { 0 };
	sem_t up;

	sem_init(&up, 0, 0);
	tcpip_init(ready, &up);
	sem_wait(&up);
	LOCK_TCPIP_CORE(); /* from here on this thread is the stack's */
	IP4_ADDR(&mask, 255, 255, 255, 0);
	for (int i = 0; i < 2; i++) {
		IP4_ADDR(&addr, 10, 99, 0, 1 + i);
		netif_add(&ends[i].netif, &addr, &mask, &none, NULL, init,
			  ip_input);
		netif_set_up(&ends[i].netif);
		netif_set_link_up(&ends[i].netif);
	}
}

int main(int argc, char **argv)
{
	double result = 0;

	start();
	if (argc == 2 && !strcmp(argv[1], "P3"))
		result = bulk();
	else if (argc == 2 && !strcmp(argv[1], "P4"))
		result = request_response();
	else if (argc == 2 && !strcmp(argv[1], "P8"))
		result = datagrams();
	else
		fprintf(stderr, "usage: bench-lwip P3 | P4 | P8\n");
	printf("%.0f\n", result);
	fflush(stdout);
	_Exit(result <= 0);
}
