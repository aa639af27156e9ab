/* SPDX-License-Identifier: MIT */
#include "run/sup.h"

#include <errno.h>
#include <ostia/link.h>
#include <ostia/socket.h>
#include <ostia/stack.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "run/calls.h"
#include "run/door.h"
#include "run/hear.h"
#include "run/loose.h"
#include "run/notify.h"

enum { FILES_WISH = 1 << 20 }; /* the kernel's fs.nr_open */

static const uint64_t POOL_LIMIT = 512u << 20;

static void raise_limits(void)
{
	const struct rlimit wish = { FILES_WISH, FILES_WISH };
	struct rlimit r;

	/* Who may, need not have the limit that is meant for a guest. */
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 &&
	    (r.rlim_max >= FILES_WISH || setrlimit(RLIMIT_NOFILE, &wish))) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	signal(SIGPIPE, SIG_IGN);
}

static int random_bytes(void *p, size_t n)
{
	return getrandom(p, n, 0) == (ssize_t)n ? 0 : -EIO;
}

static int make_recorder(struct run_sup *s, uint64_t seed, uint64_t bytes)
{
	const struct ostia_recorder_config cfg = { .seed = seed,
						   .ring_bytes = bytes,
						   .look_every = OSTIA_S,
						   .config = "ostia run" };

	int err = bytes ? ostia_recorder_new(&cfg, &s->recorder) : 0;

	if (!s->recorder)
		return err;
	s->hear = run_hear_new(s->recorder);
	return s->hear ? 0 : -ENOMEM;
}

static void free_recorder(struct run_sup *s)
{
	run_hear_free(s->hear);
	ostia_recorder_free(s->recorder);
}

/* A call costs no time of the world's own: the clock goes on by itself. */
static int make_world(struct run_sup *s, const struct run_sup_config *cfg)
{
	struct ostia_world_config w = {
		.seed = cfg->seed,
		.start = run_loop_clock(),
		.call_cost = 1,
		.pool_limit = s->pool_limit,
	};
	int err = 0;

	if (!w.seed)
		err = random_bytes(&w.seed, sizeof(w.seed));
	if (!err)
		err = make_recorder(s, w.seed, cfg->record_bytes);
	if (s->recorder) {
		w.trace = run_hear_world;
		w.trace_ctx = s->hear;
	}
	if (!err)
		err = ostia_world_new(&w, &s->world);
	s->loop.world = s->world;
	s->loop.recorder = s->recorder;
	if (err)
		free_recorder(s);
	return err;
}

/* ---- memory is short: buffers grow less, those of a new connection, too ----
 */

/* @part: eighths of the pool in use. The first is Linux's default. */
static const struct {
	unsigned part;
	const char *rmem, *wmem;
} step[] = {
	{ 0, "4096 131072 6291456", "4096 16384 4194304" },
	{ 1, "4096 131072 1048576", "4096 16384 1048576" },
	{ 2, "4096 131072 262144", "4096 16384 262144" },
	{ 4, "4096 65536 65536", "4096 16384 65536" },
};

static unsigned step_of(const struct run_sup *s)
{
	struct ostia_pool_stats now;
	unsigned i = sizeof(step) / sizeof(step[0]) - 1;

	ostia_pool_stats(ostia_world_pool(s->world), &now);
	while (i && now.held_bytes < s->pool_limit / 8 * step[i].part)
		i--;
	return i;
}

bool run_sup_is_tight(const struct run_sup *s)
{
	return s->squeezed == sizeof(step) / sizeof(step[0]) - 1;
}

static void set_buffers(struct run_host *h, unsigned i)
{
	ostia_stack_set(h->stack, "net.ipv4.tcp_rmem", step[i].rmem);
	ostia_stack_set(h->stack, "net.ipv4.tcp_wmem", step[i].wmem);
}

static void go_to_step(struct run_sup *s, unsigned i)
{
	if (i != s->squeezed)
		list_each (n, &s->hosts)
			set_buffers(list_entry(n, struct run_host, node), i);
	s->squeezed = i;
	if (i)
		run_loop_arm(&s->loop, &s->squeeze,
			     run_loop_clock() + RUN_SUP_SQUEEZE_MS * OSTIA_MS);
}

static void squeeze(struct run_timer *t, ostia_time now)
{
	struct run_sup *s = list_entry(t, struct run_sup, squeeze);

	(void)now;
	ostia_pool_trim(ostia_world_pool(s->world));
	go_to_step(s, step_of(s));
}

