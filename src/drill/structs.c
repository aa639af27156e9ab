/* SPDX-License-Identifier: MIT */
#include "drill/structs.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/inet_diag.h>
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "drill/args.h"
#include "drill/signature.h"
#include "sock/auth.h"
#include "sock/optnames.h" /* after the system's own */

enum kind {
	NUMBER,
	ADDRESS, /* struct in_addr */
	ADDRESS6, /* struct in6_addr */
	SOCKET_ADDRESS, /* struct sockaddr_storage */
	TEXT, /* char[] */
	NUMBERS, /* uint32_t[], to the end */
	ADDRESSES,
	SOCKET_ADDRESSES,
	FILTER, /* struct sock_filter * */
};

/**
 * struct field - One of a struct's
 * @bits:  0: all of it; else that many from @shift on
 * @asked: says what is wanted, and does not come out
 */
struct field {
	const char *name;
	uint16_t offset, size;
	enum kind kind;
	uint8_t shift, bits;
	bool asked;
};

enum { FIELDS_MAX = 16 };

/** struct drill_struct - @fields up to the first without a name */
struct drill_struct {
	const char *name;
	size_t size;
	struct field fields[FIELDS_MAX];
	bool asks; /* getsockopt() reads it, too */
};

#define AT(s, f, as, k)                                       \
	{                                                     \
		.name = as, .offset = offsetof(struct s, f),  \
		.size = sizeof(((struct s *)0)->f), .kind = k \
	}
#define F(s, f) AT(s, f, #f, NUMBER)
#define K(s, f, k) AT(s, f, #f, k)
#define BITS(s, before, past, as, width, from, n)                          \
	{                                                                  \
		.name = as, .offset = offsetof(struct s, before) + (past), \
		.size = width, .kind = NUMBER, .shift = from, .bits = n    \
	}

enum which {
	LINGER,
	LINGER_C,
	TIMEVAL,
	UCRED,
	FPROG,
	CODE,
	SO_STAMPING,
	TXTIME,
	MREQ,
	MREQN,
	MREQ_SOURCE,
	MSFILTER,
	GROUP,
	GROUP_SOURCE,
	GROUP_MSFILTER,
	MREQ6,
	MTU6,
	PKTINFO,
	PKTINFO6,
	FILTER4,
	FILTER6,
	BBR,
	DCTCP,
	MD5SIG,
	AO_ADD,
	AO_DEL,
	AO_INFO,
	AO_KEY,
	STRUCTS,
};

