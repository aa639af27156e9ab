/* SPDX-License-Identifier: MIT */
/*
 * ostia/record.h - typed trace events, and recordings of them
 *
 * Everything that a stack does is told through one function (ostia_env.trace)
 * as a small typed record. Calls, packets and connections have ids that never
 * repeat within a stack, so that a segment can be joined to the call that
 * wrote its bytes. The recorder, the demo, drills and failing tests all read
 * these. An event is valid only while the function runs.
 *
 * A recorder keeps events: the last megabytes in memory, or all of them in a
 * file. A recording tells itself what it is about (seed, configuration, hosts,
 * wires, addresses, sockets), so that a file is all that a viewer needs:
 *
 *	struct ostia_recorder *r;
 *	ostia_recorder_new(&(struct ostia_recorder_config){ .seed = 7 }, &r);
 *	struct ostia_world_config cfg = { .seed = 7,
 *					  .trace = ostia_recorder_world,
 *					  .trace_ctx = r };
 *	...
 *	ostia_recorder_look(r, world);
 *	ostia_recorder_save(r, "failed.ostia");
 *
 *	$ ostia show failed.ostia
 */
#ifndef OSTIA_RECORD_H
#define OSTIA_RECORD_H

#include <ostia/types.h>

struct tcp_info;

enum ostia_trace_kind {
	OSTIA_TRACE_CALL, /* a call begins: u.call, result not yet known */
	OSTIA_TRACE_RETURN, /* it returns: u.call with the result */
	OSTIA_TRACE_STATE, /* a connection changes state: u.state */
	OSTIA_TRACE_IN, /* a packet came from a link: u.pkt */
	OSTIA_TRACE_OUT, /* a packet went to a link: u.pkt */
	OSTIA_TRACE_DROP, /* a packet was dropped: u.pkt with the reason */
	OSTIA_TRACE_TIMER, /* a timer expired: u.timer */
	OSTIA_TRACE_CWND, /* congestion state changed: u.cwnd */
	OSTIA_TRACE_BYTES, /* stream bytes and the call that wrote or read
			      them: u.bytes */
	OSTIA_TRACE_LOCAL, /* AF_UNIX: bytes went to a peer: u.local */
	OSTIA_TRACE_KINDS
};

/* u.pkt.flags */
#define OSTIA_TRACE_F_RETRANS 0x01 /* carries bytes sent before */
#define OSTIA_TRACE_F_PROBE 0x02 /* loss, window or keepalive probe */
#define OSTIA_TRACE_F_ETHERNET 0x04 /* @data starts with Ethernet's header */

/**
 * struct ostia_trace - One thing that happened
 * @time:	the stack's now
 * @kind:	enum ostia_trace_kind
 * @stack:	the stack's id, as its settings gave it
 * @conn:	connection id, 0 if none
 * @call:	id of the call during which, or because of which, it happened;
 *		0 if none
 */
struct ostia_trace {
	ostia_time time;
	uint32_t kind;
	uint32_t stack;
	uint64_t conn;
	uint64_t call;
	union {
		struct {
			const char *name; /* "connect" */
			uint32_t proc;
			int fd;
			const char *args; /* text after the descriptor, or
					     NULL */
			int64_t result; /* >= 0, or -errno (RETURN) */
		} call;
		struct {
			const char *from, *to; /* RFC 9293 names */
			const struct tcp_info *info; /* as of <linux/tcp.h>,
				when a connection ends (CLOSED, FIN-WAIT-2,
				TIME-WAIT); NULL */
		} state;
		struct {
			uint64_t id;
			const char *link;
			const uint8_t *data; /* contiguous head of it */
			uint32_t data_len;
			uint32_t len; /* of the whole packet */
			uint32_t gso_size; /* 0: a single segment */
			uint32_t flags; /* OSTIA_TRACE_F_* */
			const char *reason; /* DROP: the counter that bit */
		} pkt;
		struct {
			const char *name; /* "rto" "tlp" "delack" ... */
			uint32_t count; /* how often in a row */
		} timer;
		struct {
			uint32_t cwnd, ssthresh, in_flight; /* segments */
			uint32_t srtt_us, rto_us;
			const char *why;
		} cwnd;
		struct {
			uint64_t from, to; /* stream offsets, [from, to) */
			int out; /* 1 written, 0 read */
		} bytes;
		struct {
			uint64_t peer; /* who receives; @conn sends: the ids
					  of ostia_conn_row */
			const uint8_t *data; /* contiguous head of it */
			uint32_t data_len;
			uint32_t len; /* of the message */
			uint32_t type; /* SOCK_STREAM ... */
		} local;
	} u;
};

