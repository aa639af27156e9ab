/* SPDX-License-Identifier: MIT */
#include "run/serve.h"

#include "run/forward.h"
#include "run/gate.h"
#include "run/lab.h"
#include "run/server.h"
#include "run/show.h"
#include "run/sup.h"
#include "run/text.h"
#include "run/uplink.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CLOSE_MS = 1000, /* so long closes may take at the end of a host */
	LOOK_MS = 5, /* how often it is looked whether they are done */
	FIRST_MS = 1000, /* who started us has so long to come */
	RETIRE_MS = 20,
	TERM_MS = 1000, /* between SIGTERM and SIGKILL of `down` */
	SAY = 512,
	DNS_PORT = 53,
	RECORD_BYTES = 8 << 20,
};

/* What a host has counted so far, or since. */
struct tally {
	uint64_t connections, segments, resent, lost;
};

struct serve;

/**
 * struct place - A host of the network, here
 * @holders: clients that may start or have started a guest in it
 * @look:    armed when nobody holds it: closes go on until @until
 */
struct place {
	struct list places;
	struct serve *serve;
	struct run_lab_host *lab;
	struct run_host *host;
	unsigned holders;
	struct run_timer look;
	ostia_time until;
};

/**
 * struct holder - A client with a host, or waiting for one
 * @request, @len: of a join that waits for a name or an address to be free
 * @base:   the host's counts when it came
 * @tallied: what its guest asked for in vain, once that has ended
 */
struct holder {
	struct list holders;
	struct run_client *client;
	struct place *place;
	struct run_guest *guest;
	struct tally base;
	char program[RUN_NAME_MAX];
	bool strict;
	unsigned verbose;
	char *request;
	size_t len;
	uint64_t calls;
	struct run_text tallied;
};

/**
 * struct charge - A guest's first process, to be ended by `down`
 * @calls: its launcher's pipe for run_join_calls(), or -1
 * @dropped: lines that did not fit
 */
struct charge {
	struct list charges;
	struct run_guest *guest;
	struct holder *holder; /* NULL: hung up */
	int pidfd;
	int calls;
	uint64_t dropped;
};

struct serve {
	struct run_sup sup;
	struct run_lab lab;
	struct run_gate *gate; /* NULL until somebody needs it */
	struct run_uplink *uplink; /* NULL: closed */
	struct run_forward *forward; /* with it */
	struct run_server *server;
	struct run_watch signals;
	struct run_timer retire, kill;
	struct list places, holders, charges;
};

/* ---- counting ---- */

static void take_counter(struct tally *t, const char *name, uint64_t v)
{
	if (!strcmp(name, "TcpActiveOpens") || !strcmp(name, "TcpPassiveOpens"))
		t->connections += v;
	else if (!strcmp(name, "TcpInSegs") || !strcmp(name, "TcpOutSegs"))
		t->segments += v;
	else if (!strcmp(name, "TcpRetransSegs"))
		t->resent += v;
}

static struct tally count(const struct place *p)
{
	struct tally t = { .lost = run_lab_lost(p->lab) };
	const char *name;
	uint64_t v;

	for (unsigned i = 0; (name = ostia_counter(p->host->stack, i, &v)); i++)
		take_counter(&t, name, v);
	t.segments += t.resent;
	return t;
}

/* ---- places ---- */

static void try_parked(struct serve *s);

static bool is_closing(const struct place *p)
{
	struct ostia_usage u;

	ostia_stack_usage(p->host->stack, &u);
	return p->host->ndoors - p->host->ndead > 0 || u.conns > 0 ||
	       u.queued_pkts > 0;
}

static void place_free(struct place *p)
{
	struct serve *s = p->serve;

	run_loop_disarm(&s->sup.loop, &p->look);
	if (s->gate)
		run_gate_withdraw(s->gate, p->lab);
	run_sup_host_free(p->host);
	run_lab_leave(&s->lab, p->lab);
	list_remove(&p->places);
	free(p);
}

