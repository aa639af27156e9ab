/* SPDX-License-Identifier: MIT */
#include "play.h"
#include "record/stat.h"

TEST(counters_are_those_of_the_last_look_and_losses_are_counted)
{
	struct ostia_record *rec;
	uint64_t lost = 0, segs = 0;
	struct view v;
	struct stat_sum s;
	struct play p;
	int fd = play_file();
	struct ostia_wire_stats w[2];

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 3 },
		   "delay 20ms loss 30%");
	play_hello(&p);
	for (unsigned i = 0; i < 2; i++)
		ostia_wire_stats(p.wire, i, &w[i]);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	EQ(play_end(&p), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);
	EQ(stat_at(&s, &v, rec, OSTIA_NEVER), 0);
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.row[i].kind == STAT_WIRE)
			lost += s.row[i].value;
		if (!strcmp(s.row[i].name, "TcpOutSegs"))
			segs = s.row[i].value;
	}
	OK(lost > 0);
	EQ(lost, w[0].lost + w[1].lost);
	OK(segs > 0);
	stat_fini(&s);
	view_fini(&v);
	ostia_record_close(rec);
	close(fd);
}

static const struct stat_conn *end_of(const struct stat_sum *s, int port_side)
{
	for (uint32_t i = 0; i < s->nconns; i++)
		if (s->conn[i].n && s->conn[i].port[port_side] == 7)
			return &s->conn[i];
	return NULL;
}

/* Looks are an hour apart, so all that is known is what it left. */
TEST(a_connection_that_ended_is_told_as_it_left_its_numbers)
{
	const struct ostia_recorder_config cfg = { .seed = 3,
						   .look_every =
							   3600 * OSTIA_S };
	const struct stat_conn *client, *server;
	struct ostia_record *rec;
	struct stat_sum s;
	struct view v;
	struct play p;
	int fd = play_file();

	play_begin(&p, &cfg, "delay 20ms");
	play_hello(&p);
	OK(ostia_world_run_until(p.w, OSTIA_S) >= 0);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	EQ(play_end(&p), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);
	EQ(stat_at(&s, &v, rec, OSTIA_NEVER), 0);
	client = end_of(&s, 1);
	server = end_of(&s, 0);
	OK(client && server);
	EQ(client->port[0], server->port[1]);
	EQ(memcmp(client->addr[0], server->addr[1], 16), 0);
	EQ(client->value[ESTATS_AppThruOctetsAcked],
	   server->value[ESTATS_AppThruOctetsReceived]);
	OK(client->value[ESTATS_AppThruOctetsAcked] > 0);
	OK(client->value[ESTATS_PerfSmoothedRTT] >= 40000);
	stat_fini(&s);
	EQ(stat_at(&s, &v, rec, 0), 0); /* nothing was known then */
	OK(!end_of(&s, 1));
	stat_fini(&s);
	view_fini(&v);
	ostia_record_close(rec);
	close(fd);
}

TESTS(CASE(counters_are_those_of_the_last_look_and_losses_are_counted),
      CASE(a_connection_that_ended_is_told_as_it_left_its_numbers))
