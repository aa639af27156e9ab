/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "names/service.h"

#include <arpa/inet.h>
#include <netdb.h>

TEST(well_known_services_have_their_ports)
{
	EQ(names_service_port("http", "tcp"), 80);
	EQ(names_service_port("www", "tcp"), 80);
	EQ(names_service_port("http", "udp"), -ENOENT);
	EQ(names_service_port("domain", "udp"), 53);
	EQ(names_service_port("HTTP", "tcp"), -ENOENT);
	EQ(names_service_port("http", "sctp"), -ENOENT);
	EQ(names_service_port("", "tcp"), -ENOENT);
	STR(names_service_name(443, "tcp"), "https");
	OK(!names_service_name(4711, "tcp"));
	OK(!names_service_name(25, "udp"));
}

/* Where the machine has a table of its own, and the name is in it. */
TEST(the_machine_says_the_same)
{
	static const char *const protos[] = { "tcp", "udp" };
	unsigned bits, agree = 0;
	const char *name;
	uint16_t port;

	for (unsigned i = 0; (name = names_service_at(i, &port, &bits)); i++)
		for (unsigned p = 0; p < 2; p++) {
			const struct servent *s =
				bits & 1u << p ? getservbyname(name, protos[p])
					       : NULL;

			if (!s)
				continue;
			EQ(ntohs((uint16_t)s->s_port), port);
			STR(s->s_name, name);
			agree++;
		}
	printf("# %u services agree\n", agree);
}

TESTS(CASE(well_known_services_have_their_ports),
      CASE(the_machine_says_the_same))
