/* SPDX-License-Identifier: MIT */
/*
 * Each conversation reads as a router would hear it: "3 TO_EX 239.1.1.1 {}"
 * is a version 3 report with one record. MLD's reports read the same.
 */
#include "ip/mcast.h"
#include "net.h"
#include "wire/igmp.h"
#include "wire/mld.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

static char said[512];

static void put(const char *text)
{
	strncat(said, text, sizeof(said) - strlen(said) - 1);
}

static void put_addr(const uint8_t *a, bool v6)
{
	char text[64];

	put(inet_ntop(v6 ? AF_INET6 : AF_INET, a, text, sizeof(text)));
}

static void put_rec(const struct wire_group_read *r, bool v6)
{
	static const char *const name[] = { "?",     "IS_IN", "IS_EX", "TO_IN",
					    "TO_EX", "ALLOW", "BLOCK" };

	put(" ");
	put(r->type < 7 ? name[r->type] : "?");
	put(" ");
	put_addr(r->group, v6);
	put(" {");
	for (unsigned i = 0; i < r->nsrc; i++) {
		put(i ? " " : "");
		put_addr(r->src + i * (v6 ? 16 : 4), v6);
	}
	put("}");
}

static void hear4(const uint8_t *p, size_t n)
{
	struct wire_igmp f;
	int at = wire_igmp_parse(&f, p, n);

	OK(at > 0);
	OK(csum_ok(csum(p, (uint32_t)n, 0)));
	put(f.type == WIRE_IGMP_REPORT3	  ? "3"
	    : f.type == WIRE_IGMP_REPORT2 ? "2 report "
	    : f.type == WIRE_IGMP_REPORT1 ? "1 report "
					  : "2 leave ");
	if (f.type != WIRE_IGMP_REPORT3)
		put_addr(f.group, false);
	for (unsigned i = 0; i < f.nrec; i++) {
		struct wire_group_read r;
		int len = wire_igmp_rec_next(&r, p + at, n - (size_t)at);

		OK(len > 0);
		put_rec(&r, false);
		at += len;
	}
	EQ(f.nrec ? (size_t)at : n, n);
}

static void hear6(const uint8_t *p, size_t n)
{
	struct wire_mld f;
	int at = wire_mld_parse(&f, p, n);

	OK(at > 0);
	put(f.type == WIRE_ICMP6_MLD2_REPORT  ? "2"
	    : f.type == WIRE_ICMP6_MLD_REPORT ? "1 report "
					      : "1 done ");
	if (f.type != WIRE_ICMP6_MLD2_REPORT)
		put_addr(f.group, true);
	for (unsigned i = 0; i < f.nrec; i++) {
		struct wire_group_read r;
		int len = wire_mld_rec_next(&r, p + at, n - (size_t)at);

		OK(len > 0);
		put_rec(&r, true);
		at += len;
	}
}

/* All that the link sends now, as text, messages parted by "; ". */
static const char *hear(struct net *n)
{
	uint8_t f[1600];
	size_t len;

	said[0] = 0;
	while ((len = net_tx(n, n->eth, f, sizeof(f)))) {
		if (said[0])
			put("; ");
		if (wire_be_get16(f + 12) == WIRE_ETH_IP4) {
			MEM(f, "\x01\x00\x5e", 3);
			EQ(f[14], 0x46); /* with Router Alert */
			MEM(f + 34, "\x94\x04\0\0", 4);
			EQ(f[14 + 8], 1);
			hear4(f + 38, len - 38);
		} else {
			MEM(f, "\x33\x33", 2);
			EQ(f[20], 0); /* hop-by-hop, then ICMPv6 */
			EQ(f[21], 1);
			MEM(f + 54, "\x3a\0\x05\x02\0\0", 6);
			hear6(f + 62, len - 62);
		}
	}
	return said;
}

#define SAYS(n, text) STR(hear(n), text)

static void change(struct net *n, const char *group, const struct gfilter *old,
		   const struct gfilter *new)
{
	struct ostia_addr g = A(group);

	EQ(groups_change(n->ip, n->eth, &g, old, new), 0);
}

static const struct gfilter everybody = { .exclude = true };

