#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs as they are, beside themselves: programs.py BUILD-DIR CASE WAY...

Each case is a script of servers and clients. It runs on the kernel's loopback
first, then WAY by WAY as guests of `ostia run`, and must print the same:

  one     everything on one host
  two     server and clients on two hosts
  faults  two hosts, and 'delay 20ms loss 1%' between them

A case that cannot run here says why and ends with 77. `programs.py --list`
prints the cases.
"""
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys

from place import HERE, SOAK, Guests, Kernel, find
from stage import skip, unshare

GUESTS = HERE / "guests"
PY = "python3"
CASES = {}
FAULTS = "delay 20ms loss 1%"
WAYS = {"one": "one host", "two": "two hosts",
        "faults": f"two hosts, `{FAULTS}`"}
EVERY_RUN = ["two"]


def case(programs, work, compared):
    """What docs/programs.md says of it stands with it."""
    def add(fn):
        fn.row = (programs, work, compared)
        CASES[fn.__name__] = fn
        return fn
    return add


def sum_of(t, name):
    t.say(t.ask("sha256sum", name, raw=True).split()[0] + "\n")


# --- the web -----------------------------------------------------------------

@case("Python's http.server, urllib, curl, wget",
      "3 MB by three clients, a list, 404, a port where nobody listens",
      "sums, texts, exit codes")
def http_server(t):
    t.file("www/a", 3 << 20)
    t.serve(PY, "-m", "http.server", "8000", "-d", t.dir / "www", port=8000)
    url = f"http://{t.server}:8000"
    t.ask("curl", "-sS", "--fail", "-o", t.dir / "got", f"{url}/a")
    sum_of(t, t.dir / "got")
    t.ask("wget", "-q", "-O", t.dir / "got", f"{url}/a")
    sum_of(t, t.dir / "got")
    t.ask("curl", "-sS", f"{url}/")
    t.ask("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}\n", f"{url}/no")
    t.ask("curl", "-sS", f"http://{t.server}:8001/", want=7)
    t.ask(PY, "-c", "import sys,urllib.request as u;"
          "print(len(u.urlopen(sys.argv[1]).read()))", f"{url}/a")


def nginx_conf(t, locations, listen="8080"):
    conf = t.dir / "nginx.conf"
    temp = "".join(f"{k}_temp_path {t.dir}/ng-{k};" for k in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    conf.write_text(
        f"{user} daemon off; worker_processes 3; pid {t.dir}/nginx.pid;"
        f"error_log stderr; events {{ worker_connections 512; }}"
        f"http {{ access_log off; sendfile on; {temp} server {{"
        f"listen {listen}; listen [::]:{listen}; {locations} }} }}")
    return conf


@case("nginx, curl",
      "three workers: a file by `sendfile`, a range, 100 fetches 20 at a "
      "time, two over one connection",
      "sums, codes, counts")
def nginx(t):
    t.file("www/a", 5 << 20)
    t.file("www/small", 4096)
    conf = nginx_conf(t, f"root {t.dir}/www;")
    t.serve("nginx", "-c", conf, "-e", "stderr", port=8080)
    url = f"http://{t.server}:8080"
    t.ask("curl", "-sS", "--fail", "-o", t.dir / "got", f"{url}/a")
    sum_of(t, t.dir / "got")
    t.ask("curl", "-sS", "-r", "100-199", "-o", t.dir / "got", f"{url}/a")
    sum_of(t, t.dir / "got")
    t.ask("curl", "-sS", "-Z", "--parallel-max", "20", "-o",
          f"{t.dir}/p#1", f"{url}/small?[1-100]",
          "-w", "%{http_code} %{size_download}\n")
    t.ask("curl", "-sS", "-o", "/dev/null", "-o", "/dev/null", "-w",
          "%{num_connects}\n", f"{url}/small", f"{url}/small")
    t.ask("curl", "-sS", "-I", "-H", "Connection: close", "-o", "/dev/null",
          "-w", "%{http_code}\n", f"{url}/small")


@case("nginx, PHP-FPM, curl",
      "200 KB posted through FastCGI",
      "the answer")
def php(t):
    fpm = sorted(pathlib.Path("/usr/sbin").glob("php-fpm*"))
    if not fpm:
        skip("php-fpm is not installed")
    conf = t.dir / "fpm.conf"
    who = "user=root\ngroup=root\n" if os.geteuid() == 0 else ""
    conf.write_text(f"[global]\nerror_log=/proc/self/fd/2\ndaemonize=no\n"
                    f"[www]\n{who}listen=127.0.0.1:9000\npm=static\n"
                    "pm.max_children=2\n")
    (t.dir / "www").mkdir()
    (t.dir / "www/a.php").write_text(
        "<?php echo strlen(file_get_contents('php://input')),' ',"
        "$_SERVER['REQUEST_METHOD'],\"\\n\", str_repeat('x', 100000);")
    args = [fpm[-1], "-y", conf] + (["-R"] if os.geteuid() == 0 else [])
    t.serve(*args, port=9000)
    conf = nginx_conf(t, f"root {t.dir}/www; location ~ [.]php$ {{"
                      "include /etc/nginx/fastcgi_params; fastcgi_param "
                      f"SCRIPT_FILENAME {t.dir}/www$fastcgi_script_name;"
                      "fastcgi_pass 127.0.0.1:9000; }")
    t.serve("nginx", "-c", conf, "-e", "stderr", port=8080)
    t.file("body", 200 << 10)
    t.ask("curl", "-sS", "--data-binary", f"@{t.dir}/body",
          f"http://{t.server}:8080/a.php")


@case("haproxy, curl",
      "1 MB three times, by way of the proxy",
      "sums")
def haproxy(t):
    t.file("www/a", 1 << 20)
    t.serve(PY, "-m", "http.server", "8000", "-d", t.dir / "www", port=8000)
    conf = t.dir / "haproxy.cfg"
    conf.write_text("defaults\n mode http\n timeout connect 5s\n"
                    " timeout client 30s\n timeout server 30s\n"
                    "frontend f\n bind :8080\n default_backend b\n"
                    "backend b\n server one 127.0.0.1:8000\n")
    t.serve("haproxy", "-db", "-f", conf, port=8080)
    for _ in range(3):
        t.ask("curl", "-sS", "--fail", "-o", t.dir / "got",
              f"http://{t.server}:8080/a")
        sum_of(t, t.dir / "got")


@case("node",
      "`http` both sides, ten connections kept open",
      "all that is printed")
def node(t):
    t.serve("node", GUESTS / "web.js", "serve", 8000, port=8000)
    t.ask("node", GUESTS / "web.js", "ask", t.server, 8000)


@case("caddy, hey, curl",
      "Go, static: a file, then 200 requests by 20 connections",
      "sum, codes")
def go(t):
    """Static programs that make their system calls themselves."""
    t.file("www/a", 1 << 20)
    t.serve("caddy", "file-server", "--root", t.dir / "www", "--listen",
            ":8080", port=8080)
    t.ask("curl", "-sS", "--fail", "-o", t.dir / "got",
          f"http://{t.server}:8080/a")
    sum_of(t, t.dir / "got")
    out = t.ask("hey", "-n", 200, "-c", 20, f"http://{t.server}:8080/a",
                raw=True)
    t.say("".join(re.findall(r"\[200\].*\n", out)))


@case("Java",
      "echo, by channels and by blocking sockets",
      "all that is printed")
def java(t):
    subprocess.run([find("javac"), "-d", t.dir, GUESTS / "Echo.java"],
                   check=True)
    t.serve("java", "-cp", t.dir, "Echo", "serve", 7000, port=7000)
    t.ask("java", "-cp", t.dir, "Echo", "ask", t.server, 7000)


@case("Python's asyncio",
      "echo, both sides, 200 conversations at a time",
      "all that is printed")
def asyncio(t):
    t.serve(PY, GUESTS / "echo_asyncio.py", "serve", 7000, port=7000)
    t.ask(PY, GUESTS / "echo_asyncio.py", "ask", t.server, 7000)


@case("a static musl program",
      "echo, both sides, eight threads of 100 lines",
      "all that is printed")
def static(t):
    exe = t.dir / "echo_threads"
    subprocess.run([find("musl-gcc"), "-static", "-O1", "-o", exe,
                    GUESTS / "echo_threads.c", "-pthread"], check=True)
    t.serve(exe, 7000, port=7000)
    t.ask(exe, t.server, 7000)


# --- stores ------------------------------------------------------------------

@case("redis, redis-cli, redis-benchmark",
      "lists, 5000 keys by a pipe, GET and SET by 20 connections",
      "every answer; no rates")
def redis(t):
    t.serve("redis-server", "--port", 6379, "--save", "", "--dir", t.dir,
            "--protected-mode", "no", port=6379)
    cli = ["redis-cli", "-h", t.server, "-p", 6379]
    t.ask(*cli, "ping")
    t.ask(*cli, stdin="".join(f"rpush l {i}\n" for i in range(200)))
    t.ask(*cli, "lrange", "l", 0, -1)
    t.ask(*cli, "--pipe", stdin="".join(f"SET k{i} {i}\r\n"
                                        for i in range(5000)))
    t.ask(*cli, "dbsize")
    out = t.ask("redis-benchmark", "-h", t.server, "-p", 6379, "-n", 1000,
                "-c", 20, "-t", "get,set", "-q", raw=True)
    t.say(" ".join(re.findall(r"(?m)^(?:.*\r)?(GET|SET):.*p50", out)) + "\n")


@case("memcached",
      "four threads: 300 values set and read over three connections",
      "every answer")
def memcached(t):
    user = ["-u", "root"] if os.geteuid() == 0 else []
    t.serve("memcached", "-p", 11211, "-U", 0, "-t", 4, *user, port=11211)
    t.ask(PY, GUESTS / "memcache.py", t.server, 11211)


@case("PostgreSQL, psql",
      "20,000 rows made, 2,000 fetched; a database that is not there",
      "every answer")
def postgres(t):
    """Its server refuses to be root's."""
    data, env = t.dir / "pg", []
    t.dir.chmod(0o777)
    if os.geteuid() == 0:
        uid = pwd.getpwnam("nobody").pw_uid
        env = [find("setpriv"), "--reuid", uid, "--regid", uid,
               "--clear-groups"]
    subprocess.run([str(a) for a in env + [
        find("initdb"), "-D", data, "-U", "me", "-A", "trust", "-E", "UTF8",
        "--locale", "C", "-N"]], check=True, stdout=subprocess.DEVNULL)
    (data / "pg_hba.conf").write_text("host all all 0.0.0.0/0 trust\n"
                                      "host all all ::/0 trust\n")
    t.serve(*(env + [find("postgres"), "-D", data, "-h", "*", "-k", "",
                     "-c", "fsync=off"]), port=5432)
    sql = ("create table t as select g, md5(g::text) m from "
           "generate_series(1, 20000) g;"
           "select count(*), min(m), max(m) from t;"
           "select g, m from t where g <= 2000 order by g;")
    t.ask("psql", "-h", t.server, "-U", "me", "-d", "postgres", "-X", "-A",
          "-c", sql)
    t.ask("psql", "-h", t.server, "-U", "me", "-d", "nobody", "-X", "-c",
          "select 1", want=2)


