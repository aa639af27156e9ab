/* SPDX-License-Identifier: MIT */
#include "sock/optrow.h"

#include "ip/state.h"
#include "sock/dgram.h"
#include "sock/hdropts.h"
#include "sock/mcast.h"
#include "sock/pktinfo.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "sock/optnames.h" /* after the system's own */

/* <linux/icmpv6.h> and <netinet/in.h> do not go together. */
#ifndef ICMPV6_FILTER
#define ICMPV6_FILTER 1
#endif

#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif

enum {
	IPV6_MIN_MTU = 1280,
	ECN_MASK = 3,
	STATE_CLOSE = 7, /* TCP_CLOSE */
};

/* Of both: TCP's row->arg, and a byte of other sockets at row->at. */
#define SHARED(tcp, field) .arg = (tcp), .at = offsetof(struct dgram, field)

static int get_shared(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct dgram *d = sock_dgram_of(s);

	if (!d)
		return sock_opt_get_tcp(s, o, v);
	*v = ((const uint8_t *)d)[o->at];
	return 0;
}

static int set_shared(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct dgram *d = sock_dgram_of(s);

	if (!d)
		return sock_opt_set_tcp(s, o, v);
	((uint8_t *)d)[o->at] = (uint8_t)v;
	return 0;
}

static int get_ttl(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct ip_settings *set = &s->socks->ip->set;
	int err = get_shared(s, o, v);

	if (!err && *v <= 0)
		*v = o->level == IPPROTO_IP ? set->ttl
					    : s->socks->ip->conf6.hop_limit;
	return err;
}

static int set_ttl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (o->level == IPPROTO_IP && v == 0)
		return -EINVAL;
	return set_shared(s, o, v < 0 ? 0 : v); /* 0: the stack's default */
}

