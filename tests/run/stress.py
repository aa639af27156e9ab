#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is hard on `ostia run`: stress.py OSTIA DENY GUEST CASE

Deaths at random moments, signals all the time, five hundred guests, nearly no
descriptors, readers that stand still. A fixed share runs in every `test`; with
OSTIA_SOAK the whole. `stress.py --list` prints the cases; OSTIA_SEED repeats
one with the same moments.
"""
import os
import pathlib
import random
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

import stage

stage.TAP = False
SOAK = bool(os.environ.get("OSTIA_SOAK"))
ADDR, PORT = "10.0.0.1", "7000"
ENOSYS = 38
SA_RESTART = 0x10000000
MB = 1 << 20
# What the supervisor may hold: packets and streams (struct run_sup_config),
# a piece of each connection that has left the pair and found no room, and
# itself.
POOL_MB = 512
LEFT_KB = 256
SELF_MB = 48
GUEST_KB_EACH = 512
CASES = {}


def case(fn):
    CASES[fn.__name__] = fn
    return fn


class Lab:
    """One network, and who is in it."""

    def __init__(self, ostia, deny, guest, user=None):
        self.st = stage.Stage(ostia, user, [deny, guest])
        self.guest = str(self.st.dir / pathlib.Path(guest).name)
        self.deny = str(self.st.dir / pathlib.Path(deny).name)
        self.before = ()
        # Memory that malloc() fills counts as used; sanitizers take more, keep
        # what is freed, and look for leaks by ptrace(), which may be denied.
        self.st.env.pop("MALLOC_PERTURB_", None)
        self.st.env["ASAN_OPTIONS"] = ":".join(
            [os.environ.get("ASAN_OPTIONS", ""), "quarantine_size_mb=1",
             *(["detect_leaks=0"] if user else [])]).lstrip(":")
        self.room = 4 if b"__asan_init" in pathlib.Path(
            ostia).read_bytes() else 1

    def words(self, *mode, net="lab", name=None, more=()):
        words = [*self.before, self.st.ostia, "run", "-q"]
        if net:
            words += ["--net", net]
        if name:
            words += ["--name", name]
        return [*words, *more, "--", self.guest, *map(str, mode)]

    def start(self, *mode, **how):
        return subprocess.Popen(self.words(*mode, **how), **self.st.how(
            {}, stdin=subprocess.PIPE))

    def run(self, *mode, seconds=stage.PATIENCE_S, **how):
        more = (*how.pop("more", ()), "--timeout", str(seconds))
        return subprocess.run(
            self.words(*mode, more=more, net=how.pop("net", None), **how),
            check=False, timeout=seconds + 30,
            **self.st.how({}, stdin=subprocess.DEVNULL))

    def serve(self):
        """A server at ADDR."""
        p = self.start("serve", PORT, name="server", more=("--addr", ADDR))
        line = read_line(p)
        assert line == b"up\n", (line, p.stderr.read())
        return p

    def supervisor(self):
        found = self.st.supervisors()
        assert len(found) == 1, found
        return found[0]

    def no_guest_left(self):
        """No process of ours is left anywhere."""
        stage.until(lambda: not self.processes(), "the guests' end")
        self.st.quiet()
        left = [p for p in self.st.dir.iterdir() if p.name not in (
            "runtime", pathlib.Path(self.guest).name,
            pathlib.Path(self.deny).name,
            pathlib.Path(self.st.ostia).name)]
        assert not left, left

    def processes(self):
        found = []
        for p in os.listdir("/proc"):
            try:
                if p.isdigit() and os.readlink(f"/proc/{p}/exe").startswith(
                        str(self.st.dir)):
                    found.append(int(p))
            except OSError:
                pass
        return found

    def close(self):
        for p in self.processes():
            kill(p)
        self.st.close()


def parent(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(text.rsplit(")", 1)[1].split()[1])


def kill(pid, sig=signal.SIGKILL):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def read_line(p, seconds=stage.PATIENCE_S):
    """A line that is there soon, or b''."""
    line = b""
    poll = select.poll()  # select() knows 1024 descriptors
    poll.register(p.stdout, select.POLLIN)
    while not line.endswith(b"\n"):
        if not poll.poll(seconds * 1000):
            break
        byte = os.read(p.stdout.fileno(), 1)
        if not byte:
            break
        line += byte
    return line


def end(p, sig=signal.SIGTERM):
    """End a launcher's program. Returns its code."""
    if p.poll() is None:
        p.send_signal(sig)
    p.communicate(timeout=stage.PATIENCE_S)
    return p.returncode


