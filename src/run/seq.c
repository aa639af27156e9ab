/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1 /* struct ucred, struct mmsghdr */
#include "run/seq.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "run/alert.h"
#include "run/msg.h"
#include "run/notify.h"

enum {
	/* Of the guest's end: the kernel doubles it, and then takes records
	 * of 65508 bytes; the largest datagram of IPv4 has 65507.
	 */
	SNDBUF = 32770,
	FILLER = 17000, /* more than a quarter of it: poll() says no */
	BATCH = 16, /* records of a door before others have their turn */
	VLEN_MAX = 1024, /* UIO_MAXIOV */
	COUNT_BITS = 16, /* of req->state; the rest is a time in us */
};

#define SENT (UINT64_C(1) << 63) /* in req->state: the rest is the answer */
#define ALREADY (UINT64_C(1) << 62) /* it was sent before, and not told */

/* ---- records that are ours ---- */

static struct run_seq_record *record_of(const struct msghdr *h, size_t len)
{
	struct run_seq_record *r = malloc(sizeof(*r) + h->msg_controllen + len);

	if (!r)
		return NULL;
	*r = (struct run_seq_record) { .name_len = h->msg_namelen,
				       .flags = h->msg_flags,
				       .control_len = h->msg_controllen,
				       .len = len };
	if (r->name_len)
		memcpy(&r->name, h->msg_name, r->name_len);
	if (r->control_len)
		memcpy(r->bytes, h->msg_control, r->control_len);
	memcpy(r->bytes + r->control_len, h->msg_iov[0].iov_base, len);
	return r;
}

static struct run_seq_record *first_of(const struct list *l)
{
	struct list *n = list_first(l);

	return n ? list_entry(n, struct run_seq_record, node) : NULL;
}

static void drop_first(struct list *l)
{
	struct run_seq_record *r = first_of(l);

	list_remove(&r->node);
	free(r);
}

void run_seq_add_error(struct run_seq *s, const struct msghdr *h, size_t len,
		       int err)
{
	struct run_seq_record *e =
		s->nerrs < RUN_SEQ_ERRS ? record_of(h, len) : NULL;

	s->unsaid = true;
	if (!e) {
		s->lost_errs++;
		return;
	}
	e->err = err;
	list_push(&s->errs, &e->node);
	s->nerrs++;
}

/* As Linux: then the next one's errno is the socket's. */
static void drop_error(struct run_seq *s)
{
	const struct run_seq_record *e;

	drop_first(&s->errs);
	s->nerrs--;
	e = first_of(&s->errs);
	s->err = e ? e->err : 0;
}

/* Whole control messages, as many as there is room for. */
static void give_control(const struct run_seq_record *e, struct msghdr *h)
{
	size_t room = h->msg_control ? h->msg_controllen : 0, at = 0;

	while (at + sizeof(struct cmsghdr) <= e->control_len) {
		struct cmsghdr c;
		size_t all;

		memcpy(&c, e->bytes + at, sizeof(c));
		assert(c.cmsg_len >= sizeof(c)); /* the stack's own */
		all = CMSG_ALIGN(c.cmsg_len);
		if (all > e->control_len - at)
			all = e->control_len - at;
		if (!h->msg_control || at + all > room) {
			h->msg_flags |= MSG_CTRUNC;
			break;
		}
		memcpy((uint8_t *)h->msg_control + at, e->bytes + at, all);
		at += all;
	}
	h->msg_controllen = at;
}

static ssize_t peek_record(const struct list *l, struct msghdr *h, int flags)
{
	const struct run_seq_record *e = first_of(l);
	size_t n;

	if (!e)
		return -EAGAIN;
	n = e->len < h->msg_iov[0].iov_len ? e->len : h->msg_iov[0].iov_len;
	memcpy(h->msg_iov[0].iov_base, e->bytes + e->control_len, n);
	h->msg_namelen = h->msg_name ? e->name_len : 0;
	if (h->msg_namelen)
		memcpy(h->msg_name, &e->name, e->name_len);
	h->msg_flags = e->flags;
	if (n < e->len)
		h->msg_flags |= MSG_TRUNC;
	give_control(e, h);
	return flags & MSG_TRUNC ? (ssize_t)e->len : (ssize_t)n;
}

