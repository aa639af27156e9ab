/* SPDX-License-Identifier: MIT */
#include "names/zone.h"

#include "base/addr.h"
#include "base/addrtext.h"
#include "names/stub.h"
#include "wire/be.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

enum { TTL_HOSTS = 60, TTL_NEGATIVE = 60, OPT_LEN = 11 };

/** struct record - One of a zone's, its data uncompressed */
struct record {
	struct list node;
	struct wire_dns_name owner;
	uint32_t ttl_s;
	uint16_t type, len;
	uint8_t data[];
};

void names_zone_init(struct names_zone *z)
{
	*z = (struct names_zone) { .udp_max = NAMES_STUB_UDP };
	list_init(&z->records);
}

void names_zone_fini(struct names_zone *z)
{
	list_each_safe (node, &z->records)
		free(list_entry(node, struct record, node));
	list_init(&z->records);
}

/* ---- records from text ---- */

static const struct type {
	const char *name;
	uint16_t type;
} types[] = {
	{ "A", WIRE_DNS_A },	     { "AAAA", WIRE_DNS_AAAA },
	{ "CNAME", WIRE_DNS_CNAME }, { "NS", WIRE_DNS_NS },
	{ "PTR", WIRE_DNS_PTR },     { "TXT", WIRE_DNS_TXT },
	{ "MX", WIRE_DNS_MX },
};

static uint16_t type_of(const char *name)
{
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return types[i].type;
	return 0;
}

static int address_data(uint8_t *data, uint16_t type, const char *value)
{
	struct ostia_addr a;

	if (addrtext_parse(value, &a) || addr_is_v4(&a) != (type == WIRE_DNS_A))
		return -EINVAL;
	if (type == WIRE_DNS_AAAA) {
		memcpy(data, a.b, 16);
		return 16;
	}
	memcpy(data, a.b + 12, 4);
	return 4;
}

static int name_data(uint8_t *data, const char *value)
{
	struct wire_dns_name name;

	if (wire_dns_name_read(&name, value))
		return -EINVAL;
	memcpy(data, name.b, name.len);
	return name.len;
}

static int text_data(uint8_t *data, const char *value)
{
	size_t n = strlen(value);

	if (n > 255)
		return -EINVAL;
	data[0] = (uint8_t)n;
	memcpy(data + 1, value, n);
	return (int)n + 1;
}

static int mail_data(uint8_t *data, const char *value)
{
	char *end;
	unsigned long preference = strtoul(value, &end, 10);
	int n;

	if (end == value || *end != ' ' || preference > UINT16_MAX)
		return -EINVAL;
	wire_be_put16(data, (uint16_t)preference);
	n = name_data(data + 2, end + 1);
	return n < 0 ? n : n + 2;
}

static int make_data(uint8_t *data, uint16_t type, const char *value)
{
	switch (type) {
	case WIRE_DNS_A:
	case WIRE_DNS_AAAA:
		return address_data(data, type, value);
	case WIRE_DNS_CNAME:
	case WIRE_DNS_NS:
	case WIRE_DNS_PTR:
		return name_data(data, value);
	case WIRE_DNS_TXT:
		return text_data(data, value);
	case WIRE_DNS_MX:
		return mail_data(data, value);
	default:
		return -EINVAL;
	}
}

/* A record of @owner, of @type (ANY: any), behind @after (NULL: the first). */
static const struct record *find(const struct names_zone *z,
				 const struct record *after,
				 const struct wire_dns_name *owner,
				 uint16_t type)
{
	const struct list *node = after ? &after->node : &z->records;

	while ((node = node->next) != &z->records) {
		const struct record *r = list_entry(node, struct record, node);

		if ((type == WIRE_DNS_ANY || r->type == type) &&
		    wire_dns_name_eq(&r->owner, owner))
			return r;
	}
	return NULL;
}

/* RFC 1034 3.6.2: an alias has nothing beside it. */
static bool alias_clashes(const struct names_zone *z,
			  const struct wire_dns_name *owner, uint16_t type)
{
	return find(z, NULL, owner,
		    type == WIRE_DNS_CNAME ? WIRE_DNS_ANY : WIRE_DNS_CNAME);
}

