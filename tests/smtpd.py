#!/usr/bin/env python3
"""A mail server for tests, on loopback, which does what its script says: also what no good server does.

    smtpd.py --script SCRIPT.json --journal JOURNAL [--folder DIR] [--port N]

Prints its URL (smtp://127.0.0.1:PORT, or smtps://…) and ends at the end of standard input, or by SIGTERM.  Where it
speaks TLS the authority to be trusted is DIR/ca.pem.  The script is read again when the file has changed: what is new
holds from the next command on.  In a Python test: `with smtpd.Server(script, folder) as server`.

The script, all of it optional:
  tls       "none" (default), "starttls" (offered) or "implicit" (smtps)
  names, addresses   of the certificate: ["localhost"], ["127.0.0.1"]
  features  what EHLO offers besides: ["8BITMIME", "PIPELINING", "SMTPUTF8", "SIZE 1000000", …]; these are kept to
  auth      mechanisms offered: ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"]; a message needs it then
  plainAuth true: they are offered without TLS too, where the server speaks it
  users     {"ann": "password"}; and tokens {"ann": "token"} for the last two mechanisms
  rules     a list; at each stage the first rule that matches says what happens instead of all well:
    at        connect, ehlo, starttls, tls, auth, mail, rcpt, data, body, end (the final dot has come), rset, quit
    to, from  globs: the recipient (of a later stage than rcpt: one of them), the sender
    connection, message   the n-th connection, the n-th MAIL of all; or of the connection: nth
    after, times, every   of what matches: not the first N; N times at the most; each N-th only
    reply     "550 5.1.1 no such user"; lines behind one another with \\n
    delay     seconds before it
    close     "before" the reply, so that none comes, or "after" it; reset: true, by RST
    silent    true: no reply, ever; the connection stays
    bytes     at body: the connection ends once so many bytes of the content have come
    taken     at end: whether the message is kept (default: whether the reply is, or would be, 2xx)

The journal: lines of JSON, each written before the reply to what it tells of (and to the disk, if it is a message), with event,
connection and more:
  connect, tls, ehlo (name), auth (mechanism, user, ok, tls), mail (message, from, words, reply), rcpt (message, to, reply),
  data (reply), message (message, from, to: [...], content: its bytes as Latin-1, undotted; taken; reply: null if none is sent; faults),
  sent (message: the reply has been written to the network), rset, quit, close (by: client or server)
"""
import argparse
import base64
import contextlib
import fnmatch
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import ssl
import struct
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority  # noqa: E402

LINE_MAX = 998
PATIENCE_S = 60  # a client that says nothing for so long is gone


class Gone(Exception):
    """The connection ends; the argument is by whom."""


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Script:
    """What is to be done, and how often each rule has matched."""

    def __init__(self, source):
        self.source = source  # a dict, or the path of a file
        self.lock = threading.Lock()
        self.mark = None
        self.matched = {}

    def read(self):
        if isinstance(self.source, dict):
            return self.source
        stat = os.stat(self.source)
        mark = stat.st_mtime_ns, stat.st_ino, stat.st_size
        if mark != self.mark:
            with open(self.source) as f:
                self.content = json.load(f)
            self.mark = mark
            self.matched = {}
        return self.content

    def get(self, name, default):
        with self.lock:
            return self.read().get(name, default)

    def rule(self, at, session):
        """The first rule that holds there, or {}."""
        with self.lock:
            for rule in self.read().get("rules", []):
                if rule["at"] == at and session.matches(rule) and self.is_due(rule):
                    return rule
        return {}

    def is_due(self, rule):
        key = json.dumps(rule, sort_keys=True)
        n = self.matched[key] = self.matched.get(key, 0) + 1
        n -= rule.get("after", 0)
        every = rule.get("every", 1)
        return n > 0 and n % every == 0 and n // every <= rule.get("times", n)


