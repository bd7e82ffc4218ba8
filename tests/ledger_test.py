#!/usr/bin/env python3
"""A ledger that goes missing, is cut, damaged, copied, linked or put back: it is said, and nobody is issued twice.

    BUILD=build [DAMAGES=60] [SEED=0] tests/ledger_test.py [NAME...]

Each test has a folder and a practice server of its own, which is asked at the end whom it has completed twice: it
has no limit of its own.  Prints TAP.
"""
import contextlib
import csv
import http.client
import inspect
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
DAMAGES = int(os.environ.get("DAMAGES", "60"))
SEED = int(os.environ.get("SEED", "0"))  # of the first; the others follow
SECONDS = 60
ROWS = 40
SLOW = ["--rate", "25/s", "--burst", "1"]
FILES = ["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-lock", "ledger.db-seal"]


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def want(condition, *why):
    if not condition:
        raise Failure("\n".join(map(str, why)))


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.path("config.json").write_text(json.dumps({
            "keys": ["sandbox-key"], "queueDelayMs": [1, 3],
            "claims": [{"claimId": "c1", "version": 0, "plugins": [
                {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 100000}]}]}))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", self.path("config.json")],
                                       stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]
        self.home = self.path("home")
        self.home.mkdir()
        self.write_input("in.csv", ROWS)

    def close(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(SECONDS)
        self.server.stdout.close()

    def path(self, name):
        return self.folder / name

    def write_input(self, name, rows, more=""):
        with open(self.home / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [["Name", "Wallet"]] + [[f"Learner {n}{more}", f"0x{n + 1:040x}"] for n in range(rows)])

    def environment(self):
        kept = {name: value for name, value in os.environ.items()
                if name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        return kept | {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.folder),
                       "BITBADGES_API_KEY": "sandbox-key", "BITBADGES_API_URL": self.url, "LC_ALL": "C.UTF-8"}

    def start(self, *words, before=(), cwd=None):
        return subprocess.Popen([*before, BUILD / "claimpipe", *words], cwd=cwd or self.home, env=self.environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, code, *words, before=(), cwd=None):
        """(stdout, stderr) of the command, which must end with that code (None: with any)."""
        return self.end(self.start(*words, before=before, cwd=cwd), code)[1:]

    def end(self, process, code):
        out, err = process.communicate(timeout=SECONDS)
        want(code is None or process.returncode == code, process.args[1:],
             f"exit code {process.returncode}, not {code}", out, err)
        return process.returncode, out, err

    def claim(self, code, *words, source="in.csv", ledger="state/ledger.db", **more):
        """What the run says; the state's folder is relative to where it runs."""
        return self.run(code, *self.claim_words(source, ledger), *words, **more)[1]

    @staticmethod
    def claim_words(source="in.csv", ledger="state/ledger.db"):
        return ["claim", source, "-c", "c1", "--ledger", ledger, "--queue-delay", "300ms", "--timeout", "5s"]

    def call(self, path):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=SECONDS)
        connection.request("GET", path)
        answer = json.load(connection.getresponse())
        connection.close()
        return answer

    def completed(self):
        """How many the server has completed; nobody twice."""
        stats = self.call("/sandbox/stats")
        want(not stats["completedTwice"], f"completed twice: {stats['completedTwice']}")
        return stats["completed"]

    def wait_completed(self, n):
        answer = self.call(f"/sandbox/wait?route=completed&count={n}&timeoutMs=30000")
        want(answer["reached"], answer)

    def statuses(self, name="in.results.csv", folder=None):
        with open((folder or self.home) / name, newline="", encoding="utf-8") as file:
            return [row["status"] for row in csv.DictReader(file)]

    def state(self, name="ledger.db"):
        return self.home / "state" / name

    def in_the_middle(self, *words, ledger="state/ledger.db", **more):
        """A slow run, of which some rows are done and most are not."""
        process = self.start(*self.claim_words(ledger=ledger), *SLOW, *words, **more)
        self.wait_completed(3)
        return process

    def kill(self, process):
        process.kill()
        process.communicate()

    def carry(self, name, files=("ledger.db",)):
        """A new home with the input, and these files of the ledger."""
        home = self.path(name)
        (home / "state").mkdir(parents=True)
        shutil.copy(self.home / "in.csv", home)
        for file in files:
            if self.state(file).exists():
                shutil.copy(self.state(file), home / "state")
        return home

    def kill_at_the_end(self):
        """A run is killed when all is done and known, and its results are being written."""
        self.write_input("in.csv", ROWS, " " * 4000 + ".")
        os.mkfifo(self.home / "out")
        reader = os.open(self.home / "out", os.O_RDONLY | os.O_NONBLOCK)
        process = self.start(*self.claim_words(), "-o", "out")
        want(select.select([reader], [], [], SECONDS)[0], "no results")
        self.kill(process)
        os.close(reader)
        (self.home / "out").unlink()


