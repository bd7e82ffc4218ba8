#!/usr/bin/env python3
"""claimpipe's input as a URL: https with an authority of our own, and sftp from a real sshd.  Prints TAP.

    BUILD=build tests/fetch_test.py [NAME...]

Each test has a folder, which is HOME meanwhile: with ~/.ssh, and a ledger.  Servers are on loopback.
"""
import contextlib
import csv
import gzip
import http.server
import io
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import tls_test
from sandbox_test import address, check, equal
import sandbox_test as tap
from tls_test import Authority, Terminator, await_true, free_port

CLAIMPIPE = os.path.abspath(os.path.join(tls_test.BUILD, "claimpipe"))
SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
SECONDS = 60
ROWS = 10
TABLE = ("Name,Address\n" + "".join(f"p{i},{address(i)}\n" for i in range(ROWS))).encode()
PAGE = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"
SECRET = "the-key-in-the-query"
AUTHORITY = None


# ---- claimpipe ----


class Home:
    """A folder that is HOME, with what claimpipe leaves there."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="claimpipe-fetch-")
        self.path = pathlib.Path(self.folder.name)
        self.ssh = self.path / ".ssh"
        self.ssh.mkdir(mode=0o700)
        self.runs = 0

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.folder.cleanup()

    def start(self, *command, **environment):
        """Environment: None takes a variable away."""
        env = {k: v for k, v in os.environ.items()
               if not k.lower().endswith("_proxy") and not k.startswith(("XDG_", "SSH_"))}
        env.update({"HOME": str(self.path), "CODE_SEED": "the-seed-of-this-test", **environment})
        return subprocess.Popen([CLAIMPIPE, *command], env={k: v for k, v in env.items() if v is not None},
                                cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def start_code(self, url, *more, **environment):
        """With a ledger of its own, so that each run gives codes."""
        self.runs += 1
        return self.start("code", url, "--seed-from", "env:CODE_SEED", "--count", "1000", "--quiet", "--ledger",
                          str(self.path / f"ledger-{self.runs}.db"), *more, **environment)

    def end(self, process):
        """(exit code, standard output, what was said)"""
        out, err = process.communicate(timeout=SECONDS)
        said = err.decode()
        if SECRET in said or SECRET.encode() in out:
            check(False, "the URL's query is not told", said)
        return process.returncode, out.decode(), said

    def code(self, url, *more, **environment):
        return self.end(self.start_code(url, *more, **environment))

    def check(self, url, *more, **environment):
        return self.end(self.start("check", "code", url, "--seed-from", "env:CODE_SEED", "--count", "1000", *more,
                                   **environment))


def statuses(out):
    rows = list(csv.DictReader(io.StringIO(out)))
    return [(r["Name"], r["status"]) for r in rows]


ALL_DONE = [(f"p{i}", "success") for i in range(ROWS)]


def given(home, what, url, *more, **environment):
    """check, then codes for all of the rows, on standard output."""
    exit_code, out, err = home.check(url, *more)
    check(exit_code == 0, f"{what}: check takes it", (exit_code, out, err))
    exit_code, out, err = home.code(url, *more, **environment)
    equal((exit_code, statuses(out), err), (0, ALL_DONE, ""), f"{what}: each row has its code")
    equal(sorted(p.name for p in home.path.iterdir() if "results" in p.name or ".csv" in p.name), [],
          f"{what}: no file is left for the results, nor of the download")


def refused(home, what, url, says, *more, **environment):
    """Neither check nor code takes it, and both say why in one line."""
    for name, (exit_code, out, err) in {"check": home.check(url, *more),
                                        "code": home.code(url, *more, **environment)}.items():
        if name == "check" and environment:
            continue
        equal((exit_code, out), (3, ""), f"{what}: {name} ends with 3")
        check(says in err and err.count("\n") == 1, f"{what}: {name} says {says!r}", err)


# ---- https ----


class Files(http.server.BaseHTTPRequestHandler):
    """By the path: a status, fields, a body; or a folder of tricks."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.seen.append(self.path)
        status, fields, body = self.server.files.get(path, (404, {}, b"<html>none</html>"))
        if body == "hang":
            self.server.hanging.set()
            self.rfile.read(1)  # until the other side goes
            return
        if body == "drop":
            self.server.hanging.set()
            self.server.drop.wait(SECONDS)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.server.hanging.set()
            return
        self.send_response(status)
        for field, value in {"Content-Length": str(len(body)), "Connection": "close", **fields}.items():
            self.send_header(field, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *unused):
        pass


