/* SPDX-License-Identifier: MIT */
/* A child that waits lends its memory and descriptors. */
#define _GNU_SOURCE 1
#include "../test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/target.h"

static char word[] = "in the child";
static struct iovec parts[3];
static char one[4], two[6];

struct child {
	pid_t pid;
	int fd, sv[2];
	char *page; /* followed by nothing */
	struct run_target t;
};

static void begin(struct child *c)
{
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	OK(map != MAP_FAILED);
	munmap(map + 4096, 4096);
	c->page = map;
	memcpy(map + 4096 - 4, "end", 4);
	EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, c->sv), 0);
	parts[0] = (struct iovec) { one, sizeof(one) };
	parts[1] = (struct iovec) { NULL, 0 };
	parts[2] = (struct iovec) { two, sizeof(two) };
	memcpy(word, "in the child", sizeof(word));
	memcpy(one, "abcd", 4);
	memcpy(two, "efghij", 6);
	c->pid = fork();
	if (c->pid == 0)
		for (;;)
			pause();
	memset(word, 0, sizeof(word));
	memset(one, 0, sizeof(one));
	memset(two, 0, sizeof(two));
	run_target_init(&c->t);
}

static void end(struct child *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	run_target_fini(&c->t);
	close(c->sv[0]);
	close(c->sv[1]);
}

static void copies(struct child *c)
{
	char got[sizeof(word)] = "";

	EQ(run_target_read(&c->t, c->pid, (uintptr_t)word, got, sizeof(got)),
	   0);
	STR(got, "in the child");
	EQ(run_target_write(&c->t, c->pid, (uintptr_t)word, "IN", 2), 0);
	EQ(run_target_read(&c->t, c->pid, (uintptr_t)word, got, sizeof(got)),
	   0);
	STR(got, "IN the child");
	EQ(run_target_write(&c->t, c->pid, 8, "x", 1), -EFAULT);
	EQ(run_target_write(&c->t, c->pid, 8, "", 0), 0);
	EQ(run_target_read(&c->t, c->pid, (uintptr_t)c->page + 4094, got, 4),
	   -EFAULT);
}

TEST(memory_is_copied_whole_or_not_at_all)
{
	struct child c;

	begin(&c);
	copies(&c);
	end(&c);
}

TEST(where_the_calls_are_denied_the_file_does_it)
{
	struct child c;

	begin(&c);
	c.t.no_vm = true;
	copies(&c);
	end(&c);
}

TEST(a_text_may_end_with_the_last_page)
{
	struct child c;
	char got[64];

	begin(&c);
	EQ(run_target_text(&c.t, c.pid, (uintptr_t)c.page + 4096 - 4, got,
			   sizeof(got)),
	   3);
	STR(got, "end");
	EQ(run_target_text(&c.t, c.pid, (uintptr_t)word, got, 5),
	   -ENAMETOOLONG);
	EQ(run_target_text(&c.t, c.pid, 16, got, 5), -EFAULT);
	end(&c);
}

TEST(iovecs_are_gathered_and_scattered)
{
	struct child c;
	struct iovec iov[RUN_TARGET_IOV_MAX];
	char got[16] = "";

	begin(&c);
	EQ(run_target_iov(&c.t, c.pid, (uintptr_t)parts, 3, iov), 10);
	EQ(run_target_gather(&c.t, c.pid, iov, 3, got, 7), 7);
	STR(got, "abcdefg");
	EQ(run_target_scatter(&c.t, c.pid, iov, 3, "0123456789abc", 13), 10);
	EQ(run_target_gather(&c.t, c.pid, iov, 3, got, 16), 10);
	STR(got, "0123456789");
	EQ(run_target_iov(&c.t, c.pid, (uintptr_t)parts, RUN_TARGET_IOV_MAX + 1,
			  iov),
	   -EMSGSIZE);
	iov[0].iov_len = (size_t)-1;
	EQ(run_target_write(&c.t, c.pid, (uintptr_t)parts, iov, sizeof(iov[0])),
	   0);
	EQ(run_target_iov(&c.t, c.pid, (uintptr_t)parts, 3, iov), -EINVAL);
	end(&c);
}

TEST(a_descriptor_is_the_same_socket)
{
	struct child c;
	struct stat st;
	int fd;

	begin(&c);
	fd = run_target_fd(&c.t, c.pid, c.sv[0]);
	OK(fd >= 0);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	OK(run_target_cookie(fd) != 0);
	EQ(run_target_cookie(fd), run_target_cookie(c.sv[0]));
	OK(run_target_cookie(fd) != run_target_cookie(c.sv[1]));
	close(fd);
	EQ(run_target_fd(&c.t, c.pid, 1000), -EBADF);
	EQ(fstat(c.sv[0], &st), 0);
	EQ(run_target_inode(c.pid, c.sv[0]), st.st_ino);
	EQ(run_target_inode(c.pid, 1000), 0);
	EQ(run_target_flags(c.pid, c.sv[0]), O_RDWR | O_NONBLOCK);
	EQ(run_target_flags(c.pid, 1000), -EBADF);
	end(&c);
}

TEST(who_is_gone_is_gone)
{
	struct child c;
	char got[4];

	begin(&c);
	OK(run_target_fd(&c.t, c.pid, c.sv[0]) > 0);
	kill(c.pid, SIGKILL);
	waitpid(c.pid, NULL, 0);
	EQ(run_target_fd(&c.t, c.pid, c.sv[0]), -ESRCH);
	EQ(run_target_read(&c.t, c.pid, (uintptr_t)word, got, 2), -ESRCH);
	EQ(run_target_inode(c.pid, c.sv[0]), 0);
	run_target_comm(c.pid, (char[16]) { 0 });
	c.pid = fork();
	if (c.pid == 0)
		_exit(0);
	end(&c);
}

enum how { ALONE, TWICE, POLLED };

/* A child that has its socket so, and has told. */
static pid_t holder(enum how how, const int told[2], const int sv[2])
{
	struct epoll_event ev = { .events = EPOLLIN };
	pid_t pid = fork();

	if (pid)
		return pid;
	if (how == TWICE && dup(sv[1]) < 0)
		_exit(1);
	if (how == POLLED &&
	    epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, sv[1], &ev))
		_exit(1);
	if (write(told[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST(a_socket_is_alone_that_nothing_else_knows)
{
	int told[2], sv[2];
	char byte;

	EQ(pipe(told), 0);
	EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	for (enum how how = ALONE; how <= POLLED; how++) {
		pid_t pid = holder(how, told, sv);

		EQ(read(told[0], &byte, 1), 1);
		EQ(run_target_is_alone(pid, sv[1]), how == ALONE);
		EQ(run_target_is_alone(pid, sv[0]), true);
		EQ(run_target_is_alone(pid, told[0]), false); /* no socket */
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	for (int i = 0; i < 2; i++) {
		close(told[i]);
		close(sv[i]);
	}
}

TESTS(CASE(memory_is_copied_whole_or_not_at_all),
      CASE(where_the_calls_are_denied_the_file_does_it),
      CASE(a_text_may_end_with_the_last_page),
      CASE(iovecs_are_gathered_and_scattered),
      CASE(a_descriptor_is_the_same_socket), CASE(who_is_gone_is_gone),
      CASE(a_socket_is_alone_that_nothing_else_knows))
