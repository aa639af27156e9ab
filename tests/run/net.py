#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks of `ostia run`: hosts, names, wires, ways in and out, and ends.

Usage: net.py OSTIA

In namespaces of our own, where the machine has 10.99.0.1 besides loopback.
"""
import fcntl
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time

import stage

PYTHON = sys.executable
OUTSIDE = "10.99.0.1"
SIOCSIFADDR = 0x8916

# A server that says "up", then echoes each connection's bytes to its end.
ECHO = """
import socket, sys, threading
def echo(c):
    while True:
        try:
            b = c.recv(65536)
        except OSError:
            return
        if not b:
            return c.close()
        c.sendall(b)
s = socket.create_server(('', int(sys.argv[1])), family=socket.AF_INET6,
                         dualstack_ipv6=True, backlog=128)
print('up', flush=True)
while True:
    threading.Thread(target=echo, args=(s.accept()[0],), daemon=True).start()
"""

# Says "up", takes a connection's bytes to their end and says how many.
SINK = """
import socket
s = socket.create_server(('', 80))
print('up', flush=True)
while True:
    c, n = s.accept()[0], 0
    while b := c.recv(1 << 20):
        n += len(b)
    c.sendall(b'%d' % n)
    c.close()
"""

# The numbers of datagrams that came until there was a second of silence.
COUNT = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 9000))
print('up', flush=True)
got = []
s.settimeout(20)
try:
    while True:
        b = s.recv(100)
        s.settimeout(1)
        got.append(int(b))
except TimeoutError:
    pass
print(*got)
"""

# Says "up" when it knows its neighbour, and waits for a line.
SEND = """
import socket, sys, time
to = sys.argv[1]
try:
    socket.create_connection((to, 1))
except ConnectionRefusedError:
    print('up', flush=True)
sys.stdin.readline()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 9001))
s.connect((to, 9000))
for i in range(int(sys.argv[2])):
    s.send(b'%d' % i)
    time.sleep(0.001)
"""


def python(text, *args):
    return ["--", PYTHON, "-c", text, *map(str, args)]


class Guest:
    """A program that has said "up"; ended at the end of `with`."""

    def __init__(self, st, *words):
        self.p = st.start("run", "-q", *words)
        line = self.p.stdout.readline()
        assert line == b"up\n", (line, self.p.stderr.read())

    def __enter__(self):
        return self.p

    def __exit__(self, *_):
        self.p.kill() if self.p.poll() is None else None
        self.p.communicate(timeout=stage.PATIENCE_S)


def server(st, net, name="web", *more):
    return Guest(st, "--net", net, "--name", name, *more,
                 *python(ECHO, 80))


def net(st, *words, code=0):
    p = st.run("net", *words)
    assert p.returncode == code, p
    return p.stdout


def down(st, name):
    net(st, "down", name)
    st.quiet()


def names(st):
    """By both families, both ways; what is nowhere does not exist."""
    look = """
import socket
for family in socket.AF_INET, socket.AF_INET6:
    print(socket.getaddrinfo('web', 80, family, socket.SOCK_STREAM)[0][4][0])
print(socket.gethostbyaddr('10.0.0.1')[0], socket.getfqdn('fd00:6f73::1'))
c = socket.create_connection(('web', 80))
c.sendall(b'hello')
print(c.recv(10))
try:
    socket.getaddrinfo('nobody.example', 80)
except socket.gaierror as e:
    print(e.errno == socket.EAI_NONAME)
"""
    with server(st, "lab"):
        p = st.run("run", "-q", "--net", "lab", *python(look))
        assert p.stdout.decode().split("\n") == [
            "10.0.0.1", "fd00:6f73::1", "web web", "b'hello'", "True", ""], p
        down(st, "lab")


def received(st, seed, faults):
    """Which of 300 datagrams arrive."""
    words = ["--net", "lab", "--seed", str(seed)]
    with Guest(st, *words, "--name", "to", *python(COUNT)) as to, \
            Guest(st, *words, "--name", "from",
                  *python(SEND, "10.0.0.1", 300)) as sender:
        net(st, "set", "lab", "to", faults)
        sender.communicate(b"\n", timeout=stage.PATIENCE_S)
        got = to.stdout.readline().split()
        to.wait(stage.PATIENCE_S)
    st.quiet()
    return got


def a_seed_is_a_fate(st):
    first = received(st, 7, "loss 30%")
    assert 150 < len(first) < 270, len(first)
    assert received(st, 7, "loss 30%") == first
    assert received(st, 8, "loss 30%") != first


