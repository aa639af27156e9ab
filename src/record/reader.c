/* SPDX-License-Identifier: MIT */
/*
 * Reading a recording, one chunk at a time, forwards. Nothing in it is
 * believed: a chunk is taken if both its sums are right, and even then every
 * field is read within its bounds, because sums are no proof of good will.
 * Where a chunk cannot be taken, the next mark is looked for byte by byte.
 */
#include "record/crc.h"
#include "record/estats.h"
#include "record/format.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <ostia/record.h>
#include <ostia/stack.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes summed in vain, in all, before damaged chunks are skipped unseen. */
enum { WASTE_MAX = 16 << 20 };

/* struct input - Bytes of a file: [at, end) of @buf are at hand */
struct input {
	int fd; /* -1: bytes in memory, all of them at hand */
	const uint8_t *lent;
	uint8_t *buf;
	size_t at, end, cap;
	bool eof;
};

/* struct cursor - What is left of a payload; @bad: it had no end */
struct cursor {
	const uint8_t *p, *end;
	bool bad;
};

/**
 * struct ostia_record - A reader
 * @in, @own_fd: where bytes come from; @own_fd is to be closed
 * @start:	offset of the first chunk
 * @payload:	of the chunk being read
 * @left:	events in it still to come
 * @text:	those that it told to remember
 * @gap:	events that are missing before the next one; @gap_why
 * @waste:	bytes summed in vain
 * @expected:	number of the next event, if all goes on as it should
 */
struct ostia_record {
	struct input in;
	int own_fd;
	size_t start;
	struct crc_table crc;
	struct ostia_record_info info;
	char *config;
	uint8_t *payload;
	struct cursor c;
	uint32_t left;
	uint32_t flags;
	const char *text[FORMAT_TEXTS];
	uint32_t ntext;
	struct format_near near;
	ostia_time time, last;
	uint64_t number, expected;
	bool begun;
	uint64_t gap, waste;
	const char *gap_why;
	struct ostia_conn_row row;
	uint64_t estats[ESTATS_N];
};

/* ---- bytes ---- */

/* At least @n bytes at hand; fewer: the file ended. 0, -errno. */
static int want(struct input *in, size_t n)
{
	if (in->fd < 0)
		return 0;
	if (in->end - in->at < n && in->at) {
		memmove(in->buf, in->buf + in->at, in->end - in->at);
		in->end -= in->at;
		in->at = 0;
	}
	while (!in->eof && in->end - in->at < n) {
		ssize_t r = read(in->fd, in->buf + in->end, in->cap - in->end);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		in->eof = r == 0;
		in->end += (size_t)r;
	}
	return 0;
}

static const uint8_t *here(const struct input *in)
{
	return (in->fd < 0 ? in->lent : in->buf) + in->at;
}

static size_t at_hand(const struct input *in)
{
	return in->end - in->at;
}

/* ---- fields ---- */

static uint64_t get_u(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b;

		if (c->p == c->end)
			break;
		b = *c->p++;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	c->bad = true;
	c->p = c->end;
	return 0;
}

static uint32_t get_u32(struct cursor *c)
{
	uint64_t v = get_u(c);

	if (v > UINT32_MAX)
		c->bad = true;
	return (uint32_t)v;
}

static int64_t get_i(struct cursor *c)
{
	return format_unzigzag(get_u(c));
}

static uint64_t get_near(struct cursor *c, uint64_t *last)
{
	*last += (uint64_t)get_i(c);
	return *last;
}

/* @n bytes of the payload, or NULL. */
static const uint8_t *get_bytes(struct cursor *c, uint64_t n)
{
	const uint8_t *p = c->p;

	if ((uint64_t)(c->end - c->p) < n) {
		c->bad = true;
		c->p = c->end;
		return NULL;
	}
	c->p += n;
	return p;
}

static const uint8_t *get_data(struct cursor *c, uint32_t *n)
{
	*n = get_u32(c);
	return get_bytes(c, *n);
}

static const char *get_literal(struct ostia_record *r, bool keep)
{
	uint64_t n = get_u(&r->c);
	const char *s = n > FORMAT_TEXT_MAX
				? NULL
				: (const char *)get_bytes(&r->c, n + 1);

	if (!s || s[n] || memchr(s, 0, n) ||
	    (keep && r->ntext == FORMAT_TEXTS)) {
		r->c.bad = true;
		return "";
	}
	if (keep)
		r->text[r->ntext++] = s;
	return s;
}

