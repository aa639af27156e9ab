/* SPDX-License-Identifier: MIT */
#include "run/pump.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PAIR_BYTES = 1 << 20, /* SO_SNDBUF of either end, as far as we may */
	MUCH = 64 << 10, /* at once: it is worth a larger buffer */
	PIECE = 256 << 10, /* bytes moved at once */
	SHARE = 64 << 10, /* of a connection's sending, when memory is short */
	ORPHAN_MS = 100000, /* as Linux gives up an orphan's probes */
	PIECES = 2, /* of one connection before others have their turn */
};

static struct ostia_proc *proc_of(const struct run_stream *s)
{
	return s->door.host->proc;
}

static struct run_sup_stats *stats_of(const struct run_stream *s)
{
	return &s->door.host->sup->stats;
}

void run_pump_enlarge(int fd, uint32_t bytes)
{
	const int size = bytes && bytes < PAIR_BYTES ? (int)bytes : PAIR_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* ---- from the guest to the stack ---- */

static void enlarge_in(struct run_stream *s)
{
	int fd = run_door_guest_end(&s->door);

	s->large_in = true;
	if (fd < 0)
		return;
	run_pump_enlarge(fd, s->sndbuf);
	close(fd);
}

static bool keep(struct run_stream *s, const uint8_t *p, size_t n)
{
	s->left = malloc(n);
	if (!s->left)
		return false;
	memcpy(s->left, p, n);
	s->left_at = 0;
	s->left_len = (uint32_t)n;
	return true;
}

static void drop_left(struct run_stream *s)
{
	free(s->left);
	s->left = NULL;
	s->left_at = 0;
	s->left_len = 0;
}

/* Memory is short, and this one has some: the rest waits in the pair. */
static bool has_its_share(struct run_stream *s)
{
	int queued = 0;

	s->tight = run_sup_is_tight(s->door.host->sup) &&
		   !ostia_ioctl(proc_of(s), s->door.fd, SIOCOUTQ, &queued) &&
		   queued >= SHARE;
	return s->tight;
}

/* What the stack takes, 0 when it has no room. Once it has refused, all is
 * taken and lost: the error is told in its turn, behind the peer's bytes.
 */
static size_t give(struct run_stream *s, const void *p, size_t n)
{
	ssize_t done;

	if (s->failed)
		return n;
	if (has_its_share(s))
		return 0;
	done = ostia_send(proc_of(s), s->door.fd, p, n, MSG_NOSIGNAL);
	if (done >= 0) {
		stats_of(s)->bytes_in += (uint64_t)done;
		run_sup_touch(s->door.host);
		return (size_t)done;
	}
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
		return 0;
	s->failed = true;
	if (errno != EPIPE)
		s->error = errno;
	return n;
}

/* True: nothing of the past is left. */
static bool give_left(struct run_stream *s)
{
	if (!s->left_len)
		return true;
	s->left_at += (uint32_t)give(s, s->left + s->left_at,
				     s->left_len - s->left_at);
	if (s->left_at < s->left_len)
		return false;
	drop_left(s);
	return true;
}

void run_pump_defuse(struct run_stream *s)
{
	uint8_t byte;

	run_pump_let_go(s);
	if (s->bait || (s->mined && !s->ahead))
		recv(s->door.pair.fd, &byte, 1, MSG_DONTWAIT);
	s->mined = s->bait = false;
}

int run_pump_unread(const struct run_stream *s)
{
	int n = 0;

	ioctl(s->door.pair.fd, SIOCINQ, &n);
	return n - (int)s->held - s->bait;
}

void run_pump_bait(struct run_stream *s, int guest_end)
{
	if (s->door.inode && guest_end >= 0)
		s->bait = send(guest_end, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) ==
			  1;
}

static bool end_of_guest(struct run_stream *s)
{
	const bool hung_up = s->wr_shut && s->out_eof;

	s->in_eof = true;
	if (s->closed || (hung_up && !run_door_held(&s->door))) {
		run_pump_defuse(s);
		run_door_free(&s->door);
		return false;
	}
	ostia_shutdown(proc_of(s), s->door.fd, SHUT_WR);
	run_sup_touch(s->door.host);
	return true;
}

/* The guest closed and had bytes unread: RFC 9293 3.6.1's reset, RFC 2525
 * 2.17.
 */
static bool abort_connection(struct run_stream *s)
{
	const struct linger now = { .l_onoff = 1 };

	ostia_setsockopt(proc_of(s), s->door.fd, SOL_SOCKET, SO_LINGER, &now,
			 sizeof(now));
	run_door_free(&s->door);
	return false;
}

static bool guest_ended(const struct run_stream *s)
{
	struct pollfd p = { .fd = s->door.pair.fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP));
}

