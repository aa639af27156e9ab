/* SPDX-License-Identifier: MIT */
/*
 * names/service.h - well-known services and their ports
 *
 * A table of our own instead of the machine's /etc/services: a world must be
 * the same on every machine. The ports are IANA's, the names Debian's.
 */
#ifndef OSTIA_NAMES_SERVICE_H
#define OSTIA_NAMES_SERVICE_H

#include <stdint.h>

/**
 * names_service_port() - Of a service by its name or another name for it
 * @proto: "tcp", "udp"; others have no services
 * Return: the port, or -ENOENT.
 */
int names_service_port(const char *name, const char *proto);

/** names_service_name() - Of the service at a port, or NULL. */
const char *names_service_name(uint16_t port, const char *proto);

/** names_service_at() - Row @i of the table: its name, or NULL behind the last
 * @port: its port; @protos: 1 tcp, 2 udp, 3 both
 */
const char *names_service_at(unsigned i, uint16_t *port, unsigned *protos);

#endif
