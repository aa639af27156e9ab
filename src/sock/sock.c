/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POLLRDHUP */
#include "sock/sock.h"

#include "ip/addrs.h"
#include "ip/state.h"
#include "sock/cork.h"
#include "sock/dgram.h"
#include "sock/epoll.h"
#include "sock/hdropts.h"
#include "sock/local.h"
#include "sock/packet.h"
#include "sock/peek.h"
#include "sock/raw.h"
#include "sock/tcp.h"
#include "sock/udp.h"
#include "sock/watch.h"
#include "sock/zerocopy.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum {
	TYPES = 11, /* SOCK_MAX of Linux */
	PROTOS = 263, /* IPPROTO_MAX of Linux */
	RAW_PROTOS = 256,
};

static const struct sock_ops *const all_ops[SOCK_KINDS] = {
	[SOCK_TCP] = &sock_tcp_ops,	[SOCK_UDP] = &sock_udp_ops,
	[SOCK_RAWIP] = &sock_raw_ops,	[SOCK_PING] = &sock_raw_ops,
	[SOCK_LINK] = &sock_packet_ops, [SOCK_LOCAL] = &sock_local_ops,
};

const struct sock_ops *sock_ops_of(const struct sock *s)
{
	return all_ops[s->kind];
}

/*
 * --- all of a stack ------------------------------------------------------
 */

static void init_slabs(struct socks *s)
{
	static_assert(sizeof(struct sock) % 8 == 0, "as slabs want it");
	slab_init(&s->slab[SOCK_TCP], s->env, sizeof(struct sock), SOCK_CAP);
	slab_init(&s->slab[SOCK_UDP], s->env, sizeof(struct sock_udp),
		  SOCK_CAP);
	slab_init(&s->slab[SOCK_RAWIP], s->env, sizeof(struct sock_raw),
		  SOCK_CAP);
	slab_init(&s->slab[SOCK_PING], s->env, sizeof(struct sock_raw),
		  SOCK_CAP);
	slab_init(&s->slab[SOCK_LINK], s->env, sizeof(struct sock_packet),
		  SOCK_CAP);
	slab_init(&s->slab[SOCK_LOCAL], s->env, sizeof(struct sock), SOCK_CAP);
	slab_init(&s->rares, s->env, sizeof(struct sock_rare), SOCK_CAP);
	slab_init(&s->loans, s->env, sizeof(struct sock_loan), SOCK_CAP);
	sock_watch_init(s);
	sock_epoll_init(s);
}

