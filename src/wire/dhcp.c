/* SPDX-License-Identifier: MIT */
#include "wire/dhcp.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_DOMAIN = 15,
	OPT_MTU = 26,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_WANTED = 55,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_CLIENT_ID = 61,
	OPT_V6ONLY = 108,
	OPT_ROUTES = 121,
	OPT_END = 255,

	AT_SNAME = 44,
	AT_FILE = 108,
	SNAME_LEN = 64,
	FILE_LEN = 128,
	WHOLE = 1024, /* of an option in pieces */
};

static const uint8_t cookie[4] = { 99, 130, 83, 99 };
static const uint8_t wanted[] = { OPT_MASK, OPT_ROUTES, OPT_ROUTER,
				  OPT_DNS,  OPT_DOMAIN, OPT_LEASE,
				  OPT_T1,   OPT_T2,	OPT_SERVER };

/* --- in ----------------------------------------------------------------- */

/* The fields that hold options, in the order of RFC 3396 5. */
struct fields {
	struct {
		const uint8_t *p;
		size_t n;
	} at[3];
	unsigned count;
};

/* The option at *@off: its code and value. Return: 1; 0: no more; -EINVAL. */
static int next_option(const uint8_t *p, size_t n, size_t *off, uint8_t *code,
		       const uint8_t **value, uint8_t *len)
{
	while (*off < n && p[*off] == OPT_PAD)
		(*off)++;
	if (*off >= n || p[*off] == OPT_END)
		return 0;
	if (*off + 2 > n || *off + 2 + p[*off + 1] > n)
		return -EINVAL;
	*code = p[*off];
	*len = p[*off + 1];
	*value = p + *off + 2;
	*off += 2u + *len;
	return 1;
}

/* All pieces of an option, one behind the other; what is too much is cut. */
static int collect(const struct fields *f, uint8_t want, uint8_t *to, size_t *n)
{
	bool found = false;

	*n = 0;
	for (unsigned i = 0; i < f->count; i++) {
		size_t off = 0, room;
		const uint8_t *value;
		uint8_t code, len;
		int r;

		while ((r = next_option(f->at[i].p, f->at[i].n, &off, &code,
					&value, &len)) > 0) {
			if (code != want)
				continue;
			found = true;
			room = WHOLE - *n;
			memcpy(to + *n, value, len < room ? len : room);
			*n += len < room ? len : room;
		}
		if (r < 0)
			return r;
	}
	return found;
}

static int take_addr(const struct fields *f, uint8_t code, uint8_t out[4])
{
	uint8_t v[WHOLE];
	size_t n;
	int r = collect(f, code, v, &n);

	if (r <= 0)
		return r;
	if (n != 4)
		return -EINVAL;
	memcpy(out, v, 4);
	return 0;
}

static int take_u32(const struct fields *f, uint8_t code, uint32_t *out)
{
	uint8_t v[4] = { 0 };
	int err = take_addr(f, code, v);

	*out = wire_be_get32(v);
	return err;
}

/* RFC 8925 3.1: of another length it is ignored. */
static int take_v6only(const struct fields *o, struct wire_dhcp *f)
{
	uint8_t v[WHOLE];
	size_t n;
	int r = collect(o, OPT_V6ONLY, v, &n);

	if (r < 0)
		return r;
	f->v6only = r && n == 4;
	f->v6only_s = f->v6only ? wire_be_get32(v) : 0;
	return 0;
}

static int take_list(const struct fields *f, uint8_t code,
		     uint8_t list[WIRE_DHCP_ADDRS][4], uint8_t *count)
{
	uint8_t v[WHOLE];
	size_t n;
	int r = collect(f, code, v, &n);

	if (r <= 0)
		return r;
	if (n == 0 || n % 4)
		return -EINVAL;
	n /= 4;
	*count = (uint8_t)(n < WIRE_DHCP_ADDRS ? n : WIRE_DHCP_ADDRS);
	memcpy(list, v, *count * (size_t)4);
	return 0;
}

/* RFC 3442: prefix length, as many bytes as it needs, router. */
static int take_routes(const struct fields *o, struct wire_dhcp *f)
{
	uint8_t v[WHOLE];
	size_t n, at = 0;
	int r = collect(o, OPT_ROUTES, v, &n);

	if (r <= 0)
		return r;
	while (at < n && f->nroutes < WIRE_DHCP_ROUTES) {
		struct wire_dhcp_route *to = &f->route[f->nroutes];
		size_t bytes = (v[at] + 7u) / 8;

		if (v[at] > 32 || at + 1 + bytes + 4 > n)
			return -EINVAL;
		to->plen = v[at];
		memcpy(to->net, v + at + 1, bytes);
		memcpy(to->gw, v + at + 1 + bytes, 4);
		at += 1 + bytes + 4;
		f->nroutes++;
	}
	f->has_routes = true;
	return 0;
}

static int take_texts(const struct fields *o, struct wire_dhcp *f)
{
	uint8_t v[WHOLE];
	size_t n;
	int r = collect(o, OPT_DOMAIN, v, &n);

	if (r < 0)
		return r;
	n = r && n < WIRE_DHCP_TEXT ? n : 0;
	while (n && v[n - 1] == 0)
		n--;
	memcpy(f->domain, v, n);
	f->domain_len = (uint8_t)n;
	r = collect(o, OPT_CLIENT_ID, v, &n);
	if (r < 0)
		return r;
	n = r ? n : 0;
	f->client_id_cut = n > WIRE_DHCP_ID;
	f->client_id_len = (uint8_t)(n < WIRE_DHCP_ID ? n : WIRE_DHCP_ID);
	memcpy(f->client_id, v, f->client_id_len);
	return 0;
}

