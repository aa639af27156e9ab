/* SPDX-License-Identifier: MIT */
#include "drill/parse.h"

#include <errno.h>
#include <sys/socket.h>

#include "../test.h"
#include "drill/signature.h"
#include "wire/tcp.h"

static struct drill_arena arena;
static struct drill_config cfg;
static struct drill_script script;
static struct drill_error err;

static int parse_with(const char *text, const char *const *overrides)
{
	drill_arena_fini(&arena);
	drill_config_init(&cfg);
	err = (struct drill_error) { 0 };
	return drill_parse(text, strlen(text), &cfg, overrides, &arena, &script,
			   &err);
}

/* The only statement of a script that is right. */
static const struct drill_stmt *one(const char *text)
{
	parse_with(text, NULL);
	STR(err.text, "");
	EQ(script.count, 1);
	return script.first;
}

TEST(times_are_absolute_relative_ranges_and_whenever)
{
	const struct drill_when *w = &one("1.5 close(3) = 0")->when;

	EQ(w->kind, DRILL_ABSOLUTE);
	EQ(w->from_ns, 1500000000);
	w = &one("+.1 close(3) = 0")->when;
	EQ(w->kind, DRILL_RELATIVE);
	EQ(w->to_ns, 100000000);
	w = &one("* > R 0:0(0)")->when;
	EQ(w->kind, DRILL_ANY_TIME);
	w = &one("+.1~+.2 > R 0:0(0)")->when;
	EQ(w->range, 1);
	EQ(w->from_ns, 100000000);
	EQ(w->to_ns, 200000000);
	w = &one("1.0~1.2 > R 0:0(0)")->when;
	EQ(w->kind, DRILL_ABSOLUTE);
	EQ(w->to_ns, 1200000000);
	w = &one("0.1...0.2 close(3) = 0")->when;
	EQ(w->blocking, 1);
	EQ(w->until_ns, 200000000);
	w = &one("+0...+.2 close(3) = 0")->when;
	EQ(w->kind, DRILL_RELATIVE);
	EQ(w->until_ns, 200000000);
}

TEST(a_call_has_arguments_a_result_an_errno_and_a_note)
{
	const struct drill_call *c =
		&one("0 bind(3, ..., ...) = -1 EADDRINUSE (Can't do `it)")
			 ->call;

	STR(c->name, "bind");
	EQ(c->id, DRILL_CALL_BIND);
	EQ(c->nargs, 3);
	EQ(c->args->num, 3);
	EQ(c->args->next->kind, DRILL_DOTS);
	EQ(c->result->num, -1);
	EQ(c->err, EADDRINUSE);
}

TEST(constants_are_numbers_already)
{
	const struct drill_expr *e =
		one("0 socket(AF_INET6, SOCK_STREAM|SOCK_NONBLOCK, ~0x0f) = 3")
			->call.args;

	EQ(e->num, AF_INET6);
	EQ(e->next->num, SOCK_STREAM | SOCK_NONBLOCK);
	EQ(e->next->next->num, ~INT64_C(15));
}

TEST(structs_have_named_and_nameless_fields)
{
	const struct drill_expr *e =
		one("0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, "
		    "{\"a\\x62\\n\", 3}], msg_flags=0}, 0) = 13")
			->call.args->next;
	const struct drill_expr *iov = e->items->next;

	EQ(e->kind, DRILL_STRUCT);
	EQ(e->count, 3);
	STR(e->items->name, "msg_name");
	EQ(e->items->size->kind, DRILL_DOTS);
	STR(iov->name, "msg_iov");
	EQ(iov->size->num, 2);
	EQ(iov->count, 2);
	EQ(iov->items->items->kind, DRILL_DOTS);
	EQ(iov->items->next->items->len, 3);
	MEM(iov->items->next->items->bytes, "ab\n", 3);
}

TEST(addresses_are_in_network_order)
{
	const struct drill_expr *e =
		one("0 bind(3, {sa_family = AF_INET, sin_port = htons(8080), "
		    "sin_addr = inet_addr(\"10.99.0.1\")}, ...) = 0")
			->call.args->next;
	uint16_t port = (uint16_t)e->items->next->num;
	uint32_t addr = (uint32_t)e->items->next->next->num;

	MEM(&port, "\x1f\x90", 2);
	MEM(&addr, "\x0a\x63\x00\x01", 4);
}