int socks_new(const struct socks_lent_by_stack *lent, struct socks **out)
{
	struct socks *s = env_zalloc(lent->env, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->lent = env_zalloc(pool_env(lent->pool), sizeof(*s->lent));
	if (!s->lent) {
		env_free(lent->env, s, sizeof(*s));
		return -ENOMEM;
	}
	s->env = lent->env;
	s->pool = lent->pool;
	s->tracer = lent->tracer;
	s->stats = lent->stats;
	s->ip = lent->ip;
	s->tcp = lent->tcp;
	s->udp = lent->udp;
	s->raw = lent->raw;
	s->packet = lent->packet;
	s->local = lent->local;
	list_init(&s->events);
	init_slabs(s);
	*out = s;
	return 0;
}

void socks_free(struct socks *s)
{
	const struct ostia_env *env = s->env;

	for (unsigned i = 0; i < SOCK_KINDS; i++)
		slab_fini(&s->slab[i]);
	slab_fini(&s->rares);
	slab_fini(&s->loans);
	sock_watch_fini(s);
	sock_epoll_fini(s);
	lent_abandon(s->lent, s->pool);
	env_free(env, s, sizeof(*s));
}

/* News bits of the protocols are numbered alike. */
static uint32_t ready_bits(uint32_t news)
{
	uint32_t bits = 0;

	static_assert((int)TCP_NEWS_IN == (int)DGRAM_NEWS_IN &&
			      (int)TCP_NEWS_OUT == (int)DGRAM_NEWS_OUT &&
			      (int)TCP_NEWS_ERR == (int)DGRAM_NEWS_ERR,
		      "one meaning for all");
	if (news & TCP_NEWS_IN)
		bits |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (news & TCP_NEWS_OUT)
		bits |= POLLOUT | POLLWRNORM | POLLWRBAND;
	if (news & TCP_NEWS_PRI)
		bits |= POLLPRI;
	if (news & TCP_NEWS_ERR)
		bits |= POLLERR | POLLIN | POLLOUT;
	if (news & TCP_NEWS_HUP)
		bits |= POLLHUP | POLLIN | POLLOUT | POLLRDHUP;
	return bits;
}

void sock_drain(struct socks *ss)
{
	struct udp_sock *u;
	struct packet_sock *k;
	struct raw_sock *r;
	uint32_t news;
	void *owner;

	if (!ss->tracer->news)
		return;
	ss->tracer->news = false;
	while (tcp_news(ss->tcp, &owner, &news))
		file_notify(&((struct sock *)owner)->file, ready_bits(news));
	while ((u = udp_news(ss->udp, &news)))
		file_notify(&sock_udp_of(u)->s.file, ready_bits(news));
	while ((r = raw_news(ss->raw, &news)))
		file_notify(&sock_raw_of(r)->s.file, ready_bits(news));
	while ((k = packet_news(ss->packet, &news)))
		file_notify(&sock_packet_of(k)->s.file, ready_bits(news));
}

/* Sockets whose endpoint is a struct dgram, and that no list of the protocol
 * knows.
 */
static const enum sock_kind of_dgrams[] = { SOCK_UDP, SOCK_RAWIP, SOCK_PING };

enum { OF_DGRAMS = sizeof(of_dgrams) / sizeof(of_dgrams[0]) };

void socks_link_gone(struct socks *s, const struct ostia_link *l)
{
	for (unsigned i = 0; i < OF_DGRAMS; i++) {
		struct slab_walk w = { 0 };
		struct sock *k;

		while ((k = slab_next(&s->slab[of_dgrams[i]], &w)))
			dgram_link_gone(sock_dgram_of(k), l);
	}
}

static uint64_t queued(const struct socks *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < OF_DGRAMS; i++) {
		struct slab_walk w = { 0 };
		const struct sock *k;

		while ((k = slab_next(&s->slab[of_dgrams[i]], &w))) {
			const struct dgram *d = sock_dgram_of(k);

			n += pktring_count(&d->rx) + pktring_count(&d->txq);
		}
	}
	return n;
}

void socks_usage(const struct socks *s, struct ostia_usage *u)
{
	u->queued_pkts += queued(s);
	u->files += s->files;
	u->bytes += sizeof(*s);
	for (unsigned i = 0; i < SOCK_KINDS; i++)
		u->bytes += slab_bytes(&s->slab[i]);
	u->bytes += slab_bytes(&s->rares) + slab_bytes(&s->loans) +
		    slab_bytes(&s->watches) + slab_bytes(&s->waits) +
		    slab_bytes(&s->epolls) + slab_bytes(&s->epitems);
}

/*
 * --- making and ending ---------------------------------------------------
 */

static uint32_t poll_sock(struct file *f)
{
	struct sock *s = sock_of(f);
	uint32_t bits = sock_ops_of(s)->poll(s);

	if (s->rare)
		bits |= sock_zerocopy_poll(s);
	if ((bits & POLLERR) && sock_kept_is(s, SOCK_KEPT_ERR_IS_PRI))
		bits |= POLLPRI;
	return bits;
}

/* Loans outlive the socket; they burden nobody then. */
static void forget_loans(struct sock *s)
{
	list_each_safe (n, &s->rare->loans) {
		struct sock_loan *l = list_entry(n, struct sock_loan, node);

		l->s = NULL;
		list_remove(&l->node);
	}
}

