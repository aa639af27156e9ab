/* SPDX-License-Identifier: MIT */
#include "sock/packet.h"

#include "sock/stamp.h"

#include "sock/dgram.h"
#include "sock/filter.h"
#include "sock/opt.h"

#include "ip/state.h"
#include "raw/vnet.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <sys/socket.h>

#include "sock/optnames.h" /* after the system's own */

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
	struct packet_to to = { .bound = true };

	if (m->to)
		to = (struct packet_to) { .index = m->to->ll.index,
					  .proto = m->to->ll.protocol,
					  .halen = m->to->ll.halen,
					  .addr = m->to->ll.addr };
	to.stamp = sock_stamp_wanted(s, m->stamp);
	return packet_send(s->socks->packet, s->packet, &to, m->iov, m->niov,
			   m->n);
}

static int64_t recv_(struct sock *s, struct sock_in *m)
{
	int64_t n, whole;

	if (m->flags & ~RECV_FLAGS)
		return -EINVAL;
	if (m->flags & MSG_ERRQUEUE)
		return sock_dgram_errs(s, m);
	n = packet_recv(s->socks->packet, s->packet, m->iov, m->niov,
			(m->flags & MSG_PEEK) != 0, &m->frame);
	if (n < 0)
		return n;
	m->has_from = true;
	sock_stamp_got(s, m->frame.when);
	whole = m->frame.vnet + m->frame.snaplen;
	if (n < whole)
		m->got_flags |= MSG_TRUNC;
	return m->flags & MSG_TRUNC ? whole : n;
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

static int64_t read_one(const struct packet_sock *p, int name)
{
	switch (name) {
	case PACKET_ORIGDEV:
		return p->origdev;
	case PACKET_AUXDATA:
		return p->auxdata;
	case PACKET_IGNORE_OUTGOING:
		return p->ignore_outgoing;
	case PACKET_QDISC_BYPASS:
		return p->bypass;
	case PACKET_COPY_THRESH:
		return p->copy_thresh;
	case PACKET_TIMESTAMP:
		return p->stamp_of;
	case PACKET_VNET_HDR:
		return p->vnet != 0;
	case PACKET_VNET_HDR_SZ:
		return p->vnet;
	default:
		return fanout_said(p->fanout);
	}
}

int sock_packet_get(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = read_one(s->packet, o->name);
	return 0;
}

static int set_vnet(struct packet_sock *p, int64_t len)
{
	if (!p->raw || (len && len != VNET_LEN && len != VNET_LEN_MRG))
		return -EINVAL;
	p->vnet = (uint8_t)len;
	return 0;
}

int sock_packet_set(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct packet_sock *p = s->packet;

	switch (o->name) {
	case PACKET_ORIGDEV:
		p->origdev = v != 0;
		return 0;
	case PACKET_AUXDATA:
		p->auxdata = v != 0;
		return 0;
	case PACKET_QDISC_BYPASS:
		p->bypass = v != 0;
		return 0;
	case PACKET_COPY_THRESH:
		p->copy_thresh = (int32_t)v;
		return 0;
	case PACKET_TIMESTAMP:
		p->stamp_of = (int32_t)v;
		return 0;
	case PACKET_VNET_HDR:
		return set_vnet(p, v ? VNET_LEN : 0);
	case PACKET_VNET_HDR_SZ:
		return set_vnet(p, v);
	default:
		p->ignore_outgoing = v != 0;
		return 0;
	}
}

/* struct fanout_args, or its first four bytes alone. */
int sock_packet_fanout(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n)
{
	struct {
		uint16_t id, type_flags;
		uint32_t max;
	} args = { 0 };
	struct fanout_wish w;

	(void)o;
	if (n != sizeof(args) && n != sizeof(int))
		return -EINVAL;
	memcpy(&args, p, n);
	w = (struct fanout_wish) { .id = args.id,
				   .type_flags = args.type_flags,
				   .max = args.max };
	return packet_fanout(s->socks->packet, s->packet, &w);
}

int sock_packet_fanout_data(struct sock *s, const void *p, uint32_t n)
{
	const struct fanout *f = s->packet->fanout;

	if (!f || f->type != PACKET_FANOUT_EBPF)
		return sock_filter_share(s, p, n);
	return n == sizeof(int) ? -EOPNOTSUPP : -EINVAL;
}

int sock_packet_rollover(struct sock *s, void *buf)
{
	const struct fanout_rollover *r = s->packet->rollover;
	struct tpacket_rollover_stats st;

	if (!r)
		return -EINVAL;
	st = (struct tpacket_rollover_stats) { .tp_all = r->all,
					       .tp_huge = r->huge,
					       .tp_failed = r->failed };
	memcpy(buf, &st, sizeof(st));
	return sizeof(st);
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
