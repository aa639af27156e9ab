#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`ostia run` behaves as if the program ran alone.

Usage: conduct.py OSTIA DENY

Exit codes, standard descriptors, environment, limits, terminal, signals; what
is said at the end, and what of a wrong command line; as whoever we are, as
root also as an ordinary user.
"""
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys

import stage

PYTHON = shutil.which("python3", path=stage.PATH) or sys.executable
# A minute at most: nothing is left behind by a test that failed.
SPIN = "while [ $((i += 1)) -lt 60000000 ]; do :; done"


def codes(st):
    for text, code in (("exit 0", 0), ("exit 7", 7), ("exit 255", 255),
                       ("kill -TERM $$", 143), ("kill -KILL $$", 137)):
        p = st.run("run", "-q", "--", "sh", "-c", text)
        assert p.returncode == code, (text, p)
        assert not p.stdout and not p.stderr, p
    p = st.run("run", "--", "no-such-program")
    assert p.returncode == 127 and b"no-such-program: No such" in p.stderr, p
    p = st.run("run", "--", "/")
    assert p.returncode == 126 and b"/: " in p.stderr, p


def streams(st):
    data = os.urandom(1 << 20)
    p = st.run("run", "--", "cat", input=data)
    assert p.returncode == 0 and p.stdout == data
    lines = p.stderr.decode().splitlines()
    assert 1 <= len(lines) <= 3, lines
    assert all(l.startswith("ostia: ") for l in lines), lines
    p = st.run("run", "-q", "--", "sh", "-c", "echo error >&2")
    assert p.stderr == b"error\n" and not p.stdout, p


def surroundings(st):
    """What a program can see of the process that it is."""
    look = ("env | sort; ulimit -a; pwd; umask; ls /proc/self/fd | wc -l; "
            "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; "
            "cut -d' ' -f5,6,7 /proc/$$/stat")

    def native():
        how = st.how({}, stdin=subprocess.DEVNULL)
        return subprocess.run(["sh", "-c", look], check=True, **how).stdout
    ours = st.run("run", "-q", "--", "sh", "-c", look).stdout
    assert ours == native(), (ours, native())


def closed_streams(st):
    """A closed standard descriptor stays closed, and takes nobody's place."""
    for close, fd in (("<&-", 0), (">&-", 1), ("2>&-", 2), ("<&- >&- 2>&-", 2)):
        look = f"[ -e /proc/$$/fd/{fd} ] && exit 1; exit 6"
        p = subprocess.run(
            ["sh", "-c", f'exec "$0" run -- sh -c "$1" {close}', st.ostia, look],
            check=False, timeout=stage.PATIENCE_S,
            **st.how({}, stdin=subprocess.DEVNULL))
        assert p.returncode == 6, (close, p)


def time_limit(st):
    p = st.run("run", "--timeout", "0.3", "--", "sh", "-c", SPIN)
    assert p.returncode == 124 and b"--timeout" in p.stderr, p
    p = st.run("run", "-q", "--timeout", "60", "--", "sh", "-c", "exit 3")
    assert p.returncode == 3, p


def told_as_json(st):
    p = st.run("run", "--json", "--net", "labor", "--name", "web", "--addr",
               "10.7.0.9", "--addr", "fd07::9", "--seed", "42", "--",
               "sh", "-c", "exit 5")
    said = json.loads(p.stderr)
    assert p.returncode == 5 and not p.stdout, p
    want = {"program": "sh", "code": 5, "net": "labor", "host": "web",
            "v4": "10.7.0.9", "v6": "fd07::9", "seed": 42, "connections": 0,
            "lost": 0, "unsupported": []}
    assert want.items() <= said.items(), said


def told_verbosely(st):
    p = st.run("run", "-v", "--seed", "7", "--", "true")
    assert b"a new network, seed 7: 10.0.0.1, fd" in p.stderr, p
    p = st.run("run", "--seed", "7", "--", "true")
    assert b"--seed 7" in p.stderr, p


WRONG = """
import socket
s = socket.socket()
try:
    s.setsockopt(6, 250, b"four")
except OSError as e:
    print(e.errno, flush=True)
"""


