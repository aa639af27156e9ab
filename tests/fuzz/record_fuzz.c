/* SPDX-License-Identifier: MIT */
/*
 * A recording is whatever somebody sends. The input is one; and so that the
 * fuzzer need not guess sums, it is read a second time as one chunk's payload,
 * with a head that is right. What can be read is drawn, put into a page and
 * captured, too.
 */
#include "check.h"
#include "record/crc.h"
#include "record/diagram.h"
#include "record/format.h"
#include "record/html.h"
#include "record/pcap.h"
#include "record/socks.h"
#include "record/stat.h"

#include <ostia/record.h>
#include <ostia/stack.h>

static uint64_t touched;

static void touch_text(const char *s)
{
	if (s)
		touched += strlen(s);
}

static void touch_bytes(const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		touched += p[i];
}

static void touch_trace(const struct ostia_trace *t)
{
	switch (t->kind) {
	case OSTIA_TRACE_CALL:
	case OSTIA_TRACE_RETURN:
		touch_text(t->u.call.name);
		touch_text(t->u.call.args);
		break;
	case OSTIA_TRACE_STATE:
		touch_text(t->u.state.from);
		touch_text(t->u.state.to);
		break;
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		touch_text(t->u.pkt.link);
		touch_text(t->u.pkt.reason);
		touch_bytes(t->u.pkt.data, t->u.pkt.data_len);
		break;
	case OSTIA_TRACE_TIMER:
		touch_text(t->u.timer.name);
		break;
	case OSTIA_TRACE_CWND:
		touch_text(t->u.cwnd.why);
		break;
	case OSTIA_TRACE_LOCAL:
		touch_bytes(t->u.local.data, t->u.local.data_len);
		break;
	default:
		break;
	}
}

static void touch(const struct ostia_record_event *ev)
{
	switch (ev->kind) {
	case OSTIA_RECORD_WIRE:
		if (ev->u.wire.data)
			touch_bytes(ev->u.wire.data, ev->u.wire.data_len);
		break;
	case OSTIA_RECORD_NODE:
		touch_text(ev->u.node.name);
		break;
	case OSTIA_RECORD_WIRING:
		touch_text(ev->u.wiring.name);
		touch_text(ev->u.wiring.faults[0]);
		touch_text(ev->u.wiring.faults[1]);
		break;
	case OSTIA_RECORD_ADDR:
		touch_text(ev->u.addr.link);
		break;
	case OSTIA_RECORD_PROC:
		touch_text(ev->u.proc.name);
		break;
	case OSTIA_RECORD_ROW:
		CHECK(ev->u.row->path_len <= sizeof(ev->u.row->path));
		break;
	case OSTIA_RECORD_COUNTER:
		touch_text(ev->u.counter.name);
		break;
	case OSTIA_RECORD_NOTE:
		touch_text(ev->u.text);
		break;
	case OSTIA_RECORD_GAP:
		touch_text(ev->u.gap.why);
		break;
	case OSTIA_RECORD_ESTATS:
		for (uint32_t i = 0; i < ev->u.estats.n; i++) {
			touched += ev->u.estats.value[i];
			CHECK(ostia_record_estats(i));
		}
		break;
	default:
		CHECK(ev->kind < OSTIA_RECORD_KINDS);
		if (ev->kind < OSTIA_TRACE_KINDS)
			touch_trace(&ev->trace);
		break;
	}
}

static void read_all(const uint8_t *p, size_t n)
{
	uint8_t *copy = exactly(p, n);
	struct ostia_record_event ev;
	struct ostia_record *rec;
	ostia_time last = 0;
	uint64_t count = 0;
	int r;

	if (ostia_record_open_bytes(copy, n, &rec, NULL, 0) == 0) {
		while ((r = ostia_record_next(rec, &ev)) > 0) {
			CHECK(ev.time >= last);
			last = ev.time;
			touch(&ev);
			CHECK(++count <= n); /* an event is three bytes */
		}
		CHECK(r == 0);
		ostia_record_close(rec);
	}
	free(copy);
}

static int draw_item(void *ctx, const struct diagram_item *x)
{
	(void)ctx;
	touch_text(x->text);
	CHECK(strlen(x->text) < DIAGRAM_TEXT);
	return 0;
}

static void draw_all(struct ostia_record *rec, FILE *nowhere)
{
	static const struct html_parts parts = { "", "", "" };
	struct diagram_config cfg = { .to = OSTIA_NEVER, .body = 57 };
	struct ostia_record_event ev;
	struct diagram_sides sides;
	struct stat_sum stat;
	struct socks socks;
	struct pcap pcap;
	struct view v;

	CHECK(view_read(&v, rec) == 0);
	for (cfg.conv = INDEX_NONE; cfg.conv < (int64_t)v.nconvs; cfg.conv++)
		if (diagram_choose(&v, cfg.conv, &sides) == 0) {
			CHECK(diagram_draw(&v, rec, &sides, &cfg, draw_item,
					   NULL) == 0);
			CHECK(html_write(&v, rec, &sides, &cfg, "", &parts,
					 nowhere) == 0);
		}
	CHECK(stat_at(&stat, &v, rec, OSTIA_NEVER) == 0);
	stat_fini(&stat);
	CHECK(socks_at(&socks, &v, rec, OSTIA_NEVER) == 0);
	socks_fini(&socks);
	CHECK(pcap_begin(&pcap, nowhere) == 0);
	while (ostia_record_next(rec, &ev) > 0)
		CHECK(pcap_event(&pcap, &ev) == 0);
	pcap_fini(&pcap);
	view_fini(&v);
}

static void show_all(const uint8_t *p, size_t n)
{
	FILE *nowhere = fopen("/dev/null", "w");
	struct ostia_record *rec;

	CHECK(nowhere);
	if (ostia_record_open_bytes(p, n, &rec, NULL, 0) == 0) {
		draw_all(rec, nowhere);
		ostia_record_close(rec);
	}
	fclose(nowhere);
}

static void as_payload(const uint8_t *data, size_t size)
{
	size_t n = FORMAT_HEAD_LEN + FORMAT_CHUNK_HEAD + size;
	uint8_t *p = calloc(1, n);
	uint8_t *h = p + FORMAT_HEAD_LEN;
	struct crc_table crc;

	CHECK(p);
	crc_init(&crc);
	memcpy(p, FORMAT_MAGIC, 8);
	format_put32(p + 8, FORMAT_VERSION);
	format_put32(p + 24, crc_of(&crc, "", 0));
	format_put32(p + 28, crc_of(&crc, p, 28));
	memcpy(h, FORMAT_CHUNK_MAGIC, 4);
	format_put32(h + 8, (uint32_t)size);
	format_put32(h + 12, UINT32_MAX);
	format_put32(h + 32, crc_of(&crc, data, size));
	format_put32(h + 36, crc_of(&crc, h, 36));
	if (size)
		memcpy(h + FORMAT_CHUNK_HEAD, data, size);
	read_all(p, n);
	show_all(p, n);
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 16)
		return 0;
	read_all(data, size);
	as_payload(data, size);
	return 0;
}
