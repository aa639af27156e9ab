/* SPDX-License-Identifier: MIT */
#include "drill/args.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "drill/info.h"
#include "drill/structs.h"

enum { SIZE_MAX_BYTES = 16 * 1024 * 1024, NO_SUCH_FD = 100000 };

int64_t drill_args_num(struct drill_run *r, const struct drill_expr *e)
{
	if (e->kind == DRILL_LIST && e->count == 1)
		e = e->items;
	if (e->kind == DRILL_NUMBER)
		return e->num;
	drill_run_fail(r, e->pos, "a number is needed here");
	return 0;
}

/* A number that no call has returned is no descriptor of the process either,
 * whatever it calls its own.
 */
int drill_args_fd(struct drill_run *r, const struct drill_expr *e)
{
	int script = (int)drill_args_num(r, e);
	const struct drill_fd *f = drill_run_fd(r, script);

	if (f)
		return f->live;
	return script < 0 ? script : script + NO_SUCH_FD;
}

const struct drill_expr *drill_args_field(const struct drill_expr *e,
					  const char *name)
{
	const struct drill_expr *f = e->kind == DRILL_STRUCT ? e->items : NULL;

	while (f && (!f->name || strcmp(f->name, name) != 0))
		f = f->next;
	return f;
}

void drill_args_only(struct drill_run *r, const struct drill_expr *e,
		     const char *const *names)
{
	const struct drill_expr *f = e->kind == DRILL_STRUCT ? e->items : NULL;

	for (; f; f = f->next) {
		const char *const *n = names;

		while (*n && (!f->name || strcmp(*n, f->name) != 0))
			n++;
		if (!*n)
			drill_run_fail(r, f->pos, "no field %s in this struct",
				       f->name ? f->name : "without a name");
	}
}

/* ------------------------------------------------------------- addresses */

static void set_v4(struct drill_addr *out, const uint8_t *ip, uint16_t port)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&out->ss;

	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	memcpy(&sin->sin_addr, ip, 4);
	out->len = sizeof(*sin);
}

static void set_v6(struct drill_addr *out, const uint8_t *ip, uint16_t port,
		   bool mapped)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&out->ss;

	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	out->len = sizeof(*sin6);
	if (!mapped) {
		memcpy(&sin6->sin6_addr, ip, 16);
		return;
	}
	memset(sin6->sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(sin6->sin6_addr.s6_addr + 12, ip, 4);
}

void drill_args_default_addr(const struct drill_run *r, bool local,
			     struct drill_addr *out)
{
	const uint8_t *ip = local ? r->path.local : r->path.remote;
	uint16_t port = local ? r->cfg->bind_port : r->cfg->connect_port;

	*out = (struct drill_addr) { 0 };
	if (r->cfg->ip_version == DRILL_IPV4)
		set_v4(out, ip, port);
	else
		set_v6(out, ip, port, r->cfg->ip_version == DRILL_IPV4_MAPPED);
}

static const char *const addr_fields[] = { "sa_family",	    "sin_family",
					   "sin_port",	    "sin_addr",
					   "sin6_family",   "sin6_port",
					   "sin6_addr",	    "sin6_flowinfo",
					   "sin6_scope_id", NULL };

static int64_t field_num(struct drill_run *r, const struct drill_expr *e,
			 const char *name)
{
	const struct drill_expr *f = drill_args_field(e, name);

	return f ? drill_args_num(r, f) : 0;
}

static int64_t family_of(struct drill_run *r, const struct drill_expr *e)
{
	static const char *const names[] = { "sa_family", "sin_family",
					     "sin6_family" };

	for (int i = 0; i < 3; i++)
		if (drill_args_field(e, names[i]))
			return field_num(r, e, names[i]);
	drill_run_fail(r, e->pos, "an address needs its sa_family");
	return 0;
}

void drill_args_addr6(struct drill_run *r, const struct drill_expr *e,
		      struct in6_addr *to)
{
	if (e->kind == DRILL_TEXT && e->len == sizeof(*to))
		memcpy(to, e->bytes, sizeof(*to));
	else if (e->kind != DRILL_TEXT ||
		 inet_pton(AF_INET6, e->bytes, to) != 1)
		drill_run_fail(r, e->pos, "an IPv6 address is needed here");
}

static void addr_v6(struct drill_run *r, const struct drill_expr *e,
		    struct drill_addr *out)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&out->ss;
	const struct drill_expr *addr = drill_args_field(e, "sin6_addr");

	sin6->sin6_port = (in_port_t)field_num(r, e, "sin6_port");
	sin6->sin6_flowinfo = (uint32_t)field_num(r, e, "sin6_flowinfo");
	sin6->sin6_scope_id = (uint32_t)field_num(r, e, "sin6_scope_id");
	if (addr)
		drill_args_addr6(r, addr, &sin6->sin6_addr);
	out->len = sizeof(*sin6);
}

