/* SPDX-License-Identifier: MIT */
/*
 * drill/ast.h - a script, read
 *
 * A list of timed statements. Constants are numbers already; what can only be
 * known when the script runs (descriptors, what `...` stands for, sequence
 * numbers on the wire) is as the script has it. All of it lives in the
 * script's arena.
 */
#ifndef OSTIA_DRILL_AST_H
#define OSTIA_DRILL_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "drill/lex.h"

/**
 * struct drill_when - The time of a statement
 * @from_ns, @to_ns: equal unless it is a range
 * @until_ns: when a blocking call returns, from the same zero as @from_ns
 */
struct drill_when {
	enum { DRILL_ABSOLUTE, DRILL_RELATIVE, DRILL_ANY_TIME } kind;
	bool range;
	bool blocking;
	int64_t from_ns;
	int64_t to_ns;
	int64_t until_ns;
};

enum drill_expr_kind {
	DRILL_NUMBER,
	DRILL_TEXT, /* "...", or bytes: an IPv6 address */
	DRILL_DOTS, /* ... */
	DRILL_LIST, /* [a, b] */
	DRILL_STRUCT, /* {name=value, ...} or {a, b} */
};

/**
 * struct drill_expr - A value in a call
 * @name:  the field's, in a struct; else NULL
 * @size:  of `name(size)=value`, else NULL
 * @next:  the next argument, element or field
 * @num:   NUMBER
 * @bytes, @len: TEXT
 * @items, @count: LIST and STRUCT
 */
struct drill_expr {
	enum drill_expr_kind kind;
	struct drill_pos pos;
	const char *name;
	struct drill_expr *size;
	struct drill_expr *next;
	union {
		int64_t num;
		struct {
			const char *bytes;
			size_t len;
		};
		struct {
			struct drill_expr *items;
			unsigned count;
		};
	};
};

/**
 * struct drill_call - name(args) = result ERRNO (note)
 * @id:     enum drill_call_id
 * @result: what it returns
 * @err:    errno, 0: none was given
 */
struct drill_call {
	const char *name;
	int id;
	struct drill_pos pos;
	struct drill_expr *args;
	unsigned nargs;
	struct drill_expr *result;
	int err;
};

enum drill_ecn {
	DRILL_ECN_ANY, /* not said: nothing set, nothing checked */
	DRILL_ECN_NONE,
	DRILL_ECN_ECT0,
	DRILL_ECN_ECT1,
	DRILL_ECN_CE,
	DRILL_ECN_ECT01, /* either, in what leaves */
};

enum drill_opt_kind {
	DRILL_OPT_EOL,
	DRILL_OPT_NOP,
	DRILL_OPT_MSS, /* a */
	DRILL_OPT_WSCALE, /* a */
	DRILL_OPT_SACKOK,
	DRILL_OPT_SACK, /* blocks */
	DRILL_OPT_TS, /* a = val, b = ecr */
	DRILL_OPT_FO, /* bytes */
	DRILL_OPT_FOEXP, /* bytes */
	DRILL_OPT_MD5, /* bytes, or as sign says */
	DRILL_OPT_AO, /* a = KeyID, b = RNextKeyID, bytes or as sign says */
	DRILL_OPT_ECN0, /* fields, 24 bits each: e0b ceb e1b */
	DRILL_OPT_ECN1, /* e1b ceb e0b */
	DRILL_OPT_OTHER, /* what we do not know: a = kind, bytes */
};

enum {
	DRILL_OPTS_MAX = 40,
	DRILL_SACK_MAX = 4,
	DRILL_OPT_BYTES_MAX = 38,
};

/** enum drill_sign - Where a digest comes from */
enum drill_sign {
	DRILL_SIGN_LITERAL, /* the script says it */
	DRILL_SIGN_SCRIPT, /* the key that the script set */
	DRILL_SIGN_KEY, /* the key that stands beside it */
	DRILL_SIGN_ANY, /* what leaves: not checked */
};

