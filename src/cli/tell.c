/* SPDX-License-Identifier: MIT */
#include "cli/tell.h"

#include <errno.h>
#include <netinet/in.h>
#include <ostia/record.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/opt.h"
#include "wire/tcp.h"

/*
 * step  time      client                        server              arrives
 *  5     1.002  connect(3, 10.0.0.2:7) ...
 *        1.002  SYN seq 0 win 64240 -------------------------->     21.003
 */
enum {
	CLIENT,
	SERVER,
	COL_BODY = 14,
	COL_SERVER = 42,
	BODY = 57,
	WIDTH = 80,
};

enum color { PLAIN, DIM, BOLD, BLUE, GREEN, RED, YELLOW };

static const char *const codes[] = { "",	 "\033[2m",  "\033[1m",
				     "\033[36m", "\033[32m", "\033[31m",
				     "\033[33m" };

static void put(const struct tell *t, enum color c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(const struct tell *t, enum color c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (t->color)
		fputs(codes[c], t->out);
	vfprintf(t->out, fmt, ap);
	if (t->color && c != PLAIN)
		fputs("\033[0m", t->out);
	va_end(ap);
}

static enum color color_of(int side)
{
	return side == CLIENT ? BLUE : GREEN;
}

/* --- margins ------------------------------------------------------------ */

/* Ten columns of ms, whatever the time; late ones lose digits of us. */
static void ms(char buf[32], ostia_time ns)
{
	unsigned long long whole = ns / OSTIA_MS;
	unsigned long long us = ns % OSTIA_MS / OSTIA_US;

	if (whole < 100000)
		snprintf(buf, 32, "%6llu.%03llu", whole, us);
	else if (whole < 1000000)
		snprintf(buf, 32, "%7llu.%02llu", whole, us / 10);
	else
		snprintf(buf, 32, " %9llu", whole);
}

/* The step's number, if it is told for the first time, and the time. */
static void margin(struct tell *t, int step, const char *mark, ostia_time time)
{
	char when[32];

	ms(when, time - t->begin);
	if (t->numbers && step && !(t->steps & 1u << step)) {
		t->steps |= 1u << step;
		put(t, BOLD, "%2d", step);
		put(t, PLAIN, "%s  ", when);
	} else {
		put(t, YELLOW, "%-3s", mark);
		put(t, PLAIN, "%s  ", when + 1);
	}
}

/* A text in the column of a side; one that is too long begins earlier. */
static void column(struct tell *t, int side, enum color c, const char *text)
{
	int room = WIDTH - COL_BODY - (int)strlen(text);
	int at = side == SERVER ? COL_SERVER - COL_BODY : 0;

	if (at > room)
		at = room > 0 ? room : 0;
	put(t, PLAIN, "%*s", at, "");
	put(t, c, "%.*s\n", WIDTH - COL_BODY, text);
}

/* --- texts -------------------------------------------------------------- */

static int add(char *buf, size_t size, int at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int add(char *buf, size_t size, int at, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (at < 0 || (size_t)at >= size)
		return at;
	va_start(ap, fmt);
	n = vsnprintf(buf + at, size - (size_t)at, fmt, ap);
	va_end(ap);
	return n < 0 ? at : at + n;
}

/* --- calls -------------------------------------------------------------- */

static const char *family_name(int v)
{
	return v == AF_INET    ? "AF_INET"
	       : v == AF_INET6 ? "AF_INET6"
	       : v == AF_UNIX  ? "AF_UNIX"
			       : "?";
}

static const char *type_name(int v)
{
	v &= 0xf;
	return v == SOCK_STREAM	 ? "SOCK_STREAM"
	       : v == SOCK_DGRAM ? "SOCK_DGRAM"
				 : "SOCK_RAW";
}

static void socket_text(char *buf, size_t size, const char *args)
{
	int domain = 0, type = 0, protocol = 0;

	if (args && sscanf(args, "%d, %d, %d", &domain, &type, &protocol) == 3)
		snprintf(buf, size, "socket(%s, %s, %d)", family_name(domain),
			 type_name(type), protocol);
	else
		snprintf(buf, size, "socket(%s)", args ? args : "");
}

static const struct {
	unsigned long flag;
	const char *name;
} flag_names[] = {
	{ MSG_OOB, "MSG_OOB" },
	{ MSG_PEEK, "MSG_PEEK" },
	{ MSG_TRUNC, "MSG_TRUNC" },
	{ MSG_DONTWAIT, "MSG_DONTWAIT" },
	{ MSG_WAITALL, "MSG_WAITALL" },
	{ MSG_ERRQUEUE, "MSG_ERRQUEUE" },
	{ MSG_NOSIGNAL, "MSG_NOSIGNAL" },
	{ MSG_MORE, "MSG_MORE" },
	{ MSG_DONTROUTE, "MSG_DONTROUTE" },
	{ MSG_EOR, "MSG_EOR" },
};

/* "0x4001" becomes "MSG_OOB|MSG_NOSIGNAL"; what has no name stays a number. */
static void flags_text_of(char *buf, size_t size, unsigned long flags)
{
	int at = 0;

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]);
	     i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		at = add(buf, size, at, "%s%s", at ? "|" : "",
			 flag_names[i].name);
		flags &= ~flag_names[i].flag;
	}
	if (flags || !at)
		add(buf, size, at, "%s0x%lx", at ? "|" : "", flags);
}