# --- far shells --------------------------------------------------------------

def sshd(t):
    """A server for whoever we are; returns the client's words."""
    if os.geteuid() == 0:
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    for key in ("host", "user"):
        subprocess.run([find("ssh-keygen"), "-q", "-t", "ed25519", "-N", "",
                        "-f", t.dir / key], check=True)
    (t.dir / "keys").write_text((t.dir / "user.pub").read_text())
    (t.dir / "sshd.conf").write_text(
        f"Port 2222\nHostKey {t.dir}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {t.dir}/keys\nStrictModes no\n"
        f"PermitRootLogin yes\nPrintMotd no\nPrintLastLog no\n"
        f"SetEnv HOME={t.dir}\nSubsystem sftp internal-sftp\n")
    t.serve("sshd", "-D", "-e", "-f", t.dir / "sshd.conf", port=2222)
    (t.dir / "ssh.conf").write_text(
        f"Host *\n Port 2222\n IdentityFile {t.dir}/user\n"
        f" StrictHostKeyChecking no\n UserKnownHostsFile {t.dir}/known\n"
        f" LogLevel ERROR\n")
    me = pwd.getpwuid(os.geteuid())
    if not me.pw_shell.endswith("sh"):
        skip(f"{me.pw_name} may not log in ({me.pw_shell})")
    return ["ssh", "-F", t.dir / "ssh.conf"]


