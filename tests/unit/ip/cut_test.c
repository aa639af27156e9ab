/* SPDX-License-Identifier: MIT */
#include "net.h"

/* Two network layers: one cuts, the other puts together. */
struct pair {
	struct net a, b;
};

static void setup(struct pair *t)
{
	net_init(&t->a);
	net_addr(&t->a, t->a.tun, "10.0.0.1/24");
	net_addr(&t->a, t->a.tun, "fd00::1/64");
	net_init(&t->b);
	net_addr(&t->b, t->b.tun, "10.0.0.2/24");
	net_addr(&t->b, t->b.tun, "fd00::2/64");
	t->b.ip->set.frag_high_bytes = 64 << 20;
}

static void teardown(struct pair *t)
{
	net_fini(&t->a);
	net_fini(&t->b);
}

static uint8_t data[65536];

static struct ostia_pkt *datagram(struct net *n, const char *dst, uint32_t len,
				  bool dontfrag)
{
	struct ostia_addr d = A(dst);
	struct ostia_pkt *p = pkt_new(n->pool);
	struct path *path;

	for (unsigned i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 13 + i / 256);
	EQ(path_get(n->ip, &d, NULL, 0, n->now, &path), 0);
	EQ(pkt_append_copy(p, data, len), 0);
	EQ(ip_push_header(n->ip, p,
			  &(struct ip_out) { .path = path,
					     .proto = 17,
					     .dontfrag = dontfrag }),
	   0);
	path_put(n->ip, path);
	return p;
}

/* Carries a fragment over as bytes, as a wire between pools does. */
static enum verdict carry(struct pair *t, const struct ostia_pkt *f,
			  uint32_t mtu)
{
	static uint8_t buf[65536];

	OK(f->len <= mtu);
	OK(f->flags & PKT_FRAGMENT);
	EQ(pkt_copy_out(f, 0, buf, f->len), f->len);
	return net_rx(&t->b, t->b.tun, buf, f->len);
}

static void round_trip(struct pair *t, const char *dst, uint32_t len,
		       uint32_t mtu)
{
	uint32_t head = strchr(dst, ':') ? 40 : 20;
	uint32_t per = (mtu - head - (head == 40 ? 8 : 0)) & ~7u;
	struct ostia_pkt *list, *p;
	static uint8_t got[65536];
	int n = ip_fragment(t->a.ip, datagram(&t->a, dst, len, false), mtu,
			    &list);

	EQ(n, (len + per - 1) / per);
	for (int i = 0; i < n; i++) {
		p = list;
		list = p->next;
		p->next = NULL;
		EQ(carry(t, p, mtu),
		   i + 1 < n ? VERDICT_HELD : VERDICT_DELIVER);
		pkt_free(p);
	}
	OK(list == NULL);
	EQ(t->b.got->len, head + len);
	EQ(pkt_copy_out(t->b.got, head, got, len), len);
	MEM(got, data, len);
}

TEST(what_is_cut_is_put_together_again)
{
	static const uint32_t len[] = { 553, 1473, 1500, 3000, 9000, 65507 };
	static const uint32_t mtu[] = { 1280, 1492, 1500 };
	struct pair t;

	setup(&t);
	for (unsigned i = 0; i < 6; i++) {
		for (unsigned k = 0; k < 3; k++) {
			if (len[i] + 20 > mtu[k])
				round_trip(&t, "10.0.0.2", len[i], mtu[k]);
			if (len[i] + 40 > mtu[k])
				round_trip(&t, "fd00::2", len[i], mtu[k]);
		}
		round_trip(&t, "10.0.0.2", len[i], 68);
	}
	teardown(&t);
}

TEST(what_must_not_be_cut_is_refused)
{
	struct ostia_pkt *list = NULL;
	struct pair t;

	setup(&t);
	EQ(ip_fragment(t.a.ip, datagram(&t.a, "10.0.0.2", 2000, true), 1500,
		       &list),
	   -EMSGSIZE);
	EQ(ip_fragment(t.a.ip, datagram(&t.a, "fd00::2", 2000, true), 1500,
		       &list),
	   -EMSGSIZE);
	EQ(ip_fragment(t.a.ip, datagram(&t.a, "10.0.0.2", 2000, false), 27,
		       &list),
	   -EMSGSIZE);
	EQ(ip_fragment(t.a.ip, datagram(&t.a, "fd00::2", 2000, false), 55,
		       &list),
	   -EMSGSIZE);
	EQ(t.a.stats.IpFragFails, 4);
	teardown(&t);
}

