#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`ostia bench run` with tiny counts: every row is there. No figure is judged.

Usage: bench.py OSTIA
"""
import os
import re
import shutil
import sys

import stage

ROWS = {"run, two hosts: bulk": (), "run: request-response, 1 byte": (),
        "run: connect, 1 byte, close": (),
        "run: connections, one processor": (),
        "run: redis, 50 clients, GET": ("redis-server", "redis-benchmark"),
        "run: nginx, wrk, 32 connections": ("nginx", "wrk"),
        "run: start-up": ()}


def table(st, *words):
    """{row: what stands behind it}"""
    p = st.run("bench", "-n", "1", "-m", "20", *words)
    assert p.returncode == 0, (p.stdout, p.stderr)
    rows = {}
    for line in p.stdout.decode().splitlines():
        for name in ROWS:
            if line.startswith(f"P11  {name}"):
                rows[name] = line[5 + len(name):]
    return rows, p


def all_rows(st):
    rows, p = table(st, "run")
    assert rows.keys() == ROWS.keys(), p
    for name, rest in rows.items():
        lacks = [n for n in ROWS[name] if not shutil.which(n, path=stage.PATH)]
        if lacks:
            assert rest.strip() == f"skipped: needs {lacks[0]}", rest
        elif name == "run: start-up":
            assert re.match(r", over .*: -?[0-9.]+ ms \(< 20\)", rest), rest
        else:
            ours, native, ratio = re.match(
                r"\s+([\d.]+) \S+\s+native\s+([\d.]+)\s+([\d.]+)  \(>= 0\.\d+\)",
                rest).groups()
            print(f"# {name}: {ours} beside {native}: {ratio}")
    assert stage.loopback_is_up()


def one_row(st):
    rows, p = table(st, "connect, 1 byte, close")
    assert list(rows) == ["run: connect, 1 byte, close"], p


def nothing_is_left(st):
    st.quiet()
    stage.until(lambda: not os.listdir(st.env["TMPDIR"]), "the folder's end")


def says_no(st):
    for words in (["-n"], ["-n", "0"], ["-m", "0"], ["-x", "1"],
                  ["guest"], ["guest", "rr", "127.0.0.1", "1"],
                  ["guest", "wait", "no", "1"]):
        p = st.run("bench", *words)
        assert p.returncode == 125 and p.stderr and not p.stdout, p


def main():
    stage.unshare()
    st = stage.Stage(sys.argv[1])
    st.env["TMPDIR"] = str(st.dir / "temp")
    os.mkdir(st.env["TMPDIR"])
    if st.run("doctor").returncode == 1:
        stage.skip("ostia run does not work here")
    try:
        return stage.tap([("every row", lambda: all_rows(st)),
                          ("a row by its name", lambda: one_row(st)),
                          ("nothing is left", lambda: nothing_is_left(st)),
                          ("what is no command", lambda: says_no(st))])
    finally:
        st.close()


if __name__ == "__main__":
    sys.exit(main())
