#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two guests talk in datagrams. Usage: dgram.py ROOMS | serve | talk"""
import asyncio
import errno
import os
import signal
import socket
import struct
import subprocess
import sys

SO_RXQ_OVFL = 40
HOST, PORT, GROUP = "10.77.0.2", 4000, "239.1.2.3"
FLOOD = 20000


def ready():
    """The next program starts when this one listens."""
    s = socket.create_server(("0.0.0.0", PORT))
    s.listen()
    return s


def serve():
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", PORT))
    g = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    g.bind(("", PORT + 1))
    g.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton(GROUP) + socket.inet_aton(HOST))
    door = ready()
    child = os.fork()
    if not child:
        while True:
            data, peer = g.recvfrom(100)
            g.sendto(b"group " + data, peer)
    s.setsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL, 1)
    flooded = 0
    while True:
        data, control, _, peer = s.recvmsg(70000, 256)
        if data[:5] == b"flood":
            flooded += 1
        elif data == b"count":
            lost = [struct.unpack("I", value)[0] for _, kind, value in control
                    if kind == SO_RXQ_OVFL]
            s.sendto(b"%d %d" % (flooded, sum(lost)), peer)
        else:
            s.sendto(data, peer)
        if data == b"end":
            break
    os.kill(child, signal.SIGKILL)
    door.close()


def udp(timeout=30):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(timeout)
    return s


def echoes(s, peer):
    for n in (0, 1, 1400, 1472, 1473, 9000, 65507):
        data = os.urandom(n)
        s.sendto(data, peer)
        got, who = s.recvfrom(70000)
        assert got == data and who[:2] == peer[:2], (n, len(got), who)
    s.connect(peer)
    for n in (3, 0, 65507):
        data = os.urandom(n)
        s.send(data)
        assert s.recv(70000) == data, n


def refused():
    s = udp()
    s.connect((HOST, PORT + 7))
    s.send(b"anybody?")
    try:
        s.recvfrom(10)
        raise AssertionError("somebody answers")
    except ConnectionRefusedError:
        pass


def path():
    s = udp()
    s.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER: do
    try:
        s.sendto(bytes(3000), (HOST, PORT))
        raise AssertionError("it went")
    except OSError as e:
        assert e.errno == errno.EMSGSIZE, e


def many():
    b = udp()
    try:
        b.sendto(b"x", ("10.77.0.255", PORT))
        raise AssertionError("without SO_BROADCAST")
    except PermissionError:
        pass
    b.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    b.sendto(b"x", ("10.77.0.255", PORT))
    assert b.recvfrom(10)[1][0] == HOST
    b.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                 socket.inet_aton("10.77.0.1"))
    b.sendto(b"x", (GROUP, PORT + 1))
    assert b.recvfrom(10)[0] == b"group x"


class Client(asyncio.DatagramProtocol):
    def __init__(self, done):
        self.done = done
        self.got = 0

    def datagram_received(self, data, addr):
        self.got += 1
        if self.got == 100:
            self.done.set_result(self.got)


async def tasks():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    t, _ = await loop.create_datagram_endpoint(
        lambda: Client(done), remote_addr=(HOST, PORT))
    for i in range(100):
        t.sendto(b"%d" % i)
        await asyncio.sleep(0)
    assert await asyncio.wait_for(done, 60) == 100
    t.close()


def flood():
    """More than anybody can take. What the reader has not heard, its buffer
    had no room for; none is lost elsewhere, and both ends are well."""
    s = udp(timeout=5)  # of one question
    s.connect((HOST, PORT))
    for _ in range(FLOOD):
        s.send(b"flood" + bytes(1000))
    for asked in range(1, 21):
        s.send(b"count")
        try:
            heard, lost = map(int, s.recv(100).split())
            break
        except TimeoutError:
            pass
    print(f"{FLOOD} sent, {heard} heard, {lost} had no room", flush=True)
    assert FLOOD <= heard + lost < FLOOD + asked, (heard, lost, asked)


def leak():
    for i in range(3000):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if i % 2:
            s.sendto(b"x", ("127.0.0.1", 9))
        s.close()


def talk():
    echoes(udp(), (HOST, PORT))
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.settimeout(5)
    echoes(s, ("fd77::2", PORT))
    refused()
    path()
    many()
    asyncio.run(tasks())
    flood()
    leak()
    udp().sendto(b"end", (HOST, PORT))
    print("all is well")


def main():
    if sys.argv[1] in ("serve", "talk"):
        return {"serve": serve, "talk": talk}[sys.argv[1]]()
    me = os.path.abspath(__file__)
    return subprocess.run(
        [sys.argv[1], "b", f"{sys.executable} {me} serve",
         "a", f"{sys.executable} {me} talk"], timeout=100).returncode


if __name__ == "__main__":
    sys.exit(main())