def child_of(pid):
    """The program of a launcher, once there is one."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return None
    return int(text.split()[0]) if text.split() else None


def descriptors(pid):
    """Without those that are a cache of threads: at most a fixed number."""
    n = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            n += os.readlink(f"/proc/{pid}/fd/{fd}") != "anon_inode:[pidfd]"
        except OSError:
            pass
    return n


def memory(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s*(\d+)", text).group(1)) * 1024


def dice():
    seed = int(os.environ.get("OSTIA_SEED") or random.randrange(1 << 32))
    print(f"OSTIA_SEED={seed}", flush=True)
    return random.Random(seed)


class Host:
    """The machine's own listeners, that nobody may come to."""

    def __init__(self):
        self.tcp = socket.create_server(("", int(PORT)))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("", int(PORT)))

    def untouched(self):
        assert not select.select([self.tcp, self.udp], [], [], 0)[0], \
            "a guest came out"


# --- deaths ------------------------------------------------------------------

@case
def killed_guests(lab):
    """Program or launcher, while it starts or talks: others do not care."""
    r = dice()
    server = lab.serve()
    calm = lab.start("talk", ADDR, PORT, 0)
    sup = lab.supervisor()
    time.sleep(0.3)
    fds = descriptors(sup)
    for i in range(100 if SOAK else 25):
        victim = lab.start("talk", ADDR, PORT, 0)
        time.sleep(r.random() * 0.15)
        program = child_of(victim.pid)
        if program and r.random() < 0.7:
            kill(program)
            victim.communicate(timeout=stage.PATIENCE_S)
            assert victim.returncode in (137, 125), (i, victim.returncode)
        else:
            # The launcher dies, and its program goes on, if it was there.
            victim.kill()
            victim.wait()
            for pid in lab.processes():
                if parent(pid) not in (server.pid, calm.pid, os.getpid(),
                                       None) and pid != sup:
                    kill(pid)
            victim.communicate(timeout=stage.PATIENCE_S)
        assert calm.poll() is None and server.poll() is None, \
            (i, calm.communicate() if calm.poll() is not None else None)
    stage.until(lambda: descriptors(sup) <= fds + 4, "descriptors at rest")
    again = lab.run("talk", ADDR, PORT, 50, net="lab")
    assert again.returncode == 0, again
    assert end(calm) == 143
    assert end(server) == 143
    lab.no_guest_left()


@case
def killed_supervisor(lab):
    """Its guests hear of it, and stay inside."""
    r = dice()
    host = Host()
    for i in range(100 if SOAK else 20):
        server = lab.start("serve", PORT, name="server",
                           more=("--addr", ADDR))
        late = r.random() < 0.8
        if late:
            assert read_line(server) == b"up\n", server.stderr.read()
            talk = lab.start("talk", ADDR, PORT, 0)
        time.sleep(r.random() * 0.12)
        killed = lab.st.supervisors()
        for pid in killed:
            kill(pid)
        stage.until(lambda: not set(killed) & set(lab.st.supervisors()),
                    "its death")
        if late:
            talk.communicate(timeout=stage.PATIENCE_S)
            assert talk.returncode not in (0, 2), (i, talk.returncode)
        # A moment so early that there was none yet: everything is well.
        elif read_line(server) == b"up\n" and lab.st.supervisors():
            assert end(server) == 143, (i, server.returncode)
            continue
        server.communicate(timeout=stage.PATIENCE_S)
        assert server.returncode in (1, ENOSYS, 125), (i, server.returncode)
        host.untouched()
        stage.until(lambda: not lab.processes(), "everybody's end")
        lab.st.quiet()
        # Who comes next finds a net that can be used, and leaves nothing.
        p = lab.run("many", net="lab")
        assert p.returncode == 0 and p.stdout == b"up\n", (i, p)
    lab.no_guest_left()
    host.untouched()


# --- signals -----------------------------------------------------------------

