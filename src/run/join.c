/* SPDX-License-Identifier: MIT */
#include "run/join.h"

#include "run/dir.h"
#include "run/serve.h"
#include "run/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOCK_WAIT_MS = 5000,
	ANSWER_WAIT_S = 10,
	DOUBT_MS = 2000,
	NAME_TRIES = 100,
	NAME_LETTERS = 4, /* of a network without a name */
};

static int sorry(char *err, size_t size, int e, const char *what,
		 const char *why)
{
	if (err && size)
		snprintf(err, size, "%s: %s", what, why);
	return e;
}

/* ---- the words ---- */

/* A request under construction; too many or too long words are kept in mind. */
struct request {
	char bytes[RUN_JOIN_REQUEST];
	size_t len;
	unsigned words;
	bool full;
};

static void add_word(struct request *r, const char *key, const char *value)
{
	size_t room = sizeof(r->bytes) - r->len;
	int n = snprintf(r->bytes + r->len, room, "%s%s", key, value);

	if (n < 0 || (size_t)n >= room || r->words == RUN_JOIN_WORDS) {
		r->full = true;
		return;
	}
	r->len += (size_t)n + 1;
	r->words++;
}

static void add_number(struct request *r, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_word(r, key, text);
}

static void add_want(struct request *r, const struct run_join_want *w)
{
	add_word(r, "program=", w->program ? w->program : "");
	add_number(r, "strict=", w->strict);
	add_number(r, "verbose=", w->verbose);
}

static void add_host(struct request *r, const struct run_join_want *w)
{
	add_want(r, w);
	if (w->name)
		add_word(r, "name=", w->name);
	for (unsigned i = 0; i < w->naddrs; i++)
		add_word(r, "addr=", w->addr[i]);
	if (w->link)
		add_word(r, "link=", w->link);
	for (unsigned i = 0; i < w->npublish; i++)
		add_word(r, "publish=", w->publish[i]);
	add_number(r, "uplink=", w->uplink);
	if (w->seeded)
		add_number(r, "seed=", w->seed);
}

/* ---- there and back ---- */