static const struct drill_struct structs[STRUCTS] = {
	[LINGER] = { "linger",
		     sizeof(struct linger),
		     { AT(linger, l_onoff, "onoff", NUMBER),
		       AT(linger, l_linger, "linger", NUMBER) } },
	[LINGER_C] = { "linger",
		       sizeof(struct linger),
		       { F(linger, l_onoff), F(linger, l_linger) } },
	[TIMEVAL] = { "timeval",
		      sizeof(struct timeval),
		      { F(timeval, tv_sec), F(timeval, tv_usec) } },
	[UCRED] = { "ucred",
		    sizeof(struct ucred),
		    { F(ucred, pid), F(ucred, uid), F(ucred, gid) } },
	[FPROG] = { "sock_fprog",
		    sizeof(struct sock_fprog),
		    { F(sock_fprog, len),
		      { .name = "filter",
			.offset = offsetof(struct sock_fprog, filter),
			.size = sizeof(void *),
			.kind = FILTER } } },
	[CODE] = { "sock_filter",
		   sizeof(struct sock_filter),
		   { F(sock_filter, code), F(sock_filter, jt),
		     F(sock_filter, jf), F(sock_filter, k) } },
	[SO_STAMPING] = { "so_timestamping",
			  sizeof(struct so_timestamping),
			  { F(so_timestamping, flags),
			    F(so_timestamping, bind_phc) } },
	[TXTIME] = { "sock_txtime",
		     sizeof(struct sock_txtime),
		     { F(sock_txtime, clockid), F(sock_txtime, flags) } },
	[MREQ] = { "ip_mreq",
		   sizeof(struct ip_mreq),
		   { K(ip_mreq, imr_multiaddr, ADDRESS),
		     K(ip_mreq, imr_interface, ADDRESS) } },
	[MREQN] = { "ip_mreqn",
		    sizeof(struct ip_mreqn),
		    { K(ip_mreqn, imr_multiaddr, ADDRESS),
		      K(ip_mreqn, imr_address, ADDRESS),
		      F(ip_mreqn, imr_ifindex) } },
	[MREQ_SOURCE] = { "ip_mreq_source",
			  sizeof(struct ip_mreq_source),
			  { K(ip_mreq_source, imr_multiaddr, ADDRESS),
			    K(ip_mreq_source, imr_interface, ADDRESS),
			    K(ip_mreq_source, imr_sourceaddr, ADDRESS) } },
	[MSFILTER] = { "ip_msfilter",
		       IP_MSFILTER_SIZE(0),
		       { K(ip_msfilter, imsf_multiaddr, ADDRESS),
			 K(ip_msfilter, imsf_interface, ADDRESS),
			 F(ip_msfilter, imsf_fmode),
			 F(ip_msfilter, imsf_numsrc),
			 K(ip_msfilter, imsf_slist, ADDRESSES) },
		       .asks = true },
	[GROUP] = { "group_req",
		    sizeof(struct group_req),
		    { F(group_req, gr_interface),
		      K(group_req, gr_group, SOCKET_ADDRESS) } },
	[GROUP_SOURCE] = { "group_source_req",
			   sizeof(struct group_source_req),
			   { F(group_source_req, gsr_interface),
			     K(group_source_req, gsr_group, SOCKET_ADDRESS),
			     K(group_source_req, gsr_source,
			       SOCKET_ADDRESS) } },
	[GROUP_MSFILTER] = { "group_filter",
			     GROUP_FILTER_SIZE(0),
			     { F(group_filter, gf_interface),
			       K(group_filter, gf_group, SOCKET_ADDRESS),
			       F(group_filter, gf_fmode),
			       F(group_filter, gf_numsrc),
			       K(group_filter, gf_slist, SOCKET_ADDRESSES) },
			     .asks = true },
	[MREQ6] = { "ipv6_mreq",
		    sizeof(struct ipv6_mreq),
		    { K(ipv6_mreq, ipv6mr_multiaddr, ADDRESS6),
		      F(ipv6_mreq, ipv6mr_interface) } },
	[MTU6] = { "ip6_mtuinfo",
		   sizeof(struct ip6_mtuinfo),
		   { K(ip6_mtuinfo, ip6m_addr, SOCKET_ADDRESS),
		     F(ip6_mtuinfo, ip6m_mtu) } },
	[PKTINFO] = { "in_pktinfo",
		      sizeof(struct in_pktinfo),
		      { F(in_pktinfo, ipi_ifindex),
			K(in_pktinfo, ipi_spec_dst, ADDRESS),
			K(in_pktinfo, ipi_addr, ADDRESS) } },
	[PKTINFO6] = { "in6_pktinfo",
		       sizeof(struct in6_pktinfo),
		       { K(in6_pktinfo, ipi6_addr, ADDRESS6),
			 F(in6_pktinfo, ipi6_ifindex) } },
	[FILTER4] = { "icmp_filter",
		      sizeof(uint32_t),
		      { { .name = "data", .size = 4 } } },
	[FILTER6] = { "icmp6_filter",
		      sizeof(struct icmp6_filter),
		      { K(icmp6_filter, icmp6_filt, NUMBERS) } },
	[BBR] = { "tcp_bbr_info",
		  sizeof(struct tcp_bbr_info),
		  { F(tcp_bbr_info, bbr_bw_lo), F(tcp_bbr_info, bbr_bw_hi),
		    F(tcp_bbr_info, bbr_min_rtt),
		    F(tcp_bbr_info, bbr_pacing_gain),
		    F(tcp_bbr_info, bbr_cwnd_gain) } },
	[DCTCP] = { "tcp_dctcp_info",
		    sizeof(struct tcp_dctcp_info),
		    { F(tcp_dctcp_info, dctcp_enabled),
		      F(tcp_dctcp_info, dctcp_ce_state),
		      F(tcp_dctcp_info, dctcp_alpha),
		      F(tcp_dctcp_info, dctcp_ab_ecn),
		      F(tcp_dctcp_info, dctcp_ab_tot) } },
	[MD5SIG] = { "tcp_md5sig",
		     sizeof(struct tcp_md5sig),
		     { K(tcp_md5sig, tcpm_addr, SOCKET_ADDRESS),
		       F(tcp_md5sig, tcpm_flags), F(tcp_md5sig, tcpm_prefixlen),
		       F(tcp_md5sig, tcpm_keylen), F(tcp_md5sig, tcpm_ifindex),
		       K(tcp_md5sig, tcpm_key, TEXT) } },
	[AO_ADD] = { "tcp_ao_add",
		     sizeof(struct sock_ao_add),
		     { K(sock_ao_add, addr, SOCKET_ADDRESS),
		       K(sock_ao_add, alg_name, TEXT), F(sock_ao_add, ifindex),
		       BITS(sock_ao_add, ifindex, 4, "set_current", 4, 0, 1),
		       BITS(sock_ao_add, ifindex, 4, "set_rnext", 4, 1, 1),
		       BITS(sock_ao_add, ifindex, 4, "reserved", 4, 2, 30),
		       F(sock_ao_add, reserved2), F(sock_ao_add, prefix),
		       F(sock_ao_add, sndid), F(sock_ao_add, rcvid),
		       F(sock_ao_add, maclen), F(sock_ao_add, keyflags),
		       F(sock_ao_add, keylen), K(sock_ao_add, key, TEXT) } },
	[AO_DEL] = { "tcp_ao_del",
		     sizeof(struct sock_ao_del),
		     { K(sock_ao_del, addr, SOCKET_ADDRESS),
		       F(sock_ao_del, ifindex),
		       BITS(sock_ao_del, ifindex, 4, "set_current", 4, 0, 1),
		       BITS(sock_ao_del, ifindex, 4, "set_rnext", 4, 1, 1),
		       BITS(sock_ao_del, ifindex, 4, "del_async", 4, 2, 1),
		       BITS(sock_ao_del, ifindex, 4, "reserved", 4, 3, 29),
		       F(sock_ao_del, reserved2), F(sock_ao_del, prefix),
		       F(sock_ao_del, sndid), F(sock_ao_del, rcvid),
		       F(sock_ao_del, current_key), F(sock_ao_del, rnext),
		       F(sock_ao_del, keyflags) } },
	[AO_INFO] = { "tcp_ao_info_opt",
		      sizeof(struct sock_ao_info),
		      { BITS(sock_ao_info, reserved2, -4, "set_current", 4, 0,
			     1),
			BITS(sock_ao_info, reserved2, -4, "set_rnext", 4, 1, 1),
			BITS(sock_ao_info, reserved2, -4, "ao_required", 4,
			     2, 1),
			BITS(sock_ao_info, reserved2, -4, "set_counters", 4,
			     3, 1),
			BITS(sock_ao_info, reserved2, -4, "accept_icmps",
			     4, 4, 1),
			BITS(sock_ao_info, reserved2, -4, "reserved", 4, 5, 27),
			F(sock_ao_info, reserved2),
			F(sock_ao_info, current_key), F(sock_ao_info, rnext),
			F(sock_ao_info, pkt_good), F(sock_ao_info, pkt_bad),
			F(sock_ao_info, pkt_key_not_found),
			F(sock_ao_info, pkt_ao_required),
			F(sock_ao_info, pkt_dropped_icmp) } },
	[AO_KEY] = { "tcp_ao_getsockopt",
		     sizeof(struct sock_ao_key),
		     { K(sock_ao_key, addr, SOCKET_ADDRESS),
		       K(sock_ao_key, alg_name, TEXT),
		       K(sock_ao_key, key, TEXT),
		       F(sock_ao_key, nkeys),
		       BITS(sock_ao_key, nkeys, 4, "is_current", 2, 0, 1),
		       BITS(sock_ao_key, nkeys, 4, "is_rnext", 2, 1, 1),
		       { .name = "get_all",
			 .offset = offsetof(struct sock_ao_key, nkeys) + 4,
			 .size = 2,
			 .shift = 2,
			 .bits = 1,
			 .asked = true },
		       F(sock_ao_key, sndid),
		       F(sock_ao_key, rcvid),
		       F(sock_ao_key, prefix),
		       F(sock_ao_key, maclen),
		       F(sock_ao_key, keyflags),
		       F(sock_ao_key, keylen),
		       F(sock_ao_key, ifindex),
		       F(sock_ao_key, pkt_good),
		       F(sock_ao_key, pkt_bad) },
		     .asks = true },
};

