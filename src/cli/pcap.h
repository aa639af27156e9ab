/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_PCAP_H
#define OSTIA_CLI_PCAP_H

/** cli_pcap() - ostia pcap. Return: 0; 125: wrong usage, or no recording. */
int cli_pcap(int argc, char **argv);

#endif
