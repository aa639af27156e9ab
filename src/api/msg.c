/* SPDX-License-Identifier: MIT */
/*
 * api/msg.c - sendmsg, recvmsg and the many-message forms; control messages
 */
#define _GNU_SOURCE /* struct in6_pktinfo, mmsghdr */
#include "api/msg.h"
#include "api/addr.h"
#include "api/hdropts.h"
#include "api/io.h"
#include "api/local.h"
#include "sock/dgram.h"
#include "sock/hdropts.h"
#include "sock/stamp.h"

#include <limits.h>
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <sys/time.h>

#include "sock/optnames.h" /* after the system's own */

enum {
	BATCH_MAX = 1024,
	TTL_MAX = 255,
	STATE_ESTABLISHED = 1, /* TCP_ESTABLISHED */
	STATE_CLOSE_WAIT = 8, /* TCP_CLOSE_WAIT */
};

/*
 * --- out -----------------------------------------------------------------
 */

/* A control message's int; -EINVAL: another length than one has. */
static int cmsg_int(const struct cmsghdr *h, int *out)
{
	const uint8_t *data = CMSG_DATA(h);

	if (h->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(out, data, sizeof(int));
		return 0;
	}
	if (h->cmsg_level != IPPROTO_IP || h->cmsg_len != CMSG_LEN(1))
		return -EINVAL;
	*out = *data;
	return 0;
}

static int limited(const struct cmsghdr *h, int min, int *out)
{
	int err = cmsg_int(h, out);

	return err ? err : *out < min || *out > TTL_MAX ? -EINVAL : 0;
}

static int pktinfo4(const struct cmsghdr *h, struct sock_out *m,
		    struct ostia_addr *src)
{
	struct in_pktinfo info;

	if (h->cmsg_len != CMSG_LEN(sizeof(info)))
		return -EINVAL;
	memcpy(&info, CMSG_DATA(h), sizeof(info));
	*src = addr_v4(&info.ipi_spec_dst);
	m->src = info.ipi_spec_dst.s_addr ? src : NULL;
	m->link = (uint32_t)info.ipi_ifindex;
	return 0;
}

static int pktinfo6(const struct cmsghdr *h, struct sock_out *m,
		    struct ostia_addr *src)
{
	struct in6_pktinfo info;

	if (h->cmsg_len < CMSG_LEN(sizeof(info)))
		return -EINVAL;
	memcpy(&info, CMSG_DATA(h), sizeof(info));
	*src = addr_v6(&info.ipi6_addr);
	m->src = addr_is_any(src) ? NULL : src;
	m->link = info.ipi6_ifindex;
	return 0;
}

/* What the control messages of a send name, while it lasts. */
struct named {
	struct ostia_addr src;
	struct hdropts opts;
};

static int control4(struct sock *s, const struct cmsghdr *h, struct sock_out *m,
		    struct named *n)
{
	switch (h->cmsg_type) {
	case IP_PKTINFO:
		return pktinfo4(h, m, &n->src);
	case IP_TTL:
		return limited(h, 1, &m->ttl);
	case IP_TOS:
		return limited(h, 0, &m->tos);
	default:
		return api_hdropts_take(s, h, m, &n->opts);
	}
}

static int control6(struct sock *s, const struct cmsghdr *h, struct sock_out *m,
		    struct named *n)
{
	switch (h->cmsg_type) {
	case IPV6_PKTINFO:
	case IPV6_2292PKTINFO:
		return pktinfo6(h, m, &n->src);
	case IPV6_2292HOPLIMIT:
	case IPV6_HOPLIMIT:
		return limited(h, -1, &m->ttl);
	case IPV6_TCLASS:
		return limited(h, -1, &m->tos);
	default:
		return api_hdropts_take(s, h, m, &n->opts);
	}
}

/* Which stamps of this message's leaving are asked for. */
static int wanted_stamps(const struct cmsghdr *h, struct sock_out *m)
{
	const uint32_t tx = SOF_TIMESTAMPING_TX_HARDWARE |
			    SOF_TIMESTAMPING_TX_SOFTWARE |
			    SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK;

	if (h->cmsg_len != CMSG_LEN(sizeof(m->stamp)))
		return -EINVAL;
	memcpy(&m->stamp, CMSG_DATA(h), sizeof(m->stamp));
	if (m->stamp & ~tx)
		return -EINVAL;
	m->stamp |= SOCK_STAMP_SAID;
	return 0;
}