/* Where an option takes one of several, the first that fits is meant. */
static const struct {
	int level, name;
	enum which which;
} options[] = {
	{ SOL_SOCKET, SO_LINGER, LINGER },
	{ SOL_SOCKET, SO_LINGER, LINGER_C },
	{ SOL_SOCKET, SO_RCVTIMEO, TIMEVAL },
	{ SOL_SOCKET, SO_SNDTIMEO, TIMEVAL },
	{ SOL_SOCKET, SO_RCVTIMEO_NEW, TIMEVAL },
	{ SOL_SOCKET, SO_SNDTIMEO_NEW, TIMEVAL },
	{ SOL_SOCKET, SO_PEERCRED, UCRED },
	{ SOL_SOCKET, SO_ATTACH_FILTER, FPROG },
	{ SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, FPROG },
	{ SOL_SOCKET, SO_TIMESTAMPING, SO_STAMPING },
	{ SOL_SOCKET, SO_TXTIME, TXTIME },
	{ IPPROTO_IP, IP_MULTICAST_IF, MREQ },
	{ IPPROTO_IP, IP_MULTICAST_IF, MREQN },
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, MREQ },
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, MREQN },
	{ IPPROTO_IP, IP_DROP_MEMBERSHIP, MREQ },
	{ IPPROTO_IP, IP_DROP_MEMBERSHIP, MREQN },
	{ IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, MREQ_SOURCE },
	{ IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, MREQ_SOURCE },
	{ IPPROTO_IP, IP_BLOCK_SOURCE, MREQ_SOURCE },
	{ IPPROTO_IP, IP_UNBLOCK_SOURCE, MREQ_SOURCE },
	{ IPPROTO_IP, IP_MSFILTER, MSFILTER },
	{ IPPROTO_IP, IP_PKTINFO, PKTINFO },
	{ IPPROTO_IP, MCAST_JOIN_GROUP, GROUP },
	{ IPPROTO_IP, MCAST_LEAVE_GROUP, GROUP },
	{ IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, GROUP_SOURCE },
	{ IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, GROUP_SOURCE },
	{ IPPROTO_IP, MCAST_BLOCK_SOURCE, GROUP_SOURCE },
	{ IPPROTO_IP, MCAST_UNBLOCK_SOURCE, GROUP_SOURCE },
	{ IPPROTO_IP, MCAST_MSFILTER, GROUP_MSFILTER },
	{ IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, MREQ6 },
	{ IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, MREQ6 },
	{ IPPROTO_IPV6, IPV6_PATHMTU, MTU6 },
	{ IPPROTO_IPV6, IPV6_PKTINFO, PKTINFO6 },
	{ IPPROTO_IPV6, MCAST_JOIN_GROUP, GROUP },
	{ IPPROTO_IPV6, MCAST_LEAVE_GROUP, GROUP },
	{ IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, GROUP_SOURCE },
	{ IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, GROUP_SOURCE },
	{ IPPROTO_IPV6, MCAST_BLOCK_SOURCE, GROUP_SOURCE },
	{ IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE, GROUP_SOURCE },
	{ IPPROTO_IPV6, MCAST_MSFILTER, GROUP_MSFILTER },
	{ IPPROTO_ICMPV6, ICMP6_FILTER, FILTER6 },
	{ IPPROTO_RAW, 1 /* ICMP_FILTER */, FILTER4 },
	{ IPPROTO_TCP, TCP_CC_INFO, BBR },
	{ IPPROTO_TCP, TCP_CC_INFO, DCTCP },
	{ IPPROTO_TCP, TCP_MD5SIG, MD5SIG },
	{ IPPROTO_TCP, TCP_MD5SIG_EXT, MD5SIG },
	{ IPPROTO_TCP, TCP_AO_ADD_KEY, AO_ADD },
	{ IPPROTO_TCP, TCP_AO_DEL_KEY, AO_DEL },
	{ IPPROTO_TCP, TCP_AO_INFO, AO_INFO },
	{ IPPROTO_TCP, TCP_AO_GET_KEYS, AO_KEY },
};

