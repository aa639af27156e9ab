#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""echo_asyncio.py serve PORT | ask HOST PORT: 200 conversations at a time."""
import asyncio
import hashlib
import sys


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve(port):
    server = await asyncio.start_server(echo, None, port)
    async with server:
        await server.serve_forever()


async def one(host, port, n):
    reader, writer = await asyncio.open_connection(host, port)
    sent = bytes([n & 255]) * (1000 * (1 + n % 50))
    writer.write(sent)
    writer.write_eof()
    got = await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    assert got == sent, (n, len(got), len(sent))
    return hashlib.sha256(got).hexdigest()[:8]


async def ask(host, port):
    print(*await asyncio.gather(*(one(host, port, n) for n in range(200))))


if sys.argv[1] == "serve":
    asyncio.run(serve(int(sys.argv[2])))
else:
    asyncio.run(ask(sys.argv[2], int(sys.argv[3])))
