/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * os/unix.c - frames over an AF_UNIX socket, to a stack of another process
 *
 * One message a frame on SEQPACKET and DGRAM sockets; on a STREAM four bytes
 * of length, big-endian, stand before each (as QEMU's stream netdev has it).
 * Checksums are complete and nothing is larger than the MTU: the other side
 * may be any program.
 */
#include "base/pkt.h"
#include "os/driver.h"
#include "wire/be.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	UNIX_MTU = 1500,
	UNIX_FRAME_MAX = 65550,
	UNIX_LEN = 4,
	UNIX_TRIES = 100,
	UNIX_LISTEN_MS = 60000, /* how long to wait for the other side */
};

/**
 * struct unix_driver - See above
 * @in, @in_len: STREAM: bytes read and not yet a whole frame
 * @out, @out_len, @out_off: STREAM: a frame that went out in part
 */
struct unix_driver {
	struct driver d;
	bool stream, dgram;
	uint8_t *in, *out;
	uint32_t in_len, out_len, out_off;
};

/* A peer that closed with something unread makes our next recv() say
 * ECONNRESET, once, before what he had sent: his last acknowledgments.
 */
static ssize_t receive(int fd, void *p, size_t n)
{
	ssize_t r = recv(fd, p, n, MSG_DONTWAIT);

	if (r < 0 && errno == ECONNRESET)
		r = recv(fd, p, n, MSG_DONTWAIT);
	return r;
}

static int read_message(struct driver *d, struct ostia_pkt **out)
{
	struct unix_driver *u = (struct unix_driver *)d;
	ssize_t n = receive(u->d.fd, u->in, UNIX_FRAME_MAX);

	if (n < 0)
		return errno == EINTR || errno == ECONNREFUSED ? -EAGAIN
							       : -errno;
	if (n == 0)
		return u->dgram ? -EAGAIN : -EPIPE;
	*out = ostia_pkt_from(u->d.pool, u->in, (size_t)n);
	return *out ? 0 : -ENOMEM;
}

/* The first whole frame of @in; a length that cannot be ends the link. */
static int next_frame(struct unix_driver *u, struct ostia_pkt **out)
{
	uint32_t len;

	if (u->in_len < UNIX_LEN)
		return -EAGAIN;
	len = wire_be_get32(u->in);
	if (len == 0 || len > UNIX_FRAME_MAX)
		return -EPROTO;
	if (u->in_len < UNIX_LEN + len)
		return -EAGAIN;
	*out = ostia_pkt_from(u->d.pool, u->in + UNIX_LEN, len);
	u->in_len -= UNIX_LEN + len;
	memmove(u->in, u->in + UNIX_LEN + len, u->in_len);
	return *out ? 0 : -ENOMEM;
}

static int read_stream(struct driver *d, struct ostia_pkt **out)
{
	struct unix_driver *u = (struct unix_driver *)d;
	int err = next_frame(u, out);
	ssize_t n;

	if (err != -EAGAIN)
		return err;
	n = receive(u->d.fd, u->in + u->in_len,
		    UNIX_LEN + UNIX_FRAME_MAX - u->in_len);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return -EPIPE;
	u->in_len += (uint32_t)n;
	return next_frame(u, out);
}

static int unix_read(struct driver *d, struct ostia_pkt **batch, int max)
{
	const struct unix_driver *u = (const struct unix_driver *)d;

	return driver_batch(d, batch, max,
			    u->stream ? read_stream : read_message);
}

