/* SPDX-License-Identifier: MIT */
/*
 * A web server for static files: HTTP/1.1, many clients at once
 *
 *	webserver ADDRESS PORT DIRECTORY
 *
 * GET and HEAD, connections that stay open, one byte range a request. Requests
 * are read strictly (RFC 9112): what is not exactly right is refused, and
 * nothing has no bound. No path leaves DIRECTORY: ".." is refused and symbolic
 * links are not followed. A plain socket program: one epoll loop, no threads.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	HEAD_MAX = 8192, /* of a request */
	ANSWER_MAX = 1024, /* of a response's head */
	CHUNK = 256 * 1024, /* read from the file at a time */
	PATH_MAX_BYTES = 4096,
	EVENTS = 64,
	CLIENTS_MAX = 16384,
	IDLE_S = 30, /* a client may say nothing for so long */
	LINGER_S = 2, /* and so long after we said goodbye */
	BACKLOG = 512,
};

enum phase { READING, SENDING, LINGERING };

/* A client. What it sent and was not yet read as a request is in head[]. */
struct client {
	int fd, file;
	enum phase phase;
	int keep; /* the connection stays open after this answer */
	uint32_t events; /* as epoll knows them */
	time_t last;
	size_t head_len;
	char head[HEAD_MAX];
	char answer[ANSWER_MAX];
	size_t answer_len, answer_at;
	off_t pos, end; /* of the file: [pos, end) is still to be sent */
	char *chunk;
	size_t chunk_len, chunk_at;
	size_t at; /* in clients[] */
};

/* A request, as far as we care. */
struct request {
	int head_only, version, keep;
	char path[PATH_MAX_BYTES];
	int has_range;
	off_t first, last; /* first -1: the last `last` bytes; last -1: open */
	char if_range[128];
	int hosts;
};

static struct client *clients[CLIENTS_MAX];
static size_t n_clients;
static int epoll_fd, listener_fd, root_fd, listening;
static volatile sig_atomic_t stopping;

static time_t now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- reading a request ---- */

static int is_token(int c)
{
	return c > 32 && c < 127 && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

static int hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "/a%20b?query" to "a b": no empty, "." or ".." segments, no controls. */
static int decode_path(const char *p, const char *end, char *out)
{
	char *o = out, *segment = out;

	if (p == end || *p++ != '/')
		return 400;
	for (; p < end && *p != '?'; p++) {
		int c = (unsigned char)*p;

		if (c == '%') {
			if (end - p < 3 || hex(p[1]) < 0 || hex(p[2]) < 0)
				return 400;
			c = hex(p[1]) << 4 | hex(p[2]);
			if (c == '/')
				return 404;
			p += 2;
		} else if (c == '/') {
			*o = '\0';
			if (!*segment || !strcmp(segment, ".") ||
			    !strcmp(segment, ".."))
				return 404;
			segment = o + 1;
		}
		if (c < 32 || c == 127)
			return 400;
		if (o - out >= PATH_MAX_BYTES - 16)
			return 414;
		*o++ = (char)c;
	}
	*o = '\0';
	if (!strcmp(segment, ".") || !strcmp(segment, ".."))
		return 404;
	if (!*segment)
		strcpy(o, "index.html");
	return 0;
}

/* Returns 0, or the status that refuses it. */
static int parse_request_line(char *line, char *end, struct request *r)
{
	char *target = memchr(line, ' ', (size_t)(end - line));
	char *version;
	int status;

	if (!target || target == line)
		return 400;
	for (char *p = line; p < target; p++)
		if (!is_token((unsigned char)*p))
			return 400;
	*target++ = '\0';
	version = memchr(target, ' ', (size_t)(end - target));
	if (!version || end - version != 9 ||
	    memcmp(version, " HTTP/1.", 8) != 0 || version[8] < '0' ||
	    version[8] > '9')
		return 400;
	for (char *p = target; p < version; p++)
		if (*p < 33 || *p > 126)
			return 400;
	r->version = version[8] - '0';
	r->keep = r->version >= 1;
	status = decode_path(target, version, r->path);
	if (status)
		return status;
	r->head_only = !strcmp(line, "HEAD");
	return r->head_only || !strcmp(line, "GET") ? 0 : 405;
}

static int parse_number(const char **p, off_t *out)
{
	off_t v = 0;
	int digits = 0;

	for (; **p >= '0' && **p <= '9'; ++*p, digits++) {
		if (v > (INT64_MAX - 9) / 10)
			return -1;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return digits ? 0 : -1;
}

/* One range; what is none, or several, is as if it were not there. */
static void parse_range(const char *p, struct request *r)
{
	off_t first = -1, last = -1;

	if (strncasecmp(p, "bytes=", 6) != 0)
		return;
	p += 6;
	if (*p != '-' && parse_number(&p, &first))
		return;
	if (*p++ != '-')
		return;
	if (*p && parse_number(&p, &last))
		return;
	if (*p || (first < 0 && last < 0) || (last >= 0 && first > last))
		return;
	r->has_range = 1;
	r->first = first;
	r->last = last;
}

static int has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ",");
		const char *w = p;
		size_t wn = len;

		while (wn && (*w == ' ' || *w == '\t'))
			w++, wn--;
		while (wn && (w[wn - 1] == ' ' || w[wn - 1] == '\t'))
			wn--;
		if (wn == n && !strncasecmp(w, word, n))
			return 1;
		p += len + (p[len] == ',');
	}
	return 0;
}

