/* SPDX-License-Identifier: MIT */
#include "play.h"

#include <stdio.h>

/* What is told of each kind comes back as it was told. */
static const uint8_t bytes[] = { 0x45, 0, 0, 5, 9 };
static const struct ostia_trace told[] = {
	{ .time = 10,
	  .kind = OSTIA_TRACE_CALL,
	  .stack = 3,
	  .conn = 8,
	  .call = 9,
	  .u.call = { "send", 4, 7, "5, 0x4000", 0 } },
	{ .time = 11,
	  .kind = OSTIA_TRACE_RETURN,
	  .stack = 3,
	  .call = 9,
	  .u.call = { "send", 4, -1, NULL, -11 } },
	{ .time = 12,
	  .kind = OSTIA_TRACE_STATE,
	  .stack = 1,
	  .conn = UINT64_MAX,
	  .u.state = { "SYN-SENT", "ESTABLISHED" } },
	{ .time = 12,
	  .kind = OSTIA_TRACE_OUT,
	  .stack = 1,
	  .u.pkt = { 77, "tap0", bytes, 5, 1500, 1448, 5, NULL } },
	{ .time = 13,
	  .kind = OSTIA_TRACE_DROP,
	  .stack = 1,
	  .u.pkt = { 78, "", bytes, 2, 2, 0, 0, "IpInHdrErrors" } },
	{ .time = 14,
	  .kind = OSTIA_TRACE_TIMER,
	  .stack = 2,
	  .conn = 1,
	  .u.timer = { "rto", 3 } },
	{ .time = OSTIA_NEVER - 1,
	  .kind = OSTIA_TRACE_CWND,
	  .stack = 2,
	  .conn = 1,
	  .u.cwnd = { 10, UINT32_MAX, 4, 40000, 200000, "ack" } },
	{ .time = OSTIA_NEVER - 1,
	  .kind = OSTIA_TRACE_BYTES,
	  .stack = 2,
	  .conn = 1,
	  .u.bytes = { UINT64_C(1) << 40, (UINT64_C(1) << 40) + 5, 1 } },
	{ .time = OSTIA_NEVER - 1,
	  .kind = OSTIA_TRACE_LOCAL,
	  .stack = 2,
	  .conn = 5,
	  .u.local = { 6, bytes, 3, 3000, SOCK_DGRAM } },
};

enum { TOLD = sizeof(told) / sizeof(told[0]), LINE = 256 };

static const char *text(const char *s)
{
	return s ? s : "(nothing)";
}

static void hex(char *to, const uint8_t *p, uint32_t n)
{
	*to = '\0';
	for (uint32_t i = 0; i < n; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
}

/* All that it says, in a line. */
static void describe(char buf[LINE], const struct ostia_trace *t)
{
	size_t n = (size_t)snprintf(buf, LINE, "%llu %u %u %llu %llu: ",
				    (unsigned long long)t->time, t->kind,
				    t->stack, (unsigned long long)t->conn,
				    (unsigned long long)t->call);
	char data[64];

	buf += n;
	n = LINE - n;
	switch (t->kind) {
	case OSTIA_TRACE_CALL:
	case OSTIA_TRACE_RETURN:
		snprintf(buf, n, "%s %u %d %s %lld", text(t->u.call.name),
			 t->u.call.proc, t->u.call.fd, text(t->u.call.args),
			 (long long)t->u.call.result);
		break;
	case OSTIA_TRACE_STATE:
		snprintf(buf, n, "%s %s", text(t->u.state.from),
			 text(t->u.state.to));
		break;
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		hex(data, t->u.pkt.data, t->u.pkt.data_len);
		snprintf(buf, n, "%llu %s %s %u %u %u %s",
			 (unsigned long long)t->u.pkt.id, text(t->u.pkt.link),
			 data, t->u.pkt.len, t->u.pkt.gso_size, t->u.pkt.flags,
			 text(t->u.pkt.reason));
		break;
	case OSTIA_TRACE_TIMER:
		snprintf(buf, n, "%s %u", text(t->u.timer.name),
			 t->u.timer.count);
		break;
	case OSTIA_TRACE_CWND:
		snprintf(buf, n, "%u %u %u %u %u %s", t->u.cwnd.cwnd,
			 t->u.cwnd.ssthresh, t->u.cwnd.in_flight,
			 t->u.cwnd.srtt_us, t->u.cwnd.rto_us,
			 text(t->u.cwnd.why));
		break;
	case OSTIA_TRACE_BYTES:
		snprintf(buf, n, "%llu %llu %d",
			 (unsigned long long)t->u.bytes.from,
			 (unsigned long long)t->u.bytes.to, t->u.bytes.out);
		break;
	default:
		hex(data, t->u.local.data, t->u.local.data_len);
		snprintf(buf, n, "%llu %s %u %u",
			 (unsigned long long)t->u.local.peer, data,
			 t->u.local.len, t->u.local.type);
		break;
	}
}

static void same(const struct ostia_trace *got, const struct ostia_trace *want)
{
	char a[LINE], b[LINE];

	describe(a, got);
	describe(b, want);
	STR(a, b);
}

TEST(what_a_stack_tells_comes_back)
{
	struct ostia_recorder *r;
	struct ostia_record_event ev;
	struct ostia_record *rec;
	int fd = play_file();

	EQ(ostia_recorder_new(&(struct ostia_recorder_config) { .seed = 5 },
			      &r),
	   0);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < TOLD; i++) {
			struct ostia_trace t = told[i];

			if (round) /* time does not go back */
				t.time = OSTIA_NEVER - 1;
			ostia_recorder_stack(r, &t);
		}
	EQ(ostia_recorder_save_fd(r, fd), 0);
	rec = play_open(fd);
	for (int i = 0; i < 2 * TOLD; i++) {
		struct ostia_trace want = told[i % TOLD];

		if (i >= TOLD)
			want.time = OSTIA_NEVER - 1;
		EQ(ostia_record_next(rec, &ev), 1);
		EQ(ev.number, i);
		EQ(ev.node, want.stack);
		same(&ev.trace, &want);
	}
	EQ(ostia_record_next(rec, &ev), 0);
	ostia_record_close(rec);
	EQ(ostia_recorder_free(r), 0);
	close(fd);
}

