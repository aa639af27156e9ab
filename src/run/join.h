/* SPDX-License-Identifier: MIT */
/*
 * run/join.h - how a launcher and a network's supervisor find and speak to
 * each other
 *
 * A network NAME is a socket NAME.sock (SOCK_SEQPACKET) in the user's runtime
 * directory: $XDG_RUNTIME_DIR/ostia, or /tmp/ostia-UID where there is none of
 * ours. The directory is 0700, no symbolic link, and the user's; otherwise it
 * is refused. It is opened once and everything in it is named from there, so
 * that it cannot be swapped meanwhile and its path may be of any length.
 *
 * Who starts or joins a network holds a lock on NAME.lock. A socket where
 * nobody listens is what a killed supervisor left: it is removed. The starter
 * binds the socket himself and then makes the supervisor, which therefore
 * hears everybody who comes after; the supervisor takes the lock, too, before
 * it takes the socket away, and stays if somebody came meanwhile.
 *
 * A request is one message: words, each with a zero at its end, and at most
 * RUN_JOIN_FDS descriptors. Its answer is one message or more: a struct
 * run_join_head and a piece of text. The other side is told by its uid
 * (SO_PEERCRED): ours or root's, else it is sent away.
 */
#ifndef OSTIA_RUN_JOIN_H
#define OSTIA_RUN_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

enum {
	RUN_NAME_MAX = 64, /* a DNS label and its zero */
	RUN_JOIN_FDS = 4,
	RUN_JOIN_WORDS = 256,
	RUN_JOIN_REQUEST = 32768, /* bytes of all words */
	RUN_JOIN_ANSWER = 4 << 20, /* bytes of an answer's text */
	RUN_JOIN_PIECE = 32768, /* of it in one message */
};

/**
 * struct run_join_head - What each message of an answer begins with
 * @status: 0, or -errno: the text is then a sentence that says why
 * @more:   bytes of the text that follow in other messages
 */
struct run_join_head {
	int32_t status;
	uint32_t more;
};

/**
 * struct run_join_want - What a launcher asks of a network
 * @net:	its name; NULL: a new one, "run-" and some letters
 * @name:	of the host; NULL: the supervisor finds one, from @program
 * @program:	argv[0] of the guest, for names and reports
 * @addr, @naddrs: "10.0.0.1", "fd00::5"; a family without one is given one
 * @link:	netem's words for the host's wire, both ways; NULL: none
 * @publish, @npublish: "8080:80", "127.0.0.2:53:53/udp" ...
 * @uplink:	the network may reach real ones
 * @seeded, @seed: of a network that is started now. One that runs must have
 *		the same, else -EEXIST
 * @strict:	unsupported calls end the guest
 * @verbose:	0, 1 ...: kept for the guest's record
 */
struct run_join_want {
	const char *net, *name, *program;
	const char *const *addr;
	unsigned naddrs;
	const char *link;
	const char *const *publish;
	unsigned npublish;
	bool uplink;
	bool seeded;
	uint64_t seed;
	bool strict;
	unsigned verbose;
};

/**
 * struct run_join - A launcher's connection, and what it was told
 * @fd:		-1: none
 * @supervisor:	its process id, for PR_SET_PTRACER
 * @started:	we made this network
 * @v4, @v6:	addresses of the host, "" without one
 */
struct run_join {
	int fd;
	pid_t supervisor;
	bool started;
	uint64_t seed;
	char net[RUN_NAME_MAX], host[RUN_NAME_MAX];
	char v4[16], v6[46];
};

/**
 * run_join_open() - Start or join a network, and be a host in it
 * @err: receives a sentence on failure, @err_size bytes
 *
 * The connection belongs to the host until run_join_begin(); if it ends
 * before, the host is taken away again.
 *
 * Return: 0. -EINVAL: a name, an address or a fault that is none. -EEXIST: a
 * host of that name or address, or another seed. -ENOSPC: no address is left.
 * -EPERM, -ENOTDIR, -ELOOP: the runtime directory is not ours. -ETIMEDOUT: the
 * lock is held for 5 s, or the supervisor is silent. -ECONNRESET: it died.
 * Others are of socket(2), fork(2), open(2).
 */
