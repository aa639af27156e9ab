/* SPDX-License-Identifier: MIT */
/*
 * ostia/world.h - hosts, wires and programs in virtual time
 *
 * A world holds nodes (hosts, switches, routers), the wires between them, and
 * processes whose tasks make ordinary blocking calls. One event queue orders
 * all that happens by (time, sequence), so a world is a function of its seed
 * and of the calls made on it: run twice, it gives the same trace, byte for
 * byte. It is itself sans-I/O: it reads no clock and sleeps never. The caller
 * either jumps from event to event (ostia_world_run, ostia_world_step) or
 * follows a clock of his own (ostia_world_advance).
 *
 *	struct ostia_world_config cfg = { .seed = 7 };
 *	ostia_world_new(&cfg, &w);
 *	ostia_host_new(w, "a", NULL, 0, &a);
 *	ostia_host_new(w, "b", NULL, 0, &b);
 *	ostia_wire_new(w, &(struct ostia_wire_config){ .faults = "delay 20ms" },
 *		       a, b, &wire);
 *	ostia_wire_addr(wire, 0, "10.0.0.1/24");
 *	ostia_wire_addr(wire, 1, "10.0.0.2/24");
 *	ostia_world_proc_new(b, "server", 0, &server);
 *	ostia_world_exec(server, server_main, 2, argv);
 *	...
 *	ostia_world_run(w, 60 * OSTIA_S);
 *
 * A world and all in it belong to one thread. Every BSD call made through it
 * costs virtual time and so does every hop, hence time always moves.
 *
 * All functions return 0 (or a count) or -errno. Unless said otherwise:
 * -ENOMEM without memory, -EINVAL for arguments that make no sense.
 */
#ifndef OSTIA_WORLD_H
#define OSTIA_WORLD_H

#include <ostia/link.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/stack.h>
#include <ostia/types.h>

struct ostia_world;
struct ostia_node; /* a host, a switch or a router */
struct ostia_wire;
struct ostia_world_proc; /* a process: descriptors, tasks, a console */
struct ostia_task; /* a thread of control of a process */

/* ---- faults, in netem's words ---- */

enum ostia_jitter { OSTIA_JITTER_UNIFORM, OSTIA_JITTER_NORMAL };

/* How what waits for a rate is queued. */
enum ostia_queue {
	OSTIA_QUEUE_FIFO,
	OSTIA_QUEUE_CODEL, /* RFC 8289 */
	OSTIA_QUEUE_FQ_CODEL, /* RFC 8290 */
	OSTIA_QUEUE_DUALPI2, /* RFC 9332 */
	OSTIA_QUEUES
};

/**
 * struct ostia_faults - What one direction of a wire does to packets
 *
 * Probabilities and correlations are in 1/2^32 (UINT32_MAX: always), as
 * netem's. A correlation is the chance that the flow's last random number of
 * that kind counts again.
 *
 * @delay, @jitter: ns; each packet takes delay +- jitter (uniform), or jitter
 *	is the standard deviation (normal, cut at four of them)
 * @loss:	lost at random
 * @loss_every:	each so-manyth packet of a flow is lost, 0: none
 * @ge_p, @ge_r: Gilbert-Elliott: good to bad, bad to good, per packet of a
 *	flow; bursts are on when ge_p > 0
 * @ge_bad, @ge_good: loss in the bad state (1-h), in the good state (1-k)
 * @duplicate, @corrupt: a second copy; one bit flipped
 * @mark:	CE, of what is ECN-capable
 * @reorder:	sent at once, without the delay, past those that wait
 * @gap:	only every gap-th packet of the wire may be reordered; 0: any
 * @rate:	bytes per second, 0: none; @overhead bytes are added to each
 *		packet before its time on the wire is counted (may be < 0)
 * @limit, @limit_bytes: how much may wait for the rate (or, without a rate,
 *	be on the way): packets, bytes; what comes on top is dropped. 0: 1000
 *	packets with a rate, else no limit. (netem counts delayed packets, too;
 *	here a long path needs no larger queue.)
 * @mtu:	larger IP packets vanish without a word (a path that lies); 0:
 *		none. To have them fragmented or refused, give the wire an mtu.
 * @queue:	enum ostia_queue, before the rate; with it @limit is 1000
 *		packets (CoDel) or 10000 and more
 * @target:	ns: the delay that may stand; 0: 5 ms, DualPI2's 15 ms
 * @interval:	ns: CoDel's interval, 0: 100 ms; DualPI2's steps, 0: 16 ms
 * @step:	ns: DualPI2 marks what waited longer in the low latency queue;
 *0: 1 ms
 * @flows, @quantum: FQ-CoDel's queues, and bytes of a turn; 0: 1024, 1514
 * @ecn:	CoDel marks what is ECN-capable instead of dropping it
 */
