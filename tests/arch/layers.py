#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fail when a source file includes upwards or sideways, or in a circle.

Usage: layers.py [REPOSITORY]

src/LAYERS gives the order. include/ostia stands below all of it: a public
header includes the system's headers and its own kind only.
"""
import pathlib
import re
import sys

PUBLIC = "ostia"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([a-z0-9_]+)/([a-z0-9_]+)\.h[">]', re.M)
QUOTED = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"(\.[^"]*|[^"/]+)"', re.M)
COMMENT = re.compile(r'/\*.*?\*/', re.S)


def read_layers(path):
    """One layer a line; folders on one line do not know each other."""
    lines = [l.split() for l in path.read_text().splitlines()
             if l.strip() and not l.startswith("#")]
    rank = {name: i for i, layer in enumerate(lines) for name in layer}
    return rank | {PUBLIC: -1}


def sources(root):
    for top in (root / "src", root / "include"):
        for f in sorted(top.rglob("*.[ch]")):
            yield f, f.relative_to(top)


def check_file(f, rel, rank, bad, graph):
    here, module = rel.parts[0], str(rel.with_suffix(""))
    if here not in rank or len(rel.parts) != 2:
        bad.append(f"{f}: a source is FOLDER/ROOM, and src/LAYERS names the folder")
        return
    text = COMMENT.sub("", f.read_text())
    for path in QUOTED.findall(text):
        bad.append(f'{f}: write "{path}" from src/, as folder/room.h')
    for folder, stem in INCLUDE.findall(text):
        if folder not in rank:
            continue  # a header of the system
        if folder != here and rank[folder] >= rank[here]:
            bad.append(f"{f}: {here}/ may not include {folder}/{stem}.h")
        # a .c and its .h are two nodes: only headers can close a circle
        node = module + rel.suffix
        if f"{folder}/{stem}" != module or rel.suffix == ".h":
            graph.setdefault(node, set()).add(f"{folder}/{stem}.h")


def find_cycles(graph, bad):
    done = set()

    def walk(node, path):
        if node in path:
            circle = path[path.index(node):] + [node]
            bad.append("cycle: " + " -> ".join(circle))
            return
        if node in done:
            return
        for after in sorted(graph.get(node, ())):
            walk(after, path + [node])
        done.add(node)

    for node in sorted(graph):
        walk(node, [])


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    rank = read_layers(root / "src" / "LAYERS")
    bad, graph, modules = [], {}, set()
    for f, rel in sources(root):
        modules.add(str(rel.with_suffix("")))
        check_file(f, rel, rank, bad, graph)
    find_cycles(graph, bad)
    print("\n".join(bad) or f"layers ok: {len(modules)} modules")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
