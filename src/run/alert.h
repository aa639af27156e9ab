/* SPDX-License-Identifier: MIT */
/*
 * run/alert.h - poll() says POLLERR of a datagram socket
 *
 * The kernel says it of a guest's end when ours was closed with bytes unread,
 * and of nothing less. So where a program has asked for error queues
 * (IP_RECVERR) and one is filled, we do that; once the program has emptied the
 * queue, a new pair takes the place of its descriptor. What poll() says has
 * POLLIN | POLLHUP | POLLRDHUP, too.
 *
 * A new descriptor loses its duplicates and its epolls. Who has such gets the
 * empty record of run/seq.h instead.
 */
#ifndef OSTIA_RUN_ALERT_H
#define OSTIA_RUN_ALERT_H

#include <stdbool.h>

#include "run/seq.h"

/**
 * run_alert_raise() - Say POLLERR, if that does no harm
 * Return: true: it is said (s->alert), the door has no pair.
 */
bool run_alert_raise(struct run_seq *s);

/**
 * run_alert_end() - The caller's descriptor becomes a new one that says nothing
 * Return: 0, also when there was no alert; -errno of run_door_swap(): it goes
 * on.
 */
int run_alert_end(struct run_seq *s, struct run_req *req);

#endif