def wires(st):
    """Faults come and go; what they did is counted."""
    with server(st, "lab"):
        net(st, "set", "lab", "web", "delay 100ms")
        text = """
import socket, time
c = socket.create_connection(('10.0.0.1', 80))
t = time.monotonic()
c.sendall(b'x')
c.recv(1)
print(time.monotonic() - t)
"""
        slow = float(st.run("run", "-q", "--net", "lab",
                            *python(text)).stdout)
        net(st, "set", "lab", "web", "")
        fast = float(st.run("run", "-q", "--net", "lab",
                            *python(text)).stdout)
        assert 0.2 <= slow < 2 and fast < 0.1, (slow, fast)
        net(st, "set", "lab", "web:in", "loss 100%")
        p = st.run("run", "-q", "--net", "lab", "--timeout", "1",
                   *python(text))
        assert p.returncode == 124, p
        shown = json.loads(net(st, "show", "lab", "--json"))
        web = shown["hosts"][0]
        assert web["in"]["faults"] == "loss 100%", web
        assert web["in"]["dropped_by"]["loss"] > 0, web
        assert web["out"]["dropped"] == 0, web
        assert web["programs"] == 1 and web["sockets"] > 0, web
        net(st, "set", "lab", "web:up", "", code=1)
        net(st, "set", "lab", "nobody", "", code=1)
        down(st, "lab")


def cut_and_heal(st):
    """A connection outlives a partition, and no byte is lost."""
    text = """
import socket, sys
c = socket.create_connection(('10.0.0.1', 80))
print('up', flush=True)
for line in sys.stdin:
    c.sendall(line.encode())
    print(c.recv(100).decode(), end='', flush=True)
"""
    with server(st, "lab"), Guest(st, "--net", "lab", "--name", "me",
                                  *python(text)) as me:
        def say(line):
            me.stdin.write(line)
            me.stdin.flush()
        say(b"one\n")
        assert me.stdout.readline() == b"one\n"
        net(st, "cut", "lab", "me--web")
        assert json.loads(net(st, "show", "lab", "--json"))["parted"] == \
            [["me", "web"]]
        say(b"two\n")
        third = st.run("run", "-q", "--net", "lab", "--name", "other",
                       *python("import socket; c = socket.create_connection("
                               "('web', 80)); c.sendall(b'x');"
                               "print(c.recv(1))"))
        assert third.stdout == b"b'x'\n", third
        os.set_blocking(me.stdout.fileno(), False)
        assert not me.stdout.read(), "it came through"
        os.set_blocking(me.stdout.fileno(), True)
        net(st, "heal", "lab")
        assert me.stdout.readline() == b"two\n"
        down(st, "lab")


def moved(st, octets):
    """A guest's bulk to the host web: the packets it took on web's wire."""
    push = """
import socket, sys
s = socket.create_connection(('web', 80))
for _ in range(int(sys.argv[1]) >> 20):
    s.sendall(bytes(1 << 20))
s.shutdown(socket.SHUT_WR)
print(s.recv(100).decode())
"""
    wire = json.loads(net(st, "show", "lab", "--json"))["hosts"][0]["in"]
    p = st.run("run", "-q", "--net", "lab", *python(push, octets))
    assert p.stdout == b"%d\n" % octets, p
    after = json.loads(net(st, "show", "lab", "--json"))["hosts"][0]["in"]
    return after["packets"] - wire["packets"]


def whole(st):
    """Where no fault asks for single packets, the switch passes on what the
    stacks hand over whole: many segments in one."""
    octets = 32 << 20
    with Guest(st, "--net", "lab", "--name", "web", *python(SINK)):
        whole_ones = moved(st, octets)
        net(st, "set", "lab", "web", "delay 1ms rate 10gbit")
        single_ones = moved(st, octets)
        down(st, "lab")
    assert whole_ones < octets / 8192, whole_ones
    assert single_ones >= octets / 1500, single_ones


def last_words(st):
    """What a program sent before it ended still arrives."""
    text = """
import socket
s = socket.create_server(('', 80))
print('up', flush=True)
c = s.accept()[0]
n = 0
while b := c.recv(65536):
    n += len(b)
print(n)
"""
    with Guest(st, "--net", "lab", *python(text)) as to:
        p = st.run("run", "-q", "--net", "lab", "--link",
                   "delay 20ms rate 40mbit", *python(
                       "import socket; c = socket.create_connection("
                       "('10.0.0.1', 80)); c.sendall(bytes(1000000))"))
        assert p.returncode == 0, p
        assert to.stdout.readline() == b"1000000\n"
    st.quiet()


