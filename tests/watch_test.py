#!/usr/bin/env python3
"""claimpipe watch: each file that lands is run once, whatever happens to it, to the watch or to the folder.

    BUILD=build tests/watch_test.py [NAME...]

Each test has a folder and a practice server of its own.  Nothing waits for a time: what is waited for is seen, in a
folder, a log or the server's counters.  Prints TAP.
"""
import concurrent.futures
import csv
import http.client
import inspect
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SECONDS = 60  # more than anything takes
TOGETHER = 4  # tests at once
PEOPLE = ["0x%040x" % (0x1234567890abcdef << 64 | n) for n in range(1, 200)]


class Failure(Exception):
    pass


def want(condition, *why):
    if not condition:
        raise Failure("\n".join(map(str, why)))


def equal(got, wanted, *why):
    want(got == wanted, *why, f"got    {got!r}", f"wanted {wanted!r}")


def until(look, what):
    """what look() gives, as soon as it gives something"""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.01)
    raise Failure(f"waited in vain for {what}")


class World:
    """A folder with a job and an inbox, and a server."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.inbox = self.folder / "in"
        self.inbox.mkdir()
        self.running = []
        self.path("config.json").write_text(json.dumps({
            "keys": ["sandbox-key"], "queueDelayMs": [0, 0],
            "claims": [{"claimId": "c1", "version": 0, "plugins": [
                {"pluginId": "numUses", "instanceId": "n-1", "maxUses": 1000}]}]}))
        self.job()
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", self.path("config.json")],
                                       stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]
        self.environment = {name: value for name, value in os.environ.items()
                            if name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        self.environment |= {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder, "XDG_STATE_HOME": folder,
                             "BITBADGES_API_KEY": "sandbox-key", "LC_ALL": "C.UTF-8"}

    def close(self):
        for run in self.running:
            if run.poll() is None:
                run.kill()
                run.wait(SECONDS)
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(SECONDS)
        self.server.stdout.close()

    def path(self, name):
        return self.folder / name

    def job(self, text=None):
        self.path("job.json").write_text(text or json.dumps(
            {"input": {"address": "Wallet"}, "ledger": "ledger.db", "steps": [{"action": "claim", "claim": "c1"}]}))

    def http(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=SECONDS)
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"x-api-key": "sandbox-key", "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        want(answer.status == 200, method, path, answer.status, text)
        return json.loads(text or b"null")

    def faults(self, *faults):
        self.http("POST", "/sandbox/faults", list(faults))

    def change(self, **config):
        self.http("POST", "/sandbox/config", config)

    def wait(self, route, count):
        self.http("GET", f"/sandbox/wait?route={route}&count={count}&timeoutMs=50000")

    def completions(self):
        return self.http("GET", "/sandbox/stats")["claims"]["c1"]["completions"]

    def once_each(self, n):
        """n people have claimed, and nobody twice"""
        completions = self.completions()
        equal(set(completions.values()) - {1}, set())
        equal(len(completions), n)

    def words(self, *words):
        return [BUILD / "claimpipe", "watch", "job.json", "in", "--api-url", self.url, *words]

    def start(self, *words):
        """a watch that goes on, its log in the file log"""
        with open(self.path("log"), "ab") as log:
            run = subprocess.Popen(self.words(*words), cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running.append(run)
        return run

    def log(self):
        return self.path("log").read_text()

    def once(self, code, *words):
        """what --once says, which must end with that code"""
        run = subprocess.run(self.words("--once", "--stable", "0s", *words), cwd=self.folder, env=self.environment,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        want(run.returncode == code, f"{words}: exit code {run.returncode}, not {code}", run.stdout, run.stderr)
        want("Sanitizer" not in run.stderr, run.stderr)
        equal(run.stdout, "")
        return run.stderr

    def drop(self, name, people, how="rename"):
        text = "Wallet\n" + "".join(f"{PEOPLE[n]}\n" for n in people)
        if how == "rename":
            self.path("dropped").write_text(text)
            os.rename(self.path("dropped"), self.inbox / name)
        else:
            (self.inbox / name).write_text(text)

    def there(self, folder=""):
        folder = self.inbox / folder
        return sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != "." and p.suffix != ".html") if folder.is_dir() else []

    def until_done(self, *names):
        until(lambda: set(names) <= set(self.there("done")), f"{names} in done/:\n{self.log()}")

    def statuses(self, name):
        with open(self.inbox / "results" / name, newline="", encoding="utf-8") as file:
            return [row["status"] for row in csv.DictReader(file)]

    def child(self, watch):
        """the run that the watch has started: it has become claimpipe run"""
        def look():
            for pid in pathlib.Path(f"/proc/{watch.pid}/task/{watch.pid}/children").read_text().split():
                if b"\0run\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    return int(pid)
            return None
        return until(look, "a run")

    def stop(self, watch, code=143):
        watch.send_signal(signal.SIGTERM)
        equal(watch.wait(SECONDS), code, self.log())


# ---- once ----

def test_once(w):
    """--once: what is there is run in order, and sorted by how that ended; each file once"""
    w.drop("one.csv", [0, 1])
    w.drop("two.csv", [1, 2])
    (w.inbox / "odd.csv").write_text(f"Wallet\nnobody\n{PEOPLE[3]}\n")
    (w.inbox / "page.csv").write_bytes(b"%PDF-1.4\n")
    (w.inbox / "other.csv").write_text("Name,Age\nAnn,7\n")
    for name in "half.csv.part", ".hidden.csv", "~$book.xlsx", ".~lock.book.xlsx#", "mine.results.csv":
        (w.inbox / name).write_text(f"Wallet\n{PEOPLE[9]}\n")
    (w.inbox / "folder.csv").mkdir()
    (w.inbox / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(w.inbox / "pipe.csv")
    for n, name in enumerate(["two.csv", "one.csv", "odd.csv", "page.csv", "other.csv"]):
        os.utime(w.inbox / name, (1000 + n, 1000 + n))
    err = w.once(3)
    began = [line.removesuffix(": begins") for line in err.splitlines() if line.endswith(": begins")]
    equal(began, ["two.csv", "one.csv", "odd.csv", "page.csv", "other.csv"], err)
    equal(w.there("done"), ["odd.csv", "one.csv", "two.csv"])
    equal(w.there("failed"), ["other.csv", "other.csv.why.txt", "page.csv", "page.csv.why.txt"])
    equal(w.there(".working"), [])
    equal(w.there("results"), ["odd.results.csv", "one.results.csv", "two.results.csv"])
    equal(w.there(), ["half.csv.part", "link.csv", "mine.results.csv", "~$book.xlsx"])
    equal(w.statuses("two.results.csv"), ["success", "success"])
    equal(w.statuses("one.results.csv"), ["success", "duplicate"])
    want("is a PDF" in (w.inbox / "failed/page.csv.why.txt").read_text())
    equal((w.inbox / "failed/page.csv.why.txt").stat().st_mode & 0o777, (w.inbox / "failed").stat().st_mode & 0o666)
    want('no column "Wallet"' in (w.inbox / "failed/other.csv.why.txt").read_text())
    want("odd.csv: done, and some rows need a person: 2 rows, 1 success, 1 invalid" in err, err)
    w.once_each(4)
    err = w.once(0)
    want("begins" not in err, err)


def test_index(w):
    """a page for each file, and one that lists them all, with what could not be run; also after a restart, and not over
    somebody's own index.html"""
    w.drop("one&only.csv", [0, 1])
    (w.inbox / "page.csv").write_bytes(b"%PDF-1.4\n")
    w.once(3)
    w.drop("two.csv", [1, 2])
    w.once(0)
    results = w.inbox / "results"
    page = (results / "index.html").read_text()
    for text in ("one&amp;only.csv", "page.csv", "two.csv", 'href="two.results.csv"', 'href="two.results.csv.html"',
                 "why stands beside it"):
        want(text in page, text, page)
    want(page.index("two.csv") < page.index("one&amp;only.csv"), "the newest is first")
    want("1 issued, 1 duplicate" in (results / "two.results.csv.html").read_text())
    (results / "index.html").write_text("<p>mine</p>")
    w.drop("three.csv", [3])
    err = w.once(0)
    want("index.html: is there already" in err and "move it away" in err, err)
    equal((results / "index.html").read_text(), "<p>mine</p>")
    w.once_each(4)


