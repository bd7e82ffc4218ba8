#!/usr/bin/env python3
"""How wrong a CSV can be: each file of tests/corpora, and some too large to be kept, through the command.
Prints TAP.  Arguments: names of files (globs; default: all).

polluted/NAME.json says what must come of polluted/NAME.csv, and so in found:
  about     what the file shows
  options   further ones of the command
  recipient the column of the recipients (default: the first)
  dialect   what `check --format json` must say of it; what is not named must be as in DIALECT
  notices   globs, one for each notice, in their order
  header    its columns
  rows      every record: its line, its cells, and for those that are not acted on the status and the error
            (a glob); bytes that can't be decoded stand as lone surrogates (PEP 383)
  refused   instead of header and rows: a glob of what is said, with exit code 3

csv-spectrum is what the npm package has (csv-spectrum/README.md).  BUILD names the folder of the program
(default build).
"""
import concurrent.futures
import csv
import fnmatch
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from run_cases import ADDED

CORPORA = pathlib.Path(__file__).resolve().parent / "corpora"
CLAIMPIPE = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "claimpipe"
SECONDS = 60
DIALECT = {"delimiter": "comma", "quote": '"', "escape": "", "encoding": "UTF-8", "bom": False}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
PYTHON_NAMES = {"SHIFT_JIS": "cp932"}
# location_coordinates: the expectation is of another telephone number than the file, and no list.
BROKEN_UPSTREAM = {"location_coordinates": {"Contact Phone Number": "2095257564"}}
RECIPIENTS = {"newlines": "#2", "newlines_crlf": "#2"}  # the first has line ends, as no id has
ABOVE = "stands above the header"
NO_ADDRESS = 'column "*": "*" is *address (0x + 40 hex, or bb1*'
CHECK_SHOWN_MAX = 10000  # include/commands/check.h
MIB = 1 << 20
csv.field_size_limit(1 << 24)


# ---- what must come of a file ----


class Wanted:
    def __init__(self, name, data, said):
        self.name, self.data = name, data
        self.options = said.get("options", [])
        self.recipient = said.get("recipient", "#1")
        self.dialect = DIALECT | said.get("dialect", {})
        self.notices = said.get("notices", [])
        self.refused = said.get("refused")
        self.header = said.get("header")
        self.rows = [(line, cells, *(rest or ["success", ""])) for line, cells, *rest in said.get("rows", [])]


def told():
    for path in sorted((*CORPORA.glob("polluted/*.csv"), *CORPORA.glob("found/*.csv"))):
        said = json.loads(path.with_suffix(".json").read_text())
        yield Wanted(f"{path.parent.name}/{path.stem}", path.read_bytes(), said)


