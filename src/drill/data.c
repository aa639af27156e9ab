/* SPDX-License-Identifier: MIT */
#include "drill/data.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>

#include "drill/args.h"

enum { IOV_MAX_PARTS = 64, CONTROL_MAX_BYTES = 512 };

/** struct bytes - What a call writes or reads, in one piece or several */
struct bytes {
	const struct drill_expr *part[IOV_MAX_PARTS];
	struct iovec iov[IOV_MAX_PARTS];
	int n;
	size_t total;
};

static void add_part(struct drill_run *r, struct bytes *b,
		     const struct drill_expr *what, size_t len)
{
	if (b->n == IOV_MAX_PARTS) {
		drill_run_fail(r, what->pos, "more than %d parts",
			       IOV_MAX_PARTS);
		return;
	}
	b->part[b->n] = what;
	b->iov[b->n].iov_base = drill_arena_alloc(r->arena, len + 1);
	b->iov[b->n++].iov_len = len;
	b->total += len;
}

static void one_part(struct drill_run *r, struct bytes *b,
		     const struct drill_expr *what,
		     const struct drill_expr *len)
{
	b->n = 0;
	b->total = 0;
	add_part(r, b, what, drill_args_size(r, len));
}

/* [{..., 1000}, {"text", 4}] */
static void many_parts(struct drill_run *r, struct bytes *b,
		       const struct drill_expr *list)
{
	const struct drill_expr *e;

	b->n = 0;
	b->total = 0;
	if (list->kind != DRILL_LIST) {
		drill_run_fail(r, list->pos, "[{bytes, length}, ...] expected");
		return;
	}
	for (e = list->items; e; e = e->next) {
		if (e->kind != DRILL_STRUCT || e->count != 2) {
			drill_run_fail(r, e->pos, "{bytes, length} expected");
			return;
		}
		add_part(r, b, e->items, drill_args_size(r, e->items->next));
	}
}

/* --------------------------------------------------------------- writing */

/* A text is written as it is and filled up with zeroes; the pattern runs on
 * from call to call, so that no two places of a stream look alike.
 */
static void fill(struct drill_run *r, const struct bytes *b, uint64_t at)
{
	for (int i = 0; i < b->n; i++) {
		const struct drill_expr *e = b->part[i];
		uint8_t *p = b->iov[i].iov_base;
		size_t len = b->iov[i].iov_len;

		if (e->kind == DRILL_TEXT)
			memcpy(p, e->bytes, e->len < len ? e->len : len);
		else if (e->kind == DRILL_DOTS)
			for (size_t k = 0; k < len; k++)
				p[k] = drill_conn_pattern(at + k);
		else
			drill_run_fail(r, e->pos, "bytes or ... expected");
		at += len;
	}
}

static struct drill_conn *stream_of(struct drill_run *r,
				    const struct drill_expr *fd)
{
	struct drill_fd *f = drill_run_fd(r, (int)drill_args_num(r, fd));

	return f && f->conn && f->conn->proto == DRILL_TCP ? f->conn : NULL;
}

/** struct writing - One write: what the stream held before it */
struct writing {
	struct drill_conn *conn;
	size_t before;
};

/* The bytes may leave before the call returns, so they are noted first. */
static struct writing begin_write(struct drill_run *r,
				  const struct drill_expr *fd,
				  const struct bytes *b)
{
	struct writing w = { .conn = stream_of(r, fd) };

	w.before = w.conn ? w.conn->tx_len : 0;
	fill(r, b, w.before);
	for (int i = 0; w.conn && i < b->n; i++)
		drill_conn_wrote(w.conn, r->arena, b->iov[i].iov_base,
				 b->iov[i].iov_len);
	return w;
}

static int64_t end_write(const struct writing *w, int64_t ret)
{
	if (w->conn)
		w->conn->tx_len = w->before + (ret > 0 ? (size_t)ret : 0);
	return ret;
}

