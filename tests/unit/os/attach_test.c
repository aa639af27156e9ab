/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include <ostia/runtime.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is said about a network that cannot be. */
static const struct {
	const char *net, *says;
} wrong[] = {
	{ "", "no link" },
	{ "tap0", "write WORD=VALUE" },
	{ "addr=10.99.0.2/24", "a link comes first" },
	{ "unix=fd:%d adr=10.99.0.2/24", "unknown word" },
	{ "unix=fd:%d mtu=67", "from 68 to 65535" },
	{ "unix=fd:%d mtu=1500x", "from 68 to 65535" },
	{ "unix=fd:%d mac=01:00:00:00:00:01", "not a group's" },
	{ "unix=fd:%d mac=1:2:3", "write it like" },
	{ "unix=fd:%d offload=maybe", "on or off" },
	{ "unix=fd:%d addr=10.99.0.300/24", "ADDRESS/LENGTH" },
	{ "unix=fd:%d addr=10.99.0.2/24 gw=10.98.0.1", "on the network" },
	{ "unix=fd:%d dns=www.example.org", "numeric address" },
	{ "unix=fd:%d dns=fe80::1%eth7", "no link is called eth7" },
	{ "unix=fd:%d dns=10.99.0.1 dns=10.99.0.2 dns=10.99.0.3 dns=10.99.0.4 "
	  "dns=10.99.0.5",
	  "at most 4 servers" },
	{ "unix=fd:%d search=a..b", "write a domain" },
	{ "unix=fd:%d ndots=16", "from 0 to 15" },
	{ "unix=fd:%d dns-timeout=0", "from 1 to 60" },
	{ "unix=fd:%d dns-attempts=x", "from 1 to 10" },
	{ "unix=fd:%d dns-case=upper", "mix or keep" },
	{ "unix=fd:%d dns-color=red", "unknown word" },
	{ "unix=/nowhere/at/all", "unix-listen" },
	{ "tap=a-name-that-is-far-too-long", "" }, /* or no /dev/net/tun */
	{ "tap=fd:%d", "not a TAP" },
};

TEST(a_wrong_word_is_named_and_corrected)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct ostia_runtime *rt = NULL;
		struct ostia_runtime_config cfg = { 0 };
		char net[128], why[256];
		int sv[2];

		EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
		if (strchr(wrong[i].net, '%'))
			snprintf(net, sizeof(net), "%.*s%d%s",
				 (int)strcspn(wrong[i].net, "%"), wrong[i].net,
				 sv[0], strchr(wrong[i].net, '%') + 2);
		else
			snprintf(net, sizeof(net), "%s", wrong[i].net);
		cfg.net = net;
		OK(ostia_runtime_new(&cfg, &rt, why, sizeof(why)) < 0);
		OK(strstr(why, wrong[i].says));
		close(sv[0]); /* the driver took it, perhaps */
		close(sv[1]);
	}
}

TEST(a_runtime_needs_no_network)
{
	struct ostia_runtime_config cfg = { 0 };
	struct ostia_runtime *rt;
	char why[256];

	EQ(ostia_runtime_new(&cfg, &rt, why, sizeof(why)), 0);
	OK(ostia_runtime_attach(rt, "unix=fd:-1", why, sizeof(why)) < 0);
	ostia_runtime_free(rt);
}

TESTS(CASE(a_wrong_word_is_named_and_corrected),
      CASE(a_runtime_needs_no_network))