TEST(a_segment_has_flags_numbers_and_options)
{
	const struct drill_packet *p =
		&one("0 < [ect0] SP. 1:11(10) ack 5 win 100 urg 3 <mss 1000,"
		     "sackOK,TS val 7 ecr 8,nop,wscale 7,sack 1:2 3:4>")
			 ->packet;

	EQ(p->out, 0);
	EQ(p->ecn, DRILL_ECN_ECT0);
	EQ(p->tcp.flags, WIRE_TCP_SYN | WIRE_TCP_PSH | WIRE_TCP_ACK);
	EQ(p->tcp.seq, 1);
	EQ(p->tcp.len, 10);
	EQ(p->tcp.ack, 5);
	EQ(p->tcp.win, 100);
	EQ(p->tcp.urg, 3);
	EQ(p->tcp.nopts, 6);
	EQ(p->tcp.opts[0].a, 1000);
	EQ(p->tcp.opts[2].b, 8);
	EQ(p->tcp.opts[5].n, 2);
	EQ(p->tcp.opts[5].sack[1].right, 4);
}

TEST(an_outgoing_segment_may_leave_things_open)
{
	const struct drill_packet *p = &one("0 > . 1:1(0) ack 1 <...>")->packet;

	EQ(p->out, 1);
	EQ(p->tcp.any_opts, 1);
	EQ(p->tcp.has_win, 0);
	p = &one("0 > 8080>40001 S. 4294967295:4294967295(0) ack 1 <>")->packet;
	EQ(p->sport, 8080);
	EQ(p->dport, 40001);
	EQ(p->tcp.seq, 4294967295);
	EQ(p->tcp.nopts, 0);
	EQ(p->tcp.any_opts, 0);
	p = &one("0 > - 1:1(0)")->packet;
	EQ(p->tcp.flags, 0);
	p = &one("0 > SEWA 1:1(0)")->packet;
	EQ(p->tcp.flags,
	   WIRE_TCP_SYN | WIRE_TCP_ECE | WIRE_TCP_CWR | WIRE_TCP_AE);
}

TEST(cookies_are_hexadecimal)
{
	const struct drill_packet *p =
		&one("0 < S 0:0(0) win 1 <FO 12ab34cd,FOEXP 99999999,FO,"
		     "ECN e1b 1 ceb 2>")
			 ->packet;

	EQ(p->tcp.opts[0].n, 4);
	MEM(p->tcp.opts[0].bytes, "\x12\xab\x34\xcd", 4);
	EQ(p->tcp.opts[1].kind, DRILL_OPT_FOEXP);
	EQ(p->tcp.opts[2].n, 0);
	EQ(p->tcp.opts[3].kind, DRILL_OPT_ECN1);
	EQ(p->tcp.opts[3].n, 2);
}

TEST(datagrams_and_icmp_are_packets_too)
{
	const struct drill_packet *p = &one("0 > udp (100)")->packet;

	EQ(p->proto, DRILL_UDP);
	EQ(p->udp_len, 100);
	p = &one("0 < icmp unreachable frag_needed mtu 1400 [1:1001(1000)]")
		     ->packet;
	EQ(p->icmp.type, 3);
	EQ(p->icmp.code, 4);
	EQ(p->icmp.mtu, 1400);
	EQ(p->icmp.quote_tcp, 1);
	EQ(p->icmp.seg.len, 1000);
	p = &one("--ip_version=ipv6\n"
		 "0 < icmp unreachable port_unreachable [udp (10)]")
		     ->packet;
	EQ(p->icmp.type, 1);
	EQ(p->icmp.code, 4);
	EQ(p->icmp.udp_len, 10);
}