@case("sshd, ssh, scp",
      "commands, exit codes, 2 MB through a pipe, 1 MB copied",
      "texts, codes, sums")
def ssh(t):
    words = sshd(t)
    t.ask(*words, t.server, "echo from afar; cat", stdin="to and fro\n")
    t.ask(*words, t.server, "exit 7", want=7)
    t.ask(*words, t.server, "head -c 2000000 /dev/zero | sha256sum")
    t.file("a", 1 << 20)
    t.ask("scp", "-q", "-F", t.dir / "ssh.conf", t.dir / "a",
          f"{t.server}:{t.dir}/b")
    sum_of(t, t.dir / "b")


@case("git",
      "clone, log, push, over ssh",
      "every hash")
def git(t):
    words = " ".join(str(w) for w in sshd(t))
    t.env.update(GIT_SSH_COMMAND=words, GIT_AUTHOR_NAME="a",
                 GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a",
                 GIT_COMMITTER_EMAIL="a@b", GIT_AUTHOR_DATE="@1 +0000",
                 GIT_COMMITTER_DATE="@1 +0000", GIT_CONFIG_NOSYSTEM="1")
    repo = t.dir / "repo"
    subprocess.run(["git", "init", "-q", "-b", "main", repo], env=t.env,
                   check=True)
    for i in range(20):
        (repo / f"f{i}").write_text(f"{i}\n" * 2000)
    for words in (["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", "-C", repo, *words], env=t.env, check=True)
    t.ask("git", "clone", "-q", f"ssh://{t.server}{repo}", t.dir / "clone")
    t.ask("git", "-C", t.dir / "clone", "log", "--format=%H %T")
    t.ask("git", "-C", t.dir / "clone", "push", "-q", "origin",
          "main:other")
    t.ask("git", "-C", repo, "branch")


