# SPDX-License-Identifier: MIT
"""What tests of `ostia run` share: TAP, a namespace, a runtime directory."""
import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

SKIP = 77
TAP = True  # False: meson reads the exit code, not the lines
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP, IFF_LOOPBACK = 0x1, 0x8
NOBODY = 65534
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
PATIENCE_S = 60  # for what should take no time on a machine that is busy

libc = ctypes.CDLL(None, use_errno=True)


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0 if TAP else SKIP)


def unshare():
    """Namespaces of our own: a network with a loopback, and mounts."""
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNET | CLONE_NEWNS | (CLONE_NEWUSER if uid else 0)
    if libc.unshare(flags):
        skip("cannot make namespaces: " + os.strerror(ctypes.get_errno()))
    if uid:
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack(
            "16sH14x", b"lo", IFF_UP | IFF_LOOPBACK))


def loopback_is_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        answer = fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
    return struct.unpack("16sH14x", answer)[1] & IFF_UP


def cover(path):
    """An empty file system there, ours alone. False: there is no such path."""
    if not os.path.isdir(path):
        return False
    if libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, b"mode=755"):
        skip(f"cannot mount at {path}: " + os.strerror(ctypes.get_errno()))
    return True


def until(true, what):
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE_S} s"
        time.sleep(0.002)


class Stage:
    """`ostia` in a folder that anybody can read, and a runtime directory."""

    def __init__(self, ostia, user=None, files=()):
        self.user = user
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ostia-stage-"))
        self.dir.chmod(0o755)
        self.ostia = self.bring(ostia)
        for f in files:
            self.bring(f)
        self.runtime = self.dir / "runtime"
        self.runtime.mkdir(mode=0o700)
        if user:
            os.chown(self.runtime, user, user)
        # Not a path that this user may not search: exec would say EACCES.
        self.env = dict(os.environ, PATH=PATH, LANG="C.UTF-8",
                        XDG_RUNTIME_DIR=str(self.runtime))

    def bring(self, path):
        there = self.dir / pathlib.Path(path).name
        shutil.copy(path, there)
        there.chmod(0o755)
        return str(there)

    def how(self, given, **usual):
        usual |= {"env": self.env, "stdout": subprocess.PIPE,
                  "stderr": subprocess.PIPE}
        if self.user:
            usual |= {"user": self.user, "group": self.user,
                      "extra_groups": []}
        return usual | given

    def run(self, *words, **how):
        usual = {} if "input" in how else {"stdin": subprocess.DEVNULL}
        return subprocess.run([self.ostia, *words], check=False,
                              timeout=PATIENCE_S, **self.how(how, **usual))

    def under(self, denied, *words):
        """run(), under a policy by deny.c."""
        return subprocess.run(
            [self.dir / "deny", *denied, "--", self.ostia, *words],
            check=False, timeout=PATIENCE_S,
            **self.how({}, stdin=subprocess.DEVNULL))

    def start(self, *words, **how):
        return subprocess.Popen([self.ostia, *words],
                                **self.how(how, stdin=subprocess.PIPE))

    def supervisors(self):
        """Who runs our copy of the command in a session of its own."""
        found = []
        for p in os.listdir("/proc"):
            try:
                if p.isdigit() and os.getsid(int(p)) != os.getsid(0) and \
                        os.readlink(f"/proc/{p}/exe") == self.ostia:
                    found.append(int(p))
            except OSError:
                pass
        return found

    def quiet(self):
        """Every supervisor has ended, and left nothing."""
        until(lambda: not self.supervisors(), "the supervisor's end")
        left = list((self.runtime / "ostia").glob("*")) \
            if (self.runtime / "ostia").exists() else []
        assert not left, left

    def close(self):
        for p in self.supervisors():
            os.kill(p, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


def tap(cases):
    """[(name, function)]: run them all. Exit code 1: one failed."""
    bad = 0
    print(f"1..{len(cases)}", flush=True)
    for i, (name, function) in enumerate(cases, 1):
        try:
            function()
            print(f"ok {i} - {name}", flush=True)
        except Exception:  # whatever it is, the others go on
            bad = 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {i} - {name}", flush=True)
    return bad
