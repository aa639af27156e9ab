/* SPDX-License-Identifier: MIT */
#include "base/trace.h"
#include "play.h"

#include <errno.h>
#include <ostia/ostia.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 300 };

/** struct pair - Two stacks without a world, and who listens to both */
struct pair {
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *stack[2];
	struct ostia_link *link[2];
	struct ostia_proc *proc[2], *sleeper; /* of the first */
	int un[2]; /* the sleeper reads, another process writes */
	ostia_time now;
};

/* While the sleeper waits others call, or nothing happens but that time passes.
 */
static int serve_others(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct pair *p = ctx;

	(void)cookie;
	if (deadline != OSTIA_NEVER) {
		ostia_advance(p->stack[0], p->now = deadline);
		return -ETIMEDOUT;
	}
	EQ(ostia_send(p->proc[0], p->un[1], "awake", 5, 0), 5);
	return 0;
}

static void nothing(void *ctx)
{
	(void)ctx;
}

static const struct ostia_wait_ops ops = { .enter = nothing,
					   .leave = nothing,
					   .wait = serve_others };

static void *lend(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void take_back(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)n;
	free(p);
}

/* More than a log has numbers for: the second stack's is told the long way. */
static void more_links(struct pair *p)
{
	char name[16];
	const struct ostia_link_config link = { .name = name,
						.type = OSTIA_LINK_IP,
						.mtu = 1500 };
	struct ostia_link *l;

	for (int i = 0; i < TRACE_LINKS; i++) {
		snprintf(name, sizeof(name), "more%d", i);
		EQ(ostia_link_new(p->stack[0], &link, &l), 0);
	}
}

static void pair_begin(struct pair *p, struct ostia_recorder *r, bool log)
{
	struct ostia_link_config link = { .name = "mem0",
					  .type = OSTIA_LINK_IP,
					  .mtu = 1500 };

	*p = (struct pair) { .env = { .alloc = lend, .free = take_back },
			     .now = OSTIA_S };
	if (log) {
		p->env.trace_log = ostia_recorder_log(r);
		OK(p->env.trace_log);
	} else {
		p->env.trace = ostia_recorder_stack;
		p->env.trace_ctx = r;
	}
	EQ(ostia_pool_new(&p->env, 0, &p->pool), 0);
	for (int i = 0; i < 2; i++) {
		const struct ostia_stack_config cfg = { .env = &p->env,
							.pool = p->pool,
							.id = (uint32_t)i + 1,
							.now = p->now };

		p->env.seed[0] = (uint8_t)(i + 1);
		EQ(ostia_stack_new(&cfg, &p->stack[i]), 0);
		EQ(ostia_link_new(p->stack[i], &link, &p->link[i]), 0);
		EQ(ostia_addr_add(p->link[i],
				  i ? "10.0.0.2/24" : "10.0.0.1/24"),
		   0);
		EQ(ostia_proc_new(p->stack[i], 64, NULL, NULL, &p->proc[i]), 0);
		if (i == 0)
			more_links(p);
		link.name = "mem1";
	}
	EQ(ostia_proc_new(p->stack[0], 64, &ops, p, &p->sleeper), 0);
}

static void pair_end(struct pair *p)
{
	ostia_proc_free(p->sleeper);
	for (int i = 0; i < 2; i++) {
		ostia_proc_free(p->proc[i]);
		ostia_stack_free(p->stack[i]);
	}
	ostia_pool_free(p->pool);
}

static void turn(struct pair *p)
{
	p->now += OSTIA_MS;
	for (int i = 0; i < 2; i++)
		ostia_advance(p->stack[i], p->now);
	for (int i = 0; i < 2; i++) {
		struct ostia_pkt *b = ostia_link_output(p->link[i], 64);

		if (b)
			ostia_link_input(p->link[!i], b);
	}
}

