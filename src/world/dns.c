/* SPDX-License-Identifier: MIT */
/*
 * A DNS server of the world: one task that polls UDP and TCP port 53
 *
 * What it says is names/zone.c's. It answers a datagram from the address that
 * was asked (IPV6_PKTINFO), and takes CLIENTS connections: one more sends the
 * oldest away, so that idle ones cannot keep others out (RFC 7766 6.2.3).
 */
#define _GNU_SOURCE 1
#include "names/zone.h"
#include "stack/stack.h"
#include "wire/be.h"
#include "world/world.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
	CLIENTS = 16,
	QUERY_MAX = 1024, /* longer ones are no questions */
	SEND_ROOM = 131072, /* an answer of any length, at once */
	FDS = 2 + CLIENTS,
};

/** struct client - A connection, and what it has said so far */
struct client {
	int fd; /* -1: none */
	size_t len;
	uint8_t buf[2 + QUERY_MAX];
};

struct ostia_world_dns {
	struct list servers;
	struct ostia_node *host;
	struct ostia_world_proc *wp;
	struct ostia_proc *p;
	struct names_zone zone;
	int udp, tcp;
	struct client clients[CLIENTS]; /* oldest first */
	uint8_t out[2 + WIRE_DNS_MAX];
};

static struct stats *stats_of(const struct ostia_world_dns *d)
{
	return &ostia_host_stack(d->host)->stats;
}

static int answer(struct ostia_world_dns *d, const uint8_t *p, size_t n,
		  bool udp)
{
	int len = names_zone_answer(&d->zone, p, n, udp, d->out + 2,
				    sizeof(d->out) - 2);

	stats_of(d)->DnsInQueries += len > 0;
	stats_of(d)->DnsOutTruncated += len > 0 && d->out[4] & 2;
	return len;
}

/* ---- datagrams ---- */

static void serve_udp(struct ostia_world_dns *d)
{
	uint8_t buf[QUERY_MAX];
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct sockaddr_in6 from;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = ostia_recvmsg(d->p, d->udp, &m, MSG_DONTWAIT);
	int len;

	if (n < 0 || m.msg_flags & MSG_TRUNC)
		return;
	len = answer(d, buf, (size_t)n, true);
	if (!len)
		return;
	iov = (struct iovec) { d->out + 2, (size_t)len };
	m.msg_flags = 0;
	(void)ostia_sendmsg(d->p, d->udp, &m, MSG_DONTWAIT);
}

/* ---- connections ---- */

static void hang_up(struct ostia_world_dns *d, struct client *c)
{
	(void)ostia_close(d->p, c->fd);
	c->fd = -1;
}

/* Those that are left close the ranks. */
static void tidy(struct ostia_world_dns *d)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < CLIENTS; i++)
		if (d->clients[i].fd >= 0 && i != kept++) {
			d->clients[kept - 1] = d->clients[i];
			d->clients[i].fd = -1;
		}
}

