#!/usr/bin/env python3
"""claimpipe over TLS, HTTP/2 and HTTP/1.1: what it must do, and whom it must not trust.  Prints TAP.

BUILD names the folder of the two programs (default build).  nghttpx stands in front of the practice
server and ends TLS; its access log tells the protocol and the connections of each request.
"""
import contextlib
import csv
import http.server
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("BUILD", "build")
os.environ.setdefault("SANDBOX", os.path.join(BUILD, "claimpipe-sandbox"))

import sandbox_test as tap  # noqa: E402
from authority import Authority  # noqa: E402
from sandbox_test import BB, Server, address, check, claim, config, equal  # noqa: E402

CLAIMPIPE = os.path.join(BUILD, "claimpipe")
NGHTTPX = shutil.which("nghttpx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
DEADLINE_S = 60
KEY = "sandbox-key"
LOG_FORMAT = "$alpn $tls_protocol $remote_port $method $status $path"
OLD_TLS = "openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\n" \
          "MinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n"


def await_true(what, condition, deadline_s=DEADLINE_S):
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"Bail out! {what}: not within {deadline_s} s")
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Terminator:
    """nghttpx: TLS in front, plain HTTP/1.1 to the practice server behind."""

    def __init__(self, authority, backend, *more, port=None):
        self.port = port or free_port()
        self.folder = tempfile.mkdtemp(prefix="claimpipe-tls-")
        self.log, self.errors = (os.path.join(self.folder, x) for x in ("access.log", "error.log"))
        self.process = subprocess.Popen(
            [NGHTTPX, "--conf=/dev/null", f"--frontend=127.0.0.1,{self.port}", f"--backend=127.0.0.1,{backend}",
             "--single-process", "--no-ocsp", f"--errorlog-file={self.errors}", f"--accesslog-file={self.log}",
             f"--accesslog-format={LOG_FORMAT}", *more, authority.key, authority.cert],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_true("nghttpx listens", lambda: self.process.poll() is not None or answers(self.port))
        if self.process.poll() is not None:
            with open(self.errors) as f:
                raise SystemExit(f"Bail out! nghttpx ended: {f.read()[-500:]}")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()
        shutil.rmtree(self.folder)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def requests(self):
        """The access log: ALPN name, TLS version, client's port, method, status, path of each request."""
        with open(self.log) as f:
            return [line.split() for line in f.read().splitlines()]


# ---- claimpipe ----


class Job:
    """One input, its ledger and its results; may be run again and again."""

    def __init__(self, rows):
        self.folder = tempfile.TemporaryDirectory(prefix="claimpipe-tls-")
        self.input, self.results, ledger = (
            os.path.join(self.folder.name, x) for x in ("in.csv", "out.csv", "ledger.db"))
        self.rows = rows
        with open(self.input, "w") as f:
            f.write("Name,Address\n" + "".join(f"p{i},{address(i)}\n" for i in range(rows)))
        self.options = ["claim", self.input, "-c", "c", "-o", self.results, "--ledger", ledger,
                        "--quiet", "--rate", "none", "--queue-delay", "500ms", "--connect-timeout", "5s"]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.folder.cleanup()

    def start(self, url, *more, **environment):
        env = {**os.environ, "BITBADGES_API_KEY": KEY, "BITBADGES_API_URL": url, **environment}
        for proxy in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            env.pop(proxy, None)
        return subprocess.Popen([CLAIMPIPE, *self.options, *more], env=env, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, url, *more, **environment):
        return self.end(self.start(url, *more, **environment))

    @staticmethod
    def end(process):
        _, err = process.communicate(timeout=DEADLINE_S)
        return process.returncode, err

    def statuses(self):
        """How many rows have which status; every row of the input must be there, in order."""
        with open(self.results, newline="") as f:
            rows = list(csv.DictReader(f))
        if [r["Name"] for r in rows] != [f"p{i}" for i in range(self.rows)]:
            return "the results do not hold every row once, in order"
        names = [r["status"] for r in rows]
        return {name: names.count(name) for name in set(names)}


def equal_done(server, rows, what):
    """From the server's side: each address once, and none missing."""
    stats = server.stats()
    completions = stats["claims"]["c"]["completions"]
    equal((stats["completedTwice"], len(completions), set(completions.values())), ([], rows, {1}),
          f"{what}: the server completed each row once")
    return stats


def sandbox(**more):
    return Server(config(claim("c"), **{"queueDelayMs": [0, 2], **more}))


AUTHORITY = None


def url(port, host="127.0.0.1"):
    return f"https://{host}:{port}"


# ---- the tests ----


def test_http2():
    for lanes in (1, 4):
        with sandbox() as s, Terminator(AUTHORITY, s.port) as t, Job(400) as job:
            equal(job.run(url(t.port), "--cacert", AUTHORITY.ca, "--lanes", str(lanes)), (0, ""),
                  f"HTTP/2, {lanes} lanes: done")
            equal(job.statuses(), {"success": 400}, "HTTP/2: every row is success")
            equal_done(s, 400, "HTTP/2")
            log = t.requests()
            equal({(r[0], r[1]) for r in log}, {("h2", "TLSv1.3")}, "HTTP/2: each request went over h2 and TLS 1.3")
            check(len(log) >= 416, "HTTP/2: claims and pages are in the log", len(log))
            check(len({r[2] for r in log}) <= lanes, "HTTP/2: one connection a lane", len({r[2] for r in log}))


def test_http1():
    with sandbox() as s, Terminator(AUTHORITY, s.port, "--npn-list=http/1.1") as t, Job(400) as job:
        equal(job.run(url(t.port), "--cacert", AUTHORITY.ca, "--in-flight", "8"), (0, ""), "HTTP/1.1: done")
        equal(job.statuses(), {"success": 400}, "HTTP/1.1: every row is success")
        equal_done(s, 400, "HTTP/1.1")
        log = t.requests()
        equal({r[0] for r in log}, {"http/1.1"}, "HTTP/1.1: each request went over it")
        check(len({r[2] for r in log}) <= 16, "HTTP/1.1: connections are kept alive", len({r[2] for r in log}))


def test_tls12():
    with sandbox() as s, Terminator(AUTHORITY, s.port, "--tls-max-proto-version=TLSv1.2") as t, Job(10) as job:
        equal(job.run(url(t.port), "--cacert", AUTHORITY.ca), (0, ""), "TLS 1.2 is good enough")
        equal({(r[0], r[1]) for r in t.requests()}, {("h2", "TLSv1.2")}, "TLS 1.2 was spoken")


def refused(what, s, t, job, word, *more, host="127.0.0.1", **environment):
    code, err = job.run(url(t.port, host), "--tries", "2", *more, **environment)
    equal(code, 4, f"{what}: exit 4")
    check(word in err.lower(), f"{what}: the message says {word!r}", err)
    check(KEY not in err, f"{what}: the message does not hold the API key", err)
    equal(job.statuses(), {"unsent": job.rows}, f"{what}: every row is unsent")
    equal((len(t.requests()), s.stats()["requests"]["total"]), (0, 0), f"{what}: no request was seen")


def test_untrusted():
    with sandbox() as s, Terminator(AUTHORITY, s.port) as t, Job(20) as job:
        refused("unknown authority", s, t, job, "certificate")
        equal(job.run(url(t.port), "--cacert", AUTHORITY.ca), (0, ""), "the same job goes on when it is trusted")
        equal_done(s, 20, "trusted at last")
        equal(job.statuses(), {"success": 20}, "trusted at last: every row is success")


def doctor(t, *more, host="127.0.0.1"):
    """(exit code, the lines on the API and TLS)"""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "BITBADGES_API_KEY": KEY, "HOME": folder, "XDG_STATE_HOME": folder}
        run = subprocess.run([CLAIMPIPE, "doctor", "-c", "c", "--api-url", url(t.port, host), *more], env=env, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S, check=False)
    return run.returncode, "".join(re.findall(r"^\w+ +(?:api|tls): .*\n(?: .*\n)?", run.stdout, re.M))


