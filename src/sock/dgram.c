/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POLLRDHUP */
#include "sock/dgram.h"

#include "ip/addrs.h"
#include "sock/hdropts.h"
#include "sock/pktinfo.h"
#include "sock/stamp.h"
#include "sock/zerocopy.h"
#include "wire/be.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <sys/socket.h>

enum { UDP_HLEN = 8 };

struct dgram *sock_dgram_of(const struct sock *s)
{
	switch ((enum sock_kind)s->kind) {
	case SOCK_UDP:
		return &s->udp->d;
	case SOCK_RAWIP:
	case SOCK_PING:
		return &s->raw->d;
	case SOCK_LINK:
		return &s->packet->d;
	case SOCK_TCP:
	case SOCK_LOCAL:
	case SOCK_KINDS:
		break;
	}
	return NULL;
}

struct binding *sock_dgram_binding(const struct sock *s)
{
	if (s->kind == SOCK_TCP || s->kind == SOCK_LINK ||
	    s->kind == SOCK_LOCAL)
		return NULL;
	return s->kind == SOCK_UDP ? &s->udp->bind : &s->raw->bind;
}

static bool connected(const struct sock *s)
{
	return s->kind == SOCK_UDP ? s->udp->connected : s->raw->connected;
}

/* IP_UNICAST_IF, IPV6_UNICAST_IF: in network byte order. Not for what stays
 * on this host.
 */
static uint32_t unicast_if(const struct sock *s, const struct ostia_addr *to)
{
	int32_t raw = sock_kept(s, SOCK_KEPT_UNICAST_IF);

	if (!raw || addrs_is_ours(s->socks->ip, to, 0))
		return 0;
	return wire_be_get32((const uint8_t *)&raw);
}

uint32_t sock_dgram_zone(const struct sock *s, const struct ostia_addr *to,
			 uint32_t zone)
{
	if (zone || !s->rare)
		return zone;
	if (sock_pktinfo_link(s, to))
		return sock_pktinfo_link(s, to);
	if (!addr_is_multicast(to))
		return unicast_if(s, to);
	return addr_is_v4(to) ? s->rare->mcast_if : s->rare->mcast_if6;
}

const struct ostia_addr *sock_dgram_group_source(const struct sock *s,
						 const struct ostia_addr *to)
{
	const struct ostia_addr *wished =
		s->kind == SOCK_UDP ? binding_wished(&s->udp->bind)
				    : &s->raw->wished;

	if (!s->rare || !addr_is_v4(to) || !addr_is_multicast(to) ||
	    addr_is_any(&s->rare->mcast_addr))
		return NULL;
	return dgram_source(wished) ? NULL : &s->rare->mcast_addr;
}

/* What Linux looks at before it looks at the socket's own state. Over IPv6
 * UDP knows no MSG_OOB and asks for the length late.
 */
