/* SPDX-License-Identifier: MIT */
/*
 * os/devices.h - packets between the stack and its devices
 *
 * What a device would not take waits in the runtime's queue for it. A device
 * that is gone says so once, and its packets are dropped from then on. Called
 * with the lock.
 */
#ifndef OSTIA_OS_DEVICES_H
#define OSTIA_OS_DEVICES_H

#include "os/runtime.h"

/** devices_pull() - Write what the links have to send, as the devices take it
 */
void devices_pull(struct ostia_runtime *rt);

/** devices_read() - Hand in what has come, and write the answers
 * Return: did anything come?
 */
bool devices_read(struct ostia_runtime *rt, struct driver *d);

#endif
