#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scapy and we must read the same facts out of the same bytes.

Usage: scapy_oracle.py FACTS [SEED [COUNT]]

FACTS is the program of tests/wire/facts.c. Scapy builds COUNT random packets
of each kind and we parse them; we emit COUNT of each kind and scapy parses
them. Either way the facts that scapy names must be exactly ours. The seed is
printed; give it again to see the same packets. Exits 77 without scapy.
"""
import ipaddress
import logging
import os
import random
import subprocess
import sys
import time

logging.getLogger("scapy").setLevel(logging.CRITICAL)
try:
    from scapy.config import conf
    conf.ipv6_enabled = True
    from scapy.contrib import igmp, igmpv3
    from scapy.layers import dhcp, dns, inet, inet6, l2
    from scapy.packet import NoPayload, Raw
except ImportError:
    print("skipped: no python3-scapy here")
    sys.exit(77)

RND = random.Random()


def bits(n):
    return RND.getrandbits(n)


def ip4():
    return str(ipaddress.IPv4Address(bits(32)))


def ip6():
    return str(ipaddress.IPv6Address(0xfd << 120 | bits(120)))


def mac():
    return ":".join(f"{bits(8):02x}" for _ in range(6))


def raw(text):
    """An address of any kind as hex."""
    if text.count(":") == 5 and len(text) == 17:
        return text.replace(":", "")
    return ipaddress.ip_address(text).packed.hex()


def some(low, high):
    return RND.randbytes(RND.randint(low, high))


# ---- scapy builds ----

def build_eth():
    p = l2.Ether(src=mac(), dst=mac())
    tags = RND.randint(0, 2)
    if tags:
        p.type = RND.choice((0x8100, 0x88a8))
    for i in range(tags):
        p /= l2.Dot1Q(vlan=bits(12), prio=bits(3), id=bits(1),
                      type=0x8100 if i + 1 < tags else RND.choice((0x0800, 0x86dd, 0x9000)))
    return p / Raw(some(0, 40)) if tags else p / inet.IP(src="10.0.0.1")


def build_arp():
    return l2.ARP(op=RND.randint(1, 9), hwsrc=mac(), psrc=ip4(), hwdst=mac(), pdst=ip4())


def build_ip4():
    options = []
    for make in RND.sample((
            lambda: inet.IPOption_RR(routers=[ip4() for _ in range(RND.randint(1, 3))]),
            lambda: inet.IPOption_Router_Alert(),
            lambda: inet.IPOption_NOP(),
            lambda: RND.choice((inet.IPOption_LSRR, inet.IPOption_SSRR))(routers=[ip4()]),
            lambda: inet.IPOption(b"\x5e\x06" + RND.randbytes(4))), RND.randint(0, 4)):
        options.append(make())
    return inet.IP(src=ip4(), dst=ip4(), id=bits(16), tos=bits(8), ttl=bits(8), proto=253,
                   flags=bits(2), frag=bits(13), options=options) / Raw(some(0, 60))


def build_ip6():
    p = inet6.IPv6(src=ip6(), dst=ip6(), tc=bits(8), fl=bits(20), hlim=bits(8))
    if bits(1):
        p /= inet6.IPv6ExtHdrHopByHop(options=RND.choice((
            [inet6.PadN(optdata=bytes(4))], [inet6.RouterAlert(value=bits(8))],
            [inet6.HBHOptUnknown(otype=0x1e, optdata=some(0, 12))])))
    if bits(1):
        p /= inet6.IPv6ExtHdrDestOpt(options=[
            inet6.HBHOptUnknown(otype=0x3e, optdata=some(0, 12))])
    if bits(1):
        p /= inet6.IPv6ExtHdrRouting(
            addresses=[ip6() for _ in range(RND.randint(0, 3))], segleft=0)
    upper = inet.UDP(sport=bits(16), dport=9) / Raw(RND.randbytes(8 * RND.randint(1, 6)))
    if bits(1):
        offset = RND.choice((0, 0, RND.randint(1, 8000)))
        p /= inet6.IPv6ExtHdrFragment(offset=offset, m=bits(1), id=bits(32),
                                      nh=253 if offset else 17)
        return p / Raw(RND.randbytes(16)) if offset else p / upper
    return p / upper


def build_udp():
    return inet.UDP(sport=bits(16), dport=9, chksum=bits(16)) / Raw(some(0, 40))


def tcp_options():
    """Some options that fit 40 bytes, in any order, NOPs between."""
    fields = RND.randint(0, 3)
    choice = [(("MSS", bits(16)), 4), (("WScale", bits(8)), 3), (("SAckOK", b""), 2),
              (("Timestamp", (bits(32), bits(32))), 10), ((34, RND.randbytes(8)), 10),
              ((254, b"\xf9\x89" + RND.randbytes(4)), 8), ((19, RND.randbytes(16)), 18),
              ((29, RND.randbytes(14)), 16), ((28, RND.randbytes(2)), 4),
              ((RND.choice((172, 174)), RND.randbytes(3 * fields)), 2 + 3 * fields),
              ((76, some(0, 4)), 6), (("NOP", None), 1), ((253, RND.randbytes(3)), 5)]
    blocks = RND.randint(1, 4)
    choice.append((("SAck", tuple(bits(32) for _ in range(2 * blocks))), 2 + 8 * blocks))
    RND.shuffle(choice)
    left, options = 40, []
    fast_open = False
    for option, size in choice[:RND.randint(0, 8)]:
        cookie = option[0] in (34, 254)
        if size <= left and not (cookie and fast_open):
            left -= size
            options.append(option)
            fast_open |= cookie
    return options


def build_tcp():
    return inet.TCP(sport=9, dport=9, seq=bits(32), ack=bits(32), flags=bits(9),
                    window=bits(16), chksum=bits(16), urgptr=bits(16),
                    options=tcp_options()) / Raw(some(0, 20))


def quoted4():
    return inet.IP(src=ip4(), dst=ip4()) / RND.choice((
        inet.UDP(sport=bits(16), dport=9), inet.TCP(sport=9, dport=9, seq=bits(32)),
        inet.ICMP(type=8, id=bits(16), seq=bits(16)))) / Raw(some(0, 40))


def build_icmp4():
    kind = RND.choice((0, 8, 13, 3, 4, 5, 11, 12))
    if kind in (0, 8, 13):
        return inet.ICMP(type=kind, id=bits(16), seq=bits(16)) / Raw(some(0, 40))
    p = inet.ICMP(type=kind, code=RND.randint(0, 4) if kind == 3 else bits(1))
    if kind == 3 and p.code == 4:
        p.nexthopmtu = bits(16)
    if kind == 5:
        p.gw = ip4()
    if kind == 12:
        p.ptr = bits(8)
    return p / quoted4()


def build_icmp6():
    inner = inet6.IPv6(src=ip6(), dst=ip6())
    if bits(1):
        inner /= inet6.IPv6ExtHdrDestOpt()
    inner /= RND.choice((inet.UDP(sport=bits(16), dport=9),
                         inet.TCP(sport=9, dport=9, seq=bits(32)),
                         inet6.ICMPv6EchoRequest(id=bits(16), seq=bits(16))))
    return RND.choice((
        lambda: inet6.ICMPv6EchoRequest(id=bits(16), seq=bits(16), data=some(0, 40)),
        lambda: inet6.ICMPv6EchoReply(id=bits(16), seq=bits(16), data=some(0, 40)),
        lambda: inet6.ICMPv6DestUnreach(code=RND.randint(0, 6)) / inner,
        lambda: inet6.ICMPv6PacketTooBig(mtu=bits(32)) / inner,
        lambda: inet6.ICMPv6TimeExceeded(code=bits(1)) / inner,
        lambda: inet6.ICMPv6ParamProblem(code=bits(1), ptr=bits(32)) / inner))()


def build_nd():
    slla = inet6.ICMPv6NDOptSrcLLAddr(lladdr=mac())
    tlla = inet6.ICMPv6NDOptDstLLAddr(lladdr=mac())
    return RND.choice((
        lambda: inet6.ICMPv6ND_NS(tgt=ip6()) / slla,
        lambda: inet6.ICMPv6ND_NS(tgt=ip6()),
        lambda: inet6.ICMPv6ND_NA(tgt=ip6(), R=bits(1), S=bits(1), O=bits(1)) / tlla,
        lambda: inet6.ICMPv6ND_RS() / slla,
        lambda: inet6.ICMPv6ND_Redirect(tgt=ip6(), dst=ip6()) / tlla /
        inet6.ICMPv6NDOptRedirectedHdr(pkt=inet6.IPv6(src=ip6(), dst=ip6(), nh=59)),
        lambda: inet6.ICMPv6ND_RA(
            chlim=bits(8), M=bits(1), O=bits(1), prf=RND.choice((0, 1, 3)),
            routerlifetime=bits(16), reachabletime=bits(32), retranstimer=bits(32)) / slla /
        inet6.ICMPv6NDOptMTU(mtu=bits(32) | 1) /
        inet6.ICMPv6NDOptPrefixInfo(prefix=ip6(), prefixlen=RND.randint(0, 128), L=bits(1),
                                    A=bits(1), validlifetime=bits(32),
                                    preferredlifetime=bits(32)) /
        inet6.ICMPv6NDOptRouteInfo(prefix="fd98::", plen=RND.randint(0, 64),
                                   prf=RND.choice((0, 1, 3)), rtlifetime=bits(32)) /
        inet6.ICMPv6NDOptRDNSS(dns=[ip6() for _ in range(RND.randint(1, 3))],
                               lifetime=bits(32))))()


def build_sum():
    ip = RND.choice((lambda: inet.IP(src=ip4(), dst=ip4()),
                     lambda: inet6.IPv6(src=ip6(), dst=ip6())))()
    return ip / RND.choice((inet.UDP, inet.TCP))(sport=9, dport=9) / Raw(some(0, 60))


DOMAINS = ("www.example.org.", "Example.org.", "mail.example.org.", "org.", "a.b.c.d.e.",
           "x.example.com.", ".")


def build_rr():
    kind = RND.choice(("A", "AAAA", "CNAME", "PTR", "NS"))
    data = {"A": ip4, "AAAA": ip6}.get(kind, lambda: RND.choice(DOMAINS))()
    return dns.DNSRR(rrname=RND.choice(DOMAINS), type=kind, ttl=bits(31), rdata=data)


def build_rrs():
    """A section: scapy chains its records."""
    rrs = None
    for _ in range(RND.randint(0, 3)):
        rrs = build_rr() / rrs if rrs else build_rr()
    return rrs


def build_dns():
    edns = bits(1)
    extra = build_rrs()
    if edns:
        opt = dns.DNSRROPT(rclass=1232, extrcode=bits(8))
        extra = extra / opt if extra else opt
    return dns.DNS(id=bits(16), qr=bits(1), opcode=bits(2), aa=bits(1), tc=bits(1), rd=bits(1),
                   ra=bits(1), ad=bits(1), cd=bits(1), rcode=bits(4),
                   qd=dns.DNSQR(qname=RND.choice(DOMAINS), qtype=RND.choice(("A", "AAAA"))),
                   an=build_rrs(), ns=build_rrs(), ar=extra)


def build_igmp():
    def group():
        return f"239.{bits(8)}.{bits(8)}.{bits(8)}"
    return RND.choice((
        lambda: igmp.IGMP(type=RND.choice((0x11, 0x12, 0x16, 0x17)), mrcode=bits(8),
                          gaddr=group()),
        lambda: igmpv3.IGMPv3(type=0x11, mrcode=bits(8)) / igmpv3.IGMPv3mq(
            gaddr=group(), s=bits(1), qrv=bits(3), qqic=bits(8),
            srcaddrs=[ip4() for _ in range(RND.randint(0, 4))]),
        lambda: igmpv3.IGMPv3(type=0x22) / igmpv3.IGMPv3mr(records=[igmpv3.IGMPv3gr(
            rtype=RND.randint(1, 6), maddr=group(),
            srcaddrs=[ip4() for _ in range(RND.randint(0, 3))])
            for _ in range(RND.randint(0, 3))])))()


def build_mld():
    group = "ff05::1:3"
    return RND.choice((
        lambda: inet6.ICMPv6MLQuery(mrd=bits(16), mladdr=group),
        lambda: inet6.ICMPv6MLReport(mladdr=group),
        lambda: inet6.ICMPv6MLDone(mladdr=group),
        lambda: inet6.ICMPv6MLQuery2(mrd=bits(16), mladdr=group, S=bits(1), QRV=bits(3),
                                     QQIC=bits(8),
                                     sources=[ip6() for _ in range(RND.randint(0, 3))]),
        lambda: inet6.ICMPv6MLReport2(records=[inet6.ICMPv6MLDMultAddrRec(
            rtype=RND.randint(1, 6), dst=group,
            sources=[ip6() for _ in range(RND.randint(0, 3))])
            for _ in range(RND.randint(0, 3))])))()


def build_dhcp():
    options = [("message-type", RND.randint(1, 8)), ("server_id", ip4()),
               ("lease_time", bits(32)), ("renewal_time", bits(32)),
               ("rebinding_time", bits(32)), ("subnet_mask", "255.255.255.0"),
               ("router", *[ip4() for _ in range(RND.randint(1, 4))]),
               ("name_server", *[ip4() for _ in range(RND.randint(1, 4))]),
               ("domain", b"example.org"), ("client_id", some(3, 20))]
    kept = options[:1] + [o for o in options[1:] if bits(1)]
    return dhcp.BOOTP(op=RND.choice((1, 2)), xid=bits(32), secs=bits(16),
                      flags=bits(1) << 15, ciaddr=ip4(), yiaddr=ip4(), giaddr=ip4(),
                      chaddr=some(6, 6)) / dhcp.DHCP(options=kept + ["end"])


# ---- scapy reads ----

def layers(p):
    while not isinstance(p, NoPayload):
        yield p
        p = p.payload


def read_eth(data):
    p = l2.Ether(data)
    facts = [("dst", raw(p.dst)), ("src", raw(p.src))]
    tags, kind, layer = [], p.type, p
    while kind in (0x8100, 0x88a8) and len(tags) < 4:
        layer = layer.payload
        tags += [("tpid", kind), ("tci", layer.prio << 13 | layer.id << 12 | layer.vlan)]
        kind = layer.type
    return facts + [("type", kind), ("tags", len(tags) // 2)] + tags


def read_arp(data):
    p = l2.ARP(data)
    return [("op", p.op), ("sha", raw(p.hwsrc)), ("spa", raw(p.psrc)),
            ("tha", raw(p.hwdst)), ("tpa", raw(p.pdst))]


def read_ip4(data):
    p = inet.IP(data)
    good = inet.IP(data)
    del good.chksum
    facts = [("src", raw(p.src)), ("dst", raw(p.dst)), ("hlen", p.ihl * 4), ("len", p.len),
             ("id", p.id), ("tos", p.tos), ("ttl", p.ttl), ("proto", p.proto),
             ("df", int(p.flags.DF)), ("mf", int(p.flags.MF)), ("off", p.frag * 8),
             ("csum_ok", int(inet.IP(bytes(good)).chksum == p.chksum))]
    where = dict.fromkeys(("rr", "ts", "srr", "strict", "ra"), 0)
    at = 20
    for option in p.options:
        key = {7: "rr", 4: "ts", 3: "srr", 9: "srr", 20: "ra"}.get(option.option)
        if key:
            where[key] = at
        if option.option == 9:
            where["strict"] = 1
        at += len(bytes(option))
    return facts + list(where.items())


def read_ip6(data):
    p = inet6.IPv6(data)
    facts = [("src", raw(p.src)), ("dst", raw(p.dst)), ("tclass", p.tc), ("flow", p.fl),
             ("plen", p.plen), ("hops", p.hlim)]
    where = dict.fromkeys(("hbh", "dstopt", "routing", "frag", "off", "more", "id"), 0)
    layer, at, following = p.payload, 40, p.nh
    while True:
        kind = type(layer).__name__
        if kind == "IPv6ExtHdrHopByHop":
            where["hbh"] = at
        elif kind == "IPv6ExtHdrDestOpt":
            where["dstopt"] = at
        elif kind.startswith("IPv6ExtHdrRouting"):
            where["routing"] = at
        elif kind == "IPv6ExtHdrFragment":
            where.update(frag=at, off=layer.offset * 8, more=layer.m, id=layer.id)
        else:
            break
        at += len(layer) - len(layer.payload)
        following = layer.nh
        layer = layer.payload
    return facts + [("next", following), ("upper", at)] + list(where.items())


def read_udp(data):
    p = inet.UDP(data)
    return [("sport", p.sport), ("dport", p.dport), ("len", p.len), ("csum", p.chksum)]


def packed(value, width):
    return value if isinstance(value, int) else int.from_bytes(value, "big") \
        if isinstance(value, bytes) and len(value) == width else value[0]


def as_bytes(value):
    """What scapy made of an option that it knows half: bytes again."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple):
        return b"".join(v.to_bytes(4, "big") for v in value)
    return bytes(value)