/* Counts of what a recording holds. */
struct seen {
	unsigned kind[OSTIA_RECORD_KINDS];
	unsigned sent, delivered, lost, marked, lo;
	ostia_time late;
};

static void look_at(struct seen *s, const struct ostia_record_event *ev)
{
	s->kind[ev->kind]++;
	if (ev->kind == OSTIA_TRACE_IN || ev->kind == OSTIA_TRACE_OUT)
		s->lo += !strcmp(ev->trace.u.pkt.link, "lo");
	if (ev->kind != OSTIA_RECORD_WIRE)
		return;
	s->sent += ev->u.wire.fate == OSTIA_FATE_SENT;
	s->delivered += ev->u.wire.fate == OSTIA_FATE_DELIVERED;
	s->lost += ev->u.wire.fate == OSTIA_FATE_LOST;
	s->marked += ev->u.wire.conn != 0;
	if (ev->u.wire.fate == OSTIA_FATE_SENT) {
		EQ(ev->u.wire.trace_flags & OSTIA_TRACE_F_ETHERNET,
		   OSTIA_TRACE_F_ETHERNET);
		s->late = ev->u.wire.arrive - ev->time;
	}
}

static struct seen read_all(int fd)
{
	struct seen s = { .sent = 0 };
	struct ostia_record *rec = play_open(fd);
	struct ostia_record_event ev;

	while (ostia_record_next(rec, &ev) > 0)
		look_at(&s, &ev);
	ostia_record_close(rec);
	return s;
}

TEST(wires_tell_what_became_of_packets)
{
	struct play p;
	struct seen s;
	int fd = play_file();

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 1 },
		   "delay 20ms");
	play_hello(&p);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	s = read_all(fd);
	OK(s.sent >= 8 && s.marked >= 6);
	OK(s.delivered > 0 && s.delivered <= s.sent);
	EQ(s.late, 20 * OSTIA_MS);
	EQ(s.kind[OSTIA_TRACE_IN] + s.kind[OSTIA_TRACE_OUT], s.lo);
	EQ(s.kind[OSTIA_TRACE_CALL], s.kind[OSTIA_TRACE_RETURN]);
	EQ(s.kind[OSTIA_TRACE_BYTES], 2);
	OK(s.kind[OSTIA_TRACE_STATE] >= 6);
	EQ(play_end(&p), 0);
	close(fd);
}

TEST(what_was_lost_is_told_with_its_bytes)
{
	struct play p;
	struct seen s;
	int fd = play_file();

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 3 },
		   "delay 20ms loss 30%");
	play_hello(&p);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	s = read_all(fd);
	OK(s.lost > 0);
	EQ(play_end(&p), 0);
	close(fd);
}

TEST(messages_of_local_sockets_are_told)
{
	struct play p;
	struct seen s;
	int fd = play_file(), pair[2];

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 3 }, "");
	EQ(ostia_socketpair(p.bsd[0], AF_UNIX, SOCK_STREAM, 0, pair), 0);
	EQ(ostia_send(p.bsd[0], pair[0], "abc", 3, 0), 3);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	s = read_all(fd);
	EQ(s.kind[OSTIA_TRACE_LOCAL], 1);
	EQ(play_end(&p), 0);
	close(fd);
}

TESTS(CASE(what_a_stack_tells_comes_back),
      CASE(wires_tell_what_became_of_packets),
      CASE(what_was_lost_is_told_with_its_bytes),
      CASE(messages_of_local_sockets_are_told))
