/* SPDX-License-Identifier: MIT */
#include "run/probe.h"

#include "run/filter.h"
#include "run/join.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* Newer than some C libraries that we are built with. */
#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif
#define SYNC_WAKE_UP 1ul

enum {
	WAIT_MS = 3000, /* for a stage that hangs */
	FILES_WANTED = 4096,
	PAIR_WANTED = 128 << 10, /* bytes that a pair holds, each way */
	FLOOR_MAJOR = 5,
	FLOOR_MINOR = 14,
};

/** struct sight - What the supervisor could do to one caller: 0, -errno */
struct sight {
	bool called;
	int add, vm, mem, getfd, cookie, inode;
};

/**
 * struct stage - The staged run, shared by those on it
 * @word:    a guest's memory: WORD, to be read from there
 * @pair:    a descriptor that they have in common, and its cookie
 * @listener: -errno: no filter
 * @sync:    what SET_FLAGS said
 * @sight:   of the guest, of its child
 */
struct stage {
	volatile uint32_t ready, go;
	int listener, sync, pair, made;
	uint64_t cookie;
	struct sight sight[2];
};

static const uint64_t WORD = 0x6f73746961u;
static volatile uint64_t word;

/* --- the guest and its child ---------------------------------------------- */

static void yield_until(volatile uint32_t *flag)
{
	while (!*flag)
		usleep(100);
}

/* Exit code 0: it was given a socket, and it is the supervisor's. */
static int make_socket(void)
{
	int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	char byte = 0;

	return fd >= 0 && read(fd, &byte, 1) == 1 && byte == 'o' ? 0 : 1;
}

__attribute__((noreturn)) static void guest(struct stage *s,
					    const struct run_filter *f)
{
	bool gave_up;
	pid_t child;
	int status = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	word = WORD;
	s->listener = run_filter_install(f, &gave_up);
	s->ready = 1;
	yield_until(&s->go);
	status = make_socket();
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(make_socket());
	}
	if (child > 0)
		waitpid(child, &status, 0);
	_exit(status ? 1 : 0);
}

/* --- the supervisor ------------------------------------------------------- */

static int look_vm(pid_t tid)
{
	uint64_t got = 0;
	struct iovec to = { &got, sizeof(got) };
	struct iovec from = { (void *)(uintptr_t)&word, sizeof(got) };

	if (process_vm_readv(tid, &to, 1, &from, 1, 0) != sizeof(got))
		return errno ? -errno : -EIO;
	return got == WORD ? 0 : -EIO;
}

static int look_mem(pid_t tid)
{
	uint64_t got = 0;
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, &got, sizeof(got), (off_t)(uintptr_t)&word);
	close(fd);
	return n == sizeof(got) && got == WORD ? 0 : -EIO;
}

static void look_getfd(const struct stage *s, pid_t tid, struct sight *seen)
{
	int pidfd = (int)syscall(SYS_pidfd_open, tid, 0);
	int fd = pidfd < 0 ? -1
			   : (int)syscall(SYS_pidfd_getfd, pidfd, s->pair, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	seen->getfd = fd < 0 ? -errno : 0;
	seen->cookie = -EBADF;
	if (fd >= 0)
		seen->cookie =
			getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len)
				? -errno
				: 0;
	if (!seen->cookie && cookie != s->cookie)
		seen->cookie = -EIO;
	if (fd >= 0)
		close(fd);
	if (pidfd >= 0)
		close(pidfd);
}

static int look_inode(const struct stage *s, pid_t tid)
{
	char path[48], link[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, s->pair);
	n = readlink(path, link, sizeof(link));
	if (n < 0)
		return -errno;
	return n > 8 && !strncmp(link, "socket:[", 8) ? 0 : -EIO;
}

/* Answer socket() with one end of a pair that has a byte to read. */
static int add(int listener, uint64_t id)
{
	struct seccomp_notif_addfd a = { .id = id,
					 .flags = SECCOMP_ADDFD_FLAG_SEND };
	struct seccomp_notif_resp no = { .id = id, .error = -EACCES };
	int pair[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	a.srcfd = (uint32_t)pair[0];
	if (write(pair[1], "o", 1) != 1 ||
	    ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &a) < 0) {
		err = -errno;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &no);
	}
	close(pair[0]);
	close(pair[1]);
	return err;
}

