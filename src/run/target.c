/* SPDX-License-Identifier: MIT */
#include "run/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since Linux 6.9; not in the headers that we build with. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

static void keep_reserve(struct run_target *t)
{
	for (int i = 0; i < 2; i++)
		if (t->reserve[i] < 0)
			t->reserve[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void use_reserve(struct run_target *t)
{
	for (int i = 0; i < 2; i++) {
		if (t->reserve[i] >= 0)
			close(t->reserve[i]);
		t->reserve[i] = -1;
	}
}

void run_target_init(struct run_target *t)
{
	*t = (struct run_target) { .reserve = { -1, -1 } };
	keep_reserve(t);
}

static void forget_pidfd(struct run_target *t, pid_t tid)
{
	const unsigned i = (unsigned)tid % RUN_TARGET_PIDFDS;

	if (!t->pidfd[i].tid)
		return;
	close(t->pidfd[i].fd);
	t->pidfd[i].tid = 0;
}

void run_target_fini(struct run_target *t)
{
	run_target_spare(t);
	use_reserve(t);
}

void run_target_spare(struct run_target *t)
{
	for (pid_t i = 0; i < RUN_TARGET_PIDFDS; i++)
		forget_pidfd(t, i);
}

/* ---- memory ---- */

static int open_proc(pid_t tid, const char *what, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, what);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Whole or not at all: what is half there is not there. */
static int by_file(pid_t tid, uint64_t addr, void *p, size_t n, bool to_guest)
{
	int fd = open_proc(tid, "mem", to_guest ? O_RDWR : O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : -EPERM;
	got = to_guest ? pwrite(fd, p, n, (off_t)addr)
		       : pread(fd, p, n, (off_t)addr);
	close(fd);
	return got == (ssize_t)n ? 0 : -EFAULT;
}

static int by_vm(pid_t tid, uint64_t addr, void *p, size_t n, bool to_guest)
{
	struct iovec here = { .iov_base = p, .iov_len = n };
	struct iovec there = { .iov_base = (void *)(uintptr_t)addr,
			       .iov_len = n };
	ssize_t got = to_guest ? process_vm_writev(tid, &here, 1, &there, 1, 0)
			       : process_vm_readv(tid, &here, 1, &there, 1, 0);

	if (got < 0)
		return -errno;
	return got == (ssize_t)n ? 0 : -EFAULT;
}

static int copy(struct run_target *t, pid_t tid, uint64_t addr, void *p,
		size_t n, bool to_guest)
{
	int err = -ENOSYS;

	if (n == 0)
		return 0;
	if (!t->no_vm)
		err = by_vm(tid, addr, p, n, to_guest);
	if (err == -ENOSYS)
		t->no_vm = true;
	if (err == -ENOSYS || err == -EPERM)
		err = by_file(tid, addr, p, n, to_guest);
	return err;
}

int run_target_read(struct run_target *t, pid_t tid, uint64_t addr, void *to,
		    size_t n)
{
	return copy(t, tid, addr, to, n, false);
}

int run_target_write(struct run_target *t, pid_t tid, uint64_t addr,
		     const void *from, size_t n)
{
	return copy(t, tid, addr, (void *)(uintptr_t)from, n, true);
}

/* In pieces that end at pages: the next page may not be there. */
ssize_t run_target_text(struct run_target *t, pid_t tid, uint64_t addr,
			char *to, size_t size)
{
	size_t have = 0;

	while (have < size) {
		size_t n = 4096 - ((addr + have) & 4095);
		const char *end;
		int err;

		if (n > size - have)
			n = size - have;
		err = run_target_read(t, tid, addr + have, to + have, n);
		if (err)
			return err;
		end = memchr(to + have, 0, n);
		if (end)
			return end - to;
		have += n;
	}
	return -ENAMETOOLONG;
}

ssize_t run_target_iov(struct run_target *t, pid_t tid, uint64_t addr, size_t n,
		       struct iovec *out)
{
	size_t sum = 0;
	int err;

	if (n > RUN_TARGET_IOV_MAX)
		return -EMSGSIZE;
	err = run_target_read(t, tid, addr, out, n * sizeof(*out));
	for (size_t i = 0; i < n && !err; i++)
		if (out[i].iov_len > SSIZE_MAX ||
		    __builtin_add_overflow(sum, out[i].iov_len, &sum) ||
		    sum > SSIZE_MAX)
			err = -EINVAL;
	return err ? err : (ssize_t)sum;
}

static ssize_t move(struct run_target *t, pid_t tid, const struct iovec *iov,
		    size_t n, uint8_t *p, size_t size, bool to_guest)
{
	size_t done = 0;

	for (size_t i = 0; i < n && done < size; i++) {
		size_t part = iov[i].iov_len;
		int err;

		if (part > size - done)
			part = size - done;
		err = copy(t, tid, (uintptr_t)iov[i].iov_base, p + done, part,
			   to_guest);
		if (err)
			return err;
		done += part;
	}
	return (ssize_t)done;
}

ssize_t run_target_gather(struct run_target *t, pid_t tid,
			  const struct iovec *iov, size_t n, void *to,
			  size_t size)
{
	return move(t, tid, iov, n, to, size, false);
}

ssize_t run_target_scatter(struct run_target *t, pid_t tid,
			   const struct iovec *iov, size_t n, const void *from,
			   size_t size)
{
	return move(t, tid, iov, n, (uint8_t *)(uintptr_t)from, size, true);
}

/* ---- descriptors ---- */

/* A line "NAME:\tVALUE" of a small file under /proc/TID; base 0 as strtoul. */
static int64_t proc_field(pid_t tid, const char *file, const char *name,
			  int base)
{
	char text[4096];
	int fd = open_proc(tid, file, O_RDONLY);
	const char *at;
	ssize_t n;

	if (fd < 0)
		return -ESRCH;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, name);
	return at ? (int64_t)strtoull(at + strlen(name), NULL, base) : -ENOENT;
}

pid_t run_target_process(pid_t tid)
{
	int64_t pid = proc_field(tid, "status", "\nTgid:\t", 10);

	return pid > 0 ? (pid_t)pid : -ESRCH;
}

static int open_pidfd(struct run_target *t, pid_t tid)
{
	int fd = -1;

	if (!t->no_thread) {
		fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
		if (fd < 0 && errno == EINVAL)
			t->no_thread = true;
	}
	if (fd < 0 && t->no_thread) {
		pid_t pid = run_target_process(tid);

		if (pid < 0)
			return pid;
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
	}
	return fd < 0 ? -errno : fd;
}

static int pidfd_of(struct run_target *t, pid_t tid)
{
	const unsigned i = (unsigned)tid % RUN_TARGET_PIDFDS;
	int fd;

	if (t->pidfd[i].tid == tid)
		return t->pidfd[i].fd;
	forget_pidfd(t, tid);
	fd = open_pidfd(t, tid);
	if (fd < 0)
		return fd;
	t->pidfd[i].tid = tid;
	t->pidfd[i].fd = fd;
	return fd;
}

static int getfd(struct run_target *t, pid_t tid, int fd)
{
	int pidfd = pidfd_of(t, tid), got;

	if (pidfd < 0)
		return pidfd;
	got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	return got < 0 ? -errno : got;
}

int run_target_fd(struct run_target *t, pid_t tid, int fd)
{
	int got;

	keep_reserve(t);
	got = getfd(t, tid, fd);
	if (got == -EMFILE) {
		run_target_spare(t);
		use_reserve(t);
		got = getfd(t, tid, fd);
	}
	if (got == -ESRCH) {
		forget_pidfd(t, tid); /* an earlier thread's */
		got = getfd(t, tid, fd);
	}
	if (got == -ENOSYS)
		got = -EPERM;
	if (got == -EPERM)
		t->no_getfd = true;
	return got;
}

uint64_t run_target_inode(pid_t tid, int fd)
{
	char path[64], text[64];
	unsigned long long inode;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
	n = readlink(path, text, sizeof(text) - 1);
	if (n < 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

typedef void socket_fn(void *ctx, uint64_t inode, pid_t pid, int fd);

static void each_socket_of(pid_t pid, socket_fn *fn, void *ctx)
{
	char path[32];
	struct dirent *e;
	uint64_t inode;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return;
	while ((e = readdir(d))) {
		int fd = atoi(e->d_name);

		inode = e->d_name[0] == '.' ? 0 : run_target_inode(pid, fd);
		if (inode)
			fn(ctx, inode, pid, fd);
	}
	closedir(d);
}

void run_target_each_socket(socket_fn *fn, void *ctx)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid > 0 && pid != getpid())
			each_socket_of(pid, fn, ctx);
	}
	closedir(d);
}

struct count {
	uint64_t inode;
	unsigned n;
};

static void count(void *ctx, uint64_t inode, pid_t pid, int fd)
{
	struct count *c = ctx;

	(void)pid;
	(void)fd;
	c->n += inode == c->inode;
}

/* Lines of an epoll's fdinfo: "tfd: 5 events: ...". Others have none. */
static bool knows(pid_t tid, const char *epoll, int fd)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", tid, epoll);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "tfd: %d", &n) == 1 && n == fd;
	if (f)
		fclose(f);
	return found;
}

