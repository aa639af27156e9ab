/* SPDX-License-Identifier: MIT */
#include "cli/ss_table.h"

#include "cli/opt.h"
#include "record/socks.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/world.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { CELLS = 9, CELL = 160, MORE = 512, TIMEWAIT_S = 60 };

/* Cells of a line; addresses and ports share a column around their colon. */
enum {
	NETID,
	STATE,
	RECVQ,
	SENDQ,
	LADDR,
	LPORT,
	RADDR,
	RPORT,
	REST,
};

struct line {
	char cell[CELLS][CELL];
	char more[MORE];
};

struct table {
	const struct ss_wish *w;
	const struct view *v;
	const struct socks *s;
	ostia_time now;
	bool netid, nomem;
	FILE *out;
	struct watch *watch; /* takes lines in @out's place; NULL: once */
};

/* ---- which ---- */

static bool is_local(const struct socks_row *x)
{
	return x->c.proto == 0;
}

static bool is_v4(const struct ostia_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	return !memcmp(a->b, mapped, 12);
}

static bool wants_kind(const struct ss_wish *w, const struct socks_row *x)
{
	if (!w->tcp && !w->udp && !w->raw && !w->local)
		return true;
	if (is_local(x))
		return w->local;
	if (x->c.proto == IPPROTO_TCP)
		return w->tcp;
	return x->c.proto == IPPROTO_UDP ? w->udp : w->raw;
}

static bool wants_family(const struct ss_wish *w, const struct socks_row *x)
{
	if (!w->v4 && !w->v6)
		return true;
	if (is_local(x))
		return false;
	return is_v4(&x->c.local) ? w->v4 : w->v6;
}

/* As ss does: without -a and -l what is connected, with -l what waits. */
static bool wants_state(const struct ss_wish *w, const struct socks_row *x)
{
	bool closed = x->c.state == TCP_CLOSE;
	bool waits = x->c.state == TCP_LISTEN || closed;

	if (x->c.proto == IPPROTO_TCP && closed)
		return w->all; /* neither bound to wait nor connected */
	if (w->all)
		return true;
	if (w->listening)
		return waits;
	return !waits && x->c.state != TCP_TIME_WAIT &&
	       x->c.state != TCP_SYN_RECV;
}

static bool wants(const struct table *t, const struct socks_row *x,
		  uint32_t node)
{
	return !x->dead && x->node == node && wants_kind(t->w, x) &&
	       wants_family(t->w, x) && wants_state(t->w, x);
}

/* ---- cells ---- */

static const char *netid(const struct socks_row *x)
{
	if (is_local(x))
		return x->c.type == SOCK_STREAM	 ? "u_str"
		       : x->c.type == SOCK_DGRAM ? "u_dgr"
						 : "u_seq";
	switch (x->c.proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMPV6:
		return "icmp6";
	default:
		return "raw";
	}
}

static void port_text(const struct ss_wish *w, const struct socks_row *x,
		      uint16_t port, char *buf)
{
	const struct servent *s = NULL;

	if (!w->numeric && port &&
	    (x->c.proto == IPPROTO_TCP || x->c.proto == IPPROTO_UDP))
		s = getservbyport(htons(port),
				  x->c.proto == IPPROTO_TCP ? "tcp" : "udp");
	if (!port)
		strcpy(buf, "*");
	else if (s)
		snprintf(buf, CELL, "%s", s->s_name);
	else
		snprintf(buf, CELL, "%u", port);
}

/* "*" is both families', as a socket has it that was not bound to one. */
static void addr_text(const struct ostia_addr *a, bool v6, bool both, char *buf)
{
	static const struct ostia_addr any;

	if (!memcmp(a, &any, sizeof(any)) && v6 && both) {
		strcpy(buf, "*");
	} else if (!memcmp(a, &any, sizeof(any)) && !v6) {
		strcpy(buf, "0.0.0.0");
	} else if (is_v4(a)) {
		view_name(buf, CELL, a->b, 0);
	} else {
		buf[0] = '[';
		view_name(buf + 1, CELL - 2, a->b, 0);
		strcat(buf, "]");
	}
}