def published(st):
    """A port of the machine, for as long as the host is there."""
    with server(st, "lab", "web", "-p", "18080:80", "-p",
                f"{OUTSIDE}:18081:80"):
        for address in ("127.0.0.1", 18080), (OUTSIDE, 18081):
            with socket.create_connection(address, 10) as c:
                c.sendall(b"hello")
                assert c.recv(10) == b"hello"
                c.shutdown(socket.SHUT_WR)
                assert c.recv(10) == b""
        shown = json.loads(net(st, "show", "lab", "--json"))
        assert shown["hosts"][0]["published"] == [
            "127.0.0.1:18080:80", f"{OUTSIDE}:18081:80"], shown
        p = st.run("run", "-q", "-p", "18080:80", "true")
        assert p.returncode == 125 and b"taken" in p.stderr, p
        p = st.run("run", "-q", "-p", "nonsense", "true")
        assert p.returncode == 125 and b"write" in p.stderr, p
        down(st, "lab")
    try:
        socket.create_connection(("127.0.0.1", 18080), 10)
        assert False, "still there"
    except ConnectionRefusedError:
        pass


def ways_out(st):
    """None; with --uplink those that the machine has."""
    text = f"""
import socket
try:
    c = socket.create_connection(('{OUTSIDE}', 18090), 10)
    c.sendall(b'hello')
    print(c.recv(10))
except OSError as e:
    print(e.strerror)
"""
    with socket.create_server((OUTSIDE, 18090)) as s:
        s.settimeout(stage.PATIENCE_S)
        p = st.run("run", "-q", *python(text))
        assert p.stdout == b"Network is unreachable\n", p
        with st.start("run", "-q", "--uplink", *python(text)) as p:
            c = s.accept()[0]
            assert c.recv(10) == b"hello"
            c.sendall(b"welcome")
            c.close()
            assert p.stdout.readline() == b"b'welcome'\n"
            p.communicate(timeout=stage.PATIENCE_S)
    p = st.run("run", "-q", "--uplink", *python(text))
    assert p.stdout == b"Connection refused\n", p
    st.quiet()


def listed(st):
    assert json.loads(net(st, "ls", "--json")) == []
    assert net(st, "ls") == b""
    with server(st, "lab", "web", "--seed", "5"), server(st, "lab2"):
        rows = [l.split() for l in net(st, "ls").decode().splitlines()]
        assert rows[0] == ["NETWORK", "HOSTS", "PROGRAMS", "SEED"], rows
        assert sorted(r[0] for r in rows[1:]) == ["lab", "lab2"], rows
        assert ["lab", "1", "1", "5"] in rows, rows
        table = net(st, "show", "lab").decode()
        assert "web" in table and "seed 5" in table, table
        assert len(json.loads(net(st, "ls", "--json"))) == 2
        net(st, "down", "lab")
        net(st, "show", "lab", code=1)
        down(st, "lab2")
    net(st, "frobnicate", code=125)
    net(st, "show", code=125)


def many_at_once(st):
    """They race for the network, and each is a host of its own."""
    text = """
import socket
c = socket.create_connection(('web', 80), 20)
c.sendall(b'x')
print(c.recv(1), c.getsockname()[0])
"""
    with server(st, "lab"):
        guests = [st.start("run", "-q", "--net", "lab", *python(text))
                  for _ in range(24)]
        said = [g.communicate(timeout=stage.PATIENCE_S) for g in guests]
        for g, (out, err) in zip(guests, said):
            assert g.returncode == 0 and out.startswith(b"b'x' "), (out, err)
        down(st, "lab")


def killed_supervisor(st):
    """Descriptors read EOF, calls fail, nothing hangs, no file is left."""
    text = """
import socket
c = socket.create_connection(('10.0.0.1', 80))
print('up', flush=True)
print(c.recv(1))
try:
    print(socket.socket())
except OSError as e:
    print(e.strerror)
"""
    with server(st, "lab") as web, Guest(st, "--net", "lab",
                                         *python(text)) as me:
        os.kill(st.supervisors()[0], signal.SIGKILL)
        assert me.stdout.readline() == b"b''\n"
        assert me.stdout.readline() == b"Function not implemented\n"
        me.wait(stage.PATIENCE_S)
        web.wait(stage.PATIENCE_S)
    st.quiet()
    with server(st, "lab"):
        down(st, "lab")


