/* SPDX-License-Identifier: MIT */
#include "ip/member.h"
#include "net.h"

#include <errno.h>

struct bed {
	struct net n;
	struct member *list;
	uint32_t eth; /* outlives it */
};

static struct member_of on(struct bed *b, const char *group)
{
	return (struct member_of) { .group = A(group),
				    .asked = A("0.0.0.0"),
				    .index = b->eth };
}

static int source(struct bed *b, const char *group, const char *src,
		  bool exclude, bool add)
{
	struct member_of m = on(b, group);
	struct ostia_addr a = A(src);

	return member_source(b->n.ip, &b->list, &m, &a, exclude, add);
}

static bool allows(struct bed *b, const char *group, const char *src, bool all)
{
	struct ostia_addr g = A(group), s = A(src);

	return member_allows(b->list, &g, &s, b->eth, all);
}

static void begin(struct bed *b)
{
	*b = (struct bed) { .list = NULL };
	net_init(&b->n);
	b->eth = b->n.eth->index;
}

static void end(struct bed *b)
{
	member_drop(b->n.ip, &b->list);
	net_fini(&b->n);
}

TEST(a_group_is_joined_once_and_left_once)
{
	struct member_of m, no;
	struct bed b;

	begin(&b);
	m = on(&b, "239.1.1.1");
	no = on(&b, "10.0.0.1");
	EQ(member_join(b.n.ip, &b.list, &no, true), -EINVAL);
	no = m;
	no.index = 77;
	EQ(member_join(b.n.ip, &b.list, &no, true), -ENODEV);
	EQ(member_leave(b.n.ip, &b.list, &m), -EADDRNOTAVAIL);
	EQ(member_join(b.n.ip, &b.list, &m, true), 0);
	EQ(member_join(b.n.ip, &b.list, &m, true), -EADDRINUSE);
	EQ(member_leave(b.n.ip, &b.list, &m), 0);
	EQ(member_leave(b.n.ip, &b.list, &m), -EADDRNOTAVAIL);
	end(&b);
}

TEST(memberships_and_sources_are_capped_as_on_linux)
{
	struct member_of m;
	struct bed b;

	begin(&b);
	m = on(&b, "239.1.1.0");
	for (unsigned i = 0; i < 20; i++) {
		m.group.b[15] = (uint8_t)i;
		EQ(member_join(b.n.ip, &b.list, &m, true), 0);
	}
	m.group.b[15] = 99;
	EQ(member_join(b.n.ip, &b.list, &m, true), -ENOBUFS);
	for (unsigned i = 1; i <= 10; i++) {
		struct ostia_addr a = A("10.0.0.0");

		m.group.b[15] = 3;
		a.b[15] = (uint8_t)i;
		EQ(member_source(b.n.ip, &b.list, &m, &a, true, true), 0);
	}
	EQ(source(&b, "239.1.1.3", "10.9.9.9", true, true), -ENOBUFS);
	end(&b);
}

TEST(a_filter_decides_what_is_heard)
{
	struct member_of m;
	struct bed b;

	begin(&b);
	OK(allows(&b, "239.1.1.1", "10.0.0.1", true));
	OK(!allows(&b, "239.1.1.1", "10.0.0.1", false));
	m = on(&b, "239.1.1.1");
	EQ(member_join(b.n.ip, &b.list, &m, true), 0);
	OK(allows(&b, "239.1.1.1", "10.0.0.1", false));
	EQ(source(&b, "239.1.1.1", "10.0.0.1", true, true), 0);
	OK(!allows(&b, "239.1.1.1", "10.0.0.1", true));
	OK(allows(&b, "239.1.1.1", "10.0.0.2", true));
	/* the mode stays while there is a list, even an empty one */
	EQ(source(&b, "239.1.1.1", "10.0.0.2", false, true), -EINVAL);
	EQ(source(&b, "239.1.1.1", "10.0.0.1", true, true), -EADDRNOTAVAIL);
	EQ(source(&b, "239.1.1.1", "10.0.0.1", true, false), 0);
	EQ(source(&b, "239.1.1.1", "10.0.0.1", true, false), -EADDRNOTAVAIL);
	EQ(source(&b, "239.1.1.1", "10.0.0.2", false, true), -EINVAL);
	end(&b);
}

