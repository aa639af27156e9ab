/* SPDX-License-Identifier: MIT */
#include "net.h"

enum { UNIT = 8, UNITS = 4, SEEN = 16 };

/* struct bit - A fragment on the grid: [start, end) in units */
struct bit {
	uint8_t start, end;
	bool more;
	uint8_t fill;
};

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->tun, "10.0.0.1/24");
	net_addr(n, n->tun, "fd00::1/64");
}

static size_t frag4(uint8_t *to, const struct bit *b, uint16_t id)
{
	uint8_t data[UNIT * 16];
	const struct say s = { .src = "10.0.0.2",
			       .dst = "10.0.0.1",
			       .proto = WIRE_PROTO_UDP,
			       .data = data,
			       .len = (b->end - b->start) * UNIT,
			       .id = id,
			       .frag_off = (uint16_t)(b->start * UNIT),
			       .mf = b->more };

	memset(data, b->fill, sizeof(data));
	return net_ip(to, &s);
}

static size_t frag6(uint8_t *to, const struct bit *b, uint32_t id)
{
	uint8_t data[8 + UNIT * 16];
	const struct say s = { .src = "fd00::2",
			       .dst = "fd00::1",
			       .proto = WIRE_PROTO_FRAGMENT,
			       .data = data,
			       .len = 8u + (b->end - b->start) * UNIT };

	memset(data, b->fill, sizeof(data));
	EQ(wire_ip6_frag_emit(data, 8, WIRE_PROTO_UDP,
			      (uint16_t)(b->start * UNIT), b->more, id),
	   8);
	return net_ip(to, &s);
}

static enum verdict send_bit(struct net *n, const struct bit *b, uint32_t id,
			     bool v6)
{
	uint8_t buf[256];
	size_t len = v6 ? frag6(buf, b, id) : frag4(buf, b, (uint16_t)id);

	return net_rx(n, n->tun, buf, len);
}

/* --- the reference: a list, and every pair compared --------------------- */

struct model {
	struct bit at[SEEN];
	unsigned count;
	bool doomed;
};

static bool same(const struct bit *a, const struct bit *b)
{
	return a->start == b->start && a->end == b->end && a->more == b->more;
}

static bool clash(const struct bit *a, const struct bit *b)
{
	if (a->start < b->end && b->start < a->end)
		return true;
	if (!a->more && b->end > a->end) /* behind the end */
		return true;
	return !b->more && a->end > b->end;
}

static bool whole(const struct model *m, uint8_t fill[UNITS], unsigned *len)
{
	unsigned have = 0, total = 0;

	for (unsigned i = 0; i < m->count; i++) {
		const struct bit *b = &m->at[i];

		have += b->end - b->start;
		if (!b->more)
			total = b->end;
		memset(fill + b->start, b->fill, b->end - b->start);
	}
	*len = total;
	return total && have == total;
}

/* Returns whether @b completes the datagram, and with which bytes. */
static bool model_rx(struct model *m, const struct bit *b, uint8_t fill[UNITS],
		     unsigned *len)
{
	if (b->start == 0 && !b->more) { /* no fragment at all, or atomic */
		memset(fill, b->fill, b->end);
		*len = b->end;
		return true;
	}
	if (m->doomed)
		return false;
	for (unsigned i = 0; i < m->count; i++)
		if (same(&m->at[i], b))
			return false;
	for (unsigned i = 0; i < m->count; i++)
		m->doomed |= clash(&m->at[i], b);
	if (m->doomed)
		return false;
	m->at[m->count++] = *b;
	if (!whole(m, fill, len))
		return false;
	m->count = 0;
	return true;
}

static void check_whole(struct net *n, const uint8_t *fill, unsigned len)
{
	struct ostia_pkt *p = n->got;
	uint8_t data[UNITS * UNIT];

	EQ(p->len - p->l4, len * UNIT);
	EQ(p->proto, WIRE_PROTO_UDP);
	pkt_copy_out(p, p->l4, data, len * UNIT);
	for (unsigned i = 0; i < len * UNIT; i++)
		EQ(data[i], fill[i / UNIT]);
}

static void drain(struct net *n)
{
	uint8_t buf[2048];

	while (net_tx(n, n->tun, buf, sizeof(buf)))
		;
}

static unsigned all_bits(struct bit *out)
{
	unsigned n = 0;

	for (uint8_t s = 0; s < UNITS; s++)
		for (uint8_t e = s + 1; e <= UNITS; e++)
			for (unsigned more = 0; more < 2; more++)
				out[n++] = (struct bit) { s, e, more, 0 };
	return n;
}

