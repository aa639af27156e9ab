/* SPDX-License-Identifier: MIT */
/*
 * run/sup.h - the supervisor: a network in real time, its hosts and guests
 *
 * One process, one thread, one loop, one world. A host is a node of the world
 * with a bare process of the BSD face on its stack, in which every socket of
 * every guest of the host has a descriptor. A guest is the tree of processes
 * that one listener of seccomp tells of.
 *
 * Who makes the network (run/lab) makes nodes and wires in sup->world and
 * then hosts; who starts a program (run/launch, run/join) hands in the
 * listener. Calls of guests go to run/calls.
 */
#ifndef OSTIA_RUN_SUP_H
#define OSTIA_RUN_SUP_H

#include <ostia/world.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/list.h"
#include "base/siphash.h"
#include "base/table.h"
#include "run/loop.h"
#include "run/target.h"

enum {
	RUN_SUP_DOORS_MAX = 1 << 20, /* of one host */
	RUN_SUP_DEAD_MAX = 1024, /* doors without a pair: run/door.h */
	RUN_SUP_AGAIN_MS = 10, /* after memory was short */
	RUN_SUP_SCAN_MS = 200, /* see struct run_door.kept */
	RUN_SUP_SCAN_LOOSE = 256, /* doors, each time: run/loose.h */
	RUN_SUP_SQUEEZE_MS = 100, /* between looks whether memory is back */
	RUN_SUP_MOVE = 256 << 10, /* bytes of sup->buf */
	RUN_SUP_HELD = 48, /* bytes of a message that is held: run/pump.c */
	RUN_SUP_TALLY_MAX = 64, /* kinds of what is not supported */
};

struct run_door;
struct run_guest;
struct run_host;

/**
 * struct run_sup_config - Zeros will do
 * @seed:	of the world; 0: taken from the kernel's randomness
 * @pool_limit:	bytes that packets and streams may take, 0: 512 MB
 * @record_bytes: keep so much of what happens last; 0: nothing
 */
struct run_sup_config {
	uint64_t seed;
	uint64_t pool_limit;
	uint64_t record_bytes;
};

/**
 * struct run_sup - A supervisor
 * @hosts, @guests: lists of struct run_host.node, run_guest.node
 * @buf:	RUN_SUP_MOVE bytes for whoever moves bytes just now; nobody
 *		keeps anything in it across a return to the loop
 * @held_max:	RUN_SUP_HELD, or less where sockets have small buffers
 * @pool_limit:	of the configuration; what fills it are the buffers of those
 *		whose readers stand still, so the more of it is in use the less
 *		buffers may grow: @squeezed steps, until @squeeze finds it free
 * @on_guest_end: told when the last task of a guest is gone, before the
 *		guest is freed (its exit status is its parent's to reap)
 * @ties:	where loose ends are connected, by the name @ties_at; @room: the
 *		number for one more; @probe: what asks for their names
 *		(run/loose); -1: none yet
 * @yield:	a guest wants to bind @port, which is taken: is it by servers of
 *		the network's own, and have they given it up? May be NULL
 */
struct run_sup {
	struct ostia_world *world;
	struct ostia_recorder *recorder; /* NULL: none */
	struct run_hear *hear; /* what it hears goes through; as @recorder */
	struct run_loop loop;
	struct run_target target;
	struct list hosts, guests;
	uint8_t *buf;
	struct siphash_key key; /* of the door tables */
	int held_max;
	uint64_t pool_limit;
	unsigned squeezed;
	struct run_timer squeeze;
	int ties, room, probe;
	struct sockaddr_un ties_at;
	socklen_t ties_len;
	void (*on_guest_end)(void *ctx, struct run_guest *);
	void *on_guest_end_ctx;
	bool (*yield)(struct run_host *, uint16_t port);
	struct run_sup_stats {
		uint64_t calls, continued, gone, parked;
		uint64_t doors, dead_dropped;
		uint64_t resets_told, resets_lost;
		uint64_t bytes_in, bytes_out;
	} stats;
};

