/* SPDX-License-Identifier: MIT */
/*
 * run/lab.h - a network: a switch, and hosts with a wire each
 *
 * Names are labels of DNS and stand in the world's table of hosts. Every host
 * has an IPv4 and an IPv6 address, given by the user or taken from the pools
 * (10.0.0.0/16, fd00:6f73::/64); while a network has no host, a given address
 * decides the pool of its family: 192.168.7.1 makes it 192.168.7.0/24. The
 * last address of each pool is the gateway's. 127.0.0.1 and ::1 are each
 * host's own.
 *
 * Names are answered at port 53 of every nameserver that the machine's
 * resolv.conf names, because that is where programs ask: loopback addresses by
 * each host itself, others by the gateway, which owns them. A guest that wants
 * port 53 for itself gets it (run_lab_yield()).
 *
 * Words of the command name wires so:
 *
 *	web		both directions of web's wire
 *	web:out		what web sends; web:in what it receives
 *	me--web		what me sends and what web sends: each packet of a
 *			conversation of the two meets it once. (What they send
 *			to others does, too.)
 *
 * cut and heal of me--web are exact: the switch lets nothing pass between the
 * two, and all else goes on.
 *
 * A function that can fail says why in @err, a sentence of @err_size bytes.
 */
#ifndef OSTIA_RUN_LAB_H
#define OSTIA_RUN_LAB_H

#include "base/list.h"
#include "run/join.h"

#include <ostia/world.h>

struct run_text;

enum {
	RUN_LAB_HOSTS = 4096,
	RUN_LAB_LINK = 256, /* a wire's faults as text, with its zero */
	RUN_LAB_SERVERS = 8, /* nameservers that count */
};

/** struct run_lab_pool - Addresses of one family: a network, then a number */
struct run_lab_pool {
	struct ostia_addr net;
	uint8_t plen; /* as the family counts: 16, 64 */
};

/**
 * struct run_lab_host - A host of the network
 * @node, @wire: end 0 of the wire is the host, end 1 the switch
 * @dns:	servers at its loopback addresses
 * @v4, @v6:	its addresses as text, without prefix
 * @addr:	the same, [0] IPv4
 * @link:	its wire's faults as text: [0] what it sends, [1] receives
 * @cut:	OSTIA_WIRE_AB what it sends is lost, OSTIA_WIRE_BA what it
 *		receives
 * @owner:	the supervisor's record
 */
struct run_lab_host {
	struct list hosts;
	struct ostia_node *node;
	struct ostia_wire *wire;
	struct ostia_world_dns *dns[RUN_LAB_SERVERS];
	unsigned ndns;
	char name[RUN_NAME_MAX];
	char v4[16], v6[46];
	struct ostia_addr addr[2];
	char link[2][RUN_LAB_LINK];
	unsigned cut;
	void *owner;
};

/** struct run_lab_pair - Two hosts that are parted */
struct run_lab_pair {
	struct list pairs;
	struct run_lab_host *a, *b;
};

/** run_lab_ask - A question about a name that is nowhere: as
 * ostia_world_dns_forward()'s
 */
typedef int run_lab_ask(void *ctx, struct ostia_world_dns *,
			const struct ostia_dns_asker *, int tcp,
			const uint8_t *question, size_t n);

/**
 * struct run_lab - The network
 * @world:	lent; its seed is the network's
 * @hosts:	struct run_lab_host, @count of them
 * @pool:	[0] IPv4
 * @server, @servers: the machine's nameservers
 * @gateway:	NULL: there is none; it is not in @hosts
 * @uplink:	hosts have a default route by it
 * @forward:	is asked for names that are nowhere; NULL: nobody
 */
