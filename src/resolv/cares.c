/* SPDX-License-Identifier: MIT */
/*
 * c-ares on our own sockets (ostia/resolv.h)
 *
 * Each name has a channel of its own: fresh sockets, so fresh ports, and no
 * thread waits for another's question. All that c-ares would take from the
 * host is set: servers, domains, ndots, order, and the path of resolv.conf;
 * "b" keeps it from /etc/hosts. It may not sort: that would take sockets of
 * the host's; getaddrinfo() sorts. The search list is ostia_dns_find()'s.
 */
#define _GNU_SOURCE 1
#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <ostia/resolv.h>
#include <ostia/runtime.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

/* ---- our sockets in the place of the host's ---- */

/** struct talk - A name that is being found */
struct talk {
	struct ostia_proc *p;
	const struct ostia_dns *dns;
	ares_channel channel;
	struct ostia_names *out;
	char *name; /* reverse: room for it */
	size_t size;
	int status;
	bool done;
};

static ares_socket_t open_socket(int family, int type, int protocol, void *arg)
{
	struct talk *t = arg;

	return ostia_socket(t->p, family, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			    protocol);
}

static int close_socket(ares_socket_t fd, void *arg)
{
	struct talk *t = arg;

	return ostia_close(t->p, fd);
}

/* c-ares knows no zones: a link-local server's is the one that dns= named. */
static void set_zone(const struct ostia_dns *dns, struct sockaddr_in6 *in6)
{
	for (unsigned i = 0; i < dns->servers; i++)
		if (!memcmp(&in6->sin6_addr, dns->server[i].b, 16))
			in6->sin6_scope_id = dns->zone[i];
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to,
			  ares_socklen_t len, void *arg)
{
	struct sockaddr_in6 in6;
	struct talk *t = arg;

	if (to->sa_family == AF_INET6 && len == sizeof(in6)) {
		memcpy(&in6, to, sizeof(in6));
		set_zone(t->dns, &in6);
		to = (const struct sockaddr *)&in6;
	}
	return ostia_connect(t->p, fd, to, len);
}

static ares_ssize_t receive(ares_socket_t fd, void *buf, size_t n, int flags,
			    struct sockaddr *from, ares_socklen_t *len,
			    void *arg)
{
	struct talk *t = arg;

	return ostia_recvfrom(t->p, fd, buf, n, flags, from, len);
}

static ares_ssize_t send_vector(ares_socket_t fd, const struct iovec *v, int n,
				void *arg)
{
	const struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)v,
				  .msg_iovlen = (size_t)n };
	struct talk *t = arg;

	return ostia_sendmsg(t->p, fd, &m, MSG_NOSIGNAL);
}

static const struct ares_socket_functions sockets = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = send_vector,
};

/* ---- a channel ---- */

static int set_servers(struct talk *t)
{
	struct ares_addr_port_node nodes[OSTIA_DNS_SERVERS] = { 0 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	for (unsigned i = 0; i < t->dns->servers; i++) {
		const struct ostia_addr *a = &t->dns->server[i];
		struct ares_addr_port_node *n = &nodes[i];

		n->next = i + 1 < t->dns->servers ? n + 1 : NULL;
		n->family = memcmp(a->b, mapped, 12) ? AF_INET6 : AF_INET;
		if (n->family == AF_INET)
			memcpy(&n->addr.addr4, a->b + 12, 4);
		else
			memcpy(&n->addr.addr6, a->b, 16);
	}
	return ares_set_servers_ports(t->channel, nodes);
}

static int open_channel(struct talk *t)
{
	static char lookups[] = "b", nowhere[] = "/dev/null";
	struct ares_options o = { .flags = ARES_FLAG_EDNS |
					   ARES_FLAG_NOALIASES |
					   ARES_FLAG_NOSEARCH,
				  .timeout = (int)(t->dns->timeout / OSTIA_MS),
				  .tries = (int)t->dns->attempts,
				  .lookups = lookups,
				  .resolvconf_path = nowhere,
				  .ednspsz = 1232 };
	int err;

	err = ares_init_options(&t->channel, &o,
				ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
					ARES_OPT_TRIES | ARES_OPT_NDOTS |
					ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
					ARES_OPT_SERVERS | ARES_OPT_SORTLIST |
					ARES_OPT_NOROTATE |
					ARES_OPT_RESOLVCONF | ARES_OPT_EDNSPSZ);
	if (err)
		return err;
	ares_set_socket_functions(t->channel, &sockets, t);
	err = set_servers(t);
	if (err)
		ares_destroy(t->channel);
	return err;
}

/* Wait for what c-ares waits for. Return: false: the process is going. */
static bool turn(struct talk *t)
{
	ares_socket_t fds[ARES_GETSOCK_MAXNUM];
	struct pollfd v[ARES_GETSOCK_MAXNUM];
	/* its own macros shift a sign bit */
	unsigned bits =
		(unsigned)ares_getsock(t->channel, fds, ARES_GETSOCK_MAXNUM);
	struct timeval most = { 60, 0 }, tv;
	struct timespec ts;
	nfds_t n = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = 0;

		if (bits >> i & 1)
			events |= POLLIN;
		if (bits >> (i + ARES_GETSOCK_MAXNUM) & 1)
			events |= POLLOUT;
		if (events)
			v[n++] = (struct pollfd) { fds[i], events, 0 };
	}
	tv = *ares_timeout(t->channel, &most, &tv);
	ts = (struct timespec) { tv.tv_sec, tv.tv_usec * 1000L };
	if (ostia_ppoll(t->p, v, n, &ts) < 0)
		return false;
	ares_process_fd(t->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (nfds_t i = 0; i < n; i++)
		if (v[i].revents)
			ares_process_fd(t->channel,
					v[i].events & POLLIN ? v[i].fd
							     : ARES_SOCKET_BAD,
					v[i].events & POLLOUT
						? v[i].fd
						: ARES_SOCKET_BAD);
	return true;
}

static int eai(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENODATA:
		return EAI_NODATA;
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return EAI_NONAME;
	case ARES_ENOMEM:
		return EAI_MEMORY;
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ENOTIMP:
	case ARES_ECONNREFUSED: /* its word for all three, if none is left */
		return OSTIA_EAI_REFUSED;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
		return EAI_AGAIN;
	default:
		return EAI_FAIL;
	}
}

