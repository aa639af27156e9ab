/* SPDX-License-Identifier: MIT */
/*
 * os/auto.h - links that configure themselves: addr=auto
 *
 * Such a link is as a kernel's: it proves its addresses, asks for routers and
 * believes them. Others have what their words say and are quiet.
 */
#ifndef OSTIA_OS_AUTO_H
#define OSTIA_OS_AUTO_H

#include "os/runtime.h"

#include <ostia/link.h>

/** auto_link() - ostia_link_new() for one. */
int auto_link(struct ostia_runtime *rt, const struct ostia_link_config *cfg,
	      struct ostia_link **out);

#endif
