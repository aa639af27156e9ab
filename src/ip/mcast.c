/* SPDX-License-Identifier: MIT */
/*
 * ip/mcast.c - see mcast.h
 *
 * A report is written into a buffer, record by record, and sent when it is
 * full or complete. Which version a link speaks is not a state but a question:
 * has a querier of an older one been heard lately? (RFC 9776 7.2.1)
 */
#include "ip/mcast.h"

#include "base/csum.h"
#include "ip/addrs.h"
#include "ip/ip.h"
#include "ip/link6.h"
#include "ip/select.h"
#include "ip/state.h"
#include "wire/be.h"
#include "wire/csum.h"
#include "wire/icmp4.h"
#include "wire/igmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/mld.h"

#include <errno.h>

enum {
	NEWEST4 = 3,
	NEWEST6 = 2,
	QQI_S = 125, /* RFC 9776 8.2 */
	OLD_RESP_MS = 10000, /* 8.3 */
	UNSOLICITED_MS = 1000, /* 8.11 */
	OLD_UNSOLICITED_MS = 10000, /* RFC 2236 8.10, RFC 2710 7.10 */
	DELAY_MAX_MS = 4000000, /* so that its us fit into 32 bits */
	MESSAGE_MAX = 1500,
	ALERT_LEN = 4, /* Router Alert, RFC 2113 */
	HBH_LEN = 8, /* with Router Alert, RFC 2711 */
	TOS_CONTROL = 0xc0,
};

static const uint8_t to_routers3[4] = { 224, 0, 0, 22 };
static const uint8_t to_routers2[4] = { 224, 0, 0, 2 };
static const struct ostia_addr to_mld2 = { .b = { 0xff, 2, [15] = 0x16 } };
static const struct ostia_addr to_mld1 = { .b = { 0xff, 2, [15] = 2 } };

/* --- what is spoken ----------------------------------------------------- */

static struct link_mcast *side(struct ostia_link *l, bool v6)
{
	return &l->mc[v6];
}

static ostia_time now_of(const struct ip *ip)
{
	return ip->trace->now;
}

static unsigned newest(bool v6)
{
	return v6 ? NEWEST6 : NEWEST4;
}

static unsigned version(const struct ip *ip, const struct link_mcast *m,
			bool v6, ostia_time now)
{
	uint32_t forced = v6 ? ip->set.force_mld : ip->set.force_igmp;

	if (forced)
		return forced;
	if (now < m->older_until[0])
		return 1;
	if (now < m->older_until[1])
		return 2;
	return newest(v6);
}

uint8_t mcast_robustness(struct ip *ip, const struct ostia_link *l,
			 const struct ostia_addr *group)
{
	bool v6 = !addr_is_v4(group);
	uint8_t told = l->mc[v6].qrv;

	return told ? told : (uint8_t)(v6 ? ip->set.mld_qrv : ip->set.igmp_qrv);
}

/* Which groups are routers told of? (RFC 9776 4.2.13 and 6, RFC 9777 6) */
static bool told_to_routers(const struct ip *ip, const struct group *g)
{
	const struct ostia_addr *a = &g->addr;

	if (g->link->type == OSTIA_LINK_LOOPBACK || groups_is_all_nodes(a))
		return false;
	if (!addr_is_v4(a))
		return (a->b[1] & 15) > 1;
	return ip->set.igmp_link_local || a->b[12] != 224 || a->b[13] ||
	       a->b[14];
}

static bool has_members(const struct group *g)
{
	return g->inc || g->exc;
}

static ostia_time soon(struct ip *ip, uint32_t max_ms, ostia_time now)
{
	uint32_t ms = max_ms < DELAY_MAX_MS ? max_ms : (uint32_t)DELAY_MAX_MS;
	uint32_t us = rng_below(&ip->rng, ms * 1000 + 1) + 1;

	return time_after(now, us * NS_PER_US);
}

/* --- sending ------------------------------------------------------------ */

static const struct ostia_addr *speaker(struct ip *ip, struct ostia_link *l,
					const struct ostia_addr *dst)
{
	static const struct ostia_addr none6;
	static const struct ostia_addr none4 = {
		.b = { [10] = 0xff, [11] = 0xff }
	};
	const struct ostia_addr *src = select_source(ip, l, dst, dst, 0);

	if (addr_is_v4(dst))
		return src ? src : &none4;
	return src && addr_is_linklocal(src) ? src : &none6;
}