/* --- names ---------------------------------------------------------------- */

static const struct field *named(const struct drill_struct *s, const char *name,
				 size_t len)
{
	for (const struct field *f = s->fields;
	     f < s->fields + FIELDS_MAX && f->name; f++)
		if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
			return f;
	return NULL;
}

bool drill_structs_field(const char *name, size_t len)
{
	for (int i = 0; i < STRUCTS; i++)
		if (named(&structs[i], name, len))
			return true;
	return false;
}

/* By its name, or by its place. NULL: there is none. */
static const struct field *field_of(const struct drill_struct *s,
				    const struct drill_expr *e, unsigned place)
{
	if (e->name)
		return named(s, e->name, strlen(e->name));
	return place < FIELDS_MAX && s->fields[place].name ? &s->fields[place]
							   : NULL;
}

/** stranger() - The first value that is none of its fields, or NULL */
static const struct drill_expr *stranger(const struct drill_struct *s,
					 const struct drill_expr *e)
{
	unsigned place = 0;

	for (const struct drill_expr *f = e->items; f; f = f->next, place++)
		if (!field_of(s, f, place))
			return f;
	return NULL;
}

static const struct drill_struct *no_struct(const struct drill_struct *meant,
					    const struct drill_expr *e,
					    struct drill_error *err)
{
	const struct drill_expr *odd = meant ? stranger(meant, e) : e;

