/* SPDX-License-Identifier: MIT */
#include "run/netlink.h"

#include "../lend.h"
#include "../random.h"
#include "../test.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <ostia/link.h>
#include <ostia/net.h>
#include <ostia/stack.h>

enum { PORT = 4711, SEQ = 7, MSGS = 4096 };

struct host {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_link *eth;
	struct run_netlink n;
};

/* An answer's message, as a program looks at it. */
struct got {
	struct nlmsghdr h;
	uint8_t body[RUN_NETLINK_DATAGRAM];
	size_t len;
};

static void setup(struct host *h)
{
	struct ostia_stack_config cfg = { .now = OSTIA_S };
	const struct ostia_link_config link = {
		.name = "eth0",
		.type = OSTIA_LINK_ETHERNET,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.mtu = 1400,
	};

	*h = (struct host) { .lend = { .left = -1 } };
	h->env = lend_env(&h->lend);
	EQ(ostia_pool_new(&h->env, 0, &h->pool), 0);
	cfg.env = &h->env;
	cfg.pool = h->pool;
	EQ(ostia_stack_new(&cfg, &h->s), 0);
	EQ(ostia_link_new(h->s, &link, &h->eth), 0);
	EQ(ostia_addr_add(h->eth, "10.0.0.1/24"), 0);
	EQ(ostia_addr_add(h->eth, "fd00::1/64"), 0);
	EQ(ostia_route_add(h->eth, "0.0.0.0/0", "10.0.0.2"), 0);
	h->n.portid = PORT;
}

static void done(struct host *h)
{
	run_netlink_fini(&h->n);
	ostia_stack_free(h->s);
	ostia_pool_free(h->pool);
	EQ(h->lend.blocks, 0);
}

/* ---- asking ---- */

struct ask {
	struct nlmsghdr h;
	uint8_t body[256];
};

static struct ask ask(uint16_t type, uint16_t flags, const void *body, size_t n)
{
	struct ask a = { .h = { .nlmsg_len = (uint32_t)(sizeof(a.h) + n),
				.nlmsg_type = type,
				.nlmsg_flags = NLM_F_REQUEST | flags,
				.nlmsg_seq = SEQ } };

	memcpy(a.body, body, n);
	return a;
}

static void attr(struct ask *a, uint16_t type, const void *val, size_t n)
{
	struct nlattr at = { .nla_len = (uint16_t)(sizeof(at) + n),
			     .nla_type = type };
	size_t off = NLMSG_ALIGN(a->h.nlmsg_len - sizeof(a->h));

	memcpy(a->body + off, &at, sizeof(at));
	memcpy(a->body + off + sizeof(at), val, n);
	a->h.nlmsg_len = (uint32_t)(sizeof(a->h) + off + sizeof(at) + n);
}

static void send_it(struct host *h, const struct ask *a)
{
	run_netlink_request(&h->n, h->s, a, a->h.nlmsg_len);
}

/* ---- hearing ---- */

/* All messages of all datagrams that wait. Return: how many there are. */
static unsigned hear(struct host *h, struct got *to, unsigned max)
{
	uint8_t buf[RUN_NETLINK_DATAGRAM];
	unsigned n = 0;
	size_t len;

	while ((len = run_netlink_next(&h->n, h->s, buf))) {
		size_t off = 0;

		OK(len <= sizeof(buf));
		while (off + sizeof(struct nlmsghdr) <= len) {
			struct got *g = &to[n++];

			OK(n <= max);
			memcpy(&g->h, buf + off, sizeof(g->h));
			OK(g->h.nlmsg_len >= sizeof(g->h));
			OK(g->h.nlmsg_len <= len - off);
			EQ(g->h.nlmsg_pid, PORT);
			g->len = g->h.nlmsg_len - sizeof(g->h);
			memcpy(g->body, buf + off + sizeof(g->h), g->len);
			off += NLMSG_ALIGN(g->h.nlmsg_len);
		}
		EQ(off, len);
	}
	OK(!run_netlink_pending(&h->n));
	return n;
}

static const void *find(const struct got *g, size_t hdr, unsigned type,
			size_t *len)
{
	size_t off = NLMSG_ALIGN(hdr);

	while (off + sizeof(struct nlattr) <= g->len) {
		struct nlattr a;

		memcpy(&a, g->body + off, sizeof(a));
		OK(a.nla_len >= sizeof(a) && a.nla_len <= g->len - off);
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*len = a.nla_len - sizeof(a);
			return g->body + off + sizeof(a);
		}
		off += NLA_ALIGN(a.nla_len);
	}
	return NULL;
}

