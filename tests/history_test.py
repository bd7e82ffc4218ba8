#!/usr/bin/env python3
"""What a ledger tells afterwards, and its care, through the command: runs, report, ledger check, export, prune.

    BUILD=build tests/history_test.py [NAME...]

Each test has a folder and a practice server of its own.  Prints TAP.
"""
import csv
import http.client
import inspect
import io
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SECONDS = 60
NOBODY = 65534
LEDGER = "state/claimpipe/ledger.db"
CODES = [f"code-{n}-of-this-test" for n in range(12)]
ROWS = [["Name", "Wallet", "Code"]] + [[f"Learner {n}", f"0x{n + 1:040x}", code] for n, code in enumerate(CODES)]
ROWS[4][2] = "wrong-code-of-this-test"
ROWS[5][1] = "0x12"
EXPORT = ["action", "url", "target", "recipient", "state", "attempt_id", "error", "tries", "http_status", "intent_at",
          "changed_at", "run", "line", "code_index"]


class Failure(Exception):
    pass


def want(condition, *why):
    if not condition:
        raise Failure("\n".join(map(str, why)))


class World:
    """A folder to run in, and a server."""

    def __init__(self, folder, delay_ms=(1, 3)):
        self.folder = pathlib.Path(folder)
        self.program = BUILD / "claimpipe"
        plugins = [{"pluginId": "numUses", "instanceId": "numUses-1"},
                   {"pluginId": "codes", "instanceId": "codes-1", "codes": CODES}]
        self.path("config.json").write_text(json.dumps({
            "keys": ["sandbox-key"], "queueDelayMs": list(delay_ms),
            "claims": [{"claimId": "c1", "version": 0, "plugins": plugins}]}))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", self.path("config.json")],
                                       stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]
        self.write("in.csv", ROWS)

    def close(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(SECONDS)
        self.server.stdout.close()

    def path(self, name):
        return self.folder / name

    def write(self, name, rows):
        with open(self.path(name), "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def environment(self):
        kept = {name: value for name, value in os.environ.items()
                if name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        return kept | {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder),
                       "XDG_STATE_HOME": str(self.path("state")), "BITBADGES_API_KEY": "sandbox-key",
                       "BITBADGES_API_URL": self.url, "LC_ALL": "C.UTF-8"}

    def start(self, *words, stdin=subprocess.DEVNULL):
        return subprocess.Popen([self.program, *words], cwd=self.folder, env=self.environment(), stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, code, *words, stdin=None, user=None):
        """(stdout, stderr) of the command, which must end with that code."""
        run = subprocess.run([self.program, *words], cwd=self.folder, env=self.environment(), input=stdin or "",
                             capture_output=True, text=True, timeout=SECONDS, check=False, user=user)
        want(run.returncode == code, f"{words}: exit code {run.returncode}, not {code}", run.stdout, run.stderr)
        return run.stdout, run.stderr

    def claim(self, code, source="in.csv", *words, stdin=None):
        return self.run(code, "claim", source, "-c", "c1", "--set", "codes-1.code={{Code}}", *words, stdin=stdin)

    def server_completions(self):
        """How often the server has completed claims."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=SECONDS)
        connection.request("GET", "/sandbox/stats")
        stats = json.load(connection.getresponse())
        connection.close()
        return stats["claims"]

    def sql(self, statements):
        """What is written is written by another program: without the seal nobody can tell."""
        with sqlite3.connect(self.path(LEDGER)) as db:
            result = db.execute(statements).fetchall() if statements.startswith("SELECT") else \
                db.executescript(statements).fetchall()
        db.close()
        if not statements.startswith("SELECT"):
            self.path(LEDGER + "-seal").unlink()
        return result


def statuses(text):
    return [row["status"] for row in csv.DictReader(io.StringIO(text))]


EXPECTED = ["success"] * 3 + ["failed", "invalid"] + ["success"] * 7


# ---- the tests ----

def test_runs(w):
    """runs: a line for each run, the newest last"""
    w.claim(1)
    w.claim(1, "-", stdin=w.path("in.csv").read_text())
    head, first, second = w.run(0, "runs")[0].splitlines()
    want(head.split() == ["RUN", "STARTED", "ENDED", "EXIT", "TARGET", "ROWS", "STATUS", "INPUT"], head)
    time_form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    want(re.fullmatch(rf"  1  {time_form}  {time_form}     1  claim c1    12  10 success, 1 failed, 1 invalid    "
                      rf"\S*/in\.csv", first), first)
    want(re.fullmatch(rf"  2  {time_form}  {time_form}     1  claim c1    12  1 failed, 10 duplicate, 1 invalid  -",
                      second), second)


def test_report(w):
    """report: the same results again, byte for byte"""
    w.claim(1)
    results = w.path("in.results.csv")
    before = results.read_bytes()
    want(statuses(before.decode()) == EXPECTED, before.decode())
    results.unlink()
    out, err = w.run(0, "report", "last")
    want(results.read_bytes() == before, results.read_text())
    want(out == "" and "12 rows, 10 success, 1 failed, 1 invalid" in err, out, err)
    want(results.stat().st_mode & 0o777 == 0o600)
    w.run(0, "report", "1", "-o", "other.csv")
    want(w.path("other.csv").read_bytes() == before)
    want(w.run(0, "report", "1", "-o", "-")[0].encode() == before)


def test_report_of_earlier_run(w):
    """report: an earlier run's, when the file has grown since"""
    w.write("in.csv", ROWS[:7])
    w.claim(1)
    shutil.copy(w.path("in.csv"), w.path("yesterday.csv"))
    before = w.path("in.results.csv").read_bytes()
    w.write("in.csv", ROWS)
    w.claim(0, "in.csv", "-o", "today.csv")
    err = w.run(3, "report", "1")[1]
    want("is not what run 1 has read" in err and "claimpipe report 1 FILE" in err, err)
    want(w.path("in.results.csv").read_bytes() == before, "a refused report touched the results")
    w.run(0, "report", "1", "yesterday.csv")
    again = w.path("yesterday.results.csv").read_text()
    # the failed row belongs to the later run by now; what it says is the same
    want(statuses(again) == statuses(before.decode()), again)


def test_report_of_standard_input(w):
    """report: of standard input, which must be given again"""
    text = w.path("in.csv").read_text()
    before = w.claim(1, "-", stdin=text)[0]
    want("has read standard input" in w.run(2, "report", "last")[1])
    want(w.run(0, "report", "last", "in.csv", "-o", "-")[0] == before)
    want(w.run(0, "report", "last", "-", stdin=text)[0] == before)


def test_report_refusals(w):
    """report: no such run, no such file, and an output over the input"""
    w.claim(1)
    want("has no run 7" in w.run(2, "report", "7")[1])
    want("give the number of a run" in w.run(2, "report", "seven")[1])
    w.run(3, "report", "1", "nowhere.csv")
    before = w.path("in.csv").read_bytes()
    w.run(2, "report", "1", "-o", "in.csv")
    want(w.path("in.csv").read_bytes() == before)
    w.run(5, "report", "1", "-o", "no/such/folder.csv")


def test_while_running(w):
    """runs, report, check and export while a run goes on; prune refuses"""
    running = w.start("claim", "in.csv", "-c", "c1", "--set", "codes-1.code={{Code}}", "--in-flight", "1")
    try:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not (
                w.path(LEDGER).exists() and w.path(LEDGER + "-wal").exists() and
                "success" in w.run(0, "runs")[0]):
            time.sleep(0.05)
        line = w.run(0, "runs")[0].splitlines()[1]
        want("unfinished" in line, line)
        err = w.run(0, "report", "1", "-o", "now.csv")[1]
        want("run 1 is unfinished" in err, err)
        found = statuses(w.path("now.csv").read_text())
        want(len(found) == 12 and found.count("success") >= 1, found)
        want(w.run(0, "ledger", "check")[0] == "ok\n")
        want(w.run(0, "ledger", "export")[0].startswith(",".join(EXPORT)))
        err = w.run(5, "ledger", "prune", "--before", "2100-01-01")[1]
        want(f"process {running.pid}" in err, err)
        want(running.poll() is None, "the run had ended before it was looked at")
    finally:
        out, err = running.communicate(timeout=SECONDS)
    want(running.returncode == 1, out, err)
    want(w.run(0, "report", "1", "-o", "-")[0] == w.path("in.results.csv").read_text())


test_while_running.delay_ms = (400, 400)


def test_check(w):
    """ledger check: ok, and what is wrong"""
    w.claim(1)
    want(w.run(0, "ledger", "check") == ("ok\n", ""))
    w.sql("DELETE FROM rows WHERE row = 2; UPDATE items SET state = 77 WHERE id = 1")
    out, err = w.run(5, "ledger", "check")
    want(out == "run 1 is finished, and has 11 rows of 12\nitem 1 is in state 77, which does not exist\n"
                "item 1 is not as it was written\n", out)
    want("3 things are wrong" in err, err)
    want("item 1 is in state 77" in w.run(5, "report", "1")[1])


def test_export(w):
    """ledger export: every item once, and no secret"""
    w.claim(1)
    rows = list(csv.DictReader(io.StringIO(w.run(0, "ledger", "export")[0])))
    want(list(rows[0]) == EXPORT, rows[0])
    want(len(rows) == 11, len(rows))
    want(sum(row["state"] == "success" for row in rows) == 10)
    want(sum(row["state"] == "failed" and "Code" in row["error"] for row in rows) == 1, rows)
    want({row["line"] for row in rows} == {str(n) for n in range(2, 14)} - {"6"})
    w.run(0, "ledger", "export", "-o", "items.csv")
    want(w.path("items.csv").stat().st_mode & 0o777 == 0o600)
    want(not any(code in w.path("items.csv").read_text() for code in CODES))


def test_prune(w):
    """ledger prune: forgets rows and reasons, and issues nobody twice"""
    w.claim(1)
    before = w.server_completions()
    want(w.run(0, "ledger", "prune", "--before", "2020-01-01")[0] == "nothing older than 2020-01-01 to remove\n")
    out = w.run(0, "ledger", "prune", "--before", "2100-01-01")[0]
    want("12 rows of 1 run, and the reasons of 1 item;" in out, out)
    want("  pruned  " in w.run(0, "runs")[0])
    want("run 1 was pruned" in w.run(2, "report", "1")[1])
    want(w.run(0, "ledger", "check")[0] == "ok\n")
    w.claim(1, "in.csv", "-o", "again.csv")
    found = statuses(w.path("again.csv").read_text())
    want(found == [s.replace("success", "duplicate") for s in EXPECTED], found)
    want(w.server_completions() == before, "a pruned recipient was issued again")
    want("the reason was pruned" in w.path("again.csv").read_text())
    want("give a day" in w.run(2, "ledger", "prune", "--before", "2026-02-30")[1])


def test_counts(w):
    """a run at rest keeps its counts, until another takes over an item of it"""
    w.write("titled.csv", [["Completions of June"], *ROWS])
    w.claim(1, "titled.csv")
    w.path("seed").write_text("the seed of a job of two steps\n")
    w.path("job.json").write_text(json.dumps({"steps": [
        {"action": "code", "claim": "c1", "seed_from": "file:seed", "count": 100},
        {"action": "claim", "claim": "c1", "set": {"codes-1.code": "{{Code}}"}}]}))
    w.write("two.csv", [ROWS[0], ROWS[1], ROWS[5]])
    w.run(1, "run", "job.json", "two.csv", "--no-skip-claimed")
    kept = w.sql("SELECT counts FROM runs ORDER BY id")
    want(kept == [("10 success, 1 failed, 1 invalid",), ("1 success, 1 invalid",)], kept)
    w.claim(1, "in.csv")  # has the row that failed
    kept = w.sql("SELECT counts FROM runs ORDER BY id")
    want(kept == [("open",), ("1 success, 1 invalid",), ("1 failed, 10 duplicate, 1 invalid",)], kept)
    told = w.run(0, "runs")[0]
    w.sql("UPDATE runs SET counts = ''")
    want(w.run(0, "runs")[0] == told, "counted anew they are others", told)


# What made a ledger of version 1 one of version 3, backwards.
OLDER = """
    DROP TABLE bounces; DROP TABLE paces; DROP TABLE problems; DROP TABLE senders; DROP TABLE spent; ALTER TABLE runs DROP COLUMN counts; ALTER TABLE items DROP COLUMN doubtful; ALTER TABLE items DROP COLUMN floor;
    ALTER TABLE targets DROP COLUMN on_chain; ALTER TABLE targets DROP COLUMN on_demand;
    ALTER TABLE targets DROP COLUMN collection; ALTER TABLE targets DROP COLUMN approval;
    ALTER TABLE items DROP COLUMN failed_run;
    DROP TABLE keyed_before; DROP TABLE spellings; DROP TABLE books;
    ALTER TABLE runs DROP COLUMN reading; ALTER TABLE runs DROP COLUMN preset; DROP TABLE people;
    DROP TABLE ledger; ALTER TABLE items DROP COLUMN seal;
    DROP TABLE baselines; ALTER TABLE items DROP COLUMN baseline;
    DROP INDEX items_code; DROP INDEX items_mark; DROP TABLE aims; DROP TABLE told;
    ALTER TABLE items DROP COLUMN code; ALTER TABLE items DROP COLUMN mark; ALTER TABLE items DROP COLUMN removed;
    ALTER TABLE rows RENAME TO rows_of_steps;
    CREATE TABLE rows(run INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL, kind INTEGER NOT NULL,
        item INTEGER, of_run INTEGER, of_line INTEGER, error TEXT, PRIMARY KEY(run, row)) WITHOUT ROWID;
    INSERT INTO rows SELECT run, row, line, kind, item, of_run, of_line, error FROM rows_of_steps;
    DROP TABLE rows_of_steps;
    ALTER TABLE targets DROP COLUMN key; ALTER TABLE runs DROP COLUMN key; ALTER TABLE runs DROP COLUMN pruned;
    PRAGMA user_version = 1;
"""


def test_older_ledger(w):
    """a ledger of version 1 is brought up to date, and goes on"""
    w.claim(1)
    before = w.path("in.results.csv").read_text()
    w.sql(OLDER)
    w.path(".claimpipe.trace").unlink()  # it had none, and no id that results could know
    want("10 success" in w.run(0, "runs")[0])
    want(w.sql("SELECT user_version, key FROM pragma_user_version, targets") == [(20, "recipient")])
    want(w.run(0, "report", "1", "-o", "-")[0] == before, "its results are others now")
    w.claim(1, "in.csv", "-o", "again.csv")
    found = statuses(w.path("again.csv").read_text())
    want(found.count("duplicate") == 10, found)
    w.sql("PRAGMA user_version = 99")
    want("made by a newer claimpipe" in w.run(5, "runs")[1])


def test_report_of_codes(w):
    """report: of codes, which needs the seed or list again, and writes the same"""
    environment = w.environment
    w.environment = lambda: environment() | {"SEED": "a seed of this test", "OTHER": "another"}
    w.path("list.txt").write_text("".join(f"listed-{n}-of-this-test\n" for n in range(20)))
    for run, book in enumerate((["--seed-from", "env:SEED"], ["--codes", "list.txt"]), 1):
        count = ["--count", "1000"] if run == 1 else []
        w.run(1, "code", "in.csv", *book, *count, "-o", "codes.csv")
        before = w.path("codes.csv").read_text()
        want(statuses(before).count("success") == 11, before)
        err = w.run(2, "report", str(run), "-o", "again.csv")[1]
        want(f"run {run} gave out codes, which the ledger does not keep" in err, err)
        err = w.run(2, "report", str(run), "--seed-from", "env:OTHER", "-o", "again.csv")[1]
        want("what was given is another" in err, err)
        want(not w.path("again.csv").exists())
        want(w.run(0, "report", str(run), *book, "-o", "-")[0] == before)
        again = w.run(0, "code", "in.csv", *book, *count, "-o", "-")[0]
        given = [[row["claimpipe_code"] for row in csv.DictReader(io.StringIO(text))]
                 for text in (before, again)]
        want(given[0] == given[1] and len(set(given[0])) == 12, given)
        w.sql(f"DELETE FROM rows WHERE run > {run}; DELETE FROM aims WHERE run > {run};"
              f"DELETE FROM runs WHERE id > {run}")
    w.path("list.txt").write_text("".join(f"listed-{n % 19 + n // 19 * 50}-of-this-test\n" for n in range(1, 20)))
    w.run(2, "report", "2", "--codes", "list.txt", "-o", "changed.csv")
    want(not w.path("changed.csv").exists())
    rows = list(csv.DictReader(io.StringIO(w.run(0, "ledger", "export")[0])))
    want({row["code_index"] for row in rows} == {str(n) for n in range(11)}, rows)
    want(all(row["target"].startswith(("seed:", "list:")) for row in rows))
    text = w.run(0, "runs")[0]
    want(re.search(r"  code seed:[0-9a-f]{8}  ", text) and re.search(r"  code list:[0-9a-f]{8}  ", text), text)


def test_another_key(w):
    """a claim that was keyed by the recipient is not keyed by a column unnoticed"""
    w.claim(1)
    before = w.server_completions()
    err = w.claim(2, "in.csv", "--key", "Name")[1]
    want("claim c1: its recipients are known by recipient; by Name everyone would look new" in err, err)
    want(w.server_completions() == before)


def test_absent(w):
    """a ledger that is not there is not made"""
    for words in COMMANDS:
        err = w.run(5, *words, "--ledger", LEDGER)[1]
        want(LEDGER in err and "is not there" in err, words, err)
    want("no runs yet" in w.run(0, "runs")[0])
    want(not w.path("state").exists())


def test_damaged(w):
    """a damaged ledger: said, exit code 5, and nothing is sent"""
    w.claim(1)
    before = w.server_completions()
    size = w.path(LEDGER).stat().st_size
    with open(w.path(LEDGER), "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    for words in COMMANDS + [["claim", "in.csv", "-c", "c1", "--set", "codes-1.code={{Code}}"]]:
        out, err = w.run(5, *words)
        want("damaged" in out + err, words, out, err)
    w.path(LEDGER).write_text("Name,Wallet\n")
    for words in COMMANDS:
        want("the file is damaged or no ledger" in w.run(5, *words)[1])
    want(w.server_completions() == before)


def test_read_only(w):
    """a ledger that can't be written to: said, exit code 5"""
    w.claim(1)
    user = NOBODY if os.geteuid() == 0 else None  # what root may write is no test
    w.program = shutil.copy(w.program, w.folder)  # to where nobody can reach it
    for path in [w.folder, w.path("in.csv"), w.path("state"), *w.path("state").rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o444)
    for words in COMMANDS + [["claim", "in.csv", "-c", "c1", "--set", "codes-1.code={{Code}}", "-o", "-"]]:
        err = w.run(5, *words, user=user)[1]
        want("make it writable" in err, words, err)
    w.path(LEDGER).chmod(0o666)
    w.path(LEDGER).parent.chmod(0o555)
    for words in COMMANDS:
        err = w.run(5, *words, user=user)[1]
        want("make the file and its folder writable" in err or "make it writable" in err, words, err)
    w.path(LEDGER).parent.chmod(0o700)


COMMANDS = [["runs"], ["report", "last"], ["ledger", "check"], ["ledger", "export"],
            ["ledger", "prune", "--before", "2026-01-01"]]


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_") and
             inspect.isfunction(test) and (not sys.argv[1:] or name.removeprefix("test_") in sys.argv[1:])]
    failed = 0
    print(f"1..{len(tests)}")
    for n, (name, test) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="claimpipe-history-") as folder:
            os.chmod(folder, 0o755)
            world = World(folder, getattr(test, "delay_ms", (1, 3)))
            why = None
            try:
                test(world)
            except (Failure, OSError, subprocess.SubprocessError, sqlite3.Error, IndexError, ValueError) as e:
                why = f"{type(e).__name__}: {e}"
            finally:
                world.close()
        print(f"{'not ok' if why else 'ok'} {n} - {test.__doc__}", flush=True)
        if why:
            failed += 1
            print(f"# {name}:", why.replace("\n", "\n# "))
    return 1 if failed else 0


sys.exit(main())
