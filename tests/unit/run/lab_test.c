/* SPDX-License-Identifier: MIT */
#include "run/lab.h"

#include "../test.h"
#include "run/text.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <ostia/names.h>
#include <ostia/socket.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct ostia_world *w;
static struct run_lab lab;
static char why[256];

static void begin(const char *resolv_conf)
{
	const struct ostia_world_config cfg = { .seed = 7 };
	char path[] = "/tmp/ostia-lab-test-XXXXXX";
	int fd = mkstemp(path);

	OK(fd >= 0);
	EQ(write(fd, resolv_conf, strlen(resolv_conf)), strlen(resolv_conf));
	close(fd);
	EQ(ostia_world_new(&cfg, &w), 0);
	EQ(run_lab_init(&lab, w, "lab", path), 0);
	unlink(path);
	*why = '\0';
}

static void end(void)
{
	run_lab_fini(&lab);
	ostia_world_free(w);
}

static int join(const char *name, const char *addr, const char *link,
		struct run_lab_host **out)
{
	const struct run_join_want want = { .name = name,
					    .addr = &addr,
					    .naddrs = addr != NULL,
					    .link = link };
	struct run_lab_host *h;

	return run_lab_join(&lab, &want, out ? out : &h, why, sizeof(why));
}

static struct run_lab_host *host(const char *name)
{
	struct run_lab_host *h;

	EQ(join(name, NULL, NULL, &h), 0);
	return h;
}

/* ---- addresses ---- */

TEST(each_host_has_two_addresses_from_the_pools)
{
	struct run_lab_host *a, *b;

	begin("");
	a = host("a");
	b = host("b");
	STR(a->v4, "10.0.0.1");
	STR(a->v6, "fd00:6f73::1");
	STR(b->v4, "10.0.0.2");
	STR(b->v6, "fd00:6f73::2");
	end();
}

TEST(a_given_address_is_taken_and_never_twice)
{
	struct run_lab_host *h;

	begin("");
	EQ(join("a", "10.0.0.2", NULL, &h), 0);
	STR(h->v4, "10.0.0.2");
	STR(h->v6, "fd00:6f73::1");
	EQ(join("b", "10.0.0.2", NULL, &h), -EEXIST);
	STR(why, "10.0.0.2 is taken by host a");
	STR(host("c")->v4, "10.0.0.1");
	STR(host("d")->v4, "10.0.0.3");
	EQ(join("e", "fd00:6f73::9", NULL, &h), 0);
	STR(h->v6, "fd00:6f73::9");
	STR(h->v4, "10.0.0.4");
	end();
}

TEST(addresses_that_no_host_may_have_are_refused)
{
	static const struct {
		const char *addr;
		int err;
	} rows[] = {
		{ "10.0.0", -EINVAL },
		{ "10.0.0.0", -EINVAL }, /* the network */
		{ "10.0.255.255", -EINVAL }, /* its broadcast */
		{ "10.0.255.254", -EEXIST }, /* the gateway's */
		{ "127.0.0.1", -EINVAL },
		{ "224.0.0.1", -EINVAL },
		{ "0.0.0.0", -EINVAL },
		{ "fe80::1", -EINVAL },
		{ "ff02::1", -EINVAL },
		{ "192.168.1.1", -EADDRNOTAVAIL },
		{ "fd01::1", -EADDRNOTAVAIL },
		{ "10.0.0.7/31", -EINVAL },
		{ "10.0.0.53", -EEXIST }, /* a nameserver's */
	};

	begin("nameserver 10.0.0.53\n");
	host("first");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_lab_host *h;

		*why = '\0';
		EQ(join("x", rows[i].addr, NULL, &h), rows[i].err);
		OK(*why);
	}
	EQ(lab.count, 1);
	end();
}

