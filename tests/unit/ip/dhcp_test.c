/* SPDX-License-Identifier: MIT */
#include "auto4.h"

#include "ip/dns.h"

#include <errno.h>

#define US "10.99.0.7"

/** struct answer - What the server says; the defaults of a good one */
struct answer {
	uint8_t type;
	const char *addr, *server;
	const char *more; /* options */
	size_t nmore;
	uint32_t lease_s;
	uint32_t xid; /* 0: as asked */
	bool unicast;
	bool no_mask;
};

static size_t option(uint8_t *p, uint8_t code, const void *v, size_t n)
{
	p[0] = code;
	p[1] = (uint8_t)n;
	memcpy(p + 2, v, n);
	return n + 2;
}

static void server_says(struct net *n, const struct answer *a)
{
	uint8_t m[600] = { 2, 1, 6 }, u[640], ip[700], f[720], v[4];
	struct ostia_addr addr = A(a->addr ? a->addr : US);
	struct ostia_addr server = A(a->server ? a->server : "10.99.0.1");
	struct say s = { .src = "10.99.0.1",
			 .dst = a->unicast ? US : "255.255.255.255",
			 .proto = WIRE_PROTO_UDP,
			 .data = u };
	size_t k = WIRE_DHCP_HLEN;

	wire_be_put32(m + 4, a->xid ? a->xid : heard.xid);
	memcpy(m + 16, addr.b + 12, 4);
	memcpy(m + 28, NET_US, 6);
	memcpy(m + 236, "\x63\x82\x53\x63", 4);
	k += option(m + k, 53, &a->type, 1);
	k += option(m + k, 54, server.b + 12, 4);
	wire_be_put32(v, a->lease_s ? a->lease_s : 3600);
	k += option(m + k, 51, v, 4);
	if (!a->no_mask)
		k += option(m + k, 1, "\xff\xff\xff\0", 4);
	if (a->nmore)
		memcpy(m + k, a->more, a->nmore);
	k += a->nmore;
	m[k++] = 255;
	wire_udp_emit(u, 8,
		      &(struct wire_udp) { 67, 68, (uint16_t)(k + 8), 0, 0 });
	memcpy(u + 8, m, k);
	s.len = (uint32_t)k + 8;
	k = net_ip(ip, &s);
	k = net_frame(f, a->unicast ? NET_US : NET_ALL, NET_PEER, WIRE_ETH_IP4,
		      ip, k);
	if (net_rx(n, n->eth, f, k) == VERDICT_DELIVER && n->got &&
	    dhcp_wants(n->got)) {
		struct ostia_pkt *p = n->got;

		n->got = NULL;
		dhcp_rx(n->ip, p, n->now);
	}
}

static void begin(struct net *n)
{
	net_init(n);
	memset(&heard, 0, sizeof(heard));
	EQ(dhcp_start(n->ip, n->eth, NULL, n->now), 0);
}

/* As far as an address that is ours. */
static void bind_(struct net *n, const struct answer *ack)
{
	SAYS(n, 2, "DISCOVER");
	server_says(n, &(struct answer) { .type = WIRE_DHCP_OFFER });
	SAYS(n, 1, "REQUEST " US);
	server_says(n, ack);
	for (int i = 0; i < 3; i++)
		SAYS(n, 3, "probe " US);
	OK(!has_addr(n, US));
	SAYS(n, 3, "announce " US);
	OK(has_addr(n, US));
	SAYS(n, 3, "announce " US);
	EQ(n->eth->dhcp->state, DHCP_BOUND);
}

TEST(an_address_is_asked_for_checked_announced_and_used)
{
	static const char more[] = "\3\4\x0a\x63\0\1\6\4\x0a\x63\0\1"
				   "\x0f\x0b"
				   "example.org";
	const struct answer ack = { .type = WIRE_DHCP_ACK,
				    .more = more,
				    .nmore = sizeof(more) - 1 };
	struct ostia_addr far = A("198.51.100.1"), gw = A("10.99.0.1");
	const struct route *r;
	struct net n;

	begin(&n);
	EQ(dhcp_start(n.ip, n.eth, NULL, n.now), -EALREADY);
	EQ(dhcp_start(n.ip, n.tun, NULL, n.now), -EOPNOTSUPP);
	bind_(&n, &ack);
	r = route_lookup(n.ip, &far, 0);
	OK(r && addr_eq(&r->gateway, &gw));
	OK(addr_eq(&n.ip->dns.server[0].addr, &gw));
	STR(n.ip->dns.domain[0].name, "example.org");
	EQ(dhcp_stop(n.ip, n.eth, n.now), 0);
	SAYS(&n, 1, "RELEASE " US);
	STR(heard_to.dst, "10.99.0.1");
	OK(!has_addr(&n, US));
	OK(!route_lookup(n.ip, &far, 0));
	EQ(dhcp_stop(n.ip, n.eth, n.now), -ENOENT);
	net_fini(&n);
}

