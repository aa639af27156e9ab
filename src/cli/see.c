/* SPDX-License-Identifier: MIT */
#include "cli/see.h"

#include "record/text.h"
#include "run/join.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SENTENCE = 256 };

static int sorry(const char *word, const char *path, const char *why, int err)
{
	fprintf(stderr, "%s: %s: %s\n", word, path, why);
	return err;
}

int see_rec(struct see *s, const char *word, struct ostia_record *rec)
{
	int err;

	s->word = word;
	s->rec = rec;
	err = view_read(&s->view, rec);
	if (err) {
		ostia_record_close(rec);
		s->rec = NULL;
		return sorry(word, "recording", strerror(-err), err);
	}
	return 0;
}

/* What comes by a pipe is kept, so that it can be read twice. */
static int keep(int from)
{
	FILE *f = tmpfile();
	int fd = f ? dup(fileno(f)) : -1;
	char buf[1 << 16];
	ssize_t n;

	if (f)
		fclose(f);
	if (fd < 0)
		return -errno;
	while ((n = read(from, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(fd, buf, (size_t)n) != n) {
			n = -errno;
			close(fd);
			return (int)(n ? n : -EIO);
		}
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* "last" is what failed last; another name is a network that runs. */
static int open_net(const char *name, char *why, size_t size)
{
	bool last = !strcmp(name, "last");
	int conn = -1, fd, err = 0;

	if (!last)
		conn = run_join_find(name, why, size);
	if (conn == -ENOENT)
		snprintf(why, size,
			 "no such file, and no network of that name; see "
			 "ostia net ls");
	if (!last && conn < 0)
		return conn;
	fd = last ? run_join_last(false) : memfd_create("ring", MFD_CLOEXEC);
	if (fd == -ENOENT)
		snprintf(why, size, "no run has failed yet");
	if (last || fd < 0)
		return fd;
	err = run_join_record(conn, fd, why, size);
	close(conn);
	if (err)
		close(fd);
	else
		lseek(fd, 0, SEEK_SET);
	return err ? err : fd;
}

bool see_is_net(const char *path)
{
	return strcmp(path, "last") != 0 && run_join_is_name(path) &&
	       access(path, F_OK);
}

static int open_path(const char *path, struct ostia_record **rec, int *kept,
		     char *why, size_t size)
{
	int fd;

	if (!strcmp(path, "last") || see_is_net(path))
		fd = open_net(path, why, size);
	else if (strcmp(path, "-") != 0 ||
		 lseek(STDIN_FILENO, 0, SEEK_CUR) != (off_t)-1)
		return ostia_record_open(path, rec, why, size);
	else
		fd = keep(STDIN_FILENO);
	if (fd < 0) {
		if (!*why)
			snprintf(why, size, "%s", strerror(-fd));
		return fd;
	}
	*kept = fd;
	return ostia_record_open_fd(fd, rec, why, size);
}

void see_trouble(const char *word, const char *path,
		 const struct ostia_record_info *info)
{
	if (info->trouble[0])
		fprintf(stderr,
			"%s: %s: %s (%" PRIu64 " bytes lost, %" PRIu64
			" events read)\n",
			word, path, info->trouble, info->lost, info->events);
}

int see_source(struct see_source *s, const char *word, const char *path,
	       bool quiet)
{
	char why[SENTENCE] = "";
	int err;

	*s = (struct see_source) { .fd = -1 };
	err = open_path(path, &s->rec, &s->fd, why, sizeof(why));
	if (err && s->fd >= 0)
		close(s->fd);
	if (err && !quiet)
		(void)sorry(word, path, *why ? why : strerror(-err), err);
	return err;
}

void see_source_close(struct see_source *s)
{
	ostia_record_close(s->rec);
	if (s->fd >= 0)
		close(s->fd);
}

static int read_source(struct see *s, const char *word, const char *path,
		       const struct see_source *src)
{
	int err;

	s->fd = src->fd;
	err = see_rec(s, word, src->rec);
	if (!err)
		see_trouble(word, path, &s->view.info);
	else if (s->fd >= 0)
		close(s->fd);
	return err;
}

int see_open(struct see *s, const char *word, const char *path)
{
	struct see_source src;
	int err = see_source(&src, word, path, false);

	*s = (struct see) { .fd = -1 };
	return err ? err : read_source(s, word, path, &src);
}

int see_again(struct see *s, const char *word, const char *net)
{
	struct see_source src;
	int err = see_source(&src, word, net, true);

	*s = (struct see) { .fd = -1 };
	if (err == -ENOENT || err == -ECONNRESET)
		return -ENOENT;
	if (err)
		return sorry(word, net, strerror(-err), err);
	return read_source(s, word, net, &src);
}

void see_close(struct see *s)
{
	if (!s->rec)
		return;
	view_fini(&s->view);
	ostia_record_close(s->rec);
	if (s->fd >= 0)
		close(s->fd);
	s->rec = NULL;
}

/* ---- choosing ---- */

static const char *one_operand(const struct opt_set *set, int argc, char **argv,
			       int *code)
{
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	int n = operands ? opt_parse(set, argc, argv, operands) : -ENOMEM;
	const char *path = n == 1 ? operands[0] : NULL;

	free(operands);
	*code = n == -ECANCELED ? 0 : EXIT_OURS;
	if (n >= 0 && !path)
		fprintf(stderr, "%s: which recording? One; see %s --help\n",
			set->name, set->name);
	return path;
}

const char *see_asked(const struct opt_set *set, int argc, char **argv,
		      const char *const *at, ostia_time *time, int *code)
{
	const char *path = one_operand(set, argc, argv, code);

	if (!path || !at || !*at || see_time(*at, time))
		return path;
	fprintf(stderr, "%s: --at %s: write a time such as 1.25s or 250ms\n",
		set->name, *at);
	return NULL;
}

static bool is_conv(const struct view_conv *c, const char *text)
{
	char name[2][80], both[170];

	for (int i = 0; i < 2; i++)
		view_name(name[i], sizeof(name[i]), c->addr[i], c->port[i]);
	for (int i = 0; i < 2; i++) {
		snprintf(both, sizeof(both), "%s-%s", name[i], name[!i]);
		if (!strcmp(both, text))
			return true;
	}
	return false;
}

int64_t see_conv(const struct view *v, const char *text)
{
	if (!strchr(text, '-'))
		return -EINVAL;
	for (uint32_t i = v->nconvs; i--;)
		if (is_conv(&v->conv[i], text))
			return i;
	return -ENOENT;
}

int64_t see_last(const struct view *v)
{
	int64_t last = -ENOENT;

	for (uint32_t i = 0; i < v->nconvs; i++) {
		uint8_t proto = v->conv[i].proto;

		if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
			last = i;
	}
	return last;
}

bool see_time(const char *text, ostia_time *t)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = { { "", 1e9 },
		      { "s", 1e9 },
		      { "ms", 1e6 },
		      { "us", 1e3 },
		      { "ns", 1 } };
	char *end;
	double v = strtod(text, &end);

	if (end == text || !(v >= 0) || v > 1e9)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].unit)) {
			*t = (ostia_time)(v * units[i].ns + 0.5);
			return true;
		}
	return false;
}

