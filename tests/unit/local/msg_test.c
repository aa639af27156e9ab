/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "local/msg.h"

/* As SIOCOUTQ of Linux 6.18 tells it, on x86-64. */
TEST(a_message_costs_what_it_costs_on_linux)
{
	static const struct {
		uint32_t n, stream, dgram;
	} rows[] = {
		{ 1, 768, 768 },	 { 192, 768, 768 },
		{ 193, 1280, 1280 },	 { 704, 1280, 1280 },
		{ 705, 2304, 2304 },	 { 1728, 2304, 2304 },
		{ 1729, 4352, 4352 },	 { 3776, 4352, 4352 },
		{ 3777, 4864, 8448 },	 { 8000, 8960, 16640 },
		{ 36544, 37120, 37120 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EQ(local_msg_price(LOCAL_STREAM, rows[i].n), rows[i].stream);
		EQ(local_msg_price(LOCAL_DGRAM, rows[i].n), rows[i].dgram);
	}
	EQ(local_msg_price(LOCAL_DGRAM, 0), 768);
	EQ(local_msg_price(LOCAL_SEQPACKET, 65536), 69888);
	EQ(local_msg_price(LOCAL_DGRAM, 200000), 200960);
}

TESTS(CASE(a_message_costs_what_it_costs_on_linux))