# ---- copies ----

def test_copy_of_a_whole_one(w):
    """a copy of the file alone, made after a run has ended, knows everything"""
    w.claim(0)
    want(not w.state("ledger.db-wal").exists() or w.state("ledger.db-wal").stat().st_size == 0, "a -wal is left")
    home = w.carry("other")
    w.claim(0, cwd=home)
    want(w.statuses(folder=home) == ["duplicate"] * ROWS, w.statuses(folder=home))
    want(w.completed() == ROWS, w.completed())


def test_copy_of_the_file_alone(w):
    """a copy of the file alone, made after kill -9, is refused: it may lack the end"""
    w.kill(w.in_the_middle())
    done = w.completed()
    err = w.claim(5, cwd=w.carry("other"))
    want("is a copy that was made during a run" in err and "--accept-ledger" in err, err)
    want(w.completed() == done, "something was sent")
    # With all that lies beside it, it goes on.
    home = w.carry("whole", FILES)
    w.claim(0, cwd=home)
    want(w.completed() == ROWS, w.completed())


def test_copy_during_a_run(w):
    """a copy of the file alone, made while a run goes on, is refused as well; and the run goes on"""
    process = w.in_the_middle()
    home = w.carry("other")
    w.end(process, 0)
    done = w.completed()
    want("is a copy that was made during a run" in w.claim(5, cwd=home), "not said")
    want(w.completed() == done == ROWS, w.completed())


def test_kill_9(w):
    """after kill -9 the ledger is looked through, and the same command goes on"""
    w.kill(w.in_the_middle())
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_wal_lost(w):
    """after kill -9 the -wal is deleted: refused"""
    w.kill(w.in_the_middle())
    done = w.completed()
    w.state("ledger.db-wal").unlink()
    w.state("ledger.db-shm").unlink(missing_ok=True)
    err = w.claim(5)
    want("is older than its -seal" in err, err)
    want(w.completed() == done, "something was sent")


def test_wal_cut(w):
    """after kill -9 the -wal is cut: refused if a transaction is lost, and nobody is issued again"""
    w.kill(w.in_the_middle())
    done = w.completed()
    os.truncate(w.state("ledger.db-wal"), 100)
    code, _, err = w.end(w.start(*w.claim_words()), None)
    # All of it may have been in the file already.
    want(code == 5 and "is older than its -seal" in err and w.completed() == done or
         code == 0 and w.completed() == ROWS, code, err)


# ---- the file under other names ----

def test_hard_link(w):
    """a second hard link: refused by either name, and accepted when it is gone"""
    w.claim(0)
    os.link(w.state(), w.home / "second.db")
    for name in ["state/ledger.db", "second.db"]:
        err = w.claim(5, ledger=name)
        want("second name" in err and name in err, err)
        err = w.claim(5, "--accept-ledger", ledger=name)
    (w.home / "second.db").unlink()
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_two_runs_by_two_links(w):
    """a hard link made during a run: the other run is refused, and the first stops"""
    process = w.in_the_middle()
    os.link(w.state(), w.home / "second.db")
    want("second name" in w.claim(5, ledger="second.db"), "the other run is not refused")
    err = w.end(process, 5)[2]
    want("was given a second name" in err, err)
    (w.home / "second.db").unlink()
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_symbolic_link(w):
    """a symbolic link is the file itself; one that leads nowhere is refused"""
    w.claim(0)
    (w.home / "link.db").symlink_to("state/ledger.db")
    w.claim(0, ledger="link.db")
    want(w.statuses() == ["duplicate"] * ROWS, w.statuses())
    (w.home / "lost.db").symlink_to("not-mounted/ledger.db")
    err = w.claim(5, ledger="lost.db")
    want("symbolic link" in err, err)
    want(w.completed() == ROWS, w.completed())