class Session:
    """One connection, from its greeting to its end."""

    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.script = server.script
        self.buffer = b""
        self.tls = False
        self.said_ehlo = self.user = None
        self.n_messages = 0
        self.forget()

    def forget(self):
        self.sender, self.words, self.to, self.message = None, [], [], None

    def note(self, event, **facts):
        self.server.note(event, connection=self.number, **facts)

    def matches(self, rule):
        if "connection" in rule and rule["connection"] != self.number:
            return False
        if "message" in rule and rule["message"] != self.message or "nth" in rule and rule["nth"] != self.n_messages:
            return False
        if "from" in rule and not fnmatch.fnmatchcase(self.sender or "", rule["from"]):
            return False
        asked = self.to[-1:] if rule["at"] == "rcpt" else self.to
        return "to" not in rule or any(fnmatch.fnmatchcase(to, rule["to"]) for to in asked)

    # ---- bytes ----

    def read_some(self):
        try:
            some = self.sock.recv(65536)
        except OSError as e:
            raise Gone("client") from e
        if not some:
            raise Gone("client")
        self.buffer += some

    def read_line(self):
        while b"\n" not in self.buffer:
            self.read_some()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "surrogateescape")

    def write(self, reply):
        *more, last = reply.split("\n")
        lines = [re.sub(r"^(\d{3})[ -]", r"\1-", line) for line in more] + [last]
        try:
            self.sock.sendall("".join(line + "\r\n" for line in lines).encode("utf-8", "surrogateescape"))
        except OSError as e:
            raise Gone("client") from e

    def end(self, reset):
        if reset:
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # without a goodbye of TLS
            with contextlib.suppress(OSError):
                os.close(self.sock.detach())
        raise Gone("server")

    def planned(self, rule, usual):
        """The reply that will be sent, or None."""
        if rule.get("silent") or rule.get("close") == "before" or rule.get("reset") and "reply" not in rule:
            return None
        return rule.get("reply", usual)

    def answer(self, rule, usual):
        """Does what the rule says.  True: the reply was what is usual, or as good."""
        reply = self.planned(rule, usual)
        if rule.get("delay"):
            self.server.ended.wait(rule["delay"])
        if rule.get("silent"):
            while True:
                self.read_some()
                self.buffer = b""
        if reply is None:
            self.end(rule.get("reset"))
        self.write(reply)
        if rule.get("close") or rule.get("reset"):
            self.end(rule.get("reset"))
        if reply.startswith("421"):
            self.end(False)
        return reply[:1] == usual[:1]

    # ---- TLS ----

    def begin_tls(self):
        if self.script.rule("tls", self):
            self.end(False)
        try:
            self.sock = self.server.context.wrap_socket(self.sock, server_side=True)
        except OSError as e:
            raise Gone("client") from e
        self.tls = True
        self.buffer = b""
        self.said_ehlo = None
        self.note("tls", version=self.sock.version())

    # ---- commands ----

    def mechanisms(self):
        offered = self.script.get("auth", [])
        return offered if self.tls or self.script.get("tls", "none") == "none" or self.script.get("plainAuth", False) \
            else []

    def feature(self, name):
        return next((f for f in self.script.get("features", ["8BITMIME", "PIPELINING"]) if f.split()[0] == name), None)

    def do_ehlo(self, argument):
        rule = self.script.rule("ehlo", self)
        lines = ["250 smtpd of the tests", *(f"250 {f}" for f in self.script.get("features", ["8BITMIME", "PIPELINING"]))]
        if self.script.get("tls", "none") == "starttls" and not self.tls:
            lines.append("250 STARTTLS")
        if self.mechanisms():
            lines.append("250 AUTH " + " ".join(self.mechanisms()))
        self.forget()
        self.note("ehlo", name=argument)
        if self.answer(rule, "\n".join(lines)):
            self.said_ehlo = argument

    def do_helo(self, argument):
        self.forget()
        self.note("ehlo", name=argument, helo=True)
        if self.answer(self.script.rule("helo", self), "250 smtpd of the tests"):
            self.said_ehlo = argument

    def do_starttls(self, _):
        if self.answer(self.script.rule("starttls", self), "220 go ahead"):
            self.begin_tls()

    def ask(self, prompt):
        self.write(f"334 {prompt}")
        return base64.b64decode(self.read_line()).decode()

    def authenticate(self, mechanism, initial):
        """(user, whether it is that)"""
        users, tokens = self.script.get("users", {}), self.script.get("tokens", {})
        if mechanism == "LOGIN":
            user = base64.b64decode(initial).decode() if initial else self.ask(b64("Username:"))
            return user, users.get(user) == self.ask(b64("Password:"))
        if mechanism == "CRAM-MD5":
            challenge = f"<{self.number}.1@smtpd>"
            user, _, digest = self.ask(b64(challenge)).rpartition(" ")
            known = hmac.new(users.get(user, "").encode(), challenge.encode(), hashlib.md5).hexdigest()
            return user, user in users and known == digest
        said = base64.b64decode(initial).decode() if initial else self.ask("")
        if mechanism == "PLAIN":
            _, user, password = said.split("\0")
            return user, users.get(user) == password
        user = re.search(r"user=([^\x01]*)\x01" if mechanism == "XOAUTH2" else r"^n,a=([^,]*),", said)
        token = re.search(r"\x01auth=Bearer ([^\x01]*)\x01\x01$", said)
        user = user[1] if user else ""
        return user, bool(token) and tokens.get(user) == token[1]

    def do_auth(self, argument):
        mechanism, _, initial = argument.partition(" ")
        if mechanism not in self.mechanisms():
            self.write("504 5.5.4 no such mechanism")
            return
        try:
            user, ok = self.authenticate(mechanism, initial)
        except ValueError:
            user, ok = "", False
        self.note("auth", mechanism=mechanism, user=user, ok=ok, tls=self.tls)
        usual = "235 2.7.0 welcome" if ok else "535 5.7.8 that is not right"
        if self.answer(self.script.rule("auth", self), usual) and ok:
            self.user = user

    def refuse_mail(self, sender):
        size = self.feature("SIZE")
        sized = next((int(w[5:]) for w in self.words if re.fullmatch(r"SIZE=\d+", w)), 0)
        if not self.said_ehlo or self.message is not None:
            return "503 5.5.1 not now"
        if self.script.get("auth", []) and not self.user:
            return "530 5.7.0 say who you are first"
        if size and " " in size and sized > int(size.split()[1]):
            return "552 5.3.4 it is too large"
        if not sender.isascii() and "SMTPUTF8" not in self.words or "SMTPUTF8" in self.words and not self.feature("SMTPUTF8"):
            return "553 5.6.7 that address can't be had"
        return None

    def do_mail(self, argument):
        path, *words = argument.removeprefix("FROM:").split(" ")
        sender, self.words = path.strip("<>"), words
        fault = self.refuse_mail(sender)
        if fault:
            self.note("mail", message=None, **{"from": sender}, words=words, reply=fault)
            self.write(fault)
            return
        self.sender, self.message = sender, self.server.next_message()
        self.n_messages += 1
        rule = self.script.rule("mail", self)
        self.note("mail", message=self.message, **{"from": sender}, words=words, reply=self.planned(rule, "250 2.1.0 ok"))
        if not self.answer(rule, "250 2.1.0 ok"):
            self.forget()

    def do_rcpt(self, argument):
        to = argument.removeprefix("TO:").split(" ")[0].strip("<>")
        if self.message is None:
            self.write("503 5.5.1 not now")
            return
        self.to.append(to)
        rule, usual = self.script.rule("rcpt", self), "250 2.1.5 ok"
        if not to.isascii() and "SMTPUTF8" not in self.words:
            rule, usual = {}, "553 5.6.7 that address can't be had"
        self.note("rcpt", message=self.message, to=to, reply=self.planned(rule, usual))
        if not self.answer(rule, usual) or usual[0] != "2":
            self.to.pop()

    def do_data(self, _):
        if not self.to:
            self.write("503 5.5.1 to whom?" if self.message is None else "554 5.5.1 no valid recipients")
            return
        rule = self.script.rule("data", self)
        self.note("data", message=self.message, reply=self.planned(rule, "354 go ahead"))
        if self.answer(rule, "354 go ahead"):
            self.take_message(self.read_content())

    def read_content(self):
        """Up to its final dot, as it came but for the dots."""
        rule = self.script.rule("body", self)
        if rule.get("silent"):
            self.answer(rule, "")
        raw = bytearray(b"\r\n")  # so that a first line is like any other
        while True:
            begin = max(0, len(raw) - 4)
            raw += self.buffer
            self.buffer = b""
            if rule and len(raw) - 2 >= rule.get("bytes", 0):
                self.answer(dict(rule, close="before") if "reply" not in rule else rule, "")
                self.end(False)
            end = raw.find(b"\r\n.\r\n", begin)
            if end >= 0:
                self.buffer = bytes(raw[end + 5:])
                return bytes(raw[2:end + 2])
            self.read_some()

    def faults(self, raw):
        """What a message must not have; raw: with its dots."""
        if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
            yield "a line end that is not CR LF"
        if b"\0" in raw:
            yield "NUL"
        if any(len(line) > LINE_MAX for line in raw.split(b"\r\n")):
            yield "a line that is too long"
        if re.search(rb"(?m)^\.(?!\.)", raw):
            yield "a dot that is not doubled"
        if not raw.isascii() and not {"BODY=8BITMIME", "SMTPUTF8"} & set(self.words):
            yield "8-bit bytes, unannounced"

    def take_message(self, raw):
        content = re.sub(rb"(?m)^\.", b"", raw)
        rule, usual = self.script.rule("end", self), f"250 2.0.0 taken as {self.message}"
        reply = self.planned(rule, usual)
        taken = rule.get("taken", rule.get("reply", usual).startswith("2"))
        message = self.message
        self.note("message", message=message, **{"from": self.sender}, to=self.to, content=content.decode("latin-1"),
                  taken=taken, reply=reply, faults=[*self.faults(raw)])
        self.forget()
        if reply and not rule.get("close") and not rule.get("reset") and not reply.startswith("421"):
            self.answer(rule, usual)
            self.note("sent", message=message)
        else:
            self.answer(rule, usual)

    def do_rset(self, _):
        self.forget()
        self.note("rset")
        self.answer(self.script.rule("rset", self), "250 2.0.0 ok")

    def do_noop(self, _):
        self.write("250 2.0.0 ok")

    def do_quit(self, _):
        self.note("quit")
        self.answer(self.script.rule("quit", self), "221 2.0.0 bye")
        raise Gone("client")

    def serve(self):
        self.sock.settimeout(PATIENCE_S)
        self.note("connect")
        try:
            if self.script.get("tls", "none") == "implicit":
                self.begin_tls()
            if not self.answer(self.script.rule("connect", self), "220 smtpd of the tests"):
                while True:
                    self.write("503 5.5.1 no") if self.read_line()[:4].upper() != "QUIT" else self.do_quit("")
            while True:
                verb, _, argument = self.read_line().partition(" ")
                do = getattr(self, f"do_{verb.lower()}", None) if verb.isalpha() else None
                if do:
                    do(argument)
                else:
                    self.write("500 5.5.2 what?")
        except Gone as e:
            self.note("close", by=e.args[0])
        finally:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
            self.sock.close()