TEST(options_come_first_and_the_command_line_wins)
{
	static const char *const overrides[] = { "--mtu=1300", "-DN=7", NULL };

	EQ(parse_with("// a script\n--mtu=1400   # comment\n--bind_port=80\n"
		      "-D N=5\n/* c */\n--tolerance_usecs=10000\n"
		      "0 close(N) = 0\n",
		      overrides),
	   0);
	EQ(cfg.mtu, 1300);
	EQ(cfg.bind_port, 80);
	EQ(cfg.tolerance_ns, 10000000);
	EQ(script.first->call.args->num, 7);
	EQ(script.first->pos.line, 7);
}

TEST(a_statement_keeps_its_text)
{
	const struct drill_stmt *s =
		one("+.1   < S 0:0(0)   win 5 <mss 9>  // and a comment");

	EQ(s->text_len, strlen("< S 0:0(0)   win 5 <mss 9>"));
	MEM(s->text, "< S 0:0(0)   win 5 <mss 9>", s->text_len);
}

TEST(mistakes_say_what_and_where)
{
	static const struct {
		const char *text;
		const char *error;
		unsigned line, col;
	} rows[] = {
		{ "--nonsense=1\n", "unknown option: --nonsense=1", 1, 1 },
		{ "\n--mtu=5\n", "bad value in option: --mtu=5", 2, 1 },
		{ "--mtu\n", "option without =value: --mtu", 1, 1 },
		{ "--ip_version=ipv5",
		  "bad value in option: "
		  "--ip_version=ipv5",
		  1, 1 },
		{ "--local_ip=::1\n",
		  "--local_ip=::1 is no address of this ip_version", 1, 1 },
		{ "close(3) = 0", "time in seconds expected, not 'close'", 1,
		  1 },
		{ "0 frobnicate(3) = 0", "unknown call frobnicate()", 1, 3 },
		{ "0 close(3, 4) = 0", "close() takes 1 arguments, not 2", 1,
		  3 },
		{ "0 close(EXIT) = 0", "unknown constant EXIT", 1, 9 },
		{ "0 close(3)", "'=' expected, the script ends", 1, 11 },
		{ "0 close(3) = 0 EAGAIN", "errno after a success", 1, 16 },
		{ "0 close(3) = -1 ENIX", "unknown errno ENIX", 1, 17 },
		{ "0 close(3) = \"a\"", "a result is a number", 1, 14 },
		{ "0 close(3 = 0", "')' expected, not '='", 1, 11 },
		{ "0 < X 0:0(0) win 1", "flags of SFRP.UEWA expected, not 'X'",
		  1, 5 },
		{ "0 < SS 0:0(0) win 1", "each flag once expected, not 'SS'", 1,
		  5 },
		{ "0 < S 0:5(0) win 1",
		  "0:5 is 5 bytes, not the 0 in parentheses", 1, 7 },
		{ "0 < . 0:0(0) win 1", "'.' without an ack number", 1, 5 },
		{ "0 < S 0:0(0) win 1 <...>",
		  "... says nothing about what arrives", 1, 5 },
		{ "0 > S 0:0(0) <nix>",
		  "TCP option (mss, wscale, sackOK, sack, TS, nop, eol, FO, "
		  "FOEXP, md5, tcp-ao, ECN, kind) expected, not 'nix'",
		  1, 15 },
		{ "0 > S 0:0(0) <FO 123>",
		  "two hexadecimal digits a byte, 16 bytes at most", 1, 18 },
		{ "0 < S 0:0(0) win 1 <sack 1:2 3:4 5:6 7:8,nop,nop,sack 1:2>",
		  "options of more than 40 bytes", 1, 21 },
		{ "0 > [ect] S 0:0(0)",
		  "noecn, ect0, ect1, ce, ect01, ttl, tos, flowlabel, options, "
		  "from, to or bad_csum expected, not 'ect'",
		  1, 6 },
		{ "0 > [bad_csum] S 0:0(0)",
		  "bad_csum and from are of what arrives", 1, 6 },
		{ "0 < [options 01] S 0:0(0) win 1",
		  "options are for IPv4, whole words of them", 1, 6 },
		{ "0 < [to 224.0.0.1] S 0:0(0) win 1",
		  "\"IPv4 address\" expected, not '224.0'", 1, 9 },
		{ "0 > icmp nix",
		  "ICMP type (unreachable, time_exceeded ...) "
		  "expected, not 'nix'",
		  1, 10 },
		{ "0 > icmp unreachable nix",
		  "code of this ICMP type expected, not 'nix'", 1, 22 },
		{ "0 `rm x`", "unknown command: rm", 1, 4 },
		{ "0 %{ assert nix }%", "unknown name nix", 1, 13 },
		{ "0 ]",
		  "call, <, >, `command` or %{ code }% expected, "
		  "not ']'",
		  1, 3 },
		{ "0...1 < S 0:0(0) win 1", "only calls can block", 1, 1 },
		{ "1...0.5 close(3) = 0", "call that returns before it begins",
		  1, 1 },
		{ "2~1 > R 0:0(0)", "time range that ends before it begins", 1,
		  1 },
		{ "+1~2 > R 0:0(0)",
		  "both ends of a range are written with +, "
		  "or neither",
		  1, 1 },
		{ "1 close(3) = 0\n0 close(3) = 0",
		  "time goes back: an earlier statement is later", 2, 1 },
		{ "/* 0 close(3) = 0", "comment without an end", 1, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EQ(parse_with(rows[i].text, NULL), -EINVAL);
		STR(err.text, rows[i].error);
		EQ(err.pos.line, rows[i].line);
		EQ(err.pos.col, rows[i].col);
	}
}

TEST(deep_nesting_is_refused_not_followed)
{
	char text[4000];

	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "0 close(", 8);
	EQ(parse_with(text, NULL), -EINVAL);
	memset(text + 8, '-', sizeof(text) - 9);
	EQ(parse_with(text, NULL), -EINVAL);
}