	if (meant && odd->name)
		drill_error_set(err, odd->pos, "no field %s in struct %s",
				odd->name, meant->name);
	else if (meant)
		drill_error_set(err, odd->pos,
				"one value too many for "
				"struct %s",
				meant->name);
	else
		drill_error_set(err, e->pos, "no struct with these fields");
	return NULL;
}

const struct drill_struct *drill_structs_find(int64_t level, int64_t name,
					      const struct drill_expr *e,
					      struct drill_error *err)
{
	const struct drill_struct *meant = NULL;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].level != level || options[i].name != name)
			continue;
		if (!stranger(&structs[options[i].which], e))
			return &structs[options[i].which];
		if (!meant)
			meant = &structs[options[i].which];
	}
	for (int i = 0; !meant && i < STRUCTS; i++)
		if (e->items && e->items->name && !stranger(&structs[i], e))
			return &structs[i];
	return no_struct(meant, e, err);
}

void drill_structs_check_call(const struct drill_call *c,
			      struct drill_error *err)
{
	const struct drill_expr *level, *value;

	if (c->id != DRILL_CALL_SETSOCKOPT && c->id != DRILL_CALL_GETSOCKOPT)
		return;
	level = c->args->next;
	value = level->next->next;
	if (value->kind == DRILL_STRUCT && level->kind == DRILL_NUMBER &&
	    level->next->kind == DRILL_NUMBER && !drill_args_is_info(value))
		drill_structs_find(level->num, level->next->num, value, err);
}

bool drill_structs_asks(const struct drill_struct *s)
{
	return s->asks;
}

/* --- to bytes ------------------------------------------------------------- */

/** low() - The @n low bytes of @v */
static uint8_t *low(uint64_t *v, size_t n)
{
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	return (uint8_t *)v + (big ? sizeof(*v) - n : 0);
}

static uint64_t load(const struct field *f, const uint8_t *at)
{
	uint64_t v = 0;

	memcpy(low(&v, f->size), at + f->offset, f->size);
	return f->bits ? v >> f->shift & ((UINT64_C(1) << f->bits) - 1) : v;
}

static void store(struct drill_run *r, const struct field *f,
		  const struct drill_expr *e, uint8_t *at)
{
	uint64_t v = (uint64_t)drill_args_num(r, e), was = 0;
	unsigned bits = f->bits ? f->bits : 8u * f->size;

	if (bits < 64 && v >> bits && ~v >> (bits - 1)) {
		drill_run_fail(r, e->pos, "%s has %u bits", f->name, bits);
		return;
	}
	if (f->bits) {
		memcpy(low(&was, f->size), at + f->offset, f->size);
		v = was | (v & ((UINT64_C(1) << bits) - 1)) << f->shift;
	}
	memcpy(at + f->offset, low(&v, f->size), f->size);
}