/* Calls in which something happens: others' calls, and packets that arrive. */
static void within(struct pair *p)
{
	struct sockaddr_in a = play_addr(1);
	int in = ostia_socket(p->proc[0], AF_INET, SOCK_DGRAM, 0);
	int out = ostia_socket(p->proc[0], AF_INET, SOCK_DGRAM, 0);
	const struct timeval brief = { .tv_usec = 1000 };
	uint8_t buf[8];
	int un[2], fd;

	EQ(ostia_socketpair(p->proc[0], AF_UNIX, SOCK_DGRAM, 0, un), 0);
	p->un[1] = un[1];
	fd = ostia_pass(p->proc[0], un[0], p->sleeper);
	OK(fd >= 0);
	EQ(ostia_recv(p->sleeper, fd, buf, sizeof(buf), 0), 5);
	EQ(ostia_setsockopt(p->sleeper, fd, SOL_SOCKET, SO_RCVTIMEO, &brief,
			    sizeof(brief)),
	   0);
	EQ(ostia_recv(p->sleeper, fd, buf, sizeof(buf), 0), -1);
	EQ(errno, EAGAIN);
	EQ(ostia_close(p->sleeper, fd), 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EQ(ostia_bind(p->proc[0], in, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_connect(p->proc[0], out, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_send(p->proc[0], out, "lo", 2, 0), 2);
	EQ(ostia_recv(p->proc[0], in, buf, sizeof(buf), 0), 2);
	for (int i = 0; i < 2; i++)
		EQ(ostia_close(p->proc[0], un[i]), 0);
	EQ(ostia_close(p->proc[0], in), 0);
	EQ(ostia_close(p->proc[0], out), 0);
}

/* Calls that move bytes and calls that fail, of all lengths; AF_UNIX; a packet
 * for nobody; an address as text.
 */
static void converse(struct pair *p)
{
	struct sockaddr_in a = play_addr(1);
	int l = ostia_socket(p->proc[1], AF_INET, SOCK_STREAM, 0);
	int u = ostia_socket(p->proc[0], AF_INET, SOCK_DGRAM, 0);
	int c = ostia_socket(p->proc[0], AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
			     0);
	static uint8_t buf[4000];
	int s, un[2];

	EQ(ostia_setsockopt(p->proc[1], l, SOL_SOCKET, SO_REUSEADDR,
			    &(int) { 1 }, sizeof(int)),
	   0);
	EQ(ostia_bind(p->proc[1], l, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_listen(p->proc[1], l, 5), 0);
	EQ(ostia_connect(p->proc[0], c, (struct sockaddr *)&a, sizeof(a)), -1);
	for (int i = 0; i < 3; i++)
		turn(p);
	s = ostia_accept4(p->proc[1], l, NULL, NULL, SOCK_NONBLOCK);
	OK(s >= 0);
	EQ(ostia_recv(p->proc[0], c, buf, (size_t)1 << 33, 0), -1);
	EQ(ostia_socketpair(p->proc[0], AF_UNIX, SOCK_STREAM, 0, un), 0);
	for (size_t i = 0; i < ROUNDS; i++) {
		EQ(ostia_send(p->proc[0], c, buf, i * 13 % 4000, 0),
		   i * 13 % 4000);
		EQ(ostia_write(p->proc[0], un[0], "local", 5), 5);
		EQ(ostia_read(p->proc[0], un[1], buf, sizeof(buf)), 5);
		turn(p);
		(void)ostia_recv(p->proc[1], s, buf, sizeof(buf), 0);
		(void)ostia_recv(p->proc[1], s, buf, sizeof(buf), MSG_PEEK);
		EQ(ostia_sendto(p->proc[0], u, buf, 9, 0, (struct sockaddr *)&a,
				sizeof(a)),
		   9);
		turn(p);
	}
	EQ(ostia_close(p->proc[0], c), 0);
	EQ(ostia_close(p->proc[0], u), 0);
	EQ(ostia_close(p->proc[1], l), 0);
	EQ(ostia_close(p->proc[1], s), 0);
	within(p);
	turn(p);
}

static void same_text(const char *a, const char *b)
{
	EQ(a != NULL, b != NULL);
	if (a)
		STR(a, b);
}

static void same_pkt(const struct ostia_trace *a, const struct ostia_trace *b)
{
	EQ(a->u.pkt.id, b->u.pkt.id);
	STR(a->u.pkt.link, b->u.pkt.link);
	EQ(a->u.pkt.len, b->u.pkt.len);
	EQ(a->u.pkt.gso_size, b->u.pkt.gso_size);
	EQ(a->u.pkt.flags, b->u.pkt.flags);
	same_text(a->u.pkt.reason, b->u.pkt.reason);
	EQ(a->u.pkt.data_len, b->u.pkt.data_len);
	MEM(a->u.pkt.data, b->u.pkt.data, a->u.pkt.data_len);
}

static void same_call(const struct ostia_trace *a, const struct ostia_trace *b)
{
	STR(a->u.call.name, b->u.call.name);
	EQ(a->u.call.proc, b->u.call.proc);
	EQ(a->u.call.fd, b->u.call.fd);
	same_text(a->u.call.args, b->u.call.args);
	EQ(a->u.call.result, b->u.call.result);
}

static void same_estats(const struct ostia_record_event *a,
			const struct ostia_record_event *b)
{
	EQ(a->u.estats.conn, b->u.estats.conn);
	EQ(a->u.estats.n, b->u.estats.n);
	for (uint32_t i = 0; i < a->u.estats.n; i++)
		EQ(a->u.estats.value[i], b->u.estats.value[i]);
}

static void same(const struct ostia_record_event *a,
		 const struct ostia_record_event *b)
{
	EQ(a->kind, b->kind);
	EQ(a->time, b->time);
	EQ(a->node, b->node);
	EQ(a->number, b->number);
	if (a->kind == OSTIA_RECORD_ESTATS)
		same_estats(a, b);
	if (a->kind >= OSTIA_TRACE_KINDS)
		return;
	EQ(a->trace.conn, b->trace.conn);
	EQ(a->trace.call, b->trace.call);
	switch (a->kind) {
	case OSTIA_TRACE_CALL:
	case OSTIA_TRACE_RETURN:
		same_call(&a->trace, &b->trace);
		break;
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		same_pkt(&a->trace, &b->trace);
		break;
	case OSTIA_TRACE_BYTES:
		EQ(a->trace.u.bytes.from, b->trace.u.bytes.from);
		EQ(a->trace.u.bytes.to, b->trace.u.bytes.to);
		EQ(a->trace.u.bytes.out, b->trace.u.bytes.out);
		break;
	case OSTIA_TRACE_LOCAL:
		EQ(a->trace.u.local.data_len, b->trace.u.local.data_len);
		MEM(a->trace.u.local.data, b->trace.u.local.data,
		    a->trace.u.local.data_len);
		break;
	default:
		break;
	}
}

static struct ostia_record *recorded(int fd, bool log, bool file, size_t ring)
{
	const struct ostia_recorder_config cfg = { .to_fd = file,
						   .fd = fd,
						   .ring_bytes = ring };
	struct ostia_recorder *r;
	struct ostia_record *rec;
	struct pair p;

	EQ(ostia_recorder_new(&cfg, &r), 0);
	pair_begin(&p, r, log);
	converse(&p);
	ostia_recorder_note(r, p.now, "told between");
	converse(&p);
	if (!file)
		EQ(ostia_recorder_save_fd(r, fd), 0);
	pair_end(&p);
	EQ(ostia_recorder_free(r), 0);
	rec = play_open(fd);
	return rec;
}

static void compare(bool file)
{
	int fd[2] = { play_file(), play_file() };
	struct ostia_record *a = recorded(fd[0], false, file, 0);
	struct ostia_record *b = recorded(fd[1], true, file, 0);
	struct ostia_record_event x, y;
	int more, n = 0;

	do {
		more = ostia_record_next(a, &x);
		EQ(ostia_record_next(b, &y), more);
		if (more)
			same(&x, &y);
		n++;
	} while (more > 0);
	OK(n > 10 * ROUNDS);
	ostia_record_close(a);
	ostia_record_close(b);
	close(fd[0]);
	close(fd[1]);
}

TEST(a_log_in_a_ring_tells_what_a_sink_tells)
{
	compare(false);
}

TEST(a_log_in_a_file_tells_what_a_sink_tells)
{
	compare(true);
}

TEST(a_full_ring_of_a_log_says_what_it_forgot)
{
	int fd = play_file();
	struct ostia_record *rec = recorded(fd, true, false, 128 << 10);
	struct ostia_record_info info;
	struct ostia_record_event ev;
	uint64_t next;

	EQ(ostia_record_next(rec, &ev), 1);
	EQ(ev.kind, OSTIA_RECORD_GAP);
	OK(ev.u.gap.events > 100);
	for (next = ev.u.gap.events; ostia_record_next(rec, &ev) > 0; next++)
		EQ(ev.number, next);
	ostia_record_info(rec, &info);
	EQ(info.damaged, 0);
	OK(info.events > 100);
	ostia_record_close(rec);
	close(fd);
}

TESTS(CASE(a_log_in_a_ring_tells_what_a_sink_tells),
      CASE(a_log_in_a_file_tells_what_a_sink_tells),
      CASE(a_full_ring_of_a_log_says_what_it_forgot))
