/* SPDX-License-Identifier: MIT */
#include "wire/text.h"

#include <string.h>

#include "wire/be.h"

void wire_text_init(struct wire_text *t, char *buf, size_t size)
{
	*t = (struct wire_text) { .buf = buf, .size = size };
	buf[0] = '\0';
}

void wire_text_mem(struct wire_text *t, const char *s, size_t n)
{
	size_t room = t->size - 1 - t->len;

	if (n > room) {
		n = room;
		t->cut = true;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = '\0';
}

void wire_text_char(struct wire_text *t, char c)
{
	wire_text_mem(t, &c, 1);
}

void wire_text_str(struct wire_text *t, const char *s)
{
	wire_text_mem(t, s, strlen(s));
}

static void number(struct wire_text *t, uint64_t v, unsigned base,
		   unsigned digits)
{
	char buf[20]; /* 2^64 - 1 has 20 digits */
	size_t i = sizeof(buf);

	do {
		buf[--i] = "0123456789abcdef"[v % base];
		v /= base;
	} while (i && (v || sizeof(buf) - i < digits));
	wire_text_mem(t, buf + i, sizeof(buf) - i);
}

void wire_text_u64(struct wire_text *t, uint64_t v)
{
	number(t, v, 10, 1);
}

void wire_text_i64(struct wire_text *t, int64_t v)
{
	if (v < 0)
		wire_text_char(t, '-');
	number(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, 1);
}

void wire_text_hex(struct wire_text *t, uint64_t v, unsigned digits)
{
	number(t, v, 16, digits);
}

void wire_text_pad(struct wire_text *t, size_t col)
{
	while (t->len < col && !t->cut)
		wire_text_char(t, ' ');
}

void wire_text_mac(struct wire_text *t, const uint8_t mac[6])
{
	for (int i = 0; i < 6; i++) {
		if (i)
			wire_text_char(t, ':');
		number(t, mac[i], 16, 2);
	}
}

void wire_text_ip4(struct wire_text *t, const uint8_t addr[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			wire_text_char(t, '.');
		number(t, addr[i], 10, 1);
	}
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_mapped(const uint8_t *addr)
{
	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

static int zeroes_at(const uint8_t *addr, int i)
{
	int n = 0;

	while (i + n < 8 && wire_be_get16(addr + (i + n) * 2) == 0)
		n++;
	return n;
}

/* RFC 5952 4.2: the longest run of two or more zero groups becomes "::", the
 * first of equals. Returns its length, 0: none.
 */
static int longest_zeroes(const uint8_t *addr, int *at)
{
	int best = 1;

	*at = 0;
	for (int i = 0; i < 8; i++) {
		int n = zeroes_at(addr, i);

		if (n > best) {
			best = n;
			*at = i;
		}
	}
	return best > 1 ? best : 0;
}

void wire_text_ip6(struct wire_text *t, const uint8_t addr[16])
{
	int at, zeroes;

	if (is_mapped(addr)) {
		wire_text_str(t, "::ffff:");
		wire_text_ip4(t, addr + 12);
		return;
	}
	zeroes = longest_zeroes(addr, &at);
	for (int i = 0; i < 8; i++) {
		if (zeroes && i == at) {
			wire_text_str(t, "::");
			i += zeroes - 1;
			continue;
		}
		if (i && !(zeroes && i == at + zeroes))
			wire_text_char(t, ':');
		number(t, wire_be_get16(addr + i * 2), 16, 1);
	}
}

void wire_text_addr(struct wire_text *t, const uint8_t addr[16])
{
	if (is_mapped(addr))
		wire_text_ip4(t, addr + 12);
	else
		wire_text_ip6(t, addr);
}