struct ostia_faults {
	ostia_time delay, jitter;
	uint32_t delay_corr;
	uint32_t jitter_dist; /* enum ostia_jitter */
	uint32_t loss, loss_corr, loss_every;
	uint32_t ge_p, ge_r, ge_bad, ge_good;
	uint32_t duplicate, duplicate_corr;
	uint32_t corrupt, corrupt_corr;
	uint32_t mark;
	uint32_t reorder, reorder_corr, gap;
	uint64_t rate;
	int32_t overhead;
	uint32_t limit;
	uint64_t limit_bytes;
	uint32_t mtu;
	uint32_t queue;
	ostia_time target, interval, step;
	uint32_t flows, quantum;
	uint32_t ecn;
};

/**
 * ostia_faults_parse() - Read netem's words
 * @text: "delay 40ms 10ms loss 1% rate 10mbit limit 100"; "" is no fault
 * @err:  receives a sentence that says what is wrong and what to write, or
 *	  NULL; @err_size bytes
 *
 *	delay TIME [JITTER [CORR]] [distribution uniform|normal]
 *	loss [random] PERCENT [CORR]        loss every N
 *	loss gemodel PERCENT [R [1-H [1-K]]]
 *	duplicate PERCENT [CORR]      corrupt PERCENT [CORR]
 *	mark PERCENT                  (what is ECN-capable, with CE)
 *	reorder PERCENT [CORR] [gap N]      (needs a delay)
 *	rate RATE [OVERHEAD]
 *	limit N | limit SIZE          packets, or bytes (64kb)
 *	mtu N
 *	codel [target TIME] [interval TIME] [ecn]
 *	fq_codel [target TIME] [interval TIME] [flows N] [quantum N] [noecn]
 *	dualpi2 [target TIME] [tupdate TIME] [step TIME]
 *
 * The last three, as tc(8) spells them, need a rate. TIME: ns us ms s. RATE:
 * bit kbit mbit gbit bps kbps mbps gbps, kibit... SIZE: b kb mb. A time, rate
 * or share without its unit is an error: netem's silent defaults (us, bit,
 * percent) have misled too many.
 *
 * Return: 0, or -EINVAL.
 */
OSTIA_API int ostia_faults_parse(const char *text, struct ostia_faults *out,
				 char *err, size_t err_size);

/* ---- what a world tells ---- */

/* What became of a packet that was given to a wire. */
enum ostia_fate {
	OSTIA_FATE_SENT, /* on its way; it arrives at @arrive */
	OSTIA_FATE_DELIVERED, /* arrived: handed to the node at the end */
	OSTIA_FATE_LOST, /* by `loss` */
	OSTIA_FATE_BURST, /* by `loss gemodel` */
	OSTIA_FATE_LIMIT, /* the queue was full */
	OSTIA_FATE_MTU, /* larger than the faults' mtu */
	OSTIA_FATE_CUT, /* the wire was cut */
	OSTIA_FATE_NOMEM, /* no memory to carry it */
	OSTIA_FATE_AQM, /* by the queue, so that it stays short */
	OSTIA_FATES
};

/* ... and what was done to it (SENT). */
#define OSTIA_FATE_F_COPY 0x01 /* it is the duplicate */
#define OSTIA_FATE_F_REORDERED 0x02
#define OSTIA_FATE_F_CORRUPTED 0x04 /* bit @bit was flipped */
#define OSTIA_FATE_F_QUEUED 0x08 /* it waits for others to leave */
#define OSTIA_FATE_F_MARKED 0x10 /* the queue set CE */