/* Flags of send and recv by name; those of 0 say little. */
static void trim_flags(char args[TELL_TEXT])
{
	char *at = strstr(args, "0x");
	char rest[TELL_TEXT], names[TELL_TEXT];
	unsigned long flags;
	char *end;

	if (!at)
		return;
	flags = strtoul(at, &end, 16);
	if (!flags && !*end) {
		at[at > args + 1 ? -2 : 0] = '\0';
		return;
	}
	snprintf(rest, sizeof(rest), "%s", end);
	flags_text_of(names, sizeof(names), flags);
	snprintf(at, TELL_TEXT - (size_t)(at - args), "%s%s",
		 flags ? names : "0", rest);
}

/* Lengths of addresses say little: they are left out. */
static void trim_length(char *args)
{
	char *comma = strrchr(args, ',');
	char *end;

	if (!comma)
		return;
	(void)strtoul(comma + 1, &end, 0);
	if (*end == '\0')
		*comma = '\0';
}

/* The plain poll() of a program is a ppoll() of ours. */
static const char *plain_name(const char *name)
{
	return !strcmp(name, "ppoll") ? "poll" : name;
}

static const char *option_name(int level, int name)
{
	const struct sock_opt *o;

	for (unsigned i = 0; (o = sock_opt_row(i)) != NULL; i++)
		if (o->level == level && o->name == name)
			return o->text;
	return NULL;
}

static void option_text(char *buf, size_t size, const struct ostia_trace *ev)
{
	int level = 0, name = 0;
	const char *text;

	if (ev->u.call.args)
		(void)sscanf(ev->u.call.args, "%d, %d", &level, &name);
	text = option_name(level, name);
	if (text)
		snprintf(buf, size, "%s(%d, %s)", ev->u.call.name,
			 ev->u.call.fd, text);
	else
		snprintf(buf, size, "%s(%d, level %d, name %d)",
			 ev->u.call.name, ev->u.call.fd, level, name);
}

static void call_text(char *buf, size_t size, const struct ostia_trace *ev)
{
	const char *name = ev->u.call.name;
	char args[TELL_TEXT] = "";

	if (!strcmp(name, "socket")) {
		socket_text(buf, size, ev->u.call.args);
		return;
	}
	if (!strcmp(name, "setsockopt") || !strcmp(name, "getsockopt")) {
		option_text(buf, size, ev);
		return;
	}
	if (ev->u.call.args)
		snprintf(args, sizeof(args), "%s", ev->u.call.args);
	if (!strcmp(name, "bind") || !strcmp(name, "connect"))
		trim_length(args);
	else if (!strncmp(name, "send", 4) || !strncmp(name, "recv", 4))
		trim_flags(args);
	if (ev->u.call.fd < 0)
		snprintf(buf, size, "%s(%.100s)", plain_name(name), args);
	else
		snprintf(buf, size, "%s(%d%s%.100s)", name, ev->u.call.fd,
			 args[0] ? ", " : "", args);
}

static bool is_call(const struct tell *t, const char *name)
{
	return !strcmp(t->pending.name, name);
}

/* Which of the twelve steps is it? The client's, and those of the server. */
static int client_step(const struct tell *t)
{
	if (is_call(t, "socket"))
		return 4;
	if (is_call(t, "connect"))
		return 5;
	if (is_call(t, "send") || is_call(t, "write") || is_call(t, "sendto"))
		return 9;
	return is_call(t, "close") ? 11 : 0;
}

