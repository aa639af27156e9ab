/* SPDX-License-Identifier: MIT */
/*
 * drill/parse_packet.c - packets, in and out
 *
 *	packet  = ('<' | '>') ['[' ip {',' ip} ']'] [PORT '>' PORT]
 *		  (tcp | udp | icmp)
 *	ip      = ecn | 'ttl' N | 'tos' N | 'flowlabel' N | 'options' HEX
 *		| 'from' "ADDRESS" | 'to' "ADDRESS" | 'bad_csum'
 *	tcp     = flags FIRST ':' LAST '(' LEN ')' ['ack' N] ['win' N]
 *		  ['urg' N] ['<' options '>']
 *	udp     = 'udp' '(' LEN ')'
 *	icmp    = ('icmp' | 'icmpv6') type [code] ['mtu' N] ['[' quote ']']
 *	quote   = [flags] FIRST ':' LAST '(' LEN ')' | udp
 */
#include "drill/reader.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "drill/icmp.h"
#include "drill/sign.h"
#include "drill/tcpopt.h"
#include "wire/tcp.h"

enum { IP_OPTIONS_MAX = 40 };

/** take_hex() - Bytes in hexadecimal; how many */
static uint8_t take_hex(struct drill_reader *r, uint8_t *to, size_t max)
{
	struct drill_token t = drill_lex_hex(&r->lex, r->tok);

	if (t.len % 2 || t.len / 2 > max) {
		drill_error_set(r->err, t.pos,
				"two hexadecimal digits a byte, %zu bytes "
				"at most",
				max);
		return 0;
	}
	for (unsigned i = 0; i < t.len; i++) {
		int c = tolower((unsigned char)t.at[i]);
		int v = c <= '9' ? c - '0' : c - 'a' + 10;

		to[i / 2] = (uint8_t)(to[i / 2] << 4 | v);
	}
	r->used_end = t.src_end;
	r->tok = drill_lex_next(&r->lex);
	return (uint8_t)(t.len / 2);
}

static bool take_ecn(struct drill_reader *r, struct drill_packet *p)
{
	static const struct {
		const char *name;
		enum drill_ecn ecn;
	} names[] = {
		{ "noecn", DRILL_ECN_NONE },  { "ect0", DRILL_ECN_ECT0 },
		{ "ect1", DRILL_ECN_ECT1 },   { "ce", DRILL_ECN_CE },
		{ "ect01", DRILL_ECN_ECT01 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!drill_reader_take_word(r, names[i].name))
			continue;
		p->ecn = names[i].ecn;
		if (p->ecn == DRILL_ECN_ECT01 && !p->out)
			drill_reader_fail(r, "one codepoint for what arrives");
		return true;
	}
	return false;
}

static bool take_flow(struct drill_reader *r, struct drill_packet *p)
{
	if (!drill_reader_take_word(r, "flowlabel"))
		return false;
	if (!drill_config_is_v6(r->cfg))
		drill_reader_fail(r, "an IPv6 script for a flow label");
	p->ip.flow = drill_reader_u32(r, 0xfffff, "flow label");
	p->ip.has |= DRILL_IP_FLOW;
	return true;
}

static bool take_ip_options(struct drill_reader *r, struct drill_packet *p)
{
	struct drill_pos pos = r->tok.pos;
	uint8_t bytes[IP_OPTIONS_MAX] = { 0 };

	if (!drill_reader_take_word(r, "options"))
		return false;
	p->ip.opts_len = take_hex(r, bytes, sizeof(bytes));
	p->ip.opts = (const uint8_t *)drill_arena_copy(
		r->arena, (const char *)bytes, p->ip.opts_len);
	p->ip.has |= DRILL_IP_OPTIONS;
	if (drill_config_is_v6(r->cfg) || p->ip.opts_len % 4)
		drill_error_set(r->err, pos,
				"options are for IPv4, whole words of them");
	return true;
}

static void take_address(struct drill_reader *r, uint8_t *to)
{
	bool v6 = drill_config_is_v6(r->cfg);
	char text[INET6_ADDRSTRLEN] = "";

	if (r->tok.kind == DRILL_STRING && r->tok.len < sizeof(text))
		memcpy(text, r->tok.at, r->tok.len);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, to) != 1)
		drill_reader_fail(r,
				  v6 ? "\"IPv6 address\"" : "\"IPv4 address\"");
	drill_reader_next(r);
}