/**
 * struct drill_opt - One TCP option; @n counts blocks, bytes or fields
 * @sign, @key, @key_len: of a digest
 */
struct drill_opt {
	enum drill_opt_kind kind;
	uint32_t a;
	uint32_t b;
	uint8_t n;
	uint8_t key_len;
	enum drill_sign sign;
	const char *key;
	union {
		struct {
			uint32_t left, right;
		} sack[DRILL_SACK_MAX];
		uint32_t field[3];
		uint8_t bytes[DRILL_OPT_BYTES_MAX];
	};
};

/**
 * struct drill_seg - A TCP segment, sequence numbers as the script has them
 * @flags:  WIRE_TCP_*
 * @len:    payload bytes
 * @has_win: outgoing: the window is checked
 * @any_opts: `<...>`: options are not checked
 */
struct drill_seg {
	uint16_t flags;
	uint16_t win;
	uint16_t urg;
	bool has_win;
	bool has_ack;
	bool any_opts;
	uint32_t seq;
	uint32_t ack;
	uint32_t len;
	unsigned nopts;
	struct drill_opt *opts;
};

enum drill_proto { DRILL_TCP, DRILL_UDP, DRILL_ICMP };

/**
 * struct drill_icmp - An ICMP message
 * @has_quote: it carries (the head of) a packet that went the other way
 * @quote_tcp: that packet was TCP, with @seg's numbers; else UDP, @udp_len
 */
struct drill_icmp {
	uint8_t type;
	uint8_t code;
	uint32_t mtu;
	bool has_quote;
	bool quote_tcp;
	uint32_t udp_len;
	struct drill_seg seg;
};

/**
 * struct drill_ip - What is said of the IP header; has: which of them
 * @tos: IPv6: the traffic class; @ttl: the hop limit
 * @opts, @opts_len: IPv4's options
 * @from, @to: where not the script's own: of what arrives; of what leaves,
 *	   the first hop of a source route
 */
struct drill_ip {
	uint8_t has; /* DRILL_IP_* */
	uint8_t tos, ttl;
	uint8_t opts_len;
	uint32_t flow; /* IPv6's flow label */
	const uint8_t *opts;
	uint8_t from[16], to[16];
};

enum {
	DRILL_IP_TOS = 1,
	DRILL_IP_TTL = 2,
	DRILL_IP_FLOW = 4,
	DRILL_IP_OPTIONS = 8,
	DRILL_IP_FROM = 16,
	DRILL_IP_TO = 32,
	DRILL_IP_BAD_CSUM = 64, /* of what IP carries */
};

/**
 * struct drill_packet - A packet that arrives, or must leave
 * @sport, @dport: 0: those of the socket under test
 */
struct drill_packet {
	bool out;
	enum drill_ecn ecn;
	struct drill_ip ip;
	enum drill_proto proto;
	uint16_t sport;
	uint16_t dport;
	union {
		struct drill_seg tcp;
		uint32_t udp_len;
		struct drill_icmp icmp;
	};
};

/** struct drill_code - What stands between %{ and }% */
struct drill_code {
	const char *text;
	size_t len;
	struct drill_pos pos;
};

enum drill_stmt_kind {
	DRILL_STMT_CALL,
	DRILL_STMT_PACKET,
	DRILL_STMT_COMMAND,
	DRILL_STMT_CODE,
};

/**
 * struct drill_stmt - One statement
 * @text, @text_len: as the script has it, without its time
 */
struct drill_stmt {
	struct drill_stmt *next;
	enum drill_stmt_kind kind;
	struct drill_pos pos;
	struct drill_when when;
	const char *text;
	size_t text_len;
	union {
		struct drill_call call;
		struct drill_packet packet;
		struct drill_code code; /* COMMAND and CODE */
	};
};

/** struct drill_script - All of it */
struct drill_script {
	struct drill_stmt *first;
	unsigned count;
};

#endif
