/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "names/stub.h"

#include "base/addr.h"
#include "names/net.h"
#include "wire/be.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

enum { TYPES = 2, QUERY_MAX = 512, CASE_BITS = 64 };

/* ---- reading answers ---- */

enum names_stub_match names_stub_match(const struct names_stub_question *q,
				       struct wire_dns *f, const uint8_t *p,
				       size_t n)
{
	struct wire_dns_question got;

	if (wire_dns_parse(f, p, n) < 0 || !f->qr || f->opcode)
		return NAMES_STUB_MALFORMED;
	if (f->id != q->id)
		return NAMES_STUB_WRONG_ID;
	if (f->count[WIRE_DNS_QUESTION] != 1 ||
	    wire_dns_question(&got, f, p, n) || got.type != q->q.type ||
	    got.class != q->q.class || !wire_dns_name_eq(&got.name, &q->q.name))
		return NAMES_STUB_WRONG_QUESTION;
	if (q->exact_case && memcmp(got.name.b, q->q.name.b, got.name.len))
		return NAMES_STUB_WRONG_QUESTION;
	return NAMES_STUB_MATCH;
}

/** struct message - A message that was parsed */
struct message {
	const struct wire_dns *f;
	const uint8_t *p;
	size_t n;
};

/* The next answer of @type that @owner has. */
static bool next_of(const struct message *m, struct wire_dns_at *at,
		    const struct wire_dns_name *owner, uint16_t type,
		    struct wire_dns_rr *r)
{
	struct wire_dns_name name;

	while (wire_dns_next(r, m->f, m->p, m->n, at))
		if (r->section == WIRE_DNS_ANSWER && r->type == type &&
		    r->class == WIRE_DNS_IN &&
		    !wire_dns_name_parse(&name, m->p, m->n, r->owner, NULL) &&
		    wire_dns_name_eq(&name, owner))
			return true;
	return false;
}

/* From alias to alias. Return: false: there is no end. */
static bool follow_aliases(const struct message *m, struct wire_dns_name *name,
			   unsigned *aliases)
{
	for (*aliases = 0; *aliases <= NAMES_STUB_CHAIN; ++*aliases) {
		struct wire_dns_at at = { 0 };
		struct wire_dns_name target;
		struct wire_dns_rr r;

		if (!next_of(m, &at, name, WIRE_DNS_CNAME, &r) ||
		    wire_dns_rr_name(&target, &r, m->p))
			return true;
		*name = target;
	}
	return false;
}

static bool take_addr(struct names_stub_answer *a,
		      const struct ostia_addr *addr)
{
	if (a->out->count == OSTIA_NAMES_MAX) {
		a->cut++;
		return false;
	}
	a->out->addr[a->out->count++] = *addr;
	return true;
}

static enum names_stub_found take_records(const struct message *m,
					  const struct wire_dns_name *owner,
					  uint16_t type,
					  struct names_stub_answer *a)
{
	struct wire_dns_at at = { 0 };
	struct ostia_addr addr;
	struct wire_dns_rr r;
	bool any = false;

	while (next_of(m, &at, owner, type, &r)) {
		if (a->name && !any)
			any = !wire_dns_rr_name(a->name, &r, m->p);
		else if (!a->name && !wire_dns_rr_addr(addr.b, &r, m->p))
			any |= take_addr(a, &addr);
	}
	return any ? NAMES_STUB_YES : NAMES_STUB_NODATA;
}

