"""The runs in which calls are made to fail: what is run over which rows, and what must become of each."""
import collections
import csv
import email
import email.utils
import hashlib
import io
import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sheets  # noqa: E402
import smtpd  # noqa: E402
import xlsx  # noqa: E402

KEY = "key-of-the-torture"
PASSWORD = "open sesame 9c2e"
CODE_SEED = "seed of the torture 77f0"
STORE_SECRET = "secret of the torture 5ad1"
PASSWORD_PLUGIN = {"pluginId": "password", "instanceId": "password-1", "password": PASSWORD}
OLD = 30  # attempts of the claim `old`: two pages
CONFIG = {"keys": [KEY], "queueDelayMs": [1, 5], "claims": [
    {"claimId": "c1", "version": 7, "plugins": [
        {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 1000}, PASSWORD_PLUGIN]},
    {"claimId": "old", "version": 0, "attempts": OLD, "plugins": []}],
    "stores": [{"dynamicDataId": "s1", "dataSecret": STORE_SECRET, "delayMs": [1, 5]}]}
# Results of an earlier day; others are not replaced.
BEFORE = b"status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at\n"
GOOD, INVALID, DUPLICATE = "success", "invalid", "duplicate"
OPEN = ("pending", "unknown")
ACCEPTED, SUCCESS = 2, 3  # of items in the ledger
PACE = ["--in-flight", "3", "--tries", "2", "--queue-delay", "900ms", "--settle-timeout", "400ms",
        "--connect-timeout", "2s", "--timeout", "2s", "--patience", "10s"]


def address(i):
    return f"0x{i + 1000000:040x}"


def code_of(statuses):
    return 1 if any(status not in (GOOD, DUPLICATE) for status in statuses) else 0


class Scenario:
    """Claims.  rows: (address, status)"""

    config = CONFIG  # of the server; None: there is none, for nothing may be sent
    mails = False  # is its server a mail server?
    out = "out.csv"
    exits = set()  # with which it may end, whichever call fails, besides those of torture.py
    unfinished = OPEN  # what a row may be after a run that ended by itself, besides what it becomes

    def __init__(self, name, rows):
        self.name = name
        self.rows = rows
        self.text = "Name,Wallet\n" + "".join(f"Person {i},{a}\n" for i, (a, _) in enumerate(rows))
        self.code = 1 if any(status == INVALID for _, status in rows) else 0
        self.good = sum(status == GOOD for _, status in rows)
        self.fixture = None  # a folder with ledger and journal to begin from
        self.counts = {}
        self.recipients = None  # as an undisturbed run shows them

    def write_input(self, place, text):
        (place.work / "in.csv").write_text(text)

    def csv_of(self, place, content):
        """The results as CSV; content: their bytes."""
        return content.decode()

    def prepare(self, place):
        """Before the first run."""

    def command(self, place):
        source = "-" if self.name == "fresh" else "in.csv"
        return ["claim", source, "--fail-on", "any",
                "-c", "c1", "--set", f"password-1.password=file:{place.root}/password",
                "-o", "out.csv", *PACE]

    def resends(self, place):
        """What is unknown is about to be sent again."""

    # ---- what must hold: each function tells what does not ----

    def results(self, place):
        """The rows; None: the file of before is still there; or a text: what is wrong with it."""
        content = place.out.read_bytes() if place.out.exists() else b""
        if content == BEFORE:
            return None
        text = self.csv_of(place, content)
        rows = list(csv.DictReader(io.StringIO(text)))
        originals = [f"{row.get('Name')},{row.get('Wallet')}" for row in rows]
        wants = self.text.splitlines()[1:]
        if place.unread and "," in originals:  # from there on the input could not be read again, and only that is lost
            wants[originals.index(","):] = [","] * (len(wants) - originals.index(","))
            if any("could not be read again" not in row["note"] for row in rows[originals.index(","):]):
                return "rows without columns do not say why"
        if not text.endswith("\n") or originals != wants:
            return f"the results are not whole: {content[-200:]!r}"
        if any(None in row or None in row.values() for row in rows):
            return "the results have a ragged row"
        wants = self.recipients or [row["recipient"] for row in rows]
        if any(row["status"] not in (INVALID, "unsent") and row["recipient"] != want for row, want in zip(rows, wants)):
            return f"the results have the recipients {[row['recipient'] for row in rows]}"
        self.recipients = wants
        return self.wrong(rows) or rows

    def wrong(self, rows):
        """What else is wrong with whole results."""

    def statuses(self, place):
        rows = self.results(place)
        return [row["status"] for row in rows] if isinstance(rows, list) else rows

    def is_open(self, place):
        return any(status in OPEN for status in self.statuses(place) or [])

    def judge_failing(self, place, code):
        statuses = self.statuses(place)
        if isinstance(statuses, str):
            yield statuses
        elif code in (0, 1) and (statuses is None or code_of(statuses) != code):
            yield f"exit code {code}, and the results are {statuses}"
        elif code in (0, 1) and any(status not in (want, GOOD, DUPLICATE, *self.unfinished)
                                    for status, (_, want) in zip(statuses, self.rows)):
            yield f"the results are {statuses}"

    def judge_rerun(self, place):
        statuses = self.statuses(place)
        wants = [want for _, want in self.rows]
        if not isinstance(statuses, list):
            yield f"run again: {statuses or 'no results'}"
        elif any(status not in (want, DUPLICATE if want == GOOD else want) for status, want in zip(statuses, wants)):
            yield f"run again: the results are {statuses}"

    def judge_server(self, place, complete):
        claim = place.server.get("/sandbox/stats")["claims"]["c1"]
        for what in ("completions", "attemptsByAddress"):
            twice = [who for who, n in claim[what].items() if n > 1]
            if twice:
                yield f"{what}: more than one for {twice}"
        if complete and len(claim["completions"]) != self.good:
            yield f"{len(claim['completions'])} claims completed, want {self.good}"


