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


def connection(rec, drawn, text):
    """What its two ends counted is what was drawn."""
    pair = "10.0.0.1:48061-10.0.0.2:7"
    back = "-".join(reversed(pair.split("-")))
    rows = json.loads(run("stat", "--json", "--conn", pair, rec))
    assert {r["kind"] for r in rows} == {"connection"}, rows
    value = {(r["at"], r["name"].removeprefix("tcpEStats")): r["value"] for r in rows}
    assert value["client", "AppThruOctetsAcked"] == 24576, rows
    assert value["server", "AppThruOctetsReceived"] == 24576, rows
    resent = len(re.findall(r"^rtx", drawn, re.M))
    assert resent == sum(value[h, "PerfSegsRetrans"] for h in ("client", "server")), rows
    assert value["client", "PathMinRTT"] == 80.0, rows
    assert value["client", "StackState"] == 11, rows  # TIME-WAIT
    assert run("stat", "--conn", back, rec) == run("stat", "-c", pair, rec)
    assert run("stat", "-c", pair, rec) in text
    early = run("stat", "-c", pair, "--at", "100ms", "--host", "client", rec)
    assert re.search(r"StackState +5\n", early), early
    assert run("stat", "-c", "10.0.0.1:1-10.0.0.2:7", rec) == ""


def names():
    """Each counter once, with what it means; none that the page has not."""
    lines = run("stat", "--names").splitlines()
    first = [line.split()[0] for line in lines]
    assert len(set(first)) == len(first) > 150, first
    assert any("tcpActiveOpens" in line for line in lines)
    assert all(len(line.split()) > 2 for line in lines), lines


def main():
    names()
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
        of_client = run("stat", "--host", "client", rec)
        assert set(of_client.splitlines()) < set(text.splitlines()), of_client
        connection(rec, drawn, text)
        assert "loss" in run("stat", "--drops", rec)
        assert "InReceives" not in run("stat", "--drops", rec)
        early = json.loads(run("stat", "--json", "--at", "500us", rec))
        assert sum(r["value"] for r in early) == 0, early
        run("stat", code=125)
        run("stat", "--host", "nobody", rec, code=125)
        run("stat", "--at", "x", rec, code=125)


main()
