/* SPDX-License-Identifier: MIT */
#include "record/pcap.h"

#include <errno.h>
#include <ostia/world.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_SHB = 0x0a0d0d0a,
	BLOCK_IDB = 1,
	BLOCK_NRB = 4,
	BLOCK_EPB = 6,
	OPT_COMMENT = 1,
	OPT_IF_NAME = 2,
	OPT_IF_DESCRIPTION = 3,
	OPT_IF_TSRESOL = 9,
	OPT_SHB_USERAPPL = 4,
	OPT_EPB_FLAGS = 2,
	NRB_IPV4 = 1,
	NRB_IPV6 = 2,
	INBOUND = 1,
	OUTBOUND = 2,
	/* Tags of exported PDUs, as Wireshark has them */
	PDU_DISSECTOR = 12,
	PDU_PROTOCOL = 33,
	OPTIONS_MAX = 512,
	COMMENT_MAX = 200,
};

/* struct pcap_flight - A packet that was sent; @id 0: none */
struct pcap_flight {
	uint64_t id;
	uint8_t *data;
	uint32_t len, kept, cap;
	uint16_t type;
};

/* struct options - A block's options, built up: at most OPTIONS_MAX bytes */
struct options {
	uint8_t bytes[OPTIONS_MAX];
	uint32_t len;
};

/* ---- bytes ---- */

static void put32(struct pcap *p, uint32_t v)
{
	fwrite(&v, sizeof(v), 1, p->out);
}

static uint32_t padded(uint32_t n)
{
	return (n + 3) & ~3u;
}

static void put_padded(struct pcap *p, const void *bytes, uint32_t n)
{
	static const uint8_t zeros[4];

	if (n)
		fwrite(bytes, 1, n, p->out);
	fwrite(zeros, 1, padded(n) - n, p->out);
}

static void option(struct options *o, uint16_t code, const void *value,
		   uint32_t n)
{
	if (n > 0xffff || o->len + 4 + padded(n) + 4 > OPTIONS_MAX)
		return;
	memcpy(o->bytes + o->len, &code, 2);
	memcpy(o->bytes + o->len + 2, &(uint16_t) { (uint16_t)n }, 2);
	memset(o->bytes + o->len + 4, 0, padded(n));
	memcpy(o->bytes + o->len + 4, value, n);
	o->len += 4 + padded(n);
}

static void text_option(struct options *o, uint16_t code, const char *s)
{
	if (*s)
		option(o, code, s, (uint32_t)strlen(s));
}

/* An end, if there are any. */
static void close_options(struct options *o)
{
	if (!o->len)
		return;
	memset(o->bytes + o->len, 0, 4);
	o->len += 4;
}

static void begin_block(struct pcap *p, uint32_t type, uint32_t body)
{
	put32(p, type);
	put32(p, body + 12);
}

static void end_block(struct pcap *p, const struct options *o, uint32_t body)
{
	fwrite(o->bytes, 1, o->len, p->out);
	put32(p, body + 12);
}

/* ---- head, interfaces, names ---- */

static void section(struct pcap *p)
{
	struct options o = { .len = 0 };
	uint32_t body;

	text_option(&o, OPT_SHB_USERAPPL, "ostia " OSTIA_VERSION);
	close_options(&o);
	body = 16 + o.len;
	begin_block(p, BLOCK_SHB, body);
	put32(p, 0x1a2b3c4d);
	put32(p, 1); /* version 1.0 */
	put32(p, UINT32_MAX); /* of unknown length */
	put32(p, UINT32_MAX);
	end_block(p, &o, body);
}

static struct pcap_host *host_of(struct pcap *p, uint32_t node)
{
	int64_t i = index_map_get(&p->hosts, node);
	struct pcap_host *h;

	if (i >= 0)
		return &p->host[i];
	h = index_grow(p->host, sizeof(*h), p->nhosts, &p->host_cap);
	if (!h)
		return NULL;
	p->host = h;
	if (index_map_put(&p->hosts, node, p->nhosts))
		return NULL;
	h += p->nhosts++;
	snprintf(h->name, sizeof(h->name), "host%u", node);
	h->is_host = true;
	return h;
}