static int head4(struct ostia_pkt *p, const struct ostia_addr *src,
		 const struct ostia_addr *dst)
{
	static const uint8_t alert[ALERT_LEN] = { WIRE_IP4_OPT_RA, ALERT_LEN };
	const struct wire_ip4 f = {
		.src = src->b + 12,
		.dst = dst->b + 12,
		.len = (uint16_t)(p->len + WIRE_IP4_HLEN + ALERT_LEN),
		.tos = TOS_CONTROL,
		.ttl = 1,
		.proto = WIRE_PROTO_IGMP,
		.df = true,
	};
	uint8_t *at = pkt_push(p, WIRE_IP4_HLEN + ALERT_LEN);

	if (!at)
		return -ENOBUFS;
	wire_ip4_emit(at, WIRE_IP4_HLEN + ALERT_LEN, &f, alert, ALERT_LEN);
	return 0;
}

static int head6(struct ostia_pkt *p, const struct ostia_addr *src,
		 const struct ostia_addr *dst)
{
	/* next, length, Router Alert 0 (MLD), two bytes of PadN */
	static const uint8_t hbh[HBH_LEN] = {
		WIRE_PROTO_ICMP6, 0, 5, 2, 0, 0, 1, 0
	};
	const struct wire_ip6 f = { .src = src->b,
				    .dst = dst->b,
				    .plen = (uint16_t)(p->len + HBH_LEN),
				    .hops = 1 };
	uint8_t *at = pkt_push(p, HBH_LEN);

	if (!at)
		return -ENOBUFS;
	memcpy(at, hbh, HBH_LEN);
	at = pkt_push(p, WIRE_IP6_HLEN);
	if (!at)
		return -ENOBUFS;
	wire_ip6_emit(at, WIRE_IP6_HLEN, &f);
	return 0;
}

static void fill_sum(uint8_t *m, uint32_t n, const struct ostia_addr *src,
		     const struct ostia_addr *dst)
{
	uint32_t sum = 0;

	if (!addr_is_v4(dst))
		sum = csum_pseudo6(src->b, dst->b, WIRE_PROTO_ICMP6, n);
	wire_csum_fill(m + WIRE_CSUM_AT_ICMP, csum(m, n, sum));
}

static void count_out(struct ip *ip, bool v4)
{
	ip->stats->McastOutReports++;
	ip->stats->IpOutRequests++;
	ip->stats->IpOutMcastPkts++;
	if (!v4)
		ip->stats->IcmpOutMsgs++;
}

/* A message with checksum 0. What cannot be sent is lost, as on the wire:
 * that is what the repetitions are for.
 */
static void send(struct ip *ip, struct ostia_link *l, uint8_t *m, uint32_t n,
		 const struct ostia_addr *dst)
{
	const struct ostia_addr *src = speaker(ip, l, dst);
	bool v4 = addr_is_v4(dst);
	struct ostia_pkt *p = pkt_new(ip->pool);

	if (!p) {
		ip->stats->IpOutDiscards++;
		return;
	}
	fill_sum(m, n, src, dst);
	if (pkt_append_copy(p, m, n) ||
	    (v4 ? head4(p, src, dst) : head6(p, src, dst))) {
		ip->stats->IpOutDiscards++;
		pkt_free(p);
		return;
	}
	p->l3 = 0;
	p->link = l;
	p->src = *src;
	p->dst = *dst;
	p->nexthop = *dst;
	p->zone = v4 ? 0 : l->index;
	p->proto = v4 ? WIRE_PROTO_IGMP : WIRE_PROTO_ICMP6;
	p->ttl = 1;
	p->flags |= PKT_NOFRAG;
	count_out(ip, v4);
	(void)ip_queue(ip, p);
}

