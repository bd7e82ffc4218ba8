#!/usr/bin/env python3
"""Memory is flat: in rows, in the size of a row, and in the size of an answer; and the results are right all the same.

    BUILD=build tests/memory_test.py [NAME...]

Each test runs the command with a practice server and looks at the most memory it had (getrusage).  Between the two
stands a relay that gives other answers where a test says so.  Prints TAP.
"""
import contextlib
import csv
import gzip
import http.client
import http.server
import inspect
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import zipfile

import sheets
import smtpd

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SECONDS = 180
MIB = 1 << 20
ORDINARY = 64 * MIB
WORKBOOK = 96 * MIB
FIELD = 1000000  # of a large row's cells
SEED = "0123456789abcdef0123456789abcdef"
KEEP = ("SAN_OPTIONS", "_SYMBOLIZER_PATH")
# A sanitizer's shadow is memory too: there the bounds are not asserted, and the test's line says so.
SANITIZED = any(word in (BUILD / "claimpipe").read_bytes() for word in (b"__asan_init", b"__tsan_init"))
csv.field_size_limit(32 * MIB)


class Failure(Exception):
    pass


def want(condition, *why):
    if not condition:
        raise Failure("\n".join(str(x)[:2000] for x in why))


def equal(got, wanted, *why):
    want(got == wanted, *why, f"got    {got!r}"[:500], f"wanted {wanted!r}"[:500])


def address(i):
    return f"0x{i:040x}"


# A process is also charged with what its parent had when it began: so a small one begins them.
BEGINNER = """
import json, os, subprocess, sys
for line in sys.stdin:
    job = json.loads(line)
    with open(job["stderr"], "w") as err:
        run = subprocess.Popen(job["words"], cwd=job["cwd"], env=job["env"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=err)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    print(run.returncode, usage.ru_maxrss, flush=True)
"""


