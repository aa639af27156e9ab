/* SPDX-License-Identifier: MIT */
/*
 * run/lab.h - a network: a switch, and hosts with a wire each
 *
 * Names are labels of DNS and stand in the world's table of hosts. Every host
 * has an IPv4 and an IPv6 address of its network, given by the user or taken
 * from the pools (10.0.0.0/24, fd00:6f73::/64); the first given address
 * decides the pool of its family: --addr 192.168.7.1 makes 192.168.7.0/24 the
 * network's, if it has no host yet. 127.0.0.1 and ::1 are each host's own.
 *
 * The wire of host H is H. Words of the command name wires so:
 *
 *	web		both directions of web's wire
 *	web:out		what web sends; web:in what it receives
 *	me--web		what me sends and what web sends: each packet of a
 *			conversation of the two meets it once. (The other
 *			traffic that they send does, too.)
 *
 * cut and heal of me--web are exact: the switch lets nothing pass between the
 * two; all else goes on.
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
};

/** struct run_lab_pool - Addresses of one family: @prefix, then a number */
struct run_lab_pool {
	struct ostia_addr net;
	unsigned prefix_len; /* of the family's own length */
	uint32_t next;
};

/**
 * struct run_lab_host - A host of the network
 * @node, @wire: end 0 of the wire is the host, end 1 the switch
 * @v4, @v6:	its addresses as text, without prefix
 * @link:	its wire's faults as text: [0] what it sends, [1] receives
 * @cut:	OSTIA_WIRE_AB what it sends is lost, OSTIA_WIRE_BA what it
 *		receives
 * @owner:	whose host it is: the supervisor's record
 */
struct run_lab_host {
	struct list hosts;
	struct ostia_node *node;
	struct ostia_wire *wire;
	char name[RUN_NAME_MAX];
	char v4[16], v6[46];
	char link[2][RUN_LAB_LINK];
	unsigned cut;
	void *owner;
};

/**
 * struct run_lab - The network
 * @world: lent; its seed is the network's
 * @hosts: struct run_lab_host, @count of them
 */
struct run_lab {
	struct ostia_world *world;
	struct ostia_node *hub;
	struct list hosts;
	unsigned count, unnamed;
	char name[RUN_NAME_MAX];
	struct run_lab_pool v4, v6;
	char nameservers[8][46]; /* of the machine's resolv.conf */
	unsigned nnameservers;
};

/**
 * run_lab_init() - A network without a host
 * @resolv_conf: the file to take nameservers from; NULL: /etc/resolv.conf.
 *		 Without any, 127.0.0.1 is served: what resolvers then ask
 * Return: 0, -ENOMEM.
 */
int run_lab_init(struct run_lab *lab, struct ostia_world *world,
		 const char *name, const char *resolv_conf);
void run_lab_fini(struct run_lab *lab);

/**
 * run_lab_join() - One more host
 * @want: @name, @program, @addr, @link count
 *
 * Without a name the host is called as the program if that makes one and is
 * free, else "h1", "h2" ... Return: 0; -EINVAL: a name, an address, a fault;
 * -EEXIST: the name or the address is taken; -EADDRNOTAVAIL: not of this
 * network; -ENOSPC: no address is left, or RUN_LAB_HOSTS; -ENOMEM.
 */
int run_lab_join(struct run_lab *lab, const struct run_join_want *want,
		 struct run_lab_host **out, char *err, size_t err_size);

/** run_lab_leave() - A host and its wire go. Not from inside the world. */
void run_lab_leave(struct run_lab *lab, struct run_lab_host *h);

/** run_lab_find() - By name, or NULL. */
struct run_lab_host *run_lab_find(const struct run_lab *lab, const char *name);

/**
 * run_lab_set() - @faults, from now on, for @wire
 * Return: 0; -ENOENT: no such wire; -EINVAL.
 */
int run_lab_set(struct run_lab *lab, const char *wire, const char *faults,
		char *err, size_t err_size);

/** run_lab_cut() - A partition, or (@cut false) its end. Return: as above. */
int run_lab_cut(struct run_lab *lab, const char *wire, bool cut, char *err,
		size_t err_size);

/** run_lab_show() - The network as JSON, an object. Return: 0, -ENOMEM. */
int run_lab_show(const struct run_lab *lab, struct run_text *out);

#endif