/* Rights and credentials belong to AF_UNIX and pass unseen. A mark, a priority
 * and a time to leave at mean as little as the options of that name.
 */
static int control_socket(const struct sock *s, const struct cmsghdr *h,
			  struct sock_out *m)
{
	switch (h->cmsg_type) {
	case SCM_RIGHTS:
	case SCM_CREDENTIALS:
		return 0;
	case SO_MARK:
	case SO_PRIORITY:
		return h->cmsg_len == CMSG_LEN(sizeof(uint32_t)) ? 0 : -EINVAL;
	case SO_TIMESTAMPING:
	case SO_TIMESTAMPING_NEW:
		return wanted_stamps(h, m);
	case SCM_TXTIME:
		return sock_kept_is(s, SOCK_KEPT_TXTIME) &&
				       h->cmsg_len == CMSG_LEN(sizeof(uint64_t))
			       ? 0
			       : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int control_udp(const struct cmsghdr *h, struct sock_out *m)
{
	if (h->cmsg_type != UDP_SEGMENT ||
	    h->cmsg_len != CMSG_LEN(sizeof(m->gso_size)))
		return -EINVAL;
	memcpy(&m->gso_size, CMSG_DATA(h), sizeof(m->gso_size));
	m->has_gso = true;
	return 0;
}

static int control(struct sock *s, const struct cmsghdr *h, struct sock_out *m,
		   struct named *n)
{
	if (h->cmsg_level == SOL_SOCKET)
		return control_socket(s, h, m);
	if (h->cmsg_level == IPPROTO_UDP && s->kind == SOCK_UDP)
		return control_udp(h, m);
	if (s->kind == SOCK_TCP)
		return 0; /* a stream has no messages to say it of */
	if (h->cmsg_level == IPPROTO_IP && s->family == AF_INET)
		return control4(s, h, m, n);
	if (h->cmsg_level == IPPROTO_IPV6 && sock_is_v6(s))
		return control6(s, h, m, n);
	return 0;
}

int api_msg_walk(struct control_walk *w, const struct msghdr *msg)
{
	w->msg = *msg;
	w->h = NULL;
	return msg->msg_controllen && !msg->msg_control ? -EFAULT : 0;
}

int api_msg_next(struct control_walk *w)
{
	struct cmsghdr *h =
		w->h ? CMSG_NXTHDR(&w->msg, w->h) : CMSG_FIRSTHDR(&w->msg);
	size_t left;

	w->h = h;
	if (!h)
		return 0;
	left = (size_t)((char *)w->msg.msg_control + w->msg.msg_controllen -
			(char *)h);
	return h->cmsg_len < sizeof(*h) || h->cmsg_len > left ? -EINVAL : 1;
}

static int all_control(struct sock *s, const struct msghdr *msg,
		       struct sock_out *m, struct named *n)
{
	struct control_walk w;
	int r = api_msg_walk(&w, msg);

	while (!r && (r = api_msg_next(&w)) > 0)
		r = control(s, w.h, m, n);
	return r;
}

static int destination(const struct sock *s, const struct msghdr *msg,
		       struct sock_out *m, struct sock_name *to)
{
	int err;

	if (s->kind == SOCK_TCP && m->flags & MSG_FASTOPEN)
		return api_addr_fast(s, msg->msg_name, msg->msg_namelen, m, to);
	if (!msg->msg_name || !msg->msg_namelen || s->kind == SOCK_TCP)
		return 0;
	err = api_addr_send(s, msg->msg_name, msg->msg_namelen, to);
	m->to = err ? NULL : to;
	return err < 0 ? err : 0;
}

/* What Linux looks at before the control messages comes before them here. */
static int64_t worse_than_control(struct call *c, struct sock *s,
				  struct sock_out *m, int err)
{
	struct sock_name peer;
	int64_t r = 0;

	if (s->kind != SOCK_TCP)
		return m->to || !sock_ops_of(s)->peer(s, &peer) ? err
								: -EDESTADDRREQ;
	if (tcp_state(s->tcp) != STATE_ESTABLISHED &&
	    tcp_state(s->tcp) != STATE_CLOSE_WAIT)
		r = api_io_send(c, s, m);
	return r < 0 ? r : err;
}

static int64_t do_sendmsg(struct call *c, const struct msghdr *msg, int flags)
{
	struct sock_out m = { .flags = flags, .ttl = -1, .tos = -1 };
	struct named named;
	struct sock_name to;
	struct sock *s;
	int64_t n;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	if (!msg)
		return -EFAULT;
	n = api_io_length(msg->msg_iov, msg->msg_iovlen);
	if (n < 0)
		return n;
	if (s->kind == SOCK_LOCAL)
		return api_local_sendmsg(c, s, msg, (size_t)n, flags);
	err = destination(s, msg, &m, &to);
	if (err)
		return err;
	err = all_control(s, msg, &m, &named);
	if (err)
		return worse_than_control(c, s, &m, err);
	m.iov = msg->msg_iov;
	m.niov = (int)msg->msg_iovlen;
	m.n = (size_t)n;
	return api_io_send(c, s, &m);
}

ssize_t ostia_sendmsg(struct ostia_proc *p, int fd, const struct msghdr *msg,
		      int flags)
{
	struct call c;

	if (call_enter(&c, p, "sendmsg", fd))
		call_tell(&c, "0x%x", (unsigned)flags);
	return call_leave(&c, do_sendmsg(&c, msg, flags));
}

/* An error after the first message is left for the next call (sendmmsg(2)),
 * if it is still true then.
 */
static int64_t do_sendmmsg(struct call *c, struct mmsghdr *v, unsigned n,
			   int flags)
{
	unsigned done = 0;
	int64_t r = 0;

	n = n < BATCH_MAX ? n : BATCH_MAX;
	while (done < n && (r = do_sendmsg(c, &v[done].msg_hdr, flags)) >= 0) {
		v[done++].msg_len = (unsigned)r;
		stack_settle(c->p->stack);
	}
	if (done)
		c->broken_pipe = false;
	return done ? (int64_t)done : r;
}

int ostia_sendmmsg(struct ostia_proc *p, int fd, struct mmsghdr *v, unsigned n,
		   int flags)
{
	struct call c;

	if (call_enter(&c, p, "sendmmsg", fd))
		call_tell(&c, "%u, 0x%x", n, (unsigned)flags);
	return (int)call_leave(&c, do_sendmmsg(&c, v, n, flags));
}

/*
 * --- in ------------------------------------------------------------------
 */

void api_msg_put(struct control_room *r, int level, int type, const void *data,
		 size_t n)
{
	struct cmsghdr h = { .cmsg_level = level, .cmsg_type = type };
	size_t space = CMSG_SPACE(n);

	if (r->left < sizeof(h)) {
		r->truncated = true;
		return;
	}
	h.cmsg_len = CMSG_LEN(n);
	if (r->left < h.cmsg_len) {
		h.cmsg_len = r->left;
		r->truncated = true;
	}
	memcpy(r->at, &h, sizeof(h));
	memcpy(r->at + CMSG_LEN(0), data, h.cmsg_len - CMSG_LEN(0));
	space = space < r->left ? space : r->left;
	r->at += space;
	r->left -= space;
}

static void put_int(struct control_room *r, int level, int type, int v)
{
	api_msg_put(r, level, type, &v, sizeof(v));
}

void api_msg_stamp(struct control_room *r, const struct sock *s,
		   ostia_time when)
{
	const struct timeval tv = {
		.tv_sec = (time_t)(when / OSTIA_S),
		.tv_usec = (suseconds_t)(when % OSTIA_S / OSTIA_US),
	};
	const struct timespec ts = { .tv_sec = (time_t)(when / OSTIA_S),
				     .tv_nsec = (long)(when % OSTIA_S) };

	bool new = sock_kept_is(s, SOCK_KEPT_STAMP_NEW);

	if (s->flags & SOCK_F_TIMESTAMP)
		api_msg_put(r, SOL_SOCKET,
			    new ? SO_TIMESTAMP_NEW : SCM_TIMESTAMP, &tv,
			    sizeof(tv));
	if (s->flags & SOCK_F_TIMESTAMPNS)
		api_msg_put(r, SOL_SOCKET,
			    new ? SO_TIMESTAMPNS_NEW : SCM_TIMESTAMPNS, &ts,
			    sizeof(ts));
}

/* struct scm_timestamping: the first of its three is software's. */
void api_msg_stamping(struct control_room *r, const struct sock *s,
		      ostia_time when)
{
	bool new = sock_kept_is(s, SOCK_KEPT_STAMP_NEW);

	const struct timespec ts[3] = {
		{ .tv_sec = (time_t)(when / OSTIA_S),
		  .tv_nsec = (long)(when % OSTIA_S) },
	};

	api_msg_put(r, SOL_SOCKET, new ? SO_TIMESTAMPING_NEW : SCM_TIMESTAMPING,
		    ts, sizeof(ts));
}

static void put_control4(struct control_room *r, const struct sock *s,
			 const struct dgram_from *from)
{
	struct in_pktinfo info = { .ipi_ifindex = (int)from->link_index };
	struct sock_name n;

	if (s->flags & SOCK_F_PKTINFO) {
		memcpy(&info.ipi_addr, &from->dst.w[3], 4);
		memcpy(&info.ipi_spec_dst, &from->dst.w[3], 4);
		api_msg_put(r, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	if (s->flags & SOCK_F_RECVTTL)
		put_int(r, IPPROTO_IP, IP_TTL, from->ttl);
	if (s->flags & SOCK_F_RECVTOS)
		api_msg_put(r, IPPROTO_IP, IP_TOS, &from->tos, 1);
	if (from->pkt)
		api_hdropts_put4(r, s, from);
	if (from->frag_max && sock_kept_is(s, SOCK_KEPT_RECVFRAGSIZE))
		put_int(r, IPPROTO_IP, IP_RECVFRAGSIZE, (int)from->frag_max);
	if (s->flags & SOCK_F_ORIGDST) {
		struct sockaddr_in in = { .sin_family = AF_INET };

		sock_ops_of(s)->name(s, &n);
		in.sin_port = htons(n.port);
		memcpy(&in.sin_addr, &from->dst.w[3], 4);
		api_msg_put(r, IPPROTO_IP, IP_ORIGDSTADDR, &in, sizeof(in));
	}
}

static void put_origdst6(struct control_room *r, const struct sock *s,
			 const struct dgram_from *from)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_scope_id = from->zone };
	struct sock_name n;

	sock_ops_of(s)->name(s, &n);
	in6.sin6_port = htons(n.port);
	memcpy(&in6.sin6_addr, &from->dst, sizeof(in6.sin6_addr));
	api_msg_put(r, IPPROTO_IPV6, IPV6_ORIGDSTADDR, &in6, sizeof(in6));
}

static void put_control6(struct control_room *r, const struct sock *s,
			 const struct dgram_from *from)
{
	struct in6_pktinfo info = { .ipi6_ifindex = from->link_index };

	if (s->flags & SOCK_F_PKTINFO6) {
		memcpy(&info.ipi6_addr, &from->dst, sizeof(info.ipi6_addr));
		api_msg_put(r, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
	if (s->flags & SOCK_F_HOPLIMIT6)
		put_int(r, IPPROTO_IPV6, IPV6_HOPLIMIT, from->ttl);
	if (s->flags & SOCK_F_TCLASS6)
		put_int(r, IPPROTO_IPV6, IPV6_TCLASS, from->tos);
	if (from->flowinfo && sock_kept_is(s, SOCK_KEPT_FLOWINFO))
		api_msg_put(r, IPPROTO_IPV6, IPV6_FLOWINFO, &from->flowinfo,
			    sizeof(from->flowinfo));
	if (from->pkt)
		api_hdropts_put6(r, s, from);
	if (s->rare)
		api_hdropts_put2292(r, s, from);
	if (sock_kept_is(s, SOCK_KEPT_ORIGDST6))
		put_origdst6(r, s, from);
	if (from->frag_max && sock_kept_is(s, SOCK_KEPT_RECVFRAGSIZE6))
		put_int(r, IPPROTO_IPV6, IPV6_RECVFRAGSIZE,
			(int)from->frag_max);
}

/* Errors of the network have somebody who sent them. */
static bool has_offender(const struct errq_entry *e)
{
	return e->origin == SO_EE_ORIGIN_ICMP ||
	       e->origin == SO_EE_ORIGIN_ICMP6;
}

/* struct sock_extended_err, and who sent it. */
static void put_error(struct control_room *r, const struct sock *s,
		      const struct errq_entry *e)
{
	bool v4 = !sock_is_v6(s);
	struct {
		struct sock_extended_err ee;
		union {
			struct sockaddr_in in;
			struct sockaddr_in6 in6;
		} from;
	} out = { .ee = { .ee_errno = (uint32_t)e->err,
			  .ee_origin = e->origin,
			  .ee_type = e->type,
			  .ee_code = e->code,
			  .ee_info = e->info,
			  .ee_data = e->data } };

	if (s->kind == SOCK_LINK) {
		api_msg_put(r, SOL_PACKET, PACKET_TX_TIMESTAMP, &out.ee,
			    sizeof(out.ee));
		return;
	}
	if (has_offender(e) && v4) {
		out.from.in.sin_family = AF_INET;
		memcpy(&out.from.in.sin_addr, &e->offender.w[3], 4);
	} else if (has_offender(e)) {
		out.from.in6.sin6_family = AF_INET6;
		memcpy(&out.from.in6.sin6_addr, &e->offender, 16);
	}
	api_msg_put(r, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		    v4 ? IP_RECVERR : IPV6_RECVERR, &out,
		    sizeof(out.ee) +
			    (v4 ? sizeof(out.from.in) : sizeof(out.from.in6)));
}

/* Of the packet that told of it: when it came, and how. */
static void put_teller(struct control_room *r, const struct sock *s,
		       const struct errq_entry *e)
{
	api_msg_stamp(r, s, e->when);
	if (s->flags & SOCK_F_RECVTTL && !sock_is_v6(s))
		put_int(r, IPPROTO_IP, IP_TTL, e->ttl);
	if (s->flags & SOCK_F_RECVTOS && !sock_is_v6(s))
		api_msg_put(r, IPPROTO_IP, IP_TOS, &e->tos, 1);
	if (s->flags & SOCK_F_HOPLIMIT6 && e->origin == SO_EE_ORIGIN_ICMP6)
		put_int(r, IPPROTO_IPV6, IPV6_HOPLIMIT, e->ttl);
	if (s->flags & SOCK_F_TCLASS6 && e->origin == SO_EE_ORIGIN_ICMP6)
		put_int(r, IPPROTO_IPV6, IPV6_TCLASS, e->tos);
}

/* PACKET_AUXDATA */
static void put_frame(struct control_room *r, const struct sock *s,
		      const struct packet_from *f)
{
	const struct tpacket_auxdata aux = {
		.tp_status = TP_STATUS_USER | f->status,
		.tp_len = f->len,
		.tp_snaplen = f->snaplen,
		.tp_net = f->net,
	};

	if (s->packet->auxdata)
		api_msg_put(r, SOL_PACKET, PACKET_AUXDATA, &aux, sizeof(aux));
}

/* IPV6_PATHMTU (RFC 3542 11.3) */
static void put_pmtu(struct control_room *r, const struct sock_in *m)
{
	struct ip6_mtuinfo info = { .ip6m_mtu = m->pmtu };

	info.ip6m_addr.sin6_family = AF_INET6;
	info.ip6m_addr.sin6_scope_id = m->from.zone;
	memcpy(&info.ip6m_addr.sin6_addr, &m->from.src, 16);
	api_msg_put(r, IPPROTO_IPV6, IPV6_PATHMTU, &info, sizeof(info));
}

static void put_all(struct control_room *r, const struct sock *s,
		    const struct sock_in *m)
{
	const struct dgram *d = sock_dgram_of(s);

	if (m->has_err) {
		if (m->err.origin == SO_EE_ORIGIN_TIMESTAMPING &&
		    sock_stamp_tells(s))
			api_msg_stamping(r, s, m->err.when);
		if (errq_is_icmp(&m->err) && s->kind != SOCK_LINK)
			put_teller(r, s, &m->err);
		put_error(r, s, &m->err);
		return;
	}
	if (m->pmtu) {
		put_pmtu(r, m);
		return;
	}
	api_msg_stamp(r, s,
		      s->kind == SOCK_LINK ? m->frame.when : m->from.when);
	if (sock_stamp_tells_rx(s))
		api_msg_stamping(r, s,
				 s->kind == SOCK_LINK ? m->frame.when
						      : m->from.when);
	if (s->flags & SOCK_F_RXQ_OVFL)
		api_msg_put(r, SOL_SOCKET, SO_RXQ_OVFL, &d->drops,
			    sizeof(d->drops));
	if (s->kind == SOCK_LINK) {
		put_frame(r, s, &m->frame);
		return;
	}
	if (m->from.gso_size && s->kind == SOCK_UDP)
		put_int(r, IPPROTO_UDP, UDP_GRO, m->from.gso_size);
	if (sock_is_v6(s))
		put_control6(r, s, &m->from);
	if (addr_is_v4(&m->from.dst))
		put_control4(r, s, &m->from);
}

/* TCP_INQ: how many bytes more could have been read. */
static void put_inq(struct control_room *r, const struct sock *s)
{
	int64_t on = 0;

	if (!tcp_get_opt(s->socks->tcp, s->tcp, TCP_OPT_INQ, &on) && on)
		put_int(r, IPPROTO_TCP, 36 /* TCP_CM_INQ */,
			(int)tcp_inq(s->tcp));
}

static void put_stream(struct control_room *r, const struct sock *s,
		       const struct sock_in *m)
{
	if (m->from.when)
		api_msg_stamp(r, s, m->from.when);
	if (m->from.when && sock_stamp_tells_rx(s))
		api_msg_stamping(r, s, m->from.when);
	put_inq(r, s);
}

static int finish(const struct sock *s, const struct sock_in *m,
		  struct msghdr *msg)
{
	struct control_room room = { msg->msg_control, msg->msg_controllen,
				     false };
	int err = 0;

	if (!room.at)
		room.left = 0;
	if (m->has_from || m->has_err)
		put_all(&room, s, m);
	else if (s->kind == SOCK_TCP)
		put_stream(&room, s, m);
	if (!m->has_from)
		msg->msg_namelen = 0;
	else if (msg->msg_name)
		err = api_addr_from(s, m, msg->msg_name, &msg->msg_namelen);
	msg->msg_controllen =
		room.at ? (size_t)(room.at - (uint8_t *)msg->msg_control) : 0;
	msg->msg_flags = m->got_flags | (room.truncated ? MSG_CTRUNC : 0);
	return err;
}

static int64_t do_recvmsg(struct call *c, struct msghdr *msg, int flags)
{
	struct sock_in m = { .flags = flags };
	struct sock *s;
	int64_t r, n;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	if (!msg)
		return -EFAULT;
	n = api_io_length(msg->msg_iov, msg->msg_iovlen);
	if (n < 0)
		return n;
	m.iov = msg->msg_iov;
	m.niov = (int)msg->msg_iovlen;
	m.n = (size_t)n;
	if (s->kind == SOCK_LOCAL)
		return api_local_recvmsg(c, s, &m, msg);
	m.keep = msg->msg_control && sock_hdropts_wanted(s);
	r = api_io_recv(c, s, &m);
	if (r < 0)
		return r;
	err = finish(s, &m, msg);
	api_hdropts_done(&m);
	return err ? err : r;
}

ssize_t ostia_recvmsg(struct ostia_proc *p, int fd, struct msghdr *msg,
		      int flags)
{
	struct call c;

	if (call_enter(&c, p, "recvmsg", fd))
		call_tell(&c, "0x%x", (unsigned)flags);
	return call_leave(&c, do_recvmsg(&c, msg, flags));
}

/* recvmmsg(2): the timeout is looked at between messages alone. */
static int64_t do_recvmmsg(struct call *c, struct mmsghdr *v, unsigned n,
			   int flags, ostia_time deadline)
{
	unsigned done = 0;
	struct sock *s;
	int64_t r;

	n = n < BATCH_MAX ? n : BATCH_MAX;
	r = proc_sock(c->p, c->fd, &s);
	if (!r)
		r = -sock_ops_of(s)->take_error(s);
	while (!r && done < n) {
		r = do_recvmsg(c, &v[done].msg_hdr, flags & ~MSG_WAITFORONE);
		if (r < 0)
			break;
		v[done++].msg_len = (unsigned)r;
		r = 0;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (stack_now(c->p->stack) >= deadline)
			break;
	}
	return done ? (int64_t)done : r;
}

int ostia_recvmmsg(struct ostia_proc *p, int fd, struct mmsghdr *v, unsigned n,
		   int flags, struct timespec *ts)
{
	struct call c;
	ostia_time deadline = OSTIA_NEVER;
	int64_t r = 0;

	if (call_enter(&c, p, "recvmmsg", fd))
		call_tell(&c, "%u, 0x%x", n, (unsigned)flags);
	if (ts &&
	    (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= (long)OSTIA_S))
		r = -EINVAL;
	else if (ts)
		deadline = stack_now(p->stack) +
			   (ostia_time)ts->tv_sec * OSTIA_S +
			   (ostia_time)ts->tv_nsec;
	if (!r)
		r = do_recvmmsg(&c, v, n, flags, deadline);
	return (int)call_leave(&c, r);
}
