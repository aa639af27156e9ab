#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A recording of many events is shown within 1 GB. Usage: soak.py OSTIA MAKER

With OSTIA_SOAK ten million events, else 300,000. How long each command took is
printed; memory is what is asserted. The page is opened in headless Chromium: it
draws, filters, searches and zooms, and says what it leaves out.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import browser

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


def timed(what, act):
    begin = time.monotonic()
    said = act()
    print(f"page: {what}: {time.monotonic() - begin:.1f} s", flush=True)
    return said


def page(b, path):
    """All that a reader does first is done, and done right."""
    timed(f"open {path.stat().st_size >> 20} MB", lambda: b.open(path))
    everything = int(b.data("rows"))
    assert everything > 100 and int(b.data("charts")) >= 3
    assert b.ink("sequence0") > 2
    timed("filter", lambda: b.click("#f-calls"))
    assert int(b.data("rows")) < everything
    b.click("#f-calls")
    b.click("#scroll")
    timed("search", lambda: (b.keys("/"), b.keys(*"seq 101:201")))
    found = b.js("return document.getElementById('count').textContent")
    assert found.startswith("1 of "), found
    b.keys("\ue00c")
    b.click("#scroll")
    timed("zoom", lambda: b.click("#in"))
    assert int(b.data("rows")) < everything
    drawn = b.js("return document.querySelector('#scroll svg').textContent")
    cut = b.js("return document.querySelector('.trouble')?.textContent || ''")
    assert ("is not in this page" in drawn) == ("rows" in cut), (cut, drawn[-99:])
    b.click("#all")
    assert int(b.data("rows")) == everything
    timed("graphs", lambda: b.js("dispatchEvent(new Event('resize'))"))
    said = b.complaints()
    assert not said, said


def pages(tmp, rec):
    if not browser.is_there():
        print("pages: no chromium and chromedriver: ./do deps test")
        return
    b = browser.Browser(tmp)
    try:
        one = "--conn", "10.0.0.1:20001-10.0.0.2:80"
        for name, *which in ("all",), ("one", *one):
            command("show", "--html", "-o", tmp / name, *which, rec)
            (tmp / name).rename(tmp / (name + ".html"))
            page(b, tmp / (name + ".html"))
    finally:
        b.close()


with tempfile.TemporaryDirectory() as d:
    rec = pathlib.Path(d) / "many.ostia"
    subprocess.run([MAKER, rec, str(COUNT)], check=True)
    print(f"{COUNT} events, {rec.stat().st_size >> 20} MB")
    command("show", "--list", rec)
    command("show", "--conn", "10.0.0.1:20001-10.0.0.2:80", rec)
    command("show", "--last", rec)
    pages(pathlib.Path(d), rec)
    command("ss", "-tan", rec)
    command("ss", "-tan", "--at", "0.01s", rec)
    command("stat", rec)
    command("pcap", rec)