TEST(a_silent_network_is_asked_less_and_less_often)
{
	static const unsigned s[] = { 4, 8, 16, 32, 64, 64 };
	struct net n;
	unsigned ms;

	begin(&n);
	SAYS(&n, 2, "DISCOVER");
	for (unsigned i = 0; i < COUNT(s); i++) {
		STR(await(&n, s[i] + 2, &ms), "DISCOVER");
		OK(ms + 1010 >= s[i] * 1000 && ms <= s[i] * 1000 + 1010);
		STR(heard_to.src, "0.0.0.0");
		STR(heard_to.dst, "255.255.255.255");
		OK(heard.broadcast && heard.secs > 0);
	}
	net_fini(&n);
}

TEST(only_the_answer_to_our_question_counts)
{
	static const struct answer bad[] = {
		{ .type = WIRE_DHCP_OFFER, .xid = 1 },
		{ .type = WIRE_DHCP_ACK }, /* nothing was requested */
		{ .type = WIRE_DHCP_NAK },
		{ .type = WIRE_DHCP_OFFER, .addr = "0.0.0.0" },
		{ .type = WIRE_DHCP_OFFER, .addr = "127.0.0.1" },
		{ .type = WIRE_DHCP_OFFER, .addr = "224.0.0.1" },
		{ .type = WIRE_DHCP_OFFER, .addr = "255.255.255.255" },
		{ .type = WIRE_DHCP_OFFER, .addr = "10.99.0.255" },
		{ .type = WIRE_DHCP_OFFER, .addr = "10.99.0.0" },
		{ .type = WIRE_DHCP_OFFER, .server = "0.0.0.0" },
		{ .type = WIRE_DHCP_OFFER, .server = "239.0.0.1" },
		{ .type = WIRE_DHCP_OFFER,
		  .no_mask = true,
		  .more = "\1\4\xff\0\xff\0",
		  .nmore = 6 },
		{ .type = WIRE_DHCP_OFFER, /* RFC 6842: another's id */
		  .more = "\x3d\3\1\2\3",
		  .nmore = 5 },
	};
	struct net n;

	begin(&n);
	SAYS(&n, 2, "DISCOVER");
	for (unsigned i = 0; i < COUNT(bad); i++) {
		server_says(&n, &bad[i]);
		STR(hear(&n), "");
		EQ(n.eth->dhcp->state, DHCP_SELECTING);
	}
	net_fini(&n);
}

TEST(an_address_that_somebody_has_is_declined)
{
	struct net n;

	begin(&n);
	SAYS(&n, 2, "DISCOVER");
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_OFFER });
	SAYS(&n, 1, "REQUEST " US);
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_ACK });
	SAYS(&n, 3, "probe " US);
	arp_says(&n, US, US);
	SAYS(&n, 0, "DECLINE " US);
	STR(dotted(heard.server), "10.99.0.1");
	STR(await(&n, 9, NULL), "");
	SAYS(&n, 3, "DISCOVER");
	OK(!has_addr(&n, US));
	EQ(n.stats.DhcpDeclines, 1);
	net_fini(&n);
}

TEST(who_insists_on_our_address_gets_it)
{
	struct net n;

	begin(&n);
	bind_(&n, &(struct answer) { .type = WIRE_DHCP_ACK });
	arp_says(&n, US, "10.99.0.9");
	SAYS(&n, 0, "announce " US); /* defended once in ten seconds */
	OK(has_addr(&n, US));
	arp_says(&n, US, "10.99.0.9");
	SAYS(&n, 0, "DECLINE " US);
	OK(!has_addr(&n, US));
	net_fini(&n);
}