static void see(const struct stage *s, struct sight *seen)
{
	union {
		struct seccomp_notif n;
		uint8_t room[512];
	} call = { .room = { 0 } };
	struct pollfd p = { .fd = s->listener, .events = POLLIN };
	pid_t tid;

	if (poll(&p, 1, WAIT_MS) != 1 || !(p.revents & POLLIN) ||
	    ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &call.n))
		return;
	tid = (pid_t)call.n.pid;
	errno = 0;
	seen->vm = look_vm(tid);
	seen->mem = look_mem(tid);
	look_getfd(s, tid, seen);
	seen->inode = look_inode(s, tid);
	seen->add = add(s->listener, call.n.id);
	seen->called = true;
}

__attribute__((noreturn)) static void supervisor(struct stage *s)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	s->sync =
		ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP)
			? -errno
			: 0;
	s->go = 1;
	see(s, &s->sight[0]);
	see(s, &s->sight[1]);
	_exit(0);
}

/* --- the stage ------------------------------------------------------------ */

static void bury(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void await(pid_t pid)
{
	siginfo_t info = { 0 };

	for (int ms = 0; ms < 3 * WAIT_MS; ms++) {
		if (waitid(P_PID, (id_t)pid, &info,
			   WEXITED | WNOHANG | WNOWAIT) ||
		    info.si_pid)
			return;
		usleep(1000);
	}
}

static void play(struct stage *s, const struct run_filter *f)
{
	pid_t g = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	pid_t sup = -1;

	if (!g)
		guest(s, f);
	if (g < 0) {
		s->listener = -errno;
		return;
	}
	while (!s->ready && waitpid(g, NULL, WNOHANG) == 0)
		usleep(100);
	if (!s->ready)
		s->listener = -ECHILD;
	if (s->listener >= 0)
		sup = fork();
	if (!sup)
		supervisor(s);
	if (sup > 0)
		await(sup);
	bury(sup);
	bury(g);
	if (s->listener >= 0)
		close(s->listener);
}

/* libseccomp has one errno for all that may be wrong with an action. */
static int ask_seccomp(void)
{
	const uint32_t action = SECCOMP_RET_USER_NOTIF;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action)
		       ? -errno
		       : 0;
}

/* Return: 0, or -errno: nothing could be staged. */
static int perform(struct stage *out)
{
	struct run_filter *f = malloc(sizeof(*f));
	struct stage *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	socklen_t len = sizeof(s->cookie);
	int pair[2], err;

	err = !f || s == MAP_FAILED ? -ENOMEM : 0;
	if (!err)
		err = ask_seccomp();
	if (!err)
		err = run_filter_make(run_filter_native(), f);
	if (!err && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		err = -errno;
	if (!err) {
		s->pair = pair[0];
		getsockopt(pair[0], SOL_SOCKET, SO_COOKIE, &s->cookie, &len);
		play(s, f);
		close(pair[0]);
		close(pair[1]);
		*out = *s;
	}
	if (s != MAP_FAILED)
		munmap(s, sizeof(*s));
	free(f);
	return err;
}

/* --- rows ----------------------------------------------------------------- */

static const char *const names[RUN_PROBES] = {
	[RUN_PROBE_KERNEL] = "kernel",
	[RUN_PROBE_ARCH] = "architecture",
	[RUN_PROBE_NOTIFY] = "seccomp user notification",
	[RUN_PROBE_ADDFD] = "giving descriptors (ADDFD with SEND)",
	[RUN_PROBE_MEMORY] = "memory of a program (process_vm_readv)",
	[RUN_PROBE_CHILDREN] = "memory of its children (Yama)",
	[RUN_PROBE_GETFD] = "descriptors of a program (pidfd_getfd)",
	[RUN_PROBE_COOKIE] = "socket cookies (SO_COOKIE)",
	[RUN_PROBE_WAIT] = "short sleeps (epoll_pwait2)",
	[RUN_PROBE_SYNC] = "fast hand-over (SYNC_WAKE_UP)",
	[RUN_PROBE_FILES] = "open files (RLIMIT_NOFILE)",
	[RUN_PROBE_PAIR] = "buffers of AF_UNIX pairs",
	[RUN_PROBE_DIRECTORY] = "runtime directory",
};

static const char container[] =
	"a container's policy denies it: docker run --security-opt "
	"seccomp=unconfined (or a profile that allows it)";

__attribute__((format(printf, 4, 5))) static void say(struct run_probe_row *r,
						      enum run_probe_mark mark,
						      const char *cure,
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->found, sizeof(r->found), fmt, ap);
	va_end(ap);
	r->mark = mark;
	r->cure = mark == RUN_PROBE_GOOD ? NULL : cure;
}

