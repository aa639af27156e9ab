/* SPDX-License-Identifier: MIT */
#include "ip/dhcp.h"

#include "base/csum.h"
#include "ip/addrs.h"
#include "ip/dns.h"
#include "ip/out.h"
#include "ip/route.h"
#include "ip/state.h"
#include "link/eth.h"
#include "wire/csum.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/udp.h"

#include <errno.h>

enum {
	START_MS = 1000,
	RETRY_S = 4, /* RFC 2131 4.1: 4, 8, 16, 32, 64 s, each +- 1 s */
	RETRY_MAX_S = 64,
	JITTER_MS = 1000,
	REQUESTS = 4, /* then the offer is forgotten */
	REBOOTS = 2, /* then the former address is */
	V6ONLY_MIN_S = 300, /* RFC 8925 3.4 */
	RENEW_MIN_S = 60, /* 4.4.5 */
	DECLINE_WAIT_S = 10, /* 3.1 (5) */
	LEASE_MIN_S = 30,
	MESSAGE_MAX = 1500,
	V4 = 96, /* bits before a mapped address */
};

#define FOREVER UINT32_MAX

static const struct ostia_addr none = { .b = { [10] = 0xff, [11] = 0xff } };
static const struct ostia_addr all = { .b = { [10] = 0xff,
					      [11] = 0xff,
					      [12] = 0xff,
					      [13] = 0xff,
					      [14] = 0xff,
					      [15] = 0xff } };

/* --- what is said ------------------------------------------------------- */

/* RFC 4361 6.1: type 255, IAID (the link), DUID-LL of the MAC address. */
static void put_client_id(struct wire_dhcp *f, const struct ostia_link *l)
{
	static const uint8_t duid_ll[4] = { 0, 3, 0, 1 };
	uint8_t *at = f->client_id;

	*at++ = 255;
	wire_be_put32(at, l->index);
	memcpy(at + 4, duid_ll, sizeof(duid_ll));
	memcpy(at + 8, l->mac, 6);
	f->client_id_len = 15;
}

/* RFC 2131 table 5: which fields a message of each kind fills in. */
static struct wire_dhcp message(const struct dhcp *d, enum wire_dhcp_type type,
				ostia_time now)
{
	struct wire_dhcp f = { .op = 1, .type = (uint8_t)type, .xid = d->xid };
	uint64_t secs = time_since(d->began, now) / NS_PER_S;
	bool has = d->state >= DHCP_BOUND;

	memcpy(f.chaddr, d->link->mac, 6);
	put_client_id(&f, d->link);
	f.v6only = d->v6only;
	if (type == WIRE_DHCP_DISCOVER || type == WIRE_DHCP_REQUEST) {
		f.secs = (uint16_t)(secs < UINT16_MAX ? secs : UINT16_MAX);
		f.broadcast = !has; /* nobody can reach us otherwise */
	}
	if (type == WIRE_DHCP_RELEASE || (type == WIRE_DHCP_REQUEST && has))
		memcpy(f.ciaddr, d->addr.b + 12, 4);
	else if (type != WIRE_DHCP_DISCOVER)
		memcpy(f.requested, d->addr.b + 12, 4);
	if (type != WIRE_DHCP_DISCOVER && !(type == WIRE_DHCP_REQUEST && has))
		memcpy(f.server, d->server.b + 12, 4);
	return f;
}

static void put_udp(struct ostia_pkt *p, const struct ostia_addr *src,
		    const struct ostia_addr *dst)
{
	uint8_t *at = pkt_push(p, WIRE_UDP_HLEN);
	const struct wire_udp u = { .sport = WIRE_DHCP_CLIENT_PORT,
				    .dport = WIRE_DHCP_SERVER_PORT,
				    .len = (uint16_t)p->len };

	wire_udp_emit(at, WIRE_UDP_HLEN, &u);
	wire_csum_seed(at + WIRE_CSUM_AT_UDP,
		       csum_pseudo4(&src->w[3], &dst->w[3], WIRE_PROTO_UDP,
				    p->len));
	p->l4 = 0;
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = WIRE_CSUM_AT_UDP;
}