def read_tcp_options(options):
    known = {}
    for name, value in options:
        if name in ("EOL", 0):
            break
        if name == "MSS":
            known["mss"] = [("mss", value)]
        elif name == "WScale":
            known["wscale"] = [("wscale", min(value, 14))]
        elif name == "SAckOK":
            known["sackok"] = [("sackok", 1)]
        elif name == "SAck":
            known["sack"] = [(("left", "right")[i % 2], v) for i, v in enumerate(value)]
        elif name == "Timestamp":
            known["ts"] = [("tsval", value[0]), ("tsecr", value[1])]
        elif name in ("TFO", 34):
            known["fo"] = [("fo_exp", 0), ("fo", as_bytes(value).hex())]
        elif name in ("Experiment", 254) and as_bytes(value)[:2] == b"\xf9\x89":
            known["fo"] = [("fo_exp", 1), ("fo", as_bytes(value)[2:].hex())]
        elif name in ("MD5", 19):
            known["md5"] = [("md5", as_bytes(value).hex())]
        elif name in ("AO", 29):
            known["ao"] = [("ao", as_bytes(value).hex())]
        elif name in ("UTO", 28):
            known["uto"] = [("uto", packed(value, 2))]
        elif name in (172, 174):
            b = as_bytes(value)
            known["acc"] = [("acc_order", int(name == 174))] + [
                ("acc", int.from_bytes(b[i:i + 3], "big")) for i in range(0, len(b), 3)]
    order = ("mss", "wscale", "sackok", "sack", "ts", "fo", "md5", "ao", "uto", "acc")
    return [fact for key in order for fact in known.get(key, ())]


