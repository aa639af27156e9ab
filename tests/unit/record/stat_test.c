/* SPDX-License-Identifier: MIT */
#include "play.h"
#include "record/stat.h"

TEST(names_are_those_of_the_mibs)
{
	static const struct {
		const char *ours, *theirs;
	} rows[] = {
		{ "TcpActiveOpens", "tcpActiveOpens" },
		{ "UdpInDatagrams", "udpInDatagrams" },
		{ "IpInReceives", "ipSystemStatsInReceives" },
		{ "IcmpInMsgs", "icmpStatsInMsgs" },
		{ "TcpExtFastRetrans", "" },
		{ "UnixOutBytes", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[100];

		stat_rfc(got, sizeof(got), rows[i].ours);
		STR(got, rows[i].theirs);
	}
}

TEST(counters_are_those_of_the_last_look_and_losses_are_counted)
{
	struct ostia_record *rec;
	uint64_t lost = 0, segs = 0;
	struct view v;
	struct stat_sum s;
	struct play p;
	int fd = play_file();
	struct ostia_wire_stats w[2];

	play_begin(&p, &(struct ostia_recorder_config) { .seed = 3 },
		   "delay 20ms loss 30%");
	play_hello(&p);
	for (unsigned i = 0; i < 2; i++)
		ostia_wire_stats(p.wire, i, &w[i]);
	EQ(ostia_recorder_save_fd(p.r, fd), 0);
	EQ(play_end(&p), 0);
	rec = play_open(fd);
	EQ(view_read(&v, rec), 0);
	EQ(stat_at(&s, &v, rec, OSTIA_NEVER), 0);
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.row[i].kind == STAT_WIRE)
			lost += s.row[i].value;
		if (!strcmp(s.row[i].name, "TcpOutSegs"))
			segs = s.row[i].value;
	}
	OK(lost > 0);
	EQ(lost, w[0].lost + w[1].lost);
	OK(segs > 0);
	stat_fini(&s);
	view_fini(&v);
	ostia_record_close(rec);
	close(fd);
}

TESTS(CASE(names_are_those_of_the_mibs),
      CASE(counters_are_those_of_the_last_look_and_losses_are_counted))