/* A report or leave of an older version. */
static void send_old(struct ip *ip, const struct group *g, unsigned v,
		     bool leave)
{
	struct ostia_addr dst = g->addr;
	uint8_t m[WIRE_MLD_HLEN];
	int n;

	if (addr_is_v4(&g->addr)) {
		const struct wire_igmp f = {
			.group = g->addr.b + 12,
			.type = leave	 ? WIRE_IGMP_LEAVE
				: v == 1 ? WIRE_IGMP_REPORT1
					 : WIRE_IGMP_REPORT2,
		};

		if (leave)
			dst = addr_v4(to_routers2);
		n = wire_igmp_emit(m, sizeof(m), &f);
	} else {
		const struct wire_mld f = {
			.group = g->addr.b,
			.type = leave ? WIRE_ICMP6_MLD_DONE
				      : WIRE_ICMP6_MLD_REPORT,
		};

		if (leave)
			dst = to_mld1;
		n = wire_mld_emit(m, sizeof(m), &f);
	}
	send(ip, g->link, m, (uint32_t)n, &dst);
}

/*
 * --- reports, record by record -------------------------------------------
 */

/**
 * struct report - A message in the making
 * @rec_at:	the record that is being written
 * @nsrc:	its sources so far
 */
struct report {
	struct ip *ip;
	struct ostia_link *l;
	bool v6;
	uint16_t nrec, nsrc;
	uint32_t len, max, rec_at;
	uint8_t m[MESSAGE_MAX];
};

static void report_begin(struct report *r, struct ip *ip, struct ostia_link *l,
			 bool v6)
{
	uint32_t mtu = l->mtu < MESSAGE_MAX ? l->mtu : (uint32_t)MESSAGE_MAX;

	r->ip = ip;
	r->l = l;
	r->v6 = v6;
	r->nrec = 0;
	r->len = WIRE_IGMP_HLEN; /* MLD's head is as long */
	r->max = mtu -
		 (v6 ? WIRE_IP6_HLEN + HBH_LEN : WIRE_IP4_HLEN + ALERT_LEN);
}

static void report_send(struct report *r)
{
	struct ostia_addr dst = r->v6 ? to_mld2 : addr_v4(to_routers3);
	const struct wire_igmp f4 = { .type = WIRE_IGMP_REPORT3,
				      .nrec = r->nrec };
	const struct wire_mld f6 = { .type = WIRE_ICMP6_MLD2_REPORT,
				     .nrec = r->nrec };

	if (!r->nrec)
		return;
	if (r->v6)
		wire_mld_emit(r->m, sizeof(r->m), &f6);
	else
		wire_igmp_emit(r->m, sizeof(r->m), &f4);
	send(r->ip, r->l, r->m, r->len, &dst);
	r->nrec = 0;
	r->len = WIRE_IGMP_HLEN;
}

static uint32_t addr_len(const struct report *r)
{
	return r->v6 ? 16 : 4;
}

static void put_head(struct report *r, const struct group *g,
		     enum wire_group_rec type)
{
	uint8_t *at = r->m + r->len;
	uint32_t room = r->max - r->len;

	r->rec_at = r->len;
	r->nsrc = 0;
	r->len += (uint32_t)(r->v6 ? wire_mld_rec_emit(at, room, type,
						       g->addr.b, 0)
				   : wire_igmp_rec_emit(at, room, type,
							g->addr.b + 12, 0));
}

static void rec_begin(struct report *r, const struct group *g,
		      enum wire_group_rec type, uint32_t nsrc)
{
	uint32_t head = r->v6 ? WIRE_MLD_REC_HLEN : WIRE_IGMP_REC_HLEN;

	if (r->nrec && r->len + head + nsrc * addr_len(r) > r->max)
		report_send(r);
	put_head(r, g, type);
}

/* Records that mean nothing without sources vanish when they have none. */
static void rec_end(struct report *r, enum wire_group_rec type)
{
	bool needs = type == WIRE_GROUP_IS_IN || type == WIRE_GROUP_ALLOW ||
		     type == WIRE_GROUP_BLOCK;

	if (needs && !r->nsrc) {
		r->len = r->rec_at;
		return;
	}
	wire_be_put16(r->m + r->rec_at + 2, r->nsrc);
	r->nrec++;
}

/* RFC 9776 4.2.16: a list that is too long goes on in another message, but
 * that of an EXCLUDE record is cut.
 */
static void rec_source(struct report *r, const struct group *g,
		       enum wire_group_rec type, const struct ostia_addr *a)
{
	uint32_t n = addr_len(r);

	if (r->len + n > r->max) {
		if (type == WIRE_GROUP_IS_EX || type == WIRE_GROUP_TO_EX)
			return;
		rec_end(r, type);
		report_send(r);
		put_head(r, g, type);
	}
	memcpy(r->m + r->len, a->b + 16 - n, n);
	r->len += n;
	r->nsrc++;
}