def read_tcp(data):
    p = inet.TCP(data)
    return [("sport", p.sport), ("dport", p.dport), ("seq", p.seq), ("ack", p.ack),
            ("hlen", p.dataofs * 4), ("flags", int(p.flags)), ("wnd", p.window),
            ("urg", p.urgptr)] + read_tcp_options(p.options)


def read_quote(ip):
    """The facts of a quoted packet, from scapy's reading of it."""
    six = ip.version == 6
    upper = ip.payload
    proto = ip.nh if six else ip.proto
    while type(upper).__name__.startswith("IPv6ExtHdr"):
        proto, upper = upper.nh, upper.payload
    facts = [("q_src", raw(ip.src)), ("q_dst", raw(ip.dst)), ("q_proto", proto),
             ("q_len", ip.plen + 40 if six else ip.len)]
    if "TCP" in type(upper).__name__ or "UDP" in type(upper).__name__:
        facts += [("q_sport", upper.sport), ("q_dport", upper.dport)]
    if "TCP" in type(upper).__name__:
        facts.append(("q_seq", upper.seq))
    if type(upper).__name__ in ("ICMPerror", "ICMP", "ICMPv6EchoRequest"):
        facts += [("q_sport", upper.id), ("q_dport", upper.seq)]
    return facts


def read_icmp4(data):
    p = inet.ICMP(data)
    good = inet.ICMP(data)
    del good.chksum
    query = p.type in (0, 8, 13)
    facts = [("type", p.type), ("code", p.code),
             ("csum_ok", int(inet.ICMP(bytes(good)).chksum == p.chksum)),
             ("id", p.id if query else 0), ("seq", p.seq if query else 0),
             ("mtu", p.nexthopmtu if (p.type, p.code) == (3, 4) else 0),
             ("pointer", p.ptr if p.type == 12 else 0)]
    if p.type == 5:
        facts.append(("gateway", raw(p.gw)))
    if p.haslayer("IP in ICMP"):
        facts += read_quote(p.getlayer("IP in ICMP"))
    return facts


