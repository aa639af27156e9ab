# SPDX-License-Identifier: MIT
"""Where a program runs: on the kernel's loopback, or as a guest of ours.

Both live in a network namespace of the test's own, so that no mistake lets
a packet out. A place starts servers, asks them through clients and collects
what the clients print; so one script, run in two places, gives two texts.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import stage
from stage import skip

stage.TAP = False
SOAK = bool(os.environ.get("OSTIA_SOAK"))
HERE = pathlib.Path(__file__).resolve().parent


def find(program):
    """Its path; some live where no user looks, and Python is Debian's."""
    if program == "python3" and os.path.exists("/usr/bin/python3"):
        return "/usr/bin/python3"
    extra = ("/usr/sbin", "/sbin", "/usr/lib/postgresql/15/bin")
    path = shutil.which(program, path=os.pathsep.join(
        [os.environ.get("PATH", ""), *extra]))
    if not path:
        skip(f"{program} is not installed")
    return path


class Place:
    """Common to both: files, programs, the text so far."""
    server = "127.0.0.1"

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ostia-run-"))
        self.dir.chmod(0o755)
        self.running = []
        self.text = []
        self.env = dict(os.environ, LANG="C.UTF-8", HOME=str(self.dir),
                        XDG_RUNTIME_DIR=str(self.dir), TMPDIR=str(self.dir))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in reversed(self.running):
            self.end(p)
        shutil.rmtree(self.dir, ignore_errors=True)

    def file(self, name, size):
        """Bytes that are the same in every place."""
        path = self.dir / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(bytes((i * 2654435761 >> 13) & 255
                               for i in range(4096)) * (size // 4096))
        return path

    def start(self, argv, **kw):
        p = subprocess.Popen([str(a) for a in argv], env=self.env,
                             cwd=self.dir, start_new_session=True, **kw)
        self.running.append(p)
        return p

    def end(self, p):
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
                print(f"# {p.args} did not end when told to",
                      file=sys.stderr)
        try:  # children that a server has left behind
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if p in self.running:
            self.running.remove(p)
        return p.returncode

    def serve(self, *argv, port=None, **kw):
        """A server; with a @port, wait until it can be asked."""
        with open(self.dir / "log", "ab") as log:
            p = self.start(self.prefix("server") + [find(argv[0]), *argv[1:]],
                           stdout=log, stderr=log,
                           stdin=subprocess.DEVNULL, **kw)
        if port:
            self.until(port, p)
        return p

    def until(self, port, p):
        self.ready(p)
        r = subprocess.run(
            [str(a) for a in self.prefix("server", again=True)
             + [sys.executable, HERE / "guests/until.py", port]],
            env=self.env, capture_output=True, timeout=60, check=False)
        if r.returncode or p.poll() is not None:
            raise AssertionError(
                f"{p.args[-1]}: nobody listens at {port}\n"
                + (self.dir / "log").read_text(errors="replace")
                + r.stderr.decode(errors="replace"))

    def ready(self, p):
        """Until the server's host is there."""

    def ask(self, *argv, want=0, stdin="", seconds=120, raw=False):
        """A client; what it prints is compared. Returns its text.

        It ends with status @want; None: with any.
        """
        try:
            r = subprocess.run(
                [str(a) for a in self.prefix("client")
                 + [find(argv[0]), *argv[1:]]],
                env=self.env, cwd=self.dir, input=stdin.encode(),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                timeout=seconds, check=False)
        except subprocess.TimeoutExpired as e:
            raise AssertionError(
                f"{argv} takes too long; so far {e.stdout} {e.stderr}\n"
                + (self.dir / "log").read_text(errors="replace")) from None
        if want is not None and r.returncode != want:
            raise AssertionError(
                f"{argv}: status {r.returncode}\n{r.stdout.decode()}"
                f"{r.stderr.decode()}"
                + (self.dir / "log").read_text(errors="replace"))
        text = r.stdout.decode(errors="replace")
        if not raw:
            self.say(text)
        return text

    def say(self, text):
        """Add to what is compared; paths and addresses of a place differ."""
        for there, name in ((str(self.dir), "DIR"), (self.server, "SERVER"),
                            ("localhost", "SERVER")):
            text = text.replace(there, name)
        self.text.append(text)


class Kernel(Place):
    def prefix(self, _host, again=False):
        del again
        return []


class Guests(Place):
    """@faults: netem's words for the client's wire; two: a host of its own"""

    def __init__(self, ostia, two=False, faults=None):
        super().__init__()
        self.ostia, self.two, self.faults = ostia, two, faults
        self.made = False
        if two:
            self.server = "10.0.0.1"

    def __exit__(self, *what):
        subprocess.run([str(self.ostia), "net", "down", "lab"], env=self.env,
                       capture_output=True, check=False)
        super().__exit__(*what)

    def ready(self, p):
        end = time.monotonic() + 20
        while subprocess.run(
                [str(a) for a in self.prefix("server", again=True) + ["true"]],
                env=self.env, capture_output=True, check=False).returncode:
            assert p.poll() is None and time.monotonic() < end, \
                (self.dir / "log").read_text(errors="replace")
            time.sleep(0.02)

    def prefix(self, host, again=False):
        if host == "server" or not self.two:
            if again or self.made:
                return [self.ostia, "exec", "-q", "lab", "server", "--"]
            self.made = True
            return [self.ostia, "run", "-q", "--net", "lab", "--name",
                    "server", "--addr", "10.0.0.1", "--"]
        link = ["--link", self.faults] if self.faults else []
        return [self.ostia, "run", "-q", "--net", "lab", *link, "--"]
