/* SPDX-License-Identifier: MIT */
#include "play.h"
#include "record/view.h"

static struct view look_back(struct play *p, const char *faults, uint64_t seed)
{
	struct ostia_record *rec;
	struct view v;
	int fd = play_file();

	play_begin(p, &(struct ostia_recorder_config) { .seed = seed }, faults);
	play_hello(p);
	EQ(ostia_recorder_save_fd(p->r, fd), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);
	ostia_record_close(rec);
	close(fd);
	return v;
}

static const struct view_conv *tcp_conv(const struct view *v)
{
	const struct view_conv *c = NULL;

	for (uint32_t i = 0; i < v->nconvs; i++)
		if (v->conv[i].proto == IPPROTO_TCP) {
			OK(!c);
			c = &v->conv[i];
		}
	OK(c != NULL);
	return c;
}

TEST(a_conversation_has_two_ends_and_a_beginning)
{
	const struct view_conv *c;
	struct play p;
	struct view v = look_back(&p, "delay 20ms", 1);
	char name[80];

	c = tcp_conv(&v);
	EQ(c->node[0], 1);
	EQ(c->node[1], 2);
	EQ(c->port[1], 7);
	OK(c->known[0] && c->known[1] && c->end[0] >= 0 && c->end[1] >= 0);
	EQ(c->bytes[0], 5);
	EQ(c->lost[0] + c->lost[1] + c->resent[0] + c->resent[1], 0);
	view_name(name, sizeof(name), c->addr[1], c->port[1]);
	STR(name, "10.0.0.2:7");
	STR(view_host(&v, 2)->name, "server");
	STR(view_host(&v, 2)->addr, "10.0.0.2/24");
	EQ(v.begin, 0);
	view_fini(&v);
	EQ(play_end(&p), 0);
}

TEST(bytes_are_joined_to_their_reading_and_acknowledgment)
{
	const struct view_point *read, *acked;
	const struct view_conv *c;
	const struct view_call *call = NULL;
	struct play p;
	struct view v = look_back(&p, "delay 20ms", 1);

	c = tcp_conv(&v);
	for (uint32_t i = 0; i < v.ncalls; i++)
		if (v.call[i].out)
			call = &v.call[i];
	OK(call != NULL);
	EQ(call->from, 0);
	EQ(call->to, 5);
	read = view_when(v.end[c->end[1]].read, v.end[c->end[1]].nread, 5);
	acked = view_when(v.end[c->end[0]].acked, v.end[c->end[0]].nacked, 5);
	OK(read && acked);
	OK(read->time >= call->time + 20 * OSTIA_MS);
	OK(acked->time >= call->time + 40 * OSTIA_MS);
	OK(!view_when(v.end[c->end[0]].acked, v.end[c->end[0]].nacked, 100));
	view_fini(&v);
	EQ(play_end(&p), 0);
}

TEST(losses_are_counted_where_they_happen)
{
	struct play p;
	struct view v = look_back(&p, "delay 20ms loss 30%", 3);
	struct ostia_wire_stats s[2];
	uint64_t lost = 0;

	for (unsigned i = 0; i < 2; i++)
		ostia_wire_stats(p.wire, i, &s[i]);
	for (uint32_t i = 0; i < v.nconvs; i++)
		lost += v.conv[i].lost[0] + v.conv[i].lost[1];
	OK(lost > 0 && lost <= s[0].lost + s[1].lost); /* ARP has no lines */
	view_fini(&v);
	EQ(play_end(&p), 0);
}

TESTS(CASE(a_conversation_has_two_ends_and_a_beginning),
      CASE(bytes_are_joined_to_their_reading_and_acknowledgment),
      CASE(losses_are_counted_where_they_happen))
