/* SPDX-License-Identifier: MIT */
#include "tcp/keepalive.h"

/* Is it time to give up? TCP_USER_TIMEOUT, if set, takes the count's place. */
static bool dead(const struct tcp_keepalive *k,
		 const struct tcp_keepalive_set *set, ostia_time heard,
		 ostia_time now)
{
	if (!k->probes)
		return false;
	if (set->user_timeout_us)
		return time_since(heard, now) >=
		       set->user_timeout_us * NS_PER_US;
	return k->probes >= set->cnt;
}

enum tcp_keepalive_todo
tcp_keepalive_expire(struct tcp_keepalive *k,
		     const struct tcp_keepalive_set *set, ostia_time heard,
		     ostia_time *next, ostia_time now)
{
	if (k->probes && heard >= k->probe_time)
		k->probes = 0; /* it has answered since */
	*next = k->probes ? time_after(k->probe_time, set->intvl_s * NS_PER_S)
			  : time_after(heard, set->idle_s * NS_PER_S);
	if (now < *next)
		return TCP_KEEPALIVE_WAIT;
	if (dead(k, set, heard, now))
		return TCP_KEEPALIVE_DEAD;
	k->probes++;
	k->probe_time = now;
	*next = time_after(now, set->intvl_s * NS_PER_S);
	return TCP_KEEPALIVE_PROBE;
}