@case("rsync",
      "its daemon: 30 files, times kept",
      "names, bytes")
def rsync(t):
    for i in range(30):
        t.file(f"src/f{i}", 4096 * (i + 1))
    conf = t.dir / "rsyncd.conf"
    conf.write_text(f"use chroot = no\nport = 8873\nlog file = /dev/stderr\n"
                    f"[src]\npath = {t.dir}/src\n"
                    + ("uid = root\ngid = root\n"
                       if os.geteuid() == 0 else ""))
    t.serve("rsync", "--daemon", "--no-detach", "--config", conf, port=8873)
    t.ask("rsync", "-rt", "--info=name1",
          f"rsync://{t.server}:8873/src/", t.dir / "dst")
    t.ask("diff", "-r", t.dir / "src", t.dir / "dst")


@case("OpenSSL, curl",
      "2 MB from `s_server`",
      "sum")
def openssl(t):
    subprocess.run([find("openssl"), "req", "-x509", "-newkey", "rsa:2048",
                    "-nodes", "-days", "2", "-subj", "/CN=x", "-keyout",
                    t.dir / "key", "-out", t.dir / "cert"], check=True,
                   capture_output=True)
    t.file("a", 2 << 20)
    t.serve("openssl", "s_server", "-accept", 4433, "-cert", t.dir / "cert",
            "-key", t.dir / "key", "-WWW", "-quiet", port=4433)
    t.ask("curl", "-sSk", "--http0.9", "-o", t.dir / "got",
          f"https://{t.server}:4433/a")
    sum_of(t, t.dir / "got")


# --- tools -------------------------------------------------------------------

@case("socat",
      "forking echo by TCP and UDP",
      "the echo")
def socat(t):
    t.serve("socat", "TCP-LISTEN:7000,fork,reuseaddr", "EXEC:cat", port=7000)
    t.ask("socat", "-t5", "-", f"TCP:{t.server}:7000", stdin="hello\n" * 999)
    t.serve("socat", "UDP-LISTEN:7001,fork", "EXEC:cat")
    out = ""
    # A datagram may be lost, and refused while the server is not there yet.
    for _ in range(100):
        out = t.ask("socat", "-t0.5", "-", f"UDP:{t.server}:7001",
                    stdin="a datagram\n", raw=True, want=None)
        if out:
            break
    t.say(out)


@case("iperf3",
      "TCP and UDP, both ways, four streams",
      "that bytes move; no rates")