static int finish(struct talk *t)
{
	while (!t->done && turn(t))
		;
	ares_destroy(t->channel); /* calls back what is still open */
	return eai(t->status);
}

/* ---- addresses of a name ---- */

static void take_node(struct ostia_names *out,
		      const struct ares_addrinfo_node *n)
{
	struct ostia_addr *a = &out->addr[out->count];

	if (out->count == OSTIA_NAMES_MAX)
		return;
	*a = (struct ostia_addr) { .b = { [10] = 0xff, [11] = 0xff } };
	if (n->ai_family == AF_INET6)
		memcpy(a->b,
		       (const char *)n->ai_addr +
			       offsetof(struct sockaddr_in6, sin6_addr),
		       16);
	else
		memcpy(a->b + 12,
		       (const char *)n->ai_addr +
			       offsetof(struct sockaddr_in, sin_addr),
		       4);
	out->count++;
}

static void on_addresses(void *arg, int status, int timeouts,
			 struct ares_addrinfo *r)
{
	struct talk *t = arg;

	(void)timeouts;
	t->done = true;
	t->status = status;
	if (status || !r)
		return;
	for (const struct ares_addrinfo_node *n = r->nodes; n; n = n->ai_next)
		take_node(t->out, n);
	for (const struct ares_addrinfo_cname *c = r->cnames; c; c = c->next)
		if (c->name)
			(void)snprintf(t->out->canonical,
				       sizeof(t->out->canonical), "%s",
				       c->name);
	ares_freeaddrinfo(r);
	if (!t->out->count)
		t->status = ARES_ENODATA;
}

/** struct wish - What ostia_dns_find() is asked for */
struct wish {
	struct ostia_proc *p;
	const struct ostia_dns *dns;
	int family;
};

static int ask(void *ctx, const char *name, struct ostia_names *out)
{
	const struct wish *w = ctx;
	const struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT | ARES_AI_CANONNAME,
		.ai_family = w->family,
		.ai_socktype = SOCK_STREAM
	};
	struct talk t = { .p = w->p, .dns = w->dns, .out = out };
	int err = open_channel(&t);

	if (err)
		return eai(err);
	ares_getaddrinfo(t.channel, name, NULL, &hints, on_addresses, &t);
	return finish(&t);
}

static int lookup(struct ostia_proc *p, const struct ostia_dns *dns,
		  const char *name, int family, struct ostia_names *out)
{
	struct wish w = { p, dns, family };

	return ostia_dns_find(dns, name, ask, &w, out);
}

/* ---- the name of an address ---- */

static void on_name(void *arg, int status, int timeouts, struct hostent *h)
{
	struct talk *t = arg;

	(void)timeouts;
	t->done = true;
	t->status = status;
	if (!status &&
	    (size_t)snprintf(t->name, t->size, "%s", h->h_name) >= t->size)
		t->status = ARES_EBADNAME;
}

static int reverse(struct ostia_proc *p, const struct ostia_dns *dns,
		   const struct ostia_addr *addr, char *name, size_t size)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = !memcmp(addr->b, mapped, 12);
	struct talk t = { .p = p, .dns = dns, .name = name, .size = size };
	int err;

	if (!dns->servers)
		return EAI_AGAIN;
	err = open_channel(&t);
	if (err)
		return eai(err);
	ares_gethostbyaddr(t.channel, v4 ? addr->b + 12 : addr->b, v4 ? 4 : 16,
			   v4 ? AF_INET : AF_INET6, on_name, &t);
	err = finish(&t);
	return err == OSTIA_EAI_REFUSED ? EAI_AGAIN : err;
}

const struct ostia_resolver ostia_resolv = { lookup, reverse };

__attribute__((constructor)) static void begin(void)
{
	if (ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS)
		(void)ostia_runtime_resolver(&ostia_resolv);
}
