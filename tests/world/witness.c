/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

enum {
	ARGS = 8,
	WORDS = 512, /* bytes of them */
	SHOWN = 200, /* events of the last moments */
	PATH = 1024,
	STACK = 65536,
};

#define ENV "OSTIA_WITNESS="

/* A world that a recorder hears, and whose events go on to who asked. */
struct tap {
	struct ostia_world *w;
	struct ostia_recorder *r;
	void (*fn)(void *ctx, const struct ostia_world_trace *ev);
	void *ctx;
	uint64_t events;
	ostia_time at[SHOWN]; /* of the last events */
};

/* @name: the environment's word that makes a second run, and where it leaves
 * its recording; empty in the first. @out: where the second may speak
 */
static struct {
	char **argv;
	char *again[ARGS];
	char words[WORDS], file[WORDS];
	char name[sizeof(ENV) + PATH];
	const char *about, *left;
	int out;
	struct tap *tap;
} self;

/* ---- the second run ---- */

static void hear(void *ctx, const struct ostia_world_trace *ev)
{
	struct tap *t = ctx;

	if (t == self.tap) {
		ostia_recorder_world(t->r, ev);
		t->at[t->events++ % SHOWN] = ev->time;
	}
	if (t->fn)
		t->fn(t->ctx, ev);
}

static void forget(struct tap *t)
{
	if (t)
		(void)ostia_recorder_free(t->r);
	free(t);
}

static int tapped(const struct ostia_world_config *cfg,
		  struct ostia_world **out)
{
	const struct ostia_recorder_config rec = { .seed = cfg->seed,
						   .config = self.about };
	struct ostia_world_config mine = *cfg;
	struct tap *t = calloc(1, sizeof(*t));
	int err;

	if (!t || ostia_recorder_new(&rec, &t->r))
		abort();
	t->fn = cfg->trace;
	t->ctx = cfg->trace_ctx;
	mine.trace = hear;
	mine.trace_ctx = t;
	forget(self.tap);
	self.tap = t;
	err = ostia_world_new(&mine, out);
	t->w = err ? NULL : *out;
	return err;
}

/* Times of a recording begin with the first event that it kept. */
static ostia_time began(const char *path)
{
	struct ostia_record_event ev;
	struct ostia_record *rec;
	ostia_time t = 0;

	if (ostia_record_open(path, &rec, NULL, 0))
		return 0;
	while (ostia_record_next(rec, &ev) == 1) {
		t = ev.time;
		if (t || ev.kind < OSTIA_RECORD_NODE) /* no name, no gap */
			break;
	}
	ostia_record_close(rec);
	return t;
}

static void leave(void)
{
	const struct tap *t = self.tap;
	ostia_time from, to, zero;

	self.tap = NULL; /* should this fail, too: once is enough */
	if (!t || !t->events || ostia_recorder_save(t->r, self.left))
		_exit(1);
	to = t->at[(t->events - 1) % SHOWN] + 1;
	from = t->at[t->events > SHOWN ? t->events % SHOWN : 0];
	zero = began(self.left);
	from = from > zero ? from - zero : 0;
	to = to > zero ? to - zero : 0;
	dprintf(self.out, "  %s show %s --between %.6fms %.6fms\n", OSTIA_EXE,
		self.left, (double)from / 1e6, (double)to / 1e6);
	_exit(1);
}

/* ---- the first run ---- */

static void say(const char *text)
{
	if (write(2, text, strlen(text)) < 0)
		_exit(2);
}

/* Nothing here allocates: it may follow a signal. */
static void run_again(void)
{
	pid_t pid;

	snprintf(self.name, sizeof(self.name), ENV "%s/%s.ostia", self.left,
		 self.file);
	unlink(self.name + strlen(ENV));
	pid = fork();
	if (!pid) {
		execv("/proc/self/exe", self.again[0] ? self.again : self.argv);
		_exit(2);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	if (pid < 0 || access(self.name + strlen(ENV), R_OK))
		say("  no recording: a second run did not come so far\n");
}

static void testify(void)
{
	static volatile sig_atomic_t once;

	if (once)
		return;
	once = 1;
	if (self.out)
		leave();
	else if (self.argv)
		run_again();
}

static void on_signal(int sig)
{
	if (self.about && *self.about) {
		say(self.about);
		say("\n");
	}
	testify();
	raise(sig); /* which now ends it */
}

void witness_failed(void)
{
	fflush(NULL);
	testify();
	exit(1);
}

/* Tasks have small stacks. */
static void catch_signals(void)
{
	static char stack[STACK];
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction on = { .sa_handler = on_signal,
				      .sa_flags = SA_RESETHAND | SA_NODEFER |
						  SA_ONSTACK };

	sigaction(SIGABRT, &on, NULL);
#if defined(__SANITIZE_ADDRESS__)
	(void)alt;
	__sanitizer_set_death_callback(testify);
#else
	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &on, NULL);
	sigaction(SIGBUS, &on, NULL);
	sigaction(SIGFPE, &on, NULL);
	sigaction(SIGILL, &on, NULL);
#endif
}

static const char *folder(void)
{
	const char *tmp = getenv("TMPDIR");

	return !access(OSTIA_LOGS, W_OK) ? OSTIA_LOGS : tmp ? tmp : "/tmp";
}

static void second(const char *file)
{
	int null = open("/dev/null", O_WRONLY);

	self.left = file;
	self.out = dup(2);
	if (null < 0 || self.out < 0)
		_exit(2);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
}

/* "17 1" of world_seeds: world_seeds-17-1.ostia */
static void name_file(char *const *argv)
{
	const char *slash = strrchr(argv[0], '/');
	size_t n;

	snprintf(self.file, sizeof(self.file), "%s",
		 slash ? slash + 1 : argv[0]);
	for (unsigned i = 1; argv[i]; i++) {
		n = strlen(self.file);
		snprintf(self.file + n, sizeof(self.file) - n, "-%s", argv[i]);
	}
}

void witness_begin(char **argv, const char *about)
{
	const char *file = getenv("OSTIA_WITNESS");

	self.argv = argv;
	self.about = about;
	name_file(argv);
	if (file && *file) {
		second(file);
	} else {
		self.left = folder();
		memcpy(self.name, ENV, sizeof(ENV));
		putenv(self.name);
	}
	catch_signals();
}

void witness_again(const char *fmt, ...)
{
	char *rest = self.words, *word;
	unsigned n = 1;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(self.words, sizeof(self.words), fmt, ap);
	va_end(ap);
	self.again[0] = self.argv[0];
	while (n + 1 < ARGS && (word = strsep(&rest, " ")))
		self.again[n++] = word;
	self.again[n] = NULL;
	name_file(self.again);
}

int witness_world(const struct ostia_world_config *cfg,
		  struct ostia_world **out)
{
	return self.out ? tapped(cfg, out) : ostia_world_new(cfg, out);
}

void witness_look(void)
{
	if (self.tap && self.tap->w)
		ostia_recorder_look(self.tap->r, self.tap->w);
}
