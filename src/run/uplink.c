/* SPDX-License-Identifier: MIT */
#include "run/uplink.h"

#include "base/addr.h"
#include "run/joint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ETH = 14,
	HEAD = ETH + 60 + 20, /* bytes that say where a packet goes */
	TCP_SYN = 0x02,
	TCP_ACK = 0x10,
	AT_ONCE = 64,
	BACKLOG = 256,
	SWEEP_S = 5,
};

/** struct goal - Where a packet goes, and where from */
struct goal {
	struct ostia_addr src, dst;
	uint16_t sport, dport;
	uint8_t proto;
	bool syn;
};

/** struct taken - An address that the gateway has for @ways */
struct taken {
	struct list taken;
	struct ostia_addr addr;
	unsigned ways;
};

/**
 * struct way - A protocol's port at an address out there, as guests see it
 * @stack: a listener, or a socket for datagrams; fd -1: nothing (who is
 *	   refused is refused by the stack)
 * @users: calls, connections and flows
 */
struct way {
	struct list ways;
	struct run_uplink *up;
	struct taken *taken;
	struct goal to;
	struct run_gate_watch stack;
	unsigned users;
	ostia_time last;
};

enum call_state { CALL_NEW, CALL_DIALLING, CALL_ANSWERED };

/**
 * struct call - A connection that is being made, or a first datagram
 * @first: the packet that asked for it, on @link; NULL: handed in
 */
struct call {
	struct list calls;
	struct run_uplink *up;
	struct goal goal;
	struct ostia_pkt *first;
	struct ostia_link *link;
	struct way *way;
	struct run_watch kernel;
	enum call_state state;
	ostia_time last;
};

/** struct talk - Datagrams between a guest's socket and a way */
struct talk {
	struct list flows;
	struct way *way;
	struct sockaddr_storage guest;
	socklen_t guest_len;
	struct run_watch kernel;
	ostia_time last;
};

struct run_uplink {
	struct run_gate *gate;
	struct list ways, taken, calls, flows;
	unsigned nways, ncalls, nflows;
	struct run_task work;
	struct run_timer sweep;
};