int64_t drill_data_write(struct drill_run *r, const struct drill_expr *const *a)
{
	struct bytes b;
	struct writing w;

	one_part(r, &b, a[1], a[2]);
	w = begin_write(r, a[0], &b);
	return end_write(&w, ostia_write(r->host.proc, drill_args_fd(r, a[0]),
					 b.iov[0].iov_base, b.total));
}

int64_t drill_data_writev(struct drill_run *r,
			  const struct drill_expr *const *a)
{
	struct bytes b;
	struct writing w;

	many_parts(r, &b, a[1]);
	drill_args_check_num(r, a[2], "number of parts", b.n);
	w = begin_write(r, a[0], &b);
	return end_write(&w, ostia_writev(r->host.proc, drill_args_fd(r, a[0]),
					  b.iov, b.n));
}

int64_t drill_data_send(struct drill_run *r, const struct drill_expr *const *a)
{
	struct bytes b;
	struct writing w;

	one_part(r, &b, a[1], a[2]);
	w = begin_write(r, a[0], &b);
	return end_write(&w, ostia_send(r->host.proc, drill_args_fd(r, a[0]),
					b.iov[0].iov_base, b.total,
					(int)drill_args_num(r, a[3])));
}

int64_t drill_data_sendto(struct drill_run *r,
			  const struct drill_expr *const *a)
{
	struct drill_addr addr;
	struct bytes b;
	struct writing w;

	one_part(r, &b, a[1], a[2]);
	drill_args_addr(r, a[4], a[5], false, &addr);
	w = begin_write(r, a[0], &b);
	return end_write(
		&w, ostia_sendto(r->host.proc, drill_args_fd(r, a[0]),
				 b.iov[0].iov_base, b.total,
				 (int)drill_args_num(r, a[3]),
				 addr.null ? NULL : (struct sockaddr *)&addr.ss,
				 addr.len));
}

/* --------------------------------------------------------------- reading */

static void check_text(struct drill_run *r, const struct drill_expr *e,
		       const uint8_t *got, size_t n)
{
	if (n > e->len || memcmp(e->bytes, got, n) != 0)
		drill_run_fail(r, e->pos, "expected \"%.*s\", read \"%.*s\"",
			       (int)e->len, e->bytes, (int)n,
			       (const char *)got);
}

static void check_pattern(struct drill_run *r, const struct drill_expr *e,
			  const uint8_t *got, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++)
		if (got[i] != drill_conn_pattern(at + i)) {
			drill_run_fail(r, e->pos,
				       "byte %zu of %zu is not what arrived", i,
				       n);
			return;
		}
}

static void check_read(struct drill_run *r, const struct bytes *b, size_t n,
		       uint64_t at, bool exact)
{
	for (int i = 0; i < b->n && n > 0; i++) {
		size_t len = b->iov[i].iov_len < n ? b->iov[i].iov_len : n;

		if (b->part[i]->kind == DRILL_TEXT)
			check_text(r, b->part[i], b->iov[i].iov_base, len);
		else if (exact)
			check_pattern(r, b->part[i], b->iov[i].iov_base, len,
				      at);
		at += len;
		n -= len;
	}
}

static bool is_udp(const struct drill_run *r, int script)
{
	const struct drill_fd *f = drill_run_fd(r, script);

	return f && f->conn && f->conn->proto == DRILL_UDP;
}

/* A datagram's pattern begins anew; a stream's goes on. MSG_TRUNC throws bytes
 * of a stream away; urgent data come from elsewhere.
 */