/* The first byte is old. All but the last go; that is looked at, and the first
 * next time. The second recv finds what the first one saw. The end is asked
 * for before: behind it nothing comes any more.
 */
static ssize_t take_but_one(struct run_stream *s, uint8_t *buf)
{
	const bool ended = guest_ended(s);
	ssize_t n = recv(s->door.pair.fd, buf, PIECE, MSG_DONTWAIT | MSG_PEEK);

	if (n < 0)
		return n;
	if (n > 1)
		return recv(s->door.pair.fd, buf, (size_t)n - 1, MSG_DONTWAIT);
	if (ended)
		return 0;
	errno = EAGAIN;
	return -1;
}

/* ---- short messages ----
 *
 * Who reads a message makes room for others. The kernel wakes its writer for
 * that, even if he sleeps in recv() and waits for the answer: two switches for
 * nothing. So a short message is looked at and stays, the next one or the
 * answer takes it out. It must never be what keeps the guest from writing: the
 * kernel says POLLOUT while a quarter of the send buffer is in use, and a byte
 * may cost a packet (run_sup.held_max).
 *
 * Edges alone are news then. What was looked at is all there was: the kernel
 * stops early only behind descriptors that came with it, and says so.
 */

static bool may_hold(const struct run_stream *s)
{
	return !s->bulky && !s->closed && !s->wr_shut && !s->mined &&
	       !s->bait && !s->small && !s->sndbuf &&
	       s->door.host->sup->held_max;
}

void run_pump_let_go(struct run_stream *s)
{
	uint8_t old[RUN_SUP_HELD];

	if (s->held)
		recv(s->door.pair.fd, old, s->held, MSG_DONTWAIT);
	s->held = 0;
}

static ssize_t look(struct run_stream *s, uint8_t *buf)
{
	struct iovec iov = { buf, PIECE };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(s->door.pair.fd, &m, MSG_DONTWAIT | MSG_PEEK);

	if (n <= 0)
		return n;
	s->bulky = n > s->door.host->sup->held_max || m.msg_flags & MSG_CTRUNC;
	if (s->bulky)
		return recv(s->door.pair.fd, buf, (size_t)n, MSG_DONTWAIT);
	s->held = (uint32_t)n;
	return n;
}

/* EOF is where the byte is that we put there. */
static ssize_t take(struct run_stream *s, const uint8_t **data)
{
	uint8_t *buf = s->door.host->sup->buf;
	size_t most = s->mined && s->ahead < PIECE ? s->ahead : PIECE;
	ssize_t n;

	*data = s->bait ? buf + 1 : buf;
	run_pump_let_go(s);
	if (s->bait)
		return take_but_one(s, buf);
	if (may_hold(s))
		return look(s, buf);
	n = most ? recv(s->door.pair.fd, buf, most, MSG_DONTWAIT) : 0;
	if (n > 0)
		s->bulky = n > s->door.host->sup->held_max;
	if (n > 0 && s->mined)
		s->ahead -= (uint32_t)n;
	return n;
}

void run_pump_mine(struct run_stream *s)
{
	int fd = s->bait ? -1 : run_door_guest_end(&s->door), n;

	run_pump_let_go(s);
	n = run_pump_unread(s);

	if (fd < 0)
		return;
	s->mined = send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
	s->ahead = (uint32_t)n;
	close(fd);
}

