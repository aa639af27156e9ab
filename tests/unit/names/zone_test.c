/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "names/stub.h"
#include "names/zone.h"
#include "wire/be.h"

static struct names_zone zone;
static uint8_t out[WIRE_DNS_MAX];
static struct wire_dns answer;
static int answer_len;

static void setup(void)
{
	names_zone_init(&zone);
	EQ(names_zone_add(&zone, "www.example.org", "CNAME", 60,
			  "Host.example.org"),
	   0);
	EQ(names_zone_add(&zone, "host.example.org", "A", 60, "10.9.9.9"), 0);
	EQ(names_zone_add(&zone, "host.example.org", "AAAA", 60, "fd00::9"), 0);
	EQ(names_zone_add(&zone, "example.org", "MX", 60, "10 mail.example"),
	   0);
	EQ(names_zone_add(&zone, "example.org", "TXT", 60, "a text"), 0);
	EQ(names_zone_add(&zone, "deep.sub.example.org", "A", 60, "10.9.9.1"),
	   0);
}

static size_t query(uint8_t *p, const char *name, uint16_t type, uint16_t edns)
{
	const struct wire_dns head = { .id = 7, .rd = true };
	struct wire_dns_question q = { .type = type, .class = WIRE_DNS_IN };
	struct wire_dns_writer w;

	EQ(wire_dns_name_read(&q.name, name), 0);
	EQ(wire_dns_begin(&w, p, 512, &head), 0);
	EQ(wire_dns_put_question(&w, &q), 0);
	if (edns)
		EQ(wire_dns_put_opt(&w, edns, 0), 0);
	return (size_t)wire_dns_end(&w);
}

/* Hand in @n bytes; what comes is in answer. Return: its length. */
static int hand_in(const uint8_t *p, size_t n, bool udp)
{
	uint8_t *exact = malloc(n ? n : 1);

	OK(exact);
	memcpy(exact, p, n);
	answer_len = names_zone_answer(&zone, exact, n, udp, out, sizeof(out));
	free(exact);
	if (answer_len)
		EQ(wire_dns_parse(&answer, out, (size_t)answer_len),
		   answer_len);
	return answer_len;
}

static void ask(const char *name, uint16_t type)
{
	uint8_t p[512];

	OK(hand_in(p, query(p, name, type, 1232), true) > 0);
	EQ(answer.id, 7);
	OK(answer.qr && answer.rd && answer.ra);
}

TEST(names_have_records_and_aliases_are_followed)
{
	setup();
	ask("HOST.example.ORG", WIRE_DNS_A);
	EQ(answer.rcode, 0);
	EQ(answer.count[WIRE_DNS_ANSWER], 1);
	ask("www.example.org", WIRE_DNS_AAAA);
	EQ(answer.count[WIRE_DNS_ANSWER], 2);
	ask("www.example.org", WIRE_DNS_CNAME);
	EQ(answer.count[WIRE_DNS_ANSWER], 1);
	ask("host.example.org", WIRE_DNS_ANY);
	EQ(answer.count[WIRE_DNS_ANSWER], 2);
	ask("example.org", WIRE_DNS_MX);
	EQ(answer.count[WIRE_DNS_ANSWER], 1);
	EQ(answer.udp_size, NAMES_STUB_UDP);
	names_zone_fini(&zone);
}

TEST(nothing_there_is_told_from_nothing_of_the_kind)
{
	setup();
	ask("no.example.org", WIRE_DNS_A);
	EQ(answer.rcode, WIRE_DNS_NXDOMAIN);
	EQ(answer.count[WIRE_DNS_AUTHORITY], 1); /* RFC 2308: a SOA */
	ask("host.example.org", WIRE_DNS_MX);
	EQ(answer.rcode, WIRE_DNS_NOERROR);
	EQ(answer.count[WIRE_DNS_AUTHORITY], 1);
	ask("sub.example.org", WIRE_DNS_A); /* others are below it */
	EQ(answer.rcode, WIRE_DNS_NOERROR);
	EQ(answer.count[WIRE_DNS_ANSWER], 0);
	names_zone_fini(&zone);
}

