#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `ostia show` draws of canonical conversations is what it drew before.

Usage: golden.py check OSTIA ROUTED FAR FORM | golden.py write OSTIA ROUTED FAR. A
form is text, svg or mermaid; the files stand in golden/. ROUTED (routed.c) records
a conversation through two boxes, FAR (far.c) packets that end in one of many; the
others are scenes of the demo.
"""
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent / "golden"
SCENES = {
    "text": ["tcp4", "tcp6", "udp", "ping", "unix", "silence", "refused",
             "simultaneous", "backlog", "halfclose", "unread", "urgent",
             "routed", "far3", "far9"],
    "svg": ["tcp4", "silence", "refused", "unread", "routed", "far9"],
    "mermaid": ["tcp4", "silence", "unread", "routed", "far9"],
}
FORMS = {"text": ("txt", []), "svg": ("svg", ["--svg"]),
         "mermaid": ("mmd", ["--mermaid"])}
LICENSE = {"txt": "# SPDX-License-Identifier: MIT\n",
           "svg": "<!-- SPDX-License-Identifier: MIT -->\n",
           "mmd": "%% SPDX-License-Identifier: MIT\n"}


def ostia(*args):
    env = dict(os.environ, LC_ALL="C", NO_COLOR="1")
    return subprocess.run(args, env=env, check=True, stdout=subprocess.PIPE,
                          timeout=60).stdout.decode()


def drawn(exe, routed, far, form, scene, folder):
    suffix, options = FORMS[form]
    file = folder / (scene + ".ostia")
    if scene == "routed":
        ostia(routed, file)
    elif scene.startswith("far"):
        ostia(far, file, scene[3:])
    else:
        ostia(exe, "demo", "--only", scene, "-o", file)
    text = ostia(exe, "show", *options, file)
    if form == "svg":
        xml.etree.ElementTree.fromstring(text)
    if form == "text":
        assert max(map(len, text.split("\n"))) <= 80, "wider than 80"
    return HERE / (scene + "." + suffix), LICENSE[suffix] + text


def main():
    what, exe, routed, far, *forms = sys.argv[1:]
    bad = 0
    with tempfile.TemporaryDirectory() as d:
        for form in forms or SCENES:
            for scene in SCENES[form]:
                path, text = drawn(exe, routed, far, form, scene,
                                   pathlib.Path(d))
                if what == "write":
                    path.write_text(text)
                    continue
                want = path.read_text()
                if want == text:
                    continue
                bad = 1
                sys.stdout.writelines(difflib.unified_diff(
                    want.splitlines(True), text.splitlines(True),
                    path.name, "drawn now"))
    return bad


if __name__ == "__main__":
    sys.exit(main())
