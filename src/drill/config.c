/* SPDX-License-Identifier: MIT */
#include "drill/config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	DEFAULT_MTU = 1500,
	DEFAULT_PORT = 8080,
	DEFAULT_TOLERANCE_US = 4000,
	MTU_MIN = 68,
	MTU_MAX = 65535,
	TOLERANCE_MAX_US = 1000000000,
	PPM = 1000000,
};

void drill_config_init(struct drill_config *c)
{
	*c = (struct drill_config) {
		.mtu = DEFAULT_MTU,
		.bind_port = DEFAULT_PORT,
		.connect_port = DEFAULT_PORT,
		.tolerance_ns = DEFAULT_TOLERANCE_US * INT64_C(1000),
	};
}

int drill_config_family(const struct drill_config *c)
{
	return c->ip_version == DRILL_IPV4 ? AF_INET : AF_INET6;
}

/** number() - @text as a number in [@min, @max], or -1 */
static long number(const char *text, long min, long max)
{
	char *end;
	long v;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	v = strtol(text, &end, 10);
	return errno || *end || v < min || v > max ? -1 : v;
}

static int set_ip_version(struct drill_config *c, const char *v)
{
	static const char *const names[] = {
		[DRILL_IPV4] = "ipv4",
		[DRILL_IPV4_MAPPED] = "ipv4-mapped-ipv6",
		[DRILL_IPV6] = "ipv6",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(v, names[i]) == 0) {
			c->ip_version = (enum drill_ip_version)i;
			return 0;
		}
	return -EINVAL;
}

static int set_mtu(struct drill_config *c, const char *v)
{
	long n = number(v, MTU_MIN, MTU_MAX);

	if (n < 0)
		return -EINVAL;
	c->mtu = (uint32_t)n;
	return 0;
}

static int set_port(uint16_t *port, const char *v)
{
	long n = number(v, 1, 65535);

	if (n < 0)
		return -EINVAL;
	*port = (uint16_t)n;
	return 0;
}

static int set_bind_port(struct drill_config *c, const char *v)
{
	return set_port(&c->bind_port, v);
}

static int set_connect_port(struct drill_config *c, const char *v)
{
	return set_port(&c->connect_port, v);
}

static int set_tolerance(struct drill_config *c, const char *v)
{
	long n = number(v, 0, TOLERANCE_MAX_US);

	if (n < 0)
		return -EINVAL;
	c->tolerance_ns = n * INT64_C(1000);
	return 0;
}

/* 3, 3.2: a decimal fraction of a hundred, to four digits */
static int set_percent(struct drill_config *c, const char *v)
{
	size_t whole = strspn(v, "0123456789"), digits = 0;
	uint32_t ppm = 0;

	if (whole == 0 || whole > 3 || (v[whole] && v[whole] != '.'))
		return -EINVAL;
	for (size_t i = 0; i < whole; i++)
		ppm = ppm * 10 + (uint32_t)(v[i] - '0');
	if (v[whole])
		digits = strspn(v + whole + 1, "0123456789");
	if (v[whole] && (digits == 0 || digits > 4 || v[whole + 1 + digits]))
		return -EINVAL;
	for (size_t i = 0; i < 4; i++)
		ppm = ppm * 10 +
		      (i < digits ? (uint32_t)(v[whole + 1 + i] - '0') : 0);
	if (ppm > PPM)
		return -EINVAL;
	c->tolerance_ppm = ppm;
	return 0;
}

static int set_local_ip(struct drill_config *c, const char *v)
{
	c->local_ip = v;
	return 0;
}

static int set_remote_ip(struct drill_config *c, const char *v)
{
	c->remote_ip = v;
	return 0;
}

static int set_gateway_ip(struct drill_config *c, const char *v)
{
	c->gateway_ip = v;
	return 0;
}

static int set_netmask_ip(struct drill_config *c, const char *v)
{
	c->netmask_ip = v;
	return 0;
}

/* Our timestamps tick in ms: RFC 7323 5.4, as Linux without usec_ts. */
static int set_tick(struct drill_config *c, const char *v)
{
	(void)c;
	return strcmp(v, "1000") ? -EINVAL : 0;
}

static const struct {
	const char *name;
	int (*set)(struct drill_config *c, const char *value);
} options[] = {
	{ "bind_port", set_bind_port },
	{ "connect_port", set_connect_port },
	{ "gateway_ip", set_gateway_ip },
	{ "ip_version", set_ip_version },
	{ "local_ip", set_local_ip },
	{ "mtu", set_mtu },
	{ "netmask_ip", set_netmask_ip },
	{ "remote_ip", set_remote_ip },
	{ "tcp_ts_tick_usecs", set_tick },
	{ "tolerance_percent", set_percent },
	{ "tolerance_usecs", set_tolerance },
};

static_assert(sizeof(options) / sizeof(options[0]) == DRILL_CONFIG_OPTIONS,
	      "each option has its place");

const char *drill_config_name(size_t i)
{
	return i < sizeof(options) / sizeof(options[0]) ? options[i].name
							: NULL;
}

/** refused() - Why this option, which packetdrill has, is not for drills here
 */
