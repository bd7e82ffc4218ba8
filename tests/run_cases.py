#!/usr/bin/env python3
"""End-to-end cases: each folder tests/cases/KIND/NAME is a command line, its input, and what must come of it.

    BUILD=build tests/run_cases.py [KIND/NAME|NAME...]      (globs; default: all; JOBS: how many at once;
    KEEP=1 leaves the folders; TIMES=1 tells the seconds;
    CASES_SHARE=3: a third of them, the same each time)

KIND is what the case shows: an action or command (claim, code, store, job, check), how files are read (input),
which rows are acted on (filter, group), for whom (lookup, identity), that each is once at most whatever happens
(once), what is ended later without its input (settle), by e-mail (mail), every answer of the service (answer), its limits and our pace (limit), what ends a run early (stop), what
is remembered (ledger), what comes out (report), what is said to the program (settings), and what is said to
nobody (secret).

A case is a folder with
  cmd          bash, run in a fresh copy of the folder; its exit code is the case's.  tests/cases.sh has
               been sourced.  A line `# out2.csv of in.csv` says which input a results file is of
               (default: the same suffix, else in.csv; X.results.csv is of X.csv)
  about        one line: what the case shows
  in*.csv      inputs; without any, the in.csv beside the cases
  dialect      lines `in.csv delimiter=; encoding=utf-16-le …` of files that are other than UTF-8 with
               commas, double quotes and a header on line 1: see Dialect.  Results are like their input,
               unless they have a line of their own
  server.json  what differs from STANDARD, by top-level key; the strings PASSWORD, KEY and
               STORE_SECRET in it stand for the secrets of the run
  smtp.json    a script of tests/smtpd.py ("SMTP_PASSWORD" in it stands for the secret of the run): a mail server is started,
               SMTP is its URL, SMTP_CA the authority to be trusted, SMTP_SCRIPT the script, which may be changed
  want.mail    lines `ann@example.org 1`: how often the mail server has taken a message for each recipient; no others.
               Without it: whose is said to be handed over, once
  secrets      further texts that must appear nowhere, in no form, one a line
  seeds        further seeds than CODE_SEED, one a line, which are secrets as well; and
  codes        codes of lists, one a line: codes may stand in code and link of the results, nowhere else
  want.csv     of out.csv (want2.csv of out2.csv …), or else of out.xlsx: those columns which its header names,
               cell by cell, each cell a glob
  want.counts  lines `out.csv: success 9, failed 1-3` (all of its statuses) or `out.csv: absent`
  want.err     lines of globs, each of which must match a line of stderr, in this order; an empty file:
  want.out     stderr must be empty; the same for stdout
  want.exit    default 0
  want.stats   JSON, a part of /sandbox/stats; a number may be {"min": A, "max": B};
               {} is an empty object
  twice        recipients, one a line, who are issued more than once (or several codes) on purpose
  keyed        is there if a store's keys are not the recipients
  leaves       globs of files that may be left behind (a process that is killed can't tidy up)

Whatever a case says, this must hold: see Checks.  Prints TAP.
"""
import base64
import collections
import concurrent.futures
import csv
import fnmatch
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib

import smtpd
import xlsx

TESTS = pathlib.Path(__file__).resolve().parent
CASES = TESTS / "cases"
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SECONDS = BUILD / "cases.json"  # what each case took when it was last run
# The cases mostly wait.
JOBS = int(os.environ.get("JOBS", min(8, 4 * (os.cpu_count() or 1))))
SHARE = int(os.environ.get("CASES_SHARE", "1"))
CASE_SECONDS = 180
STOP_SECONDS = 10
HEARD_LINES = 20
KEY = "key-of-this-case-4f1d"
PASSWORD = "open sesame \u00fc 9c2e"
SMTP_PASSWORD = "mail secret \u00fc 58d2"
STORE_SECRET = "store & secret \u00fc 71c3"
SEED = "seed of this case \u00fc 5b7e"
SEED_CODES = 16  # so many codes of a seed, and of those given, are looked for where none may be
ADDED = ["status", "error", "note", "action", "target", "recipient", "attempt_id", "code", "link", "tries",
         "http_status", "finished_at"]
