#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count what `meson test` ran, honestly: one line 'PASSED FAILED SKIPPED'.

Usage: count.py BUILD-DIR EXIT-CODE [NOTES]

A program that speaks TAP counts as many tests as it reported cases, any
other as one. A program that ended badly without a failed case (a crash, a
time-out, a leak found at exit) adds a failure, and so does a run that failed
without a failed test, or that ran nothing. The skipped are named on stderr.

NOTES is a folder: `names` there grows by a line for each test that failed,
`details` by the end of what it said, for whoever sees only the end of a log;
`times` by a line for each test that took a minute and more.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as xml

GOOD = {"OK", "EXPECTEDFAIL"}
SKIP = {"SKIP"}
TAIL_LINES = 20  # of a failed test
SLOW_S = 60  # its time is told
TAIL_TESTS = 10  # of so many of them; the others are only named


def bare(name):
    """Meson prefixes project and suite: 'ostia:unit / unit/tcp/rtt'."""
    return name.split(" / ")[-1]


def cases_by_program(junit):
    """Cases of each TAP program: (passed, failed names, skipped names)."""
    found = {}
    if not junit.exists():
        return found
    for suite in xml.parse(junit).getroot().iter("testsuite"):
        # suite "project.program" is a TAP program, "project" the others
        _, dot, program = suite.get("name").partition(".")
        if not dot:
            continue
        program = bare(program)
        passed, failed, skipped = 0, [], []
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(case.get("name"))
            elif case.find("skipped") is not None:
                skipped.append(f"{program}: {case.get('name')}")
            else:
                passed += 1
        found[program] = (passed, failed, skipped)
    return found


def last_lines(test):
    """The end of what a test said, without the cases that went well."""
    said = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    lines = [line.rstrip() for line in said.splitlines()]
    return [line for line in lines
            if line and not line.startswith("ok ")][-TAIL_LINES:]


def count(log, junit, exit_code):
    """(passed, failed, names of the skipped, the failed as (name, lines))"""
    tap = cases_by_program(junit)
    passed, failed, skipped, notes = 0, 0, [], []
    for line in log.read_text().splitlines() if log.exists() else ():
        test = json.loads(line)
        name = bare(test["name"])
        ok, wrong, skip = tap.get(name, (0, [], []))
        if test["result"] in SKIP:
            skip = skip or [name]
        elif test["result"] in GOOD:
            ok = ok if ok or skip else 1
        else:
            wrong = wrong or [test["result"]]
            notes.append((f"{name}: {', '.join(wrong)}", last_lines(test)))
        passed += ok
        failed += len(wrong)
        skipped += skip
    if failed == 0 and (exit_code != 0 or passed + len(skipped) == 0):
        failed = 1
        notes.append((f"meson test ended with {exit_code} after {passed} "
                      "tests that passed", []))
    return passed, failed, skipped, notes


def take_notes(folder, build, notes):
    with open(folder / "names", "a") as names:
        names.writelines(f"failed: {build}: {what}\n" for what, _ in notes)
    with open(folder / "details", "a") as details:
        for what, lines in notes[:TAIL_TESTS]:
            details.write(f"--- {build}: {what}\n")
            details.writelines(f"    {line}\n" for line in lines)


def take_times(folder, build, log):
    with open(folder / "times", "a") as times:
        for line in log.read_text().splitlines() if log.exists() else ():
            test = json.loads(line)
            if test.get("duration", 0) >= SLOW_S:
                times.write(f"took {test['duration']:.0f} s: {build}: "
                            f"{bare(test['name'])}\n")


def main():
    build = pathlib.Path(sys.argv[1])
    logs = build / "meson-logs"
    found = sorted(logs.glob("testlog*.json"))
    log = found[0] if found else logs / "testlog.json"
    junit = log.with_suffix(".junit.xml")
    passed, failed, skipped, notes = count(log, junit, int(sys.argv[2]))
    if len(sys.argv) > 3:
        take_notes(pathlib.Path(sys.argv[3]), build.name, notes)
        take_times(pathlib.Path(sys.argv[3]), build.name, log)
    for name in skipped:
        print(f"skipped: {name}", file=sys.stderr)
    print(passed, failed, len(skipped))


if __name__ == "__main__":
    main()
