/* SPDX-License-Identifier: MIT */
#include "run/gate.h"

#include "run/joint.h"
#include "run/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPT_AT_ONCE = 16,
	DATAGRAMS_AT_ONCE = 64,
	BACKLOG = 512,
	SWEEP_S = 10,
	WORDS_MAX = 96,
	COOKIE_OF_LIBRARY = 63, /* the bit of it */
};

/**
 * struct port - What is published
 * @kernel: a listener, or a datagram socket
 * @to:	    the guest's port
 * @text:   "127.0.0.1:8080:80/udp"
 */
struct port {
	struct list ports;
	struct run_gate *gate;
	const struct run_lab_host *host;
	struct run_watch kernel;
	bool udp, v6;
	struct sockaddr_storage to;
	socklen_t to_len;
	char text[WORDS_MAX];
};

/**
 * struct flow - Datagrams of one sender to a published port
 * @peer:  of the kernel's side
 * @stack: our socket, connected to the guest's
 * @last:  when it was heard of
 */
struct flow {
	struct list flows;
	struct port *port;
	struct sockaddr_storage peer;
	socklen_t peer_len;
	struct run_gate_watch stack;
	ostia_time last;
};

static int fail(char *err, size_t size, int e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(char *err, size_t size, int e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (err && size)
		vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return e;
}

/* ---- looking after the stack ---- */

static void on_kick(struct run_task *t)
{
	ostia_host_kick(list_entry(t, struct run_gate, kick)->node);
}

void run_gate_touch(struct run_gate *g)
{
	run_loop_defer(g->loop, &g->kick);
}

/* Inside the stack's output: what it means is done from the loop. */
static void on_event(void *ctx, const struct ostia_event *ev)
{
	struct run_gate *g = ctx;
	struct run_gate_watch *w;

	if (ev->kind != OSTIA_EVENT_READY || ev->cookie >> COOKIE_OF_LIBRARY)
		return;
	w = (struct run_gate_watch *)(uintptr_t)ev->cookie;
	w->expect = 0;
	w->mask |= ev->mask;
	run_loop_defer(g->loop, &w->ready);
}

static void on_ready(struct run_task *t)
{
	struct run_gate_watch *w = list_entry(t, struct run_gate_watch, ready);
	uint32_t mask = w->mask;

	w->mask = 0;
	w->fn(w, mask);
}

void run_gate_watch_init(struct run_gate_watch *w, struct run_gate *g, int fd,
			 void (*fn)(struct run_gate_watch *w, uint32_t mask))
{
	*w = (struct run_gate_watch) { .gate = g, .fn = fn, .fd = fd };
	run_loop_task_init(&w->ready, on_ready);
}

void run_gate_expect(struct run_gate_watch *w, uint32_t mask)
{
	struct run_gate *g = w->gate;

	if (w->expect == mask)
		return;
	w->expect = mask;
	if (ostia_watch(g->proc, w->fd, mask, (uintptr_t)w)) {
		w->mask |= mask;
		run_loop_defer(g->loop, &w->ready);
	}
	run_gate_touch(g);
}

void run_gate_unwatch(struct run_gate_watch *w)
{
	(void)ostia_watch(w->gate->proc, w->fd, 0, (uintptr_t)w);
	run_loop_drop(&w->ready);
}

/* ---- connections ---- */

static int call_guest(struct port *p)
{
	struct run_gate *g = p->gate;
	int fd = ostia_socket(
		g->proc, p->v6 ? AF_INET6 : AF_INET,
		(p->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
	int e;

	if (fd < 0)
		return -errno;
	e = ostia_connect(g->proc, fd, (struct sockaddr *)&p->to, p->to_len);
	run_gate_touch(g);
	if (!e || errno == EINPROGRESS)
		return fd;
	e = -errno;
	(void)ostia_close(g->proc, fd);
	return e;
}

/* Refused at once: the caller shall see a reset, no orderly end. */
static void refuse(struct run_gate *g, int kernel_fd)
{
	const struct linger now = { .l_onoff = 1 };

	g->stats.refused++;
	(void)setsockopt(kernel_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(kernel_fd);
}

/* Those who wait in the kernel's queue may come. */
static void listen_again(struct run_joint *j)
{
	struct run_gate *g = j->gate;

	list_each (node, &g->ports) {
		struct port *p = list_entry(node, struct port, ports);

		(void)run_loop_watch(g->loop, &p->kernel, EPOLLIN);
	}
}

static void join_guest(struct port *p, int kernel_fd)
{
	struct run_gate *g = p->gate;
	int fd = call_guest(p);
	struct run_joint *j;

	if (fd < 0) {
		refuse(g, kernel_fd);
		return;
	}
	if (run_joint_new(g, fd, kernel_fd, true, p->host, &j))
		return;
	j->on_end = listen_again;
	g->stats.published++;
}

static void on_caller(struct run_watch *w, uint32_t events)
{
	struct port *p = list_entry(w, struct port, kernel);
	struct run_gate *g = p->gate;

	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd;

		if (g->njoints == RUN_GATE_JOINTS) {
			run_loop_forget(g->loop, w);
			return;
		}
		fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		join_guest(p, fd);
	}
}

/* ---- datagrams ---- */

static void flow_free(struct flow *f)
{
	struct run_gate *g = f->port->gate;

	run_gate_unwatch(&f->stack);
	(void)ostia_close(g->proc, f->stack.fd);
	list_remove(&f->flows);
	g->nflows--;
	free(f);
}

static void seen(struct flow *f)
{
	struct run_gate *g = f->port->gate;

	f->last = run_loop_clock();
	list_remove(&f->flows);
	list_push(&g->flows, &f->flows);
}

/* The youngest first: it is most likely the one. */
static struct flow *find_flow(const struct port *p,
			      const struct sockaddr_storage *peer,
			      socklen_t len)
{
	const struct list *head = &p->gate->flows;

	for (struct list *l = head->prev; l != head; l = l->prev) {
		struct flow *f = list_entry(l, struct flow, flows);

		if (f->port == p && f->peer_len == len &&
		    !memcmp(&f->peer, peer, len))
			return f;
	}
	return NULL;
}

/* What the guest answers goes to who asked. */
static void on_answer(struct run_gate_watch *w, uint32_t mask)
{
	struct flow *f = list_entry(w, struct flow, stack);
	struct run_gate *g = w->gate;

	(void)mask;
	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		ssize_t n = ostia_recv(g->proc, w->fd, g->buf, RUN_GATE_MOVE,
				       MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			continue; /* an ICMP error: asked for, and told */
		g->stats.bytes_out += (uint64_t)n;
		(void)sendto(f->port->kernel.fd, g->buf, (size_t)n,
			     MSG_DONTWAIT | MSG_NOSIGNAL,
			     (struct sockaddr *)&f->peer, f->peer_len);
		seen(f);
	}
	run_gate_expect(w, POLLIN);
}

static struct flow *new_flow(struct port *p,
			     const struct sockaddr_storage *peer, socklen_t len)
{
	struct run_gate *g = p->gate;
	struct flow *f;
	int fd;

	if (g->nflows == RUN_GATE_FLOWS) {
		g->stats.evicted++;
		flow_free(list_entry(g->flows.next, struct flow, flows));
	}
	fd = call_guest(p);
	f = fd < 0 ? NULL : calloc(1, sizeof(*f));
	if (!f) {
		if (fd >= 0)
			(void)ostia_close(g->proc, fd);
		return NULL;
	}
	f->port = p;
	f->peer = *peer;
	f->peer_len = len;
	list_init(&f->flows);
	g->nflows++;
	run_gate_watch_init(&f->stack, g, fd, on_answer);
	run_gate_expect(&f->stack, POLLIN);
	return f;
}

static void on_datagram(struct run_watch *w, uint32_t events)
{
	struct port *p = list_entry(w, struct port, kernel);
	struct run_gate *g = p->gate;

	(void)events;
	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(w->fd, g->buf, RUN_GATE_MOVE, MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);
		struct flow *f;

		if (n < 0)
			return;
		f = find_flow(p, &from, len);
		if (!f)
			f = new_flow(p, &from, len);
		if (!f)
			continue;
		seen(f);
		g->stats.bytes_in += (uint64_t)n;
		(void)ostia_send(g->proc, f->stack.fd, g->buf, (size_t)n,
				 MSG_DONTWAIT | MSG_NOSIGNAL);
		run_gate_touch(g);
	}
}

static void on_sweep(struct run_timer *t, ostia_time now)
{
	struct run_gate *g = list_entry(t, struct run_gate, sweep);

	while (!list_empty(&g->flows)) {
		struct flow *f = list_entry(g->flows.next, struct flow, flows);

		if (now < f->last + RUN_GATE_FLOW_S * OSTIA_S)
			break;
		flow_free(f);
	}
	run_loop_arm(g->loop, t, now + SWEEP_S * OSTIA_S);
}

/* ---- the words ---- */

/** struct door - What the words say */
struct door {
	struct sockaddr_storage addr;
	socklen_t len;
	uint16_t to;
	bool udp;
};

static bool read_port(const char *text, bool zero, uint16_t *out)
{
	unsigned long v = 0;

	if (!*text || strlen(text) > 5 ||
	    strspn(text, "0123456789") != strlen(text))
		return false;
	v = strtoul(text, NULL, 10);
	*out = (uint16_t)v;
	return v <= UINT16_MAX && (v || zero);
}

static bool read_addr(struct door *d, const char *text, uint16_t port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&d->addr;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&d->addr;
	size_t n = strlen(text);
	char ip[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		d->len = sizeof(*v4);
		return true;
	}
	if (n < 4 || n - 2 >= sizeof(ip) || text[0] != '[' ||
	    text[n - 1] != ']')
		return false;
	memcpy(ip, text + 1, n - 2);
	ip[n - 2] = '\0';
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	d->len = sizeof(*v6);
	return inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1;
}

/* From behind: an address may have colons of its own. */
static bool read_words(struct door *d, const char *words)
{
	char text[WORDS_MAX], *slash, *to, *from;
	uint16_t port;

	if (snprintf(text, sizeof(text), "%s", words) >= (int)sizeof(text))
		return false;
	*d = (struct door) { 0 };
	slash = strchr(text, '/');
	if (slash) {
		d->udp = !strcmp(slash, "/udp");
		if (!d->udp && strcmp(slash, "/tcp"))
			return false;
		*slash = '\0';
	}
	to = strrchr(text, ':');
	if (!to || !read_port(to + 1, false, &d->to))
		return false;
	*to = '\0';
	from = strrchr(text, ':');
	if (from)
		*from = '\0';
	if (!read_port(from ? from + 1 : text, true, &port))
		return false;
	return read_addr(d, from ? text : "127.0.0.1", port);
}

/* ---- publishing ---- */

static int open_kernel(struct door *d)
{
	int fd = socket(d->addr.ss_family,
			(d->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK |
				SOCK_CLOEXEC,
			0);
	int on = 1, e;

	if (fd < 0)
		return -errno;
	if (!d->udp)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (d->addr.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	if (bind(fd, (struct sockaddr *)&d->addr, d->len) == 0 &&
	    (d->udp || listen(fd, BACKLOG) == 0) &&
	    getsockname(fd, (struct sockaddr *)&d->addr, &d->len) == 0)
		return fd;
	e = -errno;
	close(fd);
	return e;
}

static void say_port(struct port *p, const struct door *d)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&d->addr;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&d->addr;
	char ip[INET6_ADDRSTRLEN] = "";

	if (p->v6)
		inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
	else
		inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
	snprintf(p->text, sizeof(p->text),
		 p->v6 ? "[%s]:%u:%u%s" : "%s:%u:%u%s", ip,
		 ntohs(p->v6 ? v6->sin6_port : v4->sin_port), d->to,
		 d->udp ? "/udp" : "");
}

static void aim(struct port *p, uint16_t to)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&p->to;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&p->to;
	const struct ostia_addr *a = &p->host->addr[p->v6];

	if (p->v6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(to);
		memcpy(&v6->sin6_addr, a->b, sizeof(v6->sin6_addr));
		p->to_len = sizeof(*v6);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(to);
		memcpy(&v4->sin_addr, &a->w[3], sizeof(v4->sin_addr));
		p->to_len = sizeof(*v4);
	}
}

static int port_new(struct run_gate *g, const struct run_lab_host *h,
		    const struct door *d, int fd)
{
	struct port *p = calloc(1, sizeof(*p));
	int e = -ENOMEM;

	if (p) {
		p->gate = g;
		p->host = h;
		p->udp = d->udp;
		p->v6 = d->addr.ss_family == AF_INET6;
		p->kernel.fn = d->udp ? on_datagram : on_caller;
		p->kernel.fd = fd;
		aim(p, d->to);
		say_port(p, d);
		e = run_loop_watch(g->loop, &p->kernel, EPOLLIN);
	}
	if (e) {
		free(p);
		close(fd);
		return e;
	}
	list_push(&g->ports, &p->ports);
	return 0;
}

int run_gate_publish(struct run_gate *g, const struct run_lab_host *h,
		     const char *words, char *err, size_t err_size)
{
	struct door d;
	int fd, e;

	if (!read_words(&d, words))
		return fail(err, err_size, -EINVAL,
			    "-p %s: write [ADDRESS:]PORT:PORT[/udp], as "
			    "8080:80 or [::1]:5353:53/udp",
			    words);
	fd = open_kernel(&d);
	e = fd < 0 ? fd : port_new(g, h, &d, fd);
	if (e)
		return fail(err, err_size, e, "-p %s: %s", words,
			    e == -EADDRINUSE ? "that port of this machine is "
					       "taken"
					     : strerror(-e));
	return 0;
}

static void port_free(struct port *p)
{
	struct run_gate *g = p->gate;

	list_each_safe (node, &g->flows) {
		struct flow *f = list_entry(node, struct flow, flows);

		if (f->port == p)
			flow_free(f);
	}
	run_loop_forget(g->loop, &p->kernel);
	close(p->kernel.fd);
	list_remove(&p->ports);
	free(p);
}

void run_gate_withdraw(struct run_gate *g, const struct run_lab_host *h)
{
	list_each_safe (node, &g->ports) {
		struct port *p = list_entry(node, struct port, ports);

		if (!h || p->host == h)
			port_free(p);
	}
	list_each_safe (node, &g->joints) {
		struct run_joint *j =
			list_entry(node, struct run_joint, joints);

		if (!h || j->about == h)
			run_joint_abort(j);
	}
}

void run_gate_show(const struct run_gate *g, const struct run_lab_host *h,
		   struct run_text *out)
{
	run_text_open(out, "published", '[');
	list_each (node, &g->ports) {
		const struct port *p = list_entry(node, struct port, ports);

		if (p->host == h)
			run_text_string(out, NULL, p->text);
	}
	run_text_close(out, ']');
}

/* ---- beginning and end ---- */

static int gate_init(struct run_gate *g, struct run_lab *lab,
		     struct run_loop *loop)
{
	int e = run_lab_need_gateway(lab);

	if (e)
		return e;
	g->lab = lab;
	g->loop = loop;
	g->node = lab->gateway->node;
	e = ostia_proc_new(ostia_host_stack(g->node), UINT16_MAX, NULL, NULL,
			   &g->proc);
	if (e)
		return e;
	list_init(&g->ports);
	list_init(&g->joints);
	list_init(&g->flows);
	run_loop_task_init(&g->kick, on_kick);
	ostia_host_on_event(g->node, on_event, g);
	g->sweep.fn = on_sweep;
	run_loop_arm(loop, &g->sweep, run_loop_clock() + SWEEP_S * OSTIA_S);
	return 0;
}

int run_gate_new(struct run_lab *lab, struct run_loop *loop,
		 struct run_gate **out)
{
	struct run_gate *g = calloc(1, sizeof(*g));
	int e = -ENOMEM;

	if (g)
		g->buf = malloc(RUN_GATE_MOVE);
	if (g && g->buf)
		e = gate_init(g, lab, loop);
	if (e) {
		if (g)
			free(g->buf);
		free(g);
		return e;
	}
	*out = g;
	return 0;
}

void run_gate_free(struct run_gate *g)
{
	run_gate_withdraw(g, NULL);
	run_loop_disarm(g->loop, &g->sweep);
	run_loop_drop(&g->kick);
	ostia_host_on_event(g->node, NULL, NULL);
	ostia_proc_free(g->proc);
	ostia_host_kick(g->node);
	free(g->buf);
	free(g);
}