static int server_step(struct tell *t)
{
	if (is_call(t, "socket"))
		return 1;
	if (is_call(t, "bind"))
		return 2;
	if (is_call(t, "listen"))
		return 3;
	if (is_call(t, "accept"))
		return 8;
	if (is_call(t, "recv") || is_call(t, "read") || is_call(t, "recvfrom"))
		return 10;
	return is_call(t, "close") ? 12 : 0;
}

static int step_of(struct tell *t, int side)
{
	return side == CLIENT ? client_step(t) : server_step(t);
}

/* What a call changed at once stands below it. */
static void tell_held_state(struct tell *t)
{
	if (!t->pending.state[0])
		return;
	margin(t, 0, "", t->pending.time);
	column(t, t->pending.side, DIM, t->pending.state);
	t->pending.state[0] = '\0';
}

/* Something happens before the pending call returns: it is told as begun. */
static void flush_call(struct tell *t)
{
	char text[TELL_TEXT + 8];

	if (!t->pending.held)
		return;
	t->pending.held = false;
	if (t->quiet_calls)
		return;
	margin(t,
	       is_call(t, "accept") || is_call(t, "recv") ||
			       is_call(t, "recvfrom")
		       ? 0
		       : step_of(t, t->pending.side),
	       "", t->pending.time);
	snprintf(text, sizeof(text), "%s ...", t->pending.text);
	column(t, t->pending.side, color_of(t->pending.side), text);
	tell_held_state(t);
}

static void begin_call(struct tell *t, int side, const struct ostia_trace *ev)
{
	flush_call(t);
	t->pending.held = true;
	t->pending.side = side;
	t->pending.id = ev->call;
	t->pending.time = ev->time;
	call_text(t->pending.text, sizeof(t->pending.text), ev);
}

static const char *result_text(char *buf, size_t size, int64_t r)
{
	if (r < 0)
		snprintf(buf, size, "-1 %s", strerrorname_np((int)-r));
	else
		snprintf(buf, size, "%lld", (long long)r);
	return buf;
}

static void end_call(struct tell *t, int side, const struct ostia_trace *ev)
{
	bool at_once = t->pending.held && t->pending.id == ev->call &&
		       t->pending.side == side;
	char text[TELL_TEXT + 64], r[48];

	if (!at_once)
		flush_call(t);
	if (t->quiet_calls) {
		t->pending.held = false;
		return;
	}
	snprintf(t->pending.name, sizeof(t->pending.name), "%s",
		 ev->u.call.name);
	result_text(r, sizeof(r), ev->u.call.result);
	margin(t, ev->u.call.result >= 0 ? step_of(t, side) : 0, "",
	       at_once ? t->pending.time : ev->time);
	if (at_once)
		snprintf(text, sizeof(text), "%s = %s", t->pending.text, r);
	else if (ev->u.call.fd >= 0)
		snprintf(text, sizeof(text), "... %s(%d) = %s", ev->u.call.name,
			 ev->u.call.fd, r);
	else
		snprintf(text, sizeof(text), "... %s() = %s",
			 plain_name(ev->u.call.name), r);
	t->pending.held = false;
	column(t, side, color_of(side), text);
	if (at_once)
		tell_held_state(t);
}

/* --- what happens inside ------------------------------------------------ */

static void tell_state(struct tell *t, int side, const struct ostia_trace *ev)
{
	bool passive = side == SERVER && !strncmp(ev->u.state.to, "SYN-R", 5);
	char text[sizeof(t->pending.state)];

	snprintf(text, sizeof(text), "[%s -> %s]", ev->u.state.from,
		 ev->u.state.to);
	if (!t->quiet_calls && t->pending.held && t->pending.side == side &&
	    t->pending.id == ev->call && !t->pending.state[0]) {
		memcpy(t->pending.state, text, sizeof(text));
		return;
	}
	flush_call(t);
	margin(t, passive ? 6 : 0, "", ev->time);
	column(t, side, DIM, text);
}

static void tell_timer(struct tell *t, int side, const struct ostia_trace *ev)
{
	char text[TELL_TEXT];

	flush_call(t);
	margin(t, 0, "", ev->time);
	snprintf(text, sizeof(text), "(timer %s, %u in a row)",
		 ev->u.timer.name, ev->u.timer.count);
	column(t, side, DIM, text);
}

