#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A symbol is its address: what src/tcp/rtt.c defines begins with tcp_rtt_.

Usage: addresses.py SRC-FOLDER ARCHIVE...

The folder base/ is not spelled, nor need another one be (ip/neigh.c:
neigh_output()) as long as no second folder claims the same short name. A room
named as its folder is said once (udp/udp.c: udp_), an address family may follow
the room (wire_quote6), and a public function, ostia_*, may stand in any room. A
struct that the room defines may lend its name too (block.c: struct ostia_pool,
pool_get()). What a folder's face declares (tcp/tcp.h: tcp_send(); or state.h)
may stand behind any of its doors.
Names with internal linkage are free.
"""
import pathlib
import re
import subprocess
import sys

STRUCT = re.compile(r"^struct (\w+) {", re.M)
MEMBER = re.compile(r"^(?:.*[/(\[:])?([a-z0-9]+)_([a-z0-9_]+)\.c\.o[:)\]]*$")


def structs(src, folder, room):
    for path in (src / folder / f"{room}.h", src / folder / f"{room}.c"):
        for struct in STRUCT.findall(path.read_text()) if path.exists() else ():
            yield struct.removeprefix("ostia_").removesuffix("_")


def prefixes(src, folder, room):
    """What names may begin with: the room, and the structs that it defines."""
    if folder == room:
        return {folder} | {s for s in structs(src, folder, room)
                           if s.startswith(folder)}
    spelled = "" if folder == "base" else folder + "_"
    found = {spelled + room, room}
    for name in structs(src, folder, room):
        found.add(name if name.startswith((spelled, room)) else spelled + name)
    return found


def on_the_face(src, folder, name):
    """Is it declared in the folder's face, and called after the folder?"""
    if not name.startswith((folder + "_", folder + "s_")):
        return False
    faces = (src / folder / f"{folder}.h", src / folder / "state.h")
    return any(re.search(rf"\b{name}\(", f.read_text()) for f in faces if f.exists())


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
    src, bad, seen, claims = pathlib.Path(sys.argv[1]), [], 0, {}
    for archive in sys.argv[2:]:
        for folder, room, name in symbols(archive):
            seen += 1
            may = sorted(prefixes(src, folder, room))
            if not re.match(rf"(({'|'.join(may)})[46]?(_|$)|ostia_)", name) \
                    and not on_the_face(src, folder, name):
                bad.append(f"src/{folder}/{room}.c: {name} should begin with "
                           + ", ".join(m + "_" for m in may))
            if folder != room and name.startswith(room + "_"):
                claims.setdefault(room, set()).add(folder)
    bad += [f"{room}_ is a short name of {' and '.join(sorted(folders))}"
            for room, folders in claims.items() if len(folders) > 1]
    print("\n".join(bad) or f"addresses ok: {seen} names in "
          f"{', '.join(pathlib.Path(a).name for a in sys.argv[2:])}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
