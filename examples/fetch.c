/* SPDX-License-Identifier: MIT */
/*
 * Fetches URLs over HTTP/1.1, many at once
 *
 *	fetch [-c] [-n N] [-o FILE] [-q] [-r FIRST-LAST] URL...
 *
 *	-o FILE   where to write (default: the URL's last part; - is stdout);
 *	          with several transfers FILE.1, FILE.2 ...
 *	-n N      each URL N times, all at once
 *	-c        continue a file that is there in part
 *	-r F-L    only these bytes
 *	-q        no progress
 *
 * URLs are http:// with an address or a name: 10.99.0.1, [fd99::1]:8080, www.
 * A plain socket program: one poll() loop. Exit status: 0 all came whole, 1 not
 *all, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	HEAD_MAX = 16384,
	REQUEST_MAX = 4096,
	BUFFER = 256 * 1024,
	TRANSFERS_MAX = 1000,
	TIMEOUT_S = 60, /* without a byte */
};

enum phase { CONNECTING, ASKING, HEAD, BODY, CHUNK_SIZE, CHUNK_END, DONE };

/* A transfer, from connect() to the last byte. */
struct transfer {
	const char *url;
	char path[4096]; /* of the file */
	struct sockaddr_storage addr;
	socklen_t addr_len;
	int fd, out;
	enum phase phase;
	char request[REQUEST_MAX];
	size_t request_len, request_at;
	char head[HEAD_MAX + 1];
	size_t head_len;
	long long have; /* bytes of the file before we began */
	long long left; /* of the body, or the chunk; -1: until the end */
	long long got;
	int chunked, failed, no_name;
	time_t last;
};

static struct options {
	const char *out, *range;
	int resume, quiet, times;
} options = { .times = 1 };

static struct transfer *transfers;
static int n_transfers;
static char buffer[BUFFER];

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void end_transfer(struct transfer *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->out > STDOUT_FILENO && close(t->out) < 0)
		t->failed = 1;
	t->fd = t->out = -1;
	t->phase = DONE;
}

static int fail(struct transfer *t, const char *why)
{
	fprintf(stderr, "fetch: %s: %s\n", t->url, why);
	t->failed = 1;
	end_transfer(t);
	return -1;
}

/* ---- a URL ---- */

static int set_address(struct transfer *t, const char *host, unsigned port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *ai;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	t->no_name = getaddrinfo(host, service, &hints, &ai);
	if (t->no_name)
		return -1;
	memcpy(&t->addr, ai->ai_addr, ai->ai_addrlen);
	t->addr_len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return 0;
}

/* "[fd99::1]:8080", "10.99.0.1" or "www.example.org" in [p, end). */
static int parse_host(struct transfer *t, const char *p, const char *end)
{
	const char *host = p, *host_end, *colon;
	unsigned long port = 80;
	char text[256], *rest;

	if (*p == '[') {
		host = p + 1;
		host_end = memchr(p, ']', (size_t)(end - p));
		if (!host_end)
			return -1;
		colon = host_end + 1;
	} else {
		host_end = memchr(p, ':', (size_t)(end - p));
		host_end = host_end ? host_end : end;
		colon = host_end;
	}
	if (colon < end) {
		port = strtoul(colon + 1, &rest, 10);
		if (*colon != ':' || rest != end || !port || port > 65535)
			return -1;
	}
	if ((size_t)(host_end - host) >= sizeof(text))
		return -1;
	memcpy(text, host, (size_t)(host_end - host));
	text[host_end - host] = '\0';
	return set_address(t, text, (unsigned)port);
}

static void choose_file(struct transfer *t, const char *target, int number,
			int of)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash && slash[1] ? slash + 1 : "index.html";
	int n = (int)strcspn(name, "?");

	if (options.out)
		name = options.out, n = (int)strlen(name);
	if (of > 1 && strcmp(name, "-") != 0 && strcmp(name, "/dev/null") != 0)
		snprintf(t->path, sizeof(t->path), "%.*s.%d", n, name, number);
	else
		snprintf(t->path, sizeof(t->path), "%.*s", n, name);
}