/**
 * struct ostia_world_trace - One thing that happened in a world
 * @time:	the world's now
 * @node:	id of the host that tells (@stack set), or that the packet comes
 *		from (SENT, LOST ...) or goes to (DELIVERED)
 * @stack:	an event of a host's stack; NULL: it is a wire's, see below
 * @wire, @dir:	id of the wire; 0: from its first end to its second, 1: back
 * @fate, @flags: enum ostia_fate, OSTIA_FATE_F_*
 * @pkt:	the packet (borrowed): ostia_pkt_id() is the id in the stacks'
 *		events; a duplicate has an id of its own
 * @entered:	SENT: when it was given to the wire; that is before @time where
 *a queue decides when it leaves (codel ...)
 * @depart, @arrive: SENT: when it has left the queue, when it arrives
 * @bit:	the flipped bit, counted from the first bit of the packet
 * @ethernet:	@pkt begins with Ethernet's header
 */
struct ostia_world_trace {
	ostia_time time;
	uint32_t node;
	const struct ostia_trace *stack;
	uint32_t wire;
	uint8_t dir, fate, flags;
	const struct ostia_pkt *pkt;
	ostia_time entered, depart, arrive;
	uint32_t bit;
	uint8_t ethernet;
};

/* ---- the world ---- */

enum ostia_task_kind {
	OSTIA_TASK_FIBERS, /* a context switch is a few instructions */
	OSTIA_TASK_THREADS, /* one thread a task, one at a time: for
			       ThreadSanitizer and valgrind. Same schedule */
};

/**
 * struct ostia_world_config - What a world starts with; zeros will do
 * @seed:	everything random derives from it
 * @start:	the first now
 * @call_cost:	ns that a BSD call takes, 0: 1 us
 * @tasks:	enum ostia_task_kind
 * @stack_size:	bytes of a task's stack, 0: 256 KB
 * @pool_limit:	bytes that packets and streams of all hosts may take, 0: none
 * @trace, @trace_ctx: told of everything; NULL costs nothing
 */
struct ostia_world_config {
	uint64_t seed;
	ostia_time start;
	ostia_time call_cost;
	uint32_t tasks;
	size_t stack_size;
	uint64_t pool_limit;
	void (*trace)(void *ctx, const struct ostia_world_trace *ev);
	void *trace_ctx;
};

OSTIA_API int ostia_world_new(const struct ostia_world_config *,
			      struct ostia_world **out);

/**
 * ostia_world_free() - End every task where it stands, then drop all
 * Not from inside a task or a callback.
 */
OSTIA_API void ostia_world_free(struct ostia_world *);

OSTIA_API ostia_time ostia_world_now(const struct ostia_world *);
OSTIA_API uint64_t ostia_world_seed(const struct ostia_world *);
OSTIA_API struct ostia_pool *ostia_world_pool(struct ostia_world *);

/** ostia_world_env() - What pool and stacks borrow: malloc, counted. */
OSTIA_API const struct ostia_env *ostia_world_env(const struct ostia_world *);

/** ostia_world_next() - When the next event is due, OSTIA_NEVER: none. */
OSTIA_API ostia_time ostia_world_next(const struct ostia_world *);

/**
 * ostia_world_step() - Jump to the next event; do all that is due then
 * Return: 1, or 0 when nothing is left to happen.
 */
OSTIA_API int ostia_world_step(struct ostia_world *);

/**
 * ostia_world_run_until() - Let all happen that is due by @t; now is @t then
 * Return: 0, or -ECANCELED: ostia_world_stop() was called (now is earlier).
 */
OSTIA_API int ostia_world_run_until(struct ostia_world *, ostia_time t);

/** ostia_world_advance() - The caller's clock says @now: the same. */
OSTIA_API int ostia_world_advance(struct ostia_world *, ostia_time now);

/**
 * ostia_world_run() - Jump on until no task is left (but those of servers of
 * the world's own, ostia_world_dns())
 * @limit: give up at this time
 *
 * Return: 0; -ETIMEDOUT at @limit; -EDEADLK when tasks wait and nothing can
 * happen any more; -ECANCELED after ostia_world_stop().
 */
OSTIA_API int ostia_world_run(struct ostia_world *, ostia_time limit);

/** ostia_world_stop() - Make the running run, step or wait return soon. */
OSTIA_API void ostia_world_stop(struct ostia_world *);

