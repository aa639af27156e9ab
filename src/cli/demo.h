/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_DEMO_H
#define OSTIA_CLI_DEMO_H

/** cli_demo() - ostia demo. Return: 0; 125: wrong usage, or a scene failed. */
int cli_demo(int argc, char **argv);

/* cli/guests.c: textbook programs over UDP, as the TCP ones of examples/. */
int guests_udp_server(int argc, char **argv);
int guests_udp_client(int argc, char **argv);
int guests_local_server(int argc, char **argv);
int guests_local_client(int argc, char **argv);
int guests_ping(int argc, char **argv);

#endif