ADDED_OF_STEP = [name for name in ADDED if name != "recipient"]
STATUSES = {"success", "failed", "pending", "unknown", "duplicate", "skipped", "invalid", "unsent"}
SIMULATED = {"would succeed", "would fail"}
# No limit per address, so that a request sent twice is a claim completed twice.
STANDARD = {
    "keys": ["KEY"],
    "queueDelayMs": [1, 5],
    "claims": [{"claimId": "c1", "version": 7, "plugins": [
        {"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": 100000},
        {"pluginId": "password", "instanceId": "password-1", "password": "PASSWORD"}]}],
}
FIELD_MAX = 1 << 20  # bytes of a field in quotes
csv.field_size_limit(FIELD_MAX)
LINE_END = r"\r\n|\r|\n"


class Dialect:
    """How a CSV file is written.

    delimiter=C and quote=C (tab and none are words for them); encoding=NAME, as Python calls it, without
    "-sig"; header=N, the line of the header, none: there is none; sep: its first line is `sep=C`; bom: it has
    a byte order mark (of inputs that is seen); end=lf, crlf or cr (likewise); escape=C, what stands before a quote
    that is none; blanks: some stand before quotes.
    """
    delimiter, quote, encoding, header, sep, bom, end = ",", '"', "utf-8", 1, False, None, None
    escape, blanks = None, False
    WORDS = {"": True, "none": None, "tab": "\t", "lf": "\n", "crlf": "\r\n", "cr": "\r"}

    def __init__(self, words=()):
        for word in words:
            name, _, value = word.partition("=")
            if not hasattr(self, name):
                raise ValueError(f"dialect: {name} is no word")
            setattr(self, name, self.WORDS.get(value, int(value) if value.isdigit() else value))

    def of_results(self):
        """That of the results of an input that is written so: nothing but `sep` stands above their header."""
        results = Dialect()
        results.delimiter, results.encoding, results.sep = self.delimiter, self.encoding, self.sep
        results.quote, results.header = self.quote or '"', 1 + self.sep
        return results

    def decode(self, path):
        """The text as the bytes that UTF-8 has for it, each a character, so that nothing is lost; and whether
        it has a byte order mark."""
        damage = "surrogatepass" if self.encoding.startswith("utf-16") else "surrogateescape"
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        text = content.decode(self.encoding, damage)
        return text.removeprefix("\ufeff").encode(errors=damage).decode("latin-1"), text[:1] == "\ufeff"


def line_end_of(text, quote):
    """The first that is not in quotes."""
    in_quotes = f"{quote}[^{quote}]*{quote}|" if quote else ""
    m = re.match(rf"(?:{in_quotes}[^\r\n])*?({LINE_END})", text)
    return m[1] if m else "\n"


def quoted_field(text, at, quote, unquoted):
    """The field in quotes that begins there, and where it ends; None: that quote is none, for it is never
    closed, or on another line and then goes on."""
    q = re.escape(quote)
    m = re.compile(f"{q}((?:[^{q}]|{q}{q})*){q}(?!{q})").match(text, at)
    rest = m and unquoted.match(text, m.end())
    if not m or len(m[1]) > FIELD_MAX or rest[0].strip(" \t") and re.search(r"[\r\n]", m[1]):
        return None
    return m[1].replace(2 * quote, quote) + rest[0], rest.end()


def fields_of(text, at, dialect):
    """The record that begins there, and where it ends.  Behind a quote that is none no more on its line is."""
    unquoted = re.compile(rf"[^\r\n{re.escape(dialect.delimiter)}]*")
    fields, literal = [], not dialect.quote
    while True:
        field = None
        if not literal and text.startswith(dialect.quote, at):
            field = quoted_field(text, at, dialect.quote, unquoted)
            literal = field is None
        if field is None:
            m = unquoted.match(text, at)
            field = m[0], m.end()
        fields.append(field[0])
        at = field[1]
        if not text.startswith(dialect.delimiter, at):
            return fields, at
        at += len(dialect.delimiter)


