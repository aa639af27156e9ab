/* SPDX-License-Identifier: MIT */
#include "tcp/sockopt.h"

#include "tcp/acktx.h"
#include "tcp/bind.h"
#include "tcp/cold.h"
#include "tcp/fastopen.h"
#include "tcp/listen.h"
#include "tcp/opts.h"
#include "tcp/rare.h"
#include "tcp/rto.h"
#include "tcp/timers.h"

#include <errno.h>
#include <string.h>

enum {
	KEEP_MAX_S = 32767,
	COUNT_MAX = 127,
	MAXSEG_MIN = 88,
	MAXSEG_MAX = 32767,
	LINGER2_MAX_S = 120,
	CLAMP_MIN = 1152,
	DEFER_WAIT_S = 120, /* TCP_RTO_MAX */
	PMTUDISC_MAX = 5,
	FORCED_MAX = INT32_MAX / 2,
};

static bool has_cold(const struct tcp_conn *c)
{
	return c->state != TCP_LISTEN && c->state != TCP_CLOSE;
}

static bool within(int64_t v, int64_t low, int64_t high)
{
	return low <= v && v <= high;
}

static void set_flag(struct tcp_conn *c, uint32_t flag, bool on)
{
	if (on)
		c->flags |= flag;
	else
		c->flags &= ~flag;
}

uint32_t tcp_buf_max(const struct tcp *t, bool snd)
{
	return snd ? t->set.wmem_max : t->set.rmem_max;
}

/* --- flags --------------------------------------------------------------- */

static int set_keepalive(struct tcp *t, struct tcp_conn *c, bool on)
{
	set_flag(c, TCP_F_KEEPALIVE, on);
	if (has_cold(c))
		tcp_timers_keepalive(t, c, tcp_now(t));
	return 0;
}

/* What waited for more may leave now. */
static int set_push(struct tcp_conn *c, uint32_t flag, bool on, bool pushes)
{
	set_flag(c, flag, on);
	if (pushes && c->snd.len)
		tcp_want_tx(c);
	return 0;
}

static int set_bind_flag(struct tcp *t, struct tcp_conn *c, uint8_t flag,
			 bool on)
{
	struct binding *b;

	if (!c->bind || c->bind & TCP_BIND_CLAIM)
		return 0;
	b = &tcp_bind_at(t, c->bind)->b;
	b->flags = on ? b->flags | flag : b->flags & (uint8_t)~flag;
	return 0;
}

/* --- sizes --------------------------------------------------------------- */

/* Linux doubles what is asked for, and get tells the double. */
static uint32_t buffer_size(int64_t v, uint32_t most, uint32_t least)
{
	uint64_t n = v < 0 || v > (int64_t)most ? most : (uint64_t)v;

	n *= 2;
	return n > least ? (uint32_t)n : least;
}

static int set_sndbuf(struct tcp *t, struct tcp_conn *c, int64_t v,
		      uint32_t max)
{
	c->sndbuf = buffer_size(v, max, TCP_SOCKOPT_SNDBUF_MIN);
	c->flags |= TCP_F_SNDBUF;
	if (has_cold(c))
		tcp_conn_tell(t, c, TCP_NEWS_OUT);
	return 0;
}

static int set_rcvbuf(struct tcp *t, struct tcp_conn *c, int64_t v,
		      uint32_t max)
{
	c->rcvbuf = buffer_size(v, max, TCP_SOCKOPT_RCVBUF_MIN);
	c->flags |= TCP_F_RCVBUF;
	if (has_cold(c))
		tcp_acktx_on_read(t, c, tcp_now(t));
	return 0;
}

/* --- what is kept in the rare part --------------------------------------- */

/**
 * struct field - An option that is a field of struct tcp_rare
 * @at:		its offset
 * @low, @high:	what may be set; others have setters of their own
 */
struct field {
	enum { NO_FIELD, BOOL, U8, U16, U32, I32, U64 } kind;
	uint16_t at;
	int64_t low, high;
};

/* clang-format off */
#define KIND(f)                                                       \
	_Generic(((struct tcp_rare *)0)->f, bool: BOOL, uint8_t: U8,  \
		 uint16_t: U16, uint32_t: U32, int32_t: I32, uint64_t: U64)
#define FIELD(f, ...) { KIND(f), offsetof(struct tcp_rare, f), __VA_ARGS__ }
#define ANY INT64_MIN, INT64_MAX

