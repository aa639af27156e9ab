/* SPDX-License-Identifier: MIT */
#include "sock/stamp.h"

#include "sock/dgram.h"
#include "sock/opt.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>
#include <time.h>

#include "sock/optnames.h" /* after the system's own */

enum {
	KNOWN = (1 << 19) - 1, /* SOF_TIMESTAMPING_MASK of Linux 6.18 */
	OPT_ID_TCP = 1 << 16, /* not in older headers */
	OPT_RX_FILTER = 1 << 17,
	TX_ANY = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED,
	STATE_CLOSE = 7, /* TCP_CLOSE */
	STATE_LISTEN = 10, /* TCP_LISTEN */
};

int sock_stamp_get(struct sock *s, void *buf)
{
	const int32_t v[2] = { sock_kept(s, SOCK_KEPT_TS_FLAGS),
			       sock_kept(s, SOCK_KEPT_TS_PHC) };

	memcpy(buf, v, sizeof(v));
	return sizeof(v);
}

static bool has_stream(const struct sock *s)
{
	return tcp_state(s->tcp) != STATE_CLOSE &&
	       tcp_state(s->tcp) != STATE_LISTEN;
}

/* Numbers count from when they were asked for. */
static int begin_ids(struct sock *s, int32_t flags)
{
	int32_t was = sock_kept(s, SOCK_KEPT_TS_FLAGS);

	if (!(flags & SOF_TIMESTAMPING_OPT_ID) ||
	    (was & SOF_TIMESTAMPING_OPT_ID))
		return 0;
	if (s->kind == SOCK_TCP && !has_stream(s))
		return -EINVAL;
	if (s->kind != SOCK_TCP)
		return sock_kept_put(s, SOCK_KEPT_TS_KEY, 0);
	return sock_kept_put(s, SOCK_KEPT_TS_KEY,
			     (int32_t)tcp_stamp_base(s->tcp,
						     flags & OPT_ID_TCP));
}

int sock_stamp_set(struct sock *s, const struct sock_opt *o, const void *p,
		   uint32_t n)
{
	const struct sock_opt new = { .arg = SOCK_KEPT_STAMP_NEW };
	int32_t v[2] = { 0 };
	int err;

	if (n < sizeof(v[0]))
		return -EINVAL;
	memcpy(v, p, n == sizeof(v) ? sizeof(v) : sizeof(v[0]));
	if (v[0] & ~KNOWN)
		return -EINVAL;
	if ((v[0] & OPT_ID_TCP) && !(v[0] & SOF_TIMESTAMPING_OPT_ID))
		return -EINVAL;
	err = begin_ids(s, v[0]);
	if (err)
		return err;
	if ((v[0] & SOF_TIMESTAMPING_OPT_STATS) &&
	    !(v[0] & SOF_TIMESTAMPING_OPT_TSONLY))
		return -EINVAL;
	if (v[0] & SOF_TIMESTAMPING_BIND_PHC)
		return -EOPNOTSUPP;
	if ((v[0] & SOF_TIMESTAMPING_OPT_STATS) && s->kind == SOCK_TCP)
		return -EINVAL; /* no statistics go with its stamps */
	err = sock_kept_set_flag(s, &new, o->name == SO_TIMESTAMPING_NEW);
	if (!err)
		err = sock_kept_put(s, SOCK_KEPT_TS_FLAGS, v[0]);
	return err ? err : sock_stamp_sync(s);
}

struct dgram_stamp sock_stamp_wanted(struct sock *s, uint32_t flags)
{
	uint32_t all = (uint32_t)sock_kept(s, SOCK_KEPT_TS_FLAGS);
	struct dgram_stamp want = { 0 };

	if (!(flags & SOCK_STAMP_SAID))
		flags = all;
	if (!(flags & TX_ANY))
		return want;
	want.on_send = (flags & SOF_TIMESTAMPING_TX_SCHED) != 0;
	want.on_leave = (flags & SOF_TIMESTAMPING_TX_SOFTWARE) != 0;
	want.bytes = !(all & SOF_TIMESTAMPING_OPT_TSONLY);
	if (all & SOF_TIMESTAMPING_OPT_ID)
		want.key = (uint32_t)s->rare->kept.v[SOCK_KEPT_TS_KEY]++;
	return want;
}