/**
 * ostia_world_at() - Call @fn(@ctx) at time @t (at once, if that is past)
 * It may call anything but what runs the world. Return: 0, -ENOMEM.
 */
OSTIA_API int ostia_world_at(struct ostia_world *, ostia_time t,
			     void (*fn)(void *ctx), void *ctx);

/**
 * struct ostia_world_stats - What a world has done and holds
 * @events:	packets delivered to stacks (the unit of the speed figures)
 * @steps:	instants at which anything happened
 * @switches:	tasks resumed
 * @calls:	BSD calls made through it
 * @allocs, @frees: by pool and stacks; @bytes: what they hold now
 * @own_allocs:	by the world itself
 * @in_flight:	packets on wires now
 * @tasks, @procs: alive now
 */
struct ostia_world_stats {
	uint64_t events, steps, switches, calls;
	uint64_t allocs, frees, bytes, own_allocs;
	uint64_t in_flight, tasks, procs;
};
OSTIA_API void ostia_world_stats(const struct ostia_world *,
				 struct ostia_world_stats *);

/** ostia_world_events() - ostia_world_stats.events alone. */
OSTIA_API uint64_t ostia_world_events(const struct ostia_world *);

/**
 * ostia_world_fail_alloc() - Make memory fail for pool and stacks
 * @nth:    the nth request from now on fails (1: the next); 0: none
 * @sticky: and all after it, too
 */
OSTIA_API void ostia_world_fail_alloc(struct ostia_world *, uint64_t nth,
				      int sticky);

/* ---- nodes ---- */

/**
 * ostia_host_new() - A host: a stack with loopback and no wire yet
 * @name: copied; @settings: as ostia_stack_new() takes them
 * Return: 0, -ENOENT, -EINVAL (a setting), -ENOMEM.
 */
OSTIA_API int ostia_host_new(struct ostia_world *, const char *name,
			     const struct ostia_setting *settings,
			     size_t nsettings, struct ostia_node **out);

/** ostia_switch_new() - A learning Ethernet switch (8192 addresses, 300 s). */
OSTIA_API int ostia_switch_new(struct ostia_world *, const char *name,
			       struct ostia_node **out);

/**
 * ostia_switch_part() - Let nothing pass between two of its wires
 * @on: 0: let it pass again. All else goes on. Forgotten with either wire.
 * Return: 0; -EINVAL: no switch, or a wire that does not end at it; -ENOSPC
 * (4096 pairs); -ENOMEM.
 */
OSTIA_API int ostia_switch_part(struct ostia_node *sw,
				const struct ostia_wire *a,
				const struct ostia_wire *b, int on);

/**
 * ostia_router_new() - A box that forwards IPv4 and IPv6 by static routes
 *
 * Its addresses (ostia_wire_addr) answer ARP, neighbour solicitations and
 * echo requests. It decrements the TTL, fragments IPv4, and answers with time
 * exceeded, fragmentation needed / packet too big, and unreachable, at most
 * 1000 errors a second.
 */
OSTIA_API int ostia_router_new(struct ostia_world *, const char *name,
			       struct ostia_node **out);

/**
 * ostia_node_free() - A node goes, and its wires with what is on them
 *
 * A host's processes end and are freed, and so are its DNS servers; bare
 * processes of its stack must be gone. Its name is nobody's then. Packets and
 * ostia_wire_cut_at() of its wires are forgotten.
 * Return: 0; -EBUSY: from inside a task or a callback; -EOPNOTSUPP: there is a
 * router at an end of one of its wires.
 */
OSTIA_API int ostia_node_free(struct ostia_node *);

OSTIA_API const char *ostia_node_name(const struct ostia_node *);
OSTIA_API uint32_t ostia_node_id(const struct ostia_node *); /* 1, 2 ... */

/** ostia_host_stack() - Its stack; NULL: no host. */
OSTIA_API struct ostia_stack *ostia_host_stack(const struct ostia_node *);

/**
 * ostia_host_kick() - Pull links and look at timers now
 * Needed after the stack or a bare process of it was called directly; calls
 * of a world's own processes do it themselves.
 */
OSTIA_API void ostia_host_kick(struct ostia_node *host);