@contextlib.contextmanager
def files(tls=True, **more):
    """A server of these paths (and /t.csv, the table): its base URL, and itself."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    server.daemon_threads = True
    server.files = {"/t.csv": (200, {"Content-Type": "text/csv"}, TABLE), **more.pop("paths", {})}
    server.seen, server.hanging, server.drop = [], threading.Event(), threading.Event()
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(AUTHORITY.cert, AUTHORITY.key)
        # the handshake belongs to the connection's thread: one that is refused must not stop the server
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *unused: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ca():
    return "--cacert", AUTHORITY.ca


def test_https():
    with Home() as home, files(paths={"/t.csv.gz": (200, {}, gzip.compress(TABLE))}) as (base, server):
        given(home, "https", f"{base}/t.csv?key={SECRET}#{SECRET}", *ca())
        equal(server.seen, [f"/t.csv?key={SECRET}"] * 2, "https: asked once a run, with the query")
        held = b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())
        check(b"/t.csv" in held, "https: the ledger names the input")
        check(SECRET.encode() not in held, "https: the ledger does not hold the query")
        given(home, "https, gzip", f"{base}/t.csv.gz", *ca())


def test_http():
    with Home() as home, files(tls=False) as (base, _):
        given(home, "http", f"{base}/t.csv")
        exit_code, out, err = home.code(f"{base}/t.csv", "-o", "mine.csv")
        equal((exit_code, out, err), (0, "", ""), "http: -o names a file for the results")
        equal(statuses((home.path / "mine.csv").read_text()), ALL_DONE, "http: which has them")


def test_untrusted():
    with Home() as home, files() as (base, server):
        refused(home, "unknown authority", f"{base}/t.csv?{SECRET}", "certificate")
        refused(home, "another host", f"{base.replace('127.0.0.1', 'localhost')}/t.csv?{SECRET}",
                "certificate", *ca())
        refused(home, "no such authority", f"{base}/t.csv?{SECRET}", "--cacert", "--cacert", "/nowhere.pem")
        equal(server.seen, [], "untrusted: nothing was asked")


def test_redirects():
    with Home() as home, files(tls=False) as (plain, plain_server):
        away = {"/plain": (302, {"Location": f"{plain}/t.csv?{SECRET}"}, b""),
                "/here": (301, {"Location": f"/t.csv?{SECRET}"}, b"<html>moved"),
                "/file": (302, {"Location": "file:///etc/passwd"}, b""),
                "/round": (302, {"Location": "/round"}, b"")}
        with files(paths=away) as (base, server):
            plain_server.files["/up"] = (302, {"Location": f"{base}/t.csv"}, b"")
            plain_server.files["/up-and-down"] = (302, {"Location": f"{base}/plain"}, b"")
            given(home, "redirect", f"{base}/here", *ca())
            given(home, "http to https", f"{plain}/up", *ca())
            plain_server.seen.clear()
            refused(home, "https to http", f"{base}/plain?{SECRET}", "from https to http is not followed", *ca())
            equal(plain_server.seen, [], "https to http: the other was not asked")
            refused(home, "http to https to http", f"{plain}/up-and-down", "from https to http is not followed",
                    *ca())
            refused(home, "https to a file", f"{base}/file", "to https and http only", *ca())
            server.seen.clear()
            refused(home, "in circles", f"{base}/round", "more than 10 redirects", *ca())
            equal(len(server.seen), 22, "in circles: 10 redirects were followed, by check and by code")


def test_no_file():
    paths = {"/page": (200, {"Content-Type": "text/html"}, PAGE), "/named.csv": (200, {}, PAGE),
             "/403": (403, {"Content-Type": "text/html"}, PAGE), "/cut": (200, {"Content-Length": "1000"}, TABLE)}
    with Home() as home, files(paths=paths) as (base, _):
        for path, says in {"/page": "is a web page", "/named.csv": "is a web page",
                           "/403": "the server answers 403 (forbidden)", "/404": "the server answers 404 (not found)",
                           "/cut": f"the connection broke off after {len(TABLE)} bytes"}.items():
            refused(home, path, f"{base}{path}?{SECRET}", f"{base}{path}?…: {says}", *ca())


def test_http2():
    cut = {"/cut": (200, {"Content-Length": "1000"}, TABLE)}
    with Home() as home, files(tls=False, paths=cut) as (_, server), Terminator(AUTHORITY, server.server_port) as t:
        given(home, "HTTP/2", f"https://127.0.0.1:{t.port}/t.csv", *ca())
        refused(home, "HTTP/2, cut off", f"https://127.0.0.1:{t.port}/cut", "broke off", *ca())
        equal({r[0] for r in t.requests()}, {"h2"}, "HTTP/2: it was")


def test_interrupted():
    with Home() as home, files(paths={"/hang": (200, {}, "hang")}) as (base, server):
        for signum in signal.SIGINT, signal.SIGTERM:
            server.hanging.clear()
            run = home.start_code(f"{base}/hang?{SECRET}", *ca())
            check(server.hanging.wait(SECONDS), f"{signum.name}: the transfer is under way")
            run.send_signal(signum)
            exit_code, out, err = home.end(run)
            equal((exit_code, out), (128 + signum, ""), f"{signum.name}: the exit code says so")
            check("/hang?…: interrupted" in err, f"{signum.name}: and the message", err)


def test_interrupted_as_it_breaks_off():
    """The signal and the end of the connection are there at the same time."""
    with Home() as home, files(tls=False, paths={"/drop": (200, {}, "drop")}) as (base, server):
        run = home.start_code(f"{base}/drop")
        check(server.hanging.wait(SECONDS), "the transfer is under way")
        run.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, run.pid, os.WSTOPPED | os.WNOWAIT)
        run.send_signal(signal.SIGTERM)
        server.hanging.clear()
        server.drop.set()
        check(server.hanging.wait(SECONDS), "the connection is closed")
        run.send_signal(signal.SIGCONT)
        exit_code, out, err = home.end(run)
        equal((exit_code, out), (128 + signal.SIGTERM, ""), "stopped, and no bad input")
        check("interrupted" in err, "and the message says so", err)


def test_never():
    """What is refused before anything is asked."""
    with Home() as home, files(tls=False) as (base, server):
        at = base.removeprefix("http://")
        for url, says in {f"ftp://{at}/t.csv": "https://, http:// or sftp://",
                          f"file://{home.path}/t.csv": "give the file's path",
                          f"http://me:{SECRET}@{at}/t.csv": "has a password in it",
                          f"sftp://me:{SECRET}@{at}/t.csv": "has a password in it",
                          f"sftp://{at}/folder/": "is a folder"}.items():
            refused(home, url.replace(SECRET, "PASSWORD"), url, says)
        equal(server.seen, [], "never: nothing was asked")


def test_report():
    """The results again: of a URL with a query the ledger knows only where it led."""
    with Home() as home, files(tls=False) as (base, server):
        url = f"{base}/t.csv?key={SECRET}"

        def report(*words):
            return home.end(home.start("report", "last", *words, "--seed-from", "env:CODE_SEED", "--quiet",
                                       "--ledger", str(home.path / "ledger-1.db")))

        home.code(url)
        exit_code, out, err = report()
        equal((exit_code, out), (2, ""), "report of a URL with a query: ends with 2")
        check(f"has read {base}/t.csv?…: " in err and "give the URL" in err, "report: and says what to give", err)
        equal(len(server.seen), 1, "report: nothing was asked for without the query")
        exit_code, out, err = report(url)
        equal((exit_code, statuses(out), err), (0, ALL_DONE, ""), "report: the URL again gives the results again")


# ---- links to pages ----


SHARED = "docs.google.com", "drive.usercontent.google.com", "acme.sharepoint.com", "www.dropbox.com", "1drv.ms"


class Internet(Files):
    """A proxy that is all servers itself, with a certificate of ours.  Its files are named HOST/PATH."""

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.host = self.path.removesuffix(":443")
        self.handle_one_request()

    def do_GET(self):
        self.path = self.host + self.path
        super().do_GET()


@contextlib.contextmanager
def internet(paths):
    """The environment by which all hosts are this one, and itself."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Internet)
    server.daemon_threads = True
    server.files, server.seen = paths, []
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(AUTHORITY.cert, AUTHORITY.key)
    server.handle_error = lambda *unused: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield {"https_proxy": f"http://127.0.0.1:{server.server_port}"}, server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