/* ---- writing ---- */

struct ostia_recorder; /* belongs to one thread at a time */
struct ostia_world;
struct ostia_world_trace;
struct ostia_conn_row;

/**
 * struct ostia_recorder_config - What to keep; zeros will do
 * @seed:	of the run
 * @config:	what made the run, as text: a command line, a scenario; NULL:
 *		nothing; what is longer than 64 KB is cut
 * @ring_bytes:	keep this much in memory, the oldest goes first (whole chunks
 *		of 64 KB); 0: 8 MB. Not with @to_fd
 * @snap:	bytes kept of each packet and AF_UNIX message; 0: 256 (all
 *		headers); at most 65600
 * @rows:	sockets of a host that a look keeps at most; 0: 1024
 * @look_every:	ns between two looks at tables of sockets; 0: 100 ms
 * @to_fd:	write all to @fd, as chunks fill; memory stays small, the file
 *		grows. @fd is lent
 *
 * Memory: @ring_bytes, or two chunks, and at most 4 MB of names beside it.
 */
struct ostia_recorder_config {
	uint64_t seed;
	const char *config;
	size_t ring_bytes;
	uint32_t snap;
	uint32_t rows;
	ostia_time look_every;
	int to_fd;
	int fd;
};

/**
 * ostia_recorder_new() - A recorder that has heard nothing
 * Return: 0; -ENOMEM; -EINVAL; what write() said.
 */
OSTIA_API int ostia_recorder_new(const struct ostia_recorder_config *,
				 struct ostia_recorder **out);

/**
 * ostia_recorder_free() - Forget all. With a file: the last chunk is written
 * first; what went wrong with it, here or earlier, is returned as -errno.
 */
OSTIA_API int ostia_recorder_free(struct ostia_recorder *);

/** ostia_recorder_world() - ostia_world_config.trace; trace_ctx is a recorder.
 */
OSTIA_API void ostia_recorder_world(void *recorder,
				    const struct ostia_world_trace *ev);

/**
 * ostia_recorder_stack() - ostia_env.trace (and ostia_runtime_config's)
 *
 * For stacks without a world: packets are told as stacks tell them, by their
 * first bytes, and nobody knows what became of them. The node is the stack's
 * id, which must not be 0.
 */
OSTIA_API void ostia_recorder_stack(void *recorder,
				    const struct ostia_trace *ev);

/**
 * ostia_recorder_log() - ostia_env.trace_log, for stacks without a world
 *
 * What ostia_recorder_stack() keeps, at a fraction of its cost: events are put
 * into memory as they are, and become a recording's when it is saved, or when
 * a file gets them. A ring holds about half as many of them. Of a packet 128
 * bytes are kept at most, of a text 255. Names of calls, states, timers and
 * reasons must outlive the recorder, as those of this library's stacks do.
 *
 * Return: the recorder's only one; NULL: no memory.
 */
OSTIA_API struct ostia_trace_log *ostia_recorder_log(struct ostia_recorder *);

/**
 * ostia_recorder_look() - Look around in a world
 *
 * Tells new nodes, wires, addresses, processes and faults, and, if it is time,
 * counters and tables of sockets; a file has then all that was heard. Call it
 * while the world does not run: after it was built, now and then, at the end.
 */
