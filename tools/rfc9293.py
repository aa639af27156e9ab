#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which drill proves which requirement of RFC 9293, and which event in which
state has one, and whether it passes.

Usage: rfc9293.py --write | --check OSTIA [ROOT]
       rfc9293.py --table [ROOT]

Scripts below ROOT/tests/conv say in their comments

    // RFC 9293 MUST-13, SHLD-4
    // State: TIME-WAIT; events: FIN, ACK old

and ROOT/tests/conv/rfc9293.txt has the requirements' names and, for what has
no script, the reason. --write has `OSTIA drill` run them and makes
ROOT/docs/rfc9293.md of all that; --check does the same and fails when a script
fails, the page is stale or something has neither script nor reason; --table
shows the events and states (and fails likewise on an empty cell).
"""
import json
import pathlib
import re
import subprocess
import sys

STATES = ["CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED",
          "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK",
          "TIME-WAIT"]
EVENTS = ["SYN in window", "SYN out of window", "SYN-ACK", "RST exact",
          "RST in window", "RST out of window", "ACK acceptable", "ACK old",
          "ACK future", "no ACK", "data in order", "data out of order",
          "data left of window", "data right of window", "FIN", "URG",
          "ICMP hard", "ICMP soft", "send", "recv", "shutdown", "close",
          "abort", "RTO", "user timeout"]
MUSTS = [f"MUST-{n}" for n in range(1, 70)] + [f"SHLD-{n}" for n in range(1, 32)]


class Book:
    """What the scripts and the list of requirements say."""

    def __init__(self, root):
        self.root = root
        self.conv = root / "tests" / "conv"
        self.page = root / "docs" / "rfc9293.md"
        self.titles = {}
        self.reasons = {}
        self.rooms = {}
        self.scripts = {}  # requirement or (state, event): [script names]
        self.failed = set()  # names of scripts that do not pass
        self.wrong = []
        self.read_list(self.conv / "rfc9293.txt")
        for script in sorted(self.conv.rglob("*.pkt")):
            self.read_script(script)
        self.judge()

    def key(self, text, where):
        """A requirement or a cell, by its name."""
        if text in MUSTS:
            return text
        state, comma, event = text.partition(", ")
        if comma and state in STATES and event in EVENTS:
            return state, event
        self.wrong.append(f"{where}: unknown: {text}")
        return None

    def read_list(self, path):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{path.name}:{number}"
            if not line or line.startswith("#"):
                continue
            kind, _, rest = line.partition(" ")
            names, colon, text = rest.partition(": ")
            into = {"title": self.titles, "reason": self.reasons,
                    "room": self.rooms}.get(kind)
            if into is None or not colon or not text:
                self.wrong.append(f"{where}: not 'title|room|reason NAME: TEXT'")
                continue
            for name in names.split("; "):
                key = self.key(name, where)
                if key:
                    into[key] = text

    def read_script(self, path):
        name = path.relative_to(self.conv).with_suffix("").as_posix()
        for line in path.read_text().splitlines():
            if not re.match(r"(//|#) (RFC 9293 (MUST|SHLD)-|State: )", line):
                continue
            keys = re.findall(r"(?:MUST|SHLD)-\d+", line)
            cell = re.match(r"// State: (.*); events: (.*)$", line)
            if cell:
                keys = [f"{cell[1]}, {e}" for e in cell[2].split(", ")]
            elif "State: " in line:
                self.wrong.append(f"{name}: not '// State: S; events: A, B'")
            for key in filter(None, [self.key(k, name) for k in keys]):
                found = self.scripts.setdefault(key, [])
                if name not in found:
                    found.append(name)

    def judge(self):
        for key in MUSTS + [(s, e) for s in STATES for e in EVENTS]:
            label = key if isinstance(key, str) else ", ".join(key)
            if key not in self.scripts and key not in self.reasons:
                self.wrong.append(f"{label}: neither script nor reason")
            if key in self.scripts and key in self.reasons:
                self.wrong.append(f"{label}: a reason, but also "
                                  + self.scripts[key][0])
            if isinstance(key, str) and key not in self.titles:
                self.wrong.append(f"{label}: no title")
            if isinstance(key, str) and key not in self.rooms:
                self.wrong.append(f"{label}: no room")
        for key, why in self.reasons.items():
            self.wrong += [f"{key}: its reason names {t}, which is not there"
                           for t in re.findall(r"tests/[\w/]+\.c", why)
                           if (self.root / "src").exists()
                           and not (self.root / t).exists()]
        for key, rooms in self.rooms.items():
            self.wrong += [f"{key}: no src/{r}.c or .h" for r in rooms.split()
                           if not list(self.root.glob(f"src/{r}.[ch]"))
                           and (self.root / "src").exists()]

    def run(self, ostia):
        """What becomes of the scripts that prove something."""
        names = sorted({n for found in self.scripts.values() for n in found})
        files = {str(self.conv / f"{n}.pkt"): n for n in names}
        ran = subprocess.run([ostia, "drill", "-j2", "--format=json", *files],
                             capture_output=True, text=True, check=False)
        if ran.returncode not in (0, 1):
            self.wrong.append(f"{ostia} drill: status {ran.returncode}: {ran.stderr}")
            self.failed = set(names)
            return
        for said in json.loads(ran.stdout)["scripts"]:
            if said["result"] != "passed":
                self.failed.add(files[said["file"]])
                self.wrong.append(f"{files[said['file']]} fails: line "
                                  f"{said.get('line', 0)}: {said['message']}")

    def result(self, key):
        found = self.scripts.get(key, [])
        bad = len(self.failed.intersection(found))
        if not found:
            return "reasoned"
        return f"**{bad} of {len(found)} fail**" if bad else f"passes ({len(found)})"

    def room(self, key):
        return ", ".join(f"`{r}`" for r in self.rooms.get(key, "").split())

    def links(self, key):
        if key not in self.scripts:
            return self.reasons.get(key, "**nothing**")
        return ", ".join(f"[{s.split('/')[-1]}](../tests/conv/{s}.pkt)"
                         for s in self.scripts[key])

    def text(self):
        out = ["<!-- SPDX-License-Identifier: MIT -->",
               "<!-- made by tools/rfc9293.py --write; do not edit -->",
               "# RFC 9293, requirement by requirement", "",
               "What the drills of `tests/conv/` prove, or why there is none: "
               "first the MUSTs and SHOULDs of appendix B, with the rooms "
               "that keep them, then what each event does in "
               "each state (section 3.10). Names and reasons stand in "
               "`tests/conv/rfc9293.txt`; the results are of the run that "
               "made this page, and the test conv/rfc9293 runs them anew.", "",
               "| Requirement | It says | Rooms of `src/` | Drills, or why not "
               "| Result |", "|---|---|---|---|---|"]
        out += [f"| {m} | {self.titles.get(m, '')} | {self.room(m)} "
                f"| {self.links(m)} | {self.result(m)} |" for m in MUSTS]
        for state in STATES:
            out += ["", f"## {state}", "",
                    "| Event | Drills, or why not | Result |", "|---|---|---|"]
            out += [f"| {e} | {self.links((state, e))} "
                    f"| {self.result((state, e))} |" for e in EVENTS]
        return "\n".join(out) + "\n"

    def table(self):
        for state in STATES:
            print(state)
            for event in EVENTS:
                key = state, event
                what = self.scripts.get(key)
                print(f"  {event:20} " +
                      (", ".join(what) if what else
                       "(" + self.reasons.get(key, "NOTHING") + ")"))


def main(args):
    todo = args.pop(0) if args else ""
    if todo not in ("--write", "--check", "--table") or (
            todo != "--table" and not args):
        print(__doc__, file=sys.stderr)
        return 2
    ostia = args.pop(0) if todo != "--table" else None
    root = pathlib.Path(args[0] if args else
                        pathlib.Path(__file__).resolve().parent.parent)
    book = Book(root)
    if ostia:
        book.run(ostia)
    if todo == "--write":
        book.page.write_text(book.text())
    elif todo == "--table":
        book.table()
    elif not book.page.exists() or book.page.read_text() != book.text():
        book.wrong.append("docs/rfc9293.md is stale: tools/rfc9293.py --write")
    for line in book.wrong:
        print(line, file=sys.stderr)
    return 1 if book.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
