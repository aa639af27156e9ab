/* SPDX-License-Identifier: MIT */
#include "run/alert.h"

#include <ostia/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* What the guest wrote has gone to the stack, and it may write more. */
static bool is_quiet(const struct run_seq *s)
{
	const struct run_door *d = &s->door;

	return d->pair.fd >= 0 && d->kept < 0 && d->guest && !s->full &&
	       !s->stuffed && !s->closing && !s->rd_shut && !s->wr_shut;
}

bool run_alert_raise(struct run_seq *s)
{
	struct run_door *d = &s->door;
	int fd;

	if (!is_quiet(s) || !s->ops->alerts || !s->ops->alerts(s) ||
	    !run_target_is_alone(d->tid, d->tfd))
		return false;
	fd = run_door_guest_end(d);
	if (fd < 0)
		return false;
	s->alert = send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
	close(fd);
	if (s->alert)
		run_door_mute(d);
	return s->alert;
}

/* The kernel waits by its own copy of them. */
static void copy_timeout(struct run_seq *s, int fd, int name)
{
	struct timeval tv = { .tv_sec = 0 };
	socklen_t len = sizeof(tv);

	if (!ostia_getsockopt(s->door.host->proc, s->door.fd, SOL_SOCKET, name,
			      &tv, &len) &&
	    (tv.tv_sec || tv.tv_usec))
		setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv));
}

int run_alert_end(struct run_seq *s, struct run_req *req)
{
	int err = s->alert ? run_door_swap(&s->door, req, SOCK_SEQPACKET) : 0;

	if (err || !s->alert)
		return err;
	s->alert = false;
	copy_timeout(s, req->fd, SO_RCVTIMEO);
	copy_timeout(s, req->fd, SO_SNDTIMEO);
	return run_seq_ready(s, req->fd);
}
