#!/usr/bin/env python3
"""claimpipe successes: every success of a claim is told of, once, whatever the list looks like and whatever goes wrong.

    BUILD=build tests/successes_test.py [NAME...]

Each test has a folder and a practice server of its own.  Prints TAP.
"""
import csv
import datetime
import http.client
import inspect
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SECONDS = 60
HEADER = "address,claim_id,claim_number,attempt_id,claimed_at\n"
LEDGER = "ledger.db"
ALICE = "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"
ALICE_HEX = "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"
BOB = "bb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs7gvmv"
CAROL = "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"
BEGIN_MS = 1788739200000  # 2026-09-07T00:00:00Z
HOUR_MS = 3600 * 1000


class Failure(Exception):
    pass


def want(condition, *why):
    if not condition:
        raise Failure("\n".join(map(str, why)))


def equal(got, wanted, *why):
    want(got == wanted, *why, f"got    {got!r}", f"wanted {wanted!r}")


class World:
    """A folder to run in, and a server."""

    def __init__(self, folder, config):
        self.folder = pathlib.Path(folder)
        self.path("config.json").write_text(json.dumps({"keys": ["sandbox-key"], "queueDelayMs": [0, 0]} | config))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", self.path("config.json")],
                                       stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]
        self.environment = {name: value for name, value in os.environ.items()
                            if name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        self.environment |= {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder, "XDG_STATE_HOME": folder,
                             "BITBADGES_API_KEY": "sandbox-key", "LC_ALL": "C.UTF-8"}

    def close(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(SECONDS)
        self.server.stdout.close()

    def path(self, name):
        return self.folder / name

    def http(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=SECONDS)
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"x-api-key": "sandbox-key", "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        want(answer.status == 200, method, path, answer.status, text)
        return json.loads(text or b"null")

    def change(self, **config):
        self.http("POST", "/sandbox/config", config)

    def add(self, attempts, claim="c1"):
        self.change(claims=[{"claimId": claim, "attempts": attempts}])

    def faults(self, *faults):
        self.http("POST", "/sandbox/faults", [{"route": "attempts"} | fault for fault in faults])

    def requests(self):
        """How often the list was asked for."""
        return self.http("GET", "/sandbox/stats")["requests"].get("attempts", 0)

    def words(self, *words, claim="c1"):
        return [BUILD / "claimpipe", "successes", claim, "--ledger", LEDGER, "--api-url", self.url, *words]

    def start(self, *words):
        return subprocess.Popen(self.words(*words), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, code, *words, claim="c1"):
        """(stdout, stderr) of the command, which must end with that code."""
        run = subprocess.run(self.words(*words, claim=claim), cwd=self.folder, env=self.environment,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        want(run.returncode == code, f"{words}: exit code {run.returncode}, not {code}", run.stdout, run.stderr)
        want("Sanitizer" not in run.stderr, run.stderr)
        return run.stdout, run.stderr

    def told(self, *words):
        """The claim numbers that the command tells of, in the order of the file."""
        self.run(0, "-o", "out.csv", *words)
        text = self.path("out.csv").read_bytes().decode()
        want(text.startswith(HEADER), text[:100])
        want("\r" not in text)
        return [int(row["claim_number"]) for row in csv.DictReader(io.StringIO(text))]


def claims(attempts, **page):
    claim = {"claimId": "c1", "version": 0, "attempts": attempts, "plugins": []}
    return {"claims": [claim | ({"attemptsPage": page} if page else {})]}


def at(ms):
    return datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def config(**more):
    """What the server of a test is told."""
    def keep(test):
        test.config = more
        return test
    return keep


# ---- the tests ----

@config(**claims([{"address": ALICE_HEX, "attemptedAt": BEGIN_MS + 1999, "claimNumber": 7},
                  {"address": BOB, "attemptedAt": BEGIN_MS + 5000, "error": "Code already used"},
                  {"address": CAROL, "attemptedAt": BEGIN_MS + 6000, "claimNumber": 9}], errors="always"))
def test_file(w):
    """the file: header, canonical addresses, oldest first, failed attempts passed over; mode 0600"""
    out, err = w.run(0, "-o", "out.csv")
    docs = w.http("GET", "/api/v0/claims/c1/attempts")["docs"]
    equal(sorted(doc["success"] for doc in docs), [False, True, True])
    ids = {doc["claimNumber"]: doc["claimAttemptId"] for doc in docs}
    equal(w.path("out.csv").read_text(), f"{HEADER}{ALICE},c1,7,{ids[7]},{at(BEGIN_MS + 1000)}\n"
          f"{CAROL},c1,9,{ids[9]},{at(BEGIN_MS + 6000)}\n")
    equal(w.path("out.csv").stat().st_mode & 0o777, 0o600)
    want(out == "" and "claim c1: 2 new successes; 1 request in " in err and "; in out.csv" in err, out, err)


@config(**claims(60))
def test_new_ones(w):
    """only those that are new since the last time; all with --all; none is a header"""
    equal(w.told(), list(range(60)))
    equal(w.told(), [])
    equal(w.path("out.csv").read_text(), HEADER)
    w.add(30)
    w.http("POST", f"/api/v0/claims/complete/c1/{ALICE}", {"_expectedVersion": 0})
    deadline = time.monotonic() + SECONDS
    new = []
    while len(new) < 31 and time.monotonic() < deadline:  # the queue may still hold the last
        new += w.told()
    equal(new, list(range(60, 91)))
    equal(w.told("--all"), list(range(91)))
    equal(w.told(), [])


@config(**claims(40))
def test_standard_output(w):
    """without -o to standard output, which counts as told"""
    out, err = w.run(0)
    equal(out.count("\n"), 41)
    want(out.startswith(HEADER) and "40 new successes" in err, out, err)
    equal(w.run(0, "--quiet"), (HEADER, ""))


LISTS = [{"size": size, "end": end, "total": total} for size in (1, 7, 25, 57, 100)
         for end in ("empty", "absent", "repeated") for total in (True, False)]


@config(claims=[{"claimId": f"c{n}", "version": 0, "attempts": 57, "plugins": [], "attemptsPage": page}
                for n, page in enumerate(LISTS)])
def test_lists(w):
    """every way in which a list ends and counts, and pages of several sizes"""
    for n, page in enumerate(LISTS):
        out = w.run(0, "--quiet", claim=f"c{n}")[0]
        equal([int(row["claim_number"]) for row in csv.DictReader(io.StringIO(out))], list(range(57)), page)
        equal(w.run(0, "--quiet", claim=f"c{n}")[0], HEADER, page)


@config(**claims([{"address": ALICE, "attemptedAt": BEGIN_MS + n * 10 * 60000, "claimNumber": n} for n in range(300)]))
def test_reads_no_further(w):
    """a list whose rest is known is not read to its end; what comes late behind newer ones is found"""
    equal(w.told(), list(range(300)))
    first = w.requests()
    equal(first, 12)
    newest = BEGIN_MS + 299 * 10 * 60000
    w.add([{"address": BOB, "attemptedAt": newest - HOUR_MS + 1, "claimNumber": 300}])
    equal(w.told(), [300])
    # a page holds four hours: the second begins more than an hour before the newest
    equal(w.requests() - first, 2)
    equal(w.told(), [])
    equal(w.requests() - first, 4)


@config(**claims(10))
def test_no_such_claim(w):
    """an unknown claim: exit 4 with the server's words, also as the server of 2024 says it"""
    w.path("out.csv").write_text(HEADER)
    err = w.run(4, "-o", "out.csv", claim="nobody")[1]
    want("claim nobody: " in err and err.endswith(": check its id\n"), err)
    w.change(behaviour="IDX")
    err = w.run(4, "-o", "out.csv", claim="nobody")[1]
    equal(err, "claimpipe: claim nobody: No doc found: check its id\n")
    equal(w.path("out.csv").read_text(), HEADER)


@config(**claims(60))
def test_refused(w):
    """a wrong key, no credits: exit 4, nothing told, and told the next time"""
    w.environment["BITBADGES_API_KEY"] = "wrong-key-of-this-test"
    err = w.run(4, "-o", "out.csv")[1]
    want("HTTP 401: " in err and "check the API key (BITBADGES_API_KEY)" in err, err)
    want("wrong-key-of-this-test" not in err, err)
    w.environment["BITBADGES_API_KEY"] = "sandbox-key"
    w.change(credits=1)
    err = w.run(4, "-o", "out.csv")[1]
    want("HTTP 402: " in err and "top up the account's credits" in err, err)
    want(not w.path("out.csv").exists())
    w.change(credits=-1)
    equal(w.told(), list(range(60)))


@config(**claims(100))
def test_faults(w):
    """gateways, resets, halves and 429 on the way: asked again, and nothing lost or doubled"""
    w.faults({"kind": "status", "status": 502, "json": False, "at": [1]},
             {"kind": "status", "status": 429, "retryAfter": 1, "at": [2]}, {"kind": "reset-before", "at": [4]},
             {"kind": "reset-after", "at": [5]}, {"kind": "truncate", "at": [7]}, {"kind": "garbage", "at": [9]})
    began = time.monotonic()
    equal(w.told(), list(range(100)))
    want(time.monotonic() - began >= 1, "Retry-After was not obeyed")
    w.faults({"kind": "status", "status": 503, "json": False, "every": 1})
    w.add(1)
    err = w.run(4, "-o", "out.csv")[1]
    want("the server gives no usable answer: HTTP 503" in err, err)
    w.faults()
    equal(w.told(), [100])


@config(**claims(250), rateLimit={"limit": 5, "windowMs": 1000, "headers": "standard"})
def test_limit(w):
    """the server's limit, which is lower than ours, is learned and kept"""
    began = time.monotonic()
    equal(w.told(), list(range(250)))
    want(time.monotonic() - began >= 1)
    want("429" not in w.http("GET", "/sandbox/stats")["statuses"])


@config(**claims(60))
def test_output(w):
    """an output that can't be written: exit 5, and told the next time"""
    want("cannot be written" in w.run(5, "-o", "no/such/folder.csv")[1])
    want("cannot be written" in w.run(5, "-o", "/dev/full")[1])
    equal(w.requests(), 3, "a folder that is not there is found out before anything is asked")
    want("is the ledger" in w.run(2, "-o", LEDGER)[1])
    equal(w.told(), list(range(60)))


@config(**claims(60))
def test_interrupted(w):
    """Ctrl-C: exit 130 at once, the file as it was, and told the next time"""
    w.path("out.csv").write_text(HEADER)
    w.faults({"kind": "slow", "delayMs": 5000, "every": 2})  # the second page
    for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
        asked = w.requests()
        run = w.start("-o", "out.csv")
        w.http("GET", f"/sandbox/wait?route=attempts&count={asked + 2}")
        began = time.monotonic()
        run.send_signal(number)
        err = run.communicate(timeout=SECONDS)[1]
        equal(run.returncode, code, err)
        want(time.monotonic() - began < 4, "it waited for the answer")
        want("interrupted" in err, err)
        equal(w.path("out.csv").read_text(), HEADER)
    w.faults()
    equal(w.told(), list(range(60)))


@config(**claims(500, size=5))
def test_killed(w):
    """SIGKILL at any moment: told twice at worst, never lost"""
    lost = set(range(500))
    for delay in 0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3:
        run = w.start("-o", "out.csv", "--rate", "100000/s")
        time.sleep(delay)
        run.kill()
        run.communicate(timeout=SECONDS)
        if w.path("out.csv").exists():  # whole, or not at all
            text = w.path("out.csv").read_text()
            want(text.startswith(HEADER) and text.endswith("\n"), text[-100:])
            told = {int(row["claim_number"]) for row in csv.DictReader(io.StringIO(text))}
            want(told in (set(), set(range(500))), sorted(told))
            lost -= told
            w.path("out.csv").unlink()
    lost -= set(w.told("--rate", "100000/s"))
    equal(lost, set())
    equal(w.told(), [])


@config(claims=[{"claimId": "c1", "version": 0, "attempts": 60, "plugins": []},
                {"claimId": "c2", "version": 0, "attempts": 3, "plugins": []}])
def test_two_at_once(w):
    """two at once on one ledger: the second says who has it; another claim is free"""
    w.faults({"kind": "slow", "delayMs": 3000, "at": [1]})
    run = w.start("-o", "out.csv")
    w.http("GET", "/sandbox/wait?route=attempts&count=1")
    err = w.run(5, "-o", "other.csv")[1]
    want(f"process {run.pid}" in err, err)
    equal(w.run(0, "--quiet", claim="c2")[0].count("\n"), 4)
    run.communicate(timeout=SECONDS)
    equal(run.returncode, 0)
    equal(w.told(), [])


@config(claims=[{"claimId": "c1", "version": 0, "attempts": 30, "plugins": []},
                {"claimId": "next", "version": 0, "plugins": [
                    {"pluginId": "numUses", "instanceId": "n-1", "maxUses": 1000},
                    {"pluginId": "whitelist", "instanceId": "w-1", "maxUsesPerAddress": 1}]}])
def test_feeds_the_next_job(w):
    """the file is the INPUT of a next job, night after night"""
    for night, new in enumerate((30, 12, 0)):
        if night:
            w.add(new)
        equal(len(w.told()), new)
        run = subprocess.run([BUILD / "claimpipe", "claim", "out.csv", "-c", "next", "-o", "results.csv", "--api-url", w.url,
                              "--ledger", LEDGER], cwd=w.folder, env=w.environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=SECONDS, check=False)
        equal(run.returncode, 0, run.stderr)
        with open(w.path("results.csv"), newline="", encoding="utf-8") as file:
            equal([row["status"] for row in csv.DictReader(file)], ["success"] * new, run.stderr)
    completions = w.http("GET", "/sandbox/stats")["claims"]["next"]["completions"]
    equal(set(completions.values()), {1})
    equal(len(completions), 42)


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_") and
             inspect.isfunction(test) and (not sys.argv[1:] or name.removeprefix("test_") in sys.argv[1:])]
    failed = 0
    print(f"1..{len(tests)}")
    for n, (name, test) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="claimpipe-successes-") as folder:
            world = World(folder, test.config)
            why = None
            try:
                test(world)
            except (Failure, OSError, subprocess.SubprocessError, LookupError, ValueError) as e:
                why = f"{type(e).__name__}: {e}"
            finally:
                world.close()
        print(f"{'not ok' if why else 'ok'} {n} - {test.__doc__}", flush=True)
        if why:
            failed += 1
            print(f"# {name}:", why.replace("\n", "\n# "))
    return 1 if failed else 0


sys.exit(main())
