#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ostia pcap, as tshark and capinfos read it. Usage: pcap.py OSTIA

Its own search for retransmissions, on each host's interface, must find what our
stacks say that they sent again.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

OSTIA = sys.argv[1]
PINGS = """
import socket, sys
me, you = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "12"]
you.bind(('127.0.0.1', 7070))
for i in 1, 2:
    me.sendto(b'ping %d' % i, ('127.0.0.1', 7070))
    you.recv(10)
    print(i, flush=True)
    sys.stdin.readline()
"""
NOISE = "Running as user"  # as root, dissectors run all the same


def run(*args, code=0):
    done = subprocess.run(list(map(str, args)), timeout=120,
                          env=dict(os.environ, LC_ALL="C"),
                          capture_output=True)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done


def tshark(path, *args, names="-n"):
    done = run("tshark", names, "-r", path, *args)
    said = [l for l in done.stderr.decode().splitlines() if NOISE not in l]
    assert not said, said
    return done.stdout.decode()


def fields(path, want, *names):
    args = [a for name in names for a in ("-e", name)]
    text = tshark(path, "-Y", want, "-T", "fields", *args)
    return [line.split("\t") for line in text.splitlines()]


def record(tmp, scene, seed=1):
    rec, cap = tmp / "a.ostia", tmp / "a.pcapng"
    run(OSTIA, "demo", "--only", scene, "--seed", seed, "-o", rec)
    run(OSTIA, "pcap", "-o", cap, rec)
    return rec, cap


def both_ends(tmp):
    rec, cap = record(tmp, "tcp4")
    rows = fields(cap, "tcp.len == 12 and tcp.seq == 1", "frame.interface_name",
                  "frame.time_epoch", "ip.src")
    assert [r[0] for r in rows] == ["client", "server", "server", "client"], rows
    assert [r[1] for r in rows[:2]] == ["0.041003000", "0.061003000"], rows
    info = run("capinfos", cap).stdout.decode()
    assert "Number of interfaces in file: 2" in info, info
    assert "nanoseconds" in info, info
    assert "Number of packets:   22" in info, info
    assert b"client\0" in cap.read_bytes() and b"server\0" in cap.read_bytes()
    hosts = tshark(cap, "-c", "1", "-Y", "tcp", "-T", "fields", "-e", "ip.src_host",
                   "-e", "ip.dst_host", names="-Nn")  # the file's, no DNS
    assert hosts.split() == ["client", "server"], hosts
    piped = run(OSTIA, "pcap", rec).stdout
    assert piped == cap.read_bytes()


def agrees(tmp):
    """Over 5 seeds of a bad wire: the same segments, at each end. What is sent
    again within a round trip tshark calls out of order, where it left, too."""
    total = lost = 0
    for seed in range(1, 6):
        rec, _ = record(tmp, "loss", seed)
        for host, src in ("client", "10.0.0.1"), ("server", "10.0.0.2"):
            one = tmp / "one.pcapng"
            run(OSTIA, "pcap", "--host", host, "-o", one, rec)
            rows = fields(one, "ip.src == " + src, "frame.comment",
                          "tcp.analysis.retransmission",
                          "tcp.analysis.out_of_order", "tcp.seq")
            ours = [r for r in rows if "sent again" in r[0]]
            theirs = [r for r in rows if r[1] or r[2]]
            assert ours == theirs, (seed, host, ours, theirs)
            total += len(ours)
            lost += sum("lost" in r[0] for r in rows)
    assert total > 5 and lost > 5, (total, lost)


def shows_local(tmp):
    _, cap = record(tmp, "unix")
    rows = fields(cap, "data", "frame.interface_name", "data.data",
                  "frame.comment")
    assert [bytes.fromhex(r[1]) for r in rows] == [b"Hello, door."] * 2, rows
    assert rows[0][0] == "server unix" and "AF_UNIX" in rows[0][2], rows


def streams(tmp):
    """-o - of a network goes on as it does, and ends with it."""
    env = dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(tmp / "run"))
    (tmp / "run").mkdir(mode=0o700)
    if subprocess.run([OSTIA, "doctor"], env=env, capture_output=True).returncode:
        print("ostia run does not work here: see ostia doctor")
        return
    guest = subprocess.Popen(
        [OSTIA, "run", "-q", "--net", "streams", "--", sys.executable, "-c",
         PINGS], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert guest.stdout.readline() == b"1\n"
        with open(tmp / "live.pcapng", "wb") as out:
            tail = subprocess.Popen([OSTIA, "pcap", "-o", "-", "streams"],
                                    env=env, stdout=out)
            until_it_has(tmp / "live.pcapng", b"ping 1")
            guest.stdin.write(b"more\n")
            guest.stdin.flush()
            assert guest.stdout.readline() == b"2\n"
            until_it_has(tmp / "live.pcapng", b"ping 2")
            guest.communicate(timeout=60)
            assert tail.wait(60) == 0
    finally:
        guest.kill()
    rows = fields(tmp / "live.pcapng", "udp.dstport == 7070", "data.data")
    assert [bytes.fromhex(r[0]) for r in rows] == [b"ping 1", b"ping 2"], rows
    said = subprocess.run([OSTIA, "pcap", "--follow", tmp / "a.ostia"],
                          env=env, capture_output=True, text=True)
    assert said.returncode == 125 and "--follow" in said.stderr, said


def keeps_files(tmp):
    """Neither the recording nor what there was is lost to a mistake."""
    rec, cap = record(tmp, "tcp4")
    before = rec.read_bytes()
    for word in ["pcap"], ["show", "--svg"]:
        said = run(OSTIA, *word, "-o", rec, rec, code=125).stderr
        assert b"is the recording itself" in said, said
        assert rec.read_bytes() == before, word
    run(OSTIA, "pcap", "-o", cap, tmp / "none", code=125)
    assert cap.stat().st_size > 1000
    said = run(OSTIA, "pcap", "--host", "nobody", rec, code=125).stderr
    assert b"no such host" in said, said


def until_it_has(path, what):
    for _ in range(600):
        if what in path.read_bytes():
            return
        time.sleep(0.1)
    raise AssertionError((what, path.read_bytes()))


def main():
    if not shutil.which("tshark") or not shutil.which("capinfos"):
        print("no tshark, or no capinfos")
        return 77
    with tempfile.TemporaryDirectory() as d:
        tmp = pathlib.Path(d)
        both_ends(tmp)
        keeps_files(tmp)
        agrees(tmp)
        shows_local(tmp)
        streams(tmp)
        run(OSTIA, "pcap", code=125)
        run(OSTIA, "pcap", tmp / "none", code=125)
    return 0


sys.exit(main())
