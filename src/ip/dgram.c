/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POLLRDHUP */
#include "ip/dgram.h"

#include "base/stats.h"
#include "ip/addrs.h"
#include "ip/groups.h"
#include "ip/select.h"
#include "ip/state.h"

#include <assert.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <poll.h>

void dgram_init(struct dgram *d, enum tx_kind kind)
{
	*d = (struct dgram) { .tx.kind = (uint8_t)kind,
			      .rcvbuf = DGRAM_BUF,
			      .sndbuf = DGRAM_BUF,
			      .mcast_ttl = 1,
			      .mcast_hops = 1,
			      .pmtudisc = DGRAM_PMTU_WANT };
	list_init(&d->tx.node);
}

struct dgram_rare *dgram_rare(struct ip *ip, struct dgram *d)
{
	if (d->rare)
		return d->rare;
	d->rare = env_zalloc(ip->env, sizeof(*d->rare));
	if (!d->rare)
		return NULL;
	pktq_init(&d->rare->errs, ERRQ_CAP);
	ip->dgram_rares++;
	return d->rare;
}

static void drop_rare(struct dgram_room *r, struct dgram *d)
{
	if (!d->rare)
		return;
	pktq_drain(&d->rare->errs);
	member_drop(r->ip, &d->rare->members);
	bpf_put(r->env, d->rare->filter);
	env_free(r->ip->env, d->rare, sizeof(*d->rare));
	d->rare = NULL;
	r->ip->dgram_rares--;
}

/* The queue of news is emptied when a call ends: it is short. */
static void drop_news(struct dgram_room *r, struct dgram *d)
{
	struct fifo keep = { 0 };
	struct fifo_node *n;

	if (!d->news)
		return;
	while ((n = fifo_pop(&r->news)))
		if (n != &d->news_node)
			fifo_push(&keep, n);
	r->news = keep;
	d->news = 0;
}

void dgram_fini(struct dgram_room *r, struct dgram *d)
{
	struct ostia_pkt *p;
	bool more;

	pktring_drain(&d->rx);
	while (d->txq.last) /* what was sent is still delivered */
		if ((p = dgram_tx(r, d, &more)))
			ip_queue(r->ip, p);
	link_unready(&d->tx);
	drop_news(r, d);
	drop_rare(r, d);
	if (d->path)
		path_put(r->ip, d->path);
	d->path = NULL;
}

static void drop_frames(struct dgram *d, const struct ostia_link *l)
{
	struct pktring keep = { 0 };
	struct ostia_pkt *p;

	while ((p = pktring_pop(&d->txq))) {
		if (p->link != l) {
			pktring_push(&keep, p);
			continue;
		}
		d->txcharge -= p->charge;
		pkt_free(p);
	}
	d->txq = keep;
}

static void forget_link(struct pktring *q, const struct ostia_link *l)
{
	struct ostia_pkt *p = q->last;

	if (!p)
		return;
	do
		if (p->link == l)
			p->link = NULL;
	while ((p = p->next) != q->last);
}

void dgram_link_gone(struct dgram *d, const struct ostia_link *l)
{
	forget_link(&d->rx, l);
	if (!d->txq.last)
		return;
	drop_frames(d, l);
	link_unready(&d->tx);
	if (d->txq.last)
		link_ready(pktring_first(&d->txq)->link, &d->tx);
}

void dgram_tell(struct dgram_room *r, struct dgram *d, uint8_t news)
{
	if (!d->news)
		fifo_push(&r->news, &d->news_node);
	d->news |= news;
	r->tracer->news = true;
}

void dgram_error(struct dgram_room *r, struct dgram *d, int err)
{
	d->err = (uint8_t)err; /* Linux's end at 133 */
	dgram_tell(r, d, DGRAM_NEWS_ERR);
}

void dgram_queue_error(struct dgram_room *r, struct dgram *d,
		       const struct ip_error *e, uint32_t off)
{
	struct errq_entry entry = errq_of(e);

	if (addr_is_v4(&e->flow.remote) ? d->rfc4884 : d->rfc4884_6)
		entry.data = errq_rfc4884(e, off);
	assert(d->rare); /* with @recverr */
	if (!errq_push(&d->rare->errs, r->pool, &entry, e->quote, off))
		d->drops++;
	dgram_error(r, d, e->err);
}

