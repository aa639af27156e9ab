/* SPDX-License-Identifier: MIT */
#include "run/hear.h"

#include <errno.h>
#include <ostia/world.h>
#include <stdlib.h>
#include <string.h>

#include "run/calls.h"
#include "run/door.h"
#include "run/target.h"

enum {
	CALLERS = 256, /* threads whose process is known; direct mapped */
	FDS_FIRST = 64,
};
/* A thread id may be another's by then, and exec() changes names. */
#define LOOK_AGAIN (100 * OSTIA_MS)
/* Ids of calls that the stack has not heard of: above its own. */
#define OWN_ID (1ull << 48)

/**
 * struct caller - Thread @tid is of process @pid, as seen at @looked
 */
struct caller {
	pid_t tid, pid;
	ostia_time looked;
};

/**
 * struct named - A descriptor of the supervisor in a host
 * @fd:		the guest's, of process @proc (0: no guest has it)
 * @conn:	the last event's
 */
struct named {
	uint32_t proc;
	int fd;
	uint64_t conn;
};

/** struct host - @stack: its stack's id in events */
struct host {
	struct named *fd;
	uint32_t cap, stack;
};

/**
 * struct run_hear -
 * @host:	by node id; without descriptors: not a guest's
 * @req:	under way, on node @node; NULL: none
 * @own:	ids given
 * @held:	a call that may prove to be none; @held_node: its node, 0: none
 */
struct run_hear {
	struct ostia_recorder *r;
	struct host *host;
	uint32_t hosts;
	struct run_req *req;
	uint32_t node;
	uint64_t own;
	struct ostia_trace held;
	uint32_t held_node;
	struct caller caller[CALLERS];
};

struct run_hear *run_hear_new(struct ostia_recorder *r)
{
	struct run_hear *h = calloc(1, sizeof(*h));

	if (h)
		h->r = r;
	return h;
}

void run_hear_free(struct run_hear *h)
{
	if (!h)
		return;
	for (uint32_t i = 0; i < h->hosts; i++)
		free(h->host[i].fd);
	free(h->host);
	free(h);
}

/* ---- who has which descriptor ---- */

/* Room for [i] in an array of @cap, doubled and zeroed. */
static void *grown(void *v, uint32_t *cap, uint32_t i, size_t size)
{
	uint32_t n = *cap ? *cap : FDS_FIRST;
	char *p;

	while (n <= i)
		n *= 2;
	p = realloc(v, n * size);
	if (!p)
		return NULL;
	memset(p + *cap * size, 0, (n - *cap) * size);
	*cap = n;
	return p;
}

static struct named *find(const struct run_hear *h, uint32_t node, int fd)
{
	const struct host *at = node < h->hosts ? &h->host[node] : NULL;

	return at && fd >= 0 && (uint32_t)fd < at->cap ? &at->fd[fd] : NULL;
}

static struct named *make(struct run_hear *h, uint32_t node, int fd)
{
	struct host *at;
	void *p;

	if (fd < 0)
		return NULL;
	if (node >= h->hosts) {
		p = grown(h->host, &h->hosts, node, sizeof(*at));
		if (!p)
			return NULL;
		h->host = p;
	}
	at = &h->host[node];
	if ((uint32_t)fd >= at->cap) {
		p = grown(at->fd, &at->cap, (uint32_t)fd, sizeof(*at->fd));
		if (!p)
			return NULL;
		at->fd = p;
	}
	return &at->fd[fd];
}

/* The process of a thread; the recording learns its name. */
static uint32_t process_of(struct run_hear *h, uint32_t node, pid_t tid,
			   ostia_time now)
{
	struct caller *c = &h->caller[(uint32_t)tid % CALLERS];
	char comm[16];
	pid_t pid;

	if (c->tid == tid && now - c->looked < LOOK_AGAIN)
		return (uint32_t)c->pid;
	*c = (struct caller) { .tid = tid, .pid = tid, .looked = now };
	pid = run_target_process(tid);
	if (pid < 0)
		return (uint32_t)tid;
	c->pid = pid;
	run_target_comm(pid, comm);
	ostia_recorder_name(h->r, node, (uint32_t)pid, comm);
	return (uint32_t)pid;
}

static struct named *name(struct run_hear *h, const struct run_host *host,
			  int fd, pid_t tid, int guest_fd)
{
	const uint32_t node = ostia_node_id(host->world_node);
	struct named *n = make(h, node, fd);

	if (!n)
		return NULL;
	n->proc = process_of(h, node, tid, ostia_world_now(host->sup->world));
	n->fd = guest_fd;
	return n;
}

void run_hear_named(struct run_hear *h, const struct run_door *d, pid_t tid,
		    int fd)
{
	if (h)
		name(h, d->host, d->fd, tid, fd);
}

/* ---- what the supervisor does by itself ---- */

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool moves_bytes(const char *call)
{
	return starts(call, "send") || starts(call, "recv") ||
	       !strcmp(call, "close") || !strcmp(call, "shutdown");
}

/* What is held back goes before what comes now. */
static void let_go(struct run_hear *h)
{
	struct ostia_world_trace as = { .time = h->held.time,
					.node = h->held_node,
					.stack = &h->held };

	if (h->held_node)
		ostia_recorder_world(h->r, &as);
	h->held_node = 0;
}

/* The supervisor looks for bytes until there are none: that is no news. The
 * guest reads what was found, and asked for no such number of it.
 */
static bool found_none(struct run_hear *h, const struct ostia_trace *t,
		       uint32_t node)
{
	if (!starts(t->u.call.name, "recv"))
		return false;
	if (t->kind == OSTIA_TRACE_CALL) {
		h->held = *t;
		h->held.u.call.args = NULL;
		h->held_node = node;
		return true;
	}
	return h->held_node == node && h->held.call == t->call &&
	       t->u.call.result == -EAGAIN;
}