TEST(the_first_host_says_what_network_it_is)
{
	struct run_lab_host *h;

	begin("");
	EQ(join("a", "192.168.7.10", NULL, &h), 0);
	EQ(join("b", NULL, NULL, &h), 0);
	STR(h->v4, "192.168.7.1");
	EQ(join("c", "10.0.0.1", NULL, &h), -EADDRNOTAVAIL);
	STR(why, "10.0.0.1 is not in this network: 192.168.7.0/24");
	end();
	begin("");
	EQ(join("a", "172.16.4.9/29", NULL, &h), 0);
	STR(host("b")->v4, "172.16.4.10");
	EQ(join("c", NULL, NULL, &h), 0);
	EQ(join("d", NULL, NULL, &h), 0);
	STR(h->v4, "172.16.4.12");
	EQ(join("e", NULL, NULL, &h), 0);
	EQ(join("f", NULL, NULL, &h), -ENOSPC); /* .14 is the gateway's */
	STR(why, "no IPv4 address is left in this network");
	end();
}

TEST(five_hundred_hosts_find_room)
{
	begin("");
	for (unsigned i = 0; i < 500; i++)
		EQ(join(NULL, NULL, NULL, NULL), 0);
	OK(run_lab_find(&lab, "h500"));
	end();
}

/* ---- names ---- */

TEST(names_are_given_or_made_of_the_program)
{
	static const struct {
		const char *program, *name;
	} rows[] = {
		{ "/usr/sbin/nginx", "nginx" },
		{ "nginx", "nginx-2" },
		{ "nginx", "nginx-3" },
		{ "My_Prog.py", "my-prog-py" },
		{ "./...", "h1" },
		{ "", "h2" },
		{ "gateway", "gateway-2" },
		{ "-sh", "sh" },
	};

	begin("");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct run_join_want want = { .program =
							    rows[i].program };
		struct run_lab_host *h;

		EQ(run_lab_join(&lab, &want, &h, why, sizeof(why)), 0);
		STR(h->name, rows[i].name);
	}
	EQ(join("nginx", NULL, NULL, NULL), -EEXIST);
	STR(why, "there is a host nginx in lab already");
	EQ(join("gateway", NULL, NULL, NULL), -EEXIST);
	EQ(join("a.b", NULL, NULL, NULL), -EINVAL);
	EQ(join("-a", NULL, NULL, NULL), -EINVAL);
	EQ(join("", NULL, NULL, NULL), -EINVAL);
	EQ(join("Web", NULL, NULL, NULL), -EINVAL);
	end();
}

/* A question by DNS alone, from a program of @h. Return: 0 or EAI_*. */
struct question {
	struct run_lab_host *h;
	const char *server, *name;
	int family, result;
	struct ostia_names out;
	const char *addr; /* a reverse one */
	char back[OSTIA_NAME_TEXT];
};

static int ask(void *arg)
{
	struct question *q = arg;
	struct ostia_proc *p =
		ostia_world_proc_bsd(ostia_task_proc(ostia_task_self(w)));
	struct ostia_dns dns;
	struct ostia_addr a = { 0 };

	ostia_dns_init(&dns);
	EQ(ostia_dns_word(&dns, ostia_host_stack(q->h->node), "dns", q->server,
			  why, sizeof(why)),
	   0);
	if (q->addr) {
		a.b[10] = a.b[11] = 0xff;
		if (inet_pton(AF_INET, q->addr, &a.w[3]) != 1)
			inet_pton(AF_INET6, q->addr, a.b);
		q->result = ostia_stub.reverse(p, &dns, &a, q->back,
					       sizeof(q->back));
	} else {
		q->result =
			ostia_stub.lookup(p, &dns, q->name, q->family, &q->out);
	}
	return 0;
}

static struct question question(struct run_lab_host *h, const char *server,
				const char *name, int family, const char *addr)
{
	struct question q = { .h = h,
			      .server = server,
			      .name = name,
			      .family = family,
			      .addr = addr };
	struct ostia_world_proc *p;
	struct ostia_task *t;
	int result;

	EQ(ostia_world_proc_new(h->node, "asks", 0, &p), 0);
	EQ(ostia_task_spawn(p, ask, &q, &t), 0);
	EQ(ostia_task_join(t, &result), 0);
	ostia_world_proc_free(p);
	return q;
}