/**
 * ostia_host_on_event() - Hand events that no task waits for to @fn
 * (ostia_watch(), lent buffers). Without it they are dropped. The rules of
 * ostia_world_at() hold for @fn.
 */
OSTIA_API void ostia_host_on_event(struct ostia_node *host,
				   void (*fn)(void *ctx,
					      const struct ostia_event *),
				   void *ctx);

/**
 * ostia_host_on_packet() - Show @fn what arrives before the stack has seen it
 * @fn: returns 0: the stack shall have it; 1: it has taken the packet, and
 *	frees it or hands it to ostia_link_input() of @link later. The rules
 *	of ostia_world_at() hold for it. NULL: nobody looks
 */
OSTIA_API void ostia_host_on_packet(struct ostia_node *host,
				    int (*fn)(void *ctx, struct ostia_link *,
					      struct ostia_pkt *),
				    void *ctx);

/** ostia_node_counter() - The i-th counter of a switch or router, or NULL.
 * Those of a router have the names of ostia_counter().
 */
OSTIA_API const char *ostia_node_counter(const struct ostia_node *, unsigned i,
					 uint64_t *value);

/* ---- names ---- */

/**
 * ostia_world_name() - An entry of the world's table of hosts
 *
 * Every host is in it by itself, with the addresses that it has when somebody
 * asks; this adds other names. A name may have several addresses. All guests
 * look there first: getaddrinfo() costs them a call, and no packet.
 * Return: 0; -EINVAL; -ENOSPC (65536 entries); -ENOMEM.
 */
OSTIA_API int ostia_world_name(struct ostia_world *, const char *name,
			       const char *addr);

/**
 * ostia_host_dns() - Whom the processes of @host ask for other names
 * @words: "dns=10.0.0.53 search=example.org": ostia_dns_word(), and
 *	"hosts=off": the table is not for this host. Replaces what was said
 *	before; "" is nobody but whom the network tells (RFC 8106, DHCP)
 *
 * Return: 0; -EINVAL, -E2BIG with a sentence in @err (may be NULL); -ENOMEM.
 */
OSTIA_API int ostia_host_dns(struct ostia_node *host, const char *words,
			     char *err, size_t err_size);

/**
 * ostia_world_dns() - A DNS server on @host: UDP and TCP port 53
 *
 * It answers from its records, and else with the world's table of hosts; what
 * is in neither does not exist. ostia_world_run() does not wait for its end.
 * Return: 0; -EINVAL: no host; -EADDRINUSE; -ENOMEM. The world frees it.
 */
struct ostia_world_dns;
OSTIA_API int ostia_world_dns(struct ostia_node *host,
			      struct ostia_world_dns **out);

/**
 * ostia_world_dns_at() - The same, at one address of the host: "127.0.0.53"
 * Return: as above; -EINVAL: no address; -EADDRNOTAVAIL: not the host's.
 */
OSTIA_API int ostia_world_dns_at(struct ostia_node *host, const char *addr,
				 struct ostia_world_dns **out);

/** struct ostia_dns_asker - Who asked; not to be looked into */
struct ostia_dns_asker {
	uint64_t opaque[16];
};

/**
 * ostia_world_dns_forward() - Show @fn questions about names that are nowhere
 * @fn: @tcp: it came by a connection, the answer may be long. Return: 0: it
 *	will be answered by ostia_world_dns_reply(); else it does not exist.
 *	Rules of ostia_world_at(). NULL: none exists
 */
OSTIA_API void
ostia_world_dns_forward(struct ostia_world_dns *,
			int (*fn)(void *ctx, struct ostia_world_dns *,
				  const struct ostia_dns_asker *, int tcp,
				  const uint8_t *question, size_t n),
			void *ctx);

/** ostia_world_dns_reply() - @answer as it came. Not from inside the world. */
OSTIA_API void ostia_world_dns_reply(struct ostia_world_dns *,
				     const struct ostia_dns_asker *,
				     const uint8_t *answer, size_t n);

/** ostia_world_dns_free() - It serves no more. Not from inside the world. */
OSTIA_API void ostia_world_dns_free(struct ostia_world_dns *);

