/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_run.c - programs under `ostia run` beside themselves (P11)
 *
 * A measurement is a load: a server, and a client that prints how much it did
 * per second. In earnest they are two hosts of a network of their own, joined
 * through its switch; natively they meet on the loopback of a network
 * namespace, where TCP's congestion control is cubic (bbr, some machines'
 * default, makes loopback several times slower). Each starts both anew, and
 * ends them.
 */
#include "cli/bench.h"

#include "cli/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WORDS_MAX = 48,
	PATH_BYTES = 256,
	OUTPUT_BYTES = 1 << 16,
	PATIENCE_S = 30,
	REDIS_PER_MS = 100, /* requests: as many as the kernel's answers */
};

/** struct load - Words may hold @self, @addr, @port, @dir, @ms, @count, @url
 * @needs: programs, besides ourselves
 * @mark:  the figure stands behind it in what the client prints
 */
struct load {
	const char *needs[2];
	const char *server[WORDS_MAX / 2], *client[WORDS_MAX / 2];
	const char *mark;
};

static const struct load bulk_load = {
	.server = { "@self", "bench", "guest", "serve", "@addr", "@port" },
	.client = { "@self", "bench", "guest", "bulk", "@addr", "@port",
		    "@ms" },
	.mark = "",
};

static const struct load rr_load = {
	.server = { "@self", "bench", "guest", "serve", "@addr", "@port" },
	.client = { "@self", "bench", "guest", "rr", "@addr", "@port", "@ms" },
	.mark = "",
};

static const struct load conn_load = {
	.server = { "@self", "bench", "guest", "serve", "@addr", "@port" },
	.client = { "@self", "bench", "guest", "conn", "@addr", "@port",
		    "@ms" },
	.mark = "",
};

static const struct load redis_load = {
	.needs = { "redis-server", "redis-benchmark" },
	.server = { "redis-server", "--port", "@port", "--bind", "@addr",
		    "--save", "", "--appendonly", "no", "--protected-mode",
		    "no", "--dir", "@dir", "--loglevel", "warning" },
	.client = { "redis-benchmark", "-h", "@addr", "-p", "@port", "-t",
		    "get", "-c", "50", "-n", "@count", "--csv" },
	.mark = "\"GET\",\"",
};

static const struct load nginx_load = {
	.needs = { "nginx", "wrk" },
	.server = { "nginx", "-e", "stderr", "-c", "@dir/nginx.conf" },
	.client = { "wrk", "-t", "1", "-c", "32", "-d", "1s", "@url" },
	.mark = "Requests/sec:",
};

/** struct place - Where a load runs, and under which names
 * @ours: two hosts of ours; else the kernel
 * @single: all share one processor
 */
struct place {
	bool ours, single;
	const char *addr;
	char net[32], port[8], dir[PATH_BYTES];
};

static char self[PATH_BYTES];
static char runs_ms[12] = "400", redis_count[12] = "40000";
static int native_user = -1, native_net = -1;

static long must(const char *what, long r)
{
	if (r < 0)
		bench_die(what, -errno);
	return r;
}

void bench_run_time(unsigned ms)
{
	snprintf(runs_ms, sizeof(runs_ms), "%u", ms);
	snprintf(redis_count, sizeof(redis_count), "%u", ms * REDIS_PER_MS);
}

/* ---- what is there ---- */

/* Servers live where no user looks. */
static bool find(const char *program, char *path)
{
	char list[4096];
	const char *user = getenv("PATH");
	char *at = list, *folder;

	snprintf(list, sizeof(list), "%s:/usr/sbin:/sbin", user ? user : "");
	while ((folder = strsep(&at, ":"))) {
		snprintf(path, PATH_BYTES, "%.200s/%.50s", folder, program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static const char *missing(const struct load *l)
{
	char path[PATH_BYTES];

	for (unsigned i = 0; i < 2; i++)
		if (l->needs[i] && !find(l->needs[i], path))
			return l->needs[i];
	return NULL;
}

const char *bench_run_lacks(const char *work)
{
	static int works = -1;

	if (works < 0)
		works = !doctor_why("ostia bench");
	if (!works)
		return "ostia run to work (ostia doctor tells why)";
	if (strstr(work, "redis"))
		return missing(&redis_load);
	return strstr(work, "nginx") ? missing(&nginx_load) : NULL;
}

/* ---- the kernel's side: a loopback of our own ---- */

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		errno = 0; /* what it is for will not work, and say so */
	close(fd);
}

static void map_me(uid_t uid, gid_t gid)
{
	char text[64];

	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "%u %u 1", uid, uid);
	put("/proc/self/uid_map", text);
	snprintf(text, sizeof(text), "%u %u 1", gid, gid);
	put("/proc/self/gid_map", text);
}

static bool enter_new_net(void)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	struct ifreq r = { .ifr_flags = IFF_UP | IFF_LOOPBACK };
	int s;

	if (unshare(CLONE_NEWNET | (uid ? CLONE_NEWUSER : 0)))
		return false;
	if (uid)
		map_me(uid, gid);
	strcpy(r.ifr_name, "lo");
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &r))
		return false;
	close(s);
	put("/proc/sys/net/ipv4/tcp_congestion_control", "cubic");
	return true;
}