int run_join_open(struct run_join *j, const struct run_join_want *want,
		  char *err, size_t err_size);

/**
 * run_join_enter() - The same, as one more guest of a host that is there
 * Of @want count @program, @strict and @verbose. Return: as above; -ENOENT: no
 * such network, no such host.
 */
int run_join_enter(struct run_join *j, const char *net, const char *host,
		   const struct run_join_want *want, char *err,
		   size_t err_size);

/**
 * run_join_begin() - The guest is there: watch it
 * @listener: of its seccomp filter; a copy is sent, the caller closes his
 * @pid:      of the guest
 * Return: 0: it is served from now on. -errno as it comes.
 */
int run_join_begin(struct run_join *j, int listener, pid_t pid, char *err,
		   size_t err_size);

/**
 * run_join_calls() - From now on each call of the guest is a line on @fd
 * @fd: a pipe that does not block; a copy is sent. Lines that find it full
 *	are dropped, and counted in a later line
 * After run_join_begin(); @verbose says which calls. Return: 0, -errno.
 */
int run_join_calls(struct run_join *j, int fd, char *err, size_t err_size);

/**
 * run_join_report() - What the guest did
 * @text: receives a line a fact, "NAME VALUE..."; free() it
 *
 *	connections N		opened or accepted by the host
 *	segments N		TCP segments, in and out
 *	resent N		of them
 *	lost N			packets, on the host's wire
 *	calls N			of the guest that we answered
 *	unsupported PROGRAM WHAT... COUNT	a line each
 *
 * Other facts may follow; who reads ignores what he does not know.
 * Return: 0; -ECONNRESET: the supervisor is gone; others as they come.
 */
int run_join_report(struct run_join *j, char **text, char *err,
		    size_t err_size);

/** run_join_records() - Does a network started now record? It does, unless
 * OSTIA_RECORD is "never".
 */
bool run_join_records(void);

/**
 * run_join_record() - What happened last in the network, as ostia/record.h
 * has it
 * @conn: of run_join_find(), or a run_join's
 * @fd:	  a regular file; a copy is sent
 * Return: 0; -ENODATA: it does not record; -errno as it comes.
 */
int run_join_record(int conn, int fd, char *err, size_t err_size);

/**
 * run_join_last() - The recording of the last run that failed
 * @make: a new one, to be put in its place by run_join_keep()
 * Return: a descriptor; -ENOENT; -errno.
 */
int run_join_last(bool make);

/** run_join_keep() - What was made is the last one now. Return: 0, -errno. */
int run_join_keep(void);

/**
 * run_join_close() - Good-bye. If the supervisor died, its files go, too
 * It is asked whether it lives, which takes a round trip; one that stands still
 * is given ten seconds.
 */
void run_join_close(struct run_join *j);

/* ---- for all who ask something ---- */

/**
 * run_join_find() - Connect to a network that runs
 * Return: a descriptor; -ENOENT: none of that name (a stale socket is
 * removed); -errno as run_join_open().
 */
int run_join_find(const char *net, char *err, size_t err_size);

/**
 * run_join_ask() - One request, one answer
 * @words, @nwords; @fd: -1, or a descriptor to go with it
 * @text: receives the answer, with a zero at its end; free() it. NULL: none
 *
 * Waits 10 s at most. Return: 0, or the answer's -errno with its sentence in
 * @err; -ECONNRESET, -ETIMEDOUT, -ENOMEM, -E2BIG of our own.
 */
int run_join_ask(int conn, const char *const *words, unsigned nwords, int fd,
		 char **text, char *err, size_t err_size);

/**
 * run_join_list() - Names of the networks that run
 * Sockets where nobody listens are removed. @names: receives them one after
 * another, each with a zero at its end, then an empty one; free() it.
 * Return: how many, or -errno.
 */
int run_join_list(char **names, char *err, size_t err_size);

/** run_join_is_name() - A DNS label in small letters, as networks and hosts
 * have (RFC 1123 2.1): letters, digits, hyphens inside, 1 to 63.
 */
static inline bool run_join_is_name(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= RUN_NAME_MAX || name[0] == '-' || name[n - 1] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

#endif
