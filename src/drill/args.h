/* SPDX-License-Identifier: MIT */
/*
 * drill/args.h - the values of a call: to C, and compared with C's
 *
 * What goes in is made from the script's value, `...` standing for what the
 * configuration implies. What comes out is compared with the script's value
 * as far as it says something: `...` says nothing, a struct says its fields.
 * Whatever does not fit its place fails the run, with the value's position.
 */
#ifndef OSTIA_DRILL_ARGS_H
#define OSTIA_DRILL_ARGS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "drill/run.h"

/** struct drill_addr - An address in, or room for one out */
struct drill_addr {
	struct sockaddr_storage ss;
	socklen_t len;
	bool null;
};

/** drill_args_num() - A number, or `[number]` */
int64_t drill_args_num(struct drill_run *r, const struct drill_expr *e);

/** drill_args_fd() - A descriptor of the script, as the process has it */
int drill_args_fd(struct drill_run *r, const struct drill_expr *e);

/** drill_args_field() - A field of a struct, or NULL */
const struct drill_expr *drill_args_field(const struct drill_expr *e,
					  const char *name);

/** drill_args_only() - Fail unless each field of @e is among @names. */
void drill_args_only(struct drill_run *r, const struct drill_expr *e,
		     const char *const *names);

/** drill_args_default_addr() - What `...` is: ours, or the peer's */
void drill_args_default_addr(const struct drill_run *r, bool local,
			     struct drill_addr *out);

/**
 * drill_args_addr() - An address and its length
 * @local: `...` means our own address and port, not the peer's
 */
void drill_args_addr(struct drill_run *r, const struct drill_expr *e,
		     const struct drill_expr *len, bool local,
		     struct drill_addr *out);

/** drill_args_addr_room() - Room for an address that comes out */
void drill_args_addr_room(struct drill_run *r, const struct drill_expr *e,
			  const struct drill_expr *len, struct drill_addr *out);

/** drill_args_check_addr() - Is it the one that came out, and its length? */
void drill_args_check_addr(struct drill_run *r, const struct drill_expr *e,
			   const struct drill_expr *len,
			   const struct drill_addr *got);

/** drill_args_check_num() - Say what differs unless @got is @e's number. */
void drill_args_check_num(struct drill_run *r, const struct drill_expr *e,
			  const char *what, int64_t got);

/** drill_args_size() - A buffer's length: a number up to 16 MB */
size_t drill_args_size(struct drill_run *r, const struct drill_expr *e);

/** drill_args_addr6() - An IPv6 address: its 16 bytes, or "fd99::1" */
void drill_args_addr6(struct drill_run *r, const struct drill_expr *e,
		      struct in6_addr *to);

/** drill_args_is_info() - Is it a struct of fields of TCP_INFO? */
bool drill_args_is_info(const struct drill_expr *e);

/** struct drill_option - Whose value it is; a control message's is one, too */
struct drill_option {
	int level, name;
};

/**
 * drill_args_value() - The bytes of an option's value
 * @to:   @size bytes, zeroed
 * Return: how many it has. Numbers are int; structs are drill/structs.h's.
 */
size_t drill_args_value(struct drill_run *r, struct drill_option o,
			const struct drill_expr *e, void *to, size_t size);

/** drill_args_question() - What getsockopt() shall read of it, if anything */
void drill_args_question(struct drill_run *r, struct drill_option o,
			 const struct drill_expr *e, void *to, size_t size);

/** drill_args_check_value() - Is it the value that came out? */
void drill_args_check_value(struct drill_run *r, struct drill_option o,
			    const struct drill_expr *e, const void *got,
			    size_t n);

#endif