class Codes(Scenario):
    """Codes, of which an earlier file has had some: given in the order of the rows, each once, no number left out."""

    config = None
    earlier = ()  # addresses

    def __init__(self, name, rows, arguments):
        super().__init__(name, rows)
        self.arguments = arguments
        people = [*self.earlier, *dict.fromkeys(who for who, status in rows if status == GOOD)]
        self.codes = {who: self.make(i) for i, who in enumerate(people)}

    def make(self, i):
        return hashlib.sha256(f"{CODE_SEED}-{i}".encode()).hexdigest() + f"-{i}"

    def prepare(self, place):
        (place.work / "codes.txt").write_text("".join(f"{self.make(i)}\n" for i in range(20)))
        if self.earlier:
            self.write_input(place, "Name,Wallet\n" + "".join(f"Early,{who}\n" for who in self.earlier))
            code, said = place.run()
            if code != 0:
                raise RuntimeError(f"the earlier run ends with {code}: {said}")
            place.out.write_bytes(BEFORE)
            self.write_input(place, self.text)

    def command(self, place):
        return ["code", "in.csv", "--fail-on", "any", "-c", "c1", *self.arguments, "-o", "out.csv"]

    def wrong(self, rows):
        for row in rows:
            if row["Wallet"] and row["status"] in (GOOD, DUPLICATE) and row["code"] != self.codes[row["Wallet"]]:
                return f"{row['Wallet']} has the code {row['code']!r}, want {self.codes[row['Wallet']]!r}"
        return None

    def judge_server(self, place, complete):
        return ()


class EarlierCodes(Codes):
    earlier = (address(1), address(4))


class Workbook(EarlierCodes):
    """The same from a workbook into a workbook."""

    out = "out.xlsx"

    def write_input(self, place, text):
        super().write_input(place, text)
        sheets.make(place.work / "in.xlsx", [("People", False, list(csv.reader(io.StringIO(text))))])

    def command(self, place):
        return ["code", "in.xlsx", "--fail-on", "any", "-c", "c1", *self.arguments, "-o", self.out]

    def csv_of(self, place, content):
        text = io.StringIO()
        if content:
            csv.writer(text, lineterminator="\n").writerows(xlsx.read(place.out)[0].texts())
        return text.getvalue()


class Job(Codes):
    """A code, then a claim with it, then an entry in a store: rows come back from the server, and go on."""

    config = CONFIG
    # A row whose first step is another row's, and whose next one has not begun, for that row's is unknown.
    unfinished = (*OPEN, "unsent")
    steps = [{"action": "code", "claim": "c1", "seed_from": "env:CODE_SEED", "count": 1000},
             {"action": "claim", "claim": "c1",
              "set": {"password-1.password": "file:password", "note-1.code": "{{step1.code}}"}},
             {"action": "store", "store": "s1", "secret_from": "file:secret", "batch": 2}]

    def prepare(self, place):
        (place.root / "secret").write_text(STORE_SECRET + "\n")
        (place.root / "job.json").write_text(json.dumps({"steps": self.steps}))

    def command(self, place):
        return ["run", f"{place.root}/job.json", "in.csv", "--fail-on", "any", "-o", "out.csv", "--force", *PACE]

    def judge_server(self, place, complete):
        return Scenario.judge_server(self, place, complete)


