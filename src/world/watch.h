/* SPDX-License-Identifier: MIT */
/*
 * world/watch.h - one end of a connection, as its segments show it
 *
 * Positions are 64 bits wide and count from the initial sequence number: the
 * SYN is 0, the first byte 1. What was heard is a bound from above: the host
 * may have refused some of it, but it can have had no more.
 */
#ifndef OSTIA_WORLD_WATCH_H
#define OSTIA_WORLD_WATCH_H

#include "wire/tcp.h"

#include <ostia/types.h>

#define WORLD_RULES(X)                                                         \
	X(GAP, "new data follows what was sent before")                        \
	X(WINDOW, "nothing is sent beyond the right edge that was offered")    \
	X(CONTENT, "a byte is sent again as it was")                           \
	X(WRITTEN, "only what was written is sent")                            \
	X(READ, "only what arrived is read, in order")                         \
	X(SEQ, "an empty segment carries SND.NXT, or is a probe")              \
	X(MSS, "a segment is no larger than the peer's MSS")                   \
	X(ACK_FLAG, "all but the first SYN and resets carry ACK")              \
	X(ACK, "nothing is acknowledged that did not arrive")                  \
	X(ACK_BACK, "acknowledgments do not go back")                          \
	X(EDGE, "the right edge of the window does not retreat")               \
	X(ACK_SECOND, "every second full segment is acknowledged at once")     \
	X(ACK_ORDER, "what is out of order is acknowledged at once")           \
	X(ACK_DELAY, "an acknowledgment is delayed by less than 500 ms")       \
	X(SACK, "SACK blocks tell what arrived")                               \
	X(SACK_FIRST, "the first SACK block is the latest")                    \
	X(STAMP, "timestamps are in every segment, and do not go back")        \
	X(ECHO, "an echoed timestamp was heard, and does not go back")         \
	X(OPTION, "options of a SYN stand in SYNs, and answer the peer's")     \
	X(ECT, "new data alone is ECN-capable, if both SYNs agree on it")      \
	X(ACE, "marks that are told of have arrived (RFC 9768)")               \
	X(SYN, "a connection has one SYN, and begins with it")                 \
	X(SYN_DATA, "data waits for the handshake")                            \
	X(FIN, "there is one FIN, and nothing beyond it")                      \
	X(RESET, "a reset answers a segment, or ends the connection in place") \
	X(AFTER_RESET, "nothing follows a reset")                              \
	X(EARLY, "no timer sends anything again before its time")              \
	X(BACKOFF, "each timeout waits twice as long as the last")             \
	X(TRIES, "what nobody answers is not sent for ever")                   \
	X(FLIGHT, "a segment more is under way for each acknowledged")         \
	X(SILENCE, "what is not acknowledged is sent again")                   \
	X(STALL, "what the window takes is sent")

enum world_rule {
#define WORLD_RULE_NAME(name, text) WORLD_RULE_##name,
	WORLD_RULES(WORLD_RULE_NAME)
#undef WORLD_RULE_NAME
		WORLD_RULE_COUNT
};

/** world_watch_rule_text() - The rule as a sentence. */
const char *world_watch_rule_text(enum world_rule rule);

/**
 * struct world_seg - A segment, sent or heard
 * @unit:	payload bytes of a single segment of it
 * @ecn:	codepoint of its IP header
 */
struct world_seg {
	struct wire_tcp h;
	const uint8_t *data;
	uint32_t len, unit;
	uint8_t ecn;
	bool v6;
};

/** struct world_span - Positions [from, to) */
struct world_span {
	uint64_t from, to;
};

/**
 * struct world_sent - A segment under way
 * @time:	when last sent; @first: for the first time
 * @heard:	segments heard until then
 * @times:	how often
 * @tsval:	the timestamp that it had when last sent
 */
struct world_sent {
	struct world_span at;
	ostia_time time, first;
	uint64_t heard;
	uint32_t times;
	uint32_t tsval;
};

/** struct world_syn - What a SYN offered; @opts: WIRE_TCP_OPT_* */
struct world_syn {
	bool seen;
	uint32_t seq;
	uint32_t wnd;
	uint16_t opts, mss;
	uint8_t wscale;
};

/** struct world_heard - A segment heard lately, which a reset may answer */
struct world_heard {
	ostia_time time;
	uint32_t seq, ack, numbers;
	uint16_t flags;
};

enum { WORLD_WATCH_LAST = 8 };

/**
 * struct world_ecn - What the SYNs said, and the counters of RFC 9768
 * @asked, @plain: it sent a SYN that asked, or granted; or that did not
 * @capable:	it may send what is ECN-capable
 * @accurate:	it is in AccECN mode
 * @shake:	1 + codepoint of the SYN-ACK that it heard last: it may tell
 * @marks, @bytes: what came marked, with SYN-ACKs; bytes by codepoint
 * @told, @told_bytes: what it told of, at least
 */
