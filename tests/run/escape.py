#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A guest that tries to get out reaches nothing of the host.

Usage: escape.py OSTIA ESCAPE

The host is a network namespace of the test's own: TCP and UDP listen on its
loopback, a packet socket sees every frame there, and sockets stand where name
services have theirs. The guest (escape.c) runs as whoever we are, as root also
as an ordinary user, and once more after its supervisor was killed.
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys

import stage

INHERITED = 99
NAMES = ("nscd/socket", "systemd/resolve/io.systemd.Resolve",
         "avahi-daemon/socket")
ETH_P_ALL = 3

OURS = {"tcp", "tcp6", "domain-garbage"}
SAYS = {
    "inherited": "refused EBADF",
    "io_uring_setup": "refused ENOSYS",
    "i386-socketcall": "refused EAFNOSUPPORT",
    "i386-socket": "refused EAFNOSUPPORT",
    "i386-socketcall-unix": "refused EAFNOSUPPORT",
    "i386-io_uring_setup": "refused ENOSYS",
    "x32-socket": "refused ENOSYS",
    "x32-io_uring_setup": "refused ENOSYS",
    "domain-garbage-packet": "refused EAFNOSUPPORT",
    "sctp": "refused EPROTONOSUPPORT",
}


class Host:
    """What a guest must not reach."""

    def __init__(self):
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                 socket.htons(ETH_P_ALL))
        self.unix = []
        if stage.cover("/run"):
            for name in NAMES:
                path = pathlib.Path("/run") / name
                path.parent.mkdir(parents=True)
                s = socket.socket(socket.AF_UNIX)
                s.bind(str(path))
                path.chmod(0o777)
                s.listen()
                self.unix.append(s)

    def untouched(self):
        """No connection, no datagram, no frame, no address."""
        for s in (self.tcp, *self.unix):
            s.setblocking(False)
            try:
                s.accept()
            except BlockingIOError:
                continue
            raise AssertionError(f"a guest came to {s}")
        for s in (self.udp, self.ear):
            try:
                got = s.recv(2048, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            raise AssertionError(f"the host heard {got!r}")
        assert "127.99.99.99" not in pathlib.Path("/proc/net/fib_trie").read_text()
        assert stage.loopback_is_up(), "lo is down"

    def forget(self):
        """The frames until now were ours."""
        try:
            while True:
                self.ear.recv(2048, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass

    def inherit(self):
        """A connected TCP socket as descriptor 99 of the launcher."""
        s = socket.create_connection(("127.0.0.1", self.port))
        peer, _ = self.tcp.accept()
        self.forget()
        os.dup2(s.fileno(), INHERITED, inheritable=True)
        return s, peer


def lines(text):
    found = [l.split(" ", 1) for l in text.decode().splitlines()]
    assert found and found[-1][0] == "end", text
    return {l[0]: l[1].strip() for l in found}


def check(said, supervised):
    for name, result in said.items():
        assert result != "HOST", f"{name} reached the host"
        want = SAYS.get(name)
        if name.startswith("domain-") and "type" in name:
            want = "refused EAFNOSUPPORT"
        elif name in OURS and supervised:
            want = "ours"
        if not supervised and result and not name.startswith("kept-") \
                and name not in ("inherited", "ready", "end"):
            want = "refused ENOSYS"
        assert want in (None, result), f"{name}: {result}, not {want}"


def attempts(host, st, escape):
    s, peer = host.inherit()
    try:
        p = st.run("run", "-q", "--", escape, str(host.port),
                   pass_fds=(INHERITED,))
        assert p.returncode == 0, (p.returncode, p.stderr)
        check(lines(p.stdout), True)
        peer.setblocking(False)
        try:
            raise AssertionError(f"the inherited socket said {peer.recv(99)}")
        except BlockingIOError:
            pass
        host.untouched()
    finally:
        os.close(INHERITED)
        s.close()
        peer.close()
        host.forget()
    st.quiet()


def orphaned(host, st, escape):
    with st.start("run", "-q", "--", escape, str(host.port), "later") as p:
        first = p.stdout.readline()
        assert first.startswith(b"ready"), (first, p.stderr.read())
        supervisor, = st.supervisors()
        os.kill(supervisor, signal.SIGKILL)
        stage.until(lambda: not st.supervisors(), "its death")
        out, err = p.communicate(b"go\n", timeout=stage.PATIENCE_S)
    assert p.returncode == 0, (p.returncode, err)
    check(lines(out), False)
    host.untouched()
    assert b"supervisor" in err, err  # it is said


def standard_input(host, st):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", host.port))
        p = st.run("run", "-q", "--", "sh", "-c", "echo escaped >&0",
                   stdin=s)
    assert p.returncode == 125, p
    assert b"descriptor 0" in p.stderr, p.stderr
    host.untouched()


def main():
    ostia, escape = sys.argv[1:]
    stage.unshare()
    host = Host()
    users = [None] if os.getuid() else [None, stage.NOBODY]
    stages = []
    cases = []
    for user in users:
        st = stage.Stage(ostia, user, [escape])
        stages.append(st)
        there = str(st.dir / pathlib.Path(escape).name)
        who = "an ordinary user" if user or os.getuid() else "root"
        cases += [
            (f"{who}: no way out is open",
             lambda st=st, e=there: attempts(host, st, e)),
            (f"{who}: none opens when the supervisor is killed",
             lambda st=st, e=there: orphaned(host, st, e)),
            (f"{who}: a socket of the host as standard input is refused",
             lambda st=st: standard_input(host, st)),
        ]
    try:
        return stage.tap(cases)
    finally:
        for st in stages:
            st.close()


if __name__ == "__main__":
    sys.exit(main())
