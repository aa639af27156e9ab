#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files as bytes of a C program. Usage: embed.py OUT NAME=FILE[,FILE...]..."""
import pathlib
import sys


def array(name, paths):
    data = b"".join(p.read_bytes() for p in paths) + b"\0"
    rows = (data[i:i + 20] for i in range(0, len(data), 20))
    text = ",\n".join("\t" + ", ".join(map(str, row)) for row in rows)
    return f"static const unsigned char {name}[] = {{\n{text}\n}};\n"


out, *files = sys.argv[1:]
parts = ["/* SPDX-License-Identifier: MIT */\n/* Made by tools/embed.py */\n"]
for word in files:
    name, paths = word.split("=", 1)
    parts.append(array(name, map(pathlib.Path, paths.split(","))))
pathlib.Path(out).write_text("\n".join(parts))