static void local_cells(const struct socks_row *x, struct line *l)
{
	size_t n = 0;

	for (; n < x->c.path_len && n < CELL - 1; n++) {
		char c = x->c.path[n];

		l->cell[LADDR][n] = n == 0 && !c	    ? '@'
				    : c < 0x20 || c == 0x7f ? '?'
							    : c;
	}
	l->cell[LADDR][n] = '\0';
	if (!n)
		strcpy(l->cell[LADDR], "*");
	snprintf(l->cell[LPORT], CELL, "%" PRIu64, x->c.conn);
	strcpy(l->cell[RADDR], "*");
	snprintf(l->cell[RPORT], CELL, "%" PRIu64, x->c.peer);
}

static void net_cells(const struct table *t, const struct socks_row *x,
		      struct line *l)
{
	static const struct ostia_addr any;
	bool v6 = !is_v4(&x->c.local);
	bool both = !memcmp(&x->c.local, &any, sizeof(any));

	addr_text(&x->c.local, v6, both, l->cell[LADDR]);
	addr_text(&x->c.remote, v6, both, l->cell[RADDR]);
	port_text(t->w, x, x->c.lport, l->cell[LPORT]);
	port_text(t->w, x, x->c.rport, l->cell[RPORT]);
}

static void add(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *buf, size_t size, const char *format, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	va_start(ap, format);
	vsnprintf(buf + n, size - n, format, ap);
	va_end(ap);
}

/* As ss tells it: "050ms", "1.200ms", "45sec", "1min59sec", "12min". */
static void span_text(ostia_time span, char *buf)
{
	unsigned ms = (unsigned)(span / OSTIA_MS % 1000);
	unsigned s = (unsigned)(span / OSTIA_S % 60);
	unsigned min = (unsigned)(span / OSTIA_S / 60);

	if (min)
		add(buf, CELL, "%umin", min);
	if (s && min <= 9)
		add(buf, CELL, "%u%s", s, ms && !min && s <= 9 ? "." : "sec");
	if (ms && !min && s <= 9)
		add(buf, CELL, "%03ums", ms);
}

/* The retransmission timer runs while bytes are out; TIME-WAIT lasts 60 s. */
static void timer_text(const struct table *t, const struct socks_row *x,
		       char *buf)
{
	ostia_time from = x->sent, span = (ostia_time)x->c.rto_us * 1000;
	const char *name = "on";

	if (x->c.state == TCP_TIME_WAIT) {
		name = "timewait";
		from = x->moved;
		span = TIMEWAIT_S * OSTIA_S;
	} else if (!x->c.sendq || !x->c.rto_us || x->c.state == TCP_LISTEN) {
		return;
	}
	span = from + span > t->now ? from + span - t->now : 0;
	add(buf, CELL, " timer:(%s,", name);
	span_text(span, buf);
	add(buf, CELL, ",%u)", x->tries);
}

static void rest(const struct table *t, const struct socks_row *x, char *buf)
{
	const char *name = view_proc(t->v, x->node, x->proc);

	if (t->w->processes && x->fd >= 0)
		add(buf, CELL, " users:((\"%s\",pid=%u,fd=%d))",
		    name ? name : "?", x->proc, x->fd);
	if (t->w->options && x->c.proto == IPPROTO_TCP)
		timer_text(t, x, buf);
	if (t->w->extended)
		add(buf, CELL, " ino:%" PRIu64 " sk:%x-%" PRIx64, x->c.conn,
		    x->node, x->c.conn);
	if (buf[0] == ' ')
		memmove(buf, buf + 1, strlen(buf));
}

/* What is known of a connection's inside, 0 where nothing was recorded. */
static uint64_t known(const struct table *t, const struct socks_row *x,
		      enum estats_id id)
{
	return x->counts ? t->s->counts[x->counts - 1].value[id] : 0;
}

static void count_text(const struct table *t, const struct socks_row *x,
		       enum estats_id id, const char *name, char buf[MORE])
{
	uint64_t v = known(t, x, id);

	if (v)
		add(buf, MORE, " %s:%" PRIu64, name, v);
}