static int use_field(const char *name, const char *value, struct request *r)
{
	if (!strcasecmp(name, "host"))
		r->hosts++;
	else if (!strcasecmp(name, "range"))
		parse_range(value, r);
	else if (!strcasecmp(name, "if-range"))
		snprintf(r->if_range, sizeof(r->if_range), "%.127s", value);
	else if (!strcasecmp(name, "transfer-encoding"))
		return 501;
	else if (!strcasecmp(name, "content-length"))
		return strcmp(value, "0") ? 413 : 0;
	else if (!strcasecmp(name, "connection"))
		r->keep = has_word(value, "close")	  ? 0
			  : has_word(value, "keep-alive") ? 1
							  : r->keep;
	return 0;
}

static int parse_field(char *line, char *end, struct request *r)
{
	char *colon = memchr(line, ':', (size_t)(end - line));
	char *value;

	if (!colon || colon == line)
		return 400;
	for (char *p = line; p < colon; p++)
		if (!is_token((unsigned char)*p))
			return 400; /* blanks before the colon, folded lines */
	*colon = '\0';
	value = colon + 1;
	while (*value == ' ' || *value == '\t')
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	for (char *p = value; p < end; p++)
		if (((unsigned char)*p < 32 && *p != '\t') || *p == 127)
			return 400;
	return use_field(line, value, r);
}

/* The head stands in [p, end), its last line is empty. */
static int parse_head(char *p, char *end, struct request *r)
{
	int status = 0, first = 1;

	while (p < end && !status) {
		char *eol = memchr(p, '\n', (size_t)(end - p));

		if (!eol || eol == p || eol[-1] != '\r')
			return 400;
		if (eol - 1 == p)
			break;
		status = first ? parse_request_line(p, eol - 1, r)
			       : parse_field(p, eol - 1, r);
		first = 0;
		p = eol + 1;
	}
	if (!status && first)
		return 400;
	if (!status && (r->hosts > 1 || (r->version >= 1 && !r->hosts)))
		return 400;
	return status;
}

/* ---- answering ---- */

static const char *reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 206:
		return "Partial Content";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	case 414:
		return "URI Too Long";
	case 416:
		return "Range Not Satisfiable";
	case 431:
		return "Request Header Fields Too Large";
	case 501:
		return "Not Implemented";
	default:
		return "Internal Server Error";
	}
}

static const char *type_of(const char *path)
{
	static const char *const types[][2] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".css", "text/css" },
		{ ".js", "text/javascript" },
		{ ".json", "application/json" },
		{ ".txt", "text/plain; charset=utf-8" },
		{ ".png", "image/png" },
		{ ".svg", "image/svg+xml" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(dot, types[i][0]))
			return types[i][1];
	return "application/octet-stream";
}