static void run_sequence(struct net *n, const struct bit *bits, unsigned count,
			 const unsigned *pick, uint32_t id, bool v6)
{
	struct model m = { .count = 0 };

	for (unsigned i = 0; i < count; i++) {
		struct bit b = bits[pick[i]];
		uint8_t fill[UNITS];
		unsigned len;
		bool want;

		b.fill = (uint8_t)(i + 1);
		want = model_rx(&m, &b, fill, &len);
		EQ(send_bit(n, &b, id, v6) == VERDICT_DELIVER, want);
		if (want)
			check_whole(n, fill, len);
	}
}

static void every_pattern(bool v6)
{
	struct bit bits[32];
	unsigned kinds = all_bits(bits), pick[4];
	uint32_t id = 0;
	struct net n;

	setup(&n);
	for (unsigned count = 2; count <= 4; count++) {
		unsigned all = 1;

		for (unsigned i = 0; i < count; i++)
			all *= kinds;
		for (unsigned k = 0; k < all; k++) {
			unsigned rest = k;

			for (unsigned i = 0; i < count; i++, rest /= kinds)
				pick[i] = rest % kinds;
			run_sequence(&n, bits, count, pick, ++id, v6);
			if (id % 4096 == 0) {
				net_sleep(&n, 61 * OSTIA_S);
				drain(&n);
			}
		}
	}
	net_fini(&n);
}

/* RFC 5722 3, and for IPv4 as well: an overlap destroys what is there and what
 * is still to come; RFC 8200 4.5: only an exact copy is let pass.
 */
TEST(every_overlap_of_two_to_four_fragments_ipv4)
{
	every_pattern(false);
}

TEST(every_overlap_of_two_to_four_fragments_ipv6)
{
	every_pattern(true);
}

/* --- the rest ----------------------------------------------------------- */

TEST(the_whole_has_a_header_without_traces_of_fragments)
{
	struct net n;
	uint8_t h[20];

	setup(&n);
	EQ(send_bit(&n, &(struct bit) { 2, 3, false, 2 }, 7, false),
	   VERDICT_HELD);
	EQ(send_bit(&n, &(struct bit) { 0, 2, true, 1 }, 7, false),
	   VERDICT_DELIVER);
	pkt_copy_out(n.got, n.got->l3, h, 20);
	EQ(wire_be_get16(h + 2), 20 + 24);
	EQ(wire_be_get16(h + 6), 0);
	EQ(wire_ip4_csum(h, 20), 0);
	OK(n.got->flags & PKT_FRAGMENT);
	EQ(n.stats.IpReasmOKs, 1);
	EQ(n.ip->frags.bytes, 0);
	net_fini(&n);
}

TEST(an_atomic_fragment_is_no_fragment)
{
	struct net n;

	setup(&n);
	/* a half of the same identification waits; RFC 6946 4 */
	EQ(send_bit(&n, &(struct bit) { 0, 1, true, 1 }, 7, true),
	   VERDICT_HELD);
	EQ(send_bit(&n, &(struct bit) { 0, 2, false, 2 }, 7, true),
	   VERDICT_DELIVER);
	EQ(n.got->len - n.got->l4, 16);
	EQ(n.got->proto, WIRE_PROTO_UDP);
	EQ(send_bit(&n, &(struct bit) { 1, 2, false, 1 }, 7, true),
	   VERDICT_DELIVER);
	net_fini(&n);
}

TEST(lengths_past_64k_are_refused)
{
	uint8_t data[1400] = { 0 }, buf[1500];
	struct say s = { .src = "10.0.0.2",
			 .dst = "10.0.0.1",
			 .proto = WIRE_PROTO_ICMP4,
			 .data = data,
			 .len = 40,
			 .frag_off = 65520 };
	struct net n;
	size_t len;

	setup(&n);
	len = net_ip(buf, &s); /* the ping of death */
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	s = (struct say) { .src = "fd00::2",
			   .dst = "fd00::1",
			   .proto = WIRE_PROTO_FRAGMENT,
			   .data = data,
			   .len = 8 + 40 };
	wire_ip6_frag_emit(data, 8, WIRE_PROTO_UDP, 65512, false, 5);
	len = net_ip(buf, &s);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	EQ(net_tx(&n, n.tun, buf, sizeof(buf)), 40 + 8 + 40 + 48);
	EQ(buf[40], WIRE_ICMP6_PARAM);
	EQ(wire_be_get32(buf + 44), 42); /* the offset's place */
	/* not a multiple of 8 */
	s.len = 8 + 41;
	wire_ip6_frag_emit(data, 8, WIRE_PROTO_UDP, 0, true, 6);
	len = net_ip(buf, &s);
	EQ(net_rx(&n, n.tun, buf, len), VERDICT_DROP);
	OK(net_tx(&n, n.tun, buf, sizeof(buf)) > 0);
	EQ(wire_be_get32(buf + 44), 4); /* the payload length */
	EQ(n.ip->frags.bytes, 0);
	net_fini(&n);
}