static uint32_t u32(const struct got *g, size_t hdr, unsigned type)
{
	const void *p;
	size_t len;
	uint32_t v;

	p = find(g, hdr, type, &len);
	OK(p && len == sizeof(v));
	memcpy(&v, p, sizeof(v));
	return v;
}

/* An address as text, "-": there is none. */
static const char *ip(const struct got *g, size_t hdr, unsigned type)
{
	static char text[INET6_ADDRSTRLEN];
	size_t len;
	const void *p = find(g, hdr, type, &len);

	if (!p)
		return "-";
	OK(len == 4 || len == 16);
	return inet_ntop(len == 4 ? AF_INET : AF_INET6, p, text, sizeof(text));
}

static int error_of(const struct got *g)
{
	struct nlmsgerr e;

	EQ(g->h.nlmsg_type, NLMSG_ERROR);
	memcpy(&e, g->body, sizeof(e));
	return e.error;
}

static int done_of(const struct got *g)
{
	int err;

	EQ(g->h.nlmsg_type, NLMSG_DONE);
	OK(g->h.nlmsg_flags & NLM_F_MULTI);
	memcpy(&err, g->body, sizeof(err));
	return err;
}

/* Ask for a list; how many are in it, the end apart. */
static unsigned list(struct host *h, uint16_t type, uint8_t family,
		     struct got *to, unsigned max)
{
	struct ask a = ask(type, NLM_F_DUMP, &family, 1);
	unsigned n;

	send_it(h, &a);
	n = hear(h, to, max);
	OK(n > 0);
	EQ(done_of(&to[n - 1]), 0);
	for (unsigned i = 0; i < n; i++) {
		EQ(to[i].h.nlmsg_seq, SEQ);
		OK(to[i].h.nlmsg_flags & NLM_F_MULTI);
	}
	return n - 1;
}

static struct got msg[MSGS];

/* ---- lists ---- */

TEST(links_are_told_as_linux_tells_them)
{
	const size_t hdr = sizeof(struct ifinfomsg);
	struct ifinfomsg m;
	struct host h;
	size_t len;

	setup(&h);
	EQ(list(&h, RTM_GETLINK, AF_UNSPEC, msg, MSGS), 2);
	memcpy(&m, msg[0].body, sizeof(m));
	EQ(msg[0].h.nlmsg_type, RTM_NEWLINK);
	EQ(m.ifi_type, ARPHRD_LOOPBACK);
	EQ(m.ifi_flags, IFF_UP | IFF_RUNNING | IFF_LOOPBACK | IFF_LOWER_UP);
	STR(find(&msg[0], hdr, IFLA_IFNAME, &len), "lo");
	memcpy(&m, msg[1].body, sizeof(m));
	EQ(m.ifi_type, ARPHRD_ETHER);
	EQ(m.ifi_index, ostia_link_index(h.eth));
	EQ(m.ifi_flags,
	   IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST | IFF_LOWER_UP);
	STR(find(&msg[1], hdr, IFLA_IFNAME, &len), "eth0");
	EQ(len, 5);
	EQ(u32(&msg[1], hdr, IFLA_MTU), 1400);
	OK(u32(&msg[1], hdr, IFLA_TXQLEN) > 0);
	MEM(find(&msg[1], hdr, IFLA_ADDRESS, &len), "\2\0\0\0\0\1", 6);
	MEM(find(&msg[1], hdr, IFLA_BROADCAST, &len),
	    "\377\377\377\377\377\377", 6);
	OK(find(&msg[1], hdr, IFLA_STATS64, &len));
	EQ(len, sizeof(struct rtnl_link_stats64));
	EQ(*(const uint8_t *)find(&msg[1], hdr, IFLA_OPERSTATE, &len), 6);
	done(&h);
}