OSTIA_API void ostia_recorder_look(struct ostia_recorder *,
				   struct ostia_world *);

/** ostia_recorder_look_stack() - The same of a stack called @name. */
OSTIA_API void ostia_recorder_look_stack(struct ostia_recorder *, uint32_t id,
					 const char *name,
					 struct ostia_stack *);

/** ostia_recorder_now() - The next look is due, whatever @look_every says. */
OSTIA_API void ostia_recorder_now(struct ostia_recorder *);

/** ostia_recorder_note() - A sentence about what happens at @time. */
OSTIA_API void ostia_recorder_note(struct ostia_recorder *, ostia_time time,
				   const char *text);

/**
 * ostia_recorder_name() - Process @proc of @node is called @name; more than
 * once: the last counts.
 */
OSTIA_API void ostia_recorder_name(struct ostia_recorder *, uint32_t node,
				   uint32_t proc, const char *name);

/**
 * ostia_recorder_save() - What is in memory, to a new file; goes on recording
 * Return: 0; -errno of open(), write(); -EINVAL: it goes to a file already.
 */
OSTIA_API int ostia_recorder_save(struct ostia_recorder *, const char *path);
OSTIA_API int ostia_recorder_save_fd(struct ostia_recorder *, int fd);

/** ostia_recorder_flush() - With a file: what was heard is in it. 0, -errno. */
OSTIA_API int ostia_recorder_flush(struct ostia_recorder *);

/**
 * struct ostia_recorder_stats - @lost: events that the ring has forgotten, or
 * a file did not take; @bytes: held in memory, or written
 */
struct ostia_recorder_stats {
	uint64_t events, lost, bytes;
};
OSTIA_API void ostia_recorder_stats(const struct ostia_recorder *,
				    struct ostia_recorder_stats *);

/* ---- reading ---- */

struct ostia_record;

/* What a recording holds beside enum ostia_trace_kind. */
enum ostia_record_kind {
	OSTIA_RECORD_WIRE = 32, /* what became of a packet on a wire: u.wire */
	OSTIA_RECORD_NODE, /* u.node */
	OSTIA_RECORD_WIRING, /* a wire, what it joins, its faults: u.wiring */
	OSTIA_RECORD_ADDR, /* an address of @node: u.addr */
	OSTIA_RECORD_PROC, /* a process of @node: u.proc */
	OSTIA_RECORD_ROWS, /* a table of sockets begins: u.rows; so many
			      OSTIA_RECORD_ROW follow */
	OSTIA_RECORD_ROW, /* u.row */
	OSTIA_RECORD_COUNTER, /* u.counter */
	OSTIA_RECORD_NOTE, /* u.text */
	OSTIA_RECORD_GAP, /* here events are missing: u.gap */
	OSTIA_RECORD_ESTATS, /* what a connection of @node counts: u.estats */
	OSTIA_RECORD_KINDS
};

enum ostia_record_node {
	OSTIA_NODE_HOST,
	OSTIA_NODE_SWITCH,
	OSTIA_NODE_ROUTER
};

/**
 * struct ostia_record_event - One thing that a recording holds
 * @time:	never before the event in front of it
 * @kind:	enum ostia_trace_kind: @trace; enum ostia_record_kind: @u
 * @node:	id of the node that it is about
 * @number:	events in front of it, from the beginning of the run: those
 *		that the ring forgot count, too
 *
 * Of @trace all is as it was told, @trace.stack is the node. In a world IN and
 * OUT are only told of loopback links: wires tell the rest, better.
 */