REFUSED = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def errno(n, *args):
    assert libc.syscall(n, *args) == -1
    return ctypes.get_errno()
print(*(errno(SOCKET, family, 3, 0) for family in (17, 17, 999)),
      errno(425, 1, 0))
""".replace("SOCKET", "41" if os.uname().machine == "x86_64" else "198")


def every_call(st):
    p = st.run("run", "-v", "--", PYTHON, "-c", WRONG)
    text = p.stderr.decode()
    assert p.stdout == b"92\n", p
    assert "]: socket(2, 0x80001, 0x0) = " in text, text
    assert "]: setsockopt(3, 0x6, 0xfa) = Protocol not available" in text
    p = st.run("run", "-v", "--", "sh", "-c", "exit 3")
    assert p.returncode == 3 and b"]: " not in p.stderr, p


def unsupported(st):
    p = st.run("run", "--", PYTHON, "-c", WRONG * 2)
    assert b"python3 setsockopt TCP option 250 ENOPROTOOPT (2 times)" \
        in p.stderr, p
    p = st.run("run", "--json", "--", PYTHON, "-c", WRONG)
    call, = json.loads(p.stderr)["unsupported"]
    assert call["times"] == 1 and "TCP option 250" in call["call"], call
    # What the filter would have refused by itself is told as well; what is no
    # family at all, is not.
    p = st.run("run", "--json", "--", PYTHON, "-c", REFUSED)
    assert p.stdout == b"97 97 97 38\n", p
    assert [(c["call"], c["times"])
            for c in json.loads(p.stderr)["unsupported"]] == [
        ("python3 socket of family 17 EAFNOSUPPORT", 2),
        ("python3 io_uring_setup ENOSYS", 1)], p.stderr


def strictly(st):
    """It ends, and so does what it left behind."""
    p = st.run("run", "-q", "--strict", "--", "sh", "-c",
               "(sleep 1000 &); $0 -c \"$1\"; echo on", PYTHON, WRONG)
    assert p.returncode == 125 and b"--strict" in p.stderr, p
    assert b"on" not in p.stdout, p
    p = st.run("run", "-q", "--strict", "--", PYTHON, "-c", REFUSED)
    assert p.returncode == 125 and b"family 17" in p.stderr, p
    assert not p.stdout, p
    p = st.run("run", "-q", "--strict", "--", "sh", "-c", "exit 3")
    assert p.returncode == 3, p


def slips(st):
    """(words, what is said): exit code 125, one line, nothing was run."""
    for words, said in (
            (["run"], "a program is missing"),
            (["run", "--lnk", "x", "true"], "did you mean --link?"),
            (["run", "--link", "delay 40", "true"], "write 40ms"),
            (["run", "--link", "loss 3", "true"], "3%"),
            (["run", "--seed", "x", "true"], "write a number"),
            (["run", "--addr", "1.2.3", "true"], "1.2.3"),
            (["run", "--name", "A B", "true"], "small letters"),
            (["run", "--net", "-", "true"], "small letters"),
            (["run", "--timeout", "soon", "true"], "SECONDS"),
            (["run", "-q", "--json", "true"], "exclude"),
            (["run", "-p", "80", "true"], "PORT:PORT"),
            (["run", *["--addr", "10.0.0.1"] * 40, "true"], "at most"),
            (["exec"], "a network and a host are missing"),
            (["exec", "lab", "web"], "a program is missing"),
            (["exec", "lab", "web", "--"], "a program is missing"),
            (["exec", "nowhere", "web", "true"], "nowhere"),
            (["doctor", "--jsn"], "did you mean --json?"),
            (["doctor", "me"], "no argument")):
        p = st.run(*words)
        assert p.returncode == 125 and not p.stdout, (words, p)
        text = p.stderr.decode()
        assert said in text and text.count("\n") == 1, (words, text)


def helps(st):
    for word in ("run", "exec", "doctor"):
        p = st.run(word, "--help")
        assert p.returncode == 0 and p.stdout.startswith(b"Examples:"), p
        assert max(map(len, p.stdout.decode().splitlines())) <= 80, word
    p = st.run("run", "-q", "sh", "-c", "echo $0 $1", "--help", "-q")
    assert p.stdout == b"--help -q\n", p  # the program's own options


def examined(st):
    p = st.run("doctor")
    assert p.returncode == 0 and p.stdout.startswith(b"+ kernel"), p
    p = st.run("doctor", "--json")
    rows = json.loads(p.stdout)
    assert p.returncode == 0 and len(rows) >= 13, p
    for r in rows:
        assert r["mark"] == "good" or r["cure"], r


TALK = """
import socket, os
s = socket.create_server(("127.0.0.1", 0))
if not os.fork():
    c = socket.create_connection(s.getsockname())
    c.sendall(b"tcp")
    print(c.recv(9).decode(), flush=True)
    os._exit(0)
