/* SPDX-License-Identifier: MIT */
/*
 * local/recv.c - reading
 *
 * A stream's call goes from record to record as long as their credentials are
 * the same and none carried files; what MSG_OOB sent is stepped around, and
 * ends a call that has come to it.
 */
#include "base/trace.h"
#include "local/msg.h"
#include "local/name.h"
#include "local/rights.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

static struct local_cred cred_of(const struct local_msg *m)
{
	return m->flags & LOCAL_MSG_CRED ? m->cred : LOCAL_NOBODY;
}

static bool same_cred(const struct local_cred *a, const struct local_cred *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* SO_PEEK_OFF moves with what is peeked at, and with what is read. */
static uint32_t peek_at(const struct local_in *in)
{
	return (in->flags & MSG_PEEK) && in->peek_off && *in->peek_off > 0
		       ? (uint32_t)*in->peek_off
		       : 0;
}

static void move_peek(const struct local_in *in, uint32_t n)
{
	int32_t *off = in->peek_off;

	if (!off || *off < 0)
		return;
	if (in->flags & MSG_PEEK)
		*off += (int32_t)n;
	else
		*off = *off > (int32_t)n ? *off - (int32_t)n : 0;
}

/* The files: of a message that stays, other references to them. */
static void take_rights(struct local *l, struct local_msg *m,
			const struct local_in *in)
{
	struct local_rights *r = m->rights;

	if (!r)
		return;
	if (in->flags & MSG_PEEK) {
		r = local_rights_copy(l, r);
	} else {
		local_rights_land(l, r);
		m->rights = NULL;
	}
	if (!r)
		in->got->flags |= MSG_CTRUNC; /* no memory */
	local_rights_drop(l, in->got->rights);
	in->got->rights = r;
}

static void note_sender(struct local *l, struct local_got *got,
			const struct local_msg *m)
{
	local_name_put(l, got->from);
	got->from = local_name_get(m->from->name);
}

/*
 * --- streams -------------------------------------------------------------
 */

/* The byte was read by MSG_OOB: its place goes with the next one's. */
static void forget_before(struct local *l, struct local_sock *s,
			  struct local_msg *m)
{
	struct fifo rest = s->queue;
	struct fifo_node *n;

	fifo_init(&s->queue);
	while ((n = fifo_pop(&rest))) {
		struct local_msg *x = local_msg_of(n);

		if (rest.head == &m->node && !x->len) {
			m->gone = (uint8_t)(m->gone + x->gone);
			s->qlen--;
			local_msg_free(l, x);
			continue;
		}
		fifo_push(&s->queue, n);
	}
}

static uint32_t offset_of(const struct local_sock *s, const struct local_msg *m)
{
	uint32_t off = 0;

	for (const struct local_msg *x = local_msg_first(s); x != m;
	     x = local_msg_next(x))
		off += x->len + x->gone;
	return off + m->gone;
}

static int64_t recv_urgent(struct local *l, struct local_sock *s,
			   struct local_in *in)
{
	struct local_msg *m = s->oob;
	bool peek = (in->flags & MSG_PEEK) != 0;
	uint32_t n;

	if ((s->flags & LOCAL_F_OOBINLINE) || !m)
		return -EINVAL;
	n = stream_copy_out(&s->bytes, offset_of(s, m), in->iov, in->niov,
			    in->skip, in->n ? 1 : 0);
	in->got->flags |= MSG_OOB;
	if (!peek) {
		s->oob = NULL;
		forget_before(l, s, m);
		m->len = 0;
		m->gone++;
	}
	return n || !in->n ? 1 : -EFAULT;
}

/*
 * Where reading begins or goes on, at @m: past bytes that MSG_OOB took, and
 * past the urgent byte itself unless it is in line. Return: NULL: nothing
 * more; then *@stop says that the call has come to the mark.
 */
static struct local_msg *around_urgent(struct local *l, struct local_sock *s,
				       struct local_msg *m,
				       const struct local_in *in, bool copied,
				       bool *stop)
{
	bool peek = (in->flags & MSG_PEEK) != 0;
	bool inlined = (s->flags & LOCAL_F_OOBINLINE) != 0;

	if (!m->len) {
		if (copied && !s->oob) {
			*stop = true;
			return NULL;
		}
		if (peek) {
			m = local_msg_next(m);
		} else {
			local_msg_pop(l, s);
			m = local_msg_first(s);
		}
		if (!m)
			return NULL;
	}
	if (m != s->oob)
		return m;
	if (copied) {
		*stop = true;
		return NULL;
	}
	if (peek)
		return inlined ? m : local_msg_next(m);
	s->oob = NULL;
	if (inlined)
		return m;
	local_msg_pop(l, s); /* nobody asked for it */
	return local_msg_first(s);
}

/* May the record be joined to what the call has? */
static bool joins(struct local_sock *s, struct local_got *got,
		  const struct local_msg *m)
{
	struct local_cred cred = cred_of(m);

	if (got->compare)
		return same_cred(&cred, &got->cred);
	if (s->flags & LOCAL_F_PASSCRED) {
		got->cred = cred;
		got->compare = true;
	}
	return true;
}

/* The record has been read up to here. Return: the call ends. */
static bool consume(struct local *l, struct local_sock *s, struct local_msg *m,
		    struct local_in *in, uint32_t n)
{
	bool files = m->rights != NULL;

	take_rights(l, m, in);
	move_peek(in, n);
	stream_discard(&s->bytes, l->pool, n);
	m->len -= n;
	if (m->len)
		return true;
	local_msg_pop(l, s);
	return files;
}

/* Looked at only. */
static bool peeked(struct local *l, struct local_msg *m, struct local_in *in,
		   uint32_t n)
{
	bool files = m->rights != NULL;

	take_rights(l, m, in);
	move_peek(in, n);
	return files;
}

/* Nothing there. */
static int64_t stream_empty(struct local_sock *s)
{
	int err = local_take_error(s);

	if (err)
		return -err;
	return s->flags & LOCAL_F_SHUT_RD ? 0 : -EAGAIN;
}

/**
 * struct walk - A call on its way through the queue
 * @m:		the record at hand
 * @at:		where its bytes stand in the stream
 * @skip:	of them, by SO_PEEK_OFF
 */
struct walk {
	struct local_msg *m;
	uint32_t at, skip;
	uint32_t done;
};

static void next_peeked(struct walk *w)
{
	w->at += w->m->len + w->m->gone;
	w->m = local_msg_next(w->m);
}

/* To the record that the peek offset is in. */
static void skip_peeked(struct walk *w)
{
	while (w->m && w->skip >= w->m->len) {
		w->skip -= w->m->len;
		next_peeked(w);
	}
}

/* One record's share. Return: the call ends. */
static bool read_one(struct local *l, struct local_sock *s, struct local_in *in,
		     struct walk *w)
{
	uint32_t n = w->m->len - w->skip;

	if (!joins(s, in->got, w->m)) {
		in->got->stop = true;
		return true;
	}
	if (!in->got->begun)
		note_sender(l, in->got, w->m);
	in->got->begun = true;
	if (n > in->n - w->done)
		n = (uint32_t)(in->n - w->done);
	stream_copy_out(&s->bytes, w->at + w->m->gone + w->skip, in->iov,
			in->niov, in->skip + w->done, n);
	w->done += n;
	if (!(in->flags & MSG_PEEK)) {
		bool left = n < w->m->len, end = consume(l, s, w->m, in, n);

		in->got->stop |= end && !left;
		w->m = local_msg_first(s);
		return end;
	}
	if (peeked(l, w->m, in, n)) {
		in->got->stop = true;
		return true;
	}
	w->skip = 0;
	next_peeked(w);
	return !w->m;
}

static int64_t read_stream(struct local *l, struct local_sock *s,
			   struct local_in *in, bool copied)
{
	struct walk w = { .m = local_msg_first(s), .skip = peek_at(in) };

	do {
		if (w.m && (!w.m->len || w.m == s->oob)) {
			struct local_msg *m =
				around_urgent(l, s, w.m, in, copied || w.done,
					      &in->got->stop);

			if (!m && (copied || w.done))
				break;
			w.m = m;
			w.at = m ? offset_of(s, m) - m->gone : 0;
		}
		skip_peeked(&w);
		if (!w.m)
			break;
		if (read_one(l, s, in, &w))
			break;
	} while (w.done < in->n && w.m);
	return w.done;
}

static int64_t recv_stream(struct local *l, struct local_sock *s,
			   struct local_in *in)
{
	bool copied = in->got->begun;
	int64_t n;

	if (s->state != LOCAL_ESTABLISHED)
		return -EINVAL;
	if (in->flags & MSG_OOB)
		return recv_urgent(l, s, in);
	if (in->got->stop)
		return 0;
	n = read_stream(l, s, in, copied);
	if (n || in->got->stop || in->got->begun != copied)
		return n;
	return stream_empty(s);
}

/*
 * --- datagrams and sequenced packets -------------------------------------
 */

/* The message that is due; *@at: where it stands in the stream, *@skip: how
 * far the peek offset reaches into it. NULL: none.
 */
static struct local_msg *due(struct local_sock *s, const struct local_in *in,
			     uint32_t *at, uint32_t *skip)
{
	bool off = (in->flags & MSG_PEEK) && in->peek_off && *in->peek_off >= 0;
	struct local_msg *m = local_msg_first(s);

	*at = 0;
	*skip = peek_at(in);
	while (off && m && *skip >= m->len &&
	       (*skip || (m->flags & LOCAL_MSG_PEEKED))) {
		*skip -= m->len;
		*at += m->len;
		m = local_msg_next(m);
	}
	return m;
}

static int64_t dgram_empty(struct local_sock *s)
{
	if (s->type == LOCAL_SEQPACKET && (s->flags & LOCAL_F_SHUT_RD))
		return 0;
	return -EAGAIN;
}

static int64_t recv_dgram(struct local *l, struct local_sock *s,
			  struct local_in *in)
{
	struct local_got *got = in->got;
	uint32_t at, skip, n, whole;
	struct local_msg *m;
	int err;

	if (in->flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = local_take_error(s);
	if (err)
		return -err;
	m = due(s, in, &at, &skip);
	if (!m)
		return dgram_empty(s);
	take_rights(l, m, in);
	note_sender(l, got, m);
	got->cred = cred_of(m);
	got->compare = got->begun = true;
	if (in->stamp && !m->when)
		m->when = l->tracer->now;
	got->when = m->when;
	whole = got->len = m->len - skip;
	n = in->n < whole ? (uint32_t)in->n : whole;
	if (n < whole)
		got->flags |= MSG_TRUNC;
	stream_copy_out(&s->bytes, at + skip, in->iov, in->niov, in->skip, n);
	if (in->flags & MSG_PEEK) {
		move_peek(in, n);
		m->flags |= LOCAL_MSG_PEEKED;
	} else {
		move_peek(in, m->len);
		local_msg_pop(l, s);
		local_made_room(l, s);
	}
	return in->flags & MSG_TRUNC ? whole : n;
}

int64_t local_recv(struct local *l, struct local_sock *s, struct local_in *in)
{
	if (s->type == LOCAL_STREAM)
		return recv_stream(l, s, in);
	if (s->type == LOCAL_SEQPACKET && s->state != LOCAL_ESTABLISHED)
		return -ENOTCONN;
	return recv_dgram(l, s, in);
}
