/* SPDX-License-Identifier: MIT */
#include "../random.h"
#include "net.h"

#include "base/bpf.h"
#include "ip/ports.h"

struct place {
	struct lend lend;
	struct ostia_env env;
	struct ports *ports;
};

static void setup(struct place *t)
{
	static const uint8_t key[16] = "ports test key.";

	t->lend = (struct lend) { .left = -1 };
	t->env = lend_env(&t->lend);
	EQ(ports_new(&t->env, key, &t->ports), 0);
}

static void teardown(struct place *t)
{
	EQ(ports_count(t->ports), 0);
	ports_free(t->ports);
	EQ(t->lend.blocks, 0);
}

/* struct ask - One socket of a row */
struct ask {
	const char *addr; /* "4": IPv4's wildcard, "6": IPv6's */
	uint8_t flags;
	uint32_t uid, zone;
};

static struct binding binding_of(const struct ask *a, uint16_t port,
				 uint8_t flags)
{
	static const uint8_t zero[4];
	struct binding b = { .port = port,
			     .flags = (uint8_t)(a->flags | flags),
			     .uid = a->uid,
			     .zone = a->zone };

	if (strcmp(a->addr, "4") == 0)
		b.local = addr_v4(zero);
	else if (strcmp(a->addr, "6") != 0)
		b.local = A(a->addr);
	b.v6 = !addr_is_v4(&b.local);
	return b;
}

enum {
	RA = BIND_REUSEADDR,
	RP = BIND_REUSEPORT,
	V6 = BIND_V6ONLY,
	LI = BIND_LISTENING,
};

/* Linux's answers: does the second bind of the port succeed? */
static const struct {
	struct ask a, b;
	bool udp, tcp;
} matrix[] = {
	/* the same address */
	{ { "10.0.0.1", 0, 0, 0 }, { "10.0.0.1", 0, 0, 0 }, false, false },
	{ { "10.0.0.1", RA, 0, 0 }, { "10.0.0.1", 0, 0, 0 }, false, false },
	{ { "10.0.0.1", 0, 0, 0 }, { "10.0.0.1", RA, 0, 0 }, false, false },
	{ { "10.0.0.1", RA, 0, 0 }, { "10.0.0.1", RA, 0, 0 }, true, true },
	{ { "10.0.0.1", RP, 0, 0 }, { "10.0.0.1", RP, 0, 0 }, true, true },
	{ { "10.0.0.1", RP, 0, 0 }, { "10.0.0.1", RP, 1, 0 }, false, false },
	{ { "10.0.0.1", RA, 0, 0 }, { "10.0.0.1", RP, 0, 0 }, false, false },
	/* a listener does not share by REUSEADDR */
	{ { "10.0.0.1", RA | LI, 0, 0 },
	  { "10.0.0.1", RA, 0, 0 },
	  true,
	  false },
	{ { "10.0.0.1", RP | LI, 0, 0 }, { "10.0.0.1", RP, 0, 0 }, true, true },
	/* different addresses */
	{ { "10.0.0.1", 0, 0, 0 }, { "10.0.0.2", 0, 0, 0 }, true, true },
	/* wildcard against specific */
	{ { "4", 0, 0, 0 }, { "10.0.0.1", 0, 0, 0 }, false, false },
	{ { "10.0.0.1", 0, 0, 0 }, { "4", 0, 0, 0 }, false, false },
	{ { "4", RA, 0, 0 }, { "10.0.0.1", RA, 0, 0 }, true, true },
	{ { "4", RA | LI, 0, 0 }, { "10.0.0.1", RA, 0, 0 }, true, false },
	{ { "4", 0, 0, 0 }, { "4", 0, 0, 0 }, false, false },
	/* families */
	{ { "6", 0, 0, 0 }, { "4", 0, 0, 0 }, false, false },
	{ { "4", 0, 0, 0 }, { "6", 0, 0, 0 }, false, false },
	{ { "6", V6, 0, 0 }, { "4", 0, 0, 0 }, true, true },
	{ { "4", 0, 0, 0 }, { "6", V6, 0, 0 }, true, true },
	{ { "6", V6, 0, 0 }, { "6", 0, 0, 0 }, false, false },
	{ { "6", 0, 0, 0 }, { "10.0.0.1", 0, 0, 0 }, false, false },
	{ { "6", V6, 0, 0 }, { "10.0.0.1", 0, 0, 0 }, true, true },
	{ { "6", 0, 0, 0 }, { "fd00::1", 0, 0, 0 }, false, false },
	{ { "fd00::1", 0, 0, 0 }, { "4", 0, 0, 0 }, true, true },
	{ { "fd00::1", 0, 0, 0 }, { "10.0.0.1", 0, 0, 0 }, true, true },
	/* devices */
	{ { "4", 0, 0, 1 }, { "4", 0, 0, 2 }, true, true },
	{ { "4", 0, 0, 1 }, { "4", 0, 0, 1 }, false, false },
	{ { "4", 0, 0, 1 }, { "4", 0, 0, 0 }, false, false },
	{ { "fe80::1", 0, 0, 1 }, { "fe80::1", 0, 0, 2 }, true, true },
};

