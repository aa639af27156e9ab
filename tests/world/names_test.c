/* SPDX-License-Identifier: MIT */
/*
 * Names in a world: the table of hosts, and the stub resolver against the
 * world's DNS server and against servers that lie, are silent, or cut [A3].
 */
#define _GNU_SOURCE
#define OSTIA_POSIX_NO_NAMES
#include "net.h"

#include "wire/dns.h"

#include <netdb.h>
#include <ostia/posix.h>

#define getaddrinfo ostia_posix_getaddrinfo
#define freeaddrinfo ostia_posix_freeaddrinfo
#define getnameinfo ostia_posix_getnameinfo

/** struct stage - Hosts a and b on a wire, a DNS server on b, a program on a */
struct stage {
	struct net t;
	struct ostia_world_dns *dns;
	struct ostia_world_proc *p, *deaf;
	bool mixed; /* letters have a random case */
	uint64_t trace; /* a hash of all that was told */
};

static struct stage stage;

static void remember(void *ctx, const struct ostia_world_trace *ev)
{
	uint64_t *h = ctx;

	*h = (*h ^ ev->time) * UINT64_C(0x100000001b3);
	*h = (*h ^ (ev->node << 8 | ev->fate << 4 | ev->flags)) *
	     UINT64_C(0x100000001b3);
	if (ev->stack)
		*h = (*h ^ ev->stack->kind) * UINT64_C(0x100000001b3);
}

static void set(const char *words)
{
	char why[200] = "";

	CHECK(ostia_host_dns(stage.t.a, words, why, sizeof(why)) == 0, "%s",
	      why);
}

static void begin(const char *title, uint64_t seed, uint32_t tasks,
		  const char *faults, const char *words)
{
	const struct ostia_world_config cfg = { .seed = seed,
						.tasks = tasks,
						.trace = remember,
						.trace_ctx = &stage.trace };
	const struct ostia_wire_config wire = { .faults = faults };

	snprintf(net_case, sizeof(net_case), "%s, seed %llu", title,
		 (unsigned long long)seed);
	stage = (struct stage) { .trace = 0xcbf29ce484222325 };
	stage.t = net_new(&cfg, &wire);
	stage.p = net_proc(stage.t.a, "asker", 0);
	set(words);
}

static void serve(void)
{
	CHECK(ostia_world_dns(stage.t.b, &stage.dns) == 0, "server");
}

static void record(const char *name, const char *type, const char *value)
{
	CHECK(ostia_world_dns_add(stage.dns, name, type, 300, value) == 0,
	      "%s %s %s", name, type, value);
}

static void run(int (*fn)(void *))
{
	struct ostia_task *task;
	int result = -1;

	CHECK(ostia_task_spawn(stage.p, fn, NULL, &task) == 0, "task");
	CHECK(ostia_task_join(task, &result) == 0, "join");
	CHECK(result == 0, "result %d", result);
}

static void end(void)
{
	ostia_world_proc_free(stage.p);
	if (stage.deaf)
		ostia_world_proc_free(stage.deaf);
	CHECK(!ostia_world_run_until(stage.t.w, ostia_world_now(stage.t.w) +
							400 * OSTIA_S),
	      "rest");
	net_at_rest(stage.t.w, stage.t.a);
	onlooker_free(stage.t.w);
}

static uint64_t counter(const struct ostia_node *n, const char *name)
{
	const char *at;
	uint64_t v = 0;

	for (unsigned i = 0; (at = ostia_counter(ostia_host_stack(n), i, &v));
	     i++)
		if (!strcmp(at, name))
			return v;
	CHECK(0, "no counter %s", name);
	return 0;
}

/* ---- what getaddrinfo says, as one line ---- */