/* What an odd peer, or a stranger, sends. */
static bool take_odd(struct drill_reader *r, struct drill_packet *p)
{
	struct drill_pos pos = r->tok.pos;
	uint8_t bit;

	if (drill_reader_take_word(r, "bad_csum")) {
		bit = DRILL_IP_BAD_CSUM;
	} else if (drill_reader_take_word(r, "from")) {
		bit = DRILL_IP_FROM;
		take_address(r, p->ip.from);
	} else if (drill_reader_take_word(r, "to")) {
		bit = DRILL_IP_TO;
		take_address(r, p->ip.to);
	} else {
		return false;
	}
	p->ip.has |= bit;
	if (p->out && bit != DRILL_IP_TO)
		drill_error_set(r->err, pos,
				"bad_csum and from are of what arrives");
	return true;
}

static void parse_ip_word(struct drill_reader *r, struct drill_packet *p)
{
	if (take_ecn(r, p) || take_flow(r, p) || take_ip_options(r, p) ||
	    take_odd(r, p))
		return;
	if (drill_reader_take_word(r, "ttl")) {
		p->ip.ttl = (uint8_t)drill_reader_u32(r, UINT8_MAX, "TTL");
		p->ip.has |= DRILL_IP_TTL;
	} else if (drill_reader_take_word(r, "tos")) {
		p->ip.tos = (uint8_t)drill_reader_u32(r, UINT8_MAX, "TOS");
		p->ip.has |= DRILL_IP_TOS;
	} else {
		drill_reader_fail(r, "noecn, ect0, ect1, ce, ect01, ttl, tos, "
				     "flowlabel, options, from, to or "
				     "bad_csum");
	}
}

static void parse_ip(struct drill_reader *r, struct drill_packet *p)
{
	if (!drill_reader_take(r, '['))
		return;
	do
		parse_ip_word(r, p);
	while (drill_reader_take(r, ','));
	drill_reader_want(r, ']');
}

static void parse_ports(struct drill_reader *r, struct drill_packet *p)
{
	if (r->tok.kind != DRILL_INT)
		return;
	p->sport = (uint16_t)drill_reader_u32(r, UINT16_MAX, "port");
	drill_reader_want(r, '>');
	p->dport = (uint16_t)drill_reader_u32(r, UINT16_MAX, "port");
}

/** flag() - The bit of a flag's letter, 0: it is none */
static uint16_t flag(char c)
{
	static const char letters[] = "FSRP.UEWA"; /* from bit 0 on */
	const char *hit = strchr(letters, c);

	return c && hit ? (uint16_t)(1u << (hit - letters)) : 0;
}

static void add_flags(struct drill_reader *r, uint16_t *flags)
{
	for (size_t i = 0; i < r->tok.len; i++) {
		uint16_t bit = flag(r->tok.at[i]);

		if (!bit || (*flags & bit)) {
			drill_reader_fail(r, bit ? "each flag once"
						 : "flags of SFRP.UEWA");
			return;
		}
		*flags |= bit;
	}
}

/* `S.` is a word and a point without a space; `-` is none at all. */
static uint16_t parse_flags(struct drill_reader *r)
{
	uint16_t flags = 0;

	if (drill_reader_take(r, '-'))
		return 0;
	do {
		if (r->tok.kind != DRILL_WORD && !drill_reader_at(r, '.')) {
			drill_reader_fail(r, "flags of SFRP.UEWA, udp or icmp");
			return 0;
		}
		add_flags(r, &flags);
		drill_reader_next(r);
	} while (r->tok.glued &&
		 (r->tok.kind == DRILL_WORD || drill_reader_at(r, '.')));
	return flags;
}