static const struct field fields[TCP_OPTS] = {
	[TCP_OPT_KEEPIDLE] = FIELD(keepidle_s, 1, KEEP_MAX_S),
	[TCP_OPT_KEEPINTVL] = FIELD(keepintvl_s, 1, KEEP_MAX_S),
	[TCP_OPT_KEEPCNT] = FIELD(keepcnt, 1, COUNT_MAX),
	[TCP_OPT_SYNCNT] = FIELD(syncnt, 1, COUNT_MAX),
	[TCP_OPT_LINGER2] = FIELD(linger2_s),
	[TCP_OPT_DEFER_ACCEPT] = FIELD(defer_accept_s),
	[TCP_OPT_WINDOW_CLAMP] = FIELD(window_clamp),
	[TCP_OPT_USER_TIMEOUT] = FIELD(user_timeout_ms, 0, INT32_MAX),
	[TCP_OPT_NOTSENT_LOWAT] = FIELD(notsent_lowat, ANY),
	[TCP_OPT_RCVLOWAT] = FIELD(rcvlowat),
	[TCP_OPT_PRIORITY] = FIELD(priority, ANY),
	[TCP_OPT_MAX_PACING_RATE] = FIELD(max_pacing_rate, ANY),
	[TCP_OPT_AUTOLABEL] = FIELD(autolabel, ANY),
	[TCP_OPT_MTU_DISCOVER] = FIELD(mtu_discover, 0, PMTUDISC_MAX),
	[TCP_OPT_RECVERR] = FIELD(recverr, ANY),
	[TCP_OPT_RECVERR6] = FIELD(recverr6, ANY),
	[TCP_OPT_MINTTL] = FIELD(min_ttl, ANY),
	[TCP_OPT_MINHOPS] = FIELD(min_hops, ANY),
	[TCP_OPT_INQ] = FIELD(inq, 0, 1),
	[TCP_OPT_SAVE_SYN] = FIELD(save_syn, 0, 2),
	[TCP_OPT_FASTOPEN_CONNECT] = FIELD(fo_connect),
	[TCP_OPT_FASTOPEN_NO_COOKIE] = FIELD(fo_no_cookie),
};
/* clang-format on */

static void store(struct tcp_rare *r, const struct field *f, int64_t v)
{
	void *at = (uint8_t *)r + f->at;

	switch (f->kind) {
	case NO_FIELD:
		return;
	case BOOL:
		*(bool *)at = v != 0;
		return;
	case U8:
		*(uint8_t *)at = (uint8_t)v;
		return;
	case U16:
		*(uint16_t *)at = (uint16_t)v;
		return;
	case U32:
		*(uint32_t *)at = (uint32_t)v;
		return;
	case I32:
		*(int32_t *)at = (int32_t)v;
		return;
	case U64:
		*(uint64_t *)at = (uint64_t)v;
		return;
	}
}

static int64_t load(const struct tcp_rare *r, const struct field *f)
{
	const void *at = (const uint8_t *)r + f->at;

	switch (f->kind) {
	case NO_FIELD:
		break;
	case BOOL:
		return *(const bool *)at;
	case U8:
		return *(const uint8_t *)at;
	case U16:
		return *(const uint16_t *)at;
	case U32:
		return *(const uint32_t *)at;
	case I32:
		return *(const int32_t *)at;
	case U64:
		return (int64_t) * (const uint64_t *)at;
	}
	return 0;
}

void tcp_sockopt_sync(struct tcp *t, struct tcp_conn *c)
{
	if (has_cold(c))
		tcp_sender_sync_mss(t, c);
}

static int set_maxseg(struct tcp *t, struct tcp_conn *c, struct tcp_rare *r,
		      int64_t v)
{
	if (v && !within(v, MAXSEG_MIN, MAXSEG_MAX))
		return -EINVAL;
	r->maxseg = (uint16_t)v;
	if (has_cold(c))
		tcp_sender_sync_mss(t, c);
	return 0;
}

static int set_linger2(struct tcp_rare *r, int64_t v)
{
	if (v < 0)
		r->linger2_s = -1;
	else
		r->linger2_s = v < LINGER2_MAX_S ? (int32_t)v : LINGER2_MAX_S;
	return 0;
}

static int set_clamp(const struct tcp_conn *c, struct tcp_rare *r, int64_t v)
{
	if (!v && c->state != TCP_CLOSE)
		return -EINVAL;
	r->window_clamp = v && v < CLAMP_MIN ? CLAMP_MIN : (uint32_t)v;
	return 0;
}