static void tell_cwnd(struct tell *t, int side, const struct ostia_trace *ev)
{
	char text[TELL_TEXT];

	/* That it grows with each acknowledgment would drown the rest. */
	if (!strcmp(ev->u.cwnd.why, "ack"))
		return;
	flush_call(t);
	margin(t, 0, "", ev->time);
	snprintf(text, sizeof(text), "(%s: cwnd %u, ssthresh %u)",
		 ev->u.cwnd.why, ev->u.cwnd.cwnd, ev->u.cwnd.ssthresh);
	column(t, side, DIM, text);
}

static void tell_drop(struct tell *t, int side, const struct ostia_trace *ev)
{
	char text[TELL_TEXT];

	flush_call(t);
	margin(t, 0, "", ev->time);
	snprintf(text, sizeof(text), "(dropped: %s)",
		 ev->u.pkt.reason ? ev->u.pkt.reason : "?");
	column(t, side, RED, text);
}

/* What the stack knows of a packet, for when the wire tells of it. */
static void remember(struct tell *t, int side, const struct ostia_trace *ev)
{
	t->marks[t->mark_at % TELL_MARKS].id = ev->u.pkt.id;
	t->marks[t->mark_at % TELL_MARKS].flags = ev->u.pkt.flags;
	t->marks[t->mark_at % TELL_MARKS].side = side;
	t->mark_at++;
}

static uint32_t recall(const struct tell *t, int side, uint64_t id)
{
	for (unsigned i = 0; i < TELL_MARKS && i < t->mark_at; i++) {
		unsigned at = (t->mark_at - 1 - i) % TELL_MARKS;

		if (t->marks[at].id == id && t->marks[at].side == side)
			return t->marks[at].flags;
	}
	return 0;
}

/* --- segments ----------------------------------------------------------- */

/** struct seen - A packet, read */
struct seen {
	uint8_t proto;
	const uint8_t *l4;
	size_t l4_len;
};

static bool look(const uint8_t *p, size_t n, struct seen *s)
{
	if (n >= 20 && p[0] >> 4 == 4) {
		size_t hlen = (size_t)(p[0] & 15) * 4;

		if (hlen > n)
			return false;
		*s = (struct seen) { p[9], p + hlen, n - hlen };
		return true;
	}
	if (n >= 40 && p[0] >> 4 == 6) {
		*s = (struct seen) { p[6], p + 40, n - 40 };
		return true;
	}
	return false;
}

static struct tell_conn *conn_of(struct tell *t, uint16_t client,
				 uint16_t server)
{
	struct tell_conn *c;

	for (unsigned i = 0; i < t->nconns; i++)
		if (t->conns[i].client_port == client &&
		    t->conns[i].server_port == server)
			return &t->conns[i];
	c = &t->conns[t->nconns < TELL_CONNS ? t->nconns++ : 0];
	*c = (struct tell_conn) { .client_port = client,
				  .server_port = server };
	return c;
}

/* A number counted from where its direction began. */
static uint32_t relative(struct tell_conn *c, int side, uint32_t seq)
{
	if (!c->known[side]) {
		c->known[side] = true;
		c->isn[side] = seq;
	}
	return seq - c->isn[side];
}

static const char *flags_text(uint16_t f)
{
	static const struct {
		uint16_t flags;
		const char *text;
	} names[] = {
		{ WIRE_TCP_SYN, "SYN" },
		{ WIRE_TCP_SYN | WIRE_TCP_ACK, "SYN ACK" },
		{ WIRE_TCP_ACK, "ACK" },
		{ WIRE_TCP_ACK | WIRE_TCP_PSH, "PSH ACK" },
		{ WIRE_TCP_ACK | WIRE_TCP_FIN, "FIN ACK" },
		{ WIRE_TCP_ACK | WIRE_TCP_FIN | WIRE_TCP_PSH, "FIN PSH ACK" },
		{ WIRE_TCP_RST, "RST" },
		{ WIRE_TCP_RST | WIRE_TCP_ACK, "RST ACK" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].flags ==
		    (f & (WIRE_TCP_FIN | WIRE_TCP_SYN | WIRE_TCP_RST |
			  WIRE_TCP_PSH | WIRE_TCP_ACK)))
			return names[i].text;
	return "flags";
}

/* As many blocks as the line has room for, and how many more there are. */
static void sack_text(const struct wire_tcp *f, uint32_t isn, char *buf,
		      size_t size, int at)
{
	int i = 0;

	for (; i < f->n_sack; i++) {
		char block[40];
		int n = snprintf(block, sizeof(block), "%s%u:%u",
				 i ? "," : " sack ", f->sack[i].left - isn,
				 f->sack[i].right - isn);

		if (at + n > BODY - 6)
			break;
		at = add(buf, size, at, "%s", block);
	}
	if (i < f->n_sack)
		add(buf, size, at, "%s+%d", i ? "" : " sack ", f->n_sack - i);
}