TEST(the_second_bind_answers_as_on_linux)
{
	for (unsigned i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++) {
		for (int tcp = 0; tcp < 2; tcp++) {
			uint8_t kind = tcp ? BIND_TCP : 0;
			bool want = tcp ? matrix[i].tcp : matrix[i].udp;
			struct binding a, b;
			struct place t;
			int err;

			setup(&t);
			a = binding_of(&matrix[i].a, 80, kind);
			b = binding_of(&matrix[i].b, 80, kind);
			EQ(ports_bind(t.ports, &a, 0), 0);
			err = ports_bind(t.ports, &b, 0);
			if (err != (want ? 0 : -EADDRINUSE))
				fail_msg("row %u, %s: %d", i,
					 tcp ? "TCP" : "UDP", err);
			ports_unbind(t.ports, &b);
			ports_unbind(t.ports, &a);
			/* what is unbound is no obstacle */
			EQ(ports_bind(t.ports, &b, 0), 0);
			ports_unbind(t.ports, &b);
			teardown(&t);
		}
	}
}

TEST(one_listener_a_place_unless_both_reuse_the_port)
{
	struct place t;
	struct binding a, b;

	setup(&t);
	a = binding_of(&(struct ask) { "4", RA, 0, 0 }, 80, BIND_TCP);
	b = binding_of(&(struct ask) { "10.0.0.1", RA, 0, 0 }, 80, BIND_TCP);
	EQ(ports_bind(t.ports, &a, 0), 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	EQ(ports_relisten(t.ports, &a), 0);
	EQ(ports_relisten(t.ports, &b), -EADDRINUSE);
	ports_unbind(t.ports, &a);
	EQ(ports_relisten(t.ports, &b), 0);
	ports_unbind(t.ports, &b);
	teardown(&t);
}

TEST(claims_keep_a_port_busy_and_are_counted)
{
	struct ostia_addr a = A("10.0.0.1");
	struct binding b, c;
	struct place t;
	int one, two, tw;

	setup(&t);
	b = binding_of(&(struct ask) { "4", 0, 0, 0 }, 80, BIND_TCP);
	c = binding_of(&(struct ask) { "4", RA, 0, 0 }, 80, BIND_TCP);
	one = ports_claim(t.ports, &a, 80, 0, 0, BIND_TCP | RA);
	two = ports_claim(t.ports, &a, 80, 0, 0, BIND_TCP | RA);
	OK(one > 0 && one == two);
	EQ(ports_bind(t.ports, &b, 0), -EADDRINUSE);
	EQ(ports_bind(t.ports, &c, 0), 0); /* REUSEADDR on both sides */
	ports_unbind(t.ports, &c);
	ports_release(t.ports, (uint32_t)one);
	EQ(ports_bind(t.ports, &b, 0), -EADDRINUSE);
	ports_release(t.ports, (uint32_t)two);
	EQ(ports_bind(t.ports, &b, 0), 0);
	ports_unbind(t.ports, &b);
	/* TIME-WAIT of another user shares by REUSEPORT */
	tw = ports_claim(t.ports, &a, 80, 0, 7, BIND_TCP | RP | BIND_TIMEWAIT);
	b.flags = BIND_TCP | RP;
	EQ(ports_bind(t.ports, &b, 0), 0);
	ports_unbind(t.ports, &b);
	ports_release(t.ports, (uint32_t)tw);
	teardown(&t);
}

/* --- lookup ------------------------------------------------------------- */

static struct flow flow_of(const char *local, uint16_t lport,
			   const char *remote, uint16_t rport)
{
	return (struct flow) { .local = A(local),
			       .remote = A(remote),
			       .lport = lport,
			       .rport = rport };
}

TEST(the_best_binding_wins)
{
	static const struct ask row[] = {
		{ "6", RA, 0, 0 }, /* 0: dual stack */
		{ "4", RA, 0, 0 }, /* 1 */
		{ "4", RA, 0, 3 }, /* 2: on a device */
		{ "10.0.0.1", RA, 0, 0 }, /* 3 */
		{ "10.0.0.1", RA, 0, 0 }, /* 4: to be connected */
	};
	/* who has it when those from the back are gone, one after another */
	static const int want[] = { 4, 3, 2, 1, 0 };
	struct ostia_addr peer = A("10.0.0.9");
	struct binding b[5];
	struct flow f = flow_of("10.0.0.1", 53, "10.0.0.9", 999);
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 5; i++) {
		b[i] = binding_of(&row[i], 53, 0);
		EQ(ports_bind(t.ports, &b[i], 0), 0);
	}
	EQ(ports_connect(t.ports, &b[4], &b[4].local, &peer, 999), 0);
	for (unsigned i = 0; i < 5; i++) {
		OK(ports_lookup(t.ports, &f, 3, 0, 0) == &b[want[i]]);
		ports_unbind(t.ports, &b[want[i]]);
	}
	OK(!ports_lookup(t.ports, &f, 3, 0, 0));
	teardown(&t);
}

