#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`ostia bench` over a path that loses (X7): it is measured. No figure is judged.

Usage: paths.py OSTIA
"""
import os
import re
import subprocess
import sys

import stage

ROW = re.compile(r"X7 +paths: 20 ms, 1 % lost +(Ostia to Linux|Linux to Ostia)"
                 r" +([\d.]+) Mbit/s, Linux to Linux +([\d.]+) +([\d.]+) ")


def bench(*words, **more):
    return subprocess.run([sys.argv[1], "bench", *words], capture_output=True,
                          text=True, check=False, **more)


def both_directions():
    p = bench("-n", "1", "-m", "150", "20 ms, 1 % lost")
    assert p.returncode == 0, (p.stdout, p.stderr)
    rows = [ROW.match(line) for line in p.stdout.splitlines()[1:]]
    assert all(rows) and [r[1] for r in rows] == ["Ostia to Linux",
                                                  "Linux to Ostia"], p.stdout
    for r in rows:
        print(f"# {r[1]}: {r[2]} beside {r[3]}")
        assert float(r[2]) > 0 and float(r[3]) > 0, r[0]


def says_what_it_needs():
    try:
        p = bench("X7", user=stage.NOBODY)
    except PermissionError:
        print("# not seen: nobody may not run the command where it is")
        return
    assert p.returncode == 0, (p.stdout, p.stderr)
    rows = p.stdout.splitlines()[1:]
    assert len(rows) == 4, p.stdout
    for row in rows:
        assert row.startswith("X7") and "skipped: needs root" in row, row


def main():
    if os.geteuid() or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        stage.skip("needs root and /dev/net/tun")
    stage.unshare()
    return stage.tap([("both directions", both_directions),
                      ("without root", says_what_it_needs)])


if __name__ == "__main__":
    sys.exit(main())
