/* SPDX-License-Identifier: MIT */
/*
 * tests/api/ancillary.c - what comes beside the bytes of AF_UNIX and of TCP,
 * and what a socket filter lets through: one program for the kernel and for a
 * stack, which print the same
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <time.h> /* errqueue.h has a struct of it */

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef SO_INQ
#define SO_INQ 84
#endif

enum { RETURNS = BPF_RET | BPF_K };

static const char *const type_names[] = { [SOCK_STREAM] = "stream",
					  [SOCK_DGRAM] = "dgram",
					  [SOCK_SEQPACKET] = "seqpacket" };

static void say(const char *what, long r)
{
	if (r < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: %ld\n", what, r);
}

static void on(int fd, int name, int v)
{
	if (setsockopt(fd, SOL_SOCKET, name, &v, sizeof(v)))
		printf("option %d: %s\n", name, strerrorname_np(errno));
}

static void pair(int type, int fd[2])
{
	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fd))
		table_die();
}

static void close_both(const int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

/*
 * --- messages ------------------------------------------------------------
 */

static long give(int fd, const char *text, int file)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr h;
	} u = { .h = { .cmsg_len = CMSG_LEN(sizeof(int)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (void *)(size_t)text, strlen(text) };
	const struct msghdr m = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &u,
				  .msg_controllen = sizeof(u) };

	memcpy(CMSG_DATA(&u.h), &file, sizeof(file));
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

/* Times and names differ; that there is one, and its length, does not. */
static void show(const struct cmsghdr *h)
{
	int v;

	printf(" %d/%d/%zu", h->cmsg_level, h->cmsg_type, (size_t)h->cmsg_len);
	if (h->cmsg_type == SCM_RIGHTS) {
		memcpy(&v, CMSG_DATA(h), sizeof(v));
		close(v);
	} else if (h->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(&v, CMSG_DATA(h), sizeof(v));
		printf("=%d", v);
	}
}

static void take_into(const char *what, int fd, int flags, size_t room,
		      size_t control)
{
	union {
		char buf[256];
		struct cmsghdr h;
	} u;
	char buf[64];
	struct iovec iov = { buf, room };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control ? &u : NULL,
			    .msg_controllen = control };
	ssize_t n = recvmsg(fd, &m, flags | MSG_DONTWAIT);

	if (n < 0) {
		say(what, n);
		return;
	}
	printf("%s: %zd \"%.*s\" flags %x control %zu", what, n,
	       n > (ssize_t)room ? (int)room : (int)n, buf,
	       (unsigned)m.msg_flags, (size_t)m.msg_controllen);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		show(h);
	puts("");
}

static void take(const char *what, int fd, int flags)
{
	take_into(what, fd, flags, 64, 256);
}

/*
 * --- filters -------------------------------------------------------------
 */

static long attach(int fd, struct sock_filter *insn, unsigned short n)
{
	const struct sock_fprog prog = { .len = n, .filter = insn };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static struct sock_filter begins_with_y[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ, 'y', 0, 1),
	BPF_STMT(RETURNS, 0xffffffff),
	BPF_STMT(RETURNS, 0),
};
static struct sock_filter none[] = { BPF_STMT(RETURNS, 0) };
static struct sock_filter three[] = { BPF_STMT(RETURNS, 3) };
static struct sock_filter of_length[] = {
	BPF_STMT(BPF_LD | BPF_LEN, 0),
	BPF_STMT(BPF_RET | BPF_A, 0),
};
static struct sock_filter no_link[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_LL_OFF),
	BPF_STMT(RETURNS, 7),
};
static struct sock_filter from_net[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_NET_OFF + 1),
	BPF_JUMP(BPF_JMP | BPF_JEQ, 'e' << 8 | 's', 0, 1),
	BPF_STMT(RETURNS, 2),
	BPF_STMT(RETURNS, 0),
};
static struct sock_filter protocol[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		 (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
	BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 1),
	BPF_STMT(RETURNS, 4),
	BPF_STMT(RETURNS, 0),
};

static void outq(int fd)
{
	int left = -1;

	ioctl(fd, SIOCOUTQ, &left);
	printf("not read: %d\n", left);
}