/* ---- the first record ---- */

static bool still_asked(const struct run_seq *s, uint64_t id)
{
	if (id == s->now)
		return true;
	list_each (n, &s->door.waiters) {
		const struct run_req *req = list_entry(n, struct run_req, node);

		if (req->id == id)
			return run_notify_valid(req->guest->listener.fd, id);
	}
	return false;
}

/* What calls took that nobody waits for any more comes again, in order. */
static void reclaim(struct run_seq *s)
{
	struct list *behind = list_first(&s->back);

	list_each_safe (n, &s->given) {
		struct run_seq_record *r =
			list_entry(n, struct run_seq_record, node);

		if (still_asked(s, r->id))
			continue;
		list_remove(&r->node);
		list_insert(behind ? behind : &s->back, &r->node);
	}
}

static ssize_t peek_first(struct run_seq *s, struct msghdr *h, int flags)
{
	reclaim(s);
	return list_empty(&s->back) ? s->ops->peek(s, h, flags)
				    : peek_record(&s->back, h, flags);
}

static void first_done(struct run_seq *s)
{
	if (list_empty(&s->back))
		s->ops->drop(s);
	else
		drop_first(&s->back);
}

/* ---- the guest's end ---- */

/* Has the guest read all that we put there? The kernel tells of it before it
 * gives the last byte of its account back (sock_wfree()); a record that still
 * lies there costs hundreds.
 */
static bool all_read(const struct run_seq *s)
{
	int left = 0;

	return !ioctl(s->door.pair.fd, SIOCOUTQ, &left) && left <= 1;
}

/* What was read there, untrapped, is done with. */
static void sync_head(struct run_seq *s)
{
	bool head = s->head;

	if ((!head && !s->marker) || !all_read(s))
		return;
	s->head = s->marker = false;
	if (head)
		first_done(s);
}

/*
 * Take head and marker out of the guest's end. A reader may have been faster:
 * the marker is in front, so if nothing is left the head was read.
 * Return: 0; -EPERM: we have no way to the guest's end.
 */
static int take_back(struct run_seq *s, struct run_req *req)
{
	int fd, n = 0;
	char byte;

	sync_head(s);
	if (!s->head && !s->marker)
		return 0;
	fd = run_calls_fd(req);
	if (fd < 0)
		return -EPERM;
	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		n++;
	if (s->head && !n)
		first_done(s);
	if (s->marker && s->nerrs)
		s->unsaid = true; /* as POLLERR stays until all are read */
	s->head = s->marker = false;
	return 0;
}

static bool put(struct run_seq *s, const void *data, size_t n)
{
	return send(s->door.pair.fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static bool receives(const struct run_req *req)
{
	return req->call == RUN_RECVFROM || req->call == RUN_RECVMSG ||
	       req->call == RUN_RECVMMSG;
}

static bool waits(const struct run_seq *s, bool receiver)
{
	list_each (n, &s->door.waiters)
		if (receives(list_entry(n, struct run_req, node)) == receiver)
			return true;
	return false;
}

static bool put_first(struct run_seq *s)
{
	uint8_t *buf = s->door.host->sup->buf;
	struct iovec iov = { .iov_base = buf, .iov_len = RUN_MSG_DATA };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = peek_first(s, &h, 0);

	return n >= 0 && put(s, buf, (size_t)n);
}

/* The first datagram, or the news of an error, to where it can be polled. */
static void feed(struct run_seq *s)
{
	if (s->head || s->closing || s->alert)
		return;
	if (s->rd_shut) {
		s->marker = s->marker || put(s, "", 0);
		return;
	}
	if (waits(s, true))
		return;
	s->head = put_first(s);
	if (!s->head && s->unsaid && !s->marker &&
	    !(s->nerrs && run_alert_raise(s)))
		s->marker = put(s, "", 0);
	if (s->head || s->marker || s->alert)
		s->unsaid = false;
}

/* ---- what the guest wrote ---- */

/*
 * Return: its length; -EAGAIN: nothing there; -EPIPE: nothing any more.
 * A record has its writer's credentials, an end of file has none.
 */
static ssize_t read_record(struct run_seq *s, pid_t *who)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { .iov_base = s->door.host->sup->buf,
			     .iov_len = RUN_MSG_DATA };
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(s->door.pair.fd, &h, MSG_DONTWAIT);
	const struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&h);
	struct ucred cred;

	if (n < 0)
		return -errno;
	if (!c || c->cmsg_type != SCM_CREDENTIALS)
		return n ? n : -EPIPE;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	*who = cred.pid;
	return n;
}

