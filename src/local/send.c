/* SPDX-License-Identifier: MIT */
#include "base/stats.h"
#include "base/trace.h"
#include "local/msg.h"
#include "local/name.h"
#include "local/rights.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { DGRAM_SLACK = 32 }; /* bytes that SO_SNDBUF keeps from a datagram */

/* Room in our own budget, and nothing else in the way. */
static int may_send(struct local_sock *s)
{
	int err = local_take_error(s);

	if (err)
		return -err;
	if (s->flags & LOCAL_F_SHUT_WR)
		return -EPIPE;
	return s->charge >= s->sndbuf ? -EAGAIN : 0;
}

/* SO_PASSCRED at either end, or nobody there yet who could have said so. */
static bool wants_cred(const struct local_sock *s, const struct local_sock *to)
{
	return ((s->flags | to->flags) & LOCAL_F_PASSCRED) || !to->file;
}

static void put_cred(struct local_msg *m, const struct local_sock *s,
		     const struct local_sock *to, const struct local_out *o)
{
	if (!o->has_cred && !wants_cred(s, to))
		return;
	m->cred = o->has_cred ? o->cred : o->caller;
	m->flags |= LOCAL_MSG_CRED;
}

/* The files go with the first record of a call. */
static int put_rights(struct local *l, struct local_msg *m, struct local_out *o)
{
	struct local_rights *r = o->rights ? *o->rights : NULL;
	int err;

	if (!r)
		return 0;
	err = local_rights_fly(l, r);
	if (err)
		return err;
	m->rights = r;
	*o->rights = NULL;
	return 0;
}

/* All of the @n bytes behind the stream of @to, or none. */
static int put_bytes(struct local *l, struct local_sock *to,
		     const struct local_out *o, size_t skip, uint32_t n)
{
	uint32_t before = to->bytes.len;
	int64_t r = stream_append_iov(&to->bytes, l->pool, o->iov, o->niov,
				      skip, n, BLOCK_LARGE);

	if (r == (int64_t)n)
		return 0;
	stream_cut_back(&to->bytes, l->pool, before);
	return r < 0 ? (int)r : -ENOMEM;
}

/**
 * struct share - What becomes one record
 * @skip, @n:	bytes of the call's
 * @whole:	bytes that are paid for: a filter may have wanted less of them
 */
struct share {
	size_t skip;
	uint32_t n, whole;
};

static void tell(struct local *l, const struct local_sock *s,
		 const struct local_sock *to, uint32_t n)
{
	uint8_t head[TRACE_HEAD];
	const struct iovec v = { head, sizeof(head) };
	uint32_t shown = n < TRACE_HEAD ? n : TRACE_HEAD;

	if (__builtin_expect(!l->tracer->sink, 1))
		return;
	stream_copy_out(&to->bytes, to->bytes.len - n, &v, 1, 0, shown);
	TRACE(l->tracer, OSTIA_TRACE_LOCAL, s->self,
	      .u.local = { .peer = to->self,
			   .data = head,
			   .data_len = shown,
			   .len = n,
			   .type = s->type });
}

/* Return: 0, -ENOMEM: then nothing has happened. */
static int put_msg(struct local *l, struct local_sock *s, struct local_sock *to,
		   struct local_out *o, const struct share *part,
		   struct local_msg **out)
{
	uint32_t price = local_msg_price(s->type, part->whole);
	struct local_msg *m = local_msg_new(l, s, price);
	uint32_t n = part->n;
	int err;

	if (!m)
		return -ENOMEM;
	m->len = n;
	put_cred(m, s, to, o);
	err = put_bytes(l, to, o, part->skip, n);
	if (err) {
		local_msg_free(l, m);
		return err;
	}
	err = put_rights(l, m, o);
	if (err) {
		stream_cut_back(&to->bytes, l->pool, to->bytes.len - n);
		local_msg_free(l, m);
		return err;
	}
	local_msg_push(to, m);
	tell(l, s, to, n);
	l->stats->UnixOutBytes += n;
	*out = m;
	return 0;
}

/*
 * --- streams -------------------------------------------------------------
 */

/* Two pieces at least shall fit into the budget. */
static uint32_t piece(const struct local_sock *s, size_t left)
{
	uint32_t most = s->sndbuf / 2 - 64;

	most = most < LOCAL_PIECE_MAX ? most : LOCAL_PIECE_MAX;
	return left < most ? (uint32_t)left : most;
}

static bool reader_is_gone(const struct local_sock *to)
{
	return to->flags & (LOCAL_F_DEAD | LOCAL_F_SHUT_RD);
}

/* SO_PASSRIGHTS: files that it does not want are not sent to it. */
static bool unwanted(const struct local_sock *to, const struct local_out *o)
{
	return (to->flags & LOCAL_F_NO_RIGHTS) && o->rights && *o->rights;
}

/* The next record of a call. Return: its bytes. */
static int64_t send_piece(struct local *l, struct local_sock *s,
			  struct local_out *o, size_t done, uint32_t n,
			  bool oob)
{
	const struct share part = { o->skip + done, n, n };
	struct local_sock *to = s->peer;
	struct local_msg *m;
	int err = may_send(s);

	if (!err && reader_is_gone(to))
		err = -EPIPE;
	if (!err && unwanted(to, o))
		err = -EPERM;
	if (!err)
		err = put_msg(l, s, to, o, &part, &m);
	if (err)
		return err;
	if (oob)
		to->oob = m;
	return n;
}

