#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ostia ss --watch, on a terminal and not. Usage: watch.py OSTIA

The guest does a step when it is told, so each change is waited for, and no
frame has to come at its time.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios

OSTIA = sys.argv[1]
PATIENCE_S = 120
GUEST = """
import socket, sys
door = socket.create_server(('127.0.0.1', 80))
keep = []
print('up', flush=True)
for step in sys.stdin:
    if step == 'open\\n':
        me = socket.create_connection(('127.0.0.1', 80))
        keep += [me, door.accept()[0]]
    elif step == 'send\\n':
        keep[0].sendall(bytes(1000))
    print('done', flush=True)
"""
NEW, LIT, PLAIN = "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"


class Terminal:
    """A command on a terminal of 80 columns and @rows lines."""

    def __init__(self, env, rows, *args):
        self.us, them = pty.openpty()
        fcntl.ioctl(them, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
        self.child = subprocess.Popen([OSTIA, *args], env=env, stdin=them,
                                      stdout=them, stderr=them,
                                      start_new_session=True)
        os.close(them)
        self.text = ""

    def frame(self, want):
        """The next frame that has @want."""
        while True:
            whole, end, rest = self.text.partition("\x1b[?7h")
            if end:
                self.text = rest
                if re.search(want, whole):
                    return whole
                continue
            assert select.select([self.us], [], [], PATIENCE_S)[0], self.text
            self.text += os.read(self.us, 65536).decode()

    def ends(self, sig):
        self.child.send_signal(sig)
        code = self.child.wait(PATIENCE_S)
        os.close(self.us)
        return code


def guest(env):
    p = subprocess.Popen([OSTIA, "run", "-q", "--net", "seen", "--name", "a", "--",
                          sys.executable, "-c", GUEST], env=env, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert p.stdout.readline() == "up\n"
    return p


def tell(p, step):
    p.stdin.write(step + "\n")
    p.stdin.flush()
    assert p.stdout.readline() == "done\n"


def on_a_terminal(env, p):
    t = Terminal(env, 24, "ss", "-tani", "--host", "a", "--watch=0.2", "seen")
    first = t.frame("LISTEN")
    assert first.startswith("\x1b[?7l\x1b[H\x1b[2Jseen, "), repr(first)
    assert NEW not in first and LIT not in first, repr(first)
    plain = Terminal(dict(env, NO_COLOR="1"), 24, "ss", "-tan", "--watch=0.2", "seen")
    low = Terminal(env, 3, "ss", "-tan", "--watch=0.2", "seen")
    plain.frame("LISTEN")
    tell(p, "open")
    opened = t.frame("ESTAB")
    assert len(re.findall(re.escape(NEW) + "ESTAB.*:80", opened)) == 2, repr(opened)
    assert NEW not in plain.frame("ESTAB")
    assert re.search(r"\.\.\. \d+ more lines\x1b\[K\r\n\x1b\[J$", low.frame("more"))
    assert NEW not in t.frame("ESTAB")
    tell(p, "send")
    sent = t.frame("bytes_received")
    assert f"{LIT}bytes_received:1000{PLAIN}" in sent, repr(sent)
    assert NEW not in sent, repr(sent)
    assert "\x1b[2J" not in sent, repr(sent)
    assert t.ends(signal.SIGINT) == 0
    assert low.ends(signal.SIGTERM) == 128 + signal.SIGTERM
    assert plain.ends(signal.SIGINT) == 0


def run(env, *args, code=0):
    done = subprocess.run([OSTIA, "ss", *args], env=env, text=True, timeout=PATIENCE_S,
                          capture_output=True)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done.stdout


def elsewhere(env):
    twice = "--watch=0.1", "--count", "2", "--host", "a", "seen"
    blocks = run(env, "-tan", *twice).split("\n\n")
    assert len(blocks) == 2, blocks
    for block in blocks:
        lines = block.splitlines()
        assert re.fullmatch(r"seen, \d\d:\d\d:\d\d", lines[0]), lines
        assert [x.split()[0] for x in lines[1:]] == ["State", "LISTEN", "ESTAB",
                                                     "ESTAB"], lines
    assert "seen" not in run(env, "-tanH", *twice)
    for line in run(env, "-tan", "--json", *twice).splitlines():
        assert [row["state"] for row in json.loads(line)][1:] == ["ESTAB"] * 2, line


def counts(env):
    """ostia stat, too, is of now."""
    done = subprocess.run([OSTIA, "stat", "--json", "seen"], env=env, text=True,
                          timeout=PATIENCE_S, capture_output=True)
    value = [r["value"] for r in json.loads(done.stdout)
             if r["name"] == "tcpEStatsAppThruOctetsAcked"]
    assert sorted(value) == [0, 1000], done.stdout


def refuses(env, tmp):
    (tmp / "a.ostia").write_bytes(b"")
    for args in (["--watch", tmp / "a.ostia"], ["--watch", "last"], ["--watch", "none"],
                 ["--watch=0", "seen"], ["--watch=x", "seen"], ["--count", "2", "seen"],
                 ["--watch", "--at", "1s", "seen"]):
        run(env, *map(str, args), code=125)


def main():
    with tempfile.TemporaryDirectory() as d:
        tmp = pathlib.Path(d)
        (tmp / "run").mkdir(mode=0o700)
        env = dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(tmp / "run"))
        for name in "OSTIA_RECORD", "NO_COLOR":
            env.pop(name, None)
        if subprocess.run([OSTIA, "doctor"], env=env, capture_output=True,
                          timeout=PATIENCE_S).returncode:
            print("ostia run does not work here: see ostia doctor")
            return 77
        p = guest(env)
        try:
            on_a_terminal(env, p)
            elsewhere(env)
            counts(env)
            refuses(env, tmp)
            to_the_end = subprocess.Popen([OSTIA, "ss", "--watch=0.1", "seen"], env=env,
                                          stdout=subprocess.PIPE)
            assert to_the_end.stdout.readline()
        finally:
            p.communicate(timeout=PATIENCE_S)
        to_the_end.communicate(timeout=PATIENCE_S)
        assert to_the_end.returncode == 0
    return 0


sys.exit(main())
