/* SPDX-License-Identifier: MIT */
/* ostia/ostia.h - all of it */
#ifndef OSTIA_H
#define OSTIA_H

#include <ostia/link.h>
#include <ostia/record.h>
#include <ostia/socket.h>
#include <ostia/stack.h>
#include <ostia/types.h>

#endif