def iperf3(t):
    t.serve("iperf3", "-s", "-p", 5201, port=5201)
    base = ["iperf3", "-c", t.server, "-p", 5201, "-J", "-t", 1]
    for more in ([], ["-R"], ["-P", 4], ["-u", "-b", "20M"],
                 ["-u", "-b", "20M", "-R"]):
        for _ in range(10):  # it serves one at a time, and may be busy still
            out = t.ask(*base, *more, raw=True)
            if "busy" not in out:
                break
        moved = sum(int(n) for n in re.findall(
            r'"sum(?:_received)?":.*?"bytes":\s*(\d+)', out, re.S))
        t.say(f"iperf3 {more} {'moves bytes' if moved else 'moves nothing'} "
              f"{'error' if 'error' in out else ''}\n")


@case("dnsmasq, unbound, dig",
      "A and AAAA over UDP, A over TCP",
      "every answer")
def dns(t):
    for name, port in (("dnsmasq", 5301), ("unbound", 5302)):
        if name == "dnsmasq":
            t.serve("dnsmasq", "-d", "-C", "/dev/null", "-p", port, "-h",
                    "-R", "--address=/a.test/10.1.2.3",
                    "--address=/a.test/fd00::7", "-u",
                    pwd.getpwuid(os.geteuid()).pw_name, port=port)
        else:
            conf = t.dir / "unbound.conf"
            conf.write_text(
                f"server:\n interface: 0.0.0.0@{port}\n"
                f" access-control: 0.0.0.0/0 allow\n do-daemonize: no\n"
                f" username: \"\"\n chroot: \"\"\n directory: \"{t.dir}\"\n"
                f" pidfile: \"\"\n use-syslog: no\n"
                f" local-data: \"a.test. A 10.1.2.3\"\n"
                f" local-data: \"a.test. AAAA fd00::7\"\n"
                f"remote-control:\n control-enable: no\n")
            t.serve("unbound", "-d", "-c", conf, port=port)
        dig = ["dig", "+short", "+tries=5", "+time=2", f"@{t.server}", "-p",
               port]
        t.ask(*dig, "a.test", "A")
        t.ask(*dig, "a.test", "AAAA")
        t.ask(*dig, "+tcp", "a.test", "A")


@case("ping",
      "20 echoes",
      "that most come back")
def ping(t):
    out = t.ask("ping", "-c", 20, "-i", "0.05", "-W", 2, t.server, raw=True)
    n = int(re.search(r"(\d+) received", out).group(1))
    t.say(f"{'most' if n > 10 else 'few'} come back\n")


@case("tracepath",
      "a path of one hop",
      "that it arrives")
def tracepath(t):
    """As traceroute, but it asks for errors whatever poll() says."""
    out = t.ask("tracepath", "-n", "-m", 3, t.server, raw=True)
    t.say("reached\n" if "reached" in out else out)


@case("traceroute",
      "a path of one hop, by UDP",
      "that it arrives")
def traceroute(t):
    out = t.ask("traceroute", "-n", "-q", 3, t.server, raw=True)
    hop = re.match(r" 1  ([0-9.]+)(  -?[0-9.]+ ms| \*)+\s*$",
                   out.splitlines()[-1])
    t.say("reached\n" if hop and hop[1] == str(t.server) else out)


@case("nginx, wrk",
      "50 connections for a second",
      "that there is no error; no rates")
def wrk(t):
    t.file("www/small", 4096)
    conf = nginx_conf(t, f"root {t.dir}/www;")
    t.serve("nginx", "-c", conf, "-e", "stderr", port=8080)
    out = t.ask("wrk", "-t", 2, "-c", 50, "-d", 1,
                f"http://{t.server}:8080/small", raw=True)
    t.say("errors\n" if re.search("errors|Non-2xx", out) else "no errors\n")


# --- the whole ---------------------------------------------------------------

def run(name, place):
    with place as t:
        CASES[name](t)
        return "".join(t.text)


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
        return
    build, name, ways = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    ostia = build.resolve() / "src/cli/ostia"
    make = {
        "one": lambda: Guests(ostia),
        "two": lambda: Guests(ostia, two=True),
        "faults": lambda: Guests(ostia, two=True, faults=FAULTS),
    }
    unshare()
    native = run(name, Kernel())
    for way in ways or (WAYS if SOAK else EVERY_RUN):
        if way == "native":
            print(native, end="")
            continue
        ours = run(name, make[way]())
        if ours != native:
            print(f"{name}, {way}: on the kernel:\n{native}as guests:\n{ours}")
            sys.exit(1)
        print(f"{name}, {way}: the same {len(native)} bytes")


if __name__ == "__main__":
    main()