TEST(addresses_are_listed_of_one_family_or_of_both)
{
	const size_t hdr = sizeof(struct ifaddrmsg);
	struct ifaddrmsg m;
	struct host h;
	size_t len;

	setup(&h);
	EQ(list(&h, RTM_GETADDR, AF_INET, msg, MSGS), 2);
	memcpy(&m, msg[1].body, sizeof(m));
	EQ(m.ifa_prefixlen, 24);
	EQ(m.ifa_scope, RT_SCOPE_UNIVERSE);
	EQ(m.ifa_index, ostia_link_index(h.eth));
	STR(ip(&msg[0], hdr, IFA_LOCAL), "127.0.0.1");
	STR(ip(&msg[0], hdr, IFA_BROADCAST), "-");
	STR(ip(&msg[1], hdr, IFA_LOCAL), "10.0.0.1");
	STR(ip(&msg[1], hdr, IFA_BROADCAST), "10.0.0.255");
	STR(find(&msg[1], hdr, IFA_LABEL, &len), "eth0");
	EQ(u32(&msg[1], hdr, IFA_FLAGS), IFA_F_PERMANENT);
	EQ(list(&h, RTM_GETADDR, AF_INET6, msg, MSGS), 3);
	STR(ip(&msg[0], hdr, IFA_ADDRESS), "::1");
	STR(ip(&msg[2], hdr, IFA_ADDRESS), "fd00::1");
	memcpy(&m, msg[1].body, sizeof(m));
	EQ(m.ifa_scope, RT_SCOPE_LINK);
	EQ(list(&h, RTM_GETADDR, AF_UNSPEC, msg, MSGS), 5);
	EQ(ostia_addr_add(h.eth, "10.0.0.9/24"), 0);
	EQ(list(&h, RTM_GETADDR, AF_INET, msg, MSGS), 3);
	EQ(u32(&msg[2], hdr, IFA_FLAGS), IFA_F_PERMANENT | IFA_F_SECONDARY);
	done(&h);
}

/* One line a route, as `ip route show table all` has them. */
static const char *route_line(const struct got *g)
{
	const size_t hdr = sizeof(struct rtmsg);
	static char line[200];
	struct rtmsg m;
	int n;

	memcpy(&m, g->body, sizeof(m));
	EQ(u32(g, hdr, RTA_TABLE), m.rtm_table);
	n = snprintf(line, sizeof(line), "%u %u %u %u ", m.rtm_table,
		     m.rtm_type, m.rtm_protocol, m.rtm_scope);
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s",
		      ip(g, hdr, RTA_DST));
	n += snprintf(line + n, sizeof(line) - (size_t)n, "/%u via %s",
		      m.rtm_dst_len, ip(g, hdr, RTA_GATEWAY));
	snprintf(line + n, sizeof(line) - (size_t)n, " src %s dev %u",
		 ip(g, hdr, RTA_PREFSRC), u32(g, hdr, RTA_OIF));
	return line;
}

TEST(routes_are_listed_as_in_the_tables_main_and_local)
{
	/* table type proto scope, as a 6.18 kernel dumps the same addresses */
	static const char *const want4[] = {
		"254 1 2 253 10.0.0.0/24 via - src 10.0.0.1 dev 2",
		"254 1 3 0 -/0 via 10.0.0.2 src - dev 2",
		"255 2 2 254 127.0.0.0/8 via - src 127.0.0.1 dev 1",
		"255 2 2 254 127.0.0.1/32 via - src 127.0.0.1 dev 1",
		"255 3 2 253 127.255.255.255/32 via - src 127.0.0.1 dev 1",
		"255 2 2 254 10.0.0.1/32 via - src 10.0.0.1 dev 2",
		"255 3 2 253 10.0.0.255/32 via - src 10.0.0.1 dev 2",
	};
	struct host h;

	setup(&h);
	EQ(list(&h, RTM_GETROUTE, AF_INET, msg, MSGS), 7);
	for (unsigned i = 0; i < 7; i++)
		STR(route_line(&msg[i]), want4[i]);
	/* fe80::/64, fd00::/64; ::1, both of eth0, ff00::/8 */
	EQ(list(&h, RTM_GETROUTE, AF_INET6, msg, MSGS), 6);
	STR(route_line(&msg[1]), "254 1 2 0 fd00::/64 via - src - dev 2");
	EQ(u32(&msg[1], sizeof(struct rtmsg), RTA_PRIORITY), 256);
	STR(route_line(&msg[2]), "255 2 2 0 ::1/128 via - src - dev 1");
	STR(route_line(&msg[3]), "255 5 2 0 ff00::/8 via - src - dev 2");
	EQ(list(&h, RTM_GETROUTE, AF_UNSPEC, msg, MSGS), 13);
	done(&h);
}