class Server:
    """script: a dict, which may be changed (in place, or as .script.source), or the path of a file."""

    def __init__(self, script, folder=None, journal=None, port=0):
        self.own = None if folder else tempfile.TemporaryDirectory(prefix="claimpipe-smtpd-")
        self.folder = folder or self.own.name
        os.makedirs(self.folder, exist_ok=True)
        self.script = Script(script)
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.ended = threading.Event()
        self.n_connections = self.n_messages = 0
        self.sessions = set()
        self.path = journal or os.path.join(self.folder, "journal")
        self.journal = open(self.path, "a")
        if self.script.get("tls", "none") != "none":
            authority = Authority(self.folder, *self.script.get("names", ["localhost"]),
                                  addresses=self.script.get("addresses", ["127.0.0.1"]))
            self.ca = authority.ca
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(authority.cert, authority.key)
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self.listener.getsockname()[1]
        scheme = "smtps" if self.script.get("tls", "none") == "implicit" else "smtp"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def note(self, event, **facts):
        with self.changed:
            self.journal.write(json.dumps({"event": event, **facts}) + "\n")
            self.journal.flush()
            if event == "message":
                os.fsync(self.journal.fileno())
            self.changed.notify_all()

    def next_message(self):
        with self.lock:
            self.n_messages += 1
            return self.n_messages

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.n_connections += 1
                session = Session(self, sock, self.n_connections)
                self.sessions.add(session)
            threading.Thread(target=self.run, args=(session,), daemon=True).start()

    def run(self, session):
        try:
            session.serve()
        finally:
            with self.lock:
                self.sessions.discard(session)

    def events(self, *kinds):
        with self.lock:
            return events(self.path, *kinds)

    def messages(self):
        return self.events("message")

    def wait(self, kind, n, seconds=30):
        """Until n events of that kind are there."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(events(self.path, kind)) >= n, seconds):
                raise TimeoutError(f"{len(events(self.path, kind))} of {n} {kind} within {seconds} s")

    def close(self):
        self.ended.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            left = [session.sock for session in self.sessions]
        for sock in left:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        if self.own:
            self.own.cleanup()


def events(path, *kinds):
    """Those of a journal, of these kinds or all; a line that is not whole yet is none."""
    with open(path) as f:
        lines = f.read().split("\n")[:-1]
    return [e for e in map(json.loads, lines) if not kinds or e["event"] in kinds]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--script", required=True)
    parser.add_argument("--journal", required=True)
    parser.add_argument("--folder")
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(args.script, args.folder, args.journal, args.port) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
