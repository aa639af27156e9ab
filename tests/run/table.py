#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/programs.md, and README's list: what the tests of programs are.

Usage: table.py write|check ROOT

Made from programs.py, cpython.py and the lists of expected differences, so
that the pages cannot say anything else. check prints what is out of date.
"""
import difflib
import pathlib
import sys
import textwrap

import cpython
import programs

BEGIN, END = "<!-- programs: ./do docs -->", "<!-- end of programs -->"
HEAD = """\
<!-- SPDX-License-Identifier: MIT -->
# Programs under `ostia run`

Made by `./do docs` from the tests in `tests/run`. Each case is a script of servers and clients that
nobody changed for us. It runs on the kernel's loopback first, then as guests of `ostia run`; what is
compared must be the same, or the test fails. *every*: in each `./do test`; *soak*: in `./do soak`, too.
What does not work, and why, is in `ostia-run(1)`.
"""
CPYTHON = """
## CPython's own tests

Debian's CPython 3.11, each test on the kernel and as a guest on one host: it must end the same way.

"""
DIFFERENCES = """
## Known differences

Lists in which each line has its reason; a line that fits nothing any more fails the test.

| where | on the kernel | as a guest | why |
| --- | --- | --- | --- |
"""


def line(*cells):
    """A row; a bar would end a cell."""
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |\n"


def header(*cells):
    return line(*cells) + line(*["---"] * len(cells))


def when(way):
    return "every" if way in programs.EVERY_RUN else "soak"


def cases():
    text = "\n" + header("programs", "what they do", "what is compared",
                         *programs.WAYS.values(), "case")
    for name, function in programs.CASES.items():
        text += line(*function.row, *map(when, programs.WAYS), f"`{name}`")
    return text


def modules():
    text = header("module", "when")
    for when_run, names in cpython.MODULES.items():
        for name in names:
            text += line(f"`{name}`", when_run)
    return text


def differences():
    text = ""
    for test, kernel, guest, why in cpython.expected():
        text += line(f"`{test}`", kernel, guest, why)
    facts = cpython.HERE / "facts_dgram.expected-differences"
    for row in facts.read_text().splitlines():
        if row and not row.startswith("#"):
            what, kernel, guest, why = row.split(" = ", 3)
            text += line(f"facts: {what}", kernel, guest, why)
    return text


def page():
    return (HEAD + cases() + CPYTHON + modules() + DIFFERENCES
            + differences())


def short():
    """README's sentence."""
    seen = dict.fromkeys(", ".join(
        f.row[0] for f in programs.CASES.values()).split(", "))
    return "\n".join(textwrap.wrap(", ".join(seen) + ".", 100,
                                   break_on_hyphens=False)) + "\n"


def with_block(text):
    before, rest = text.split(BEGIN + "\n")
    return before + BEGIN + "\n" + short() + END + rest.split(END)[1]


def main():
    word, root = sys.argv[1], pathlib.Path(sys.argv[2])
    bad = False
    for name, made in (("docs/programs.md", lambda old: page()),
                       ("README.md", with_block)):
        path = root / name
        old = path.read_text() if path.exists() else ""
        new = made(old)
        if word == "write":
            path.write_text(new)
        elif new != old:
            bad = True
            print(f"{name}: ./do docs makes something else")
            print("".join(difflib.unified_diff(
                old.splitlines(True), new.splitlines(True))))
    return bad


if __name__ == "__main__":
    sys.exit(main())
