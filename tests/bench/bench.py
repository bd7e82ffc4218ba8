#!/usr/bin/env python3
"""How fast claimpipe is on the practice server without limits, and how much memory it takes.

  bench.py           all of what follows
  bench.py claims    how fast claims are issued and settled: bench_claims.py, 20,000 rows, BENCH_ROUNDS (3) times;
                     and what 10,000 and BENCH_ROWS (1,000,000) rows, the same again, and 100,000 targets take
  bench.py codes     how fast codes are given out: bench_codes.py; BENCH_ROUNDS times
  bench.py read      how fast CSV is read: bench_read.py; likewise
  bench.py sheets    how fast workbooks are read and written: bench_sheets.py; likewise
  bench.py --short   small sizes, for CI: shows that everything runs; says nothing of speed

BUILD names the folder of the programs (default build).  Exit 1 if anything did not do its work.
"""
import os
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
os.environ.setdefault("SANDBOX", os.path.join(BUILD, "claimpipe-sandbox"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import bench_claims  # noqa: E402
import bench_codes  # noqa: E402
import bench_read  # noqa: E402
import bench_sheets  # noqa: E402
from bench_work import CLAIMPIPE, Input, must, peak, server, spend  # noqa: E402
from sandbox_test import address  # noqa: E402


class Table:
    HEAD = ("", "rows", "seconds", "claims/s", "requests/s", "MB/s", "peak memory")

    def __init__(self):
        self.rows = []

    def add(self, name, rows, spent, claims=None, requests=None, speed=None):
        self.rows.append((
            name, f"{rows:,}", f"{spent.seconds:.1f}", f"{claims:,.0f}" if claims else "",
            f"{requests:,.0f}" if requests else "", f"{speed:.1f}" if speed else "", f"{spent.memory / 2**20:.1f} MiB"))

    def show(self):
        widths = [max(map(len, column)) for column in zip(self.HEAD, *self.rows)]
        for row in (self.HEAD, *self.rows):
            cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
            print("  ".join(cells).rstrip())


def bench_memory(table, work):
    """One run over new rows, counted on the server's side."""
    with server() as s:
        work.port = s.port
        spent = spend(work.command(1), s)
        stats = s.stats(brief=True)
    must(stats["completed"] == work.rows, f"{stats['completed']} of {work.rows} claims were completed")
    table.add("claimpipe, memory", work.rows, spent, work.rows / spent.seconds, stats["requests"]["total"] / spent.seconds)


def bench_duplicates(table, work):
    """The same file again: nothing is sent, so it is all reading, the ledger and the results."""
    with server(port=work.port) as s:
        spent = spend(work.command(1), s)
        must(s.stats(brief=True)["requests"]["total"] == 0, "something was sent for a row that was done")
    table.add("claimpipe, all duplicates", work.rows, spent, speed=work.bytes / 1e6 / spent.seconds)


def bench_targets(table, folder, targets):
    """How long a job with so many targets takes to begin, and to end: none of its rows has a route."""
    job, routes, rows, out = (os.path.join(folder, name) for name in ("job.json", "routes.csv", "none.csv", "none.out"))
    with open(job, "w") as f:
        f.write('{"steps": [{"action": "claim", "route": "Course", "routes": "routes.csv", "otherwise": "skip"}]}')
    with open(routes, "w") as f:
        f.write("value,target\n" + "".join(f"course {i},claim{i}\n" for i in range(targets)))
    with open(rows, "w") as f:
        f.write(f"Wallet,Course\n{address(1)},no such course\n")
    spent = spend([CLAIMPIPE, "run", job, rows, "-o", out, "--ledger", os.path.join(folder, "targets.db"), "--quiet"])
    table.add(f"claimpipe, {targets:,} targets", 1, spent)


def bench(folder, small_rows, large_rows, targets):
    table = Table()
    for rows in (small_rows, large_rows):
        work = Input(folder, rows)
        bench_memory(table, work)
    bench_duplicates(table, work)
    bench_targets(table, folder, targets)
    print()
    table.show()


GROUPS = ("claims", "read", "sheets", "codes")


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    short = what == "--short"
    if len(sys.argv) > 2 or what not in ("", "--short", *GROUPS):
        raise SystemExit(f"usage: bench.py [{'|'.join(GROUPS)}|--short]")
    groups = [what] if what in GROUPS else GROUPS
    large = int(os.environ.get("BENCH_ROWS", 5000 if short else 1000000))
    rounds = int(os.environ.get("BENCH_ROUNDS", 1 if short else 3))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as folder:
        if "claims" in groups:
            bench_claims.bench(folder, *((2000, 1) if short else (20000, 10)), rounds)
            bench(folder, *((1000, large, 5000) if short else (10000, large, 100000)))
        if "read" in groups:
            bench_read.bench(CLAIMPIPE, BUILD, folder, large, rounds)
        if "sheets" in groups:
            bench_sheets.bench(CLAIMPIPE, BUILD, folder, large, peak, rounds)
        if "codes" in groups:
            bench_codes.bench(CLAIMPIPE, BUILD, folder, peak, (500, large) if short else (100000, large), rounds)


if __name__ == "__main__":
    main()