static void agreed_text(const struct table *t, const struct socks_row *x,
			char buf[MORE])
{
	if (known(t, x, ESTATS_StackTimeStamps) == 1)
		add(buf, MORE, " ts");
	if (known(t, x, ESTATS_StackWillSendSACK) == 1)
		add(buf, MORE, " sack");
	if (known(t, x, ESTATS_StackECN) == 1)
		add(buf, MORE, " ecn");
	if (known(t, x, ESTATS_StackWinScaleSent) ||
	    known(t, x, ESTATS_StackWinScaleRcvd))
		add(buf, MORE, " wscale:%" PRIu64 ",%" PRIu64,
		    known(t, x, ESTATS_StackWinScaleRcvd),
		    known(t, x, ESTATS_StackWinScaleSent));
}

static void ms_text(const char *name, uint64_t us, char buf[MORE])
{
	if (us)
		add(buf, MORE, " %s:%" PRIu64 ".%03" PRIu64, name, us / 1000,
		    us % 1000);
}

static void path_text(const struct table *t, const struct socks_row *x,
		      char buf[MORE])
{
	uint64_t var = known(t, x, ESTATS_PathRTTVar);

	if (x->c.rto_us)
		add(buf, MORE, " rto:%u", x->c.rto_us / 1000);
	ms_text("rtt", x->c.srtt_us, buf);
	if (x->c.srtt_us && var)
		add(buf, MORE, "/%" PRIu64 ".%03" PRIu64, var / 1000,
		    var % 1000);
	count_text(t, x, ESTATS_PerfCurMSS, "mss", buf);
	count_text(t, x, ESTATS_StackMSSSent, "advmss", buf);
	if (x->c.cwnd)
		add(buf, MORE, " cwnd:%u", x->c.cwnd);
	if (x->ssthresh < INT32_MAX)
		add(buf, MORE, " ssthresh:%u", x->ssthresh);
}

/* In ss's order and by its names. */
static void info(const struct table *t, const struct socks_row *x,
		 char buf[MORE])
{
	if (x->c.proto != IPPROTO_TCP || x->c.state == TCP_LISTEN)
		return;
	agreed_text(t, x, buf);
	path_text(t, x, buf);
	count_text(t, x, ESTATS_PerfDataOctetsOut, "bytes_sent", buf);
	count_text(t, x, ESTATS_PerfOctetsRetrans, "bytes_retrans", buf);
	if (x->written > x->c.sendq)
		add(buf, MORE, " bytes_acked:%" PRIu64,
		    x->written - x->c.sendq);
	if (x->read || x->received)
		add(buf, MORE, " bytes_received:%" PRIu64,
		    x->read + x->c.recvq);
	count_text(t, x, ESTATS_PerfSegsOut, "segs_out", buf);
	count_text(t, x, ESTATS_PerfSegsIn, "segs_in", buf);
	count_text(t, x, ESTATS_PerfDataSegsOut, "data_segs_out", buf);
	count_text(t, x, ESTATS_PerfDataSegsIn, "data_segs_in", buf);
	if (x->unacked)
		add(buf, MORE, " unacked:%u", x->unacked);
	if (x->c.retrans)
		add(buf, MORE, " retrans:0/%u", x->c.retrans);
	count_text(t, x, ESTATS_StackDSACKDups, "dsack_dups", buf);
	ms_text("rcv_rtt", known(t, x, ESTATS_PathRcvRTT), buf);
	count_text(t, x, ESTATS_AppCurAppWQueue, "notsent", buf);
	ms_text("minrtt", known(t, x, ESTATS_PathMinRTT), buf);
	count_text(t, x, ESTATS_PerfCurRwinRcvd, "snd_wnd", buf);
}

static void fill(const struct table *t, const struct socks_row *x,
		 struct line *l)
{
	*l = (struct line) { .more = "" };
	strcpy(l->cell[NETID], netid(x));
	strcpy(l->cell[STATE], socks_state(x->c.state));
	snprintf(l->cell[RECVQ], CELL, "%u", x->c.recvq);
	snprintf(l->cell[SENDQ], CELL, "%u", x->c.sendq);
	if (is_local(x))
		local_cells(x, l);
	else
		net_cells(t, x, l);
	rest(t, x, l->cell[REST]);
	if (t->w->info)
		info(t, x, l->more);
}

