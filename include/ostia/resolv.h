/* SPDX-License-Identifier: MIT */
/*
 * ostia/resolv.h - names through c-ares: libostia-resolv
 *
 * libostia needs libc alone, and finds names by a small resolver of its own.
 * A program that is linked with libostia-resolv, too (pkg-config --libs
 * ostia-resolv), has c-ares do it: before main() the library tells libostia
 * (ostia_runtime_resolver()). c-ares speaks through our sockets, to the
 * servers of the runtime's network (dns=), and reads none of the host's
 * files. Worlds keep their own resolver: c-ares has the host's clock.
 */
#ifndef OSTIA_RESOLV_H
#define OSTIA_RESOLV_H

#include <ostia/names.h>

/** ostia_resolv - What the library puts in the place of ostia_stub. */
OSTIA_API extern const struct ostia_resolver ostia_resolv;

#endif