static void through(int type, struct sock_filter *insn, unsigned short n,
		    const char *name)
{
	static const char *const texts[] = { "yes", "no", "y", "yesterday",
					     "" };
	int fd[2];

	pair(type, fd);
	printf("%s %s\n", type_names[type], name);
	say("attach", attach(fd[1], insn, n));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct iovec iov[2] = { { (void *)(size_t)texts[i],
					  strlen(texts[i]) / 2 } };
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

		iov[1].iov_base = (char *)iov[0].iov_base + iov[0].iov_len;
		iov[1].iov_len = strlen(texts[i]) - iov[0].iov_len;
		say("send", sendmsg(fd[0], &m, MSG_NOSIGNAL));
		outq(fd[0]);
		take_into("peek", fd[1], MSG_PEEK | MSG_TRUNC, 2, 0);
		take("recv", fd[1], 0);
	}
	close_both(fd);
}

static void all_through(int type)
{
#define THROUGH(name) through(type, name, sizeof(name) / sizeof(name[0]), #name)
	THROUGH(begins_with_y);
	THROUGH(none);
	THROUGH(three);
	THROUGH(of_length);
	THROUGH(no_link);
	THROUGH(from_net);
	THROUGH(protocol);
}

/* What is not wanted does not mind a full queue, nor a peer that is gone. */
static void unwanted(int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "\0full" };
	const socklen_t len = offsetof(struct sockaddr_un, sun_path) + 5;
	int fd[2], other;
	long sent = 0;

	pair(type, fd);
	printf("%s unwanted\n", type_names[type]);
	say("attach", attach(fd[1], none, 1));
	say("files", give(fd[0], "f", fd[1]));
	take("recv", fd[1], 0);
	say("shutdown", shutdown(fd[1], SHUT_RD));
	say("to whom reads no more", send(fd[0], "n", 1, MSG_NOSIGNAL));
	close(fd[1]);
	say("to whom is gone", send(fd[0], "n", 1, MSG_NOSIGNAL));
	close(fd[0]);
	if (type != SOCK_DGRAM)
		return;
	other = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	fd[0] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	if (bind(other, (struct sockaddr *)&un, len))
		table_die();
	while (sendto(fd[0], "y", 1, 0, (struct sockaddr *)&un, len) == 1)
		sent++;
	say("until it is full", sent);
	say("attach", attach(other, begins_with_y, 4));
	say("a wanted one",
	    sendto(fd[0], "yy", 2, 0, (struct sockaddr *)&un, len));
	say("another", sendto(fd[0], "nn", 2, 0, (struct sockaddr *)&un, len));
	say("detach", setsockopt(other, SOL_SOCKET, SO_DETACH_FILTER,
				 &(int) { 0 }, sizeof(int)));
	say("another", sendto(fd[0], "nn", 2, 0, (struct sockaddr *)&un, len));
	close(fd[0]);
	close(other);
}

static void locked(int type)
{
	struct sock_filter got[8];
	socklen_t n = 8;
	int fd[2];

	pair(type, fd);
	printf("%s locked\n", type_names[type]);
	say("detach none", setsockopt(fd[0], SOL_SOCKET, SO_DETACH_FILTER,
				      &(int) { 0 }, sizeof(int)));
	say("attach", attach(fd[0], begins_with_y, 4));
	say("get", getsockopt(fd[0], SOL_SOCKET, SO_GET_FILTER, got, &n));
	printf("%u, %d\n", n,
	       memcmp(got, begins_with_y, sizeof(begins_with_y)) == 0);
	on(fd[0], SO_LOCK_FILTER, 1);
	on(fd[0], SO_LOCK_FILTER, 0);
	say("attach", attach(fd[0], none, 1));
	say("detach", setsockopt(fd[0], SOL_SOCKET, SO_DETACH_FILTER,
				 &(int) { 0 }, sizeof(int)));
	close_both(fd);
}

/*
 * --- rights, what is left, times -----------------------------------------
 */

static void rights(int type)
{
	int fd[2];

	pair(type, fd);
	printf("%s rights\n", type_names[type]);
	on(fd[1], SO_PASSRIGHTS, 0);
	say("files", give(fd[0], "file", fd[1]));
	say("none", send(fd[0], "none", 4, MSG_NOSIGNAL));
	say("the other way", give(fd[1], "back", fd[1]));
	on(fd[1], SO_PASSRIGHTS, 7);
	say("files", give(fd[0], "file", fd[1]));
	take("recv", fd[1], 0);
	take("recv", fd[1], 0);
	take("recv", fd[0], 0);
	on(fd[1], SO_PASSRIGHTS, 0);
	shutdown(fd[1], SHUT_RD);
	say("an end counts more", give(fd[0], "file", fd[1]));
	close_both(fd);
}