def test_never_its_own_results(w):
    """results that come back are no input, by their name and by their columns, and nothing piles up"""
    w.drop("drop1.csv", [0])
    w.once(0)
    results = (w.inbox / "results/drop1.results.csv").read_bytes()
    (w.inbox / "drop1.results.csv").write_bytes(results)
    (w.inbox / "drop1.results (1).csv").write_bytes(results)
    err = w.once(3)
    want("drop1.results (1).csv: failed, and moved to failed/: drop1.results (1).csv: is a results file" in err, err)
    why = (w.inbox / "failed/drop1.results (1).csv.why.txt").read_text()
    want("is a results file" in why and "move the file back" not in why, why)
    equal(w.there(), ["drop1.results.csv"])
    equal(w.there("failed"), ["drop1.results (1).csv", "drop1.results (1).csv.why.txt"])
    equal(w.there("results"), ["drop1.results.csv"])
    for out in "in", "in/.working":
        err = w.once(2, "--out", out)
        want("results would land where files are read" in err, err)
    (w.path("s.json")).symlink_to("in/s.json")
    (w.path("link")).symlink_to("in")
    for words in (["--summary", "in/s.json"], ["--metrics", "in/.working/m.prom"], ["--new-to", "in/n-{n}.csv"],
                  ["--failed-to", "link/f-{n}.csv", "--retry-failed"]):
        err = w.once(2, *words)
        want("would land where files are read" in err and words[0] in err, words, err)
    (w.inbox / "s.json").write_text("{}")
    want("would land where files are read" in w.once(2, "--summary", "s.json"))
    (w.inbox / "s.json").unlink()
    w.job(json.dumps({"input": {"address": "Wallet"}, "ledger": "ledger.db", "failed_to": "in/f-{n}.csv",
                      "steps": [{"action": "claim", "claim": "c1"}]}))
    want("--failed-to in/f-1.csv: would land where files are read" in w.once(2))
    equal(w.there(), ["drop1.results.csv"])
    w.once_each(1)


