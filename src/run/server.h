/* SPDX-License-Identifier: MIT */
/*
 * run/server.h - the supervisor's side of run/join.h
 *
 * Clients are served by the loop, each at its own pace: one that sends half a
 * request does not exist (messages are whole), one that does not read its
 * answer keeps that answer's text and nothing else, and one that asks again
 * meanwhile is sent away.
 */
#ifndef OSTIA_RUN_SERVER_H
#define OSTIA_RUN_SERVER_H

#include "run/join.h"

enum { RUN_SERVER_CLIENTS = 4096 };

struct run_loop;
struct run_server;
struct run_client;

/**
 * struct run_server_ops - What a server does with what it hears
 * @ask:  a request. Words lie in @words (lent); descriptors in @fds are the
 *	  callee's to take (he writes -1) or are closed. run_server_answer() now
 *	  or later, once
 * @gone: a client hung up: nothing may be answered to it any more
 */
struct run_server_ops {
	void (*ask)(void *ctx, struct run_client *c, unsigned nwords,
		    const char *const *words, int *fds, unsigned nfds);
	void (*gone)(void *ctx, struct run_client *c);
};

/**
 * run_server_new() - Hear those who connect to @listener
 * @listener, @dir: taken; @dir of run_dir_open(); @net: the network's name
 * Return: 0, -ENOMEM, -errno of epoll_ctl(2).
 */
int run_server_new(struct run_loop *loop, int listener, int dir,
		   const char *net, const struct run_server_ops *ops, void *ctx,
		   struct run_server **out);
void run_server_free(struct run_server *s);

/** run_server_answer() - @text: NULL: empty. Copied. */
void run_server_answer(struct run_client *c, int status, const char *text);

/** run_server_data() - A place for the callee's own pointer. */
void **run_server_data(struct run_client *c);

/**
 * run_server_busy() - Is a client connected that has just come, or waits for
 * an answer? (Others that hold nothing are no reason to stay.)
 */
bool run_server_busy(const struct run_server *s);

/**
 * run_server_retire() - Take the socket and the lock away, nobody else comes
 * Return: 0; -EAGAIN: somebody is about to join, ask again later.
 */
int run_server_retire(struct run_server *s);

/** run_server_abandon() - Take them away in any case: the network ends. */
void run_server_abandon(struct run_server *s);

#endif