TEST(an_answer_fits_what_the_client_takes)
{
	char ip[20];
	uint8_t p[512];
	static const struct {
		uint16_t edns, max;
	} rows[] = { { 0, 512 }, { 512, 512 }, { 1000, 1000 }, { 4096, 1232 } };

	setup();
	for (int i = 0; i < 100; i++) {
		snprintf(ip, sizeof(ip), "10.8.0.%d", i);
		EQ(names_zone_add(&zone, "many", "A", 60, ip), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		OK(hand_in(p, query(p, "many", WIRE_DNS_A, rows[i].edns),
			   true) <= rows[i].max);
		OK(answer.tc);
		EQ(answer.count[WIRE_DNS_ANSWER], 0);
		EQ(answer.udp_size != 0, rows[i].edns != 0);
	}
	OK(hand_in(p, query(p, "many", WIRE_DNS_A, 0), false) > 1600);
	OK(!answer.tc);
	EQ(answer.count[WIRE_DNS_ANSWER], 100);
	names_zone_fini(&zone);
}

TEST(what_is_no_good_question_is_refused_by_its_code)
{
	uint8_t p[512];
	size_t n;

	setup();
	n = query(p, "host.example.org", WIRE_DNS_A, 1232);
	p[2] |= 0x80; /* an answer: two servers could talk for ever */
	EQ(hand_in(p, n, true), 0);
	EQ(hand_in(p, 11, true), 0);
	n = query(p, "host.example.org", WIRE_DNS_A, 0);
	OK(hand_in(p, n - 1, true) > 0); /* cut */
	EQ(answer.rcode, WIRE_DNS_FORMERR);
	p[2] |= 0x10; /* opcode 2 */
	OK(hand_in(p, n, true) > 0);
	EQ(answer.rcode, WIRE_DNS_NOTIMP);
	n = query(p, "host.example.org", WIRE_DNS_A, 0);
	p[5] = 0; /* no question */
	OK(hand_in(p, n, true) > 0);
	EQ(answer.rcode, WIRE_DNS_FORMERR);
	n = query(p, "host.example.org", WIRE_DNS_A, 0);
	p[n - 1] = 3; /* class CHAOS */
	OK(hand_in(p, n, true) > 0);
	EQ(answer.rcode, WIRE_DNS_REFUSED);
	n = query(p, "host.example.org", WIRE_DNS_A, 1232);
	p[n - 5] = 1; /* EDNS version 1 */
	OK(hand_in(p, n, true) > 0);
	EQ(answer.rcode, WIRE_DNS_BADVERS);
	names_zone_fini(&zone);
}

TEST(aliases_without_end_come_to_one)
{
	setup();
	EQ(names_zone_add(&zone, "a", "CNAME", 60, "b"), 0);
	EQ(names_zone_add(&zone, "b", "CNAME", 60, "a"), 0);
	ask("a", WIRE_DNS_A);
	EQ(answer.count[WIRE_DNS_ANSWER], NAMES_ZONE_CHAIN);
	names_zone_fini(&zone);
}

TEST(records_that_cannot_be_are_refused)
{
	static const struct {
		const char *name, *type, *value;
		int err;
	} rows[] = {
		{ "a..b", "A", "10.0.0.1", -EINVAL },
		{ "a", "A", "10.0.0", -EINVAL },
		{ "a", "A", "fd00::1", -EINVAL },
		{ "a", "AAAA", "10.0.0.1", -EINVAL },
		{ "a", "CNAME", "..", -EINVAL },
		{ "a", "MX", "mail", -EINVAL },
		{ "a", "MX", "70000 mail", -EINVAL },
		{ "a", "SRV", "x", -EINVAL },
		{ "www.example.org", "A", "10.0.0.1", -EEXIST },
		{ "host.example.org", "CNAME", "x", -EEXIST },
	};

	setup();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EQ(names_zone_add(&zone, rows[i].name, rows[i].type, 60,
				  rows[i].value),
		   rows[i].err);
	zone.count = NAMES_ZONE_RECORDS;
	EQ(names_zone_add(&zone, "a", "A", 60, "10.0.0.1"), -ENOSPC);
	names_zone_fini(&zone);
}

TESTS(CASE(names_have_records_and_aliases_are_followed),
      CASE(nothing_there_is_told_from_nothing_of_the_kind),
      CASE(an_answer_fits_what_the_client_takes),
      CASE(what_is_no_good_question_is_refused_by_its_code),
      CASE(aliases_without_end_come_to_one),
      CASE(records_that_cannot_be_are_refused))
