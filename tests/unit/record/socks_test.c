/* SPDX-License-Identifier: MIT */
#include "play.h"
#include "record/socks.h"

#include <netinet/tcp.h>

/* The row of @port on @node, or NULL. */
static const struct socks_row *row(const struct socks *s, uint32_t node,
				   uint16_t lport, uint16_t rport)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct socks_row *x = &s->row[i];

		if (!x->dead && x->node == node &&
		    (lport ? x->c.lport == lport : x->c.rport == rport) &&
		    (x->c.rport != 0) == (lport == 0))
			return x;
	}
	return NULL;
}

TEST(sockets_come_change_and_go)
{
	struct ostia_record *rec;
	struct view v;
	struct socks s;
	struct play p;
	int fd = play_file();

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 1 },
		   "delay 20ms");
	play_hello(&p);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);

	EQ(socks_at(&s, &v, rec, 10 * OSTIA_US), 0);
	OK(row(&s, 2, 7, 0) && row(&s, 2, 7, 0)->c.state == TCP_LISTEN);
	EQ(row(&s, 2, 7, 0)->c.sendq, 5); /* its backlog */
	socks_fini(&s);

	EQ(socks_at(&s, &v, rec, 10 * OSTIA_MS), 0);
	OK(row(&s, 1, 0, 7) && row(&s, 1, 0, 7)->c.state == TCP_SYN_SENT);
	socks_fini(&s);

	/* ARP, then the handshake: 100 ms; then five bytes are on their way. */
	EQ(socks_at(&s, &v, rec, 110 * OSTIA_MS), 0);
	OK(row(&s, 1, 0, 7) && row(&s, 1, 0, 7)->c.state == TCP_ESTABLISHED);
	EQ(row(&s, 1, 0, 7)->c.sendq, 5);
	socks_fini(&s);

	EQ(socks_at(&s, &v, rec, OSTIA_NEVER), 0);
	OK(!row(&s, 2, 7, 0)); /* closed */
	socks_fini(&s);
	view_fini(&v);
	ostia_record_close(rec);
	EQ(play_end(&p), 0);
	close(fd);
}

TEST(states_are_spelled_as_ss_does)
{
	STR(socks_state(TCP_ESTABLISHED), "ESTAB");
	STR(socks_state(TCP_SYN_RECV), "SYN-RECV");
	STR(socks_state(TCP_CLOSE), "UNCONN");
	STR(socks_state(99), "UNKNOWN");
}

static struct socks_row client_at(const struct view *v,
				  struct ostia_record *rec, ostia_time t)
{
	struct socks_row x;
	struct socks s;

	EQ(socks_at(&s, v, rec, t), 0);
	OK(row(&s, 1, 0, 7));
	x = *row(&s, 1, 0, 7);
	socks_fini(&s);
	return x;
}

TEST(tries_end_with_an_acknowledgment)
{
	struct sockaddr_in a = play_addr(1);
	ostia_time cut, healed;
	struct ostia_record *rec;
	struct view v;
	struct play p;
	int fd = play_file(), l, c, s;
	char buf[16];

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 1 },
		   "delay 20ms");
	l = ostia_socket(p.bsd[1], AF_INET, SOCK_STREAM, 0);
	c = ostia_socket(p.bsd[0], AF_INET, SOCK_STREAM, 0);
	EQ(ostia_bind(p.bsd[1], l, (struct sockaddr *)&a, sizeof(a)), 0);
	EQ(ostia_listen(p.bsd[1], l, 5), 0);
	EQ(ostia_connect(p.bsd[0], c, (struct sockaddr *)&a, sizeof(a)), 0);
	s = ostia_accept(p.bsd[1], l, NULL, NULL);
	ostia_wire_cut(p.wire, OSTIA_WIRE_BOTH);
	EQ(ostia_send(p.bsd[0], c, "Hello", 5, 0), 5);
	cut = ostia_world_now(p.w) + 3 * OSTIA_S;
	EQ(ostia_world_run_until(p.w, cut), 0);
	ostia_wire_heal(p.wire, OSTIA_WIRE_BOTH);
	EQ(ostia_recv(p.bsd[1], s, buf, sizeof(buf), 0), 5);
	EQ(ostia_world_run_until(p.w, ostia_world_now(p.w) + OSTIA_S), 0);
	EQ(ostia_send(p.bsd[0], c, "again", 5, 0), 5);
	healed = ostia_world_now(p.w) + OSTIA_MS;
	EQ(ostia_world_run_until(p.w, healed), 0);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	EQ(play_end(&p), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);
	OK(client_at(&v, rec, cut).tries > 1);
	EQ(client_at(&v, rec, cut).c.sendq, 5);
	EQ(client_at(&v, rec, healed).tries, 0);
	EQ(client_at(&v, rec, healed).c.sendq, 5);
	view_fini(&v);
	ostia_record_close(rec);
	close(fd);
}

TESTS(CASE(tries_end_with_an_acknowledgment), CASE(sockets_come_change_and_go),
      CASE(states_are_spelled_as_ss_does))
