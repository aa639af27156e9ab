/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct ucred */
#include "sock/opt.h"

#include "ip/addrs.h"
#include "ip/path.h"
#include "ip/state.h"
#include "sock/auth.h"
#include "sock/dgram.h"
#include "sock/filter.h"
#include "sock/hdropts.h"
#include "sock/kept.h"
#include "sock/local.h"
#include "sock/mcast.h"
#include "sock/packet.h"
#include "sock/pktinfo.h"
#include "sock/stamp.h"
#include "sock/udp.h"
#include "tcp/fastopen.h"
#include "wire/be.h"

#include <errno.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "sock/optnames.h" /* after the system's own */

/* <linux/icmpv6.h> and <netinet/in.h> do not go together. */
#ifndef ICMPV6_FILTER
#define ICMPV6_FILTER 1
#endif

#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif

enum {
	SNDBUF_MIN = 4608, /* SOCK_MIN_SNDBUF */
	RCVBUF_MIN = 2304, /* SOCK_MIN_RCVBUF */
	NAME_MAX_BYTES = 16, /* IFNAMSIZ, TCP_CA_NAME_MAX */
	IPV6_MIN_MTU = 1280,
	ECN_MASK = 3,
	STATE_CLOSE = 7, /* TCP_CLOSE */
	STATE_LISTEN = 10, /* TCP_LISTEN */
};

/*
 * --- flags and constants -------------------------------------------------
 */

static int get_flag(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = (s->flags & (uint32_t)o->arg) != 0;
	return 0;
}

static int set_flag(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (v)
		s->flags |= (uint32_t)o->arg;
	else
		s->flags &= ~(uint32_t)o->arg;
	return 0;
}

static int get_const(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)s;
	*v = o->arg;
	return 0;
}

static int set_nothing(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	(void)v;
	return 0;
}

/*
 * --- TCP's own -----------------------------------------------------------
 */

static int get_tcp(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	return tcp_get_opt(s->socks->tcp, s->tcp, (enum tcp_opt)o->arg, v);
}

static int set_tcp(struct sock *s, const struct sock_opt *o, int64_t v)
{
	return tcp_set_opt(s->socks->tcp, s->tcp, (enum tcp_opt)o->arg, v);
}

static int get_syn(struct sock *s, void *p, uint32_t *n)
{
	return tcp_saved_syn(s->socks->tcp, s->tcp, p, n);
}

static int get_fo_key(struct sock *s, void *p, uint32_t *n)
{
	uint8_t key[TCP_FO_KEYS * TCP_FO_KEY];
	uint32_t len = tcp_fastopen_get_key(s->socks->tcp, s->tcp, key);

	*n = *n < len ? *n : len;
	if (*n && !p)
		return -EFAULT;
	if (*n)
		memcpy(p, key, *n);
	return 0;
}

static int set_fo_key(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n)
{
	(void)o;
	if (!p && (n == TCP_FO_KEY || n == TCP_FO_KEYS * TCP_FO_KEY))
		return -EFAULT;
	return tcp_fastopen_set_key(s->socks->tcp, s->tcp, p, n);
}

static int get_cc(struct sock *s, void *buf)
{
	const char *name = tcp_get_cc(s->socks->tcp, s->tcp);

	memset(buf, 0, NAME_MAX_BYTES);
	memcpy(buf, name, strnlen(name, NAME_MAX_BYTES - 1));
	return NAME_MAX_BYTES;
}

static int set_cc(struct sock *s, const void *p, uint32_t n)
{
	if (n < 1)
		return -EINVAL;
	n = n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES - 1;
	return tcp_set_cc(s->socks->tcp, s->tcp, p, strnlen(p, n));
}

/* What an algorithm has to tell beside TCP_INFO. */
static int get_cc_info(struct sock *s, void *buf)
{
	static_assert(sizeof(union tcp_cc_info) <= SOCK_OPT_MAX_BYTES, "room");
	return tcp_cc_info(s->socks->tcp, s->tcp, buf);
}

static int get_info(struct sock *s, void *buf)
{
	static_assert(sizeof(struct tcp_info) <= SOCK_OPT_MAX_BYTES, "room");
	tcp_info(s->socks->tcp, s->tcp, buf);
	return sizeof(struct tcp_info);
}

/*
 * --- SOL_SOCKET ----------------------------------------------------------
 */

/* What is bound already changes its mind, too. */
static int set_reuse(struct sock *s, const struct sock_opt *o, int64_t v)
{
	bool addr = o->arg == SOCK_F_REUSEADDR;
	uint8_t bit = addr ? BIND_REUSEADDR : BIND_REUSEPORT;
	struct binding *b = sock_dgram_binding(s);

	if (!addr && v && (s->kind == SOCK_LOCAL || s->kind == SOCK_LINK))
		return -EOPNOTSUPP; /* of IP alone, since Linux 6.13 */
	set_flag(s, o, v);
	if (s->kind == SOCK_LOCAL)
		return 0;
	if (s->kind == SOCK_TCP)
		return tcp_set_opt(s->socks->tcp, s->tcp,
				   addr ? TCP_OPT_REUSEADDR : TCP_OPT_REUSEPORT,
				   v);
	if (b)
		b->flags = v ? b->flags | bit : b->flags & (uint8_t)~bit;
	return 0;
}

static int get_type(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = sock_type(s);
	return 0;
}

static int get_domain(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->family;
	return 0;
}

static int get_protocol(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->proto;
	return 0;
}

static int get_accepting(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	if (s->kind == SOCK_LOCAL)
		*v = local_listening(s->local);
	else
		*v = s->kind == SOCK_TCP && tcp_state(s->tcp) == STATE_LISTEN;
	return 0;
}

static int get_error(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = sock_ops_of(s)->take_error(s);
	return 0;
}

static int set_broadcast(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	if (d)
		d->broadcast = v != 0;
	return set_flag(s, o, v);
}

/* AF_UNIX charges senders; SO_RCVBUF is remembered. */
static uint32_t local_buf(const struct sock *s, bool snd)
{
	if (snd)
		return s->local->sndbuf;
	return s->rare && s->rare->rcvbuf ? s->rare->rcvbuf : LOCAL_SNDBUF;
}

static int set_local_buf(struct sock *s, bool snd, uint32_t v)
{
	struct sock_rare *r = snd ? NULL : sock_rare(s);

	if (snd)
		local_set_sndbuf(s->local, v);
	else if (r)
		r->rcvbuf = v;
	return snd || r ? 0 : -ENOMEM;
}

static int get_buf(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	struct dgram *d = sock_dgram_of(s);

	if (s->kind == SOCK_LOCAL) {
		*v = local_buf(s, o->arg == TCP_OPT_SNDBUF);
		return 0;
	}
	if (!d)
		return get_tcp(s, o, v);
	*v = o->arg == TCP_OPT_SNDBUF ? d->sndbuf : d->rcvbuf;
	return 0;
}

/* As socket(7): doubled for bookkeeping, within the limits. A negative value
 * is a very large one, or none at all where the limit may be passed.
 */
static int set_buf(struct sock *s, const struct sock_opt *o, int64_t v)
{
	bool snd = o->arg == TCP_OPT_SNDBUF || o->arg == TCP_OPT_SNDBUF_FORCE;
	bool force = o->arg != TCP_OPT_SNDBUF && o->arg != TCP_OPT_RCVBUF;
	int64_t min = snd ? SNDBUF_MIN : RCVBUF_MIN;
	int64_t max = force ? INT32_MAX / 2 : tcp_buf_max(s->socks->tcp, snd);
	struct dgram *d = sock_dgram_of(s);
	int err;

	if (s->kind == SOCK_TCP)
		return set_tcp(s, o, v); /* it knows the rule, too */
	err = sock_kept_put(s, SOCK_KEPT_BUF_LOCK,
			    sock_kept(s, SOCK_KEPT_BUF_LOCK) | (snd ? 1 : 2));
	if (err)
		return err;
	v = force && v < 0 ? 0 : v < 0 || v > max ? max : v;
	v = 2 * v < min ? min : 2 * v;
	if (!d)
		return set_local_buf(s, snd, (uint32_t)v);
	*(snd ? &d->sndbuf : &d->rcvbuf) = (uint32_t)v;
	file_notify(&s->file, POLLOUT);
	return 0;
}

static int get_keepalive(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_KEEPALIVE };

	return s->kind == SOCK_TCP ? get_tcp(s, &tcp, v) : get_flag(s, o, v);
}

static int set_keepalive(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_KEEPALIVE };

	return s->kind == SOCK_TCP ? set_tcp(s, &tcp, v) : set_flag(s, o, v);
}

static int get_oob(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_OOBINLINE };

	return s->kind == SOCK_TCP ? get_tcp(s, &tcp, v) : get_flag(s, o, v);
}

static int set_oob(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_OOBINLINE };

	if (s->kind == SOCK_LOCAL)
		s->local->flags =
			v ? s->local->flags | LOCAL_F_OOBINLINE
			  : s->local->flags & (uint8_t)~LOCAL_F_OOBINLINE;
	return s->kind == SOCK_TCP ? set_tcp(s, &tcp, v) : set_flag(s, o, v);
}

static int get_linger(struct sock *s, void *buf)
{
	const struct linger l = {
		.l_onoff = (s->flags & SOCK_F_LINGER) != 0,
		.l_linger = s->rare ? (int)s->rare->linger_s : 0,
	};

	memcpy(buf, &l, sizeof(l));
	return sizeof(l);
}

static int set_linger(struct sock *s, const void *p, uint32_t n)
{
	struct linger l;

	if (n < sizeof(l))
		return -EINVAL;
	memcpy(&l, p, sizeof(l));
	if (!l.l_onoff) {
		s->flags &= ~(uint32_t)SOCK_F_LINGER;
		return 0;
	}
	if (l.l_linger && !sock_rare(s))
		return -ENOMEM;
	if (s->rare)
		s->rare->linger_s = (uint32_t)l.l_linger;
	s->flags |= SOCK_F_LINGER;
	return 0;
}

/* A time that is over before it begins, but not "for ever". */
enum { AT_ONCE = 1 };

static int time_out(ostia_time t, void *buf)
{
	const struct timeval tv = {
		.tv_sec = (time_t)(t / OSTIA_S),
		.tv_usec = (suseconds_t)(t % OSTIA_S / OSTIA_US),
	};

	memcpy(buf, &tv, sizeof(tv));
	return sizeof(tv);
}

static int time_in(const void *p, uint32_t n, ostia_time *out)
{
	const uint64_t far = (uint64_t)INT64_MAX / OSTIA_S;
	struct timeval tv;

	if (n < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, p, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		*out = AT_ONCE;
	else if ((uint64_t)tv.tv_sec >= far)
		*out = 0;
	else
		*out = (ostia_time)tv.tv_sec * OSTIA_S +
		       (ostia_time)tv.tv_usec * OSTIA_US;
	return 0;
}

static int get_rcvtimeo(struct sock *s, void *buf)
{
	return time_out(s->rare ? s->rare->rcvtimeo : 0, buf);
}

static int get_sndtimeo(struct sock *s, void *buf)
{
	return time_out(s->rare ? s->rare->sndtimeo : 0, buf);
}

static int set_rcvtimeo(struct sock *s, const void *p, uint32_t n)
{
	struct sock_rare *r = sock_rare(s);

	return r ? time_in(p, n, &r->rcvtimeo) : -ENOMEM;
}

static int set_sndtimeo(struct sock *s, const void *p, uint32_t n)
{
	struct sock_rare *r = sock_rare(s);

	return r ? time_in(p, n, &r->sndtimeo) : -ENOMEM;
}

static int get_lowat(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt kept = { .arg = SOCK_KEPT_RCVLOWAT };

	return s->kind == SOCK_TCP ? get_tcp(s, o, v)
				   : sock_kept_get_int(s, &kept, v);
}

static int set_lowat(struct sock *s, const struct sock_opt *o, int64_t v)
{
	int err;

	v = v < 0 ? INT32_MAX : v ? v : 1;
	if (s->kind != SOCK_TCP)
		return sock_kept_put(s, SOCK_KEPT_RCVLOWAT, (int32_t)v);
	err = set_tcp(s, o, v);
	if (err)
		return err;
	s->flags = v > 1 ? s->flags | SOCK_F_LOWAT
			 : s->flags & ~(uint32_t)SOCK_F_LOWAT;
	return 0;
}

static void change_device(struct sock *s, uint32_t index)
{
	struct binding *b = sock_dgram_binding(s);

	s->dev = index;
	if (b && b->bound)
		b->zone = index;
}

static struct ostia_link *link_named(struct sock *s, const char *name, size_t n)
{
	list_each (node, &s->socks->ip->links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (strlen(l->name) == n && !memcmp(l->name, name, n))
			return l;
	}
	return NULL;
}

static int get_device(struct sock *s, void *buf)
{
	struct ostia_link *l = s->dev ? ip_link_at(s->socks->ip, s->dev) : NULL;
	size_t n;

	if (!s->dev)
		return 0;
	if (!l)
		return -ENODEV;
	n = strlen(l->name) + 1;
	memcpy(buf, l->name, n);
	return (int)n;
}

static int set_device(struct sock *s, const void *p, uint32_t n)
{
	struct ostia_link *l;

	if (n)
		n = (uint32_t)strnlen(
			p, n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES - 1);
	if (!n) {
		change_device(s, 0);
		return 0;
	}
	l = link_named(s, p, n);
	if (!l)
		return -ENODEV;
	change_device(s, l->index);
	return 0;
}

static int get_ifindex(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->dev;
	return 0;
}

static int set_ifindex(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o; /* Linux does not ask whether there is such a link */
	change_device(s, (uint32_t)v);
	return 0;
}

static int get_cookie(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	struct sock_rare *r = sock_rare(s);

	(void)o;
	if (!r)
		return -ENOMEM;
	if (!r->cookie)
		r->cookie = ++s->socks->last_cookie;
	*v = (int64_t)r->cookie;
	return 0;
}

static int get_no_check(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	if (s->kind != SOCK_UDP)
		return sock_kept_get_flag(s, o, v);
	*v = s->udp->no_check;
	return 0;
}

static int set_no_check(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (s->kind != SOCK_UDP)
		return sock_kept_set_flag(s, o, v);
	s->udp->no_check = v != 0;
	return 0;
}

static int get_ovfl(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = SOCK_KEPT_RXQ_OVFL };

	return s->kind == SOCK_TCP ? sock_kept_get_flag(s, &tcp, v)
				   : get_flag(s, o, v);
}

