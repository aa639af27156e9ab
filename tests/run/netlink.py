#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""iproute2 says of a guest's network what it says of the kernel's.

Usage: netlink.py ROOMS

The same addresses and routes are given to a pair of links in a namespace of our
own. What differs by nature is left out (see drop()).
"""
import json
import shutil
import subprocess
import sys

SKIP = 77
QUESTIONS = [
    "link", "link show dev eth0", "-s link show dev eth0", "addr",
    "addr show dev lo", "-4 addr", "-6 addr", "route", "-6 route",
    "route show table local", "-6 route show table local",
    "route show table all", "route get 10.77.0.2", "route get 10.77.0.1",
    "route get 127.0.0.1", "route get 10.77.0.255", "-6 route get fd77::2",
    "-6 route get ::1", "rule", "-6 rule", "link show dev none",
    "route get 192.0.2.1", "-6 route get 2001:db8::1",
    "route get 10.77.0.2 from 10.77.0.1", "route show table 77",
    "route show dev eth0", "addr show to 10.77.0.0/24", "link show type bridge",
]
SETUP = """
ip link set lo up
ip link add eth0 address 02:00:00:00:01:00 type veth peer name peer
ip link set peer addrgenmode none; ip link set eth0 up; ip link set peer up
ip addr add 10.77.0.1/24 brd + dev eth0
ip addr add fd77::1/64 dev eth0 nodad
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    ip -6 addr show dev eth0 tentative | grep -q inet6 || break
    sleep 0.1
done
"""
# Numbers and qdiscs of the machine's own making, the other end of the pair.
LOSE = {"ifindex", "link_index", "link", "txqlen", "link_netnsid", "uid",
        "group", "stats64", "protocol", "qdisc", "flags", "metric"}
KEEP_FLAGS = {"LOOPBACK", "BROADCAST", "MULTICAST", "UP", "LOWER_UP"}


def script():
    return "\n".join(f"ip -j {q} 2>&1; echo \"= $?\"" for q in QUESTIONS)


def ask(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    answers = done.stdout.split("= ")
    return done, [a.split("\n", 1)[-1] if i else a
                  for i, a in enumerate(answers)], [
                      a.split("\n", 1)[0] for a in answers[1:]]


def drop(row):
    """One object, without what differs by nature."""
    out = {k: v for k, v in row.items() if k not in LOSE}
    out["flags"] = sorted(set(row.get("flags", [])) & KEEP_FLAGS)
    out["protocol"] = row.get("protocol")
    out["metric"] = row.get("metric")
    if row.get("ifname") == "lo":
        out.pop("mtu", None)
    if "addr_info" in row:
        out["addr_info"] = [
            {k: v for k, v in a.items()
             if k not in ("nodad", "protocol", "label")}
            for a in row["addr_info"]]
        out["addr_info"].sort(key=str)
    return out


def facts(text):
    """Rows in an order of their own: the kernel's is that of its tables."""
    try:
        rows = json.loads(text.strip() or "[]")
    except ValueError:
        return text.strip().splitlines()[:1]
    rows = [r for r in rows if r and "peer" not in (r.get("ifname"),
                                                    r.get("dev"))]
    return sorted((drop(r) for r in rows), key=str)


def main():
    rooms = sys.argv[1]
    if not shutil.which("ip") or not shutil.which("unshare"):
        print("needs iproute2 and unshare")
        return SKIP
    done, kernel, kcodes = ask(["unshare", "-rn", "sh", "-ec",
                                SETUP + "set +e\n" + script()])
    if len(kernel) <= len(QUESTIONS):
        print("no namespace of our own:", done.stderr[-500:])
        return SKIP
    _, ours, ocodes = ask([rooms, "a", script()])
    bad = []
    for q, k, o, kc, oc in zip(QUESTIONS, kernel, ours, kcodes, ocodes):
        if facts(k) != facts(o) or kc != oc:
            bad.append(f"ip {q}:\n  kernel ({kc}) {facts(k)}\n"
                       f"  ours ({oc}) {facts(o)}")
    print("\n".join(bad) or f"{len(QUESTIONS)} questions, the same answers")
    return 1 if bad or len(ours) != len(kernel) else 0


if __name__ == "__main__":
    sys.exit(main())