/**
 * struct run_host - A host of the network as its guests see it
 * @proc:	bare: no call of it blocks
 * @doors:	list of struct run_door.node; @by_cookie files their numbers
 *		in @door
 * @dead:	doors without a pair, oldest first; @ndead of them
 * @loose:	doors whose guests' ends have no other end (run/loose.h), those
 *		that have been looked at longest ago first; @nloose of them
 * @kick:	deferred: hand the stack's output to the wires
 * @again:	armed while a door is hungry
 * @scan:	armed while doors keep their guests' ends, @nkept of them
 * @scan_loose:	armed while doors are loose
 * @ctx:	of who made the host (run/lab)
 */
struct run_host {
	struct list node;
	struct run_sup *sup;
	struct ostia_node *world_node;
	struct ostia_stack *stack;
	struct ostia_proc *proc;
	struct list doors, dead, loose;
	uint32_t ndoors, ndead, nloose;
	struct table by_cookie, by_inode;
	struct run_door **door; /* by number, from 1; NULL: free */
	uint32_t door_slots, door_free;
	struct run_task kick;
	struct run_timer scan, scan_loose, again;
	uint32_t nkept;
	uint32_t guests;
	void *ctx;
};

/** struct run_tally - Something a guest asked for that we do not do */
struct run_tally {
	char what[80];
	uint64_t times;
};

/**
 * struct run_guest - A tree of processes under one filter
 * @listener:	its fd is ours
 * @pid:	of the first process, as the supervisor counts
 * @strict:	what is not supported ends the guest (SIGKILL), and says so
 * @verbose:	say each call on stderr (> 1: those we leave to the kernel, too)
 * @on_call:	-v: told of each answered call; may be NULL
 * @tally:	what was refused because it is not supported
 * @ctx:	of who started it
 */
struct run_guest {
	struct list node;
	struct run_host *host;
	struct run_watch listener;
	pid_t pid;
	bool strict;
	int verbose;
	void (*on_call)(struct run_guest *, pid_t tid, const char *text);
	struct run_tally tally[RUN_SUP_TALLY_MAX];
	unsigned ntally;
	uint64_t tally_more; /* kinds that found no row */
	uint64_t calls;
	void *ctx;
};

/**
 * run_sup_init() - A supervisor with an empty world that follows the clock
 * Raises RLIMIT_NOFILE to its hard limit; SIGPIPE is ignored from now on.
 * Return: 0; -errno of what failed (-ENOMEM, -EMFILE, -ENOSYS).
 */
int run_sup_init(struct run_sup *s, const struct run_sup_config *cfg);

/** run_sup_fini() - End guests, hosts, world and loop. */
void run_sup_fini(struct run_sup *s);

/**
 * run_sup_host() - A host that has just been made in s->world
 * @node:	ostia_host_new()'s; stays the world's
 * Return: 0 and *@out; -ENOMEM; -EINVAL: not a host.
 */
int run_sup_host(struct run_sup *s, struct ostia_node *node,
		 struct run_host **out);

/** run_sup_host_free() - Close its doors; the node stays. */
void run_sup_host_free(struct run_host *h);

/**
 * run_sup_guest() - Serve the calls of a tree of processes from now on
 * @listener:	taken, also when it fails
 * Return: 0 and *@out; -ENOMEM; -errno of run_notify_open().
 */
int run_sup_guest(struct run_host *h, int listener, pid_t pid,
		  struct run_guest **out);

/** run_sup_guest_free() - Serve it no more: its next calls say ENOSYS. */
void run_sup_guest_free(struct run_guest *g);

/**
 * run_sup_touch() - The stack of @h was called: see to its output
 * Put off to the end of the round, so that many calls cost one pull.
 */
void run_sup_touch(struct run_host *h);

/**
 * run_sup_hurry() - ... and at once: what the next hosts answer without delay
 * is there when it returns
 */
void run_sup_hurry(struct run_host *h);

/** run_sup_is_tight() - Is half of the memory in use? */
bool run_sup_is_tight(const struct run_sup *s);

/**
 * run_sup_unsupported() - Count what a guest wanted and does not get
 * @what: short, "setsockopt SOL_TCP TCP_ULP"
 * With g->strict the guest is killed.
 */
void run_sup_unsupported(struct run_guest *g, const char *what);

#endif
