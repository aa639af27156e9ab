/* SPDX-License-Identifier: MIT */
/*
 * local/conn.c - names given and looked up, connections made
 *
 * There is no handshake: connect() makes the other side's endpoint, puts it
 * into the listener's queue and is done, whether or not accept() ever comes.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "base/stats.h"
#include "local/msg.h"
#include "local/name.h"
#include "local/rights.h"

#include <errno.h>
#include <poll.h>

/* As Linux looks: a path's name may be taken before we see that we have one,
 * an abstract one's not.
 */
int local_bind(struct local *l, struct local_sock *s, const char *path,
	       uint32_t n)
{
	if (!n)
		return s->name ? 0 : local_name_auto(l, s);
	if (s->name)
		return path[0] && local_name_find(l, s->type, path, n)
			       ? -EADDRINUSE
			       : -EINVAL;
	return local_name_new(l, s, path, n);
}

int local_unlink(struct local *l, const char *path, uint32_t n)
{
	struct local_name *name;

	if (n > LOCAL_PATH_MAX)
		return -ENAMETOOLONG;
	name = n && path[0] ? local_name_find(l, 0, path, n) : NULL;
	if (!name)
		return -ENOENT;
	local_name_unfile(l, name);
	return 0;
}

int local_find(struct local *l, int type, const char *path, uint32_t n,
	       struct local_sock **out)
{
	struct local_name *name = local_name_find(l, type, path, n);

	if (!name)
		return path[0] ? -ENOENT : -ECONNREFUSED;
	if (!name->owner)
		return -ECONNREFUSED;
	if (name->type != type)
		return -EPROTOTYPE;
	*out = name->owner;
	return 0;
}

/*
 * --- connections ---------------------------------------------------------
 */

int local_listen(struct local *l, struct local_sock *s, int backlog,
		 const struct local_cred *who)
{
	if (!local_has_conns(s))
		return -EOPNOTSUPP;
	if (!s->name || (s->state != LOCAL_CLOSE && s->state != LOCAL_LISTEN))
		return -EINVAL;
	s->state = LOCAL_LISTEN;
	s->cred = *who;
	if ((uint32_t)backlog > s->backlog)
		local_made_room(l, s);
	s->backlog = (uint32_t)backlog;
	return 0;
}

/* The other side's endpoint, in the listener's queue. */
static int make_child(struct local *l, struct local_sock *s,
		      struct local_sock *listener, const struct local_cred *who)
{
	struct local_sock *child;
	struct local_msg *m;
	int err = local_open(l, s->type, &child);

	if (err)
		return err;
	m = local_msg_new(l, child, local_msg_price(LOCAL_DGRAM, 1));
	if (!m) {
		local_put(l, child);
		return -ENOMEM;
	}
	child->peer = local_get(s);
	child->name = local_name_get(listener->name);
	child->cred = *who;
	child->state = LOCAL_ESTABLISHED;
	child->flags |= listener->flags & LOCAL_F_INHERITED;
	s->peer = local_get(child);
	local_msg_push(listener, m);
	return 0;
}

static int connect_conn(struct local *l, struct local_sock *s,
			struct local_sock *to, const struct local_cred *who)
{
	int err;

	if (to->state != LOCAL_LISTEN || (to->flags & LOCAL_F_SHUT_RD))
		return -ECONNREFUSED;
	if (local_full(to)) {
		l->stats->LocalListenFull++;
		local_wait_for(l, s, to);
		return -EAGAIN;
	}
	if (s->state != LOCAL_CLOSE)
		return s->state == LOCAL_ESTABLISHED ? -EISCONN : -EINVAL;
	err = make_child(l, s, to, who);
	if (err)
		return err;
	list_remove(&s->waits);
	s->cred = to->cred;
	s->state = LOCAL_ESTABLISHED;
	local_notify(to, POLLIN | POLLRDNORM);
	local_notify(s, POLLOUT | POLLWRNORM | POLLWRBAND);
	return 0;
}

int local_accept(struct local *l, struct local_sock *s, struct local_sock **out)
{
	struct local_msg *m = local_msg_first(s);

	if (!local_has_conns(s))
		return -EOPNOTSUPP;
	if (s->state != LOCAL_LISTEN)
		return -EINVAL;
	if (!m)
		return -EAGAIN;
	*out = m->from;
	local_msg_pop(l, s);
	local_made_room(l, s);
	return 0;
}

/*
 * --- datagrams -----------------------------------------------------------
 */

/* The old peer's messages are lost; if it has us for a peer it hears of it. */
static void part(struct local *l, struct local_sock *s, struct local_sock *old)
{
	if (!fifo_empty(&s->queue)) {
		local_msg_purge(l, s);
		local_made_room(l, s);
		if (!(old->flags & LOCAL_F_DEAD) && old->peer == s) {
			old->err = ECONNRESET;
			local_notify(old, POLLERR | POLLIN | POLLOUT);
		}
	}
}

void local_disconnect(struct local *l, struct local_sock *s)
{
	struct local_sock *old = s->peer;

	s->state = LOCAL_CLOSE;
	if (!old)
		return;
	s->peer = NULL;
	list_remove(&s->waits);
	part(l, s, old);
	local_notify(s, POLLOUT | POLLWRNORM | POLLWRBAND);
	local_put(l, old);
}

static int connect_dgram(struct local *l, struct local_sock *s,
			 struct local_sock *to)
{
	struct local_sock *old = s->peer;

	if (to->peer && to->peer != s)
		return -EPERM;
	s->state = to->state = LOCAL_ESTABLISHED;
	s->peer = local_get(to);
	if (!old)
		return 0;
	list_remove(&s->waits);
	if (old != to)
		part(l, s, old);
	local_put(l, old);
	local_notify(s, POLLOUT | POLLWRNORM | POLLWRBAND);
	return 0;
}

int local_connect(struct local *l, struct local_sock *s, const char *path,
		  uint32_t n, const struct local_cred *who)
{
	struct local_sock *to;
	int err = 0;

	if ((s->flags & LOCAL_F_PASSCRED) && !s->name)
		err = local_name_auto(l, s);
	if (!err)
		err = local_find(l, s->type, path, n, &to);
	if (err)
		return err;
	return local_has_conns(s) ? connect_conn(l, s, to, who)
				  : connect_dgram(l, s, to);
}

/*
 * --- pairs, ends ---------------------------------------------------------
 */

void local_pair(struct local_sock *a, struct local_sock *b,
		const struct local_cred *who)
{
	a->peer = local_get(b);
	b->peer = local_get(a);
	a->cred = b->cred = *who;
	a->state = b->state = LOCAL_ESTABLISHED;
}

/* What ends for us begins to end for the peer of a connection. */
static void tell_peer(struct local_sock *peer, uint8_t flags)
{
	if (flags & LOCAL_F_SHUT_RD)
		peer->flags |= LOCAL_F_SHUT_WR;
	if (flags & LOCAL_F_SHUT_WR)
		peer->flags |= LOCAL_F_SHUT_RD;
	local_notify(peer, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT);
}

void local_shutdown(struct local_sock *s, bool rd, bool wr)
{
	uint8_t flags = (uint8_t)((rd ? LOCAL_F_SHUT_RD : 0) |
				  (wr ? LOCAL_F_SHUT_WR : 0));

	s->flags |= flags;
	if (s->peer && local_has_conns(s))
		tell_peer(s->peer, flags);
	local_notify(s, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT);
}