/* What is left of the frame that went out in part. */
static int unix_flush(struct driver *d)
{
	struct unix_driver *u = (struct unix_driver *)d;

	while (u->out_off < u->out_len) {
		ssize_t n = send(d->fd, u->out + u->out_off,
				 u->out_len - u->out_off,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EINTR ? -EAGAIN : -errno;
		u->out_off += (uint32_t)n;
	}
	d->unsent = false;
	return 0;
}

static int unix_write(struct driver *d, struct ostia_pkt *p)
{
	struct unix_driver *u = (struct unix_driver *)d;
	struct iovec iov[OSTIA_PKT_SLICES + 1];
	struct msghdr msg = { .msg_iov = iov };
	int err;

	if (!u->stream) {
		msg.msg_iovlen = (size_t)ostia_pkt_iov(p, iov);
		if (sendmsg(d->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return 0;
		return errno == EINTR || errno == ENOBUFS ? -EAGAIN : -errno;
	}
	err = unix_flush(d);
	if (err)
		return err;
	if (p->len > UNIX_FRAME_MAX)
		return -EMSGSIZE;
	wire_be_put32(u->out, p->len);
	ostia_pkt_copy_out(p, 0, u->out + UNIX_LEN, p->len);
	u->out_len = UNIX_LEN + p->len;
	u->out_off = 0;
	d->unsent = true;
	err = unix_flush(d);
	return err == -EAGAIN ? 0 : err;
}

static void unix_free(struct driver *d)
{
	struct unix_driver *u = (struct unix_driver *)d;

	close(d->fd);
	free(u->in);
	free(u->out);
	free(u);
}

static const struct driver_ops unix_ops = {
	.read = unix_read,
	.write = unix_write,
	.flush = unix_flush,
	.free = unix_free,
};

static int path_address(struct driver_open *o, struct sockaddr_un *a)
{
	size_t n = strlen(o->name);

	*a = (struct sockaddr_un) { .sun_family = AF_UNIX };
	if (n >= sizeof(a->sun_path))
		return driver_why(o, -ENAMETOOLONG,
				  "unix=%s: a path has at most %zu characters",
				  o->name, sizeof(a->sun_path) - 1);
	memcpy(a->sun_path, o->name, n);
	return 0;
}

static int accept_one(struct driver_open *o, const struct sockaddr_un *a)
{
	int l = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = l, .events = POLLIN };
	int fd = -1, err = 0;

	if (l < 0 || bind(l, (const struct sockaddr *)a, sizeof(*a)) < 0 ||
	    listen(l, 1) < 0)
		err = -errno;
	else if (poll(&p, 1, UNIX_LISTEN_MS) != 1)
		err = -ETIMEDOUT;
	else if ((fd = accept4(l, NULL, NULL, SOCK_CLOEXEC)) < 0)
		err = -errno;
	if (l >= 0)
		close(l);
	if (err != -EADDRINUSE)
		unlink(a->sun_path);
	if (err)
		return driver_why(o, err, "unix-listen=%s: %s", o->name,
				  strerror(-err));
	return fd;
}

static int dial(struct driver_open *o, const struct sockaddr_un *a)
{
	const struct timespec tick = { .tv_nsec = 10000000 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? -errno : 0;

	/* The other side may be between its bind() and its listen(). */
	for (int tries = 0; fd >= 0 && tries < UNIX_TRIES; tries++) {
		if (connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0)
			return fd;
		err = -errno;
		if (err != -ECONNREFUSED)
			break;
		nanosleep(&tick, NULL);
	}
	if (fd >= 0)
		close(fd);
	return driver_why(o, err,
			  "unix=%s: %s (start the other side with "
			  "unix-listen=%s first)",
			  o->name, strerror(-err), o->name);
}

static int open_socket(struct driver_open *o)
{
	int fd = driver_fd_name(o->name);
	struct sockaddr_un a;
	int err;

	if (fd >= 0)
		return fd;
	err = path_address(o, &a);
	if (err)
		return err;
	return o->listen ? accept_one(o, &a) : dial(o, &a);
}

int unix_open(struct driver_open *o, struct driver **out)
{
	struct unix_driver *u = calloc(1, sizeof(*u));
	int fd = u ? open_socket(o) : driver_why(o, -ENOMEM, "no memory");
	socklen_t len = sizeof(int);
	int type = 0;

	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		fd = driver_why(o, -errno, "unix=%s: %s", o->name,
				strerror(errno));
	if (fd < 0) {
		free(u);
		return fd;
	}
	u->d = (struct driver) { .ops = &unix_ops, .pool = o->pool, .fd = fd };
	u->stream = type == SOCK_STREAM;
	u->dgram = type == SOCK_DGRAM;
	u->in = malloc(UNIX_LEN + UNIX_FRAME_MAX);
	u->out = malloc(UNIX_LEN + UNIX_FRAME_MAX);
	if (!u->in || !u->out) {
		unix_free(&u->d);
		return driver_why(o, -ENOMEM, "no memory");
	}
	o->mtu = UNIX_MTU;
	o->caps = 0;
	*out = &u->d;
	return 0;
}