static void check_names(const char *server)
{
	struct run_lab_host *me = host("me"), *web = host("web");
	struct question q = question(me, server, "web", AF_INET, NULL);
	char text[64];

	EQ(q.result, 0);
	EQ(q.out.count, 1);
	inet_ntop(AF_INET, &q.out.addr[0].w[3], text, sizeof(text));
	STR(text, web->v4);
	q = question(me, server, "web", AF_INET6, NULL);
	EQ(q.result, 0);
	inet_ntop(AF_INET6, q.out.addr[0].b, text, sizeof(text));
	STR(text, web->v6);
	q = question(me, server, NULL, 0, web->v4);
	EQ(q.result, 0);
	STR(q.back, "web");
	q = question(me, server, NULL, 0, web->v6);
	EQ(q.result, 0);
	STR(q.back, "web");
	q = question(me, server, "nobody", AF_INET, NULL);
	EQ(q.result, EAI_NONAME);
	q = question(me, server, "www.example.org", AF_INET, NULL);
	EQ(q.result, EAI_NONAME);
}

TEST(a_loopback_nameserver_is_answered_by_the_host_itself)
{
	begin("nameserver 127.0.0.53\noptions edns0\n");
	check_names("127.0.0.53");
	OK(!lab.gateway);
	end();
}

TEST(without_a_nameserver_resolvers_ask_127_0_0_1)
{
	begin("# nothing\n");
	check_names("127.0.0.1");
	end();
}

TEST(other_nameservers_are_the_gateways)
{
	begin("search example.org\nnameserver 192.0.2.53\n"
	      "nameserver 2001:db8::53\nnameserver ::1\n");
	check_names("192.0.2.53");
	end();
	begin("nameserver 192.0.2.53\nnameserver 2001:db8::53\n"
	      "nameserver ::1\n");
	check_names("2001:db8::53");
	end();
	begin("nameserver 10.0.3.3\nnameserver ::1\n");
	check_names("10.0.3.3"); /* in the network, but not a host's */
	end();
}

TEST(a_guest_gets_port_53_if_it_wants_it)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(53) };
	struct ostia_proc *p;
	struct run_lab_host *h;
	int fd;

	begin("nameserver 127.0.0.1\nnameserver ::1\n");
	h = host("dns");
	EQ(ostia_proc_new(ostia_host_stack(h->node), 16, NULL, NULL, &p), 0);
	fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	EQ(ostia_bind(p, fd, (struct sockaddr *)&any, sizeof(any)), -1);
	EQ(errno, EADDRINUSE);
	OK(run_lab_yield(h));
	EQ(ostia_bind(p, fd, (struct sockaddr *)&any, sizeof(any)), 0);
	OK(!run_lab_yield(h));
	ostia_proc_free(p);
	end();
}

/* ---- wires ---- */

/* @n datagrams from @a to @b; how many arrive. */
static unsigned arrive(struct run_lab_host *a, struct run_lab_host *b,
		       unsigned n)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9000) };
	struct ostia_world_proc *pa, *pb;
	int fa, fb, size = 1 << 20;
	unsigned got = 0;
	char c[100] = { 0 };

	EQ(ostia_world_proc_new(a->node, "sends", 0, &pa), 0);
	EQ(ostia_world_proc_new(b->node, "gets", 0, &pb), 0);
	fa = ostia_socket(ostia_world_proc_bsd(pa), AF_INET, SOCK_DGRAM, 0);
	fb = ostia_socket(ostia_world_proc_bsd(pb), AF_INET, SOCK_DGRAM, 0);
	EQ(ostia_setsockopt(ostia_world_proc_bsd(pb), fb, SOL_SOCKET, SO_RCVBUF,
			    &size, sizeof(size)),
	   0);
	EQ(ostia_bind(ostia_world_proc_bsd(pb), fb, (struct sockaddr *)&to,
		      sizeof(to)),
	   0);
	EQ(inet_pton(AF_INET, b->v4, &to.sin_addr), 1);
	for (unsigned i = 0; i < n; i++) {
		EQ(ostia_sendto(ostia_world_proc_bsd(pa), fa, c, sizeof(c), 0,
				(struct sockaddr *)&to, sizeof(to)),
		   sizeof(c));
		ostia_world_run_until(w, ostia_world_now(w) + OSTIA_MS);
	}
	ostia_world_run_until(w, ostia_world_now(w) + 10 * OSTIA_S);
	while (ostia_recv(ostia_world_proc_bsd(pb), fb, c, sizeof(c),
			  MSG_DONTWAIT) > 0)
		got++;
	ostia_world_proc_free(pa);
	ostia_world_proc_free(pb);
	return got;
}

