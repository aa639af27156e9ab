/* SPDX-License-Identifier: MIT */
/*
 * run/dir.h - the user's runtime directory: a socket and a lock per network
 *
 * The directory is opened once; everything in it is named through that
 * descriptor (/proc/self/fd/N/NAME.sock), so that nobody can put another in
 * its place and the path of a socket is always short enough for sun_path.
 * See run/join.h for the rules.
 */
#ifndef OSTIA_RUN_DIR_H
#define OSTIA_RUN_DIR_H

#include <stddef.h>

/**
 * run_dir_open() - $XDG_RUNTIME_DIR/ostia, or /tmp/ostia-UID; made if missing
 * The first is taken if the variable names a directory of ours. What killed
 * supervisors have left in it, whose launchers are gone too, is removed.
 * Return: a descriptor; -EPERM: it belongs to another, or others may enter;
 * -ENOTDIR, -ELOOP: it is no directory; -errno of mkdir(2). @err receives a
 * sentence.
 */
int run_dir_open(char *err, size_t err_size);

/**
 * run_dir_lock() - Be alone with network @net
 * @wait_ms: how long to wait for others
 * Return: a descriptor, close() ends it; -ETIMEDOUT; -errno.
 */
int run_dir_lock(int dir, const char *net, unsigned wait_ms);

/** run_dir_connect() - Return: a descriptor; -ENOENT, -ECONNREFUSED: nobody
 * listens; -EPERM: somebody else does; -errno.
 */
int run_dir_connect(int dir, const char *net);

/** run_dir_listen() - Under the lock. A stale socket gives way. */
int run_dir_listen(int dir, const char *net);

/** run_dir_remove() - Socket and lock. Under the lock. */
void run_dir_remove(int dir, const char *net);

/**
 * run_dir_sweep() - Remove what a killed supervisor left
 * @doubt_ms: how long who listens still may take to hang up: a process that is
 *	      being killed closes its sockets one by one
 * Return: 1 removed, 0: somebody listens, or holds the lock. -errno.
 */
int run_dir_sweep(int dir, const char *net, int doubt_ms);

/** run_dir_names() - Networks, as run_join_list() has them. (A lock is made
 * before its socket and removed after it, so it is what counts.) */
int run_dir_names(int dir, char **names);

#endif
