#!/usr/bin/env python3
"""Odd and bad workbooks (tests/workbooks/make/odd.py), through the command: their rows are read, or one message refuses them.

    BUILD=build tests/workbook_test.py [NAME...]

Whatever it is: nothing is given out for what is refused, and memory stays flat.  Prints TAP.
"""
import csv
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
sys.path.insert(0, str(HERE / "workbooks" / "make"))

import odd  # noqa: E402

SECONDS = 60
MEMORY = 96 << 20
# What the message must say, by the table's hint.
SAYS = {
    "damaged": r"damaged|cut off|lacks its part|not well-formed|is no |row|column|relation|string|cell|part",
    "DOCTYPE": r"document type",
    "nested": r"nested|deep",
    "packed": r"packed",
    "password": r"password",
    "workbook": r"is cut off or damaged|holds no file|no sheet",
    "no sheet": r"no sheet|is empty",
    "rows": r"rows",
    "text document": r"text document|document",
    "document": r"document",
    ".xls": r"\(\.xls\)",
    ".xlsb": r"\.xlsb",
    "web page": r"web page",
}


class Failure(Exception):
    pass


def want(condition, *why):
    if not condition:
        raise Failure("\n".join(map(str, why)))


def run(folder, name):
    """(exit code, stderr, rows of the results or None, peak memory)"""
    out = folder / (name + ".results.csv")
    with subprocess.Popen(
            [BUILD / "claimpipe", "code", name, "--email", "Email", "--seed-from", "env:SEED", "--count", "1000", "-o", out,
             "--ledger", folder / (name + ".db"), "--accept-ledger"], cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "SEED": "the seed of this test"}
            | {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}) as process:
        err = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if not out.exists():
        return process.returncode, err, None, used.ru_maxrss << 10
    with open(out, newline="", encoding="utf-8") as file:
        rows = [row[:2] for row in csv.reader(file)]
    return process.returncode, err, rows, used.ru_maxrss << 10


def check(folder, name, expected):
    code, err, rows, memory = run(folder, name)
    kind, _, hint = expected.partition(": ")
    want("Sanitizer" not in err and code >= 0, f"exit code {code}", err)
    want(memory < MEMORY or "asan" in str(BUILD), f"it takes {memory >> 20} MiB")
    if kind == "rows":
        want(code == 0 and rows == odd.TABLE, f"exit code {code}", rows, err)
        return
    want(code in (2, 3) and rows is None, f"exit code {code}", rows, err)
    want(len(err.splitlines()) == 1 and err.startswith(f"claimpipe: {name}:"), err)
    says = SAYS[hint] if kind == "error" else "say which with --sheet$"
    want(re.search(says, err), f"it does not say {says}", err)


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="claimpipe-workbooks-") as folder:
        folder = pathlib.Path(folder)
        cases = [(name, expected) for name, expected in odd.make(folder).items() if not sys.argv[1:] or name in sys.argv[1:]]
        print(f"1..{len(cases)}")
        for n, (name, expected) in enumerate(cases, 1):
            try:
                check(folder, name, expected)
                print(f"ok {n} - {name}: {expected.partition(':')[0]}", flush=True)
            except Failure as e:
                failed += 1
                print(f"not ok {n} - {name}: {expected}", *("# " + line for line in str(e).splitlines()), sep="\n", flush=True)
    return failed > 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