/* In lower case: servers repeat the letters that we have mixed. */
static void set_canonical(struct ostia_names *out,
			  const struct wire_dns_name *name)
{
	struct wire_text t;

	wire_text_init(&t, out->canonical, sizeof(out->canonical));
	wire_dns_name_text(&t, name);
	for (char *c = out->canonical; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
}

enum names_stub_found names_stub_read(const struct names_stub_question *q,
				      const struct wire_dns *f,
				      const uint8_t *p, size_t n,
				      struct names_stub_answer *a)
{
	const struct message m = { f, p, n };
	struct wire_dns_name owner = q->q.name;
	enum names_stub_found found;
	unsigned aliases;

	if (f->rcode == WIRE_DNS_NXDOMAIN)
		return NAMES_STUB_NXDOMAIN;
	if (f->rcode)
		return NAMES_STUB_LAME;
	if (!follow_aliases(&m, &owner, &aliases))
		return NAMES_STUB_BROKEN;
	found = take_records(&m, &owner, q->q.type, a);
	if (found == NAMES_STUB_YES && aliases && a->out)
		set_canonical(a->out, &owner);
	return found;
}

/* ---- asking ---- */

/**
 * struct asking - One question under way
 * @fd:	its socket at the present server, -1: none
 */
struct asking {
	struct names_stub_question q;
	enum names_stub_found found;
	int fd;
	size_t len;
	uint8_t msg[QUERY_MAX];
};

/**
 * struct stub - A name's questions
 * @lame:	a server said that it cannot
 */
struct stub {
	struct ostia_proc *p;
	const struct ostia_dns *dns;
	struct asking asking[TYPES];
	unsigned n;
	struct names_stub_answer answer;
};

static socklen_t address_of(const struct ostia_dns *dns, unsigned server,
			    struct sockaddr_in6 *out)
{
	const struct ostia_addr *a = &dns->server[server];
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;

	memset(out, 0, sizeof(*out));
	out->sin6_port = htons(WIRE_DNS_PORT); /* at one place in both */
	if (addr_is_v4(a)) {
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, a->b + 12, 4);
		return sizeof(*in);
	}
	out->sin6_family = AF_INET6;
	memcpy(&out->sin6_addr, a->b, 16);
	out->sin6_scope_id = dns->zone[server];
	return sizeof(*out);
}

/* A letter for each bit: upper case if it is set. */
static void mix_case(struct wire_dns_name *name, uint64_t bits)
{
	unsigned at = 0, letter = 0;

	while (at < name->len && name->b[at]) {
		for (unsigned i = 1; i <= name->b[at]; i++) {
			uint8_t *c = &name->b[at + i];
			bool upper = *c >= 'A' && *c <= 'Z';

			if (!upper && (*c < 'a' || *c > 'z'))
				continue;
			*c = (uint8_t)((*c | 0x20) ^
				       (bits >> letter++ % CASE_BITS & 1) << 5);
		}
		at += (unsigned)name->b[at] + 1;
	}
}

/* A fresh id, fresh letters: nothing of an earlier try helps a forger. */
static void make_query(struct stub *s, struct asking *a)
{
	struct wire_dns head = { .rd = true };
	struct wire_dns_writer w;

	a->q.id = (uint16_t)names_net_random(s->p);
	a->q.exact_case = s->dns->mix_case;
	if (s->dns->mix_case)
		mix_case(&a->q.q.name, names_net_random(s->p));
	head.id = a->q.id;
	(void)wire_dns_begin(&w, a->msg, sizeof(a->msg), &head);
	(void)wire_dns_put_question(&w, &a->q.q);
	if (a->q.edns)
		(void)wire_dns_put_opt(&w, NAMES_STUB_UDP, 0);
	a->len = (size_t)wire_dns_end(&w); /* 12 + 259 + 11 fit */
}

static void hang_up(struct stub *s, struct asking *a)
{
	if (a->fd >= 0)
		(void)ostia_close(s->p, a->fd);
	a->fd = -1;
}

static int send_query(struct stub *s, struct asking *a)
{
	make_query(s, a);
	if (ostia_send(s->p, a->fd, a->msg, a->len, MSG_NOSIGNAL) < 0)
		return -errno;
	NAMES_COUNT(s->p, DnsOutQueries, 1);
	return 0;
}