void dgram_too_big(struct dgram_room *r, struct dgram *d,
		   const struct dgram_to *to, uint16_t port)
{
	bool v4 = addr_is_v4(to->dst);
	const struct errq_entry entry = { .dst = *to->dst,
					  .info = d->path->mtu -
						  hdropts_len(to->opts, v4),
					  .err = EMSGSIZE,
					  .port = port,
					  .origin = SO_EE_ORIGIN_LOCAL };

	assert(d->rare);
	if (!errq_push(&d->rare->errs, r->pool, &entry, NULL, 0))
		d->drops++;
	dgram_tell(r, d, DGRAM_NEWS_ERR);
}

int64_t dgram_pop_error(struct dgram *d, const struct iovec *iov, int niov,
			struct errq_entry *out)
{
	struct pktq *q = d->rare ? &d->rare->errs : NULL;
	int64_t n = q ? errq_pop(q, iov, niov, out) : -EAGAIN;

	if (n >= 0 && (errq_is_icmp(out) || errq_next(q)))
		d->err = (uint8_t)errq_next(q);
	return n;
}

int dgram_take_error(struct dgram *d)
{
	int err = d->err;

	d->err = 0;
	return err;
}

struct dgram *dgram_news(struct dgram_room *r, uint32_t *news)
{
	struct fifo_node *n = fifo_pop(&r->news);
	struct dgram *d;

	if (!n)
		return NULL;
	d = list_entry(n, struct dgram, news_node);
	*news = d->news;
	d->news = 0;
	return d;
}

/* Is the path that we remember the one that is asked for? */
static bool same_way(const struct path *p, const struct dgram_to *to,
		     const struct ostia_addr *dst, const struct ostia_addr *src)
{
	return addr_eq(&p->dst, dst) &&
	       (!to->zone || to->zone == p->link->index) &&
	       (!src || addr_is_any(src) || addr_eq(&p->src, src));
}

/* RFC 5014: who has wishes other than the system's has the source chosen by
 * them; else the path chooses.
 */
static const struct ostia_addr *source(struct ip *ip, const struct dgram_to *to)
{
	bool open = !to->src || addr_is_any(to->src);

	if (!open || !to->prefs || addr_is_v4(to->dst))
		return to->src;
	return select_for(ip, to->dst, to->zone, to->prefs);
}

bool dgram_may_bind(const struct dgram_room *r, const struct ostia_addr *a,
		    uint32_t zone, bool freebind)
{
	return addr_is_any(a) || addr_is_multicast(a) || addr_is_broadcast(a) ||
	       freebind || addrs_is_directed(r->ip, a) ||
	       addrs_is_ours(r->ip, a, zone);
}

int dgram_path(struct dgram_room *r, struct dgram *d, const struct dgram_to *to,
	       ostia_time now)
{
	const struct ostia_addr *src = source(r->ip, to), *dst;
	struct ostia_addr room;
	int err;

	dst = hdropts_first(to->opts, to->dst, &room);
	if (d->path && same_way(d->path, to, dst, src)) {
		err = path_fresh(r->ip, &d->path, now);
	} else {
		struct path *p;

		err = path_get(r->ip, dst, src, to->zone, now, &p);
		if (!err) {
			if (d->path)
				path_put(r->ip, d->path);
			d->path = p;
		}
	}
	if (err)
		return err;
	if ((to->on_link || hdropts_is_strict(to->opts, to->dst)) &&
	    path_by_gateway(d->path))
		return -ENETUNREACH;
	return d->path->kind == PATH_BROADCAST && !d->broadcast ? -EACCES : 0;
}

int dgram_room_for(struct dgram_room *r, struct dgram *d)
{
	if (d->txcharge < d->sndbuf)
		return 0;
	r->stats->UdpSndbufErrors++;
	d->full = true;
	return -EAGAIN;
}

uint32_t dgram_first(uint8_t *to, const struct iovec *iov, int niov, uint32_t n)
{
	uint32_t done = 0;

	for (int i = 0; i < niov && done < n; i++) {
		size_t part =
			iov[i].iov_len < n - done ? iov[i].iov_len : n - done;

		if (part)
			memcpy(to + done, iov[i].iov_base, part);
		done += (uint32_t)part;
	}
	return done;
}

