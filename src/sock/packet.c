/* SPDX-License-Identifier: MIT */
#include "sock/packet.h"

#include "sock/stamp.h"

#include "sock/dgram.h"
#include "sock/opt.h"

#include "ip/state.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
	/* what recv() knows; anything else is EINVAL */
	RECV_FLAGS = MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC | MSG_ERRQUEUE |
		     MSG_CMSG_CLOEXEC,
};

static int bind_(struct sock *s, const struct sock_name *n)
{
	return packet_bind(s->socks->packet, s->packet, n->ll.index,
			   n->ll.protocol);
}

static int64_t send_(struct sock *s, const struct sock_out *m)
{
	struct packet_to to;

	if (m->to)
		to = (struct packet_to) { .index = m->to->ll.index,
					  .proto = m->to->ll.protocol,
					  .halen = m->to->ll.halen,
					  .addr = m->to->ll.addr };
	return packet_send(s->socks->packet, s->packet, m->to ? &to : NULL,
			   m->iov, m->niov, m->n);
}

static int64_t recv_(struct sock *s, struct sock_in *m)
{
	int64_t n;

	if (m->flags & ~RECV_FLAGS)
		return -EINVAL;
	if (m->flags & MSG_ERRQUEUE)
		return -EAGAIN; /* no time stamps of sending */
	n = packet_recv(s->socks->packet, s->packet, m->iov, m->niov,
			(m->flags & MSG_PEEK) != 0, &m->frame);
	if (n < 0)
		return n;
	m->has_from = true;
	sock_stamp_got(s, m->frame.when);
	if ((uint64_t)n < m->frame.snaplen)
		m->got_flags |= MSG_TRUNC;
	return m->flags & MSG_TRUNC ? (int64_t)m->frame.snaplen : n;
}

static int connect_(struct sock *s, const struct sock_name *n)
{
	(void)s;
	(void)n;
	return -EOPNOTSUPP;
}

static int disconnect_(struct sock *s)
{
	return connect_(s, NULL);
}

static int shutdown_(struct sock *s, int how)
{
	(void)s;
	(void)how;
	return -EOPNOTSUPP;
}

static void close_(struct sock *s)
{
	packet_close(s->socks->packet, s->packet);
}

static void name_(const struct sock *s, struct sock_name *out)
{
	const struct packet_sock *p = s->packet;
	const struct ostia_link *l = ip_link_at(s->socks->ip, p->index);

	out->ll = (struct sock_ll) { .index = p->index, .protocol = p->proto };
	if (p->gone)
		out->ll.index = UINT32_MAX; /* Linux's -1 */
	if (!l)
		return;
	out->ll.hatype = filter_hatype(l);
	if (l->type == OSTIA_LINK_IP)
		return;
	out->ll.halen = ETH_ALEN;
	memcpy(out->ll.addr, l->mac, ETH_ALEN);
}

static int peer_(const struct sock *s, struct sock_name *out)
{
	(void)s;
	(void)out;
	return -EOPNOTSUPP;
}

static uint32_t readable_(const struct sock *s)
{
	return packet_readable(s->packet);
}

const struct sock_ops sock_packet_ops = {
	.bind = bind_,
	.connect = connect_,
	.disconnect = disconnect_,
	.send = send_,
	.recv = recv_,
	.shutdown = shutdown_,
	.poll = sock_dgram_poll,
	.close = close_,
	.name = name_,
	.peer = peer_,
	.readable = readable_,
	.take_error = sock_dgram_take_error,
};

/*
 * --- options -------------------------------------------------------------
 */

static bool *flag_of(struct sock *s, const struct sock_opt *o)
{
	if (o->name == PACKET_ORIGDEV)
		return &s->packet->origdev;
	return o->name == PACKET_AUXDATA ? &s->packet->auxdata
					 : &s->packet->ignore_outgoing;
}

int sock_packet_get(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = *flag_of(s, o);
	return 0;
}

int sock_packet_set(struct sock *s, const struct sock_opt *o, int64_t v)
{
	*flag_of(s, o) = v != 0;
	return 0;
}

/* Reading clears; those that were lost count as packets, too. */
int sock_packet_stats(struct sock *s, void *buf)
{
	struct packet_sock *p = s->packet;
	const struct tpacket_stats st = { .tp_packets = p->npackets + p->ndrops,
					  .tp_drops = p->ndrops };

	memcpy(buf, &st, sizeof(st));
	p->npackets = p->ndrops = 0;
	return sizeof(st);
}

static int read_mreq(const void *p, uint32_t n, struct packet_group *g)
{
	struct packet_mreq m = { 0 };

	if (n < sizeof(m))
		return -EINVAL;
	memcpy(&m, p, sizeof(m));
	if (m.mr_alen > sizeof(g->addr))
		return -EINVAL;
	*g = (struct packet_group) { .index = (uint32_t)m.mr_ifindex,
				     .type = m.mr_type,
				     .alen = m.mr_alen };
	memcpy(g->addr, m.mr_address, sizeof(g->addr));
	return 0;
}

int sock_packet_join(struct sock *s, const void *p, uint32_t n)
{
	struct packet_group g;
	int err = read_mreq(p, n, &g);

	return err ? err : packet_join(s->socks->packet, s->packet, &g);
}

int sock_packet_leave(struct sock *s, const void *p, uint32_t n)
{
	struct packet_group g;
	int err = read_mreq(p, n, &g);

	return err ? err : packet_leave(s->socks->packet, s->packet, &g);
}