bool run_pump_in(struct run_stream *s)
{
	/* To its end if there may be no more news of it. */
	const bool ends = s->closed || s->wr_shut || s->bait;
	const uint8_t *buf;

	if (s->in_eof)
		return true;
	for (int i = 0; give_left(s) && (i < PIECES || ends); i++) {
		ssize_t n = take(s, &buf);
		size_t done;

		if (n == 0)
			return end_of_guest(s);
		if (n < 0 && errno == ECONNRESET)
			return abort_connection(s);
		if (n < 0)
			return true;
		if (n >= MUCH && !s->large_in)
			enlarge_in(s);
		done = give(s, buf, (size_t)n);
		if (done < (size_t)n && !keep(s, buf + done, (size_t)n - done))
			return abort_connection(s);
		if (n < PIECE / 4 && !ends)
			return true; /* most likely there is no more */
	}
	return true;
}

/* ---- from the stack to the guest ---- */

static void give_back(struct run_stream *s)
{
	ostia_recv_return(proc_of(s), s->loan);
	s->lent = 0;
	run_sup_touch(s->door.host);
}

static void skip(struct iovec *iov, int n, size_t done)
{
	for (int i = 0; i < n && done; i++) {
		size_t part = done < iov[i].iov_len ? done : iov[i].iov_len;

		iov[i].iov_base = (uint8_t *)iov[i].iov_base + part;
		iov[i].iov_len -= part;
		done -= part;
	}
}

/* True: the loan is in the pair (or the guest wants no more bytes). EPIPE is
 * a last close that we shall hear of: what is lent then was not read. Who has
 * emptied the pair that was full gets a larger one; who has stopped does not:
 * his peer is to be held up about where Linux would hold it up.
 */
