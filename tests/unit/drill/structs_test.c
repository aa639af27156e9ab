/* SPDX-License-Identifier: MIT */
#include "drill/structs.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "../test.h"

enum { NOTHING = -1 };

static struct drill_expr field(const char *name, struct drill_expr *next)
{
	return (struct drill_expr) { .kind = DRILL_NUMBER,
				     .name = name,
				     .pos = { 3, 7 },
				     .next = next };
}

static const struct drill_struct *
find(int level, int name, struct drill_expr *fields, struct drill_error *err)
{
	struct drill_expr e = { .kind = DRILL_STRUCT, .items = fields };

	*err = (struct drill_error) { 0 };
	return drill_structs_find(level, name, &e, err);
}

TEST(names_of_fields_are_known)
{
	OK(drill_structs_field("tcpm_key", 8));
	OK(drill_structs_field("imr_ifindex", 11));
	OK(!drill_structs_field("tcpm_keyx", 8 + 1));
	OK(!drill_structs_field("", 0));
}

TEST(the_fields_choose_among_the_structs_of_an_option)
{
	struct drill_expr index = field("imr_ifindex", NULL);
	struct drill_expr group = field("imr_multiaddr", &index);
	struct drill_expr mreq = field("imr_multiaddr", NULL);
	struct drill_error err;
	const struct drill_struct *n, *plain;

	n = find(IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, &err);
	plain = find(IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, &err);
	OK(n && plain && n != plain);
}

TEST(a_field_of_another_struct_is_refused_at_its_place)
{
	struct drill_expr odd = field("onoff", NULL);
	struct drill_expr mreq = field("imr_multiaddr", &odd);
	struct drill_error err;

	OK(!find(IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, &err));
	OK(!strcmp(err.text, "no field onoff in struct ip_mreq"));
	EQ(err.pos.line, 3);
	EQ(err.pos.col, 7);
	OK(!find(NOTHING, NOTHING, &mreq, &err));
	OK(find(NOTHING, NOTHING, &odd, &err));
}

TEST(values_without_names_are_as_many_as_the_fields)
{
	struct drill_expr three = field(NULL, NULL);
	struct drill_expr two = field(NULL, &three);
	struct drill_expr one = field(NULL, &two);
	struct drill_error err;

	OK(find(SOL_SOCKET, SO_LINGER, &two, &err));
	OK(!find(SOL_SOCKET, SO_LINGER, &one, &err));
	OK(!find(NOTHING, NOTHING, &two, &err));
}

TESTS(CASE(names_of_fields_are_known),
      CASE(the_fields_choose_among_the_structs_of_an_option),
      CASE(a_field_of_another_struct_is_refused_at_its_place),
      CASE(values_without_names_are_as_many_as_the_fields))
