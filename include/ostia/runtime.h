/* SPDX-License-Identifier: MIT */
/*
 * ostia/runtime.h - a stack in real time: clock, threads, drivers
 *
 * A runtime is one host of ours on real links: a TAP or TUN device, or an
 * AF_UNIX socket to a runtime in another process. Its processes block like
 * the kernel's, in any number of threads. The caller drives: a thread that
 * waits in a call moves the packets meanwhile, and a thread of the runtime's
 * does so when nobody has for about a millisecond.
 *
 * After fork() the runtime is dead in the child: its calls say EBADF.
 */
#ifndef OSTIA_RUNTIME_H
#define OSTIA_RUNTIME_H

#include <ostia/names.h>
#include <ostia/socket.h>
#include <ostia/stack.h>

struct ostia_runtime;

/** ostia_system_env() - malloc, getrandom, the fastest checksum routine */
OSTIA_API void ostia_system_env(struct ostia_env *out);

/** ostia_clock() - CLOCK_MONOTONIC in ns */
OSTIA_API ostia_time ostia_clock(void);

/**
 * struct ostia_runtime_config - What a runtime starts with
 * @net:	the network as text: see ostia_runtime_attach(); NULL: none
 * @settings, @nsettings: as for ostia_stack_new()
 * @trace, @trace_ctx: sink of trace events, or NULL; called with the
 *		runtime's lock held
 * @trace_log:	a recorder's, instead (ostia_recorder_log())
 * @max_fds:	descriptors a process may have, 0: 1024
 */
struct ostia_runtime_config {
	const char *net;
	const struct ostia_setting *settings;
	size_t nsettings;
	void (*trace)(void *ctx, const struct ostia_trace *ev);
	void *trace_ctx;
	struct ostia_trace_log *trace_log;
	uint32_t max_fds;
};

/**
 * ostia_runtime_new() - A host, its links attached
 * @why: on failure gets one line that says what, where, why and what next
 * Return: 0, or -errno.
 */
OSTIA_API int ostia_runtime_new(const struct ostia_runtime_config *,
				struct ostia_runtime **out, char *why,
				size_t why_size);

/**
 * ostia_runtime_finish() - Before the end of a program: close every descriptor
 * of the first process, and wait until what was sent has been acknowledged
 * @timeout: ns; what is left then, ostia_runtime_free() resets
 * Return: 0, -ETIMEDOUT.
 */
OSTIA_API int ostia_runtime_finish(struct ostia_runtime *, ostia_time timeout);

/** ostia_runtime_free() - Reset what is open, detach, stop the thread. */
OSTIA_API void ostia_runtime_free(struct ostia_runtime *);

/**
 * ostia_runtime_attach() - Add links, addresses and routes, by words
 *
 *	tap=NAME | tap=fd:N	Ethernet frames through a TAP device
 *	tun=NAME | tun=fd:N	bare IP packets through a TUN device
 *	unix=PATH | unix=fd:N	Ethernet frames over an AF_UNIX socket
 *				(SOCK_SEQPACKET, SOCK_DGRAM, or SOCK_STREAM
 *				with a length of 4 bytes before each frame)
 *	unix-listen=PATH	the same, waiting for the other side
 *	addr=A/LEN		an address, v4 or v6; may repeat
 *	addr=dhcp		from a DHCPv4 server: address, routes, servers
 *	addr=dhcp:A		the same; A is asked for first: it had it once
 *	addr=dhcp:v6only	the same, or none where IPv6 alone is liked
 *	addr=auto		IPv6 as routers tell, name servers too; and an
 *				IPv4 link-local address (RFC 3927)
 *	gw=A			default route; may repeat (one a family)
 *	mtu=N			instead of the device's
 *	mac=02:..		instead of a random local one
 *	offload=off		no TSO, no checksum offload
 *	dns=A search=D ...	whom to ask for names: see ostia_dns_word()
 *
 * A link's word begins a link; those that follow are about it.
 * Return: 0, or -errno and @why.
 */
OSTIA_API int ostia_runtime_attach(struct ostia_runtime *, const char *net,
				   char *why, size_t why_size);

/**
 * ostia_runtime_settle() - Wait until links with addr=auto or addr=dhcp can
 * be used: each has its address of DHCP, one that a router told, or one that
 * the link found for itself
 * @timeout: ns, from now. Return: 0, -ETIMEDOUT.
 */
OSTIA_API int ostia_runtime_settle(struct ostia_runtime *, ostia_time timeout);

/**
 * ostia_runtime_dns(), ostia_runtime_set_dns() - Whom the runtime's programs
 * ask for names: first what dns=, search= ... said, or was set, then what
 * routers told (ostia_dns_servers()).
 */
OSTIA_API void ostia_runtime_dns(struct ostia_runtime *, struct ostia_dns *out);
OSTIA_API void ostia_runtime_set_dns(struct ostia_runtime *,
				     const struct ostia_dns *);

/**
 * ostia_runtime_resolver() - Who asks, for all runtimes of the program
 * @r: NULL: &ostia_stub, as at first. libostia-resolv puts c-ares there
 * Return: who it was.
 */
OSTIA_API const struct ostia_resolver *
ostia_runtime_resolver(const struct ostia_resolver *r);

/** ostia_runtime_proc() - The runtime's first process. */
OSTIA_API struct ostia_proc *ostia_runtime_proc(struct ostia_runtime *);
OSTIA_API struct ostia_stack *ostia_runtime_stack(struct ostia_runtime *);

/**
 * ostia_runtime_posix() - The plain names (ostia/posix.h) of the calling
 * thread, and of threads that it starts, act on the runtime from now on.
 */
OSTIA_API void ostia_runtime_posix(struct ostia_runtime *);

/** ostia_runtime_lock() - Keep others out of the stack while looking at it
 * (ostia_counter(), ostia_conn_list() ...); enters as a call does.
 */
OSTIA_API void ostia_runtime_lock(struct ostia_runtime *);
OSTIA_API void ostia_runtime_unlock(struct ostia_runtime *);

/**
 * ostia_runtime_fd() - A kernel descriptor that is readable while events of
 * ostia_watch() wait, for foreign event loops; ostia_runtime_event() takes
 * one. Return of the latter: 1, or 0 if none.
 */
OSTIA_API int ostia_runtime_fd(struct ostia_runtime *);
OSTIA_API int ostia_runtime_event(struct ostia_runtime *, struct ostia_event *);

#endif