static const char *get_text(struct ostia_record *r)
{
	uint64_t how = get_u(&r->c);

	if (how == FORMAT_TEXT_NULL)
		return NULL;
	if (how < FORMAT_TEXT_REF)
		return get_literal(r, how == FORMAT_TEXT_KEPT);
	if (how - FORMAT_TEXT_REF < r->ntext)
		return r->text[how - FORMAT_TEXT_REF];
	r->c.bad = true;
	return "";
}

/* One that must not be NULL. */
static const char *get_name(struct ostia_record *r)
{
	const char *s = get_text(r);

	if (!s)
		r->c.bad = true;
	return s ? s : "";
}

/* ---- events ---- */

static void get_call(struct ostia_record *r, struct ostia_trace *t)
{
	t->u.call.name = get_name(r);
	t->u.call.proc = get_u32(&r->c);
	t->u.call.fd = (int)get_i(&r->c);
	if (t->kind == OSTIA_TRACE_CALL)
		t->u.call.args = get_text(r);
	else
		t->u.call.result = get_i(&r->c);
}

static void get_pkt(struct ostia_record *r, struct ostia_trace *t)
{
	t->u.pkt.id = get_near(&r->c, &r->near.pkt);
	t->u.pkt.link = get_name(r);
	t->u.pkt.len = get_u32(&r->c);
	t->u.pkt.gso_size = get_u32(&r->c);
	t->u.pkt.flags = get_u32(&r->c);
	t->u.pkt.reason = get_text(r);
	t->u.pkt.data = get_data(&r->c, &t->u.pkt.data_len);
}

static void get_cwnd(struct ostia_record *r, struct ostia_trace *t)
{
	t->u.cwnd.cwnd = get_u32(&r->c);
	t->u.cwnd.ssthresh = get_u32(&r->c);
	t->u.cwnd.in_flight = get_u32(&r->c);
	t->u.cwnd.srtt_us = get_u32(&r->c);
	t->u.cwnd.rto_us = get_u32(&r->c);
	t->u.cwnd.why = get_name(r);
}

static void get_local(struct ostia_record *r, struct ostia_trace *t)
{
	t->u.local.peer = get_u(&r->c);
	t->u.local.len = get_u32(&r->c);
	t->u.local.type = get_u32(&r->c);
	t->u.local.data = get_data(&r->c, &t->u.local.data_len);
}

static void get_trace(struct ostia_record *r, struct ostia_record_event *ev)
{
	struct ostia_trace *t = &ev->trace;

	t->time = ev->time;
	t->kind = ev->kind;
	t->stack = ev->node;
	t->conn = get_near(&r->c, &r->near.conn);
	t->call = get_near(&r->c, &r->near.call);
	switch (ev->kind) {
	case OSTIA_TRACE_CALL:
	case OSTIA_TRACE_RETURN:
		get_call(r, t);
		break;
	case OSTIA_TRACE_STATE:
		t->u.state.from = get_name(r);
		t->u.state.to = get_name(r);
		break;
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		get_pkt(r, t);
		break;
	case OSTIA_TRACE_TIMER:
		t->u.timer.name = get_name(r);
		t->u.timer.count = get_u32(&r->c);
		break;
	case OSTIA_TRACE_CWND:
		get_cwnd(r, t);
		break;
	case OSTIA_TRACE_BYTES:
		t->u.bytes.from = get_u(&r->c);
		t->u.bytes.to = t->u.bytes.from + get_u(&r->c);
		t->u.bytes.out = (int)get_u32(&r->c);
		break;
	default:
		get_local(r, t);
		break;
	}
}