ICMP6 = {1: inet6.ICMPv6DestUnreach, 2: inet6.ICMPv6PacketTooBig, 3: inet6.ICMPv6TimeExceeded,
         4: inet6.ICMPv6ParamProblem, 128: inet6.ICMPv6EchoRequest, 129: inet6.ICMPv6EchoReply,
         133: inet6.ICMPv6ND_RS, 134: inet6.ICMPv6ND_RA, 135: inet6.ICMPv6ND_NS,
         136: inet6.ICMPv6ND_NA, 137: inet6.ICMPv6ND_Redirect}


def read_icmp6(data):
    p = ICMP6[data[0]](data)
    facts = [("type", p.type), ("code", p.code)]
    facts += [(key, getattr(p, field, 0) if p.type in types else 0) for key, field, types in
              (("id", "id", (128, 129)), ("seq", "seq", (128, 129)), ("mtu", "mtu", (2,)),
               ("pointer", "ptr", (4,)))]
    if p.type < 128 and not isinstance(p.payload, (NoPayload, Raw)):
        facts += read_quote(p.payload)
    return facts


def read_ra(p):
    return [("hops", p.chlim), ("managed", p.M), ("other", p.O), ("pref", p.prf),
            ("lifetime", p.routerlifetime), ("reachable", p.reachabletime),
            ("retrans", p.retranstimer)]