/* What is lost is sent again, so nobody looks at errors. */
static void send(struct ip *ip, struct dhcp *d, enum wire_dhcp_type type,
		 const struct ostia_addr *src, const struct ostia_addr *dst,
		 ostia_time now)
{
	const struct wire_dhcp f = message(d, type, now);
	struct ostia_pkt *p = pkt_new(ip->pool);
	const struct out_head h = { .link = d->link,
				    .src = src,
				    .dst = dst,
				    .proto = WIRE_PROTO_UDP,
				    .ttl = 64,
				    .dontfrag = true };
	uint8_t m[512];
	int n = wire_dhcp_emit(m, sizeof(m), &f);

	ip->stats->DhcpOutMsgs++;
	if (!p)
		return;
	if (n < 0 || pkt_append_copy(p, m, (uint32_t)n)) {
		pkt_free(p);
		return;
	}
	put_udp(p, src, dst);
	if (out_push(ip, p, &h)) {
		pkt_free(p);
		return;
	}
	/* The last word must not wait for ARP: the address goes with it. */
	if (type == WIRE_DHCP_RELEASE &&
	    link_eth_push(d->link, p, d->server_mac, WIRE_ETH_IP4) == 0)
		p->flags |= PKT_NEIGH_OK;
	(void)ip_queue(ip, p);
}

static void shout(struct ip *ip, struct dhcp *d, enum wire_dhcp_type type,
		  ostia_time now)
{
	send(ip, d, type, d->state == DHCP_REBINDING ? &d->addr : &none, &all,
	     now);
}

/* --- time --------------------------------------------------------------- */

static void wait_until(struct ip *ip, struct dhcp *d, ostia_time when)
{
	wheel_arm(&ip->wheel, &d->timer, when);
}

static void back_off(struct ip *ip, struct dhcp *d, ostia_time now)
{
	uint64_t s = (uint64_t)RETRY_S << (d->tries < 5 ? d->tries : 5);
	uint32_t jitter = rng_below(&ip->rng, 2 * JITTER_MS + 1);

	if (s > RETRY_MAX_S)
		s = RETRY_MAX_S;
	if (d->tries < UINT8_MAX)
		d->tries++;
	wait_until(ip, d,
		   time_after(now, s * NS_PER_S + jitter * NS_PER_MS -
					   JITTER_MS * NS_PER_MS));
}

/* RFC 2131 4.4.5: half of what is left, but not too often. */
static void wait_half(struct ip *ip, struct dhcp *d, ostia_time limit,
		      ostia_time now)
{
	uint64_t left = limit > now ? limit - now : 0;
	uint64_t wait = left / 2 > RENEW_MIN_S * NS_PER_S
				? left / 2
				: RENEW_MIN_S * NS_PER_S;

	wait_until(ip, d, wait < left ? time_after(now, wait) : limit);
}

static void begin(struct dhcp *d, struct ip *ip, ostia_time now)
{
	d->xid = rng_u32(&ip->rng);
	d->began = now;
	d->tries = 0;
}

static void start_over(struct ip *ip, struct dhcp *d, uint64_t wait_ms,
		       ostia_time now)
{
	acd_stop(ip, &d->acd);
	d->state = DHCP_INIT;
	wait_until(ip, d,
		   time_after(now, (wait_ms + rng_below(&ip->rng, START_MS)) *
					   NS_PER_MS));
}

/* --- the lease ---------------------------------------------------------- */

static unsigned plen_of(const struct wire_dhcp *f, const struct ostia_addr *a)
{
	uint32_t mask = wire_be_get32(f->mask);

	if (mask) /* checked: ones, then zeros */
		return 32 - (unsigned)__builtin_ctz(mask);
	return a->b[12] < 128 ? 8 : a->b[12] < 192 ? 16 : 24; /* RFC 791 */
}

static bool mask_ok(const uint8_t m[4])
{
	uint32_t mask = wire_be_get32(m);

	return (~mask & (~mask + 1)) == 0;
}

/* An address that a host may have, or a router: not 0/8, 127/8, groups, nor
 * the ends of its own network.
 */
static bool host_ok(const struct ostia_addr *a, unsigned plen)
{
	uint32_t v = wire_be_get32(a->b + 12);
	uint32_t host = plen < 32 ? UINT32_MAX >> plen : 0;

	if (a->b[12] == 0 || a->b[12] == 127 || a->b[12] >= 224)
		return false;
	return plen >= 31 || ((v & host) != 0 && (v & host) != host);
}

