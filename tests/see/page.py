#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/see.md shows what its commands print, and the pictures that they make.

A block fenced with ```console has commands, "$ nagle nagle.ostia", and below the
last of them what it prints; "..." alone stands for lines that are left out, as
in tools/console.py. A picture, "-o docs/see/nagle.svg", is beside the page.
Usage: page.py check|write OSTIA PUZZLES-FOLDER REPOSITORY
"""
import importlib.util
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"(?ms)^```console\n((?:\$ [^\n]*\n)+)(.*?)^```$")
PICTURE = re.compile(r"-o (docs/see/\w+\.svg)")
LICENSE = "<!-- SPDX-License-Identifier: MIT -->\n"


def console(root):
    spec = importlib.util.spec_from_file_location("console", root / "tools/console.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def do(ostia, puzzles, command, tmp):
    word, *args = shlex.split(command)
    exe = ostia if word == "ostia" else puzzles / word
    done = subprocess.run([exe, *args], cwd=tmp, check=True, timeout=120,
                          env=dict(os.environ, NO_COLOR="1", LC_ALL="C"),
                          stdout=subprocess.PIPE)
    return done.stdout.decode().rstrip("\n")


def main():
    what = sys.argv[1]
    ostia, puzzles, root = (pathlib.Path(a).resolve() for a in sys.argv[2:])
    tool, page = console(root), root / "docs/see.md"
    text, wrong, pictures = page.read_text(), [], []
    with tempfile.TemporaryDirectory() as d:
        tmp = pathlib.Path(d)
        (tmp / "docs/see").mkdir(parents=True)

        def one(m):
            lines = []
            for command in m[1].splitlines():
                lines = do(ostia, puzzles, command[2:], tmp).split("\n")
                pictures.extend(PICTURE.findall(command))
            shown = m[2].rstrip("\n").split("\n")
            if tool.matches(shown, lines):
                return m[0]
            wrong.append(f"{m[1]}prints something else:\n" + "\n".join(lines))
            new = "\n".join(tool.renew(shown, lines) if m[2] else lines)
            return f"```console\n{m[1]}{new}{chr(10) if new else ''}```"

        new = BLOCK.sub(one, text)
        assert pictures, "no picture in docs/see.md"
        for name in pictures:
            drawn = LICENSE + (tmp / name).read_text()
            assert f"]({name.removeprefix('docs/')})" in text, name
            if what == "write":
                (root / name).write_text(drawn)
            elif (root / name).read_text() != drawn:
                wrong.append(f"{name} is not what show draws now")
    if what == "write":
        page.write_text(new)
        return 0
    print("\n".join(wrong + ["./do docs writes what they make"] * bool(wrong)))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
