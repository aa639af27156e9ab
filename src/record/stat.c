/* SPDX-License-Identifier: MIT */
#include "record/stat.h"

#include <errno.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t key_of(uint32_t node, enum stat_kind kind, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u ^ node ^ (uint64_t)kind << 32;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3u;
	return h;
}

static struct stat_row *row_of(struct stat_sum *s, uint32_t node,
			       enum stat_kind kind, const char *name)
{
	uint64_t key = key_of(node, kind, name);
	int64_t i = index_map_get(&s->rows, key);
	struct stat_row *r;

	if (i >= 0)
		return &s->row[i];
	if (s->n == STAT_ROWS_MAX)
		return NULL;
	r = index_grow(s->row, sizeof(*r), s->n, &s->cap);
	if (!r)
		return NULL;
	s->row = r;
	if (index_map_put(&s->rows, key, s->n))
		return NULL;
	r += s->n++;
	*r = (struct stat_row) { .node = node, .kind = kind };
	for (size_t k = 0; k < STAT_NAME - 1 && name[k]; k++)
		r->name[k] = name[k] >= ' ' && name[k] < 0x7f ? name[k] : '?';
	return r;
}

static const char *fate_name(uint8_t fate)
{
	static const char *const names[OSTIA_FATES] = {
		[OSTIA_FATE_LOST] = "loss",   [OSTIA_FATE_BURST] = "burst",
		[OSTIA_FATE_LIMIT] = "limit", [OSTIA_FATE_MTU] = "mtu",
		[OSTIA_FATE_CUT] = "cut",     [OSTIA_FATE_NOMEM] = "nomem",
		[OSTIA_FATE_AQM] = "aqm",
	};

	return fate < OSTIA_FATES ? names[fate] : NULL;
}

static int count(struct stat_sum *s, const struct ostia_record_event *ev)
{
	struct stat_row *r = NULL;
	const char *why;

	if (ev->kind == OSTIA_RECORD_COUNTER) {
		r = row_of(s, ev->node, STAT_COUNTER, ev->u.counter.name);
		if (r)
			r->value = ev->u.counter.value;
		return r ? 0 : -ENOMEM;
	}
	if (ev->kind == OSTIA_TRACE_DROP) {
		why = ev->trace.u.pkt.reason;
		r = row_of(s, ev->node, STAT_DROP, why ? why : "?");
	} else if (ev->kind == OSTIA_RECORD_WIRE &&
		   fate_name(ev->u.wire.fate)) {
		r = row_of(s, ev->u.wire.wire, STAT_WIRE,
			   fate_name(ev->u.wire.fate));
	} else {
		return 0;
	}
	if (r)
		r->value++;
	return r ? 0 : -ENOMEM;
}

int stat_at(struct stat_sum *s, const struct view *v, struct ostia_record *rec,
	    ostia_time time)
{
	struct ostia_record_event ev;
	ostia_time end =
		time < OSTIA_NEVER - v->begin ? v->begin + time : OSTIA_NEVER;
	int got, err = 0;

	*s = (struct stat_sum) { .n = 0 };
	while (!err && (got = ostia_record_next(rec, &ev)) > 0 &&
	       ev.time <= end)
		err = count(s, &ev);
	if (!err)
		err = got < 0 ? got : ostia_record_rewind(rec);
	if (err)
		stat_fini(s);
	return err;
}

void stat_fini(struct stat_sum *s)
{
	free(s->row);
	index_map_fini(&s->rows);
	*s = (struct stat_sum) { .n = 0 };
}

void stat_rfc(char *buf, size_t size, const char *name)
{
	static const struct {
		const char *ours, *theirs;
	} groups[] = { { "TcpExt", NULL },	  { "IpExt", NULL },
		       { "Tcp", "tcp" },	  { "Udp", "udp" },
		       { "Ip", "ipSystemStats" }, { "Icmp", "icmpStats" } };

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		size_t n = strlen(groups[i].ours);

		if (strncmp(name, groups[i].ours, n) != 0)
			continue;
		if (groups[i].theirs)
			snprintf(buf, size, "%s%s", groups[i].theirs, name + n);
		return;
	}
}