class Check(EarlierCodes):
    """Offline; it says the same each time, and leaves the ledger as it is."""

    printed = None

    def prepare(self, place):
        super().prepare(place)
        place.ledger = self.ledger(place)

    def ledger(self, place):
        return (place.work / "state" / "ledger.db").read_bytes()

    def command(self, place):
        if place.ledger is None:  # the earlier run
            return super().command(place)
        return ["check", "code", "in.csv", "-c", "c1", *self.arguments, "--format", "json"]

    def is_open(self, place):
        return False

    def judge_failing(self, place, code):
        if place.out.read_bytes() != BEFORE:
            yield "check has written results"
        if self.ledger(place) != place.ledger:
            yield "check has changed the ledger"
        if code in (0, 1) and place.printed != self.printed:
            yield f"exit code {code}, and it says {place.printed!r}"

    def judge_rerun(self, place):
        self.printed = self.printed or place.printed
        yield from self.judge_failing(place, self.code)


class Doctor(Check):
    """It only asks and looks; what it can't look at is a finding, or an error."""

    config = CONFIG

    def __init__(self, name, rows, arguments):
        super().__init__(name, rows, arguments)
        self.code = 0

    def command(self, place):
        if place.ledger is None:  # the earlier run
            return super().command(place)
        return ["doctor", "-c", "c1", "--format", "json", "--connect-timeout", "2s", "--timeout", "2s"]

    def levels(self, place):
        return {finding["level"] for finding in json.loads(place.printed)["findings"]}

    def judge_failing(self, place, code):
        if self.ledger(place) != place.ledger:
            yield "doctor has changed the ledger"
        if code in (0, 1) and ("bad" in self.levels(place)) != (code == 1):
            yield f"exit code {code}, and it says {place.printed!r}"

    def judge_rerun(self, place):
        if self.levels(place) != {"ok"}:
            yield f"not all is well: {place.printed!r}"

    def judge_server(self, place, complete):
        requests = place.server.get("/sandbox/stats")["requests"]
        if requests["total"] != requests["claim"]:
            yield f"other requests than those about the claim: {requests}"


class Successes(Scenario):
    """None is lost: what one run has not told the next one does."""

    def __init__(self):
        super().__init__("successes", [])
        self.all = OLD

    def command(self, place):
        return ["successes", "old", "-o", "out.csv", "--force", "--tries", "2", "--connect-timeout", "2s", "--timeout", "2s"]

    def told(self, place):
        """The attempts in the file; None: that of before is there; or a text."""
        content = place.out.read_bytes()
        if content == BEFORE:
            return None
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        ids = {row["attempt_id"] for row in rows}
        if not content.endswith(b"\n") or len(ids) != len(rows) or len(rows) not in (0, self.all):
            return f"not whole: {content[-200:]!r}"
        return ids

    def is_open(self, place):
        return False

    def judge_failing(self, place, code):
        ids = self.told(place)
        if isinstance(ids, str):
            yield ids
        else:
            place.seen |= ids or set()
        if code == 0 and len(place.seen) != self.all:
            yield f"exit code 0, and {len(place.seen)} successes"

    def judge_rerun(self, place):
        yield from self.judge_failing(place, 0)

    def judge_server(self, place, complete):
        return ()


class Settle(Scenario):
    """What an earlier run has only sent is ended, without its input, and nothing is sent."""

    def __init__(self):
        super().__init__("settle", [(address(i), GOOD) for i in range(6)])

    def prepare(self, place):
        code, said = place.run()
        if code != 1:
            raise RuntimeError(f"the earlier run ends with {code}: {said}")
        place.server.get(f"/sandbox/wait?route=settled&count={self.good}&timeoutMs=20000")
        place.seen.add("sent")

    def command(self, place):
        return ["settle", *PACE] if place.seen else [*super().command(place), "--no-settle"]

    def states(self, place):
        """as the ledger has them, and how many of each; of a copy, for whoever opens the ledger itself may change it"""
        with tempfile.TemporaryDirectory() as folder:
            for path in (place.work / "state").glob("ledger.db*"):
                shutil.copy(path, folder)
            ledger = sqlite3.connect(f"{folder}/ledger.db")
            try:
                return dict(ledger.execute("SELECT state, count(*) FROM items GROUP BY state"))
            finally:
                ledger.close()

    def is_open(self, place):
        return set(self.states(place)) != {SUCCESS}

    def judge_failing(self, place, code):
        states = self.states(place)
        if sum(states.values()) != self.good or not set(states) <= {ACCEPTED, SUCCESS}:
            yield f"the ledger has {states}"
        elif code in (0, 1) and (states == {SUCCESS: self.good}) != (code == 0):
            yield f"exit code {code}, and the ledger has {states}"

    def judge_rerun(self, place):
        yield from self.judge_failing(place, 0)

    def judge_server(self, place, complete):
        yield from super().judge_server(place, True)
        sent = place.server.get("/sandbox/stats")["requests"]["complete"]
        if sent != self.good:
            yield f"{sent} claims sent, want {self.good}"


