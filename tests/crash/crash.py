#!/usr/bin/env python3
"""The crash proof: claimpipe is killed, runs again, and nothing is issued twice and nothing lost.

    BUILD=build/crash tests/crash/crash.py [--runs N] [--rows N] [--seed S] [--short] [NAME...]

BUILD holds a build with crash points (`make crash` makes it), which does without a rule where it is told
to: an intent that is committed only after its request has left, codes that are numbered outside of the
transaction, and so on.  NAME (globs) picks tests; with the seed that a run has printed each test does the
same again, but for what the machine's load makes of it.  JOBS: how many at once; KEEP=1 keeps the folders.
Prints TAP.

Each test brings one input to its end on a practice server of its own, and then asks that server:
every address has completed the claim exactly once, though the claim may be completed a thousand times by
one address, and is in the store if it should be.  The results must equal those of a run that nothing has
disturbed, but for VOLATILE columns.  A row may be unknown before that, where nothing that was sent later
proves it absent; then the server is asked out of band.  And at each kill: the ledger, as it lies there,
knows every address of which the server has had a request; no step was begun before the one before it had
succeeded; and what it calls done is done.  The proof about codes needs no server (codes.py), that about
mail has a mail server (mails.py).  What is to be borne besides kills: lies.py; and what each rule is good
for: rules.py.

What a power cut leaves: tests/crash/synced.c keeps each file as it was last synced, and kills at a sync.
What was synced is there; each sector written since then may be the old one, the new one, or zeros.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import attacks
import codes
import lies
import mails
import rules
from common import (ACCEPTED, KEY, KILLS, PASSWORD, PLANNED, SECRET, SEED, SENDING, SUCCESS, Ledger, Program,
                    Server, Wrong, address, copy_ledger, cut_power, killed, make_library, rows_of, said,
                    shim_of, wait)

WAL_HEADER = 32  # its salts change when the log begins anew
RESOLVES_MAX = 6
TWICE_EVERY = 40  # rows: one that repeats an earlier recipient

# The server works off 300 claims in at most 0.6 s.  A queue delay that is shorter than the queue really
# takes would make "absent" a guess, and doubles the fault of this test.
SERVER_DELAY_MS = [0, 2]
QUEUE_DELAY_MS = 2000
TIMES = ["--rate", "none", "--in-flight", "32", "--timeout", "5s", "--connect-timeout", "1s",
         "--settle-timeout", "10s", "--queue-delay", f"{QUEUE_DELAY_MS}ms"]
CLAIM = {"action": "claim", "claim": "c1", "set": {"password-1.password": "env:CLAIM_PASSWORD"}}
CODE = {"action": "code", "claim": "c1", "seed_from": "env:CODE_SEED", "count": 1000000}
STORE = {"action": "store", "store": "s1", "secret_from": "env:STORE_SECRET", "batch": 7}


def server_config(seed=1, **changes):
    """A claim that can be completed twice by one address, so that a request sent twice shows."""
    claim = {"claimId": "c1", "version": 7, "plugins": [
        {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 1000000},
        {"pluginId": "password", "instanceId": "password-1", "password": PASSWORD}]}
    claim["plugins"] += changes.pop("plugins", [])
    claim |= changes.pop("claim", {})
    store = {"dynamicDataId": "s1", "dataSecret": SECRET} | changes.pop("store", {})
    return {"keys": [KEY], "seed": seed, "queueDelayMs": SERVER_DELAY_MS, "claims": [claim],
            "stores": [store]} | changes


class Kind:
    """A sort of job and server, and what an undisturbed run makes of it."""

    actions = ("claim",)
    moments = ("complete", "accepted", "completed", "attempts", "total")
    first = CLAIM  # of the steps

    def __init__(self, rows, code=0, arguments=(), **config):
        self.rows, self.code, self.arguments, self.config = rows, code, list(arguments), config
        self.may_be_unknown = self.skips_claimed = False

    def server(self, seed=1, **changes):
        return server_config(seed, **(self.config | changes))

    def recipients(self):
        for i in range(self.rows):
            yield address(i - TWICE_EVERY // 2 if i % TWICE_EVERY == TWICE_EVERY - 1 else i)

    def write(self, folder):
        lines = [f'"Person {i}",{who},"Course, {i % 7}"\r\n' for i, who in enumerate(self.recipients())]
        (folder / "in.csv").write_text("Name,Wallet,Course\r\n" + "".join(lines))

    def command(self):
        return ["claim", "in.csv", "--fail-on", "any", "-c", "c1", "--set", "password-1.password=env:CLAIM_PASSWORD"]

    def faults(self, share, rst):
        return claim_faults(share, rst)

    def measure(self, folder):
        trial = Trial(folder, self, self.server())
        try:
            begin = time.monotonic()
            code = trial.run()
            self.seconds = time.monotonic() - begin
            if code != self.code:
                raise Wrong(f"undisturbed, it ends with {code}: {trial.said()}")
            self.results = rows_of(folder / "out.csv")
            stats = trial.server.stats()
            self.completions = stats["claims"]["c1"]["completions"]
            self.members = members_of(stats)
            self.people = len(self.completions)
            self.counters = {name: trial.server.counter(name) for name in self.moments}
            if set(self.completions.values()) - {1}:
                raise Wrong("undisturbed, an address is completed twice")
        finally:
            trial.close()


class Store(Kind):
    """Recipients go into a store, a request for several of them; some of them it refuses."""

    actions = ("store",)
    moments = ("batch", "storeAccepted", "storeApplied", "activity", "total")
    options = ["store", "in.csv", "--fail-on", "any", "-s", "s1", "--secret-from", "env:STORE_SECRET", "--batch", "7"]

    def command(self):
        return self.options

    def faults(self, share, rst):
        return store_faults(share, rst)


class Remove(Store):
    """… or out of it."""

    options = [*Store.options, "--remove"]


class Job(Kind):
    """Two steps."""

    def __init__(self, rows, first, second, code=0, arguments=(), **config):
        super().__init__(rows, code, arguments, **config)
        self.steps = [first, second]
        self.actions = tuple(step["action"] for step in self.steps)
        if "store" in self.actions:
            self.moments = Store.moments + Kind.moments

    def write(self, folder):
        super().write(folder)
        (folder / "job.json").write_text(json.dumps({"steps": self.steps}))

    def command(self):
        return ["run", "job.json", "in.csv", "--fail-on", "any"]

    def faults(self, share, rst):
        return claim_faults(share, rst) + (store_faults(share, rst) if "store" in self.actions else [])


def members_of(stats):
    """Who is in the store."""
    return {who for who, value in stats["stores"]["s1"]["values"].items() if value["inStore"]}


def mended(old, new):
    """What a row says once it is no longer unknown; of several steps, that which was."""
    if old["status"] != "unknown":
        return old
    steps = [name[:6] for name, value in old.items() if re.fullmatch(r"step\d_status", name) and value != "unknown"]
    return {name: old[name] if name[:6] in steps else value for name, value in new.items()}


class Trial(Program):
    """One input on one server, to be brought to its end."""

    def __init__(self, folder, kind, config, broken=None, arguments=()):
        super().__init__(folder, broken)
        self.kind = kind
        self.arguments = kind.arguments + list(arguments)
        # Who has the claim already is passed over: that would hide what is shown here.
        self.skips_claimed = kind.skips_claimed
        self.kills, self.notes, self.codes = 0, [], {}
        self.resumes = self.ended = False
        kind.write(folder)
        self.server = Server(folder, config)

    def close(self):
        if self.server.process.poll() is None:
            self.server.kill()

    def note(self, text):
        self.notes.append(text)

    # ---- the program ----

    def launch(self, *more, **env):
        command = [*self.kind.command(), "-o", "out.csv", *TIMES, *self.arguments, *more]
        if "claim" in self.kind.actions and not self.skips_claimed:
            command.append("--no-skip-claimed")
        self.process = self.start(command, self.server.port, **env)
        return self.process

    def run(self, *more, **env):
        return wait(self.launch(*more, **env))

    def said(self):
        return said(self.process)

    def rows(self):
        return rows_of(self.folder / "out.csv")

    # ---- what must hold ----

    def was_killed(self):
        """After each kill, or when the ledger was put back to what a power cut has left of it."""
        self.kills += 1
        ledger = Ledger(self.ledger)
        stats = self.server.stats()
        if not self.broken:
            self.judge_known(ledger, "claim", stats["claims"]["c1"]["attemptsByAddress"])
            # What may be repeated is planned again when it is resumed.
            if self.kills == 1 and not isinstance(self.kind, Remove):
                self.judge_known(ledger, "store", members_of(stats))
            self.judge_order(ledger)
            self.judge_done(ledger, stats)
        self.resumes = ledger.unfinished
        there = (self.folder / "out.csv").exists()
        if there and len(self.rows()) != self.kind.rows:
            raise Wrong("half of a results file was left")
        # Killed between the last commit and the exit: nothing was left to do.
        self.ended = there and not ledger.unfinished

    def judge_known(self, ledger, action, requests):
        strangers = [who for who in requests if ledger.items.get((action, who), PLANNED) == PLANNED]
        if strangers:
            raise Wrong(f"the server has had a request ({action}) for {strangers[0]} (and {len(strangers) - 1} more) "
                        "of which the ledger knows nothing")

    def judge_order(self, ledger):
        """A step is not begun before the one before it has succeeded; and a code, once given, stays."""
        first = self.kind.actions[0]
        for (action, who), state in ledger.items.items():
            if action != first and ledger.items.get((first, who)) != SUCCESS:
                raise Wrong(f"{who}: {action} is in state {state}, {first} in {ledger.items.get((first, who))}")
        lost = [who for who, code in self.codes.items() if ledger.codes.get(who) != code]
        if lost:
            raise Wrong(f"{lost[0]} (and {len(lost) - 1} more) had the code {self.codes[lost[0]]}, "
                        f"and now {ledger.codes.get(lost[0])}")
        self.codes = ledger.codes

    def judge_done(self, ledger, stats):
        """What is called done is done."""
        completions, members = stats["claims"]["c1"]["completions"], members_of(stats)
        for (action, who), state in ledger.items.items():
            if state == SUCCESS and ((action == "claim" and who not in completions) or (
                    action == "store" and (who in members) == isinstance(self.kind, Remove))):
                raise Wrong(f"{who}: {action} is success, and the server knows nothing of it")

    def finish(self):
        """Once more, unless there is nothing left to do; and then everything must be there."""
        self.judge(self.kind.code if self.ended else self.run())

    def judge(self, code):
        if not self.ended and ("going on where it stopped" in self.said()) != self.resumes:
            raise Wrong(f"it should {'' if self.resumes else 'not '}say that it goes on: {self.said()}")
        if code in (self.kind.code, 1) and not self.kind.may_be_unknown:
            code = self.resolve(code)
        if code != self.kind.code:
            raise Wrong(f"it ends with {code}: {self.said()}")
        stats = self.server.stats()
        self.judge_server(stats)
        self.judge_results()
        self.judge_ledger(stats)

    def resolve(self, code):
        """Where nothing that was sent later proves a row absent, it is unknown, and says so.  It is looked up
        once more; and what the server, asked out of band, does not have is then sent.  The last exit code."""
        self.told = self.rows()
        for _ in range(RESOLVES_MAX):
            unknown = [row for row in self.told if row["status"] == "unknown"]
            if not unknown:
                break
            unsaid = [row["recipient"] for row in unknown if "can't tell" not in row["error"]]
            if unsaid:
                raise Wrong(f"{unsaid[0]} (and {len(unsaid) - 1} more) is unknown, and nobody says why")
            stats = self.server.stats()
            there = stats["claims"]["c1"]["completions"]
            lost = stats["pending"] or any(row["recipient"] in there for row in unknown)
            code = self.run(*([] if lost else ["--resend-unknown"]))
            self.told = [mended(old, new) for old, new in zip(self.told, self.rows())]
        return code

    def judge_server(self, stats):
        limit = self.server_limit()
        if stats["completedTwice"]:
            raise Wrong(f"completed twice: {stats['completedTwice']}")
        if stats["pending"]:
            raise Wrong(f"{stats['pending']} attempts are still in the queue")
        if limit and stats["window"]["most"] > limit:
            raise Wrong(f"{stats['window']['most']} requests in a window, the limit is {limit}")
        completions = stats["claims"]["c1"]["completions"]
        if completions != self.kind.completions and not self.kind.may_be_unknown:
            missing = set(self.kind.completions) - set(completions)
            raise Wrong(f"{len(missing)} addresses are missing: {sorted(missing)[:3]}")
        if members_of(stats) != self.kind.members:
            wrong = members_of(stats) ^ self.kind.members
            raise Wrong(f"{len(wrong)} are wrongly in the store or not: {sorted(wrong)[:3]}")

    def server_limit(self):
        return json.loads((self.folder / "server.json").read_text()).get("rateLimit", {}).get("limit")

    def judge_results(self):
        got = self.rows() if self.kind.may_be_unknown else self.told
        if len(got) != len(self.kind.results):
            raise Wrong(f"{len(got)} rows in the results, want {len(self.kind.results)}")
        for i, (row, want) in enumerate(zip(got, self.kind.results), 1):
            # Sent when it was killed, where nobody can tell whether it arrived.
            if self.kind.may_be_unknown and row["status"] == "unknown" and want["status"] == "success":
                continue
            if row != want:
                names = [name for name in want if row.get(name) != want[name]]
                raise Wrong(f"row {i}: " + "; ".join(f"{name} is {row.get(name)!r}, undisturbed "
                                                     f"{want[name]!r}" for name in names))

    def judge_ledger(self, stats):
        ledger = Ledger(self.ledger)
        self.judge_order(ledger)
        self.judge_done(ledger, stats)
        if sorted(ledger.codes.values()) != list(range(len(ledger.codes))):
            raise Wrong("the codes have holes")
        open_ones = [key for key, state in ledger.items.items() if state in (PLANNED, SENDING, ACCEPTED)]
        if open_ones or ledger.unfinished:
            raise Wrong(f"the ledger is at no end: {open_ones[:3]}")


# ---- moments ----

def pick_moment(rng, trial):
    """(counter, count, seconds): when the server has counted so many, and then so long."""
    kind, server = trial.kind, trial.server
    if rng.random() < 0.25:
        return None, 0, rng.uniform(0, kind.seconds)
    names = list(kind.moments)
    name = rng.choice(names + ["attempts"] * 2 if trial.kills and "claim" in kind.actions else names)
    left = 8 if name == "attempts" and trial.kills else kind.counters[name] - server.counter(name)
    if left <= 0:
        return None, 0, rng.uniform(0, kind.seconds)
    return name, server.counter(name) + rng.randint(1, left), rng.choice([0, rng.uniform(0, 0.03)])


def await_moment(trial, process, moment):
    """False if the program ended before."""
    name, count, seconds = moment
    while name and process.poll() is None and not trial.server.reached(name, count, 100):
        pass
    time.sleep(seconds if process.poll() is None else 0)
    return process.poll() is None


def words(moment):
    name, count, seconds = moment
    return f"{name} {count}" if name else f"{seconds:.3f} s"


# ---- random kills ----

def claim_faults(share, rst):
    return [
        {"route": "complete", "kind": "reset-after", "rst": rst, "probability": share * 0.5},
        {"route": "complete", "kind": "reset-before", "rst": rst, "probability": share * 0.2},
        {"route": "complete", "kind": "status", "status": 504, "json": False, "processed": True,
         "probability": share * 0.2},
        {"route": "complete", "kind": "truncate", "probability": share * 0.1},
        {"route": "status", "kind": "reset-after", "rst": rst, "probability": 0.01},
        {"route": "attempts", "kind": "status", "status": 503, "json": False, "probability": 0.1},
        {"route": "success", "kind": "truncate", "probability": 0.1},
    ]


def store_faults(share, rst):
    """Of the few requests for many, more go wrong."""
    return [
        {"route": "batch", "kind": "reset-after", "rst": rst, "probability": share * 2},
        {"route": "batch", "kind": "reset-before", "rst": rst, "probability": share},
        {"route": "batch", "kind": "status", "status": 504, "json": False, "processed": True,
         "probability": share},
        {"route": "activity", "kind": "truncate", "probability": 0.05},
        {"route": "value", "kind": "status", "status": 503, "json": False, "probability": 0.05},
    ]


def faults_of(rng, kind):
    """2 to 5% of the requests go wrong, and some of the questions with which they are looked up."""
    return kind.faults(rng.uniform(0.02, 0.05), rng.random() < 0.5)


def latency(kind, milliseconds):
    """On loopback hardly anything would be under way when the kill comes."""
    return [{"route": {"claim": "complete", "store": "batch"}[action], "kind": "slow", "delayMs": milliseconds,
             "every": 1} for action in kind.actions if action != "code"]


def random_trial(rng, folder, kind, i):
    changes, arguments = {"faults": faults_of(rng, kind) if i % 2 else []}, []
    if rng.random() < 0.5:
        changes["faults"] += latency(kind, rng.randint(5, 50))
    if i % 3 == 2:
        changes["behaviour"] = "IDX"
    if i % 5 == 0:
        arguments += ["--lanes", "3"]
    if i % 8 == 3:
        changes["rateLimit"] = {"limit": 400, "windowMs": 2000}
        arguments += ["--rate", "400/2s", "--burst", "32"]
    trial = Trial(folder, kind, kind.server(rng.randrange(1 << 30), **changes), arguments=arguments)
    trial.skips_claimed = rng.random() < 0.25  # what is ours must not count as claimed by another way
    return trial


def kill_at_random(rng, trial):
    """False if the program came to its end before."""
    process = trial.launch()
    try:
        moment = pick_moment(rng, trial)
        await_moment(trial, process, moment)
    finally:
        process.kill()
        code = wait(process)
    if code != -signal.SIGKILL:
        trial.judge(code)
        return False
    trial.note(words(moment))
    trial.was_killed()
    return not trial.ended


def test_random(rng, folder, kind, i, tally):
    trial = random_trial(rng, folder, kind, i)
    try:
        going = kill_at_random(rng, trial)
        while going and trial.kills < 3 and rng.random() < 0.5:
            going = kill_at_random(rng, trial)
        if going or trial.ended:
            trial.finish()
        tally.append(trial.kills)
    finally:
        trial.close()
    return "killed at " + (", ".join(trial.notes) or "no time: it was done before")


def test_server(rng, folder, kind, i):
    """The server is killed and starts again; in every second test the program is killed with it."""
    trial = random_trial(rng, folder, kind, i)
    try:
        process = trial.launch()
        try:
            for _ in range(rng.randint(1, 2)):
                name = rng.choice(["accepted", "completed"])  # these alone the journal brings back
                count = trial.server.counter(name)
                moment = name, rng.randint(count, kind.people), 0
                if not await_moment(trial, process, moment):
                    break
                trial.server.kill()
                trial.note(words(moment))
                if i % 4 >= 2:
                    process.kill()
                time.sleep(rng.uniform(0, 0.3))
                trial.server.start()
        finally:
            if i % 4 >= 2:
                process.kill()
            code = wait(process)
        if code == -signal.SIGKILL:
            trial.was_killed()
            trial.finish()
        else:
            trial.judge(code)
    finally:
        trial.close()
    return "server killed at " + ", ".join(trial.notes)


# ---- each transition ----

def exact_kinds(rows):
    people = range(rows)
    plain = Kind(rows, arguments=["--in-flight", "4"])
    # Some fail in the queue, some are refused at once.
    failing = Kind(rows, 1, ["--in-flight", "4"],
                   claim={"failInQueue": {"addresses": [address(i) for i in people if i % 3 == 0]}},
                   plugins=[{"pluginId": "whitelist", "instanceId": "whitelist-1",
                             "addresses": [address(i) for i in people if i % 5]}])
    # The claim hides its state, and its attempts are for its manager only: a lost answer stays lost.
    hidden = Kind(rows, 1, ["--in-flight", "4"], claim={"hideCurrentState": True},
                  faults=[{"route": "complete", "kind": "reset-after", "times": 1,
                           "addresses": [address(i) for i in people if i % 2]},
                          {"route": "attempts", "kind": "status", "status": 403, "every": 1}])
    hidden.may_be_unknown = True
    # Every second one has claimed by another way.
    claimed = Kind(rows, arguments=["--in-flight", "4"],
                   claim={"claimed": {address(i): 1 for i in people if i % 2}})
    claimed.skips_claimed = True
    # What was accepted is settled by pages, and each is written by itself: so there are to be several.
    paged = Kind(rows, arguments=["--in-flight", "4"], claim={"attemptsPage": {"size": 5}})
    return {"planned": plain, "sending": plain, "accepted": plain, "success": paged, "failed": failing,
            "unknown": hidden, "elsewhere": claimed}


def test_exact(rng, folder, kind, point):
    trial = Trial(folder, kind, kind.server(rng.randrange(1 << 30)))
    try:
        code = trial.run(CLAIMPIPE_KILL=point)
        if code != -signal.SIGKILL:
            raise Wrong(f"not killed, but ended with {code}: {trial.said()}")
        trial.was_killed()
        # The way of what was left behind is another one: kill it there, too.
        code = trial.run(CLAIMPIPE_KILL=point.rpartition(" ")[0] + " 1")
        if code == -signal.SIGKILL:
            trial.was_killed()
            trial.finish()
        else:
            trial.judge(code)
    finally:
        trial.close()
    return f"killed {trial.kills} times"


class Lookup:
    """One row whose claim lies in the queue for most of the time that it may."""

    def __init__(self, kill, queue_ms, timeout_ms, *faults):
        self.kill, self.faults = kill, [fault | {"first": 1} for fault in faults]
        self.delay_ms = queue_ms * 3 // 4
        self.arguments = ["--queue-delay", f"{queue_ms}ms", "--timeout", f"{timeout_ms}ms"]


LOOKUPS = {
    # What is looked up is the request sent last, not the one refused before it.
    "sent again": Lookup(True, 1000, 1000, {
        "route": "complete", "kind": "status", "status": 429, "retryAfter": 4}),
    # An answer tells what was when the question came, not what is when the answer comes.
    "looked up slowly": Lookup(False, 4000, 5000, {"route": "complete", "kind": "reset-after"}, {
        "route": "success", "kind": "slow", "delayMs": 2500}),
    # The two questions are asked at two times: what happened between them is no contradiction.
    "looked up late": Lookup(True, 2000, 1000, {
        "route": "success", "kind": "status", "status": 429, "retryAfter": 5}),
}


def test_lookup(rng, folder, kind, lookup):
    config = server_config(rng.randrange(1 << 30), faults=lookup.faults,
                           claim={"queueDelayMs": [lookup.delay_ms, lookup.delay_ms]})
    trial = Trial(folder, kind, config, arguments=lookup.arguments)
    try:
        if lookup.kill:
            code = trial.run(CLAIMPIPE_KILL="before accepted 1")
            if code != -signal.SIGKILL:
                raise Wrong(f"not killed, but ended with {code}: {trial.said()}")
            trial.was_killed()
        trial.finish()
    finally:
        trial.close()
    return "found in the queue"


# ---- power cuts ----

def count_syncs(folder, kind, library):
    trial = Trial(folder, kind, kind.server())
    try:
        if trial.run(**shim_of(trial.folder, library)) != 0:
            raise Wrong(f"with {library.name}: {trial.said()}")
        return (trial.folder / "synced" / "syncs").stat().st_size
    finally:
        trial.close()


def test_power_sync(rng, folder, kind, library, syncs, what):
    """The power is cut in the middle of a commit or checkpoint: written, not synced."""
    trial = random_trial(rng, folder, kind, rng.randrange(2))
    nth = rng.randint(1, syncs * 3 // 4)  # not each run has as many
    try:
        code = trial.run(CLAIMPIPE_SYNC_KILL=str(nth), **shim_of(trial.folder, library))
        if code != -signal.SIGKILL:
            raise Wrong(f"not killed at sync {nth}, but ended with {code}: {trial.said()}")
        cut_power(rng, trial.folder, what)
        trial.was_killed()
        trial.finish()
    finally:
        trial.close()
    return f"at sync {nth}"


def test_power_stop(rng, folder, kind, library, what):
    """The power is cut at any moment: all stands still, and what is there is looked at."""
    trial = random_trial(rng, folder, kind, rng.randrange(2))
    try:
        process = trial.launch(**shim_of(trial.folder, library))
        try:
            moment = pick_moment(rng, trial)
            await_moment(trial, process, moment)
            process.send_signal(signal.SIGSTOP)
            cut = trial.folder / "cut"
            shutil.copytree(trial.ledger, cut)
            shutil.copytree(trial.folder / "synced", trial.folder / "synced-then")
        finally:
            process.kill()
            code = wait(process)
        if code == -signal.SIGKILL:
            shutil.rmtree(trial.ledger)
            shutil.rmtree(trial.folder / "synced")
            cut.rename(trial.ledger)
            (trial.folder / "synced-then").rename(trial.folder / "synced")
            cut_power(rng, trial.folder, what)
            trial.was_killed()
            trial.finish()
        else:
            trial.judge(code)
    finally:
        trial.close()
    return "at " + words(moment)


def log_header(trial):
    with open(trial.ledger / "ledger.db-wal", "rb") as f:
        return f.read(WAL_HEADER)


def copy_alive(trial, copy):
    """Copies the database and then its log, with the program going on meanwhile.  When the log began anew
    between the two the copy is of no moment at all: no power cut leaves it, so another is made."""
    for _ in range(100):
        try:
            before = log_header(trial)
            copy_ledger(trial.ledger, copy)
            if before == log_header(trial):
                return
        except FileNotFoundError:
            pass
    raise Wrong("no copy could be made")


def test_power_alive(rng, folder, kind):
    """The copy is made while the program writes.  The server stands still before and is killed after that,
    so that what it has taken is what it had taken when the copying began."""
    trial = random_trial(rng, folder, kind, rng.randrange(2))
    copy = folder / "copy"
    copy.mkdir()
    try:
        process = trial.launch()
        try:
            name = rng.choice(["accepted", "completed"])
            moment = name, rng.randint(1, kind.people * 3 // 4), rng.choice([0, rng.uniform(0, 0.03)])
            await_moment(trial, process, moment)
            trial.server.process.send_signal(signal.SIGSTOP)
            copy_alive(trial, copy)
        finally:
            process.kill()
            code = wait(process)
        if code != -signal.SIGKILL:
            raise Wrong(f"not killed, but ended with {code}: {trial.said()}")
        trial.server.kill()
        shutil.rmtree(trial.ledger)
        copy.rename(trial.ledger)
        trial.server.start()
        trial.was_killed()
        trial.finish()
    finally:
        trial.close()
    return "at " + words(moment)


# ---- the proof can fail ----

def doubles(trial, kill, rng):
    """Killed, and then run to its end: how many addresses have completed twice."""
    try:
        kill(rng, trial)
        if not trial.ended:
            trial.run()
        return len(trial.server.stats()["completedTwice"])
    except Wrong:
        return len(trial.server.stats()["completedTwice"])
    finally:
        trial.close()


def test_broken(rng, folder, kind, kill, most):
    for n in range(1, most + 1):
        own = folder / str(n)
        own.mkdir()
        config = server_config(rng.randrange(1 << 30), faults=latency(kind, 30))
        found = doubles(Trial(own, kind, config, "intent"), kill, rng)
        if found:
            return f"{found} doubles found in run {n}"
    raise Wrong(f"{most} runs without the intent, and no double found: this proof shows nothing")


def kill_before_sending(rng, trial):
    code = trial.run(CLAIMPIPE_KILL=f"before sending {rng.randint(1, 3)}")
    if code != -signal.SIGKILL:
        raise Wrong(f"not killed, but ended with {code}")
    trial.was_killed()


# ---- all of it ----

def job_kinds(rows):
    """Steps of which each is done once, and in order."""
    people = [address(i) for i in range(rows)]
    coded = CLAIM | {"set": CLAIM["set"] | {"codes-1.code": "{{step1.code}}"}}
    book = {"pluginId": "codes", "instanceId": "codes-1", "seed": SEED, "numCodes": 100000}
    member = {"pluginId": "whitelist", "instanceId": "store-1", "useDynamicStore": True, "dynamicDataId": "s1"}
    refuse = [{"key": who, "status": 500, "error": "No."} for who in people[5::20]]
    slow = ["--in-flight", "4"]
    return {
        "code and claim": Job(rows, CODE, coded, 0, slow, plugins=[book]),
        # A claim that asks for no code: a request sent twice would be taken.
        "code and open claim": Job(rows, CODE, coded, 0, [*slow, "--force"]),
        "store and claim": Job(rows, STORE, CLAIM, 0, slow, plugins=[member]),
        "store": Store(rows, 1, slow, store={"refuse": refuse}),
        "remove": Remove(rows, 0, slow, store={"values": people}),
    }


JOB_STATES = {"store": ("planned", "sending", "accepted", "success", "failed"),
              "remove": ("planned", "sending", "accepted", "success")}


class Suite:
    def __init__(self, options, root):
        self.options, self.root = options, root
        self.plain = Kind(options.rows)
        self.exact = exact_kinds(40 if options.short else 60)
        self.jobs = job_kinds(options.rows // 2)
        self.one = Kind(1)
        self.kills = []
        self.lies = lies.Tally()

    def prepare(self, pool):
        self.library = make_library(self.root)
        kinds = {self.plain, self.one, *self.exact.values(), *self.jobs.values()}
        list(pool.map(lambda kind: kind.measure(self.folder()), kinds))
        for kind in (self.plain, self.jobs["code and claim"], self.jobs["store and claim"]):
            kind.syncs = count_syncs(self.folder(), kind, self.library)
        self.codes = codes.Codes(self.options.short, self.folder, self.library)
        self.mails = mails.MailTests(self.options.short, self.folder, self.library)

    def folder(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.root))

    def tests(self):
        """(name, function of rng and folder)"""
        o = self.options
        for what, kind in self.exact.items():
            for when in ("before", "after"):
                # What stays unknown is so decided together, at the end: one commit is certain.
                for nth in (1,) if what == "unknown" else (1, 2, 5):
                    point = f"{when} {what} {nth}"
                    yield f"exactly {point}", lambda r, f, k=kind, p=point: test_exact(r, f, k, p)
        for name, lookup in LOOKUPS.items():
            yield f"exactly {name}", lambda r, f, lookup=lookup: test_lookup(r, f, self.one, lookup)
        for rule in rules.RULES:
            yield f"without {rule}", lambda r, f, rule=rule: rules.test_rule(f, rule)
        yield "broken before sending", lambda r, f: test_broken(r, f, self.plain, kill_before_sending, 3)
        yield "broken random", lambda r, f: test_broken(r, f, self.plain, kill_at_random, 20)
        yield from self.power_tests("power", self.plain, 5 if o.short else 30)
        yield from self.job_tests()
        yield from self.codes.tests()
        yield from self.mails.tests()
        for attack in attacks.ATTACKS:
            if attack is attacks.mounted and not attacks.can_mount(self.folder()):
                print("# nothing can be mounted here: whether a ledger is refused that is mounted was not tried")
                continue
            for i in range(1 if o.short else 20):
                yield f"attack {attack.__name__} {i}", lambda r, f, attack=attack: attacks.test_attack(
                    r, f, attack, self.lies)
        for i in range(o.lies):
            yield f"lies {i}", lambda r, f: lies.test_drawn(
                r, f, 12 if o.short else 50, self.library, self.lies)
        for i in range(o.runs):
            yield f"random {i}", lambda r, f, i=i: test_random(r, f, self.plain, i, self.kills)
        for i in range(4 if o.short else max(1, o.runs // 4)):
            yield f"server {i}", lambda r, f, i=i: test_server(r, f, self.plain, i)

    def job_tests(self):
        o = self.options
        for job, kind in self.jobs.items():
            for state in JOB_STATES.get(job, ("planned", "sending", "accepted", "success")):
                for nth in (2,) if o.short else (1, 2, 3):
                    for when in ("before", "after"):
                        point = f"{when} {state} {nth}"
                        yield f"{job}: exactly {point}", lambda r, f, k=kind, p=point: test_exact(r, f, k, p)
            for i in range(3 if o.short else 30):
                yield f"{job}: random {i}", lambda r, f, k=kind, i=i: test_random(r, f, k, i, self.kills)
        for job in ("code and claim", "store and claim"):
            yield from self.power_tests(f"{job}: power", self.jobs[job], 1 if o.short else 10)

    def power_tests(self, name, kind, n):
        for i in range(n):
            what = ("synced", "torn", "written")[i % 3]
            yield f"{name} sync {i} {what}", lambda r, f, what=what: test_power_sync(
                r, f, kind, self.library, kind.syncs, what)
            yield f"{name} stop {i} {what}", lambda r, f, what=what: test_power_stop(
                r, f, kind, self.library, what)
            yield f"{name} alive {i}", lambda r, f: test_power_alive(r, f, kind)

    def judge_kills(self):
        killed = sum(1 for n in self.kills if n)
        if killed < 0.9 * len(self.kills):
            raise Wrong(f"only {killed} of {len(self.kills)} runs were killed before their end")
        return f"{sum(self.kills)} kills in {len(self.kills)} runs"

    def run_one(self, name, test):
        """(name, what it says or None, problem or None)"""
        folder = self.folder()
        rng = random.Random(f"{self.options.seed}/{name}")
        try:
            return name, test(rng, folder), None
        except Exception as e:  # a test that can't even be judged has failed
            return name, None, str(e) if isinstance(e, Wrong) else f"{type(e).__name__}: {e}"
        finally:
            if "KEEP" in os.environ:
                print(f"# {name}: {folder}", flush=True)
            else:
                shutil.rmtree(folder, ignore_errors=True)


def say(number, name, said, problem):
    if problem is None:
        print(f"ok {number} - {name}: {said}", flush=True)
        return
    first, *more = problem.splitlines() or [""]
    print(f"not ok {number} - {name}: {first}")
    print("".join(f"# {line}\n" for line in more), end="", flush=True)


def run(options, root):
    suite = Suite(options, root)
    failed = number = 0
    print(f"# --seed {options.seed} --rows {options.rows}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "8"))) as pool:
        try:
            suite.prepare(pool)
        except (Wrong, OSError, subprocess.SubprocessError) as e:
            say(1, "undisturbed", None, str(e))
            print("1..1")
            return 1
        wanted = [(name, test) for name, test in suite.tests()
                  if not options.names or any(fnmatch.fnmatchcase(name, n) for n in options.names)]
        tests = [pool.submit(suite.run_one, name, test) for name, test in wanted]
        for number, test in enumerate(concurrent.futures.as_completed(tests), 1):
            name, said, problem = test.result()
            failed += problem is not None
            say(number, name, said, problem)
    for name, kills, judge in (("random: killed", suite.kills, suite.judge_kills),
                               ("mail random: killed", suite.mails.kills, suite.mails.judge_kills)):
        if not kills:
            continue
        number += 1
        name, said, problem = suite.run_one(name, lambda rng, folder, judge=judge: judge())
        failed += problem is not None
        say(number, name, said, problem)
    if suite.lies.trials:
        print(f"# lies: {suite.lies.words()}")
    print(f"# {len(KILLS)} kills in all, {failed} tests failed")
    print(f"1..{number}")
    return 1 if failed or not number else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--lies", type=int, help="inputs on servers that lie")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--short", action="store_true", help="a minute or two, for each change")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.runs = options.runs or (16 if options.short else 200)
    options.lies = options.lies or (10 if options.short else 350)
    options.rows = options.rows or (120 if options.short else 300)
    root = pathlib.Path(tempfile.mkdtemp(prefix="claimpipe-crash-"))
    try:
        return run(options, root)
    finally:
        if "KEEP" not in os.environ:
            shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