def test_bind_mount(w):
    """a file that is mounted alone, as into a container: refused"""
    w.claim(0)
    (w.home / "box").mkdir()
    (w.home / "box/ledger.db").touch()
    mount = ["unshare", "--mount", "sh", "-c", 'mount --bind state/ledger.db box/ledger.db && exec "$@"', "sh"]
    if subprocess.run([*mount, "true"], cwd=w.home, capture_output=True, check=False).returncode:
        raise Skip("nothing can be mounted here")
    err = w.claim(5, ledger="box/ledger.db", before=mount)
    want("is mounted by itself" in err and "mount the folder" in err, err)
    want(w.completed() == ROWS, w.completed())


# ---- during a run ----

def test_deleted_during_a_run(w):
    """the ledger is deleted during a run: it stops, saves what it knows, and that is put back"""
    process = w.in_the_middle()
    for name in FILES:
        w.state(name).unlink(missing_ok=True)
    err = w.end(process, 5)[2]
    want("was deleted or replaced during the run" in err, err)
    saved = re.search(r"claimpipe ledger restore (\S+),", err)
    want(saved, err)
    done = w.completed()
    want(done < ROWS, "it went on")
    err = w.claim(5)
    want("knows nothing of the results" in err, err)
    w.run(0, "ledger", "restore", saved[1], "--ledger", "state/ledger.db", "--accept-ledger")
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_file_deleted_during_a_run(w):
    """likewise if only the file itself is deleted, or moved"""
    process = w.in_the_middle()
    w.state().rename(w.home / "moved.db")
    err = w.end(process, 5)[2]
    saved = re.search(r"claimpipe ledger restore (\S+),", err)
    want(saved, err)
    err = w.claim(5)
    want("is gone" in err, err)
    w.run(0, "ledger", "restore", saved[1], "--ledger", "state/ledger.db")
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_cut_during_a_run(w):
    """the ledger is cut to 0 bytes during a run: it stops"""
    process = w.in_the_middle()
    os.truncate(w.state(), 0)
    err = w.end(process, 5)[2]
    want("was cut during the run" in err or "damaged" in err, err)
    done = w.completed()
    want(done < ROWS, "it went on")
    want(w.claim(5), "it begins anew")
    want(w.completed() == done, "something was sent")


def test_lock_deleted_during_a_run(w):
    """the -lock file is deleted during a run: it stops, another can't begin beside it, and then all goes on"""
    process = w.in_the_middle()
    w.state("ledger.db-lock").unlink()
    other = w.start(*w.claim_words(), "-o", "other.csv")
    err = w.end(process, 5)[2]
    want("-lock: was deleted or replaced" in err, err)
    w.end(other, None)
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_lock_is_on_the_file(w):
    """a second run of the same claim is refused, also without the -lock file"""
    process = w.in_the_middle()
    os.kill(process.pid, signal.SIGSTOP)
    # It may have been stopped while it writes: whoever is refused must not wait for that.
    with contextlib.closing(sqlite3.connect(w.state(), isolation_level=None)) as writer:
        with contextlib.suppress(sqlite3.OperationalError):
            writer.execute("BEGIN IMMEDIATE")
        err = w.claim(5, "-o", "other.csv")
        want(f"by process {process.pid}" in err, err)
        w.state("ledger.db-lock").unlink()
        err = w.claim(5, "-o", "other.csv")
        want("is being worked on by" in err, err)
    os.kill(process.pid, signal.SIGCONT)
    w.end(process, 5)
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_replaced_during_a_run(w):
    """an older copy takes the ledger's place during a run: it stops"""
    w.claim(0, "--rows", "1-1")
    w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")
    process = w.start(*w.claim_words(), *SLOW)
    w.wait_completed(4)
    shutil.copy(w.home / "copy.db", w.home / "state/new.db")
    os.replace(w.home / "state/new.db", w.state())
    err = w.end(process, 5)[2]
    saved = re.search(r"claimpipe ledger restore (\S+),", err)
    want("was deleted or replaced during the run" in err and saved, err)
    # The -wal that is left may hold all that the copy lacks: then nothing is lost.
    if w.end(w.start(*w.claim_words()), None)[0]:
        w.run(0, "ledger", "restore", saved[1], "--ledger", "state/ledger.db")
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


# ---- between runs ----

