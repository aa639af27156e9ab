/* SPDX-License-Identifier: MIT */
#include "run/server.h"

#include "base/list.h"
#include "run/dir.h"
#include "run/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	NEW_MS = 1000, /* so long somebody has just come */
	ABANDON_MS = 100,
};

/**
 * struct run_client - Somebody who asks
 * @asked:  an answer is due
 * @text, @len, @at: the answer, and how much of it is sent; @text NULL: none
 */
struct run_client {
	struct list clients;
	struct run_server *server;
	struct run_watch watch;
	ostia_time born;
	bool asked, has_spoken;
	int status;
	char *text;
	size_t len, at;
	void *data;
};

struct run_server {
	struct run_loop *loop;
	struct run_watch watch;
	int dir;
	bool retired;
	char net[RUN_NAME_MAX];
	const struct run_server_ops *ops;
	void *ctx;
	struct list clients;
	unsigned count;
	char request[RUN_JOIN_REQUEST];
};

static struct run_client *client_of(struct run_watch *w)
{
	return list_entry(w, struct run_client, watch);
}

/* ---- good-bye ---- */

static void hang_up(struct run_client *c)
{
	struct run_server *s = c->server;

	run_loop_forget(s->loop, &c->watch);
	close(c->watch.fd);
	list_remove(&c->clients);
	s->count--;
	s->ops->gone(s->ctx, c);
	free(c->text);
	free(c);
}

/* ---- an answer ---- */

/* Return: 1: a piece went, 0: not now, -errno */
static int send_piece(struct run_client *c)
{
	size_t n = c->len - c->at;
	struct run_join_head head = { .status = c->status };
	struct iovec iov[2] = { { &head, sizeof(head) },
				{ c->text + c->at, 0 } };
	const struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	if (n > RUN_JOIN_PIECE)
		n = RUN_JOIN_PIECE;
	iov[1].iov_len = n;
	head.more = (uint32_t)(c->len - c->at - n);
	if (sendmsg(c->watch.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	c->at += n;
	return 1;
}

static int flush(struct run_client *c)
{
	int n;

	if (!c->text)
		return 0;
	do
		n = send_piece(c);
	while (n > 0 && c->at < c->len);
	if (n < 0)
		return n;
	if (n > 0) {
		free(c->text);
		c->text = NULL;
	}
	return run_loop_watch(c->server->loop, &c->watch,
			      c->text ? EPOLLOUT : EPOLLIN);
}

void run_server_answer(struct run_client *c, int status, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n > RUN_JOIN_ANSWER) {
		status = -E2BIG;
		text = "the answer is too long";
		n = strlen(text);
	}
	c->asked = false;
	c->status = status;
	c->len = n;
	c->at = 0;
	c->text = malloc(n + 1);
	if (c->text)
		memcpy(c->text, text ? text : "", n + 1);
	/* Who cannot be answered notices that nobody listens any more. */
	if (!c->text || flush(c))
		(void)shutdown(c->watch.fd, SHUT_RDWR);
}

/* ---- a request ---- */

static void close_all(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void take_rights(struct msghdr *m, int *fds, unsigned *nfds)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && *nfds < RUN_JOIN_FDS; i++)
			memcpy(&fds[(*nfds)++], CMSG_DATA(c) + i * sizeof(int),
			       sizeof(int));
	}
}