static int64_t end_read(struct drill_run *r, const struct drill_expr *fd,
			const struct bytes *b, int flags, int64_t ret)
{
	struct drill_conn *c = stream_of(r, fd);
	size_t n = ret > 0 ? (size_t)ret : 0;
	int err = errno;

	if (is_udp(r, (int)drill_args_num(r, fd)) && !(flags & MSG_ERRQUEUE))
		check_read(r, b, n, 0, true);
	if (c && (flags & MSG_OOB))
		c->rx_exact = false;
	if (c && !(flags & (MSG_OOB | MSG_ERRQUEUE))) {
		check_read(r, b, n, c->rx_read,
			   c->rx_exact && !(flags & MSG_TRUNC));
		if (!(flags & MSG_PEEK))
			c->rx_read += n;
	}
	errno = err;
	return ret;
}

int64_t drill_data_read(struct drill_run *r, const struct drill_expr *const *a)
{
	struct bytes b;

	one_part(r, &b, a[1], a[2]);
	return end_read(r, a[0], &b, 0,
			ostia_read(r->host.proc, drill_args_fd(r, a[0]),
				   b.iov[0].iov_base, b.total));
}

int64_t drill_data_readv(struct drill_run *r, const struct drill_expr *const *a)
{
	struct bytes b;

	many_parts(r, &b, a[1]);
	drill_args_check_num(r, a[2], "number of parts", b.n);
	return end_read(r, a[0], &b, 0,
			ostia_readv(r->host.proc, drill_args_fd(r, a[0]), b.iov,
				    b.n));
}

int64_t drill_data_recv(struct drill_run *r, const struct drill_expr *const *a)
{
	int flags = (int)drill_args_num(r, a[3]);
	struct bytes b;

	one_part(r, &b, a[1], a[2]);
	return end_read(r, a[0], &b, flags,
			ostia_recv(r->host.proc, drill_args_fd(r, a[0]),
				   b.iov[0].iov_base, b.total, flags));
}

int64_t drill_data_recvfrom(struct drill_run *r,
			    const struct drill_expr *const *a)
{
	int flags = (int)drill_args_num(r, a[3]);
	struct drill_addr addr;
	struct bytes b;
	int64_t ret;

	one_part(r, &b, a[1], a[2]);
	drill_args_addr_room(r, a[4], a[5], &addr);
	ret = ostia_recvfrom(r->host.proc, drill_args_fd(r, a[0]),
			     b.iov[0].iov_base, b.total, flags,
			     addr.null ? NULL : (struct sockaddr *)&addr.ss,
			     addr.null ? NULL : &addr.len);
	if (ret >= 0 && !addr.null)
		drill_args_check_addr(r, a[4], a[5], &addr);
	return end_read(r, a[0], &b, flags, ret);
}

/* -------------------------------------------------------------- messages */

/** struct message - A msghdr and all that it points to */
struct message {
	struct msghdr hdr;
	struct bytes bytes;
	struct drill_addr addr;
	_Alignas(struct cmsghdr) unsigned char control[CONTROL_MAX_BYTES];
};

static const char *const msg_names[] = { "msg_name", "msg_iov", "msg_control",
					 "msg_flags", NULL };
static const char *const cmsg_names[] = { "cmsg_level", "cmsg_type",
					  "cmsg_data", NULL };

static int cmsg_num(struct drill_run *r, const struct drill_expr *e,
		    const char *name)
{
	const struct drill_expr *f = drill_args_field(e, name);

	return f ? (int)drill_args_num(r, f) : 0;
}

static size_t put_cmsg(struct drill_run *r, const struct drill_expr *e,
		       unsigned char *to, size_t room)
{
	const struct drill_expr *data = drill_args_field(e, "cmsg_data");
	struct cmsghdr *c = (struct cmsghdr *)(void *)to;
	size_t n;

	drill_args_only(r, e, cmsg_names);
	if (!data || room < CMSG_SPACE(64)) {
		drill_run_fail(r, e->pos, "cmsg_data missing, or no room");
		return 0;
	}
	c->cmsg_level = cmsg_num(r, e, "cmsg_level");
	c->cmsg_type = cmsg_num(r, e, "cmsg_type");
	n = drill_args_value(
		r, (struct drill_option) { c->cmsg_level, c->cmsg_type }, data,
		CMSG_DATA(c), 64);
	c->cmsg_len = CMSG_LEN(n);
	return CMSG_SPACE(n);
}

