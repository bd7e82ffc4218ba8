"""What has to be borne besides kills: clocks that are set, servers that lie, and a process that stands still.

A test draws some of KINDS, and brings one input to its end on a practice server through a row of executions,
most of which are killed.  Before each of them it is drawn anew what the clocks show and what the server says.
Whenever nobody is at work the server and the ledger are asked: nobody has the claim twice, and the ledger
knows of every request.  Results, where an execution has come to its end, have every row once; what is success
was completed at the server; what is unknown or failed says why; and no secret stands anywhere.  Then the
server is honest again, and every row must become a success: by the same command, or with --retry-failed and,
once the server has been asked out of band that nothing is there, --resend-unknown.
"""
import collections
import csv
import glob
import os
import signal
import threading
import time

from common import (KEY, PASSWORD, PLANNED, Ledger, Program, Server, Wrong, address, cut_power, said, shim_of, wait)

KINDS = ("clock", "stepping", "stamps", "lag", "frozen", "empty", "replicas", "lost", "forgotten", "astray", "foreign",
         "refused", "echo", "stop", "power", "restart", "limit", "attacked")
# The server works off all claims in a tenth of the time that a request is said to lie in its queue.
QUEUE_MS, QUEUE_DELAY_MS = [0, 2], 1000
TIMES = ["--timeout", "1s", "--connect-timeout", "1s", "--settle-timeout", "1s", "--tries", "2",
         "--queue-delay", f"{QUEUE_DELAY_MS}ms", "--max-failures", "1000000"]
LIMIT, WINDOW_MS = 60, 1000
FINISHES_MAX = 8
GROWTH = 12  # rows
LONGEST_SECONDS = 1.2  # until a kill
DAY = 24 * 3600
FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"
UNKNOWN_ATTEMPT = {"status": 500, "errorMessage": "No doc found"}
SOMEBODY = "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"
EXITS = (0, 1, 4)


class Tally:
    """How many kills there were, of which kinds, and what went wrong."""

    def __init__(self):
        self.lock = threading.Lock()
        self.kills, self.executions, self.trials = collections.Counter(), 0, 0

    def add(self, trial):
        with self.lock:
            self.trials += 1
            self.executions += trial.runs
            self.kills["all"] += trial.kills
            for kind in trial.kinds:
                self.kills[kind] += trial.kills

    def words(self):
        kinds = ", ".join(f"{kind} {self.kills[kind]}" for kind in KINDS if self.kills[kind])
        return f"{self.kills['all']} kills of {self.executions} executions over {self.trials} inputs ({kinds}): " \
               "0 doubled, 0 lost, 0 unsaid"


def claim_of(**changes):
    """Can be completed twice by one address, so that a request sent twice shows."""
    return {"claimId": "c1", "version": 7, "plugins": [
        {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 1000000},
        {"pluginId": "password", "instanceId": "password-1", "password": PASSWORD}]} | changes


def faketime():
    """None: it is not installed."""
    return next(iter(glob.glob(FAKETIME)), None)


def tidy_up(process):
    """What faketime leaves behind of a process that was killed."""
    for path in glob.glob(f"/dev/shm/*faketime*_{process.pid}"):
        os.unlink(path)


def offset_of(rng):
    """As faketime has it: seconds, minutes, or days, both ways."""
    return f"{rng.choice([1, -1]) * rng.choice([rng.uniform(0, 5), rng.uniform(5, 600), rng.uniform(0, 3 * DAY)]):+.3f}"


