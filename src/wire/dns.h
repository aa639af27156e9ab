/* SPDX-License-Identifier: MIT */
/*
 * wire/dns.h - DNS messages (RFC 1035 4, RFC 3596, RFC 6891)
 *
 * The parser walks a message once, over all records that its header counts,
 * and follows no pointer while it does; names are expanded when somebody asks
 * for one. A pointer must lead backwards, before the place where the name or
 * the last pointer began, so that loops cannot be; at most
 * WIRE_DNS_POINTERS are followed and 255 bytes come out, whatever RDLENGTH
 * says. The writer compresses owners and the names inside of records, and
 * leaves the message as it was when something does not fit.
 */
#ifndef OSTIA_WIRE_DNS_H
#define OSTIA_WIRE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/text.h"

enum {
	WIRE_DNS_HLEN = 12,
	WIRE_DNS_NAME_MAX = 255, /* RFC 1035 2.3.4 */
	WIRE_DNS_LABEL_MAX = 63,
	WIRE_DNS_POINTERS = 32,
	WIRE_DNS_UDP_MAX = 512, /* without EDNS0 */
	WIRE_DNS_PORT = 53,
	WIRE_DNS_MAX = 65535,
	WIRE_DNS_TEXT = 1025, /* the longest name as text, and a zero */

	/* types */
	WIRE_DNS_A = 1,
	WIRE_DNS_NS = 2,
	WIRE_DNS_CNAME = 5,
	WIRE_DNS_SOA = 6,
	WIRE_DNS_PTR = 12,
	WIRE_DNS_MX = 15,
	WIRE_DNS_TXT = 16,
	WIRE_DNS_AAAA = 28,
	WIRE_DNS_OPT = 41,
	WIRE_DNS_ANY = 255,

	WIRE_DNS_IN = 1, /* classes */
	WIRE_DNS_CLASS_ANY = 255,

	/* response codes (RFC 1035 4.1.1, RFC 6891 9) */
	WIRE_DNS_NOERROR = 0,
	WIRE_DNS_FORMERR = 1,
	WIRE_DNS_SERVFAIL = 2,
	WIRE_DNS_NXDOMAIN = 3,
	WIRE_DNS_NOTIMP = 4,
	WIRE_DNS_REFUSED = 5,
	WIRE_DNS_BADVERS = 16,
};

enum wire_dns_section {
	WIRE_DNS_QUESTION,
	WIRE_DNS_ANSWER,
	WIRE_DNS_AUTHORITY,
	WIRE_DNS_ADDITIONAL,
	WIRE_DNS_SECTIONS
};

/**
 * struct wire_dns - A message's header, and its OPT record
 * @count:	records by section; OPT counts as one
 * @records:	offset of the first record, behind the questions
 * @udp_size:	EDNS0: what the sender takes, as it says; 0: no OPT record
 * @rcode:	with the upper bits of EDNS0
 * @id, @opcode: as they stand
 * @qr:		a response; @aa, @tc, @rd, @ra, @ad, @cd: the bits
 * @dnssec_ok:	EDNS0: the bit DO
 * @edns_version: of the OPT record
 * @bad:	enum wire_bad, after -EINVAL
 */
struct wire_dns {
	uint16_t count[WIRE_DNS_SECTIONS];
	uint16_t id;
	uint16_t udp_size;
	uint16_t rcode;
	size_t records;
	uint8_t opcode;
	uint8_t edns_version;
	bool qr, aa, tc, rd, ra, ad, cd;
	bool dnssec_ok;
	uint8_t bad;
};

/**
 * wire_dns_parse() - Read a header and walk over what it counts
 * @p: the message, contiguous; @n: all of it
 *
 * Bytes behind the last record are ignored. Returns where it ends, or -EINVAL:
 * SHORT (the header), LEN (a record past the end), HLEN (a label of the
 * reserved kinds), OPT (a second OPT record, or one that has a name; RFC 6891
 * 6.1.1).
 */
int wire_dns_parse(struct wire_dns *f, const uint8_t *p, size_t n);

/** struct wire_dns_name - A name, uncompressed, its root label in it */
struct wire_dns_name {
	uint8_t len; /* at least 1 after success */
	uint8_t b[WIRE_DNS_NAME_MAX];
};

/**
 * wire_dns_name_parse() - Expand the name at @off of message @p
 * @next: behind it; may be NULL
 *
 * Returns 0, or -EINVAL: past the end, a label of the reserved kinds, a
 * pointer that does not lead backwards, more than WIRE_DNS_POINTERS of them,
 * more than 255 bytes.
 */
int wire_dns_name_parse(struct wire_dns_name *f, const uint8_t *p, size_t n,
			size_t off, size_t *next);

/**
 * wire_dns_name_read() - From text: "www.example.org", with or without a dot
 * at the end; "." is the root; \. \\ and \DDD escape (RFC 1035 5.1)
 *
 * Returns 0, or -EINVAL: an empty label, one of more than 63 bytes, a name of
 * more than 255, a broken escape, the empty text.
 */
int wire_dns_name_read(struct wire_dns_name *f, const char *text);