TEST(faults_of_a_wire_act_both_ways_or_one)
{
	struct run_lab_host *a, *b;

	begin("");
	EQ(join("a", NULL, "loss 50%", &a), 0);
	b = host("b");
	OK(arrive(a, b, 100) < 75);
	OK(arrive(b, a, 100) < 75);
	EQ(run_lab_set(&lab, "a:in", "", why, sizeof(why)), 0);
	EQ(arrive(b, a, 100), 100);
	OK(arrive(a, b, 100) < 75);
	STR(a->link[0], "loss 50%");
	STR(a->link[1], "");
	EQ(run_lab_set(&lab, "a", "", why, sizeof(why)), 0);
	EQ(arrive(a, b, 100), 100);
	OK(run_lab_lost(a) > 50);
	EQ(run_lab_lost(b), 0);
	end();
}

TEST(faults_between_two_meet_each_packet_once)
{
	struct run_lab_host *a, *b;

	begin("");
	a = host("a");
	b = host("b");
	EQ(arrive(a, b, 1), 1); /* neighbours know each other */
	EQ(run_lab_set(&lab, "a--b", "loss 30%", why, sizeof(why)), 0);
	STR(a->link[0], "loss 30%");
	STR(a->link[1], "");
	STR(b->link[0], "loss 30%");
	OK(arrive(a, b, 200) > 115);
	OK(arrive(b, a, 200) < 165);
	end();
}

static unsigned loss_of_seed(void)
{
	struct run_lab_host *a, *b;
	unsigned n;

	begin("");
	EQ(join("a", NULL, "loss 40%", &a), 0);
	b = host("b");
	n = arrive(a, b, 200);
	end();
	return n;
}

TEST(a_seed_gives_the_same_faults)
{
	EQ(loss_of_seed(), loss_of_seed());
}

TEST(what_is_no_wire_or_no_fault_is_said)
{
	static const struct {
		const char *wire, *faults;
		int err;
		const char *why;
	} rows[] = {
		{ "x", "loss 1%", -ENOENT, "there is no host x in lab" },
		{ "a--x", "loss 1%", -ENOENT, "there is no host x in lab" },
		{ "a--a", "loss 1%", -EINVAL, "a--a: name two hosts" },
		{ "a:up", "loss 1%", -EINVAL, "a:up: write a:in or a:out" },
		{ "a", "loss 1", -EINVAL, "loss: 1 has no unit: write 1%" },
	};

	begin("");
	host("a");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EQ(run_lab_set(&lab, rows[i].wire, rows[i].faults, why,
			       sizeof(why)),
		   rows[i].err);
		STR(why, rows[i].why);
	}
	EQ(join("b", NULL, "delay fast", NULL), -EINVAL);
	EQ(lab.count, 1);
	end();
}

TEST(a_name_may_have_two_hyphens_of_its_own)
{
	struct run_lab_host *h;

	begin("");
	h = host("a--b");
	EQ(run_lab_set(&lab, "a--b", "loss 1%", why, sizeof(why)), 0);
	STR(h->link[1], "loss 1%");
	end();
}

