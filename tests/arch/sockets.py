#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every sentence of the sockets' contract has a test that names it.

Usage: sockets.py ROOT

ROOT/tests/arch/sockets.ids has the sentences and their ids. A test names one
in its comment, [S1] or [S1, W2], or begins its own name with it: TEST(S1_...).
A sentence that is "open" is not built yet; one that has a test is not open.
"""
import pathlib
import re
import sys

LINE = re.compile(r"([A-Z]\d+) (open )?(\S.*)")
TAG = re.compile(r"(?:^|[\s(*/#])\[([A-Z]\d(?:, [A-Z]\d)*)\]")
NAME = re.compile(r"^TEST\(([A-Z]\d)_\w+\)", re.M)
KINDS = {".c", ".h", ".py", ".sh", ".pkt"}
APART = {"arch", "mutants"}  # they prove something about the tree, not calls


def sentences(path):
    """{id: is it open?}"""
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = LINE.fullmatch(line)
        if not parts:
            raise SystemExit(f"{path}:{number}: not 'ID SENTENCE': {line}")
        if parts[1] in found:
            raise SystemExit(f"{path}:{number}: {parts[1]} a second time")
        found[parts[1]] = bool(parts[2])
    return found


def named(tests):
    """{id: files}"""
    found = {}
    for path in sorted(tests.rglob("*")):
        top = path.relative_to(tests).parts[0]
        if path.suffix not in KINDS or top in APART or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        ids = {i for tag in TAG.findall(text) for i in tag.split(", ")}
        for i in ids | set(NAME.findall(text)):
            found.setdefault(i, []).append(str(path.relative_to(tests)))
    return found


def main():
    tests = pathlib.Path(sys.argv[1]) / "tests"
    wanted = sentences(tests / "arch/sockets.ids")
    found = named(tests)
    bad = [f"{i}: no test names it" for i, is_open in wanted.items()
           if not is_open and i not in found]
    bad += [f"{i}: open, but {found[i][0]} names it"
            for i, is_open in wanted.items() if is_open and i in found]
    bad += [f"{i}: no such sentence, but {files[0]} names it"
            for i, files in found.items() if i not in wanted]
    if not wanted:
        bad = ["sockets.ids has no sentence"]
    for line in bad:
        print(line)
    still = [i for i, is_open in wanted.items() if is_open]
    if bad:
        sys.exit(1)
    print(f"sockets ok: {len(wanted)} sentences, open: {' '.join(still) or 'none'}")


if __name__ == "__main__":
    main()