static const char *suffix(uint16_t type, bool lo)
{
	return type == PCAP_UPPER_PDU ? " unix" : lo ? " lo" : "";
}

static int64_t new_face(struct pcap *p, uint64_t key, uint32_t node,
			uint16_t type, bool lo)
{
	const struct pcap_host *h = host_of(p, node);
	struct options o = { .len = 0 };
	uint8_t nanoseconds = 9;
	char name[80];
	uint32_t body;

	if (!h || index_map_put(&p->faces, key, p->nfaces))
		return -ENOMEM;
	snprintf(name, sizeof(name), "%s%s", h->name, suffix(type, lo));
	text_option(&o, OPT_IF_NAME, name);
	option(&o, OPT_IF_TSRESOL, &nanoseconds, 1);
	close_options(&o);
	body = 8 + o.len;
	begin_block(p, BLOCK_IDB, body);
	put32(p, type);
	put32(p, 0); /* no limit */
	end_block(p, &o, body);
	return p->nfaces++;
}

enum { NOBODYS = -EXDEV }; /* the packet is of no host that is wanted */

static int64_t face_of(struct pcap *p, uint32_t node, uint16_t type, bool lo)
{
	uint64_t key = index_key(node, (uint64_t)type << 1 | lo);
	int64_t i = index_map_get(&p->faces, key);
	const struct pcap_host *h = p->only ? host_of(p, node) : NULL;

	if (h && strcmp(h->name, p->only) != 0)
		return NOBODYS;
	return i >= 0 ? i : new_face(p, key, node, type, lo);
}

static int read_node(struct pcap *p, const struct ostia_record_event *ev)
{
	struct pcap_host *h = host_of(p, ev->node);

	if (!h)
		return -ENOMEM;
	snprintf(h->name, sizeof(h->name), "%s", ev->u.node.name);
	h->is_host = ev->u.node.type == OSTIA_NODE_HOST;
	return 0;
}

/* A block with one name: they come one by one. */
static int read_addr(struct pcap *p, const struct ostia_record_event *ev)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	const struct pcap_host *h = host_of(p, ev->node);
	bool v4 = !memcmp(ev->u.addr.addr, mapped, 12);
	uint32_t addr = v4 ? 4 : 16, name, record, body;
	uint8_t bytes[16 + sizeof(h->name)];
	const struct options none = { .len = 0 };

	if (!h)
		return -ENOMEM;
	if (!strcmp(ev->u.addr.link, "lo"))
		return 0;
	name = (uint32_t)strlen(h->name) + 1;
	record = addr + name;
	memcpy(bytes, ev->u.addr.addr + (v4 ? 12 : 0), addr);
	memcpy(bytes + addr, h->name, name);
	body = 4 + padded(record) + 4;
	begin_block(p, BLOCK_NRB, body);
	put32(p, (v4 ? NRB_IPV4 : NRB_IPV6) | record << 16);
	put_padded(p, bytes, record);
	put32(p, 0); /* the end of the names */
	end_block(p, &none, body);
	return 0;
}

/* ---- packets ---- */

/**
 * struct frame - A packet to be written
 * @face: its interface; @in: it arrives there
 */
struct frame {
	int64_t face;
	ostia_time time;
	const uint8_t *data;
	uint32_t kept, len;
	bool in;
	char comment[COMMENT_MAX];
};

static int write_frame(struct pcap *p, const struct frame *f)
{
	struct options o = { .len = 0 };
	uint32_t flags = f->in ? INBOUND : OUTBOUND;
	uint32_t body;

	if (f->face < 0)
		return f->face == NOBODYS ? 0 : (int)f->face;
	option(&o, OPT_EPB_FLAGS, &flags, 4);
	text_option(&o, OPT_COMMENT, f->comment);
	close_options(&o);
	body = 20 + padded(f->kept) + o.len;
	begin_block(p, BLOCK_EPB, body);
	put32(p, (uint32_t)f->face);
	put32(p, (uint32_t)(f->time >> 32));
	put32(p, (uint32_t)f->time);
	put32(p, f->kept);
	put32(p, f->len);
	put_padded(p, f->data, f->kept);
	end_block(p, &o, body);
	p->packets++;
	return ferror(p->out) ? -EIO : 0;
}

