/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct ucred */
#include "sock/opt.h"

#include "ip/addrs.h"
#include "ip/path.h"
#include "ip/state.h"
#include "sock/dgram.h"
#include "sock/filter.h"
#include "sock/mcast.h"
#include "sock/packet.h"
#include "sock/udp.h"

#include <errno.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

/* <linux/icmpv6.h> and <netinet/in.h> do not go together. */
#ifndef ICMPV6_FILTER
#define ICMPV6_FILTER 1
#endif
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

enum {
	BUF_MAX = 212992, /* net.core.[rw]mem_max */
	SNDBUF_MIN = 4608, /* SOCK_MIN_SNDBUF */
	RCVBUF_MIN = 2304, /* SOCK_MIN_RCVBUF */
	NAME_MAX_BYTES = 16, /* IFNAMSIZ, TCP_CA_NAME_MAX */
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

	set_flag(s, o, v);
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

static int get_buf(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	struct dgram *d = sock_dgram_of(s);

	if (!d)
		return get_tcp(s, o, v);
	*v = o->arg == TCP_OPT_SNDBUF ? d->sndbuf : d->rcvbuf;
	return 0;
}

/* As socket(7): doubled for bookkeeping, within the limits. A negative value
 * is a very large one.
 */
static int set_buf(struct sock *s, const struct sock_opt *o, int64_t v)
{
	bool snd = o->arg == TCP_OPT_SNDBUF;
	int64_t min = snd ? SNDBUF_MIN : RCVBUF_MIN;
	struct dgram *d = sock_dgram_of(s);

	if (!d)
		return set_tcp(s, o, v); /* it knows the rule, too */
	v = v < 0 || v > BUF_MAX ? BUF_MAX : v;
	v = 2 * v < min ? min : 2 * v;
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
	if (s->kind == SOCK_TCP)
		return get_tcp(s, o, v);
	*v = 1;
	return 0;
}

static int set_lowat(struct sock *s, const struct sock_opt *o, int64_t v)
{
	int err;

	v = v < 0 ? INT32_MAX : v ? v : 1;
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

	n = (uint32_t)strnlen(p, n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES - 1);
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
	(void)o;
	if (v && !ip_link_at(s->socks->ip, (uint32_t)v))
		return -ENODEV;
	change_device(s, (uint32_t)v);
	return 0;
}

static int get_priority(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->rare ? s->rare->priority : 0;
	return 0;
}

static int set_priority(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_rare *r = sock_rare(s);

	(void)o;
	if (!r)
		return -ENOMEM;
	r->priority = (int32_t)v;
	return 0;
}

static int get_mark(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->rare ? (int32_t)s->rare->mark : 0;
	return 0;
}

static int set_mark(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_rare *r = sock_rare(s);

	(void)o;
	if (!r)
		return -ENOMEM;
	r->mark = (uint32_t)v;
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
	(void)o;
	*v = s->udp->no_check;
	return 0;
}

static int set_no_check(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	s->udp->no_check = v != 0;
	return 0;
}

/* One kind of time stamp at a time; the later call wins. */
static int set_stamp(struct sock *s, const struct sock_opt *o, int64_t v)
{
	s->flags &= ~(uint32_t)(SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS);
	return set_flag(s, o, v);
}

/* A socket without a peer process: Linux says 0, -1, -1. */
static int get_peercred(struct sock *s, void *buf)
{
	const struct ucred nobody = { .pid = 0,
				      .uid = (uid_t)-1,
				      .gid = (gid_t)-1 };

	(void)s;
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

	static_assert((int)DGRAM_PMTU_PROBE == IP_PMTUDISC_PROBE,
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

static int get_hdrincl(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->raw->hdrincl;
	return 0;
}

static int set_hdrincl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	if (sock_is_v6(s))
		return -ENOPROTOOPT;
	s->raw->hdrincl = v != 0;
	return 0;
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
	d->recverr = v != 0;
	if (!v)
		pktq_drain(&d->errs);
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
	if (n.port && s->kind != SOCK_RAWIP)
		return -EINVAL;
	return set_flag(s, o, v);
}

static int get_checksum(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->raw->csum_at;
	return 0;
}

/* RFC 3542 3.1: not for ICMPv6, whose sum is always ours; offsets are even. */
static int set_checksum(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	if (s->proto == IPPROTO_ICMPV6 || (v > 0 && (v & 1)))
		return -EINVAL;
	s->raw->csum_at = (int32_t)(v < 0 ? -1 : v);
	return 0;
}

static int get_filter(struct sock *s, void *buf)
{
	if (s->proto != IPPROTO_ICMP || sock_is_v6(s))
		return -EOPNOTSUPP;
	memcpy(buf, &s->raw->filter, sizeof(s->raw->filter));
	return sizeof(s->raw->filter);
}

static int set_filter(struct sock *s, const void *p, uint32_t n)
{
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
	if (s->proto != IPPROTO_ICMPV6)
		return -EOPNOTSUPP;
	memcpy(s->raw->filter6, p,
	       n < sizeof(s->raw->filter6) ? n : sizeof(s->raw->filter6));
	return 0;
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
	WORKS(l, n, BOOL, ANY, .arg = (flag), .get = sock_mcast_get_yes, \
	      .set = sock_mcast_set_yes, __VA_ARGS__)

#define MCAST_ROW(l, n, fn, s) \
	WORKS(l, n, BYTES, ANY, .set_row = (fn), .note = (s))

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
	WORKS(SOL_SOCKET, SO_RCVLOWAT, INT, TCP, .arg = TCP_OPT_RCVLOWAT,
	      .get = get_lowat, .set = set_lowat, ANYINT),
	WORKS(SOL_SOCKET, SO_SNDLOWAT, INT, ALL, .arg = 1, .get = get_const),
	WORKS(SOL_SOCKET, SO_BINDTODEVICE, TEXT, ALL, .get_bytes = get_device,
	      .set_bytes = set_device,
	      .note = "the name of a link; TCP looks at bind and connect"),
	WORKS(SOL_SOCKET, SO_BINDTOIFINDEX, INT, ALL, .get = get_ifindex,
	      .set = set_ifindex, .min = 0, .max = INT32_MAX,
	      .note = "the index of a link"),
	INERT(SOL_SOCKET, SO_PRIORITY, INT, ALL, .get = get_priority,
	      .set = set_priority, .min = 0, .max = 6,
	      .note = "kept; links have one queue"),
	INERT(SOL_SOCKET, SO_MARK, INT, ALL, .get = get_mark, .set = set_mark,
	      ANYINT, .note = "kept; routes know no marks"),
	WORKS(SOL_SOCKET, SO_NO_CHECK, BOOL, UDP, .get = get_no_check,
	      .set = set_no_check, ANYINT, .note = "IPv4 alone"),
	WORKS(SOL_SOCKET, SO_TIMESTAMP, BOOL, ALL, .arg = SOCK_F_TIMESTAMP,
	      .get = get_flag, .set = set_stamp, ANYINT,
	      .note = "datagrams and raw; of the stack's clock"),
	WORKS(SOL_SOCKET, SO_TIMESTAMPNS, BOOL, ALL, .arg = SOCK_F_TIMESTAMPNS,
	      .get = get_flag, .set = set_stamp, ANYINT,
	      .note = "datagrams and raw; of the stack's clock"),
	FLAG(SOL_SOCKET, SO_RXQ_OVFL, WHOLE, SOCK_F_RXQ_OVFL),
	WORKS(SOL_SOCKET, SO_COOKIE, U64, ALL, .get = get_cookie),
	WORKS(SOL_SOCKET, SO_MAX_PACING_RATE, INT, TCP,
	      .arg = TCP_OPT_MAX_PACING_RATE, .get = get_tcp, .set = set_tcp,
	      .min = 0, .max = INT64_MAX, .note = "bytes per second"),
	WORKS(SOL_SOCKET, SO_PEERCRED, BYTES, ALL, .get_bytes = get_peercred,
	      .note = "struct ucred: nobody"),
	INERT(SOL_SOCKET, SO_BSDCOMPAT, BOOL, ALL, .arg = 0, .get = get_const,
	      .set = set_nothing, ANYINT, .note = "obsolete on Linux, too"),
	INERT(SOL_SOCKET, SO_BUSY_POLL, INT, ALL, .arg = 0, .get = get_const,
	      .set = set_nothing, .min = 0, .max = INT32_MAX,
	      .note = "waiting is the driver's"),
	REFUSED(SOL_SOCKET, SO_DONTROUTE, "routes are always used"),
	REFUSED(SOL_SOCKET, SO_SNDBUFFORCE, "nobody is privileged"),
	REFUSED(SOL_SOCKET, SO_RCVBUFFORCE, "nobody is privileged"),
	REFUSED(SOL_SOCKET, SO_PASSCRED, "AF_UNIX alone"),
	REFUSED(SOL_SOCKET, SO_PASSSEC, "AF_UNIX alone"),
	REFUSED(SOL_SOCKET, SO_PEEK_OFF, "AF_UNIX alone"),
	WORKS(SOL_SOCKET, SO_ATTACH_FILTER, BYTES, ALL,
	      .set_bytes = sock_filter_attach, .get_list = sock_filter_get,
	      .note = "struct sock_fprog; get is SO_GET_FILTER"),
	WORKS(SOL_SOCKET, SO_DETACH_FILTER, INT, ALL,
	      .set = sock_filter_detach, ANYINT, .note = "any value"),
	WORKS(SOL_SOCKET, SO_LOCK_FILTER, BOOL, ALL,
	      .get = sock_filter_locked, .set = sock_filter_lock, ANYINT,
	      .note = "for good"),
	REFUSED(SOL_SOCKET, SO_ATTACH_BPF, "classic programs alone"),
	REFUSED(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
		"groups are spread by a keyed hash"),
	REFUSED(SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF,
		"classic programs alone"),
	REFUSED(SOL_SOCKET, SO_TIMESTAMPING, "no hardware clocks"),
	REFUSED(SOL_SOCKET, SO_ZEROCOPY, "see ostia_send_lend()"),
	REFUSED(SOL_SOCKET, SO_TXTIME, "no qdisc"),
	REFUSED(SOL_SOCKET, SO_INCOMING_CPU, "a stack knows no CPU"),

	WORKS(IPPROTO_IP, IP_TOS, INT, ANY, .get = get_tos, .set = set_tos,
	      ANYINT, .note = "TCP keeps the ECN bits for itself"),
	WORKS(IPPROTO_IP, IP_TTL, INT, ANY, .get = get_ttl, .set = set_ttl,
	      .min = -1, .max = 255, .note = "-1: the default; not 0"),
	WORKS(IPPROTO_IP, IP_HDRINCL, BOOL, RAW, .get = get_hdrincl,
	      .set = set_hdrincl, ANYINT),
	FLAG(IPPROTO_IP, IP_PKTINFO, ANY, SOCK_F_PKTINFO),
	FLAG(IPPROTO_IP, IP_RECVTTL, ANY, SOCK_F_RECVTTL),
	FLAG(IPPROTO_IP, IP_RECVTOS, ANY, SOCK_F_RECVTOS),
	FLAG(IPPROTO_IP, IP_RECVORIGDSTADDR, ANY, SOCK_F_ORIGDST),
	WORKS(IPPROTO_IP, IP_RECVERR, BOOL, DGRAM, .arg = 1,
	      .get = get_recverr, .set = set_recverr, ANYINT),
	FLAG(IPPROTO_IP, IP_FREEBIND, ANY, SOCK_F_FREEBIND),
	WORKS(IPPROTO_IP, IP_MTU_DISCOVER, INT, ANY, .get = get_mtu_discover,
	      .set = set_mtu_discover, .min = 0, .max = IP_PMTUDISC_PROBE),
	WORKS(IPPROTO_IP, IP_MTU, INT, ANY, .get = get_mtu,
	      .note = "connected sockets"),
	WORKS(IPPROTO_IP, IP_MULTICAST_TTL, INT, ANY,
	      .get = sock_mcast_get_ttl, .set = sock_mcast_set_ttl, .min = -1,
	      .max = 255, .note = "-1: 1; a stream's cannot be set"),
	WORKS(IPPROTO_IP, IP_MULTICAST_IF, BYTES, ANY,
	      .get_bytes = sock_mcast_get_if4, .set_bytes = sock_mcast_set_if4,
	      .note = "struct in_addr, ip_mreq or ip_mreqn"),
	MCASTYES(IPPROTO_IP, IP_MULTICAST_LOOP, SOCK_F_NO_MCAST_LOOP, ANYINT),
	MCASTYES(IPPROTO_IP, IP_MULTICAST_ALL, SOCK_F_NO_MCAST_ALL, .min = 0,
		 .max = 1),
	WORKS(IPPROTO_IP, IP_ADD_MEMBERSHIP, BYTES, ANY,
	      .set_bytes = sock_mcast_join4,
	      .note = "struct ip_mreq or ip_mreqn"),
	WORKS(IPPROTO_IP, IP_DROP_MEMBERSHIP, BYTES, ANY,
	      .set_bytes = sock_mcast_leave4,
	      .note = "struct ip_mreq or ip_mreqn"),
	WORKS(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, BYTES, ANY,
	      .set_bytes = sock_mcast_source_join,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, BYTES, ANY,
	      .set_bytes = sock_mcast_source_leave,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_BLOCK_SOURCE, BYTES, ANY,
	      .set_bytes = sock_mcast_block,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_UNBLOCK_SOURCE, BYTES, ANY,
	      .set_bytes = sock_mcast_unblock,
	      .note = "struct ip_mreq_source"),
	WORKS(IPPROTO_IP, IP_MSFILTER, BYTES, ANY,
	      .get_row = sock_mcast_get_filter4, .set_row = sock_mcast_filter4,
	      .note = "struct ip_msfilter, which says of which group"),
	MCAST(IPPROTO_IP),
	REFUSED(IPPROTO_IP, IP_OPTIONS, "RFC 7126: IP options are dropped"),
	REFUSED(IPPROTO_IP, IP_RECVOPTS, "RFC 7126: IP options are dropped"),
	REFUSED(IPPROTO_IP, IP_RETOPTS, "RFC 7126: IP options are dropped"),
	REFUSED(IPPROTO_IP, IP_ROUTER_ALERT, "no router"),
	REFUSED(IPPROTO_IP, IP_TRANSPARENT, "no router"),
	REFUSED(IPPROTO_IP, IP_MINTTL, "no GTSM"),
	REFUSED(IPPROTO_IP, IP_NODEFRAG, "no router"),
	REFUSED(IPPROTO_IP, IP_CHECKSUM, "no hardware sums"),
	REFUSED(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT,
		"bind(2) to port 0 takes one at once"),
	REFUSED(IPPROTO_IP, IP_UNICAST_IF, "see SO_BINDTODEVICE"),

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
	      .set_bytes = sock_mcast_join6, .note = "struct ipv6_mreq"),
	WORKS(IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, BYTES, ANY,
	      .set_bytes = sock_mcast_leave6, .note = "struct ipv6_mreq"),
	MCAST(IPPROTO_IPV6),
	REFUSED(IPPROTO_IPV6, IPV6_JOIN_ANYCAST, "no anycast addresses"),
	REFUSED(IPPROTO_IPV6, IPV6_LEAVE_ANYCAST, "no anycast addresses"),
	WORKS(IPPROTO_IPV6, IPV6_TCLASS, INT, ANY, .get = get_tos,
	      .set = set_tos, .min = -1, .max = 255),
	FLAG(IPPROTO_IPV6, IPV6_RECVPKTINFO, ANY, SOCK_F_PKTINFO6),
	FLAG(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, ANY, SOCK_F_HOPLIMIT6),
	FLAG(IPPROTO_IPV6, IPV6_RECVTCLASS, ANY, SOCK_F_TCLASS6),
	WORKS(IPPROTO_IPV6, IPV6_RECVERR, BOOL, DGRAM, .arg = 1,
	      .get = get_recverr, .set = set_recverr, ANYINT),
	FLAG(IPPROTO_IPV6, IPV6_FREEBIND, ANY, SOCK_F_FREEBIND),
	WORKS(IPPROTO_IPV6, IPV6_MTU_DISCOVER, INT, ANY,
	      .get = get_mtu_discover, .set = set_mtu_discover, .min = 0,
	      .max = IP_PMTUDISC_PROBE),
	WORKS(IPPROTO_IPV6, IPV6_MTU, INT, ANY, .get = get_mtu,
	      .note = "connected sockets"),
	WORKS(IPPROTO_IPV6, IPV6_CHECKSUM, INT, RAW, .get = get_checksum,
	      .set = set_checksum, .min = -1, .max = 254),
	REFUSED(IPPROTO_IPV6, IPV6_ADDRFORM, "a socket keeps its family"),
	REFUSED(IPPROTO_IPV6, IPV6_RTHDR, "RFC 5095"),
	REFUSED(IPPROTO_IPV6, IPV6_HOPOPTS, "no extension headers"),
	REFUSED(IPPROTO_IPV6, IPV6_DSTOPTS, "no extension headers"),
	REFUSED(IPPROTO_IPV6, IPV6_RECVRTHDR, "no extension headers"),
	REFUSED(IPPROTO_IPV6, IPV6_RECVHOPOPTS, "no extension headers"),
	REFUSED(IPPROTO_IPV6, IPV6_RECVDSTOPTS, "no extension headers"),
	REFUSED(IPPROTO_IPV6, IPV6_TRANSPARENT, "no router"),
	REFUSED(IPPROTO_IPV6, IPV6_DONTFRAG, "see IPV6_MTU_DISCOVER"),

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
	      .set_bytes = set_cc, .note = "reno, cubic, bbr"),
	WORKS(IPPROTO_TCP, TCP_INFO, BYTES, TCP, .get_bytes = get_info,
	      .note = "struct tcp_info"),
	REFUSED(IPPROTO_TCP, TCP_FASTOPEN, "no TFO"),
	REFUSED(IPPROTO_TCP, TCP_FASTOPEN_CONNECT, "no TFO"),
	REFUSED(IPPROTO_TCP, TCP_MD5SIG, "obsolete: RFC 5925"),
	REFUSED(IPPROTO_TCP, TCP_REPAIR, "nobody is privileged"),
	REFUSED(IPPROTO_TCP, TCP_ULP, "no kernel TLS"),
	REFUSED(IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, "see ostia_recv_loan()"),

