/* SPDX-License-Identifier: MIT */
/*
 * Two hosts at a switch, wires with offload: super-segments pass whole while
 * nothing befalls them; once something may, single packets meet it, and the
 * same that they met on a wire without offload. The bytes are right always.
 */
#include "net.h"

enum { BYTES = 4 << 20, PORT = 4000, PIECE = 60000, FATES = 800 };

struct star {
	struct ostia_world *w;
	struct ostia_node *hub, *host[2];
	struct ostia_wire *wire[2];
	uint64_t got;
	uint32_t longest; /* on the first host's wire, lately */
	uint8_t fate[FATES]; /* of the TCP packets that it sent */
	unsigned fates;
};

static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

static bool is_tcp(const struct ostia_pkt *p)
{
	uint8_t head[34];

	return ostia_pkt_copy_out(p, 0, head, sizeof(head)) == sizeof(head) &&
	       head[12] == 8 && head[13] == 0 && head[23] == IPPROTO_TCP;
}

static void look(void *ctx, const struct ostia_world_trace *ev)
{
	struct star *t = ctx;

	if (ev->stack || ev->wire != 1 || ev->dir != 0 ||
	    ev->fate == OSTIA_FATE_DELIVERED || !is_tcp(ev->pkt))
		return;
	if (ostia_pkt_len(ev->pkt) > t->longest)
		t->longest = (uint32_t)ostia_pkt_len(ev->pkt);
	if (t->fates < FATES)
		t->fate[t->fates++] = (uint8_t)(ev->fate << 4 | ev->flags);
}

static int serve(void *ctx)
{
	struct star *t = ctx;
	struct ostia_proc *p =
		ostia_world_proc_bsd(ostia_task_proc(ostia_task_self(t->w)));
	static uint8_t buf[PIECE];
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, "10.0.0.2", PORT);
	int door = ostia_socket(p, AF_INET, SOCK_STREAM, 0), fd;
	ssize_t n;

	CHECK(!ostia_bind(p, door, (struct sockaddr *)&a, len), "bind");
	CHECK(!ostia_listen(p, door, 1), "listen");
	fd = ostia_accept4(p, door, NULL, NULL, 0);
	while ((n = ostia_recv(p, fd, buf, sizeof(buf), 0)) > 0)
		for (ssize_t i = 0; i < n; i++, t->got++)
			CHECK(buf[i] == byte_at(t->got), "byte %llu",
			      (unsigned long long)t->got);
	CHECK(n == 0, "%s", strerror(errno));
	return 0;
}

static int send_all(void *ctx)
{
	struct star *t = ctx;
	struct ostia_proc *p =
		ostia_world_proc_bsd(ostia_task_proc(ostia_task_self(t->w)));
	static uint8_t buf[PIECE];
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, "10.0.0.2", PORT);
	int fd = ostia_socket(p, AF_INET, SOCK_STREAM, 0);

	CHECK(!ostia_connect(p, fd, (struct sockaddr *)&a, len), "connect");
	for (uint64_t at = 0; at < BYTES;) {
		size_t want = BYTES - at < PIECE ? BYTES - at : PIECE;
		ssize_t n;

		for (size_t i = 0; i < want; i++)
			buf[i] = byte_at(at + i);
		n = ostia_send(p, fd, buf, want, 0);
		CHECK(n > 0, "send: %s", strerror(errno));
		at += (uint64_t)n;
	}
	CHECK(!ostia_close(p, fd), "close");
	return 0;
}

