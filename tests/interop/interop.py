#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ostia and real programs over a TAP: interop.py BUILD-DIR CASE

A case that cannot run here says why and ends with 77. With OSTIA_SOAK set,
files have 1 GB instead of 32 MB.
"""
import ctypes
import fcntl
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import time

import lab
from lab import SIZE, SOAK, Lab, need, skip, sysctl

BUILD = pathlib.Path(sys.argv[1])
OSTIA = BUILD / "src/cli/ostia"
WEB = BUILD / "examples/webserver-on-ostia"
FETCH = BUILD / "examples/fetch-on-ostia"
EARS = BUILD / "tests/interop/interop-ears"
EARLY = BUILD / "tests/interop/interop-early"
NATIVE_EARLY = BUILD / "tests/interop/interop-early-native"
TRACE = BUILD / "examples/traceroute-on-ostia"
NATIVE_TRACE = BUILD / "examples/example-traceroute"
SNIFF = BUILD / "examples/sniffer-on-ostia"
NATIVE_SNIFF = BUILD / "examples/example-sniffer"
NET = "tap=tap0 addr=10.99.0.2/24 addr=fd99::2/64 gw=10.99.0.1 gw=fd99::1"
NET4 = "tap=tap0 addr=10.99.0.2/24 gw=10.99.0.1"
NC_NET = ["--tap", "tap0", "--addr", "10.99.0.2/24", "--addr", "fd99::2/64"]
OURS = ("10.99.0.2", "fd99::2")
NOBODY = 65534


def bracket(host):
    return f"[{host}]" if ":" in host else host


def web(net_lab, net=NET, host="::", probe="10.99.0.2", prefix=()):
    p = net_lab.start(WEB, host, 8080, net_lab.dir, net=net)
    net_lab.until_listening(probe, 8080, p, prefix=prefix)
    return p


def curl(net_lab, url, out, *args, prefix=(), seconds=600):
    net_lab.run(*prefix, "curl", "-sS", "--fail", "-g", "-o", out, *args, url,
                seconds=seconds)


def nginx(net_lab, hosts=("10.99.0.1", "[fd99::1]"), prefix=(), port=8081):
    """Debian's, with a configuration of ours; it ends with us."""
    conf = net_lab.dir / "nginx.conf"
    listen = "".join(f"listen {h}:{port};" for h in hosts)
    temp = "".join(f"{k}_temp_path {net_lab.dir}/ng-{k};" for k in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf.write_text(
        f"user root; daemon off; worker_processes 1;"
        f"pid {net_lab.dir}/nginx.pid; error_log stderr;"
        f"events {{ worker_connections 2048; }}"
        f"http {{ access_log off; sendfile on; {temp}"
        f"server {{ {listen} root {net_lab.dir}; }} }}")
    p = net_lab.start(*prefix, "nginx", "-c", conf, "-e", "stderr")
    first = hosts[0].strip("[]")
    net_lab.until_listening(first, port, p, prefix=prefix)
    return p


def upload(net_lab, path, host, prefix=(), net=None):
    """curl PUTs to `ostia nc -l`, whose standard input we hold."""
    got = net_lab.dir / "received"
    nc = net_lab.start(OSTIA, "nc", "-v", *(net or NC_NET), "-l", 5000,
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    line = nc.stderr.readline()
    assert b"Listening" in line, line
    c = net_lab.start(*prefix, "curl", "-sS", "--fail", "-g", "-H", "Expect:",
                      "-T", path, f"http://{bracket(host)}:5000/up")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = nc.stdout.read(1)
        assert byte, "the upload ended in its head"
        head += byte
    left = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    with open(got, "wb") as f:
        while left:
            data = nc.stdout.read(min(left, lab.BLOCK))
            assert data, f"the upload ended {left} bytes early"
            f.write(data)
            left -= len(data)
    nc.stdin.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                   b"Connection: close\r\n\r\n")
    nc.stdin.close()
    net_lab.wait(c)
    net_lab.wait(nc)
    net_lab.same(path, got)


def fetch(net_lab, url, path, *args, net=NET):
    out = net_lab.dir / "fetched"
    net_lab.run(FETCH, "-q", *args, "-o", out, url, net=net)
    net_lab.same(path, out)


# --- cases


def download():
    """curl downloads from the web server on Ostia, over both families."""
    need("curl")
    with Lab() as n:
        n.tap()
        path, out = n.file("big"), n.dir / "out"
        server = web(n)
        for host in OURS:
            curl(n, f"http://{bracket(host)}:8080/big", out)
            n.same(path, out)
        assert n.end(server) == 0


def http():
    """What the web server answers to careful and careless clients."""
    need("curl")
    with Lab() as n:
        n.tap()
        path = n.file("a b", 100000)
        os.symlink("/etc/passwd", n.dir / "link")
        data = path.read_bytes()
        web(n)
        url = "http://10.99.0.2:8080"

        def code(*args):
            return n.output("curl", "-s", "-o", "/dev/null", "-w",
                            "%{http_code}", *args).decode()

        def raw(text):
            s = socket.create_connection(("10.99.0.2", 8080), 60)
            s.sendall(text)
            got = b""
            while chunk := s.recv(65536):
                got += chunk
            s.close()
            return got

        part = n.output("curl", "-s", "-r", "10-19", f"{url}/a%20b")
        assert part == data[10:20]
        part = n.output("curl", "-s", "-r", "-7", f"{url}/a%20b")
        assert part == data[-7:]
        assert code("-r", "200000-", f"{url}/a%20b") == "416"
        assert code("-I", f"{url}/a%20b") == "200"
        assert code(f"{url}/nothing") == "404"
        assert code(f"{url}/link") == "404"
        assert code("--path-as-is", f"{url}/../etc/passwd") == "404"
        assert code("--path-as-is", f"{url}/%2e%2e/etc/passwd") == "404"
        assert code("-X", "POST", f"{url}/a%20b") == "405"
        assert b" 400 " in raw(b"GET / HTTP/1.1\r\n\r\n")
        assert b" 400 " in raw(b"GET  /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 400 " in raw(b"GET /x HTTP/1.1\nHost: x\n\r\n\r\n")
        assert b" 400 " in raw(b"GET /x HTTP/1.1\r\nHost : x\r\n\r\n")
        assert b" 431 " in raw(b"GET /x HTTP/1.1\r\nHost: " + b"x" * 9000)
        # two requests on one connection, sent at once
        two = raw(b"GET /a%20b HTTP/1.1\r\nHost: x\r\n\r\n"
                  b"GET /a%20b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert two.count(data) == 2


def uploads():
    """curl uploads, ostia nc -l receives, over both families."""
    need("curl")
    with Lab() as n:
        n.tap()
        path = n.file("big")
        for host in OURS:
            upload(n, path, host)


def fetches():
    """fetch on Ostia downloads from nginx, over both families."""
    need("nginx")
    with Lab() as n:
        n.tap()
        path = n.file("big")
        nginx(n)
        for host in ("10.99.0.1", "[fd99::1]"):
            fetch(n, f"http://{host}:8081/big", path)
        # the rest of a file that is there in part
        part = n.dir / "fetched"
        part.write_bytes(path.read_bytes()[:1000000])
        fetch(n, "http://10.99.0.1:8081/big", path, "-c")
        # 50 at once
        small = n.file("small", 300000)
        n.run(FETCH, "-q", "-n", 50, "-o", n.dir / "s",
              "http://10.99.0.1:8081/small", net=NET)
        for i in range(1, 51):
            n.same(small, n.dir / f"s.{i}")


def many():
    """200 curl processes at once."""
    need("curl")
    with Lab() as n:
        n.tap()
        path = n.file("some", (4 << 20) if SOAK else 400000)
        web(n)
        all_of_them = [
            n.start("curl", "-sS", "--fail", "-g", "-o", n.dir / f"o{i}",
                    "--max-time", 2000 if SOAK else 100, f"http://{bracket(OURS[i % 2])}:8080/some")
            for i in range(200)]
        for p in all_of_them:
            n.wait(p)
        for i in range(200):
            n.same(path, n.dir / f"o{i}")


def both_ways(mtu, net, families):
    need("curl", "nginx")
    with Lab() as n:
        n.tap(mtu=mtu)
        path, out = n.file("big"), n.dir / "out"
        hosts = [OURS[f] for f in families]
        server = web(n, net, host=hosts[0] if len(hosts) == 1 else "::",
                     probe=hosts[0])
        for host in hosts:
            curl(n, f"http://{bracket(host)}:8080/big", out)
            n.same(path, out)
        n.end(server)
        theirs = [("10.99.0.1", "[fd99::1]")[f] for f in families]
        nginx(n, theirs)
        for host in theirs:
            fetch(n, f"http://{host}:8081/big", path, net=net)


def mtu576():
    """IPv4 over an MTU of 576."""
    both_ways(576, NET4, [0])


def mtu1280():
    """IPv6 over an MTU of 1280."""
    both_ways(1280, "tap=tap0 addr=fd99::2/64", [1])


def mtu9000():
    """Both families over an MTU of 9000."""
    both_ways(9000, NET, [0, 1])


def routed(n):
    """Ostia -- TAP -- this namespace, which forwards -- the peer, 10.99.1.2
    and fd99:1::2. Returns what a command begins with to run there."""
    n.tap()
    peer = n.second()
    prefix = ("nsenter", "-t", str(peer), "--net")
    n.ip("link", "add", "veth0", "type", "veth", "peer", "name", "veth1",
         "netns", peer)
    sysctl("net/ipv4/ip_forward", 1)
    sysctl("net/ipv6/conf/all/forwarding", 1)
    n.ip("link", "set", "veth0", "up")
    n.ip("addr", "add", "10.99.1.1/24", "dev", "veth0")
    n.ip("addr", "add", "fd99:1::1/64", "dev", "veth0", "nodad")
    for args in ("link set lo up", "link set veth1 up",
                 "addr add 10.99.1.2/24 dev veth1",
                 "addr add fd99:1::2/64 dev veth1 nodad",
                 "route add default via 10.99.1.1",
                 "-6 route add default via fd99:1::1"):
        subprocess.run([*prefix, "ip", *args.split()], check=True)
    return prefix


def lossy(percent):
    """The namespace between Ostia and its peer drops packets."""
    need("curl", "nginx", "iptables", "ip6tables", "ethtool", "nsenter")
    with Lab() as n:
        prefix = routed(n)
        off = ["tso", "off", "gso", "off", "gro", "off"]
        subprocess.run(["ethtool", "-K", "veth0", *off], check=True)
        subprocess.run(["ethtool", "-K", "tap0", *off], check=True)
        subprocess.run([*prefix, "ethtool", "-K", "veth1", *off], check=True)
        for tables in ("iptables", "ip6tables"):
            if subprocess.run([tables, "-A", "FORWARD", "-m", "statistic",
                               "--mode", "random", "--probability",
                               str(percent / 100), "-j", "DROP"],
                              check=False).returncode:
                skip("iptables has no statistic match here")
        net = NET + " offload=off"
        path = n.file("big")
        out = n.dir / "out"
        server = web(n, net, probe="10.99.0.2", prefix=prefix)
        for host in OURS:
            curl(n, f"http://{bracket(host)}:8080/big", out, prefix=prefix)
            n.same(path, out)
        n.end(server)
        upload(n, path, "10.99.0.2", prefix=prefix,
               net=NC_NET + ["--gw", "10.99.0.1", "--offload", "off"])
        nginx(n, ("10.99.1.2", "[fd99:1::2]"), prefix=prefix)
        for host in ("10.99.1.2", "[fd99:1::2]"):
            fetch(n, f"http://{host}:8081/big", path, net=net)
        dropped = subprocess.run(["iptables", "-vnxL", "FORWARD"], check=True,
                                 capture_output=True, text=True).stdout
        count = int(re.search(r"^\s*(\d+).*DROP", dropped, re.M).group(1))
        assert count > 0, "nothing was dropped: the test tests nothing"
        print(f"{count} IPv4 packets dropped")


def loss1():
    """1 % of the packets dropped each way."""
    lossy(1)


def loss5():
    """5 % of the packets dropped each way."""
    lossy(5)


def capture():
    """Without offloads tshark finds no wrong checksum, nothing malformed."""
    need("curl", "tshark", "nginx")
    with Lab() as n:
        n.tap()
        subprocess.run(["ethtool", "-K", "tap0", "tx", "off", "tso", "off",
                        "gso", "off", "gro", "off"], check=True,
                       stdout=subprocess.DEVNULL)
        path, out = n.file("big", SIZE // 8), n.dir / "out"
        pcap = n.dir / "all.pcap"
        pcap.touch()
        pcap.chmod(0o666)
        net = NET + " offload=off"
        dump = n.start("tshark", "-q", "-i", "tap0", "-F", "pcap", "-B", 256,
                       "-w", pcap, stderr=subprocess.PIPE)
        for line in dump.stderr:
            if b"Capture started" in line or b"Capturing on" in line:
                break
        time.sleep(1)  # it says so a little before it does
        server = web(n, net)
        for host in OURS:
            curl(n, f"http://{bracket(host)}:8080/big", out)
            n.same(path, out)
        n.end(server)
        nginx(n)
        for host in ("10.99.0.1", "[fd99::1]"):
            fetch(n, f"http://{host}:8081/big", path, net=net)
        time.sleep(1)
        n.end(dump, signal.SIGINT)
        check = ["-o", "tcp.check_checksum:TRUE", "-o",
                 "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]

        def frames(what):
            return n.output("tshark", "-r", pcap, *check, "-Y", what,
                            "-T", "fields", "-e", "frame.number",
                            stderr=subprocess.DEVNULL).decode().split()

        def told(number):
            return n.output("tshark", "-r", pcap, *check, "-x", "-V", "-Y",
                            f"frame.number == {number}",
                            stderr=subprocess.DEVNULL).decode()

        # Of 65536 segments one has the sum 0. The kernel writes that as
        # 0xffff (CSUM_MANGLED_0), which is as right; tshark wants 0 (RFC 1624).
        kernels = ("(tcp.checksum == 0xffff && "
                   "(ip.src == 10.99.0.1 || ipv6.src == fd99::1))")
        segments = len(frames(f"tcp && !{kernels}"))
        assert segments > 10000, f"only {segments} segments were captured"
        # one pass over the capture for all that may be wrong
        bad = " || ".join((f"(tcp.checksum.status == 0 && !{kernels})",
                           "ip.checksum.status == 0",
                           "icmpv6.checksum.status == 0", "_ws.malformed",
                           "tcp.analysis.ack_lost_segment"))
        found = frames(bad)
        assert not found, f"{len(found)} bad frames, the first:\n{told(found[0])}"
        good = len(frames(f"tcp.checksum.status == 1 && !{kernels}"))
        assert good == segments, f"{good} of {segments} checksums are right"
        print(f"{segments} segments, all right")


def as_nobody():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def user():
    """An ordinary user, on a TAP that was given to him, and not on another."""
    need("curl")
    with Lab() as n:
        n.open_tun()
        n.tap(user=NOBODY)
        n.ip("tuntap", "add", "tap1", "mode", "tap", "vnet_hdr", "user", 0)
        path, out = n.file("big", 1 << 20), n.dir / "out"
        p = n.start(WEB, "::", 8080, n.dir, net=NET, preexec_fn=as_nobody)
        n.until_listening("10.99.0.2", 8080, p)
        curl(n, "http://10.99.0.2:8080/big", out)
        n.same(path, out)
        n.end(p)
        p = n.start(OSTIA, "ping", "-c", 1, "--tap", "tap1", "--addr",
                    "10.99.1.2/24", "10.99.1.1", preexec_fn=as_nobody,
                    stderr=subprocess.PIPE)
        _, err = p.communicate(timeout=20)
        n.wait(p, want=125)
        assert b"not permitted" in err and b"ip tuntap add tap1" in err, err


def given():
    """tap=fd:N: a TAP that somebody else opened."""
    need("curl")
    with Lab() as n:
        n.tap()
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, 0x400454ca, struct.pack(  # TUNSETIFF
            "16sH22x", b"tap0", 0x0002 | 0x1000 | 0x4000))
        path, out = n.file("big", 1 << 20), n.dir / "out"
        net = NET.replace("tap=tap0", f"tap=fd:{fd}")
        p = n.start(WEB, "::", 8080, n.dir, net=net, pass_fds=[fd],
                    preexec_fn=as_nobody)
        os.close(fd)
        n.until_listening("10.99.0.2", 8080, p)
        curl(n, "http://10.99.0.2:8080/big", out)
        n.same(path, out)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ping_ours(host, size):
    v6 = ":" in host
    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET,
                      socket.SOCK_RAW, 58 if v6 else 1)
    s.settimeout(60)
    body = struct.pack("!HH", 0x7777, size & 0xffff) + os.urandom(size)
    head = struct.pack("!BBH", 128 if v6 else 8, 0, 0)
    if not v6:
        head = struct.pack("!BBH", 8, 0, checksum(head + body))
    s.sendto(head + body, (host, 0))
    while True:
        got = s.recv(70000)
        if not v6:
            got = got[(got[0] & 15) * 4:]
        if got[0] == (129 if v6 else 0) and got[4:8] == body[:4]:
            assert got[4:] == body, "an answer that differs"
            return


def ping():
    """Echo, both ways, both families, both kinds of socket, fragments."""
    with Lab() as n:
        n.tap()
        for host in ("10.99.0.1", "fd99::1"):
            for kind in ([], ["--raw"]):
                for size in (0, 56, 4000):
                    out = n.output(OSTIA, "ping", "-c", 2, "-i", "0.01", "-W", 30,
                                   "-s", size, *kind, *NC_NET, host).decode()
                    assert "2 packets transmitted, 2 received, 0% packet" in out, \
                        out
                    assert "wrong" not in out and "ttl=64" in out, out
        out = n.output(OSTIA, "ping", "-c", 1, "-W", "0.3", *NC_NET,
                       "10.99.0.77", want=1).decode()
        assert "100% packet loss" in out, out
        web(n)
        for host in OURS:
            for size in (0, 56, 4000, 60000):
                ping_ours(host, size)


def udp():
    """Datagrams both ways, to and from ostia nc -u."""
    with Lab() as n:
        n.tap()

        def nc(*args):
            """Not -w: no answer shall be late because a machine is busy."""
            return n.start(OSTIA, "nc", "-v", "-u", *NC_NET, *args,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)

        def done(p):
            assert n.end(p) == 128 + signal.SIGTERM
            assert p.stdout.read() == b"", "more than was sent"

        for host, fam in (("10.99.0.1", socket.AF_INET),
                          ("fd99::1", socket.AF_INET6)):
            s = socket.socket(fam, socket.SOCK_DGRAM)
            s.settimeout(60)
            s.bind((host, 5353))
            p = nc(host, 5353)
            p.stdin.write(b"question")
            p.stdin.close()
            text, peer = s.recvfrom(100)
            assert text == b"question" and peer[0] in OURS
            s.sendto(b"x" * 5000, peer)  # fragments
            assert p.stdout.read(5000) == b"x" * 5000
            done(p)
            s.close()
        for host, fam in zip(OURS, (socket.AF_INET, socket.AF_INET6)):
            p = nc("-l", 5353)
            assert b"Listening" in p.stderr.readline()
            s = socket.socket(fam, socket.SOCK_DGRAM)
            s.settimeout(60)
            s.connect((host, 5353))
            s.send(b"question")
            assert b"Datagram" in p.stderr.readline()
            p.stdin.write(b"answer")
            p.stdin.close()
            assert s.recv(100) == b"answer"
            assert p.stdout.read(8) == b"question"
            done(p)
            s.close()
        # nobody answers: -w ends it, in order
        out = n.output(OSTIA, "nc", "-u", "-w", "0.2", *NC_NET, "10.99.0.77", 9,
                       stdin=subprocess.DEVNULL)
        assert out == b""


RECORDS = ("www.example.org,10.99.0.10,fd99::10", "host.example.org,10.99.0.1,fd99::1",
           "four.example.org,10.99.0.4", "short.sub.example.org,10.99.0.5")
BIG = [f"10.99.1.{i}" for i in range(100)]


def dnsmasq(net_lab):
    """A server that knows example.org, and refuses the rest."""
    p = net_lab.start(
        "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--user=root", "--pid-file=", "--bind-interfaces", "--listen-address=10.99.0.1",
        "--listen-address=fd99::1", "--local=/example.org/", "--local=/10.in-addr.arpa/",
        *(f"--host-record={r}" for r in RECORDS),
        *(f"--host-record=big.example.org,{a}" for a in BIG),
        "--cname=alias.example.org,www.example.org", stderr=subprocess.DEVNULL)
    net_lab.until_listening("10.99.0.1", 53, p)
    return p


def ask(net_lab, program, words, *names):
    out = net_lab.output(BUILD / "tests/interop" / program, *names,
                         net=f"{NET} {words}", seconds=60)
    return out.decode().splitlines()


def resolves(net_lab, program, server):
    words = f"dns={server} search=none.test search=example.org dns-timeout=2"
    got = ask(net_lab, program, words, "0www.example.org", "4www.example.org",
              "6www.example.org", "4alias.example.org", "6four.example.org",
              "0four.example.org", "0no.example.org", "4www", "4short.sub", "4www.",
              "010.99.0.77", "0localhost", "@10.99.0.4", "@10.99.0.99", "4refused.test")
    # RFC 6724: the server's ULA addresses stand behind IPv4
    assert got[:6] == [
        "www.example.org: www.example.org 10.99.0.10 fd99::10",
        "www.example.org: www.example.org 10.99.0.10",
        "www.example.org: www.example.org fd99::10",
        "alias.example.org: www.example.org 10.99.0.10",
        "four.example.org: No address associated with hostname",
        "four.example.org: four.example.org 10.99.0.4"], got
    assert got[6] == "no.example.org: Name or service not known", got
    assert got[7].startswith("www: www") and got[7].endswith(" 10.99.0.10"), got
    assert got[8].endswith(" 10.99.0.5"), got
    assert got[9] in ("www.: Temporary failure in name resolution",
                      "www.: Name or service not known"), got
    assert got[10:14] == [
        "10.99.0.77: 10.99.0.77 10.99.0.77", "localhost: localhost ::1 127.0.0.1",
        "10.99.0.4: four.example.org", "10.99.0.99: Name or service not known"], got
    assert got[14] == "refused.test: Temporary failure in name resolution", got
    big = ask(net_lab, program, words, "4big.example.org")[0].split()
    assert len(big) == 2 + 64 and set(big[2:]) <= set(BIG), big


def names():
    """[A3] Our resolvers ask dnsmasq: answers, none, cut ones, nobody there."""
    need("dnsmasq")
    with Lab() as n:
        n.tap()
        # what the host would ask, if we did: nobody is there
        for path, text in (("/etc/resolv.conf", "nameserver 10.99.0.66\n"),
                           ("/etc/hosts", "10.66.0.1 www.example.org\n")):
            mine = n.dir / pathlib.Path(path).name
            mine.write_text(text)
            subprocess.run(["mount", "--bind", mine, path], check=True)
            n.mounts.append(path)
        server = dnsmasq(n)
        programs = [p for p in ("names-stub", "names-cares")
                    if (BUILD / "tests/interop" / p).exists()]
        for program in programs:
            for address in ("10.99.0.1", "fd99::1"):
                resolves(n, program, address)
        # the second server helps when the first is silent
        for program in programs:
            got = ask(n, program, "dns=10.99.0.66 dns=10.99.0.1 dns-timeout=1",
                      "4www.example.org")
            assert got == ["www.example.org: www.example.org 10.99.0.10"], got
        by_name(n)
        n.end(server)
        for program in programs:
            got = ask(n, program, "dns=10.99.0.1 dns-timeout=1", "4www.example.org")
            assert got == ["www.example.org: Temporary failure in name resolution"], got


def by_name(net_lab):
    """The command and fetch take names."""
    dns = ["--dns", "10.99.0.1", "--search", "example.org"]
    out = net_lab.output(OSTIA, "ping", "-c", 2, "-i", "0.01", *NC_NET, *dns, "host")
    assert b" 2 received" in out, out
    page = net_lab.file("page", 100000)
    nginx(net_lab)
    fetch(net_lab, "http://host.example.org:8081/page", page,
          net=f"{NET} dns=10.99.0.1")
    request = b"GET /page HTTP/1.0\r\n\r\n"
    p = net_lab.start(OSTIA, "nc", *NC_NET, *dns, "host", "8081", stdin=subprocess.PIPE,
                      stdout=subprocess.PIPE)
    out, _ = p.communicate(request, timeout=60)
    net_lab.wait(p)
    assert out.startswith(b"HTTP/1.1 200"), out[:100]
    for words, want, status in (
            (["no.example.org"], b"no such name, says DNS server 10.99.0.1", 1),
            (["four.example.org", "-6"], b"no address of this family, says", 1),
            (["no"], b"no answer from DNS server 10.99.0.1", 1)):
        p = net_lab.start(OSTIA, "nc", *NC_NET, *dns, *words, "80", stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
        _, err = p.communicate(timeout=60)
        assert p.returncode == status and want in err, err


def dig():
    """[A3] dig asks the DNS server of worlds, over UDP, TCP and both families."""
    need("dig")
    with Lab() as n:
        n.tap()
        records = "".join(f"big.example.org A {a}\n" for a in BIG) + (
            "www.example.org CNAME host.example.org\nhost.example.org A 10.99.0.10\n"
            "host.example.org AAAA fd99::10\nexample.org MX 10 mail.example.org\n"
            "example.org TXT words with blanks\n10.0.99.10.in-addr.arpa PTR host.example.org\n")
        p = n.start(BUILD / "tests/interop/dnsd", NET4 + " addr=fd99::2/64",
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdin.write(records.encode())
        p.stdin.close()
        assert p.stdout.readline() == b"ready\n"

        def says(*args):
            return n.output("dig", "+time=2", "+tries=2", "+nocookie", *args).decode()

        for server in ("@10.99.0.2", "@fd99::2"):
            for tcp in ((), ("+tcp",)):
                short = says(server, "+short", *tcp, "www.example.org", "AAAA")
                assert short == "host.example.org.\nfd99::10\n", short
        assert says("@10.99.0.2", "+short", "-x", "10.99.0.10") == "host.example.org.\n"
        assert says("@10.99.0.2", "+short", "example.org", "MX") == "10 mail.example.org.\n"
        assert says("@10.99.0.2", "+short", "example.org", "TXT") == '"words with blanks"\n'
        none = says("@10.99.0.2", "no.example.org")
        assert "status: NXDOMAIN" in none and "SOA" in none, none
        nodata = says("@10.99.0.2", "host.example.org", "MX")
        assert "status: NOERROR" in nodata and "ANSWER: 0" in nodata, nodata
        cut = says("@10.99.0.2", "+ignore", "big.example.org")
        assert re.search("flags:[a-z ]* tc", cut) and "ANSWER: 0" in cut, cut
        assert says("@10.99.0.2", "+short", "big.example.org").count("10.99.1.") == 100
        plain = says("@10.99.0.2", "+noedns", "+short", "host.example.org")
        assert plain == "10.99.0.10\n", plain
        assert "status: BADVERS" in says("@10.99.0.2", "+edns=1", "+noednsneg", "x.org")
        assert "malformed" not in cut and "malformed" not in none
        n.end(p)


def early(n, ours_serves, family, key, rounds, size):
    """What a client of the one side says, of a server on the other."""
    host = (OURS if ours_serves else ("10.99.0.1", "fd99::1"))[family]
    programs = [(EARLY, NET), (NATIVE_EARLY, None)]
    server, client = programs if ours_serves else reversed(programs)
    s = n.start(server[0], "serve", host, 7777, key, rounds, net=server[1],
                stdout=subprocess.PIPE)
    assert s.stdout.readline() == b"ready\n"
    out = n.output(client[0], "ask", host, 7777, key, rounds, size,
                   net=client[1], seconds=60)
    n.wait(s, 60)
    return out.decode().split("\n")[:-1]


def signed():
    """TCP-MD5 between the kernel and us, both ways, both families."""
    with Lab() as n:
        n.tap()
        for family in (0, 1):
            for ours in (True, False):
                said = early(n, ours, family, "a secret", 2, 250000)
                assert said == ["250000 plain"] * 2, said


def fastopen():
    """Fast Open between the kernel and us: the first asks for a cookie."""
    with Lab() as n:
        n.tap()
        sysctl("net/ipv4/tcp_fastopen", 3)
        for family in (0, 1):
            for ours in (True, False):
                said = early(n, ours, family, "-", 3, 500)
                assert said == ["500 plain"] + ["500 fast"] * 2, said


def words():
    """Errors of the command say what, where, why and what next."""
    with Lab() as n:
        def says(want, *args, status=125):
            p = n.start(OSTIA, *args, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, env={"OSTIA_NET": ""})
            _, err = p.communicate(timeout=20)
            n.wait(p, want=status)
            assert want in err.decode(), err.decode()
            assert err.count(b"\n") <= 3, err

        says("did you mean ping?", "pign")
        says("did you mean --tap?", "nc", "--tpa", "x", "1.2.3.4", "5")
        says("no network: write --tap", "nc", "10.99.0.1", "80")
        says("a port is missing", "nc", "-l")
        says("exclude each other", "nc", "-4", "-6", "1.2.3.4", "5")
        says("needs SECONDS", "nc", "-w")
        says("a path has at most", "ping", "--unix-listen",
             n.dir / ("x" * 200), "host")
        says("did you mean tcp4?", "demo", "--only", "tpc4")
        for word in ("demo", "nc", "ping", "drill", "bench"):
            out = n.output(OSTIA, word, "--help").decode()
            assert "ostia " + word in out, out


def demo():
    """The twelve steps in their order; a seed's text is always the same."""
    with Lab() as n:
        def told(*args):
            text = n.output(OSTIA, "demo", *args).decode()
            assert max(map(len, text.splitlines())) <= 80, text
            assert "\033" not in text, "colours, into a pipe"
            return text

        for scene in ("tcp4", "tcp6"):
            steps = re.findall(r"^ ?(\d+) +\d+\.\d{3}  ",
                               told("--only", scene), re.M)
            # the client may write before the news has reached the server
            want = [1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11, 12]
            assert steps == [str(i) for i in want], steps
        assert told() == told(), "one seed, two texts"
        assert told("--seed", 2) != told("--seed", 3)
        assert "echo reply" in told("--only", "ping")
        marked = [told("--only", "loss", "--seed", i) for i in range(1, 9)]
        assert any("\nrtx" in text for text in marked)
        for text in marked:
            assert ("lost\n" in text) >= ("\nrtx" in text), \
                "sent again, but nothing was lost"


def two():
    """Two runtimes of two processes, joined by an AF_UNIX socket: no root."""
    with Lab() as n:
        path, out, back = n.file("big"), n.dir / "out", n.dir / "back"
        for ours, theirs in (("10.99.0.1", "10.99.0.2"), ("fd99::1", "fd99::2")):
            length = "/64" if ":" in ours else "/24"
            with open(out, "wb") as o, open(path, "rb") as i, \
                    open(path, "rb") as i2, open(back, "wb") as b:
                door = n.start(OSTIA, "nc", "-v", "--unix-listen", n.dir / "s",
                               "--addr", ours + length, "-l", 5000, stdin=i2,
                               stdout=o, stderr=subprocess.PIPE)
                while not (n.dir / "s").exists():
                    assert door.poll() is None
                    time.sleep(0.01)
                caller = n.start(OSTIA, "nc", "-w", 20, "--unix", n.dir / "s",
                                 "--addr", theirs + length, ours, 5000,
                                 stdin=i, stdout=b)
                n.wait(caller)
                n.wait(door)
            n.same(path, out)
            n.same(path, back)


def hops(text):
    """Who answered on each of traceroute's lines. A probe may go unanswered:
    hosts limit how many ICMP errors they send."""
    return [(re.findall(r"(?<= )[0-9a-f:.]*[:.][0-9a-f:.]+(?=  )", line)
             or ["*"])[0] for line in text.splitlines()[1:]]


def traceroute():
    """The way there and the way back, by their program and by ours."""
    need("traceroute", "nsenter")
    ways = (("10.99.0.1", "10.99.1.2", "10.99.1.1"),
            ("fd99::1", "fd99:1::2", "fd99:1::1"))
    with Lab() as n:
        prefix = routed(n)
        for router, peer, _ in ways:
            said = n.output(TRACE, "-q", 2, peer, net=NET).decode()
            assert hops(said) == [router, peer], said
            said = n.output(TRACE, "-m", 1, "-w", 1, router, net=NET).decode()
            assert hops(said) == [router], said
        server = web(n, prefix=prefix)
        for ours, (_, _, router) in zip(OURS, ways):
            for how in ((), ("-I",)):
                said = n.output(*prefix, "traceroute", "-n", "-q", 2, "-w", 1, *how,
                                ours).decode()
                assert hops(said) == [router, ours], said
            said = n.output(*prefix, NATIVE_TRACE, "-q", 2, "-w", 1, ours).decode()
            assert hops(said) == [router, ours], said
        n.end(server)
def sniff():
    """One sniffer, here and there: what leaves the one comes in at the other."""
    turned = {"in": "out", "out": "in"}
    sizes = (0, 56, 1400)
    with Lab() as n:
        n.tap()
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        args = ("-c", 2 * len(sizes), "icmp")
        both = (n.start(SNIFF, *args, net=NET4, **pipes),
                n.start(NATIVE_SNIFF, *args, **pipes))
        for p in both:
            assert p.stderr.readline() == b"listening\n"
        for size in sizes:
            ping_ours("10.99.0.2", size)
        ours, theirs = (p.communicate(timeout=60)[0].decode().splitlines()
                        for p in both)
        said = [line.split(" ", 1) for line in theirs]
        assert ours == [f"{turned[way]} {rest}" for way, rest in said], (ours, theirs)
        for i, size in enumerate(sizes):
            assert ours[2 * i] == ("in 10.99.0.1 > 10.99.0.2 protocol 1 "
                                   f"length {size + 28}"), ours


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.05)


def mcast():
    """The kernel as a querier and as a peer: joins seen, groups heard."""
    with Lab() as n:
        n.tap("tap0")
        n.ip("addr", "flush", "dev", "tap0")
        n.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", 1,
             "mcast_querier", 1, "mcast_igmp_version", 3, "mcast_mld_version", 2,
             "mcast_query_response_interval", 100,
             "mcast_startup_query_interval", 100, "mcast_query_interval", 200)
        n.ip("link", "set", "tap0", "master", "br0")
        n.ip("link", "set", "br0", "up")
        n.ip("addr", "add", "10.99.0.1/24", "dev", "br0")
        n.ip("addr", "add", "fd99::1/64", "dev", "br0", "nodad")
        n.ip("route", "add", "239.0.0.0/8", "dev", "br0")
        out = n.dir / "heard"
        p = n.start(EARS, net="tap=tap0 addr=10.99.0.2/24 gw=10.99.0.1",
                    stdout=open(out, "wb"))
        until(lambda: "joined" in out.read_text())

        def mdb():
            return n.output("bridge", "-d", "mdb", "show", "dev",
                            "br0").decode()
        until(lambda: "grp 239.1.2.3" in mdb())
        until(lambda: "grp ff15::1:3" in mdb())
        assert "source_list" in mdb() and "10.99.0.1/" in mdb(), mdb()
        # they stay while queries are answered: beyond the membership interval
        time.sleep(3)
        assert "grp 239.1.2.3" in mdb(), "a query was not answered"
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                     socket.inet_aton("10.99.0.1"))
        s.sendto(b"hello", ("239.1.2.3", 5353))
        until(lambda: "hello" in out.read_text())
        s.sendto(b"leave", ("239.1.2.3", 5353))
        until(lambda: "left" in out.read_text())
        until(lambda: "grp 239.1.2.3" not in mdb())
        n.wait(p)


def dhcp():
    """dnsmasq gives an address, a router and names; a lease is renewed."""
    lab.need("dnsmasq")
    with Lab() as n:
        n.tap()
        log = n.dir / "dnsmasq.log"
        server = n.start(
            "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0",
            "--interface=tap0", "--bind-interfaces", "--log-dhcp",
            "--dhcp-range=10.99.0.50,10.99.0.60,255.255.255.0,2m",
            "--dhcp-option=option:router,10.99.0.1",
            "--dhcp-option=option:domain-name,example.org", "--no-ping",
            "--dhcp-authoritative", "--user=root",
            f"--dhcp-leasefile={n.dir}/leases", stderr=open(log, "wb"))
        time.sleep(0.3)
        assert server.poll() is None, log.read_text()
        us = ("--tap", "tap0", "--mac", "02:00:00:00:00:07")
        text = n.output(OSTIA, "ping", "-c", 3, "-i", "0.2", *us, "--addr",
                        "dhcp", "10.99.0.1").decode()
        assert "3 received" in text or "0% " in text, text
        said = log.read_text()
        for word in ("DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK"):
            assert word in said, said
        lease = (n.dir / "leases").read_text()
        assert "10.99.0.5" in lease or "10.99.0.60" in lease, lease
        assert "ff:00:00:00" in lease, "the client identifier of RFC 4361"
        # who had an address asks for that, and nobody needs to offer it
        had = lease.split()[2]
        before = log.read_text()
        n.output(OSTIA, "ping", "-c", 1, *us, "--addr", f"dhcp:{had}",
                 "10.99.0.1")
        said = log.read_text()[len(before):]
        assert f"DHCPACK(tap0) {had}" in said, said
        assert "DHCPDISCOVER" not in said, said
        # of another network it is refused, and there is another one
        before = log.read_text()
        n.output(OSTIA, "ping", "-c", 1, *us, "--addr", "dhcp:10.97.0.9",
                 "10.99.0.1")
        said = log.read_text()[len(before):]
        assert "DHCPNAK(tap0) 10.97.0.9" in said, said
        assert f"DHCPACK(tap0) {had}" in said, said
        # by the environment, too, and through the router that was told
        n.ip("addr", "add", "10.98.0.1/32", "dev", "lo")
        text = n.output(OSTIA, "ping", "-c", 1, "10.98.0.1",
                        net="tap=tap0 addr=dhcp").decode()
        assert "1 received" in text or "0% " in text, text


def auto4():
    """A link-local address, beside a kernel that has one."""
    with Lab() as n:
        n.tap()
        n.ip("addr", "add", "169.254.7.7/16", "dev", "tap0")
        text = n.output(OSTIA, "ping", "-c", 2, "-i", "0.2", "--tap", "tap0",
                        "--addr", "auto", "169.254.7.7").decode()
        assert "2 received" in text or "0% " in text, text


ALONE = {"two", "words", "demo"}  # these need no namespace


def main():
    case = sys.argv[2]
    if case not in ALONE:
        lab.enter()
    globals()[case]()


if __name__ == "__main__":
    main()
