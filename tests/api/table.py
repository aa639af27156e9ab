#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare what tests/api/table.c prints on the kernel and on a stack.

Usage: table.py KERNEL-PROGRAM OSTIA-PROGRAM EXPECTED-DIFFERENCES

Every call must occur in every state of its type over both families, blocking
and not; at least 40 % of the lines succeed or block; every difference is
covered by a rule with a reason, and every rule by a difference. What the
kernel says only now and then (it was busy) is asked for again. A kernel's
program that may not do what it needs exits with 77: the test is skipped.
"""
import fnmatch
import subprocess
import sys

TRIES = 3
SKIP = 77


def lines(program):
    done = subprocess.run([program], capture_output=True, text=True,
                          timeout=600)
    if done.returncode == SKIP:
        print(done.stderr, end="")
        sys.exit(SKIP)
    done.check_returncode()
    out = done.stdout
    return dict(line.split(": ", 1) for line in out.splitlines())


def rules(path):
    for line in open(path):
        if line.strip() and not line.startswith("#"):
            yield [part.strip() for part in line.split(" = ", 3)]


def complete(table):
    """Problems with the table's shape."""
    kinds = {}
    for key in table:
        kind, state, mode, call = key.split("/")
        kinds.setdefault(kind[:3], set()).add((kind, state, mode, call))
    for kind, seen in kinds.items():
        axes = [set(axis) for axis in zip(*seen)]
        want = 1
        for axis in axes:
            want *= len(axis)
        if len(seen) != want:
            yield f"{kind}: {len(seen)} lines of {want}"
    good = sum(v[0].isdigit() or v.startswith(("fd", "blocks"))
               for v in table.values())
    if good * 100 < 40 * len(table):
        yield f"only {good} of {len(table)} lines succeed or block"


def differences(kernel, ours, known, used):
    for key, said in kernel.items():
        if ours.get(key) == said:
            continue
        for i, (keys, theirs, mine, _) in enumerate(known):
            if (fnmatch.fnmatchcase(key, keys)
                    and fnmatch.fnmatchcase(said, theirs)
                    and fnmatch.fnmatchcase(ours.get(key, ""), mine)):
                used.add(i)
                break
        else:
            yield key


def main():
    ours = lines(sys.argv[2])
    known = list(rules(sys.argv[3]))
    used, bad, kernel = set(), None, {}
    for _ in range(TRIES):
        kernel = lines(sys.argv[1])
        now = set(differences(kernel, ours, known, used))
        bad = now if bad is None else bad & now
        if not bad:
            break
    problems = [f"{k}\n  kernel: {kernel[k]}\n  ostia:  {ours.get(k)}"
                for k in sorted(bad)]
    problems += [f"no difference for the rule: {' = '.join(r)}"
                 for i, r in enumerate(known) if i not in used]
    problems += complete(ours)
    print("\n".join(problems) or
          f"{len(ours)} lines, {len(known)} rules for differences")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