static int set_ovfl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = SOCK_KEPT_RXQ_OVFL };

	return s->kind == SOCK_TCP ? sock_kept_set_flag(s, &tcp, v)
				   : set_flag(s, o, v);
}

static int get_buf_lock(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_BUF_LOCK };

	return s->kind == SOCK_TCP ? get_tcp(s, &tcp, v)
				   : sock_kept_get_int(s, o, v);
}

static int set_buf_lock(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_BUF_LOCK };

	return s->kind == SOCK_TCP ? set_tcp(s, &tcp, v)
				   : sock_kept_set_int(s, o, v);
}

/* Bytes per second; an unsigned long, and an int will do. ~0: no limit. */
static int get_pacing(struct sock *s, void *buf)
{
	int64_t v = -1;
	int err = s->kind == SOCK_TCP ? tcp_get_opt(s->socks->tcp, s->tcp,
						    TCP_OPT_MAX_PACING_RATE, &v)
				      : 0;

	if (s->kind != SOCK_TCP && s->rare)
		v = (int64_t)s->rare->pacing_rate;
	memcpy(buf, &v, sizeof(v));
	return err ? err : (int)sizeof(v);
}

static int set_pacing(struct sock *s, const void *p, uint32_t n)
{
	uint64_t v = 0;

	if (n < sizeof(uint32_t))
		return -EINVAL;
	memcpy(&v, p, n >= sizeof(v) ? sizeof(v) : sizeof(uint32_t));
	if (n < sizeof(v) && v == UINT32_MAX)
		v = UINT64_MAX;
	if (s->kind == SOCK_TCP)
		return tcp_set_opt(s->socks->tcp, s->tcp,
				   TCP_OPT_MAX_PACING_RATE, (int64_t)v);
	if (!sock_rare(s))
		return -ENOMEM;
	s->rare->pacing_rate = v;
	return 0;
}

/* A path's NUL counts, and there may be room for none. */
static int local_peername(const struct sock_un *n, uint8_t *buf)
{
	const uint16_t family = AF_UNIX;

	memcpy(buf, &family, sizeof(family));
	if (n->len)
		memcpy(buf + sizeof(family), n->path, n->len);
	return (int)(sizeof(family) + n->len);
}

/* struct sockaddr of the peer, in the caller's room exactly */
static int get_peername(struct sock *s, void *buf)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sock_name n;

	if (sock_ops_of(s)->peer(s, &n))
		return -ENOTCONN;
	if (s->kind == SOCK_LOCAL)
		return local_peername(&n.un, buf);
	if (!sock_is_v6(s)) {
		wire_be_put16((uint8_t *)&in.sin_port, n.port);
		memcpy(&in.sin_addr, &n.addr.w[3], sizeof(in.sin_addr));
		memcpy(buf, &in, sizeof(in));
		return sizeof(in);
	}
	wire_be_put16((uint8_t *)&in6.sin6_port, n.port);
	memcpy(&in6.sin6_addr, &n.addr, sizeof(in6.sin6_addr));
	in6.sin6_scope_id = n.zone;
	memcpy(buf, &in6, sizeof(in6));
	return sizeof(in6);
}

/* SK_MEMINFO_*: what the queues pin, and what they may */
static int get_meminfo(struct sock *s, void *buf)
{
	enum {
		RMEM,
		RCVBUF,
		WMEM,
		SNDBUF,
		FORWARD,
		QUEUED,
		OPT,
		BACKLOG,
		DROPS,
		VARS
	};
	const struct dgram *d = sock_dgram_of(s);
	uint32_t v[VARS] = { 0 };
	int64_t snd = 0, rcv = 0;

	if (s->kind == SOCK_LOCAL) {
		v[WMEM] = s->local->charge;
		snd = local_buf(s, true);
		rcv = local_buf(s, false);
	} else if (d) {
		v[RMEM] = d->rxcharge;
		v[WMEM] = d->txcharge;
		v[DROPS] = d->drops;
		snd = d->sndbuf;
		rcv = d->rcvbuf;
	} else {
		v[RMEM] = tcp_readable(s->tcp);
		v[QUEUED] = tcp_unacked(s->tcp);
		tcp_get_opt(s->socks->tcp, s->tcp, TCP_OPT_SNDBUF, &snd);
		tcp_get_opt(s->socks->tcp, s->tcp, TCP_OPT_RCVBUF, &rcv);
	}
	v[SNDBUF] = (uint32_t)snd;
	v[RCVBUF] = (uint32_t)rcv;
	memcpy(buf, v, sizeof(v));
	return sizeof(v);
}

/* Linux has two names for each, which differ in control messages alone. */
static bool is_new(const struct sock_opt *o)
{
	return o->name == SO_TIMESTAMP_NEW || o->name == SO_TIMESTAMPNS_NEW;
}

static int get_stamp(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = (s->flags & (uint32_t)o->arg) &&
	     sock_kept_is(s, SOCK_KEPT_STAMP_NEW) == is_new(o);
	return 0;
}

/* One kind of time stamp at a time; the later call wins. */
static int set_stamp(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt new = { .arg = SOCK_KEPT_STAMP_NEW };
	int err = 0;

	if (is_new(o) || sock_kept_is(s, SOCK_KEPT_STAMP_NEW))
		err = sock_kept_set_flag(s, &new, v && is_new(o));
	if (err)
		return err;
	s->flags &= ~(uint32_t)(SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS);
	set_flag(s, o, v);
	return sock_stamp_sync(s);
}

/* Bytes are copied whatever one asks; see sock/zerocopy.h. */
static int set_zerocopy(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (s->kind != SOCK_TCP && s->kind != SOCK_UDP)
		return -EOPNOTSUPP;
	if (v != 0 && v != 1)
		return -EINVAL;
	return sock_kept_set_flag(s, o, v);
}

static int set_txrehash(struct sock *s, const struct sock_opt *o, int64_t v)
{
	return sock_kept_set_int(s, o, v < 0 ? 1 : v);
}

static int get_no_data(struct sock *s, void *buf)
{
	(void)s;
	(void)buf;
	return -ENODATA;
}

/* "What I sent does not arrive": forget what was learned of the way. */
static int set_advice(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	(void)o;
	if (v == 1 && d && d->path) {
		path_put(s->socks->ip, d->path);
		d->path = NULL;
	}
	return 0;
}

/* A program that the kernel loaded is none of ours. */
static int refuse_ebpf(struct sock *s, const void *p, uint32_t n)
{
	(void)p;
	if (n != sizeof(uint32_t))
		return -EINVAL;
	return s->rare && s->rare->filter_locked ? -EPERM : -EOPNOTSUPP;
}

static int set_reserve(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	return v < 0 ? -EINVAL : -EOPNOTSUPP;
}

static int get_netns_cookie(struct sock *s, void *p, uint32_t *len)
{
	struct socks *ss = s->socks;

	if (*len != sizeof(ss->netns_cookie))
		return -EINVAL;
	if (!p)
		return -EFAULT;
	while (!ss->netns_cookie)
		ss->netns_cookie = rng_u64(&ss->ip->rng);
	memcpy(p, &ss->netns_cookie, sizeof(ss->netns_cookie));
	return 0;
}

/* A socket without a peer process: Linux says 0, -1, -1. */
static int get_peercred(struct sock *s, void *buf)
{
	const struct ucred nobody = { .pid = 0,
				      .uid = (uid_t)-1,
				      .gid = (gid_t)-1 };

	if (s->kind == SOCK_LOCAL)
		return sock_local_peercred(s, buf);
	memcpy(buf, &nobody, sizeof(nobody));
	return sizeof(nobody);
}

/*
 * --- IPPROTO_IP and IPPROTO_IPV6 -----------------------------------------
 */

static int get_ttl(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct ip_settings *set = &s->socks->ip->set;
	const struct sock_opt tcp = { .arg = TCP_OPT_TTL };
	struct dgram *d = sock_dgram_of(s);
	int err = 0;

	*v = 0;
	if (d)
		*v = d->ttl;
	else
		err = get_tcp(s, &tcp, v);
	if (!err && *v <= 0)
		*v = o->level == IPPROTO_IP ? set->ttl
					    : s->socks->ip->conf6.hop_limit;
	return err;
}

static int set_ttl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_TTL };
	struct dgram *d = sock_dgram_of(s);

	if (o->level == IPPROTO_IP && v == 0)
		return -EINVAL;
	v = v < 0 ? 0 : v; /* the stack's default */
	if (!d)
		return set_tcp(s, &tcp, v);
	d->ttl = (uint8_t)v;
	return 0;
}

static int get_tos(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_TOS };
	struct dgram *d = sock_dgram_of(s);

	(void)o;
	if (!d)
		return get_tcp(s, &tcp, v);
	*v = d->tos;
	return 0;
}

/* The two bits of ECN belong to TCP (RFC 3168), not to its user. */
static int set_tos(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_TOS };
	struct dgram *d = sock_dgram_of(s);

	if (o->level == IPPROTO_IPV6 && v < -1)
		return -EINVAL;
	v = v == -1 && o->level == IPPROTO_IPV6 ? 0 : v & 0xff;
	if (!d)
		return set_tcp(s, &tcp, v & ~ECN_MASK);
	d->tos = (uint8_t)v;
	return 0;
}

/* IP_PROTOCOL and IP_HDRINCL, of sockets that cannot change them */
static int get_ip_protocol(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->kind == SOCK_RAWIP ? s->proto : 0;
	return 0;
}

/* Ephemeral ports for this socket alone; either end may be left open. */
static int set_port_range(struct sock *s, const struct sock_opt *o, int64_t v)
{
	uint16_t low = (uint16_t)v, high = (uint16_t)(v >> 16);

	if (low && high && low > high)
		return -EINVAL;
	return sock_kept_set_int(s, o, v);
}

static int set_never(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	(void)v;
	return -EINVAL;
}

static int set_unicast_if(struct sock *s, const struct sock_opt *o, int64_t v)
{
	int32_t raw = (int32_t)v;
	uint32_t index = wire_be_get32((const uint8_t *)&raw);

	if (index && !ip_link_at(s->socks->ip, index))
		return -EADDRNOTAVAIL;
	if (index && s->dev && s->dev != index)
		return -EINVAL;
	return sock_kept_set_int(s, o, v);
}

static int get_mtu_discover(struct sock *s, const struct sock_opt *o,
			    int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_MTU_DISCOVER };
	struct dgram *d = sock_dgram_of(s);

	(void)o;
	if (!d)
		return get_tcp(s, &tcp, v);
	*v = d->pmtudisc;
	return 0;
}

static int set_mtu_discover(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_MTU_DISCOVER };
	struct dgram *d = sock_dgram_of(s);

	static_assert((int)DGRAM_PMTU_OMIT == IP_PMTUDISC_OMIT,
		      "Linux's numbers");
	(void)o;
	if (!d)
		return set_tcp(s, &tcp, v);
	d->pmtudisc = (uint8_t)v;
	return 0;
}

