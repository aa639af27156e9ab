/* SPDX-License-Identifier: MIT */
/*
 * The n-th allocation of pool and stacks fails, for every n: the textbook
 * programs and a datagram exchange end, well or with an error that they heard,
 * and whatever was made is given back.
 *
 *	alloc_test [FIRST]
 */
#include "net.h"

int server_main(int argc, char **argv);
int client_main(int argc, char **argv);

static void hear(void *ctx, int fd, const void *p, size_t n)
{
	unsigned *heard = ctx;

	(void)fd;
	(void)p;
	*heard += (unsigned)n;
}

static int datagrams(void *arg)
{
	struct ostia_proc *p = ostia_world_proc_bsd(arg);
	struct pollfd ready = { .events = POLLIN };
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, "fd00::2", 9);
	char buf[3000] = "";

	ready.fd = ostia_socket(p, AF_INET6, SOCK_DGRAM, 0);
	if (ready.fd < 0)
		return 1;
	(void)ostia_sendto(p, ready.fd, buf, sizeof(buf), 0,
			   (struct sockaddr *)&a, len);
	(void)ostia_poll(p, &ready, 1, 2000);
	(void)ostia_recv(p, ready.fd, buf, sizeof(buf), MSG_DONTWAIT);
	(void)ostia_close(p, ready.fd);
	return 0;
}

static int add_proc(struct ostia_node *n, const char *name, unsigned *heard,
		    struct ostia_world_proc **out)
{
	int err = ostia_world_proc_new(n, name, 0, out);

	if (!err)
		ostia_world_proc_console(*out, hear, heard);
	return err;
}

/* Return: 0, or the first error that the world's maker heard. */
static int story(struct ostia_world *w, bool sticky, unsigned *heard)
{
	static const char *const server[] = { "server", "10.0.0.2", "7", "1" };
	static const char *const client[] = { "client", "10.0.0.2", "7" };
	const struct ostia_wire_config cfg = { .faults = "delay 1ms" };
	struct ostia_world_proc *s, *c;
	struct ostia_node *a, *b;
	struct ostia_wire *x;
	int err = ostia_host_new(w, "a", NULL, 0, &a);

	err = err ? err : ostia_host_new(w, "b", NULL, 0, &b);
	err = err ? err : ostia_wire_new(w, &cfg, a, b, &x);
	err = err ? err : ostia_wire_addr(x, 0, "10.0.0.1/24");
	err = err ? err : ostia_wire_addr(x, 1, "10.0.0.2/24");
	err = err ? err : ostia_wire_addr(x, 0, "fd00::1/64");
	err = err ? err : ostia_wire_addr(x, 1, "fd00::2/64");
	err = err ? err : add_proc(b, "server", heard, &s);
	err = err ? err : add_proc(a, "client", heard, &c);
	err = err ? err : ostia_world_exec(s, server_main, 4, server);
	if (err)
		return err;
	CHECK(!ostia_world_run_until(w, OSTIA_MS), "run");
	CHECK(!ostia_task_spawn(c, datagrams, c, NULL), "spawn");
	CHECK(!ostia_world_exec(c, client_main, 3, client), "exec");
	(void)ostia_world_run(w, 1500 * OSTIA_S);
	/* one failure delays or is heard; without memory all may stand still */
	CHECK(sticky || ostia_world_proc_status(c, NULL),
	      "the client waits for ever");
	ostia_world_proc_free(c);
	ostia_world_proc_free(s);
	CHECK(!ostia_world_run_until(w, 4000 * OSTIA_S), "rest");
	net_at_rest(w, a);
	net_at_rest(w, b);
	return 0;
}

/* Return: whether the n-th allocation came to pass. */
static bool fail_at(uint64_t n, bool sticky, unsigned *failed)
{
	const struct ostia_world_config cfg = { .seed = 1 };
	struct ostia_world_stats before, after;
	struct ostia_world *w;
	unsigned heard = 0;
	bool reached;
	int err;

	snprintf(net_case, sizeof(net_case), "alloc_test %llu%s",
		 (unsigned long long)n, sticky ? " (and all after it)" : "");
	witness_again("%llu", (unsigned long long)n);
	CHECK(!witness_world(&cfg, &w), "world");
	ostia_world_stats(w, &before);
	ostia_world_fail_alloc(w, n, sticky);
	err = story(w, sticky, &heard);
	CHECK(!err || err == -ENOMEM, "error %d", err);
	ostia_world_stats(w, &after);
	reached = after.allocs - before.allocs >= n || err ||
		  (sticky && after.allocs - before.allocs == n - 1);
	*failed += err || heard != 15;
	ostia_world_free(w);
	return reached;
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;

	witness_begin(argv, net_case);
	for (int sticky = 0; sticky < 2; sticky++) {
		unsigned failed = 0;
		uint64_t n = first;

		while (fail_at(n, sticky, &failed))
			n++;
		CHECK(n > 50 && failed > 10, "%llu allocations, %u failures",
		      (unsigned long long)n, failed);
	}
	return 0;
}
