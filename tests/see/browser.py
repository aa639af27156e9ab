# SPDX-License-Identifier: MIT
"""Headless Chromium, for tests of pages: WebDriver's words, and no more."""
import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--window-size=1500,1600"]

INK = """
const c = document.querySelector('[data-chart="' + arguments[0] + '"] canvas');
const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
const seen = new Set();
for (let i = 0; i < p.length; i += 4)
  if (p[i + 3] > 200) seen.add(p[i] << 16 | p[i + 1] << 8 | p[i + 2]);
return seen.size;"""


def is_there():
    return shutil.which("chromium") and shutil.which("chromedriver")


class Browser:
    """A session of ChromeDriver, spoken to as W3C WebDriver has it."""

    def __init__(self, tmp):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={self.port}"], env=dict(os.environ, HOME=str(tmp)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = None
        options = {"binary": shutil.which("chromium"),
                   "args": FLAGS + [f"--user-data-dir={tmp}/profile"]}
        for _ in range(300):
            try:
                self.ask("GET", "/status")
                break
            except OSError:
                time.sleep(0.2)
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        where = path if not self.session else f"/session/{self.session}{path}"
        c.request(method, where, json.dumps(body or {}) if method == "POST" else None)
        value = json.loads(c.getresponse().read())["value"]
        c.close()
        assert not (isinstance(value, dict) and value.get("error")), value
        return value

    def js(self, text, *args):
        return self.ask("POST", "/execute/sync", {"script": text, "args": args})

    def data(self, name):
        return self.js("return document.body.dataset[arguments[0]]", name)

    def ink(self, chart):
        """How many colours a graph is drawn with."""
        return self.js(INK, chart)

    def keys(self, *keys):
        down = [{"type": t, "value": k} for k in keys for t in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [
            {"type": "key", "id": "k", "actions": down}]})

    def element(self, css):
        found = self.ask("POST", "/element", {"using": "css selector", "value": css})
        return next(iter(found.values()))

    def click(self, css):
        self.ask("POST", f"/element/{self.element(css)}/click")

    def drag(self, css, left, right):
        """From @left to @right of an element, as parts of its width."""
        x, y, w, h = self.js(
            "const e = document.querySelector(arguments[0]);"
            "e.scrollIntoView({block: 'center'});"
            "const r = e.getBoundingClientRect();"
            "return [r.left, r.top, r.width, r.height]", css)
        at = lambda part: {"type": "pointerMove", "duration": 0, "origin": "viewport",
                           "x": int(x + w * part), "y": int(y + h / 2)}
        self.ask("POST", "/actions", {"actions": [{"type": "pointer", "id": "m", "actions": [
            at(left), {"type": "pointerDown", "button": 0}, at((left + right) / 2),
            at(right), {"type": "pointerUp", "button": 0}]}]})

    def theme(self, name):
        self.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": name}]}})

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def open(self, path):
        self.ask("POST", "/url", {"url": path.as_uri()})
        assert self.data("ready") == "yes", self.quarrel()

    def quarrel(self):
        return self.ask("POST", "/se/log", {"type": "browser"})

    def asked_for(self):
        """Addresses that the page asked for."""
        rows = [json.loads(r["message"])["message"]
                for r in self.ask("POST", "/se/log", {"type": "performance"})]
        return [r["params"]["request"]["url"] for r in rows
                if r["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What its log says. That we read back what was drawn is no fault of the page."""
        return [r for r in self.quarrel() if "willReadFrequently" not in r["message"]]

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