static void get_wire(struct ostia_record *r, struct ostia_record_event *ev)
{
	struct cursor *c = &r->c;
	uint64_t fate;

	ev->u.wire.pkt = get_near(c, &r->near.pkt);
	ev->u.wire.wire = get_u32(c);
	fate = get_u(c);
	ev->u.wire.dir = fate & 1;
	ev->u.wire.fate = (uint8_t)(fate >> 1);
	if (fate >> 1 > 255)
		c->bad = true;
	if (ev->u.wire.fate == 1) /* DELIVERED */
		return;
	ev->u.wire.conn = get_near(c, &r->near.conn);
	ev->u.wire.call = get_near(c, &r->near.call);
	ev->u.wire.flags = (uint8_t)get_u32(c);
	ev->u.wire.trace_flags = (uint8_t)get_u32(c);
	if (ev->u.wire.fate == 0) { /* SENT */
		ev->u.wire.depart = ev->time + get_u(c);
		ev->u.wire.arrive = ev->u.wire.depart + get_u(c);
		ev->u.wire.bit = get_u32(c);
		ev->u.wire.waited = get_u(c);
	}
	ev->u.wire.len = get_u32(c);
	ev->u.wire.gso_size = get_u32(c);
	ev->u.wire.data = get_data(c, &ev->u.wire.data_len);
}

static void get_wiring(struct ostia_record *r, struct ostia_record_event *ev)
{
	ev->u.wiring.name = get_name(r);
	ev->u.wiring.wire = get_u32(&r->c);
	ev->u.wiring.end[0] = ev->node;
	ev->u.wiring.end[1] = get_u32(&r->c);
	ev->u.wiring.type = get_u32(&r->c);
	ev->u.wiring.mtu = get_u32(&r->c);
	ev->u.wiring.faults[0] = get_name(r);
	ev->u.wiring.faults[1] = get_name(r);
}

static void get_addr(struct ostia_record *r, struct ostia_record_event *ev)
{
	const uint8_t *p;
	uint32_t n;

	ev->u.addr.link = get_name(r);
	ev->u.addr.plen = (uint8_t)get_u32(&r->c);
	p = get_data(&r->c, &n);
	if (p && n == 16)
		memcpy(ev->u.addr.addr, p, 16);
	else
		r->c.bad = true;
}

static void get_row_addr(struct cursor *c, struct ostia_addr *a)
{
	uint32_t n;
	const uint8_t *p = get_data(c, &n);

	if (p && n == 16)
		memcpy(a->b, p, 16);
	else
		c->bad = true;
}

static void get_row(struct ostia_record *r, struct ostia_record_event *ev)
{
	struct ostia_conn_row *row = &r->row;
	struct cursor *c = &r->c;
	const uint8_t *path;
	uint32_t n;

	*row = (struct ostia_conn_row) { 0 };
	row->proto = (uint8_t)get_u32(c);
	row->state = (uint8_t)get_u32(c);
	row->lport = (uint16_t)get_u32(c);
	row->rport = (uint16_t)get_u32(c);
	get_row_addr(c, &row->local);
	get_row_addr(c, &row->remote);
	row->recvq = get_u32(c);
	row->sendq = get_u32(c);
	row->conn = get_u(c);
	row->srtt_us = get_u32(c);
	row->rto_us = get_u32(c);
	row->cwnd = get_u32(c);
	row->retrans = get_u32(c);
	row->peer = get_u(c);
	row->type = (uint8_t)get_u32(c);
	path = get_data(c, &n);
	if (path && n <= sizeof(row->path)) {
		row->path_len = (uint8_t)n;
		memcpy(row->path, path, n);
	} else {
		c->bad = true;
	}
	ev->u.row = row;
}

/* What a later recorder tells beyond what we know is passed over. */
static void get_estats(struct ostia_record *r, struct ostia_record_event *ev)
{
	uint32_t n;

	ev->u.estats.conn = get_near(&r->c, &r->near.conn);
	n = get_u32(&r->c);
	if (n > ESTATS_MOST)
		r->c.bad = true;
	for (uint32_t i = 0; i < n && !r->c.bad; i++) {
		uint64_t v = get_u(&r->c);

		if (i < ESTATS_N)
			r->estats[i] = v;
	}
	ev->u.estats.n = n < ESTATS_N ? n : ESTATS_N;
	ev->u.estats.value = r->estats;
}

const char *ostia_record_estats(uint32_t i)
{
	return i < ESTATS_N ? estats_row(i)->name : NULL;
}

