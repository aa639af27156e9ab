/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "run/hear.h"
#include "run/loose.h"
#include "run/notify.h"
#include "run/pump.h"

enum {
	SMALL = 1, /* the kernel makes the smallest there is of it */
	FILLER = 4096,
	AHEAD_MAX = 4096, /* bytes before accept() returns */
};

/* A connection that the guest has not accepted yet. */
struct waiting {
	struct list node;
	int fd;
	bool token; /* has one in the guest's end */
	struct sockaddr_storage peer;
	socklen_t peer_len;
};

static const struct run_door_ops stream_ops;

static struct ostia_proc *proc_of(const struct run_stream *s)
{
	return s->door.host->proc;
}

/* After a call of the stack. */
static int64_t said(const struct run_stream *s, int64_t value)
{
	int64_t out = value < 0 ? -errno : value;

	run_sup_touch(s->door.host);
	return out;
}

/* ---- stuffing: a descriptor that must not be writable ---- */

/* What was written before connect() or listen() went nowhere. */
static void discard(struct run_stream *s)
{
	uint8_t *buf = s->door.host->sup->buf;

	while (s->door.pair.fd >= 0 &&
	       recv(s->door.pair.fd, buf, RUN_SUP_MOVE, MSG_DONTWAIT) > 0)
		;
	s->filler = 0;
}