TEST(rules_are_the_three_of_ipv4_and_the_two_of_ipv6)
{
	struct host h;

	setup(&h);
	EQ(list(&h, RTM_GETRULE, AF_INET, msg, MSGS), 3);
	EQ(list(&h, RTM_GETRULE, AF_INET6, msg, MSGS), 2);
	EQ(list(&h, RTM_GETRULE, AF_UNSPEC, msg, MSGS), 5);
	EQ(u32(&msg[1], 12, 15 /* FRA_TABLE */), RT_TABLE_MAIN);
	done(&h);
}

static void know_neighbour(struct host *h)
{
	static const uint8_t arp[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,  2, 8, 6,
		0,    1,    8,	  0,	6,    4,    0, 1, 2, 0, 0,  0, 0, 2,
		10,   0,    0,	  2,	0,    0,    0, 0, 0, 0, 10, 0, 0, 1,
	};

	ostia_link_input(h->eth, ostia_pkt_from(h->pool, arp, sizeof(arp)));
}

TEST(neighbours_are_listed_and_can_be_asked_for)
{
	const size_t hdr = sizeof(struct ndmsg);
	struct ndmsg m = { .ndm_family = AF_INET };
	struct host h;
	struct ask a;
	size_t len;

	setup(&h);
	EQ(list(&h, RTM_GETNEIGH, AF_UNSPEC, msg, MSGS), 0);
	know_neighbour(&h);
	EQ(list(&h, RTM_GETNEIGH, AF_INET6, msg, MSGS), 0);
	EQ(list(&h, RTM_GETNEIGH, AF_UNSPEC, msg, MSGS), 1);
	STR(ip(&msg[0], hdr, NDA_DST), "10.0.0.2");
	MEM(find(&msg[0], hdr, NDA_LLADDR, &len), "\2\0\0\0\0\2", 6);
	memcpy(&m, msg[0].body, sizeof(m));
	EQ(m.ndm_state, NUD_STALE);
	m = (struct ndmsg) { .ndm_family = AF_INET,
			     .ndm_ifindex = (int)ostia_link_index(h.eth) };
	a = ask(RTM_GETNEIGH, 0, &m, sizeof(m));
	attr(&a, NDA_DST, "\12\0\0\2", 4);
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(msg[0].h.nlmsg_type, RTM_NEWNEIGH);
	EQ(msg[0].h.nlmsg_flags, 0);
	a.body[sizeof(m) + 7] = 9;
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(error_of(&msg[0]), -ENOENT);
	done(&h);
}

TEST(a_long_list_comes_in_several_datagrams_and_nothing_is_lost)
{
	uint8_t buf[RUN_NETLINK_DATAGRAM], unspec = AF_UNSPEC;
	const size_t hdr = sizeof(struct ifaddrmsg);
	struct ask a = ask(RTM_GETADDR, NLM_F_DUMP, &unspec, 1);
	struct host h;
	char text[32];

	setup(&h);
	for (unsigned i = 2; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u/24", i / 200, i % 200);
		EQ(ostia_addr_add(h.eth, text), 0);
	}
	EQ(list(&h, RTM_GETADDR, AF_INET, msg, MSGS), 1000);
	for (unsigned i = 2; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 200, i % 200);
		STR(ip(&msg[i], hdr, IFA_LOCAL), text);
	}
	/* while it comes no other one is begun */
	send_it(&h, &a);
	OK(run_netlink_next(&h.n, h.s, buf) > RUN_NETLINK_DATAGRAM / 2);
	send_it(&h, &a);
	OK(run_netlink_next(&h.n, h.s, buf) > 0);
	memcpy(&msg[0].h, buf, sizeof(msg[0].h));
	memcpy(msg[0].body, buf + sizeof(msg[0].h), sizeof(struct nlmsgerr));
	EQ(error_of(&msg[0]), -EBUSY);
	done(&h);
}

/* ---- one object ---- */