static int open_output(struct transfer *t)
{
	struct stat st;

	if (!strcmp(t->path, "-")) {
		t->out = STDOUT_FILENO;
		return 0;
	}
	t->out = open(t->path,
		      O_WRONLY | O_CREAT | O_CLOEXEC |
			      (options.resume ? 0 : O_TRUNC),
		      0666);
	if (t->out < 0)
		return fail(t, strerror(errno));
	if (options.resume && fstat(t->out, &st) == 0)
		t->have = st.st_size;
	return lseek(t->out, t->have, SEEK_SET) < 0 && errno != ESPIPE
		       ? fail(t, strerror(errno))
		       : 0;
}

static void write_request(struct transfer *t, const char *host, int host_len,
			  const char *target)
{
	char range[96] = "";

	if (options.range)
		snprintf(range, sizeof(range), "Range: bytes=%s\r\n",
			 options.range);
	else if (t->have)
		snprintf(range, sizeof(range), "Range: bytes=%lld-\r\n",
			 t->have);
	t->request_len = (size_t)snprintf(
		t->request, sizeof(t->request),
		"GET %s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: fetch\r\n"
		"Accept: */*\r\nConnection: close\r\n%s\r\n",
		target, host_len, host, range);
}

static int begin(struct transfer *t, int number, int of)
{
	const char *host = t->url + 7, *target;
	size_t host_len;

	t->fd = t->out = -1;
	if (strncmp(t->url, "http://", 7) != 0)
		return fail(t, "not an http:// URL");
	host_len = strcspn(host, "/");
	target = host[host_len] ? host + host_len : "/";
	if (strlen(target) > 2048 || strpbrk(target, " \r\n"))
		return fail(t, "a path that cannot be asked for");
	if (parse_host(t, host, host + host_len))
		return fail(t, t->no_name ? gai_strerror(t->no_name)
					  : "a host that cannot be read");
	choose_file(t, target, number, of);
	if (open_output(t))
		return -1;
	write_request(t, host, (int)host_len, target);
	t->fd = socket(t->addr.ss_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return fail(t, strerror(errno));
	t->last = (time_t)now_s();
	if (connect(t->fd, (struct sockaddr *)&t->addr, t->addr_len) < 0 &&
	    errno != EINPROGRESS)
		return fail(t, strerror(errno));
	return 0;
}

/* ---- an answer ---- */

/* The value of a header field, or NULL; the head ends with an empty line. */
static const char *field(const struct transfer *t, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strstr(t->head, "\r\n"); p && p[2] != '\r';
	     p = strstr(p + 2, "\r\n"))
		if (!strncasecmp(p + 2, name, n) && p[2 + n] == ':') {
			p += 3 + n;
			return p + strspn(p, " \t");
		}
	return NULL;
}

static int parse_length(const char *p, long long *out)
{
	char *end;

	if (*p < '0' || *p > '9')
		return -1;
	errno = 0;
	*out = strtoll(p, &end, 10);
	return errno || (*end != '\r' && *end != ' ') ? -1 : 0;
}

/* A range that was asked for and not given: what we have is of no use. */
static int check_status(struct transfer *t, int status)
{
	char why[64];

	if (status == 206)
		return options.range || t->have ? 0
						: fail(t, "a part, unasked");
	if (status == 416 && t->have) {
		t->left = 0; /* nothing is missing */
		return 0;
	}
	if (status != 200) {
		snprintf(why, sizeof(why), "status %d", status);
		return fail(t, why);
	}
	if (options.range)
		return fail(t, "the server sends no ranges");
	if (t->have &&
	    (lseek(t->out, 0, SEEK_SET) < 0 || ftruncate(t->out, 0) < 0))
		return fail(t, strerror(errno));
	t->have = 0;
	return 0;
}

