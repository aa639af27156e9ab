#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Take out one defence at a time; the test that guards it must fail.

Usage: run.py [NAME...]                 all of tests/mutants/*.patch, or some
       run.py --tree DIR --patches DIR --build DIR [NAME...]

A patch begins with lines that `patch` skips:

    # SPDX-License-Identifier: MIT
    # What the removed lines defend against, and where.
    Test: unit/tcp/rtt conv/handshake
    Build: san
    Says: what it must say

Test names the meson tests of which one must fail; Build is plain unless it
says san (ASan and UBSan) or tsan (threads). Where the patch says Says, a failed
test must say that, too: a rule that another one hides is not proved. The tree is copied and built beside the original,
and a patch rebuilds only what it touches. A mutant is CAUGHT when a named
test fails with the patch and passed without it. It SURVIVED when all pass.
Everything else is an error: a patch that no longer applies, does not
compile, names a test that does not exist, or that is skipped or already red.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CAUGHT, SURVIVED = "caught", "SURVIVED"
SETUP = {
    "plain": [],
    "san": ["-Db_sanitize=address,undefined", "-Db_lundef=false"],
    "tsan": ["-Db_sanitize=thread", "-Db_lundef=false"],
}
BAD = {"FAIL", "ERROR", "TIMEOUT", "INTERRUPT"}


class Broken(Exception):
    """The mutant proves nothing: why."""


class Patch:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.text = path.read_text()
        head = self.text.split("\n--- ", 1)[0]
        self.tests = self.words(head, "Test")
        self.says = " ".join(self.words(head, "Says"))
        self.build = (self.words(head, "Build") or ["plain"])[0]
        self.files = sorted(set(re.findall(r"^\+\+\+ b/(\S+)", self.text, re.M)))

    @staticmethod
    def words(head, key):
        found = re.search(rf"^(?:# )?{key}s?:(.*)$", head, re.M)
        return found.group(1).split() if found else []

    def check(self):
        if not self.tests:
            raise Broken("no line 'Test: NAME'")
        if not self.files:
            raise Broken("changes no file (paths are a/... and b/...)")
        if self.build not in SETUP:
            raise Broken(f"Build: {self.build} is neither plain nor san")


def files_of(tree):
    """Files of the tree, without what builds leave."""
    return subprocess.run([ROOT / "tools/files.sh", tree], check=True, text=True,
                          capture_output=True).stdout.splitlines()


class Copy:
    """A copy of the tree that is brought up to date, then mutated in place."""

    def __init__(self, tree, build):
        self.tree, self.copy, self.build = tree, build / "tree", build
        self.baseline, self.said = {}, ""

    def sync(self):
        files = set(files_of(self.tree))
        self.copy.mkdir(parents=True, exist_ok=True)
        for old in everything_in(self.copy):
            if old not in files:
                (self.copy / old).unlink()
        for f in files:
            self.restore(f)

    def restore(self, f):
        """Write only what differs: the rest keeps its time of change."""
        source, target = self.tree / f, self.copy / f
        if target.exists() and target.read_bytes() == source.read_bytes():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def apply(self, patch):
        command = ["patch", "-p1", "-F0", "--batch", "--forward",
                   "--no-backup-if-mismatch", "-r", "-", "-i", str(patch.path)]
        done = subprocess.run(command + ["--dry-run"], cwd=self.copy,
                              capture_output=True, text=True)
        if done.returncode:
            raise Broken("no longer applies: " + done.stdout.strip().split("\n")[-1])
        subprocess.run(command, cwd=self.copy, check=True, capture_output=True)

    def undo(self, patch):
        for f in patch.files:
            if (self.tree / f).exists():
                self.restore(f)
            elif (self.copy / f).exists():
                (self.copy / f).unlink()

    def configure(self, name):
        where = self.build / name
        if (where / "build.ninja").exists():
            return where
        done = subprocess.run(["meson", "setup", str(where), str(self.copy)]
                              + SETUP[name], capture_output=True, text=True)
        if done.returncode:
            raise Broken("cannot be configured: " + done.stdout[-2000:])
        return where

    def known_tests(self, where):
        out = subprocess.run(["meson", "introspect", "--tests", str(where)],
                             capture_output=True, text=True, check=True).stdout
        return {t["name"] for t in json.loads(out)}

    def run(self, build, tests):
        """Build what the tests need and run them: {name: result}."""
        where = self.configure(build)
        logs = where / "meson-logs"
        for old in logs.glob("testlog*"):
            old.unlink()
        environment = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=0")
        done = subprocess.run(["meson", "test", "-C", str(where), "--num-processes",
                               str(os.cpu_count()), "--setup", "mutants"] + tests,
                              capture_output=True, text=True, env=environment)
        unknown = [t for t in tests if t not in self.known_tests(where)]
        if unknown:
            raise Broken("no such test: " + " ".join(unknown))
        log = logs / "testlog-mutants.json"
        if not log.exists():
            raise Broken("does not build:\n" + (done.stdout + done.stderr)[-3000:])
        results = [json.loads(line) for line in log.read_text().splitlines()]
        self.said = " ".join(" ".join(r.get("stdout", "").split() +
                                      r.get("stderr", "").split())
                             for r in results)
        return {t: self.worst(t, results) for t in tests}

    @staticmethod
    def worst(test, results):
        found = {r["result"] for r in results
                 if r["name"].split(" / ")[-1] == test}
        for result in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "SKIP"):
            if result in found:
                return result
        return "OK" if found else "SKIP"

    def passes_without(self, patch):
        fresh = [t for t in patch.tests if (patch.build, t) not in self.baseline]
        if fresh:
            for t, result in self.run(patch.build, fresh).items():
                self.baseline[patch.build, t] = result
        for t in patch.tests:
            result = self.baseline[patch.build, t]
            if result != "OK":
                raise Broken(f"{t} says {result} without the patch")

    def judge(self, patch):
        patch.check()
        self.passes_without(patch)
        self.apply(patch)
        try:
            results = self.run(patch.build, patch.tests)
        finally:
            self.undo(patch)
        killers = [t for t, r in results.items() if r in BAD]
        if killers and patch.says not in self.said:
            return SURVIVED, f"nobody said: {patch.says}"
        return (CAUGHT, " ".join(killers)) if killers else \
               (SURVIVED, "all pass: " + " ".join(patch.tests))


def everything_in(folder):
    return [str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()]


def chosen(folder, names):
    patches = {p.stem: p for p in sorted(folder.glob("*.patch"))}
    unknown = [n for n in names if n.removesuffix(".patch") not in patches]
    if unknown:
        sys.exit(f"mutants: no such patch: {' '.join(unknown)}")
    wanted = [n.removesuffix(".patch") for n in names] or list(patches)
    return [Patch(patches[n]) for n in wanted]


def main():
    parser = argparse.ArgumentParser(description="run the mutants")
    parser.add_argument("--tree", type=pathlib.Path, default=ROOT)
    parser.add_argument("--patches", type=pathlib.Path, default=HERE)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/mutants")
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    patches = chosen(options.patches, options.name)
    if not patches:
        sys.exit(f"mutants: no patch in {options.patches}")
    copy = Copy(options.tree.resolve(), options.build.resolve())
    copy.sync()
    bad = 0
    for n, patch in enumerate(patches, 1):
        begin = time.monotonic()
        try:
            verdict, why = copy.judge(patch)
        except Broken as broken:
            verdict, why = "ERROR", str(broken)
        bad += verdict != CAUGHT
        print(f"{n:3}/{len(patches)} {verdict:9} {time.monotonic() - begin:6.1f} s  "
              f"{patch.name}: {why}", flush=True)
    print(f"mutants: {len(patches) - bad} of {len(patches)} caught")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