/* Return: bytes, 0: nothing now; -errno: it is over with this client. */
static int receive(struct run_client *c, int *fds, unsigned *nfds)
{
	struct run_server *s = c->server;
	char control[CMSG_SPACE(RUN_JOIN_FDS * sizeof(int))];
	struct iovec iov = { s->request, sizeof(s->request) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(c->watch.fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*nfds = 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	take_rights(&m, fds, nfds);
	if (n == 0 || m.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
	    s->request[n - 1])
		return -EPROTO;
	return (int)n;
}

static int split(const char *p, size_t n, const char **words)
{
	unsigned count = 0;

	for (const char *end = p + n; p < end; p += strlen(p) + 1) {
		if (count == RUN_JOIN_WORDS)
			return -E2BIG;
		words[count++] = p;
	}
	return (int)count;
}

static int hear(struct run_client *c)
{
	const char *words[RUN_JOIN_WORDS];
	struct run_server *s = c->server;
	int fds[RUN_JOIN_FDS];
	unsigned nfds;
	int n = receive(c, fds, &nfds);

	if (n == 0)
		return 0;
	if (n > 0)
		n = c->asked ? -EPROTO : split(s->request, (size_t)n, words);
	if (n > 0) {
		c->asked = c->has_spoken = true;
		s->ops->ask(s->ctx, c, (unsigned)n, words, fds, nfds);
	}
	close_all(fds, nfds);
	return n < 0 ? n : 0;
}

static void on_client(struct run_watch *w, uint32_t events)
{
	struct run_client *c = client_of(w);
	int err = 0;

	if (events & EPOLLOUT)
		err = flush(c);
	else if (events & EPOLLIN)
		err = hear(c);
	else if (events & (EPOLLHUP | EPOLLERR))
		err = -ECONNRESET;
	if (err)
		hang_up(c);
}

/* ---- who comes ---- */

static bool is_friend(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       (cred.uid == geteuid() || cred.uid == 0);
}

static int welcome(struct run_server *s, int fd)
{
	struct run_client *c;
	int err;

	if (!is_friend(fd) || s->count == RUN_SERVER_CLIENTS)
		return -EPERM;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->server = s;
	c->watch.fn = on_client;
	c->watch.fd = fd;
	c->born = run_loop_clock();
	err = run_loop_watch(s->loop, &c->watch, EPOLLIN);
	if (err) {
		free(c);
		return err;
	}
	list_push(&s->clients, &c->clients);
	s->count++;
	return 0;
}

/* Return: how many came */
static unsigned take_in(struct run_server *s)
{
	unsigned n = 0;
	int fd;

	while ((fd = accept4(s->watch.fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		if (welcome(s, fd))
			close(fd);
		else
			n++;
	return n;
}

static void on_listener(struct run_watch *w, uint32_t events)
{
	struct run_server *s = list_entry(w, struct run_server, watch);

	(void)events;
	(void)take_in(s);
}

/* ---- beginning and end ---- */

int run_server_new(struct run_loop *loop, int listener, int dir,
		   const char *net, const struct run_server_ops *ops, void *ctx,
		   struct run_server **out)
{
	struct run_server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->watch.fn = on_listener;
	s->watch.fd = listener;
	s->dir = dir;
	strncpy(s->net, net, sizeof(s->net) - 1);
	s->ops = ops;
	s->ctx = ctx;
	list_init(&s->clients);
	err = run_loop_watch(loop, &s->watch, EPOLLIN);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void run_server_free(struct run_server *s)
{
	list_each_safe (node, &s->clients)
		hang_up(list_entry(node, struct run_client, clients));
	run_loop_forget(s->loop, &s->watch);
	close(s->watch.fd);
	close(s->dir);
	free(s);
}

void **run_server_data(struct run_client *c)
{
	return &c->data;
}

bool run_server_busy(const struct run_server *s)
{
	ostia_time now = run_loop_clock();

	list_each (node, &s->clients) {
		const struct run_client *c =
			list_entry(node, struct run_client, clients);

		if (c->asked || c->data)
			return true;
		if (!c->has_spoken && now - c->born < NEW_MS * OSTIA_MS)
			return true;
	}
	return false;
}

int run_server_retire(struct run_server *s)
{
	int lock = run_dir_lock(s->dir, s->net, 0);

	if (lock == -ETIMEDOUT)
		return -EAGAIN;
	if (take_in(s) || run_server_busy(s)) {
		if (lock >= 0)
			close(lock);
		return -EAGAIN;
	}
	run_dir_remove(s->dir, s->net);
	s->retired = true; /* another of that name may come now */
	if (lock >= 0)
		close(lock);
	return 0;
}

/* Who holds the lock for long is not waited for: sockets where nobody listens
 * are removed by the next who comes.
 */
void run_server_abandon(struct run_server *s)
{
	int lock;

	if (s->retired)
		return;
	lock = run_dir_lock(s->dir, s->net, ABANDON_MS);
	if (lock < 0)
		return;
	run_dir_remove(s->dir, s->net);
	close(lock);
}