static void begin_sending(struct client *c, int keep)
{
	c->phase = SENDING;
	c->keep = keep;
	c->answer_at = 0;
	c->chunk_len = c->chunk_at = 0;
}

/* An error, with a small page unless it is HEAD's. The connection stays only
 * if the request was understood.
 */
static void refuse(struct client *c, int status, int keep, int head_only)
{
	char page[128];
	int n = snprintf(page, sizeof(page), "<h1>%d %s</h1>\n", status,
			 reason(status));

	c->answer_len =
		(size_t)snprintf(c->answer, sizeof(c->answer),
				 "HTTP/1.1 %d %s\r\nContent-Type: text/html\r\n"
				 "Content-Length: %d\r\n%s%s\r\n%s",
				 status, reason(status), n,
				 status == 405 ? "Allow: GET, HEAD\r\n" : "",
				 keep ? "" : "Connection: close\r\n",
				 head_only ? "" : page);
	c->pos = c->end = 0;
	begin_sending(c, keep);
}

/* Walk down the path; a link anywhere on it is an error. */
static int open_below(const char *path)
{
	char copy[PATH_MAX_BYTES];
	int dir = root_fd, fd = -1;
	char *save = NULL, *name, *next;

	snprintf(copy, sizeof(copy), "%s", path);
	name = strtok_r(copy, "/", &save);
	for (; name; name = next) {
		next = strtok_r(NULL, "/", &save);
		fd = openat(dir, name,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
				    (next ? O_DIRECTORY : 0));
		if (dir != root_fd)
			close(dir);
		if (fd < 0)
			return -1;
		dir = fd;
	}
	return fd;
}

static int open_file(const char *path, struct stat *st)
{
	int fd = open_below(path);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -1;
}

/* What of the file is asked for. Returns the status. */
static int choose(const struct request *r, const struct stat *st,
		  const char *etag, off_t *pos, off_t *end)
{
	*pos = 0;
	*end = st->st_size;
	if (!r->has_range || (r->if_range[0] && strcmp(r->if_range, etag)))
		return 200;
	if (r->first < 0) {
		*pos = r->last < st->st_size ? st->st_size - r->last : 0;
		return r->last && st->st_size ? 206 : 416;
	}
	*pos = r->first;
	if (r->last >= 0 && r->last < st->st_size)
		*end = r->last + 1;
	return r->first < st->st_size ? 206 : 416;
}

static void say_range(char *out, size_t size, int status, off_t pos, off_t end,
		      off_t all)
{
	out[0] = '\0';
	if (status == 206)
		snprintf(out, size, "Content-Range: bytes %lld-%lld/%lld\r\n",
			 (long long)pos, (long long)end - 1, (long long)all);
	else if (status == 416)
		snprintf(out, size, "Content-Range: bytes */%lld\r\n",
			 (long long)all);
}