static int ask_link(struct host *h, int index, const char *name)
{
	struct ifinfomsg m = { .ifi_index = index };
	struct ask a = ask(RTM_GETLINK, 0, &m, sizeof(m));

	if (name)
		attr(&a, IFLA_IFNAME, name, strlen(name) + 1);
	send_it(h, &a);
	EQ(hear(h, msg, MSGS), 1);
	if (msg[0].h.nlmsg_type == NLMSG_ERROR)
		return error_of(&msg[0]);
	memcpy(&m, msg[0].body, sizeof(m));
	return m.ifi_index;
}

TEST(a_link_is_found_by_index_and_by_name)
{
	struct host h;

	setup(&h);
	EQ(ask_link(&h, 2, NULL), 2);
	EQ(ask_link(&h, 0, "lo"), 1);
	EQ(ask_link(&h, 0, "eth0"), 2);
	EQ(ask_link(&h, 0, "eth"), -ENODEV);
	EQ(ask_link(&h, 3, "eth0"), -ENODEV);
	EQ(ask_link(&h, 0, NULL), -EINVAL);
	EQ(ask_link(&h, 0, "a name that no link can have"), -ERANGE);
	done(&h);
}

TEST(an_attribute_ends_where_its_request_ends)
{
	struct ifinfomsg m = { .ifi_index = 0 };
	struct ask a = ask(RTM_GETLINK, 0, &m, sizeof(m));
	struct host h;

	setup(&h);
	attr(&a, IFLA_IFNAME, "eth0\0\0\0\0", 8);
	a.h.nlmsg_len -= 4; /* its zeros are not the request's any more */
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(error_of(&msg[0]), -EINVAL);
	done(&h);
}

static int ask_way(struct host *h, const char *dst, const char *src,
		   uint32_t oif)
{
	int family = strchr(dst, ':') ? AF_INET6 : AF_INET;
	struct rtmsg m = { .rtm_family = (uint8_t)family };
	struct ask a = ask(RTM_GETROUTE, 0, &m, sizeof(m));
	size_t len = family == AF_INET ? 4 : 16;
	uint8_t b[16];

	EQ(inet_pton(family, dst, b), 1);
	attr(&a, RTA_DST, b, len);
	if (src) {
		EQ(inet_pton(family, src, b), 1);
		attr(&a, RTA_SRC, b, len);
	}
	if (oif)
		attr(&a, RTA_OIF, &oif, sizeof(oif));
	send_it(h, &a);
	EQ(hear(h, msg, MSGS), 1);
	return msg[0].h.nlmsg_type == NLMSG_ERROR ? error_of(&msg[0]) : 0;
}

TEST(the_way_to_an_address_is_told)
{
	struct host h;

	setup(&h);
	EQ(ask_way(&h, "8.8.8.8", NULL, 0), 0);
	STR(route_line(&msg[0]),
	    "254 1 0 0 8.8.8.8/32 via 10.0.0.2 src 10.0.0.1 dev 2");
	EQ(ask_way(&h, "10.0.0.7", NULL, 0), 0);
	STR(route_line(&msg[0]),
	    "254 1 0 0 10.0.0.7/32 via - src 10.0.0.1 dev 2");
	EQ(ask_way(&h, "127.0.0.1", NULL, 0), 0);
	STR(route_line(&msg[0]),
	    "254 2 0 0 127.0.0.1/32 via - src 127.0.0.1 dev 1");
	EQ(ask_way(&h, "10.0.0.255", NULL, 0), 0);
	STR(route_line(&msg[0]),
	    "254 3 0 0 10.0.0.255/32 via - src 10.0.0.1 dev 2");
	EQ(ask_way(&h, "fd00::7", NULL, 0), 0);
	STR(route_line(&msg[0]),
	    "254 1 2 0 fd00::7/128 via - src fd00::1 dev 2");
	EQ(ask_way(&h, "::1", NULL, 0), 0);
	STR(route_line(&msg[0]), "255 2 2 0 ::1/128 via - src ::1 dev 1");
	EQ(ask_way(&h, "8.8.8.8", "10.0.0.1", 0), 0);
	STR(route_line(&msg[0]),
	    "254 1 0 0 8.8.8.8/32 via 10.0.0.2 src - dev 2");
	EQ(ask_way(&h, "2001:db8::1", NULL, 0), -ENETUNREACH);
	EQ(ask_way(&h, "8.8.8.8", "10.9.9.9", 0), -EINVAL);
	EQ(ask_way(&h, "8.8.8.8", NULL, 99), -ENODEV);
	done(&h);
}

/* ---- what is refused ---- */