/* ---- lines ---- */

static const struct line titles = { { "Netid", "State", "Recv-Q", "Send-Q",
				      "Local Address", "Port", "Peer Address",
				      "Port", "Process" },
				    "" };

static void widen(int width[CELLS], const struct line *l)
{
	for (int i = 0; i < CELLS; i++)
		if ((int)strlen(l->cell[i]) > width[i])
			width[i] = (int)strlen(l->cell[i]);
}

static void put(struct table *t, uint64_t key, const char *text)
{
	if (!t->watch)
		fprintf(t->out, "%s\n", text);
	else if (watch_put(t->watch, key, text))
		t->nomem = true;
}

static void print(struct table *t, const int width[CELLS], const struct line *l,
		  bool local, uint64_t key)
{
	char colon = local ? ' ' : ':';
	char text[2 * CELLS * CELL + MORE];
	int n = 0;

	if (t->netid)
		n += snprintf(text, sizeof(text), "%-*s ", width[NETID],
			      l->cell[NETID]);
	n += snprintf(text + n, sizeof(text) - (size_t)n,
		      "%-*s %-*s %-*s %*s%c%-*s %*s%c%-*s %s", width[STATE],
		      l->cell[STATE], width[RECVQ], l->cell[RECVQ],
		      width[SENDQ], l->cell[SENDQ], width[LADDR],
		      l->cell[LADDR], colon, width[LPORT], l->cell[LPORT],
		      width[RADDR], l->cell[RADDR], colon, width[RPORT],
		      l->cell[RPORT], l->cell[REST]);
	while (n && text[n - 1] == ' ')
		n--;
	snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		 t->w->oneline ? l->more : "");
	put(t, key, text);
	if (l->more[0] && !t->w->oneline) {
		snprintf(text, sizeof(text), "\t%s", l->more);
		put(t, ~key, text);
	}
}

/* What a row is about, in one table and in the next. */
static uint64_t key_of(const struct socks_row *x)
{
	const uint64_t id[] = { x->node,	x->c.conn,  x->c.proto,
				x->c.lport,	x->c.rport, x->c.local.q[0],
				x->c.local.q[1] };
	uint64_t h = 0;

	for (size_t i = 0; i < sizeof(id) / sizeof(id[0]); i++)
		h = (h ^ id[i]) * 0x9e3779b97f4a7c15u + 1;
	return h;
}

static uint32_t count(const struct table *t, uint32_t node)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->s->n; i++)
		n += wants(t, &t->s->row[i], node);
	return n;
}

static void print_host(struct table *t, uint32_t node)
{
	int width[CELLS] = { 0 };
	struct line l;

	if (!t->w->no_header)
		widen(width, &titles);
	for (int pass = 0; pass < 2; pass++) {
		if (pass && !t->w->no_header)
			print(t, width, &titles, false, 0);
		for (uint32_t i = 0; i < t->s->n; i++) {
			const struct socks_row *x = &t->s->row[i];

			if (!wants(t, x, node))
				continue;
			fill(t, x, &l);
			if (pass)
				print(t, width, &l, is_local(x), key_of(x));
			else
				widen(width, &l);
		}
	}
}

/* ---- JSON ---- */

static void json_text(FILE *out, const char *key, const char *s)
{
	fprintf(out, "\"%s\":\"", key);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, out);
	fputc('"', out);
}

static void json_tcp(const struct socks_row *x, FILE *out)
{
	fprintf(out,
		",\"rto_us\":%u,\"rtt_us\":%u,\"cwnd\":%u,\"unacked\":%u,"
		"\"retrans\":%u",
		x->c.rto_us, x->c.srtt_us, x->c.cwnd, x->unacked, x->c.retrans);
	if (x->ssthresh < INT32_MAX)
		fprintf(out, ",\"ssthresh\":%u", x->ssthresh);
}

