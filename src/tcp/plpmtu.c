/* SPDX-License-Identifier: MIT */
#include "tcp/plpmtu.h"

#include "tcp/auth.h"
#include "tcp/cold.h"
#include "tcp/hdropts.h"
#include "tcp/opts.h"
#include "tcp/rare.h"

enum { CWND_LEAST = 11 /* Linux: enough follows to see a loss */ };

/* Headers of a packet, what every segment carries included. */
static uint32_t headers(const struct tcp *t, const struct tcp_conn *c)
{
	return (tcp_is_v4(c) ? 20 : 40) + WIRE_TCP_HLEN + tcp_opts_len(c) +
	       tcp_auth_len(t, c) +
	       hdropts_len(tcp_hdropts(t, c), tcp_is_v4(c));
}

static struct tcp_plpmtu *search_of(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r = c->rare ? tcp_rare_get(t, c) : NULL;

	return r && r->plpmtu.on ? &r->plpmtu : NULL;
}

static uint32_t most(const struct tcp *t, const struct tcp_conn *c)
{
	uint32_t peers = c->mss_peer + (tcp_is_v4(c) ? 40u : 60u);

	(void)t;
	return c->path && c->path->mtu < peers ? c->path->mtu : peers;
}

static void start(struct tcp *t, struct tcp_conn *c, uint32_t low,
		  ostia_time now)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r)
		return; /* it does without */
	r->plpmtu = (struct tcp_plpmtu) {
		.on = true,
		.low = low,
		.high = most(t, c),
		.since = now,
	};
}

static uint32_t base(const struct tcp *t, const struct tcp_conn *c)
{
	return t->set.base_mss + (tcp_is_v4(c) ? 40u : 60u);
}

static bool is_wanted(const struct tcp *t, const struct tcp_conn *c)
{
	uint8_t how = tcp_rare_peek(t, c)->mtu_discover;

	return how == TCP_PMTU_WANT || how == TCP_PMTU_DO;
}

void tcp_plpmtu_begin(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	if (t->set.mtu_probing < 2 || !is_wanted(t, c))
		return;
	start(t, c, base(t, c), now);
	tcp_sender_sync_mss(t, c);
}

/* RFC 8899 4.3: first to what nearly every path takes, then to less. */
void tcp_plpmtu_on_timeouts(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_plpmtu *s = search_of(t, c);
	uint32_t ip = tcp_is_v4(c) ? 40 : 60, mss;

	if (!t->set.mtu_probing || !is_wanted(t, c))
		return;
	tcp_stats(t)->TcpExtMTUBlackHoles++;
	if (!s) {
		start(t, c, base(t, c), now);
		return;
	}
	mss = s->low > ip ? (s->low - ip) / 2 : 0;
	mss = mss < t->set.base_mss ? mss : t->set.base_mss;
	mss = mss > t->set.mtu_probe_floor ? mss : t->set.mtu_probe_floor;
	s->low = ip + (mss > t->set.min_snd_mss ? mss : t->set.min_snd_mss);
	s->probe = 0;
}

uint32_t tcp_plpmtu_mtu(const struct tcp *t, const struct tcp_conn *c,
			uint32_t mtu)
{
	const struct tcp_plpmtu *s;

	if (!c->rare)
		return mtu;
	s = &tcp_rare_peek(t, c)->plpmtu;
	return s->on && s->low < mtu ? s->low : mtu;
}

/* RFC 4821 7.8: the path may have changed since. */
static void again(struct tcp *t, struct tcp_conn *c, struct tcp_plpmtu *s,
		  ostia_time now)
{
	if (time_since(s->since, now) < t->set.probe_interval * NS_PER_S)
		return;
	s->high = most(t, c);
	s->low = c->mss + headers(t, c);
	s->since = now;
}

/* RFC 4821 7.4: all is well, and what follows will tell of a loss. */
static bool is_time(const struct tcp_conn *c, uint32_t octets, uint32_t segs,
		    uint32_t room)
{
	const struct tcp_sender *s = &c->cold->tx;
	uint32_t needed = octets + segs * c->mss;

	return s->rec.state == TCP_OPEN && !s->rtx.sacked && !s->rec.dupacks &&
	       list_empty(&s->rtx.lost) && c->cwin.cwnd >= CWND_LEAST &&
	       room >= 2 && c->state == TCP_ESTABLISHED &&
	       !(c->flags & TCP_F_URG_SND) && tcp_unsent_bytes(c) >= needed &&
	       seq_before_eq(seq_add(c->snd_nxt, needed),
			     seq_add(c->snd_una, c->snd_wnd));
}

uint32_t tcp_plpmtu_wants(struct tcp *t, struct tcp_conn *c, uint32_t room,
			  ostia_time now)
{
	struct tcp_plpmtu *s = search_of(t, c);
	uint32_t size, reordering = 3;

	if (!s || s->probe)
		return 0;
	if (s->high > most(t, c)) /* ICMP told us */
		s->high = most(t, c);
	if (s->low + t->set.probe_threshold > s->high) {
		again(t, c, s, now);
		return 0;
	}
	size = (s->low + s->high) / 2;
	if (size <= headers(t, c) + c->mss)
		return 0;
	size -= headers(t, c);
	return is_time(c, size, reordering + 1, room) ? size : 0;
}

void tcp_plpmtu_on_sent(struct tcp *t, struct tcp_conn *c, struct seq first,
			uint32_t len)
{
	struct tcp_plpmtu *s = search_of(t, c);

	s->probe = len + headers(t, c);
	s->start = first;
	s->end = seq_add(first, len);
	tcp_stats(t)->TcpExtMTUProbes++;
}

void tcp_plpmtu_on_acked(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_plpmtu *s = search_of(t, c);
	uint32_t was = c->mss;
	uint64_t cwnd;

	if (!s || !s->probe || seq_before(c->snd_una, s->end))
		return;
	s->low = s->probe;
	s->probe = 0;
	tcp_sender_sync_mss(t, c);
	if (c->mss <= was)
		return;
	tcp_stats(t)->TcpExtMTUPSuccess++;
	cwnd = (uint64_t)c->cwin.cwnd * was / c->mss;
	c->cwin.cwnd = cwnd ? (uint32_t)cwnd : 1;
	tcp_sender_trace(t, c, "mtu");
}

void tcp_plpmtu_on_resent(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_plpmtu *s = search_of(t, c);

	if (s)
		s->probe = 0;
}

bool tcp_plpmtu_is_lost(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_plpmtu *s = search_of(t, c);

	if (!s || !s->probe || !seq_eq(c->snd_una, s->start) ||
	    c->cold->tx.rec.state >= TCP_CWR)
		return false;
	s->high = s->probe - 1;
	s->probe = 0;
	tcp_stats(t)->TcpExtMTUPFail++;
	return true;
}