TEST(the_sender_of_a_first_fragment_hears_of_the_timeout)
{
	uint8_t buf[1500];
	struct net n;

	setup(&n);
	EQ(send_bit(&n, &(struct bit) { 0, 2, true, 1 }, 1, false),
	   VERDICT_HELD);
	EQ(send_bit(&n, &(struct bit) { 1, 2, true, 1 }, 2, false),
	   VERDICT_HELD); /* no first fragment: silence */
	EQ(send_bit(&n, &(struct bit) { 0, 2, true, 1 }, 3, true),
	   VERDICT_HELD);
	net_sleep(&n, 30 * OSTIA_S - 1);
	EQ(net_tx(&n, n.tun, buf, sizeof(buf)), 0);
	net_sleep(&n, 1);
	EQ(net_tx(&n, n.tun, buf, sizeof(buf)), 20 + 8 + 36);
	EQ(buf[20], WIRE_ICMP4_TIME_EXCEEDED);
	EQ(buf[21], WIRE_ICMP4_EXC_REASM);
	EQ(net_tx(&n, n.tun, buf, sizeof(buf)), 0);
	net_sleep(&n, 30 * OSTIA_S);
	OK(net_tx(&n, n.tun, buf, sizeof(buf)) > 0);
	EQ(buf[40], WIRE_ICMP6_TIME_EXCEEDED);
	EQ(buf[41], WIRE_ICMP6_EXC_REASM);
	EQ(n.stats.IpReasmTimeout, 3);
	EQ(n.ip->frags.bytes, 0);
	net_fini(&n);
}

TEST(congestion_marks_survive_and_forgery_does_not)
{
	static const struct {
		uint8_t a, b;
		int want; /* ECN of the whole; -1: dropped */
	} row[] = { { 0, 0, 0 }, { 2, 2, 2 },  { 2, 3, 3 },
		    { 1, 3, 3 }, { 0, 3, -1 }, { 2, 0, -1 } };
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint8_t buf[64], data[8] = { 0 };
		struct say s = { .src = "10.0.0.2",
				 .dst = "10.0.0.1",
				 .proto = WIRE_PROTO_UDP,
				 .data = data,
				 .len = 8,
				 .id = (uint16_t)i,
				 .tos = row[i].a,
				 .mf = true };
		size_t len = net_ip(buf, &s);

		EQ(net_rx(&n, n.tun, buf, len), VERDICT_HELD);
		s.tos = row[i].b;
		s.mf = false;
		s.frag_off = 8;
		len = net_ip(buf, &s);
		EQ(net_rx(&n, n.tun, buf, len),
		   row[i].want < 0 ? VERDICT_HELD : VERDICT_DELIVER);
		if (row[i].want >= 0)
			EQ(n.got->tos & 3, row[i].want);
	}
	net_fini(&n);
}

/* SECURITY 11: a flood of halves from many sources and from one. */
static void flood(struct net *n, unsigned sources)
{
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t buf[64], data[8] = { 0 };
		struct say s = { .src = "10.9.0.1",
				 .dst = "10.0.0.1",
				 .proto = WIRE_PROTO_UDP,
				 .data = data,
				 .len = 8,
				 .id = (uint16_t)i,
				 .mf = true };
		size_t len = net_ip(buf, &s);

		wire_be_put16(buf + 14, (uint16_t)(i % sources));
		memset(buf + 10, 0, 2);
		wire_be_put16(buf + 10, wire_ip4_csum(buf, 20));
		if (i % 1000 == 0)
			EQ(send_bit(n, &(struct bit) { 0, 1, true, 1 }, i,
				    false),
			   VERDICT_HELD);
		net_rx(n, n->tun, buf, len);
		OK(n->ip->frags.bytes <= n->ip->set.frag_high_bytes);
		if (i % 1000 == 20)
			EQ(send_bit(n, &(struct bit) { 1, 2, false, 1 }, i - 20,
				    false),
			   VERDICT_DELIVER);
	}
}

TEST(whole_datagrams_pass_through_a_flood_of_halves)
{
	struct net n;

	setup(&n);
	flood(&n, 1);
	flood(&n, 60000);
	OK(n.stats.IpReasmEvicted > 100000);
	EQ(n.stats.IpReasmOKs, 200);
	net_fini(&n);
}

