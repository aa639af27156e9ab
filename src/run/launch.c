/* SPDX-License-Identifier: MIT */
#include "run/launch.h"

#include <ostia/runtime.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Newer than some C libraries that we are built with. */
#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

enum {
	LOOK_MS = 50, /* between looks at a child that says nothing */
	GRACE_MS = 2000, /* between SIGTERM and SIGKILL */
	KILL_DEPTH = 64, /* of a tree of processes */
	TUN_MAJOR = 10,
	TUN_MINOR = 200,
};

/* --- what is inherited --------------------------------------------------- */

static const char *hazard(int fd)
{
	char path[32], link[64];
	struct stat st;
	int domain = AF_UNIX;
	socklen_t len = sizeof(domain);
	ssize_t n;

	if (fstat(fd, &st))
		return NULL;
	if (S_ISSOCK(st.st_mode)) {
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len))
			return "a socket of the host";
		return domain == AF_UNIX ? NULL : "a socket of the host";
	}
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(TUN_MAJOR, TUN_MINOR))
		return "a TUN device of the host";
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return NULL;
	link[n] = '\0';
	return strcmp(link, "anon_inode:[io_uring]") ? NULL : "an io_uring";
}

int run_launch_seal(void (*told)(void *ctx, int fd, const char *what),
		    void *ctx)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	int count = 0;

	if (!dir)
		return -errno;
	while (count >= 0 && (e = readdir(dir))) {
		int fd = atoi(e->d_name);
		const char *what;

		if (e->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		what = hazard(fd);
		if (!what || fcntl(fd, F_GETFD) & FD_CLOEXEC)
			continue;
		told(ctx, fd, what);
		count = fd <= STDERR_FILENO || fcntl(fd, F_SETFD, FD_CLOEXEC)
				? -EPERM
				: count + 1;
	}
	closedir(dir);
	return count;
}

/* --- signals ------------------------------------------------------------- */

/* What a fault of ours raises must end us; KILL and STOP cannot be had. */
static bool may_be_sent_on(int sig)
{
	switch (sig) {
	case SIGKILL:
	case SIGSTOP:
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
	case SIGSYS:
	case SIGABRT:
		return false;
	default:
		return true;
	}
}

static void find_signals(struct run_launch *l, sigset_t *ours)
{
	struct sigaction old;

	sigemptyset(&l->ignored);
	sigemptyset(ours);
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		if (!may_be_sent_on(sig) || sigaction(sig, NULL, &old))
			continue;
		sigaddset(ours, sig);
		if (old.sa_handler == SIG_IGN)
			sigaddset(&l->ignored, sig);
	}
}

int run_launch_begin(struct run_launch *l)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t ours;
	void *page;

	*l = (struct run_launch) {
		.listener = -1, .signals = -1, .peer = -1, .more = -1
	};
	page = mmap(NULL, sizeof(*l->page), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	l->page = page;
	find_signals(l, &ours);
	l->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signals < 0) {
		int err = -errno;

		munmap(page, sizeof(*l->page));
		l->page = NULL;
		return err;
	}
	/* Ignored, it would take the program's end from us. */
	sigaction(SIGCHLD, &plain, &l->chld);
	sigprocmask(SIG_BLOCK, &ours, &l->mask);
	return 0;
}

/* --- the child, between clone and exec: system calls alone --------------- */

static void futex(uint32_t *word, int op, uint32_t value,
		  const struct timespec *limit)
{
	(void)syscall(SYS_futex, word, op, value, limit, NULL, 0);
}

static void child_wait(struct run_launch_page *page)
{
	while (!__atomic_load_n(&page->go, __ATOMIC_ACQUIRE))
		futex(&page->go, FUTEX_WAIT, 0, NULL);
}

/* The exec gave up: what env(1) would say of it. */
static int exec_code(int err)
{
	return err == ENOENT ? RUN_LAUNCH_NOT_FOUND : RUN_LAUNCH_NO_EXEC;
}