def read_nd_options(p):
    once, many = {}, []
    for o in layers(p.payload):
        kind = type(o).__name__
        if kind == "ICMPv6NDOptSrcLLAddr":
            once["slla"] = raw(o.lladdr)
        elif kind == "ICMPv6NDOptDstLLAddr":
            once["tlla"] = raw(o.lladdr)
        elif kind == "ICMPv6NDOptMTU":
            once["mtu"] = o.mtu
        elif kind == "ICMPv6NDOptRedirectedHdr":
            once["redirected"] = bytes(o.pkt).hex()
        elif kind == "ICMPv6NDOptPrefixInfo":
            many += [("prefix", raw(o.prefix)), ("plen", o.prefixlen), ("on_link", o.L),
                     ("auto", o.A), ("valid", o.validlifetime),
                     ("preferred", o.preferredlifetime)]
        elif kind == "ICMPv6NDOptRouteInfo":
            many += [("route", raw(o.prefix)), ("route_len", o.plen), ("route_pref", o.prf),
                     ("route_life", o.rtlifetime)]
        elif kind == "ICMPv6NDOptRDNSS":
            many += [("rdnss", "".join(raw(a) for a in o.dns)), ("rdnss_life", o.lifetime)]
    return [(k, once[k]) for k in ("slla", "tlla", "mtu", "redirected") if k in once] + many