static void row_kernel(struct run_probe_row *r)
{
	struct utsname u;
	int major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	say(r,
	    major > FLOOR_MAJOR ||
			    (major == FLOOR_MAJOR && minor >= FLOOR_MINOR)
		    ? RUN_PROBE_GOOD
		    : RUN_PROBE_BAD,
	    "Linux 5.14 or newer is needed", "Linux %d.%d", major, minor);
}

static void row_arch(struct run_probe_row *r)
{
	struct utsname u;

	uname(&u);
	say(r,
	    run_filter_native() == RUN_FILTER_ARCHS ? RUN_PROBE_BAD
						    : RUN_PROBE_GOOD,
	    "x86-64 or arm64 is needed, and an ostia built for 64 bits", "%s",
	    u.machine);
}

static void row_notify(struct run_probe_row *r, int err)
{
	if (!err)
		say(r, RUN_PROBE_GOOD, NULL, "works");
	else if (err == -EBUSY)
		say(r, RUN_PROBE_BAD,
		    "start it outside of the program that supervises this one "
		    "(ostia run, or another user of seccomp's listener); to "
		    "add a program to a host: ostia exec NET HOST -- PROGRAM",
		    "this process tree is supervised already");
	else
		say(r, RUN_PROBE_BAD,
		    err == -ENOSYS || err == -EINVAL || err == -EOPNOTSUPP
			    ? "the kernel needs CONFIG_SECCOMP_FILTER"
			    : container,
		    "%s", strerror(-err));
}

static void row_add(struct run_probe_row *r, const struct sight *s)
{
	if (s->called && !s->add)
		say(r, RUN_PROBE_GOOD, NULL, "works");
	else
		say(r, RUN_PROBE_BAD, "Linux 5.14 or newer is needed", "%s",
		    s->called ? strerror(-s->add) : "no call came");
}

/* @s: of the guest, or of its child */
static void row_memory(struct run_probe_row *r, const struct sight *s,
		       const char *cure)
{
	if (!s->called)
		say(r, RUN_PROBE_BAD, cure, "no call came");
	else if (!s->vm)
		say(r, RUN_PROBE_GOOD, NULL, "works");
	else if (!s->mem)
		say(r, RUN_PROBE_LIMITED, cure,
		    "denied; /proc/PID/mem does, more slowly");
	else
		say(r, RUN_PROBE_BAD, cure, "%s; /proc/PID/mem: %s",
		    strerror(-s->vm), strerror(-s->mem));
}

static void row_getfd(struct run_probe_row *r, const struct sight *s)
{
	if (s->called && !s->getfd && !s->cookie)
		say(r, RUN_PROBE_GOOD, NULL, "works");
	else if (s->called && !s->inode)
		say(r, RUN_PROBE_LIMITED, container,
		    "%s; sockets are found in /proc/PID/fd, more slowly",
		    strerror(s->getfd ? -s->getfd : -s->cookie));
	else
		say(r, RUN_PROBE_BAD, container, "%s; /proc/PID/fd: %s",
		    strerror(-s->getfd), strerror(-s->inode));
}

static void row_cookie(struct run_probe_row *r)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int pair[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		say(r, RUN_PROBE_BAD, "free some descriptors", "%s",
		    strerror(errno));
		return;
	}
	if (getsockopt(pair[0], SOL_SOCKET, SO_COOKIE, &cookie, &len) ||
	    !cookie)
		err = errno ? errno : ENOPROTOOPT;
	say(r, err ? RUN_PROBE_BAD : RUN_PROBE_GOOD,
	    "Linux 5.14 or newer is needed (gVisor and other kernels of "
	    "their own have none)",
	    "%s", err ? strerror(err) : "works");
	close(pair[0]);
	close(pair[1]);
}

static void row_wait(struct run_probe_row *r)
{
	const struct timespec none = { 0, 0 };
	struct epoll_event e;
	int fd = epoll_create1(EPOLL_CLOEXEC);
	long n = fd < 0 ? -1
			: syscall(SYS_epoll_pwait2, fd, &e, 1, &none, NULL, 0);

	say(r, n < 0 ? RUN_PROBE_BAD : RUN_PROBE_GOOD, container, "%s",
	    n < 0 ? strerror(errno) : "works");
	if (fd >= 0)
		close(fd);
}

