/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "wire/bad.h"
#include "wire/be.h"
#include "wire/dns.h"

static struct wire_dns_name name(const char *text)
{
	struct wire_dns_name f;

	EQ(wire_dns_name_read(&f, text), 0);
	return f;
}

static const char *text(const struct wire_dns_name *f)
{
	static char buf[WIRE_DNS_TEXT];
	struct wire_text t;

	wire_text_init(&t, buf, sizeof(buf));
	wire_dns_name_text(&t, f);
	OK(!t.cut);
	return buf;
}

TEST(text_becomes_labels_and_text_again)
{
	static const struct {
		const char *in, *out;
		uint8_t len;
	} rows[] = {
		{ "www.example.org", "www.example.org", 17 },
		{ "www.example.org.", "www.example.org", 17 },
		{ ".", ".", 1 },
		{ "a\\.b.c", "a\\.b.c", 7 }, /* a dot inside of a label */
		{ "a\\\\b", "a\\\\b", 5 },
		{ "\\000\\255", "\\000\\255", 4 },
		{ "a b", "a\\032b", 5 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_dns_name f = name(rows[i].in);

		EQ(f.len, rows[i].len);
		STR(text(&f), rows[i].out);
	}
}

TEST(text_that_is_no_name_is_refused)
{
	char label[80], full[300];
	struct wire_dns_name f;
	const char *bad[] = { "",     "..",    ".a",  "a..b", "\\",
			      "\\25", "\\256", label, full };

	memset(label, 'x', 64);
	label[64] = '\0';
	memset(full, 'x', 256);
	for (unsigned i = 3; i < 256; i += 4)
		full[i] = '.';
	full[254] = 'x'; /* 63 labels of 3 and one of 3: 256 on the wire + 1 */
	full[255] = '\0';
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EQ(wire_dns_name_read(&f, bad[i]), -EINVAL);
	label[63] = '\0';
	EQ(wire_dns_name_read(&f, label), 0);
	full[253] = '\0'; /* 255 on the wire */
	EQ(wire_dns_name_read(&f, full), 0);
	EQ(f.len, 255);
}

TEST(letters_are_of_one_case_and_nothing_else_is)
{
	struct wire_dns_name a = name("WWW.Example.ORG");
	struct wire_dns_name b = name("www.example.org");
	struct wire_dns_name c = name("example.org"), d = name("xexample.org");
	struct wire_dns_name at = name("@.org"), grave = name("`.org");

	OK(wire_dns_name_eq(&a, &b));
	OK(!wire_dns_name_eq(&a, &c));
	OK(!wire_dns_name_eq(&at, &grave));
	OK(wire_dns_name_under(&a, &c));
	OK(wire_dns_name_under(&c, &c));
	OK(!wire_dns_name_under(&d, &c)); /* whole labels */
	OK(!wire_dns_name_under(&c, &a));
	a = name(".");
	OK(wire_dns_name_under(&c, &a));
}

TEST(names_join_up_to_255_bytes)
{
	struct wire_dns_name a = name("www"), b = name("example.org"), f;
	char full[300];

	EQ(wire_dns_name_join(&f, &a, &b), 0);
	STR(text(&f), "www.example.org");
	memset(full, 'x', 240);
	for (unsigned i = 3; i < 240; i += 4)
		full[i] = '.';
	full[239] = '\0';
	a = name(full);
	EQ(wire_dns_name_join(&f, &a, &b), 0);
	b = name("example.example");
	EQ(wire_dns_name_join(&f, &a, &b), -EINVAL);
}

TEST(addresses_have_names_both_ways)
{
	static const struct {
		uint8_t addr[16];
		const char *name;
	} rows[] = {
		{ { [10] = 0xff, 0xff, 10, 99, 0, 255 },
		  "255.0.99.10.in-addr.arpa" },
		{ { 0xfd, 0x99, [15] = 0x2a },
		  "a.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.9."
		  "d.f.ip6.arpa" },
	};
	static const char *const bad[] = {
		"10.in-addr.arpa",	  "1.2.3.4.5.in-addr.arpa",
		"256.2.3.4.in-addr.arpa", "x.2.3.4.in-addr.arpa",
		"1.2.3.4.example",	  "a.2.ip6.arpa",
		"in-addr.arpa",
	};
	struct wire_dns_name f;
	uint8_t addr[16];

	for (unsigned i = 0; i < 2; i++) {
		wire_dns_name_reverse(&f, rows[i].addr);
		STR(text(&f), rows[i].name);
		EQ(wire_dns_name_unreverse(&f, addr), 0);
		MEM(addr, rows[i].addr, 16);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = name(bad[i]);
		EQ(wire_dns_name_unreverse(&f, addr), -EINVAL);
	}
}

/* A message of 12 zero bytes and then @n bytes of names. */
static int expand(struct wire_dns_name *f, const char *bytes, size_t n,
		  size_t off)
{
	uint8_t *p = malloc(WIRE_DNS_HLEN + n);
	int err;

	OK(p);
	memset(p, 0, WIRE_DNS_HLEN);
	memcpy(p + WIRE_DNS_HLEN, bytes, n);
	err = wire_dns_name_parse(f, p, WIRE_DNS_HLEN + n, WIRE_DNS_HLEN + off,
				  NULL);
	free(p);
	return err;
}
#define EXPAND(f, bytes, off) expand(f, bytes, sizeof(bytes) - 1, off)

TEST(pointers_lead_backwards_or_nowhere)
{
	struct wire_dns_name f;

	EQ(EXPAND(&f, "\1a\0\1b\xc0\x0c", 3), 0);
	STR(text(&f), "b.a");
	EQ(EXPAND(&f, "\xc0\x0c", 0), -EINVAL); /* to itself */
	EQ(EXPAND(&f, "\1a\xc0\x0c", 0), -EINVAL); /* a loop of one label */
	EQ(EXPAND(&f, "\xc0\x0e\xc0\x0c", 2), -EINVAL); /* a loop of two */
	EQ(EXPAND(&f, "\xc0\x0e\1a\0", 0), -EINVAL); /* forward */
	EQ(EXPAND(&f, "\1a\0\xc0\x04", 3), -EINVAL); /* into the header */
	EQ(EXPAND(&f, "\1a\0\xc0", 3), -EINVAL); /* cut */
	EQ(EXPAND(&f, "\1a", 0), -EINVAL); /* no end */
	EQ(EXPAND(&f, "\5a", 0), -EINVAL);
	EQ(EXPAND(&f, "\x41x\0", 0), -EINVAL); /* reserved kinds: 01 */
	EQ(EXPAND(&f, "\x81x\0", 0), -EINVAL); /* and 10 */
}

/* Each pointer to the one before it: @pointers of them. */
static int chain(unsigned pointers)
{
	char bytes[256] = { 1, 'a', 0 };
	struct wire_dns_name f;

	for (unsigned i = 0; i < pointers; i++) {
		bytes[3 + 2 * i] = (char)0xc0;
		bytes[4 + 2 * i] =
			(char)(WIRE_DNS_HLEN + (i ? 3 + 2 * (i - 1) : 0));
	}
	return expand(&f, bytes, 3 + 2 * pointers, 3 + 2 * (pointers - 1));
}

TEST(a_chain_of_pointers_has_an_end)
{
	EQ(chain(4), 0);
	EQ(chain(WIRE_DNS_POINTERS), 0);
	EQ(chain(WIRE_DNS_POINTERS + 1), -EINVAL);
	EQ(chain(64), -EINVAL);
}

TEST(a_name_has_255_bytes_however_it_is_written)
{
	char bytes[600];
	struct wire_dns_name f;

	/* 127 labels of one letter and the root: 255; one more is too long */
	for (unsigned i = 0; i < 128; i++) {
		bytes[2 * i] = 1;
		bytes[2 * i + 1] = 'a';
	}
	bytes[256] = 0;
	EQ(expand(&f, bytes, 257, 2), 0);
	EQ(f.len, 255);
	EQ(expand(&f, bytes, 257, 0), -EINVAL);
	/* the same by a pointer: 1 label in front of 255 */
	memcpy(bytes + 257, "\1b\xc0\x0e", 4);
	EQ(expand(&f, bytes, 261, 257), -EINVAL);
	bytes[260] = 0x10;
	EQ(expand(&f, bytes, 261, 257), 0);
	EQ(f.len, 255);
}

static uint8_t buf[4096];

/* A response: www.example.org has a CNAME and two addresses. */
static size_t response(void)
{
	const struct wire_dns head = {
		.id = 0x1234, .qr = true, .rd = true, .ra = true, .aa = true
	};
	struct wire_dns_question q = { .name = name("WWW.example.org"),
				       .type = WIRE_DNS_A,
				       .class = WIRE_DNS_IN };
	struct wire_dns_name host = name("host.example.org");
	struct wire_dns_put cname = { &q.name,	      WIRE_DNS_ANSWER, 60,
				      WIRE_DNS_CNAME, host.len,	       host.b };
	struct wire_dns_put a = { &host, WIRE_DNS_ANSWER,   60, WIRE_DNS_A,
				  4,	 "\x0a\x63\x00\x01" };
	struct wire_dns_put aaaa = { &host,
				     WIRE_DNS_ADDITIONAL,
				     60,
				     WIRE_DNS_AAAA,
				     16,
				     "\xfd\x99"
				     "12345678901234" };
	struct wire_dns_writer w;

	EQ(wire_dns_begin(&w, buf, sizeof(buf), &head), 0);
	EQ(wire_dns_put_question(&w, &q), 0);
	EQ(wire_dns_put(&w, &cname), 0);
	EQ(wire_dns_put(&w, &a), 0);
	EQ(wire_dns_put(&w, &aaaa), 0);
	EQ(wire_dns_put_opt(&w, 1232, WIRE_DNS_BADVERS), 0);
	return (size_t)wire_dns_end(&w);
}

TEST(what_is_written_is_read)
{
	size_t n = response();
	struct wire_dns_question q;
	struct wire_dns_at at = { 0 };
	struct wire_dns_name host;
	struct wire_dns_rr r;
	struct wire_dns f;
	uint8_t addr[16];

	EQ(wire_dns_parse(&f, buf, n), n);
	EQ(f.id, 0x1234);
	OK(f.qr && f.aa && f.rd && f.ra && !f.tc && !f.ad && !f.cd);
	EQ(f.rcode, WIRE_DNS_BADVERS);
	EQ(f.udp_size, 1232);
	EQ(f.count[WIRE_DNS_ANSWER], 2);
	EQ(wire_dns_question(&q, &f, buf, n), 0);
	STR(text(&q.name), "WWW.example.org"); /* as asked: 0x20 */
	EQ(q.type, WIRE_DNS_A);
	EQ(wire_dns_next(&r, &f, buf, n, &at), 1);
	EQ(r.section, WIRE_DNS_ANSWER);
	EQ(wire_dns_rr_name(&host, &r, buf), 0);
	STR(text(&host), "host.example.org");
	EQ(r.len, 7); /* host and a pointer */
	EQ(wire_dns_rr_addr(addr, &r, buf), -EINVAL);
	EQ(wire_dns_next(&r, &f, buf, n, &at), 1);
	EQ(wire_dns_rr_addr(addr, &r, buf), 0);
	MEM(addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x63\0\1", 16);
	EQ(wire_dns_rr_name(&host, &r, buf), -EINVAL);
	EQ(wire_dns_next(&r, &f, buf, n, &at), 1);
	EQ(r.section, WIRE_DNS_ADDITIONAL);
	EQ(wire_dns_rr_addr(addr, &r, buf), 0);
	MEM(addr,
	    "\xfd\x99"
	    "12345678901234",
	    16);
	EQ(wire_dns_next(&r, &f, buf, n, &at), 1);
	EQ(r.type, WIRE_DNS_OPT);
	EQ(wire_dns_next(&r, &f, buf, n, &at), 0);
}

TEST(a_message_that_is_cut_is_refused_wherever)
{
	size_t n = response();
	struct wire_dns f;

	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *p = malloc(cut ? cut : 1);

		OK(p);
		memcpy(p, buf, cut);
		EQ(wire_dns_parse(&f, p, cut), -EINVAL);
		EQ(f.bad, cut < WIRE_DNS_HLEN ? WIRE_BAD_SHORT : WIRE_BAD_LEN);
		free(p);
	}
}

TEST(counts_that_lie_are_refused)
{
	size_t n = response();
	struct wire_dns f;

	for (unsigned section = 0; section < WIRE_DNS_SECTIONS; section++) {
		n = response();
		wire_be_put16(buf + 4 + 2 * section, 0xffff);
		EQ(wire_dns_parse(&f, buf, n), -EINVAL);
	}
	n = response();
	buf[WIRE_DNS_HLEN] = 0x43; /* a label of kind 01 */
	EQ(wire_dns_parse(&f, buf, n), -EINVAL);
	EQ(f.bad, WIRE_BAD_HLEN);
}

TEST(one_opt_record_at_most_and_of_the_root)
{
	const struct wire_dns head = { 0 };
	struct wire_dns_writer w;
	struct wire_dns f;
	size_t n;

	EQ(wire_dns_begin(&w, buf, sizeof(buf), &head), 0);
	EQ(wire_dns_put_opt(&w, 100, 0), 0);
	n = (size_t)wire_dns_end(&w);
	EQ(wire_dns_parse(&f, buf, n), n);
	EQ(f.udp_size, WIRE_DNS_UDP_MAX); /* smaller counts as 512 */
	EQ(wire_dns_put_opt(&w, 1232, 0), 0);
	n = (size_t)wire_dns_end(&w);
	EQ(wire_dns_parse(&f, buf, n), -EINVAL);
	EQ(f.bad, WIRE_BAD_OPT);
}

TEST(what_does_not_fit_leaves_the_message_as_it_was)
{
	const struct wire_dns head = { .id = 1 };
	struct wire_dns_name host = name("host.example.org");
	struct wire_dns_question q = { .name = name("www.example.org"),
				       .type = WIRE_DNS_CNAME,
				       .class = 1 };
	struct wire_dns_put r = { &host,	  WIRE_DNS_ANSWER, 1,
				  WIRE_DNS_CNAME, q.name.len,	   q.name.b };
	struct wire_dns_put bad = { &host, WIRE_DNS_ANSWER, 1, WIRE_DNS_PTR,
				    3,	   "\1a\1" };
	size_t whole = 0;

	for (size_t cap = 0; cap < 80; cap++) {
		uint8_t *p = malloc(cap ? cap : 1);
		struct wire_dns_writer w;
		struct wire_dns f;
		int n;

		OK(p);
		if (wire_dns_begin(&w, p, cap, &head)) {
			OK(cap < WIRE_DNS_HLEN);
			free(p);
			continue;
		}
		(void)wire_dns_put_question(&w, &q);
		if (!wire_dns_put(&w, &r) && !whole)
			whole = cap;
		(void)wire_dns_put_opt(&w, 512, 0);
		n = wire_dns_end(&w);
		OK(n >= WIRE_DNS_HLEN && (size_t)n <= cap);
		EQ(wire_dns_parse(&f, p, (size_t)n), n);
		EQ(wire_dns_put(&w, &bad), -EINVAL);
		free(p);
	}
	/* the header; 17 + 4; 5 + 2 + 10 + 2: the tails are pointers */
	EQ(whole, 12 + 21 + 19);
}

TEST(no_question_is_said_so)
{
	const struct wire_dns head = { 0 };
	struct wire_dns_question q;
	struct wire_dns_writer w;
	struct wire_dns f;

	EQ(wire_dns_begin(&w, buf, sizeof(buf), &head), 0);
	EQ(wire_dns_parse(&f, buf, (size_t)wire_dns_end(&w)), WIRE_DNS_HLEN);
	EQ(wire_dns_question(&q, &f, buf, WIRE_DNS_HLEN), -EINVAL);
}

TESTS(CASE(text_becomes_labels_and_text_again),
      CASE(text_that_is_no_name_is_refused),
      CASE(letters_are_of_one_case_and_nothing_else_is),
      CASE(names_join_up_to_255_bytes), CASE(addresses_have_names_both_ways),
      CASE(pointers_lead_backwards_or_nowhere),
      CASE(a_chain_of_pointers_has_an_end),
      CASE(a_name_has_255_bytes_however_it_is_written),
      CASE(what_is_written_is_read),
      CASE(a_message_that_is_cut_is_refused_wherever),
      CASE(counts_that_lie_are_refused),
      CASE(one_opt_record_at_most_and_of_the_root),
      CASE(what_does_not_fit_leaves_the_message_as_it_was),
      CASE(no_question_is_said_so))
