/* SPDX-License-Identifier: MIT */
#include "auto4.h"

static const struct wire_arp *from(const char *spa, const char *tpa,
				   uint16_t op)
{
	static struct ostia_addr s, t;
	static struct wire_arp f;

	s = A(spa);
	t = A(tpa);
	f = (struct wire_arp) { .op = op, .spa = s.b + 12, .tpa = t.b + 12 };
	return &f;
}

TEST(claims_and_probes_are_conflicts_and_questions_are_not)
{
	static const struct {
		const char *spa, *tpa;
		uint16_t op;
		enum acd_news news;
	} row[] = {
		{ "10.0.0.5", "10.0.0.9", 1, ACD_TAKEN },
		{ "10.0.0.5", "10.0.0.9", 2, ACD_TAKEN }, /* an answer */
		{ "0.0.0.0", "10.0.0.5", 1, ACD_TAKEN }, /* a probe */
		{ "10.0.0.9", "10.0.0.5", 1, ACD_NONE }, /* who has it? */
		{ "0.0.0.0", "10.0.0.6", 1, ACD_NONE },
	};
	const struct ostia_addr a = A("10.0.0.5");
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < COUNT(row); i++) {
		struct acd acd = { .state = ACD_IDLE };

		EQ(acd_heard(n.ip, &acd, from(row[i].spa, row[i].tpa, 1),
			     n.now),
		   ACD_NONE);
		acd_start(n.ip, &acd, n.eth, &a, IP_TIMER_DHCP_ACD, n.now);
		EQ(acd_heard(n.ip, &acd,
			     from(row[i].spa, row[i].tpa, row[i].op), n.now),
		   row[i].news);
		acd_stop(n.ip, &acd);
	}
	net_fini(&n);
}

TESTS(CASE(claims_and_probes_are_conflicts_and_questions_are_not))