/* The port is drawn by the transport, for this socket alone (RFC 6056). */
static int dial_udp(struct stub *s, struct asking *a, unsigned server)
{
	struct sockaddr_in6 to;
	socklen_t len = address_of(s->dns, server, &to);

	a->fd = ostia_socket(s->p, to.sin6_family,
			     SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0 ||
	    ostia_connect(s->p, a->fd, (struct sockaddr *)&to, len))
		return -errno;
	return send_query(s, a);
}

static struct timespec until(ostia_time now, ostia_time deadline)
{
	ostia_time left = deadline > now ? deadline - now : 0;

	return (struct timespec) { (time_t)(left / OSTIA_S),
				   (long)(left % OSTIA_S) };
}

/* ---- over TCP, what is cut (RFC 7766) ---- */

/* Return: 0; -errno; -ETIMEDOUT. */
static int wait_for(struct stub *s, int fd, short events, ostia_time deadline)
{
	struct pollfd v = { .fd = fd, .events = events };
	struct timespec t = until(names_net_now(s->p), deadline);
	int n = ostia_ppoll(s->p, &v, 1, &t);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static int connect_tcp(struct stub *s, int fd, unsigned server,
		       ostia_time deadline)
{
	struct sockaddr_in6 to;
	socklen_t len = address_of(s->dns, server, &to), size = sizeof(int);
	int err = 0;

	if (!ostia_connect(s->p, fd, (struct sockaddr *)&to, len))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	err = wait_for(s, fd, POLLOUT, deadline);
	if (err)
		return err;
	if (ostia_getsockopt(s->p, fd, SOL_SOCKET, SO_ERROR, &err, &size))
		return -errno;
	return -err;
}

static int read_tcp(struct stub *s, int fd, uint8_t *p, size_t n,
		    ostia_time deadline)
{
	while (n) {
		ssize_t r = ostia_recv(s->p, fd, p, n, MSG_DONTWAIT);
		int err = r < 0 && errno != EAGAIN ? -errno : 0;

		if (!r)
			return -ECONNRESET;
		if (r < 0 && !err)
			err = wait_for(s, fd, POLLIN, deadline);
		if (err)
			return err;
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
	return 0;
}

/* Return: the answer's length, or -errno. */
static int converse_tcp(struct stub *s, struct asking *a, unsigned server,
			uint8_t *buf, ostia_time deadline)
{
	uint8_t query[2 + QUERY_MAX];
	int err = connect_tcp(s, a->fd, server, deadline);
	uint16_t n;

	if (err)
		return err;
	make_query(s, a);
	wire_be_put16(query, (uint16_t)a->len);
	memcpy(query + 2, a->msg, a->len);
	if (ostia_send(s->p, a->fd, query, 2 + a->len, MSG_NOSIGNAL) < 0)
		return -errno;
	NAMES_COUNT(s->p, DnsOutTcpQueries, 1);
	err = read_tcp(s, a->fd, query, 2, deadline);
	if (err)
		return err;
	n = wire_be_get16(query);
	if (n > NAMES_STUB_TCP)
		return -EMSGSIZE;
	err = read_tcp(s, a->fd, buf, n, deadline);
	return err ? err : n;
}

static void take_answer(struct stub *s, struct asking *a,
			const struct wire_dns *f, const uint8_t *p, size_t n);

static __attribute__((noinline)) void
ask_tcp(struct stub *s, struct asking *a, unsigned server, ostia_time deadline)
{
	uint8_t buf[NAMES_STUB_TCP];
	struct sockaddr_in6 to;
	struct wire_dns f;
	int n;

	hang_up(s, a);
	(void)address_of(s->dns, server, &to);
	a->fd = ostia_socket(s->p, to.sin6_family,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	n = a->fd < 0 ? -errno : converse_tcp(s, a, server, buf, deadline);
	a->found = NAMES_STUB_LAME;
	if (n > 0 &&
	    names_stub_match(&a->q, &f, buf, (size_t)n) == NAMES_STUB_MATCH &&
	    !f.tc)
		take_answer(s, a, &f, buf, (size_t)n);
}

/* ---- what comes ---- */

static void take_answer(struct stub *s, struct asking *a,
			const struct wire_dns *f, const uint8_t *p, size_t n)
{
	unsigned cut = s->answer.cut;

	NAMES_COUNT(s->p, DnsInAnswers, 1);
	a->found = names_stub_read(&a->q, f, p, n, &s->answer);
	if (a->found == NAMES_STUB_BROKEN)
		NAMES_COUNT(s->p, DnsInLongChains, 1);
	if (s->answer.cut != cut)
		NAMES_COUNT(s->p, DnsInTooMany, s->answer.cut - cut);
}

/* RFC 6891 6.2.2: who does not know EDNS0 says FORMERR or NOTIMP. */
static bool dislikes_edns(const struct asking *a, const struct wire_dns *f)
{
	return a->q.edns &&
	       (f->rcode == WIRE_DNS_FORMERR || f->rcode == WIRE_DNS_NOTIMP);
}

static void count_mismatch(struct stub *s, enum names_stub_match match)
{
	if (match == NAMES_STUB_WRONG_ID)
		NAMES_COUNT(s->p, DnsInWrongId, 1);
	else if (match == NAMES_STUB_WRONG_QUESTION)
		NAMES_COUNT(s->p, DnsInWrongQuestion, 1);
	else
		NAMES_COUNT(s->p, DnsInMalformed, 1);
}

/* A datagram for @a: an answer, or somebody's try. */
static void take_datagram(struct stub *s, struct asking *a, unsigned server,
			  const uint8_t *p, size_t n, ostia_time deadline)
{
	struct wire_dns f;
	enum names_stub_match match = names_stub_match(&a->q, &f, p, n);

	if (match != NAMES_STUB_MATCH) {
		count_mismatch(s, match);
		return;
	}
	if (f.tc) {
		ask_tcp(s, a, server, deadline);
		return;
	}
	if (dislikes_edns(a, &f)) {
		a->q.edns = false;
		if (send_query(s, a))
			a->found = NAMES_STUB_LAME;
		return;
	}
	take_answer(s, a, &f, p, n);
}

static void receive(struct stub *s, struct asking *a, unsigned server,
		    ostia_time deadline)
{
	uint8_t buf[NAMES_STUB_UDP + 1];
	ssize_t n = ostia_recv(s->p, a->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n >= 0)
		take_datagram(s, a, server, buf, (size_t)n, deadline);
	else if (errno != EAGAIN && errno != EINTR)
		a->found = NAMES_STUB_LAME; /* ICMP says: nobody there */
}

/* ---- a round: one server, all open questions at once ---- */

static bool is_open(const struct asking *a)
{
	return a->found == NAMES_STUB_OPEN;
}

static unsigned poll_set(struct stub *s, struct pollfd *v)
{
	unsigned open = 0;

	for (unsigned i = 0; i < s->n; i++) {
		bool wait = is_open(&s->asking[i]);

		v[i] = (struct pollfd) { wait ? s->asking[i].fd : -1, POLLIN,
					 0 };
		open += wait;
	}
	return open;
}

/* Return: 0; -EINTR, -EBADF: the process goes, or was told to. */
static int await(struct stub *s, unsigned server, ostia_time deadline)
{
	struct pollfd v[TYPES];

	while (poll_set(s, v)) {
		struct timespec t = until(names_net_now(s->p), deadline);
		int n = ostia_ppoll(s->p, v, s->n, &t);

		if (n < 0)
			return -errno;
		if (!n) {
			NAMES_COUNT(s->p, DnsTimeouts, 1);
			return 0;
		}
		for (unsigned i = 0; i < s->n; i++)
			if (v[i].revents)
				receive(s, &s->asking[i], server, deadline);
	}
	return 0;
}

static int round_of(struct stub *s, unsigned server)
{
	ostia_time deadline = names_net_now(s->p) + s->dns->timeout;
	int err;

	for (unsigned i = 0; i < s->n; i++) {
		struct asking *a = &s->asking[i];

		if (a->found == NAMES_STUB_LAME)
			a->found = NAMES_STUB_OPEN;
		if (is_open(a) && dial_udp(s, a, server))
			a->found = NAMES_STUB_LAME;
	}
	err = await(s, server, deadline);
	for (unsigned i = 0; i < s->n; i++)
		hang_up(s, &s->asking[i]);
	return err;
}

static bool all_answered(const struct stub *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (is_open(&s->asking[i]) ||
		    s->asking[i].found == NAMES_STUB_LAME)
			return false;
	return true;
}

/* EAI_* of all questions about one name: any yes counts, then any failure. */
static int verdict(const struct stub *s)
{
	bool nxdomain = false, silent = false, lame = false, broken = false;

	for (unsigned i = 0; i < s->n; i++) {
		enum names_stub_found f = s->asking[i].found;

		if (f == NAMES_STUB_YES)
			return 0;
		nxdomain |= f == NAMES_STUB_NXDOMAIN;
		broken |= f == NAMES_STUB_BROKEN;
		silent |= f == NAMES_STUB_OPEN;
		lame |= f == NAMES_STUB_LAME;
	}
	if (broken)
		return EAI_FAIL;
	if (silent || lame)
		return silent ? EAI_AGAIN : OSTIA_EAI_REFUSED;
	return nxdomain ? EAI_NONAME : EAI_NODATA;
}

static int ask(struct stub *s)
{
	for (unsigned i = 0; i < s->dns->attempts; i++)
		for (unsigned server = 0; server < s->dns->servers; server++) {
			int err = round_of(s, server);

			if (err || all_answered(s))
				return err ? EAI_AGAIN : verdict(s);
		}
	return verdict(s);
}

static void add_question(struct stub *s, const struct wire_dns_name *name,
			 uint16_t type)
{
	struct asking *a = &s->asking[s->n++];

	a->fd = -1;
	a->found = NAMES_STUB_OPEN;
	a->q.edns = true;
	a->q.q.name = *name;
	a->q.q.type = type;
	a->q.q.class = WIRE_DNS_IN;
}

/* ---- the resolver ---- */

/** struct wish - What ostia_dns_find() is asked for */
struct wish {
	struct ostia_proc *p;
	const struct ostia_dns *dns;
	int family;
};

static int ask_addresses(void *ctx, const char *text, struct ostia_names *out)
{
	const struct wish *w = ctx;
	struct stub s = { .p = w->p, .dns = w->dns, .answer = { .out = out } };
	struct wire_dns_name name;

	if (wire_dns_name_read(&name, text))
		return EAI_NONAME;
	if (w->family != AF_INET6)
		add_question(&s, &name, WIRE_DNS_A);
	if (w->family != AF_INET)
		add_question(&s, &name, WIRE_DNS_AAAA);
	return ask(&s);
}

static int lookup(struct ostia_proc *p, const struct ostia_dns *dns,
		  const char *name, int family, struct ostia_names *out)
{
	struct wish w = { p, dns, family };

	return ostia_dns_find(dns, name, ask_addresses, &w, out);
}

static int reverse(struct ostia_proc *p, const struct ostia_dns *dns,
		   const struct ostia_addr *addr, char *text, size_t size)
{
	struct wire_dns_name found;
	struct stub s = { .p = p, .dns = dns, .answer = { .name = &found } };
	struct wire_dns_name name;
	struct wire_text t;
	int err;

	if (!dns->servers)
		return EAI_AGAIN;
	wire_dns_name_reverse(&name, addr->b);
	add_question(&s, &name, WIRE_DNS_PTR);
	err = ask(&s);
	if (err)
		return err == OSTIA_EAI_REFUSED ? EAI_AGAIN : err;
	wire_text_init(&t, text, size);
	wire_dns_name_text(&t, &found);
	return t.cut ? EAI_OVERFLOW : 0;
}

const struct ostia_resolver ostia_stub = { lookup, reverse };
