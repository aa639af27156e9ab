#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What ostia show --html writes, in headless Chromium. Usage: html.py OSTIA ROUTED [FOLDER]

No complaint in its log, graphs with ink on them, search, filters and zoom by
mouse's and keyboard's ways, light and dark, and names that would be scripts if
they were believed. With FOLDER screenshots are left there, to be looked at.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import browser

OSTIA = sys.argv[1]
GRAPHS = {"loss": ["sequence0", "sequence1", "throughput", "rtt0", "rtt1",
                   "cwnd0", "rwnd0", "cwnd1", "rwnd1", "states"]}


def ostia(*args):
    subprocess.run([OSTIA, *map(str, args)], check=True, timeout=120,
                   env=dict(os.environ, LC_ALL="C"), stdout=subprocess.DEVNULL)


def page(tmp, scene):
    rec, out = tmp / (scene + ".ostia"), tmp / (scene + ".html")
    ostia("demo", "--only", scene, "-o", rec)
    ostia("show", "--html", "-o", out, rec)
    return out


def draws(b, tmp, shots):
    b.open(page(tmp, "loss"))
    names = b.js("return [...document.querySelectorAll('[data-chart]')]"
                 ".map(e => e.dataset.chart)")
    assert names == GRAPHS["loss"], names
    inks = {name: b.ink(name) for name in names}
    assert all(n > 3 for n in inks.values()), inks
    assert int(b.data("rows")) > 100
    drawn = b.js("return document.querySelectorAll('#scroll text').length")
    assert drawn > 40, drawn
    for theme in "light", "dark":
        b.theme(theme)
        paper = b.js("return getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light"), paper
        assert b.ink("sequence0") > 3
        if shots:
            b.picture(shots / f"loss-{theme}.png")
    b.theme("light")


WIDEST = """
return Math.max(...[...document.querySelectorAll('#scroll text.o')]
    .map(e => e.getComputedTextLength()));"""


def top(b, chart):
    """How high a graph reaches."""
    return float(b.js("return document.querySelector(arguments[0]).dataset.top",
                      f"[data-chart={chart}]"))


BASELINES = """
window.lines = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
  if (["LISTEN", "SYN"].includes(text)) lines.push(this.textBaseline);
  draw.call(this, text, ...at);
};
dispatchEvent(new Event('resize'));"""


def writes_above(b):
    """Names of lanes stand above their bars, signs above their segments."""
    b.js(BASELINES)
    assert b.js("return new Promise(done => setTimeout(() => done("
                "[...new Set(window.lines)]), 0))") == ["alphabetic"]


def keeps_off(b, tmp):
    """What a segment says stays between the lines of life; small rates have height."""
    rec, out = tmp / "loss.ostia", tmp / "part.html"
    ostia("show", "--html", "--between", "240ms", "410ms", "-o", out, rec)
    b.open(out)
    assert any("sack" in t and len(t) > 45 for t in texts(b)), texts(b)
    assert 200 < b.js(WIDEST) <= 292.5, b.js(WIDEST)
    b.open(page(tmp, "tcp4"))
    assert 0 < top(b, "throughput") < 0.2, top(b, "throughput")


def searches(b):
    everything = int(b.data("rows"))
    b.click("#scroll")
    b.keys("/")
    b.keys(*"LOST")
    found = b.js("return document.getElementById('count').textContent")
    assert found == "1 of 4", found
    hits = "return document.querySelectorAll('#scroll rect.hit').length"
    assert b.js(hits) >= 1
    top = b.js("return document.getElementById('scroll').scrollTop")
    b.keys("\ue007")
    assert b.js("return document.getElementById('count').textContent") == "2 of 4"
    assert b.js("return document.getElementById('scroll').scrollTop") > top
    b.click("#only")
    assert b.data("rows") == "4", b.data("rows")
    b.click("#only")
    b.click("#find")
    b.keys("\ue00c")
    assert int(b.data("rows")) == everything
    b.click("#f-calls")
    fewer = int(b.data("rows"))
    assert fewer < everything
    assert not b.js("return [...document.querySelectorAll('#scroll text')]"
                    ".some(e => /^(send|recv|poll)\\(/.test(e.textContent))")
    b.click("#f-segments")
    assert int(b.data("rows")) < fewer
    b.click("#f-calls")
    b.click("#f-segments")
    assert int(b.data("rows")) == everything


