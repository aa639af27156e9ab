/* SPDX-License-Identifier: MIT */
/*
 * cli/demo.c - ostia demo: a client, a server and a wire in virtual time
 *
 * Each scene is a world of its own: two hosts, a wire between them, and two
 * textbook programs, which know nothing of it. What is printed is what the
 * world's recording says (record/diagram.c), so a scene is a function of its
 * seed, and of its file.
 */
#include "cli/demo.h"

#include "cli/doors.h"
#include "cli/opt.h"
#include "cli/report.h"
#include "cli/see.h"
#include "record/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* examples/server.c and examples/client.c, compiled with ostia/posix.h */
int server_main(int argc, char **argv);
int client_main(int argc, char **argv);

enum {
	ARGS = 4,
	BULK_BYTES = 24 * 1024,
	LATE_MS = 1, /* the client starts when the server listens */
	LIMIT_S = 600,
	SNAP = 2048, /* whole packets */
	CONFIG = 128,
	LOOK_MS = 10, /* between looks at tables of sockets */
};

static char bulk[BULK_BYTES + 1];

/**
 * struct scene - What is shown
 * @addr:	of client and server, with prefix length
 * @server, @client: programs and their arguments; @server.main NULL: none
 * @calls:	tell each call; else only segments and what happens inside
 * @steps:	number the twelve steps
 * @one_host:	both programs live on the server's
 */
struct program {
	int (*main)(int, char **);
	const char *args[ARGS];
};
static const struct scene {
	const char *name, *title, *faults;
	const char *addr[2];
	struct program server, client;
	bool calls, steps, one_host;
} scenes[] = {
	{ "tcp4",
	  "TCP over IPv4, 20 ms apart",
	  "delay 20ms",
	  { "10.0.0.1/24", "10.0.0.2/24" },
	  { server_main, { "server", "10.0.0.2", "7", "1" } },
	  { client_main, { "client", "10.0.0.2", "7", "Hello, door." } },
	  true,
	  true },
	{ "tcp6",
	  "TCP over IPv6, 20 ms apart",
	  "delay 20ms",
	  { "fd00::1/64", "fd00::2/64" },
	  { server_main, { "server", "fd00::2", "7", "1" } },
	  { client_main, { "client", "fd00::2", "7", "Hello, door." } },
	  true,
	  true },
	{ "udp",
	  "UDP: no connection, a datagram there and one back",
	  "delay 20ms",
	  { "10.0.0.1/24", "10.0.0.2/24" },
	  { guests_udp_server, { "server", "10.0.0.2", "7" } },
	  { guests_udp_client, { "client", "10.0.0.2", "7", "Hello, door." } },
	  true,
	  false },
	{ "ping",
	  "ping: a raw ICMP socket; the other host answers by itself",
	  "delay 20ms",
	  { "10.0.0.1/24", "10.0.0.2/24" },
	  { NULL, { NULL } },
	  { guests_ping, { "ping", "10.0.0.2", "2" } },
	  true,
	  false },
	{ "unix",
	  "AF_UNIX: two processes of one host; there are no segments",
	  "",
	  { "10.0.0.1/24", "10.0.0.2/24" },
	  { guests_local_server, { "server", "/run/door" } },
	  { guests_local_client, { "client", "/run/door", "Hello, door." } },
	  true,
	  false,
	  true },
	{ "loss",
	  "TCP over a bad wire: 24 KB there and back, 40 ms apart, 5 % lost",
	  "delay 40ms loss 5%",
	  { "10.0.0.1/24", "10.0.0.2/24" },
	  { server_main, { "server", "10.0.0.2", "7", "1" } },
	  { client_main, { "client", "10.0.0.2", "7", bulk } },
	  false,
	  false },
};

enum { SCENES = sizeof(scenes) / sizeof(scenes[0]) };

