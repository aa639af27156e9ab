#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ostia show: what is chosen, what is said of damage. Usage: show.py OSTIA FAR"""
import os
import pathlib
import subprocess
import sys
import tempfile

OSTIA, FAR = sys.argv[1:]


def run(*args, **more):
    env = dict(os.environ, LC_ALL=more.pop("locale", "C"))
    done = subprocess.run([OSTIA, *map(str, args)], env=env, timeout=60,
                          capture_output=True, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def show(*args, **more):
    code, out, err = run("show", *args, **more)
    assert code == 0, (args, err)
    return out


def joins_calls_and_segments(rec):
    text = show(rec)
    assert "send(3, 12) = 12 [1:13]\n" in text, text
    assert "(read 61.005, acked 81.003)" in text, text
    assert "recv(4, 4096) = 12 [1:13]\n" in text, text
    assert "PSH ACK seq 1:13 ack 1" in text, text


def chooses(rec):
    lines = show("--list", rec).splitlines()
    assert len(lines) == 2 and lines[1].startswith("tcp"), lines
    conv = lines[1].split()[1]
    last = show("--last", rec)
    assert last == show("--conn", conv, rec)
    assert last == show("--conn", "-".join(reversed(conv.split("-"))), rec)
    assert "listen(3, 16)" in last and "accept(3) = 4" in last, last
    part = show("--between", "40ms", "62ms", rec)
    assert part == show("--between=0.04,0.062s", rec)
    assert "connect(3) = 0" in part and "SYN seq" not in part, part
    assert "send(" not in show("--no-calls", rec)
    assert "\u2500" in show(rec, locale="C.UTF-8")
    assert max(map(len, show("--width", 120, rec).splitlines())) == 120


def refuses(rec, tmp):
    for args, word in ((("--conn", "1.2.3.4:5-6.7.8.9:10", rec), "no such"),
                       (("--conn", "abc", rec), "ADDRESS:PORT"),
                       (("--between", "5s", "1s", rec), "the earlier first"),
                       (("--between", "99s", "100s", rec), "the recording lasts "),
                       (("--conn", "1.2.3.4:5-6.7.8.9:10", rec), f"--list {rec}"),
                       (("nonet",), "no such file, and no network"),
                       (("--svg", "--mermaid", rec), "exclude"),
                       ((tmp / "none",), "No such file"),
                       ((__file__,), "not a recording"),
                       ((), "which recording"),
                       (("-o", tmp / "no" / "where", rec), "No such file")):
        code, out, err = run("show", *args)
        assert code == 125 and word in err and not out, (args, err, out)
    code, _, err = run("demo", "-o", tmp / "x")
    assert code == 125 and "--only" in err, err


def tells_damage(tmp):
    rec = tmp / "bulk.ostia"
    assert run("demo", "--only", "loss", "-o", rec)[0] == 0
    whole = rec.read_bytes()
    assert whole.count(b"OCHK") > 5, whole.count(b"OCHK")
    rec.write_bytes(whole[:-100])
    code, out, err = run("show", rec)
    assert code == 0 and "cut short in chunk" in err, err
    assert "-- cut short" in out.splitlines()[-1], out[-200:]
    rec.write_bytes(whole[:5000] + b"?" + whole[5001:])
    code, out, err = run("show", rec)
    assert code == 0 and "damaged in chunk" in err, err
    with open(rec, "wb") as f:
        f.write(whole)
    with open(rec, "rb") as f:
        pipe = subprocess.run([OSTIA, "show", "-"], input=f.read(),
                              capture_output=True, timeout=60, check=True)
    assert pipe.stdout == subprocess.run(
        [OSTIA, "show", rec], capture_output=True, timeout=60,
        check=True).stdout


def lists_a_crowd(tmp):
    """Of three hosts: a list in text, and no file that would hold it."""
    rec = tmp / "crowd.ostia"
    subprocess.run([FAR, rec, "3", "c\033[31m"], check=True, timeout=60)
    code, out, err = run("show", rec)
    assert code == 0 and out.startswith("PROTO") and "--conn" in err, (out, err)
    for form in (), ("--html",), ("--svg",):
        code, out, err = run("show", *form, "-o", tmp / "crowd", rec)
        assert code == 125 and "more than two hosts" in err, (form, err)
        assert not (tmp / "crowd").exists() and not out
    last = show("--last", rec).splitlines()
    assert last[0].split()[1:4] == ["a", "10.0.1.1/24", "192.0.2.1"], last
    assert any("[r1 x IpInNoRoutes]" in line for line in last), last
    for out in run("stat", rec)[1], run("ss", "-a", rec)[1]:
        assert "\033" not in out, out


def main():
    with tempfile.TemporaryDirectory() as d:
        tmp = pathlib.Path(d)
        rec = tmp / "a.ostia"
        assert run("demo", "--only", "tcp4", "-o", rec)[0] == 0
        joins_calls_and_segments(rec)
        chooses(rec)
        refuses(rec, tmp)
        tells_damage(tmp)
        lists_a_crowd(tmp)


main()
