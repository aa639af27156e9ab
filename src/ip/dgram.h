/* SPDX-License-Identifier: MIT */
/*
 * ip/dgram.h - what endpoints that send and receive whole packets share
 *
 * UDP, raw and ping sockets: a queue of received packets and one of packets
 * to be sent, each with a budget in bytes of memory pinned; a path that is
 * remembered; an error that is reported once. Headers of the transport, and
 * who gets which packet, are their own affair.
 */
#ifndef OSTIA_IP_DGRAM_H
#define OSTIA_IP_DGRAM_H

#include "base/pkt.h"
#include "ip/errq.h"
#include "ip/filter.h"
#include "ip/hdropts.h"
#include "ip/ip.h"
#include "ip/member.h"
#include "ip/path.h"
#include "link/link.h"

#include <sys/uio.h>

enum {
	DGRAM_BUF = 212992, /* net.core.[rw]mem_default */
};

/* news, numbered as TCP's */
enum { DGRAM_NEWS_IN = 0x01, DGRAM_NEWS_OUT = 0x02, DGRAM_NEWS_ERR = 0x04 };

/* how packets larger than the path takes are treated: IP_PMTUDISC_* */
enum {
	DGRAM_PMTU_DONT, /* fragment, never DF */
	DGRAM_PMTU_WANT, /* DF if it fits, else fragment */
	DGRAM_PMTU_DO, /* always DF; too big is EMSGSIZE */
	DGRAM_PMTU_PROBE, /* DF, and ignore the path's MTU */
	DGRAM_PMTU_INTERFACE, /* no DF, the link's MTU, no fragments */
	DGRAM_PMTU_OMIT, /* the same, but fragments */
};

/**
 * struct dgram_rare - What few endpoints ever need
 * @members:	groups that it joined, with its filters
 * @filter:	SO_ATTACH_FILTER, or NULL
 * @errs:	errors and stamps for MSG_ERRQUEUE, as seen by the errq room
 * @mtu6:	IPV6_MTU: fragments are no larger; 0: as the path has it
 * @rxpmtu:	IPV6_RECVPATHMTU: an MTU that a sender is to hear of; 0: none
 */
struct dgram_rare {
	struct member *members;
	struct bpf *filter;
	struct pktq errs;
	uint32_t mtu6;
	uint32_t rxpmtu;
};

/**
 * struct dgram - An endpoint's queues and habits
 * @path:	of the last destination; NULL: none yet
 * @rare:	NULL: all defaults
 * @tx:		on the link's ready list while @txq is not empty
 * @news_node:	in the room's queue while @news
 * @rxcharge, @txcharge: bytes of memory that the queues pin: their cap
 * @drops:	packets that found @rcvbuf full
 * @err:	errno for the next call
 * @ttl:	0: the stack's default. @mcast_ttl, @mcast_hops: to groups of
 *		IPv4, IPv6
 * @no_loop:	what it sends to groups is not for this host
 * @no_all, @no_all6: groups that others joined are not for it
 * @tell_pmtu:	IPV6_RECVPATHMTU: by @rare->rxpmtu; it is there then
 * @autolabel:	IPV6_AUTOFLOWLABEL: enum ip_label
 * @dontfrag:	IPV6_DONTFRAG
 * @full:	a sender was told EAGAIN, or that it would block
 * @recverr:	errors go to @rare->errs; it is there then
 * @rfc4884, @rfc4884_6: IP_RECVERR_RFC4884, of errors of IPv4; of IPv6
 */
struct dgram {
	struct path *path;
	struct dgram_rare *rare;
	struct txnode tx;
	struct fifo_node news_node;
	struct pktring rx, txq;
	uint32_t rxcharge, txcharge;
	uint32_t rcvbuf, sndbuf;
	uint32_t drops;
	uint8_t err;
	uint8_t news;
	uint8_t ttl, mcast_ttl, mcast_hops, tos;
	uint8_t pmtudisc;
	uint8_t autolabel;
	bool broadcast : 1;
	bool full : 1;
	bool shut_rd : 1;
	bool recverr : 1;
	bool rfc4884 : 1, rfc4884_6 : 1;
	bool no_loop : 1, no_all : 1, no_all6 : 1;
	bool dontfrag : 1, tell_pmtu : 1;
};

static_assert(sizeof(struct dgram) <= 96, "every datagram socket has one");

/**
 * struct dgram_room - What all endpoints of a protocol share
 * @news: endpoints with news
 */