def read_nd(data):
    p = ICMP6[data[0]](data)
    facts = [("type", p.type)]
    if p.type >= 135:
        facts.append(("target", raw(p.tgt)))
    if p.type == 137:
        facts.append(("dest", raw(p.dst)))
    if p.type == 136:
        facts += [("router", p.R), ("solicited", p.S), ("override", p.O)]
    if p.type == 134:
        facts += read_ra(p)
    return facts + read_nd_options(p)


def read_sum(data):
    p = (inet.IP if data[0] >> 4 == 4 else inet6.IPv6)(data)
    good = p.copy()
    del good.payload.chksum
    return [("ok", int(type(p)(bytes(good)).payload.chksum == p.payload.chksum))]


def dotless(name):
    name = name.decode() if isinstance(name, bytes) else name
    return name.rstrip(".") or "."


def section_of(rrs, count):
    """A section's records, chained or a list as scapy's version has it."""
    if isinstance(rrs, list):
        return rrs
    return [rrs[i] for i in range(count)] if rrs is not None and count else []


def read_rr(number, rr):
    facts = [("owner", dotless(rr.rrname)), ("section", number), ("rrtype", rr.type),
             ("class", rr.rclass), ("ttl", rr.ttl)]
    if rr.type in (1, 28):
        data = raw(rr.rdata)
        return facts + [("addr", data if len(data) == 32 else "00" * 10 + "ffff" + data)]
    return facts + [("name", dotless(rr.rdata))]


