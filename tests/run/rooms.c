/* SPDX-License-Identifier: MIT */
/*
 * tests/run/rooms.c - the rooms of `ostia run` alone: two hosts, programs
 *
 * rooms [-f FAULTS] [-dv] HOST COMMAND [HOST COMMAND]...
 *
 * HOST is a (10.77.0.1, fd77::1) or b (10.77.0.2, fd77::2), COMMAND is the
 * shell's. They are started in order, the next one when the one before it
 * listens or ends; when the last ends the others are told to, and its exit
 * code is ours. -d: the supervisor may not use pidfd_getfd, as in a container.
 * -v: what the supervisor counted, on stderr.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run/door.h"
#include "run/launch.h"
#include "run/sup.h"

enum { PROGRAMS = 16 };

struct net {
	struct run_sup sup;
	struct run_host *host[2];
	struct run_watch control;
};

static void die(const char *what, int err)
{
	fprintf(stderr, "rooms: %s: %s\n", what, strerror(-err));
	exit(125);
}

static void must(const char *what, int err)
{
	if (err < 0)
		die(what, err);
}

/* ---- the supervisor ---- */

static int receive_listener(int from, char *host, pid_t *pid)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c;
	char data[1 + sizeof(*pid)];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = sizeof(c) };
	int fd;

	if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) != sizeof(data))
		return -1;
	*host = data[0];
	memcpy(pid, data + 1, sizeof(*pid));
	memcpy(&fd, CMSG_DATA(&c.h), sizeof(fd));
	return fd;
}

static void on_call(struct run_guest *g, pid_t tid, const char *text)
{
	(void)g;
	fprintf(stderr, "[%d] %s\n", tid, text);
}

static void on_control(struct run_watch *w, uint32_t events)
{
	struct net *net = list_entry(w, struct net, control);
	struct run_guest *g;
	char host, ok = 1;
	pid_t pid;
	int fd = receive_listener(w->fd, &host, &pid);

	(void)events;
	if (fd < 0) {
		run_loop_stop(&net->sup.loop);
		return;
	}
	must("guest", run_sup_guest(net->host[host == 'b'], fd, pid, &g));
	if (getenv("ROOMS_CALLS")) {
		g->verbose = atoi(getenv("ROOMS_CALLS"));
		g->on_call = on_call;
	}
	if (write(w->fd, &ok, 1) != 1)
		run_loop_stop(&net->sup.loop);
}

static void make_net(struct net *net, const char *faults)
{
	const struct run_sup_config cfg = { .seed = 7 };
	struct ostia_world *w;
	struct ostia_node *n[2];
	struct ostia_wire *wire;

	must("supervisor", run_sup_init(&net->sup, &cfg));
	w = net->sup.world;
	must("a", ostia_host_new(w, "a", NULL, 0, &n[0]));
	must("b", ostia_host_new(w, "b", NULL, 0, &n[1]));
	must("wire",
	     ostia_wire_new(w,
			    &(struct ostia_wire_config) { .hop = 1,
							  .offload = !faults,
							  .faults = faults },
			    n[0], n[1], &wire));
	must("address", ostia_wire_addr(wire, 0, "10.77.0.1/24"));
	must("address", ostia_wire_addr(wire, 1, "10.77.0.2/24"));
	must("address", ostia_wire_addr(wire, 0, "fd77::1/64"));
	must("address", ostia_wire_addr(wire, 1, "fd77::2/64"));
	for (int i = 0; i < 2; i++)
		must("host", run_sup_host(&net->sup, n[i], &net->host[i]));
}

static void count(const struct run_sup *s, const struct run_host *h)
{
	struct ostia_usage u;

	ostia_stack_usage(h->stack, &u);
	fprintf(stderr, "host: doors %u dead %u conns %llu files %llu\n",
		h->ndoors, h->ndead, (unsigned long long)u.conns,
		(unsigned long long)u.files);
	(void)s;
}