static void free_sock(struct sock *s)
{
	struct socks *ss = s->socks;

	if (s->rare)
		slab_free(&ss->rares, s->rare->self);
	slab_free(&ss->slab[s->kind], s->self);
	ss->files--;
}

static void release(struct file *f)
{
	struct sock *s = sock_of(f);

	file_notify(f, POLLNVAL); /* who still waits must let go */
	assert(list_empty(&f->waiters));
	if (s->rare) {
		member_drop(s->socks->ip, &s->rare->members);
		forget_loans(s);
		sock_cork_drop(&s->rare->cork);
		sock_hdropts_drop(s);
	}
	sock_ops_of(s)->close(s);
	free_sock(s);
}

static const struct file_ops file_ops = { .poll = poll_sock,
					  .release = release };

static int alloc(struct socks *ss, enum sock_kind kind, struct sock **out)
{
	struct slab *slab = &ss->slab[kind];
	uint32_t self;
	struct sock *s = slab_alloc(slab, &self);

	if (!s)
		return slab->live >= slab->limit ? -ENOBUFS : -ENOMEM;
	*s = (struct sock) { .socks = ss, .self = self, .kind = (uint8_t)kind };
	file_init(&s->file, FILE_SOCK, &file_ops);
	ss->files++;
	*out = s;
	return 0;
}

static int open_local(struct sock *s)
{
	int err = local_open(s->socks->local, s->proto, &s->local);

	s->proto = 0;
	if (!err)
		local_adopt(s->local, &s->file);
	return err;
}

static int open_endpoint(struct sock *s)
{
	struct socks *ss = s->socks;
	bool v6 = sock_is_v6(s);
	int err;

	if (s->kind == SOCK_TCP) {
		err = tcp_open(ss->tcp, v6, &s->tcp);
		if (!err)
			tcp_set_owner(ss->tcp, s->tcp, s);
		return err;
	}
	if (s->kind == SOCK_UDP) {
		s->udp = &list_entry(s, struct sock_udp, s)->u;
		udp_open(ss->udp, s->udp, v6);
		return 0;
	}
	if (s->kind == SOCK_LOCAL)
		return open_local(s);
	s->raw = &list_entry(s, struct sock_raw, s)->r;
	raw_open(ss->raw, s->raw, v6, s->kind == SOCK_PING, s->proto);
	return 0;
}

/* Linux's search through inetsw: -ESOCKTNOSUPPORT knows no such type at all,
 * -EPROTONOSUPPORT has the type, but not with this protocol.
 */
static int kind_of(int domain, int type, int protocol, uint8_t *proto)
{
	int ping = domain == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	*proto = (uint8_t)protocol;
	if (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP)) {
		*proto = IPPROTO_TCP;
		return SOCK_TCP;
	}
	if (type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP)) {
		*proto = IPPROTO_UDP;
		return SOCK_UDP;
	}
	if (type == SOCK_DGRAM && protocol == ping)
		return SOCK_PING;
	if (type == SOCK_RAW && protocol > 0 && protocol < RAW_PROTOS)
		return SOCK_RAWIP;
	if (type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_RAW)
		return -EPROTONOSUPPORT;
	return -ESOCKTNOSUPPORT;
}

/* IP_MULTICAST_ALL is on, but on an IPv6 socket it is off (Linux). */
static void start_mcast(struct sock *s)
{
	struct dgram *d = sock_dgram_of(s);

	if (!sock_is_v6(s))
		return;
	s->flags |= SOCK_F_NO_MCAST_ALL;
	if (d)
		d->no_all = true;
}

/* The protocol is an ether type in network byte order, its other bits are
 * nobody's (packet(7)).
 */