static int send_request(int conn, const struct request *r, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)r->bytes, r->len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (r->full)
		return -E2BIG;
	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	while (sendmsg(conn, &m, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return errno == EPIPE ? -ECONNRESET : -errno;
	return 0;
}

/* One message of an answer: its head, and text added to @t. */
static int receive_piece(int conn, struct run_join_head *head,
			 struct run_text *t)
{
	char buf[RUN_JOIN_PIECE];
	struct iovec iov[2] = { { head, sizeof(*head) }, { buf, sizeof(buf) } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = recvmsg(conn, &m, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if ((size_t)n < sizeof(*head) || m.msg_flags & MSG_TRUNC)
		return -ECONNRESET;
	n -= (ssize_t)sizeof(*head);
	run_text_add(t, "%.*s", (int)n, buf);
	return t->err ? t->err : 0;
}

static int receive_answer(int conn, int *status, char **text)
{
	struct run_join_head head = { .more = 1 };
	struct run_text t = { 0 };
	int e = 0;

	while (!e && head.more) {
		e = receive_piece(conn, &head, &t);
		if (!e && t.len > RUN_JOIN_ANSWER)
			e = -E2BIG;
	}
	if (!e) {
		*status = head.status;
		*text = run_text_take(&t);
		e = *text ? 0 : -ENOMEM;
	}
	run_text_fini(&t);
	return e;
}

static const char *own_trouble(int e)
{
	switch (-e) {
	case ECONNRESET:
		return "the network's supervisor has ended";
	case ETIMEDOUT:
		return "the network's supervisor does not answer";
	case E2BIG:
		return "too many words";
	default:
		return strerror(-e);
	}
}

static int ask(int conn, const struct request *r, int fd, char **text,
	       char *err, size_t err_size)
{
	int status = 0;
	char *said = NULL;
	int e = send_request(conn, r, fd);

	if (!e)
		e = receive_answer(conn, &status, &said);
	if (e)
		return sorry(err, err_size, e, r->bytes, own_trouble(e));
	if (status && err && err_size)
		snprintf(err, err_size, "%s", said);
	if (!status && text) {
		*text = said;
		return 0;
	}
	free(said);
	return status > 0 ? -EPROTO : status;
}

int run_join_ask(int conn, const char *const *words, unsigned nwords, int fd,
		 char **text, char *err, size_t err_size)
{
	struct request *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return sorry(err, err_size, -ENOMEM, "request", "no memory");
	for (unsigned i = 0; i < nwords; i++)
		add_word(r, "", words[i]);
	e = ask(conn, r, fd, text, err, err_size);
	free(r);
	return e;
}

/* ---- the supervisor's birth ---- */

/* Nothing of the launcher's may be kept open, or alive: not its terminal, not
 * the pipe that its reader waits on.
 */
static void cut_ties(int *listener, int *dir)
{
	int null = open("/dev/null", O_RDWR);
	const char *log = getenv("OSTIA_SUPERVISOR_LOG");

	for (int i = 0; i < 3; i++)
		if (null >= 0)
			(void)dup2(null, i);
	if (log) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		if (fd >= 0)
			(void)dup2(fd, 2);
	}
	*listener = fcntl(*listener, F_DUPFD, 10);
	*dir = fcntl(*dir, F_DUPFD, 10);
	(void)dup2(*listener, 3);
	(void)dup2(*dir, 4);
	*listener = 3;
	*dir = 4;
	(void)fcntl(3, F_SETFD, FD_CLOEXEC);
	(void)fcntl(4, F_SETFD, FD_CLOEXEC);
	(void)syscall(SYS_close_range, 5, ~0U, 0);
}

static void forget_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void be_supervisor(int listener, int dir, const char *net, uint64_t seed)
	__attribute__((noreturn));

static void be_supervisor(int listener, int dir, const char *net, uint64_t seed)
{
	(void)setsid();
	if (fork())
		_exit(0);
	forget_signals();
	cut_ties(&listener, &dir);
	(void)umask(077);
	(void)chdir("/");
	(void)prctl(PR_SET_NAME, "ostia-net");
	_exit(run_serve(listener, dir, net, seed));
}

/* Twice forked, so that it is nobody's child and no terminal's. */
static int make_supervisor(int listener, int dir, const char *net,
			   uint64_t seed)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		be_supervisor(listener, dir, net, seed);
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int start_network(int dir, const char *net, uint64_t seed)
{
	int listener = run_dir_listen(dir, net);
	int e;

	if (listener < 0)
		return listener;
	e = make_supervisor(listener, dir, net, seed);
	close(listener);
	if (!e)
		e = run_dir_connect(dir, net);
	if (e < 0) /* it may have been killed at birth */
		run_dir_remove(dir, net);
	return e;
}

static uint64_t fresh_seed(void)
{
	uint32_t seed = 0;

	return getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed)
		       ? seed
		       : (uint32_t)getpid();
}

static int be_patient(int fd)
{
	const struct timeval t = { ANSWER_WAIT_S, 0 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) ||
			       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t,
					  sizeof(t))
		       ? -errno
		       : 0;
}

/* Under the lock. */
static int join_or_start(struct run_join *j, int dir,
			 const struct run_join_want *want)
{
	int fd = run_dir_connect(dir, j->net);

	if (fd >= 0 && !want->net) {
		close(fd); /* that name was ours to invent */
		return -EAGAIN;
	}
	if (fd == -ECONNREFUSED || fd == -ENOENT) {
		j->started = true;
		fd = start_network(dir, j->net,
				   want->seeded ? want->seed : fresh_seed());
	}
	if (fd < 0)
		return fd;
	j->fd = fd;
	return be_patient(fd);
}

/* ---- joining ---- */

static void take_fact(struct run_join *j, const char *name, const char *value)
{
	if (!strcmp(name, "host"))
		snprintf(j->host, sizeof(j->host), "%s", value);
	else if (!strcmp(name, "v4"))
		snprintf(j->v4, sizeof(j->v4), "%s", value);
	else if (!strcmp(name, "v6"))
		snprintf(j->v6, sizeof(j->v6), "%s", value);
	else if (!strcmp(name, "seed"))
		j->seed = strtoull(value, NULL, 10);
	else if (!strcmp(name, "supervisor"))
		j->supervisor = (pid_t)strtol(value, NULL, 10);
}

