#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare what tests/api/options.c prints on the kernel and on a stack.

Usage: options.py KERNEL-PROGRAM OSTIA-PROGRAM TABLES-PROGRAM LIST DIFFERENCES

Every name of the list has a row of the option table. An option that the table
refuses, with a reason, may differ as ENOPROTOOPT differs; every other
difference is covered by a rule, and every rule by a difference. A rule that
begins with "user:" is for who is not root on this machine.
"""
import fnmatch
import os
import re
import subprocess
import sys

SKIP = 77


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode == SKIP:
        print(done.stderr.strip())
        sys.exit(SKIP)
    done.check_returncode()
    return done.stdout.splitlines()


def lines(*command):
    return dict(line.split(": ", 1) for line in run(*command))


def rows(tables):
    """{(level, name): 'works' or 'inert' or 'refused'}: the first row."""
    level, found = None, {}
    for line in run(tables, "options"):
        if line.startswith("## "):
            level = line[3:].strip()
        elif line.startswith("| `"):
            cells = [c.strip() for c in line.split("|")]
            found.setdefault((level, cells[1].strip("`")), cells[2])
    return found


def names(path):
    return re.findall(r"OPTION\((\w+), (\w+), (\d+)\)", open(path).read())


def without_row(options, table):
    numbers = {(lv, nr) for lv, name, nr in options if (lv, name) in table}
    # of one number with IP_RECVORIGDSTADDR, which the headers spell by it
    numbers.add(("IPPROTO_IP", "20"))
    for level, name, number in options:
        if (level, number) not in numbers:
            yield f"no row: {level} {name}"


def rules(path):
    for line in open(path):
        if not line.strip() or line.startswith("#"):
            continue
        mine = line.removeprefix("user:")
        if mine == line or os.geteuid() != 0:
            yield [part.strip() for part in mine.split(" = ", 3)]


def main():
    kernel_program, ours_program, tables, list_, expected = sys.argv[1:6]
    kernel = lines(kernel_program)
    ours = lines(ours_program, "--as-host")
    table, known, used = rows(tables), list(rules(expected)), set()
    problems = list(without_row(names(list_), table))
    refused = differ = 0
    for key, said in kernel.items():
        if ours.get(key) == said:
            continue
        _, level, name, _ = key.split("/")
        if table.get((level, name)) == "refused":
            refused += 1
            continue
        for i, (keys, theirs, mine, _) in enumerate(known):
            if (fnmatch.fnmatchcase(key, keys)
                    and fnmatch.fnmatchcase(said, theirs)
                    and fnmatch.fnmatchcase(ours.get(key, ""), mine)):
                used.add(i)
                differ += 1
                break
        else:
            problems.append(f"{key}\n  kernel: {said}\n"
                            f"  ostia:  {ours.get(key)}")
    problems += [f"no difference for the rule: {' = '.join(r)}"
                 for i, r in enumerate(known) if i not in used]
    print("\n".join(problems[:200]) or
          f"{len(kernel)} lines, {refused} of refused options, "
          f"{differ} others differ by {len(known)} rules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
