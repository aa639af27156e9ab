/* SPDX-License-Identifier: MIT */
/*
 * netem's words, read strictly: ostia_faults_parse()
 *
 * A row of `words` reads one word and what follows it. Numbers are decimal
 * with a fraction and a unit; they are kept in integers, so that a text means
 * the same on every machine.
 */
#include <ostia/world.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TOKEN_MAX = 32 };

/* What is being read, and where a complaint goes. */
struct reader {
	const char *at;
	char tok[TOKEN_MAX]; /* the next token, "" at the end */
	const char *word; /* the fault that it belongs to */
	char *err;
	size_t err_size;
};

static int complain(struct reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (!r->err || !r->err_size)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(r->err, r->err_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == ',';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Move to the next token; one that is too long for any word is cut. */
static void step(struct reader *r)
{
	size_t n = 0;

	while (is_space(*r->at))
		r->at++;
	while (*r->at && !is_space(*r->at)) {
		if (n + 1 < sizeof(r->tok))
			r->tok[n++] = *r->at;
		r->at++;
	}
	r->tok[n] = 0;
}

static bool at_number(const struct reader *r)
{
	return is_digit(r->tok[0]) || (r->tok[0] == '.' && is_digit(r->tok[1]));
}

/*
 * A decimal number in millionths, and its unit. Return: false when it does
 * not fit 64 bits.
 */
static bool number(const char *s, uint64_t *micro, const char **unit)
{
	uint64_t v = 0, part = 100000;

	for (; is_digit(*s); s++) {
		if (v > UINT64_MAX / 20 / 1000000)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	v *= 1000000;
	if (*s == '.')
		for (s++; is_digit(*s); s++, part /= 10)
			v += (uint64_t)(*s - '0') * part;
	*micro = v;
	*unit = s;
	return true;
}

struct unit {
	const char *name;
	uint64_t scale;
};

static const struct unit time_units[] = {
	{ "ns", 1 },	     { "nsec", 1 },	    { "us", 1000 },
	{ "usec", 1000 },    { "ms", 1000000 },	    { "msec", 1000000 },
	{ "s", 1000000000 }, { "sec", 1000000000 }, { NULL, 0 },
};

/* bits per second; "bps" is bytes, as tc has it */
static const struct unit rate_units[] = {
	{ "bit", 1 },
	{ "kbit", 1000 },
	{ "mbit", 1000000 },
	{ "gbit", 1000000000 },
	{ "kibit", 1 << 10 },
	{ "mibit", 1 << 20 },
	{ "gibit", 1 << 30 },
	{ "bps", 8 },
	{ "kbps", 8000 },
	{ "mbps", 8000000 },
	{ "gbps", UINT64_C(8000000000) },
	{ NULL, 0 },
};

static const struct unit size_units[] = {
	{ "b", 1 },	   { "kb", 1 << 10 }, { "mb", 1 << 20 },
	{ "gb", 1 << 30 }, { "k", 1 << 10 },  { "m", 1 << 20 },
	{ "g", 1 << 30 },  { NULL, 0 },
};

/* @micro / 10^6 * @scale without overflow, or false. */
static bool scaled(uint64_t micro, uint64_t scale, uint64_t *out)
{
	uint64_t whole = micro / 1000000, part = micro % 1000000;

	if (scale && whole > UINT64_MAX / 2 / scale)
		return false;
	*out = whole * scale + part * (scale / 1000000) +
	       part * (scale % 1000000) / 1000000;
	return true;
}

static const struct unit *unit_find(const struct unit *u, const char *name)
{
	for (; u->name; u++)
		if (!strcasecmp(u->name, name))
			return u;
	return NULL;
}

/* Read a number with one of @units; @example names two for a bare number. */
static int quantity(struct reader *r, const struct unit *units,
		    const char *what, const char *example, uint64_t *out)
{
	const struct unit *u;
	const char *unit;
	uint64_t micro;

	if (!at_number(r))
		return complain(r, "%s: '%s' is not a %s (like %s)", r->word,
				r->tok, what, example);
	if (!number(r->tok, &micro, &unit))
		return complain(r, "%s: %s is too large", r->word, r->tok);
	if (!*unit)
		return complain(r,
				"%s: %s has no unit: write %s%s, or as in %s",
				r->word, r->tok, r->tok,
				units == time_units ? "ms" : units[1].name,
				example);
	u = unit_find(units, unit);
	if (!u)
		return complain(r, "%s: '%s' is not a unit of a %s (like %s)",
				r->word, unit, what, example);
	if (!scaled(micro, u->scale, out))
		return complain(r, "%s: %s is too large", r->word, r->tok);
	step(r);
	return 0;
}

static int read_time(struct reader *r, ostia_time *out)
{
	int err = quantity(r, time_units, "time", "40ms", out);

	if (!err && *out > 3600 * OSTIA_S)
		return complain(r, "%s: more than an hour", r->word);
	return err;
}

/* A share of 2^32; 100% is UINT32_MAX. */
static int read_share(struct reader *r, uint32_t *out)
{
	const char *unit;
	uint64_t micro;

	if (!at_number(r))
		return complain(r, "%s: '%s' is not a share (like 1%%)",
				r->word, r->tok);
	if (!number(r->tok, &micro, &unit))
		return complain(r, "%s: %s is too large", r->word, r->tok);
	if (!*unit)
		return complain(r, "%s: %s has no unit: write %s%%", r->word,
				r->tok, r->tok);
	if (strcmp(unit, "%"))
		return complain(r, "%s: '%s' is not a share (like 1%%)",
				r->word, r->tok);
	if (micro > 100 * UINT64_C(1000000))
		return complain(r, "%s: %s is more than all", r->word, r->tok);
	*out = (uint32_t)(micro * UINT32_MAX / 100000000);
	step(r);
	return 0;
}

static int maybe_share(struct reader *r, uint32_t *out)
{
	return at_number(r) ? read_share(r, out) : 0;
}

static int read_count(struct reader *r, uint32_t max, uint32_t *out)
{
	const char *unit;
	uint64_t micro;

	if (!at_number(r) || !number(r->tok, &micro, &unit) || *unit ||
	    micro % 1000000)
		return complain(r, "%s: '%s' is not a whole number", r->word,
				r->tok);
	if (micro / 1000000 > max || micro == 0)
		return complain(r, "%s: %s is not in 1..%u", r->word, r->tok,
				max);
	*out = (uint32_t)(micro / 1000000);
	step(r);
	return 0;
}

static int read_distribution(struct reader *r, struct ostia_faults *f)
{
	if (strcmp(r->tok, "distribution"))
		return 0;
	step(r);
	if (!strcmp(r->tok, "uniform"))
		f->jitter_dist = OSTIA_JITTER_UNIFORM;
	else if (!strcmp(r->tok, "normal"))
		f->jitter_dist = OSTIA_JITTER_NORMAL;
	else
		return complain(r,
				"delay: distribution '%s': write uniform or "
				"normal",
				r->tok);
	if (!f->jitter)
		return complain(r, "delay: a distribution needs a jitter: "
				   "write delay 40ms 10ms distribution ...");
	step(r);
	return 0;
}

static int read_delay(struct reader *r, struct ostia_faults *f)
{
	int err = read_time(r, &f->delay);

	if (!err && at_number(r))
		err = read_time(r, &f->jitter);
	if (!err && f->jitter)
		err = maybe_share(r, &f->delay_corr);
	return err ? err : read_distribution(r, f);
}

static int read_gemodel(struct reader *r, struct ostia_faults *f)
{
	int err = read_share(r, &f->ge_p);

	f->ge_r = UINT32_MAX - f->ge_p; /* netem's defaults */
	f->ge_bad = UINT32_MAX;
	f->ge_good = 0;
	if (!err)
		err = maybe_share(r, &f->ge_r);
	if (!err)
		err = maybe_share(r, &f->ge_bad);
	return err ? err : maybe_share(r, &f->ge_good);
}

static int read_loss(struct reader *r, struct ostia_faults *f)
{
	int err;

	if (!strcmp(r->tok, "gemodel")) {
		step(r);
		return read_gemodel(r, f);
	}
	if (!strcmp(r->tok, "every")) {
		step(r);
		return read_count(r, INT32_MAX, &f->loss_every);
	}
	if (!strcmp(r->tok, "state"))
		return complain(r, "loss: no `state` here: write loss gemodel "
				   "P R");
	if (!strcmp(r->tok, "random"))
		step(r);
	err = read_share(r, &f->loss);
	return err ? err : maybe_share(r, &f->loss_corr);
}

static int read_duplicate(struct reader *r, struct ostia_faults *f)
{
	int err = read_share(r, &f->duplicate);

	return err ? err : maybe_share(r, &f->duplicate_corr);
}

static int read_mark(struct reader *r, struct ostia_faults *f)
{
	return read_share(r, &f->mark);
}

static int read_corrupt(struct reader *r, struct ostia_faults *f)
{
	int err = read_share(r, &f->corrupt);

	return err ? err : maybe_share(r, &f->corrupt_corr);
}

static int read_reorder(struct reader *r, struct ostia_faults *f)
{
	int err = read_share(r, &f->reorder);

	if (!err)
		err = maybe_share(r, &f->reorder_corr);
	if (err || strcmp(r->tok, "gap"))
		return err;
	step(r);
	return read_count(r, 1000000, &f->gap);
}

static int read_rate(struct reader *r, struct ostia_faults *f)
{
	bool minus;
	uint32_t n = 0;
	uint64_t bits = 0;
	int err = quantity(r, rate_units, "rate", "10mbit", &bits);

	if (err)
		return err;
	f->rate = bits / 8;
	if (!f->rate)
		return complain(r, "rate: less than a byte a second");
	minus = r->tok[0] == '-' && is_digit(r->tok[1]);
	if (minus)
		memmove(r->tok, r->tok + 1, strlen(r->tok));
	if (!at_number(r))
		return 0;
	err = read_count(r, 65535, &n);
	f->overhead = minus ? -(int32_t)n : (int32_t)n;
	return err;
}

static int read_limit(struct reader *r, struct ostia_faults *f)
{
	const char *unit;
	uint64_t micro;

	if (at_number(r) && number(r->tok, &micro, &unit) && *unit)
		return quantity(r, size_units, "size", "64kb", &f->limit_bytes);
	return read_count(r, 1 << 20, &f->limit);
}

static int read_mtu(struct reader *r, struct ostia_faults *f)
{
	int err = read_count(r, 65535, &f->mtu);

	if (!err && f->mtu < 68)
		return complain(r, "mtu: %u is less than IPv4's 68", f->mtu);
	return err;
}

/* A word of the queue's own. Return: 1; 0: it is none; -EINVAL. */
static int read_queue_word(struct reader *r, struct ostia_faults *f)
{
	bool dual = f->queue == OSTIA_QUEUE_DUALPI2;
	bool fq = f->queue == OSTIA_QUEUE_FQ_CODEL;
	char word[TOKEN_MAX];
	int err = 0;

	strcpy(word, r->tok);
	if (!dual && (!strcmp(word, "ecn") || !strcmp(word, "noecn"))) {
		f->ecn = word[0] == 'e';
		step(r);
		return 1;
	}
	if (!strcmp(word, "limit")) {
		step(r);
		err = read_limit(r, f);
	} else if (!strcmp(word, "target")) {
		step(r);
		err = read_time(r, &f->target);
	} else if (!strcmp(word, dual ? "tupdate" : "interval")) {
		step(r);
		err = read_time(r, &f->interval);
	} else if (dual && !strcmp(word, "step")) {
		step(r);
		err = read_time(r, &f->step);
	} else if (fq && !strcmp(word, "flows")) {
		step(r);
		err = read_count(r, 65536, &f->flows);
	} else if (fq && !strcmp(word, "quantum")) {
		step(r);
		err = read_count(r, 65535, &f->quantum);
	} else {
		return 0;
	}
	return err ? err : 1;
}

/* tc's words for a queue, as far as this one has them. */
static int read_queue(struct reader *r, struct ostia_faults *f,
		      enum ostia_queue queue)
{
	int more;

	f->queue = queue;
	f->ecn = queue == OSTIA_QUEUE_FQ_CODEL; /* as tc has it */
	do {
		more = read_queue_word(r, f);
	} while (more > 0);
	return more;
}

static int read_codel(struct reader *r, struct ostia_faults *f)
{
	return read_queue(r, f, OSTIA_QUEUE_CODEL);
}

static int read_fq_codel(struct reader *r, struct ostia_faults *f)
{
	return read_queue(r, f, OSTIA_QUEUE_FQ_CODEL);
}

static int read_dualpi2(struct reader *r, struct ostia_faults *f)
{
	return read_queue(r, f, OSTIA_QUEUE_DUALPI2);
}

static const struct {
	const char *name;
	int (*read)(struct reader *r, struct ostia_faults *f);
} words[] = {
	{ "delay", read_delay },	 { "latency", read_delay },
	{ "loss", read_loss },		 { "drop", read_loss },
	{ "duplicate", read_duplicate }, { "corrupt", read_corrupt },
	{ "reorder", read_reorder },	 { "rate", read_rate },
	{ "limit", read_limit },	 { "mtu", read_mtu },
	{ "codel", read_codel },	 { "fq_codel", read_fq_codel },
	{ "dualpi2", read_dualpi2 },	 { "mark", read_mark },
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static int read_word(struct reader *r, struct ostia_faults *f)
{
	for (unsigned i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, r->tok))
			continue;
		r->word = words[i].name;
		step(r);
		return words[i].read(r, f);
	}
	return complain(r,
			"'%s' is no fault: write delay, loss, duplicate, "
			"corrupt, mark, reorder, rate, limit, mtu, codel, "
			"fq_codel or dualpi2",
			r->tok);
}

int ostia_faults_parse(const char *text, struct ostia_faults *out, char *err,
		       size_t err_size)
{
	struct reader r = { .at = text, .err = err, .err_size = err_size };
	struct ostia_faults f = { 0 };
	int bad = 0;

	for (step(&r); r.tok[0] && !bad;)
		bad = read_word(&r, &f);
	if (bad)
		return bad;
	if (f.reorder && !f.delay)
		return complain(&r, "reorder: needs a delay to overtake: write "
				    "delay 10ms reorder 25%%");
	if (f.queue && !f.rate)
		return complain(&r, "a queue needs a rate to wait for: write "
				    "rate 10mbit codel");
	*out = f;
	return 0;
}