TEST(nothing_can_be_changed)
{
	static const uint16_t types[] = {
		RTM_NEWLINK,  RTM_DELLINK,  RTM_SETLINK,  RTM_NEWADDR,
		RTM_DELADDR,  RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWNEIGH,
		RTM_DELNEIGH, RTM_NEWRULE,  RTM_DELRULE,
	};
	uint8_t body[64] = { 0 };
	struct host h;

	setup(&h);
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct ask a = ask(types[i], NLM_F_ACK, body, sizeof(body));

		send_it(&h, &a);
		EQ(hear(&h, msg, MSGS), 1);
		EQ(error_of(&msg[0]), -EPERM);
	}
	done(&h);
}

TEST(an_error_quotes_the_request_unless_it_is_asked_not_to)
{
	struct ask a = ask(RTM_GETQDISC, NLM_F_DUMP, "\0\0\0\0", 4);
	struct nlmsgerr e;
	const int one = 1;
	struct host h;

	setup(&h);
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(error_of(&msg[0]), -EOPNOTSUPP);
	EQ(msg[0].len, sizeof(e) + 4);
	EQ(msg[0].h.nlmsg_flags, 0);
	memcpy(&e, msg[0].body, sizeof(e));
	MEM(&e.msg, &a.h, sizeof(a.h));
	EQ(run_netlink_setsockopt(&h.n, NETLINK_CAP_ACK, &one, sizeof(one)), 0);
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(msg[0].len, sizeof(e));
	EQ(msg[0].h.nlmsg_flags, NLM_F_CAPPED);
	done(&h);
}

TEST(who_wants_an_acknowledgment_gets_one)
{
	struct nlmsghdr two[2] = {
		{ .nlmsg_len = 16,
		  .nlmsg_type = NLMSG_NOOP,
		  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		{ .nlmsg_len = 16,
		  .nlmsg_type = RTM_GETLINK,
		  .nlmsg_flags = NLM_F_ACK },
	};
	struct host h;

	setup(&h);
	run_netlink_request(&h.n, h.s, two, sizeof(two));
	EQ(hear(&h, msg, MSGS), 2);
	EQ(error_of(&msg[0]), 0);
	EQ(error_of(&msg[1]), 0); /* no request: acknowledged all the same */
	two[0].nlmsg_len = 15;
	run_netlink_request(&h.n, h.s, two, sizeof(two));
	EQ(hear(&h, msg, MSGS), 0);
	two[0].nlmsg_len = 64;
	run_netlink_request(&h.n, h.s, two, sizeof(two));
	EQ(hear(&h, msg, MSGS), 0);
	done(&h);
}

TEST(strict_checks_say_what_is_wrong)
{
	struct rtmsg m = { .rtm_family = AF_INET, .rtm_table = 77 };
	struct ask a = ask(RTM_GETROUTE, NLM_F_DUMP, &m, sizeof(m));
	const int one = 1;
	struct host h;
	size_t len;

	setup(&h);
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 8); /* not strict: no filter */
	EQ(run_netlink_setsockopt(&h.n, NETLINK_GET_STRICT_CHK, &one, 4), 0);
	EQ(run_netlink_setsockopt(&h.n, NETLINK_EXT_ACK, &one, 4), 0);
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(done_of(&msg[0]), -ENOENT);
	STR(find(&msg[0], 4, NLMSGERR_ATTR_MSG, &len),
	    "ipv4: FIB table does not exist");
	m.rtm_table = RT_TABLE_LOCAL;
	a = ask(RTM_GETROUTE, NLM_F_DUMP, &m, sizeof(m));
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 6);
	OK(msg[0].h.nlmsg_flags & NLM_F_DUMP_FILTERED);
	m.rtm_dst_len = 8;
	a = ask(RTM_GETROUTE, NLM_F_DUMP, &m, sizeof(m));
	send_it(&h, &a);
	EQ(hear(&h, msg, MSGS), 1);
	EQ(done_of(&msg[0]), -EINVAL);
	done(&h);
}

TEST(answers_that_nobody_reads_are_bounded)
{
	uint8_t body[64] = { 0 };
	struct ask a = ask(RTM_NEWLINK, NLM_F_ACK, body, sizeof(body));
	struct host h;

	setup(&h);
	for (unsigned i = 0; i < 10000; i++)
		send_it(&h, &a);
	OK(h.n.overrun);
	OK(h.n.room <= 2 * RUN_NETLINK_QUEUE);
	OK(hear(&h, msg, MSGS) * 104 <= RUN_NETLINK_QUEUE);
	done(&h);
}

