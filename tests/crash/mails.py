"""Each message is handed over at most once: claimpipe mail is killed, and runs again, over files that grow; and two
processes send from one ledger at once.

The mail server (tests/smtpd.py) writes each message into its journal before it answers, so the journal knows of every
message that was taken, whoever was killed when.  Whenever nobody is at work: nobody has had two; the ledger knows of
everybody for whom the server was asked; who is success there has had one.  At the end each recipient is success in the
results if and only if the journal has one message, or unknown, and then it has one or none; every row is there and says
why it is unknown.  With --resend-unknown nobody is left without; whoever has two then was unknown, and they are the same
message, by its Message-ID.
"""
import collections
import csv
import email
import signal
import sys
import time

from common import (HERE, PLANNED, SUCCESS, Ledger, Program, Wrong, cut_power, said, shim_of, wait)

sys.path.insert(0, str(HERE.parent))
import smtpd  # noqa: E402

GROWTH = 15
TWICE_EVERY = 20  # rows: one that repeats an earlier recipient
EXITS = (0, 1)
LETTER = """From: Courses <courses@example.org>
To: {{Name}} <{{Email}}>
Subject: Your code, {{Name}}

Dear {{Name}}, your code is {{code}}
"""
POINTS = [f"{when} {what} {nth}" for what in ("planned", "sending", "success") for when in ("before", "after") for nth in (1, 3)]
LOST = [f"{when} unknown 1" for when in ("before", "after")]


def person(i):
    return f"p{i}@example.org"


