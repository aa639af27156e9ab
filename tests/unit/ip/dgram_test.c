/* SPDX-License-Identifier: MIT */
#include "ip/dgram.h"
#include "ip/select.h"
#include "ra.h"

struct ends {
	struct net n;
	struct dgram_room room;
	struct dgram d;
};

static void setup(struct ends *e)
{
	struct ra m;

	net_init(&e->n);
	e->n.ip->conf6.use_tempaddr = 1;
	ra_link(&e->n, 0, 1);
	ra_begin(&m, "fe80::a", 1800);
	ra_prefix(&m, "fd00::", 64, 86400 * 30, 86400 * 30, RA_A | RA_L);
	ra_send(&e->n, &m);
	e->room = (struct dgram_room) { .env = &e->n.env,
					.pool = e->n.pool,
					.tracer = &e->n.trace,
					.stats = &e->n.stats,
					.ip = e->n.ip };
	dgram_init(&e->d, TX_UDP);
}

static void done(struct ends *e)
{
	dgram_fini(&e->room, &e->d);
	net_fini(&e->n);
}

static int send(struct ends *e, const char *dst, uint32_t len)
{
	static const uint8_t zero[4000];
	struct ostia_addr to = A(dst);
	const struct dgram_to how = { .dst = &to, .ttl = -1, .tos = -1 };
	struct ostia_pkt *p;

	EQ(dgram_path(&e->room, &e->d, &how, e->n.now), 0);
	p = pkt_new(e->n.pool);
	EQ(pkt_append_copy(p, zero, len), 0);
	return dgram_send(&e->room, &e->d, p, &how, WIRE_PROTO_UDP);
}

TEST(who_prefers_a_temporary_source_gets_it)
{
	static const struct {
		uint16_t prefs;
		enum ifaddr_origin want;
	} row[] = {
		{ 0, IFADDR_SLAAC },
		{ SELECT_TMP, IFADDR_TEMPORARY },
		{ SELECT_PUBLIC, IFADDR_SLAAC },
		{ SELECT_TMP, IFADDR_TEMPORARY },
	};
	struct ostia_addr dst = A("fd77::1"), bound;
	struct ends e;

	setup(&e);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct dgram_to to = { .dst = &dst, .prefs = row[i].prefs };

		EQ(dgram_path(&e.room, &e.d, &to, e.n.now), 0);
		if (row[i].prefs)
			MEM(&e.d.path->src,
			    &ra_addr(&e.n, "fd00::", row[i].want)->addr, 16);
	}
	/* a source that was named is not a matter of taste */
	bound = ra_addr(&e.n, "fd00::", IFADDR_SLAAC)->addr;
	EQ(dgram_path(&e.room, &e.d,
		      &(struct dgram_to) {
			      .dst = &dst, .src = &bound, .prefs = SELECT_TMP },
		      e.n.now),
	   0);
	MEM(&e.d.path->src, &bound, 16);
	done(&e);
}

TEST(who_wants_no_fragments_is_told_the_mtu)
{
	struct ends e;

	setup(&e);
	net_addr(&e.n, e.n.eth, "10.0.0.1/24");
	e.d.pmtudisc = DGRAM_PMTU_WANT;
	EQ(send(&e, "fd00::2", 2000), 0);
	e.d.dontfrag = true;
	EQ(send(&e, "fd00::2", 1460), 0);
	EQ(send(&e, "fd00::2", 1461), -EMSGSIZE);
	OK(!e.d.rare);
	OK(dgram_rare(e.n.ip, &e.d));
	e.d.tell_pmtu = true;
	EQ(send(&e, "fd00::2", 1461), -EMSGSIZE);
	EQ(e.d.rare->rxpmtu, 1500);
	EQ(send(&e, "10.0.0.2", 2000), 0); /* of IPv6 alone */
	done(&e);
}

TEST(a_sockets_flow_label_is_its_own_affair)
{
	static const struct {
		uint32_t setting;
		enum ip_label how;
		bool labelled;
	} row[] = {
		{ 1, IP_LABEL_DEFAULT, true },
		{ 0, IP_LABEL_DEFAULT, false },
		{ 0, IP_LABEL_ON, true },
		{ 1, IP_LABEL_OFF, false },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct wire_ip6 f;
		struct ends e;

		setup(&e);
		e.n.ip->set.auto_flowlabels = row[i].setting;
		e.d.autolabel = row[i].how;
		EQ(send(&e, "fd00::2", 100), 0);
		EQ(wire_ip6_parse(&f, pkt_peek(pktring_first(&e.d.txq), 0, 40),
				  40, 140),
		   40);
		OK((f.flow != 0) == row[i].labelled);
		done(&e);
	}
}

TESTS(CASE(who_prefers_a_temporary_source_gets_it),
      CASE(who_wants_no_fragments_is_told_the_mtu),
      CASE(a_sockets_flow_label_is_its_own_affair))