static void inherited(int type)
{
	static const int names[] = { SO_PASSCRED, SO_PASSSEC, SO_PASSRIGHTS,
				     SO_INQ };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "\0heir" };
	const socklen_t len = offsetof(struct sockaddr_un, sun_path) + 5;
	int l = socket(AF_UNIX, type, 0), c = socket(AF_UNIX, type, 0), a;

	printf("%s inherited\n", type_names[type]);
	on(l, SO_PASSCRED, 1);
	on(l, SO_PASSSEC, 1);
	on(l, SO_PASSRIGHTS, 0);
	on(l, SO_INQ, 1);
	on(l, SO_TIMESTAMP, 1);
	attach(l, begins_with_y, 4);
	if (bind(l, (struct sockaddr *)&un, len) || listen(l, 1) ||
	    connect(c, (struct sockaddr *)&un, len))
		table_die();
	say("before accept()", give(c, "no", c));
	say("nor this", send(c, "nor", 3, MSG_NOSIGNAL));
	a = accept(l, NULL, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int v = -1;
		socklen_t n = sizeof(v);

		say("get", getsockopt(a, SOL_SOCKET, names[i], &v, &n));
		printf("%d\n", v);
	}
	take("recv", a, 0);
	close(a);
	close(c);
	close(l);
}

static void left(void)
{
	int fd[2];

	pair(SOCK_STREAM, fd);
	puts("what is left");
	on(fd[1], SO_INQ, 1);
	say("send", send(fd[0], "abcdef", 6, 0));
	take_into("peek", fd[1], MSG_PEEK, 3, 256);
	say("send", give(fd[0], "ghij", fd[0]));
	take_into("two", fd[1], 0, 2, 256);
	take_into("no room", fd[1], 0, 1, 0);
	take_into("no room for the number", fd[1], 0, 1,
		  sizeof(struct cmsghdr));
	on(fd[1], SO_PASSCRED, 1);
	take_into("with files", fd[1], 0, 4, 256);
	take_into("with files", fd[1], 0, 4, 256);
	take("all of it", fd[1], 0);
	take("nothing", fd[1], 0);
	close(fd[0]);
	take("end", fd[1], 0);
	on(fd[1], SO_INQ, 0);
	take("end", fd[1], 0);
	close(fd[1]);
}

static void stamp_of(int type, int name, int flags, int which)
{
	int fd[2];

	pair(type, fd);
	printf("%s stamp %d flags %x by %d\n", type_names[type], name,
	       (unsigned)flags, which);
	say("send", send(fd[0], "one", 3, 0));
	if (name)
		on(fd[1], name, 1);
	if (which)
		on(fd[1], which, flags);
	say("send", send(fd[0], "two", 3, 0));
	take("peek", fd[1], MSG_PEEK);
	take("recv", fd[1], 0);
	take("recv", fd[1], 0);
	close_both(fd);
}

static void stamps(int type)
{
	static const int names[] = { 0, SO_TIMESTAMP, SO_TIMESTAMPNS,
				     SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW };
	static const int flags[] = { SOF_TIMESTAMPING_SOFTWARE,
				     SOF_TIMESTAMPING_RX_SOFTWARE,
				     SOF_TIMESTAMPING_SOFTWARE |
					     SOF_TIMESTAMPING_RX_SOFTWARE,
				     SOF_TIMESTAMPING_SOFTWARE | 1 << 17,
				     SOF_TIMESTAMPING_TX_SOFTWARE };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		stamp_of(type, names[i], 0, 0);
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			stamp_of(type, names[i], flags[k], SO_TIMESTAMPING_OLD);
			stamp_of(type, names[i], flags[k], SO_TIMESTAMPING_NEW);
		}
	}
}

