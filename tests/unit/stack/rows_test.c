/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../test.h"

#include <arpa/inet.h>
#include <ostia/link.h>
#include <ostia/net.h>
#include <ostia/stack.h>

struct host {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_link *eth;
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
}

static void done(struct host *h)
{
	ostia_stack_free(h->s);
	ostia_pool_free(h->pool);
	EQ(h->lend.blocks, 0);
}

static struct ostia_addr A(const char *text) {
	struct ostia_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	if (inet_pton(AF_INET6, text, a.b) != 1)
		EQ(inet_pton(AF_INET, text, a.b + 12), 1);
	return a;
}

TEST(links_come_in_order_of_their_index)
{
	struct ostia_link_row row;
	struct ostia_link *lo;
	struct host h;

	setup(&h);
	lo = ostia_link_after(h.s, 0);
	ostia_link_row(lo, &row);
	STR(row.name, "lo");
	EQ(row.type, OSTIA_LINK_LOOPBACK);
	EQ(row.mtu, ostia_link_mtu(lo));
	EQ(ostia_link_after(h.s, row.index) == h.eth, 1);
	ostia_link_row(h.eth, &row);
	STR(row.name, "eth0");
	EQ(row.mtu, 1400);
	EQ(row.mac[0], 2);
	OK(row.queue > 0);
	OK(!ostia_link_after(h.s, row.index));
	done(&h);
}

TEST(what_passes_by_a_link_is_counted)
{
	struct ostia_link_row row;
	struct ostia_pkt *p;
	struct host h;

	setup(&h);
	p = ostia_pkt_from(h.pool, "\1\2\3", 3);
	OK(p);
	ostia_link_input(h.eth, p);
	ostia_link_row(h.eth, &row);
	EQ(row.rx_packets, 1);
	EQ(row.rx_bytes, 3);
	EQ(row.drops, 1);
	done(&h);
}

TEST(addresses_are_written_from_the_first_on_that_is_asked_for)
{
	struct ostia_addr_row row[4], one;
	struct host h;

	setup(&h);
	EQ(ostia_link_addrs(h.eth, 0, row, 4), 3);
	EQ(ostia_link_addrs(h.eth, 1, &one, 1), 1);
	MEM(&one.addr, &row[1].addr, sizeof(one.addr));
	EQ(one.flags, row[1].flags);
	EQ(one.plen, 24);
	EQ(ostia_link_addrs(h.eth, 3, row, 4), 0);
	done(&h);
}

TEST(routes_say_who_made_them)
{
	struct ostia_addr gw = A("10.0.0.2"), none = { 0 };
	struct ostia_route_row row[8];
	struct host h;
	int n;

	setup(&h);
	EQ(ostia_route_add(h.eth, "0.0.0.0/0", "10.0.0.2"), 0);
	n = ostia_link_routes(h.eth, 0, row, 8);
	EQ(n, 4); /* fe80::/64, 10.0.0.0/24, fd00::/64 and that one */
	EQ(row[1].plen, 24);
	EQ(row[1].origin, OSTIA_ROUTE_OWN);
	MEM(&row[1].gateway, &none, 16);
	EQ(row[2].plen, 64);
	EQ(row[3].plen, 0);
	EQ(row[3].origin, OSTIA_ROUTE_MANUAL);
	EQ(row[3].until, OSTIA_NEVER);
	EQ(row[3].link, ostia_link_index(h.eth));
	MEM(&row[3].gateway, &gw, 16);
	EQ(ostia_link_routes(h.eth, 3, row, 8), 1);
	done(&h);
}

TEST(the_way_to_an_address_is_found_without_a_packet)
{
	struct ostia_addr far = A("192.0.2.1"), me = A("10.0.0.1");
	struct ostia_addr near = A("10.0.0.7"), all = A("10.0.0.255");
	struct ostia_addr gw = A("10.0.0.2"), else_ = A("10.0.0.9");
	struct ostia_way way;
	struct host h;

	setup(&h);
	EQ(ostia_route_find(h.s, &far, NULL, 0, &way), -ENETUNREACH);
	EQ(ostia_route_add(h.eth, "0.0.0.0/0", "10.0.0.2"), 0);
	EQ(ostia_route_find(h.s, &far, NULL, 0, &way), 0);
	EQ(way.kind, OSTIA_ROUTE_UNICAST);
	EQ(way.route.plen, 0);
	EQ(way.mtu, 1400);
	MEM(&way.route.gateway, &gw, 16);
	MEM(&way.src, &me, 16);
	EQ(ostia_route_find(h.s, &near, &me, 0, &way), 0);
	EQ(way.route.plen, 24);
	EQ(ostia_route_find(h.s, &near, &else_, 0, &way), -EINVAL);
	EQ(ostia_route_find(h.s, &near, NULL, 77, &way), -ENODEV);
	EQ(ostia_route_find(h.s, &me, NULL, 0, &way), 0);
	EQ(way.kind, OSTIA_ROUTE_LOCAL);
	EQ(way.route.link, 1);
	EQ(ostia_route_find(h.s, &all, NULL, 0, &way), 0);
	EQ(way.kind, OSTIA_ROUTE_BROADCAST);
	EQ(way.route.plen, 32);
	done(&h);
}

/* An ARP request makes its sender known. */
TEST(neighbours_are_listed_and_forgotten)
{
	static const uint8_t arp[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,  2, 8, 6,
		0,    1,    8,	  0,	6,    4,    0, 1, 2, 0, 0,  0, 0, 2,
		10,   0,    0,	  2,	0,    0,    0, 0, 0, 0, 10, 0, 0, 1,
	};
	struct ostia_addr who = A("10.0.0.2");
	struct ostia_neigh_row row[2];
	struct host h;

	setup(&h);
	EQ(ostia_link_neighs(h.eth, 0, row, 2), 0);
	ostia_link_input(h.eth, ostia_pkt_from(h.pool, arp, sizeof(arp)));
	EQ(ostia_link_neighs(h.eth, 0, row, 2), 1);
	MEM(&row[0].addr, &who, 16);
	MEM(row[0].mac, "\2\0\0\0\0\2", 6);
	EQ(row[0].state, OSTIA_NEIGH_STALE);
	EQ(ostia_link_forget_neigh(h.eth, &who), 0);
	EQ(ostia_link_neighs(h.eth, 0, row, 2), 0);
	EQ(ostia_link_forget_neigh(h.eth, &who), -ENOENT);
	done(&h);
}

TESTS(CASE(links_come_in_order_of_their_index),
      CASE(what_passes_by_a_link_is_counted),
      CASE(addresses_are_written_from_the_first_on_that_is_asked_for),
      CASE(routes_say_who_made_them),
      CASE(the_way_to_an_address_is_found_without_a_packet),
      CASE(neighbours_are_listed_and_forgotten))