def read_dns(data):
    p = dns.DNS(data)
    records = [(number, rr) for number, rrs, count in
               ((1, p.an, p.ancount), (2, p.ns, p.nscount), (3, p.ar, p.arcount))
               for rr in section_of(rrs, count)]
    opt = next((rr for _, rr in records if rr.type == 41), None)
    facts = [("id", p.id), ("qr", p.qr), ("opcode", p.opcode), ("aa", p.aa), ("tc", p.tc),
             ("rd", p.rd), ("ra", p.ra), ("ad", p.ad), ("cd", p.cd),
             ("rcode", p.rcode | (opt.extrcode << 4 if opt else 0)),
             ("udp", opt.rclass if opt else 0)]
    q = section_of(p.qd, p.qdcount)[0]
    facts += [("qname", dotless(q.qname)), ("qtype", q.qtype), ("qclass", q.qclass)]
    return facts + [fact for number, rr in records if rr.type != 41
                    for fact in read_rr(number, rr)]


def as_time(code, width):
    """RFC 9776 4.1.1 (8 bits), RFC 9777 5.1.3 (16 bits)."""
    top = 1 << (width - 1)
    if code < top:
        return code
    mant = width - 4
    return (code & ((1 << mant) - 1) | 1 << mant) << ((code >> mant & 7) + 3)


def read_records(records, group):
    for r in records:
        yield "rec", r.rtype
        yield "rgroup", raw(getattr(r, group))
        for s in r.srcaddrs if group == "maddr" else r.sources:
            yield "rsrc", raw(s)


def read_igmp(data):
    if data[0] == 0x22:
        p = igmpv3.IGMPv3(data)
        return [("type", 0x22), *read_records(p[igmpv3.IGMPv3mr].records, "maddr")]
    if data[0] == 0x11 and len(data) > 8:
        p = igmpv3.IGMPv3(data)
        q = p[igmpv3.IGMPv3mq]
        return [("type", 0x11), ("group", raw(q.gaddr)), ("version", 3),
                ("ms", as_time(data[1], 8) * 100), ("s", q.s), ("qrv", q.qrv),
                ("qqi", as_time(q.qqic, 8))] + [("src", raw(s)) for s in q.srcaddrs]
    p = igmp.IGMP(data)
    facts = [("type", p.type), ("group", raw(p.gaddr))]
    if p.type == 0x11:
        facts += [("version", 2 if p.mrcode else 1), ("ms", p.mrcode * 100 or 10000)]
    return facts