static const char help[] =
	"Examples:\n"
	"  ostia demo                    all scenes\n"
	"  ostia demo --only tcp4        one of them: tcp4 tcp6 udp ping unix\n"
	"                                loss\n"
	"  ostia demo --only backlog     one rule of sockets\n"
	"  ostia demo --doors            all of these, after one another\n"
	"  ostia demo --list             their names\n"
	"  ostia demo --seed 7           another run of the same\n"
	"  ostia demo --only loss -o a.ostia     and keep what happened\n"
	"  ostia demo --html             one with graphs, in the browser\n"
	"\n"
	"Usage: ostia demo [--seed N] [--only SCENE | --doors | --list] [--html]\n"
	"                  [-o FILE]\n"
	"\n"
	"Runs a textbook client and a textbook server on two hosts in virtual time\n"
	"and tells each call, each segment between them and each change of state:\n"
	"the client's left, the server's right. The numbers in front are the steps\n"
	"of a conversation:\n"
	"\n"
	"   1 socket  2 bind  3 listen           the server opens its door\n"
	"   4 socket  5 connect                  the client knocks\n"
	"   6 passive open  7 the client's ACK  8 accept\n"
	"   9 the client writes  10 the server reads\n"
	"  11 the client closes  12 the server closes\n"
	"\n"
	"Times are in ms; to the right is when a segment arrives. 'rtx': bytes that\n"
	"were sent before; 'prb': a probe; 'lost': the wire swallowed it.\n"
	"\n"
	"  --seed N        all that is random follows from it (1)\n"
	"  --only SCENE    one scene, or one of the doors\n"
	"  --doors         small programs that each show one rule: docs/sockets.md\n"
	"  --list          what there is\n"
	"  --html          a scene (loss) as a page with graphs, and show it\n"
	"  -o FILE         the recording of the scene, for ostia show, pcap and ss;\n"
	"                  with --html the page, which is not shown then\n"
	"  -h, --help      this\n";

/** struct stage - A scene while it runs */
struct stage {
	struct ostia_world *world;
	struct ostia_node *host[2];
	struct ostia_wire *wire;
	struct ostia_world_proc *proc[2];
	const struct scene *scene;
	struct ostia_recorder *recorder;
	bool mute;
};

static void hear(void *ctx, const struct ostia_world_trace *ev)
{
	struct stage *s = ctx;

	if (!s->mute)
		ostia_recorder_world(s->recorder, ev);
}

static void be_silent(void *ctx, int fd, const void *p, size_t n)
{
	/* What the programs print is not the demo's. */
	(void)ctx;
	(void)fd;
	(void)p;
	(void)n;
}

static int start_program(struct stage *s, int side)
{
	const struct program *p = side ? &s->scene->server : &s->scene->client;
	int argc = 0;
	int err;

	if (!p->main)
		return 0;
	while (argc < ARGS && p->args[argc])
		argc++;
	s->mute = true; /* the console's descriptors */
	err = ostia_world_proc_new(s->host[side || s->scene->one_host],
				   side ? "server" : "client", 0,
				   &s->proc[side]);
	s->mute = false;
	if (err)
		return err;
	ostia_recorder_name(s->recorder,
			    ostia_node_id(s->host[side || s->scene->one_host]),
			    ostia_proc_id(ostia_world_proc_bsd(s->proc[side])),
			    side ? "server" : "client");
	ostia_world_proc_console(s->proc[side], be_silent, NULL);
	return ostia_world_exec(s->proc[side], p->main, argc, p->args);
}

static void start_client(void *ctx)
{
	if (start_program(ctx, 0))
		ostia_world_stop(((struct stage *)ctx)->world);
}

static int build(struct stage *s, uint64_t seed)
{
	const struct ostia_world_config cfg = { .seed = seed,
						.trace = hear,
						.trace_ctx = s };
	const struct ostia_wire_config wire = { .type = OSTIA_LINK_IP,
						.faults = s->scene->faults };
	int err = ostia_world_new(&cfg, &s->world);

	if (!err)
		err = ostia_host_new(s->world, "client", NULL, 0, &s->host[0]);
	if (!err)
		err = ostia_host_new(s->world, "server", NULL, 0, &s->host[1]);
	if (!err)
		err = ostia_wire_new(s->world, &wire, s->host[0], s->host[1],
				     &s->wire);
	for (unsigned end = 0; end < 2 && !err; end++)
		err = ostia_wire_addr(s->wire, end, s->scene->addr[end]);
	if (!err)
		ostia_recorder_look(s->recorder, s->world);
	return err;
}

/* Both programs must have ended well. */
static int verdict(const struct stage *s)
{
	for (int side = 0; side < 2; side++) {
		int status = 0;

		if (!s->proc[side])
			continue;
		if (!ostia_world_proc_status(s->proc[side], &status) || status)
			return -EIO;
	}
	return 0;
}

/* Step by step, so that tables of sockets are looked at on the way. */
static int run_for(struct stage *s, ostia_time limit)
{
	ostia_time end = ostia_world_now(s->world) + limit;
	ostia_time step = LOOK_MS * OSTIA_MS;
	int err;

	do {
		ostia_time until = ostia_world_now(s->world) + step;

		err = ostia_world_run(s->world, until < end ? until : end);
		ostia_recorder_look(s->recorder, s->world);
	} while (err == -ETIMEDOUT && ostia_world_now(s->world) < end);
	return err;
}