/** wire_dns_name_text() - As text, escaped, without the dot at the end. */
void wire_dns_name_text(struct wire_text *t, const struct wire_dns_name *f);

/** wire_dns_name_eq() - The same name? ASCII letters are of one case
 * (RFC 4343).
 */
bool wire_dns_name_eq(const struct wire_dns_name *a,
		      const struct wire_dns_name *b);

/** wire_dns_name_under() - Is @a the same as @b, or does it end with it? */
bool wire_dns_name_under(const struct wire_dns_name *a,
			 const struct wire_dns_name *b);

/**
 * wire_dns_name_join() - @a, then @b: one name relative to the other
 * Returns 0, or -EINVAL: too long.
 */
int wire_dns_name_join(struct wire_dns_name *f, const struct wire_dns_name *a,
		       const struct wire_dns_name *b);

/** wire_dns_name_reverse() - in-addr.arpa or ip6.arpa of an address (16
 * bytes, IPv4 mapped; RFC 1035 3.5, RFC 3596 2.5).
 */
void wire_dns_name_reverse(struct wire_dns_name *f, const uint8_t addr[16]);

/** wire_dns_name_unreverse() - The address back. Returns 0, or -EINVAL. */
int wire_dns_name_unreverse(const struct wire_dns_name *f, uint8_t addr[16]);

/** struct wire_dns_question - What is asked */
struct wire_dns_question {
	struct wire_dns_name name;
	uint16_t type;
	uint16_t class;
};

/** wire_dns_question() - The first question of a parsed message. Returns 0,
 * or -EINVAL: there is none, or its name is none.
 */
int wire_dns_question(struct wire_dns_question *q, const struct wire_dns *f,
		      const uint8_t *p, size_t n);

/**
 * struct wire_dns_rr - A record
 * @owner, @data: offsets in the message; @len: of the data
 * @section: enum wire_dns_section
 */
struct wire_dns_rr {
	size_t owner, data;
	uint32_t ttl_s;
	uint16_t type, class;
	uint16_t len;
	uint8_t section;
};

/** struct wire_dns_at - A place among the records; zeroes: before the first */
struct wire_dns_at {
	size_t off;
	uint32_t index;
};

/** wire_dns_next() - Step through the records of a parsed message, questions
 * apart. Returns 1 with @r filled, 0 at the end.
 */
int wire_dns_next(struct wire_dns_rr *r, const struct wire_dns *f,
		  const uint8_t *p, size_t n, struct wire_dns_at *at);

/** wire_dns_rr_addr() - An A or AAAA record's address, IPv4 mapped. Returns
 * 0, or -EINVAL: another type or class, or a length that is not its own.
 */
int wire_dns_rr_addr(uint8_t addr[16], const struct wire_dns_rr *r,
		     const uint8_t *p);

/** wire_dns_rr_name() - The name that CNAME, NS and PTR hold. Returns 0, or
 * -EINVAL: another type, a bad name, or one that does not fill the data.
 */
int wire_dns_rr_name(struct wire_dns_name *f, const struct wire_dns_rr *r,
		     const uint8_t *p);

enum { WIRE_DNS_KNOWN = 24 }; /* names that a writer can point to */

/**
 * struct wire_dns_writer - A message that grows in a buffer
 * @p, @cap: borrowed
 * @known: offsets of names written so far
 */
struct wire_dns_writer {
	uint8_t *p;
	size_t cap, len;
	uint16_t count[WIRE_DNS_SECTIONS];
	uint16_t known[WIRE_DNS_KNOWN];
	uint8_t nknown;
};

/**
 * wire_dns_begin() - Write a header: id, opcode, the bits and the lower rcode
 * of @f; no records. Returns 0, or -ENOBUFS.
 */
int wire_dns_begin(struct wire_dns_writer *w, uint8_t *p, size_t cap,
		   const struct wire_dns *f);

/** wire_dns_set_head() - The same again, when the answer is known. */
void wire_dns_set_head(struct wire_dns_writer *w, const struct wire_dns *f);

/** wire_dns_put_question() - Returns 0, or -ENOBUFS. Before any record. */
int wire_dns_put_question(struct wire_dns_writer *w,
			  const struct wire_dns_question *q);

/** struct wire_dns_put - A record to be written */
struct wire_dns_put {
	const struct wire_dns_name *owner;
	enum wire_dns_section section; /* not before the last one's */
	uint32_t ttl_s;
	uint16_t type;
	uint16_t len;
	const void *data; /* uncompressed */
};

/** wire_dns_put() - Class IN; CNAME, NS and PTR are compressed. Returns 0,
 * -ENOBUFS, or -EINVAL: a CNAME, NS or PTR whose data is no name.
 */
int wire_dns_put(struct wire_dns_writer *w, const struct wire_dns_put *r);

/** wire_dns_put_opt() - EDNS0: @udp_size, the upper bits of @rcode. Returns
 * 0, or -ENOBUFS.
 */
int wire_dns_put_opt(struct wire_dns_writer *w, uint16_t udp_size,
		     uint16_t rcode);

/** wire_dns_end() - Write the counts. Returns the length. */
int wire_dns_end(struct wire_dns_writer *w);

#endif