/* More than half of the buffer could never be waited for. */
static void set_rcvlowat(struct tcp *t, struct tcp_conn *c, struct tcp_rare *r,
			 int64_t v)
{
	int64_t most =
		(c->flags & TCP_F_RCVBUF ? c->rcvbuf : t->set.rmem[2]) / 2;

	v = v < 0 || v > most ? most : v;
	r->rcvlowat = v ? (uint32_t)v : 1;
	tcp_conn_tell(t, c, TCP_NEWS_IN);
}

/* Linux counts SYN|ACKs, sent after 1, 2, 4 ... 120 s, and tells the time up
 * to the last.
 */
static uint16_t whole_retries(int64_t seconds)
{
	uint32_t wait = 1, sum = 1;

	if (seconds <= 0)
		return 0;
	for (unsigned n = 1; n < UINT8_MAX && sum < seconds; n++) {
		wait = 2 * wait < DEFER_WAIT_S ? 2 * wait : DEFER_WAIT_S;
		sum += wait;
	}
	return (uint16_t)sum;
}

static bool is_young(const struct tcp_conn *c)
{
	return c->state == TCP_CLOSE || c->state == TCP_LISTEN;
}

/* tcp/fastopen.h; states and errors as Linux. */
static int set_fastopen(struct tcp *t, struct tcp_conn *c, struct tcp_rare *r,
			enum tcp_opt o, int64_t v)
{
	if (v < 0 || (o != TCP_OPT_FASTOPEN && v > 1))
		return -EINVAL;
	if (o == TCP_OPT_FASTOPEN_CONNECT && !tcp_fastopen_allowed(t))
		return -EOPNOTSUPP;
	if (!is_young(c) ||
	    (o == TCP_OPT_FASTOPEN_CONNECT && c->state != TCP_CLOSE))
		return -EINVAL;
	if (o == TCP_OPT_FASTOPEN_CONNECT)
		r->fo_connect = v;
	else if (o == TCP_OPT_FASTOPEN_NO_COOKIE)
		r->fo_no_cookie = v;
	else
		r->fo_max =
			v < t->set.somaxconn ? (uint32_t)v : t->set.somaxconn;
	if (o == TCP_OPT_FASTOPEN && c->state == TCP_LISTEN)
		c->listener->fo.max = r->fo_max;
	return 0;
}

/* What a new value means at once */
static void apply(struct tcp *t, struct tcp_conn *c, enum tcp_opt o, int64_t v)
{
	switch (o) {
	case TCP_OPT_KEEPIDLE:
	case TCP_OPT_KEEPINTVL:
	case TCP_OPT_KEEPCNT:
		if (c->flags & TCP_F_KEEPALIVE && has_cold(c))
			tcp_timers_keepalive(t, c, tcp_now(t));
		return;
	case TCP_OPT_NOTSENT_LOWAT:
		tcp_conn_tell(t, c, TCP_NEWS_OUT);
		return;
	case TCP_OPT_MINTTL:
	case TCP_OPT_MINHOPS:
		t->min_ttls |= v > 0;
		return;
	default:
		return;
	}
}

static int set_field(struct tcp *t, struct tcp_conn *c, struct tcp_rare *r,
		     enum tcp_opt o, int64_t v)
{
	const struct field *f = &fields[o];

	if (!f->kind)
		return tcp_rto_set(r, o, v);
	if (!within(v, f->low, f->high))
		return -EINVAL;
	store(r, f, v);
	apply(t, c, o, v);
	return 0;
}

static int set_rare(struct tcp *t, struct tcp_conn *c, enum tcp_opt o,
		    int64_t v)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r)
		return -ENOMEM;
	switch (o) {
	case TCP_OPT_MAXSEG:
		return set_maxseg(t, c, r, v);
	case TCP_OPT_LINGER2:
		return set_linger2(r, v);
	case TCP_OPT_DEFER_ACCEPT:
		r->defer_accept_s = whole_retries(v);
		return 0;
	case TCP_OPT_WINDOW_CLAMP:
		return set_clamp(c, r, v);
	case TCP_OPT_RCVLOWAT:
		set_rcvlowat(t, c, r, v);
		return 0;
	case TCP_OPT_FASTOPEN:
	case TCP_OPT_FASTOPEN_CONNECT:
	case TCP_OPT_FASTOPEN_NO_COOKIE:
		return set_fastopen(t, c, r, o, v);
	default:
		return set_field(t, c, r, o, v);
	}
}