/* ---- packets ---- */

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool read_ports(struct goal *g, const uint8_t *l4, const uint8_t *end)
{
	size_t need = g->proto == IPPROTO_TCP ? 14 : 4;

	if (end < l4 || (size_t)(end - l4) < need)
		return false;
	g->sport = be16(l4);
	g->dport = be16(l4 + 2);
	g->syn = g->proto == IPPROTO_TCP &&
		 (l4[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	return g->proto == IPPROTO_TCP || g->proto == IPPROTO_UDP;
}

/* Later fragments say no ports: they are for the stack. */
static bool read_v4(struct goal *g, const uint8_t *ip, const uint8_t *end)
{
	if (end - ip < 20 || be16(ip + 6) & 0x1fff)
		return false;
	g->src = addr_v4(ip + 12);
	g->dst = addr_v4(ip + 16);
	g->proto = ip[9];
	return read_ports(g, ip + (ip[0] & 15) * 4, end);
}

static bool read_v6(struct goal *g, const uint8_t *ip, const uint8_t *end)
{
	if (end - ip < 40)
		return false;
	g->src = addr_v6(ip + 8);
	g->dst = addr_v6(ip + 24);
	g->proto = ip[6];
	return read_ports(g, ip + 40, end);
}

static bool read_goal(struct goal *g, const struct ostia_pkt *p)
{
	uint8_t head[HEAD];
	size_t n = ostia_pkt_copy_out(p, 0, head, sizeof(head));

	if (n < ETH)
		return false;
	*g = (struct goal) { 0 };
	switch (be16(head + 12)) {
	case 0x0800:
		return read_v4(g, head + ETH, head + n);
	case 0x86dd:
		return read_v6(g, head + ETH, head + n);
	default:
		return false;
	}
}

static bool same_end(const struct goal *a, const struct goal *b)
{
	return a->proto == b->proto && a->dport == b->dport &&
	       addr_eq(&a->dst, &b->dst);
}

static bool same_goal(const struct goal *a, const struct goal *b)
{
	return same_end(a, b) && a->sport == b->sport &&
	       addr_eq(&a->src, &b->src);
}

static bool is_out_there(const struct run_uplink *u, const struct ostia_addr *a)
{
	const struct run_lab *lab = u->gate->lab;

	if (addr_is_multicast(a) || addr_is_broadcast(a) || addr_is_any(a) ||
	    addr_is_loopback(a) || addr_is_linklocal(a))
		return false;
	return !run_lab_has(lab, a);
}

static socklen_t name_of(struct sockaddr_storage *to,
			 const struct ostia_addr *a, uint16_t port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;

	*to = (struct sockaddr_storage) { 0 };
	if (addr_is_v4(a)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, &a->w[3], sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, a->b, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

/* ---- addresses ---- */

static void text_of(const struct ostia_addr *a, char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "";

	if (addr_is_v4(a))
		inet_ntop(AF_INET, &a->w[3], ip, sizeof(ip));
	else
		inet_ntop(AF_INET6, a->b, ip, sizeof(ip));
	snprintf(buf, size, "%s/%d", ip, addr_is_v4(a) ? 32 : 128);
}

static struct taken *take_addr(struct run_uplink *u, const struct ostia_addr *a)
{
	char text[INET6_ADDRSTRLEN + 8];
	struct taken *t;

	list_each (node, &u->taken) {
		t = list_entry(node, struct taken, taken);
		if (addr_eq(&t->addr, a)) {
			t->ways++;
			return t;
		}
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	text_of(a, text, sizeof(text));
	if (ostia_wire_addr(u->gate->lab->gateway->wire, 0, text)) {
		free(t);
		return NULL;
	}
	t->addr = *a;
	t->ways = 1;
	list_push(&u->taken, &t->taken);
	return t;
}

static void drop_addr(struct run_uplink *u, struct taken *t)
{
	char text[INET6_ADDRSTRLEN + 8];

	if (--t->ways)
		return;
	text_of(&t->addr, text, sizeof(text));
	(void)ostia_addr_del(ostia_wire_link(u->gate->lab->gateway->wire, 0),
			     text);
	run_gate_touch(u->gate);
	list_remove(&t->taken);
	free(t);
}

/* ---- ways ---- */

static void on_way(struct run_gate_watch *w, uint32_t mask);

/* Found ones come to the front: packets come in trains. */
static struct way *find_way(struct run_uplink *u, const struct goal *g)
{
	list_each (node, &u->ways) {
		struct way *w = list_entry(node, struct way, ways);

		if (!same_end(&w->to, g))
			continue;
		list_remove(&w->ways);
		list_push_front(&u->ways, &w->ways);
		return w;
	}
	return NULL;
}

static void way_free(struct way *w)
{
	struct run_uplink *u = w->up;

	run_gate_unwatch(&w->stack);
	if (w->stack.fd >= 0)
		(void)ostia_close(u->gate->proc, w->stack.fd);
	drop_addr(u, w->taken);
	list_remove(&w->ways);
	u->nways--;
	free(w);
}

static void use(struct way *w)
{
	w->users++;
}

static void unuse(struct way *w)
{
	w->users--;
	w->last = run_loop_clock();
}

static int open_way(struct run_uplink *u, const struct goal *g)
{
	struct ostia_proc *proc = u->gate->proc;
	bool tcp = g->proto == IPPROTO_TCP;
	struct sockaddr_storage a;
	socklen_t len = name_of(&a, &g->dst, g->dport);
	int on = 1;
	int fd = ostia_socket(proc, a.ss_family,
			      (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK,
			      0);

	if (fd < 0)
		return -1;
	if (tcp)
		(void)ostia_setsockopt(proc, fd, SOL_SOCKET, SO_REUSEADDR, &on,
				       sizeof(on));
	if (ostia_bind(proc, fd, (struct sockaddr *)&a, len) ||
	    (tcp && ostia_listen(proc, fd, BACKLOG))) {
		(void)ostia_close(proc, fd);
		return -1;
	}
	return fd;
}

/* The one that nobody has used for longest, if there is any. */
static bool evict_way(struct run_uplink *u)
{
	struct way *oldest = NULL;

	list_each (node, &u->ways) {
		struct way *w = list_entry(node, struct way, ways);

		if (!w->users && (!oldest || w->last < oldest->last))
			oldest = w;
	}
	if (oldest)
		way_free(oldest);
	return oldest;
}

/* @open: false: the address alone, so that the stack refuses. */
static struct way *make_way(struct run_uplink *u, const struct goal *g,
			    bool open)
{
	struct way *w;
	int fd = -1;

	if (u->nways == RUN_UPLINK_WAYS && !evict_way(u))
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->taken = take_addr(u, &g->dst);
	if (w->taken && open)
		fd = open_way(u, g);
	if (!w->taken || (open && fd < 0)) {
		if (w->taken)
			drop_addr(u, w->taken);
		free(w);
		return NULL;
	}
	w->up = u;
	w->to = *g;
	w->last = run_loop_clock();
	run_gate_watch_init(&w->stack, u->gate, fd, on_way);
	if (fd >= 0)
		run_gate_expect(&w->stack, POLLIN);
	list_push_front(&u->ways, &w->ways);
	u->nways++;
	return w;
}

/* One that refused may be open the next time. */
static struct way *get_way(struct run_uplink *u, const struct goal *g,
			   bool open)
{
	struct way *w = find_way(u, g);

	if (!w)
		return make_way(u, g, open);
	if (w->stack.fd < 0 && open) {
		w->stack.fd = open_way(u, g);
		if (w->stack.fd < 0)
			return NULL;
		run_gate_expect(&w->stack, POLLIN);
	}
	return w;
}

/* ---- calls ---- */

static struct call *find_call(const struct run_uplink *u, const struct goal *g)
{
	list_each (node, &u->calls) {
		struct call *c = list_entry(node, struct call, calls);

		if (same_goal(&c->goal, g))
			return c;
	}
	return NULL;
}

static void call_free(struct call *c)
{
	struct run_uplink *u = c->up;

	if (c->kernel.fd >= 0) {
		run_loop_forget(u->gate->loop, &c->kernel);
		close(c->kernel.fd);
	}
	if (c->first)
		ostia_pkt_free(c->first);
	if (c->way)
		unuse(c->way);
	list_remove(&c->calls);
	u->ncalls--;
	free(c);
}

/* The stack hears what the guest said first; its answer goes at once. */
static void hand_in(struct call *c)
{
	struct ostia_node *node = c->up->gate->node;

	ostia_host_kick(node);
	ostia_link_input(c->link, c->first);
	ostia_host_kick(node);
	c->first = NULL;
}

static void refuse(struct call *c)
{
	struct way *w = get_way(c->up, &c->goal, false);

	if (w && w->stack.fd < 0)
		hand_in(c);
	call_free(c);
}

static void answer(struct call *c)
{
	struct way *w = get_way(c->up, &c->goal, true);

	run_loop_forget(c->up->gate->loop, &c->kernel);
	if (!w) {
		call_free(c);
		return;
	}
	use(w);
	c->way = w;
	c->state = CALL_ANSWERED;
	c->last = run_loop_clock();
	hand_in(c);
}

static void on_dialled(struct run_watch *watch, uint32_t events)
{
	struct call *c = list_entry(watch, struct call, kernel);
	socklen_t len = sizeof(int);
	int error = 0;

	(void)events;
	if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &len))
		error = errno;
	if (error)
		refuse(c);
	else
		answer(c);
}

static int open_kernel(const struct goal *g)
{
	struct sockaddr_storage a;
	socklen_t len = name_of(&a, &g->dst, g->dport);
	int fd = socket(a.ss_family,
			(g->proto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM) |
				SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	close(fd);
	return -ENETUNREACH;
}

static void dial(struct call *c)
{
	c->kernel.fd = open_kernel(&c->goal);
	c->state = CALL_DIALLING;
	c->last = run_loop_clock();
	c->kernel.fn = on_dialled;
	if (c->kernel.fd < 0 ||
	    run_loop_watch(c->up->gate->loop, &c->kernel, EPOLLOUT))
		refuse(c);
}

/* A first datagram: the way is made, and it goes. */
static void send_first(struct call *c)
{
	if (get_way(c->up, &c->goal, true))
		hand_in(c);
	call_free(c);
}

static void on_work(struct run_task *t)
{
	struct run_uplink *u = list_entry(t, struct run_uplink, work);

	list_each_safe (node, &u->calls) {
		struct call *c = list_entry(node, struct call, calls);

		if (c->state != CALL_NEW)
			continue;
		if (c->goal.proto == IPPROTO_TCP)
			dial(c);
		else
			send_first(c);
	}
}

/* Inside the world. Return: 1: the packet is ours (it may be gone). */
static int remember(struct run_uplink *u, const struct goal *g,
		    struct ostia_link *link, struct ostia_pkt *p)
{
	struct call *c =
		u->ncalls < RUN_UPLINK_CALLS ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		ostia_pkt_free(p);
		return 1;
	}
	c->up = u;
	c->goal = *g;
	c->first = p;
	c->link = link;
	c->kernel.fd = -1;
	list_push(&u->calls, &c->calls);
	u->ncalls++;
	run_loop_defer(u->gate->loop, &u->work);
	return 1;
}

static int on_packet(void *ctx, struct ostia_link *link, struct ostia_pkt *p)
{
	struct run_uplink *u = ctx;
	const struct call *c;
	struct goal g;

	if (!read_goal(&g, p) || !is_out_there(u, &g.dst))
		return 0;
	if (g.proto == IPPROTO_TCP && !g.syn)
		return 0;
	if (g.proto == IPPROTO_UDP && find_way(u, &g))
		return 0;
	c = g.syn ? find_call(u, &g) : NULL;
	if (!c)
		return remember(u, &g, link, p);
	if (c->state == CALL_ANSWERED)
		return 0;
	ostia_pkt_free(p); /* again, and not yet decided */
	return 1;
}

/* ---- connections ---- */

static void on_joint_end(struct run_joint *j)
{
	unuse(j->ctx);
}

static void goal_of_peer(struct goal *g, const struct way *w,
			 const struct sockaddr_storage *peer)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)peer;

	*g = w->to;
	if (peer->ss_family == AF_INET) {
		g->src = addr_v4(&v4->sin_addr);
		g->sport = ntohs(v4->sin_port);
	} else {
		g->src = addr_v6(&v6->sin6_addr);
		g->sport = ntohs(v6->sin6_port);
	}
}

/* Nobody was called for it: the other side refused this one. */
static void reset(struct run_uplink *u, int fd)
{
	const struct linger now = { .l_onoff = 1 };

	(void)ostia_setsockopt(u->gate->proc, fd, SOL_SOCKET, SO_LINGER, &now,
			       sizeof(now));
	(void)ostia_close(u->gate->proc, fd);
}

static void join(struct way *w, int fd, const struct sockaddr_storage *peer)
{
	struct run_uplink *u = w->up;
	struct run_joint *j;
	struct goal g;
	struct call *c;
	int kernel_fd;

	goal_of_peer(&g, w, peer);
	c = find_call(u, &g);
	if (!c || c->state != CALL_ANSWERED) {
		reset(u, fd);
		return;
	}
	kernel_fd = c->kernel.fd;
	c->kernel.fd = -1;
	if (!run_joint_new(u->gate, fd, kernel_fd, false, u, &j)) {
		use(w);
		j->ctx = w;
		j->on_end = on_joint_end;
	}
	call_free(c);
}

static void accept_some(struct way *w)
{
	struct ostia_proc *proc = w->up->gate->proc;

	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof(peer);
		int fd = ostia_accept4(proc, w->stack.fd,
				       (struct sockaddr *)&peer, &len,
				       SOCK_NONBLOCK);

		if (fd < 0)
			return;
		join(w, fd, &peer);
	}
}

/* ---- datagrams ---- */

static void flow_free(struct talk *f)
{
	struct run_uplink *u = f->way->up;

	run_loop_forget(u->gate->loop, &f->kernel);
	close(f->kernel.fd);
	unuse(f->way);
	list_remove(&f->flows);
	u->nflows--;
	free(f);
}

static void seen(struct talk *f)
{
	f->last = run_loop_clock();
	list_remove(&f->flows);
	list_push(&f->way->up->flows, &f->flows);
}

static void on_reply(struct run_watch *watch, uint32_t events)
{
	struct talk *f = list_entry(watch, struct talk, kernel);
	struct run_gate *g = f->way->up->gate;

	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n =
			recv(watch->fd, g->buf, RUN_GATE_MOVE, MSG_DONTWAIT);

		if (n < 0 && errno == ECONNREFUSED)
			continue;
		if (n < 0)
			return;
		g->stats.bytes_in += (uint64_t)n;
		(void)ostia_sendto(g->proc, f->way->stack.fd, g->buf, (size_t)n,
				   MSG_DONTWAIT | MSG_NOSIGNAL,
				   (struct sockaddr *)&f->guest, f->guest_len);
		run_gate_touch(g);
		seen(f);
	}
}

