/* SPDX-License-Identifier: MIT */
#include "stack/gso.h"

#include "base/csum.h"
#include "wire/be.h"
#include "wire/csum.h"
#include "wire/tcp.h"

#include <errno.h>
#include <netinet/in.h>

void gso_complete(struct ostia_pkt *p)
{
	uint8_t *head = pkt_edit(p, p->l4 + p->csum_off + 2u);
	uint8_t *field = head ? head + p->l4 + p->csum_off : NULL;
	uint32_t sum;

	if (!field)
		return;
	sum = pkt_csum(p, p->l4, p->len - p->l4, 0);
	if (p->csum_off == WIRE_CSUM_AT_UDP)
		wire_csum_fill_udp(field, sum);
	else
		wire_csum_fill(field, sum);
	p->csum = OSTIA_CSUM_NONE;
}

/*
 * struct cutter - a super-segment being cut
 * @head:	its headers, l2 to l4
 * @idx, @off:	where in its slices the next piece begins
 * @pseudo:	sum of the pseudo header but for its length
 * @ip:		sum of the IPv4 header but for length, id and checksum
 */
struct cutter {
	struct ostia_pkt *whole;
	const uint8_t *head;
	uint32_t done, payload;
	unsigned idx;
	uint32_t off;
	uint32_t pseudo, ip;
	bool v4, tcp, sum;
};

static uint32_t be_sum16(uint16_t host)
{
	uint8_t b[2];
	uint16_t v;

	wire_be_put16(b, host);
	memcpy(&v, b, 2);
	return v;
}

static void cutter_init(struct cutter *k, struct ostia_pkt *p,
			const uint8_t *head, bool sum)
{
	uint8_t proto =
		p->gso_type == OSTIA_GSO_TCP ? IPPROTO_TCP : IPPROTO_UDP;

	const uint8_t *ip = head + p->l3;

	*k = (struct cutter) { .whole = p,
			       .head = head,
			       .payload = p->len - p->data,
			       .v4 = ip[0] >> 4 == 4,
			       .tcp = proto == IPPROTO_TCP,
			       .sum = sum };
	if (k->v4) {
		k->pseudo = csum_pseudo4(ip + 12, ip + 16, proto, 0);
		k->ip = csum(ip, 2, 0);
		k->ip = csum_add(k->ip, csum(ip + 6, 4, 0));
		k->ip = csum_add(k->ip, csum(ip + 12, p->l4 - p->l3 - 12u, 0));
	} else {
		k->pseudo = csum_pseudo6(ip + 8, ip + 24, proto, 0);
	}
}

static void set_ip(const struct cutter *k, uint8_t *ip, uint32_t len,
		   uint16_t index)
{
	uint16_t id;
	uint32_t sum;

	if (!k->v4) {
		wire_be_put16(ip + 4, (uint16_t)(len - 40));
		return;
	}
	id = (uint16_t)(wire_be_get16(ip + 4) + index);
	wire_be_put16(ip + 2, (uint16_t)len);
	wire_be_put16(ip + 4, id);
	sum = csum_add(k->ip, be_sum16((uint16_t)len));
	wire_csum_fill(ip + 10, csum_add(sum, be_sum16(id)));
}

static void set_tcp(const struct cutter *k, uint8_t *tcp, uint32_t n)
{
	wire_be_put32(tcp + 4, wire_be_get32(tcp + 4) + k->done);
	if (k->done + n < k->payload)
		tcp[13] &= (uint8_t) ~(WIRE_TCP_FIN | WIRE_TCP_PSH);
}

/* The next @n payload bytes, by reference. */
static int take_payload(struct cutter *k, struct ostia_pkt *q, uint32_t n)
{
	struct ostia_pkt *p = k->whole;

	while (n) {
		const struct slice *s = &p->slice[k->idx];
		uint32_t part = s->len - k->off < n ? s->len - k->off : n;
		int err = pkt_add_slice(q, s->block, s->off + k->off, part);

		if (err)
			return err;
		n -= part;
		k->off += part;
		if (k->off == s->len) {
			k->idx++;
			k->off = 0;
		}
	}
	return 0;
}

static void set_csum(const struct cutter *k, struct ostia_pkt *q)
{
	uint8_t *l4 = q->head + q->hoff + q->l4;
	uint32_t len = q->len - q->l4;
	uint32_t pseudo = csum_add(k->pseudo, be_sum16((uint16_t)len));

	wire_csum_seed(l4 + q->csum_off, pseudo);
	q->csum = OSTIA_CSUM_PARTIAL;
	if (k->sum)
		gso_complete(q);
}

static struct ostia_pkt *cut(struct cutter *k, uint32_t n, uint16_t index)
{
	struct ostia_pkt *p = k->whole;
	struct ostia_pkt *q = pkt_new(p->pool);
	uint8_t *head;

	if (!q)
		return NULL;
	if (p->data > PKT_HEAD - PKT_HEADROOM) /* extension headers */
		q->hoff = (uint16_t)(PKT_HEAD - p->data);
	head = pkt_put(q, p->data);
	if (!head || take_payload(k, q, n)) {
		pkt_free(q);
		return NULL;
	}
	memcpy(head, k->head, p->data);
	q->l3 = p->l3;
	q->l4 = p->l4;
	q->data = p->data;
	q->csum_off = p->csum_off;
	q->link = p->link;
	q->owner = p->owner;
	q->call = p->call;
	q->conn = p->conn;
	q->when = p->when;
	q->flags = p->flags;
	set_ip(k, head + q->l3, q->len - q->l3, index);
	if (k->tcp)
		set_tcp(k, head + q->l4, n);
	else
		wire_be_put16(head + q->l4 + 4, (uint16_t)(q->len - q->l4));
	set_csum(k, q);
	k->done += n;
	return q;
}

/* Bytes of payload in the head area become a slice, so that all of it is in
 * slices. Rare: only tiny super-segments have any.
 */
static int payload_to_slices(struct ostia_pkt *p)
{
	uint32_t n = p->hlen - p->data;
	struct block *b;

	if (!n)
		return 0;
	b = p->nslices < OSTIA_PKT_SLICES ? block_new(p->pool, n) : NULL;
	if (!b)
		return -ENOMEM;
	memcpy(b->mem, p->head + p->hoff + p->data, n);
	b->used = n;
	memmove(p->slice + 1, p->slice, p->nslices * sizeof(p->slice[0]));
	p->slice[0] = (struct slice) { b, 0, n };
	p->nslices++;
	p->hlen -= n;
	return 0;
}

struct ostia_pkt *gso_split(struct ostia_pkt *p, bool sum)
{
	struct ostia_pkt *list = NULL, **tail = &list;
	const uint8_t *head = pkt_edit(p, p->data);
	uint16_t index = 0;
	struct cutter k;

	if (!head || payload_to_slices(p)) {
		pkt_free(p);
		return NULL;
	}
	cutter_init(&k, p, head, sum);
	while (k.done < k.payload) {
		uint32_t left = k.payload - k.done;

		*tail = cut(&k, left < p->gso_size ? left : p->gso_size,
			    index++);
		if (!*tail)
			break;
		tail = &(*tail)->next;
	}
	pkt_free(p);
	return list;
}