def read_mld(data):
    if data[0] == 143:
        records, rest = [], data[8:]  # scapy 2.5 finds the first one only
        while rest:
            records.append(inet6.ICMPv6MLDMultAddrRec(rest))
            rest = rest[20 + 16 * records[-1].sources_number:]
        return [("type", 143), *read_records(records, "dst")]
    if data[0] == 130 and len(data) > 24:
        p = inet6.ICMPv6MLQuery2(data)
        return [("type", 130), ("group", raw(p.mladdr)), ("version", 2),
                ("ms", as_time(p.mrd, 16)), ("s", p.S), ("qrv", p.QRV),
                ("qqi", as_time(p.QQIC, 8))] + [("src", raw(s)) for s in p.sources]
    p = {130: inet6.ICMPv6MLQuery, 131: inet6.ICMPv6MLReport,
         132: inet6.ICMPv6MLDone}[data[0]](data)
    facts = [("type", p.type), ("group", raw(p.mladdr))]
    return facts + ([("version", 1), ("ms", p.mrd)] if p.type == 130 else [])


def read_dhcp(data):
    p = dhcp.BOOTP(data)
    options = {o[0]: o[1:] for o in p[dhcp.DHCP].options if isinstance(o, tuple)}

    def addr(name):
        return raw(options[name][0]) if name in options else "00" * 4
    facts = [("op", p.op), ("xid", p.xid), ("secs", p.secs),
             ("broadcast", int(p.flags) >> 15), ("ciaddr", raw(p.ciaddr)),
             ("yiaddr", raw(p.yiaddr)), ("giaddr", raw(p.giaddr)),
             ("chaddr", p.chaddr[:6].hex()), ("type", options["message-type"][0]),
             ("server", addr("server_id")), ("requested", addr("requested_addr")),
             ("mask", addr("subnet_mask"))]
    facts += [(ours, options.get(name, (0,))[0]) for ours, name in
              (("lease", "lease_time"), ("t1", "renewal_time"), ("t2", "rebinding_time"))]
    facts += [("router", raw(a)) for a in options.get("router", ())]
    facts += [("dns", raw(a)) for a in options.get("name_server", ())]
    return facts + [("domain", options.get("domain", (b"",))[0].hex()),
                    ("id", options.get("client_id", (b"",))[0].hex())]


KINDS = ("igmp", "mld", "dhcp", "eth", "arp", "ip4", "ip6", "udp", "tcp", "icmp4", "icmp6", "nd", "sum", "dns")


def fresh_bytes(kind):
    """One random packet of scapy's. The headers alone, where there is no more."""
    return bytes(globals()[f"build_{kind}"]())


def line_of(kind, data):
    facts = globals()[f"read_{kind}"](data)
    return " ".join([kind] + [f"{k}={v}" for k, v in facts])


def compare(who, data, kind, ours):
    theirs = line_of(kind, data)
    if theirs != ours:
        print(f"{who} {kind} {data.hex()}\n  scapy: {theirs}\n  ours:  {ours}")
        return 1
    return 0


def scapy_builds(facts, count):
    packets = [(kind, fresh_bytes(kind)) for kind in KINDS for _ in range(count)]
    text = "".join(f"{kind} {data.hex()}\n" for kind, data in packets)
    out = subprocess.run([facts, "parse"], input=text, capture_output=True, text=True,
                         check=True).stdout.splitlines()
    assert len(out) == len(packets)
    return sum(compare("built", data, kind, line)
               for (kind, data), line in zip(packets, out)), len(out)


def we_emit(facts, seed, count):
    out = subprocess.run([facts, "emit", str(seed), str(count)], capture_output=True,
                         text=True, check=True).stdout.splitlines()
    wrong = 0
    for line in out:
        kind, data, rest = line.split(" ", 2)
        wrong += compare("emitted", bytes.fromhex(data), kind, f"{kind} {rest}")
    return wrong, len(out)


def main():
    facts = sys.argv[1]
    seed = int(sys.argv[2], 0) if len(sys.argv) > 2 else time.time_ns() % 2**32
    count = int(sys.argv[3]) if len(sys.argv) > 3 else \
        4000 if os.environ.get("OSTIA_SOAK") else 300
    print(f"seed {seed}")
    RND.seed(seed)
    wrong, built = scapy_builds(facts, count)
    more, emitted = we_emit(facts, seed, count)
    print(f"{built} packets of scapy's and {emitted} of ours, {wrong + more} disagree")
    return 1 if wrong + more else 0


if __name__ == "__main__":
    sys.exit(main())
