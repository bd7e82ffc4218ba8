#!/usr/bin/env python3
"""Every call that can fail is made to fail, in turn: see tests/torture/fail.c for how.

    BUILD=build/torture SANDBOX=build/claimpipe-sandbox tests/torture/torture.py
        [--short] [--seed N] [--jobs N] [--keep] [PATTERN...]

Each test is one call of one kind, in one of the runs of scenarios.py: `fresh` (8 rows from standard input,
one of them invalid and one a duplicate), `resumed` (an earlier run was killed when some rows were accepted,
some lost and some not yet sent), `seed` and `list` (codes for the same rows, of which an earlier file had
two), `workbook` (the same from a workbook into another), `job` (code, then claim, then store), `check`, `doctor`, `successes` and `settle` (what
an earlier run has only sent), `mail` (messages to a mail server) and `outbox` (into a folder).  The call fails alone ("malloc 17"), or with all that follow it ("malloc
17+"); a step of SQLite also in the meanest way: done, and then said to have failed ("step 17^").  Then the
same command is run again, undisturbed (and once more while something is pending or unknown), and everything
must be as if nothing had happened: see judge_failing and judge_rerun.  A PATTERN ("fresh: malloc *")
chooses tests.  --short: a sample of every kind, for CI.

The proof can fail: the last tests let a call lie or throw the ledger away, and the judge must find it
out.  Where a small file system can be mounted, it is filled up in earnest, too.  Prints TAP.
"""
import argparse
import concurrent.futures
import fnmatch
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from scenarios import (BEFORE, CODE_SEED, CONFIG, FRESH, KEY, LOCALS, PASSWORD, RESUMED, SCENARIOS, address, smtpd)

BUILD = pathlib.Path(os.environ.get("BUILD", "build/torture")).resolve()
SANDBOX = pathlib.Path(os.environ.get("SANDBOX", BUILD.parent / "claimpipe-sandbox")).resolve()
HANG_SECONDS = 60
LIBRARY_STRIDE = 7  # a library without memory fails much alike at one call or at the next; all, in one run
RERUNS_MAX = 3  # what a rerun can't tell yet, as it says, the next one does
SANITIZER = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:|libgomp:")
MEMORY, FILES, LEDGER = {4}, {2, 3, 5}, {4, 5}
# The exit codes with which a run may end that did not survive the failure.
CODES = {
    "malloc": MEMORY, "curl-malloc": MEMORY, "json-malloc": MEMORY, "crypto": MEMORY, "curl": MEMORY,
    "open": FILES, "read": FILES, "write": {3, 5}, "sync": {5}, "rename": {5}, "close": {5},
    "stat": FILES, "step": LEDGER, "prepare": LEDGER, "bind": LEDGER, "sqlite": LEDGER, "sqlite-malloc": LEDGER,
    "db-open": {5}, "db-read": {5}, "db-write": {5}, "db-sync": {5}, "db-lock": {5}, "db-shm": {5},
}
FULL_DISK = {5}
DISK = "3m"
PAGE = 4096
DISK_PAGES = 200  # with so many left, everything has room
messages = {}  # what the program said when it gave up -> (how often, the first test)
messages_lock = threading.Lock()