static void say(const struct net *net)
{
	const struct run_sup_stats *s = &net->sup.stats;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	fprintf(stderr, "user %ld ms system %ld ms\n",
		(long)(u.ru_utime.tv_sec * 1000 + u.ru_utime.tv_usec / 1000),
		(long)(u.ru_stime.tv_sec * 1000 + u.ru_stime.tv_usec / 1000));

	fprintf(stderr,
		"calls %llu continued %llu gone %llu parked %llu doors %llu "
		"resets %llu+%llu in %llu out %llu rounds %llu\n",
		(unsigned long long)s->calls, (unsigned long long)s->continued,
		(unsigned long long)s->gone, (unsigned long long)s->parked,
		(unsigned long long)s->doors,
		(unsigned long long)s->resets_told,
		(unsigned long long)s->resets_lost,
		(unsigned long long)s->bytes_in,
		(unsigned long long)s->bytes_out,
		(unsigned long long)net->sup.loop.rounds);
	count(&net->sup, net->host[0]);
	count(&net->sup, net->host[1]);
}

static void deny_getfd(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_getfd, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog p = { sizeof(f) / sizeof(f[0]), f };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p))
		die("seccomp", -errno);
}

static void supervise(int control, const char *faults, bool deny, bool verbose)
{
	static struct net net;

	if (deny)
		deny_getfd();
	make_net(&net, faults);
	net.control.fn = on_control;
	net.control.fd = control;
	must("control", run_loop_watch(&net.sup.loop, &net.control, EPOLLIN));
	must("loop", run_loop_run(&net.sup.loop));
	if (verbose)
		say(&net);
	run_loop_forget(&net.sup.loop, &net.control);
	run_sup_fini(&net.sup);
	exit(0);
}

/* ---- the launchers ---- */

static void send_listener(int to, char host, pid_t pid, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { .h = { .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS,
		       .cmsg_len = CMSG_LEN(sizeof(int)) } };
	char data[1 + sizeof(pid)] = { host }, ok;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = sizeof(c) };

	memcpy(data + 1, &pid, sizeof(pid));
	memcpy(CMSG_DATA(&c.h), &fd, sizeof(fd));
	if (sendmsg(to, &m, 0) != sizeof(data) || read(to, &ok, 1) != 1)
		die("control", -errno);
}

static int launch(int control, pid_t supervisor, char host, char *command,
		  int started)
{
	char sh[] = "/bin/sh", c[] = "-c", line[4096];
	char *argv[] = { sh, c, line, NULL };
	static struct run_filter f;
	struct run_launch l;
	struct run_launch_end end;

	snprintf(line, sizeof(line), "exec %s", command);
	if (strpbrk(command, ";|&\n"))
		snprintf(line, sizeof(line), "%s", command);
	must("filter", run_filter_make(run_filter_native(), &f));
	must("launch", run_launch_begin(&l));
	must("child", run_launch_child(&l, &f, argv, supervisor));
	send_listener(control, host, l.pid, l.listener);
	run_launch_handed(&l);
	run_launch_go(&l);
	close(control);
	if (write(started, "", 1) != 1)
		return 125;
	run_launch_wait(&l, 0, &end);
	run_launch_end(&l);
	return end.code;
}

static pid_t fork_launcher(int control, pid_t supervisor, char host,
			   char *command)
{
	int started[2];
	char ok;
	pid_t pid;

	if (pipe(started))
		die("pipe", -errno);
	pid = fork();
	if (pid == 0) {
		close(started[0]);
		exit(launch(control, supervisor, host, command, started[1]));
	}
	close(started[1]);
	if (read(started[0], &ok, 1) != 1)
		exit(125);
	close(started[0]);
	return pid;
}

/* Servers have had their start; their clients try again. */
static void pause_a_little(void)
{
	const struct timespec t = { .tv_nsec = 300000000 };

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	const char *faults = NULL;
	bool verbose = false, deny = false;
	int sv[2], opt, status = 0, n = 0;
	pid_t supervisor, pid[PROGRAMS];

	while ((opt = getopt(argc, argv, "+df:v")) != -1)
		if (opt == 'f')
			faults = optarg;
		else if (opt == 'd')
			deny = true;
		else
			verbose = true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		die("socketpair", -errno);
	supervisor = fork();
	if (supervisor == 0) {
		close(sv[0]);
		supervise(sv[1], faults, deny, verbose);
	}
	close(sv[1]);
	for (int i = optind; i + 1 < argc && n < PROGRAMS; i += 2) {
		if (n)
			pause_a_little();
		pid[n++] = fork_launcher(sv[0], supervisor, argv[i][0],
					 argv[i + 1]);
	}
	if (n)
		waitpid(pid[n - 1], &status, 0);
	for (int i = 0; i < n - 1; i++) {
		kill(pid[i], SIGTERM);
		waitpid(pid[i], NULL, 0);
	}
	close(sv[0]);
	waitpid(supervisor, NULL, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