	WORKS(IPPROTO_UDP, UDP_CORK, BOOL, UDP, .arg = 1, .get = get_cork,
	      .set = set_cork, ANYINT),
	REFUSED(IPPROTO_UDP, UDP_ENCAP, "no IPsec"),
	REFUSED(IPPROTO_UDP, UDP_NO_CHECK6_TX, "RFC 8200 8.1"),
	REFUSED(IPPROTO_UDP, UDP_NO_CHECK6_RX, "RFC 8200 8.1"),
	REFUSED(IPPROTO_UDP, UDP_SEGMENT, "a datagram a call"),
	REFUSED(IPPROTO_UDP, UDP_GRO, "a datagram a call"),

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
	      .max = 1),
	INERT(SOL_PACKET, PACKET_ORIGDEV, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .note = "no link stands for another"),
	REFUSED(SOL_PACKET, PACKET_RX_RING, "no mapped rings: recvmmsg(2)"),
	REFUSED(SOL_PACKET, PACKET_TX_RING, "no mapped rings: sendmmsg(2)"),
	REFUSED(SOL_PACKET, PACKET_VERSION, "of rings"),
	REFUSED(SOL_PACKET, PACKET_HDRLEN, "of rings"),
	REFUSED(SOL_PACKET, PACKET_RESERVE, "of rings"),
	REFUSED(SOL_PACKET, PACKET_LOSS, "of rings"),
	REFUSED(SOL_PACKET, PACKET_COPY_THRESH, "of rings"),
	REFUSED(SOL_PACKET, PACKET_TX_HAS_OFF, "of rings"),
	REFUSED(SOL_PACKET, PACKET_TIMESTAMP, "of rings"),
	REFUSED(SOL_PACKET, PACKET_TX_TIMESTAMP, "no hardware clocks"),
	REFUSED(SOL_PACKET, PACKET_RECV_OUTPUT, "Linux knows it no more"),
	REFUSED(SOL_PACKET, PACKET_FANOUT, "each socket sees all"),
	REFUSED(SOL_PACKET, PACKET_FANOUT_DATA, "each socket sees all"),
	REFUSED(SOL_PACKET, PACKET_ROLLOVER_STATS, "each socket sees all"),
	REFUSED(SOL_PACKET, PACKET_VNET_HDR, "frames are shown as they are"),
	REFUSED(SOL_PACKET, PACKET_QDISC_BYPASS, "links have no qdisc"),
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
	case IPPROTO_IP:
		return s->family == AF_INET || sock_is_v6(s);
	case IPPROTO_IPV6:
		return sock_is_v6(s);
	case IPPROTO_TCP:
		return s->kind == SOCK_TCP;
	case IPPROTO_UDP:
		return s->kind == SOCK_UDP;
	case SOL_RAW:
	case IPPROTO_ICMPV6:
		return s->kind == SOCK_RAWIP;
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

		if (o->level == level && o->name == name)
			return o->on & (1u << s->kind) ? o : NULL;
	}
	return NULL;
}

