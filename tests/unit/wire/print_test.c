/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/print.h"

/* Reads "45 00 0014 ..." into @out. */
static size_t unhex(uint8_t *out, const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		unsigned byte;

		if (*s == ' ')
			continue;
		OK(sscanf(s++, "%2x", &byte) == 1);
		out[n++] = (uint8_t)byte;
	}
	return n;
}

#define V4(len, proto) \
	"4500 " len " 0001 0000 40 " proto " 0000 0a000001 0a000002 "
#define V6(len, next)                                                    \
	"60000000 " len " " next " 40 fd990000000000000000000000000001 " \
	"fd990000000000000000000000000002 "
#define TCP(off, flags) \
	"0400 0050 00000064 000000c8 " off flags " ffff 0000 0000 "
#define UDP "0400 0035 000c 0000 61626364 "
#define FE80 "fe800000000000000000000000000001"

static const struct {
	const char *hex, *line;
} row[] = {
	/* TCP: what tcpdump shows of sequence numbers */
	{ V4("0028", "06") TCP("50", "02"),
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [S], seq 100, win 65535, "
	  "length 0" },
	{ V4("0028", "06") TCP("50", "10"),
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [.], ack 200, win 65535, "
	  "length 0" },
	{ V4("002c", "06") TCP("50", "18") "61626364",
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [P.], seq 100:104, ack 200, "
	  "win 65535, length 4" },
	{ V4("0028", "06") TCP("51", "ff"),
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [FSRP.UEWe], seq 100, ack "
	  "200, win 65535, urg 0, length 0" },
	{ V4("0028", "06") TCP("50", "00"),
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [none], win 65535, length 0" },
	{ V6("0014", "06") TCP("50", "14"),
	  "IP6 fd99::1.1024 > fd99::2.80: Flags [R.], seq 100, ack 200, win "
	  "65535, length 0" },
	/* options */
	{ V4("003c", "06") TCP(
		  "a0", "02") "020405b4 0402080a 00000001 00000000 01030307",
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [S], seq 100, win 65535, "
	  "options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0" },
	{ V4("0044", "06") TCP(
		  "c0",
		  "10") "0101 0512 0000000a 00000014 0000001e 00000028 1c04 8005 0000 0000",
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [.], ack 200, win 65535, "
	  "options [nop,nop,sack 2 {10:20}{30:40},uto 5m,eol], length 0" },
	{ V4("0048", "06") TCP(
		  "d0",
		  "02") "2202 220a 6162636465666768 fe04f989 4c03aa 0204 0203 1d05010203 01000000",
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [S], seq 100, win 65535, "
	  "options [tfo cookiereq,tfo cookie 6162636465666768,exp-tfo "
	  "cookiereq,unknown-76 0xaa,mss 515,tcp-ao 010203,nop,eol], length 0" },
	{ V4("003c", "06")
		  TCP("a0", "10") "1312 000102030405060708090a0b0c0d0e0f 0303",
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [.], ack 200, win 65535, "
	  "options [md5 000102030405060708090a0b0c0d0e0f,[bad opt]], length "
	  "0" },
	{ V4("0030", "06") TCP("70", "10") "0203 05 1c04 0500 00",
	  "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [.], ack 200, win 65535, "
	  "options [bad-2 0x05,uto 1280s,eol], length 0" },
	/* cut headers */
	{ V4("0028", "06") "0400 0050", "IP 10.0.0.1 > 10.0.0.2: [|tcp]" },
	{ V4("0028", "06") TCP("60", "10"), "IP 10.0.0.1 > 10.0.0.2: [|tcp]" },
	{ V4("001c", "11") "0400", "IP 10.0.0.1 > 10.0.0.2: [|udp]" },
	{ V4("001c", "01") "0400", "IP 10.0.0.1 > 10.0.0.2: [|icmp]" },
	{ V6("0004", "3a") "80000000", "IP6 fd99::1 > fd99::2: [|icmp6]" },
	{ "45000028", "IP [|ip: bad short]" },
	{ "6000", "IP6 [|ip6: bad short]" },
	{ "", "not IP, length 0" },
	{ "00ff", "not IP, length 2" },
	{ V6("0008", "2b") "0601 0000 0000 0000",
	  "IP6 fd99::1 > fd99::2: [|ip6: bad header-chain]" },
	/* UDP */
	{ V4("0020", "11") UDP,
	  "IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4" },
	{ V6("000c", "11") UDP,
	  "IP6 fd99::1.1024 > fd99::2.53: UDP, length 4" },
	/* behind extension headers */
	{ V6("0024", "00") "3c00 0104 00000000 2b00 0104 00000000 "
			   "1100 0000 00000000 " UDP,
	  "IP6 HBH RH0 DSTOPT fd99::1.1024 > fd99::2.53: UDP, length 4" },
	/* fragments */
	{ "4500 0024 1a2b 2000 40 11 0000 0a000001 0a000002 "
	  "0400 0035 0800 0000 61626364 65666768",
	  "IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 2040, frag 0+16 of "
	  "0x1a2b, more" },
	{ "4500 001c 1a2b 0002 40 11 0000 0a000001 0a000002 6162636465666768",
	  "IP 10.0.0.1 > 10.0.0.2: udp frag 16+8 of 0x1a2b" },
	{ V6("0010", "2c") "1100 0011 0000abcd 6162636465666768",
	  "IP6 fd99::1 > fd99::2: udp frag 16+8 of 0xabcd, more" },
	{ V6("0014", "2c") "1100 0000 0000abcd " UDP,
	  "IP6 fd99::1.1024 > fd99::2.53: UDP, length 4, frag 0+12 of 0xabcd" },
	/* other protocols */
	{ V4("0018", "2f") "00000000",
	  "IP 10.0.0.1 > 10.0.0.2: gre, length 4" },
	{ V4("0018", "fd") "00000000",
	  "IP 10.0.0.1 > 10.0.0.2: ip-proto-253, length 4" },
	{ V6("0000", "3b"), "IP6 fd99::1 > fd99::2: no next header, length 0" },
	/* ICMP */
	{ V4("001e", "01") "0800 0000 1234 0007 6162",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 4660, seq 7, length "
	  "10" },
	{ V4("001c", "01") "0000 0000 1234 0007",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 4660, seq 7, length 8" },
	{ V4("001c", "01") "0d00 0000 0001 0002",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP time stamp query, id 1, seq 2, length "
	  "8" },
	{ V4("001c", "01") "0e00 0000 0001 0002",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP time stamp reply, id 1, seq 2, length "
	  "8" },
	{ V4("001c", "01") "2a07 0000 0001 0002",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP type-42 code-7, length 8" },
	{ V4("0038", "01") "0303 0000 00000000 " V4("0020",
						    "11") "04000035 000c0000",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port 53 unreachable, "
	  "length 36" },
	{ V4("0038", "01") "0304 0000 00000578 " V4("0020",
						    "06") "04000035 000c0000",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 unreachable - need to frag "
	  "(mtu 1400), length 36" },
	{ V4("0030", "01") "0300 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP net 10.0.0.2 unreachable, length 28" },
	{ V4("0030", "01") "0301 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.2 unreachable, length 28" },
	{ V4("0030", "01") "0302 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 protocol 17 unreachable, "
	  "length 28" },
	{ V4("0030", "01") "030d 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 unreachable - code 13, "
	  "length 28" },
	{ V4("0030", "01") "0501 0000 0a000009 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.0.0.2 to 10.0.0.9, length "
	  "28" },
	{ V4("0030", "01") "0b00 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 28" },
	{ V4("0030", "01") "0b01 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP ip reassembly time exceeded, length "
	  "28" },
	{ V4("0030", "01") "0c00 0000 15000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP parameter problem - octet 21, length "
	  "28" },
	{ V4("0030", "01") "0400 0000 00000000 " V4("0020", "11"),
	  "IP 10.0.0.1 > 10.0.0.2: ICMP source quench, length 28" },
	{ V4("001c", "01") "0301 0000 00000000",
	  "IP 10.0.0.1 > 10.0.0.2: ICMP type-3 code-1 [|quote], length 8" },
	/* ICMPv6 */
	{ V6("0008", "3a") "8000 0000 1234 0007",
	  "IP6 fd99::1 > fd99::2: ICMP6, echo request, id 4660, seq 7, length "
	  "8" },
	{ V6("0008", "3a") "8100 0000 1234 0007",
	  "IP6 fd99::1 > fd99::2: ICMP6, echo reply, id 4660, seq 7, length "
	  "8" },
	{ V6("0038", "3a") "0104 0000 00000000 " V6("000c",
						    "11") "04000035 000c0000",
	  "IP6 fd99::1 > fd99::2: ICMP6, destination unreachable, unreachable "
	  "port, fd99::2 udp port 53, length 56" },
	{ V6("0030", "3a") "0100 0000 00000000 " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, destination unreachable, unreachable "
	  "route fd99::2, length 48" },
	{ V6("0030", "3a") "0109 0000 00000000 " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, destination unreachable, code-9 "
	  "fd99::2, length 48" },
	{ V6("0030", "3a") "0200 0000 00000500 " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, packet too big, mtu 1280, length 48" },
	{ V6("0030", "3a") "0300 0000 00000000 " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, time exceeded in-transit for fd99::2, "
	  "length 48" },
	{ V6("0030", "3a") "0301 0000 00000000 " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, time exceeded in-reassembly for "
	  "fd99::2, length 48" },
	{ V6("0030", "3a") "0402 0000 0000002a " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, parameter problem, option - octet 42, "
	  "length 48" },
	{ V6("0030", "3a") "0409 0000 0000002a " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, parameter problem, code-9 - octet 42, "
	  "length 48" },
	{ V6("0030", "3a") "6409 0000 00000000 " V6("000c", "11"),
	  "IP6 fd99::1 > fd99::2: ICMP6, error type-100 code-9, length 48" },
	{ V6("0008", "3a") "0101 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, type-1 code-1 [|quote], length 8" },
	{ V6("0018", "3a") "8700 0000 00000000 " FE80,
	  "IP6 fd99::1 > fd99::2: ICMP6, neighbor solicitation, who has "
	  "fe80::1, length 24" },
	{ V6("0018", "3a") "8800 0000 00000000 " FE80,
	  "IP6 fd99::1 > fd99::2: ICMP6, neighbor advertisement, tgt is "
	  "fe80::1, length 24" },
	{ V6("0008", "3a") "8500 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, router solicitation, length 8" },
	{ V6("0010", "3a") "8600 0000 40000708 00000000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, router advertisement, length 16" },
	{ V6("0028", "3a") "8900 0000 00000000 " FE80
			   "fd990000000000000000000000000005",
	  "IP6 fd99::1 > fd99::2: ICMP6, redirect, fd99::5 to fe80::1, length "
	  "40" },
	{ V6("0008", "3a") "8700 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, type-135 code-0 [|nd], length 8" },
	{ V6("0008", "3a") "c800 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, type-200 code-0, length 8" },
	{ V6("0008", "3a") "8200 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, multicast listener query, length 8" },
	{ V6("0008", "3a") "8300 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, multicast listener report, length 8" },
	{ V6("0008", "3a") "8400 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, multicast listener done, length 8" },
	{ V6("0008", "3a") "8f00 0000 00000000",
	  "IP6 fd99::1 > fd99::2: ICMP6, multicast listener report v2, length "
	  "8" },
};

TEST(a_bare_packet_reads_as_tcpdump_writes_it)
{
	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t full[256], *p;
		size_t n = unhex(full, row[i].hex);
		char line[256];

		p = exact(full, n);
		n = (size_t)wire_print(line, sizeof(line), p, n, WIRE_LINK_RAW);
		EQ(n, strlen(line));
		STR(line, row[i].line);
		free(p);
	}
}

#define MACS "020000000002 020000000001 "

TEST(a_frame_reads_as_tcpdump_writes_it)
{
	static const struct {
		const char *hex, *line, *eth;
	} frame[] = {
		{ MACS "0800 " V4("0020", "11") UDP,
		  "IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4",
		  "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 "
		  "(0x0800)" },
		{ MACS "8100 a007 86dd " V6("000c", "11") UDP,
		  "vlan 7, IP6 fd99::1.1024 > fd99::2.53: UDP, length 4",
		  "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv6 "
		  "(0x86dd)" },
		{ MACS "0806 0001 0800 0604 0001 020000000001 0a000001 "
		       "000000000000 0a000002",
		  "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
		  "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype ARP "
		  "(0x0806)" },
		{ MACS "0806 0001 0800 0604 0002 020000000001 0a000001 "
		       "020000000002 0a000002",
		  "ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28",
		  NULL },
		{ MACS "0806 0001 0800 0604 0009 020000000001 0a000001 "
		       "020000000002 0a000002",
		  "ARP, op 9, length 28", NULL },
		{ MACS "0806 0001", "ARP, [|arp: bad short]", NULL },
		{ MACS "88cc 0102", "ethertype 0x88cc, length 2",
		  "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown "
		  "(0x88cc)" },
		{ MACS "0026 4242", "802.3, length 38", NULL },
		{ MACS, "[|ether]", "[|ether]" },
	};

	for (size_t i = 0; i < COUNT(frame); i++) {
		uint8_t full[256], *p;
		size_t n = unhex(full, frame[i].hex);
		struct wire_text t;
		char line[256];

		p = exact(full, n);
		wire_print(line, sizeof(line), p, n, WIRE_LINK_ETHERNET);
		STR(line, frame[i].line);
		wire_text_init(&t, line, sizeof(line));
		wire_print_eth(&t, p, n);
		if (frame[i].eth)
			STR(line, frame[i].eth);
		free(p);
	}
}

TEST(numbers_are_counted_from_the_base_that_is_given)
{
	uint8_t p[128];
	char line[256];
	size_t n = unhex(
		p,
		V4("0038", "06")
			TCP("80", "18") "0101 050a 000000d2 000000dc 61626364");

	wire_print_rel(line, sizeof(line), p, n, WIRE_LINK_RAW, 99, 190);
	STR(line, "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [P.], seq 1:5, ack "
		  "10, win 65535, options [nop,nop,sack 1 {20:30}], length 4");
}

TEST(a_line_is_cut_at_the_buffers_end)
{
	uint8_t p[64];
	size_t n = unhex(p, V4("0020", "11") UDP);

	for (size_t size = 1; size < 48; size++) {
		char line[50];

		memset(line, 'x', sizeof(line));
		OK(wire_print(line, size, p, n, WIRE_LINK_RAW) < (int)size);
		OK(strlen(line) < size);
		EQ(line[size], 'x');
	}
}

/* Whatever arrives, a line comes out; ASan watches the bytes. */
TEST(random_bytes_and_cut_packets_print_something)
{
	struct rnd r = rnd_new();

	for (int i = 0; i < 100000; i++) {
		uint8_t full[256], *p;
		size_t n = unhex(full, row[(size_t)i % COUNT(row)].hex);
		char line[100];

		for (unsigned k = rnd_below(&r, 4); n && k; k--)
			full[rnd_below(&r, (uint32_t)n)] = (uint8_t)rnd_u64(&r);
		n = rnd_below(&r, (uint32_t)n + 1);
		p = exact(full, n);
		OK(wire_print(line, sizeof(line), p, n, WIRE_LINK_RAW) > 0);
		OK(wire_print(line, sizeof(line), p, n, WIRE_LINK_ETHERNET) >
		   0);
		free(p);
	}
}

TESTS(CASE(a_bare_packet_reads_as_tcpdump_writes_it),
      CASE(a_frame_reads_as_tcpdump_writes_it),
      CASE(numbers_are_counted_from_the_base_that_is_given),
      CASE(a_line_is_cut_at_the_buffers_end),
      CASE(random_bytes_and_cut_packets_print_something))