static void add_listed(struct report *r, const struct group *g,
		       enum wire_group_rec type)
{
	rec_begin(r, g, type, g->nsrcs);
	list_each (node, &g->srcs) {
		const struct gsrc *s = list_entry(node, struct gsrc, node);

		if (s->in)
			rec_source(r, g, type, &s->addr);
	}
	rec_end(r, type);
}

static void add_current(struct report *r, const struct group *g)
{
	add_listed(r, g, g->exclude ? WIRE_GROUP_IS_EX : WIRE_GROUP_IS_IN);
}

static bool lists(const struct group *g, const struct ostia_addr *a)
{
	list_each (node, &g->srcs) {
		const struct gsrc *s = list_entry(node, struct gsrc, node);

		if (s->in && addr_eq(&s->addr, a))
			return true;
	}
	return false;
}

/* RFC 9776 5.2: of the sources that were asked for, those we hear. */
static void add_asked(struct report *r, const struct group *g)
{
	rec_begin(r, g, WIRE_GROUP_IS_IN, g->nasked);
	for (uint32_t i = 0; i < g->nasked; i++)
		if (lists(g, &g->asked[i]) != g->exclude)
			rec_source(r, g, WIRE_GROUP_IS_IN, &g->asked[i]);
	rec_end(r, WIRE_GROUP_IS_IN);
}

/* Sources that came (@in) or went, and have still to be told. */
static void add_changes(struct report *r, const struct group *g, bool in,
			enum wire_group_rec type)
{
	rec_begin(r, g, type, g->nsrcs);
	list_each (node, &g->srcs) {
		const struct gsrc *s = list_entry(node, struct gsrc, node);

		if (s->left && s->in == in)
			rec_source(r, g, type, &s->addr);
	}
	rec_end(r, type);
}

/* RFC 9776 5.1: the mode's change first; while it is told it says all. */
static void add_news(struct report *r, struct group *g)
{
	if (g->left) {
		g->left--;
		add_listed(r, g,
			   g->exclude ? WIRE_GROUP_TO_EX : WIRE_GROUP_TO_IN);
		return;
	}
	add_changes(r, g, !g->exclude, WIRE_GROUP_ALLOW);
	add_changes(r, g, g->exclude, WIRE_GROUP_BLOCK);
	list_each (node, &g->srcs) {
		struct gsrc *s = list_entry(node, struct gsrc, node);

		if (s->left)
			s->left--;
	}
}

static bool has_news(const struct group *g)
{
	if (g->left)
		return true;
	list_each (node, &g->srcs)
		if (list_entry(node, struct gsrc, node)->left)
			return true;
	return false;
}

/* --- our own changes ---------------------------------------------------- */

static void forget_news(struct ip *ip, struct group *g)
{
	g->left = 0;
	list_each (node, &g->srcs)
		list_entry(node, struct gsrc, node)->left = 0;
	groups_told(ip, g);
}

static void changed_old(struct ip *ip, struct group *g, unsigned v,
			ostia_time now)
{
	bool member = has_members(g), was = g->member;
	uint8_t times = mcast_robustness(ip, g->link, &g->addr);

	g->member = member;
	if (member && !was) {
		send_old(ip, g, v, false);
		g->reporter = true;
		g->repeat = (uint8_t)(times - 1);
		if (g->repeat)
			wheel_arm(&ip->wheel, &g->timer,
				  soon(ip, OLD_UNSOLICITED_MS, now));
	} else if (!member && was) {
		wheel_disarm(&ip->wheel, &g->timer);
		/* IGMPv1 knows no leaving; RFC 2236 3: the last to report */
		if (g->reporter && (v > 1 || !addr_is_v4(&g->addr)))
			send_old(ip, g, v, true);
	}
	forget_news(ip, g);
}

