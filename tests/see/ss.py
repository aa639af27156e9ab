#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ostia ss at moments of a recording, and beside ss on the kernel for the same
program. Usage: ss.py OSTIA
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

OSTIA = sys.argv[1]
# Sockets in many states; "up", and then it waits.
PROGRAM = """
import socket, sys, time
FIN_WAIT2 = 5
keep = []
def door(family, addr, port, backlog):
    s = socket.socket(family)
    s.bind((addr, port))
    s.listen(backlog)
    keep.append(s)
    return s
def pair(d, port):
    c = socket.create_connection(('127.0.0.1', port))
    s = d.accept()[0]
    keep.extend([c, s])
    return c, s
d = door(socket.AF_INET, '127.0.0.1', 8080, 5)
door(socket.AF_INET6, '::1', 8081, 7)
door(socket.AF_INET, '0.0.0.0', 8082, 1)
pair(d, 8080)
c, s = pair(d, 8080)
c.shutdown(socket.SHUT_WR)
assert s.recv(1) == b''
for _ in range(600): # its FIN may be acknowledged late
    if c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == FIN_WAIT2:
        break
    time.sleep(0.1)
c, s = pair(d, 8080)
c.close()
assert s.recv(1) == b''
s.close()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('127.0.0.1', 5353))
keep.append(u)
v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
v.connect(('127.0.0.1', 5353))
keep.append(v)
print('up', flush=True)
sys.stdin.read()
"""


def run(*args, env=None, code=0):
    done = subprocess.run(list(map(str, args)), timeout=120, text=True,
                          env=env or dict(os.environ, LC_ALL="C"),
                          capture_output=True)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done.stdout


def ss(rec, *args):
    return [line.split() for line in
            run(OSTIA, "ss", "-n", *args, rec).splitlines()]


def moments(tmp):
    """The table follows a conversation whose every step is known."""
    rec = tmp / "a.ostia"
    run(OSTIA, "demo", "--only", "tcp4", "-o", rec)
    local, peer = "10.0.0.1:48061", "10.0.0.2:7"
    for at, state, recvq, sendq in (
            ("5ms", "SYN-SENT", 0, 1), ("41.0025ms", "ESTAB", 0, 0),
            ("50ms", "ESTAB", 0, 12), ("85ms", "FIN-WAIT-1", 0, 1),
            ("121.01ms", "FIN-WAIT-2", 0, 0), ("2s", "TIME-WAIT", 0, 0)):
        rows = ss(rec, "-tH", "-a", "--host", "client", "--at", at)
        assert rows == [[state, str(recvq), str(sendq), local, peer]], (at, rows)
    rows = ss(rec, "-tH", "-a", "--host", "server", "--at", "61.0042ms")
    assert rows[1] == ["ESTAB", "12", "0", peer, local], rows  # not yet read
    rows = ss(rec, "-tlH", "--host", "server", "--at", "10ms")
    assert rows == [["LISTEN", "0", "16", peer, "0.0.0.0:*"]], rows
    assert ss(rec, "-tlH", "--host", "server") == []  # closed at the end
    return rec


def waits(tmp):
    """A SYN that nobody answers; an accept queue that is full."""
    rec = tmp / "w.ostia"
    run(OSTIA, "demo", "--only", "silence", "-o", rec)
    for at, left, tries in (("500ms", "501ms", 0), ("1.5s", "1.501ms", 1),
                            ("4s", "3.001ms", 2), ("100s", "27sec", 6)):
        rows = ss(rec, "-tHo", "-a", "--host", "client", "--at", at)
        assert rows[0][5:] == [f"timer:(on,{left},{tries})"], (at, rows)
    run(OSTIA, "demo", "--only", "backlog", "-o", rec)
    rows = ss(rec, "-tlH", "--host", "server", "--at", "500ms")
    assert rows == [["LISTEN", "1", "0", "10.0.0.2:7", "0.0.0.0:*"]], rows