static void star_new(struct star *t, int offload, const char *faults)
{
	const struct ostia_world_config cfg = { .seed = 7,
						.trace = look,
						.trace_ctx = t };
	const struct ostia_wire_config wire = { .offload = offload,
						.faults = faults };
	char addr[] = "10.0.0.1/24";

	memset(t, 0, sizeof(*t));
	CHECK(!onlooker_world(&cfg, &t->w), "world");
	CHECK(!ostia_switch_new(t->w, "hub", &t->hub), "switch");
	for (unsigned i = 0; i < 2; i++, addr[7]++) {
		t->host[i] = net_host(t->w, i ? "b" : "a");
		CHECK(!ostia_wire_new(t->w, &wire, t->host[i], t->hub,
				      &t->wire[i]),
		      "wire");
		CHECK(!ostia_wire_addr(t->wire[i], 0, addr), "address");
	}
	CHECK(!ostia_task_spawn(net_proc(t->host[1], "server", 0), serve, t,
				NULL),
	      "task");
	CHECK(!ostia_task_spawn(net_proc(t->host[0], "client", 0), send_all, t,
				NULL),
	      "task");
}

static void finish(struct star *t)
{
	CHECK(!ostia_world_run(t->w, 600 * OSTIA_S), "it does not end");
	CHECK(t->got == BYTES, "%llu bytes", (unsigned long long)t->got);
	onlooker_free(t->w);
}

static void whole_segments_pass_a_switch(void)
{
	struct star t;

	star_new(&t, 1, "delay 1ms");
	finish(&t);
	CHECK(t.longest > 20000, "longest %u", t.longest);
}

static void without_offload_none_do(void)
{
	struct star t;

	star_new(&t, 0, NULL);
	finish(&t);
	CHECK(t.longest == 1514, "longest %u", t.longest);
}

static void fates_are_those_of_single_packets(void)
{
	static const char *const faults[] = {
		"delay 1ms loss 1%",
		"delay 1ms loss gemodel 1% 40% duplicate 1%",
		"delay 1ms corrupt 1%",
		"delay 1ms reorder 2%",
	};

	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		static struct star with, without;

		snprintf(net_case, sizeof(net_case), "%s", faults[i]);
		star_new(&with, 1, faults[i]);
		finish(&with);
		star_new(&without, 0, faults[i]);
		finish(&without);
		CHECK(with.longest == 1514, "longest %u", with.longest);
		CHECK(with.fates == FATES && without.fates == FATES, "few");
		CHECK(!memcmp(with.fate, without.fate, FATES), "other fates");
	}
}

/* While it runs: whole, then single, then whole again. */
static void faults_come_and_go(void)
{
	struct star t;
	char err[128];

	star_new(&t, 1, "delay 1ms");
	(void)ostia_world_run_until(t.w, 12 * OSTIA_MS);
	CHECK(t.got > 0 && t.got < BYTES, "%llu bytes",
	      (unsigned long long)t.got);
	CHECK(t.longest > 1514, "longest %u", t.longest);
	CHECK(!ostia_wire_faults(t.wire[0], OSTIA_WIRE_BOTH,
				 "delay 1ms loss 2% rate 100mbit", err,
				 sizeof(err)),
	      "%s", err);
	t.longest = 0;
	(void)ostia_world_run_until(t.w, 100 * OSTIA_MS);
	CHECK(t.got < BYTES, "it was too fast");
	CHECK(t.longest == 1514, "longest %u", t.longest);
	CHECK(!ostia_wire_faults(t.wire[0], OSTIA_WIRE_BOTH, "", err,
				 sizeof(err)),
	      "%s", err);
	finish(&t);
	CHECK(t.longest > 1514, "longest %u", t.longest);
}

/* A switch between a wire with and a wire without. */
static void a_plain_wire_gets_packets_that_fit(void)
{
	struct star t;

	star_new(&t, 1, NULL);
	CHECK(!ostia_wire_faults(t.wire[1], OSTIA_WIRE_BOTH, "rate 1gbit", NULL,
				 0),
	      "faults");
	finish(&t);
	CHECK(t.longest > 20000, "longest %u", t.longest);
}

int main(int argc, char **argv)
{
	(void)argc;
	witness_begin(argv, net_case);
	whole_segments_pass_a_switch();
	without_offload_none_do();
	fates_are_those_of_single_packets();
	faults_come_and_go();
	a_plain_wire_gets_packets_that_fit();
	return 0;
}
