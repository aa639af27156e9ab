#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a page says that a command prints, is what it prints.

A block fenced with ```console begins with "$ ostia ..."; the rest is the
command's output. A line "..." alone stands for lines that are left out, so a
block may show the part that its text speaks of: the parts must occur in this
order. Usage: console.py check|write OSTIA PAGE...
"""
import os
import re
import shlex
import subprocess
import sys

BLOCK = re.compile(r"(?ms)^```console\n\$ ostia ([^\n]*)\n(.*?)^```$")
CUT = "..."


def output(ostia, words):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C")
    done = subprocess.run([ostia, *shlex.split(words)], env=env, check=True,
                          stdout=subprocess.PIPE, timeout=60)
    return done.stdout.decode().rstrip("\n").split("\n")


def parts(lines):
    """The stretches between the cuts, and whether one stands at each end."""
    found = [[]]
    for line in lines:
        if line == CUT:
            found.append([])
        else:
            found[-1].append(line)
    return found


def place(part, lines, start):
    for at in range(start, len(lines) - len(part) + 1):
        if lines[at:at + len(part)] == part:
            return at
    return -1


def matches(shown, lines):
    """Do the parts that are shown occur in the output, in their order?"""
    stretches = parts(shown)
    at = 0
    for i, part in enumerate(stretches):
        if i == len(stretches) - 1 and part:
            at = max(at, len(lines) - len(part))
        found = place(part, lines, at)
        if found < 0 or i == 0 and found:
            return False
        at = found + len(part)
    return not stretches[-1] or at == len(lines)


def anchor(part, lines, start, from_end):
    """Where a part that is out of date began and ended: its first and last
    line, with numbers left out, tell."""
    def bare(line):
        return re.sub(r"\d+", "#", line).strip()

    first, last = bare(part[0]), bare(part[-1])
    for at in range(start, len(lines)):
        if bare(lines[at]) != first:
            continue
        for end in range(at, len(lines)):
            if bare(lines[end]) == last and end - at >= len(part) // 2:
                return at, end + 1
    raise SystemExit(f"console.py: cannot find again: {part[0]!r} ... "
                     f"{part[-1]!r}{' (the end)' if from_end else ''}")


def renew(shown, lines):
    if CUT not in shown:
        return lines
    new, at = [], 0
    for i, part in enumerate(parts(shown)):
        if i:
            new.append(CUT)
        if not part:
            continue
        begin, end = anchor(part, lines, at, False)
        new += lines[begin:end]
        at = end
    return new


def main():
    word, ostia, pages = sys.argv[1], sys.argv[2], sys.argv[3:]
    wrong = blocks = 0
    for page in pages:
        with open(page, encoding="utf-8") as f:
            text = f.read()

        def one(m, page=page):
            nonlocal wrong, blocks
            blocks += 1
            shown = m[2].rstrip("\n").split("\n")
            lines = output(ostia, m[1])
            if matches(shown, lines):
                return m[0]
            wrong += 1
            if word == "check":
                print(f"{page}: $ ostia {m[1]}: prints something else; "
                      "./do docs writes what it prints")
                return m[0]
            return (f"```console\n$ ostia {m[1]}\n"
                    + "\n".join(renew(shown, lines)) + "\n```")

        new = BLOCK.sub(one, text)
        if word == "write" and new != text:
            with open(page, "w", encoding="utf-8") as f:
                f.write(new)
    if not blocks:
        raise SystemExit("console.py: no block ```console in these pages")
    if word == "check" and wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