def zooms(b, shots):
    everything, end = int(b.data("rows")), int(b.data("to"))
    b.click("#in")
    assert int(b.data("from")) > 0 and int(b.data("to")) < end
    assert int(b.data("rows")) < everything
    at = int(b.data("from"))
    b.keys("\ue012")
    assert int(b.data("from")) < at
    b.keys("\ue014")
    assert int(b.data("from")) == at
    b.keys("0")
    assert int(b.data("to")) == end and int(b.data("rows")) == everything
    coarse = top(b, "throughput")
    b.drag('[data-chart="sequence1"] .u-over', 0.3, 0.5)
    a, z = int(b.data("from")) / end, int(b.data("to")) / end
    assert top(b, "throughput") > 2 * coarse, "bins are of what is shown"
    assert 0.25 < a < 0.35 and 0.45 < z < 0.55, (a, z)
    if shots:
        b.js("scrollTo(0, 0)")
        b.picture(shots / "loss-zoomed.png")
    b.click("#all")
    wide = b.js("return document.querySelector('#scroll svg').getAttribute('width')")
    b.click("#scroll")
    b.keys("]")
    assert float(b.js("return document.querySelector('#scroll svg')"
                      ".getAttribute('width')")) > float(wide)


def queues(b, tmp):
    """Two packets wait for a rate, and a third finds the queue full."""
    out = page(tmp, "tcp4")
    waits = ['["q",%d,%d,0,0,1500,%d]' % w for w in (
        (20000000, 60000000, 0), (30000000, 90000000, 0), (40000000, 40000000, 4))]
    text = out.read_text()
    assert '"events":[' in text and "No packet waited" in text
    out.write_text(text.replace('"events":[', '"events":[' + ",".join(waits) + ",", 1))
    b.open(out)
    assert b.ink("queues") > 3
    names = b.js("return [...document.querySelectorAll('[data-chart=queues] .u-label')]"
                 ".map(e => e.textContent)")
    assert names[1:] == ["client \u2192 server", "client \u2192 server: dropped"], names


def believes_nothing(b, tmp):
    """Names that would be elements, were they not text, in every place."""
    evil = '</script><img src="x" onerror="window.pwned=1"><script>pwned=1</script>'
    out = page(tmp, "tcp4")
    text = out.read_text()
    assert text.count("<script") == 2
    escaped = "".join(f"\\u{ord(c):04x}" for c in evil)
    for name in ("ostia demo --only tcp4 --seed 1", "client 10.0.0.1/24", "SYN-SENT",
                 "10.0.0.1:", "connect(3,"):
        assert name in text, name
        text = text.replace(name, escaped + name)
    out.write_text(text)
    b.open(out)
    assert b.js("return window.pwned === undefined")
    assert not b.js("return document.querySelector('img, #scroll script')")
    assert "<img" in b.js("return document.querySelector('h1').textContent")


def others(b, tmp, shots):
    for scene in "udp", "unix", "ping", "refused", "unread":
        b.open(page(tmp, scene))
        assert int(b.data("rows")) > 3, scene
        if shots:
            b.picture(shots / f"{scene}.png")
    out = tmp / "demo.html"
    ostia("demo", "--html", "-o", out)
    b.open(out)
    assert b.data("charts") == str(len(GRAPHS["loss"]))


def texts(b):
    return b.js("return [...document.querySelectorAll('#scroll text')]"
                ".map(e => e.firstChild.nodeValue)")


def routes(b, tmp, shots):
    """A line for each box, arrows that bend there or end; silences; red calls."""
    rec, out = tmp / "routed.ostia", tmp / "routed.html"
    subprocess.run([sys.argv[2], rec], check=True, timeout=60)
    ostia("show", "--last", "--html", "-o", out, rec)
    b.open(out)
    b.js("document.getElementById('scroll').style.height = '1400px';"
         "dispatchEvent(new Event('resize'))")
    said = texts(b)
    for want in "a 10.0.1.1/24", "gate 10.0.1.2/24", "core", "b 10.0.3.2/24":
        assert want in said, said
    assert said.count("110.003 IpFragFails") == 2, said
    assert b.js("return document.querySelectorAll('#scroll .life').length") == 4
    b.keys("]")  # silences are told however large it is drawn
    if shots:
        b.picture(shots / "routed.png")
    b.open(page(tmp, "silence"))
    said = texts(b)
    assert "nothing for 64.000 s" in said, said
    red = b.js("return [...document.querySelectorAll('#scroll text.x')]"
               ".map(e => e.firstChild.nodeValue)")
    assert "... connect(3) = -1 ETIMEDOUT" in red, red


def main():
    shots = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    if not browser.is_there():
        print("needs chromium and chromedriver: ./do deps test")
        return 77
    with tempfile.TemporaryDirectory() as d:
        tmp = pathlib.Path(d)
        b = browser.Browser(tmp)
        try:
            draws(b, tmp, shots)
            writes_above(b)
            keeps_off(b, tmp)
            b.open(page(tmp, "loss"))
            searches(b)
            zooms(b, shots)
            queues(b, tmp)
            believes_nothing(b, tmp)
            others(b, tmp, shots)
            routes(b, tmp, shots)
            said = b.complaints()
            assert not said, said
            asked = [u for u in b.asked_for()
                     if not u.startswith(("file:", "data:", "chrome:"))]
            assert not asked, asked
        finally:
            b.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