static void tcp_text(struct tell *t, int side, const struct seen *s, char *buf,
		     size_t size)
{
	struct wire_tcp f;
	struct tell_conn *c;
	uint32_t seq, len;
	int at;

	if (wire_tcp_parse(&f, s->l4, s->l4_len) < 0)
		return;
	c = conn_of(t, side == CLIENT ? f.sport : f.dport,
		    side == CLIENT ? f.dport : f.sport);
	seq = relative(c, side, f.seq);
	len = (uint32_t)(s->l4_len - f.hlen);
	at = add(buf, size, 0, "%s%s seq %u",
		 f.flags & WIRE_TCP_URG ? "URG " : "", flags_text(f.flags),
		 seq);
	if (len)
		at = add(buf, size, at, ":%u", seq + len);
	if (f.flags & WIRE_TCP_ACK && c->known[!side])
		at = add(buf, size, at, " ack %u", f.ack - c->isn[!side]);
	at = add(buf, size, at, " win %u", f.wnd);
	if (f.opts & WIRE_TCP_OPT_SACK)
		sack_text(&f, c->isn[!side], buf, size, at);
}

static void icmp_text(const struct seen *s, bool v6, char *buf, size_t size)
{
	uint8_t type = s->l4_len ? s->l4[0] : 0;
	bool request = type == (v6 ? 128 : 8), reply = type == (v6 ? 129 : 0);

	if ((request || reply) && s->l4_len >= 8)
		snprintf(buf, size, "echo %s, seq %u, %zu bytes",
			 request ? "request" : "reply",
			 (unsigned)(s->l4[6] << 8 | s->l4[7]), s->l4_len);
	else if (v6 && type >= 133 && type <= 137)
		snprintf(buf, size, "neighbour discovery, type %u", type);
	else
		snprintf(buf, size, "ICMP type %u, %zu bytes", type, s->l4_len);
}

static void packet_text(struct tell *t, int side, const uint8_t *p, size_t n,
			char *buf, size_t size)
{
	struct seen s;

	snprintf(buf, size, "%zu bytes", n);
	if (!look(p, n, &s))
		return;
	if (s.proto == IPPROTO_TCP)
		tcp_text(t, side, &s, buf, size);
	else if (s.proto == IPPROTO_UDP && s.l4_len >= 8)
		snprintf(buf, size, "UDP port %u to %u, %zu bytes",
			 (unsigned)(s.l4[0] << 8 | s.l4[1]),
			 (unsigned)(s.l4[2] << 8 | s.l4[3]), s.l4_len - 8);
	else if (s.proto == IPPROTO_ICMP || s.proto == IPPROTO_ICMPV6)
		icmp_text(&s, s.proto == IPPROTO_ICMPV6, buf, size);
}

/* SYNs tell their options, and the ports: there is a line more for them. */
static void tell_options(struct tell *t, int side, const uint8_t *p, size_t n)
{
	char buf[TELL_TEXT];
	struct wire_tcp f;
	struct seen s;
	int at;

	if (!look(p, n, &s) || s.proto != IPPROTO_TCP ||
	    wire_tcp_parse(&f, s.l4, s.l4_len) < 0 || !(f.flags & WIRE_TCP_SYN))
		return;
	at = add(buf, sizeof(buf), 0, "port %u to %u", f.sport, f.dport);
	if (f.opts & WIRE_TCP_OPT_MSS)
		at = add(buf, sizeof(buf), at, ", mss %u", f.mss);
	if (f.opts & WIRE_TCP_OPT_SACKOK)
		at = add(buf, sizeof(buf), at, ", sack");
	if (f.opts & WIRE_TCP_OPT_TS)
		at = add(buf, sizeof(buf), at, ", timestamps");
	if (f.opts & WIRE_TCP_OPT_WSCALE)
		add(buf, sizeof(buf), at, ", wscale %u", f.wscale);
	put(t, PLAIN, "%*s", COL_BODY, "");
	put(t, DIM, "%*s%s\n", side == SERVER ? BODY - (int)strlen(buf) : 0, "",
	    buf);
}

