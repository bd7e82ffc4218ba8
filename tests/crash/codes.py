"""No code is given twice: claimpipe code is killed, and runs again, over files that share recipients; and
two processes give codes from one ledger at once.

Whenever nobody is at work the ledger is looked at, and the results that are there.  Who had a code has the
same one for ever; nobody else has it; the numbers have no holes, for a code that was lost is one that its
claim waits for in vain; results are whole, every row is there once, and says what the ledger says.  At the
end each recipient is a success in exactly one row of all the results together.
"""
import csv
import hashlib
import json
import re
import signal
import time

from common import (KEY, PASSWORD, SEED, Ledger, Program, Server, Wrong, address, cut_power, killed, said,
                    shim_of, wait, with_ledger)

SMALL = 1500  # rows: given in one transaction
MANY = 70000  # … in several
# The ledger has a second guard, which is taken away where it is to be shown that the proof finds doubles.
UNGUARDED = "DROP INDEX items_code; CREATE INDEX items_code ON items(target, code) WHERE code IS NOT NULL"
CLAIM = {"claimId": "c1", "version": 7, "plugins": [
    {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 1000000},
    {"pluginId": "password", "instanceId": "password-1", "password": PASSWORD},
    {"pluginId": "codes", "instanceId": "codes-1", "seed": SEED, "numCodes": 1000000}]}
JOB = {"steps": [
    {"action": "code", "claim": "c1", "seed_from": "env:CODE_SEED", "count": 1000000},
    {"action": "claim", "claim": "c1",
     "set": {"password-1.password": "env:CLAIM_PASSWORD", "codes-1.code": "{{step1.code}}"}}]}


def seed_code(i):
    return hashlib.sha256(f"{SEED}-{i}".encode()).hexdigest() + f"-{i}"


class Seed:
    arguments = ["--seed-from", "env:CODE_SEED"]

    def write(self, folder):
        """There is nothing to write."""

    def number(self, code):
        i = int(code.rpartition("-")[2])
        return i if code == seed_code(i) else None


class List:
    arguments = ["--codes", "codes.txt"]

    def __init__(self, count):
        self.codes = [f"CODE-{hashlib.md5(str(i).encode()).hexdigest()}" for i in range(count)]
        self.numbers = {code: i for i, code in enumerate(self.codes)}

    def write(self, folder):
        (folder / "codes.txt").write_text("".join(code + "\n" for code in self.codes))

    def number(self, code):
        return self.numbers.get(code)


