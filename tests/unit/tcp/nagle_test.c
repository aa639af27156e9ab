/* SPDX-License-Identifier: MIT */
#include "tcp/nagle.h"

#include "../test.h"

TEST(small_segments_wait_as_the_rules_say)
{
	static const struct {
		const char *why;
		struct tcp_nagle n;
		bool may;
	} row[] = {
		{ "a full segment always leaves",
		  { .queued = 1460,
		    .usable = 5000,
		    .mss = 1460,
		    .max_wnd = 5000,
		    .small_in_flight = true,
		    .corked = true },
		  true },
		{ "a small one leaves when nothing small is in flight",
		  { .queued = 1, .usable = 5000, .mss = 1460, .max_wnd = 5000 },
		  true },
		{ "else it waits (RFC 9293 3.7.4)",
		  { .queued = 1,
		    .usable = 5000,
		    .mss = 1460,
		    .max_wnd = 5000,
		    .small_in_flight = true },
		  false },
		{ "unless TCP_NODELAY",
		  { .queued = 1,
		    .usable = 5000,
		    .mss = 1460,
		    .max_wnd = 5000,
		    .small_in_flight = true,
		    .nodelay = true },
		  true },
		{ "TCP_CORK and MSG_MORE are stronger",
		  { .queued = 1,
		    .usable = 5000,
		    .mss = 1460,
		    .max_wnd = 5000,
		    .nodelay = true,
		    .corked = true },
		  false },
		{ "nothing waits behind urgent data, or before a FIN (Linux)",
		  { .queued = 1,
		    .usable = 5000,
		    .mss = 1460,
		    .max_wnd = 5000,
		    .corked = true,
		    .at_once = true,
		    .small_in_flight = true },
		  true },
		{ "a silly window is not used (RFC 9293 3.8.6.2.1)",
		  { .queued = 1460,
		    .usable = 100,
		    .mss = 1460,
		    .max_wnd = 5000,
		    .nodelay = true },
		  false },
		{ "half of the largest window is not silly",
		  { .queued = 1460,
		    .usable = 100,
		    .mss = 1460,
		    .max_wnd = 200 },
		  true },
		{ "a closed one takes nothing",
		  { .queued = 1460, .usable = 0, .mss = 1460, .max_wnd = 0 },
		  false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (tcp_nagle_may_send(&row[i].n) != row[i].may)
			fail_msg("%s", row[i].why);
	}
}

TESTS(CASE(small_segments_wait_as_the_rules_say))
