#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 at random moments: nothing hangs, nothing is left, nobody else feels it.

Usage: chaos.py OSTIA

A server and a client that talks to it without end; then the client, its
launcher, the server or the supervisor is killed. OSTIA_SEED chooses the
moments; OSTIA_SOAK makes them a hundred.
"""
import os
import pathlib
import random
import signal
import shutil
import sys
import time

import stage

PYTHON = shutil.which("python3", path=stage.PATH) or sys.executable
ROUNDS = 100 if os.environ.get("OSTIA_SOAK") else 12
LATEST_S = 0.05  # of a moment, after the first word

SERVER = """
import selectors, socket
s = socket.create_server(("0.0.0.0", 80))
poll = selectors.DefaultSelector()
poll.register(s, selectors.EVENT_READ)
print("up", flush=True)
while True:
    for key, _ in poll.select():
        if key.fileobj is s:
            poll.register(s.accept()[0], selectors.EVENT_READ)
            continue
        try:
            data = key.fileobj.recv(65536)
            key.fileobj.sendall(data)
        except ConnectionError:
            data = b""
        if not data:
            poll.unregister(key.fileobj)
            key.fileobj.close()
"""
CLIENT = """
import os, socket, sys
if len(sys.argv) > 2:
    socket.setdefaulttimeout(float(sys.argv[2]))
for i in range(int(sys.argv[1])):
    with socket.create_connection(("web", 80)) as c:
        for k in range(4):
            data = os.urandom(4096)
            c.sendall(data)
            got = b""
            while len(got) < len(data):
                more = c.recv(65536)
                if not more:
                    sys.exit(3)
                got += more
            if got != data:
                sys.exit(4)
    print(i, flush=True)
"""


def program(launcher):
    """The guest's first process."""
    children = f"/proc/{launcher.pid}/task/{launcher.pid}/children"
    return int(pathlib.Path(children).read_text().split()[0])


def ended(p, what):
    """Its exit code; whatever it had to say is thrown away."""
    try:
        p.communicate(timeout=stage.PATIENCE_S)
    except Exception as e:
        raise AssertionError(f"{what} hangs") from e
    return p.returncode


def start(st, *words):
    p = st.start("run", "-q", "--net", "lab", *words)
    line = p.stdout.readline()
    assert line in (b"up\n", b"0\n"), (line, p.stderr.read())
    return p


def well(st):
    """The server still serves."""
    p = st.run("run", "-q", "--net", "lab", "--", PYTHON, "-c", CLIENT, "3")
    assert p.returncode == 0, p
    assert p.stdout == b"0\n1\n2\n", p


def client(st, _server, talker):
    os.kill(program(talker), signal.SIGKILL)
    assert ended(talker, "the client's launcher") == 137
    well(st)


def launcher(st, _server, talker):
    guest = program(talker)
    talker.kill()
    talker.wait()
    well(st)
    os.kill(guest, signal.SIGKILL)
    ended(talker, "the orphan")


def server(_st, service, talker):
    os.kill(program(service), signal.SIGKILL)
    assert ended(service, "the server's launcher") == 137
    assert ended(talker, "the client") not in (0, 4)


def supervisor(st, service, talker):
    os.kill(st.supervisors()[0], signal.SIGKILL)
    assert ended(service, "the server") != 0
    assert ended(talker, "the client") not in (0, 4)


def one(st, victim, pause_s):
    service = start(st, "--name", "web", "--", PYTHON, "-c", SERVER)
    # A host that is gone is silent, as one that was switched off.
    patience = ["10"] if victim is server else []
    talker = start(st, "--", PYTHON, "-c", CLIENT, "1000000", *patience)
    try:
        time.sleep(pause_s)
        victim(st, service, talker)
        if service.poll() is None:
            service.terminate()
            assert ended(service, "the server") == 143
        st.quiet()
    finally:
        for p in (service, talker):
            if p.poll() is None:
                p.kill()


def main():
    seed = int(os.environ.get("OSTIA_SEED") or random.randrange(1 << 32))
    chance = random.Random(seed)
    st = stage.Stage(sys.argv[1], None if os.getuid() else stage.NOBODY)
    cases = []
    for i in range(ROUNDS):
        victim = (client, launcher, server, supervisor)[i % 4]
        pause_s = chance.uniform(0, LATEST_S)
        cases.append((f"{victim.__name__}, {pause_s * 1e3:.1f} ms",
                      lambda v=victim, s=pause_s: one(st, v, s)))
    print(f"# OSTIA_SEED={seed}")
    try:
        return stage.tap(cases)
    finally:
        st.close()


if __name__ == "__main__":
    sys.exit(main())