TEST(a_connected_socket_hears_its_peer_alone)
{
	struct ostia_addr peer = A("10.0.0.9"), other = A("10.0.0.8");
	struct flow f = flow_of("10.0.0.1", 53, "10.0.0.9", 999);
	struct binding b;
	struct place t;

	setup(&t);
	b = binding_of(&(struct ask) { "10.0.0.1", 0, 0, 0 }, 53, 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	EQ(ports_connect(t.ports, &b, &b.local, &peer, 999), 0);
	OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b);
	f.rport = 998;
	OK(!ports_lookup(t.ports, &f, 1, 0, 0));
	EQ(ports_connect(t.ports, &b, &b.local, &other, 998), 0);
	OK(!ports_lookup(t.ports, &f, 1, 0, 0));
	f.remote = other;
	OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b);
	ports_disconnect(t.ports, &b);
	f.rport = 1;
	OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b);
	ports_unbind(t.ports, &b);
	teardown(&t);
}

TEST(flags_that_are_needed_are_needed)
{
	struct flow f = flow_of("10.0.0.1", 80, "10.0.0.9", 999);
	struct binding b;
	struct place t;

	setup(&t);
	b = binding_of(&(struct ask) { "4", 0, 0, 0 }, 80, BIND_TCP);
	EQ(ports_bind(t.ports, &b, 0), 0);
	OK(!ports_lookup(t.ports, &f, 1, BIND_LISTENING, 0));
	EQ(ports_relisten(t.ports, &b), 0);
	OK(ports_lookup(t.ports, &f, 1, BIND_LISTENING, 0) == &b);
	ports_unbind(t.ports, &b);
	teardown(&t);
}