void mcast_changed(struct ip *ip, struct group *g)
{
	bool v6 = !addr_is_v4(&g->addr);
	struct link_mcast *m = side(g->link, v6);
	ostia_time now = now_of(ip);
	unsigned v = version(ip, m, v6, now);
	struct report r;

	if (!told_to_routers(ip, g)) {
		g->member = has_members(g);
		forget_news(ip, g);
		return;
	}
	if (v < newest(v6)) {
		changed_old(ip, g, v, now);
		return;
	}
	g->member = has_members(g);
	report_begin(&r, ip, g->link, v6);
	add_news(&r, g);
	report_send(&r);
	if (has_news(g) && !wheel_armed(&m->change))
		wheel_arm(&ip->wheel, &m->change,
			  soon(ip, UNSOLICITED_MS, now));
	groups_told(ip, g);
}

void mcast_expire_change(struct ip *ip, struct link_mcast *m, ostia_time now)
{
	bool more = false;
	struct report r;

	report_begin(&r, ip, m->link, m->v6);
	list_each_safe (node, &m->link->groups) {
		struct group *g = list_entry(node, struct group, node);

		if (addr_is_v4(&g->addr) == m->v6 || !has_news(g))
			continue;
		add_news(&r, g);
		more = more || has_news(g);
		groups_told(ip, g);
	}
	report_send(&r);
	if (more)
		wheel_arm(&ip->wheel, &m->change,
			  soon(ip, UNSOLICITED_MS, now));
}

/* --- queries ------------------------------------------------------------ */

/** struct query - What IGMP and MLD queries have in common */
struct query {
	struct ostia_addr group; /* any: general */
	const uint8_t *src;
	uint32_t nsrc, max_resp_ms, qqi_s;
	uint8_t version, qrv;
	bool v6;
};

void mcast_forget_asked(struct ip *ip, struct group *g)
{
	env_free(ip->env, g->asked, MCAST_ASKED_CAP * sizeof(*g->asked));
	g->asked = NULL;
	g->nasked = 0;
}

/* RFC 9776 7.2.1: who changes versions forgets what he was about to say. */
static void cancel_all(struct ip *ip, struct link_mcast *m)
{
	wheel_disarm(&ip->wheel, &m->general);
	wheel_disarm(&ip->wheel, &m->change);
	list_each_safe (node, &m->link->groups) {
		struct group *g = list_entry(node, struct group, node);

		if (addr_is_v4(&g->addr) == m->v6)
			continue;
		wheel_disarm(&ip->wheel, &g->timer);
		mcast_forget_asked(ip, g);
		g->repeat = 0;
		forget_news(ip, g);
	}
}

/* RFC 9776 8.13: how long a querier's version is remembered. */
static void note_querier(struct ip *ip, struct link_mcast *m,
			 const struct query *q, ostia_time now)
{
	unsigned before = version(ip, m, q->v6, now);
	uint64_t qqi = m->qqi_s ? m->qqi_s : (uint32_t)QQI_S;
	uint32_t rv =
		m->qrv ? m->qrv : (q->v6 ? ip->set.mld_qrv : ip->set.igmp_qrv);

	if (q->version < newest(q->v6)) {
		m->older_until[q->version - 1] = time_after(
			now, rv * qqi * NS_PER_S + OLD_RESP_MS * NS_PER_MS);
	} else {
		m->qrv = q->qrv;
		m->qqi_s = q->qqi_s;
	}
	if (version(ip, m, q->v6, now) != before)
		cancel_all(ip, m);
}

static void answer_by(struct ip *ip, struct wheel_node *n, ostia_time when)
{
	if (!wheel_armed(n) || n->deadline > when)
		wheel_arm(&ip->wheel, n, when);
}

/* Older versions answer for each group, and let others answer for them. */
static void query_old(struct ip *ip, struct ostia_link *l,
		      const struct query *q, ostia_time now)
{
	list_each (node, &l->groups) {
		struct group *g = list_entry(node, struct group, node);

		if (addr_is_v4(&g->addr) == q->v6 || !has_members(g) ||
		    !told_to_routers(ip, g))
			continue;
		if (addr_is_any(&q->group) || addr_eq(&g->addr, &q->group))
			answer_by(ip, &g->timer, soon(ip, q->max_resp_ms, now));
	}
}

static bool already_asked(const struct group *g, const struct ostia_addr *a)
{
	for (uint32_t i = 0; i < g->nasked; i++)
		if (addr_eq(&g->asked[i], a))
			return true;
	return false;
}

/* Add the query's sources to those that are to be answered for. Return:
 * false: there are too many, or no memory; the answer will be for all.
 */