int names_zone_add(struct names_zone *z, const char *name, const char *type,
		   uint32_t ttl_s, const char *value)
{
	uint16_t number = type_of(type);
	uint8_t data[NAMES_ZONE_DATA];
	struct wire_dns_name owner;
	struct record *r;
	int n = make_data(data, number, value);

	if (n < 0 || ttl_s > INT32_MAX || wire_dns_name_read(&owner, name))
		return -EINVAL;
	if (alias_clashes(z, &owner, number))
		return -EEXIST;
	if (z->count == NAMES_ZONE_RECORDS)
		return -ENOSPC;
	r = malloc(sizeof(*r) + (size_t)n);
	if (!r)
		return -ENOMEM;
	r->owner = owner;
	r->ttl_s = ttl_s;
	r->type = number;
	r->len = (uint16_t)n;
	memcpy(r->data, data, (size_t)n);
	list_push(&z->records, &r->node);
	z->count++;
	return 0;
}

/* ---- answers ---- */

/**
 * struct reply - An answer under way
 * @full: something did not fit
 */
struct reply {
	const struct names_zone *z;
	struct wire_dns_writer *w;
	struct wire_dns_question q;
	bool full;
};

static void put(struct reply *a, const struct wire_dns_put *r)
{
	if (!a->full && wire_dns_put(a->w, r))
		a->full = true;
}

static void put_record(struct reply *a, const struct wire_dns_name *owner,
		       const struct record *r)
{
	const struct wire_dns_put p = { owner,	 WIRE_DNS_ANSWER, r->ttl_s,
					r->type, r->len,	  r->data };

	put(a, &p);
}

static bool wants(const struct reply *a, uint16_t type)
{
	return a->q.type == type || a->q.type == WIRE_DNS_ANY;
}

static bool put_records(struct reply *a, const struct wire_dns_name *owner)
{
	const struct record *r = NULL;
	bool any = false;

	while ((r = find(a->z, r, owner, a->q.type))) {
		put_record(a, owner, r);
		any = true;
	}
	return any;
}

static const char *text_of(const struct wire_dns_name *name,
			   char buf[WIRE_DNS_TEXT])
{
	struct wire_text t;

	wire_text_init(&t, buf, WIRE_DNS_TEXT);
	wire_dns_name_text(&t, name);
	return buf;
}

static void put_host_addr(struct reply *a, const struct wire_dns_name *owner,
			  const struct ostia_addr *addr)
{
	bool v4 = addr_is_v4(addr);
	struct wire_dns_put p = { owner,       WIRE_DNS_ANSWER,
				  TTL_HOSTS,   v4 ? WIRE_DNS_A : WIRE_DNS_AAAA,
				  v4 ? 4 : 16, v4 ? addr->b + 12 : addr->b };

	if (wants(a, p.type))
		put(a, &p);
}

/* A host of the world. Return: is it one? */
static bool put_host(struct reply *a, const struct wire_dns_name *owner)
{
	char buf[WIRE_DNS_TEXT];
	struct ostia_names found;

	if (!a->z->hosts || a->z->hosts(a->z->ctx, text_of(owner, buf), &found))
		return false;
	for (unsigned i = 0; i < found.count; i++)
		put_host_addr(a, owner, &found.addr[i]);
	return true;
}

static bool put_host_name(struct reply *a, const struct wire_dns_name *owner)
{
	char buf[OSTIA_NAME_TEXT];
	struct wire_dns_name name;
	struct ostia_addr addr;
	struct wire_dns_put p = { owner,     WIRE_DNS_ANSWER,
				  TTL_HOSTS, WIRE_DNS_PTR,
				  0,	     name.b };

	if (!a->z->reverse || wire_dns_name_unreverse(owner, addr.b) ||
	    a->z->reverse(a->z->ctx, &addr, buf, sizeof(buf)) ||
	    wire_dns_name_read(&name, buf))
		return false;
	p.len = name.len;
	if (wants(a, WIRE_DNS_PTR))
		put(a, &p);
	return true;
}

/* Has the name records, or others below it (RFC 8020)? */
static bool exists(const struct names_zone *z, const struct wire_dns_name *name)
{
	list_each (node, &z->records)
		if (wire_dns_name_under(
			    &list_entry(node, struct record, node)->owner,
			    name))
			return true;
	return false;
}