static const char *fate_words(uint8_t fate)
{
	static const char *const words[OSTIA_FATES] = {
		[OSTIA_FATE_SENT] = "",
		[OSTIA_FATE_LOST] = "lost: at random",
		[OSTIA_FATE_BURST] = "lost: in a burst",
		[OSTIA_FATE_LIMIT] = "lost: the queue was full",
		[OSTIA_FATE_MTU] = "lost: larger than the path's MTU",
		[OSTIA_FATE_AQM] = "lost: by the queue, to stay short",
		[OSTIA_FATE_CUT] = "lost: the wire was cut",
		[OSTIA_FATE_NOMEM] = "lost: no memory",
	};

	return fate < OSTIA_FATES && words[fate] ? words[fate] : "lost";
}

static void remark(char to[COMMENT_MAX], const char *what)
{
	size_t n = strlen(to);

	if (*what)
		snprintf(to + n, COMMENT_MAX - n, "%s%s", n ? "; " : "", what);
}

static void comment_on(char to[COMMENT_MAX],
		       const struct ostia_record_event *ev)
{
	char queued[48];

	remark(to, fate_words(ev->u.wire.fate));
	if (ev->u.wire.trace_flags & OSTIA_TRACE_F_RETRANS)
		remark(to, "sent again");
	if (ev->u.wire.trace_flags & OSTIA_TRACE_F_PROBE)
		remark(to, "a probe");
	if (ev->u.wire.flags & OSTIA_FATE_F_COPY)
		remark(to, "the wire's duplicate");
	if (ev->u.wire.flags & OSTIA_FATE_F_REORDERED)
		remark(to, "overtakes others");
	if (ev->u.wire.flags & OSTIA_FATE_F_CORRUPTED)
		remark(to, "the wire flips a bit");
	if (ev->u.wire.flags & OSTIA_FATE_F_MARKED)
		remark(to, "the queue set CE");
	if (ev->u.wire.flags & OSTIA_FATE_F_QUEUED || ev->u.wire.waited) {
		snprintf(queued, sizeof(queued), "queued for %llu us",
			 (unsigned long long)(ev->u.wire.depart - ev->time +
					      ev->u.wire.waited) /
				 1000);
		remark(to, queued);
	}
}

static int keep(struct pcap *p, const struct ostia_record_event *ev,
		uint16_t type)
{
	struct pcap_flight *f = &p->flight[ev->u.wire.pkt % PCAP_FLIGHT];

	if (f->cap < ev->u.wire.data_len) {
		uint8_t *data = realloc(f->data, ev->u.wire.data_len);

		if (!data)
			return -ENOMEM;
		f->data = data;
		f->cap = ev->u.wire.data_len;
	}
	f->id = ev->u.wire.pkt;
	f->len = ev->u.wire.len;
	f->kept = ev->u.wire.data_len;
	f->type = type;
	if (f->kept)
		memcpy(f->data, ev->u.wire.data, f->kept);
	return 0;
}

static bool is_host(struct pcap *p, uint32_t node)
{
	const struct pcap_host *h = host_of(p, node);

	return !h || h->is_host;
}

static int write_arrival(struct pcap *p, const struct ostia_record_event *ev)
{
	const struct pcap_flight *f = &p->flight[ev->u.wire.pkt % PCAP_FLIGHT];
	struct frame x = { .time = ev->time, .in = true };

	if (!is_host(p, ev->node))
		return 0;
	if (f->id != ev->u.wire.pkt) {
		p->forgotten++;
		return 0;
	}
	x.face = face_of(p, ev->node, f->type, false);
	x.data = f->data;
	x.kept = f->kept;
	x.len = f->len;
	return write_frame(p, &x);
}

