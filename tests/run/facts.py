#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program sees the same on the kernel and as a guest.

Usage: facts.py ROOMS PROGRAM EXPECTED LINES-AT-LEAST

PROGRAM prints lines "what: value". EXPECTED has the differences that are meant,
a rule a line: what = the kernel's = ours = the reason. The first three are
patterns (fnmatch). A rule that fits no difference is an error.
"""
import fnmatch
import pathlib
import subprocess
import sys


def lines(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
        raise SystemExit(f"{command}: exit code {done.returncode}")
    return done.stdout.splitlines()


def rules(path):
    for line in pathlib.Path(path).read_text().splitlines():
        if line and not line.startswith("#"):
            yield tuple(word.strip() for word in line.split(" = ", 3))


def main():
    rooms, program, expected, least = sys.argv[1:5]
    kernel, ours = lines([program]), lines([rooms, "a", program])
    known, used, bad = list(rules(expected)), set(), []
    for k, o in zip(kernel, ours):
        if k == o:
            continue
        what, said = k.rsplit(": ", 1)
        told = o.removeprefix(what + ": ")
        fit = [r for r in known if fnmatch.fnmatch(what, r[0]) and
               fnmatch.fnmatch(said, r[1]) and fnmatch.fnmatch(told, r[2])]
        used.update(fit)
        if not fit:
            bad.append(f"kernel: {k}\nours:   {o}")
    bad += [f"no difference: {' = '.join(r)}" for r in known if r not in used]
    if len(kernel) != len(ours) or len(kernel) < int(least):
        bad.append(f"{len(kernel)} and {len(ours)} lines")
    print("\n".join(bad) or f"{len(kernel)} lines, {len(used)} rules")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