static int stream_refusal(const struct local_sock *s, const struct local_out *o)
{
	if ((o->flags & MSG_OOB) && !o->n)
		return -EOPNOTSUPP;
	if (o->has_to)
		return s->state == LOCAL_ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
	if (!s->peer)
		return -ENOTCONN;
	return s->flags & LOCAL_F_SHUT_WR ? -EPIPE : 0;
}

static int64_t send_stream(struct local *l, struct local_sock *s,
			   struct local_out *o)
{
	bool oob = (o->flags & MSG_OOB) != 0;
	size_t done = 0, plain = o->n - oob;
	int64_t r = stream_refusal(s, o);

	if (r)
		return r;
	while (done < o->n && r >= 0) {
		r = done < plain ? send_piece(l, s, o, done,
					      piece(s, plain - done), false)
				 : send_piece(l, s, o, done, 1, true);
		done += r > 0 ? (size_t)r : 0;
	}
	if (!done)
		return r;
	local_notify(s->peer, POLLIN | POLLRDNORM | (oob ? POLLPRI : 0));
	return (int64_t)done;
}

/*
 * --- datagrams and sequenced packets -------------------------------------
 */

/* The peer has gone: the next call has none. */
static int lost_peer(struct local *l, struct local_sock *s)
{
	if (s->type == LOCAL_SEQPACKET)
		return -EPIPE;
	local_disconnect(l, s);
	return -ECONNREFUSED;
}

static int whither(struct local *l, struct local_sock *s,
		   const struct local_out *o, struct local_sock **to)
{
	*to = s->peer;
	if (o->has_to)
		return local_find(l, s->type, o->path, o->pathlen, to);
	return s->peer ? 0 : -ENOTCONN;
}

/* SO_ATTACH_FILTER of who shall have it. Return: bytes of @o->n that it
 * wants; -1: none of the message.
 */
static int64_t wanted(struct local *l, const struct local_sock *to,
		      const struct local_out *o)
{
	const struct bpf_facts facts = { .no_link = true, .rng = &l->rng };
	uint32_t n = (uint32_t)o->n, most;

	if (__builtin_expect(!to->filter, 1))
		return n;
	most = bpf_run_iov(to->filter, o->iov, o->skip, n, &facts);
	if (!most) {
		l->stats->LocalFiltered++;
		return -1;
	}
	return most < n ? most : n;
}

static int may_have(struct local *l, struct local_sock *s,
		    struct local_sock *to, const struct local_out *o)
{
	if (to->peer && to->peer != s)
		return -EPERM;
	if (to->flags & LOCAL_F_DEAD)
		return lost_peer(l, s);
	if (to->flags & LOCAL_F_SHUT_RD)
		return -EPIPE;
	return unwanted(to, o) ? -EPERM : 0;
}

static int dgram_refusal(struct local *l, struct local_sock *s,
			 const struct local_out *o)
{
	if (o->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if ((s->flags & LOCAL_F_PASSCRED) && !s->name) {
		int err = local_name_auto(l, s);

		if (err)
			return err;
	}
	if (o->n > s->sndbuf - DGRAM_SLACK)
		return -EMSGSIZE;
	return may_send(s);
}

static int64_t send_dgram(struct local *l, struct local_sock *s,
			  struct local_out *o)
{
	struct share all = { .skip = o->skip, .whole = (uint32_t)o->n };
	struct local_sock *to;
	struct local_msg *m;
	int err = dgram_refusal(l, s, o);
	int64_t n;

	if (!err)
		err = whither(l, s, o, &to);
	if (err)
		return err;
	n = wanted(l, to, o);
	if (n < 0)
		return (int64_t)o->n; /* the sender does not hear of it */
	err = may_have(l, s, to, o);
	if (err)
		return err;
	if (to != s && to->peer != s && local_full(to)) {
		l->stats->LocalQueueFull++;
		local_wait_for(l, s, to);
		return -EAGAIN;
	}
	all.n = (uint32_t)n;
	err = put_msg(l, s, to, o, &all, &m);
	if (err)
		return err;
	local_notify(to, POLLIN | POLLRDNORM);
	return (int64_t)o->n;
}

/* A connection that is none says so before anything else. */
static int64_t send_seq(struct local *l, struct local_sock *s,
			struct local_out *o)
{
	int err = local_take_error(s);

	if (err)
		return -err;
	if (s->state != LOCAL_ESTABLISHED)
		return -ENOTCONN;
	o->has_to = false;
	return send_dgram(l, s, o);
}

int64_t local_send(struct local *l, struct local_sock *s, struct local_out *o)
{
	int err = 0;

	if (o->rights && *o->rights)
		err = local_rights_may_fly(l, o->limit);
	if (err)
		return err;
	switch (s->type) {
	case LOCAL_STREAM:
		return send_stream(l, s, o);
	case LOCAL_SEQPACKET:
		return send_seq(l, s, o);
	default:
		return send_dgram(l, s, o);
	}
}
