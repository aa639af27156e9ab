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

/* The answer that lies in s->out is: no such name. Who else may know? */
static bool forwarded(struct names_server *s, const struct names_asker *who,
		      const uint8_t *p, size_t n)
{
	return s->forward && (s->out[5] & 0x0f) == WIRE_DNS_NXDOMAIN &&
	       s->forward(s->forward_ctx, who, p, n) == 0;
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
	struct names_asker who = { .fd = -1 };
	int len;

	if (n < 0 || m.msg_flags & MSG_TRUNC)
		return;
	len = answer(s, buf, (size_t)n, true);
	if (!len)
		return;
	who.controllen = (uint32_t)m.msg_controllen;
	memcpy(who.control, control, m.msg_controllen);
	who.from = from;
	if (forwarded(s, &who, buf, (size_t)n))
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
			s->clients[i].serial = ++s->serials;
			s->clients[i].len = 0;
			return;
		}
}

/* The @len bytes at s->out + 2. False: it does not listen. */
static bool send_tcp(struct names_server *s, int fd, size_t len)
{
	wire_be_put16(s->out, (uint16_t)len);
	return ostia_send(s->p, fd, s->out, len + 2,
			  MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len + 2;
}

/* Return: the question is whole and was answered; false: something is wrong */
static bool answer_tcp(struct names_server *s, struct names_client *c)
{
	const struct names_asker who = { .fd = c->fd, .serial = c->serial };
	size_t n = c->len - 2;
	int len = answer(s, c->buf + 2, n, false);

	c->len = 0;
	if (!len)
		return false;
	if (forwarded(s, &who, c->buf + 2, n))
		return true;
	return send_tcp(s, c->fd, (size_t)len);
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

static struct names_client *find_client(struct names_server *s,
					const struct names_asker *who)
{
	for (unsigned i = 0; i < NAMES_SERVER_CLIENTS; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].fd == who->fd &&
		    s->clients[i].serial == who->serial)
			return &s->clients[i];
	return NULL;
}

static void reply_udp(struct names_server *s, const struct names_asker *who,
		      const uint8_t *p, size_t n)
{
	struct names_asker to = *who;
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_name = &to.from,
			    .msg_namelen = sizeof(to.from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = to.control,
			    .msg_controllen = to.controllen };

	(void)ostia_sendmsg(s->p, s->udp, &m, MSG_DONTWAIT);
}

void names_server_reply(struct names_server *s, const struct names_asker *who,
			const uint8_t *p, size_t n)
{
	struct names_client *c = find_client(s, who);

	if (n > WIRE_DNS_MAX)
		return;
	if (who->fd < 0) {
		reply_udp(s, who, p, n);
	} else if (c) {
		memcpy(s->out + 2, p, n);
		if (!send_tcp(s, c->fd, n)) {
			hang_up(s, c);
			tidy(s);
		}
	}
}

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