TEST(among_equals_the_flow_decides_or_the_last_one_bound)
{
	struct flow f = flow_of("10.0.0.1", 53, "10.0.0.9", 999);
	struct binding b[8];
	unsigned hits[8] = { 0 };
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 8; i++) {
		b[i] = binding_of(&(struct ask) { "4", RP, 0, 0 }, 53, 0);
		EQ(ports_bind(t.ports, &b[i], 0), 0);
	}
	for (uint32_t i = 0; i < 8000; i++) {
		uint32_t hash = i * (UINT32_MAX / 8000);
		struct binding *got = ports_lookup(t.ports, &f, 1, 0, hash);

		OK(got == ports_lookup(t.ports, &f, 1, 0, hash));
		hits[got - b]++;
	}
	for (unsigned i = 0; i < 8; i++) {
		OK(hits[i] >= 990 && hits[i] <= 1010);
		ports_unbind(t.ports, &b[i]);
		b[i].flags = RA;
	}
	for (unsigned i = 0; i < 8; i++) {
		EQ(ports_bind(t.ports, &b[i], 0), 0);
		OK(ports_lookup(t.ports, &f, 1, 0, i << 29) == &b[i]);
	}
	for (unsigned i = 0; i < 8; i++)
		ports_unbind(t.ports, &b[i]);
	teardown(&t);
}

static struct bpf *program(struct place *t)
{
	const struct sock_filter one = { .code = BPF_RET | BPF_K, .k = 1 };
	struct bpf *b;

	EQ(bpf_new(&t->env, &one, 1, &b), 0);
	return b;
}

TEST(who_differs_is_of_another_team)
{
	static const struct ask other[] = {
		{ "10.0.0.2", RP, 0, 0 }, /* another address */
		{ "4", RP, 0, 7 }, /* a device */
		{ "6", RP, 0, 0 }, /* a family */
		{ "10.0.0.1", RP, 0, 0 },
	};

	for (unsigned i = 0; i < 4; i++) {
		struct binding a, b;
		struct place t;

		setup(&t);
		a = binding_of(&(struct ask) { "10.0.0.1", RP, 0, 0 }, 53, 0);
		b = binding_of(&other[i], 53, 0);
		EQ(ports_bind(t.ports, &a, 0), 0);
		EQ(ports_bind(t.ports, &b, 0), 0);
		EQ(ports_steer(t.ports, &a, program(&t)), 0);
		EQ(ports_unsteer(t.ports, &b), i == 3 ? 0 : -ENOENT);
		ports_unbind(t.ports, &a);
		ports_unbind(t.ports, &b);
		teardown(&t);
	}
}

