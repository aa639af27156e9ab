#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A recording of many events is shown within 1 GB. Usage: soak.py OSTIA MAKER

With OSTIA_SOAK ten million events, else 300,000. How long each command took is
printed; memory is what is asserted.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

OSTIA, MAKER = sys.argv[1:]
COUNT = 10_000_000 if os.environ.get("OSTIA_SOAK") else 300_000
GB = 1 << 30


def command(*args):
    begin = time.monotonic()
    p = subprocess.Popen([OSTIA, *map(str, args)], stdout=subprocess.PIPE,
                         env=dict(os.environ, LC_ALL="C"))
    size = sum(len(b) for b in iter(lambda: p.stdout.read(1 << 20), b""))
    _, status, used = os.wait4(p.pid, 0)
    assert status == 0, (args, status)
    took = time.monotonic() - begin
    print(f"ostia {args[0]}: {took:.1f} s, {used.ru_maxrss >> 10} MB, "
          f"{size} bytes", flush=True)
    if b"__asan_init" not in pathlib.Path(OSTIA).read_bytes():
        assert used.ru_maxrss * 1024 < GB, used.ru_maxrss


with tempfile.TemporaryDirectory() as d:
    rec = pathlib.Path(d) / "many.ostia"
    subprocess.run([MAKER, rec, str(COUNT)], check=True)
    print(f"{COUNT} events, {rec.stat().st_size >> 20} MB")
    command("show", "--list", rec)
    command("show", "--conn", "10.0.0.1:20001-10.0.0.2:80", rec)
    command("show", "--last", rec)
    command("show", "--html", rec)
    command("show", "--html", "--conn", "10.0.0.1:20001-10.0.0.2:80", rec)
    command("ss", "-tan", rec)
    command("ss", "-tan", "--at", "0.01s", rec)
    command("stat", rec)
    command("pcap", rec)
