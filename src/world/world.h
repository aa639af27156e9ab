/* SPDX-License-Identifier: MIT */
/*
 * world/world.h - a world from the inside
 *
 * world.c turns: it takes what is due from the event queue and lets it
 * happen. Packets that arrive and timers that expire only mark their node;
 * marked nodes are then processed once, with all that arrived together as
 * one batch. Tasks run one at a time, after the nodes of their instant.
 *
 *	wire.c	lanes: faults, queues, flight	host.c	a stack as a node
 *	switch.c, router.c			task.c	processes, blocking
 */
#ifndef OSTIA_WORLD_WORLD_H
#define OSTIA_WORLD_WORLD_H

#include "base/list.h"
#include "base/pkt.h"
#include "world/coro.h"
#include "world/eventq.h"

#include <ostia/world.h>
#include <stdbool.h>

enum world_event_kind {
	WORLD_EVENT_LANE, /* a packet arrives: struct world_lane */
	WORLD_EVENT_TIMER, /* a node has something to do: struct ostia_node */
	WORLD_EVENT_TASK, /* a task goes on: struct ostia_task */
	WORLD_EVENT_CALL, /* ostia_world_at(): struct world_call */
};

enum world_node_kind { WORLD_HOST, WORLD_SWITCH, WORLD_ROUTER };

enum { WORLD_NAME_MAX = 64 };

/**
 * struct world_port - A node's end of a wire
 * @out:  the lane that leaves by it
 * @link: of a host
 * @in, @in_tail: arrived, to be processed in this instant
 * @index: of the node's ports, from 0
 */
struct world_port {
	struct list node_ports;
	struct ostia_node *node;
	struct ostia_wire *wire;
	struct world_lane *out;
	struct ostia_link *link;
	struct ostia_pkt *in, **in_tail;
	uint32_t index;
	uint8_t mac[6];
};

/**
 * struct world_node_ops - What a kind of node does
 * @attach:  a wire was joined to @port. 0 or -errno
 * @detach:  the wire goes; NULL: it cannot, but with the world
 * @process: its ports' @in, its timer
 * @addr, @route: as ostia_wire_addr() and ostia_wire_route()
 * @counter: as ostia_node_counter(); may be NULL
 * @free:    the node and all that it owns
 */
struct world_node_ops {
	int (*attach)(struct ostia_node *n, struct world_port *port);
	void (*detach)(struct ostia_node *n, struct world_port *port);
	void (*process)(struct ostia_node *n);
	int (*addr)(struct world_port *port, const char *text);
	int (*route)(struct world_port *port, const char *dst,
		     const char *gateway);
	const char *(*counter)(const struct ostia_node *n, unsigned i,
			       uint64_t *value);
	void (*free)(struct ostia_node *n);
};

/**
 * struct ostia_node - What hosts, switches and routers have in common
 * @timer: WORLD_EVENT_TIMER
 * @dirty: on the world's list of nodes to be processed
 */
struct ostia_node {
	struct world_event timer;
	struct list world_nodes;
	struct list dirty_nodes;
	struct ostia_world *world;
	const struct world_node_ops *ops;
	struct list ports;
	struct ostia_dns *dns; /* of a host; NULL: as ostia_dns_init() */
	uint32_t id;
	uint32_t nports;
	bool dirty;
	uint8_t kind;
	char name[WORLD_NAME_MAX];
};

/** struct world_waiter - A task (or who runs the world) waits for a cookie */
struct world_waiter {
	struct list bucket;
	const struct ostia_node *host;
	uint64_t cookie;
	struct ostia_task *task;
	bool woken;
};

struct ostia_world {
	struct ostia_world_config cfg;
	ostia_time now;
	ostia_time horizon; /* no task may carry now past it */
	struct world_eventq q;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct list nodes, wires, procs, dirty;
	uint32_t node_ids, wire_ids, proc_ids;
	struct ostia_task *current;
	bool running; /* inside a turn */
	bool stop;
	struct world_coro_set coros;
	struct list names, servers; /* world/names.c, world/dns.c */
	uint32_t nnames;
	uint64_t service_tasks; /* of stats.tasks: nobody waits for their end */
	struct list *buckets; /* waiters by cookie */
	uint32_t nbuckets;
	uint64_t fail_in; /* allocations until one fails, 0: never */
	bool fail_sticky;
	struct ostia_world_stats stats;
};

