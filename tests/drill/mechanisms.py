#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each mechanism of tests/conv/mechanisms.txt has a drill.

Usage: mechanisms.py CONV_FOLDER     and one that must fail: --self CONV_FOLDER

A line is `RFC N SECTION: text`, `draft NAME SECTION: text`, or `WORD: text`.
A script has it that cites the section, or one below it, in a comment (`RFC
5961 3.2, 4.2` are two), or uses the word in a call.
"""
import pathlib
import re
import sys

NAME = r"(?:RFC \d+|draft-[a-z-]+?)(?:-\d\d)?"
SECTIONS = r"\(?\d[\d.]*\)?(?:(?:, | and | to )\(?\d[\d.]*\)?)*"


def cited(text):
    """(RFC, section) of all that the comments of a script cite."""
    said = " ".join(s.lstrip("/# ") for s in text.splitlines()
                    if re.match(r"\s*(//|#)", s))
    found = set()
    for name, sections in re.findall(rf"({NAME}) ({SECTIONS})", said):
        found |= {(re.sub(r"-\d\d$", "", name), s.rstrip("."))
                  for s in re.findall(r"\d[\d.]*", sections)}
    return found


def has(text, cites, row):
    rfc = re.match(rf"({NAME}) (\S+)$", row)
    if not rfc:
        calls = [s for s in text.splitlines() if not re.match(r"\s*(//|#)", s)]
        return re.search(rf"\b{row}\b", "\n".join(calls))
    name, section = rfc.groups()
    return any(n == name and (s == section or s.startswith(section + "."))
               for n, s in cites)


def missing(conv, rows):
    scripts = [p.read_text() for p in sorted(conv.rglob("*.pkt"))]
    known = [(text, cited(text)) for text in scripts]
    return [row for row in rows if not any(has(t, c, row) for t, c in known)]


def main(args):
    conv = pathlib.Path(args[-1])
    lines = (conv / "mechanisms.txt").read_text().splitlines()
    rows = [s.partition(": ")[0] for s in lines if s and not s.startswith("#")]
    if args[0] == "--self":
        odd = ["RFC 5961 99", "RFC 9999 1", "TCP_NO_SUCH"]
        return 0 if missing(conv, odd) == odd else 1
    bad = missing(conv, rows)
    for row in bad:
        print(f"{row}: no script of tests/conv has it", file=sys.stderr)
    return 1 if bad or len(rows) != len(set(rows)) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