static int namespace_of(pid_t pid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Who may not have one measures on the machine's own loopback. */
static void make_native(void)
{
	static bool tried;
	int up[2];
	char ok;
	pid_t pid;

	if (tried)
		return;
	tried = true;
	must("pipe", pipe2(up, O_CLOEXEC));
	pid = (pid_t)must("fork", fork());
	if (pid == 0) {
		if (enter_new_net() && write(up[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(up[1]);
	if (read(up[0], &ok, 1) == 1) {
		if (geteuid())
			native_user = namespace_of(pid, "user");
		native_net = namespace_of(pid, "net");
	} else {
		fputs("ostia bench: no network namespace: native is the "
		      "machine's loopback, with its congestion control\n",
		      stderr);
	}
	close(up[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void join_native(void)
{
	if (native_user >= 0)
		must("setns", setns(native_user, CLONE_NEWUSER));
	if (native_net >= 0)
		must("setns", setns(native_net, CLONE_NEWNET));
}

/* ---- programs ---- */

/* What @word stands for; "@dir/..." keeps its end. */
static void expand(const struct place *p, const char *word, char *out)
{
	const struct {
		const char *name, *value;
	} list[] = { { "@self", self },		{ "@addr", p->addr },
		     { "@port", p->port },	{ "@dir", p->dir },
		     { "@count", redis_count }, { "@ms", runs_ms } };

	snprintf(out, PATH_BYTES, "%s", word);
	if (!strcmp(word, "@url"))
		snprintf(out, PATH_BYTES, "http://%s:%s/", p->addr, p->port);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (!strncmp(word, list[i].name, strlen(list[i].name)))
			snprintf(out, PATH_BYTES, "%s%s", list[i].value,
				 word + strlen(list[i].name));
}

/** struct words - A command line */
struct words {
	char text[WORDS_MAX][PATH_BYTES];
	char *argv[WORDS_MAX + 1];
	unsigned n;
};

static void add_words(const struct place *p, struct words *w,
		      const char *const *word)
{
	for (; *word && w->n < WORDS_MAX; word++) {
		expand(p, *word, w->text[w->n]);
		w->argv[w->n] = w->text[w->n];
		w->argv[++w->n] = NULL;
	}
}

#define add(p, w, ...) \
	add_words(p, w, (const char *const[]) { __VA_ARGS__, NULL })

static void add_program(const struct place *p, struct words *w,
			const char *const *program)
{
	char path[PATH_BYTES];

	add(p, w, **program == '@' || !find(*program, path) ? *program : path);
	while (*++program)
		add(p, w, *program);
}

static void share_processor(void)
{
	cpu_set_t all, one;

	CPU_ZERO(&one);
	must("sched_getaffinity", sched_getaffinity(0, sizeof(all), &all));
	for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	must("sched_setaffinity", sched_setaffinity(0, sizeof(one), &one));
}

/* A child that ends with us; its output goes to @out, or nowhere. */
static pid_t start(const struct place *p, struct words *w, int out, bool hushed)
{
	const pid_t parent = getpid();
	pid_t pid;
	int null;

	fflush(NULL);
	pid = (pid_t)must("fork", fork());
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	if (!p->ours)
		join_native();
	if (p->single)
		share_processor();
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(out < 0 ? null : out, STDOUT_FILENO);
	if (hushed)
		dup2(null, STDERR_FILENO);
	execvp(w->argv[0], w->argv);
	bench_die(w->argv[0], -errno);
}

static int end_of(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static pid_t start_server(const struct place *p, const struct load *l)
{
	static struct words w;

	w.n = 0;
	if (p->ours)
		add(p, &w, "@self", "run", "-q", "--net", p->net, "--name",
		    "server", "--addr", p->addr, "--");
	add_program(p, &w, l->server);
	return start(p, &w, -1, false);
}

/* Until it can be asked. */
static void await_server(const struct place *p, pid_t server)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	double end = bench_now() + PATIENCE_S;
	static struct words w;

	w.n = 0;
	if (p->ours)
		add(p, &w, "@self", "exec", "-q", p->net, "server", "--");
	add(p, &w, "@self", "bench", "guest", "wait", "@addr", "@port");
	while (end_of(start(p, &w, -1, true))) {
		if (waitpid(server, NULL, WNOHANG) || bench_now() > end)
			bench_die("a server", -ECHILD);
		nanosleep(&pause, NULL);
	}
}

/* What the client prints, to its end. */
static void ask(const struct place *p, const struct load *l, char *text)
{
	static struct words w;
	size_t len = 0;
	int out[2];
	ssize_t n;
	pid_t pid;

	w.n = 0;
	if (p->ours)
		add(p, &w, "@self", "run", "-q", "--net", p->net, "--name",
		    "client", "--");
	add_program(p, &w, l->client);
	must("pipe", pipe2(out, O_CLOEXEC));
	pid = start(p, &w, out[1], false);
	close(out[1]);
	while ((n = read(out[0], text + len, OUTPUT_BYTES - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(out[0]);
	if (end_of(pid))
		bench_die(l->client[0], -EIO);
}

/* ---- a measurement ---- */

static uint16_t free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM, 0));

	must("bind", bind(fd, (struct sockaddr *)&a, len));
	must("port", getsockname(fd, (struct sockaddr *)&a, &len));
	close(fd);
	return ntohs(a.sin_port);
}

static void write_conf(const struct place *p)
{
	static const char *const temp[] = { "client_body", "proxy", "fastcgi",
					    "uwsgi", "scgi" };
	char path[PATH_BYTES + 16];
	FILE *f;

	snprintf(path, sizeof(path), "%s/nginx.conf", p->dir);
	f = fopen(path, "we");
	if (!f)
		bench_die(path, -errno);
	fprintf(f, "daemon off;\npid %s/pid;\nerror_log stderr;\n", p->dir);
	fputs("events { worker_connections 128; }\n"
	      "http {\naccess_log off;\n",
	      f);
	for (size_t i = 0; i < sizeof(temp) / sizeof(temp[0]); i++)
		fprintf(f, "%s_temp_path %s/%s;\n", temp[i], p->dir, temp[i]);
	fprintf(f,
		"server { listen %s:%s; location / { return 200 'hello\\n'; "
		"} }\n}\n",
		p->addr, p->port);
	fclose(f);
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

/* Whatever becomes of us, the folder goes when we have: a child waits. */
static void make_dir(char *dir)
{
	const char *temp = getenv("TMPDIR");
	int alive[2];
	char c;

	snprintf(dir, PATH_BYTES, "%.200s/ostia-bench-XXXXXX",
		 temp && *temp ? temp : "/tmp");
	if (!mkdtemp(dir))
		bench_die(dir, -errno);
	must("pipe", pipe2(alive, O_CLOEXEC));
	if (must("fork", fork()) == 0) {
		setsid();
		close(alive[1]);
		while (read(alive[0], &c, 1) < 0 && errno == EINTR)
			;
		nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		_exit(0);
	}
	close(alive[0]); /* the other end is open until we end */
}

static void prepare(struct place *p, bool ours)
{
	static char dir[PATH_BYTES];
	static unsigned count;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[must("/proc/self/exe", n)] = '\0';
	if (!*dir)
		make_dir(dir);
	*p = (struct place) { .ours = ours,
			      .addr = ours ? "10.0.0.1" : "127.0.0.1" };
	strcpy(p->dir, dir);
	snprintf(p->port, sizeof(p->port), "%u", free_port());
	snprintf(p->net, sizeof(p->net), "bench-%d-%u", (int)getpid(), ++count);
	if (!ours)
		make_native();
}

static double figure(const struct load *l, const char *text)
{
	const char *at = strstr(text, l->mark);
	double v = at ? strtod(at + strlen(l->mark), NULL) : 0;

	if (v <= 0)
		bench_die(l->client[0], -EPROTO);
	return v;
}

static double measure_on(const struct load *l, bool ours, bool single)
{
	static char text[OUTPUT_BYTES];
	struct place p;
	pid_t server;

	prepare(&p, ours);
	p.single = single;
	if (l == &nginx_load)
		write_conf(&p);
	server = start_server(&p, l);
	await_server(&p, server);
	ask(&p, l, text);
	kill(server, SIGTERM);
	end_of(server);
	return figure(l, text);
}

static double measure(const struct load *l, bool ours)
{
	return measure_on(l, ours, false);
}

double bench_run_bulk(void)
{
	return measure(&bulk_load, true);
}

double bench_native_bulk(void)
{
	return measure(&bulk_load, false);
}

double bench_run_rr(void)
{
	return measure(&rr_load, true);
}

double bench_native_rr(void)
{
	return measure(&rr_load, false);
}

double bench_run_conn(void)
{
	return measure(&conn_load, true);
}

double bench_native_conn(void)
{
	return measure(&conn_load, false);
}

double bench_run_conn_single(void)
{
	return measure_on(&conn_load, true, true);
}

double bench_native_conn_single(void)
{
	return measure_on(&conn_load, false, true);
}

double bench_run_redis(void)
{
	return measure(&redis_load, true);
}

double bench_native_redis(void)
{
	return measure(&redis_load, false);
}

double bench_run_nginx(void)
{
	return measure(&nginx_load, true);
}

double bench_native_nginx(void)
{
	return measure(&nginx_load, false);
}

/* From start to end of a program that does nothing, ms. */
static double whole_life(const struct place *p)
{
	static struct words w;
	double began = bench_now();

	w.n = 0;
	if (p->ours)
		add(p, &w, "@self", "run", "-q", "--net", p->net, "--");
	add(p, &w, "@self", "--version");
	if (end_of(start(p, &w, -1, false)))
		bench_die("ostia run", -EIO);
	return (bench_now() - began) * 1e3;
}

double bench_run_start_up(void)
{
	struct place ours, native;
	double own;

	prepare(&native, false);
	prepare(&ours, true);
	own = whole_life(&native);
	return whole_life(&ours) - own;
}