def damaged_records(text, dialect):
    """(line, fields) of each record."""
    at, line = 0, 1
    while at < len(text):
        end = re.compile(LINE_END).match(text, at)
        if end:
            at, line = end.end(), line + 1
            continue
        fields, end = fields_of(text, at, dialect)
        yield line, fields
        line += len(re.findall(LINE_END, text[at:end]))
        at = end


def whole_records(text, dialect):
    lines = re.findall(rf"[^\r\n]*(?:{LINE_END})|[^\r\n]+$", text)
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True,
                        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
                        escapechar=dialect.escape, skipinitialspace=dialect.blanks)
    line = 1
    for fields in reader:
        if fields:
            yield line, fields
        line = reader.line_num + 1


def read_csv(path, dialect=Dialect()):
    """The records of a CSV file, its header first, then those above it, as Dialect.decode makes them; without
    empty lines."""
    text, _ = dialect.decode(path)
    try:
        records = list(whole_records(text, dialect))
    except csv.Error:  # it has damage, of which others make something else
        records = list(damaged_records(text, dialect))
    records = [(line, fields) for line, fields in records if line > dialect.sep]
    header = dialect.header or 1
    below = [fields for line, fields in records if line >= header]
    above = [fields for line, fields in records if line < header]
    if dialect.header is None:
        below.insert(0, [str(i + 1) for i in range(len(below[0]))])
    return below[:1] + above + below[1:]


def is_count(n, want):
    """want: N or A-B."""
    low, _, high = want.partition("-")
    return int(low) <= n <= int(high or low)