static bool deliver(struct run_stream *s)
{
	struct msghdr m = { .msg_iov = s->loan->iov,
			    .msg_iovlen = (size_t)s->loan->niov };
	ssize_t n = s->out_eof ? -1
			       : sendmsg(s->door.pair.fd, &m,
					 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (s->out_eof) {
		give_back(s);
		return true;
	}
	if (n > 0) {
		stats_of(s)->bytes_out += (uint64_t)n;
		skip(s->loan->iov, s->loan->niov, (size_t)n);
		s->lent -= (uint32_t)n;
		run_pump_let_go(s);
	}
	if (s->lent && s->drained && !s->large_out) {
		s->large_out = true;
		run_pump_enlarge(s->door.pair.fd, s->rcvbuf);
		return deliver(s);
	}
	if (s->lent)
		return false;
	give_back(s);
	return true;
}

static bool end_of_peer(struct run_stream *s)
{
	if (!s->out_eof)
		shutdown(s->door.pair.fd, SHUT_WR);
	s->out_eof = true;
	run_pump_let_go(s);
	run_door_retry(&s->door);
	return true;
}

static bool nothing_to_take(struct run_stream *s)
{
	if (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS ||
	    errno == ENOTCONN) {
		if (s->rd_shut)
			return end_of_peer(s);
		return true;
	}
	run_stream_end(s, errno);
	return false;
}

static bool take_loan(struct run_stream *s, ssize_t *n)
{
	if (!s->loan)
		s->loan = calloc(1, sizeof(*s->loan));
	if (!s->loan)
		return false;
	*n = ostia_recv_loan(proc_of(s), s->door.fd, s->loan, PIECE);
	return true;
}

static void drop_loan(struct run_stream *s)
{
	if (s->lent)
		return;
	free(s->loan);
	s->loan = NULL;
}

/* RFC 6093: the urgent byte in its place. The kernel's pairs know of one, too:
 * SIGURG, POLLPRI, the mark and MSG_OOB are its affair from here on. With
 * SO_OOBINLINE it is an ordinary byte for us. False: the pair is full.
 */
static bool move_urgent(struct run_stream *s)
{
	uint8_t byte;
	int mark = 0;

	ostia_ioctl(proc_of(s), s->door.fd, SIOCATMARK, &mark);
	if (!mark)
		return true;
	if (ostia_recv(proc_of(s), s->door.fd, &byte, 1, MSG_OOB | MSG_PEEK) !=
		    1 &&
	    ostia_recv(proc_of(s), s->door.fd, &byte, 1, MSG_PEEK) != 1)
		return true;
	s->stuck = send(s->door.pair.fd, &byte, 1,
			MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		   errno == EAGAIN;
	if (s->stuck)
		return false;
	if (ostia_recv(proc_of(s), s->door.fd, &byte, 1, MSG_OOB) != 1)
		ostia_recv(proc_of(s), s->door.fd, &byte, 1, 0);
	return true;
}

static bool pump_out(struct run_stream *s)
{
	for (int i = 0; i < PIECES; i++) {
		ssize_t n = 0;

		if (s->lent && !deliver(s))
			return true;
		if (!move_urgent(s))
			return true;
		if (!take_loan(s, &n))
			return true;
		if (n == 0 && s->error) {
			run_stream_end(s, s->error);
			return false;
		}
		if (n == 0)
			return end_of_peer(s);
		if (n < 0)
			return nothing_to_take(s);
		s->lent = (uint32_t)n;
		if (!deliver(s))
			return true;
		if (!list_empty(&s->door.waiters))
			run_door_retry(&s->door);
	}
	return true;
}

bool run_pump_out(struct run_stream *s)
{
	if (!pump_out(s))
		return false;
	drop_loan(s);
	return true;
}

/* ---- both ---- */

static uint32_t stack_wants(const struct run_stream *s)
{
	uint32_t mask = POLLERR;

	if ((s->in_eof && s->out_eof) || (s->hup && s->lent && !s->left_len))
		return 0; /* it would come at once, again and again */
	if (!s->out_eof && !s->lent && !s->closed && !s->stuck)
		mask |= POLLIN | POLLPRI;
	if (s->left_len && !s->tight)
		mask |= POLLOUT;
	return mask;
}

/* A pair that has hung up says so for ever, and so does one with a bait, or
 * with what is held: then edges alone are asked for.
 */
static uint32_t pair_wants(const struct run_stream *s)
{
	uint32_t events = 0;

	if (!s->in_eof && !s->left_len)
		events |= s->bait    ? EPOLLIN | EPOLLRDHUP | EPOLLET
			  : s->bulky ? EPOLLIN
				     : EPOLLIN | EPOLLET;
	if (s->lent || s->stuck)
		events |= EPOLLOUT;
	if (s->wr_shut && s->out_eof)
		events |= EPOLLET;
	return events ? events : EPOLLET;
}

void run_pump_watch(struct run_stream *s)
{
	struct run_loop *l = &s->door.host->sup->loop;

	if (s->state != RUN_STREAM_CONNECTED)
		return;
	run_door_expect(&s->door, stack_wants(s));
	if (s->left_len && s->tight)
		run_door_again(&s->door);
	if (s->closed)
		run_loop_forget(l, &s->door.pair);
	else
		run_loop_watch(l, &s->door.pair, pair_wants(s));
}

void run_pump_start(struct run_stream *s)
{
	s->state = RUN_STREAM_CONNECTED;
	run_pump_watch(s);
}

/* Bytes are left that the stack has no room for. Who closed will not ask any
 * more, so a peer that takes none of them for long is given up.
 */
static void linger(struct run_stream *s)
{
	const int ms = ORPHAN_MS;

	ostia_setsockopt(proc_of(s), s->door.fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
			 &ms, sizeof(ms));
	run_pump_watch(s);
}

void run_pump_on_hangup(struct run_stream *s, bool unread)
{
	if (s->wr_shut && s->out_eof) {
		if (run_pump_in(s) && s->in_eof && !run_door_held(&s->door)) {
			run_pump_defuse(s);
			run_door_free(&s->door);
		}
		return;
	}
	s->closed = true;
	if (unread || s->lent)
		abort_connection(s);
	else if (s->in_eof)
		run_door_free(&s->door);
	else if (run_pump_in(s))
		linger(s);
}

void run_pump_fini(struct run_stream *s)
{
	drop_left(s);
	if (s->lent)
		give_back(s);
	drop_loan(s);
}
