/* SPDX-License-Identifier: MIT */
#include "drill/info.h"

#include <errno.h>
#include <linux/tcp.h>

#include "../test.h"

static int64_t field(const struct tcp_info *info, const char *name)
{
	int64_t v = -1;

	EQ(drill_info_field(name, strlen(name), info, sizeof(*info), &v), 0);
	return v;
}

TEST(fields_of_every_size_are_read)
{
	const struct tcp_info info = {
		.tcpi_state = 250,
		.tcpi_snd_wscale = 14,
		.tcpi_rcv_wscale = 9,
		.tcpi_delivery_rate_app_limited = 1,
		.tcpi_fastopen_client_fail = 2,
		.tcpi_rtt = 4000000000,
		.tcpi_bytes_acked = 0x123456789abcdef,
		.tcpi_snd_wnd = 77,
	};

	EQ(field(&info, "tcpi_state"), 250);
	EQ(field(&info, "tcpi_snd_wscale"), 14);
	EQ(field(&info, "tcpi_rcv_wscale"), 9);
	EQ(field(&info, "tcpi_delivery_rate_app_limited"), 1);
	EQ(field(&info, "tcpi_fastopen_client_fail"), 2);
	EQ(field(&info, "tcpi_rtt"), 4000000000);
	EQ(field(&info, "tcpi_bytes_acked"), 0x123456789abcdef);
	EQ(field(&info, "tcpi_snd_wnd"), 77);
}

TEST(unknown_and_missing_fields_are_told_apart)
{
	struct tcp_info info = { 0 };
	int64_t v;

	EQ(drill_info_field("tcpi_rt", 7, &info, sizeof(info), &v), -ENOENT);
	EQ(drill_info_field("tcpi_snd_wnd", 12, &info, sizeof(info) - 1, &v),
	   -ERANGE);
	EQ(drill_info_field("tcpi_snd_wnd", 12, NULL, 0, &v), 0);
	EQ(drill_info_size(), sizeof(info));
}

TESTS(CASE(fields_of_every_size_are_read),
      CASE(unknown_and_missing_fields_are_told_apart))