/* Sleeps until the link speaks, at most @ms; says how long it took. */
static unsigned sleep_until_news(struct net *n, unsigned ms)
{
	for (unsigned t = 1; t <= ms; t++) {
		net_sleep(n, OSTIA_MS);
		if (n->eth->replies.count)
			return t;
	}
	return 0;
}

static void query4(struct net *n, const struct wire_igmp *q)
{
	uint8_t m[64], ip[128], f[160];
	int len = wire_igmp_emit(m, sizeof(m), q);
	struct say s = { .src = "10.0.0.9",
			 .dst = "224.0.0.1",
			 .proto = WIRE_PROTO_IGMP,
			 .data = m,
			 .ttl = 1 };
	size_t k;

	OK(len > 0);
	wire_csum_fill(m + 2, csum(m, (uint32_t)len, 0));
	s.len = (uint32_t)len;
	k = net_ip(ip, &s);
	k = net_frame(f, "\x01\0\x5e\0\0\x01", NET_PEER, WIRE_ETH_IP4, ip, k);
	EQ(net_rx(n, n->eth, f, k), VERDICT_HELD);
}

static void general4(struct net *n, uint8_t version)
{
	const struct wire_igmp q = { .type = WIRE_IGMP_QUERY,
				     .version = version,
				     .max_resp_ms = 10000,
				     .qqi_s = 125,
				     .qrv = 2 };

	query4(n, &q);
}

static void net4(struct net *n)
{
	net_init(n);
	net_addr(n, n->eth, "10.0.0.1/24");
}

TEST(a_join_is_told_at_once_and_once_again)
{
	struct net n;

	net4(&n);
	SAYS(&n, "");
	change(&n, "239.1.1.1", NULL, &everybody);
	SAYS(&n, "3 TO_EX 239.1.1.1 {}");
	OK(sleep_until_news(&n, 1001) > 0);
	SAYS(&n, "3 TO_EX 239.1.1.1 {}");
	EQ(sleep_until_news(&n, 5000), 0);
	change(&n, "239.1.1.1", &everybody, NULL);
	SAYS(&n, "3 TO_IN 239.1.1.1 {}");
	OK(sleep_until_news(&n, 1001) > 0);
	SAYS(&n, "3 TO_IN 239.1.1.1 {}");
	EQ(sleep_until_news(&n, 5000), 0);
	EQ(n.eth->ngroups, 0);
	net_fini(&n);
}

/* RFC 9776 3.2 and 5.1, in the order of its tables */
TEST(filters_of_many_make_one_state_and_its_changes_are_told)
{
	struct ostia_addr s12[2] = { A("10.0.0.11"), A("10.0.0.12") };
	const struct gfilter in1 = { .src = s12, .n = 1 };
	const struct gfilter in12 = { .src = s12, .n = 2 };
	const struct gfilter ex12 = { .src = s12, .n = 2, .exclude = true };
	struct net n;

	net4(&n);
	n.ip->set.igmp_qrv = 1; /* tell once: the answers stay short */
	change(&n, "239.1.1.1", NULL, &in1);
	SAYS(&n, "3 ALLOW 239.1.1.1 {10.0.0.11}");
	change(&n, "239.1.1.1", NULL, &in12);
	SAYS(&n, "3 ALLOW 239.1.1.1 {10.0.0.12}");
	change(&n, "239.1.1.1", NULL, &ex12); /* both are wanted by others */
	SAYS(&n, "3 TO_EX 239.1.1.1 {}");
	change(&n, "239.1.1.1", &in12, NULL);
	SAYS(&n, "3 BLOCK 239.1.1.1 {10.0.0.12}");
	change(&n, "239.1.1.1", &in1, NULL);
	SAYS(&n, "3 BLOCK 239.1.1.1 {10.0.0.11}");
	change(&n, "239.1.1.1", NULL, &in1);
	SAYS(&n, "3 ALLOW 239.1.1.1 {10.0.0.11}");
	change(&n, "239.1.1.1", &ex12, NULL);
	SAYS(&n, "3 TO_IN 239.1.1.1 {10.0.0.11}");
	change(&n, "239.1.1.1", &in1, NULL);
	SAYS(&n, "3 BLOCK 239.1.1.1 {10.0.0.11}");
	EQ(n.eth->ngroups, 0);
	net_fini(&n);
}