class Relay(http.server.BaseHTTPRequestHandler):
    """Hands each request on, and its answer back, unless one of the server's `instead` is for it."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        to = http.client.HTTPConnection(self.server.behind, timeout=SECONDS)
        to.request(self.command, self.path, body or None,
                   {name: self.headers[name] for name in ("x-api-key", "Content-Type") if name in self.headers})
        answer = to.getresponse()
        status, text, packed = answer.status, answer.read(), False
        to.close()
        with self.server.lock:
            self.server.paths.append(self.path)
            for rule in self.server.instead:
                if rule["times"] > 0 and rule["path"] in self.path:
                    rule["times"] -= 1
                    status, text, packed = 200, rule["body"], rule["packed"]
                    break
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(text)

    def handle(self):
        with contextlib.suppress(OSError):  # who has heard enough hangs up
            super().handle()

    do_GET = do_POST = answer


class World:
    """A folder to run in, a server, and the relay before it."""

    def __init__(self, folder, config, beginner):
        self.beginner = beginner
        self.folder = pathlib.Path(folder)
        usual = {"keys": ["a-key"], "queueDelayMs": [0, 0], "rateLimit": {"limit": 1000000, "windowMs": 1000}}
        self.path("config.json").write_text(json.dumps(usual | config))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", self.path("config.json")],
                                       stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]
        self.relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        self.relay.daemon_threads = True
        self.relay.behind = self.url.removeprefix("http://")
        self.relay.lock = threading.Lock()
        self.relay.instead, self.relay.paths = [], []
        threading.Thread(target=self.relay.serve_forever, daemon=True).start()
        self.most = 0

    def close(self):
        self.relay.shutdown()
        self.relay.server_close()
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(SECONDS)
        self.server.stdout.close()

    def path(self, name):
        return self.folder / name

    def instead(self, path, body, times=1, packed=False):
        self.relay.instead.append({"path": path, "body": gzip.compress(body, 9) if packed else body, "times": times,
                                   "packed": packed})

    def through_relay(self):
        self.url = f"http://127.0.0.1:{self.relay.server_address[1]}"

    def table(self, name, header, rows):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(header + "\n")
            f.writelines(row + "\n" for row in rows)

    def run(self, code, bound, *words, api=True):
        """Its stderr.  It must end with that code, and have had no more memory than `bound` at any time."""
        environment = {name: value for name, value in os.environ.items() if name.endswith(KEEP)}
        environment |= {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder),
                        "XDG_STATE_HOME": str(self.folder), "BITBADGES_API_KEY": "a-key", "SECRET": "s3cr3t-of-s1", "SEED": SEED,
                        "LC_ALL": "C.UTF-8"}
        words = [BUILD / "claimpipe", *words, "--ledger", "ledger.db"]
        if api:
            words += ["--api-url", self.url, "--rate", "1000000/1s"]
        job = {"words": [str(word) for word in words], "cwd": str(self.folder), "env": environment,
               "stderr": str(self.path("stderr"))}
        self.beginner.stdin.write(json.dumps(job) + "\n")
        self.beginner.stdin.flush()
        got, most = map(int, self.beginner.stdout.readline().split())
        text = self.path("stderr").read_text(encoding="utf-8")
        want(got == code, f"{words[1:]}: exit code {got}, not {code}", text)
        want("Sanitizer" not in text, text)
        most *= 1024
        self.most = max(self.most, most)
        want(SANITIZED or most <= bound, f"{words[1:4]}: {most / MIB:.1f} MiB, not {bound / MIB:.1f}", text)
        return text

    def statuses(self, name="out.csv"):
        """How many rows of each status."""
        counts = {}
        with open(self.path(name), newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                counts[row["status"]] = counts.get(row["status"], 0) + 1
        return counts

    def completions(self, claim="c1"):
        connection = http.client.HTTPConnection(self.relay.behind, timeout=SECONDS)
        connection.request("GET", "/sandbox/stats")
        stats = json.loads(connection.getresponse().read())
        connection.close()
        return stats["claims"][claim]["completions"]

    def once_each(self, n, claim="c1"):
        equal(sorted(self.completions(claim).values()), [1] * n, "each is completed once")


def claim(name="c1", **more):
    return {"claimId": name, "version": 0,
            "plugins": [{"pluginId": "numUses", "instanceId": "n", "maxUses": 100000000}]} | more


def config(**more):
    """What the server of a test is told."""
    def keep(test):
        test.config = more
        return test
    return keep


def large(columns):
    """The bound for rows of so many large cells."""
    return ORDINARY + 4 * columns * FIELD


def wide(w, n, columns, cell="x", extra="", size=FIELD):
    """n rows of so many large cells, each with a mail address and an address."""
    w.table("in.csv", "Email,Address,Note," + ",".join(f"c{i}" for i in range(columns)),
            (f"u{i}@x.org,{address(i + 1)},{extra}," + ",".join([cell * size] * columns) for i in range(n)))


# ---- rows ----

@config(claims=[claim()])
def test_ordinary_rows(w):
    """many ordinary rows: claims, codes, check and report"""
    n = 10000
    w.table("in.csv", "Name,Address,Course", (f"Person {i},{address(i + 1)},Course A" for i in range(n)))
    w.run(0, ORDINARY, "claim", "in.csv", "-c", "c1", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": n})
    w.once_each(n)
    more = 10 * n
    w.table("in.csv", "Name,Address,Course", (f"Person {i},{address(i + 1)},Course A" for i in range(more)))
    w.run(0, ORDINARY, "check", "in.csv", "-c", "c1")
    w.run(0, ORDINARY, "code", "in.csv", "--seed-from", "env:SEED", "--count", str(more), "-o", "out.csv", "-q",
          api=False)
    equal(w.statuses(), {"success": more})
    w.run(0, ORDINARY, "report", "last", "--seed-from", "env:SEED", "-o", "again.csv", api=False)
    equal(w.statuses("again.csv"), {"success": more})


@config(claims=[claim()])
def test_largest_rows(w):
    """rows as large as they may be: check, claims, codes"""
    wide(w, 6, 15)
    w.run(0, large(15), "check", "in.csv", "-c", "c1")
    w.run(0, large(15), "claim", "in.csv", "-c", "c1", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 6})
    w.once_each(6)
    w.run(0, large(15), "code", "in.csv", "--seed-from", "env:SEED", "--count", "6", "-o", "out.csv", "-q", api=False)
    equal(w.statuses(), {"success": 6})
    w.run(0, large(15), "report", "last", "--seed-from", "env:SEED", "-o", "again.csv", api=False)
    want(w.path("again.csv").read_bytes() == w.path("out.csv").read_bytes(), "the report is another")


def test_workbooks(w):
    """many rows of a workbook, whose texts are all different, into a workbook, and read back"""
    n = 200000
    with zipfile.ZipFile(w.path("in.xlsx"), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        sheets.make_around(z, ["People"])
        with z.open("xl/worksheets/sheet1.xml", "w") as f:
            f.write((sheets.SHEET_BEGINS + '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>').encode())
            for i in range(1, n + 1):
                f.write(b'<row r="%d"><c t="s"><v>%d</v></c><c t="s"><v>%d</v></c></row>' % (i + 1, 2 * i, 2 * i + 1))
            f.write(sheets.SHEET_ENDS.encode())
        with z.open("xl/sharedStrings.xml", "w") as f:
            f.write(f'<sst xmlns="{sheets.MAIN}"><si><t>Email</t></si><si><t>Note</t></si>'.encode())
            for i in range(1, n + 1):
                f.write(b"<si><t>u%d@x.org</t></si><si><t>%s</t></si>" % (i, b"note %d " % i * 20))
            f.write(b"</sst>")
    code = ["--email", "Email", "--seed-from", "env:SEED", "--count", str(n)]
    w.run(0, WORKBOOK, "code", "in.xlsx", *code, "-o", "out.xlsx", "-q", api=False)
    w.run(0, WORKBOOK, "report", "last", "--seed-from", "env:SEED", "-o", "out.csv", api=False)
    equal(w.statuses(), {"success": n})
    w.run(0, WORKBOOK, "code", "out.xlsx", *code, "-o", "again.csv", "-q", api=False)
    equal(w.statuses("again.csv"), {"duplicate": n})


@config(claims=[claim()])
def test_many_large_rows(w):
    """fifty rows of 1 MB, which all wait, in another encoding as well"""
    wide(w, 50, 1)
    w.run(0, large(1), "claim", "in.csv", "-c", "c1", "--force", "--set", "q.note={c0}", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 50})
    w.once_each(50)
    wide(w, 20, 1, "\u00fc", size=FIELD // 2)
    w.path("in.csv").write_bytes(w.path("in.csv").read_text(encoding="utf-8").encode("cp1252"))
    w.run(0, large(1), "claim", "in.csv", "-c", "c1", "--encoding", "windows-1252", "-o", "out.csv", "-q")
    with open(w.path("out.csv"), newline="", encoding="cp1252") as f:
        equal({row["status"] for row in csv.DictReader(f)}, {"duplicate"})


@config(stores=[{"dynamicDataId": "s1", "dataSecret": "s3cr3t-of-s1", "delayMs": [0, 0]}])
def test_store_batches(w):
    """store batches of 250 whose payloads are 1 MB each"""
    wide(w, 40, 1)
    w.run(0, large(1), "store", "in.csv", "-s", "s1", "--secret-from", "env:SECRET", "--set", "note={c0}",
          "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 40})


@config(claims=[claim(), claim("c2")], stores=[{"dynamicDataId": "s1", "dataSecret": "s3cr3t-of-s1", "delayMs": [0, 0]}])
def test_several_steps(w):
    """a job of three steps, whose rows are kept until the last, and others that wait for the same item"""
    w.path("job.json").write_text(json.dumps({"steps": [
        {"action": "claim", "claim": "c1"}, {"action": "claim", "claim": "c2"},
        {"action": "store", "store": "s1", "secret_from": "env:SECRET"}]}))
    wide(w, 20, 2)
    w.run(0, large(2), "run", "job.json", "in.csv", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 20})
    w.once_each(20)
    w.once_each(20, "c2")
    w.table("in.csv", "Address,c0", (f"{address(7000 + i % 5)},{'x' * FIELD}" for i in range(30)))
    w.run(0, large(1), "run", "job.json", "in.csv", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 5, "duplicate": 25})
    w.once_each(25)


@config(claims=[claim(), claim("c2")])
def test_lookup_and_groups(w):
    """a lookup, and groups, of large rows"""
    wide(w, 20, 2, extra="y")
    w.table("people.csv", "Email,Address,Biography",
            (f"u{i}@x.org,{address(100 + i)},{'b' * FIELD}" for i in range(20)))
    w.run(0, large(2), "claim", "in.csv", "-c", "c1", "--lookup", "people.csv", "--on", "Email", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 20})
    w.once_each(20)
    w.run(0, large(2), "claim", "in.csv", "-c", "c2", "--lookup", "people.csv", "--on", "Email", "--group", "Email",
          "--where", "any(Note = 'y')", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 20})


@config(claims=[claim()])
def test_fill_down(w):
    """one large cell that is filled down through a thousand rows"""
    w.table("in.csv", "Address,Note", (f"{address(i + 1)},{'x' * FIELD if i % 600 == 0 else ''}" for i in range(1200)))
    w.run(0, large(1), "claim", "in.csv", "-c", "c1", "--fill-down", "Note", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 1200})


# ---- messages ----

def test_messages(w):
    """many messages to a mail server, more into an outbox, and large attachments, several at once"""
    w.path("letter.txt").write_text("From: Club <club@example.org>\nSubject: For {{Name}}\n\nHello {{Name}}\n")
    mail = ["mail", "in.csv", "--template", "letter.txt", "-o", "out.csv", "-q"]
    w.table("in.csv", "Name,Email", (f"Person {i},p{i}@example.org" for i in range(2000)))
    with smtpd.Server({}, str(w.path("smtpd"))) as server:
        w.run(0, ORDINARY, *mail, "--smtp", server.url, api=False)
        equal(w.statuses(), {"success": 2000})
        equal(len({m["to"][0] for m in server.messages() if m["taken"]}), 2000, "each was handed over")
    w.table("in.csv", "Name,Email", (f"Person {i},p{i}@example.org" for i in range(10000)))
    w.run(0, ORDINARY, *mail, "--outbox", "box", api=False)
    equal(w.statuses(), {"success": 10000})
    w.table("in.csv", "Name,Email", (f"Person {i},p{i}@example.org" for i in range(8)))
    with open(w.path("large.bin"), "wb") as f:
        f.truncate(40 * MIB)
    w.run(0, ORDINARY, *mail, "--outbox", "box", "--letter", "large", "--attach", "large.bin", api=False)
    equal(w.statuses(), {"success": 8})


# ---- answers ----

@config(claims=[claim(claimed=200000)])
def test_claimed_by_many(w):
    """a claim that 200,000 have claimed by another way: those are known, in 20 bytes each"""
    w.table("in.csv", "Address", (address(i) for i in (1, 150000, 200000, 200001, 2 ** 159)))
    w.run(0, ORDINARY, "claim", "in.csv", "-c", "c1", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 2, "duplicate": 3})
    with open(w.path("out.csv"), newline="", encoding="utf-8") as f:
        equal([row["error"] for row in csv.DictReader(f)], ["claimed elsewhere"] * 3 + [""] * 2)


def members(text):
    """A claim whose list of who has claimed is this text."""
    return b'{"claim":{"version":"0","plugins":[{"publicState":{"claimedUsers":{' + text + b"}}}]}}"


@config(claims=[claim()])
def test_claimed_by_too_many(w):
    """a list of who has claimed that is too long is done without, and that is said"""
    w.through_relay()
    for n, text in enumerate((members(b'"a":[1]' + b" " * (130 * MIB)), members(b'"' + b"a" * (3 * MIB) + b'":[1]'))):
        w.table("in.csv", "Address", (address(10 * n + i) for i in range(1, 4)))
        w.instead("/api/v0/claim/c1", text, packed=True)
        err = w.run(0, ORDINARY, "claim", "in.csv", "-c", "c1", "-o", "out.csv")
        want("who has claimed already can't be read" in err and "rows of those who have are sent as well" in err, err)
        equal(w.statuses(), {"success": 3})
    w.once_each(6)


HOSTILE = {
    "a million lists, each in the one before": b"[" * MIB,
    "ten million zeros": b"[" + b"0," * (10 * MIB) + b"0]",
    "a megabyte of zeros": b"[" + b"0," * (MIB // 2 - 2) + b"0]",
    "a megabyte of empty objects": b"[" + b"{}," * (MIB // 3 - 2) + b"0]",
    "names without end": b'{"' + b"a" * (MIB - 4),
}


def spoil(w, *paths):
    """Each hostile answer, packed and not, once on each of these routes."""
    for body in HOSTILE.values():
        for path in paths:
            for packed in (False, True):
                w.instead(path, body, packed=packed)


@config(claims=[claim(details={"standaloneClaim": None, "collectionId": None})])  # so that each is asked about by itself
def test_hostile_answers_of_claims(w):
    """answers that would become large are of no use on any route; what was sent is found out, and sent once"""
    w.through_relay()
    spoil(w, "/claims/complete/", "/claims/status/")
    w.instead("/api/v0/claim/c1", HOSTILE["a megabyte of zeros"])
    w.instead("/api/v0/claim/c1", HOSTILE["a megabyte of empty objects"], packed=True)
    w.table("in.csv", "Address", (address(i) for i in range(1, 31)))
    w.run(0, ORDINARY, "claim", "in.csv", "-c", "c1", "--queue-delay", "500ms", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 30})
    w.once_each(30)
    equal([rule for rule in w.relay.instead if rule["times"] and "/attempts" not in rule["path"]], [], "all were given")
    w.relay.instead.clear()
    w.instead("/attempts", HOSTILE["a megabyte of zeros"])
    w.instead("/attempts", HOSTILE["ten million zeros"], packed=True)
    w.run(4, ORDINARY, "successes", "c1", "-o", "successes.csv", "-q")
    want(not w.path("successes.csv").exists(), "half a list")
    w.run(0, ORDINARY, "successes", "c1", "-o", "successes.csv", "-q")


@config(stores=[{"dynamicDataId": "s1", "dataSecret": "s3cr3t-of-s1", "delayMs": [0, 0]}])
def test_hostile_answers_of_stores(w):
    """the same where a store is filled"""
    w.through_relay()
    spoil(w, "/storeActions/batch", "/dynamicStores/activity", "/value?")
    w.table("in.csv", "Address", (address(i) for i in range(1, 41)))
    w.run(0, ORDINARY, "store", "in.csv", "-s", "s1", "--secret-from", "env:SECRET", "--batch", "2", "-o", "out.csv", "-q")
    equal(w.statuses(), {"success": 40})


def main():
    names = sys.argv[1:]
    tests = {name.removeprefix("test_"): test for name, test in globals().items() if name.startswith("test_")}
    tests = {name: test for name, test in tests.items() if not names or name in names}
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    beginner = subprocess.Popen([sys.executable, "-c", BEGINNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
    for i, (name, test) in enumerate(tests.items(), 1):
        with tempfile.TemporaryDirectory(prefix="claimpipe-memory-") as folder:
            w = World(folder, getattr(test, "config", {}), beginner)
            why = None
            try:
                test(w)
            except (Failure, subprocess.SubprocessError, OSError) as e:
                why = e
            finally:
                w.close()
        note = " # memory not asserted: a sanitizer has its own" if SANITIZED else f" ({w.most / MIB:.0f} MiB)"
        print(f"{'not ok' if why else 'ok'} {i} - {name}: {inspect.getdoc(test)}{note}", flush=True)
        if why:
            failed += 1
            print("\n".join(f"# {line}" for line in str(why).splitlines()), flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