static void answer(struct client *c, const struct request *r)
{
	char etag[48], range[96];
	struct stat st;
	int fd = open_file(r->path, &st);
	int status;

	if (fd < 0) {
		refuse(c, 404, r->keep, r->head_only);
		return;
	}
	snprintf(etag, sizeof(etag), "\"%llx-%llx-%lx\"",
		 (unsigned long long)st.st_size,
		 (unsigned long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	status = choose(r, &st, etag, &c->pos, &c->end);
	if (status == 416)
		c->pos = c->end = 0;
	say_range(range, sizeof(range), status, c->pos, c->end, st.st_size);
	c->answer_len = (size_t)snprintf(
		c->answer, sizeof(c->answer),
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %lld\r\n"
		"ETag: %s\r\nAccept-Ranges: bytes\r\n%s%s\r\n",
		status, reason(status), type_of(r->path),
		(long long)(c->end - c->pos), etag, range,
		r->keep ? "" : "Connection: close\r\n");
	if (r->head_only || c->pos == c->end) {
		c->pos = c->end = 0;
		close(fd);
	} else {
		c->file = fd;
	}
	begin_sending(c, r->keep);
}

/* ---- clients ---- */

static void watch(struct client *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (c->events == events)
		return;
	epoll_ctl(epoll_fd, c->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd,
		  &ev);
	c->events = events;
}

static void listen_on(int on)
{
	struct epoll_event ev = { .events = on ? EPOLLIN : 0 };

	if (listening == on)
		return;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, listener_fd, &ev);
	listening = on;
}

static void end_file(struct client *c)
{
	if (c->file >= 0)
		close(c->file);
	free(c->chunk);
	c->chunk = NULL;
	c->file = -1;
}

static void drop(struct client *c)
{
	end_file(c);
	close(c->fd);
	clients[c->at] = clients[--n_clients];
	clients[c->at]->at = c->at;
	free(c);
	listen_on(1);
}

static void accept_clients(void)
{
	for (;;) {
		int fd = accept4(listener_fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct client *c;
		int one = 1;

		if (fd < 0) {
			/* No room for more: until somebody leaves. */
			if (errno == EMFILE || errno == ENFILE)
				listen_on(0);
			return;
		}
		c = n_clients < CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
		if (!c) {
			close(fd);
			return;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c->fd = fd;
		c->file = -1;
		c->last = now_s();
		c->at = n_clients;
		clients[n_clients++] = c;
		watch(c, EPOLLIN);
	}
}

/* Take the first request out of head[], if it is whole. */
static int next_request(struct client *c)
{
	struct request *r;
	char *end;
	size_t n;
	int status;

	while (c->head_len >= 2 && !memcmp(c->head, "\r\n", 2)) {
		c->head_len -= 2; /* empty lines before it: RFC 9112 2.2 */
		memmove(c->head, c->head + 2, c->head_len);
	}
	end = memmem(c->head, c->head_len, "\r\n\r\n", 4);
	if (!end && c->head_len < HEAD_MAX)
		return 0;
	if (!end) {
		refuse(c, 431, 0, 0);
		return 1;
	}
	r = calloc(1, sizeof(*r));
	n = (size_t)(end - c->head) + 4;
	status = r ? parse_head(c->head, c->head + n, r) : 500;
	c->head_len -= n;
	memmove(c->head, c->head + n, c->head_len);
	if (status)
		refuse(c, status, status == 404 && r->keep, r && r->head_only);
	else
		answer(c, r);
	free(r);
	return 1;
}

/* Returns 0: wait for the client; 1: go on; -1: it is gone. */
static int read_more(struct client *c)
{
	ssize_t n =
		recv(c->fd, c->head + c->head_len, HEAD_MAX - c->head_len, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		watch(c, EPOLLIN);
		return 0;
	}
	if (n <= 0)
		return -1;
	c->head_len += (size_t)n;
	c->last = now_s();
	return 1;
}

/* After our FIN: what still comes is read, so that no reset overtakes it. */
static int linger(struct client *c)
{
	char waste[4096];
	ssize_t n;

	do
		n = recv(c->fd, waste, sizeof(waste), 0);
	while (n > 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		watch(c, EPOLLIN);
		return 0;
	}
	return -1;
}

static int send_some(struct client *c, const char *p, size_t n, size_t *at,
		     int flags)
{
	ssize_t sent = send(c->fd, p + *at, n - *at, flags | MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
		watch(c, EPOLLOUT);
		return 0;
	}
	if (sent < 0)
		return -1;
	*at += (size_t)sent;
	c->last = now_s();
	return 1;
}

/* The next piece of the file. A file that shrank cannot be finished. */
static int refill(struct client *c)
{
	off_t left = c->end - c->pos;
	ssize_t n;

	if (!c->chunk)
		c->chunk = malloc(CHUNK);
	if (!c->chunk)
		return -1;
	n = pread(c->file, c->chunk, left < CHUNK ? (size_t)left : CHUNK,
		  c->pos);
	if (n <= 0)
		return -1;
	c->pos += n;
	c->chunk_len = (size_t)n;
	c->chunk_at = 0;
	return 1;
}

static int answered(struct client *c)
{
	end_file(c);
	if (c->keep) {
		c->phase = READING;
		return 1;
	}
	shutdown(c->fd, SHUT_WR);
	c->phase = LINGERING;
	return 1;
}

static int send_more(struct client *c)
{
	if (c->answer_at < c->answer_len)
		return send_some(c, c->answer, c->answer_len, &c->answer_at,
				 c->pos < c->end ? MSG_MORE : 0);
	if (c->chunk_at < c->chunk_len)
		return send_some(c, c->chunk, c->chunk_len, &c->chunk_at,
				 c->pos < c->end ? MSG_MORE : 0);
	return c->pos < c->end ? refill(c) : answered(c);
}

/* Do what can be done for one client now. A few steps at a time, so that one
 * fast client does not starve the others.
 */
static void serve(struct client *c)
{
	int r = 1;

	for (int steps = 0; r > 0 && steps < 64; steps++) {
		if (c->phase == SENDING)
			r = send_more(c);
		else if (c->phase == LINGERING)
			r = linger(c);
		else
			r = next_request(c) ? 1 : read_more(c);
	}
	if (r < 0)
		drop(c);
	else if (r > 0)
		watch(c, c->phase == SENDING ? EPOLLOUT : EPOLLIN);
}

static void drop_idle(void)
{
	time_t now = now_s();

	for (size_t i = n_clients; i-- > 0;) {
		struct client *c = clients[i];

		if (now - c->last > (c->phase == LINGERING ? LINGER_S : IDLE_S))
			drop(c);
	}
}

/* ---- the server ---- */

static socklen_t parse_address(const char *host, const char *port,
			       struct sockaddr_storage *out)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	char *end;
	unsigned long p = strtoul(port, &end, 10);

	memset(out, 0, sizeof(*out));
	if (*end || end == port || p > 65535)
		return 0;
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((unsigned short)p);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((unsigned short)p);
		return sizeof(*in6);
	}
	return 0;
}

static int open_listener(const char *host, const char *port)
{
	struct sockaddr_storage addr;
	socklen_t len = parse_address(host, port, &addr);
	struct epoll_event ev = { .events = EPOLLIN };
	int one = 1;

	if (!len) {
		fprintf(stderr, "webserver: %s port %s: no numeric address\n",
			host, port);
		return -1;
	}
	listener_fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (listener_fd < 0) {
		perror("webserver: socket");
		return -1;
	}
	setsockopt(listener_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener_fd, (struct sockaddr *)&addr, len) < 0) {
		perror("webserver: bind");
		return -1;
	}
	if (listen(listener_fd, BACKLOG) < 0) {
		perror("webserver: listen");
		return -1;
	}
	listening = 1;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener_fd, &ev);
}