static void on_look(struct run_timer *t, ostia_time now)
{
	struct place *p = list_entry(t, struct place, look);
	struct serve *s = p->serve;

	if (p->host->guests || p->holders)
		return;
	if (is_closing(p) && now < p->until) {
		run_loop_arm(&s->sup.loop, t, now + LOOK_MS * OSTIA_MS);
		return;
	}
	place_free(p);
	try_parked(s);
	if (list_empty(&s->places))
		run_loop_arm(&s->sup.loop, &s->retire, now);
}

/* Nobody is left in it? Then it may go, once its closes are done. */
static void maybe_leave(struct place *p)
{
	if (p->host->guests || p->holders)
		return;
	p->until = run_loop_clock() + CLOSE_MS * OSTIA_MS;
	run_loop_arm(&p->serve->sup.loop, &p->look, run_loop_clock());
}

static bool is_leaving(const struct place *p)
{
	return !p->host->guests && !p->holders;
}

static bool any_is_leaving(const struct serve *s)
{
	list_each (node, &s->places)
		if (is_leaving(list_entry(node, struct place, places)))
			return true;
	return false;
}

static int place_new(struct serve *s, const struct run_join_want *want,
		     struct place **out, char *err, size_t err_size)
{
	struct place *p = calloc(1, sizeof(*p));
	int e;

	if (!p) {
		snprintf(err, err_size, "no memory for a host");
		return -ENOMEM;
	}
	e = run_lab_join(&s->lab, want, &p->lab, err, err_size);
	if (e) {
		free(p);
		return e;
	}
	e = run_sup_host(&s->sup, p->lab->node, &p->host);
	if (e) {
		snprintf(err, err_size, "host: %s", strerror(-e));
		run_lab_leave(&s->lab, p->lab);
		free(p);
		return e;
	}
	p->serve = s;
	p->host->ctx = p;
	p->lab->owner = p;
	p->look.fn = on_look;
	list_push(&s->places, &p->places);
	*out = p;
	return 0;
}

/* ---- holders ---- */

static struct holder *holder_of(struct run_client *c)
{
	return *run_server_data(c);
}

static struct holder *holder_new(struct serve *s, struct run_client *c)
{
	struct holder *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->client = c;
	list_push(&s->holders, &h->holders);
	*run_server_data(c) = h;
	return h;
}

static void forget_holder(struct serve *s, struct holder *h)
{
	list_each (node, &s->charges) {
		struct charge *g = list_entry(node, struct charge, charges);

		if (g->holder == h)
			g->holder = NULL;
	}
}

static void holder_free(struct serve *s, struct holder *h)
{
	struct place *p = h->place;

	forget_holder(s, h);
	*run_server_data(h->client) = NULL;
	list_remove(&h->holders);
	run_text_fini(&h->tallied);
	free(h->request);
	free(h);
	if (!p)
		return;
	p->holders--;
	maybe_leave(p);
}

static void hold(struct holder *h, struct place *p,
		 const struct run_join_want *want)
{
	const char *slash = want->program ? strrchr(want->program, '/') : NULL;
	const char *program = slash	      ? slash + 1
			      : want->program ? want->program
					      : "";

	h->place = p;
	p->holders++;
	run_loop_disarm(&p->serve->sup.loop, &p->look);
	h->base = count(p);
	h->strict = want->strict;
	h->verbose = want->verbose;
	snprintf(h->program, sizeof(h->program), "%s", program);
	for (char *c = h->program; *c; c++)
		if (*c == ' ' || *c == '\n')
			*c = '_';
}

/* ---- guests ---- */

static void tell_tally(struct run_text *t, const struct run_guest *g)
{
	run_text_add(t, "calls %llu\n", (unsigned long long)g->calls);
	for (unsigned i = 0; i < g->ntally; i++)
		run_text_add(t, "unsupported %s %llu\n", g->tally[i].what,
			     (unsigned long long)g->tally[i].times);
}

static void charge_free(struct charge *c)
{
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->calls >= 0)
		close(c->calls);
	list_remove(&c->charges);
	free(c);
}

