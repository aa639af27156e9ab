/* SPDX-License-Identifier: MIT */
#include "drill/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ostia/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The script's zero: a clock that has run for a while. */
static const ostia_time ZERO = 1000 * OSTIA_S;

enum { HOST_ID = 1, PEER_ID = 2 };

static void *env_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return aligned_alloc(16, (size + 15) & ~(size_t)15);
}

static void env_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

/* The same seed each time: a script gives the same run, always. */
static const struct ostia_env env = {
	.alloc = env_alloc,
	.free = env_free,
	.seed = "drill's own seed",
};

int drill_host_pool(struct ostia_pool **out)
{
	return ostia_pool_new(&env, 0, out);
}

static unsigned prefix_length(const char *netmask)
{
	struct in_addr mask = { 0 };

	inet_pton(AF_INET, netmask, &mask);
	return (unsigned)__builtin_popcount(mask.s_addr);
}

static int add_addresses(struct drill_host *h, const struct drill_config *cfg)
{
	bool v6 = drill_config_is_v6(cfg);
	char local[80];
	int ret;

	snprintf(local, sizeof(local), "%s/%u", cfg->local_ip,
		 v6 ? 64 : prefix_length(cfg->netmask_ip));
	ret = ostia_addr_add(h->link, local);
	if (ret < 0)
		return ret;
	return ostia_route_add(h->link, v6 ? "::/0" : "0.0.0.0/0",
			       cfg->gateway_ip);
}

/* ----------------------------------------------------------- a recording */

static int make_peer(struct drill_host *h, const struct drill_config *cfg)
{
	const struct ostia_stack_config sc = {
		.env = &env, .pool = h->pool, .id = PEER_ID, .now = ZERO
	};
	const struct ostia_link_config lc = { .name = "script",
					      .type = OSTIA_LINK_IP,
					      .mtu = cfg->mtu };
	struct ostia_link *link;
	char remote[80];
	int ret = ostia_stack_new(&sc, &h->peer);

	snprintf(remote, sizeof(remote), "%s/%d", cfg->remote_ip,
		 drill_config_is_v6(cfg) ? 128 : 32);
	if (ret == 0)
		ret = ostia_link_new(h->peer, &lc, &link);
	if (ret == 0) /* what is no host's address has no name there */
		(void)ostia_addr_add(link, remote);
	return ret;
}

/* What a recording has beside events: tables, when it is time. */
static void look(struct drill_host *h)
{
	if (!h->peer)
		return;
	ostia_recorder_look_stack(h->recorder, HOST_ID, "host", h->stack);
	ostia_recorder_look_stack(h->recorder, PEER_ID, "script", h->peer);
}

/* What the script sends and hears: of its own side the host tells. */
static void tell(struct drill_host *h, enum ostia_trace_kind kind,
		 const uint8_t *p, size_t n)
{
	const struct ostia_trace ev = {
		.time = ostia_now(h->stack),
		.kind = kind,
		.stack = PEER_ID,
		.u.pkt = { .id = ++h->packets,
			   .link = "script",
			   .data = p,
			   .data_len = (uint32_t)n,
			   .len = (uint32_t)n },
	};

	if (h->peer)
		ostia_recorder_stack(h->recorder, &ev);
}

/* ------------------------------------------------------------ a host made */

static int make(struct drill_host *h, const struct drill_config *cfg,
		const struct ostia_wait_ops *ops, void *ctx)
{
	struct ostia_env told = env;
	const struct ostia_stack_config sc = {
		.env = &told, .pool = h->pool, .id = HOST_ID, .now = ZERO
	};
	const struct ostia_link_config lc = { .name = "drill0",
					      .type = OSTIA_LINK_IP,
					      .mtu = cfg->mtu };
	int ret;

	if (cfg->recorder) {
		told.trace = ostia_recorder_stack;
		told.trace_ctx = cfg->recorder;
	}
	ret = ostia_stack_new(&sc, &h->stack);
	if (ret == 0)
		ret = ostia_link_new(h->stack, &lc, &h->link);
	if (ret == 0)
		ret = add_addresses(h, cfg);
	if (ret == 0)
		ret = ostia_proc_new(h->stack, 0, ops, ctx, &h->proc);
	if (ret == 0 && cfg->recorder)
		ret = make_peer(h, cfg);
	return ret;
}

int drill_host_init(struct drill_host *h, struct ostia_pool *pool,
		    const struct drill_config *cfg,
		    const struct ostia_wait_ops *ops, void *ctx,
		    struct drill_error *err)
{
	int ret;

	*h = (struct drill_host) { .pool = pool, .recorder = cfg->recorder };
	ret = make(h, cfg, ops, ctx);
	look(h);
	if (ret == 0)
		return 0;
	drill_error_set(err, (struct drill_pos) { 1, 1 },
			"no host with mtu %u, local_ip %s, gateway_ip %s: %s",
			cfg->mtu, cfg->local_ip,
			cfg->gateway_ip ? cfg->gateway_ip : "(none)",
			strerror(-ret));
	drill_host_fini(h);
	return ret == -ENOMEM ? ret : -EINVAL;
}

void drill_host_fini(struct drill_host *h)
{
	if (h->peer) {
		ostia_recorder_now(h->recorder);
		look(h);
		ostia_stack_free(h->peer);
	}
	if (h->proc)
		ostia_proc_free(h->proc);
	if (h->stack)
		ostia_stack_free(h->stack);
	*h = (struct drill_host) { 0 };
}

int64_t drill_host_now(const struct drill_host *h)
{
	return (int64_t)(ostia_now(h->stack) - ZERO);
}

void drill_host_advance(struct drill_host *h, int64_t now_ns)
{
	ostia_advance(h->stack, ZERO + (ostia_time)now_ns);
	look(h);
}

void drill_host_note(struct drill_host *h, const char *text)
{
	if (h->recorder)
		ostia_recorder_note(h->recorder, ostia_now(h->stack), text);
}

int64_t drill_host_deadline(const struct drill_host *h)
{
	ostia_time t = ostia_next_deadline(h->stack);

	if (t == OSTIA_NEVER || t - ZERO > INT64_MAX)
		return INT64_MAX;
	return t < ZERO ? 0 : (int64_t)(t - ZERO);
}

int drill_host_rx(struct drill_host *h, const uint8_t *p, size_t n)
{
	struct ostia_pkt *pkt = ostia_pkt_from(h->pool, p, n);

	if (!pkt)
		return -ENOMEM;
	tell(h, OSTIA_TRACE_OUT, p, n);
	ostia_link_input(h->link, pkt);
	return 0;
}

size_t drill_host_tx(struct drill_host *h, uint8_t *to)
{
	struct ostia_pkt *pkt = ostia_link_output(h->link, 1);
	size_t n;

	if (!pkt)
		return 0;
	n = ostia_pkt_copy_out(pkt, 0, to, DRILL_PACKET_MAX);
	ostia_pkt_free_list(pkt);
	tell(h, OSTIA_TRACE_IN, to, n);
	return n;
}

int drill_host_set(void *host, const char *name, const char *value)
{
	const struct drill_host *h = host;

	return ostia_stack_set(h->stack, name, value);
}