static const char *refused(const char *name, size_t n)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{ "code_command", "%{ }% is evaluated here" },
		{ "code_format", "%{ }% is evaluated here" },
		{ "code_sockopt", "%{ }% is about TCP_INFO" },
		{ "debug", "use -v" },
		{ "init_scripts", "write sysctl commands into the script" },
		{ "is_anyip", "the host has the address --local_ip alone" },
		{ "non_fatal", "whatever differs is a failure" },
		{ "persistent_tun_dev", "there is no device" },
		{ "send_omit_free", "a write owns its bytes always" },
		{ "so_filename", "the stack is built in" },
		{ "so_flags", "the stack is built in" },
		{ "speed", "the link takes no time" },
		{ "tcp_ts_ecr_scaled", "timestamps tick in ms" },
		{ "udp_encapsulation", "the stack unwraps nothing" },
		{ "wire_client", "nothing goes over a wire" },
		{ "wire_client_dev", "nothing goes over a wire" },
		{ "wire_server", "nothing goes over a wire" },
		{ "wire_server_dev", "nothing goes over a wire" },
		{ "wire_server_ip", "nothing goes over a wire" },
		{ "wire_server_port", "nothing goes over a wire" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].name) == n && !memcmp(rows[i].name, name, n))
			return rows[i].why;
	return NULL;
}

static int bad(struct drill_error *err, struct drill_pos pos, const char *what,
	       const char *text)
{
	drill_error_set(err, pos, "%s: %s", what, text);
	return -EINVAL;
}

static int flag_option(struct drill_config *c, struct drill_arena *a,
		       const char *text, struct drill_pos pos,
		       struct drill_error *err)
{
	const char *name = text + 2, *eq = strchr(name, '=');
	size_t n = eq ? (size_t)(eq - name) : strlen(name);

	if (strcmp(name, "dry_run") == 0 || strcmp(name, "verbose") == 0) {
		c->dry_run |= *name == 'd';
		c->verbose |= *name == 'v';
		return 0;
	}
	if (refused(name, n)) {
		drill_error_set(err, pos, "--%.*s is not for drills: %s",
				(int)n, name, refused(name, n));
		return -EINVAL;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strlen(options[i].name) != n ||
		    memcmp(options[i].name, name, n) != 0)
			continue;
		if (!eq)
			return bad(err, pos, "option without =value", text);
		if (options[i].set(c,
				   drill_arena_copy(a, eq + 1, strlen(eq + 1))))
			return bad(err, pos, "bad value in option", text);
		c->said[i] = pos;
		return 0;
	}
	return bad(err, pos, "unknown option", text);
}

static bool is_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] == '_' || (s[i] >= 'A' && s[i] <= 'Z') ||
		      (s[i] >= 'a' && s[i] <= 'z') ||
		      (i > 0 && s[i] >= '0' && s[i] <= '9')))
			return false;
	return n > 0;
}

/* The newest definition of a name is found first, so it is the one. */
static int define_option(struct drill_config *c, struct drill_arena *a,
			 const char *text, struct drill_pos pos,
			 struct drill_error *err)
{
	size_t word = strncmp(text, "--define=", 9) == 0 ? 9 : 2;
	const char *name = text + word + strspn(text + word, " \t");
	const char *eq = strchr(name, '=');
	struct drill_define *d;

	if (!eq || !is_name(name, (size_t)(eq - name)))
		return bad(err, pos, "expected -D NAME=value", text);
	d = drill_arena_alloc(a, sizeof(*d));
	d->name = drill_arena_copy(a, name, (size_t)(eq - name));
	d->value = drill_arena_copy(a, eq + 1, strlen(eq + 1));
	d->next = c->defines;
	c->defines = d;
	return 0;
}

int drill_config_option(struct drill_config *c, struct drill_arena *a,
			const char *text, struct drill_pos pos,
			struct drill_error *err)
{
	if (strncmp(text, "--define=", 9) == 0)
		return define_option(c, a, text, pos, err);
	if (strncmp(text, "--", 2) == 0)
		return flag_option(c, a, text, pos, err);
	if (strncmp(text, "-D", 2) == 0)
		return define_option(c, a, text, pos, err);
	return bad(err, pos, "unknown option", text);
}

/* Where the script has the option; of the command line, or not at all: nowhere.
 */
static struct drill_pos said(const struct drill_config *c, const char *option)
{
	size_t i = 0;

	while (strcmp(options[i].name, option) != 0)
		i++;
	return c->said[i];
}

static int check_ip(const struct drill_config *c, const char **ip,
		    const char *fallback, int family, const char *option,
		    struct drill_error *err)
{
	unsigned char addr[16];

	if (!*ip)
		*ip = fallback;
	if (inet_pton(family, *ip, addr) == 1)
		return 0;
	drill_error_set(err, said(c, option),
			"--%s=%s is no address of this ip_version", option,
			*ip);
	return -EINVAL;
}

int drill_config_check(struct drill_config *c, struct drill_error *err)
{
	bool v6 = drill_config_is_v6(c);
	int family = v6 ? AF_INET6 : AF_INET;

	if (v6 && c->mtu < 1280) {
		drill_error_set(err, said(c, "mtu"),
				"IPv6 needs an mtu of 1280 or more");
		return -EINVAL;
	}
	if (c->gateway_ip &&
	    check_ip(c, &c->gateway_ip, "", family, "gateway_ip", err))
		return -EINVAL;
	if (check_ip(c, &c->local_ip, v6 ? "fd3d:a0b:17d6::1" : "192.168.0.1",
		     family, "local_ip", err) ||
	    check_ip(c, &c->remote_ip, v6 ? "2001:db8::1" : "192.0.2.1", family,
		     "remote_ip", err))
		return -EINVAL;
	if (!v6)
		return check_ip(c, &c->netmask_ip, "255.255.0.0", family,
				"netmask_ip", err);
	return c->netmask_ip ? bad(err, said(c, "netmask_ip"),
				   "--netmask_ip is for IPv4", c->netmask_ip)
			     : 0;
}