static int take_small(const struct fields *o, uint8_t code, size_t want,
		      uint8_t out[2])
{
	uint8_t v[WHOLE];
	size_t n;
	int r = collect(o, code, v, &n);

	if (r <= 0)
		return r;
	if (n != want)
		return -EINVAL;
	memcpy(out, v, want);
	return 0;
}

/* Option 52: file, sname or both hold options, too. */
static int find_fields(struct fields *o, const uint8_t *p, size_t n)
{
	uint8_t overload[2] = { 0 };

	o->at[0].p = p + WIRE_DHCP_HLEN;
	o->at[0].n = n - WIRE_DHCP_HLEN;
	o->count = 1;
	if (take_small(o, OPT_OVERLOAD, 1, overload))
		return -EINVAL;
	if (overload[0] & 1) {
		o->at[o->count].p = p + AT_FILE;
		o->at[o->count++].n = FILE_LEN;
	}
	if (overload[0] & 2) {
		o->at[o->count].p = p + AT_SNAME;
		o->at[o->count++].n = SNAME_LEN;
	}
	return 0;
}

static int take_options(struct wire_dhcp *f, const uint8_t *p, size_t n)
{
	uint8_t type[2] = { 0 }, mtu[2] = { 0 };
	struct fields o;

	if (find_fields(&o, p, n) || take_small(&o, OPT_TYPE, 1, type) ||
	    take_small(&o, OPT_MTU, 2, mtu) ||
	    take_addr(&o, OPT_MASK, f->mask) ||
	    take_addr(&o, OPT_SERVER, f->server) ||
	    take_addr(&o, OPT_REQUESTED, f->requested) ||
	    take_u32(&o, OPT_LEASE, &f->lease_s) ||
	    take_u32(&o, OPT_T1, &f->t1_s) || take_u32(&o, OPT_T2, &f->t2_s) ||
	    take_list(&o, OPT_ROUTER, f->router, &f->nrouters) ||
	    take_list(&o, OPT_DNS, f->dns, &f->ndns) || take_routes(&o, f) ||
	    take_texts(&o, f) || take_v6only(&o, f))
		return -EINVAL;
	f->type = type[0];
	f->mtu = wire_be_get16(mtu);
	return 0;
}

int wire_dhcp_parse(struct wire_dhcp *f, const uint8_t *p, size_t n)
{
	memset(f, 0, sizeof(*f));
	f->bad = WIRE_BAD_SHORT;
	if (n < WIRE_DHCP_HLEN)
		return -EINVAL;
	f->bad = WIRE_BAD_VERSION;
	if (p[1] != 1 || p[2] != 6 || memcmp(p + 236, cookie, 4) != 0)
		return -EINVAL;
	f->op = p[0];
	f->xid = wire_be_get32(p + 4);
	f->secs = wire_be_get16(p + 8);
	f->broadcast = p[10] & 0x80;
	memcpy(f->ciaddr, p + 12, 4);
	memcpy(f->yiaddr, p + 16, 4);
	memcpy(f->siaddr, p + 20, 4);
	memcpy(f->giaddr, p + 24, 4);
	memcpy(f->chaddr, p + 28, 6);
	f->bad = WIRE_BAD_OPT_LEN;
	if (take_options(f, p, n))
		return -EINVAL;
	f->bad = 0;
	return (int)n;
}

/* --- out ---------------------------------------------------------------- */

static uint8_t *put(uint8_t *at, uint8_t code, const void *v, size_t n)
{
	at[0] = code;
	at[1] = (uint8_t)n;
	memcpy(at + 2, v, n);
	return at + 2 + n;
}

static bool is_set(const uint8_t a[4])
{
	return a[0] | a[1] | a[2] | a[3];
}

static uint8_t *put_options(uint8_t *at, const struct wire_dhcp *f)
{
	static const uint8_t max_len[2] = { 0x05, 0xc0 }; /* 1472 */
	bool asks =
		f->type == WIRE_DHCP_DISCOVER || f->type == WIRE_DHCP_REQUEST;

	at = put(at, OPT_TYPE, &f->type, 1);
	if (f->client_id_len)
		at = put(at, OPT_CLIENT_ID, f->client_id, f->client_id_len);
	if (is_set(f->requested))
		at = put(at, OPT_REQUESTED, f->requested, 4);
	if (is_set(f->server))
		at = put(at, OPT_SERVER, f->server, 4);
	if (asks) {
		at = put(at, 57, max_len, 2);
		at = put(at, OPT_WANTED, wanted, sizeof(wanted));
		if (f->v6only) { /* of the list's */
			*at++ = OPT_V6ONLY;
			at[-(int)sizeof(wanted) - 2]++;
		}
	}
	*at++ = OPT_END;
	return at;
}

int wire_dhcp_emit(uint8_t *p, size_t n, const struct wire_dhcp *f)
{
	if (n < WIRE_DHCP_HLEN + 128u)
		return -ENOBUFS;
	memset(p, 0, WIRE_DHCP_HLEN + 128);
	p[0] = f->op;
	p[1] = 1;
	p[2] = 6;
	wire_be_put32(p + 4, f->xid);
	wire_be_put16(p + 8, f->secs);
	p[10] = f->broadcast ? 0x80 : 0;
	memcpy(p + 12, f->ciaddr, 4);
	memcpy(p + 16, f->yiaddr, 4);
	memcpy(p + 20, f->siaddr, 4);
	memcpy(p + 24, f->giaddr, 4);
	memcpy(p + 28, f->chaddr, 6);
	memcpy(p + 236, cookie, 4);
	n = (size_t)(put_options(p + WIRE_DHCP_HLEN, f) - p);
	return n < WIRE_DHCP_MIN ? WIRE_DHCP_MIN : (int)n;
}