/* The guest is freed behind us; its place may go after that. */
static void on_guest_end(void *ctx, struct run_guest *g)
{
	struct place *p = g->host->ctx;
	struct charge *c = g->ctx;

	(void)ctx;
	if (c && c->holder) {
		tell_tally(&c->holder->tallied, g);
		c->holder->guest = NULL;
	}
	if (c)
		charge_free(c);
	g->ctx = NULL;
	if (p->holders)
		return;
	p->until = run_loop_clock() + CLOSE_MS * OSTIA_MS;
	run_loop_arm(&p->serve->sup.loop, &p->look, run_loop_clock());
}

static bool on_yield(struct run_host *h, uint16_t port)
{
	const struct place *p = h->ctx;

	return port == DNS_PORT && run_lab_yield(p->lab);
}

/* ---- requests ---- */

static void say(struct run_client *c, int status, const char *text)
{
	run_server_answer(c, status, text);
}

/* What the words of a join or an enter say; @addr and @publish have room. */
struct words {
	struct run_join_want want;
	const char *host;
	const char *addr[RUN_JOIN_WORDS], *publish[RUN_JOIN_WORDS];
};

static bool is_key(const char *key, size_t n, const char *word)
{
	return strlen(word) == n && !memcmp(key, word, n);
}

static void take_word(struct words *x, const char *key, size_t n,
		      const char *value)
{
	struct run_join_want *w = &x->want;

	if (is_key(key, n, "name"))
		w->name = value;
	else if (is_key(key, n, "host"))
		x->host = value;
	else if (is_key(key, n, "program"))
		w->program = value;
	else if (is_key(key, n, "addr"))
		x->addr[w->naddrs++] = value;
	else if (is_key(key, n, "link"))
		w->link = value;
	else if (is_key(key, n, "publish"))
		x->publish[w->npublish++] = value;
	else if (is_key(key, n, "uplink"))
		w->uplink = *value == '1';
	else if (is_key(key, n, "strict"))
		w->strict = *value == '1';
	else if (is_key(key, n, "verbose"))
		w->verbose = (unsigned)strtoul(value, NULL, 10);
	else if (is_key(key, n, "seed")) {
		w->seeded = true;
		w->seed = strtoull(value, NULL, 10);
	}
}

static void read_words(struct words *x, unsigned n, const char *const *words)
{
	memset(x, 0, sizeof(*x));
	for (unsigned i = 1; i < n; i++) {
		const char *eq = strchr(words[i], '=');

		if (eq && eq > words[i])
			take_word(x, words[i], (size_t)(eq - words[i]), eq + 1);
	}
	x->want.addr = x->addr;
	x->want.publish = x->publish;
}

static void say_host(const struct serve *s, struct holder *h)
{
	const struct run_lab_host *l = h->place->lab;
	char text[SAY];

	snprintf(text, sizeof(text),
		 "host %s\nv4 %s\nv6 %s\nseed %llu\nsupervisor %ld\n", l->name,
		 l->v4, l->v6,
		 (unsigned long long)ostia_world_seed(s->sup.world),
		 (long)getpid());
	say(h->client, 0, text);
}

static int open_ways(struct serve *s, struct place *p,
		     const struct run_join_want *want, char *err,
		     size_t err_size)
{
	int e = 0;

	if ((want->npublish || want->uplink) && !s->gate)
		e = run_gate_new(&s->lab, &s->sup.loop, &s->gate);
	if (!e && want->uplink && !s->uplink)
		e = run_uplink_new(s->gate, &s->uplink);
	if (!e && s->uplink && !s->forward)
		e = run_forward_new(&s->lab, &s->sup.loop, &s->forward);
	if (e)
		snprintf(err, err_size, "gateway: %s", strerror(-e));
	for (unsigned i = 0; i < want->npublish && !e; i++)
		e = run_gate_publish(s->gate, p->lab, want->publish[i], err,
				     err_size);
	return e;
}