a, _ = s.accept()
a.sendall(a.recv(9).upper())
a.close()
os.wait()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
u.bind(("::1", 0))
v = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
v.sendto(b"udp", u.getsockname())
print(u.recvfrom(9)[0].decode(), flush=True)
"""


def policies(st):
    """Where containers deny something it goes another way."""
    vm = ("process_vm_readv", "process_vm_writev")
    for denied, limited in (
            ((), ()),
            (("pidfd_getfd", "unshare", "setns"), ("pidfd_getfd",)),
            (vm, ("process_vm_readv", "Yama")),
            ((*vm, "pidfd_getfd"), ("process_vm_readv", "Yama", "pidfd_getfd")),
            (("pidfd_open", "memfd_create", "kcmp"), None)):
        p = st.under(denied, "run", "-q", "--", PYTHON, "-c", TALK)
        assert p.returncode == 0 and p.stdout == b"TCP\nudp\n", (denied, p)
        p = st.under(denied, "doctor", "--json")
        rows = [r["name"] for r in json.loads(p.stdout) if r["mark"] != "good"]
        assert p.returncode == 0, (denied, p)
        assert limited is None or len(rows) == len(limited), (denied, p)
        assert all(any(w in r for r in rows) for w in limited or ()), p


def refused(st):
    """Where nothing can be done it says what would help."""
    for denied in ("seccomp", "epoll_pwait2"):
        p = st.under([denied], "run", "-q", "--", "true")
        assert p.returncode == 125, (denied, p)
        assert b"container" in p.stderr, (denied, p)
        p = st.under([denied], "doctor")
        assert p.returncode == 1 and b"\n- " in p.stdout, (denied, p)


def nested(st):
    p = st.run("run", "-q", "--", st.ostia, "run", "--", "true")
    assert p.returncode == 125 and b"supervised already" in p.stderr, p


def several(st):
    """One more program on a host; a name and a seed are taken once."""
    with st.start("run", "-q", "--net", "lab", "--name", "web", "--seed", "3",
                  "--", "sh", "-c", "echo up; read x; exit 6") as p:
        assert p.stdout.readline() == b"up\n"
        q = st.run("exec", "-q", "lab", "web", "--", "sh", "-c", "exit 8")
        assert q.returncode == 8, q
        q = st.run("run", "-q", "--net", "lab", "--name", "web", "true")
        assert q.returncode == 125 and b"web" in q.stderr, q
        q = st.run("run", "-q", "--net", "lab", "--seed", "4", "true")
        assert q.returncode == 125 and b"seed" in q.stderr, q
        q = st.run("run", "--json", "--net", "lab", "--seed", "3", "true")
        assert q.returncode == 0, q
        assert not json.loads(q.stderr)["started"], q
        p.communicate(b"\n", timeout=stage.PATIENCE_S)
    assert p.returncode == 6, p.returncode


def signals(st):
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
        text = f"trap 'exit 42' {sig.name[3:]}; echo up; {SPIN}"
        with st.start("run", "-q", "--", "sh", "-c", text) as p:
            assert p.stdout.readline() == b"up\n"
            p.send_signal(sig)
            assert p.wait(stage.PATIENCE_S) == 42, sig


def killed_launcher(st):
    """Its program goes on, as that of any wrapper."""
    with st.start("run", "-q", "--", "sh", "-c",
                  "echo up; read x; echo done") as p:
        assert p.stdout.readline() == b"up\n"
        p.kill()
        p.wait(stage.PATIENCE_S)
        p.stdin.write(b"\n")
        p.stdin.flush()
        assert p.stdout.readline() == b"done\n"


class Terminal:
    """A shell of sorts on a terminal: one job in the foreground."""
    SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if not job:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpid())
    if not os.WIFSTOPPED(status):
        break
    print("stopped", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
print("code", os.waitstatus_to_exitcode(status), flush=True)
"""

    def __init__(self, st, *words):
        self.master, slave = pty.openpty()
        how = st.how({}, stdin=slave)
        how |= {"stdout": slave, "stderr": slave}
        self.p = subprocess.Popen(
            [PYTHON, "-c",
             "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
             + self.SHELL, st.ostia, *words],
            start_new_session=True, **how)
        os.close(slave)
        self.text = b""

    def until(self, word):
        while word not in self.text:
            ready, _, _ = select.select([self.master], [], [],
                                        stage.PATIENCE_S)
            assert ready, (word, self.text)
            self.text += os.read(self.master, 4096)
        self.text = self.text.split(word, 1)[1]

    def type(self, text):
        os.write(self.master, text)

    def close(self):
        self.p.wait(stage.PATIENCE_S)
        os.close(self.master)