/* A quarter of a guest's send buffer, in packets of a byte. */
static int held_max(void)
{
	enum { PACKET = 1024 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), bytes = 0;
	socklen_t len = sizeof(bytes);

	if (fd < 0)
		return 0;
	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &len);
	close(fd);
	bytes /= 4 * PACKET;
	return bytes < RUN_SUP_HELD ? bytes : RUN_SUP_HELD;
}

int run_sup_init(struct run_sup *s, const struct run_sup_config *cfg)
{
	int err;

	*s = (struct run_sup) {
		.buf = malloc(RUN_SUP_MOVE),
		.ties = -1,
		.room = -1,
		.probe = -1,
	};
	list_init(&s->hosts);
	list_init(&s->guests);
	run_target_init(&s->target);
	s->pool_limit = cfg->pool_limit ? cfg->pool_limit : POOL_LIMIT;
	s->held_max = held_max();
	s->squeeze.fn = squeeze;
	raise_limits();
	if (!s->buf)
		return -ENOMEM;
	err = run_loop_init(&s->loop);
	if (!err) {
		err = random_bytes(&s->key, sizeof(s->key));
		if (!err)
			err = make_world(s, cfg);
		if (!err)
			return 0;
		run_loop_fini(&s->loop);
	}
	run_target_fini(&s->target);
	free(s->buf);
	return err;
}

void run_sup_fini(struct run_sup *s)
{
	struct list *n;

	while ((n = list_first(&s->hosts)))
		run_sup_host_free(list_entry(n, struct run_host, node));
	run_loop_disarm(&s->loop, &s->squeeze);
	ostia_world_free(s->world);
	free_recorder(s);
	run_loop_fini(&s->loop);
	run_target_fini(&s->target);
	run_loose_fini(s);
	free(s->buf);
}

/* ---- hosts ---- */

static void kick(struct run_task *t)
{
	struct run_host *h = list_entry(t, struct run_host, kick);

	ostia_host_kick(h->world_node);
	if (step_of(h->sup) > h->sup->squeezed)
		go_to_step(h->sup, step_of(h->sup));
}

static void scan(struct run_timer *t, ostia_time now)
{
	struct run_host *h = list_entry(t, struct run_host, scan);

	run_door_scan(h);
	if (h->nkept)
		run_loop_arm(&h->sup->loop, t,
			     now + RUN_SUP_SCAN_MS * OSTIA_MS);
}

static void scan_loose(struct run_timer *t, ostia_time now)
{
	struct run_host *h = list_entry(t, struct run_host, scan_loose);

	run_loose_scan(h, RUN_SUP_SCAN_LOOSE);
	if (h->nloose)
		run_loop_arm(&h->sup->loop, t,
			     now + RUN_SUP_SCAN_MS * OSTIA_MS);
}

static void again(struct run_timer *t, ostia_time now)
{
	struct run_host *h = list_entry(t, struct run_host, again);

	(void)now;
	list_each (n, &h->doors) {
		struct run_door *d = list_entry(n, struct run_door, node);

		if (!d->hungry)
			continue;
		d->hungry = false;
		d->ready_mask |= POLLIN | POLLOUT;
		run_loop_defer(&h->sup->loop, &d->ready);
	}
}

/* Inside the stack's output: what it means is done from the loop. A door that
 * goes takes its watch with it, so the cookie's door is there.
 */
static void on_event(void *ctx, const struct ostia_event *ev)
{
	struct run_host *h = ctx;
	struct run_door *d = (struct run_door *)(uintptr_t)ev->cookie;

	if (ev->kind != OSTIA_EVENT_READY)
		return;
	d->expect = 0;
	d->ready_mask |= ev->mask;
	run_loop_defer(&h->sup->loop, &d->ready);
}

int run_sup_host(struct run_sup *s, struct ostia_node *node,
		 struct run_host **out)
{
	struct run_host *h;
	int err;

	if (!ostia_host_stack(node))
		return -EINVAL;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->sup = s;
	h->world_node = node;
	h->stack = ostia_host_stack(node);
	err = ostia_proc_new(h->stack, RUN_SUP_DOORS_MAX, NULL, NULL, &h->proc);
	if (err) {
		free(h);
		return err;
	}
	list_init(&h->doors);
	list_init(&h->dead);
	list_init(&h->loose);
	table_init(&h->by_cookie, ostia_world_env(s->world), RUN_SUP_DOORS_MAX);
	table_init(&h->by_inode, ostia_world_env(s->world), RUN_SUP_DOORS_MAX);
	run_loop_task_init(&h->kick, kick);
	h->scan.fn = scan;
	h->scan_loose.fn = scan_loose;
	h->again.fn = again;
	ostia_host_on_event(node, on_event, h);
	if (s->squeezed)
		set_buffers(h, s->squeezed);
	list_push(&s->hosts, &h->node);
	*out = h;
	return 0;
}