int tcp_set_opt(struct tcp *t, struct tcp_conn *c, enum tcp_opt o, int64_t v)
{
	switch (o) {
	case TCP_OPT_NODELAY:
		return set_push(c, TCP_F_NODELAY, v, v);
	case TCP_OPT_CORK:
		return set_push(c, TCP_F_CORK, v, !v);
	case TCP_OPT_KEEPALIVE:
		return set_keepalive(t, c, v);
	case TCP_OPT_OOBINLINE:
		set_flag(c, TCP_F_OOBINLINE, v);
		return 0;
	case TCP_OPT_QUICKACK:
		if (has_cold(c))
			tcp_acktx_set_quick(t, c, v & 1);
		else
			set_flag(c, TCP_F_PINGPONG, !v);
		return 0;
	case TCP_OPT_SNDBUF:
		return set_sndbuf(t, c, v, t->set.wmem_max);
	case TCP_OPT_RCVBUF:
		return set_rcvbuf(t, c, v, t->set.rmem_max);
	case TCP_OPT_SNDBUF_FORCE:
		return set_sndbuf(t, c, v > 0 ? v : 0, FORCED_MAX);
	case TCP_OPT_RCVBUF_FORCE:
		return set_rcvbuf(t, c, v > 0 ? v : 0, FORCED_MAX);
	case TCP_OPT_BUF_LOCK:
		set_flag(c, TCP_F_SNDBUF, v & 1);
		set_flag(c, TCP_F_RCVBUF, v & 2);
		return 0;
	case TCP_OPT_TTL:
		if (!within(v, 0, UINT8_MAX))
			return -EINVAL;
		c->ttl = (uint8_t)v;
		return 0;
	case TCP_OPT_TOS:
		/* ECN's two bits are TCP's own (Linux keeps them too). */
		c->tos = (uint8_t)((v & 0xfc) | (c->tos & 3));
		return 0;
	case TCP_OPT_REUSEADDR:
		return set_bind_flag(t, c, BIND_REUSEADDR, v);
	case TCP_OPT_REUSEPORT:
		return set_bind_flag(t, c, BIND_REUSEPORT, v);
	default:
		return set_rare(t, c, o, v);
	}
}

/* --- get ----------------------------------------------------------------- */

static int64_t get_maxseg(const struct tcp *t, const struct tcp_conn *c)
{
	uint16_t wish = tcp_rare_peek(t, c)->maxseg;

	if (has_cold(c))
		return c->mss;
	return wish ? wish : TCP_MSS_DEFAULT4;
}

static int64_t get_bind_flag(const struct tcp *t, const struct tcp_conn *c,
			     uint8_t flag)
{
	if (!c->bind || c->bind & TCP_BIND_CLAIM)
		return 0;
	return !!(tcp_bind_at(t, c->bind)->b.flags & flag);
}

/* What 0 stands for */
static int64_t setting_of(const struct tcp *t, enum tcp_opt o)
{
	switch (o) {
	case TCP_OPT_KEEPIDLE:
		return t->set.keepalive_time;
	case TCP_OPT_KEEPINTVL:
		return t->set.keepalive_intvl;
	case TCP_OPT_KEEPCNT:
		return t->set.keepalive_probes;
	case TCP_OPT_SYNCNT:
		return t->set.syn_retries;
	case TCP_OPT_LINGER2:
		return t->set.fin_timeout;
	default:
		return 0;
	}
}

static int get_rare(const struct tcp *t, const struct tcp_conn *c,
		    enum tcp_opt o, int64_t *v)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);

	if (o == TCP_OPT_FASTOPEN) {
		*v = c->state == TCP_LISTEN ? c->listener->fo.max : r->fo_max;
		return 0;
	}
	if (!fields[o].kind)
		return tcp_rto_get(r, o, v);
	*v = load(r, &fields[o]);
	if (!*v)
		*v = setting_of(t, o);
	return 0;
}