static void take_facts(struct run_join *j, char *text)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l;
	     l = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(l, ' ');

		if (!value)
			continue;
		*value++ = '\0';
		take_fact(j, l, value);
	}
}

static int ask_facts(struct run_join *j, const struct request *r, char *err,
		     size_t err_size)
{
	char *text = NULL;
	int e = ask(j->fd, r, -1, &text, err, err_size);

	if (e || !text)
		return e;
	take_facts(j, text);
	free(text);
	return 0;
}

static int ask_to_join(struct run_join *j, const struct run_join_want *want,
		       char *err, size_t err_size)
{
	struct request *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return sorry(err, err_size, -ENOMEM, j->net, "no memory");
	add_word(r, "join", "");
	add_host(r, want);
	e = ask_facts(j, r, err, err_size);
	free(r);
	return e;
}

static void invent_name(char *net)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t dice[NAME_LETTERS] = { 0 };

	if (getrandom(dice, sizeof(dice), 0) != (ssize_t)sizeof(dice))
		memcpy(dice, &(pid_t) { getpid() }, sizeof(dice));
	strcpy(net, "run-");
	for (unsigned i = 0; i < NAME_LETTERS; i++)
		net[4 + i] = letters[dice[i] % (sizeof(letters) - 1)];
	net[4 + NAME_LETTERS] = '\0';
}

/* The lock is held until we are connected: a supervisor that has just lost its
 * last guest takes it, too, and looks who has come before it ends.
 */
static int open_once(struct run_join *j, int dir,
		     const struct run_join_want *want, char *err,
		     size_t err_size)
{
	int lock, e;

	if (want->net)
		strcpy(j->net, want->net);
	else
		invent_name(j->net);
	lock = run_dir_lock(dir, j->net, LOCK_WAIT_MS);
	if (lock < 0)
		return sorry(err, err_size, lock, j->net,
			     lock == -ETIMEDOUT
				     ? "somebody is starting it for 5 s now"
				     : strerror(-lock));
	e = join_or_start(j, dir, want);
	if (e && e != -EAGAIN)
		(void)sorry(err, err_size, e, j->net, strerror(-e));
	close(lock);
	return e ? e : ask_to_join(j, want, err, err_size);
}

static int check_name(const char *net, char *err, size_t err_size)
{
	return run_join_is_name(net)
		       ? 0
		       : sorry(err, err_size, -EINVAL, net,
			       "is no name of a network: write small letters, "
			       "digits and hyphens, 63 at most");
}

static int check_want(const struct run_join_want *want, char *err,
		      size_t err_size)
{
	if (want->seeded && !want->seed)
		return sorry(err, err_size, -EINVAL, "seed 0",
			     "write a number from 1");
	return want->net ? check_name(want->net, err, err_size) : 0;
}

static bool may_try_again(const struct run_join_want *want, int e)
{
	return e == -EAGAIN ? !want->net : e == -ECONNRESET;
}

int run_join_open(struct run_join *j, const struct run_join_want *want,
		  char *err, size_t err_size)
{
	int e = check_want(want, err, err_size);
	int dir = e ? e : run_dir_open(err, err_size);

	*j = (struct run_join) { .fd = -1 };
	if (dir < 0)
		return dir;
	for (unsigned i = 0; i < NAME_TRIES; i++) {
		e = open_once(j, dir, want, err, err_size);
		if (!e)
			break;
		run_join_close(j);
		if (j->started || !may_try_again(want, e))
			break;
	}
	close(dir);
	return e;
}

int run_join_enter(struct run_join *j, const char *net, const char *host,
		   const struct run_join_want *want, char *err, size_t err_size)
{
	struct request *r = calloc(1, sizeof(*r));
	int e = -ENOMEM;

	*j = (struct run_join) { .fd = -1 };
	if (!r)
		return sorry(err, err_size, e, net, "no memory");
	j->fd = run_join_find(net, err, err_size);
	if (j->fd < 0) {
		free(r);
		return j->fd;
	}
	strcpy(j->net, net);
	add_word(r, "enter", "");
	add_word(r, "host=", host);
	add_want(r, want);
	e = ask_facts(j, r, err, err_size);
	free(r);
	if (e)
		run_join_close(j);
	return e;
}