TABLE_FILE = 200, {"Content-Type": "text/csv"}, TABLE
SHEETS = "docs.google.com/spreadsheets/d"


def test_links():
    """What is asked of whom for a link from the address bar, and what is said of it."""
    links = {f"https://{SHEETS}/the-id/edit?resourcekey={SECRET}#gid=7":
             (f"{SHEETS}/the-id/edit?…", f"{SHEETS}/the-id/export", f"format=csv&gid=7&resourcekey={SECRET}"),
             f"http://{SHEETS}/e/2PACX-1/pubhtml": (f"{SHEETS}/e/2PACX-1/pubhtml", f"{SHEETS}/e/2PACX-1/pub", "output=csv"),
             "https://drive.google.com/file/d/the-id/view?usp=sharing":
             ("drive.google.com/file/d/the-id/view?…", "drive.usercontent.google.com/download",
              "export=download&id=the-id&confirm=t"),
             f"https://acme.sharepoint.com/:x:/s/team/EsC?e={SECRET}":
             ("acme.sharepoint.com/:x:/s/team/EsC?…", "acme.sharepoint.com/:x:/s/team/EsC", f"e={SECRET}&download=1"),
             f"https://www.dropbox.com/scl/fi/a/t.csv?rlkey={SECRET}&dl=0":
             ("www.dropbox.com/scl/fi/a/t.csv?…", "www.dropbox.com/scl/fi/a/t.csv", f"rlkey={SECRET}&dl=1")}
    for url, (name, path, query) in links.items():
        name = url[:url.index("//") + 2] + name
        told = f"{name}: is a link to a page; fetched from https://{path}?… ("
        with Home() as home, internet({path: TABLE_FILE}) as (environment, server):
            exit_code, out, err = home.check(url, *ca(), **environment)
            check(exit_code == 0 and told in out, f"{url}: check tells of the address", (exit_code, out, err))
            exit_code, out, err = home.code(url, *ca(), **environment)
            equal((exit_code, statuses(out), err), (0, ALL_DONE, ""), f"{url}: each row has its code")
            equal(server.seen, [f"{path}?{query}"] * 2, f"{url}: the file was asked for")
            held = b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())
            check(name.encode() in held, f"{url}: the ledger names the link")
            check(SECRET.encode() not in held and (path in name or path.encode() not in held),
                  f"{url}: and not the address of the file, nor a key")