TEST(the_last_included_source_takes_the_membership_with_it)
{
	struct member_of m;
	struct bed b;

	begin(&b);
	m = on(&b, "232.1.1.1");
	EQ(source(&b, "232.1.1.1", "10.0.0.1", false, true), -EINVAL);
	EQ(member_join(b.n.ip, &b.list, &m, false), 0);
	OK(!allows(&b, "232.1.1.1", "10.0.0.1", true));
	EQ(source(&b, "232.1.1.1", "10.0.0.1", false, true), 0);
	EQ(source(&b, "232.1.1.1", "10.0.0.2", false, true), 0);
	OK(allows(&b, "232.1.1.1", "10.0.0.1", false));
	EQ(source(&b, "232.1.1.1", "10.0.0.1", false, false), 0);
	OK(!allows(&b, "232.1.1.1", "10.0.0.1", false));
	OK(allows(&b, "232.1.1.1", "10.0.0.2", false));
	EQ(source(&b, "232.1.1.1", "10.0.0.2", false, false), 0);
	OK(!b.list);
	end(&b);
}

TEST(a_whole_filter_is_replaced_at_once)
{
	struct ostia_addr two[2];
	struct member_of m;
	struct bed b;

	begin(&b);
	two[0] = A("10.0.0.1");
	two[1] = A("10.0.0.2");
	m = on(&b, "239.1.1.1");
	EQ(member_filter(b.n.ip, &b.list, &m, true, two, 2), -EINVAL);
	EQ(member_join(b.n.ip, &b.list, &m, true), 0);
	EQ(member_filter(b.n.ip, &b.list, &m, false, two, 2), 0);
	OK(allows(&b, "239.1.1.1", "10.0.0.2", false));
	OK(!allows(&b, "239.1.1.1", "10.0.0.3", true));
	EQ(member_filter(b.n.ip, &b.list, &m, true, two, 1), 0);
	OK(!allows(&b, "239.1.1.1", "10.0.0.1", true));
	OK(allows(&b, "239.1.1.1", "10.0.0.2", false));
	EQ(member_filter(b.n.ip, &b.list, &m, false, NULL, 0), 0);
	OK(!b.list);
	end(&b);
}

/* Whatever allocation fails: an error, nothing lost, nothing half done. */
TEST(memory_may_run_out_anywhere)
{
	struct ostia_addr two[2] = { A("10.0.0.1"), A("10.0.0.2") };

	for (int fail = 0; fail < 8; fail++) {
		struct member_of m;
		struct bed b;

		begin(&b);
		m = on(&b, "239.1.1.1");
		b.n.lend.left = fail;
		if (member_join(b.n.ip, &b.list, &m, true) == 0) {
			source(&b, "239.1.1.1", "10.0.0.1", true, true);
			member_filter(b.n.ip, &b.list, &m, false, two, 2);
		}
		b.n.lend.left = -1;
		end(&b);
	}
}

TEST(a_link_that_goes_takes_nobody_down)
{
	struct member_of m;
	struct bed b;

	begin(&b);
	m = on(&b, "239.1.1.1");
	EQ(member_join(b.n.ip, &b.list, &m, true), 0);
	ip_link_del(b.n.ip, b.n.eth);
	link_free(&b.n.env, b.n.eth);
	EQ(source(&b, "239.1.1.1", "10.0.0.1", true, true), -ENODEV);
	EQ(member_leave(b.n.ip, &b.list, &m), 0);
	end(&b);
}

TESTS(CASE(a_group_is_joined_once_and_left_once),
      CASE(memberships_and_sources_are_capped_as_on_linux),
      CASE(a_filter_decides_what_is_heard),
      CASE(the_last_included_source_takes_the_membership_with_it),
      CASE(a_whole_filter_is_replaced_at_once),
      CASE(memory_may_run_out_anywhere),
      CASE(a_link_that_goes_takes_nobody_down))