static void told_alone(struct run_hear *h, const struct ostia_world_trace *ev)
{
	struct named *n = find(h, ev->node, ev->stack->u.call.fd);
	struct ostia_trace t = *ev->stack;
	struct ostia_world_trace as = *ev;

	if (!n || !n->proc || !moves_bytes(t.u.call.name)) {
		let_go(h);
		return;
	}
	t.u.call.fd = n->fd;
	t.u.call.proc = n->proc;
	if (starts(t.u.call.name, "recv_"))
		t.u.call.name = "recv";
	as.stack = &t;
	if (found_none(h, &t, ev->node)) {
		if (t.kind == OSTIA_TRACE_RETURN)
			h->held_node = 0;
		return;
	}
	let_go(h);
	ostia_recorder_world(h->r, &as);
	if (t.kind == OSTIA_TRACE_RETURN && !strcmp(t.u.call.name, "close"))
		n->proc = 0;
}

/* ---- what a guest does ---- */

/* Is the stack's call @name what the guest asks for, or a question beside? Of
 * those that send, and receive, any will do.
 */
static bool is_it(enum run_call call, const char *name)
{
	const char *asked = run_calls_name(call);

	if (!asked)
		return false;
	if (starts(asked, "send") || starts(asked, "recv"))
		return !strncmp(name, asked, strlen("send"));
	return starts(name, asked);
}

static int guest_fd(const struct run_req *req)
{
	return req->call == RUN_SOCKET ? -1 : (int)req->arg[0];
}

/* @t has everything but who and when. */
static void tell(struct run_hear *h, struct run_req *req, struct ostia_trace *t)
{
	const struct run_host *host = req->guest->host;
	struct ostia_world_trace as = {
		.time = ostia_world_now(host->sup->world),
		.node = ostia_node_id(host->world_node),
		.stack = t,
	};

	t->time = as.time;
	t->stack = as.node < h->hosts ? h->host[as.node].stack : 0;
	t->call = req->hear_id;
	t->conn = req->hear_conn;
	t->u.call.proc = process_of(h, as.node, req->tid, as.time);
	t->u.call.fd = guest_fd(req);
	ostia_recorder_world(h->r, &as);
}

static void told_for(struct run_hear *h, const struct ostia_trace *ev)
{
	struct run_req *req = h->req;
	struct named *n = make(h, h->node, ev->u.call.fd);
	struct ostia_trace t = *ev;

	if (n && ev->conn)
		n->conn = ev->conn;
	if (n)
		h->host[h->node].stack = ev->stack;
	if (ev->u.call.fd == req->hear_fd && ev->conn)
		req->hear_conn = ev->conn;
	if (ev->kind != OSTIA_TRACE_CALL || req->hear_id ||
	    !is_it(req->call, ev->u.call.name))
		return;
	req->hear_id = ev->call;
	req->hear_name = ev->u.call.name;
	tell(h, req, &t);
}

void run_hear_world(void *hear, const struct ostia_world_trace *ev)
{
	struct run_hear *h = hear;

	if (!ev->stack || ev->stack->kind != OSTIA_TRACE_RETURN)
		let_go(h);
	if (!ev->stack || (ev->stack->kind != OSTIA_TRACE_CALL &&
			   ev->stack->kind != OSTIA_TRACE_RETURN))
		ostia_recorder_world(h->r, ev);
	else if (h->req && ev->node == h->node)
		told_for(h, ev->stack);
	else if (ev->node < h->hosts && h->host[ev->node].cap)
		told_alone(h, ev);
	else
		ostia_recorder_world(h->r, ev);
}

void run_hear_begin(struct run_hear *h, struct run_req *req)
{
	const struct named *n;

	if (!h)
		return;
	h->req = req;
	h->node = ostia_node_id(req->guest->host->world_node);
	req->hear_fd = req->door ? req->door->fd : -1;
	n = name(h, req->guest->host, req->hear_fd, req->tid, guest_fd(req));
	if (n)
		req->hear_conn = n->conn;
}

/* What asks the machine's interfaces is no conversation. */
static bool is_netlink(const struct run_req *req)
{
	return req->door ? req->hear_fd < 0
			 : req->call == RUN_SOCKET && req->arg[0] == AF_NETLINK;
}

static int64_t result_of(const struct run_req *req, int64_t value)
{
	switch (value) {
	case RUN_DONE:
		return req->done;
	case RUN_CONTINUE:
		return 0;
	default:
		return value;
	}
}

/* A call that the stack was not asked for is told all the same; one that the
 * kernel does alone is not, as others of its kind are not seen here.
 */
void run_hear_end(struct run_hear *h, struct run_req *req, int64_t value)
{
	const char *call = run_calls_name(req->call);
	struct ostia_trace t = { .kind = OSTIA_TRACE_CALL };

	if (!h || req->hear_done)
		return;
	h->req = NULL;
	if (!call || is_netlink(req) ||
	    (value == RUN_CONTINUE && !req->hear_id))
		return;
	if (!req->hear_id) {
		req->hear_id = OWN_ID + ++h->own;
		req->hear_name = call;
		t.u.call.name = call;
		tell(h, req, &t);
	}
	if (value == RUN_PARK)
		return;
	t.kind = OSTIA_TRACE_RETURN;
	t.u.call.name = req->hear_name;
	t.u.call.result = result_of(req, value);
	tell(h, req, &t);
}

void run_hear_done(struct run_hear *h, struct run_req *req)
{
	run_hear_end(h, req, RUN_DONE);
	req->hear_done = true;
}
