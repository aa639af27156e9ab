#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CPython's own tests of sockets, on the kernel and as a guest.

cpython.py BUILD-DIR MODULE...	(test_socket, test_select, test_asyncio)
cpython.py --list every|soak	those that are run in every test, or in soak

Each test must end as it does on the kernel. Those that do not are listed in
cpython.expected-differences, a glob of names and a reason a line:

    test_socket.ThatTest.test_this: kernel ok, guest skipped: why

A line that fits no difference any more is an error, too. `guest ok|error` is a
race of the test itself: either will do.
"""
import fnmatch
import os
import pathlib
import re
import subprocess
import sys

from place import HERE, Guests, Kernel, find
from stage import unshare

LIST = HERE / "cpython.expected-differences"
MODULES = {
    "every": ["test_select", "test_socket"],
    "soak": ["test_asyncio.test_" + m for m in (
        "base_events", "events", "selector_events", "sendfile", "server",
        "sock_lowlevel", "ssl", "sslproto", "streams", "subprocess",
        "unix_events")] + ["test_ssl"],
}
# The VSOCK tests are left out: some wait for a hypervisor for ever.
RUNNER = """
import sys, unittest
class R(unittest.TextTestResult):
    def tell(self, test, how):
        print(test.id(), how, flush=True)
    def addSuccess(self, t): self.tell(t, "ok")
    def addError(self, t, e): self.tell(t, "error"); super().addError(t, e)
    def addFailure(self, t, e): self.tell(t, "fail"); super().addFailure(t, e)
    def addSkip(self, t, why): self.tell(t, "skipped")
    def addExpectedFailure(self, t, e): self.tell(t, "xfail")
    def addSubTest(self, t, s, e):
        if e: self.tell(t, "fail"); super().addSubTest(t, s, e)
def flat(suite):
    for t in suite:
        yield from flat(t) if isinstance(t, unittest.TestSuite) else [t]
found = unittest.defaultTestLoader.loadTestsFromName("test." + sys.argv[1])
suite = unittest.TestSuite(t for t in flat(found) if "VSOCK" not in t.id())
unittest.TextTestRunner(stream=sys.stderr, resultclass=R).run(suite)
"""


def results(place, module):
    """{test: how it ended}, and what its errors said."""
    with place as t:
        r = subprocess.run(
            [str(a) for a in t.prefix("server") + [
                find("python3"), "-c", RUNNER, module]],
            env=t.env, cwd=t.dir, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            timeout=1800)
        ends = {}
        for line in r.stdout.decode(errors="replace").splitlines():
            m = re.match(r"test\.(\S+) (ok|error|fail|skipped|xfail)$", line)
            if m and ends.get(m[1]) not in ("error", "fail"):
                ends[m[1]] = m[2]
        return ends, r.stderr.decode(errors="replace")


def expected():
    rows = []
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            m = re.match(r"(\S+): kernel (\S+), guest (\S+): (.+)$", line)
            assert m, f"{LIST}: {line}: not a line of this file"
            rows.append(m.groups())
    return rows


def main():
    if sys.argv[1] == "--list":
        print("\n".join(MODULES[sys.argv[2]]))
        return
    build = pathlib.Path(sys.argv[1]).resolve()
    modules = sys.argv[2:]
    unshare()
    rows, used, bad = expected(), set(), 0
    for module in modules:
        kernel, _ = results(Kernel(), module)
        guest, errors = results(Guests(build / "src/cli/ostia"), module)
        assert kernel, f"{module}: no test was run"
        differ = 0
        for test in sorted(kernel.keys() | guest.keys()):
            a, b = kernel.get(test, "missing"), guest.get(test, "missing")
            if a == b:
                continue
            differ += 1
            fits = [r for r in rows if fnmatch.fnmatchcase(test, r[0])
                    and r[1] == a and b in r[2].split("|")]
            used.update(fits)
            if not fits:
                bad += 1
                print(f"{test}: kernel {a}, guest {b}")
        print(f"{module}: {len(kernel)} tests, {differ} differ")
        if bad:
            print("\n".join("# " + e for e in errors.splitlines()[-3000:]),
                  file=sys.stderr)
    for r in rows:
        if (r not in used and "|" not in r[2]
                and r[0].split(".")[0] in modules):
            bad += 1
            print(f"{LIST.name}: {r[0]}: no such difference")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
