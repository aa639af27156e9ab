/* SPDX-License-Identifier: MIT */
#include "drill/symbols.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "../test.h"

TEST(names_have_the_systems_values)
{
	static const struct {
		const char *name;
		int64_t value;
	} rows[] = {
		{ "AF_INET", AF_INET },	    { "EAGAIN", EAGAIN },
		{ "SO_LINGER", SO_LINGER }, { "TCP_INFO", TCP_INFO },
		{ "EPOLLET", EPOLLET },	    { "MSG_PEEK", MSG_PEEK },
		{ "UDP_SEGMENT", 103 },	    { "NULL", 0 },
		{ "SOL_TCP", 6 },	    { "SHUT_WR", SHUT_WR },
		{ "TCP_CA_Recovery", 3 },   { "EWOULDBLOCK", EAGAIN },
	};
	int64_t v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		OK(drill_symbols_find(rows[i].name, strlen(rows[i].name), &v));
		EQ(v, rows[i].value);
	}
}

TEST(other_names_and_parts_of_names_are_unknown)
{
	int64_t v;

	OK(!drill_symbols_find("AF_INE", 6, &v));
	OK(!drill_symbols_find("AF_INET7", 8, &v));
	OK(drill_symbols_find("AF_INET7", 7, &v));
	OK(!drill_symbols_find("", 0, &v));
	OK(!drill_symbols_find("zzz", 3, &v));
	OK(!drill_symbols_find("ACCEPT", 6, &v));
}

TEST(errnos_have_one_name)
{
	STR(drill_symbols_errno(EAGAIN), "EAGAIN");
	STR(drill_symbols_errno(EOPNOTSUPP), "EOPNOTSUPP");
	STR(drill_symbols_errno(EPERM), "EPERM");
	OK(!drill_symbols_errno(0));
	OK(!drill_symbols_errno(9999));
}

TESTS(CASE(names_have_the_systems_values),
      CASE(other_names_and_parts_of_names_are_unknown),
      CASE(errnos_have_one_name))