static bool note_asked(struct ip *ip, struct group *g, const struct query *q)
{
	for (uint32_t i = 0; i < q->nsrc; i++) {
		struct ostia_addr a = q->v6 ? addr_v6(q->src + i * 16)
					    : addr_v4(q->src + i * 4);

		if (already_asked(g, &a))
			continue;
		if (!g->asked)
			g->asked =
				env_alloc(ip->env, MCAST_ASKED_CAP * sizeof(a));
		if (!g->asked || g->nasked == MCAST_ASKED_CAP)
			return false;
		g->asked[g->nasked++] = a;
	}
	return true;
}

/* RFC 9776 5.2, rules 3 to 5 */
static void query_group(struct ip *ip, struct ostia_link *l,
			const struct query *q, ostia_time when)
{
	struct group *g = groups_find(l, &q->group);
	bool pending;

	if (!g || !told_to_routers(ip, g))
		return;
	pending = wheel_armed(&g->timer);
	if (!q->nsrc || (pending && !g->nasked) || !note_asked(ip, g, q))
		mcast_forget_asked(ip, g);
	answer_by(ip, &g->timer, when);
}

static void on_query(struct ip *ip, struct ostia_link *l, const struct query *q,
		     ostia_time now)
{
	struct link_mcast *m = side(l, q->v6);
	ostia_time when;

	ip->stats->McastInQueries++;
	note_querier(ip, m, q, now);
	if (q->v6)
		addrs_tell_solicited(ip, l);
	if (version(ip, m, q->v6, now) < newest(q->v6)) {
		query_old(ip, l, q, now);
		return;
	}
	when = soon(ip, q->max_resp_ms, now);
	if (wheel_armed(&m->general) && m->general.deadline <= when)
		return; /* rule 1: that answer says it all */
	if (addr_is_any(&q->group))
		answer_by(ip, &m->general, when);
	else
		query_group(ip, l, q, when);
}

void mcast_expire_general(struct ip *ip, struct link_mcast *m, ostia_time now)
{
	struct report r;

	(void)now;
	report_begin(&r, ip, m->link, m->v6);
	list_each (node, &m->link->groups) {
		const struct group *g = list_entry(node, struct group, node);

		if (addr_is_v4(&g->addr) != m->v6 && has_members(g) &&
		    told_to_routers(ip, g))
			add_current(&r, g);
	}
	report_send(&r);
}

static void expire_old(struct ip *ip, struct group *g, unsigned v,
		       ostia_time now)
{
	send_old(ip, g, v, false);
	g->reporter = true;
	if (!g->repeat || --g->repeat == 0)
		return;
	wheel_arm(&ip->wheel, &g->timer, soon(ip, OLD_UNSOLICITED_MS, now));
}

void mcast_expire_group(struct ip *ip, struct group *g, ostia_time now)
{
	bool v6 = !addr_is_v4(&g->addr);
	unsigned v = version(ip, side(g->link, v6), v6, now);
	struct report r;

	if (!has_members(g)) {
		mcast_forget_asked(ip, g);
		return;
	}
	if (v < newest(v6)) {
		expire_old(ip, g, v, now);
		return;
	}
	report_begin(&r, ip, g->link, v6);
	if (g->nasked)
		add_asked(&r, g);
	else
		add_current(&r, g);
	report_send(&r);
	mcast_forget_asked(ip, g);
}

/* RFC 2236 3: somebody else has told the routers; we need not. */
static void on_report_old(struct ip *ip, struct ostia_link *l,
			  const struct ostia_addr *group, ostia_time now)
{
	bool v6 = !addr_is_v4(group);
	struct group *g = groups_find(l, group);

	if (!g || version(ip, side(l, v6), v6, now) == newest(v6))
		return;
	wheel_disarm(&ip->wheel, &g->timer);
	g->repeat = 0;
	g->reporter = false;
}

/* --- links that begin to speak ------------------------------------------ */

void mcast_joined(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *group)
{
	const struct group *g = groups_find(l, group);

	if (g && !addr_is_v4(group) && l->in6 && !l->in6->mld &&
	    told_to_routers(ip, g))
		addrs_tell_solicited(ip, l);
}

static bool tells_any(const struct ip *ip, const struct ostia_link *l, bool v6)
{
	list_each (node, &l->groups) {
		const struct group *g = list_entry(node, struct group, node);

		if (addr_is_v4(&g->addr) != v6 && has_members(g) &&
		    told_to_routers(ip, g))
			return true;
	}
	return false;
}

