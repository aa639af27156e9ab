/* SPDX-License-Identifier: MIT */
/* api/version.c - the version that the build was given, told to programs */
#include <ostia/ostia.h>

const char *ostia_version(void)
{
	return OSTIA_VERSION;
}
