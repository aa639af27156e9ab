/* SPDX-License-Identifier: MIT */
/*
 * run/hear.h - a recording of a network speaks of its guests
 *
 * What the stack hears are the supervisor's calls, by the supervisor's
 * descriptors, and some are no guest's at all. This stands between the world
 * and the recorder: a call that a guest makes is told as he made it, with his
 * process, his descriptor and what he was answered; of what the supervisor
 * does by itself only what moves the guests' bytes, or ends a connection, is
 * told. A guest's call keeps the id of the stack's call that it caused, so
 * that segments stay joined to it.
 *
 * Without memory for its names events pass as they are.
 */
#ifndef OSTIA_RUN_HEAR_H
#define OSTIA_RUN_HEAR_H

#include <ostia/record.h>
#include <stdint.h>
#include <sys/types.h>

struct run_door;
struct run_hear;
struct run_req;

/**
 * run_hear_new() - Between @w's hosts and @r, which is lent
 * Return: it; NULL: no memory. run_hear_world() is the world's trace, with it
 * as context.
 */
struct run_hear *run_hear_new(struct ostia_recorder *r);
void run_hear_free(struct run_hear *h);
void run_hear_world(void *hear, const struct ostia_world_trace *ev);

/**
 * run_hear_begin() - A handler of @req begins, or is tried again: its door is
 *		      known, if it has one
 * run_hear_end() - It returned @value: RUN_PARK, RUN_CONTINUE, RUN_DONE ...
 *
 * What the stack hears in between is @req's. Both do nothing without @h.
 */
void run_hear_begin(struct run_hear *h, struct run_req *req);
void run_hear_end(struct run_hear *h, struct run_req *req, int64_t value);

/**
 * run_hear_done() - @req has its answer (RUN_DONE) while its handler goes on
 * What the stack hears from now on is the supervisor's.
 */
void run_hear_done(struct run_hear *h, struct run_req *req);

/** run_hear_named() - A guest was given @d as descriptor @fd of thread @tid. */
void run_hear_named(struct run_hear *h, const struct run_door *d, pid_t tid,
		    int fd);

#endif
