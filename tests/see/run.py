#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What programs under `ostia run` did is kept and shown. Usage: run.py OSTIA"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

OSTIA = sys.argv[1]
IPPROTO_TCP = 6
BOTH = """
import socket, sys, threading
door = socket.create_server(('', 80))
me = socket.create_connection((socket.gethostname(), 80))
peer = door.accept()[0]
me.sendall(b'hello')
assert peer.recv(10) == b'hello'
sys.exit(int(sys.argv[1]))
"""
# Prints its descriptors: those of the asked (parent), then of who asks.
TWO = """
import os, socket
def called(name):
    with open('/proc/self/comm', 'w') as f: f.write(name)
called('asked')
door = socket.create_server(('127.0.0.1', 80))
os.dup2(door.fileno(), 50)
door = socket.socket(fileno=50)
if not os.fork():
    called('asker')
    me = socket.create_connection(('127.0.0.1', 80))
    print(me.fileno(), flush=True)
    me.sendall(b'hello')
    me.recv(100)
    os._exit(0)
peer = door.accept()[0]
peer.recv(10)
peer.send(b'hello to you')
peer.close()
os.wait()
"""


def ostia(env, *args):
    return subprocess.run([OSTIA, *map(str, args)], env=env, timeout=120,
                          capture_output=True, text=True)


def python(env, code, *options):
    return ostia(env, "run", *options, "--", sys.executable, "-c", BOTH, code)


def keeps_a_file(env, tmp):
    done = python(env, 0, "-o", tmp / "a.ostia")
    assert done.returncode == 0, done.stderr
    text = ostia(env, "show", "--list", tmp / "a.ostia").stdout
    assert ":80 " in text and "tcp" in text, text
    text = ostia(env, "show", "--last", tmp / "a.ostia").stdout
    assert "PSH ACK seq 1:6 ack 1" in text, text
    done = python(env, 0, "-o", tmp / "no" / "a.ostia")
    assert done.returncode == 125 and "No such file" in done.stderr


def speaks_of_the_guests(env, tmp):
    """Calls are told as strace would: whose, and by whose descriptors."""
    done = ostia(env, "run", "-o", tmp / "b.ostia", "--", sys.executable, "-c",
                 TWO)
    assert done.returncode == 0, done.stderr
    fd = int(done.stdout)
    text = ostia(env, "show", "--width", "120", "--last", tmp / "b.ostia").stdout
    head, *lines = text.splitlines()
    assert re.search(r"asker .* asked ", head), head
    told = [re.sub(r"^(rtx)? *[0-9.]+ {2}", "", line) for line in lines]
    told = [re.sub(r"\.\.\. (?=\w)|( \.\.\.)? *$", "", line) for line in told]
    left = [line for line in told if not line.startswith(" ")]
    right = [line.lstrip() for line in told if line.startswith(" ")]
    for line in (f"socket(AF_INET, SOCK_STREAM, {IPPROTO_TCP}) = {fd}",
                 f"connect({fd}, 127.0.0.1:80)", f"connect({fd}) = 0",
                 f"send({fd}, 5, MSG_NOSIGNAL)",
                 f"recv({fd}) = 12 [1:13]"):
        assert line in left, (line, text)
    accepted = [line for line in right if line.startswith("accept(50) = ")]
    assert len(accepted) == 1, text
    peer = accepted[0].split()[-1]
    for line in (f"recv({peer}) = 5 [1:6]",
                 f"send({peer}, 12, MSG_NOSIGNAL)"):
        assert line in right, (line, text)
    for noise in ("watch(", "EAGAIN", "recv_loan"):
        assert noise not in text, (noise, text)


def keeps_what_failed(env):
    done = ostia(env, "show", "last")
    assert done.returncode == 125 and "no run has failed" in done.stderr
    assert python(env, 0).returncode == 0
    assert ostia(env, "show", "last").returncode == 125
    done = python(env, 3)
    assert done.returncode == 3, done.stderr
    assert "what happened: ostia show last" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) <= 3, done.stderr
    done = ostia(env, "show", "--last", "last")
    assert "[1:6]" in done.stdout, done.stderr + done.stdout


def obeys(env):
    done = python(dict(env, OSTIA_RECORD="always"), 0)
    assert "ostia show last" in done.stderr, done.stderr
    done = python(dict(env, OSTIA_RECORD="never"), 3)
    assert "ostia show last" not in done.stderr, done.stderr


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as d:
        tmp = pathlib.Path(d)
        (tmp / "run").mkdir(mode=0o700)
        env = dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(tmp / "run"))
        env.pop("OSTIA_RECORD", None)
        if ostia(env, "doctor").returncode:
            print("ostia run does not work here: see ostia doctor")
            return 77
        keeps_a_file(env, tmp)
        speaks_of_the_guests(env, tmp)
        keeps_what_failed(env)
        obeys(env)
    return 0


sys.exit(main())