static void welcome(struct ostia_world_dns *d)
{
	int room = SEND_ROOM;
	int fd = ostia_accept4(d->p, d->tcp, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		return;
	(void)ostia_setsockopt(d->p, fd, SOL_SOCKET, SO_SNDBUF, &room,
			       sizeof(room));
	if (d->clients[CLIENTS - 1].fd >= 0) {
		stats_of(d)->DnsInTcpOverflows++;
		hang_up(d, &d->clients[0]);
		tidy(d);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		if (d->clients[i].fd < 0) {
			d->clients[i].fd = fd;
			d->clients[i].len = 0;
			return;
		}
}

/* Return: the question is whole and was answered; false: something is wrong */
static bool answer_tcp(struct ostia_world_dns *d, struct client *c)
{
	int len = answer(d, c->buf + 2, c->len - 2, false);

	c->len = 0;
	if (!len)
		return false;
	wire_be_put16(d->out, (uint16_t)len);
	return ostia_send(d->p, c->fd, d->out, (size_t)len + 2,
			  MSG_DONTWAIT | MSG_NOSIGNAL) == len + 2;
}

static void serve_tcp(struct ostia_world_dns *d, struct client *c)
{
	size_t want = c->len < 2 ? 2 : 2u + wire_be_get16(c->buf);
	ssize_t n;

	if (want > sizeof(c->buf)) {
		hang_up(d, c);
		return;
	}
	n = ostia_recv(d->p, c->fd, c->buf + c->len, want - c->len,
		       MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		c->len += (size_t)n;
	if (n <= 0 || (c->len == want && want > 2 && !answer_tcp(d, c)))
		hang_up(d, c);
}

/* ---- the task ---- */

static void fill_set(const struct ostia_world_dns *d, struct pollfd *v)
{
	v[0] = (struct pollfd) { d->udp, POLLIN, 0 };
	v[1] = (struct pollfd) { d->tcp, POLLIN, 0 };
	for (unsigned i = 0; i < CLIENTS; i++)
		v[2 + i] = (struct pollfd) { d->clients[i].fd, POLLIN, 0 };
}

static int serve(void *arg) __attribute__((noreturn));

static int serve(void *arg)
{
	struct ostia_world_dns *d = arg;
	struct ostia_world *w = d->host->world;
	struct pollfd v[FDS];

	for (;;) {
		fill_set(d, v);
		if (ostia_poll(d->p, v, FDS, -1) < 0) {
			/* no memory: later */
			(void)ostia_task_sleep(w, ostia_world_now(w) + OSTIA_S);
			continue;
		}
		if (v[0].revents)
			serve_udp(d);
		for (unsigned i = 0; i < CLIENTS; i++)
			if (v[2 + i].revents)
				serve_tcp(d, &d->clients[i]);
		tidy(d);
		if (v[1].revents)
			welcome(d);
	}
}

static int open_door(struct ostia_world_dns *d, int type)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6,
					  .sin6_port = htons(WIRE_DNS_PORT) };
	int fd = ostia_socket(d->p, AF_INET6, type, 0), on = 1;

	if (fd < 0 ||
	    ostia_bind(d->p, fd, (const struct sockaddr *)&any, sizeof(any)))
		return -errno;
	if (type == SOCK_STREAM && ostia_listen(d->p, fd, CLIENTS))
		return -errno;
	if (type == SOCK_DGRAM &&
	    ostia_setsockopt(d->p, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
			     sizeof(on)))
		return -errno;
	return fd;
}

static int open_doors(struct ostia_world_dns *d)
{
	d->udp = open_door(d, SOCK_DGRAM);
	if (d->udp < 0)
		return d->udp;
	d->tcp = open_door(d, SOCK_STREAM);
	return d->tcp < 0 ? d->tcp : 0;
}

/* A host without an address is one, too. */
static int hosts(void *ctx, const char *name, struct ostia_names *out)
{
	int err = world_names_hosts(ctx, name, AF_UNSPEC, out);

	return err == EAI_NODATA ? 0 : err;
}

static int reverse(void *ctx, const struct ostia_addr *addr, char *name,
		   size_t size)
{
	return world_names_host_at(ctx, addr, name, size);
}

static void dns_free(struct ostia_world_dns *d)
{
	if (d->wp)
		ostia_world_proc_free(d->wp);
	list_remove(&d->servers);
	names_zone_fini(&d->zone);
	free(d);
}

static int start(struct ostia_world_dns *d)
{
	struct ostia_world *w = d->host->world;
	ostia_time cost = w->cfg.call_cost;
	int err = ostia_world_proc_new(d->host, "dns", 0, &d->wp);

	if (err)
		return err;
	world_task_service(d->wp);
	d->p = ostia_world_proc_bsd(d->wp);
	w->cfg.call_cost = 0; /* it was always there */
	err = open_doors(d);
	w->cfg.call_cost = cost;
	return err ? err : ostia_task_spawn(d->wp, serve, d, NULL);
}

int ostia_world_dns(struct ostia_node *host, struct ostia_world_dns **out)
{
	struct ostia_world *w = host->world;
	struct ostia_world_dns *d;
	int err;

	if (host->kind != WORLD_HOST)
		return -EINVAL;
	d = world_zalloc(w, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->host = host;
	names_zone_init(&d->zone);
	d->zone.hosts = hosts;
	d->zone.reverse = reverse;
	d->zone.ctx = w;
	for (unsigned i = 0; i < CLIENTS; i++)
		d->clients[i].fd = -1;
	list_push(&w->servers, &d->servers);
	err = start(d);
	if (err) {
		dns_free(d);
		return err;
	}
	*out = d;
	return 0;
}

int ostia_world_dns_add(struct ostia_world_dns *d, const char *name,
			const char *type, uint32_t ttl_s, const char *value)
{
	return names_zone_add(&d->zone, name, type, ttl_s, value);
}

/* Their processes are gone already. */
void world_dns_free_all(struct ostia_world *w)
{
	list_each_safe (node, &w->servers) {
		struct ostia_world_dns *d =
			list_entry(node, struct ostia_world_dns, servers);

		d->wp = NULL;
		dns_free(d);
	}
}