/* The two bits of ECN belong to TCP (RFC 3168), not to its user. */
static int set_tos(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (o->level == IPPROTO_IPV6 && v < -1)
		return -EINVAL;
	v = v == -1 && o->level == IPPROTO_IPV6 ? 0 : v & 0xff;
	return set_shared(s, o, s->kind == SOCK_TCP ? v & ~ECN_MASK : v);
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

static_assert((int)DGRAM_PMTU_OMIT == IP_PMTUDISC_OMIT, "Linux's numbers");

static int get_mtu(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const struct sock_opt tcp = { .arg = TCP_OPT_MTU };
	struct dgram *d = sock_dgram_of(s);
	struct sock_name peer;

	(void)o;
	if (!d)
		return sock_opt_get_tcp(s, &tcp, v);
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
	int64_t how = 0;
	int err = get_shared(s, o, &how);

	*v = how == IP_LABEL_DEFAULT ? s->socks->ip->set.auto_flowlabels != 0
				     : how == IP_LABEL_ON;
	return err;
}

static int set_autolabel(struct sock *s, const struct sock_opt *o, int64_t v)
{
	return set_shared(s, o, v ? IP_LABEL_ON : IP_LABEL_OFF);
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
	return sock_opt_set_flag(s, o, v);
}

static int set_alert6(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	(void)v;
	return -ENOPROTOOPT;
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

/* --- the rows ----------------------------------------------------------- */

/* clang-format off */
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
	WORKS(IPPROTO_IP, IP_TOS, INT, ANY, SHARED(TCP_OPT_TOS, tos),
	      .get = get_shared, .set = set_tos, ANYINT,
	      .note = "TCP keeps the ECN bits for itself"),
	WORKS(IPPROTO_IP, IP_TTL, INT, ANY, SHARED(TCP_OPT_TTL, ttl),
	      .get = get_ttl, .set = set_ttl, .min = -1, .max = 255,
	      .note = "-1: the default; not 0"),
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
	      .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, ANYINT,
	      .note = "what ICMP says of a connection is told at once"),
	WORKS(IPPROTO_IP, IP_FREEBIND, BOOL, ANY, .arg = SOCK_F_FREEBIND,
	      .get = sock_opt_get_flag, .set = sock_opt_set_flag, ANYINT, .least = 1),
	WORKS(IPPROTO_IP, IP_MTU_DISCOVER, INT, ANY,
	      SHARED(TCP_OPT_MTU_DISCOVER, pmtudisc), .get = get_shared,
	      .set = set_shared, .min = 0, .max = IP_PMTUDISC_OMIT),
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
	WORKS(IPPROTO_IP, IP_ROUTER_ALERT, BOOL, NOT_RAW, .get = sock_opt_get_const,
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
	INERT(IPPROTO_IP, IP_RECVERR_RFC4884, INT, TCP,
	      .arg = SOCK_KEPT_RFC4884, .get = sock_kept_get_flag,
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
	      .get = sock_opt_get_flag, .set = set_v6only, ANYINT,
	      .note = "before bind"),
	WORKS(IPPROTO_IPV6, IPV6_UNICAST_HOPS, INT, ANY,
	      SHARED(TCP_OPT_TTL, ttl), .get = get_ttl, .set = set_ttl,
	      .min = -1, .max = 255,
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
	WORKS(IPPROTO_IPV6, IPV6_TCLASS, INT, ANY, SHARED(TCP_OPT_TOS, tos),
	      .get = get_shared, .set = set_tos, .min = -1, .max = 255),
	FLAG(IPPROTO_IPV6, IPV6_RECVPKTINFO, ANY, SOCK_F_PKTINFO6),
	FLAG(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, ANY, SOCK_F_HOPLIMIT6),
	FLAG(IPPROTO_IPV6, IPV6_RECVTCLASS, ANY, SOCK_F_TCLASS6),
	WORKS(IPPROTO_IPV6, IPV6_RECVERR, BOOL, DGRAM, .arg = 1,
	      .get = get_recverr, .set = set_recverr, ANYINT),
	WORKS(IPPROTO_IPV6, IPV6_RECVERR, BOOL, TCP, .arg = TCP_OPT_RECVERR6,
	      .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, ANYINT,
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
	INERT(IPPROTO_IPV6, IPV6_RECVERR_RFC4884, INT, TCP,
	      .arg = SOCK_KEPT_RFC4884_6, .get = sock_kept_get_flag,
	      .set = sock_kept_set_flag, .min = 0, .max = 1,
	      .note = "kept: of a stream's errors nothing more is told"),
	KEPT(IPPROTO_IPV6, IPV6_RECVFRAGSIZE, WORKS, ANY,
	     SOCK_KEPT_RECVFRAGSIZE6, .least = SOCK_OPT_NO_LEAST, .note = "the largest fragment"),
	WORKS(IPPROTO_IPV6, IPV6_UNICAST_IF, INT, ANY,
	      .arg = SOCK_KEPT_UNICAST_IF, .get = sock_kept_get_int,
	      .set = set_unicast_if, ANYINT, .least = 4,
	      .note = "as IP_UNICAST_IF"),
	WORKS(IPPROTO_IPV6, IPV6_MTU_DISCOVER, INT, ANY,
	      SHARED(TCP_OPT_MTU_DISCOVER, pmtudisc), .get = get_shared,
	      .set = set_shared, .min = 0, .max = IP_PMTUDISC_OMIT),
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
	      SHARED(TCP_OPT_AUTOLABEL, autolabel), .get = get_autolabel,
	      .set = set_autolabel, ANYINT,
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
	WORKS(IPPROTO_IPV6, IPV6_ROUTER_ALERT, BOOL, ANY, .get = sock_opt_get_const,
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
	WORKS(SOL_RAW, IPV6_CHECKSUM, INT, RAW, .get = get_checksum,
	      .set = set_checksum, ANYINT, .note = "ICMPv6's, too"),
	WORKS(SOL_RAW, IPV6_HDRINCL, BOOL, RAW, .get = get_hdrincl6,
	      .set = set_hdrincl6, ANYINT),
	WORKS(SOL_RAW, ICMP_FILTER, BYTES, RAW, .get_bytes = get_filter,
	      .set_bytes = set_filter, .note = "struct icmp_filter"),
	WORKS(IPPROTO_ICMPV6, ICMPV6_FILTER, BYTES, RAW,
	      .get_bytes = get_filter6, .set_bytes = set_filter6,
	      .note = "struct icmp6_filter"),
};
/* clang-format on */

const struct sock_opt_rows sock_opt_ip_rows = SOCK_OPT_ROWS(table);
