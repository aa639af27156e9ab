/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/way.h"

#include <stdlib.h>
#include <string.h>

enum { A = 1, GATE, CORE, B };

/* A packet of A's for B, in a view where all are known. */
static void begin(struct view *v, uint32_t end)
{
	*v = (struct view) { .npkts = 1 };
	v->pkt = calloc(1, sizeof(*v->pkt));
	v->conv = calloc(1, sizeof(*v->conv));
	v->host = calloc(4, sizeof(*v->host));
	OK(v->pkt && v->conv && v->host);
	v->conv->node[0] = A;
	v->conv->node[1] = end;
	for (uint32_t i = 0; i < 4; i++) {
		v->host[i].id = i + 1;
		v->host[i].type =
			i + 1 == CORE ? OSTIA_NODE_ROUTER : OSTIA_NODE_HOST;
		EQ(index_map_put(&v->hosts, i + 1, i), 0);
	}
	v->host[GATE - 1].forwards = true;
}

TEST(boxes_come_in_the_order_of_the_way)
{
	const struct view_hop *h;
	struct view v;

	begin(&v, B);
	OK(!way_first(&v, v.pkt));
	EQ(way_come(&v, v.pkt, GATE, 10), 0);
	way_go(&v, v.pkt, GATE, 12);
	EQ(way_come(&v, v.pkt, CORE, 20), 0);
	way_go(&v, v.pkt, GATE, 99); /* it is not there any more */
	h = way_first(&v, v.pkt);
	EQ(h->node, GATE);
	EQ(h->come, 10);
	EQ(h->go, 12);
	h = way_next(&v, h);
	EQ(h->node, CORE);
	EQ(h->go, 0);
	OK(!way_next(&v, h));
	OK(way_ends(&v, v.pkt) == h);
	way_go(&v, v.pkt, CORE, 25);
	OK(!way_ends(&v, v.pkt));
	view_fini(&v);
}

TEST(what_a_box_dropped_says_why)
{
	struct view v;

	begin(&v, B);
	EQ(way_come(&v, v.pkt, GATE, 10), 0);
	OK(!way_why(way_first(&v, v.pkt)));
	way_drop(&v, v.pkt, CORE, "IpInNoRoutes"); /* of another */
	OK(!way_why(way_first(&v, v.pkt)));
	way_drop(&v, v.pkt, GATE, "IpFragFails");
	STR(way_why(way_ends(&v, v.pkt)), "IpFragFails");
	way_drop(&v, v.pkt, GATE, "of a later version");
	OK(!way_why(way_first(&v, v.pkt)));
	view_fini(&v);
}

TEST(who_never_answers_is_an_end_if_it_does_not_forward)
{
	struct view v;

	begin(&v, 0);
	EQ(way_come(&v, v.pkt, GATE, 10), 0);
	way_go(&v, v.pkt, GATE, 12);
	EQ(way_come(&v, v.pkt, B, 20), 0);
	OK(!way_ends(&v, v.pkt));
	view_fini(&v);
	begin(&v, 0);
	EQ(way_come(&v, v.pkt, CORE, 10), 0);
	OK(way_ends(&v, v.pkt));
	view_fini(&v);
}

TESTS(CASE(boxes_come_in_the_order_of_the_way),
      CASE(what_a_box_dropped_says_why),
      CASE(who_never_answers_is_an_end_if_it_does_not_forward))
