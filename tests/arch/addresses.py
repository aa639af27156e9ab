#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A symbol is its address: what src/tcp/rtt.c defines begins with tcp_rtt_.

Usage: addresses.py SRC-FOLDER ARCHIVE...

The folder base/ is not spelled, a room named as its folder is said once
(udp/udp.c: udp_), an address family may follow the room (wire_quote6), and a
public function, ostia_*, may stand in any room. A struct that the room defines
may lend its name too (block.c: struct ostia_pool, pool_get()).
Names with internal linkage are free.
"""
import pathlib
import re
import subprocess
import sys

STRUCT = re.compile(r"^struct (\w+) {", re.M)
MEMBER = re.compile(r"^(?:.*[/(\[:])?([a-z0-9]+)_([a-z0-9_]+)\.c\.o[:)\]]*$")


def prefixes(src, folder, room):
    """What names may begin with: the room, and the structs that it defines."""
    spelled = "" if folder == "base" else folder
    found = {folder if folder == room else f"{spelled}_{room}".strip("_")}
    for path in (src / folder / f"{room}.h", src / folder / f"{room}.c"):
        for struct in STRUCT.findall(path.read_text()) if path.exists() else ():
            name = struct.removeprefix("ostia_")
            inside = name if name.startswith(spelled) else f"{spelled}_{name}"
            found.add(inside.strip("_"))
    return found


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
    src, bad, seen = pathlib.Path(sys.argv[1]), [], 0
    for archive in sys.argv[2:]:
        for folder, room, name in symbols(archive):
            seen += 1
            may = sorted(prefixes(src, folder, room))
            if not re.match(rf"(({'|'.join(may)})[46]?(_|$)|ostia_)", name):
                bad.append(f"src/{folder}/{room}.c: {name} should begin with "
                           + ", ".join(m + "_" for m in may))
    print("\n".join(bad) or f"addresses ok: {seen} names in "
          f"{', '.join(pathlib.Path(a).name for a in sys.argv[2:])}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