static const char *ask(const char *name, int family, int flags)
{
	static char line[4096];
	const struct addrinfo hints = { .ai_family = family,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = flags };
	struct addrinfo *ai = NULL;
	int err = getaddrinfo(name, "80", &hints, &ai);
	size_t n = 0;

	line[0] = '\0';
	if (err)
		return strcpy(line, err == EAI_NONAME	? "NONAME"
				    : err == EAI_NODATA ? "NODATA"
				    : err == EAI_AGAIN	? "AGAIN"
				    : err == EAI_FAIL	? "FAIL"
				    : err == EAI_MEMORY ? "MEMORY"
							: "?");
	if (ai->ai_canonname)
		n += (size_t)snprintf(line, sizeof(line),
				      "%s:", ai->ai_canonname);
	for (struct addrinfo *x = ai; x; x = x->ai_next) {
		char host[100];

		CHECK(!getnameinfo(x->ai_addr, x->ai_addrlen, host,
				   sizeof(host), NULL, 0, NI_NUMERICHOST),
		      "getnameinfo");
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s",
				      n ? " " : "", host);
	}
	freeaddrinfo(ai);
	return line;
}

#define SAYS(call, want)                                                  \
	do {                                                              \
		const char *got_ = (call);                                \
		CHECK(!strcmp(got_, want), "%s: %s, not %s", #call, got_, \
		      want);                                              \
	} while (0)

static const char *who(const char *ip, int flags)
{
	static char host[NI_MAXHOST];
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, ip, 80);
	int err = getnameinfo((struct sockaddr *)&a, len, host, sizeof(host),
			      NULL, 0, flags);

	return !err		   ? host
	       : err == EAI_NONAME ? "NONAME"
	       : err == EAI_AGAIN  ? "AGAIN"
				   : "?";
}

/* ---- the table of hosts ---- */

static int asks_table(void *arg)
{
	const struct hostent *h;

	(void)arg;
	/* RFC 6724: fd00::/8 stands behind IPv4 */
	SAYS(ask("b", AF_UNSPEC, 0), "10.0.0.2 fd00::2");
	SAYS(ask("B.", AF_UNSPEC, 0), "10.0.0.2 fd00::2");
	SAYS(ask("b", AF_INET, AI_CANONNAME), "b: 10.0.0.2");
	SAYS(ask("b", AF_INET6, 0), "fd00::2");
	SAYS(ask("b", AF_INET6, AI_V4MAPPED), "fd00::2");
	SAYS(ask("b", AF_INET6, AI_V4MAPPED | AI_ALL),
	     "::ffff:10.0.0.2 fd00::2");
	SAYS(ask("www.example.org", AF_INET, 0), "10.9.9.9");
	SAYS(ask("www.example.org", AF_INET6, 0), "NODATA");
	SAYS(ask("www.example.org", AF_INET6, AI_V4MAPPED), "::ffff:10.9.9.9");
	SAYS(ask("c", AF_UNSPEC, 0), "NONAME");
	SAYS(ask("b", AF_UNSPEC, AI_NUMERICHOST), "NONAME");
	SAYS(ask("b c", AF_UNSPEC, 0), "NONAME");
	SAYS(ask("localhost", AF_UNSPEC, 0), "::1 127.0.0.1");
	SAYS(ask("x.LOCALHOST.", AF_INET, 0), "127.0.0.1");
	SAYS(ask("b.invalid", AF_UNSPEC, 0), "NONAME");
	SAYS(ask("fe80::1%eth0", AF_UNSPEC, 0), "fe80::1%eth0");
	SAYS(ask("fe80::1%eth7", AF_UNSPEC, 0), "NONAME");
	SAYS(who("10.0.0.2", 0), "b");
	SAYS(who("fd00::2", 0), "b");
	SAYS(who("10.9.9.9", 0), "www.example.org");
	SAYS(who("10.9.9.9", NI_NOFQDN), "www");
	SAYS(who("10.0.0.9", 0), "10.0.0.9");
	SAYS(who("10.0.0.9", NI_NAMEREQD), "NONAME");
	SAYS(who("127.0.0.1", 0), "localhost");
	h = ostia_posix_gethostbyname("b");
	CHECK(h && h->h_length == 4 && !memcmp(h->h_addr, "\x0a\0\0\2", 4),
	      "gethostbyname");
	CHECK(!ostia_posix_gethostbyname("c") && h_errno == HOST_NOT_FOUND,
	      "gethostbyname");
	return 0;
}