class Lied(Program):
    """One input on one server."""
    on_refusals = ("--keep-going",)

    def __init__(self, folder, people, config, arguments=(), broken=None):
        super().__init__(folder, broken)
        self.people, self.arguments, self.kinds = people, list(arguments), ()
        self.kills, self.excused, self.limit = 0, set(), None
        self.write("in.csv", people)
        self.server = Server(folder, {"keys": [KEY], "queueDelayMs": QUEUE_MS, "claims": [claim_of()]} | config)

    def close(self):
        if self.server.process.poll() is None:
            self.server.kill()

    # ---- the program ----

    def write(self, name, people):
        (self.folder / name).write_text("Name,Wallet\n" + "".join(f"Person {who},{who}\n" for who in people))

    def command(self, name, results):
        return ["claim", name, "-c", "c1", "--set", "password-1.password=env:CLAIM_PASSWORD", "-o", results, *TIMES,
                *self.on_refusals, *self.arguments]

    def launch(self, *more, **env):
        self.process = self.start([*self.command("in.csv", "out.csv"), *more], self.server.port, **env)
        return self.process

    def run(self, *more, **env):
        return self.has_ended(wait(self.launch(*more, **env)))

    def has_ended(self, code):
        if code not in EXITS:
            raise Wrong(f"it ends with {code}: {said(self.process)}")
        self.look()
        self.judge_results()
        return code

    def settle(self):
        """Until the server's queue is empty."""
        while self.server.counter("pending"):
            time.sleep(0.01)

    def completions(self):
        return self.server.stats()["claims"]["c1"]["completions"]

    # ---- what must hold ----

    def look(self):
        """Whenever nobody is at work."""
        stats = self.judge_doubled()
        if self.limit and stats["window"]["most"] > self.limit:
            raise Wrong(f"{stats['window']['most']} requests in a window, the limit is {self.limit}")
        items = Ledger(self.ledger).items
        strangers = [who for who in stats["claims"]["c1"]["attemptsByAddress"]
                     if items.get(("claim", who), PLANNED) == PLANNED]
        if strangers:
            raise Wrong(f"the server has had a request for {strangers[0]} (and {len(strangers) - 1} more) "
                        "of which the ledger knows nothing")
        self.judge_secrets()

    def judge_doubled(self):
        stats = self.server.stats()
        if stats["completedTwice"]:
            raise Wrong(f"doubled: {stats['completedTwice']}")
        return stats

    def judge_secrets(self):
        told = [*self.ledger.iterdir(), *self.folder.glob("err.*"), *self.folder.glob("out.csv")]
        for path in told:
            content = path.read_bytes()
            for secret in (KEY, PASSWORD):
                if secret.encode() in content:
                    raise Wrong(f"a secret stands in {path.name}")

    def rows(self):
        with open(self.folder / "out.csv", newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))

    def judge_results(self):
        rows = self.rows()
        if [row["Wallet"] for row in rows] != self.people:
            raise Wrong(f"lost: {len(rows)} rows of {len(self.people)} in the results")
        completions = self.completions()
        for row in rows:
            done, status = row["recipient"] in completions, row["status"]
            if status in ("success", "duplicate") and not done:
                raise Wrong(f"{row['recipient']} is {status}, and the server knows nothing of it: {row}")
            if status == "failed" and done and row["Wallet"] not in self.excused:
                raise Wrong(f"{row['recipient']} has failed, and has the claim: {row}")
            if status in ("unknown", "failed") and not row["error"]:
                raise Wrong(f"unsaid: {row['recipient']} is {status}, and nobody says why")
        attempts = [row["attempt_id"] for row in rows if row["attempt_id"] and row["status"] == "success"]
        if len(set(attempts)) != len(attempts):
            raise Wrong("two rows have one attempt")

    # ---- the end ----

    def send_rest(self, people):
        """Who has nothing, as the server says out of band, in a file of their own."""
        self.write("rest.csv", people)
        code = wait(self.start([*self.command("rest.csv", "rest.out.csv"), "--retry-failed", "--resend-unknown"],
                               self.server.port))
        if code not in EXITS:
            raise Wrong(f"it ends with {code}")
        self.look()

    def be_honest(self):
        self.server.tell("faults", [])
        self.server.tell("config", {"reads": {}, "clocks": {"attemptsMs": 0, "dateMs": 0}})
        self.settle()

    def finish(self):
        """The server is honest again: every row comes to its end."""
        self.be_honest()
        for _ in range(FINISHES_MAX):
            self.run("--retry-failed")
            left = [row for row in self.rows() if row["status"] not in ("success", "duplicate")]
            if not left:
                break
            there = self.completions()
            rest = [row["Wallet"] for row in left if row["recipient"] not in there]
            if not rest and "stamps" in self.kinds:
                break  # what was stamped by a clock that was put back seems older for ever
            if rest:
                self.send_rest(rest)
        else:
            raise Wrong(f"{len(left)} rows come to no end: {left[0]}")
        if list(self.completions().values()) != [1] * len(self.people):
            raise Wrong(f"{len(self.completions())} addresses have the claim, want {len(self.people)}")


# ---- what is drawn before each execution ----

def some_of(rng, trial, most):
    return rng.sample(trial.people, rng.randint(1, most))


def lost_faults(rng):
    rst = rng.random() < 0.5
    return [{"route": "complete", "kind": "reset-after", "rst": rst, "probability": rng.uniform(0.05, 0.3)},
            {"route": "complete", "kind": "reset-before", "rst": rst, "probability": rng.uniform(0.05, 0.2)},
            {"route": "complete", "kind": "status", "status": 504, "json": False, "processed": True,
             "probability": 0.05},
            {"route": "complete", "kind": "truncate", "probability": 0.05},
            {"route": "status", "kind": "reset-after", "rst": rst, "probability": 0.02},
            {"route": "attempts", "kind": "status", "status": 503, "json": False, "probability": 0.1},
            {"route": "success", "kind": "truncate", "probability": 0.1}]


