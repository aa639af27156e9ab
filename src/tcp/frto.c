/* SPDX-License-Identifier: MIT */
#include "tcp/frto.h"

void tcp_frto_begin(struct tcp_frto *f, bool enabled, bool fresh)
{
	f->on = enabled && fresh;
	f->new_first = false;
}

/* Whose copy it was, only SACK tells apart. */
static bool original_arrived(const struct tcp_frto_ack *a)
{
	return a->orig && (a->sack || !a->again);
}

enum tcp_frto_step tcp_frto_on_ack(struct tcp_frto *f,
				   const struct tcp_frto_ack *a)
{
	if (!f->on)
		return TCP_FRTO_NOTHING;
	if (original_arrived(a)) { /* (3b) */
		f->on = false;
		return TCP_FRTO_SPURIOUS;
	}
	if (a->sent_new) {
		if (a->odd)
			f->on = false; /* (3a): the loss was real */
		return TCP_FRTO_NOTHING;
	}
	if (!a->advanced || a->recovered)
		return TCP_FRTO_NOTHING;
	f->new_first = f->on = a->can_send_new; /* (2b) */
	return TCP_FRTO_TRY_NEW;
}
