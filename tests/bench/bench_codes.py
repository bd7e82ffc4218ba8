"""How fast claimpipe gives out codes, beside what one would write without it: peers/codes.mjs and codes.py.

The same input, in the same run, in turn; of each the best of several rounds.  The peers remember nothing and
make nothing durable; claimpipe's ledger is durable as ever.
"""
import csv
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")
SEED = {"BENCH_SEED": "seed of the benchmark"}
CODE = ["--seed-from", "env:BENCH_SEED", "--claim", "c"]
COUNT = ["--count", "100000000"]  # of the claim: the scripts do not ask
ROW = "{:26} {:>10} {:>8} {:>10} {:>14} {:>12}"


def export(build, rows):
    """An export of so many rows, made once."""
    path = os.path.join(build, f"bench-{rows}.csv")
    if not os.path.exists(path):
        subprocess.run([sys.executable, os.path.join(PEERS, "big.py"), str(rows), path + ".part"], check=True)
        os.rename(path + ".part", path)
    return path


def codes_of(path):
    with open(path, newline="", encoding="utf-8") as f:
        return [(row["recipient"], row["code"]) for row in csv.DictReader(f)]


class Codes:
    """name -> the best seconds, the peak of memory in bytes"""

    def __init__(self, claimpipe, folder, path, peak):
        node = shutil.which("node")
        if not node:
            raise SystemExit("bench: node is missing, and nothing is compared without it: apt install nodejs")
        self.folder, self.peak = folder, peak
        ledger = ["--ledger", self.file("codes.db"), "--quiet"]
        self.commands = {
            "claimpipe code": [claimpipe, "code", path, *CODE, *COUNT, *ledger],
            "claimpipe code, all known": [claimpipe, "code", path, *CODE, *COUNT, *ledger],
            "node codes.mjs": [node, os.path.join(PEERS, "codes.mjs"), path, *CODE],
            "python codes.py": [sys.executable, os.path.join(PEERS, "codes.py"), path, *CODE],
        }
        self.seconds = {name: float("inf") for name in self.commands}
        self.memory = {name: 0 for name in self.commands}

    def file(self, name):
        return os.path.join(self.folder, name)

    def output(self, name):
        return self.file(name.replace(" ", "-") + ".out")

    def round(self):
        for name in os.listdir(self.folder):
            if name.startswith("codes.db") or name == ".claimpipe.trace":
                os.unlink(self.file(name))
        for name, command in self.commands.items():
            begun = time.monotonic()
            process = subprocess.Popen([*command, "-o", self.output(name)], env=os.environ | SEED)
            self.memory[name] = max(self.memory[name], self.peak(process.pid))
            if process.wait() != 0:
                raise SystemExit(f"bench: {name} ended with {process.returncode}")
            self.seconds[name] = min(self.seconds[name], time.monotonic() - begun)

    def judge(self):
        """All have given the same recipients the same codes."""
        first, *others = [codes_of(self.output(name)) for name in self.commands]
        if any(other != first for other in others):
            raise SystemExit("bench: not all have given the same codes")

    def show(self, rows):
        peer = min(self.seconds[name] for name in self.commands if not name.startswith("claimpipe"))
        for name, seconds in self.seconds.items():
            print(ROW.format(name, f"{rows:,}", f"{seconds:.2f}", f"{rows / seconds:,.0f}", f"{peer / seconds:.2f}",
                             f"{self.memory[name] / 2**20:.1f} MiB"))


def bench(claimpipe, build, folder, peak, sizes, rounds):
    print(f"\ncodes, the best of {rounds}:")
    print(ROW.format("", "rows", "seconds", "rows/s", "x faster peer", "peak memory"))
    for rows in sizes:
        codes = Codes(claimpipe, folder, export(build, rows), peak)
        for _ in range(rounds):
            codes.round()
        if rows == min(sizes):
            codes.judge()
        codes.show(rows)