static int get_mtu(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_MTU };
	struct dgram *d = sock_dgram_of(s);
	struct sock_name peer;

	(void)o;
	if (!d)
		return get_tcp(s, &tcp, v);
	if (sock_ops_of(s)->peer(s, &peer) || !d->path)
		return -ENOTCONN;
	*v = d->path->mtu;
	return 0;
}

/* --- IPv6: fragments, flow labels, sources ---------------------------------
 */

/* Of IPV6_DONTFRAG and IPV6_RECVPATHMTU: datagram sockets act on them, others
 * keep them.
 */
static int get_dgram_flag(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct dgram *d = sock_dgram_of(s);

	if (!d)
		return sock_kept_get_flag(s, o, v);
	*v = o->arg == SOCK_KEPT_DONTFRAG6 ? d->dontfrag : d->tell_pmtu;
	return 0;
}

static int set_dgram_flag(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	if (!d)
		return sock_kept_set_flag(s, o, v);
	if (o->arg == SOCK_KEPT_DONTFRAG6) {
		d->dontfrag = v != 0;
		return 0;
	}
	if (v && !dgram_rare(s->socks->ip, d))
		return -ENOMEM;
	d->tell_pmtu = v != 0;
	return 0;
}

/* struct ip6_mtuinfo (RFC 3542 11.4); Linux leaves the address open. */
struct mtuinfo {
	struct sockaddr_in6 addr;
	uint32_t mtu;
};

static int get_pathmtu(struct sock *s, void *p, uint32_t *len)
{
	struct mtuinfo info = { 0 };
	int64_t mtu = 0;
	int err;

	if (*len < sizeof(info))
		return -EINVAL;
	err = get_mtu(s, NULL, &mtu);
	if (err)
		return err;
	if (!p)
		return -EFAULT;
	info.mtu = (uint32_t)mtu;
	*len = sizeof(info);
	memcpy(p, &info, sizeof(info));
	return 0;
}

static int get_autolabel(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_AUTOLABEL };
	const struct dgram *d = sock_dgram_of(s);
	int64_t how = d ? d->autolabel : 0;
	int err = d ? 0 : get_tcp(s, &tcp, &how);

	(void)o;
	*v = how == IP_LABEL_DEFAULT ? s->socks->ip->set.auto_flowlabels != 0
				     : how == IP_LABEL_ON;
	return err;
}

static int set_autolabel(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_AUTOLABEL };
	int how = v ? IP_LABEL_ON : IP_LABEL_OFF;
	struct dgram *d = sock_dgram_of(s);

	(void)o;
	if (!d)
		return set_tcp(s, &tcp, how);
	d->autolabel = (uint8_t)how;
	return 0;
}

enum { /* <linux/in6.h> */
       PREFER_TMP = 0x0001,
       PREFER_PUBLIC = 0x0002,
       PREFER_COA = 0x0004,
       PREFER_PUBTMP_DEFAULT = 0x0100,
       PREFER_HOME = 0x0400,
       PREFER_CGA = 0x0008,
       PREFER_NONCGA = 0x0800,
       PREFER_WHICH = PREFER_TMP | PREFER_PUBLIC | PREFER_PUBTMP_DEFAULT,
};

static_assert((int)PREFER_TMP == SELECT_TMP, "ip/select has Linux's numbers");

static int get_prefs(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	int32_t is = sock_kept(s, SOCK_KEPT_SRC_PREFS);

	(void)o;
	*v = is & (PREFER_TMP | PREFER_PUBLIC);
	if (!*v)
		*v = PREFER_PUBTMP_DEFAULT;
	*v |= is & PREFER_COA ? PREFER_COA : PREFER_HOME;
	return 0;
}

static bool both(int64_t v, int64_t bits)
{
	return (v & bits & ((v & bits) - 1)) != 0;
}

/* RFC 5014 4: contradictions are refused; what is not said stays. */
static int set_prefs(struct sock *s, const struct sock_opt *o, int64_t v)
{
	int32_t is = sock_kept(s, SOCK_KEPT_SRC_PREFS);

	(void)o;
	if (both(v, PREFER_WHICH) || both(v, PREFER_HOME | PREFER_COA) ||
	    both(v, PREFER_CGA | PREFER_NONCGA))
		return -EINVAL;
	if (v & PREFER_WHICH)
		is = (is & ~(PREFER_TMP | PREFER_PUBLIC)) |
		     (int32_t)(v & (PREFER_TMP | PREFER_PUBLIC));
	if (v & (PREFER_HOME | PREFER_COA))
		is = (is & ~PREFER_COA) | (int32_t)(v & PREFER_COA);
	return sock_kept_put(s, SOCK_KEPT_SRC_PREFS, is);
}

static int set_mtu6(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	(void)o;
	if (v && v < IPV6_MIN_MTU)
		return -EINVAL;
	if (!d || (!v && !d->rare))
		return 0;
	if (!dgram_rare(s->socks->ip, d))
		return -ENOMEM;
	d->rare->mtu6 = (uint32_t)v;
	return 0;
}

/* GTSM (RFC 5082): TCP alone looks, as on Linux; others keep it. */
static int set_min_ttl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	enum tcp_opt tcp =
		o->arg == SOCK_KEPT_MINTTL ? TCP_OPT_MINTTL : TCP_OPT_MINHOPS;
	int err = 0;

	if (s->kind == SOCK_TCP)
		err = tcp_set_opt(s->socks->tcp, s->tcp, tcp, v);
	return err ? err : sock_kept_set_int(s, o, v);
}

static bool *raw_flag(struct sock *s, const struct sock_opt *o)
{
	return o->level == IPPROTO_IP && o->name == IP_NODEFRAG
		       ? &s->raw->nodefrag
		       : &s->raw->hdrincl;
}

/* Others have it, too, and cannot set it. */
static int get_raw_flag(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = s->kind == SOCK_RAWIP && *raw_flag(s, o);
	return 0;
}

static int set_raw_flag(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (s->kind != SOCK_RAWIP)
		return -ENOPROTOOPT;
	*raw_flag(s, o) = v != 0;
	return 0;
}

/* IPV6_HDRINCL: of raw IPv6 sockets alone. */
static int get_hdrincl6(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	return sock_is_v6(s) ? get_raw_flag(s, o, v) : -ENOPROTOOPT;
}

static int set_hdrincl6(struct sock *s, const struct sock_opt *o, int64_t v)
{
	return sock_is_v6(s) ? set_raw_flag(s, o, v) : -ENOPROTOOPT;
}

static int get_recverr(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = sock_dgram_of(s)->recverr;
	return 0;
}

static int set_recverr(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	(void)o;
	if (v && !dgram_rare(s->socks->ip, d))
		return -ENOMEM;
	d->recverr = v != 0;
	if (!v && d->rare)
		pktq_drain(&d->rare->errs);
	return 0;
}

static int get_rfc4884(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct dgram *d = sock_dgram_of(s);

	*v = o->level == IPPROTO_IP ? d->rfc4884 : d->rfc4884_6;
	return 0;
}

static int set_rfc4884(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	if (o->level == IPPROTO_IP)
		d->rfc4884 = v != 0;
	else
		d->rfc4884_6 = v != 0;
	return 0;
}

static int get_cork(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->rare && s->rare->cork.on;
	return 0;
}

static int set_cork(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	return sock_udp_cork(s, v != 0);
}

static int get_udp(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	switch (o->arg) {
	case UDP_NO_CHECK6_TX:
		*v = s->udp->no_check6_tx;
		return 0;
	case UDP_NO_CHECK6_RX:
		*v = s->udp->no_check6_rx;
		return 0;
	case UDP_GRO:
		*v = s->udp->gro;
		return 0;
	default:
		*v = s->udp->gso_size;
		return 0;
	}
}

static int set_udp(struct sock *s, const struct sock_opt *o, int64_t v)
{
	switch (o->arg) {
	case UDP_NO_CHECK6_TX:
		s->udp->no_check6_tx = v != 0;
		return 0;
	case UDP_NO_CHECK6_RX:
		s->udp->no_check6_rx = v != 0;
		return 0;
	case UDP_GRO:
		udp_set_gro(s->socks->udp, s->udp, v != 0);
		return 0;
	default:
		s->udp->gso_size = (uint16_t)v;
		return 0;
	}
}

static int get_v6only(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	return get_flag(s, o, v);
}

/* The port's place in the matrix is fixed by then. */
static int set_v6only(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_name n;

	sock_ops_of(s)->name(s, &n);
	/* A connection that has ended has given its port back. */
	if (s->kind == SOCK_TCP && tcp_state(s->tcp) == STATE_CLOSE &&
	    !(s->flags & SOCK_F_BOUND))
		n.port = 0;
	if (n.port || s->kind == SOCK_RAWIP) /* its number counts as one */
		return -EINVAL;
	return set_flag(s, o, v);
}

static int get_checksum(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	if (!sock_is_v6(s))
		return -ENOPROTOOPT;
	*v = s->raw->csum_at;
	return 0;
}

/* RFC 3542 3.1: ICMPv6's sum is always ours, though who insists at SOL_RAW
 * may have it elsewhere (Linux); offsets are even.
 */
static int set_checksum(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (!sock_is_v6(s))
		return -ENOPROTOOPT;
	if ((s->proto == IPPROTO_ICMPV6 && o->level == IPPROTO_IPV6) ||
	    (v > 0 && (v & 1)))
		return -EINVAL;
	s->raw->csum_at = (int32_t)(v < 0 ? -1 : v);
	return 0;
}

static int get_filter(struct sock *s, void *buf)
{
	if (sock_is_v6(s))
		return -ENOPROTOOPT;
	if (s->proto != IPPROTO_ICMP || sock_is_v6(s))
		return -EOPNOTSUPP;
	memcpy(buf, &s->raw->filter, sizeof(s->raw->filter));
	return sizeof(s->raw->filter);
}

static int set_filter(struct sock *s, const void *p, uint32_t n)
{
	if (sock_is_v6(s)) /* Linux reads an int before it looks */
		return n < sizeof(int) ? -EINVAL : -ENOPROTOOPT;
	if (s->proto != IPPROTO_ICMP || sock_is_v6(s))
		return -EOPNOTSUPP;
	memcpy(&s->raw->filter, p,
	       n < sizeof(s->raw->filter) ? n : sizeof(s->raw->filter));
	return 0;
}

static int get_filter6(struct sock *s, void *buf)
{
	if (s->proto != IPPROTO_ICMPV6)
		return -EOPNOTSUPP;
	memcpy(buf, s->raw->filter6, sizeof(s->raw->filter6));
	return sizeof(s->raw->filter6);
}

static int set_filter6(struct sock *s, const void *p, uint32_t n)
{
	if (!sock_is_v6(s))
		return -ENOPROTOOPT;
	if (s->proto != IPPROTO_ICMPV6)
		return -EOPNOTSUPP;
	memcpy(s->raw->filter6, p,
	       n < sizeof(s->raw->filter6) ? n : sizeof(s->raw->filter6));
	return 0;
}

/* --- what is refused in its own way ------------------------------------- */

/* No upper layer is there, so none is in use. */
static int get_ulp(struct sock *s, void *p, uint32_t *len)
{
	(void)s;
	(void)p;
	*len = 0;
	return 0;
}

static int set_ulp(struct sock *s, const void *p, uint32_t n)
{
	(void)s;
	(void)p;
	return n < 1 ? -EINVAL : -ENOENT;
}

static int refuse_repair(struct sock *s, const void *p, uint32_t n)
{
	(void)s;
	(void)p;
	(void)n;
	return -EPERM;
}

static int set_thin(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	return v < 0 || v > 1 ? -EINVAL : 0;
}

static int set_alert6(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	(void)v;
	return -ENOPROTOOPT;
}

static int set_encap(struct sock *s, const struct sock_opt *o, int64_t v)
{
	enum { L2TPINUDP = 3 };

	return v && v != L2TPINUDP ? -ENOPROTOOPT : sock_kept_set_int(s, o, v);
}

/* --- IPV6_ADDRFORM --------------------------------------------------------
 */

static bool has_peer(struct sock *s, struct sock_name *peer)
{
	return sock_ops_of(s)->peer(s, peer) == 0;
}

static int get_family(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	struct sock_name peer;

	(void)o;
	*v = s->family;
	return has_peer(s, &peer) ? 0 : -ENOTCONN;
}

/* RFC 3493 has forgotten it and Linux has not: a socket whose peer is of IPv4
 * becomes one of IPv4, for a program that knows nothing else.
 */
static int set_family(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_name peer;

	(void)o;
	if (v != AF_INET)
		return -EINVAL;
	if (!has_peer(s, &peer))
		return -ENOTCONN;
	if (s->flags & SOCK_F_V6ONLY || !addr_is_v4(&peer.addr))
		return -EADDRNOTAVAIL;
	s->family = AF_INET;
	return 0;
}