class Mail(Scenario):
    """A message each, with a picture and a file, handed over to a mail server."""

    mails = True
    unfinished = (*OPEN, "unsent")
    LETTER = """From: Courses <courses@example.org>
To: {{Name}} <{{Wallet}}>
Subject: Your code, {{Name}}
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Dear {{Name}}, <a href="{{link}}">here</a> it is: {{qr}}</p>
"""

    def prepare(self, place):
        (place.root / "letter.eml").write_text(self.LETTER)
        (place.root / "plan.pdf").write_bytes(bytes(range(256)) * 300)
        place.unknown = set()

    def write_input(self, place, text):
        lines = [f"{line},https://example.org/?who={line.rpartition(',')[2]}\n" for line in text.splitlines()[1:]]
        super().write_input(place, "Name,Wallet,link\n" + "".join(lines))

    def way(self, place):
        return ["--smtp", place.server.url]

    def command(self, place):
        return ["mail", "in.csv", "--fail-on", "any", "--email", "Wallet", "--template", f"{place.root}/letter.eml", *self.way(place),
                "--attach", f"{place.root}/plan.pdf",
                "--bounces-to", "bounces@example.org", "-o", "out.csv", "--rate", "none", "--in-flight", "2", "--tries", "2",
                "--connect-timeout", "2s", "--timeout", "2s", "--patience", "10s"]

    def resends(self, place):
        rows = self.results(place)
        place.unknown |= {row["Wallet"] for row in rows if row["status"] == "unknown"} if isinstance(rows, list) else set()

    def taken(self, place):
        """address -> messages"""
        taken = collections.defaultdict(list)
        for event in place.server.messages():
            if event["taken"]:
                taken[event["to"][0]].append(event["content"].encode("latin-1"))
        return dict(taken)

    def judge_server(self, place, complete):
        taken = self.taken(place)
        for who, contents in taken.items():
            messages = [email.message_from_bytes(content) for content in contents]
            if len(messages) > 1 and who not in place.unknown or len({m["Message-ID"] for m in messages}) > 1:
                yield f"{len(messages)} messages for {who}"
            for message in messages:
                types = sorted(part.get_content_type() for part in message.walk() if not part.is_multipart())
                if types != ["application/pdf", "image/png", "text/html", "text/plain"] or any(p.defects for p in message.walk()):
                    yield f"a message is not whole: {types}"
        rows = self.results(place)
        for row in rows if isinstance(rows, list) else []:
            if row["status"] == GOOD and row["Wallet"] not in taken:
                yield f"{row['Wallet']} is success, and the server has taken nothing"
            if row["status"] not in (GOOD, DUPLICATE, *OPEN) and row["Wallet"] in taken:
                yield f"{row['Wallet']} is {row['status']}, and the server has taken a message"
        if complete and len(taken) != self.good:
            yield f"{len(taken)} have messages, want {self.good}"


class Outbox(Mail):
    """… or written into a folder, which stands for the mail server: where it fails the run is stopped."""

    config = None
    exits = {4}

    def way(self, place):
        return ["--outbox", "outbox"]

    def taken(self, place):
        taken = collections.defaultdict(list)
        for path in (place.work / "outbox").glob("*") if (place.work / "outbox").exists() else []:
            content = path.read_bytes()
            taken[email.utils.parseaddr(email.message_from_bytes(content)["To"])[1]].append(content)
        return dict(taken)


MAIL_ROWS = [(f"p{i}@example.org", GOOD) for i in range(4)] + [("0x12", INVALID), ("p2@example.org", DUPLICATE)]
FRESH_ROWS = [(address(i), GOOD) for i in range(6)] + [("0x12", INVALID), (address(2), DUPLICATE)]
KNOWN_ROWS = [(who, DUPLICATE if who in EarlierCodes.earlier else status) for who, status in FRESH_ROWS]
SEEDED = ["--seed-from", "env:CODE_SEED", "--count", "1000"]
FRESH = Scenario("fresh", FRESH_ROWS)
RESUMED = Scenario("resumed", [(address(i), GOOD) for i in range(7)] + [(address(2), DUPLICATE)])
LOCALS = [EarlierCodes("seed", KNOWN_ROWS, SEEDED), EarlierCodes("list", KNOWN_ROWS, ["--codes", "codes.txt"])]
SCENARIOS = [FRESH, RESUMED, *LOCALS, Workbook("workbook", KNOWN_ROWS, SEEDED), Job("job", FRESH_ROWS, SEEDED), Check("check", KNOWN_ROWS, SEEDED), Doctor("doctor", KNOWN_ROWS, SEEDED), Successes(),
             Settle(), Mail("mail", MAIL_ROWS), Outbox("outbox", MAIL_ROWS)]