/* Return: as run_lab_join(). */
static int try_join(struct serve *s, struct holder *h, const struct words *x,
		    char *err, size_t err_size)
{
	uint64_t seed = ostia_world_seed(s->sup.world);
	struct place *p;
	int e;

	if (x->want.seeded && x->want.seed != seed) {
		snprintf(err, err_size,
			 "%s runs with --seed %llu; leave it out, or end the "
			 "network first: ostia net down %s",
			 s->lab.name, (unsigned long long)seed, s->lab.name);
		return -EEXIST;
	}
	e = place_new(s, &x->want, &p, err, err_size);
	if (e)
		return e;
	hold(h, p, &x->want);
	return open_ways(s, p, &x->want, err, err_size);
}

/* Keep the words until a host has left. */
static int park(struct holder *h, unsigned n, const char *const *words)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	h->request = malloc(len);
	if (!h->request)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		size_t part = strlen(words[i]) + 1;

		memcpy(h->request + h->len, words[i], part);
		h->len += part;
	}
	return 0;
}

static void unpark(struct holder *h)
{
	free(h->request);
	h->request = NULL;
	h->len = 0;
}

/* Return: false: it waits. */
static bool join(struct serve *s, struct holder *h, unsigned n,
		 const char *const *words)
{
	char err[SAY] = "";
	struct words x;
	int e;

	read_words(&x, n, words);
	e = try_join(s, h, &x, err, sizeof(err));
	if ((e == -EEXIST || e == -ENOSPC) && any_is_leaving(s) &&
	    (h->request || !park(h, n, words)))
		return false;
	if (e) {
		struct run_client *c = h->client;

		holder_free(s, h);
		say(c, e, err);
		return true;
	}
	unpark(h);
	say_host(s, h);
	return true;
}

static void ask_join(struct serve *s, struct run_client *c, unsigned n,
		     const char *const *words)
{
	struct holder *h = holder_of(c) ? NULL : holder_new(s, c);

	if (!h) {
		say(c, holder_of(c) ? -EISCONN : -ENOMEM,
		    holder_of(c) ? "you have a host already" : "no memory");
		return;
	}
	(void)join(s, h, n, words);
}

static void try_one(struct serve *s, struct holder *h)
{
	const char *words[RUN_JOIN_WORDS];
	char *request = h->request;
	size_t len = h->len;
	unsigned n = 0;

	for (size_t at = 0; at < len; at += strlen(request + at) + 1)
		words[n++] = request + at;
	(void)join(s, h, n, words);
}

static void try_parked(struct serve *s)
{
	list_each_safe (node, &s->holders) {
		struct holder *h = list_entry(node, struct holder, holders);

		if (h->request)
			try_one(s, h);
	}
}

static void ask_enter(struct serve *s, struct run_client *c, unsigned n,
		      const char *const *words)
{
	struct run_lab_host *lab;
	struct holder *h;
	char err[SAY];
	struct words x;

	read_words(&x, n, words);
	lab = x.host ? run_lab_find(&s->lab, x.host) : NULL;
	if (!lab || is_leaving(lab->owner)) {
		snprintf(err, sizeof(err), "there is no host %s in %s",
			 x.host ? x.host : "", s->lab.name);
		say(c, -ENOENT, err);
		return;
	}
	h = holder_of(c) ? NULL : holder_new(s, c);
	if (!h) {
		say(c, -ENOMEM, "no memory");
		return;
	}
	hold(h, lab->owner, &x.want);
	say_host(s, h);
}

static int begin(struct serve *s, struct holder *h, int listener, pid_t pid)
{
	struct charge *c = calloc(1, sizeof(*c));
	int e;

	if (!c) {
		close(listener);
		return -ENOMEM;
	}
	e = run_sup_guest(h->place->host, listener, pid, &h->guest);
	if (e) {
		free(c);
		return e;
	}
	h->guest->strict = h->strict;
	h->guest->verbose = (int)h->verbose;
	h->guest->ctx = c;
	c->guest = h->guest;
	c->holder = h;
	c->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	c->calls = -1;
	list_push(&s->charges, &c->charges);
	return 0;
}