static void routes(struct ip *ip, struct dhcp *d, bool add)
{
	const struct wire_dhcp *f = &d->lease;
	struct ostia_addr net, gw;
	unsigned plen;

	/* RFC 3442: who knows option 121 must not look at option 3 */
	for (unsigned i = 0; i < (f->has_routes ? f->nroutes : f->nrouters);
	     i++) {
		net = f->has_routes ? addr_v4(f->route[i].net) : none;
		gw = addr_v4(f->has_routes ? f->route[i].gw : f->router[i]);
		plen = V4 + (f->has_routes ? f->route[i].plen : 0u);
		net = addrs_mask(&net, plen);
		if (!add)
			route_del(ip, d->link, &net, plen,
				  addr_is_any(&gw) ? NULL : &gw);
		else if (route_add(ip, d->link, &net, plen,
				   addr_is_any(&gw) ? NULL : &gw))
			ip->stats->DhcpRoutesRefused++;
		if (!f->has_routes)
			return; /* the first router is the best */
	}
}

static bool is_domain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static void names(struct ip *ip, struct dhcp *d, ostia_time until,
		  ostia_time now)
{
	const struct wire_dhcp *f = &d->lease;
	bool ok = f->domain_len > 0 && f->domain_len < DNS_NAME_MAX;

	for (unsigned i = 0; i < f->ndns; i++) {
		struct ostia_addr a = addr_v4(f->dns[i]);

		if (host_ok(&a, 32))
			dns_server(ip, &a, 0, until, now);
	}
	for (unsigned i = 0; i < f->domain_len; i++)
		ok = ok && is_domain_char(f->domain[i]);
	if (ok)
		dns_domain(ip, f->domain, until, now);
}

static void uninstall(struct ip *ip, struct dhcp *d, ostia_time now)
{
	if (!d->installed)
		return;
	d->installed = false;
	d->changes++;
	names(ip, d, 0, now);
	routes(ip, d, false);
	(void)addrs_del(ip, d->link, &d->addr, d->plen);
}

static int install(struct ip *ip, struct dhcp *d, ostia_time now)
{
	int err;

	d->plen = (uint8_t)plen_of(&d->lease, &d->addr);
	err = addrs_add(ip, d->link, &d->addr, d->plen, now);
	if (err)
		return err;
	d->installed = true;
	d->changes++;
	routes(ip, d, true);
	return 0;
}

static ostia_time after(const struct dhcp *d, uint32_t s)
{
	return s == FOREVER ? OSTIA_NEVER : time_after(d->asked, s * NS_PER_S);
}

/* RFC 2131 4.4.5: T1 is half, T2 seven eighths, unless said and in order. */
static void take_times(struct dhcp *d)
{
	const struct wire_dhcp *f = &d->lease;
	uint32_t lease =
		f->lease_s < LEASE_MIN_S ? (uint32_t)LEASE_MIN_S : f->lease_s;
	uint32_t t2 = lease == FOREVER ? FOREVER : lease - lease / 8;
	uint32_t t1 = lease == FOREVER ? FOREVER : lease / 2;

	if (f->t2_s && f->t2_s < lease)
		t2 = f->t2_s;
	if (f->t1_s && f->t1_s < t2)
		t1 = f->t1_s;
	if (t1 > t2)
		t1 = t2 / 2;
	d->until = after(d, lease);
	d->t2 = after(d, t2);
	d->t1 = after(d, t1);
}

static void become_bound(struct ip *ip, struct dhcp *d, ostia_time now)
{
	d->state = DHCP_BOUND;
	names(ip, d, d->until, now);
	wait_until(ip, d, d->t1);
}

static void lose(struct ip *ip, struct dhcp *d, uint64_t wait_ms,
		 ostia_time now)
{
	uninstall(ip, d, now);
	start_over(ip, d, wait_ms, now);
}

/* Somebody else has the address: tell the server, and ask again later. */
static void decline(struct ip *ip, struct dhcp *d, ostia_time now)
{
	uninstall(ip, d, now);
	d->state = DHCP_REQUESTING;
	d->xid = rng_u32(&ip->rng);
	ip->stats->DhcpDeclines++;
	shout(ip, d, WIRE_DHCP_DECLINE, now);
	start_over(ip, d, DECLINE_WAIT_S * 1000, now);
}