/* Linux: before bind() with SO_REUSEPORT, or in a team. */
TEST(who_may_attach_a_program)
{
	struct binding a, b, c;
	struct bpf *prog;
	struct place t;

	setup(&t);
	a = binding_of(&(struct ask) { "4", RP, 0, 0 }, 53, 0);
	b = binding_of(&(struct ask) { "4", RP, 0, 0 }, 53, 0);
	c = binding_of(&(struct ask) { "4", 0, 0, 0 }, 54, 0);
	prog = program(&t);
	EQ(ports_steer(t.ports, &c, prog), -EINVAL);
	EQ(ports_unsteer(t.ports, &c), -EINVAL);
	EQ(ports_bind(t.ports, &c, 0), 0);
	c.flags |= RP; /* too late */
	EQ(ports_steer(t.ports, &c, prog), -EINVAL);
	EQ(ports_unsteer(t.ports, &a), -ENOENT);
	EQ(ports_steer(t.ports, &a, prog), 0);
	EQ(ports_bind(t.ports, &a, 0), 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	EQ(ports_unsteer(t.ports, &b), 0); /* it came along */
	EQ(ports_steer(t.ports, &b, program(&t)), 0);
	EQ(ports_unsteer(t.ports, &a), 0);
	EQ(ports_unsteer(t.ports, &b), -ENOENT);
	EQ(ports_steer(t.ports, &b, program(&t)), 0);
	ports_unbind(t.ports, &a);
	ports_unbind(t.ports, &b);
	ports_unbind(t.ports, &c);
	teardown(&t);
}

TEST(listeners_are_a_team_while_they_listen)
{
	struct binding a, b;
	struct place t;

	setup(&t);
	a = binding_of(&(struct ask) { "4", RP, 0, 0 }, 80, BIND_TCP);
	b = binding_of(&(struct ask) { "4", RP, 0, 0 }, 80, BIND_TCP);
	EQ(ports_bind(t.ports, &a, 0), 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	EQ(ports_steer(t.ports, &a, program(&t)), 0);
	EQ(ports_relisten(t.ports, &b), 0);
	EQ(ports_unsteer(t.ports, &b), -ENOENT);
	EQ(ports_relisten(t.ports, &a), -EADDRINUSE); /* Linux, too */
	ports_unlisten(t.ports, &b);
	ports_unbind(t.ports, &b);
	EQ(ports_relisten(t.ports, &a), 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	EQ(ports_relisten(t.ports, &b), 0);
	EQ(ports_unsteer(t.ports, &b), 0);
	ports_unbind(t.ports, &a);
	ports_unbind(t.ports, &b);
	teardown(&t);
}

TEST(a_team_without_memory_is_ENOMEM)
{
	for (long left = 0;; left++) {
		struct binding a, b;
		struct place t;
		int err;

		setup(&t);
		a = binding_of(&(struct ask) { "4", RP, 0, 0 }, 53, 0);
		b = binding_of(&(struct ask) { "4", RP, 0, 0 }, 53, BIND_TCP);
		t.lend.left = left;
		err = ports_bind(t.ports, &a, 0);
		ports_unbind(t.ports, &a);
		if (!err)
			err = ports_bind(t.ports, &b, 0);
		if (!err)
			err = ports_relisten(t.ports, &b);
		OK(!err || err == -ENOMEM);
		EQ(!(b.flags & LI), err != 0);
		ports_unbind(t.ports, &b);
		teardown(&t);
		if (!err)
			break;
	}
}

TEST(a_walk_meets_connected_and_plain_ones)
{
	struct ostia_addr peer = A("10.0.0.9");
	struct binding b[6], *at = NULL;
	unsigned met = 0;
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 6; i++) {
		b[i] = binding_of(&(struct ask) { "10.0.0.1", RA, 0, 0 }, 53,
				  0);
		EQ(ports_bind(t.ports, &b[i], 0), 0);
		if (i % 2)
			EQ(ports_connect(t.ports, &b[i], &b[i].local, &peer,
					 (uint16_t)i),
			   0);
	}
	while ((at = ports_next(t.ports, 53, at)))
		met |= 1u << (at - b);
	EQ(met, 63);
	for (unsigned i = 0; i < 6; i++)
		ports_unbind(t.ports, &b[i]);
	OK(!ports_next(t.ports, 53, NULL));
	teardown(&t);
}

TEST(each_of_many_connected_sockets_on_a_port_is_found)
{
	struct ostia_addr peer = A("10.0.0.9");
	struct flow f = flow_of("10.0.0.1", 53, "10.0.0.9", 0);
	static struct binding b[1000];
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 1000; i++) {
		b[i] = binding_of(&(struct ask) { "10.0.0.1", RA, 0, 0 }, 53,
				  0);
		EQ(ports_bind(t.ports, &b[i], 0), 0);
		EQ(ports_connect(t.ports, &b[i], &b[i].local, &peer,
				 (uint16_t)(i + 1)),
		   0);
	}
	for (unsigned i = 0; i < 1000; i++) {
		f.rport = (uint16_t)(i + 1);
		OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b[i]);
	}
	for (unsigned i = 0; i < 1000; i++)
		ports_unbind(t.ports, &b[i]);
	teardown(&t);
}

/* --- ephemeral ports ---------------------------------------------------- */

TEST(ephemeral_ports_fill_the_range_and_no_more)
{
	struct binding b[101];
	bool seen[100] = { 0 };
	struct place t;

	setup(&t);
	ports_range(t.ports, 40000, 40099);
	for (unsigned i = 0; i < 100; i++) {
		b[i] = binding_of(&(struct ask) { "4", 0, 0, 0 }, 0, 0);
		EQ(ports_bind(t.ports, &b[i], 0), 0);
		OK(b[i].port >= 40000 && b[i].port <= 40099);
		OK(!seen[b[i].port - 40000]);
		seen[b[i].port - 40000] = true;
	}
	b[100] = binding_of(&(struct ask) { "4", 0, 0, 0 }, 0, 0);
	EQ(ports_bind(t.ports, &b[100], 0), -EADDRINUSE);
	EQ(b[100].port, 0);
	for (unsigned i = 0; i < 100; i++)
		ports_unbind(t.ports, &b[i]);
	teardown(&t);
}