def test_doctor():
    with sandbox() as s, Terminator(AUTHORITY, s.port) as t:
        code, said = doctor(t, "--cacert", AUTHORITY.ca)
        equal(code, 0, "doctor: a certificate that is trusted")
        check("ok       tls: the certificate is trusted, by " + AUTHORITY.ca in said, "doctor says by whom", said)
        for what, more, host in (("an unknown authority", [], "127.0.0.1"),
                                 ("another host's certificate", ["--cacert", AUTHORITY.ca], "localhost")):
            code, said = doctor(t, *more, host=host)
            equal(code, 1, f"doctor: {what} is bad")
            check(re.match("bad +api: .* can't be reached: .*certificate.*\n +to do: .*--cacert FILE", said),
                  f"doctor says why {what} is bad, and what to do", said)
            check("tls:" not in said, f"doctor trusts no {what}", said)
        equal(len(t.requests()), 1, "doctor: one question, and none where the certificate is not trusted")


def test_host_name():
    with sandbox() as s, Terminator(AUTHORITY, s.port) as t, Job(20) as job:
        refused("another host's certificate", s, t, job, "certificate", "--cacert", AUTHORITY.ca, host="localhost")


def speaks_tls11(port, conf):
    """Does a client that is willing get TLS 1.1?  Without this proof the refusal would prove nothing."""
    got = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-CAfile", AUTHORITY.ca],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S,
                         env={**os.environ, "OPENSSL_CONF": conf})
    return "Protocol  : TLSv1.1" in got.stdout and "Cipher    : 0000" not in got.stdout