static void table(uint32_t tasks)
{
	begin("the table of hosts", 1, tasks, "delay 1ms", "");
	CHECK(!ostia_world_name(stage.t.w, "www.example.org", "10.9.9.9"),
	      "name");
	CHECK(ostia_world_name(stage.t.w, "a..b", "10.9.9.9") == -EINVAL, "");
	CHECK(ostia_world_name(stage.t.w, "a", "10.9.9") == -EINVAL, "");
	run(asks_table);
	CHECK(!counter(stage.t.a, "DnsOutQueries"), "it asked somebody");
	end();
}

/* ---- the server ---- */

static int asks_server(void *arg)
{
	(void)arg;
	SAYS(ask("b", AF_UNSPEC, 0), "10.0.0.2 fd00::2");
	SAYS(ask("www.example.org", AF_UNSPEC, AI_CANONNAME),
	     "host.example.org: fd00::9 10.9.9.9"); /* there is a way to one */
	SAYS(ask("www.example.org.", AF_INET, 0), "10.9.9.9");
	SAYS(ask("host.example.org", AF_INET, AI_CANONNAME),
	     "host.example.org: 10.9.9.9");
	SAYS(ask("only4.example.org", AF_INET6, 0), "NODATA");
	SAYS(ask("only4.example.org", AF_UNSPEC, 0), "10.9.9.4");
	SAYS(ask("no.example.org", AF_UNSPEC, 0), "NONAME");
	SAYS(ask("example.org", AF_UNSPEC, 0), "NODATA"); /* others below it */
	SAYS(ask("lost.example.org", AF_UNSPEC, 0), "NONAME");
	SAYS(ask("loop.example.org", AF_UNSPEC, 0), "FAIL");
	SAYS(ask("long15.example.org", AF_INET, 0), "10.9.9.1");
	SAYS(who("10.9.9.9", 0), "host.example.org");
	SAYS(who("10.0.0.2", 0), "b");
	SAYS(who("10.9.9.8", NI_NAMEREQD), "NONAME");
	return 0;
}

static void add_records(void)
{
	char name[40], next[40];

	record("www.example.org", "CNAME", "host.example.org");
	record("host.example.org", "A", "10.9.9.9");
	record("host.example.org", "AAAA", "fd00::9");
	record("only4.example.org", "A", "10.9.9.4");
	record("lost.example.org", "CNAME", "no.example.org");
	record("loop.example.org", "CNAME", "pool.example.org");
	record("pool.example.org", "CNAME", "loop.example.org");
	record("9.9.9.10.in-addr.arpa", "PTR", "host.example.org");
	record("host.sub.example.org", "A", "10.9.9.7");
	for (int i = 15; i > 0; i--) {
		snprintf(name, sizeof(name), "long%d.example.org", i);
		snprintf(next, sizeof(next), "long%d.example.org", i - 1);
		record(name, "CNAME", next);
	}
	record("long0.example.org", "A", "10.9.9.1");
}

static void server(uint32_t tasks)
{
	begin("the server", 2, tasks, "delay 5ms", "dns=10.0.0.2 hosts=off");
	serve();
	add_records();
	CHECK(ostia_world_dns_add(stage.dns, "www.example.org", "A", 1,
				  "10.0.0.1") == -EEXIST,
	      "beside an alias");
	CHECK(ostia_world_dns_add(stage.dns, "x", "A", 1, "fd00::1") == -EINVAL,
	      "a wrong address");
	CHECK(ostia_world_dns_add(stage.dns, "x", "SRV", 1, "x") == -EINVAL,
	      "a type that we have not");
	run(asks_server);
	CHECK(counter(stage.t.a, "DnsInLongChains") == 2, "two families");
	CHECK(!counter(stage.t.a, "DnsTimeouts"), "somebody was silent");
	end();
}