__attribute__((noreturn)) static void child(struct run_launch *l,
					    const struct run_filter *f,
					    char *const *argv, pid_t launcher)
{
	struct run_launch_page *page = l->page;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launcher)
		_exit(RUN_LAUNCH_NO_EXEC);
	if (l->supervisor > 0) /* EINVAL without Yama */
		prctl(PR_SET_PTRACER, (unsigned long)l->supervisor, 0, 0, 0);
	page->listener = run_filter_install(f, &page->no_new_privs);
	__atomic_store_n(&page->ready, 1, __ATOMIC_RELEASE);
	futex(&page->ready, FUTEX_WAKE, 1, NULL);
	child_wait(page);
	prctl(PR_SET_PDEATHSIG, 0);
	sigaction(SIGCHLD, &l->chld, NULL);
	sigprocmask(SIG_SETMASK, &l->mask, NULL);
	execvp(argv[0], argv);
	page->exec_error = errno;
	_exit(exec_code(errno));
}

static bool is_gone(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid == pid;
}

/* Return: 0; -ECHILD: it died before it could say anything. */
static int await_ready(const struct run_launch *l)
{
	const struct timespec look = { 0, LOOK_MS * 1000000 };

	while (!__atomic_load_n(&l->page->ready, __ATOMIC_ACQUIRE)) {
		futex(&l->page->ready, FUTEX_WAIT, 0, &look);
		if (is_gone(l->pid) && !l->page->ready)
			return -ECHILD;
	}
	return 0;
}

static void kill_child(struct run_launch *l)
{
	if (l->pid <= 0)
		return;
	kill(l->pid, SIGKILL);
	while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
		;
	l->pid = 0;
}

int run_launch_child(struct run_launch *l, const struct run_filter *f,
		     char *const *argv, pid_t supervisor)
{
	pid_t launcher = getpid();
	long pid;
	int err;

	l->supervisor = supervisor;
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		child(l, f, argv, launcher);
	if (pid < 0)
		return -errno;
	l->pid = (pid_t)pid;
	err = await_ready(l);
	if (!err && l->page->listener < 0)
		err = l->page->listener;
	if (err) {
		kill_child(l);
		return err;
	}
	l->listener = l->page->listener;
	l->no_new_privs = l->page->no_new_privs;
	return 0;
}

void run_launch_handed(struct run_launch *l)
{
	if (l->listener >= 0)
		close(l->listener);
	l->listener = -1;
}

void run_launch_go(struct run_launch *l)
{
	__atomic_store_n(&l->page->go, 1, __ATOMIC_RELEASE);
	futex(&l->page->go, FUTEX_WAKE, 1, NULL);
}

