/* SPDX-License-Identifier: MIT */
#include "run/forward.h"

#include "base/addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PORT = 53,
	MESSAGE = 65535,
	QUESTION = 1024,
	HEADER = 12,
};

/**
 * struct query - A question under way
 * @dns, @who: who is answered; the server may be gone by then
 * @out, @out_at, @out_len: what is to be sent; by TCP with its length before
 * @in, @in_len: by TCP: what has come
 */
struct query {
	struct list queries;
	struct run_forward *forward;
	struct ostia_world_dns *dns;
	struct ostia_dns_asker who;
	struct run_watch watch;
	bool tcp;
	ostia_time until;
	size_t out_at, out_len, in_len;
	uint8_t out[2 + QUESTION];
	uint8_t *in;
};

struct run_forward {
	struct run_lab *lab;
	struct run_loop *loop;
	struct list queries; /* oldest first */
	unsigned count, turn;
	struct run_timer sweep;
	uint8_t buf[2 + MESSAGE];
};

static void query_free(struct query *q)
{
	struct run_forward *f = q->forward;

	run_loop_forget(f->loop, &q->watch);
	close(q->watch.fd);
	list_remove(&q->queries);
	f->count--;
	free(q->in);
	free(q);
}

/* An answer must be one to this question: its id, and that it is one. */
static void answer(struct query *q, const uint8_t *p, size_t n)
{
	const uint8_t *asked = q->out + (q->tcp ? 2 : 0);

	if (n < HEADER || memcmp(p, asked, 2) || !(p[2] & 0x80))
		return;
	if (run_lab_serves(q->forward->lab, q->dns))
		ostia_world_dns_reply(q->dns, &q->who, p, n);
	query_free(q);
}

/* ---- by datagrams ---- */

static void hear_datagram(struct query *q)
{
	struct run_forward *f = q->forward;
	ssize_t n = recv(q->watch.fd, f->buf, sizeof(f->buf), MSG_DONTWAIT);

	if (n >= 0)
		answer(q, f->buf, (size_t)n);
	else if (errno != EAGAIN)
		f->turn++; /* refused: the next one, when we are asked again */
}

/* ---- by a connection ---- */

static bool send_rest(struct query *q)
{
	ssize_t n = send(q->watch.fd, q->out + q->out_at,
			 q->out_len - q->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != ENOTCONN)
		return false;
	if (n > 0)
		q->out_at += (size_t)n;
	return run_loop_watch(q->forward->loop, &q->watch,
			      q->out_at < q->out_len ? EPOLLOUT : EPOLLIN) == 0;
}

/* Return: false: it ended, or there is no memory. */
static bool hear_stream(struct query *q)
{
	size_t want = q->in_len < 2 ? 2 : 2u + (q->in[0] << 8 | q->in[1]);
	ssize_t n;

	if (!q->in)
		q->in = malloc(2 + MESSAGE);
	if (!q->in)
		return false;
	n = recv(q->watch.fd, q->in + q->in_len, want - q->in_len,
		 MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN;
	q->in_len += (size_t)n;
	if (n == 0 || q->in_len < want || want == 2)
		return n != 0;
	answer(q, q->in + 2, want - 2);
	return true;
}

static void on_server(struct run_watch *w, uint32_t events)
{
	struct query *q = list_entry(w, struct query, watch);
	bool ok = true;

	if (!q->tcp)
		hear_datagram(q);
	else if (q->out_at < q->out_len)
		ok = !(events & EPOLLERR) && send_rest(q);
	else
		ok = hear_stream(q);
	if (!ok) {
		q->forward->turn++;
		query_free(q);
	}
}

/* ---- asking ---- */

static int call(struct run_forward *f, bool tcp)
{
	const struct ostia_addr *a = &f->lab->server[f->turn % f->lab->servers];
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(PORT) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	bool is_v4 = addr_is_v4(a);
	int fd = socket(is_v4 ? AF_INET : AF_INET6,
			(tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
				SOCK_CLOEXEC,
			0);

	memcpy(&v4.sin_addr, &a->w[3], sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, a->b, sizeof(v6.sin6_addr));
	if (fd < 0)
		return -errno;
	if (connect(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
		    is_v4 ? sizeof(v4) : sizeof(v6)) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	close(fd);
	f->turn++;
	return -ENETUNREACH;
}

static void write_question(struct query *q, const uint8_t *p, size_t n)
{
	if (q->tcp) {
		q->out[0] = (uint8_t)(n >> 8);
		q->out[1] = (uint8_t)n;
		q->out_len = 2;
	}
	memcpy(q->out + q->out_len, p, n);
	q->out_len += n;
}

static int begin(struct query *q)
{
	struct run_forward *f = q->forward;

	q->watch.fn = on_server;
	q->watch.fd = call(f, q->tcp);
	if (q->watch.fd < 0)
		return -ENETUNREACH;
	if (!q->tcp && send(q->watch.fd, q->out, q->out_len,
			    MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		f->turn++;
	return run_loop_watch(f->loop, &q->watch, q->tcp ? EPOLLOUT : EPOLLIN);
}

static int on_question(void *ctx, struct ostia_world_dns *dns,
		       const struct ostia_dns_asker *who, int tcp,
		       const uint8_t *p, size_t n)
{
	struct run_forward *f = ctx;
	struct query *q;

	if (n < HEADER || n > QUESTION)
		return -EINVAL;
	if (f->count == RUN_FORWARD_QUERIES)
		query_free(list_entry(f->queries.next, struct query, queries));
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->forward = f;
	q->dns = dns;
	q->who = *who;
	q->tcp = tcp;
	q->until = run_loop_clock() + RUN_FORWARD_WAIT_S * OSTIA_S;
	write_question(q, p, n);
	list_push(&f->queries, &q->queries);
	f->count++;
	if (begin(q) == 0)
		return 0;
	query_free(q);
	return -ENETUNREACH;
}

/* ---- beginning and end ---- */

static void on_sweep(struct run_timer *t, ostia_time now)
{
	struct run_forward *f = list_entry(t, struct run_forward, sweep);

	while (!list_empty(&f->queries)) {
		struct query *q =
			list_entry(f->queries.next, struct query, queries);

		if (now < q->until)
			break;
		f->turn++;
		query_free(q);
	}
	run_loop_arm(f->loop, t, now + OSTIA_S);
}

int run_forward_new(struct run_lab *lab, struct run_loop *loop,
		    struct run_forward **out)
{
	struct run_forward *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->lab = lab;
	f->loop = loop;
	list_init(&f->queries);
	f->sweep.fn = on_sweep;
	run_loop_arm(loop, &f->sweep, run_loop_clock() + OSTIA_S);
	run_lab_forward(lab, on_question, f);
	*out = f;
	return 0;
}

void run_forward_free(struct run_forward *f)
{
	run_lab_forward(f->lab, NULL, NULL);
	while (!list_empty(&f->queries))
		query_free(list_entry(f->queries.next, struct query, queries));
	run_loop_disarm(f->loop, &f->sweep);
	free(f);
}
