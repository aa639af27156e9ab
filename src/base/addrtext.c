/* SPDX-License-Identifier: MIT */
#include "base/addrtext.h"

#include <errno.h>

static int digit(char c, unsigned base)
{
	int v = -1;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;
	return v < (int)base ? v : -1;
}

/* A number of at most @digits digits and @max; how many digits, or -EINVAL. */
static int number(const char *s, const char *end, unsigned base,
		  unsigned digits, unsigned max, unsigned *out)
{
	unsigned n = 0, v = 0;
	int d;

	while (s + n < end && n < digits && (d = digit(s[n], base)) >= 0) {
		v = v * base + (unsigned)d;
		n++;
	}
	if (n == 0 || v > max)
		return -EINVAL;
	*out = v;
	return (int)n;
}

static int parse_v4(const char *s, const char *end, uint8_t out[4])
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned v;
		int n = number(s, end, 10, 3, 255, &v);

		if (n < 0 || (n > 1 && *s == '0'))
			return -EINVAL;
		out[i] = (uint8_t)v;
		s += n;
		if (i < 3 && (s == end || *s++ != '.'))
			return -EINVAL;
	}
	return s == end ? 0 : -EINVAL;
}

/* struct groups - the 16 bytes as they come in, and where "::" stood */
struct groups {
	uint8_t b[16];
	unsigned n;
	int gap;
};

/* One group, or an IPv4 address at the end. Moves *@s behind it. */
static int parse_group(const char **s, const char *end, struct groups *g)
{
	unsigned v;
	int n = number(*s, end, 16, 4, 0xffff, &v);

	if (n < 0)
		return -EINVAL;
	if (*s + n < end && (*s)[n] == '.') {
		if (g->n > 12 || parse_v4(*s, end, g->b + g->n))
			return -EINVAL;
		g->n += 4;
		*s = end;
		return 0;
	}
	if (g->n > 14)
		return -EINVAL;
	g->b[g->n++] = (uint8_t)(v >> 8);
	g->b[g->n++] = (uint8_t)v;
	*s += n;
	return 0;
}

/* What stands between groups: ":" or "::". */
static int parse_colons(const char **s, const char *end, struct groups *g)
{
	if (*s == end)
		return 0;
	if (*(*s)++ != ':')
		return -EINVAL;
	if (*s < end && **s == ':') {
		if (g->gap >= 0)
			return -EINVAL;
		g->gap = (int)g->n;
		(*s)++;
		return 0;
	}
	return *s < end ? 0 : -EINVAL; /* a single colon ends nothing */
}

static int parse_v6(const char *s, const char *end, uint8_t out[16])
{
	struct groups g = { .gap = -1 };
	unsigned tail;

	if (end - s >= 2 && s[0] == ':' && s[1] == ':') {
		g.gap = 0;
		s += 2;
	}
	while (s < end)
		if (parse_group(&s, end, &g) || parse_colons(&s, end, &g))
			return -EINVAL;
	if (g.gap < 0 ? g.n != 16 : g.n > 14)
		return -EINVAL;
	memset(out, 0, 16);
	tail = g.gap < 0 ? 0 : g.n - (unsigned)g.gap;
	memcpy(out, g.b, g.n - tail);
	memcpy(out + 16 - tail, g.b + g.n - tail, tail);
	return 0;
}

static int parse(const char *s, const char *end, struct ostia_addr *out)
{
	uint8_t b[16];

	if (!parse_v4(s, end, b)) {
		*out = addr_v4(b);
		return 0;
	}
	if (parse_v6(s, end, b))
		return -EINVAL;
	*out = addr_v6(b);
	return 0;
}

int addrtext_parse(const char *text, struct ostia_addr *out)
{
	return text ? parse(text, text + strlen(text), out) : -EINVAL;
}

int addrtext_prefix(const char *text, struct ostia_addr *out, uint8_t *plen)
{
	const char *slash = text, *end;
	unsigned n = 0;

	while (slash && *slash && *slash != '/')
		slash++;
	if (!slash || !*slash) {
		int err = addrtext_parse(text, out);

		if (!err)
			*plen = addr_is_v4(out) ? 32 : 128;
		return err;
	}
	if (parse(text, slash, out))
		return -EINVAL;
	end = slash + strlen(slash);
	if (number(slash + 1, end, 10, 3, addr_is_v4(out) ? 32 : 128, &n) !=
	    end - slash - 1)
		return -EINVAL;
	*plen = (uint8_t)n;
	return 0;
}
