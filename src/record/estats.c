/* SPDX-License-Identifier: MIT */
#include "record/estats.h"

#include <assert.h>
#include <linux/tcp.h>
#include <netinet/in.h>

/* The kernel's numbers of states, which its headers give to user space twice */
enum { STATES = 12 };

#define ESTATS_ROW(name, unit, value, text) \
	{ "tcpEStats" #name, text, ESTATS_##unit },

static const struct estats_row rows[] = { ESTATS(ESTATS_ROW) };

static_assert(sizeof(rows) / sizeof(rows[0]) == ESTATS_N, "one row an object");

const struct estats_row *estats_row(unsigned i)
{
	assert(i < ESTATS_N);
	return &rows[i];
}

/* RFC 3517's pipe: what is out, without what was received or is lost. */
static uint64_t pipe_size(const struct tcp_info *t)
{
	uint64_t out = (uint64_t)t->tcpi_unacked + t->tcpi_retrans;
	uint64_t gone = (uint64_t)t->tcpi_sacked + t->tcpi_lost;

	return out > gone ? (out - gone) * t->tcpi_snd_mss : 0;
}

static uint64_t ssthresh(const struct tcp_info *t)
{
	return t->tcpi_snd_ssthresh < INT32_MAX
		       ? (uint64_t)t->tcpi_snd_ssthresh * t->tcpi_snd_mss
		       : 0;
}

static uint64_t min_rtt(const struct tcp_info *t)
{
	return t->tcpi_min_rtt < UINT32_MAX ? t->tcpi_min_rtt : 0;
}

static uint64_t cwnd_limited(const struct tcp_info *t)
{
	uint64_t others = t->tcpi_rwnd_limited + t->tcpi_sndbuf_limited;

	return t->tcpi_busy_time > others ? t->tcpi_busy_time - others : 0;
}

static uint64_t retx_queue(const struct tcp_info *t)
{
	uint64_t done = t->tcpi_bytes_acked + t->tcpi_bytes_retrans;

	return t->tcpi_bytes_sent > done ? t->tcpi_bytes_sent - done : 0;
}

/* TcpEStatsNegotiated: enabled(1), peerDisabled(3) */
static uint64_t agreed(const struct tcp_info *t, uint8_t option)
{
	return t->tcpi_options & option ? 1 : 3;
}

uint64_t estats_state(uint8_t state)
{
	static const uint8_t mib[STATES] = {
		[1] = 5, [2] = 3, [3] = 4, [4] = 6,  [5] = 7,	[6] = 11,
		[7] = 1, [8] = 8, [9] = 9, [10] = 2, [11] = 10,
	};

	return state < STATES ? mib[state] : 0;
}

static uint64_t recovery(const struct tcp_info *t)
{
	switch (t->tcpi_ca_state) {
	case TCP_CA_Open:
		return 1;
	case TCP_CA_Recovery:
	case TCP_CA_Loss:
		return 3;
	default:
		return 2;
	}
}

#define ESTATS_VALUE(name, unit, what, text) value[ESTATS_##name] = (what);

void estats_read(uint64_t value[ESTATS_N], const struct tcp_info *t)
{
	ESTATS(ESTATS_VALUE)
}