static int asks_over_ip6(void *arg)
{
	(void)arg;
	SAYS(ask("www.example.org", AF_INET, 0), "10.9.9.9");
	return 0;
}

static void server_ip6(void)
{
	begin("the server over IPv6", 2, 0, "delay 5ms",
	      "dns=fd00::2 dns-case=keep hosts=off");
	serve();
	add_records();
	run(asks_over_ip6);
	end();
}

static int searches(void *arg)
{
	(void)arg;
	SAYS(ask("host", AF_INET, AI_CANONNAME), "host.example.org: 10.9.9.9");
	SAYS(ask("host.sub", AF_INET, 0),
	     "10.9.9.7"); /* ndots=1: as is, then */
	SAYS(ask("host.", AF_INET, 0), "NONAME"); /* the dot: it is whole */
	SAYS(ask("only4", AF_INET6, 0),
	     "NODATA"); /* remembered past the rest */
	SAYS(ask("nowhere", AF_INET, 0), "NONAME");
	return 0;
}

static void search(void)
{
	begin("the search list", 3, 0, "delay 5ms",
	      "dns=10.0.0.2 search=none.example search=example.org hosts=off");
	serve();
	add_records();
	run(searches);
	end();
}

/* ---- a bad wire ---- */

static int asks_patiently(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++)
		SAYS(ask("www.example.org", AF_UNSPEC, 0), "fd00::9 10.9.9.9");
	return 0;
}

static uint64_t lossy(uint64_t seed, uint32_t tasks)
{
	uint64_t trace;

	begin("a bad wire", seed, tasks,
	      "delay 20ms 10ms loss 15% duplicate 5% reorder 5%",
	      "dns=10.0.0.2 dns-timeout=1 dns-attempts=10 hosts=off");
	serve();
	add_records();
	run(asks_patiently);
	CHECK(counter(stage.t.a, "DnsTimeouts"), "nothing was lost");
	trace = stage.trace;
	end();
	return trace;
}

/* ---- what is long ---- */

static int asks_for_many(void *arg)
{
	const struct addrinfo hints = { .ai_family = AF_INET,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *ai;
	unsigned n = 0;

	(void)arg;
	CHECK(!getaddrinfo("many.example.org", NULL, &hints, &ai), "many");
	for (struct addrinfo *x = ai; x; x = x->ai_next)
		n++;
	freeaddrinfo(ai);
	CHECK(n == OSTIA_NAMES_MAX, "%u addresses", n);
	SAYS(ask("some.example.org", AF_INET, 0), "10.9.9.4");
	return 0;
}

static void truncated(const char *faults)
{
	char ip[20];

	begin("an answer too long for a datagram", 4, 0, faults,
	      "dns=10.0.0.2 dns-attempts=10 hosts=off");
	serve();
	record("some.example.org", "A", "10.9.9.4");
	for (int i = 0; i < 100; i++) {
		snprintf(ip, sizeof(ip), "10.8.0.%d", i);
		record("many.example.org", "A", ip);
	}
	run(asks_for_many);
	CHECK(counter(stage.t.a, "DnsOutTcpQueries") >= 1, "not over TCP");
	CHECK(counter(stage.t.a, "DnsInTooMany") == 36, "%llu too many",
	      (unsigned long long)counter(stage.t.a, "DnsInTooMany"));
	CHECK(counter(stage.t.b, "DnsOutTruncated") >= 1, "nothing was cut");
	end();
}

/* ---- who is silent ---- */

static int asks_the_silent(void *arg)
{
	ostia_time before = ostia_world_now(stage.t.w), took;

	(void)arg;
	SAYS(ask("www.example.org", AF_UNSPEC, 0), "AGAIN");
	took = ostia_world_now(stage.t.w) - before;
	CHECK(took > 9 * OSTIA_S && took < 11 * OSTIA_S, "it took %llu ms",
	      (unsigned long long)(took / OSTIA_MS));
	SAYS(who("10.9.9.9", 0), "AGAIN");
	CHECK(counter(stage.t.a, "DnsTimeouts") == 4, "%llu times",
	      (unsigned long long)counter(stage.t.a, "DnsTimeouts"));
	return 0;
}

/* A socket on b that takes questions and does not answer them. */
static void deaf_door(void)
{
	struct ostia_world_proc *p = net_proc(stage.t.b, "deaf", 0);
	struct ostia_proc *bsd = ostia_world_proc_bsd(p);
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, "10.0.0.2", 53);
	int fd = ostia_socket(bsd, AF_INET, SOCK_DGRAM, 0);

	CHECK(!ostia_bind(bsd, fd, (struct sockaddr *)&a, len), "bind");
	stage.deaf = p;
}