static void peer_names(int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "\0peer" };
	static const socklen_t rooms[] = { 0, 1, 2, 5, 7, 8, 110 };
	const socklen_t len = offsetof(struct sockaddr_un, sun_path) + 5;
	int l = socket(AF_UNIX, type, 0), c = socket(AF_UNIX, type, 0);

	printf("%s names\n", type_names[type]);
	if (bind(l, (struct sockaddr *)&un, len) ||
	    (type != SOCK_DGRAM && listen(l, 1)) ||
	    connect(c, (struct sockaddr *)&un, len))
		table_die();
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct sockaddr_un got = { 0 };
		socklen_t n = rooms[i];

		say("name", getsockopt(c, SOL_SOCKET, SO_PEERNAME, &got, &n));
		printf("%u %d %s\n", n, got.sun_family, got.sun_path + 1);
		n = rooms[i];
		say("none", getsockopt(l, SOL_SOCKET, SO_PEERNAME, &got, &n));
	}
	close(l);
	close(c);
}

/*
 * --- TCP -----------------------------------------------------------------
 */

enum { OPT_ID_TCP = 1 << 16 };

static int listener(struct sockaddr_in *a)
{
	socklen_t len = sizeof(*a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	*a = (struct sockaddr_in) { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(l, (struct sockaddr *)a, len) || listen(l, 1) ||
	    getsockname(l, (struct sockaddr *)a, &len))
		table_die();
	return l;
}

static void tcp_pair(int l, const struct sockaddr_in *a, int fd[2])
{
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd[0], (const struct sockaddr *)a, sizeof(*a)))
		table_die();
	fd[1] = accept(l, NULL, NULL);
	close(l);
}

/* Of packets the link's header is the kernel's affair. */
static void show_record(const struct msghdr *m, const char *buf, long n)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h;
	     h = CMSG_NXTHDR((struct msghdr *)(size_t)m, h)) {
		struct sock_extended_err e;

		printf(" %d/%d/%zu", h->cmsg_level, h->cmsg_type,
		       (size_t)h->cmsg_len);
		if (h->cmsg_level != IPPROTO_IP)
			continue;
		memcpy(&e, CMSG_DATA(h), sizeof(e));
		printf(" errno %u origin %u type %u code %u info %u data %u",
		       e.ee_errno, e.ee_origin, e.ee_type, e.ee_code, e.ee_info,
		       e.ee_data);
		if (e.ee_info == SCM_TSTAMP_ACK)
			printf(" %ld \"%.*s\"", n, (int)n, buf);
		else
			printf(" %d %c", n > 40, n > 40 ? buf[n - 1] : '-');
	}
	puts("");
}

/* As many as there shall be, and no more. */
static void records(int fd, int n)
{
	for (int i = 0; i <= n; i++) {
		struct pollfd p = { .fd = fd };
		char control[256], buf[4000];
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr m = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		long r;

		if (i < n)
			poll(&p, 1, 2000);
		r = recvmsg(fd, &m, MSG_ERRQUEUE);
		if (r < 0) {
			say("no record", r);
			continue;
		}
		printf("poll %x flags %x", (unsigned)p.revents,
		       (unsigned)m.msg_flags);
		show_record(&m, buf, r);
	}
}

static void drink(int fd, size_t n)
{
	char buf[4000];

	while (n) {
		ssize_t r = recv(fd, buf, sizeof(buf), 0);

		if (r <= 0)
			table_die();
		n -= (size_t)r;
	}
}

static long send_asking(int fd, const char *text, int flags)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr h;
	} u = { .h = { .cmsg_len = CMSG_LEN(sizeof(int)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SO_TIMESTAMPING_OLD } };
	struct iovec iov = { (void *)(size_t)text, strlen(text) };
	const struct msghdr m = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &u,
				  .msg_controllen = sizeof(u) };

	memcpy(CMSG_DATA(&u.h), &flags, sizeof(flags));
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static int count(int flags)
{
	return !!(flags & SOF_TIMESTAMPING_TX_SCHED) +
	       !!(flags & SOF_TIMESTAMPING_TX_SOFTWARE) +
	       !!(flags & SOF_TIMESTAMPING_TX_ACK);
}