def desert(st, name):
    """A guest alone: supervisor and launcher are killed, and do nothing."""
    before = set(st.supervisors())
    launcher = st.start("run", "-q", "--net", name, *python(
        "import sys\nprint('up', flush=True)\nsys.stdin.read()"))
    assert launcher.stdout.readline() == b"up\n"
    os.kill(launcher.pid, signal.SIGSTOP)
    for pid in set(st.supervisors()) - before:
        os.kill(pid, signal.SIGKILL)
    launcher.kill()
    launcher.wait(stage.PATIENCE_S)
    stage.until(lambda: set(st.supervisors()) == before, "its death")
    return launcher


def nobody_left_to_sweep(st):
    """The next command removes what is left, whatever it is about; and no
    more than that."""
    path = st.runtime / "ostia"
    with server(st, "other", "b"):
        there = set(path.iterdir())
        for words in (("net", "ls"), ("net", "show", "other"),
                      ("net", "cut", "none", "a"), ("show", "none"),
                      ("doctor",), ("exec", "-q", "other", "b", "--", "true"),
                      ("run", "-q", "--", "true")):
            guest = desert(st, "lab")
            left = {f.name for f in set(path.iterdir()) - there}
            st.run(*words)
            guest.communicate(timeout=stage.PATIENCE_S)
            assert left == {"lab.sock", "lab.lock"}, left
            stage.until(lambda: set(path.iterdir()) <= there, words)
            assert net(st, "ls").count(b"\n") == 2 and \
                set(path.iterdir()) == there
        down(st, "other")


def kill_program(launcher):
    """Not the launcher: what it runs."""
    path = f"/proc/{launcher.pid}/task/{launcher.pid}/children"
    try:
        with open(path, encoding="ascii") as f:
            for pid in f.read().split():
                os.kill(int(pid), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def end_program(launcher):
    """It may not have begun yet."""
    def ended():
        kill_program(launcher)
        return launcher.poll() is not None
    stage.until(ended, "the launcher's end")


def killed_at_any_time(st):
    """Supervisors and programs, at random moments of a busy network."""
    busy = """
import socket
while True:
    try:
        with socket.create_connection(('10.0.0.1', 80), 5) as c:
            c.sendall(b'x' * 10000)
            c.recv(1)
    except ConnectionError:
        pass
"""
    dice = random.Random(int(os.environ.get("SEED", "4")))
    moments = 50 if os.environ.get("OSTIA_SOAK") else 8
    for _ in range(moments):
        with server(st, "lab") as web:
            guests = [st.start("run", "-q", "--net", "lab", *python(busy),
                               stderr=subprocess.DEVNULL) for _ in range(2)]
            time.sleep(dice.random() / 4)
            found = st.supervisors()
            if dice.random() < 0.5 and found:
                os.kill(found[0], signal.SIGKILL)
            else:
                end_program(web)
            # Who is killed over its sweeping leaves it to the next command:
            # so it is programs that end, and no launcher.
            for p in *guests, web:
                end_program(p)
            for g in guests:
                g.communicate(timeout=stage.PATIENCE_S)
        st.quiet()


CASES = [("names are answered", names),
         ("a seed gives the same faults", a_seed_is_a_fate),
         ("faults are set while it runs", wires),
         ("a partition, and its end", cut_and_heal),
         ("segments are moved whole", whole),
         ("last words arrive", last_words),
         ("ports are published", published),
         ("there is no way out but the uplink", ways_out),
         ("networks are listed, shown and ended", listed),
         ("many join at once", many_at_once),
         ("a killed supervisor", killed_supervisor),
         ("nobody left to sweep", nobody_left_to_sweep),
         ("killed at any time", killed_at_any_time)]


def outside():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFADDR, struct.pack(
            "16sHH4s8x", b"lo:1", socket.AF_INET, 0,
            socket.inet_aton(OUTSIDE)))


def main():
    stage.unshare()
    outside()
    st = stage.Stage(sys.argv[1])
    # LeakSanitizer's own helper is a child, too, and may not be killed.
    st.env["ASAN_OPTIONS"] = "detect_leaks=0"
    try:
        return stage.tap([(name, lambda f=f: f(st)) for name, f in CASES])
    finally:
        st.close()


if __name__ == "__main__":
    sys.exit(main())