/* RFC 8925 3.2: until then not a word more. */
static void wait_v6only(struct ip *ip, struct dhcp *d,
			const struct wire_dhcp *f, ostia_time now)
{
	uint64_t s = f->v6only_s < V6ONLY_MIN_S ? (uint64_t)V6ONLY_MIN_S
						: f->v6only_s;

	ip->stats->DhcpV6Only++;
	d->state = DHCP_V6ONLY;
	wait_until(ip, d, time_after(now, s * NS_PER_S));
}

/* --- time passes -------------------------------------------------------- */

static void request(struct ip *ip, struct dhcp *d, ostia_time now)
{
	if (d->tries == 0)
		d->asked = now;
	shout(ip, d, WIRE_DHCP_REQUEST, now);
	back_off(ip, d, now);
}

static void discover(struct ip *ip, struct dhcp *d, ostia_time now)
{
	shout(ip, d, WIRE_DHCP_DISCOVER, now);
	back_off(ip, d, now);
}

static void renew(struct ip *ip, struct dhcp *d, ostia_time now)
{
	if (d->state == DHCP_BOUND) {
		begin(d, ip, now);
		d->state = DHCP_RENEWING;
	} else if (now >= d->t2) {
		begin(d, ip, now);
		d->state = DHCP_REBINDING;
		shout(ip, d, WIRE_DHCP_REQUEST, now);
		d->asked = now;
		wait_half(ip, d, d->until, now);
		return;
	}
	d->asked = now;
	send(ip, d, WIRE_DHCP_REQUEST, &d->addr, &d->server, now);
	wait_half(ip, d, d->t2, now);
}

static void rebind(struct ip *ip, struct dhcp *d, ostia_time now)
{
	if (now >= d->until) { /* RFC 2131 4.4.5: at once, and silently */
		ip->stats->DhcpExpired++;
		lose(ip, d, 0, now);
		return;
	}
	d->asked = now;
	shout(ip, d, WIRE_DHCP_REQUEST, now);
	wait_half(ip, d, d->until, now);
}

/* RFC 2131 4.4.2: a request that names no server, or a new beginning. */
static void init(struct ip *ip, struct dhcp *d, ostia_time now)
{
	begin(d, ip, now);
	if (d->former) {
		d->former = false;
		d->server = none;
		d->state = DHCP_REBOOTING;
		request(ip, d, now);
		return;
	}
	d->state = DHCP_SELECTING;
	discover(ip, d, now);
}

void dhcp_expire(struct ip *ip, struct dhcp *d, ostia_time now)
{
	switch ((enum dhcp_state)d->state) {
	case DHCP_INIT:
	case DHCP_V6ONLY:
		init(ip, d, now);
		break;
	case DHCP_REBOOTING:
		if (d->tries >= REBOOTS)
			start_over(ip, d, 0, now);
		else
			request(ip, d, now);
		break;
	case DHCP_SELECTING:
		discover(ip, d, now);
		break;
	case DHCP_REQUESTING:
		if (d->tries >= REQUESTS)
			start_over(ip, d, 0, now);
		else
			request(ip, d, now);
		break;
	case DHCP_CHECKING: /* the acd room waits, not we */
		break;
	case DHCP_BOUND:
	case DHCP_RENEWING:
		renew(ip, d, now);
		break;
	case DHCP_REBINDING:
		rebind(ip, d, now);
		break;
	}
}

void dhcp_expire_acd(struct ip *ip, struct dhcp *d, ostia_time now)
{
	if (acd_expire(ip, &d->acd, now) != ACD_FREE ||
	    d->state != DHCP_CHECKING)
		return;
	if (install(ip, d, now))
		start_over(ip, d, DECLINE_WAIT_S * 1000, now);
	else
		become_bound(ip, d, now);
}

bool dhcp_arp(struct ip *ip, struct ostia_link *l, const struct wire_arp *f,
	      ostia_time now)
{
	struct dhcp *d = l->dhcp;
	enum acd_news news;

	if (!d || d->acd.state == ACD_IDLE)
		return false;
	news = acd_heard(ip, &d->acd, f, now);
	if (news == ACD_TAKEN || news == ACD_LOST)
		decline(ip, d, now);
	return memcmp(f->spa, d->addr.b + 12, 4) == 0;
}

/* --- what is heard ------------------------------------------------------ */

bool dhcp_wants(struct ostia_pkt *p)
{
	const uint8_t *h;

	if (!addr_is_v4(&p->dst))
		return false;
	h = pkt_peek(p, p->l4, WIRE_UDP_HLEN);
	return h && wire_be_get16(h) == WIRE_DHCP_SERVER_PORT &&
	       wire_be_get16(h + 2) == WIRE_DHCP_CLIENT_PORT;
}