TEST(only_wanted_sources_are_heard_on_the_link)
{
	struct ostia_addr g = A("239.1.1.1"), s1 = A("10.0.0.11");
	struct ostia_addr s2 = A("10.0.0.12");
	const struct gfilter in1 = { .src = &s1, .n = 1 };
	const struct gfilter ex1 = { .src = &s1, .n = 1, .exclude = true };
	struct net n;

	net4(&n);
	change(&n, "239.1.1.1", NULL, &in1);
	OK(groups_heard(n.ip, n.eth, &g, &s1));
	OK(!groups_heard(n.ip, n.eth, &g, &s2));
	change(&n, "239.1.1.1", &in1, &ex1);
	OK(!groups_heard(n.ip, n.eth, &g, &s1));
	OK(groups_heard(n.ip, n.eth, &g, &s2));
	change(&n, "239.1.1.1", &ex1, NULL);
	OK(!groups_heard(n.ip, n.eth, &g, &s2));
	net_fini(&n);
}

TEST(a_general_query_is_answered_once_for_all_within_its_time)
{
	struct ostia_addr s1 = A("10.0.0.11");
	const struct gfilter in1 = { .src = &s1, .n = 1 };
	struct net n;
	unsigned ms;

	net4(&n);
	change(&n, "239.1.1.1", NULL, &everybody);
	change(&n, "239.1.1.2", NULL, &in1);
	while (sleep_until_news(&n, 3000))
		hear(&n);
	general4(&n, 3);
	general4(&n, 3); /* asked twice, answered once */
	SAYS(&n, "");
	ms = sleep_until_news(&n, 10001);
	OK(ms > 0);
	SAYS(&n, "3 IS_EX 239.1.1.1 {} IS_IN 239.1.1.2 {10.0.0.11}");
	EQ(sleep_until_news(&n, 20000), 0);
	net_fini(&n);
}

TEST(a_query_for_sources_hears_of_those_alone)
{
	static const uint8_t asked[8] = { 10, 0, 0, 11, 10, 0, 0, 12 };
	static const uint8_t group[4] = { 239, 1, 1, 1 };
	struct wire_igmp q = { .type = WIRE_IGMP_QUERY,
			       .version = 3,
			       .group = group,
			       .src = asked,
			       .nsrc = 2,
			       .max_resp_ms = 1000,
			       .qrv = 1 };
	struct ostia_addr s1 = A("10.0.0.11");
	const struct gfilter in1 = { .src = &s1, .n = 1 };
	const struct gfilter ex1 = { .src = &s1, .n = 1, .exclude = true };
	struct net n;

	net4(&n);
	n.ip->set.igmp_qrv = 1;
	change(&n, "239.1.1.1", NULL, &in1);
	hear(&n);
	query4(&n, &q);
	OK(sleep_until_news(&n, 1001) > 0);
	SAYS(&n, "3 IS_IN 239.1.1.1 {10.0.0.11}");
	change(&n, "239.1.1.1", &in1, &ex1);
	hear(&n);
	query4(&n, &q);
	OK(sleep_until_news(&n, 1001) > 0);
	SAYS(&n, "3 IS_IN 239.1.1.1 {10.0.0.12}");
	q.nsrc = 1; /* the one that we do not want: silence */
	query4(&n, &q);
	EQ(sleep_until_news(&n, 5000), 0);
	q.nsrc = 0;
	query4(&n, &q);
	OK(sleep_until_news(&n, 1001) > 0);
	SAYS(&n, "3 IS_EX 239.1.1.1 {10.0.0.11}");
	net_fini(&n);
}

TEST(an_older_querier_is_answered_in_its_own_version)
{
	struct net n;

	net4(&n);
	general4(&n, 2);
	change(&n, "239.1.1.1", NULL, &everybody);
	SAYS(&n, "2 report 239.1.1.1");
	OK(sleep_until_news(&n, 10001) > 0);
	SAYS(&n, "2 report 239.1.1.1");
	general4(&n, 2);
	OK(sleep_until_news(&n, 10001) > 0);
	SAYS(&n, "2 report 239.1.1.1");
	change(&n, "239.1.1.1", &everybody, NULL);
	SAYS(&n, "2 leave 239.1.1.1");
	general4(&n, 1);
	change(&n, "239.1.1.1", NULL, &everybody);
	SAYS(&n, "1 report 239.1.1.1");
	change(&n, "239.1.1.1", &everybody, NULL);
	SAYS(&n, ""); /* version 1 knows no leaving */
	/* 2 x 125 s + 10 s later the old ones are forgotten */
	net_sleep(&n, 261 * OSTIA_S);
	change(&n, "239.1.1.1", NULL, &everybody);
	SAYS(&n, "3 TO_EX 239.1.1.1 {}");
	net_fini(&n);
}