static void addr_v4(struct drill_run *r, const struct drill_expr *e,
		    struct drill_addr *out)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&out->ss;

	sin->sin_port = (in_port_t)field_num(r, e, "sin_port");
	sin->sin_addr.s_addr = (in_addr_t)field_num(r, e, "sin_addr");
	out->len = sizeof(*sin);
}

static void addr_struct(struct drill_run *r, const struct drill_expr *e,
			struct drill_addr *out)
{
	*out = (struct drill_addr) { 0 };
	drill_args_only(r, e, addr_fields);
	out->ss.ss_family = (sa_family_t)family_of(r, e);
	if (out->ss.ss_family == AF_INET6)
		addr_v6(r, e, out);
	else
		addr_v4(r, e, out);
}

void drill_args_addr(struct drill_run *r, const struct drill_expr *e,
		     const struct drill_expr *len, bool local,
		     struct drill_addr *out)
{
	if (e->kind == DRILL_DOTS) {
		drill_args_default_addr(r, local, out);
	} else if (e->kind == DRILL_STRUCT) {
		addr_struct(r, e, out);
	} else {
		*out = (struct drill_addr) { .null = true };
		if (drill_args_num(r, e) != 0)
			drill_run_fail(r, e->pos, "an address, ... or NULL");
	}
	if (len && len->kind != DRILL_DOTS)
		out->len = (socklen_t)drill_args_num(r, len);
}

void drill_args_addr_room(struct drill_run *r, const struct drill_expr *e,
			  const struct drill_expr *len, struct drill_addr *out)
{
	*out = (struct drill_addr) { .len = sizeof(out->ss) };
	out->null = e->kind == DRILL_NUMBER && e->num == 0;
	if (len && len->kind != DRILL_DOTS)
		out->len = (socklen_t)drill_args_num(r, len);
	if (out->len > sizeof(out->ss))
		out->len = sizeof(out->ss);
}

void drill_args_check_num(struct drill_run *r, const struct drill_expr *e,
			  const char *what, int64_t got)
{
	if (e->kind == DRILL_DOTS)
		return;
	if (drill_args_num(r, e) != got)
		drill_run_fail(r, e->pos, "%s: expected %lld, came %lld", what,
			       (long long)drill_args_num(r, e), (long long)got);
}

static void check_field(struct drill_run *r, const struct drill_expr *e,
			const char *name, int64_t got)
{
	const struct drill_expr *f = drill_args_field(e, name);

	if (f)
		drill_args_check_num(r, f, name, got);
}

static void check_v4(struct drill_run *r, const struct drill_expr *e,
		     const struct drill_addr *got)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)&got->ss;
	const struct drill_expr *f = drill_args_field(e, "sin_addr");
	struct in_addr want = { 0 };
	char a[INET_ADDRSTRLEN], b[INET_ADDRSTRLEN];

	if (drill_args_field(e, "sin_port"))
		drill_args_check_num(r, drill_args_field(e, "sin_port"),
				     "sin_port (network order)", sin->sin_port);
	if (!f || f->kind == DRILL_DOTS)
		return;
	want.s_addr = (in_addr_t)drill_args_num(r, f);
	inet_ntop(AF_INET, &want, a, sizeof(a));
	inet_ntop(AF_INET, &sin->sin_addr, b, sizeof(b));
	if (want.s_addr != sin->sin_addr.s_addr)
		drill_run_fail(r, f->pos, "sin_addr: expected %s, came %s", a,
			       b);
}

static void check_v6(struct drill_run *r, const struct drill_expr *e,
		     const struct drill_addr *got)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)&got->ss;
	const struct drill_expr *f = drill_args_field(e, "sin6_addr");
	struct in6_addr want = { 0 };
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];

	check_field(r, e, "sin6_port", sin6->sin6_port);
	check_field(r, e, "sin6_flowinfo", sin6->sin6_flowinfo);
	check_field(r, e, "sin6_scope_id", sin6->sin6_scope_id);
	if (!f || f->kind == DRILL_DOTS)
		return;
	drill_args_addr6(r, f, &want);
	inet_ntop(AF_INET6, &want, a, sizeof(a));
	inet_ntop(AF_INET6, &sin6->sin6_addr, b, sizeof(b));
	if (memcmp(&want, &sin6->sin6_addr, sizeof(want)) != 0)
		drill_run_fail(r, f->pos, "sin6_addr: expected %s, came %s", a,
			       b);
}

void drill_args_check_addr(struct drill_run *r, const struct drill_expr *e,
			   const struct drill_expr *len,
			   const struct drill_addr *got)
{
	if (len && len->kind == DRILL_LIST)
		drill_args_check_num(r, len, "address length", got->len);
	if (e->kind != DRILL_STRUCT)
		return;
	drill_args_only(r, e, addr_fields);
	if (family_of(r, e) != got->ss.ss_family)
		drill_run_fail(r, e->pos, "sa_family: expected %lld, came %d",
			       (long long)family_of(r, e), got->ss.ss_family);
	else if (got->ss.ss_family == AF_INET6)
		check_v6(r, e, got);
	else
		check_v4(r, e, got);
}