struct world_ecn {
	bool asked, plain, capable, accurate;
	uint8_t shake;
	uint64_t marks, bytes[4];
	uint64_t told, told_bytes[4];
};

enum { WORLD_WATCH_RANGES = 512, WORLD_RTT_NONE = 0 };

/**
 * struct world_limits - Numbers of world/monitor.h, defaults filled in
 */
struct world_limits {
	ostia_time rto_min_ns;
	unsigned syn_tries, data_tries;
	bool inexact, cookies;
};

/**
 * struct world_watch - See above
 *
 * What it sends:
 * @syn, @peer:	the SYNs of both sides; @ecn: what came of them
 * @open:	its SYN was acknowledged; @shown: it sent more than that
 * @una, @nxt:	acknowledged; sent
 * @edge:	the rightmost edge that it was offered; @peer_widest: the
 *		largest window
 * @fin:	position of its FIN, 0: not sent
 * @written, @read: by calls, as bytes
 * @text:	ring of @text_size bytes: what lies in [una, nxt)
 * @sent:	segments under way, from @sent_first to @sent_n
 * @acked_segs:	segments of it that were acknowledged; @rough: something was
 *		sent again, or seems to be missing
 * @rtt_min, @rtt_max: what the host may have measured
 * @again:	what stands at @una was sent again so often while nothing was
 *		heard, the last time @again_gap after the time before; @tries:
 *		since it stands there; @timeouts: of those perhaps, since the
 *		host surely measured a round trip
 * What it hears:
 * @rcv_nxt:	all up to there has arrived
 * @range:	what arrived beyond, in order
 * @peer_fin:	position of the peer's FIN, 0: not heard
 * @acked:	the largest acknowledgment sent; @adv: the right edge offered,
 *		@widest: and the largest window
 * @unacked:	bytes in order since; @full: the largest segment heard; @told:
 *		SACK blocks in the last one
 * @due, @due_rule: when an acknowledgment must have left, and by which rule
 * @heard:	segments heard; @heard_time: the last one's
 */
struct world_watch {
	struct world_syn syn, peer;
	struct world_ecn ecn;
	bool open, shown, fast_open;
	bool rst_out, rst_in, rst_seen, gone;
	bool unknown; /* see struct world_limits: cookies */
	uint64_t una, nxt, edge, fin;
	uint64_t peer_widest;
	uint64_t written, read;
	uint8_t *text;
	uint64_t text_size;
	struct world_sent *sent;
	uint32_t sent_first, sent_n, sent_cap;
	ostia_time rtt_min, rtt_max;
	uint64_t acked_segs;
	bool rough;
	unsigned again, tries, timeouts;
	ostia_time again_gap;
	uint64_t again_heard;
	unsigned probes;
	ostia_time out_time;
	uint32_t tsval, tsecr, ts_heard;
	bool stamped, echoed, ts_known;

	uint64_t rcv_nxt;
	struct world_span range[WORLD_WATCH_RANGES];
	uint32_t ranges;
	bool overflow; /* there were more */
	bool vague; /* not all of them were kept, perhaps */
	bool shrunk; /* SO_RCVBUF: it may have no room for what it offered */
	uint64_t peer_fin;
	uint64_t acked, adv, widest;
	uint64_t unacked;
	uint32_t full, told;
	ostia_time due;
	enum world_rule due_rule;
	uint64_t heard;
	ostia_time heard_time;
	uint64_t late_from; /* the last segment out of order, 0: none */
	struct world_heard last[WORLD_WATCH_LAST]; /* @lasts of them, a ring */
	uint32_t lasts;
};

/** struct world_verdict - What a segment breaks, and how; rule or -1: nothing
 */
struct world_verdict {
	int rule;
	char why[160];
};

void world_watch_init(struct world_watch *w);
void world_watch_fini(struct world_watch *w);

/** world_watch_out() - It sends. Return: 0, -ENOMEM; @v says more. */
int world_watch_out(struct world_watch *w, const struct world_limits *l,
		    const struct world_seg *s, struct world_verdict *v,
		    ostia_time now);

/** world_watch_in() - It hears. */
void world_watch_in(struct world_watch *w, const struct world_seg *s,
		    ostia_time now);

/** world_watch_icmp() - It hears an error: what was sent may be sent again. */
void world_watch_icmp(struct world_watch *w, ostia_time now);

/** world_watch_bytes() - A call wrote (@out) or read stream bytes. */
void world_watch_bytes(struct world_watch *w, uint64_t from, uint64_t to,
		       bool out, struct world_verdict *v);

/** world_watch_tick() - Is anything overdue? */
void world_watch_tick(const struct world_watch *w, const struct world_limits *l,
		      struct world_verdict *v, ostia_time now);

#endif