static void silent(void)
{
	begin("a silent server", 5, 0, "delay 5ms",
	      "dns=10.0.0.2 search=example.org hosts=off");
	deaf_door();
	run(asks_the_silent);
	end();
}

static int asks_in_vain(void *arg)
{
	ostia_time before = ostia_world_now(stage.t.w);

	(void)arg;
	SAYS(ask("www.example.org", AF_INET, 0), "AGAIN");
	CHECK(ostia_world_now(stage.t.w) - before < OSTIA_S,
	      "port unreachable is an answer");
	return 0;
}

static void nobody_there(void)
{
	begin("no server at the port", 5, 0, "delay 5ms",
	      "dns=10.0.0.2 hosts=off");
	run(asks_in_vain);
	end();
}

static int asks_two(void *arg)
{
	(void)arg;
	SAYS(ask("host.example.org", AF_INET, 0), "10.9.9.9");
	return 0;
}

static void second_helps(void)
{
	begin("the second server answers", 6, 0, "delay 5ms",
	      "dns=10.0.0.2 dns=fd00::2 hosts=off");
	serve();
	add_records();
	set("dns=10.0.0.77 dns=fd00::2 hosts=off");
	run(asks_two);
	end();
}

/* ---- forgers ---- */

enum { TRICKS = 6, OTHER_CASE = 2 };

static int put_answer(uint8_t *out, const struct wire_dns *f,
		      const struct wire_dns_question *q, const char *addr)
{
	const struct wire_dns head = { .id = f->id, .qr = true };
	const struct wire_dns_put r = { &q->name, WIRE_DNS_ANSWER,
					60,	  WIRE_DNS_A,
					4,	  addr };
	struct wire_dns_writer w;

	(void)wire_dns_begin(&w, out, 512, &head);
	(void)wire_dns_put_question(&w, q);
	(void)wire_dns_put(&w, &r);
	return wire_dns_end(&w);
}

/* One lie a kind, then the truth. Return: the length of trick @i. */
static int trick(int i, uint8_t *out, struct wire_dns f,
		 struct wire_dns_question q)
{
	static const char evil[4] = { 6, 6, 6, 6 }, good[4] = { 10, 9, 9, 9 };
	int n;

	switch (i) {
	case 0:
		f.id++;
		return put_answer(out, &f, &q, evil);
	case 1:
		q.name.b[1] ^= 1; /* another name */
		return put_answer(out, &f, &q, evil);
	case OTHER_CASE:
		q.name.b[1] ^= 0x20; /* the other case */
		return put_answer(out, &f, &q, evil);
	case 3:
		q.type = WIRE_DNS_PTR;
		return put_answer(out, &f, &q, evil);
	case 4:
		n = put_answer(out, &f, &q, evil);
		return n - 1; /* cut */
	case 5:
		n = put_answer(out, &f, &q, evil);
		out[2] &= 0x7f; /* a question, not an answer */
		return n;
	default:
		return put_answer(out, &f, &q, good);
	}
}