static bool sum_ok(struct ostia_pkt *p, const struct wire_udp *u)
{
	if (!u->csum || p->csum != OSTIA_CSUM_NONE)
		return true;
	return csum_ok(pkt_csum(p, p->l4, u->len,
				csum_pseudo4(&p->src.w[3], &p->dst.w[3],
					     WIRE_PROTO_UDP, u->len)));
}

/* Read, and is it an answer to what we asked last? */
static bool read(const struct dhcp *d, struct ostia_pkt *p, struct wire_dhcp *f)
{
	const uint8_t *h = pkt_peek(p, p->l4, WIRE_UDP_HLEN);
	struct wire_dhcp ours = { .op = 0 };
	uint8_t m[MESSAGE_MAX];
	struct wire_udp u;
	uint32_t n;

	if (!h || wire_udp_parse(&u, h, WIRE_UDP_HLEN, p->len - p->l4) < 0 ||
	    !sum_ok(p, &u))
		return false;
	n = u.len - (uint32_t)WIRE_UDP_HLEN;
	if (n > sizeof(m))
		return false;
	pkt_copy_out(p, (uint32_t)p->l4 + WIRE_UDP_HLEN, m, n);
	if (wire_dhcp_parse(f, m, n) < 0 || f->op != 2 || f->xid != d->xid ||
	    memcmp(f->chaddr, d->link->mac, 6) != 0)
		return false;
	put_client_id(&ours, d->link); /* RFC 6842: echoed, if at all */
	return !f->client_id_len ||
	       (!f->client_id_cut && f->client_id_len == ours.client_id_len &&
		memcmp(f->client_id, ours.client_id, ours.client_id_len) == 0);
}

static bool lease_ok(const struct wire_dhcp *f)
{
	struct ostia_addr a = addr_v4(f->yiaddr), s = addr_v4(f->server);

	return mask_ok(f->mask) && host_ok(&s, 32) &&
	       host_ok(&a, plen_of(f, &a));
}

static void on_offer(struct ip *ip, struct dhcp *d, const struct wire_dhcp *f,
		     ostia_time now)
{
	d->addr = addr_v4(f->yiaddr);
	d->server = addr_v4(f->server);
	d->state = DHCP_REQUESTING;
	d->tries = 0;
	request(ip, d, now);
}

static bool same_network(const struct wire_dhcp *a, const struct wire_dhcp *b)
{
	return memcmp(a->mask, b->mask, 4) == 0 &&
	       a->has_routes == b->has_routes && a->nroutes == b->nroutes &&
	       a->nrouters == b->nrouters &&
	       memcmp(a->router, b->router, sizeof(a->router)) == 0 &&
	       memcmp(a->route, b->route, sizeof(a->route)) == 0;
}

static void on_more_time(struct ip *ip, struct dhcp *d,
			 const struct wire_dhcp *f, ostia_time now)
{
	bool same = same_network(&d->lease, f);

	if (memcmp(f->yiaddr, d->addr.b + 12, 4) != 0)
		return;
	if (!same)
		uninstall(ip, d, now);
	else
		names(ip, d, 0, now);
	d->lease = *f;
	d->server = addr_v4(f->server);
	take_times(d);
	if (!same && install(ip, d, now))
		start_over(ip, d, DECLINE_WAIT_S * 1000, now);
	else
		become_bound(ip, d, now);
}

static void on_ack(struct ip *ip, struct dhcp *d, const struct wire_dhcp *f,
		   ostia_time now)
{
	if (d->state >= DHCP_BOUND) {
		on_more_time(ip, d, f, now);
		return;
	}
	if (d->state == DHCP_REBOOTING) { /* any server, but that address */
		if (memcmp(f->yiaddr, d->addr.b + 12, 4) != 0)
			return;
		d->server = addr_v4(f->server);
	} else if (memcmp(f->server, d->server.b + 12, 4) != 0) {
		return;
	}
	d->lease = *f;
	d->addr = addr_v4(f->yiaddr);
	take_times(d);
	d->state = DHCP_CHECKING;
	wheel_disarm(&ip->wheel, &d->timer);
	acd_start(ip, &d->acd, d->link, &d->addr, IP_TIMER_DHCP_ACD, now);
}