static int refuse_family(struct sock *s, const void *p, uint32_t n)
{
	int v = 0;

	(void)s;
	if (n >= sizeof(v))
		memcpy(&v, p, sizeof(v));
	return v == AF_INET ? -ENOPROTOOPT : -EINVAL;
}

/*
 * --- the table -----------------------------------------------------------
 */

/* Each spells its arguments itself: one macro deeper they would be numbers. */
#define ROW(lvl, lvl_text, nm, nm_text, h, t, where, ...)                     \
	{                                                                     \
		.level = (lvl), .name = (nm), .level_text = (lvl_text),       \
		.text = (nm_text), .how = SOCK_OPT_##h, .type = SOCK_OPT_##t, \
		.on = SOCK_OPT_##where, __VA_ARGS__                           \
	}
#define WORKS(lvl, nm, t, where, ...) \
	ROW(lvl, #lvl, nm, #nm, WORKS, t, where, __VA_ARGS__)
#define INERT(lvl, nm, t, where, ...) \
	ROW(lvl, #lvl, nm, #nm, INERT, t, where, __VA_ARGS__)
#define REFUSED(lvl, nm, why) \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, ANY, .note = (why))
#define REFUSED_AS(lvl, nm, where, err, why)                       \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, where, .arg = (err), \
	    .note = (why))
/* Setting it is refused with what @fn says, reading it with @err. */
#define REFUSED_SET(lvl, nm, where, err, fn, why)                  \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, where, .arg = (err), \
	    .set_bytes = (fn), .note = (why))
#define REFUSED_TCP(nm, err, why)                                   \
	ROW(IPPROTO_TCP, "IPPROTO_TCP", nm, #nm, REFUSED, INT, TCP, \
	    .arg = (err), .note = (why))
/* Setting it is refused with what @fn says. */
#define REFUSED_BY(lvl, nm, where, fn, why)                             \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, where, .set_bytes = (fn), \
	    .note = (why))
#define KEPT(lvl, nm, h, where, f, ...)                                   \
	ROW(lvl, #lvl, nm, #nm, h, BOOL, where, .arg = (f),               \
	    .get = sock_kept_get_flag, .set = sock_kept_set_flag, ANYINT, \
	    __VA_ARGS__)
#define KEPT_INT(lvl, nm, h, where, i, lo, hi, ...)                          \
	ROW(lvl, #lvl, nm, #nm, h, INT, where, .arg = (i),                   \
	    .get = sock_kept_get_int, .set = sock_kept_set_int, .min = (lo), \
	    .max = (hi), __VA_ARGS__)
#define EXT(nm, which, s)                                             \
	ROW(IPPROTO_IPV6, "IPPROTO_IPV6", nm, #nm, WORKS, BYTES, ANY, \
	    .arg = (which), .get_row = sock_hdropts_get_ext,          \
	    .set_row = sock_hdropts_set_ext, .any = true, .note = (s))
/* What came with a datagram; a stream keeps the wish. */
#define TOLD(nm, f)                                                           \
	ROW(IPPROTO_IPV6, "IPPROTO_IPV6", nm, #nm, WORKS, BOOL, DGRAM,        \
	    .arg = (f), .get = sock_kept_get_flag, .set = sock_kept_set_flag, \
	    ANYINT),                                                          \
		ROW(IPPROTO_IPV6, "IPPROTO_IPV6", nm, #nm, INERT, BOOL, TCP,  \
		    .arg = (f), .get = sock_kept_get_flag,                    \
		    .set = sock_kept_set_flag, ANYINT,                        \
		    .note = "not of streams")
#define FLAG(lvl, nm, where, f)                                 \
	ROW(lvl, #lvl, nm, #nm, WORKS, BOOL, where, .arg = (f), \
	    .get = get_flag, .set = set_flag, .min = INT32_MIN, \
	    .max = INT32_MAX)
#define ANYINT .min = INT32_MIN, .max = INT32_MAX
#define TCPINT(nm, lo, hi, o)                                                 \
	ROW(IPPROTO_TCP, "IPPROTO_TCP", nm, #nm, WORKS, INT, TCP, .arg = (o), \
	    .get = get_tcp, .set = set_tcp, .min = (lo), .max = (hi))
#define TCPBOOL(nm, o)                                                         \
	ROW(IPPROTO_TCP, "IPPROTO_TCP", nm, #nm, WORKS, BOOL, TCP, .arg = (o), \
	    .get = get_tcp, .set = set_tcp, ANYINT)

/* clang-format off */
/* What is so unless a flag says no. */
#define MCASTYES(l, n, flag, ...)                                       \
	ROW(l, #l, n, #n, WORKS, BOOL, ANY, .arg = (flag), .least = 1,   \
	    .get = sock_mcast_get_yes, .set = sock_mcast_set_yes, __VA_ARGS__)