static int lies(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(arg);
	struct sockaddr_storage a, peer;
	socklen_t len = net_addr(&a, "10.0.0.2", 53), size = sizeof(peer);
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	int other = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	uint8_t in[600], out[600];
	struct wire_dns_question q;
	struct wire_dns f;
	ssize_t n;

	CHECK(!ostia_bind(p, fd, (struct sockaddr *)&a, len), "bind");
	n = ostia_recvfrom(p, fd, in, sizeof(in), 0, (struct sockaddr *)&peer,
			   &size);
	CHECK(n > 0 && wire_dns_parse(&f, in, (size_t)n) > 0 &&
		      !wire_dns_question(&q, &f, in, (size_t)n),
	      "a question");
	/* from another port: nothing is wrong with it but that */
	n = trick(TRICKS, out, f, q);
	out[n - 1] = 6;
	CHECK(ostia_sendto(p, other, out, (size_t)n, 0,
			   (struct sockaddr *)&peer, size) == n,
	      "send");
	for (int i = 0; i <= TRICKS; i++) {
		if (i == OTHER_CASE && !stage.mixed)
			continue;
		n = trick(i, out, f, q);
		CHECK(ostia_sendto(p, fd, out, (size_t)n, 0,
				   (struct sockaddr *)&peer, size) == n,
		      "send");
	}
	return 0;
}

static int asks_a_liar(void *arg)
{
	(void)arg;
	SAYS(ask("www.example.org", AF_INET, 0), "10.9.9.9");
	return 0;
}

static void forged(bool mixed)
{
	struct ostia_world_proc *p;
	uint64_t no_ports;

	begin("forged answers", 7, 0, "delay 5ms",
	      mixed ? "dns=10.0.0.2 hosts=off"
		    : "dns=10.0.0.2 hosts=off dns-case=keep");
	stage.mixed = mixed;
	p = net_proc(stage.t.b, "liar", 0);
	CHECK(!ostia_task_spawn(p, lies, p, NULL), "task");
	no_ports = counter(stage.t.a, "UdpNoPorts");
	run(asks_a_liar);
	CHECK(counter(stage.t.a, "UdpNoPorts") == no_ports + 1,
	      "the wrong port was heard");
	CHECK(counter(stage.t.a, "DnsInWrongId") == 1, "id");
	CHECK(counter(stage.t.a, "DnsInWrongQuestion") == 2u + mixed,
	      "question");
	CHECK(counter(stage.t.a, "DnsInMalformed") == 2, "malformed");
	CHECK(counter(stage.t.a, "DnsInAnswers") == 1, "one answer");
	end();
}

/* ---- what a forger would have to guess (RFC 5452) ---- */

enum { DRAWS = 400 };

static struct draw {
	uint16_t id, port;
} draws[DRAWS];

static int notes(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(arg);
	struct sockaddr_storage a, peer;
	struct sockaddr_in *in = (struct sockaddr_in *)&peer;
	socklen_t len = net_addr(&a, "10.0.0.2", 53), size;
	int fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	static const char none[4] = { 10, 0, 0, 3 };
	uint8_t msg[600], out[600];
	struct wire_dns_question q;
	struct wire_dns f;

	CHECK(!ostia_bind(p, fd, (struct sockaddr *)&a, len), "bind");
	for (int i = 0; i < DRAWS; i++) {
		ssize_t n;

		size = sizeof(peer);
		n = ostia_recvfrom(p, fd, msg, sizeof(msg), 0,
				   (struct sockaddr *)&peer, &size);
		CHECK(n > 0 && wire_dns_parse(&f, msg, (size_t)n) > 0 &&
			      !wire_dns_question(&q, &f, msg, (size_t)n),
		      "a question");
		draws[i] = (struct draw) { f.id, ntohs(in->sin_port) };
		n = put_answer(out, &f, &q, none);
		(void)ostia_sendto(p, fd, out, (size_t)n, 0,
				   (struct sockaddr *)&peer, size);
	}
	return 0;
}

static int asks_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < DRAWS; i++)
		SAYS(ask("www.example.org", AF_INET, 0), "10.0.0.3");
	return 0;
}