/* Each prefix of a script, and each script with a byte changed, is read or
 * refused, and nothing is read past its end.
 */
TEST(broken_scripts_are_refused_quietly)
{
	static const char good[] =
		"--mtu=1400\n-D A=4\n"
		"`sysctl -q a=1`\n"
		"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"+0...0.2 setsockopt(A, SOL_SOCKET, SO_LINGER, {onoff=1, "
		"linger=0}, ...) = -1 EINVAL (text)\n"
		"+.1~+.2 > [ce] S. 0:0(0) ack 1 win 9 <mss 5,FO 12ab,md5>\n"
		"+0 > . 1:1(0) ack 1 <tcp-ao keyid 1 rnext 2 \"key\",md5 ...>\n"
		"+0 setsockopt(3, SOL_TCP, TCP_MD5SIG, {tcpm_addr=..., "
		"tcpm_keylen=1, tcpm_key=\"k\"}, ...) = 0\n"
		"* < icmp unreachable frag_needed mtu 9 [1:2(1)]\n"
		"+0 %{ assert (1 == 1) and not 'a' == \"b\", 5 }%\n";
	char text[sizeof(good)];

	for (size_t n = 0; n < sizeof(good); n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, good, n);
		drill_arena_fini(&arena);
		drill_config_init(&cfg);
		err = (struct drill_error) { 0 };
		drill_parse(copy, n, &cfg, NULL, &arena, &script, &err);
		free(copy);
	}
	for (size_t i = 0; i + 1 < sizeof(good); i++)
		for (const char *c = "\"`%{}<>()[].-0x/*"; *c; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = *c;
			parse_with(text, NULL);
		}
	drill_arena_fini(&arena);
}

TESTS(CASE(times_are_absolute_relative_ranges_and_whenever),
      CASE(a_call_has_arguments_a_result_an_errno_and_a_note),
      CASE(constants_are_numbers_already),
      CASE(structs_have_named_and_nameless_fields),
      CASE(addresses_are_in_network_order),
      CASE(a_segment_has_flags_numbers_and_options),
      CASE(an_outgoing_segment_may_leave_things_open),
      CASE(cookies_are_hexadecimal), CASE(datagrams_and_icmp_are_packets_too),
      CASE(options_come_first_and_the_command_line_wins),
      CASE(a_statement_keeps_its_text), CASE(mistakes_say_what_and_where),
      CASE(deep_nesting_is_refused_not_followed),
      CASE(broken_scripts_are_refused_quietly))