int dgram_gather(struct ostia_pkt *p, const struct iovec *iov, int niov,
		 uint32_t n)
{
	uint8_t *head = pkt_put(p, n);
	struct block *b;
	int err;

	if (head && niov == 1 && n && n <= iov->iov_len) {
		memcpy(head, iov->iov_base, n);
		return 0;
	}
	if (head) {
		dgram_first(head, iov, niov, n);
		return 0;
	}
	b = block_new(p->pool, n);
	if (!b)
		return -ENOMEM;
	b->used = dgram_first(b->mem, iov, niov, n);
	err = pkt_add_slice(p, b, 0, n);
	block_put(b);
	return err;
}

static bool must_not_cut(const struct dgram *d)
{
	return d->pmtudisc == DGRAM_PMTU_DO ||
	       d->pmtudisc == DGRAM_PMTU_PROBE ||
	       d->pmtudisc == DGRAM_PMTU_INTERFACE;
}

static bool wants_df(const struct dgram *d, bool fits)
{
	return d->pmtudisc == DGRAM_PMTU_DO ||
	       d->pmtudisc == DGRAM_PMTU_PROBE ||
	       (d->pmtudisc == DGRAM_PMTU_WANT && fits);
}

/* The later modes do not believe in a path MTU (RFC 4821: the application
 * probes; forged ICMP: nobody shall shrink our packets).
 */
static bool believes_path(const struct dgram *d)
{
	return d->pmtudisc < DGRAM_PMTU_PROBE;
}

static uint32_t capped(const struct dgram *d, const struct ostia_addr *dst,
		       uint32_t mtu)
{
	uint32_t mtu6 = d->rare ? d->rare->mtu6 : 0;

	return mtu6 && mtu6 < mtu && !addr_is_v4(dst) ? mtu6 : mtu;
}

static uint32_t largest(const struct dgram *d)
{
	uint32_t mtu = believes_path(d) ? d->path->mtu : d->path->link->mtu;

	return capped(d, &d->path->dst, mtu);
}

/* Of a super-datagram: of one of its parts. */
static uint32_t datagram_len(const struct ostia_pkt *p)
{
	uint32_t payload = p->len - p->data;

	return p->gso_size && payload > p->gso_size ? p->data + p->gso_size
						    : p->len;
}

/*
 * --- stamps of what leaves -----------------------------------------------
 */

static struct ostia_pkt *stamp_for(struct dgram_room *r, struct ostia_pkt *p,
				   const struct dgram_stamp *want,
				   uint32_t what)
{
	const struct errq_entry e = { .dst = p->dst,
				      .info = what,
				      .data = want->key,
				      .err = ENOMSG,
				      .origin = SO_EE_ORIGIN_TIMESTAMPING };

	return errq_make(r->pool, &e, want->bytes ? p : NULL, 0);
}

static void file_stamp(struct dgram_room *r, struct dgram *d,
		       struct ostia_pkt *stamp)
{
	if (errq_file(&d->rare->errs, stamp, r->tracer->now))
		dgram_tell(r, d, DGRAM_NEWS_ERR);
	else
		d->drops++;
}

void dgram_stamp(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p,
		 const struct dgram_stamp *want)
{
	struct ostia_pkt *now = NULL;

	if ((!want->on_send && !want->on_leave) || !dgram_rare(r->ip, d))
		return;
	if (want->on_send)
		now = stamp_for(r, p, want, SCM_TSTAMP_SCHED);
	if (now)
		file_stamp(r, d, now);
	if (want->on_leave)
		p->stamp = stamp_for(r, p, want, SCM_TSTAMP_SND);
}

static uint8_t group_ttl(const struct dgram *d, const struct ostia_addr *dst)
{
	return addr_is_v4(dst) ? d->mcast_ttl : d->mcast_hops;
}

static bool is_routed(const struct dgram_to *to)
{
	struct ostia_addr room;

	return hdropts_first(to->opts, to->dst, &room) != to->dst;
}