static void parse_seq(struct drill_reader *r, struct drill_seg *s)
{
	struct drill_pos pos = r->tok.pos;
	uint32_t last;

	s->seq = drill_reader_u32(r, UINT32_MAX, "first sequence number");
	drill_reader_want(r, ':');
	last = drill_reader_u32(r, UINT32_MAX, "last sequence number");
	drill_reader_want(r, '(');
	s->len = drill_reader_u32(r, UINT16_MAX, "payload length");
	drill_reader_want(r, ')');
	if (last - s->seq != s->len)
		drill_error_set(r->err, pos,
				"%u:%u is %u bytes, not the %u in parentheses",
				s->seq, last, last - s->seq, s->len);
}

/* -------------------------------------------------------- TCP options */

static void option_bytes(struct drill_reader *r, struct drill_opt *o,
			 size_t max)
{
	o->n = take_hex(r, o->bytes, max);
}

static bool at_option_end(const struct drill_reader *r)
{
	return drill_reader_at(r, ',') || drill_reader_at(r, '>');
}

static void option_mss(struct drill_reader *r, struct drill_opt *o)
{
	o->a = drill_reader_u32(r, UINT16_MAX, "MSS");
}

static void option_wscale(struct drill_reader *r, struct drill_opt *o)
{
	o->a = drill_reader_u32(r, UINT8_MAX, "window scale");
}

static void option_sack(struct drill_reader *r, struct drill_opt *o)
{
	while (r->tok.kind == DRILL_INT && o->n < DRILL_SACK_MAX) {
		o->sack[o->n].left = drill_reader_u32(r, UINT32_MAX, "edge");
		drill_reader_want(r, ':');
		o->sack[o->n++].right =
			drill_reader_u32(r, UINT32_MAX, "right edge");
	}
	if (o->n == 0)
		drill_reader_fail(r, "SACK block, first:last");
}

static void option_ts(struct drill_reader *r, struct drill_opt *o)
{
	if (!drill_reader_take_word(r, "val"))
		drill_reader_fail(r, "val");
	o->a = drill_reader_u32(r, UINT32_MAX, "timestamp value");
	if (!drill_reader_take_word(r, "ecr"))
		drill_reader_fail(r, "ecr");
	o->b = drill_reader_u32(r, UINT32_MAX, "timestamp echo");
}

static void option_cookie(struct drill_reader *r, struct drill_opt *o)
{
	if (!at_option_end(r))
		option_bytes(r, o, 16);
}

/* A digest: nothing or `va`: of the script's key, "key", `...` or its bytes */
static void option_digest(struct drill_reader *r, struct drill_opt *o,
			  size_t max)
{
	o->sign = DRILL_SIGN_SCRIPT;
	if (drill_reader_take_word(r, "va") || at_option_end(r))
		return;
	if (r->tok.kind == DRILL_ELLIPSIS) {
		drill_reader_next(r);
		o->sign = DRILL_SIGN_ANY;
	} else if (r->tok.kind == DRILL_STRING) {
		o->sign = DRILL_SIGN_KEY;
		o->key = r->tok.at;
		o->key_len = (uint8_t)r->tok.len;
		if (r->tok.len > DRILL_KEY_MAX)
			drill_reader_fail(r, "key of up to 80 bytes");
		drill_reader_next(r);
	} else {
		o->sign = DRILL_SIGN_LITERAL;
		option_bytes(r, o, max);
	}
}

static void option_md5(struct drill_reader *r, struct drill_opt *o)
{
	option_digest(r, o, 16);
	if (o->sign == DRILL_SIGN_LITERAL && o->n != 16)
		drill_reader_fail(r, "16 bytes of MD5 before this; option end");
}

/* tcp-ao keyid N rnext N [digest]: a word, a minus and a word */
static void option_ao(struct drill_reader *r, struct drill_opt *o)
{
	drill_reader_want(r, '-');
	if (!drill_reader_take_word(r, "ao"))
		drill_reader_fail(r, "tcp-ao");
	if (!drill_reader_take_word(r, "keyid"))
		drill_reader_fail(r, "keyid");
	o->a = drill_reader_u32(r, UINT8_MAX, "KeyID");
	if (!drill_reader_take_word(r, "rnext"))
		drill_reader_fail(r, "rnext");
	o->b = drill_reader_u32(r, UINT8_MAX, "RNextKeyID");
	option_digest(r, o, DRILL_OPT_BYTES_MAX - 2);
}

