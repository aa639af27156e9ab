/* SPDX-License-Identifier: MIT */
/*
 * run/dgram.h - doors of UDP, ping and raw sockets
 *
 * run/seq moves their datagrams; here is what the stack is asked. Raw sockets
 * are for guests that have CAP_NET_RAW where they run.
 */
#ifndef OSTIA_RUN_DGRAM_H
#define OSTIA_RUN_DGRAM_H

#include "run/door.h"

extern const struct run_door_kind run_dgram_kind;

#endif
