/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/record/play.h - a small conversation, recorded, and read again
 */
#ifndef OSTIA_TESTS_UNIT_RECORD_PLAY_H
#define OSTIA_TESTS_UNIT_RECORD_PLAY_H

#include "../test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/world.h>
#include <stdbool.h>
#include <unistd.h>

/** struct play - Two hosts 20 ms apart, and what records them */
struct play {
	struct ostia_recorder *r;
	struct ostia_world *w;
	struct ostia_node *host[2];
	struct ostia_wire *wire;
	struct ostia_world_proc *proc[2];
	struct ostia_proc *bsd[2];
};

static inline struct sockaddr_in play_addr(int end)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(7) };

	EQ(inet_pton(AF_INET, end ? "10.0.0.2" : "10.0.0.1", &a.sin_addr), 1);
	return a;
}

static inline void play_begin(struct play *p,
			      const struct ostia_recorder_config *cfg,
			      const char *faults)
{
	struct ostia_world_config world = { .seed = cfg->seed,
					    .trace = ostia_recorder_world };
	const struct ostia_wire_config wire = { .faults = faults };

	EQ(ostia_recorder_new(cfg, &p->r), 0);
	world.trace_ctx = p->r;
	EQ(ostia_world_new(&world, &p->w), 0);
	for (int i = 0; i < 2; i++)
		EQ(ostia_host_new(p->w, i ? "server" : "client", NULL, 0,
				  &p->host[i]),
		   0);
	EQ(ostia_wire_new(p->w, &wire, p->host[0], p->host[1], &p->wire), 0);
	EQ(ostia_wire_addr(p->wire, 0, "10.0.0.1/24"), 0);
	EQ(ostia_wire_addr(p->wire, 1, "10.0.0.2/24"), 0);
	for (int i = 0; i < 2; i++) {
		EQ(ostia_world_proc_new(p->host[i], i ? "echo" : "ask", 0,
					&p->proc[i]),
		   0);
		p->bsd[i] = ostia_world_proc_bsd(p->proc[i]);
	}
}

/* One connection, "Hello" there so often, a segment each, and closed from here.
 */
static inline void play_hellos(struct play *p, int times)
{
	struct sockaddr_in a = play_addr(1);
	int l = ostia_socket(p->bsd[1], AF_INET, SOCK_STREAM, 0);
	int c = ostia_socket(p->bsd[0], AF_INET, SOCK_STREAM, 0), s;
	char buf[16];

	EQ(ostia_setsockopt(p->bsd[1], l, SOL_SOCKET, SO_REUSEADDR,
			    &(int) { 1 }, sizeof(int)),
	   0);
	EQ(ostia_bind(p->bsd[1], l, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_listen(p->bsd[1], l, 5), 0);
	ostia_recorder_look(p->r, p->w);
	EQ(ostia_connect(p->bsd[0], c, (struct sockaddr *)&a, sizeof(a)), 0);
	s = ostia_accept(p->bsd[1], l, NULL, NULL);
	OK(s >= 0);
	EQ(ostia_setsockopt(p->bsd[0], c, SOL_TCP, TCP_NODELAY, &(int) { 1 },
			    sizeof(int)),
	   0);
	for (int i = 0; i < times; i++)
		EQ(ostia_send(p->bsd[0], c, "Hello", 5, 0), 5);
	for (int got = 0; got < 5 * times;) {
		ssize_t n = ostia_recv(p->bsd[1], s, buf, sizeof(buf), 0);

		OK(n > 0);
		got += (int)n;
	}
	ostia_recorder_now(p->r);
	ostia_recorder_look(p->r, p->w);
	EQ(ostia_close(p->bsd[0], c), 0);
	EQ(ostia_recv(p->bsd[1], s, buf, sizeof(buf), 0), 0);
	EQ(ostia_close(p->bsd[1], s), 0);
	EQ(ostia_close(p->bsd[1], l), 0);
}

static inline void play_hello(struct play *p)
{
	play_hellos(p, 1);
}

static inline int play_end(struct play *p)
{
	ostia_world_free(p->w);
	return ostia_recorder_free(p->r);
}

/* A file without a name. */
static inline int play_file(void)
{
	FILE *f = tmpfile();
	int fd;

	OK(f != NULL);
	fd = dup(fileno(f));
	fclose(f);
	OK(fd >= 0);
	return fd;
}

static inline struct ostia_record *play_open(int fd)
{
	struct ostia_record *rec;
	char err[200] = "";

	EQ(lseek(fd, 0, SEEK_SET), 0);
	if (ostia_record_open_fd(fd, &rec, err, sizeof(err)))
		fail_msg("%s", err);
	return rec;
}

#endif