def test_links_are_told():
    """Also without check: in the log of a run, and of a lookup."""
    url, told = f"https://{SHEETS}/the-id/edit?usp=sharing", f"fetched from https://{SHEETS}/the-id/export?… (the sheet"
    with Home() as home, internet({f"{SHEETS}/the-id/export": TABLE_FILE}) as (environment, server):
        exit_code, out, err = home.end(home.start("code", f"{url}#gid=0", "--seed-from", "env:CODE_SEED", "--count", "1000",
                                                  *ca(), **environment))
        equal((exit_code, statuses(out)), (0, ALL_DONE), "told: each row has its code")
        check(told in err, "told: the log has it", err)
        (home.path / "in.csv").write_text("Name\n" + "".join(f"p{i}\n" for i in range(ROWS)))
        exit_code, out, err = home.end(home.start("check", "claim", "in.csv", "-c", "c1", "--lookup", f"{url}#gid=0", "--on",
                                                  "Name", *ca(), **environment))
        check(exit_code == 0 and told in out, "told: and so has a lookup's check", (exit_code, out, err))
        equal(server.seen, [f"{SHEETS}/the-id/export?format=csv&gid=0"] * 2, "told: the file was asked for, each time")


def test_links_to_pages():
    """A page to sign in comes all the same: what is to be done, by the service."""
    page = 200, {"Content-Type": "text/html"}, PAGE
    paths = {f"{SHEETS}/the-id/export": (302, {"Location": f"https://docs.google.com/login?{SECRET}"}, b""),
             f"{SHEETS}/private/export": (401, {"Content-Type": "text/html"}, PAGE), "docs.google.com/login": page,
             "1drv.ms/x/s!A": page, "acme.sharepoint.com/:x:/s/team/EsC": (403, {}, PAGE)}
    with Home() as home, internet(paths) as (environment, _):
        for url, says in {
                f"https://{SHEETS}/the-id/edit?{SECRET}":
                f"{SHEETS}/the-id/edit?… (which leads to https://docs.google.com/login?…): is a web page and not a file, most "
                'likely one to sign in: let "Anyone with the link" view it',
                f"https://{SHEETS}/private/edit#gid=0":
                f"(fetched from https://{SHEETS}/private/export?…): the server answers 401 (unauthorized): one has to sign in, "
                'or may not read it: let "Anyone with the link" view it',
                f"https://1drv.ms/x/s!A?e={SECRET}": "is a web page and not a file, most likely one to sign in: OneDrive gives",
                f"https://acme.sharepoint.com/:x:/s/team/EsC?e={SECRET}": '403 (forbidden): one has to sign in, or may not '
                'read it: share it with "Anyone", if your organization'}.items():
            exit_code, out, err = home.code(url, *ca(), **environment)
            equal((exit_code, out), (3, ""), f"{url}: ends with 3")
            check(says in err and err.count("\n") == 1, f"{url}: says {says!r}", err)