int dgram_send(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p,
	       const struct dgram_to *to, uint8_t proto)
{
	uint32_t extra = hdropts_len(to->opts, addr_is_v4(to->dst));
	uint32_t ip_len = (addr_is_v4(to->dst) ? 20 : 40) + extra;
	bool fits = datagram_len(p) + ip_len <= largest(d);
	bool group = d->path->kind == PATH_MULTICAST;
	uint8_t ttl = group ? group_ttl(d, to->dst) : d->ttl;
	struct ip_out out = {
		.path = d->path,
		.src = to->src && !addr_is_any(to->src) ? to->src : NULL,
		.dst = to->dst,
		.proto = proto,
		.ttl = to->ttl >= 0 ? (uint8_t)to->ttl : ttl,
		.tos = to->tos >= 0 ? (uint8_t)to->tos : d->tos,
		.stay = group && !ttl,
		.dontfrag = wants_df(d, fits),
		.autolabel = d->autolabel,
		.opts = to->opts,
	};
	bool whole = d->dontfrag && !addr_is_v4(to->dst);
	int err = !fits && (must_not_cut(d) || whole || p->gso_size) ? -EMSGSIZE
								     : 0;

	if (err && d->tell_pmtu && !addr_is_v4(to->dst))
		d->rare->rxpmtu = largest(d) - extra;
	if (p->gso_size && is_routed(to))
		err = -EIO;
	if (!err)
		err = ip_push_header(r->ip, p, &out);
	if (err) {
		pkt_free(p);
		return err;
	}
	dgram_stamp(r, d, p, &to->stamp);
	dgram_push(r, d, p);
	return 0;
}

/* Hop limit 0, and groups of an interface, end where they begin. */
static bool stays_here(const struct dgram *d, const struct ostia_pkt *p)
{
	if (d->path->kind != PATH_MULTICAST ||
	    p->link->type == OSTIA_LINK_LOOPBACK)
		return false;
	return p->ttl == 0 || (!addr_is_v4(&p->dst) && (p->dst.b[1] & 15) <= 1);
}

/* What goes to many goes to us, too (RFC 1112 6.1, IP_MULTICAST_LOOP). */
static void hear_ourselves(struct dgram_room *r, const struct dgram *d,
			   struct ostia_pkt *p)
{
	bool group = d->path->kind == PATH_MULTICAST;

	if (p->link->type == OSTIA_LINK_LOOPBACK)
		return; /* all that goes there comes back */
	if (group &&
	    (d->no_loop || !groups_heard(r->ip, p->link, &p->dst, &p->src)))
		return;
	if (group || d->path->kind == PATH_BROADCAST)
		ip_loop_back(r->ip, p);
}

void dgram_push(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p)
{
	p->link = d->path->link;
	hear_ourselves(r, d, p);
	if (stays_here(d, p)) {
		pkt_free(p);
		return;
	}
	dgram_enqueue(r, d, p);
}

void dgram_enqueue(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p)
{
	p->call = r->tracer->call;
	p->charge = pkt_truesize(p);
	pktring_push(&d->txq, p);
	d->txcharge += p->charge;
	link_ready(p->link, &d->tx);
}

/* The socket may have found another path since @p was queued. */
static uint32_t path_mtu(const struct dgram *d, const struct ostia_pkt *p)
{
	const struct path *path = d->path;

	return path && believes_path(d) && path->link == p->link &&
			       addr_eq(&path->dst, &p->dst)
		       ? path->mtu
		       : p->link->mtu;
}

/* A datagram that is too big for its path leaves in fragments: the first
 * now, the others through the link's replies, which are pulled next.
 */
static struct ostia_pkt *cut(struct dgram_room *r, struct dgram *d,
			     struct ostia_pkt *p)
{
	uint32_t mtu = capped(d, &p->dst, path_mtu(d, p));
	struct ostia_pkt *list, *next;

	if (p->len <= mtu || p->gso_size || (p->flags & PKT_NOFRAG))
		return p;
	if (ip_fragment(r->ip, p, mtu, &list) < 0)
		return NULL;
	for (p = list->next, list->next = NULL; p; p = next) {
		next = p->next;
		ip_queue(r->ip, p);
	}
	return list;
}

struct ostia_pkt *dgram_tx(struct dgram_room *r, struct dgram *d, bool *more)
{
	struct ostia_pkt *p = pktring_pop(&d->txq);

