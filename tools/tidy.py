#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy on every file of a build that changed since it was last clean.

Usage: tidy.py BUILD-DIR JOBS

A file's stamp is a hash of its preprocessed text, its command and the
settings, so a change of a header reads again what includes it, and no more.
"""
import concurrent.futures
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys


def stamp_of(entry, settings):
    command = [a for a in shlex.split(entry["command"]) if a != "ccache"]
    cut = command.index("-o")
    text = subprocess.run(command[:cut] + ["-E", "-P", entry["file"]],
                          cwd=entry["directory"], capture_output=True)
    if text.returncode:
        return None
    h = hashlib.sha256(settings + " ".join(command).encode())
    h.update(text.stdout)
    h.update(pathlib.Path(entry["directory"], entry["file"]).read_bytes())
    return h.hexdigest()


def check(entry, build, settings):
    """None when clean, else what clang-tidy said."""
    stamp = stamp_of(entry, settings)
    known = build / "tidy" / str(stamp)
    if stamp and known.exists():
        return None
    path = pathlib.Path(entry["directory"], entry["file"]).resolve()
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), str(path)],
                          capture_output=True, text=True)
    if done.returncode:
        return done.stdout or done.stderr
    if stamp:
        known.touch()
    return None


def main():
    build, jobs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    settings = b"".join(pathlib.Path(p).read_bytes()
                        for p in (".clang-tidy", "tests/.clang-tidy",
                                  "examples/.clang-tidy"))
    (build / "tidy").mkdir(exist_ok=True)
    entries = {e["file"]: e for e in
               json.loads((build / "compile_commands.json").read_text())
               if e["file"].endswith(".c")}
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        said = pool.map(lambda e: check(e, build, settings), entries.values())
        for n, (name, text) in enumerate(zip(entries, said), 1):
            if text is not None:
                bad += 1
                print(text, flush=True)
            if n % 50 == 0:
                print(f"tidy: {n} of {len(entries)}", file=sys.stderr)
    print(f"tidy: {len(entries)} files, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
