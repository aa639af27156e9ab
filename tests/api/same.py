#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two programs print the same lines. Usage: same.py KERNEL OSTIA LINES-AT-LEAST

The first may exit with 77: what it needs is not to be had.
"""
import subprocess
import sys

SKIP = 77


def main():
    said = []
    for program in sys.argv[1:3]:
        done = subprocess.run([program], capture_output=True, text=True,
                              timeout=600)
        if done.returncode == SKIP:
            print(done.stderr.strip())
            return SKIP
        done.check_returncode()
        said.append(done.stdout.splitlines())
    kernel, ours = said
    bad = [f"kernel: {k}\nostia:  {o}" for k, o in zip(kernel, ours) if k != o]
    if len(kernel) != len(ours) or len(kernel) < int(sys.argv[3]):
        bad.append(f"{len(kernel)} and {len(ours)} lines")
    print("\n".join(bad[:100]) or f"{len(kernel)} lines, all the same")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