static bool is_polled(pid_t tid, int fd)
{
	char path[32];
	struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", tid);
	d = opendir(path);
	while (d && !found && (e = readdir(d)))
		found = e->d_name[0] != '.' && knows(tid, e->d_name, fd);
	if (d)
		closedir(d);
	return found;
}

bool run_target_is_alone(pid_t tid, int fd)
{
	struct count c = { .inode = run_target_inode(tid, fd) };

	if (!c.inode || is_polled(tid, fd))
		return false;
	run_target_each_socket(count, &c);
	return c.n == 1;
}

int run_target_flags(pid_t tid, int fd)
{
	char file[32];
	int64_t v;

	snprintf(file, sizeof(file), "fdinfo/%d", fd);
	v = proc_field(tid, file, "flags:\t", 8);
	return v < 0 ? -EBADF : (int)v;
}

uint64_t run_target_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return 0;
	return cookie;
}

bool run_target_may_raw(pid_t tid)
{
	int64_t caps = proc_field(tid, "status", "\nCapEff:\t", 16);

	return caps > 0 && (caps >> CAP_NET_RAW & 1);
}

void run_target_comm(pid_t tid, char name[16])
{
	int fd = open_proc(tid, "comm", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, name, 15);

	if (fd >= 0)
		close(fd);
	if (n <= 0) {
		memcpy(name, "?", 2);
		return;
	}
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

void run_target_signal(pid_t tid, int sig)
{
	syscall(SYS_tkill, tid, sig);
}