static int play(struct stage *s)
{
	ostia_time now = ostia_world_now(s->world);
	int err = start_program(s, 1);

	if (!err)
		err = ostia_world_at(s->world, now + LATE_MS * OSTIA_MS,
				     start_client, s);
	if (!err)
		err = ostia_world_run_until(s->world, now + 2 * OSTIA_MS);
	if (!err)
		err = run_for(s, LIMIT_S * OSTIA_S);
	/* The last segments: programs end before their connections do. */
	if (!err)
		err = ostia_world_run_until(
			s->world, ostia_world_now(s->world) + 3 * OSTIA_S);
	ostia_recorder_now(s->recorder);
	ostia_recorder_look(s->recorder, s->world);
	return err ? err : verdict(s);
}

/* What is recorded goes to @fd, and is read from there again. */
static int record(struct stage *s, uint64_t seed, int fd)
{
	char config[CONFIG];
	const struct ostia_recorder_config cfg = { .seed = seed,
						   .config = config,
						   .snap = SNAP,
						   .look_every =
							   LOOK_MS * OSTIA_MS,
						   .to_fd = 1,
						   .fd = fd };
	int err, ended;

	snprintf(config, sizeof(config), "ostia demo --only %s --seed %llu",
		 s->scene->name, (unsigned long long)seed);
	err = ostia_recorder_new(&cfg, &s->recorder);
	if (err)
		return err;
	err = build(s, seed);
	if (!err)
		err = play(s);
	if (s->world)
		ostia_world_free(s->world);
	ended = ostia_recorder_free(s->recorder);
	return err ? err : ended;
}

static int print(const struct see *see, const struct scene *scene,
		 struct text *t)
{
	struct diagram_config cfg = { .conv = INDEX_NONE,
				      .to = OSTIA_NEVER,
				      .steps = scene->steps,
				      .no_calls = !scene->calls,
				      .silences = true };
	struct diagram_sides sides;
	int err = diagram_choose(&see->view, INDEX_NONE, &sides);

	if (err)
		return err;
	t->last = see->view.last;
	cfg.body = text_body(t);
	text_begin(t, scene->title, &sides);
	err = diagram_draw(&see->view, see->rec, &sides, &cfg, text_put, t);
	fputc('\n', t->out);
	fflush(t->out);
	return err;
}

static int write_page(const struct see *see, const struct scene *scene,
		      FILE *page)
{
	const struct diagram_config cfg = { .conv = INDEX_NONE,
					    .to = OSTIA_NEVER,
					    .steps = scene->steps };
	struct diagram_sides sides;
	int err = diagram_choose(&see->view, INDEX_NONE, &sides);

	return err ? err : report_write(see, &sides, &cfg, page);
}

/* A scene that failed is shown as far as it came: as text, or as a page. */
static int show(const struct scene *scene, uint64_t seed, int fd,
		struct text *t, bool html)
{
	struct stage s = { .scene = scene };
	struct see see = { .fd = -1 };
	struct ostia_record *rec;
	int err = record(&s, seed, fd), shown = -EIO;

	if (lseek(fd, 0, SEEK_SET) == 0)
		shown = ostia_record_open_fd(fd, &rec, NULL, 0);
	if (!shown)
		shown = see_rec(&see, "ostia demo", rec);
	if (!shown) {
		shown = html ? write_page(&see, scene, t->out)
			     : print(&see, scene, t);
		see_close(&see);
	}
	err = err ? err : shown;
	if (err)
		fprintf(stderr, "ostia demo: --only %s --seed %llu: %s\n",
			scene->name, (unsigned long long)seed, strerror(-err));
	return err;
}

/* A door is a scene of its own kind. */
static struct scene scene_of(const struct door *d)
{
	return (struct scene) {
		.name = d->name,
		.title = d->title,
		.faults = d->faults,
		.addr = { "10.0.0.1/24", "10.0.0.2/24" },
		.server = { d->server, { "server", "10.0.0.2", "7" } },
		.client = { d->client, { "client", "10.0.0.2", "7" } },
		.calls = true,
	};
}

static const char *next_scene(const void *list, size_t i)
{
	const struct door *d = i < SCENES ? NULL : door_at(i - SCENES);

	(void)list;
	return i < SCENES ? scenes[i].name : d ? d->name : NULL;
}

static int unknown_scene(const char *name)
{
	const char *near = opt_closest(name, next_scene, NULL);

	fprintf(stderr,
		"ostia demo: --only %s: no such scene%s%s%s; see ostia demo "
		"--list\n",
		name, near ? "; did you mean " : "", near ? near : "",
		near ? "?" : "");
	return EXIT_OURS;
}