/* Bindings alone, with a claim beside them, and with one of them connected:
 * the port has another shape each time.
 */
TEST(a_port_knows_its_users_however_they_come_and_go)
{
	const struct ostia_addr peer = A("10.0.0.9"), self = A("10.0.0.1");
	struct flow f = flow_of("10.0.0.1", 53, "10.0.0.8", 999);
	struct binding b[5];
	struct place t;

	setup(&t);
	for (unsigned leave = 0; leave < 5; leave++) {
		struct binding *it = NULL;
		unsigned n = 0;
		int claim;

		for (unsigned i = 0; i < 5; i++) {
			b[i] = binding_of(&(struct ask) { "4", RA, 0, 0 }, 53,
					  0);
			EQ(ports_bind(t.ports, &b[i], 0), 0);
			OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b[i]);
		}
		claim = ports_claim(t.ports, &self, 53, 0, 0, BIND_REUSEADDR);
		OK(claim > 0);
		OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b[4]);
		EQ(ports_connect(t.ports, &b[leave], &self, &peer, 7), 0);
		ports_release(t.ports, (uint32_t)claim);
		while ((it = ports_next(t.ports, 53, it)))
			n++;
		EQ(n, 5);
		OK(ports_lookup(t.ports, &f, 1, 0, 0) ==
		   &b[leave == 4 ? 3 : 4]);
		ports_unbind(t.ports, &b[leave]);
		for (unsigned i = 0, left = 4; i < 5; i++) {
			if (i == leave)
				continue;
			ports_unbind(t.ports, &b[i]);
			left--;
			for (it = NULL, n = 0;
			     (it = ports_next(t.ports, 53, it));)
				n++;
			EQ(n, left);
		}
		OK(!ports_lookup(t.ports, &f, 1, 0, 0));
	}
	teardown(&t);
}

TEST(a_port_costs_nothing_when_all_have_left)
{
	struct binding b[2];
	struct place t;
	size_t before;

	setup(&t);
	before = ports_bytes(t.ports);
	for (unsigned i = 0; i < 2; i++) {
		b[i] = binding_of(&(struct ask) { "4", RA, 0, 0 }, 53, 0);
		EQ(ports_bind(t.ports, &b[i], 0), 0);
	}
	OK(ports_bytes(t.ports) > before);
	for (unsigned i = 0; i < 2; i++)
		ports_unbind(t.ports, &b[i]);
	EQ(ports_bytes(t.ports), before);
	teardown(&t);
}