def forms(rec):
    text = run(OSTIA, "ss", "-tanp", "--at", "50ms", rec)
    assert 'users:(("client",pid=1,fd=3))' in text, text
    assert text.splitlines()[0] == "client:", text
    head = text.splitlines()[1].split()
    assert head == ("State Recv-Q Send-Q Local Address:Port Peer Address:Port "
                    "Process").split(), head
    text = run(OSTIA, "ss", "-tni", "--at", "50ms", rec)
    assert re.search(r"\n\t ts sack wscale:7,7 rto:240 rtt:40.000/\d+.\d+ mss:1448 "
                     r"advmss:1460 cwnd:10 bytes_sent:12 segs_out:3 segs_in:1 ",
                     text), text
    assert "\n\t" not in run(OSTIA, "ss", "-tniO", "--at", "50ms", rec)
    assert "timer:(on," in run(OSTIA, "ss", "-tno", "--at", "50ms", rec)
    assert "timer:(timewait,59sec,0)" in run(
        OSTIA, "ss", "-tano", "--at", "125ms", rec)
    assert ss(rec, "-tH6", "-a", "--at", "50ms") == []
    none = run(OSTIA, "ss", "-x", rec).splitlines()
    assert len(none) == 1 and none[0].startswith("Netid State"), none
    assert "ino:" in run(OSTIA, "ss", "-tane", "--at", "50ms", rec)
    rows = json.loads(run(OSTIA, "ss", "--json", "-t", "--at", "50ms", rec))
    assert rows[0]["state"] == "ESTAB" and rows[0]["sendq"] == 12, rows
    assert rows[0]["program"] == "client" and rows[0]["fd"] == 3, rows
    run(OSTIA, "ss", code=125)
    run(OSTIA, "ss", "--at", "soon", rec, code=125)
    run(OSTIA, "ss", "--host", "nobody", rec, code=125)
    run(OSTIA, "ss", "--json", "--host", "nobody", rec, code=125)


def plain(text):
    """Rows without the ports that were given by chance, in an order."""
    rows = [re.sub(r":(3[2-9]|4\d|5\d|6[0-9])\d{3}\b", ":eph", line).split()
            for line in text.splitlines()]
    return sorted(" ".join(r[:6]) for r in rows if r)


def beside_the_kernel(env):
    started = [OSTIA, "run", "-q", "--net", "beside", "--name", "a", "--",
               sys.executable, "-c", PROGRAM]
    tables = []
    for what in "kernel", "ours":
        inside = ["unshare", "-n", "sh", "-c",
                  "ip link set lo up; exec \"$@\"", "-", sys.executable, "-c",
                  PROGRAM]
        p = subprocess.Popen(started if what == "ours" else inside, env=env,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert p.stdout.readline() == b"up\n", what
            for options in "-tuanH", "-tunH", "-tlnH", "-tan4H":
                if what == "ours":
                    text = run(OSTIA, "ss", options, "--host", "a", "beside",
                               env=env)
                else:
                    text = run("nsenter", "-t", p.pid, "-n", "ss", options)
                tables.append(plain(text))
        finally:
            p.communicate(timeout=60)
    half = len(tables) // 2
    for theirs, ours in zip(tables[:half], tables[half:]):
        assert theirs == ours, "\n".join(["the kernel:", *theirs, "ours:",
                                          *ours])
    assert len(tables[0]) >= 10, tables[0]


def main():
    with tempfile.TemporaryDirectory() as d:
        tmp = pathlib.Path(d)
        forms(moments(tmp))
        waits(tmp)
        (tmp / "run").mkdir(mode=0o700)
        env = dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(tmp / "run"))
        env.pop("OSTIA_RECORD", None)
        if (os.geteuid() or not shutil.which("ss")
                or not shutil.which("nsenter") or subprocess.run(
                    [OSTIA, "doctor"], capture_output=True,
                    timeout=60).returncode):
            print("not beside the kernel: needs root, ss and ostia run")
            return
        beside_the_kernel(env)


main()
