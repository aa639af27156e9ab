/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_NAMES_CONFIG_H
#define OSTIA_NAMES_CONFIG_H

#include <ostia/names.h>

/**
 * names_config_learn() - Add what the network has told the stack: name servers
 * and search domains of router advertisements (RFC 8106) and DHCP
 *
 * Behind what was said in words, as far as there is room. Between a call's
 * enter and leave.
 */
void names_config_learn(struct ostia_dns *d, const struct ostia_stack *stack);

#endif
