/* SPDX-License-Identifier: MIT */
#include "tcp/urgent.h"

#include "tcp/cold.h"

#include <errno.h>

/* Sequence number of the next byte that the program reads. */
static struct seq copied(const struct tcp_conn *c)
{
	return seq_back(c->rcv_nxt, c->rcv.len + !!(c->flags & TCP_F_FIN_RCVD));
}

static const struct tcp_cold *mark(const struct tcp_conn *c)
{
	return c->flags & TCP_F_URG_RCV ? c->cold : NULL;
}

/* The urgent byte itself stands one before RCV.UP. */
static struct seq byte_at(const struct tcp_cold *k)
{
	return seq_back(k->rcv_up, 1);
}

static bool here(const struct tcp_conn *c, const struct tcp_cold *k)
{
	return seq_before_eq(
		k->rcv_up, seq_back(c->rcv_nxt, !!(c->flags & TCP_F_FIN_RCVD)));
}

void tcp_urgent_on_data(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_cold *k = c->cold;
	struct iovec iov = { &k->urg_byte, 1 };
	uint32_t off;

	if (!(c->flags & TCP_F_URG_RCV) || k->urg_state != TCP_URG_NOTYET ||
	    !here(c, k))
		return;
	off = seq_span(copied(c), byte_at(k));
	if (stream_copy_out(&c->rcv, off, &iov, 1, 0, 1) != 1)
		return;
	k->urg_state = TCP_URG_VALID;
	tcp_conn_tell(t, c, TCP_NEWS_PRI);
}

void tcp_urgent_rx(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	uint32_t up = s->h.urg;
	struct tcp_cold *k;
	struct seq at;

	/* RFC 6093 2.2: behind the byte; the other reading is a setting. A
	 * pointer of 0 names what came before the segment (CVE-2019-12255).
	 */
	up += t->set.stdurg;
	at = seq_add(s->seq, up);
	if (!up || seq_before_eq(at, copied(c)))
		return; /* read already */
	/* Nothing that is not ahead of what we know is news. */
	if (c->flags & TCP_F_URG_RCV && seq_before_eq(at, c->cold->rcv_up))
		return;
	if (seq_before_eq(at, c->rcv_nxt) && s->len == 0)
		return; /* taken in already: it was inline */
	k = tcp_cold_get(t, c);
	if (!k)
		return;
	k->rcv_up = at;
	k->urg_state = TCP_URG_NOTYET;
	c->flags |= TCP_F_URG_RCV;
	tcp_urgent_on_data(t, c);
}

int tcp_urgent_recv(struct tcp *t, struct tcp_conn *c, uint8_t *byte, bool peek)
{
	struct tcp_cold *k;

	(void)t;
	if (c->flags & TCP_F_OOBINLINE || !mark(c))
		return -EINVAL;
	k = c->cold;
	if (k->urg_state == TCP_URG_READ)
		return -EINVAL;
	if (c->state == TCP_CLOSE)
		return -ENOTCONN;
	if (k->urg_state != TCP_URG_VALID)
		return c->flags & (TCP_F_SHUT_RD | TCP_F_FIN_RCVD) ? 0
								   : -EAGAIN;
	*byte = k->urg_byte;
	if (!peek)
		k->urg_state = TCP_URG_READ;
	return 1;
}

uint32_t tcp_urgent_limit(const struct tcp_conn *c, bool *skip)
{
	const struct tcp_cold *k = mark(c);
	uint32_t off;

	*skip = false;
	if (!k || seq_after(copied(c), byte_at(k)))
		return UINT32_MAX;
	off = seq_span(copied(c), byte_at(k));
	if (off)
		return off; /* a read stops at the mark */
	*skip = !(c->flags & TCP_F_OOBINLINE);
	return UINT32_MAX;
}

void tcp_urgent_on_read(struct tcp_conn *c)
{
	const struct tcp_cold *k = mark(c);

	if (!k || seq_before(copied(c), k->rcv_up))
		return;
	c->cold->urg_state = TCP_URG_NONE;
	c->flags &= ~TCP_F_URG_RCV;
}

bool tcp_urgent_at_mark(const struct tcp_conn *c)
{
	const struct tcp_cold *k = mark(c);

	return k && seq_eq(copied(c), byte_at(k));
}

bool tcp_urgent_pending(const struct tcp_conn *c)
{
	const struct tcp_cold *k = mark(c);

	return k && k->urg_state == TCP_URG_VALID;
}

int tcp_urgent_send(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_cold *k = tcp_cold_get(t, c);

	if (!k)
		return -ENOMEM;
	k->snd_up = tcp_snd_end(c);
	c->flags |= TCP_F_URG_SND;
	return 0;
}

void tcp_urgent_on_acked(struct tcp_conn *c)
{
	if (!c->cold || seq_before_eq(c->cold->snd_up, c->snd_una))
		c->flags &= ~TCP_F_URG_SND;
}

bool tcp_urgent_tx(const struct tcp_conn *c, struct seq seq, uint16_t *pointer)
{
	uint32_t ahead;

	if (!(c->flags & TCP_F_URG_SND) || !c->cold ||
	    seq_before_eq(c->cold->snd_up, seq))
		return false;
	ahead = seq_span(seq, c->cold->snd_up);
	/* Further ahead than the field can say: as far as it can (Linux). */
	*pointer = ahead < UINT16_MAX ? (uint16_t)ahead : UINT16_MAX;
	return true;
}
