/* SPDX-License-Identifier: MIT */
/*
 * run/rtnl.h - doors of netlink sockets
 *
 * NETLINK_ROUTE alone: what it answers is run/netlink's, how records move is
 * run/seq's. A guest has here what a user without rights has: it may look.
 */
#ifndef OSTIA_RUN_RTNL_H
#define OSTIA_RUN_RTNL_H

#include "run/door.h"

extern const struct run_door_kind run_rtnl_kind;

#endif