TEST(another_members_report_is_enough_for_an_old_querier)
{
	static const uint8_t group[4] = { 239, 1, 1, 1 };
	const struct wire_igmp report = { .type = WIRE_IGMP_REPORT2,
					  .group = group };
	struct net n;

	net4(&n);
	general4(&n, 2);
	change(&n, "239.1.1.1", NULL, &everybody);
	while (sleep_until_news(&n, 20000))
		hear(&n);
	hear(&n);
	general4(&n, 2);
	query4(&n, &report);
	EQ(sleep_until_news(&n, 20000), 0);
	change(&n, "239.1.1.1", &everybody, NULL);
	SAYS(&n, ""); /* he reported last, so he may leave */
	net_fini(&n);
}

TEST(what_no_router_must_know_is_not_told)
{
	struct net n;

	net4(&n);
	n.ip->set.igmp_link_local = 0;
	change(&n, "224.0.0.1", NULL, &everybody);
	change(&n, "224.0.0.5", NULL, &everybody);
	change(&n, "ff02::1", NULL, &everybody);
	change(&n, "ff01::5", NULL, &everybody);
	SAYS(&n, "");
	change(&n, "224.0.0.5", &everybody, NULL);
	SAYS(&n, "");
	n.ip->set.igmp_link_local = 1;
	change(&n, "224.0.0.6", NULL, &everybody);
	SAYS(&n, "3 TO_EX 224.0.0.6 {}");
	net_fini(&n);
}

TEST(long_lists_are_spread_over_messages)
{
	struct ostia_addr s[600];
	struct gfilter in = { .src = s, .n = 600 };
	struct net n;

	net4(&n);
	n.ip->set.igmp_qrv = 1;
	for (unsigned i = 0; i < 600; i++) {
		s[i] = A("10.1.0.0");
		s[i].b[14] = (uint8_t)(i >> 8);
		s[i].b[15] = (uint8_t)i;
	}
	change(&n, "239.1.1.1", NULL, &in);
	EQ(n.eth->replies.count, 2); /* 365 in 1500 bytes, then the rest */
	for (unsigned i = 0; i < 2; i++) {
		uint8_t f[1600];
		size_t len = net_tx(&n, n.eth, f, sizeof(f));

		OK(len > 0 && len <= 1514);
		EQ(wire_be_get16(f + 38 + 8 + 2), i ? 600 - 365 : 365);
	}
	in.exclude = true; /* an EXCLUDE list is cut */
	change(&n, "239.1.1.2", NULL, &in);
	EQ(n.eth->replies.count, 1);
	net_fini(&n);
}

static void query6(struct net *n, uint8_t version, bool alert, uint8_t hops)
{
	const struct wire_mld q = { .type = WIRE_ICMP6_MLD_QUERY,
				    .version = version,
				    .max_resp_ms = 1000,
				    .qrv = 2 };
	uint8_t m[8 + 64] = { 0x3a, 0, 5, 2, 0, 0, 1, 0 };
	uint8_t ip[160], f[200];
	int len = wire_mld_emit(m + 8, sizeof(m) - 8, &q);
	struct ostia_addr src = A("fe80::9"), dst = A("ff02::1");
	struct say s = { .src = "fe80::9",
			 .dst = "ff02::1",
			 .proto = 0,
			 .data = m,
			 .ttl = hops };
	size_t k;

	if (!alert)
		m[2] = 1; /* PadN instead */
	s.len = 8 + (uint32_t)len;
	wire_csum_fill(m + 10, csum(m + 8, (uint32_t)len,
				    csum_pseudo6(src.b, dst.b, WIRE_PROTO_ICMP6,
						 (uint32_t)len)));
	k = net_ip(ip, &s);
	k = net_frame(f, "\x33\x33\0\0\0\x01", NET_PEER, WIRE_ETH_IP6, ip, k);
	net_rx(n, n->eth, f, k);
}