static int read_head(struct transfer *t)
{
	const char *length, *encoding;
	int status;

	if (sscanf(t->head, "HTTP/1.%*1[01] %3d", &status) != 1)
		return fail(t, "the answer is not HTTP/1.1");
	length = field(t, "Content-Length");
	encoding = field(t, "Transfer-Encoding");
	t->chunked = encoding && !strncasecmp(encoding, "chunked", 7);
	if (encoding && !t->chunked)
		return fail(t, "an unknown transfer encoding");
	t->left = -1;
	if (length && !t->chunked && parse_length(length, &t->left))
		return fail(t, "a wrong Content-Length");
	if (check_status(t, status))
		return -1;
	t->phase = t->chunked ? CHUNK_SIZE : BODY;
	return 0;
}

static int put(struct transfer *t, const char *p, size_t n)
{
	t->got += (long long)n;
	while (n) {
		ssize_t w = write(t->out, p, n);

		if (w < 0)
			return fail(t, strerror(errno));
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* Bytes of the body. Returns how many were used; -1: it failed. */
static ssize_t take_body(struct transfer *t, const char *p, size_t n)
{
	if (t->left >= 0 && (long long)n > t->left)
		n = (size_t)t->left;
	if (put(t, p, n))
		return -1;
	if (t->left >= 0)
		t->left -= (long long)n;
	if (t->left == 0 && t->chunked)
		t->phase = CHUNK_END;
	else if (t->left == 0)
		end_transfer(t);
	return (ssize_t)n;
}

/* Lines around chunks are collected in head[]. */
static ssize_t take_line(struct transfer *t, const char *p, size_t n)
{
	char *end;

	for (size_t i = 0; i < n; i++) {
		if (t->head_len >= 256)
			return fail(t, "a chunk's head has no end");
		t->head[t->head_len++] = p[i];
		if (p[i] != '\n')
			continue;
		t->head[t->head_len] = '\0';
		t->head_len = 0;
		if (t->phase == CHUNK_END) {
			t->phase = CHUNK_SIZE;
			return (ssize_t)i + 1;
		}
		t->left = strtoll(t->head, &end, 16);
		if (end == t->head || t->left < 0)
			return fail(t, "a chunk without a size");
		t->phase = BODY;
		if (t->left == 0)
			end_transfer(t); /* trailers are not read */
		return (ssize_t)i + 1;
	}
	return (ssize_t)n;
}

static ssize_t take_head(struct transfer *t, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (t->head_len == HEAD_MAX)
			return fail(t, "the answer's head is too long");
		t->head[t->head_len++] = p[i];
		if (p[i] != '\n' || t->head_len < 4 ||
		    memcmp(t->head + t->head_len - 4, "\r\n\r\n", 4) != 0)
			continue;
		t->head[t->head_len] = '\0';
		if (strlen(t->head) != t->head_len)
			return fail(t, "a NUL in the answer's head");
		if (read_head(t))
			return -1;
		t->head_len = 0;
		if (t->phase == BODY && t->left == 0)
			end_transfer(t);
		return (ssize_t)i + 1;
	}
	return (ssize_t)n;
}

static void take(struct transfer *t, const char *p, size_t n)
{
	while (n && t->phase != DONE) {
		ssize_t used = t->phase == HEAD	  ? take_head(t, p, n)
			       : t->phase == BODY ? take_body(t, p, n)
						  : take_line(t, p, n);

		if (used < 0)
			return;
		p += used;
		n -= (size_t)used;
	}
}

/* ---- the socket ---- */

static void receive(struct transfer *t)
{
	ssize_t n = recv(t->fd, buffer, sizeof(buffer), 0);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(t, strerror(errno));
	} else if (n > 0) {
		t->last = (time_t)now_s();
		take(t, buffer, (size_t)n);
	} else if (t->phase == BODY && t->left < 0 && !t->chunked) {
		end_transfer(t);
	} else {
		fail(t, "the connection ended too early");
	}
}