def test_tls11():
    with tempfile.TemporaryDirectory() as folder, sandbox() as s, Job(20) as job:
        conf = os.path.join(folder, "old.cnf")
        with open(conf, "w") as f:
            f.write(OLD_TLS)
        only11 = ["--tls-min-proto-version=TLSv1.1", "--tls-max-proto-version=TLSv1.1",
                  "--ciphers=ALL:@SECLEVEL=0", "--npn-list=http/1.1"]
        with Terminator(AUTHORITY, s.port, *only11) as t:
            if not speaks_tls11(t.port, conf):
                check(False, "this OpenSSL can still speak TLS 1.1 (needed to show that claimpipe does not)")
                return
            check(True, "a willing client is given TLS 1.1")
            # OPENSSL_CONF: so that the refusal is claimpipe's own, not the distribution's default
            refused("TLS 1.1", s, t, job, "ssl", "--cacert", AUTHORITY.ca, OPENSSL_CONF=conf)


# ---- redirects ----


class Counting(http.server.BaseHTTPRequestHandler):
    """Keeps what it is asked; redirects the methods it is told to, and shows a claim to the others."""

    protocol_version = "HTTP/1.1"
    CLAIM = b'{"claim":{"claimId":"c","version":"0","plugins":[{"pluginId":"numUses"}]}}'

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers.get("x-api-key")))
        away = self.command in self.server.redirected
        self.send_response(self.server.status if away else 200)
        if away:
            self.send_header("Location", self.server.to + self.path)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(0 if away else len(self.CLAIM)))
        self.end_headers()
        self.wfile.write(b"" if away else self.CLAIM)

    do_GET = do_POST = answer

    def log_message(self, *unused):
        pass


