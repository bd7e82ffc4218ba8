#!/usr/bin/env python3
"""An IMAP server for tests, on loopback, with one mailbox: what it is told is in its journal.

    imapd.py MBOX JOURNAL --user NAME --password WORD [--mailbox INBOX] [--tls FOLDER] [--cut N]

Prints its URL and ends at the end of standard input.  --tls: it is imaps, and FOLDER/ca.pem is the authority to be trusted.
--cut N: the connection ends within the N-th message that is fetched.  The mailbox is read again with each EXAMINE.
"""
import argparse
import base64
import os
import re
import socket
import ssl
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority  # noqa: E402


def messages_of(path):
    with open(path, "rb") as f:
        parts = re.split(rb"(?m)^From .*:.*\n", f.read())
    return [re.sub(rb"(?m)^>(>*From )", rb"\1", p).replace(b"\n", b"\r\n") for p in parts[1:]]


class Session:
    fetched = 0  # by all

    def __init__(self, options, sock, journal):
        self.o, self.sock, self.journal = options, sock, journal
        self.file = sock.makefile("rwb")
        self.logged_in, self.messages = False, []

    def say(self, *lines):
        for line in lines:
            self.file.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        self.file.flush()

    def login(self, tag, user, password):
        self.logged_in = (user, password) == (self.o.user, self.o.password)
        self.say(f"{tag} OK in" if self.logged_in else f"{tag} NO [AUTHENTICATIONFAILED] wrong")

    def authenticate(self, tag, first):
        if first is None:
            self.say("+ ")
            first = self.file.readline().decode().strip()
        self.login(tag, *base64.b64decode(first).decode().split("\0")[1:])

    def search(self, tag, what):
        found = range(1, len(self.messages) + 1)
        if what.startswith("HEADER Message-ID "):
            wanted = what.split('"')[1].encode()
            found = [n for n in found
                     if any(wanted in x for x in self.messages[n - 1].split(b"\r\n\r\n")[0].split(b"\r\n")
                            if x.lower().startswith(b"message-id:"))]
        self.say("* SEARCH" + "".join(f" {n + 100}" for n in found), f"{tag} OK")

    def fetch(self, tag, uid):
        body = self.messages[uid - 101]
        Session.fetched += 1
        head = f"* {uid - 100} FETCH (UID {uid} BODY[] {{{len(body)}}}\r\n".encode()
        if Session.fetched == self.o.cut:
            self.file.write(head + body[:40])
            self.file.flush()
            return False
        self.file.write(head + body)
        self.say(")", "* 9 EXISTS", f"{tag} OK done")
        return True

    def command(self, tag, words):
        verb = words.split(" ")[0].upper()
        self.journal.write(("LOGIN" if verb == "LOGIN" else "AUTHENTICATE" if verb == "AUTHENTICATE" else words) + "\n")
        self.journal.flush()
        if verb == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR", f"{tag} OK")
        elif verb == "LOGIN":
            self.login(tag, *[w.strip('"') for w in words.split(" ")[1:]])
        elif verb == "AUTHENTICATE":
            self.authenticate(tag, (words.split(" ") + [None, None])[2])
        elif verb == "LOGOUT":
            self.say("* BYE", f"{tag} OK")
            return False
        elif not self.logged_in:
            self.say(f"{tag} BAD first log in")
        elif verb == "EXAMINE" and words[8:] == f'"{self.o.mailbox}"':
            self.messages = messages_of(self.o.mbox)
            self.say(f"* {len(self.messages)} EXISTS", f"{tag} OK [READ-ONLY]")
        elif words.startswith("UID SEARCH "):
            self.search(tag, words[11:])
        elif re.fullmatch(r"UID FETCH \d+ \(BODY\.PEEK\[\]\)", words):
            return self.fetch(tag, int(words.split(" ")[2]))
        else:
            self.say(f"{tag} NO [NONEXISTENT] no such mailbox or command")
        return True

    def run(self):
        self.say("* OK here")
        while True:
            line = self.file.readline().decode().rstrip("\r\n")
            if not line or not self.command(*line.split(" ", 1)):
                break
        self.file.close()
        self.sock.close()


def main():
    parser = argparse.ArgumentParser()
    for name in "mbox", "journal":
        parser.add_argument(name)
    for name in "--user", "--password", "--tls":
        parser.add_argument(name)
    parser.add_argument("--mailbox", default="INBOX")
    parser.add_argument("--cut", type=int, default=0)
    o = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if o.tls:
        authority = Authority(o.tls, "localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.cert, authority.key)
    print(f"imap{'s' if o.tls else ''}://127.0.0.1:{listener.getsockname()[1]}", flush=True)

    def serve():
        with open(o.journal, "w", encoding="utf-8") as journal:
            while True:
                sock = listener.accept()[0]
                try:
                    Session(o, context.wrap_socket(sock, server_side=True) if context else sock, journal).run()
                except (OSError, ssl.SSLError):
                    sock.close()

    threading.Thread(target=serve, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
