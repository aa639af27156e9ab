#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much of a folder the kept corpus runs through, and whether it is enough.

Usage: coverage.py BUILD-DIR FOLDER PERCENT

BUILD-DIR is clang's, with -fprofile-instr-generate -fcoverage-mapping and
without -Dfuzz=true. All targets count together; a source that no target links
counts as nothing covered, and is named.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def run(*command, **environment):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True,
                          env=os.environ | environment)
    if done.returncode:
        sys.exit(f"coverage: {command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def replay(programs, tmp):
    """Each program runs its own corpus; the merged profile."""
    raw = []
    for program in programs:
        name = program.name.removesuffix("_fuzz")
        raw.append(tmp / f"{name}.raw")
        run(program, pathlib.Path("tests/fuzz/corpus") / name,
            LLVM_PROFILE_FILE=str(raw[-1]))
    run("llvm-profdata", "merge", "-sparse", "-o", tmp / "all", *raw)
    return tmp / "all"


def lines_by_file(programs, profile):
    """{path: (covered, count)} of every file that some program links."""
    objects = [a for p in programs for a in ("-object", p)][1:]
    out = run("llvm-cov", "export", "-summary-only", "-instr-profile", profile, *objects)
    files = json.loads(out)["data"][0]["files"]
    return {pathlib.Path(f["filename"]).resolve():
            (f["summary"]["lines"]["covered"], f["summary"]["lines"]["count"])
            for f in files}


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    wanted = float(sys.argv[3])
    programs = sorted(p for p in (build / "tests/fuzz").glob("*_fuzz") if p.is_file())
    if not programs:
        sys.exit(f"coverage: no target in {build}")
    with tempfile.TemporaryDirectory() as tmp:
        lines = lines_by_file(programs, replay(programs, pathlib.Path(tmp)))

    covered = count = 0
    for source in sorted(folder.glob("*.[ch]")):
        have, of = lines.get(source.resolve(), (0, 0))
        if source.suffix == ".c" and of == 0:
            of = len(source.read_text().splitlines())
            print(f"{source}: no target links it")
        covered, count = covered + have, count + of
        if of:
            print(f"{100 * have / of:6.1f} %  {have:5} of {of:5}  {source}")
    percent = 100 * covered / max(count, 1)
    print(f"{folder}: the corpus covers {percent:.1f} % of the lines, "
          f"{wanted:.0f} % wanted")
    return percent < wanted


if __name__ == "__main__":
    sys.exit(main())