@contextlib.contextmanager
def counting(status=200, to=None, tls=False):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    server.daemon_threads = True
    server.status, server.to, server.redirected, server.seen = status, to, (), []
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(AUTHORITY.cert, AUTHORITY.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_redirect():
    for status in (301, 302, 307, 308):
        for tls in (False, True):
            what = f"{status} from {'https' if tls else 'http'}"
            with counting() as other, Job(5) as job:
                there = f"http://127.0.0.1:{other.server_port}"
                with counting(status, there, tls) as first:
                    # first the question about the claim, then the claims themselves
                    for first.redirected in ("GET", "POST"), ("POST",):
                        here = f"{'https' if tls else 'http'}://127.0.0.1:{first.server_port}"
                        code, _ = job.run(here, "--cacert", AUTHORITY.ca, "--tries", "2")
                        check(code in (1, 4), f"{what}: the run does not succeed", code)
                    got = job.statuses()
                    check("success" not in got, f"{what}: no row is success", got)
                    equal({m for m, _, k in first.seen if k == KEY}, {"GET", "POST"}, f"{what}: both were asked")
                equal(other.seen, [], f"{what}: the other host was never asked, and never saw the key")


# ---- what breaks on the way ----


def test_killed():
    """The TLS terminator dies by SIGKILL in the middle, twice, and comes back on the same port."""
    rows = 2000
    with sandbox() as s, Job(rows) as job:
        with Terminator(AUTHORITY, s.port) as t:
            port = t.port
            # the rate stretches the run, so that there is a middle
            run = job.start(url(port), "--cacert", AUTHORITY.ca, "--rate", "4000/s", "--burst", "64")
            check(s.wait("complete", 300), "killed: the run is under way")
            t.kill()
        for seen in (900, None):
            with Terminator(AUTHORITY, s.port, port=port) as t:
                if seen:
                    check(s.wait("complete", seen, DEADLINE_S * 1000), "killed: the run goes on with the next one")
                    t.kill()
                    continue
                code, err = job.end(run)
                check(code in (0, 1, 4), "killed: the run ends in good order", (code, err))
                if code != 0:
                    code, err = job.run(url(port), "--cacert", AUTHORITY.ca)
                equal((code, err), (0, ""), "killed: done, at the latest with the rerun")
        equal(job.statuses(), {"success": rows}, "killed: every row is success")
        stats = equal_done(s, rows, "killed")
        check(stats["requests"]["complete"] >= rows, "killed: the claims were sent", stats["requests"])


def test_broken_streams():
    """Answers cut off behind the terminator reach claimpipe as 502, or as a stream reset in the middle."""
    rows = 400
    faults = [{"route": "complete", "kind": "truncate", "every": 7},
              {"route": "complete", "kind": "reset-after", "every": 11},
              {"route": "complete", "kind": "reset-before", "every": 13, "rst": True},
              {"route": "status", "kind": "truncate", "every": 17}]
    with sandbox(faults=faults) as s, Terminator(AUTHORITY, s.port) as t, Job(rows) as job:
        code, err = job.run(url(t.port), "--cacert", AUTHORITY.ca)
        equal((code, err), (0, ""), "broken streams: done")
        equal(job.statuses(), {"success": rows}, "broken streams: every row is success")
        stats = equal_done(s, rows, "broken streams")
        check(min(stats["faults"][k] for k in ("truncate", "reset-after", "reset-before")) > 0,
              "broken streams: there were some of each", stats["faults"])


def test_interrupted():
    """claimpipe itself dies by SIGKILL over HTTP/2; the rerun finds out what became of its streams."""
    rows = 1000
    with sandbox() as s, Terminator(AUTHORITY, s.port) as t, Job(rows) as job:
        run = job.start(url(t.port), "--cacert", AUTHORITY.ca, "--rate", "2000/s", "--burst", "64")
        check(s.wait("complete", 200), "interrupted: the run is under way")
        run.send_signal(signal.SIGKILL)
        equal(job.end(run)[0], -signal.SIGKILL, "interrupted: killed in the middle")
        code, err = job.run(url(t.port), "--cacert", AUTHORITY.ca)
        equal((code, err), (0, ""), "interrupted: the rerun is done")
        equal_done(s, rows, "interrupted")


def main():
    global AUTHORITY
    if not NGHTTPX:
        raise SystemExit("Bail out! nghttpx is missing: apt install nghttp2-proxy")
    with tempfile.TemporaryDirectory(prefix="claimpipe-tls-") as folder:
        AUTHORITY = Authority(folder)
        for name, test in [x for x in globals().items() if x[0].startswith("test_")]:
            test()
    print(f"1..{tap.NUMBER}")
    return 1 if tap.FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