static void get_event(struct ostia_record *r, struct ostia_record_event *ev)
{
	if (ev->kind < OSTIA_TRACE_KINDS) {
		get_trace(r, ev);
		return;
	}
	switch (ev->kind) {
	case OSTIA_RECORD_WIRE:
		get_wire(r, ev);
		break;
	case OSTIA_RECORD_NODE:
		ev->u.node.name = get_name(r);
		ev->u.node.type = get_u32(&r->c);
		break;
	case OSTIA_RECORD_WIRING:
		get_wiring(r, ev);
		break;
	case OSTIA_RECORD_ADDR:
		get_addr(r, ev);
		break;
	case OSTIA_RECORD_PROC:
		ev->u.proc.proc = get_u32(&r->c);
		ev->u.proc.name = get_name(r);
		break;
	case OSTIA_RECORD_ROWS:
		ev->u.rows.count = get_u32(&r->c);
		ev->u.rows.left_out = get_u32(&r->c);
		break;
	case OSTIA_RECORD_ROW:
		get_row(r, ev);
		break;
	case OSTIA_RECORD_COUNTER:
		ev->u.counter.name = get_name(r);
		ev->u.counter.value = get_u(&r->c);
		break;
	case OSTIA_RECORD_NOTE:
		ev->u.text = get_name(r);
		break;
	case OSTIA_RECORD_ESTATS:
		get_estats(r, ev);
		break;
	default:
		r->c.bad = true;
		break;
	}
}

/* ---- chunks ---- */