def lines_of(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def forms_of(secret):
    """A secret's bytes as they may be spelt; of base64 what no neighbours change."""
    raw = secret.encode()
    whole = [base64.b64encode(b"x" * before + raw) for before in range(3)]
    inner = [whole[0][:len(raw) * 4 // 3], whole[1][2:(len(raw) + 1) * 4 // 3], whole[2][3:(len(raw) + 2) * 4 // 3]]
    return {raw, json.dumps(secret)[1:-1].encode(), urllib.parse.quote(secret, safe="").encode(),
            urllib.parse.quote_plus(secret).encode(), raw.hex().encode(), *inner,
            *(form.translate(bytes.maketrans(b"+/", b"-_")) for form in inner)}


def code_of(seed, index):
    return hashlib.sha256(f"{seed}-{index}".encode()).hexdigest() + f"-{index}"


def added_names(steps):
    """The added columns of a job of that many steps; one step has none of its own."""
    return ADDED + [f"step{i}_{name}" for i in range(1, steps + 1) for name in ADDED_OF_STEP]


def without_empty(fields):
    """Behind the header's columns empty ones do not count, as where a spreadsheet has more than its header."""
    while fields and not fields[-1]:
        fields = fields[:-1]
    return fields


def in_unicode(field):
    """A field as a workbook has it: with U+FFFD for each byte (or surrogate) that is no UTF-8."""
    text = field.encode("latin-1").decode(errors="surrogateescape")
    text = re.sub("\udced[\udca0-\udcbf][\udc80-\udcbf]|[\udc80-\udcff]", "\ufffd", text)
    return text.encode().decode("latin-1")


class Results:
    """Results, a CSV or a workbook, taken apart by the shape of their input."""

    def __init__(self, path, source, dialects):
        self.path, self.source = path, source
        self.of_source = dialects.get(source.name, Dialect())
        self.dialect = dialects.get(path.name, self.of_source.of_results())
        self.form_is_said = path.name in dialects
        self.is_sheet = path.suffix == ".xlsx"
        header, *self.inputs = read_csv(source, self.of_source)
        while self.inputs and not "".join(self.inputs[-1]).replace("\xc2\xa0", "").strip(" \t\r\n\x1a"):
            self.inputs.pop()  # empty ones at the end (also no-break spaces, and DOS's Ctrl-Z) are none
        self.header, *self.rows = self.read_sheet() if self.is_sheet else read_csv(path, self.dialect)
        plain = [re.sub("^(claimpipe_)+", "", name) for name in header]
        named = [names for n in range(9) for names in (added_names(n), added_names(n) + ["retry"])]
        before = next((names for names in named if plain[-len(names):] == names), [])
        self.kept = len(header) - len(before)
        self.input_header = header[:self.kept]
        self.width = len(header)
        self.n_steps = (len(self.header) - self.kept - len(ADDED)) // len(ADDED_OF_STEP)
        self.names = added_names(self.n_steps)
        self.added = [dict(zip(self.names, row[self.kept:])) for row in self.rows]

    def read_sheet(self):
        """As read_csv has it."""
        return [[text.encode(errors="surrogatepass").decode("latin-1") for text in row]
                for row in xlsx.read(self.path)[0].texts()]

    def content(self):
        """The bytes of what can be read in them, as UTF-8."""
        return xlsx.content(self.path) if self.is_sheet else self.dialect.decode(self.path)[0].encode("latin-1")

    def originals(self, row):
        """The input's fields in a row of the results: those before the added columns and after them."""
        return row[:self.kept] + without_empty(row[self.kept + len(self.names):])

    def parts(self, added):
        """What a row's steps came to: each a dict of ADDED."""
        if not self.n_steps:
            return [added]
        return [{name: added.get(f"step{i}_{name}", added.get(name)) for name in ADDED}
                for i in range(1, self.n_steps + 1)]

    def expected(self, fields):
        kept = fields[:self.kept] + [""] * (self.kept - len(fields))
        fields = kept + without_empty(fields[self.width:])
        return [in_unicode(field) for field in fields] if self.is_sheet else fields

    def problems_of_form(self):
        """Bytes that are no cell's are as in the input, or as the dialect says; a workbook has its looks."""
        if self.is_sheet:
            yield from xlsx.problems(self.path, self.kept, self.names)
            return
        (text, bom), (source, source_bom) = self.dialect.decode(self.path), self.of_source.decode(self.source)
        end = self.dialect.end or line_end_of(source, self.of_source.quote)
        if bom != (bool(self.dialect.bom) if self.form_is_said else source_bom):
            yield f"{'a' if bom else 'no'} byte order mark"
        if text.startswith("sep=") != self.dialect.sep or self.dialect.sep and text[4] != self.dialect.delimiter:
            yield f"the first line {text.splitlines()[0]!r}"
        if line_end_of(text, self.dialect.quote) != end:
            yield f"the line end {line_end_of(text, self.dialect.quote)!r}"

    def counts(self):
        found = [added["status"] for added in self.added]
        return {status: found.count(status) for status in set(found)}


def name_of(folder):
    return f"{folder.parent.name}/{folder.name}"


class Case:
    def __init__(self, folder):
        self.folder = folder
        self.name = name_of(folder)
        self.problems = []
        self.stats = {}
        self.mail_server = None
        self.messages = []  # that the mail server has taken
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
        text = text.replace('"STORE_SECRET"', json.dumps(STORE_SECRET))
        (self.server / "config.json").write_text(text)
        self.config = json.loads(text)
        self.start_mail()

    def start_mail(self):
        own, script = self.folder / "smtp.json", self.server / "smtp.json"
        if own.exists():
            script.write_text(own.read_text().replace('"SMTP_PASSWORD"', json.dumps(SMTP_PASSWORD)))
            self.mail_server = smtpd.Server(str(script), str(self.server / "smtpd"))

    def environment(self):
        env = {name: value for name, value in os.environ.items()
               if name in ("TERM", "USER") or name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        env |= {"PATH": f"{BUILD}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(self.work),
                "TMPDIR": str(self.work / "tmp"), "XDG_STATE_HOME": str(self.work / "state"),
                "SERVER": str(self.server), "BITBADGES_API_KEY": KEY, "CLAIM_PASSWORD": PASSWORD,
                "CODE_SEED": SEED, "STORE_SECRET": STORE_SECRET, "SMTP_PASSWORD": SMTP_PASSWORD}
        port = self.server / "port"
        if self.mail_server:
            env |= {"SMTP": self.mail_server.url, "SMTP_CA": str(self.server / "smtpd/ca.pem"),
                    "SMTP_SCRIPT": str(self.server / "smtp.json"), "SMTP_JOURNAL": self.mail_server.path}
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
            self.stop_mail()

    def stop_mail(self):
        if self.mail_server:
            self.mail_server.close()
            self.messages = self.mail_server.messages()

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
        self.seeds = [SEED, *lines_of(self.work / "seeds")]
        self.on_purpose = set(lines_of(self.work / "twice"))

    def all(self):
        self.load_results()
        self.check_exit()
        self.check_texts("want.err", "err")
        self.check_texts("want.out", "out")
        for name, results in self.results.items():
            self.check_rows(name, results)
        self.check_codes()
        self.check_wanted_cells()
        self.check_counts()
        self.check_server()
        self.check_mail()
        if (self.work / "want.stats").exists():
            self.check_part("stats", json.loads((self.work / "want.stats").read_text()), self.case.stats)
        self.check_secrets()
        self.check_modes()
        self.check_leftovers()

    def result_files(self):
        return sorted(path for end in ("csv", "xlsx") for name in ("out*", "*.results", "*.simulated")
                      for path in self.work.glob(f"{name}.{end}"))

    def source(self, path):
        for line in lines_of(self.work / "cmd"):
            m = re.fullmatch(r"# (\S+) of (\S+)", line)
            if m and m[1] == path.name:
                return self.work / m[2]
        for end in (".results.csv", ".simulated.csv"):
            if path.name.endswith(end):
                return self.work / path.name.replace(end, ".csv")
        same = self.work / f"in{path.stem.removeprefix('out')}.csv"
        return same if same.exists() else self.work / "in.csv"

    def load_results(self):
        lines = (shlex.split(line) for line in lines_of(self.work / "dialect"))
        dialects = {name: Dialect(words) for name, *words in lines}
        for path in self.result_files():
            self.results[path.name] = Results(path, self.source(path), dialects)

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
        taken = {column.strip().lower() for column in results.input_header}
        names = [next(name for name in (n * "claimpipe_" + column for n in range(9)) if name not in taken)
                 for column in results.names]
        if results.header != results.input_header + names:
            self.problem(f"{name}: header is {results.header}")
        if len(results.rows) != len(results.inputs):
            self.problem(f"{name}: {len(results.rows)} rows of {len(results.inputs)}")
        for i, (row, fields) in enumerate(zip(results.rows, results.inputs), 1):
            if results.originals(row) != results.expected(fields):
                self.problem(f"{name}: row {i} is {results.originals(row)}, was {fields}")
                break
        for form in results.problems_of_form():
            self.problem(f"{name}: has {form}")
        known = STATUSES | (SIMULATED if "--simulate" in (self.work / "cmd").read_text() else set())
        for i, added in enumerate(results.added, 1):
            own = {part.get("status") for part in results.parts(added)}
            # What is invalid or skipped as a whole has come to none of its steps.
            if own == {""} and added.get("status") in ("invalid", "skipped"):
                own = set()
            for status in [added.get("status"), *own]:
                if status not in known:
                    self.problem(f"{name}: row {i} has the status {status!r}")
        self.check_success(name, results)

    def check_success(self, name, results):
        """What is said to be done the server has done, and not what is said not to be (in the newest
        results: an earlier failure may have been mended); and nobody has it twice."""
        newest = max(self.results, key=lambda other: (self.work / other).stat().st_mtime_ns)
        seen = set()
        for i, added in enumerate(results.added, 1):
            for step, part in enumerate(results.parts(added)):
                self.check_claimed(f"{name}: row {i}", part, name == newest)
                self.check_stored(f"{name}: row {i}", part, name == newest)
                what = (step, part.get("target"), part.get("recipient"))
                if part.get("status") != "success" or part.get("recipient") in self.on_purpose:
                    continue
                if what in seen:
                    self.problem(f"{name}: row {i} is a second success of its recipient")
                seen.add(what)

    def check_claimed(self, where, part, newest):
        status, recipient = part.get("status"), part.get("recipient")
        if part.get("action") != "claim":
            return
        done = self.case.stats["claims"].get(part.get("target"), {"completions": {}})["completions"]
        undone = status == "unsent" or status == "failed" and "already" not in part["error"]
        if status == "success" and recipient not in done or undone and newest and recipient in done:
            self.problem(f"{where} is {status}, the server says otherwise")

    def check_stored(self, where, part, newest):
        """The same of stores, as far as recipients are their keys (not: `keyed`)."""
        status, recipient = part.get("status"), part.get("recipient")
        if part.get("action") != "store" or (self.work / "keyed").exists():
            return
        recipient = recipient.removeprefix("'").encode("latin-1").decode(errors="replace")
        value = self.case.stats["stores"].get(part.get("target"), {"values": {}})["values"].get(recipient, {})
        acted = value.get("added", 0) + value.get("removed", 0)
        undone = status in ("unsent", "failed")
        if status == "success" and not acted or undone and newest and acted:
            self.problem(f"{where} is {status}, the store says otherwise")

    # ---- messages ----

    def check_mail(self):
        """Nobody's message is taken twice, none has what a message must not have, and as many are taken as is wanted."""
        if not self.case.mail_server:
            return
        taken = [message for message in self.case.messages if message["taken"]]
        got = collections.Counter(to for message in taken for to in message["to"])
        path = self.work / "want.mail"
        if path.exists():
            want = {to: int(n) for to, n in (line.split() for line in lines_of(path)) if int(n)}
        else:
            newest = max(self.results, key=lambda name: (self.work / name).stat().st_mtime_ns, default=None)
            added = self.results[newest].added if newest else []
            want = {part["recipient"]: 1 for row in added for part in self.results[newest].parts(row)
                    if part["action"] == "mail" and part["status"] == "success"}
        if got != want:
            self.problem(f"the mail server has taken {dict(got)}, want {want}")
        for message in self.case.messages:
            if message["faults"]:
                self.problem(f"a message to {message['to']} has {message['faults']}")
        ids = collections.Counter((to, re.search(r"(?im)^Message-ID: *(\S+)", message["content"])[1])
                                  for message in taken for to in message["to"])
        for (to, name), n in ids.items():
            if n > 1 and to not in self.on_purpose:
                self.problem(f"{name} was taken {n} times for {to}")

    # ---- codes ----

    def check_codes(self):
        """Each code is one of a seed or a list, and has one recipient, who has no other of that target;
        over all results."""
        self.given = {}  # by code
        self.owned = {}  # by target and recipient
        self.listed = {line.encode().decode("latin-1") for line in lines_of(self.work / "codes")}
        for name, results in self.results.items():
            for i, added in enumerate(results.added, 1):
                parts = results.parts(added)
                if added.get("code") not in ["", *(part["code"] for part in parts)]:
                    self.problem(f"{name}: row {i} has a code that is none of its steps'")
                for part in parts:
                    self.check_code(f"{name}: row {i}", part)

    def check_code(self, where, part):
        code, recipient, target = part["code"].removeprefix("'"), part["recipient"], part["target"]
        if not code:
            if part["action"] == "code" and part["status"] == "success":
                self.problem(f"{where} has no code")
            return
        index = code.rpartition("-")[2]
        if code not in self.listed and code not in (code_of(seed, index) for seed in self.seeds):
            self.problem(f"{where} has a code of no seed or list")
        if part["link"] and urllib.parse.quote(code.encode("latin-1"), safe="") not in part["link"]:
            self.problem(f"{where} has a link without its code")
        if self.given.setdefault(code, recipient) != recipient:
            self.problem(f"{where} has a code that another was given")
        if self.owned.setdefault((target, recipient), code) != code and recipient not in self.on_purpose:
            self.problem(f"{where} has another code than before")

    def check_wanted_cells(self):
        for path in sorted(self.work.glob("want*.csv")):
            name = path.name.replace("want", "out", 1)
            if name not in self.results:
                name = name.removesuffix("csv") + "xlsx"
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
            want = dict(part.rsplit(" ", 1) for part in what.split(", ") if part)
            got = self.results[name].counts()
            if not all(is_count(got.get(status, 0), want.get(status, "0")) for status in {*want, *got}):
                self.problem(f"{name}: statuses are {got}, want {want}")

    def check_server(self):
        stats, limit = self.case.stats, self.case.config.get("rateLimit")
        twice = [c for c in stats["completedTwice"] if c["address"] not in self.on_purpose]
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
        elif isinstance(want, dict) and want:
            for key, value in want.items():
                if key not in got:
                    self.problem(f"{where}.{key} is not there")
                else:
                    self.check_part(f"{where}.{key}", value, got[key])
        elif want != got:
            self.problem(f"{where} is {got}, want {want}")

    def check_secrets(self):
        secrets = [KEY, PASSWORD, STORE_SECRET, SMTP_PASSWORD, base64.b64encode(SMTP_PASSWORD.encode()).decode(),
                   urllib.parse.quote(STORE_SECRET), *self.seeds,
                   *lines_of(self.work / "secrets")]
        places = [self.case.root / "out", self.case.root / "err", *self.work.glob("*.log"),
                  *self.work.glob("**/*.db*"), *(path for path in self.work.glob("state/**/*"))]
        texts = {path.name: path.read_bytes() for path in places if path.is_file()}
        shown = {name: results.content() for name, results in self.results.items()}
        for name, content in (texts | shown).items():
            for secret in secrets:
                if any(form in content for form in forms_of(secret)):
                    self.problem(f"{name} holds the secret {secret[:4]}…")
        self.check_secret_codes(texts)

    def check_secret_codes(self, texts):
        """No code, nor what one could be made of, is anywhere but where it belongs."""
        codes = [*self.given][:SEED_CODES] + lines_of(self.work / "codes")
        codes += [code_of(seed, i) for seed in self.seeds for i in range(SEED_CODES)]
        made = [code[:64] for code in codes if re.match("[0-9a-f]{64}-", code)]
        digests = [hashlib.sha256(text.encode()) for text in [*self.seeds, *codes]]
        needles = {code.encode() for code in codes if code[:64] not in made}
        needles |= {text.encode() for text in [*made, *(digest.hexdigest() for digest in digests)]}
        needles |= {*map(bytes.fromhex, made), *(digest.digest() for digest in digests)}
        for name, results in self.results.items():
            columns = [column for column in results.names if not re.fullmatch(r"(step\d_)?(code|link)", column)]
            cells = [row.get(column, "") for row in results.added for column in columns]
            texts = texts | {name: "\n".join(cells).encode()}
        for name, content in texts.items():
            if any(needle in content for needle in needles):
                self.problem(f"{name} holds a code, or what makes one")

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


def named(patterns):
    for stray in CASES.glob("*/cmd"):
        sys.exit(f"{stray.parent}: a case stands in the folder of its kind: tests/cases/KIND/NAME")
    for folder in (cmd.parent for cmd in sorted(CASES.glob("*/*/cmd"))):
        names = folder.name, name_of(folder)
        if not patterns or any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns):
            yield folder


def main(patterns):
    seconds = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
    # The longest first, so that at the end no core waits for one of them.
    folders = [folder for folder in named(patterns) if zlib.crc32(name_of(folder).encode()) % SHARE == 0]
    folders.sort(key=lambda folder: -seconds.get(name_of(folder), 0))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = [pool.submit(Case(folder).run) for folder in folders]
        for number, run in enumerate(concurrent.futures.as_completed(runs), 1):
            case = run.result()
            failed += bool(case.problems)
            seconds[case.name] = round(case.seconds, 1)
            report(number, case)
    fresh = SECONDS.with_suffix(".new")
    fresh.write_text(json.dumps(seconds))
    fresh.replace(SECONDS)
    print(f"1..{len(folders)}")
    return 1 if failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
