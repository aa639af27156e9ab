/* SPDX-License-Identifier: MIT */
#include "record/faults.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Words one after another, with a space between. */
struct words {
	char *buf;
	size_t size, len;
};

static void say(struct words *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct words *w, const char *format, ...)
{
	va_list ap;
	int n;

	if (w->len + 2 >= w->size)
		return;
	if (w->len)
		w->buf[w->len++] = ' ';
	va_start(ap, format);
	n = vsnprintf(w->buf + w->len, w->size - w->len, format, ap);
	va_end(ap);
	if (n > 0)
		w->len += (size_t)n;
	if (w->len >= w->size)
		w->len = w->size - 1;
}

/* The largest unit in which it is a whole number. */
static void say_time(struct words *w, ostia_time ns)
{
	if (ns % OSTIA_S == 0)
		say(w, "%" PRIu64 "s", ns / OSTIA_S);
	else if (ns % OSTIA_MS == 0)
		say(w, "%" PRIu64 "ms", ns / OSTIA_MS);
	else if (ns % OSTIA_US == 0)
		say(w, "%" PRIu64 "us", ns / OSTIA_US);
	else
		say(w, "%" PRIu64 "ns", ns);
}

/* Of 2^32, in percent with the digits that it needs, at most three. */
static void say_share(struct words *w, uint32_t share)
{
	uint64_t thousandths =
		((uint64_t)share * 100000 + UINT32_MAX / 2) / UINT32_MAX;
	unsigned whole = (unsigned)(thousandths / 1000);
	unsigned part = (unsigned)(thousandths % 1000);

	if (!part)
		say(w, "%u%%", whole);
	else if (part % 100 == 0)
		say(w, "%u.%u%%", whole, part / 100);
	else
		say(w, "%u.%03u%%", whole, part);
}

static void say_fault(struct words *w, const char *name, uint32_t share,
		      uint32_t corr)
{
	if (!share)
		return;
	say(w, "%s", name);
	say_share(w, share);
	if (corr)
		say_share(w, corr);
}

static void say_delay(struct words *w, const struct ostia_faults *f)
{
	if (!f->delay && !f->jitter)
		return;
	say(w, "delay");
	say_time(w, f->delay);
	if (!f->jitter)
		return;
	say_time(w, f->jitter);
	if (f->delay_corr)
		say_share(w, f->delay_corr);
	if (f->jitter_dist == OSTIA_JITTER_NORMAL)
		say(w, "distribution normal");
}

static void say_bursts(struct words *w, const struct ostia_faults *f)
{
	if (!f->ge_p)
		return;
	say(w, "loss gemodel");
	say_share(w, f->ge_p);
	say_share(w, f->ge_r);
	say_share(w, f->ge_bad);
	say_share(w, f->ge_good);
}

static void say_rate(struct words *w, uint64_t bytes)
{
	uint64_t bits = bytes * 8;

	if (bits % 1000000000 == 0)
		say(w, "rate %" PRIu64 "gbit", bits / 1000000000);
	else if (bits % 1000000 == 0)
		say(w, "rate %" PRIu64 "mbit", bits / 1000000);
	else if (bits % 1000 == 0)
		say(w, "rate %" PRIu64 "kbit", bits / 1000);
	else
		say(w, "rate %" PRIu64 "bit", bits);
}

static void say_queue_time(struct words *w, const char *name, ostia_time ns)
{
	if (!ns)
		return;
	say(w, "%s", name);
	say_time(w, ns);
}

static void say_queue(struct words *w, const struct ostia_faults *f)
{
	static const char *const names[OSTIA_QUEUES] = {
		[OSTIA_QUEUE_CODEL] = "codel",
		[OSTIA_QUEUE_FQ_CODEL] = "fq_codel",
		[OSTIA_QUEUE_DUALPI2] = "dualpi2",
	};
	bool dual = f->queue == OSTIA_QUEUE_DUALPI2;

	if (!f->queue || f->queue >= OSTIA_QUEUES)
		return;
	say(w, "%s", names[f->queue]);
	say_queue_time(w, "target", f->target);
	say_queue_time(w, dual ? "tupdate" : "interval", f->interval);
	if (dual)
		say_queue_time(w, "step", f->step);
	if (f->queue == OSTIA_QUEUE_FQ_CODEL && f->flows)
		say(w, "flows %u", f->flows);
	if (f->queue == OSTIA_QUEUE_FQ_CODEL && f->quantum)
		say(w, "quantum %u", f->quantum);
	if (!dual)
		say(w, f->ecn ? "ecn" : "noecn");
}

void faults_words(char *buf, size_t size, const struct ostia_faults *f)
{
	struct words w = { buf, size, 0 };

	buf[0] = '\0';
	say_delay(&w, f);
	say_fault(&w, "loss", f->loss, f->loss_corr);
	if (f->loss_every)
		say(&w, "loss every %u", f->loss_every);
	say_bursts(&w, f);
	say_fault(&w, "duplicate", f->duplicate, f->duplicate_corr);
	say_fault(&w, "corrupt", f->corrupt, f->corrupt_corr);
	say_fault(&w, "reorder", f->reorder, f->reorder_corr);
	if (f->reorder && f->gap)
		say(&w, "gap %u", f->gap);
	if (f->rate)
		say_rate(&w, f->rate);
	if (f->rate && f->overhead)
		say(&w, "%d", f->overhead);
	if (f->limit)
		say(&w, "limit %u", f->limit);
	if (f->limit_bytes)
		say(&w, "limit %" PRIu64 "b", f->limit_bytes);
	if (f->mtu)
		say(&w, "mtu %u", f->mtu);
	say_queue(&w, f);
}