static void ask_begin(struct serve *s, struct run_client *c, unsigned n,
		      const char *const *words, int *fds, unsigned nfds)
{
	struct holder *h = holder_of(c);
	int listener = nfds ? fds[0] : -1, e;
	long pid = n > 1 && !strncmp(words[1], "pid=", 4)
			   ? strtol(words[1] + 4, NULL, 10)
			   : 0;

	if (!h || !h->place || h->guest || listener < 0 || pid <= 0) {
		say(c, -EINVAL,
		    "begin: a host, a listener and a pid come "
		    "first");
		return;
	}
	fds[0] = -1;
	e = begin(s, h, listener, (pid_t)pid);
	say(c, e, e ? strerror(-e) : NULL);
}

/* A line for the launcher, whole or not at all: the loop waits for nobody. */
static void on_call(struct run_guest *g, pid_t tid, const char *text)
{
	struct charge *c = g->ctx;
	char line[256], comm[16], lost[48] = "";
	int n;

	if (!c || c->calls < 0)
		return;
	run_target_comm(tid, comm);
	if (c->dropped)
		snprintf(lost, sizeof(lost), " (after %llu others)",
			 (unsigned long long)c->dropped);
	n = snprintf(line, sizeof(line), "ostia: %s[%d]: %s%s\n", comm,
		     (int)tid, text, lost);
	if (n >= (int)sizeof(line))
		n = (int)sizeof(line) - 1;
	c->dropped = write(c->calls, line, (size_t)n) == n ? 0 : c->dropped + 1;
}

static void ask_calls(struct run_client *c, int *fds, unsigned nfds)
{
	struct holder *h = holder_of(c);
	struct charge *charge = h && h->guest ? h->guest->ctx : NULL;

	if (!charge || !nfds || charge->calls >= 0) {
		say(c, -EINVAL, "calls: a guest and a pipe come first");
		return;
	}
	charge->calls = fds[0];
	fds[0] = -1;
	h->guest->on_call = on_call;
	say(c, 0, NULL);
}

static void ask_report(struct run_client *c)
{
	struct holder *h = holder_of(c);
	struct run_text t = { 0 };
	struct tally now;
	char *text;

	if (!h || !h->place) {
		say(c, -EINVAL, "report: no host of yours");
		return;
	}
	now = count(h->place);
	run_text_add(
		&t, "connections %llu\nsegments %llu\n",
		(unsigned long long)(now.connections - h->base.connections),
		(unsigned long long)(now.segments - h->base.segments));
	run_text_add(&t, "resent %llu\nlost %llu\n",
		     (unsigned long long)(now.resent - h->base.resent),
		     (unsigned long long)(now.lost - h->base.lost));
	if (h->guest)
		tell_tally(&t, h->guest);
	if (h->tallied.len)
		run_text_add(&t, "%.*s", (int)h->tallied.len, h->tallied.at);
	text = run_text_take(&t);
	say(c, text ? 0 : -ENOMEM, text);
	free(text);
}

static void show_guests(const struct run_lab_host *lab, struct run_text *t)
{
	const struct place *p = lab->owner;
	struct tally n = count(p);

	run_text_number(t, "programs", p->host->guests);
	run_text_number(t, "sockets", p->host->ndoors);
	run_text_number(t, "connections", n.connections);
	run_text_number(t, "segments", n.segments);
	run_text_number(t, "resent", n.resent);
	if (p->serve->gate)
		run_gate_show(p->serve->gate, lab, t);
}

static unsigned programs(const struct run_lab_host *lab)
{
	return ((const struct place *)lab->owner)->host->guests;
}

static void show_json(const struct serve *s, struct run_text *t)
{
	run_text_open(t, NULL, '{');
	run_lab_show(&s->lab, t, show_guests);
	run_text_number(t, "supervisor", (uint64_t)getpid());
	run_text_close(t, '}');
	run_text_add(t, "\n");
}