void mcast_has_source(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	const struct query all = { .max_resp_ms = UNSOLICITED_MS, .v6 = true };
	struct link_mcast *m = side(l, true);

	if (!tells_any(ip, l, true))
		return;
	if (version(ip, m, true, now) < NEWEST6)
		query_old(ip, l, &all, now);
	else
		answer_by(ip, &m->general, soon(ip, UNSOLICITED_MS, now));
}

/* --- input -------------------------------------------------------------- */

static enum verdict bad(struct ip *ip)
{
	return IP_DROP(ip, McastInErrors);
}

enum verdict mcast_rx4(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	uint32_t n = p->len - p->l4;
	uint8_t m[MESSAGE_MAX];
	struct wire_igmp f;
	struct query q;

	if (p->l4 > p->len || n > sizeof(m))
		return bad(ip);
	pkt_copy_out(p, p->l4, m, n);
	if (p->csum == OSTIA_CSUM_NONE && !csum_ok(csum(m, n, 0)))
		return bad(ip);
	if (wire_igmp_parse(&f, m, n) < 0)
		return bad(ip);
	q = (struct query) { .group = addr_v4(f.group),
			     .src = f.src,
			     .nsrc = f.nsrc,
			     .max_resp_ms = f.max_resp_ms,
			     .qqi_s = f.qqi_s,
			     .version = f.version,
			     .qrv = f.qrv };
	if (f.type == WIRE_IGMP_QUERY)
		on_query(ip, p->link, &q, now);
	else if (f.type == WIRE_IGMP_REPORT1 || f.type == WIRE_IGMP_REPORT2)
		on_report_old(ip, p->link, &q.group, now);
	pkt_free(p);
	return VERDICT_HELD;
}

/* RFC 9777 6.2: from a neighbour, who cannot be behind a router, and told to
 * routers on the way.
 */
static bool acceptable6(struct ostia_pkt *p)
{
	const struct wire_ip6_limits lim = WIRE_IP6_LIMITS;
	uint32_t n = (uint32_t)(p->l4 - p->l3);
	const uint8_t *h = pkt_peek(p, p->l3, n);
	struct wire_ip6_chain c;

	if (p->ttl != 1 || !addr_is_linklocal(&p->src) || !h)
		return false;
	return wire_ip6_walk(&c, h, n, p->len - p->l3, &lim) >= 0 &&
	       c.router_alert == 0;
}

enum verdict mcast_rx6(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	uint32_t n = p->len - p->l4;
	uint8_t m[MESSAGE_MAX];
	struct wire_mld f;
	struct query q;

	if (n > sizeof(m) || !acceptable6(p))
		return bad(ip);
	pkt_copy_out(p, p->l4, m, n);
	if (wire_mld_parse(&f, m, n) < 0)
		return bad(ip);
	if (f.type == WIRE_ICMP6_MLD_REPORT) {
		struct ostia_addr group = addr_v6(f.group);

		on_report_old(ip, p->link, &group, now);
	} else if (f.type == WIRE_ICMP6_MLD_QUERY) {
		q = (struct query) { .group = addr_v6(f.group),
				     .src = f.src,
				     .nsrc = f.nsrc,
				     .max_resp_ms = f.max_resp_ms,
				     .qqi_s = f.qqi_s,
				     .version = f.version,
				     .qrv = f.qrv,
				     .v6 = true };
		on_query(ip, p->link, &q, now);
	}
	pkt_free(p);
	return VERDICT_HELD;
}

/* --- links -------------------------------------------------------------- */

void mcast_link_init(struct ostia_link *l)
{
	for (unsigned i = 0; i < 2; i++) {
		l->mc[i] = (struct link_mcast) { .link = l, .v6 = i };
		l->mc[i].general.kind = IP_TIMER_MCAST_GENERAL;
		l->mc[i].change.kind = IP_TIMER_MCAST_CHANGE;
	}
}

void mcast_link_gone(struct ip *ip, struct ostia_link *l)
{
	for (unsigned i = 0; i < 2; i++) {
		wheel_disarm(&ip->wheel, &l->mc[i].general);
		wheel_disarm(&ip->wheel, &l->mc[i].change);
	}
}