bool sock_stamp_tells_rx(const struct sock *s)
{
	int32_t flags = sock_kept(s, SOCK_KEPT_TS_FLAGS);

	if (!(flags & SOF_TIMESTAMPING_SOFTWARE))
		return false;
	return (flags & SOF_TIMESTAMPING_RX_SOFTWARE) ||
	       (!(flags & OPT_RX_FILTER) &&
		(s->flags & (SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS)));
}

bool sock_stamp_tells(const struct sock *s)
{
	return sock_kept(s, SOCK_KEPT_TS_FLAGS) & SOF_TIMESTAMPING_SOFTWARE;
}

int sock_stamp_get_txtime(struct sock *s, void *buf)
{
	const struct sock_txtime t = {
		.clockid = sock_kept(s, SOCK_KEPT_TXTIME_CLOCK),
		.flags = (uint32_t)sock_kept(s, SOCK_KEPT_TXTIME_FLAGS),
	};

	memcpy(buf, &t, sizeof(t));
	return sizeof(t);
}

/* Whatever clock is named, it is the stack's. */
int sock_stamp_set_txtime(struct sock *s, const void *p, uint32_t n)
{
	struct sock_txtime t;
	int err;

	if (n != sizeof(t))
		return -EINVAL;
	memcpy(&t, p, sizeof(t));
	if (t.flags & ~(uint32_t)SOF_TXTIME_FLAGS_MASK)
		return -EINVAL;
	err = sock_kept_put(s, SOCK_KEPT_TXTIME_CLOCK, t.clockid);
	if (err)
		return err;
	s->rare->kept.v[SOCK_KEPT_TXTIME_FLAGS] = (int32_t)t.flags;
	s->rare->kept.flags |= (uint64_t)1 << SOCK_KEPT_TXTIME;
	return 0;
}

void sock_stamp_stream(struct sock *s, uint32_t flags, uint32_t n, bool more)
{
	uint32_t all = (uint32_t)sock_kept(s, SOCK_KEPT_TS_FLAGS);
	struct tcp_stamp want = {
		.key = (uint32_t)sock_kept(s, SOCK_KEPT_TS_KEY),
		.ids = (all & SOF_TIMESTAMPING_OPT_ID) != 0,
		.bytes = !(all & SOF_TIMESTAMPING_OPT_TSONLY),
	};

	if (!(flags & SOCK_STAMP_SAID))
		flags = all;
	if (!(flags & (TX_ANY | SOF_TIMESTAMPING_TX_ACK)))
		return;
	want.on_send = (flags & SOF_TIMESTAMPING_TX_SCHED) != 0;
	want.on_leave = (flags & SOF_TIMESTAMPING_TX_SOFTWARE) != 0;
	want.on_ack = (flags & SOF_TIMESTAMPING_TX_ACK) != 0;
	tcp_stamp_sent(s->socks->tcp, s->tcp, n, more, &want);
}

bool sock_stamp_wants_rx(const struct sock *s)
{
	return (s->flags & (SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS)) ||
	       sock_stamp_tells_rx(s);
}

int sock_stamp_sync(struct sock *s)
{
	bool on = (s->flags & (SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS)) ||
		  (sock_kept(s, SOCK_KEPT_TS_FLAGS) &
		   SOF_TIMESTAMPING_RX_SOFTWARE);

	if (s->kind != SOCK_TCP)
		return 0;
	return tcp_stamp_text(s->socks->tcp, s->tcp, on);
}

/* Bits of struct sock.stamps. */
enum { STAMP_GOT = 1, STAMP_ASKED = 2, STAMP_KEPT = 4 };

void sock_stamp_got(struct sock *s, ostia_time when)
{
	s->stamps |= STAMP_GOT;
	if (!(s->stamps & STAMP_ASKED) ||
	    s->flags & (SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS))
		return;
	s->rare->got_at = when; /* there since it was asked for */
	s->stamps |= STAMP_KEPT;
}

int sock_stamp_last(struct sock *s, ostia_time *out)
{
	struct sock_rare *r = sock_rare(s);

	if (!r)
		return -ENOMEM;
	s->stamps |= STAMP_ASKED;
	if (!(s->stamps & STAMP_GOT))
		return -ENOENT;
	if (!(s->stamps & STAMP_KEPT))
		r->got_at = sock_now(s);
	s->stamps |= STAMP_KEPT;
	*out = r->got_at;
	return 0;
}