static int list_scenes(void)
{
	const struct door *d;

	for (size_t i = 0; i < SCENES; i++)
		printf("%-14s%s\n", scenes[i].name, scenes[i].title);
	for (unsigned i = 0; (d = door_at(i)) != NULL; i++)
		printf("%-14s%s\n", d->name, d->title);
	return 0;
}

/* struct wish - What the command line asks for */
struct wish {
	const char *only, *output;
	bool doors, html;
	uint64_t seed;
};

/* The recording of a scene: the file that is wished for, or one in memory. */
static int open_output(const struct wish *w)
{
	const char *path = w->output ? w->output : "memory";
	int fd = w->output && !w->html
			 ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
				0666)
			 : memfd_create("demo", MFD_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "ostia demo: %s: %s\n", path, strerror(errno));
	return fd;
}

/* Where there is a desktop, and somebody who looks at it. */
static void look_at(const char *path)
{
	pid_t pid;

	printf("%s\n", path);
	fflush(stdout);
	if (!isatty(STDOUT_FILENO) ||
	    (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")))
		return;
	pid = fork();
	if (!pid) {
		execlp("xdg-open", "xdg-open", path, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* The page's own file, if none is wished for; @path: room for its name. */
static FILE *own_page(char *path, size_t size)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(path, size, "%s/ostia-demo-XXXXXX.html",
		 dir && *dir ? dir : "/tmp");
	fd = mkostemps(path, 5, O_CLOEXEC);
	if (fd < 0)
		fprintf(stderr, "ostia demo: %s: %s\n", path, strerror(errno));
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int show_page(const struct wish *w, const struct scene *scene)
{
	char own[4096] = "";
	int fd = open_output(w), r;
	struct text t = { .out = NULL };
	FILE *page;

	if (fd < 0)
		return EXIT_OURS;
	page = w->output ? see_out("ostia demo", w->output, NULL)
			 : own_page(own, sizeof(own));
	t.out = page;
	r = page ? show(scene, w->seed, fd, &t, true) : -EIO;
	close(fd);
	if (page && see_done("ostia demo", w->output ? w->output : own, page))
		r = -EIO;
	if (!r && !w->output)
		look_at(own);
	return r ? EXIT_OURS : 0;
}

static int show_one(const struct wish *w, const struct scene *scene)
{
	struct text t = {
		.out = stdout,
		.width = see_width(stdout),
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.fine = see_is_fine(),
		.steps = scene->steps,
	};
	int fd = open_output(w), err;

	if (fd < 0)
		return EXIT_OURS;
	err = show(scene, w->seed, fd, &t, false);
	close(fd);
	return err ? EXIT_OURS : 0;
}

static int run(const struct wish *w)
{
	bool any = false;

	memset(bulk, 'x', BULK_BYTES);
	for (size_t i = 0; next_scene(NULL, i); i++) {
		bool door = i >= SCENES;
		struct scene s =
			door ? scene_of(door_at(i - SCENES)) : scenes[i];

		if (w->only ? strcmp(w->only, s.name) != 0 : door != w->doors)
			continue;
		any = true;
		if (w->html ? show_page(w, &s) : show_one(w, &s))
			return EXIT_OURS;
	}
	return any ? 0 : unknown_scene(w->only);
}

int cli_demo(int argc, char **argv)
{
	struct wish w = { .seed = 1 };
	bool listed = false;
	const struct opt list[] = {
		{ 0, "seed", OPT_NUMBER, &w.seed, "a number", 0, UINT64_MAX },
		{ 0, "only", OPT_TEXT, (void *)&w.only, "a scene" },
		{ 0, "doors", OPT_FLAG, &w.doors },
		{ 0, "list", OPT_FLAG, &listed },
		{ 0, "html", OPT_FLAG, &w.html },
		{ 'o', "output", OPT_TEXT, (void *)&w.output, "a file" },
	};
	const struct opt_set set = { "ostia demo", help, list,
				     sizeof(list) / sizeof(list[0]) };
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	int n = operands ? opt_parse(&set, argc, argv, operands) : -ENOMEM;

	free(operands);
	if (n == -ECANCELED)
		return 0;
	if (n > 0)
		fprintf(stderr,
			"ostia demo: no arguments, only options; see ostia "
			"demo --help\n");
	if (!n && w.html && w.doors) {
		fprintf(stderr, "ostia demo: --html takes one scene: say which "
				"with --only\n");
		return EXIT_OURS;
	}
	if (w.html && !w.only)
		w.only = "loss";
	if (!n && w.output && !w.only)
		fprintf(stderr,
			"ostia demo: -o takes one scene: say which with "
			"--only\n");
	if (n || (w.output && !w.only))
		return EXIT_OURS;
	return listed ? list_scenes() : run(&w);
}