class Server:
    def __init__(self, folder, faults=()):
        self.folder = folder
        (folder / "config.json").write_text(json.dumps(CONFIG | {"faults": list(faults)}))
        self.process = subprocess.Popen(
            [SANDBOX, "--quiet", "--config", folder / "config.json", "--journal", folder / "journal"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if ":" not in line:
            raise RuntimeError("the sandbox does not start")
        self.port = int(line.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        answer = json.load(connection.getresponse())
        connection.close()
        return answer

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.process.stdout.close()


class MailServer(smtpd.Server):
    def __init__(self, folder):
        super().__init__({}, str(folder / "mail"))

    stop = smtpd.Server.close


def mount(folder):
    """A small disk, where that is allowed."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "claimpipe-torture", folder],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def unmount(folder):
    """Also while a child of another thread, not yet its own program, has a file there open."""
    subprocess.run(["umount", "--lazy", folder], check=True)


def can_mount():
    with tempfile.TemporaryDirectory(prefix="claimpipe-torture-") as folder:
        if not shutil.which("mount") or not mount(folder):
            return False
        unmount(folder)
        return True


class Place:
    """A folder with an input, a server of its own, and the results of an earlier day."""

    def __init__(self, scenario, small_disk=False):
        self.scenario = scenario
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="claimpipe-torture-"))
        self.work = self.root / "work"
        self.work.mkdir()
        self.mounted = small_disk and mount(self.work)
        self.tmp = self.root / "tmp"
        self.tmp.mkdir()
        scenario.write_input(self, scenario.text)
        (self.root / "password").write_text(PASSWORD + "\n")
        self.out = self.work / scenario.out
        self.out.write_bytes(BEFORE)
        if scenario.fixture:
            shutil.copy(scenario.fixture / "journal", self.root)
        self.server = MailServer(self.root) if scenario.mails and scenario.config else Server(self.root) if scenario.config else None
        self.printed, self.seen, self.ledger = b"", set(), None  # for the scenario
        self.unread = False  # the input, while the results were written
        if scenario.fixture:
            self.take_ledger(scenario.fixture)
        scenario.prepare(self)

    def take_ledger(self, fixture):
        """The killed run's ledger, as it stood on the disk; but the server has another port now."""
        (self.work / "state").mkdir(mode=0o700)
        for path in fixture.glob("ledger.db*"):
            shutil.copy(path, self.work / "state")
        ledger = sqlite3.connect(self.work / "state" / "ledger.db")
        ledger.execute("UPDATE targets SET url = ?", (self.server.url,))
        ledger.execute("UPDATE runs SET input = ?", (str(self.work / "in.csv"),))
        ledger.commit()
        ledger.close()

    def command(self, *more):
        return [BUILD / "claimpipe", *self.scenario.command(self), "--ledger", "state/ledger.db", *more]

    def environment(self, fail=None):
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.work), "TMPDIR": str(self.tmp),
               "BITBADGES_API_KEY": KEY, "CODE_SEED": CODE_SEED,
               "BITBADGES_API_URL": self.server.url if isinstance(self.server, Server) else "http://127.0.0.1:9",  # nobody is there
               "CLAIMPIPE_FAIL_COUNT": str(self.root / "count"),
               "ASAN_OPTIONS": "exitcode=99:allocator_may_return_null=1:quarantine_size_mb=8",
               "UBSAN_OPTIONS": "print_stacktrace=1"}
        return env | ({"CLAIMPIPE_FAIL": fail} if fail else {})

    def run(self, fail=None, *more):
        """(exit code, None if it hangs; what it says)"""
        (self.root / "count").unlink(missing_ok=True)
        if "--resend-unknown" in more:
            self.scenario.resends(self)
        with open(self.work / "in.csv", "rb") as source:
            try:
                done = subprocess.run(self.command(*more), cwd=self.work, env=self.environment(fail), stdin=source,
                                      capture_output=True, timeout=HANG_SECONDS, check=False)
            except subprocess.TimeoutExpired as hung:
                return None, (hung.stderr or b"").decode("utf-8", "replace")
        self.printed = done.stdout
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def counts(self):
        """kind -> (calls, how many of them failed)"""
        path = self.root / "count"
        lines = path.read_text().splitlines() if path.exists() else []
        return {kind: (int(calls), int(failed)) for kind, calls, failed in (line.split() for line in lines)}

    def fill(self, pages_left):
        free = os.statvfs(self.work)
        with open(self.work / "filler", "wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, (free.f_bfree - pages_left) * PAGE)

    def close(self, keep):
        if self.server:
            self.server.stop()
        if self.mounted:
            unmount(self.work)
        if not keep:
            shutil.rmtree(self.root, ignore_errors=True)


# ---- the judge ----

def judge_output(said, code, place):
    """What must never be, whichever call failed."""
    if code is None:
        yield f"hangs: not finished after {HANG_SECONDS} s"
    elif SANITIZER.search(said):
        yield "a sanitizer speaks"
    elif code < 0 or code not in (0, 1, 2, 3, 4, 5):
        yield f"crashes: {code}"
    for path in [*place.work.glob(".claimpipe-*"), *place.tmp.iterdir()]:
        yield f"{path.name} is left behind"


def judge_failing(place, kind, code, said):
    """The run in which a call failed: done all the same, or given up with a reason; never in between."""
    yield from judge_output(said, code, place)
    place.unread = kind == "read" and code == 3
    yield from place.scenario.judge_failing(place, code)
    place.unread = False
    if code not in (0, 1, None):
        codes = CODES.get(kind, FULL_DISK) | place.scenario.exits
        if code not in codes:
            yield f"exit code {code}, want one of {sorted(codes)}"
        if not re.search(r"^claimpipe: .{12,}", said, re.M):
            yield f"exit code {code} without a reason"
    yield from place.scenario.judge_server(place, False)


def judge_rerun(place, code, said):
    yield from judge_output(said, code, place)
    if code != place.scenario.code:
        yield f"run again: exit code {code}, want {place.scenario.code}"
    yield from place.scenario.judge_rerun(place)
    yield from place.scenario.judge_server(place, True)


def remember(said, test):
    for line in said.splitlines():
        if line.startswith("claimpipe: "):
            plain = re.sub(r"/\S*claimpipe-torture-[^/ ]*", "…", re.sub(r"\d+", "N", line[11:]))
            with messages_lock:
                n, first = messages.get(plain, (0, test))
                messages[plain] = (n + 1, first)


class Test:
    more = []  # arguments when it is run again

    def __init__(self, scenario, wish, lie=False):
        self.scenario = scenario
        self.wish = wish
        self.kind = wish.split()[0]
        self.lie = lie  # the judge must find something
        self.reached = True
        self.name = f"{scenario.name}: {wish}" + (" (a lie, found out)" if lie else "")

    def place(self):
        return Place(self.scenario)

    def fail(self, place):
        code, said = place.run(self.wish)
        self.reached = place.counts().get(self.kind, (0, 1))[1] > 0
        return code, said

    def between(self, place):
        """What happens between the two runs."""

    def run(self, keep=False):
        """[problem], and what was said"""
        place = self.place()
        problems, said = [], ""
        try:
            code, said = self.fail(place)
            remember(said, self.name)
            problems += judge_failing(place, self.kind, code, said)
            self.between(place)
            for _ in range(RERUNS_MAX):
                code, again = place.run(None, *self.more)
                said += "---- again:\n" + again
                if code != 1 or not place.scenario.is_open(place):
                    break
            if code == 1 and place.scenario.is_open(place):  # nothing that was sent later proves it absent
                code, again = place.run(None, *self.more, "--resend-unknown")
                said += "---- again, what is unknown as well:\n" + again
            problems += judge_rerun(place, code, again)
        except Exception as e:  # a test that can't be judged has failed
            problems.append(f"{type(e).__name__}: {e}")
        finally:
            place.close(keep)
        if self.lie:
            problems = [] if problems else ["the judge has found nothing"]
        return [f"{p} ({place.root})" if keep else p for p in problems], said


class Forgetful(Test):
    """Without its ledger, and without asking the server, a run knows nothing of what was sent."""

    more = ["--no-skip-claimed"]

    def __init__(self, scenario, wish):
        super().__init__(scenario, wish, lie=True)
        self.name += ", and the ledger thrown away"

    def between(self, place):
        shutil.rmtree(place.work / "state")


class FullDisk(Test):
    """Ledger and results are on a disk that has room for so many pages more."""

    def __init__(self, scenario, pages):
        super().__init__(scenario, f"disk with {pages} pages left")
        self.pages = pages

    def place(self):
        return Place(self.scenario, small_disk=True)

    def fail(self, place):
        place.fill(self.pages)
        return place.run()

    def between(self, place):
        (place.work / "filler").unlink()


# ---- what is to be tried ----

def undisturbed(scenario):
    """Counts the calls; [problem]"""
    place = Place(scenario)
    try:
        code, said = place.run()
        scenario.counts = {kind: calls for kind, (calls, _) in place.counts().items()}
        problems = [*judge_rerun(place, code, said)]
        absent = [kind for kind in CODES if not scenario.counts.get(kind)] if scenario in (FRESH, RESUMED) else []
        if absent:
            problems.append(f"nothing is counted of {absent}")
        return problems, said
    finally:
        place.close(False)


def make_fixture(scenario, folder):
    """An earlier run is killed: of seven people two were accepted, one request was lost before the server
    took it, two after (of one of them it has found out nothing), and two were to wait."""
    faults = [{"route": "complete", "kind": "reset-before", "addresses": [address(2)], "times": 1},
              {"route": "complete", "kind": "reset-after", "addresses": [address(3), address(4)], "times": 1},
              {"route": "complete", "kind": "status", "status": 429, "json": True, "retryAfter": 60,
               "addresses": [address(5), address(6)], "times": 1}]
    place = Place(scenario)
    place.server.stop()
    place.server = Server(place.root, faults)
    command = place.command("--in-flight", "7", "--claim-version", "7", "--queue-delay", "60s",
                            "--settle-timeout", "60s")
    with subprocess.Popen(command, cwd=place.work, env=place.environment(), stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL) as process:
        place.server.get("/sandbox/wait?route=complete&count=6&timeoutMs=20000")
        place.server.get("/sandbox/wait?route=settled&count=4&timeoutMs=20000")
        time.sleep(0.4)  # for its ledger
        process.kill()
    folder.mkdir()
    shutil.copy(place.root / "journal", folder)
    for path in place.work.glob("state/ledger.db*"):
        shutil.copy(path, folder)
    place.close(False)
    ledger = sqlite3.connect(folder / "ledger.db")
    ledger.execute("UPDATE items SET state = 5 WHERE id = 5 AND state = 1")
    ledger.execute("UPDATE items SET state = 0 WHERE id > 5 AND state = 1")
    seal_anew(ledger)
    ledger.commit()
    states = [state for (state,) in ledger.execute("SELECT state FROM items ORDER BY id")]
    ledger.close()
    if states != [2, 2, 1, 1, 5, 0, 0]:
        raise RuntimeError(f"the killed run has left the states {states}")
    scenario.fixture = folder


def row_hash(*values):
    """As base/rowhash.h has it."""
    h = 0xcbf29ce484222325
    for value in values:
        if value is None:
            data = b"\0"
        elif isinstance(value, int):
            data = b"\1" + (value & (1 << 64) - 1).to_bytes(8, "little")
        else:
            data = value.encode() if isinstance(value, str) else value
            data = b"\2" + len(data).to_bytes(8, "little") + data
        for byte in data:
            h = (h ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return (h ^ h >> 32) & 0xffffffff


def seal_anew(ledger):
    """Its items were changed by hand."""
    ledger.create_function("row_hash", -1, row_hash)
    ledger.execute("UPDATE items SET seal = row_hash(target, key, recipient, state, attempt, code, removed)")
    ledger.execute("UPDATE ledger SET seals = (SELECT coalesce(sum(seal), 0) FROM items)")


def modes_of(kind, n, scenario=None):
    if kind.endswith("-malloc") and n % LIBRARY_STRIDE != 1:
        return [""] if scenario is RESUMED else []
    return ["", "+", "^"] if kind == "step" else ["", "+"]


def all_tests(scenario):
    return [Test(scenario, f"{kind} {n}{mode}") for kind in CODES
            for n in range(1, scenario.counts.get(kind, 0) + 1) for mode in modes_of(kind, n, scenario)]


def sample(scenario, rng):
    for kind in CODES:
        count = scenario.counts.get(kind)
        if not count:
            continue
        n = rng.choice([1, count, rng.randint(1, count), rng.randint(1, count)])
        yield Test(scenario, f"{kind} {n}{rng.choice(modes_of(kind, 1))}")


def disks(scenario, short):
    if not can_mount():
        print("# no small disk can be mounted here: a full one is only made believe (write, db-write)")
        return []
    return [FullDisk(scenario, pages) for pages in range(0, DISK_PAGES, 60 if short else 1)]


def lies():
    yield from (Test(FRESH, "rename 1~", lie=True), Test(FRESH, "write 2~", lie=True), Forgetful(FRESH, "sync 6"))
    for scenario in LOCALS:
        yield Test(scenario, "rename 1~", lie=True)
        yield Forgetful(scenario, "sync 1")


def report(number, test, problems, said):
    if not problems:
        print(f"ok {number} - {test.name}" + ("" if test.reached else " (not reached this time)"), flush=True)
        return 0
    print(f"not ok {number} - {test.name}: {'; '.join(problems)}")
    print("\n".join(f"# {line}" for line in said.splitlines()[:60]), flush=True)
    return 1


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("patterns", nargs="*")
    return parser.parse_args()


def choose(options):
    rng = random.Random(options.seed)
    tests = []
    for scenario in SCENARIOS:
        tests += sample(scenario, rng) if options.short else all_tests(scenario)
    for scenario in (FRESH, RESUMED):
        tests += disks(scenario, options.short)
    tests += lies()
    if options.patterns:
        tests = [test for test in tests if any(fnmatch.fnmatchcase(test.name, p) for p in options.patterns)]
    return tests


def main():
    options = parse()
    number = failed = 0
    print(f"# seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="claimpipe-torture-") as folder:
        make_fixture(RESUMED, pathlib.Path(folder) / "killed")
        for scenario in SCENARIOS:
            number += 1
            problems, said = undisturbed(scenario)
            if report(number, Test(scenario, "undisturbed"), problems, said):
                print("Bail out!")
                return 1
            print("#", ", ".join(f"{kind} {n}" for kind, n in scenario.counts.items()))
        tests = choose(options)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            runs = {pool.submit(test.run, options.keep): test for test in tests}
            for run in concurrent.futures.as_completed(runs):
                number += 1
                failed += report(number, runs[run], *run.result())
    for text, (n, first) in sorted(messages.items()):
        print(f"# said {n} times, first in {first}: {text}")
    print(f"1..{number}")
    return 1 if failed else 0


sys.exit(main())
