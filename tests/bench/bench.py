#!/usr/bin/env python3
"""How fast claimpipe is on the practice server without limits, and how much memory it takes.

wrk posts the same route of the same server in the same run: what is between the two is the price of
the ledger, of settling and of the results.  The ledger is durable as ever, on the disk of BUILD.

  bench.py           20,000 rows for speed, 10,000 and BENCH_ROWS (1,000,000) rows for memory, 100,000 targets
  bench.py codes     only how fast codes are given out: bench_codes.py; BENCH_ROUNDS (3) times
  bench.py read      only how fast CSV is read: bench_read.py; likewise
  bench.py claims    only all else
  bench.py --short   small sizes, for CI: shows that everything runs; says nothing of speed

BUILD names the folder of the programs (default build).  Exit 1 if anything did not do its work.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
os.environ.setdefault("SANDBOX", os.path.join(BUILD, "claimpipe-sandbox"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import bench_codes  # noqa: E402
import bench_read  # noqa: E402
from sandbox_test import BB, Server, address, claim, config, uses  # noqa: E402

CLAIMPIPE = os.path.join(BUILD, "claimpipe")
KEY = "sandbox-key"
IN_FLIGHT = 64
WRK_LUA = """
wrk.method = "POST"
wrk.path = "/api/v0/claims/complete/c/%s"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["x-api-key"] = "%s"
wrk.body = '{"_expectedVersion":0}'
"""


def server(port=0):
    many = 2**31 - 1
    return Server(config(claim("c", uses(many, many))), port=port)


def must(ok, what):
    if not ok:
        raise SystemExit(f"bench: {what}")


def write_input(path, rows):
    """An export as a course platform writes it, each row for an address of its own."""
    with open(path, "w") as f:
        f.write("First Name,Last Name,Email,Course,Completed On,Wallet\n")
        for i in range(rows):
            f.write(f"Ada{i},Lovelace,ada{i}@example.org,Introduction to Analysis,2026-09-27,{address(i)}\n")


class Input:
    """A file, and the ledger of its runs, which know the server by its port."""

    def __init__(self, folder, rows):
        self.rows = rows
        self.port = 0
        self.path, self.ledger, self.results = (os.path.join(folder, f"{rows}.{x}") for x in ("csv", "db", "out"))
        write_input(self.path, rows)
        self.bytes = os.path.getsize(self.path)

    @staticmethod
    def peak(pid):
        """Peak memory until the process ends, which it then is still to be waited for.

        Not ru_maxrss, which a child inherits from the Python that it was forked from."""
        peak = 0
        while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            with open(f"/proc/{pid}/status") as f:
                peak = max(peak, *(int(line.split()[1]) for line in f if line.startswith("VmHWM")), 0)
            time.sleep(0.01)
        return peak * 1024

    def run(self, s, lanes):
        """The whole command: seconds, peak memory in bytes."""
        env = {**os.environ, "BITBADGES_API_KEY": KEY, "BITBADGES_API_URL": f"http://127.0.0.1:{s.port}"}
        begun = time.monotonic()
        process = subprocess.Popen(
            [CLAIMPIPE, "claim", self.path, "-c", "c", "--claim-version", "0", "-o", self.results,
             "--ledger", self.ledger, "--rate", "none", "--in-flight", str(IN_FLIGHT), "--lanes", str(lanes),
             "--quiet"], env=env)
        peak = self.peak(process.pid)
        must(process.wait() == 0, f"claimpipe ended with {process.returncode}")
        return time.monotonic() - begun, peak

    def forget(self):
        trace = os.path.join(os.path.dirname(self.results), ".claimpipe.trace")
        for path in (self.ledger, self.results, self.ledger + "-lock", self.ledger + "-seal", trace):
            os.unlink(path)


class Table:
    HEAD = ("", "rows", "seconds", "claims/s", "requests/s", "of wrk's", "MB/s", "peak memory")

    def __init__(self):
        self.rows = []

    def add(self, name, rows=None, seconds=None, claims=None, requests=None, ratio=None, speed=None, memory=None):
        self.rows.append((
            name, f"{rows:,}" if rows else "", f"{seconds:.1f}" if seconds else "",
            f"{claims:,.0f}" if claims else "", f"{requests:,.0f}" if requests else "",
            f"{ratio:.0%}" if ratio else "", f"{speed:.1f}" if speed else "",
            f"{memory / 2**20:.1f} MiB" if memory else ""))

    def show(self):
        widths = [max(map(len, column)) for column in zip(self.HEAD, *self.rows)]
        for row in (self.HEAD, *self.rows):
            cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
            print("  ".join(cells).rstrip())


def bench_wrk(folder, seconds):
    """Requests a second that wrk gets out of the route."""
    wrk = shutil.which("wrk")
    must(wrk, "wrk is missing: apt install wrk")
    script = os.path.join(folder, "post.lua")
    with open(script, "w") as f:
        f.write(WRK_LUA % (BB[0], KEY))
    with server() as s:
        got = subprocess.run([wrk, "-t2", f"-c{IN_FLIGHT}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{s.port}"],
                             capture_output=True, text=True, check=True).stdout
        must("Non-2xx" not in got and s.stats(brief=True)["accepted"] > 0, f"wrk was refused:\n{got}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", got)[1])


def bench_claims(table, name, work, lanes, wrk):
    """One run over new rows, counted on the server's side."""
    with server() as s:
        work.port = s.port
        seconds, memory = work.run(s, lanes)
        stats = s.stats(brief=True)
    must(stats["completed"] == work.rows, f"{stats['completed']} of {work.rows} claims were completed")
    requests = stats["requests"]["total"] / seconds
    table.add(name, work.rows, seconds, work.rows / seconds, requests, requests / wrk, memory=memory)


