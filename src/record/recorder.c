/* SPDX-License-Identifier: MIT */
#include "record/recorder.h"

#include "record/log.h"

#include <errno.h>
#include <fcntl.h>
#include <ostia/stack.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	RING_DEFAULT = 8 << 20,
	SNAP_DEFAULT = 256,
	ROWS_DEFAULT = 1024,
	ROWS_MAX = 1 << 16,
};

/* ---- files ---- */

static int write_all(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n) {
		ssize_t r = write(fd, at, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r ? -errno : -EIO;
		at += r;
		n -= (size_t)r;
	}
	return 0;
}

static int write_head(const struct ostia_recorder *r, int fd)
{
	uint32_t n = (uint32_t)strlen(r->config);
	uint8_t h[FORMAT_HEAD_LEN];
	int err;

	memcpy(h, FORMAT_MAGIC, 8);
	format_put32(h + 8, FORMAT_VERSION);
	format_put32(h + 12, n);
	format_put64(h + 16, r->cfg.seed);
	format_put32(h + 24, crc_of(&r->crc, r->config, n));
	format_put32(h + 28, crc_of(&r->crc, h, 28));
	err = write_all(fd, h, sizeof(h));
	return err ? err : write_all(fd, r->config, n);
}

static int write_chunk(const struct ostia_recorder *r, int fd, struct chunk *c)
{
	return c->events ? write_all(fd, c->mem, chunk_seal(c, &r->crc)) : 0;
}

/* ---- chunks ---- */

static void pen_reset(struct recorder_pen *p, uint64_t first)
{
	chunk_reset(&p->c, &p->texts, first);
}

/* The chunk under way goes to the file, and begins anew. */
static void to_file(struct ostia_recorder *r)
{
	struct chunk *c = &r->now.c;

	if (!r->err)
		r->err = write_chunk(r, r->cfg.fd, c);
	if (r->err)
		r->lost += c->events;
	else
		r->written += FORMAT_CHUNK_HEAD + c->len;
	pen_reset(&r->now, r->events);
}

/* One that may join the ring. */
static int new_chunk(struct ostia_recorder *r, struct chunk *c)
{
	uint64_t ring = (uint64_t)r->ring_cap * FORMAT_CHUNK_BYTES;

	return chunk_new(c, r->cfg.snap, ring < SHELF_PIECE ? NULL : &r->shelf);
}

/* A chunk joins the ring; memory of the oldest is the next one's. Without
 * memory for one more the ring stays as short as it is.
 */
static void keep(struct ostia_recorder *r, struct chunk *c)
{
	struct chunk next = { .mem = NULL };
	struct chunk *oldest = &r->ring[r->ring_first];

	if (r->ring_n < r->ring_cap && new_chunk(r, &next) == 0) {
		r->ring[(r->ring_first + r->ring_n) % r->ring_cap] = *c;
		r->ring_n++;
	} else if (r->ring_n) {
		next = *oldest;
		r->lost += next.events;
		r->ring_first = (r->ring_first + 1) % r->ring_cap;
		r->ring[(r->ring_first + r->ring_n - 1) % r->ring_cap] = *c;
	} else {
		next = *c;
		r->lost += next.events;
	}
	*c = next;
}

static void to_ring(struct ostia_recorder *r)
{
	keep(r, &r->now.c);
	pen_reset(&r->now, r->events);
}

/* ---- the log ---- */

static struct chunk log_chunk(const struct ostia_recorder *r)
{
	struct chunk c = r->raw;

	c.raw = true;
	c.len = (uint32_t)(r->log.at - c.mem);
	c.events = (uint32_t)r->log.events;
	c.first = r->events;
	return c;
}

static void log_reset(struct ostia_recorder *r)
{
	r->log.at = r->raw.mem;
	r->log.end = r->raw.mem + FORMAT_CHUNK_BYTES;
	r->log.open = NULL;
	r->log.events = 0;
}

/* Each event of a log's chunk. */
static int each(const struct ostia_recorder *r, const struct chunk *c,
		void *ctx, int (*tell)(void *ctx, const struct ostia_trace *))
{
	const struct trace_rec *rec = (const void *)c->mem;
	const void *end = c->mem + c->len;
	struct ostia_trace ev[LOG_EVENTS];
	char text[TRACE_ARGS];
	int err = 0;

	for (; (const void *)rec < end && !err; rec = trace_rec_next(rec)) {
		unsigned n = log_read(&r->log, rec, ev, text);

		for (unsigned i = 0; i < n && !err; i++)
			err = tell(ctx, &ev[i]);
	}
	return err;
}