static bool is_int(const struct sock_opt *o)
{
	return o->type == SOCK_OPT_INT || o->type == SOCK_OPT_BOOL;
}

/* An int is four bytes; at IPPROTO_IP one will do (ip(7)). */
static int read_int(const struct sock_opt *o, const void *p, uint32_t len,
		    int64_t *v)
{
	int32_t i;

	if (o->level == IPPROTO_IP && len > 0 && len < sizeof(i)) {
		*v = *(const uint8_t *)p;
		return 0;
	}
	if (len < sizeof(i))
		return -EINVAL;
	memcpy(&i, p, sizeof(i));
	*v = i;
	return 0;
}

int sock_opt_set(struct sock *s, int level, int name, const void *p,
		 uint32_t len)
{
	const struct sock_opt *o = find(s, level, name);
	int64_t v;
	int err;

	if (level == SOL_SOCKET && len < sizeof(int32_t) &&
	    name != SO_BINDTODEVICE)
		return -EINVAL; /* before Linux looks at the name */
	if (!o || o->how == SOCK_OPT_REFUSED)
		return -ENOPROTOOPT;
	if (o->set_row)
		return o->set_row(s, o, p, len);
	if (!is_int(o))
		return o->set_bytes ? o->set_bytes(s, p, len) : -ENOPROTOOPT;
	if (!o->set)
		return -ENOPROTOOPT;
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
	*len = *len < (uint32_t)n ? *len : (uint32_t)n;
	memcpy(p, buf, *len);
	return 0;
}

int sock_opt_get(struct sock *s, int level, int name, void *p, uint32_t *len)
{
	const struct sock_opt *o = find(s, level, name);
	int64_t v;
	int err;

	if (!level_is_here(s, level) && s->family == AF_INET)
		return -EOPNOTSUPP; /* Linux, on IPv4 sockets alone */
	if (!o || o->how == SOCK_OPT_REFUSED)
		return -ENOPROTOOPT;
	if (o->get_row)
		return o->get_row(s, o, p, len);
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
