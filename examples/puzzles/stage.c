/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/world.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LATE_MS = 1, STEP_MS = 100, LIMIT_S = 300 };

/* ---- what programs have in common ---- */

static struct sockaddr_in at(const char *addr)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(7) };

	inet_pton(AF_INET, addr, &a.sin_addr);
	return a;
}

int stage_listen(int backlog)
{
	struct sockaddr_in a = at("10.0.0.2");
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(fd, backlog))
		return -1;
	return fd;
}

int stage_connect(void)
{
	struct sockaddr_in a = at("10.0.0.2");
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&a, sizeof(a)) ? -1 : fd;
}

void stage_rest_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

int stage_read(int fd, char *buf, size_t n)
{
	while (n) {
		ssize_t r = recv(fd, buf, n, 0);

		if (r <= 0)
			return -1;
		n -= (size_t)r;
	}
	return 0;
}

/* ---- the stage ---- */

struct stage {
	struct ostia_world *world;
	struct ostia_node *host[2];
	struct ostia_wire *wire;
	struct ostia_world_proc *proc[2];
	struct ostia_recorder *recorder;
	int mute, err;
};

static void hear(void *ctx, const struct ostia_world_trace *ev)
{
	struct stage *s = ctx;

	if (!s->mute)
		ostia_recorder_world(s->recorder, ev);
}

static int build(struct stage *s)
{
	static const char *const names[] = { "client", "server" };
	const struct ostia_world_config cfg = { .seed = 1,
						.trace = hear,
						.trace_ctx = s };
	const struct ostia_wire_config wire = { .type = OSTIA_LINK_IP,
						.faults = puzzle.faults };
	int err = ostia_world_new(&cfg, &s->world);

	for (int i = 0; i < 2 && !err; i++)
		err = ostia_host_new(s->world, names[i], puzzle.settings,
				     puzzle.nsettings, &s->host[i]);
	if (!err)
		err = ostia_wire_new(s->world, &wire, s->host[0], s->host[1],
				     &s->wire);
	if (!err)
		err = ostia_wire_addr(s->wire, 0, "10.0.0.1/24");
	if (!err)
		err = ostia_wire_addr(s->wire, 1, "10.0.0.2/24");
	s->mute = 1; /* descriptors of the console are not the puzzle's */
	for (int i = 0; i < 2 && !err; i++)
		err = ostia_world_proc_new(s->host[i], names[i], 0,
					   &s->proc[i]);
	s->mute = 0;
	return err;
}

static int start(struct stage *s, int side)
{
	const char *args[] = { side ? "server" : "client" };

	return ostia_world_exec(s->proc[side],
				side ? puzzle.server : puzzle.client, 1, args);
}

static void start_client(void *ctx)
{
	struct stage *s = ctx;

	s->err = start(s, 0);
}

/* Step by step, so that tables of sockets are looked at on the way. */
static int run(struct stage *s)
{
	ostia_time now = 0;
	int err;

	do {
		now += STEP_MS * OSTIA_MS;
		err = ostia_world_run(s->world, now);
		ostia_recorder_look(s->recorder, s->world);
	} while (err == -ETIMEDOUT && now < LIMIT_S * OSTIA_S);
	if (!err)
		err = ostia_world_run_until(
			s->world, ostia_world_now(s->world) + puzzle.linger);
	ostia_recorder_now(s->recorder);
	ostia_recorder_look(s->recorder, s->world);
	return err ? err : s->err;
}

/* Programs that do not end as the puzzle says are a failure. */
static int verdict(const struct stage *s)
{
	for (int i = 0; i < 2; i++) {
		int status = 0;

		if (!ostia_world_proc_status(s->proc[i], &status) || status) {
			fprintf(stderr, "%s: the %s ends with %d\n",
				puzzle.name, i ? "server" : "client", status);
			return -EIO;
		}
	}
	return 0;
}

static int play(struct stage *s)
{
	int err = build(s);

	if (!err)
		ostia_recorder_look(s->recorder, s->world);
	if (!err)
		err = start(s, 1);
	if (!err)
		err = ostia_world_at(s->world, LATE_MS * OSTIA_MS, start_client,
				     s);
	if (!err)
		err = run(s);
	if (!err)
		err = verdict(s);
	if (s->world)
		ostia_world_free(s->world);
	return err;
}

int main(int argc, char **argv)
{
	struct ostia_recorder_config cfg = { .seed = 1,
					     .config = puzzle.name,
					     .to_fd = 1 };
	struct stage s = { .world = NULL };
	int err, ended;

	if (argc != 2) {
		fprintf(stderr, "usage: %s RECORDING\n", puzzle.name);
		return 2;
	}
	cfg.fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (cfg.fd < 0) {
		perror(argv[1]);
		return 1;
	}
	err = ostia_recorder_new(&cfg, &s.recorder);
	if (!err)
		err = play(&s);
	ended = s.recorder ? ostia_recorder_free(s.recorder) : 0;
	close(cfg.fd);
	if (err || ended)
		fprintf(stderr, "%s: %s\n", puzzle.name,
			strerror(err ? -err : -ended));
	return err || ended;
}