static void option_other(struct drill_reader *r, struct drill_opt *o)
{
	o->a = drill_reader_u32(r, UINT8_MAX, "option kind");
	if (!at_option_end(r))
		option_bytes(r, o, DRILL_OPT_BYTES_MAX);
}

/* ECN e0b 1 ceb 0 e1b 1: the first counter's name tells the order. */
static void option_ecn(struct drill_reader *r, struct drill_opt *o)
{
	static const char *const order[2][3] = { { "e0b", "ceb", "e1b" },
						 { "e1b", "ceb", "e0b" } };
	const char *const *names = order[drill_reader_at_word(r, "e1b")];

	o->kind = names == order[0] ? DRILL_OPT_ECN0 : DRILL_OPT_ECN1;
	while (o->n < 3 && drill_reader_take_word(r, names[o->n])) {
		o->field[o->n] = drill_reader_u32(r, 0xffffff, "byte counter");
		o->n++;
	}
	if (o->n == 0)
		drill_reader_fail(r, "e0b or e1b");
}

static void option_bare(struct drill_reader *r, struct drill_opt *o)
{
	(void)r;
	(void)o;
}

static const struct {
	const char *name;
	enum drill_opt_kind kind;
	void (*parse)(struct drill_reader *r, struct drill_opt *o);
} option_rules[] = {
	{ "mss", DRILL_OPT_MSS, option_mss },
	{ "wscale", DRILL_OPT_WSCALE, option_wscale },
	{ "sackOK", DRILL_OPT_SACKOK, option_bare },
	{ "sack", DRILL_OPT_SACK, option_sack },
	{ "TS", DRILL_OPT_TS, option_ts },
	{ "nop", DRILL_OPT_NOP, option_bare },
	{ "eol", DRILL_OPT_EOL, option_bare },
	{ "FO", DRILL_OPT_FO, option_cookie },
	{ "FOEXP", DRILL_OPT_FOEXP, option_cookie },
	{ "md5", DRILL_OPT_MD5, option_md5 },
	{ "tcp", DRILL_OPT_AO, option_ao },
	{ "ECN", DRILL_OPT_ECN0, option_ecn },
	{ "kind", DRILL_OPT_OTHER, option_other },
};

static void parse_option(struct drill_reader *r, struct drill_opt *o)
{
	for (size_t i = 0; i < sizeof(option_rules) / sizeof(option_rules[0]);
	     i++) {
		if (!drill_reader_take_word(r, option_rules[i].name))
			continue;
		o->kind = option_rules[i].kind;
		option_rules[i].parse(r, o);
		return;
	}
	drill_reader_fail(r, "TCP option (mss, wscale, sackOK, sack, TS, nop, "
			     "eol, FO, FOEXP, md5, tcp-ao, ECN, kind)");
}

static bool says_nothing(const struct drill_seg *s)
{
	bool some = s->any_opts;

	for (unsigned i = 0; i < s->nopts; i++)
		some |= s->opts[i].sign == DRILL_SIGN_ANY;
	return some;
}

static void keep_options(struct drill_reader *r, struct drill_seg *s,
			 const struct drill_opt *opts, struct drill_pos pos)
{
	s->opts = drill_arena_alloc(r->arena, s->nopts * sizeof(*opts));
	memcpy(s->opts, opts, s->nopts * sizeof(*opts));
	if (drill_tcpopt_length(s->opts, s->nopts) > WIRE_TCP_MAX_OPTS)
		drill_error_set(r->err, pos, "options of more than 40 bytes");
}

static void parse_options(struct drill_reader *r, struct drill_seg *s)
{
	struct drill_opt opts[DRILL_OPTS_MAX] = { 0 };
	struct drill_pos pos = r->tok.pos;

	if (r->tok.kind == DRILL_ELLIPSIS) {
		drill_reader_next(r);
		s->any_opts = true;
	} else if (!drill_reader_at(r, '>')) {
		do
			parse_option(r, &opts[s->nopts++]);
		while (s->nopts < DRILL_OPTS_MAX && drill_reader_take(r, ','));
		keep_options(r, s, opts, pos);
	}
	drill_reader_want(r, '>');
}

/* Is the '<' at hand the beginning of options, or of the next statement? That
 * one would begin with its time, so it is ours.
 */
