#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the drill scripts of a folder; speaks TAP.

Usage: scripts.py good|bad OSTIA FOLDER [SOURCES]

A good script must pass without a word. A bad one must fail where its `//
expect: :LINE:COLUMN: MESSAGE` says, with a message that begins so; and for
every kind of statement that SOURCES (src/drill) read there must be one.
"""
import json
import pathlib
import re
import subprocess
import sys

KIND, OSTIA, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
SCRIPTS = sorted(FOLDER.rglob("*.pkt"))
count = failed = 0


def drill(*args):
    return subprocess.run([OSTIA, "drill", "-j2", *args, *map(str, SCRIPTS)],
                          capture_output=True, text=True, check=False)


def tell(what, ok, why=""):
    global count, failed
    count += 1
    failed |= not ok
    print(f"{'ok' if ok else 'not ok'} {count} - {what}")
    for line in [] if ok else why.splitlines():
        print(f"# {line}")


def expected(text):
    said = re.search(r"^// expect: (.*)$", text, re.M)
    return said[1] if said else "?"


def judge(text, said):
    """Did it go as it should? Return: (so, what was said)."""
    if KIND == "good":
        return said["result"] == "passed", said.get("report", "")
    came = f":{said.get('line', 0)}:{said.get('column', 0)}: {said.get('message', '')}"
    return said["result"] == "failed" and came.startswith(expected(text)), came


def names(source, table):
    """First words of a C table's rows."""
    body = re.search(rf"\b{table}\[\] = \{{(.*?)\n\}};",
                     source.read_text(), re.S)[1]
    return re.findall(r"\{\s*\"(\w+)\"", body)


def failing_line(text):
    number = re.match(r":(\d+):", expected(text))
    lines = text.splitlines()
    return lines[int(number[1]) - 1] if number and int(number[1]) <= len(lines) else ""


def kinds(src):
    """What a script may hold: (name, pattern of a line that fails)."""
    yield from ((f"{n}()", rf"\b{n}\(") for n in names(src / "signature.c", "signatures"))
    yield from ((f"--{n}", rf"--{n}\b") for n in names(src / "config.c", "options"))
    yield from ((f"<{n}>", rf"<(.*\W)?{n}\b.*>")
                for n in names(src / "parse_packet.c", "option_rules"))
    yield from ((n, rf"\[.*\b{n}\b.*\]") for n in
                ["noecn", "ect0", "ect1", "ce", "ect01", "ttl", "tos", "flowlabel",
                 "options", "from", "to", "bad_csum"])
    yield from ((n, rf"assert.*\b{n}\b") for n in ["drill_isn", "drill_isn_before"])
    yield from [("a range", r"^\+?[\d.]+~"), ("whenever", r"^\* "),
                ("a relative time", r"^\+[\d.]+ "), ("an absolute time", r"^[\d.]+ "),
                ("a blocking call", r"^[+\d.]+\.\.\."), ("ports", r"\d>\d+ "),
                ("udp", r"[<>].* udp "), ("icmp type and code", r" icmp(v6)? \w+ \w+"),
                ("icmp mtu", r" icmp(v6)? .*mtu"), ("icmp quote", r" icmp(v6)? .*\["),
                ("win", r" win "), ("urg", r" urg "), ("ack", r" ack "),
                ("a command", r"`"), ("assert", r"assert"), ("print", r"print"),
                ("a definition", r"^-D|--define"), ("a note", r"= .*\("),
                ("a comment", r"/\*"), ("a string", r"\""), ("a struct", r"\{")]


said = {s["file"]: s for s in json.loads(drill("--format=json").stdout)["scripts"]}
for script in SCRIPTS:
    source = script.read_text()
    tell(script.relative_to(FOLDER).with_suffix(""), *judge(source, said[str(script)]))
if KIND == "good":
    ran = drill()
    tell("without a word", not ran.stdout and not ran.stderr, ran.stdout + ran.stderr)
else:
    wrong = [failing_line(s.read_text()) for s in SCRIPTS]
    for name, pattern in kinds(pathlib.Path(sys.argv[4])):
        tell(f"a wrong script for {name}", any(re.search(pattern, s) for s in wrong))
print(f"1..{count}")
sys.exit(failed)