static void tcp_leaves(int flags)
{
	static const int asked[] = { 0, SOF_TIMESTAMPING_TX_SCHED,
				     SOF_TIMESTAMPING_TX_ACK };
	static char big[3001];
	struct sockaddr_in a;
	int fd[2], l = listener(&a);

	tcp_pair(l, &a, fd);
	printf("tcp flags %x\n", (unsigned)flags);
	memset(big, 'b', sizeof(big) - 1);
	say("before", send(fd[0], "12345", 5, 0));
	drink(fd[1], 5);
	table_settle();
	on(fd[0], SO_TIMESTAMPING_OLD, flags);
	say("hello", send(fd[0], "hello", 5, 0));
	drink(fd[1], 5);
	records(fd[0], count(flags));
	say("no", send(fd[0], "no", 2, 0));
	drink(fd[1], 2);
	records(fd[0], count(flags));
	say("big", send(fd[0], big, 3000, 0));
	drink(fd[1], 3000);
	records(fd[0], count(flags));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		say("asked", send_asking(fd[0], "asked", asked[i]));
		drink(fd[1], 5);
		records(fd[0], count(asked[i]));
	}
	say("what cannot be asked", send_asking(fd[0], "x", 1 << 4));
	close_both(fd);
}

static void tcp_comes(int name, int flags, int which, int inq, int early)
{
	struct sockaddr_in a;
	int fd[2], l = listener(&a);

	printf("tcp stamp %d flags %x by %d inq %d early %d\n", name,
	       (unsigned)flags, which, inq, early);
	if (early && name)
		on(l, name, 1);
	if (early && which)
		on(l, which, flags);
	tcp_pair(l, &a, fd);
	if (!early && name)
		on(fd[1], name, 1);
	if (!early && which)
		on(fd[1], which, flags);
	setsockopt(fd[1], IPPROTO_TCP, TCP_INQ, &inq, sizeof(inq));
	say("send", send(fd[0], "abcdef", 6, 0));
	recv(fd[1], &(char) { 0 }, 1, MSG_PEEK);
	take_into("peek", fd[1], MSG_PEEK, 3, 256);
	take_into("two", fd[1], 0, 2, 256);
	take_into("trunc", fd[1], MSG_TRUNC, 1, 256);
	take("rest", fd[1], 0);
	say("urgent", send(fd[0], "u", 1, MSG_OOB));
	table_settle();
	take("urgent", fd[1], MSG_OOB);
	close(fd[0]);
	recv(fd[1], &(char) { 0 }, 1, 0);
	take("end", fd[1], 0);
	close(fd[1]);
}

static void tcp_stamps(void)
{
	enum {
		ALL = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE |
		      SOF_TIMESTAMPING_TX_ACK,
		TOLD = SOF_TIMESTAMPING_SOFTWARE,
		ID = SOF_TIMESTAMPING_OPT_ID,
		ALONE = SOF_TIMESTAMPING_OPT_TSONLY,
		RX = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE,
	};
	static const int names[] = { 0, SO_TIMESTAMP, SO_TIMESTAMPNS,
				     SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW };
	static const int flags[] = {
		ALL | TOLD,
		ALL | TOLD | ID,
		ALL | TOLD | ID | ALONE,
		ALL | TOLD | ID | ALONE | OPT_ID_TCP,
		ALL | ID,
		TOLD | ALONE | SOF_TIMESTAMPING_TX_ACK,
		TOLD | ID | SOF_TIMESTAMPING_TX_SOFTWARE,
		TOLD | ID,
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		tcp_leaves(flags[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tcp_comes(names[i], 0, 0, (int)(i & 1), 0);
		tcp_comes(names[i], RX, SO_TIMESTAMPING_OLD, 0, 1);
		tcp_comes(names[i], RX, SO_TIMESTAMPING_NEW, 1, 0);
		tcp_comes(names[i], TOLD | 1 << 17, SO_TIMESTAMPING_OLD, 0, 1);
	}
}

int table_main(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most))
		table_die();
	most.rlim_cur = most.rlim_max; /* a world's files have high numbers */
	setrlimit(RLIMIT_NOFILE, &most);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		all_through(types[i]);
		unwanted(types[i]);
		locked(types[i]);
		rights(types[i]);
		stamps(types[i]);
		peer_names(types[i]);
	}
	on(socket(AF_INET, SOCK_DGRAM, 0), SO_TIMESTAMP, 1);
	poll(NULL, 0, 50); /* now the kernel stamps all that comes */
	tcp_stamps();
	inherited(SOCK_STREAM);
	inherited(SOCK_SEQPACKET);
	left();
	return 0;
}
