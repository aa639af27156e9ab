/* SPDX-License-Identifier: MIT */
/*
 * drill/icmp.h - ICMP's types and codes by their names in scripts
 */
#ifndef OSTIA_DRILL_ICMP_H
#define OSTIA_DRILL_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** drill_icmp_type() - Number of a type, ICMPv6's when @v6; false: unknown */
bool drill_icmp_type(bool v6, const char *name, size_t len, uint8_t *type);

/** drill_icmp_code() - Number of a code of @type; false: unknown */
bool drill_icmp_code(bool v6, uint8_t type, const char *name, size_t len,
		     uint8_t *code);

/** drill_icmp_type_name(), drill_icmp_code_name() - The other way, or NULL */
const char *drill_icmp_type_name(bool v6, uint8_t type);
const char *drill_icmp_code_name(bool v6, uint8_t type, uint8_t code);

#endif