static void put_control(struct drill_run *r, const struct drill_expr *list,
			struct message *m)
{
	const struct drill_expr *e =
		list->kind == DRILL_LIST ? list->items : NULL;

	m->hdr.msg_control = m->control;
	for (; e; e = e->next)
		m->hdr.msg_controllen +=
			put_cmsg(r, e, m->control + m->hdr.msg_controllen,
				 sizeof(m->control) - m->hdr.msg_controllen);
}

/* What sending and receiving have in common. */
static void begin_message(struct drill_run *r, const struct drill_expr *e,
			  struct message *m)
{
	const struct drill_expr *iov = drill_args_field(e, "msg_iov");

	*m = (struct message) { 0 };
	if (e->kind != DRILL_STRUCT || !iov) {
		drill_run_fail(r, e->pos, "a struct with msg_iov expected");
		return;
	}
	drill_args_only(r, e, msg_names);
	many_parts(r, &m->bytes, iov);
	if (iov->size)
		drill_args_check_num(r, iov->size, "number of parts",
				     m->bytes.n);
	m->hdr.msg_iov = m->bytes.iov;
	m->hdr.msg_iovlen = (size_t)m->bytes.n;
}

int64_t drill_data_sendmsg(struct drill_run *r,
			   const struct drill_expr *const *a)
{
	const struct drill_expr *name = drill_args_field(a[1], "msg_name");
	const struct drill_expr *ctl = drill_args_field(a[1], "msg_control");
	struct message m;
	struct writing w;

	begin_message(r, a[1], &m);
	if (name)
		drill_args_addr(r, name, name->size, false, &m.addr);
	if (name && !m.addr.null) {
		m.hdr.msg_name = &m.addr.ss;
		m.hdr.msg_namelen = m.addr.len;
	}
	if (ctl)
		put_control(r, ctl, &m);
	if (r->failed)
		return -1;
	w = begin_write(r, a[0], &m.bytes);
	return end_write(&w,
			 ostia_sendmsg(r->host.proc, drill_args_fd(r, a[0]),
				       &m.hdr, (int)drill_args_num(r, a[2])));
}

/* The first of three stamps, in the script's time, within the tolerance. */
static void check_stamp(struct drill_run *r, const struct drill_expr *e,
			const void *got, size_t n)
{
	static const char *const fields[] = { "scm_sec", "scm_nsec", NULL };
	int64_t want = cmsg_num(r, e, "scm_sec") * INT64_C(1000000000) +
		       cmsg_num(r, e, "scm_nsec");
	struct timespec ts = { 0 };
	int64_t came;

	drill_args_only(r, e, fields);
	memcpy(&ts, got, n < sizeof(ts) ? n : sizeof(ts));
	came = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec -
	       ((int64_t)ostia_now(r->host.stack) - drill_host_now(&r->host));
	if (n < sizeof(ts) || came - want > r->cfg->tolerance_ns ||
	    want - came > r->cfg->tolerance_ns)
		drill_run_fail(r, e->pos,
			       "stamp: expected %lld ns, came %lld ns",
			       (long long)want, (long long)came);
}

static void check_one(struct drill_run *r, const struct drill_expr *e,
		      const char *name, int64_t came)
{
	const struct drill_expr *f = drill_args_field(e, name);

	if (f)
		drill_args_check_num(r, f, name, came);
}

static void check_error(struct drill_run *r, const struct drill_expr *e,
			const void *got, size_t n)
{
	static const char *const fields[] = { "ee_errno", "ee_origin",
					      "ee_type",  "ee_code",
					      "ee_info",  "ee_data",
					      NULL };
	struct sock_extended_err ee = { 0 };

	drill_args_only(r, e, fields);
	memcpy(&ee, got, n < sizeof(ee) ? n : sizeof(ee));
	check_one(r, e, "ee_errno", ee.ee_errno);
	check_one(r, e, "ee_origin", ee.ee_origin);
	check_one(r, e, "ee_type", ee.ee_type);
	check_one(r, e, "ee_code", ee.ee_code);
	check_one(r, e, "ee_info", ee.ee_info);
	check_one(r, e, "ee_data", ee.ee_data);
}

