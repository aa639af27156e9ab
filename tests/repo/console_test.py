# SPDX-License-Identifier: MIT
"""tools/console.py sees a page that is out of date, and brings it up to date.

Usage: console_test.py OSTIA
"""
import os
import subprocess
import sys
import tempfile

TOOL = os.path.join(os.path.dirname(__file__), "../../tools/console.py")
PAGE = """before
```console
$ ostia demo --only refused
...
{mark}       1.001  socket(AF_INET, SOCK_STREAM, 0) = 3
       1.002  connect(3, 10.0.0.2:7) ...
...
      41.003  close(3) = 0
```
after
"""


def console(word, page):
    return subprocess.run([sys.executable, TOOL, word, sys.argv[1], page],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).returncode


def main():
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "page.md")

        def write(text):
            with open(page, "w", encoding="utf-8") as f:
                f.write(text)

        write(PAGE.format(mark=""))
        assert console("check", page) == 0, "a true page passes"
        write(PAGE.format(mark="").replace("1.002", "9.999"))
        assert console("check", page) == 1, "another time is seen"
        assert console("write", page) == 0
        with open(page, encoding="utf-8") as f:
            assert f.read() == PAGE.format(mark=""), "it is put right"
        write(PAGE.format(mark="").replace("close(3) = 0", "close(3) = 1"))
        assert console("check", page) == 1, "the end is compared, too"
        write("no block\n")
        assert console("check", page) != 0, "a page without blocks is a slip"


main()
