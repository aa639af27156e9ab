#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memcache.py HOST PORT: set and get 300 values over three connections."""
import hashlib
import socket
import sys

conns = [socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
         for _ in range(3)]
files = [c.makefile("rwb") for c in conns]
total = hashlib.sha256()
for i in range(300):
    f = files[i % 3]
    value = bytes([i & 255]) * (i * 37)
    f.write(b"set k%d 0 0 %d\r\n%s\r\n" % (i, len(value), value))
    f.flush()
    assert f.readline() == b"STORED\r\n"
for i in range(300):
    f = files[(i + 1) % 3]
    f.write(b"get k%d\r\n" % i)
    f.flush()
    size = int(f.readline().split()[3])
    total.update(f.read(size + 2))
    assert f.readline() == b"END\r\n"
print(total.hexdigest())