TEST(a_checksum_left_open_is_completed_before)
{
	struct ostia_pkt *list, *p;
	struct ostia_addr s = A("10.0.0.1"), d = A("10.0.0.2");
	uint32_t pseudo = csum_pseudo4(s.b + 12, d.b + 12, 17, 3000);
	static uint8_t got[3000];
	struct pair t;
	uint8_t *h;

	setup(&t);
	p = datagram(&t.a, "10.0.0.2", 3000, false);
	h = pkt_edit(p, 28);
	memset(h + 26, 0, 2);
	wire_csum_seed(h + 26, pseudo);
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = 6;
	EQ(ip_fragment(t.a.ip, p, 1500, &list), 3);
	while ((p = list)) {
		list = p->next;
		carry(&t, p, 1500);
		pkt_free(p);
	}
	EQ(pkt_copy_out(t.b.got, 20, got, 3000), 3000);
	OK(csum_ok(csum(got, 3000, pseudo)));
	teardown(&t);
}

TEST(options_are_copied_as_their_bit_says)
{
	/* router alert (copied), record route (not) */
	static const uint8_t opts[12] = { 148, 4, 0, 0, 7, 7, 4 };
	uint8_t head[32];
	struct ostia_addr s = A("10.0.0.1"), d = A("10.0.0.2");
	const struct wire_ip4 f = { .src = s.b + 12,
				    .dst = d.b + 12,
				    .len = 32 + 100,
				    .ttl = 64,
				    .proto = 17 };
	struct ostia_pkt *p, *list;
	struct pair t;

	setup(&t);
	EQ(wire_ip4_emit(head, 32, &f, opts, 12), 32);
	p = pkt_new(t.a.pool);
	EQ(pkt_append_copy(p, head, 32), 0);
	EQ(pkt_append_copy(p, data, 100), 0);
	p->src = s;
	p->dst = d;
	p->link = t.a.tun;
	p->l4 = 32;
	EQ(ip_fragment(t.a.ip, p, 32 + 48, &list), 3);
	EQ(pkt_peek(list, 0, 1)[0], 0x48);
	EQ(pkt_peek(list->next, 0, 1)[0], 0x46);
	EQ(pkt_peek(list->next, 20, 1)[0], 148);
	EQ(pkt_peek(list->next->next, 0, 1)[0], 0x46);
	pkt_free_list(list);
	teardown(&t);
}

/* RFC 7739 5: neither the next one nor the step to it is known. */
TEST(each_datagram_of_ipv6_has_an_identification_nobody_foretells)
{
	uint32_t last = 0, near = 0, step = 0, same = 0;
	struct pair t;

	setup(&t);
	for (unsigned i = 0; i < 200; i++) {
		struct ostia_pkt *list;
		uint32_t id;

		EQ(ip_fragment(t.a.ip, datagram(&t.a, "fd00::2", 1500, false),
			       1280, &list),
		   2);
		id = wire_be_get32(pkt_peek(list, 44, 4));
		EQ(id, wire_be_get32(pkt_peek(list->next, 44, 4)));
		near += id - last < 65536;
		same += id - last == step;
		step = id - last;
		last = id;
		pkt_free_list(list);
	}
	OK(near < 5);
	OK(same < 2);
	teardown(&t);
}

TEST(running_out_of_memory_leaks_nothing)
{
	for (long left = 0; left < 10; left++) {
		struct ostia_pkt *list = NULL, *p;
		struct pair t;
		int n;

		setup(&t);
		p = datagram(&t.a, "10.0.0.2", 60000, false);
		t.a.lend.left = left;
		n = ip_fragment(t.a.ip, p, 1500, &list);
		t.a.lend.left = -1;
		OK(n == -ENOMEM || n == 41);
		OK((list != NULL) == (n > 0));
		pkt_free_list(list);
		teardown(&t);
	}
}

TESTS(CASE(what_is_cut_is_put_together_again),
      CASE(what_must_not_be_cut_is_refused),
      CASE(a_checksum_left_open_is_completed_before),
      CASE(options_are_copied_as_their_bit_says),
      CASE(each_datagram_of_ipv6_has_an_identification_nobody_foretells),
      CASE(running_out_of_memory_leaks_nothing))
