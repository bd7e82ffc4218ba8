#!/usr/bin/env python3
"""End-to-end cases: each folder of tests/cases is a command line, its input, and what must come of it.

    BUILD=build tests/run_cases.py [NAME...]      (globs; default: all; JOBS: how many at once;
    KEEP=1 leaves the folders; TIMES=1 tells the seconds)

A case is a folder with
  cmd          bash, run in a fresh copy of the folder; its exit code is the case's.  tests/cases.sh has
               been sourced.  A line `# out2.csv of in.csv` says which input a results file is of
               (default: the same suffix, else in.csv; X.results.csv is of X.csv)
  about        one line: what the case shows
  in*.csv      inputs; without any, the in.csv beside the cases
  server.json  what differs from STANDARD, by top-level key; the strings PASSWORD and KEY in it stand
               for the secrets of the run
  secrets      further texts that must appear nowhere, one a line
  want.csv     of out.csv (want2.csv of out2.csv …): those columns which its header names, cell by
               cell, each cell a glob
  want.counts  lines `out.csv: success 9, failed 1-3` (all of its statuses) or `out.csv: absent`
  want.err     lines of globs, each of which must match a line of stderr, in this order; an empty file:
  want.out     stderr must be empty; the same for stdout
  want.exit    default 0
  want.stats   JSON, a part of /sandbox/stats; a number may be {"min": A, "max": B}
  twice        recipients, one a line, who are issued more than once on purpose
  leaves       globs of files that may be left behind (a process that is killed can't tidy up)

Whatever a case says, this must hold: see Checks.  Prints TAP.
"""
import concurrent.futures
import csv
import fnmatch
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent
CASES = TESTS / "cases"
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
# The cases mostly wait.
JOBS = int(os.environ.get("JOBS", min(8, 4 * (os.cpu_count() or 1))))
CASE_SECONDS = 60
STOP_SECONDS = 10
HEARD_LINES = 20
KEY = "key-of-this-case-4f1d"
PASSWORD = "open sesame \u00fc 9c2e"
ADDED = ["status", "error", "note", "action", "target", "recipient", "attempt_id", "code", "link", "tries",
         "http_status", "finished_at"]
STATUSES = {"success", "failed", "pending", "unknown", "duplicate", "skipped", "invalid", "unsent"}
# No limit per address, so that a request sent twice is a claim completed twice.
STANDARD = {
    "keys": ["KEY"],
    "queueDelayMs": [1, 5],
    "claims": [{"claimId": "c1", "version": 7, "plugins": [
        {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 100000},
        {"pluginId": "password", "instanceId": "password-1", "password": "PASSWORD"}]}],
}
csv.field_size_limit(1 << 24)


def read_csv(path):
    """The records of a CSV file, byte for byte as Latin-1; without a byte order mark and empty lines."""
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)
    return [record for record in csv.reader(lines) if record]


def is_count(n, want):
    """want: N or A-B."""
    low, _, high = want.partition("-")
    return int(low) <= n <= int(high or low)