/* A line of `ostia net ls`: hosts, programs, seed. */
static void show_brief(const struct serve *s, struct run_text *t)
{
	unsigned n = 0;

	list_each (node, &s->sup.guests)
		n++;
	run_text_add(t, "%u %u %llu\n", s->lab.count, n,
		     (unsigned long long)ostia_world_seed(s->sup.world));
}

static void ask_show(const struct serve *s, struct run_client *c, unsigned n,
		     const char *const *words)
{
	struct run_text t = { 0 };
	char *text;

	if (n > 1 && !strcmp(words[1], "table"))
		run_show_table(&s->lab, &t, programs);
	else if (n > 1 && !strcmp(words[1], "brief"))
		show_brief(s, &t);
	else
		show_json(s, &t);
	text = run_text_take(&t);
	say(c, text ? 0 : -ENOMEM, text);
	free(text);
}

static void ask_set(struct serve *s, struct run_client *c, unsigned n,
		    const char *const *words)
{
	char err[SAY] = "set: write a wire and its faults";
	int e = -EINVAL;

	if (n == 3)
		e = run_lab_set(&s->lab, words[1], words[2], err, sizeof(err));
	say(c, e, e ? err : NULL);
}

static void ask_cut(struct serve *s, struct run_client *c, unsigned n,
		    const char *const *words)
{
	bool cut = !strcmp(words[0], "cut");
	char err[SAY] = "write one wire";
	int e = -EINVAL;

	if (n <= 2)
		e = run_lab_cut(&s->lab, n == 2 ? words[1] : NULL, cut, err,
				sizeof(err));
	say(c, e, e ? err : NULL);
}

/* ---- the end ---- */

static void signal_all(struct serve *s, int sig)
{
	list_each (node, &s->charges) {
		const struct charge *c =
			list_entry(node, struct charge, charges);

		if (c->pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, c->pidfd, sig,
				      NULL, 0);
	}
}

static void on_kill(struct run_timer *t, ostia_time now)
{
	struct serve *s = list_entry(t, struct serve, kill);

	(void)now;
	signal_all(s, SIGKILL);
	run_loop_stop(&s->sup.loop);
}

/* SIGTERM, a second, SIGKILL; a guest that detached itself hears ENOSYS. */
static void go_down(struct serve *s)
{
	ostia_time now = run_loop_clock();

	signal_all(s, SIGTERM);
	run_loop_arm(&s->sup.loop, &s->kill,
		     list_empty(&s->charges) ? now : now + TERM_MS * OSTIA_MS);
}

static void on_signal(struct run_watch *w, uint32_t events)
{
	struct serve *s = list_entry(w, struct serve, signals);
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		go_down(s);
}

static void on_retire(struct run_timer *t, ostia_time now)
{
	struct serve *s = list_entry(t, struct serve, retire);

	if (!list_empty(&s->places))
		return;
	if (run_server_retire(s->server))
		run_loop_arm(&s->sup.loop, t, now + RETIRE_MS * OSTIA_MS);
	else
		run_loop_stop(&s->sup.loop);
}

/* What happened last, into a file of the client's; not into what could wait. */
static void ask_record(const struct serve *s, struct run_client *c,
		       const int *fds, unsigned nfds)
{
	struct ostia_recorder *r = s->sup.recorder;
	struct stat st;
	int e;

	if (!nfds || fstat(fds[0], &st) || !S_ISREG(st.st_mode)) {
		say(c, -EINVAL, "record: a file comes first");
		return;
	}
	if (!r) {
		say(c, -ENODATA, "it was started with OSTIA_RECORD=never");
		return;
	}
	ostia_recorder_now(r);
	ostia_recorder_look(r, s->sup.world);
	e = ostia_recorder_save_fd(r, fds[0]);
	say(c, e, e ? strerror(-e) : NULL);
}

/* ---- clients ---- */

