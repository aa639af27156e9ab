#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ostia stat agrees with what was drawn. Usage: stat.py OSTIA"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

OSTIA = sys.argv[1]


def run(*args, code=0):
    done = subprocess.run([OSTIA, *map(str, args)], timeout=60, text=True,
                          env=dict(os.environ, LC_ALL="C"),
                          capture_output=True)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as d:
        rec = pathlib.Path(d) / "a.ostia"
        drawn = run("demo", "--only", "loss", "-o", rec)
        rows = json.loads(run("stat", "--json", rec))
        value = {(r["at"], r["name"]): r["value"] for r in rows}
        resent = len(re.findall(r"^rtx", drawn, re.M))
        assert resent == (value.get(("client", "TcpRetransSegs"), 0)
                          + value.get(("server", "TcpRetransSegs"), 0)), rows
        lost = len(re.findall(r"-x +lost$|x-.* lost$", drawn, re.M))
        assert lost == value["wire1", "loss"], (lost, rows)
        text = run("stat", rec)
        for name in ("tcpActiveOpens", "ipSystemStatsInReceives", "TcpExt",
                     "tcpEStatsPerfSegsRetrans", "wire1, lost:"):
            assert name in text, text
        assert run("stat", "--host", "client", rec) in text
        assert "loss" in run("stat", "--drops", rec)
        assert "InReceives" not in run("stat", "--drops", rec)
        early = json.loads(run("stat", "--json", "--at", "500us", rec))
        assert sum(r["value"] for r in early) == 0, early
        run("stat", code=125)
        run("stat", "--at", "x", rec, code=125)


main()
