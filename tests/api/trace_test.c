/* SPDX-License-Identifier: MIT */
/* What a recorder sees: calls, their results, the bytes they moved */
#define _GNU_SOURCE
#include "net.h"

enum { SEEN = 512 };

static struct seen {
	uint32_t kind, stack;
	uint64_t conn, call;
	char name[16], args[64];
	int fd;
	int64_t result;
	uint64_t from, to;
	int out;
} seen[SEEN];
static unsigned nseen;

static void sink(void *ctx, const struct ostia_trace *ev)
{
	struct seen *s = &seen[nseen];

	(void)ctx;
	if (nseen == SEEN)
		return;
	*s = (struct seen) { .kind = ev->kind,
			     .stack = ev->stack,
			     .conn = ev->conn,
			     .call = ev->call };
	if (ev->kind == OSTIA_TRACE_CALL || ev->kind == OSTIA_TRACE_RETURN) {
		snprintf(s->name, sizeof(s->name), "%s", ev->u.call.name);
		if (ev->kind == OSTIA_TRACE_CALL && ev->u.call.args)
			snprintf(s->args, sizeof(s->args), "%s",
				 ev->u.call.args);
		s->fd = ev->u.call.fd;
		s->result = ev->u.call.result;
	} else if (ev->kind == OSTIA_TRACE_BYTES) {
		s->from = ev->u.bytes.from;
		s->to = ev->u.bytes.to;
		s->out = ev->u.bytes.out;
	}
	nseen++;
}

static const struct seen *next(unsigned *i, uint32_t kind, const char *name)
{
	for (; *i < nseen; ++*i)
		if (seen[*i].kind == kind && !strcmp(seen[*i].name, name))
			return &seen[(*i)++];
	return NULL;
}

static void net_init_traced(struct net *n)
{
	*n = (struct net) { .lend = { .left = -1 }, .type = OSTIA_LINK_IP };
	n->env = lend_env(&n->lend);
	n->env.trace = sink;
	nseen = 0;
	net_init_env(n, 1500);
}

TEST(each_call_begins_and_returns_under_one_id)
{
	const struct seen *c, *r;
	struct net n;
	unsigned i = 0;
	int fd;

	net_init_traced(&n);
	fd = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	FAILS(net_connect(n.a, fd, "10.99.0.2", 80), EINPROGRESS);
	FAILS(ostia_close(n.a, 99), EBADF);
	c = next(&i, OSTIA_TRACE_CALL, "socket");
	r = next(&i, OSTIA_TRACE_RETURN, "socket");
	OK(c && r && c->call && c->call == r->call);
	EQ(r->result, fd);
	c = next(&i, OSTIA_TRACE_CALL, "connect");
	r = next(&i, OSTIA_TRACE_RETURN, "connect");
	OK(c && r && c->call == r->call);
	EQ(c->fd, fd);
	STR(c->args, "10.99.0.2:80, 16");
	OK(c->conn && c->conn == r->conn);
	EQ(r->result, -EINPROGRESS);
	c = next(&i, OSTIA_TRACE_CALL, "close");
	r = next(&i, OSTIA_TRACE_RETURN, "close");
	OK(c && r);
	EQ(r->result, -EBADF);
	net_fini(&n);
}

TEST(stream_bytes_are_joined_to_the_calls_that_moved_them)
{
	const struct seen *c;
	struct net n;
	unsigned i;
	uint64_t sent = 0, read = 0;
	char buf[64];
	int fd[2];

	net_init_traced(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	nseen = 0;
	for (int k = 0; k < 3; k++)
		EQ(ostia_send(n.a, fd[0], "0123456789", 10, 0), 10);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 25, 0), 25);
	EQ(ostia_recv(n.b, fd[1], buf, 25, 0), 5);
	for (i = 0; i < nseen; i++) {
		if (seen[i].kind != OSTIA_TRACE_BYTES)
			continue;
		OK(i > 0 && seen[i - 1].kind == OSTIA_TRACE_CALL);
		c = &seen[i - 1];
		EQ(c->call, seen[i].call);
		EQ(c->conn, seen[i].conn);
		if (seen[i].out) {
			STR(c->name, "send");
			EQ(seen[i].from, sent);
			sent = seen[i].to;
		} else {
			STR(c->name, "recv");
			EQ(seen[i].from, read);
			read = seen[i].to;
		}
	}
	EQ(sent, 30);
	EQ(read, 30);
	net_fini(&n);
}

static void other(struct net *n)
{
	ostia_close(n->a, 1000);
}

TEST(what_happens_while_a_call_sleeps_is_not_its_own)
{
	const struct timeval tv = { 1, 0 };
	const struct seen *c, *r, *o;
	struct net n;
	unsigned i = 0;
	char buf[4];
	int fd[2];

	net_init_traced(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_setsockopt(n.wa, fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv,
			    sizeof(tv)),
	   0);
	nseen = 0;
	net_later(&n, OSTIA_MS, other);
	FAILS(ostia_recv(n.wa, fd[0], buf, 4, 0), EAGAIN);
	c = next(&i, OSTIA_TRACE_CALL, "recv");
	o = next(&i, OSTIA_TRACE_CALL, "close");
	r = next(&i, OSTIA_TRACE_RETURN, "recv");
	OK(c && o && r);
	EQ(c->call, r->call);
	OK(o->call != c->call);
	net_fini(&n);
}

TESTS(CASE(each_call_begins_and_returns_under_one_id),
      CASE(stream_bytes_are_joined_to_the_calls_that_moved_them),
      CASE(what_happens_while_a_call_sleeps_is_not_its_own))