static void stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void loop(void)
{
	time_t swept = now_s();

	while (!stopping) {
		struct epoll_event ev[EVENTS];
		int n = epoll_wait(epoll_fd, ev, EVENTS, 1000);

		if (n < 0 && errno != EINTR) {
			perror("webserver: epoll_wait");
			return;
		}
		for (int i = 0; i < n; i++)
			if (ev[i].data.ptr)
				serve(ev[i].data.ptr);
			else
				accept_clients();
		if (now_s() != swept) {
			drop_idle();
			swept = now_s();
		}
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa;

	if (argc != 4) {
		fprintf(stderr, "usage: webserver ADDRESS PORT DIRECTORY\n");
		return 2;
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	root_fd = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0) {
		perror(argv[3]);
		return 1;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0) {
		perror("webserver: epoll_create1");
		return 1;
	}
	if (open_listener(argv[1], argv[2]) < 0)
		return 1;
	fprintf(stderr, "webserver: http://%s%s%s:%s/\n",
		strchr(argv[1], ':') ? "[" : "", argv[1],
		strchr(argv[1], ':') ? "]" : "", argv[2]);
	loop();
	while (n_clients)
		drop(clients[n_clients - 1]);
	close(listener_fd);
	close(epoll_fd);
	close(root_fd);
	return 0;
}