/**
 * ostia_world_dns_add() - A record, as a zone file has it
 * @type: "A" "AAAA" "CNAME" "NS" "PTR" "TXT" "MX" ("10 mail.example.org")
 * Return: 0; -EINVAL; -EEXIST (a CNAME stands alone); -ENOSPC; -ENOMEM.
 */
OSTIA_API int ostia_world_dns_add(struct ostia_world_dns *, const char *name,
				  const char *type, uint32_t ttl_s,
				  const char *value);

/* ---- wires ---- */

/**
 * struct ostia_wire_config - A wire; zeros will do
 * @name:	NULL: "wireN"
 * @type:	OSTIA_LINK_ETHERNET or OSTIA_LINK_IP (no switch at either end)
 * @mtu:	of the links at its ends, 0: 1500
 * @hop:	ns that a packet takes at least, 0: 1 us
 * @offload:	between hosts and switches: super-segments pass whole and
 *		checksums are not made, as long as the wire has no fault but a
 *		delay. With others packets are split and summed up before they
 *		meet them: their fates are those of a wire without offload
 *		(periodic loss alone splits only those that it takes from)
 * @faults:	netem's words for both directions, or NULL
 * @mac:	of the link at the first end; zeros: 02:00:node:end
 */
struct ostia_wire_config {
	const char *name;
	enum ostia_link_type type;
	uint32_t mtu;
	ostia_time hop;
	int offload;
	const char *faults;
	uint8_t mac[6];
};

/**
 * ostia_wire_new() - Join two nodes (or a node with itself)
 *
 * A host gets a link "eth0", "eth1" ... with address 02:00:node:end. Return:
 * 0; -EINVAL (the faults' text, a bare IP wire at a switch, offload at a
 * router, an mtu out of range); -ENOMEM.
 */
OSTIA_API int ostia_wire_new(struct ostia_world *,
			     const struct ostia_wire_config *,
			     struct ostia_node *a, struct ostia_node *b,
			     struct ostia_wire **out);

OSTIA_API uint32_t ostia_wire_id(const struct ostia_wire *); /* 1, 2 ... */
OSTIA_API const char *ostia_wire_name(const struct ostia_wire *);

/** ostia_wire_link() - A host's link at end 0 or 1; NULL: no host there. */
OSTIA_API struct ostia_link *ostia_wire_link(const struct ostia_wire *,
					     unsigned end);

/**
 * ostia_wire_addr() - Give the node at @end an address: "10.0.0.1/24"
 * Return: as ostia_addr_add(); -EOPNOTSUPP: a switch.
 */
OSTIA_API int ostia_wire_addr(struct ostia_wire *, unsigned end,
			      const char *text);

/**
 * ostia_wire_route() - The node at @end reaches @dst over this wire
 * @gateway: NULL: on the wire itself. Return: as ostia_route_add().
 */
OSTIA_API int ostia_wire_route(struct ostia_wire *, unsigned end,
			       const char *dst, const char *gateway);

/* @dirs of the functions below */
#define OSTIA_WIRE_AB 1 /* from the first end to the second */
#define OSTIA_WIRE_BA 2
#define OSTIA_WIRE_BOTH 3

/**
 * ostia_wire_faults() - From now on these faults, for packets not yet sent
 * Return: 0; -EINVAL with a sentence in @err (may be NULL).
 */
OSTIA_API int ostia_wire_faults(struct ostia_wire *, unsigned dirs,
				const char *text, char *err, size_t err_size);
OSTIA_API int ostia_wire_set_faults(struct ostia_wire *, unsigned dirs,
				    const struct ostia_faults *);

/**
 * ostia_wire_cut() - A partition: what is sent from now on is lost; what is
 * on its way arrives. ostia_wire_heal() ends it. The _at forms do it later.
 */
OSTIA_API void ostia_wire_cut(struct ostia_wire *, unsigned dirs);
OSTIA_API void ostia_wire_heal(struct ostia_wire *, unsigned dirs);
OSTIA_API int ostia_wire_cut_at(struct ostia_wire *, unsigned dirs,
				ostia_time t);
OSTIA_API int ostia_wire_heal_at(struct ostia_wire *, unsigned dirs,
				 ostia_time t);