EMPTY = [{"route": "attempts", "kind": "status", "status": 200, "body": {"docs": []}, "every": 1},
         {"route": "success", "kind": "status", "status": 200, "body": {"successCount": 0, "claimNumbers": []},
          "every": 1}]


def status_faults(rng, trial, answer):
    return [{"route": "status", "kind": "status", "addresses": some_of(rng, trial, 10)} | answer]


def foreign_faults(rng, trial):
    """Another row's attempt, or a simulation's, whether the request is taken or not."""
    known = [row["attempt_id"] for row in trial.rows() if row["attempt_id"]] \
        if (trial.folder / "out.csv").exists() else []
    return [{"route": "complete", "kind": "status", "status": 200, "processed": processed, "times": 1,
             "addresses": some_of(rng, trial, 5), "body": {"claimAttemptId": rng.choice(known + ["0" * 32])}}
            for processed in (True, False)]


def refused_faults(rng, trial):
    """500 after the request was taken; and a status that calls a failure what is none."""
    sent, asked = some_of(rng, trial, 5), some_of(rng, trial, 5)
    trial.excused.update(sent, asked)
    return [{"route": "complete", "kind": "status", "status": 500, "errorMessage": "Internal error",
             "processed": True, "addresses": sent, "times": 1},
            {"route": "status", "kind": "status", "status": 200, "addresses": asked,
             "body": {"success": False, "error": "Error: bookkeeping broke"}}]


def echo_faults(rng, trial):
    words = f"wrong password: {PASSWORD}; key {KEY}"
    return [{"route": "complete", "kind": "status", "status": 400, "errorMessage": words, "times": 1,
             "addresses": some_of(rng, trial, 5)},
            {"route": "status", "kind": "status", "status": 500, "errorMessage": words,
             "addresses": some_of(rng, trial, 5), "times": 2},
            {"route": "success", "kind": "status", "status": 500, "errorMessage": words, "probability": 0.2},
            {"route": "attempts", "kind": "status", "status": 500, "errorMessage": words, "probability": 0.2}]


def replica_faults(rng, trial):
    """A host that is behind answers for some addresses; the claim's own list is of the present."""
    asked = some_of(rng, trial, 5)
    return [{"route": "attempts", "kind": "status", "status": 200, "body": {"docs": []}, "addresses": asked},
            {"route": "success", "kind": "status", "status": 200, "body": {"successCount": 0}, "addresses": asked}]