def test_empty(w):
    """a file of 0 bytes is refused, whatever the user says"""
    (w.home / "state").mkdir()
    w.state().touch()
    for words in [[], ["--accept-ledger"], ["--simulate"]]:
        err = w.claim(5, *words)
        want("the file is empty" in err, err)
    want(w.completed() == 0, "something was sent")


def test_cut_between_runs(w):
    """cut to 0 bytes, or at its end, between two runs: refused"""
    w.claim(0)
    whole = w.state().read_bytes()
    for size in [0, 4096, len(whole) - 4096, len(whole) - 1]:
        w.state().write_bytes(whole[:size])
        want(w.claim(5), "it goes on")
    w.state().write_bytes(whole)
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_gone(w):
    """the ledger is deleted between two runs: refused by its seal, and if that is gone by the results"""
    w.claim(0)
    w.state().unlink()
    err = w.claim(5)
    want("the file is gone" in err and "ledger restore" in err, err)
    want("the file is gone" in w.run(5, "check", *w.claim_words())[1], "check does not say it")
    shutil.rmtree(w.home / "state")
    err = w.claim(5)
    want("knows nothing of the results in" in err and "state/ledger.db" in err, err)
    want("knows nothing of the results in" in w.run(0, "check", *w.claim_words())[1], "check does not say it")
    want(w.completed() == ROWS, w.completed())


def test_begun_anew(w):
    """who keeps a ledger beside its results, and removes all of it, begins anew, and is told so"""
    w.claim(0, "--rows", "1-2", ledger="l.db")
    (w.home / "l.db").unlink()
    want("the file is gone" in w.claim(5, "--rows", "3-4", ledger="l.db"), "its seal is left: it is missed")
    for path in w.home.glob("l.db*"):
        path.unlink()
    want("knows nothing of the results in" in w.claim(5, "--rows", "3-4", ledger="m.db"), "another one is taken")
    words = w.claim_words(ledger="l.db")
    want("what it had issued is issued again" in w.run(0, "check", *words)[1], "check does not say it")
    err = w.claim(0, "--rows", "3-4", ledger="l.db")
    want("is new, and the one before it is gone (run 1, " in err, err)
    want("is new" not in w.claim(0, "--rows", "3-5", ledger="l.db"), "it is not new any more")
    want(w.completed() == 5, w.completed())


def test_another_ledger(w):
    """another ledger is used for the same claim in the same folder: refused; another claim is nobody's matter"""
    w.claim(0)
    err = w.claim(5, ledger="b/ledger.db")
    want("knows nothing of the results" in err, err)
    w.claim(0, ledger="state/ledger.db")
    want(w.completed() == ROWS, w.completed())


def test_accepted(w):
    """with --accept-ledger a new ledger is begun, and the results know that one from then on"""
    w.claim(0, "--rows", "1-2")
    shutil.rmtree(w.home / "state")
    w.claim(0, "--accept-ledger", "--rows", "3-4")
    w.claim(0, "--rows", "3-5")
    want(w.completed() == 5, w.completed())


def test_older_by_hand(w):
    """an older copy is put back by hand, beside newer results: refused, with and without the seal"""
    w.claim(0, "--rows", "1-10")
    w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")
    w.claim(0)
    shutil.copy(w.home / "copy.db", w.state())
    err = w.claim(5)
    want("is not as it was when it was closed" in err or "is older than its -seal" in err, err)
    w.state("ledger.db-seal").unlink()
    err = w.claim(5)
    want("is older than the results in" in err, err)
    want(w.completed() == ROWS, w.completed())


def test_older_after_a_kill(w):
    """an older copy is put over a ledger whose run was killed, beside its -wal: refused"""
    w.claim(0, "--rows", "1-10")
    w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")
    process = w.start(*w.claim_words(), *SLOW)
    w.wait_completed(14)
    w.kill(process)
    done = w.completed()
    shutil.copy(w.home / "copy.db", w.state())
    code = w.end(w.start(*w.claim_words()), None)[0]
    # The -wal may hold all that the copy lacks: then nothing is lost.
    want(code == 5 and w.completed() == done or code == 0 and w.completed() == ROWS, code, w.completed())