static void send_record(struct run_seq *s, size_t n, pid_t who)
{
	struct iovec iov = { .iov_base = s->door.host->sup->buf, .iov_len = n };
	const struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (who == getpid()) {
		s->stuffed = false;
		return;
	}
	sent = s->ops->send(s, &h, MSG_DONTWAIT | MSG_NOSIGNAL, who);
	if (sent < 0) {
		s->err = (int)-sent; /* it cannot be told any more */
		s->unsaid = true;
	}
}

/* Many at once fill the stack before a wire has seen the first. */
static bool has_room(struct run_seq *s)
{
	if (s->ops->may_send(s))
		return true;
	ostia_host_kick(s->door.host->world_node);
	return s->ops->may_send(s);
}

void run_seq_flush(struct run_seq *s)
{
	bool reset = false;

	s->full = false;
	for (int i = 0; i < BATCH; i++) {
		pid_t who = 0;
		ssize_t n;

		if (!has_room(s)) {
			s->full = true;
			return;
		}
		n = read_record(s, &who);
		if (n == -ECONNRESET && !reset) {
			reset = true; /* it closed with the head unread */
			continue;
		}
		if (n < 0)
			return;
		send_record(s, (size_t)n, who);
	}
	run_seq_touch(s);
}

/* Who was told EAGAIN polls for POLLOUT: it must not come at once. */
static void stuff(struct run_seq *s, struct run_req *req)
{
	static const char filler[FILLER];
	int fd = s->stuffed ? -1 : run_calls_fd(req);

	if (fd >= 0 &&
	    send(fd, filler, sizeof(filler), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		s->stuffed = true;
	s->full = true;
	run_seq_touch(s);
}

/* ---- errors ---- */

static void news(struct run_seq *s)
{
	if (s->ops->news)
		s->ops->news(s);
}

int run_seq_take_error(struct run_seq *s, struct run_req *req)
{
	int err;

	news(s);
	err = s->err;
	s->err = 0;
	if (s->marker)
		take_back(s, req);
	return err;
}

/* ---- receiving ---- */

/* No way to the guest's end: it reads the head there; the name is put in its
 * place all the same. (The kernel says then that it has no length.)
 */
static int64_t leave_head(struct run_seq *s, struct run_req *req,
			  struct run_msg *m)
{
	if (req->call == RUN_RECVMMSG)
		return -EPERM;
	if (peek_first(s, &m->h, MSG_PEEK) >= 0 && m->name_at)
		run_calls_out(req, m->name_at, &m->name, m->h.msg_namelen);
	return RUN_CONTINUE;
}

/*
 * Copy the first record, or error, to the guest; it stays where it is until
 * taken(). Return: what recvmsg() returns.
 */
static int64_t look(struct run_seq *s, struct run_req *req, struct run_msg *m,
		    int flags)
{
	ssize_t n;
	int err;

	run_msg_room(req, m);
	news(s);
	sync_head(s);
	if (!(flags & MSG_ERRQUEUE)) {
		err = run_seq_take_error(s, req);
		if (err)
			return -err;
	}
	if (!(flags & (MSG_PEEK | MSG_ERRQUEUE)) && take_back(s, req))
		return leave_head(s, req, m);
	if (flags & MSG_ERRQUEUE && s->marker)
		take_back(s, req);
	if (flags & MSG_ERRQUEUE && !(flags & MSG_PEEK) && s->nerrs <= 1)
		run_alert_end(s, req);
	n = flags & MSG_ERRQUEUE ? peek_record(&s->errs, &m->h, flags)
				 : peek_first(s, &m->h, flags);
	if (n < 0)
		return n;
	n = run_msg_cut(m, (size_t)n, flags);
	err = run_msg_give(req, m, (size_t)n);
	if (err && !(flags & (MSG_PEEK | MSG_ERRQUEUE)))
		first_done(s); /* Linux: it is lost */
	return err ? err : n;
}

static void taken(struct run_seq *s, int flags)
{
	if (flags & MSG_ERRQUEUE)
		drop_error(s);
	else if (!(flags & MSG_PEEK))
		first_done(s);
}

/* What is given away is gone once the guest has the answer. */
static int64_t answer(struct run_seq *s, struct run_req *req, int64_t n,
		      int flags)
{
	if (!run_notify_send(req->guest->listener.fd, req->id, n))
		taken(s, flags);
	else
		run_calls_sup(req)->stats.gone++;
	req->done = n;
	return RUN_DONE;
}

static bool may_wait(struct run_req *req, int flags)
{
	return !(flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) &&
	       !run_calls_nonblock(req);
}

/* A netlink socket's timeouts are those of the guest's end. */
static int64_t wait_for(struct run_req *req, int name)
{
	struct timeval tv = { 0 };
	socklen_t len = sizeof(tv);
	int fd;

	if (req->door->fd >= 0 || req->parked)
		return run_calls_wait(req, name, -EAGAIN);
	req->deadline.node.deadline = OSTIA_NEVER;
	fd = run_calls_fd(req);
	if (fd >= 0 && !getsockopt(fd, SOL_SOCKET, name, &tv, &len) &&
	    (tv.tv_sec || tv.tv_usec))
		req->deadline.node.deadline = run_loop_clock() +
					      (ostia_time)tv.tv_sec * OSTIA_S +
					      (ostia_time)tv.tv_usec * OSTIA_US;
	return RUN_PARK;
}

/* Who waited and waits on has changed nothing: it is not to be served again,
 * and again.
 */
static int64_t touched(struct run_seq *s, const struct run_req *req, int64_t n)
{
	if (n != RUN_PARK || !req->parked)
		run_seq_touch(s);
	return n;
}

static int64_t try_recv(struct run_seq *s, struct run_req *req,
			struct run_msg *m, int flags)
{
	int64_t n = look(s, req, m, flags);

	if (n >= 0)
		return answer(s, req, n, flags);
	if (n != -EAGAIN || !may_wait(req, flags))
		return n;
	/* As Linux: only who would have waited hears of the end. */
	return s->rd_shut ? 0 : wait_for(req, SO_RCVTIMEO);
}

static int64_t recv_call(struct run_seq *s, struct run_req *req,
			 struct run_msg *m, int flags)
{
	return touched(s, req, try_recv(s, req, m, flags));
}

int64_t run_seq_recvfrom(struct run_door *d, struct run_req *req)
{
	struct run_msg m;
	int err = run_msg_of_args(req, &m);

	return err ? err : recv_call(run_seq_of(d), req, &m, (int)req->arg[3]);
}

int64_t run_seq_recvmsg(struct run_door *d, struct run_req *req)
{
	struct run_msg m;
	int err = run_msg_of_hdr(req, (uint64_t)req->arg[1], &m);

	return err ? err : recv_call(run_seq_of(d), req, &m, (int)req->arg[2]);
}

/* ---- several at once ---- */

/**
 * struct batch - A recvmmsg() or sendmmsg() under way
 * @until: of recvmmsg()'s timeout, us; 0: none
 */
struct batch {
	uint64_t at;
	unsigned n, vlen;
	int flags;
	uint64_t until;
};

static uint64_t clock_us(void)
{
	return run_loop_clock() / OSTIA_US;
}

static struct batch batch_of(const struct run_req *req)
{
	const unsigned vlen = (unsigned)req->arg[2];

	return (struct batch) {
		.at = (uint64_t)req->arg[1],
		.n = (unsigned)(req->state & ((1 << COUNT_BITS) - 1)),
		.vlen = vlen < VLEN_MAX ? vlen : VLEN_MAX,
		.flags = (int)req->arg[3],
		.until = req->state >> COUNT_BITS,
	};
}

static uint64_t batch_msg(const struct batch *b)
{
	return b->at + b->n * sizeof(struct mmsghdr);
}

static int batch_len(struct run_req *req, const struct batch *b, int64_t n)
{
	unsigned len = (unsigned)n;

	return run_calls_out(req,
			     batch_msg(b) + offsetof(struct mmsghdr, msg_len),
			     &len, sizeof(len));
}

static int64_t batch_wait(struct run_req *req, const struct batch *b, int name)
{
	int64_t v = wait_for(req, name);

	req->state = b->n | b->until << COUNT_BITS;
	return v == RUN_PARK ? v : b->n ? b->n : v;
}

static int read_timeout(struct run_req *req, struct batch *b)
{
	struct timespec t;
	int err;

	if (!req->arg[4] || b->until)
		return 0;
	err = run_calls_in(req, (uint64_t)req->arg[4], &t, sizeof(t));
	if (err)
		return err;
	if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= (long)OSTIA_S)
		return -EINVAL;
	b->until = clock_us() + (uint64_t)t.tv_sec * 1000000 +
		   (uint64_t)t.tv_nsec / 1000;
	return 0;
}

/* What is left of it is told. */
static int64_t write_timeout(struct run_req *req, const struct batch *b,
			     int64_t value)
{
	uint64_t now = clock_us();
	uint64_t left = b->until > now ? b->until - now : 0;
	const struct timespec t = { .tv_sec = (time_t)(left / 1000000),
				    .tv_nsec = (long)(left % 1000000 * 1000) };

	if (b->until && value > 0 &&
	    run_calls_out(req, (uint64_t)req->arg[4], &t, sizeof(t)))
		return -EFAULT;
	return value;
}

/* A copy of what is taken: the call may be interrupted before it has its
 * answer. Without memory for it, it is lost then, as datagrams may be.
 */
static void note_given(struct run_seq *s, struct run_req *req,
		       const struct run_msg *m, int flags)
{
	struct run_seq_record *r = NULL;

	if (!(flags & (MSG_PEEK | MSG_ERRQUEUE)))
		r = record_of(&m->h, m->whole);
	if (!r)
		return;
	r->id = req->id;
	list_push(&s->given, &r->node);
}

static void forget_given(struct run_seq *s, uint64_t id)
{
	list_each_safe (n, &s->given) {
		struct run_seq_record *r =
			list_entry(n, struct run_seq_record, node);

		if (r->id != id)
			continue;
		list_remove(&r->node);
		free(r);
	}
}

/* One more. Return: its length, or as recvmmsg() ends. */
static int64_t batch_recv(struct run_seq *s, struct run_req *req,
			  struct batch *b)
{
	int flags = b->flags & ~MSG_WAITFORONE;
	struct run_msg m;
	int64_t n = run_msg_of_hdr(req, batch_msg(b), &m);

	if (!n)
		n = look(s, req, &m, flags);
	if (n < 0)
		return n;
	note_given(s, req, &m, flags);
	taken(s, flags);
	if (batch_len(req, b, n))
		return -EFAULT;
	b->n++;
	return n;
}

/* An error after some were received is told by the next call. If nobody hears
 * the answer, reclaim() finds what was given.
 */
static int64_t batch_end(struct run_seq *s, struct run_req *req,
			 const struct batch *b, int64_t n)
{
	if (n < 0 && n != -EAGAIN && b->n)
		s->err = (int)-n;
	n = write_timeout(req, b, b->n ? b->n : n);
	if (!run_notify_send(req->guest->listener.fd, req->id, n))
		forget_given(s, req->id);
	else
		run_calls_sup(req)->stats.gone++;
	req->done = n;
	return RUN_DONE;
}

static int64_t batch_all(struct run_seq *s, struct run_req *req,
			 struct batch *b)
{
	int64_t n = 0;

	while (n >= 0 && b->n < b->vlen) {
		n = batch_recv(s, req, b);
		if (n == RUN_CONTINUE)
			return n;
		if (n == -EAGAIN && !(b->n && b->flags & MSG_WAITFORONE) &&
		    !s->rd_shut && may_wait(req, b->flags)) {
			n = batch_wait(req, b, SO_RCVTIMEO);
			return n == RUN_PARK ? n : batch_end(s, req, b, n);
		}
		if (n >= 0 && b->until && clock_us() >= b->until)
			break;
	}
	return batch_end(s, req, b, n);
}

int64_t run_seq_recvmmsg(struct run_door *d, struct run_req *req)
{
	struct run_seq *s = run_seq_of(d);
	struct batch b = batch_of(req);
	int64_t n = read_timeout(req, &b);

	if (n)
		return n;
	s->now = req->id;
	n = batch_all(s, req, &b);
	s->now = 0;
	return touched(s, req, n);
}

/* ---- sending ---- */

/* Of several at once the first stands for all. */
static bool was_sent(struct run_req *req, const struct run_msg *m,
		     int64_t *value)
{
	if (req->print)
		return false;
	req->print = run_calls_print(req, m->data.iov_base, m->data.iov_len);
	return run_calls_untold(req, req->print, value);
}

static int64_t send_one(struct run_seq *s, struct run_req *req,
			struct run_msg *m, int flags)
{
	int64_t value;
	int err;

	/* In order, and nothing keeps our buffer meanwhile. */
	run_seq_flush(s);
	err = run_seq_take_error(s, req);
	if (err)
		return -err;
	err = run_msg_fetch(req, m);
	if (err)
		return err;
	if (was_sent(req, m, &value)) {
		req->state = ALREADY;
		return value;
	}
	if (s->full)
		return -EAGAIN;
	if (!run_notify_valid(req->guest->listener.fd, req->id))
		return -EINTR; /* nobody hears it */
	return s->ops->send(s, &m->h, flags | MSG_DONTWAIT | MSG_NOSIGNAL,
			    req->tid);
}

/*
 * On one host a datagram has arrived when send() returns: programs poll for
 * it at once. So what waits to be done in this round, feeding the receiver's
 * end above all, is done before the answer.
 */
static int64_t arrived(struct run_seq *s, struct run_req *req, int64_t n)
{
	struct run_host *h = s->door.host;

	run_loop_drop(&h->kick);
	run_loop_drop(&s->work);
	ostia_host_kick(h->world_node);
	if (!list_empty(&h->sup->loop.tasks)) {
		req->state = SENT | (uint64_t)n;
		req->deadline.node.deadline = OSTIA_NEVER;
		n = RUN_PARK;
	}
	run_seq_touch(s);
	return n;
}

static void answer_sent(struct run_seq *s)
{
	list_each_safe (n, &s->door.waiters) {
		struct run_req *req = list_entry(n, struct run_req, node);

		if (req->state & SENT)
			run_calls_answer(req, (int64_t)(req->state & ~SENT));
	}
}

static int64_t send_call(struct run_seq *s, struct run_req *req,
			 struct run_msg *m, int flags)
{
	int64_t n = send_one(s, req, m, flags);

	if (n >= 0)
		return arrived(s, req, n);
	if (n == -EAGAIN && may_wait(req, flags)) {
		s->full = true;
		return touched(s, req, wait_for(req, SO_SNDTIMEO));
	}
	run_seq_touch(s);
	if (n == -EAGAIN)
		stuff(s, req);
	return n;
}

int64_t run_seq_sendto(struct run_door *d, struct run_req *req)
{
	struct run_msg m;
	int err = run_msg_of_args(req, &m);

	return err ? err : send_call(run_seq_of(d), req, &m, (int)req->arg[3]);
}

int64_t run_seq_sendmsg(struct run_door *d, struct run_req *req)
{
	struct run_msg m;
	int err = run_msg_of_hdr(req, (uint64_t)req->arg[1], &m);

	return err ? err : send_call(run_seq_of(d), req, &m, (int)req->arg[2]);
}

int64_t run_seq_sendmmsg(struct run_door *d, struct run_req *req)
{
	struct run_seq *s = run_seq_of(d);
	struct batch b = batch_of(req);
	int64_t n = 0;

	while (n >= 0 && b.n < b.vlen) {
		struct run_msg m;

		n = run_msg_of_hdr(req, batch_msg(&b), &m);
		if (!n)
			n = send_one(s, req, &m, b.flags);
		if (req->state == ALREADY)
			return touched(s, req, n);
		if (n == -EAGAIN && may_wait(req, b.flags)) {
			s->full = true;
			n = batch_wait(req, &b, SO_SNDTIMEO);
			return touched(s, req, n);
		}
		if (n >= 0)
			n = batch_len(req, &b, n) ? -EFAULT : 0;
		b.n += n == 0;
	}
	run_seq_touch(s);
	if (n == -EAGAIN && !b.n)
		stuff(s, req);
	return b.n ? arrived(s, req, b.n) : n;
}

/* ---- the loop ---- */

static void retry(struct run_seq *s, bool receivers)
{
	list_each_safe (n, &s->door.waiters) {
		struct run_req *req = list_entry(n, struct run_req, node);

		if (receives(req) == receivers && run_calls_retry(req))
			return;
	}
}

/* What to be told of. Errors are taken as they come, so that they do not come
 * again; what is shut for good is asked for nothing.
 */
static void expect(struct run_seq *s)
{
	uint32_t mask = POLLERR;

	if (!s->head && !s->rd_shut && !s->closing && !s->alert)
		mask |= POLLIN;
	if (s->full || waits(s, false))
		mask |= POLLOUT;
	if (s->rd_shut && s->wr_shut)
		mask = 0;
	if (s->door.fd >= 0)
		run_door_expect(&s->door, mask);
}

static void serve(struct run_seq *s)
{
	answer_sent(s);
	run_seq_flush(s);
	if (s->closing && !s->full) {
		run_door_free(&s->door);
		return;
	}
	news(s);
	sync_head(s);
	if (!s->full)
		retry(s, false);
	retry(s, true);
	feed(s);
	expect(s);
}

static void on_work(struct run_task *t)
{
	serve(list_entry(t, struct run_seq, work));
}

void run_seq_touch(struct run_seq *s)
{
	run_loop_defer(&s->door.host->sup->loop, &s->work);
}

void run_seq_on_stack(struct run_door *d, uint32_t mask)
{
	(void)mask;
	serve(run_seq_of(d));
}

/* The last close: what was written before it is still sent. */
static void closed(struct run_seq *s)
{
	run_loop_forget(&s->door.host->sup->loop, &s->door.pair);
	s->closing = true;
	serve(s);
}

void run_seq_on_pair(struct run_door *d, uint32_t events)
{
	struct run_seq *s = run_seq_of(d);

	if (events & (EPOLLHUP | EPOLLERR))
		closed(s);
	else
		serve(s);
}

/* What waits when receiving is shut may still be read (by trapped calls);
 * untrapped ones see the end again and again: feed(). Our own end is shut for
 * what the guest sends alone: shut both ways it would look as if the guest had
 * closed.
 */
void run_seq_shutdown(struct run_seq *s, int how)
{
	run_seq_flush(s);
	if (how != SHUT_WR)
		s->rd_shut = true;
	if (how != SHUT_RD) {
		s->wr_shut = true;
		shutdown(s->door.pair.fd, SHUT_RD);
	}
	run_seq_touch(s);
}

/* ---- birth and end ---- */

void run_seq_fini(struct run_door *d)
{
	struct run_seq *s = run_seq_of(d);

	run_loop_drop(&s->work);
	while (s->nerrs)
		drop_error(s);
	while (!list_empty(&s->given))
		drop_first(&s->given);
	while (!list_empty(&s->back))
		drop_first(&s->back);
}

int run_seq_ready(struct run_seq *s, int guest_end)
{
	const int on = 1, size = SNDBUF, fd = s->door.pair.fd;

	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	setsockopt(guest_end, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return run_loop_watch(&s->door.host->sup->loop, &s->door.pair,
			      EPOLLIN | EPOLLOUT | EPOLLET);
}

static int make_pair(struct run_seq *s, int *guest_end)
{
	int err = run_door_pair(&s->door, SOCK_SEQPACKET, guest_end);

	if (err) /* of ours there are too many, not of the guest's */
		return err == -EMFILE ? -ENFILE : err;
	err = run_seq_ready(s, *guest_end);
	if (err)
		close(*guest_end);
	return err;
}

int64_t run_seq_open(struct run_req *req, struct run_seq *s,
		     const struct run_seq_ops *ops, int type)
{
	int64_t err;
	int guest_end;

	s->ops = ops;
	list_init(&s->errs);
	list_init(&s->given);
	list_init(&s->back);
	run_loop_task_init(&s->work, on_work);
	err = make_pair(s, &guest_end);
	if (!err)
		err = run_door_hand(&s->door, req, guest_end,
				    type & (SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (err != RUN_DONE)
		run_door_free(&s->door);
	else
		run_seq_touch(s);
	return err;
}