static void put_text(struct drill_run *r, const struct field *f,
		     const struct drill_expr *e, uint8_t *to)
{
	if (e->kind != DRILL_TEXT || e->len > f->size)
		drill_run_fail(r, e->pos, "%s is a text of up to %u bytes",
			       f->name, f->size);
	else
		memcpy(to, e->bytes, e->len);
}

static void put_address(struct drill_run *r, const struct drill_expr *e,
			uint8_t *to)
{
	struct in_addr in = { 0 };

	if (e->kind == DRILL_TEXT && inet_pton(AF_INET, e->bytes, &in) != 1)
		drill_run_fail(r, e->pos, "not an IPv4 address");
	else if (e->kind != DRILL_TEXT)
		in.s_addr = (in_addr_t)drill_args_num(r, e);
	memcpy(to, &in, sizeof(in));
}

static void put_filter(struct drill_run *r, const struct field *f,
		       const struct drill_expr *e, uint8_t *to)
{
	const struct drill_struct *one = &structs[CODE];
	unsigned n = e->kind == DRILL_LIST ? e->count : 0;
	struct sock_filter *code =
		drill_arena_alloc(r->arena, (n + 1) * sizeof(*code));
	const struct drill_expr *i = n ? e->items : NULL;

	memcpy(to, &code, f->size);
	for (; i; i = i->next, code++) {
		if (i->kind == DRILL_STRUCT && !stranger(one, i))
			drill_structs_put(r, one, i, code, sizeof(*code));
		else
			drill_run_fail(r, i->pos, "{code, jt, jf, k} expected");
	}
	if (e->kind != DRILL_LIST)
		drill_run_fail(r, e->pos, "[{code, jt, jf, k}, ...] expected");
}

static void put_one(struct drill_run *r, const struct field *f,
		    const struct drill_expr *e, uint8_t *to)
{
	struct in6_addr in6 = { 0 };
	struct drill_addr addr;

	switch (f->kind) {
	case SOCKET_ADDRESS:
	case SOCKET_ADDRESSES:
		drill_args_addr(r, e, NULL, false, &addr);
		memcpy(to, &addr.ss, sizeof(addr.ss));
		break;
	case ADDRESS:
	case ADDRESSES:
		put_address(r, e, to);
		break;
	case ADDRESS6:
		drill_args_addr6(r, e, &in6);
		memcpy(to, &in6, sizeof(in6));
		break;
	case TEXT:
		put_text(r, f, e, to);
		break;
	case FILTER:
		put_filter(r, f, e, to);
		break;
	case NUMBER:
	case NUMBERS:
		break;
	}
}

static size_t element(const struct field *f)
{
	switch (f->kind) {
	case NUMBERS:
	case ADDRESSES:
		return sizeof(uint32_t);
	case SOCKET_ADDRESSES:
		return sizeof(struct sockaddr_storage);
	default:
		return 0;
	}
}

/* A list at the end of a struct, up to @size. Return: its bytes. */
static size_t put_list(struct drill_run *r, const struct field *f,
		       const struct drill_expr *e, uint8_t *to, size_t size)
{
	size_t one = element(f), at = f->offset;
	const struct drill_expr *i =
		e->kind == DRILL_LIST && e->count > 0 ? e->items : NULL;
	const struct field number = { .name = f->name,
				      .size = sizeof(uint32_t) };

	for (; i; i = i->next, at += one) {
		if (at + one > size) {
			drill_run_fail(r, i->pos, "no room for so many");
			return at;
		}
		if (f->kind == NUMBERS)
			store(r, &number, i, to + at);
		else
			put_one(r, f, i, to + at);
	}
	if (e->kind != DRILL_LIST)
		drill_run_fail(r, e->pos, "%s is a list", f->name);
	return at;
}

