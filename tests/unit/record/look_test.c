/* SPDX-License-Identifier: MIT */
#include "play.h"

struct found {
	unsigned nodes, wires, addrs, procs, tables, rows, counters;
	bool server, listens, connected, delay;
	uint64_t segments;
};

static void note(struct found *f, const struct ostia_record_event *ev)
{
	switch (ev->kind) {
	case OSTIA_RECORD_NODE:
		f->nodes++;
		f->server |= !strcmp(ev->u.node.name, "server");
		break;
	case OSTIA_RECORD_WIRING:
		f->wires++;
		f->delay |= !strcmp(ev->u.wiring.faults[1], "delay 20ms");
		EQ(ev->u.wiring.end[0] + ev->u.wiring.end[1], 3);
		break;
	case OSTIA_RECORD_ADDR:
		f->addrs++;
		break;
	case OSTIA_RECORD_PROC:
		f->procs++;
		break;
	case OSTIA_RECORD_ROWS:
		f->tables++;
		break;
	case OSTIA_RECORD_ROW:
		f->rows++;
		f->listens |= ev->u.row->lport == 7 && ev->u.row->state == 10;
		f->connected |= ev->u.row->rport == 7 && ev->u.row->state == 1;
		break;
	case OSTIA_RECORD_COUNTER:
		f->counters++;
		if (ev->node == 1 && !strcmp(ev->u.counter.name, "TcpOutSegs"))
			f->segments = ev->u.counter.value;
		break;
	default:
		break;
	}
}

static struct found find(struct play *p)
{
	struct found f = { .nodes = 0 };
	struct ostia_record_event ev;
	struct ostia_record *rec;
	int fd = play_file();

	EQ(ostia_recorder_save_fd(p->r, fd), 0);
	rec = play_open(fd);
	while (ostia_record_next(rec, &ev) > 0)
		note(&f, &ev);
	ostia_record_close(rec);
	close(fd);
	return f;
}

TEST(a_recording_knows_what_it_is_about)
{
	struct play p;
	struct found f;

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 1 },
		   "delay 20ms");
	play_hello(&p);
	f = find(&p);
	/* Where it happened, and once more for what a ring forgets. */
	EQ(f.nodes, 2 * 2);
	EQ(f.wires, 2 * 1);
	EQ(f.procs, 2 * 2);
	OK(f.addrs >= 2 * 4); /* 10.0.0.x and loopback's */
	OK(f.server && f.delay && f.listens && f.connected);
	OK(f.segments >= 2);
	EQ(play_end(&p), 0);
}

TEST(looks_where_nothing_happened_cost_nothing)
{
	struct play p;
	struct found f, g;

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 1 }, "");
	play_hello(&p);
	f = find(&p);
	EQ(ostia_world_run_until(p.w, 100 * OSTIA_S), 0);
	ostia_recorder_look(p.r, p.w);
	f = find(&p);
	for (int i = 0; i < 10; i++) {
		EQ(ostia_world_run_until(p.w, (110 + (ostia_time)i) * OSTIA_S),
		   0);
		ostia_recorder_look(p.r, p.w);
	}
	g = find(&p);
	EQ(g.tables, f.tables);
	EQ(g.counters, f.counters);
	EQ(g.nodes, f.nodes);
	EQ(play_end(&p), 0);
}

TEST(other_faults_are_told)
{
	struct play p;
	unsigned before;

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 1 }, "");
	ostia_recorder_now(p.r);
	ostia_recorder_look(p.r, p.w);
	before = find(&p).wires;
	EQ(ostia_wire_faults(p.wire, OSTIA_WIRE_BA, "delay 20ms", NULL, 0), 0);
	ostia_recorder_now(p.r);
	ostia_recorder_look(p.r, p.w);
	EQ(find(&p).wires, before + 2);
	OK(find(&p).delay);
	EQ(play_end(&p), 0);
}

TESTS(CASE(a_recording_knows_what_it_is_about),
      CASE(looks_where_nothing_happened_cost_nothing),
      CASE(other_faults_are_told))