TEST(one_source_holds_a_quarter_of_the_memory_at_most)
{
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < 20000; i++)
		send_bit(&n, &(struct bit) { 0, 1, true, 1 }, i, false);
	OK(n.ip->frags.bytes <= n.ip->set.frag_high_bytes / 4);
	OK(n.ip->frags.bytes > n.ip->set.frag_high_bytes / 5);
	net_fini(&n);
}

/* Many small pieces need a copy; few big ones are taken by reference. */
static void big(struct net *n, unsigned chunk, unsigned total, bool reverse)
{
	static uint8_t data[65536], buf[65536], back[65536];
	unsigned pieces = (total + chunk - 1) / chunk;

	for (unsigned i = 0; i < total; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	for (unsigned k = 0; k < pieces; k++) {
		unsigned i = reverse ? pieces - 1 - k : k;
		unsigned off = i * chunk;
		unsigned len = off + chunk < total ? chunk : total - off;
		const struct say s = { .src = "10.0.0.2",
				       .dst = "10.0.0.1",
				       .proto = WIRE_PROTO_UDP,
				       .data = data + off,
				       .len = len,
				       .id = (uint16_t)(chunk + reverse),
				       .frag_off = (uint16_t)off,
				       .mf = off + len < total };
		size_t n_bytes = net_ip(buf, &s);

		EQ(net_rx(n, n->tun, buf, n_bytes),
		   k + 1 < pieces ? VERDICT_HELD : VERDICT_DELIVER);
	}
	EQ(n->got->len, 20 + total);
	EQ(pkt_copy_out(n->got, 20, back, total), total);
	MEM(back, data, total);
}

TEST(sixty_four_kilobytes_in_any_pieces)
{
	static const unsigned chunk[] = { 48, 512, 1480, 8000, 16000 };
	struct net n;

	setup(&n);
	n.ip->set.frag_high_bytes = 16 << 20;
	for (unsigned i = 0; i < sizeof(chunk) / sizeof(chunk[0]); i++) {
		big(&n, chunk[i], 65515 - 20, false);
		big(&n, chunk[i], 65515 - 20, true);
	}
	net_fini(&n);
}

TEST(more_pieces_than_any_link_makes_are_given_up)
{
	struct net n;

	setup(&n);
	n.ip->set.frag_high_bytes = 64 << 20;
	for (unsigned i = 0; i < 4000; i++) {
		uint8_t data[8] = { 0 }, buf[64];
		const struct say s = { .src = "10.0.0.2",
				       .dst = "10.0.0.1",
				       .proto = WIRE_PROTO_UDP,
				       .data = data,
				       .len = 8,
				       .frag_off = (uint16_t)(i * 16),
				       .mf = true };
		size_t len = net_ip(buf, &s);

		net_rx(&n, n.tun, buf, len);
	}
	OK(n.stats.IpReasmEvicted >= 1);
	net_fini(&n);
}

TEST(out_of_memory_drops_and_leaks_nothing)
{
	for (long left = 0; left < 12; left++) {
		struct net n;

		setup(&n);
		n.lend.left = left;
		for (unsigned i = 0; i < 20; i += 2)
			send_bit(&n,
				 &(struct bit) { (uint8_t)i, (uint8_t)(i + 1),
						 true, 1 },
				 1, i % 4);
		n.lend.left = -1;
		net_fini(&n);
	}
}

TEST(a_link_that_goes_takes_its_fragments_along)
{
	struct net n;

	setup(&n);
	send_bit(&n, &(struct bit) { 0, 1, true, 1 }, 1, false);
	ip_link_del(n.ip, n.tun);
	link_free(&n.env, n.tun);
	EQ(n.ip->frags.bytes, 0);
	EQ(ip_next_deadline(n.ip), OSTIA_NEVER);
	net_fini(&n);
}

TESTS(CASE(every_overlap_of_two_to_four_fragments_ipv4),
      CASE(every_overlap_of_two_to_four_fragments_ipv6),
      CASE(the_whole_has_a_header_without_traces_of_fragments),
      CASE(an_atomic_fragment_is_no_fragment),
      CASE(lengths_past_64k_are_refused),
      CASE(the_sender_of_a_first_fragment_hears_of_the_timeout),
      CASE(congestion_marks_survive_and_forgery_does_not),
      CASE(whole_datagrams_pass_through_a_flood_of_halves),
      CASE(one_source_holds_a_quarter_of_the_memory_at_most),
      CASE(sixty_four_kilobytes_in_any_pieces),
      CASE(more_pieces_than_any_link_makes_are_given_up),
      CASE(out_of_memory_drops_and_leaks_nothing),
      CASE(a_link_that_goes_takes_its_fragments_along))