def lines_of(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


class Results:
    """A results CSV, taken apart by the shape of its input."""

    def __init__(self, path, source):
        header, *self.inputs = read_csv(source)
        self.header, *self.rows = read_csv(path)
        plain = [name.removeprefix("claimpipe_") for name in header]
        self.kept = len(header) - len(ADDED) if plain[-len(ADDED):] == ADDED else len(header)
        self.input_header = header[:self.kept]
        self.width = len(header)
        self.added = [dict(zip(ADDED, row[self.kept:])) for row in self.rows]

    def originals(self, row):
        """The input's fields in a row of the results: those before the added columns and after them."""
        return row[:self.kept] + row[self.kept + len(ADDED):]

    def expected(self, fields):
        kept = fields[:self.kept] + [""] * (self.kept - len(fields))
        return kept + fields[self.width:]

    def counts(self):
        found = [added["status"] for added in self.added]
        return {status: found.count(status) for status in found}


class Case:
    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        self.problems = []
        self.stats = {}
        self.heard = []  # the last lines of stderr

    def problem(self, text):
        self.problems.append(text)

    # ---- running ----

    def run(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="claimpipe-case-"))
        begun = time.monotonic()
        try:
            self.prepare()
            self.act()
            Checks(self).all()
        except Exception as e:  # a case that can't even be judged has failed
            self.problem(f"{type(e).__name__}: {e}")
        finally:
            self.seconds = time.monotonic() - begun
            self.heard = lines_of(self.root / "err")[-HEARD_LINES:]
            if "KEEP" in os.environ:
                print(f"# {self.name}: {self.root}", flush=True)
            else:
                shutil.rmtree(self.root, ignore_errors=True)
        return self

    def prepare(self):
        self.work, self.server = self.root / "work", self.root / "server"
        shutil.copytree(self.folder, self.work)
        if not list(self.work.glob("in*.csv")):
            shutil.copy(CASES / "in.csv", self.work)
        (self.work / "tmp").mkdir()
        self.server.mkdir()
        own = self.folder / "server.json"
        text = json.dumps(STANDARD | (json.loads(own.read_text()) if own.exists() else {}))
        text = text.replace('"PASSWORD"', json.dumps(PASSWORD)).replace('"KEY"', json.dumps(KEY))
        (self.server / "config.json").write_text(text)
        self.config = json.loads(text)

    def environment(self):
        env = {name: value for name, value in os.environ.items()
               if name in ("TERM", "USER") or name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        env |= {"PATH": f"{BUILD}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(self.work),
                "TMPDIR": str(self.work / "tmp"), "XDG_STATE_HOME": str(self.work / "state"),
                "SERVER": str(self.server), "BITBADGES_API_KEY": KEY, "CLAIM_PASSWORD": PASSWORD}
        port = self.server / "port"
        if port.exists():
            env["BITBADGES_API_URL"] = f"http://127.0.0.1:{port.read_text().strip()}"
        return env

    def bash(self, script, seconds):
        """The script's exit code, its output in root/out and root/err; None if it took too long."""
        with open(self.root / "out", "wb") as out, open(self.root / "err", "wb") as err:
            process = subprocess.Popen(["bash", "-c", script, "cmd", str(TESTS / "cases.sh")], cwd=self.work,
                                       env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True, umask=0o022)
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def act(self):
        if self.bash('. "$1"; server_start', STOP_SECONDS) != 0:
            raise RuntimeError((self.root / "err").read_text(errors="replace"))
        try:
            self.code = self.bash('. "$1"; set -u; . ./cmd', CASE_SECONDS)
            self.stats = self.ask_stats()
        finally:
            self.server_code = self.stop_server()

    def ask_stats(self):
        port = int((self.server / "port").read_text())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_SECONDS)
        connection.request("GET", "/sandbox/stats")
        return json.load(connection.getresponse())

    def stop_server(self):
        """Its exit code; the shell that has started it writes it down."""
        deadline = time.monotonic() + STOP_SECONDS
        code = self.server / "exit"
        try:
            os.kill(int((self.server / "pid").read_text()), signal.SIGTERM)
        except ProcessLookupError:
            pass
        while time.monotonic() < deadline:
            if code.exists() and code.read_text().strip():
                return int(code.read_text())
            time.sleep(0.005)
        os.kill(int((self.server / "pid").read_text()), signal.SIGKILL)
        return None


