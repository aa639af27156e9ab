/* SPDX-License-Identifier: MIT */
/*
 * Whom to ask, in words: dns= search= ndots= dns-timeout= dns-attempts=
 * dns-case=. ostia/names.h says what they mean.
 */
#include "names/config.h"

#include "base/addrtext.h"
#include "ip/addrs.h"
#include "stack/stack.h"
#include "wire/dns.h"

#include <errno.h>
#include <ostia/names.h>
#include <ostia/net.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** struct sentence - Where to say what is wrong */
struct sentence {
	char *why;
	size_t size;
};

static int fail(const struct sentence *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct sentence *s, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (s->why && s->size)
		vsnprintf(s->why, s->size, fmt, ap);
	va_end(ap);
	return err;
}

void ostia_dns_init(struct ostia_dns *d)
{
	*d = (struct ostia_dns) { .ndots = 1,
				  .attempts = 2,
				  .timeout = 5 * OSTIA_S,
				  .mix_case = 1,
				  .hosts = 1 };
}

static uint32_t zone_of(struct ostia_stack *stack, const char *name)
{
	list_each (node, &stack->ip.links) {
		const struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (!strcmp(ostia_link_name(l), name))
			return ostia_link_index(l);
	}
	return 0;
}

static int add_server(struct ostia_dns *d, struct ostia_stack *stack,
		      const char *value, const struct sentence *s)
{
	char text[64];
	char *percent;
	struct ostia_addr a;
	uint32_t zone = 0;

	if (d->servers == OSTIA_DNS_SERVERS)
		return fail(s, -E2BIG, "dns=%s: at most %d servers", value,
			    OSTIA_DNS_SERVERS);
	snprintf(text, sizeof(text), "%s", value);
	percent = strchr(text, '%');
	if (percent) {
		*percent++ = '\0';
		zone = stack ? zone_of(stack, percent) : 0;
		if (!zone)
			return fail(s, -EINVAL,
				    "dns=%s: no link is called %s (write it "
				    "like fe80::1%%eth0)",
				    value, percent);
	}
	if (strlen(value) >= sizeof(text) || addrtext_parse(text, &a) ||
	    addr_is_multicast(&a) || addr_is_any(&a))
		return fail(s, -EINVAL,
			    "dns=%s: write a server's numeric address, like "
			    "10.99.0.1",
			    value);
	d->server[d->servers] = a;
	d->zone[d->servers++] = zone;
	return 0;
}

static int add_search(struct ostia_dns *d, const char *value,
		      const struct sentence *s)
{
	struct wire_dns_name name;

	if (d->searches == OSTIA_DNS_SEARCH)
		return fail(s, -E2BIG, "search=%s: at most %d domains", value,
			    OSTIA_DNS_SEARCH);
	if (strlen(value) >= sizeof(d->search[0]) ||
	    wire_dns_name_read(&name, value))
		return fail(s, -EINVAL,
			    "search=%s: write a domain, like example.org",
			    value);
	strcpy(d->search[d->searches++], value);
	return 0;
}

static int read_number(const char *word, const char *value, unsigned min,
		       unsigned max, unsigned *out, const struct sentence *s)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (end == value || *end || n < min || n > max || *value == '-')
		return fail(s, -EINVAL, "%s=%s: a number from %u to %u", word,
			    value, min, max);
	*out = (unsigned)n;
	return 0;
}

int ostia_dns_word(struct ostia_dns *d, struct ostia_stack *stack,
		   const char *word, const char *value, char *why,
		   size_t why_size)
{
	const struct sentence s = { why, why_size };
	unsigned seconds = 0;
	int err;

	if (!strcmp(word, "dns"))
		return add_server(d, stack, value, &s);
	if (!strcmp(word, "search"))
		return add_search(d, value, &s);
	if (!strcmp(word, "ndots"))
		return read_number(word, value, 0, 15, &d->ndots, &s);
	if (!strcmp(word, "dns-attempts"))
		return read_number(word, value, 1, 10, &d->attempts, &s);
	if (!strcmp(word, "dns-timeout")) {
		err = read_number(word, value, 1, 60, &seconds, &s);
		if (!err)
			d->timeout = seconds * OSTIA_S;
		return err;
	}
	if (strcmp(word, "dns-case"))
		return -ENOENT;
	if (strcmp(value, "mix") && strcmp(value, "keep"))
		return fail(&s, -EINVAL, "dns-case=%s: mix or keep", value);
	d->mix_case = !strcmp(value, "mix");
	return 0;
}

/* Link-local servers are one by address and link. */
static bool knows(const struct ostia_dns *d, const struct ostia_dns_server *s)
{
	for (unsigned i = 0; i < d->servers; i++)
		if (addr_eq(&d->server[i], &s->addr) && d->zone[i] == s->zone)
			return true;
	return false;
}

void names_config_learn(struct ostia_dns *d, const struct ostia_stack *stack)
{
	struct ostia_dns_server got[OSTIA_DNS_SERVERS];
	int n = ostia_dns_servers(stack, got, OSTIA_DNS_SERVERS);
	unsigned i = 0;

	for (int k = 0; k < n && d->servers < OSTIA_DNS_SERVERS; k++) {
		if (knows(d, &got[k]))
			continue;
		d->server[d->servers] = got[k].addr;
		d->zone[d->servers++] = got[k].zone;
	}
	while (d->searches < OSTIA_DNS_SEARCH &&
	       ostia_dns_search(stack, i++, d->search[d->searches],
				sizeof(d->search[0])) >= 0)
		d->searches++;
}
