#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count what `meson test` ran, honestly: one line 'PASSED FAILED SKIPPED'.

Usage: count.py BUILD-DIR EXIT-CODE

A program that speaks TAP counts as many tests as it reported cases, any
other as one. A program that ended badly without a failed case (a crash, a
time-out, a leak found at exit) adds a failure, and so does a run that failed
without a failed test, or that ran nothing. The skipped are named on stderr.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as xml

GOOD = {"OK", "EXPECTEDFAIL"}
SKIP = {"SKIP"}


def bare(name):
    """Meson prefixes project and suite: 'ostia:unit / unit/tcp/rtt'."""
    return name.split(" / ")[-1]


def cases_by_program(junit):
    """Cases of each TAP program: (passed, failed, skipped names)."""
    found = {}
    if not junit.exists():
        return found
    for suite in xml.parse(junit).getroot().iter("testsuite"):
        # suite "project.program" is a TAP program, "project" the others
        _, dot, program = suite.get("name").partition(".")
        if not dot:
            continue
        program = bare(program)
        passed, failed, skipped = 0, 0, []
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped.append(f"{program}: {case.get('name')}")
            else:
                passed += 1
        found[program] = (passed, failed, skipped)
    return found


def count(log, junit, exit_code):
    tap = cases_by_program(junit)
    passed, failed, skipped = 0, 0, []
    for line in log.read_text().splitlines() if log.exists() else ():
        test = json.loads(line)
        name = bare(test["name"])
        ok, bad, skip = tap.get(name, (0, 0, []))
        if test["result"] in SKIP:
            skip = skip or [name]
        elif test["result"] in GOOD:
            ok = ok if ok or skip else 1
        elif bad == 0:
            bad = 1
        passed += ok
        failed += bad
        skipped += skip
    if failed == 0 and (exit_code != 0 or passed + len(skipped) == 0):
        failed = 1
    return passed, failed, skipped


def main():
    logs = pathlib.Path(sys.argv[1]) / "meson-logs"
    found = sorted(logs.glob("testlog*.json"))
    log = found[0] if found else logs / "testlog.json"
    junit = log.with_suffix(".junit.xml")
    passed, failed, skipped = count(log, junit, int(sys.argv[2]))
    for name in skipped:
        print(f"skipped: {name}", file=sys.stderr)
    print(passed, failed, len(skipped))


if __name__ == "__main__":
    main()