static int new_packet(struct socks *ss, int type, int protocol,
		      struct sock **out)
{
	struct sock *s;
	int err;

	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	err = alloc(ss, SOCK_LINK, &s);
	if (err)
		return err;
	s->family = AF_PACKET;
	s->packet = &list_entry(s, struct sock_packet, s)->p;
	packet_open(ss->packet, s->packet, type == SOCK_RAW,
		    ntohs((uint16_t)protocol));
	*out = s;
	return 0;
}

/* unix(7). SOCK_RAW is another word for SOCK_DGRAM; @proto is the type here.
 */
static int local_kind_of(int type, int protocol, uint8_t *proto)
{
	if (protocol && protocol != PF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW)
		type = SOCK_DGRAM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	*proto = (uint8_t)type;
	return SOCK_LOCAL;
}

int sock_new(struct socks *ss, int domain, int type, int protocol,
	     struct sock **out)
{
	uint8_t proto;
	int kind, err;

	if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX &&
	    domain != AF_PACKET)
		return -EAFNOSUPPORT;
	if (type < 0 || type >= TYPES)
		return -EINVAL;
	if (domain == AF_PACKET)
		return new_packet(ss, type, protocol, out);
	if (domain == AF_UNIX)
		kind = local_kind_of(type, protocol, &proto);
	else if (protocol < 0 || protocol >= PROTOS)
		return -EINVAL;
	else
		kind = kind_of(domain, type, protocol, &proto);
	if (kind < 0)
		return kind;
	err = alloc(ss, (enum sock_kind)kind, out);
	if (err)
		return err;
	(*out)->family = (uint8_t)domain;
	(*out)->proto = proto;
	if (kind == SOCK_RAWIP || kind == SOCK_PING)
		(*out)->flags |= SOCK_F_REUSEADDR; /* INET_PROTOSW_REUSE */
	if (kind == SOCK_PING && domain == AF_INET6)
		(*out)->flags |= SOCK_F_V6ONLY;
	err = open_endpoint(*out);
	if (!err)
		start_mcast(*out);
	if (err)
		free_sock(*out);
	return err;
}

int sock_type(const struct sock *s)
{
	static const uint8_t types[SOCK_KINDS] = {
		[SOCK_TCP] = SOCK_STREAM, [SOCK_UDP] = SOCK_DGRAM,
		[SOCK_RAWIP] = SOCK_RAW,  [SOCK_PING] = SOCK_DGRAM,
		[SOCK_LINK] = SOCK_DGRAM,
	};

	if (s->kind == SOCK_LINK && s->packet->raw)
		return SOCK_RAW;
	if (s->kind == SOCK_LOCAL)
		return s->local->type;
	return types[s->kind];
}

struct sock_rare *sock_rare(struct sock *s)
{
	uint32_t self;

	if (s->rare)
		return s->rare;
	s->rare = slab_alloc(&s->socks->rares, &self);
	if (!s->rare)
		return NULL;
	*s->rare = (struct sock_rare) { .self = self, .peek_off = -1 };
	list_init(&s->rare->loans);
	sock_kept_init(&s->rare->kept);
	s->rare->pacing_rate = UINT64_MAX;
	return s->rare;
}

/*
 * --- calls ---------------------------------------------------------------
 */

static bool may_bind4(const struct sock *s, const struct ostia_addr *a)
{
	struct ip *ip = s->socks->ip;

	return addr_is_any(a) || addr_is_multicast(a) || addr_is_broadcast(a) ||
	       sock_binds_freely(s) || ip->set.nonlocal_bind ||
	       addrs_is_ours(ip, a, 0) || addrs_is_directed(ip, a);
}

/* Linux looks at an IPv4 address before it looks whether we are bound. */
int sock_bind(struct sock *s, const struct sock_name *n)
{
	int err;

	if (s->family == AF_INET && s->kind != SOCK_RAWIP &&
	    !may_bind4(s, &n->addr))
		return -EADDRNOTAVAIL;
	err = sock_ops_of(s)->bind(s, n);
	if (!err)
		s->flags |= SOCK_F_BOUND;
	return err;
}

