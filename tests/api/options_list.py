#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make tests/api/options.list from this machine's kernel headers, or check it.

Usage: options_list.py [INCLUDE-DIR] >options.list
       options_list.py --check options.list [INCLUDE-DIR]

The check passes where headers are older or newer than the list: it complains
of a name whose number differs, and tells of names that the list lacks.
"""
import re
import sys

# file, level, prefixes; names that are values and not options are left out
SOURCES = [
    ("asm-generic/socket.h", "SOL_SOCKET", ("SO_",)),
    ("linux/in.h", "IPPROTO_IP", ("IP_", "MCAST_")),
    ("linux/in6.h", "IPPROTO_IPV6", ("IPV6_",)),
    ("linux/in.h", "IPPROTO_IPV6", ("MCAST_",)),
    ("linux/tcp.h", "IPPROTO_TCP", ("TCP_",)),
    ("linux/udp.h", "IPPROTO_UDP", ("UDP_",)),
    ("linux/if_packet.h", "SOL_PACKET", ("PACKET_",)),
    ("linux/icmp.h", "SOL_RAW", ("ICMP_FILTER",)),
    ("linux/icmpv6.h", "IPPROTO_ICMPV6", ("ICMPV6_FILTER",)),
]
NOT = re.compile(
    r"(IP|IPV6)_PMTUDISC_|IP_DEFAULT_|IP_MSFILTER_SIZE|MCAST_(IN|EX)CLUDE"
    r"|IPV6_(FL_|FLOWINFO_[FP]|PRIORITY|TLV|PREFER_SRC)"
    r"|TCP_(MSS_|REPAIR_O|MD5SIG_[MF]|RECEIVE_ZERO|ENCAP|AO_KEYF|AO_MAX)"
    r"|UDP_ENCAP_|ICMPV6_FILTER_"
    r"|PACKET_(HOST|BROADCAST|MULTICAST|OTHERHOST|OUTGOING|LOOPBACK|USER"
    r"|KERNEL|FASTROUTE|MR_|FANOUT_[^D]|FANOUT_D$)|.*_OLD$|SO_SECURITY")
# Their names stand for two numbers; these are what 64-bit programs get.
TIMES = {"SO_RCVTIMEO": 20, "SO_SNDTIMEO": 21, "SO_TIMESTAMP": 29,
         "SO_TIMESTAMPNS": 35, "SO_TIMESTAMPING": 37}

# What Linux 6.18 has beyond the headers of older systems.
NEWER = {
    "SOL_SOCKET": {"SO_PASSPIDFD": 76, "SO_PEERPIDFD": 77,
                   "SO_DEVMEM_LINEAR": 78, "SO_DEVMEM_DMABUF": 79,
                   "SO_DEVMEM_DONTNEED": 80, "SO_RCVPRIORITY": 82,
                   "SO_PASSRIGHTS": 83, "SO_INQ": 84},
    "IPPROTO_TCP": {"TCP_AO_ADD_KEY": 38, "TCP_AO_DEL_KEY": 39,
                    "TCP_AO_INFO": 40, "TCP_AO_GET_KEYS": 41,
                    "TCP_AO_REPAIR": 42, "TCP_IS_MPTCP": 43,
                    "TCP_RTO_MAX_MS": 44, "TCP_RTO_MIN_US": 45,
                    "TCP_DELACK_MAX_US": 46},
    "SOL_PACKET": {"PACKET_VNET_HDR_SZ": 24},
}


def names(include):
    for level, more in NEWER.items():
        for name, value in more.items():
            yield level, name, value
    for path, level, prefixes in SOURCES:
        try:
            text = open(f"{include}/{path}").read()
        except OSError:
            continue
        if path == "asm-generic/socket.h":
            for name, value in TIMES.items():
                yield level, name, value
        for name, value in re.findall(r"^#define\s+(\w+)\s+(\d+)\b", text,
                                      re.M):
            if name.startswith(prefixes) and not NOT.match(name):
                yield level, name, int(value)


def main():
    check = sys.argv[1:2] == ["--check"]
    rest = sys.argv[3:] if check else sys.argv[1:]
    found = list(names(rest[0] if rest else "/usr/include"))
    if not check:
        print("/* SPDX-License-Identifier: MIT */\n"
              "/* Made by tests/api/options_list.py from kernel headers. */")
        for level, name, value in sorted(set(found), key=lambda r: (
                [s[1] for s in SOURCES].index(r[0]), r[2], r[1])):
            print(f"OPTION({level}, {name}, {value})")
        return 0
    known = {(m[0], m[1]): int(m[2]) for m in re.findall(
        r"OPTION\((\w+), (\w+), (\d+)\)", open(sys.argv[2]).read())}
    bad = [f"{n} is {v} here and {known[l, n]} in the list"
           for l, n, v in found if known.get((l, n), v) != v]
    for level, name, value in found:
        if (level, name) not in known:
            print(f"not in the list: {level} {name} {value}")
    print("\n".join(bad) or f"{len(known)} options in the list")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
