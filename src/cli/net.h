/* SPDX-License-Identifier: MIT */
/*
 * cli/net.h - the network of a command: --tap tap0 --addr 10.99.0.2/24 ...
 *
 * The options are the words of ostia_runtime_attach(), in their order. Without
 * any, the environment's OSTIA_NET has them.
 */
#ifndef OSTIA_CLI_NET_H
#define OSTIA_CLI_NET_H

#include "cli/opt.h"

struct addrinfo;
struct ostia_runtime;

enum { NET_TEXT = 4096 };

/** struct net - The words so far */
struct net {
	char text[NET_TEXT];
	size_t len;
};

/** net_take() - An option's word (struct opt.take). */
int net_take(void *net, const char *word, const char *value);

#define NET_OPT(net_, word_, value_)                             \
	{                                                        \
		.word = (word_), .kind = OPT_WORD, .to = (net_), \
		.value = (value_), .take = net_take              \
	}

#define NET_OPTS(net)                                                     \
	NET_OPT(net, "tap", "a device's name, or fd:N"),                  \
		NET_OPT(net, "tun", "a device's name, or fd:N"),          \
		NET_OPT(net, "unix", "a socket's path, or fd:N"),         \
		NET_OPT(net, "unix-listen", "a socket's path"),           \
		NET_OPT(net, "addr", "ADDRESS/LENGTH, dhcp or auto"),     \
		NET_OPT(net, "gw", "an address"),                         \
		NET_OPT(net, "mtu", "bytes"),                             \
		NET_OPT(net, "mac", "an address like 02:00:00:00:00:01"), \
		NET_OPT(net, "offload", "on or off"),                     \
		NET_OPT(net, "dns", "a server's address"),                \
		NET_OPT(net, "search", "a domain")

#define NET_HELP                                                                \
	"Network (a link first, then what belongs to it; OSTIA_NET='tap=tap0\n" \
	"addr=10.99.0.2/24 gw=10.99.0.1' in the environment says the same):\n"  \
	"  --tap NAME | fd:N      Ethernet frames through a TAP device\n"       \
	"  --tun NAME | fd:N      bare IP packets through a TUN device\n"       \
	"  --unix PATH | fd:N     frames over an AF_UNIX socket\n"              \
	"  --unix-listen PATH     the same, waiting for the other side\n"       \
	"  --addr A/LEN           our address, v4 or v6; may repeat\n"          \
	"  --addr dhcp            from a DHCP server\n"                         \
	"  --addr dhcp:ADDRESS    the same, and ADDRESS if it may be\n"         \
	"  --addr dhcp:v6only     the same, if the network has no IPv6 alone\n" \
	"  --addr auto            IPv6 as routers tell, and link-local IPv4\n"  \
	"  --gw A                 default route; one a family\n"                \
	"  --mtu N                instead of the device's\n"                    \
	"  --mac 02:..            instead of a random one\n"                    \
	"  --offload off          no segmentation or checksums by the device\n" \
	"  --dns A                a server to ask for names; may repeat\n"      \
	"  --search DOMAIN        for short names; may repeat\n"

/**
 * net_start() - A runtime on that network; the plain names act on it
 * @name: "ostia nc", for messages
 * Return: 0, or -errno, and it was said why.
 */
int net_start(const struct net *net, const char *name,
	      struct ostia_runtime **out);

/**
 * net_resolve() - getaddrinfo(), and what to do when it fails
 * @name: "ostia nc", for messages
 * Return: 0; 1: the name is not to be had; EXIT_OURS: nobody to ask, or no
 * name. It was said why.
 */
int net_resolve(const char *name, const char *host, const char *port,
		const struct addrinfo *hints, struct addrinfo **out);

#endif