/* ----------------------------------------------------- sizes and options */

size_t drill_args_size(struct drill_run *r, const struct drill_expr *e)
{
	int64_t n = drill_args_num(r, e);

	if (n >= 0 && n <= SIZE_MAX_BYTES)
		return (size_t)n;
	drill_run_fail(r, e->pos, "a buffer of %lld bytes", (long long)n);
	return 0;
}

static size_t put(void *to, size_t size, const void *from, size_t n)
{
	n = n < size ? n : size;
	memcpy(to, from, n);
	return n;
}

bool drill_args_is_info(const struct drill_expr *e)
{
	return e->kind == DRILL_STRUCT && e->items && e->items->name &&
	       strncmp(e->items->name, "tcpi_", 5) == 0;
}

/* Which struct is it? The answer can be no, and then the run fails. */
static const struct drill_struct *find_struct(struct drill_run *r,
					      struct drill_option o,
					      const struct drill_expr *e)
{
	struct drill_error err = { 0 };
	const struct drill_struct *s =
		drill_structs_find(o.level, o.name, e, &err);

	if (!s)
		drill_run_fail(r, err.pos, "%s", err.text);
	return s;
}

static size_t struct_value(struct drill_run *r, struct drill_option o,
			   const struct drill_expr *e, void *to, size_t size)
{
	const struct drill_struct *s = find_struct(r, o, e);

	return s ? drill_structs_put(r, s, e, to, size) : 0;
}

void drill_args_question(struct drill_run *r, struct drill_option o,
			 const struct drill_expr *e, void *to, size_t size)
{
	const struct drill_struct *s;

	if (e->kind != DRILL_STRUCT || drill_args_is_info(e))
		return;
	s = find_struct(r, o, e);
	if (s && drill_structs_asks(s))
		drill_structs_put(r, s, e, to, size);
}

size_t drill_args_value(struct drill_run *r, struct drill_option o,
			const struct drill_expr *e, void *to, size_t size)
{
	int n;

	if (e->kind == DRILL_TEXT)
		return put(to, size, e->bytes, e->len);
	if (e->kind == DRILL_STRUCT)
		return struct_value(r, o, e, to, size);
	n = (int)drill_args_num(r, e);
	return put(to, size, &n, sizeof(n));
}

/* TCP_INFO: {tcpi_state=TCP_ESTABLISHED, tcpi_unacked=0} */
static void check_info(struct drill_run *r, const struct drill_expr *e,
		       const void *got, size_t n)
{
	for (const struct drill_expr *f = e->items; f; f = f->next) {
		const char *name = f->name ? f->name : "";
		int64_t v;

		if (drill_info_field(name, strlen(name), got, n, &v) < 0)
			drill_run_fail(r, f->pos, "no field %s in TCP_INFO",
				       name);
		else
			drill_args_check_num(r, f, name, v);
	}
}

static void check_struct(struct drill_run *r, struct drill_option o,
			 const struct drill_expr *e, const void *got, size_t n)
{
	const struct drill_struct *s;

	if (drill_args_is_info(e)) {
		check_info(r, e, got, n);
		return;
	}
	s = find_struct(r, o, e);
	if (s)
		drill_structs_compare(r, s, e, got, n);
}

/* Options are int, or a byte when the caller gave room for no more. */
static int64_t number_of(const void *got, size_t n)
{
	int32_t i = 0;
	int64_t v;

	if (n == sizeof(v)) {
		memcpy(&v, got, n);
		return v;
	}
	if (n < sizeof(i))
		return n ? *(const unsigned char *)got : 0;
	memcpy(&i, got, sizeof(i));
	return i;
}

static bool is_printable(const char *p, size_t n)
{
	while (n > 0 && *p >= ' ' && *p <= '~')
		p++, n--;
	return n == 0;
}

/* Bytes that are no text are told by the first that differs. */
static void check_text(struct drill_run *r, const struct drill_expr *e,
		       const char *got, size_t n)
{
	size_t i = 0;

	while (i < n && i < e->len && got[i] == e->bytes[i])
		i++;
	if (i == e->len)
		return;
	if (is_printable(e->bytes, e->len) || i == n)
		drill_run_fail(r, e->pos,
			       "expected \"%.*s\", came \"%.*s\" (%zu bytes)",
			       (int)e->len, e->bytes, (int)n, got, n);
	else
		drill_run_fail(r, e->pos, "byte %zu: expected %02x, came %02x",
			       i, (uint8_t)e->bytes[i], (uint8_t)got[i]);
}

void drill_args_check_value(struct drill_run *r, struct drill_option o,
			    const struct drill_expr *e, const void *got,
			    size_t n)
{
	if (e->kind == DRILL_DOTS || (e->kind == DRILL_NUMBER && e->num == 0))
		return;
	if (e->kind == DRILL_STRUCT) {
		check_struct(r, o, e, got, n);
	} else if (e->kind == DRILL_TEXT) {
		check_text(r, e, got, n);
	} else {
		drill_args_check_num(r, e, "value", number_of(got, n));
	}
}