def spectrum():
    for path in sorted(CORPORA.glob("csv-spectrum/csvs/*.csv")):
        records = json.loads((CORPORA / "csv-spectrum/json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        if path.stem in BROKEN_UPSTREAM:
            records = [records | BROKEN_UPSTREAM[path.stem]]
        data = path.read_bytes()
        rows, line = [], 2
        for record in records:
            rows.append([line, list(record.values())])
            line += 1 + sum(value.count("\n") for value in record.values())
        ends = {"line_end": "CRLF" if b"\r\n" in data else "LF"}
        said = {"dialect": ends, "recipient": RECIPIENTS.get(path.stem, "#1"), "header": list(records[0]), "rows": rows}
        yield Wanted(f"csv-spectrum/{path.stem}", data, said)


def large():
    """What would make the repository large."""
    def made(name, text, **said):
        return Wanted(f"large/{name}", text.encode(), said)

    header = ["id", "name"]
    longest, longer = "x" * MIB, "x" * (MIB + 1)
    yield made("field", f"id,name\np1,{longest}\np2,Bob\n", header=header,
               rows=[[2, ["p1", longest]], [3, ["p2", "Bob"]]])
    yield made("field-over", f"id,name\np1,Ann\np2,{longer}\n",
               refused="*:3: the field that begins here is longer than 1048576 bytes: *")
    quoted = "a,\n" * (MIB // 3)
    yield made("field-quoted", f'id,name\np1,"{quoted}"\np2,Bob,,x\n', header=header,
               rows=[[2, ["p1", quoted]],
                     [3 + MIB // 3, ["p2", "Bob", "", "x"], "invalid", "has 4 fields, the header has 2"]])
    yield made("field-quoted-over", f'id,name\np1,"{longer}"\np2,Bob\n',
               refused="*:2: the field that begins here is longer than 1048576 bytes: *")
    lines, bob = MIB // 100, "Bob" * 33
    yield made("quote-swallows", 'id,name\np1,"Ann\n' + f"p2,{bob}\n" * lines, header=header,
               rows=[[2, ["p1", '"Ann'], "invalid", "a quote opened on line 2 is never closed"]]
               + [[3 + i, ["p2", bob], "success" if i == 0 else "duplicate", "*"] for i in range(lines)])
    names = [f"c{i}" for i in range(10000)]
    yield made("fields", ",".join(names) + "\n" + ",".join("x" * 10000) + "\n", header=names, rows=[[2, ["x"] * 10000]])
    yield made("fields-over", "id,name\n" + "x," * 10000 + "x\n",
               refused="*:2: the record that begins here has more than 10000 fields: *")
    yield made("record-over", "id,name\n" + ",".join(["x" * 1000000] * 17) + "\n",
               refused="*:2: the record that begins here is longer than 16777216 bytes: *")
    wide = [f"column {i}" for i in range(9000)]
    yield made("header", ",".join(wide) + "\n" + ",".join("x" * 9000) + "\n", header=wide, rows=[[2, ["x"] * 9000]])
    yield made("one-line", "a" * 3 * MIB, refused="*:1: the field that begins here is longer than 1048576 bytes: *")
    rows = 20000
    yield made("many", "id,name\n" + "".join(f"p{i},{i}\n" for i in range(rows)) + 'q,"\n', header=header,
               rows=[[i + 2, [f"p{i}", str(i)]] for i in range(rows)]
               + [[rows + 2, ["q", '"'], "invalid", f"a quote opened on line {rows + 2} is never closed"]])


# ---- what comes of it ----


def codec(encoding):
    wide = encoding.startswith(("UTF-16", "UTF-32"))
    return PYTHON_NAMES.get(encoding, encoding), "surrogatepass" if wide else "surrogateescape"


def read_results(path, dialect):
    """The records of the results, read in the dialect and the encoding that they are said to have."""
    text = path.read_bytes().decode(*codec(dialect["encoding"]))
    if text.startswith("\ufeff") != dialect["bom"]:
        raise ValueError("the byte order mark is not as in the input")
    text = re.sub(r'\A"?sep=."?(\r\n|\r|\n)', "", text.removeprefix("\ufeff"))
    quote = dialect["quote"] or '"'  # of an input without quotes the results have them
    delimiter = DELIMITERS.get(dialect["delimiter"], dialect["delimiter"])
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote))


class Trial:
    """One file, and what the command makes of it."""

    def __init__(self, wanted):
        self.wanted, self.problems = wanted, []

    def run(self):
        with tempfile.TemporaryDirectory(prefix="claimpipe-corpora-") as folder:
            self.folder = pathlib.Path(folder)
            (self.folder / "in.csv").write_bytes(self.wanted.data)
            try:
                self.judge_refused() if self.wanted.refused else self.judge()
            except (ValueError, LookupError, OSError, subprocess.TimeoutExpired) as e:
                self.problems.append(f"{type(e).__name__}: {e}"[:500])
        return self

    def equal(self, got, want, what):
        if got != want:
            self.problems.append(f"{what}: {got!r:.300}, want {want!r:.300}")

    def like(self, got, glob, what):
        if not fnmatch.fnmatchcase(got, glob):
            self.problems.append(f"{what}: {got!r:.300}, want {glob!r:.300}")

    def claimpipe(self, *command):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
               "SEED": "the seed of this test", "BITBADGES_API_URL": "http://127.0.0.1:9"}
        run = subprocess.run([CLAIMPIPE, *command, *self.wanted.options, "--ledger", "ledger.db"], cwd=self.folder,
                             env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             check=False, timeout=SECONDS)
        return run.returncode, run.stdout, run.stderr.decode(errors="replace")

    def check(self):
        """Nobody has an address in these files, so that each row is said to be wrong, and its line."""
        return self.claimpipe("check", "claim", "in.csv", "-c", "c", "--address", self.wanted.recipient,
                              "--format", "json")

    def code(self):
        return self.claimpipe("code", "in.csv", "-o", "out.csv", "--seed-from", "env:SEED",
                              "--count", "1000000", "--id", self.wanted.recipient)

    def judge_refused(self):
        for code, _, err in (self.check(), self.code()):
            self.equal(code, 3, "exit code")
            self.like(err.splitlines()[-1] if err else "", self.wanted.refused, "it says")

    def judge(self):
        code, out, err = self.check()
        if not out:
            raise ValueError(f"check: exit code {code}, {err}")
        checked = json.loads(out.decode("utf-8", "surrogateescape"))
        self.judge_reading(checked)
        self.judge_lines(checked["invalid_rows"])
        self.judge_results(checked["dialect"])

    def judge_reading(self, checked):
        got = {name: checked["dialect"][name] for name in self.wanted.dialect}
        self.equal(got, self.wanted.dialect, "dialect")
        self.equal(checked["rows"], len(self.wanted.rows), "rows")
        self.equal(len(checked["notices"]), len(self.wanted.notices), f"notices {checked['notices']}")
        for got, glob in zip(checked["notices"], self.wanted.notices):
            self.like(got, glob, "notice")

    def judge_lines(self, invalid):
        """The line of every row that is not passed over, and what is wrong with it.  What stands above the header
        has no number."""
        table = [row for row in self.wanted.rows if row[3] != ABOVE]
        want = [(i, row[0], row[3] if row[2] == "invalid" else NO_ADDRESS)
                for i, row in enumerate(table, 1) if row[2] != "skipped"][:CHECK_SHOWN_MAX]
        self.equal([(bad["row"], bad["line"]) for bad in invalid], [(i, line) for i, line, _ in want], "rows and lines")
        for bad, (_, line, glob) in zip(invalid, want):
            self.like(bad["error"], glob, f"line {line}")

    def judge_results(self, dialect):
        code, _, err = self.code()
        self.equal(code, 1 if any(row[2] == "invalid" for row in self.wanted.rows) else 0, f"exit code ({err[-200:]})")
        header, *rows = read_results(self.folder / "out.csv", dialect)
        kept = len(self.wanted.header)
        added = [name.removeprefix("claimpipe_") for name in header[kept:]]  # where the input has such a name
        self.equal(header[:kept] + added, self.wanted.header + ADDED, "header")
        self.equal(len(rows), len(self.wanted.rows), "rows of the results")
        for i, (row, want) in enumerate(zip(rows, self.wanted.rows), 1):
            self.judge_row(f"row {i}", row, kept, want)

    def judge_row(self, where, row, kept, want):
        _, cells, status, error = want
        added = dict(zip(ADDED, row[kept:]))
        originals = row[:kept] + row[kept + len(ADDED):]
        cells = cells + [""] * (kept - len(cells))
        while status != "invalid" and len(cells) > kept and cells[-1] == "":
            cells.pop()
        self.equal(originals, cells, where)
        self.like(added["error"], error, f"{where}: error")
        # Two rows of one person are no matter here.
        got = "success" if added["status"] == "duplicate" and status == "success" else added["status"]
        self.equal(got, status, f"{where}: status")


def main():
    globs = sys.argv[1:] or ["*"]
    files = [w for w in (*spectrum(), *told(), *large()) if any(fnmatch.fnmatch(w.name, g) for g in globs)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for i, trial in enumerate(pool.map(lambda w: Trial(w).run(), files), 1):
            failed += bool(trial.problems)
            print(f"{'not ok' if trial.problems else 'ok'} {i} - {trial.wanted.name}", flush=True)
            for problem in trial.problems[:5]:
                print("#", problem.encode("utf-8", "backslashreplace").decode())
    print(f"1..{len(files)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
