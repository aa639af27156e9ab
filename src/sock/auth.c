/* SPDX-License-Identifier: MIT */
#include "sock/auth.h"

#include "tcp/auth.h"
#include "tcp/sockopt.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "sock/optnames.h" /* after the system's own */

enum {
	SYN_OPTIONS = 40 - 12 - 4 - 4, /* beside MSS, timestamps, scale */
	STATE_LISTEN = 10,
	STATE_CLOSE = 7,
};

static const char *const algs[] = {
	[TCP_MAC_HMAC_SHA1] = "hmac(sha1)",
	[TCP_MAC_AES_128_CMAC] = "cmac(aes128)",
};

/* An address of the socket's family, and how much of it counts. @prefix: -1:
 * all. Return: 0, -EINVAL.
 */
static int read_peer(const struct sock *s, const struct sockaddr_storage *ss,
		     int prefix, struct tcp_auth_key *k)
{
	int bits = 128;

	if (ss->ss_family != s->family)
		return -EINVAL;
	if (sock_is_v6(s)) {
		memcpy(k->addr.b, &((const struct sockaddr_in6 *)ss)->sin6_addr,
		       16);
		if (addr_is_v4(&k->addr))
			bits = 32;
	} else {
		k->addr = addr_v4(&((const struct sockaddr_in *)ss)->sin_addr);
		bits = 32;
	}
	if (prefix > bits)
		return -EINVAL;
	k->prefix = (uint8_t)(128 - bits + (prefix < 0 ? bits : prefix));
	return 0;
}

/* As a key says it: -1: none such. */
static struct tcp_auth_key *next_of(struct tcp *t, const struct tcp_auth *a,
				    const struct tcp_auth_key *k)
{
	return a ? tcp_auth_key_at(t, k ? k->next : a->keys) : NULL;
}

/* Is one of @ao's kind there whose peers meet those of @k? */
static bool meets(struct tcp *t, const struct tcp_auth *a, bool ao,
		  const struct tcp_auth_key *k)
{
	for (struct tcp_auth_key *i = next_of(t, a, NULL); i;
	     i = next_of(t, a, i)) {
		const struct tcp_auth_key *wide = i->prefix < k->prefix ? i : k;

		if (i->ao == ao &&
		    tcp_auth_covers(wide, wide == i ? &k->addr : &i->addr))
			return true;
	}
	return false;
}

/* Segments are shorter, or longer, from now on. */
static void changed(struct sock *s)
{
	tcp_sockopt_sync(s->socks->tcp, s->tcp);
}

/* --- TCP-MD5 ------------------------------------------------------------- */

static struct tcp_auth_key *find_md5(struct tcp *t, const struct tcp_auth *a,
				     const struct tcp_auth_key *k)
{
	for (struct tcp_auth_key *i = next_of(t, a, NULL); i;
	     i = next_of(t, a, i))
		if (!i->ao && i->prefix == k->prefix &&
		    addr_eq(&i->addr, &k->addr))
			return i;
	return NULL;
}

static int del_md5(struct sock *s, const struct tcp_auth_key *k)
{
	struct tcp *t = s->socks->tcp;
	struct tcp_auth *a = tcp_auth_of(t, s->tcp);
	struct tcp_auth_key *old = find_md5(t, a, k);

	if (!old)
		return -ENOENT;
	tcp_auth_remove(t, a, old->self);
	changed(s);
	return 0;
}

static int add_md5(struct sock *s, const struct tcp_auth_key *k)
{
	struct tcp *t = s->socks->tcp;
	struct tcp_auth *a = tcp_auth_of(t, s->tcp);
	struct tcp_auth_key *old = find_md5(t, a, k);

	if (meets(t, a, true, k))
		return -EKEYREJECTED;
	if (old) {
		memcpy(old->bytes, k->bytes, k->len);
		old->len = k->len;
		return 0;
	}
	a = tcp_auth_make(t, s->tcp);
	if (!a || !tcp_auth_add(t, a, k))
		return -ENOMEM;
	changed(s);
	return 0;
}

