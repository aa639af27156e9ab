/* SPDX-License-Identifier: MIT */
/*
 * ostia/stack.h - a network host as a value
 *
 * A stack takes frames, calls and the time; it yields frames, events and the
 * next deadline. It makes no system call, reads no clock and starts no thread.
 * Whoever drives it does, in a loop: advance to now; hand in what arrived;
 * make calls; pull each link's output; sleep until ostia_next_deadline() or
 * the next frame.
 */
#ifndef OSTIA_STACK_H
#define OSTIA_STACK_H

#include <ostia/link.h>
#include <ostia/types.h>
#include <sys/socket.h>

struct tcp_info; /* <linux/tcp.h> or <netinet/tcp.h> */

/** struct ostia_setting - A sysctl's name and its value, as text */
struct ostia_setting {
	const char *name; /* "net.ipv4.tcp_sack" */
	const char *value; /* "1" */
};

/**
 * struct ostia_stack_config - What a stack starts with
 * @env:	memory, entropy, checksum, trace; copied
 * @pool:	packet and stream memory; outlives the stack
 * @id:		appears in trace events
 * @now:	the present
 * @settings, @nsettings: applied before anything else
 */
struct ostia_stack_config {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	uint32_t id;
	ostia_time now;
	const struct ostia_setting *settings;
	size_t nsettings;
};

/**
 * ostia_stack_new() - Make a host with a loopback link (127.0.0.1/8, ::1)
 * Return: 0 and *@out; -ENOENT (unknown setting) or -EINVAL (its value);
 * -ENOMEM.
 */
OSTIA_API int ostia_stack_new(const struct ostia_stack_config *,
			      struct ostia_stack **out);

/**
 * ostia_stack_free() - Drop everything: connections without a word to their
 * peers, sockets, links. Processes of it must be gone.
 */
OSTIA_API void ostia_stack_free(struct ostia_stack *);

/**
 * ostia_stack_set() - Change a setting, named and spelled as Linux's sysctl
 * Return: 0, -ENOENT (no such setting), -EINVAL (not a value of it), -EACCES
 * (it only tells).
 */
OSTIA_API int ostia_stack_set(struct ostia_stack *, const char *name,
			      const char *value);

/** ostia_stack_get() - Its text in @buf; returns its length, or -ENOENT. */
OSTIA_API int ostia_stack_get(const struct ostia_stack *, const char *name,
			      char *buf, size_t size);

/** ostia_setting_name() - The i-th setting's name, NULL past the last. */
OSTIA_API const char *ostia_setting_name(unsigned i);

/** ostia_advance() - The time is @now: timers run, loopback moves. */
OSTIA_API void ostia_advance(struct ostia_stack *, ostia_time now);

/** ostia_now() - What ostia_advance() was last told. */
OSTIA_API ostia_time ostia_now(const struct ostia_stack *);

/** ostia_next_deadline() - Lower bound for the next timer, or OSTIA_NEVER. */
OSTIA_API ostia_time ostia_next_deadline(const struct ostia_stack *);

enum ostia_event_kind {
	OSTIA_EVENT_READY, /* a watched descriptor became ready: @cookie, @mask
			    */
	OSTIA_EVENT_RETURNED, /* a lent buffer is the caller's again: @cookie */
};

/** struct ostia_event - Something that the driver may want to know */
struct ostia_event {
	enum ostia_event_kind kind;
	uint32_t mask; /* POLLIN ... as now */
	uint64_t cookie;
};

/** ostia_next_event() - Take the oldest event. Return: 1, or 0 if none. */
OSTIA_API int ostia_next_event(struct ostia_stack *, struct ostia_event *);

/**
 * ostia_addr_add() - Give a link an address, as text with its prefix length
 * ("10.99.0.2/24", "fd99::2/64"); its network becomes reachable.
 * Return: 0, -EINVAL (text, or an address that no host may have), -EEXIST,
 * -ENOMEM.
 */
OSTIA_API int ostia_addr_add(struct ostia_link *, const char *text);
OSTIA_API int ostia_addr_del(struct ostia_link *, const char *text);

/**
 * ostia_route_add() - @dst ("0.0.0.0/0", "::/0", "10.1.0.0/16") by @gateway
 * (NULL: on the link itself). Return: 0, -EINVAL, -ENETUNREACH (the gateway
 * is not on the link), -EEXIST, -ENOMEM.
 */
OSTIA_API int ostia_route_add(struct ostia_link *, const char *dst,
			      const char *gateway);
OSTIA_API int ostia_route_del(struct ostia_link *, const char *dst,
			      const char *gateway);

/** ostia_counter() - The i-th counter: its name, or NULL past the last. */
OSTIA_API const char *ostia_counter(const struct ostia_stack *, unsigned i,
				    uint64_t *value);

/**
 * struct ostia_usage - What a stack holds now (all 0 at rest, links apart)
 */
struct ostia_usage {
	uint64_t conns, half_open, time_wait, listeners;
	uint64_t udp_socks, raw_socks, local_socks, files, timers;
	uint64_t neighbours, fragments, queued_pkts, rtx_records;
	uint64_t bytes; /* all memory of the stack, pool apart */
	uint64_t local_gone; /* AF_UNIX: closed, but unread messages or peers
				refer to them; not among local_socks */
};
OSTIA_API void ostia_stack_usage(const struct ostia_stack *,
				 struct ostia_usage *);

/**
 * struct ostia_conn_row - A socket as `ss` lists it
 *
 * Of AF_UNIX only @state, the queues, @conn and what follows @retrans count.
 */
struct ostia_conn_row {
	uint8_t proto; /* IPPROTO_TCP, IPPROTO_UDP ...; 0: AF_UNIX */
	uint8_t state; /* TCP_ESTABLISHED ... as the kernel numbers them */
	uint16_t lport, rport;
	struct ostia_addr local, remote;
	uint32_t recvq, sendq;
	uint64_t conn; /* id in trace events; AF_UNIX: as an inode's number */
	uint32_t srtt_us, rto_us, cwnd, retrans;
	uint64_t peer; /* AF_UNIX: @conn of its peer, 0: none */
	uint8_t type; /* AF_UNIX: SOCK_STREAM ... */
	uint8_t path_len; /* AF_UNIX: bytes of @path, 0: unnamed */
	char path[108]; /* sun_path without its NUL; abstract ones begin so */
};

/**
 * ostia_conn_list() - Walk the socket table
 * @cursor: 0 at first; changed by the call
 * Return: rows written, 0 at the end.
 */
OSTIA_API int ostia_conn_list(struct ostia_stack *, uint64_t *cursor,
			      struct ostia_conn_row *rows, int max);

#endif