int run_join_begin(struct run_join *j, int listener, pid_t pid, char *err,
		   size_t err_size)
{
	char word[32];
	const char *words[] = { "begin", word };

	snprintf(word, sizeof(word), "pid=%ld", (long)pid);
	return run_join_ask(j->fd, words, 2, listener, NULL, err, err_size);
}

int run_join_calls(struct run_join *j, int fd, char *err, size_t err_size)
{
	const char *words[] = { "calls" };

	return run_join_ask(j->fd, words, 1, fd, NULL, err, err_size);
}

int run_join_report(struct run_join *j, char **text, char *err, size_t err_size)
{
	const char *words[] = { "report" };

	return run_join_ask(j->fd, words, 1, -1, text, err, err_size);
}

bool run_join_records(void)
{
	const char *word = getenv("OSTIA_RECORD");

	return !word || strcmp(word, "never") != 0;
}

int run_join_record(int conn, int fd, char *err, size_t err_size)
{
	const char *words[] = { "record" };

	return run_join_ask(conn, words, 1, fd, NULL, err, err_size);
}

/* A file of our own until it is whole. */
static void new_name(char name[32])
{
	snprintf(name, 32, "last.%ld", (long)getpid());
}

int run_join_last(bool make)
{
	int dir = run_dir_open(NULL, 0), fd;
	char name[32];

	if (dir < 0)
		return dir;
	new_name(name);
	fd = make ? openat(dir, name,
			   O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			   0600)
		  : openat(dir, "last.ostia",
			   O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(dir);
	return fd;
}

int run_join_keep(void)
{
	int dir = run_dir_open(NULL, 0), e;
	char name[32];

	if (dir < 0)
		return dir;
	new_name(name);
	e = renameat(dir, name, dir, "last.ostia") ? -errno : 0;
	close(dir);
	return e;
}

static void sweep(const char *net)
{
	int dir = run_dir_open(NULL, 0);

	if (dir < 0)
		return;
	(void)run_dir_sweep(dir, net, DOUBT_MS);
	close(dir);
}

/* A process that is being killed closes one thing after the other: our guest
 * may have heard of it, and ended, before we do. So it is asked.
 */
static bool has_ended(const struct run_join *j)
{
	const char *word = "bye";

	return run_join_ask(j->fd, &word, 1, -1, NULL, NULL, 0) == -ECONNRESET;
}

void run_join_close(struct run_join *j)
{
	bool gone;

	if (j->fd < 0)
		return;
	gone = has_ended(j);
	close(j->fd);
	j->fd = -1;
	if (gone)
		sweep(j->net);
}

/* ---- who runs ---- */

int run_join_find(const char *net, char *err, size_t err_size)
{
	int e = check_name(net, err, err_size);
	int dir = e ? e : run_dir_open(err, err_size);
	int fd;

	if (dir < 0)
		return dir;
	fd = run_dir_connect(dir, net);
	if (fd == -ECONNREFUSED)
		(void)run_dir_sweep(dir, net, 0);
	close(dir);
	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return sorry(err, err_size, -ENOENT, net,
			     "no such network; see ostia net ls");
	if (fd >= 0)
		e = be_patient(fd);
	if (fd < 0 || e)
		(void)sorry(err, err_size, e, net, strerror(fd < 0 ? -fd : -e));
	if (fd >= 0 && e) {
		close(fd);
		return e;
	}
	return fd;
}

static void keep_those_that_run(int dir, char *names, int *n)
{
	char *to = names;

	*n = 0;
	for (const char *net = names; *net;) {
		size_t len = strlen(net) + 1;

		if (run_dir_sweep(dir, net, 0) == 0) {
			memmove(to, net, len);
			to += len;
			++*n;
		}
		net += len;
	}
	*to = '\0';
}

int run_join_list(char **names, char *err, size_t err_size)
{
	int dir = run_dir_open(err, err_size);
	int n;

	if (dir < 0)
		return dir;
	n = run_dir_names(dir, names);
	if (n >= 0)
		keep_those_that_run(dir, *names, &n);
	else
		(void)sorry(err, err_size, n, "runtime directory",
			    strerror(-n));
	close(dir);
	return n;
}
