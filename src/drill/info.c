/* SPDX-License-Identifier: MIT */
#include "drill/info.h"

#include <errno.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <string.h>

#define FIELD(name)                                                   \
	{                                                             \
#name, offsetof(struct tcp_info, name),               \
			sizeof(((struct tcp_info *)NULL)->name), 0, 0 \
	}

/* The two bytes of bit fields stand behind tcpi_options. */
enum { BITS = offsetof(struct tcp_info, tcpi_options) + 1 };

/* @bits 0: the whole field; else that many from @shift on. */
static const struct field {
	const char *name;
	size_t offset;
	size_t size;
	unsigned shift;
	unsigned bits;
} fields[] = {
	FIELD(tcpi_state),
	FIELD(tcpi_ca_state),
	FIELD(tcpi_retransmits),
	FIELD(tcpi_probes),
	FIELD(tcpi_backoff),
	FIELD(tcpi_options),
	FIELD(tcpi_rto),
	FIELD(tcpi_ato),
	FIELD(tcpi_snd_mss),
	FIELD(tcpi_rcv_mss),
	FIELD(tcpi_unacked),
	FIELD(tcpi_sacked),
	FIELD(tcpi_lost),
	FIELD(tcpi_retrans),
	FIELD(tcpi_fackets),
	FIELD(tcpi_last_data_sent),
	FIELD(tcpi_last_ack_sent),
	FIELD(tcpi_last_data_recv),
	FIELD(tcpi_last_ack_recv),
	FIELD(tcpi_pmtu),
	FIELD(tcpi_rcv_ssthresh),
	FIELD(tcpi_rtt),
	FIELD(tcpi_rttvar),
	FIELD(tcpi_snd_ssthresh),
	FIELD(tcpi_snd_cwnd),
	FIELD(tcpi_advmss),
	FIELD(tcpi_reordering),
	FIELD(tcpi_rcv_rtt),
	FIELD(tcpi_rcv_space),
	FIELD(tcpi_total_retrans),
	FIELD(tcpi_pacing_rate),
	FIELD(tcpi_max_pacing_rate),
	FIELD(tcpi_bytes_acked),
	FIELD(tcpi_bytes_received),
	FIELD(tcpi_segs_out),
	FIELD(tcpi_segs_in),
	FIELD(tcpi_notsent_bytes),
	FIELD(tcpi_min_rtt),
	FIELD(tcpi_data_segs_in),
	FIELD(tcpi_data_segs_out),
	FIELD(tcpi_delivery_rate),
	FIELD(tcpi_busy_time),
	FIELD(tcpi_rwnd_limited),
	FIELD(tcpi_sndbuf_limited),
	FIELD(tcpi_delivered),
	FIELD(tcpi_delivered_ce),
	FIELD(tcpi_bytes_sent),
	FIELD(tcpi_bytes_retrans),
	FIELD(tcpi_dsack_dups),
	FIELD(tcpi_reord_seen),
	FIELD(tcpi_rcv_ooopack),
	FIELD(tcpi_snd_wnd),
	{ "tcpi_snd_wscale", BITS, 1, 0, 4 },
	{ "tcpi_rcv_wscale", BITS, 1, 4, 4 },
	{ "tcpi_delivery_rate_app_limited", BITS + 1, 1, 0, 1 },
	{ "tcpi_fastopen_client_fail", BITS + 1, 1, 1, 2 },
};

size_t drill_info_size(void)
{
	return sizeof(struct tcp_info);
}

static int64_t load(const struct field *f, const unsigned char *p)
{
	uint64_t v = 0;
	uint32_t v32;
	uint16_t v16;

	switch (f->size) {
	case 1:
		v = *p;
		break;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		v = v16;
		break;
	case 4:
		memcpy(&v32, p, sizeof(v32));
		v = v32;
		break;
	default:
		memcpy(&v, p, sizeof(v));
	}
	if (f->bits)
		v = v >> f->shift & ((1u << f->bits) - 1);
	return (int64_t)v;
}

int drill_info_field(const char *name, size_t len, const void *info,
		     size_t info_len, int64_t *value)
{
	const struct field *f = fields;
	const struct field *end = fields + sizeof(fields) / sizeof(fields[0]);

	while (f < end &&
	       (strlen(f->name) != len || memcmp(f->name, name, len) != 0))
		f++;
	if (f == end)
		return -ENOENT;
	*value = 0;
	if (!info)
		return 0;
	if (f->offset + f->size > info_len)
		return -ERANGE;
	*value = load(f, (const unsigned char *)info + f->offset);
	return 0;
}