class Drawn(Lied):
    """… with what was drawn for it."""

    def __init__(self, rng, folder, library):
        self.rng, self.library = rng, library
        people = [address(i) for i in range(2 * GROWTH)]
        kinds = [kind for kind in KINDS[:-1] if rng.random() < 0.35] or ["clock"]
        config = {"seed": rng.randrange(1 << 30), "behaviour": rng.choice(["S26", "IDX"])}
        arguments = ["--in-flight", str(rng.choice([1, 2, 4, 16])), "--no-skip-claimed"]
        if rng.random() < 0.25:
            arguments.pop()
        if "limit" in kinds:
            config["rateLimit"] = {"limit": LIMIT, "windowMs": WINDOW_MS}
            arguments += ["--rate", f"{LIMIT}/{WINDOW_MS}ms", "--burst", "16"]
        else:
            arguments += ["--rate", "none"]
        super().__init__(folder, people, config, arguments)
        self.kinds = tuple(kinds)
        self.limit = LIMIT if "limit" in kinds else None
        self.reads_lie = False

    def has(self, kind):
        """Is it at work in this execution?"""
        return kind in self.kinds and self.rng.random() < 0.7

    def draw_server(self):
        rng, reads, faults = self.rng, {}, []
        if self.has("frozen"):
            reads = {"frozen": True}
        elif self.has("lag"):
            reads = {"lagMs": rng.choice([rng.randint(1, QUEUE_DELAY_MS), rng.randint(1, 3 * QUEUE_DELAY_MS)])}
        clocks = {name: int(float(offset_of(rng)) * 1000) for name in ("attemptsMs", "dateMs")} \
            if self.has("stamps") else {}
        empty = self.has("empty")
        for kind, draw in {"lost": lambda: lost_faults(rng), "foreign": lambda: foreign_faults(rng, self),
                           "refused": lambda: refused_faults(rng, self), "echo": lambda: echo_faults(rng, self),
                           "forgotten": lambda: status_faults(rng, self, UNKNOWN_ATTEMPT),
                           "astray": lambda: status_faults(rng, self, {"status": 200, "body": {
                               "success": True, "error": "", "bitbadgesAddress": SOMEBODY}})}.items():
            if self.has(kind):
                faults += draw()
        replicas = self.has("replicas")
        faults += EMPTY if empty else []
        faults += replica_faults(rng, self) if replicas else []
        faults.append({"route": "complete", "kind": "slow", "delayMs": rng.randint(5, 60), "every": 1})
        self.reads_lie = bool(reads) or empty or replicas
        self.server.tell("config", {"reads": reads, "clocks": clocks})
        self.server.tell("faults", faults)

    def draw_env(self):
        """(environment, the file that tells faketime the time or None)"""
        rng, env, preload, clock = self.rng, {}, [], None
        library = faketime() if {"clock", "stepping"} & set(self.kinds) else None
        if library and (self.has("clock") or self.has("stepping")):
            preload.append(library)
            env["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
            if "stepping" in self.kinds:
                clock = self.folder / "clock"
                clock.write_text(offset_of(rng) + "\n")
                env |= {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
            else:
                env["FAKETIME"] = offset_of(rng)
        if "power" in self.kinds:
            shim = shim_of(self.folder, self.library)
            preload.append(shim.pop("LD_PRELOAD"))
            env |= shim
        if preload:
            env["LD_PRELOAD"] = ":".join(preload)
        return env, clock

    def draw_options(self):
        """What has failed is only sent again where the lists tell the truth about it."""
        if self.reads_lie or self.rng.random() < 0.6:
            return []
        self.settle()
        return ["--retry-failed"]

    def disturb(self, clock, until):
        """Until the kill is due, or the program has ended."""
        rng = self.rng
        while self.process.poll() is None and time.monotonic() < until:
            time.sleep(min(max(0, until - time.monotonic()), rng.uniform(0.01, 0.3)))
            if clock and rng.random() < 0.5:
                fresh = clock.with_name("clock.new")
                fresh.write_text(offset_of(rng) + "\n")
                fresh.rename(clock)
            if "stop" in self.kinds and rng.random() < 0.3 and self.process.poll() is None:
                self.process.send_signal(signal.SIGSTOP)
                time.sleep(rng.uniform(0.02, 0.5))
                self.process.send_signal(signal.SIGCONT)

    def grow(self):
        """An export of the next day, with those of the days before."""
        self.people += [address(i) for i in range(len(self.people), len(self.people) + GROWTH)]
        self.write("in.csv", self.people)

    def forget_removed(self):
        """A log that was removed comes back whole, or not at all; and what it held is in the database."""
        if not (self.ledger / "ledger.db-wal").exists():
            (self.folder / "synced" / "ledger.db-wal").unlink(missing_ok=True)

    def execute(self):
        """Once; killed, mostly."""
        rng = self.rng
        self.draw_server()
        env, clock = self.draw_env()
        options = self.draw_options()
        moment = rng.uniform(0, LONGEST_SECONDS) if rng.random() < 0.85 else 60
        process = self.launch(*options, **env)
        try:
            if rng.random() < 0.3 and moment < 60:
                self.server.reached(rng.choice(["complete", "accepted", "completed", "status", "attempts"]),
                                    rng.randint(1, len(self.people)), int(moment * 1000))
            else:
                self.disturb(clock, time.monotonic() + moment)
        finally:
            process.kill()
            code = wait(process)
            tidy_up(process)
        if code != -signal.SIGKILL:
            self.forget_removed()
            self.has_ended(code)
            if len(self.completions()) > len(self.people) - GROWTH:
                self.grow()
            return
        self.kills += 1
        if "power" in self.kinds and rng.random() < 0.5:
            self.forget_removed()
            cut_power(rng, self.folder, rng.choice(["synced", "torn", "written"]))
        self.look()


def test_drawn(rng, folder, kills, library, tally):
    trial = Drawn(rng, folder, library)
    try:
        for _ in range(rng.randint(kills // 2, kills)):
            trial.execute()
            if trial.has("restart"):
                trial.settle()
                trial.server.kill()
                trial.server.start()
        trial.finish()
        tally.add(trial)
    except Wrong as e:
        raise Wrong(f"{e} ({', '.join(trial.kinds)}, after {trial.runs} executions)") from e
    finally:
        trial.close()
    return f"{trial.kills} kills: {', '.join(trial.kinds)}"
