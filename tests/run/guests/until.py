#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""until.py PORT [HOST]: wait until somebody listens there, 20 s at most."""
import socket
import sys
import time

end = time.monotonic() + 20
host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
while True:
    try:
        socket.create_connection((host, int(sys.argv[1])), 2).close()
        break
    except OSError as e:
        if time.monotonic() > end:
            sys.exit(f"until: {host} port {sys.argv[1]}: {e}")
        time.sleep(0.02)