TEST(mld_tells_and_answers_as_igmp_does)
{
	struct ostia_addr s1 = A("fd99::11");
	const struct gfilter in1 = { .src = &s1, .n = 1 };
	struct net n;

	net_init(&n);
	while (sleep_until_news(&n, 3000))
		hear(&n);
	change(&n, "ff05::1:3", NULL, &everybody);
	SAYS(&n, "2 TO_EX ff05::1:3 {}; 2 TO_EX ff02::1:ff00:1 {}");
	change(&n, "ff35::1", NULL, &in1);
	SAYS(&n, "2 ALLOW ff35::1 {fd99::11}");
	while (sleep_until_news(&n, 3000))
		hear(&n);
	query6(&n, 2, true, 1);
	OK(sleep_until_news(&n, 1001) > 0);
	hear(&n);
	OK(strstr(said, "IS_EX ff05::1:3 {}"));
	OK(strstr(said, "IS_IN ff35::1 {fd99::11}"));
	OK(strstr(said, "IS_EX ff02::1:ff00:1 {}"));
	change(&n, "ff05::1:3", &everybody, NULL);
	SAYS(&n, "2 TO_IN ff05::1:3 {}");
	net_fini(&n);
}

TEST(an_old_mld_querier_is_answered_in_its_own_version)
{
	struct net n;

	net_init(&n);
	while (sleep_until_news(&n, 3000))
		hear(&n);
	query6(&n, 1, true, 1);
	while (sleep_until_news(&n, 3000))
		hear(&n);
	change(&n, "ff05::1:3", NULL, &everybody);
	SAYS(&n, "1 report ff05::1:3");
	change(&n, "ff05::1:3", &everybody, NULL);
	SAYS(&n, "1 done ff05::1:3");
	net_fini(&n);
}

/* RFC 9777 6.2: who can be a router of this link, and meant it so */
TEST(mld_from_afar_or_without_router_alert_is_dropped)
{
	struct net n;

	net_init(&n);
	change(&n, "ff05::1:3", NULL, &everybody);
	while (sleep_until_news(&n, 3000))
		hear(&n);
	query6(&n, 2, false, 1);
	query6(&n, 2, true, 64);
	EQ(sleep_until_news(&n, 3000), 0);
	EQ(n.stats.McastInErrors, 2);
	EQ(n.stats.McastInQueries, 0);
	net_fini(&n);
}

/* RFC 4861 7.2.1; a switch that snoops must know whom questions reach. */
TEST(solicited_node_groups_are_told_where_mld_is_in_use)
{
	struct ostia_addr a = A("fd99::1:2");
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "fd99::1:2/64");
	EQ(n.eth->ngroups, 0); /* quiet by itself */
	EQ(sleep_until_news(&n, 3000), 0);
	change(&n, "ff05::1:3", NULL, &everybody);
	SAYS(&n, "2 TO_EX ff05::1:3 {}; 2 TO_EX ff02::1:ff00:1 {}; "
		 "2 TO_EX ff02::1:ff01:2 {}");
	while (sleep_until_news(&n, 3000))
		hear(&n);
	net_addr(&n, n.eth, "fd98::1:2/64"); /* the same group */
	STR(hear(&n), "");
	net_addr(&n, n.eth, "fd98::3/64");
	SAYS(&n, "2 TO_EX ff02::1:ff00:3 {}");
	EQ(addrs_del(n.ip, n.eth, &a, 64), 0);
	STR(hear(&n), "");
	a = A("fd98::1:2");
	EQ(addrs_del(n.ip, n.eth, &a, 64), 0);
	SAYS(&n, "2 TO_IN ff02::1:ff01:2 {}");
	change(&n, "ff05::1:3", &everybody, NULL);
	net_fini(&n);
}