class Mails(Program):
    """Files of recipients, one ledger, one mail server."""

    def __init__(self, folder, rows, rules=(), broken=None, arguments=()):
        super().__init__(folder, broken)
        self.kills, self.arguments = 0, list(arguments)
        (folder / "letter.eml").write_text(LETTER)
        self.write(rows)
        self.server = smtpd.Server({"rules": list(rules)}, str(folder / "server"))

    def close(self):
        self.server.close()

    def write(self, rows):
        self.people = [person(i - TWICE_EVERY // 2 if i % TWICE_EVERY == TWICE_EVERY - 1 else i) for i in range(rows)]
        with open(self.folder / "in.csv", "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([["Name", "Email", "code"], *(
                [f"Person {i}", who, f"CODE-{who}"] for i, who in enumerate(self.people))])

    def launch(self, *more, **env):
        return self.start(["mail", "in.csv", "--email", "Email", "--template", "letter.eml", "--smtp", self.server.url, "-o", "out.csv", "--quiet",
                           "--rate", "none", "--in-flight", "4", "--timeout", "5s", "--connect-timeout", "2s",
                           *self.arguments, *more], **env)

    def run(self, *more, codes=EXITS, **env):
        process = self.launch(*more, **env)
        self.must_end(process, codes)
        return process

    def must_end(self, process, codes=EXITS):
        if wait(process) not in codes:
            raise Wrong(f"it ends with {process.returncode}: {said(process)}")

    # ---- what must hold ----

    def taken(self):
        """address -> the Message-ID of each message that the server has taken for it"""
        taken = collections.defaultdict(list)
        for event in self.server.messages():
            message = email.message_from_string(event["content"])
            if event["faults"] or len(event["to"]) != 1 or f"CODE-{event['to'][0]}" not in message.get_payload():
                raise Wrong(f"a message is not whole, or another's: {event}")
            if event["taken"]:
                taken[event["to"][0]].append(message["Message-ID"])
        return taken

    def look(self):
        """Whenever nobody is at work."""
        taken, ledger = self.taken(), Ledger(self.ledger)
        twice = [who for who, ids in taken.items() if len(ids) > 1]
        if twice:
            raise Wrong(f"doubled: {len(twice)} have had two messages: {twice[:3]}")
        asked = {event["to"] for event in self.server.events("rcpt")}
        strangers = [who for who in asked & taken.keys() if ledger.items.get(("mail", who), PLANNED) == PLANNED]
        if strangers:
            raise Wrong(f"the server has taken a message for {strangers[0]} (and {len(strangers) - 1} more) "
                        "of which the ledger knows nothing")
        unknown = [who for who in asked if ("mail", who) not in ledger.items]
        if unknown:
            raise Wrong(f"the server was asked for {unknown[0]}, whom the ledger has not")
        for (_, who), state in ledger.items.items():
            if state == SUCCESS and who not in taken:
                raise Wrong(f"{who} is success, and the server knows nothing of it")
        return ledger

    def rows(self):
        with open(self.folder / "out.csv", newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        if [row["Email"] for row in rows] != self.people:
            raise Wrong(f"lost: {len(rows)} rows of {len(self.people)} in the results")
        return rows

    def judge(self):
        """Of an execution that came to its end: who is unknown."""
        self.look()
        taken, unknown = self.taken(), set()
        firsts = {}
        for row in self.rows():
            who, status = row["Email"], row["status"]
            first = firsts.setdefault(who, status)
            if first == "unknown":
                unknown.add(who)
                if not row["error"]:
                    raise Wrong(f"unsaid: {who} is unknown, and nobody says why")
            elif status not in ("success", "duplicate") or who not in taken:
                raise Wrong(f"{who} is {status}, and the server has taken {len(taken[who])}: {row}")
        strangers = set(taken) - set(self.people)
        if strangers:
            raise Wrong(f"messages for {strangers}")
        return unknown

    def finish(self):
        """The server is good from now on; the same command, and once more with a larger file; then who is unknown."""
        self.server.script.source = {}
        self.run()
        unknown = self.judge()
        self.write(len(self.people) + GROWTH)
        self.run()
        if self.judge() != unknown:
            raise Wrong("the larger file has changed who is unknown")
        before = self.taken()
        if unknown:
            self.run("--resend-unknown", codes=(0,))
        for who, ids in self.taken().items():
            if len(ids) > 1 and (who not in unknown or len(set(ids)) > 1):
                raise Wrong(f"{who} has had {ids}, and was{' not' if who not in unknown else ''} unknown")
            if len(ids) != 1 and len(before[who]) > 1:
                raise Wrong(f"doubled: {who}")
        missing = set(self.people) - set(self.taken())
        if missing or any(row["status"] not in ("success", "duplicate") for row in self.rows()):
            raise Wrong(f"lost: {len(missing)} have nothing: {sorted(missing)[:3]}")
        return len(unknown)


# ---- kills ----

def slow_rules(rng):
    """On loopback hardly anything would be under way when the kill comes."""
    return [{"at": at, "delay": rng.uniform(0.001, 0.01)} for at in ("mail", "data", "end") if rng.random() < 0.7]


def bad_rules(rng):
    """Some of it goes wrong besides."""
    rst = rng.random() < 0.5
    return [{"at": "mail", "close": "before", "every": rng.randint(5, 30)},
            {"at": "rcpt", "close": "before", "reset": rst, "every": rng.randint(5, 30)},
            {"at": "end", "close": "before", "taken": True, "every": rng.randint(5, 30)},
            {"at": "end", "close": "before", "reset": rst, "taken": False, "every": rng.randint(10, 30)},
            {"at": "end", "close": "after", "every": rng.randint(3, 30)}]


def await_some(rng, trial, process):
    """Until the server has begun so many more messages, or taken them; and then a moment."""
    count = trial.server.n_messages + rng.randint(1, max(1, len(trial.people) - len(trial.taken())))
    while process.poll() is None and trial.server.n_messages < count:
        time.sleep(0.001)
    if process.poll() is None:
        time.sleep(rng.choice([0, 0, rng.uniform(0, 0.03)]))


def kill(trial, process):
    process.kill()
    if wait(process) == -signal.SIGKILL:
        trial.kills += 1


def test_random(rng, folder, rows, bad, tally):
    """Killed up to eight times."""
    trial = Mails(folder, rows, (bad_rules(rng) if bad else []) + slow_rules(rng))
    try:
        for _ in range(rng.randint(1, 8)):
            process = trial.launch()
            await_some(rng, trial, process)
            kill(trial, process)
            trial.look()
            if process.returncode != -signal.SIGKILL:
                trial.must_end(process, (0, 1, 4))
                trial.judge() if process.returncode != 4 else trial.look()
                break
        unknown = trial.finish()
        tally.append(trial.kills)
    finally:
        trial.close()
    return f"{trial.kills} kills, {unknown} unknown of {len(set(trial.people))}"


def test_exact(rng, folder, point, rules=()):
    trial = Mails(folder, 40, rules)
    try:
        for again in point, point.rpartition(" ")[0] + " 1":
            process = trial.launch(CLAIMPIPE_KILL=again)
            if wait(process) == -signal.SIGKILL:
                trial.kills += 1
            elif again == point:
                raise Wrong(f"not killed, but ended with {process.returncode}: {said(process)}")
            trial.look()
        unknown = trial.finish()
    finally:
        trial.close()
    return f"killed {trial.kills} times, {unknown} unknown"


def test_two(rng, folder, rows):
    """Two processes at once, of which one, both or none are killed."""
    trial = Mails(folder, rows, slow_rules(rng))
    try:
        for _ in range(rng.randint(1, 3)):
            first = trial.launch()
            await_some(rng, trial, first)
            second = trial.launch()
            await_some(rng, trial, second)
            for process in first, second:
                if rng.random() < 0.6:
                    kill(trial, process)
            for process in first, second:
                if process.returncode is None:
                    wait(process)
                if process.returncode not in (0, 1, 4, 5, -signal.SIGKILL):
                    raise Wrong(f"it ends with {process.returncode}: {said(process)}")
            trial.look()
        unknown = trial.finish()
    finally:
        trial.close()
    return f"{trial.kills} kills, {unknown} unknown of {len(set(trial.people))}"


def count_syncs(folder, library):
    trial = Mails(folder, 40)
    try:
        trial.run(**shim_of(folder, library))
        return (folder / "synced" / "syncs").stat().st_size
    finally:
        trial.close()


def test_power(rng, folder, library, syncs, what):
    """The power is cut at a time that the ledger is synced."""
    trial = Mails(folder, 40, slow_rules(rng))
    nth = rng.randint(1, syncs * 3 // 4)  # not each run has as many
    try:
        process = trial.launch(CLAIMPIPE_SYNC_KILL=str(nth), **shim_of(folder, library))
        if wait(process) != -signal.SIGKILL:
            raise Wrong(f"not killed at sync {nth}, but ended with {process.returncode}: {said(process)}")
        trial.kills += 1
        cut_power(rng, folder, what)
        trial.look()
        unknown = trial.finish()
    finally:
        trial.close()
    return f"at sync {nth}, {unknown} unknown"


def test_broken(rng, folder):
    """With an intent that is only durable when its message has left, the proof finds doubles."""
    for n in range(1, 21):
        own = folder / str(n)
        own.mkdir()
        trial = Mails(own, 40, [{"at": "end", "delay": 0.01}], "intent")
        try:
            kill_at = trial.launch(CLAIMPIPE_KILL=f"before sending {rng.randint(1, 3)}")
            wait(kill_at)
            trial.run(codes=(0, 1, 4))
            twice = [who for who, ids in trial.taken().items() if len(ids) > 1]
        finally:
            trial.close()
        if twice:
            return f"{len(twice)} doubles found in run {n}"
    raise Wrong("20 runs without the intent, and no double found: this proof shows nothing")


# ---- all of it ----

class MailTests:
    def __init__(self, short, folder, library):
        self.short, self.library, self.kills = short, library, []
        self.rows = 60 if short else 150
        self.syncs = count_syncs(folder(), library)

    def tests(self):
        """(name, function of rng and folder)"""
        for point in POINTS:
            yield f"mail exactly {point}", lambda r, f, point=point: test_exact(r, f, point)
        lost = [{"at": "end", "close": "before", "taken": True, "every": 3}]
        for point in LOST:
            yield f"mail exactly {point}", lambda r, f, point=point: test_exact(r, f, point, lost)
        for i in range(8 if self.short else 100):
            yield f"mail random {i}", lambda r, f, i=i: test_random(r, f, self.rows, i % 2, self.kills)
        for i in range(2 if self.short else 30):
            yield f"mail two at once {i}", lambda r, f: test_two(r, f, self.rows)
        for i in range(3 if self.short else 30):
            what = ("synced", "torn", "written")[i % 3]
            yield f"mail power {i} {what}", lambda r, f, what=what: test_power(r, f, self.library, self.syncs, what)
        yield "mail broken", test_broken

    def judge_kills(self):
        """At full length."""
        if not self.short and sum(self.kills) < 200:
            raise Wrong(f"only {sum(self.kills)} kills in {len(self.kills)} runs")
        return f"{sum(self.kills)} kills in {len(self.kills)} runs"
