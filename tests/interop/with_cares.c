/* SPDX-License-Identifier: MIT */
/* names.c with c-ares: the linker keeps what somebody speaks of. */
#include <ostia/resolv.h>

extern const struct ostia_resolver *const with_cares;
const struct ostia_resolver *const with_cares = &ostia_resolv;
