"""What the tests about mail share: a letter, people, a ledger, and `claimpipe mail` over them."""
import collections
import concurrent.futures
import csv
import email
import email.header
import email.policy
import fnmatch
import inspect
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SECONDS = 60  # more than anything takes
TOGETHER = 4  # tests at once
PASSWORD, TOKEN = "pass wörd of ann", "ya29.token-of-ann"
SMTP_PASSWORD, SMTP_TOKEN = ["--smtp-password-from", "env:SMTP_PASSWORD"], ["--smtp-token-from", "env:SMTP_TOKEN"]
LETTER = """From: =?utf-8?q?Kursb=C3=BCro?= <courses@example.org>
To: {{Name}} <{{Email}}>
Subject: Your code, {{Name}}

Dear {{Name}},

your code is {{code}}
"""


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


def address(i):
    return f"p{i}@example.org"


def parse(content):
    """A message, whose fields and parts are decoded where they are looked at."""
    return email.message_from_bytes(content, policy=email.policy.default.clone(utf8=True))


def name_before(message, field):
    """The name before an address.  By Python's older decoder, for its newer one puts blanks between the words that RFC 2047
    wants to be put together."""
    source = next(str(value) for name, value in message.raw_items() if name == field)
    words = re.sub(r"\r?\n", "", source).rpartition("<")[0].strip()
    if words.startswith('"'):
        return re.sub(r"\\(.)", r"\1", words[1:-1])
    return str(email.header.make_header(email.header.decode_header(words)))


def defects(message):
    """what Python's parser finds wrong with it, its fields and its parts"""
    found = []
    for part in message.walk():
        found += part.defects
        found += [defect for value in part.values() for defect in value.defects]
    # a file's name is there in ASCII, too, for programs that know no RFC 2231; and an address may need SMTPUTF8 (RFC 6532)
    wide = not str(message["To"]).isascii() and not message["To"].addresses[0].username.isascii()
    return [defect for defect in found if "duplicate parameter name" not in str(defect) and not (
        wide and ("local-part contains non-ASCII" in str(defect) or "Non-ASCII characters found" in str(defect)))]


class Mailing:
    """One input, one letter, one ledger; sent as often as one likes."""

    def __init__(self, folder, rows=None, letter=LETTER, name="letter.eml"):
        self.folder = pathlib.Path(folder)
        self.runs = 0
        if rows is not None:
            self.write(rows)
        if letter is not None:
            self.path(name).write_text(letter)
        self.letter = name

    def path(self, name):
        return self.folder / name

    def write(self, rows, name="in.csv"):
        """rows: so many people, or a table with its header"""
        if isinstance(rows, int):
            rows = [["Name", "Email", "code"], *([f"Person {i}", address(i), f"CODE-{i}"] for i in range(rows))]
        with open(self.path(name), "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows(rows)

    def words(self, url, *more):
        to = ["--outbox", url] if "://" not in str(url) else ["--smtp", url]
        return [BUILD / "claimpipe", "mail", "in.csv", "--email", "Email", "--template", self.letter, *to, "-o", "out.csv", "--ledger", "ledger.db",
                *([] if "--rate" in more else ["--rate", "none"]), *more]

    def environment(self, **env):
        kept = {name: value for name, value in os.environ.items() if name.endswith(("SAN_OPTIONS", "_SYMBOLIZER_PATH"))}
        return kept | {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder),
                       "XDG_STATE_HOME": str(self.folder), "LC_ALL": "C.UTF-8", "SMTP_PASSWORD": PASSWORD,
                       "SMTP_TOKEN": TOKEN} | env

    def start(self, url, *more, **env):
        self.runs += 1
        said = self.path(f"err.{self.runs}")
        with open(said, "wb") as err:
            process = subprocess.Popen(self.words(url, *more), cwd=self.folder, env=self.environment(**env),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        process.said = said
        return process

    @staticmethod
    def end(process, code=None):
        """what it has said"""
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as hangs:
            process.kill()
            process.wait()
            raise Failure(f"not at its end after {SECONDS} s: {process.said.read_text(errors='replace')}") from hangs
        said = process.said.read_text(errors="replace")
        want(code is None or process.returncode == code, f"exit code {process.returncode}, not {code}: {said}")
        want("Sanitizer" not in said, said)
        return said

    def run(self, url, *more, code=0, **env):
        return self.end(self.start(url, *more, **env), code)

    def rows(self, name="out.csv"):
        with open(self.path(name), newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))

    def statuses(self):
        """how many rows have which status; every row of the input must be there, in order"""
        with open(self.path("in.csv"), newline="", encoding="utf-8") as f:
            inputs = list(csv.DictReader(f))
        rows = self.rows()
        equal([[row[name] for name in one] for one, row in zip(inputs, rows)], [[*one.values()] for one in inputs])
        equal(len(rows), len(inputs))
        return dict(collections.Counter(row["status"] for row in rows))

    def tells_no_secret(self):
        for path in self.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                want(not any(secret.encode() in content for secret in (PASSWORD, TOKEN)), f"{path.name} holds a secret")


def run_tests(module, together=TOGETHER):
    """Each test_… of the module, or those that the command line names by globs, in a folder of its own; prints TAP."""
    tests = [(name.removeprefix("test_"), test) for name, test in inspect.getmembers(module, inspect.isfunction)
             if name.startswith("test_")]
    tests = [(name, test) for name, test in tests
             if not sys.argv[1:] or any(fnmatch.fnmatchcase(name, pattern) for pattern in sys.argv[1:])]
    tests.sort(key=lambda test: test[1].__code__.co_firstlineno)

    def run(test):
        with tempfile.TemporaryDirectory(prefix="claimpipe-mail-") as folder:
            try:
                test(folder)
                return None
            except Exception as e:  # what can't even be judged has failed
                return str(e) if isinstance(e, Failure) else f"{type(e).__name__}: {e}"

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(together) as pool:
        for n, ((name, test), problem) in enumerate(zip(tests, pool.map(lambda t: run(t[1]), tests)), 1):
            failed += problem is not None
            print(f"{'ok' if problem is None else 'not ok'} {n} - {name}: {inspect.getdoc(test).splitlines()[0]}")
            print("".join(f"# {line}\n" for line in (problem or "").splitlines()), end="", flush=True)
    print(f"1..{len(tests)}")
    return 1 if failed or not tests else 0