class Checks:
    def __init__(self, case):
        self.case = case
        self.problem = case.problem
        self.work = case.work
        self.results = {}

    def all(self):
        self.load_results()
        self.check_exit()
        self.check_texts("want.err", "err")
        self.check_texts("want.out", "out")
        for name, results in self.results.items():
            self.check_rows(name, results)
        self.check_wanted_cells()
        self.check_counts()
        self.check_server()
        self.check_part("stats", json.loads((self.work / "want.stats").read_text())
                        if (self.work / "want.stats").exists() else {}, self.case.stats)
        self.check_secrets()
        self.check_modes()
        self.check_leftovers()

    def result_files(self):
        return sorted([*self.work.glob("out*.csv"), *self.work.glob("*.results.csv")])

    def source(self, path):
        for line in lines_of(self.work / "cmd"):
            m = re.fullmatch(r"# (\S+) of (\S+)", line)
            if m and m[1] == path.name:
                return self.work / m[2]
        if path.name.endswith(".results.csv"):
            return self.work / path.name.replace(".results.csv", ".csv")
        same = self.work / ("in" + path.name.removeprefix("out"))
        return same if same.exists() else self.work / "in.csv"

    def load_results(self):
        for path in self.result_files():
            self.results[path.name] = Results(path, self.source(path))

    def check_exit(self):
        want = int((lines_of(self.work / "want.exit") or ["0"])[0])
        if self.case.code is None:
            self.problem(f"not finished after {CASE_SECONDS} s")
        elif self.case.code != want:
            self.problem(f"exit code {self.case.code}, want {want}")

    def check_texts(self, want, stream):
        text = (self.case.root / stream).read_text(errors="replace")
        if re.search(r"(Address|Thread|Leak|Memory|UndefinedBehavior)Sanitizer|runtime error:", text):
            self.problem(f"a sanitizer speaks on std{stream}")
        path = self.work / want
        if not path.exists():
            return
        globs, lines = lines_of(path), iter(text.splitlines())
        if not globs and text:
            self.problem(f"std{stream} is not empty")
        for glob in globs:
            if not any(fnmatch.fnmatchcase(line, glob) for line in lines):
                self.problem(f"{want}: nothing (more) on std{stream} is like {glob}")
                return

    def check_rows(self, name, results):
        """Each record of the input is there exactly once, in order, as it was; and its status is one."""
        names = [column if column not in results.input_header else "claimpipe_" + column for column in ADDED]
        if results.header != results.input_header + names:
            self.problem(f"{name}: header is {results.header}")
        if len(results.rows) != len(results.inputs):
            self.problem(f"{name}: {len(results.rows)} rows of {len(results.inputs)}")
        for i, (row, fields) in enumerate(zip(results.rows, results.inputs), 1):
            if results.originals(row) != results.expected(fields):
                self.problem(f"{name}: row {i} is {results.originals(row)}, was {fields}")
                break
        for i, added in enumerate(results.added, 1):
            if added.get("status") not in STATUSES:
                self.problem(f"{name}: row {i} has the status {added.get('status')!r}")
        self.check_success(name, results)

    def check_success(self, name, results):
        """What is said to be done the server has done, and not what is said not to be (in the newest
        results: an earlier failure may have been mended); and nobody has it twice."""
        newest = max(self.results, key=lambda other: (self.work / other).stat().st_mtime_ns)
        seen = set()
        for i, added in enumerate(results.added, 1):
            status, recipient = added.get("status"), added.get("recipient")
            done = self.case.stats["claims"].get(added.get("target"), {"completions": {}})["completions"]
            undone = status == "unsent" or status == "failed" and "already" not in added["error"]
            if status == "success" and recipient not in done or undone and name == newest and recipient in done:
                self.problem(f"{name}: row {i} is {status}, the server says otherwise")
            if status == "success" and recipient in seen and recipient not in self.on_purpose():
                self.problem(f"{name}: row {i} is a second success of its recipient")
            seen.add(recipient if status == "success" else None)

    def on_purpose(self):
        return lines_of(self.work / "twice")

    def check_wanted_cells(self):
        for path in sorted(self.work.glob("want*.csv")):
            name = path.name.replace("want", "out", 1)
            if name not in self.results:
                self.problem(f"{name} is not there")
                continue
            self.check_cells(name, self.results[name], read_csv(path))

    def check_cells(self, name, results, want):
        header, *rows = want
        missing = [column for column in header if column not in results.header]
        if missing or len(rows) != len(results.rows):
            self.problem(f"{name}: {len(results.rows)} rows, want {len(rows)}; columns missing: {missing}")
            return
        for i, (globs, row) in enumerate(zip(rows, results.rows), 1):
            for column, glob in zip(header, globs):
                got = row[results.header.index(column)]
                if not fnmatch.fnmatchcase(got, glob):
                    self.problem(f"{name}: row {i}: {column} is {got!r}, want {glob!r}")

    def check_counts(self):
        for line in lines_of(self.work / "want.counts"):
            name, _, what = line.partition(": ")
            there = (self.work / name).exists()
            if what == "absent" or not there:
                if there or what != "absent":
                    self.problem(f"{name} is {'' if there else 'not '}there")
                continue
            want = dict(part.split() for part in what.split(", ") if part)
            got = self.results[name].counts()
            if not all(is_count(got.get(status, 0), want.get(status, "0")) for status in {*want, *got}):
                self.problem(f"{name}: statuses are {got}, want {want}")

    def check_server(self):
        stats, limit = self.case.stats, self.case.config.get("rateLimit")
        twice = [c for c in stats["completedTwice"] if c["address"] not in self.on_purpose()]
        if twice:
            self.problem(f"completed twice: {twice}")
        if stats["badContentType"]:
            self.problem(f"{stats['badContentType']} POSTs without application/json")
        wants = (self.work / "want.stats").read_text() if (self.work / "want.stats").exists() else ""
        if limit and '"window"' not in wants and stats["window"]["most"] > limit["limit"]:
            self.problem(f"{stats['window']['most']} requests in a window, the limit is {limit['limit']}")
        if self.case.server_code != 0:
            self.problem(f"the server ended with {self.case.server_code}: "
                         + (self.case.server / "err").read_text(errors="replace")[-2000:])

    def check_part(self, where, want, got):
        if isinstance(want, dict) and set(want) <= {"min", "max"} and want:
            if not want.get("min", 0) <= got <= want.get("max", got):
                self.problem(f"{where} is {got}, want {want}")
        elif isinstance(want, dict):
            for key, value in want.items():
                if key not in got:
                    self.problem(f"{where}.{key} is not there")
                else:
                    self.check_part(f"{where}.{key}", value, got[key])
        elif want != got:
            self.problem(f"{where} is {got}, want {want}")

    def check_secrets(self):
        secrets = [KEY, PASSWORD, *lines_of(self.work / "secrets")]
        places = [self.case.root / "out", self.case.root / "err", *self.result_files(),
                  *self.work.glob("*.log"), *self.work.glob("**/*.db*"),
                  *(path for path in self.work.glob("state/**/*"))]
        for path in places:
            if not path.is_file():
                continue
            content = path.read_bytes()
            for secret in secrets:
                if secret.encode() in content or json.dumps(secret)[1:-1].encode() in content:
                    self.problem(f"{path.name} holds the secret {secret[:4]}…")

    def check_modes(self):
        def check(path, want):
            if path.stat().st_mode & 0o777 != want:
                self.problem(f"{path.relative_to(self.work)} has the mode {path.stat().st_mode & 0o777:o}")
        for path in self.result_files():
            check(path, 0o600)
        for path in [self.work / "state", *self.work.glob("state/**/*")]:
            if path.exists():
                check(path, 0o700 if path.is_dir() else 0o600)

    def check_leftovers(self):
        allowed = lines_of(self.work / "leaves")
        for path in [*self.work.glob("**/.claimpipe-*"), *self.work.glob("tmp/*")]:
            if not any(fnmatch.fnmatchcase(path.name, glob) for glob in allowed):
                self.problem(f"{path.relative_to(self.work)} is left behind")


def report(number, case):
    about = " ".join(lines_of(case.folder / "about"))
    if not case.problems:
        seconds = f" ({case.seconds:.1f} s)" if "TIMES" in os.environ else ""
        print(f"ok {number} - case {case.name}{seconds}", flush=True)
        return
    print(f"not ok {number} - case {case.name}: {case.problems[0]}")
    print("\n".join(f"# {line}" for line in [about, *case.problems[1:], *case.heard]), flush=True)


def main(names):
    folders = [folder for folder in sorted(CASES.iterdir()) if (folder / "cmd").exists()
               and (not names or any(fnmatch.fnmatchcase(folder.name, name) for name in names))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = [pool.submit(Case(folder).run) for folder in folders]
        for number, run in enumerate(concurrent.futures.as_completed(runs), 1):
            case = run.result()
            failed += bool(case.problems)
            report(number, case)
    print(f"1..{len(folders)}")
    return 1 if failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