int sock_auth_md5(struct sock *s, const struct sock_opt *o, const void *p,
		  uint32_t n)
{
	bool ext = o->name == TCP_MD5SIG_EXT;
	struct tcp_auth_key k = { 0 };
	struct tcp_md5sig m;
	int prefix = -1, err;

	if (n < sizeof(m))
		return -EINVAL;
	if (!p)
		return -EFAULT;
	memcpy(&m, p, sizeof(m));
	if (ext && m.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)
		prefix = m.tcpm_prefixlen;
	err = read_peer(s, (const struct sockaddr_storage *)&m.tcpm_addr,
			prefix, &k);
	if (err)
		return err;
	if (ext && m.tcpm_ifindex && m.tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX)
		return -EINVAL; /* no L3 master */
	if (!m.tcpm_keylen)
		return del_md5(s, &k);
	if (m.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN)
		return -EINVAL;
	k.len = (uint8_t)m.tcpm_keylen;
	memcpy(k.bytes, m.tcpm_key, k.len);
	return add_md5(s, &k);
}

/* --- TCP-AO: set --------------------------------------------------------- */

/* RFC 5925 3.1: ids of one peer's keys differ. */
static bool ids_clash(struct tcp *t, const struct tcp_auth *a,
		      const struct tcp_auth_key *k)
{
	for (struct tcp_auth_key *i = next_of(t, a, NULL); i;
	     i = next_of(t, a, i)) {
		const struct tcp_auth_key *wide = i->prefix < k->prefix ? i : k;

		if (i->ao && (i->sndid == k->sndid || i->rcvid == k->rcvid) &&
		    tcp_auth_covers(wide, wide == i ? &k->addr : &i->addr))
			return true;
	}
	return false;
}