TEST(a_query_begins_it_and_a_bare_ip_link_tells_nothing)
{
	struct ostia_addr g = A("ff05::1:3");
	struct net n;

	net_init(&n);
	query6(&n, 2, true, 1);
	SAYS(&n, "2 TO_EX ff02::1:ff00:1 {}");
	OK(sleep_until_news(&n, 1001) > 0);
	net_addr(&n, n.tun, "fd97::1/64");
	EQ(groups_join(n.ip, n.tun, &g), 0);
	EQ(n.tun->ngroups, 1);
	net_fini(&n);
}

/* RFC 4862 5.4.2: before the first probe; from nobody, as there is no source
 * yet, and RFC 3590 4: once more when there is.
 */
TEST(a_link_set_to_it_tells_before_it_has_an_address)
{
	uint8_t f[256];
	struct net n;
	size_t len;

	net_init(&n);
	ip_link_del(n.ip, n.eth);
	link_free(&n.env, n.eth);
	n.ip->conf6.mld_solicited = 1;
	n.ip->conf6.dad_transmits = 1;
	n.ip->conf6.rs_delay_s = 0;
	n.eth = net_link(&n, "eth1", OSTIA_LINK_ETHERNET, 1500);
	OK(net_tx(&n, n.eth, f, sizeof(f)) > 0);
	MEM(f, "\x33\x33\0\0\0\x16", 6);
	MEM(f + 22, A("::").b, 16);
	MEM(f + 22 + 16, A("ff02::16").b, 16);
	EQ(f[62], WIRE_ICMP6_MLD2_REPORT);
	EQ(f[62 + 8], WIRE_GROUP_TO_EX);
	MEM(f + 62 + 12, A("ff02::1:ff00:1").b, 16);
	OK(net_tx(&n, n.eth, f, sizeof(f)) > 0);
	EQ(f[54], WIRE_ICMP6_NS);
	while (net_tx(&n, n.eth, f, sizeof(f)))
		;
	net_sleep(&n, OSTIA_S); /* it is ours now */
	while (net_tx(&n, n.eth, f, sizeof(f)))
		;
	for (len = 0; !len && sleep_until_news(&n, 1001);)
		len = net_tx(&n, n.eth, f, sizeof(f));
	OK(len > 62 + 8);
	EQ(f[22], 0xfe);
	EQ(f[62 + 8], WIRE_GROUP_IS_EX);
	MEM(f + 62 + 12, A("ff02::1:ff00:1").b, 16);
	net_fini(&n);
}

TEST(memory_may_run_out_anywhere)
{
	struct ostia_addr s1 = A("10.0.0.11");
	const struct gfilter in1 = { .src = &s1, .n = 1 };

	for (int fail = 0; fail < 12; fail++) {
		struct ostia_addr g = A("239.1.1.1");
		struct net n;

		net4(&n);
		n.lend.left = fail;
		if (groups_change(n.ip, n.eth, &g, NULL, &in1) == 0) {
			n.lend.left = -1;
			general4(&n, 3);
			n.lend.left = fail;
			net_sleep(&n, 11 * OSTIA_S);
			EQ(groups_change(n.ip, n.eth, &g, &in1, NULL), 0);
		}
		n.lend.left = -1;
		net_sleep(&n, 11 * OSTIA_S);
		EQ(n.eth->ngroups, 0);
		net_fini(&n);
	}
}

TESTS(CASE(a_join_is_told_at_once_and_once_again),
      CASE(filters_of_many_make_one_state_and_its_changes_are_told),
      CASE(only_wanted_sources_are_heard_on_the_link),
      CASE(a_general_query_is_answered_once_for_all_within_its_time),
      CASE(a_query_for_sources_hears_of_those_alone),
      CASE(an_older_querier_is_answered_in_its_own_version),
      CASE(another_members_report_is_enough_for_an_old_querier),
      CASE(what_no_router_must_know_is_not_told),
      CASE(long_lists_are_spread_over_messages),
      CASE(mld_tells_and_answers_as_igmp_does),
      CASE(an_old_mld_querier_is_answered_in_its_own_version),
      CASE(mld_from_afar_or_without_router_alert_is_dropped),
      CASE(solicited_node_groups_are_told_where_mld_is_in_use),
      CASE(a_query_begins_it_and_a_bare_ip_link_tells_nothing),
      CASE(a_link_set_to_it_tells_before_it_has_an_address),
      CASE(memory_may_run_out_anywhere))