/** world_node_init() - Enter a node into its world. 0, -ENOMEM. */
int world_node_init(struct ostia_node *n, struct ostia_world *w,
		    enum world_node_kind kind, const struct world_node_ops *ops,
		    const char *name);

/** world_node_fini() - Take it out again; its ports' packets are freed. */
void world_node_fini(struct ostia_node *n);

/** world_forget_calls() - Of ostia_world_at(), with a ctx in [@p, @p + n). */
void world_forget_calls(struct ostia_world *w, const void *p, size_t n);

/** world_mark() - Process @n in this instant. */
void world_mark(struct ostia_node *n);

/** world_zalloc() - The world's own memory: zeroed, never made to fail. */
void *world_zalloc(struct ostia_world *w, size_t n);

/**
 * world_spend() - Time passes for who makes a call
 * A task yields if anything is due meanwhile; outside of tasks the world is
 * run; in a callback nothing happens.
 */
void world_spend(struct ostia_world *w, ostia_time ns);

/**
 * world_run_while() - Turn until @again(@arg) is false
 * @limit: and no further than this
 *
 * Return: 0; -ETIMEDOUT: what is next lies behind @limit; -EDEADLK: nothing
 * is next; -ECANCELED: stopped; -EBUSY: the world is already turning.
 */
int world_run_while(struct ostia_world *w, bool (*again)(void *arg), void *arg,
		    ostia_time limit);

/* ---- world/host.c ---- */

/** world_host_advance() - Tell a host's stack the time. */
void world_host_advance(struct ostia_node *n);

/** world_host_flush() - Pull its links, hand out events, set its timer. */
void world_host_flush(struct ostia_node *n);

/* ---- world/names.c ---- */

struct ostia_names;

/** world_names_hosts() - In the table of hosts. @family: AF_UNSPEC: both.
 * Return: 0, EAI_NONAME, EAI_NODATA.
 */
int world_names_hosts(struct ostia_world *w, const char *name, int family,
		      struct ostia_names *out);
int world_names_host_at(struct ostia_world *w, const struct ostia_addr *addr,
			char *name, size_t size);

/** world_names_lookup(), world_names_reverse() - For a process of @host: its
 * table, then by DNS.
 */
int world_names_lookup(struct ostia_node *host, struct ostia_proc *p,
		       const char *name, int family, struct ostia_names *out);
int world_names_reverse(struct ostia_node *host, struct ostia_proc *p,
			const struct ostia_addr *addr, char *name, size_t size);
void world_names_fini(struct ostia_world *w);

/* ---- world/dns.c ---- */

void world_dns_free_all(struct ostia_world *w);
void world_dns_free_host(struct ostia_node *host);

/* ---- world/task.c ---- */

/** world_task_service() - Its tasks, from now on, are nobody's to wait for. */
void world_task_service(struct ostia_world_proc *p);

/** world_task_procs() - Tell @fn each process that lives, by node and id. */
void world_task_procs(struct ostia_world *w,
		      void (*fn)(void *ctx, uint32_t node, uint32_t proc,
				 const char *name),
		      void *ctx);

/** world_task_run() - A task's event is due. */
void world_task_run(struct ostia_task *t);

/** world_task_wake() - An event of @host; false: nobody waits for it. */
bool world_task_wake(struct ostia_node *host, const struct ostia_event *ev);

/** world_task_sleep() - The running task, until @t. */
void world_task_sleep(struct ostia_world *w, ostia_time t);

void world_task_init_waiters(struct ostia_world *w);
void world_task_free_all(struct ostia_world *w);
void world_task_free_host(struct ostia_node *host);

#endif