static void check_cmsg_data(struct drill_run *r, const struct drill_expr *e,
			    const struct cmsghdr *c)
{
	const void *got = CMSG_DATA(c);
	size_t n = c->cmsg_len - CMSG_LEN(0);
	const char *first =
		e->kind == DRILL_STRUCT && e->items ? e->items->name : NULL;

	if (first && !strncmp(first, "scm_", 4))
		check_stamp(r, e, got, n);
	else if (first && !strncmp(first, "ee_", 3))
		check_error(r, e, got, n);
	else
		drill_args_check_value(r,
				       (struct drill_option) { c->cmsg_level,
							       c->cmsg_type },
				       e, got, n);
}

static void check_cmsg(struct drill_run *r, const struct drill_expr *e,
		       const struct cmsghdr *c)
{
	const struct drill_expr *f;

	drill_args_only(r, e, cmsg_names);
	f = drill_args_field(e, "cmsg_level");
	if (f)
		drill_args_check_num(r, f, "cmsg_level", c->cmsg_level);
	f = drill_args_field(e, "cmsg_type");
	if (f)
		drill_args_check_num(r, f, "cmsg_type", c->cmsg_type);
	f = drill_args_field(e, "cmsg_data");
	if (f)
		check_cmsg_data(r, f, c);
}

static void check_control(struct drill_run *r, const struct drill_expr *list,
			  struct message *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&m->hdr);
	const struct drill_expr *e =
		list->kind == DRILL_LIST ? list->items : NULL;

	for (; e && c; e = e->next, c = CMSG_NXTHDR(&m->hdr, c))
		check_cmsg(r, e, c);
	if (e)
		drill_run_fail(r, e->pos, "this control message did not come");
	else if (c && list->kind == DRILL_LIST)
		drill_run_fail(r, list->pos,
			       "another control message came: level %d type %d",
			       c->cmsg_level, c->cmsg_type);
}

static void check_message(struct drill_run *r, const struct drill_expr *e,
			  struct message *m)
{
	const struct drill_expr *f = drill_args_field(e, "msg_flags");

	if (f)
		drill_args_check_num(r, f, "msg_flags", m->hdr.msg_flags);
	f = drill_args_field(e, "msg_control");
	if (f)
		check_control(r, f, m);
	f = drill_args_field(e, "msg_name");
	m->addr.len = m->hdr.msg_namelen;
	if (f && m->hdr.msg_name)
		drill_args_check_addr(r, f, NULL, &m->addr);
}

int64_t drill_data_recvmsg(struct drill_run *r,
			   const struct drill_expr *const *a)
{
	const struct drill_expr *name = drill_args_field(a[1], "msg_name");
	int flags = (int)drill_args_num(r, a[2]);
	struct message m;
	int64_t ret;

	begin_message(r, a[1], &m);
	if (name)
		drill_args_addr_room(r, name, NULL, &m.addr);
	if (name && !m.addr.null) {
		m.hdr.msg_name = &m.addr.ss;
		m.hdr.msg_namelen = m.addr.len;
	}
	if (drill_args_field(a[1], "msg_control")) {
		m.hdr.msg_control = m.control;
		m.hdr.msg_controllen = sizeof(m.control);
	}
	if (r->failed)
		return -1;
	ret = ostia_recvmsg(r->host.proc, drill_args_fd(r, a[0]), &m.hdr,
			    flags);
	if (ret >= 0)
		check_message(r, a[1], &m);
	return end_read(r, a[0], &m.bytes, flags, ret);
}
