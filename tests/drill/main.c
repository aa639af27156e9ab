/* SPDX-License-Identifier: MIT */
/*
 * `ostia drill` alone: what the command's other words need is not linked, so
 * a conversation test is one small program.
 */
#include "cli/drill.h"

int main(int argc, char **argv)
{
	return cli_drill(argc - 1, argv + 1);
}
