/* SPDX-License-Identifier: MIT */
/* ostia/ostia.h - all of it */
#ifndef OSTIA_H
#define OSTIA_H

#include <ostia/dhcp.h>
#include <ostia/link.h>
#include <ostia/net.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/stack.h>
#include <ostia/types.h>
#include <ostia/world.h>

/**
 * ostia_version() - Which libostia this is, as "0.1.0"
 *
 * The library that runs, which may be newer than the headers that the program
 * was compiled with. The string lives as long as the library.
 */
OSTIA_API const char *ostia_version(void);

#endif
