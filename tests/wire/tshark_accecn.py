#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""AccECN's option (RFC 9768 3.2.3) as tshark reads what we write.

Usage: tshark_accecn.py FACTS    FACTS: the program of facts.c
"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

NAMES = ("ee0b", "eceb", "ee1b")
FIELDS = ["tcp.options.acc_ecn." + name for name in NAMES]


def in_ip4(tcp):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0,
                       b"\x0a\x63\0\x01", b"\x0a\x63\0\x02")
    return head + tcp


def write_pcap(path, packets):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for p in packets:
            out.write(struct.pack("<IIII", 0, 0, len(p), len(p)) + p)


def emitted(facts):
    """Headers that have the option, and its fields by their names."""
    out = subprocess.run([facts, "emit", "1", "400"], capture_output=True,
                         text=True, check=True).stdout
    for line in out.splitlines():
        kind, data, rest = line.split(" ", 2)
        said = [fact.split("=") for fact in rest.split()]
        order = dict(said).get("acc_order")
        if kind != "tcp" or order is None:
            continue
        names = NAMES if order == "0" else NAMES[::-1]
        values = [v for k, v in said if k == "acc"]
        yield bytes.fromhex(data), dict(zip(names, values))


def read(path):
    args = [a for f in FIELDS for a in ("-e", f)]
    out = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", *args],
                         capture_output=True, text=True, check=True, timeout=100,
                         env=dict(os.environ, LC_ALL="C")).stdout
    for line in out.splitlines():
        yield {n: v for n, v in zip(NAMES, line.split("\t")) if v}


def main():
    if not shutil.which("tshark"):
        print("1..0 # SKIP no tshark")
        return 0
    rows = list(emitted(sys.argv[1]))
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "a.pcap"
        write_pcap(path, [in_ip4(data) for data, _ in rows])
        theirs = list(read(path))
    good = len(rows) > 50 and theirs == [ours for _, ours in rows]
    for (data, ours), other in zip(rows, theirs):
        if ours != other:
            print(f"# {data.hex()}: {ours}; tshark: {other}")
    print("1..1")
    print(f"{'ok' if good else 'not ok'} 1 - {len(rows)} options are read as written")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
