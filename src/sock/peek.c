/* SPDX-License-Identifier: MIT */
#include "sock/peek.h"

void sock_peek_on(struct sock *s, int64_t n)
{
	int64_t off = sock_peek_off(s);

	if (off < 0)
		return;
	off += n;
	off = off < 0 ? 0 : off;
	s->rare->kept.v[SOCK_KEPT_PEEK_OFF] =
		off < INT32_MAX ? (int32_t)off : INT32_MAX;
}