def interrupted(lab, mode, count, seconds):
    """A signal may come between the kernel's taking an answer and the guest's:
    then nobody knows that it was lost (ostia-run(1)). Of TCP nothing is lost
    by that; of datagrams less than one in a hundred may come again."""
    for udp in ((), ("udp",)):
        for flags in (0, SA_RESTART):
            p = lab.run(mode, flags, count, *udp, seconds=seconds)
            assert p.returncode == 0, (flags, udp, p)
            once, total = map(int, p.stdout.decode().split(" once")[0].split(
                " of "))
            assert total == count and once >= (
                count - count // 100 if udp else count), (flags, udp, p)
            print(udp, hex(flags), p.stdout.decode().strip(),
                  p.stderr.decode().strip(), flush=True)


@case
def pokes(lab):
    """Up to three signals in each call: nothing is lost."""
    interrupted(lab, "pokes", 5000 if SOAK else 400, stage.PATIENCE_S)
    lab.no_guest_left()


@case
def ticks(lab):
    """A timer every 300 us does the same, and may starve a guest where the
    machine is busy with something else."""
    count = 5000 if SOAK else 1500
    interrupted(lab, "ticks", count, count // 50 + 30)


# --- many --------------------------------------------------------------------

@case
def many_guests(lab):
    """All alive at once, each fetching from one server."""
    count = 500 if SOAK else 60
    server = lab.serve()
    sup = lab.supervisor()
    before = memory(sup)
    begin = time.monotonic()
    all_ = [lab.start("fetch", ADDR, PORT) for _ in range(count)]
    for p in all_:
        line = read_line(p, 120)
        assert line == b"got\n", (line, p.stderr.read())
    took = time.monotonic() - begin
    held = memory(sup) - before
    print(f"{count} guests in {took:.1f} s, {took / count * 1000:.1f} ms each;"
          f" supervisor {before // 1024} KB + {held // count // 1024} KB each",
          flush=True)
    assert held < lab.room * count * GUEST_KB_EACH * 1024, held
    for p in all_:
        p.communicate(b"", timeout=stage.PATIENCE_S)
        assert p.returncode == 0, p.returncode
    assert end(server) == 143
    lab.no_guest_left()


@case
def late_accept(lab):
    """More connections wait than a pair has room for tokens."""
    p = lab.run("late", 4000 if SOAK else 1000)
    assert p.returncode == 0 and p.stdout.startswith(b"accepted"), p
    lab.no_guest_left()


@case
def start_up(lab):
    """Beside a program alone, and in a network that is there already."""
    server = lab.serve()

    def best(words):
        times = []
        for _ in range(20):
            begin = time.monotonic()
            subprocess.run(words, check=True, env=lab.st.env)
            times.append(time.monotonic() - begin)
        return min(times) * 1000
    ostia = lab.st.ostia
    alone = best(["true"])
    joined = best([ostia, "run", "-q", "--net", "lab", "--", "true"])
    fresh = best([ostia, "run", "-q", "--", "true"])
    print(f"true: {alone:.1f} ms, in a network {joined:.1f} ms, in a new one "
          f"{fresh:.1f} ms", flush=True)
    assert end(server) == 143
    lab.no_guest_left()


# --- few descriptors ---------------------------------------------------------

@case
def nofile(lab):
    """With 64 descriptors: EMFILE when the kernel would say it."""
    if not shutil.which("prlimit"):
        stage.skip("no prlimit")

    def limited(hard):
        return ("prlimit", f"--nofile=64:{hard}")
    native = subprocess.run(
        [*limited(4096), lab.guest, "nofile"], check=True,
        **lab.st.how({}, stdin=subprocess.DEVNULL)).stdout
    lab.before = limited(4096)
    ours = lab.run("nofile")
    assert ours.stdout == native, (ours, native)
    # A hard limit is the supervisor's, too, which needs some for itself.
    lab.before = limited(64)
    ours = lab.run("nofile").stdout.decode()
    assert int(ours.split()[0]) > 40 and "Invalid" not in ours, ours
    assert re.search("with room: .*system|a byte: 1", ours), ours
    lab.no_guest_left()


# --- readers that stand still ------------------------------------------------

@case
def stopped_reader(lab):
    """A reader under SIGSTOP stops the writer; SIGCONT, and it goes on."""
    sink = lab.start("sink", PORT, name="server", more=("--addr", ADDR))
    assert read_line(sink) == b"up\n"
    pour = lab.start("pour", ADDR, PORT)
    assert read_line(pour) == b"MB\n"
    reader = child_of(sink.pid)
    kill(reader, signal.SIGSTOP)
    poured = 0
    while read_line(pour, 2):
        poured += 1
        assert poured < 64, "a stopped reader does not stop the writer"
    print(f"{poured} MB after the stop", flush=True)
    assert memory(lab.supervisor()) < lab.room * SELF_MB * MB
    kill(reader, signal.SIGCONT)
    stage.until(lambda: not pathlib.Path(f"/proc/{sink.pid}").exists() or
                "T" not in pathlib.Path(f"/proc/{sink.pid}/stat").read_text()
                .rsplit(")", 1)[1].split()[0] or
                kill(sink.pid, signal.SIGCONT), "the launcher to go on")
    for _ in range(poured + 8):
        assert read_line(pour) == b"MB\n"
    end(pour)
    end(sink)
    lab.no_guest_left()


def flooded(lab, count):
    """@count connections that nobody reads. Returns who floods, who holds."""
    hold = lab.start("hold", PORT, name="server", more=("--addr", ADDR))
    assert read_line(hold) == b"up\n"
    sup = lab.supervisor()
    before = memory(sup)
    flood = lab.start("flood", ADDR, PORT, count)
    line = read_line(flood, 120)
    assert line, flood.stderr.read()
    held = memory(sup)
    print(f"{count} connections took {int(line) // MB} MB; supervisor "
          f"{before // MB} MB, then {held // MB} MB", flush=True)
    assert held < lab.room * (
        (POOL_MB + SELF_MB) * MB + count * LEFT_KB * 1024), held
    return flood, hold


@case
def stalled(lab):
    """Five hundred connections that nobody reads: memory has a bound, and who
    stands still disturbs nobody."""
    still = flooded(lab, 500 if SOAK else 150)
    calm = lab.start("serve", PORT, name="calm", more=("--addr", "10.0.0.9"))
    assert read_line(calm) == b"up\n"
    p = lab.run("talk", "10.0.0.9", PORT, 20, net="lab")
    assert p.returncode == 0, p
    assert end(calm) == 143
    for p in still:
        end(p)
    lab.no_guest_left()


# --- come and go -------------------------------------------------------------

@case
def churn(lab):
    """Ten thousand connections leave nothing in the supervisor."""
    lab.st.env["OSTIA_RECORD"] = "never"  # its ring would fill meanwhile
    count = 10000 if SOAK else 2500
    p = lab.start("many")

    def make(n):
        p.stdin.write(f"{n}\n".encode())
        p.stdin.flush()
        assert read_line(p, 300) == f"made {n}\n".encode(), p.stderr.read()
    assert read_line(p) == b"up\n"
    sup = lab.supervisor()
    make(count)  # pools grow to what this takes
    stage.until(lambda: descriptors(sup) < 40, "descriptors at rest")
    fds, before = descriptors(sup), memory(sup)
    begin = time.monotonic()
    make(count)
    took = time.monotonic() - begin
    stage.until(lambda: descriptors(sup) <= fds, "descriptors at rest")
    held = memory(sup)
    print(f"{count} connections, {took / count * 1e6:.0f} us each; "
          f"{fds} descriptors; {before >> 10} KB, then {held >> 10} KB",
          flush=True)
    assert held < before + lab.room * count * 1024, (before, held)
    p.communicate(b"", timeout=stage.PATIENCE_S)
    assert p.returncode == 0
    lab.no_guest_left()


@case
def workers(lab):
    """Several accept from one listener, and die between poll and accept."""
    count = 4000 if SOAK else 500
    for how in ("accept", "poll", "group"):
        p = lab.run("workers", how, count)
        assert p.returncode == 0, (how, p)
        said = p.stdout.decode().split()
        assert said == ["answered", "shared" if how == "group" else "any"], p
        print(how, p.stderr.decode().strip(), flush=True)
    lab.no_guest_left()


# --- little is allowed -------------------------------------------------------

@case
def denied(lab):
    """As containers have it, and as an ordinary user."""
    calls = ("pidfd_getfd", "unshare", "setns")
    for more in ((), ("process_vm_readv", "process_vm_writev", "ptrace")):
        lab.before = (lab.deny, *calls, *more, "--")
        server = lab.serve()
        p = lab.run("talk", ADDR, PORT, 200, net="lab")
        assert p.returncode == 0, p
        assert end(server) == 143
        for mode in (("pokes", SA_RESTART, 100),
                     ("pokes", SA_RESTART, 100, "udp"),
                     ("workers", "poll", 100), ("workers", "accept", 100)):
            p = lab.run(*mode)
            assert p.returncode == 0, (more, mode, p)
        lab.no_guest_left()
    lab.before = (lab.deny, "seccomp", "--")
    p = lab.run("talk", "127.0.0.1", PORT, 1)
    assert p.returncode == 125 and b"container" in p.stderr, p
    lab.no_guest_left()


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
        return
    ostia, deny, guest, name = sys.argv[1:]
    stage.unshare()
    resource.setrlimit(resource.RLIMIT_NOFILE, (
        min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    user = stage.NOBODY if os.geteuid() == 0 and name == "denied" else None
    lab = Lab(ostia, deny, guest, user)
    try:
        CASES[name](lab)
    finally:
        lab.close()


if __name__ == "__main__":
    main()