static void ask(struct transfer *t)
{
	ssize_t n = send(t->fd, t->request + t->request_at,
			 t->request_len - t->request_at, MSG_NOSIGNAL);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(t, strerror(errno));
		return;
	}
	t->request_at += (size_t)n;
	if (t->request_at == t->request_len)
		t->phase = HEAD;
}

static void connected(struct transfer *t)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err)
		fail(t, strerror(err));
	else
		t->phase = ASKING;
}

static void go_on(struct transfer *t)
{
	if (t->phase == CONNECTING)
		connected(t);
	if (t->phase == ASKING)
		ask(t);
	else if (t->phase != DONE)
		receive(t);
}

static void progress(double began, int last)
{
	static double told;
	double now = now_s();
	long long bytes = 0;
	int done = 0;

	if (options.quiet || (!last && (now - told < 0.25 || !isatty(2))))
		return;
	told = now;
	for (int i = 0; i < n_transfers; i++) {
		bytes += transfers[i].got;
		done += transfers[i].phase == DONE && !transfers[i].failed;
	}
	fprintf(stderr, "%s%d of %d done, %lld bytes in %.2f s, %.1f MB/s%s",
		isatty(2) ? "\r\033[K" : "", done, n_transfers, bytes,
		now - began, (double)bytes / (now - began + 1e-9) / 1e6,
		last ? "\n" : "");
}

static int watch(struct pollfd *p)
{
	int busy = 0;

	for (int i = 0; i < n_transfers; i++) {
		const struct transfer *t = &transfers[i];

		p[i].fd = t->phase == DONE ? -1 : t->fd;
		p[i].events = t->phase <= ASKING ? POLLOUT : POLLIN;
		busy += t->phase != DONE;
	}
	return busy;
}

static void loop(void)
{
	struct pollfd *p = calloc((size_t)n_transfers, sizeof(*p));
	double began = now_s();

	while (p && watch(p)) {
		if (poll(p, (nfds_t)n_transfers, 250) < 0 && errno != EINTR) {
			perror("fetch: poll");
			exit(1);
		}
		for (int i = 0; i < n_transfers; i++) {
			struct transfer *t = &transfers[i];

			if (t->phase != DONE && p[i].revents)
				go_on(t);
			else if (t->phase != DONE &&
				 (time_t)now_s() - t->last > TIMEOUT_S)
				fail(t, "nothing came for a long time");
		}
		progress(began, 0);
	}
	progress(began, 1);
	free(p);
}

/* ---- the command line ---- */

static int usage(void)
{
	fprintf(stderr, "usage: fetch [-c] [-n N] [-o FILE] [-q] "
			"[-r FIRST-LAST] URL...\n");
	return 2;
}

static int parse_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "cn:o:qr:")) != -1) {
		if (c == 'c')
			options.resume = 1;
		else if (c == 'n')
			options.times = atoi(optarg);
		else if (c == 'o')
			options.out = optarg;
		else if (c == 'q')
			options.quiet = 1;
		else if (c == 'r')
			options.range = optarg;
		else
			return -1;
	}
	if (options.range && options.resume)
		return -1;
	if (options.range &&
	    strspn(options.range, "0123456789-") != strlen(options.range))
		return -1;
	return optind < argc && options.times >= 1 &&
			       options.times * (argc - optind) <= TRANSFERS_MAX
		       ? optind
		       : -1;
}

int main(int argc, char **argv)
{
	int first = parse_options(argc, argv);
	int failed = 0;

	if (first < 0)
		return usage();
	signal(SIGPIPE, SIG_IGN);
	n_transfers = options.times * (argc - first);
	transfers = calloc((size_t)n_transfers, sizeof(*transfers));
	if (!transfers) {
		perror("fetch");
		return 1;
	}
	for (int i = 0; i < n_transfers; i++) {
		transfers[i].url = argv[first + i / options.times];
		begin(&transfers[i], i + 1, n_transfers);
	}
	loop();
	for (int i = 0; i < n_transfers; i++)
		failed += transfers[i].failed;
	free(transfers);
	return failed > 0;
}
