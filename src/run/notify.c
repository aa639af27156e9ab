/* SPDX-License-Identifier: MIT */
#include "run/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since Linux 6.6; not in the headers that we build with. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1ul

static int sizes_fit(void)
{
	struct seccomp_notif_sizes s;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &s))
		return -errno;
	if (s.seccomp_notif > sizeof(union run_notify) ||
	    s.seccomp_notif_resp > sizeof(struct seccomp_notif_resp))
		return -E2BIG;
	return 0;
}

int run_notify_open(int listener)
{
	int err = sizes_fit();

	if (err)
		return err;
	fcntl(listener, F_SETFD, FD_CLOEXEC);
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP);
	return 0;
}

int run_notify_recv(int listener, union run_notify *out)
{
	memset(out, 0, sizeof(*out)); /* the kernel insists */
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &out->n) ? -errno : 0;
}

bool run_notify_waiting(int listener)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

static int answer(int listener, const struct seccomp_notif_resp *r)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, r) ? -errno : 0;
}

int run_notify_send(int listener, uint64_t id, int64_t value)
{
	const struct seccomp_notif_resp r = {
		.id = id,
		.val = value < 0 ? 0 : value,
		.error = value < 0 ? (int)value : 0,
	};

	return answer(listener, &r);
}

int run_notify_continue(int listener, uint64_t id)
{
	const struct seccomp_notif_resp r = {
		.id = id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	return answer(listener, &r);
}

int run_notify_add(int listener, uint64_t id, int fd, bool cloexec)
{
	const struct seccomp_notif_addfd a = {
		.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	int n = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &a);

	return n < 0 ? -errno : n;
}

int run_notify_put(int listener, uint64_t id, int fd, int at, bool cloexec)
{
	const struct seccomp_notif_addfd a = {
		.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)fd,
		.newfd = (uint32_t)at,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &a) < 0 ? -errno : 0;
}

bool run_notify_valid(int listener, uint64_t id)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}