struct run_lab {
	struct ostia_world *world;
	struct ostia_node *hub;
	struct list hosts, pairs;
	unsigned count;
	char name[RUN_NAME_MAX];
	struct run_lab_pool pool[2];
	struct ostia_addr server[RUN_LAB_SERVERS];
	unsigned servers;
	struct run_lab_host *gateway;
	bool uplink;
	run_lab_ask *forward;
	void *forward_ctx;
};

/**
 * run_lab_init() - A network without a host
 * @resolv_conf: where to find nameservers, "/etc/resolv.conf". One without
 *		 any stands for 127.0.0.1, as resolvers take it
 * Return: 0, -ENOMEM.
 */
int run_lab_init(struct run_lab *lab, struct ostia_world *world,
		 const char *name, const char *resolv_conf);

/** run_lab_fini() - Hosts and gateway go. */
void run_lab_fini(struct run_lab *lab);

/**
 * run_lab_join() - One more host
 * @want: @name, @program, @addr, @link count
 *
 * Without a name the host is called as the program, if that makes a name;
 * with a number behind if it is taken; else "h1", "h2" ... Return: 0; -EINVAL:
 * a name, an address, a fault; -EEXIST: the name or the address is taken;
 * -EADDRNOTAVAIL: not of this network; -ENOSPC: no address is left, or
 * RUN_LAB_HOSTS; -ENOMEM.
 */
int run_lab_join(struct run_lab *lab, const struct run_join_want *want,
		 struct run_lab_host **out, char *err, size_t err_size);

/**
 * run_lab_leave() - A host and its wire go. Not from inside the world; bare
 * processes of its stack are gone already.
 */
void run_lab_leave(struct run_lab *lab, struct run_lab_host *h);

/** run_lab_has() - Is it an address of the network, or of its gateway? */
bool run_lab_has(const struct run_lab *lab, const struct ostia_addr *a);

/** run_lab_find() - By name, or NULL. */
struct run_lab_host *run_lab_find(const struct run_lab *lab, const char *name);

/**
 * run_lab_need_gateway() - A node "gateway" at the last address of each pool
 * Once it is there it stays. Return: 0, -ENOMEM.
 */
int run_lab_need_gateway(struct run_lab *lab);

/** run_lab_open_uplink() - Hosts have a default route by the gateway, those
 * that come, too. Return: 0, -ENOMEM.
 */
int run_lab_open_uplink(struct run_lab *lab);

/** run_lab_forward() - All DNS servers of the network, those that come, too,
 * ask @fn about names that they do not know.
 */
void run_lab_forward(struct run_lab *lab, run_lab_ask *fn, void *ctx);

/** run_lab_serves() - Is @dns still one of them? */
bool run_lab_serves(const struct run_lab *lab,
		    const struct ostia_world_dns *dns);

/**
 * run_lab_yield() - A guest of @h wants port 53: our servers there end
 * Return: whether there were any.
 */
bool run_lab_yield(struct run_lab_host *h);

/**
 * run_lab_set() - @faults, from now on, for @wire
 * Return: 0; -ENOENT: no such wire; -EINVAL.
 */
int run_lab_set(struct run_lab *lab, const char *wire, const char *faults,
		char *err, size_t err_size);

/**
 * run_lab_cut() - A partition, or (@cut false) its end
 * @wire: NULL: heal everything. Return: 0; -ENOENT; -EINVAL; -ENOMEM.
 */
int run_lab_cut(struct run_lab *lab, const char *wire, bool cut, char *err,
		size_t err_size);

/**
 * run_lab_show() - The network as members of a JSON object that is open
 * @more: adds what else is to be said of a host; may be NULL
 */
void run_lab_show(const struct run_lab *lab, struct run_text *out,
		  void (*more)(const struct run_lab_host *, struct run_text *));

/** run_lab_dropped() - For any reason, of one direction. */
uint64_t run_lab_dropped(const struct ostia_wire_stats *s);

/** run_lab_lost() - Packets of a host's wire that did not arrive. */
uint64_t run_lab_lost(const struct run_lab_host *h);

#endif