TEST(the_peer_goes_and_the_address_is_as_it_was)
{
	const struct flow f = flow_of("10.0.0.1", 53, "10.0.0.9", 7);
	const struct ostia_addr peer = A("10.0.0.9"), self = A("10.0.0.1");
	struct binding b;
	struct place t;

	setup(&t);
	b = binding_of(&(struct ask) { "4", 0, 0, 0 }, 53, 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	EQ(ports_connect(t.ports, &b, &self, &peer, 7), 0);
	OK(addr_eq(&b.local, &self) && addr_is_any(binding_wished(&b)));
	EQ(ports_connect(t.ports, &b, &peer, &self, 7), 0); /* another one */
	OK(addr_eq(&b.peer->remote, &self) && addr_is_any(binding_wished(&b)));
	ports_disconnect(t.ports, &b);
	OK(addr_is_any(&b.local) && !b.peer);
	EQ(ports_connect(t.ports, &b, &self, &peer, 7), 0);
	ports_unbind(t.ports, &b);
	OK(addr_is_any(&b.local) && !b.peer);
	OK(!ports_lookup(t.ports, &f, 1, 0, 0));
	teardown(&t);
}

TEST(connecting_without_memory_changes_nothing)
{
	const struct ostia_addr peer = A("10.0.0.9"), self = A("10.0.0.1");
	struct flow f = flow_of("10.0.0.1", 53, "10.0.0.8", 999);
	struct binding b;
	struct place t;
	int err = -ENOMEM;

	setup(&t);
	b = binding_of(&(struct ask) { "4", 0, 0, 0 }, 53, 0);
	EQ(ports_bind(t.ports, &b, 0), 0);
	for (int left = 0; err; left++) {
		t.lend.left = left;
		err = ports_connect(t.ports, &b, &self, &peer, 7);
		t.lend.left = -1;
		if (!err)
			break;
		EQ(err, -ENOMEM);
		OK(!b.peer && addr_is_any(&b.local));
		OK(ports_lookup(t.ports, &f, 1, 0, 0) == &b);
	}
	OK(!ports_lookup(t.ports, &f, 1, 0, 0));
	ports_unbind(t.ports, &b);
	teardown(&t);
}

static bool odd_is_busy(void *ctx, const struct flow *f)
{
	(*(unsigned *)ctx)++;
	return f->lport % 2;
}

TEST(picks_ask_whether_the_tuple_is_free)
{
	struct flow f = flow_of("10.0.0.1", 0, "10.0.0.9", 80);
	int claim[10];
	unsigned asked = 0;
	struct place t;

	setup(&t);
	ports_range(t.ports, 40000, 40009);
	/* a port that nobody has is free without asking */
	for (unsigned i = 0; i < 10; i++)
		claim[i] = ports_claim(t.ports, &f.local, (uint16_t)(40000 + i),
				       0, 0, BIND_TCP | BIND_CHOSEN);
	for (unsigned i = 0; i < 50; i++) {
		int got = ports_pick(t.ports, &f, 0, BIND_TCP, odd_is_busy,
				     &asked, i);

		OK(got > 0);
		EQ(f.lport % 2, 0);
		ports_release(t.ports, (uint32_t)got);
	}
	OK(asked > 0);
	for (unsigned i = 0; i < 10; i++)
		ports_release(t.ports, (uint32_t)claim[i]);
	teardown(&t);
}

/* SECURITY 20: who connects to us often learns nothing of ports that we take
 * towards another.
 */
TEST(ports_towards_one_peer_do_not_foretell_those_towards_another)
{
	unsigned near = 0, same_step = 0;
	uint16_t last[2] = { 0 };
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 2000; i++) {
		struct flow f = flow_of("10.0.0.1", 0, "10.0.0.9", 80);
		struct flow g = flow_of("10.0.0.1", 0, "10.0.0.8", 80);
		unsigned n = 0;
		int c, d;

		c = ports_pick(t.ports, &f, 0, BIND_TCP, odd_is_busy, &n, i);
		d = ports_pick(t.ports, &g, 0, BIND_TCP, odd_is_busy, &n, i);
		OK(c > 0 && d > 0);
		near += (uint16_t)(f.lport - g.lport + 64) < 128;
		if (i)
			same_step += (uint16_t)(f.lport - last[0]) ==
				     (uint16_t)(g.lport - last[1]);
		last[0] = f.lport;
		last[1] = g.lport;
		ports_release(t.ports, (uint32_t)c);
		ports_release(t.ports, (uint32_t)d);
	}
	/* steps of 1 to 8, each its own: equal about once in eight times */
	OK(same_step < 500);
	OK(near < 2000);
	teardown(&t);
}

TEST(ports_towards_one_peer_are_not_reused_soon)
{
	struct flow f = flow_of("10.0.0.1", 0, "10.0.0.9", 80);
	static bool seen[65536];
	unsigned n = 0, again = 0;
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 3000; i++) {
		int c = ports_pick(t.ports, &f, 0, BIND_TCP, odd_is_busy, &n,
				   i);

		again += seen[f.lport];
		seen[f.lport] = true;
		ports_release(t.ports, (uint32_t)c);
	}
	EQ(again, 0);
	teardown(&t);
}