int tcp_get_opt(const struct tcp *t, const struct tcp_conn *c, enum tcp_opt o,
		int64_t *v)
{
	switch (o) {
	case TCP_OPT_NODELAY:
		*v = !!(c->flags & TCP_F_NODELAY);
		return 0;
	case TCP_OPT_CORK:
		*v = !!(c->flags & TCP_F_CORK);
		return 0;
	case TCP_OPT_KEEPALIVE:
		*v = !!(c->flags & TCP_F_KEEPALIVE);
		return 0;
	case TCP_OPT_OOBINLINE:
		*v = !!(c->flags & TCP_F_OOBINLINE);
		return 0;
	case TCP_OPT_QUICKACK:
		*v = !(c->flags & TCP_F_PINGPONG);
		return 0;
	case TCP_OPT_SNDBUF:
		*v = c->sndbuf;
		return 0;
	case TCP_OPT_RCVBUF:
		*v = c->rcvbuf;
		return 0;
	case TCP_OPT_BUF_LOCK:
		*v = (c->flags & TCP_F_SNDBUF ? 1 : 0) |
		     (c->flags & TCP_F_RCVBUF ? 2 : 0);
		return 0;
	case TCP_OPT_TTL:
		*v = c->ttl;
		return 0;
	case TCP_OPT_TOS:
		*v = c->tos;
		return 0;
	case TCP_OPT_MAXSEG:
		*v = get_maxseg(t, c);
		return 0;
	case TCP_OPT_REUSEADDR:
		*v = get_bind_flag(t, c, BIND_REUSEADDR);
		return 0;
	case TCP_OPT_REUSEPORT:
		*v = get_bind_flag(t, c, BIND_REUSEPORT);
		return 0;
	case TCP_OPT_MTU:
		if (!c->path)
			return -ENOTCONN;
		*v = c->path->mtu;
		return 0;
	default:
		return get_rare(t, c, o, v);
	}
}

/* --- congestion control -------------------------------------------------- */

static int cc_index(const char *name, size_t n)
{
	const struct tcp_cc_ops *ops = tcp_cc_find(name, n);

	for (unsigned i = 0; ops && tcp_cc_at(i); i++)
		if (tcp_cc_at(i) == ops)
			return (int)i;
	return -ENOENT;
}

int tcp_set_cc(struct tcp *t, struct tcp_conn *c, const char *name, size_t n)
{
	int i = cc_index(name, strnlen(name, n));
	struct tcp_rare *r;

	if (i < 0)
		return i;
	if (!tcp_cc_allowed(t, (unsigned)i))
		return -EPERM;
	r = tcp_rare_get(t, c);
	if (!r)
		return -ENOMEM;
	r->cc = (uint8_t)(i + 1);
	if (has_cold(c))
		tcp_sender_set_cc(t, c, tcp_cc_at((unsigned)i), tcp_now(t));
	return 0;
}

const char *tcp_get_cc(const struct tcp *t, const struct tcp_conn *c)
{
	uint8_t cc = tcp_rare_peek(t, c)->cc;

	return tcp_cc_at(cc ? cc - 1u : t->set.congestion_control)->name;
}

int tcp_set_default_cc(struct tcp *t, const char *name)
{
	int i = cc_index(name, strlen(name));

	if (i < 0)
		return i;
	t->set.congestion_control = (uint32_t)i;
	return 0;
}

const char *tcp_default_cc(const struct tcp *t)
{
	return tcp_cc_at(t->set.congestion_control)->name;
}

const char *tcp_cc_name(unsigned i)
{
	return tcp_cc_at(i) ? tcp_cc_at(i)->name : NULL;
}

bool tcp_cc_allowed(const struct tcp *t, unsigned i)
{
	return !(t->set.cc_refused & 1u << i) || i == t->set.congestion_control;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

int tcp_allow_cc(struct tcp *t, const char *names)
{
	uint32_t allowed = 0;

	for (;;) {
		const char *name;
		int i;

		while (is_blank(*names))
			names++;
		if (!*names)
			break;
		for (name = names; *names && !is_blank(*names);)
			names++;
		i = cc_index(name, (size_t)(names - name));
		if (i < 0)
			return i;
		allowed |= 1u << i;
	}
	t->set.cc_refused = ~allowed;
	return 0;
}

int tcp_cc_info(const struct tcp *t, const struct tcp_conn *c, void *out)
{
	uint8_t cc = tcp_rare_peek(t, c)->cc;
	const struct tcp_cc_ops *ops =
		tcp_cc_at(cc ? cc - 1u : t->set.congestion_control);
	struct tcp_cwin w = c->cwin;
	union tcp_cc_state fresh = { { 0 } };

	if (!ops->info)
		return 0;
	if (!has_cold(c) || !c->cold) { /* as it will begin */
		ops->init(&fresh, &w, tcp_now(t));
		return (int)ops->info(&fresh, c->mss, out);
	}
	return (int)ops->info(&c->cold->tx.cc, c->mss, out);
}