static int write_wire(struct pcap *p, const struct ostia_record_event *ev)
{
	uint16_t type = ev->u.wire.trace_flags & OSTIA_TRACE_F_ETHERNET
				? PCAP_ETHERNET
				: PCAP_RAW;
	struct frame x = { .time = ev->time,
			   .data = ev->u.wire.data,
			   .kept = ev->u.wire.data_len,
			   .len = ev->u.wire.len };
	int err;

	if (ev->u.wire.fate == OSTIA_FATE_DELIVERED)
		return write_arrival(p, ev);
	err = keep(p, ev, type);
	/* Between switches it is nobody's, but that it is lost there is told.
	 */
	if (err ||
	    (!is_host(p, ev->node) && ev->u.wire.fate == OSTIA_FATE_SENT))
		return err;
	x.face = face_of(p, ev->node, type, false);
	comment_on(x.comment, ev);
	return write_frame(p, &x);
}

static int write_stack(struct pcap *p, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	bool lo = !strcmp(t->u.pkt.link, "lo");
	uint16_t type = t->u.pkt.flags & OSTIA_TRACE_F_ETHERNET ? PCAP_ETHERNET
								: PCAP_RAW;
	struct frame x = { .time = ev->time,
			   .data = t->u.pkt.data,
			   .kept = t->u.pkt.data_len,
			   .len = t->u.pkt.len,
			   .in = ev->kind == OSTIA_TRACE_IN };

	if (lo && x.in)
		return 0; /* as it left */
	if (t->u.pkt.flags & OSTIA_TRACE_F_RETRANS)
		remark(x.comment, "sent again");
	x.face = face_of(p, ev->node, type, lo);
	return write_frame(p, &x);
}

/* An exported PDU: tags that say who shall read it, then its bytes. */
static int write_local(struct pcap *p, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	static const uint8_t tags[] = {
		0,   PDU_DISSECTOR, 0,	 4, 'd', 'a', 't', 'a',
		0,   PDU_PROTOCOL,  0,	 8, 'A', 'F', '_', 'U',
		'N', 'I',	    'X', 0, 0,	 0,   0,   0,
	};
	uint32_t n = t->u.local.data_len;
	uint8_t *data = malloc(sizeof(tags) + n);
	struct frame x = { .time = ev->time,
			   .data = data,
			   .kept = (uint32_t)sizeof(tags) + n,
			   .len = (uint32_t)sizeof(tags) + t->u.local.len };
	int err;

	if (!data)
		return -ENOMEM;
	memcpy(data, tags, sizeof(tags));
	if (n)
		memcpy(data + sizeof(tags), t->u.local.data, n);
	snprintf(x.comment, sizeof(x.comment), "AF_UNIX: socket %llu to %llu",
		 (unsigned long long)t->conn,
		 (unsigned long long)t->u.local.peer);
	x.face = face_of(p, ev->node, PCAP_UPPER_PDU, false);
	err = write_frame(p, &x);
	free(data);
	return err;
}

int pcap_event(struct pcap *p, const struct ostia_record_event *ev)
{
	switch (ev->kind) {
	case OSTIA_RECORD_WIRE:
		return write_wire(p, ev);
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
		return write_stack(p, ev);
	case OSTIA_TRACE_LOCAL:
		return write_local(p, ev);
	case OSTIA_RECORD_NODE:
		return read_node(p, ev);
	case OSTIA_RECORD_ADDR:
		return read_addr(p, ev);
	default:
		return 0;
	}
}

bool pcap_has_host(const struct pcap *p, const char *name)
{
	for (uint32_t i = 0; i < p->nhosts; i++)
		if (!strcmp(p->host[i].name, name))
			return true;
	return false;
}

int pcap_begin(struct pcap *p, FILE *out)
{
	*p = (struct pcap) { .out = out };
	p->flight = calloc(PCAP_FLIGHT, sizeof(*p->flight));
	if (!p->flight)
		return -ENOMEM;
	section(p);
	return 0;
}

void pcap_fini(struct pcap *p)
{
	for (uint32_t i = 0; p->flight && i < PCAP_FLIGHT; i++)
		free(p->flight[i].data);
	free(p->flight);
	free(p->host);
	index_map_fini(&p->hosts);
	index_map_fini(&p->faces);
}