def test_same_name_again(w):
    """the same name day after day: nothing is written over, in done/ or among the results"""
    for day in range(3):
        w.drop("export.csv", range(day + 1))
        w.once(0, "--out", "out")
    equal(w.there("done"), ["export-2.csv", "export-3.csv", "export.csv"])
    equal(sorted(p.name for p in w.path("out").glob("*.csv")),
          ["export-2.results.csv", "export-3.results.csv", "export.results.csv"])
    equal([(w.inbox / "done" / name).read_text().count("\n") for name in ("export.csv", "export-2.csv", "export-3.csv")],
          [2, 3, 4])
    w.once_each(3)


def test_same_problem_again(w):
    """a bad row in the same name day after day is told once, and again when it comes back"""
    for name, odd, new in (("export.csv", True, True), ("export.csv", True, False), ("export.csv", False, False),
                           ("export.csv", True, True), ("course-101.csv", True, True), ("course-102.csv", True, True),
                           ("course-101.csv", True, False), ("course-102.csv", True, False)):
        w.path("dropped").write_text("Wallet\n" + (f"{PEOPLE[0]}\n0x12\n" if odd else f"{PEOPLE[0]}\n"))
        os.rename(w.path("dropped"), w.inbox / name)
        w.once(int(new))
    w.once_each(1)