static void json_row(const struct table *t, const struct socks_row *x,
		     FILE *out)
{
	const struct view_host *h = view_host(t->v, x->node);
	const char *proc = view_proc(t->v, x->node, x->proc);
	struct line l;

	fill(t, x, &l);
	fputc('{', out);
	json_text(out, "host", h ? h->name : "?");
	fputc(',', out);
	json_text(out, "netid", l.cell[NETID]);
	fputc(',', out);
	json_text(out, "state", l.cell[STATE]);
	fprintf(out, ",\"recvq\":%u,\"sendq\":%u,", x->c.recvq, x->c.sendq);
	json_text(out, "local", l.cell[LADDR]);
	fprintf(out, ",\"lport\":%u,", x->c.lport);
	json_text(out, "peer", l.cell[RADDR]);
	fprintf(out, ",\"pport\":%u,\"id\":%" PRIu64, x->c.rport, x->c.conn);
	if (is_local(x))
		fprintf(out, ",\"peer_id\":%" PRIu64, x->c.peer);
	if (x->fd >= 0) {
		fprintf(out, ",\"pid\":%u,\"fd\":%d,", x->proc, x->fd);
		json_text(out, "program", proc ? proc : "?");
	}
	if (x->c.proto == IPPROTO_TCP)
		json_tcp(x, out);
	fputc('}', out);
}

static void print_json(const struct table *t)
{
	const char *line = t->watch ? "" : "\n";
	FILE *out = t->out;
	bool any = false;

	fputc('[', out);
	for (uint32_t k = 0; k < t->v->nhosts; k++) {
		const struct view_host *h = &t->v->host[k];

		if (t->w->host && strcmp(t->w->host, h->name) != 0)
			continue;
		for (uint32_t i = 0; i < t->s->n; i++) {
			if (!wants(t, &t->s->row[i], h->id))
				continue;
			fprintf(out, "%s%s", any ? "," : "", line);
			json_row(t, &t->s->row[i], out);
			any = true;
		}
	}
	fprintf(out, "%s]\n", any ? line : "");
}

/* ---- all of it ---- */

static uint32_t hosts_of(const struct view *v)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->nhosts; i++)
		n += v->host[i].type == OSTIA_NODE_HOST;
	return n;
}

static void print_title(struct table *t, const char *name, bool first)
{
	char title[CELL];

	snprintf(title, sizeof(title), "%s:", name);
	if (!first)
		put(t, 0, "");
	put(t, 0, title);
}

static void print_hosts(struct table *t)
{
	bool many = !t->w->host && hosts_of(t->v) > 1;
	bool first = true;

	for (uint32_t k = 0; k < t->v->nhosts; k++) {
		const struct view_host *h = &t->v->host[k];

		if (h->type != OSTIA_NODE_HOST ||
		    (t->w->host && strcmp(t->w->host, h->name) != 0))
			continue;
		if (many && !count(t, h->id))
			continue;
		if (many)
			print_title(t, h->name, first);
		first = false;
		print_host(t, h->id);
	}
	if (first && t->v->nhosts)
		print_host(t, 0); /* nobody's: titles alone, as ss prints */
}

int ss_list(const struct ss_wish *w, const struct see *see, struct watch *watch)
{
	ostia_time span = see->view.last > see->view.begin
				  ? see->view.last - see->view.begin
				  : 0;
	ostia_time time = w->at && w->time < span ? w->time : span;
	struct socks s;
	struct table t = {
		.w = w,
		.v = &see->view,
		.s = &s,
		.now = see->view.begin + time,
		.netid = w->tcp + w->udp + w->raw + w->local != 1 || w->local,
		.out = stdout,
		.watch = watch,
	};
	int err;

	if (!see_has_host(see, w->host))
		return EXIT_OURS;
	err = socks_at(&s, &see->view, see->rec, time);
	if (!err && w->json)
		print_json(&t);
	else if (!err)
		print_hosts(&t);
	if (!err && s.left_out && !watch)
		fprintf(stderr,
			"ostia ss: %" PRIu64 " more sockets were not "
			"recorded\n",
			s.left_out);
	if (!err)
		socks_fini(&s);
	if (!err && t.nomem)
		err = -ENOMEM;
	if (err)
		fprintf(stderr, "ostia ss: %s\n", strerror(-err));
	return err ? EXIT_OURS : 0;
}