TEST(ports_without_a_peer_look_random)
{
	unsigned up = 0, halves = 0;
	uint16_t last = 0;
	struct place t;

	setup(&t);
	for (unsigned i = 0; i < 4000; i++) {
		struct binding b =
			binding_of(&(struct ask) { "4", 0, 0, 0 }, 0, 0);

		EQ(ports_bind(t.ports, &b, 0), 0);
		up += b.port > last;
		halves += b.port > 46883;
		last = b.port;
		ports_unbind(t.ports, &b);
	}
	OK(up > 1800 && up < 2200);
	OK(halves > 1800 && halves < 2200);
	teardown(&t);
}

TEST(out_of_memory_is_an_answer)
{
	for (long left = 0;; left++) {
		struct ostia_addr peer = A("10.0.0.9");
		struct binding b;
		struct place t;
		int err, err2 = -1;

		setup(&t);
		b = binding_of(&(struct ask) { "10.0.0.1", 0, 0, 0 }, 53, 0);
		t.lend.left = left;
		err = ports_bind(t.ports, &b, 0);
		OK(err == 0 || err == -ENOMEM);
		EQ(b.bound, err == 0);
		if (err == 0) {
			err2 = ports_connect(t.ports, &b, &b.local, &peer, 1);
			OK(err2 == 0 || err2 == -ENOMEM);
			ports_unbind(t.ports, &b);
		}
		t.lend.left = -1;
		teardown(&t);
		if (err2 == 0)
			break;
	}
}

/* Lookups are remembered; whatever changes a binding makes them forgotten. */
TEST(a_lookup_sees_each_change_at_once)
{
	const struct ask any = { "4", RP, 0, 0 };
	struct ostia_addr ours = A("10.0.0.1"), peer = A("10.0.0.2");
	const struct flow f = { ours, peer, 80, 999, 0 };
	struct binding b = binding_of(&any, 80, BIND_TCP);
	struct place t;

	setup(&t);
	OK(!ports_lookup(t.ports, &f, 1, 0, 7));
	EQ(ports_bind(t.ports, &b, 0), 0);
	OK(ports_lookup(t.ports, &f, 1, 0, 7) == &b);
	OK(!ports_lookup(t.ports, &f, 1, LI, 7));
	EQ(ports_relisten(t.ports, &b), 0);
	OK(ports_lookup(t.ports, &f, 1, LI, 7) == &b);
	ports_unlisten(t.ports, &b);
	OK(!ports_lookup(t.ports, &f, 1, LI, 7));
	EQ(ports_connect(t.ports, &b, &ours, &peer, 1000), 0);
	OK(!ports_lookup(t.ports, &f, 1, 0, 7));
	ports_disconnect(t.ports, &b);
	OK(ports_lookup(t.ports, &f, 1, 0, 7) == &b);
	ports_unbind(t.ports, &b);
	OK(!ports_lookup(t.ports, &f, 1, 0, 7));
	teardown(&t);
}

TESTS(CASE(the_second_bind_answers_as_on_linux),
      CASE(one_listener_a_place_unless_both_reuse_the_port),
      CASE(claims_keep_a_port_busy_and_are_counted),
      CASE(the_best_binding_wins),
      CASE(a_connected_socket_hears_its_peer_alone),
      CASE(flags_that_are_needed_are_needed),
      CASE(among_equals_the_flow_decides_or_the_last_one_bound),
      CASE(who_differs_is_of_another_team), CASE(who_may_attach_a_program),
      CASE(listeners_are_a_team_while_they_listen),
      CASE(a_team_without_memory_is_ENOMEM),
      CASE(a_walk_meets_connected_and_plain_ones),
      CASE(each_of_many_connected_sockets_on_a_port_is_found),
      CASE(ephemeral_ports_fill_the_range_and_no_more),
      CASE(a_port_knows_its_users_however_they_come_and_go),
      CASE(a_port_costs_nothing_when_all_have_left),
      CASE(the_peer_goes_and_the_address_is_as_it_was),
      CASE(connecting_without_memory_changes_nothing),
      CASE(picks_ask_whether_the_tuple_is_free),
      CASE(ports_towards_one_peer_do_not_foretell_those_towards_another),
      CASE(ports_towards_one_peer_are_not_reused_soon),
      CASE(a_lookup_sees_each_change_at_once),
      CASE(ports_without_a_peer_look_random), CASE(out_of_memory_is_an_answer))
