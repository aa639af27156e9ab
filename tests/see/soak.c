/* SPDX-License-Identifier: MIT */
/*
 * tests/see/soak.c - ten million events: they are written, and read
 *
 * Makes a recording of COUNT events as a busy server would: calls, bytes and
 * segments of a thousand connections. Usage: see-soak FILE COUNT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <ostia/record.h>
#include <ostia/stack.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNS = 1000, SEGMENT = 40 };

static struct ostia_recorder *r;
static uint64_t told, pkt, call;
static ostia_time now = OSTIA_S;

static void tell(struct ostia_trace *t)
{
	t->time = now += 100;
	ostia_recorder_stack(r, t);
	told++;
}

/* A bare TCP/IPv4 header: from or to one of the connections. */
static void segment(uint32_t stack, uint32_t conn, uint32_t seq, uint32_t ack,
		    uint32_t len)
{
	uint8_t p[SEGMENT] = { 0x45, [2] = 0, [8] = 64, [9] = IPPROTO_TCP };
	struct ostia_trace t = { .kind = OSTIA_TRACE_OUT,
				 .stack = stack,
				 .conn = conn };
	uint16_t port = (uint16_t)(20000 + conn);
	bool client = stack == 1;

	p[2] = (uint8_t)((SEGMENT + len) >> 8);
	p[3] = (uint8_t)(SEGMENT + len);
	p[12] = p[16] = 10;
	p[15] = client ? 1 : 2;
	p[19] = client ? 2 : 1;
	p[client ? 20 : 22] = (uint8_t)(port >> 8);
	p[client ? 21 : 23] = (uint8_t)port;
	p[client ? 23 : 21] = 80;
	for (int i = 0; i < 4; i++) {
		p[24 + i] = (uint8_t)(seq >> (24 - 8 * i));
		p[28 + i] = (uint8_t)(ack >> (24 - 8 * i));
	}
	p[32] = 0x50;
	p[33] = seq ? 0x18 : 0x02;
	p[34] = 2;
	t.u.pkt.id = ++pkt;
	t.u.pkt.link = "eth0";
	t.u.pkt.data = p;
	t.u.pkt.data_len = SEGMENT;
	t.u.pkt.len = SEGMENT + len;
	tell(&t);
}

static void bytes(uint32_t stack, uint32_t conn, uint64_t from, int out)
{
	struct ostia_trace t = { .kind = OSTIA_TRACE_CALL,
				 .stack = stack,
				 .conn = conn };

	t.call = ++call;
	t.u.call.name = out ? "send" : "recv";
	t.u.call.proc = 1;
	t.u.call.fd = (int)conn;
	t.u.call.args = "100, 0x0";
	tell(&t);
	t.kind = OSTIA_TRACE_BYTES;
	t.u.bytes.from = from;
	t.u.bytes.to = from + 100;
	t.u.bytes.out = out;
	tell(&t);
	t.kind = OSTIA_TRACE_RETURN;
	t.u.call.name = out ? "send" : "recv";
	t.u.call.proc = 1;
	t.u.call.fd = (int)conn;
	t.u.call.args = NULL;
	t.u.call.result = 100;
	tell(&t);
}

int main(int argc, char **argv)
{
	int fd = argc == 3 ? open(argv[1], O_CREAT | O_TRUNC | O_RDWR, 0600)
			   : -1;
	uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	const struct ostia_recorder_config cfg = {
		.to_fd = 1, .fd = fd, .config = "ten million events"
	};

	if (fd < 0 || ostia_recorder_new(&cfg, &r)) {
		fprintf(stderr, "usage: see-soak FILE COUNT\n");
		return 2;
	}
	for (uint32_t c = 1; c <= CONNS; c++)
		segment(1, c, 0, 0, 0);
	for (uint64_t round = 0; told < count; round++)
		for (uint32_t c = 1; c <= CONNS; c++) {
			uint32_t seq = (uint32_t)round * 100 + 1;

			bytes(1, c, round * 100, 1);
			segment(1, c, seq, 1, 100);
			bytes(2, c, round * 100, 0);
			segment(2, c, 1, seq + 100, 0);
		}
	return ostia_recorder_free(r) ? 1 : 0;
}