def interrupted(st):
    t = Terminal(st, "run", "-q", "--", "sh", "-c",
                 f"trap 'exit 9' INT; echo up; {SPIN}")
    t.until(b"up")
    t.type(b"\x03")
    t.until(b"code 9")
    t.close()


def stopped(st):
    """Ctrl-Z stops both; fg: it goes on, and owns the terminal."""
    t = Terminal(st, "run", "-q", "--", "sh", "-c",
                 "echo up; read x; echo got $x; exit 4")
    t.until(b"up")
    t.type(b"\x1a")
    t.until(b"stopped")
    t.type(b"fg\n")
    t.type(b"more\n")
    t.until(b"got more")
    t.until(b"code 4")
    t.close()


def hung_up(st):
    with st.start("run", "-q", "--", "sh", "-c",
                  "trap '' TERM; echo up; read x; exit 2") as p:
        assert p.stdout.readline() == b"up\n"
        p.terminate()
        p.communicate(b"\n", timeout=stage.PATIENCE_S)
    assert p.returncode == 2, p.returncode


CASES = (
    ("the exit code is the program's", codes),
    ("standard input and output are the program's", streams),
    ("closed descriptors stay closed", closed_streams),
    ("environment, limits, signals and group are what they would be",
     surroundings),
    ("a time limit", time_limit),
    ("one JSON object", told_as_json),
    ("-v and the seed", told_verbosely),
    ("-v: a line for each call", every_call),
    ("what is not supported is listed once", unsupported),
    ("--strict", strictly),
    ("a slip is told in one line", slips),
    ("help begins with examples; options of the program are its own", helps),
    ("the doctor finds this machine well", examined),
    ("under policies that deny what there is a way round", policies),
    ("a policy that denies the rest is named", refused),
    ("a run in a run is refused", nested),
    ("several programs in one network", several),
    ("signals for the launcher are the program's", signals),
    ("what the program ignores it survives", hung_up),
    ("a killed launcher leaves the program alone", killed_launcher),
    ("Ctrl-C", interrupted),
    ("Ctrl-Z and fg", stopped),
    ("nothing is left", stage.Stage.quiet),
)


def main():
    ostia, deny = sys.argv[1:]
    # nohup and background jobs ignore some, and a program's trap would, too.
    for sig in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(sig, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    users = [None] if os.getuid() else [None, stage.NOBODY]
    cases = []
    stages = [stage.Stage(ostia, user, [deny]) for user in users]
    for user, st in zip(users, stages):
        who = "an ordinary user" if user or os.getuid() else "root"
        cases += [(f"{who}: {name}", lambda st=st, f=f: f(st))
                  for name, f in CASES]
    try:
        return stage.tap(cases)
    finally:
        for st in stages:
            st.close()


if __name__ == "__main__":
    sys.exit(main())