#define MCAST_ROW(l, n, fn, s) \
	ROW(l, #l, n, #n, WORKS, BYTES, ANY, .set_row = (fn), .note = (s))

/* RFC 3678's calls that know no family, once for each. */
#define MCAST(l)                                                             \
	MCAST_ROW(l, MCAST_JOIN_GROUP, sock_mcast_group,                     \
		  "struct group_req"),                                       \
	MCAST_ROW(l, MCAST_LEAVE_GROUP, sock_mcast_group,                    \
		  "struct group_req"),                                       \
	MCAST_ROW(l, MCAST_JOIN_SOURCE_GROUP, sock_mcast_group_source,       \
		  "struct group_source_req"),                                \
	MCAST_ROW(l, MCAST_LEAVE_SOURCE_GROUP, sock_mcast_group_source,      \
		  "struct group_source_req"),                                \
	MCAST_ROW(l, MCAST_BLOCK_SOURCE, sock_mcast_group_source,            \
		  "struct group_source_req"),                                \
	MCAST_ROW(l, MCAST_UNBLOCK_SOURCE, sock_mcast_group_source,          \
		  "struct group_source_req"),                                \
	WORKS(l, MCAST_MSFILTER, BYTES, ANY,                                 \
	      .get_row = sock_mcast_get_filter, .set_row = sock_mcast_filter, \
	      .note = "struct group_filter, which says of which group")

static const struct sock_opt table[] = {
	INERT(SOL_SOCKET, SO_DEBUG, BOOL, ALL, .arg = SOCK_F_DEBUG,
	      .get = get_flag, .set = set_flag, ANYINT,
	      .note = "every event is traced, whatever it says"),
	WORKS(SOL_SOCKET, SO_REUSEADDR, BOOL, ALL, .arg = SOCK_F_REUSEADDR,
	      .get = get_flag, .set = set_reuse, ANYINT),
	WORKS(SOL_SOCKET, SO_REUSEPORT, BOOL, ALL, .arg = SOCK_F_REUSEPORT,
	      .get = get_flag, .set = set_reuse, ANYINT),
	WORKS(SOL_SOCKET, SO_TYPE, INT, ALL, .get = get_type),
	WORKS(SOL_SOCKET, SO_DOMAIN, INT, ALL, .get = get_domain),
	WORKS(SOL_SOCKET, SO_PROTOCOL, INT, ALL, .get = get_protocol),
	WORKS(SOL_SOCKET, SO_ACCEPTCONN, BOOL, ALL, .get = get_accepting),
	WORKS(SOL_SOCKET, SO_ERROR, INT, ALL, .get = get_error,
	      .note = "reading clears it"),
	WORKS(SOL_SOCKET, SO_BROADCAST, BOOL, ALL, .arg = SOCK_F_BROADCAST,
	      .get = get_flag, .set = set_broadcast, ANYINT),
	WORKS(SOL_SOCKET, SO_SNDBUF, INT, ALL, .arg = TCP_OPT_SNDBUF,
	      .get = get_buf, .set = set_buf, ANYINT,
	      .note = "doubled; 4608 to 425984"),
	WORKS(SOL_SOCKET, SO_RCVBUF, INT, ALL, .arg = TCP_OPT_RCVBUF,
	      .get = get_buf, .set = set_buf, ANYINT,
	      .note = "doubled; 2304 to 425984"),
	WORKS(SOL_SOCKET, SO_KEEPALIVE, BOOL, ALL, .arg = SOCK_F_KEEPALIVE,
	      .get = get_keepalive, .set = set_keepalive, ANYINT),
	WORKS(SOL_SOCKET, SO_OOBINLINE, BOOL, ALL, .arg = SOCK_F_OOBINLINE,
	      .get = get_oob, .set = set_oob, ANYINT),
	WORKS(SOL_SOCKET, SO_LINGER, LINGER, ALL, .get_bytes = get_linger,
	      .set_bytes = set_linger),
	WORKS(SOL_SOCKET, SO_RCVTIMEO, TIMEVAL, ALL, .get_bytes = get_rcvtimeo,
	      .set_bytes = set_rcvtimeo, .note = "0: for ever"),
	WORKS(SOL_SOCKET, SO_SNDTIMEO, TIMEVAL, ALL, .get_bytes = get_sndtimeo,
	      .set_bytes = set_sndtimeo, .note = "0: for ever"),
	WORKS(SOL_SOCKET, SO_RCVLOWAT, INT, ALL, .arg = TCP_OPT_RCVLOWAT,
	      .get = get_lowat, .set = set_lowat, ANYINT,
	      .note = "streams; kept by others"),
	WORKS(SOL_SOCKET, SO_SNDLOWAT, INT, ALL, .arg = 1, .get = get_const),
	WORKS(SOL_SOCKET, SO_BINDTODEVICE, TEXT, ALL, .get_bytes = get_device,
	      .set_bytes = set_device,
	      .note = "the name of a link; TCP looks at bind and connect"),
	WORKS(SOL_SOCKET, SO_BINDTOIFINDEX, INT, ALL, .get = get_ifindex,
	      .set = set_ifindex, .min = 0, .max = INT32_MAX,
	      .note = "the index of a link"),
	INERT(SOL_SOCKET, SO_PRIORITY, INT, ALL, .arg = SOCK_KEPT_PRIORITY,
	      .get = sock_kept_get_int, .set = sock_kept_set_int, ANYINT,
	      .note = "kept; links have one queue"),
	INERT(SOL_SOCKET, SO_MARK, INT, ALL, .arg = SOCK_KEPT_MARK,
	      .get = sock_kept_get_int, .set = sock_kept_set_int, ANYINT,
	      .note = "kept; routes know no marks"),
	WORKS(SOL_SOCKET, SO_NO_CHECK, BOOL, ALL, .get = get_no_check,
	      .set = set_no_check, ANYINT, .note = "UDP over IPv4 alone"),
	WORKS(SOL_SOCKET, SO_TIMESTAMP, BOOL, ALL, .arg = SOCK_F_TIMESTAMP,
	      .get = get_stamp, .set = set_stamp, ANYINT,
	      .note = "of the stack's clock; AF_UNIX: when it is "
		      "read, and not of streams"),
	WORKS(SOL_SOCKET, SO_TIMESTAMPNS, BOOL, ALL, .arg = SOCK_F_TIMESTAMPNS,
	      .get = get_stamp, .set = set_stamp, ANYINT,
	      .note = "of the stack's clock; AF_UNIX: when it is "
		      "read, and not of streams"),
	WORKS(SOL_SOCKET, SO_RXQ_OVFL, BOOL, ALL, .arg = SOCK_F_RXQ_OVFL,
	      .get = get_ovfl, .set = set_ovfl, ANYINT,
	      .note = "datagrams and raw"),
	WORKS(SOL_SOCKET, SO_COOKIE, U64, ALL, .get = get_cookie),
	WORKS(SOL_SOCKET, SO_MAX_PACING_RATE, BYTES, ALL,
	      .get_bytes = get_pacing, .set_bytes = set_pacing,
	      .note = "unsigned long or int, bytes/s; TCP alone heeds it"),
	WORKS(SOL_SOCKET, SO_PEERCRED, BYTES, ALL, .get_bytes = get_peercred,
	      .note = "struct ucred; nobody but for AF_UNIX"),
	WORKS(SOL_SOCKET, SO_PEERGROUPS, BYTES, LOCAL,
	      .get_bytes = sock_local_peergroups,
	      .note = "none: a process is in its own group alone"),
	WORKS(SOL_SOCKET, SO_PASSCRED, BOOL, LOCAL, .arg = LOCAL_F_PASSCRED,
	      .get = sock_local_get_pass, .set = sock_local_set_pass, ANYINT),
	WORKS(SOL_SOCKET, SO_PASSRIGHTS, BOOL, LOCAL, .arg = LOCAL_F_NO_RIGHTS,
	      .get = sock_local_get_pass, .set = sock_local_set_pass, ANYINT,
	      .note = "0: who sends files to it hears EPERM"),
	INERT(SOL_SOCKET, SO_PASSSEC, BOOL, LOCAL, .arg = LOCAL_F_PASSSEC,
	      .get = sock_local_get_pass, .set = sock_local_set_pass, ANYINT,
	      .note = "kept: no security module has labels to pass"),
	WORKS(SOL_SOCKET, SO_INQ, INT, LOCAL, .arg = SOCK_KEPT_INQ,
	      .set_row = sock_local_set_inq, .min = 0, .max = 1,
	      .note = "streams, 0 or 1: recvmsg() tells how much is left (SCM_INQ)"),
	REFUSED_AS(SOL_SOCKET, SO_PASSPIDFD, LOCAL, ENOPROTOOPT,
		   "a process of a stack is none of the kernel's"),
	WORKS(SOL_SOCKET, SO_PEERPIDFD, BYTES, LOCAL,
	      .get_bytes = sock_local_peerpidfd,
	      .note = "ENODATA without a peer; ENOPROTOOPT with one: a process "
		      "of a stack is none of the kernel's"),
	WORKS(SOL_SOCKET, SO_PEEK_OFF, INT, LOCAL, .get = sock_local_get_peek,
	      .set = sock_local_set_peek, ANYINT, .note = "negative: off"),
	INERT(SOL_SOCKET, SO_BSDCOMPAT, BOOL, ALL, .arg = 0, .get = get_const,
	      .set = set_nothing, ANYINT, .note = "obsolete on Linux, too"),
	KEPT_INT(SOL_SOCKET, SO_BUSY_POLL, INERT, ALL, SOCK_KEPT_BUSY_POLL, 0,
		 INT32_MAX, .note = "waiting is the driver's"),
	WORKS(SOL_SOCKET, SO_TIMESTAMP_NEW, BOOL, ALL, .arg = SOCK_F_TIMESTAMP,
	      .get = get_stamp, .set = set_stamp, ANYINT,
	      .note = "as SO_TIMESTAMP"),
	WORKS(SOL_SOCKET, SO_TIMESTAMPNS_NEW, BOOL, ALL,
	      .arg = SOCK_F_TIMESTAMPNS, .get = get_stamp, .set = set_stamp,
	      ANYINT, .note = "as SO_TIMESTAMPNS"),
	WORKS(SOL_SOCKET, SO_RCVTIMEO_NEW, TIMEVAL, ALL,
	      .get_bytes = get_rcvtimeo, .set_bytes = set_rcvtimeo,
	      .note = "as SO_RCVTIMEO"),
	WORKS(SOL_SOCKET, SO_SNDTIMEO_NEW, TIMEVAL, ALL,
	      .get_bytes = get_sndtimeo, .set_bytes = set_sndtimeo,
	      .note = "as SO_SNDTIMEO"),
	KEPT(SOL_SOCKET, SO_DONTROUTE, WORKS, ALL, SOCK_KEPT_DONTROUTE,
	     .note = "hosts on the link alone: else ENETUNREACH"),
	WORKS(SOL_SOCKET, SO_SNDBUFFORCE, INT, ALL,
	      .arg = TCP_OPT_SNDBUF_FORCE, .set = set_buf, ANYINT,
	      .note = "as SO_SNDBUF, beyond net.core.wmem_max"),
	WORKS(SOL_SOCKET, SO_RCVBUFFORCE, INT, ALL,
	      .arg = TCP_OPT_RCVBUF_FORCE, .set = set_buf, ANYINT,
	      .note = "as SO_RCVBUF, beyond net.core.rmem_max"),
	WORKS(SOL_SOCKET, SO_BUF_LOCK, INT, ALL, .arg = SOCK_KEPT_BUF_LOCK,
	      .get = get_buf_lock, .set = set_buf_lock, .min = 0, .max = 3,
	      .note = "1: sending, 2: receiving; of TCP: no autotuning"),
	REFUSED_AS(SOL_SOCKET, SO_PASSCRED, FILTERED, EOPNOTSUPP, "AF_UNIX alone"),
	REFUSED_AS(SOL_SOCKET, SO_PASSSEC, FILTERED, EOPNOTSUPP, "AF_UNIX alone"),
	REFUSED_AS(SOL_SOCKET, SO_PASSPIDFD, FILTERED, EOPNOTSUPP, "AF_UNIX alone"),
	REFUSED_AS(SOL_SOCKET, SO_PASSRIGHTS, FILTERED, EOPNOTSUPP, "AF_UNIX alone"),
	WORKS(SOL_SOCKET, SO_PEERPIDFD, BYTES, FILTERED, .get_bytes = get_no_data,
	      .note = "no process is known: ENODATA"),
	WORKS(SOL_SOCKET, SO_PEERGROUPS, BYTES, FILTERED,
	      .get_bytes = get_no_data,
	      .note = "no process is known: ENODATA"),
	REFUSED(SOL_SOCKET, SO_PEERSEC, "no security module"),
	WORKS(SOL_SOCKET, SO_PEERNAME, BYTES, ALL, .get_bytes = get_peername,
	      .fill = true, .note = "as getpeername(2)"),
	KEPT_INT(SOL_SOCKET, SO_PEEK_OFF, WORKS, TALKS, SOCK_KEPT_PEEK_OFF,
		 INT32_MIN, INT32_MAX,
		 .note = "-1: MSG_PEEK begins at the head"),
	REFUSED_AS(SOL_SOCKET, SO_PEEK_OFF, SILENT, EOPNOTSUPP,
		   "TCP, UDP and AF_UNIX alone"),
	WORKS(SOL_SOCKET, SO_MEMINFO, BYTES, ALL, .get_bytes = get_meminfo,
	      .note = "uint32_t[9]: SK_MEMINFO_*"),
	KEPT(SOL_SOCKET, SO_SELECT_ERR_QUEUE, WORKS, ALL,
	     SOCK_KEPT_ERR_IS_PRI, .note = "POLLERR brings POLLPRI"),
	KEPT(SOL_SOCKET, SO_RCVMARK, INERT, ALL, SOCK_KEPT_RCVMARK,
	     .note = "packets have no marks"),
	KEPT(SOL_SOCKET, SO_RCVPRIORITY, INERT, ALL, SOCK_KEPT_RCVPRIORITY,
	     .note = "packets have no priority"),
	KEPT(SOL_SOCKET, SO_WIFI_STATUS, INERT, ALL, SOCK_KEPT_WIFI_STATUS,
	     .note = "no link is wireless"),
	KEPT(SOL_SOCKET, SO_NOFCS, INERT, ALL, SOCK_KEPT_NOFCS,
	     .note = "links add no frame checksum"),
	KEPT(SOL_SOCKET, SO_PREFER_BUSY_POLL, INERT, ALL,
	     SOCK_KEPT_PREFER_BUSY_POLL, .note = "waiting is the driver's"),
	WORKS(SOL_SOCKET, SO_BUSY_POLL_BUDGET, INT, ALL, .set = set_nothing,
	      .min = 0, .max = UINT16_MAX, .note = "waiting is the driver's"),
	WORKS(SOL_SOCKET, SO_INCOMING_NAPI_ID, INT, ALL, .arg = 0,
	      .get = get_const, .note = "no queue has an id"),
	KEPT_INT(SOL_SOCKET, SO_INCOMING_CPU, INERT, ALL,
		 SOCK_KEPT_INCOMING_CPU, INT32_MIN, INT32_MAX,
		 .note = "kept; a stack knows no CPU"),
	INERT(SOL_SOCKET, SO_TXREHASH, INT, TCP, .arg = SOCK_KEPT_TXREHASH,
	      .get = sock_kept_get_int, .set = set_txrehash, .min = -1,
	      .max = 1, .note = "kept; flow labels and queues do not change"),
	REFUSED_AS(SOL_SOCKET, SO_TXREHASH, NOT_TCP, EOPNOTSUPP, "TCP alone"),
	WORKS(SOL_SOCKET, SO_RESERVE_MEM, INT, ALL, .get = get_const,
	      .set = set_reserve, ANYINT,
	      .note = "no memory cgroups: EOPNOTSUPP, as on Linux without"),
	WORKS(SOL_SOCKET, SO_CNX_ADVICE, INT, ALL, .set = set_advice, ANYINT,
	      .note = "1: the path is looked up anew"),
	WORKS(SOL_SOCKET, SO_NETNS_COOKIE, BYTES, ALL,
	      .get_list = get_netns_cookie,
	      .note = "uint64_t: the stack's, as if it were a namespace"),
	REFUSED(SOL_SOCKET, SO_DEVMEM_LINEAR, "a control message"),
	REFUSED(SOL_SOCKET, SO_DEVMEM_DMABUF, "a control message"),
	REFUSED(SOL_SOCKET, SO_DEVMEM_DONTNEED,
		"needs a device's memory: as Linux without CONFIG_PAGE_POOL"),
	REFUSED_AS(SOL_SOCKET, SO_INQ, ANY, ENOPROTOOPT, "AF_UNIX alone"),
	WORKS(SOL_SOCKET, SO_BPF_EXTENSIONS, INT, ALL, .arg = 64,
	      .get = get_const, .note = "SKF_AD_MAX"),
	WORKS(SOL_SOCKET, SO_ATTACH_FILTER, BYTES, ALL,
	      .set_bytes = sock_filter_attach, .get_list = sock_filter_get,
	      .note = "struct sock_fprog; get is SO_GET_FILTER"),
	WORKS(SOL_SOCKET, SO_DETACH_FILTER, INT, ALL,
	      .set = sock_filter_detach, ANYINT, .note = "any value"),
	WORKS(SOL_SOCKET, SO_LOCK_FILTER, BOOL, ALL,
	      .get = sock_filter_locked, .set = sock_filter_lock, ANYINT,
	      .note = "for good"),
	REFUSED_BY(SOL_SOCKET, SO_ATTACH_BPF, ALL, refuse_ebpf,
		   "needs bpf(2), which is the kernel's: EOPNOTSUPP"),
	WORKS(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, BYTES, ALL,
	      .set_bytes = sock_filter_steer,
	      .note = "struct sock_fprog: the number of the socket, in order "
		      "of bind() or listen(); UDP and TCP"),
	REFUSED_BY(SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, ALL, refuse_ebpf,
		   "needs bpf(2), which is the kernel's: EOPNOTSUPP"),
	WORKS(SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, INT, ALL,
	      .set = sock_filter_unsteer, ANYINT, .note = "any value"),
	WORKS(SOL_SOCKET, SO_TIMESTAMPING, BYTES, ALL,
	      .get_bytes = sock_stamp_get, .set_row = sock_stamp_set,
	      .note = "struct so_timestamping or int; software stamps; no "
		      "OPT_STATS of TCP: EINVAL"),
	WORKS(SOL_SOCKET, SO_TIMESTAMPING_NEW, BYTES, ALL,
	      .get_bytes = sock_stamp_get, .set_row = sock_stamp_set,
	      .note = "as SO_TIMESTAMPING"),
	WORKS(SOL_SOCKET, SO_ZEROCOPY, INT, ALL, .arg = SOCK_KEPT_ZEROCOPY,
	      .get = sock_kept_get_flag, .set = set_zerocopy, ANYINT,
	      .note = "TCP and UDP; bytes are copied, and the "
				"notification says so"),
	INERT(SOL_SOCKET, SO_TXTIME, BYTES, ALL,
	      .get_bytes = sock_stamp_get_txtime,
	      .set_bytes = sock_stamp_set_txtime,
	      .note = "struct sock_txtime; datagrams leave at once, as on "
		      "Linux with a queue that heeds no times"),

	WORKS(IPPROTO_IP, IP_TOS, INT, ANY, .get = get_tos, .set = set_tos,
	      ANYINT, .note = "TCP keeps the ECN bits for itself"),
	WORKS(IPPROTO_IP, IP_TTL, INT, ANY, .get = get_ttl, .set = set_ttl,
	      .min = -1, .max = 255, .note = "-1: the default; not 0"),
	WORKS(IPPROTO_IP, IP_PROTOCOL, INT, ANY, .get = get_ip_protocol,
	      .note = "raw sockets' number"),
	WORKS(IPPROTO_IP, IP_HDRINCL, BOOL, ANY, .get = get_raw_flag,
	      .set = set_raw_flag, ANYINT, .note = "set: raw sockets alone"),
	INERT(IPPROTO_IP, IP_NODEFRAG, BOOL, ANY, .get = get_raw_flag,
	      .set = set_raw_flag, ANYINT,
	      .note = "no filter defragments; set: raw sockets alone"),
	FLAG(IPPROTO_IP, IP_PKTINFO, ANY, SOCK_F_PKTINFO),
	FLAG(IPPROTO_IP, IP_RECVTTL, ANY, SOCK_F_RECVTTL),
	FLAG(IPPROTO_IP, IP_RECVTOS, ANY, SOCK_F_RECVTOS),
	FLAG(IPPROTO_IP, IP_RECVORIGDSTADDR, ANY, SOCK_F_ORIGDST),
	WORKS(IPPROTO_IP, IP_RECVERR, BOOL, DGRAM, .arg = 1,
	      .get = get_recverr, .set = set_recverr, ANYINT),
	WORKS(IPPROTO_IP, IP_RECVERR, BOOL, TCP, .arg = TCP_OPT_RECVERR,
	      .get = get_tcp, .set = set_tcp, ANYINT,
	      .note = "what ICMP says of a connection is told at once"),
	WORKS(IPPROTO_IP, IP_FREEBIND, BOOL, ANY, .arg = SOCK_F_FREEBIND,
	      .get = get_flag, .set = set_flag, ANYINT, .least = 1),
	WORKS(IPPROTO_IP, IP_MTU_DISCOVER, INT, ANY, .get = get_mtu_discover,
	      .set = set_mtu_discover, .min = 0, .max = IP_PMTUDISC_OMIT),
	WORKS(IPPROTO_IP, IP_MTU, INT, ANY, .get = get_mtu,
	      .note = "connected sockets"),
	WORKS(IPPROTO_IP, IP_MULTICAST_TTL, INT, ANY, .least = 1,
	      .get = sock_mcast_get_ttl, .set = sock_mcast_set_ttl, .min = -1,
	      .max = 255, .note = "-1: 1; a stream's cannot be set"),
	WORKS(IPPROTO_IP, IP_MULTICAST_IF, BYTES, ANY,
	      .get_bytes = sock_mcast_get_if4, .set_bytes = sock_mcast_set_if4,
	      .note = "struct in_addr, ip_mreq or ip_mreqn"),
	MCASTYES(IPPROTO_IP, IP_MULTICAST_LOOP, SOCK_F_NO_MCAST_LOOP, ANYINT),
	MCASTYES(IPPROTO_IP, IP_MULTICAST_ALL, SOCK_F_NO_MCAST_ALL, .min = 0,
		 .max = 1),
	WORKS(IPPROTO_IP, IP_ADD_MEMBERSHIP, BYTES, ANY,
	      .set_row = sock_mcast_mreq4,
	      .note = "struct ip_mreq or ip_mreqn"),
	WORKS(IPPROTO_IP, IP_DROP_MEMBERSHIP, BYTES, ANY,
	      .set_row = sock_mcast_mreq4,
	      .note = "struct ip_mreq or ip_mreqn"),
	WORKS(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, BYTES, ANY,
	      .set_row = sock_mcast_source,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, BYTES, ANY,
	      .set_row = sock_mcast_source,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_BLOCK_SOURCE, BYTES, ANY,
	      .set_row = sock_mcast_source,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_UNBLOCK_SOURCE, BYTES, ANY,
	      .set_row = sock_mcast_source,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_MSFILTER, BYTES, ANY,
	      .get_row = sock_mcast_get_filter4, .set_row = sock_mcast_filter4,
	      .note = "struct ip_msfilter, which says of which group"),
	MCAST(IPPROTO_IP),
	WORKS(IPPROTO_IP, IP_OPTIONS, BYTES, ANY, .get_row = sock_hdropts_get4,
	      .set_row = sock_hdropts_set4, .any = true,
	      .note = "up to 40 bytes, as RFC 791 writes them; a SYN's Record "
		      "Route and Timestamp are answered"),
	KEPT(IPPROTO_IP, IP_RECVOPTS, WORKS, DGRAM, SOCK_KEPT_RECVOPTS),
	KEPT(IPPROTO_IP, IP_RECVOPTS, INERT, TCP, SOCK_KEPT_RECVOPTS,
	     .note = "not of streams"),
	KEPT(IPPROTO_IP, IP_RETOPTS, WORKS, DGRAM, SOCK_KEPT_RETOPTS,
	     .note = "what an answer would carry"),
	KEPT(IPPROTO_IP, IP_RETOPTS, INERT, TCP, SOCK_KEPT_RETOPTS,
	     .note = "not of streams"),
	REFUSED_AS(IPPROTO_IP, IP_ROUTER_ALERT, RAW, ENOPROTOOPT,
		   "what is forwarded is handed to no socket"),
	WORKS(IPPROTO_IP, IP_ROUTER_ALERT, BOOL, NOT_RAW, .get = get_const,
	      .set = set_never, ANYINT, .least = 1,
	      .note = "raw sockets alone: EINVAL"),
	KEPT(IPPROTO_IP, IP_TRANSPARENT, WORKS, ANY, SOCK_KEPT_TRANSPARENT,
	     .least = 1,
	     .note = "bind to addresses of others; everybody may"),
	WORKS(IPPROTO_IP, IP_MINTTL, INT, ANY, .arg = SOCK_KEPT_MINTTL,
	      .get = sock_kept_get_int, .set = set_min_ttl, .min = 0,
	      .max = 255, .least = 1,
		 .note = "RFC 5082; as on Linux, of TCP alone"),
	KEPT(IPPROTO_IP, IP_CHECKSUM, INERT, ANY, SOCK_KEPT_CHECKSUM,
	     .note = "links give no sums of whole packets"),
	FLAG(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, ANY, SOCK_F_ADDR_NO_PORT),
	WORKS(IPPROTO_IP, IP_RECVFRAGSIZE, BOOL, TCP,
	      .arg = SOCK_KEPT_RECVFRAGSIZE, .get = sock_kept_get_flag,
	      .set = set_never, ANYINT, .note = "not of streams"),
	KEPT(IPPROTO_IP, IP_RECVFRAGSIZE, WORKS, DGRAM, SOCK_KEPT_RECVFRAGSIZE,
	     .note = "the largest fragment"),
	WORKS(IPPROTO_IP, IP_RECVERR_RFC4884, INT, DGRAM, .get = get_rfc4884,
	      .set = set_rfc4884, .min = 0, .max = 1,
	      .note = "ee_rfc4884 of what IP_RECVERR gives"),
	ROW(IPPROTO_IP, "IPPROTO_IP", IP_RECVERR_RFC4884, "IP_RECVERR_RFC4884",
	    INERT, INT, TCP, .arg = SOCK_KEPT_RFC4884, .get = sock_kept_get_flag,
	    .set = sock_kept_set_flag, .min = 0, .max = 1,
	    .note = "kept: of a stream's errors nothing more is told"),
	WORKS(IPPROTO_IP, IP_LOCAL_PORT_RANGE, INT, ANY,
	      .arg = SOCK_KEPT_PORT_RANGE, .get = sock_kept_get_int,
	      .set = set_port_range, ANYINT, .least = 4,
	      .note = "uint32_t: the highest << 16 | the lowest"),
	KEPT(IPPROTO_IP, IP_PASSSEC, INERT, ANY, SOCK_KEPT_PASSSEC,
	     .note = "kept; no security module says anything, as on Linux "
		     "without one"),
	REFUSED(IPPROTO_IP, IP_PKTOPTIONS, "see getsockname(2) and IP_TTL"),
	REFUSED(IPPROTO_IP, IP_IPSEC_POLICY,
		"needs IPsec: as Linux without CONFIG_XFRM"),
	REFUSED(IPPROTO_IP, IP_XFRM_POLICY,
		"needs IPsec: as Linux without CONFIG_XFRM"),
	WORKS(IPPROTO_IP, IP_UNICAST_IF, INT, ANY, .arg = SOCK_KEPT_UNICAST_IF,
	      .get = sock_kept_get_int, .set = set_unicast_if, ANYINT,
	      .least = 4,
	      .note = "a link's index in network byte order; datagrams"),

	WORKS(IPPROTO_IPV6, IPV6_V6ONLY, BOOL, ANY, .arg = SOCK_F_V6ONLY,
	      .get = get_v6only, .set = set_v6only, ANYINT,
	      .note = "before bind"),
	WORKS(IPPROTO_IPV6, IPV6_UNICAST_HOPS, INT, ANY, .get = get_ttl,
	      .set = set_ttl, .min = -1, .max = 255,
	      .note = "-1: the default"),
	WORKS(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, INT, ANY,
	      .get = sock_mcast_get_ttl, .set_row = sock_mcast_set_hops,
	      .min = -1, .max = 255,
	      .note = "-1: 1; a stream's cannot be set"),
	WORKS(IPPROTO_IPV6, IPV6_MULTICAST_IF, INT, ANY,
	      .get = sock_mcast_get_if6, .set_row = sock_mcast_set_if6, ANYINT,
	      .note = "the index of a link; 0: by route"),
	MCASTYES(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, SOCK_F_NO_MCAST_LOOP6,
		 .min = 0, .max = 1),
	MCASTYES(IPPROTO_IPV6, IPV6_MULTICAST_ALL, SOCK_F_NO_MCAST_ALL6,
		 ANYINT),
	WORKS(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, BYTES, ANY,
	      .set_row = sock_mcast_mreq6, .note = "struct ipv6_mreq"),
	WORKS(IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, BYTES, ANY,
	      .set_row = sock_mcast_mreq6, .note = "struct ipv6_mreq"),
	MCAST(IPPROTO_IPV6),
	WORKS(IPPROTO_IPV6, IPV6_TCLASS, INT, ANY, .get = get_tos,
	      .set = set_tos, .min = -1, .max = 255),
	FLAG(IPPROTO_IPV6, IPV6_RECVPKTINFO, ANY, SOCK_F_PKTINFO6),
	FLAG(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, ANY, SOCK_F_HOPLIMIT6),
	FLAG(IPPROTO_IPV6, IPV6_RECVTCLASS, ANY, SOCK_F_TCLASS6),
	WORKS(IPPROTO_IPV6, IPV6_RECVERR, BOOL, DGRAM, .arg = 1,
	      .get = get_recverr, .set = set_recverr, ANYINT),
	WORKS(IPPROTO_IPV6, IPV6_RECVERR, BOOL, TCP, .arg = TCP_OPT_RECVERR6,
	      .get = get_tcp, .set = set_tcp, ANYINT,
	      .note = "what ICMP says of a connection is told at once"),
	FLAG(IPPROTO_IPV6, IPV6_FREEBIND, ANY, SOCK_F_FREEBIND),
	KEPT(IPPROTO_IPV6, IPV6_TRANSPARENT, WORKS, ANY, SOCK_KEPT_TRANSPARENT,
	     .note = "as IP_TRANSPARENT"),
	WORKS(IPPROTO_IPV6, IPV6_MINHOPCOUNT, INT, ANY,
	      .arg = SOCK_KEPT_MINHOPCOUNT, .get = sock_kept_get_int,
	      .set = set_min_ttl, .min = 0, .max = 255,
	      .note = "RFC 5082; as on Linux, of TCP alone"),
	WORKS(IPPROTO_IPV6, IPV6_RECVERR_RFC4884, INT, DGRAM, .get = get_rfc4884,
	      .set = set_rfc4884, .min = 0, .max = 1,
	      .note = "ee_rfc4884 of what IPV6_RECVERR gives"),
	ROW(IPPROTO_IPV6, "IPPROTO_IPV6", IPV6_RECVERR_RFC4884, "IPV6_RECVERR_RFC4884",
	    INERT, INT, TCP, .arg = SOCK_KEPT_RFC4884_6, .get = sock_kept_get_flag,
	    .set = sock_kept_set_flag, .min = 0, .max = 1,
	    .note = "kept: of a stream's errors nothing more is told"),
	KEPT(IPPROTO_IPV6, IPV6_RECVFRAGSIZE, WORKS, ANY,
	     SOCK_KEPT_RECVFRAGSIZE6, .least = SOCK_OPT_NO_LEAST, .note = "the largest fragment"),
	WORKS(IPPROTO_IPV6, IPV6_UNICAST_IF, INT, ANY,
	      .arg = SOCK_KEPT_UNICAST_IF, .get = sock_kept_get_int,
	      .set = set_unicast_if, ANYINT, .least = 4,
	      .note = "as IP_UNICAST_IF"),
	WORKS(IPPROTO_IPV6, IPV6_MTU_DISCOVER, INT, ANY,
	      .get = get_mtu_discover, .set = set_mtu_discover, .min = 0,
	      .max = IP_PMTUDISC_OMIT),
	WORKS(IPPROTO_IPV6, IPV6_MTU, INT, ANY, .get = get_mtu,
	      .set = set_mtu6, .min = 0, .max = INT32_MAX,
	      .note = "get: connected sockets; set: datagrams' fragments"),
	WORKS(IPPROTO_IPV6, IPV6_CHECKSUM, INT, RAW, .get = get_checksum,
	      .set = set_checksum, ANYINT, .note = "even; -1: none"),
	WORKS(IPPROTO_IPV6, IPV6_HDRINCL, BOOL, RAW, .get = get_hdrincl6,
	      .set = set_hdrincl6, ANYINT),
	WORKS(IPPROTO_IPV6, IPV6_ADDRFORM, INT, TALKS, .get = get_family,
	      .set = set_family, ANYINT,
	      .note = "AF_INET, of who is connected to a mapped address"),
	REFUSED_SET(IPPROTO_IPV6, IPV6_ADDRFORM, NO_TALK, ENOPROTOOPT,
		    refuse_family, "TCP and UDP alone"),
	EXT(IPV6_HOPOPTS, HDROPTS_HOP, "a header; 192 bytes of them in a packet"),
	EXT(IPV6_RTHDRDSTOPTS, HDROPTS_BEFORE, "goes with IPV6_RTHDR alone"),
	EXT(IPV6_RTHDR, HDROPTS_ROUTING, "types 2 (RFC 6275) and 4 (RFC 8754)"),
	EXT(IPV6_DSTOPTS, HDROPTS_DST, "a header"),
	TOLD(IPV6_RECVHOPOPTS, SOCK_KEPT_HOPOPTS),
	TOLD(IPV6_RECVDSTOPTS, SOCK_KEPT_DSTOPTS),
	TOLD(IPV6_RECVRTHDR, SOCK_KEPT_RTHDR),
	TOLD(IPV6_2292PKTINFO, SOCK_KEPT_2292PKTINFO),
	TOLD(IPV6_2292HOPLIMIT, SOCK_KEPT_2292HOPLIMIT),
	TOLD(IPV6_2292HOPOPTS, SOCK_KEPT_2292HOPOPTS),
	TOLD(IPV6_2292DSTOPTS, SOCK_KEPT_2292DSTOPTS),
	TOLD(IPV6_2292RTHDR, SOCK_KEPT_2292RTHDR),
	WORKS(IPPROTO_IPV6, IPV6_DONTFRAG, BOOL, ANY,
	      .arg = SOCK_KEPT_DONTFRAG6, .get = get_dgram_flag,
	      .set = set_dgram_flag, ANYINT, .least = SOCK_OPT_NO_LEAST,
	      .note = "datagrams; a stream never has fragments"),
	WORKS(IPPROTO_IPV6, IPV6_RECVPATHMTU, BOOL, ANY,
	      .arg = SOCK_KEPT_RECVPATHMTU, .get = get_dgram_flag,
	      .set = set_dgram_flag, ANYINT,
	      .note = "told when a datagram was too big"),
	WORKS(IPPROTO_IPV6, IPV6_PATHMTU, BYTES, ANY,
	      .get_list = get_pathmtu,
	      .note = "struct ip6_mtuinfo; connected sockets"),
	WORKS(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, BOOL, ANY,
	      .get = get_autolabel, .set = set_autolabel, ANYINT,
	      .least = SOCK_OPT_NO_LEAST,
	      .note = "RFC 6437; net.ipv6.auto_flowlabels until it is set"),
	WORKS(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, INT, ANY, .get = get_prefs,
	      .set = set_prefs, ANYINT, .note = "RFC 5014"),
	/* What has a row above is not refused: the first row counts. */
	REFUSED(IPPROTO_IPV6, IPV6_2292PKTOPTIONS, "RFC 3542 replaced RFC 2292"),
	REFUSED(IPPROTO_IPV6, IPV6_NEXTHOP, "routes alone decide"),
	REFUSED(IPPROTO_IPV6, IPV6_AUTHHDR, "no IPsec"),
	REFUSED(IPPROTO_IPV6, IPV6_JOIN_ANYCAST, "no anycast addresses"),
	REFUSED(IPPROTO_IPV6, IPV6_LEAVE_ANYCAST, "no anycast addresses"),
	KEPT(IPPROTO_IPV6, IPV6_FLOWINFO, WORKS, ANY, SOCK_KEPT_FLOWINFO,
	     .note = "class and label of what is received"),
	REFUSED(IPPROTO_IPV6, IPV6_FLOWLABEL_MGR,
		"labels are the stack's affair (RFC 6437)"),
	REFUSED(IPPROTO_IPV6, IPV6_FLOWINFO_SEND,
		"labels are the stack's affair (RFC 6437)"),
	WORKS(IPPROTO_IPV6, IPV6_ROUTER_ALERT, BOOL, ANY, .get = get_const,
	      .set = set_alert6, ANYINT,
	      .note = "0; what is forwarded is handed to no socket: "
		      "ENOPROTOOPT, as Linux says to all but IPPROTO_RAW's"),
	KEPT(IPPROTO_IPV6, IPV6_ROUTER_ALERT_ISOLATE, INERT, ANY,
	     SOCK_KEPT_RA_ISOLATE, .note = "kept; see IPV6_ROUTER_ALERT"),
	REFUSED(IPPROTO_IPV6, IPV6_IPSEC_POLICY,
		"needs IPsec: as Linux without CONFIG_XFRM"),
	REFUSED(IPPROTO_IPV6, IPV6_XFRM_POLICY,
		"needs IPsec: as Linux without CONFIG_XFRM"),
	WORKS(IPPROTO_IPV6, IPV6_PKTINFO, BYTES, DGRAM,
	      .set_row = sock_pktinfo_set, .any = true,
	      .note = "struct in6_pktinfo; the address counts, too, where "
		      "Linux looks at the link alone"),
	INERT(IPPROTO_IPV6, IPV6_PKTINFO, BYTES, TCP,
	      .set_row = sock_pktinfo_set, .any = true,
	      .note = "not of streams"),
	REFUSED(IPPROTO_IPV6, IPV6_HOPLIMIT, "a control message"),
	REFUSED(IPPROTO_IPV6, IPV6_USE_MIN_MTU, "not on Linux, either"),
	KEPT(IPPROTO_IPV6, IPV6_ORIGDSTADDR, WORKS, ANY, SOCK_KEPT_ORIGDST6,
	     .note = "datagrams, as IP_RECVORIGDSTADDR"),

	TCPBOOL(TCP_NODELAY, TCP_OPT_NODELAY),
	TCPBOOL(TCP_CORK, TCP_OPT_CORK),
	TCPINT(TCP_MAXSEG, 0, 32767, TCP_OPT_MAXSEG),
	TCPINT(TCP_KEEPIDLE, 1, 32767, TCP_OPT_KEEPIDLE),
	TCPINT(TCP_KEEPINTVL, 1, 32767, TCP_OPT_KEEPINTVL),
	TCPINT(TCP_KEEPCNT, 1, 127, TCP_OPT_KEEPCNT),
	TCPINT(TCP_SYNCNT, 1, 127, TCP_OPT_SYNCNT),
	TCPINT(TCP_LINGER2, INT32_MIN, INT32_MAX, TCP_OPT_LINGER2),
	TCPINT(TCP_DEFER_ACCEPT, INT32_MIN, INT32_MAX, TCP_OPT_DEFER_ACCEPT),
	TCPINT(TCP_WINDOW_CLAMP, INT32_MIN, INT32_MAX, TCP_OPT_WINDOW_CLAMP),
	TCPINT(TCP_QUICKACK, INT32_MIN, INT32_MAX, TCP_OPT_QUICKACK),
	TCPINT(TCP_USER_TIMEOUT, 0, INT32_MAX, TCP_OPT_USER_TIMEOUT),
	TCPINT(TCP_NOTSENT_LOWAT, INT32_MIN, INT32_MAX,
	       TCP_OPT_NOTSENT_LOWAT),
	TCPINT(TCP_INQ, 0, 1, TCP_OPT_INQ),
	WORKS(IPPROTO_TCP, TCP_CONGESTION, TEXT, TCP, .get_bytes = get_cc,
	      .set_bytes = set_cc, .note = "reno, cubic"),
	WORKS(IPPROTO_TCP, TCP_INFO, BYTES, TCP, .get_bytes = get_info,
	      .note = "struct tcp_info"),
	TCPINT(TCP_FASTOPEN, 0, INT32_MAX, TCP_OPT_FASTOPEN),
	TCPINT(TCP_FASTOPEN_CONNECT, 0, 1, TCP_OPT_FASTOPEN_CONNECT),
	WORKS(IPPROTO_TCP, TCP_MD5SIG, BYTES, TCP, .set_row = sock_auth_md5,
	      .any = true, .note = "struct tcp_md5sig"),
	REFUSED_TCP(TCP_REPAIR, EPERM,
		    "as to who lacks CAP_NET_ADMIN: for checkpoints"),
	WORKS(IPPROTO_TCP, TCP_ULP, TEXT, TCP, .get_list = get_ulp,
	      .set_bytes = set_ulp,
	      .note = "none is there: ENOENT, as Linux without CONFIG_TLS"),
	REFUSED(IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
		"needs pages mapped by the kernel (CONFIG_MMU): see "
		"ostia_recv_loan()"),
	WORKS(IPPROTO_TCP, TCP_FASTOPEN_KEY, BYTES, TCP,
	      .get_list = get_fo_key, .set_row = set_fo_key, .any = true,
	      .note = "16 bytes, or 32: the second one is good, too"),
	TCPINT(TCP_FASTOPEN_NO_COOKIE, 0, 1, TCP_OPT_FASTOPEN_NO_COOKIE),
	WORKS(IPPROTO_TCP, TCP_MD5SIG_EXT, BYTES, TCP,
	      .set_row = sock_auth_md5, .any = true,
	      .note = "struct tcp_md5sig, with a prefix"),
	REFUSED_SET(IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP, EINVAL, refuse_repair,
		    "of TCP_REPAIR: errors as without it"),
	REFUSED_TCP(TCP_QUEUE_SEQ, EINVAL,
		    "of TCP_REPAIR: errors as without it"),
	REFUSED(IPPROTO_TCP, TCP_REPAIR_OPTIONS, "no repair mode"),
	REFUSED_SET(IPPROTO_TCP, TCP_REPAIR_WINDOW, TCP, EINVAL, refuse_repair,
		    "of TCP_REPAIR: errors as without it"),
	REFUSED(IPPROTO_TCP, TCP_TIMESTAMP, "no repair mode"),
	TCPINT(TCP_THIN_LINEAR_TIMEOUTS, 0, 1, TCP_OPT_THIN_LINEAR),
	INERT(IPPROTO_TCP, TCP_THIN_DUPACK, INT, TCP, .get = get_const,
	      .set = set_thin, ANYINT,
	      .note = "0; without effect on Linux, too"),
	WORKS(IPPROTO_TCP, TCP_CC_INFO, BYTES, TCP, .get_bytes = get_cc_info,
	      .note = "of bbr and dctcp; else nothing"),
	WORKS(IPPROTO_TCP, TCP_SAVE_SYN, INT, TCP, .arg = TCP_OPT_SAVE_SYN,
	      .get = get_tcp, .set = set_tcp, .min = 0, .max = 2,
	      .note = "of a listener; 2: with the link's header"),
	WORKS(IPPROTO_TCP, TCP_SAVED_SYN, BYTES, TCP, .get_list = get_syn,
	      .note = "headers of the peer's SYN, once"),
	REFUSED(IPPROTO_TCP, TCP_TX_DELAY, "see the faults of a world's wire"),
	WORKS(IPPROTO_TCP, TCP_AO_ADD_KEY, BYTES, TCP,
	      .set_row = sock_auth_set_ao, .any = true,
	      .note = "struct tcp_ao_add; hmac(sha1), cmac(aes128)"),
	WORKS(IPPROTO_TCP, TCP_AO_DEL_KEY, BYTES, TCP,
	      .set_row = sock_auth_set_ao, .any = true,
	      .note = "struct tcp_ao_del"),
	WORKS(IPPROTO_TCP, TCP_AO_INFO, BYTES, TCP,
	      .set_row = sock_auth_set_ao, .get_row = sock_auth_get_ao,
	      .note = "struct tcp_ao_info_opt"),
	WORKS(IPPROTO_TCP, TCP_AO_GET_KEYS, BYTES, TCP,
	      .get_row = sock_auth_get_ao,
	      .note = "struct tcp_ao_getsockopt, one for each key"),
	REFUSED_TCP(TCP_AO_REPAIR, EPERM,
		    "as to who lacks CAP_NET_ADMIN: for checkpoints"),
	WORKS(IPPROTO_TCP, TCP_IS_MPTCP, BOOL, TCP, .get = get_const,
	      .note = "0: no RFC 8684"),
	WORKS(IPPROTO_TCP, TCP_RTO_MAX_MS, INT, TCP, .arg = TCP_OPT_RTO_MAX,
	      .get = get_tcp, .set = set_tcp, .min = 1000, .max = 120000,
	      .note = "of connections, not of their SYN-ACKs"),
	WORKS(IPPROTO_TCP, TCP_RTO_MIN_US, INT, TCP, .arg = TCP_OPT_RTO_MIN,
	      .get = get_tcp, .set = set_tcp, ANYINT,
	      .note = "2 to 200 ms, in begun ms"),
	WORKS(IPPROTO_TCP, TCP_DELACK_MAX_US, INT, TCP,
	      .arg = TCP_OPT_DELACK_MAX, .get = get_tcp, .set = set_tcp,
	      ANYINT, .note = "2 to 200 ms, in begun ms"),

	WORKS(IPPROTO_UDP, UDP_CORK, BOOL, UDP, .arg = 1, .get = get_cork,
	      .set = set_cork, ANYINT),
	INERT(IPPROTO_UDP, UDP_ENCAP, INT, UDP, .arg = SOCK_KEPT_UDP_ENCAP,
	      .get = sock_kept_get_int, .set = set_encap, ANYINT,
	      .note = "0, or 3 (L2TP), which nobody looks at; others need "
		      "IPsec: ENOPROTOOPT, as Linux without CONFIG_XFRM"),
	WORKS(IPPROTO_UDP, UDP_NO_CHECK6_TX, BOOL, UDP,
	      .arg = UDP_NO_CHECK6_TX, .get = get_udp, .set = set_udp, ANYINT,
	      .note = "RFC 6935; IPv6 alone"),
	WORKS(IPPROTO_UDP, UDP_NO_CHECK6_RX, BOOL, UDP,
	      .arg = UDP_NO_CHECK6_RX, .get = get_udp, .set = set_udp, ANYINT,
	      .note = "RFC 6935; IPv6 alone"),
	WORKS(IPPROTO_UDP, UDP_SEGMENT, INT, UDP, .arg = UDP_SEGMENT,
	      .get = get_udp, .set = set_udp, .min = 0, .max = UINT16_MAX,
	      .note = "bytes of each datagram of a send; 128 at most"),
	WORKS(IPPROTO_UDP, UDP_GRO, BOOL, UDP, .arg = UDP_GRO, .get = get_udp,
	      .set = set_udp, ANYINT,
	      .note = "datagrams of one flow come together"),

	WORKS(SOL_RAW, IPV6_CHECKSUM, INT, RAW, .get = get_checksum,
	      .set = set_checksum, ANYINT, .note = "ICMPv6's, too"),
	WORKS(SOL_RAW, IPV6_HDRINCL, BOOL, RAW, .get = get_hdrincl6,
	      .set = set_hdrincl6, ANYINT),
	WORKS(SOL_RAW, ICMP_FILTER, BYTES, RAW, .get_bytes = get_filter,
	      .set_bytes = set_filter, .note = "struct icmp_filter"),
	WORKS(IPPROTO_ICMPV6, ICMPV6_FILTER, BYTES, RAW,
	      .get_bytes = get_filter6, .set_bytes = set_filter6,
	      .note = "struct icmp6_filter"),

	WORKS(SOL_PACKET, PACKET_ADD_MEMBERSHIP, BYTES, LINK,
	      .set_bytes = sock_packet_join,
	      .note = "struct packet_mreq; as a network card's filter"),
	WORKS(SOL_PACKET, PACKET_DROP_MEMBERSHIP, BYTES, LINK,
	      .set_bytes = sock_packet_leave, .note = "struct packet_mreq"),
	WORKS(SOL_PACKET, PACKET_STATISTICS, BYTES, LINK,
	      .get_bytes = sock_packet_stats,
	      .note = "struct tpacket_stats; reading clears it"),
	WORKS(SOL_PACKET, PACKET_AUXDATA, BOOL, LINK, .get = sock_packet_get,
	      .set = sock_packet_set, ANYINT),
	WORKS(SOL_PACKET, PACKET_IGNORE_OUTGOING, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, .min = 0,
	      .max = 1, .least = 4),
	INERT(SOL_PACKET, PACKET_ORIGDEV, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .note = "no link stands for another"),
	WORKS(SOL_PACKET, PACKET_FANOUT, INT, LINK, .get = sock_packet_get,
	      .set_row = sock_packet_fanout,
	      .note = "or struct fanout_args; HASH, LB, ROLLOVER, RND and CBPF; "
		      "CPU, QM and EBPF pick the first: one CPU, one queue, "
		      "no program"),
	WORKS(SOL_PACKET, PACKET_FANOUT_DATA, BYTES, LINK,
	      .set_bytes = sock_packet_fanout_data,
	      .note = "struct sock_fprog of PACKET_FANOUT_CBPF; of EBPF: "
		      "EOPNOTSUPP"),
	WORKS(SOL_PACKET, PACKET_ROLLOVER_STATS, BYTES, LINK,
	      .get_bytes = sock_packet_rollover,
	      .note = "struct tpacket_rollover_stats"),
	WORKS(SOL_PACKET, PACKET_VNET_HDR, BOOL, LINK, .get = sock_packet_get,
	      .set = sock_packet_set, ANYINT,
	      .note = "struct virtio_net_hdr before each frame; SOCK_RAW"),
	WORKS(SOL_PACKET, PACKET_VNET_HDR_SZ, INT, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .note = "0, 10 or 12 bytes of it"),
	INERT(SOL_PACKET, PACKET_COPY_THRESH, INT, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .least = 4, .note = "kept; of rings alone"),
	INERT(SOL_PACKET, PACKET_TIMESTAMP, INT, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .least = 4, .note = "kept; of rings alone"),
	INERT(SOL_PACKET, PACKET_QDISC_BYPASS, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .least = 4, .note = "kept; links have no queue to go round"),
	REFUSED(SOL_PACKET, PACKET_RX_RING,
		"a descriptor of this side cannot be mapped: recvmmsg(2)"),
	REFUSED(SOL_PACKET, PACKET_TX_RING,
		"a descriptor of this side cannot be mapped: sendmmsg(2)"),
	REFUSED(SOL_PACKET, PACKET_VERSION, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_HDRLEN,
		"of mapped rings: so a program sees that there are none"),
	REFUSED(SOL_PACKET, PACKET_RESERVE, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_LOSS, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_TX_HAS_OFF, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_TX_TIMESTAMP,
		"a control message; Linux has no option of the name either"),
	REFUSED(SOL_PACKET, PACKET_RECV_OUTPUT, "Linux knows it no more"),
};
/* clang-format on */

enum { ROWS = sizeof(table) / sizeof(table[0]) };

const struct sock_opt *sock_opt_row(unsigned i)
{
	return i < ROWS ? &table[i] : NULL;
}

/*
 * --- the two calls -------------------------------------------------------
 */

/* Levels of another family or protocol do not exist on a socket. */
static bool level_is_here(const struct sock *s, int level)
{
	switch (level) {
	case SOL_SOCKET:
		return true;
	case SOL_PACKET:
		return s->kind == SOCK_LINK;
	case IPPROTO_IP: /* of IPv6 sockets raw ones alone have none */
		return (s->family == AF_INET || sock_is_v6(s)) &&
		       !(s->kind == SOCK_RAWIP && sock_is_v6(s));
	case IPPROTO_IPV6:
		return sock_is_v6(s);
	case IPPROTO_TCP:
		return s->kind == SOCK_TCP;
	case IPPROTO_UDP:
		return s->kind == SOCK_UDP;
	case SOL_RAW:
		return s->kind == SOCK_RAWIP;
	case IPPROTO_ICMPV6:
		return s->kind == SOCK_RAWIP && sock_is_v6(s);
	default:
		return false;
	}
}

static const struct sock_opt *find(const struct sock *s, int level, int name)
{
	if (!level_is_here(s, level))
		return NULL;
	for (unsigned i = 0; i < ROWS; i++) {
		const struct sock_opt *o = &table[i];

		if (o->level == level && o->name == name &&
		    o->on & (1u << s->kind))
			return o;
	}
	return NULL;
}

static bool is_int(const struct sock_opt *o)
{
	return o->type == SOCK_OPT_INT || o->type == SOCK_OPT_BOOL;
}

static int refusal(const struct sock_opt *o)
{
	return o && o->how == SOCK_OPT_REFUSED && o->arg ? -(int)o->arg
							 : -ENOPROTOOPT;
}

/* An int is four bytes; at IPPROTO_IP one will do (ip(7)), and none is 0. At
 * IPPROTO_IPV6 Linux takes no pointer for 0.
 */
static int read_int(const struct sock_opt *o, const void *p, uint32_t len,
		    int64_t *v)
{
	int32_t i;

	*v = 0;
	if (o->least == sizeof(i) && len != sizeof(i))
		return -EINVAL;
	if (o->level == IPPROTO_IP && len < sizeof(i)) {
		if (len < o->least)
			return -EINVAL;
		if (len)
			*v = *(const uint8_t *)p;
		return 0;
	}
	if (len < sizeof(i))
		return o->least == SOCK_OPT_NO_LEAST ? 0 : -EINVAL;
	if (!p)
		return 0;
	memcpy(&i, p, sizeof(i));
	*v = i;
	return 0;
}

/* Levels where Linux takes an int before it looks at the name. */
static bool reads_int_first(int level, int name)
{
	switch (level) {
	case SOL_SOCKET:
		return name != SO_BINDTODEVICE;
	case IPPROTO_TCP:
		return name != TCP_CONGESTION && name != TCP_ULP &&
		       name != TCP_FASTOPEN_KEY;
	default:
		return level == IPPROTO_UDP;
	}
}

int sock_opt_set(struct sock *s, int level, int name, const void *p,
		 uint32_t len)
{
	const struct sock_opt *o = find(s, level, name);
	int64_t v;
	int err;

	if (reads_int_first(level, name)) {
		if (len < sizeof(int32_t))
			return -EINVAL;
		if (!p)
			return -EFAULT;
	}
	if (s->kind == SOCK_LOCAL && level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (!o || !(o->set || o->set_bytes || o->set_row))
		return refusal(o);
	if (!p && len && !o->any &&
	    !(is_int(o) && !o->set_row && level == IPPROTO_IPV6))
		return -EFAULT;
	if (o->set_row)
		return o->set_row(s, o, p, len);
	if (o->set_bytes)
		return o->set_bytes(s, p ? p : "", p ? len : 0);
	err = read_int(o, p, len, &v);
	if (err)
		return err;
	if (v < o->min || v > o->max)
		return -EINVAL;
	return o->set(s, o, o->type == SOCK_OPT_BOOL ? v != 0 : v);
}

/* ip(7): a small value fits into a small buffer. */
static uint32_t write_int(const struct sock_opt *o, int64_t v, void *p,
			  uint32_t len)
{
	int32_t i = (int32_t)v;
	uint8_t b = (uint8_t)v;

	if (o->type == SOCK_OPT_BOOL)
		i = v != 0;
	if (o->level == IPPROTO_IP && len > 0 && len < sizeof(i) && i >= 0 &&
	    i <= UINT8_MAX) {
		memcpy(p, &b, 1);
		return 1;
	}
	len = len < sizeof(i) ? len : (uint32_t)sizeof(i);
	memcpy(p, &i, len);
	return len;
}

static int get_wide(struct sock *s, const struct sock_opt *o, void *p,
		    uint32_t *len)
{
	uint64_t buf[SOCK_OPT_MAX_BYTES / 8];
	int n;

	if (o->get_list)
		return o->get_list(s, p, len);
	if (!o->get_bytes)
		return -ENOPROTOOPT;
	n = o->get_bytes(s, buf);
	if (n < 0)
		return n;
	if (o->fill && *len > (uint32_t)n)
		return -EINVAL;
	*len = *len < (uint32_t)n ? *len : (uint32_t)n;
	memcpy(p, buf, *len);
	return 0;
}

bool sock_opt_is_list(const struct sock *s, int level, int name)
{
	const struct sock_opt *o = find(s, level, name);

	return o && (o->get_list || o->get_row);
}

int sock_opt_get(struct sock *s, int level, int name, void *p, uint32_t *len)
{
	const struct sock_opt *o = find(s, level, name);
	int64_t v;
	int err;

	if (!level_is_here(s, level)) /* as Linux has it */
		return s->family == AF_INET || s->family == AF_UNIX
			       ? -EOPNOTSUPP
			       : -ENOPROTOOPT;
	if ((int32_t)*len < 0 && level != IPPROTO_IPV6)
		return -EINVAL;
	if (!o || o->how == SOCK_OPT_REFUSED)
		return refusal(o);
	if (o->get_row && o->any)
		return o->get_row(s, o, p, len);
	if (o->get_row)
		return (int32_t)*len < 0 ? -EINVAL
		       : !p && *len	 ? -EFAULT
					 : o->get_row(s, o, p, len);
	if (!is_int(o) && o->type != SOCK_OPT_U64)
		return get_wide(s, o, p, len);
	if (!o->get)
		return -ENOPROTOOPT;
	err = o->get(s, o, &v);
	if (err)
		return err;
	if (o->type == SOCK_OPT_U64) {
		if (*len < sizeof(v))
			return -EINVAL;
		*len = sizeof(v);
		memcpy(p, &v, sizeof(v));
		return 0;
	}
	*len = write_int(o, v, p, *len);
	return 0;
}