static int hear(void *ctx, const struct ostia_trace *ev)
{
	hear_trace(ctx, ev->stack, ev);
	return 0;
}

/* What the log has becomes events like others. */
static void drain(struct ostia_recorder *r)
{
	struct chunk c;

	trace_log_close(&r->log);
	if (r->log.at == r->raw.mem)
		return;
	c = log_chunk(r);
	log_reset(r);
	(void)each(r, &c, r, hear);
}

static void log_is_full(struct ostia_trace_log *log)
{
	struct ostia_recorder *r =
		(void *)((char *)log - offsetof(struct ostia_recorder, log));

	if (r->cfg.to_fd) {
		drain(r);
		return;
	}
	if (r->now.c.events)
		to_ring(r);
	r->raw = log_chunk(r);
	r->events += r->raw.events;
	r->heard += r->raw.events;
	keep(r, &r->raw);
	r->now.c.first = r->events;
	log_reset(r);
}

struct ostia_trace_log *ostia_recorder_log(struct ostia_recorder *r)
{
	if (!r->raw.mem) {
		if (new_chunk(r, &r->raw))
			return NULL;
		r->log.full = log_is_full;
		r->log.snap =
			r->cfg.snap < TRACE_HEAD ? r->cfg.snap : TRACE_HEAD;
		log_reset(r);
	}
	return &r->log;
}

struct recorder_pen *recorder_begin(struct ostia_recorder *r, uint32_t kind,
				    ostia_time time, uint32_t node)
{
	drain(r);
	if (chunk_is_full(&r->now.c)) {
		if (r->cfg.to_fd)
			to_file(r);
		else
			to_ring(r);
	}
	if (time < r->time)
		time = r->time;
	r->time = time;
	r->events++;
	if (r->err) {
		r->lost++;
		return NULL;
	}
	chunk_begin(&r->now.c, kind, time, node);
	return &r->now;
}

struct recorder_pen *recorder_begin_name(struct ostia_recorder *r,
					 uint32_t kind, uint32_t node)
{
	struct chunk next;

	if (r->cfg.to_fd)
		return NULL;
	if (chunk_is_full(&r->names.c)) {
		if (r->nnames == RECORDER_NAMES || chunk_new(&next, 0, NULL))
			return NULL;
		r->name_chunk[r->nnames++] = r->names.c;
		r->names.c = next;
		pen_reset(&r->names, 0);
		r->names.c.flags = FORMAT_F_NAMES;
	}
	chunk_begin(&r->names.c, kind, 0, node);
	return &r->names;
}

/* ---- beginning and end ---- */

static void set_defaults(struct ostia_recorder_config *cfg)
{
	if (!cfg->ring_bytes)
		cfg->ring_bytes = RING_DEFAULT;
	if (!cfg->snap)
		cfg->snap = SNAP_DEFAULT;
	if (!cfg->rows)
		cfg->rows = ROWS_DEFAULT;
	if (!cfg->look_every)
		cfg->look_every = 100 * OSTIA_MS;
}

static int set_up(struct ostia_recorder *r)
{
	const char *config = r->cfg.config ? r->cfg.config : "";
	uint64_t chunks = r->cfg.ring_bytes / FORMAT_CHUNK_BYTES;

	r->cfg.config = NULL;
	r->ring_cap = r->cfg.to_fd ? 0 : (uint32_t)(chunks ? chunks : 1);
	r->config = strndup(config, FORMAT_CONFIG_MAX);
	r->rows = calloc(r->cfg.rows, sizeof(*r->rows));
	if (r->ring_cap)
		r->ring = calloc(r->ring_cap, sizeof(*r->ring));
	if (!r->config || !r->rows || (r->ring_cap && !r->ring))
		return -ENOMEM;
	if (new_chunk(r, &r->now.c) || chunk_new(&r->names.c, 0, NULL))
		return -ENOMEM;
	pen_reset(&r->now, 0);
	pen_reset(&r->names, 0);
	r->names.c.flags = FORMAT_F_NAMES;
	return r->cfg.to_fd ? write_head(r, r->cfg.fd) : 0;
}