static void on_nak(struct ip *ip, struct dhcp *d, const struct wire_dhcp *f,
		   ostia_time now)
{
	if (d->state != DHCP_REBINDING && d->state != DHCP_REBOOTING &&
	    memcmp(f->server, d->server.b + 12, 4) != 0)
		return;
	ip->stats->DhcpNaks++;
	lose(ip, d, START_MS, now);
}

/* An offer, which may then offer nothing, or leave to come back. */
static bool may_end_in_v6(const struct dhcp *d, const struct wire_dhcp *f)
{
	return d->v6only && f->v6only &&
	       ((f->type == WIRE_DHCP_OFFER && d->state == DHCP_SELECTING) ||
		(f->type == WIRE_DHCP_ACK && d->state == DHCP_REBOOTING));
}

static void hear(struct ip *ip, struct dhcp *d, const struct wire_dhcp *f,
		 ostia_time now)
{
	bool asked = d->state == DHCP_REQUESTING ||
		     d->state == DHCP_REBOOTING || d->state == DHCP_RENEWING ||
		     d->state == DHCP_REBINDING;

	if (f->type == WIRE_DHCP_NAK && asked)
		on_nak(ip, d, f, now);
	else if (may_end_in_v6(d, f))
		wait_v6only(ip, d, f, now);
	else if (!lease_ok(f))
		ip->stats->DhcpInErrors++;
	else if (f->type == WIRE_DHCP_OFFER && d->state == DHCP_SELECTING)
		on_offer(ip, d, f, now);
	else if (f->type == WIRE_DHCP_ACK && asked && f->lease_s)
		on_ack(ip, d, f, now);
}

static void note_mac(struct dhcp *d, struct ostia_pkt *p)
{
	const uint8_t *eth =
		p->l3 >= WIRE_ETH_HLEN
			? pkt_peek(p, p->l3 - WIRE_ETH_HLEN, WIRE_ETH_HLEN)
			: NULL;

	if (eth)
		memcpy(d->server_mac, eth + 6, 6);
}

void dhcp_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	struct dhcp *d = p->link->dhcp;
	struct wire_dhcp f;

	ip->stats->DhcpInMsgs++;
	if (read(d, p, &f)) {
		note_mac(d, p);
		hear(ip, d, &f, now);
	} else {
		ip->stats->DhcpInErrors++;
	}
	pkt_free(p);
}

/* --- begin and end ------------------------------------------------------ */

static bool has_former(const struct dhcp_wish *w)
{
	return w && !addr_is_any(&w->former);
}

int dhcp_start(struct ip *ip, struct ostia_link *l, const struct dhcp_wish *w,
	       ostia_time now)
{
	struct dhcp *d;

	if (l->type != OSTIA_LINK_ETHERNET)
		return -EOPNOTSUPP;
	if (has_former(w) &&
	    (!addr_is_v4(&w->former) || !host_ok(&w->former, 32)))
		return -EINVAL;
	if (l->dhcp)
		return -EALREADY;
	d = env_zalloc(ip->env, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->link = l;
	d->timer.kind = IP_TIMER_DHCP;
	d->former = has_former(w);
	d->addr = d->former ? w->former : none;
	d->server = none;
	d->v6only = w && w->v6only;
	l->dhcp = d;
	start_over(ip, d, 0, now);
	return 0;
}

static void end(struct ip *ip, struct dhcp *d)
{
	wheel_disarm(&ip->wheel, &d->timer);
	acd_stop(ip, &d->acd);
	d->link->dhcp = NULL;
	env_free(ip->env, d, sizeof(*d));
}

int dhcp_stop(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	struct dhcp *d = l->dhcp;

	if (!d)
		return -ENOENT;
	if (d->installed) {
		begin(d, ip, now);
		send(ip, d, WIRE_DHCP_RELEASE, &d->addr, &d->server, now);
		uninstall(ip, d, now);
	}
	end(ip, d);
	return 0;
}

int dhcp_renew(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	struct dhcp *d = l->dhcp;

	if (!d)
		return -ENOENT;
	if (d->state != DHCP_BOUND)
		return -EAGAIN;
	renew(ip, d, now);
	return 0;
}

void dhcp_link_gone(struct ip *ip, struct ostia_link *l)
{
	if (l->dhcp)
		end(ip, l->dhcp);
}