struct ostia_record_event {
	ostia_time time;
	uint32_t kind;
	uint32_t node;
	uint64_t number;
	struct ostia_trace trace;
	union {
		/*
		 * @pkt: id, all over the world; @conn, @call: of the stack
		 * that made it; @trace_flags: OSTIA_TRACE_F_*; @fate, @flags,
		 * @depart, @arrive, @bit: as struct ostia_world_trace has them.
		 * @waited: ns in a queue that decides when it leaves, before
		 * @time; @data: its head; of DELIVERED nothing but the id (SENT
		 * told)
		 */
		struct {
			uint64_t pkt, conn, call;
			uint32_t wire;
			uint8_t dir, fate, flags, trace_flags;
			ostia_time depart, arrive, waited;
			uint32_t bit;
			uint32_t len, gso_size, data_len;
			const uint8_t *data;
		} wire;
		struct {
			const char *name;
			uint32_t type; /* enum ostia_record_node */
		} node;
		struct {
			const char *name;
			uint32_t wire;
			uint32_t end[2]; /* ids of nodes */
			uint32_t type; /* enum ostia_link_type */
			uint32_t mtu;
			const char *faults[2]; /* in netem's words */
		} wiring;
		struct {
			const char *link; /* "eth0" */
			uint8_t addr[16];
			uint8_t plen; /* as the family counts */
		} addr;
		struct {
			uint32_t proc;
			const char *name;
		} proc;
		struct {
			uint32_t count; /* ROW events that follow */
			uint32_t left_out; /* sockets beyond the cap */
		} rows;
		const struct ostia_conn_row *row;
		struct {
			const char *name;
			uint64_t value;
		} counter;
		const char *text;
		struct {
			uint64_t events; /* 0: nobody knows how many */
			const char *why;
		} gap;
		struct {
			uint64_t conn;
			const uint64_t *value; /* the i-th is called
						  ostia_record_estats(i) */
			uint32_t n;
		} estats;
	} u;
};

/**
 * ostia_record_open() - Read a recording
 * @path: "-" is standard input
 * @err:  receives a sentence that says what is wrong, or NULL
 *
 * A file that was cut or damaged is opened if its head is sound; what can be
 * read is read, and OSTIA_RECORD_GAP stands for what cannot. Needs memory for
 * one chunk, however long the file. Nothing in a file is believed.
 *
 * Return: 0; -EBADMSG: no recording, or its head is damaged; -EPROTONOSUPPORT:
 * of a later version; -ENOMEM; what open() or read() said.
 */
OSTIA_API int ostia_record_open(const char *path, struct ostia_record **out,
				char *err, size_t err_size);

/** ostia_record_open_fd() - The same; @fd is lent, and may be a pipe. */
OSTIA_API int ostia_record_open_fd(int fd, struct ostia_record **out, char *err,
				   size_t err_size);

/** ostia_record_open_bytes() - The same; @p is lent. */
OSTIA_API int ostia_record_open_bytes(const void *p, size_t n,
				      struct ostia_record **out, char *err,
				      size_t err_size);
OSTIA_API void ostia_record_close(struct ostia_record *);

/**
 * ostia_record_next() - The next event
 * @ev: what it points to is valid until the next call
 * Return: 1; 0 at the end; -ENOMEM; what read() said.
 */
OSTIA_API int ostia_record_next(struct ostia_record *,
				struct ostia_record_event *ev);

/**
 * ostia_record_estats() - The i-th object of u.estats in RFC 4898's words
 * Return: "tcpEStatsPerfSegsOut"; NULL past the last. Times, which the RFC has
 * in ms, are in us.
 */
OSTIA_API const char *ostia_record_estats(uint32_t i);

/**
 * ostia_record_rewind() - From the beginning again
 * Return: 0; -ESPIPE: a pipe.
 */
OSTIA_API int ostia_record_rewind(struct ostia_record *);

/**
 * struct ostia_record_info - What its head says, and what was read so far
 * @chunks, @events: read; @damaged: places where something could not be
 * @lost: bytes that belong to no chunk that could be read
 * @trouble: a sentence about them, "" if there is nothing to say
 */
struct ostia_record_info {
	uint64_t seed;
	const char *config;
	uint32_t version;
	uint64_t chunks, events, damaged, lost;
	char trouble[160];
};
OSTIA_API void ostia_record_info(const struct ostia_record *,
				 struct ostia_record_info *);

#endif