static void tear_down(struct ostia_recorder *r)
{
	for (uint32_t i = 0; i < r->ring_n; i++)
		chunk_free(&r->ring[(r->ring_first + i) % r->ring_cap]);
	for (uint32_t i = 0; i < r->nnames; i++)
		chunk_free(&r->name_chunk[i]);
	chunk_free(&r->now.c);
	chunk_free(&r->raw);
	chunk_free(&r->names.c);
	shelf_free(&r->shelf);
	told_fini(&r->told);
	free(r->ring);
	free(r->rows);
	free(r->config);
	free(r);
}

int ostia_recorder_new(const struct ostia_recorder_config *cfg,
		       struct ostia_recorder **out)
{
	struct ostia_recorder *r;
	int err;

	if (cfg->snap > FORMAT_SNAP_MAX || cfg->rows > ROWS_MAX ||
	    cfg->ring_bytes >> 32 > 255)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->cfg = *cfg;
	set_defaults(&r->cfg);
	crc_init(&r->crc);
	err = set_up(r);
	if (err) {
		tear_down(r);
		return err;
	}
	*out = r;
	return 0;
}

int ostia_recorder_free(struct ostia_recorder *r)
{
	int err = 0;

	if (!r)
		return 0;
	if (r->cfg.to_fd)
		err = ostia_recorder_flush(r);
	tear_down(r);
	return err;
}

int ostia_recorder_flush(struct ostia_recorder *r)
{
	if (!r->cfg.to_fd)
		return -EINVAL;
	drain(r);
	if (r->now.c.events)
		to_file(r);
	return r->err;
}

/* ---- saving a ring ---- */

/* struct encoder - A chunk of a log on its way to a file */
struct encoder {
	const struct ostia_recorder *r;
	struct recorder_pen *pen;
	int fd;
};

static int encode(void *ctx, const struct ostia_trace *ev)
{
	const struct encoder *e = ctx;
	struct chunk *c = &e->pen->c;
	int err = 0;

	if (chunk_is_full(c)) {
		err = write_chunk(e->r, e->fd, c);
		pen_reset(e->pen, c->first + c->events);
	}
	hear_put(e->r, e->pen, ev->stack, ev);
	return err;
}

static int write_raw(const struct ostia_recorder *r, int fd,
		     const struct chunk *c, struct recorder_pen *pen)
{
	struct encoder e = { r, pen, fd };
	int err;

	pen_reset(pen, c->first);
	err = each(r, c, &e, encode);
	return err ? err : write_chunk(r, fd, &pen->c);
}

static int write_ring(const struct ostia_recorder *r, int fd,
		      struct recorder_pen *pen)
{
	int err = 0;

	for (uint32_t i = 0; i < r->ring_n && !err; i++) {
		struct chunk *c = &r->ring[(r->ring_first + i) % r->ring_cap];

		err = c->raw ? write_raw(r, fd, c, pen) : write_chunk(r, fd, c);
	}
	return err;
}

static int save_ring(const struct ostia_recorder *r, int fd)
{
	struct recorder_pen *pen = calloc(1, sizeof(*pen));
	int err = -ENOMEM;

	if (pen && chunk_new(&pen->c, r->cfg.snap, NULL) == 0) {
		err = write_ring(r, fd, pen);
		chunk_free(&pen->c);
	}
	free(pen);
	return err;
}

int ostia_recorder_save_fd(struct ostia_recorder *r, int fd)
{
	int err = r->cfg.to_fd ? -EINVAL : write_head(r, fd);

	if (!err)
		drain(r);
	for (uint32_t i = 0; i < r->nnames && !err; i++)
		err = write_chunk(r, fd, &r->name_chunk[i]);
	if (!err)
		err = write_chunk(r, fd, &r->names.c);
	if (!err)
		err = save_ring(r, fd);
	return err ? err : write_chunk(r, fd, &r->now.c);
}

int ostia_recorder_save(struct ostia_recorder *r, const char *path)
{
	int fd = r->cfg.to_fd
			 ? -1
			 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0666);
	int err;

	if (fd < 0)
		return r->cfg.to_fd ? -EINVAL : -errno;
	err = ostia_recorder_save_fd(r, fd);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

void ostia_recorder_stats(const struct ostia_recorder *r,
			  struct ostia_recorder_stats *s)
{
	*s = (struct ostia_recorder_stats) { .events =
						     r->events + r->log.events,
					     .lost = r->lost,
					     .bytes = r->written };
	for (uint32_t i = 0; i < r->ring_n; i++)
		s->bytes += r->ring[(r->ring_first + i) % r->ring_cap].len;
	if (!r->cfg.to_fd)
		s->bytes += r->now.c.len + (uint64_t)(r->log.at - r->raw.mem);
}