static void row_sync(struct run_probe_row *r, int err)
{
	say(r, err ? RUN_PROBE_LIMITED : RUN_PROBE_GOOD,
	    "Linux 6.6 or newer answers calls faster", "%s",
	    err ? "not known here: calls are answered, more slowly" : "works");
}

static void row_files(struct run_probe_row *r)
{
	struct rlimit l = { 0, 0 };

	getrlimit(RLIMIT_NOFILE, &l);
	say(r, l.rlim_max >= FILES_WANTED ? RUN_PROBE_GOOD : RUN_PROBE_LIMITED,
	    "each socket of a network takes one descriptor of its "
	    "supervisor: raise the hard limit (ulimit -Hn, "
	    "/etc/security/limits.conf)",
	    "%llu at most", (unsigned long long)l.rlim_max);
}

static void row_pair(struct run_probe_row *r)
{
	int size = 0, pair[2];
	socklen_t len = sizeof(size);

	if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, &len);
		close(pair[0]);
		close(pair[1]);
	}
	say(r, size >= PAIR_WANTED ? RUN_PROBE_GOOD : RUN_PROBE_LIMITED,
	    "bulk data moves faster with: sysctl net.core.wmem_default=212992",
	    "%d bytes each way", size);
}

static void row_directory(struct run_probe_row *r)
{
	char err[RUN_PROBE_FOUND] = "";
	char *list = NULL;
	int n = run_join_list(&list, err, sizeof(err));

	free(list);
	if (n >= 0)
		say(r, RUN_PROBE_GOOD, NULL, "%d network%s", n,
		    n == 1 ? "" : "s");
	else
		say(r, RUN_PROBE_BAD,
		    "networks meet in $XDG_RUNTIME_DIR/ostia (else "
		    "/tmp/ostia-UID): a folder of yours alone, mode 0700",
		    "%s", *err ? err : strerror(-n));
}

/* --- all of them ---------------------------------------------------------- */

int run_probe_yama(void)
{
	int fd = open("/proc/sys/kernel/yama/ptrace_scope",
		      O_RDONLY | O_CLOEXEC);
	char c = '0';

	if (fd < 0)
		return 0;
	if (read(fd, &c, 1) != 1 || c < '0' || c > '9')
		c = '0';
	close(fd);
	return c - '0';
}

static const char *children_cure(void)
{
	return run_probe_yama()
		       ? "as root: sysctl kernel.yama.ptrace_scope=0; or give "
			 "ostia CAP_SYS_PTRACE (Yama lets it look into "
			 "descendants alone)"
		       : container;
}

static void rows_of_stage(struct run_probe_row *r)
{
	struct stage s = { .listener = -ENOSYS };
	int err = perform(&s);

	if (!err && s.listener < 0)
		err = s.listener;
	row_notify(&r[RUN_PROBE_NOTIFY], err);
	for (int i = RUN_PROBE_ADDFD; err && i <= RUN_PROBE_GETFD; i++)
		say(&r[i], RUN_PROBE_BAD, "cure the row above first",
		    "not tried");
	row_sync(&r[RUN_PROBE_SYNC], err ? err : s.sync);
	if (err)
		return;
	row_add(&r[RUN_PROBE_ADDFD], &s.sight[0]);
	row_memory(&r[RUN_PROBE_MEMORY], &s.sight[0], container);
	row_memory(&r[RUN_PROBE_CHILDREN], &s.sight[1], children_cure());
	row_getfd(&r[RUN_PROBE_GETFD], &s.sight[1]);
}

void run_probe_all(struct run_probe_row rows[RUN_PROBES])
{
	for (int i = 0; i < RUN_PROBES; i++)
		rows[i] = (struct run_probe_row) { .name = names[i] };
	row_kernel(&rows[RUN_PROBE_KERNEL]);
	row_arch(&rows[RUN_PROBE_ARCH]);
	rows_of_stage(rows);
	row_cookie(&rows[RUN_PROBE_COOKIE]);
	row_wait(&rows[RUN_PROBE_WAIT]);
	row_files(&rows[RUN_PROBE_FILES]);
	row_pair(&rows[RUN_PROBE_PAIR]);
	row_directory(&rows[RUN_PROBE_DIRECTORY]);
}

const struct run_probe_row *
run_probe_worst(const struct run_probe_row rows[RUN_PROBES])
{
	const struct run_probe_row *worst = &rows[0];

	for (int i = 1; i < RUN_PROBES; i++)
		if (rows[i].mark > worst->mark)
			worst = &rows[i];
	return worst;
}