class Giving(Program):
    """Files of recipients, one ledger and one book of codes."""

    def __init__(self, folder, book, files, count=None, broken=None):
        super().__init__(folder, broken)
        self.book, self.files, self.count = book, files, count
        self.people = len(set().union(*files.values()))
        self.given = {}  # by recipient, as far as the ledger was ever seen to know
        book.write(folder)
        for name, people in files.items():
            rows = (f'"Person {n}",{address(i)},"Course, {n % 7}"\n' for n, i in enumerate(people))
            (folder / f"{name}.csv").write_text("Name,Wallet,Course\n" + "".join(rows))

    def launch(self, name, **env):
        count = ["--count", str(self.count or 1000000)]
        return self.start(["code", f"{name}.csv", *self.book.arguments, *count, "-c", "c1", "-o", f"{name}.out.csv",
                           "--quiet"], **env)

    def sql(self, script):
        with_ledger(self.ledger / "ledger.db", lambda db: db.executescript(script))
        (self.ledger / "ledger.db-seal").unlink(missing_ok=True)  # of the file as it was

    # ---- what must hold ----

    def results(self, name):
        """(recipient, status, number of the code) of each row; None: there are none yet."""
        try:
            with open(self.folder / f"{name}.out.csv", newline="", encoding="utf-8") as f:
                header, *rows = csv.reader(f)
        except FileNotFoundError:
            return None
        people = self.files[name]
        want = [[f"Person {n}", address(i), f"Course, {n % 7}"] for n, i in enumerate(people)]
        if [row[:3] for row in rows] != want:
            raise Wrong(f"{name}: not every row is there once: {len(rows)} of {len(people)}")
        status, recipient, code = (header.index(column) for column in ("status", "recipient", "code"))
        got = [(row[recipient], row[status], self.book.number(row[code]) if row[code] else None) for row in rows]
        # A duplicate of one for whom none was left has none.
        have = ["success"] if self.count else ["success", "duplicate"]
        if any((s in have) > (number is not None) or (s == "failed" and row[code]) for (_, s, number), row in
               zip(got, rows)):
            raise Wrong(f"{name}: a row has a wrong code, or none")
        return got

    def look(self):
        ledger = Ledger(self.ledger)
        changed = [who for who, code in self.given.items() if ledger.codes.get(who) != code]
        if changed:
            raise Wrong(f"{changed[0]} (and {len(changed) - 1} more) had the code {self.given[changed[0]]}, "
                        f"and now {ledger.codes.get(changed[0])}")
        if sorted(ledger.codes.values()) != list(range(len(ledger.codes))):
            raise Wrong(f"{len(ledger.codes)} codes, and the highest is {max(ledger.codes.values())}")
        for name in self.files:
            for who, _, number in self.results(name) or []:
                if ledger.codes.get(who) != number:
                    raise Wrong(f"{name}: {who} has the code {number}, the ledger says {ledger.codes.get(who)}")
        self.given = ledger.codes
        return ledger

    def is_done(self, name, ledger):
        return ledger.finished.get(f"{name}.csv") and (self.folder / f"{name}.out.csv").exists()

    def finish(self):
        """Once more, what is not done; and then everything must be there."""
        for name in self.files:
            if not self.is_done(name, self.look()):
                self.run(name)
        self.judge()

    def run(self, name):
        process = self.launch(name)
        self.must_end(process)

    def must_end(self, process):
        want = 1 if self.count else 0
        if wait(process) != want:
            raise Wrong(f"it ends with {process.returncode}, want {want}: {said(process)}")

    def judge(self):
        ledger = self.look()
        if len(ledger.codes) != min(self.people, self.count or self.people):
            raise Wrong(f"{len(ledger.codes)} codes are given, to {self.people} recipients")
        owners = [who for name in self.files for who, status, _ in self.results(name) if status == "success"]
        if sorted(owners) != sorted(ledger.codes):
            raise Wrong(f"{len(owners)} rows are success, and {len(set(owners))} recipients")
        self.judge_export(ledger)

    def judge_export(self, ledger):
        process = self.start(["ledger", "export", "-o", "export.csv"])
        if wait(process) != 0:
            raise Wrong(f"export: {said(process)}")
        with open(self.folder / "export.csv", newline="", encoding="utf-8") as f:
            told = {row["recipient"]: int(row["code_index"]) for row in csv.DictReader(f) if row["code_index"]}
        if told != ledger.codes:
            raise Wrong("the export says something else")