static void parse_tcp(struct drill_reader *r, struct drill_packet *p)
{
	struct drill_seg *s = &p->tcp;
	struct drill_pos pos = r->tok.pos;

	p->proto = DRILL_TCP;
	s->flags = parse_flags(r);
	parse_seq(r, s);
	s->has_ack = drill_reader_take_word(r, "ack");
	if (s->has_ack)
		s->ack = drill_reader_u32(r, UINT32_MAX, "acknowledgment");
	s->has_win = drill_reader_take_word(r, "win");
	if (s->has_win)
		s->win = (uint16_t)drill_reader_u32(r, UINT16_MAX, "window");
	if (drill_reader_take_word(r, "urg"))
		s->urg = (uint16_t)drill_reader_u32(r, UINT16_MAX,
						    "urgent pointer");
	if (drill_reader_take(r, '<'))
		parse_options(r, s);
	if (says_nothing(s) && !p->out)
		drill_error_set(r->err, pos,
				"... says nothing about what arrives");
	if ((s->flags & WIRE_TCP_ACK) && !s->has_ack)
		drill_error_set(r->err, pos, "'.' without an ack number");
}

static uint32_t parse_udp(struct drill_reader *r)
{
	uint32_t len;

	drill_reader_want(r, '(');
	len = drill_reader_u32(r, UINT16_MAX, "payload length");
	drill_reader_want(r, ')');
	return len;
}

/* -------------------------------------------------------------- ICMP */

static void parse_quote(struct drill_reader *r, struct drill_icmp *m)
{
	m->has_quote = true;
	if (drill_reader_take_word(r, "udp")) {
		m->udp_len = parse_udp(r);
	} else {
		m->quote_tcp = true;
		m->seg.flags = r->tok.kind == DRILL_INT ? WIRE_TCP_ACK
							: parse_flags(r);
		parse_seq(r, &m->seg);
	}
	drill_reader_want(r, ']');
}

static void parse_icmp(struct drill_reader *r, struct drill_packet *p)
{
	bool v6 = drill_config_is_v6(r->cfg);
	struct drill_token type = r->tok;

	p->proto = DRILL_ICMP;
	if (type.kind != DRILL_WORD ||
	    !drill_icmp_type(v6, type.at, type.len, &p->icmp.type)) {
		drill_reader_fail(r, v6 ? "ICMPv6 type (unreachable, "
					  "packet_too_big, time_exceeded ...)"
					: "ICMP type (unreachable, "
					  "time_exceeded ...)");
		return;
	}
	drill_reader_next(r);
	if (r->tok.kind == DRILL_WORD && !drill_reader_at_word(r, "mtu")) {
		if (!drill_icmp_code(v6, p->icmp.type, r->tok.at, r->tok.len,
				     &p->icmp.code))
			drill_reader_fail(r, "code of this ICMP type");
		drill_reader_next(r);
	}
	if (drill_reader_take_word(r, "mtu"))
		p->icmp.mtu = drill_reader_u32(r, UINT32_MAX, "MTU");
	if (drill_reader_take(r, '['))
		parse_quote(r, &p->icmp);
}

/* Other drills wrap segments into each other; here nothing unwraps them. */
static bool at_tunnel(struct drill_reader *r)
{
	static const char *const names[] = { "ipv4", "ipv6", "gre", "mpls" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (drill_reader_at_word(r, names[i])) {
			drill_error_set(r->err, r->tok.pos,
					"encapsulation (%s) is not for drills: "
					"the stack unwraps nothing",
					names[i]);
			return true;
		}
	return false;
}

void drill_parse_packet(struct drill_reader *r, struct drill_packet *p)
{
	p->out = drill_reader_at(r, '>');
	drill_reader_next(r);
	parse_ip(r, p);
	if (at_tunnel(r))
		return;
	parse_ports(r, p);
	if (drill_reader_take_word(r, "udp")) {
		p->proto = DRILL_UDP;
		p->udp_len = parse_udp(r);
	} else if (drill_reader_take_word(r, "icmp") ||
		   drill_reader_take_word(r, "icmpv6")) {
		parse_icmp(r, p);
	} else {
		parse_tcp(r, p);
	}
}