TEST(options_of_the_level_netlink)
{
	struct host h;
	uint64_t groups = 0;
	socklen_t len = 4;
	int v = 1;

	setup(&h);
	EQ(run_netlink_setsockopt(&h.n, NETLINK_PKTINFO, &v, 4), 0);
	EQ(run_netlink_getsockopt(&h.n, NETLINK_PKTINFO, &v, &len), 0);
	EQ(v, 1);
	EQ(run_netlink_setsockopt(&h.n, NETLINK_PKTINFO, &v, 3), -EINVAL);
	EQ(run_netlink_setsockopt(&h.n, 99, &v, 4), -ENOPROTOOPT);
	EQ(run_netlink_setsockopt(&h.n, NETLINK_LISTEN_ALL_NSID, &v, 4),
	   -EPERM);
	v = 0;
	EQ(run_netlink_setsockopt(&h.n, NETLINK_ADD_MEMBERSHIP, &v, 4),
	   -EINVAL);
	v = 5;
	EQ(run_netlink_setsockopt(&h.n, NETLINK_ADD_MEMBERSHIP, &v, 4), 0);
	len = sizeof(groups);
	EQ(run_netlink_getsockopt(&h.n, NETLINK_LIST_MEMBERSHIPS, &groups,
				  &len),
	   0);
	EQ(groups, 16);
	EQ(run_netlink_setsockopt(&h.n, NETLINK_DROP_MEMBERSHIP, &v, 4), 0);
	EQ(h.n.groups, 0);
	done(&h);
}

/* Whatever the bytes are: answers are whole messages, and they end. */
TEST(any_bytes_get_whole_answers)
{
	static const uint16_t types[] = { RTM_GETLINK,	RTM_GETADDR,
					  RTM_GETROUTE, RTM_GETNEIGH,
					  RTM_GETRULE,	RTM_NEWLINK };
	struct dice r = dice("any_bytes_get_whole_answers");
	struct host h;

	setup(&h);
	know_neighbour(&h);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t buf[200], *exact;
		size_t len;
		struct nlmsghdr m = {
			.nlmsg_len = 16 + (uint32_t)dice_below(&r, 100),
			.nlmsg_type = types[dice_below(&r, 6)],
			.nlmsg_flags = (uint16_t)(1 | dice_below(&r, 2) * 768 |
						  dice_below(&r, 2) * 4),
		};

		for (unsigned k = 0; k < sizeof(buf); k++)
			buf[k] = dice_below(&r, 3)
					 ? 0
					 : (uint8_t)dice_below(&r, 256);
		memcpy(buf, &m, sizeof(m));
		h.n.strict = dice_below(&r, 2);
		h.n.ext_ack = dice_below(&r, 2);
		len = (size_t)dice_below(&r, sizeof(buf));
		exact = malloc(len + 1); /* so that reading on is seen */
		OK(exact);
		memcpy(exact + 1, buf, len);
		run_netlink_request(&h.n, h.s, exact + 1, len);
		free(exact);
		hear(&h, msg, MSGS);
	}
	done(&h);
}

TESTS(CASE(links_are_told_as_linux_tells_them),
      CASE(addresses_are_listed_of_one_family_or_of_both),
      CASE(routes_are_listed_as_in_the_tables_main_and_local),
      CASE(rules_are_the_three_of_ipv4_and_the_two_of_ipv6),
      CASE(neighbours_are_listed_and_can_be_asked_for),
      CASE(a_long_list_comes_in_several_datagrams_and_nothing_is_lost),
      CASE(a_link_is_found_by_index_and_by_name),
      CASE(an_attribute_ends_where_its_request_ends),
      CASE(the_way_to_an_address_is_told), CASE(nothing_can_be_changed),
      CASE(an_error_quotes_the_request_unless_it_is_asked_not_to),
      CASE(who_wants_an_acknowledgment_gets_one),
      CASE(strict_checks_say_what_is_wrong),
      CASE(answers_that_nobody_reads_are_bounded),
      CASE(options_of_the_level_netlink), CASE(any_bytes_get_whole_answers))
