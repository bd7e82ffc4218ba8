"""How fast claimpipe gives out codes, beside what one would write without it: peers/codes.mjs and codes.py.

Also of a list, up to a limit, in two steps, and only checked: what goes the same way should take as long for each
item.  The same input, in the same run, in turn; of each the best of several rounds.  The peers remember nothing and
make nothing durable; claimpipe's ledger is durable as ever.
"""
import csv
import json
import os
import shutil
import subprocess
import sys
import time

from bench_work import program

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")
SEED = {"BENCH_SEED": "seed of the benchmark", "BENCH_SEED2": "second seed of the benchmark"}
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

    def __init__(self, claimpipe, folder, path, rows, peak):
        node = program("node", "nodejs")
        self.folder, self.peak = folder, peak
        # Each in a folder of its own, with a ledger of its own: only what is known of the same one is known.
        plain = [claimpipe, "code", path, *CODE, *COUNT, *self.quietly("plain")]
        self.commands = {
            "claimpipe code": ("plain", plain),
            "claimpipe code, all known": ("plain", plain),
            "claimpipe code, list": ("list", [claimpipe, "code", path, "--codes", self.codes(claimpipe, rows),
                                              *self.quietly("list")]),
            "claimpipe code, --limit": ("limit", [claimpipe, "code", path, *CODE, *COUNT, "--limit", str(rows * 9 // 10),
                                                  *self.quietly("limit")]),
            "claimpipe run, two steps": ("steps", [claimpipe, "run", self.job(), path, *self.quietly("steps")]),
            "claimpipe check code": ("check", [claimpipe, "check", "code", path, *CODE, *COUNT, *self.quietly("check")]),
            "node codes.mjs": ("node", [node, os.path.join(PEERS, "codes.mjs"), path, *CODE]),
            "python codes.py": ("python", [sys.executable, os.path.join(PEERS, "codes.py"), path, *CODE]),
        }
        self.same = ["claimpipe code", "claimpipe code, all known", "claimpipe code, list", "node codes.mjs",
                     "python codes.py"]  # which give everybody the codes of the seed
        self.seconds = {name: float("inf") for name in self.commands}
        self.memory = {name: 0 for name in self.commands}

    def file(self, name):
        return os.path.join(self.folder, name)

    def quietly(self, name):
        return ["--ledger", self.file(f"{name}/codes.db"), "--quiet"]

    def codes(self, claimpipe, rows):
        """The list of the seed's codes."""
        with open(self.file("codes.txt"), "w", encoding="utf-8") as f:
            subprocess.run([claimpipe, "code", *CODE[:2], *COUNT, "--list", str(rows)], env=os.environ | SEED, stdout=f,
                           check=True)
        return f.name

    def job(self):
        steps = [{"action": "code", "seed_from": f"env:BENCH_SEED{n}", "claim": f"c{n}", "count": 100000000} for n in ("", 2)]
        with open(self.file("job.json"), "w", encoding="utf-8") as f:
            json.dump({"steps": steps}, f)
        return f.name

    def output(self, name):
        return self.file(os.path.join(self.commands[name][0], name.replace(" ", "-") + ".out"))

    def round(self):
        for folder, _ in self.commands.values():
            shutil.rmtree(self.file(folder), ignore_errors=True)
            os.mkdir(self.file(folder))
        for name, (folder, command) in self.commands.items():
            output = [] if folder == "check" else ["-o", self.output(name)]
            begun = time.monotonic()
            process = subprocess.Popen([*command, *output], env=os.environ | SEED, stdout=subprocess.DEVNULL)
            self.memory[name] = max(self.memory[name], self.peak(process.pid))
            if process.wait() != 0:
                raise SystemExit(f"bench: {name} ended with {process.returncode}")
            self.seconds[name] = min(self.seconds[name], time.monotonic() - begun)

    def judge(self):
        """All have given the same recipients the same codes."""
        first, *others = [codes_of(self.output(name)) for name in self.same]
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
        codes = Codes(claimpipe, folder, export(build, rows), rows, peak)
        for _ in range(rounds):
            codes.round()
        if rows == min(sizes):
            codes.judge()
        codes.show(rows)