def test_two_targets_at_once(w):
    """several processes may use one ledger for different claims, and the last one closes it"""
    first = w.start("claim", "in.csv", "-c", "c1", "--ledger", "state/ledger.db", "-o", "1.csv")
    w.wait_completed(1)
    second = w.start("code", "in.csv", "--codes", "codes.txt", "--ledger", "state/ledger.db", "-o", "2.csv")
    w.end(second, 2)  # no such list: but the ledger is not touched
    w.end(first, 0)
    want("closed" in w.state("ledger.db-seal").read_text(), w.state("ledger.db-seal").read_text())
    want(w.run(0, "ledger", "check", "--ledger", "state/ledger.db")[0] == "ok\n", "not sound")


# ---- backup and restore ----

def test_backup_during_a_run(w):
    """ledger backup while a run goes on: whole, 0600, never over a file unless it is said; restored it goes on"""
    process = w.in_the_middle()
    out = w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")[0]
    want(re.match(r"ledger copied to copy.db: 1 run, \d+ items, the last change ", out), out)
    want((w.home / "copy.db").stat().st_mode & 0o777 == 0o600, "its mode")
    want(not list(w.home.glob("copy.db-*")), "something beside it")
    err = w.run(5, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")[1]
    want("is there already" in err and "--replace" in err, err)
    want("another" in w.run(2, "ledger", "backup", "state/ledger.db-wal", "--ledger", "state/ledger.db")[1], "the -wal")
    w.run(0, "ledger", "backup", "copy.db", "--replace", "--ledger", "state/ledger.db")
    err = w.run(5, "ledger", "restore", "copy.db", "--ledger", "state/ledger.db")[1]
    want("is in use" in err, err)
    w.wait_completed(w.completed() + 3)  # the ledger knows more than the copy
    w.kill(process)
    done = w.completed()
    err = w.run(5, "ledger", "restore", "copy.db", "--ledger", "state/ledger.db")[1]
    want("is older than the ledger that it would replace" in err, err)
    w.claim(0)
    want(w.completed() == ROWS > done, w.completed())


def test_restore(w):
    """ledger restore of the newest copy: nothing is lost; what was there is kept aside"""
    w.claim(0)
    w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")
    w.state().write_bytes(b"x" * 5000)
    out = w.run(0, "ledger", "restore", "copy.db", "--ledger", "state/ledger.db")[0]
    aside = re.search(r"is kept as (\S+)", out)
    want(aside and (w.home / aside[1]).read_bytes() == b"x" * 5000, out)
    w.claim(0)
    shutil.rmtree(w.home / "state")
    w.run(0, "ledger", "restore", "copy.db", "--ledger", "state/ledger.db")
    err = w.claim(5)
    want("is older than the results" in err, err)  # the run before was one more
    w.claim(0, "--accept-ledger")
    want(w.completed() == ROWS, w.completed())


def test_restore_refused(w):
    """ledger restore of what is no copy: another program's file, an empty one, a damaged one, none, itself"""
    w.claim(0)
    whole = w.state().read_bytes()
    w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")
    (w.home / "empty.db").touch()
    with sqlite3.connect(w.home / "foreign.db") as db:
        db.execute("create table t(x)")
    db.close()
    damaged = bytearray((w.home / "copy.db").read_bytes())
    damaged[4096:3 * 4096] = bytes(2 * 4096)
    (w.home / "damaged.db").write_bytes(damaged)
    for name, code, says in [("empty.db", 5, "is empty"), ("none.db", 5, "No such file"), ("damaged.db", 5, "damaged"),
                             ("foreign.db", 5, "another program"), ("state/ledger.db", 2, "the ledger itself"),
                             ("state", 5, "is no ledger")]:
        err = w.run(code, "ledger", "restore", name, "--accept-ledger", "--ledger", "state/ledger.db")[1]
        want(says in err, name, err)
    want(w.state().read_bytes() == whole, "the ledger was changed")
    want(sorted(p.name for p in (w.home / "state").iterdir()) == ["ledger.db", "ledger.db-lock", "ledger.db-seal"],
         *(w.home / "state").iterdir())
    w.claim(0)
    want(w.completed() == ROWS, w.completed())


def test_restore_of_another(w):
    """ledger restore of another ledger: refused unless it is accepted"""
    w.claim(0)
    w.run(0, "ledger", "backup", "copy.db", "--ledger", "state/ledger.db")
    shutil.rmtree(w.home / "state")
    (w.home / ".claimpipe.trace").unlink()
    w.write_input("none.csv", 0)
    w.claim(None, source="none.csv")
    err = w.run(5, "ledger", "restore", "copy.db", "--ledger", "state/ledger.db")[1]
    want("is another ledger" in err, err)
    w.run(0, "ledger", "restore", "copy.db", "--accept-ledger", "--ledger", "state/ledger.db")
    w.claim(0, "--accept-ledger")
    want(w.completed() == ROWS, w.completed())


# ---- damage ----

def damage(rng, folder, names):
    """Does something to one of the files that are there; says what."""
    path = rng.choice([folder / name for name in names if (folder / name).exists() and (folder / name).stat().st_size])
    content = bytearray(path.read_bytes())
    at, page = rng.randrange(len(content)), 4096 * rng.randrange((len(content) + 4095) // 4096)
    kind = rng.choice(["bit", "byte", "bytes", "zeros", "sector", "page", "swap", "cut"])
    before = bytes(content)
    if kind == "bit":
        content[at] ^= 1 << rng.randrange(8)
    elif kind == "byte":
        content[at] = (content[at] + rng.randrange(1, 256)) % 256
    elif kind == "bytes":
        content[at:at + 16] = rng.randbytes(len(content[at:at + 16]))
    elif kind == "zeros":
        content[at:at + 64] = bytes(len(content[at:at + 64]))
    elif kind == "sector":
        at -= at % 512
        content[at:at + 512] = rng.randbytes(len(content[at:at + 512]))
    elif kind == "page":
        content[page:page + 4096] = bytes(len(content[page:page + 4096]))
    elif kind == "swap":
        other = 4096 * rng.randrange((len(content) + 4095) // 4096)
        a, b = content[page:page + 4096], content[other:other + 4096]
        if len(a) == len(b):
            content[page:page + 4096], content[other:other + 4096] = b, a
    else:
        del content[at:]
    path.write_bytes(content)
    return f"{kind} at {at} of {path.name}", path.name, bytes(content) != before


def damages(w, names, must_say):
    """Each time the same ledger, with other damage, and the same command once more."""
    files = {name: w.state(name).read_bytes() for name in FILES if w.state(name).exists()}
    said = 0
    for seed in range(SEED, SEED + DAMAGES):
        rng = random.Random(seed)
        for name in FILES:
            w.state(name).unlink(missing_ok=True)
        for name, content in files.items():
            w.state(name).write_bytes(content)
        what, name, changed = damage(rng, w.home / "state", names)
        code, _, err = w.end(w.start(*w.claim_words(), "-o", "again.csv"), None)
        want(code in (0, 5), f"seed {seed}: {what}: exit code {code}", err)
        if code == 5:
            said += 1
            want("ledger" in err, f"seed {seed}: {what}", err)
        else:
            want(not (changed and must_say(name)), f"seed {seed}: {what}: not said", err)
            want(set(w.statuses("again.csv")) <= {"success", "duplicate"}, f"seed {seed}: {what}",
                 w.statuses("again.csv"))
        want(w.completed() == ROWS, f"seed {seed}: {what}: {w.completed()} were completed", err)
    want(said > DAMAGES // 3, f"said of {said} only")


def test_damage(w):
    """a closed ledger is damaged at random: said each time, and nobody is issued again"""
    w.claim(0)
    damages(w, ["ledger.db"], lambda name: True)


def test_damage_after_kill_9(w):
    """a ledger whose run was killed, its -wal or its seal are damaged: nobody is issued again"""
    w.kill_at_the_end()
    damages(w, ["ledger.db", "ledger.db-wal", "ledger.db-wal", "ledger.db-seal"], lambda name: False)


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_") and
             inspect.isfunction(test) and (not sys.argv[1:] or name.removeprefix("test_") in sys.argv[1:])]
    failed = 0
    print(f"1..{len(tests)}")
    for n, (name, test) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="claimpipe-ledger-") as folder:
            world, why, skipped = World(folder), None, ""
            try:
                test(world)
                world.completed()
            except Skip as e:
                skipped = f" # SKIP {e}"
            except (Failure, OSError, subprocess.SubprocessError, sqlite3.Error, LookupError, ValueError) as e:
                why = f"{type(e).__name__}: {e}\n{traceback.format_exc(limit=-2)}"
            finally:
                world.close()
        print(f"{'not ok' if why else 'ok'} {n} - {test.__doc__}{skipped}", flush=True)
        if why:
            failed += 1
            print(f"# {name}:", why.replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