def overlapping(rng, names, rows):
    """Half of the recipients are in every file, a few twice in one."""
    shared = [rng.randrange(rows) for _ in range(rows // 2)]
    files = {}
    for n, name in enumerate(names):
        own = [(n + 1) * rows + i for i in range(rows - len(shared))]
        files[name] = shared + own
        rng.shuffle(files[name])
    return files


def book_of(rng, files):
    return Seed() if rng.random() < 0.5 else List(len(set().union(*files.values())))


# ---- one process, killed ----

def test_exact(rng, folder, point):
    """Over two files, of which the second shares recipients with the first."""
    files = overlapping(rng, "ab", SMALL)
    count = SMALL // 4 if "failed" in point else None
    giving = Giving(folder, book_of(rng, files), files, count)
    if not count:
        giving.run("a")
    killed(giving.launch("b", CLAIMPIPE_KILL=point))
    giving.look()
    giving.finish()
    return f"{len(giving.given)} codes"


def undisturbed(folder, rows):
    """Seconds that a file takes."""
    giving = Giving(folder, Seed(), {"a": list(range(rows))})
    begin = time.monotonic()
    giving.run("a")
    giving.judge()
    return time.monotonic() - begin


def test_random(rng, folder, rows, seconds):
    """And at last a file once more, to which there is nothing left to give."""
    files = overlapping(rng, "abc", rows)
    giving = Giving(folder, book_of(rng, files), files)
    kills = 0
    for _ in range(6):
        going_on = [name for name in files if not giving.is_done(name, giving.look())]
        if not going_on:
            break
        process = giving.launch(rng.choice(going_on))
        time.sleep(rng.uniform(0, seconds))
        process.kill()
        if wait(process) == -signal.SIGKILL:
            kills += 1
        elif process.returncode != 0:
            raise Wrong(f"it ends with {process.returncode}: {said(process)}")
    giving.finish()
    giving.run("a")
    giving.look()
    if any(status != "duplicate" for _, status, _ in giving.results("a")):
        raise Wrong("run once more, not every row is a duplicate")
    return f"{kills} kills, {len(giving.given)} codes"


def test_report(rng, folder, rows):
    """Killed when a part of the results stands in the file that is to become them."""
    files = overlapping(rng, "ab", rows)
    giving = Giving(folder, book_of(rng, files), files)
    nth = rng.randrange(1, 21)
    killed(giving.launch("a", CLAIMPIPE_KILL=f"after output {nth}"))
    if len(giving.look().codes) != len(set(files["a"])) or giving.results("a"):
        raise Wrong("not killed in the report")
    giving.finish()
    return f"at piece {nth}"


def count_syncs(folder, library):
    """Of the second of two files."""
    giving = Giving(folder, Seed(), {"a": list(range(SMALL)), "b": list(range(SMALL // 2, SMALL + SMALL // 2))})
    counted = []
    for name in "ab":
        giving.must_end(giving.launch(name, **shim_of(folder, library)))
        counted.append((folder / "synced" / "syncs").stat().st_size)
    return counted[1] - counted[0]


def test_power(rng, folder, library, nth, what):
    """The power is cut in the second file, at each time that the ledger is synced."""
    files = overlapping(rng, "ab", SMALL)
    giving = Giving(folder, book_of(rng, files), files)
    shim = shim_of(folder, library)
    giving.must_end(giving.launch("a", **shim))
    giving.look()
    process = giving.launch("b", CLAIMPIPE_SYNC_KILL=str(nth), **shim)
    killed(process)
    cut_power(rng, folder, what)
    giving.look()
    giving.finish()
    return f"{len(giving.given)} codes"


# ---- several processes at once ----

def test_two(rng, folder, rows, seconds):
    files = overlapping(rng, "ab", rows)
    giving = Giving(folder, book_of(rng, files), files)
    going = []
    try:
        for name in files:
            going.append(giving.launch(name))
            time.sleep(rng.choice([0, 0, rng.uniform(0, seconds)]))
        victims = [process for process in going if rng.random() < 0.4]
        for process in victims:
            time.sleep(rng.uniform(0, seconds))
            process.kill()
    finally:
        for process in going:
            wait(process)
    for process in going:
        if process not in victims and process.returncode != 0:
            raise Wrong(f"it ends with {process.returncode}: {said(process)}")
    giving.look()
    giving.finish()
    return f"{len(giving.given)} codes, {len(victims)} killed"


def beside_job(giving, server, names):
    """A job gives codes of which it claims each, in many transactions; meanwhile others get theirs.
    (its exit code, how many others it had beside it)"""
    (giving.folder / "job.json").write_text(json.dumps(JOB))
    job = giving.start(["run", "job.json", "job.csv", "-o", "job.out.csv", "--rate", "none", "--in-flight", "4"],
                       server.port)
    beside = 0
    try:
        server.reached("completed", 3, 10000)
        for name in names:
            beside += job.poll() is None
            other = giving.launch(name)
            if wait(other) != 0 and not giving.broken:
                raise Wrong(f"it ends with {other.returncode}: {said(other)}")
    finally:
        wait(job)
    return job, beside


def job_files(rng, others):
    files = {"job": list(range(200))}
    for n in range(others):
        files[f"other{n}"] = rng.sample(range(200), 5) + [1000 + 10 * n + i for i in range(5)]
    return files


def job_server(folder, rng):
    """Slow, so that the job gives its codes over a second or more."""
    slow = {"route": "complete", "kind": "slow", "delayMs": 20, "every": 1}
    return Server(folder, {"keys": [KEY], "seed": rng.randrange(1 << 30), "queueDelayMs": [0, 2], "claims": [CLAIM],
                           "faults": [slow]})


def test_job(rng, folder):
    files = job_files(rng, 10)
    giving = Giving(folder, Seed(), files)
    server = job_server(folder, rng)
    try:
        job, beside = beside_job(giving, server, [name for name in files if name != "job"])
        completions = server.stats()["claims"]["c1"]["completions"]
    finally:
        server.kill()
    if job.returncode != 0:
        raise Wrong(f"the job ends with {job.returncode}: {said(job)}")
    if len(completions) != 200 or set(completions.values()) != {1}:
        raise Wrong(f"{len(completions)} claims of 200")
    if beside < 2:
        raise Wrong(f"only {beside} beside the job")
    giving.look()
    return f"{beside} beside the job, {len(giving.given)} codes"


# ---- the proof can fail ----

def test_broken(rng, folder, guarded):
    """Numbered outside of the transaction, a code is given twice; were it not for the index, which then ends the run."""
    files = job_files(rng, 10)
    giving = Giving(folder, Seed(), files | {"first": [999999]}, broken="codes")
    server = job_server(folder, rng)
    try:
        giving.run("first")
        if not guarded:
            giving.sql(UNGUARDED)
        job, _ = beside_job(giving, server, [name for name in files if name != "job"])
    finally:
        server.kill()
    if guarded:
        giving.look()
        if job.returncode != 5 or not re.search("UNIQUE|constraint", said(job)):
            raise Wrong(f"the job ends with {job.returncode}: {said(job)}")
        return "the ledger refuses a code that is given twice"
    try:
        giving.look()
    except Wrong as e:
        if "twice" in str(e):
            return f"found: {e}"
        raise
    raise Wrong("codes are numbered outside of the transaction, and no double found: this proof shows nothing")


# ---- all of it ----

class Codes:
    def __init__(self, short, folder, library):
        self.short, self.library = short, library
        self.sizes = [SMALL, 10000] if short else [SMALL, 10000, MANY]
        self.seconds = {rows: undisturbed(folder(), rows) for rows in self.sizes}
        self.syncs = count_syncs(folder(), library)

    def sized(self, name, test, counts):
        """So many of each size."""
        for rows, n in zip(self.sizes, counts):
            for i in range(n):
                yield f"codes {name} {i}, {rows} rows", lambda r, f, rows=rows: test(r, f, rows, self.seconds[rows])

    def tests(self):
        """(name, function of rng and folder)"""
        for point in ("before success 1", "after success 1", "before failed 1", "after failed 1"):
            yield f"codes exactly {point}", lambda r, f, point=point: test_exact(r, f, point)
        for nth in range(1, self.syncs + 1):
            for what in ("torn",) if self.short else ("synced", "torn", "written"):
                yield f"codes power {nth} {what}", lambda r, f, nth=nth, what=what: test_power(
                    r, f, self.library, nth, what)
        yield from self.sized("random", test_random, (2, 1) if self.short else (40, 10, 2))
        for i in range(1 if self.short else 10):
            yield f"codes report {i}", lambda r, f: test_report(r, f, 20000)
        yield from self.sized("two at once", test_two, (20, 1) if self.short else (20, 20, 3))
        for i in range(1 if self.short else 5):
            yield f"codes beside a job {i}", test_job
        yield "codes broken, guarded", lambda r, f: test_broken(r, f, True)
        yield "codes broken", lambda r, f: test_broken(r, f, False)