/* T1 at half of an hour's lease, T2 at seven eighths */
TEST(a_lease_is_renewed_then_rebound_then_lost)
{
	struct net n;
	unsigned ms;

	begin(&n);
	bind_(&n, &(struct answer) { .type = WIRE_DHCP_ACK });
	STR(await(&n, 1801, &ms), "REQUEST " US);
	STR(heard_to.dst, "10.99.0.1");
	STR(heard_to.src, US);
	EQ(wire_be_get32(heard.server), 0);
	EQ(wire_be_get32(heard.requested), 0);
	/* more time: it begins again */
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_ACK,
					   .unicast = true });
	EQ(n.eth->dhcp->state, DHCP_BOUND);
	STR(await(&n, 1801, &ms), "REQUEST " US);
	OK(ms > 1799000);
	while (n.eth->dhcp->state == DHCP_RENEWING) {
		net_sleep(&n, OSTIA_S);
		while (*hear(&n))
			;
	}
	EQ(n.eth->dhcp->state, DHCP_REBINDING);
	STR(heard_to.dst, "255.255.255.255");
	STR(dotted(heard.ciaddr), US);
	OK(has_addr(&n, US));
	while (n.eth->dhcp->state == DHCP_REBINDING)
		net_sleep(&n, OSTIA_S);
	OK(!has_addr(&n, US));
	EQ(n.stats.DhcpExpired, 1);
	net_fini(&n);
}

TEST(a_refusal_ends_the_lease_at_once)
{
	struct net n;

	begin(&n);
	bind_(&n, &(struct answer) { .type = WIRE_DHCP_ACK });
	EQ(dhcp_renew(n.ip, n.eth, n.now), 0);
	EQ(dhcp_renew(n.ip, n.eth, n.now), -EAGAIN);
	heard.xid = n.eth->dhcp->xid;
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_NAK,
					   .server = "10.99.0.66" });
	OK(has_addr(&n, US)); /* not our server's word */
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_NAK });
	OK(!has_addr(&n, US));
	SAYS(&n, 1, ""); /* neither at once */
	SAYS(&n, 3, "DISCOVER");
	net_fini(&n);
}

TEST(a_server_that_offers_and_is_gone_is_forgotten)
{
	struct net n;

	begin(&n);
	SAYS(&n, 2, "DISCOVER");
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_OFFER });
	for (unsigned i = 0; i < 4; i++)
		SAYS(&n, 40, "REQUEST " US);
	SAYS(&n, 60, "DISCOVER");
	net_fini(&n);
}

TEST(classless_routes_replace_the_router)
{
	static const char more[] = "\3\4\x0a\x63\0\1"
				   "\x79\x08\x18\x0a\x62\1\x0a\x63\0\2";
	const struct answer ack = { .type = WIRE_DHCP_ACK,
				    .more = more,
				    .nmore = sizeof(more) - 1 };
	struct ostia_addr far = A("198.51.100.1"), near = A("10.98.1.9");
	struct net n;

	begin(&n);
	bind_(&n, &ack);
	OK(!route_lookup(n.ip, &far, 0));
	OK(route_lookup(n.ip, &near, 0) != NULL);
	net_fini(&n);
}

TEST(the_link_may_go_and_memory_may_run_out)
{
	for (int fail = 0; fail < 16; fail++) {
		struct net n;

		net_init(&n);
		n.lend.left = fail;
		if (dhcp_start(n.ip, n.eth, NULL, n.now) == 0) {
			await(&n, 2, NULL);
			server_says(&n, &(struct answer) {
						.type = WIRE_DHCP_OFFER });
			await(&n, 2, NULL);
			server_says(&n,
				    &(struct answer) { .type = WIRE_DHCP_ACK });
			for (unsigned i = 0; i < 20; i++)
				net_sleep(&n, OSTIA_S);
		}
		n.lend.left = -1;
		net_fini(&n);
	}
}

/* RFC 2131 3.2, 4.3.2, 4.4.2 */
static void begin_with(struct net *n, const char *former, bool v6only)
{
	const struct dhcp_wish w = { .former = A(former), .v6only = v6only };

	net_init(n);
	memset(&heard, 0, sizeof(heard));
	EQ(dhcp_start(n->ip, n->eth, &w, n->now), 0);
}

TEST(a_former_address_is_asked_for_first)
{
	struct net n;

	begin_with(&n, US, false);
	SAYS(&n, 2, "REQUEST " US);
	STR(heard_to.src, "0.0.0.0");
	STR(heard_to.dst, "255.255.255.255");
	EQ(wire_be_get32(heard.server), 0); /* all may answer */
	EQ(wire_be_get32(heard.ciaddr), 0);
	EQ(n.eth->dhcp->state, DHCP_REBOOTING);
	/* another address is no answer, nor is an offer */
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_ACK,
					   .addr = "10.99.0.9" });
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_OFFER });
	EQ(n.eth->dhcp->state, DHCP_REBOOTING);
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_ACK,
					   .server = "10.99.0.2" });
	for (int i = 0; i < 3; i++)
		SAYS(&n, 3, "probe " US);
	SAYS(&n, 3, "announce " US);
	SAYS(&n, 3, "announce " US);
	OK(has_addr(&n, US));
	EQ(dhcp_renew(n.ip, n.eth, n.now), 0);
	SAYS(&n, 1, "REQUEST " US);
	STR(heard_to.dst, "10.99.0.2"); /* who answered */
	net_fini(&n);
}

