#!/usr/bin/env python3
"""A server that webhooks and dead-man switches are called at: hooks.py LOG

Prints its port, and ends at the end of standard input.  Each request is a line of LOG: JSON with method, path (with its
query), type and body.  A path with /fail/N/STATUS/ in it is answered so the first N times, one with /status/STATUS/
always, one with /silent/ the first time not at all; every other by a 200.  A 302 leads to /elsewhere, a 429 wants to be asked again at once.
"""
import http.server
import json
import re
import sys
import threading

seen = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def status(self):
        m = re.search(r"/(?:fail/(\d+)|status)/(\d+)/", self.path)
        times = seen[self.path] = seen.get(self.path, 0) + 1
        return int(m[2]) if m and (not m[1] or times <= int(m[1])) else 200

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        with lock, open(sys.argv[1], "a") as log:
            log.write(json.dumps({"method": self.command, "path": self.path, "body": body,
                                  "type": self.headers.get("Content-Type")}) + "\n")
            status = self.status()
        if "/silent/" in self.path and seen[self.path] == 1:
            self.rfile.read(1)  # until the other side hangs up
            self.close_connection = True
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