size_t drill_structs_put(struct drill_run *r, const struct drill_struct *s,
			 const struct drill_expr *e, void *to, size_t size)
{
	size_t n = s->size, end;
	unsigned place = 0;

	if (n > size) {
		drill_run_fail(r, e->pos, "struct %s has %zu bytes, not %zu",
			       s->name, n, size);
		return 0;
	}
	for (const struct drill_expr *v = e->items; v; v = v->next, place++) {
		const struct field *f = field_of(s, v, place);

		if (element(f)) {
			end = put_list(r, f, v, to, size);
			n = end > n ? end : n;
		} else if (v->kind == DRILL_DOTS && f->kind != SOCKET_ADDRESS) {
			continue;
		} else if (f->kind == NUMBER) {
			store(r, f, v, to);
		} else {
			put_one(r, f, v, (uint8_t *)to + f->offset);
		}
	}
	return n;
}

/* --- comparing ------------------------------------------------------------ */

static void compare_number(struct drill_run *r, const struct field *f,
			   const struct drill_expr *e, const uint8_t *got)
{
	uint8_t want[sizeof(uint64_t)] = { 0 };
	struct field here = *f;

	here.offset = 0;
	store(r, &here, e, want);
	if (load(&here, want) != load(f, got))
		drill_run_fail(r, e->pos, "%s: expected %lld, came %lld",
			       f->name, (long long)drill_args_num(r, e),
			       (long long)load(f, got));
}

static void compare_text(struct drill_run *r, const struct field *f,
			 const struct drill_expr *e, const uint8_t *got)
{
	uint8_t want[SOCK_AUTH_KEY] = { 0 };

	put_text(r, f, e, want);
	if (memcmp(want, got, f->size) != 0)
		drill_run_fail(r, e->pos,
			       "%s: expected \"%.*s\", came "
			       "\"%.*s\"",
			       f->name, (int)e->len, e->bytes,
			       (int)strnlen((const char *)got, f->size),
			       (const char *)got);
}

/* Addresses of IP, as text. */
static void compare_address(struct drill_run *r, const struct field *f,
			    const struct drill_expr *e, const uint8_t *got)
{
	int family = f->kind == ADDRESS6 ? AF_INET6 : AF_INET;
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	uint8_t want[sizeof(struct in6_addr)] = { 0 };

	put_one(r, f, e, want);
	inet_ntop(family, want, a, sizeof(a));
	inet_ntop(family, got, b, sizeof(b));
	if (strcmp(a, b) != 0)
		drill_run_fail(r, e->pos, "%s: expected %s, came %s", f->name,
			       a, b);
}

static void compare_field(struct drill_run *r, const struct field *f,
			  const struct drill_expr *e, const uint8_t *got)
{
	struct drill_addr addr = { .len = sizeof(addr.ss) };

	switch (f->kind) {
	case NUMBER:
		compare_number(r, f, e, got);
		break;
	case ADDRESS:
	case ADDRESS6:
		compare_address(r, f, e, got + f->offset);
		break;
	case TEXT:
		compare_text(r, f, e, got + f->offset);
		break;
	case SOCKET_ADDRESS:
		memcpy(&addr.ss, got + f->offset, f->size);
		drill_args_check_addr(r, e, NULL, &addr);
		break;
	default:
		drill_run_fail(r, e->pos, "%s is not compared", f->name);
	}
}

/* A list is compared as its bytes. */
static void compare_list(struct drill_run *r, const struct field *f,
			 const struct drill_expr *e, const uint8_t *got,
			 size_t n)
{
	uint8_t want[1024] = { 0 };
	size_t end = put_list(r, f, e, want, sizeof(want));

	if (end > n ||
	    memcmp(want + f->offset, got + f->offset, end - f->offset) != 0)
		drill_run_fail(r, e->pos, "%s: other values came", f->name);
}

void drill_structs_compare(struct drill_run *r, const struct drill_struct *s,
			   const struct drill_expr *e, const void *got,
			   size_t n)
{
	unsigned place = 0;

	for (const struct drill_expr *v = e->items; v; v = v->next, place++) {
		const struct field *f = field_of(s, v, place);

		if (v->kind == DRILL_DOTS || f->asked)
			continue;
		if (element(f))
			compare_list(r, f, v, got, n);
		else if ((size_t)f->offset + f->size > n)
			drill_run_fail(r, v->pos, "%s did not come: %zu bytes",
				       f->name, n);
		else
			compare_field(r, f, v, got);
	}
}