static void arrow(struct tell *t, int side, const char *text, bool lost)
{
	int dashes = BODY - (int)strlen(text) - 2;
	enum color c = lost ? RED : PLAIN;

	if (dashes < 1)
		dashes = 1;
	if (side == SERVER)
		put(t, c, "%c", lost ? 'x' : '<');
	else
		put(t, color_of(side), "%s ", text);
	for (int i = 0; i < dashes; i++)
		put(t, PLAIN, "-");
	if (side == SERVER)
		put(t, color_of(side), " %s", text);
	else
		put(t, c, "%c", lost ? 'x' : '>');
}

/* The first pure acknowledgment of the client completes the handshake. */
static int segment_step(int side, const char *text)
{
	return side == CLIENT && !strncmp(text, "ACK seq 1 ack 1 ", 16) ? 7 : 0;
}

static void tell_packet(struct tell *t, int side,
			const struct ostia_world_trace *ev)
{
	uint8_t head[2048];
	size_t n = ostia_pkt_copy_out(ev->pkt, 0, head, sizeof(head));
	uint32_t flags = recall(t, side, ostia_pkt_id(ev->pkt));
	bool lost = ev->fate != OSTIA_FATE_SENT;
	bool again = flags & OSTIA_TRACE_F_RETRANS;
	char text[TELL_TEXT], when[32] = "";

	flush_call(t);
	packet_text(t, side, head, n, text, sizeof(text));
	margin(t, segment_step(side, text),
	       again			       ? "rtx"
	       : flags & OSTIA_TRACE_F_PROBE   ? "prb"
	       : ev->flags & OSTIA_FATE_F_COPY ? "dup"
					       : "",
	       ev->time);
	arrow(t, side, text, lost);
	if (!lost)
		ms(when, ev->arrive - t->begin);
	put(t, lost ? RED : DIM, "%9s\n", lost ? "lost" : when + 1);
	t->retransmitted += again;
	t->lost += lost;
	tell_options(t, side, head, n);
}

/* --- events ------------------------------------------------------------- */

static int side_of(const struct tell *t, uint32_t node)
{
	return node == t->node[CLIENT] ? CLIENT : SERVER;
}

static void stack_event(struct tell *t, int side, const struct ostia_trace *ev)
{
	switch (ev->kind) {
	case OSTIA_TRACE_CALL:
		begin_call(t, side, ev);
		snprintf(t->pending.name, sizeof(t->pending.name), "%s",
			 ev->u.call.name);
		break;
	case OSTIA_TRACE_RETURN:
		end_call(t, side, ev);
		break;
	case OSTIA_TRACE_STATE:
		tell_state(t, side, ev);
		break;
	case OSTIA_TRACE_OUT:
		remember(t, side, ev);
		break;
	case OSTIA_TRACE_TIMER:
		if (strcmp(ev->u.timer.name, "delack") != 0)
			tell_timer(t, side, ev);
		break;
	case OSTIA_TRACE_CWND:
		tell_cwnd(t, side, ev);
		break;
	case OSTIA_TRACE_DROP:
		tell_drop(t, side, ev);
		break;
	default: /* arrivals stand beside departures; bytes beside calls */
		break;
	}
}

/* On one host the calls' processes tell the sides apart. */
static int side_of_event(const struct tell *t,
			 const struct ostia_world_trace *ev)
{
	const struct ostia_trace *x = ev->stack;

	if (t->server &&
	    (x->kind == OSTIA_TRACE_CALL || x->kind == OSTIA_TRACE_RETURN))
		return x->u.call.proc == t->server ? SERVER : CLIENT;
	return side_of(t, ev->node);
}

void tell_event(void *ctx, const struct ostia_world_trace *ev)
{
	struct tell *t = ctx;

	if (!t->out || t->mute)
		return;
	if (ev->stack)
		stack_event(t, side_of_event(t, ev), ev->stack);
	else if (ev->fate != OSTIA_FATE_DELIVERED)
		tell_packet(t, ev->dir ? SERVER : CLIENT, ev);
}

void tell_begin(struct tell *t, const char *title, const char *names[2])
{
	char client[40];

	t->steps = 0;
	t->nconns = 0;
	t->mark_at = 0;
	t->retransmitted = t->lost = 0;
	t->pending.held = false;
	snprintf(client, sizeof(client), "client %s", names[CLIENT]);
	put(t, BOLD, "%s\n", title);
	put(t, DIM, "          ms  %-28sserver %-24sarrives\n", client,
	    names[SERVER]);
}

void tell_end(struct tell *t)
{
	flush_call(t);
	fputc('\n', t->out);
	fflush(t->out);
}
