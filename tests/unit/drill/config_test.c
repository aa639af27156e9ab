/* SPDX-License-Identifier: MIT */
#include "drill/config.h"

#include <errno.h>
#include <sys/socket.h>

#include "../test.h"

static struct drill_arena arena;
static struct drill_config cfg;
static struct drill_error err;

static int set(const char *option)
{
	err = (struct drill_error) { 0 };
	return drill_config_option(&cfg, &arena, option,
				   (struct drill_pos) { 1, 1 }, &err);
}

TEST(the_defaults_are_packetdrills)
{
	drill_config_init(&cfg);
	EQ(drill_config_check(&cfg, &err), 0);
	EQ(cfg.mtu, 1500);
	EQ(cfg.bind_port, 8080);
	EQ(cfg.tolerance_ns, 4000000);
	STR(cfg.local_ip, "192.168.0.1");
	STR(cfg.remote_ip, "192.0.2.1");
	EQ(drill_config_family(&cfg), AF_INET);
}

TEST(the_ip_version_decides_family_and_addresses)
{
	drill_config_init(&cfg);
	EQ(set("--ip_version=ipv6"), 0);
	EQ(drill_config_check(&cfg, &err), 0);
	OK(drill_config_is_v6(&cfg));
	EQ(drill_config_family(&cfg), AF_INET6);
	STR(cfg.remote_ip, "2001:db8::1");

	drill_config_init(&cfg);
	EQ(set("--ip_version=ipv4-mapped-ipv6"), 0);
	EQ(drill_config_check(&cfg, &err), 0);
	OK(!drill_config_is_v6(&cfg));
	EQ(drill_config_family(&cfg), AF_INET6);
}

TEST(values_out_of_range_are_refused)
{
	static const char *const rows[] = {
		"--mtu=67",
		"--mtu=65536",
		"--mtu=",
		"--mtu=12x",
		"--mtu=-1",
		"--bind_port=0",
		"--connect_port=65536",
		"--ip_version=",
		"--tolerance_usecs=-5",
		"--mtu",
		"--tolerance_percent=",
		"--tolerance_percent=.5",
		"--tolerance_percent=3.",
		"--tolerance_percent=3.x",
		"--tolerance_percent=1.12345",
		"--tolerance_percent=100.1",
		"--tolerance_percent=1000",
		"--",
		"-x",
		"-D",
		"-D 5=6",
		"-D A",
		"--tolerance_usecs=99999999999999999999",
	};

	drill_config_init(&cfg);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EQ(set(rows[i]), -EINVAL);
		OK(err.text[0]);
	}
}

TEST(a_tolerance_may_be_a_share_of_the_time_that_went_by)
{
	drill_config_init(&cfg);
	EQ(cfg.tolerance_ppm, 0);
	EQ(set("--tolerance_percent=3.2"), 0);
	EQ(cfg.tolerance_ppm, 32000);
	EQ(set("--tolerance_percent=100"), 0);
	EQ(cfg.tolerance_ppm, 1000000);
	EQ(set("--tolerance_percent=0.0001"), 0);
	EQ(cfg.tolerance_ppm, 1);
}

TEST(what_is_not_for_drills_is_refused_with_its_reason)
{
	drill_config_init(&cfg);
	EQ(set("--verbose"), 0);
	OK(cfg.verbose && !cfg.dry_run);
	EQ(set("--wire_client"), -EINVAL);
	STR(err.text, "--wire_client is not for drills: nothing goes over a "
		      "wire");
	EQ(set("--speed=10Mbps"), -EINVAL);
	STR(err.text, "--speed is not for drills: the link takes no time");
}

TEST(the_newest_definition_of_a_name_is_found_first)
{
	drill_config_init(&cfg);
	EQ(set("-D A=1"), 0);
	EQ(set("-DA=x y"), 0);
	STR(cfg.defines->name, "A");
	STR(cfg.defines->value, "x y");
}

TEST(ipv6_needs_its_minimum_mtu_and_no_netmask)
{
	drill_config_init(&cfg);
	set("--ip_version=ipv6");
	set("--mtu=1279");
	EQ(drill_config_check(&cfg, &err), -EINVAL);
	drill_config_init(&cfg);
	set("--ip_version=ipv6");
	set("--netmask_ip=255.0.0.0");
	EQ(drill_config_check(&cfg, &err), -EINVAL);
	drill_arena_fini(&arena);
}

TESTS(CASE(the_defaults_are_packetdrills),
      CASE(the_ip_version_decides_family_and_addresses),
      CASE(values_out_of_range_are_refused),
      CASE(a_tolerance_may_be_a_share_of_the_time_that_went_by),
      CASE(what_is_not_for_drills_is_refused_with_its_reason),
      CASE(the_newest_definition_of_a_name_is_found_first),
      CASE(ipv6_needs_its_minimum_mtu_and_no_netmask))
