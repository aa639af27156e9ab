/* SPDX-License-Identifier: MIT */
#include "run/dir.h"

#include "run/join.h"
#include "run/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	BACKLOG = 128,
	LOCK_STEP_MS = 2,
	FILE_MAX = RUN_NAME_MAX + 8,
	NETWORKS_MAX = 4096, /* that a listing shows */
};

/* ---- the directory ---- */

static int sorry(char *err, size_t size, int e, const char *path,
		 const char *why)
{
	if (err && size)
		snprintf(err, size, "%s: %s", path, why);
	return e;
}

static int open_own(const char *path, char *err, size_t size)
{
	struct stat st = { 0 };
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return sorry(err, size, -errno, path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sorry(err, size, -errno, path,
			     errno == ELOOP || errno == ENOTDIR
				     ? "is no directory; remove it"
				     : strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    !(st.st_mode & 077))
		return fd;
	close(fd);
	return sorry(err, size, -EPERM, path,
		     st.st_uid == geteuid()
			     ? "others may enter it; chmod 700"
			     : "belongs to another user; remove it");
}

/* XDG's word is good if the place is ours: sudo leaves that of another. */
static bool is_ours(const char *path)
{
	struct stat st;

	return path && path[0] == '/' && stat(path, &st) == 0 &&
	       S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static int open_ours(char *err, size_t err_size)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char *path = NULL;
	int n, fd;

	n = is_ours(xdg) ? asprintf(&path, "%s/ostia", xdg)
			 : asprintf(&path, "/tmp/ostia-%u", geteuid());
	if (n < 0)
		return sorry(err, err_size, -ENOMEM, "runtime directory",
			     "no memory");
	fd = open_own(path, err, err_size);
	free(path);
	return fd;
}

/* ---- the lock ---- */

static void file_of(char *buf, const char *net, const char *suffix)
{
	snprintf(buf, FILE_MAX, "%s.%s", net, suffix);
}

/* The file that was locked may have been removed by who held it. */
static bool is_still_there(int dir, const char *file, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 &&
	       fstatat(dir, file, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int try_lock(int dir, const char *file)
{
	int fd = openat(dir, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			0600);
	int e;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		e = errno == EWOULDBLOCK ? -EAGAIN : -errno;
	else if (is_still_there(dir, file, fd))
		return fd;
	else
		e = -EAGAIN;
	close(fd);
	return e;
}

int run_dir_lock(int dir, const char *net, unsigned wait_ms)
{
	const struct timespec step = { 0, LOCK_STEP_MS * 1000000L };
	char file[FILE_MAX];

	file_of(file, net, "lock");
	for (unsigned waited = 0;; waited += LOCK_STEP_MS) {
		int fd = try_lock(dir, file);

		if (fd != -EAGAIN)
			return fd;
		if (waited >= wait_ms)
			return -ETIMEDOUT;
		nanosleep(&step, NULL);
	}
}

/* ---- the socket ---- */

static void name_of(struct sockaddr_un *a, int dir, const char *net)
{
	*a = (struct sockaddr_un) { .sun_family = AF_UNIX };
	snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/%s.sock",
		 dir, net);
}

static bool is_friend(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       cred.uid == geteuid();
}

int run_dir_connect(int dir, const char *net)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int e;

	if (fd < 0)
		return -errno;
	name_of(&a, dir, net);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		if (is_friend(fd))
			return fd;
		errno = EPERM;
	}
	e = -errno;
	close(fd);
	return e;
}

int run_dir_listen(int dir, const char *net)
{
	struct sockaddr_un a;
	char file[FILE_MAX];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	int e;

	if (fd < 0)
		return -errno;
	file_of(file, net, "sock");
	name_of(&a, dir, net);
	if ((unlinkat(dir, file, 0) == 0 || errno == ENOENT) &&
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	e = -errno;
	close(fd);
	return e;
}

void run_dir_remove(int dir, const char *net)
{
	char file[FILE_MAX];

	file_of(file, net, "sock");
	(void)unlinkat(dir, file, 0);
	file_of(file, net, "lock");
	(void)unlinkat(dir, file, 0);
}

/* Nobody accepts us any more: the one who listened is gone by now. */
static bool hangs_up(int fd, int within_ms)
{
	struct pollfd p = { fd, 0, 0 };

	return within_ms && poll(&p, 1, within_ms) == 1;
}

int run_dir_sweep(int dir, const char *net, int doubt_ms)
{
	/* Who sweeps just now may be killed over it: then it is up to us. */
	int lock = run_dir_lock(dir, net, 2 * (unsigned)doubt_ms);
	int fd;

	if (lock < 0)
		return lock == -ETIMEDOUT ? 0 : lock;
	fd = run_dir_connect(dir, net);
	if (fd >= 0 && hangs_up(fd, doubt_ms)) {
		close(fd);
		fd = run_dir_connect(dir, net);
	}
	if (fd == -ECONNREFUSED || fd == -ENOENT)
		run_dir_remove(dir, net);
	if (fd >= 0)
		close(fd);
	close(lock);
	return fd == -ECONNREFUSED || fd == -ENOENT;
}

/* Sockets there are of another type: who listens refuses ours for that, and
 * hears nothing of it.
 */
static bool is_deserted(int dir, const char *net)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool deserted;

	if (fd < 0)
		return false;
	name_of(&a, dir, net);
	deserted = connect(fd, (struct sockaddr *)&a, sizeof(a)) &&
		   (errno == ECONNREFUSED || errno == ENOENT);
	close(fd);
	return deserted;
}

static void sweep_deserted(int dir)
{
	char *names = NULL;

	if (run_dir_names(dir, &names) > 0)
		for (const char *net = names; *net; net += strlen(net) + 1)
			if (is_deserted(dir, net))
				(void)run_dir_sweep(dir, net, 0);
	free(names);
}

int run_dir_open(char *err, size_t err_size)
{
	int dir = open_ours(err, err_size);

	if (dir >= 0)
		sweep_deserted(dir);
	return dir;
}

/* ---- what there is ---- */

static bool take_name(const char *file, char *net)
{
	const char *dot = strrchr(file, '.');
	size_t n = dot ? (size_t)(dot - file) : 0;

	if (!n || n >= RUN_NAME_MAX || strcmp(dot, ".lock"))
		return false;
	memcpy(net, file, n);
	net[n] = '\0';
	return run_join_is_name(net);
}

int run_dir_names(int dir, char **names)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct run_text t = { 0 };
	struct dirent *de;
	int n = 0;

	if (!d) {
		int e = -errno;

		if (copy >= 0)
			close(copy);
		return e;
	}
	while (n < NETWORKS_MAX && (de = readdir(d))) {
		char net[RUN_NAME_MAX];

		if (!take_name(de->d_name, net))
			continue;
		run_text_add(&t, "%s%c", net, '\0');
		n++;
	}
	closedir(d);
	*names = run_text_take(&t);
	return *names ? n : -ENOMEM;
}
