#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A failed test leaves a recording, and the command that shows it.

Usage: witness.py OSTIA WITNESS_FAILS SANITIZED
"""
import pathlib
import shlex
import subprocess
import sys

OSTIA, FAILS, SANITIZED = sys.argv[1:4]


def run(how):
    done = subprocess.run([FAILS, how], capture_output=True, text=True, timeout=120)
    shown = [line for line in done.stderr.splitlines() if " show " in line]
    return done.returncode, done.stderr, shown


def leaves(how, code):
    got, said, shown = run(how)
    assert got == code, (how, got, said)
    assert len(shown) == 1, said
    assert "seed 3" in said, said
    words = shlex.split(shown[0])
    assert pathlib.Path(words[0]).samefile(OSTIA), words
    rec = pathlib.Path(words[2])
    assert rec.name == f"{pathlib.Path(FAILS).name}-{how}-3.ostia", rec
    try:
        look(words)
    finally:
        rec.unlink()


def look(words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    text = done.stdout
    assert done.returncode == 0, (words, done.stderr)
    assert "10.0.0.1" in text and "send(3, 5) = 5 [1:6]" in text, text
    assert "connect(3) = 0" in text, text
    assert text.rstrip().endswith("recv(4, 8) = 5 [1:6]"), text


def leaves_nothing(how, code):
    got, said, shown = run(how)
    assert got == code and not shown, (how, got, said)
    assert ("no recording" in said) == bool(code), said


def main():
    leaves("check", 1)
    leaves("abort", -6)
    if SANITIZED != "true":  # ASan has a handler of its own
        leaves("segv", -11)
    leaves_nothing("pass", 0)
    leaves_nothing("early", 1)


main()