/* From alias to alias. Return: NOERROR or NXDOMAIN, of the last name. */
static uint16_t put_answer(struct reply *a)
{
	struct wire_dns_name name = a->q.name;

	for (unsigned i = 0; i < NAMES_ZONE_CHAIN; i++) {
		const struct record *alias;

		if (put_records(a, &name) || put_host(a, &name) ||
		    put_host_name(a, &name))
			return WIRE_DNS_NOERROR;
		alias = find(a->z, NULL, &name, WIRE_DNS_CNAME);
		if (!alias)
			break;
		put_record(a, &name, alias);
		name.len = (uint8_t)alias->len;
		memcpy(name.b, alias->data, alias->len);
	}
	return exists(a->z, &name) ? WIRE_DNS_NOERROR : WIRE_DNS_NXDOMAIN;
}

/* RFC 2308 3: how long that nothing is there may be believed. */
static void put_soa(struct reply *a)
{
	static const struct wire_dns_name root = { .len = 1 };
	/* ns. and hostmaster. of the root; serial, refresh, retry, expire,
	 * minimum
	 */
	static const uint8_t data[] = "\5ostia\0"
				      "\5ostia\0"
				      "\0\0\0\1"
				      "\0\0\x0e\x10"
				      "\0\0\x02\x58"
				      "\0\1\x51\x80"
				      "\0\0\0\x3c";
	const struct wire_dns_put p = {
		&root,	      WIRE_DNS_AUTHORITY, TTL_NEGATIVE,
		WIRE_DNS_SOA, sizeof(data) - 1,	  data
	};

	put(a, &p);
}

static uint16_t refusal(const struct wire_dns *f, struct wire_dns_question *q,
			const uint8_t *p, size_t n)
{
	if (f->opcode)
		return WIRE_DNS_NOTIMP;
	if (f->count[WIRE_DNS_QUESTION] != 1 || wire_dns_question(q, f, p, n)) {
		q->name.len = 0;
		return WIRE_DNS_FORMERR;
	}
	if (f->udp_size && f->edns_version)
		return WIRE_DNS_BADVERS;
	if (q->class != WIRE_DNS_IN && q->class != WIRE_DNS_CLASS_ANY)
		return WIRE_DNS_REFUSED;
	return WIRE_DNS_NOERROR;
}

/* How long an answer may be: RFC 6891 6.2.3. */
static size_t room_for(const struct names_zone *z, const struct wire_dns *f,
		       bool udp, size_t cap)
{
	size_t room = WIRE_DNS_MAX;

	if (udp)
		room = f->udp_size ? f->udp_size : WIRE_DNS_UDP_MAX;
	if (udp && room > z->udp_max)
		room = z->udp_max;
	return room < cap ? room : cap;
}

/* A message with the question, without records. */
static void begin(struct wire_dns_writer *w, uint8_t *out, size_t cap,
		  const struct wire_dns *head,
		  const struct wire_dns_question *q)
{
	(void)wire_dns_begin(w, out, cap, head);
	if (q)
		(void)wire_dns_put_question(w, q);
}

static int finish(struct wire_dns_writer *w, size_t cap,
		  const struct wire_dns *f, const struct wire_dns *head)
{
	w->cap = cap;
	if (f->udp_size)
		(void)wire_dns_put_opt(w, NAMES_STUB_UDP, head->rcode);
	return wire_dns_end(w);
}

int names_zone_answer(const struct names_zone *z, const uint8_t *p, size_t n,
		      bool udp, uint8_t *out, size_t cap)
{
	struct wire_dns f, head;
	struct wire_dns_writer w;
	struct reply a = { .z = z, .w = &w };
	bool readable = wire_dns_parse(&f, p, n) >= 0;
	size_t room = room_for(z, &f, udp, cap);

	if (n < WIRE_DNS_HLEN || f.qr || room < WIRE_DNS_UDP_MAX)
		return 0;
	head = (struct wire_dns) { .id = f.id,
				   .qr = true,
				   .opcode = f.opcode,
				   .aa = true,
				   .rd = f.rd,
				   .ra = true };
	head.rcode = readable ? refusal(&f, &a.q, p, n) : WIRE_DNS_FORMERR;
	if (head.rcode) {
		head.aa = false;
		begin(&w, out, room, &head, a.q.name.len ? &a.q : NULL);
		return finish(&w, room, &f, &head);
	}
	begin(&w, out, room - OPT_LEN, &head, &a.q);
	head.rcode = put_answer(&a);
	if (!w.count[WIRE_DNS_ANSWER] || head.rcode)
		put_soa(&a);
	head.tc = a.full;
	if (a.full)
		begin(&w, out, room - OPT_LEN, &head, &a.q);
	wire_dns_set_head(&w, &head);
	return finish(&w, room, &f, &head);
}
