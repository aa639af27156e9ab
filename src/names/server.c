/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "names/server.h"

#include "names/net.h"
#include "wire/be.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum {
	SEND_ROOM = 131072, /* an answer of any length, at once */
	FDS = 2 + NAMES_SERVER_CLIENTS,
};

static int answer(struct names_server *s, const uint8_t *p, size_t n, bool udp)
{
	int len = names_zone_answer(&s->zone, p, n, udp, s->out + 2,
				    sizeof(s->out) - 2);

	if (len > 0)
		NAMES_COUNT(s->p, DnsInQueries, 1);
	if (len > 0 && s->out[4] & 2)
		NAMES_COUNT(s->p, DnsOutTruncated, 1);
	return len;
}

/* ---- datagrams ---- */

static void serve_udp(struct names_server *s)
{
	uint8_t buf[NAMES_SERVER_QUERY];
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct sockaddr_in6 from;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = ostia_recvmsg(s->p, s->udp, &m, MSG_DONTWAIT);
	int len;

	if (n < 0 || m.msg_flags & MSG_TRUNC)
		return;
	len = answer(s, buf, (size_t)n, true);
	if (!len)
		return;
	iov = (struct iovec) { s->out + 2, (size_t)len };
	m.msg_flags = 0;
	(void)ostia_sendmsg(s->p, s->udp, &m, MSG_DONTWAIT);
}

/* ---- connections ---- */

static void hang_up(struct names_server *s, struct names_client *c)
{
	(void)ostia_close(s->p, c->fd);
	c->fd = -1;
}

/* Those that are left close the ranks. */
static void tidy(struct names_server *s)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < NAMES_SERVER_CLIENTS; i++)
		if (s->clients[i].fd >= 0 && i != kept++) {
			s->clients[kept - 1] = s->clients[i];
			s->clients[i].fd = -1;
		}
}

static void welcome(struct names_server *s)
{
	int room = SEND_ROOM;
	int fd = ostia_accept4(s->p, s->tcp, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		return;
	(void)ostia_setsockopt(s->p, fd, SOL_SOCKET, SO_SNDBUF, &room,
			       sizeof(room));
	if (s->clients[NAMES_SERVER_CLIENTS - 1].fd >= 0) {
		NAMES_COUNT(s->p, DnsInTcpOverflows, 1);
		hang_up(s, &s->clients[0]);
		tidy(s);
	}
	for (unsigned i = 0; i < NAMES_SERVER_CLIENTS; i++)
		if (s->clients[i].fd < 0) {
			s->clients[i].fd = fd;
			s->clients[i].len = 0;
			return;
		}
}

/* Return: the question is whole and was answered; false: something is wrong */
static bool answer_tcp(struct names_server *s, struct names_client *c)
{
	int len = answer(s, c->buf + 2, c->len - 2, false);

	c->len = 0;
	if (!len)
		return false;
	wire_be_put16(s->out, (uint16_t)len);
	return ostia_send(s->p, c->fd, s->out, (size_t)len + 2,
			  MSG_DONTWAIT | MSG_NOSIGNAL) == len + 2;
}

static void serve_tcp(struct names_server *s, struct names_client *c)
{
	size_t want = c->len < 2 ? 2 : 2u + wire_be_get16(c->buf);
	ssize_t n;

	if (want > sizeof(c->buf)) {
		hang_up(s, c);
		return;
	}
	n = ostia_recv(s->p, c->fd, c->buf + c->len, want - c->len,
		       MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		c->len += (size_t)n;
	if (n <= 0 || (c->len == want && want > 2 && !answer_tcp(s, c)))
		hang_up(s, c);
}

/* ---- both ---- */

static void fill_set(const struct names_server *s, struct pollfd *v)
{
	v[0] = (struct pollfd) { s->udp, POLLIN, 0 };
	v[1] = (struct pollfd) { s->tcp, POLLIN, 0 };
	for (unsigned i = 0; i < NAMES_SERVER_CLIENTS; i++)
		v[2 + i] = (struct pollfd) { s->clients[i].fd, POLLIN, 0 };
}

int names_server_turn(struct names_server *s)
{
	struct pollfd v[FDS];

	fill_set(s, v);
	if (ostia_poll(s->p, v, FDS, -1) < 0)
		return -errno;
	if (v[0].revents)
		serve_udp(s);
	for (unsigned i = 0; i < NAMES_SERVER_CLIENTS; i++)
		if (v[2 + i].revents)
			serve_tcp(s, &s->clients[i]);
	tidy(s);
	if (v[1].revents)
		welcome(s);
	return 0;
}

static int open_door(struct names_server *s, int type,
		     const struct ostia_addr *at)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_port = htons(WIRE_DNS_PORT) };
	int fd = ostia_socket(s->p, AF_INET6, type, 0), on = 1;

	memcpy(&a.sin6_addr, at->b, sizeof(a.sin6_addr));
	if (fd < 0 ||
	    ostia_bind(s->p, fd, (const struct sockaddr *)&a, sizeof(a)))
		return -errno;
	if (type == SOCK_STREAM && ostia_listen(s->p, fd, NAMES_SERVER_CLIENTS))
		return -errno;
	if (type == SOCK_DGRAM &&
	    ostia_setsockopt(s->p, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
			     sizeof(on)))
		return -errno;
	return fd;
}

int names_server_open(struct names_server *s, struct ostia_proc *p)
{
	static const struct ostia_addr any;

	return names_server_open_at(s, p, &any);
}

int names_server_open_at(struct names_server *s, struct ostia_proc *p,
			 const struct ostia_addr *at)
{
	s->p = p;
	for (unsigned i = 0; i < NAMES_SERVER_CLIENTS; i++)
		s->clients[i].fd = -1;
	s->udp = open_door(s, SOCK_DGRAM, at);
	if (s->udp < 0)
		return s->udp;
	s->tcp = open_door(s, SOCK_STREAM, at);
	return s->tcp < 0 ? s->tcp : 0;
}
