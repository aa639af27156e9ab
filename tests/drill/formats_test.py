#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ostia drill --format and -j: what others read is what was seen.

Usage: formats_test.py OSTIA GOOD_FOLDER BAD_FOLDER DOCS
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

OSTIA, GOOD, BAD = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
scripts = [str(p) for p in sorted(GOOD.glob("*.pkt"))[:20] + sorted(BAD.glob("*.pkt"))[:20]]
scripts += ["no/such/file.pkt"]
good = {p for p in scripts if p.startswith(str(GOOD))}
count = 0


def drill(*args):
    return subprocess.run([OSTIA, "drill", *args], capture_output=True, text=True)


def check(what, ok):
    global count
    count += 1
    print(f"{'ok' if ok else 'not ok'} {count} - {what}")
    return ok


def results(text, form):
    """File -> passed, in the order in which they were told."""
    if form == "json":
        found = json.loads(text)
        assert found["passed"] == len(good) and found["failed"] == len(scripts) - len(good)
        return [(s["file"], s["result"] == "passed") for s in found["scripts"]]
    if form == "junit":
        cases = xml.fromstring(text).iter("testcase")
        return [(c.get("file"), c.find("failure") is None) for c in cases]
    lines = [s for s in text.splitlines() if "ok " in s[:7]]
    return [(s.split(" - ", 1)[1], s.startswith("ok")) for s in lines]


want = [(s, s in good) for s in scripts]
fine = True
for form in ["json", "junit", "tap"]:
    for jobs in ["1", "4"]:
        ran = drill("--format", form, "-j", jobs, *scripts)
        fine &= check(f"{form}, {jobs} at once: each script once, in order",
                      results(ran.stdout, form) == want and ran.returncode == 1
                      and not ran.stderr)

one, many = drill(*scripts), drill("-j4", *scripts)
fine &= check("text is the same, however many run at once",
              (one.stdout, one.stderr) == (many.stdout, many.stderr)
              and "20 passed, 21 failed" in one.stderr)
first = json.loads(drill("--format=json", f"{BAD}/segment_ack.pkt").stdout)["scripts"][0]
fine &= check("a failure has its line, column and message",
              first["line"] == 7 and first["column"] == 1 and "acknowledgment" in first["message"]
              and "trace" in first["report"])
fine &= check("all passed is success", drill("-j2", *sorted(good)).returncode == 0)
for args, word in [(["--format=xml"], "junit"), (["-j", "0"], "from 1 to"), (["-jx"], "from 1 to"),
                   (["--jobs"], "from 1 to")]:
    ran = drill(*args, "x.pkt") if args != ["--jobs"] else drill("x.pkt", *args)
    fine &= check(f"{' '.join(args)} is refused with advice",
                  ran.returncode == 125 and word in ran.stderr)
with tempfile.TemporaryDirectory() as folder:
    film = f"{folder}/a.ostia"
    shows = [OSTIA, "show", "--width", "100", film]
    for script, says in [(f"{GOOD}/rto.pkt", r"script 192\.0\.2\.1/32 +host 192\.168\.0\.1/16(?s:.*)"
                          r"SYN seq 0 win 32792 ─+▶ +100\.000(?s:.*)◀─+ SYN ACK seq 0 ack 1"
                          r"(?s:.*)write\(1, 1000\) = 1000(?s:.*)\nrtx +2300\.000"),
                         (f"{BAD}/segment_ack.pkt", r"-- acknowledgment number: expected 2, came 1")]:
        drill("-o", film, script)
        seen = subprocess.run(shows, capture_output=True, text=True, check=False).stdout
        if not check(f"ostia show {pathlib.Path(script).stem}", re.search(says, seen)):
            fine = False
            print(*(f"# {line}" for line in seen.splitlines()), sep="\n")
    for args, word in [(["-o", film, *scripts[:2]], "one script"),
                       (["-o", f"{folder}/no/a.ostia", scripts[0]], "No such file")]:
        ran = drill(*args)
        fine &= check(f"-o is refused: {word}", ran.returncode == 125 and word in ran.stderr)
docs = pathlib.Path(sys.argv[4])
page = (docs / "man" / "ostia-drill.1.scd").read_text()
for name, text in [
        ("the manual's script", page[page.index("\t0   socket("):]),
        ("drill.md's script", (docs / "drill.md").read_text().split("\n\n    // The peer")[1])]:
    lines = re.split(r"\n\n", text)[0].replace("++\n", "\n").splitlines()
    with tempfile.NamedTemporaryFile("w", suffix=".pkt") as f:
        f.write("\n".join(s.strip() for s in lines if "socket" in s or s.lstrip()[0] in "0+") + "\n")
        f.flush()
        ran = drill(f.name)
        fine &= check(f"{name} passes", ran.returncode == 0 and len(lines) > 9
                      and not ran.stderr)
        for line in ran.stderr.splitlines():
            print(f"# {line}")
told = drill("--help").stdout
names = re.findall(r"^\t?{ \"(\w+)\", set_|{ \"(\w+)\", set_",
                   (docs.parent / "src/drill/config.c").read_text(), re.M)
for name in sorted({a or b for a, b in names}):
    fine &= check(f"--help and the manual have --{name}",
                  f"--{name}" in told and f"--{name}" in page.replace("\\", ""))
print(f"1..{count}")
sys.exit(not fine)
