#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ostia as an IPv6 host among the kernel's, with radvd: ipv6.py BUILD CASE

The kernel is the router: fd99::/64 is the network, fd99:0:0:1::1 an address
behind it. scapy listens, as a judge who has read the RFCs by himself.
"""
import logging
import pathlib
import re
import subprocess
import sys
import threading
import time

import lab
from lab import Lab, need, skip, sysctl

BUILD = pathlib.Path(sys.argv[1])
OSTIA = BUILD / "src/cli/ostia"
MAC = "02:00:00:00:00:02"
AUTO = ["--tap", "tap0", "--addr", "auto", "--mac", MAC]
OURS = "fd99::ff:fe00:2"  # RFC 4291 appendix A
LINK_LOCAL = "fe80::ff:fe00:2"
BEHIND = "fd99:0:0:1::1"

RADVD = """
interface tap0 {
	AdvSendAdvert on;
	MinRtrAdvInterval 3;
	MaxRtrAdvInterval 4;
	AdvDefaultLifetime 600;
	AdvLinkMTU 1400;
	AdvCurHopLimit 42;
	AdvDefaultPreference high;
	prefix fd99::/64 {
		AdvOnLink on;
		AdvAutonomous on;
		AdvValidLifetime 3600;
		AdvPreferredLifetime 1800;
	};
	RDNSS fd99::1 { AdvRDNSSLifetime 300; };
	DNSSL lan.example { AdvDNSSLLifetime 300; };
};
"""


class Listener:
    """Packets of a device, as scapy reads them."""

    def __init__(self, device="tap0"):
        logging.getLogger("scapy").setLevel(logging.ERROR)
        from scapy.sendrecv import AsyncSniffer
        ready = threading.Event()
        self.sniffer = AsyncSniffer(iface=device, store=True,
                                    started_callback=ready.set)
        self.sniffer.start()
        assert ready.wait(10), "scapy does not listen"

    def stop(self):
        from scapy.layers import inet6
        self.sniffer.stop()
        return [p for p in self.sniffer.results
                if inet6.IPv6 in p and p.src == MAC]


def router(n, conf=RADVD):
    need("radvd")
    n.tap()
    n.ip("addr", "add", BEHIND + "/128", "dev", "lo", "nodad")
    sysctl("net/ipv6/conf/all/forwarding", 1)
    path = n.dir / "radvd.conf"
    path.write_text(conf)
    return n.start("radvd", "-n", "-m", "stderr", "-C", path, "-p",
                   n.dir / "radvd.pid", stderr=subprocess.DEVNULL)


def ping(n, host, *args, want=0):
    return n.output(OSTIA, "ping", "-q", "-i", "0.1", *args, host,
                    want=want).decode()


def wait_for(question, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return
        time.sleep(0.05)
    raise AssertionError(what)


# --- cases


def slaac():
    """radvd makes us a host: address, default route, MTU, hop limit."""
    try:
        from scapy.layers import inet6
    except ImportError:
        skip("scapy is not installed")
    with Lab() as n:
        # an answer to whoever asks, and nothing else: we must ask
        router(n, RADVD.replace("AdvLinkMTU", "UnicastOnly on; AdvLinkMTU"))
        ear = Listener()
        out = ping(n, BEHIND, "-c", "3", "-s", "1400", *AUTO)
        assert " 0% packet loss" in out, out
        mine = ear.stop()

        asked = [p for p in mine if inet6.ICMPv6ND_NS in p
                 and p[inet6.IPv6].src == "::"]
        targets = {p[inet6.ICMPv6ND_NS].tgt for p in asked}
        assert targets == {LINK_LOCAL, OURS}, targets
        for p in asked:
            assert p[inet6.IPv6].hlim == 255
            assert inet6.ICMPv6NDOptSrcLLAddr not in p
            assert bytes(p[inet6.ICMPv6ND_NS])[24:26] == b"\x0e\x01", \
                "no nonce"
        routers = [p for p in mine if inet6.ICMPv6ND_RS in p]
        assert routers and len(routers) <= 2, len(routers)
        assert routers[0][inet6.IPv6].src == LINK_LOCAL
        assert routers[0][inet6.IPv6].dst == "ff02::2"
        echoes = [p for p in mine if p[inet6.IPv6].dst == BEHIND]
        assert echoes
        for p in echoes:
            assert p[inet6.IPv6].src == OURS, p[inet6.IPv6].src
            assert p[inet6.IPv6].hlim == 42, p[inet6.IPv6].hlim
            assert p[inet6.IPv6].plen + 40 <= 1400
            assert p[inet6.IPv6].fl != 0
        assert len({p[inet6.IPv6].fl for p in echoes}) == 1
        assert any(inet6.IPv6ExtHdrFragment in p for p in echoes)


def servers():
    """RDNSS and DNSSL: a short name is found where the router said."""
    need("dnsmasq")
    with Lab() as n:
        router(n)
        d = n.start("dnsmasq", "-k", "-C", "/dev/null", "--no-resolv",
                    "--no-hosts", "--bind-interfaces", "-a", "fd99::1",
                    f"--address=/far.lan.example/{BEHIND}", "-u", "root",
                    "-x", n.dir / "dnsmasq.pid")
        n.until_listening("fd99::1", 53, d)
        out = ping(n, "far", "-6", "-c", "1", *AUTO)
        assert BEHIND in out and " 0% packet loss" in out, out


def duplicate():
    """The kernel looks for duplicates and finds us; we find the kernel."""
    try:
        from scapy.layers import inet6
    except ImportError:
        skip("scapy is not installed")
    with Lab() as n:
        router(n)
        hold = n.start(OSTIA, "nc", "-l", *AUTO, "4000",
                       stdin=subprocess.DEVNULL)

        def there():
            return subprocess.run(["ping", "-c1", "-W1", OURS], check=False,
                                  capture_output=True).returncode == 0

        wait_for(there, 20, "nobody at " + OURS)
        sysctl("net/ipv6/conf/tap0/accept_dad", 1)
        sysctl("net/ipv6/conf/tap0/dad_transmits", 1)
        n.ip("addr", "add", OURS + "/128", "dev", "tap0")
        wait_for(lambda: "dadfailed" in n.output(
            "ip", "-6", "addr", "show", "dev", "tap0").decode(), 10,
            "the kernel took our address")
        n.end(hold)
        n.ip("addr", "del", OURS + "/128", "dev", "tap0")
        n.ip("addr", "add", OURS + "/128", "dev", "tap0", "nodad")
        # a machine that is too busy to hand us the answer within a second
        # would have us believe that there was none
        for _ in range(3):
            ear = Listener()
            subprocess.run([OSTIA, "ping", "-q", "-c", "1", "-W", "1", *AUTO,
                            BEHIND], check=False, capture_output=True)
            mine = ear.stop()
            assert any(inet6.ICMPv6ND_NS in p for p in mine)
            if OURS not in {p[inet6.IPv6].src for p in mine}:
                break
        else:
            raise AssertionError("two have one address")


def nud():
    """The kernel asks us, unicast, whether we are still there; we it."""
    try:
        from scapy.layers import inet6
    except ImportError:
        skip("scapy is not installed")
    with Lab() as n:
        router(n)
        for name, value in (("base_reachable_time_ms", 500),
                            ("delay_first_probe_time", 1)):
            sysctl(f"net/ipv6/neigh/tap0/{name}", value)
        ear = Listener()
        p = n.start(OSTIA, "ping", "-q", "-i", "0.1", "-c", "60", *AUTO,
                    BEHIND, stdout=subprocess.DEVNULL)
        states = ""
        while p.poll() is None:
            states += n.output("ip", "-6", "neigh", "show", "dev",
                               "tap0").decode()
            time.sleep(0.1)
        n.wait(p)
        mine = ear.stop()
        answers = [p for p in mine if inet6.ICMPv6ND_NA in p]
        assert answers, "never asked"
        for p in answers:
            na = p[inet6.ICMPv6ND_NA]
            assert (na.S, na.R) == (1, 0), na.show(dump=True)
        for state in ("REACHABLE", "STALE|DELAY|PROBE"):
            assert re.search(f"{OURS} lladdr {MAC} ({state})", states), states
        assert not re.search(f"{OURS} .*FAILED", states), states
        # and we ask the router for our own part
        asked = [q for q in mine if inet6.ICMPv6ND_NS in q
                 and inet6.ICMPv6NDOptSrcLLAddr in q]
        assert asked


def redirected():
    """The kernel sends us to a shorter way, and we take it."""
    with Lab() as n:
        n.tap()
        sysctl("net/ipv6/conf/all/forwarding", 1)
        sysctl("net/ipv4/conf/all/forwarding", 1)
        sysctl("net/ipv4/conf/all/send_redirects", 1)
        sysctl("net/ipv4/conf/tap0/send_redirects", 1)
        try:
            from scapy.layers import inet, inet6
        except ImportError:
            skip("scapy is not installed")
        # 10.99.7.7 and fd99:0:0:7::7 are by a router that does not exist:
        # what we send to its MAC address shows that we believed
        for family, via, dst in (("-4", "10.99.0.77", "10.99.7.7/32"),
                                 ("-6", "fd99::77", "fd99:0:0:7::7/128")):
            n.ip(family, "neigh", "add", via, "lladdr", "02:00:00:00:00:77",
                 "dev", "tap0")
            n.ip(family, "route", "add", dst, "via", via, "dev", "tap0")
        kernel = "fe80::1"
        n.ip("addr", "add", kernel + "/64", "dev", "tap0", "nodad")
        ear = Listener()
        net = ["--tap", "tap0", "--mac", MAC, "--addr", "10.99.0.2/24",
               "--addr", "fd99::2/64", "--gw", "10.99.0.1", "--gw", kernel]
        ping(n, "10.99.7.7", "-c", "8", "-W", "1", *net, want=1)
        ping(n, "fd99:0:0:7::7", "-c", "8", "-W", "1", *net, want=1)
        ear.sniffer.stop()
        for layer, dst in ((inet.IP, "10.99.7.7"),
                           (inet6.IPv6, "fd99:0:0:7::7")):
            macs = {p.dst for p in ear.sniffer.results if layer in p
                    and p.src == MAC and p[layer].dst == dst}
            later = [p for p in ear.sniffer.results if layer in p
                     and p.src == MAC and inet6.ICMPv6ND_NS in p
                     and p[inet6.ICMPv6ND_NS].tgt.endswith("77")]
            arp = [p for p in ear.sniffer.results if p.src == MAC
                   and p.type == 0x806 and p.pdst == "10.99.0.77"]
            assert "02:00:00:00:00:77" in macs or later or arp, (dst, macs)


CASES = {f.__name__: f for f in (slaac, servers, duplicate, nud, redirected)}

if __name__ == "__main__":
    lab.enter()
    CASES[sys.argv[2]]()
