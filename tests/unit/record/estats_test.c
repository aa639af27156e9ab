/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/estats.h"

#include <linux/tcp.h>
#include <ostia/record.h>
#include <string.h>

TEST(names_are_of_the_tables_of_rfc_4898_and_each_stands_once)
{
	static const char *const tables[] = { "Perf", "Path", "Stack", "App" };

	for (unsigned i = 0; i < ESTATS_N; i++) {
		const char *name = estats_row(i)->name;
		int found = 0;

		EQ(strncmp(name, "tcpEStats", 9), 0);
		for (int t = 0; t < 4; t++)
			found += !strncmp(name + 9, tables[t],
					  strlen(tables[t]));
		EQ(found, 1);
		for (unsigned k = 0; k < i; k++)
			OK(strcmp(name, estats_row(k)->name) != 0);
		STR(ostia_record_estats(i), name);
	}
	OK(!ostia_record_estats(ESTATS_N));
}

TEST(windows_and_queues_are_in_octets)
{
	const struct tcp_info t = {
		.tcpi_snd_mss = 1000,
		.tcpi_snd_cwnd = 10,
		.tcpi_snd_ssthresh = 5,
		.tcpi_unacked = 8,
		.tcpi_sacked = 2,
		.tcpi_lost = 1,
		.tcpi_retrans = 1,
		.tcpi_bytes_sent = 9000,
		.tcpi_bytes_retrans = 1000,
		.tcpi_bytes_acked = 500,
		.tcpi_min_rtt = 77,
	};
	uint64_t v[ESTATS_N];

	estats_read(v, &t);
	EQ(v[ESTATS_PerfCurCwnd], 10000);
	EQ(v[ESTATS_PerfCurSsthresh], 5000);
	EQ(v[ESTATS_PerfPipeSize], 6000);
	EQ(v[ESTATS_StackCurRetxQueue], 7500);
	EQ(v[ESTATS_PathMinRTT], 77);
}

TEST(what_is_not_known_yet_is_nothing)
{
	const struct tcp_info t = {
		.tcpi_snd_mss = 1000,
		.tcpi_snd_ssthresh = INT32_MAX,
		.tcpi_min_rtt = UINT32_MAX,
		.tcpi_sacked = 3,
		.tcpi_bytes_acked = 1, /* the SYN of a peer that lies */
		.tcpi_state = 200,
	};
	uint64_t v[ESTATS_N];

	estats_read(v, &t);
	EQ(v[ESTATS_PerfCurSsthresh], 0);
	EQ(v[ESTATS_PathMinRTT], 0);
	EQ(v[ESTATS_PerfPipeSize], 0);
	EQ(v[ESTATS_StackCurRetxQueue], 0);
	EQ(v[ESTATS_StackState], 0);
}

TEST(time_limited_by_neither_window_nor_buffer_is_cwnds)
{
	const struct tcp_info t = {
		.tcpi_busy_time = 1000,
		.tcpi_rwnd_limited = 300,
		.tcpi_sndbuf_limited = 100,
	};
	uint64_t v[ESTATS_N];

	estats_read(v, &t);
	EQ(v[ESTATS_PerfSndLimTimeRwin], 300);
	EQ(v[ESTATS_PerfSndLimTimeCwnd], 600);
	EQ(v[ESTATS_PerfSndLimTimeSnd], 100);
}

TEST(states_recovery_and_options_have_the_numbers_of_the_mib)
{
	static const struct {
		uint8_t kernels, mibs;
	} states[] = { { 1, 5 }, { 2, 3 },  { 3, 4 },  { 4, 6 },
		       { 5, 7 }, { 6, 11 }, { 7, 1 },  { 8, 8 },
		       { 9, 9 }, { 10, 2 }, { 11, 10 } };
	struct tcp_info t = { .tcpi_options = TCPI_OPT_SACK };
	uint64_t v[ESTATS_N];

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		EQ(estats_state(states[i].kernels), states[i].mibs);
	estats_read(v, &t);
	EQ(v[ESTATS_StackWillSendSACK], 1);
	EQ(v[ESTATS_StackTimeStamps], 3);
	EQ(v[ESTATS_StackInRecovery], 1);
	t.tcpi_ca_state = TCP_CA_Disorder;
	estats_read(v, &t);
	EQ(v[ESTATS_StackInRecovery], 2);
	t.tcpi_ca_state = TCP_CA_Loss;
	estats_read(v, &t);
	EQ(v[ESTATS_StackInRecovery], 3);
}

TESTS(CASE(names_are_of_the_tables_of_rfc_4898_and_each_stands_once),
      CASE(windows_and_queues_are_in_octets),
      CASE(what_is_not_known_yet_is_nothing),
      CASE(time_limited_by_neither_window_nor_buffer_is_cwnds),
      CASE(states_recovery_and_options_have_the_numbers_of_the_mib))