struct dgram_room {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
	struct fifo news;
};

/**
 * struct dgram_stamp - What the sender wants to hear of a datagram's leaving
 * @on_send:	SCM_TSTAMP_SCHED: when it was sent. @on_leave: SCM_TSTAMP_SND
 * @bytes:	beside a copy of the packet
 * @key:	of SOF_TIMESTAMPING_OPT_ID
 */
struct dgram_stamp {
	uint32_t key;
	bool on_send, on_leave, bytes;
};

/**
 * struct dgram_to - Where a packet goes, and what its IP header says
 * @dst:	where to
 * @src:	from which address of ours; NULL: what the path says
 * @zone:	link index, 0: any
 * @ttl, @tos:	for this packet; -1: the endpoint's
 * @stamp:	what to tell of its leaving
 * @gso_size:	payload bytes of a datagram of a super-datagram, 0: one datagram
 * @prefs:	IPV6_ADDR_PREFERENCES where @src is open: SELECT_*
 * @on_link:	not by way of a gateway (SO_DONTROUTE, MSG_DONTROUTE)
 * @opts:	extension headers or options, or NULL
 */
struct dgram_to {
	const struct ostia_addr *dst, *src;
	uint32_t zone;
	int ttl, tos;
	struct dgram_stamp stamp;
	uint16_t gso_size;
	uint16_t prefs;
	bool on_link;
	const struct hdropts *opts;
};

/**
 * struct dgram_from - What a received packet tells beside its bytes
 * @len:	bytes that the packet had (MSG_TRUNC)
 * @when:	time of arrival
 * @frag_max:	the largest fragment that it came in, 0: whole
 * @flowinfo:	IPv6: traffic class and flow label, as in the header
 * @gso_size:	bytes of each datagram but the last, 0: it is one
 * @keep:	in: the caller wants the packet itself, for its headers
 * @pkt:	it, if @keep: the caller's to free; with MSG_PEEK borrowed till
 *		the next call
 */
struct dgram_from {
	struct ostia_addr src, dst;
	uint16_t sport;
	uint32_t zone, link_index;
	uint8_t ttl, tos;
	uint32_t len;
	uint32_t frag_max;
	uint32_t flowinfo;
	uint16_t gso_size;
	bool keep;
	ostia_time when;
	struct ostia_pkt *pkt;
};

void dgram_init(struct dgram *d, enum tx_kind kind);
/** dgram_link_gone() - Drop what waits to leave by @l; forget that what waits
 * to be read came by it.
 */
void dgram_link_gone(struct dgram *d, const struct ostia_link *l);
/** dgram_fini() - Drop what waits; forget the path. */
void dgram_fini(struct dgram_room *r, struct dgram *d);

/** dgram_rare() - Its rare part, made if need be; NULL: no memory. */
struct dgram_rare *dgram_rare(struct ip *ip, struct dgram *d);

/** dgram_filter() - SO_ATTACH_FILTER, or NULL. */
static inline struct bpf *dgram_filter(const struct dgram *d)
{
	return d->rare ? d->rare->filter : NULL;
}

/** dgram_source() - What bind() named, as a source; NULL: no host's. */
static inline const struct ostia_addr *
dgram_source(const struct ostia_addr *wished)
{
	return addr_is_any(wished) || addr_is_multicast(wished) ? NULL : wished;
}

/**
 * dgram_may_bind() - May a socket have @a, of @zone, as Linux sees it?
 * One of our addresses, a group's, a broadcast's, none, or with IP_FREEBIND
 * any.
 */
bool dgram_may_bind(const struct dgram_room *r, const struct ostia_addr *a,
		    uint32_t zone, bool freebind);

/**
 * dgram_path() - The way to @to, remembered in @d
 * Return: 0; -EACCES (a broadcast without SO_BROADCAST), or as path_get().
 */
int dgram_path(struct dgram_room *r, struct dgram *d, const struct dgram_to *to,
	       ostia_time now);

/**
 * dgram_stamp() - Tell on the error queue when @p was sent, and when it leaves
 *
 * The memory for what will be told is taken now; without it, as on Linux,
 * nothing is told. p->stamp has it until the packet leaves.
 */
void dgram_stamp(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p,
		 const struct dgram_stamp *want);

/** dgram_room_for() - 0, or -EAGAIN: the send budget is used up. */
int dgram_room_for(struct dgram_room *r, struct dgram *d);

/** dgram_first() - The first @n bytes of @iov to @to, or all that it has.
 * Return: how many.
 */