static void end_guests(struct run_host *h)
{
	list_each_safe (n, &h->sup->guests) {
		struct run_guest *g = list_entry(n, struct run_guest, node);

		if (g->host == h)
			run_sup_guest_free(g);
	}
}

void run_sup_host_free(struct run_host *h)
{
	struct list *n;

	end_guests(h);
	while ((n = list_first(&h->doors)))
		run_door_free(list_entry(n, struct run_door, node));
	run_loop_drop(&h->kick);
	run_loop_disarm(&h->sup->loop, &h->scan);
	run_loop_disarm(&h->sup->loop, &h->scan_loose);
	run_loop_disarm(&h->sup->loop, &h->again);
	ostia_host_on_event(h->world_node, NULL, NULL);
	ostia_proc_free(h->proc);
	ostia_host_kick(h->world_node);
	table_fini(&h->by_cookie);
	table_fini(&h->by_inode);
	free(h->door);
	list_remove(&h->node);
	free(h);
}

void run_sup_touch(struct run_host *h)
{
	run_loop_defer(&h->sup->loop, &h->kick);
}

void run_sup_hurry(struct run_host *h)
{
	run_loop_drop(&h->kick);
	kick(&h->kick);
	run_loop_hurry(&h->sup->loop);
}

/* ---- guests ---- */

static void on_listener(struct run_watch *w, uint32_t events)
{
	struct run_guest *g = list_entry(w, struct run_guest, listener);
	struct run_sup *s = g->host->sup;

	if (events & EPOLLIN) {
		run_calls_on_notify(w, events);
		return;
	}
	if (s->on_guest_end)
		s->on_guest_end(s->on_guest_end_ctx, g);
	run_sup_guest_free(g);
}

int run_sup_guest(struct run_host *h, int listener, pid_t pid,
		  struct run_guest **out)
{
	struct run_guest *g = calloc(1, sizeof(*g));
	int err = g ? run_notify_open(listener) : -ENOMEM;

	if (!err) {
		g->host = h;
		g->pid = pid;
		g->listener.fd = listener;
		g->listener.fn = on_listener;
		g->listener.late = true;
		err = run_loop_watch(&h->sup->loop, &g->listener, EPOLLIN);
	}
	if (err) {
		close(listener);
		free(g);
		return err;
	}
	close(run_target_fd(&h->sup->target, pid, 0)); /* is it allowed? */
	h->guests++;
	list_push(&h->sup->guests, &g->node);
	*out = g;
	return 0;
}

static void leave_door(struct run_guest *g, struct run_door *d)
{
	list_each_safe (n, &d->waiters) {
		struct run_req *r = list_entry(n, struct run_req, node);

		if (r->guest == g)
			run_calls_drop(r);
	}
	if (d->guest != g)
		return;
	d->guest = NULL;
	if (!list_empty(&d->dead))
		run_door_free(d);
}

/* Doors are passed on, to guests of other hosts too: only the dead ones of
 * this guest go, and its waiting calls, whose callers are gone.
 */
static void leave_doors(struct run_guest *g)
{
	list_each (h, &g->host->sup->hosts) {
		struct run_host *host = list_entry(h, struct run_host, node);

		list_each_safe (n, &host->doors)
			leave_door(g, list_entry(n, struct run_door, node));
	}
}

void run_sup_guest_free(struct run_guest *g)
{
	leave_doors(g);
	run_loop_forget(&g->host->sup->loop, &g->listener);
	close(g->listener.fd);
	g->host->guests--;
	list_remove(&g->node);
	run_door_scan(g->host);
	run_loose_scan(g->host, g->host->nloose);
	free(g);
}

static struct run_tally *tally_of(struct run_guest *g, const char *what)
{
	for (unsigned i = 0; i < g->ntally; i++)
		if (strcmp(g->tally[i].what, what) == 0)
			return &g->tally[i];
	if (g->ntally == RUN_SUP_TALLY_MAX)
		return NULL;
	return &g->tally[g->ntally++];
}

void run_sup_unsupported(struct run_guest *g, const char *what)
{
	char name[sizeof(g->tally[0].what)];
	struct run_tally *t;

	memset(name, 0, sizeof(name));
	memcpy(name, what, strnlen(what, sizeof(name) - 1));
	t = tally_of(g, name);
	if (t) {
		memcpy(t->what, name, sizeof(name));
		t->times++;
	} else {
		g->tally_more++;
	}
	if (g->strict)
		kill(g->pid, SIGKILL);
}