static struct talk *find_flow(const struct way *w,
			      const struct sockaddr_storage *guest,
			      socklen_t len)
{
	const struct list *head = &w->up->flows;

	for (struct list *l = head->prev; l != head; l = l->prev) {
		struct talk *f = list_entry(l, struct talk, flows);

		if (f->way == w && f->guest_len == len &&
		    !memcmp(&f->guest, guest, len))
			return f;
	}
	return NULL;
}

static struct talk *
new_flow(struct way *w, const struct sockaddr_storage *guest, socklen_t len)
{
	struct run_uplink *u = w->up;
	struct talk *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	if (u->nflows == RUN_UPLINK_FLOWS)
		flow_free(list_entry(u->flows.next, struct talk, flows));
	f->way = w;
	f->guest = *guest;
	f->guest_len = len;
	f->kernel.fn = on_reply;
	f->kernel.fd = open_kernel(&w->to);
	if (f->kernel.fd < 0 ||
	    run_loop_watch(u->gate->loop, &f->kernel, EPOLLIN)) {
		if (f->kernel.fd >= 0)
			close(f->kernel.fd);
		free(f);
		return NULL;
	}
	list_init(&f->flows);
	u->nflows++;
	use(w);
	return f;
}

static void take_datagrams(struct way *w)
{
	struct run_gate *g = w->up->gate;

	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t n = ostia_recvfrom(g->proc, w->stack.fd, g->buf,
					   RUN_GATE_MOVE, MSG_DONTWAIT,
					   (struct sockaddr *)&from, &len);
		struct talk *f;

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			continue;
		f = find_flow(w, &from, len);
		if (!f)
			f = new_flow(w, &from, len);
		if (!f)
			continue;
		seen(f);
		g->stats.bytes_out += (uint64_t)n;
		(void)send(f->kernel.fd, g->buf, (size_t)n,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static void on_way(struct run_gate_watch *watch, uint32_t mask)
{
	struct way *w = list_entry(watch, struct way, stack);

	(void)mask;
	if (w->to.proto == IPPROTO_TCP)
		accept_some(w);
	else
		take_datagrams(w);
	w->last = run_loop_clock();
	run_gate_expect(watch, POLLIN);
	run_gate_touch(w->up->gate);
}

/* ---- beginning and end ---- */

/* Guests that hung up before they were answered leave calls behind. */
static void sweep_calls(struct run_uplink *u, ostia_time now)
{
	list_each_safe (node, &u->calls) {
		struct call *c = list_entry(node, struct call, calls);

		if (c->state == CALL_ANSWERED &&
		    now > c->last + RUN_UPLINK_IDLE_S * OSTIA_S)
			call_free(c);
	}
}

static void on_sweep(struct run_timer *t, ostia_time now)
{
	struct run_uplink *u = list_entry(t, struct run_uplink, sweep);

	sweep_calls(u, now);
	list_each_safe (node, &u->flows) {
		struct talk *f = list_entry(node, struct talk, flows);

		if (now > f->last + RUN_UPLINK_FLOW_S * OSTIA_S)
			flow_free(f);
	}
	list_each_safe (node, &u->ways) {
		struct way *w = list_entry(node, struct way, ways);

		if (!w->users && now > w->last + RUN_UPLINK_IDLE_S * OSTIA_S)
			way_free(w);
	}
	run_loop_arm(u->gate->loop, t, now + SWEEP_S * OSTIA_S);
}

int run_uplink_new(struct run_gate *g, struct run_uplink **out)
{
	struct run_uplink *u = calloc(1, sizeof(*u));
	int e = u ? run_lab_open_uplink(g->lab) : -ENOMEM;

	if (e) {
		free(u);
		return e;
	}
	u->gate = g;
	list_init(&u->ways);
	list_init(&u->taken);
	list_init(&u->calls);
	list_init(&u->flows);
	run_loop_task_init(&u->work, on_work);
	u->sweep.fn = on_sweep;
	run_loop_arm(g->loop, &u->sweep, run_loop_clock() + SWEEP_S * OSTIA_S);
	ostia_host_on_packet(g->node, on_packet, u);
	*out = u;
	return 0;
}

static void end_joints(struct run_uplink *u)
{
	list_each_safe (node, &u->gate->joints) {
		struct run_joint *j =
			list_entry(node, struct run_joint, joints);

		if (j->about == u)
			run_joint_abort(j);
	}
}

void run_uplink_free(struct run_uplink *u)
{
	ostia_host_on_packet(u->gate->node, NULL, NULL);
	end_joints(u);
	while (!list_empty(&u->calls))
		call_free(list_entry(u->calls.next, struct call, calls));
	while (!list_empty(&u->flows))
		flow_free(list_entry(u->flows.next, struct talk, flows));
	while (!list_empty(&u->ways))
		way_free(list_entry(u->ways.next, struct way, ways));
	run_loop_drop(&u->work);
	run_loop_disarm(u->gate->loop, &u->sweep);
	free(u);
}