void run_launch_limit(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* --- waiting ------------------------------------------------------------- */

/* Signal what descends from @pid, children first; not @pid itself, nor
 * @spared and its own.
 */
static void signal_below(pid_t pid, int sig, pid_t spared, int depth)
{
	char path[64];
	FILE *f;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = depth ? fopen(path, "re") : NULL;
	if (!f)
		return;
	while (fscanf(f, "%d", &child) == 1) {
		if (child == spared)
			continue;
		signal_below(child, sig, spared, depth - 1);
		kill(child, sig);
	}
	fclose(f);
}

/* What the terminal or the kernel sends has reached the program, too. */
static void send_on(const struct run_launch *l,
		    const struct signalfd_siginfo *i)
{
	int sig = (int)i->ssi_signo;

	/* Without a program kill() would mean our own group. */
	if (l->pid <= 0 || sig == SIGCHLD || i->ssi_code > 0 ||
	    sigismember(&l->ignored, sig) == 1)
		return;
	if ((pid_t)i->ssi_pid == l->pid)
		return; /* it meant its group, and knows */
	kill(l->pid, sig);
}

static void take_signals(const struct run_launch *l)
{
	struct signalfd_siginfo i;

	while (read(l->signals, &i, sizeof(i)) == sizeof(i))
		send_on(l, &i);
}

static int code_of(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED ? info->si_status
					   : 128 + info->si_status;
}

/*
 * The program has stopped: so do we, for the shell to see. What then
 * continues us alone continues the program.
 */
static void stop_too(const struct run_launch *l)
{
	raise(SIGSTOP);
	kill(l->pid, SIGCONT);
}

/* Adopted by run_launch_limit(): nobody else buries them. */
static void reap_others(const struct run_launch *l)
{
	siginfo_t info = { 0 };

	while (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid && info.si_pid != l->pid) {
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

/* Return: true: it has ended. */
static bool look(struct run_launch *l, struct run_launch_end *end)
{
	siginfo_t info = { 0 };

	reap_others(l);
	while (!waitid(P_PID, (id_t)l->pid, &info,
		       WEXITED | WSTOPPED | WNOHANG) &&
	       info.si_pid) {
		if (info.si_code != CLD_STOPPED) {
			end->code = code_of(&info);
			l->pid = 0;
			return true;
		}
		stop_too(l);
		info.si_pid = 0;
	}
	return false;
}

/** struct patience - When the limit is, and what it does then */
struct patience {
	uint64_t at; /* OSTIA_NEVER: no limit */
	int sig;
};

static void run_out(struct run_launch *l, struct patience *p,
		    struct run_launch_end *end)
{
	end->timed_out = true;
	signal_below(getpid(), p->sig, l->supervisor, KILL_DEPTH);
	kill(l->pid, SIGCONT); /* a stopped one dies only then */
	p->at = ostia_clock() + GRACE_MS * OSTIA_MS;
	p->sig = SIGKILL;
}

static int poll_ms(const struct patience *p)
{
	uint64_t now = ostia_clock();
	uint64_t ms;

	if (p->at == OSTIA_NEVER)
		return -1;
	if (p->at <= now)
		return 0;
	ms = (p->at - now + OSTIA_MS - 1) / OSTIA_MS;
	return ms < 1000000 ? (int)ms : 1000000;
}

static void sleep_for(struct run_launch *l, const struct patience *p)
{
	struct pollfd fds[3] = { { .fd = l->signals, .events = POLLIN },
				 { .fd = l->peer, .events = 0 },
				 { .fd = l->more, .events = POLLIN } };
	int n = poll(fds, 3, poll_ms(p));

	if (n > 0 && fds[2].revents)
		l->on_more(l->ctx);
	if (n > 0 && fds[1].revents) {
		l->peer = -1;
		if (l->on_gone)
			l->on_gone(l->ctx);
	}
	take_signals(l);
}

void run_launch_sweep(struct run_launch *l)
{
	signal_below(getpid(), SIGKILL, l->supervisor, KILL_DEPTH);
	reap_others(l);
}

void run_launch_wait(struct run_launch *l, uint64_t limit_ns,
		     struct run_launch_end *end)
{
	struct patience p = { OSTIA_NEVER, SIGTERM };

	*end = (struct run_launch_end) { 0 };
	if (limit_ns)
		p.at = ostia_clock() + limit_ns;
	while (!look(l, end)) {
		sleep_for(l, &p);
		if (p.at <= ostia_clock())
			run_out(l, &p, end);
	}
	end->exec_error = l->page->exec_error;
	if (end->timed_out) {
		run_launch_sweep(l);
		end->code = 124;
	}
}

void run_launch_end(struct run_launch *l)
{
	if (!l->page)
		return;
	kill_child(l);
	run_launch_handed(l);
	munmap(l->page, sizeof(*l->page));
	l->page = NULL;
	/* What came meanwhile was for the program. */
	take_signals(l);
	close(l->signals);
	l->signals = -1;
	sigaction(SIGCHLD, &l->chld, NULL);
	sigprocmask(SIG_SETMASK, &l->mask, NULL);
}
