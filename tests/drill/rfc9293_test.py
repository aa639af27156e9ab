#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/rfc9293.py fails when it should. Usage: rfc9293_test.py TOOL OSTIA ROOT"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

tool, ostia, root = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
failed = 0


def case(name, spoil, says):
    """A copy that spoil() changed must be refused, with these words."""
    global failed
    with tempfile.TemporaryDirectory() as d:
        copy = pathlib.Path(d)
        shutil.copytree(root / "tests" / "conv", copy / "tests" / "conv",
                        copy_function=os.symlink)
        (copy / "docs").mkdir()
        os.symlink(root / "docs" / "rfc9293.md", copy / "docs" / "rfc9293.md")
        spoil(copy)
        r = subprocess.run([sys.executable, tool, "--check", ostia, copy],
                           capture_output=True, text=True, check=False)
        good = r.returncode == (1 if says else 0) and says in r.stderr
    if not good:
        failed = 1
        print(f"{name}: status {r.returncode}, said: {r.stderr}")


def change(path, how):
    """Another text in the place of a link to the true one."""
    text = path.read_text()
    if how(text) != text:
        path.unlink()
        path.write_text(how(text))


def without(copy, word):
    """No script names @word any more."""
    for p in (copy / "tests" / "conv").rglob("*.pkt"):
        change(p, lambda text: text.replace(word, "word"))


def append(copy, path, text):
    change(copy / path, lambda was: was + text)


def fresh_name(copy):
    (copy / "tests/conv/new.pkt").write_text(
        "// RFC 9293 MUST-13\n0 close(3) = -1 EBADF\n")


case("as it is", lambda c: None, "")
case("a MUST", lambda c: without(c, "MUST-13"), "MUST-13: neither script")
case("a SHOULD", lambda c: without(c, "SHLD-14"), "SHLD-14: neither script")
case("a room that is not there",
     lambda c: (c / "src").mkdir(), "no src/tcp/rx.c or .h")
case("a cell", lambda c: without(c, "// State: CLOSING"),
     "CLOSING, FIN: neither script nor reason")
case("stale", lambda c: append(c, "docs/rfc9293.md", "x"), "is stale")
case("a new script", fresh_name, "is stale")
case("a script that fails",
     lambda c: append(c, "tests/conv/rto.pkt", "+0 close(99) = 0\n"),
     "rto fails: line")
case("an unknown event",
     lambda c: append(c, "tests/conv/rto.pkt",
                      "// State: CLOSED; events: sneeze\n"), "sneeze")
case("a reason too many",
     lambda c: append(c, "tests/conv/rfc9293.txt", "reason MUST-13: none\n"),
     "MUST-13: a reason, but also")
sys.exit(failed)