static const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	case IPPROTO_IGMP:
		return "igmp";
	default:
		return "ip";
	}
}

void see_list(const struct view *v, FILE *out)
{
	fprintf(out, "%-5s %-48s %10s %8s %10s %6s %6s\n", "PROTO",
		"CONVERSATION", "BEGAN MS", "PACKETS", "BYTES", "LOST",
		"RESENT");
	for (uint32_t i = 0; i < v->nconvs; i++) {
		const struct view_conv *c = &v->conv[i];
		char name[2][80], both[170], ms[32];

		for (int k = 0; k < 2; k++)
			view_name(name[k], sizeof(name[k]), c->addr[k],
				  c->port[k]);
		snprintf(both, sizeof(both), "%s-%s", name[0], name[1]);
		diagram_ms(ms, c->first > v->begin ? c->first - v->begin : 0);
		fprintf(out,
			"%-5s %-48s %10s %8" PRIu64 " %10" PRIu64 " %6" PRIu64
			" %6" PRIu64 "\n",
			proto_name(c->proto), both, ms,
			c->packets[0] + c->packets[1],
			c->bytes[0] + c->bytes[1], c->lost[0] + c->lost[1],
			c->resent[0] + c->resent[1]);
	}
}

bool see_has_host(const struct see *s, const char *name)
{
	for (uint32_t i = 0; i < s->view.nhosts; i++)
		if (!name || !strcmp(s->view.host[i].name, name))
			return true;
	if (name)
		fprintf(stderr, "%s: --host %s: no such host\n", s->word, name);
	return !name;
}

/* ---- writing ---- */

static bool is_same(const char *path, const char *from)
{
	struct stat a, b;

	return from && !stat(path, &a) && !stat(from, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
	       S_ISREG(a.st_mode);
}

FILE *see_out(const char *word, const char *path, const char *from)
{
	FILE *f;

	if (!path || !strcmp(path, "-"))
		return stdout;
	if (is_same(path, from)) {
		fprintf(stderr, "%s: %s: is the recording itself\n", word,
			path);
		return NULL;
	}
	f = fopen(path, "we");
	if (!f)
		fprintf(stderr, "%s: %s: %s\n", word, path, strerror(errno));
	return f;
}

int see_done(const char *word, const char *path, FILE *out)
{
	int err = fflush(out) || ferror(out) ? errno ? errno : EIO : 0;

	if (out != stdout && fclose(out) && !err)
		err = errno;
	if (!err || err == EPIPE) /* who read has seen enough */
		return 0;
	fprintf(stderr, "%s: %s: %s\n", word, path ? path : "standard output",
		strerror(err));
	return EXIT_OURS;
}

bool see_is_fine(void)
{
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

int see_width(FILE *out)
{
	struct winsize w = { .ws_col = 0 };
	int fd = fileno(out);

	if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &w) ||
	    w.ws_col < TEXT_WIDTH_MIN)
		return TEXT_WIDTH_MIN;
	return w.ws_col < TEXT_WIDTH_MAX ? w.ws_col : TEXT_WIDTH_MAX;
}