TEST(two_hosts_are_parted_and_healed)
{
	struct run_lab_host *a, *b, *c;

	begin("");
	a = host("a");
	b = host("b");
	c = host("c");
	EQ(run_lab_cut(&lab, "a--b", true, why, sizeof(why)), 0);
	EQ(run_lab_cut(&lab, "b--a", true, why, sizeof(why)), 0);
	EQ(arrive(a, b, 3), 0);
	EQ(arrive(a, c, 3), 3);
	EQ(arrive(c, b, 3), 3);
	EQ(run_lab_cut(&lab, "a--b", false, why, sizeof(why)), 0);
	EQ(arrive(a, b, 3), 3);
	EQ(run_lab_cut(&lab, "a--b", true, why, sizeof(why)), 0);
	EQ(run_lab_cut(&lab, "c:out", true, why, sizeof(why)), 0);
	EQ(arrive(c, a, 3), 0);
	EQ(run_lab_cut(&lab, NULL, false, why, sizeof(why)), 0);
	EQ(arrive(c, a, 3), 3);
	EQ(arrive(b, a, 3), 3);
	EQ(run_lab_cut(&lab, "a--b", true, why, sizeof(why)), 0);
	run_lab_leave(&lab, a);
	OK(list_empty(&lab.pairs));
	end();
}

TEST(all_of_it_can_be_shown)
{
	struct run_text t = { 0 };
	struct run_lab_host *a;
	char *s;

	begin("");
	EQ(join("a", NULL, "loss 100%", &a), 0);
	host("b");
	EQ(run_lab_cut(&lab, "a--b", true, why, sizeof(why)), 0);
	EQ(run_lab_cut(&lab, "b:in", true, why, sizeof(why)), 0);
	(void)arrive(a, run_lab_find(&lab, "b"), 2);
	run_text_open(&t, NULL, '{');
	run_lab_show(&lab, &t, NULL);
	run_text_close(&t, '}');
	s = run_text_take(&t);
	OK(strstr(s, "{\"network\":\"lab\",\"seed\":7,\"uplink\":false,"
		     "\"ipv4\":\"10.0.0.0/16\",\"ipv6\":\"fd00:6f73::/64\","
		     "\"hosts\":[{\"name\":\"a\",\"ipv4\":\"10.0.0.1\","));
	OK(strstr(s, "\"out\":{\"faults\":\"loss 100%\",\"cut\":false,"));
	OK(strstr(s, "\"in\":{\"faults\":\"\",\"cut\":true,"));
	OK(strstr(s, "\"dropped_by\":{\"loss\":"));
	OK(strstr(s, "\"parted\":[[\"a\",\"b\"]]}"));
	free(s);
	end();
}

/* ---- coming and going ---- */

TEST(hosts_come_and_go_and_leave_nothing)
{
	struct ostia_world_stats before, after;

	begin("nameserver 127.0.0.1\nnameserver 192.0.2.1\n");
	host("stays");
	run_lab_leave(&lab, host("goes"));
	ostia_world_stats(w, &before);
	for (unsigned i = 0; i < 100; i++) {
		struct run_lab_host *h = host("goes");

		STR(h->v4, "10.0.0.2");
		run_lab_leave(&lab, h);
	}
	ostia_world_stats(w, &after);
	EQ(after.bytes, before.bytes);
	EQ(after.tasks, before.tasks);
	end();
}

static void mac_of(const struct run_lab_host *h, char mac[6])
{
	struct ifreq r = { .ifr_name = "eth0" };
	struct ostia_world_proc *p;
	struct ostia_proc *bsd;

	EQ(ostia_world_proc_new(h->node, "asks", 0, &p), 0);
	bsd = ostia_world_proc_bsd(p);
	EQ(ostia_ioctl(bsd, ostia_socket(bsd, AF_INET, SOCK_DGRAM, 0),
		       SIOCGIFHWADDR, &r),
	   0);
	memcpy(mac, r.ifr_hwaddr.sa_data, 6);
	ostia_world_proc_free(p);
}

TEST(who_takes_an_address_over_is_reached_at_once)
{
	struct run_lab_host *a, *b;
	char before[6], after[6];

	begin("");
	a = host("a");
	b = host("b");
	EQ(arrive(a, b, 1), 1);
	mac_of(b, before);
	run_lab_leave(&lab, b);
	EQ(join("c", "10.0.0.9", NULL, NULL), 0); /* what b was in the world */
	b = host("d");
	STR(b->v4, "10.0.0.2");
	mac_of(b, after);
	EQ(memcmp(before, after, sizeof(after)), 0);
	EQ(arrive(a, b, 1), 1);
	end();
}

