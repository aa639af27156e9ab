#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A symbol is its address: what src/tcp/rtt.c defines begins with tcp_rtt_.

Usage: addresses.py ARCHIVE...

The folder base/ is not spelled, a room named as its folder is said once
(udp/udp.c: udp_), an address family may follow the room (wire_quote6), and a
public function, ostia_*, may stand in any room.
Names with internal linkage are free.
"""
import pathlib
import re
import subprocess
import sys

MEMBER = re.compile(r"^(?:.*[/(\[:])?([a-z0-9]+)_([a-z0-9_]+)\.c\.o[:)\]]*$")


def prefix(folder, room):
    if folder == "base":
        return room
    return folder if folder == room else f"{folder}_{room}"


def symbols(archive):
    """(folder, room, name) of every global definition in the archive."""
    out = subprocess.run(["nm", "-g", "--defined-only", archive], check=True,
                         capture_output=True, text=True).stdout
    where = None
    for line in out.splitlines():
        member = MEMBER.match(line.strip())
        if member:
            where = member.groups()
        elif len(line.split()) == 3 and where:
            yield where[0], where[1], line.split()[2]


def main():
    bad, seen = [], 0
    for archive in sys.argv[1:]:
        for folder, room, name in symbols(archive):
            seen += 1
            want = prefix(folder, room)
            if not re.match(rf"({want}[46]?(_|$)|ostia_)", name):
                bad.append(f"src/{folder}/{room}.c: {name} should begin with {want}_")
    print("\n".join(bad) or f"addresses ok: {seen} names in "
          f"{', '.join(pathlib.Path(a).name for a in sys.argv[1:])}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