static void on_ask(void *ctx, struct run_client *c, unsigned n,
		   const char *const *words, int *fds, unsigned nfds)
{
	struct serve *s = ctx;
	const char *verb = words[0];

	if (!strcmp(verb, "join"))
		ask_join(s, c, n, words);
	else if (!strcmp(verb, "enter"))
		ask_enter(s, c, n, words);
	else if (!strcmp(verb, "begin"))
		ask_begin(s, c, n, words, fds, nfds);
	else if (!strcmp(verb, "calls"))
		ask_calls(c, fds, nfds);
	else if (!strcmp(verb, "report"))
		ask_report(c);
	else if (!strcmp(verb, "bye"))
		say(c, 0, NULL);
	else if (!strcmp(verb, "show"))
		ask_show(s, c, n, words);
	else if (!strcmp(verb, "record"))
		ask_record(s, c, fds, nfds);
	else if (!strcmp(verb, "set"))
		ask_set(s, c, n, words);
	else if (!strcmp(verb, "cut") || !strcmp(verb, "heal"))
		ask_cut(s, c, n, words);
	else if (!strcmp(verb, "down")) {
		say(c, 0, NULL);
		go_down(s);
	} else {
		say(c, -ENOSYS, "the network's supervisor does not know this");
	}
}

static void on_gone(void *ctx, struct run_client *c)
{
	struct serve *s = ctx;
	struct holder *h = holder_of(c);

	if (h)
		holder_free(s, h);
}

static const struct run_server_ops server_ops = { .ask = on_ask,
						  .gone = on_gone };

/* ---- beginning ---- */

static int watch_signals(struct serve *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	s->signals.fn = on_signal;
	s->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals.fd < 0)
		return -errno;
	return run_loop_watch(&s->sup.loop, &s->signals, EPOLLIN);
}

static int serve_init(struct serve *s, int listener, int dir, const char *net,
		      uint64_t seed)
{
	const struct run_sup_config cfg = {
		.seed = seed,
		.record_bytes = run_join_records() ? RECORD_BYTES : 0,
	};
	int e = run_sup_init(&s->sup, &cfg);

	if (e)
		return e;
	list_init(&s->places);
	list_init(&s->holders);
	list_init(&s->charges);
	s->retire.fn = on_retire;
	s->kill.fn = on_kill;
	s->sup.on_guest_end = on_guest_end;
	s->sup.on_guest_end_ctx = s;
	s->sup.yield = on_yield;
	e = run_lab_init(&s->lab, s->sup.world, net, "/etc/resolv.conf");
	if (!e)
		e = watch_signals(s);
	if (!e)
		e = run_server_new(&s->sup.loop, listener, dir, net,
				   &server_ops, s, &s->server);
	return e;
}

static void serve_fini(struct serve *s)
{
	run_server_abandon(s->server);
	run_server_free(s->server);
	while (!list_empty(&s->charges)) {
		struct charge *c =
			list_entry(s->charges.next, struct charge, charges);

		c->guest->ctx = NULL;
		charge_free(c);
	}
	while (!list_empty(&s->places))
		place_free(list_entry(s->places.next, struct place, places));
	if (s->forward)
		run_forward_free(s->forward);
	if (s->uplink)
		run_uplink_free(s->uplink);
	if (s->gate)
		run_gate_free(s->gate);
	run_loop_disarm(&s->sup.loop, &s->retire);
	run_loop_disarm(&s->sup.loop, &s->kill);
	run_loop_forget(&s->sup.loop, &s->signals);
	close(s->signals.fd);
	run_lab_fini(&s->lab);
	run_sup_fini(&s->sup);
}

int run_serve(int listener, int dir, const char *net, uint64_t seed)
{
	struct serve *s = calloc(1, sizeof(*s));
	int e = s ? serve_init(s, listener, dir, net, seed) : -ENOMEM;

	if (e) {
		fprintf(stderr, "ostia: network %s: %s\n", net, strerror(-e));
		return 1;
	}
	run_loop_arm(&s->sup.loop, &s->retire,
		     run_loop_clock() + FIRST_MS * OSTIA_MS);
	e = run_loop_run(&s->sup.loop);
	serve_fini(s);
	free(s);
	return e ? 1 : 0;
}