/* Of the 400, how often does the next one lie near the last? A constant or a
 * counter always does; a drawn one of 16 (15) bits with 16 in 65536 (28232).
 */
static void unpredictable(void)
{
	struct ostia_world_proc *p;
	unsigned near_id = 0, near_port = 0, ones[16] = { 0 };

	begin("ids and ports", 8, 0, "delay 1ms", "dns=10.0.0.2 hosts=off");
	p = net_proc(stage.t.b, "notes", 0);
	CHECK(!ostia_task_spawn(p, notes, p, NULL), "task");
	run(asks_often);
	for (int i = 1; i < DRAWS; i++) {
		near_id += abs(draws[i].id - draws[i - 1].id) <= 8;
		near_port += abs(draws[i].port - draws[i - 1].port) <= 8;
		for (int b = 0; b < 16; b++)
			ones[b] += draws[i].id >> b & 1;
	}
	CHECK(near_id < 5 && near_port < 8, "%u ids, %u ports near the last",
	      near_id, near_port);
	for (int b = 0; b < 16; b++)
		CHECK(ones[b] > DRAWS / 2 - 60 && ones[b] < DRAWS / 2 + 60,
		      "bit %d is set %u times", b, ones[b]);
	end();
}

/* ---- a process that ends in the middle ---- */

static int asks_for_ever(void *arg)
{
	(void)arg;
	(void)ask("www.example.org", AF_UNSPEC, 0);
	return 1; /* it will not come to that */
}

static void ended(uint32_t tasks)
{
	begin("a program that ends while it asks", 9, tasks, "delay 5ms",
	      "dns=10.0.0.2 hosts=off");
	deaf_door();
	CHECK(!ostia_task_spawn(stage.p, asks_for_ever, NULL, NULL), "task");
	CHECK(!ostia_world_run_until(stage.t.w, 2 * OSTIA_S), "run");
	ostia_world_proc_exit(stage.p, 0);
	end();
}

/* ---- the n-th allocation fails ---- */

static int asks_poorly(void *arg)
{
	const char *answer = ask("many.example.org", AF_INET, 0);

	(void)arg;
	CHECK(!strncmp(answer, "10.8.0.", 7) || !strcmp(answer, "AGAIN") ||
		      !strcmp(answer, "MEMORY"),
	      "it says %s", answer);
	return 0;
}

static bool poor(uint64_t n)
{
	struct ostia_world_stats before, after;
	char ip[20];

	begin("no memory", n, 0, "delay 1ms",
	      "dns=10.0.0.2 dns-timeout=1 hosts=off");
	serve();
	for (int i = 0; i < 100; i++) {
		snprintf(ip, sizeof(ip), "10.8.0.%d", i);
		record("many.example.org", "A", ip);
	}
	ostia_world_stats(stage.t.w, &before);
	ostia_world_fail_alloc(stage.t.w, n, 0);
	run(asks_poorly);
	ostia_world_stats(stage.t.w, &after);
	ostia_world_fail_alloc(stage.t.w, 0, 0);
	end();
	return after.allocs - before.allocs >= n;
}

int main(int argc, char **argv)
{
	uint64_t first, n = 1;

	(void)argc;
	witness_begin(argv, net_case);
	for (uint32_t tasks = 0; tasks < 2; tasks++) {
		table(tasks);
		server(tasks);
		ended(tasks);
	}
	server_ip6();
	search();
	first = lossy(11, 0);
	CHECK(lossy(11, 0) == first, "another run");
	CHECK(lossy(11, 1) == first, "another kind of tasks");
	CHECK(lossy(12, 0) != first, "the seed is not asked");
	truncated("delay 5ms");
	truncated("delay 20ms loss 5%");
	silent();
	nobody_there();
	second_helps();
	forged(true);
	forged(false);
	unpredictable();
	while (poor(n))
		n++;
	CHECK(n > 10, "%llu allocations only", (unsigned long long)n);
	return 0;
}