/** struct ostia_wire_stats - Packets of one direction, by what befell them */
struct ostia_wire_stats {
	uint64_t packets, bytes; /* given to the wire */
	uint64_t delivered, delivered_bytes;
	uint64_t lost, burst, limit, mtu, cut, nomem; /* dropped, by reason */
	uint64_t duplicated, reordered, corrupted, queued;
	uint64_t aqm, marked; /* dropped, marked by a queue's discipline */
	uint64_t in_flight; /* now */
};
OSTIA_API void ostia_wire_stats(const struct ostia_wire *, unsigned dir,
				struct ostia_wire_stats *);

/* ---- processes and tasks ---- */

/**
 * ostia_world_proc_new() - A process on @host, without a task yet
 * @max_fds: descriptors at most, 0: 512; files that the program opens have
 *	larger numbers
 *
 * Descriptors 0, 1 and 2 are taken: they are its console.
 */
OSTIA_API int ostia_world_proc_new(struct ostia_node *host, const char *name,
				   uint32_t max_fds,
				   struct ostia_world_proc **out);

/**
 * ostia_world_proc_free() - End it (tasks first), close all, forget it
 * Not from inside one of its tasks.
 */
OSTIA_API void ostia_world_proc_free(struct ostia_world_proc *);

/**
 * ostia_world_proc_bsd() - For the calls of ostia/socket.h
 *
 * Inside a task they block the task. Outside any task they run the world
 * until they are done; in a callback they answer as if non-blocking: EAGAIN
 * or EINPROGRESS. NULL once the process has ended.
 */
OSTIA_API struct ostia_proc *ostia_world_proc_bsd(struct ostia_world_proc *);

OSTIA_API const char *ostia_world_proc_name(const struct ostia_world_proc *);

/**
 * ostia_world_proc_console() - Where its descriptors 1 and 2 write to
 * NULL: to the real ones. (stdio's own printf always does.)
 */
OSTIA_API void ostia_world_proc_console(struct ostia_world_proc *,
					void (*fn)(void *ctx, int fd,
						   const void *p, size_t n),
					void *ctx);

/**
 * ostia_world_exec() - Start a program: a task that runs main(argc, argv)
 * @argv: copied
 *
 * The program was compiled with `-include ostia/posix.h -Dmain=NAME_main`.
 * The process ends when main returns or any of its tasks calls exit():
 * its other tasks end where they stand, its descriptors are closed. Global
 * variables are shared by all that run the same program.
 */
OSTIA_API int ostia_world_exec(struct ostia_world_proc *,
			       int (*main)(int, char **), int argc,
			       const char *const *argv);

/**
 * ostia_world_proc_status() - How did it end?
 * Return: 0: not yet; 1: *@status is its exit status, 128 + N if signal N
 * (SIGPIPE) ended it.
 */
OSTIA_API int ostia_world_proc_status(const struct ostia_world_proc *,
				      int *status);

/** ostia_world_proc_exit() - End a process (from one of its tasks: at once). */
OSTIA_API void ostia_world_proc_exit(struct ostia_world_proc *, int status);

/**
 * ostia_task_spawn() - One more thread of control in a process
 * @out: NULL: nobody will join it
 *
 * It first runs at the present instant, after those that are due already.
 * Other than with ostia_world_exec() the process lives on when @fn returns.
 */
OSTIA_API int ostia_task_spawn(struct ostia_world_proc *, int (*fn)(void *),
			       void *arg, struct ostia_task **out);

/**
 * ostia_task_join() - Wait for its end, take its result, forget the task
 * Inside a task it waits; outside it runs the world. Return: 0; -EDEADLK:
 * it cannot end any more, or it is oneself; -ECANCELED (ostia_world_stop).
 */
OSTIA_API int ostia_task_join(struct ostia_task *, int *result);

/** ostia_task_self() - The running task, NULL outside. */
OSTIA_API struct ostia_task *ostia_task_self(const struct ostia_world *);
OSTIA_API struct ostia_world_proc *ostia_task_proc(const struct ostia_task *);

/** ostia_task_sleep() - Until @t; outside a task: run the world until @t. */
OSTIA_API int ostia_task_sleep(struct ostia_world *, ostia_time t);

/** ostia_task_exit() - End the running task with @result. */
OSTIA_API void ostia_task_exit(struct ostia_world *, int result)
	__attribute__((noreturn));

#endif