def bench_duplicates(table, name, work):
    """The same file again: nothing is sent, so it is all reading, the ledger and the results."""
    with server(work.port) as s:
        seconds, memory = work.run(s, 1)
        must(s.stats(brief=True)["requests"]["total"] == 0, "something was sent for a row that was done")
    table.add(name, work.rows, seconds, speed=work.bytes / 1e6 / seconds, memory=memory)


def bench_targets(table, folder, targets):
    """How long a job with so many targets takes to begin, and to end: none of its rows has a route."""
    job, routes, rows, out = (os.path.join(folder, name) for name in ("job.json", "routes.csv", "none.csv", "none.out"))
    with open(job, "w") as f:
        f.write('{"steps": [{"action": "claim", "route": "Course", "routes": "routes.csv", "otherwise": "skip"}]}')
    with open(routes, "w") as f:
        f.write("value,target\n" + "".join(f"course {i},claim{i}\n" for i in range(targets)))
    with open(rows, "w") as f:
        f.write(f"Wallet,Course\n{address(1)},no such course\n")
    begun = time.monotonic()
    process = subprocess.Popen([CLAIMPIPE, "run", job, rows, "-o", out, "--ledger", os.path.join(folder, "targets.db"),
                                "--quiet"], env={**os.environ, "BITBADGES_API_KEY": KEY})
    peak = Input.peak(process.pid)
    must(process.wait() == 0, f"claimpipe ended with {process.returncode}")
    table.add(f"claimpipe, {targets:,} targets", 1, time.monotonic() - begun, memory=peak)


def bench(folder, speed_rows, small_rows, large_rows, wrk_seconds, targets):
    table = Table()
    wrk = bench_wrk(folder, wrk_seconds)
    table.add(f"wrk -t2 -c{IN_FLIGHT}, {wrk_seconds} s", requests=wrk, ratio=1)
    work = Input(folder, speed_rows)
    for lanes in (1, 2):
        bench_claims(table, f"claimpipe, {lanes} lane{'s' if lanes > 1 else ''}", work, lanes, wrk)
        work.forget()
    for rows in (small_rows, large_rows):
        work = Input(folder, rows)
        bench_claims(table, "claimpipe, memory", work, 1, wrk)
    bench_duplicates(table, "claimpipe, all duplicates", work)
    bench_targets(table, folder, targets)
    table.show()


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    short = what == "--short"
    if len(sys.argv) > 2 or what not in ("", "codes", "read", "claims", "--short"):
        raise SystemExit("usage: bench.py [codes|read|claims|--short]")
    large = int(os.environ.get("BENCH_ROWS", 5000 if short else 1000000))
    rounds = int(os.environ.get("BENCH_ROUNDS", 1 if short else 3))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as folder:
        if what not in ("codes", "read"):
            bench(folder, *((2000, 1000, large, 1, 5000) if short else (20000, 10000, large, 10, 100000)))
        if what not in ("claims", "codes"):
            bench_read.bench(CLAIMPIPE, BUILD, folder, large, rounds)
        if what not in ("claims", "read"):
            bench_codes.bench(CLAIMPIPE, BUILD, folder, Input.peak, (500, large) if short else (100000, large), rounds)


if __name__ == "__main__":
    main()
