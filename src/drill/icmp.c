/* SPDX-License-Identifier: MIT */
#include "drill/icmp.h"

#include <string.h>

#include "wire/icmp4.h"
#include "wire/icmp6.h"

enum { IS_TYPE = -1 };

/* A type's own row has code IS_TYPE; rows of its codes follow. */
static const struct row {
	bool v6;
	uint8_t type;
	int16_t code;
	const char *name;
} rows[] = {
	{ false, WIRE_ICMP4_ECHO_REPLY, IS_TYPE, "echo_reply" },
	{ false, WIRE_ICMP4_ECHO, IS_TYPE, "echo_request" },
	{ false, WIRE_ICMP4_QUENCH, IS_TYPE, "source_quench" },
	{ false, WIRE_ICMP4_UNREACH, IS_TYPE, "unreachable" },
	{ false, WIRE_ICMP4_UNREACH, 0, "net_unreachable" },
	{ false, WIRE_ICMP4_UNREACH, 1, "host_unreachable" },
	{ false, WIRE_ICMP4_UNREACH, 2, "protocol_unreachable" },
	{ false, WIRE_ICMP4_UNREACH, 3, "port_unreachable" },
	{ false, WIRE_ICMP4_UNREACH, 4, "frag_needed" },
	{ false, WIRE_ICMP4_UNREACH, 5, "source_route_failed" },
	{ false, WIRE_ICMP4_UNREACH, 6, "net_unknown" },
	{ false, WIRE_ICMP4_UNREACH, 7, "host_unknown" },
	{ false, WIRE_ICMP4_UNREACH, 8, "source_host_isolated" },
	{ false, WIRE_ICMP4_UNREACH, 9, "net_prohibited" },
	{ false, WIRE_ICMP4_UNREACH, 10, "host_prohibited" },
	{ false, WIRE_ICMP4_UNREACH, 11, "net_unreachable_for_tos" },
	{ false, WIRE_ICMP4_UNREACH, 12, "host_unreachable_for_tos" },
	{ false, WIRE_ICMP4_UNREACH, 13, "packet_filtered" },
	{ false, WIRE_ICMP4_UNREACH, 14, "precedence_violation" },
	{ false, WIRE_ICMP4_UNREACH, 15, "precedence_cutoff" },
	{ false, WIRE_ICMP4_TIME_EXCEEDED, IS_TYPE, "time_exceeded" },
	{ false, WIRE_ICMP4_TIME_EXCEEDED, 0, "exceeded_in_transit" },
	{ false, WIRE_ICMP4_TIME_EXCEEDED, 1, "exceeded_reassembly" },
	{ false, WIRE_ICMP4_PARAM, IS_TYPE, "parameter_problem" },
	{ true, WIRE_ICMP6_UNREACH, IS_TYPE, "unreachable" },
	{ true, WIRE_ICMP6_UNREACH, 0, "noroute" },
	{ true, WIRE_ICMP6_UNREACH, 1, "admin_prohibited" },
	{ true, WIRE_ICMP6_UNREACH, 2, "not_neighbour" },
	{ true, WIRE_ICMP6_UNREACH, 3, "address_unreachable" },
	{ true, WIRE_ICMP6_UNREACH, 4, "port_unreachable" },
	{ true, WIRE_ICMP6_UNREACH, 5, "policy_failed" },
	{ true, WIRE_ICMP6_UNREACH, 6, "reject_route" },
	{ true, WIRE_ICMP6_TOO_BIG, IS_TYPE, "packet_too_big" },
	{ true, WIRE_ICMP6_TIME_EXCEEDED, IS_TYPE, "time_exceeded" },
	{ true, WIRE_ICMP6_TIME_EXCEEDED, 0, "exceeded_hop_limit" },
	{ true, WIRE_ICMP6_TIME_EXCEEDED, 1, "exceeded_reassembly" },
	{ true, WIRE_ICMP6_PARAM, IS_TYPE, "parameter_problem" },
	{ true, WIRE_ICMP6_PARAM, 0, "header_field" },
	{ true, WIRE_ICMP6_PARAM, 1, "unknown_next_header" },
	{ true, WIRE_ICMP6_PARAM, 2, "unknown_option" },
	{ true, WIRE_ICMP6_ECHO, IS_TYPE, "echo_request" },
	{ true, WIRE_ICMP6_ECHO_REPLY, IS_TYPE, "echo_reply" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool named(const struct row *r, const char *name, size_t len)
{
	return strlen(r->name) == len && memcmp(r->name, name, len) == 0;
}

bool drill_icmp_type(bool v6, const char *name, size_t len, uint8_t *type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].v6 == v6 && rows[i].code == IS_TYPE &&
		    named(&rows[i], name, len)) {
			*type = rows[i].type;
			return true;
		}
	return false;
}

bool drill_icmp_code(bool v6, uint8_t type, const char *name, size_t len,
		     uint8_t *code)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].v6 == v6 && rows[i].type == type &&
		    rows[i].code != IS_TYPE && named(&rows[i], name, len)) {
			*code = (uint8_t)rows[i].code;
			return true;
		}
	return false;
}

static const char *find(bool v6, uint8_t type, int code)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].v6 == v6 && rows[i].type == type &&
		    rows[i].code == code)
			return rows[i].name;
	return NULL;
}

const char *drill_icmp_type_name(bool v6, uint8_t type)
{
	return find(v6, type, IS_TYPE);
}

const char *drill_icmp_code_name(bool v6, uint8_t type, uint8_t code)
{
	return find(v6, type, code);
}