static void stuff(struct run_stream *s, int guest_end)
{
	static const uint8_t filler[FILLER];
	const int small = SMALL;
	ssize_t n;

	if (guest_end < 0 || s->filler)
		return;
	setsockopt(guest_end, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	s->small = true;
	while ((n = send(guest_end, filler, sizeof(filler),
			 MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		s->filler += (size_t)n;
}

static void unstuff(struct run_stream *s)
{
	uint8_t *buf = s->door.host->sup->buf;
	int guest_end = s->small ? run_door_guest_end(&s->door) : -1;

	if (guest_end >= 0) {
		run_pump_enlarge(guest_end, s->sndbuf);
		s->small = false;
		close(guest_end);
	}
	while (s->filler) {
		ssize_t n = recv(s->door.pair.fd, buf,
				 s->filler < RUN_SUP_MOVE ? s->filler
							  : RUN_SUP_MOVE,
				 MSG_DONTWAIT);

		if (n <= 0)
			break;
		s->filler -= (size_t)n;
	}
}

/* ---- a new socket ---- */

static bool takes(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       type == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

static int make_pair(struct run_stream *s, uint32_t events, int *guest_end)
{
	struct run_door *d = &s->door;
	int err = run_door_pair(d, SOCK_STREAM, guest_end);

	if (!err) {
		err = run_loop_watch(&d->host->sup->loop, &d->pair, events);
		if (err)
			close(*guest_end);
	}
	return err;
}

/* Where there are no names, reads of a pair must do. */
static int make_fresh(struct run_stream *s, int *guest_end)
{
	int err = run_loose_new(&s->door, guest_end);

	if (!err || err == -ENFILE || err == -ENOMEM)
		return err;
	return make_pair(s, EPOLLET, guest_end);
}

static int make_accepted(struct run_stream *s, int *guest_end)
{
	return make_pair(s, EPOLLIN | EPOLLET, guest_end);
}

static int new_stream(struct run_host *h, int fd,
		      int (*make)(struct run_stream *, int *guest_end),
		      struct run_stream **out, int *guest_end)
{
	struct run_door *d;
	int err = run_door_new(h, sizeof(**out), &stream_ops, fd, &d);

	if (err)
		return err;
	*out = run_stream_of(d);
	list_init(&(*out)->queue);
	err = make(*out, guest_end);
	if (!err)
		return 0;
	d->fd = -1; /* stays the caller's */
	run_door_free(d);
	return err;
}

/* Ours run out as ENFILE: it is not the guest that has too many. */
static int64_t guest_errno(int64_t err)
{
	return err == -EMFILE ? -ENFILE : err;
}

static int64_t open_stream(struct run_req *req, int domain, int type,
			   int protocol)
{
	struct run_host *h = req->guest->host;
	struct run_stream *s;
	int fd = ostia_socket(h->proc, domain, type, protocol), guest_end;
	int64_t err;

	if (fd < 0)
		return guest_errno(-errno);
	err = guest_errno(new_stream(h, fd, make_fresh, &s, &guest_end));
	if (err) {
		ostia_close(h->proc, fd);
		return err;
	}
	s->door.domain = domain;
	s->door.type = type;
	s->door.protocol = IPPROTO_TCP;
	err = run_door_hand(&s->door, req, guest_end, (int)req->arg[1]);
	if (err != RUN_DONE)
		run_door_free(&s->door);
	return err;
}

const struct run_door_kind run_stream_kind = {
	.takes = takes,
	.open = open_stream,
};

/* A loose end gets its other one. The guest may have had time to set its
 * buffers.
 */
static int tie(struct run_stream *s, int guest_end, uint32_t events)
{
	struct run_door *d = &s->door;
	int err = guest_end < 0 ? guest_end : 0;

	if (!run_loose_is(d))
		return 0;
	if (!err)
		err = run_loose_tie(d, guest_end);
	if (err)
		return err;
	if (s->rcvbuf)
		run_pump_enlarge(d->pair.fd, s->rcvbuf);
	return run_loop_watch(&d->host->sup->loop, &d->pair, events);
}

/* ---- listen ---- */

static bool token(struct run_stream *s)
{
	return send(s->door.pair.fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* Those that nobody in accept() has taken are there for who polls. The pair
 * has room for some hundreds: others follow when these are taken.
 */
static void tell_rest(struct run_stream *s)
{
	list_each (n, &s->queue) {
		struct waiting *w = list_entry(n, struct waiting, node);

		if (!w->token && !token(s))
			return;
		w->token = true;
	}
}

/* What we hold, the stack need not hold too. */
static void share_backlog(struct run_stream *s)
{
	uint32_t rest = s->backlog > s->nqueue ? s->backlog - s->nqueue : 0;

	if (rest == s->shared)
		return;
	ostia_listen(proc_of(s), s->door.fd, (int)rest);
	s->shared = rest;
}

static struct waiting *next_connection(struct run_stream *s)
{
	struct waiting *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	w->peer_len = sizeof(w->peer);
	w->fd = ostia_accept4(proc_of(s), s->door.fd,
			      (struct sockaddr *)&w->peer, &w->peer_len, 0);
	if (w->fd >= 0)
		return w;
	free(w);
	return NULL;
}

/* Without memory or numbers they stay where they are: the stack's queue. There
 * is none as long as we expect one.
 */
static void fill_queue(struct run_stream *s)
{
	struct waiting *w;

	if (s->door.expect & POLLIN)
		return;
	while (s->nqueue < s->backlog && (w = next_connection(s))) {
		w->token = false;
		list_push(&s->queue, &w->node);
		s->nqueue++;
		run_sup_touch(s->door.host);
	}
	if (s->nqueue < s->backlog)
		run_door_expect(&s->door, POLLIN);
}

static void empty_queue(struct run_stream *s)
{
	struct list *n;

	while ((n = list_pop(&s->queue))) {
		struct waiting *w = list_entry(n, struct waiting, node);

		ostia_close(proc_of(s), w->fd);
		free(w);
		s->nqueue--;
	}
	run_sup_touch(s->door.host);
}

/* Without another end nobody could be told: then it listens no more. */
static int64_t stand_by(struct run_stream *s, struct run_req *req)
{
	int64_t err = 0;

	if (run_loose_is(&s->door))
		err = tie(s, run_calls_fd(req), EPOLLET);
	if (err)
		ostia_shutdown(proc_of(s), s->door.fd, SHUT_RDWR);
	return err;
}

static int64_t on_listen(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);
	int backlog = (int)req->arg[1];
	int64_t err = said(s, ostia_listen(proc_of(s), d->fd, backlog));

	if (err == -EADDRINUSE && run_loose_scan(d->host, d->host->nloose))
		err = said(s, ostia_listen(proc_of(s), d->fd, backlog));
	if (!err)
		err = stand_by(s, req);
	if (err)
		return err;
	/* The stack's cap holds for the sum. A negative one is the largest. */
	if (backlog < 0 || backlog > SOMAXCONN)
		backlog = SOMAXCONN;
	s->backlog = backlog ? (uint32_t)backlog : 1;
	s->shared = UINT32_MAX; /* what it was told just now */
	if (s->state == RUN_STREAM_LISTENING) {
		share_backlog(s);
		fill_queue(s);
		tell_rest(s);
		return 0;
	}
	s->state = RUN_STREAM_LISTENING;
	d->ready.late = true; /* accept() finds the first bytes, too */
	discard(s);
	stuff(s, run_calls_fd(req));
	run_door_expect(d, POLLIN);
	return 0;
}

/* ---- accept ---- */

static void untoken(struct run_req *req)
{
	uint8_t byte;
	int fd = run_calls_fd(req);

	if (fd >= 0)
		recv(fd, &byte, 1, MSG_DONTWAIT);
}

static void inherit(struct run_stream *child, const struct run_stream *s,
		    int guest_end)
{
	child->door.domain = s->door.domain;
	child->door.type = s->door.type;
	child->door.protocol = s->door.protocol;
	child->sndbuf = s->sndbuf;
	child->rcvbuf = s->rcvbuf;
	if (s->sndbuf)
		run_pump_enlarge(guest_end, s->sndbuf);
	if (s->rcvbuf)
		run_pump_enlarge(child->door.pair.fd, s->rcvbuf);
}

/* The guest's pointers are bad: as Linux, the connection is lost. */
static int64_t lose(struct run_stream *s, struct waiting *w, int64_t err)
{
	list_remove(&w->node);
	s->nqueue--;
	ostia_close(proc_of(s), w->fd);
	free(w);
	run_sup_touch(s->door.host);
	return err;
}

/* What has come already is there when accept() returns: who reads it at once
 * need not sleep again. The stack keeps it until then.
 */
static ssize_t fill_ahead(struct run_stream *child)
{
	struct run_door *d = &child->door;
	uint8_t *buf = d->host->sup->buf;
	int mark = 0;
	ssize_t n;

	if (ostia_ioctl(proc_of(child), d->fd, SIOCATMARK, &mark) || mark)
		return 0;
	n = ostia_recv(proc_of(child), d->fd, buf, AHEAD_MAX,
		       MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	n = send(d->pair.fd, buf, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n > 0 ? n : 0;
}

static void take_ahead(struct run_stream *child, ssize_t n)
{
	if (n && ostia_recv(proc_of(child), child->door.fd,
			    child->door.host->sup->buf, (size_t)n,
			    MSG_DONTWAIT) == n)
		child->door.host->sup->stats.bytes_out += (uint64_t)n;
}

static int64_t hand_over(struct run_stream *s, struct waiting *w,
			 struct run_req *req)
{
	struct run_stream *child;
	int guest_end;
	int64_t err;
	ssize_t ahead;

	err = guest_errno(new_stream(s->door.host, w->fd, make_accepted, &child,
				     &guest_end));
	if (err)
		return err;
	inherit(child, s, guest_end);
	ahead = fill_ahead(child);
	run_pump_bait(child, guest_end);
	err = run_door_hand(&child->door, req, guest_end, (int)req->arg[3]);
	if (err != RUN_DONE) {
		child->door.fd = -1; /* goes on waiting */
		run_door_free(&child->door);
		return err;
	}
	list_remove(&w->node);
	s->nqueue--;
	free(w);
	run_hear_done(run_calls_sup(req)->hear, req);
	take_ahead(child, ahead);
	run_door_unkeep(&child->door);
	run_pump_start(child);
	return RUN_DONE;
}

/* The token goes first: the guest may poll as soon as it is answered. */
static int64_t serve(struct run_stream *s, struct run_req *req)
{
	struct waiting *w =
		list_entry(list_first(&s->queue), struct waiting, node);
	int64_t err = run_calls_addr_out(req, (uint64_t)req->arg[1],
					 (uint64_t)req->arg[2], &w->peer,
					 w->peer_len);

	if (w->token)
		untoken(req);
	w->token = false;
	if (err)
		err = lose(s, w, err);
	else
		err = hand_over(s, w, req);
	share_backlog(s);
	fill_queue(s);
	if (!req->parked)
		tell_rest(s);
	return err;
}

static int64_t on_accept(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);

	if ((int)req->arg[3] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (s->state != RUN_STREAM_LISTENING)
		return -EINVAL;
	if (list_empty(&s->queue))
		fill_queue(s);
	if (!list_empty(&s->queue))
		return serve(s, req);
	if (!req->parked && run_calls_nonblock(req))
		return -EAGAIN;
	return run_calls_wait(req, SO_RCVTIMEO, -EAGAIN);
}

/* ---- connect ---- */

/* A loose end is wherever the guest has it, unless the call that is under way
 * has just named it.
 */
static int tie_connected(struct run_stream *s, struct run_req *req)
{
	const bool named = req && !req->parked;
	int guest_end, err;

	if (!run_loose_is(&s->door))
		return 0;
	guest_end = named ? run_calls_fd(req) : run_door_guest_end(&s->door);
	err = tie(s, guest_end, EPOLLIN | EPOLLET);
	if (guest_end >= 0 && !named)
		close(guest_end);
	return err;
}

static int64_t connected(struct run_stream *s, struct run_req *req)
{
	int err = tie_connected(s, req);

	if (err)
		return err;
	unstuff(s);
	run_pump_bait(s, s->door.kept);
	run_door_unkeep(&s->door);
	run_pump_start(s);
	return 0;
}

/* Nobody could move its bytes: it is given up. */
static int64_t give_up(struct run_stream *s, int64_t err)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	said(s, ostia_connect(proc_of(s), s->door.fd, &none, sizeof(none)));
	run_door_expect(&s->door, 0);
	s->state = RUN_STREAM_FRESH;
	return err;
}

/* Somebody may poll it from now on. */
static int64_t go_on_alone(struct run_stream *s, struct run_req *req)
{
	int64_t err = 0;

	if (run_loose_is(&s->door))
		err = tie(s, run_calls_fd(req), EPOLLET);
	if (!err)
		stuff(s, run_calls_fd(req));
	return err;
}

/* Who polls has the filler before him: our end goes with it unread, and he
 * sees IN OUT ERR HUP. What went wrong is asked of the stack.
 */
static void connect_failed(struct run_stream *s)
{
	s->state = s->filler ? RUN_STREAM_OVER : RUN_STREAM_FRESH;
	if (s->filler)
		run_door_mute(&s->door);
}

/* A failed socket may try again, with a new pair in the old one's place. */
static int64_t renew(struct run_stream *s, struct run_req *req)
{
	int64_t err = run_door_swap(&s->door, req, SOCK_STREAM);

	if (err)
		return err;
	s->filler = 0;
	s->held = 0;
	s->small = false;
	s->large_in = s->large_out = s->drained = false;
	s->bait = s->mined = s->bulky = false;
	s->error = 0;
	s->state = RUN_STREAM_FRESH;
	return run_loop_watch(&s->door.host->sup->loop, &s->door.pair, EPOLLET);
}

static int64_t wait_for_connect(struct run_stream *s, struct run_req *req,
				bool nonblock)
{
	int64_t value = -EINPROGRESS, err;

	run_door_expect(&s->door, POLLOUT);
	if (!nonblock)
		value = run_calls_wait(req, SO_SNDTIMEO, -EINPROGRESS);
	if (value == RUN_PARK)
		return value;
	err = go_on_alone(s, req);
	return err ? give_up(s, err) : value;
}

static int64_t begin_connect(struct run_stream *s, struct run_req *req)
{
	int64_t err = s->state == RUN_STREAM_OVER ? renew(s, req) : 0;

	if (err)
		return err;
	discard(s);
	s->state = RUN_STREAM_CONNECTING;
	return 0;
}

/* AF_UNSPEC: the stack has given the connection up, or has stopped listening.
 * The next connect() begins with a new pair.
 */
static int64_t dissolved(struct run_stream *s)
{
	if (s->state == RUN_STREAM_LISTENING)
		empty_queue(s);
	s->door.ready.late = false;
	run_door_expect(&s->door, 0);
	run_pump_let_go(s);
	run_pump_fini(s);
	if (s->state != RUN_STREAM_FRESH) {
		s->state = run_loose_is(&s->door) ? RUN_STREAM_FRESH
						  : RUN_STREAM_OVER;
		run_door_mute(&s->door);
	}
	run_door_end_waiters(&s->door, -ECONNABORTED);
	return 0;
}

/* Ports that nobody has any more are free. */
static int64_t ask_stack(struct run_stream *s, const struct sockaddr_storage *a,
			 socklen_t len)
{
	struct run_host *h = s->door.host;
	int64_t err = said(s, ostia_connect(proc_of(s), s->door.fd,
					    (const struct sockaddr *)a, len));

	if ((err == -EADDRNOTAVAIL || err == -EADDRINUSE) &&
	    run_loose_scan(h, h->nloose))
		err = said(s, ostia_connect(proc_of(s), s->door.fd,
					    (const struct sockaddr *)a, len));
	return err;
}

/* What the stack says of one that it was told of before. */
static int64_t go_on_connecting(struct run_stream *s, struct run_req *req,
				int64_t said, bool nonblock)
{
	int64_t err;

	if (said == -EALREADY)
		return wait_for_connect(s, req, nonblock);
	if (said && said != -EISCONN) {
		connect_failed(s);
		return said;
	}
	err = connected(s, req);
	return err ? give_up(s, err) : said;
}

/* Most networks answer at once: then its caller, whose end we have just now,
 * need not be parked.
 */
static int64_t start_connecting(struct run_stream *s, struct run_req *req,
				const struct sockaddr_storage *a, socklen_t len)
{
	const bool nonblock = run_calls_nonblock(req);
	int64_t err = begin_connect(s, req), said = -EALREADY;

	if (err)
		return err;
	if (!nonblock) {
		run_sup_hurry(s->door.host);
		said = ask_stack(s, a, len);
	}
	err = go_on_connecting(s, req, said, nonblock);
	return err == -EISCONN ? 0 : err;
}

/* What the stack says decides; what the pair needs follows. */
static int64_t on_connect(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);
	const socklen_t len = (socklen_t)req->arg[2];
	struct sockaddr_storage a;
	int64_t err = run_calls_addr_in(req, (uint64_t)req->arg[1],
					(int)req->arg[2], &a);

	if (err)
		return err;
	err = ask_stack(s, &a, len);
	if (!err && a.ss_family == AF_UNSPEC)
		return dissolved(s);
	if (s->state == RUN_STREAM_CONNECTING) {
		if (err == -EALREADY && !req->parked && run_calls_nonblock(req))
			return err;
		err = go_on_connecting(s, req, err, false);
		return err == -EISCONN && req->parked ? 0 : err;
	}
	if (err == -EINPROGRESS)
		return start_connecting(s, req, &a, len);
	if (!err && s->state == RUN_STREAM_FRESH)
		err = connected(s, req);
	return err;
}

static bool is_connected(struct run_stream *s)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	return ostia_getpeername(proc_of(s), s->door.fd, (struct sockaddr *)&a,
				 &len) == 0;
}

/* Those who wait in connect() ask the stack themselves, and hear of it. A
 * signal may have taken the last of them away: then a loose end stays that
 * until we find it, or a call names it.
 */
static void on_decided(struct run_stream *s, uint32_t mask)
{
	run_door_retry(&s->door);
	if (s->state != RUN_STREAM_CONNECTING)
		return;
	if (is_connected(s))
		(void)connected(s, NULL);
	else if (mask & (POLLERR | POLLHUP))
		connect_failed(s);
	else
		run_door_expect(&s->door, POLLOUT);
}

/* ---- names, options ---- */

/* The error of the connection, or of the pair that stands for it: once. */
static int64_t so_error(struct run_stream *s, struct run_req *req)
{
	int fd = run_calls_fd(req), pair = 0, error = s->error, room;
	socklen_t len = sizeof(pair);
	int64_t err;

	if (fd >= 0 && s->state == RUN_STREAM_OVER &&
	    !getsockopt(fd, SOL_SOCKET, SO_ERROR, &pair, &len) && !pair)
		error = 0; /* it was read from the descriptor */
	len = sizeof(error);
	if (!error)
		ostia_getsockopt(proc_of(s), s->door.fd, SOL_SOCKET, SO_ERROR,
				 &error, &len);
	s->error = 0;
	err = run_calls_in(req, (uint64_t)req->arg[4], &room, sizeof(room));
	if (err)
		return err;
	len = (socklen_t)room < sizeof(error) ? (socklen_t)room : sizeof(error);
	err = run_calls_out(req, (uint64_t)req->arg[3], &error, len);
	return err ? err
		   : run_calls_out(req, (uint64_t)req->arg[4], &len,
				   sizeof(len));
}

/* The guest's send buffer may have stayed small: here we hold its end. */
static void enlarge(struct run_stream *s, struct run_req *req)
{
	if (!s->small || s->state != RUN_STREAM_CONNECTED ||
	    run_calls_fd(req) < 0)
		return;
	run_pump_enlarge(req->fd, s->sndbuf);
	s->small = false;
}

/* A signal took it out of connect(), which goes on: now it can poll. */
static void came_back(struct run_stream *s, struct run_req *req)
{
	if (s->state != RUN_STREAM_CONNECTING || !run_loose_is(&s->door))
		return;
	if (is_connected(s))
		(void)connected(s, req);
	else
		(void)go_on_alone(s, req);
}

static int64_t on_getsockopt(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);

	enlarge(s, req);
	if ((int)req->arg[1] == SOL_SOCKET && (int)req->arg[2] == SO_ERROR) {
		came_back(s, req);
		return so_error(s, req);
	}
	return run_calls_getsockopt(d, req);
}

/* What the kernel's read() and write() on the pair must know, too. */
static bool is_of_the_pair(int level, int name)
{
	switch (level == SOL_SOCKET ? name : -1) {
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
#if __TIMESIZE == 64
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_NEW:
#endif
	case SO_RCVLOWAT:
	case SO_OOBINLINE:
	case SO_PEEK_OFF:
		return true;
	default:
		return false;
	}
}

/* The pair follows the socket's buffers, up to what it has anyway. */
static void follow_buffers(struct run_stream *s, struct run_req *req, int name)
{
	const bool sends = name == SO_SNDBUF || name == SO_SNDBUFFORCE;
	int twice = 0;
	socklen_t len = sizeof(twice);

	if (!sends && name != SO_RCVBUF && name != SO_RCVBUFFORCE)
		return;
	if (ostia_getsockopt(proc_of(s), s->door.fd, SOL_SOCKET,
			     sends ? SO_SNDBUF : SO_RCVBUF, &twice, &len) ||
	    twice < 2)
		return;
	if (sends) {
		run_pump_let_go(s);
		s->sndbuf = (uint32_t)twice / 2;
	} else {
		s->rcvbuf = (uint32_t)twice / 2;
	}
	if (s->state != RUN_STREAM_FRESH && s->state != RUN_STREAM_CONNECTED)
		return;
	if (!sends && s->door.pair.fd >= 0)
		run_pump_enlarge(s->door.pair.fd, s->rcvbuf);
	if (sends && run_calls_fd(req) >= 0)
		run_pump_enlarge(req->fd, s->sndbuf);
}

static int64_t on_setsockopt(struct run_door *d, struct run_req *req)
{
	int64_t err = run_calls_setsockopt(d, req);

	enlarge(run_stream_of(d), req);
	if (!err && (int)req->arg[1] == SOL_SOCKET)
		follow_buffers(run_stream_of(d), req, (int)req->arg[2]);
	if (!err && is_of_the_pair((int)req->arg[1], (int)req->arg[2]))
		return RUN_CONTINUE;
	return err;
}

static int64_t on_ioctl(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);
	const uint32_t cmd = (uint32_t)req->arg[1];
	int stack = 0, pair = 0;

	if (cmd == SIOCATMARK && s->state == RUN_STREAM_CONNECTED)
		return RUN_CONTINUE;
	if (cmd != SIOCOUTQ && cmd != SIOCOUTQNSD)
		return run_calls_ioctl(d, req);
	if (ostia_ioctl(proc_of(s), d->fd, cmd, &stack))
		return -errno;
	if (s->state == RUN_STREAM_CONNECTED)
		pair = run_pump_unread(s);
	stack += pair + (int)s->left_len - (int)s->left_at;
	return run_calls_out(req, (uint64_t)req->arg[2], &stack, sizeof(stack));
}

/* ---- shutdown ---- */

static int64_t stop_listening(struct run_stream *s, struct run_req *req)
{
	int64_t err = said(s, ostia_shutdown(proc_of(s), s->door.fd,
					     (int)req->arg[1]));

	if (err || (int)req->arg[1] == SHUT_WR)
		return err;
	empty_queue(s);
	run_door_expect(&s->door, 0);
	s->state = RUN_STREAM_FRESH;
	s->door.ready.late = false;
	token(s); /* who polls it wakes up, and hears EINVAL */
	run_door_end_waiters(&s->door, -EINVAL);
	return 0;
}

/* Our end stands for the peer: it reads no more, and the guest's writes say
 * EPIPE; what was written before is there still. And the other way round.
 */
static int64_t shut_connected(struct run_stream *s, struct run_req *req)
{
	const int how = (int)req->arg[1];

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (!is_connected(s))
		return -ENOTCONN;
	if (how != SHUT_RD && !s->wr_shut) {
		run_pump_mine(s);
		s->wr_shut = true;
		shutdown(s->door.pair.fd, SHUT_RD);
		if (!run_pump_in(s))
			return 0;
	}
	if (how != SHUT_WR && !s->rd_shut) {
		s->rd_shut = true;
		ostia_shutdown(proc_of(s), s->door.fd, SHUT_RD);
		if (!run_pump_out(s))
			return 0;
	}
	run_pump_watch(s);
	return 0;
}

static int64_t on_shutdown(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);

	if (s->state == RUN_STREAM_LISTENING)
		return stop_listening(s, req);
	if (s->state == RUN_STREAM_CONNECTED)
		return shut_connected(s, req);
	return said(s, ostia_shutdown(proc_of(s), d->fd, (int)req->arg[1]));
}

/* ---- sending and receiving that the pair does not do as TCP does ---- */

/* The signal takes the caller out of its call, before the answer or after; who
 * makes it again has had it.
 */
static int64_t sigpipe(struct run_req *req, int flags)
{
	int64_t value;

	if (flags & MSG_NOSIGNAL)
		return -EPIPE;
	if (run_calls_untold(req, RUN_CALLS_PIPE, &value))
		return value;
	req->print = RUN_CALLS_PIPE;
	run_target_signal(req->tid, SIGPIPE);
	return -EPIPE;
}

/* What was written before must be in the stack before. */
static bool pair_is_empty(const struct run_stream *s)
{
	return !s->left_len && !run_pump_unread(s);
}

static int64_t send_after(struct run_stream *s, struct run_req *req,
			  const struct iovec *iov, size_t niov, size_t len,
			  int flags)
{
	uint8_t *buf = run_calls_sup(req)->buf;
	ssize_t n;

	if (!run_pump_in(s))
		return -ECONNRESET;
	run_pump_watch(s);
	if (s->failed || s->wr_shut)
		return sigpipe(req, flags);
	if (len > RUN_SUP_MOVE)
		len = RUN_SUP_MOVE;
	n = -EAGAIN;
	if (pair_is_empty(s)) {
		n = run_target_gather(&run_calls_sup(req)->target, req->tid,
				      iov, niov, buf, len);
		if (n < 0)
			return n;
		n = said(s, ostia_send(proc_of(s), s->door.fd, buf, (size_t)n,
				       (flags & (MSG_OOB | MSG_MORE)) |
					       MSG_NOSIGNAL));
	}
	if (n == -EPIPE)
		return sigpipe(req, flags);
	if (n != -EAGAIN || (flags & MSG_DONTWAIT) || run_calls_nonblock(req))
		return n;
	run_door_expect(&s->door, POLLIN | POLLOUT);
	return run_calls_wait(req, SO_SNDTIMEO, -EAGAIN);
}

/* connect() and the first bytes in one call (RFC 7413). */
static int64_t send_fast(struct run_stream *s, struct run_req *req,
			 const struct iovec *iov, size_t niov, size_t len,
			 uint64_t addr, int64_t addr_len)
{
	uint8_t *buf = run_calls_sup(req)->buf;
	struct sockaddr_storage a;
	int64_t n = run_calls_addr_in(req, addr, addr_len, &a), err;

	if (n)
		return n;
	if (len > RUN_SUP_MOVE)
		len = RUN_SUP_MOVE;
	n = run_target_gather(&run_calls_sup(req)->target, req->tid, iov, niov,
			      buf, len);
	if (n < 0)
		return n;
	n = said(s, ostia_sendto(proc_of(s), s->door.fd, buf, (size_t)n,
				 MSG_FASTOPEN | MSG_NOSIGNAL,
				 (struct sockaddr *)&a, (socklen_t)addr_len));
	if (n < 0 && n != -EINPROGRESS)
		return n;
	discard(s);
	s->state = RUN_STREAM_CONNECTING;
	run_door_expect(&s->door, POLLOUT);
	err = go_on_alone(s, req);
	return err ? give_up(s, err) : n;
}

static int64_t send_iov(struct run_stream *s, struct run_req *req,
			const struct iovec *iov, size_t niov, size_t len,
			int flags, uint64_t addr, int64_t addr_len)
{
	if (s->state == RUN_STREAM_CONNECTED)
		return send_after(s, req, iov, niov, len, flags);
	if ((flags & MSG_FASTOPEN) && addr && s->state == RUN_STREAM_FRESH)
		return send_fast(s, req, iov, niov, len, addr, addr_len);
	if (s->state == RUN_STREAM_CONNECTING)
		return (flags & MSG_DONTWAIT) || run_calls_nonblock(req)
			       ? -EAGAIN
			       : run_calls_wait(req, SO_SNDTIMEO, -EAGAIN);
	return sigpipe(req, flags);
}

static int64_t on_sendto(struct run_door *d, struct run_req *req)
{
	const struct iovec iov = {
		.iov_base = (void *)(uintptr_t)req->arg[1],
		.iov_len = (size_t)req->arg[2],
	};

	return send_iov(run_stream_of(d), req, &iov, 1, iov.iov_len,
			(int)req->arg[3], (uint64_t)req->arg[4],
			(int)req->arg[5]);
}

enum { SPECIAL_SEND = MSG_OOB | MSG_FASTOPEN };

/* The pair does it, unless a name or a flag is in the way. */
static int64_t on_sendmsg(struct run_door *d, struct run_req *req)
{
	struct run_stream *s = run_stream_of(d);
	const int flags = (int)req->arg[2];
	struct iovec iov[RUN_TARGET_IOV_MAX];
	struct msghdr m;
	int64_t len = run_calls_in(req, (uint64_t)req->arg[1], &m, sizeof(m));

	if (len)
		return len;
	if (!m.msg_name && !(flags & SPECIAL_SEND) &&
	    s->state != RUN_STREAM_FRESH && !run_loose_is(&s->door))
		return RUN_CONTINUE;
	len = run_target_iov(&run_calls_sup(req)->target, req->tid,
			     (uintptr_t)m.msg_iov, m.msg_iovlen, iov);
	if (len < 0)
		return len;
	return send_iov(s, req, iov, m.msg_iovlen, (size_t)len, flags,
			(uintptr_t)m.msg_name, m.msg_namelen);
}

/* What TCP alone does with MSG_TRUNC: bytes are thrown away. */
static int64_t throw_away(struct run_req *req, size_t len, int flags)
{
	int fd = run_calls_fd(req);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = recv(fd, run_calls_sup(req)->buf,
		 len < RUN_SUP_MOVE ? len : RUN_SUP_MOVE,
		 (flags & MSG_PEEK) | MSG_DONTWAIT);
	if (n >= 0)
		return n;
	if (errno != EAGAIN || (flags & MSG_DONTWAIT) ||
	    run_calls_nonblock(req))
		return -errno;
	return run_calls_wait(req, SO_RCVTIMEO, -EAGAIN);
}

/* The pair tells no sender's name either. RUN_CONTINUE: it does all. */
static int64_t receive(struct run_stream *s, struct run_req *req, int flags)
{
	if (flags & MSG_ERRQUEUE)
		return said(s, ostia_recv(proc_of(s), s->door.fd,
					  run_calls_sup(req)->buf, 0,
					  MSG_ERRQUEUE));
	if (s->state == RUN_STREAM_FRESH || s->state == RUN_STREAM_LISTENING)
		return -ENOTCONN;
	return RUN_CONTINUE;
}

static int64_t on_recvfrom(struct run_door *d, struct run_req *req)
{
	const int flags = (int)req->arg[3];
	int64_t value = receive(run_stream_of(d), req, flags);

	if (value == RUN_CONTINUE && (flags & MSG_TRUNC))
		value = throw_away(req, (size_t)req->arg[2], flags);
	return value;
}

static int64_t on_recvmsg(struct run_door *d, struct run_req *req)
{
	const int flags = (int)req->arg[2];
	int64_t value = receive(run_stream_of(d), req, flags);
	struct iovec iov[RUN_TARGET_IOV_MAX];
	struct msghdr m;

	if (value != RUN_CONTINUE || !(flags & MSG_TRUNC))
		return value;
	value = run_calls_in(req, (uint64_t)req->arg[1], &m, sizeof(m));
	if (!value)
		value = run_target_iov(&run_calls_sup(req)->target, req->tid,
				       (uintptr_t)m.msg_iov, m.msg_iovlen, iov);
	return value < 0 ? value : throw_away(req, (size_t)value, flags);
}

/* ---- news ---- */

void run_stream_end(struct run_stream *s, int error)
{
	int unread = 0, guest_end = -1;

	s->error = error;
	s->state = RUN_STREAM_OVER;
	run_door_expect(&s->door, 0);
	if (s->closed) {
		run_door_free(&s->door);
		return;
	}
	if (s->out_eof)
		run_pump_defuse(s);
	unread = run_pump_unread(s) || s->bait || s->held;
	if (!unread && !s->out_eof && !s->wr_shut)
		guest_end = run_door_guest_end(&s->door);
	if (guest_end >= 0) {
		unread =
			send(guest_end, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
		close(guest_end);
	}
	if (unread)
		s->door.host->sup->stats.resets_told++;
	else
		s->door.host->sup->stats.resets_lost++;
	run_pump_fini(s);
	run_door_mute(&s->door);
	run_door_end_waiters(&s->door, -error);
}

static void on_pair(struct run_door *d, uint32_t events)
{
	struct run_stream *s = run_stream_of(d);

	if (s->state != RUN_STREAM_CONNECTED) {
		if (events & (EPOLLHUP | EPOLLERR))
			run_door_free(d);
		return;
	}
	if (events & EPOLLHUP) {
		run_pump_on_hangup(s, events & EPOLLERR);
		return;
	}
	if ((events & EPOLLIN) && !run_pump_in(s))
		return;
	s->drained |= events & EPOLLOUT; /* asked for when it was full */
	if ((events & EPOLLOUT) && !run_pump_out(s))
		return;
	run_pump_watch(s);
}

static void on_stack(struct run_door *d, uint32_t mask)
{
	struct run_stream *s = run_stream_of(d);

	if (s->state == RUN_STREAM_CONNECTING) {
		on_decided(s, mask);
		return;
	}
	if (s->state == RUN_STREAM_LISTENING) {
		fill_queue(s);
		run_door_retry(d);
		share_backlog(s);
		tell_rest(s);
		return;
	}
	if (s->state != RUN_STREAM_CONNECTED)
		return;
	if (mask & (POLLHUP | POLLERR))
		s->hup = true;
	if (s->hup && s->out_eof && !s->closed) {
		run_stream_end(s, EPIPE);
		return;
	}
	if ((mask & (POLLOUT | POLLERR | POLLHUP)) && !run_pump_in(s))
		return;
	if (!s->closed && !run_pump_out(s))
		return;
	run_pump_watch(s);
	if (!list_empty(&d->waiters))
		run_door_retry(d);
}

static void fini(struct run_door *d)
{
	struct run_stream *s = run_stream_of(d);

	empty_queue(s);
	run_pump_fini(s);
}

static const struct run_door_ops stream_ops = {
	.call = {
		[RUN_LISTEN] = on_listen,
		[RUN_ACCEPT] = on_accept,
		[RUN_CONNECT] = on_connect,
		[RUN_GETSOCKOPT] = on_getsockopt,
		[RUN_SETSOCKOPT] = on_setsockopt,
		[RUN_SHUTDOWN] = on_shutdown,
		[RUN_SENDTO] = on_sendto,
		[RUN_RECVFROM] = on_recvfrom,
		[RUN_SENDMSG] = on_sendmsg,
		[RUN_RECVMSG] = on_recvmsg,
		[RUN_SENDMMSG] = run_calls_continue,
		[RUN_RECVMMSG] = run_calls_continue,
		[RUN_IOCTL] = on_ioctl,
	},
	.on_pair = on_pair,
	.on_stack = on_stack,
	.fini = fini,
};