static int alg_of(const char name[SOCK_AUTH_ALG], uint8_t *alg)
{
	for (unsigned i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (!strncmp(name, algs[i], SOCK_AUTH_ALG)) {
			*alg = (uint8_t)i;
			return 0;
		}
	return -ENOENT;
}

static int read_ao(const struct sock *s, const struct sock_ao_add *c,
		   struct tcp_auth_key *k)
{
	int err;

	if (c->keylen > SOCK_AUTH_KEY || c->reserved || c->reserved2)
		return -EINVAL;
	err = read_peer(s, &c->addr, c->prefix, k);
	if (err)
		return err;
	if (c->keyflags & ~(SOCK_AO_IFINDEX | SOCK_AO_EXCLUDE_OPT) ||
	    c->ifindex)
		return -EINVAL; /* no L3 master */
	if ((c->set_current || c->set_rnext) &&
	    tcp_state(s->tcp) == STATE_LISTEN)
		return -EINVAL;
	err = alg_of(c->alg_name, &k->alg);
	if (err)
		return err;
	k->maclen = c->maclen ? c->maclen : TCP_AO_MAC_DEFAULT;
	if (k->maclen > (k->alg == TCP_MAC_HMAC_SHA1 ? 20 : 16))
		return -EINVAL;
	if (((4u + k->maclen + 3) & ~3u) > SYN_OPTIONS)
		return -EMSGSIZE;
	k->ao = true;
	k->sndid = c->sndid;
	k->rcvid = c->rcvid;
	k->flags = c->keyflags;
	k->len = c->keylen;
	memcpy(k->bytes, c->key, k->len);
	return 0;
}

static int add_ao(struct sock *s, const void *p, uint32_t n)
{
	struct tcp *t = s->socks->tcp;
	struct tcp_auth *a = tcp_auth_of(t, s->tcp);
	struct tcp_auth_key k = { 0 };
	struct sock_ao_add c;
	uint32_t handle;
	int err;

	if (n < sizeof(c))
		return -EINVAL;
	memcpy(&c, p, sizeof(c));
	err = read_ao(s, &c, &k);
	if (err)
		return err;
	if (meets(t, a, false, &k))
		return -EKEYREJECTED;
	if (ids_clash(t, a, &k))
		return -EEXIST;
	a = tcp_auth_make(t, s->tcp);
	handle = a ? tcp_auth_add(t, a, &k) : 0;
	if (!handle)
		return -ENOMEM;
	a->current = c.set_current ? handle : a->current;
	a->rnext = c.set_rnext ? handle : a->rnext;
	changed(s);
	return 0;
}

static struct tcp_auth_key *by_id(struct tcp *t, const struct tcp_auth *a,
				  int sndid, int rcvid)
{
	for (struct tcp_auth_key *k = next_of(t, a, NULL); k;
	     k = next_of(t, a, k))
		if (k->ao && (sndid < 0 || k->sndid == sndid) &&
		    (rcvid < 0 || k->rcvid == rcvid))
			return k;
	return NULL;
}

/* New Current_key and RNext_key by their ids. Return: 0, -ENOENT. */
static int choose(struct tcp *t, struct tcp_auth *a, bool current, uint8_t snd,
		  bool rnext, uint8_t rcv)
{
	const struct tcp_auth_key *c = current ? by_id(t, a, snd, -1) : NULL;
	const struct tcp_auth_key *r = rnext ? by_id(t, a, -1, rcv) : NULL;

	if ((current && !c) || (rnext && !r))
		return -ENOENT;
	a->current = c ? c->self : a->current;
	a->rnext = r ? r->self : a->rnext;
	return 0;
}

static bool in_use(const struct sock *s, const struct tcp_auth_key *k,
		   bool rnext)
{
	return k == tcp_auth_in_use(s->socks->tcp, s->tcp, rnext);
}

static int del_ao(struct sock *s, const void *p, uint32_t n)
{
	struct tcp *t = s->socks->tcp;
	struct tcp_auth *a = tcp_auth_of(t, s->tcp);
	struct tcp_auth_key want = { 0 }, *k;
	struct sock_ao_del c;
	int err;

	if (n < sizeof(c))
		return -EINVAL;
	memcpy(&c, p, sizeof(c));
	if (c.reserved || c.reserved2 || c.ifindex)
		return -EINVAL;
	err = read_peer(s, &c.addr, c.prefix, &want);
	if (err)
		return err;
	if ((c.set_current || c.set_rnext) && tcp_state(s->tcp) == STATE_LISTEN)
		return -EINVAL;
	for (k = next_of(t, a, NULL); k; k = next_of(t, a, k))
		if (k->ao && k->sndid == c.sndid && k->rcvid == c.rcvid &&
		    k->prefix == want.prefix && addr_eq(&k->addr, &want.addr))
			break;
	if (!k)
		return -ENOENT;
	err = choose(t, a, c.set_current, c.current_key, c.set_rnext, c.rnext);
	if (err)
		return err;
	if (in_use(s, k, false) || in_use(s, k, true))
		return -EBUSY;
	tcp_auth_remove(t, a, k->self);
	changed(s);
	return 0;
}

static int set_info(struct sock *s, const void *p, uint32_t n)
{
	struct tcp *t = s->socks->tcp;
	struct tcp_auth *a;
	struct sock_ao_info c;
	int err;

	if (n < sizeof(c))
		return -EINVAL;
	memcpy(&c, p, sizeof(c));
	if (c.reserved || c.reserved2)
		return -EINVAL;
	if ((c.set_current || c.set_rnext) && tcp_state(s->tcp) == STATE_LISTEN)
		return -EINVAL;
	a = tcp_auth_make(t, s->tcp);
	if (!a)
		return -ENOMEM;
	if (c.ao_required && a->n_md5)
		return -EKEYREJECTED;
	err = choose(t, a, c.set_current, c.current_key, c.set_rnext, c.rnext);
	if (err)
		return err;
	if (c.set_counters) {
		a->good = c.pkt_good;
		a->bad = c.pkt_bad;
		a->not_found = c.pkt_key_not_found;
		a->unsigned_ = c.pkt_ao_required;
		a->dropped_icmp = c.pkt_dropped_icmp;
	}
	a->required = c.ao_required;
	a->accept_icmps = c.accept_icmps;
	return 0;
}

int sock_auth_set_ao(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n)
{
	int state = tcp_state(s->tcp);

	if (state != STATE_LISTEN && state != STATE_CLOSE &&
	    !tcp_auth_of(s->socks->tcp, s->tcp))
		return -EISCONN;
	if (!p)
		return -EFAULT;
	switch (o->name) {
	case TCP_AO_ADD_KEY:
		return add_ao(s, p, n);
	case TCP_AO_DEL_KEY:
		return del_ao(s, p, n);
	default:
		return set_info(s, p, n);
	}
}

/* --- TCP-AO: get --------------------------------------------------------- */

static int get_info(struct sock *s, void *p, uint32_t *n)
{
	struct tcp *t = s->socks->tcp;
	const struct tcp_auth *a = tcp_auth_of(t, s->tcp);
	const struct tcp_auth_key *cur, *next;
	struct sock_ao_info c;

	if (!a)
		return -ENOENT;
	if (*n < sizeof(c))
		return -EINVAL;
	cur = tcp_auth_in_use(t, s->tcp, false);
	next = tcp_auth_in_use(t, s->tcp, true);
	c = (struct sock_ao_info) {
		.set_current = cur != NULL,
		.set_rnext = next != NULL,
		.ao_required = a->required,
		.accept_icmps = a->accept_icmps,
		.current_key = cur ? cur->sndid : 0,
		.rnext = next ? next->rcvid : 0,
		.pkt_good = a->good,
		.pkt_bad = a->bad,
		.pkt_key_not_found = a->not_found,
		.pkt_ao_required = a->unsigned_,
		.pkt_dropped_icmp = a->dropped_icmp,
	};
	*n = sizeof(c);
	memcpy(p, &c, sizeof(c));
	return 0;
}

static void tell_key(const struct sock *s, const struct tcp_auth_key *k,
		     struct sock_ao_key *out)
{
	*out = (struct sock_ao_key) {
		.is_current = in_use(s, k, false),
		.is_rnext = in_use(s, k, true),
		.sndid = k->sndid,
		.rcvid = k->rcvid,
		.prefix = addr_is_v4(&k->addr) ? (uint8_t)(k->prefix - 96)
					       : k->prefix,
		.maclen = k->maclen,
		.keyflags = k->flags,
		.keylen = k->len,
		.pkt_good = k->good,
		.pkt_bad = k->bad,
	};
	memcpy(out->alg_name, algs[k->alg], strlen(algs[k->alg]));
	memcpy(out->key, k->bytes, k->len);
	out->addr.ss_family = s->family;
	if (sock_is_v6(s))
		memcpy(&((struct sockaddr_in6 *)&out->addr)->sin6_addr,
		       k->addr.b, 16);
	else
		memcpy(&((struct sockaddr_in *)&out->addr)->sin_addr,
		       k->addr.b + 12, 4);
}

/* Which keys does the program ask for? */
static bool is_asked(const struct sock *s, const struct tcp_auth_key *k,
		     const struct sock_ao_key *ask,
		     const struct tcp_auth_key *peer)
{
	if (!k->ao)
		return false;
	if (ask->get_all)
		return true;
	if (ask->is_current || ask->is_rnext)
		return (ask->is_current && in_use(s, k, false)) ||
		       (ask->is_rnext && in_use(s, k, true));
	return tcp_auth_covers(k, &peer->addr) &&
	       (!ask->sndid || ask->sndid == k->sndid) &&
	       (!ask->rcvid || ask->rcvid == k->rcvid);
}

static int get_keys(struct sock *s, void *p, uint32_t *n)
{
	struct tcp *t = s->socks->tcp;
	const struct tcp_auth *a = tcp_auth_of(t, s->tcp);
	uint32_t room = *n / sizeof(struct sock_ao_key), found = 0;
	struct tcp_auth_key peer = { 0 };
	struct sock_ao_key ask, k;
	uint8_t *at = p;

	if (*n < sizeof(ask))
		return -EINVAL;
	memcpy(&ask, p, sizeof(ask));
	if (ask.reserved || ask.ifindex ||
	    (ask.get_all && (ask.is_current || ask.is_rnext)))
		return -EINVAL;
	if (!a)
		return -ENOENT;
	if (!ask.get_all && !ask.is_current && !ask.is_rnext &&
	    read_peer(s, &ask.addr, ask.prefix, &peer))
		return -EINVAL;
	for (struct tcp_auth_key *i = next_of(t, a, NULL); i;
	     i = next_of(t, a, i)) {
		if (!is_asked(s, i, &ask, &peer))
			continue;
		if (found < room) {
			tell_key(s, i, &k);
			memcpy(at + found * sizeof(k), &k, sizeof(k));
		}
		found++;
	}
	if (room) /* how many there are stands in the first */
		memcpy(at + offsetof(struct sock_ao_key, nkeys), &found,
		       sizeof(found));
	*n = sizeof(ask);
	return 0;
}

int sock_auth_get_ao(struct sock *s, const struct sock_opt *o, void *p,
		     uint32_t *n)
{
	return o->name == TCP_AO_INFO ? get_info(s, p, n) : get_keys(s, p, n);
}