uint32_t dgram_first(uint8_t *to, const struct iovec *iov, int niov,
		     uint32_t n);

/** dgram_gather() - Append @n bytes of @iov to @p. 0 or -ENOMEM, -ENOBUFS. */
int dgram_gather(struct ostia_pkt *p, const struct iovec *iov, int niov,
		 uint32_t n);

/**
 * dgram_send() - IP header, queue, ready
 * @p: transport header and payload, l4 at 0; taken, whatever happens
 *
 * By the path that dgram_path() found. Return: 0; -EMSGSIZE (too big, and
 * must not be fragmented; too many extension headers), -ENOBUFS, -ENOMEM,
 * -EIO (a super-datagram with a routing header: each part's checksum would be
 * that of the first hop).
 */
int dgram_send(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p,
	       const struct dgram_to *to, uint8_t proto);
/** dgram_push() - The same for a packet that has its IP header; takes it. */
void dgram_push(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p);
/** dgram_enqueue() - The same for a finished packet that has its link. */
void dgram_enqueue(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p);

/** dgram_tx() - The next packet, fragments following through the replies. */
struct ostia_pkt *dgram_tx(struct dgram_room *r, struct dgram *d, bool *more);

/** dgram_wants() - Its filter; as filter_wants(), with a counter. */
static inline bool dgram_wants(struct dgram_room *r, struct dgram *d,
			       struct ostia_pkt *p, uint32_t from,
			       uint32_t keep)
{
	if (__builtin_expect(!d->rare, 1) ||
	    filter_wants(r->ip, d->rare->filter, p, from, keep))
		return true;
	d->drops++;
	return false;
}

/** dgram_rx() - Queue a received packet. Return: false: no room (counted). */
bool dgram_rx(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p);

/**
 * dgram_recv() - The oldest packet's bytes from @skip_head of it on
 * @from_l3: the bytes begin at its IP header, not at p->data
 * @peek:    leave it in the queue
 * Return: bytes copied; -EAGAIN.
 */
int64_t dgram_recv(struct dgram_room *r, struct dgram *d,
		   const struct iovec *iov, int niov, bool from_l3, bool peek,
		   struct dgram_from *from);

/** dgram_hears() - Is what came to a group for this endpoint, by its filters?
 */
static inline bool dgram_hears(const struct dgram *d, const struct ostia_pkt *p)
{
	bool v4 = addr_is_v4(&p->dst);

	return !addr_is_multicast(&p->dst) ||
	       member_allows(d->rare ? d->rare->members : NULL, &p->dst,
			     &p->src, p->link->index,
			     !(v4 ? d->no_all : d->no_all6));
}

/**
 * dgram_peek() - MSG_PEEK from byte @off of all that waits (SO_PEEK_OFF): the
 * rest of the packet that has it. Return: bytes copied; -EAGAIN: so much does
 * not wait. @p: that packet
 */
int64_t dgram_peek(struct dgram *d, const struct iovec *iov, int niov,
		   uint32_t off, struct dgram_from *from, struct ostia_pkt **p);

/** dgram_readable() - Bytes that the next packet has (FIONREAD). */
uint32_t dgram_readable(const struct dgram *d, bool from_l3);

/** dgram_poll() - POLL* bits. */
uint32_t dgram_poll(const struct dgram *d);

void dgram_tell(struct dgram_room *r, struct dgram *d, uint8_t news);
void dgram_error(struct dgram_room *r, struct dgram *d, int err);
/**
 * dgram_queue_error() - With IP_RECVERR every error is told, with its cause
 * @off: where the payload begins in @e->quote
 */
void dgram_queue_error(struct dgram_room *r, struct dgram *d,
		       const struct ip_error *e, uint32_t off);
/** dgram_too_big() - The same for our own EMSGSIZE: it tells the MTU, less
 * what @to's headers take.
 */
void dgram_too_big(struct dgram_room *r, struct dgram *d,
		   const struct dgram_to *to, uint16_t port);
/** dgram_pop_error() - The oldest for MSG_ERRQUEUE, as errq_pop(). */
int64_t dgram_pop_error(struct dgram *d, const struct iovec *iov, int niov,
			struct errq_entry *out);
/** dgram_take_error() - Reads and clears; 0 if none. */
int dgram_take_error(struct dgram *d);
/** dgram_news() - The next endpoint with news, taken off the list, or NULL. */
struct dgram *dgram_news(struct dgram_room *r, uint32_t *news);

#endif