static void trouble(struct ostia_record *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void trouble(struct ostia_record *r, const char *format, ...)
{
	va_list ap;

	if (r->info.trouble[0])
		return; /* the first is the cause */
	va_start(ap, format);
	vsnprintf(r->info.trouble, sizeof(r->info.trouble), format, ap);
	va_end(ap);
}

/* A head with the right sum, of a chunk that may be. */
static bool is_head(const struct ostia_record *r, const uint8_t *h)
{
	return !memcmp(h, FORMAT_CHUNK_MAGIC, 4) &&
	       format_get32(h + 36) == crc_of(&r->crc, h, 36) &&
	       format_get32(h + 8) <= FORMAT_PAYLOAD_MAX;
}

static void missing(struct ostia_record *r, const char *why)
{
	if (r->gap_why)
		return;
	r->info.damaged++;
	r->gap_why = why;
}

/*
 * Leave damaged bytes behind until a head stands here, or the file ends.
 * Return: 1: a head; 0: the end; -errno.
 */
static int find_head(struct ostia_record *r)
{
	bool lost = false;

	for (;;) {
		int err = want(&r->in, FORMAT_CHUNK_HEAD);

		if (err)
			return err;
		if (at_hand(&r->in) < FORMAT_CHUNK_HEAD)
			break;
		if (is_head(r, here(&r->in)))
			return 1;
		if (!lost)
			missing(r, "damaged");
		trouble(r,
			"damaged in chunk %" PRIu64
			"; what follows the damage was read",
			r->info.chunks + 1);
		lost = true;
		r->info.lost++;
		r->in.at++;
	}
	if (at_hand(&r->in)) {
		if (!lost)
			missing(r, "cut short");
		trouble(r, "cut short in chunk %" PRIu64, r->info.chunks + 1);
		r->info.lost += at_hand(&r->in);
		r->in.at = r->in.end;
	}
	return 0;
}

static void begin_chunk(struct ostia_record *r, const uint8_t *h, uint32_t len)
{
	r->c = (struct cursor) { r->payload, r->payload + len, false };
	r->flags = format_get32(h + 4);
	r->left = format_get32(h + 12);
	r->number = format_get64(h + 16);
	r->time = format_get64(h + 24);
	r->near = (struct format_near) { 0 };
	r->ntext = 0;
	r->info.chunks++;
	if (r->flags & FORMAT_F_NAMES)
		return;
	if (r->begun && r->number > r->expected && !r->gap_why)
		r->gap_why = "not recorded";
	if (!r->begun && r->number && !r->gap_why)
		r->gap_why = "forgotten: only the last was kept";
	if (r->gap_why && r->number > r->expected)
		r->gap = r->number - r->expected;
	r->begun = true;
}

/* Return: 1: the next chunk is @payload; 0: no more; -errno. */
static int next_chunk(struct ostia_record *r)
{
	for (;;) {
		uint8_t h[FORMAT_CHUNK_HEAD];
		uint32_t len;
		int n = find_head(r);

		if (n <= 0)
			return n;
		memcpy(h, here(&r->in), sizeof(h));
		len = format_get32(h + 8);
		n = want(&r->in, sizeof(h) + len);
		if (n)
			return n;
		if (at_hand(&r->in) < sizeof(h) + len) {
			missing(r, "cut short");
			trouble(r, "cut short in chunk %" PRIu64,
				r->info.chunks + 1);
			r->info.lost += at_hand(&r->in);
			r->in.at = r->in.end;
			return 0;
		}
		memcpy(r->payload, here(&r->in) + sizeof(h), len);
		r->in.at += sizeof(h);
		if (crc_of(&r->crc, r->payload, len) == format_get32(h + 32)) {
			r->in.at += len;
			begin_chunk(r, h, len);
			return 1;
		}
		/* Its head is sound, but chunks may hide in what it claims;
		 * who claims much too often is believed.
		 */
		missing(r, "damaged");
		if ((r->waste += len) > WASTE_MAX) {
			r->info.lost += len;
			r->in.at += len;
		}
		trouble(r,
			"damaged in chunk %" PRIu64
			"; what follows the damage was read",
			r->info.chunks + 1);
		r->info.lost += sizeof(h);
	}
}

static void give_up_chunk(struct ostia_record *r)
{
	missing(r, "damaged");
	trouble(r, "chunk %" PRIu64 " makes no sense", r->info.chunks);
	r->info.lost += (uint64_t)(r->c.end - r->c.p);
	r->left = 0;
}

/* Return: 1, or 0: it makes no sense. */
static int read_event(struct ostia_record *r, struct ostia_record_event *ev)
{
	uint64_t kind = get_u(&r->c);

	r->time += get_u(&r->c);
	*ev = (struct ostia_record_event) {
		.kind = (uint32_t)kind,
		.node = get_u32(&r->c),
		.number = r->number,
	};
	if (r->time < r->last)
		r->time = r->last;
	ev->time = r->time;
	if (kind < OSTIA_RECORD_KINDS)
		get_event(r, ev);
	if (r->c.bad || kind >= OSTIA_RECORD_KINDS)
		return 0;
	r->left--;
	r->last = r->time;
	r->info.events++;
	if (!(r->flags & FORMAT_F_NAMES))
		r->expected = ++r->number;
	return 1;
}

static int tell_gap(struct ostia_record *r, struct ostia_record_event *ev)
{
	*ev = (struct ostia_record_event) {
		.kind = OSTIA_RECORD_GAP,
		.time = r->last,
		.number = r->expected,
		.u.gap = { r->gap, r->gap_why },
	};
	r->gap = 0;
	r->gap_why = NULL;
	return 1;
}

int ostia_record_next(struct ostia_record *r, struct ostia_record_event *ev)
{
	for (;;) {
		int n = 1;

		while (!r->left && n > 0)
			n = next_chunk(r);
		if (n < 0)
			return n;
		if (r->gap_why && (!n || !(r->flags & FORMAT_F_NAMES)))
			return tell_gap(r, ev);
		if (!n)
			return 0;
		if (read_event(r, ev))
			return 1;
		give_up_chunk(r);
	}
}

/* ---- beginning and end ---- */

static void fail(char *err, size_t size, const char *why)
{
	if (err && size)
		snprintf(err, size, "%s", why);
}

static int read_head(struct ostia_record *r, char *err, size_t size)
{
	const uint8_t *h;
	uint32_t n;
	int e = want(&r->in, FORMAT_HEAD_LEN);

	if (e) {
		fail(err, size, strerror(-e));
		return e;
	}
	h = here(&r->in);
	if (at_hand(&r->in) < 8 || memcmp(h, FORMAT_MAGIC, 8)) {
		fail(err, size, "not a recording");
		return -EBADMSG;
	}
	if (at_hand(&r->in) < FORMAT_HEAD_LEN ||
	    format_get32(h + 28) != crc_of(&r->crc, h, 28)) {
		fail(err, size, "a recording, but its head is damaged");
		return -EBADMSG;
	}
	r->info.version = format_get32(h + 8);
	if (r->info.version != FORMAT_VERSION) {
		fail(err, size, "made by a later version");
		return -EPROTONOSUPPORT;
	}
	r->info.seed = format_get64(h + 16);
	n = format_get32(h + 12);
	e = n > FORMAT_CONFIG_MAX ? -EBADMSG
				  : want(&r->in, FORMAT_HEAD_LEN + (size_t)n);
	if (e || at_hand(&r->in) < FORMAT_HEAD_LEN + (size_t)n ||
	    crc_of(&r->crc, here(&r->in) + FORMAT_HEAD_LEN, n) !=
		    format_get32(here(&r->in) + 24)) {
		fail(err, size, "a recording, but its head is damaged");
		return e ? e : -EBADMSG;
	}
	r->config = strndup((const char *)here(&r->in) + FORMAT_HEAD_LEN, n);
	r->start = FORMAT_HEAD_LEN + (size_t)n;
	r->in.at += r->start;
	return r->config ? 0 : -ENOMEM;
}

static int open_any(struct ostia_record *r, struct ostia_record **out,
		    char *err, size_t size)
{
	int e = r->payload ? 0 : -ENOMEM;

	if (!e)
		e = read_head(r, err, size);
	if (e) {
		if (e == -ENOMEM)
			fail(err, size, strerror(ENOMEM));
		ostia_record_close(r);
		return e;
	}
	*out = r;
	return 0;
}

static struct ostia_record *reader_new(void)
{
	struct ostia_record *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->own_fd = r->in.fd = -1;
	crc_init(&r->crc);
	r->payload = malloc(FORMAT_PAYLOAD_MAX);
	return r;
}

int ostia_record_open_bytes(const void *p, size_t n, struct ostia_record **out,
			    char *err, size_t err_size)
{
	struct ostia_record *r = reader_new();

	if (!r)
		return -ENOMEM;
	r->in.lent = p;
	r->in.end = n;
	return open_any(r, out, err, err_size);
}

static int open_file(int fd, bool own, struct ostia_record **out, char *err,
		     size_t err_size)
{
	struct ostia_record *r = reader_new();

	if (!r) {
		if (own)
			close(fd);
		return -ENOMEM;
	}
	r->in.fd = fd;
	r->own_fd = own ? fd : -1;
	r->in.cap = 4 * FORMAT_PAYLOAD_MAX;
	r->in.buf = calloc(1, r->in.cap);
	if (!r->in.buf) {
		ostia_record_close(r);
		return -ENOMEM;
	}
	return open_any(r, out, err, err_size);
}

int ostia_record_open_fd(int fd, struct ostia_record **out, char *err,
			 size_t err_size)
{
	return open_file(fd, false, out, err, err_size);
}

int ostia_record_open(const char *path, struct ostia_record **out, char *err,
		      size_t err_size)
{
	int fd, e;

	if (!strcmp(path, "-"))
		return open_file(STDIN_FILENO, false, out, err, err_size);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		e = -errno;
		fail(err, err_size, strerror(-e));
		return e;
	}
	return open_file(fd, true, out, err, err_size);
}

void ostia_record_close(struct ostia_record *r)
{
	if (!r)
		return;
	if (r->own_fd >= 0)
		close(r->own_fd);
	free(r->in.buf);
	free(r->payload);
	free(r->config);
	free(r);
}

int ostia_record_rewind(struct ostia_record *r)
{
	if (r->in.fd >= 0 && lseek(r->in.fd, (off_t)r->start, SEEK_SET) < 0)
		return -errno;
	if (r->in.fd >= 0)
		r->in.at = r->in.end = 0;
	else
		r->in.at = r->start;
	r->in.eof = false;
	r->left = 0;
	r->time = r->last = 0;
	r->number = r->expected = r->gap = 0;
	r->gap_why = NULL;
	r->begun = false;
	r->waste = 0;
	r->info.chunks = r->info.events = 0;
	r->info.damaged = r->info.lost = 0;
	r->info.trouble[0] = '\0';
	return 0;
}

void ostia_record_info(const struct ostia_record *r,
		       struct ostia_record_info *info)
{
	*info = r->info;
	info->config = r->config;
}