TEST(a_former_address_may_be_refused_or_not_known)
{
	static const char *const bad[] = { "224.0.0.1", "fd99::7", "127.0.0.1",
					   "255.255.255.255" };
	struct net n;
	unsigned ms;

	begin_with(&n, US, false);
	SAYS(&n, 2, "REQUEST " US);
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_NAK,
					   .server = "10.99.0.66" });
	EQ(n.stats.DhcpNaks, 1);
	SAYS(&n, 4, "DISCOVER");
	net_fini(&n);

	begin_with(&n, US, false);
	SAYS(&n, 2, "REQUEST " US);
	STR(await(&n, 6, &ms), "REQUEST " US);
	OK(ms >= 2990);
	SAYS(&n, 11, "DISCOVER");
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_OFFER });
	SAYS(&n, 1, "REQUEST " US);
	OK(wire_be_get32(heard.server) != 0);
	net_fini(&n);

	net_init(&n);
	for (unsigned i = 0; i < COUNT(bad); i++) {
		const struct dhcp_wish w = { .former = A(bad[i]) };

		EQ(dhcp_start(n.ip, n.eth, &w, n.now), -EINVAL);
	}
	net_fini(&n);
}

/* Quiet until @s seconds are over, then from the beginning. */
static void quiet(struct net *n, unsigned s)
{
	unsigned ms;

	EQ(n->eth->dhcp->state, DHCP_V6ONLY);
	STR(await(n, s + 2, &ms), "DISCOVER");
	OK(ms + 20 >= s * 1000 && ms <= s * 1000 + 20);
}

/* RFC 8925 3.2 */
TEST(where_IPv6_will_do_a_network_may_ask_for_silence)
{
	static const char long_[] = "\x6c\4\0\0\3\xe8",
			  soon[] = "\x6c\4\0\0\0\0", odd[] = "\x6c\3\0\0\0";
	struct answer offer = { .type = WIRE_DHCP_OFFER,
				.more = long_,
				.nmore = 6,
				.addr = "0.0.0.0" };
	struct net n;

	begin_with(&n, "0.0.0.0", true);
	SAYS(&n, 2, "DISCOVER");
	server_says(&n, &offer);
	EQ(n.stats.DhcpV6Only, 1);
	quiet(&n, 1000);
	offer.more = soon;
	offer.addr = US; /* of servers that cannot offer nothing */
	server_says(&n, &offer);
	quiet(&n, 300);
	offer.more = odd; /* none, then */
	offer.nmore = 5;
	server_says(&n, &offer);
	SAYS(&n, 1, "REQUEST " US);
	/* too late: what is asked for is taken */
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_ACK,
					   .more = long_,
					   .nmore = 6 });
	EQ(n.eth->dhcp->state, DHCP_CHECKING);
	net_fini(&n);

	begin_with(&n, US, true); /* who comes back */
	SAYS(&n, 2, "REQUEST " US);
	server_says(&n, &(struct answer) { .type = WIRE_DHCP_ACK,
					   .more = long_,
					   .nmore = 6 });
	quiet(&n, 1000);
	net_fini(&n);

	begin(&n); /* who did not ask does not hear it */
	SAYS(&n, 2, "DISCOVER");
	offer.more = long_;
	offer.nmore = 6;
	server_says(&n, &offer);
	SAYS(&n, 1, "REQUEST " US);
	net_fini(&n);
}

TESTS(CASE(a_former_address_is_asked_for_first),
      CASE(a_former_address_may_be_refused_or_not_known),
      CASE(where_IPv6_will_do_a_network_may_ask_for_silence),
      CASE(an_address_is_asked_for_checked_announced_and_used),
      CASE(a_silent_network_is_asked_less_and_less_often),
      CASE(only_the_answer_to_our_question_counts),
      CASE(an_address_that_somebody_has_is_declined),
      CASE(who_insists_on_our_address_gets_it),
      CASE(a_lease_is_renewed_then_rebound_then_lost),
      CASE(a_refusal_ends_the_lease_at_once),
      CASE(a_server_that_offers_and_is_gone_is_forgotten),
      CASE(classless_routes_replace_the_router),
      CASE(the_link_may_go_and_memory_may_run_out))
