/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct ucred */
#include "sock/optrow.h"

#include "ip/state.h"
#include "sock/dgram.h"
#include "sock/filter.h"
#include "sock/local.h"
#include "sock/stamp.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>

#include "sock/optnames.h" /* after the system's own */

enum {
	SNDBUF_MIN = 4608, /* SOCK_MIN_SNDBUF */
	RCVBUF_MIN = 2304, /* SOCK_MIN_RCVBUF */
	NAME_MAX_BYTES = 16, /* IFNAMSIZ, TCP_CA_NAME_MAX */
	STATE_LISTEN = 10, /* TCP_LISTEN */
};

/* What is bound already changes its mind, too. */
static int set_reuse(struct sock *s, const struct sock_opt *o, int64_t v)
{
	bool addr = o->arg == SOCK_F_REUSEADDR;
	uint8_t bit = addr ? BIND_REUSEADDR : BIND_REUSEPORT;
	struct binding *b = sock_dgram_binding(s);

	if (!addr && v && (s->kind == SOCK_LOCAL || s->kind == SOCK_LINK))
		return -EOPNOTSUPP; /* of IP alone, since Linux 6.13 */
	sock_opt_set_flag(s, o, v);
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
	return sock_opt_set_flag(s, o, v);
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
		return sock_opt_get_tcp(s, o, v);
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
		return sock_opt_set_tcp(s, o, v); /* it knows the rule, too */
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

	return s->kind == SOCK_TCP ? sock_opt_get_tcp(s, &tcp, v)
				   : sock_opt_get_flag(s, o, v);
}

static int set_keepalive(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_KEEPALIVE };

	return s->kind == SOCK_TCP ? sock_opt_set_tcp(s, &tcp, v)
				   : sock_opt_set_flag(s, o, v);
}

static int get_oob(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_OOBINLINE };

	return s->kind == SOCK_TCP ? sock_opt_get_tcp(s, &tcp, v)
				   : sock_opt_get_flag(s, o, v);
}

static int set_oob(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_OOBINLINE };

	if (s->kind == SOCK_LOCAL)
		s->local->flags =
			v ? s->local->flags | LOCAL_F_OOBINLINE
			  : s->local->flags & (uint8_t)~LOCAL_F_OOBINLINE;
	return s->kind == SOCK_TCP ? sock_opt_set_tcp(s, &tcp, v)
				   : sock_opt_set_flag(s, o, v);
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

	return s->kind == SOCK_TCP ? sock_opt_get_tcp(s, o, v)
				   : sock_kept_get_int(s, &kept, v);
}

static int set_lowat(struct sock *s, const struct sock_opt *o, int64_t v)
{
	int err;

	v = v < 0 ? INT32_MAX : v ? v : 1;
	if (s->kind != SOCK_TCP)
		return sock_kept_put(s, SOCK_KEPT_RCVLOWAT, (int32_t)v);
	err = sock_opt_set_tcp(s, o, v);
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
				   : sock_opt_get_flag(s, o, v);
}

static int set_ovfl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = SOCK_KEPT_RXQ_OVFL };

	return s->kind == SOCK_TCP ? sock_kept_set_flag(s, &tcp, v)
				   : sock_opt_set_flag(s, o, v);
}

static int get_buf_lock(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_BUF_LOCK };

	return s->kind == SOCK_TCP ? sock_opt_get_tcp(s, &tcp, v)
				   : sock_kept_get_int(s, o, v);
}

static int set_buf_lock(struct sock *s, const struct sock_opt *o, int64_t v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_BUF_LOCK };

	return s->kind == SOCK_TCP ? sock_opt_set_tcp(s, &tcp, v)
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
	sock_opt_set_flag(s, o, v);
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

/* --- the rows ----------------------------------------------------------- */

/* clang-format off */
static const struct sock_opt table[] = {
	INERT(SOL_SOCKET, SO_DEBUG, BOOL, ALL, .arg = SOCK_F_DEBUG,
	      .get = sock_opt_get_flag, .set = sock_opt_set_flag, ANYINT,
	      .note = "every event is traced, whatever it says"),
	WORKS(SOL_SOCKET, SO_REUSEADDR, BOOL, ALL, .arg = SOCK_F_REUSEADDR,
	      .get = sock_opt_get_flag, .set = set_reuse, ANYINT),
	WORKS(SOL_SOCKET, SO_REUSEPORT, BOOL, ALL, .arg = SOCK_F_REUSEPORT,
	      .get = sock_opt_get_flag, .set = set_reuse, ANYINT),
	WORKS(SOL_SOCKET, SO_TYPE, INT, ALL, .get = get_type),
	WORKS(SOL_SOCKET, SO_DOMAIN, INT, ALL, .get = get_domain),
	WORKS(SOL_SOCKET, SO_PROTOCOL, INT, ALL, .get = get_protocol),
	WORKS(SOL_SOCKET, SO_ACCEPTCONN, BOOL, ALL, .get = get_accepting),
	WORKS(SOL_SOCKET, SO_ERROR, INT, ALL, .get = get_error,
	      .note = "reading clears it"),
	WORKS(SOL_SOCKET, SO_BROADCAST, BOOL, ALL, .arg = SOCK_F_BROADCAST,
	      .get = sock_opt_get_flag, .set = set_broadcast, ANYINT),
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
	WORKS(SOL_SOCKET, SO_SNDLOWAT, INT, ALL, .arg = 1, .get = sock_opt_get_const),
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
	INERT(SOL_SOCKET, SO_BSDCOMPAT, BOOL, ALL, .arg = 0, .get = sock_opt_get_const,
	      .set = sock_opt_set_nothing, ANYINT, .note = "obsolete on Linux, too"),
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
	WORKS(SOL_SOCKET, SO_BUSY_POLL_BUDGET, INT, ALL, .set = sock_opt_set_nothing,
	      .min = 0, .max = UINT16_MAX, .note = "waiting is the driver's"),
	WORKS(SOL_SOCKET, SO_INCOMING_NAPI_ID, INT, ALL, .arg = 0,
	      .get = sock_opt_get_const, .note = "no queue has an id"),
	KEPT_INT(SOL_SOCKET, SO_INCOMING_CPU, INERT, ALL,
		 SOCK_KEPT_INCOMING_CPU, INT32_MIN, INT32_MAX,
		 .note = "kept; a stack knows no CPU"),
	INERT(SOL_SOCKET, SO_TXREHASH, INT, TCP, .arg = SOCK_KEPT_TXREHASH,
	      .get = sock_kept_get_int, .set = set_txrehash, .min = -1,
	      .max = 1, .note = "kept; flow labels and queues do not change"),
	REFUSED_AS(SOL_SOCKET, SO_TXREHASH, NOT_TCP, EOPNOTSUPP, "TCP alone"),
	WORKS(SOL_SOCKET, SO_RESERVE_MEM, INT, ALL, .get = sock_opt_get_const,
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
	      .get = sock_opt_get_const, .note = "SKF_AD_MAX"),
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
};
/* clang-format on */

const struct sock_opt_rows sock_opt_socket_rows = SOCK_OPT_ROWS(table);
