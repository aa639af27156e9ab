# SPDX-License-Identifier: MIT
"""A network of our own for one test: namespaces, a TAP, programs, files.

The test runs itself again in fresh network and mount namespaces, which go
when it ends, however it ends. Programs are ended by their pids.
"""
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOAK = bool(os.environ.get("OSTIA_SOAK"))
SIZE = (1024 if SOAK else 32) << 20
SKIP = 77
BLOCK = 1 << 20


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def need(*programs):
    for p in programs:
        if not shutil.which(p):
            skip(f"{p} is not installed")


def enter(mark="OSTIA_INTEROP_INSIDE"):
    """Go on in namespaces of our own, as root."""
    if os.environ.get(mark):
        return
    need("unshare", "ip")
    if os.geteuid() != 0:
        skip("needs root, for a network namespace with a TAP device")
    if not os.path.exists("/dev/net/tun"):
        skip("no /dev/net/tun")
    probe = subprocess.run(["unshare", "--net", "--mount", "true"],
                           capture_output=True, check=False)
    if probe.returncode:
        skip("cannot make a network namespace: " + probe.stderr.decode().strip())
    os.environ[mark] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation",
                          "private", "--kill-child", "--fork", "--",
                          sys.executable] + sys.argv)


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while data := f.read(BLOCK):
            h.update(data)
    return h.hexdigest()


class Lab:
    """Programs and files of one test; `with Lab() as lab:`"""

    def __init__(self):
        self.dir = None
        self.running = []
        self.mounts = []

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ostia-interop-"))
        self.dir.chmod(0o755)
        return self

    def __exit__(self, *_):
        for p in reversed(self.running):
            self.end(p)
        for m in reversed(self.mounts):
            subprocess.run(["umount", m], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- programs

    def start(self, *args, net=None, env=None, **kw):
        e = dict(os.environ, **(env or {}))
        if net:
            e["OSTIA_NET"] = net
        p = subprocess.Popen([str(a) for a in args], env=e, **kw)
        self.running.append(p)
        return p

    def end(self, p, sig=signal.SIGTERM):
        """By its pid, and again if it does not listen. Returns its status."""
        if p.poll() is None:
            p.send_signal(sig)
            try:
                p.wait(15)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
                raise AssertionError(f"{p.args[0]} did not end when told to") \
                    from None
        if p in self.running:
            self.running.remove(p)
        return p.returncode

    def wait(self, p, seconds=600, want=0):
        try:
            p.wait(seconds * (20 if SOAK else 1))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{p.args} takes too long") from None
        if p in self.running:
            self.running.remove(p)
        assert p.returncode == want, f"{p.args}: status {p.returncode}"

    def run(self, *args, seconds=600, want=0, **kw):
        self.wait(self.start(*args, **kw), seconds, want)

    def output(self, *args, seconds=600, want=0, **kw):
        p = self.start(*args, stdout=subprocess.PIPE, **kw)
        try:
            out, _ = p.communicate(timeout=seconds * (20 if SOAK else 1))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{args} takes too long") from None
        self.wait(p, 1, want)
        return out

    # --- files

    def file(self, name, size=SIZE):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        with open(path, "wb") as f:
            for at in range(0, size, BLOCK):
                f.write(os.urandom(min(BLOCK, size - at)))
        return path

    def same(self, a, b):
        assert os.path.getsize(a) == os.path.getsize(b), \
            f"{a}: {os.path.getsize(a)} bytes, {b}: {os.path.getsize(b)}"
        assert sha256(a) == sha256(b), f"{a} and {b} differ"
        os.unlink(b)

    # --- network

    def ip(self, *args):
        subprocess.run(["ip"] + [str(a) for a in args], check=True)

    def tap(self, name="tap0", mtu=1500, user=None):
        """10.99.0.1 and fd99::1 are the kernel's, .2 and ::2 will be ours."""
        self.ip("link", "set", "lo", "up")
        self.ip("tuntap", "add", name, "mode", "tap", "vnet_hdr",
                *(["user", user] if user else []))
        sysctl(f"net/ipv6/conf/{name}/accept_dad", 0)
        self.ip("link", "set", name, "mtu", mtu, "up")
        self.ip("addr", "add", "10.99.0.1/24", "dev", name)
        if mtu >= 1280:
            self.ip("addr", "add", "fd99::1/64", "dev", name, "nodad")

    def open_tun(self):
        """In this mount namespace /dev/net/tun is everybody's."""
        dev = self.dir / "dev"
        dev.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", dev], check=True)
        self.mounts.append(dev)
        os.mknod(dev / "tun", 0o20666, os.makedev(10, 200))
        os.chmod(dev / "tun", 0o666)
        subprocess.run(["mount", "--bind", dev / "tun", "/dev/net/tun"],
                       check=True)
        self.mounts.append("/dev/net/tun")

    def second(self):
        """Another namespace, kept by a sleeping program. Returns its pid."""
        p = self.start("unshare", "--net", "sleep", "3600")
        for _ in range(6000):  # a busy machine may take its time
            if os.readlink(f"/proc/{p.pid}/ns/net") != \
                    os.readlink("/proc/self/ns/net"):
                return p.pid
            time.sleep(0.01)
        raise AssertionError("no second namespace")

    def until_listening(self, host, port, p, seconds=20, prefix=()):
        """Wait until somebody answers there, or @p has ended."""
        probe = ("import socket,sys; socket.create_connection("
                 "(sys.argv[1], int(sys.argv[2])), 1)")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert p.poll() is None, f"{p.args} ended: {p.returncode}"
            if prefix:
                r = subprocess.run([*prefix, sys.executable, "-c", probe, host,
                                    str(port)], capture_output=True,
                                   check=False)
                if r.returncode == 0:
                    return
            else:
                try:
                    socket.create_connection((host, port), 1).close()
                    return
                except OSError:
                    pass
            time.sleep(0.02)
        raise AssertionError(f"nobody listens on {host} port {port}")


def sysctl(name, value):
    path = pathlib.Path("/proc/sys") / name
    if path.exists():
        path.write_text(f"{value}\n")