# ---- sftp ----


def run(*command):
    subprocess.run([str(c) for c in command], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def new_key(path, passphrase=""):
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path)


class Sshd:
    """sshd as this user, for whoever has the key of the given home; it serves `files`."""

    def __init__(self, home):
        self.folder = tempfile.TemporaryDirectory(prefix="claimpipe-sshd-")
        self.path = pathlib.Path(self.folder.name)
        self.files = self.path / "files"
        self.files.mkdir()
        (self.files / "t.csv").write_bytes(TABLE)
        self.port, self.host_key = free_port(), self.path / "host_key"
        new_key(self.host_key)
        new_key(home.ssh / "id_ed25519")
        shutil.copy(home.ssh / "id_ed25519.pub", self.path / "authorized")
        config = self.path / "config"
        config.write_text(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.host_key}\nPidFile none\n"
                          "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
                          f"AuthorizedKeysFile {self.path}/authorized\nSubsystem sftp internal-sftp\n")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.log = open(self.path / "log", "wb")
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        await_true("sshd listens", lambda: self.process.poll() is not None or tls_test.answers(self.port))
        if self.process.poll() is not None:
            raise SystemExit(f"Bail out! sshd ended: {(self.path / 'log').read_text()[-500:]}")
        self.url = f"sftp://127.0.0.1:{self.port}{self.files}"
        self.known_hosts = home.ssh / "known_hosts"
        self.trust(self.host_key)

    def trust(self, key, port=None):
        kind, data = pathlib.Path(f"{key}.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[127.0.0.1]:{port or self.port} {kind} {data}\n")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()
        self.log.close()
        self.folder.cleanup()

    def kill(self):
        """It, and its sessions."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def test_sftp():
    with Home() as home, Sshd(home) as s:
        given(home, "sftp", f"{s.url}/t.csv")
        given(home, "sftp, named user", f"{s.url.replace('//', f'//{who()}@', 1)}/t.csv")
        run("ssh-keygen", "-H", "-f", s.known_hosts)
        check("127.0.0.1" not in s.known_hosts.read_text(), "sftp: known_hosts is hashed")
        given(home, "sftp, hashed known_hosts", f"{s.url}/t.csv")
        (s.files / "a name#1?.csv").write_bytes(TABLE)
        given(home, "sftp, a strange name", f"{s.url}/a%20name%231%3F.csv")
        refused(home, "sftp, no such file", f"{s.url}/none.csv", "No such file")
        refused(home, "sftp, a folder", s.url, "check that it is a file")
        (s.files / "empty.csv").write_bytes(b"")
        refused(home, "sftp, an empty file", f"{s.url}/empty.csv", "empty")


def who():
    return subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()


def test_sftp_host_keys():
    with Home() as home, Sshd(home) as s:
        add = f"ssh-keyscan -p {s.port} 127.0.0.1 >>~/.ssh/known_hosts"
        s.known_hosts.unlink()
        refused(home, "sftp, no known_hosts", f"{s.url}/t.csv", f"key is not in ~/.ssh/known_hosts: if you trust it: {add}")
        check(not s.known_hosts.exists(), "sftp: and none is made")
        new_key(home.path / "other")
        s.trust(home.path / "other")
        refused(home, "sftp, another host key", f"{s.url}/t.csv", "key is not the one in ~/.ssh/known_hosts")
        log = (s.path / "log").read_text()
        check("Accepted" not in log, "sftp: no stranger is logged in to", log)
        refused(home, "sftp, no HOME", f"{s.url}/t.csv", "HOME is not set", HOME=None)
        # as the message says
        keys = subprocess.run(["ssh-keyscan", "-p", str(s.port), "127.0.0.1"], check=True, capture_output=True).stdout
        s.known_hosts.write_bytes(keys)
        given(home, "sftp, as ssh-keyscan says", f"{s.url}/t.csv")


def test_sftp_keys():
    denied = "the server lets in nobody with the keys"
    with Home() as home, Sshd(home) as s:
        refused(home, "sftp, another user", f"{s.url.replace('//', '//nobody-at-all@', 1)}/t.csv", denied)
        good = home.path / "good"
        (home.ssh / "id_ed25519").rename(good)
        refused(home, "sftp, no key", f"{s.url}/t.csv", denied)
        # libcurl by itself would take a key from the current folder
        shutil.copy(good, home.path / "id_rsa")
        refused(home, "sftp, a key lying about", f"{s.url}/t.csv", denied)
        new_key(home.ssh / "id_ed25519", "passphrase")
        refused(home, "sftp, a key that is not let in", f"{s.url}/t.csv", denied)
        agent = home.path / "agent"
        with subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                await_true("ssh-agent is there", agent.exists)
                subprocess.run(["ssh-add", "-q", good], check=True, env={**os.environ, "SSH_AUTH_SOCK": str(agent)})
                exit_code, out, err = home.code(f"{s.url}/t.csv", SSH_AUTH_SOCK=str(agent))
                equal((exit_code, statuses(out), err), (0, ALL_DONE, ""), "sftp: ssh-agent's key is taken")
            finally:
                process.terminate()
        shutil.copy(good, home.ssh / "id_ecdsa")
        given(home, "sftp, the second key", f"{s.url}/t.csv")


class Held:
    """A way to the server which holds back what comes from it after the first 200 KB."""

    LIMIT = 200_000

    def __init__(self, port):
        self.to, self.full, self.released = port, threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            ours, _ = self.listener.accept()
            theirs = socket.create_connection(("127.0.0.1", self.to))
            self.ends = [ours, theirs]
            threading.Thread(target=self.pass_on, args=(ours, theirs, None), daemon=True).start()
            self.pass_on(theirs, ours, self.LIMIT)
            self.full.set()
            self.released.wait()
            self.pass_on(theirs, ours, None)

    @staticmethod
    def pass_on(source, to, limit):
        passed = 0
        with contextlib.suppress(OSError):
            while limit is None or passed < limit:
                some = source.recv(65536)
                if not some:
                    break
                to.sendall(some)
                passed += len(some)

    def close(self):
        self.released.set()
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextlib.contextmanager
def halfway(home, s):
    """A run whose transfer is under way: half of it has come."""
    (s.files / "half.csv").write_bytes(TABLE + b"x" * 1_000_000)
    held = Held(s.port)
    s.trust(s.host_key, held.port)
    under_way = home.start_code(f"sftp://127.0.0.1:{held.port}{s.files}/half.csv")
    if not held.full.wait(60):
        raise SystemExit("Bail out! the transfer does not begin")
    yield under_way, held
    held.close()


def test_sftp_cut():
    with Home() as home, Sshd(home) as s, halfway(home, s) as (under_way, held):
        s.kill()
        held.close()
        exit_code, out, err = home.end(under_way)
        equal((exit_code, out), (3, ""), "sftp, killed: the run ends with 3")
        check("/half.csv: " in err, "sftp, killed: and says of what", err)


def test_sftp_interrupted():
    with Home() as home, Sshd(home) as s:
        for signum in signal.SIGINT, signal.SIGTERM:
            with halfway(home, s) as (under_way, held):
                under_way.send_signal(signum)
                held.released.set()  # the server is told
                exit_code, out, err = home.end(under_way)
                equal((exit_code, out), (128 + signum, ""), f"sftp, {signum.name}: the exit code says so")
                check("half.csv: interrupted" in err, f"sftp, {signum.name}: and the message", err)


def main():
    global AUTHORITY
    for tool, found in {"openssh-server": SSHD, "nghttp2-proxy": tls_test.NGHTTPX,
                        "openssh-client": shutil.which("ssh-keygen")}.items():
        if not found:
            raise SystemExit(f"Bail out! {tool} is missing: make deps check installs it")
    with tempfile.TemporaryDirectory(prefix="claimpipe-fetch-") as folder:
        AUTHORITY = tls_test.AUTHORITY = Authority(folder, *SHARED)
        for name, test in [x for x in globals().items() if x[0].startswith("test_")]:
            if not sys.argv[1:] or name.removeprefix("test_") in sys.argv[1:]:
                test()
    print(f"1..{tap.NUMBER}")
    return 1 if tap.FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