TEST(without_memory_a_host_does_not_come_and_nothing_is_lost)
{
	unsigned failed = 0;

	for (unsigned n = 1;; n++) {
		struct ostia_world_stats s;
		uint64_t before;
		int e;

		begin("nameserver 127.0.0.1\nnameserver 192.0.2.1\n");
		ostia_world_stats(w, &s);
		before = s.bytes;
		ostia_world_fail_alloc(w, n, 0);
		e = join("a", NULL, "delay 1ms", NULL);
		ostia_world_fail_alloc(w, 0, 0);
		if (!e) {
			end();
			break;
		}
		EQ(e, -ENOMEM);
		EQ(lab.count, 0);
		failed++;
		EQ(join("a", NULL, "delay 1ms", NULL), 0);
		run_lab_fini(&lab);
		ostia_pool_trim(ostia_world_pool(w));
		ostia_world_stats(w, &s);
		EQ(s.bytes, before);
		end();
	}
	OK(failed > 5);
}

TEST(uplink_is_a_route_for_those_who_are_there_and_who_come)
{
	struct run_lab_host *a, *b;

	begin("");
	a = host("a");
	EQ(run_lab_open_uplink(&lab), 0);
	EQ(run_lab_open_uplink(&lab), 0);
	b = host("b");
	EQ(ostia_wire_route(a->wire, 0, "0.0.0.0/0", "10.0.255.254"), -EEXIST);
	EQ(ostia_wire_route(b->wire, 0, "::/0", lab.gateway->v6), -EEXIST);
	end();
}

TEST(who_has_left_is_missed_within_seconds)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9000) };
	struct run_lab_host *a, *b;
	struct ostia_world_proc *pa;
	socklen_t len = sizeof(int);
	struct ostia_proc *p;
	int fd, err = 0;

	begin("");
	a = host("a");
	b = host("b");
	EQ(inet_pton(AF_INET, b->v4, &to.sin_addr), 1);
	EQ(arrive(a, b, 3), 3);
	run_lab_leave(&lab, b);
	EQ(ostia_world_proc_new(a->node, "sends", 0, &pa), 0);
	p = ostia_world_proc_bsd(pa);
	fd = ostia_socket(p, AF_INET, SOCK_DGRAM, 0);
	EQ(ostia_connect(p, fd, (struct sockaddr *)&to, sizeof(to)), 0);
	EQ(ostia_setsockopt(p, fd, IPPROTO_IP, IP_RECVERR, &(int) { 1 },
			    sizeof(int)),
	   0);
	EQ(ostia_send(p, fd, "", 1, 0), 1);
	ostia_world_run_until(w, ostia_world_now(w) + 4 * OSTIA_S);
	EQ(ostia_getsockopt(p, fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	EQ(err, EHOSTUNREACH);
	ostia_world_proc_free(pa);
	end();
}

TESTS(CASE(each_host_has_two_addresses_from_the_pools),
      CASE(a_given_address_is_taken_and_never_twice),
      CASE(addresses_that_no_host_may_have_are_refused),
      CASE(the_first_host_says_what_network_it_is),
      CASE(five_hundred_hosts_find_room),
      CASE(names_are_given_or_made_of_the_program),
      CASE(a_loopback_nameserver_is_answered_by_the_host_itself),
      CASE(without_a_nameserver_resolvers_ask_127_0_0_1),
      CASE(other_nameservers_are_the_gateways),
      CASE(a_guest_gets_port_53_if_it_wants_it),
      CASE(faults_of_a_wire_act_both_ways_or_one),
      CASE(faults_between_two_meet_each_packet_once),
      CASE(a_seed_gives_the_same_faults),
      CASE(what_is_no_wire_or_no_fault_is_said),
      CASE(a_name_may_have_two_hyphens_of_its_own),
      CASE(two_hosts_are_parted_and_healed), CASE(all_of_it_can_be_shown),
      CASE(hosts_come_and_go_and_leave_nothing),
      CASE(who_takes_an_address_over_is_reached_at_once),
      CASE(who_has_left_is_missed_within_seconds),
      CASE(without_memory_a_host_does_not_come_and_nothing_is_lost),
      CASE(uplink_is_a_route_for_those_who_are_there_and_who_come))
