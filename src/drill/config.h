/* SPDX-License-Identifier: MIT */
/*
 * drill/config.h - what a script and the command line may choose
 *
 * `--flag=value`, one a line, before a script's first statement; the same
 * words on the command line win over the script's.
 */
#ifndef OSTIA_DRILL_CONFIG_H
#define OSTIA_DRILL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drill/arena.h"
#include "drill/lex.h"

struct ostia_recorder;

enum drill_ip_version {
	DRILL_IPV4,
	DRILL_IPV4_MAPPED, /* AF_INET6 sockets, IPv4 packets */
	DRILL_IPV6,
};

enum { DRILL_CONFIG_OPTIONS = 11 };

/**
 * struct drill_config - The two hosts of a script
 * @mtu:		of the link between them
 * @local_ip, @remote_ip, @netmask_ip: as text; NULL: the default of the IP
 *			version
 * @gateway_ip:		first hop of the way to the peer; NULL: the peer is
 *			on the link itself
 * @bind_port:		what `...` means in bind() and sendto(), and our side
 *			of a connection that the peer opens
 * @connect_port:	what `...` means in connect()
 * @tolerance_ns:	how far from the script's time things may happen
 * @tolerance_ppm:	and how far, of the time since the last statement, in
 *			millionths; the larger of both counts
 * @dry_run:		read the script only
 * @verbose:		tell the conversation
 * @defines:		-D NAME=VALUE
 * @recorder:		hears what the host does (<ostia/record.h>), or NULL;
 *			no option: who runs the script sets it
 * @said:		where each option stands, in the order of their table
 */
struct drill_config {
	enum drill_ip_version ip_version;
	uint32_t mtu;
	const char *local_ip;
	const char *remote_ip;
	const char *gateway_ip;
	const char *netmask_ip;
	uint16_t bind_port;
	uint16_t connect_port;
	int64_t tolerance_ns;
	uint32_t tolerance_ppm;
	bool dry_run;
	bool verbose;
	struct drill_define *defines;
	struct ostia_recorder *recorder;
	struct drill_pos said[DRILL_CONFIG_OPTIONS];
};

/** drill_config_init() - The defaults */
void drill_config_init(struct drill_config *c);

/**
 * drill_config_option() - Take one option: "--mtu=1400", "-D PORT=80"
 * @a:	  what is kept of @text is copied there
 * @text: the option alone, NUL-terminated
 * @pos:  where it stands, for @err
 *
 * Return: 0, or -EINVAL with @err set (unknown option, bad value).
 */
int drill_config_option(struct drill_config *c, struct drill_arena *a,
			const char *text, struct drill_pos pos,
			struct drill_error *err);

/** drill_config_name() - The i-th option's name, NULL past the last */
const char *drill_config_name(size_t i);

/**
 * drill_config_check() - Fill in the addresses of the IP version
 * Return: 0, or -EINVAL: an address of the other family, or none at all.
 */
int drill_config_check(struct drill_config *c, struct drill_error *err);

/** drill_config_is_v6() - Are the packets IPv6? */
static inline bool drill_config_is_v6(const struct drill_config *c)
{
	return c->ip_version == DRILL_IPV6;
}

/** drill_config_family() - What `...` means in socket(): AF_INET or AF_INET6 */
int drill_config_family(const struct drill_config *c);

#endif