int sock_listen(struct sock *s, int backlog)
{
	const struct sock_ops *ops = sock_ops_of(s);

	return ops->listen ? ops->listen(s, backlog) : -EOPNOTSUPP;
}

int sock_connect(struct sock *s, const struct sock_name *n)
{
	return sock_ops_of(s)->connect(s, n);
}

int sock_disconnect(struct sock *s)
{
	return sock_ops_of(s)->disconnect(s);
}

int sock_shutdown(struct sock *s, int how)
{
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR &&
	    s->kind != SOCK_LINK)
		return -EINVAL;
	return sock_ops_of(s)->shutdown(s, how);
}

/* What a new connection has from its listener beside TCP's own. */
static int inherit(struct sock *n, struct sock *from)
{
	struct sock_rare *r;

	n->family = from->family;
	n->proto = from->proto;
	if (n->kind == SOCK_LOCAL)
		return 0; /* AF_UNIX hands on what it does by itself */
	n->flags = from->flags & SOCK_F_INHERITED;
	n->dev = from->dev;
	if (!from->rare)
		return 0;
	r = sock_rare(n);
	if (!r)
		return -ENOMEM;
	r->sndtimeo = from->rare->sndtimeo;
	r->rcvtimeo = from->rare->rcvtimeo;
	r->linger_s = from->rare->linger_s;
	r->filter_locked = from->rare->filter_locked;
	r->kept = from->rare->kept;
	r->kept.v[SOCK_KEPT_ZC_KEY] = 0;
	return 0;
}

int sock_accept(struct sock *s, struct sock **out)
{
	const struct sock_ops *ops = sock_ops_of(s);
	int err;

	if (!ops->accept)
		return -EOPNOTSUPP;
	err = alloc(s->socks, (enum sock_kind)s->kind, out);
	if (err)
		return err;
	err = inherit(*out, s);
	if (!err)
		err = ops->accept(s, *out);
	if (err)
		free_sock(*out);
	return err;
}

/*
 * --- bytes by reference --------------------------------------------------
 */

int64_t sock_loan_take(struct sock *s, size_t max, struct sock_loan **out)
{
	struct sock_rare *r = sock_rare(s);
	struct sock_loan *l;
	uint32_t self;
	int64_t n;

	if (s->kind != SOCK_TCP)
		return -EOPNOTSUPP;
	l = r ? slab_alloc(&s->socks->loans, &self) : NULL;
	if (!l)
		return -ENOMEM;
	n = tcp_recv_slice(s->socks->tcp, s->tcp, max, &l->slice, &l->charge);
	if (n <= 0) {
		slab_free(&s->socks->loans, self);
		return n;
	}
	sock_peek_on(s, -n);
	l->s = s;
	l->self = self;
	list_push(&r->loans, &l->node);
	*out = l;
	return n;
}

void sock_loan_return(struct socks *ss, struct sock_loan *l)
{
	if (l->s)
		tcp_recv_returned(ss->tcp, l->s->tcp, l->charge);
	list_remove(&l->node);
	block_put(l->slice.block);
	slab_free(&ss->loans, l->self);
}

int64_t sock_send_lend(struct sock *s, const void *p, size_t n, uint64_t cookie)
{
	struct socks *ss = s->socks;
	struct block *b;
	int64_t sent;

	if (s->kind != SOCK_TCP)
		return -EOPNOTSUPP;
	if (n > UINT32_MAX / 2)
		n = UINT32_MAX / 2;
	b = block_lend(ss->pool, ss->lent, p, n, cookie);
	if (!b)
		return -ENOBUFS;
	sent = tcp_send_block(ss->tcp, s->tcp, b, 0, (uint32_t)n);
	if (sent <= 0)
		block_unlend(b);
	else
		block_put(b);
	return sent;
}