	if (!p)
		return NULL;
	d->txcharge -= p->charge;
	p->charge = 0;
	if (p->stamp)
		file_stamp(r, d, p->stamp);
	p->stamp = NULL;
	if (d->full && d->txcharge < d->sndbuf / 2 + 1) {
		d->full = false;
		dgram_tell(r, d, DGRAM_NEWS_OUT);
	}
	*more = d->txq.last;
	return cut(r, d, p);
}

bool dgram_rx(struct dgram_room *r, struct dgram *d, struct ostia_pkt *p)
{
	uint32_t charge = pkt_truesize(p);

	if (d->shut_rd || charge > d->rcvbuf - d->rxcharge ||
	    d->rxcharge > d->rcvbuf) {
		d->drops++;
		return false;
	}
	pktring_push(&d->rx, p);
	p->charge = charge;
	d->rxcharge += charge;
	dgram_tell(r, d, DGRAM_NEWS_IN);
	return true;
}

/* All but @sport, which the transport knows. */
static inline void describe(struct dgram_from *f, const struct ostia_pkt *p,
			    uint32_t len)
{
	f->src = p->src;
	f->dst = p->dst;
	f->zone = p->zone;
	f->link_index = p->link ? p->link->index : 0;
	f->ttl = p->ttl;
	f->tos = p->tos;
	f->len = len;
	f->frag_max = p->frag_max;
	f->gso_size = p->gso_size;
	f->when = p->when;
	f->flowinfo = 0;
	if (!addr_is_v4(&p->dst) &&
	    pkt_copy_out(p, p->l3, &f->flowinfo, sizeof(f->flowinfo)))
		((uint8_t *)&f->flowinfo)[0] &= 0x0f; /* not the version */
}

static int64_t scatter(const struct ostia_pkt *p, uint32_t off,
		       const struct iovec *iov, int niov)
{
	uint32_t done = 0;

	if (niov == 1 && p->len == p->hlen && off < p->len &&
	    p->len - off <= iov->iov_len) {
		memcpy(iov->iov_base, p->head + p->hoff + off, p->len - off);
		return p->len - off;
	}
	for (int i = 0; i < niov && off + done < p->len; i++) {
		uint32_t part = iov[i].iov_len < UINT32_MAX
					? (uint32_t)iov[i].iov_len
					: UINT32_MAX;

		done += pkt_copy_out(p, off + done, iov[i].iov_base, part);
	}
	return done;
}

int64_t dgram_recv(struct dgram_room *r, struct dgram *d,
		   const struct iovec *iov, int niov, bool from_l3, bool peek,
		   struct dgram_from *from)
{
	struct ostia_pkt *p = pktring_first(&d->rx);
	uint32_t off;
	int64_t n;

	(void)r;
	if (!p)
		return -EAGAIN;
	off = from_l3 ? p->l3 : p->data;
	n = scatter(p, off, iov, niov);
	describe(from, p, p->len - off);
	if (__builtin_expect(from->keep, 0))
		from->pkt = p;
	if (!peek) {
		pktring_pop(&d->rx);
		d->rxcharge -= p->charge;
		if (__builtin_expect(!from->keep, 1))
			pkt_free(p);
	}
	return n;
}

int64_t dgram_peek(struct dgram *d, const struct iovec *iov, int niov,
		   uint32_t off, struct dgram_from *from,
		   struct ostia_pkt **out)
{
	struct ostia_pkt *p = pktring_first(&d->rx);

	while (p && off && off >= p->len - p->data) {
		off -= p->len - p->data;
		p = p == d->rx.last ? NULL : p->next;
	}
	if (!p)
		return -EAGAIN;
	*out = from->pkt = p;
	describe(from, p, p->len - p->data - off);
	return scatter(p, p->data + off, iov, niov);
}

uint32_t dgram_readable(const struct dgram *d, bool from_l3)
{
	const struct ostia_pkt *p = pktring_first(&d->rx);

	return p ? p->len - (from_l3 ? p->l3 : p->data) : 0;
}

uint32_t dgram_poll(const struct dgram *d)
{
	uint32_t bits = 0;

	if (d->rx.last)
		bits |= POLLIN | POLLRDNORM;
	if (d->shut_rd)
		bits |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (d->txcharge < d->sndbuf)
		bits |= POLLOUT | POLLWRNORM | POLLWRBAND;
	if (d->err || (d->rare && d->rare->errs.head))
		bits |= POLLERR;
	return bits;
}