static int refuse(const struct sock *s, const struct sock_out *m)
{
	bool v6 = sock_is_v6(s), udp = s->kind == SOCK_UDP;

	if (!v6 && m->n > UINT16_MAX)
		return -EMSGSIZE;
	if (!(v6 && udp) && (m->flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (!m->to && !connected(s) && s->kind != SOCK_PING)
		return -EDESTADDRREQ;
	return udp && m->to && !m->to->port ? -EINVAL : 0;
}

/* Over IPv6 the length is looked at first. */
static int closed(const struct sock *s, const struct sock_out *m)
{
	return sock_is_v6(s) && m->n > UINT16_MAX - UDP_HLEN ? -EMSGSIZE
							     : -EPIPE;
}

int sock_dgram_to(struct sock *s, const struct sock_out *m, struct dgram_to *to)
{
	uint32_t zone = m->link ? m->link : m->to ? m->to->zone : 0;
	int err = refuse(s, m);

	if (err)
		return err;
	if (s->flags & SOCK_F_SHUT_WR && s->kind == SOCK_UDP)
		return closed(s, m); /* raw ones say so later, or never */
	if (!zone)
		zone = s->dev;
	*to = (struct dgram_to) { .dst = m->to ? &m->to->addr : NULL,
				  .src = m->src,
				  .zone = zone,
				  .ttl = m->ttl,
				  .tos = m->tos,
				  .prefs = sock_src_prefs(s),
				  .on_link = sock_is_on_link(s) ||
					     m->flags & MSG_DONTROUTE,
				  .opts = sock_hdropts_of(s, m) };
	if (m->to)
		to->zone = sock_dgram_zone(s, &m->to->addr, zone);
	if (m->to && !to->src)
		to->src = sock_pktinfo_src(s, &m->to->addr);
	if (m->to && !to->src)
		to->src = sock_dgram_group_source(s, &m->to->addr);
	return 0;
}

bool sock_dgram_pmtu(struct sock *s, struct sock_in *m)
{
	struct dgram *d = sock_dgram_of(s);

	if (!d->rare->rxpmtu || m->flags & MSG_ERRQUEUE || !d->path)
		return false;
	m->has_from = true;
	m->pmtu = d->rare->rxpmtu;
	m->from = (struct dgram_from) { .src = d->path->dst,
					.dst = d->path->dst,
					.zone = d->path->zone };
	d->rare->rxpmtu = 0;
	return true;
}

int64_t sock_dgram_errs(struct sock *s, struct sock_in *m)
{
	struct dgram *d = sock_dgram_of(s);
	int64_t n = dgram_pop_error(d, m->iov, m->niov, &m->err);

	return n < 0 ? sock_zerocopy_take(s, m) : sock_dgram_err_got(m, n);
}

int64_t sock_dgram_err_got(struct sock_in *m, int64_t n)
{
	m->has_from = m->has_err = true;
	m->from = (struct dgram_from) { .src = m->err.dst,
					.dst = m->err.dst,
					.sport = m->err.port };
	if (m->err.origin == SO_EE_ORIGIN_TIMESTAMPING)
		m->has_from = false;
	m->got_flags |= MSG_ERRQUEUE;
	if ((uint64_t)n < m->err.len)
		m->got_flags |= MSG_TRUNC;
	return n;
}

int64_t sock_dgram_sent(struct sock *s, const struct sock_out *m, int64_t n)
{
	if (n >= 0 && (m->flags & MSG_CONFIRM))
		path_confirm(sock_dgram_of(s)->path, sock_now(s));
	return n;
}

int64_t sock_dgram_got(struct sock *s, struct sock_in *m, int64_t n)
{
	if (n < 0)
		return n;
	m->has_from = true;
	sock_stamp_got(s, m->from.when);
	if ((uint64_t)n < m->from.len)
		m->got_flags |= MSG_TRUNC;
	return m->flags & MSG_TRUNC ? (int64_t)m->from.len : n;
}

/* Linux: without a peer it answers ENOTCONN, and does it nevertheless. */
int sock_dgram_shutdown(struct sock *s, int how)
{
	if (how != SHUT_WR)
		s->flags |= SOCK_F_SHUT_RD;
	if (how != SHUT_RD)
		s->flags |= SOCK_F_SHUT_WR;
	file_notify(&s->file, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP);
	return connected(s) ? 0 : -ENOTCONN;
}

uint32_t sock_dgram_poll(struct sock *s)
{
	struct dgram *d = sock_dgram_of(s);
	uint32_t bits = dgram_poll(d);

	if (!(bits & POLLOUT))
		d->full = true; /* somebody wants to know when it ends */
	if (s->flags & SOCK_F_SHUT_RD)
		bits |= POLLIN | POLLRDNORM | POLLRDHUP;
	if ((s->flags & SOCK_F_SHUT_RD) && (s->flags & SOCK_F_SHUT_WR))
		bits |= POLLHUP;
	return bits;
}

static void put(struct sock_name *out, const struct ostia_addr *a,
		const struct binding *b)
{
	*out = (struct sock_name) { .addr = *a,
				    .zone = addrs_scoped(a) ? b->zone : 0 };
}

void sock_dgram_name(const struct sock *s, struct sock_name *out)
{
	const struct binding *b = sock_dgram_binding(s);

	put(out, &b->local, b);
}

const struct ostia_addr *sock_dgram_remote(const struct sock *s, uint16_t *port)
{
	const struct bind_peer *peer;

	if (!connected(s))
		return NULL;
	if (s->kind != SOCK_UDP) {
		*port = s->raw->rport;
		return &s->raw->remote;
	}
	peer = s->udp->bind.peer;
	*port = peer->rport;
	return &peer->remote;
}

int sock_dgram_peer(const struct sock *s, struct sock_name *out)
{
	uint16_t port;
	const struct ostia_addr *a = sock_dgram_remote(s, &port);

	if (!a || !port)
		return -ENOTCONN;
	put(out, a, sock_dgram_binding(s));
	out->port = port;
	return 0;
}

int sock_dgram_take_error(struct sock *s)
{
	return dgram_take_error(sock_dgram_of(s));
}