def test_braces(w):
    """a name with braces in it is a name, and no results of another file are replaced by its own"""
    today = time.strftime("%Y-%m-%d")
    names = f"{today}.csv", "{date}.csv", "{n}.csv", "{Email}.csv", "{{date}}.csv"
    for n, name in enumerate(names):
        w.drop(name, [n])
        w.once(0)
    equal(w.there("results"), sorted(name.replace(".csv", ".results.csv") for name in names))
    want((w.inbox / "results/{n}.results.csv.html").exists())
    equal(w.statuses(f"{today}.results.csv") + w.statuses("{date}.results.csv"), ["success", "success"])
    w.once_each(5)


def test_told_commands(w):
    """afterwards: the command for failed rows in the log and on the page names the file where it is, and works; so does report"""
    w.drop("my file.csv", [0, 1])
    w.faults({"route": "complete", "kind": "status", "status": 400, "errorMessage": "Not on the list", "at": [1]})
    err = w.once(1, "--rate", "50/s", "--log-format", "text")
    path = os.path.realpath(w.inbox / "done/my file.csv")
    told = f"claimpipe run --api-url={w.url} --rate=50/s --retry-failed -- job.json '{path}'"
    want(f"to try the failed rows again: {told}\n" in err, err)
    page = (w.inbox / "results/my file.results.csv.html").read_text()
    want("--retry-failed -- job.json" in page and ".working" not in page and "--refuse-results" not in page, page)
    w.faults()
    for command in "claimpipe report 1 --ledger ledger.db -o r.csv", told, "claimpipe report 1 --ledger ledger.db":
        run = subprocess.run(shlex.split(command), executable=BUILD / "claimpipe", cwd=w.folder, env=w.environment,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        equal(run.returncode, 0, command, run.stderr)
    equal(w.there(".working"), [])
    os.rename(path, w.inbox / "failed/my file.csv")
    run = subprocess.run([BUILD / "claimpipe", "report", "1", "--ledger", "ledger.db", "-o", "-"], cwd=w.folder, env=w.environment,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
    want(run.returncode == 0 and run.stdout.count("success") >= 2, run.stdout, run.stderr)
    w.once_each(2)


def test_failed_rows_again(w):
    """the rows that failed, in a file of --failed-to, are dropped into the inbox: it is run, and has them tried again"""
    w.drop("a.csv", [0, 1])
    w.faults({"route": "complete", "kind": "status", "status": 400, "errorMessage": "Not on the list", "at": [1]})
    w.once(1, "--failed-to", "failed-{n}.csv")
    w.faults()
    os.rename(w.path("failed-1.csv"), w.inbox / "failed-1.csv")
    w.once(0)
    equal(w.statuses("failed-1.results.csv"), ["success"])
    equal(w.there("done"), ["a.csv", "failed-1.csv"])
    w.once_each(2)


def test_mended(w):
    """a file that was mended leaves no old reason behind in failed/; as long as the old one lies there, it stays"""
    (w.inbox / "a.csv").write_text("Name,Age\nAnn,7\n")
    w.once(2)
    w.drop("a.csv", [0])
    w.once(0)
    equal(w.there("done"), ["a-2.csv"])
    equal(w.there("failed"), ["a.csv", "a.csv.why.txt"])
    (w.inbox / "failed/a.csv").unlink()
    w.drop("a.csv", [1])
    w.once(0)
    equal(w.there("done"), ["a-2.csv", "a.csv"])
    equal(w.there("failed"), [])


def test_same_results(w):
    """files whose results would have one name: also of one that has none yet"""
    w.drop("a.csv", [0])
    w.change(credits=0)
    w.once(4)
    (w.inbox / "results/a.results.csv").unlink(missing_ok=True)
    w.change(credits=-1)
    w.drop("a", [1])
    w.once(0)
    equal(w.there("done"), ["a-2", "a.csv"])
    equal(w.there("results"), ["a-2.results.csv", "a.results.csv"])
    w.once_each(2)


def test_deaf(w):
    """a parent that ignores SIGCHLD: how a run has ended is known all the same"""
    w.drop("a.csv", [0])
    run = subprocess.run(["env", "--ignore-signal=CHLD", *w.words("--once", "--stable", "0s")], cwd=w.folder,
                         env=w.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
                         check=False)
    equal(run.returncode, 0, run.stderr)
    equal(w.there("done"), ["a.csv"])


def test_names(w):
    """names with blanks, line ends, a dash in front, bytes that are no UTF-8, and of full length"""
    names = [b"-o x.csv", b"a b\nc.csv", b"\xff\xfe.csv", "é\u202ecsv.csv".encode(), b"x" * 251 + b".csv", b"--", b"a;b$(c).csv",
             b"https:x.csv", b"-"]
    for n, name in enumerate(names):
        with open(os.path.join(os.fsencode(w.inbox), name), "w", encoding="utf-8") as file:
            file.write(f"Wallet\n{PEOPLE[n]}\n")
    err = w.once(0)
    done = set(os.listdir(os.path.join(os.fsencode(w.inbox), b"done")))
    equal(done, set(names) - {names[4]} | {b"x" * 196 + b".csv"}, err)
    for shown in "-o x.csv", "a b\\x0ac.csv", "\\xff\\xfe.csv", "é\\u202ecsv.csv":
        want(f"{shown}: done: 1 row, 1 success" in err, shown, err)
    w.once_each(len(names))


def test_job_at_fault(w):
    """a job file that is broken meanwhile is no fault of the files: they stay, and are run when it is mended"""
    w.drop("a.csv", [0])
    w.faults({"route": "complete", "kind": "slow", "delayMs": 3000, "first": 1})
    watch = w.start("--stable", "0s")
    w.wait("complete", 1)
    w.job("{ not JSON")
    w.drop("b.csv", [1])
    w.until_done("a.csv")
    until(lambda: "b.csv: not finished; it stays in .working, and is tried again in 1 min: " in w.log(), "b.csv")
    equal(w.there("failed"), [])
    equal(w.there(".working"), ["b.csv"])
    w.stop(watch)
    want("job.json" in w.once(2))
    w.job()
    w.once(0)
    equal(w.there("done"), ["a.csv", "b.csv"])
    w.once_each(2)


def test_not_put_away(w):
    """killed between the end of a run and the move of its file: it is moved then, and not run again; one that has changed is run"""
    w.drop("a.csv", [0, 1])
    (w.inbox / "odd.csv").write_text(f"Wallet\nnobody\n{PEOPLE[3]}\n")
    w.once(1)
    before = {name: (w.inbox / "results" / name).read_bytes() for name in w.there("results")}
    for name in "a.csv", "odd.csv":
        os.rename(w.inbox / "done" / name, w.inbox / ".working" / name)
    err = w.once(1)
    want("a.csv: done: its run had ended before (run 1); results in " in err, err)
    want("odd.csv: done, and some rows need a person: its run had ended before (run 2)" in err, err)
    equal(w.there("done"), ["a.csv", "odd.csv"])
    equal({name: (w.inbox / "results" / name).read_bytes() for name in w.there("results")}, before)
    os.rename(w.inbox / "done/a.csv", w.inbox / ".working/a.csv")
    with open(w.inbox / ".working/a.csv", "a", encoding="utf-8") as file:
        file.write(f"{PEOPLE[4]}\n")
    w.once(0)
    equal(w.statuses("a.results.csv"), ["duplicate", "duplicate", "success"])
    os.rename(w.inbox / "done/a.csv", w.inbox / ".working/a.csv")
    (w.inbox / "results/a.results.csv").unlink()
    w.once(0)
    equal(w.statuses("a.results.csv"), ["duplicate"] * 3)
    w.once_each(4)


def test_not_moved(w):
    """done/ cannot be written: --once ends with 5, the file stays claimed, and is moved when it can be, not run again"""
    done = w.inbox / "done"
    done.mkdir()
    w.drop("a.csv", [0, 1])
    if os.geteuid() != 0:
        done.chmod(0o555)
    elif subprocess.run(["mount", "--bind", done, done], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return  # root may write everywhere
    try:
        err = w.once(5)
    finally:
        if os.geteuid() != 0:
            done.chmod(0o755)
        else:
            subprocess.run(["umount", done], check=True)
    want("a.csv: it cannot be moved to " in err, err)
    equal(w.there(".working"), ["a.csv"])
    w.once(0)
    equal(w.there("done"), ["a.csv"])
    equal(w.statuses("a.results.csv"), ["success", "success"])
    w.once_each(2)


def test_stopped(w):
    """no credits: exit 4, the file stays claimed, and is gone on with the next time; the same for a ledger"""
    w.drop("a.csv", range(20))
    w.change(credits=4)
    err = w.once(4, "--burst", "1", "--in-flight", "1")
    want("a.csv: not finished; it stays in .working, and is tried again the next time: " in err, err)
    want("credits" in err, err)
    equal(w.there(".working"), ["a.csv"])
    w.change(credits=-1)
    err = w.once(5, "--ledger", "no/such/folder/../folder")
    equal(w.there(".working"), ["a.csv"])
    err = w.once(0)
    want("a.csv: was claimed by an earlier watch, which did not finish it: going on with it" in err, err)
    equal(w.there("done"), ["a.csv"])
    w.once_each(20)


def test_still_written(w):
    """a file that grows while it is run has not been run to its end: it is run again, and nobody is left out"""
    w.drop("a.csv", range(3))
    w.faults({"route": "complete", "kind": "slow", "delayMs": 3000, "first": 1})
    watch = w.start("--once", "--stable", "0s")
    w.wait("complete", 1)
    with open(w.inbox / ".working/a.csv", "a", encoding="utf-8") as file:
        file.write(f"{PEOPLE[3]}\n")
    equal(watch.wait(SECONDS), 4, w.log())
    want("a.csv: was still being written; it stays in .working, and is tried again the next time" in w.log(), w.log())
    w.once(0)
    equal(w.statuses("a.results.csv")[3], "success")
    w.once_each(4)


def test_settings(w):
    """what is said for run is handed on, and no secret is in any argv, log or folder"""
    w.drop("a.csv", range(3))
    w.path("key").write_text("sandbox-key\n")
    w.path("other.json").write_text(w.path("job.json").read_text())
    w.environment["BITBADGES_API_KEY"] = "wrong-key-of-this-test"
    w.faults({"route": "complete", "kind": "slow", "delayMs": 3000, "first": 1})
    watch = w.start("--once", "--stable", "0s", "--api-key", "file:key", "--limit", "2", "--where", "Wallet != ''",
                    "--output-dialect", "excel", "--log-format", "json")
    pid = w.child(watch)
    argv = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    for word in "--api-key=file:key", "--limit=2", "--where=Wallet != ''", "--output-dialect=excel":
        want(word in argv, word, argv)
    want("sandbox-key" not in " ".join(argv), argv)
    equal(watch.wait(SECONDS), 0, w.log())
    want((w.inbox / "results/a.results.csv").read_bytes().startswith(b"\xef\xbb\xbf"))
    w.once_each(2)
    lines = [json.loads(line) for line in w.log().splitlines()]
    equal({line["event"] for line in lines} >= {"watch", "file"}, True, w.log())
    equal({"success": 2, "skipped": 1, "exit_code": 0}.items() <= lines[-1].items(), True, lines[-1])
    for path in w.folder.rglob("*"):
        if path.is_file() and path.name not in ("key", "config.json"):
            want(b"sandbox-key" not in path.read_bytes(), path)
    w.drop("b.csv", [5])
    err = w.once(4)
    want("401" in err and "wrong-key-of-this-test" not in err, err)


def test_quiet(w):
    """--quiet: nothing is said but of files that failed and of new problems, which is what cron mails"""
    w.drop("a.csv", [0])
    equal(w.once(0, "--quiet"), "")
    (w.inbox / "page.csv").write_bytes(b"%PDF-1.4\n")
    equal(w.once(3, "--quiet"), "claimpipe: page.csv: failed, and moved to failed/: page.csv: is a PDF: export the table behind "
          "it as CSV\n")
    (w.inbox / "odd.csv").write_text(f"Wallet\nnobody\n{PEOPLE[3]}\n")
    err = w.once(1, "--quiet")
    want("odd.results.csv" in err and "1 new row needs a person" in err and "nobody" in err and "done" not in err, err)
    w.drop("odd.csv", [3])
    with open(w.inbox / "odd.csv", "a", encoding="utf-8") as file:
        file.write("nobody\n")
    equal(w.once(0, "--quiet"), "")


def test_refused(w):
    """what can't work is refused at once: no inbox, a file for one, a broken job, what a watch can't be told"""
    for code, says, words in (
            (3, "the inbox cannot be opened", ["watch", "job.json", "nowhere"]),
            (3, "the inbox cannot be opened", ["watch", "job.json", "job.json"]),
            (2, "no-such.json", ["watch", "no-such.json", "in"]),
            (2, "which job and which folder?", ["watch", "job.json"]),
            (2, "--output: not with watch", ["watch", "job.json", "in", "-o", "x.csv"]),
            (2, "--accept-ledger: not with watch", ["watch", "job.json", "in", "--accept-ledger"]),
            (2, "--set: stands in the job file: write it there, or use another command than watch",
             ["watch", "job.json", "in", "--set", "a.b=c"]),
            (2, "each file of the inbox would replace it: put {n}", ["watch", "job.json", "in", "--failed-to", "f.csv"]),
            (2, "--html: not with watch", ["watch", "job.json", "in", "--html", "f.html"]),
            (2, "--once: not with run", ["run", "job.json", "x.csv", "--once"])):
        run = subprocess.run([BUILD / "claimpipe", *words], cwd=w.folder, env=w.environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=SECONDS, check=False)
        want(run.returncode == code and says in run.stderr, words, run.returncode, run.stderr)
    equal(os.listdir(w.inbox), [])


# ---- a watch that goes on ----

def test_lands(w):
    """files that are moved in, written and closed, or there before: each is run once, and SIGTERM ends the watch"""
    w.drop("before.csv", [0])
    watch = w.start()
    w.until_done("before.csv")
    w.drop("moved.csv", [1, 2])
    w.drop("written.csv", [2, 3], how="write")
    w.until_done("moved.csv", "written.csv")
    os.rename(w.inbox / "done/moved.csv", w.inbox / "moved.csv")
    w.until_done("moved-2.csv")
    equal(w.statuses("moved-2.results.csv"), ["duplicate", "duplicate"])
    equal(w.there(), [])
    w.once_each(4)
    w.stop(watch)


def test_open_file(w):
    """a file that its writer has still open is not taken, however long another takes; closed, it is"""
    watch = w.start("--stable", "1h")
    until(lambda: "watching " in w.log(), "the beginning")
    with open(w.inbox / "slow.csv", "w", encoding="utf-8") as file:
        file.write(f"Wallet\n{PEOPLE[0]}\n")
        file.flush()
        for n in range(1, 4):
            w.drop(f"quick{n}.csv", [n])
            w.until_done(f"quick{n}.csv")
        equal(w.there(), ["slow.csv"])
        file.write(f"{PEOPLE[9]}\n")
    w.until_done("slow.csv")
    equal(w.statuses("slow.results.csv"), ["success", "success"])
    w.drop("upload.csv.part", [11])
    os.rename(w.inbox / "upload.csv.part", w.inbox / "upload.csv")
    w.until_done("upload.csv")
    w.once_each(6)
    w.stop(watch)


def test_killed(w):
    """kill -9 in the middle of a run, and again: the file is claimed still, and the next watch ends it; nobody gets two"""
    w.drop("a.csv", range(12))
    for n in 3, 6, 9:
        w.faults({"route": "complete", "kind": "slow", "delayMs": 2000, "at": [n]})
        watch = w.start("--stable", "0s", "--in-flight", "1", "--burst", "1")
        w.wait("complete", n)
        watch.kill()
        watch.wait(SECONDS)
        equal(w.there(".working"), ["a.csv"], w.log())
    w.faults()
    w.drop("b.csv", range(10, 15))
    watch = w.start("--stable", "0s")
    w.until_done("a.csv", "b.csv")
    want(set(w.statuses("a.results.csv")) <= {"success", "duplicate"}, w.statuses("a.results.csv"))
    w.once_each(15)
    w.stop(watch)


def test_interrupted(w):
    """SIGTERM and SIGINT in the middle of a run: it ends in order, the file stays claimed; the next watch ends it"""
    w.drop("a.csv", range(8))
    for n, number, code in (2, signal.SIGTERM, 143), (4, signal.SIGINT, 130):
        w.faults({"route": "complete", "kind": "slow", "delayMs": 2000, "at": [n]})
        watch = w.start("--stable", "0s", "--in-flight", "1", "--burst", "1")
        w.wait("complete", n)
        watch.send_signal(number)
        equal(watch.wait(SECONDS), code, w.log())
        want("a.csv: interrupted; it stays in .working for the next watch" in w.log(), w.log())
        equal(w.there(".working"), ["a.csv"])
        want("unsent" in w.statuses("a.results.csv"), "results of what was done until then")
    w.faults()
    w.once(0)
    w.once_each(8)


def test_crash(w):
    """a run that crashes takes its file to failed/, with the signal; the next file is run"""
    w.drop("a.csv", [0])
    w.faults({"route": "complete", "kind": "slow", "delayMs": 60000, "at": [1]})
    watch = w.start("--stable", "0s")
    w.wait("complete", 1)
    w.drop("b.csv", [1])
    os.kill(w.child(watch), signal.SIGABRT)
    w.until_done("b.csv")
    equal(w.there("failed"), ["a.csv", "a.csv.why.txt"])
    want("died of signal 6" in (w.inbox / "failed/a.csv.why.txt").read_text(), w.log())
    w.stop(watch)


def test_two_watches(w):
    """a second watch of the same inbox says who has it, also with --once; then it is free"""
    watch = w.start()
    until(lambda: "watching " in w.log(), "the beginning")
    err = w.once(5)
    want(f"is watched already, by process {watch.pid} on " in err, err)
    w.stop(watch)
    w.once(0)


def test_inbox_gone(w):
    """an inbox that is removed, or renamed away: the watch says so, and ends"""
    for how in "renamed", "removed":
        watch = w.start()
        until(lambda: w.log().count("watching ") == (1 if how == "renamed" else 2), "the beginning")
        if how == "renamed":
            os.rename(w.inbox, w.path("away"))
        else:
            subprocess.run(["rm", "-r", w.inbox], check=True)
        equal(watch.wait(SECONDS), 3, w.log())
        equal(w.log().count("the inbox is not there any more"), 1 if how == "renamed" else 2, w.log())
        w.inbox.mkdir(exist_ok=True)


def test_other_file_system(w):
    """an OUTBOX on another file system: results come there whole"""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as out:
        w.drop("a.csv", [0])
        w.once(0, "--out", out)
        equal([p for p in os.listdir(out) if p[0] != "." and not p.endswith(".html")], ["a.results.csv"])


def run_test(named):
    """why it failed, or None"""
    with tempfile.TemporaryDirectory(prefix="claimpipe-watch-") as folder:
        world = World(folder)
        try:
            named[1](world)
        except (Failure, OSError, subprocess.SubprocessError, LookupError, ValueError) as e:
            return f"{type(e).__name__}: {e}"
        finally:
            world.close()
    return None


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_") and
             inspect.isfunction(test) and (not sys.argv[1:] or name.removeprefix("test_") in sys.argv[1:])]
    failed = 0
    print(f"1..{len(tests)}")
    # most of the time something is waited for
    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
        for n, ((name, test), why) in enumerate(zip(tests, pool.map(run_test, tests)), 1):
            print(f"{'not ok' if why else 'ok'} {n} - {test.__doc__}", flush=True)
            if why:
                failed += 1
                print(f"# {name}:", why.replace("\n", "\n# "))
    return 1 if failed else 0


sys.exit(main())
